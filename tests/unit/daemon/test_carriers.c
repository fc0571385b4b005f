/* SPDX-License-Identifier: Apache-2.0
 *
 * test_carriers.c - which labels of a set are one unit, and which of them is asked about.
 */
#include "plugin/daemon/carriers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define TODAY 20780 /* 2026-11-23 */
#define GS "\x1d"
#define EAN "]E09521234543213"
#define PLAIN "]d20109521234543213"

static const tg_label_setup setup = { .set_identifier = true };

static tg_scan scan_of(const char *text)
{
	tg_scan scan = { .device = "till-1", .len = strlen(text) };

	memcpy(scan.data, text, scan.len);
	return scan;
}

/* Units as text: labels by their numbers, the one that is asked about with a star: "01* 2*". */
static void units_of(char out[64], const char *const *labels)
{
	tg_carriers *carriers = calloc(1, sizeof(*carriers));
	tg_item *item = malloc(sizeof(*item));

	assert_true(carriers != NULL && item != NULL);
	for (size_t i = 0; labels[i] != NULL; i++) {
		char text[256];
		tg_scan scan;

		snprintf(text, sizeof(text), "00012345%s", labels[i]);
		scan = scan_of(text);
		scan.at_us = (int64_t)i;
		assert_true(i == 0 || tg_carriers_takes(carriers, "00012345"));
		tg_carriers_add(carriers, "00012345", &scan);
	}
	out[0] = '\0';
	while (tg_carriers_next(item, carriers, &setup, TODAY)) {
		strcat(out, out[0] != '\0' ? " " : "");
		for (size_t i = 0; i < item->count; i++)
			sprintf(out + strlen(out), "%d%s", (int)item->scans[i].at_us, i == item->best ? "*" : "");
	}
	assert_string_equal(carriers->set, "");
	free(item);
	free(carriers);
}

static void labels_of_a_set_are_units_like_these(void **state)
{
	static const struct {
		const char *what, *labels[TG_CARRIERS_MAX + 1], *units;
	} sets[] = {
		{ "one label", { EAN }, "0*" },
		{ "a bare number and one with batch", { EAN, PLAIN "10AB" }, "01*" },
		{ "the other way round", { PLAIN "10AB", EAN }, "0*1" },
		{ "a link says more than a bare number", { EAN, "]Q1https://example.com/01/09521234543213" }, "01*" },
		{ "batch and serial beat batch", { PLAIN "10AB", EAN, PLAIN "10AB" GS "217" }, "012*" },
		{ "the same twice: the first", { EAN, EAN }, "0*1" },
		{ "two products are two units", { EAN, "]E050487066", PLAIN "10AB" }, "02* 1*" },
		{ "two batches are two units", { PLAIN "10AB", PLAIN "10AC", EAN }, "0*2 1*" },
		{ "two serial numbers are two units", { PLAIN "217", PLAIN "218" }, "0* 1*" },
		{ "batch beats serial number and date", { PLAIN "10AB", PLAIN "17270101217" }, "0*1" },
		{ "two serial numbers behind a batch that goes with both", { PLAIN "217", PLAIN "10AB", PLAIN "218" }, "01* 2*" },
		{ "what carries no number is by itself", { "]C0HELLO", EAN, "]C0HELLO" }, "0* 1* 2*" },
		{ "a case is another item than what is in it", { EAN, "]I119521234543210" }, "0* 1*" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(sets); i++) {
		char units[64];

		units_of(units, sets[i].labels);
		if (strcmp(units, sets[i].units) != 0)
			fail_msg("%s: wanted %s, found %s", sets[i].what, sets[i].units, units);
	}
}

static void a_set_takes_labels_with_its_own_identifier_until_it_is_full(void **state)
{
	tg_carriers *carriers = calloc(1, sizeof(*carriers));
	tg_scan scan = scan_of("00012345" EAN);

	(void)state;
	assert_non_null(carriers);
	assert_false(tg_carriers_takes(carriers, ""));
	assert_false(tg_carriers_takes(carriers, "00012345"));
	for (int i = 0; i < TG_CARRIERS_MAX; i++) {
		tg_carriers_add(carriers, "00012345", &scan);
		assert_int_equal(tg_carriers_takes(carriers, "00012345"), i + 1 < TG_CARRIERS_MAX);
		assert_false(tg_carriers_takes(carriers, "00012346"));
		assert_false(tg_carriers_takes(carriers, ""));
	}
	free(carriers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_of_a_set_are_units_like_these),
		cmocka_unit_test(a_set_takes_labels_with_its_own_identifier_until_it_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
