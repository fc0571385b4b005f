/* SPDX-License-Identifier: Apache-2.0
 *
 * test_serve.c - which paths are served at all, and which part of a file.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/hq/range.h"
#include "sync/hq/serve.h"

#include <stdio.h>

static const struct {
	const char *url, *path; /* NULL: not served */
} urls[] = {
	{ "/metadata/timestamp.json", "metadata/timestamp.json" },
	{ "/metadata/1.root.json", "metadata/1.root.json" },
	{ "/targets/abc.catalogue.tgc", "targets/abc.catalogue.tgc" },
	{ "/targets/patch/abc.def.zst", "targets/patch/abc.def.zst" },
	{ "/", NULL },
	{ "", NULL },
	{ "/metadata", NULL },
	{ "/metadata/", NULL },
	{ "/targets/patch/", NULL },
	{ "/hq.json", NULL },
	{ "/keys/root.pem", NULL },
	{ "/metadata/../../keys/root.pem", NULL },
	{ "/metadata/..", NULL },
	{ "/metadata/.tmp", NULL },
	{ "/targets//a", NULL },
	{ "/targets/a/./b", NULL },
	{ "/targets/a b", NULL },
	{ "/targets/a%2e", NULL },
	{ "/targets/a\\b", NULL },
	{ "/targets/a\nb", NULL },
	{ "/targets/1/2/3/4/5/6/7/8/9", NULL },
	{ "metadata/1.root.json", NULL },
};

static void only_plain_names_below_two_folders_are_served(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(urls); i++) {
		const char *path = tg_serve_path(urls[i].url);

		if ((path == NULL) != (urls[i].path == NULL) ||
			(path != NULL && strcmp(path, urls[i].path) != 0))
			fail_msg("%s gave %s", urls[i].url, path == NULL ? "nothing" : path);
	}
}

static const struct {
	const char *field;
	tg_serve_range range;
	int64_t first, last; /* of 1,000 bytes */
} ranges[] = {
	{ NULL, TG_SERVE_ALL, 0, 999 },
	{ "bytes=0-", TG_SERVE_PART, 0, 999 },
	{ "bytes=400-", TG_SERVE_PART, 400, 999 },
	{ "bytes=999-", TG_SERVE_PART, 999, 999 },
	{ "bytes=1000-", TG_SERVE_NONE, 0, 999 },
	{ "bytes=400-499", TG_SERVE_PART, 400, 499 },
	{ "bytes=400-400", TG_SERVE_PART, 400, 400 },
	{ "bytes=400-2000", TG_SERVE_PART, 400, 999 },
	{ "bytes=-100", TG_SERVE_PART, 900, 999 },
	{ "bytes=-2000", TG_SERVE_PART, 0, 999 },
	{ "bytes=-0", TG_SERVE_NONE, 0, 999 },
	{ "bytes=500-400", TG_SERVE_ALL, 0, 999 },
	{ "bytes=0-1,5-6", TG_SERVE_ALL, 0, 999 },
	{ "bytes=-", TG_SERVE_ALL, 0, 999 },
	{ "bytes=", TG_SERVE_ALL, 0, 999 },
	{ "bytes=--5", TG_SERVE_ALL, 0, 999 },
	{ "bytes=5", TG_SERVE_ALL, 0, 999 },
	{ "bytes=a-b", TG_SERVE_ALL, 0, 999 },
	{ "bytes= 5-", TG_SERVE_ALL, 0, 999 },
	{ "bytes=99999999999999999999-", TG_SERVE_ALL, 0, 999 },
	{ "bytes=5-99999999999999999999", TG_SERVE_ALL, 0, 999 },
	{ "items=5-", TG_SERVE_ALL, 0, 999 },
};

static void one_range_of_bytes_is_served_and_what_is_malformed_is_ignored(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(ranges); i++) {
		int64_t first = -1, last = -1;
		tg_serve_range range = tg_serve_range_read(&first, &last, ranges[i].field, 1000);

		if (range != ranges[i].range || first != ranges[i].first || last != ranges[i].last)
			fail_msg("%s: %d, %lld to %lld", ranges[i].field, range, (long long)first, (long long)last);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(only_plain_names_below_two_folders_are_served),
		cmocka_unit_test(one_range_of_bytes_is_served_and_what_is_malformed_is_ignored) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
