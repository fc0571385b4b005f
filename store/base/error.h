/* SPDX-License-Identifier: Apache-2.0
 *
 * error.h - one error type for the whole house: a code to branch on, words for the person who reads them.
 */
#ifndef TG_BASE_ERROR_H
#define TG_BASE_ERROR_H

#include <stddef.h>

#define TG_NODISCARD __attribute__((warn_unused_result))
#define TG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define TG_COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	TG_OK = 0,
	TG_EINVAL = -1, /* what the caller passed is not of the form asked for */
	TG_ENOMEM = -2,
	TG_EIO = -3,        /* disk, device or socket; `sys` holds errno */
	TG_EUNTRUSTED = -4, /* signature or threshold missing or wrong */
	TG_EEXPIRED = -5,
	TG_EFORMAT = -6,   /* bytes from outside that are malformed */
	TG_EROLLBACK = -7, /* older than what was already trusted */
	TG_ELENGTH = -8,   /* longer or shorter than signed, or over a limit while reading */
	TG_EHASH = -9,     /* bytes differ from the signed hash */
	TG_ENOTFOUND = -10,
	TG_ENETWORK = -11,
	TG_EBUSY = -12,  /* somebody else holds the lock; the words say who */
	TG_ELIMIT = -13, /* a stated limit of ours was reached */
	TG_ECLOCK = -14, /* the clock contradicts signed time */
	TG_ESTATE = -15, /* not possible in the present state; the words say what to do */
	TG_EDENIED = -16, /* the other end does not accept who we say we are; waiting does not help */
};

/** On the caller's stack; `{ 0 }` starts it. Passing NULL instead is always allowed. */
typedef struct tg_error {
	int code;      /**< TG_OK or one of TG_E… */
	int sys;       /**< errno, or 0 */
	char msg[240]; /**< "targets.json: 1 of 2 signatures valid"; never holds a secret */
} tg_error;

/**
 * Fill `err` (may be NULL) and return `code`, so that `return tg_fail(…)` reads well. Words may quote hostile input:
 * invalid UTF-8, control and bidirectional characters become '?', and words that do not fit end in "...".
 */
int tg_fail(tg_error *err, int code, const char *fmt, ...) TG_PRINTF(3, 4);

/** As tg_fail, and append ": " and the words of errno, which is kept in `sys`. */
int tg_fail_errno(tg_error *err, int code, const char *fmt, ...) TG_PRINTF(3, 4);

/** Put "WHERE: " in front of the words already there, if there are any. Keeps code and sys. Returns nothing: with NULL it knows no code. */
void tg_error_prefix(tg_error *err, const char *fmt, ...) TG_PRINTF(2, 3);

/** A short English name of a code: "rollback". Never NULL; static storage. */
const char *tg_strerror(int code);

#endif
