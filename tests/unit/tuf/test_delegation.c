/* SPDX-License-Identifier: Apache-2.0
 *
 * test_delegation.c - which role may speak for which path, and in which order roles are asked. No I/O.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/tuf/repo.h"

#include "store/base/encoding.h"

#include <stdio.h>
#include <stdlib.h>

static repo good;

static int setup(void **state)
{
	(void)state;
	repo_init(&good);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	repo_fini(&good);
	return 0;
}

static const struct {
	const char *pattern, *path;
	bool fits;
} patterns[] = {
	{ "*", "a", true },
	{ "*", "", true },
	{ "*", "a/b", false },
	{ "*/*", "a/b", true },
	{ "*/*", "a/b/c", false },
	{ "", "", true },
	{ "", "a", false },
	{ "a", "a", true },
	{ "a", "A", false },
	{ "a", "ab", false },
	{ "ab", "a", false },
	{ "foo-?.tgz", "foo-1.tgz", true },
	{ "foo-?.tgz", "foo-12.tgz", false },
	{ "foo-?.tgz", "foo-.tgz", false },
	{ "a?b", "a/b", false },
	{ "*.tgz", "foo.tgz", true },
	{ "*.tgz", "dir/foo.tgz", false },
	{ "*.tgz", ".tgz", true },
	{ "dir/*.tgz", "dir/foo.tgz", true },
	{ "dir/*.tgz", "dir/sub/foo.tgz", false },
	{ "*a*b*", "xaxbx", true },
	{ "*a*b*", "xbxax", false },
	{ "a*b*c", "aXbXbXc", true },
	{ "a*/b*c/d", "aX/bYcc/d", true },
	{ "a*/b*c/d", "aX/bYcc/e", false },
	{ "**", "abc", true },
	{ "*?", "a", true },
	{ "*?", "", false },
	{ "?*", "ab", true },
	{ "[a]", "a", false }, /* no character classes */
	{ "[a]", "[a]", true },
	{ "\\*", "*", false }, /* no escapes: a backslash is itself, and the star then stands for anything */
	{ "\\*", "\\x", true },
	{ "*", ".hidden", true },
	{ "?", "\xc3\xa9", false }, /* one byte, not one character */
	{ "??", "\xc3\xa9", true },
};

static void a_star_never_passes_a_slash(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(patterns); i++)
		if (tg_tuf_path_matches(patterns[i].pattern, patterns[i].path) != patterns[i].fits)
			fail_msg("\"%s\" and \"%s\": wanted %d", patterns[i].pattern, patterns[i].path,
				patterns[i].fits);
}

/* The plainest matcher there is, to hold the quick one against. */
static bool slow_match(const char *pattern, const char *path)
{
	if (*pattern == '\0')
		return *path == '\0';
	if (*pattern == '*')
		return slow_match(pattern + 1, path) || (*path != '\0' && *path != '/' && slow_match(pattern, path + 1));
	if (*path == '\0' || (*pattern == '?' ? *path == '/' : *pattern != *path))
		return false;
	return slow_match(pattern + 1, path + 1);
}

static void the_quick_matcher_agrees_with_the_plain_one(void **state)
{
	static const char pattern_letters[] = "ab/*?", path_letters[] = "ab/";
	char pattern[7] = { 0 }, path[7] = { 0 };
	size_t fits = 0;

	(void)state;
	for (int p = 0; p < 5 * 5 * 5 * 5 * 5; p++) {
		for (int i = 0, left = p; i < 5; i++, left /= 5)
			pattern[i] = pattern_letters[left % 5];
		for (int q = 0; q < 3 * 3 * 3 * 3 * 3 * 3; q++) {
			bool wanted;

			for (int i = 0, left = q; i < 6; i++, left /= 3)
				path[i] = path_letters[left % 3];
			wanted = slow_match(pattern, path);
			fits += wanted;
			if (tg_tuf_path_matches(pattern, path) != wanted)
				fail_msg("\"%s\" and \"%s\": wanted %d", pattern, path, wanted);
		}
	}
	assert_true(fits > 1000);
}

static const struct {
	const char *name, *encoded;
} names[] = {
	{ "documents-0a", "documents-0a" },
	{ "?", "%3F" },
	{ "#", "%23" },
	{ "../role", "..%2Frole" },
	{ "/role", "%2Frole" },
	{ "%2f", "%252f" },
	{ "a b~_.-", "a%20b~_.-" },
	{ "\xc3\xa9", "%C3%A9" },
	{ "..", ".." },
	{ "Root", "Root" },
	{ "root", NULL },
	{ "timestamp", NULL },
	{ "snapshot", NULL },
	{ "targets", NULL },
	{ "", NULL },
};

static void a_role_name_is_one_part_of_a_url(void **state)
{
	char out[TG_TUF_ROLE_NAME_MAX + 1], name[TG_TUF_ROLE_NAME_MAX + 2];

	(void)state;
	for (size_t i = 0; i < TG_COUNT(names); i++) {
		tg_error err = { 0 };
		int rc = tg_tuf_role_encode(out, names[i].name, &err);

		assert_int_equal(rc, names[i].encoded != NULL ? TG_OK : TG_EFORMAT);
		assert_int_equal(tg_tuf_role_name_check(names[i].name, NULL), rc);
		if (rc == TG_OK)
			assert_string_equal(out, names[i].encoded);
	}
	memset(name, 'a', sizeof(name));
	name[TG_TUF_ROLE_NAME_MAX + 1] = '\0';
	assert_int_equal(tg_tuf_role_name_check(name, NULL), TG_EFORMAT);
	name[TG_TUF_ROLE_NAME_MAX] = '\0';
	assert_int_equal(tg_tuf_role_name_check(name, NULL), TG_OK);
	memset(name, '/', TG_TUF_ROLE_NAME_MAX / 3 + 1);
	name[TG_TUF_ROLE_NAME_MAX / 3 + 1] = '\0';
	assert_int_equal(tg_tuf_role_name_check(name, NULL), TG_EFORMAT);
}

/* ---- form ---- */

#define KEY "\"k1\":{\"keytype\":\"ecdsa\",\"keyval\":{\"public\":\"x\"},\"scheme\":\"ecdsa-sha2-nistp256\"}"
#define WHO "\"keyids\":[\"k1\"],\"threshold\":1"
#define ROLE(name, rest) "{\"name\":\"" name "\"," WHO "," rest "}"
#define LIST(roles) "{\"keys\":{" KEY "},\"roles\":[" roles "]}"
#define FINE ROLE("A", "\"terminating\":false,\"paths\":[\"*\"]")
#define BINS(rest) "{\"keys\":{" KEY "},\"succinct_roles\":{" WHO rest "}}"

static const struct {
	const char *what, *delegations;
	int rc;
} forms[] = {
	{ "one role with paths", LIST(FINE), TG_OK },
	{ "no roles", LIST(""), TG_OK },
	{ "no paths in the list", LIST(ROLE("A", "\"terminating\":true,\"paths\":[]")), TG_OK },
	{ "hash prefixes", LIST(ROLE("A", "\"terminating\":true,\"path_hash_prefixes\":[\"0a\",\"B\",\"\"]")), TG_OK },
	{ "an unknown member", LIST(ROLE("A", "\"x\":{},\"terminating\":true,\"paths\":[\"*\"]")), TG_OK },
	{ "paths and hash prefixes",
		LIST(ROLE("A", "\"terminating\":true,\"paths\":[\"*\"],\"path_hash_prefixes\":[\"0a\"]")), TG_EFORMAT },
	{ "neither", LIST(ROLE("A", "\"terminating\":true")), TG_EFORMAT },
	{ "a prefix that is no hex", LIST(ROLE("A", "\"terminating\":true,\"path_hash_prefixes\":[\"0g\"]")),
		TG_EFORMAT },
	{ "a prefix longer than a hash",
		LIST(ROLE("A", "\"terminating\":true,\"path_hash_prefixes\":["
			       "\"00000000000000000000000000000000000000000000000000000000000000000\"]")),
		TG_EFORMAT },
	{ "a path that is a number", LIST(ROLE("A", "\"terminating\":true,\"paths\":[1]")), TG_EFORMAT },
	{ "an empty path", LIST(ROLE("A", "\"terminating\":true,\"paths\":[\"\"]")), TG_EFORMAT },
	{ "paths as text", LIST(ROLE("A", "\"terminating\":true,\"paths\":\"*\"")), TG_EFORMAT },
	{ "terminating left out", LIST(ROLE("A", "\"paths\":[\"*\"]")), TG_EFORMAT },
	{ "terminating as a number", LIST(ROLE("A", "\"terminating\":1,\"paths\":[\"*\"]")), TG_EFORMAT },
	{ "a role twice", LIST(FINE "," FINE), TG_EFORMAT },
	{ "a role twice, with one between", LIST(FINE "," ROLE("B", "\"terminating\":false,\"paths\":[]") "," FINE),
		TG_EFORMAT },
	{ "root delegated", LIST(ROLE("root", "\"terminating\":false,\"paths\":[\"*\"]")), TG_EFORMAT },
	{ "targets delegated", LIST(ROLE("targets", "\"terminating\":false,\"paths\":[\"*\"]")), TG_EFORMAT },
	{ "a role without a name", LIST(ROLE("", "\"terminating\":false,\"paths\":[\"*\"]")), TG_EFORMAT },
	{ "a role with NUL in its name", LIST(ROLE("a\\u0000b", "\"terminating\":false,\"paths\":[\"*\"]")),
		TG_EFORMAT },
	{ "threshold 0",
		LIST("{\"name\":\"A\",\"keyids\":[],\"threshold\":0,\"terminating\":true,\"paths\":[\"*\"]}"),
		TG_EFORMAT },
	{ "a key id twice",
		LIST("{\"name\":\"A\",\"keyids\":[\"k1\",\"k1\"],\"threshold\":1,\"terminating\":true,\"paths\":[]}"),
		TG_EFORMAT },
	{ "a key id without a key",
		LIST("{\"name\":\"A\",\"keyids\":[\"k2\"],\"threshold\":1,\"terminating\":true,\"paths\":[]}"), TG_OK },
	{ "roles as an object", "{\"keys\":{},\"roles\":{}}", TG_EFORMAT },
	{ "no keys", "{\"roles\":[]}", TG_EFORMAT },
	{ "neither roles nor succinct roles", "{\"keys\":{}}", TG_EFORMAT },
	{ "roles and succinct roles",
		"{\"keys\":{},\"roles\":[],\"succinct_roles\":{" WHO ",\"bit_length\":1,\"name_prefix\":\"p\"}}",
		TG_EFORMAT },
	{ "succinct roles", BINS(",\"bit_length\":4,\"name_prefix\":\"bin\""), TG_OK },
	{ "bits 32", BINS(",\"bit_length\":32,\"name_prefix\":\"bin\""), TG_OK },
	{ "bits 0", BINS(",\"bit_length\":0,\"name_prefix\":\"bin\""), TG_EFORMAT },
	{ "bits 33", BINS(",\"bit_length\":33,\"name_prefix\":\"bin\""), TG_EFORMAT },
	{ "no prefix", BINS(",\"bit_length\":3,\"name_prefix\":\"\""), TG_EFORMAT },
};

static void write_body(tg_buf *out, const char *delegations)
{
	tg_buf_printf(out,
		"{\"_type\":\"targets\",\"spec_version\":\"1.0.31\",\"version\":1,\"expires\":\"2026-12-23T00:00:00Z\","
		"\"targets\":{},\"delegations\":%s}",
		delegations);
}

static tg_tuf_metadata *parse(const char *delegations, int wanted, const char *what)
{
	tg_tuf_metadata *meta;
	tg_error err = { 0 };
	tg_buf body, file;
	int key = 3, rc;

	tg_buf_init(&body, 1 << 20);
	tg_buf_init(&file, 1 << 20);
	write_body(&body, delegations);
	if (strstr(delegations, "\\u0000") != NULL) /* no JSON writer makes it, so it cannot be signed */
		tg_buf_printf(&file, "{\"signatures\":[],\"signed\":%s}", tg_buf_text(&body));
	else
		sign_body(&file, tg_buf_text(&body), &good, &key, 1);
	rc = tg_tuf_metadata_parse(&meta, TG_TUF_TARGETS, tg_buf_view(&file), &err);
	if (rc != wanted)
		fail_msg("%s: wanted %s, found %s (%s)", what, tg_strerror(wanted), tg_strerror(rc), err.msg);
	if (rc != TG_OK)
		assert_non_null(strstr(err.msg, "targets.json"));
	tg_buf_fini(&body);
	tg_buf_fini(&file);
	return meta;
}

static void malformed_delegations_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(forms); i++)
		tg_tuf_metadata_free(parse(forms[i].delegations, forms[i].rc, forms[i].what));
}

/* ---- the walk ---- */

/* A graph in words: "targets>A A>B! B>C:doc/(any)" - '!' is terminating, ':' a pattern other than "*". */
static void write_delegations(tg_buf *out, const char *graph, const char *from)
{
	size_t len = strlen(from);
	bool first = true;

	tg_buf_puts(out, "{\"keys\":{},\"roles\":[");
	for (const char *edge = graph; *edge != '\0'; edge += strcspn(edge, " "), edge += strspn(edge, " ")) {
		const char *to, *colon;
		size_t to_len, end;

		if (strncmp(edge, from, len) != 0 || edge[len] != '>')
			continue;
		to = edge + len + 1;
		to_len = strcspn(to, " !:");
		end = strcspn(to, " ");
		colon = memchr(to, ':', end);
		tg_buf_printf(out, "%s{\"name\":\"%.*s\",\"keyids\":[],\"threshold\":1,\"terminating\":%s,\"paths\":[\"",
			first ? "" : ",", (int)to_len, to, to[to_len] == '!' ? "true" : "false");
		if (colon != NULL)
			tg_buf_append(out, colon + 1, (size_t)(to + end - colon - 1));
		else
			tg_buf_puts(out, "*");
		tg_buf_puts(out, "\"]}");
		first = false;
	}
	tg_buf_puts(out, "]}");
}

static tg_tuf_metadata *file_of(const char *graph, const char *role)
{
	tg_tuf_metadata *meta;
	tg_buf delegations;

	tg_buf_init(&delegations, 1 << 20);
	write_delegations(&delegations, graph, role);
	meta = parse(tg_buf_text(&delegations), TG_OK, graph);
	tg_buf_fini(&delegations);
	return meta;
}

static const struct {
	const char *what, *graph, *path, *order;
} graphs[] = {
	{ "one", "targets>A", "x", "A" },
	{ "in the order listed", "targets>A targets>B", "x", "A B" },
	{ "depth first", "targets>A targets>B A>C A>D", "x", "A C D B" },
	{ "deeper", "targets>A targets>B A>C C>D", "x", "A C D B" },
	{ "terminating cuts the siblings and the elders", "targets>A targets>B A>C! A>D", "x", "A C" },
	{ "terminating still looks below", "targets>A targets>B A>C! C>D", "x", "A C D" },
	{ "a terminating one that does not fit cuts nothing", "targets>A!:*.py targets>B", "x", "B" },
	{ "no role twice in a circle", "targets>A targets>B B>C C>D D>B", "x", "A B C D" },
	{ "a role that delegates to itself", "targets>A A>A A>B", "x", "A B" },
	{ "two parents: asked once", "targets>A targets>B B>C A>C", "x", "A C B" },
	{ "two parents, one fits", "targets>A targets>B B>C A>C:*.py", "x", "A B C" },
	{ "a terminating role that was asked already still cuts", "targets>A targets>B A>B B>C A>C! A>D", "x",
		"A B C" },
	{ "patterns on the way", "targets>A:*.md targets>B:r/*/* B>C:r/x/* B>D:r/y/*.zip", "r/y/1.zip", "B D" },
	{ "not delegated by all on the way", "targets>A:*.md targets>B:r/*/* B>C:r/x/*", "r/z/1.zip", "B" },
	{ "nobody", "targets>A:*.md", "r/z", "" },
};

static void roles_are_asked_depth_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(graphs); i++) {
		tg_tuf_metadata *files[TG_TUF_DELEGATED_MAX], *targets = file_of(graphs[i].graph, "targets");
		tg_tuf_walk *walk;
		size_t count = 0;
		char order[256] = "";
		tg_error err = { 0 };
		tg_tuf_edge edge;

		assert_int_equal(tg_tuf_walk_open(&walk, targets, graphs[i].path, &err), TG_OK);
		while (tg_tuf_walk_next(&edge, walk, &err) == TG_OK) {
			(void)snprintf(order + strlen(order), sizeof(order) - strlen(order), "%s%s",
				order[0] == '\0' ? "" : " ", edge.role);
			assert_true(count < TG_COUNT(files));
			files[count] = file_of(graphs[i].graph, edge.role);
			assert_int_equal(tg_tuf_walk_enter(walk, files[count++], &err), TG_OK);
		}
		assert_int_equal(err.code, TG_ENOTFOUND);
		if (strcmp(order, graphs[i].order) != 0)
			fail_msg("%s: wanted \"%s\", found \"%s\"", graphs[i].what, graphs[i].order, order);
		tg_tuf_walk_close(walk);
		while (count > 0)
			tg_tuf_metadata_free(files[--count]);
		tg_tuf_metadata_free(targets);
	}
}

static void a_search_ends_after_its_most_roles(void **state)
{
	char graph[2048] = "";
	tg_tuf_metadata *targets;
	tg_tuf_walk *walk;
	tg_error err = { 0 };
	tg_tuf_edge edge;
	int asked = 0;

	(void)state;
	for (int i = 0; i < TG_TUF_DELEGATED_MAX + 8; i++)
		(void)snprintf(graph + strlen(graph), sizeof(graph) - strlen(graph), "targets>R%d ", i);
	targets = file_of(graph, "targets");
	assert_int_equal(tg_tuf_walk_open(&walk, targets, "x", &err), TG_OK);
	while (tg_tuf_walk_next(&edge, walk, &err) == TG_OK) {
		char wanted[16];

		(void)snprintf(wanted, sizeof(wanted), "R%d", asked++);
		assert_string_equal(edge.role, wanted);
		/* Each of them delegates to all of them once more. */
		assert_int_equal(tg_tuf_walk_enter(walk, targets, &err), TG_OK);
	}
	assert_int_equal(asked, TG_TUF_DELEGATED_MAX);
	assert_int_equal(err.code, TG_ELIMIT);
	tg_tuf_walk_close(walk);
	tg_tuf_metadata_free(targets);
}

/* The role that a path leads to, "" for none. */
static void lead(char out[TG_TUF_ROLE_NAME_MAX + 1], const char *delegations, const char *path)
{
	tg_tuf_metadata *targets = parse(delegations, TG_OK, path);
	tg_tuf_walk *walk;
	tg_tuf_edge edge;
	tg_error err = { 0 };

	assert_int_equal(tg_tuf_walk_open(&walk, targets, path, &err), TG_OK);
	out[0] = '\0';
	if (tg_tuf_walk_next(&edge, walk, &err) == TG_OK)
		(void)snprintf(out, TG_TUF_ROLE_NAME_MAX + 1, "%s", edge.role);
	tg_tuf_walk_close(walk);
	tg_tuf_metadata_free(targets);
}

/* sha256("abc") = ba7816bf…, so its first four bits are 1011 and its first 32 are 0xba7816bf. */
static const struct {
	const char *delegations, *role;
} hashed[] = {
	{ LIST(ROLE("A", "\"terminating\":false,\"path_hash_prefixes\":[\"ba\"]")), "A" },
	{ LIST(ROLE("A", "\"terminating\":false,\"path_hash_prefixes\":[\"00\",\"BA7\"]")), "A" },
	{ LIST(ROLE("A", "\"terminating\":false,\"path_hash_prefixes\":[\"bb\",\"a\"]")), "" },
	{ LIST(ROLE("A", "\"terminating\":false,\"path_hash_prefixes\":[\"\"]")), "A" },
	{ LIST(ROLE("A", "\"terminating\":false,\"path_hash_prefixes\":[]")), "" },
	{ BINS(",\"bit_length\":1,\"name_prefix\":\"p\""), "p-1" },
	{ BINS(",\"bit_length\":4,\"name_prefix\":\"p\""), "p-b" },
	{ BINS(",\"bit_length\":5,\"name_prefix\":\"p\""), "p-17" },
	{ BINS(",\"bit_length\":9,\"name_prefix\":\"p\""), "p-174" },
	{ BINS(",\"bit_length\":32,\"name_prefix\":\"a/b\""), "a/b-ba7816bf" },
};

static void a_path_leads_to_its_bin(void **state)
{
	char role[TG_TUF_ROLE_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < TG_COUNT(hashed); i++) {
		lead(role, hashed[i].delegations, "abc");
		if (strcmp(role, hashed[i].role) != 0)
			fail_msg("%s: wanted \"%s\", found \"%s\"", hashed[i].delegations, hashed[i].role, role);
	}
	/* sha256("16") = b17ef6d1…, sha256("104") = 5ef6…; the last bin of five bits has two digits as well. */
	lead(role, BINS(",\"bit_length\":8,\"name_prefix\":\"p\""), "16");
	assert_string_equal(role, "p-b1");
}

/* ---- what we write ---- */

static void write_chain(tg_buf *out, int signer, const tg_repository_delegation *list, size_t count)
{
	const tg_signkey *key = good.keys[signer];
	tg_repository_target target = { .path = "doc/1.pdf", .length = 3 };
	tg_repository_targets targets = { .version = 4,
		.expires_us = TEST_NOW_US + TG_US_PER_DAY,
		.targets = &target,
		.count = count == 0 ? 1 : 0,
		.delegations = list,
		.delegation_count = count };
	tg_error err = { 0 };

	if (tg_repository_write_targets(out, &targets, (tg_repository_signers){ &key, 1 }, &err) != TG_OK)
		fail_msg("%s", err.msg);
}

static void what_we_delegate_is_found_again_with_its_keys(void **state)
{
	static const char *const paths[] = { "doc/*" }, *const prefixes[] = { "0", "1f" };
	const tg_pubkey *keys[] = { good.pubs[4], good.pubs[5] };
	tg_repository_delegation list[] = {
		{ .name = "bins", .role = { keys, 2, 2 }, .hash_prefixes = prefixes, .hash_prefix_count = 2 },
		{ .name = "doc/er", .role = { keys, 1, 1 }, .paths = paths, .path_count = 1, .terminating = true },
	};
	tg_tuf_metadata *targets, *theirs, *stranger;
	tg_tuf_signers signers;
	tg_error err = { 0 };
	tg_tuf_walk *walk;
	tg_tuf_edge edge;
	char keyid[TG_TUF_KEYID_TEXT_SIZE];
	tg_buf out;

	(void)state;
	tg_buf_init(&out, 1 << 20);
	write_chain(&out, 3, list, 2);
	assert_int_equal(tg_tuf_metadata_parse(&targets, TG_TUF_TARGETS, tg_buf_view(&out), &err), TG_OK);
	tg_buf_clear(&out);
	write_chain(&out, 4, NULL, 0);
	assert_int_equal(tg_tuf_metadata_parse_delegated(&theirs, "doc/er", tg_buf_view(&out), &err), TG_OK);
	assert_string_equal(tg_tuf_metadata_name(theirs), "doc/er");
	tg_buf_clear(&out);
	write_chain(&out, 5, NULL, 0);
	assert_int_equal(tg_tuf_metadata_parse_delegated(&stranger, "doc/er", tg_buf_view(&out), &err), TG_OK);

	assert_int_equal(tg_tuf_walk_open(&walk, targets, "doc/1.pdf", &err), TG_OK);
	assert_int_equal(tg_tuf_walk_next(&edge, walk, &err), TG_OK);
	assert_string_equal(edge.role, "doc/er");
	assert_true(edge.terminating);
	assert_int_equal(tg_tuf_edge_verify(&signers, &edge, theirs, &err), TG_OK);
	assert_int_equal(signers.count, 1);
	assert_int_equal(tg_repository_keyid(keyid, good.pubs[4], &err), TG_OK);
	assert_string_equal(signers.keyid[0], keyid);
	assert_int_equal(tg_tuf_edge_verify(&signers, &edge, stranger, &err), TG_EUNTRUSTED);
	assert_int_equal(signers.count, 0);
	assert_non_null(strstr(err.msg, "doc/er.json: version 4 has 0 of 1 signatures wanted by targets version 4"));
	tg_tuf_walk_close(walk);
	tg_tuf_metadata_free(targets);
	tg_tuf_metadata_free(theirs);
	tg_tuf_metadata_free(stranger);
	tg_buf_fini(&out);
}

static void nonsense_is_not_delegated(void **state)
{
	static const char *const some[] = { "a" };
	const tg_pubkey *key = good.pubs[4];
	const tg_signkey *signer = good.keys[3];
	const tg_repository_delegation wrong[] = {
		{ .name = "root", .role = { &key, 1, 1 }, .paths = some, .path_count = 1 },
		{ .name = "", .role = { &key, 1, 1 }, .paths = some, .path_count = 1 },
		{ .name = "A", .role = { &key, 1, 1 } },
		{ .name = "A", .role = { &key, 1, 1 }, .paths = some, .path_count = 1, .hash_prefixes = some,
			.hash_prefix_count = 1 },
		{ .name = "A", .role = { &key, 1, 2 }, .paths = some, .path_count = 1 },
	};
	tg_error err = { 0 };
	tg_buf out;

	(void)state;
	tg_buf_init(&out, 1 << 20);
	for (size_t i = 0; i < TG_COUNT(wrong); i++) {
		tg_repository_targets targets = {
			.version = 1, .expires_us = TEST_NOW_US, .delegations = &wrong[i], .delegation_count = 1
		};

		assert_int_equal(
			tg_repository_write_targets(&out, &targets, (tg_repository_signers){ &signer, 1 }, &err),
			TG_EINVAL);
		assert_int_equal(out.len, 0);
	}
	tg_buf_fini(&out);
}

static void the_snapshot_lists_delegated_files(void **state)
{
	const tg_signkey *signer = good.keys[2];
	tg_tuf_file known = { .version = 7, .length = 99, .has_sha256 = true, .sha256 = { 1, 2, 3 } }, file;
	tg_repository_listed others[] = {
		{ .role = "documents-0", .version = 7, .known = &known },
		{ .role = "documents-1", .version = 3, .file = tg_view_str("whole file") },
	};
	tg_repository_snapshot snapshot = { .version = 2,
		.expires_us = TEST_NOW_US,
		.targets_version = 1,
		.targets = repo_file(&good, TG_TUF_TARGETS),
		.others = others,
		.other_count = 2 };
	tg_repository_signers signers = { &signer, 1 };
	tg_tuf_metadata *meta;
	tg_error err = { 0 };
	tg_buf out;

	(void)state;
	tg_buf_init(&out, 1 << 20);
	assert_int_equal(tg_repository_write_snapshot(&out, &snapshot, signers, &err), TG_OK);
	assert_int_equal(tg_tuf_metadata_parse(&meta, TG_TUF_SNAPSHOT, tg_buf_view(&out), &err), TG_OK);
	assert_int_equal(tg_tuf_meta_find(&file, meta, "documents-0.json", &err), TG_OK);
	assert_true(file.version == 7 && file.length == 99 && file.has_sha256);
	assert_memory_equal(file.sha256, known.sha256, TG_SHA256_SIZE);
	assert_int_equal(tg_tuf_meta_find(&file, meta, "documents-1.json", &err), TG_OK);
	assert_int_equal(tg_tuf_file_check(&file, tg_view_str("whole file"), "x", &err), TG_OK);
	assert_int_equal(tg_tuf_meta_find(&file, meta, "targets.json", &err), TG_OK);
	tg_tuf_metadata_free(meta);
	tg_buf_clear(&out);
	others[1].role = "documents-0";
	assert_int_equal(tg_repository_write_snapshot(&out, &snapshot, signers, &err), TG_EINVAL);
	others[1].role = "targets";
	assert_int_equal(tg_repository_write_snapshot(&out, &snapshot, signers, &err), TG_EINVAL);
	tg_buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_star_never_passes_a_slash),
		cmocka_unit_test(the_quick_matcher_agrees_with_the_plain_one),
		cmocka_unit_test(a_role_name_is_one_part_of_a_url),
		cmocka_unit_test(malformed_delegations_are_refused),
		cmocka_unit_test(roles_are_asked_depth_first),
		cmocka_unit_test(a_search_ends_after_its_most_roles),
		cmocka_unit_test(a_path_leads_to_its_bin),
		cmocka_unit_test(what_we_delegate_is_found_again_with_its_keys),
		cmocka_unit_test(nonsense_is_not_delegated),
		cmocka_unit_test(the_snapshot_lists_delegated_files),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
