/* SPDX-License-Identifier: Apache-2.0
 *
 * drafts.h - a supplier's statement on its way to our records: proposed, approved by two people, filed or rejected.
 *
 *   HQ/drafts/SUPPLIER/STATEMENT.HASH.json   one draft; HASH is of what it proposes
 *
 * A draft has a body that never changes (what is proposed, what it replaces, who signed it) and a state. An approval is a
 * person's signature over the hash of the body, so a changed proposal is another draft and starts with none.
 *
 *   open -> filed       after two different people, with two different keys, approved it
 *   open -> rejected    by one person; the same proposal does not come again
 *   open -> overtaken   the supplier says something else by now
 *   any of these -> open   the same is proposed again (never a rejected one, but by hand); all approvals are void
 *
 * Pure but for load and save. Knows the form of a draft; knows nothing of records (filing.h) or of who people are (people.h).
 */
#ifndef TG_HQ_DRAFTS_H
#define TG_HQ_DRAFTS_H

#include "sync/hq/site.h"
#include "sync/hq/supplier.h"

#define TG_DRAFT_FILE_MAX (8 << 20) /* bytes; a statement of 1 MiB and its products */
#define TG_DRAFT_NAME_MAX 80        /* bytes of "STATEMENT.HASH" */
#define TG_DRAFT_PRODUCTS_MAX 10000 /* products that one draft completes or adds */
#define TG_DRAFT_APPROVALS_NEEDED 2 /* people */
#define TG_DRAFT_APPROVALS_MAX 8
#define TG_DRAFT_HISTORY_MAX 100 /* closings that are remembered */
#define TG_DRAFT_REASON_MAX 1000 /* bytes of why it was rejected */
#define TG_HASH_TEXT_SIZE 65     /* SHA-256 in hex, and the terminator */

typedef enum { TG_DRAFT_NEW, TG_DRAFT_CHANGE, TG_DRAFT_WITHDRAW } tg_draft_kind;
typedef enum { TG_DRAFT_OPEN, TG_DRAFT_FILED, TG_DRAFT_REJECTED, TG_DRAFT_OVERTAKEN } tg_draft_state;
extern const char *const tg_draft_kinds[], *const tg_draft_states[]; /* "new" …, "open" …; NULL at the end */

/** One draft. Zero-initialise; tg_draft_fini(). Texts are borrowed from `json`. */
typedef struct tg_draft {
	tg_json *json;       /**< the whole file */
	const tg_json *body; /**< within `json` */
	tg_draft_kind kind;
	tg_draft_state state;
	const char *supplier, *statement, *record, *prefix;
	const tg_json *soc;   /**< as the supplier wrote it; NULL: it is no longer published */
	const char *replaces; /**< SHA-256 of what we hold, as tg_statement_hash() gives it; "" for nothing */
	char name[TG_DRAFT_NAME_MAX + 1];
	char body_sha256[TG_HASH_TEXT_SIZE];
} tg_draft;

void tg_draft_fini(tg_draft *draft);

/** What a draft proposes. All borrowed; JSON is copied. */
typedef struct tg_proposal {
	tg_draft_kind kind;
	const char *supplier, *statement, *prefix;
	const tg_json *soc;      /**< NULL: gone from what the supplier publishes */
	const tg_json *products; /**< array, perhaps empty */
	const char *replaces;    /**< "" for nothing */
	const tg_json *
		signature; /**< "signed": role, keys, versions, target, hash, time; see tillgate-supplier(5) */
} tg_proposal;

/** A new, open draft. TG_EINVAL, TG_ENOMEM. */
TG_NODISCARD int tg_draft_make(tg_draft *out, const tg_proposal *proposal, tg_error *err);
/** Read the bytes of a file. TG_EFORMAT also if `name` is not what the body gives. */
TG_NODISCARD int tg_draft_parse(
	tg_draft *out, tg_view text, const char *supplier, const char *name, tg_error *err);
TG_NODISCARD int tg_draft_print(tg_buf *out, const tg_draft *draft, tg_error *err);

/** One person's word. Texts borrowed. */
typedef struct tg_approval {
	const char *by, *key, *os_user, *at;
	const char *signature; /**< base64 */
} tg_approval;

/** The bytes that a person signs: draft, hash of its body, who, when. Appended to `out`. */
TG_NODISCARD int tg_draft_message(
	tg_buf *out, const tg_draft *draft, const char *by, const char *at, tg_error *err);

size_t tg_draft_approvals(tg_approval out[TG_DRAFT_APPROVALS_MAX], const tg_draft *draft);
/** TG_ESTATE: not open; this person, or this key, approved it already; enough did. */
TG_NODISCARD int tg_draft_approve(tg_draft *draft, const tg_approval *approval, tg_error *err);
/** From open to `state`. `reason` may be "". TG_ESTATE if it is not open. */
TG_NODISCARD int tg_draft_close(tg_draft *draft, tg_draft_state state, const char *by, const char *os_user,
	const char *at, const char *reason, tg_error *err);
/** Forget all approvals of an open draft, because one of them does not hold. TG_ESTATE if it is not open. */
TG_NODISCARD int tg_draft_void(tg_draft *draft, tg_error *err);
/** Back to open, without approvals; `signature` (may be NULL) is who signed it this time. TG_ESTATE if it is open. */
TG_NODISCARD int tg_draft_reopen(tg_draft *draft, const tg_json *signature, tg_error *err);

/* ---- on the disk ---- */

/** "SUPPLIER/STATEMENT.HASH", with or without ".json". TG_ENOTFOUND, TG_EINVAL, TG_EFORMAT, TG_EIO. */
TG_NODISCARD int tg_draft_load(tg_draft *out, const tg_site *site, const char *full_name, tg_error *err);
TG_NODISCARD int tg_draft_save(const tg_draft *draft, const tg_site *site, tg_error *err);

/** Called for each draft; it belongs to the callee's caller. Anything but TG_OK ends the walk. */
typedef int tg_draft_each(void *ctx, tg_draft *draft, tg_error *err);
/** All drafts of `supplier`, or of all (NULL), in the order of their names. A file that is no draft is TG_EFORMAT. */
TG_NODISCARD int tg_drafts_walk(
	const tg_site *site, const char *supplier, tg_draft_each *each, void *ctx, tg_error *err);

#endif
