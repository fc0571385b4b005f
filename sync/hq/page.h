/* SPDX-License-Identifier: Apache-2.0
 *
 * page.h - a document for people (HTML that prints) and for programs (JSON), from one description.
 *
 * The description *is* the JSON; the HTML is written from it and from nothing else, so the two cannot differ.
 *
 * The HTML stands alone: no script, no style but its own, nothing is loaded, and its content security policy says so. Whatever comes
 * as text stays text: markup is escaped, control and direction characters and bad UTF-8 become '?', what nobody sees is left out. A link
 * is one only if it is plain http or https, and it is always shown as what it is.
 *
 * Knows layout; knows nothing of records or law. One thread. Failure is sticky, as in tg_buf: describe freely, ask once at the end.
 */
#ifndef TG_HQ_PAGE_H
#define TG_HQ_PAGE_H

#include "store/base/json.h"
#include "store/base/utc.h"

#define TG_PAGE_FORMAT 1                /* of the JSON */
#define TG_PAGE_TEXT_MAX 65536          /* bytes of one text: thirty times the longest text of a record */
#define TG_PAGE_MAX ((size_t)256 << 20) /* bytes of one document: a browser opens no more */

typedef struct tg_page tg_page;

typedef enum {
	TG_PAGE_DOCUMENT, /* for the office: dense, with contents in front if there is more than one sheet */
	TG_PAGE_NOTICE,   /* for customers: large, no contents */
	TG_PAGE_LAYOUTS
} tg_page_layout;

typedef struct tg_page_head {
	const char *kind; /**< "scope-note": static, lower case letters, digits and '-' */
	const char *
		title; /**< of the document as a whole; a document of one sheet shows that sheet's title instead */
	const char *owner; /**< who says all this: the trader */
	int32_t made;      /**< the day it was made on, and judged by */
	tg_page_layout layout;
} tg_page_head;

typedef enum {
	TG_PAGE_TEXT,
	TG_PAGE_CODE,    /* a number, hash or name of a file: shown in letters of equal width */
	TG_PAGE_DAY,     /* JSON "2026-11-23", people "23 November 2026" */
	TG_PAGE_LINK,    /* a URL; what is none is shown as text */
	TG_PAGE_GOOD,    /* a finding in words, with a sign and a colour */
	TG_PAGE_OPEN,    /* … a doubt, or something to look at */
	TG_PAGE_BAD,     /* … a defect */
	TG_PAGE_MISSING, /* words that say what is not there; nothing is ever left blank */
	TG_PAGE_TYPES
} tg_page_type;

/** Borrowed until the call returns. A text that is "" or NULL, or a day that is TG_DAY_NONE, is written as missing, "not recorded". */
typedef struct tg_page_value {
	tg_page_type type;
	const char *text; /**< '\n' breaks the line */
	int32_t day;
	const char *missing; /**< what to say instead of "not recorded"; NULL */
} tg_page_value;

static inline tg_page_value tg_page_of(tg_page_type type, const char *text)
{
	return (tg_page_value){ type, text, TG_DAY_NONE, NULL };
}

static inline tg_page_value tg_page_or(tg_page_type type, const char *text, const char *missing)
{
	return (tg_page_value){ type, text, TG_DAY_NONE, missing };
}

static inline tg_page_value tg_page_on(int32_t day, const char *missing)
{
	return (tg_page_value){ TG_PAGE_DAY, NULL, day, missing };
}

/** Never NULL in use: functions take NULL and do nothing, and writing it fails with TG_ENOMEM. */
tg_page *tg_page_new(const tg_page_head *head);
void tg_page_free(tg_page *page);

/*
 * A document has sheets, each printed from a new side; a sheet has blocks, and sections with blocks of their own.
 * `key` names a part for programs: static, lower case letters, digits, '_' and '-'; but a sheet's key may be any text (an id).
 */
void tg_page_sheet(tg_page *page, const char *key, const char *title,
	const char *subtitle); /**< subtitle: "" or NULL for none */
void tg_page_section(tg_page *page, const char *key, const char *title);

/* ---- blocks: go into the section that is open, else into the sheet ---- */

void tg_page_para(tg_page *page, const char *fmt, ...) TG_PRINTF(2, 3);
/** What the reader must not miss. `state`: TG_PAGE_GOOD, TG_PAGE_OPEN or TG_PAGE_BAD; TG_PAGE_TEXT for one without a judgement. */
void tg_page_callout(tg_page *page, tg_page_type state, const char *fmt, ...) TG_PRINTF(3, 4);
/** Somebody else's words, and whose they are ("" or NULL for nobody's). */
void tg_page_quote(tg_page *page, const char *text, const char *source);

/** Names and values. */
void tg_page_facts(tg_page *page, const char *key);
void tg_page_fact(tg_page *page, const char *key, const char *label, tg_page_value value);

typedef struct tg_page_column {
	const char *key, *label;
} tg_page_column;
/** The first column names the row. A table without rows says "none". */
void tg_page_table(
	tg_page *page, const char *key, const char *caption, const tg_page_column *columns, size_t count);
/** As many cells as the table has columns. */
void tg_page_row(tg_page *page, const tg_page_value *cells);

void tg_page_list(tg_page *page, const char *key, bool numbered);
void tg_page_item(tg_page *page, const char *fmt, ...) TG_PRINTF(2, 3);

/** Boxes that somebody fills in by hand, one under the other; a section with them is printed from a new side. `lines`: height, 1 to 12 lines of writing. */
void tg_page_form(tg_page *page, const char *key);
void tg_page_field(tg_page *page, const char *key, const char *label, int lines);

/* ---- out ---- */

/** Errors: TG_ENOMEM; TG_ELIMIT a text, or the whole, is over its limit; TG_EINVAL blocks in an order that makes no sense. */
TG_NODISCARD int tg_page_html(tg_buf *out, const tg_page *page, tg_error *err);
/** The description. The caller frees `*out`. Errors as above. */
TG_NODISCARD int tg_page_json(tg_json **out, const tg_page *page, tg_error *err);

/* page_html.c, for page.c: the HTML of a description that page.c made. */
TG_NODISCARD int tg_page__html(tg_buf *out, const tg_json *description, tg_error *err);

#endif
