/* SPDX-License-Identifier: Apache-2.0
 *
 * lint.c - the checks, kind by kind. Each says what is wrong and what to do.
 *
 * Source: SI 2023/1007 Schedules 2A, 3 and 4; PSTI Act 2022 ss. 9, 22.
 */
#include "sync/hq/lint.h"

#include "plugin/gate/drill.h"
#include "plugin/gate/label.h"
#include "store/catalogue/catalogue.h"
#include "sync/hq/against.h"
#include "sync/hq/defects.h"
#include "sync/hq/lint_against.h"
#include "sync/hq/lint_part.h"

#include <stdlib.h>
#include <strings.h>

/* ---- ids ---- */

static bool soc_id_known(const struct lint_id *ids, size_t count, const char *id)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(ids[middle].id, id);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static void check_successors(struct lint *l, const struct lint_id *ids, size_t count)
{
	for (size_t i = 0; i < l->records->soc_count; i++) {
		const tg_soc_record *s = &l->records->socs[i];

		if (s->superseded_by[0] == '\0')
			continue;
		if (strcmp(s->superseded_by, s->id) == 0)
			tg_findings_add(l->findings, TG_FINDING_ERROR, "dangling-id",
				at(TG_RECORD_SOC, s->line), "superseded_by",
				"a statement cannot take its own place");
		else if (!soc_id_known(ids, count, s->superseded_by))
			tg_findings_add(l->findings, TG_FINDING_ERROR, "dangling-id",
				at(TG_RECORD_SOC, s->line), "superseded_by",
				"no statement has the id \"%s\"; add it, or say \"withdrawn\"",
				s->superseded_by);
	}
}

static void lint_ids(struct lint *l)
{
	const tg_records *r = l->records;
	size_t most = r->soc_count + r->label_count + r->scope_note_count + r->class_note_count, count = 0;
	struct lint_id *ids = calloc(most + 1, sizeof(*ids));

	if (ids == NULL) {
		tg_lint_no_memory(l, TG_RECORD_PRODUCT);
		return;
	}
	for (size_t i = 0; i < r->soc_count; i++)
		ids[count++] = (struct lint_id){ r->socs[i].id, TG_RECORD_SOC, r->socs[i].line };
	tg_lint_ids(l, ids, count);
	check_successors(l, ids, count);
	count = 0;
	for (size_t i = 0; i < r->label_count; i++)
		ids[count++] = (struct lint_id){ r->labels[i].id, TG_RECORD_LABEL, r->labels[i].line };
	tg_lint_ids(l, ids, count);
	count = 0; /* scope and class notes answer the same question: their ids are one space */
	for (size_t i = 0; i < r->scope_note_count; i++)
		ids[count++] = (struct lint_id){ r->scope_notes[i].id, TG_RECORD_SCOPE_NOTE,
			r->scope_notes[i].line };
	for (size_t i = 0; i < r->class_note_count; i++)
		ids[count++] = (struct lint_id){ r->class_notes[i].id, TG_RECORD_CLASS_NOTE,
			r->class_notes[i].line };
	tg_lint_ids(l, ids, count);
	free(ids);
}

/* ---- statements ---- */

struct soc_ctx {
	struct lint *lint;
	uint32_t line;
};

/* Static texts for the codes, so that findings can borrow them. */
static const char *defect_code(int defect)
{
	static const char *const codes[] = { "", "D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08",
		"D09", "D10", "D11", "D12", "D13", "D14", "D15", "D16", "D17", "D18", "D19" };

	return codes[defect];
}

static void soc_defect(void *ctx, int defect, const char *field, const char *words)
{
	struct soc_ctx *soc = ctx;

	tg_findings_add(soc->lint->findings, TG_FINDING_DEFECT, defect_code(defect),
		at(TG_RECORD_SOC, soc->line), field, "%s", words);
}

static int by_range(const void *left, const void *right)
{
	const tg_batch_range *a = left, *b = right;
	size_t a_len = strlen(a->from), b_len = strlen(b->from);

	if (a_len != b_len)
		return a_len < b_len ? -1 : 1;
	return strcmp(a->from, b->from);
}

/*
 * Ranges compare only with ranges of as many characters. Two that touch are mistakes: one of them was meant
 * differently.
 */
static void check_ranges(
	struct lint *l, const tg_soc_record *s, const tg_batch_range *ranges, size_t count, bool serials)
{
	tg_batch_range *sorted = count > 1 ? malloc(count * sizeof(*sorted)) : NULL;

	if (sorted == NULL) {
		if (count > 1)
			tg_lint_no_memory(l, TG_RECORD_PRODUCT);
		return;
	}
	memcpy(sorted, ranges, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_range);
	for (size_t i = 1; i < count; i++) {
		const tg_batch_range *a = &sorted[i - 1], *b = &sorted[i];

		if (strlen(a->to) != strlen(b->from) || strcmp(b->from, a->to) > 0)
			continue;
		if (serials)
			tg_findings_add(l->findings, TG_FINDING_ERROR, "overlapping-serials",
				at(TG_RECORD_SOC, s->line), "serial_ties",
				"%s to %s (batch %s) overlaps %s to %s (batch %s); a serial belongs to one "
				"batch",
				b->from, b->to, b->batch, a->from, a->to, a->batch);
		else
			tg_findings_add(l->findings, TG_FINDING_WARNING, "overlapping-batches",
				at(TG_RECORD_SOC, s->line), "batches",
				"%s to %s overlaps %s to %s; check both against the paper", b->from, b->to,
				a->from, a->to);
		if (strcmp(a->to, b->to) > 0)
			sorted[i].to = a->to; /* keep the farther end, to catch what a long range hides */
	}
	free(sorted);
}

static void check_accompanies(struct lint *l, const tg_soc_record *s)
{
	tg_finding_at where = at(TG_RECORD_SOC, s->line);

	if (s->status != TG_SOC_CURRENT || s->paper != TG_PAPER_SOC)
		return;
	if (s->accompanies == TG_ACCOMPANIES_UNKNOWN)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "accompanies-missing", where, "accompanies",
			"not recorded how the statement reaches the buyer; held at goods-in until it is");
	if (s->accompanies != TG_ACCOMPANIES_PRODUCT_LINK && s->accompanies != TG_ACCOMPANIES_RECEIPT_LINK)
		return;
	if (s->link[0] == '\0')
		tg_findings_add(l->findings, TG_FINDING_WARNING, "link-missing", where, "document.link",
			"accompanies by a link, but the link is not recorded; record it");
	if (s->link_tested == TG_DAY_NONE)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "link-untested", where,
			"accompanies.link_tested", "the link was never tested; open it and record the day");
	else if (l->records->has_policy &&
		 l->today - s->link_tested > l->records->policy.link_test_max_age_days)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "link-test-old", where,
			"accompanies.link_tested", "tested %d days ago, the policy allows %d; test again",
			l->today - s->link_tested, l->records->policy.link_test_max_age_days);
}

static void check_support_period(struct lint *l, const tg_soc_record *s)
{
	tg_finding_at where = at(TG_RECORD_SOC, s->line);
	char text[TG_DAY_TEXT_SIZE];

	if (s->support_period_end == TG_DAY_NONE || s->status != TG_SOC_CURRENT)
		return;
	(void)tg_day_format(text, s->support_period_end);
	if (s->issued != TG_DAY_NONE && s->support_period_end < s->issued)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "dsp-before-issue", where,
			"support_period_end",
			"%s is before the statement was issued; check it against the paper", text);
	else if (s->support_period_end < l->today)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "dsp-ended", where, "support_period_end",
			"ended on %s; buyers are told at the till", text);
}

static void lint_soc(struct lint *l, const tg_soc_record *s)
{
	struct soc_ctx ctx = { l, s->line };
	tg_finding_at where = at(TG_RECORD_SOC, s->line);

	/* The defects of a statement that no longer counts are history. */
	if (s->status == TG_SOC_CURRENT)
		(void)tg_soc_defects(s, l->today, soc_defect, &ctx);
	if (s->status == TG_SOC_WITHDRAWN)
		tg_findings_add(l->findings, TG_FINDING_DEFECT, "D14", where, "status",
			"withdrawn by the manufacturer; ask why, and whether a failure is behind it");
	if (s->status == TG_SOC_CURRENT && s->batches == TG_STATED_BATCHES_ALL)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "all-batches", where, "batches",
			"\"all batches\" is taken as stated (D04 is open in law); prefer a list or a range");
	if (s->gtins.count == 0)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "no-gtins", where, "gtins",
			"covers no product of ours; name their GTINs");
	check_ranges(l, s, s->ranges, s->range_count, false);
	check_ranges(l, s, s->ties, s->tie_count, true);
	check_accompanies(l, s);
	check_support_period(l, s);
	tg_lint_not_future(l, where, "accompanies.link_tested", s->link_tested);
	for (size_t i = 0; i < s->accepted_count; i++)
		tg_lint_not_future(l, where, "accepted_doubts", s->accepted[i].on);
}

/* ---- labels ---- */

static void lint_label(struct lint *l, const tg_label_record *label)
{
	tg_finding_at where = at(TG_RECORD_LABEL, label->line);
	char text[TG_DAY_TEXT_SIZE];
	int32_t left = label->valid_to - l->today;

	(void)tg_day_format(text, label->valid_to);
	if (left < 0)
		tg_findings_add(l->findings, TG_FINDING_DEFECT, "label-expired", where, "valid_to",
			"ended on %s; record its renewal, or hold a statement of compliance", text);
	else if (left <= TG_LINT_SOON_DAYS)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "label-expires-soon", where, "valid_to",
			"its last day is %s, in %d days; ask for its renewal", text, left);
	if (!tg_label_qualifies(label))
		tg_findings_add(l->findings, TG_FINDING_DEFECT, "label-not-named", where, "scheme_version",
			"Schedule 2A names JC-STAR level 1 of JST-CR-01-01-2024R1 and CLS of CCC SP-151-2 "
			"v1.4; this does not count");
	if (label->checked == TG_DAY_NONE)
		tg_findings_add(l->findings, TG_FINDING_DEFECT, "label-unchecked", where, "checked",
			"never looked up in the scheme's register; look it up and record the day");
	else if (l->records->has_policy &&
		 l->today - label->checked > l->records->policy.label_check_max_age_days)
		tg_findings_add(l->findings, TG_FINDING_DEFECT, "label-unchecked", where, "checked",
			"looked up %d days ago, the policy allows %d; look it up again",
			l->today - label->checked, l->records->policy.label_check_max_age_days);
	if (label->gtins.count == 0)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "no-gtins", where, "gtins",
			"covers no product of ours; name their GTINs");
	tg_lint_not_future(l, where, "checked", label->checked);
}

/* ---- notes ---- */

/* Past its review row 9 hits what the note answers. Another note leaves its products to their statements (plugin/gate/facts.c). */
static bool takes_out(const tg_note_record *n)
{
	return n->scope == TG_SCOPE_OUT || n->scope == TG_SCOPE_EXCEPTED;
}

/* The last day on which it does. */
static int32_t last_day_of(const struct lint *l, const tg_note_record *n)
{
	return n->review_by + (l->records->has_policy ? l->records->policy.scope_review_grace_days : 0);
}

static void lint_review(struct lint *l, const tg_note_record *n, tg_finding_at where)
{
	bool exempts = takes_out(n);
	char text[TG_DAY_TEXT_SIZE], end[TG_DAY_TEXT_SIZE];
	int32_t left = n->review_by - l->today;

	(void)tg_day_format(text, n->review_by);
	(void)tg_day_format(end, last_day_of(l, n));
	if (left < 0)
		tg_findings_add(l->findings, TG_FINDING_DEFECT, "review-expired", where, "review_by",
			"was due by %s; review it and move the date%s%s%s", text,
			exempts ? ": the till withholds its products after " : "", exempts ? end : "",
			exempts ? ", also those with a statement" : "");
	else if (left <= TG_LINT_SOON_DAYS)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "review-soon", where, "review_by",
			"is due by %s, in %d days; review it and move the date%s%s", text, left,
			exempts ? ", or the till withholds its products after " : "", exempts ? end : "");
}

static void lint_note(struct lint *l, const tg_note_record *n, tg_record_kind kind)
{
	tg_finding_at where = at(kind, n->line);

	lint_review(l, n, where);
	if (n->scope == TG_SCOPE_EXCEPTED && n->evidence[0] == '\0')
		tg_findings_add(l->findings, TG_FINDING_DEFECT, "exception-unproven", where,
			"condition_evidence",
			"the condition of paragraph %u is not evidenced; say what shows it", n->paragraph);
	if (n->quote[0] == '\0')
		tg_findings_add(l->findings, TG_FINDING_WARNING, "quote-missing", where, "quote",
			"nothing is quoted; quote the words of the source that decide it");
	if (kind == TG_RECORD_SCOPE_NOTE && n->gtins.count == 0)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "no-gtins", where, "gtins",
			"answers for no product; name their GTINs");
	if (kind == TG_RECORD_CLASS_NOTE &&
		n->gtins.count + n->categories.count + n->bricks.count + n->prefixes.count + n->in_store_count == 0)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "no-gtins", where, "categories",
			"answers for nothing; name categories, bricks, prefixes, GTINs or in-store numbers");
	tg_lint_not_future(l, where, "reviewed", n->reviewed);
}

struct in_store {
	tg_number_range range;
	const tg_note_record *note;
};

static int by_from(const void *left, const void *right)
{
	const struct in_store *a = left, *b = right;

	return (a->range.from > b->range.from) - (a->range.from < b->range.from);
}

static void lint_in_store(struct lint *l)
{
	const tg_records *r = l->records;
	struct in_store *all;
	size_t count = 0;

	for (size_t i = 0; i < r->class_note_count; i++)
		count += r->class_notes[i].in_store_count;
	all = calloc(count + 1, sizeof(*all));
	if (all == NULL) {
		tg_lint_no_memory(l, TG_RECORD_PRODUCT);
		return;
	}
	count = 0;
	for (size_t i = 0; i < r->class_note_count; i++)
		for (size_t j = 0; j < r->class_notes[i].in_store_count; j++)
			all[count++] = (struct in_store){ r->class_notes[i].in_store[j], &r->class_notes[i] };
	qsort(all, count, sizeof(*all), by_from);
	for (size_t i = 1; i < count; i++) {
		if (all[i].range.from > all[i - 1].range.to)
			continue;
		tg_findings_add(l->findings, TG_FINDING_ERROR, "overlapping-in-store",
			at(TG_RECORD_CLASS_NOTE, all[i].note->line), "in_store",
			"%llu to %llu overlaps %llu to %llu of \"%s\"; a number has one answer",
			(unsigned long long)all[i].range.from, (unsigned long long)all[i].range.to,
			(unsigned long long)all[i - 1].range.from, (unsigned long long)all[i - 1].range.to,
			all[i - 1].note->id);
		if (all[i - 1].range.to > all[i].range.to)
			all[i].range.to = all[i - 1].range.to;
	}
	free(all);
}

/* ---- products, and what they are joined to ---- */

/*
 * D16: what is published now ends earlier than the statement says, or than what was published before (Sch. 1
 * para 3(6)).
 */
static void check_shortened(struct lint *l, const tg_index_product *p, int32_t soc_end)
{
	tg_stretch out[TG_AGAINST_OF_ONE];
	char day[TG_DAY_TEXT_SIZE];

	if (tg_against_shortening(out, p->record, soc_end) > 0)
		tg_findings_add(l->findings, TG_FINDING_DEFECT, "D16", at(TG_RECORD_PRODUCT, p->record->line),
			"dsp_published",
			"support as seen on %s ends earlier than was stated before; look into a compliance "
			"failure",
			tg_day_format(day, out[0].from));
}

static void check_soc_links(struct lint *l, size_t product)
{
	const tg_index_product *p = &l->index->products[product];
	int32_t soc_end = TG_DAY_NONE;

	for (size_t i = l->index->socs.first[product]; i < l->index->socs.first[product + 1]; i++) {
		const tg_soc_record *s = &l->records->socs[l->index->socs.list[i].to];

		if (s->status != TG_SOC_CURRENT || s->paper != TG_PAPER_SOC)
			continue;
		if (s->support_period_end > soc_end)
			soc_end = s->support_period_end;
		if (s->types.count > 0 && !tg_soc_covers_type(s, p->record->type))
			tg_findings_add(l->findings, TG_FINDING_DEFECT, "D03",
				at(TG_RECORD_PRODUCT, p->record->line), "type",
				"\"%s\" is not among the types of statement \"%s\" (line %u); correct the "
				"record, or ask for a statement "
				"that covers it",
				p->record->type, s->id, s->line);
	}
	check_shortened(l, p, soc_end);
}

static void check_label_links(struct lint *l, size_t product)
{
	const tg_index_product *p = &l->index->products[product];

	for (size_t i = l->index->labels.first[product]; i < l->index->labels.first[product + 1]; i++) {
		const tg_label_record *label = &l->records->labels[l->index->labels.list[i].to];

		if (!tg_label_covers_model(label, p->record->type))
			tg_findings_add(l->findings, TG_FINDING_DEFECT, "label-model",
				at(TG_RECORD_PRODUCT, p->record->line), "type",
				"\"%s\" is not among the models of label \"%s\" (line %u); correct the record, or hold a "
				"statement",
				p->record->type,
				label->id, label->line);
	}
}

/*
 * A superseded statement is history only where its successor covers the product too; else the shelf is
 * blocked: say so.
 */
static void check_superseded(struct lint *l, size_t product)
{
	const tg_index_product *p = &l->index->products[product];
	size_t first = l->index->socs.first[product], end = l->index->socs.first[product + 1];
	bool current = false;

	for (size_t i = first; i < end; i++)
		current = current || l->records->socs[l->index->socs.list[i].to].status == TG_SOC_CURRENT;
	for (size_t i = first; i < end && !current; i++) {
		const tg_soc_record *s = &l->records->socs[l->index->socs.list[i].to];

		if (s->status == TG_SOC_SUPERSEDED)
			tg_findings_add(l->findings, TG_FINDING_DEFECT, "D14",
				at(TG_RECORD_PRODUCT, p->record->line), "gtin",
				"statement \"%s\" is superseded and no current one covers this product; add "
				"the GTIN to \"%s\" if it does",
				s->id, s->superseded_by);
	}
}

static void lint_product(struct lint *l, size_t product)
{
	const tg_index_product *p = &l->index->products[product];
	tg_finding_at where = at(TG_RECORD_PRODUCT, p->record->line);
	bool filed = l->index->socs.first[product] < l->index->socs.first[product + 1] ||
		     l->index->labels.first[product] < l->index->labels.first[product + 1];

	/*
	 * The components of a bundle answer, each by itself. Else: the till blocks by the letter what the statement would release; such a catalogue
	 * is refused.
	 */
	if (p->bundle)
		return;
	if (p->note == NULL && filed)
		tg_findings_add(l->findings, TG_FINDING_ERROR, "scope-missing", where, "gtin",
			"a statement or label is filed, but no scope or class note says that the product is "
			"in scope; write one");
	else if (p->note == NULL)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "unassessed", where, "gtin",
			"no scope or class note answers for it; the till withholds it");
	else if (p->note->scope == TG_SCOPE_IN && !filed)
		tg_findings_add(l->findings, TG_FINDING_DEFECT, "D01", where, "gtin",
			"in scope, and no statement of compliance or label is filed; ask the supplier");
	else if (takes_out(p->note) && filed && l->today > last_day_of(l, p->note))
		tg_findings_add(l->findings, TG_FINDING_DEFECT, "review-expired", where, "gtin",
			"withheld for want of a current scope answer, although a statement or label is filed: the review of note \"%s\" "
			"is overdue; review it, or let a scope note say that the product is in scope",
			p->note->id);
	check_soc_links(l, product);
	check_label_links(l, product);
	check_superseded(l, product);
	for (size_t i = 0; i < p->record->capture_count; i++)
		tg_lint_not_future(l, where, "dsp_published", p->record->captures[i].as_of);
}

/* ---- packs ---- */

/* The test products come with every catalogue; a record of ours would make a drill lie. */
static void check_not_reserved(struct lint *l, tg_record_kind kind, uint32_t line, uint64_t gtin)
{
	char text[15];

	if (tg_is_drill(gtin))
		tg_findings_add(l->findings, TG_FINDING_ERROR, "reserved-gtin", at(kind, line), "gtin",
			"%s is reserved for test products, which every catalogue has; take the record out",
			tg_gtin_format(text, gtin));
}

static void lint_pack(
	struct lint *l, const tg_pack_record *pack, const struct lint_number *packs, size_t count)
{
	tg_finding_at where = at(TG_RECORD_PACK, pack->line);
	char text[15];

	if (tg_index_find(l->index, pack->gtin) != TG_INDEX_NONE)
		tg_findings_add(l->findings, TG_FINDING_ERROR, "pack-is-product", where, "gtin",
			"%s is a product too; a number is one or the other",
			tg_gtin_format(text, pack->gtin));
	if (tg_lint_has_number(packs, count, pack->contains))
		tg_findings_add(l->findings, TG_FINDING_ERROR, "pack-of-packs", where, "contains",
			"%s is a pack itself; name the product inside", tg_gtin_format(text, pack->contains));
	else if (tg_index_find(l->index, pack->contains) == TG_INDEX_NONE)
		tg_findings_add(l->findings, TG_FINDING_ERROR, "dangling-gtin", where, "contains",
			"no product has the number %s; add the product, or correct the number",
			tg_gtin_format(text, pack->contains));
}

static void lint_packs(struct lint *l)
{
	const tg_records *r = l->records;
	struct lint_number *packs = calloc(r->pack_count + 1, sizeof(*packs));

	if (packs == NULL) {
		tg_lint_no_memory(l, TG_RECORD_PRODUCT);
		return;
	}
	for (size_t i = 0; i < r->pack_count; i++)
		packs[i] = (struct lint_number){ r->packs[i].gtin, r->packs[i].line };
	tg_lint_numbers(l, TG_RECORD_PACK, packs, r->pack_count);
	for (size_t i = 0; i < r->pack_count; i++) {
		check_not_reserved(l, TG_RECORD_PACK, r->packs[i].line, r->packs[i].gtin);
		lint_pack(l, &r->packs[i], packs, r->pack_count);
	}
	free(packs);
}

/* ---- the policy ---- */

/* Until that day what nobody assessed is sold: its end is news for every till, and no end is none. */
static void lint_trial(struct lint *l, const tg_policy *policy)
{
	tg_finding_at where = { TG_POLICY_FILE, 1 };
	char text[TG_DAY_TEXT_SIZE];
	int32_t left;

	if (!policy->unknown_observed) /* there is no day to reckon with then */
		return;
	left = policy->unknown_until - l->today;
	(void)tg_day_format(text, policy->unknown_until);
	if (left < 0)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "trial-over", where, "unknown_products.until",
			"was over on %s: unknown products are withheld since; take unknown_products out, or state a new day", text);
	else if (left <= TG_LINT_SOON_DAYS)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "trial-ends-soon", where, "unknown_products.until",
			"after %s, in %d days, unknown products are withheld; assess what is sold (`tillgate-hq coverage`) before", text, left);
	else if (left > TG_LINT_TRIAL_DAYS)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "trial-long", where, "unknown_products.until",
			"unknown products are sold for %d days more; state a nearer day and move it when it comes", left);
}

void tg_lint(tg_findings *findings, const tg_index *index, int32_t today)
{
	struct lint l = { findings, index, index->records, today };
	const tg_records *r = index->records;

	lint_ids(&l);
	for (size_t i = 0; i < r->soc_count; i++)
		lint_soc(&l, &r->socs[i]);
	for (size_t i = 0; i < r->label_count; i++)
		lint_label(&l, &r->labels[i]);
	for (size_t i = 0; i < r->scope_note_count; i++)
		lint_note(&l, &r->scope_notes[i], TG_RECORD_SCOPE_NOTE);
	for (size_t i = 0; i < r->class_note_count; i++)
		lint_note(&l, &r->class_notes[i], TG_RECORD_CLASS_NOTE);
	lint_in_store(&l);
	for (size_t i = 0; i < r->product_count; i++)
		check_not_reserved(&l, TG_RECORD_PRODUCT, r->products[i].line, r->products[i].gtin);
	for (size_t i = 0; i < index->product_count; i++)
		lint_product(&l, i);
	lint_packs(&l);
	if (r->has_policy)
		lint_trial(&l, &r->policy);
	tg_lint_against(findings, index, today);
	tg_findings_sort(findings);
}
