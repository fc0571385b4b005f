/* SPDX-License-Identifier: Apache-2.0
 *
 * case_book.c - cases folded from events. See case_book.h.
 *
 * Cases stand in the order of their opening, which is the order of their places: found by id in a few steps, by line in one pass
 * over hashes. Whatever an entry says, no number runs over and no settled case opens again.
 */
#include "plugin/station/case_book.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_ROOM 16

struct slot {
	uint64_t hash; /* of the line */
	tg_case *c;
};

struct tg_case_book {
	char short_id[TG_REFERENCE_SIZE];
	tg_case_limits limits;
	struct slot *slots; /* by place */
	size_t count, room;
	tg_case_book_counts counts;
};

/* ---- lines ---- */

static uint64_t mix(uint64_t hash, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* Only to pass over what differs; tg_case_line_equal decides. */
static uint64_t hash_of(const tg_case_line *line)
{
	uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), &line->number, sizeof(line->number));

	hash = mix(hash, line->batch, strlen(line->batch) + 1);
	hash = mix(hash, line->row, strlen(line->row) + 1);
	return mix(hash, line->delivery, strlen(line->delivery) + 1);
}

const tg_case *tg_case_book_find_open(const tg_case_book *book, const tg_case_line *line)
{
	uint64_t hash = hash_of(line);

	for (size_t i = 0; i < book->count; i++) {
		const tg_case *c = book->slots[i].c;

		if (book->slots[i].hash == hash && c->state != TG_CASE_SETTLED && tg_case_line_equal(&c->line, line))
			return c;
	}
	return NULL;
}

/* ---- places ---- */

size_t tg_case_book_after(const tg_case_book *book, uint64_t place)
{
	size_t low = 0, high = book->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (book->slots[middle].c->place <= place)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static tg_case *find_place(const tg_case_book *book, uint64_t place)
{
	size_t n = tg_case_book_after(book, place);

	return n > 0 && book->slots[n - 1].c->place == place ? book->slots[n - 1].c : NULL;
}

const tg_case *tg_case_book_find(const tg_case_book *book, const tg_reference *id)
{
	return find_place(book, tg_case_place(id->epoch, id->seq));
}

const tg_case *tg_case_book_at(const tg_case_book *book, size_t n)
{
	return n < book->count ? book->slots[n].c : NULL;
}

const char *tg_case_book_reference(char out[TG_REFERENCE_SIZE], const tg_case_book *book, uint64_t place)
{
	if (tg_reference_format(out, book->short_id, (uint32_t)(place >> 40), place & ((UINT64_C(1) << 40) - 1), NULL) != TG_OK)
		out[0] = '\0';
	return out;
}

/* ---- opening and forgetting ---- */

static bool room_for_one(tg_case_book *book)
{
	size_t room = book->room == 0 ? FIRST_ROOM : 2 * book->room;
	struct slot *slots;

	if (book->count < book->room)
		return true;
	slots = realloc(book->slots, room * sizeof(*slots));
	if (slots == NULL)
		return false;
	book->slots = slots;
	book->room = room;
	return true;
}

bool tg_case_book_is_full(const tg_case_book *book)
{
	return book->counts.open >= book->limits.open;
}

static tg_case *open_case(tg_case_book *book, const tg_case_event *event, uint64_t place, int64_t at_us)
{
	tg_case *c = room_for_one(book) ? calloc(1, sizeof(*c)) : NULL;

	if (c == NULL)
		return NULL;
	c->place = c->last = place;
	tg_case_book_reference(c->id, book, place);
	c->line = event->line;
	memcpy(c->code, event->code, sizeof(c->code));
	c->could_not_check = event->could_not_check;
	c->opened_us = at_us;
	book->slots[book->count++] = (struct slot){ hash_of(&c->line), c };
	book->counts.open++;
	return c;
}

/* The one that was settled longest ago. */
static void forget_one(tg_case_book *book)
{
	size_t oldest = book->count;

	for (size_t i = 0; i < book->count; i++) {
		const tg_case *c = book->slots[i].c;

		if (c->state == TG_CASE_SETTLED && (oldest == book->count || c->settled_at < book->slots[oldest].c->settled_at))
			oldest = i;
	}
	if (oldest == book->count)
		return;
	free(book->slots[oldest].c);
	memmove(&book->slots[oldest], &book->slots[oldest + 1], (book->count - oldest - 1) * sizeof(*book->slots));
	book->count--;
	book->counts.settled--;
	book->counts.forgotten++;
}

/* ---- events ---- */

static uint32_t left_of(const tg_case *c)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < TG_CASE_HOW_COUNT; i++)
		sum += c->left[i];
	return sum;
}

uint32_t tg_case_held(const tg_case *c)
{
	return c->quantity - left_of(c);
}

static void add_units(tg_case *c, uint32_t units)
{
	uint32_t room = TG_CASE_QUANTITY_MAX - c->quantity;

	c->quantity += units < room ? units : room;
}

static void take_units(tg_case *c, tg_case_how how, uint32_t units)
{
	uint32_t held = tg_case_held(c);

	c->over = c->over || units > held;
	c->left[how] += units < held ? units : held;
}

static void recount(tg_case *c, uint32_t there)
{
	uint32_t held = tg_case_held(c);

	if (there > held)
		add_units(c, there - held);
	else
		take_units(c, TG_CASE_MISCOUNTED, held - there);
}

/* When nothing is left of it. A case that was settled stays so: what comes later is another one. */
static void settle_if_empty(tg_case_book *book, tg_case *c, uint64_t place, int64_t at_us)
{
	if (c->state == TG_CASE_SETTLED || tg_case_held(c) > 0)
		return;
	c->state = TG_CASE_SETTLED;
	c->settled_at = place;
	c->settled_us = at_us;
	book->counts.open--;
	book->counts.settled++;
}

static void act(tg_case *c, const tg_case_event *event)
{
	bool open = c->state != TG_CASE_SETTLED;

	switch (event->kind) {
	case TG_CASE_IS_NOTE:
		c->notes++;
		break;
	case TG_CASE_IS_ASSIGNED:
		if (event->has_owner)
			memcpy(c->owner, event->owner, sizeof(c->owner));
		if (event->has_supplier)
			memcpy(c->supplier, event->supplier, sizeof(c->supplier));
		break;
	case TG_CASE_IS_STATE:
		if (open)
			c->state = event->state;
		break;
	case TG_CASE_IS_COUNT:
		if (open)
			recount(c, event->quantity);
		else
			c->over = true;
		break;
	case TG_CASE_IS_SETTLED:
		take_units(c, event->how, event->quantity);
		break;
	case TG_CASE_IS_REFUSED:
		c->refused++;
		break;
	case TG_CASE_IS_PUT_ASIDE:
	case TG_CASE_IS_OTHER:
		c->other++;
		break;
	}
}

/* The case of a check: the one it names, or the open one of its line, or a new one. */
static tg_case *case_of_check(tg_case_book *book, const tg_case_event *event, uint64_t place, int64_t at_us, int *rc)
{
	const tg_case *open = tg_case_book_find_open(book, &event->line);
	tg_case *c = event->opens ? (open != NULL ? find_place(book, open->place) : NULL) :
				    find_place(book, tg_case_place(event->id.epoch, event->id.seq));

	if (c != NULL && c->state == TG_CASE_SETTLED)
		c->over = true;
	if (c != NULL || !event->opens) {
		book->counts.strays += c == NULL;
		return c;
	}
	if (tg_case_book_is_full(book)) {
		book->counts.turned_away++;
		return NULL;
	}
	c = open_case(book, event, place, at_us);
	*rc = c != NULL ? TG_OK : TG_ENOMEM;
	return c;
}

const tg_case *tg_case_book_apply(tg_case_book *book, const tg_case_event *event, uint32_t epoch, uint64_t seq, int64_t at_us, int *rc)
{
	uint64_t place = tg_case_place(epoch, seq);
	int result = TG_OK;
	tg_case *c;

	if (event->kind == TG_CASE_IS_PUT_ASIDE) {
		c = case_of_check(book, event, place, at_us, &result);
	} else {
		c = find_place(book, tg_case_place(event->id.epoch, event->id.seq));
		book->counts.strays += c == NULL;
	}
	if (rc != NULL)
		*rc = result;
	if (c == NULL)
		return NULL;
	c->changed_us = at_us;
	if (event->kind == TG_CASE_IS_PUT_ASIDE) {
		if (c->state != TG_CASE_SETTLED)
			add_units(c, event->quantity);
		if (c->supplier[0] == '\0')
			memcpy(c->supplier, event->supplier, sizeof(c->supplier));
	} else {
		act(c, event);
		c->last = place;
	}
	settle_if_empty(book, c, place, at_us);
	while (book->counts.settled > book->limits.settled) {
		bool itself = book->limits.settled == 0;

		forget_one(book);
		if (itself)
			return NULL;
	}
	return c;
}

void tg_case_book_count(const tg_case_book *book, tg_case_book_counts *out)
{
	*out = book->counts;
}

/* ---- life ---- */

int tg_case_book_new(tg_case_book **out, const char *short_id, const tg_case_limits *limits, tg_error *err)
{
	tg_case_book *book = calloc(1, sizeof(*book));

	if (book == NULL)
		return tg_fail(err, TG_ENOMEM, "no memory for the cases of this station");
	snprintf(book->short_id, sizeof(book->short_id), "%s", short_id);
	book->limits = limits != NULL ? *limits : (tg_case_limits){ TG_CASES_OPEN_MAX, TG_CASES_SETTLED_MAX };
	*out = book;
	return TG_OK;
}

void tg_case_book_clear(tg_case_book *book)
{
	for (size_t i = 0; i < book->count; i++)
		free(book->slots[i].c);
	book->count = 0;
	book->counts = (tg_case_book_counts){ 0 };
}

void tg_case_book_free(tg_case_book *book)
{
	if (book == NULL)
		return;
	tg_case_book_clear(book);
	free(book->slots);
	free(book);
}
