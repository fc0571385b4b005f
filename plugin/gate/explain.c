/* SPDX-License-Identifier: Apache-2.0
 *
 * explain.c - turns each fact of a case round and looks which rows change. See explain.h.
 */
#include "plugin/gate/explain.h"

#include "plugin/gate/rules.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- facts that can be turned round ---- */

/* A fact that is true or false, and how each is said. */
static const struct {
	size_t offset;
	const char *yes, *no;
} flags[] = {
#define FLAG(member, yes, no)                                                                                \
	{                                                                                                    \
		offsetof(struct tg__facts, member), yes, no                                                  \
	}
	FLAG(trusted, "the catalogue can be read and trusted", "the catalogue cannot be trusted"),
	FLAG(log_broken, "no record can be written", "records can be written"),
	FLAG(found, "the catalogue has a record", "the catalogue has no record"),
	FLAG(scope_open, "no current note says whether it is in scope", "a current note speaks of its scope"),
	FLAG(out_of_scope, "a current note says: out of scope", "no current note says: out of scope"),
	FLAG(business_only, "a current note says: for businesses only", "no note says: for businesses only"),
	FLAG(excepted, "a current note says: excepted", "no current note says: excepted"),
	FLAG(exception_holds, "the exception is shown and holds for the destination", "no exception holds"),
	FLAG(connectable, "the question of a statement arises", "no question of a statement arises"),
	FLAG(soc_good, "a statement is complete and covers the unit",
		"no statement is complete and covers the unit"),
	FLAG(soc_with_goods, "it is on record how the statement comes with it",
		"it is not on record how the statement comes with it"),
	FLAG(soc_withdrawn, "a statement was withdrawn", "no statement was withdrawn"),
	FLAG(soc_out_of_force, "a statement is out of force", "no statement is out of force"),
	FLAG(label_held, "a label is on file", "no label is on file"),
	FLAG(label_current, "a label is current", "no label is current"),
	FLAG(support_ended, "the support period is over", "the support period is not over"),
	FLAG(support_ending, "the support period ends soon", "the support period does not end soon"),
	FLAG(bought_before_duty, "bought in before 29 April 2024", "bought in since 29 April 2024"),
	FLAG(own_brand, "our own brand", "not our own brand"),
	FLAG(bundle, "a set of products", "no set of products"),
	FLAG(components_exempt, "nothing in the set needs a statement", "something in the set may need a statement"),
#undef FLAG
};

/* A bit of a set, and how it is said when it is set. Unset it is "not: …". */
static const struct {
	size_t offset;
	uint32_t bit;
	const char *words;
} bits[] = {
#define GROUND(bit, words)                                                                                   \
	{                                                                                                    \
		offsetof(struct tg__facts, soc_grounds), TG__SOC_##bit, words                                \
	}
#define STOP(bit, words)                                                                                     \
	{                                                                                                    \
		offsetof(struct tg__facts, stops), TG__STOP_##bit, words                                     \
	}
	GROUND(NONE, "no paper that is a statement"),
	GROUND(SUMMARY, "only a summary"),
	GROUND(INCOMPLETE, "a hard defect"),
	GROUND(DOUBT, "a doubt that is not settled"),
	GROUND(TYPE, "for another type"),
	GROUND(BATCH, "batch not covered"),
	GROUND(BATCH_UNKNOWN, "limited to batches, batch not known"),
	GROUND(SERIAL, "serial number not covered"),
	GROUND(OUT_OF_FORCE, "withdrawn or superseded"),
	STOP(NOTICE, "a stop notice covers it"),
	STOP(RECALL, "a recall notice covers it"),
	STOP(APPEALED, "a notice under appeal, sale signed off"),
	STOP(APPEALED_UNSIGNED, "a notice under appeal, sale not signed off"),
	STOP(INTENT, "a notice of intent, cleared"),
	STOP(INTENT_OPEN, "a notice of intent, or one not yet in effect"),
	STOP(COMPLIANCE, "a compliance notice on another duty"),
	STOP(COMPLIANCE_SUPPLY, "a compliance notice on supply"),
	STOP(FAILURE, "a failure is believed"),
	STOP(SUSPICION, "a failure is suspected"),
	STOP(PUBLISHED, "a publication names it"),
	STOP(PUBLISHED_BRAND, "a publication about the brand, or another batch"),
	STOP(SHORTENED, "its support period was shortened"),
#undef GROUND
#undef STOP
};
#define GROUNDS 9 /* how many of them are grounds: they come first */

static const char *const outcomes_of_components[] = { "allow", "notice", "hold", "block", NULL };

/* One of several words. */
static const struct {
	size_t offset;
	const char *name;
	const char *const *words;
} words[] = {
	{ offsetof(struct tg__facts, operation), "operation", tg_operation_words },
	{ offsetof(struct tg__facts, destination), "destination", tg_destination_words },
	{ offsetof(struct tg__facts, supply), "supply", tg_supply_words },
	{ offsetof(struct tg__facts, unit), "unit", tg_unit_words },
	{ offsetof(struct tg__facts, stage), "stage", tg_stage_words },
	{ offsetof(struct tg__facts, components_worst), "worst component", outcomes_of_components },
};
_Static_assert(sizeof(tg_operation) == sizeof(unsigned) && sizeof(tg_stage) == sizeof(unsigned) &&
		       sizeof(tg_outcome) == sizeof(unsigned),
	"words are read as unsigned");

/* ---- reasons ---- */

static void add(tg_explained_row *row, const char *name, const char *text)
{
	if (row->reason_count < TG_EXPLAIN_REASONS_MAX)
		(void)snprintf(row->reasons[row->reason_count++], TG_EXPLAIN_TEXT, "%s%s", name, text);
}

static bool hits_with(
	const struct tg__rule *rule, struct tg__facts *facts, void *at, const void *value, size_t size)
{
	uint8_t kept[sizeof(uint32_t)];
	bool hits;

	memcpy(kept, at, size);
	memcpy(at, value, size);
	hits = rule->hits(facts);
	memcpy(at, kept, size);
	return hits;
}

static void look_at_flags(tg_explained_row *row, const struct tg__rule *rule, struct tg__facts *facts)
{
	for (size_t i = 0; i < TG_COUNT(flags); i++) {
		bool *at = (bool *)(void *)((char *)facts + flags[i].offset), turned = !*at;

		/* Hit: said as it is. Not hit: said as it would have to be. */
		if (hits_with(rule, facts, at, &turned, sizeof(turned)) != row->hit)
			add(row, "", (row->hit ? *at : turned) ? flags[i].yes : flags[i].no);
	}
}

static void look_at_bits(tg_explained_row *row, const struct tg__rule *rule, struct tg__facts *facts)
{
	for (size_t i = 0; i < TG_COUNT(bits); i++) {
		uint32_t *at = (uint32_t *)(void *)((char *)facts + bits[i].offset),
			 turned = *at ^ bits[i].bit;

		if (hits_with(rule, facts, at, &turned, sizeof(turned)) != row->hit)
			add(row,
				((row->hit ? *at : turned) & bits[i].bit) != 0 ? "" : "not: ", bits[i].words);
	}
}

static void look_at_words(tg_explained_row *row, const struct tg__rule *rule, struct tg__facts *facts)
{
	for (size_t i = 0; i < TG_COUNT(words); i++) {
		unsigned *at = (unsigned *)(void *)((char *)facts + words[i].offset);
		char name[24];

		(void)snprintf(name, sizeof(name), "%s ", words[i].name);
		for (unsigned turned = 0; words[i].words[turned] != NULL; turned++) {
			if (turned == *at || hits_with(rule, facts, at, &turned, sizeof(turned)) == row->hit)
				continue;
			add(row, name, words[i].words[row->hit ? *at : turned]);
			break;
		}
	}
}

static void explain_row(tg_explained_row *row, const tg_explanation *all, size_t n, struct tg__facts *facts)
{
	const struct tg__rule *rule = &tg__rules[n];

	row->hit = (all->verdict.hit >> n & 1) != 0;
	row->off = (all->verdict.off >> n & 1) != 0;
	row->off_by = row->off ? all->verdict.off_by[n] : 0;
	row->outcome = tg__rules_cell(rule, facts);
	look_at_flags(row, rule, facts);
	look_at_bits(row, rule, facts);
	look_at_words(row, rule, facts);
}

static void explain_soc(tg_explained_soc *out, uint32_t grounds)
{
	for (size_t i = 0; i < GROUNDS; i++)
		if ((grounds & bits[i].bit) != 0)
			out->grounds[out->ground_count++] = bits[i].words;
}

static int explain_socs(
	tg_explanation *out, const struct tg__facts *facts, const struct tg__case *c, tg_error *err)
{
	int rc = TG_OK;

	for (uint32_t n = 0;
		rc == TG_OK && facts->connectable && n < facts->product.soc_count && n < TG_EXPLAIN_SOCS_MAX;
		n++) {
		uint32_t grounds = 0;

		rc = tg__facts_grounds(&grounds, facts, c, n, err);
		if (rc == TG_OK)
			explain_soc(&out->socs[out->soc_count++], grounds);
	}
	return rc;
}

void tg_gate_explain(tg_explanation *out, const tg_catalogue *cat, const tg_policy *policy,
	const tg_identity *identity, const tg_occasion *occasion, tg_error *err)
{
	const struct tg__case c = { cat, policy, identity, occasion };
	struct tg__facts facts;

	memset(out, 0, sizeof(*out));
	tg_gate_decide(&out->verdict, cat, policy, identity, occasion, err);
	if (out->verdict.could_not_check || out->verdict.hit == 0 ||
		tg__facts_gather(&facts, cat, policy, identity, occasion, err) != TG_OK ||
		explain_socs(out, &facts, &c, err) != TG_OK)
		return;
	/* What the components of a set came to is in the verdict only: row 28 is read back from it. */
	if (facts.bundle) {
		facts.components_worst = tg__verdict_components(&out->verdict);
		facts.components_exempt = out->verdict.answer == TG_ANSWER_OUT;
	}
	out->has_rows = true;
	for (size_t n = 0; n < TG__ROW_COUNT; n++)
		explain_row(&out->rows[n], out, n, &facts);
}
