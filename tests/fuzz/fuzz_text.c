/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_text.c - the small readers (instant, date, hex, base64): what they accept is written back the same.
 */
#include "store/base/encoding.h"
#include "store/base/utc.h"

#include <stdlib.h>

#define MAX_TEXT 4096 /* bytes; longer input adds nothing */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

static void try_times(const char *text)
{
	char again[TG_UTC_TEXT_SIZE], date[TG_DAY_TEXT_SIZE];
	int64_t at, same;
	int32_t day;

	if (tg_day_parse(&day, text, NULL) == TG_OK)
		must(strcmp(tg_day_format(date, day), text) == 0);
	if (tg_utc_parse(&at, text, NULL) ==
		TG_OK) { /* "….5Z" is written with six digits, so compare the instants */
		must(tg_utc_parse(&same, tg_utc_format(again, at), NULL) == TG_OK && same == at);
		must(tg_day_in_uk(at) >= 0);
	}
}

static void try_encodings(const char *text, size_t len)
{
	uint8_t bytes[MAX_TEXT / 2];
	char hex[MAX_TEXT + 1];
	size_t count;
	tg_buf back, again;

	if (tg_hex_decode(bytes, &count, sizeof(bytes), text, NULL) == TG_OK)
		must(strlen(tg_hex_encode(hex, bytes, count)) == strlen(text));
	tg_buf_init(&back, MAX_TEXT);
	tg_buf_init(&again, 2 * MAX_TEXT);
	if (tg_base64_decode(&back, text, len, NULL) == TG_OK) {
		tg_base64_encode(&again, back.data, back.len);
		must(tg_view_equal(tg_buf_view(&again), tg_view_of(text, len)));
	}
	tg_buf_fini(&again);
	tg_buf_fini(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;
	tg_error err = { 0 };

	if (size > MAX_TEXT)
		return 0;
	text = malloc(size + 1);
	must(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	try_times(text);
	try_encodings(text, size);
	(void)tg_fail(&err, TG_EFORMAT, "%s", text);
	must(tg_utf8_valid(err.msg, strlen(err.msg)));
	free(text);
	return 0;
}
