/* SPDX-License-Identifier: Apache-2.0
 *
 * day.c - a day's changes.
 */
#include "tests/bench/day.h"

#include <stdlib.h>
#include <string.h>

tg_build_soc *day_change(world *w)
{
	size_t n = w->build.product_count, socs = w->build.soc_count, fresh = 0;
	tg_build_soc *more = malloc((socs + DAY_CHANGED) * sizeof(*more));

	if (more == NULL)
		abort();
	memcpy(more, w->socs, socs * sizeof(*more));
	for (size_t i = 0; i < DAY_CHANGED; i++) {
		tg_build_product *p =
			&w->products[world_random(w) % (n / 20) * 20 + 7]; /* never inside a pack */

		switch (i % 5) {
		case 0:
			p->name = world_text(w, "renamed thing %zu", i);
			break;
		case 1:
			p->dsp_end_published = 21000 + (int32_t)i;
			break;
		case 2:
			more[world_random(w) % socs].status = TG_SOC_WITHDRAWN;
			break;
		case 3:
			more[socs + fresh] = (tg_build_soc){ .id = world_text(w, "SOC-NEW-%zu", i),
				.issued = 20780,
				.dsp_end = 22000,
				.link = world_text(w, "https://maker.example/new/%zu.pdf", i),
				.document = TG_DOCUMENT_SOC,
				.link_tested = TG_DAY_NONE };
			if (p->soc_count > 0)
				((tg_build_link *)(uintptr_t)p->socs)[0].to = (uint32_t)(socs + fresh);
			fresh++;
			break;
		default:
			p->gtin = world_gtin(n * 9 + i); /* one gone, one new */
			break;
		}
	}
	w->build.socs = more;
	w->build.soc_count = socs + fresh;
	return more;
}
