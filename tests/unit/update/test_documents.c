/* SPDX-License-Identifier: Apache-2.0
 *
 * test_documents.c - what a station keeps of documents: names, the ceiling, damage. Fetching is in tests/program/test_documents.sh.
 */
#include "store/base/encoding.h"
#include "store/base/utc.h"
#include "sync/documents_keep.h"
#include "tests/unit/tuf/repo.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *name, *id;
	bool good;
} names[] = {
	{ "SOC-1." HASH ".pdf", "SOC-1", true },
	{ "SOC-1." HASH ".pdf", NULL, true },
	{ "a.b.c." HASH ".txt", "a.b.c", true },
	{ "SOC-1." HASH ".pdf", "SOC", false },
	{ "SOC-12." HASH ".pdf", "SOC-1", false },
	{ "SOC-1." HASH ".html", NULL, false },
	{ "SOC-1." HASH ".exe", NULL, false },
	{ "SOC-1." HASH ".pdf.tmp", NULL, false },
	{ "SOC-1.0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef.pdf", NULL, false },
	{ "SOC-1." HASH "0.pdf", NULL, false },
	{ "." HASH ".pdf", NULL, false },
	{ ".SOC." HASH ".pdf", NULL, false },
	{ "SOC 1." HASH ".pdf", NULL, false },
	{ "SOC-1-" HASH ".pdf", NULL, false },
	{ "SOC-1." HASH "-pdf", NULL, false },
	{ HASH "." HASH ".pdf", HASH, true }, /* 64 bytes of id */
	{ "x" HASH "." HASH ".pdf", NULL, false },
	{ "lock", NULL, false },
	{ "tuf", NULL, false },
	{ "", NULL, false },
};

static void only_names_that_we_write_are_papers(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(names); i++) {
		uint8_t hash[TG_SHA256_SIZE];
		tg_document_type type;

		if (tg_documents_name_read(&type, hash, names[i].name, names[i].id) != names[i].good)
			fail_msg("\"%s\": wanted %s", names[i].name, names[i].good ? "a paper" : "none");
	}
}

static const struct {
	const char *what, *json;
	int rc;
} customs[] = {
	{ "a type", "{\"type\":\"pdf\"}", TG_OK },
	{ "and something to come", "{\"pages\":3,\"type\":\"jpg\"}", TG_OK },
	{ "no type", "{}", TG_EFORMAT },
	{ "a type of no kind", "{\"type\":\"html\"}", TG_EFORMAT },
	{ "a type that is a path", "{\"type\":\"../pdf\"}", TG_EFORMAT },
	{ "a number", "{\"type\":1}", TG_EFORMAT },
};

static void the_type_is_one_of_ours_or_the_document_is_refused(void **state)
{
	tg_document_type type;

	(void)state;
	assert_int_equal(tg_document_custom_read(&type, NULL, NULL), TG_EFORMAT);
	for (size_t i = 0; i < TG_COUNT(customs); i++) {
		tg_json *json;
		int rc;

		assert_int_equal(tg_json_parse(&json, tg_view_str(customs[i].json), NULL), TG_OK);
		rc = tg_document_custom_read(&type, json, NULL);
		if (rc != customs[i].rc)
			fail_msg("%s: %s", customs[i].what, tg_strerror(rc));
		tg_json_free(json);
	}
}

static const struct {
	const char *id;
	bool good;
} ids[] = {
	{ "SOC-1", true },
	{ "_x.y-Z", true },
	{ HASH, true },
	{ "", false },
	{ HASH "1", false },
	{ ".", false },
	{ "..", false },
	{ "-x", false },
	{ "a/b", false },
	{ "a b", false },
	{ "a%2fb", false },
	{ "\xc3\xa9", false },
};

static void a_path_is_made_of_an_id_and_of_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(ids); i++) {
		char path[TG_DOCUMENT_PATH_SIZE];
		int rc = tg_document_path(path, ids[i].id, NULL);

		if ((rc == TG_OK) != ids[i].good)
			fail_msg("\"%s\": %s", ids[i].id, tg_strerror(rc));
		if (ids[i].good)
			assert_string_equal(path + sizeof("documents/") - 1, ids[i].id);
	}
}

/* A paper of that many bytes, named by its hash, last used and confirmed at that minute. */
static void keep(tg_documents_paper *out, const char *dir, const char *id, size_t len, int minute)
{
	static uint8_t content[4096];
	char name[256];

	assert_true(len <= sizeof(content));
	memset(content, 'a' + minute, len);
	*out = (tg_documents_paper){ .type = TG_DOCUMENT_PDF, .length = (int64_t)len };
	tg_sha256(out->sha256, content, len);
	assert_int_equal(tg_keep_path(out->path, dir, id, out->type, out->sha256, NULL), TG_OK);
	(void)snprintf(name, sizeof(name), "%s", strrchr(out->path, '/') + 1);
	write_file(dir, name, tg_view_of(content, len));
	tg_keep_touch(out->path, TEST_NOW_US + minute * 60 * TG_US_PER_SECOND, true);
}

static bool there(const tg_documents_paper *paper)
{
	return access(paper->path, F_OK) == 0;
}

static void what_was_unused_longest_goes_first_and_only_as_much_as_must(void **state)
{
	const char *dir = *state;
	tg_documents_paper a, b, c;

	keep(&a, dir, "A", 1000, 1);
	keep(&b, dir, "B", 1000, 2);
	keep(&c, dir, "C", 1000, 3);
	write_file(dir, "D." HASH ".pdf.tmp", tg_view_str("half"));
	write_file(dir, "lock", tg_view_str("1 somebody"));
	tg_keep_make_room(dir, 3000);
	assert_true(there(&a) && there(&b) && there(&c));
	tg_keep_touch(
		a.path, TEST_NOW_US + 4 * 60 * TG_US_PER_SECOND, false); /* used, so B is the oldest now */
	tg_keep_make_room(dir, 2000);
	assert_true(there(&a) && !there(&b) && there(&c));
	tg_keep_make_room(dir, 500);
	assert_true(!there(&a) && !there(&c));
	(void)snprintf(a.path, sizeof(a.path), "%s/lock", dir);
	assert_true(there(&a));
	(void)snprintf(a.path, sizeof(a.path), "%s/D." HASH ".pdf.tmp", dir);
	assert_false(there(&a));
}

static void the_copy_confirmed_last_is_the_one_that_counts(void **state)
{
	tg_documents_paper old, newer, other, found;
	const char *dir = *state;

	keep(&newer, dir, "A", 20, 5);
	keep(&old, dir, "A", 10, 1);
	keep(&other, dir, "A.1", 30, 9);
	tg_keep_touch(old.path, TEST_NOW_US + 60 * 60 * TG_US_PER_SECOND,
		false); /* used last, confirmed long ago */
	assert_int_equal(tg_keep_newest(&found, dir, "A", NULL), TG_OK);
	assert_string_equal(found.path, newer.path);
	assert_int_equal(tg_keep_check(&found, NULL), TG_OK);
	assert_int_equal(found.length, 20);
	assert_true(found.confirmed_us == TEST_NOW_US + 5 * 60 * TG_US_PER_SECOND);
	tg_keep_drop(dir, "A", newer.path);
	assert_true(!there(&old) && there(&newer) && there(&other));
	tg_keep_drop(dir, "A", NULL);
	assert_true(!there(&newer) && there(&other));
	assert_int_equal(tg_keep_newest(&found, dir, "A", NULL), TG_ENOTFOUND);
}

static void a_copy_that_changed_is_told_from_one_that_did_not(void **state)
{
	const char *dir = *state;
	tg_documents_paper paper;
	char path[4200];
	int fd;

	keep(&paper, dir, "A", 3000, 1);
	assert_int_equal(tg_keep_check(&paper, NULL), TG_OK);
	fd = open(paper.path, O_WRONLY);
	assert_int_equal(pwrite(fd, "x", 1, 2999), 1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(tg_keep_check(&paper, NULL), TG_EHASH);
	assert_int_equal(truncate(paper.path, 0), 0);
	assert_int_equal(tg_keep_check(&paper, NULL), TG_EHASH);
	assert_int_equal(unlink(paper.path), 0);
	assert_int_equal(tg_keep_check(&paper, NULL), TG_ENOTFOUND);
	(void)snprintf(path, sizeof(path), "%s/elsewhere", dir);
	write_file(dir, "elsewhere", tg_view_str("secret"));
	assert_int_equal(symlink(path, paper.path), 0);
	assert_int_equal(tg_keep_check(&paper, NULL), TG_EIO);
	assert_int_equal(unlink(paper.path), 0);
	assert_int_equal(mkfifo(paper.path, 0600), 0);
	assert_int_equal(tg_keep_check(&paper, NULL), TG_EHASH);
}

static int open_folder(void **state)
{
	static char dir[4096];

	temp_dir(dir);
	*state = dir;
	return 0;
}

static int close_folder(void **state)
{
	remove_tree(*state);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_names_that_we_write_are_papers),
		cmocka_unit_test(the_type_is_one_of_ours_or_the_document_is_refused),
		cmocka_unit_test(a_path_is_made_of_an_id_and_of_nothing_else),
		cmocka_unit_test_setup_teardown(what_was_unused_longest_goes_first_and_only_as_much_as_must,
			open_folder, close_folder),
		cmocka_unit_test_setup_teardown(
			the_copy_confirmed_last_is_the_one_that_counts, open_folder, close_folder),
		cmocka_unit_test_setup_teardown(
			a_copy_that_changed_is_told_from_one_that_did_not, open_folder, close_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
