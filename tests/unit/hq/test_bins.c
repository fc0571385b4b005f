/* SPDX-License-Identifier: Apache-2.0
 *
 * test_bins.c - how many bins, and which bin has a path.
 */
#include "sync/hq/bins.h"

#include "store/base/crypto.h"
#include "store/base/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static const struct {
	size_t documents;
	unsigned present, bins;
} counts[] = {
	{ 0, 0, 1 },
	{ 1, 0, 1 },
	{ 5000, 0, 1 },
	{ 5001, 0, 16 },
	{ 5001, 1, 16 },
	{ 20000, 16, 16 },
	{ 20001, 16, 256 },
	{ 1000000, 256, 256 },
	{ 1000001, 256, 4096 },
	{ 1, 16, 16 }, /* never fewer than there were */
	{ 0, 256, 256 },
	{ 100, 4096, 4096 },
};

static void the_number_of_bins_follows_the_number_of_documents_and_never_falls(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(counts); i++)
		if (tg_bins_for(counts[i].documents, counts[i].present) != counts[i].bins)
			fail_msg("%zu documents in %u bins: %u", counts[i].documents, counts[i].present,
				tg_bins_for(counts[i].documents, counts[i].present));
}

static void a_bin_is_what_the_hash_of_the_path_begins_with(void **state)
{
	static const unsigned bins[] = { 1, 16, 256, 4096 };

	(void)state;
	for (size_t b = 0; b < TG_COUNT(bins); b++) {
		for (int i = 0; i < 500; i++) {
			char path[64], hex[2 * TG_SHA256_SIZE + 1], prefix[4], role[TG_BIN_ROLE_SIZE],
				wanted[TG_BIN_ROLE_SIZE + 4];
			uint8_t hash[TG_SHA256_SIZE];
			unsigned bin;

			(void)snprintf(path, sizeof(path), "documents/SOC-%d", i);
			tg_sha256(hash, path, strlen(path));
			bin = tg_bin_of(path, bins[b]);
			assert_true(bin < bins[b]);
			tg_bin_prefix(prefix, bin, bins[b]);
			assert_int_equal(strlen(prefix), tg_bins_digits(bins[b]));
			assert_memory_equal(prefix, tg_hex_encode(hex, hash, sizeof(hash)), strlen(prefix));
			tg_bin_role(role, bin, bins[b]);
			(void)snprintf(wanted, sizeof(wanted), "%s%s%s", "documents",
				prefix[0] != '\0' ? "-" : "", prefix);
			assert_string_equal(role, wanted);
		}
	}
}

static void numbered_ids_spread_evenly(void **state)
{
	unsigned filled[256] = { 0 }, least = 6000, most = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "documents/SOC-%06d", i);
		filled[tg_bin_of(path, 256)]++;
	}
	for (int i = 0; i < 256; i++) {
		least = filled[i] < least ? filled[i] : least;
		most = filled[i] > most ? filled[i] : most;
	}
	/* 391 each on average, 20 the standard deviation: six of them to either side */
	assert_in_range(least, 271, 391);
	assert_in_range(most, 391, 511);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_number_of_bins_follows_the_number_of_documents_and_never_falls),
		cmocka_unit_test(a_bin_is_what_the_hash_of_the_path_begins_with),
		cmocka_unit_test(numbered_ids_spread_evenly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
