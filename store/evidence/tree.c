/* SPDX-License-Identifier: Apache-2.0
 *
 * tree.c - the Merkle tree of RFC 6962 section 2.1 and the verification loops of RFC 9162 section 2.1.
 *
 * Pure: no I/O, no clock, no allocation. Proofs are made by walking from the root to the place in question and asking
 * for the subtrees left beside the way; the ways are at most 40 steps long.
 */
#include "store/evidence/tree.h"

bool tg_tree_hash_equal(const tg_tree_hash *a, const tg_tree_hash *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

void tg_tree_leaf(tg_tree_hash *out, const void *entry, size_t len)
{
	static const uint8_t prefix = 0x00;
	tg_sha256_state state;

	tg_sha256_init(&state);
	tg_sha256_update(&state, &prefix, 1);
	tg_sha256_update(&state, entry, len);
	tg_sha256_final(&state, out->bytes);
}

void tg_tree_node(tg_tree_hash *out, const tg_tree_hash *left, const tg_tree_hash *right)
{
	uint8_t both[1 + 2 * TG_SHA256_SIZE];

	both[0] = 0x01;
	memcpy(both + 1, left->bytes, TG_SHA256_SIZE);
	memcpy(both + 1 + TG_SHA256_SIZE, right->bytes, TG_SHA256_SIZE);
	tg_sha256(out->bytes, both, sizeof(both));
}

int tg_tree_edge_append(tg_tree_edge *edge, const tg_tree_hash *leaf, tg_tree_completed_fn completed,
	void *ctx, tg_error *err)
{
	tg_tree_hash hash = *leaf;
	uint64_t number = edge->size;

	if (edge->size >= TG_TREE_SIZE_MAX)
		return tg_fail(err, TG_ELIMIT, "the tree has 2^40 leaves, its limit");
	for (unsigned level = 1; (number & 1) != 0; level++) {
		number >>= 1;
		edge->count--;
		tg_tree_node(&hash, &edge->node[edge->count], &hash);
		if (completed != NULL)
			completed(ctx, level, number, &hash);
	}
	edge->node[edge->count] = hash;
	edge->count++;
	edge->size++;
	return TG_OK;
}

void tg_tree_edge_root(tg_tree_hash *out, const tg_tree_edge *edge)
{
	if (edge->count == 0) {
		tg_sha256(out->bytes, "", 0);
		return;
	}
	*out = edge->node[edge->count - 1];
	for (size_t i = edge->count - 1; i > 0; i--)
		tg_tree_node(out, &edge->node[i - 1], out);
}

/* The complete subtrees that make up leaves `first` … `first + size - 1`; `first` is a multiple of a power of two >= size. */
static int edge_of_range(
	tg_tree_edge *out, uint64_t first, uint64_t size, const tg_tree_source *source, tg_error *err)
{
	*out = (tg_tree_edge){ .size = size };
	for (unsigned level = TG_TREE_LEVELS; level-- > 0;) {
		int rc;

		if ((size >> level & 1) == 0)
			continue;
		rc = source->node(source->ctx, level, first >> level, &out->node[out->count], err);
		if (rc != TG_OK)
			return rc;
		out->count++;
		first += UINT64_C(1) << level;
	}
	return TG_OK;
}

static int root_of_range(
	tg_tree_hash *out, uint64_t first, uint64_t end, const tg_tree_source *source, tg_error *err)
{
	tg_tree_edge edge;
	int rc = edge_of_range(&edge, first, end - first, source, err);

	if (rc == TG_OK)
		tg_tree_edge_root(out, &edge);
	return rc;
}

static int check_size(uint64_t size, tg_error *err)
{
	if (size > TG_TREE_SIZE_MAX)
		return tg_fail(err, TG_EINVAL, "a tree of %llu leaves is over the limit of 2^40",
			(unsigned long long)size);
	return TG_OK;
}

int tg_tree_edge_at(tg_tree_edge *out, uint64_t size, const tg_tree_source *source, tg_error *err)
{
	int rc = check_size(size, err);

	return rc == TG_OK ? edge_of_range(out, 0, size, source, err) : rc;
}

int tg_tree_root_at(tg_tree_hash *out, uint64_t size, const tg_tree_source *source, tg_error *err)
{
	int rc = check_size(size, err);

	return rc == TG_OK ? root_of_range(out, 0, size, source, err) : rc;
}

/* The largest power of two smaller than n, for n > 1. */
static uint64_t split_of(uint64_t n)
{
	uint64_t k = 1;

	while (k << 1 < n)
		k <<= 1;
	return k;
}

static int proof_add(
	tg_tree_proof *proof, uint64_t first, uint64_t end, const tg_tree_source *source, tg_error *err)
{
	int rc = root_of_range(&proof->hash[proof->count], first, end, source, err);

	if (rc == TG_OK)
		proof->count++; /* at most 41 of 64: one for every level of a checked size, and one more */
	return rc;
}

/* The walk collects from the root downwards; the texts want it the other way. */
static void proof_turn(tg_tree_proof *proof)
{
	for (size_t i = 0; i < proof->count / 2; i++) {
		tg_tree_hash swap = proof->hash[i];

		proof->hash[i] = proof->hash[proof->count - 1 - i];
		proof->hash[proof->count - 1 - i] = swap;
	}
}

int tg_tree_inclusion(
	tg_tree_proof *out, uint64_t index, uint64_t size, const tg_tree_source *source, tg_error *err)
{
	uint64_t first = 0, end = size;
	int rc = check_size(size, err);

	out->count = 0;
	if (rc == TG_OK && index >= size)
		rc = tg_fail(err, TG_EINVAL, "leaf %llu is not in a tree of %llu", (unsigned long long)index,
			(unsigned long long)size);
	while (rc == TG_OK && end - first > 1) {
		uint64_t middle = first + split_of(end - first);

		if (index < middle) {
			rc = proof_add(out, middle, end, source, err);
			end = middle;
		} else {
			rc = proof_add(out, first, middle, source, err);
			first = middle;
		}
	}
	proof_turn(out);
	return rc;
}

int tg_tree_consistency(
	tg_tree_proof *out, uint64_t old_size, uint64_t new_size, const tg_tree_source *source, tg_error *err)
{
	uint64_t first = 0, end = new_size;
	int rc = check_size(new_size, err);

	out->count = 0;
	if (rc == TG_OK && old_size > new_size)
		rc = tg_fail(err, TG_EINVAL, "size %llu comes after %llu", (unsigned long long)old_size,
			(unsigned long long)new_size);
	if (rc != TG_OK || old_size == 0)
		return rc;
	while (rc == TG_OK && end != old_size) {
		uint64_t middle = first + split_of(end - first);

		if (old_size <= middle) {
			rc = proof_add(out, middle, end, source, err);
			end = middle;
		} else {
			rc = proof_add(out, first, middle, source, err);
			first = middle;
		}
	}
	/* A subtree that starts at leaf 0 is the old tree itself, whose root the reader has. */
	if (rc == TG_OK && first != 0)
		rc = proof_add(out, first, end, source, err);
	proof_turn(out);
	return rc;
}

int tg_tree_inclusion_verify(const tg_tree_proof *proof, uint64_t index, uint64_t size,
	const tg_tree_hash *leaf, const tg_tree_hash *root, tg_error *err)
{
	tg_tree_hash hash = *leaf;
	uint64_t fn = index, sn = size - 1;

	if (index >= size || proof->count > TG_TREE_PROOF_MAX)
		return tg_fail(err, TG_EUNTRUSTED, "inclusion proof: no such leaf in a tree of this size");
	for (size_t i = 0; i < proof->count; i++) {
		if (sn == 0)
			return tg_fail(err, TG_EUNTRUSTED, "inclusion proof: longer than the tree is high");
		if ((fn & 1) != 0 || fn == sn) {
			tg_tree_node(&hash, &proof->hash[i], &hash);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			tg_tree_node(&hash, &hash, &proof->hash[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0 || !tg_tree_hash_equal(&hash, root))
		return tg_fail(err, TG_EUNTRUSTED, "inclusion proof: does not lead to the root");
	return TG_OK;
}

/* The loop of RFC 9162 section 2.1.4.2 steps 4 to 6, from `hash` at (fn, sn) over proof[from …]. */
static bool consistency_walk(tg_tree_hash *old_hash, tg_tree_hash *new_hash, const tg_tree_proof *proof,
	size_t from, uint64_t fn, uint64_t sn)
{
	for (size_t i = from; i < proof->count; i++) {
		if (sn == 0)
			return false;
		if ((fn & 1) != 0 || fn == sn) {
			tg_tree_node(old_hash, &proof->hash[i], old_hash);
			tg_tree_node(new_hash, &proof->hash[i], new_hash);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			tg_tree_node(new_hash, new_hash, &proof->hash[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0;
}

int tg_tree_consistency_verify(const tg_tree_proof *proof, uint64_t old_size, const tg_tree_hash *old_root,
	uint64_t new_size, const tg_tree_hash *new_root, tg_error *err)
{
	tg_tree_hash old_hash, new_hash;
	uint64_t fn = old_size - 1, sn = new_size - 1;
	bool power = (old_size & (old_size - 1)) ==
		     0; /* then the old root is where the walk starts, and not in the proof */

	if (old_size > new_size || proof->count > TG_TREE_PROOF_MAX)
		return tg_fail(
			err, TG_EUNTRUSTED, "consistency proof: the old tree is larger than the new one");
	if (old_size == 0 || old_size == new_size) {
		if (proof->count != 0 || (old_size != 0 && !tg_tree_hash_equal(old_root, new_root)))
			return tg_fail(err, TG_EUNTRUSTED,
				"consistency proof: equal sizes need equal roots and no proof");
		return TG_OK;
	}
	if (proof->count == 0)
		return tg_fail(err, TG_EUNTRUSTED, "consistency proof: empty");
	while ((fn & 1) != 0) {
		fn >>= 1;
		sn >>= 1;
	}
	old_hash = new_hash = power ? *old_root : proof->hash[0];
	if (!consistency_walk(&old_hash, &new_hash, proof, power ? 0 : 1, fn, sn) ||
		!tg_tree_hash_equal(&old_hash, old_root) || !tg_tree_hash_equal(&new_hash, new_root))
		return tg_fail(err, TG_EUNTRUSTED,
			"consistency proof: does not lead from the old root to the new one");
	return TG_OK;
}
