/* SPDX-License-Identifier: Apache-2.0
 *
 * json.h - strict JSON in, canonical JSON out. The only file that includes cJSON.h is json.c.
 *
 * Reading refuses, with line and column: duplicate names (after unescaping), U+0000, invalid UTF-8, lone surrogates,
 * text after the value, more than TG_JSON_MAX_DEPTH levels, and every number that is not an integer in
 * -(2^53-1)..2^53-1 written without fraction, exponent, leading zero or "-0". Nobody's format of ours needs others.
 */
#ifndef TG_BASE_JSON_H
#define TG_BASE_JSON_H

#include "store/base/bytes.h"

#define TG_JSON_MAX_DEPTH 32                      /* our deepest document, TUF targets, needs 7 */
#define TG_JSON_MAX_INT INT64_C(9007199254740991) /* 2^53-1, the last integer every JSON tool keeps */

typedef struct cJSON tg_json; /* never look inside; use the functions here */

/** `*out` is the caller's: tg_json_free. Errors: TG_EFORMAT ("3:17: name \"gtin\" stands twice"), TG_ENOMEM. */
TG_NODISCARD int tg_json_parse(tg_json **out, tg_view text, tg_error *err);
void tg_json_free(tg_json *json); /* NULL is fine */
void tg_json_free_secret(tg_json *json); /**< overwrites every text first: for what holds a PIN or a badge; NULL is fine */

/* ---- looking ---- all borrow from the tree; all names are compared exactly, case included */
typedef enum {
	TG_JSON_NULL,
	TG_JSON_BOOL,
	TG_JSON_INT,
	TG_JSON_STRING,
	TG_JSON_ARRAY,
	TG_JSON_OBJECT
} tg_json_type;

tg_json_type tg_json_type_of(const tg_json *json);
const char *tg_json_type_name(const tg_json *json); /* "a number", for error words; "nothing" for NULL */
const tg_json *tg_json_get(const tg_json *object, const char *name); /* NULL if absent or not an object */
const tg_json *tg_json_first(const tg_json *container); /* first child of an array or object, or NULL */
const tg_json *tg_json_next(const tg_json *child);      /* its next sibling, or NULL */
const char *tg_json_name(const tg_json *child);         /* its name in the object */
size_t tg_json_size(const tg_json *container);
const char *tg_json_str(const tg_json *json); /* the text, or NULL if it is no string */
int64_t tg_json_int(const tg_json *json);     /* the number, or 0 if it is none */
bool tg_json_bool(const tg_json *json);

/**
 * The children of one object sorted by name, for many lookups in an object of thousands: tg_json_get walks the list.
 * Borrows the tree, which must not change meanwhile. `init` fails with TG_ENOMEM only.
 */
typedef struct tg_json_index {
	const tg_json **children; /**< in strcmp order of their names */
	size_t count;
} tg_json_index;
TG_NODISCARD int tg_json_index_init(tg_json_index *index, const tg_json *object, tg_error *err);
const tg_json *tg_json_index_get(const tg_json_index *index, const char *name); /* NULL if absent */
void tg_json_index_fini(tg_json_index *index);

/*
 * Typed members of an object. `need` fails with TG_EFORMAT when the member is absent, `opt` then gives the default;
 * both fail when it is there and of another type or out of bounds: "gtin: wanted text of 1 to 14 bytes, found a number".
 * Strings: at most max_bytes bytes; empty strings are refused by `need_str`, allowed by `opt_str`.
 */
TG_NODISCARD int tg_json_need_str(
	const char **out, const tg_json *object, const char *name, size_t max_bytes, tg_error *err);
TG_NODISCARD int tg_json_opt_str(const char **out, const tg_json *object, const char *name, size_t max_bytes,
	const char *def, tg_error *err);
TG_NODISCARD int tg_json_need_int(
	int64_t *out, const tg_json *object, const char *name, int64_t min, int64_t max, tg_error *err);
TG_NODISCARD int tg_json_opt_int(int64_t *out, const tg_json *object, const char *name, int64_t min,
	int64_t max, int64_t def, tg_error *err);
TG_NODISCARD int tg_json_opt_bool(
	bool *out, const tg_json *object, const char *name, bool def, tg_error *err);
TG_NODISCARD int tg_json_need_object(
	const tg_json **out, const tg_json *object, const char *name, tg_error *err);
TG_NODISCARD int tg_json_opt_object(
	const tg_json **out, const tg_json *object, const char *name, tg_error *err);
TG_NODISCARD int tg_json_need_array(
	const tg_json **out, const tg_json *object, const char *name, tg_error *err);
TG_NODISCARD int tg_json_opt_array(
	const tg_json **out, const tg_json *object, const char *name, tg_error *err);
/** Index of the member's text in `words` (NULL-terminated list). Error names the words allowed. `opt`: `def` if absent. */
TG_NODISCARD int tg_json_need_word(
	int *out, const tg_json *object, const char *name, const char *const *words, tg_error *err);
TG_NODISCARD int tg_json_opt_word(
	int *out, const tg_json *object, const char *name, const char *const *words, int def, tg_error *err);
/** "YYYY-MM-DD" to a day number (utc.h). `opt`: TG_DAY_NONE if absent. */
TG_NODISCARD int tg_json_need_day(int32_t *out, const tg_json *object, const char *name, tg_error *err);
TG_NODISCARD int tg_json_opt_day(int32_t *out, const tg_json *object, const char *name, tg_error *err);
/** Closed key set: TG_EFORMAT if `object` has a member not in `names` (NULL-terminated). */
TG_NODISCARD int tg_json_only(const tg_json *object, const char *const *names, tg_error *err);

/*
 * ---- building ---- setters copy, and replace a member of the same name in its place. On memory failure the tree is
 * marked and writing it fails with TG_ENOMEM; a NULL tree may be passed on and does the same. Setting names in strcmp
 * order is fast however many there are; otherwise each call looks through all of them.
 */
tg_json *tg_json_new_object(void);
tg_json *tg_json_new_array(void);
void tg_json_set_str(tg_json *object, const char *name, const char *text);
void tg_json_set_int(tg_json *object, const char *name, int64_t value);
void tg_json_set_bool(tg_json *object, const char *name, bool value);
void tg_json_set_null(tg_json *object, const char *name);
void tg_json_set(
	tg_json *object, const char *name, tg_json *value); /* takes `value` over, NULL marks a failure */
void tg_json_add_str(tg_json *array, const char *text);
void tg_json_add_int(tg_json *array, int64_t value);
void tg_json_add(tg_json *array, tg_json *value);
tg_json *tg_json_copy(const tg_json *json);
void tg_json_remove(tg_json *object, const char *name);
/** True if this node (not those below it) was marked by a setter that ran out of memory. For json_write.c. */
bool tg_json__failed(const tg_json *json);

/*
 * ---- writing ---- appended to `out`; on an error nothing is. TG_ENOMEM, TG_ELIMIT (the ceiling of `out`), or TG_EINVAL
 * for a built tree that tg_json_parse would refuse: text that is not UTF-8, a number or a depth out of bounds.
 */
/** RFC 8785 (JCS): names sorted by UTF-16 code units, shortest escapes. The form of evidence and of --json output. */
TG_NODISCARD int tg_json_write_jcs(tg_buf *out, const tg_json *json, tg_error *err);
/** The OLPC form that TUF signs: names sorted by bytes, only '"' and '\' escaped, control characters raw. */
TG_NODISCARD int tg_json_write_olpc(tg_buf *out, const tg_json *json, tg_error *err);
/** For people and git: two-space indent, names in the order given, a final newline. */
TG_NODISCARD int tg_json_write_pretty(tg_buf *out, const tg_json *json, tg_error *err);

#endif
