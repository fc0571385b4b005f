/* SPDX-License-Identifier: Apache-2.0
 *
 * test_serve.c - which paths are served at all.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(only_plain_names_below_two_folders_are_served) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
