/* SPDX-License-Identifier: Apache-2.0
 *
 * test_casework.c - the form of events, the chain of a book, and two files that change together or not at all.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/hq/book.h"

#include "store/base/crypto.h"
#include "store/base/file.h"
#include "sync/hq/record_change.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RECORD "{\"id\":\"F-1\",\"believed\":\"2026-06-01\",\"source\":\"test\",\"gtins\":[\"9524000000019\"]}"
#define OPENED                                                                                               \
	"\"event\":\"opened\",\"state\":\"known\",\"role\":\"distributor\",\"believed\":\"2026-06-01\",\"source\":\"test\","      \
	"\"told_by\":\"own-test\",\"offered\":true,\"details\":\"d\",\"record\":" RECORD
#define STEP "\"event\":\"step\",\"step\":\"stop\",\"result\":\"done\",\"on\":\"2026-06-01\",\"evidence\":\"t\""
#define ADDED "\"event\":\"added\",\"kind\":\"information\",\"source\":\"letter\",\"given\":\"2026-06-01\",\"service\":\"post\""
#define DAYS "\"on\":\"2026-06-01\",\"evidence\":\"e\""

/* clang-format off */
static const struct {
	const char *what;
	tg_book book;
	const char *event, *wrong; /* NULL: it is taken; else a part of the words */
} forms[] = {
	{ "a failure opened", TG_BOOK_FAILURES, OPENED, NULL },
	{ "a step", TG_BOOK_FAILURES, STEP, NULL },
	{ "facts", TG_BOOK_FAILURES, "\"event\":\"facts\",\"risks\":\"r\",\"remedy_unlikely\":true", NULL },
	{ "no such event", TG_BOOK_FAILURES, "\"event\":\"shut\"", "event: no event \"shut\"" },
	{ "an event of the other book", TG_BOOK_FAILURES, ADDED, "no event \"added\"" },
	{ "a member that no event has", TG_BOOK_FAILURES, STEP ",\"colour\":\"red\"", "colour" },
	{ "a member of another event", TG_BOOK_FAILURES, STEP ",\"outcome\":\"remedied\"", "outcome" },
	{ "a step that is none", TG_BOOK_FAILURES, "\"event\":\"step\",\"step\":\"dance\",\"result\":\"done\",\"on\":\"2026-06-01\"", "step" },
	{ "a result that is none", TG_BOOK_FAILURES, "\"event\":\"step\",\"step\":\"stop\",\"result\":\"nearly\",\"on\":\"2026-06-01\"", "result" },
	{ "a step on no day", TG_BOOK_FAILURES, "\"event\":\"step\",\"step\":\"stop\",\"result\":\"done\"", "on: missing" },
	{ "a day that is none", TG_BOOK_FAILURES, "\"event\":\"step\",\"step\":\"stop\",\"result\":\"done\",\"on\":\"2027-02-29\"", "on" },
	{ "without details", TG_BOOK_FAILURES, "\"event\":\"opened\",\"state\":\"known\",\"role\":\"importer\",\"source\":\"s\",\"told_by\":\"press\","
		"\"offered\":true,\"record\":" RECORD, "details" },
	{ "another's record", TG_BOOK_FAILURES, "\"event\":\"known\",\"on\":\"2026-06-01\",\"reason\":\"r\",\"record\":{\"id\":\"F-2\"}", "record" },
	{ "a text that turns round", TG_BOOK_FAILURES, "\"event\":\"facts\",\"risks\":\"a\xe2\x80\xae" "b\"", "risks" },
	{ "a text with a control character", TG_BOOK_FAILURES, "\"event\":\"facts\",\"risks\":\"a\\u001bb\"", "risks" },
	{ "a text that hides", TG_BOOK_FAILURES, "\"event\":\"facts\",\"risks\":\"a\xe2\x80\x8b" "b\"", "risks" },
	{ "a notice added", TG_BOOK_NOTICES, ADDED, NULL },
	{ "with tasks", TG_BOOK_NOTICES, ADDED ",\"tasks\":[{\"by\":\"2026-06-09\",\"what\":\"send\"}]", NULL },
	{ "a task without a day", TG_BOOK_NOTICES, ADDED ",\"tasks\":[{\"what\":\"send\"}]", "by" },
	{ "a task that is nothing", TG_BOOK_NOTICES, ADDED ",\"tasks\":[{\"by\":\"2026-06-09\",\"what\":\"\"}]", "what" },
	{ "task 0 done", TG_BOOK_NOTICES, "\"event\":\"task-done\",\"task\":0," DAYS, "task" },
	{ "an appeal decided somehow", TG_BOOK_NOTICES, "\"event\":\"appeal-decided\",\"result\":\"settled\"," DAYS ",\"record\":{\"id\":\"F-1\"}", "result" },
	{ "an appeal decided, and no record", TG_BOOK_NOTICES, "\"event\":\"appeal-decided\",\"result\":\"allowed\"," DAYS, "record" },
};
/* clang-format on */

static void each_event_has_its_own_members_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(forms); i++) {
		const char *const events[] = { forms[i].event, NULL };
		tg_casework c;
		tg_error err = { 0 };
		tg_buf text;
		int rc;

		tg_buf_init(&text, 1 << 16);
		book_text(&text, "F-1", events);
		rc = tg_casework_parse(&c, forms[i].book, tg_buf_view(&text), &err);
		if ((rc == TG_OK) != (forms[i].wrong == NULL))
			fail_msg("%s: %s (%s)", forms[i].what, tg_strerror(rc), err.msg);
		if (forms[i].wrong != NULL && strstr(err.msg, forms[i].wrong) == NULL)
			fail_msg("%s: \"%s\" does not speak of \"%s\"", forms[i].what, err.msg, forms[i].wrong);
		tg_casework_fini(&c);
		tg_buf_fini(&text);
	}
}

static const char *const three[] = { OPENED, STEP, STEP, NULL };

/* Every single byte of a book: what is changed, left out or put in is found. */
static void a_book_that_was_changed_anywhere_but_in_its_last_line_is_found(void **state)
{
	tg_casework c;
	tg_buf text, bent;
	size_t last;

	(void)state;
	tg_buf_init(&text, 1 << 16);
	tg_buf_init(&bent, 1 << 16);
	book_text(&text, "F-1", three);
	for (last = text.len - 1; text.data[last - 1] != '\n'; last--)
		;
	for (size_t i = 0; i < last; i++) {
		tg_buf_clear(&bent);
		tg_buf_append(&bent, text.data, text.len);
		bent.data[i] = bent.data[i] == '7' ? '8' : '7';
		if (tg_casework_parse(&c, TG_BOOK_FAILURES, tg_buf_view(&bent), NULL) == TG_OK)
			fail_msg("byte %zu of \"%.30s\" was changed, and nobody saw it", i, tg_buf_text(&bent) + (i < 15 ? 0 : i - 15));
		tg_casework_fini(&c);
	}
	tg_buf_fini(&bent);
	tg_buf_fini(&text);
}

static void a_line_taken_out_is_found(void **state)
{
	const char *first, *second;
	tg_casework c;
	tg_buf text, cut;

	(void)state;
	tg_buf_init(&text, 1 << 16);
	tg_buf_init(&cut, 1 << 16);
	book_text(&text, "F-1", three);
	first = strchr(tg_buf_text(&text), '\n') + 1;
	second = strchr(first, '\n') + 1;
	tg_buf_append(&cut, text.data, (size_t)(first - tg_buf_text(&text)));
	tg_buf_puts(&cut, second);
	assert_int_equal(tg_casework_parse(&c, TG_BOOK_FAILURES, tg_buf_view(&cut), NULL), TG_EFORMAT);
	tg_casework_fini(&c);
	tg_buf_fini(&cut);
	tg_buf_fini(&text);
}

/* What was being written when the power went is no event, and no error for who only reads. */
static void a_last_line_that_was_cut_short_is_set_aside(void **state)
{
	tg_buf text;

	(void)state;
	tg_buf_init(&text, 1 << 16);
	book_text(&text, "F-1", three);
	for (size_t len = 0; len <= text.len; len++) {
		size_t lines = 0;
		tg_casework c;

		for (size_t i = 0; i < len; i++)
			lines += text.data[i] == '\n';
		assert_int_equal(tg_casework_parse(&c, TG_BOOK_FAILURES, tg_view_of(text.data, len), NULL), TG_OK);
		assert_int_equal(c.count, lines);
		assert_int_equal(c.torn, len > 0 && text.data[len - 1] != '\n');
		tg_casework_fini(&c);
	}
	tg_buf_fini(&text);
}

/* ---- on the disk ---- */

struct place {
	char dir[64], path[4096];
	tg_site site;
};

static void set_up(struct place *p)
{
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/tg-casework.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	assert_int_equal(tg_site_paths(&p->site, p->dir, NULL), TG_OK);
	assert_int_equal(tg_dir_make(p->site.records, 0755, NULL), TG_OK);
}

static void tear_down(struct place *p)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", p->dir);
	assert_int_equal(system(command), 0); /* NOLINT: our own folder */
}

static void write_at(struct place *p, const char *name, const char *text, size_t len)
{
	assert_int_equal(tg_path(p->path, NULL, "%s/casework", p->dir), TG_OK);
	assert_int_equal(tg_dir_make(p->path, 0700, NULL), TG_OK);
	assert_int_equal(tg_path(p->path, NULL, "%s/casework/%s", p->dir, name), TG_OK);
	assert_int_equal(tg_file_write(p->path, tg_view_of(text, len), 0600, NULL), TG_OK);
}

static bool has_record(struct place *p, const char *id)
{
	tg_json *json = NULL;
	bool has;

	assert_int_equal(tg_record_find(&json, &p->site, TG_RECORD_FAILURE, id, NULL), TG_OK);
	has = json != NULL;
	tg_json_free(json);
	return has;
}

static size_t events_in(struct place *p)
{
	tg_casework c;
	size_t count;

	assert_int_equal(tg_casework_load(&c, &p->site, TG_BOOK_FAILURES, NULL), TG_OK);
	assert_false(c.torn);
	count = c.count;
	tg_casework_fini(&c);
	return count;
}

static tg_json *parse(const char *text)
{
	tg_json *json = NULL;

	assert_int_equal(tg_json_parse(&json, tg_view_str(text), NULL), TG_OK);
	return json;
}

static int append(struct place *p, const char *event, const char *members)
{
	const tg_case_author author = { "ann", "ann", INT64_C(1780304400000000) };
	tg_casework c;
	int rc;

	assert_int_equal(tg_casework_load(&c, &p->site, TG_BOOK_FAILURES, NULL), TG_OK);
	rc = tg_casework_append(&c, &p->site, event, "F-1", parse(members), &author, NULL);
	tg_casework_fini(&c);
	return rc;
}

static void an_event_and_its_record_come_together(void **state)
{
	struct place p;

	(void)state;
	set_up(&p);
	assert_int_equal(append(&p, "opened", "{\"state\":\"known\",\"role\":\"distributor\",\"source\":\"s\",\"told_by\":\"press\",\"offered\":true,"
					      "\"details\":\"d\",\"record\":" RECORD "}"), TG_OK);
	assert_int_equal(append(&p, "step", "{\"step\":\"stop\",\"result\":\"done\",\"on\":\"2026-06-01\",\"evidence\":\"e\"}"), TG_OK);
	assert_int_equal(events_in(&p), 2);
	assert_true(has_record(&p, "F-1"));
	assert_int_equal(append(&p, "step", "{\"step\":\"dance\",\"result\":\"done\",\"on\":\"2026-06-01\"}"), TG_EINVAL);
	assert_int_equal(events_in(&p), 2);
	tear_down(&p);
}

/* Whatever of the three writes was done when it ended: afterwards all of it is, once. */
static void what_was_cut_short_is_brought_to_its_end_once(void **state)
{
	static const char *const whole[] = { OPENED, NULL };
	char said[240];
	tg_buf line;

	(void)state;
	tg_buf_init(&line, 1 << 16);
	book_text(&line, "F-1", whole);
	for (size_t written = 0; written <= line.len; written += written + 7 < line.len ? 7 : written == line.len ? 1 : line.len - written)
		for (int with_record = 0; with_record < 2; with_record++) {
			struct place p;

			set_up(&p);
			write_at(&p, "pending.failures.jsonl", tg_buf_text(&line), line.len);
			write_at(&p, "failures.jsonl", tg_buf_text(&line), written);
			if (with_record) {
				tg_json *record = parse(RECORD);

				assert_int_equal(tg_record_change_write(&p.site, TG_RECORD_FAILURE, record, NULL), TG_OK);
				tg_json_free(record);
			}
			assert_int_equal(tg_casework_repair(said, &p.site, NULL), TG_OK);
			assert_non_null(strstr(said, "cut short"));
			assert_int_equal(events_in(&p), 1);
			assert_true(has_record(&p, "F-1"));
			assert_int_equal(tg_casework_repair(said, &p.site, NULL), TG_OK);
			assert_string_equal(said, "");
			tear_down(&p);
		}
	tg_buf_fini(&line);
}

static void bytes_that_nobody_announced_are_an_error_to_writers(void **state)
{
	char said[240];
	tg_error err = { 0 };
	static const char *const added[] = { "\"event\":\"added\",\"kind\":\"information\",\"source\":\"letter\"", NULL };
	tg_casework notices;
	tg_buf line;
	struct place p;

	(void)state;
	set_up(&p);
	write_at(&p, "failures.jsonl", "{\"v\":1", 6);
	assert_int_equal(tg_casework_repair(said, &p.site, &err), TG_EFORMAT);
	assert_non_null(strstr(err.msg, "no event is pending"));
	/* and nothing of the other book is left undone for it */
	tg_buf_init(&line, 1 << 16);
	book_text(&line, "N-1", added);
	write_at(&p, "pending.notices.jsonl", tg_buf_text(&line), line.len);
	assert_int_equal(tg_casework_repair(said, &p.site, &err), TG_EFORMAT);
	assert_non_null(strstr(err.msg, "no event is pending"));
	assert_non_null(strstr(said, "N-1"));
	assert_int_equal(tg_casework_load(&notices, &p.site, TG_BOOK_NOTICES, NULL), TG_OK);
	assert_int_equal(notices.count, 1);
	tg_casework_fini(&notices);
	tg_buf_fini(&line);
	tear_down(&p);
}

static void a_pending_event_of_another_book_is_an_error(void **state)
{
	char said[240];
	tg_buf text;
	struct place p;

	(void)state;
	set_up(&p);
	tg_buf_init(&text, 1 << 16);
	book_text(&text, "F-1", three);
	/* the third line is pending, but the book is empty */
	write_at(&p, "pending.failures.jsonl", strchr(strchr(tg_buf_text(&text), '\n') + 1, '\n') + 1,
		strlen(strchr(strchr(tg_buf_text(&text), '\n') + 1, '\n') + 1));
	assert_int_equal(tg_casework_repair(said, &p.site, NULL), TG_EFORMAT);
	tg_buf_fini(&text);
	tear_down(&p);
}

/* Nothing is said to be done that was not: where the records are gone, the event stays pending. */
static void a_pending_event_without_a_place_for_its_record_stays_pending(void **state)
{
	static const char *const whole[] = { OPENED, NULL };
	char said[240], away[4096];
	tg_buf line;
	struct place p;

	(void)state;
	set_up(&p);
	tg_buf_init(&line, 1 << 16);
	book_text(&line, "F-1", whole);
	write_at(&p, "pending.failures.jsonl", tg_buf_text(&line), line.len);
	assert_int_equal(tg_path(away, NULL, "%s.away", p.site.records), TG_OK);
	assert_int_equal(rename(p.site.records, away), 0);
	assert_int_not_equal(tg_casework_repair(said, &p.site, NULL), TG_OK);
	assert_int_equal(events_in(&p), 0);
	assert_int_equal(rename(away, p.site.records), 0);
	assert_int_equal(tg_casework_repair(said, &p.site, NULL), TG_OK);
	assert_int_equal(events_in(&p), 1);
	assert_true(has_record(&p, "F-1"));
	tg_buf_fini(&line);
	tear_down(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_event_has_its_own_members_and_no_other),
		cmocka_unit_test(a_book_that_was_changed_anywhere_but_in_its_last_line_is_found),
		cmocka_unit_test(a_line_taken_out_is_found),
		cmocka_unit_test(a_last_line_that_was_cut_short_is_set_aside),
		cmocka_unit_test(an_event_and_its_record_come_together),
		cmocka_unit_test(what_was_cut_short_is_brought_to_its_end_once),
		cmocka_unit_test(bytes_that_nobody_announced_are_an_error_to_writers),
		cmocka_unit_test(a_pending_event_of_another_book_is_an_error),
		cmocka_unit_test(a_pending_event_without_a_place_for_its_record_stays_pending),
	};

	if (tg_crypto_init(NULL) != TG_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
