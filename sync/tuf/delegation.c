/* SPDX-License-Identifier: Apache-2.0
 *
 * delegation.c - delegations read strictly, matched, and walked.
 *
 * Pure. What makes the walk safe: no role twice, a ceiling on roles asked, and each edge brings its own keys, so a role that
 * two others delegate to speaks for each of them only with the keys that this one names.
 */
#include "sync/tuf/inside.h"

#include "store/base/encoding.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* ---- form ---- */

static int check_texts(const tg_json *list, size_t min_bytes, size_t max_bytes, bool hex, tg_error *err)
{
	if (tg_json_size(list) > TG_TUF_PATTERNS_MAX)
		return tg_fail(err, TG_EFORMAT, "%zu entries, at most %d", tg_json_size(list), TG_TUF_PATTERNS_MAX);
	for (const tg_json *one = tg_json_first(list); one != NULL; one = tg_json_next(one)) {
		const char *text = tg_json_str(one);

		if (text == NULL || strlen(text) < min_bytes || strlen(text) > max_bytes)
			return tg_fail(err, TG_EFORMAT, "wanted texts of %zu to %zu bytes", min_bytes, max_bytes);
		if (hex && strspn(text, "0123456789abcdefABCDEF") != strlen(text))
			return tg_fail(err, TG_EFORMAT, "wanted hex digits, found \"%.32s\"", text);
	}
	return TG_OK;
}

/* Either patterns or hash prefixes: a role with both, or with neither, has no meaning that two readers would agree on. */
static int check_paths(const tg_json *role, tg_error *err)
{
	const tg_json *paths, *prefixes;
	int rc = tg_json_opt_array(&paths, role, "paths", err);

	if (rc == TG_OK)
		rc = tg_json_opt_array(&prefixes, role, "path_hash_prefixes", err);
	if (rc != TG_OK)
		return rc;
	if ((paths == NULL) == (prefixes == NULL))
		return tg_fail(err, TG_EFORMAT, "wanted either paths or path_hash_prefixes");
	if (paths != NULL)
		rc = check_texts(paths, 1, TG_TUF_PATH_MAX, false, err);
	else
		rc = check_texts(prefixes, 0, 2 * TG_SHA256_SIZE, true, err);
	if (rc != TG_OK)
		tg_error_prefix(err, "%s", paths != NULL ? "paths" : "path_hash_prefixes");
	return rc;
}

static int check_delegation(const tg_json *role, tg_error *err)
{
	const char *name;
	bool terminating;
	int rc = tg_json_need_str(&name, role, "name", TG_TUF_ROLE_NAME_MAX, err);

	if (rc != TG_OK)
		return rc;
	rc = tg_tuf_role_name_check(name, err);
	if (rc == TG_OK)
		rc = tg_tuf__check_role(role, name, err);
	if (rc == TG_OK && tg_json_get(role, "terminating") == NULL)
		rc = tg_fail(err, TG_EFORMAT, "terminating: missing");
	if (rc == TG_OK)
		rc = tg_json_opt_bool(&terminating, role, "terminating", false, err);
	if (rc == TG_OK)
		rc = check_paths(role, err);
	if (rc != TG_OK)
		tg_error_prefix(err, "%.64s", name);
	return rc;
}

static const char *name_of(const tg_json *role)
{
	return tg_json_str(tg_json_get(role, "name"));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_names_differ(const tg_json *list, tg_error *err)
{
	size_t count = tg_json_size(list), at = 0;
	const char **names = calloc(count + 1, sizeof(*names));
	int rc = TG_OK;

	if (names == NULL)
		return tg_fail(err, TG_ENOMEM, "out of memory");
	for (const tg_json *one = tg_json_first(list); one != NULL; one = tg_json_next(one))
		names[at++] = name_of(one);
	qsort(names, count, sizeof(*names), by_name);
	for (size_t i = 1; i < count && rc == TG_OK; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			rc = tg_fail(err, TG_EFORMAT, "role %.64s stands twice", names[i]);
	free(names);
	return rc;
}

static int check_list(const tg_json *list, tg_error *err)
{
	int rc = TG_OK;

	if (tg_json_size(list) > TG_TUF_DELEGATIONS_MAX)
		return tg_fail(err, TG_EFORMAT, "%zu roles, at most %d", tg_json_size(list), TG_TUF_DELEGATIONS_MAX);
	for (const tg_json *one = tg_json_first(list); one != NULL && rc == TG_OK; one = tg_json_next(one))
		rc = check_delegation(one, err);
	return rc == TG_OK ? check_names_differ(list, err) : rc;
}

/* The name of one bin: PREFIX-HEX, as many digits as the last bin needs. */
static int name_bin(char out[TG_TUF_ROLE_NAME_MAX + 1], const tg_json *succinct, uint32_t bin, tg_error *err)
{
	int bits = (int)tg_json_int(tg_json_get(succinct, "bit_length"));
	const char *prefix = tg_json_str(tg_json_get(succinct, "name_prefix"));
	int len = snprintf(out, TG_TUF_ROLE_NAME_MAX + 1, "%s-%0*x", prefix, (bits + 3) / 4, (unsigned)bin);

	if (len < 0 || len > TG_TUF_ROLE_NAME_MAX)
		return tg_fail(err, TG_EFORMAT, "name_prefix of %zu bytes", strlen(prefix));
	return tg_tuf_role_name_check(out, err);
}

static int check_succinct(const tg_json *succinct, tg_error *err)
{
	char name[TG_TUF_ROLE_NAME_MAX + 1];
	const char *prefix;
	int64_t bits;
	int rc = tg_json_need_int(&bits, succinct, "bit_length", 1, TG_TUF_BITS_MAX, err);

	if (rc == TG_OK)
		rc = tg_json_need_str(&prefix, succinct, "name_prefix", TG_TUF_ROLE_NAME_MAX, err);
	if (rc == TG_OK)
		rc = tg_tuf__check_role(succinct, prefix, err);
	if (rc == TG_OK)
		rc = name_bin(name, succinct, 0, err); /* all bins' names are equally long */
	if (rc != TG_OK)
		tg_error_prefix(err, "succinct_roles");
	return rc;
}

int tg_tuf__check_delegations(const tg_json *delegations, tg_error *err)
{
	const tg_json *keys, *list, *succinct;
	int rc = tg_json_need_object(&keys, delegations, "keys", err);

	if (rc == TG_OK)
		rc = tg_json_opt_array(&list, delegations, "roles", err);
	if (rc == TG_OK)
		rc = tg_json_opt_object(&succinct, delegations, "succinct_roles", err);
	if (rc == TG_OK && (list == NULL) == (succinct == NULL))
		rc = tg_fail(err, TG_EFORMAT, "wanted either roles or succinct_roles");
	if (rc == TG_OK)
		rc = tg_tuf__check_keys(keys, TG_TUF_DELEGATION_KEYS_MAX, err);
	if (rc != TG_OK)
		return rc;
	return list != NULL ? check_list(list, err) : check_succinct(succinct, err);
}

/* ---- matching ---- */

bool tg_tuf_path_matches(const char *pattern, const char *path)
{
	const char *star = NULL, *mark = NULL; /* after the last '*', and how far it reaches */

	while (*path != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			mark = path;
		} else if (*pattern == '?' ? *path != '/' : *pattern == *path) {
			pattern++;
			path++;
		} else if (star != NULL && *mark != '/') {
			/* One byte more for the last star. An earlier one need never give way: what lies between the two fits
			 * already, and no later place would fit better, for neither may pass a '/'. */
			pattern = star;
			path = ++mark;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* What of a path can be asked of a delegation. */
typedef struct wanted {
	const char *path;
	uint8_t hash[TG_SHA256_SIZE];
	char hex[2 * TG_SHA256_SIZE + 1];
} wanted;

static bool hash_begins(const char *hex, const char *prefix)
{
	return strncasecmp(hex, prefix, strlen(prefix)) == 0;
}

static bool leads_to(const tg_json *role, const wanted *want)
{
	const tg_json *paths = tg_json_get(role, "paths");
	const tg_json *prefixes = tg_json_get(role, "path_hash_prefixes");

	for (const tg_json *one = tg_json_first(paths); one != NULL; one = tg_json_next(one))
		if (tg_tuf_path_matches(tg_json_str(one), want->path))
			return true;
	for (const tg_json *one = tg_json_first(prefixes); one != NULL; one = tg_json_next(one))
		if (hash_begins(want->hex, tg_json_str(one)))
			return true;
	return false;
}

int tg_tuf_edge_verify(
	tg_tuf_signers *signers, const tg_tuf_edge *edge, const tg_tuf_metadata *meta, tg_error *err)
{
	const tg_json *keys = tg_json_get(tg_json_get(edge->from->body, "delegations"), "keys");
	char by[128];

	(void)snprintf(by, sizeof(by), "%.64s version %lld, which delegates to it", edge->from->name,
		(long long)edge->from->version);
	return tg_tuf__verify(signers, meta, keys, edge->who, by, err);
}

/* ---- the walk ---- */

struct tg_tuf_walk {
	wanted want;
	tg_tuf_edge *stack; /* the last one is asked next */
	size_t count, capacity;
	char visited[TG_TUF_DELEGATED_MAX][TG_TUF_ROLE_NAME_MAX + 1];
	size_t visited_count;
};

static bool visited(const tg_tuf_walk *walk, const char *role)
{
	for (size_t i = 0; i < walk->visited_count; i++)
		if (strcmp(walk->visited[i], role) == 0)
			return true;
	return false;
}

static int push(tg_tuf_walk *walk, const tg_tuf_edge *edge, tg_error *err)
{
	if (walk->count == walk->capacity) {
		size_t capacity = walk->capacity + TG_TUF_DELEGATED_MAX;
		tg_tuf_edge *more = realloc(walk->stack, capacity * sizeof(*more));

		if (more == NULL)
			return tg_fail(err, TG_ENOMEM, "delegations: out of memory");
		walk->stack = more;
		walk->capacity = capacity;
	}
	walk->stack[walk->count++] = *edge;
	return TG_OK;
}

/* All that was to be asked before the entries from `from` on is cut off. */
static void cut_below(tg_tuf_walk *walk, size_t from)
{
	if (from > 0)
		memmove(walk->stack, walk->stack + from, (walk->count - from) * sizeof(*walk->stack));
	walk->count -= from;
}

static void reverse(tg_tuf_edge *edges, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		tg_tuf_edge swap = edges[i];

		edges[i] = edges[count - 1 - i];
		edges[count - 1 - i] = swap;
	}
}

static int enter_bins(tg_tuf_walk *walk, const tg_tuf_metadata *meta, const tg_json *succinct, tg_error *err)
{
	tg_tuf_edge edge = { .terminating = true, .from = meta, .who = succinct };
	int bits = (int)tg_json_int(tg_json_get(succinct, "bit_length"));
	int rc = name_bin(edge.role, succinct, tg_get_be32(walk->want.hash) >> (32 - bits), err);

	walk->count = 0; /* each path has one bin, and nobody else is asked */
	return rc == TG_OK && !visited(walk, edge.role) ? push(walk, &edge, err) : rc;
}

int tg_tuf_walk_enter(tg_tuf_walk *walk, const tg_tuf_metadata *meta, tg_error *err)
{
	const tg_json *delegations = tg_json_get(meta->body, "delegations");
	const tg_json *succinct = tg_json_get(delegations, "succinct_roles");
	const tg_json *role = tg_json_first(tg_json_get(delegations, "roles"));
	size_t first = walk->count;
	int rc = TG_OK;

	if (succinct != NULL)
		return enter_bins(walk, meta, succinct, err);
	/* More than the ceiling on roles asked need not be remembered: what comes after them is never reached. */
	for (; role != NULL && rc == TG_OK && walk->count - first < TG_TUF_DELEGATED_MAX; role = tg_json_next(role)) {
		tg_tuf_edge edge = { .from = meta, .who = role };

		if (!leads_to(role, &walk->want))
			continue;
		edge.terminating = tg_json_bool(tg_json_get(role, "terminating"));
		(void)snprintf(edge.role, sizeof(edge.role), "%s", name_of(role));
		if (!visited(walk, edge.role))
			rc = push(walk, &edge, err);
		if (edge.terminating) {
			cut_below(walk, first);
			first = 0;
			break;
		}
	}
	if (walk->count > first)
		reverse(walk->stack + first, walk->count - first);
	return rc;
}

int tg_tuf_walk_open(tg_tuf_walk **out, const tg_tuf_metadata *targets, const char *path, tg_error *err)
{
	tg_tuf_walk *walk = calloc(1, sizeof(*walk));
	int rc;

	*out = NULL;
	if (walk == NULL)
		return tg_fail(err, TG_ENOMEM, "delegations: out of memory");
	walk->want.path = path;
	tg_sha256(walk->want.hash, path, strlen(path));
	tg_hex_encode(walk->want.hex, walk->want.hash, sizeof(walk->want.hash));
	rc = tg_tuf_walk_enter(walk, targets, err);
	if (rc != TG_OK) {
		tg_tuf_walk_close(walk);
		return rc;
	}
	*out = walk;
	return TG_OK;
}

void tg_tuf_walk_close(tg_tuf_walk *walk)
{
	if (walk == NULL)
		return;
	free(walk->stack);
	free(walk);
}

int tg_tuf_walk_next(tg_tuf_edge *out, tg_tuf_walk *walk, tg_error *err)
{
	while (walk->count > 0) {
		*out = walk->stack[--walk->count];
		if (visited(walk, out->role))
			continue;
		if (walk->visited_count == TG_TUF_DELEGATED_MAX)
			/* Nobody said that there is none. */
			return tg_fail(err, TG_ELIMIT, "%.128s: in none of the first %d roles asked",
				walk->want.path, TG_TUF_DELEGATED_MAX);
		memcpy(walk->visited[walk->visited_count++], out->role, sizeof(out->role));
		return TG_OK;
	}
	return tg_fail(err, TG_ENOTFOUND, "%.128s: no role lists it", walk->want.path);
}
