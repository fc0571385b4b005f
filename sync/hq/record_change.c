/* SPDX-License-Identifier: Apache-2.0
 *
 * record_change.c - a record laid among the others, judged with them, and put into its place.
 */
#include "sync/hq/record_change.h"

#include "store/base/file.h"
#include "sync/hq/against.h"
#include "sync/hq/record_put.h"

#include <stdlib.h>

/* ---- finding ---- */

struct finding {
	const char *id;
	tg_json *found;
};

static int look_at(void *ctx, tg_view line, uint32_t number, tg_error *err)
{
	struct finding *f = ctx;
	tg_json *json = NULL;
	const char *id;
	int rc = tg_json_parse(&json, line, err);

	(void)number;
	if (rc != TG_OK)
		return rc;
	id = tg_json_str(tg_json_get(json, "id"));
	if (id == NULL || strcmp(id, f->id) != 0 || f->found != NULL) {
		tg_json_free(json);
		return TG_OK;
	}
	f->found = json;
	return TG_OK;
}

int tg_record_find(tg_json **out, const tg_site *site, tg_record_kind kind, const char *id, tg_error *err)
{
	struct finding f = { id, NULL };
	char path[4096];
	int rc = tg_path(path, err, "%s/%s", site->records, tg_record_files[kind]);

	if (rc == TG_OK)
		rc = tg_records_each_line(path, look_at, &f, err);
	if (rc == TG_ENOTFOUND)
		rc = TG_OK;
	*out = f.found;
	if (rc != TG_OK) {
		tg_json_free(f.found);
		*out = NULL;
		tg_error_prefix(err, "%s", tg_record_files[kind]);
	}
	return rc;
}

static bool same(const tg_json *a, const tg_json *b)
{
	tg_buf left, right;
	bool equal;

	tg_buf_init(&left, 2 * (size_t)TG_RECORD_LINE_MAX);
	tg_buf_init(&right, 2 * (size_t)TG_RECORD_LINE_MAX);
	equal = tg_json_write_jcs(&left, a, NULL) == TG_OK && tg_json_write_jcs(&right, b, NULL) == TG_OK &&
		tg_view_equal(tg_buf_view(&left), tg_buf_view(&right));
	tg_buf_fini(&left);
	tg_buf_fini(&right);
	return equal;
}

int tg_record_is_put(bool *out, const tg_site *site, tg_record_kind kind, const tg_json *record, tg_error *err)
{
	const char *id = tg_json_str(tg_json_get(record, "id"));
	tg_json *now = NULL;
	int rc = id == NULL ? tg_fail(err, TG_EINVAL, "a record without an id") : tg_record_find(&now, site, kind, id, err);

	*out = rc == TG_OK && now != NULL && same(now, record);
	tg_json_free(now);
	return rc;
}

int tg_record_change_write(const tg_site *site, tg_record_kind kind, const tg_json *record, tg_error *err)
{
	const char *id = tg_json_str(tg_json_get(record, "id"));
	tg_record_line line = { NULL, NULL };
	int rc = id == NULL ? tg_fail(err, TG_EINVAL, "a record without an id")
			    : tg_record_find(&line.now, site, kind, id, err);

	if (rc == TG_OK && (line.now == NULL || !same(line.now, record))) {
		line.then = tg_json_copy(record);
		rc = tg_records_put(site, kind, &line, 1, err);
	}
	tg_json_free(line.now);
	tg_json_free(line.then);
	return rc;
}

/* ---- judging ---- */

void tg_record_judgement_fini(tg_record_judgement *j)
{
	tg_findings_fini(&j->own);
}

/* Takes the present line of that record out of the set and gives back its number, or one after the last. */
static uint32_t take_out(tg_records *r, tg_record_kind kind, const char *id)
{
	uint32_t line = 1;

	for (size_t i = 0; kind == TG_RECORD_FAILURE && i < r->failure_count; i++) {
		line = r->failures[i].line + 1;
		if (strcmp(r->failures[i].id, id) == 0) {
			line = r->failures[i].line;
			r->failures[i] = r->failures[--r->failure_count];
			return line;
		}
	}
	for (size_t i = 0; kind == TG_RECORD_NOTICE && i < r->notice_count; i++) {
		line = r->notices[i].line + 1;
		if (strcmp(r->notices[i].id, id) == 0) {
			line = r->notices[i].line;
			r->notices[i] = r->notices[--r->notice_count];
			return line;
		}
	}
	return line;
}

static int read_record(
	tg_records *records, tg_findings *all, tg_record_kind kind, const tg_json *record, uint32_t line, tg_error *err)
{
	tg_buf text;
	int rc;

	tg_buf_init(&text, 2 * (size_t)TG_RECORD_LINE_MAX);
	rc = tg_json_write_jcs(&text, record, err);
	if (rc == TG_OK)
		rc = tg_buf_check(&text, "record", err);
	if (rc == TG_OK && text.len > TG_RECORD_LINE_MAX)
		rc = tg_fail(err, TG_ELENGTH, "the record is longer than %d bytes; name brands or types instead of numbers",
			TG_RECORD_LINE_MAX);
	if (rc == TG_OK) {
		rc = tg_records_read_line(records, all, kind, tg_buf_view(&text), line);
		if (rc == TG_EFORMAT)
			(void)tg_fail(err, rc, "what was asked for is no record; nothing was changed");
		else if (rc == TG_ENOMEM)
			(void)tg_fail(err, rc, "record: out of memory");
	}
	tg_buf_fini(&text);
	return rc;
}

static void sort_out(tg_record_judgement *out, const tg_findings *all, tg_record_kind kind, uint32_t line)
{
	out->errors_elsewhere = all->counts[TG_FINDING_ERROR];
	for (size_t i = 0; i < all->count; i++) {
		const tg_finding *f = &all->list[i];

		if (f->line != line || strcmp(f->file, tg_record_files[kind]) != 0)
			continue;
		if (f->level == TG_FINDING_ERROR)
			out->errors_elsewhere--;
		tg_findings_add(&out->own, (tg_finding_level)f->level, f->code, (tg_finding_at){ f->file, f->line }, f->field,
			"%s", f->words);
	}
}

/* ---- which products it names, and what we are for them ---- */

struct naming {
	const tg_records *records;
	uint8_t *roles; /* of each product; 0 is a distributor, as compile.c has it */
	uint8_t role;
	tg_record_judgement *out;
	bool *seen;
};

static bool note_role(void *context, size_t product)
{
	struct naming *n = context;

	n->roles[product] = n->role;
	return true;
}

static bool note_product(void *context, size_t product)
{
	struct naming *n = context;

	n->out->products += !n->seen[product];
	n->seen[product] = true;
	n->out->roles |= 1U << n->roles[product];
	return true;
}

static int count_named(tg_record_judgement *out, const tg_index *index, const tg_reach *reach, tg_error *err)
{
	const tg_records *r = index->records;
	struct naming n = { r, calloc(index->product_count + 1, 1), 0, out, calloc(index->product_count + 1, sizeof(bool)) };
	int rc = TG_OK;

	if (n.roles == NULL || n.seen == NULL) {
		rc = tg_fail(err, TG_ENOMEM, "records: out of memory");
	} else {
		for (size_t i = 0; i < r->role_count; i++) {
			n.role = r->roles[i].role;
			tg_reach_each(index, &r->roles[i].reach, note_role, &n);
		}
		tg_reach_each(index, reach, note_product, &n);
	}
	free(n.roles);
	free(n.seen);
	return rc;
}

int tg_record_change_judge(tg_record_judgement *out, const tg_site *site, tg_record_kind kind, const tg_json *record,
	int32_t today, bool quiet, tg_error *err)
{
	tg_records records = { .quiet = quiet, .documents_seen = site->documents_seen };
	const char *id = tg_json_str(tg_json_get(record, "id"));
	tg_findings all = { 0 };
	tg_index index = { 0 };
	uint32_t line = 0;
	int rc = tg_records_load(&records, &all, site->records, err);

	if (rc == TG_OK) {
		line = take_out(&records, kind, id == NULL ? "" : id);
		rc = read_record(&records, &all, kind, record, line, err);
	}
	if (rc == TG_OK && (rc = tg_index_build(&index, &records, &all, err)) == TG_OK) {
		tg_lint(&all, &index, today);
		rc = count_named(out, &index, kind == TG_RECORD_FAILURE ? &records.failures[records.failure_count - 1].reach
									: &records.notices[records.notice_count - 1].reach, err);
	}
	sort_out(out, &all, kind, line);
	if (rc == TG_OK && out->own.counts[TG_FINDING_ERROR] > 0)
		rc = tg_fail(err, TG_ESTATE, "lint refuses the record; nothing was changed");
	out->done = rc == TG_OK;
	tg_index_fini(&index);
	tg_findings_fini(&all);
	tg_records_fini(&records);
	return rc;
}
