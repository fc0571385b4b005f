/* SPDX-License-Identifier: Apache-2.0
 *
 * api_cases.c - routes about cases. See api_cases.h.
 */
#include "plugin/station/api_cases.h"

#include "plugin/station/answer.h"
#include "plugin/station/case_act.h"
#include "plugin/station/case_show.h"
#include "plugin/station/query.h"
#include "plugin/station/reply.h"

#include <stdlib.h>

#define PAGE_USUAL 100 /* cases in an answer unless asked for more */

/* ---- looking ---- */

static int read_place(uint64_t *place, const char *query, const char *name, tg_error *err)
{
	char text[TG_REFERENCE_SIZE] = "";
	tg_reference id;
	int rc = tg_query_word(text, sizeof(text), query, name, err);

	*place = 0;
	if (rc != TG_OK || text[0] == '\0')
		return rc;
	rc = tg_reference_parse(&id, text, err);
	if (rc == TG_OK)
		*place = tg_case_place(id.epoch, id.seq);
	else
		tg_error_prefix(err, "%s", name);
	return rc;
}

/* A state, "all", or "unsettled", which is what somebody with goods on the floor wants to see. */
static int read_state(tg_case_filter *filter, const char *query, tg_error *err)
{
	char word[24] = "unsettled";
	int rc = tg_query_word(word, sizeof(word), query, "state", err);

	if (rc != TG_OK || strcmp(word, "unsettled") == 0)
		return rc;
	filter->any = strcmp(word, "all") == 0;
	for (int i = 0; i < TG_CASE_STATE_COUNT && !filter->any; i++) {
		if (strcmp(tg_case_state_words[i], word) == 0) {
			filter->one_state = true;
			filter->state = (tg_case_state)i;
			return TG_OK;
		}
	}
	return filter->any ? TG_OK :
			     tg_fail(err, TG_EFORMAT, "state: wanted unsettled, all, open, ours, theirs, under-investigation or settled");
}

void tg_api_cases_list(tg_api_reply *out, tg_station *st, const char *query)
{
	tg_case_filter filter = { .count = PAGE_USUAL };
	uint64_t count = PAGE_USUAL;
	tg_json *json = NULL;
	tg_error err = { 0 };
	int rc = read_state(&filter, query, &err);

	if (rc == TG_OK)
		rc = read_place(&filter.after, query, "after", &err);
	if (rc == TG_OK)
		rc = tg_query_number(&count, query, "count", &err);
	filter.count = count < TG_CASE_PAGE_MAX ? (size_t)count : TG_CASE_PAGE_MAX;
	if (rc == TG_OK && count == 0)
		rc = tg_fail(&err, TG_EFORMAT, "count: wanted at least 1");
	if (rc == TG_OK)
		rc = tg_case_list(&json, st, &filter, &err);
	if (rc == TG_OK)
		tg_api_reply_json(out, 200, json);
	else
		tg_api_refuse_error(out, &err);
}

void tg_api_cases_show(tg_api_reply *out, tg_station *st, const char *query)
{
	char text[TG_REFERENCE_SIZE] = "";
	tg_json *json = NULL;
	tg_error err = { 0 };
	tg_reference id;
	uint64_t before;
	int rc = tg_query_word(text, sizeof(text), query, "id", &err);

	if (rc == TG_OK && text[0] == '\0')
		rc = tg_fail(&err, TG_EFORMAT, "id: wanted a case's reference");
	if (rc == TG_OK) {
		rc = tg_reference_parse(&id, text, &err);
		if (rc != TG_OK)
			tg_error_prefix(&err, "id");
	}
	if (rc == TG_OK)
		rc = read_place(&before, query, "before", &err);
	if (rc == TG_OK)
		rc = tg_case_show(&json, st, &id, before, &err);
	if (rc == TG_OK)
		tg_api_reply_json(out, 200, json);
	else
		tg_api_refuse_error(out, &err);
}

/* ---- acting ---- */

static void reply_done(tg_api_reply *out, tg_station *st, const tg_case_done *done, int rc, const tg_error *err)
{
	tg_json *json = tg_json_new_object();

	if (rc == TG_OK) {
		tg_json_set(json, "case", tg_case_to_json(st, &done->after));
	} else {
		tg_json_set_str(json, "code", tg_strerror(err->code));
		tg_json_set_str(json, "error", err->msg);
	}
	if (done->checked)
		tg_json_set(json, "check", tg_check_answer_to_json(&done->check));
	tg_api_reply_json(out, rc == TG_OK ? 200 : tg_api_status_of(rc), json);
}

static const char *const acts[TG_CASE_DO_COUNT_] = {
	[TG_CASE_DO_NOTE] = "/v1/cases/note",
	[TG_CASE_DO_ASSIGN] = "/v1/cases/assign",
	[TG_CASE_DO_STATE] = "/v1/cases/state",
	[TG_CASE_DO_COUNT] = "/v1/cases/count",
	[TG_CASE_DO_RELEASE] = "/v1/cases/release",
	[TG_CASE_DO_SETTLE] = "/v1/cases/settle",
};

/* api.c sends only these here. */
static tg_case_do act_of(const char *path)
{
	tg_case_do what = TG_CASE_DO_NOTE;

	while (what < TG_CASE_DO_SETTLE && strcmp(acts[what], path) != 0)
		what++;
	return what;
}

void tg_api_cases_act(tg_api_reply *out, tg_station *st, const tg_api_request *asked)
{
	tg_case_done *done = calloc(1, sizeof(*done));
	tg_case_request request;
	tg_json *json = NULL;
	tg_error err = { 0 };
	int rc = done != NULL ? tg_json_parse(&json, asked->body, &err) : tg_fail(&err, TG_ENOMEM, "no memory for a case");

	if (rc == TG_OK)
		rc = tg_case_request_from_json(&request, act_of(asked->path), json, &err);
	if (rc == TG_OK)
		rc = tg_case_act(done, st, &request, &err);
	if (done != NULL)
		reply_done(out, st, done, rc, &err);
	else
		tg_api_refuse_error(out, &err);
	tg_json_free_secret(json);
	free(done);
}
