/* SPDX-License-Identifier: Apache-2.0
 *
 * documents_keep.h - the papers that a station keeps: one folder with a ceiling. See documents.h for the names in it.
 *
 * Knows files only: no network, no signature. The caller holds the lock where something is removed.
 */
#ifndef TG_SYNC_DOCUMENTS_KEEP_H
#define TG_SYNC_DOCUMENTS_KEEP_H

#include "sync/documents.h"

/** Path of the file that would hold this document of this statement. */
TG_NODISCARD int tg_keep_path(char out[4096], const char *dir, const char *id, tg_document_type type,
	const uint8_t sha256[TG_SHA256_SIZE], tg_error *err);

/**
 * Read the file whole and compare. Fills in length and confirmed_us. TG_ENOTFOUND; TG_EHASH another content than its name says; TG_EIO.
 */
TG_NODISCARD int tg_keep_check(tg_documents_paper *paper, tg_error *err);

/** The copy of this statement that was confirmed last, not checked yet: path, type and hash of its name. TG_ENOTFOUND. */
TG_NODISCARD int tg_keep_newest(tg_documents_paper *out, const char *dir, const char *id, tg_error *err);

/** Remove all copies of this statement but `but` (a path; NULL: all). */
void tg_keep_drop(const char *dir, const char *id, const char *but);

/** Remove what a crash left behind, and papers, longest unused first, until all of them are below `most` bytes. */
void tg_keep_make_room(const char *dir, int64_t most);

/** Note the use, and, if `confirmed`, that signed metadata say so now. Not being able to is no error: the order of going suffers. */
void tg_keep_touch(const char *path, int64_t now_us, bool confirmed);

#endif
