/* SPDX-License-Identifier: Apache-2.0
 *
 * bins.c - see bins.h.
 */
#include "sync/hq/bins.h"

#include "store/base/crypto.h"

#include <stdio.h>

static const struct {
	unsigned bins;
	size_t documents; /* up to so many */
} steps[] = { { 1, 5000 }, { 16, 20000 }, { 256, 1000000 }, { TG_BINS_MAX, SIZE_MAX } };

unsigned tg_bins_for(size_t count, unsigned present)
{
	size_t step = 0;

	while (steps[step].bins < present || steps[step].documents < count)
		step++;
	return steps[step].bins;
}

unsigned tg_bins_digits(unsigned bins)
{
	unsigned digits = 0;

	for (; bins > 1; bins /= 16)
		digits++;
	return digits;
}

unsigned tg_bin_of(const char *path, unsigned bins)
{
	uint8_t hash[TG_SHA256_SIZE];

	tg_sha256(hash, path, strlen(path));
	return (tg_get_be32(hash) >> 16) >> (16 - 4 * tg_bins_digits(bins));
}

void tg_bin_prefix(char out[4], unsigned bin, unsigned bins)
{
	unsigned digits = tg_bins_digits(bins);

	out[0] = '\0';
	if (digits > 0)
		(void)snprintf(out, 4, "%0*x", (int)digits, bin % TG_BINS_MAX);
}

void tg_bin_role(char out[TG_BIN_ROLE_SIZE], unsigned bin, unsigned bins)
{
	char prefix[4];

	tg_bin_prefix(prefix, bin, bins);
	(void)snprintf(out, TG_BIN_ROLE_SIZE, "%s%s%s", TG_BIN_ROLE, prefix[0] != '\0' ? "-" : "", prefix);
}
