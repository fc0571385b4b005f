/* SPDX-License-Identifier: Apache-2.0
 *
 * root_stage.h - the next root while it is passed from signer to signer.
 *
 * A stage file is JSON that a person can read:
 *
 *   {"tillgate_root_stage": 1, "says": ["root.json 2 follows root.json 1", …], "fingerprint": "1a2b …",
 *    "signatures": [as in root.json], "signed": {as in root.json}}
 *
 * Pure. What a signer is shown is made from the root that the signer trusts and from `signed`, never taken from `says`: a file whose
 * words say something else is refused. The fingerprint is over exactly the bytes that are signed, so that signers who compare it by
 * voice sign the same.
 */
#ifndef TG_HQ_ROOT_STAGE_H
#define TG_HQ_ROOT_STAGE_H

#include "sync/hq/root.h"

#define TG_STAGE_MAX (2 * TG_TUF_ROOT_MAX) /* bytes: a root, its words, and blanks for people */
#define TG_STAGE_SAYS_MAX 512              /* lines; a root of all four roles full has some 300 */
#define TG_STAGE_FINGERPRINT_SIZE 40 /* 8 * 4 digits, 7 blanks, the terminator: 128 bits, as at enrolment */

typedef struct tg_stage {
	tg_json *tree; /**< the file: words, signatures, body */
	tg_root root;  /**< the new root, parsed; its signatures not checked */
	char fingerprint[TG_STAGE_FINGERPRINT_SIZE];
} tg_stage;

/**
 * A stage for `next`, unsigned. `current` is NULL for the first root.
 * Ownership: tg_stage_fini(), also after an error. Errors: TG_EINVAL a role without a key or with a threshold that cannot be reached,
 * a version that does not follow.
 */
TG_NODISCARD int tg_stage_make(tg_stage *out, const tg_root *current, const tg_root *next, tg_error *err);

/** Strict. TG_EFORMAT, TG_ELENGTH, TG_ENOMEM. Words and signatures are not judged. */
TG_NODISCARD int tg_stage_parse(tg_stage *out, tg_view text, tg_error *err);
void tg_stage_fini(tg_stage *stage);

/**
 * What changes, one line each. `current` NULL: the first root. TG_EUNTRUSTED: it does not follow `current`, or the file's own words
 * say something else.
 */
TG_NODISCARD int tg_stage_says(tg_buf *out, const tg_stage *stage, const tg_root *current, tg_error *err);

/** Add one signature. TG_EUNTRUSTED: neither root wants that key's. TG_ESTATE: it has signed already. */
TG_NODISCARD int tg_stage_sign(tg_stage *stage, const tg_root *current, const tg_signkey *key, tg_error *err);

/** Take over the signatures of another copy. TG_EUNTRUSTED: it is of another root. */
TG_NODISCARD int tg_stage_merge(tg_stage *to, const tg_stage *from, tg_error *err);

/** How many of the keys that `root` names for root have signed rightly. */
size_t tg_stage_signed(const tg_stage *stage, const tg_root *root);

/** TG_EUNTRUSTED unless enough keys of `current` (NULL: none is asked for) and of the new root have signed. */
TG_NODISCARD int tg_stage_verify(const tg_stage *stage, const tg_root *current, tg_error *err);

/** The file as people and git like it, appended. */
TG_NODISCARD int tg_stage_write(tg_buf *out, const tg_stage *stage, tg_error *err);
/** N.root.json, appended. */
TG_NODISCARD int tg_stage_root_json(tg_buf *out, const tg_stage *stage, tg_error *err);

#endif
