/* SPDX-License-Identifier: Apache-2.0
 *
 * record_read.c - each kind of source record: its closed set of members, and how they are held.
 *
 * Pure: one line in, one record or findings out. Source of the members: SI 2023/1007 Schedules 2A, 3 and 4;
 * PSTI Act 2022 ss. 4 to 6.
 */
#include "sync/hq/record_reader.h"

#include "store/catalogue/catalogue.h"
#include "sync/hq/document_file.h"
#include "sync/hq/record_against.h"

#include <stdlib.h>

const char *const tg_record_words[TG_RECORD_KINDS + 1] = { "products", "socs", "labels", "scope_notes",
	"class_notes", "packs", "bundles", "roles", "failures", "notices", "publications", NULL };
const char *const tg_record_files[TG_RECORD_KINDS] = { "products.jsonl", "socs.jsonl", "labels.jsonl",
	"scope_notes.jsonl", "class_notes.jsonl", "packs.jsonl", "bundles.jsonl", "roles.jsonl",
	"failures.jsonl", "notices.jsonl", "publications.jsonl" };

#define CAPTURES_MAX 100 /* publications of one support period; there are one or two */
#define LEVEL_MAX 4      /* JC-STAR and CLS both end at four */
#define PARAGRAPH_MAX 8  /* of SI 2023/1007 Schedule 3 */
#define BRICK_DIGITS 8   /* of the GS1 Global Product Classification */
#define PREFIX_MIN 3     /* a GS1 prefix */
#define PREFIX_MAX 12    /* all of a GTIN-13 but its check digit */

/* ---- products ---- */

static void read_captures(tg_reader *r, tg_product_record *p, const tg_json *json)
{
	static const char *const names[] = { "end", "as_of", "source", "hearsay", NULL };
	size_t count = 0;
	const tg_json *item = tg_reader_objects(r, &count, json, "dsp_published", names);

	if (count > CAPTURES_MAX) {
		tg_reader_refuse(r, "dsp_published", "%zu items, at most %d are read", count, CAPTURES_MAX);
		return;
	}
	p->captures = tg_arena_alloc(r->arena, count, sizeof(*p->captures));
	for (; item != NULL && p->captures != NULL; item = tg_json_next(item)) {
		tg_dsp_capture *capture = &p->captures[p->capture_count++];

		tg_reader_item(r, "dsp_published", p->capture_count);
		capture->end = tg_reader_day(r, item, "end");
		capture->as_of = tg_reader_day(r, item, "as_of");
		capture->source = tg_reader_need_text(r, item, "source", TG_RECORD_TEXT_MAX);
		capture->hearsay = tg_reader_flag(r, item, "hearsay");
		if (capture->end == TG_DAY_NONE)
			tg_reader_refuse(
				r, "end", "missing; give the last day of the published support period");
		if (capture->as_of == TG_DAY_NONE)
			tg_reader_refuse(r, "as_of", "missing; give the day on which it was seen");
		tg_reader_leave(r);
	}
}

/* Numbers that a shop gives out itself never reach the product table: see in_store of class notes. */
bool tg_number_restricted(uint64_t number)
{
	uint64_t thirteen = number % UINT64_C(10000000000000), prefix = thirteen / UINT64_C(10000000000);

	if (number < UINT64_C(100000000)) /* 8 digits */
		return number / 10000000 == 0 || number / 10000000 == 2;
	return number < UINT64_C(10000000000000) &&
	       ((prefix >= 20 && prefix <= 29) || (prefix >= 40 && prefix <= 49) ||
		       (prefix >= 200 && prefix <= 299));
}

static bool is_brick(const char *text)
{
	return strlen(text) == BRICK_DIGITS && text[strspn(text, "0123456789")] == '\0';
}

static void read_product(tg_reader *r, tg_product_record *p, const tg_json *json)
{
	static const char *const names[] = { "gtin", "name", "brand", "manufacturer", "type", "category", "brick",
		"supplier", "dsp_published", NULL };

	tg_reader_only(r, json, names);
	p->gtin = tg_reader_gtin(r, json, "gtin");
	p->name = tg_reader_need_text(r, json, "name", TG_RECORD_NAME_MAX);
	p->brand = tg_reader_text(r, json, "brand", TG_RECORD_NAME_MAX);
	p->manufacturer = tg_reader_text(r, json, "manufacturer", TG_RECORD_NAME_MAX);
	p->type = tg_reader_text(r, json, "type", TG_RECORD_NAME_MAX);
	p->category = tg_reader_text(r, json, "category", TG_RECORD_NAME_MAX);
	p->brick = tg_reader_text(r, json, "brick", TG_RECORD_NAME_MAX);
	p->supplier = tg_reader_text(r, json, "supplier", TG_RECORD_NAME_MAX);
	if (p->brick[0] != '\0' && !is_brick(p->brick))
		tg_reader_refuse(r, "brick", "\"%s\": wanted the %d digits of a GS1 GPC brick", p->brick, BRICK_DIGITS);
	if (p->gtin != 0 && tg_number_restricted(p->gtin))
		tg_reader_refuse(r, "gtin",
			"a number for use in shops, no GTIN; answer it by in_store of a class note");
	read_captures(r, p, json);
}

/* ---- statements of compliance ---- */

static void read_document_file(tg_reader *r, tg_soc_record *s, const tg_json *document)
{
	const char *name = tg_reader_text(r, document, "file", TG_DOCUMENT_NAME_MAX);

	if (name[0] == '\0')
		return;
	if (!tg_document_file_name_valid(name))
		tg_reader_refuse(r, "file",
			"wanted \"" TG_DOCUMENT_FOLDER
			"NAME\" that ends in .pdf, .png, .jpg or .txt, of letters, digits, "
			"'-', '.' and '_'");
	else if (s->paper == TG_PAPER_NONE)
		tg_reader_refuse(r, "file", "there is a document; say of what kind");
	else if ((s->file = tg_arena_alloc(r->arena, 1, sizeof(*s->file))) != NULL)
		s->file->name = name;
}

static void read_document(tg_reader *r, tg_soc_record *s, const tg_json *json)
{
	static const char *const names[] = { "kind", "file", "sha256", "sha256_on_file", "link", "unreadable",
		NULL };
	static const char *const kinds[] = { "none", "soc", "summary", "declaration-of-conformity", "claim",
		"certificate", NULL };
	const tg_json *document = tg_reader_enter(r, json, "document", names);

	s->sha256 = s->sha256_on_file = s->link = "";
	if (document == NULL)
		return;
	s->paper = (tg_paper)tg_reader_need_word(r, document, "kind", kinds);
	s->sha256 = tg_reader_hash(r, document, "sha256");
	s->sha256_on_file = tg_reader_hash(r, document, "sha256_on_file");
	s->link = tg_reader_url(r, document, "link");
	s->unreadable = tg_reader_flag(r, document, "unreadable");
	read_document_file(r, s, document);
	tg_reader_leave(r);
}

void tg_read_range(tg_reader *r, tg_batch_range *range, const tg_json *item)
{
	range->from = tg_reader_batch(r, item, "from");
	range->to = tg_reader_batch(r, item, "to");
	if (range->from[0] != '\0' && range->to[0] != '\0' &&
		(strlen(range->from) != strlen(range->to) || strcmp(range->from, range->to) > 0))
		tg_reader_refuse(r, "to", "wanted as many characters as \"from\" has, and not before it");
}

static void read_batch_list(tg_reader *r, tg_soc_record *s, tg_texts list)
{
	for (size_t i = 0; i < list.count; i++) {
		const char *batch = list.list[i];

		for (const char *c = batch; *c != '\0'; c++)
			if (*c <= ' ' || *c > '~')
				tg_reader_refuse(r, "list", "item %zu: wanted ASCII without blanks", i + 1);
		s->ranges[s->range_count++] = (tg_batch_range){ "", batch, batch };
	}
}

static void read_batches(tg_reader *r, tg_soc_record *s, const tg_json *json)
{
	static const char *const names[] = { "list", "ranges", NULL };
	static const char *const range_names[] = { "from", "to", NULL };
	const tg_json *batches, *item;
	const char *word = tg_json_str(tg_json_get(json, "batches"));
	tg_texts list;
	size_t count = 0, n = 0;

	if (word != NULL) {
		if (strcmp(word, "all") == 0)
			s->batches = TG_STATED_BATCHES_ALL;
		else
			tg_reader_refuse(
				r, "batches", "wanted \"all\", or an object with \"list\" or \"ranges\"");
		return;
	}
	batches = tg_reader_enter(r, json, "batches", names);
	if (batches == NULL)
		return;
	list = tg_reader_texts(r, batches, "list", TG_RECORD_BATCH_MAX);
	tg_reader_leave(r);
	item = tg_reader_objects(r, &count, batches, "ranges", range_names);
	s->ranges = tg_arena_alloc(r->arena, list.count + count, sizeof(*s->ranges));
	if (s->ranges == NULL)
		return;
	read_batch_list(r, s, list);
	for (; item != NULL; item = tg_json_next(item)) {
		tg_reader_item(r, "batches.ranges", ++n);
		tg_read_range(r, &s->ranges[s->range_count++], item);
		tg_reader_leave(r);
	}
	s->batches = s->range_count > 0 ? TG_STATED_BATCHES_LISTED : TG_STATED_BATCHES_NONE;
}

static void read_ties(tg_reader *r, tg_soc_record *s, const tg_json *json)
{
	static const char *const names[] = { "batch", "from", "to", NULL };
	size_t count = 0;
	const tg_json *item = tg_reader_objects(r, &count, json, "serial_ties", names);

	s->ties = tg_arena_alloc(r->arena, count, sizeof(*s->ties));
	for (; item != NULL && s->ties != NULL; item = tg_json_next(item)) {
		tg_batch_range *tie = &s->ties[s->tie_count++];

		tg_reader_item(r, "serial_ties", s->tie_count);
		tie->batch = tg_reader_batch(r, item, "batch");
		tg_read_range(r, tie, item);
		tg_reader_leave(r);
	}
}

static void read_parties(tg_reader *r, tg_soc_record *s, const tg_json *json)
{
	static const char *const names[] = { "name", "address", NULL };
	size_t count = 0;
	const tg_json *representative, *item = tg_reader_objects(r, &count, json, "manufacturers", names);

	s->manufacturers = tg_arena_alloc(r->arena, count, sizeof(*s->manufacturers));
	for (; item != NULL && s->manufacturers != NULL; item = tg_json_next(item)) {
		tg_party *party = &s->manufacturers[s->manufacturer_count++];

		tg_reader_item(r, "manufacturers", s->manufacturer_count);
		party->name = tg_reader_text(r, item, "name", TG_RECORD_NAME_MAX);
		party->address = tg_reader_text(r, item, "address", TG_RECORD_TEXT_MAX);
		tg_reader_leave(r);
	}
	s->representative = (tg_party){ "", "" };
	s->representative_exists = tg_reader_flag(r, json, "authorised_representative_exists");
	representative = tg_reader_enter(r, json, "authorised_representative", names);
	if (representative == NULL)
		return;
	s->representative_exists = true;
	s->representative.name = tg_reader_text(r, representative, "name", TG_RECORD_NAME_MAX);
	s->representative.address = tg_reader_text(r, representative, "address", TG_RECORD_TEXT_MAX);
	tg_reader_leave(r);
}

static void read_declaration(tg_reader *r, tg_soc_record *s, const tg_json *json)
{
	static const char *const names[] = { "prepared_by_or_for_manufacturer", "opinion_of_manufacturer",
		"limb", NULL };
	static const char *const limbs[] = { "none", "security-requirements", "deemed-compliance", NULL };
	static const char *const standard_names[] = { "number", "version", "date", NULL };
	static const char *const prepared[] = { "unknown", "manufacturer", "on-behalf", "other", NULL };
	const tg_json *inner;

	s->prepared_by = (tg_prepared)tg_reader_word(r, json, "prepared_by", prepared, TG_PREPARED_UNKNOWN);
	inner = tg_reader_enter(r, json, "declaration", names);
	if (inner != NULL) {
		s->declared_prepared = tg_reader_flag(r, inner, "prepared_by_or_for_manufacturer");
		s->declared_opinion = tg_reader_flag(r, inner, "opinion_of_manufacturer");
		s->limb = (tg_soc_limb)tg_reader_word(r, inner, "limb", limbs, TG_SOC_LIMB_NONE);
		tg_reader_leave(r);
	}
	s->standard_number = s->standard_version = "";
	s->standard_date = TG_DAY_NONE;
	s->standard_relied_on = tg_reader_flag(r, json, "standard_relied_on");
	inner = tg_reader_enter(r, json, "standard", standard_names);
	if (inner != NULL) {
		s->standard_relied_on = true;
		s->standard_number = tg_reader_text(r, inner, "number", TG_RECORD_NAME_MAX);
		s->standard_version = tg_reader_text(r, inner, "version", TG_RECORD_NAME_MAX);
		s->standard_date = tg_reader_day(r, inner, "date");
		tg_reader_leave(r);
	}
}

static void read_signature(tg_reader *r, tg_soc_record *s, const tg_json *json)
{
	static const char *const signatory_names[] = { "name", "function", "signed", NULL };
	static const char *const issued_names[] = { "place", "date", NULL };
	const tg_json *inner = tg_reader_enter(r, json, "signatory", signatory_names);

	s->signatory_name = s->signatory_function = s->place = "";
	s->issued = TG_DAY_NONE;
	if (inner != NULL) {
		s->signatory_name = tg_reader_text(r, inner, "name", TG_RECORD_NAME_MAX);
		s->signatory_function = tg_reader_text(r, inner, "function", TG_RECORD_NAME_MAX);
		s->signed_by_signatory = tg_reader_flag(r, inner, "signed");
		tg_reader_leave(r);
	}
	inner = tg_reader_enter(r, json, "issued", issued_names);
	if (inner != NULL) {
		s->place = tg_reader_text(r, inner, "place", TG_RECORD_NAME_MAX);
		s->issued = tg_reader_day(r, inner, "date");
		tg_reader_leave(r);
	}
}

static void read_accompanies(tg_reader *r, tg_soc_record *s, const tg_json *json)
{
	static const char *const names[] = { "how", "link_tested", "link_result", NULL };
	static const char *const hows[] = { "unknown", "in-pack", "on-label", "product-link", "receipt-link",
		NULL };
	static const char *const results[] = { "untested", "ok", "dead", NULL };
	const tg_json *inner = tg_reader_enter(r, json, "accompanies", names);

	s->link_tested = TG_DAY_NONE;
	if (inner == NULL)
		return;
	s->accompanies = (uint8_t)tg_reader_need_word(r, inner, "how", hows);
	s->link_tested = tg_reader_day(r, inner, "link_tested");
	s->link_state = (tg_link_state)tg_reader_word(r, inner, "link_result", results,
		s->link_tested == TG_DAY_NONE ? TG_LINK_UNTESTED : TG_LINK_OK);
	tg_reader_leave(r);
}

static void read_accepted(tg_reader *r, tg_soc_record *s, const tg_json *json)
{
	static const char *const names[] = { "code", "by", "on", "reason", NULL };
	static const char *const codes[] = { "D15", "D18", NULL };
	static const int defects[] = { 15, 18 };
	size_t count = 0;
	const tg_json *item = tg_reader_objects(r, &count, json, "accepted_doubts", names);

	s->accepted = tg_arena_alloc(r->arena, count, sizeof(*s->accepted));
	for (; item != NULL && s->accepted != NULL; item = tg_json_next(item)) {
		tg_accepted *accepted = &s->accepted[s->accepted_count++];

		tg_reader_item(r, "accepted_doubts", s->accepted_count);
		accepted->defect = defects[tg_reader_need_word(r, item, "code", codes)];
		accepted->by = tg_reader_need_text(r, item, "by", TG_RECORD_NAME_MAX);
		accepted->reason = tg_reader_need_text(r, item, "reason", TG_RECORD_TEXT_MAX);
		accepted->on = tg_reader_day(r, item, "on");
		if (accepted->on == TG_DAY_NONE)
			tg_reader_refuse(r, "on", "missing; give the day of the decision");
		tg_reader_leave(r);
	}
}

static const char *need_time(tg_reader *r, const tg_json *object, const char *name)
{
	const char *text = tg_reader_need_text(r, object, name, TG_UTC_TEXT_SIZE);
	int64_t at_us;

	if (text[0] != '\0' && tg_utc_parse(&at_us, text, NULL) != TG_OK)
		tg_reader_refuse(r, name, "wanted a time such as 2026-11-23T02:11:52Z");
	return text;
}

static void read_approvals(tg_reader *r, tg_soc_source *s, const tg_json *source)
{
	static const char *const names[] = { "by", "key", "os_user", "at", NULL };
	size_t count = 0, n = 0;
	const tg_json *item = tg_reader_objects(r, &count, source, "approved", names);

	if (count < 2 || count > TG_RECORD_SIGNERS_MAX)
		tg_reader_refuse(r, "source.approved", "wanted 2 to %d approvals", TG_RECORD_SIGNERS_MAX);
	for (; item != NULL; item = tg_json_next(item)) {
		struct tg_soc_approval approval;

		tg_reader_item(r, "source.approved", ++n);
		approval.by = tg_reader_need_text(r, item, "by", TG_RECORD_NAME_MAX);
		(void)tg_reader_hash(r, item, "key");
		(void)tg_reader_text(r, item, "os_user", TG_RECORD_NAME_MAX);
		approval.at = need_time(r, item, "at");
		if (s->approved_count < TG_RECORD_SIGNERS_MAX)
			s->approved[s->approved_count++] = approval;
		tg_reader_leave(r);
	}
}

/* Who signed a supplier's statement, and who of us approved it: written by `drafts approve`, read so that it stays readable. */
static void read_source(tg_reader *r, tg_soc_record *s, const tg_json *json)
{
	static const char *const names[] = { "supplier", "statement", "prefix", "role", "keys", "root_version",
		"targets_version", "target", "target_sha256", "fetched_at", "approved", NULL };
	const tg_json *source = tg_reader_enter(r, json, "source", names);

	s->source = (tg_soc_source){ .supplier = "", .statement = "", .prefix = "", .fetched_at = "" };
	if (source == NULL)
		return;
	s->source.supplier = tg_reader_id(r, source, "supplier");
	s->source.statement = tg_reader_id(r, source, "statement");
	s->source.prefix = tg_reader_need_text(r, source, "prefix", PREFIX_MAX + 2);
	(void)tg_reader_need_text(r, source, "role", TG_RECORD_TEXT_MAX);
	if (tg_reader_texts(r, source, "keys", TG_RECORD_NAME_MAX).count > TG_RECORD_SIGNERS_MAX)
		tg_reader_refuse(r, "keys", "more than %d", TG_RECORD_SIGNERS_MAX);
	(void)tg_reader_int(r, source, "root_version", 1, TG_JSON_MAX_INT);
	(void)tg_reader_int(r, source, "targets_version", 1, TG_JSON_MAX_INT);
	(void)tg_reader_need_text(r, source, "target", TG_RECORD_TEXT_MAX);
	(void)tg_reader_hash(r, source, "target_sha256");
	s->source.fetched_at = need_time(r, source, "fetched_at");
	tg_reader_leave(r);
	read_approvals(r, &s->source, source);
}

static void read_soc(tg_reader *r, tg_soc_record *s, const tg_json *json)
{
	static const char *const names[] = { "id", "status", "superseded_by", "document", "prepared_by",
		"types", "batches", "serial_ties", "manufacturers", "authorised_representative",
		"authorised_representative_exists", "declaration", "standard_relied_on", "standard",
		"support_period_end", "support_period_text", "signatory", "issued", "accompanies", "gtins",
		"accepted_doubts", "source", NULL };

	tg_reader_only(r, json, names);
	s->id = tg_reader_id(r, json, "id");
	s->status = (uint8_t)tg_reader_need_word(r, json, "status", tg_soc_status_words);
	s->superseded_by = tg_reader_text(r, json, "superseded_by", TG_RECORD_ID_MAX);
	if (s->status == TG_SOC_SUPERSEDED && s->superseded_by[0] == '\0')
		tg_reader_refuse(r, "superseded_by",
			"missing; name the statement that took its place, or say \"withdrawn\"");
	if (s->status != TG_SOC_SUPERSEDED && s->superseded_by[0] != '\0')
		tg_reader_refuse(r, "superseded_by", "only with status \"superseded\"");
	read_document(r, s, json);
	s->types = tg_reader_texts(r, json, "types", TG_RECORD_NAME_MAX);
	read_batches(r, s, json);
	read_ties(r, s, json);
	read_parties(r, s, json);
	read_declaration(r, s, json);
	s->support_period_end = tg_reader_day(r, json, "support_period_end");
	s->support_period_text = tg_reader_text(r, json, "support_period_text", TG_RECORD_TEXT_MAX);
	read_signature(r, s, json);
	read_accompanies(r, s, json);
	s->gtins = tg_reader_gtins(r, json, "gtins");
	read_accepted(r, s, json);
	read_source(r, s, json);
}

/* ---- conformance labels ---- */

static void read_label(tg_reader *r, tg_label_record *l, const tg_json *json)
{
	static const char *const names[] = { "id", "scheme", "scheme_version", "level", "models", "gtins",
		"valid_from", "valid_to", "checked", "source", NULL };
	static const char *const schemes[] = { "jc-star", "cls", NULL };

	tg_reader_only(r, json, names);
	l->id = tg_reader_id(r, json, "id");
	l->scheme = (uint8_t)(TG_SCHEME_JC_STAR + tg_reader_need_word(r, json, "scheme", schemes));
	l->scheme_version = tg_reader_need_text(r, json, "scheme_version", TG_RECORD_NAME_MAX);
	l->level = (uint8_t)tg_reader_int(r, json, "level", 1, LEVEL_MAX);
	l->models = tg_reader_texts(r, json, "models", TG_RECORD_NAME_MAX);
	l->gtins = tg_reader_gtins(r, json, "gtins");
	l->valid_from = tg_reader_day(r, json, "valid_from");
	l->valid_to = tg_reader_day(r, json, "valid_to");
	l->checked = tg_reader_day(r, json, "checked");
	l->source = tg_reader_text(r, json, "source", TG_RECORD_TEXT_MAX);
	if (l->valid_to == TG_DAY_NONE)
		tg_reader_refuse(r, "valid_to", "missing; give the label's last day");
	else if (l->valid_from != TG_DAY_NONE && l->valid_from > l->valid_to)
		tg_reader_refuse(r, "valid_to", "before valid_from");
}

/* ---- scope and class notes ---- */

static void read_destinations(tg_reader *r, tg_note_record *n, const tg_json *json)
{
	tg_texts list = tg_reader_texts(r, json, "destinations", 2);

	for (size_t i = 0; i < list.count; i++) {
		if (strcmp(list.list[i], "gb") == 0)
			n->gb = true;
		else if (strcmp(list.list[i], "ni") == 0)
			n->ni = true;
		else
			tg_reader_refuse(r, "destinations", "\"%s\" is none of gb, ni", list.list[i]);
	}
}

/*
 * Paragraph 1 is of supply in Northern Ireland; paragraphs 6 to 8 hold in Great Britain only (SI 2025/211).
 */
static void check_exception(tg_reader *r, const tg_note_record *n)
{
	if (n->scope != TG_SCOPE_EXCEPTED) {
		if (n->paragraph != 0)
			tg_reader_refuse(r, "exception_paragraph", "only with decision \"excepted\"");
		return;
	}
	if (n->paragraph == 0)
		tg_reader_refuse(
			r, "exception_paragraph", "missing; name the paragraph of Schedule 3, 1 to 8");
	if (!n->gb && !n->ni)
		tg_reader_refuse(r, "destinations", "missing; say where the exception holds: gb, ni or both");
	if (n->paragraph == 1 && n->gb)
		tg_reader_refuse(r, "destinations", "paragraph 1 holds for supply in Northern Ireland only");
	if (n->paragraph >= 6 && n->ni)
		tg_reader_refuse(r, "destinations", "paragraphs 6 to 8 hold in Great Britain only");
}

static void read_considered(tg_reader *r, tg_note_record *n, const tg_json *json)
{
	static const char *const names[] = { "answer", "reason", NULL };
	size_t count = 0;
	const tg_json *item = tg_reader_objects(r, &count, json, "considered", names);

	n->considered = tg_arena_alloc(r->arena, count, sizeof(*n->considered));
	for (; item != NULL && n->considered != NULL; item = tg_json_next(item)) {
		tg_considered *one = &n->considered[n->considered_count++];

		tg_reader_item(r, "considered", n->considered_count);
		one->answer = tg_reader_need_text(r, item, "answer", TG_RECORD_NAME_MAX);
		one->reason = tg_reader_need_text(r, item, "reason", TG_RECORD_TEXT_MAX);
		tg_reader_leave(r);
	}
}

static void read_note(tg_reader *r, tg_note_record *n, const tg_json *json)
{
	static const char *const decisions[] = { "in", "out", "excepted", "business-only", NULL };
	static const char *const limbs[] = { "internet-connectable", "network-connectable-ip",
		"network-connectable-multi", "input-set", NULL };
	bool bad, decided;
	int limb;

	n->id = tg_reader_id(r, json, "id");
	bad = r->bad;
	r->bad = false;
	n->scope = (uint8_t)(TG_SCOPE_IN + tg_reader_need_word(r, json, "decision", decisions));
	decided = !r->bad; /* what hangs on the decision is not missed where nobody knows which it is */
	r->bad = r->bad || bad;
	limb = tg_reader_word(r, json, "limb", limbs, -1);
	n->limb = limb < 0 ? "" : limbs[limb];
	if (decided && n->scope == TG_SCOPE_IN && limb < 0)
		tg_reader_refuse(r, "limb", "missing; name the condition of section 5 that is met");
	if (tg_json_get(json, "exception_paragraph") != NULL)
		n->paragraph = (uint8_t)tg_reader_int(r, json, "exception_paragraph", 1, PARAGRAPH_MAX);
	n->evidence = tg_reader_text(r, json, "condition_evidence", TG_RECORD_TEXT_MAX);
	read_destinations(r, n, json);
	if (decided)
		check_exception(r, n);
	n->source = tg_reader_need_text(r, json, "source", TG_RECORD_TEXT_MAX);
	n->quote = tg_reader_text(r, json, "quote", TG_RECORD_TEXT_MAX);
	n->reviewer = tg_reader_need_text(r, json, "reviewer", TG_RECORD_NAME_MAX);
	n->reviewed = tg_reader_day(r, json, "reviewed");
	n->review_by = tg_reader_day(r, json, "review_by");
	if (n->reviewed == TG_DAY_NONE)
		tg_reader_refuse(r, "reviewed", "missing; give the day of the review");
	if (n->review_by == TG_DAY_NONE)
		tg_reader_refuse(r, "review_by", "missing; give the last day on which the note is current");
	else if (n->reviewed != TG_DAY_NONE && n->review_by < n->reviewed)
		tg_reader_refuse(r, "review_by", "before reviewed");
	n->gtins = tg_reader_gtins(r, json, "gtins");
	n->connectivity = tg_reader_text(r, json, "connectivity", TG_RECORD_TEXT_MAX);
	n->open_points = tg_reader_text(r, json, "open_points", TG_RECORD_TEXT_MAX);
	n->approver = tg_reader_text(r, json, "approver", TG_RECORD_NAME_MAX);
	read_considered(r, n, json);
}

static void read_scope_note(tg_reader *r, tg_note_record *n, const tg_json *json)
{
	static const char *const names[] = { "id", "decision", "limb", "exception_paragraph",
		"condition_evidence", "destinations", "source", "quote", "reviewer", "reviewed", "review_by",
		"gtins", "connectivity", "considered", "open_points", "approver", NULL };

	tg_reader_only(r, json, names);
	read_note(r, n, json);
}

static void read_bricks(tg_reader *r, tg_note_record *n, const tg_json *json)
{
	n->bricks = tg_reader_texts(r, json, "bricks", BRICK_DIGITS);
	for (size_t i = 0; i < n->bricks.count; i++)
		if (!is_brick(n->bricks.list[i]))
			tg_reader_refuse(r, "bricks", "\"%s\": wanted the %d digits of a GS1 GPC brick",
				n->bricks.list[i], BRICK_DIGITS);
}

static void read_prefixes(tg_reader *r, tg_note_record *n, const tg_json *json)
{
	n->prefixes = tg_reader_texts(r, json, "gtin_prefixes", PREFIX_MAX);
	for (size_t i = 0; i < n->prefixes.count; i++) {
		const char *prefix = n->prefixes.list[i];

		if (strlen(prefix) < PREFIX_MIN || prefix[strspn(prefix, "0123456789")] != '\0')
			tg_reader_refuse(r, "gtin_prefixes", "\"%s\": wanted %d to %d digits", prefix,
				PREFIX_MIN, PREFIX_MAX);
	}
}

/* Eight, twelve or thirteen digits; the check digit may be any, because ranges run over all of them. */
static uint64_t in_store_number(tg_reader *r, size_t *digits, const tg_json *item, const char *name)
{
	const char *text = tg_reader_need_text(r, item, name, 13);
	uint64_t number;

	*digits = strlen(text);
	if ((*digits != 8 && *digits != 12 && *digits != 13) || text[strspn(text, "0123456789")] != '\0') {
		tg_reader_refuse(r, name, "wanted a number of 8, 12 or 13 digits");
		return 0;
	}
	number = strtoull(text, NULL, 10);
	if (!tg_number_restricted(number))
		tg_reader_refuse(r, name,
			"\"%s\" is no number for use in shops (02, 04, 2; of 8 digits 0 or 2)", text);
	return number;
}

static void read_in_store(tg_reader *r, tg_note_record *n, const tg_json *json)
{
	static const char *const names[] = { "from", "to", NULL };
	size_t count = 0;
	const tg_json *item = tg_reader_objects(r, &count, json, "in_store", names);

	n->in_store = tg_arena_alloc(r->arena, count, sizeof(*n->in_store));
	for (; item != NULL && n->in_store != NULL; item = tg_json_next(item)) {
		tg_number_range *range = &n->in_store[n->in_store_count++];
		size_t from_digits, to_digits;

		tg_reader_item(r, "in_store", n->in_store_count);
		range->from = in_store_number(r, &from_digits, item, "from");
		range->to = in_store_number(r, &to_digits, item, "to");
		if (from_digits != to_digits || range->from > range->to)
			tg_reader_refuse(r, "to", "wanted as many digits as \"from\" has, and not below it");
		tg_reader_leave(r);
	}
}

static void read_class_note(tg_reader *r, tg_note_record *n, const tg_json *json)
{
	static const char *const names[] = { "id", "decision", "limb", "exception_paragraph",
		"condition_evidence", "destinations", "source", "quote", "reviewer", "reviewed", "review_by",
		"gtins", "connectivity", "considered", "open_points", "approver", "categories", "bricks",
		"gtin_prefixes", "in_store", NULL };

	tg_reader_only(r, json, names);
	read_note(r, n, json);
	n->categories = tg_reader_texts(r, json, "categories", TG_RECORD_NAME_MAX);
	read_bricks(r, n, json);
	read_prefixes(r, n, json);
	read_in_store(r, n, json);
}

/* ---- packs ---- */

static void read_pack(tg_reader *r, tg_pack_record *p, const tg_json *json)
{
	static const char *const names[] = { "gtin", "contains", "count", NULL };

	tg_reader_only(r, json, names);
	p->gtin = tg_reader_gtin(r, json, "gtin");
	p->contains = tg_reader_gtin(r, json, "contains");
	p->units = tg_reader_int(r, json, "count", 1, 1000000);
	if (p->gtin != 0 && p->gtin == p->contains)
		tg_reader_refuse(r, "contains", "a pack cannot contain itself");
}

/* ---- one line ---- */

/*
 * Reads the record of its kind into a new item of its array. TG_ENOMEM, or TG_OK with r->bad saying whether
 * it is good.
 */
#define TAKE(kind_of, list, count, cap, type, read)                                                          \
	case kind_of: {                                                                                      \
		type *grown = tg_array_grow(records->list, records->count, &records->cap, sizeof(type));     \
		type item = { .line = number };                                                              \
                                                                                                             \
		if (grown == NULL)                                                                           \
			return TG_ENOMEM;                                                                    \
		records->list = grown;                                                                       \
		read(&r, &item, json);                                                                       \
		if (!r.bad)                                                                                  \
			grown[records->count++] = item;                                                      \
		break;                                                                                       \
	}

static int take(
	tg_records *records, tg_findings *findings, tg_record_kind kind, const tg_json *json, uint32_t number)
{
	tg_reader r = {
		.arena = &records->arena, .findings = findings, .at = { tg_record_files[kind], number }
	};

	switch (kind) {
		TAKE(TG_RECORD_PRODUCT, products, product_count, product_cap, tg_product_record, read_product)
		TAKE(TG_RECORD_SOC, socs, soc_count, soc_cap, tg_soc_record, read_soc)
		TAKE(TG_RECORD_LABEL, labels, label_count, label_cap, tg_label_record, read_label)
		TAKE(TG_RECORD_SCOPE_NOTE, scope_notes, scope_note_count, scope_note_cap, tg_note_record,
			read_scope_note)
		TAKE(TG_RECORD_CLASS_NOTE, class_notes, class_note_count, class_note_cap, tg_note_record,
			read_class_note)
		TAKE(TG_RECORD_PACK, packs, pack_count, pack_cap, tg_pack_record, read_pack)
		TAKE(TG_RECORD_BUNDLE, bundles, bundle_count, bundle_cap, tg_bundle_record, tg_read_bundle)
		TAKE(TG_RECORD_ROLE, roles, role_count, role_cap, tg_role_record, tg_read_role)
		TAKE(TG_RECORD_FAILURE, failures, failure_count, failure_cap, tg_failure_record, tg_read_failure)
		TAKE(TG_RECORD_NOTICE, notices, notice_count, notice_cap, tg_notice_record, tg_read_notice)
		TAKE(TG_RECORD_PUBLICATION, publications, publication_count, publication_cap,
			tg_publication_record, tg_read_publication)
	case TG_RECORD_KINDS:
		return TG_EINVAL;
	}
	if (records->arena.failed)
		return TG_ENOMEM;
	return r.bad ? TG_EFORMAT : TG_OK;
}

int tg_records_read_line(
	tg_records *records, tg_findings *findings, tg_record_kind kind, tg_view line, uint32_t number)
{
	tg_finding_at at = { tg_record_files[kind], number };
	tg_json *json = NULL;
	tg_error err = { 0 };
	int rc;

	if (line.len > TG_RECORD_LINE_MAX) {
		tg_findings_add(findings, TG_FINDING_ERROR, "bad-record", at, "",
			"the line has more than %d bytes; split the record", TG_RECORD_LINE_MAX);
		return TG_EFORMAT;
	}
	rc = tg_json_parse(&json, line, &err);
	if (rc == TG_OK && tg_json_type_of(json) != TG_JSON_OBJECT)
		rc = tg_fail(&err, TG_EFORMAT, "wanted an object, found %s", tg_json_type_name(json));
	if (rc == TG_OK)
		rc = take(records, findings, kind, json, number);
	else if (rc != TG_ENOMEM)
		tg_findings_add(findings, TG_FINDING_ERROR, "bad-record", at, "", "%s", err.msg);
	tg_json_free(json);
	return rc == TG_OK || rc == TG_ENOMEM ? rc : TG_EFORMAT;
}
