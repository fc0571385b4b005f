/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_json.c - what the strict reader accepts must survive writing and reading again, in every form.
 */
#include "store/base/json.h"

#include <stdlib.h>

#define MAX_TEXT (1 << 24) /* bytes; pretty output of a small input stays far below */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef int (*write_fn)(tg_buf *out, const tg_json *json, tg_error *err);

static void must(bool held)
{
	if (!held)
		abort();
}

static void write_read_write(const tg_json *json, write_fn write)
{
	tg_buf first, second;
	tg_json *again = NULL;

	tg_buf_init(&first, MAX_TEXT);
	tg_buf_init(&second, MAX_TEXT);
	must(write(&first, json, NULL) == TG_OK);
	must(tg_json_parse(&again, tg_buf_view(&first), NULL) == TG_OK);
	must(write(&second, again, NULL) == TG_OK);
	must(tg_view_equal(tg_buf_view(&first), tg_buf_view(&second)));
	tg_json_free(again);
	tg_buf_fini(&first);
	tg_buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_json *json = NULL;
	tg_error err = { 0 };
	tg_buf olpc;

	if (tg_json_parse(&json, tg_view_of(data, size), &err) != TG_OK) {
		must(json == NULL && err.code == TG_EFORMAT && err.msg[0] != '\0');
		return 0;
	}
	write_read_write(json, tg_json_write_jcs);
	write_read_write(json, tg_json_write_pretty);
	/* The OLPC form is not always JSON (raw control characters), so it is only written. */
	tg_buf_init(&olpc, MAX_TEXT);
	must(tg_json_write_olpc(&olpc, json, NULL) == TG_OK);
	tg_buf_fini(&olpc);
	tg_json_free(json);
	return 0;
}
