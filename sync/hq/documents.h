/* SPDX-License-Identifier: Apache-2.0
 *
 * documents.h - the papers of statements as targets of a publication, in roles of their own.
 *
 *   targets.json  ->  documents      all paths in documents/, signed by the keys of the targets role
 *   documents     ->  documents-HEX  by hash prefix, when there are many (bins.h); until then it holds the documents itself
 *
 * So a station that never asks for a document fetches none of this but a line for each bin in the snapshot, which states their
 * versions only: their content is signed by the same keys as targets.json.
 *
 * Only what changed is signed anew. documents.json is the oldest signature of them all: whatever has it signed anew (half its life
 * is over, other keys, more bins) has all bins signed anew, and no bin ends before it. So looking at this one file is enough to
 * know that none lapses.
 *
 * Knows records, bins and files; knows nothing of image and policy. publish.h says when which step comes.
 */
#ifndef TG_HQ_DOCUMENTS_H
#define TG_HQ_DOCUMENTS_H

#include "sync/hq/bins.h"
#include "sync/hq/records.h"
#include "sync/hq/root.h"
#include "sync/hq/site.h"

/** What the plan is made from. Borrowed until tg_documents_fini(). */
typedef struct tg_documents_ask {
	const tg_site *site;
	const tg_records *records; /**< NULL: the documents stay as they are published (refresh) */
	tg_view snapshot;          /**< snapshot.json of the last publication; empty if there was none */
	const tg_root_role *role;  /**< the keys of targets, as the root in force says */
	int64_t now_us;
	int64_t life_us; /**< of a signature of targets */
	int64_t floor;   /**< no role may be published with this version or a lower one (numbers.h); 0 where nothing was lost */
	unsigned floor_bins; /**< so many bins were published with it */
} tg_documents_ask;

typedef struct tg_documents_item { /**< one document */
	const char *id;            /**< of the statement */
	const tg_soc_file *file;   /**< NULL: it is in its place since an earlier publication */
	tg_document_type type;
	int64_t length;
	uint8_t sha256[TG_SHA256_SIZE];
	unsigned bin;
} tg_documents_item;

typedef struct tg_documents_role { /**< "documents", or a bin */
	char name[TG_BIN_ROLE_SIZE];
	int64_t version; /**< the new one if it is signed, else the published one */
	bool sign;
	size_t first, count; /**< its documents in `items` */
	tg_buf file;         /**< once signed */
} tg_documents_role;

/** The documents of one publication. Zero-initialise. */
typedef struct tg_documents {
	tg_documents_ask ask;
	tg_arena arena;
	tg_documents_item *items; /**< by bin, then by id */
	size_t count;
	unsigned bins; /**< 0: there are no documents and never were; then everything below is empty */
	tg_documents_role *roles; /**< roles[0] is "documents"; then the bins, if there are more than one */
	size_t role_count, signed_count;
	int64_t published_end_us; /**< of documents.json's signature; 0 if there is none that can be read */
	int64_t least_end_us; /**< no bin that is signed now ends before: 0, or the same if documents.json stays */
	tg_repository_listed *listed; /**< for the snapshot, sorted: all roles, and bins of earlier days */
	size_t listed_count;
	tg_repository_delegation delegation; /**< for targets.json; its name is NULL if there is none */
} tg_documents;

/**
 * Compare the documents of the records with what is published. Opens no key, writes nothing.
 * Ownership: tg_documents_fini(), also after an error. Errors: TG_EFORMAT, TG_EIO a published file that must be read and cannot;
 * TG_ENOMEM; TG_ELIMIT.
 */
TG_NODISCARD int tg_documents_plan(tg_documents *out, const tg_documents_ask *ask, tg_error *err);
void tg_documents_fini(tg_documents *documents);

/** Must anything be signed? */
bool tg_documents_changed(const tg_documents *documents);

/** Sign what must be. Afterwards `listed` and `delegation` are right for the new snapshot and targets. */
TG_NODISCARD int tg_documents_sign(tg_documents *documents, tg_repository_signers signers, tg_error *err);

/**
 * Put documents and signed roles in place, before the snapshot that lists them. The documents are on the disk before any role is.
 * TG_EHASH: a document changed since the records were read; publish again. TG_EIO.
 */
TG_NODISCARD int tg_documents_place(const tg_documents *documents, tg_error *err);

/**
 * Remove roles' files that no snapshot in the repository lists, and documents that none of the others names. For after old snapshots
 * were removed: a failure costs disk, nothing else.
 */
void tg_documents_prune(const tg_site *site);

/** "N.ROLE.json" in HQ/repository/metadata. */
TG_NODISCARD int tg_documents_role_path(
	char out[4096], const tg_site *site, const char *role, int64_t version, tg_error *err);

#endif
