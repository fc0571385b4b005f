/* SPDX-License-Identifier: Apache-2.0
 *
 * test_archive.c - images and policies kept in order, found again by version and time, and each damage named with what rests on it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/catalogue/policy.h"
#include "sync/hq/archive.h"
#include "sync/tuf/chain.h"
#include "tests/unit/tuf/repo.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINES 4000 /* of a made-up image */
#define KEPT (TG_ARCHIVE_CHAIN + 6)

typedef struct shop {
	tg_site site;
	tg_archive archive;
	tg_buf image, policy;
	tg_published published;
	char hash[KEPT + 1][2 * TG_SHA256_SIZE + 1]; /* of the image of each catalogue version */
} shop;

static void must(int rc, const tg_error *err)
{
	if (rc != TG_OK)
		fail_msg("%s: %s", tg_strerror(rc), err->msg);
}

static int setup(void **state)
{
	shop *s = calloc(1, sizeof(*s));
	char dir[4096];
	tg_error err = { 0 };

	assert_non_null(s);
	temp_dir(dir);
	must(tg_site_paths(&s->site, dir, &err), &err);
	must(tg_dir_make(s->site.targets, 0755, &err), &err);
	must(tg_dir_make(s->site.metadata, 0755, &err), &err);
	tg_buf_init(&s->image, 1 << 20);
	tg_buf_init(&s->policy, TG_POLICY_MAX_BYTES);
	must(tg_archive_open(&s->archive, &s->site, &err), &err);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	shop *s = *state;

	tg_archive_close(&s->archive);
	remove_tree(s->site.dir);
	tg_buf_fini(&s->image);
	tg_buf_fini(&s->policy);
	free(s);
	return 0;
}

/* Mostly the same text in each version; what it says of itself stands in a few lines. */
static void make_image(shop *s, int version)
{
	uint32_t noise = 12345;

	tg_buf_clear(&s->image);
	for (int i = 0; i < LINES; i++) {
		noise = noise * 1664525 + 1013904223;
		tg_buf_printf(&s->image, "%08x %d\n", noise, i % 400 == version % 400 ? version : 0);
	}
}

static void put_target(uint8_t sha256[TG_SHA256_SIZE], const shop *s, const char *name, const tg_buf *bytes)
{
	char path[4096];
	tg_error err = { 0 };

	tg_sha256(sha256, bytes->data, bytes->len);
	must(tg_published_target_path(path, &s->site, name, sha256, &err), &err);
	must(tg_file_write(path, tg_buf_view(bytes), 0644, &err), &err);
}

/* What head office has published, without a head office. */
static void publish(shop *s, int catalogue, int policy)
{
	make_image(s, catalogue);
	tg_buf_clear(&s->policy);
	tg_buf_printf(&s->policy, "{\"format\":1,\"version\":%d}", policy);
	s->published.exists = true;
	s->published.issued_us = TEST_NOW_US + (catalogue + policy) * TG_US_PER_DAY;
	s->published.catalogue_version = catalogue;
	s->published.version[TG_TUF_TARGETS] = catalogue + policy;
	s->published.image_length = (int64_t)s->image.len;
	put_target(s->published.image_sha256, s, TG_CHAIN_IMAGE, &s->image);
	put_target(s->published.policy_sha256, s, TG_CHAIN_POLICY, &s->policy);
	tg_hex_encode(s->hash[catalogue], s->published.image_sha256, TG_SHA256_SIZE);
}

static void keep(shop *s, bool wanted)
{
	tg_error err = { 0 };
	bool added;

	must(tg_archive_keep(&added, &s->archive, &s->published, &err), &err);
	assert_int_equal(added, wanted);
}

static void reopen(shop *s)
{
	tg_error err = { 0 };

	tg_archive_close(&s->archive);
	must(tg_archive_open(&s->archive, &s->site, &err), &err);
}

/* ---- findings ---- */

typedef struct findings {
	char words[8][512];
	size_t count;
} findings;

static void note(void *ctx, const char *words)
{
	findings *f = ctx;

	if (f->count < TG_COUNT(f->words))
		snprintf(f->words[f->count], sizeof(f->words[0]), "%s", words);
	f->count++;
}

static findings check(shop *s, tg_archive_report *report)
{
	findings f = { 0 };
	tg_error err = { 0 };

	must(tg_archive_check(report, &s->archive, note, NULL, &f, &err), &err);
	assert_int_equal(f.count, report->bad);
	return f;
}

static void file_of(char path[4096], const shop *s, int catalogue)
{
	tg_error err = { 0 };

	must(tg_path(path, &err, "%s/archive/%s.tgc.zst", s->site.dir, s->hash[catalogue]), &err);
}

static void bend_file(const char *path)
{
	FILE *file = fopen(path, "r+");
	int c;

	assert_non_null(file);
	assert_int_equal(fseek(file, 30, SEEK_SET), 0);
	c = fgetc(file);
	assert_int_equal(fseek(file, 30, SEEK_SET), 0);
	fputc(c ^ 1, file);
	fclose(file);
}

/* ---- tests ---- */

static void each_version_comes_back_whole_and_chains_end(void **state)
{
	shop *s = *state;
	tg_archive_report report;
	unsigned deepest = 0;

	for (int v = 1; v <= KEPT; v++) {
		publish(s, v, 1);
		keep(s, true);
		keep(s, false);
	}
	reopen(s);
	assert_int_equal(s->archive.index.count, KEPT);
	for (int v = 1; v <= KEPT; v++) {
		long n = tg_archive_index_of_catalogue(&s->archive.index, v);
		const tg_archive_entry *e = &s->archive.index.entries[n];
		tg_mapping image;
		tg_error err = { 0 };

		assert_int_equal(n, v - 1);
		assert_int_equal(e->line.form, (v - 1) % TG_ARCHIVE_CHAIN == 0 ? TG_ARCHIVE_WHOLE : TG_ARCHIVE_PATCH);
		deepest = e->depth > deepest ? e->depth : deepest;
		make_image(s, v);
		must(tg_archive_image(&image, &s->archive, (size_t)n, &err), &err);
		assert_true(tg_view_equal(tg_mapping_view(&image), tg_buf_view(&s->image)));
		tg_mapping_close(&image);
		assert_int_equal(tg_archive_index_at(&s->archive.index, e->line.at_us), n);
		assert_int_equal(tg_archive_index_at(&s->archive.index, e->line.at_us - 1), n - 1);
	}
	assert_int_equal(deepest, TG_ARCHIVE_CHAIN - 1);
	assert_int_equal(tg_archive_index_of_catalogue(&s->archive.index, KEPT + 1), -1);
	assert_int_equal(check(s, &report).count, 0);
	assert_int_equal(report.images, KEPT);
	assert_int_equal(report.unproven, KEPT); /* there are no signed targets in this shop */
}

static void a_policy_alone_keeps_no_image_twice(void **state)
{
	shop *s = *state;
	tg_archive_report report;
	tg_error err = { 0 };
	tg_buf text;

	publish(s, 1, 1);
	keep(s, true);
	publish(s, 1, 2);
	keep(s, true);
	publish(s, 2, 2);
	keep(s, true);
	reopen(s);
	assert_int_equal(s->archive.index.entries[1].line.form, TG_ARCHIVE_KEPT);
	assert_int_equal(s->archive.index.entries[1].kept_at, 0);
	assert_int_equal(s->archive.index.entries[2].line.form, TG_ARCHIVE_PATCH);
	assert_int_equal(s->archive.index.entries[2].from, 0);
	assert_int_equal(tg_archive_index_of_policy(&s->archive.index, 2), 2);
	tg_buf_init(&text, TG_POLICY_MAX_BYTES);
	must(tg_archive_policy(&text, &s->archive, 1, &err), &err);
	assert_non_null(strstr(tg_buf_text(&text), "\"version\":2"));
	tg_buf_fini(&text);
	assert_int_equal(check(s, &report).count, 0);
	assert_int_equal(report.images, 2);
	assert_int_equal(report.policies, 2);
	publish(s, 1, 1); /* a repository that was put back */
	keep(s, false);
}

/* Versions 1 to 5 in one chain. */
static void keep_five(shop *s)
{
	for (int v = 1; v <= 5; v++) {
		publish(s, v, 1);
		keep(s, true);
	}
}

static void damage_is_named_with_what_rests_on_it(void **state)
{
	shop *s = *state;
	tg_archive_report report;
	tg_error err = { 0 };
	tg_mapping image;
	findings f;
	char path[4096];

	keep_five(s);
	file_of(path, s, 3);
	bend_file(path);
	f = check(s, &report);
	assert_int_equal(f.count, 3);
	assert_non_null(strstr(f.words[0], s->hash[3]));
	assert_non_null(strstr(f.words[0], "is not the file that was kept"));
	assert_non_null(strstr(f.words[1], "catalogue 4 cannot be read: it rests on catalogue 3"));
	assert_non_null(strstr(f.words[2], "catalogue 5 cannot be read"));
	assert_int_equal(report.images, 2);
	must(tg_archive_image(&image, &s->archive, 1, &err), &err);
	tg_mapping_close(&image);
	assert_int_equal(tg_archive_image(&image, &s->archive, 4, &err), TG_EHASH);
	assert_non_null(strstr(err.msg, s->hash[3]));
}

static void a_missing_link_is_named_and_the_next_image_is_kept_whole(void **state)
{
	shop *s = *state;
	tg_archive_report report;
	findings f;
	char path[4096];

	keep_five(s);
	file_of(path, s, 2);
	assert_int_equal(unlink(path), 0);
	f = check(s, &report);
	assert_int_equal(f.count, 4);
	assert_non_null(strstr(f.words[0], s->hash[2]));
	/* and the image before is gone from the repository too: there is nothing to lead from */
	assert_int_equal(tg_path(path, NULL, "%s/%s.%s", s->site.targets, s->hash[5], TG_CHAIN_IMAGE), TG_OK);
	assert_int_equal(unlink(path), 0);
	publish(s, 6, 1);
	keep(s, true);
	assert_int_equal(s->archive.index.entries[5].line.form, TG_ARCHIVE_WHOLE);
	(void)check(s, &report);
	assert_int_equal(report.images, 2);
}

static void a_damaged_policy_is_named(void **state)
{
	shop *s = *state;
	tg_archive_report report;
	char path[4096], hex[2 * TG_SHA256_SIZE + 1];
	tg_error err = { 0 };
	findings f;

	keep_five(s);
	tg_hex_encode(hex, s->published.policy_sha256, TG_SHA256_SIZE);
	must(tg_path(path, &err, "%s/archive/%s.policy.json", s->site.dir, hex), &err);
	must(tg_file_write(path, tg_view_str("{\"format\":1,\"version\":1,\"x\":1}"), 0644, &err), &err);
	f = check(s, &report);
	assert_int_equal(f.count, 1);
	assert_non_null(strstr(f.words[0], hex));
}

static void a_line_that_was_cut_short_is_written_anew(void **state)
{
	shop *s = *state;
	char path[4096];
	tg_error err = { 0 };
	FILE *file;

	publish(s, 1, 1);
	keep(s, true);
	must(tg_path(path, &err, "%s/archive/index.jsonl", s->site.dir), &err);
	file = fopen(path, "a");
	assert_non_null(file);
	fputs("{\"at\":\"2026-", file);
	fclose(file);
	reopen(s);
	assert_int_equal(s->archive.index.count, 1);
	publish(s, 2, 1);
	keep(s, true);
	reopen(s);
	assert_int_equal(s->archive.index.count, 2);
	assert_int_equal(s->archive.index.torn_bytes, 0);
}

static const tg_archive_line good_line = { .at_us = TEST_NOW_US, .targets_version = 1, .catalogue_version = 1, .policy_version = 1,
	.image_length = 10, .image_sha256 = { 1 }, .policy_sha256 = { 2 }, .form = TG_ARCHIVE_WHOLE, .file_length = 9, .file_sha256 = { 3 } };

static void lines_that_do_not_fit_each_other_are_refused(void **state)
{
	tg_archive_line first = good_line, next = good_line, bent;
	tg_archive_index index = { 0 };
	tg_error err = { 0 };

	(void)state;
	bent = first;
	bent.form = TG_ARCHIVE_PATCH; /* from nothing */
	assert_int_equal(tg_archive_index_add(&index, &bent, &err), TG_EFORMAT);
	bent.form = TG_ARCHIVE_KEPT; /* by nobody */
	assert_int_equal(tg_archive_index_add(&index, &bent, &err), TG_EFORMAT);
	must(tg_archive_index_add(&index, &first, &err), &err);
	assert_int_equal(tg_archive_index_add(&index, &first, &err), TG_EFORMAT); /* kept twice */
	next.catalogue_version = 2;
	assert_int_equal(tg_archive_index_add(&index, &next, &err), TG_EFORMAT); /* two versions, one image */
	next.image_sha256[0] = 9;
	next.form = TG_ARCHIVE_PATCH;
	next.from_sha256[0] = 8;
	assert_int_equal(tg_archive_index_add(&index, &next, &err), TG_EFORMAT); /* from another image than the one before */
	next.from_sha256[0] = 1;
	bent = next;
	bent.policy_version = 2;
	assert_int_equal(tg_archive_index_add(&index, &bent, &err), TG_EFORMAT); /* two versions, one policy */
	must(tg_archive_index_add(&index, &next, &err), &err);
	assert_int_equal(tg_archive_index_add(&index, &first, &err), TG_EFORMAT); /* a version goes back */
	assert_int_equal(index.count, 2);
	tg_archive_index_fini(&index);
}

static void a_line_reads_as_it_was_written_and_no_other(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "{\"v\":1}" };
	tg_archive_line line = good_line, again;
	tg_error err = { 0 };
	tg_buf text, more;

	(void)state;
	tg_buf_init(&text, TG_ARCHIVE_LINE_MAX);
	tg_buf_init(&more, 4 * TG_ARCHIVE_LINE_MAX);
	for (int form = TG_ARCHIVE_KEPT; form < TG_ARCHIVE_FORMS; form++) {
		line = good_line;
		line.form = (tg_archive_form)form;
		if (form == TG_ARCHIVE_KEPT)
			line.file_length = line.file_sha256[0] = 0;
		if (form == TG_ARCHIVE_PATCH)
			line.from_sha256[0] = 4;
		tg_buf_clear(&text);
		must(tg_archive_line_write(&text, &line, &err), &err);
		must(tg_archive_line_parse(&again, tg_view_of(text.data, text.len - 1), &err), &err);
		assert_memory_equal(&line, &again, sizeof(line));
	}
	for (size_t i = 0; i < TG_COUNT(bad); i++)
		assert_int_equal(tg_archive_line_parse(&again, tg_view_str(bad[i]), &err), TG_EFORMAT);
	replace_text(&more, tg_view_of(text.data, text.len - 1), "\"v\":1", "\"v\":1,\"w\":1");
	assert_int_equal(tg_archive_line_parse(&again, tg_buf_view(&more), &err), TG_EFORMAT);
	tg_buf_fini(&text);
	tg_buf_fini(&more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_version_comes_back_whole_and_chains_end, setup, teardown),
		cmocka_unit_test_setup_teardown(a_policy_alone_keeps_no_image_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(damage_is_named_with_what_rests_on_it, setup, teardown),
		cmocka_unit_test_setup_teardown(a_missing_link_is_named_and_the_next_image_is_kept_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_policy_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(a_line_that_was_cut_short_is_written_anew, setup, teardown),
		cmocka_unit_test(lines_that_do_not_fit_each_other_are_refused),
		cmocka_unit_test(a_line_reads_as_it_was_written_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
