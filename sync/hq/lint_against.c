/* SPDX-License-Identifier: Apache-2.0
 *
 * lint_against.c - what is wrong with failures, notices, publications, roles and bundles.
 *
 * Source: PSTI Act 2022 ss. 22 to 50; law.md's reading of them is in tillgate-rules(7).
 */
#include "sync/hq/lint_against.h"

#include "plugin/gate/label.h"
#include "store/catalogue/catalogue.h"
#include "sync/hq/against.h"
#include "sync/hq/deadlines.h"
#include "sync/hq/lint_part.h"

#include <stdlib.h>


/* ---- ids: failures, notices and publications share theirs, for the till names them by it ---- */

static void lint_ids(struct lint *l)
{
	const tg_records *r = l->records;
	size_t count = 0;
	struct lint_id *ids =
		calloc(r->failure_count + r->notice_count + r->publication_count + 1, sizeof(*ids));

	if (ids == NULL) {
		tg_lint_no_memory(l, TG_RECORD_FAILURE);
		return;
	}
	for (size_t i = 0; i < r->failure_count; i++)
		ids[count++] = (struct lint_id){ r->failures[i].id, TG_RECORD_FAILURE, r->failures[i].line };
	for (size_t i = 0; i < r->notice_count; i++)
		ids[count++] = (struct lint_id){ r->notices[i].id, TG_RECORD_NOTICE, r->notices[i].line };
	for (size_t i = 0; i < r->publication_count; i++)
		ids[count++] = (struct lint_id){ r->publications[i].id, TG_RECORD_PUBLICATION,
			r->publications[i].line };
	tg_lint_ids(l, ids, count);
	free(ids);
}

/* ---- what a record names ---- */

static void check_numbers(
	struct lint *l, tg_finding_at where, const tg_gtins *gtins, const char *field, tg_finding_level level)
{
	char text[15];

	for (size_t i = 0; i < gtins->count; i++)
		if (tg_index_find(l->index, gtins->list[i]) == TG_INDEX_NONE)
			tg_findings_add(l->findings, level, "dangling-gtin", where, field,
				"no product has the number %s; add the product, or correct the number",
				tg_gtin_format(text, gtins->list[i]));
}

static bool take_one(void *context, size_t product)
{
	(void)product;
	*(bool *)context = true;
	return false;
}

static bool any_product(const struct lint *l, const tg_reach *reach)
{
	bool any = false;

	tg_reach_each(l->index, reach, take_one, &any);
	return any;
}

/* A stop that names nothing of ours stops nothing: very likely a word that is spelt in another way. */
static void check_reach(struct lint *l, tg_finding_at where, const tg_reach *reach)
{
	check_numbers(l, where, &reach->gtins, "gtins", TG_FINDING_WARNING);
	if (!any_product(l, reach))
		tg_findings_add(l->findings, TG_FINDING_ERROR, "names-nothing", where, "gtins",
			"no product is named by these GTINs, brands, manufacturers or types, and nothing would "
			"be stopped; is one spelt in another way?");
}

/* ---- failures, notices, publications ---- */

static void lint_failure(struct lint *l, const tg_failure_record *f)
{
	tg_finding_at where = at(TG_RECORD_FAILURE, f->line);
	char day[TG_DAY_TEXT_SIZE];

	check_reach(l, where, &f->reach);
	if (f->believed == TG_DAY_NONE && f->ended == TG_DAY_NONE)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "failure-open", where, "informed",
			"informed on %s, and nothing decided yet; look into it: believed, or ended",
			tg_day_format(day, f->informed));
	else if (f->ended == TG_DAY_NONE)
		tg_findings_add(l->findings, TG_FINDING_DEFECT, "D19", where, "believed",
			"a compliance failure is believed since %s, and all its products are stopped; end it when it is "
			"remedied",
			tg_day_format(day, f->believed));
	tg_lint_not_future(l, where, "informed", f->informed);
	tg_lint_not_future(l, where, "believed", f->believed);
	if (f->ended != TG_DAY_NONE && f->ended > l->today)
		tg_findings_add(l->findings, TG_FINDING_ERROR, "date-in-future", where, "ended",
			"%s has not come yet; a failure ends on evidence, not on a date",
			tg_day_format(day, f->ended));
}

/* ss. 33(2), 41(2), 44(5): of all but an information notice. A record does not know of a variation; casework does. */
static void check_appeal_day(struct lint *l, const tg_notice_record *n, tg_finding_at where)
{
	int32_t last = tg_appeal_last_day(n->deemed != TG_DAY_NONE ? n->deemed : n->given);
	char day[TG_DAY_TEXT_SIZE];

	if (n->given == TG_DAY_NONE || n->kind == TG_NOTICE_INFORMATION)
		return;
	if (n->appeal_lodged != TG_DAY_NONE && n->appeal_lodged > last)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "appeal-late", where, "appeal.lodged",
			"after %s, the last day; it is pending only once the tribunal admits it, and from that day on",
			tg_day_format(day, last));
	if (n->appeal_lodged == TG_DAY_NONE && n->revoked == TG_DAY_NONE && last >= l->today)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "appeal-open", where, "appeal",
			"%s is the last day of an appeal, in %d days; decide whether to lodge one", tg_day_format(day, last),
			last - l->today);
}

static void lint_notice(struct lint *l, const tg_notice_record *n)
{
	tg_finding_at where = at(TG_RECORD_NOTICE, n->line);
	char day[TG_DAY_TEXT_SIZE];

	check_reach(l, where, &n->reach);
	tg_lint_not_future(l, where, "intended", n->intended);
	tg_lint_not_future(l, where, "cleared.on", n->cleared.on);
	tg_lint_not_future(l, where, "signed_off.on", n->signed_off.on);
	tg_lint_not_future(l, where, "appeal.lodged", n->appeal_lodged);
	tg_lint_not_future(l, where, "appeal.decided", n->appeal_decided);
	if (n->given != TG_DAY_NONE && n->given > l->today)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "notice-ahead", where, "given",
			"%s has not come yet, and until then it stops nothing; give the day it came, and "
			"\"effective\" for a later one",
			tg_day_format(day, n->given));
	if (n->given == TG_DAY_NONE && n->intent_expires < l->today)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "intent-expired", where, "intent_expires",
			"the notice of intent stops nothing since %s; look whether the notice came",
			tg_day_format(day, n->intent_expires));
	if (n->given != TG_DAY_NONE && !n->genuine)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "notice-unchecked", where, "genuine",
			"nobody has checked yet that the notice is genuine; until then its products are on "
			"hold");
	check_appeal_day(l, n, where);
	if (n->signed_off.on != TG_DAY_NONE && n->appeal_lodged == TG_DAY_NONE)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "needless-decision", where, "signed_off",
			"there is no appeal; a notice in effect cannot be signed off");
}

static void lint_publication(struct lint *l, const tg_publication_record *p)
{
	tg_finding_at where = at(TG_RECORD_PUBLICATION, p->line);
	char day[TG_DAY_TEXT_SIZE];

	check_reach(l, where, &p->reach);
	tg_lint_not_future(l, where, "published", p->published);
	if (p->until != TG_DAY_NONE && p->until < l->today)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "publication-expired", where, "until",
			"stops nothing since %s; set another day or remove it", tg_day_format(day, p->until));
}

/* ---- roles ---- */

struct roles {
	struct lint *lint;
	const tg_role_record **of; /* of each product */
	const tg_role_record *role;
};

static bool take_role(void *context, size_t product)
{
	struct roles *roles = context;
	const tg_role_record *was = roles->of[product];
	char text[15];

	if (was != NULL && was->role != roles->role->role)
		tg_findings_add(roles->lint->findings, TG_FINDING_ERROR, "two-roles",
			at(TG_RECORD_ROLE, roles->role->line), "role",
			"%s has another role by \"%s\" on line %u; a product line has one",
			tg_gtin_format(text, roles->lint->index->products[product].gtin), was->id, was->line);
	roles->of[product] = roles->role;
	return true;
}

static void lint_roles(struct lint *l)
{
	const tg_records *r = l->records;
	struct roles roles = { l, calloc(l->index->product_count + 1, sizeof(*roles.of)), NULL };

	if (roles.of == NULL) {
		tg_lint_no_memory(l, TG_RECORD_ROLE);
		return;
	}
	for (size_t i = 0; i < r->role_count; i++) {
		roles.role = &r->roles[i];
		check_numbers(l, at(TG_RECORD_ROLE, roles.role->line), &roles.role->reach.gtins, "gtins",
			TG_FINDING_WARNING);
		tg_reach_each(l->index, &roles.role->reach, take_role, &roles);
	}
	free(roles.of);
}

/* ---- bundles ---- */

static void lint_bundle(
	struct lint *l, const tg_bundle_record *b, const struct lint_number *bundles, size_t count)
{
	tg_finding_at where = at(TG_RECORD_BUNDLE, b->line);
	size_t product = tg_index_find(l->index, b->gtin);
	char text[15];

	if (product == TG_INDEX_NONE)
		tg_findings_add(l->findings, TG_FINDING_ERROR, "dangling-gtin", where, "gtin",
			"no product has the number %s; a bundle is a product too, with a name of its own",
			tg_gtin_format(text, b->gtin));
	else if (l->index->products[product].note != NULL && !l->index->products[product].class_note)
		tg_findings_add(l->findings, TG_FINDING_WARNING, "bundle-note", where, "gtin",
			"scope note \"%s\" answers for the bundle, but its components decide; take the number out of the note",
			l->index->products[product].note->id);
	check_numbers(l, where, &b->components, "components", TG_FINDING_ERROR);
	for (size_t i = 0; i < b->components.count; i++)
		if (tg_lint_has_number(bundles, count, b->components.list[i]))
			tg_findings_add(l->findings, TG_FINDING_ERROR, "bundle-of-bundles", where,
				"components", "%s is a bundle itself; name the products inside",
				tg_gtin_format(text, b->components.list[i]));
}

static void lint_bundles(struct lint *l)
{
	const tg_records *r = l->records;
	struct lint_number *bundles = calloc(r->bundle_count + 1, sizeof(*bundles));

	if (bundles == NULL) {
		tg_lint_no_memory(l, TG_RECORD_BUNDLE);
		return;
	}
	for (size_t i = 0; i < r->bundle_count; i++)
		bundles[i] = (struct lint_number){ r->bundles[i].gtin, r->bundles[i].line };
	tg_lint_numbers(l, TG_RECORD_BUNDLE, bundles, r->bundle_count);
	for (size_t i = 0; i < r->bundle_count; i++)
		lint_bundle(l, &r->bundles[i], bundles, r->bundle_count);
	free(bundles);
}

void tg_lint_against(tg_findings *findings, const tg_index *index, int32_t today)
{
	struct lint l = { findings, index, index->records, today };
	const tg_records *r = index->records;

	lint_ids(&l);
	for (size_t i = 0; i < r->failure_count; i++)
		lint_failure(&l, &r->failures[i]);
	for (size_t i = 0; i < r->notice_count; i++)
		lint_notice(&l, &r->notices[i]);
	for (size_t i = 0; i < r->publication_count; i++)
		lint_publication(&l, &r->publications[i]);
	lint_roles(&l);
	lint_bundles(&l);
}
