/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_header.c - header fields from any server or proxy: lines as they come over the wire.
 *
 * Whatever is taken must keep its promise: a range has a beginning, an end and a place in the file, an ETag can be sent back.
 */
#include "sync/fetch/header.h"

#include <stdlib.h>

static void check(const tg_header_facts *facts)
{
	if (facts->range == TG_RANGE_GOOD && (facts->first < 0 || facts->last < facts->first ||
						     (facts->total != -1 && facts->last >= facts->total)))
		abort();
	if (facts->retry_after_s < -1 || facts->retry_after_s > TG_HEADER_RETRY_MAX_S)
		abort();
	if (facts->etag[0] != '\0' && !tg_header_is_etag(tg_view_str(facts->etag)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_header_facts facts = TG_HEADER_FACTS_INIT;

	for (size_t at = 0; at < size;) {
		const uint8_t *end = memchr(data + at, '\n', size - at);
		size_t len = end != NULL ? (size_t)(end - data) + 1 - at : size - at;
		/* A copy of the exact size, so that a byte read past the line is seen. */
		uint8_t *line = malloc(len);

		if (line == NULL)
			return 0;
		memcpy(line, data + at, len);
		tg_header_read(&facts, tg_view_of(line, len), 1700000000000000);
		check(&facts);
		free(line);
		at += len;
	}
	return 0;
}
