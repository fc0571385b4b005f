/* SPDX-License-Identifier: Apache-2.0
 *
 * form.h - are these bytes the canonical form of an entry, and which number do they carry? For verify.c; pure.
 */
#ifndef TG_EVIDENCE_FORM_H
#define TG_EVIDENCE_FORM_H

#include "store/base/bytes.h"

typedef struct tg_form {
	int64_t v, seq; /**< -1 if the entry has no such integer */
} tg_form;

/**
 * One pass, no allocation. True only if `entry` is an object in RFC 8785 form with integers only; false means that
 * tg_form__whole must decide (a name with an escape or beyond ASCII, or deeper than usual).
 */
bool tg_form__quick(tg_form *out, tg_view entry);

/** By reading the entry strictly and writing it again. TG_EFORMAT with the reason, TG_ENOMEM. */
TG_NODISCARD int tg_form__whole(tg_form *out, tg_view entry, tg_error *err);

#endif
