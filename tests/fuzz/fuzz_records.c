/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_records.c - one record of any kind: the first byte chooses the kind, the rest are lines. What is read
 * is also joined and linted, because records that are well formed may still be hostile together.
 */
#include "sync/hq/lint.h"

#include <stdlib.h>

static void read_lines(tg_records *records, tg_findings *findings, tg_record_kind kind, tg_view rest)
{
	uint32_t number = 0;

	while (rest.len > 0) {
		const uint8_t *end = memchr(rest.data, '\n', rest.len);
		size_t len = end == NULL ? rest.len : (size_t)(end - rest.data);
		size_t count = records->product_count + records->soc_count + records->label_count +
			records->scope_note_count + records->class_note_count + records->pack_count;
		size_t found = findings->count;
		int rc = tg_records_read_line(records, findings, kind, tg_view_of(rest.data, len), ++number);
		size_t now = records->product_count + records->soc_count + records->label_count +
			records->scope_note_count + records->class_note_count + records->pack_count;

		/* A line is a record or a finding, never both and never neither. */
		if ((rc == TG_OK) != (now == count + 1) || (rc == TG_OK) != (findings->count == found))
			abort();
		rest = end == NULL ? tg_view_of(NULL, 0) : tg_view_of(end + 1, rest.len - len - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_records records = { 0 };
	tg_findings findings = { 0 };
	tg_index index = { 0 };

	if (size < 1)
		return 0;
	read_lines(&records, &findings, (tg_record_kind)(data[0] % TG_RECORD_KINDS), tg_view_of(data + 1, size - 1));
	if (tg_index_build(&index, &records, &findings, NULL) == TG_OK)
		tg_lint(&findings, &index, 20000);
	tg_index_fini(&index);
	tg_records_fini(&records);
	tg_findings_fini(&findings);
	return 0;
}
