/* SPDX-License-Identifier: Apache-2.0
 *
 * test_case_book.c - the fold of a log into cases: order, limits, what a damaged or newer log says, and that every beginning of a log
 * gives the book as it stood then.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/station/case_book.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 40
#define STEPS 400

static tg_case_event put_aside(uint64_t gtin, const char *batch, const char *row, const char *delivery)
{
	tg_case_event e = { .kind = TG_CASE_IS_PUT_ASIDE, .opens = true, .quantity = 1 };

	e.line.number = gtin;
	e.line.operation = TG_OP_GOODS_IN;
	snprintf(e.line.batch, sizeof(e.line.batch), "%s", batch);
	snprintf(e.line.row, sizeof(e.line.row), "%s", row);
	snprintf(e.line.delivery, sizeof(e.line.delivery), "%s", delivery);
	strcpy(e.code, "no-soc");
	return e;
}

static tg_case_event act(tg_case_kind kind, uint32_t epoch, uint64_t seq)
{
	return (tg_case_event){ .kind = kind, .id = { "T1", epoch, seq } };
}

static tg_case_event settle(uint64_t seq, tg_case_how how, uint32_t quantity)
{
	tg_case_event e = act(TG_CASE_IS_SETTLED, 1, seq);

	e.how = how;
	e.quantity = quantity;
	return e;
}

static tg_case_event count(uint64_t seq, uint32_t quantity)
{
	tg_case_event e = act(TG_CASE_IS_COUNT, 1, seq);

	e.quantity = quantity;
	return e;
}

static tg_case_book *new_book(size_t open, size_t settled)
{
	tg_case_book *book = NULL;

	assert_int_equal(tg_case_book_new(&book, "T1", open > 0 ? &(tg_case_limits){ open, settled } : NULL, NULL), TG_OK);
	return book;
}

static const tg_case *apply(tg_case_book *book, tg_case_event event, uint64_t seq)
{
	int rc;
	const tg_case *c = tg_case_book_apply(book, &event, 1, seq, (int64_t)seq * 10, &rc);

	assert_int_equal(rc, TG_OK);
	return c;
}

static tg_case_book_counts counts_of(const tg_case_book *book)
{
	tg_case_book_counts counts;

	tg_case_book_count(book, &counts);
	return counts;
}

/* ---- lines ---- */

static void forty_units_of_one_line_are_one_case(void **state)
{
	tg_case_book *book = new_book(0, 0);
	const tg_case *c = NULL;

	(void)state;
	for (uint64_t seq = 5; seq < 45; seq++)
		c = apply(book, put_aside(1, "B1", "16", "D1"), seq);
	assert_int_equal(counts_of(book).open, 1);
	assert_int_equal(tg_case_held(c), 40);
	assert_int_equal(c->quantity, 40);
	assert_string_equal(c->id, tg_case_book_reference((char[TG_REFERENCE_SIZE]){ 0 }, book, tg_case_place(1, 5)));
	assert_true(c->opened_us == 50 && c->changed_us == 440);
	tg_case_book_free(book);
}

static void what_differs_is_another_case(void **state)
{
	tg_case_book *book = new_book(0, 0);
	tg_case_event event = put_aside(1, "B1", "16", "D1");

	(void)state;
	(void)apply(book, event, 1);
	(void)apply(book, put_aside(2, "B1", "16", "D1"), 2);
	(void)apply(book, put_aside(1, "B2", "16", "D1"), 3);
	(void)apply(book, put_aside(1, "", "16", "D1"), 4);
	(void)apply(book, put_aside(1, "B1", "9", "D1"), 5);
	(void)apply(book, put_aside(1, "B1", "16", "D2"), 6);
	event.line.operation = TG_OP_RETURN;
	(void)apply(book, event, 7);
	event.line.unit = TG_UNIT_FAULTY;
	(void)apply(book, event, 8);
	assert_int_equal(counts_of(book).open, 8);
	for (size_t n = 1; n < 8; n++)
		assert_true(tg_case_book_at(book, n - 1)->place < tg_case_book_at(book, n)->place);
	assert_null(tg_case_book_at(book, 8));
	tg_case_book_free(book);
}

static void a_settled_line_opens_anew(void **state)
{
	tg_case_book *book = new_book(0, 0);
	const tg_case *c;

	(void)state;
	(void)apply(book, put_aside(1, "", "16", ""), 1);
	c = apply(book, settle(1, TG_CASE_RELEASED, 1), 2);
	assert_int_equal(c->state, TG_CASE_SETTLED);
	assert_true(c->settled_us == 20);
	c = apply(book, put_aside(1, "", "16", ""), 3);
	assert_true(c->place == tg_case_place(1, 3));
	assert_int_equal(counts_of(book).open, 1);
	assert_int_equal(counts_of(book).settled, 1);
	tg_case_book_free(book);
}

/* ---- units ---- */

static void units_leave_in_parts_and_the_last_settles(void **state)
{
	tg_case_book *book = new_book(0, 0);
	const tg_case *c;

	(void)state;
	(void)apply(book, put_aside(1, "", "16", ""), 1);
	c = apply(book, count(1, 40), 2);
	assert_int_equal(tg_case_held(c), 40);
	c = apply(book, settle(1, TG_CASE_RELEASED, 30), 3);
	assert_int_equal(c->state, TG_CASE_OPEN);
	c = apply(book, count(1, 8), 4);
	assert_int_equal(c->left[TG_CASE_MISCOUNTED], 2);
	c = apply(book, settle(1, TG_CASE_RETURNED, 5), 5);
	c = apply(book, settle(1, TG_CASE_SCRAPPED, 3), 6);
	assert_int_equal(c->state, TG_CASE_SETTLED);
	assert_true(c->quantity == 40 && c->left[TG_CASE_RELEASED] == 30 && c->left[TG_CASE_RETURNED] == 5 &&
		c->left[TG_CASE_SCRAPPED] == 3 && !c->over);
	tg_case_book_free(book);
}

static void a_count_of_none_settles(void **state)
{
	tg_case_book *book = new_book(0, 0);

	(void)state;
	(void)apply(book, put_aside(1, "", "16", ""), 1);
	assert_int_equal(apply(book, count(1, 0), 2)->state, TG_CASE_SETTLED);
	tg_case_book_free(book);
}

/* A second settlement of the same units, as a log of another hand may hold it. */
static void more_than_was_there_is_said_and_never_counted(void **state)
{
	tg_case_book *book = new_book(0, 0);
	const tg_case *c;

	(void)state;
	(void)apply(book, put_aside(1, "", "16", ""), 1);
	(void)apply(book, count(1, 3), 2);
	c = apply(book, settle(1, TG_CASE_RELEASED, 2), 3);
	assert_false(c->over);
	c = apply(book, settle(1, TG_CASE_RELEASED, 2), 4);
	assert_true(c->over && c->left[TG_CASE_RELEASED] == 3 && tg_case_held(c) == 0);
	c = apply(book, settle(1, TG_CASE_SCRAPPED, TG_CASE_QUANTITY_MAX), 5);
	assert_true(c->left[TG_CASE_SCRAPPED] == 0 && tg_case_held(c) == 0);
	c = apply(book, count(1, 9), 6);
	assert_true(c->state == TG_CASE_SETTLED && tg_case_held(c) == 0);
	tg_case_book_free(book);
}

static void no_number_of_units_runs_over(void **state)
{
	tg_case_book *book = new_book(0, 0);
	const tg_case *c;

	(void)state;
	(void)apply(book, put_aside(1, "", "16", ""), 1);
	for (uint64_t seq = 2; seq < 5000; seq += 2) {
		c = apply(book, count(1, TG_CASE_QUANTITY_MAX), seq);
		assert_true(c->quantity <= TG_CASE_QUANTITY_MAX);
		c = apply(book, settle(1, TG_CASE_RELEASED, 1), seq + 1);
		assert_true(tg_case_held(c) <= c->quantity);
	}
	tg_case_book_free(book);
}

/* ---- what a log may hold besides ---- */

static void events_of_a_newer_version_are_counted_and_change_nothing(void **state)
{
	tg_case_book *book = new_book(0, 0);
	const tg_case *c;

	(void)state;
	(void)apply(book, put_aside(1, "", "16", ""), 1);
	c = apply(book, act(TG_CASE_IS_OTHER, 1, 1), 2);
	assert_true(c->other == 1 && c->state == TG_CASE_OPEN && tg_case_held(c) == 1);
	assert_true(c->last == tg_case_place(1, 2));
	tg_case_book_free(book);
}

static void events_of_cases_that_are_not_here_are_strays(void **state)
{
	tg_case_book *book = new_book(0, 0);
	tg_case_event unit = put_aside(1, "", "16", "");

	(void)state;
	assert_null(apply(book, act(TG_CASE_IS_NOTE, 1, 1), 2));
	assert_null(apply(book, act(TG_CASE_IS_NOTE, 7, 1), 3));
	unit.opens = false;
	unit.id = (tg_reference){ "T1", 1, 1 };
	assert_null(apply(book, unit, 4));
	assert_int_equal(counts_of(book).strays, 3);
	assert_int_equal(counts_of(book).open, 0);
	tg_case_book_free(book);
}

static void epochs_keep_their_cases(void **state)
{
	tg_case_book *book = new_book(0, 0);
	tg_case_event a = put_aside(1, "", "16", ""), b = put_aside(2, "", "16", ""), note = act(TG_CASE_IS_NOTE, 1, 9);

	(void)state;
	(void)tg_case_book_apply(book, &a, 1, 9, 1, NULL);
	(void)tg_case_book_apply(book, &b, 2, 3, 2, NULL);
	assert_int_equal(tg_case_book_apply(book, &note, 2, 4, 3, NULL)->notes, 1);
	assert_true(tg_case_book_find(book, &(tg_reference){ "T1", 2, 3 })->line.number == 2);
	assert_null(tg_case_book_find(book, &(tg_reference){ "T1", 1, 3 }));
	tg_case_book_free(book);
}

static void a_state_that_people_set_does_not_outlast_the_settlement(void **state)
{
	tg_case_book *book = new_book(0, 0);
	tg_case_event set = act(TG_CASE_IS_STATE, 1, 1);

	(void)state;
	(void)apply(book, put_aside(1, "", "16", ""), 1);
	set.state = TG_CASE_THEIRS;
	assert_int_equal(apply(book, set, 2)->state, TG_CASE_THEIRS);
	(void)apply(book, settle(1, TG_CASE_SCRAPPED, 1), 3);
	set.state = TG_CASE_OURS;
	assert_int_equal(apply(book, set, 4)->state, TG_CASE_SETTLED);
	assert_int_equal(counts_of(book).open, 0);
	tg_case_book_free(book);
}

static void the_first_supplier_stays_until_somebody_says_another(void **state)
{
	tg_case_book *book = new_book(0, 0);
	tg_case_event unit = put_aside(1, "", "16", ""), assign = act(TG_CASE_IS_ASSIGNED, 1, 1);

	(void)state;
	(void)apply(book, unit, 1);
	strcpy(unit.supplier, "Smith");
	(void)apply(book, unit, 2);
	strcpy(unit.supplier, "Jones");
	assert_string_equal(apply(book, unit, 3)->supplier, "Smith");
	assign.has_supplier = true;
	strcpy(assign.supplier, "Brown");
	assert_string_equal(apply(book, assign, 4)->supplier, "Brown");
	tg_case_book_free(book);
}

/* ---- limits ---- */

static void past_the_limit_units_are_counted_and_said(void **state)
{
	tg_case_book *book = new_book(3, 2);

	(void)state;
	for (uint64_t n = 1; n <= 5; n++)
		(void)apply(book, put_aside(n, "", "16", ""), n);
	assert_int_equal(counts_of(book).open, 3);
	assert_int_equal(counts_of(book).turned_away, 2);
	assert_true(tg_case_book_is_full(book));
	assert_non_null(apply(book, put_aside(2, "", "16", ""), 6)); /* one more of a case that is there */
	(void)apply(book, settle(1, TG_CASE_SCRAPPED, 1), 7);
	assert_false(tg_case_book_is_full(book));
	assert_non_null(apply(book, put_aside(9, "", "16", ""), 8));
	tg_case_book_free(book);
}

static void the_newest_settled_ones_are_kept(void **state)
{
	tg_case_book *book = new_book(9, 2);

	(void)state;
	for (uint64_t n = 1; n <= 4; n++)
		(void)apply(book, put_aside(n, "", "16", ""), n);
	(void)apply(book, settle(3, TG_CASE_SCRAPPED, 1), 5);
	(void)apply(book, settle(1, TG_CASE_SCRAPPED, 1), 6);
	(void)apply(book, settle(4, TG_CASE_SCRAPPED, 1), 7);
	assert_int_equal(counts_of(book).settled, 2);
	assert_int_equal(counts_of(book).forgotten, 1);
	assert_null(tg_case_book_find(book, &(tg_reference){ "T1", 1, 3 }));
	assert_non_null(tg_case_book_find(book, &(tg_reference){ "T1", 1, 1 }));
	assert_non_null(tg_case_book_find(book, &(tg_reference){ "T1", 1, 2 }));
	tg_case_book_free(book);
}

/* ---- any log ---- */

static unsigned roll(uint64_t *seed, unsigned sides)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (unsigned)(*seed * UINT64_C(2685821657736338717) >> 33) % sides;
}

static tg_case_event any_event(uint64_t *seed, uint64_t seq)
{
	static const char *const batches[] = { "", "B1", "B2" }, *const deliveries[] = { "", "D1" };
	tg_case_event e = put_aside(1 + roll(seed, 4), batches[roll(seed, 3)], roll(seed, 2) ? "16" : "9", deliveries[roll(seed, 2)]);

	if (roll(seed, 3) == 0) {
		e.opens = roll(seed, 3) > 0;
		e.id = (tg_reference){ "T1", 1, roll(seed, (unsigned)seq + 2) };
		return e;
	}
	e = act((tg_case_kind)(TG_CASE_IS_NOTE + roll(seed, 7)), 1, roll(seed, (unsigned)seq + 2));
	e.state = (tg_case_state)roll(seed, TG_CASE_SETTLED);
	e.how = (tg_case_how)roll(seed, TG_CASE_HOW_COUNT);
	e.quantity = roll(seed, 5);
	e.has_owner = roll(seed, 2);
	strcpy(e.owner, roll(seed, 2) ? "buyer" : "quality");
	return e;
}

static void expect_equal_books(const tg_case_book *a, const tg_case_book *b, size_t step)
{
	tg_case_book_counts ca = counts_of(a), cb = counts_of(b);
	const tg_case *x, *y;

	assert_memory_equal(&ca, &cb, sizeof(ca));
	for (size_t n = 0; (x = tg_case_book_at(a, n)) != NULL; n++) {
		y = tg_case_book_at(b, n);
		if (y == NULL || memcmp(x, y, sizeof(*x)) != 0)
			fail_msg("after %zu entries case %s differs", step, x->id);
	}
}

/* What must be true of a book, whatever it was told. */
static void expect_sense(const tg_case_book *book, size_t open_max, size_t settled_max)
{
	tg_case_book_counts counts = counts_of(book);
	size_t open = 0, settled = 0;
	const tg_case *c;

	for (size_t n = 0; (c = tg_case_book_at(book, n)) != NULL; n++) {
		uint32_t left = 0;

		for (size_t how = 0; how < TG_CASE_HOW_COUNT; how++)
			left += c->left[how];
		assert_true(left <= c->quantity && (left == c->quantity) == (c->state == TG_CASE_SETTLED));
		assert_true((c->settled_at != 0) == (c->state == TG_CASE_SETTLED));
		assert_true(c->last >= c->place);
		open += c->state != TG_CASE_SETTLED;
		settled += c->state == TG_CASE_SETTLED;
	}
	assert_true(open == counts.open && settled == counts.settled && open <= open_max && settled <= settled_max);
}

static void every_beginning_of_a_log_gives_the_book_as_it_stood_then(void **state)
{
	static tg_case_event events[STEPS];
	uint64_t seed = UINT64_C(0x952400001);

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		tg_case_book *live = new_book(6, 4);

		for (size_t n = 0; n < STEPS; n++) {
			events[n] = any_event(&seed, n);
			(void)apply(live, events[n], n);
			expect_sense(live, 6, 4);
			if (roll(&seed, 40) == 0 || n + 1 == STEPS) {
				tg_case_book *again = new_book(6, 4);

				for (size_t k = 0; k <= n; k++)
					(void)apply(again, events[k], k);
				expect_equal_books(live, again, n + 1);
				tg_case_book_free(again);
			}
		}
		tg_case_book_free(live);
	}
}

static void a_cleared_book_is_a_new_one(void **state)
{
	tg_case_book *book = new_book(0, 0);

	(void)state;
	(void)apply(book, put_aside(1, "", "16", ""), 1);
	tg_case_book_clear(book);
	assert_null(tg_case_book_at(book, 0));
	assert_int_equal(counts_of(book).open, 0);
	assert_non_null(apply(book, put_aside(1, "", "16", ""), 1));
	tg_case_book_free(book);
	tg_case_book_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forty_units_of_one_line_are_one_case),
		cmocka_unit_test(what_differs_is_another_case),
		cmocka_unit_test(a_settled_line_opens_anew),
		cmocka_unit_test(units_leave_in_parts_and_the_last_settles),
		cmocka_unit_test(a_count_of_none_settles),
		cmocka_unit_test(more_than_was_there_is_said_and_never_counted),
		cmocka_unit_test(no_number_of_units_runs_over),
		cmocka_unit_test(events_of_a_newer_version_are_counted_and_change_nothing),
		cmocka_unit_test(events_of_cases_that_are_not_here_are_strays),
		cmocka_unit_test(epochs_keep_their_cases),
		cmocka_unit_test(a_state_that_people_set_does_not_outlast_the_settlement),
		cmocka_unit_test(the_first_supplier_stays_until_somebody_says_another),
		cmocka_unit_test(past_the_limit_units_are_counted_and_said),
		cmocka_unit_test(the_newest_settled_ones_are_kept),
		cmocka_unit_test(every_beginning_of_a_log_gives_the_book_as_it_stood_then),
		cmocka_unit_test(a_cleared_book_is_a_new_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
