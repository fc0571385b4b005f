/* SPDX-License-Identifier: Apache-2.0
 *
 * test_case_act.c - how units leave a case: by whom, by which check, and what is refused; and the routes of the local API about it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/station/api.h"
#include "plugin/station/case_show.h"
#include "plugin/station/state.h"
#include "tests/unit/station/fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define PEOPLE \
	",\"override\":{\"within_s\":900,\"authorities\":[{\"name\":\"manager\",\"rows\":[\"7\"],\"operations\":[\"goods-in\"]}]," \
	"\"reasons\":[{\"code\":\"agreed\",\"words\":\"Head office agreed.\"}]},\"staff\":{\"tries\":9,\"lock_s\":60}"
#define SUE "390281475926"
#define ANN "482915730164"
#define BY_ANN "\"by\":{\"who\":\"ann\",\"pin\":\"" ANN "\"}"
#define BY_SUE "\"by\":{\"who\":\"sue\",\"pin\":\"" SUE "\"}"
#define BY_WRONG "\"by\":{\"who\":\"ann\",\"pin\":\"111111222222\"}"

static void enrol(tg_station *station, const char *who, const char *right, const char *pin, bool owner)
{
	tg_staff_change change = { .owner = owner, .proven = !owner, .by = { .who = "sue", .pin = SUE }, .who = who, .pin = pin,
		.rights = { right }, .right_count = 1 };
	tg_error err = { 0 };

	if (tg_staff_add(station, &change, &err) != TG_OK)
		fail_msg("%s: %s", who, err.msg);
}

static tg_station *open_with_staff(station_fixture *f)
{
	tg_station *station;

	f->people = PEOPLE;
	fixture_sync(f, 1, 1, tg_utc_now_us());
	station = fixture_open(f, true);
	enrol(station, "sue", TG_SUPERVISOR, SUE, true);
	enrol(station, "ann", "release", ANN, false);
	return station;
}

/* A unit that is put aside; its case. */
static const char *put_aside(tg_station *station, const char *label, const char *batch)
{
	static char id[TG_REFERENCE_SIZE];
	tg_check_request request;
	tg_check_answer answer;

	tg_check_request_init(&request, TG_OP_GOODS_IN);
	tg_check_request_label(&request, tg_view_str(label));
	snprintf(request.batch, sizeof(request.batch), "%s", batch);
	tg_station_check(&answer, station, &request);
	assert_string_not_equal(answer.case_id, "");
	snprintf(id, sizeof(id), "%s", answer.case_id);
	return id;
}

/* Ask; the reply's status. `*reply` is the caller's unless NULL. */
static int ask(tg_json **reply, tg_station *station, const char *act, const char *id, const char *members)
{
	tg_api_request request = { .method = "POST", .query = "" };
	char path[40], body[800];
	tg_json *json = NULL;
	tg_api_reply out;
	int status;

	snprintf(path, sizeof(path), "/v1/cases/%s", act);
	snprintf(body, sizeof(body), "{\"id\":\"%s\"%s%s}", id, members[0] != '\0' ? "," : "", members);
	request.path = path;
	request.body = tg_view_str(body);
	tg_api_handle(&out, station, &request);
	status = out.status;
	assert_int_equal(tg_json_parse(&json, tg_buf_view(&out.body), NULL), TG_OK);
	tg_api_reply_fini(&out);
	if (reply != NULL)
		*reply = json;
	else
		tg_json_free(json);
	return status;
}

/* It is refused with this status and these words, and nothing but the record of it changes. */
static void expect_refused(tg_station *station, const char *act, const char *id, const char *members, int status, const char *says)
{
	tg_json *reply;
	int found = ask(&reply, station, act, id, members);
	const char *words = tg_json_str(tg_json_get(reply, "error"));

	if (found != status || words == NULL || strstr(words, says) == NULL)
		fail_msg("%s %s: %d, \"%s\"; wanted %d, \"%s\"", act, members, found, words != NULL ? words : "", status, says);
	tg_json_free(reply);
}

static void expect_done(tg_station *station, const char *act, const char *id, const char *members)
{
	tg_json *reply;
	int status = ask(&reply, station, act, id, members);
	const char *words = tg_json_str(tg_json_get(reply, "error"));

	if (status != 200)
		fail_msg("%s %s: %d, \"%s\"", act, members, status, words != NULL ? words : "");
	tg_json_free(reply);
}

/* `member` of the case as it now is; in "left" where it is of the ways to leave. */
static int64_t number_of(tg_station *station, const char *id, const char *member)
{
	tg_reference reference;
	tg_json *json = NULL;
	const tg_json *one;
	int64_t number;

	assert_int_equal(tg_reference_parse(&reference, id, NULL), TG_OK);
	assert_int_equal(tg_case_show(&json, station, &reference, 0, NULL), TG_OK);
	one = tg_json_get(json, "case");
	number = tg_json_int(tg_json_get(tg_json_get(one, member) != NULL ? one : tg_json_get(one, "left"), member));
	tg_json_free(json);
	return number;
}

/* ---- by whom ---- */

static void units_leave_only_by_somebody_with_the_right(void **state)
{
	tg_station *station = open_with_staff(*state);
	const char *id = put_aside(station, GTIN_NO_SOC, "");

	expect_refused(station, "settle", id, "\"how\":\"scrapped\"", 400, "by");
	expect_refused(station, "settle", id, "\"how\":\"scrapped\"," BY_WRONG, 403, "");
	expect_refused(station, "settle", id, "\"how\":\"scrapped\",\"by\":{\"who\":\"eve\",\"pin\":\"111111222222\"}", 403, "");
	expect_refused(station, "settle", id, "\"how\":\"scrapped\"," BY_SUE, 403, "right");
	expect_refused(station, "count", id, "\"quantity\":0", 403, "person");
	expect_refused(station, "count", id, "\"quantity\":0," BY_SUE, 403, "right");
	assert_int_equal(number_of(station, id, "held"), 1);
	assert_int_equal(number_of(station, id, "refused"), 1); /* hers, who was known and has not the right */
	expect_done(station, "settle", id, "\"how\":\"scrapped\"," BY_ANN);
	assert_int_equal(number_of(station, id, "scrapped"), 1);
	tg_station_close(station);
}

static void more_is_counted_by_anybody_and_fewer_by_somebody(void **state)
{
	tg_station *station = open_with_staff(*state);
	const char *id = put_aside(station, GTIN_NO_SOC, "");

	expect_done(station, "count", id, "\"quantity\":40");
	expect_refused(station, "count", id, "\"quantity\":39", 403, "person");
	expect_done(station, "count", id, "\"quantity\":39," BY_ANN);
	assert_int_equal(number_of(station, id, "held"), 39);
	assert_int_equal(number_of(station, id, "miscounted"), 1);
	tg_station_close(station);
}

/* ---- by which check ---- */

static void nothing_is_released_that_the_table_withholds(void **state)
{
	tg_station *station = open_with_staff(*state);
	const char *id = put_aside(station, GTIN_NO_SOC, "");
	tg_json *reply;
	char *log;

	assert_int_equal(ask(&reply, station, "release", id, BY_ANN), 409);
	assert_non_null(strstr(tg_json_str(tg_json_get(reply, "error")), "still withheld"));
	assert_string_equal(tg_json_str(tg_json_get(tg_json_get(reply, "check"), "code")), "no-soc");
	assert_true(tg_json_bool(tg_json_get(tg_json_get(reply, "check"), "recorded")));
	assert_null(tg_json_get(tg_json_get(reply, "check"), "case")); /* it came in once */
	tg_json_free(reply);
	expect_refused(station, "release", id, "\"authority\":\"manager\",\"reason\":\"agreed\"," BY_ANN, 409, "may not lift");
	assert_int_equal(number_of(station, id, "held"), 1);
	assert_int_equal(number_of(station, id, "quantity"), 1);
	assert_int_equal(number_of(station, id, "refused"), 2);
	log = fixture_log(station);
	assert_int_equal(fixture_count(log, "\"recheck\":"), 2);
	assert_int_equal(fixture_count(log, "ann"), 0);
	free(log);
	tg_station_close(station);
}

static void a_batch_read_off_the_pack_releases_what_waits_for_it(void **state)
{
	tg_station *station = open_with_staff(*state);
	const char *id = put_aside(station, GTIN_BATCHES, "");

	expect_done(station, "count", id, "\"quantity\":10");
	expect_refused(station, "release", id, BY_ANN, 409, "batch");
	expect_refused(station, "release", id, "\"batch\":\"B2700\"," BY_ANN, 409, "still withheld");
	expect_done(station, "release", id, "\"batch\":\"B2601\",\"quantity\":4," BY_ANN);
	assert_int_equal(number_of(station, id, "held"), 6);
	assert_int_equal(number_of(station, id, "released"), 4);
	expect_refused(station, "release", id, "\"batch\":\"B2601\",\"quantity\":7," BY_ANN, 409, "holds 6");
	expect_refused(station, "release", id, "\"batch\":\"B2601\",\"held\":10," BY_ANN, 409, "holds 6");
	expect_done(station, "release", id, "\"batch\":\"B2601\",\"held\":6," BY_ANN);
	expect_refused(station, "release", id, "\"batch\":\"B2601\"," BY_ANN, 409, "settled");
	tg_station_close(station);
}

static void what_is_scanned_must_be_of_the_case(void **state)
{
	tg_station *station = open_with_staff(*state);
	const char *id = put_aside(station, GTIN_BATCHES, "");

	expect_done(station, "count", id, "\"quantity\":10");
	expect_refused(station, "release", id, "\"label\":\"" GTIN_HELD "\"," BY_ANN, 409, "not the product");
	expect_refused(station, "release", id, "\"label\":\"" BAD_CHECK_DIGIT "\"," BY_ANN, 409, "not the product");
	expect_refused(station, "release", id, "\"label\":\"]d2010952400000003310B2601\\u001d21S1\",\"quantity\":2," BY_ANN, 400, "one unit");
	expect_done(station, "release", id, "\"label\":\"]d2010952400000003310B2601\\u001d21S1\"," BY_ANN);
	assert_int_equal(number_of(station, id, "held"), 9);
	id = put_aside(station, GTIN_BATCHES, "B2700");
	expect_refused(station, "settle", id, "\"how\":\"scrapped\",\"label\":\"]d2010952400000003310B2601\"," BY_ANN, 409, "not of the batch");
	tg_station_close(station);
}

static void each_way_out_has_its_own_check(void **state)
{
	static const struct {
		const char *how, *supply;
	} ways[] = { { "returned", "\"supply\":\"to-vendor\"" }, { "scrapped", "\"supply\":\"scrap\"" }, { "moved", "\"supply\":\"own-branch\"" },
		{ "regulator", NULL } };
	tg_station *station = open_with_staff(*state);
	char id[TG_REFERENCE_SIZE], members[200];

	snprintf(id, sizeof(id), "%s", put_aside(station, GTIN_NO_SOC, ""));
	expect_done(station, "count", id, "\"quantity\":4");
	for (size_t i = 0; i < TG_COUNT(ways); i++) {
		char *log;

		snprintf(members, sizeof(members), "\"how\":\"%s\",\"quantity\":1," BY_ANN, ways[i].how);
		expect_done(station, "settle", id, members);
		assert_int_equal(number_of(station, id, ways[i].how), 1);
		log = fixture_log(station);
		if (ways[i].supply != NULL)
			assert_int_equal(fixture_count(log, ways[i].supply), 1);
		assert_int_equal(fixture_count(log, "\"operation\":\"dispatch\""), i < 3 ? i + 1 : 3);
		free(log);
	}
	assert_int_equal(number_of(station, id, "held"), 0);
	tg_station_close(station);
}

static void a_failing_log_changes_nothing(void **state)
{
	tg_station *station = open_with_staff(*state);
	const char *id = put_aside(station, GTIN_NO_SOC, "");
	int status;

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 0, RLIM_INFINITY }), 0);
	status = ask(NULL, station, "settle", id, "\"how\":\"scrapped\"," BY_ANN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY }), 0);
	assert_true(status >= 400);
	assert_int_equal(number_of(station, id, "held"), 1);
	expect_done(station, "settle", id, "\"how\":\"scrapped\"," BY_ANN);
	tg_station_close(station);
}

/* ---- overrides ---- */

static int first_entry_with(void *ctx, const tg_log_entry *logged)
{
	return tg_json_parse(ctx, logged->bytes, NULL) != TG_OK;
}

static int read_one(tg_log *log, void *ctx)
{
	struct {
		uint64_t seq;
		tg_json *json;
	} *job = ctx;

	return tg_log_read(log, 1, job->seq, 1, first_entry_with, &job->json, NULL);
}

static void an_override_takes_its_unit_out_of_the_case(void **state)
{
	tg_station *station = open_with_staff(*state);
	const char *id = put_aside(station, GTIN_NO_SOC, "");
	struct {
		uint64_t seq;
		tg_json *json;
	} check = { .json = NULL };
	tg_json *entry = tg_json_new_object();
	tg_case_event event;
	tg_reference reference;
	uint32_t epoch = 0;
	uint64_t seq = 0;
	int64_t at_us = 0;

	(void)put_aside(station, GTIN_NO_SOC, "");
	assert_int_equal(tg_reference_parse(&reference, id, NULL), TG_OK);
	check.seq = reference.seq;
	assert_int_equal(tg_journal_run(station->journal, read_one, &check, NULL), TG_OK);
	tg_json_set_str(entry, "kind", "override");
	tg_json_set_str(entry, "state", "granted");
	tg_cases_lock(station->cases);
	assert_true(tg_cases_lifted(&event, station->cases, entry, check.json, reference.epoch, reference.seq));
	assert_string_equal(tg_json_str(tg_json_get(entry, "case")), id);
	assert_int_equal(tg_journal_submit(station->journal, entry, &epoch, &seq, &at_us, NULL), TG_OK);
	assert_string_equal(tg_cases_noted(station->cases, &event, epoch, seq, at_us), id);
	tg_cases_unlock(station->cases);
	assert_int_equal(number_of(station, id, "held"), 1);
	expect_done(station, "note", id, "\"text\":\"one was let go\"");
	tg_station_close(station);
	station = fixture_open(*state, true);
	assert_int_equal(number_of(station, id, "held"), 1);
	assert_int_equal(number_of(station, id, "released"), 1);
	tg_json_free(check.json);
	tg_station_close(station);
}

/* ---- routes ---- */

static const struct {
	const char *path, *query;
	int status;
	const char *says;
} queries[] = {
	{ "/v1/cases", "", 200, "" },
	{ "/v1/cases", "state=all&count=1", 200, "" },
	{ "/v1/cases", "state=ours&after=T1-Z8-Q", 200, "" },
	{ "/v1/cases", "state=later", 400, "state" },
	{ "/v1/cases", "state=%6fpen", 400, "state" },
	{ "/v1/cases", "count=0", 400, "count" },
	{ "/v1/cases", "after=T1-Z8-R", 400, "after" },
	{ "/v1/cases", "from=1", 400, "no such parameter" },
	{ "/v1/cases/case", "", 400, "id" },
	{ "/v1/cases/case", "id=T1-Z8-Q", 404, "" },
	{ "/v1/cases/case", "id=x&before=1", 400, "id" },
	{ "/v1/cases/note", "", 405, "" },
	{ "/v1/cases/other", "", 404, "" },
};

static void addresses_take_what_they_say(void **state)
{
	tg_station *station = fixture_open(*state, true);

	for (size_t i = 0; i < TG_COUNT(queries); i++) {
		tg_api_request request = { .method = "GET", .path = queries[i].path, .query = queries[i].query, .body = tg_view_str("") };
		tg_api_reply reply;

		tg_api_handle(&reply, station, &request);
		if (reply.status != queries[i].status || strstr(tg_buf_text(&reply.body), queries[i].says) == NULL)
			fail_msg("%s?%s: %d %s", queries[i].path, queries[i].query, reply.status, tg_buf_text(&reply.body));
		tg_api_reply_fini(&reply);
	}
	tg_station_close(station);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(units_leave_only_by_somebody_with_the_right),
		FRESH(more_is_counted_by_anybody_and_fewer_by_somebody),
		FRESH(nothing_is_released_that_the_table_withholds),
		FRESH(a_batch_read_off_the_pack_releases_what_waits_for_it),
		FRESH(what_is_scanned_must_be_of_the_case),
		FRESH(each_way_out_has_its_own_check),
		FRESH(a_failing_log_changes_nothing),
		FRESH(an_override_takes_its_unit_out_of_the_case),
		cmocka_unit_test_setup_teardown(addresses_take_what_they_say, fixture_setup_synced, fixture_teardown),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
