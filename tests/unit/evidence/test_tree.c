/* SPDX-License-Identifier: Apache-2.0
 *
 * test_tree.c - the Merkle tree against the vectors that Certificate Transparency implementations share, and against itself.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/encoding.h"
#include "store/evidence/tree.h"

/* The eight leaves of the shared vectors, in hex. */
static const char *const leaves[] = { "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
	"606162636465666768696a6b6c6d6e6f" };

static const char *const roots[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static const struct {
	uint64_t index, size;
	const char *hash[3];
} inclusions[] = {
	{ 0, 1, { NULL } },
	{ 0, 8,
		{ "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
			"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
			"6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4" } },
	{ 5, 8,
		{ "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
			"ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
			"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" } },
	{ 2, 3, { "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" } },
	{ 1, 5,
		{ "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
			"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
			"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b" } },
};

static const struct {
	uint64_t old_size, new_size;
	const char *hash[3];
} consistencies[] = {
	{ 1, 1, { NULL } },
	{ 1, 8,
		{ "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
			"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
			"6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4" } },
	{ 6, 8,
		{ "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
			"ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
			"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" } },
	{ 2, 5,
		{ "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
			"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b" } },
};

/* ---- a source over an array of leaves ---- */

#define MANY 300

struct world {
	tg_tree_hash leaf[MANY];
	tg_tree_hash root[MANY + 1]; /* by the recursive definition, not by tree.c */
};

static struct world world;

static int node_of_array(void *ctx, unsigned level, uint64_t index, tg_tree_hash *out, tg_error *err)
{
	tg_tree_hash left, right;

	if (level == 0) {
		*out = ((const tg_tree_hash *)ctx)[index];
		return TG_OK;
	}
	assert_int_equal(node_of_array(ctx, level - 1, index * 2, &left, err), TG_OK);
	assert_int_equal(node_of_array(ctx, level - 1, index * 2 + 1, &right, err), TG_OK);
	tg_tree_node(out, &left, &right);
	return TG_OK;
}

/* MTH of RFC 6962 section 2.1, word for word. */
static tg_tree_hash recursive_root(const tg_tree_hash *leaf, uint64_t n)
{
	tg_tree_hash out, left, right;
	uint64_t k = 1;

	if (n == 1)
		return leaf[0];
	while (k * 2 < n)
		k *= 2;
	left = recursive_root(leaf, k);
	right = recursive_root(leaf + k, n - k);
	tg_tree_node(&out, &left, &right);
	return out;
}

static void vector_leaves(tg_tree_hash leaf[8])
{
	for (size_t i = 0; i < 8; i++) {
		uint8_t bytes[16];
		size_t len;

		assert_int_equal(tg_hex_decode(bytes, &len, sizeof(bytes), leaves[i], NULL), TG_OK);
		tg_tree_leaf(&leaf[i], bytes, len);
	}
}

static void assert_hash(const tg_tree_hash *hash, const char *hex)
{
	char text[2 * TG_SHA256_SIZE + 1];

	assert_string_equal(tg_hex_encode(text, hash->bytes, sizeof(hash->bytes)), hex);
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(tg_crypto_init(NULL), TG_OK);
	for (uint32_t i = 0; i < MANY; i++)
		tg_tree_leaf(&world.leaf[i], &i, sizeof(i));
	for (uint64_t n = 1; n <= MANY; n++)
		world.root[n] = recursive_root(world.leaf, n);
	tg_sha256(world.root[0].bytes, "", 0);
	return 0;
}

static void the_edge_gives_the_known_roots(void **state)
{
	tg_tree_edge edge = { 0 };
	tg_tree_hash leaf[8], root;

	(void)state;
	vector_leaves(leaf);
	for (size_t n = 0;; n++) {
		tg_tree_edge_root(&root, &edge);
		assert_hash(&root, roots[n]);
		if (n == 8)
			break;
		assert_int_equal(tg_tree_edge_append(&edge, &leaf[n], NULL, NULL, NULL), TG_OK);
	}
	assert_int_equal(edge.count, 1);
}

static void the_known_inclusion_proofs_come_out(void **state)
{
	tg_tree_hash leaf[8], root;
	tg_tree_source source = { node_of_array, leaf };
	tg_tree_proof proof;

	(void)state;
	vector_leaves(leaf);
	for (size_t i = 0; i < TG_COUNT(inclusions); i++) {
		size_t n = 0;

		assert_int_equal(
			tg_tree_inclusion(&proof, inclusions[i].index, inclusions[i].size, &source, NULL),
			TG_OK);
		for (; n < 3 && inclusions[i].hash[n] != NULL; n++)
			assert_hash(&proof.hash[n], inclusions[i].hash[n]);
		assert_int_equal(proof.count, n);
		assert_int_equal(tg_tree_root_at(&root, inclusions[i].size, &source, NULL), TG_OK);
		assert_int_equal(tg_tree_inclusion_verify(&proof, inclusions[i].index, inclusions[i].size,
					 &leaf[inclusions[i].index], &root, NULL),
			TG_OK);
	}
}

static void the_known_consistency_proofs_come_out(void **state)
{
	tg_tree_hash leaf[8];
	tg_tree_source source = { node_of_array, leaf };
	tg_tree_proof proof;

	(void)state;
	vector_leaves(leaf);
	for (size_t i = 0; i < TG_COUNT(consistencies); i++) {
		size_t n = 0;

		assert_int_equal(tg_tree_consistency(&proof, consistencies[i].old_size,
					 consistencies[i].new_size, &source, NULL),
			TG_OK);
		for (; n < 3 && consistencies[i].hash[n] != NULL; n++)
			assert_hash(&proof.hash[n], consistencies[i].hash[n]);
		assert_int_equal(proof.count, n);
	}
}

static void roots_agree_with_the_definition_at_every_size(void **state)
{
	tg_tree_source source = { node_of_array, world.leaf };
	tg_tree_edge edge = { 0 }, at;
	tg_tree_hash root;

	(void)state;
	for (uint64_t n = 0; n <= MANY; n++) {
		tg_tree_edge_root(&root, &edge);
		assert_true(tg_tree_hash_equal(&root, &world.root[n]));
		assert_int_equal(tg_tree_edge_at(&at, n, &source, NULL), TG_OK);
		assert_int_equal(at.count, edge.count);
		assert_memory_equal(at.node, edge.node, at.count * sizeof(at.node[0]));
		if (n < MANY)
			assert_int_equal(tg_tree_edge_append(&edge, &world.leaf[n], NULL, NULL, NULL), TG_OK);
	}
}

static void every_leaf_of_every_size_is_proven_and_no_other(void **state)
{
	tg_tree_source source = { node_of_array, world.leaf };
	tg_tree_proof proof;

	(void)state;
	for (uint64_t size = 1; size <= 70; size++) {
		for (uint64_t i = 0; i < size; i++) {
			const tg_tree_hash *leaf = &world.leaf[i], *root = &world.root[size];

			assert_int_equal(tg_tree_inclusion(&proof, i, size, &source, NULL), TG_OK);
			assert_int_equal(tg_tree_inclusion_verify(&proof, i, size, leaf, root, NULL), TG_OK);
			assert_int_equal(
				tg_tree_inclusion_verify(&proof, i, size, &world.leaf[i + 1], root, NULL),
				TG_EUNTRUSTED);
			assert_int_equal(
				tg_tree_inclusion_verify(&proof, i, size, leaf, &world.root[size + 1], NULL),
				TG_EUNTRUSTED);
			assert_int_equal(tg_tree_inclusion_verify(&proof, i ^ 1, size, leaf, root, NULL),
				size == 1 || proof.count > 0 ? TG_EUNTRUSTED : TG_OK);
			if (proof.count > 0) {
				proof.count--;
				assert_int_equal(tg_tree_inclusion_verify(&proof, i, size, leaf, root, NULL),
					TG_EUNTRUSTED);
				proof.count++;
			}
			proof.hash[proof.count++] = world.leaf[0];
			assert_int_equal(
				tg_tree_inclusion_verify(&proof, i, size, leaf, root, NULL), TG_EUNTRUSTED);
		}
	}
	assert_int_equal(tg_tree_inclusion(&proof, 5, 5, &source, NULL), TG_EINVAL);
}

static void every_growth_is_proven_and_no_other(void **state)
{
	tg_tree_source source = { node_of_array, world.leaf };
	tg_tree_proof proof;

	(void)state;
	for (uint64_t new = 0; new <= 70; new ++) {
		for (uint64_t old = 0; old <= new; old++) {
			const tg_tree_hash *a = &world.root[old], *b = &world.root[new];

			assert_int_equal(tg_tree_consistency(&proof, old, new, &source, NULL), TG_OK);
			assert_int_equal(tg_tree_consistency_verify(&proof, old, a, new, b, NULL), TG_OK);
			if (old == 0)
				continue;
			assert_int_equal(
				tg_tree_consistency_verify(&proof, old, &world.root[old + 1], new, b, NULL),
				TG_EUNTRUSTED);
			assert_int_equal(
				tg_tree_consistency_verify(&proof, old, a, new, &world.root[new + 1], NULL),
				TG_EUNTRUSTED);
			if (proof.count > 0) {
				proof.hash[proof.count - 1].bytes[31] ^= 1;
				assert_int_equal(tg_tree_consistency_verify(&proof, old, a, new, b, NULL),
					TG_EUNTRUSTED);
				proof.hash[--proof.count].bytes[31] ^= 1;
				assert_int_equal(tg_tree_consistency_verify(&proof, old, a, new, b, NULL),
					TG_EUNTRUSTED);
			}
		}
	}
	assert_int_equal(tg_tree_consistency(&proof, 6, 5, &source, NULL), TG_EINVAL);
	assert_int_equal(tg_tree_consistency_verify(&proof, 6, &world.root[6], 5, &world.root[5], NULL),
		TG_EUNTRUSTED);
}

static void a_full_tree_takes_no_more(void **state)
{
	tg_tree_edge edge = { .size = TG_TREE_SIZE_MAX, .count = 1 };

	(void)state;
	assert_int_equal(tg_tree_edge_append(&edge, &world.leaf[0], NULL, NULL, NULL), TG_ELIMIT);
}

static void the_last_leaf_of_the_largest_tree_fits_the_edge(void **state)
{
	tg_tree_edge edge = { .size = TG_TREE_SIZE_MAX - 1, .count = 40 };

	(void)state;
	assert_int_equal(tg_tree_edge_append(&edge, &world.leaf[0], NULL, NULL, NULL), TG_OK);
	assert_int_equal(edge.count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_edge_gives_the_known_roots),
		cmocka_unit_test(the_known_inclusion_proofs_come_out),
		cmocka_unit_test(the_known_consistency_proofs_come_out),
		cmocka_unit_test(roots_agree_with_the_definition_at_every_size),
		cmocka_unit_test(every_leaf_of_every_size_is_proven_and_no_other),
		cmocka_unit_test(every_growth_is_proven_and_no_other),
		cmocka_unit_test(a_full_tree_takes_no_more),
		cmocka_unit_test(the_last_leaf_of_the_largest_tree_fits_the_edge),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
