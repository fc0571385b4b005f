/* SPDX-License-Identifier: Apache-2.0
 *
 * test_form.c - the quick check of canonical form accepts what our entries look like and nothing the whole check refuses.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/evidence/form.h"

#include <stdlib.h>

static const struct {
	const char *text;
	bool quick; /* the quick pass must say so itself */
	bool canonical;
} forms[] = {
	{ "{\"at_us\":1,\"boot\":\"00\",\"kind\":\"x\",\"mono_us\":2,\"seq\":7,\"v\":1}", true, true },
	{ "{}", true, true },
	{ "{\"a\":[],\"b\":[1,-2,true,false,null,\"\"],\"c\":{}}", true, true },
	{ "{\"a\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f/\x7f\"}", true, true },
	{ "{\"a\":\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"}", true, true },
	{ "{\"a\":9007199254740991,\"b\":-9007199254740991}", true, true },
	{ "{\"a\":9007199254740992}", false, false },
	{ "{\"a\":1.0}", false, false },
	{ "{\"a\":1e3}", false, false },
	{ "{\"a\":-0}", false, false },
	{ "{\"a\":01}", false, false },
	{ "{\"a\":00}", false, false },
	{ "{\"b\":1,\"a\":2}", false, false },
	{ "{\"a\":1,\"a\":2}", false, false },
	{ "{\"aa\":1,\"a\":2}", false, false },
	{ "{\"a\":1,\"aa\":2}", true, true },
	{ "{\"\":1,\"a\":2}", true, true },
	{ "{\"\":1,\"\":2}", false, false },
	{ "{\"a\": 1}", false, false },
	{ " {\"a\":1}", false, false },
	{ "{\"a\":1}\n", false, false },
	{ "{\"a\":1", false, false },
	{ "{\"a\":1,}", false, false },
	{ "{\"a\":[1,]}", false, false },
	{ "{\"a\":\"\\u000a\"}", false, false },
	{ "{\"a\":\"\\u001F\"}", false, false },
	{ "{\"a\":\"\\u0000\"}", false, false },
	{ "{\"a\":\"\\/\"}", false, false },
	{ "{\"a\":\"\\u0041\"}", false, false },
	{ "{\"a\":\"\n\"}", false, false },
	{ "{\"a\":\"\xff\"}", false, false },
	{ "{\"a\":\"\xed\xa0\x80\"}", false, false },
	{ "{\"a\":\"", false, false },
	{ "{\"a\":\"\\", false, false },
	{ "{\"a\":\"\\u00", false, false },
	{ "{\"a\":tru}", false, false },
	{ "{\"a\":nullnull}", false, false },
	{ "[]", false, false },
	{ "1", false, false },
	{ "", false, false },
	/* canonical, but only the whole pass can tell */
	{ "{\"\\n\":1,\"a\":2}", false, true },
	{ "{\"a\":1,\"\xc3\xbc\":2}", false, true },
	{ "{\"\xf0\x90\x80\x80\":1,\"\xef\xbf\xbd\":2}", false, true }, /* UTF-16 order is not byte order */
	{ "{\"\xef\xbf\xbd\":1,\"\xf0\x90\x80\x80\":2}", false, false },
	{ "{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}", false, true },
};

static void the_two_checks_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(forms); i++) {
		size_t len = strlen(forms[i].text);
		char *exact = malloc(
			len == 0 ? 1 : len); /* without a terminator, so that reading past the end is seen */
		tg_form form;

		assert_non_null(exact);
		memcpy(exact, forms[i].text, len);
		if (tg_form__quick(&form, tg_view_of(exact, len)) != forms[i].quick)
			fail_msg("quick: %s", forms[i].text);
		if ((tg_form__whole(&form, tg_view_of(exact, len), NULL) == TG_OK) != forms[i].canonical)
			fail_msg("whole: %s", forms[i].text);
		free(exact);
	}
}

static void version_and_number_are_those_of_the_entry_itself(void **state)
{
	static const struct {
		const char *text;
		int64_t v, seq;
	} entries[] = {
		{ "{\"seq\":7,\"v\":1}", 1, 7 },
		{ "{\"a\":{\"seq\":8,\"v\":9},\"seq\":7,\"v\":1}", 1, 7 },
		{ "{\"a\":[{\"seq\":8,\"v\":9}]}", -1, -1 },
		{ "{\"seq\":\"7\",\"v\":true}", -1, -1 },
		{ "{\"seq\":[7],\"v\":{\"v\":1}}", -1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(entries); i++) {
		tg_form quick, whole;

		assert_true(tg_form__quick(&quick, tg_view_str(entries[i].text)));
		assert_int_equal(tg_form__whole(&whole, tg_view_str(entries[i].text), NULL), TG_OK);
		assert_true(quick.v == entries[i].v && quick.seq == entries[i].seq);
		assert_true(whole.v == entries[i].v && whole.seq == entries[i].seq);
	}
}

/* Every byte of a good entry changed to every value: the quick pass never says yes where the whole pass says no. */
static void no_changed_byte_fools_the_quick_check(void **state)
{
	static const char good[] =
		"{\"a\":[1,-20,{\"k\":\"x\\n\\u0001\"}],\"n\":null,\"seq\":70,\"t\":\"\xc3\xbc\",\"v\":1}";
	char text[sizeof(good)];

	(void)state;
	memcpy(text, good, sizeof(good));
	for (size_t i = 0; i + 1 < sizeof(good); i++) {
		for (int c = 0; c < 256; c++) {
			tg_form quick, whole;

			text[i] = (char)c;
			if (tg_form__quick(&quick, tg_view_of(text, sizeof(good) - 1)) &&
				(tg_form__whole(&whole, tg_view_of(text, sizeof(good) - 1), NULL) != TG_OK ||
					quick.v != whole.v || quick.seq != whole.seq))
				fail_msg("byte %zu as 0x%02x", i, (unsigned)c);
		}
		text[i] = good[i];
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_two_checks_agree),
		cmocka_unit_test(version_and_number_are_those_of_the_entry_itself),
		cmocka_unit_test(no_changed_byte_fools_the_quick_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
