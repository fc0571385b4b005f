/* SPDX-License-Identifier: Apache-2.0
 *
 * findings.c - keep, order and print what lint found.
 */
#include "sync/hq/findings.h"

#include <stdarg.h>
#include <stdlib.h>

#define WORDS_MAX 512 /* bytes of one finding's words */
#define VALUE_MAX 48  /* bytes of a cell that are shown */
#define CODES_MAX 64  /* different codes of warnings; there are about 20 */

const char *const tg_finding_words[TG_FINDING_LEVELS + 1] = { "warning", "defect", "error", NULL };

void tg_findings_fini(tg_findings *findings)
{
	tg_arena_fini(&findings->texts);
	free(findings->list);
	*findings = (tg_findings){ 0 };
}

/* What anybody may have written: no control characters, no half character at the end, not longer than is of use. */
static const char *shown(tg_arena *arena, const char *text)
{
	tg_error clean = { 0 };
	size_t len;

	if (text == NULL)
		return "";
	(void)tg_fail(&clean, TG_EINVAL, "%s", text);
	len = strlen(clean.msg);
	if (len > VALUE_MAX) {
		for (len = VALUE_MAX; len > 0 && ((uint8_t)clean.msg[len] & 0xc0) == 0x80; len--)
			;
		memcpy(clean.msg + len, "...", 4);
	}
	return tg_arena_text(arena, clean.msg);
}

void tg_findings_add(tg_findings *findings, tg_finding_level level, const char *code, tg_finding_at at,
	const char *field, const char *fmt, ...)
{
	char words[WORDS_MAX];
	tg_error clean = { 0 }, clean_field = { 0 };
	tg_finding *list;
	va_list ap;

	findings->counts[level]++;
	list = findings->count >= TG_FINDINGS_MAX
		       ? NULL
		       : tg_array_grow(findings->list, findings->count, &findings->cap, sizeof(*list));
	if (list == NULL) {
		findings->dropped++;
		return;
	}
	findings->list = list;
	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	(void)tg_fail(&clean, TG_EINVAL, "%s",
		words); /* cleans what records may hold, and cuts between characters */
	(void)tg_fail(&clean_field, TG_EINVAL, "%s", field); /* a name of a member, which anybody may have chosen */
	list[findings->count++] = (tg_finding){ .level = (uint8_t)level,
		.code = code,
		.file = at.file,
		.line = at.line,
		.field = tg_arena_text(&findings->texts, clean_field.msg),
		.words = tg_arena_text(&findings->texts, clean.msg),
		.column = shown(&findings->texts, findings->column),
		.value = shown(&findings->texts, findings->value) };
}

static int compare(const void *left, const void *right)
{
	const tg_finding *a = left, *b = right;
	int order = strcmp(a->file, b->file);

	if (order == 0)
		order = (a->line > b->line) - (a->line < b->line);
	if (order == 0)
		order = strcmp(a->code, b->code);
	if (order == 0)
		order = strcmp(a->field, b->field);
	return order != 0 ? order : strcmp(a->words, b->words);
}

void tg_findings_sort(tg_findings *findings)
{
	if (findings->count > 1)
		qsort(findings->list, findings->count, sizeof(*findings->list), compare);
}

/* How often each code of a warning came by so far. Codes are static and few; one too many is printed in full. */
struct tally {
	const char *codes[CODES_MAX];
	size_t counts[CODES_MAX];
};

static size_t count_one(struct tally *tally, const char *code)
{
	for (size_t i = 0; i < CODES_MAX; i++) {
		if (tally->codes[i] == NULL)
			tally->codes[i] = code;
		if (strcmp(tally->codes[i], code) == 0)
			return ++tally->counts[i];
	}
	return 1;
}

static void print_one(FILE *out, const tg_finding *f, const char *folder)
{
	(void)fprintf(out, "%s%s%s:%u: %s %s %s", folder == NULL ? "" : folder, folder == NULL ? "" : "/", f->file,
		f->line, tg_finding_words[f->level], f->code, f->field);
	if (f->column[0] != '\0')
		(void)fprintf(out, "%s(column \"%s\", \"%s\")", f->field[0] != '\0' ? " " : "", f->column, f->value);
	(void)fprintf(out, "%s%s\n", f->field[0] != '\0' || f->column[0] != '\0' ? ": " : "", f->words);
}

void tg_findings_print(FILE *out, const tg_findings *findings, const tg_findings_choice *choice)
{
	struct tally tally = { 0 };
	size_t held_back = 0;

	for (size_t i = 0; i < findings->count; i++) {
		const tg_finding *f = &findings->list[i];

		if (f->level < choice->least)
			continue;
		if (f->level == TG_FINDING_WARNING && choice->equal_warnings > 0 &&
			count_one(&tally, f->code) > choice->equal_warnings)
			held_back++;
		else
			print_one(out, f, choice->folder);
	}
	if (held_back > 0)
		(void)fprintf(out, "and %zu more warnings like these (--all prints them)\n", held_back);
	if (findings->dropped > 0)
		(void)fprintf(out, "and %zu more\n", findings->dropped);
}

void tg_findings_print_counts(FILE *out, const tg_findings *findings)
{
	for (int level = TG_FINDING_LEVELS - 1; level >= 0; level--) {
		const char *before = "";

		/* Codes are few: the next one in order is looked for until there is none. */
		for (;;) {
			const char *code = NULL;
			size_t count = 0;

			for (size_t i = 0; i < findings->count; i++) {
				const tg_finding *f = &findings->list[i];

				if (f->level != level || strcmp(f->code, before) <= 0)
					continue;
				if (code == NULL || strcmp(f->code, code) < 0) {
					code = f->code;
					count = 0;
				}
				count += strcmp(f->code, code) == 0;
			}
			if (code == NULL)
				break;
			(void)fprintf(out, "%8zu %s %s\n", count, tg_finding_words[level], code);
			before = code;
		}
	}
}

tg_json *tg_findings_json(const tg_findings *findings)
{
	tg_json *json = tg_json_new_object(), *list = tg_json_new_array();

	tg_json_set_int(json, "errors", (int64_t)findings->counts[TG_FINDING_ERROR]);
	tg_json_set_int(json, "defects", (int64_t)findings->counts[TG_FINDING_DEFECT]);
	tg_json_set_int(json, "warnings", (int64_t)findings->counts[TG_FINDING_WARNING]);
	tg_json_set_int(json, "dropped", (int64_t)findings->dropped);
	for (size_t i = 0; i < findings->count; i++) {
		const tg_finding *f = &findings->list[i];
		tg_json *item = tg_json_new_object();

		tg_json_set_str(item, "level", tg_finding_words[f->level]);
		tg_json_set_str(item, "code", f->code);
		tg_json_set_str(item, "file", f->file);
		tg_json_set_int(item, "line", f->line);
		tg_json_set_str(item, "field", f->field);
		tg_json_set_str(item, "words", f->words);
		if (f->column[0] != '\0') {
			tg_json_set_str(item, "column", f->column);
			tg_json_set_str(item, "value", f->value);
		}
		tg_json_add(list, item);
	}
	tg_json_set(json, "findings", list);
	return json;
}
