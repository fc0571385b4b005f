/* SPDX-License-Identifier: Apache-2.0
 *
 * test_link.c - tables of web addresses: GS1 Digital Links, what looks like one, and neither.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/gate/digital_link.h"
#include "plugin/gate/label.h"

#include <stdlib.h>

#define G UINT64_C(9521234543213)
#define OF "https://example.com/01/09521234543213"
#define NONE TG__WHY_NONE
#define WEB TG__WHY_WEB
#define FORM TG__WHY_LINK_FORM
#define WORDS TG__WHY_LINK_WORDS
#define SCHEME TG__WHY_LINK_SCHEME
#define SHORT TG__WHY_LINK_COMPRESSED
#define BATCH TG__WHY_BATCH
#define TWICE TG__WHY_REPEATED
#define REGULAR false
#define IRREGULAR true

/* clang-format off */
static const struct {
	const char *what, *uri;
	enum tg__why why;
	uint64_t gtin;
	const char *batch, *serial;
	bool irregular, partly;
} links[] = {
	{ "number alone", OF, NONE, G, "", "", REGULAR, false },
	{ "http", "http://example.com/01/09521234543213", NONE, G, "", "", REGULAR, false },
	{ "capitals", "HTTPS://EXAMPLE.COM/01/09521234543213/10/AB", NONE, G, "AB", "", REGULAR, false },
	{ "batch and serial", OF "/10/AB/21/7", NONE, G, "AB", "7", REGULAR, false },
	{ "variant, batch, serial", OF "/22/V/10/AB/21/7", NONE, G, "AB", "7", REGULAR, false },
	{ "serial alone", OF "/21/7", NONE, G, "", "7", REGULAR, false },
	{ "third party's serial", OF "/235/XYZ", NONE, G, "", "", REGULAR, false },
	{ "a path in front", "https://shop.example/en-gb/products/01/09521234543213/10/AB", NONE, G, "AB", "", REGULAR, false },
	{ "a path of numbers in front", "https://shop.example/10/X/01/09521234543213", NONE, G, "", "", REGULAR, false },
	{ "a key in front of the key", "https://shop.example/00/1/01/09521234543213", NONE, G, "", "", REGULAR, false },
	{ "a number in front of another key, which is the one that counts", OF "/414/9521234543213", FORM, 0, "", "", REGULAR, false },
	{ "a port", "https://shop.example:8443/01/09521234543213", NONE, G, "", "", REGULAR, false },
	{ "an address of numbers", "https://192.0.2.1/01/09521234543213", NONE, G, "", "", REGULAR, false },
	{ "a fragment", OF "#/01/09521234543220", NONE, G, "", "", REGULAR, false },
	{ "a fragment with a question mark", OF "#?10=AB", NONE, G, "", "", REGULAR, false },
	{ "batch in the query", OF "?10=AB", NONE, G, "AB", "", REGULAR, false },
	{ "expiry and weight in the query", OF "/10/AB?17=270131&3103=000195", NONE, G, "AB", "", REGULAR, false },
	{ "names of the domain's own", OF "/10/AB?linkType=gs1:pip&utm_source=qr&17=270131&1=x&12345=y", NONE, G, "AB", "", REGULAR,
		false },
	{ "an empty query", OF "?", NONE, G, "", "", REGULAR, false },
	{ "ampersands alone", OF "?&&", NONE, G, "", "", REGULAR, false },
	{ "escapes in the path", OF "/10/A%2FB%20C", NONE, G, "A/B C", "", REGULAR, true },
	{ "an escaped slash is no end", OF "/10/A%2F21%2FB", NONE, G, "A/21/B", "", REGULAR, false },
	{ "an escaped number", "https://example.com/01/%3009521234543213", WEB, 0, "", "", REGULAR, false },
	{ "digits of the number escaped", "https://example.com/01/0%39521234543213", NONE, G, "", "", REGULAR, false },
	{ "escapes in the query", OF "?10=A%26B", NONE, G, "A&B", "", REGULAR, false },
	{ "a plus in the path is a plus", OF "/10/A+B", NONE, G, "A+B", "", REGULAR, false },
	{ "a plus in the query is a space", OF "?10=A+B", NONE, G, "A B", "", REGULAR, true },
	{ "an escape cut off", OF "/10/AB%4", NONE, G, "AB%4", "", IRREGULAR, false },
	{ "an escape that is none", OF "/10/A%ZZ", NONE, G, "A%ZZ", "", IRREGULAR, false },
	{ "a quotation mark that should have been escaped", OF "/10/A\"", NONE, G, "A\"", "", IRREGULAR, false },
	{ "the same batch twice", OF "/10/AB?10=AB", NONE, G, "AB", "", REGULAR, false },
	{ "a piece of a set", "https://example.com/8006/095212345432130102/10/AB", NONE, G, "AB", "", REGULAR, false },
	{ "made up to twenty", OF "/10/ABCDEFGHIJKLMNOPQRST", NONE, G, "ABCDEFGHIJKLMNOPQRST", "", REGULAR, false },

	/* read, and marked */
	{ "thirteen digits", "https://example.com/01/9521234543213", NONE, G, "", "", IRREGULAR, false },
	{ "twelve digits", "https://example.com/01/049000042566/10/AB", NONE, 49000042566, "AB", "", IRREGULAR, false },
	{ "eight digits", "https://example.com/01/50487066", NONE, 50487066, "", "", IRREGULAR, false },
	{ "eight digits, escaped", "https://example.com/01/%35%30%34%38%37%30%36%36", NONE, 50487066, "", "", IRREGULAR, false },
	{ "another order", OF "/21/7/10/AB", NONE, G, "AB", "7", IRREGULAR, false },
	{ "a qualifier twice, the same", OF "/10/AB/10/AB", NONE, G, "AB", "", IRREGULAR, false },
	{ "two sequences mixed", OF "/10/AB/235/X", NONE, G, "AB", "", IRREGULAR, false },
	{ "a qualifier of another key", OF "/254/X", NONE, G, "", "", IRREGULAR, false },
	{ "serial in the query", OF "?21=7", NONE, G, "", "7", IRREGULAR, false },
	{ "a slash at the end", OF "/10/AB/", NONE, G, "AB", "", IRREGULAR, false },
	{ "a number in the query of a place", "https://example.com/414/9521234543213?01=09521234543213", NONE, G, "", "", REGULAR,
		false },

	/* read in part */
	{ "an unassigned identifier in the query", OF "/10/AB?89=x", NONE, G, "AB", "", REGULAR, true },
	{ "an identifier without value", OF "/10/AB?17", NONE, G, "AB", "", REGULAR, true },
	{ "a bad currency", OF "?3932=0011", NONE, G, "", "", REGULAR, true },

	/* elements that are wrong */
	{ "two batches", OF "/10/AB?10=AC", TWICE, G, "AB", "", REGULAR, false },
	{ "two numbers", OF "?01=19521234543210", TWICE, G, "", "", REGULAR, false },
	{ "NUL in the batch", OF "/10/A%00B", BATCH, G, "", "", REGULAR, true },
	{ "NUL behind the batch", OF "/10/AB%00", BATCH, G, "", "", REGULAR, true },
	{ "a separator in the batch", OF "/10/AB%1D21C", BATCH, G, "", "", REGULAR, true },
	{ "a batch beyond ASCII", OF "/10/%C3%A9", BATCH, G, "", "", REGULAR, true },
	{ "a batch of twenty-one", OF "/10/ABCDEFGHIJKLMNOPQRSTU", BATCH, G, "", "", REGULAR, true },
	{ "an empty batch", OF "/10//21/7", BATCH, G, "", "", REGULAR, true },
	{ "an empty batch in the query", OF "?10=", BATCH, G, "", "", REGULAR, true },
	{ "no such month", OF "?17=271301", TG__WHY_DATE, G, "", "", REGULAR, true },
	{ "a piece with a wrong check digit", "https://example.com/8006/095212345432140102", TG__WHY_CHECK_DIGIT, 0, "", "", REGULAR,
		true },

	/* refused by name */
	{ "http in mixed case", "Https://example.com/01/09521234543213", SCHEME, G, "", "", REGULAR, false },
	{ "something behind it", OF "/more", FORM, 0, "", "", REGULAR, false },
	{ "a pair behind it", OF "/colour/red", FORM, 0, "", "", REGULAR, false },
	{ "an attribute in the path", OF "/17/270131", FORM, 0, "", "", REGULAR, false },
	{ "an unassigned identifier in the path", OF "/89/X", FORM, 0, "", "", REGULAR, false },
	{ "four qualifiers", OF "/22/V/10/AB/21/7/235/X", FORM, 0, "", "", REGULAR, false },
	{ "two slashes at the end", OF "//", FORM, 0, "", "", REGULAR, false },
	{ "words", "https://example.com/gtin/09521234543213/lot/AB", WORDS, 0, "", "", REGULAR, false },
	{ "words, thirteen digits", "https://example.com/gtin/9521234543213", WORDS, 0, "", "", REGULAR, false },
	{ "words of a piece", "https://example.com/itip/095212345432130102", WORDS, 0, "", "", REGULAR, false },
	{ "compressed", "https://id.example/ARFRq5sE2g", SHORT, 0, "", "", REGULAR, false },
	{ "compressed, with batch", "https://id.example/CxFRq5sE2odXg", SHORT, 0, "", "", REGULAR, false },
	{ "compressed, with serial", "https://id.example/DBFRq5sE2kdXg", SHORT, 0, "", "", REGULAR, false },
	{ "compressed, much", "https://id.example/a/b/GhFRq5sE2sa7DKD5mAiRIRU?x=1", SHORT, 0, "", "", REGULAR, false },
	{ "compressed behind the number", OF "/ARFRq5sE2g", SHORT, 0, "", "", REGULAR, false },
	{ "compressed without the number", OF "/IQgYHA", FORM, 0, "", "", REGULAR, false },

	/* no Digital Link at all */
	{ "an offer", "https://example.com/offers", WEB, 0, "", "", REGULAR, false },
	{ "no path", "https://example.com", WEB, 0, "", "", REGULAR, false },
	{ "a query without a path", "https://example.com?01=09521234543213", WEB, 0, "", "", REGULAR, false },
	{ "a number in the query alone", "https://example.com/?01=09521234543213", WEB, 0, "", "", REGULAR, false },
	{ "no domain", "https:///01/09521234543213", WEB, 0, "", "", REGULAR, false },
	{ "nothing behind the scheme", "https://", WEB, 0, "", "", REGULAR, false },
	{ "a day of January", "https://example.com/2026/01/23", WEB, 0, "", "", REGULAR, false },
	{ "a wrong check digit", "https://example.com/01/09521234543214", WEB, 0, "", "", REGULAR, false },
	{ "a wrong check digit, with batch", "https://example.com/01/09521234543214/10/AB", WEB, 0, "", "", REGULAR, false },
	{ "ten digits", "https://example.com/01/0952123454", WEB, 0, "", "", REGULAR, false },
	{ "all zeros", "https://example.com/01/00000000000000", WEB, 0, "", "", REGULAR, false },
	{ "NUL behind the number", "https://example.com/01/09521234543213%00", WEB, 0, "", "", REGULAR, false },
	{ "a batch of nothing", "https://example.com/10/AB", WEB, 0, "", "", REGULAR, false },
	{ "a number for a word", "https://example.com/gtin/09521234543214", WEB, 0, "", "", REGULAR, false },
	{ "a random word", "https://example.com/dQw4w9WgXcQ", WEB, 0, "", "", REGULAR, false },
	{ "a compressed pallet", "https://id.example/AN2yxDhfaigA", WEB, 0, "", "", REGULAR, false },
};
/* clang-format on */

/* Of exactly its size, so that a sanitizer sees a byte read too many. */
static void read_exact(struct tg__link *out, const char *uri)
{
	size_t len = strlen(uri);
	char *copy = malloc(len > 0 ? len : 1);

	memcpy(copy, uri, len);
	tg__link_read(out, tg_view_of(copy, len), tg_day_of_civil(2026, 11, 23));
	free(copy);
}

static bool text_is(const struct tg__text *text, const char *wanted)
{
	return tg_view_equal(tg_view_of(text->bytes, text->len), tg_view_str(wanted));
}

static void a_web_address_is_a_digital_link_something_like_one_or_neither(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < TG_COUNT(links); i++) {
		struct tg__link link;

		read_exact(&link, links[i].uri);
		if (link.why != links[i].why || link.found.gtin != links[i].gtin ||
			!text_is(&link.found.batch, links[i].batch) ||
			!text_is(&link.found.serial, links[i].serial) ||
			link.irregular != links[i].irregular || link.found.whole == links[i].partly)
			wrong++, print_error("%s: \"%s\", number %llu, batch \"%.*s\", serial \"%.*s\", "
					     "irregular %d, whole %d\n",
					 links[i].what, tg__why_words[link.why],
					 (unsigned long long)link.found.gtin, link.found.batch.len,
					 link.found.batch.bytes, link.found.serial.len,
					 link.found.serial.bytes, link.irregular, link.found.whole);
		/* what could be a product, whatever is wrong with it, is never taken for something that may pass */
		assert_int_equal(link.yields,
			links[i].gtin != 0 || (links[i].why != WEB && links[i].why != TG__WHY_CHECK_DIGIT));
	}
	assert_int_equal(wrong, 0);
}

static void expiry_comes_from_the_query(void **state)
{
	struct tg__link link;

	(void)state;
	read_exact(&link, OF "?17=280200");
	assert_int_equal(link.found.expiry, tg_day_of_civil(2028, 2, 29));
	read_exact(&link, OF);
	assert_int_equal(link.found.expiry, TG_DAY_NONE);
}

/* Every path that is cut short, of each link above: nothing that was not there appears. */
static void a_link_cut_anywhere_gives_no_other_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(links); i++)
		for (size_t len = 0; len < strlen(links[i].uri); len++) {
			char cut[128];
			struct tg__link link;

			memcpy(cut, links[i].uri, len);
			cut[len] = '\0';
			read_exact(&link, cut);
			if (link.found.gtin != 0 && link.found.gtin != links[i].gtin && links[i].gtin != 0 &&
				strlen(cut) > 40)
				fail_msg("%s gives %llu", cut, (unsigned long long)link.found.gtin);
		}
}

static void the_longest_address_is_read_within_its_room(void **state)
{
	static char big[TG_LABEL_MAX + 1];
	struct tg__link link;
	size_t len;

	(void)state;
	memset(big, 'a', sizeof(big) - 1);
	memcpy(big, "http://x/01/50487066?91=", 24);
	read_exact(&link, big);
	assert_int_equal(link.found.gtin, 50487066);
	assert_false(link.found.whole);
	len = sizeof(big) - 1;
	memcpy(big, "http://", 7);
	memset(big + 7, '/', len - 7);
	big[7] = 'x';
	read_exact(&link, big);
	assert_int_equal(link.why, WEB);
}

static void a_scheme_is_told_in_any_case(void **state)
{
	static const struct {
		const char *text;
		bool web;
	} cases[] = { { "http://", true }, { "https://x", true }, { "HTTP://x", true }, { "hTtPs://x", true },
		{ "http:/", false }, { "httpx://", false }, { "ftp://x", false }, { "", false },
		{ " http://x", false }, { "httpss://x", false } };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++)
		assert_int_equal(tg__is_web(tg_view_str(cases[i].text)), cases[i].web);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_web_address_is_a_digital_link_something_like_one_or_neither),
		cmocka_unit_test(expiry_comes_from_the_query),
		cmocka_unit_test(a_link_cut_anywhere_gives_no_other_number),
		cmocka_unit_test(the_longest_address_is_read_within_its_room),
		cmocka_unit_test(a_scheme_is_told_in_any_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
