/* SPDX-License-Identifier: Apache-2.0
 *
 * test_document_file.c - which files go out as documents, and which never do.
 */
#include "store/base/file.h"
#include "sync/hq/document_file.h"
#include "sync/hq/document_seen.h"
#include "tests/unit/hq/shop.h"
#include "tests/unit/tuf/repo.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static const struct {
	const char *name;
	bool good;
} names[] = {
	{ "documents/soc-1.pdf", true },
	{ "documents/maker/2026/soc_1.v2.PNG", true },
	{ "documents/a.jpeg", true },
	{ "documents/a.txt", true },
	{ "documents/a.html", false },
	{ "documents/a.svg", false },
	{ "documents/a", false },
	{ "documents/", false },
	{ "documents/.pdf", false },
	{ "documents/.hidden/a.pdf", false },
	{ "documents/../keys/root.pdf", false },
	{ "documents/./a.pdf", false },
	{ "documents//a.pdf", false },
	{ "documents/a b.pdf", false },
	{ "documents/a.pdf/", false },
	{ "documents/\xc3\xa9.pdf", false },
	{ "/documents/a.pdf", false },
	{ "papers/a.pdf", false },
	{ "a.pdf", false },
	{ "", false },
	{ "documents/1/2/3/4/5/6/7/8/a.pdf", true },
	{ "documents/1/2/3/4/5/6/7/8/9/a.pdf", false },
};

static void a_name_stays_in_the_folder_and_ends_in_a_type_we_publish(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(names); i++)
		if (tg_document_file_name_valid(names[i].name) != names[i].good)
			fail_msg("\"%s\": wanted %s", names[i].name, names[i].good ? "good" : "refused");
}

static const struct {
	const char *what, *name, *content;
	size_t len;
	int rc;
} contents[] = {
	{ "a PDF", "documents/a.pdf", "%PDF-1.7\n", 9, TG_OK },
	{ "a web page called PDF", "documents/a.pdf", "<html>", 6, TG_EFORMAT },
	{ "a PDF cut off in its first bytes", "documents/a.pdf", "%PD", 3, TG_EFORMAT },
	{ "a picture", "documents/a.png", "\x89PNG\r\n\x1a\nIHDR", 12, TG_OK },
	{ "a PDF called picture", "documents/a.png", "%PDF-1.7\n", 9, TG_EFORMAT },
	{ "a photograph", "documents/a.jpg", "\xff\xd8\xff\xe0", 4, TG_OK },
	{ "a photograph by its long ending", "documents/a.jpeg", "\xff\xd8\xff\xe0", 4, TG_OK },
	{ "text", "documents/a.txt", "We declare\r\n\tin our opinion\f", 28, TG_OK },
	{ "text with an escape character", "documents/a.txt", "We \x1b[2J", 7, TG_EFORMAT },
	{ "text with a NUL", "documents/a.txt", "We\0declare", 10, TG_EFORMAT },
	{ "nothing", "documents/a.txt", "", 0, TG_EFORMAT },
};

static void the_content_must_be_what_the_ending_says(void **state)
{
	const char *dir = *state;

	for (size_t i = 0; i < TG_COUNT(contents); i++) {
		tg_soc_file file = { .name = contents[i].name };
		uint8_t hash[TG_SHA256_SIZE];
		tg_error err = { 0 };
		int rc;

		write_file(dir, contents[i].name, tg_view_of(contents[i].content, contents[i].len));
		rc = tg_document_file_read(&file, dir, -1, &err);
		if (rc != contents[i].rc)
			fail_msg("%s: %s (%s)", contents[i].what, tg_strerror(rc), err.msg);
		if (rc != TG_OK)
			continue;
		tg_sha256(hash, contents[i].content, contents[i].len);
		assert_memory_equal(file.sha256, hash, sizeof(hash));
		assert_int_equal(file.length, contents[i].len);
	}
}

static void links_pipes_and_giants_are_refused(void **state)
{
	static const struct {
		const char *name;
		int rc;
	} cases[] = {
		{ "documents/link.pdf", TG_EFORMAT },
		{ "documents/away/a.pdf", TG_EFORMAT },
		{ "documents/pipe.pdf", TG_EFORMAT },
		{ "documents/folder.pdf", TG_EFORMAT },
		{ "documents/giant.pdf", TG_ELENGTH },
		{ "documents/none.pdf", TG_ENOTFOUND },
	};
	const char *dir = *state;
	char path[4300];
	int fd;

	write_file(dir, "secret.pdf", tg_view_str("%PDF-secret"));
	(void)snprintf(path, sizeof(path), "%s/documents/link.pdf", dir);
	assert_int_equal(symlink("../secret.pdf", path), 0);
	(void)snprintf(path, sizeof(path), "%s/documents/away", dir);
	assert_int_equal(symlink("..", path), 0);
	(void)snprintf(path, sizeof(path), "%s/documents/pipe.pdf", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	(void)snprintf(path, sizeof(path), "%s/documents/folder.pdf", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	write_file(dir, "documents/giant.pdf", tg_view_str("%PDF-giant"));
	(void)snprintf(path, sizeof(path), "%s/documents/giant.pdf", dir);
	fd = open(path, O_WRONLY);
	assert_int_equal(ftruncate(fd, (off_t)TG_DOCUMENT_MAX + 1), 0);
	assert_int_equal(close(fd), 0);
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_soc_file file = { .name = cases[i].name };
		tg_error err = { 0 };
		int rc = tg_document_file_read(&file, dir, -1, &err);

		if (rc != cases[i].rc)
			fail_msg("%s: %s (%s)", cases[i].name, tg_strerror(rc), err.msg);
	}
}

#define WRONG_HEX "0000000000000000000000000000000000000000000000000000000000000000"
#define WRONG "\"" WRONG_HEX "\""

#define FORBIDDEN "a file that we may not read"
static const struct {
	const char *what, *document, *code;
	bool whole;
} records[] = {
	{ "no more than the name", "{\"kind\":\"soc\",\"file\":\"documents/a.pdf\"}", NULL, true },
	{ "another paper than was judged",
		"{\"kind\":\"soc\",\"file\":\"documents/a.pdf\",\"sha256_on_file\":" WRONG "}",
		"document-changed", false },
	{ "another paper at its source",
		"{\"kind\":\"soc\",\"file\":\"documents/a.pdf\",\"sha256\":" WRONG "}", "D15", true },
	{ "a file that is not there", "{\"kind\":\"soc\",\"file\":\"documents/b.pdf\"}", "document-missing",
		false },
	{ "a link", "{\"kind\":\"soc\",\"file\":\"documents/link.pdf\"}", "document-type", false },
	{ "a file in a file", "{\"kind\":\"soc\",\"file\":\"documents/a.pdf/b.pdf\"}", "document-type", false },
	{ FORBIDDEN, "{\"kind\":\"soc\",\"file\":\"documents/forbidden.pdf\"}", "document-unreadable", false },
	{ "a file outside", "{\"kind\":\"soc\",\"file\":\"documents/../a.pdf\"}", "bad-record", false },
	{ "a file, and no document", "{\"kind\":\"none\",\"file\":\"documents/a.pdf\"}", "bad-record",
		false },
};

static void make_link(const char *dir, const char *name, const char *to)
{
	char path[4096];

	assert_int_equal(tg_path(path, NULL, "%s/%s", dir, name), TG_OK);
	(void)unlink(path);
	assert_int_equal(symlink(to, path), 0);
}

static void forbid(const char *dir, const char *name)
{
	char path[4096];

	assert_int_equal(tg_path(path, NULL, "%s/%s", dir, name), TG_OK);
	assert_int_equal(chmod(path, 0), 0);
}

static void lint_says_what_is_wrong_with_a_document(void **state)
{
	const char *dir = *state;

	write_file(dir, "documents/a.pdf", tg_view_str("%PDF-1.4\n"));
	make_link(dir, "documents/link.pdf", "a.pdf");
	write_file(dir, "documents/forbidden.pdf", tg_view_str("%PDF-1.4\n"));
	forbid(dir, "documents/forbidden.pdf");
	for (size_t i = 0; i < TG_COUNT(records); i++) {
		if (geteuid() == 0 && strcmp(records[i].what, FORBIDDEN) == 0)
			continue; /* nothing is forbidden to root */

		const shop_line lines[] = { { TG_RECORD_PRODUCT, SHOP_PRODUCT },
			{ TG_RECORD_SCOPE_NOTE, SHOP_NOTE },
			{ TG_RECORD_SOC, shop_soc("document", records[i].document) } };
		tg_error err = { 0 };
		bool whole;
		shop s;

		shop_open(&s, lines, TG_COUNT(lines));
		assert_int_equal(tg_document_files_check(&s.records, &s.findings, dir, &err), TG_OK);
		tg_lint(&s.findings, &s.index, shop_day(SHOP_TODAY));
		whole = s.records.soc_count == 1 && s.records.socs[0].file != NULL &&
			s.records.socs[0].file->whole;
		if (whole != records[i].whole)
			fail_msg("%s: %s", records[i].what, shop_codes(&s));
		if (records[i].code != NULL && shop_finding(&s, records[i].code, NULL) == NULL)
			fail_msg("%s: wanted %s, found %s", records[i].what, records[i].code, shop_codes(&s));
		if (records[i].code == NULL &&
			s.findings.counts[TG_FINDING_ERROR] + s.findings.counts[TG_FINDING_DEFECT] > 0)
			fail_msg("%s: found %s", records[i].what, shop_codes(&s));
		shop_close(&s);
	}
}

static struct stat stat_of(const char *dir, const char *name)
{
	char path[4300];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(stat(path, &st), 0);
	return st;
}

static void a_document_that_was_seen_is_known_again_until_anything_of_it_changes(void **state)
{
	const uint8_t hash[TG_SHA256_SIZE] = { 1, 2, 3 };
	uint8_t found[TG_SHA256_SIZE];
	const char *dir = *state;
	tg_seen seen = { .news = false };
	char path[4300];
	struct stat st, other;

	(void)snprintf(path, sizeof(path), "%s/seen", dir);
	write_file(dir, "documents/a.pdf", tg_view_str("%PDF-1.4"));
	st = stat_of(dir, "documents/a.pdf");
	tg_seen_note(
		&seen, "documents/fresh.pdf", &st, hash, st.st_ctim.tv_sec); /* could change again unseen */
	tg_seen_note(&seen, "documents/a.pdf", &st, hash, st.st_ctim.tv_sec + 60);
	tg_seen_note(&seen, "documents/b.pdf", &st, hash, st.st_ctim.tv_sec + 60);
	assert_int_equal(seen.now_count, 2);
	tg_seen_write(&seen, path);
	tg_seen_fini(&seen);
	tg_seen_read(&seen, path);
	assert_int_equal(seen.before_count, 2);
	assert_true(tg_seen_find(found, &seen, "documents/a.pdf", &st));
	assert_memory_equal(found, hash, sizeof(hash));
	assert_false(tg_seen_find(found, &seen, "documents/c.pdf", &st));
	other = st;
	other.st_size++;
	assert_false(tg_seen_find(found, &seen, "documents/a.pdf", &other));
	other = st;
	other.st_mtim.tv_nsec ^= 1;
	assert_false(tg_seen_find(found, &seen, "documents/a.pdf", &other));
	other = st;
	other.st_ctim.tv_nsec ^= 1;
	assert_false(tg_seen_find(found, &seen, "documents/a.pdf", &other));
	other = st;
	other.st_ino++;
	assert_false(tg_seen_find(found, &seen, "documents/a.pdf", &other));
	tg_seen_fini(&seen);
}

static const struct {
	const char *what, *text;
} bad_seen[] = {
	{ "nothing", "" },
	{ "another form", "tillgate documents seen 2\n" },
	{ "a short line", "tillgate documents seen 1\n1 2 3\n" },
	{ "no number", "tillgate documents seen 1\nx 2 3 4 " WRONG_HEX " documents/a.pdf\n" },
	{ "a number too large",
		"tillgate documents seen 1\n99999999999999999999 2 3 4 " WRONG_HEX " documents/a.pdf\n" },
	{ "a short hash", "tillgate documents seen 1\n1 2 3 4 00 documents/a.pdf\n" },
	{ "no name", "tillgate documents seen 1\n1 2 3 4 " WRONG_HEX "\n" },
	{ "a bad line after a good one", "tillgate documents seen 1\n1 2 3 4 " WRONG_HEX
					 " documents/a.pdf\n1 2 3 4 5 documents/b.pdf\n" },
};

static void a_damaged_list_of_what_was_seen_is_as_good_as_none(void **state)
{
	const char *dir = *state;
	char path[4300];

	(void)snprintf(path, sizeof(path), "%s/seen", dir);
	for (size_t i = 0; i < TG_COUNT(bad_seen); i++) {
		tg_seen seen = { .news = false };

		write_file(dir, "seen", tg_view_str(bad_seen[i].text));
		tg_seen_read(&seen, path);
		if (seen.before_count != 0)
			fail_msg("%s: %zu documents", bad_seen[i].what, seen.before_count);
		tg_seen_fini(&seen);
	}
}

static int open_folder(void **state)
{
	static char dir[4096];
	char path[4200];

	temp_dir(dir);
	(void)snprintf(path, sizeof(path), "%s/documents", dir);
	*state = dir;
	return mkdir(path, 0700);
}

static int close_folder(void **state)
{
	remove_tree(*state);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_document_that_was_seen_is_known_again_until_anything_of_it_changes, open_folder,
			close_folder),
		cmocka_unit_test_setup_teardown(
			a_damaged_list_of_what_was_seen_is_as_good_as_none, open_folder, close_folder),
		cmocka_unit_test(a_name_stays_in_the_folder_and_ends_in_a_type_we_publish),
		cmocka_unit_test_setup_teardown(
			the_content_must_be_what_the_ending_says, open_folder, close_folder),
		cmocka_unit_test_setup_teardown(
			links_pipes_and_giants_are_refused, open_folder, close_folder),
		cmocka_unit_test_setup_teardown(
			lint_says_what_is_wrong_with_a_document, open_folder, close_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
