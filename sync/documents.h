/* SPDX-License-Identifier: Apache-2.0
 *
 * documents.h - the paper of a statement, on demand: the station's end of head office's documents.
 *
 * Network side: runs as the user of `tillgate sync`, never in the daemon. Knows the folder catalogue/documents/ and how a document
 * is found and kept; the rules of The Update Framework are in sync/find.h. Never opens or interprets what a document holds.
 *
 *   catalogue/documents/lock              flock; not the one of `tillgate sync`: neither waits for the other
 *   catalogue/documents/tuf/              metadata as last fetched; sync's own metadata are its witnesses against a rollback
 *   catalogue/documents/ID.SHA256.pdf     what is kept: the hash in the name is checked before each use. Modification time: when
 *                                         signed metadata last said that this is the document; access time: last use
 */
#ifndef TG_SYNC_DOCUMENTS_H
#define TG_SYNC_DOCUMENTS_H

#include "sync/document.h"
#include "sync/fetch/fetch.h"

#define TG_DOCUMENTS_KEEP_MAX                                                                                \
	INT64_C(500000000)         /* bytes kept; some thousand papers: what a shop asks for in years */
#define TG_DOCUMENTS_WAIT_MS 30000 /* for another `tillgate document`: most papers arrive within that */

/** Borrowed for the call. Start with { 0 }. */
typedef struct tg_documents_config {
	const char *catalogue_dir, *trust_root;
	const char *metadata_url, *targets_url;
	tg_fetch *fetch;    /**< NULL: head office is not asked, only what is kept counts */
	int64_t now_us;     /**< the one fixed time; 0 = the clock */
	int64_t keep_bytes; /**< 0 = TG_DOCUMENTS_KEEP_MAX */
	void (*step)(void *ctx, const char *name); /**< called before each request; may be NULL */
	void *step_ctx;
} tg_documents_config;

typedef struct tg_documents_paper {
	char path[4096]; /**< of the kept file; its content had the right hash a moment ago */
	tg_document_type type;
	int64_t length;
	uint8_t sha256[TG_SHA256_SIZE];
	int64_t confirmed_us; /**< when head office's signed metadata last said so */
	bool fetched;         /**< just now; else it was kept */
	tg_error
		unconfirmed; /**< TG_OK, or why head office's word could not be had now; TG_EBUSY another one is at work */
} tg_documents_paper;

/**
 * The document of the statement `soc_id`: what head office names now, kept or fetched; or, if head office cannot be asked or what
 * it answers does not hold, the copy that it named last (`unconfirmed` then says why).
 *
 * Errors: TG_EINVAL no id of a statement; TG_ENOTFOUND head office says that there is none (a copy is removed);
 *         TG_ENETWORK it could not be reached and nothing is kept; those of trusted.h, TG_EHASH, TG_ELENGTH what it sent does not
 *         hold: a document that is named but arrives with other bytes is never replaced by an older one; TG_ELIMIT it is larger
 *         than TG_DOCUMENT_MAX or than all that may be kept; TG_EBUSY, TG_EIO, TG_ESTATE not enrolled.
 * Blocks: network, disk, up to TG_DOCUMENTS_WAIT_MS for the lock.
 */
TG_NODISCARD int tg_documents_get(
	tg_documents_paper *out, const tg_documents_config *config, const char *soc_id, tg_error *err);

/** "ID.SHA256.pdf" taken apart; false if it is no such name for this id (`id` NULL: for any). Pure. */
bool tg_documents_name_read(
	tg_document_type *type, uint8_t sha256[TG_SHA256_SIZE], const char *name, const char *id);

#endif
