/* SPDX-License-Identifier: Apache-2.0
 *
 * test_download.c - a download cut at any byte goes on there, and nothing wrong is ever taken for whole.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/download.h"
#include "tests/unit/tuf/repo.h"
#include "tests/unit/update/server.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEN 100000
#define PART_SIZE (4096 + 128)

typedef struct world {
	char dir[4096], parts[4096 + 16], url[256], part[PART_SIZE];
	tg_buf body;
	server *web;
	tg_fetch *fetch;
	tg_tuf_file want;
	tg_download download;
	int64_t told; /* by the progress, last */
} world;

static void must(int rc, const tg_error *err)
{
	if (rc != TG_OK)
		fail_msg("%s: %s", tg_strerror(rc), err->msg);
}

static void note_progress(void *ctx, const char *name, int64_t done, int64_t total)
{
	world *w = ctx;

	assert_string_equal(name, "image");
	assert_int_equal(total, LEN);
	assert_in_range(done, 0, total);
	w->told = done;
}

static int setup(void **state)
{
	world *w = test_calloc(1, sizeof(*w));
	tg_error err = { 0 };
	char hex[65];

	temp_dir(w->dir);
	(void)snprintf(w->parts, sizeof(w->parts), "%s/part", w->dir);
	tg_buf_init(&w->body, LEN + 10);
	for (size_t i = 0; i < LEN; i++)
		tg_buf_putc(&w->body, (char)(i % 251));
	w->want = (tg_tuf_file){ .length = LEN, .has_sha256 = true };
	tg_sha256(w->want.sha256, w->body.data, LEN);
	(void)snprintf(w->part, sizeof(w->part), "%s/%s", w->parts, tg_hex_encode(hex, w->want.sha256, TG_SHA256_SIZE));
	w->web = server_start();
	server_put(w->web, "/image", tg_buf_view(&w->body));
	(void)snprintf(w->url, sizeof(w->url), "%s/image", server_url(w->web));
	must(tg_fetch_open(&w->fetch, NULL, &err), &err);
	w->download = (tg_download){ .dir = w->parts, .url = w->url, .name = "image", .want = &w->want, .fetch = w->fetch,
		.progress = note_progress, .progress_ctx = w };
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world *w = *state;

	tg_fetch_close(w->fetch);
	server_stop(w->web);
	tg_buf_fini(&w->body);
	remove_tree(w->dir);
	test_free(w);
	return 0;
}

/* What an earlier run left: the first `len` bytes, with one bit wrong at `flip` if that is below `len`. */
static void leave_part(const world *w, size_t len, size_t flip)
{
	tg_error err = { 0 };
	tg_buf bytes;

	must(tg_dir_make(w->parts, 0755, &err), &err);
	tg_buf_init(&bytes, 2 * LEN);
	tg_buf_append(&bytes, w->body.data, len < LEN ? len : LEN);
	while (bytes.len < len)
		tg_buf_putc(&bytes, 'x');
	if (flip < len)
		bytes.data[flip] ^= 4;
	must(tg_file_write(w->part, tg_buf_view(&bytes), 0644, &err), &err);
	tg_buf_fini(&bytes);
}

static int run(world *w, tg_error *err)
{
	char path[4096];
	int rc;

	server_forget(w->web);
	rc = tg_download_run(path, &w->download, err);
	if (rc == TG_OK) {
		tg_buf bytes;

		assert_string_equal(path, w->part);
		tg_buf_init(&bytes, 2 * LEN);
		assert_int_equal(tg_file_read(&bytes, path, 2 * LEN, NULL), TG_OK);
		assert_true(tg_view_equal(tg_buf_view(&bytes), tg_buf_view(&w->body)));
		tg_buf_fini(&bytes);
		assert_int_equal(w->told, LEN);
	}
	return rc;
}

static void run_ok(world *w)
{
	tg_error err = { 0 };

	must(run(w, &err), &err);
}

static int64_t part_length(const world *w)
{
	struct stat st;

	return stat(w->part, &st) == 0 ? (int64_t)st.st_size : -1;
}

static int64_t bytes_of(world *w, void (*what)(world *))
{
	int64_t before = tg_fetch_totals_of(w->fetch).bytes;

	what(w);
	return tg_fetch_totals_of(w->fetch).bytes - before;
}

static void a_cut_download_goes_on_where_it_was(void **state)
{
	static const size_t cuts[] = { 0, 1, 4096, 65535, 65536, 65537, LEN - 1, LEN };
	world *w = *state;

	for (size_t i = 0; i < TG_COUNT(cuts); i++) {
		leave_part(w, cuts[i], SIZE_MAX);
		w->told = LEN; /* nothing to tell where nothing is fetched */
		assert_int_equal(bytes_of(w, run_ok), LEN - (int64_t)cuts[i]);
		assert_int_equal(server_requests(w->web), cuts[i] < LEN ? 1 : 0);
		if (cuts[i] > 0 && cuts[i] < LEN) {
			char wanted[64];

			(void)snprintf(wanted, sizeof(wanted), "Range: bytes=%zu-\n", cuts[i]);
			assert_non_null(strstr(server_request_fields(w->web, 0), wanted));
		}
	}
}

static void a_line_that_breaks_off_is_taken_up_at_once(void **state)
{
	world *w = *state;
	tg_error err = { 0 };

	server_set_fault(w->web, "/image", SERVE_TRUNCATED);
	assert_int_equal(run(w, &err), TG_ENETWORK);
	assert_true(server_requests(w->web) > 1 && server_requests(w->web) <= TG_DOWNLOAD_TRIES);
	assert_true(part_length(w) >= LEN / 2 && part_length(w) < LEN); /* kept */
	server_set_fault(w->web, "/image", SERVE_FINE);
	run_ok(w);
	assert_int_equal(server_requests(w->web), 1);
	assert_non_null(strstr(server_request_fields(w->web, 0), "Range: bytes="));
}

static void a_server_that_is_down_is_asked_once_and_costs_no_part(void **state)
{
	world *w = *state;
	tg_error err = { 0 };

	leave_part(w, 5000, SIZE_MAX);
	server_set_status(w->web, "/image", 503);
	assert_int_equal(run(w, &err), TG_ENETWORK);
	assert_int_equal(server_requests(w->web), 1);
	assert_int_equal(part_length(w), 5000);
	server_remove(w->web, "/image");
	assert_int_equal(run(w, &err), TG_ENOTFOUND);
	assert_int_equal(part_length(w), 5000);
}

static const server_fault bad_ranges[] = { SERVE_RANGE_IGNORED, SERVE_RANGE_SHIFTED, SERVE_RANGE_UNSAID };

static void a_server_without_ranges_begins_again(void **state)
{
	world *w = *state;

	for (size_t i = 0; i < TG_COUNT(bad_ranges); i++) {
		leave_part(w, 70000, SIZE_MAX);
		server_set_fault(w->web, "/image", bad_ranges[i]);
		run_ok(w);
		assert_int_equal(server_requests(w->web), bad_ranges[i] == SERVE_RANGE_IGNORED ? 1 : 2);
	}
}

static void a_part_that_is_longer_than_the_file_on_the_server_begins_again(void **state)
{
	world *w = *state;
	tg_error err = { 0 };

	leave_part(w, 70000, SIZE_MAX);
	server_put(w->web, "/image", tg_view_of(w->body.data, 60000)); /* 416 */
	assert_int_equal(run(w, &err), TG_ELENGTH);
	assert_int_equal(server_requests(w->web), 2);
	assert_int_equal(part_length(w), -1);
	server_put(w->web, "/image", tg_buf_view(&w->body));
	run_ok(w);
}

static void a_wrong_part_is_fetched_anew_once(void **state)
{
	static const struct {
		size_t len, flip;
	} parts[] = { { 1, 0 }, { 70000, 69999 }, { LEN, 0 }, { LEN, LEN - 1 }, { LEN + 1, SIZE_MAX }, { 2 * LEN, SIZE_MAX } };
	world *w = *state;

	for (size_t i = 0; i < TG_COUNT(parts); i++) {
		leave_part(w, parts[i].len, parts[i].flip);
		run_ok(w);
	}
}

static void a_wrong_file_is_refused_and_leaves_nothing(void **state)
{
	world *w = *state;
	tg_error err = { 0 };

	w->body.data[70000] ^= 1;
	server_put(w->web, "/image", tg_buf_view(&w->body));
	for (size_t part = 0; part <= 50000; part += 50000) {
		leave_part(w, part, SIZE_MAX);
		assert_int_equal(run(w, &err), TG_EHASH);
		assert_int_equal(server_requests(w->web), part > 0 ? 2 : 1);
		assert_int_equal(part_length(w), -1);
	}
	server_set_fault(w->web, "/image", SERVE_ENDLESS);
	assert_int_equal(run(w, &err), TG_ELENGTH);
	assert_int_equal(part_length(w), -1);
}

static void a_full_disk_is_found_before_anything_is_asked_for(void **state)
{
	struct rlimit limit = { 50000, RLIM_INFINITY }, none = { RLIM_INFINITY, RLIM_INFINITY };
	world *w = *state;
	tg_error err = { 0 };
	int rc;

	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	rc = run(w, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(rc, TG_EIO);
	assert_int_equal(part_length(w), -1);
}

static void a_link_in_the_folder_is_not_followed(void **state)
{
	world *w = *state;
	char elsewhere[4096 + 16];
	tg_error err = { 0 };

	leave_part(w, 0, SIZE_MAX);
	(void)snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", w->dir);
	assert_int_equal(unlink(w->part), 0);
	assert_int_equal(symlink(elsewhere, w->part), 0);
	assert_int_equal(run(w, &err), TG_EIO);
	assert_int_not_equal(access(elsewhere, F_OK), 0);
	run_ok(w); /* the link is gone with the failure */
}

static void only_what_is_wanted_stays(void **state)
{
	world *w = *state;
	uint8_t keep[1][TG_SHA256_SIZE];

	leave_part(w, 10, SIZE_MAX);
	write_file(w->parts, "0000", tg_view_str("x"));
	memcpy(keep[0], w->want.sha256, TG_SHA256_SIZE);
	tg_download_prune(w->parts, keep, 1);
	assert_int_equal(part_length(w), 10);
	tg_download_prune(w->parts, NULL, 0);
	assert_int_equal(rmdir(w->parts), 0); /* empty */
	tg_download_prune(w->parts, NULL, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cut_download_goes_on_where_it_was),
		TEST(a_line_that_breaks_off_is_taken_up_at_once),
		TEST(a_server_that_is_down_is_asked_once_and_costs_no_part),
		TEST(a_server_without_ranges_begins_again),
		TEST(a_part_that_is_longer_than_the_file_on_the_server_begins_again),
		TEST(a_wrong_part_is_fetched_anew_once),
		TEST(a_wrong_file_is_refused_and_leaves_nothing),
		TEST(a_full_disk_is_found_before_anything_is_asked_for),
		TEST(a_link_in_the_folder_is_not_followed),
		TEST(only_what_is_wanted_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
