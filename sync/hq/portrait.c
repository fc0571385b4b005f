/* SPDX-License-Identifier: Apache-2.0
 *
 * portrait.c - facts of a product as lines, and lines compared.
 */
#include "sync/hq/portrait.h"

#include "plugin/gate/label.h"
#include "store/base/crypto.h"
#include "store/base/encoding.h"

#include <stdio.h>
#include <stdlib.h>

#define SUBJECT_SIZE 384
#define UNITS_DIGITS 12 /* of a hash: two lists of units are told apart, not shown */

static const char *const document_words[] = { "none", "statement", "summary", "other" };
static const char *const accompanies_words[] = { "not recorded", "in-pack", "on-label", "product-link",
	"receipt-link" };
static const char *const scheme_words[] = { "", "jc-star", "cls" };
static const char *const stop_words[TG_STOP_KINDS] = { "", "stop notice", "recall notice", "notice under appeal",
	"notice of intent, or not yet in effect", "compliance notice", "failure", "suspicion", "publication",
	"shortened support period" };

/* ---- writing ---- */

static void put_clean(tg_buf *out, tg_view text)
{
	bool utf8 = tg_utf8_valid(text.data, text.len);

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		tg_buf_putc(out, c < ' ' || c == 0x7f || (c > 0x7f && !utf8) ? '?' : (char)c);
	}
}

static void put(tg_buf *out, const char *subject, const char *field, tg_view value)
{
	if (value.len == 0)
		return;
	tg_buf_printf(out, "%s\t%s\t", subject, field);
	put_clean(out, value);
	tg_buf_putc(out, '\n');
}

static void put_word(tg_buf *out, const char *subject, const char *field, const char *word)
{
	put(out, subject, field, tg_view_str(word));
}

static void put_day(tg_buf *out, const char *subject, const char *field, int32_t day)
{
	char text[TG_DAY_TEXT_SIZE];

	if (day != TG_DAY_NONE)
		put_word(out, subject, field, tg_day_format(text, day));
}

/* Lists of batches may be long: that they are others is said, which they are is in the records. */
static void put_units(tg_buf *out, const char *subject, const char *field, tg_view units)
{
	uint8_t sha256[TG_SHA256_SIZE];
	char hex[2 * TG_SHA256_SIZE + 1];

	if (units.len == 0)
		return;
	tg_sha256(sha256, units.data, units.len);
	put(out, subject, field, tg_view_of(tg_hex_encode(hex, sha256, sizeof(sha256)), UNITS_DIGITS));
}

static const char *subject_of(char out[SUBJECT_SIZE], const char *what, tg_view id, const char *kind)
{
	tg_buf clean;

	tg_buf_init(&clean, SUBJECT_SIZE);
	put_clean(&clean, id);
	(void)snprintf(out, SUBJECT_SIZE, "%s %.255s%s%s", what, tg_buf_text(&clean), kind[0] != '\0' ? ", " : "",
		kind);
	tg_buf_fini(&clean);
	return out;
}

/* ---- one product ---- */

static int put_product(tg_buf *out, const tg_catalogue *cat, const tg_product *p, tg_error *err)
{
	char exception[80];
	tg_product_texts texts;
	int rc = tg_catalogue_texts(&texts, cat, p, err);

	if (rc != TG_OK)
		return rc;
	put(out, "", "name", texts.name);
	put(out, "", "manufacturer", texts.manufacturer);
	put(out, "", "type", texts.type);
	put_word(out, "", "scope", tg_scope_words[p->scope < TG_SCOPE_COUNT ? p->scope : 0]);
	put(out, "", (p->flags & TG_PRODUCT_CLASS_NOTE) != 0 ? "class note" : "scope note", texts.note_id);
	put_day(out, "", "review by", p->review_by);
	if (p->scope == TG_SCOPE_EXCEPTED) {
		(void)snprintf(exception, sizeof(exception), "paragraph %d, %s, %s%s", p->exception_paragraph,
			(p->exception & TG_EXCEPTION_PROVEN) != 0 ? "proven" : "not proven",
			(p->exception & TG_EXCEPTION_GB) != 0 ? "gb " : "",
			(p->exception & TG_EXCEPTION_NI) != 0 ? "ni" : "");
		put_word(out, "", "exception", exception);
	}
	put_word(out, "", "our role", tg_role_words[p->role < TG_ROLE_COUNT ? p->role : 0]);
	put_day(out, "", "published end of support", p->dsp_end_published);
	return TG_OK;
}

static void put_defects(tg_buf *out, const char *subject, uint32_t defects)
{
	char text[32 * 4 + 1];
	size_t len = 0;

	for (int n = 1; n <= 32; n++)
		if ((defects & TG_DEFECT(n)) != 0)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%sD%02d", len > 0 ? " " : "", n);
	if (len > 0)
		put(out, subject, "defects", tg_view_of(text, len));
}

static int put_soc(tg_buf *out, const tg_catalogue *cat, const tg_product *p, uint32_t n, tg_error *err)
{
	tg_view id, link, batches, serials;
	char subject[SUBJECT_SIZE];
	tg_soc soc;
	int rc = tg_catalogue_soc(&soc, cat, p, n, err);

	if (rc == TG_OK)
		rc = tg_catalogue_soc_texts(&id, &link, cat, &soc, err);
	if (rc == TG_OK)
		rc = tg_catalogue_soc_units(&batches, &serials, cat, &soc, err);
	if (rc != TG_OK)
		return rc;
	(void)subject_of(subject, "statement", id, "");
	put_word(out, subject, "", tg_soc_status_words[soc.status]);
	put_word(out, subject, "status", tg_soc_status_words[soc.status]);
	put_word(out, subject, "document", document_words[soc.document]);
	put_defects(out, subject, soc.defects);
	put_word(out, subject, "type", soc.covers_type ? "covered" : "not covered");
	put_word(out, subject, "covers",
		soc.batches == TG_BATCHES_LISTED   ? "listed batches"
		: soc.batches_express_all ? "all batches, in words"
					  : "all batches");
	put_units(out, subject, "batches", batches);
	put_units(out, subject, "serial numbers", serials);
	put_day(out, subject, "issued", soc.issued);
	put_day(out, subject, "end of support", soc.dsp_end);
	put_word(out, subject, "accompanies", accompanies_words[soc.accompanies]);
	put_day(out, subject, "link tested", soc.link_tested);
	put(out, subject, "link", link);
	return TG_OK;
}

static int put_label(tg_buf *out, const tg_catalogue *cat, const tg_product *p, uint32_t n, tg_error *err)
{
	tg_conformance label;
	char subject[SUBJECT_SIZE], level[16];
	tg_view id;
	int rc = tg_catalogue_conformance(&label, cat, p, n, err);

	if (rc == TG_OK)
		rc = tg_catalogue_conformance_id(&id, cat, &label, err);
	if (rc != TG_OK)
		return rc;
	(void)subject_of(subject, "label", id, "");
	put_word(out, subject, "", scheme_words[label.scheme]);
	put_word(out, subject, "scheme", scheme_words[label.scheme]);
	(void)snprintf(level, sizeof(level), "%d", label.level);
	put_word(out, subject, "level", level);
	put_word(out, subject, "named in Schedule 2A", label.qualifies ? "yes" : "no");
	put_word(out, subject, "model", label.covers_model ? "covered" : "not covered");
	put_day(out, subject, "from", label.valid_from);
	put_day(out, subject, "until", label.valid_to);
	put_day(out, subject, "checked", label.checked);
	return TG_OK;
}

static int put_stop(tg_buf *out, const tg_catalogue *cat, const tg_product *p, uint32_t n, tg_error *err)
{
	tg_view id, batches, serials;
	char subject[SUBJECT_SIZE];
	tg_stop stop;
	int rc = tg_catalogue_stop(&stop, cat, p, n, err);

	if (rc == TG_OK)
		rc = tg_catalogue_stop_id(&id, cat, &stop, err);
	if (rc == TG_OK)
		rc = tg_catalogue_stop_units(&batches, &serials, cat, &stop, err);
	if (rc != TG_OK)
		return rc;
	(void)subject_of(subject, "against it", id, stop_words[stop.kind]);
	put_word(out, subject, "", stop_words[stop.kind]);
	put_day(out, subject, "from", stop.from);
	put_day(out, subject, "to", stop.to);
	put_word(out, subject, "cleared", (stop.flags & TG_STOP_CLEARED) != 0 ? "yes" : "no");
	if ((stop.flags & TG_STOP_ON_SUPPLY) != 0)
		put_word(out, subject, "duty", "supply");
	if ((stop.flags & TG_STOP_BRAND_ONLY) != 0)
		put_word(out, subject, "names", "the brand only");
	put_units(out, subject, "batches", batches);
	put_units(out, subject, "serial numbers", serials);
	return TG_OK;
}

static int put_component(tg_buf *out, const tg_catalogue *cat, const tg_product *p, uint32_t n, tg_error *err)
{
	char subject[SUBJECT_SIZE], digits[15];
	uint64_t gtin = 0;
	int rc = tg_catalogue_component(&gtin, cat, p, n, err);

	if (rc == TG_OK) {
		(void)subject_of(subject, "component", tg_view_str(tg_gtin_format(digits, gtin)), "");
		put_word(out, subject, "", "in the set");
	}
	return rc;
}

int tg_portrait(tg_buf *out, const tg_catalogue *cat, const tg_product *product, tg_error *err)
{
	int rc = put_product(out, cat, product, err);

	for (uint32_t n = 0; n < product->soc_count && rc == TG_OK; n++)
		rc = put_soc(out, cat, product, n, err);
	for (uint32_t n = 0; n < product->conformance_count && rc == TG_OK; n++)
		rc = put_label(out, cat, product, n, err);
	for (uint32_t n = 0; n < product->stop_count && rc == TG_OK; n++)
		rc = put_stop(out, cat, product, n, err);
	for (uint32_t n = 0; n < product->component_count && rc == TG_OK; n++)
		rc = put_component(out, cat, product, n, err);
	return rc == TG_OK ? tg_buf_check(out, "what an image says of a product", err) : rc;
}

/* ---- comparing ---- */

struct line {
	const char *subject, *field, *value;
};

struct lines {
	struct line *list;
	size_t count, cap;
};

static int by_key(const void *left, const void *right)
{
	const struct line *a = left, *b = right;
	int order = strcmp(a->subject, b->subject);

	if (order == 0)
		order = strcmp(a->field, b->field);
	return order != 0 ? order : strcmp(a->value, b->value);
}

static int cut(struct lines *out, tg_buf *text)
{
	char *p = (char *)text->data;

	for (char *end = p + text->len; p != NULL && p < end;) {
		struct line *grown = tg_array_grow(out->list, out->count, &out->cap, sizeof(*grown));
		char *field = strchr(p, '\t'), *value = field != NULL ? strchr(field + 1, '\t') : NULL,
		     *next = value != NULL ? strchr(value, '\n') : NULL;

		if (grown == NULL)
			return TG_ENOMEM;
		out->list = grown;
		if (next == NULL)
			break;
		*field = *value = *next = '\0';
		grown[out->count++] = (struct line){ p, field + 1, value + 1 };
		p = next + 1;
	}
	if (out->count > 1)
		qsort(out->list, out->count, sizeof(*out->list), by_key);
	return TG_OK;
}

static int say(tg_changes *out, tg_arena *arena, const struct line *before, const struct line *after)
{
	const struct line *one = before != NULL ? before : after;
	const char **grown = tg_array_grow(out->list, out->count, &out->cap, sizeof(*grown));
	const char *colon = one->subject[0] != '\0' ? ": " : "";
	tg_buf words;

	if (grown == NULL)
		return TG_ENOMEM;
	out->list = grown;
	tg_buf_init(&words, 8192);
	if (one->field[0] == '\0')
		tg_buf_printf(&words, "%s: %s (%s)", one->subject, before != NULL ? "gone" : "new", one->value);
	else if (strcmp(one->field, "batches") == 0 || strcmp(one->field, "serial numbers") == 0)
		tg_buf_printf(&words, "%s%sother %s", one->subject, colon, one->field);
	else
		tg_buf_printf(&words, "%s%s%s: %s -> %s", one->subject, colon, one->field,
			before != NULL ? before->value : "none", after != NULL ? after->value : "none");
	grown[out->count++] = tg_arena_text(arena, tg_buf_text(&words));
	tg_buf_fini(&words);
	return arena->failed ? TG_ENOMEM : TG_OK;
}

/* The first line of a subject that only one side has stands for all of them. */
static size_t past_subject(const struct lines *lines, size_t i)
{
	const char *subject = lines->list[i].subject;

	while (i < lines->count && strcmp(lines->list[i].subject, subject) == 0)
		i++;
	return i;
}

static int compare(tg_changes *out, tg_arena *arena, const struct lines *a, const struct lines *b)
{
	size_t i = 0, j = 0;
	int rc = TG_OK;

	while (rc == TG_OK && (i < a->count || j < b->count)) {
		const struct line *x = i < a->count ? &a->list[i] : NULL, *y = j < b->count ? &b->list[j] : NULL;
		int order = 0;

		if (x != NULL && y != NULL) {
			order = strcmp(x->subject, y->subject);
			if (order == 0)
				order = strcmp(x->field, y->field);
		}
		if (x != NULL && (y == NULL || order < 0)) {
			rc = say(out, arena, x, NULL);
			i = x->field[0] == '\0' ? past_subject(a, i) : i + 1;
		} else if (y != NULL && (x == NULL || order > 0)) {
			rc = say(out, arena, NULL, y);
			j = y->field[0] == '\0' ? past_subject(b, j) : j + 1;
		} else if (x != NULL && y != NULL) {
			if (x->field[0] != '\0' && strcmp(x->value, y->value) != 0)
				rc = say(out, arena, x, y);
			i++;
			j++;
		}
	}
	return rc;
}

int tg_portrait_compare(tg_changes *out, tg_arena *arena, tg_buf *before, tg_buf *after, tg_error *err)
{
	struct lines a = { 0 }, b = { 0 };
	int rc = cut(&a, before);

	if (rc == TG_OK)
		rc = cut(&b, after);
	if (rc == TG_OK)
		rc = compare(out, arena, &a, &b);
	free(a.list);
	free(b.list);
	return rc == TG_OK ? rc : tg_fail(err, rc, "comparing images: out of memory");
}

void tg_changes_fini(tg_changes *changes)
{
	free(changes->list);
	*changes = (tg_changes){ 0 };
}
