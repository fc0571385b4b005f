/* SPDX-License-Identifier: Apache-2.0
 *
 * reference.c - the short reference on an answer, and the check character that guards it.
 *
 * Pure. The check character c makes  c + a·x1 + a²·x2 + …  vanish over GF(32), where x1 is the last character before
 * it, a the generator 2 and the field that of x^5 + x^2 + 1. A wrong character changes one term, a swap two terms with
 * different factors (their order is 31, more than a reference is long), so neither can leave the sum at zero.
 */
#include "store/evidence/reference.h"

#include "store/evidence/log.h"

#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The value of a character, or -1. Lenient as Crockford says when `lenient`: lower case, I and L as 1, O as 0. */
static int value_of(char c, bool lenient)
{
	const char *at;

	if (lenient && c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (lenient && (c == 'I' || c == 'L'))
		c = '1';
	if (lenient && c == 'O')
		c = '0';
	at = c == '\0' ? NULL : strchr(alphabet, c);
	return at == NULL ? -1 : (int)(at - alphabet);
}

static unsigned gf32_double(unsigned x)
{
	x <<= 1;
	return (x & 32) != 0 ? x ^ 0x25u : x;
}

/* Horner's rule from the first character on; hyphens do not count. */
static unsigned check_of(const char *text)
{
	unsigned sum = 0;

	for (; *text != '\0'; text++) {
		int value = value_of(*text, true);

		if (value >= 0)
			sum = gf32_double(sum ^ (unsigned)value);
	}
	return sum;
}

static void put_number(char **at, uint64_t number)
{
	char digits[16];
	size_t n = 0;

	do {
		digits[n++] = alphabet[number & 31];
		number >>= 5;
	} while (number != 0);
	while (n > 0)
		*(*at)++ = digits[--n];
}

static bool station_ok(const char *station)
{
	size_t len = strlen(station);

	if (len == 0 || len > TG_REFERENCE_STATION_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (value_of(station[i], false) < 0)
			return false;
	}
	return true;
}

int tg_reference_format(
	char out[TG_REFERENCE_SIZE], const char *station, uint32_t epoch, uint64_t seq, tg_error *err)
{
	char *at = out;

	out[0] = '\0';
	if (!station_ok(station))
		return tg_fail(err, TG_EINVAL,
			"station short id: wanted 1 to %d digits or upper-case letters but I, L, O, U",
			TG_REFERENCE_STATION_MAX);
	if (epoch == 0 || epoch > TG_LOG_EPOCH_MAX || seq >= TG_TREE_SIZE_MAX)
		return tg_fail(err, TG_EINVAL, "reference: epoch or sequence number out of range");
	memcpy(at, station, strlen(station));
	at += strlen(station);
	*at++ = '-';
	if (epoch > 1) {
		put_number(&at, epoch);
		*at++ = '-';
	}
	put_number(&at, seq);
	*at = '\0';
	at[1] = alphabet[check_of(out)];
	at[0] = '-';
	at[2] = '\0';
	return TG_OK;
}

/* One group of the reference, upper case, up to the next hyphen or the end. Moves `*text` behind it. */
static bool take_group(char *out, size_t size, const char **text)
{
	size_t n = 0;

	for (; **text != '\0' && **text != '-'; (*text)++) {
		int value = value_of(**text, true);

		if (value < 0 || n + 1 >= size)
			return false;
		out[n++] = alphabet[value];
	}
	out[n] = '\0';
	if (**text == '-')
		(*text)++;
	return n > 0;
}

static bool number_of(uint64_t *out, const char *digits, uint64_t max)
{
	*out = 0;
	if (digits[0] == '0' && digits[1] != '\0')
		return false; /* one entry, one reference */
	for (; *digits != '\0'; digits++) {
		*out = *out << 5 | (uint64_t)value_of(*digits, false);
		if (*out > max)
			return false;
	}
	return true;
}

int tg_reference_parse(tg_reference *out, const char *text, tg_error *err)
{
	char group[4][TG_REFERENCE_STATION_MAX + 1], whole[TG_REFERENCE_SIZE];
	size_t groups = 0;
	uint64_t epoch = 1;

	memset(out, 0, sizeof(*out));
	for (const char *at = text; *at != '\0' && groups < 4; groups++) {
		if (!take_group(group[groups], sizeof(group[groups]), &at) || (groups == 3 && *at != '\0'))
			return tg_fail(
				err, TG_EFORMAT, "reference: wanted STATION-SEQ-C or STATION-EPOCH-SEQ-C");
	}
	if (groups < 3 || group[groups - 1][1] != '\0' || strlen(text) >= sizeof(whole) ||
		text[strlen(text) - 1] == '-')
		return tg_fail(err, TG_EFORMAT, "reference: wanted STATION-SEQ-C or STATION-EPOCH-SEQ-C");
	memcpy(whole, text, strlen(text) + 1);
	whole[strlen(whole) - 1] = '\0';
	if (alphabet[check_of(whole)] != group[groups - 1][0])
		return tg_fail(
			err, TG_EFORMAT, "reference: the check character does not fit; please read it again");
	if (groups == 4 && (!number_of(&epoch, group[1], TG_LOG_EPOCH_MAX) || epoch < 2))
		return tg_fail(err, TG_EFORMAT, "reference: no such epoch");
	if (!number_of(&out->seq, group[groups - 2], TG_TREE_SIZE_MAX - 1))
		return tg_fail(err, TG_EFORMAT, "reference: no such sequence number");
	memcpy(out->station, group[0], sizeof(out->station));
	out->epoch = (uint32_t)epoch;
	return TG_OK;
}
