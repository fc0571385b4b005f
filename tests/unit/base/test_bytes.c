/* SPDX-License-Identifier: Apache-2.0
 *
 * test_bytes.c - buffers with a ceiling, numbers in a byte order, error words, hex, base64 and UTF-8.
 */
#include "store/base/bytes.h"
#include "store/base/encoding.h"

#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* ---- errors ---- */

static void an_error_carries_code_and_words(void **state)
{
	tg_error err = { 0 };

	(void)state;
	assert_int_equal(
		tg_fail(&err, TG_EROLLBACK, "%s: version %d after %d", "snapshot", 3, 4), TG_EROLLBACK);
	assert_int_equal(err.code, TG_EROLLBACK);
	assert_string_equal(err.msg, "snapshot: version 3 after 4");
	tg_error_prefix(&err, "%s", "catalogue");
	assert_int_equal(err.code, TG_EROLLBACK);
	assert_string_equal(err.msg, "catalogue: snapshot: version 3 after 4");
	errno = ENOSPC;
	assert_int_equal(tg_fail_errno(&err, TG_EIO, "%s", "log"), TG_EIO);
	assert_int_equal(err.sys, ENOSPC);
	assert_int_equal(errno, ENOSPC);
	assert_string_equal(err.msg, "log: No space left on device");
	(void)tg_fail(&err, TG_EINVAL, "no errno here");
	assert_int_equal(err.sys, 0);
}

static void no_error_struct_is_fine(void **state)
{
	(void)state;
	assert_int_equal(tg_fail(NULL, TG_EIO, "x"), TG_EIO);
	assert_int_equal(tg_fail_errno(NULL, TG_EIO, "x"), TG_EIO);
	tg_error_prefix(NULL, "x");
}

static void words_that_do_not_fit_say_so(void **state)
{
	char name[400];
	tg_error err = { 0 };

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	(void)tg_fail(&err, TG_EIO, "%s", name);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_string_equal(err.msg + sizeof(err.msg) - 4, "...");
	tg_error_prefix(&err, "%s", name);
	assert_string_equal(err.msg + sizeof(err.msg) - 4, "...");
}

static void hostile_text_is_harmless_in_words(void **state)
{
	static const struct {
		const char *in, *out;
	} facts[] = {
		{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "a\x1b[31mb\nc\td\x7f", "a?[31mb?c?d?" }, { "\xff\xc3", "??" },
		{ "a\xc2\x9b"
		  "b",
			"a??b" }, /* C1 control */
		{ "a\xe2\x80\xae"
		  "b",
			"a???b" }, /* right-to-left override */
		{ "a\xe2\x81\xa6"
		  "b",
			"a???b" }, /* isolate */
		{ "a\xe2\x80\x94"
		  "b",
			"a\xe2\x80\x94"
			"b" }, /* a dash is fine */
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		tg_error err = { 0 };

		(void)tg_fail(&err, TG_EFORMAT, "%s", facts[i].in);
		assert_string_equal(err.msg, facts[i].out);
	}
}

static void words_cut_inside_a_character_stay_valid_utf8(void **state)
{
	char name[400];
	tg_error err = { 0 };

	(void)state;
	for (size_t shift = 0; shift < 3; shift++) {
		size_t len = shift;

		memset(name, 'x', sizeof(name));
		for (; len + 3 < sizeof(name); len += 3)
			memcpy(name + len, "\xe2\x82\xac", 3);
		name[len] = '\0';
		(void)tg_fail(&err, TG_EFORMAT, "%s", name);
		assert_true(tg_utf8_valid(err.msg, strlen(err.msg)));
	}
}

static void every_code_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int code = TG_EDENIED; code <= TG_OK; code++) {
		assert_string_not_equal(tg_strerror(code), "unknown error");
		for (int other = TG_EDENIED; other < code; other++)
			assert_string_not_equal(tg_strerror(code), tg_strerror(other));
	}
	assert_string_equal(tg_strerror(TG_EROLLBACK), "rollback");
	assert_string_equal(tg_strerror(TG_ESTATE), "not possible now");
	assert_string_equal(tg_strerror(1), "unknown error");
	assert_string_equal(tg_strerror(TG_EDENIED - 1), "unknown error");
}

/* ---- buffers ---- */

static void a_buffer_grows_to_its_ceiling_and_no_further(void **state)
{
	tg_error err = { 0 };
	tg_buf buf;

	(void)state;
	tg_buf_init(&buf, 300);
	assert_string_equal(tg_buf_text(&buf), "");
	for (int i = 0; i < 100; i++)
		tg_buf_puts(&buf, "abc");
	assert_int_equal(tg_buf_check(&buf, "test", &err), TG_OK);
	assert_int_equal(buf.len, 300);
	assert_int_equal(tg_buf_text(&buf)[300], '\0');
	tg_buf_append(&buf, NULL, 0);
	assert_int_equal(tg_buf_check(&buf, "test", &err), TG_OK);
	tg_buf_putc(&buf, 'x');
	assert_int_equal(tg_buf_check(&buf, "test", &err), TG_ELIMIT);
	assert_string_equal(err.msg, "test: more than the 300 bytes allowed");
	assert_int_equal(buf.len, 300);
	tg_buf_fini(&buf);
}

static void failure_of_a_buffer_is_sticky_until_cleared(void **state)
{
	tg_buf buf;

	(void)state;
	tg_buf_init(&buf, 4);
	tg_buf_puts(&buf, "12345");
	tg_buf_puts(&buf, "1"); /* would fit, but the content would have a hole */
	assert_int_equal(tg_buf_check(&buf, "test", NULL), TG_ELIMIT);
	assert_int_equal(buf.len, 0);
	tg_buf_clear(&buf);
	tg_buf_printf(&buf, "%d-%s", 12, "a");
	assert_int_equal(tg_buf_check(&buf, "test", NULL), TG_OK);
	assert_string_equal(tg_buf_text(&buf), "12-a");
	tg_buf_printf(&buf, "%d", 5);
	assert_int_equal(tg_buf_check(&buf, "test", NULL), TG_ELIMIT);
	assert_string_equal(tg_buf_text(&buf), "12-a");
	tg_buf_fini(&buf);
	tg_buf_fini(NULL);
}

static void a_size_that_no_machine_has_is_refused(void **state)
{
	tg_error err = { 0 };
	tg_buf buf;
	char one = 'x';

	(void)state;
	tg_buf_init(&buf, SIZE_MAX);
	tg_buf_putc(&buf, one);
	/* never read: reserving fails before the copy */
	tg_buf_append(&buf, &one, SIZE_MAX / 2 + 1);
	assert_int_equal(tg_buf_check(&buf, "test", &err), TG_ELIMIT);
	assert_int_equal(buf.len, 1);
	tg_buf_fini(&buf);
}

/* What is given back goes by here: does a secret go with it? */
#define SECRET "839102746"
static size_t given_back, with_secret;

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory)
{
	if (memory != NULL && memmem(memory, malloc_usable_size(memory), SECRET, strlen(SECRET)) != NULL)
		with_secret++;
	given_back += memory != NULL;
	__real_free(memory);
}

static size_t secrets_given_back(void (*init)(tg_buf *buf, size_t max_bytes))
{
	tg_buf buf;

	init(&buf, 1000);
	given_back = with_secret = 0;
	tg_buf_puts(&buf, SECRET);
	for (int i = 0; i < 40; i++) /* so that it grows several times */
		tg_buf_puts(&buf, "0123456789");
	assert_memory_equal(buf.data, SECRET, strlen(SECRET));
	assert_int_equal(buf.len, strlen(SECRET) + 400);
	tg_buf_fini(&buf);
	return with_secret;
}

static void a_secret_is_gone_before_its_memory_is(void **state)
{
	(void)state;
	assert_true(secrets_given_back(tg_buf_init) > 0); /* else this test would see nothing */
	assert_int_equal(secrets_given_back(tg_buf_init_secret), 0);
	assert_true(given_back > 1);
}

static void a_secret_is_gone_when_its_buffer_is_cleared(void **state)
{
	tg_buf buf;

	(void)state;
	tg_buf_init_secret(&buf, 100);
	tg_buf_puts(&buf, SECRET);
	tg_buf_clear(&buf);
	assert_null(memmem(buf.data, buf.cap, &SECRET[1], strlen(SECRET) - 1));
	tg_buf_puts(&buf, "again");
	assert_string_equal(tg_buf_text(&buf), "again");
	tg_buf_fini(&buf);
}

static void views_compare_by_content(void **state)
{
	(void)state;
	assert_true(tg_view_equal(tg_view_of(NULL, 0), tg_view_str("")));
	assert_true(tg_view_equal(tg_view_str("ab"), tg_view_of("abc", 2)));
	assert_false(tg_view_equal(tg_view_str("ab"), tg_view_str("ac")));
	assert_false(tg_view_equal(tg_view_str("ab"), tg_view_str("a")));
}

static void numbers_have_a_stated_byte_order(void **state)
{
	static const uint8_t le[] = { 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8 };
	uint8_t out[8];

	(void)state;
	assert_int_equal(tg_get_le16(le), 0xf2f1);
	assert_true(tg_get_le32(le) == 0xf4f3f2f1u);
	assert_true(tg_get_le64(le) == UINT64_C(0xf8f7f6f5f4f3f2f1));
	assert_true(tg_get_be32(le) == 0xf1f2f3f4u);
	tg_put_le64(out, UINT64_C(0xf8f7f6f5f4f3f2f1));
	assert_memory_equal(out, le, 8);
	tg_put_be64(out, UINT64_C(0xf1f2f3f4f5f6f7f8));
	assert_memory_equal(out, le, 8);
	tg_put_be32(out, 0xf1f2f3f4u);
	assert_memory_equal(out, le, 4);
}

/* ---- hex and base64 ---- */

static void hex_is_written_lower_and_read_both(void **state)
{
	uint8_t out[4];
	char text[9];
	size_t len = 99;

	(void)state;
	assert_int_equal(tg_hex_decode(out, &len, 4, "00fFA5", NULL), TG_OK);
	assert_int_equal(len, 3);
	assert_string_equal(tg_hex_encode(text, out, len), "00ffa5");
	assert_int_equal(tg_hex_decode(out, &len, 0, "", NULL), TG_OK);
	assert_int_equal(len, 0);
	assert_string_equal(tg_hex_encode(text, out, 0), "");
}

static void bad_hex_is_refused(void **state)
{
	static const char *const bad[] = { "0", "0g", "g0", " 00", "0x00", "0000000000", "00 0", "\xc3\xa9" };
	uint8_t out[4];
	size_t len;

	(void)state;
	for (size_t i = 0; i < TG_COUNT(bad); i++)
		if (tg_hex_decode(out, &len, sizeof(out), bad[i], NULL) != TG_EFORMAT)
			fail_msg("\"%s\" was read", bad[i]);
}

static void base64_matches_rfc_4648(void **state)
{
	static const char *const facts[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/" } };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		tg_buf text, back;

		tg_buf_init(&text, 64);
		tg_buf_init(&back, 64);
		tg_base64_encode(&text, facts[i][0], strlen(facts[i][0]));
		assert_string_equal(tg_buf_text(&text), facts[i][1]);
		assert_int_equal(tg_base64_decode(&back, facts[i][1], strlen(facts[i][1]), NULL), TG_OK);
		assert_string_equal(tg_buf_text(&back), facts[i][0]);
		tg_buf_fini(&text);
		tg_buf_fini(&back);
	}
}

static void base64_that_is_not_the_one_encoding_is_refused(void **state)
{
	static const char *const bad[] = { "Z", "Zg",
		"Zg=", "Zg===", "Zh==", "Zm9=", "Zm8=Zm8=", "Zg==Zg==", "Z===", "====", "Zm 9", "Zm9v\n",
		"Zm-_", "Z=g=", "=Zg=", "Zm9v====" };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(bad); i++) {
		tg_buf back;

		tg_buf_init(&back, 64);
		if (tg_base64_decode(&back, bad[i], strlen(bad[i]), NULL) != TG_EFORMAT)
			fail_msg("\"%s\" was read", bad[i]);
		tg_buf_fini(&back);
	}
}

static void base64_respects_the_ceiling(void **state)
{
	tg_buf back;

	(void)state;
	tg_buf_init(&back, 2);
	assert_int_equal(tg_base64_decode(&back, "Zm9v", 4, NULL), TG_ELIMIT);
	tg_buf_fini(&back);
}

static void utf8_is_checked_to_the_letter(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} facts[] = {
		{ "", true },
		{ "abc\x7f", true },
		{ "\xc2\x80", true },
		{ "\xdf\xbf", true },
		{ "\xe0\xa0\x80", true },
		{ "\xed\x9f\xbf", true },
		{ "\xee\x80\x80", true },
		{ "\xef\xbf\xbf", true },
		{ "\xf0\x90\x80\x80", true },
		{ "\xf4\x8f\xbf\xbf", true },
		{ "\x80", false },
		{ "\xbf", false },
		{ "\xc0\x80", false },
		{ "\xc1\xbf", false },
		{ "\xe0\x9f\xbf", false },
		{ "\xed\xa0\x80", false },
		{ "\xed\xbf\xbf", false },
		{ "\xf0\x8f\xbf\xbf", false },
		{ "\xf4\x90\x80\x80", false },
		{ "\xf5\x80\x80\x80", false },
		{ "\xff", false },
		{ "\xc2", false },
		{ "\xe2\x82", false },
		{ "\xf0\x9f\x98", false },
		{ "\xe2\x28\xa1", false },
		{ "\xe2\x82\x28", false },
		{ "\xf0\x9f\x98\xff", false },
		{ "a\xc2"
		  "b",
			false },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++)
		if (tg_utf8_valid(facts[i].text, strlen(facts[i].text)) != facts[i].valid)
			fail_msg("fact %zu does not hold", i);
}

static void text_that_is_not_what_it_shows_is_told(void **state)
{
	static const struct {
		const char *what, *text;
		bool plain, hides;
	} facts[] = {
		{ "nothing", "", true, false },
		{ "plain words", "Smith & Sons, unit 4", true, false },
		{ "another script", "M\xc3\xbcller \xe6\x97\xa5\xe6\x9c\xac", true, false },
		{ "a line end", "a\nb", false, false },
		{ "a terminal's escape", "\x1b[2J", false, false },
		{ "delete", "a\x7f", false, false },
		{ "a control of Latin-1", "a\xc2\x9b", false, false },
		{ "not UTF-8", "a\xff", false, false },
		{ "right to left override", "a\xe2\x80\xae", false, false },
		{ "left to right mark", "a\xe2\x80\x8e", false, false },
		{ "arabic letter mark", "\xd8\x9c", false, false },
		{ "an isolate", "a\xe2\x81\xa6", false, true },
		{ "zero width space", "a\xe2\x80\x8b", false, true },
		{ "soft hyphen", "\xc2\xad", false, true },
		{ "byte order mark", "\xef\xbb\xbf", false, true },
		{ "a tag", "\xf3\xa0\x81\x81", false, true },
		{ "the last of a line", "abc\xe2\x80\xa8", false, false },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++)
		if (tg_utf8_plain(facts[i].text) != facts[i].plain ||
			(tg_utf8_valid(facts[i].text, strlen(facts[i].text)) && tg_utf8_hides(facts[i].text) != facts[i].hides))
			fail_msg("%s", facts[i].what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_carries_code_and_words),
		cmocka_unit_test(no_error_struct_is_fine),
		cmocka_unit_test(words_that_do_not_fit_say_so),
		cmocka_unit_test(hostile_text_is_harmless_in_words),
		cmocka_unit_test(words_cut_inside_a_character_stay_valid_utf8),
		cmocka_unit_test(every_code_has_a_name_of_its_own),
		cmocka_unit_test(a_buffer_grows_to_its_ceiling_and_no_further),
		cmocka_unit_test(failure_of_a_buffer_is_sticky_until_cleared),
		cmocka_unit_test(a_size_that_no_machine_has_is_refused),
		cmocka_unit_test(a_secret_is_gone_before_its_memory_is),
		cmocka_unit_test(a_secret_is_gone_when_its_buffer_is_cleared),
		cmocka_unit_test(views_compare_by_content),
		cmocka_unit_test(numbers_have_a_stated_byte_order),
		cmocka_unit_test(hex_is_written_lower_and_read_both),
		cmocka_unit_test(bad_hex_is_refused),
		cmocka_unit_test(base64_matches_rfc_4648),
		cmocka_unit_test(base64_that_is_not_the_one_encoding_is_refused),
		cmocka_unit_test(base64_respects_the_ceiling),
		cmocka_unit_test(utf8_is_checked_to_the_letter),
		cmocka_unit_test(text_that_is_not_what_it_shows_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
