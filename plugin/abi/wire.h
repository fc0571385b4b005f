/* SPDX-License-Identifier: Apache-2.0
 *
 * wire.h - what the files of the thin client share: requests as bytes, responses as parts, JSON as members, answers as structs.
 *
 * All but client.c is pure: no I/O, no clock, no allocation. Nothing here is exported, and nothing of the house is used: a till
 * loads this library into its own process, so it brings no code that the till did not ask for.
 */
#ifndef TILLGATE_ABI_WIRE_H
#define TILLGATE_ABI_WIRE_H

#include "tillgate/tillgate.h"

#include <stdbool.h>

#define TILLGATE__HEAD_MAX 8192       /* bytes of a response's head: the daemon's is under 300 */
#define TILLGATE__HEADERS_MAX 64      /* lines of it: the daemon sends about five */
#define TILLGATE__BODY_MAX 65536      /* bytes of a response's body: an answer is under 3 kB, a status under 8 kB */
#define TILLGATE__REQUEST_MAX 12288   /* bytes of a request: head, a label of TILLGATE_LABEL_MAX in hex, the small members */
#define TILLGATE__DEPTH_MAX 16        /* levels of JSON: a status has four */
#define TILLGATE__FIELDS_MAX 64       /* members that one table may name: they fit a 64-bit set */

/* ---- text.c: words into fixed arrays, without stdio ---- */

/** A text that grows in a fixed array. What does not fit is dropped as a whole and remembered in `cut`. */
struct tillgate__text {
	char *data;
	size_t size, len; /* len never counts a terminator; there is always room for one */
	bool cut;
};

void tillgate__text_bytes(struct tillgate__text *t, const char *bytes, size_t len);
void tillgate__text_put(struct tillgate__text *t, const char *words);
void tillgate__text_number(struct tillgate__text *t, uint64_t number);
/** Append one character as UTF-8. */
void tillgate__text_char(struct tillgate__text *t, uint32_t character);
/** Terminate. A text that was cut loses its last characters for "...". */
void tillgate__text_end(struct tillgate__text *t);
/** Controls, and characters that change direction or break lines: never shown to staff, never in a log. */
bool tillgate__text_harmful(uint32_t character);
/** One character off valid UTF-8. Returns its length in bytes, 0 if there is none. */
size_t tillgate__text_decode(uint32_t *character, const char *bytes, size_t len);

/** Fill `err` (may be NULL) with `first` and `second` (may be NULL); harmful bytes become '?'. Returns `code`. */
int tillgate__fail(tillgate_error *err, int code, int sys, const char *first, const char *second);

/* ---- request.c ---- */

/**
 * Write the request of a check. `buf` holds TILLGATE__REQUEST_MAX bytes; `*start` points into it. `request` is whole.
 * TILLGATE_EINVAL with words in `err`.
 */
int tillgate__request_check(char *buf, const char **start, size_t *len, const tillgate_request *request, tillgate_error *err);
/** The request of an override; the same. Holds a PIN or a badge: wipe `buf` afterwards. */
int tillgate__request_override(char *buf, const char **start, size_t *len, const tillgate_override_request *request, tillgate_error *err);
void tillgate__request_status(char *buf, const char **start, size_t *len);

/* ---- response.c ---- */

enum tillgate__progress { TILLGATE__MORE, TILLGATE__WHOLE, TILLGATE__BAD };

struct tillgate__response {
	int status;
	bool json;       /* Content-Type is application/json */
	bool keep;       /* the connection may be used again */
	const char *body;
	size_t body_len;
	const char *why; /* BAD: static words */
};

/** Parse one response off all bytes received so far. Bytes after it are BAD: nobody asked for them. */
enum tillgate__progress tillgate__response_parse(struct tillgate__response *out, const char *data, size_t len);

/* ---- json.c ---- */

enum tillgate__kind {
	TILLGATE__TEXT,   /* words for people: cut at a character, harmful characters become '?' */
	TILLGATE__WORD,   /* words for machines: must fit and be printable ASCII */
	TILLGATE__LINK,   /* as a word, but left empty instead of refused */
	TILLGATE__LIST,   /* array of strings: one text, joined with "; " */
	TILLGATE__FLAG,   /* true or false into an int32_t */
	TILLGATE__NUMBER, /* integer into an int64_t */
};

struct tillgate__field {
	const char *path; /* "gtin"; of an object inside: "operations.sale.mode" */
	enum tillgate__kind kind;
	bool required;
	size_t offset, size; /* where in the struct; `size` of the array for texts */
};

/**
 * Read one JSON object into the members that `fields` names, others are skipped. Texts must have been zeroed.
 * Returns NULL, or static words that say what is wrong with it; `out` is then half filled and must not be used.
 */
const char *tillgate__json_read(void *out, const struct tillgate__field *fields, size_t count, const char *data, size_t len);

/* ---- answer.c ---- */

/** The answer before anybody answered: blocked, could not check. */
void tillgate__answer_start(tillgate_answer *out);
/** Read the body of a check. Returns NULL, or static words; `*out` is then as tillgate__answer_start left it. */
const char *tillgate__answer_read(tillgate_answer *out, const char *data, size_t len);
/** The words for staff when there is no answer, and the error's own words in `fault`. */
void tillgate__answer_failed(tillgate_answer *out, int code, const tillgate_error *err);

void tillgate__state_start(tillgate_state *out);
const char *tillgate__state_read(tillgate_state *out, const char *data, size_t len);
/** Read the words of a refusal into `words`; "" if there are none. */
void tillgate__refusal_read(char *words, size_t size, const char *data, size_t len);

/** A whole response to an answer: what fuzz_answer drives. Returns a TILLGATE_... code; `*out` is blocked unless TILLGATE_OK. */
int tillgate__answer_from_response(tillgate_answer *out, const struct tillgate__response *response, tillgate_error *err);
int tillgate__state_from_response(tillgate_state *out, const struct tillgate__response *response, tillgate_error *err);


/* ---- override.c ---- */

/** The answer before anybody answered: not released. */
void tillgate__override_start(tillgate_override_answer *out);
/** Read the body of an override. Returns NULL, or static words; `*out` is then as tillgate__override_start left it. */
const char *tillgate__override_read(tillgate_override_answer *out, const char *data, size_t len);
int tillgate__override_from_response(tillgate_override_answer *out, const struct tillgate__response *response, tillgate_error *err);
/** Words for staff into an answer that never came. */
void tillgate__override_failed(tillgate_override_answer *out, int code, const tillgate_error *err);
/** TILLGATE_OK if the response holds an answer to read. */
int tillgate__response_check(const struct tillgate__response *response, tillgate_error *err);
/** One clause for staff: why nobody answered. */
const char *tillgate__reason_of(int code);

#endif
