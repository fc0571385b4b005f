/* SPDX-License-Identifier: Apache-2.0
 *
 * against.c - records of failures, notices and publications to stretches of days. See against.h.
 */
#include "sync/hq/against.h"

#include "store/catalogue/catalogue.h"

#include <stdlib.h>

/* ---- stretches ---- */

struct list {
	tg_stretch *out;
	size_t count;
};

/* An empty stretch is none; `end` is the first day after it, TG_DAY_NONE for never. */
static void add(struct list *list, uint8_t kind, uint8_t flags, int32_t from, int32_t end)
{
	if (from == TG_DAY_NONE || (end != TG_DAY_NONE && end <= from) || list->count == TG_AGAINST_OF_ONE)
		return;
	list->out[list->count++] =
		(tg_stretch){ kind, flags, from, end == TG_DAY_NONE ? TG_DAY_NONE : end - 1 };
}

static int32_t earlier(int32_t a, int32_t b)
{
	if (a == TG_DAY_NONE || b == TG_DAY_NONE)
		return a == TG_DAY_NONE ? b : a;
	return a < b ? a : b;
}

static int32_t later(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

/* From a decision's day on the flag is set; before it, it is not. */
static void add_decided(
	struct list *list, uint8_t kind, const tg_signature *decision, int32_t from, int32_t end)
{
	if (decision->on == TG_DAY_NONE) {
		add(list, kind, 0, from, end);
		return;
	}
	add(list, kind, 0, from, earlier(end, decision->on));
	add(list, kind, TG_STOP_CLEARED, later(from, decision->on), end);
}

size_t tg_against_failure(tg_stretch out[TG_AGAINST_OF_ONE], const tg_failure_record *f)
{
	struct list list = { out, 0 };

	if (f->informed != TG_DAY_NONE)
		add(&list, TG_STOP_SUSPICION, 0, f->informed, earlier(f->believed, f->ended));
	add(&list, TG_STOP_FAILURE, 0, f->believed, f->ended);
	return list.count;
}

/* ---- notices ---- */

/* What a notice of the kind is while it is in effect; 0: nothing at the gate (law-readings A22). */
static uint8_t kind_in_effect(const tg_notice_record *n, uint8_t *flags)
{
	*flags = 0;
	switch (n->kind) {
	case TG_NOTICE_STOP:
	case TG_NOTICE_FORFEITURE:
		return TG_STOP_NOTICE;
	case TG_NOTICE_RECALL:
		return TG_STOP_RECALL;
	case TG_NOTICE_COMPLIANCE:
		*flags = n->on_supply ? TG_STOP_ON_SUPPLY : 0;
		return TG_STOP_COMPLIANCE;
	case TG_NOTICE_PENALTY:
		*flags = TG_STOP_BRAND_ONLY; /* no bar by itself, but we know of its grounds */
		return TG_STOP_PUBLISHED;
	case TG_NOTICE_INFORMATION:
		break;
	}
	return 0;
}

/* On the day of its effect, as far as nobody says that its duty begins later: when it is treated as given (s. 50). */
static int32_t in_effect_from(const tg_notice_record *n)
{
	if (n->effective != TG_DAY_NONE)
		return n->effective;
	return n->deemed != TG_DAY_NONE ? n->deemed : n->given;
}

static bool is_revived(const tg_notice_record *n)
{
	return n->appeal_result == TG_APPEAL_DISMISSED || n->appeal_result == TG_APPEAL_VARIED;
}

/* The Upper Tribunal may suspend what the first one upheld (s. 33(9)): then it is as under appeal again (law-readings A5). */
static void add_revived(
	struct list *list, const tg_notice_record *n, uint8_t kind, uint8_t flags, int32_t from)
{
	int32_t end = n->revoked;

	if (n->suspended == TG_DAY_NONE) {
		add(list, kind, flags, from, end);
		return;
	}
	add(list, kind, flags, from, earlier(end, n->suspended));
	add_decided(list, TG_STOP_APPEALED, &n->signed_off, n->suspended, earlier(end, n->revived));
	if (n->revived != TG_DAY_NONE)
		add(list, kind, flags, later(from, n->revived), end);
}

/* While an appeal is pending the notice is of no effect (s. 33(8)); a dismissed one revives it at once. */
static void add_in_effect(struct list *list, const tg_notice_record *n, int32_t from)
{
	uint8_t flags, kind = kind_in_effect(n, &flags);
	int32_t end = n->revoked;

	if (n->appeal_lodged == TG_DAY_NONE) {
		add(list, kind, flags, from, end);
		return;
	}
	add(list, kind, flags, from, earlier(end, n->appeal_lodged));
	add_decided(
		list, TG_STOP_APPEALED, &n->signed_off, n->appeal_lodged, earlier(end, n->appeal_decided));
	if (is_revived(n))
		add_revived(list, n, kind, flags, later(from, n->appeal_decided));
}

/* Given, but the duty to cease starts later: no weaker than a notice of intent (law-readings A6), and no stronger than the notice. */
static void add_given(struct list *list, const tg_notice_record *n, int32_t from)
{
	int32_t end = earlier(from, n->revoked);

	add(list, TG_STOP_INTENT, 0, n->given, earlier(end, n->appeal_lodged));
	if (!is_revived(n))
		return;
	add(list, TG_STOP_INTENT, 0, n->appeal_decided, earlier(end, n->suspended));
	if (n->revived != TG_DAY_NONE)
		add(list, TG_STOP_INTENT, 0, n->revived, end);
}

size_t tg_against_notice(tg_stretch out[TG_AGAINST_OF_ONE], const tg_notice_record *n)
{
	struct list list = { out, 0 };
	int32_t from = in_effect_from(n);

	if (n->kind == TG_NOTICE_INFORMATION)
		return 0;
	if (n->intended != TG_DAY_NONE) /* spent when the notice itself arrives */
		add_decided(&list, TG_STOP_INTENT, &n->cleared, n->intended,
			earlier(n->given,
				n->intent_expires == TG_DAY_NONE ? TG_DAY_NONE : n->intent_expires + 1));
	if (n->given == TG_DAY_NONE)
		return list.count;
	if (!n->genuine) {
		add(&list, TG_STOP_INTENT, 0, n->given, n->revoked);
		return list.count;
	}
	add_given(&list, n, from);
	add_in_effect(&list, n, from);
	return list.count;
}

size_t tg_against_publication(tg_stretch out[TG_AGAINST_OF_ONE], const tg_publication_record *p)
{
	struct list list = { out, 0 };

	add(&list, TG_STOP_PUBLISHED, p->brand_only ? TG_STOP_BRAND_ONLY : 0, p->published,
		p->until == TG_DAY_NONE ? TG_DAY_NONE : p->until + 1);
	return list.count;
}

/* ---- a support period that was shortened ---- */

/* The newest of the captures; of two on one day the one that ends first. NULL if it ends no earlier than any of them, or `longest`. */
static const tg_dsp_capture *find_shortened(const tg_product_record *p, int32_t longest, bool with_hearsay)
{
	const tg_dsp_capture *newest = NULL;

	for (size_t i = 0; i < p->capture_count; i++) {
		const tg_dsp_capture *c = &p->captures[i];

		if (c->hearsay && !with_hearsay)
			continue;
		if (newest == NULL || c->as_of > newest->as_of ||
			(c->as_of == newest->as_of && c->end < newest->end))
			newest = c;
		longest = later(longest, c->end);
	}
	return newest != NULL && newest->end < longest ? newest : NULL;
}

size_t tg_against_shortening(tg_stretch out[TG_AGAINST_OF_ONE], const tg_product_record *p, int32_t soc_end)
{
	struct list list = { out, 0 };
	const tg_dsp_capture *own = find_shortened(p, soc_end, false), *any = find_shortened(p, soc_end, true);

	if (own != NULL)
		add(&list, TG_STOP_SHORTENED, 0, own->as_of, TG_DAY_NONE);
	else if (any != NULL) /* what others report is a reason to look, not yet knowledge */
		add(&list, TG_STOP_SUSPICION, 0, any->as_of, TG_DAY_NONE);
	return list.count;
}

int32_t tg_against_soc_end(const tg_index *index, size_t product)
{
	int32_t end = TG_DAY_NONE;

	for (size_t i = index->socs.first[product]; i < index->socs.first[product + 1]; i++) {
		const tg_soc_record *s = &index->records->socs[index->socs.list[i].to];

		if (s->status == TG_SOC_CURRENT && s->paper == TG_PAPER_SOC)
			end = later(end, s->support_period_end);
	}
	return end;
}

/* ---- which products ---- */

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The lists of a reach are sorted when they are read (record_against.c). */
static bool names(const tg_texts *texts, const char *text)
{
	return texts->count > 0 && text[0] != '\0' &&
	       bsearch(&text, texts->list, texts->count, sizeof(*texts->list), by_text) != NULL;
}

void tg_reach_each(
	const tg_index *index, const tg_reach *reach, bool (*each)(void *context, size_t product), void *context)
{
	bool by_texts = reach->brands.count + reach->manufacturers.count + reach->types.count > 0;

	for (size_t i = 0; i < reach->gtins.count; i++) {
		size_t product = tg_index_find(index, reach->gtins.list[i]);

		if (product != TG_INDEX_NONE && !each(context, product))
			return;
	}
	for (size_t i = 0; by_texts && i < index->product_count; i++) {
		const tg_product_record *p = index->products[i].record;

		if ((names(&reach->brands, p->brand) || names(&reach->manufacturers, p->manufacturer) ||
			    names(&reach->types, p->type)) &&
			!each(context, i))
			return;
	}
}
