/* SPDX-License-Identifier: Apache-2.0
 *
 * test_pairs.c - every two conditions of an occasion, a product, its papers and what stands against it meet in some case; and in
 * each, in all six operations, the gate answers as the law is read once more here.
 *
 * The reading below starts from how the records were written, not from the facts that the gate prepares of them: two that agree were
 * written twice. Cells of the table are written out, too. The cases are found by a greedy search that is the same on every machine.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/gate/rules.h"
#include "tests/unit/gate/rows.h"
#include "tests/unit/gate/world.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- conditions ---- */

enum { DESTINATION, SUPPLY, UNIT, OLD, STAGE, LOG, STRICT, SCOPE, ROLE, STOP, STOP_2, SOC, LABEL, END, CONDITIONS };
enum { NO_RECORD, NO_NOTE, OUT, OUT_LAPSED, IN, EXC, EXC_GB, EXC_UNPROVEN, BUSINESS, SCOPES };
enum { NO_SOC, GOOD, NO_WAY, HARD, SUMMARY, CERTIFICATE, DOUBT, BATCH_IN, BATCH_OUT, BATCH_UNKNOWN, BATCH_OF_SITE, WITHDRAWN, SUPERSEDED,
	OTHER_TYPE, SOCS };
enum { NO_LABEL, CURRENT, EXPIRED, OTHER_MODEL, LABELS };
enum { NO_STOP, NOTICE, RECALL, APPEALED, APPEALED_SIGNED, INTENT, INTENT_CLEARED, COMPLIANCE, COMPLIANCE_SUPPLY, FAILURE, SUSPICION,
	PUBLISHED, PUBLISHED_BRAND, SHORTENED, STOPS };
enum { FAR, ENDS_TODAY, ENDED, ENDS };

static const int sizes[CONDITIONS] = { TG_DEST_COUNT, TG_SUPPLY_COUNT, TG_UNIT_COUNT, 2, TG_STAGE_COUNT, 2, 2, SCOPES, TG_ROLE_COUNT,
	STOPS, STOPS, SOCS, LABELS, ENDS };
#define SIZE_MAX_OF_ALL 14

struct pick {
	int of[CONDITIONS];
};

static bool connectable(const struct pick *p)
{
	return p->of[SCOPE] >= IN;
}

/* Papers are not asked of what is out of scope, nor anything of what has no record: there the condition would be there in name only. */
static bool counts(const struct pick *p, int condition)
{
	if (condition >= SOC)
		return connectable(p);
	return condition < ROLE || p->of[SCOPE] != NO_RECORD;
}

static bool can_meet(int a, int value_a, int b, int value_b)
{
	struct pick p = { { 0 } };

	p.of[SCOPE] = IN;
	p.of[a] = value_a;
	p.of[b] = value_b;
	return counts(&p, a) && counts(&p, b);
}

/* ---- the cases ---- */

#define CASES_MAX 1000
static struct pick cases[CASES_MAX];
static size_t case_count;
static bool met[CONDITIONS][SIZE_MAX_OF_ALL][CONDITIONS][SIZE_MAX_OF_ALL];
static uint64_t seed = 952;

static int roll(int sides)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (int)((seed * UINT64_C(2685821657736338717) >> 33) % (uint64_t)sides);
}

static int count_new(const struct pick *p, bool mark)
{
	int fresh = 0;

	for (int a = 0; a < CONDITIONS; a++)
		for (int b = a + 1; b < CONDITIONS; b++) {
			bool *one = &met[a][p->of[a]][b][p->of[b]];

			if (*one || !counts(p, a) || !counts(p, b))
				continue;
			fresh++;
			*one = mark;
		}
	return fresh;
}

static bool find_open(struct pick *p)
{
	for (int a = 0; a < CONDITIONS; a++)
		for (int b = a + 1; b < CONDITIONS; b++)
			for (int i = 0; i < sizes[a]; i++)
				for (int j = 0; j < sizes[b]; j++)
					if (!met[a][i][b][j] && can_meet(a, i, b, j)) {
						p->of[a] = i;
						p->of[b] = j;
						return true;
					}
	return false;
}

static struct pick random_around(const struct pick *open, int a, int b)
{
	struct pick p;

	for (int c = 0; c < CONDITIONS; c++)
		p.of[c] = c == a || c == b ? open->of[c] : roll(sizes[c]);
	if ((a >= SOC || b >= SOC) && a != SCOPE && b != SCOPE && !connectable(&p))
		p.of[SCOPE] = IN + roll(SCOPES - IN);
	return p;
}

static void add_case(const struct pick *p)
{
	assert_true(case_count < CASES_MAX);
	(void)count_new(p, true);
	cases[case_count++] = *p;
}

/* Each case takes one pair that never met, and of many ways to fill the rest the one in which most others meet. */
static void find_cases(void)
{
	struct pick open;

	memset(&open, 0xff, sizeof(open));
	while (find_open(&open)) {
		struct pick best = { { 0 } };
		int most = -1, a = -1, b = -1;

		for (int c = 0; c < CONDITIONS; c++)
			if (open.of[c] >= 0)
				*(a < 0 ? &a : &b) = c;
		for (int tries = 0; tries < 40; tries++) {
			struct pick p = random_around(&open, a, b);
			int fresh = count_new(&p, false);

			if (fresh > most) {
				most = fresh;
				best = p;
			}
		}
		add_case(&best);
		memset(&open, 0xff, sizeof(open));
	}
}

/* An ordinary case with one condition changed, and with every statement beside every label: what pairs alone might always cover up. */
static void add_plain_cases(void)
{
	struct pick plain = { { 0 } };

	plain.of[SCOPE] = IN;
	plain.of[SOC] = GOOD;
	for (int c = 0; c < CONDITIONS; c++)
		for (int value = 0; value < sizes[c]; value++) {
			struct pick p = plain;

			p.of[c] = value;
			add_case(&p);
		}
	for (int soc = 0; soc < SOCS; soc++)
		for (int label = 0; label < LABELS; label++) {
			struct pick p = plain;

			p.of[SOC] = soc;
			p.of[LABEL] = label;
			add_case(&p);
		}
}

static void every_two_conditions_meet_in_some_case(void **state)
{
	size_t pairs = 0;

	(void)state;
	for (int a = 0; a < CONDITIONS; a++)
		for (int b = a + 1; b < CONDITIONS; b++)
			for (int i = 0; i < sizes[a]; i++)
				for (int j = 0; j < sizes[b]; j++) {
					bool seen = false;

					if (!can_meet(a, i, b, j))
						continue;
					pairs++;
					for (size_t n = 0; n < case_count && !seen; n++)
						seen = cases[n].of[a] == i && cases[n].of[b] == j && counts(&cases[n], a) &&
						       counts(&cases[n], b);
					if (!seen)
						fail_msg("condition %d %d never meets %d %d", a, i, b, j);
				}
	print_message("%zu pairs in %zu cases, each in %d operations\n", pairs, case_count, TG_OP_COUNT);
	assert_true(pairs > 2500);
}

/* ---- the records ---- */

#define GTIN(n) (UINT64_C(9520000000000) + (n))
static const tg_build_note notes[] = {
	{ "out", TG_SCOPE_OUT, 0, 0, true, TODAY },
	{ "lapsed", TG_SCOPE_OUT, 0, 0, false, TODAY - 11 },
	{ "in", TG_SCOPE_IN, 0, 0, false, TODAY - 400 },
	{ "exc", TG_SCOPE_EXCEPTED, TG_EXCEPTION_PROVEN | TG_EXCEPTION_GB | TG_EXCEPTION_NI, 5, false, TODAY },
	{ "exc-gb", TG_SCOPE_EXCEPTED, TG_EXCEPTION_PROVEN | TG_EXCEPTION_GB, 6, false, TODAY },
	{ "unproven", TG_SCOPE_EXCEPTED, TG_EXCEPTION_GB | TG_EXCEPTION_NI, 5, false, TODAY },
	{ "business", TG_SCOPE_BUSINESS, 0, 0, false, TODAY },
};
static const int32_t end_days[ENDS] = { TODAY + 1000, TODAY, TODAY - 1 };
static const tg_build_range listed[] = { { "B100", "B199" } };
static const tg_build_conformance labels[] = {
	{ "current", TG_SCHEME_CLS, 2, true, TODAY - 100, TODAY, TODAY },
	{ "expired", TG_SCHEME_CLS, 2, true, TODAY - 100, TODAY - 1, TODAY },
};
static const struct {
	uint8_t kind, flags;
} stop_kinds[STOPS] = { { 0, 0 }, { TG_STOP_NOTICE, 0 }, { TG_STOP_RECALL, 0 }, { TG_STOP_APPEALED, 0 },
	{ TG_STOP_APPEALED, TG_STOP_CLEARED }, { TG_STOP_INTENT, 0 }, { TG_STOP_INTENT, TG_STOP_CLEARED }, { TG_STOP_COMPLIANCE, 0 },
	{ TG_STOP_COMPLIANCE, TG_STOP_ON_SUPPLY }, { TG_STOP_FAILURE, 0 }, { TG_STOP_SUSPICION, 0 }, { TG_STOP_PUBLISHED, 0 },
	{ TG_STOP_PUBLISHED, TG_STOP_BRAND_ONLY }, { TG_STOP_SHORTENED, 0 } };

static tg_build_soc soc_of(int what, int end)
{
	tg_build_soc soc = { .link = "",
		.document = TG_DOCUMENT_SOC,
		.accompanies = TG_ACCOMPANIES_IN_PACK,
		.issued = TODAY - 500,
		.dsp_end = end_days[end],
		.link_tested = TG_DAY_NONE };

	soc.accompanies = what == NO_WAY ? TG_ACCOMPANIES_UNKNOWN : TG_ACCOMPANIES_IN_PACK;
	soc.document = what == SUMMARY ? TG_DOCUMENT_SUMMARY : what == CERTIFICATE ? TG_DOCUMENT_OTHER : TG_DOCUMENT_SOC;
	soc.defects = what == HARD	   ? TG_DEFECT(6)
		      : what == DOUBT	   ? TG_DEFECT(15)
		      : what == SUMMARY || what == CERTIFICATE ? TG_DEFECT(13)
							       : 0;
	soc.status = what == WITHDRAWN ? TG_SOC_WITHDRAWN : what == SUPERSEDED ? TG_SOC_SUPERSEDED : TG_SOC_CURRENT;
	if (what >= BATCH_IN && what <= BATCH_OF_SITE) {
		soc.batches = TG_BATCHES_LISTED;
		soc.ranges = listed;
		soc.range_count = 1;
	}
	return soc;
}

static int build_world(void **state)
{
	static world w;
	static tg_build_product products[CASES_MAX];
	static tg_build_soc socs[SOCS * ENDS];
	static char ids[SOCS * ENDS][16], stop_ids[STOPS][16];
	static tg_build_link links[CASES_MAX][2];
	static tg_build_stop stops[STOPS];
	static tg_build_special specials[CASES_MAX];
	static uint32_t stop_lists[CASES_MAX][2];
	tg_build build = { .version = 1, .products = products, .socs = socs, .soc_count = SOCS * ENDS, .conformances = labels,
		.conformance_count = TG_COUNT(labels), .notes = notes, .note_count = TG_COUNT(notes), .stops = stops,
		.stop_count = STOPS - 1, .specials = specials };

	add_plain_cases();
	find_cases();
	for (int i = 0; i < SOCS * ENDS; i++) {
		(void)snprintf(ids[i], sizeof(ids[i]), "s%d", i);
		socs[i] = soc_of(i / ENDS, i % ENDS);
		socs[i].id = ids[i];
	}
	for (int i = 1; i < STOPS; i++) {
		(void)snprintf(stop_ids[i], sizeof(stop_ids[i]), "n%d", i);
		stops[i - 1] = (tg_build_stop){ stop_ids[i], stop_kinds[i].kind, stop_kinds[i].flags, TODAY, TG_DAY_NONE, NULL, 0, NULL, 0 };
	}
	for (size_t n = 0; n < case_count; n++) {
		const int *of = cases[n].of;
		tg_build_product *p = &products[build.product_count];
		tg_build_special *special = &specials[build.special_count];

		if (of[SCOPE] == NO_RECORD)
			continue;
		*p = (tg_build_product){ .gtin = GTIN(n), .name = "name", .manufacturer = "maker", .type = "type", .dsp_end_published = TG_DAY_NONE };
		p->note = of[SCOPE] == NO_NOTE ? TG_BUILD_NO_NOTE : (uint32_t)(of[SCOPE] - OUT);
		links[n][0] = (tg_build_link){ (uint32_t)(of[SOC] * ENDS + of[END]), of[SOC] != OTHER_TYPE };
		p->socs = &links[n][0];
		p->soc_count = of[SOC] != NO_SOC;
		links[n][1] = (tg_build_link){ of[LABEL] == EXPIRED, of[LABEL] != OTHER_MODEL };
		p->conformances = &links[n][1];
		p->conformance_count = of[LABEL] != NO_LABEL;
		build.product_count++;
		*special = (tg_build_special){ GTIN(n), (uint8_t)of[ROLE], stop_lists[n], 0, NULL, 0 };
		for (int s = 1; s < STOPS; s++)
			if (of[STOP] == s || of[STOP_2] == s)
				stop_lists[n][special->stop_count++] = (uint32_t)(s - 1);
		build.special_count += special->stop_count > 0 || of[ROLE] != 0;
	}
	world_open(&w, &build);
	*state = &w;
	return 0;
}

static int drop_world(void **state)
{
	world_close(*state);
	return 0;
}

/* ---- the law, read once more ---- */

/* Each row: its cells at offer, sale, dispatch, goods-in, return, stock check; S: rests on s. 22, F: on s. 23; O: may be softened. */
static const struct {
	const char *id, *cells, *groups;
} law[] = {
	{ "1", "BBBHHH", "1" }, { "1d", "AAAAAA", "" }, { "2", "BBBHHH", "2" }, { "2d", "AAAAAA", "" }, { "3", "NNNNNN", "F" },
	{ "4", "NNNNNN", "F" }, { "5", "NNNNAN", "F" }, { "6", "BBBHHH", "F" }, { "7", "HHHHHH", "F" }, { "7w", "HHHHHH", "S" },
	{ "8", "BBBHHH", "F" }, { "8b", "HHHHHH", "F" }, { "9", "BBBHHH", "SO" }, { "10", "AAAAAA", "" }, { "11", "AAAAAA", "" },
	{ "12", "BBBHHH", "SO" }, { "13", "AAAAAA", "" }, { "14", "AAAAAA", "S" }, { "15", "AAAAAA", "S" }, { "15b", "NNNHAN", "S" },
	{ "16", "BBBHHH", "SO" }, { "17", "BBBHHH", "SO" }, { "18", "BBBHHH", "SO" }, { "18d", "HHHHHH", "SO" }, { "19", "BBBHHH", "SO" },
	{ "20a", "BBBHHH", "SO" }, { "20b", "HHHHHH", "SO" }, { "21", "BBBHHH", "SO" }, { "22", "BBBHHH", "SO" }, { "23", "AAAAAA", "S" },
	{ "24", "BBBHHH", "SO" }, { "25", "NNNNNN", "S" }, { "26", "NNNNNN", "S" }, { "27", "BBBHHH", "F" }, { "28", "BBBHHH", "O" },
	{ "28n", "NNNNNN", "" }, { "28a", "AAAAAA", "" }, { "29", "AAAAAN", "S" }, { "30", "NNNAAN", "S" }, { "31", "BBBHHH", "" },
	{ "32", "BBBHHA", "" }, { "33", "AAAAAA", "" }, { "34", "AAAAAA", "" }, { "35", "AAAAAA", "" }, { "36", "AAAAAA", "" },
	{ "37", "AAAAAA", "" }, { "38", "AAAAAA", "" }, { "39", "AAAAAA", "" }, { "40", "AAAAAA", "" }, { "40h", "AAAAAA", "" },
	{ "41", "AAAAAA", "" }, { "42", "AAAAAA", "" },
};
#define LAW TG_COUNT(law)
/* What a row switches off, by groups. */
static const char *const switches[][2] = { { "1d", "SF1" }, { "2d", "SF2" }, { "10", "S" }, { "11", "S" }, { "13", "S" }, { "37", "S" },
	{ "38", "S" }, { "40", "S" }, { "40h", "SF" } };

struct reading {
	bool hit[LAW], off[LAW];
	char cells[LAW][7];
};

static void hits(struct reading *r, const char *id, bool does)
{
	for (size_t n = 0; n < LAW; n++)
		if (strcmp(law[n].id, id) == 0)
			r->hit[n] = r->hit[n] || does;
}

static void harsher(struct reading *r, const char *id, bool is, const char *cells)
{
	for (size_t n = 0; n < LAW; n++)
		if (strcmp(law[n].id, id) == 0 && is)
			memcpy(r->cells[n], cells, 7);
}

static bool is_stopped(const struct pick *p, int by)
{
	return p->of[SCOPE] != NO_RECORD && (p->of[STOP] == by || p->of[STOP_2] == by);
}

static void read_stops(struct reading *r, const struct pick *p, tg_operation op)
{
	bool directed = op == TG_OP_DISPATCH && p->of[SUPPLY] == TG_SUPPLY_AS_DIRECTED;

	hits(r, "1", is_stopped(p, NOTICE));
	hits(r, "1d", is_stopped(p, NOTICE) && directed);
	hits(r, "2", is_stopped(p, RECALL));
	hits(r, "2d", is_stopped(p, RECALL) && directed);
	hits(r, "3", is_stopped(p, APPEALED) || is_stopped(p, APPEALED_SIGNED));
	harsher(r, "3", is_stopped(p, APPEALED), "HHHHHH");
	hits(r, "4", is_stopped(p, INTENT) || is_stopped(p, INTENT_CLEARED));
	harsher(r, "4", is_stopped(p, INTENT), "HHHHHH");
	hits(r, "5", is_stopped(p, COMPLIANCE) || is_stopped(p, COMPLIANCE_SUPPLY));
	harsher(r, "5", is_stopped(p, COMPLIANCE_SUPPLY), "BBBNAN");
	hits(r, "6", is_stopped(p, FAILURE));
	hits(r, "7", is_stopped(p, SUSPICION));
	hits(r, "8", is_stopped(p, PUBLISHED));
	hits(r, "8b", is_stopped(p, PUBLISHED_BRAND));
	hits(r, "27", is_stopped(p, SHORTENED));
}

static bool exempt_by_note(const struct pick *p)
{
	return p->of[SCOPE] == OUT || p->of[SCOPE] == EXC || (p->of[SCOPE] == EXC_GB && p->of[DESTINATION] == TG_DEST_GB);
}

static void read_papers(struct reading *r, const struct pick *p)
{
	int soc = p->of[SOC], label = p->of[LABEL];
	bool held = soc == GOOD || soc == NO_WAY || soc == BATCH_IN || soc == BATCH_OF_SITE, current = label == CURRENT;
	bool open = !held && !current, waits = soc == DOUBT || soc == BATCH_UNKNOWN;
	bool says_end = held || soc == HARD || soc == DOUBT || soc == BATCH_OUT || soc == BATCH_UNKNOWN;

	if (!connectable(p))
		return;
	hits(r, "7w", current && soc == WITHDRAWN);
	hits(r, "12", (p->of[SCOPE] == EXC_GB || p->of[SCOPE] == EXC_UNPROVEN) && !exempt_by_note(p) && open && !waits);
	hits(r, "15", held);
	hits(r, "15b", soc == NO_WAY && !current);
	hits(r, "16", open && (soc == NO_SOC || soc == CERTIFICATE) && label == NO_LABEL);
	hits(r, "17", open && soc == SUMMARY);
	hits(r, "18", open && soc == HARD);
	hits(r, "18d", open && soc == DOUBT);
	hits(r, "19", open && soc == OTHER_TYPE);
	hits(r, "20a", open && soc == BATCH_OUT);
	hits(r, "20b", open && soc == BATCH_UNKNOWN);
	harsher(r, "20b", p->of[STRICT] != 0, "BBBHHH");
	hits(r, "22", open && (soc == WITHDRAWN || soc == SUPERSEDED));
	hits(r, "23", current);
	hits(r, "24", open && !waits && label != NO_LABEL);
	hits(r, "25", !exempt_by_note(p) && says_end && p->of[END] == ENDED);
	harsher(r, "25", p->of[STRICT] != 0, "BBNNNN");
	hits(r, "26", !exempt_by_note(p) && says_end && p->of[END] == ENDS_TODAY);
}

static void read_occasion(struct reading *r, const struct pick *p, tg_operation op)
{
	bool leaves = op == TG_OP_OFFER || op == TG_OP_SALE || op == TG_OP_DISPATCH, sent = op == TG_OP_DISPATCH;
	bool own = p->of[SCOPE] != NO_RECORD && p->of[ROLE] == TG_ROLE_OWN_BRAND;
	int supply = p->of[SUPPLY], unit = p->of[UNIT];
	bool no_sale = supply == TG_SUPPLY_OWN_BRANCH || supply == TG_SUPPLY_TO_VENDOR || supply == TG_SUPPLY_AS_DIRECTED;

	hits(r, "9", p->of[SCOPE] == NO_RECORD || p->of[SCOPE] == NO_NOTE || p->of[SCOPE] == OUT_LAPSED);
	hits(r, "10", p->of[SCOPE] == OUT);
	hits(r, "11", p->of[SCOPE] != OUT && exempt_by_note(p));
	hits(r, "13", unit == TG_UNIT_SECOND_HAND);
	hits(r, "14", unit != TG_UNIT_NEW && unit != TG_UNIT_SECOND_HAND);
	hits(r, "29", p->of[OLD] != 0);
	hits(r, "30", p->of[STAGE] == TG_STALE);
	hits(r, "31", (p->of[STAGE] == TG_DEAD || p->of[STAGE] == TG_CLOCK_FAULT) && !exempt_by_note(p));
	hits(r, "32", p->of[LOG] != 0 && !exempt_by_note(p));
	hits(r, "33", own);
	hits(r, "34", sent && supply == TG_SUPPLY_OWN_BRANCH);
	hits(r, "35", leaves && supply == TG_SUPPLY_RESALE);
	hits(r, "36", leaves && supply == TG_SUPPLY_BUSINESS);
	hits(r, "37", p->of[SCOPE] == BUSINESS &&
		(!leaves || supply == TG_SUPPLY_BUSINESS || supply == TG_SUPPLY_RESALE || (sent && no_sale)));
	hits(r, "38", leaves && p->of[DESTINATION] == TG_DEST_OUTSIDE_UK);
	hits(r, "39", leaves && supply == TG_SUPPLY_GIFT);
	hits(r, "40", leaves && supply == TG_SUPPLY_LOAN && !own);
	hits(r, "40h", leaves && (supply == TG_SUPPLY_SCRAP || (supply == TG_SUPPLY_HAND_BACK && op != TG_OP_OFFER)));
	hits(r, "41", sent && supply == TG_SUPPLY_TO_VENDOR);
	hits(r, "42", op == TG_OP_RETURN);
}

static bool row_hit(const struct reading *r, const char *id)
{
	for (size_t n = 0; n < LAW; n++)
		if (strcmp(law[n].id, id) == 0)
			return r->hit[n];
	return false;
}

/* The outcome letter, and the rows as write_rows writes them. */
static char read_law(char *rows, size_t size, const struct pick *p, tg_operation op)
{
	static const char order[] = "ANHB";
	struct reading r = { 0 };
	bool softened;
	size_t len = 0, worst = 0;

	for (size_t n = 0; n < LAW; n++)
		memcpy(r.cells[n], law[n].cells, 7);
	read_stops(&r, p, op);
	read_papers(&r, p);
	read_occasion(&r, p, op);
	for (size_t s = 0; s < TG_COUNT(switches); s++)
		for (size_t n = 0; n < LAW && row_hit(&r, switches[s][0]); n++)
			r.off[n] = r.off[n] || strpbrk(law[n].groups, switches[s][1]) != NULL;
	softened = row_hit(&r, "34") || row_hit(&r, "41");
	rows[0] = '\0';
	for (size_t n = 0; n < LAW; n++) {
		char cell = r.cells[n][op];
		size_t severity;

		if (!r.hit[n])
			continue;
		len += (size_t)snprintf(rows + len, size - len, "%s%s%s", len > 0 ? " " : "", r.off[n] ? "-" : "", law[n].id);
		if (softened && cell == 'B' && strchr(law[n].groups, 'O') != NULL)
			cell = 'H';
		severity = (size_t)(strchr(order, cell) - order);
		if (!r.off[n] && severity > worst)
			worst = severity;
	}
	return order[worst];
}

/* ---- the gate ---- */

static bool batches_of_site(void *ctx, uint64_t gtin, tg_site_batches *out)
{
	const struct pick *p = ctx;

	(void)gtin;
	*out = (tg_site_batches){ .count = 1, .batch = { "B150" } };
	return p->of[SOC] == BATCH_OF_SITE;
}

static void decide(tg_verdict *v, const tg_catalogue *cat, size_t n, tg_operation op)
{
	struct pick *p = &cases[n];
	tg_policy policy = { .dsp_notice_days = 90, .link_test_max_age_days = 30, .label_check_max_age_days = 7,
		.scope_review_grace_days = 10, .dsp_ended_blocks = p->of[STRICT] != 0, .batch_unknown_blocks = p->of[STRICT] != 0 };
	tg_identity id = { .kind = TG_LABEL_PRODUCT, .gtin = GTIN(n), .expiry = TG_DAY_NONE, .why = "" };
	tg_occasion occasion = { .operation = op, .destination = (tg_destination)p->of[DESTINATION],
		.supply = (tg_supply)p->of[SUPPLY], .unit = (tg_unit)p->of[UNIT], .bought_before_duty = p->of[OLD] != 0,
		.today = TODAY, .stage = (tg_stage)p->of[STAGE], .log_broken = p->of[LOG] != 0, .site_batches = batches_of_site, .site = p };
	tg_error err = { 0 };

	if (p->of[SOC] == BATCH_IN || p->of[SOC] == BATCH_OUT)
		(void)snprintf(id.batch, sizeof(id.batch), "%s", p->of[SOC] == BATCH_IN ? "B100" : "B200");
	memset(v, 0xa5, sizeof(*v));
	tg_gate_decide(v, cat, &policy, &id, &occasion, &err);
	if (v->could_not_check)
		fail_msg("case %zu: could not check: %s", n, err.msg);
}

static void describe(char *out, size_t size, const struct pick *p)
{
	size_t len = 0;

	for (int c = 0; c < CONDITIONS; c++)
		len += (size_t)snprintf(out + len, size - len, "%s%d", c > 0 ? "," : "", p->of[c]);
}

static void the_gate_answers_each_pair_as_the_law_is_read_here(void **state)
{
	const world *w = *state;
	size_t outcomes[TG_OUTCOME_COUNT] = { 0 };

	for (size_t n = 0; n < case_count; n++)
		for (int op = 0; op < TG_OP_COUNT; op++) {
			char rows[256], wanted[256], conditions[128];
			char outcome = read_law(wanted, sizeof(wanted), &cases[n], (tg_operation)op);
			tg_verdict v;

			decide(&v, w->cat, n, (tg_operation)op);
			write_rows(rows, sizeof(rows), &v);
			outcomes[v.outcome]++;
			describe(conditions, sizeof(conditions), &cases[n]);
			if ("ANHB"[v.outcome] != outcome || strcmp(rows, wanted) != 0)
				fail_msg("%s of %s: %c by \"%s\", wanted %c by \"%s\"", tg_operation_words[op], conditions,
					"ANHB"[v.outcome], rows, outcome, wanted);
		}
	for (int o = 0; o < TG_OUTCOME_COUNT; o++)
		assert_true(outcomes[o] > 10); /* the cases are not all of one kind */
}

/* Where a row can hit: everywhere, but for those that speak of a supply or a return. */
static bool has_cell(const char *id, tg_operation op)
{
	static const char *const sent[] = { "1d", "2d", "34", "41" }, *const leaving[] = { "35", "36", "38", "39", "40", "40h" };

	if (strcmp(id, "42") == 0)
		return op == TG_OP_RETURN;
	for (size_t i = 0; i < TG_COUNT(sent); i++)
		if (strcmp(id, sent[i]) == 0)
			return op == TG_OP_DISPATCH;
	for (size_t i = 0; i < TG_COUNT(leaving); i++)
		if (strcmp(id, leaving[i]) == 0)
			return op <= TG_OP_DISPATCH;
	return true;
}

/* Serial numbers (21) and bundles (28) are no conditions here: test_rules.c and test_occasion.c have them in all operations. */
static bool is_elsewhere(const char *id)
{
	return strcmp(id, "21") == 0 || strncmp(id, "28", 2) == 0;
}

static void every_cell_of_the_table_is_met_while_nothing_switches_it_off(void **state)
{
	const world *w = *state;
	static bool seen[TG_ROWS_MAX][TG_OP_COUNT];

	for (size_t n = 0; n < case_count; n++)
		for (int op = 0; op < TG_OP_COUNT; op++) {
			tg_verdict v;

			decide(&v, w->cat, n, (tg_operation)op);
			for (size_t row = 0; row < tg_rows_count(); row++)
				seen[row][op] = seen[row][op] || ((v.hit & ~v.off) >> row & 1);
		}
	for (size_t row = 0; row < tg_rows_count(); row++)
		for (int op = 0; op < TG_OP_COUNT; op++) {
			const char *id = tg_rows_at(row)->id;

			if (!is_elsewhere(id) && seen[row][op] != has_cell(id, (tg_operation)op))
				fail_msg("row %s, %s: %s", id, tg_operation_words[op], seen[row][op] ? "hit, and should never" : "never met");
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_two_conditions_meet_in_some_case),
		cmocka_unit_test(the_gate_answers_each_pair_as_the_law_is_read_here),
		cmocka_unit_test(every_cell_of_the_table_is_met_while_nothing_switches_it_off),
	};

	return cmocka_run_group_tests(tests, build_world, drop_world);
}
