/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_import.c - a mapping, a zero byte, and the spreadsheet that it is for. A mapping that is read is written and read as the same;
 * of a spreadsheet that was refused something is said, and of one that was not every row is a record.
 */
#include "sync/hq/import.h"

#include <stdlib.h>

static void write_again(const tg_column_map *map)
{
	tg_column_map again;
	tg_buf once, twice;

	tg_column_map_init(&again);
	tg_buf_init(&once, 4 * TG_COLUMN_MAP_MAX_BYTES);
	tg_buf_init(&twice, 4 * TG_COLUMN_MAP_MAX_BYTES);
	if (tg_column_map_write(&once, map, NULL) != TG_OK || tg_column_map_parse(&again, tg_buf_view(&once), NULL) != TG_OK ||
		tg_column_map_write(&twice, &again, NULL) != TG_OK || !tg_view_equal(tg_buf_view(&once), tg_buf_view(&twice)))
		abort();
	tg_buf_fini(&once);
	tg_buf_fini(&twice);
	tg_column_map_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = size == 0 ? NULL : memchr(data, 0, size);
	size_t head = zero == NULL ? size : (size_t)(zero - data);
	tg_import_options options = { .csv = true };
	tg_import_result result;
	tg_findings findings = { 0 };
	tg_error err = { 0 };
	tg_column_map map;

	if (head > TG_COLUMN_MAP_MAX_BYTES)
		return 0;
	tg_column_map_init(&map);
	if (tg_column_map_parse(&map, tg_view_of(data, head), NULL) == TG_OK) {
		int rc;

		write_again(&map);
		options.kind = map.kind;
		options.map = &map;
		options.update = (tg_update_how)(size % TG_UPDATES);
		rc = tg_import_text(&result, &findings, tg_view_of(data + head, size - head).len == 0 ? tg_view_of(data, 0)
										 : tg_view_of(data + head + 1, size - head - 1),
			&options, &err);
		if (rc != TG_OK && err.msg[0] == '\0')
			abort();
		if ((rc == TG_OK && findings.counts[TG_FINDING_ERROR] > 0) ||
			(rc == TG_EFORMAT && findings.count == 0 && err.msg[0] == '\0'))
			abort();
	}
	tg_findings_fini(&findings);
	tg_column_map_fini(&map);
	return 0;
}
