/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_delegation.c - delegations and the matching of paths.
 *
 * The input is PATH, a zero byte, PATTERN, a zero byte, and the JSON of `delegations`. The pattern is held against a plain
 * matcher; the delegations, if they are well-formed, are walked as if each role delegated in the same way again.
 */
#include "sync/tuf/delegation.h"

#include <stdlib.h>

#define FILE_MAX (1 << 20)
#define PLAIN_MAX 20 /* bytes of pattern and path for the plain matcher, whose time grows with the power of the stars */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

static bool plain_match(const char *pattern, const char *path)
{
	if (*pattern == '\0')
		return *path == '\0';
	if (*pattern == '*')
		return plain_match(pattern + 1, path) || (*path != '\0' && *path != '/' && plain_match(pattern, path + 1));
	if (*path == '\0' || (*pattern == '?' ? *path == '/' : *pattern != *path))
		return false;
	return plain_match(pattern + 1, path + 1);
}

static void match(const char *pattern, const char *path)
{
	bool fits = tg_tuf_path_matches(pattern, path);

	if (strlen(pattern) <= PLAIN_MAX && strlen(path) <= PLAIN_MAX)
		must(fits == plain_match(pattern, path));
	must(tg_tuf_path_matches("*", path) == (strchr(path, '/') == NULL));
}

static void encode(const char *name)
{
	char out[TG_TUF_ROLE_NAME_MAX + 1];

	if (tg_tuf_role_encode(out, name, NULL) == TG_OK)
		must(out[0] != '\0' && strpbrk(out, "/?# \\") == NULL && strcmp(out, "root") != 0);
}

/* No role twice, never more than the ceiling, and none that could take a top-level role's place. */
static void walk(const tg_tuf_metadata *meta, const char *path)
{
	char seen[TG_TUF_DELEGATED_MAX][TG_TUF_ROLE_NAME_MAX + 1];
	tg_tuf_walk *walk;
	size_t count = 0;
	tg_tuf_edge edge;
	tg_error err = { 0 };
	int rc = tg_tuf_walk_open(&walk, meta, path, &err);

	must(rc == TG_OK);
	while ((rc = tg_tuf_walk_next(&edge, walk, &err)) == TG_OK) {
		must(count < TG_TUF_DELEGATED_MAX);
		must(tg_tuf_role_name_check(edge.role, NULL) == TG_OK);
		for (size_t i = 0; i < count; i++)
			must(strcmp(seen[i], edge.role) != 0);
		memcpy(seen[count++], edge.role, sizeof(edge.role));
		must(tg_tuf_edge_verify(NULL, &edge, meta, &err) == TG_EUNTRUSTED); /* it is signed by nobody */
		must(tg_tuf_walk_enter(walk, meta, &err) == TG_OK);
	}
	must(rc == TG_ENOTFOUND || (rc == TG_ELIMIT && count == TG_TUF_DELEGATED_MAX));
	tg_tuf_walk_close(walk);
}

static void parse(tg_view delegations, const char *path)
{
	tg_tuf_metadata *meta;
	tg_error err = { 0 };
	tg_buf file;

	tg_buf_init(&file, FILE_MAX);
	tg_buf_puts(&file, "{\"signatures\":[],\"signed\":{\"_type\":\"targets\",\"spec_version\":\"1.0.31\",\"version\":1,"
			   "\"expires\":\"2026-12-23T00:00:00Z\",\"targets\":{},\"delegations\":");
	tg_buf_append(&file, delegations.data, delegations.len);
	tg_buf_puts(&file, "}}");
	if (tg_buf_check(&file, "file", NULL) == TG_OK &&
		tg_tuf_metadata_parse(&meta, TG_TUF_TARGETS, tg_buf_view(&file), &err) == TG_OK) {
		walk(meta, path);
		tg_tuf_metadata_free(meta);
	}
	tg_buf_fini(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *first = memchr(data, 0, size), *second;
	const char *path = (const char *)data, *pattern;

	must(tg_crypto_init(NULL) == TG_OK);
	if (first == NULL)
		return 0;
	second = memchr(first + 1, 0, size - (size_t)(first + 1 - data));
	if (second == NULL)
		return 0;
	pattern = (const char *)first + 1;
	match(pattern, path);
	encode(pattern);
	encode(path);
	parse(tg_view_of(second + 1, size - (size_t)(second + 1 - data)), path);
	return 0;
}
