/* SPDX-License-Identifier: Apache-2.0
 *
 * root.h - what a root says of our roles: whose keys sign each, and how many of them must.
 *
 * Pure: bytes in, structs out. Verifies nothing: that is for sync/tuf.
 */
#ifndef TG_HQ_ROOT_H
#define TG_HQ_ROOT_H

#include "sync/tuf/repository.h"

typedef struct tg_root_role {
	tg_pubkey *keys[TG_TUF_ROLE_KEYS_MAX];
	char keyids[TG_TUF_ROLE_KEYS_MAX][TG_TUF_KEYID_TEXT_SIZE];
	size_t count;
	int64_t threshold;
} tg_root_role;

typedef struct tg_root {
	int64_t version;
	int64_t expires_us;
	tg_root_role roles[TG_TUF_ROLES];
	tg_tuf_metadata *meta; /**< as parsed; NULL in one that is being made */
	tg_json *tree;         /**< the whole file; likewise */
} tg_root;

/**
 * Read a root.json of ours.
 * Ownership: tg_root_fini(), also after an error. Errors: TG_EFORMAT (also for a key id that is not the hash of its key: we write
 * no other), TG_ELIMIT more keys than a role may have, TG_ENOMEM.
 */
TG_NODISCARD int tg_root_parse(tg_root *out, tg_view file, tg_error *err);
void tg_root_fini(tg_root *root);

/** Put a key in; `key` is taken over, freed if it cannot be or is there already (TG_ESTATE). TG_ELIMIT. */
TG_NODISCARD int tg_root_role_add(tg_root_role *role, tg_pubkey *key, tg_error *err);
void tg_root_role_remove(tg_root_role *role, size_t index);
void tg_root_role_fini(tg_root_role *role);
/** Position of a key id, or -1. */
int tg_root_role_find(const tg_root_role *role, const char *keyid);

/** Have both roles the same keys and the same threshold? The order of keys does not matter. */
bool tg_root_role_equal(const tg_root_role *a, const tg_root_role *b);

/** The same as the repository writer wants it. Borrows `root`. */
tg_repository_root tg_root_for_writer(const tg_root *root);

#endif
