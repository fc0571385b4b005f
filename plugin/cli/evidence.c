/* SPDX-License-Identifier: Apache-2.0
 *
 * evidence.c - `tillgate evidence`: read the log, prove it, sign it.
 */
#include "plugin/cli/ask.h"

#include "plugin/cli/into_file.h"
#include "store/evidence/reference.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] [--json] evidence list [--from SEQ] [--count N] [--epoch N]\n"
		"       tillgate [--root DIR] [--json] evidence show SEQ|REFERENCE [--epoch N] [--proof]\n"
		"       tillgate [--root DIR] evidence export [--from SEQ] [--count N] [--epoch N] [-o FILE]\n"
		"       tillgate [--root DIR] [--json] evidence verify [--epoch N]\n"
		"       tillgate [--root DIR] [--json] evidence checkpoint\n"
		"       tillgate [--root DIR] [--json] evidence key\n"
		"list shows the newest 100 entries, or N from SEQ. show prints one entry, or with --proof a text that proves it to anybody who has\n"
		"the station's key. export writes all entries, or N from SEQ, one a line, after a line that proves them: what tillgate-hq replay\n"
		"reads. verify recomputes every leaf from its stored bytes and names the first bad entry. checkpoint signs what there\n"
		"is. key prints the verifier key.\n"
		"Exit: 0 done (verify: the log is good), 1 verify: it is not what was signed, 2 usage, 3 could not do it.\n");
}

struct request {
	uint64_t from, count, epoch;
	bool has_from, has_count, has_epoch, proof;
	const char *out; /* of export; NULL: standard output */
};

static const char *text_of(const tg_json *json, const char *name)
{
	const char *text = tg_json_str(tg_json_get(json, name));

	return text != NULL ? text : "";
}

static bool number(uint64_t *out, const char *text)
{
	char *end;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return false;
	*out = strtoull(text, &end, 10);
	return *end == '\0' && *out <= (uint64_t)TG_JSON_MAX_INT;
}

static void print_entry(const tg_json *one)
{
	const tg_json *entry = tg_json_get(one, "entry"), *label = tg_json_get(entry, "label");
	char at[TG_UTC_TEXT_SIZE];
	const char *kind = text_of(entry, "kind");

	printf("%6lld  %s  ", (long long)tg_json_int(tg_json_get(one, "seq")), tg_utc_format(at, tg_json_int(tg_json_get(entry, "at_us"))));
	if (strcmp(kind, "check") != 0) {
		static const char *const telling[] = { "event", "state", "why" };

		printf("%s", kind);
		for (size_t i = 0; i < TG_COUNT(telling); i++)
			printf("%s%s", text_of(entry, telling[i])[0] != '\0' ? " " : "", text_of(entry, telling[i]));
		printf("\n");
		return;
	}
	printf("%-11s %-7s %-8s %s %s", text_of(entry, "operation"),
		tg_json_bool(tg_json_get(entry, "could_not_check")) ? "unknown" : text_of(entry, "outcome"),
		tg_json_bool(tg_json_get(entry, "released")) ? "released" : "withheld", text_of(entry, "code"), text_of(label, "kind"));
	printf(" %s%s%s%s\n", text_of(label, "gtin"), text_of(label, "number"), text_of(label, "prefix"), text_of(label, "other"));
}

static int list(tg_cli *cli, tg_ask *ask, const struct request *r)
{
	char query[128] = "";
	tg_json *page = NULL;
	tg_error err = { 0 };
	size_t n = 0;

	if (r->has_from)
		n += (size_t)snprintf(query + n, sizeof(query) - n, "from=%llu&", (unsigned long long)r->from);
	if (r->has_epoch)
		n += (size_t)snprintf(query + n, sizeof(query) - n, "epoch=%llu&", (unsigned long long)r->epoch);
	snprintf(query + n, sizeof(query) - n, "count=%llu", (unsigned long long)(r->has_count ? r->count : 100));
	if (tg_ask_json(&page, ask, "GET", "/v1/evidence", query, NULL, &err) != TG_OK)
		return tg_cli_fail(cli, &err);
	for (const tg_json *one = tg_json_first(tg_json_get(page, "entries")); one != NULL; one = tg_json_next(one)) {
		if (cli->json)
			tg_ask_print_json(one);
		else
			print_entry(one);
	}
	tg_json_free(page);
	return 0;
}

static int show_proof(tg_cli *cli, tg_ask *ask, const struct request *r)
{
	char query[96];
	tg_json *reply = NULL;
	tg_error err = { 0 };

	snprintf(query, sizeof(query), "seq=%llu&epoch=%llu", (unsigned long long)r->from, (unsigned long long)r->epoch);
	if (tg_ask_json(&reply, ask, "GET", "/v1/evidence/proof", query, NULL, &err) != TG_OK)
		return tg_cli_fail(cli, &err);
	if (cli->json)
		tg_ask_print_json(reply);
	else
		fputs(text_of(reply, "proof"), stdout);
	tg_json_free(reply);
	return 0;
}

static int show(tg_cli *cli, tg_ask *ask, const struct request *r)
{
	char query[96];
	tg_json *page = NULL;
	const tg_json *one;
	tg_error err = { 0 };

	if (r->proof)
		return show_proof(cli, ask, r);
	snprintf(query, sizeof(query), "from=%llu&epoch=%llu", (unsigned long long)r->from, (unsigned long long)r->epoch);
	if (tg_ask_json(&page, ask, "GET", "/v1/evidence/entry", query, NULL, &err) != TG_OK)
		return tg_cli_fail(cli, &err);
	one = tg_json_first(tg_json_get(page, "entries"));
	if (cli->json) {
		tg_ask_print_json(one);
	} else {
		tg_buf text;

		tg_buf_init(&text, TG_API_REPLY_MAX);
		if (tg_json_write_pretty(&text, tg_json_get(one, "entry"), NULL) == TG_OK)
			printf("epoch %lld, entry %lld, leaf %s\n%s", (long long)tg_json_int(tg_json_get(one, "epoch")),
				(long long)tg_json_int(tg_json_get(one, "seq")), text_of(one, "leaf"), tg_buf_text(&text));
		tg_buf_fini(&text);
	}
	tg_json_free(page);
	return 0;
}

/* ---- export ---- */

/* Where an export goes. What is cut short says so itself: its first line tells how many follow. */
struct sink {
	FILE *to;
	const char *name;
};

static int put_line(struct sink *sink, const tg_json *json, tg_error *err)
{
	tg_buf line;
	int rc;

	tg_buf_init(&line, TG_API_REPLY_MAX);
	rc = tg_json_write_jcs(&line, json, err);
	if (rc == TG_OK) {
		tg_buf_putc(&line, '\n');
		rc = tg_buf_check(&line, "export", err);
	}
	if (rc == TG_OK && fwrite(line.data, 1, line.len, sink->to) != line.len)
		rc = tg_fail_errno(err, TG_EIO, "%s", sink->name);
	tg_buf_fini(&line);
	return rc;
}

static int export_page(uint64_t *next, struct sink *sink, tg_ask *ask, uint64_t epoch, uint64_t end, tg_error *err)
{
	uint64_t count = end - *next < TG_API_PAGE_MAX ? end - *next : TG_API_PAGE_MAX, before = *next;
	tg_json *page = NULL;
	char query[96];
	int rc;

	snprintf(query, sizeof(query), "from=%llu&count=%llu&epoch=%llu", (unsigned long long)*next, (unsigned long long)count,
		(unsigned long long)epoch);
	rc = tg_ask_json(&page, ask, "GET", "/v1/evidence", query, NULL, err);
	for (const tg_json *one = tg_json_first(tg_json_get(page, "entries")); rc == TG_OK && one != NULL; one = tg_json_next(one)) {
		*next = (uint64_t)tg_json_int(tg_json_get(one, "seq")) + 1;
		rc = put_line(sink, one, err);
	}
	if (rc == TG_OK && *next == before)
		*next = end; /* a row is gone: whoever verifies the export is told which */
	tg_json_free(page);
	return rc;
}

static int export_all(struct sink *sink, tg_ask *ask, const struct request *r, tg_error *err)
{
	uint64_t next, end, epoch;
	tg_json *range = NULL;
	bool show = isatty(STDERR_FILENO) && sink->to != stdout;
	char query[96];
	int n = snprintf(query, sizeof(query), "from=%llu&epoch=%llu", (unsigned long long)r->from, (unsigned long long)r->epoch);
	int rc;

	if (r->has_count)
		snprintf(query + n, sizeof(query) - (size_t)n, "&count=%llu", (unsigned long long)r->count);
	rc = tg_ask_json(&range, ask, "GET", "/v1/evidence/range", query, NULL, err);
	if (rc == TG_OK)
		rc = put_line(sink, range, err);
	next = (uint64_t)tg_json_int(tg_json_get(range, "from"));
	end = (uint64_t)tg_json_int(tg_json_get(range, "to"));
	epoch = (uint64_t)tg_json_int(tg_json_get(range, "epoch"));
	tg_json_free(range);
	while (rc == TG_OK && next < end) {
		rc = export_page(&next, sink, ask, epoch, end, err);
		if (show)
			fprintf(stderr, "\r%llu of %llu entries%s", (unsigned long long)next, (unsigned long long)end, next >= end ? "\n" : "");
	}
	return rc;
}

static int verify(tg_cli *cli, tg_ask *ask, const struct request *r)
{
	char query[64] = "";
	tg_json *result = NULL;
	tg_error err = { 0 };
	bool good;

	if (r->has_epoch)
		snprintf(query, sizeof(query), "epoch=%llu", (unsigned long long)r->epoch);
	if (tg_ask_json(&result, ask, "POST", "/v1/evidence/verify", query, NULL, &err) != TG_OK)
		return tg_cli_fail(cli, &err);
	good = strcmp(text_of(result, "verdict"), "good") == 0;
	if (cli->json)
		tg_ask_print_json(result);
	else
		printf("%s: %lld entries recomputed, %lld checkpoints checked, %lld not yet signed\n%s%s%s\n", text_of(result, "verdict"),
			(long long)tg_json_int(tg_json_get(result, "entries")), (long long)tg_json_int(tg_json_get(result, "checkpoints")),
			(long long)tg_json_int(tg_json_get(result, "unsigned_entries")), text_of(result, "words"),
			text_of(result, "words")[0] != '\0' ? "\n" : "", text_of(result, "not_checked"));
	tg_json_free(result);
	return good ? 0 : TG_EXIT_WITHHELD;
}

static int print_member(tg_cli *cli, tg_ask *ask, const char *method, const char *path, const char *member)
{
	tg_json *reply = NULL;
	tg_error err = { 0 };

	if (tg_ask_json(&reply, ask, method, path, "", NULL, &err) != TG_OK)
		return tg_cli_fail(cli, &err);
	if (cli->json)
		tg_ask_print_json(reply);
	else
		printf("%s%s", text_of(reply, member), strchr(text_of(reply, member), '\n') != NULL ? "" : "\n");
	tg_json_free(reply);
	return 0;
}

/* SEQ, or the reference that an answer carried. */
static bool entry_named(struct request *r, const char *text)
{
	tg_reference reference;

	r->has_from = true;
	if (number(&r->from, text))
		return true;
	if (tg_reference_parse(&reference, text, NULL) != TG_OK)
		return false;
	r->from = reference.seq;
	if (!r->has_epoch)
		r->epoch = reference.epoch;
	return true;
}

static int read_options(struct request *r, const char **what, tg_cli *cli, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			cli->json = true;
		} else if (strcmp(argv[i], "--proof") == 0) {
			r->proof = true;
		} else if (strcmp(argv[i], "--from") == 0 && i + 1 < argc && number(&r->from, argv[i + 1])) {
			r->has_from = true;
			i++;
		} else if (strcmp(argv[i], "--count") == 0 && i + 1 < argc && number(&r->count, argv[i + 1])) {
			r->has_count = true;
			i++;
		} else if (strcmp(argv[i], "--epoch") == 0 && i + 1 < argc && number(&r->epoch, argv[i + 1])) {
			r->has_epoch = true;
			i++;
		} else if ((strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0) && i + 1 < argc) {
			r->out = argv[++i];
		} else if (argv[i][0] != '-' && *what == NULL) {
			*what = argv[i];
		} else if (argv[i][0] != '-' && strcmp(*what, "show") == 0 && !r->has_from) {
			if (!entry_named(r, argv[i]))
				return tg_cli_misused(cli, "\"%s\" is no sequence number and no reference (was a character misread?)", argv[i]);
		} else {
			return tg_cli_misused(cli, "\"%s\" is not understood", argv[i]);
		}
	}
	if (*what == NULL)
		return tg_cli_misused(cli, "say what: list, show, export, verify, checkpoint or key");
	if (strcmp(*what, "show") == 0 && !r->has_from)
		return tg_cli_misused(cli, "say which entry");
	return 0;
}

static int run(tg_cli *cli, tg_ask *ask, const char *what, const struct request *r)
{
	if (strcmp(what, "list") == 0)
		return list(cli, ask, r);
	if (strcmp(what, "show") == 0)
		return show(cli, ask, r);
	if (strcmp(what, "verify") == 0)
		return verify(cli, ask, r);
	if (strcmp(what, "checkpoint") == 0)
		return print_member(cli, ask, "POST", "/v1/checkpoint", "checkpoint");
	if (strcmp(what, "key") == 0)
		return print_member(cli, ask, "GET", "/v1/evidence/key", "vkey");
	return tg_cli_misused(cli, "no such action \"%s\"", what);
}

struct export {
	tg_cli *cli;
	const struct request *request;
};

static int export_to(const struct export *x, FILE *to, const char *name)
{
	struct sink sink = { .to = to, .name = name };
	tg_ask *ask = NULL;
	tg_error err = { 0 };
	int rc = tg_ask_open(&ask, x->cli, &err);

	if (rc == TG_OK)
		rc = export_all(&sink, ask, x->request, &err);
	tg_ask_close(ask);
	if ((fflush(to) != 0 || ferror(to)) && rc == TG_OK)
		rc = tg_fail_errno(&err, TG_EIO, "%s", name);
	return rc == TG_OK ? 0 : tg_cli_fail(x->cli, &err);
}

static int export_to_fd(void *ctx, int fd)
{
	const struct export *x = ctx;
	FILE *to = fdopen(fd, "w");
	tg_error err = { 0 };
	int code;

	if (to == NULL) {
		(void)tg_fail_errno(&err, TG_EIO, "%s", x->request->out);
		return tg_cli_fail(x->cli, &err);
	}
	code = export_to(x, to, x->request->out);
	fclose(to); /* flushed, and asked about that, above */
	return code;
}

/* A file is replaced whole, by one for its owner only: what a shop sold is not for everybody. Links stay and lead to the new one. */
static int export_into_file(struct export *x, bool there)
{
	char real[PATH_MAX];
	const char *path = there ? realpath(x->request->out, real) : x->request->out;
	tg_file_stage stage;
	tg_error err = { 0 };
	int rc = path != NULL ? tg_file_stage_open(&stage, path, 0600, &err) : tg_fail_errno(&err, TG_EIO, "%s", x->request->out);

	return rc == TG_OK ? tg_into_file(x->cli, &stage, export_to_fd, x) : tg_cli_fail(x->cli, &err);
}

static int export_entries(tg_cli *cli, const struct request *r)
{
	struct export x = { cli, r };
	struct stat st;
	tg_error err = { 0 };
	bool there = r->out != NULL && stat(r->out, &st) == 0;
	int fd;

	if (r->out == NULL)
		return export_to(&x, stdout, "standard output");
	if (!there || S_ISREG(st.st_mode))
		return export_into_file(&x, there);
	fd = open(r->out, O_WRONLY | O_CLOEXEC); /* a pipe or a device: nothing may be put in its place */
	if (fd >= 0)
		return export_to_fd(&x, fd);
	(void)tg_fail_errno(&err, TG_EIO, "%s", r->out);
	return tg_cli_fail(cli, &err);
}

int tg_cli_evidence(tg_cli *cli, int argc, char **argv)
{
	struct request r = { 0 };
	const char *what = NULL;
	tg_error err = { 0 };
	tg_ask *ask = NULL;
	int code;

	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return 0;
	}
	code = read_options(&r, &what, cli, argc, argv);
	if (code != 0)
		return code;
	if (strcmp(what, "export") == 0)
		return export_entries(cli, &r);
	if (r.out != NULL)
		return tg_cli_misused(cli, "-o is for export");
	if (tg_ask_open(&ask, cli, &err) != TG_OK)
		return tg_cli_fail(cli, &err);
	code = run(cli, ask, what, &r);
	tg_ask_close(ask);
	return code;
}
