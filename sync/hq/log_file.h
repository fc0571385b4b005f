/* SPDX-License-Identifier: Apache-2.0
 *
 * log_file.h - a station's entries as `tillgate evidence export` writes them: read line by line, and proven.
 *
 * The first line says which range of which log follows, and holds what proves it; then comes one entry a line. Form and proof:
 * tillgate-evidence(5), EXPORTS. Hostile until proven: whoever hands over a log may have changed it.
 *
 * Knows lines, leaves and roots; knows nothing of what entries say (plugin/station/replay.h) and of who is enrolled.
 */
#ifndef TG_HQ_LOG_FILE_H
#define TG_HQ_LOG_FILE_H

#include "store/base/json.h"
#include "store/evidence/note.h"

#define TG_LOG_LINE_MAX 200000 /* bytes: an entry of 65535 bytes, its leaf and numbers; a first line with its note of 128 kB */

/** The first line. */
typedef struct tg_log_head_line {
	char origin[TG_NOTE_NAME_MAX + 1];
	uint32_t epoch;
	uint64_t from, to; /**< entries from … to - 1 */
	tg_tree_edge edge; /**< of the entries before `from` */
	tg_tree_proof consistency;
	char *note;        /**< signed checkpoint; NULL: none covers the range. Owned: tg_log_head_line_fini */
} tg_log_head_line;

/** Strict. TG_EFORMAT. */
TG_NODISCARD int tg_log_head_line_parse(tg_log_head_line *out, const tg_json *line, tg_error *err);
void tg_log_head_line_fini(tg_log_head_line *head);

/** One entry. */
typedef struct tg_log_line {
	uint64_t seq;
	const tg_json *entry; /**< borrowed from the line */
	tg_tree_hash leaf;    /**< as the line says */
} tg_log_line;
/** Strict in its form; whether the leaf is that of the entry is tg_log_proof_add's to say. TG_EFORMAT. */
TG_NODISCARD int tg_log_line_parse(tg_log_line *out, const tg_json *line, tg_error *err);

typedef enum {
	TG_LOG_UNPROVEN = 0, /**< nothing speaks against it, but no signed checkpoint covers it, or there is no key to check it by */
	TG_LOG_PROVEN = 1,   /**< these entries, all of them, in this order, are what the station signed */
	TG_LOG_BAD = 2,      /**< `words` says what was changed */
} tg_log_standing;

/** A proof in the making. `{ 0 }` with a head. */
typedef struct tg_log_proof {
	const tg_log_head_line *head;
	tg_tree_edge edge;
	uint64_t next;      /**< number of the entry that must come */
	bool bad;
	uint64_t bad_seq;   /**< the entry, where it is known */
	bool bad_seq_known;
	char words[240];    /**< of the first finding */
} tg_log_proof;

void tg_log_proof_begin(tg_log_proof *proof, const tg_log_head_line *head);
/** Take an entry: its number, its bytes, its leaf. What does not fit is noted. */
void tg_log_proof_add(tg_log_proof *proof, const tg_log_line *line);
/**
 * All entries were added. `key` is the station's (NULL: unknown): the checkpoint's signature is checked by it. What is not proven is
 * said in `words`.
 */
tg_log_standing tg_log_proof_end(tg_log_proof *proof, const tg_note_key *key);

/** Called for each line of the file: once with the head, then with each entry. Return other than TG_OK to stop with that. */
typedef struct tg_log_reader {
	int (*head)(void *ctx, const tg_log_head_line *head, tg_error *err);
	int (*entry)(void *ctx, const tg_log_line *line, tg_error *err);
	void *ctx;
} tg_log_reader;
/** Read a whole file, one line in memory at a time. TG_ENOTFOUND, TG_EIO; TG_EFORMAT with the line's number. */
TG_NODISCARD int tg_log_file_read(const char *path, const tg_log_reader *reader, tg_error *err);

#endif
