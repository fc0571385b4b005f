/* SPDX-License-Identifier: Apache-2.0
 *
 * identify.c - what the gate takes labels for, for a program that compares.
 *
 * Reads lines "AIM HEX" (AIM "-" for none; HEX "-" for nothing), writes for each the kind, the GTIN as 14 digits, batch and serial in
 * hex, expiry, "whole" or "partly", "regular" or "irregular", strength, and why; TAB-separated, "-" for what is not there.
 * Brackets count with the argument --brackets. Today is 23 November 2026.
 */
#include "plugin/gate/label.h"

#include <stdio.h>
#include <stdlib.h>

#define LINE_MAX_BYTES (2 * TG_LABEL_MAX + 16)

static int hex_value(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t decode(uint8_t *out, const char *hex)
{
	size_t len = 0;

	for (; hex_value(hex[0]) >= 0 && hex_value(hex[1]) >= 0 && len < TG_LABEL_MAX; hex += 2)
		out[len++] = (uint8_t)(hex_value(hex[0]) * 16 + hex_value(hex[1]));
	return len;
}

static void print_hex(const char *text)
{
	if (text[0] == '\0')
		putchar('-');
	for (; *text != '\0'; text++)
		printf("%02x", (unsigned)(uint8_t)*text);
	putchar('\t');
}

int main(int argc, char **argv)
{
	const tg_policy policy = { .bracketed_text_counts = argc > 1 && strcmp(argv[1], "--brackets") == 0 };
	static char line[LINE_MAX_BYTES];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *rest = line, *aim = strsep(&rest, " "), *hex = strsep(&rest, "\n"), number[15],
		     day[TG_DAY_TEXT_SIZE];
		uint8_t *data = malloc(TG_LABEL_MAX);
		tg_identity id;

		if (data == NULL || hex == NULL)
			return fprintf(stderr, "identify: wanted \"AIM HEX\"\n"), 2;
		tg_label_identify(&id, aim[0] == '-' ? "" : aim, tg_view_of(data, decode(data, hex)), &policy,
			tg_day_of_civil(2026, 11, 23));
		free(data);
		printf("%s\t%s\t", tg_label_words[id.kind],
			id.gtin != 0 ? tg_gtin_format(number, id.gtin) : "-");
		print_hex(id.batch);
		print_hex(id.serial);
		printf("%s\t%s\t%s\t%s\t%s\n", id.expiry != TG_DAY_NONE ? tg_day_format(day, id.expiry) : "-",
			id.partly_read ? "partly" : "whole", id.irregular ? "irregular" : "regular",
			tg_strength_words[id.strength], id.why[0] != '\0' ? id.why : "-");
	}
	return 0;
}
