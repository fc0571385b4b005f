/* SPDX-License-Identifier: Apache-2.0
 *
 * test_json.c - members off a JSON object: what is taken, what is skipped, what is refused.
 */
#include "plugin/abi/wire.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct picked {
	char text[8], word[8], link[8], list[16], deep[8];
	int32_t flag;
	int64_t number;
};

static const struct tillgate__field fields[] = {
	{ "text", TILLGATE__TEXT, false, offsetof(struct picked, text), 8 },
	{ "word", TILLGATE__WORD, false, offsetof(struct picked, word), 8 },
	{ "link", TILLGATE__LINK, false, offsetof(struct picked, link), 8 },
	{ "list", TILLGATE__LIST, false, offsetof(struct picked, list), 16 },
	{ "a.b.deep", TILLGATE__WORD, false, offsetof(struct picked, deep), 8 },
	{ "flag", TILLGATE__FLAG, false, offsetof(struct picked, flag), 0 },
	{ "number", TILLGATE__NUMBER, false, offsetof(struct picked, number), 0 },
};

/* Read an exact-size copy, so that AddressSanitizer sees the first byte read past the end. */
static const char *pick(struct picked *out, const char *json, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	const char *why;

	assert_non_null(copy);
	memcpy(copy, json, len);
	memset(out, 0, sizeof(*out));
	why = tillgate__json_read(out, fields, COUNT(fields), copy, len);
	free(copy);
	return why;
}

static const struct {
	const char *json;
	struct picked want;
} good[] = {
	{ "{}", { .number = 0 } },
	{ " \t\r\n{ \"number\" : 12 , \"flag\" : true } \n", { .number = 12, .flag = 1 } },
	{ "{\"number\":-9007199254740991}", { .number = -9007199254740991 } },
	{ "{\"number\":0}", { .number = 0 } },
	{ "{\"flag\":false}", { .flag = 0 } },
	{ "{\"n\\u0075mber\":5}", { .number = 5 } },
	{ "{\"text\":\"\\u00e9\\ud83d\\ude00\"}", { .text = "\xc3\xa9\xf0\x9f\x98\x80" } },
	{ "{\"text\":\"\\\"\\\\\\/\"}", { .text = "\"\\/" } },
	{ "{\"text\":\"a\\nb\\u202e\"}", { .text = "a?b?" } },
	{ "{\"text\":\"1234567\"}", { .text = "1234567" } },
	{ "{\"text\":\"12345678\"}", { .text = "1234..." } },
	{ "{\"text\":\"123\xc3\xa9\xc3\xa9\xc3\xa9\"}", { .text = "123..." } },
	{ "{\"word\":\"1234567\"}", { .word = "1234567" } },
	{ "{\"link\":\"12345678\"}", { .link = "" } },
	{ "{\"link\":\"\\u00e9\"}", { .link = "" } },
	{ "{\"link\":\"http:a\"}", { .link = "http:a" } },
	{ "{\"list\":[]}", { .list = "" } },
	{ "{\"list\":[\"a\",\"b\"]}", { .list = "a; b" } },
	{ "{\"list\":[\"0123456789\",\"abcdefgh\"]}", { .list = "0123456789; ..." } },
	{ "{\"a\":{\"b\":{\"deep\":\"x\"},\"c\":1}}", { .deep = "x" } },
	{ "{\"a\":{\"deep\":\"x\"},\"b\":{\"deep\":\"y\"}}", { .deep = "" } },
	{ "{\"a.b.deep\":\"x\"}", { .deep = "" } },
	{ "{\"a\":[{\"b\":{\"deep\":\"x\"}}]}", { .deep = "" } },
	{ "{\"x\":{\"number\":1,\"flag\":true}}", { .number = 0 } },
	{ "{\"x\":[1,-2.5e+10,0.1,1E5,null,true,false,\"\\u0001\",{\"y\":[[]]}],\"number\":1}", { .number = 1 } },
	{ "{\"Number\":1,\"numbe\":2,\"number2\":3,\"\":4}", { .number = 0 } },
	{ "{\"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\":1,\"number\":2}", { .number = 2 } },
};

static void members_are_taken_and_others_skipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		struct picked p;
		const char *why = pick(&p, good[i].json, strlen(good[i].json));

		if (why != NULL)
			fail_msg("%s: %s", good[i].json, why);
		if (strcmp(p.text, good[i].want.text) != 0 || strcmp(p.word, good[i].want.word) != 0 || strcmp(p.link, good[i].want.link) != 0 ||
			strcmp(p.list, good[i].want.list) != 0 || strcmp(p.deep, good[i].want.deep) != 0)
			fail_msg("%s: texts \"%s\" \"%s\" \"%s\" \"%s\" \"%s\"", good[i].json, p.text, p.word, p.link, p.list, p.deep);
		if (p.flag != good[i].want.flag || p.number != good[i].want.number)
			fail_msg("%s: %d, %lld", good[i].json, p.flag, (long long)p.number);
	}
}

static const char *const bad[] = {
	"", " ", "[]", "1", "\"x\"", "null", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{1:2}", "{a:1}",
	"{\"a\":1}x", "{}{}", "{\"a\" 1}", "{\"a\":}", "{\"a\":tru}", "{\"a\":True}", "{\"a\":nul}", "{\"a\":+1}", "{\"a\":01}", "{\"a\":-}", "{\"a\":1.}",
	"{\"a\":.5}", "{\"a\":1e}", "{\"a\":1e+}", "{\"a\":0x1}", "{\"a\":NaN}", "{\"a\":[1,]}", "{\"a\":[1}", "{\"a\":[1 2]}", "{\"a\":{\"b\":1]}",
	"{\"a\":\"\t\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\ud800\\u0041\"}",
	"{\"a\":\"\\udc00\"}", "{\"a\":\"\\u0000\"}", "{\"\\u0000\":1}", "{\"a\":\"\xff\"}", "{\"a\":\"\xc0\x80\"}", "{\"a\":\"\xed\xa0\x80\"}",
	"{\"a\":\"\xf4\x90\x80\x80\"}", "{\"a\":\"\xc3\"}", "{\"a\":\"\\", "{\"a\":\"\\u", "/**/{}", "{}//", "\xef\xbb\xbf{}",
	/* members of ours */
	"{\"number\":1,\"number\":1}", "{\"number\":1,\"num\\u0062er\":1}", "{\"flag\":true,\"flag\":false}", "{\"number\":1.0}", "{\"number\":1e3}",
	"{\"number\":9223372036854775808}", "{\"number\":\"1\"}", "{\"number\":null}", "{\"number\":true}", "{\"flag\":1}", "{\"flag\":\"true\"}",
	"{\"flag\":null}", "{\"flag\":truely}", "{\"text\":1}", "{\"text\":null}", "{\"text\":[\"x\"]}", "{\"word\":\"12345678\"}", "{\"word\":\"\\u00e9\"}",
	"{\"word\":\"a\\tb\"}", "{\"list\":\"x\"}", "{\"list\":[1]}", "{\"list\":[\"x\",]}", "{\"list\":[\"x\"}", "{\"a\":{\"b\":{\"deep\":1}}}",
	"{\"a\":{\"b\":{\"deep\":\"x\"}},\"a\":{\"b\":{\"deep\":\"x\"}}}",
};

static void what_is_not_strict_json_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct picked p;

		if (pick(&p, bad[i], strlen(bad[i])) == NULL)
			fail_msg("taken: %s", bad[i]);
	}
}

static void a_nul_byte_is_refused_wherever_it_stands(void **state)
{
	static const char json[] = "{\"x\":\"yy\"} ";
	struct picked p;

	(void)state;
	for (size_t i = 0; i < sizeof(json) - 1; i++) {
		char copy[sizeof(json)];

		memcpy(copy, json, sizeof(json));
		copy[i] = '\0';
		if (pick(&p, copy, sizeof(json) - 1) == NULL)
			fail_msg("taken with a NUL at byte %zu", i);
	}
}

static void the_depth_has_its_stated_limit(void **state)
{
	char json[256];
	struct picked p;

	(void)state;
	for (int depth = 1; depth <= TILLGATE__DEPTH_MAX + 3; depth++) {
		size_t len = 0;
		bool taken;

		/* the object itself is the first level */
		len += strlen(strcpy(json, "{\"x\":"));
		for (int n = 1; n < depth; n++)
			json[len++] = '[';
		json[len++] = '1';
		for (int n = 1; n < depth; n++)
			json[len++] = ']';
		json[len++] = '}';
		taken = pick(&p, json, len) == NULL;
		if (taken != (depth <= TILLGATE__DEPTH_MAX))
			fail_msg("%d levels: %s", depth, taken ? "taken" : "refused");
	}
}

static void a_required_member_must_be_there(void **state)
{
	const struct tillgate__field required = { "number", TILLGATE__NUMBER, true, 0, 0 };
	int64_t number = 0;

	(void)state;
	assert_null(tillgate__json_read(&number, &required, 1, "{\"number\":3}", 12));
	assert_int_equal(number, 3);
	assert_non_null(tillgate__json_read(&number, &required, 1, "{\"x\":3}", 7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_taken_and_others_skipped),
		cmocka_unit_test(what_is_not_strict_json_is_refused),
		cmocka_unit_test(a_nul_byte_is_refused_wherever_it_stands),
		cmocka_unit_test(the_depth_has_its_stated_limit),
		cmocka_unit_test(a_required_member_must_be_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
