/* SPDX-License-Identifier: Apache-2.0
 *
 * test_json.c - what the strict reader takes and refuses, the typed members, and the canonical forms.
 *
 * Sources: RFC 8259 (grammar), RFC 8785 sections 3.2.2 and 3.2.3 (escapes and order).
 */
#include "store/base/json.h"
#include "store/base/utc.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* From an exact-size copy, so that AddressSanitizer sees the first byte read past the end. */
static int parse_copy(tg_json **out, const char *text, size_t len, tg_error *err)
{
	char *copy = malloc(len > 0 ? len : 1);
	int rc;

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, text, len);
	rc = tg_json_parse(out, tg_view_of(copy, len), err);
	free(copy);
	return rc;
}

static tg_json *parse(const char *text)
{
	tg_json *json = NULL;
	tg_error err = { 0 };

	if (parse_copy(&json, text, strlen(text), &err) != TG_OK)
		fail_msg("%s: %s", text, err.msg);
	return json;
}

typedef int (*write_fn)(tg_buf *out, const tg_json *json, tg_error *err);

static void assert_written(write_fn write, const tg_json *json, const char *wanted)
{
	tg_error err = { 0 };
	tg_buf out;

	tg_buf_init(&out, 1 << 16);
	if (write(&out, json, &err) != TG_OK)
		fail_msg("%s", err.msg);
	assert_string_equal(tg_buf_text(&out), wanted);
	tg_buf_fini(&out);
}

static void assert_not_written(const tg_json *json, int code)
{
	static const write_fn forms[] = { tg_json_write_jcs, tg_json_write_olpc, tg_json_write_pretty };

	for (size_t i = 0; i < TG_COUNT(forms); i++) {
		tg_buf out;

		tg_buf_init(&out, 1 << 16);
		tg_buf_puts(&out, "before");
		assert_int_equal(forms[i](&out, json, NULL), code);
		assert_string_equal(tg_buf_text(&out), "before");
		tg_buf_fini(&out);
	}
}

static void good_text_is_read_and_written_canonically(void **state)
{
	static const struct {
		const char *text, *jcs;
	} facts[] = {
		{ "null", "null" }, { " \t\r\n true \n", "true" }, { "false", "false" }, { "0", "0" },
		{ "-1", "-1" }, { "9007199254740991", "9007199254740991" },
		{ "-9007199254740991", "-9007199254740991" }, { "\"\"", "\"\"" }, { "[]", "[]" },
		{ "{}", "{}" }, { "[ 1 , [ 2 , { } ] , \"x\" ]", "[1,[2,{}],\"x\"]" },
		{ "{ \"b\" : 1 , \"a\" : [ true , null ] }", "{\"a\":[true,null],\"b\":1}" },
		{ "{\"a\":1,\"A\":2}", "{\"A\":2,\"a\":1}" }, { "{\"\":1}", "{\"\":1}" },
		{ "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"",
			"\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"" },
		{ "\"\\b\\t\\n\\f\\r\\u000b\\u001f\\u007f\"", "\"\\b\\t\\n\\f\\r\\u000b\\u001f\x7f\"" },
		{ "\"\\ud83d\\ude00 \xf0\x9f\x98\x80 \\uFFFF\"",
			"\"\xf0\x9f\x98\x80 \xf0\x9f\x98\x80 \xef\xbf\xbf\"" },
		{ "\"\\\\u0000\"", "\"\\\\u0000\"" }, /* a backslash and letters, not U+0000 */
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		tg_json *json = parse(facts[i].text);

		assert_written(tg_json_write_jcs, json, facts[i].jcs);
		tg_json_free(json);
	}
}

#define BAD(text, words)                                                                                     \
	{                                                                                                    \
		text, sizeof(text) - 1, words                                                                \
	}

static void bad_text_is_refused_with_its_place(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *words;
	} facts[] = {
		BAD("", "1:1: wanted a value, found the end of the text"),
		BAD("  \n ", "2:2: wanted a value, found the end"),
		BAD("{\"a\":1}x", "1:8: wanted the end of the text, found 'x'"),
		BAD("{} {}", "1:4: wanted the end of the text"),
		BAD("{}\0", "1:3: wanted the end of the text, found byte 0x00"),
		BAD("\xef\xbb\xbf{}", "1:1: wanted a value, found byte 0xef"),
		BAD("{\"a\":1,}", "1:8: wanted a name"),
		BAD("{\"a\" 1}", "1:6: wanted ':'"),
		BAD("{a:1}", "1:2: wanted a name"),
		BAD("{\"a\":1 \"b\":2}", "1:8: wanted ',' or '}'"),
		BAD("{\"a\":}", "1:6: wanted a value, found '}'"),
		BAD("[1,]", "1:4: wanted a value, found ']'"),
		BAD("[1 2]", "1:4: wanted ',' or ']'"),
		BAD("[1", "1:3: wanted ',' or ']', found the end"),
		BAD("[}", "1:2: wanted a value, found '}'"),
		BAD("\n\n  nul", "3:3: wanted a value, found 'n'"),
		BAD("truely", "1:5: wanted the end"),
		BAD("True", "1:1: wanted a value"),
		BAD("NaN", "1:1: wanted a value"),
		BAD("// c\n1", "1:1: wanted a value"),
		BAD("'a'", "1:1: wanted a value"),
		BAD("[1.0]", "1:2: wanted an integer within -(2^53-1) to 2^53-1, found 1.0"),
		BAD("1e3", "found 1e3"),
		BAD("1E+3", "found 1E+3"),
		BAD("01", "found 01"),
		BAD("-01", "found -01"),
		BAD("00", "found 00"),
		BAD("-0", "found -0"),
		BAD("-", "found -"),
		BAD("+1", "wanted a value, found '+'"),
		BAD(".5", "wanted a value, found '.'"),
		BAD("1.", "found 1."),
		BAD("--1", "found --1"),
		BAD("0x10", "wanted the end of the text, found 'x'"),
		BAD("9007199254740992", "found 9007199254740992"),
		BAD("-9007199254740992", "found -9007199254740992"),
		BAD("99999999999999999999999999999999999999999999999999999999",
			"found 9999999999999999999999999999999999999999..."),
		BAD("18446744073709551617", "found 18446744073709551617"),
		BAD("\"abc", "1:5: wanted '\"' at the end of the text value"),
		BAD("\"a\nb\"", "1:3: wanted control characters escaped, found byte 0x0a"),
		BAD("\"a\0b\"", "1:3: wanted control characters escaped, found byte 0x00"),
		BAD("\"\\u0000\"", "1:2: U+0000"),
		BAD("{\"a\\u0000b\":1}", "1:4: U+0000"),
		BAD("\"\\x41\"", "1:3: wanted an escape"),
		BAD("\"\\\0\"", "1:3: wanted an escape"),
		BAD("\"\\u12g4\"", "1:6: wanted four hexadecimal digits, found 'g'"),
		BAD("\"\\u12", "wanted four hexadecimal digits, found the end"),
		BAD("\"\\ud800\"", "1:2: a high surrogate without a low one"),
		BAD("\"\\ud800x\\udc00\"", "1:2: a high surrogate without a low one"),
		BAD("\"\\ud800\\ud800\"", "1:2: a high surrogate without a low one"),
		BAD("\"\\ud800\\n\\n\\n\"", "1:2: a high surrogate without a low one"),
		BAD("\"\\udc00\"", "1:2: a low surrogate without a high one"),
		BAD("\"\xff\"", "1:2: wanted valid UTF-8, found byte 0xff"),
		BAD("\"\xc0\xaf\"", "valid UTF-8"),
		BAD("\"\xe0\x80\xaf\"", "valid UTF-8"),
		BAD("\"\xed\xa0\x80\"", "valid UTF-8"),
		BAD("\"\xf4\x90\x80\x80\"", "valid UTF-8"),
		BAD("\"\xc3\"", "valid UTF-8"),
		BAD("\"\xc3", "valid UTF-8"),
		BAD("\"\xc3\xa9\xc3\xa9\x80\"", "1:4: wanted valid UTF-8, found byte 0x80"),
		BAD("{\"a\":1,\n \"b\":2,\n \"a\":3}", "3:2: name \"a\" stands twice"),
		BAD("{\"a\":1,\"\\u0061\":3}", "1:8: name \"a\" stands twice"),
		BAD("[0,{\"x\":{\"k\":[{\"p\":0}],\"j\":1,\"k\":2}},{\"k\":1}]",
			"1:30: name \"k\" stands twice"),
		BAD("{\"b\":1,\"a\":{\"z\":1,\"z\":2},\"b\":2}", "1:26: name \"b\" stands twice"),
		BAD("{\"c\":1,\"b\":1,\"c\":1,\"b\":1,\"c\":2}", "name \""),
		BAD("{\"\":1,\"\":2}", "1:7: name \"\" stands twice"),
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		tg_json *json = NULL;
		tg_error err = { 0 };

		if (parse_copy(&json, facts[i].text, facts[i].len, &err) != TG_EFORMAT)
			fail_msg("%s was accepted", facts[i].text);
		assert_null(json);
		if (strstr(err.msg, facts[i].words) == NULL)
			fail_msg("%s: \"%s\" does not say \"%s\"", facts[i].text, err.msg, facts[i].words);
	}
}

static void nesting_has_a_limit(void **state)
{
	char text[2 * (TG_JSON_MAX_DEPTH + 1) + 1];
	tg_json *json = NULL;
	tg_error err = { 0 };
	size_t n = TG_JSON_MAX_DEPTH;

	(void)state;
	memset(text, '[', n);
	memset(text + n, ']', n);
	assert_int_equal(parse_copy(&json, text, 2 * n, &err), TG_OK);
	tg_json_free(json);
	n++;
	memset(text, '[', n);
	memset(text + n, ']', n);
	assert_int_equal(parse_copy(&json, text, 2 * n, &err), TG_EFORMAT);
	assert_string_equal(err.msg, "1:33: wanted at most 32 levels, found more");
}

static void a_million_brackets_are_refused_at_once(void **state)
{
	size_t len = 1000000;
	char *text = malloc(len);
	tg_json *json = NULL;

	(void)state;
	assert_non_null(text);
	memset(text, '[', len);
	assert_int_equal(parse_copy(&json, text, len, NULL), TG_EFORMAT);
	free(text);
}

static void a_repeated_name_is_found_among_tens_of_thousands(void **state)
{
	tg_error err = { 0 };
	tg_json *json = NULL;
	tg_buf text;

	(void)state;
	tg_buf_init(&text, 1 << 24);
	tg_buf_putc(&text, '{');
	for (unsigned i = 0; i < 40000;
		i++) /* an odd factor modulo 2^16 visits each number once, out of order */
		tg_buf_printf(&text, "\"bins-%04x.json\":{\"version\":1},\n", i * 40503u & 0xffff);
	tg_buf_puts(&text, "\"last\":1}");
	assert_int_equal(tg_json_parse(&json, tg_buf_view(&text), &err), TG_OK);
	assert_int_equal(tg_json_size(json), 40001);
	tg_json_free(json);
	text.len -= strlen("\"last\":1}");
	tg_buf_puts(&text, "\"bins-0000.json\":1}");
	assert_int_equal(tg_json_parse(&json, tg_buf_view(&text), &err), TG_EFORMAT);
	assert_string_equal(err.msg, "40001:1: name \"bins-0000.json\" stands twice");
	tg_buf_fini(&text);
}

static void names_are_compared_exactly(void **state)
{
	tg_json *json = parse("{\"Version\":2,\"versio\":3,\"list\":[7,\"x\"]}");

	(void)state;
	assert_null(tg_json_get(json, "version"));
	assert_int_equal(tg_json_int(tg_json_get(json, "Version")), 2);
	assert_null(tg_json_get(tg_json_get(json, "list"), "x"));
	assert_null(tg_json_get(NULL, "x"));
	assert_string_equal(tg_json_name(tg_json_first(json)), "Version");
	assert_string_equal(tg_json_name(tg_json_next(tg_json_first(json))), "versio");
	assert_null(tg_json_next(NULL));
	assert_int_equal(tg_json_size(tg_json_get(json, "list")), 2);
	assert_null(tg_json_str(tg_json_get(json, "Version")));
	assert_int_equal(tg_json_int(tg_json_get(json, "list")), 0);
	tg_json_free(json);
}

static void an_index_finds_what_the_list_holds(void **state)
{
	tg_json *json = parse("{\"m\":1,\"a\":2,\"zz\":3,\"z\":4,\"\":5}"), *empty = parse("{}");
	tg_json_index index;

	(void)state;
	assert_int_equal(tg_json_index_init(&index, json, NULL), TG_OK);
	for (const tg_json *c = tg_json_first(json); c != NULL; c = tg_json_next(c))
		assert_ptr_equal(tg_json_index_get(&index, tg_json_name(c)), c);
	assert_null(tg_json_index_get(&index, "b"));
	assert_null(tg_json_index_get(&index, "zzz"));
	tg_json_index_fini(&index);
	assert_int_equal(tg_json_index_init(&index, empty, NULL), TG_OK);
	assert_null(tg_json_index_get(&index, ""));
	tg_json_index_fini(&index);
	tg_json_free(empty);
	tg_json_free(json);
}

static const char MEMBERS[] =
	"{\"text\":\"abc\",\"empty\":\"\",\"n\":-5,\"big\":9007199254740991,\"yes\":true,\"nil\":null,"
	"\"list\":[1],\"object\":{\"a\":1},\"day\":\"2026-11-23\",\"word\":\"hold\"}";

static void members_of_the_right_type_are_given(void **state)
{
	static const char *const words[] = { "block", "hold", NULL };
	tg_json *json = parse(MEMBERS);
	const tg_json *sub = NULL;
	const char *text = NULL;
	int64_t number = 0;
	int32_t day = 0;
	int word = -1;
	bool flag = false;

	(void)state;
	assert_int_equal(tg_json_need_str(&text, json, "text", 3, NULL), TG_OK);
	assert_string_equal(text, "abc");
	assert_int_equal(tg_json_opt_str(&text, json, "empty", 3, NULL, NULL), TG_OK);
	assert_string_equal(text, "");
	assert_int_equal(tg_json_opt_str(&text, json, "absent", 3, "def", NULL), TG_OK);
	assert_string_equal(text, "def");
	assert_int_equal(tg_json_need_int(&number, json, "n", -5, -5, NULL), TG_OK);
	assert_int_equal(number, -5);
	assert_int_equal(tg_json_need_int(&number, json, "big", 0, TG_JSON_MAX_INT, NULL), TG_OK);
	assert_true(number == TG_JSON_MAX_INT);
	assert_int_equal(tg_json_opt_int(&number, json, "absent", 0, 1, 7, NULL), TG_OK);
	assert_int_equal(number, 7);
	assert_int_equal(tg_json_opt_bool(&flag, json, "yes", false, NULL), TG_OK);
	assert_true(flag);
	assert_int_equal(tg_json_opt_bool(&flag, json, "absent", false, NULL), TG_OK);
	assert_false(flag);
	assert_int_equal(tg_json_need_object(&sub, json, "object", NULL), TG_OK);
	assert_int_equal(tg_json_size(sub), 1);
	assert_int_equal(tg_json_opt_object(&sub, json, "absent", NULL), TG_OK);
	assert_null(sub);
	assert_int_equal(tg_json_need_array(&sub, json, "list", NULL), TG_OK);
	assert_int_equal(tg_json_int(tg_json_first(sub)), 1);
	assert_int_equal(tg_json_opt_array(&sub, NULL, "list", NULL), TG_OK);
	assert_null(sub);
	assert_int_equal(tg_json_need_word(&word, json, "word", words, NULL), TG_OK);
	assert_int_equal(word, 1);
	assert_int_equal(tg_json_opt_word(&word, json, "absent", words, 9, NULL), TG_OK);
	assert_int_equal(word, 9);
	assert_int_equal(tg_json_need_day(&day, json, "day", NULL), TG_OK);
	assert_int_equal(day, 20780);
	assert_int_equal(tg_json_opt_day(&day, json, "absent", NULL), TG_OK);
	assert_int_equal(day, TG_DAY_NONE);
	tg_json_free(json);
}

static const char *const few_words[] = { "block", "allow", NULL };

/* One call of each kind, so that the table below can name it. */
static int ask(const char *kind, const tg_json *json, const char *name, tg_error *err)
{
	const char *text;
	const tg_json *sub;
	int64_t number;
	int32_t day;
	int word;
	bool flag;

	if (strcmp(kind, "need_str") == 0)
		return tg_json_need_str(&text, json, name, 14, err);
	if (strcmp(kind, "opt_str") == 0)
		return tg_json_opt_str(&text, json, name, 2, NULL, err);
	if (strcmp(kind, "need_int") == 0)
		return tg_json_need_int(&number, json, name, 1, 9, err);
	if (strcmp(kind, "opt_int") == 0)
		return tg_json_opt_int(&number, json, name, 1, 9, 0, err);
	if (strcmp(kind, "opt_bool") == 0)
		return tg_json_opt_bool(&flag, json, name, false, err);
	if (strcmp(kind, "need_object") == 0)
		return tg_json_need_object(&sub, json, name, err);
	if (strcmp(kind, "opt_array") == 0)
		return tg_json_opt_array(&sub, json, name, err);
	if (strcmp(kind, "need_word") == 0)
		return tg_json_need_word(&word, json, name, few_words, err);
	if (strcmp(kind, "opt_word") == 0)
		return tg_json_opt_word(&word, json, name, few_words, 0, err);
	assert_string_equal(kind, "opt_day");
	return tg_json_opt_day(&day, json, name, err);
}

static void members_that_do_not_fit_are_named(void **state)
{
	static const struct {
		const char *kind, *name, *words;
	} facts[] = {
		{ "need_str", "n", "n: wanted text of 1 to 14 bytes, found a number" },
		{ "need_str", "empty", "empty: wanted text of 1 to 14 bytes, found 0" },
		{ "need_str", "gone", "gone: wanted text of 1 to 14 bytes, found nothing" },
		{ "opt_str", "text", "text: wanted text of 0 to 2 bytes, found 3" },
		{ "opt_str", "nil", "nil: wanted text of 0 to 2 bytes, found null" },
		{ "need_int", "n", "n: wanted an integer from 1 to 9, found -5" },
		{ "need_int", "big", "big: wanted an integer from 1 to 9, found 9007199254740991" },
		{ "need_int", "gone", "gone: wanted an integer from 1 to 9, found nothing" },
		{ "opt_int", "text", "text: wanted an integer from 1 to 9, found text" },
		{ "opt_bool", "n", "n: wanted true or false, found a number" },
		{ "need_object", "list", "list: wanted an object, found a list" },
		{ "need_object", "gone", "gone: wanted an object, found nothing" },
		{ "opt_array", "object", "object: wanted a list, found an object" },
		{ "need_word", "word", "word: wanted one of block, allow, found \"hold\"" },
		{ "need_word", "gone", "gone: wanted one of block, allow, found nothing" },
		{ "opt_word", "yes", "yes: wanted one of block, allow, found true or false" },
		{ "opt_day", "text", "text: wanted a date \"YYYY-MM-DD\" from 1970 to 9999, found \"abc\"" },
		{ "opt_day", "n", "n: wanted a date \"YYYY-MM-DD\", found a number" },
	};
	tg_json *json = parse(MEMBERS), *list = parse("[1]");
	tg_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		assert_int_equal(ask(facts[i].kind, json, facts[i].name, &err), TG_EFORMAT);
		assert_string_equal(err.msg, facts[i].words);
	}
	/* a list where an object was expected is not "all members absent" */
	assert_int_equal(ask("opt_str", list, "text", &err), TG_EFORMAT);
	assert_string_equal(err.msg, "text: wanted in an object, found a list");
	tg_json_free(list);
	tg_json_free(json);
}

static void unknown_members_are_refused_by_a_closed_set(void **state)
{
	static const char *const all[] = { "a", "b", "c", NULL }, *const some[] = { "a", "c", NULL };
	tg_json *json = parse("{\"a\":1,\"b\":2}");
	tg_error err = { 0 };

	(void)state;
	assert_int_equal(tg_json_only(json, all, &err), TG_OK);
	assert_int_equal(tg_json_only(json, some, &err), TG_EFORMAT);
	assert_string_equal(err.msg, "b: not known here; wanted only a, c");
	assert_int_equal(tg_json_only(tg_json_first(json), all, &err), TG_EFORMAT);
	tg_json_free(json);
}

/* The example of RFC 8785 section 3.2.3; U+FB33 and U+1F600 tell UTF-16 order from the order of the bytes. */
static const char RFC8785[] = "{\"\\u20ac\":\"Euro\",\"\\r\":\"CR\",\"\\ufb33\":\"Dalet\",\"1\":\"One\","
			      "\"\\ud83d\\ude00\":\"Smiley\",\"\\u0080\":\"Control\",\"\\u00f6\":\"O\"}";

static void jcs_sorts_names_by_utf16(void **state)
{
	tg_json *json = parse(RFC8785);

	(void)state;
	assert_written(tg_json_write_jcs, json,
		"{\"\\r\":\"CR\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"\xc3\xb6\":\"O\",\"\xe2\x82\xac\":"
		"\"Euro\","
		"\"\xf0\x9f\x98\x80\":\"Smiley\",\"\xef\xac\xb3\":\"Dalet\"}");
	tg_json_free(json);
	json = parse("{\"aa\":1,\"a\":2,\"\":3,\"a\\ue000\":4,\"a\\ud800\\udc00\":5,\"a\\ud7ff\":6,"
		     "\"a\\uffff\":7}");
	assert_written(tg_json_write_jcs, json,
		"{\"\":3,\"a\":2,\"aa\":1,\"a\xed\x9f\xbf\":6,\"a\xf0\x90\x80\x80\":5,\"a\xee\x80\x80\":4,"
		"\"a\xef\xbf\xbf\":7}");
	tg_json_free(json);
}

static void olpc_sorts_names_by_bytes_and_keeps_newlines_raw(void **state)
{
	tg_json *json = parse(RFC8785);

	(void)state;
	assert_written(tg_json_write_olpc, json,
		"{\"\r\":\"CR\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"\xc3\xb6\":\"O\",\"\xe2\x82\xac\":"
		"\"Euro\","
		"\"\xef\xac\xb3\":\"Dalet\",\"\xf0\x9f\x98\x80\":\"Smiley\"}");
	tg_json_free(json);
	json = parse("{\"keyval\":{\"public\":\"-----BEGIN PUBLIC "
		     "KEY-----\\nMFkw\\/\\\"\\\\\\t\\u0001\\n\"},\"keytype\":\"ecdsa\"}");
	assert_written(tg_json_write_olpc, json,
		"{\"keytype\":\"ecdsa\",\"keyval\":{\"public\":\"-----BEGIN PUBLIC "
		"KEY-----\nMFkw/\\\"\\\\\t\x01\n\"}}");
	tg_json_free(json);
}

static void large_objects_are_sorted_too(void **state)
{
	tg_json *json = tg_json_new_object();
	tg_buf out;
	const char *at;

	(void)state;
	for (unsigned i = 0; i < 300; i++) { /* more than fit on the writer's stack */
		char name[16];

		(void)snprintf(name, sizeof(name), "k%03u", i * 7 % 300);
		tg_json_set_int(json, name, i);
	}
	tg_buf_init(&out, 1 << 16);
	assert_int_equal(tg_json_write_jcs(&out, json, NULL), TG_OK);
	at = tg_buf_text(&out);
	for (unsigned i = 0; i < 300; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "\"k%03u\":", i);
		at = strstr(at, name);
		assert_non_null(at);
	}
	tg_buf_fini(&out);
	tg_json_free(json);
}

static void pretty_keeps_the_order_given(void **state)
{
	tg_json *json = parse("{\"b\":[1,{\"x\":\"\\n\"}],\"a\":{},\"c\":[]}");

	(void)state;
	assert_written(tg_json_write_pretty, json,
		"{\n  \"b\": [\n    1,\n    {\n      \"x\": \"\\n\"\n    }\n  ],\n  \"a\": {},\n  \"c\": "
		"[]\n}\n");
	tg_json_free(json);
}

static void trees_are_built_changed_and_copied(void **state)
{
	tg_json *json = tg_json_new_object(), *list = tg_json_new_array(), *copy;

	(void)state;
	tg_json_set_str(json, "name", "first");
	tg_json_set_int(json, "n", TG_JSON_MAX_INT);
	tg_json_set_bool(json, "on", true);
	tg_json_set_null(json, "nil");
	tg_json_add_str(list, "x");
	tg_json_add_int(list, -1);
	tg_json_add(list, tg_json_new_object());
	tg_json_set(json, "list", list);
	tg_json_set_str(
		json, "name", tg_json_str(tg_json_get(json, "name"))); /* from the very node it replaces */
	tg_json_set(json, "on", tg_json_copy(tg_json_get(json, "n"))); /* a copy that brings its own name */
	tg_json_set_int(json, "on", 3);
	copy = tg_json_copy(json);
	tg_json_remove(json, "nil");
	tg_json_remove(json, "absent");
	assert_written(tg_json_write_pretty, json,
		"{\n  \"name\": \"first\",\n  \"n\": 9007199254740991,\n  \"on\": 3,\n  \"list\": [\n    "
		"\"x\",\n    -1,\n    {}\n  ]\n}\n");
	assert_written(tg_json_write_jcs, copy,
		"{\"list\":[\"x\",-1,{}],\"n\":9007199254740991,\"name\":\"first\",\"nil\":null,\"on\":3}");
	tg_json_free(copy);
	tg_json_free(json);
}

/* Sorted trees take a short cut when a name is set; it must never let a name in twice. */
static void a_name_never_stands_twice_in_a_built_tree(void **state)
{
	static const char *const orders[] = { "abcabc", "cbaabc", "acbbca", "bacabc", "aabbcc", "ccbbaa" };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(orders); i++) {
		tg_json *json = i % 2 == 0 ? tg_json_new_object() : parse("{\"a\":0,\"b\":0}");

		for (const char *p = orders[i]; *p != '\0'; p++) {
			char name[2] = { *p, '\0' };

			tg_json_set_int(json, name, p - orders[i]);
			if (i == 2 && *p == 'c')
				tg_json_remove(json, "c");
		}
		tg_json_set_int(json, "c", 9);
		assert_int_equal(tg_json_size(json), 3);
		tg_json_free(json);
	}
}

static void a_tree_that_lost_a_part_is_never_written(void **state)
{
	tg_json *json = tg_json_new_object(), *copy, *inner = tg_json_new_object(),
		*array = tg_json_new_array();

	(void)state;
	tg_json_set(inner, "gone", NULL);
	tg_json_set(json, "inner", inner);
	tg_json_set_int(json, "later", 1);
	assert_not_written(json, TG_ENOMEM);
	copy = tg_json_copy(json);
	assert_not_written(copy, TG_ENOMEM);
	tg_json_add(array, NULL);
	assert_not_written(array, TG_ENOMEM);
	assert_not_written(NULL, TG_ENOMEM);
	tg_json_set_int(NULL, "nowhere", 1);
	tg_json_set(NULL, "freed", tg_json_new_object());
	tg_json_set_int(array, "no object", 1);
	tg_json_free(array);
	tg_json_free(copy);
	tg_json_free(json);
}

static void what_the_reader_would_refuse_is_never_written(void **state)
{
	tg_json *json = tg_json_new_object(), *deep = tg_json_new_array();

	(void)state;
	tg_json_set_int(json, "n", TG_JSON_MAX_INT + 1);
	assert_not_written(json, TG_EINVAL);
	tg_json_set_int(json, "n", INT64_MAX);
	assert_not_written(json, TG_EINVAL);
	tg_json_set_int(json, "n", INT64_MIN);
	assert_not_written(json, TG_EINVAL);
	tg_json_remove(json, "n");
	tg_json_set_str(json, "s", "\xff");
	assert_not_written(json, TG_EINVAL);
	tg_json_remove(json, "s");
	tg_json_set_str(json, "\xed\xa0\x80", "s");
	assert_not_written(json, TG_EINVAL);
	tg_json_free(json);
	for (int i = 0; i < TG_JSON_MAX_DEPTH; i++) {
		tg_json *outer = tg_json_new_array();

		tg_json_add(outer, deep);
		deep = outer;
	}
	assert_not_written(deep, TG_EINVAL);
	tg_json_free(deep);
}

static void writing_respects_the_ceiling(void **state)
{
	tg_json *json = parse("{\"a\":\"0123456789\"}");
	tg_buf out;

	(void)state;
	tg_buf_init(&out, 17);
	assert_int_equal(tg_json_write_jcs(&out, json, NULL), TG_ELIMIT);
	tg_buf_fini(&out);
	tg_buf_init(&out, 18);
	assert_int_equal(tg_json_write_jcs(&out, json, NULL), TG_OK);
	tg_buf_fini(&out);
	tg_json_free(json);
}

/* The tree at the moment when its memory is given back. */
static char pin_seen[16], badge_seen[16];

void __real_cJSON_Delete(tg_json *json);
void __wrap_cJSON_Delete(tg_json *json);
void __wrap_cJSON_Delete(tg_json *json)
{
	const tg_json *by = tg_json_get(json, "by");
	const char *pin = tg_json_str(tg_json_get(by, "pin")), *badge = tg_json_str(tg_json_next(tg_json_first(tg_json_get(by, "also"))));

	if (pin != NULL && badge != NULL) {
		memcpy(pin_seen, pin, sizeof("839102"));
		memcpy(badge_seen, badge, sizeof("B-4711"));
	}
	__real_cJSON_Delete(json);
}

static void a_secret_tree_is_overwritten_before_it_is_freed(void **state)
{
	static const char text[] = "{\"by\":{\"also\":[7,\"B-4711\"],\"pin\":\"839102\"},\"n\":1}", nothing[sizeof("839102")];
	tg_json *json;

	(void)state;
	tg_json_free_secret(NULL);
	assert_int_equal(tg_json_parse(&json, tg_view_str(text), NULL), TG_OK);
	tg_json_free(json);
	assert_string_equal(pin_seen, "839102"); /* else this test would see nothing */
	assert_int_equal(tg_json_parse(&json, tg_view_str(text), NULL), TG_OK);
	tg_json_free_secret(json);
	assert_memory_equal(pin_seen, nothing, sizeof(nothing));
	assert_memory_equal(badge_seen, nothing, sizeof(nothing));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_text_is_read_and_written_canonically),
		cmocka_unit_test(bad_text_is_refused_with_its_place),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(a_million_brackets_are_refused_at_once),
		cmocka_unit_test(a_repeated_name_is_found_among_tens_of_thousands),
		cmocka_unit_test(names_are_compared_exactly),
		cmocka_unit_test(an_index_finds_what_the_list_holds),
		cmocka_unit_test(members_of_the_right_type_are_given),
		cmocka_unit_test(members_that_do_not_fit_are_named),
		cmocka_unit_test(unknown_members_are_refused_by_a_closed_set),
		cmocka_unit_test(jcs_sorts_names_by_utf16),
		cmocka_unit_test(olpc_sorts_names_by_bytes_and_keeps_newlines_raw),
		cmocka_unit_test(large_objects_are_sorted_too),
		cmocka_unit_test(pretty_keeps_the_order_given),
		cmocka_unit_test(trees_are_built_changed_and_copied),
		cmocka_unit_test(a_name_never_stands_twice_in_a_built_tree),
		cmocka_unit_test(a_tree_that_lost_a_part_is_never_written),
		cmocka_unit_test(what_the_reader_would_refuse_is_never_written),
		cmocka_unit_test(writing_respects_the_ceiling),
		cmocka_unit_test(a_secret_tree_is_overwritten_before_it_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
