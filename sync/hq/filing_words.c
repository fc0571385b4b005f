/* SPDX-License-Identifier: Apache-2.0
 *
 * filing_words.c - two records side by side, in words for the person who must approve the step from one to the other.
 */
#include "sync/hq/filing.h"

#include <stdlib.h>

#define ITEMS_MAX 12  /* of a list are named, the rest is counted */
#define VALUE_MAX 160 /* bytes of one value */

/* Records are clean when they were read by our reader; a draft's file may have been edited since. */
static const char *plain(char out[240], const char *text)
{
	tg_error clean = { 0 };

	(void)tg_fail(&clean, TG_EINVAL, "%.*s", VALUE_MAX, text);
	(void)snprintf(out, 240, "%.230s%s", clean.msg, strlen(text) > VALUE_MAX ? "..." : "");
	return out;
}

static const char *value(char out[240], const tg_json *json)
{
	const char *text = tg_json_str(json);
	tg_buf buf;

	if (json == NULL)
		return "nothing";
	if (text != NULL)
		return plain(out, text);
	tg_buf_init(&buf, TG_DRAFT_FILE_MAX);
	if (tg_json_write_jcs(&buf, json, NULL) != TG_OK)
		(void)snprintf(out, 240, "%s", tg_json_type_name(json));
	else
		(void)plain(out, tg_buf_text(&buf));
	tg_buf_fini(&buf);
	return out;
}

/* ---- lists of texts, as sets ---- */

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* NULL if the value is no list of texts only (an absent one is an empty list), or without memory. */
static const char **texts_of(const tg_json *json, size_t *count)
{
	const char **list = calloc(tg_json_size(json) + 1, sizeof(*list));

	*count = 0;
	if (list == NULL || (json != NULL && tg_json_type_of(json) != TG_JSON_ARRAY)) {
		free(list);
		return NULL;
	}
	for (const tg_json *item = tg_json_first(json); item != NULL; item = tg_json_next(item)) {
		const char *text = tg_json_str(item);

		if (text == NULL) {
			free(list);
			return NULL;
		}
		list[(*count)++] = text;
	}
	qsort(list, *count, sizeof(*list), by_text);
	return list;
}

/* Those of `a` that are not in `b`. */
static void print_missing(FILE *out, const char *path, const char *what, const char *const *a, size_t a_count,
	const char *const *b, size_t b_count)
{
	size_t told = 0, more = 0;
	char text[240];

	for (size_t i = 0; i < a_count; i++) {
		if (bsearch(&a[i], b, b_count, sizeof(*b), by_text) != NULL)
			continue;
		if (told == ITEMS_MAX) {
			more++;
			continue;
		}
		if (told++ == 0)
			(void)fprintf(out, "  %s: %s", path, what);
		(void)fprintf(out, "%s %s", told > 1 ? "," : "", plain(text, a[i]));
	}
	if (more > 0)
		(void)fprintf(out, " and %zu more", more);
	if (told > 0)
		(void)fputc('\n', out);
}

static bool print_lists(FILE *out, const char *path, const tg_json *now, const tg_json *then)
{
	size_t now_count, then_count;
	const char **a, **b;
	bool both;

	if (tg_json_type_of(now == NULL ? then : now) != TG_JSON_ARRAY)
		return false;
	a = texts_of(now, &now_count);
	b = texts_of(then, &then_count);
	both = a != NULL && b != NULL;
	if (both) {
		print_missing(out, path, "no longer", a, now_count, b, then_count);
		print_missing(out, path, "new:", b, then_count, a, now_count);
	}
	free(a);
	free(b);
	return both;
}

/* ---- any value ---- */

static bool equal(const tg_json *a, const tg_json *b)
{
	tg_buf left, right;
	bool same;

	tg_buf_init(&left, TG_DRAFT_FILE_MAX);
	tg_buf_init(&right, TG_DRAFT_FILE_MAX);
	same = a != NULL && b != NULL && tg_json_write_jcs(&left, a, NULL) == TG_OK &&
	       tg_json_write_jcs(&right, b, NULL) == TG_OK &&
	       tg_view_equal(tg_buf_view(&left), tg_buf_view(&right));
	tg_buf_fini(&left);
	tg_buf_fini(&right);
	return same;
}

static void print_object(FILE *out, const char *path, const tg_json *now, const tg_json *then);

static void print_value(FILE *out, const char *path, const tg_json *now, const tg_json *then)
{
	char a[240], b[240];

	if (equal(now, then))
		return;
	if (tg_json_type_of(now) == TG_JSON_OBJECT && tg_json_type_of(then) == TG_JSON_OBJECT) {
		print_object(out, path, now, then);
		return;
	}
	if (print_lists(out, path, now, then))
		return;
	if (now == NULL)
		(void)fprintf(out, "  %s: %s\n", path, value(b, then));
	else
		(void)fprintf(out, "  %s: %s -> %s\n", path, value(a, now), value(b, then));
}

static void print_member(
	FILE *out, const char *path, const tg_json *now, const tg_json *then, const char *name)
{
	char below[400], clean[240];

	(void)snprintf(
		below, sizeof(below), "%.150s%s%s", path, path[0] == '\0' ? "" : ".", plain(clean, name));
	print_value(out, below, tg_json_get(now, name), tg_json_get(then, name));
}

static void print_object(FILE *out, const char *path, const tg_json *now, const tg_json *then)
{
	for (const tg_json *member = tg_json_first(now); member != NULL; member = tg_json_next(member))
		print_member(out, path, now, then, tg_json_name(member));
	for (const tg_json *member = tg_json_first(then); member != NULL; member = tg_json_next(member))
		if (tg_json_get(now, tg_json_name(member)) == NULL)
			print_member(out, path, now, then, tg_json_name(member));
}

void tg_filing_print(FILE *out, const tg_filing *f)
{
	tg_json *now = f->soc.now == NULL ? NULL : tg_json_copy(f->soc.now);
	char id[240];

	tg_json_remove(now, "source"); /* renewed by every approval */
	(void)fprintf(out, "statement %s: %s\n", plain(id, f->draft->record),
		now == NULL               ? "not on file yet"
		: equal(now, f->soc.then) ? "on file as it is"
					  : "on file, and would change");
	print_object(out, "", now, f->soc.then);
	tg_json_free(now);
	for (size_t i = 0; i < f->product_count; i++) {
		const tg_record_line *line = &f->products[i];

		if (equal(line->now, line->then))
			continue;
		(void)fprintf(out, "product %s: %s\n", value(id, tg_json_get(line->then, "gtin")),
			line->now == NULL ? "would be added" : "would be completed");
		print_object(out, "", line->now, line->then);
	}
	if (f->paper_sha256[0] == '\0')
		(void)fprintf(out, "document: the statement states no hash of one\n");
	else if (f->paper[0] == '\0')
		(void)fprintf(
			out, "document: the supplier does not publish it; the copy on file, if any, stays\n");
	else
		(void)fprintf(out, "document: %s (opaque: open it with care)\n", f->paper);
}
