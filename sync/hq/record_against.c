/* SPDX-License-Identifier: Apache-2.0
 *
 * record_against.c - the records of what stands against products: failures, notices, publications; of our roles, and of bundles.
 *
 * Pure: one line in, one record or findings out. Source of the members: PSTI Act 2022 ss. 7, 22 to 25, 28 to 50. What they mean on a
 * given day is against.c.
 */
#include "sync/hq/record_against.h"

#include "store/catalogue/build.h"

#include <stdlib.h>

/* ---- which products, which units ---- */

static void read_units(
	tg_reader *r, tg_batch_range **out, size_t *count, const tg_json *json, const char *name)
{
	static const char *const names[] = { "from", "to", NULL };
	size_t n = 0;
	const tg_json *item = tg_reader_objects(r, &n, json, name, names);

	*out = tg_arena_alloc(r->arena, n, sizeof(**out));
	for (; item != NULL && *out != NULL; item = tg_json_next(item)) {
		tg_batch_range *range = &(*out)[(*count)++];

		*range = (tg_batch_range){ "", "", "" };
		tg_reader_item(r, name, *count);
		tg_read_range(r, range, item);
		tg_reader_leave(r);
	}
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Their order says nothing; sorted they are found fast among a million products. */
static tg_texts read_texts(tg_reader *r, const tg_json *json, const char *name)
{
	tg_texts texts = tg_reader_texts(r, json, name, TG_RECORD_NAME_MAX);

	if (texts.count > 1)
		qsort(texts.list, texts.count, sizeof(*texts.list), by_text);
	return texts;
}

static void read_products(tg_reader *r, tg_reach *reach, const tg_json *json)
{
	reach->gtins = tg_reader_gtins(r, json, "gtins");
	reach->brands = read_texts(r, json, "brands");
	reach->manufacturers = read_texts(r, json, "manufacturers");
	reach->types = read_texts(r, json, "types");
	if (reach->gtins.count + reach->brands.count + reach->manufacturers.count + reach->types.count == 0)
		tg_reader_refuse(r, "gtins", "missing; name GTINs, types, brands or manufacturers");
}

static void read_reach(tg_reader *r, tg_reach *reach, const tg_json *json)
{
	read_products(r, reach, json);
	read_units(r, &reach->batches, &reach->batch_count, json, "batches");
	read_units(r, &reach->serials, &reach->serial_count, json, "serials");
}

#define PRODUCT_MEMBERS "gtins", "brands", "manufacturers", "types"
#define REACH_MEMBERS PRODUCT_MEMBERS, "batches", "serials"

static void check_after(tg_reader *r, const char *name, int32_t day, const char *other, int32_t than)
{
	if (day != TG_DAY_NONE && than != TG_DAY_NONE && day < than)
		tg_reader_refuse(r, name, "before %s", other);
}

static tg_signature read_signature(tg_reader *r, const tg_json *json, const char *name)
{
	static const char *const names[] = { "by", "on", NULL };
	const tg_json *inner = tg_reader_enter(r, json, name, names);
	tg_signature signature = { "", TG_DAY_NONE };

	if (inner == NULL)
		return signature;
	signature.by = tg_reader_need_text(r, inner, "by", TG_RECORD_NAME_MAX);
	signature.on = tg_reader_day(r, inner, "on");
	if (signature.on == TG_DAY_NONE)
		tg_reader_refuse(r, "on", "missing; give the day of the decision");
	tg_reader_leave(r);
	return signature;
}

/* ---- bundles, roles ---- */

void tg_read_bundle(tg_reader *r, tg_bundle_record *b, const tg_json *json)
{
	static const char *const names[] = { "gtin", "components", NULL };

	tg_reader_only(r, json, names);
	b->gtin = tg_reader_gtin(r, json, "gtin");
	b->components = tg_reader_gtins(r, json, "components");
	if (b->components.count == 0 || b->components.count > TG_BUILD_COMPONENTS_MAX)
		tg_reader_refuse(r, "components", "%zu GTINs, wanted 1 to %d", b->components.count,
			TG_BUILD_COMPONENTS_MAX);
	for (size_t i = 0; i < b->components.count; i++)
		if (b->gtin != 0 && b->components.list[i] == b->gtin)
			tg_reader_refuse(r, "components", "a bundle cannot hold itself");
}

void tg_read_role(tg_reader *r, tg_role_record *role, const tg_json *json)
{
	static const char *const names[] = { "id", "role", PRODUCT_MEMBERS, NULL };

	tg_reader_only(r, json, names);
	role->id = tg_reader_id(r, json, "id");
	role->role = (uint8_t)tg_reader_need_word(r, json, "role", tg_role_words);
	read_products(r, &role->reach, json);
}

/* ---- failures, ss. 23 and 25 ---- */

void tg_read_failure(tg_reader *r, tg_failure_record *f, const tg_json *json)
{
	static const char *const names[] = { "id", "informed", "believed", "ended", "reason", "source",
		REACH_MEMBERS, NULL };

	tg_reader_only(r, json, names);
	f->id = tg_reader_id(r, json, "id");
	f->informed = tg_reader_day(r, json, "informed");
	f->believed = tg_reader_day(r, json, "believed");
	f->ended = tg_reader_day(r, json, "ended");
	f->reason = tg_reader_text(r, json, "reason", TG_RECORD_TEXT_MAX);
	f->source = tg_reader_need_text(r, json, "source", TG_RECORD_TEXT_MAX);
	if (f->informed == TG_DAY_NONE && f->believed == TG_DAY_NONE)
		tg_reader_refuse(r, "informed",
			"missing; give the day on which we were informed, or since which we believe it");
	check_after(r, "believed", f->believed, "informed", f->informed);
	check_after(r, "ended", f->ended, "believed", f->believed);
	check_after(r, "ended", f->ended, "informed", f->informed);
	if (f->ended != TG_DAY_NONE && f->reason[0] == '\0')
		tg_reader_refuse(r, "reason", "missing; say what shows that it is remedied, or unfounded");
	read_reach(r, &f->reach, json);
}

/* ---- notices given to us, ss. 28 to 42 ---- */

static void read_appeal(tg_reader *r, tg_notice_record *n, const tg_json *json)
{
	static const char *const names[] = { "lodged", "decided", "result", NULL };
	static const char *const results[] = { "pending", "dismissed", "allowed", "varied", NULL };
	const tg_json *appeal = tg_reader_enter(r, json, "appeal", names);

	n->appeal_lodged = n->appeal_decided = TG_DAY_NONE;
	if (appeal == NULL)
		return;
	n->appeal_lodged = tg_reader_day(r, appeal, "lodged");
	n->appeal_decided = tg_reader_day(r, appeal, "decided");
	n->appeal_result = (tg_appeal_result)tg_reader_word(r, appeal, "result", results, TG_APPEAL_PENDING);
	if (n->appeal_lodged == TG_DAY_NONE)
		tg_reader_refuse(
			r, "lodged", "missing; a late appeal counts from the day the tribunal admits it");
	if ((n->appeal_decided != TG_DAY_NONE) != (n->appeal_result != TG_APPEAL_PENDING))
		tg_reader_refuse(r, "result", "\"decided\" and a result other than pending belong together");
	check_after(r, "lodged", n->appeal_lodged, "given", n->given);
	check_after(r, "decided", n->appeal_decided, "lodged", n->appeal_lodged);
	tg_reader_leave(r);
}

static void read_days(tg_reader *r, tg_notice_record *n, const tg_json *json)
{
	n->intended = tg_reader_day(r, json, "intended");
	n->intent_expires = tg_reader_day(r, json, "intent_expires");
	n->given = tg_reader_day(r, json, "given");
	n->deemed = tg_reader_day(r, json, "deemed");
	n->effective = tg_reader_day(r, json, "effective");
	n->revoked = tg_reader_day(r, json, "revoked");
	if (n->intended == TG_DAY_NONE && n->given == TG_DAY_NONE)
		tg_reader_refuse(r, "given", "missing; give the day, or that of the notice of intent");
	if (n->intended != TG_DAY_NONE && n->given == TG_DAY_NONE && n->intent_expires == TG_DAY_NONE)
		tg_reader_refuse(
			r, "intent_expires", "missing; a notice of intent needs a day to be looked at again");
	if (n->given == TG_DAY_NONE &&
		(n->deemed != TG_DAY_NONE || n->effective != TG_DAY_NONE || n->revoked != TG_DAY_NONE))
		tg_reader_refuse(
			r, "given", "missing; only a notice that was given takes effect or is revoked");
	check_after(r, "given", n->given, "intended", n->intended);
	check_after(r, "intent_expires", n->intent_expires, "intended", n->intended);
	check_after(r, "deemed", n->deemed, "given", n->given);
	check_after(r, "effective", n->effective, "given", n->given);
	check_after(r, "effective", n->effective, "deemed", n->deemed);
	check_after(r, "revoked", n->revoked, "given", n->given);
}

/* Only after the first appeal was decided against us is there anything that the Upper Tribunal could suspend. */
static void read_suspended(tg_reader *r, tg_notice_record *n, const tg_json *json)
{
	static const char *const names[] = { "from", "until", NULL };
	const tg_json *suspended = tg_reader_enter(r, json, "suspended", names);

	n->suspended = n->revived = TG_DAY_NONE;
	if (suspended == NULL)
		return;
	n->suspended = tg_reader_day(r, suspended, "from");
	n->revived = tg_reader_day(r, suspended, "until");
	if (n->suspended == TG_DAY_NONE)
		tg_reader_refuse(r, "from", "missing; give the first day of the suspension");
	if (n->appeal_result != TG_APPEAL_DISMISSED && n->appeal_result != TG_APPEAL_VARIED)
		tg_reader_refuse(r, "from",
			"only what an appeal left in effect can be suspended: wanted one that was dismissed or varied");
	check_after(r, "from", n->suspended, "decided", n->appeal_decided);
	check_after(r, "until", n->revived, "from", n->suspended);
	tg_reader_leave(r);
}

void tg_read_notice(tg_reader *r, tg_notice_record *n, const tg_json *json)
{
	static const char *const names[] = { "id", "kind", "duty", "genuine", "intended", "intent_expires",
		"given", "deemed", "effective", "revoked", "cleared", "signed_off", "appeal", "suspended", "source",
		REACH_MEMBERS, NULL };
	static const char *const kinds[] = { "stop", "recall", "compliance", "penalty", "forfeiture",
		"information", NULL };
	static const char *const duties[] = { "other", "supply", NULL };

	tg_reader_only(r, json, names);
	n->id = tg_reader_id(r, json, "id");
	n->kind = (tg_notice_kind)tg_reader_need_word(r, json, "kind", kinds);
	n->on_supply = tg_reader_word(r, json, "duty", duties, 0) == 1;
	n->genuine = tg_reader_flag(r, json, "genuine");
	if (n->kind == TG_NOTICE_COMPLIANCE && tg_json_get(json, "duty") == NULL)
		tg_reader_refuse(r, "duty",
			"missing; \"supply\" if it is that of section 22 or 23 (15 or 16), else \"other\"");
	read_days(r, n, json);
	read_appeal(r, n, json);
	read_suspended(r, n, json);
	n->cleared = read_signature(r, json, "cleared");
	n->signed_off = read_signature(r, json, "signed_off");
	n->source = tg_reader_need_text(r, json, "source", TG_RECORD_TEXT_MAX);
	read_reach(r, &n->reach, json);
}

/* ---- notices to others and publications, ss. 45 and 46 ---- */

void tg_read_publication(tg_reader *r, tg_publication_record *p, const tg_json *json)
{
	static const char *const names[] = { "id", "names", "published", "until", "source", REACH_MEMBERS,
		NULL };
	static const char *const words[] = { "type", "brand", NULL };

	tg_reader_only(r, json, names);
	p->id = tg_reader_id(r, json, "id");
	p->brand_only = tg_reader_need_word(r, json, "names", words) == 1;
	p->published = tg_reader_day(r, json, "published");
	p->until = tg_reader_day(r, json, "until");
	p->source = tg_reader_need_text(r, json, "source", TG_RECORD_TEXT_MAX);
	if (p->published == TG_DAY_NONE)
		tg_reader_refuse(r, "published", "missing; give the day on which it came to our knowledge");
	check_after(r, "until", p->until, "published", p->published);
	if (p->brand_only && p->until == TG_DAY_NONE)
		tg_reader_refuse(
			r, "until", "missing; a hold over a whole brand needs a day to be looked at again");
	read_reach(r, &p->reach, json);
	if (p->brand_only && p->reach.batch_count + p->reach.serial_count > 0)
		tg_reader_refuse(r, "batches", "only where the type is named");
}
