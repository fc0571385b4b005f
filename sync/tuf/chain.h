/* SPDX-License-Identifier: Apache-2.0
 *
 * chain.h - an installed catalogue set, verified whole from the root that enrolment gave.
 *
 * This is the daemon's own check: it trusts nothing that the network side wrote. Reads the files of one set folder (and nothing
 * else: no network, no clock), runs the rules of trusted.h over them without expiry - age is for the caller to judge, from
 * `issued_us` - and hands out what is signed. The image itself is not read here; its reader checks each block against
 * tg_chain_blocks() before first use.
 *
 * Knows the layout of a set (written by sync/update.c):
 *   N.root.json       every root after the one in trust/, in sequence
 *   timestamp.json, snapshot.json, targets.json
 *   policy.json       the target of that name, length and hashes as signed
 *   catalogue.tgc     the image
 *   catalogue.blocks  the raw SHA-256 of each 64 KiB block of the image, one after the other
 */
#ifndef TG_TUF_CHAIN_H
#define TG_TUF_CHAIN_H

#include "sync/tuf/trusted.h"

#define TG_CHAIN_IMAGE "catalogue.tgc"
#define TG_CHAIN_BLOCKS "catalogue.blocks"
#define TG_CHAIN_POLICY "policy.json"

/** One verified set. Opaque and immutable: any thread may read it. */
typedef struct tg_chain tg_chain;

/** Everything here is signed. Times are UTC microseconds. */
typedef struct tg_chain_facts {
	int64_t catalogue_version; /**< `custom.version` of catalogue.tgc */
	int64_t issued_us;         /**< x-tillgate-issued of the timestamp: freshness is judged by it */
	int64_t root_version, timestamp_version, snapshot_version, targets_version;
	int64_t root_expires_us, timestamp_expires_us, snapshot_expires_us, targets_expires_us;
	int64_t policy_length; /**< bytes of policy.json, at most TG_POLICY_MAX_BYTES */
	int64_t image_length; /**< bytes of catalogue.tgc, 1..TG_IMAGE_MAX_BYTES */
	uint8_t image_sha256[TG_SHA256_SIZE];
	uint8_t blocks_sha256[TG_SHA256_SIZE]; /**< of the list of block hashes */
	uint8_t policy_sha256[TG_SHA256_SIZE]; /**< of policy.json: changes exactly when the policy does */
} tg_chain_facts;

/**
 * What a trusted set with targets signs of the station's two files. For both ends of catalogue/: this room and sync/update.c.
 * TG_EFORMAT, TG_ENOTFOUND if the targets lack what a station needs; TG_ESTATE before targets are trusted.
 */
TG_NODISCARD int tg_chain_facts_read(tg_chain_facts *out, const tg_trusted *set, tg_error *err);

/**
 * Verify the set in `set_dir`, starting from the root in the file `trust_root`.
 *
 * Pass the set's real folder (catalogue/sets/ID), or resolve the link catalogue/current once and use that for the image too, so
 * that a switch in between cannot mix two sets.
 *
 * Ownership: `*out` is the caller's (tg_chain_close).
 * Errors:    as trusted.h; TG_ENOTFOUND a file is missing; TG_EIO; TG_EFORMAT also for a targets file without a usable
 *            catalogue.tgc or policy.json, or a timestamp without its issue time. The words name the file.
 *            A damaged or missing catalogue.blocks is *not* an error here: see tg_chain_blocks().
 */
TG_NODISCARD int tg_chain_open(tg_chain **out, const char *trust_root, const char *set_dir, tg_error *err);
void tg_chain_close(tg_chain *chain); /* NULL is fine */

const tg_chain_facts *tg_chain_facts_of(const tg_chain *chain);

/** The bytes of policy.json, as signed. Borrowed until tg_chain_close(). */
tg_view tg_chain_policy(const tg_chain *chain);

/**
 * The verified list of block hashes: `len` / 32 blocks. Borrowed until tg_chain_close().
 * TG_EHASH, TG_ELENGTH, TG_ENOTFOUND or TG_EIO if catalogue.blocks is damaged: then the image cannot be used, but the policy
 * stays as last verified (a broken image never takes it away).
 */
TG_NODISCARD int tg_chain_blocks(tg_view *out, const tg_chain *chain, tg_error *err);

#endif
