/* SPDX-License-Identifier: Apache-2.0
 *
 * api.c - routes of the local API. See api.h.
 */
#include "plugin/station/api.h"

#include "plugin/station/answer.h"
#include "plugin/station/api_cases.h"
#include "plugin/station/api_devices.h"
#include "plugin/station/api_staff.h"
#include "plugin/station/override.h"
#include "plugin/station/query.h"
#include "plugin/station/range.h"
#include "plugin/station/reply.h"
#include "store/base/encoding.h"
#include "store/evidence/verify.h"

#include <stdlib.h>

/* ---- checks ---- */

static tg_json *answer_to_json(tg_station *st, const tg_check_answer *answer)
{
	tg_json *json = tg_check_answer_to_json(answer);

	tg_override_offer(json, st, answer);
	return json;
}

static void check(tg_api_reply *out, tg_station *st, const tg_api_request *request)
{
	tg_check_request *ask = malloc(sizeof(*ask));
	tg_check_answer answer;
	tg_json *json = NULL;
	tg_error err = { 0 };

	if (ask == NULL) {
		tg_api_refuse(out, 500, TG_ENOMEM, "no memory for a check");
		return;
	}
	if (tg_json_parse(&json, request->body, &err) != TG_OK || tg_check_request_from_json(ask, json, &err) != TG_OK) {
		tg_api_refuse_error(out, &err);
	} else {
		tg_station_check(&answer, st, ask);
		tg_api_reply_json(out, 200, answer_to_json(st, &answer));
	}
	tg_json_free(json);
	free(ask);
}

static void explain(tg_api_reply *out, tg_station *st, const tg_api_request *request)
{
	tg_check_request *ask = malloc(sizeof(*ask));
	tg_json *json = NULL;
	tg_error err = { 0 };

	if (ask == NULL)
		tg_api_refuse(out, 500, TG_ENOMEM, "no memory for an explanation");
	else if (tg_json_parse(&json, request->body, &err) != TG_OK || tg_check_request_from_json(ask, json, &err) != TG_OK)
		tg_api_refuse_error(out, &err);
	else
		tg_api_reply_json(out, 200, tg_station_explain(st, ask));
	tg_json_free(json);
	free(ask);
}

static int read_checks(tg_check_request *asks, size_t *count, const tg_json *list, tg_error *err)
{
	*count = 0;
	for (const tg_json *one = tg_json_first(list); one != NULL; one = tg_json_next(one)) {
		int rc;

		if (*count == TG_CHECK_MANY_MAX)
			return tg_fail(err, TG_ELENGTH, "checks: more than %d at once", TG_CHECK_MANY_MAX);
		rc = tg_check_request_from_json(&asks[*count], one, err);
		if (rc != TG_OK) {
			tg_error_prefix(err, "checks[%zu]", *count);
			return rc;
		}
		++*count;
	}
	return *count > 0 ? TG_OK : tg_fail(err, TG_EFORMAT, "checks: wanted 1 to %d", TG_CHECK_MANY_MAX);
}

/* All or none: a batch with one malformed member is refused before any of it is checked. */
static void checks(tg_api_reply *out, tg_station *st, const tg_api_request *request)
{
	static const char *const members[] = { "checks", NULL };
	tg_check_request *asks = calloc(TG_CHECK_MANY_MAX, sizeof(*asks));
	tg_check_answer *answers = calloc(TG_CHECK_MANY_MAX, sizeof(*answers));
	tg_json *json = NULL, *list, *reply;
	const tg_json *given;
	tg_error err = { 0 };
	size_t count = 0;

	if (asks == NULL || answers == NULL) {
		tg_api_refuse(out, 500, TG_ENOMEM, "no memory for a batch of checks");
	} else if (tg_json_parse(&json, request->body, &err) != TG_OK || tg_json_only(json, members, &err) != TG_OK ||
		tg_json_need_array(&given, json, "checks", &err) != TG_OK || read_checks(asks, &count, given, &err) != TG_OK) {
		tg_api_refuse_error(out, &err);
	} else {
		tg_station_check_many(answers, st, asks, count);
		list = tg_json_new_array();
		for (size_t i = 0; i < count; i++)
			tg_json_add(list, answer_to_json(st, &answers[i]));
		reply = tg_json_new_object();
		tg_json_set(reply, "answers", list);
		tg_api_reply_json(out, 200, reply);
	}
	tg_json_free(json);
	free(asks);
	free(answers);
}

/* ---- evidence ---- */

struct page {
	tg_buf *out;
	uint64_t epoch, from, count, size, found;
	tg_error err;
};

static int put_entry(void *ctx, const tg_log_entry *entry)
{
	struct page *page = ctx;
	char hex[2 * TG_SHA256_SIZE + 1];

	tg_buf_printf(page->out, "%s{\"entry\":", page->found++ > 0 ? "," : "");
	tg_buf_append(page->out, entry->bytes.data, entry->bytes.len);
	tg_buf_printf(page->out, ",\"epoch\":%u,\"leaf\":\"%s\",\"seq\":%llu}", entry->epoch,
		tg_hex_encode(hex, &entry->leaf, TG_SHA256_SIZE), (unsigned long long)entry->seq);
	return 0;
}

static int read_page(tg_log *log, void *ctx)
{
	struct page *page = ctx;
	tg_log_head head;
	int rc = TG_OK;

	tg_log_get_head(log, &head);
	if (page->epoch != 0)
		rc = tg_log_get_epoch(log, (uint32_t)page->epoch, &head, &page->err);
	page->size = head.size;
	page->epoch = head.epoch;
	if (page->from == UINT64_MAX) /* the newest ones */
		page->from = head.size > page->count ? head.size - page->count : 0;
	return rc == TG_OK ? tg_log_read(log, head.epoch, page->from, page->count, put_entry, page, &page->err) : rc;
}

static void evidence_page(tg_api_reply *out, tg_station *st, const char *query, bool one)
{
	struct page page = { .out = &out->body, .from = UINT64_MAX, .count = one ? 1 : 100 };

	tg_api_reply_begin(out, 200);
	tg_buf_puts(&out->body, "{\"entries\":[");
	if (tg_query_number(&page.from, query, "from", &page.err) != TG_OK || tg_query_number(&page.epoch, query, "epoch", &page.err) != TG_OK ||
		tg_query_number(&page.count, query, "count", &page.err) != TG_OK) {
		tg_buf_fini(&out->body);
		tg_api_refuse_error(out, &page.err);
		return;
	}
	if (page.count > TG_API_PAGE_MAX)
		page.count = TG_API_PAGE_MAX;
	if (page.epoch > TG_LOG_EPOCH_MAX)
		page.err = (tg_error){ .code = TG_ENOTFOUND, .msg = "no such epoch" };
	else if (tg_journal_run(tg_station_journal(st), read_page, &page, &page.err) == TG_OK && one && page.found == 0)
		tg_fail(&page.err, TG_ENOTFOUND, "no entry %llu in epoch %llu; the log holds %llu", (unsigned long long)page.from,
			(unsigned long long)page.epoch, (unsigned long long)page.size);
	tg_buf_printf(&out->body, "],\"epoch\":%llu,\"size\":%llu}\n", (unsigned long long)page.epoch, (unsigned long long)page.size);
	if (page.err.code == TG_OK && tg_buf_check(&out->body, "answer", &page.err) == TG_OK)
		return;
	tg_buf_fini(&out->body);
	tg_api_refuse_error(out, &page.err);
}

struct verify_job {
	tg_verify *verify;
	uint32_t epoch;
	bool more;
	tg_error err;
};

static int verify_begin(tg_log *log, void *ctx)
{
	struct verify_job *job = ctx;

	return tg_verify_begin(&job->verify, log, &(tg_verify_options){ .epoch = job->epoch }, &job->err);
}

static int verify_step(tg_log *log, void *ctx)
{
	struct verify_job *job = ctx;

	(void)log;
	return tg_verify_step(job->verify, TG_VERIFY_SLICE, &job->more, &job->err);
}

static tg_json *verify_result(const tg_verify_result *r)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "verdict", tg_verify_verdict_name(r->verdict));
	tg_json_set_int(json, "epochs", r->epochs);
	tg_json_set_int(json, "entries", (int64_t)r->entries);
	tg_json_set_int(json, "bytes", (int64_t)r->bytes);
	tg_json_set_int(json, "checkpoints", (int64_t)r->checkpoints);
	tg_json_set_int(json, "unsigned_entries", (int64_t)r->unsigned_entries);
	tg_json_set_int(json, "unknown_version", (int64_t)r->unknown_version);
	tg_json_set_int(json, "foreign_epochs", (int64_t)r->foreign_epochs);
	tg_json_set_int(json, "lost", (int64_t)r->lost);
	tg_json_set_str(json, "words", r->words);
	tg_json_set_str(json, "not_checked", r->not_checked);
	if (r->what != TG_VERIFY_NOTHING) {
		tg_json_set_str(json, "what", tg_verify_what_name(r->what));
		tg_json_set_int(json, "bad_epoch", r->bad_epoch);
		tg_json_set_int(json, "first_bad_seq", (int64_t)r->first_bad_seq);
		tg_json_set_int(json, "last_bad_seq", (int64_t)r->last_bad_seq);
	}
	return json;
}

static void evidence_verify(tg_api_reply *out, tg_station *st, const char *query)
{
	struct verify_job job = { .more = true };
	uint64_t epoch = 0;
	int rc = tg_query_number(&epoch, query, "epoch", &job.err);

	job.epoch = epoch <= TG_LOG_EPOCH_MAX ? (uint32_t)epoch : TG_LOG_EPOCH_MAX;
	if (rc == TG_OK)
		rc = tg_journal_run(tg_station_journal(st), verify_begin, &job, &job.err);
	while (rc == TG_OK && job.more)
		rc = tg_journal_run(tg_station_journal(st), verify_step, &job, &job.err);
	if (rc == TG_OK)
		tg_api_reply_json(out, 200, verify_result(tg_verify_get_result(job.verify)));
	else
		tg_api_refuse_error(out, &job.err);
	tg_verify_end(job.verify);
}

struct text_job {
	tg_buf text;
	uint64_t epoch, seq;
	tg_error err;
};

static int sign_checkpoint(tg_log *log, void *ctx)
{
	struct text_job *job = ctx;

	return tg_log_checkpoint(log, &job->text, &job->err);
}

static int last_checkpoint(tg_log *log, void *ctx)
{
	struct text_job *job = ctx;

	return tg_log_last_checkpoint(log, &job->text, NULL, &job->err);
}

static int verifier_key(tg_log *log, void *ctx)
{
	struct text_job *job = ctx;

	return tg_log_vkey(log, &job->text, &job->err);
}

static int prove(tg_log *log, void *ctx)
{
	struct text_job *job = ctx;

	return tg_log_prove(log, (uint32_t)job->epoch, job->seq, &job->text, &job->err);
}

static void reply_text(tg_api_reply *out, tg_station *st, const char *member, int (*fn)(tg_log *, void *), struct text_job *job)
{
	tg_buf_init(&job->text, TG_LOG_ENTRY_MAX * 2);
	if (tg_journal_run(tg_station_journal(st), fn, job, &job->err) == TG_OK) {
		tg_json *json = tg_json_new_object();

		tg_json_set_str(json, member, tg_buf_text(&job->text));
		tg_api_reply_json(out, 200, json);
	} else {
		tg_api_refuse_error(out, &job->err);
	}
	tg_buf_fini(&job->text);
}

static void evidence_proof(tg_api_reply *out, tg_station *st, const char *query)
{
	struct text_job job = { .seq = UINT64_MAX };

	if (tg_query_number(&job.seq, query, "seq", &job.err) != TG_OK || tg_query_number(&job.epoch, query, "epoch", &job.err) != TG_OK)
		tg_api_refuse_error(out, &job.err);
	else if (job.seq == UINT64_MAX || job.epoch > TG_LOG_EPOCH_MAX)
		tg_api_refuse(out, 400, TG_EINVAL, "seq: wanted the entry's number");
	else
		reply_text(out, st, "proof", prove, &job);
}

static void evidence_range(tg_api_reply *out, tg_station *st, const char *query)
{
	uint64_t from = 0, count = UINT64_MAX, epoch = 0;
	tg_json *json = NULL;
	tg_error err = { 0 };
	int rc = tg_query_number(&from, query, "from", &err);

	if (rc == TG_OK)
		rc = tg_query_number(&count, query, "count", &err);
	if (rc == TG_OK)
		rc = tg_query_number(&epoch, query, "epoch", &err);
	if (rc == TG_OK && epoch > TG_LOG_EPOCH_MAX)
		rc = tg_fail(&err, TG_ENOTFOUND, "no such epoch");
	if (rc == TG_OK)
		rc = tg_range_to_json(&json, tg_station_journal(st), (uint32_t)epoch, from, count, &err);
	if (rc == TG_OK)
		tg_api_reply_json(out, 200, json);
	else
		tg_api_refuse_error(out, &err);
}

/* ---- routes ---- */

enum route { ROUTE_CHECK, ROUTE_CHECKS, ROUTE_EXPLAIN, ROUTE_STATUS, ROUTE_EVIDENCE, ROUTE_ENTRY, ROUTE_PROOF, ROUTE_RANGE, ROUTE_VERIFY, ROUTE_SIGN, ROUTE_CHECKPOINT, ROUTE_VKEY, ROUTE_OVERRIDE, ROUTE_ACKNOWLEDGE, ROUTE_DEVICES, ROUTE_DEVICES_RELEASE, ROUTE_STAFF,
	ROUTE_CASES, ROUTE_CASE, ROUTE_CASE_ACT };

static const struct {
	const char *method, *path;
	enum route route;
	const char *parameters[TG_QUERY_PARAMETERS_MAX];
} routes[] = {
	{ "POST", "/v1/check", ROUTE_CHECK, { NULL } },
	{ "POST", "/v1/checks", ROUTE_CHECKS, { NULL } },
	{ "POST", "/v1/explain", ROUTE_EXPLAIN, { NULL } },
	{ "POST", "/v1/override", ROUTE_OVERRIDE, { NULL } },
	{ "POST", "/v1/acknowledge", ROUTE_ACKNOWLEDGE, { NULL } },
	{ "GET", "/v1/devices", ROUTE_DEVICES, { NULL } },
	{ "POST", "/v1/devices/release", ROUTE_DEVICES_RELEASE, { NULL } },
	{ "POST", "/v1/staff/list", ROUTE_STAFF, { NULL } },
	{ "POST", "/v1/staff/add", ROUTE_STAFF, { NULL } },
	{ "POST", "/v1/staff/remove", ROUTE_STAFF, { NULL } },
	{ "POST", "/v1/staff/pin", ROUTE_STAFF, { NULL } },
	{ "POST", "/v1/staff/forget", ROUTE_STAFF, { NULL } },
	{ "GET", "/v1/status", ROUTE_STATUS, { NULL } },
	{ "GET", "/v1/evidence", ROUTE_EVIDENCE, { "from", "count", "epoch" } },
	{ "GET", "/v1/evidence/entry", ROUTE_ENTRY, { "from", "epoch" } },
	{ "GET", "/v1/evidence/proof", ROUTE_PROOF, { "seq", "epoch" } },
	{ "GET", "/v1/evidence/range", ROUTE_RANGE, { "from", "count", "epoch" } },
	{ "GET", "/v1/evidence/key", ROUTE_VKEY, { NULL } },
	{ "POST", "/v1/evidence/verify", ROUTE_VERIFY, { "epoch" } },
	{ "POST", "/v1/checkpoint", ROUTE_SIGN, { NULL } },
	{ "GET", "/v1/checkpoint", ROUTE_CHECKPOINT, { NULL } },
	{ "GET", "/v1/cases", ROUTE_CASES, { "state", "after", "count" } },
	{ "GET", "/v1/cases/case", ROUTE_CASE, { "id", "before" } },
	{ "POST", "/v1/cases/note", ROUTE_CASE_ACT, { NULL } },
	{ "POST", "/v1/cases/assign", ROUTE_CASE_ACT, { NULL } },
	{ "POST", "/v1/cases/state", ROUTE_CASE_ACT, { NULL } },
	{ "POST", "/v1/cases/count", ROUTE_CASE_ACT, { NULL } },
	{ "POST", "/v1/cases/release", ROUTE_CASE_ACT, { NULL } },
	{ "POST", "/v1/cases/settle", ROUTE_CASE_ACT, { NULL } },
};

static void dispatch(tg_api_reply *out, tg_station *st, enum route route, const tg_api_request *request)
{
	struct text_job job = { 0 };

	switch (route) {
	case ROUTE_CHECK:
		check(out, st, request);
		break;
	case ROUTE_EXPLAIN:
		explain(out, st, request);
		break;
	case ROUTE_CHECKS:
		checks(out, st, request);
		break;
	case ROUTE_OVERRIDE:
		tg_api_override(out, st, request);
		break;
	case ROUTE_ACKNOWLEDGE:
		tg_api_acknowledge(out, st, request);
		break;
	case ROUTE_DEVICES:
		tg_api_devices(out, st);
		break;
	case ROUTE_DEVICES_RELEASE:
		tg_api_devices_release(out, st, request);
		break;
	case ROUTE_STAFF:
		tg_api_staff(out, st, request);
		break;
	case ROUTE_STATUS:
		tg_api_reply_json(out, 200, tg_station_status(st));
		break;
	case ROUTE_EVIDENCE:
		evidence_page(out, st, request->query, false);
		break;
	case ROUTE_ENTRY:
		evidence_page(out, st, request->query, true);
		break;
	case ROUTE_PROOF:
		evidence_proof(out, st, request->query);
		break;
	case ROUTE_RANGE:
		evidence_range(out, st, request->query);
		break;
	case ROUTE_VERIFY:
		evidence_verify(out, st, request->query);
		break;
	case ROUTE_SIGN:
		reply_text(out, st, "checkpoint", sign_checkpoint, &job);
		break;
	case ROUTE_CHECKPOINT:
		reply_text(out, st, "checkpoint", last_checkpoint, &job);
		break;
	case ROUTE_VKEY:
		reply_text(out, st, "vkey", verifier_key, &job);
		break;
	case ROUTE_CASES:
		tg_api_cases_list(out, st, request->query);
		break;
	case ROUTE_CASE:
		tg_api_cases_show(out, st, request->query);
		break;
	case ROUTE_CASE_ACT:
		tg_api_cases_act(out, st, request);
		break;
	}
}

void tg_api_handle(tg_api_reply *out, tg_station *st, const tg_api_request *request)
{
	bool path_known = false;
	tg_error err = { 0 };

	for (size_t i = 0; i < TG_COUNT(routes); i++) {
		if (strcmp(request->path, routes[i].path) != 0)
			continue;
		path_known = true;
		if (strcmp(request->method, routes[i].method) != 0)
			continue;
		if (tg_query_check(request->query, routes[i].parameters, &err) == TG_OK)
			dispatch(out, st, routes[i].route, request);
		else
			tg_api_refuse_error(out, &err);
		return;
	}
	if (path_known)
		tg_api_refuse(out, 405, TG_EINVAL, "this address takes another method");
	else
		tg_api_refuse(out, 404, TG_ENOTFOUND, "no such address; see tillgated(8)");
}
