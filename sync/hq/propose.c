/* SPDX-License-Identifier: Apache-2.0
 *
 * propose.c - one pass over our records, one over the supplier's statements, one over its drafts.
 */
#include "sync/hq/propose.h"

#include "plugin/gate/label.h"
#include "store/base/file.h"
#include "store/catalogue/catalogue.h"
#include "sync/hq/filing.h"

#include <stdio.h>
#include <stdlib.h>

const char *const tg_propose_words[TG_PROPOSE_EVENTS + 1] = { "new", "waiting", "rejected before",
	"overtaken", NULL };

struct held {           /* a record whose id is in the supplier's space */
	const char *id; /* of the statement: without "SUPPLIER." */
	const char *prefix;
	char hash[TG_HASH_TEXT_SIZE];
	bool foreign; /* not from this supplier */
	bool current, seen;
};

struct product {
	uint64_t gtin;
	bool has_type;
};

struct known { /* a draft on the disk */
	const char *name, *statement, *prefix;
	tg_draft_state state;
	bool wanted;
};

struct proposing {
	tg_propose_result *result;
	tg_findings *findings;
	const tg_site *site;
	const char *supplier;
	tg_propose_set *sets;
	size_t set_count;
	const tg_propose_options *options;
	tg_propose_told *told;
	void *ctx;
	tg_arena arena;
	struct held *held;
	size_t held_count, held_cap;
	struct product *products;
	size_t product_count, product_cap;
	struct known *known;
	size_t known_count, known_cap;
};

/* ---- what we hold ---- */

static const char *text_of(const tg_json *object, const char *name)
{
	const char *text = tg_json_str(tg_json_get(object, name));

	return text == NULL ? "" : text;
}

static int hold(struct proposing *p, const tg_json *json, const char *id, tg_error *err)
{
	struct held *grown = tg_array_grow(p->held, p->held_count, &p->held_cap, sizeof(*grown));
	tg_json *statement = tg_statement_of_record(json, p->supplier);
	struct held held = { .id = tg_arena_text(&p->arena, id),
		.foreign = statement == NULL,
		.prefix = tg_arena_text(&p->arena, text_of(tg_json_get(json, "source"), "prefix")),
		.current = strcmp(text_of(json, "status"), "current") == 0 };
	int rc = grown == NULL ? tg_fail(err, TG_ENOMEM, "records: out of memory") : TG_OK;

	if (grown != NULL)
		p->held = grown;
	if (rc == TG_OK && statement != NULL)
		rc = tg_statement_hash(held.hash, statement, err);
	if (rc == TG_OK)
		grown[p->held_count++] = held;
	tg_json_free(statement);
	return rc;
}

static int take_soc(void *ctx, tg_view line, uint32_t number, tg_error *err)
{
	struct proposing *p = ctx;
	size_t len = strlen(p->supplier);
	tg_json *json = NULL;
	const char *id;
	int rc;

	if (memmem(line.data, line.len, p->supplier, len) == NULL)
		return TG_OK;
	rc = tg_json_parse(&json, line, err);
	if (rc != TG_OK)
		return tg_error_prefix(err, "%s:%u", tg_record_files[TG_RECORD_SOC], number), rc;
	id = text_of(json, "id");
	if (strncmp(id, p->supplier, len) == 0 && id[len] == '.')
		rc = hold(p, json, id + len + 1, err);
	tg_json_free(json);
	return rc;
}

static int take_product(void *ctx, tg_view line, uint32_t number, tg_error *err)
{
	struct proposing *p = ctx;
	struct product product, *grown;
	tg_json *json = NULL;
	bool covered = false;
	int rc = tg_json_parse(&json, line, err);

	if (rc != TG_OK)
		return tg_error_prefix(err, "%s:%u", tg_record_files[TG_RECORD_PRODUCT], number), rc;
	product.has_type = text_of(json, "type")[0] != '\0';
	if (tg_gtin_parse(&product.gtin, tg_view_str(text_of(json, "gtin")), NULL) == TG_OK)
		for (size_t i = 0; i < p->set_count && !covered; i++)
			covered = tg_prefix_covers(&p->sets[i].prefix, product.gtin);
	tg_json_free(json);
	if (!covered)
		return TG_OK;
	grown = tg_array_grow(p->products, p->product_count, &p->product_cap, sizeof(*grown));
	if (grown == NULL)
		return tg_fail(err, TG_ENOMEM, "products: out of memory");
	p->products = grown;
	grown[p->product_count++] = product;
	return TG_OK;
}

static int take_known(void *ctx, tg_draft *draft, tg_error *err)
{
	struct proposing *p = ctx;
	struct known *grown = tg_array_grow(p->known, p->known_count, &p->known_cap, sizeof(*grown));

	if (grown == NULL)
		return tg_fail(err, TG_ENOMEM, "drafts: out of memory");
	p->known = grown;
	grown[p->known_count++] = (struct known){ .name = tg_arena_text(&p->arena, draft->name),
		.statement = tg_arena_text(&p->arena, draft->statement),
		.prefix = tg_arena_text(&p->arena, draft->prefix),
		.state = draft->state };
	return TG_OK;
}

static int by_id(const void *left, const void *right)
{
	return strcmp(((const struct held *)left)->id, ((const struct held *)right)->id);
}

static int by_gtin(const void *left, const void *right)
{
	uint64_t a = ((const struct product *)left)->gtin, b = ((const struct product *)right)->gtin;

	return (a > b) - (a < b);
}

static int each(struct proposing *p, tg_record_kind kind, tg_line_each *take, tg_error *err)
{
	char path[4096];
	int rc = tg_path(path, err, "%s/%s", p->site->records, tg_record_files[kind]);

	if (rc == TG_OK)
		rc = tg_records_each_line(path, take, p, err);
	return rc == TG_ENOTFOUND ? TG_OK : rc;
}

/* ---- one draft ---- */

static int by_name(const void *left, const void *right)
{
	return strcmp(((const struct known *)left)->name, ((const struct known *)right)->name);
}

static int read_ours(struct proposing *p, tg_error *err)
{
	int rc = each(p, TG_RECORD_SOC, take_soc, err);

	if (rc == TG_OK)
		rc = each(p, TG_RECORD_PRODUCT, take_product, err);
	if (rc == TG_OK)
		rc = tg_drafts_walk(p->site, p->supplier, take_known, p, err);
	if (rc == TG_OK && p->arena.failed)
		rc = tg_fail(err, TG_ENOMEM, "records: out of memory");
	if (p->held_count > 1)
		qsort(p->held, p->held_count, sizeof(*p->held), by_id);
	if (p->known_count > 1)
		qsort(p->known, p->known_count, sizeof(*p->known), by_name);
	if (p->product_count > 1)
		qsort(p->products, p->product_count, sizeof(*p->products), by_gtin);
	return rc;
}

static struct known *find_known(struct proposing *p, const char *name)
{
	struct known key = { .name = name };

	return p->known_count == 0 ? NULL : bsearch(&key, p->known, p->known_count, sizeof(key), by_name);
}

static void tell(struct proposing *p, const tg_draft *draft, tg_propose_event event)
{
	p->result->counts[event]++;
	if (draft->kind == TG_DRAFT_WITHDRAW && (event == TG_PROPOSED || event == TG_PROPOSE_WAITING))
		p->result->withdrawals++;
	p->told(p->ctx, draft, event);
}

/* The same was proposed before: it waits, was rejected, or comes back. */
static int meet_known(struct proposing *p, struct known *known, const tg_json *signature, tg_error *err)
{
	char full[TG_SUPPLIER_ID_MAX + TG_DRAFT_NAME_MAX + 2];
	tg_draft draft;
	int rc;

	known->wanted = true;
	(void)snprintf(full, sizeof(full), "%s/%s", p->supplier, known->name);
	rc = tg_draft_load(&draft, p->site, full, err);
	if (rc == TG_OK && known->state == TG_DRAFT_OPEN)
		tell(p, &draft, TG_PROPOSE_WAITING);
	else if (rc == TG_OK && known->state == TG_DRAFT_REJECTED)
		tell(p, &draft, TG_PROPOSE_REJECTED_BEFORE);
	else if (rc == TG_OK) {
		rc = tg_draft_reopen(&draft, signature, err);
		if (rc == TG_OK)
			rc = tg_draft_save(&draft, p->site, err);
		if (rc == TG_OK)
			tell(p, &draft, TG_PROPOSED);
	}
	tg_draft_fini(&draft);
	return rc;
}

static int propose_one(struct proposing *p, const tg_proposal *proposal, tg_error *err)
{
	struct known *known;
	tg_draft draft;
	int rc = tg_draft_make(&draft, proposal, err);

	if (rc != TG_OK)
		return rc;
	known = find_known(p, draft.name);
	if (known != NULL) {
		rc = meet_known(p, known, proposal->signature, err);
	} else if (draft.kind != TG_DRAFT_WITHDRAW && p->result->counts[TG_PROPOSED] >= TG_PROPOSE_NEW_MAX) {
		p->result->left++;
	} else {
		rc = tg_draft_save(&draft, p->site, err);
		if (rc == TG_OK)
			tell(p, &draft, TG_PROPOSED);
	}
	tg_draft_fini(&draft);
	return rc;
}

/* ---- one statement ---- */

static void refuse(
	struct proposing *p, tg_propose_set *set, uint32_t line, const char *code, const char *words)
{
	tg_findings_add(
		p->findings, TG_FINDING_ERROR, code, (tg_finding_at){ set->name, line }, "", "%s", words);
	set->statements.refused++;
	set->statements.refused_statements++;
}

static struct held *find_held(struct proposing *p, const char *id)
{
	struct held key = { .id = id };

	return p->held_count == 0 ? NULL : bsearch(&key, p->held, p->held_count, sizeof(key), by_id);
}

/* A product of ours without a type gets the supplier's; one that we do not list is added only if that was asked for. */
static tg_json *product_change(struct proposing *p, const tg_stated_product *stated, uint64_t gtin)
{
	struct product key = { .gtin = gtin };
	const struct product *ours =
		p->product_count == 0 ? NULL
				      : bsearch(&key, p->products, p->product_count, sizeof(key), by_gtin);
	tg_json *json = NULL, *change = NULL;

	if ((ours == NULL && !p->options->add_products) || (ours != NULL && ours->has_type) ||
		tg_json_parse(&json, tg_view_str(stated->text), NULL) != TG_OK)
		return NULL;
	if (ours == NULL)
		return json;
	if (text_of(json, "type")[0] != '\0') {
		change = tg_json_new_object();
		tg_json_set_str(change, "gtin", text_of(json, "gtin"));
		tg_json_set_str(change, "type", text_of(json, "type"));
	}
	tg_json_free(json);
	return change;
}

static tg_json *product_changes(
	struct proposing *p, const tg_propose_set *set, const tg_statement *s, size_t *count)
{
	tg_json *list = tg_json_new_array();

	*count = 0;
	for (size_t i = 0; i < s->gtins.count && *count <= TG_DRAFT_PRODUCTS_MAX; i++) {
		const tg_stated_product *stated = tg_statements_product(&set->statements, s->gtins.list[i]);
		tg_json *change = stated == NULL ? NULL : product_change(p, stated, s->gtins.list[i]);

		if (change != NULL) {
			tg_json_add(list, change);
			++*count;
		}
	}
	return list;
}

static bool stands_elsewhere(const struct proposing *p, const tg_propose_set *set, const char *id)
{
	for (size_t i = 0; i < p->set_count; i++)
		if (&p->sets[i] != set && tg_statements_find(&p->sets[i].statements, id) != NULL)
			return true;
	return false;
}

static int propose_statement(struct proposing *p, tg_propose_set *set, const tg_statement *s, tg_error *err)
{
	char hash[TG_HASH_TEXT_SIZE], prefix[TG_PREFIX_TEXT_SIZE];
	struct held *held = find_held(p, s->id);
	tg_json *soc = NULL, *products = NULL;
	size_t changes = 0;
	int rc;

	if (held != NULL)
		held->seen = true;
	if (stands_elsewhere(p, set, s->id))
		return refuse(p, set, s->line, "duplicate-id",
			       "the same id stands under another prefix; neither is taken"),
		       TG_OK;
	if (held != NULL && held->foreign)
		return refuse(p, set, s->line, "id-taken",
			       "a record of ours, not from this supplier, has that id"),
		       TG_OK;
	rc = tg_json_parse(&soc, tg_view_str(s->text), err);
	if (rc == TG_OK)
		rc = tg_statement_hash(hash, soc, err);
	if (rc == TG_OK)
		products = product_changes(p, set, s, &changes);
	if (rc == TG_OK && changes > TG_DRAFT_PRODUCTS_MAX)
		refuse(p, set, s->line, "too-many-products",
			"would change more products than one draft holds; split it");
	else if (rc == TG_OK && held != NULL && strcmp(held->hash, hash) == 0 && changes == 0)
		p->result->on_file++;
	else if (rc == TG_OK)
		rc = propose_one(p,
			&(tg_proposal){ .kind = held == NULL ? TG_DRAFT_NEW
						: held->current && s->status != TG_SOC_CURRENT
							? TG_DRAFT_WITHDRAW
							: TG_DRAFT_CHANGE,
				.supplier = p->supplier,
				.statement = s->id,
				.prefix = tg_prefix_format(prefix, &set->prefix),
				.soc = soc,
				.products = products,
				.replaces = held == NULL ? "" : held->hash,
				.signature = set->signature },
			err);
	tg_json_free(products);
	tg_json_free(soc);
	return rc;
}

/* ---- what is no longer said ---- */

static const tg_propose_set *set_of(const struct proposing *p, const char *prefix)
{
	char text[TG_PREFIX_TEXT_SIZE];

	for (size_t i = 0; i < p->set_count; i++)
		if (strcmp(tg_prefix_format(text, &p->sets[i].prefix), prefix) == 0)
			return &p->sets[i];
	return NULL;
}

static int propose_missing(struct proposing *p, tg_error *err)
{
	tg_json *none = tg_json_new_array();
	int rc = TG_OK;

	for (size_t i = 0; i < p->held_count && rc == TG_OK; i++) {
		const struct held *held = &p->held[i];
		const tg_propose_set *set = set_of(p, held->prefix);

		if (held->foreign || held->seen || !held->current || set == NULL ||
			set->statements.refused_statements > 0)
			continue;
		rc = propose_one(p,
			&(tg_proposal){ .kind = TG_DRAFT_WITHDRAW,
				.supplier = p->supplier,
				.statement = held->id,
				.prefix = held->prefix,
				.products = none,
				.replaces = held->hash,
				.signature = set->signature },
			err);
	}
	tg_json_free(none);
	return rc;
}

static bool seen_now(const struct proposing *p, const char *statement)
{
	for (size_t i = 0; i < p->set_count; i++)
		if (tg_statements_find(&p->sets[i].statements, statement) != NULL)
			return true;
	return false;
}

static int overtake(struct proposing *p, const struct known *known, tg_error *err)
{
	char full[TG_SUPPLIER_ID_MAX + TG_DRAFT_NAME_MAX + 2], at[TG_UTC_TEXT_SIZE],
		user[TG_RECORD_NAME_MAX + 1];
	int64_t now_us = p->options->now_us;
	tg_draft draft;
	int rc;

	(void)snprintf(full, sizeof(full), "%s/%s", p->supplier, known->name);
	rc = tg_draft_load(&draft, p->site, full, err);
	if (rc == TG_OK)
		rc = tg_draft_close(&draft, TG_DRAFT_OVERTAKEN, "import", tg_supplier_os_user(user),
			tg_utc_format(at, now_us - now_us % TG_US_PER_SECOND),
			"the supplier publishes something else by now", err);
	if (rc == TG_OK)
		rc = tg_draft_save(&draft, p->site, err);
	if (rc == TG_OK)
		tell(p, &draft, TG_PROPOSE_OVERTAKEN);
	tg_draft_fini(&draft);
	return rc;
}

static int overtake_rest(struct proposing *p, tg_error *err)
{
	int rc = TG_OK;

	for (size_t i = 0; i < p->known_count && rc == TG_OK; i++) {
		const struct known *known = &p->known[i];
		const tg_propose_set *set = set_of(p, known->prefix);

		if (known->state != TG_DRAFT_OPEN || known->wanted || set == NULL ||
			(set->statements.refused_statements > 0 && !seen_now(p, known->statement)))
			continue;
		rc = overtake(p, known, err);
	}
	return rc;
}

int tg_propose(tg_propose_result *result, tg_findings *findings, const tg_site *site, const char *supplier,
	tg_propose_set *sets, size_t count, const tg_propose_options *options, tg_propose_told *told,
	void *ctx, tg_error *err)
{
	struct proposing p = { .result = result,
		.findings = findings,
		.site = site,
		.supplier = supplier,
		.sets = sets,
		.set_count = count,
		.options = options,
		.told = told,
		.ctx = ctx };
	int rc = read_ours(&p, err);

	*result = (tg_propose_result){ 0 };
	for (size_t i = 0; i < count && rc == TG_OK; i++)
		for (size_t s = 0; s < sets[i].statements.count && rc == TG_OK; s++)
			rc = propose_statement(&p, &sets[i], &sets[i].statements.list[s], err);
	if (rc == TG_OK)
		rc = propose_missing(&p, err);
	if (rc == TG_OK)
		rc = overtake_rest(&p, err);
	free(p.held);
	free(p.products);
	free(p.known);
	tg_arena_fini(&p.arena);
	return rc;
}
