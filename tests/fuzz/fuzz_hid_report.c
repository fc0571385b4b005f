/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_hid_report.c - any bytes as a report descriptor: every place that is found lies inside its report.
 */
#include "drivers/hid_report.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_place(const tg_hid_table *t, const tg_hid_place *p)
{
	uint64_t end = p->bit + (uint64_t)p->bits * p->count;

	if (p->there &&
		(p->kind >= TG_HID_KINDS || end > ((uint64_t)t->bytes[p->kind][p->report] - t->numbered) * 8))
		abort();
}

static void check_control(const tg_hid_table *t, tg_hid_control control)
{
	uint8_t out[TG_HID_REPORT_MAX + 1];
	size_t len = 0;
	int rc = tg_hid_make(out, sizeof(out), &len, t, control, UINT32_MAX, NULL);

	check_place(t, &t->controls[control]);
	if ((rc == TG_OK) != t->controls[control].there || len > sizeof(out))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static tg_hid_table t;
	tg_error err = { 0 };

	if (tg_hid_table_read(&t, data, size, &err) != TG_OK) {
		if (err.code == TG_OK || err.msg[0] == '\0')
			abort();
		return 0;
	}
	for (unsigned i = 0; i < TG_HID_CONTROLS; i++)
		check_control(&t, (tg_hid_control)i);
	for (size_t i = 0; i < t.scan_count; i++) {
		const tg_hid_scan_report *s = &t.scans[i];

		if (!s->data.there || s->data.bits != 8 || s->data.bit % 8 != 0 || s->data.count == 0)
			abort();
		check_place(&t, &s->data);
		check_place(&t, &s->length);
		check_place(&t, &s->continued);
		for (int a = 0; a < 3; a++)
			check_place(&t, &s->aim[a]);
	}
	return 0;
}
