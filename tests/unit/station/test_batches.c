/* SPDX-License-Identifier: Apache-2.0
 *
 * test_batches.c - what a station learns of batches from its own log, and when that lets a unit of an unknown batch go.
 *
 * The catalogue's statement of GTIN_BATCHES covers B2600 to B2699. Sales are asked without a batch unless said.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/gate/drill.h"
#include "plugin/station/batches.h"
#include "tests/unit/station/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <signal.h>

#define CASE_OF_BATCHES "19524000000030" /* indicator 1, the same item */
#define SITE_ROUNDS 24

static const char *day_text(int32_t day)
{
	static char text[TG_DAY_TEXT_SIZE];

	return tg_day_format(text, day);
}

static int32_t today(void)
{
	return tg_day_in_uk(tg_utc_now_us());
}

/* The policy says that deliveries are checked since `day`. */
static tg_station *open_since(station_fixture *f, int32_t day, bool service)
{
	f->goods_in_from = day_text(day);
	fixture_sync(f, 1, ++f->policy_version, tg_utc_now_us());
	return fixture_open(f, service);
}

static tg_check_answer check(tg_station *station, const char *label, tg_operation operation, const char *batch)
{
	tg_check_request request;
	tg_check_answer answer;

	tg_check_request_init(&request, operation);
	tg_check_request_label(&request, tg_view_str(label));
	snprintf(request.batch, sizeof(request.batch), "%s", batch);
	tg_station_check(&answer, station, &request);
	return answer;
}

static void goods_in(tg_station *station, const char *batch)
{
	assert_true(check(station, GTIN_BATCHES, TG_OP_GOODS_IN, batch).recorded);
}

static void expect_sold(tg_station *station)
{
	tg_check_answer a = check(station, GTIN_BATCHES, TG_OP_SALE, "");

	assert_int_equal(a.verdict.outcome, TG_ALLOW);
	assert_true(a.release.released && a.verdict.on_site_batches && a.recorded);
}

static void expect_held(tg_station *station)
{
	tg_check_answer a = check(station, GTIN_BATCHES, TG_OP_SALE, "");

	assert_int_equal(a.verdict.outcome, TG_HOLD);
	assert_false(a.release.released || a.verdict.on_site_batches);
	assert_string_equal(a.words.code, "batch-unknown");
}

/* ---- entries ---- */

static void an_entry_says_what_came_in(void **state)
{
	static const struct {
		const char *what, *entry;
		bool counts, came_in;
		const char *batch;
	} cases[] = {
		{ "goods-in", "\"kind\":\"check\",\"operation\":\"goods-in\",\"label\":{\"kind\":\"product\",\"gtin\":\"09524000000033\",\"batch\":\"B1\"}", true, true, "B1" },
		{ "goods-in that was held", "\"kind\":\"check\",\"operation\":\"goods-in\",\"outcome\":\"hold\",\"label\":{\"kind\":\"product\",\"gtin\":\"09524000000033\",\"batch\":\"B1\"}", true, true, "B1" },
		{ "goods-in without a batch", "\"kind\":\"check\",\"operation\":\"goods-in\",\"label\":{\"kind\":\"product\",\"gtin\":\"09524000000033\"}", true, true, "" },
		{ "return", "\"kind\":\"check\",\"operation\":\"return\",\"label\":{\"kind\":\"product\",\"gtin\":\"09524000000033\"}", true, true, "" },
		{ "sale of a known batch", "\"kind\":\"check\",\"operation\":\"sale\",\"label\":{\"kind\":\"product\",\"gtin\":\"09524000000033\",\"batch\":\"B1\"}", true, false, "B1" },
		{ "sale without a batch", "\"kind\":\"check\",\"operation\":\"sale\",\"label\":{\"kind\":\"product\",\"gtin\":\"09524000000033\"}", false, false, "" },
		{ "offer, which is not here", "\"kind\":\"check\",\"operation\":\"offer\",\"label\":{\"kind\":\"product\",\"gtin\":\"09524000000033\",\"batch\":\"B1\"}", false, false, "" },
		{ "test product", "\"kind\":\"check\",\"operation\":\"goods-in\",\"label\":{\"kind\":\"product\",\"gtin\":\"09529990000018\",\"batch\":\"B1\"}", false, false, "" },
		{ "in-store number", "\"kind\":\"check\",\"operation\":\"goods-in\",\"label\":{\"kind\":\"in-store\",\"number\":\"02000000000152\"}", false, false, "" },
		{ "news of a device", "\"kind\":\"device\",\"device\":\"x\",\"event\":\"goods-in\"", false, false, "" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_batches_seen seen;
		tg_json *entry = NULL;
		char text[400];
		bool counts;

		snprintf(text, sizeof(text), "{%s}", cases[i].entry);
		assert_int_equal(tg_json_parse(&entry, tg_view_str(text), NULL), TG_OK);
		counts = tg_batches_read(&seen, entry);
		tg_json_free(entry);
		if (counts != cases[i].counts)
			fail_msg("%s: %s", cases[i].what, counts ? "counts" : "does not count");
		if (counts && (seen.came_in != cases[i].came_in || strcmp(seen.batch, cases[i].batch) != 0))
			fail_msg("%s: batch \"%s\"", cases[i].what, seen.batch);
	}
}

/* ---- the ground ---- */

static void a_unit_of_unknown_batch_goes_if_all_that_came_are_covered(void **state)
{
	tg_station *station = open_since(*state, today(), true);

	expect_held(station);
	goods_in(station, "B2601");
	expect_sold(station);
	goods_in(station, "B2699");
	expect_sold(station);
	goods_in(station, "B2700");
	expect_held(station);
	tg_station_close(station);
	station = fixture_open(*state, true);
	expect_held(station);
	tg_station_close(station);
	station = fixture_open(*state, false);
	expect_held(station);
	tg_station_close(station);
}

static void it_is_remembered_over_a_restart_by_service_and_command(void **state)
{
	tg_station *station = open_since(*state, today(), false);

	goods_in(station, "B2601");
	expect_sold(station);
	for (int i = 0; i < 4; i++) {
		tg_station_close(station);
		station = fixture_open(*state, i % 2 == 0);
		expect_sold(station);
	}
	tg_station_close(station);
}

static void a_policy_that_says_nothing_lets_nothing_go(void **state)
{
	tg_station *station = fixture_open(*state, true);

	goods_in(station, "B2601");
	expect_held(station);
	tg_station_close(station);
}

static void a_log_that_does_not_reach_back_lets_nothing_go(void **state)
{
	tg_station *station = open_since(*state, today() - 1, true);

	goods_in(station, "B2601");
	expect_held(station);
	tg_station_close(station);
}

static void a_day_to_come_lets_nothing_go(void **state)
{
	tg_station *station = open_since(*state, today() + 2, true);

	goods_in(station, "B2601");
	expect_held(station);
	tg_station_close(station);
}

static void what_the_policy_states_later_is_taken_up_while_running(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);

	goods_in(station, "B2601");
	expect_held(station);
	f->goods_in_from = day_text(today());
	fixture_sync(f, 1, ++f->policy_version, tg_utc_now_us());
	assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	expect_sold(station);
	f->goods_in_from = day_text(today() - 1);
	fixture_sync(f, 1, ++f->policy_version, tg_utc_now_us());
	assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	expect_held(station);
	tg_station_close(station);
}

/* Each makes the list unknown, or holds what is not covered; in a service and after a restart. */
static void what_is_not_known_or_not_covered_holds_again(void **state)
{
	static const struct {
		const char *what, *label;
		tg_operation operation;
		const char *batch;
		bool held;
	} cases[] = {
		{ "goods-in without a batch", GTIN_BATCHES, TG_OP_GOODS_IN, "", true },
		{ "a return without a batch", GTIN_BATCHES, TG_OP_RETURN, "", true },
		{ "a return of another batch", GTIN_BATCHES, TG_OP_RETURN, "B2700", true },
		{ "a return of a covered batch", GTIN_BATCHES, TG_OP_RETURN, "B2650", false },
		{ "a sale of another batch that was refused", GTIN_BATCHES, TG_OP_SALE, "B2700", true },
		{ "another batch found on the shelf", GTIN_BATCHES, TG_OP_STOCK_CHECK, "B2700", true },
		{ "an offer of another batch", GTIN_BATCHES, TG_OP_OFFER, "B2700", false },
		{ "another product without a batch", GTIN_HELD, TG_OP_GOODS_IN, "", false },
		{ "a case of unknown batch", CASE_OF_BATCHES, TG_OP_GOODS_IN, "", true },
		{ "a case of another batch", CASE_OF_BATCHES, TG_OP_GOODS_IN, "B2700", true },
		{ "a case of a covered batch", CASE_OF_BATCHES, TG_OP_GOODS_IN, "B2650", false },
	};

	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_station *station;

		if (i > 0) {
			fixture_teardown(state);
			fixture_setup(state);
		}
		station = open_since(*state, today(), true);
		goods_in(station, "B2601");
		expect_sold(station);
		(void)check(station, cases[i].label, cases[i].operation, cases[i].batch);
		for (int again = 0; again < 2; again++) {
			bool sold = check(station, GTIN_BATCHES, TG_OP_SALE, "").release.released;

			if (sold == cases[i].held)
				fail_msg("%s%s: %s", cases[i].what, again ? ", after a restart" : "", sold ? "sold" : "held");
			tg_station_close(station);
			station = fixture_open(*state, again == 0);
		}
		tg_station_close(station);
	}
}

static void only_seen_is_not_received(void **state)
{
	tg_station *station = open_since(*state, today(), true);

	assert_true(check(station, GTIN_BATCHES, TG_OP_SALE, "B2650").release.released);
	expect_held(station);
	tg_station_close(station);
}

static void goods_in_and_sale_in_one_batch_of_checks(void **state)
{
	tg_station *station = open_since(*state, today(), true);
	tg_check_request requests[2];
	tg_check_answer answers[2];

	goods_in(station, "B2601");
	tg_check_request_init(&requests[0], TG_OP_GOODS_IN);
	tg_check_request_init(&requests[1], TG_OP_SALE);
	for (size_t i = 0; i < 2; i++)
		tg_check_request_label(&requests[i], tg_view_str(GTIN_BATCHES));
	strcpy(requests[0].batch, "B2700");
	tg_station_check_many(answers, station, requests, 2);
	assert_int_equal(answers[1].verdict.outcome, TG_HOLD);
	tg_station_close(station);
}

static void more_batches_than_are_kept_are_not_known(void **state)
{
	tg_station *station = open_since(*state, today(), true);
	char batch[16];

	for (int i = 0; i <= TG_SITE_BATCHES_MAX; i++) {
		snprintf(batch, sizeof(batch), "B26%02d", i);
		goods_in(station, batch);
		if (i < TG_SITE_BATCHES_MAX)
			continue;
		expect_held(station);
	}
	tg_station_close(station);
	station = fixture_open(*state, true);
	expect_held(station);
	tg_station_close(station);
}

static void limit_files(rlim_t bytes)
{
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ bytes, RLIM_INFINITY }), 0);
}

static void what_came_in_while_nothing_could_be_recorded_is_not_known(void **state)
{
	tg_station *station = open_since(*state, today(), true);

	goods_in(station, "B2601");
	limit_files(0);
	assert_false(check(station, GTIN_OUT, TG_OP_SALE, "").recorded);
	limit_files(RLIM_INFINITY);
	expect_sold(station); /* a sale that could not be recorded brought nothing in */
	limit_files(0);
	assert_false(check(station, GTIN_BATCHES, TG_OP_GOODS_IN, "B2602").recorded);
	limit_files(RLIM_INFINITY);
	expect_held(station);
	tg_station_close(station);
	station = fixture_open(*state, true);
	expect_held(station);
	tg_station_close(station);
}

static void a_test_product_never_came_in(void **state)
{
	tg_station *station = open_since(*state, today(), true);
	char *log;

	assert_true(check(station, tg_drills[TG_DRILL_ALLOW].digits, TG_OP_GOODS_IN, "").drill);
	assert_false(check(station, GTIN_HELD, TG_OP_GOODS_IN, "").drill);
	log = fixture_log(station);
	assert_int_equal(fixture_count(log, "\"drill\":true"), 1);
	free(log);
	tg_station_close(station);
}

/* ---- any sequence ---- */

static unsigned roll(uint64_t *seed, unsigned sides)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (unsigned)(*seed * UINT64_C(2685821657736338717) >> 33) % sides;
}

/* Sold without a batch only if every unit that came was of a covered batch and none of an unknown one; restarts change nothing. */
static void it_never_allows_more_than_what_came_in_allows(void **state)
{
	static const char *const batches[] = { "", "B2600", "B2650", "B2699", "B2700", "X" };
	uint64_t seed = UINT64_C(0x9521234543213);
	unsigned sold = 0;

	for (int round = 0; round < SITE_ROUNDS; round++) {
		bool came = false, spoilt = false;
		tg_station *station;

		if (round > 0) {
			fixture_teardown(state);
			fixture_setup(state);
		}
		station = open_since(*state, today(), roll(&seed, 2) == 0);
		for (int step = 0; step < 8; step++) {
			unsigned n = roll(&seed, 8) == 0 ? roll(&seed, 6) : 1 + roll(&seed, 3);
			tg_operation op = (tg_operation)roll(&seed, TG_OP_COUNT);
			bool comes = op == TG_OP_GOODS_IN || op == TG_OP_RETURN, released;

			(void)check(station, GTIN_BATCHES, op, batches[n]);
			came = came || comes;
			spoilt = spoilt || (n == 0 && comes) || (n >= 4 && op != TG_OP_OFFER);
			if (roll(&seed, 3) == 0) {
				tg_station_close(station);
				station = fixture_open(*state, roll(&seed, 2) == 0);
			}
			released = check(station, GTIN_BATCHES, TG_OP_SALE, "").release.released;
			if (released != (came && !spoilt))
				fail_msg("round %d, step %d: %s", round, step, released ? "sold" : "held");
			sold += released;
		}
		tg_station_close(station);
	}
	assert_true(sold > SITE_ROUNDS);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
#define SYNCED(test) cmocka_unit_test_setup_teardown(test, fixture_setup_synced, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_says_what_came_in),
		FRESH(a_unit_of_unknown_batch_goes_if_all_that_came_are_covered),
		FRESH(it_is_remembered_over_a_restart_by_service_and_command),
		SYNCED(a_policy_that_says_nothing_lets_nothing_go),
		FRESH(a_log_that_does_not_reach_back_lets_nothing_go),
		FRESH(a_day_to_come_lets_nothing_go),
		SYNCED(what_the_policy_states_later_is_taken_up_while_running),
		FRESH(what_is_not_known_or_not_covered_holds_again),
		FRESH(only_seen_is_not_received),
		FRESH(goods_in_and_sale_in_one_batch_of_checks),
		FRESH(more_batches_than_are_kept_are_not_known),
		FRESH(what_came_in_while_nothing_could_be_recorded_is_not_known),
		FRESH(a_test_product_never_came_in),
		FRESH(it_never_allows_more_than_what_came_in_allows),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
