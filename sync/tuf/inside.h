/* SPDX-License-Identifier: Apache-2.0
 *
 * inside.h - what metadata.c, signatures.c and delegation.c share about one parsed file. Nobody else includes this.
 */
#ifndef TG_TUF_INSIDE_H
#define TG_TUF_INSIDE_H

#include "sync/tuf/delegation.h"
#include "sync/tuf/metadata.h"

#define TG_TUF__SIGNATURE_MAX 1024 /* bytes; RSA of 4096 bits makes 512 */

struct tg_tuf_metadata {
	tg_tuf_role role;
	char *name; /* for words: "snapshot", or the name of a delegated role */
	int64_t version, expires_us;
	tg_buf bytes;     /* as received */
	tg_buf canonical; /* OLPC form of `body` */
	tg_json *tree;
	const tg_json *body; /* `signed` */
	const tg_json *signatures;
};

/* The form of a `keys` object, and of `keyids` and `threshold` of one role called `name`. Root and delegations have the same. */
TG_NODISCARD int tg_tuf__check_keys(const tg_json *keys, size_t max, tg_error *err);
TG_NODISCARD int tg_tuf__check_role(const tg_json *role, const char *name, tg_error *err);
/* The form of `delegations`. */
TG_NODISCARD int tg_tuf__check_delegations(const tg_json *delegations, tg_error *err);

/*
 * TG_EUNTRUSTED unless a threshold of the keys that `role` names signed `meta`. `keys` holds the keys by their ids. `signers` may
 * be NULL. `by` says in words whose list of keys it is.
 */
TG_NODISCARD int tg_tuf__verify(tg_tuf_signers *signers, const tg_tuf_metadata *meta, const tg_json *keys,
	const tg_json *role, const char *by, tg_error *err);

#endif
