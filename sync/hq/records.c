/* SPDX-License-Identifier: Apache-2.0
 *
 * records.c - the folder of source records, read into memory line by line.
 */
#include "sync/hq/records.h"

#include "store/base/file.h"
#include "sync/hq/document_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRESS_LINES 100000 /* a line on the terminal now and then: about ten a second */

void tg_records_fini(tg_records *records)
{
	free(records->products);
	free(records->socs);
	free(records->labels);
	free(records->scope_notes);
	free(records->class_notes);
	free(records->packs);
	free(records->bundles);
	free(records->roles);
	free(records->failures);
	free(records->notices);
	free(records->publications);
	tg_arena_fini(&records->arena);
	*records = (tg_records){ 0 };
}

/* Lines of a file through one buffer that holds the longest line allowed and no more. */
struct line_reader {
	int fd;
	uint8_t *data; /* TG_RECORD_LINE_MAX + 1 bytes */
	size_t start, end;
	bool at_end;
};

/* Move what is left to the front and read on. */
static int refill(struct line_reader *r, const char *path, tg_error *err)
{
	ssize_t got;

	memmove(r->data, r->data + r->start, r->end - r->start);
	r->end -= r->start;
	r->start = 0;
	do {
		got = read(r->fd, r->data + r->end, TG_RECORD_LINE_MAX + 1 - r->end);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	r->end += (size_t)got;
	r->at_end = got == 0;
	return TG_OK;
}

/*
 * The next line without its newline; TG_ENOTFOUND after the last. A NUL inside is the JSON reader's to
 * refuse.
 */
static int next_line(struct line_reader *r, tg_view *line, const char *path, tg_error *err)
{
	for (;;) {
		const uint8_t *from = r->data + r->start;
		size_t have = r->end - r->start;
		const uint8_t *newline = have == 0 ? NULL : memchr(from, '\n', have);
		int rc;

		if (newline != NULL || (r->at_end && have > 0)) {
			*line = tg_view_of(from, newline != NULL ? (size_t)(newline - from) : have);
			r->start += line->len + (newline != NULL);
			return TG_OK;
		}
		if (r->at_end)
			return TG_ENOTFOUND;
		if (have > TG_RECORD_LINE_MAX)
			return tg_fail(err, TG_ELENGTH, "%s: a line of more than %d bytes", path,
				TG_RECORD_LINE_MAX);
		rc = refill(r, path, err);
		if (rc != TG_OK)
			return rc;
	}
}

int tg_records_each_line(const char *path, tg_line_each *each, void *ctx, tg_error *err)
{
	struct line_reader r = { .data = malloc(TG_RECORD_LINE_MAX + 1) };
	uint32_t number = 0;
	tg_view line;
	int rc = TG_OK;

	r.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (r.fd < 0)
		rc = tg_fail_errno(err, errno == ENOENT ? TG_ENOTFOUND : TG_EIO, "%s", path);
	else if (r.data == NULL)
		rc = tg_fail(err, TG_ENOMEM, "%s: out of memory", path);
	while (rc == TG_OK && (rc = next_line(&r, &line, path, err)) == TG_OK) {
		if (++number > TG_RECORD_LINES_MAX)
			rc = tg_fail(err, TG_ELENGTH, "%s: more than %d lines", path, TG_RECORD_LINES_MAX);
		else if (line.len > 0)
			rc = each(ctx, line, number, err);
	}
	if (r.fd >= 0 && rc == TG_ENOTFOUND)
		rc = TG_OK; /* the end of the file, not a missing one */
	if (r.fd >= 0)
		(void)close(r.fd);
	free(r.data);
	return rc;
}

struct loading {
	tg_records *records;
	tg_findings *findings;
	tg_record_kind kind;
	bool progress;
};

static int load_line(void *ctx, tg_view line, uint32_t number, tg_error *err)
{
	struct loading *loading = ctx;

	if (loading->progress && number % PROGRESS_LINES == 0)
		(void)fprintf(stderr, "\r%s: %u lines read", tg_record_files[loading->kind], number);
	if (tg_records_read_line(loading->records, loading->findings, loading->kind, line, number) ==
		TG_ENOMEM)
		return tg_fail(
			err, TG_ENOMEM, "%s:%u: out of memory", tg_record_files[loading->kind], number);
	return TG_OK;
}

static int load_policy(tg_records *records, tg_findings *findings, const char *folder, tg_error *err)
{
	tg_finding_at at = { TG_POLICY_FILE, 1 };
	tg_error words = { 0 };
	char path[4096];
	tg_buf text;
	int rc = tg_path(path, err, "%s/%s", folder, TG_POLICY_FILE);

	if (rc != TG_OK)
		return rc;
	tg_buf_init(&text, TG_POLICY_MAX_BYTES);
	rc = tg_file_read(&text, path, TG_POLICY_MAX_BYTES, &words);
	if (rc == TG_ENOTFOUND) {
		tg_findings_add(findings, TG_FINDING_ERROR, "policy-missing", at, "",
			"no policy; stations need one. Start from the example that init wrote");
		rc = TG_OK;
	} else if (rc == TG_OK || rc == TG_ELENGTH) {
		if (rc == TG_OK)
			rc = tg_policy_parse(&records->policy, tg_buf_view(&text), &words);
		records->has_policy = rc == TG_OK;
		if (rc != TG_OK && rc != TG_ENOMEM) {
			tg_findings_add(findings, TG_FINDING_ERROR, "bad-policy", at, "", "%s", words.msg);
			rc = TG_OK;
		}
	}
	if (rc != TG_OK)
		rc = tg_fail(err, rc, "%s", words.msg);
	tg_buf_fini(&text);
	return rc;
}

int tg_records_load(tg_records *records, tg_findings *findings, const char *folder, tg_error *err)
{
	struct loading loading = {
		.records = records, .findings = findings, .progress = !records->quiet && isatty(STDERR_FILENO)
	};
	char path[4096];
	struct stat st;
	int rc = TG_OK;

	if (stat(folder, &st) != 0)
		return tg_fail_errno(err, errno == ENOENT ? TG_ENOTFOUND : TG_EIO, "%s", folder);
	for (int kind = 0; kind < TG_RECORD_KINDS && rc == TG_OK; kind++) {
		loading.kind = (tg_record_kind)kind;
		rc = tg_path(path, err, "%s/%s", folder, tg_record_files[kind]);
		if (rc == TG_OK)
			rc = tg_records_each_line(path, load_line, &loading, err);
		if (rc == TG_ENOTFOUND)
			rc = TG_OK;
		if (loading.progress)
			(void)fputs("\r\033[K", stderr);
	}
	if (rc == TG_OK)
		rc = tg_document_files_check(records, findings, folder, err);
	return rc == TG_OK ? load_policy(records, findings, folder, err) : rc;
}
