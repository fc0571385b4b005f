/* SPDX-License-Identifier: Apache-2.0
 *
 * note.h - signed notes, checkpoints and proofs of one entry, as texts that other tools of the C2SP family read.
 *
 * Pure: no I/O, no clock. Knows the texts of signed-note v1, tlog-checkpoint v1, tlog-cosignature v1 and tlog-proof v1;
 * knows nothing of databases and of who is to be trusted: the caller brings the keys.
 */
#ifndef TG_EVIDENCE_NOTE_H
#define TG_EVIDENCE_NOTE_H

#include "store/base/crypto.h"
#include "store/evidence/tree.h"

#define TG_NOTE_SIZE_MAX                                                                                     \
	((size_t)128 *                                                                                       \
		1024) /**< bytes: three lines and 16 signatures of 5,000 bytes, the largest in sight, fit */
#define TG_NOTE_SIGNATURES_MAX 100 /**< signature lines; the format asks readers for at least 16 */
#define TG_NOTE_NAME_MAX 255       /**< bytes of a key name or an origin */
#define TG_NOTE_SIGNATURE_MAX 5120 /**< bytes of one decoded signature: post-quantum ones come near 5,000 */

/** Signature types we know. Others are ignored when reading. Source: C2SP signed-note. */
enum { TG_NOTE_ED25519 = 0x01, TG_NOTE_ECDSA = 0x02, TG_NOTE_COSIGNATURE = 0x04 };

/* ---- keys ---- */
typedef struct tg_note_key tg_note_key; /* opaque; a name, a type, an id and a public key; owns its memory */

/** "name+hash+base64" (a vkey). TG_EFORMAT if malformed or its hash is not its key's; types 0x01, 0x02, 0x04 only. */
TG_NODISCARD int tg_note_key_from_vkey(tg_note_key **out, const char *vkey, tg_error *err);
/** Type 0x02. Only ECDSA P-256 keys (TG_EINVAL otherwise). `key` is copied. */
TG_NODISCARD int tg_note_key_from_ecdsa(
	tg_note_key **out, const char *name, const tg_pubkey *key, tg_error *err);
/** Type TG_NOTE_ED25519 or TG_NOTE_COSIGNATURE. */
TG_NODISCARD int tg_note_key_from_ed25519(tg_note_key **out, const char *name, int type,
	const uint8_t raw[TG_ED25519_PUBLIC_SIZE], tg_error *err);
void tg_note_key_free(tg_note_key *key); /**< NULL is fine */
const char *tg_note_key_name(const tg_note_key *key);
int tg_note_key_type(const tg_note_key *key);
/** Four bytes, borrowed. */
const uint8_t *tg_note_key_id(const tg_note_key *key);
/** Appends the vkey text, without a newline. */
TG_NODISCARD int tg_note_key_to_vkey(tg_buf *out, const tg_note_key *key, tg_error *err);

/* ---- reading ---- */
typedef struct tg_note_line {
	tg_view name;
	tg_view base64; /**< id and signature, as written; known to decode */
	uint8_t key_id[4];
} tg_note_line;

/** A parsed note. Everything borrows from the bytes parsed. */
typedef struct tg_note {
	tg_view text; /**< what is signed, with its final newline */
	size_t line_count;
	tg_note_line line[TG_NOTE_SIGNATURES_MAX];
} tg_note;

/** Strict. TG_EFORMAT with the clause broken, TG_ELENGTH over TG_NOTE_SIZE_MAX. Verifies no signature. */
TG_NODISCARD int tg_note_parse(tg_note *out, tg_view bytes, tg_error *err);

/** What one of the caller's keys says about a note. */
typedef struct tg_note_seen {
	bool verified;
	int64_t time_s; /**< of a cosignature: POSIX seconds, the earliest if it signed twice; 0 for other types */
} tg_note_seen;

/**
 * Check a parsed note against `keys`. Signatures of keys not among them are ignored; one of a known key that is wrong
 * rejects the note; a note that none of the keys signed is rejected. `seen` (NULL or `count` of them) tells which did.
 * Errors: TG_EUNTRUSTED. Source: C2SP signed-note, tlog-cosignature.
 */
TG_NODISCARD int tg_note_verify(const tg_note *note, const tg_note_key *const keys[], size_t count,
	tg_note_seen seen[], tg_error *err);

/* ---- writing ---- `text` ends in a newline; both append to `out` */
/** The text, the empty line and one ECDSA signature line (type 0x02, RFC 6979) under `name`. */
TG_NODISCARD int tg_note_sign(
	tg_buf *out, tg_view text, const char *name, const tg_signkey *key, tg_error *err);
/** One signature line alone: an Ed25519 cosignature/v1 of a checkpoint text at `time_s`. `secret` as in crypto.h. */
TG_NODISCARD int tg_note_cosign_line(tg_buf *out, tg_view text, const tg_note_key *key,
	const uint8_t secret[64], int64_t time_s, tg_error *err);

/* ---- checkpoints ---- */
typedef struct tg_checkpoint {
	char origin[TG_NOTE_NAME_MAX + 1];
	uint64_t size;
	tg_tree_hash root;
} tg_checkpoint;

/** Appends three lines: origin, size, base64 root. TG_EINVAL if the origin could not be a key name. */
TG_NODISCARD int tg_checkpoint_format(tg_buf *out, const tg_checkpoint *checkpoint, tg_error *err);
/** From a note's text. Extension lines are allowed and ignored. TG_EFORMAT otherwise. Source: C2SP tlog-checkpoint. */
TG_NODISCARD int tg_checkpoint_parse(tg_checkpoint *out, tg_view text, tg_error *err);

/* ---- the proof of one entry ---- */
/** Appends a tlog-proof text for leaf `index`; `checkpoint_note` is the signed note that names the tree. */
TG_NODISCARD int tg_proof_format(
	tg_buf *out, uint64_t index, const tg_tree_proof *proof, tg_view checkpoint_note, tg_error *err);
/**
 * Check a tlog-proof text: the note by `keys` (as tg_note_verify), its origin against `origin`, the leaf hash of `entry`
 * against its root. `index` (may be NULL) gets the entry's number. TG_EFORMAT, TG_EUNTRUSTED.
 */
TG_NODISCARD int tg_proof_verify(uint64_t *index, tg_view proof_text, tg_view entry, const char *origin,
	const tg_note_key *const keys[], size_t count, tg_error *err);

#endif
