/* SPDX-License-Identifier: Apache-2.0
 *
 * sign.h - the keys of some roles while they are open, and how long what they sign holds.
 *
 * Knows keys and dates; knows nothing of what is signed (publish.h, root_stage.h) or where it goes (place.h).
 */
#ifndef TG_HQ_SIGN_H
#define TG_HQ_SIGN_H

#include "sync/hq/keys.h"

/**
 * What a step needs to know of now and of secrets. `passphrase` is asked for only when something must be
 * signed.
 */
typedef struct tg_publish_ctx {
	const tg_site *site;
	int64_t now_us;
	const char *passphrase_file; /**< or NULL, see tg_passphrase_get() */
	const tg_buf *passphrase;    /**< borrowed, when it is known already; else NULL */
	bool dry_run;                /**< say what would be done; open no key, write nothing but HQ/work */
	bool offline;                /**< do not ask the repository at its URL (guard.h) */
	bool accept_clock_step;      /**< sign though the last publication says a later time than now */
	void (*progress)(void *ctx, const char *what, size_t done, size_t total); /**< of long steps; or NULL */
	void *progress_ctx;
} tg_publish_ctx;

typedef struct tg_signing {
	tg_role_keys keys[TG_TUF_ROLES];
	bool both[TG_TUF_ROLES]; /**< tg_signing_open_both(): enough keys of the older root are open too */
} tg_signing;

/**
 * Open the keys of `roles`, as many as the root in force wants.
 * Ownership: tg_signing_close(), also after an error. Errors: of tg_passphrase_get() and tg_keys_load_role().
 */
TG_NODISCARD int tg_signing_open(
	tg_signing *out, const tg_publish_ctx *ctx, const tg_tuf_role *roles, size_t count, tg_error *err);
/**
 * The same for a change of root: those whom `root` names, as many as it wants (TG_ESTATE), and those whom `older` names, as far as
 * they are here.
 */
TG_NODISCARD int tg_signing_open_both(tg_signing *out, const tg_publish_ctx *ctx,
	const bool roles[TG_TUF_ROLES], const tg_root *root, const tg_root *older, tg_error *err);
void tg_signing_close(tg_signing *signing);

/** Those who sign for `role`. Borrowed. */
tg_repository_signers tg_signing_by(const tg_signing *signing, tg_tuf_role role);

/** The end of a signature of `role` made now, UTC microseconds. */
int64_t tg_signing_expires_us(const tg_publish_ctx *ctx, tg_tuf_role role);

/** Half of a signature's life is over: time to renew it, long before anybody is stopped. */
bool tg_signing_half_spent(const tg_publish_ctx *ctx, tg_tuf_role role, int64_t expires_us);

#endif
