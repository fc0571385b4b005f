/* SPDX-License-Identifier: Apache-2.0
 *
 * test_api.c - the local API without a transport: what an address takes, and what it refuses.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/station/fixture.h"

#include "plugin/station/api.h"

#include <stdio.h>

static int ask(tg_station *station, const char *method, const char *path, const char *query, char words[256])
{
	tg_api_request request = { .method = method, .path = path, .query = query, .body = tg_view_str("") };
	tg_api_reply reply;
	tg_json *json = NULL;
	tg_error err = { 0 };
	const char *said;
	int status;

	tg_api_handle(&reply, station, &request);
	status = reply.status;
	if (tg_json_parse(&json, tg_buf_view(&reply.body), &err) != TG_OK)
		fail_msg("%s %s?%s: no JSON: %s", method, path, query, err.msg);
	said = tg_json_str(tg_json_get(json, "error"));
	snprintf(words, 256, "%s", said != NULL ? said : "");
	tg_json_free(json);
	tg_api_reply_fini(&reply);
	return status;
}

static const struct {
	const char *method, *path, *query;
	int status;
	const char *says;
} queries[] = {
	{ "GET", "/v1/evidence", "", 200, "" },
	{ "GET", "/v1/evidence", "from=0&count=1&epoch=1", 200, "" },
	{ "GET", "/v1/evidence", "&count=1&", 200, "" },
	{ "GET", "/v1/evidence", "form=0", 400, "\"form\"" },
	{ "GET", "/v1/evidence", "from=0&limit=5", 400, "\"limit\"" },
	{ "GET", "/v1/evidence", "fro=0", 400, "\"fro\"" },
	{ "GET", "/v1/evidence", "from2=0", 400, "\"from2\"" },
	{ "GET", "/v1/evidence", "FROM=0", 400, "\"FROM\"" },
	{ "GET", "/v1/evidence", "=0", 400, "no such parameter" },
	{ "GET", "/v1/evidence", "from", 400, "\"from\": wanted a value" },
	{ "GET", "/v1/evidence", "from=0&from=0", 400, "\"from\": given twice" },
	{ "GET", "/v1/evidence", "count=1&from=0&count=2", 400, "\"count\": given twice" },
	{ "GET", "/v1/evidence/entry", "from=0&count=1", 400, "\"count\"" },
	{ "GET", "/v1/evidence/proof", "seq=0&from=0", 400, "\"from\"" },
	{ "GET", "/v1/evidence/key", "epoch=1", 400, "\"epoch\"" },
	{ "GET", "/v1/status", "verbose=1", 400, "\"verbose\"" },
	{ "POST", "/v1/evidence/verify", "epoch=1", 200, "" },
	{ "POST", "/v1/evidence/verify", "epoch=1&epoch=1", 400, "\"epoch\": given twice" },
	{ "POST", "/v1/check", "operation=sale", 400, "\"operation\"" },
	{ "POST", "/v1/checkpoint", "now=1", 400, "\"now\"" },
	{ "GET", "/v1/nothing", "from=0", 404, "" },
};

static void a_parameter_that_is_unknown_or_given_twice_is_refused_by_name(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);

	for (size_t i = 0; i < TG_COUNT(queries); i++) {
		char words[256];
		int status = ask(station, queries[i].method, queries[i].path, queries[i].query, words);

		if (status != queries[i].status || strstr(words, queries[i].says) == NULL)
			fail_msg("%s %s?%s: %d, \"%s\"; wanted %d, \"%s\"", queries[i].method, queries[i].path, queries[i].query, status,
				words, queries[i].status, queries[i].says);
	}
	tg_station_close(station);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_parameter_that_is_unknown_or_given_twice_is_refused_by_name, fixture_setup_synced, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
