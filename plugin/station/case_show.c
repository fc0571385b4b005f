/* SPDX-License-Identifier: Apache-2.0
 *
 * case_show.c - cases as JSON. See case_show.h.
 *
 * The book holds the state; what people wrote is read from the log: every entry about a case names the one before it.
 */
#include "plugin/station/case_show.h"

#include "plugin/station/state.h"

#include <limits.h>
#include <stdlib.h>

#define SUMMARY_PAGES 512 /* a command's status reads so many thousand entries, about a second; then it says that it is not complete */

/* ---- one case ---- */

static void set_time(tg_json *json, const char *name, int64_t at_us)
{
	char text[TG_UTC_TEXT_SIZE];

	if (at_us != 0)
		tg_json_set_str(json, name, tg_utc_format(text, at_us));
}

static void set_text(tg_json *json, const char *name, const char *text)
{
	if (text[0] != '\0')
		tg_json_set_str(json, name, text);
}

/* A convenience for the eye: nothing rests on it, so an image that fails here is left to checks and the sweep to find. */
static void set_name(tg_json *json, const tg_inforce *set, const tg_case_line *line)
{
	char name[TG_CHECK_TEXT_MAX];
	tg_product_texts texts;
	tg_product product;
	int rc;

	if (set->cat == NULL)
		return;
	rc = line->in_store ? tg_catalogue_find_in_store(&product, set->cat, line->number, NULL) :
			      tg_catalogue_find(&product, set->cat, line->number, NULL);
	if (rc != TG_OK || tg_catalogue_texts(&texts, set->cat, &product, NULL) != TG_OK || texts.name.len == 0)
		return;
	tg_check_copy_text(name, sizeof(name), texts.name);
	tg_json_set_str(json, "name", name);
}

static void set_line(tg_json *json, const tg_case_line *line)
{
	tg_json_set_str(json, line->in_store ? "number" : "gtin", tg_gtin_format((char[15]){ 0 }, line->number));
	set_text(json, "batch", line->batch);
	set_text(json, "row", line->row);
	set_text(json, "delivery", line->delivery);
	tg_json_set_str(json, "operation", tg_operation_words[line->operation]);
	if (line->destination != TG_DEST_GB)
		tg_json_set_str(json, "destination", tg_destination_words[line->destination]);
	if (line->supply != TG_SUPPLY_CONSUMER)
		tg_json_set_str(json, "supply", tg_supply_words[line->supply]);
	if (line->unit != TG_UNIT_NEW)
		tg_json_set_str(json, "unit", tg_unit_words[line->unit]);
	if (line->bought_before_duty)
		tg_json_set_bool(json, "bought_before_duty", true);
}

static void set_count(tg_json *json, const char *name, uint32_t count)
{
	if (count > 0)
		tg_json_set_int(json, name, count);
}

static tg_json *case_of(const tg_case *c, const tg_inforce *set)
{
	tg_json *json = tg_json_new_object(), *left = tg_json_new_object();

	tg_json_set_str(json, "id", c->id);
	tg_json_set_str(json, "state", tg_case_state_words[c->state]);
	set_text(json, "owner", c->owner);
	set_text(json, "supplier", c->supplier);
	set_line(json, &c->line);
	set_name(json, set, &c->line);
	tg_json_set_str(json, "code", c->code);
	if (c->could_not_check)
		tg_json_set_bool(json, "could_not_check", true);
	tg_json_set_int(json, "quantity", c->quantity);
	tg_json_set_int(json, "held", tg_case_held(c));
	for (size_t how = 0; how < TG_CASE_HOW_COUNT; how++)
		set_count(left, tg_case_how_words[how], c->left[how]);
	tg_json_set(json, "left", left);
	set_time(json, "opened_at", c->opened_us);
	set_time(json, "changed_at", c->changed_us);
	set_time(json, "settled_at", c->settled_us);
	set_count(json, "notes", c->notes);
	set_count(json, "refused", c->refused);
	set_count(json, "not_understood", c->other);
	if (c->over)
		tg_json_set_bool(json, "does_not_add_up", true);
	return json;
}

tg_json *tg_case_to_json(tg_station *st, const tg_case *c)
{
	int64_t floor_us;
	tg_inforce *set = tg_station__set(st, &floor_us);
	tg_json *json = case_of(c, set);

	tg_inforce_release(set);
	return json;
}

/* ---- a list ---- */

static bool passes(const tg_case_filter *filter, const tg_case *c)
{
	return filter->one_state ? c->state == filter->state : filter->any || c->state != TG_CASE_SETTLED;
}

static void set_counts(tg_json *json, const tg_station *st)
{
	tg_case_book_counts counts;

	tg_case_book_count(tg_cases_book(st->cases), &counts);
	tg_json_set_int(json, "open", (int64_t)counts.open);
	tg_json_set_int(json, "settled", (int64_t)counts.settled);
	if (counts.forgotten > 0)
		tg_json_set_int(json, "in_the_log_alone", (int64_t)counts.forgotten);
	if (counts.turned_away > 0)
		tg_json_set_int(json, "without_case", (int64_t)counts.turned_away);
	if (tg_case_book_is_full(tg_cases_book(st->cases)))
		tg_json_set_bool(json, "full", true);
	tg_json_set_bool(json, "complete", tg_cases_complete(st->cases));
}

/* A command has no ticks: it reads the log when it is asked. */
static void read_log(tg_station *st)
{
	if (!st->options.service)
		(void)tg_cases_catch_up(st->cases, st->journal, UINT_MAX);
}

int tg_case_list(tg_json **out, tg_station *st, const tg_case_filter *filter, tg_error *err)
{
	int64_t floor_us;
	tg_inforce *set = tg_station__set(st, &floor_us);
	tg_json *json = tg_json_new_object(), *list = tg_json_new_array();
	const tg_case *c, *last = NULL;
	size_t found = 0;
	int rc;

	read_log(st);
	tg_cases_lock(st->cases);
	rc = tg_cases_ready(st->cases, err);
	for (size_t n = tg_case_book_after(tg_cases_book(st->cases), filter->after);
		rc == TG_OK && (c = tg_case_book_at(tg_cases_book(st->cases), n)) != NULL; n++) {
		if (!passes(filter, c))
			continue;
		if (found++ == filter->count) {
			tg_json_set_str(json, "next", last->id);
			break;
		}
		tg_json_add(list, case_of(c, set));
		last = c;
	}
	set_counts(json, st);
	tg_cases_unlock(st->cases);
	tg_inforce_release(set);
	tg_json_set(json, "cases", list);
	if (rc == TG_OK)
		*out = json;
	else
		tg_json_free(json);
	return rc;
}

/* ---- one with its history ---- */

struct history {
	uint64_t at, opening; /* places */
	const char *short_id;
	tg_json *list, *opened;
	bool more;
	tg_error err;
};

static uint64_t place_of(const tg_json *entry, const char *name)
{
	const char *text = tg_json_str(tg_json_get(entry, name));
	tg_reference id;

	return text != NULL && tg_reference_parse(&id, text, NULL) == TG_OK ? tg_case_place(id.epoch, id.seq) : 0;
}

static int read_entry(tg_json **out, tg_log *log, uint64_t place, tg_error *err)
{
	tg_buf bytes;
	int rc;

	tg_buf_init(&bytes, TG_LOG_ENTRY_MAX);
	rc = tg_log_read_one(log, (uint32_t)(place >> 40), place & ((UINT64_C(1) << 40) - 1), &bytes, err);
	if (rc == TG_OK)
		rc = tg_json_parse(out, tg_buf_view(&bytes), err);
	tg_buf_fini(&bytes);
	return rc;
}

static const char *reference_of(char out[TG_REFERENCE_SIZE], const char *short_id, uint64_t place)
{
	if (tg_reference_format(out, short_id, (uint32_t)(place >> 40), place & ((UINT64_C(1) << 40) - 1), NULL) != TG_OK)
		out[0] = '\0';
	return out;
}

/* Takes `entry` over. */
static void add_entry(struct history *h, uint64_t place, tg_json *entry)
{
	char reference[TG_REFERENCE_SIZE];
	tg_json *one = tg_json_new_object();

	tg_json_set_str(one, "reference", reference_of(reference, h->short_id, place));
	tg_json_set(one, "entry", entry);
	tg_json_add(h->list, one);
}

/* From entry to entry, always towards the beginning of the log, and only while they speak of this case. */
static int read_history(tg_log *log, void *ctx)
{
	struct history *h = ctx;
	int rc = read_entry(&h->opened, log, h->opening, &h->err);

	for (int n = 0; rc == TG_OK && h->at > h->opening; n++) {
		tg_json *entry = NULL;
		uint64_t here = h->at;

		if (n == TG_CASE_HISTORY_MAX) {
			h->more = true;
			break;
		}
		rc = read_entry(&entry, log, here, &h->err);
		if (rc != TG_OK || place_of(entry, "case") != h->opening) {
			tg_json_free(entry);
			break;
		}
		h->at = place_of(entry, "prev");
		add_entry(h, here, entry);
		if (h->at >= here)
			break;
	}
	return rc;
}

static int find(tg_case *out, const tg_station *st, const tg_reference *id, tg_error *err)
{
	const tg_case *c;
	int rc = tg_cases_ready(st->cases, err);

	if (rc != TG_OK)
		return rc;
	c = tg_case_book_find(tg_cases_book(st->cases), id);
	if (c == NULL || strcmp(id->station, st->id.short_id) != 0)
		return tg_fail(err, TG_ENOTFOUND, "no such case on this station");
	*out = *c;
	return TG_OK;
}

int tg_case_show(tg_json **out, tg_station *st, const tg_reference *id, uint64_t before, tg_error *err)
{
	struct history h = { .short_id = st->id.short_id };
	tg_case c;
	int rc;

	read_log(st);
	tg_cases_lock(st->cases);
	rc = find(&c, st, id, err);
	tg_cases_unlock(st->cases);
	if (rc != TG_OK)
		return rc;
	h.opening = c.place;
	h.at = before != 0 ? before : c.last;
	h.list = tg_json_new_array();
	rc = tg_journal_run(st->journal, read_history, &h, &h.err);
	if (rc == TG_OK) {
		tg_json *json = tg_json_new_object();

		tg_json_set(json, "case", tg_case_to_json(st, &c));
		tg_json_set(json, "opened_by", h.opened);
		tg_json_set(json, "history", h.list);
		if (h.more)
			tg_json_set_str(json, "before", reference_of((char[TG_REFERENCE_SIZE]){ 0 }, st->id.short_id, h.at));
		*out = json;
	} else {
		tg_json_free(h.opened);
		tg_json_free(h.list);
		if (err != NULL)
			*err = h.err;
	}
	return rc;
}

/* ---- what stands open ---- */

tg_json *tg_case_summary(tg_station *st)
{
	tg_json *json = tg_json_new_object();
	const tg_case *c, *oldest = NULL;
	int64_t units = 0;

	if (!st->options.service)
		(void)tg_cases_catch_up(st->cases, st->journal, SUMMARY_PAGES);
	tg_cases_lock(st->cases);
	set_counts(json, st);
	for (size_t n = 0; (c = tg_case_book_at(tg_cases_book(st->cases), n)) != NULL; n++) {
		if (c->state == TG_CASE_SETTLED)
			continue;
		units += tg_case_held(c);
		oldest = oldest == NULL ? c : oldest;
	}
	tg_json_set_int(json, "units", units);
	if (oldest != NULL) {
		int64_t age_us = tg_utc_now_us() - oldest->opened_us;

		tg_json_set_str(json, "oldest", oldest->id);
		set_time(json, "oldest_at", oldest->opened_us);
		tg_json_set_int(json, "oldest_age_s", age_us > 0 ? age_us / TG_US_PER_SECOND : 0);
	}
	tg_cases_unlock(st->cases);
	return json;
}
