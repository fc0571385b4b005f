/* SPDX-License-Identifier: Apache-2.0
 *
 * document.h - what both ends of the wire say of the paper of a statement of compliance: its target path, type and size.
 *
 * Pure: texts and bytes in, facts out. Knows nothing of where documents are kept or how they are fetched. A document is hostile
 * content: nobody here, or anywhere in this project, interprets it; its first bytes are only compared with what it claims to be,
 * so that no web page or program goes out under the name of a picture.
 *
 * A document is published as the target "documents/ID", ID being the statement's id, with the custom {"type": "pdf"}. So the path
 * follows from the id that every answer of a check names; neither image nor index has to carry it. The path has no ending: a web
 * server then says "bytes" of it, and no browser runs it.
 */
#ifndef TG_SYNC_DOCUMENT_H
#define TG_SYNC_DOCUMENT_H

#include "store/base/crypto.h"
#include "store/base/json.h"

#define TG_DOCUMENT_FOLDER "documents/" /* of target paths, and of files in records/ */
#define TG_DOCUMENT_ID_MAX 64           /* bytes of a statement's id, as in tillgate-records(5) */
#define TG_DOCUMENT_PATH_SIZE (sizeof(TG_DOCUMENT_FOLDER) + TG_DOCUMENT_ID_MAX)
#define TG_DOCUMENT_MAX                                                                                      \
	20000000 /* bytes: forty pages scanned at 300 dpi; a till on a slow line waits ten minutes */

/** What a document claims to be. The words are the endings of files too. */
typedef enum {
	TG_DOCUMENT_PDF,
	TG_DOCUMENT_PNG,
	TG_DOCUMENT_JPEG,
	TG_DOCUMENT_TEXT,
	TG_DOCUMENT_TYPES
} tg_document_type;
extern const char *const tg_document_types[TG_DOCUMENT_TYPES + 1]; /* "pdf" "png" "jpg" "txt" NULL */

/** Letters, digits, '-', '.', '_', the first a letter, digit or '_'; 1 to TG_DOCUMENT_ID_MAX bytes. */
bool tg_document_id_valid(const char *id);
/** "documents/ID". TG_EINVAL if the id cannot be one. */
TG_NODISCARD int tg_document_path(char out[TG_DOCUMENT_PATH_SIZE], const char *id, tg_error *err);
/** The type that a file's ending says: .pdf, .png, .jpg, .jpeg, .txt, in any case. False: none of them. */
bool tg_document_type_of_name(tg_document_type *out, const char *name);
/** The custom of a target, as head office writes it. The caller frees it. */
tg_json *tg_document_custom(tg_document_type type);
/** And as a station reads it; other members are left aside. TG_EFORMAT unless it states one of our types. */
TG_NODISCARD int tg_document_custom_read(tg_document_type *out, const tg_json *custom, tg_error *err);

/**
 * Is the content what it claims to be? Fed in pieces, so that no document is ever whole in memory. PDF, PNG and JPEG by their
 * first bytes; text by having no control characters but tab, line and page ends. An empty document is none.
 */
typedef struct tg_document_look {
	tg_document_type type;
	uint8_t head[8];
	size_t head_len;
	bool control; /**< text only: a control character was seen */
} tg_document_look;
void tg_document_look_init(tg_document_look *look, tg_document_type type);
void tg_document_look_update(tg_document_look *look, const uint8_t *data, size_t len);
bool tg_document_look_ok(const tg_document_look *look);

#endif
