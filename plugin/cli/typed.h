/* SPDX-License-Identifier: Apache-2.0
 *
 * typed.h - a PIN or what a badge says, from a file, from standard input, or from the terminal without showing it.
 *
 * Never from the command line, where everybody on the machine can read it.
 */
#ifndef TG_CLI_TYPED_H
#define TG_CLI_TYPED_H

#include "plugin/station/staff.h"

typedef struct tg_typed {
	char text[2 * TG_STAFF_BADGE_MAX + 1]; /**< "" none; tg_wipe() it after use */
} tg_typed;

/**
 * The first line of a file, without its end. `path` "-" is standard input.
 * Errors, which never quote the line: TG_EIO, TG_ENOTFOUND; TG_EFORMAT empty, too long, or a zero byte in it.
 */
TG_NODISCARD int tg_typed_read(tg_typed *out, const char *path, tg_error *err);

/** Asked for at the controlling terminal; `twice`: two times alike. TG_ESTATE there is none; TG_EFORMAT empty, or not alike. */
TG_NODISCARD int tg_typed_ask(tg_typed *out, const char *prompt, bool twice, tg_error *err);

/** How somebody says who they are, by options; NULL what was not given. */
typedef struct tg_typed_person {
	const char *who, *pin_file, *badge_file, *badge_at;
} tg_typed_person;
/** Were options of it given, and do they fit together? NULL yes, else words for whoever typed them. */
const char *tg_typed_person_fault(const tg_typed_person *person);
/** Read or ask for what it takes, and give it as requests want it; the caller's. Errors: as above. */
TG_NODISCARD int tg_typed_read_person(tg_json **out, const tg_typed_person *person, const char *prompt, tg_error *err);

/** {"who","pin"} or {"badge"}, as requests want it. */
tg_json *tg_typed_proof(const char *who, const tg_typed *pin, const tg_typed *badge);

#endif
