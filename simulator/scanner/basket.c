/* SPDX-License-Identifier: Apache-2.0
 *
 * basket.c - one line of a basket file to the bytes that a scanner would send. Pure.
 */
#include "simulator/scanner/basket.h"

#include <ctype.h>
#include <string.h>

bool basket_skip(const char *line)
{
	return line[0] == '\0' || line[0] == '#';
}

bool basket_has_aim(const char *bytes, size_t len)
{
	return len >= BASKET_AIM_LEN && bytes[0] == ']' && isalpha((unsigned char)bytes[1]) &&
	       isalnum((unsigned char)bytes[2]);
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One escape at `in`: its length, the byte in `*out`; 0 if there is none, -1 if it is broken. */
static int unescape(const char *in, char *out)
{
	if (strncmp(in, "<GS>", 4) == 0) {
		*out = 0x1D;
		return 4;
	}
	if (in[0] != '\\')
		return 0;
	if (in[1] == '\\') {
		*out = '\\';
		return 2;
	}
	if (in[1] != 'x' || hex_value(in[2]) < 0 || hex_value(in[3]) < 0)
		return -1;
	*out = (char)(hex_value(in[2]) * 16 + hex_value(in[3]));
	return 4;
}

int basket_decode(char *line, bool aim, const char **wrong)
{
	size_t len = 0;

	if (strcmp(line, "<EMPTY>") == 0)
		return 0;
	for (const char *in = line; *in != '\0';) {
		char byte = *in;
		int used = unescape(in, &byte);

		if (used < 0) {
			*wrong =
				"after a backslash stands x and two hexadecimal digits, or another backslash";
			return -1;
		}
		line[len++] = byte;
		in += used == 0 ? 1 : used;
	}
	if (!aim && basket_has_aim(line, len)) {
		len -= BASKET_AIM_LEN;
		memmove(line, line + BASKET_AIM_LEN, len);
	}
	return (int)len;
}
