/* SPDX-License-Identifier: Apache-2.0
 *
 * supplier_statements.c - line by line through the same reader as our own records, and then what holds for others only.
 */
#include "sync/hq/supplier_statements.h"

#include "plugin/gate/label.h"
#include "store/base/encoding.h"

#include <stdlib.h>

struct reading {
	tg_statements *out;
	tg_findings *findings;
	const tg_prefix *prefix;
	const char *name;
	bool bad; /* the present line */
	uint32_t line;
};

void tg_statements_fini(tg_statements *statements)
{
	free(statements->list);
	free(statements->products);
	tg_arena_fini(&statements->arena);
	*statements = (tg_statements){ 0 };
}

static void refuse(struct reading *r, const char *code, const char *field, const char *words)
{
	tg_findings_add(
		r->findings, TG_FINDING_ERROR, code, (tg_finding_at){ r->name, r->line }, field, "%s", words);
	r->bad = true;
}

/* Any text below this value. Two texts that look alike must be alike: the till compares types byte for byte. */
static bool hides(const tg_json *json)
{
	const char *text = tg_json_str(json);

	if (text != NULL)
		return tg_utf8_hides(text);
	for (const tg_json *child = tg_json_first(json); child != NULL; child = tg_json_next(child))
		if (hides(child))
			return true;
	return false;
}

static void check_hidden(struct reading *r, const tg_json *json)
{
	for (const tg_json *member = tg_json_first(json); member != NULL; member = tg_json_next(member))
		if (hides(member))
			refuse(r, "hidden-character", tg_json_name(member),
				"holds a character that nobody sees; remove it");
}

/* ---- what only we can know ---- */

static void refuse_ours(struct reading *r, const tg_json *object, const char *inside, const char *member)
{
	char field[64];

	if (tg_json_get(object, member) == NULL)
		return;
	(void)snprintf(field, sizeof(field), "%s%s%s", inside, inside[0] == '\0' ? "" : ".", member);
	refuse(r, "not-theirs", field,
		"not for a supplier to state: it says what the trader found, tested or accepted");
}

static void check_theirs(struct reading *r, const tg_json *json)
{
	refuse_ours(r, json, "", "accepted_doubts");
	refuse_ours(r, json, "", "source");
	refuse_ours(r, tg_json_get(json, "document"), "document", "file");
	refuse_ours(r, tg_json_get(json, "document"), "document", "sha256_on_file");
	refuse_ours(r, tg_json_get(json, "accompanies"), "accompanies", "link_tested");
	refuse_ours(r, tg_json_get(json, "accompanies"), "accompanies", "link_result");
}

/* One finding, however many there are: a hostile line names 50,000. */
static void check_covered(struct reading *r, const char *field, const uint64_t *gtins, size_t count)
{
	char number[15], prefix[TG_PREFIX_TEXT_SIZE];
	uint64_t first = 0;
	size_t foreign = 0;

	for (size_t i = 0; i < count; i++)
		if (!tg_prefix_covers(r->prefix, gtins[i]) && foreign++ == 0)
			first = gtins[i];
	if (foreign == 0)
		return;
	tg_findings_add(r->findings, TG_FINDING_ERROR, "foreign-gtin", (tg_finding_at){ r->name, r->line },
		field, "%s is outside the registered prefix %s (%zu of %zu are); register the prefix, or have the number taken out",
		tg_gtin_format(number, first), tg_prefix_format(prefix, r->prefix), foreign, count);
	r->bad = true;
}

/* ---- lines ---- */

static int keep_text(const char **out, struct reading *r, const tg_json *json, tg_error *err)
{
	tg_buf text;
	int rc;

	tg_buf_init(&text, 2 * (size_t)TG_RECORD_LINE_MAX);
	rc = tg_json_write_jcs(&text, json, err);
	if (rc == TG_OK)
		rc = tg_buf_check(&text, r->name, err);
	if (rc == TG_OK)
		*out = tg_arena_text(&r->out->arena, tg_buf_text(&text));
	tg_buf_fini(&text);
	return rc;
}

static int take_statement(struct reading *r, const tg_soc_record *soc, const tg_json *json, tg_error *err)
{
	tg_statements *out = r->out;
	tg_statement s = { .line = r->line, .status = soc->status };
	tg_statement *grown;
	int rc;

	check_theirs(r, json);
	check_hidden(r, json);
	if (strlen(soc->id) > TG_STATEMENTS_ID_MAX)
		refuse(r, "id-too-long", "id", "more than 43 characters");
	if (strlen(soc->superseded_by) > TG_STATEMENTS_ID_MAX)
		refuse(r, "id-too-long", "superseded_by", "more than 43 characters");
	if (soc->gtins.count == 0)
		refuse(r, "no-gtins", "gtins",
			"names no product; a supplier's statement names those that it is for");
	check_covered(r, "gtins", soc->gtins.list, soc->gtins.count);
	if (r->bad)
		return TG_OK;
	grown = tg_array_grow(out->list, out->count, &out->cap, sizeof(*grown));
	if (grown == NULL)
		return tg_fail(err, TG_ENOMEM, "%s: out of memory", r->name);
	out->list = grown;
	s.id = tg_arena_text(&out->arena, soc->id);
	s.document = tg_arena_text(&out->arena, soc->sha256);
	s.gtins.list = tg_arena_alloc(&out->arena, soc->gtins.count, sizeof(*s.gtins.list));
	if (s.gtins.list != NULL) {
		memcpy(s.gtins.list, soc->gtins.list, soc->gtins.count * sizeof(*s.gtins.list));
		s.gtins.count = soc->gtins.count;
	}
	rc = keep_text(&s.text, r, json, err);
	if (rc == TG_OK)
		grown[out->count++] = s;
	return rc;
}

static int take_product(
	struct reading *r, const tg_product_record *product, const tg_json *json, tg_error *err)
{
	tg_statements *out = r->out;
	tg_stated_product p = { .gtin = product->gtin, .line = r->line };
	tg_stated_product *grown;
	int rc;

	/* Category and brick choose the class note, and so whether the law asks for a statement at all. */
	refuse_ours(r, json, "", "category");
	refuse_ours(r, json, "", "brick");
	refuse_ours(r, json, "", "supplier");
	refuse_ours(r, json, "", "dsp_published");
	check_hidden(r, json);
	check_covered(r, "gtin", &product->gtin, 1);
	if (r->bad)
		return TG_OK;
	grown = tg_array_grow(out->products, out->product_count, &out->product_cap, sizeof(*grown));
	if (grown == NULL)
		return tg_fail(err, TG_ENOMEM, "%s: out of memory", r->name);
	out->products = grown;
	rc = keep_text(&p.text, r, json, err);
	if (rc == TG_OK)
		grown[out->product_count++] = p;
	return rc;
}

static int take_line(struct reading *r, tg_record_kind kind, tg_view line, tg_error *err)
{
	tg_records one = { 0 };
	tg_json *json = NULL;
	size_t before = r->findings->count;
	int rc = tg_records_read_line(&one, r->findings, kind, line, r->line);

	for (size_t i = before; i < r->findings->count; i++)
		r->findings->list[i].file = r->name;
	r->bad = rc == TG_EFORMAT;
	if (rc == TG_OK)
		rc = tg_json_parse(&json, line, err);
	if (rc == TG_OK)
		rc = kind == TG_RECORD_SOC ? take_statement(r, &one.socs[0], json, err)
					   : take_product(r, &one.products[0], json, err);
	if (rc == TG_EFORMAT && r->bad)
		rc = TG_OK;
	if (rc == TG_ENOMEM)
		(void)tg_fail(err, rc, "%s:%u: out of memory", r->name, r->line);
	if (rc == TG_OK && r->bad) {
		r->out->refused++;
		r->out->refused_statements += kind == TG_RECORD_SOC;
	}
	tg_json_free(json);
	tg_records_fini(&one);
	return rc;
}

static size_t count_lines(tg_view text)
{
	size_t lines = text.len > 0 && text.data[text.len - 1] != '\n';

	for (size_t i = 0; i < text.len; i++)
		lines += text.data[i] == '\n';
	return lines;
}

static int each_line(struct reading *r, tg_record_kind kind, tg_view text, size_t max, tg_error *err)
{
	int rc = TG_OK;

	if (count_lines(text) > max)
		return tg_fail(err, TG_ELIMIT, "%s: more than %zu lines", r->name, max);
	while (text.len > 0 && rc == TG_OK) {
		const uint8_t *end = memchr(text.data, '\n', text.len);
		size_t len = end == NULL ? text.len : (size_t)(end - text.data), step = len + (end != NULL);

		r->line++;
		if (len > 0) {
			r->out->lines++;
			rc = take_line(r, kind, tg_view_of(text.data, len), err);
		}
		text = tg_view_of(text.data + step, text.len - step);
	}
	if (rc == TG_OK && r->out->arena.failed)
		rc = tg_fail(err, TG_ENOMEM, "%s: out of memory", r->name);
	return rc;
}

/* ---- each once ---- */

static int by_id(const void *left, const void *right)
{
	const tg_statement *a = left, *b = right;
	int order = strcmp(a->id, b->id);

	return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

static int by_gtin(const void *left, const void *right)
{
	const tg_stated_product *a = left, *b = right;

	if (a->gtin != b->gtin)
		return a->gtin < b->gtin ? -1 : 1;
	return (a->line > b->line) - (a->line < b->line);
}

/* A thing said twice is said in two ways: none of them is taken. */
static size_t refuse_twice(struct reading *r, uint32_t line, uint32_t other)
{
	r->line = line;
	tg_findings_add(r->findings, TG_FINDING_ERROR, "duplicate-id", (tg_finding_at){ r->name, line }, "",
		"the same stands on line %u; neither is taken", other);
	r->out->refused++;
	return 1;
}

static void drop_equal_statements(struct reading *r)
{
	tg_statements *out = r->out;
	size_t kept = 0, next;

	if (out->count > 1)
		qsort(out->list, out->count, sizeof(*out->list), by_id);
	for (size_t i = 0; i < out->count; i = next) {
		for (next = i + 1; next < out->count && strcmp(out->list[i].id, out->list[next].id) == 0;
			next++)
			;
		if (next == i + 1)
			out->list[kept++] = out->list[i];
		else
			for (size_t j = i; j < next; j++)
				out->refused_statements += refuse_twice(
					r, out->list[j].line, out->list[j == i ? i + 1 : i].line);
	}
	out->count = kept;
}

static void drop_equal_products(struct reading *r)
{
	tg_statements *out = r->out;
	size_t kept = 0, next;

	if (out->product_count > 1)
		qsort(out->products, out->product_count, sizeof(*out->products), by_gtin);
	for (size_t i = 0; i < out->product_count; i = next) {
		for (next = i + 1;
			next < out->product_count && out->products[i].gtin == out->products[next].gtin;
			next++)
			;
		if (next == i + 1)
			out->products[kept++] = out->products[i];
		else
			for (size_t j = i; j < next; j++)
				(void)refuse_twice(
					r, out->products[j].line, out->products[j == i ? i + 1 : i].line);
	}
	out->product_count = kept;
}

int tg_statements_read(tg_statements *out, tg_findings *findings, const tg_prefix *prefix, tg_view text,
	const char *name, tg_error *err)
{
	struct reading r = { .out = out, .findings = findings, .prefix = prefix, .name = name };
	int rc = each_line(&r, TG_RECORD_SOC, text, TG_STATEMENTS_MAX, err);

	if (rc == TG_OK)
		drop_equal_statements(&r);
	return rc;
}

int tg_statements_read_products(tg_statements *out, tg_findings *findings, const tg_prefix *prefix,
	tg_view text, const char *name, tg_error *err)
{
	struct reading r = { .out = out, .findings = findings, .prefix = prefix, .name = name };
	int rc = each_line(&r, TG_RECORD_PRODUCT, text, TG_STATEMENTS_PRODUCTS_MAX, err);

	if (rc == TG_OK)
		drop_equal_products(&r);
	return rc;
}

/* ---- looking up ---- */

const tg_stated_product *tg_statements_product(const tg_statements *statements, uint64_t gtin)
{
	tg_stated_product key = { .gtin = gtin };
	size_t low = 0, high = statements->product_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const tg_stated_product *p = &statements->products[middle];

		if (p->gtin == key.gtin)
			return p;
		if (p->gtin < key.gtin)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const tg_statement *tg_statements_find(const tg_statements *statements, const char *id)
{
	size_t low = 0, high = statements->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(statements->list[middle].id, id);

		if (order == 0)
			return &statements->list[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
