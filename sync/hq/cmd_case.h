/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_case.h - what `failure` and `notice` share: options that become members of an event, the folder under its lock, the road of one
 * change.
 */
#ifndef TG_HQ_CMD_CASE_H
#define TG_HQ_CMD_CASE_H

#include "sync/hq/casework.h"
#include "sync/hq/cli.h"
#include "sync/hq/page.h"
#include "sync/hq/record_change.h"

#define TG_CASE_OPTIONS_MAX 48

/** An option that becomes a member of the event: text, or true. */
typedef struct tg_case_option {
	const char *name, *member;
	bool flag;
} tg_case_option;

typedef struct tg_case_args {
	const tg_case_option *options;
	size_t count;
	const char *values[TG_CASE_OPTIONS_MAX]; /**< borrowed from argv; a flag that was given is "" */
	tg_cli cli;
	tg_json *reach; /**< members gtins, brands, … of a record; tg_case_args_fini() */
	tg_json *tasks; /**< what a notice asks for */
	int32_t today;
	bool all;
	const char *out, *despatch, *separator, *maps[16];
	size_t map_count;
} tg_case_args;

/** False: usage, and `*c` says of what kind; or `err` says what is wrong. `tg_case_args_fini()` in any case. */
bool tg_case_args_take(tg_case_args *args, const tg_case_option *options, size_t count, int argc, char **argv, int *c,
	tg_error *err);
void tg_case_args_fini(tg_case_args *args);

/** The value of the option for that member; NULL if it was not given. */
const char *tg_case_arg(const tg_case_args *args, const char *member);
/** The same as a day; `def` if it was not given. TG_EINVAL. */
TG_NODISCARD int tg_case_arg_day(int32_t *out, const tg_case_args *args, const char *member, int32_t def, tg_error *err);

/**
 * A new event of the options that were given. Only members in `takes` (NULL at its end) are taken; another option, or reach where
 * `with_reach` is false, is TG_EINVAL. The caller owns `*out`.
 */
TG_NODISCARD int tg_case_args_event(tg_json **out, const tg_case_args *args, const char *const *takes, bool with_reach, tg_error *err);

/**
 * Which products and units: what was given takes the place of what the record says, all products together, batches and serial numbers
 * each by themselves.
 */
void tg_case_args_reach(tg_json *record, const tg_case_args *args);

/** The site, one book, and for writing the lock. Zero-initialise; tg_case_close(), also after an error. */
typedef struct tg_case_site {
	tg_site site;
	tg_casework book;
	int lock; /**< -1: none */
} tg_case_site;

/**
 * To write: takes the lock, ends what was cut short and says so on standard error. To read: the same if nobody else holds the lock.
 */
TG_NODISCARD int tg_case_open(tg_case_site *out, const char *dir, tg_book book, bool write, tg_error *err);
void tg_case_close(tg_case_site *site);

/** What lint says of the record among all others; its findings on standard error. TG_ESTATE: it refuses. */
TG_NODISCARD int tg_case_judge(tg_record_judgement *judgement, const tg_case_site *site, const tg_case_args *args, const tg_json *record,
	tg_error *err);

/**
 * One change: the event's record, if it has one and was not judged yet, is judged, then record and event are put. `members` is taken
 * over. Needs --by. TG_ESTATE: lint refuses; nothing was changed.
 */
TG_NODISCARD int tg_case_change(tg_record_judgement *judgement, tg_case_site *site, const tg_case_args *args, const char *event,
	const char *of, tg_json *members, tg_error *err);

/** How the change reaches the gates. */
void tg_case_say_publish(const tg_case_args *args, const tg_record_judgement *judgement);

/** Write a document as PATH.html and PATH.txt (0600). Errors: those of page.h, TG_EIO. */
TG_NODISCARD int tg_case_write_page(const tg_page *page, const char *path, tg_error *err);

/** Which products the reach names, each once, by GTIN. The caller frees `list`, also after an error. */
typedef struct tg_case_products {
	const tg_product_record **list;
	size_t count, cap;
	bool failed;
} tg_case_products;
TG_NODISCARD int tg_case_products_of(tg_case_products *out, const tg_index *index, const tg_reach *reach, tg_error *err);

#endif
