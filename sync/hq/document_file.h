/* SPDX-License-Identifier: Apache-2.0
 *
 * document_file.h - the papers of statements as files in HQ/records/documents/: which names are allowed, what is in them.
 *
 * Records may come from suppliers and the folder from a git repository of many hands; what is named here gets published. So a name
 * cannot leave the folder, and no link is followed.
 */
#ifndef TG_HQ_DOCUMENT_FILE_H
#define TG_HQ_DOCUMENT_FILE_H

#include "sync/hq/records.h"

#define TG_DOCUMENT_NAME_MAX 255 /* bytes of "documents/…/name.pdf" */
#define TG_DOCUMENT_DEPTH_MAX 8  /* folders in one name */

/** "documents/…/name.pdf": parts of letters, digits, '-', '.', '_' that begin with no dot, and an ending of a type we publish. */
bool tg_document_file_name_valid(const char *name);

/**
 * Read the file whole, once: length, SHA-256, and whether it is what its ending says. With `to` >= 0 the content is copied there.
 * Errors: TG_ENOTFOUND; TG_ELENGTH over TG_DOCUMENT_MAX; TG_EFORMAT empty, or other content than the ending says, or no regular
 * file; TG_EIO.
 */
TG_NODISCARD int tg_document_file_read(tg_soc_file *file, const char *records_folder, int to, tg_error *err);

/**
 * Read every document that a statement names. What is wrong becomes an error finding: the record names what is not so, and then
 * nobody knows which paper the statement was judged by.
 * Afterwards a file that is all right has `whole` set; and where the record does not say the hash of the copy on file, it is known.
 * Errors: TG_ENOMEM.
 */
TG_NODISCARD int tg_document_files_check(
	tg_records *records, tg_findings *findings, const char *records_folder, tg_error *err);

#endif
