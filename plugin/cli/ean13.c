/* SPDX-License-Identifier: Apache-2.0
 *
 * ean13.c - see ean13.h.
 */
#include "plugin/cli/ean13.h"

#include <string.h>

#define QUIET 9 /* columns of white on both sides: 11 and 7 modules are asked for, the frame of the window helps */
#define ROWS 10

static const char *const left_odd[10] = { "0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011" };
/* Which of the six left digits have the other form: that carries the first digit. */
static const char *const parity[10] = { "OOOOOO", "OOEOEE", "OOEEOE", "OOEEEO", "OEOOEE", "OEEOOE", "OEEEOO", "OEOEOE", "OEOEEO", "OEEOEO" };

/* The right form is the left one inverted; the even form is the right one mirrored. */
static char module(const char *digit, char form, int at)
{
	char bit = form == 'E' ? digit[6 - at] : digit[at];

	return form == 'O' ? bit : bit == '1' ? '0' : '1';
}

void tg_ean13_modules(char out[TG_EAN13_MODULES + 1], const char *digits)
{
	char *to = out;

	to = stpcpy(to, "101");
	for (int d = 1; d <= 6; d++)
		for (int i = 0; i < 7; i++)
			*to++ = module(left_odd[digits[d] - '0'], parity[digits[0] - '0'][d - 1], i);
	to = stpcpy(to, "01010");
	for (int d = 7; d <= 12; d++)
		for (int i = 0; i < 7; i++)
			*to++ = module(left_odd[digits[d] - '0'], 'R', i);
	stpcpy(to, "101");
}

void tg_ean13_draw(FILE *to, const char *digits)
{
	char modules[TG_EAN13_MODULES + 1];

	tg_ean13_modules(modules, digits);
	for (int row = 0; row < ROWS; row++) {
		fprintf(to, "\033[107m%*s", QUIET, "");
		for (int i = 0; i < TG_EAN13_MODULES; i++)
			fprintf(to, "\033[%dm ", modules[i] == '1' ? 40 : 107);
		fprintf(to, "\033[107m%*s\033[0m\n", QUIET, "");
	}
}
