/* SPDX-License-Identifier: Apache-2.0
 *
 * test_verdict.c - what holds of every case: errors and unknown values never allow, a defect never helps, damage is
 * could not check; and what the policy's mode and switches let go.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/gate/explain.h"
#include "plugin/gate/rules.h"
#include "tests/unit/gate/lift.h"
#include "tests/unit/gate/says_go.h"
#include "tests/unit/gate/world.h"

#include <stdio.h>
#include <stdlib.h>

#define PAIRS 4000 /* random products, each with a twin that has one defect more */
#define SOCS 3
#define LABELS 2
#define FIRST_GTIN UINT64_C(9520000000000)

/* xorshift64*: the same cases on every machine, so that a failure can be repeated. */
static uint64_t seed;

static unsigned roll(unsigned sides)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (unsigned)(seed * UINT64_C(2685821657736338717) >> 33) % sides;
}

struct sample {
	tg_build_note note;
	bool noted, recorded;
	int32_t published;
	size_t soc_count, label_count;
	tg_build_soc soc[SOCS];
	bool covers[SOCS];
	tg_build_conformance label[LABELS];
	bool covers_model[LABELS];
	/* the unit and the occasion */
	const char *batch, *serial;
	tg_occasion occasion;
	unsigned site; /* what came to it, in `sites` */
	bool strict;
	uint8_t role;
	bool stopped;
	tg_build_stop stop;
};

static const tg_build_range narrow[] = { { "B100", "B199" } }, wide[] = { { "A000", "Z999" } };

/* Each holds what the one before holds, and one more batch; of the last nothing is known. */
#define SITES 5
static bool batches_of_site(void *ctx, uint64_t gtin, tg_site_batches *out)
{
	unsigned site = *(const unsigned *)ctx;

	(void)gtin;
	*out = (tg_site_batches){ .count = site + 1, .batch = { "B150", "B151", "A500", "77" } };
	return site < SITES - 1;
}

/* `s` stays in use. */
static tg_occasion occasion_of(struct sample *s)
{
	tg_occasion occasion = s->occasion;

	occasion.site_batches = batches_of_site;
	occasion.site = &s->site;
	return occasion;
}

static tg_build_soc random_soc(void)
{
	static const uint32_t defects[] = { 0, 0, 0, 0, TG_DEFECT(2), TG_DEFECT(11), TG_DEFECT(15),
		TG_DEFECT(18) };
	tg_build_soc soc = { .link = "",
		.defects = defects[roll(8)],
		.document = TG_DOCUMENT_SOC,
		.issued = TODAY - (int)roll(900),
		.dsp_end = TODAY - 20 + (int)roll(200),
		.link_tested = TODAY - (int)roll(60),
		.accompanies = (uint8_t)roll(5) };

	if (roll(8) == 0)
		soc.document = (uint8_t)roll(4);
	if (roll(6) == 0)
		soc.status = (uint8_t)roll(3);
	if (roll(3) == 0) {
		soc.batches = TG_BATCHES_LISTED;
		soc.ranges = roll(2) ? narrow : wide;
		soc.range_count = 1;
	}
	return soc;
}

static tg_build_conformance random_label(void)
{
	return (tg_build_conformance){ .scheme = TG_SCHEME_CLS,
		.level = 2,
		.qualifies = roll(6) != 0,
		.valid_from = TODAY - 300 + (int)roll(320),
		.valid_to = TODAY - 20 + (int)roll(300),
		.checked = TODAY - (int)roll(12) };
}

static tg_build_note random_note(void)
{
	tg_build_note note = { .scope = (uint8_t)(roll(3) == 0 ? roll(TG_SCOPE_COUNT) : TG_SCOPE_IN),
		.review_by = TODAY - 20 + (int)roll(60) };

	if (note.scope == TG_SCOPE_EXCEPTED) {
		note.exception = (uint8_t)roll(8);
		note.exception_paragraph = 5;
	}
	return note;
}

static tg_build_stop random_stop(void)
{
	tg_build_stop stop = { .kind = (uint8_t)(1 + roll(TG_STOP_KINDS - 1)),
		.flags = (uint8_t)roll(8),
		.from = TODAY - 20 + (int)roll(25),
		.to = TG_DAY_NONE };

	if (roll(3) == 0)
		stop.to = stop.from + (int)roll(30);
	if (roll(3) == 0) {
		stop.batches = roll(2) ? narrow : wide;
		stop.batch_count = 1;
	}
	return stop;
}

/* Not as-directed: a notice that is added may then free what it directs (law-readings A6), which test_occasion.c shows. */
static tg_supply random_supply(void)
{
	return roll(3) != 0 ? TG_SUPPLY_CONSUMER : (tg_supply)roll(TG_SUPPLY_AS_DIRECTED);
}

static struct sample random_sample(void)
{
	static const char *const batches[] = { "", "", "B100", "B150", "B200", "Q1" };
	struct sample s = { .note = random_note(),
		.noted = roll(12) != 0,
		.recorded = roll(20) != 0,
		.soc_count = roll(SOCS + 1),
		.label_count = roll(3) == 0 ? roll(LABELS + 1) : 0,
		.batch = batches[roll(6)],
		.serial = roll(2) ? "S1" : "" };

	s.published = roll(2) ? TODAY - 20 + (int)roll(200) : TG_DAY_NONE;
	for (size_t i = 0; i < SOCS; i++) {
		s.soc[i] = random_soc();
		s.covers[i] = roll(6) != 0;
	}
	for (size_t i = 0; i < LABELS; i++) {
		s.label[i] = random_label();
		s.covers_model[i] = roll(6) != 0;
	}
	s.role = (uint8_t)(roll(4) == 0 ? roll(TG_ROLE_COUNT) : 0);
	s.stopped = roll(12) == 0;
	s.stop = random_stop();
	s.occasion = (tg_occasion){ .destination = (tg_destination)(roll(2) ? 0 : roll(3)),
		.supply = random_supply(),
		.unit = (tg_unit)(roll(3) == 0 ? roll(TG_UNIT_COUNT) : TG_UNIT_NEW),
		.bought_before_duty = roll(8) == 0,
		.today = TODAY,
		.stage = (tg_stage)(roll(2) ? 0 : roll(5)),
		.log_broken = roll(10) == 0 };
	s.site = roll(SITES);
	s.strict = roll(4) == 0;
	return s;
}

/* ---- one defect more ---- */

static void worsen_soc(struct sample *s, size_t i)
{
	switch (roll(9)) {
	case 0:
		s->soc[i].defects |= TG_DEFECT(2 + (int)roll(3)) & TG_DEFECTS_HARD;
		break;
	case 1:
		s->soc[i].defects |= TG_DEFECT(15);
		break;
	case 2:
		s->soc[i].document = TG_DOCUMENT_OTHER;
		break;
	case 3:
		s->soc[i].status = TG_SOC_WITHDRAWN;
		break;
	case 4:
		if (s->soc[i].status == TG_SOC_CURRENT)
			s->soc[i].status = TG_SOC_SUPERSEDED;
		break;
	case 5:
		s->covers[i] = false;
		break;
	case 6:
		s->soc[i].dsp_end -= 150;
		break;
	case 7:
		s->soc[i].accompanies = TG_ACCOMPANIES_UNKNOWN;
		break;
	default:
		s->soc[i].batches = TG_BATCHES_LISTED;
		s->soc[i].ranges = narrow;
		s->soc[i].range_count = 1;
	}
}

static void worsen_label(struct sample *s, size_t i)
{
	switch (roll(4)) {
	case 0:
		s->label[i].valid_to = TODAY - 1;
		break;
	case 1:
		s->label[i].checked = TG_DAY_NONE;
		break;
	case 2:
		s->label[i].qualifies = false;
		break;
	default:
		s->covers_model[i] = false;
	}
}

static void worsen_rest(struct sample *s)
{
	static const tg_stage worse[] = { TG_AGEING, TG_STALE, TG_DEAD, TG_DEAD, TG_CLOCK_FAULT };

	switch (roll(9)) {
	case 7:
	case 8:
		s->stopped = true;
		break;
	case 0:
		s->occasion.stage = worse[s->occasion.stage];
		break;
	case 1:
		s->occasion.log_broken = true;
		break;
	case 2:
		s->noted = false;
		break;
	case 3:
		/* what stands against a product is lost with its record: lint refuses such records */
		s->recorded = s->recorded && s->stopped;
		break;
	case 4:
		s->note.exception &= (uint8_t)~TG_EXCEPTION_PROVEN;
		break;
	case 5:
		s->note.review_by = TODAY - 40;
		break;
	default:
		s->site = s->site < SITES - 1 ? s->site + 1 : s->site;
	}
}

static void worsen(struct sample *s)
{
	if (s->soc_count > 0 && roll(2) == 0)
		worsen_soc(s, roll((unsigned)s->soc_count));
	else if (s->label_count > 0 && roll(2) == 0)
		worsen_label(s, roll((unsigned)s->label_count));
	else
		worsen_rest(s);
}

/* ---- the image of all samples ---- */

#define COUNT (2 * PAIRS)
static struct {
	struct sample samples[COUNT];
	tg_build_product products[COUNT];
	tg_build_note notes[COUNT];
	tg_build_soc socs[COUNT * SOCS];
	tg_build_conformance labels[COUNT * LABELS];
	tg_build_link links[COUNT][SOCS + LABELS];
	tg_build_stop stops[COUNT];
	uint32_t stop_numbers[COUNT];
	tg_build_special specials[COUNT];
	char ids[COUNT * (2 + SOCS + LABELS)][12];
	size_t id_count;
	world w;
} all;

static const char *next_id(void)
{
	char *id = all.ids[all.id_count];

	(void)snprintf(id, sizeof(all.ids[0]), "%07zu", all.id_count++);
	return id;
}

static void add_special(tg_build *build, size_t n)
{
	struct sample *s = &all.samples[n];
	tg_build_special *special = &all.specials[build->special_count++];

	*special = (tg_build_special){ .gtin = FIRST_GTIN + n, .role = s->role };
	if (!s->stopped)
		return;
	s->stop.id = next_id();
	all.stop_numbers[n] = (uint32_t)build->stop_count;
	all.stops[build->stop_count++] = s->stop;
	special->stops = &all.stop_numbers[n];
	special->stop_count = 1;
}

static void add_sample(tg_build *build, size_t n)
{
	struct sample *s = &all.samples[n];
	tg_build_product *p = &all.products[build->product_count];

	if (!s->recorded)
		return;
	build->product_count++;
	*p = (tg_build_product){ .gtin = FIRST_GTIN + n,
		.name = "",
		.manufacturer = "",
		.type = "",
		.note = TG_BUILD_NO_NOTE,
		.dsp_end_published = s->published,
		.socs = all.links[n],
		.soc_count = s->soc_count,
		.conformances = all.links[n] + SOCS,
		.conformance_count = s->label_count };
	if (s->stopped || s->role != 0)
		add_special(build, n);
	if (s->noted) {
		s->note.id = next_id();
		p->note = (uint32_t)build->note_count;
		all.notes[build->note_count++] = s->note;
	}
	for (size_t i = 0; i < s->soc_count; i++) {
		s->soc[i].id = next_id();
		all.links[n][i] = (tg_build_link){ (uint32_t)build->soc_count, s->covers[i] };
		all.socs[build->soc_count++] = s->soc[i];
	}
	for (size_t i = 0; i < s->label_count; i++) {
		s->label[i].id = next_id();
		all.links[n][SOCS + i] =
			(tg_build_link){ (uint32_t)build->conformance_count, s->covers_model[i] };
		all.labels[build->conformance_count++] = s->label[i];
	}
}

static int build_all(void **state)
{
	tg_build build = { .version = 1,
		.products = all.products,
		.socs = all.socs,
		.conformances = all.labels,
		.notes = all.notes,
		.stops = all.stops,
		.specials = all.specials };

	(void)state;
	seed = UINT64_C(0x9e3779b97f4a7c15);
	for (size_t i = 0; i < PAIRS; i++) {
		all.samples[2 * i] = random_sample();
		all.samples[2 * i + 1] = all.samples[2 * i];
		worsen(&all.samples[2 * i + 1]);
	}
	for (size_t n = 0; n < COUNT; n++)
		add_sample(&build, n);
	world_open(&all.w, &build);
	return 0;
}

static int drop_all(void **state)
{
	(void)state;
	world_close(&all.w);
	return 0;
}

static tg_policy usual(bool strict)
{
	tg_policy policy = { .dsp_notice_days = 90,
		.link_test_max_age_days = 30,
		.label_check_max_age_days = 7,
		.scope_review_grace_days = 10,
		.dsp_ended_blocks = strict,
		.batch_unknown_blocks = strict };

	for (int op = 0; op < TG_OP_COUNT; op++)
		policy.mode[op] = TG_MODE_ENFORCE;
	return policy;
}

static tg_identity unit_of(size_t n)
{
	const struct sample *s = &all.samples[n];
	tg_identity id = { .kind = TG_LABEL_PRODUCT, .gtin = FIRST_GTIN + n, .why = "" };

	(void)snprintf(id.batch, sizeof(id.batch), "%s", s->batch);
	(void)snprintf(id.serial, sizeof(id.serial), "%s", s->serial);
	return id;
}

static tg_verdict decide(const tg_catalogue *cat, size_t n, tg_operation op, const tg_policy *policy)
{
	tg_identity id = unit_of(n);
	tg_occasion occasion = occasion_of(&all.samples[n]);
	tg_verdict v;

	occasion.operation = op;
	memset(&v, 0xa5, sizeof(v));
	tg_gate_decide(&v, cat, policy, &id, &occasion, NULL);
	return v;
}

/* ---- properties ---- */

/* Does anything that counts say when support ends? */
static bool support_is_stated(const struct sample *s)
{
	bool stated = s->published != TG_DAY_NONE;

	for (size_t i = 0; i < s->soc_count; i++)
		stated = stated || (s->soc[i].document == TG_DOCUMENT_SOC &&
					   s->soc[i].status == TG_SOC_CURRENT && s->covers[i]);
	return stated;
}

/*
 * One thing is lost with the last statement that counts: what it said of the end of support. Where a label carries
 * the unit, rows 25 and 26 then have nothing to go by.
 */
static bool lost_the_end_of_support(size_t a, const tg_verdict *before, size_t b)
{
	const uint64_t rows = UINT64_C(1) << TG__ROW_25 | UINT64_C(1) << TG__ROW_26;

	return (before->hit & rows) != 0 && support_is_stated(&all.samples[a]) &&
	       !support_is_stated(&all.samples[b]);
}

static void one_defect_more_never_makes_the_outcome_milder(void **state)
{
	size_t harsher = 0, lost = 0;

	(void)state;
	for (size_t i = 0; i < PAIRS; i++)
		for (int op = 0; op < TG_OP_COUNT; op++) {
			tg_policy policy = usual(all.samples[2 * i].strict);
			tg_verdict a = decide(all.w.cat, 2 * i, (tg_operation)op, &policy);
			tg_verdict b = decide(all.w.cat, 2 * i + 1, (tg_operation)op, &policy);

			if (lost_the_end_of_support(2 * i, &a, 2 * i + 1)) {
				lost++;
				continue;
			}
			if (a.could_not_check || b.could_not_check || b.outcome < a.outcome)
				fail_msg("pair %zu, %s: %s by row %s, with one defect more %s by row %s", i,
					tg_operation_words[op], tg_outcome_words[a.outcome],
					tg_rows_at(a.decided_by)->id, tg_outcome_words[b.outcome],
					tg_rows_at(b.decided_by)->id);
			harsher += b.outcome > a.outcome;
		}
	if (harsher < 800 || lost >= harsher / 8) /* the test bites */
		fail_msg("%zu harsher, %zu lost", harsher, lost);
}

/* An occasion on which s. 22 asks for nothing: second-hand, business only, outside the UK, a loan, handed back. */
static bool occasion_exempts(const tg_verdict *v)
{
	const uint64_t rows = UINT64_C(1) << TG__ROW_13 | UINT64_C(1) << TG__ROW_37 | UINT64_C(1) << TG__ROW_38 |
			      UINT64_C(1) << TG__ROW_40 | UINT64_C(1) << TG__ROW_40H;

	return (v->hit & ~v->off & rows) != 0;
}

/* No case slips between the rows: a connectable product that nothing answers for is always withheld. */
static void what_nothing_answers_for_is_always_withheld(void **state)
{
	size_t missing = 0;

	(void)state;
	for (size_t n = 0; n < COUNT; n++)
		for (int op = 0; op < TG_OP_COUNT; op++) {
			tg_policy policy = usual(all.samples[n].strict);
			tg_verdict v = decide(all.w.cat, n, (tg_operation)op, &policy);

			if ((v.answer == TG_ANSWER_MISSING || v.answer == TG_ANSWER_UNASSESSED) && !occasion_exempts(&v)) {
				assert_true(v.outcome >= TG_HOLD && v.hit != 0);
				missing++;
			}
			assert_true((v.off & ~v.hit) == 0);
			assert_true((v.hit & ~v.off) >> v.decided_by & 1);
		}
	assert_true(missing > 1000);
}

static void observe_never_changes_what_is_decided(void **state)
{
	tg_policy enforce = usual(false), observe = usual(false);

	(void)state;
	memset(observe.mode, TG_MODE_OBSERVE, sizeof(observe.mode));
	for (size_t n = 0; n < COUNT; n++) {
		tg_operation op = (tg_operation)(n % TG_OP_COUNT);
		tg_verdict a = decide(all.w.cat, n, op, &enforce), b = decide(all.w.cat, n, op, &observe);
		tg_occasion occasion = occasion_of(&all.samples[n]);
		tg_identity id = unit_of(n);
		tg_release ra, rb;

		assert_true(a.outcome == b.outcome && a.hit == b.hit && a.off == b.off &&
			    a.decided_by == b.decided_by && a.overridable == b.overridable &&
			    a.answer == b.answer);
		occasion.operation = op;
		tg_gate_release(&ra, &a, &id, &enforce, &occasion);
		tg_gate_release(&rb, &b, &id, &observe, &occasion);
		assert_true(rb.released && !rb.enforced && ra.enforced);
		assert_true(ra.would_release == rb.would_release && ra.released == ra.would_release);
	}
}

/* Watching unknown products lets go what row 9 alone withholds, through its last day, and changes nothing that is recorded as decided. */
static void unknown_products_are_only_watched_until_the_day_stated(void **state)
{
	size_t watched = 0;

	(void)state;
	for (size_t n = 0; n < COUNT; n++) {
		tg_operation op = (tg_operation)(n % TG_OP_COUNT);
		tg_policy enforce = usual(false), watch = usual(false);
		tg_occasion occasion = occasion_of(&all.samples[n]);
		tg_identity id = unit_of(n);
		tg_verdict a = decide(all.w.cat, n, op, &enforce), b;
		bool only_row_9 = !occasion.log_broken && !a.found && a.to_lift == UINT64_C(1) << TG__ROW_9;
		tg_release ra, rb;

		occasion.operation = op;
		watch.unknown_observed = true;
		watch.unknown_until = occasion.today;
		b = decide(all.w.cat, n, op, &watch);
		assert_true(a.outcome == b.outcome && a.hit == b.hit && a.off == b.off && a.decided_by == b.decided_by);
		tg_gate_release(&ra, &a, &id, &enforce, &occasion);
		tg_gate_release(&rb, &b, &id, &watch, &occasion);
		assert_int_equal(ra.would_release, rb.would_release);
		assert_int_equal(rb.released, ra.released || only_row_9);
		assert_int_equal(rb.enforced, !only_row_9);
		watch.unknown_until--;
		tg_gate_release(&rb, &b, &id, &watch, &occasion);
		assert_true(rb.released == ra.released && rb.enforced);
		watch.unknown_until++;
		occasion.log_broken = true;
		tg_gate_release(&rb, &b, &id, &watch, &occasion);
		assert_true(!rb.released && rb.enforced);
		watched += only_row_9;
	}
	assert_true(watched > 20);
}

static void what_may_be_lifted_is_lifted_by_whoever_is_named_for_it(void **state)
{
	size_t lifted = 0;

	(void)state;
	for (size_t n = 0; n < COUNT; n++)
		for (int op = 0; op < TG_OP_COUNT; op++) {
			tg_policy policy = usual(all.samples[n].strict);
			tg_verdict v = decide(all.w.cat, n, (tg_operation)op, &policy);
			char what[32];

			snprintf(what, sizeof(what), "sample %zu", n);
			expect_lift(&v, (tg_operation)op, what);
			lifted += v.outcome >= TG_HOLD && v.overridable;
		}
	assert_true(lifted > 100);
}

/* An explanation is of the very verdict, and no row is left without a reason. */
static void each_decision_can_be_explained(void **state)
{
	tg_explanation *e = malloc(sizeof(*e));

	(void)state;
	assert_non_null(e);
	for (size_t n = 0; n < COUNT; n += 7) {
		tg_operation op = (tg_operation)(n % TG_OP_COUNT);
		tg_policy policy = usual(all.samples[n].strict);
		tg_occasion occasion = occasion_of(&all.samples[n]);
		tg_identity id = unit_of(n);
		tg_verdict v = decide(all.w.cat, n, op, &policy);

		occasion.operation = op;
		tg_gate_explain(e, all.w.cat, &policy, &id, &occasion, NULL);
		assert_true(e->has_rows);
		assert_true(e->verdict.outcome == v.outcome && e->verdict.hit == v.hit && e->verdict.off == v.off &&
			    e->verdict.decided_by == v.decided_by);
		for (size_t row = 0; row < tg_rows_count(); row++) {
			const tg_explained_row *r = &e->rows[row];

			assert_true(r->hit == (v.hit >> row & 1) && r->off == (v.off >> row & 1));
			if (r->hit && r->reason_count == 0)
				fail_msg("sample %zu: row %s hit for no reason", n, tg_rows_at(row)->id);
			for (size_t i = 0; i < r->reason_count; i++)
				assert_true(r->reasons[i][0] != '\0' && strlen(r->reasons[i]) < TG_EXPLAIN_TEXT - 1);
		}
	}
	free(e);
}

/* Any policy, any label, with and without catalogue and log. */
static tg_identity random_unit(size_t n)
{
	tg_identity id = unit_of(n);

	if (roll(3) == 0) {
		id.kind = (tg_label_kind)roll(TG_LABEL_KIND_COUNT + 1);
		id.other = (uint8_t)roll(TG_OTHER_COUNT + 1);
		id.passes = id.kind == TG_LABEL_NOT_PRODUCT && roll(2) == 0;
		id.why = "check digit fails";
	}
	id.partly_read = roll(4) == 0;
	return id;
}

static tg_policy random_policy(bool strict)
{
	tg_policy policy = usual(strict);

	policy.on_check_failure = roll(2) ? TG_ON_FAILURE_RELEASE : TG_ON_FAILURE_WITHHOLD;
	policy.on_log_failure = roll(2) ? TG_ON_FAILURE_RELEASE : TG_ON_FAILURE_WITHHOLD;
	for (int op = 0; op < TG_OP_COUNT; op++)
		policy.mode[op] = roll(3) == 0 ? TG_MODE_OBSERVE : TG_MODE_ENFORCE;
	return policy;
}

static void staff_are_told_to_go_on_if_and_only_if_it_is_released(void **state)
{
	size_t count[2][2] = { { 0 } }; /* by what the table says, and by what is let go */

	(void)state;
	for (size_t i = 0; i < 12 * COUNT; i++) {
		size_t n = i % COUNT;
		tg_policy policy = random_policy(all.samples[n].strict);
		tg_identity id = random_unit(n);
		tg_occasion occasion = occasion_of(&all.samples[n]);
		tg_release release;
		tg_words words;
		tg_verdict v;

		occasion.operation = (tg_operation)roll(TG_OP_COUNT);
		occasion.log_broken = roll(3) == 0;
		tg_gate_decide(&v, roll(8) == 0 ? NULL : all.w.cat, &policy, &id, &occasion, NULL);
		tg_gate_release(&release, &v, &id, &policy, &occasion);
		tg_words_for(&words, &v, &release, &id, occasion.operation);
		if (says_go(words.action) != release.released)
			fail_msg("%s, label %d, %s%s%s, released %d, %s: %s",
				tg_operation_words[occasion.operation], id.kind, tg_outcome_words[v.outcome],
				v.could_not_check ? ", could not check" : "",
				occasion.log_broken ? ", no log" : "", release.released,
				release.enforced ? "enforced" : "observed", words.action);
		count[v.outcome <= TG_NOTICE][release.released]++;
	}
	/* the test bites: all four come often */
	for (int i = 0; i < 4; i++)
		assert_true(count[i / 2][i % 2] > 1000);
}

static void unknown_values_never_allow(void **state)
{
	static const tg_identity unit = { .kind = TG_LABEL_PRODUCT, .gtin = FIRST_GTIN, .why = "" };
	tg_policy policy = usual(false);

	(void)state;
	for (int i = 0; i < 5; i++) {
		tg_occasion occasion = { .operation = TG_OP_SALE, .today = TODAY };
		tg_identity id = unit;
		tg_release release;
		tg_verdict v;
		tg_error err = { 0 };

		if (i == 0)
			occasion.operation = (tg_operation)77;
		else if (i == 1)
			occasion.destination = (tg_destination)3;
		else if (i == 2)
			occasion.stage = (tg_stage)5;
		else if (i == 3)
			occasion.supply = (tg_supply)99;
		else
			id.kind = (tg_label_kind)9;
		tg_gate_decide(&v, all.w.cat, &policy, &id, &occasion, &err);
		assert_true(v.could_not_check && v.outcome == TG_BLOCK && !v.overridable);
		assert_int_equal(err.code, TG_EINVAL);
		tg_gate_release(&release, &v, &id, &policy, &occasion);
		assert_true(release.enforced && !release.released && !release.would_release);
	}
}

static void without_a_catalogue_or_a_policy_nothing_is_decided(void **state)
{
	tg_policy policy = usual(false);
	tg_occasion occasion = { .operation = TG_OP_GOODS_IN, .today = TODAY };
	tg_identity id = { .kind = TG_LABEL_PRODUCT, .gtin = FIRST_GTIN, .why = "" };
	tg_verdict v;

	(void)state;
	for (int i = 0; i < 2; i++) {
		tg_gate_decide(&v, i == 0 ? NULL : all.w.cat, i == 0 ? &policy : NULL, &id, &occasion, NULL);
		assert_true(
			v.could_not_check && v.outcome == TG_BLOCK && v.answer == TG_ANSWER_NONE && !v.found);
		assert_string_equal(tg_rows_at(v.decided_by)->id, "31");
	}
}

/* Any byte of the image changed on disk: the same answer as before, or could not check. Never another answer. */
static void a_damaged_image_gives_the_same_answer_or_none(void **state)
{
	tg_policy policy = usual(false);
	FILE *f = fopen(all.w.path, "r+b");
	size_t refused = 0, unchecked = 0;
	long size;

	(void)state;
	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	for (int i = 0; i < 60; i++) {
		long at = (long)roll((unsigned)size);
		int byte;
		tg_catalogue *cat;

		assert_int_equal(fseek(f, at, SEEK_SET), 0);
		byte = fgetc(f);
		assert_int_equal(fseek(f, at, SEEK_SET), 0);
		(void)fputc(byte ^ (1 << roll(8)), f);
		(void)fflush(f);
		cat = world_reopen(&all.w);
		refused += cat == NULL;
		for (size_t n = 0; cat != NULL && n < 100; n++) {
			size_t which = roll(COUNT);
			tg_verdict bad = decide(cat, which, TG_OP_SALE, &policy);

			unchecked += bad.could_not_check;
			if (bad.could_not_check) {
				assert_int_equal(bad.outcome, TG_BLOCK);
			} else {
				tg_verdict good = decide(all.w.cat, which, TG_OP_SALE, &policy);

				assert_true(good.could_not_check ||
					    (good.outcome == bad.outcome && good.hit == bad.hit));
			}
		}
		tg_catalogue_close(cat);
		assert_int_equal(fseek(f, at, SEEK_SET), 0);
		(void)fputc(byte, f);
		(void)fflush(f);
	}
	(void)fclose(f);
	assert_true(refused + unchecked > 0);
}

/* ---- labels that are no products ---- */

static void a_scanner_matter_is_no_compliance_block(void **state)
{
	static const struct {
		tg_label_kind kind;
		bool passes;
		tg_outcome outcome;
		bool released;
	} kinds[] = {
		{ TG_LABEL_UNREADABLE, false, TG_BLOCK, false },
		{ TG_LABEL_AMBIGUOUS, false, TG_HOLD, false },
		{ TG_LABEL_NOT_PRODUCT, false, TG_BLOCK, false },
		{ TG_LABEL_NOT_PRODUCT, true, TG_ALLOW, true },
	};
	tg_policy policy = usual(false);

	(void)state;
	for (size_t i = 0; i < TG_COUNT(kinds); i++) {
		tg_identity id = { .kind = kinds[i].kind,
			.passes = kinds[i].passes,
			.other = TG_OTHER_COUPON,
			.why = "nothing was read" };
		tg_occasion occasion = { .operation = TG_OP_SALE, .today = TODAY, .stage = TG_DEAD };
		tg_release release;
		tg_verdict v;

		/* the policy is enough: a coupon passes while there is no catalogue */
		tg_gate_decide(&v, NULL, &policy, &id, &occasion, NULL);
		assert_true(
			v.outcome == kinds[i].outcome && !v.could_not_check && v.hit == 0 && !v.overridable);
		tg_gate_release(&release, &v, &id, &policy, &occasion);
		assert_int_equal(release.released, kinds[i].released);
		policy.mode[TG_OP_SALE] = TG_MODE_OBSERVE;
		tg_gate_release(&release, &v, &id, &policy, &occasion);
		assert_true(release.released && release.would_release == kinds[i].released);
		policy.mode[TG_OP_SALE] = TG_MODE_ENFORCE;
	}
}

/* ---- the switches ---- */

static void the_switches_release_no_more_than_they_say(void **state)
{
	static const struct {
		const char *what;
		tg_outcome outcome;
		bool unchecked, log_broken;
		tg_answer answer;
		bool on_check, on_log; /* the switch says release */
		bool released;
	} rows[] = {
		{ "allow", TG_ALLOW, false, false, TG_ANSWER_HELD, false, false, true },
		{ "notice", TG_NOTICE, false, false, TG_ANSWER_HELD, false, false, true },
		{ "hold", TG_HOLD, false, false, TG_ANSWER_MISSING, true, true, false },
		{ "block", TG_BLOCK, false, false, TG_ANSWER_MISSING, true, true, false },
		{ "an outcome of no name", (tg_outcome)17, false, false, TG_ANSWER_OUT, true, true, false },
		{ "could not check, withhold", TG_BLOCK, true, false, TG_ANSWER_NONE, false, true, false },
		{ "could not check, release", TG_BLOCK, true, false, TG_ANSWER_NONE, true, false, true },
		{ "could not check, release, but no record", TG_BLOCK, true, true, TG_ANSWER_NONE, true, true,
			false },
		{ "no record, withhold", TG_ALLOW, false, true, TG_ANSWER_OUT, true, false, false },
		{ "no record, release, out of scope", TG_ALLOW, false, true, TG_ANSWER_OUT, false, true,
			true },
		{ "no record, release, statement held", TG_ALLOW, false, true, TG_ANSWER_HELD, false, true,
			false },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(rows); i++) {
		tg_policy policy = usual(false);
		tg_identity id = { .kind = TG_LABEL_PRODUCT, .gtin = 1, .why = "" };
		tg_occasion occasion = {
			.operation = TG_OP_DISPATCH, .today = TODAY, .log_broken = rows[i].log_broken
		};
		tg_verdict v = { .outcome = rows[i].outcome,
			.could_not_check = rows[i].unchecked,
			.answer = rows[i].answer };
		tg_release release;

		policy.on_check_failure = rows[i].on_check ? TG_ON_FAILURE_RELEASE : TG_ON_FAILURE_WITHHOLD;
		policy.on_log_failure = rows[i].on_log ? TG_ON_FAILURE_RELEASE : TG_ON_FAILURE_WITHHOLD;
		tg_gate_release(&release, &v, &id, &policy, &occasion);
		if (release.released != rows[i].released || release.would_release != rows[i].released ||
			!release.enforced)
			fail_msg("%s: released %d", rows[i].what, release.released);
		policy.on_check_failure = policy.on_log_failure = 7; /* no value of ours */
		policy.mode[TG_OP_DISPATCH] = 9;
		tg_gate_release(&release, &v, &id, &policy, &occasion);
		assert_true(release.enforced);
		if (rows[i].unchecked || rows[i].log_broken)
			assert_false(release.released);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_defect_more_never_makes_the_outcome_milder),
		cmocka_unit_test(what_nothing_answers_for_is_always_withheld),
		cmocka_unit_test(observe_never_changes_what_is_decided),
		cmocka_unit_test(unknown_products_are_only_watched_until_the_day_stated),
		cmocka_unit_test(what_may_be_lifted_is_lifted_by_whoever_is_named_for_it),
		cmocka_unit_test(each_decision_can_be_explained),
		cmocka_unit_test(staff_are_told_to_go_on_if_and_only_if_it_is_released),
		cmocka_unit_test(unknown_values_never_allow),
		cmocka_unit_test(without_a_catalogue_or_a_policy_nothing_is_decided),
		cmocka_unit_test(a_scanner_matter_is_no_compliance_block),
		cmocka_unit_test(the_switches_release_no_more_than_they_say),
		cmocka_unit_test(a_damaged_image_gives_the_same_answer_or_none),
	};

	return cmocka_run_group_tests(tests, build_all, drop_all);
}
