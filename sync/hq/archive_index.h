/* SPDX-License-Identifier: Apache-2.0
 *
 * archive_index.h - what was published, in order: DIR/archive/index.jsonl as memory. Pure: text in, text out.
 *
 * One line a publication that changed image or policy. The first line that names an image also says how its bytes are kept: whole,
 * or as the difference from an image of an earlier line. Lines are only ever added.
 *
 * Knows the form of lines and the chains they make; knows nothing of files (archive.h).
 */
#ifndef TG_HQ_ARCHIVE_INDEX_H
#define TG_HQ_ARCHIVE_INDEX_H

#include "store/base/crypto.h"
#include "store/base/json.h"
#include "store/base/utc.h"

#define TG_ARCHIVE_LINE_MAX 1024 /* bytes of a line; with all its members one has 560 */
#define TG_ARCHIVE_LINES_MAX 1000000 /* a publication every five minutes for ten years */
/**
 * Images that rest on each other, at most. Measured with a million products and 220 changes a day: an image alone takes 9.1 MB, a
 * day's difference 58 kB, and unfolding one 0.23 s. So the last of a chain is read in 15 s, one damaged file takes at most two months
 * with it, and a year takes 76 MB; without an end to chains it would be 30 MB, and one bad sector could cost all of it.
 */
#define TG_ARCHIVE_CHAIN 64

typedef enum {
	TG_ARCHIVE_KEPT = 0,  /**< by an earlier line */
	TG_ARCHIVE_WHOLE = 1, /**< one zstd frame */
	TG_ARCHIVE_PATCH = 2, /**< a frame that leads here from another image */
	TG_ARCHIVE_PLAIN = 3, /**< as it is: too long for a frame (patch.h) */
	TG_ARCHIVE_FORMS = 4,
} tg_archive_form;
extern const char *const tg_archive_form_words[TG_ARCHIVE_FORMS + 1]; /* "kept" "whole" "patch" "plain", NULL */

typedef struct tg_archive_line {
	int64_t at_us; /**< signed issue time of the publication */
	int64_t targets_version, catalogue_version, policy_version;
	int64_t image_length;
	uint8_t image_sha256[TG_SHA256_SIZE], policy_sha256[TG_SHA256_SIZE];
	tg_archive_form form;
	uint8_t from_sha256[TG_SHA256_SIZE]; /**< patch: of the image it leads from */
	int64_t file_length;                 /**< of what is kept in archive/; not when kept by an earlier line */
	uint8_t file_sha256[TG_SHA256_SIZE];
} tg_archive_line;

/** Strict. TG_EFORMAT. */
TG_NODISCARD int tg_archive_line_parse(tg_archive_line *out, tg_view text, tg_error *err);
/** Appends canonical JSON and a newline. */
TG_NODISCARD int tg_archive_line_write(tg_buf *out, const tg_archive_line *line, tg_error *err);

/** One line, where its image is kept, and how many frames lead to that. */
typedef struct tg_archive_entry {
	tg_archive_line line;
	size_t kept_at; /**< number of the line that keeps the image: itself, or an earlier one */
	size_t from;    /**< patch: number of the line whose image it leads from; else itself */
	unsigned depth; /**< frames before it in its chain: 0 for one that rests on nothing */
} tg_archive_entry;

/** Zero-initialise. */
typedef struct tg_archive_index {
	tg_archive_entry *entries;
	size_t count, room;
	size_t torn_bytes; /**< after the last newline: a line that was being written when the power went */
} tg_archive_index;

/**
 * Read all lines. A last line without a newline was never finished and is left out. Errors: TG_EFORMAT names the line: malformed, an
 * image that is kept twice or by no line, a patch from an image that no earlier line keeps, a chain that is too long, versions that
 * go back or come twice with another hash, TG_ELIMIT, TG_ENOMEM. Ownership: tg_archive_index_fini, also after an error.
 */
TG_NODISCARD int tg_archive_index_read(tg_archive_index *out, tg_view text, tg_error *err);
/** Add one at the end; the same checks. On an error the index is as it was. */
TG_NODISCARD int tg_archive_index_add(tg_archive_index *index, const tg_archive_line *line, tg_error *err);
void tg_archive_index_fini(tg_archive_index *index);

/** The newest line with this catalogue, policy, or image hash. -1: none. */
long tg_archive_index_of_catalogue(const tg_archive_index *index, int64_t version);
long tg_archive_index_of_policy(const tg_archive_index *index, int64_t version);
long tg_archive_index_of_image(const tg_archive_index *index, const uint8_t sha256[TG_SHA256_SIZE]);
/** The publication that was the newest at that instant; -1: the first one is later. */
long tg_archive_index_at(const tg_archive_index *index, int64_t at_us);

#endif
