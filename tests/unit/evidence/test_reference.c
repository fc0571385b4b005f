/* SPDX-License-Identifier: Apache-2.0
 *
 * test_reference.c - short references: read back, read leniently, and wrong ones noticed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/evidence/reference.h"

#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static const tg_reference references[] = { { "T1", 1, 0 }, { "T1", 1, 31 }, { "T1", 1, 32 }, { "A", 2, 7 },
	{ "ABCDEFGH", 1000000, (UINT64_C(1) << 40) - 1 }, { "00000000", 1, 1234567 }, { "Z9", 31, 1048575 } };

static void references_survive_a_round(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(references); i++) {
		const tg_reference *r = &references[i];
		char text[TG_REFERENCE_SIZE];
		tg_reference read;

		assert_int_equal(tg_reference_format(text, r->station, r->epoch, r->seq, NULL), TG_OK);
		if (tg_reference_parse(&read, text, NULL) != TG_OK)
			fail_msg("%s", text);
		assert_string_equal(read.station, r->station);
		assert_int_equal(read.epoch, r->epoch);
		assert_true(read.seq == r->seq);
	}
}

static void the_form_is_stable(void **state)
{
	char text[TG_REFERENCE_SIZE];

	(void)state;
	/* Computed by another program from the rule in tillgate-evidence(5). */
	assert_int_equal(tg_reference_format(text, "T1", 1, 1000, NULL), TG_OK);
	assert_string_equal(text, "T1-Z8-Q");
	assert_int_equal(tg_reference_format(text, "T1", 2, 1000, NULL), TG_OK);
	assert_string_equal(text, "T1-2-Z8-Y");
}

static void every_single_wrong_character_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(references); i++) {
		char text[TG_REFERENCE_SIZE];
		tg_reference read;

		assert_int_equal(tg_reference_format(text, references[i].station, references[i].epoch,
					 references[i].seq, NULL),
			TG_OK);
		for (size_t at = 0; text[at] != '\0'; at++) {
			char right = text[at];

			for (const char *c = alphabet; right != '-' && *c != '\0'; c++) {
				text[at] = *c;
				if (*c != right && tg_reference_parse(&read, text, NULL) != TG_EFORMAT)
					fail_msg("%s was taken", text);
			}
			text[at] = right;
		}
	}
}

static void every_swap_of_two_characters_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(references); i++) {
		char text[TG_REFERENCE_SIZE];
		tg_reference read;
		size_t len;

		assert_int_equal(tg_reference_format(text, references[i].station, references[i].epoch,
					 references[i].seq, NULL),
			TG_OK);
		len = strlen(text);
		for (size_t a = 0; a < len; a++) {
			for (size_t b = a + 1; b < len; b++) {
				char x = text[a], y = text[b];

				if (x == y || x == '-' || y == '-')
					continue;
				text[a] = y;
				text[b] = x;
				if (tg_reference_parse(&read, text, NULL) != TG_EFORMAT)
					fail_msg("%s was taken", text);
				text[a] = x;
				text[b] = y;
			}
		}
	}
}

static void handwriting_is_read_leniently(void **state)
{
	char text[TG_REFERENCE_SIZE];
	tg_reference read;

	(void)state;
	assert_int_equal(tg_reference_format(text, "T10", 1, 1025, NULL), TG_OK);
	assert_memory_equal(text, "T10-101-", 8);
	text[0] = 't';
	text[1] = 'l';
	text[2] = 'o';
	text[4] = 'I';
	text[5] = 'O';
	assert_int_equal(tg_reference_parse(&read, text, NULL), TG_OK);
	assert_string_equal(read.station, "T10");
	assert_true(read.seq == 1025);
}

static void malformed_references_are_refused(void **state)
{
	static const char *const texts[] = { "", "-", "T1", "T1-", "T1-Z8", "T1-Z8-", "T1-Z8-N-", "T1-Z8-NN",
		"-Z8-N", "T1--N", "T1-Z8-U", "T1 Z8 N", "T1-Z8-N\n", "T1-0Z8-N", "1-1-1-1-1", "ABCDEFGHJ-1-1",
		"T1-ZZZZZZZZZ-1", "T1-Z8-N-T1-Z8-N-T1-Z8-N-T1-Z8-N-T1-Z8-N-T1-Z8-N" };
	char text[TG_REFERENCE_SIZE];
	tg_reference read;

	(void)state;
	for (size_t i = 0; i < TG_COUNT(texts); i++) {
		if (tg_reference_parse(&read, texts[i], NULL) != TG_EFORMAT)
			fail_msg("\"%s\" was taken", texts[i]);
	}
	assert_int_equal(tg_reference_format(text, "", 1, 0, NULL), TG_EINVAL);
	assert_int_equal(tg_reference_format(text, "till", 1, 0, NULL), TG_EINVAL);
	assert_int_equal(tg_reference_format(text, "ABCDEFGHJ", 1, 0, NULL), TG_EINVAL);
	assert_int_equal(tg_reference_format(text, "A", 0, 0, NULL), TG_EINVAL);
	assert_int_equal(tg_reference_format(text, "A", 1, UINT64_C(1) << 40, NULL), TG_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_survive_a_round),
		cmocka_unit_test(the_form_is_stable),
		cmocka_unit_test(every_single_wrong_character_is_noticed),
		cmocka_unit_test(every_swap_of_two_characters_is_noticed),
		cmocka_unit_test(handwriting_is_read_leniently),
		cmocka_unit_test(malformed_references_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
