/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_despatch.c - a list of what was supplied to whom. Whatever is kept is about a product and a batch that were asked for, says to
 * whom, keeps its limits, and stands beside the other lines of that recipient; every row is kept, counted or told of, at most once.
 */
#include "sync/hq/despatch.h"

#include <stdlib.h>

static void need(bool good)
{
	if (!good)
		abort();
}

static void look_at(const tg_despatch *d, const tg_despatch_ask *ask)
{
	need(d->count + d->others + d->outside + d->bad <= d->read);
	need(d->no_batch <= d->count && (d->bad == 0) == (d->bad_words[0] == '\0'));
	for (size_t i = 0; i < d->count; i++) {
		const tg_despatch_line *line = &d->lines[i];
		const tg_batch_range *range = ask->batches;

		need(line->gtin == ask->gtins[0] || line->gtin == ask->gtins[1]);
		need(line->to[0] != '\0' && strlen(line->to) <= TG_DESPATCH_TEXT_MAX && strlen(line->address) <= TG_DESPATCH_TEXT_MAX);
		need(line->units >= -1 && line->units <= TG_DESPATCH_UNITS_MAX);
		need(ask->batch_count == 0 || line->batch[0] == '\0' ||
			(strlen(line->batch) == strlen(range->from) && strcmp(line->batch, range->from) >= 0 && strcmp(line->batch, range->to) <= 0));
		need(i == 0 || strcmp(d->lines[i - 1].to, line->to) <= 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t gtins[] = { UINT64_C(9524000000002), UINT64_C(9524000000019) };
	static const tg_batch_range range = { "", "L100", "L199" };

	for (size_t batches = 0; batches < 2; batches++) {
		tg_despatch_ask ask = { .gtins = gtins, .gtin_count = TG_COUNT(gtins), .batches = &range, .batch_count = batches, .separator = ',' };
		tg_error err = { 0 };
		tg_despatch d;

		if (tg_despatch_parse(&d, tg_view_of(data, size), &ask, &err) == TG_OK)
			look_at(&d, &ask);
		else
			need(err.msg[0] != '\0');
		tg_despatch_fini(&d);
	}
	return 0;
}
