/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_learn.c - what an unknown device sends for one label. The first byte chooses the family: an odd one a HID POS scanner, else a serial
 * line; the second is the time between reports. 0xFF: the bytes are what a wedge typed in front of the label, as the file gets it (keys to
 * text have a target of their own, and reading fifteen layouts each time would be slow).
 *
 * Checks what must hold for every input: nothing but printable text goes to the terminal and into the file, quoted where it must be, and a
 * label is never longer than what was sent.
 */
#include "drivers/learn.h"

#include "tests/unit/drivers/descriptors.h"

#include <stdlib.h>
#include <string.h>

#define STEP 64 /* bytes of a report, and of what a line brings at once */

static tg_learned found;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t most, bool lines)
{
	size_t len = strlen(text);

	if (len >= most)
		abort();
	for (size_t i = 0; i < len; i++)
		if ((text[i] < 0x20 || text[i] > 0x7E) && !(lines && text[i] == '\n'))
			abort();
}

/* In each line either no quote, or two that are not escaped. */
static void check_quotes(const char *section)
{
	unsigned quotes = 0;

	for (const char *c = section; *c != '\0'; c++) {
		if (*c == '\\' && c[1] != '\0')
			c++;
		else if (*c == '"')
			quotes++;
		else if (*c == '\n' && quotes % 2 != 0)
			abort();
	}
}

static void check_section(void)
{
	static char section[1024];

	if (tg_learned_section(section, sizeof(section), &found, "driver = serial  path = \"/dev/ttyS0\"", "9600 8N1") >= sizeof(section))
		abort();
	check_text(section, sizeof(section), true);
	check_quotes(section);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static tg_hid_table table;
	static tg_learn learn;
	const char *driver;

	if (size < 2)
		return 0;
	if (!table.scanner && tg_hid_table_read(&table, common_scanner, sizeof(common_scanner), NULL) != TG_OK)
		abort();
	if (data[0] == 0xFF) {
		found = (tg_learned){ .understood = true, .layout = "us", .suffix = "cr" };
		memcpy(found.prefix, data + 1, size - 1 < sizeof(found.prefix) - 1 ? size - 1 : sizeof(found.prefix) - 1);
		check_section();
		return 0;
	}
	driver = data[0] % 2 != 0 ? "hid-pos" : "serial";
	tg_learn_begin(&learn, driver, &table);
	for (size_t at = 2; at < size; at += STEP)
		tg_learn_feed(&learn, data + at, size - at < STEP ? size - at : STEP, (int64_t)at * data[1] * 100);
	(void)tg_learn_is_hand(&learn, INT64_MAX);
	tg_learn_end(&found, &learn, data[1] % 2 != 0 ? "9529990000018" : NULL);
	if (found.understood && found.label_len > size)
		abort();
	for (size_t i = 0; i < TG_COUNT(found.words); i++)
		check_text(found.words[i], sizeof(found.words[i]), false);
	check_text(found.prefix, sizeof(found.prefix), false);
	check_text(found.aim_id, sizeof(found.aim_id), false);
	check_section();
	return 0;
}
