/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_csv.c - CSV rows; what is read is written again with every field quoted, and must then be read as the
 * same.
 */
#include "sync/hq/csv.h"

#include <stdlib.h>

static int write_quoted(void *ctx, const tg_view *fields, size_t count, uint32_t line, tg_error *err)
{
	tg_buf *out = ctx;

	(void)line;
	(void)err;
	for (size_t i = 0; i < count; i++) {
		tg_buf_putc(out, i == 0 ? '"' : ',');
		if (i > 0)
			tg_buf_putc(out, '"');
		for (size_t j = 0; j < fields[i].len; j++) {
			if (fields[i].data[j] == '"')
				tg_buf_putc(out, '"');
			tg_buf_putc(out, (char)fields[i].data[j]);
		}
		tg_buf_putc(out, '"');
	}
	tg_buf_putc(out, '\n');
	return TG_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_buf once, twice;

	tg_buf_init(&once, 1 << 22);
	tg_buf_init(&twice, 1 << 22);
	if (tg_csv_parse(tg_view_of(data, size), ',', write_quoted, &once, NULL) == TG_OK && !once.failed) {
		if (tg_csv_parse(tg_buf_view(&once), ',', write_quoted, &twice, NULL) != TG_OK ||
			!tg_view_equal(tg_buf_view(&once), tg_buf_view(&twice)))
			abort();
	}
	tg_buf_fini(&once);
	tg_buf_fini(&twice);
	return 0;
}
