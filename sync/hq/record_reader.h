/* SPDX-License-Identifier: Apache-2.0
 *
 * record_reader.h - members of one record's JSON, each read with its limit; every bad one becomes a finding.
 *
 * Internal to the readers of records. Reading goes on after a bad member, so that one look shows all that is
 * wrong.
 */
#ifndef TG_HQ_RECORD_READER_H
#define TG_HQ_RECORD_READER_H

#include "sync/hq/records.h"

typedef struct tg_reader {
	tg_arena *arena;
	tg_findings *findings;
	tg_finding_at at;
	char path[64]; /**< "signatory." while inside that object, else "" */
	bool bad;
} tg_reader;

/** A member is wrong: "bad-record" with its name. */
void tg_reader_refuse(tg_reader *r, const char *name, const char *fmt, ...) TG_PRINTF(3, 4);

/* Absent members: "" / TG_DAY_NONE / false / `def` / empty; `need` refuses the record instead. */
const char *tg_reader_text(tg_reader *r, const tg_json *object, const char *name, size_t max);
const char *tg_reader_need_text(tg_reader *r, const tg_json *object, const char *name, size_t max);
const char *tg_reader_id(tg_reader *r, const tg_json *object, const char *name);
const char *tg_reader_hash(
	tg_reader *r, const tg_json *object, const char *name); /**< 64 lower case hex digits */
const char *tg_reader_url(tg_reader *r, const tg_json *object, const char *name); /**< http or https */
const char *tg_reader_batch(
	tg_reader *r, const tg_json *object, const char *name); /**< a batch or serial, needed */
int32_t tg_reader_day(tg_reader *r, const tg_json *object, const char *name);
bool tg_reader_flag(tg_reader *r, const tg_json *object, const char *name);
int64_t tg_reader_int(tg_reader *r, const tg_json *object, const char *name, int64_t min, int64_t max);
int tg_reader_word(tg_reader *r, const tg_json *object, const char *name, const char *const *words, int def);
int tg_reader_need_word(tg_reader *r, const tg_json *object, const char *name, const char *const *words);
uint64_t tg_reader_gtin(tg_reader *r, const tg_json *object, const char *name);
tg_texts tg_reader_texts(tg_reader *r, const tg_json *object, const char *name, size_t max);
tg_gtins tg_reader_gtins(tg_reader *r, const tg_json *object, const char *name);

/** Is it a number that shops give out themselves (restricted circulation), and so no GTIN? */
bool tg_number_restricted(uint64_t number);

/** Refuse members that are not in `names` (NULL-terminated). */
void tg_reader_only(tg_reader *r, const tg_json *object, const char *const *names);

/**
 * The member as an object with only `names` in it, and step into it; NULL if absent or wrong (then no step).
 */
const tg_json *tg_reader_enter(
	tg_reader *r, const tg_json *object, const char *name, const char *const *names);
void tg_reader_leave(tg_reader *r);

/**
 * The member as an array of objects that hold only `names`: its first item and, in `*count`, how many; NULL
 * if absent or wrong. While going through the items, tg_reader_item(r, name, n) sets the path to "name[n]."
 * and tg_reader_leave ends it.
 */
const tg_json *tg_reader_objects(
	tg_reader *r, size_t *count, const tg_json *object, const char *name, const char *const *names);
void tg_reader_item(tg_reader *r, const char *name, size_t n);

#endif
