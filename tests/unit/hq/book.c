/* SPDX-License-Identifier: Apache-2.0
 *
 * book.c - see book.h.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/hq/book.h"

#include "store/base/crypto.h"
#include "store/base/encoding.h"

void book_text(tg_buf *out, const char *of, const char *const *events)
{
	char prev[TG_CASE_HASH_SIZE + 10] = "";

	for (int64_t seq = 1; *events != NULL; events++, seq++) {
		uint8_t hash[TG_SHA256_SIZE];
		size_t from = out->len;

		tg_buf_printf(out, "{\"v\":1,\"seq\":%lld%s%s%s,\"at\":\"" BOOK_AT "\",\"by\":\"ann\",\"os_user\":\"ann\",\"of\":\"%s\",%s}",
			(long long)seq, prev[0] == '\0' ? "" : ",\"prev\":\"", prev, prev[0] == '\0' ? "" : "\"", of, *events);
		tg_sha256(hash, out->data + from, out->len - from);
		(void)tg_hex_encode(prev, hash, sizeof(hash));
		tg_buf_putc(out, '\n');
	}
}

void book_open(tg_casework *out, tg_book book, const char *of, const char *const *events)
{
	tg_error err = { 0 };
	tg_buf text;

	tg_buf_init(&text, 1 << 20);
	book_text(&text, of, events);
	if (tg_casework_parse(out, book, tg_buf_view(&text), &err) != TG_OK)
		fail_msg("%s", err.msg);
	tg_buf_fini(&text);
}
