/* SPDX-License-Identifier: Apache-2.0
 *
 * cells.c - cells to members.
 */
#include "sync/hq/cells.h"

#include "plugin/gate/label.h"
#include "store/base/utc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define GTIN_MAX 14
#define UPC_DIGITS 12     /* the shortest number that may begin with zeros */
#define LOST_ZEROS_MAX 3  /* so many of them are put back: one number in ten has a right check digit by chance */
#define INT_DIGITS_MAX 15 /* always below 2^53 */

static tg_cell_verdict bad(tg_cell_note *note, const char *code, const char *fmt, ...) TG_PRINTF(3, 4);
static tg_cell_verdict bad(tg_cell_note *note, const char *code, const char *fmt, ...)
{
	va_list ap;

	note->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(note->words, sizeof(note->words), fmt, ap);
	va_end(ap);
	return TG_CELL_BAD;
}

static bool digits_only(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* ---- GTINs ---- */

uint64_t tg_cell_number(const char *text)
{
	size_t len = strlen(text);

	if (!digits_only(text) || (len != 8 && (len < UPC_DIGITS || len > GTIN_MAX)))
		return 0;
	return strtoull(text, NULL, 10);
}

/* 5.012E+12 and 5,012E+12: what a spreadsheet writes of a number that it did not take for a text. */
static bool exponential(const char *text)
{
	size_t n = strspn(text, "0123456789");

	if (n == 0)
		return false;
	text += n;
	if (*text == '.' || *text == ',')
		text += 1 + strspn(text + 1, "0123456789");
	if (*text != 'E' && *text != 'e')
		return false;
	text++;
	if (*text == '+' || *text == '-')
		text++;
	return digits_only(text);
}

/* The digits of a number with what spreadsheets and people put around them; false: something else is in it. */
static bool strip(char out[GTIN_MAX + 1], const char *text)
{
	size_t n = 0, end = strlen(text), at = 0;

	if (text[0] == '\'') {
		at = 1;
	} else if (end > 3 && strncmp(text, "=\"", 2) == 0 && text[end - 1] == '"') {
		at = 2;
		end--;
	}
	for (size_t point = end; point > at; point--) {
		if (text[point - 1] == '0')
			continue;
		if ((text[point - 1] == '.' || text[point - 1] == ',') && point < end)
			end = point - 1;
		break;
	}
	for (; at < end; at++) {
		if (text[at] == ' ' || text[at] == '-')
			continue;
		if ((uint8_t)text[at] == 0xc2 && (uint8_t)text[at + 1] == 0xa0) {
			at++; /* a blank that does not break the line */
			continue;
		}
		if (text[at] < '0' || text[at] > '9' || n == GTIN_MAX)
			return false;
		out[n++] = text[at];
	}
	out[n] = '\0';
	return n > 0;
}

static bool fill_up(char digits[GTIN_MAX + 1])
{
	size_t len = strlen(digits), lost = UPC_DIGITS - len;

	if (len >= UPC_DIGITS || lost > LOST_ZEROS_MAX)
		return false;
	memmove(digits + lost, digits, len + 1);
	memset(digits, '0', lost);
	return true;
}

static tg_cell_verdict damaged(tg_cell_note *note, const char *what)
{
	return bad(note, "gtin-damaged",
		"%s; make the column text in the spreadsheet and export it again, or let --repair-gtins put it right", what);
}

/* `out`: the number as it is to be kept. */
static tg_cell_verdict read_gtin(tg_cell_note *note, char out[GTIN_MAX + 1], const char *text, const tg_cell_rules *rules)
{
	bool stripped = !digits_only(text), filled;
	uint64_t gtin;

	if (exponential(text))
		return bad(note, "gtin-damaged",
			"a spreadsheet wrote the number with an exponent, and its digits are lost; make the column text there and "
			"export it again");
	if (!strip(out, text))
		return bad(note, "bad-gtin", "wanted a number of 8, 12, 13 or 14 digits");
	if (stripped && !rules->repair_gtins)
		return damaged(note, "a spreadsheet put more than digits into the cell");
	filled = strlen(out) != 8 && fill_up(out);
	if (filled && !rules->repair_gtins)
		return damaged(note, "not 8, 12, 13 or 14 digits: a spreadsheet cuts leading zeros");
	if (tg_cell_number(out) == 0)
		return bad(note, "bad-gtin", "%zu digits; wanted 8, 12, 13 or 14", strlen(out));
	if (tg_gtin_parse(&gtin, tg_view_str(out), NULL) != TG_OK)
		return bad(note, "bad-gtin", "the check digit fails; correct the number%s",
			filled ? " (zeros in front do not put it right)" : "");
	if (!stripped && !filled)
		return TG_CELL_GOOD;
	(void)bad(note, "gtin-repaired", "taken as %s", out);
	return TG_CELL_REPAIRED;
}

/* ---- days, flags, whole numbers ---- */

/* D or DD, M or MM, YYYY, with one of / . - between them. Two digits of a year are not guessed at. */
static int32_t day_first(const char *text)
{
	int day = 0, month = 0, year = 0, used = 0;

	if (strspn(text, "0123456789") > 2)
		return TG_DAY_NONE;
	for (const char *c = text; *c != '\0'; c++)
		if ((*c < '0' || *c > '9') && *c != '/' && *c != '.' && *c != '-')
			return TG_DAY_NONE;
	/* NOLINTNEXTLINE: bounded by the widths, and only digits and separators are left */
	if (sscanf(text, "%2d%*1[/.-]%2d%*1[/.-]%4d%n", &day, &month, &year, &used) != 3 || text[used] != '\0' || year < 1000)
		return TG_DAY_NONE;
	return tg_day_of_civil(year, month, day);
}

static tg_cell_verdict set_day(
	tg_cell_note *note, tg_json *object, const char *name, const char *text, const tg_cell_rules *rules)
{
	char iso[TG_DAY_TEXT_SIZE];
	int32_t day;

	if (tg_day_parse(&day, text, NULL) != TG_OK)
		day = rules->day_first ? day_first(text) : TG_DAY_NONE;
	if (day == TG_DAY_NONE && digits_only(text))
		return bad(note, "bad-cell",
			"a spreadsheet's count of days; make the column a date there and export it again");
	if (day == TG_DAY_NONE)
		return bad(note, "bad-cell", "wanted a day that exists, as 2026-11-23%s",
			rules->day_first ? " or 23/11/2026" : "; for 23/11/2026 say --dates day-first");
	tg_json_set_str(object, name, tg_day_format(iso, day));
	return TG_CELL_GOOD;
}

static tg_cell_verdict set_flag(tg_cell_note *note, tg_json *object, const char *name, const char *text)
{
	static const char *const words[] = { "true", "yes", "1", "false", "no", "0" };

	for (size_t i = 0; i < TG_COUNT(words); i++) {
		if (strcasecmp(text, words[i]) == 0) {
			tg_json_set_bool(object, name, i < 3);
			return TG_CELL_GOOD;
		}
	}
	return bad(note, "bad-cell", "wanted true, yes or 1; or false, no or 0");
}

static tg_cell_verdict set_int(tg_cell_note *note, tg_json *object, const char *name, const char *text)
{
	if (!digits_only(text) || strlen(text) > INT_DIGITS_MAX)
		return bad(note, "bad-cell", "wanted a whole number");
	tg_json_set_int(object, name, strtoll(text, NULL, 10));
	return TG_CELL_GOOD;
}

/* ---- lists ---- */

struct list {
	tg_cell_note *note;
	tg_cell_form form;
	const tg_cell_rules *rules;
	tg_json *items, *ranges; /* ranges: of batches, else NULL */
	tg_cell_verdict worst;
};

static void add_range(tg_json *array, const char *from, const char *to)
{
	tg_json *range = tg_json_new_object();

	tg_json_set_str(range, "from", from);
	tg_json_set_str(range, "to", to);
	tg_json_add(array, range);
}

/* `item` may be written to. */
static tg_cell_verdict add_item(struct list *l, char *item)
{
	char number[GTIN_MAX + 1];
	char *dots = strstr(item, "..");
	tg_cell_verdict verdict;

	if (item[0] == '\0')
		return bad(l->note, "bad-cell", "an empty item in the list; take the separator out");
	if (l->form == TG_CELL_GTINS) {
		verdict = read_gtin(l->note, number, item, l->rules);
		if (verdict != TG_CELL_BAD)
			tg_json_add_str(l->items, number);
		return verdict;
	}
	if (l->form == TG_CELL_TEXTS || (l->form == TG_CELL_BATCHES && dots == NULL)) {
		tg_json_add_str(l->items, item);
		return TG_CELL_GOOD;
	}
	if (dots != NULL && (dots == item || dots[2] == '\0'))
		return bad(l->note, "bad-cell", "wanted FROM..TO, or one value");
	if (dots != NULL)
		*dots = '\0';
	add_range(l->form == TG_CELL_BATCHES ? l->ranges : l->items, item, dots != NULL ? dots + 2 : item);
	return TG_CELL_GOOD;
}

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n')
		text++;
	while (end > text && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r' || end[-1] == '\n'))
		end--;
	*end = '\0';
	return text;
}

static void read_list(struct list *l, char *text)
{
	for (char *item = text; item != NULL;) {
		char *next = strchr(item, l->rules->list_separator);
		tg_cell_verdict verdict;

		if (next != NULL)
			*next++ = '\0';
		verdict = add_item(l, trim(item));
		if (verdict > l->worst)
			l->worst = verdict;
		if (verdict == TG_CELL_BAD)
			return;
		item = next;
	}
}

static void set_batches(tg_json *object, const char *name, struct list *l)
{
	tg_json *both = tg_json_new_object();

	if (tg_json_size(l->items) > 0)
		tg_json_set(both, "list", l->items);
	else
		tg_json_free(l->items);
	if (tg_json_size(l->ranges) > 0)
		tg_json_set(both, "ranges", l->ranges);
	else
		tg_json_free(l->ranges);
	tg_json_set(object, name, both);
}

static tg_cell_verdict set_list(tg_cell_note *note, tg_json *object, const char *name, tg_cell_form form,
	const char *text, const tg_cell_rules *rules)
{
	struct list l = { .note = note, .form = form, .rules = rules, .items = tg_json_new_array() };
	char *copy = strdup(text);

	l.ranges = form == TG_CELL_BATCHES ? tg_json_new_array() : NULL;
	if (copy != NULL)
		read_list(&l, copy);
	if (copy == NULL || l.worst == TG_CELL_BAD) {
		tg_json_free(l.items);
		tg_json_free(l.ranges);
		if (copy == NULL)
			tg_json_set(object, name, NULL); /* marks the tree: out of memory */
	} else if (form == TG_CELL_BATCHES) {
		set_batches(object, name, &l);
	} else {
		tg_json_set(object, name, l.items);
	}
	free(copy);
	return l.worst;
}

tg_cell_verdict tg_cell_set(
	tg_cell_note *note, tg_json *object, const char *name, tg_cell_form form, const char *text, const tg_cell_rules *rules)
{
	char number[GTIN_MAX + 1];
	tg_cell_verdict verdict;

	switch (form) {
	case TG_CELL_TEXT:
		tg_json_set_str(object, name, text);
		return TG_CELL_GOOD;
	case TG_CELL_DAY:
		return set_day(note, object, name, text, rules);
	case TG_CELL_FLAG:
		return set_flag(note, object, name, text);
	case TG_CELL_INT:
		return set_int(note, object, name, text);
	case TG_CELL_GTIN:
		verdict = read_gtin(note, number, text, rules);
		if (verdict != TG_CELL_BAD)
			tg_json_set_str(object, name, number);
		return verdict;
	case TG_CELL_BATCHES:
		if (strcasecmp(text, "all") == 0) {
			tg_json_set_str(object, name, "all");
			return TG_CELL_GOOD;
		}
		return set_list(note, object, name, form, text, rules);
	case TG_CELL_TEXTS:
	case TG_CELL_GTINS:
	case TG_CELL_RANGES:
		return set_list(note, object, name, form, text, rules);
	}
	return bad(note, "bad-cell", "not read");
}
