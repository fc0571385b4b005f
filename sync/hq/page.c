/* SPDX-License-Identifier: Apache-2.0
 *
 * page.c - the description of a document, built part by part as JSON. What goes in is made harmless here, once, for both forms.
 */
#include "sync/hq/page.h"

#include "store/base/encoding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const layouts[TG_PAGE_LAYOUTS] = { "document", "notice" };
static const char *const types[TG_PAGE_TYPES] = { "text", "code", "day", "link", "good", "open", "bad",
	"missing" };

/* All but `root` point into it: where the next part goes, or NULL while there is no such place. */
struct tg_page {
	tg_json *root, *sheets;
	tg_json *sections, *blocks; /* of the open sheet; of its open section, else of itself */
	tg_json *facts, *rows, *columns, *items, *fields;
	int failed; /* the first of TG_ELIMIT, TG_EINVAL, TG_ENOMEM */
};

static void fail(tg_page *page, int code)
{
	if (page->failed == TG_OK)
		page->failed = code;
}

/* ---- harmless text ---- */

/*
 * A copy that the caller frees: what nobody sees is left out, what steers or is no UTF-8 becomes '?'. NULL (and `failed`) if it is too long or there is no
 * memory.
 */
static char *harmless(tg_page *page, const char *text)
{
	size_t left = strlen(text), len;
	const unsigned char *p = (const unsigned char *)text;
	char *copy, *to;

	if (left > TG_PAGE_TEXT_MAX) {
		fail(page, TG_ELIMIT);
		return NULL;
	}
	to = copy = malloc(left + 1);
	if (copy == NULL) {
		fail(page, TG_ENOMEM);
		return NULL;
	}
	for (; left > 0; p += len, left -= len) {
		char one[5] = { 0 };

		len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
		if (len > left || !tg_utf8_valid(p, len)) {
			len = 1;
			*to++ = '?';
			continue;
		}
		memcpy(one, p, len);
		if (one[0] == '\t' || one[0] == '\r')
			*to++ = ' ';
		else if (one[0] == '\n' || tg_utf8_plain(one))
			to = mempcpy(to, one, len);
		else if (!tg_utf8_hides(one))
			*to++ = '?';
	}
	*to = '\0';
	return copy;
}

static void set_text(tg_page *page, tg_json *object, const char *name, const char *text)
{
	char *copy = harmless(page, text == NULL ? "" : text);

	if (copy != NULL)
		tg_json_set_str(object, name, copy);
	free(copy);
}

TG_PRINTF(4, 0)
static void set_format(tg_page *page, tg_json *object, const char *name, const char *fmt, va_list ap)
{
	va_list again;
	char small[512], *large = NULL;
	int wanted;

	va_copy(again, ap);
	wanted = vsnprintf(small, sizeof(small), fmt, ap);
	if (wanted >= (int)sizeof(small) && wanted <= TG_PAGE_TEXT_MAX &&
		(large = malloc((size_t)wanted + 1)) != NULL)
		(void)vsnprintf(large, (size_t)wanted + 1, fmt, again);
	va_end(again);
	if (wanted < 0 || wanted > TG_PAGE_TEXT_MAX)
		fail(page, TG_ELIMIT);
	else if (wanted >= (int)sizeof(small) && large == NULL)
		fail(page, TG_ENOMEM);
	else
		set_text(page, object, name, large != NULL ? large : small);
	free(large);
}

/* Keys become names of members and are ours: anything else is a mistake of the caller. */
static bool key_good(const char *key)
{
	for (const char *p = key; *p != '\0'; p++)
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') && *p != '_' && *p != '-')
			return false;
	return key[0] != '\0';
}

static void set_key(tg_page *page, tg_json *object, const char *key)
{
	if (!key_good(key))
		fail(page, TG_EINVAL);
	else
		tg_json_set_str(object, "key", key);
}

/* ---- parts ---- */

tg_page *tg_page_new(const tg_page_head *head)
{
	tg_page *page = calloc(1, sizeof(*page));
	char day[TG_DAY_TEXT_SIZE];

	if (page == NULL)
		return NULL;
	page->root = tg_json_new_object();
	page->sheets = tg_json_new_array();
	if (!key_good(head->kind))
		fail(page, TG_EINVAL);
	tg_json_set_int(page->root, "format", TG_PAGE_FORMAT);
	tg_json_set_str(page->root, "kind", head->kind);
	tg_json_set_str(page->root, "language", "en-GB");
	tg_json_set_str(page->root, "layout", layouts[head->layout]);
	tg_json_set_str(page->root, "made", tg_day_format(day, head->made));
	tg_json_set_str(page->root, "made_by", "tillgate-hq " TILLGATE_VERSION);
	set_text(page, page->root, "owner", head->owner);
	set_text(page, page->root, "title", head->title);
	tg_json_set(page->root, "sheets", page->sheets);
	return page;
}

void tg_page_free(tg_page *page)
{
	if (page == NULL)
		return;
	tg_json_free(page->root);
	free(page);
}

static void close_block(tg_page *page)
{
	page->facts = page->rows = page->columns = page->items = page->fields = NULL;
}

void tg_page_sheet(tg_page *page, const char *key, const char *title, const char *subtitle)
{
	tg_json *sheet;

	if (page == NULL)
		return;
	sheet = tg_json_new_object();
	set_text(page, sheet, "key", key);
	set_text(page, sheet, "title", title);
	if (subtitle != NULL && subtitle[0] != '\0')
		set_text(page, sheet, "subtitle", subtitle);
	page->blocks = tg_json_new_array();
	tg_json_set(sheet, "blocks", page->blocks);
	page->sections = tg_json_new_array();
	tg_json_set(sheet, "sections", page->sections);
	tg_json_add(page->sheets, sheet);
	close_block(page);
}

void tg_page_section(tg_page *page, const char *key, const char *title)
{
	tg_json *section;

	if (page == NULL)
		return;
	if (page->sections == NULL) {
		fail(page, TG_EINVAL);
		return;
	}
	section = tg_json_new_object();
	set_key(page, section, key);
	set_text(page, section, "title", title);
	page->blocks = tg_json_new_array();
	tg_json_set(section, "blocks", page->blocks);
	tg_json_add(page->sections, section);
	close_block(page);
}

/* A new block of that type in its place, or NULL. */
static tg_json *open_block(tg_page *page, const char *type)
{
	tg_json *block;

	if (page == NULL)
		return NULL;
	close_block(page);
	if (page->blocks == NULL) {
		fail(page, page->sections == NULL ? TG_EINVAL : TG_ENOMEM);
		return NULL;
	}
	block = tg_json_new_object();
	tg_json_set_str(block, "type", type);
	tg_json_add(page->blocks, block);
	if (block == NULL)
		fail(page, TG_ENOMEM);
	return block;
}

/* A block that holds a list of `member`; the list, or NULL. */
static tg_json *open_list(
	tg_page *page, tg_json **block, const char *type, const char *key, const char *member)
{
	tg_json *list;

	*block = open_block(page, type);
	if (*block == NULL)
		return NULL;
	set_key(page, *block, key);
	list = tg_json_new_array();
	tg_json_set(*block, member, list);
	return list;
}

/* ---- words ---- */

void tg_page_para(tg_page *page, const char *fmt, ...)
{
	tg_json *block = open_block(page, "text");
	va_list ap;

	if (block == NULL)
		return;
	va_start(ap, fmt);
	set_format(page, block, "text", fmt, ap);
	va_end(ap);
}

void tg_page_callout(tg_page *page, tg_page_type state, const char *fmt, ...)
{
	tg_json *block = open_block(page, "callout");
	va_list ap;

	if (block == NULL)
		return;
	if (state != TG_PAGE_TEXT && state != TG_PAGE_GOOD && state != TG_PAGE_OPEN && state != TG_PAGE_BAD)
		fail(page, TG_EINVAL);
	else
		tg_json_set_str(block, "state", types[state]);
	va_start(ap, fmt);
	set_format(page, block, "text", fmt, ap);
	va_end(ap);
}

void tg_page_quote(tg_page *page, const char *text, const char *source)
{
	tg_json *block = open_block(page, "quote");

	if (block == NULL)
		return;
	set_text(page, block, "text", text);
	if (source != NULL && source[0] != '\0')
		set_text(page, block, "source", source);
}

/* ---- values ---- */

static void set_value(tg_page *page, tg_json *object, const tg_page_value *value)
{
	char day[TG_DAY_TEXT_SIZE];
	const char *text = value->type == TG_PAGE_DAY ? tg_day_format(day, value->day) : value->text;
	char *copy = harmless(page, text == NULL ? "" : text);

	if (copy == NULL)
		return;
	if ((unsigned)value->type >= TG_PAGE_TYPES) {
		fail(page, TG_EINVAL);
	} else if (copy[strspn(copy, " \n")] == '\0') {
		tg_json_set_str(object, "type", types[TG_PAGE_MISSING]);
		set_text(page, object, "value", value->missing != NULL ? value->missing : "not recorded");
	} else {
		tg_json_set_str(object, "type", types[value->type]);
		tg_json_set_str(object, "value", copy);
	}
	free(copy);
}

void tg_page_facts(tg_page *page, const char *key)
{
	tg_json *block, *list = open_list(page, &block, "facts", key, "facts");

	if (page != NULL)
		page->facts = list;
}

void tg_page_fact(tg_page *page, const char *key, const char *label, tg_page_value value)
{
	tg_json *fact;

	if (page == NULL)
		return;
	if (page->facts == NULL) {
		fail(page, TG_EINVAL);
		return;
	}
	fact = tg_json_new_object();
	set_key(page, fact, key);
	set_text(page, fact, "label", label);
	set_value(page, fact, &value);
	tg_json_add(page->facts, fact);
}

void tg_page_table(
	tg_page *page, const char *key, const char *caption, const tg_page_column *columns, size_t count)
{
	tg_json *block, *list = open_list(page, &block, "table", key, "columns");

	if (list == NULL)
		return;
	set_text(page, block, "caption", caption);
	for (size_t i = 0; i < count; i++) {
		tg_json *column = tg_json_new_object();

		set_key(page, column, columns[i].key);
		set_text(page, column, "label", columns[i].label);
		tg_json_add(list, column);
	}
	page->columns = list;
	page->rows = tg_json_new_array();
	tg_json_set(block, "rows", page->rows);
}

void tg_page_row(tg_page *page, const tg_page_value *cells)
{
	tg_json *row;

	if (page == NULL)
		return;
	if (page->rows == NULL) {
		fail(page, TG_EINVAL);
		return;
	}
	row = tg_json_new_object();
	for (const tg_json *column = tg_json_first(page->columns); column != NULL;
		column = tg_json_next(column)) {
		const char *key = tg_json_str(tg_json_get(column, "key"));
		tg_json *cell = tg_json_new_object();

		set_value(page, cell, cells++);
		if (key != NULL)
			tg_json_set(row, key, cell);
		else
			tg_json_free(cell);
	}
	tg_json_add(page->rows, row);
}

void tg_page_list(tg_page *page, const char *key, bool numbered)
{
	tg_json *block, *list = open_list(page, &block, "list", key, "items");

	if (list == NULL)
		return;
	tg_json_set_bool(block, "numbered", numbered);
	page->items = list;
}

void tg_page_item(tg_page *page, const char *fmt, ...)
{
	tg_json *item;
	va_list ap;

	if (page == NULL)
		return;
	if (page->items == NULL) {
		fail(page, TG_EINVAL);
		return;
	}
	item = tg_json_new_object();
	va_start(ap, fmt);
	set_format(page, item, "text", fmt, ap);
	va_end(ap);
	tg_json_add(page->items, item);
}

void tg_page_form(tg_page *page, const char *key)
{
	tg_json *block, *list = open_list(page, &block, "form", key, "fields");

	if (page != NULL)
		page->fields = list;
}

void tg_page_field(tg_page *page, const char *key, const char *label, int lines)
{
	tg_json *field;

	if (page == NULL)
		return;
	if (page->fields == NULL || lines < 1 || lines > 12) {
		fail(page, TG_EINVAL);
		return;
	}
	field = tg_json_new_object();
	set_key(page, field, key);
	set_text(page, field, "label", label);
	tg_json_set_int(field, "lines", lines);
	tg_json_add(page->fields, field);
}

/* ---- out ---- */

static int check(const tg_page *page, tg_error *err)
{
	if (page == NULL)
		return tg_fail(err, TG_ENOMEM, "page: out of memory");
	if (page->failed == TG_ELIMIT)
		return tg_fail(err, TG_ELIMIT, "page: a text of more than %d bytes", TG_PAGE_TEXT_MAX);
	if (page->failed != TG_OK)
		return tg_fail(err, page->failed, "page: %s", tg_strerror(page->failed));
	return TG_OK;
}

int tg_page_html(tg_buf *out, const tg_page *page, tg_error *err)
{
	int rc = check(page, err);

	return rc == TG_OK ? tg_page__html(out, page->root, err) : rc;
}

int tg_page_json(tg_json **out, const tg_page *page, tg_error *err)
{
	int rc = check(page, err);

	if (rc != TG_OK)
		return rc;
	*out = tg_json_copy(page->root);
	return *out != NULL ? TG_OK : tg_fail(err, TG_ENOMEM, "page: out of memory");
}
