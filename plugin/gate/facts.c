/* SPDX-License-Identifier: Apache-2.0
 *
 * facts.c - from catalogue, policy and occasion to the facts that the rows ask for.
 *
 * Pure but for reads of the mapped catalogue: no clock, no allocation.
 * Knows what makes a statement, a label or a note good today; knows nothing of rows and outcomes (rules.c).
 * Source: PSTI Act 2022 ss. 4-6, 22, 54; SI 2023/1007 Schedules 2A, 3 and 4.
 *
 * Every value outside those that this version knows is an error, so that a later catalogue is never half understood.
 */
#include "plugin/gate/rules.h"

#define LINKS_MAX 1024 /* statements or labels of one product; a few dozen is much, more is damage */
#define STOPS_MAX 1024 /* notices, failures and publications of one product; likewise */

/* What the loops over statements need at hand. */
struct gather {
	struct tg__facts *facts;
	const tg_catalogue *cat;
	const tg_policy *policy;
	const tg_identity *identity;
	const tg_occasion *occasion;
	int32_t support_end; /* the latest end that counts */
};

/* One statement, judged; `best` keeps the mildest, then the most telling. */
struct judged {
	tg_soc soc;
	uint32_t grounds;
	bool with_goods, on_site_batches;
	int32_t n;
};

/* ---- scope ---- */

/* Dates are good through their last day, and a note for the policy's grace beyond it. */
static bool is_past(int32_t last_day, int32_t grace_days, int32_t today)
{
	return last_day != TG_DAY_NONE && (int64_t)today > (int64_t)last_day + grace_days;
}

static bool exception_holds(const tg_product *product, tg_destination destination)
{
	unsigned wanted = TG_EXCEPTION_PROVEN;

	/* Outside the UK no side is named: an exception that holds on both sides is one of the product itself. */
	if (destination != TG_DEST_NI)
		wanted |= TG_EXCEPTION_GB;
	if (destination != TG_DEST_GB)
		wanted |= TG_EXCEPTION_NI;
	return (product->exception & wanted) == wanted;
}

/*
 * Only an answer that exempts can lapse: a note that says "in scope" is already the stricter reading, and the
 * statement then answers s. 22 whatever the note's age.
 */
static int judge_scope(struct gather *g, tg_error *err)
{
	struct tg__facts *f = g->facts;
	const tg_product *p = &f->product;
	bool lapsed = is_past(p->review_by, g->policy->scope_review_grace_days, g->occasion->today);

	switch (p->scope) {
	case TG_SCOPE_UNASSESSED:
		f->scope_open = true;
		return TG_OK;
	case TG_SCOPE_IN:
		f->connectable = true;
		return TG_OK;
	case TG_SCOPE_OUT:
		f->out_of_scope = !lapsed;
		f->scope_open = lapsed;
		return TG_OK;
	case TG_SCOPE_BUSINESS:
		/* Where the row does not exempt, the model is judged as one in scope: the statement then answers. */
		f->connectable = true;
		f->business_only = !lapsed;
		return TG_OK;
	case TG_SCOPE_EXCEPTED:
		f->excepted = f->connectable = !lapsed;
		f->exception_holds = !lapsed && exception_holds(p, g->occasion->destination);
		f->scope_open = lapsed;
		return TG_OK;
	default:
		return tg_fail(
			err, TG_EFORMAT, "catalogue: scope %u is not one that this version knows", p->scope);
	}
}

/* ---- labels: SI 2023/1007 Schedule 2A ---- */

static bool is_current(const tg_conformance *label, const struct gather *g)
{
	int32_t today = g->occasion->today;

	return label->qualifies && label->covers_model && label->valid_from != TG_DAY_NONE &&
	       label->valid_from <= today && label->valid_to != TG_DAY_NONE && label->valid_to >= today &&
	       label->checked != TG_DAY_NONE &&
	       !is_past(label->checked, g->policy->label_check_max_age_days, today);
}

static int judge_labels(struct gather *g, tg_error *err)
{
	struct tg__facts *f = g->facts;

	if (f->product.conformance_count > LINKS_MAX)
		return tg_fail(err, TG_ELIMIT, "catalogue: more than %d labels of one product", LINKS_MAX);
	for (uint32_t n = 0; n < f->product.conformance_count && !f->label_current; n++) {
		tg_conformance label;
		int rc = tg_catalogue_conformance(&label, g->cat, &f->product, n, err);

		if (rc != TG_OK)
			return rc;
		f->label_current = is_current(&label, g);
		if (f->label_current || n == 0)
			f->conformance = (int32_t)n;
	}
	f->label_held = f->product.conformance_count > 0;
	return TG_OK;
}

/* ---- statements of compliance ---- */

static int check_values(const tg_soc *soc, tg_error *err)
{
	if (soc->document > TG_DOCUMENT_OTHER || soc->status > TG_SOC_SUPERSEDED ||
		soc->batches > TG_BATCHES_LISTED || soc->accompanies > TG_ACCOMPANIES_RECEIPT_LINK)
		return tg_fail(err, TG_EFORMAT,
			"catalogue: a statement holds a value that this version does not know");
	return TG_OK;
}

/*
 * D01 and D13 say that there is no statement at all. D17 is no defect. D04 is none where the statement says "all
 * batches" in words. Whatever else is set counts as incomplete, be it a defect that this version has no name for.
 */
static uint32_t paper_grounds(const tg_soc *soc)
{
	uint32_t defects = soc->defects & ~TG_DEFECT(17), grounds = 0;

	if (soc->batches_express_all)
		defects &= ~TG_DEFECT(4);
	if (soc->document == TG_DOCUMENT_SUMMARY)
		return TG__SOC_SUMMARY;
	if (soc->document != TG_DOCUMENT_SOC || (defects & (TG_DEFECT(1) | TG_DEFECT(13))) != 0)
		return TG__SOC_NONE;
	if ((defects & ~TG_DEFECTS_DOUBT) != 0)
		grounds |= TG__SOC_INCOMPLETE;
	if ((defects & TG_DEFECTS_DOUBT) != 0)
		grounds |= TG__SOC_DOUBT;
	if (soc->status != TG_SOC_CURRENT)
		grounds |= TG__SOC_OUT_OF_FORCE;
	return grounds | (soc->covers_type ? 0 : TG__SOC_TYPE);
}

/*
 * Row 20b: the batch is not known, but it is one of those that came to this site. A case or bundle has batches of its own, which
 * say nothing of this product's: so the product is asked about that the number leads to, and components are not asked about at all.
 */
static int judge_site(bool *all_covered, const tg_soc *soc, const struct gather *g, tg_error *err)
{
	const tg_occasion *occasion = g->occasion;
	tg_site_batches site;
	bool covered = true;
	int rc = TG_OK;

	*all_covered = false;
	if (occasion->site_batches == NULL ||
		!occasion->site_batches(occasion->site, g->facts->product.gtin, &site))
		return TG_OK;
	if (site.count == 0 || site.count > TG_SITE_BATCHES_MAX)
		return TG_OK;
	for (size_t i = 0; rc == TG_OK && covered && i < site.count; i++)
		rc = tg_catalogue_batch_covered(&covered, g->cat, soc, tg_view_str(site.batch[i]), err);
	*all_covered = rc == TG_OK && covered;
	return rc;
}

/* Batch and serial of the unit against a statement. Adds to one->grounds. */
static int judge_cover(struct judged *one, const struct gather *g, tg_error *err)
{
	tg_view batch = tg_view_str(g->identity->batch), serial = tg_view_str(g->identity->serial);
	bool covered = false, tied = false;
	int rc;

	if (one->soc.batches == TG_BATCHES_LISTED && batch.len == 0) {
		rc = judge_site(&one->on_site_batches, &one->soc, g, err);
		if (rc != TG_OK)
			return rc;
		if (!one->on_site_batches)
			one->grounds |= TG__SOC_BATCH_UNKNOWN;
	} else if (one->soc.batches == TG_BATCHES_LISTED) {
		rc = tg_catalogue_batch_covered(&covered, g->cat, &one->soc, batch, err);
		if (rc != TG_OK)
			return rc;
		if (!covered)
			one->grounds |= TG__SOC_BATCH;
	}
	if (batch.len == 0 || serial.len == 0)
		return TG_OK;
	rc = tg_catalogue_serial_covered(&tied, &covered, g->cat, &one->soc, batch, serial, err);
	if (rc == TG_OK && tied && !covered)
		one->grounds |= TG__SOC_SERIAL;
	return rc;
}

/* Row 15b: on record how it accompanies; where that is a link, tested within the policy's days. */
static bool is_with_goods(const tg_soc *soc, const struct gather *g)
{
	switch (soc->accompanies) {
	case TG_ACCOMPANIES_IN_PACK:
	case TG_ACCOMPANIES_ON_LABEL:
		return true;
	case TG_ACCOMPANIES_PRODUCT_LINK:
	case TG_ACCOMPANIES_RECEIPT_LINK:
		return soc->link_tested != TG_DAY_NONE &&
		       !is_past(soc->link_tested, g->policy->link_test_max_age_days, g->occasion->today);
	default:
		return false;
	}
}

static unsigned bits(uint32_t set)
{
	unsigned count = 0;

	for (; set != 0; set &= set - 1)
		count++;
	return count;
}

static unsigned rank(const struct judged *one)
{
	if (one->grounds == 0)
		return 0;
	if ((one->grounds & ~(uint32_t)TG__SOC_WAITS) == 0)
		return 1;
	return (one->grounds & TG__SOC_NONE) != 0 ? 4 : (one->grounds & TG__SOC_SUMMARY) != 0 ? 3 : 2;
}

/*
 * Which of two statements the rows are about. One that answers comes first, then one that only waits for something,
 * then a real statement, a summary, any other paper. Among equals: with the goods, batch known, fewer grounds, issued
 * later, lower number. So a further defect never makes the chosen one milder, and the choice never depends on chance.
 */
static bool is_better(const struct judged *a, const struct judged *b)
{
	if (rank(a) != rank(b))
		return rank(a) < rank(b);
	if (a->with_goods != b->with_goods)
		return a->with_goods;
	if (a->on_site_batches != b->on_site_batches)
		return b->on_site_batches;
	if (bits(a->grounds) != bits(b->grounds))
		return bits(a->grounds) < bits(b->grounds);
	if (a->soc.issued != b->soc.issued)
		return a->soc.issued > b->soc.issued;
	return a->n < b->n;
}

/*
 * An end of support is heard from a statement in force that is one and covers this type, whatever else fails in it:
 * what the maker took back, or says of another model, must not hide that support is over (law-readings A19).
 */
static bool states_support(uint32_t grounds)
{
	return (grounds & (TG__SOC_NONE | TG__SOC_SUMMARY | TG__SOC_TYPE | TG__SOC_OUT_OF_FORCE)) == 0;
}

static int judge_one(struct judged *one, struct gather *g, uint32_t n, tg_error *err)
{
	struct tg__facts *f = g->facts;
	int rc = tg_catalogue_soc(&one->soc, g->cat, &f->product, n, err);

	if (rc == TG_OK)
		rc = check_values(&one->soc, err);
	if (rc != TG_OK)
		return rc;
	one->n = (int32_t)n;
	one->grounds = paper_grounds(&one->soc);
	one->on_site_batches = false;
	if ((one->grounds & (TG__SOC_NONE | TG__SOC_SUMMARY)) == 0)
		rc = judge_cover(one, g, err);
	one->with_goods = is_with_goods(&one->soc, g);
	f->soc_withdrawn = f->soc_withdrawn || one->soc.status == TG_SOC_WITHDRAWN;
	f->soc_out_of_force = f->soc_out_of_force || one->soc.status != TG_SOC_CURRENT;
	if (states_support(one->grounds) && one->soc.dsp_end > g->support_end)
		g->support_end = one->soc.dsp_end;
	return rc;
}

int tg__facts_grounds(
	uint32_t *grounds, const struct tg__facts *facts, const struct tg__case *c, uint32_t n, tg_error *err)
{
	struct tg__facts scratch = *facts;
	struct gather g = { &scratch, c->cat, c->policy, c->identity, c->occasion, TG_DAY_NONE };
	struct judged one;
	int rc = judge_one(&one, &g, n, err);

	if (rc == TG_OK)
		*grounds = one.grounds;
	return rc;
}

static int judge_socs(struct gather *g, tg_error *err)
{
	struct tg__facts *f = g->facts;
	struct judged best = { .grounds = TG__SOC_NONE, .n = -1 };

	if (f->product.soc_count > LINKS_MAX)
		return tg_fail(
			err, TG_ELIMIT, "catalogue: more than %d statements of one product", LINKS_MAX);
	for (uint32_t n = 0; n < f->product.soc_count; n++) {
		struct judged one;
		int rc = judge_one(&one, g, n, err);

		if (rc != TG_OK)
			return rc;
		if (best.n < 0 || is_better(&one, &best))
			best = one;
	}
	f->soc = best.n;
	f->soc_grounds = best.grounds;
	f->soc_good = best.grounds == 0;
	f->soc_with_goods = best.with_goods;
	f->on_site_batches = f->soc_good && best.on_site_batches;
	return TG_OK;
}

/* The later of what such a statement and the manufacturer's publication say. Its last day still counts as supported. */
static void judge_support(struct gather *g)
{
	struct tg__facts *f = g->facts;
	int32_t today = g->occasion->today;

	if (f->product.dsp_end_published > g->support_end)
		g->support_end = f->product.dsp_end_published;
	if (g->support_end == TG_DAY_NONE)
		return;
	f->support_ended = today > g->support_end;
	f->support_ending =
		!f->support_ended && (int64_t)g->support_end - today <= g->policy->dsp_notice_days;
}

/* ---- what stands against the unit ---- */

static unsigned stop_bit(const tg_stop *stop)
{
	bool cleared = (stop->flags & TG_STOP_CLEARED) != 0;

	switch (stop->kind) {
	case TG_STOP_NOTICE:
		return TG__STOP_NOTICE;
	case TG_STOP_RECALL:
		return TG__STOP_RECALL;
	case TG_STOP_APPEALED:
		return cleared ? TG__STOP_APPEALED : TG__STOP_APPEALED_UNSIGNED;
	case TG_STOP_INTENT:
		return cleared ? TG__STOP_INTENT : TG__STOP_INTENT_OPEN;
	case TG_STOP_COMPLIANCE:
		return (stop->flags & TG_STOP_ON_SUPPLY) != 0 ? TG__STOP_COMPLIANCE_SUPPLY
							      : TG__STOP_COMPLIANCE;
	case TG_STOP_FAILURE:
		return TG__STOP_FAILURE;
	case TG_STOP_SUSPICION:
		return TG__STOP_SUSPICION;
	case TG_STOP_PUBLISHED:
		return (stop->flags & TG_STOP_BRAND_ONLY) != 0 ? TG__STOP_PUBLISHED_BRAND
							       : TG__STOP_PUBLISHED;
	case TG_STOP_SHORTENED:
		return TG__STOP_SHORTENED;
	default:
		return 0;
	}
}

/*
 * The type is named, but this unit is shown to be of another batch: not named, yet more than the brand (A8). A penalty notice
 * on us names no type at fault: outside its units it says nothing.
 */
static unsigned bit_outside(const tg_stop *stop)
{
	bool names_type = stop->kind == TG_STOP_PUBLISHED && (stop->flags & TG_STOP_BRAND_ONLY) == 0;

	return names_type ? TG__STOP_PUBLISHED_BRAND : 0;
}

static int judge_stop(struct gather *g, uint32_t n, tg_error *err)
{
	struct tg__facts *f = g->facts;
	int32_t today = g->occasion->today;
	/* A batch typed by hand ("b150") is no proof that the unit is outside of what a notice names. */
	const char *batch = g->identity->batch_typed ? "" : g->identity->batch;
	tg_stop stop;
	unsigned bit;
	bool covers;
	int rc = tg_catalogue_stop(&stop, g->cat, &f->product, n, err);

	if (rc != TG_OK)
		return rc;
	bit = stop_bit(&stop);
	if (bit == 0)
		return tg_fail(err, TG_EFORMAT, "catalogue: a stop of kind %u is not known to this version",
			stop.kind);
	if (today < stop.from || (stop.to != TG_DAY_NONE && today > stop.to))
		return TG_OK;
	rc = tg_catalogue_stop_covers(&covers, g->cat, &stop, tg_view_str(batch), tg_view_str(g->identity->serial), err);
	if (rc == TG_OK && !covers)
		bit = bit_outside(&stop);
	if (rc == TG_OK && bit != 0 && (f->stops & bit) == 0) {
		f->stops |= bit;
		f->stop_at[__builtin_ctz(bit)] = (int32_t)n;
	}
	return rc;
}

static int judge_stops(struct gather *g, tg_error *err)
{
	int rc = TG_OK;

	if (g->facts->product.stop_count > STOPS_MAX)
		return tg_fail(err, TG_ELIMIT, "catalogue: more than %d stops of one product", STOPS_MAX);
	for (uint32_t n = 0; rc == TG_OK && n < g->facts->product.stop_count; n++)
		rc = judge_stop(g, n, err);
	return rc;
}

/* ---- the whole case ---- */

static int check_occasion(const tg_occasion *occasion, tg_error *err)
{
	if ((unsigned)occasion->operation >= TG_OP_COUNT ||
		(unsigned)occasion->destination >= TG_DEST_COUNT ||
		(unsigned)occasion->stage >= TG_STAGE_COUNT ||
		(unsigned)occasion->supply >= TG_SUPPLY_COUNT || (unsigned)occasion->unit >= TG_UNIT_COUNT)
		return tg_fail(err, TG_EINVAL, "the occasion holds a value that this version does not know");
	return TG_OK;
}

static int judge_role(struct gather *g, tg_error *err)
{
	struct tg__facts *f = g->facts;

	if (f->product.role >= TG_ROLE_COUNT)
		return tg_fail(
			err, TG_EFORMAT, "catalogue: role %u is not known to this version", f->product.role);
	f->own_brand = f->product.role == TG_ROLE_OWN_BRAND;
	f->bundle = f->product.component_count > 0;
	return TG_OK;
}

static int look_up(struct gather *g, tg_error *err)
{
	uint64_t number = g->identity->gtin;

	if (g->identity->kind == TG_LABEL_IN_STORE)
		return tg_catalogue_find_in_store(&g->facts->product, g->cat, number, err);
	return tg_catalogue_find(&g->facts->product, g->cat, number, err);
}

/* Not to be known is an answer, and a common one: words for an error are asked for only when there is one. */
static int find(struct gather *g, tg_error *err)
{
	int rc = look_up(g, NULL);

	if (rc != TG_OK && rc != TG_ENOTFOUND)
		rc = look_up(g, err);
	g->facts->found = rc == TG_OK;
	return rc == TG_ENOTFOUND ? TG_OK : rc;
}

int tg__facts_gather(struct tg__facts *out, const tg_catalogue *cat, const tg_policy *policy,
	const tg_identity *identity, const tg_occasion *occasion, tg_error *err)
{
	struct gather g = { out, cat, policy, identity, occasion, TG_DAY_NONE };
	int rc = check_occasion(occasion, err);

	memset(out, 0, sizeof(*out));
	out->soc = out->conformance = -1;
	out->soc_grounds = TG__SOC_NONE;
	if (rc != TG_OK)
		return rc;
	out->operation = occasion->operation;
	out->destination = occasion->destination;
	out->supply = occasion->supply;
	out->unit = occasion->unit;
	out->bought_before_duty = occasion->bought_before_duty;
	out->log_broken = occasion->log_broken;
	out->stage = occasion->stage;
	out->support_ended_blocks = policy->dsp_ended_blocks;
	out->batch_unknown_blocks = policy->batch_unknown_blocks;
	rc = find(&g, err);
	if (rc == TG_OK && out->found)
		rc = judge_role(&g, err);
	if (rc == TG_OK && out->product.stop_count > 0)
		rc = judge_stops(&g, err);
	if (rc == TG_OK && out->found && !out->bundle)
		rc = judge_scope(&g, err);
	if (rc == TG_OK && out->connectable)
		rc = judge_labels(&g, err);
	if (rc == TG_OK && out->connectable)
		rc = judge_socs(&g, err);
	if (rc == TG_OK && out->connectable)
		judge_support(&g);
	out->trusted = rc == TG_OK;
	return rc;
}

tg_answer tg__facts_answer(const struct tg__facts *f)
{
	if (!f->trusted)
		return TG_ANSWER_NONE;
	if (f->out_of_scope || f->exception_holds)
		return TG_ANSWER_OUT;
	if (!f->connectable)
		return TG_ANSWER_UNASSESSED;
	return f->soc_good || f->label_current ? TG_ANSWER_HELD : TG_ANSWER_MISSING;
}
