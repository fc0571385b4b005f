/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.h - the Merkle tree of RFC 6962: leaf and node hashes, the right edge, roots and proofs.
 *
 * Pure: no I/O, no clock, no allocation. Stored hashes come through a callback. Knows nothing of entries, JSON,
 * databases or signatures.
 */
#ifndef TG_EVIDENCE_TREE_H
#define TG_EVIDENCE_TREE_H

#include "store/base/crypto.h"

/** No tree of ours has more leaves: sequence numbers take 40 bits in the database (2^40 scans are millennia). */
#define TG_TREE_SIZE_MAX (UINT64_C(1) << 40)
#define TG_TREE_LEVELS 41    /**< complete subtrees of a tree of 2^40 leaves: levels 0 to 40 */
#define TG_TREE_PROOF_MAX 64 /**< hashes in one proof: more than any tree of 64-bit size needs less one */

typedef struct tg_tree_hash {
	uint8_t bytes[TG_SHA256_SIZE];
} tg_tree_hash;

bool tg_tree_hash_equal(const tg_tree_hash *a, const tg_tree_hash *b);

/** SHA-256(0x00 || entry). Source: RFC 6962 section 2.1. */
void tg_tree_leaf(tg_tree_hash *out, const void *entry, size_t len);
/** SHA-256(0x01 || left || right). `out` may be `left` or `right`. Source: RFC 6962 section 2.1. */
void tg_tree_node(tg_tree_hash *out, const tg_tree_hash *left, const tg_tree_hash *right);

/**
 * The right edge: the roots of the complete subtrees that make up a tree of `size` leaves, largest first. All that
 * an appending writer needs. `{ 0 }` is the empty tree.
 */
typedef struct tg_tree_edge {
	uint64_t size;
	size_t count; /**< one for every bit set in `size` */
	tg_tree_hash node[TG_TREE_LEVELS];
} tg_tree_edge;

/** Called for every subtree that an append completes, level 1 upwards; `index` counts subtrees of that level. */
typedef void (*tg_tree_completed_fn)(void *ctx, unsigned level, uint64_t index, const tg_tree_hash *hash);

/** Add one leaf. `completed` may be NULL. TG_ELIMIT at TG_TREE_SIZE_MAX leaves. */
TG_NODISCARD int tg_tree_edge_append(tg_tree_edge *edge, const tg_tree_hash *leaf,
	tg_tree_completed_fn completed, void *ctx, tg_error *err);
/** The root; of the empty tree SHA-256 of nothing. */
void tg_tree_edge_root(tg_tree_hash *out, const tg_tree_edge *edge);

/**
 * Where stored hashes come from: the root of the complete subtree number `index` of level `level` (0: a leaf).
 * Asked only for subtrees that lie wholly inside the size of the call.
 */
typedef struct tg_tree_source {
	int (*node)(void *ctx, unsigned level, uint64_t index, tg_tree_hash *out, tg_error *err);
	void *ctx;
} tg_tree_source;

typedef struct tg_tree_proof {
	size_t count;
	tg_tree_hash hash[TG_TREE_PROOF_MAX]; /**< leaf to root */
} tg_tree_proof;

/** The right edge of the first `size` leaves. Errors: the source's. */
TG_NODISCARD int tg_tree_edge_at(
	tg_tree_edge *out, uint64_t size, const tg_tree_source *source, tg_error *err);
/** The root of the first `size` leaves. */
TG_NODISCARD int tg_tree_root_at(
	tg_tree_hash *out, uint64_t size, const tg_tree_source *source, tg_error *err);
/** That leaf `index` is in the tree of `size` leaves. TG_EINVAL unless index < size. Source: RFC 6962 section 2.1.1. */
TG_NODISCARD int tg_tree_inclusion(
	tg_tree_proof *out, uint64_t index, uint64_t size, const tg_tree_source *source, tg_error *err);
/**
 * That the tree of `old_size` leaves is the beginning of the tree of `new_size`. TG_EINVAL unless old_size <= new_size;
 * empty for old_size 0 and for equal sizes. Source: RFC 6962 section 2.1.2.
 */
TG_NODISCARD int tg_tree_consistency(tg_tree_proof *out, uint64_t old_size, uint64_t new_size,
	const tg_tree_source *source, tg_error *err);

/** TG_OK or TG_EUNTRUSTED. Any proof, however wrong, is safe to pass. Source: RFC 9162 section 2.1.3.2. */
TG_NODISCARD int tg_tree_inclusion_verify(const tg_tree_proof *proof, uint64_t index, uint64_t size,
	const tg_tree_hash *leaf, const tg_tree_hash *root, tg_error *err);
/** TG_OK or TG_EUNTRUSTED. Size 0 is consistent with everything, by an empty proof. Source: RFC 9162 section 2.1.4.2. */
TG_NODISCARD int tg_tree_consistency_verify(const tg_tree_proof *proof, uint64_t old_size,
	const tg_tree_hash *old_root, uint64_t new_size, const tg_tree_hash *new_root, tg_error *err);

#endif
