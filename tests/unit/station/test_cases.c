/* SPDX-License-Identifier: Apache-2.0
 *
 * test_cases.c - cases of a whole station: what opens one, that they are the same after a restart, by service and by command.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/gate/drill.h"
#include "plugin/station/case_act.h"
#include "plugin/station/case_show.h"
#include "tests/unit/station/fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define THREADS 8
#define UNITS 12

static tg_check_answer check(tg_station *station, const char *label, tg_operation operation, const char *delivery)
{
	tg_check_request request;
	tg_check_answer answer;

	tg_check_request_init(&request, operation);
	tg_check_request_label(&request, tg_view_str(label));
	snprintf(request.delivery, sizeof(request.delivery), "%s", delivery);
	tg_station_check(&answer, station, &request);
	return answer;
}

/* All cases, as the API lists them; the caller's. */
static tg_json *list(tg_station *station)
{
	tg_case_filter filter = { .any = true, .count = TG_CASE_PAGE_MAX };
	tg_json *json = NULL;
	tg_error err = { 0 };

	if (tg_case_list(&json, station, &filter, &err) != TG_OK)
		fail_msg("%s", err.msg);
	return json;
}

static char *text_of(const tg_json *json)
{
	char *text;
	tg_buf out;

	tg_buf_init(&out, 1 << 24);
	assert_int_equal(tg_json_write_jcs(&out, json, NULL), TG_OK);
	text = strdup(tg_buf_text(&out));
	tg_buf_fini(&out);
	return text;
}

static size_t case_count(tg_station *station)
{
	tg_json *json = list(station);
	size_t count = tg_json_size(tg_json_get(json, "cases"));

	tg_json_free(json);
	return count;
}

static void expect_held(tg_station *station, const char *id, int64_t held)
{
	tg_reference reference;
	tg_json *json = NULL;

	assert_int_equal(tg_reference_parse(&reference, id, NULL), TG_OK);
	assert_int_equal(tg_case_show(&json, station, &reference, 0, NULL), TG_OK);
	assert_int_equal(tg_json_int(tg_json_get(tg_json_get(json, "case"), "held")), held);
	tg_json_free(json);
}

static int act(tg_station *station, tg_case_do what, const char *id, const char *members, tg_error *err)
{
	tg_case_done *done = calloc(1, sizeof(*done));
	tg_case_request request;
	tg_json *json = NULL;
	char text[600];
	int rc;

	snprintf(text, sizeof(text), "{\"id\":\"%s\"%s%s}", id, members[0] != '\0' ? "," : "", members);
	rc = tg_json_parse(&json, tg_view_str(text), err);
	if (rc == TG_OK)
		rc = tg_case_request_from_json(&request, what, json, err);
	if (rc == TG_OK)
		rc = tg_case_act(done, station, &request, err);
	tg_json_free(json);
	free(done);
	return rc;
}

static void expect_done(tg_station *station, tg_case_do what, const char *id, const char *members)
{
	tg_error err = { 0 };

	if (act(station, what, id, members, &err) != TG_OK)
		fail_msg("%s", err.msg);
}

/* ---- what opens one ---- */

static void only_a_product_withheld_as_it_comes_in_is_put_aside(void **state)
{
	static const struct {
		const char *what, *label;
		tg_operation operation;
		bool opens;
	} cases[] = {
		{ "goods-in without a statement", GTIN_NO_SOC, TG_OP_GOODS_IN, true },
		{ "goods-in of what nobody assessed", GTIN_UNKNOWN, TG_OP_GOODS_IN, true },
		{ "return without a statement", GTIN_NO_SOC, TG_OP_RETURN, true },
		{ "goods-in that may stay", GTIN_HELD, TG_OP_GOODS_IN, false },
		{ "a sale that was blocked", GTIN_NO_SOC, TG_OP_SALE, false },
		{ "a dispatch that was blocked", GTIN_NO_SOC, TG_OP_DISPATCH, false },
		{ "a label that cannot be read", BAD_CHECK_DIGIT, TG_OP_GOODS_IN, false },
		{ "a card", CARD, TG_OP_GOODS_IN, false },
		{ "an in-store number nobody answers for", IN_STORE_OTHER, TG_OP_GOODS_IN, false },
		{ "a test product", NULL, TG_OP_GOODS_IN, false },
	};
	tg_station *station = fixture_open(*state, true);
	size_t count = 0;

	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		const char *label = cases[i].label != NULL ? cases[i].label : tg_drills[TG_DRILL_BLOCK].digits;
		tg_check_answer answer = check(station, label, cases[i].operation, "");

		count += cases[i].opens;
		if ((answer.case_id[0] != '\0') != cases[i].opens || answer.no_case != NULL || case_count(station) != count)
			fail_msg("%s: case \"%s\", %s", cases[i].what, answer.case_id, answer.words.code);
		if (cases[i].opens)
			assert_string_equal(answer.case_id, answer.reference);
	}
	tg_station_close(station);
}

static void what_is_only_observed_is_not_put_aside(void **state)
{
	station_fixture *f = *state;
	tg_station *station;

	f->mode = "observe";
	fixture_sync(f, 1, 2, tg_utc_now_us());
	station = fixture_open(f, true);
	assert_string_equal(check(station, GTIN_NO_SOC, TG_OP_GOODS_IN, "").case_id, "");
	assert_int_equal(case_count(station), 0);
	tg_station_close(station);
}

/* Nobody knows what it is worth: it waits all the same, and for its own reason. */
static void what_could_not_be_checked_is_put_aside(void **state)
{
	tg_station *station = fixture_open(*state, true); /* no catalogue */
	tg_check_answer answer = check(station, GTIN_HELD, TG_OP_GOODS_IN, "D1");
	tg_json *json = list(station);
	const tg_json *one = tg_json_first(tg_json_get(json, "cases"));

	assert_true(answer.verdict.could_not_check);
	assert_string_equal(answer.case_id, answer.reference);
	assert_true(tg_json_bool(tg_json_get(one, "could_not_check")));
	assert_string_equal(tg_json_str(tg_json_get(one, "row")), "31");
	tg_json_free(json);
	tg_station_close(station);
}

static void units_of_one_line_join_their_case(void **state)
{
	tg_station *station = fixture_open(*state, true);
	tg_check_answer first = check(station, GTIN_NO_SOC, TG_OP_GOODS_IN, "D1");
	char *log;

	for (int n = 1; n < 40; n++)
		assert_string_equal(check(station, GTIN_NO_SOC, TG_OP_GOODS_IN, "D1").case_id, first.case_id);
	assert_string_not_equal(check(station, GTIN_NO_SOC, TG_OP_GOODS_IN, "D2").case_id, first.case_id);
	assert_string_not_equal(check(station, GTIN_NO_SOC, TG_OP_RETURN, "D1").case_id, first.case_id);
	expect_held(station, first.case_id, 40);
	log = fixture_log(station);
	assert_int_equal(fixture_count(log, "\"case\":\"new\""), 3);
	free(log);
	tg_station_close(station);
}

static void checks_of_one_batch_join_each_other(void **state)
{
	tg_station *station = fixture_open(*state, true);
	tg_check_request requests[6];
	tg_check_answer answers[6];

	for (size_t i = 0; i < 6; i++) {
		tg_check_request_init(&requests[i], TG_OP_GOODS_IN);
		tg_check_request_label(&requests[i], tg_view_str(i % 3 == 0 ? GTIN_HELD : i % 3 == 1 ? GTIN_NO_SOC : GTIN_UNKNOWN));
	}
	tg_station_check_many(answers, station, requests, 6);
	assert_string_equal(answers[0].case_id, "");
	assert_string_equal(answers[1].case_id, answers[1].reference);
	assert_string_equal(answers[2].case_id, answers[2].reference);
	assert_string_equal(answers[4].case_id, answers[1].case_id);
	assert_string_equal(answers[5].case_id, answers[2].case_id);
	expect_held(station, answers[1].case_id, 2);
	tg_station_close(station);
}

static void *goods_in_thread(void *station)
{
	for (int n = 0; n < UNITS; n++)
		(void)check(station, n % 2 == 0 ? GTIN_NO_SOC : GTIN_UNKNOWN, TG_OP_GOODS_IN, "D1");
	return NULL;
}

static void lanes_at_once_make_the_cases_that_the_log_tells(void **state)
{
	tg_station *station = fixture_open(*state, true);
	pthread_t threads[THREADS];
	tg_json *before, *after;
	char *a, *b;

	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, goods_in_thread, station), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(case_count(station), 2);
	before = list(station);
	tg_station_close(station);
	station = fixture_open(*state, true);
	after = list(station);
	a = text_of(before);
	b = text_of(after);
	assert_string_equal(a, b);
	assert_int_equal(fixture_count(a, "\"held\":48"), 2);
	tg_json_free(before);
	tg_json_free(after);
	free(a);
	free(b);
	tg_station_close(station);
}

static void without_a_record_there_is_no_case(void **state)
{
	tg_station *station = fixture_open(*state, true);
	tg_check_answer answer;

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, RLIM_INFINITY }), 0);
	answer = check(station, GTIN_NO_SOC, TG_OP_GOODS_IN, "");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY }), 0);
	assert_true(!answer.recorded && answer.case_id[0] == '\0');
	assert_int_equal(case_count(station), 0);
	tg_station_close(station);
}

/* ---- what people do ---- */

static void acts_are_entries_and_survive_as_they_were(void **state)
{
	tg_station *station = fixture_open(*state, true);
	tg_check_answer opener = check(station, GTIN_NO_SOC, TG_OP_GOODS_IN, "D1");
	tg_json *before, *json;
	tg_reference id;
	char *a, *b;

	expect_done(station, TG_CASE_DO_NOTE, opener.case_id, "\"text\":\"box is wet\",\"device\":\"dock\"");
	expect_done(station, TG_CASE_DO_ASSIGN, opener.case_id, "\"owner\":\"buyer\",\"supplier\":\"Smith\"");
	expect_done(station, TG_CASE_DO_STATE, opener.case_id, "\"state\":\"theirs\"");
	expect_done(station, TG_CASE_DO_COUNT, opener.case_id, "\"quantity\":40,\"held\":1");
	before = list(station);
	a = text_of(before);
	tg_json_free(before);
	for (int again = 0; again < 3; again++) {
		tg_station_close(station);
		station = fixture_open(*state, again != 1);
		before = list(station);
		b = text_of(before);
		assert_string_equal(a, b);
		tg_json_free(before);
		free(b);
	}
	assert_int_equal(tg_reference_parse(&id, opener.case_id, NULL), TG_OK);
	assert_int_equal(tg_case_show(&json, station, &id, 0, NULL), TG_OK);
	assert_int_equal(tg_json_size(tg_json_get(json, "history")), 4);
	b = text_of(json);
	assert_int_equal(fixture_count(b, "box is wet"), 1);
	assert_int_equal(fixture_count(b, "\"case\":\"new\""), 1);
	tg_json_free(json);
	free(a);
	free(b);
	tg_station_close(station);
}

static void what_does_not_fit_is_refused_with_words(void **state)
{
	tg_station *station = fixture_open(*state, true);
	tg_check_answer opener = check(station, GTIN_NO_SOC, TG_OP_GOODS_IN, "D1"), sale = check(station, GTIN_HELD, TG_OP_SALE, "");
	tg_error err = { 0 };

	assert_int_equal(act(station, TG_CASE_DO_COUNT, opener.case_id, "\"quantity\":40,\"held\":2", &err), TG_ESTATE);
	assert_non_null(strstr(err.msg, "1 units"));
	assert_int_equal(act(station, TG_CASE_DO_NOTE, sale.reference, "\"text\":\"x\"", &err), TG_ENOTFOUND);
	assert_int_equal(act(station, TG_CASE_DO_NOTE, "T1-Z8-Q", "\"text\":\"x\"", &err), TG_ENOTFOUND);
	assert_non_null(strstr(err.msg, "another") != NULL ? strstr(err.msg, "another") : strstr(err.msg, "T1"));
	expect_held(station, opener.case_id, 1);
	tg_station_close(station);
}

static void nothing_is_true_that_could_not_be_written(void **state)
{
	tg_station *station = fixture_open(*state, true);
	tg_check_answer opener = check(station, GTIN_NO_SOC, TG_OP_GOODS_IN, "D1");
	tg_error err = { 0 };
	int rc;

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, RLIM_INFINITY }), 0);
	rc = act(station, TG_CASE_DO_COUNT, opener.case_id, "\"quantity\":40", &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY }), 0);
	assert_int_equal(rc, TG_EIO);
	expect_held(station, opener.case_id, 1);
	tg_station_close(station);
}

static void pages_of_a_list_follow_each_other(void **state)
{
	tg_station *station = fixture_open(*state, true);
	tg_case_filter filter = { .count = 2 };
	char delivery[16];
	size_t seen = 0, pages = 0;

	for (int n = 0; n < 7; n++) {
		snprintf(delivery, sizeof(delivery), "D%d", n);
		(void)check(station, GTIN_NO_SOC, TG_OP_GOODS_IN, delivery);
	}
	do {
		tg_json *json = NULL;
		const char *next;
		tg_reference id;

		assert_int_equal(tg_case_list(&json, station, &filter, NULL), TG_OK);
		seen += tg_json_size(tg_json_get(json, "cases"));
		next = tg_json_str(tg_json_get(json, "next"));
		filter.after = next != NULL && tg_reference_parse(&id, next, NULL) == TG_OK ? tg_case_place(id.epoch, id.seq) : 0;
		pages++;
		tg_json_free(json);
	} while (filter.after != 0);
	assert_int_equal(seen, 7);
	assert_int_equal(pages, 4);
	tg_station_close(station);
}

static void the_status_says_what_stands_open(void **state)
{
	tg_station *station = fixture_open(*state, true);
	tg_check_answer opener = check(station, GTIN_NO_SOC, TG_OP_GOODS_IN, "D1");
	const tg_json *cases;
	tg_json *status;

	expect_done(station, TG_CASE_DO_COUNT, opener.case_id, "\"quantity\":40");
	(void)check(station, GTIN_UNKNOWN, TG_OP_GOODS_IN, "D1");
	status = tg_station_status(station);
	cases = tg_json_get(status, "cases");
	assert_int_equal(tg_json_int(tg_json_get(cases, "open")), 2);
	assert_int_equal(tg_json_int(tg_json_get(cases, "units")), 41);
	assert_string_equal(tg_json_str(tg_json_get(cases, "oldest")), opener.case_id);
	assert_true(tg_json_bool(tg_json_get(cases, "complete")));
	tg_json_free(status);
	tg_station_close(station);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
#define SYNCED(test) cmocka_unit_test_setup_teardown(test, fixture_setup_synced, fixture_teardown)

/* Of a database that is gone nobody knows what was put aside. */
static void with_an_older_part_of_the_log_gone_the_list_does_not_call_itself_complete(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);
	char path[4200];
	tg_json *json;

	(void)check(station, GTIN_NO_SOC, TG_OP_GOODS_IN, "D-1");
	json = list(station);
	assert_true(tg_json_bool(tg_json_get(json, "complete")));
	assert_int_equal(tg_json_int(tg_json_get(json, "open")), 1);
	tg_json_free(json);
	tg_station_close(station);
	snprintf(path, sizeof(path), "%s/evidence.sqlite", f->paths.evidence_dir);
	assert_int_equal(unlink(path), 0);
	station = fixture_open(f, true);
	json = list(station);
	assert_int_equal(tg_json_int(tg_json_get(json, "open")), 0);
	assert_false(tg_json_bool(tg_json_get(json, "complete")));
	tg_json_free(json);
	tg_station_close(station);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SYNCED(only_a_product_withheld_as_it_comes_in_is_put_aside),
		FRESH(what_is_only_observed_is_not_put_aside),
		FRESH(what_could_not_be_checked_is_put_aside),
		SYNCED(units_of_one_line_join_their_case),
		SYNCED(checks_of_one_batch_join_each_other),
		SYNCED(lanes_at_once_make_the_cases_that_the_log_tells),
		SYNCED(without_a_record_there_is_no_case),
		SYNCED(acts_are_entries_and_survive_as_they_were),
		SYNCED(what_does_not_fit_is_refused_with_words),
		SYNCED(nothing_is_true_that_could_not_be_written),
		SYNCED(pages_of_a_list_follow_each_other),
		SYNCED(the_status_says_what_stands_open),
		SYNCED(with_an_older_part_of_the_log_gone_the_list_does_not_call_itself_complete),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
