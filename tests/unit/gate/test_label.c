/* SPDX-License-Identifier: Apache-2.0
 *
 * test_label.c - tables of labels and what they must be taken for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/gate/label.h"

#include <stdio.h>
#include <stdlib.h>

#define U TG_LABEL_UNREADABLE
#define A TG_LABEL_AMBIGUOUS
#define N TG_LABEL_NOT_PRODUCT
#define I TG_LABEL_IN_STORE
#define P TG_LABEL_PRODUCT
#define GS "\x1d"
#define CARRIER TG_STRENGTH_CARRIER
#define DIGITS TG_STRENGTH_DIGITS
#define ELEMENTS TG_STRENGTH_ELEMENTS
#define LINK TG_STRENGTH_LINK

/* Head office lets brackets count everywhere. */
static const tg_policy brackets = { .bracketed_text_counts = true };

static tg_identity identify(const char *aim, const char *data, const tg_policy *policy)
{
	tg_identity id;

	memset(&id, 0x5a, sizeof(id));
	tg_label_identify(&id, aim, tg_view_str(data), policy, tg_day_of_civil(2026, 11, 23));
	return id;
}

/* clang-format off */
static const struct {
	const char *what, *aim, *data;
	tg_label_kind kind;
	uint64_t gtin;
	uint8_t digits, other;
	tg_strength strength;
} labels[] = {
	/* EAN-13 and UPC-A, with the carrier named, unnamed, or named oddly */
	{ "EAN-13", "]E0", "9521234543213", P, 9521234543213, 13, 0, CARRIER },
	{ "EAN-13, no AIM identifier", "", "9521234543213", P, 9521234543213, 13, 0, DIGITS },
	{ "EAN-13, a maker's own identifier", "]XA", "9521234543213", P, 9521234543213, 13, 0, DIGITS },
	{ "EAN-13, wrong check digit", "]E0", "9521234543214", A, 0, 0, 0, 0 },
	{ "EAN-13, wrong check digit, typed", "", "9521234543214", A, 0, 0, 0, 0 },
	{ "EAN-13, digits swapped", "]E0", "9521235443213", A, 0, 0, 0, 0 },
	{ "EAN-13 from France", "]E0", "3560070169443", P, 3560070169443, 13, 0, CARRIER },
	{ "EAN-13 from the United Kingdom", "]E0", "5025121072311", P, 5025121072311, 13, 0, CARRIER },
	{ "EAN-13 from Japan", "]E0", "4901780188352", P, 4901780188352, 13, 0, CARRIER },
	{ "EAN-13 of a prefix nobody was given", "]E0", "1920081045006", P, 1920081045006, 13, 0, CARRIER },
	{ "UPC-A as twelve digits", "]E0", "049000042566", P, 49000042566, 12, 0, CARRIER },
	{ "UPC-A as thirteen digits", "]E0", "0049000042566", P, 49000042566, 13, 0, CARRIER },
	{ "UPC-A, number system 0", "]E0", "045496442736", P, 45496442736, 12, 0, CARRIER },
	{ "UPC-A, number system 3", "]E0", "312547701310", P, 312547701310, 12, 0, CARRIER },
	{ "UPC-A, number system 4 is in-store", "]E0", "456314319671", I, 456314319671, 12, 0, CARRIER },
	{ "UPC-A without identifier", "", "606949762520", P, 606949762520, 12, 0, DIGITS },
	{ "the modifier of ]E is a hint: EAN-13 as ]E4", "]E4", "9521234543213", P, 9521234543213, 13, 0, CARRIER },
	{ "the modifier of ]E is a hint: EAN-13 as ]E3", "]E3", "9521234543213", P, 9521234543213, 13, 0, CARRIER },
	{ "EAN-13 in Code 128", "]C0", "9521234543213", P, 9521234543213, 13, 0, DIGITS },
	{ "EAN-13 in Code 39", "]A0", "9521234543213", P, 9521234543213, 13, 0, DIGITS },
	{ "UPC-A in Code 39 with its own check", "]A1", "049000042566", P, 49000042566, 12, 0, DIGITS },
	{ "GTIN-14 in Code 128", "]C0", "19521234543210", P, 19521234543210, 14, 0, DIGITS },
	{ "a card of thirteen digits that passes the check by chance", "]C0", "6335009521114", P, 6335009521114, 13, 0, DIGITS },
	{ "the same card with a letter in front", "]C0", "K6335009521114", U, 0, 0, 0, 0 },
	{ "the same card with a digit more", "]C0", "63350095211147", U, 0, 0, 0, 0 },
	{ "the same card, two digits more", "]C0", "633500952111473", U, 0, 0, 0, 0 },
	{ "EAN-13 in QR Code", "]Q1", "9521234543213", P, 9521234543213, 13, 0, DIGITS },
	{ "thirteen digits with no check digit in Code 128", "]C0", "9521234543214", U, 0, 0, 0, 0 },
	{ "letters in an EAN carrier", "]E0", "95212345432AB", U, 0, 0, 0, 0 },
	{ "an odd length in an EAN carrier", "]E0", "952123454", U, 0, 0, 0, 0 },
	{ "UPC-A and two digits of add-on that pass as fourteen digits, too", "]E0", "31254770131000", P, 312547701310, 12, 0, CARRIER },
	{ "an add-on that is no digits", "]E3", "9521234543213XY", U, 0, 0, 0, 0 },
	{ "an add-on of another carrier's byte", "]E3", "95212345432131234Z", U, 0, 0, 0, 0 },
	{ "padded to fourteen", "]E0", "09521234543213", P, 9521234543213, 14, 0, DIGITS },

	/* EAN-8 and UPC-E */
	{ "EAN-8", "]E4", "50487066", P, 50487066, 8, 0, CARRIER },
	{ "EAN-8 again", "]E4", "67678983", P, 67678983, 8, 0, CARRIER },
	{ "EAN-8, no AIM identifier, no UPC-E by its first digit", "", "80674313", P, 80674313, 8, 0, DIGITS },
	{ "EAN-8, wrong check digit", "]E4", "50487067", A, 0, 0, 0, 0 },
	{ "UPC-E, last of six is 5", "]E0", "00123457", P, 1234000057, 12, 0, CARRIER },
	{ "UPC-E, last of six is 9", "]E0", "04124498", P, 41244000098, 12, 0, CARRIER },
	{ "UPC-E, last of six is 9 again", "]E0", "05096893", P, 50968000093, 12, TG_OTHER_NONE, CARRIER },
	{ "UPC-E, no AIM identifier, no EAN-8 by its check digit", "", "01278931", P, 12700000891, 12, 0, DIGITS },
	{ "a real UPC-E, no AIM identifier, an EAN-8 by its check digit too", "", "00123457", A, 0, 0, 0, 0 },
	{ "both check digits pass, nothing decides", "", "01240054", A, 0, 0, 0, 0 },
	{ "both check digits pass, ]E4 decides: RCN-8", "]E4", "01240054", I, 1240054, 8, 0, CARRIER },
	{ "both check digits pass, ]E0 decides: UPC-E", "]E0", "01240054", P, 12400000054, 12, 0, CARRIER },
	{ "both check digits pass, ]E3 does not decide", "]E3", "01240054", A, 0, 0, 0, 0 },
	{ "EAN-8 of a scanner that says ]E0 of all", "]E0", "50487066", P, 50487066, 8, 0, CARRIER },
	{ "UPC-E with a wrong check digit that is an EAN-8 by chance", "]E0", "16849907", A, 0, 0, 0, 0 },
	{ "the same as EAN-8", "]E4", "16849907", P, 16849907, 8, 0, CARRIER },
	{ "UPC-E of six digits", "]E0", "012345", P, 1234000057, 12, 0, CARRIER },
	{ "UPC-E of six digits, last is 0", "]E0", "127890", P, 12000007897, 12, 0, CARRIER },
	{ "UPC-E of six digits, last is 3", "]E0", "127893", P, 12700000891, 12, 0, CARRIER },
	{ "UPC-E of six digits, last is 4", "]E0", "127894", P, 12780000095, 12, 0, CARRIER },
	{ "UPC-E with number system, without check digit", "]E0", "0012345", P, 1234000057, 12, 0, CARRIER },
	{ "UPC-E with number system 1, without check digit", "]E0", "1127890", P, 112000007894, 12, 0, CARRIER },
	{ "UPC-E with check digit, without number system", "]E0", "4124498", P, 41244000098, 12, 0, CARRIER },
	{ "UPC-E of seven digits that reads both ways", "]E0", "0010025", A, 0, 0, 0, 0 },
	{ "seven digits that are no UPC-E", "]E0", "4124497", A, 0, 0, 0, 0 },
	{ "six zeros", "]E0", "000000", U, 0, 0, 0, 0 },
	{ "six letters", "]E0", "ABCDEF", U, 0, 0, 0, 0 },
	{ "seven digits as ]E4", "]E4", "4124498", A, 0, 0, 0, 0 },
	{ "six digits, no AIM identifier", "", "123456", U, 0, 0, 0, 0 },
	{ "seven digits, no AIM identifier", "", "4124498", U, 0, 0, 0, 0 },
	{ "eight digits in Code 39", "]A0", "80674313", P, 80674313, 8, 0, DIGITS },
	{ "eight digits in Code 39, no GTIN-8", "]A0", "80674314", U, 0, 0, 0, 0 },

	/* add-ons */
	{ "EAN-13 and five digits", "]E3", "952123454321352495", P, 9521234543213, 13, 0, CARRIER },
	{ "EAN-13 and two digits", "]E3", "952123454321301", P, 9521234543213, 13, 0, CARRIER },
	{ "EAN-13 and two digits under ]E1", "]E1", "952123454321301", P, 9521234543213, 13, 0, CARRIER },
	{ "UPC-A and two digits", "]E3", "04900004256612", P, 49000042566, 12, 0, CARRIER },
	{ "UPC-A and five digits", "]E3", "04900004256612345", P, 49000042566, 12, 0, CARRIER },
	{ "periodical with its issue", "]E3", "977169905700212", N, 0, 0, TG_OTHER_PERIODICAL, CARRIER },
	{ "periodical with its issue, no AIM identifier", "", "977026206501705", N, 0, 0, TG_OTHER_PERIODICAL, DIGITS },
	{ "periodical with five digits, no AIM identifier", "", "977169905700212345", N, 0, 0, TG_OTHER_PERIODICAL, DIGITS },
	{ "book with its price, no AIM identifier", "", "978020137962451299", N, 0, 0, TG_OTHER_BOOK, DIGITS },
	{ "music with two digits, a maker's own identifier", "]XA", "979000000000112", N, 0, 0, TG_OTHER_BOOK, DIGITS },
	{ "book with its price, wrong check digit", "", "978020137962551299", U, 0, 0, 0, 0 },
	{ "980 with two digits is no print", "", "980000000000712", U, 0, 0, 0, 0 },
	{ "976 with two digits is no print", "", "976000000000412", U, 0, 0, 0, 0 },
	{ "periodical and three digits are no add-on", "", "9770262065017051", U, 0, 0, 0, 0 },
	{ "periodical and two letters", "", "9770262065017AB", U, 0, 0, 0, 0 },
	{ "fifteen digits in Code 128 are no add-on", "]C0", "977026206501705", U, 0, 0, 0, 0 },
	{ "add-on alone, two digits", "]E1", "12", U, 0, 0, 0, 0 },
	{ "add-on alone, five digits", "]E2", "52495", U, 0, 0, 0, 0 },
	{ "fifteen digits without a carrier are no add-on", "", "952123454321301", U, 0, 0, 0, 0 },

	/* ITF */
	{ "ITF-14", "]I1", "19521234543210", P, 19521234543210, 14, 0, CARRIER },
	{ "ITF-14, check digit not asked for", "]I0", "00012345678905", P, 12345678905, 14, 0, CARRIER },
	{ "ITF-14, wrong check digit", "]I0", "19521234543211", A, 0, 0, 0, 0 },
	{ "ITF of ten digits", "]I0", "0817605453", U, 0, 0, 0, 0 },
	{ "ITF of ten digits again", "]I0", "0053611912", U, 0, 0, 0, 0 },
	{ "half an ITF-14 that happens to be twelve digits", "]I0", "606949762520", U, 0, 0, 0, 0 },
	{ "ITF without the check digit it was checked by", "]I3", "1952123454321", A, 0, 0, 0, 0 },
	{ "GTIN-14 without identifier", "", "19521234543210", P, 19521234543210, 14, 0, DIGITS },
	{ "indicator 9, variable measure", "]e0", "0190012345678908", P, 90012345678908, 14, 0, ELEMENTS },

	/* prefixes: General Specifications 1.4 */
	{ "in-store 020", "]E0", "0200000000004", I, 200000000004, 13, 0, CARRIER },
	{ "in-store 029", "]E0", "0299999999994", I, 299999999994, 13, 0, CARRIER },
	{ "030 is no in-store number", "]E0", "0300000000001", P, 300000000001, 13, 0, CARRIER },
	{ "in-store 040", "]E0", "0400000000008", I, 400000000008, 13, 0, CARRIER },
	{ "in-store 049, as UPC-A", "]E0", "499999999998", I, 499999999998, 12, 0, CARRIER },
	{ "coupon 050", "]E0", "0500000000005", N, 0, 0, TG_OTHER_COUPON, CARRIER },
	{ "coupon 059", "]E0", "0599999999995", N, 0, 0, TG_OTHER_COUPON, CARRIER },
	{ "060 is a product", "]E0", "0600000000002", P, 600000000002, 13, 0, CARRIER },
	{ "199 is a product", "]E0", "1990000000003", P, 1990000000003, 13, 0, CARRIER },
	{ "in-store 200", "]E0", "2000000000008", I, 2000000000008, 13, 0, CARRIER },
	{ "in-store 299", "]E0", "2999999999991", I, 2999999999991, 13, 0, CARRIER },
	{ "300 is a product", "]E0", "3000000000007", P, 3000000000007, 13, 0, CARRIER },
	{ "976 is a product", "]E0", "9760000000004", P, 9760000000004, 13, 0, CARRIER },
	{ "periodical", "]E0", "9771699057002", N, 0, 0, TG_OTHER_PERIODICAL, CARRIER },
	{ "book 978", "]E0", "9780140013993", N, 0, 0, TG_OTHER_BOOK, CARRIER },
	{ "book 978, no AIM identifier", "", "9788430532674", N, 0, 0, TG_OTHER_BOOK, DIGITS },
	{ "music 979", "]E0", "9790000000001", N, 0, 0, TG_OTHER_BOOK, CARRIER },
	{ "refund receipt 980", "]E0", "9800000000007", N, 0, 0, TG_OTHER_RECEIPT, CARRIER },
	{ "coupon 981", "]E0", "9810000000006", N, 0, 0, TG_OTHER_COUPON, CARRIER },
	{ "coupon 984", "]E0", "9840000000003", N, 0, 0, TG_OTHER_COUPON, CARRIER },
	{ "985 is a product", "]E0", "9850000000002", P, 9850000000002, 13, 0, CARRIER },
	{ "coupon 990", "]E0", "9900000000004", N, 0, 0, TG_OTHER_COUPON, CARRIER },
	{ "coupon 999", "]E0", "9999999999994", N, 0, 0, TG_OTHER_COUPON, CARRIER },
	{ "RCN-8, prefix 0", "]E4", "00000017", I, 17, 8, 0, CARRIER },
	{ "RCN-8, prefix 2", "]E4", "20000011", I, 20000011, 8, 0, CARRIER },
	{ "company-internal 0000000", "]E0", "0000000123457", I, 123457, 13, 0, CARRIER },
	{ "all zeros, EAN-13", "]E0", "0000000000000", U, 0, 0, 0, 0 },
	{ "all zeros, element string", "]d2", "0100000000000000", A, 0, 0, 0, 0 },
	{ "a carton of books", "]I1", "19780140013990", N, 0, 0, TG_OTHER_BOOK, CARRIER },
	{ "DataBar of an in-store number", "]e0", "02001234567893", I, 2001234567893, 14, 0, CARRIER },
	{ "DataBar without its (01)", "]e0", "20012345678909", P, 20012345678909, 14, 0, CARRIER },
	{ "the same digits in GS1 DataMatrix are no GTIN", "]d2", "20012345678909", U, 0, 0, 0, 0 },
	{ "DataBar again", "]e0", "04412345678909", P, 4412345678909, 14, 0, CARRIER },

	/* logistic units */
	{ "(00) alone", "]C1", "00095212345678901235", N, 0, 0, TG_OTHER_LOGISTIC_UNIT, ELEMENTS },
	{ "(00) with a wrong check digit", "]C1", "00095212345678901234", A, 0, 0, 0, 0 },
	{ "(00) without its carrier", "", "00095212345678901235", N, 0, 0, TG_OTHER_LOGISTIC_UNIT, DIGITS },
	{ "(00) and (02): the items inside", "]C1", "0009521234567890123502095212345432133712", P, 9521234543213, 14, 0,
		ELEMENTS },
	{ "(02) and (37)", "]C1", "02095212345432133712", P, 9521234543213, 14, 0, ELEMENTS },
	{ "(01) and another (02)", "]C1", "010952123454321302195212345432103712", A, 0, 0, 0, 0 },

	/* others */
	{ "plain text", "]Q1", "hello", U, 0, 0, 0, 0 },
	{ "web address", "]Q1", "https://example.com/offers", U, 0, 0, 0, 0 },
	{ "Digital Link", "]Q1", "https://example.com/01/09521234543213/10/ABC", P, 9521234543213, 14, 0, LINK },
	{ "Digital Link, capitals", "]Q1", "HTTPS://EXAMPLE.COM/01/09521234543213", P, 9521234543213, 14, 0, LINK },
	{ "Digital Link in Data Matrix", "]d1", "https://example.com/01/09521234543213", P, 9521234543213, 14, 0, LINK },
	{ "Digital Link without identifier", "", "https://example.com/01/09521234543213", P, 9521234543213, 14, 0, LINK },
	{ "Digital Link where FNC1 was first", "]Q3", "https://example.com/01/09521234543213", P, 9521234543213, 14, 0, LINK },
	{ "Digital Link of an in-store number", "]Q1", "https://example.com/01/02001234567893", I, 2001234567893, 14, 0, LINK },
	{ "Digital Link of a book", "]Q1", "https://example.com/01/09780140013993", N, 0, 0, TG_OTHER_BOOK, LINK },
	{ "Digital Link of a pallet", "]Q1", "https://example.com/00/095212345678901235", N, 0, 0, TG_OTHER_LOGISTIC_UNIT, LINK },
	{ "Digital Link of a coupon", "]Q1", "https://example.com/255/9521234543213", N, 0, 0, TG_OTHER_COUPON, LINK },
	{ "Digital Link of a place", "]Q1", "https://example.com/414/9521234543213", U, 0, 0, 0, 0 },
	{ "Digital Link, the http in mixed case", "]Q1", "Https://example.com/01/09521234543213", A, 0, 0, 0, 0 },
	{ "an address like a Digital Link, wrong check digit", "]Q1", "https://example.com/01/09521234543214", U, 0, 0, 0, 0 },
	{ "compressed Digital Link", "]Q1", "https://id.example/ARFRq5sE2g", A, 0, 0, 0, 0 },
	{ "empty", "]E0", "", U, 0, 0, 0, 0 },
	{ "control byte", "", "952123454321\x03", U, 0, 0, 0, 0 },
	{ "line end inside", "", "9521234543213\r", U, 0, 0, 0, 0 },
	{ "nineteen digits", "]C0", "9521234543213952123", U, 0, 0, 0, 0 },
	{ "a space", "", " ", U, 0, 0, 0, 0 },
	{ "identifier left in the data", "", "]E09521234543213", P, 9521234543213, 13, 0, CARRIER },
	{ "identifier and nothing else", "", "]E0", U, 0, 0, 0, 0 },
	{ "half an identifier", "", "]E", U, 0, 0, 0, 0 },
	{ "coupon by identifier (255)", "]e0", "2559521234543213", N, 0, 0, TG_OTHER_COUPON, ELEMENTS },
	{ "North American coupon (8110)", "]e0", "8110106141416543213150110000310123196000", N, 0, 0, TG_OTHER_COUPON,
		ELEMENTS },
	{ "(8110) as a person writes it", "]e0", "(8110))2345672(1*813", N, 0, 0, TG_OTHER_COUPON, ELEMENTS },
};

/* clang-format on */

static void a_label_is_what_the_general_specifications_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(labels); i++) {
		tg_identity id = identify(labels[i].aim, labels[i].data, NULL);

		if (id.kind != labels[i].kind || id.gtin != labels[i].gtin || id.digits != labels[i].digits ||
			id.other != labels[i].other || id.strength != labels[i].strength)
			fail_msg("%s: %s, number %llu, %u digits, other %u, strength %u (%s)", labels[i].what,
				tg_label_words[id.kind], (unsigned long long)id.gtin, id.digits, id.other,
				id.strength, id.why);
		assert_non_null(id.why);
		assert_non_null(tg_strength_words[id.strength]);
		assert_int_equal(id.why[0] == '\0', id.kind >= TG_LABEL_NOT_PRODUCT);
		assert_false(id.passes);
	}
}

/* clang-format off */
static const struct {
	const char *what, *aim, *data;
	tg_label_kind kind;
	uint64_t gtin;
	const char *batch, *serial;
	int year, month, day; /* of (17); 0: none */
} elements[] = {
	{ "(01)", "]d2", "0109521234543213", P, 9521234543213, "", "", 0, 0, 0 },
	{ "(01)(10)", "]d2", "010952123454321310ABC-12", P, 9521234543213, "ABC-12", "", 0, 0, 0 },
	{ "(10) GS (01)", "]C1", "10ABC" GS "0109521234543213", P, 9521234543213, "ABC", "", 0, 0, 0 },
	{ "(01)(17)(10)(21)", "]Q3", "01095212345432131727013110B7" GS "21S-99", P, 9521234543213, "B7", "S-99", 2027, 1, 31 },
	{ "the same in GS1 DotCode", "]J1", "01095212345432131727013110B7" GS "21S-99", P, 9521234543213, "B7", "S-99", 2027,
		1, 31 },
	{ "the same, extended channel", "]d5", "01095212345432131727013110B7" GS "21S-99", P, 9521234543213, "B7", "S-99",
		2027, 1, 31 },
	{ "leading separator", "]d2", GS "010952123454321310A", P, 9521234543213, "A", "", 0, 0, 0 },
	{ "trailing separator", "]d2", "010952123454321310A" GS, P, 9521234543213, "A", "", 0, 0, 0 },
	{ "separator after a predefined length", "]d2", "0109521234543213" GS "10A", P, 9521234543213, "A", "", 0, 0, 0 },
	{ "brackets, an in-store prefix behind the indicator", "]e0", "(01)12345678901231(10)PIRAMIDE-PROJECT", I, 12345678901231, "PIRAMIDE-PROJECT", "", 0, 0, 0 },
	{ "brackets and weight", "]e0", "(01)90012345678908(3202)001750(11)100312", P, 90012345678908, "", "", 0, 0, 0 },
	{ "brackets, batch and serial apart", "]e0",
		"(01)98898765432106(15)991231(3103)001750(10)12A(422)123(21)123456(423)012345678901", P, 98898765432106, "12A",
		"123456", 0, 0, 0 },
	{ "brackets, batch in front", "]e0", "(10)567(01)90012345678908(11)010101", P, 90012345678908, "567", "", 0, 0, 0 },
	{ "price too long: what came before counts", "]e0",
		"(01)90012345678908(3922)795888888888888888888888888888888888888888888888888888", P, 90012345678908, "", "", 0,
		0, 0 },
	{ "price and currency", "]e0", "(01)90012345678908(3932)04066USD778899", P, 90012345678908, "", "", 0, 0, 0 },
	{ "a bracket inside a batch", "", "(01)09521234543213(10)A(1*B", P, 9521234543213, "A(1*B", "", 0, 0, 0 },
	{ "no GTIN at all", "]e0", "(11)100224(17)110224(3102)000100", U, 0, "", "", 0, 0, 0 },
	{ "batch alone", "]e0", "(10)1098!1234", U, 0, "", "", 0, 0, 0 },
	{ "batch alone with a space", "]e0", "(10)1098 1234", U, 0, "", "", 0, 0, 0 },
	{ "equal repeats", "]d2", "0109521234543213010952123454321310A" GS "10A", P, 9521234543213, "A", "", 0, 0, 0 },
	{ "two GTINs", "]d2", "01095212345432130119521234543210", A, 0, "", "", 0, 0, 0 },
	{ "two batches", "]d2", "010952123454321310A" GS "10B", A, 0, "", "", 0, 0, 0 },
	{ "two serials", "]d2", "010952123454321321A" GS "21B", A, 0, "", "", 0, 0, 0 },
	{ "wrong check digit", "]d2", "0109521234543214", A, 0, "", "", 0, 0, 0 },
	{ "letters in (01)", "]d2", "0109521234543A13", A, 0, "", "", 0, 0, 0 },
	{ "cut in (01)", "]d2", "010952123454", A, 0, "", "", 0, 0, 0 },
	{ "cut in (17)", "]d2", "01095212345432131727", A, 0, "", "", 0, 0, 0 },
	{ "no such month", "]d2", "010952123454321317271301", A, 0, "", "", 0, 0, 0 },
	{ "no such day", "]d2", "010952123454321317270230", A, 0, "", "", 0, 0, 0 },
	{ "no such month in best before", "]d2", "010952123454321315271301", A, 0, "", "", 0, 0, 0 },
	{ "day 00 is the last of the month", "]d2", "010952123454321317280200", P, 9521234543213, "", "", 2028, 2, 29 },
	{ "fifty years ahead", "]d2", "010952123454321317760101", P, 9521234543213, "", "", 2076, 1, 1 },
	{ "forty-nine years back", "]d2", "010952123454321317770101", P, 9521234543213, "", "", 1977, 1, 1 },
	{ "unknown identifier at the end: what came before counts", "]d2", "0109521234543213" "88ABC", P, 9521234543213, "", "", 0,
		0, 0 },
	{ "unknown identifier: what follows the separator counts", "]d2", "0109521234543213" "88ABC" GS "10X", P, 9521234543213,
		"X", "", 0, 0, 0 },
	{ "the same behind a separator", "]d2", "0109521234543213" GS "8888abc" GS "10B2655", P, 9521234543213, "B2655", "", 0, 0,
		0 },
	{ "two unknown identifiers", "]d2", "0109521234543213" "8888abc" GS "8889" GS "10B7" GS "88" GS "21S", P, 9521234543213,
		"B7", "S", 0, 0, 0 },
	{ "unknown identifier in front", "]d2", "88ABC" GS "0109521234543213", P, 9521234543213, "", "", 0, 0, 0 },
	{ "unknown identifier, brackets", "]d2", "(01)09521234543213(8888)abc(10)B2655", P, 9521234543213, "B2655", "", 0, 0, 0 },
	{ "price too long: what follows counts", "]d2", "0109521234543213" "39227958888888888888888" GS "10B7", P, 9521234543213,
		"B7", "", 0, 0, 0 },
	{ "unknown identifier, then another number", "]d2", "0109521234543213" "88ABC" GS "0119521234543210", A, 0, "", "", 0, 0,
		0 },
	{ "unknown identifier, then a broken batch", "]d2", "0109521234543213" "88ABC" GS "10", A, 0, "", "", 0, 0, 0 },
	{ "an unassigned weight", "]d2", "01095212345432133109000000", P, 9521234543213, "", "", 0, 0, 0 },
	{ "batch of 20", "]d2", "010952123454321310ABCDEFGHIJKLMNOPQRST", P, 9521234543213, "ABCDEFGHIJKLMNOPQRST", "", 0, 0,
		0 },
	{ "batch of 21: a separator was lost", "]d2", "010952123454321310ABCDEFGHIJKLMNOPQRSTU", A, 0, "", "", 0, 0, 0 },
	{ "empty batch", "]d2", "010952123454321310" GS "21X", A, 0, "", "", 0, 0, 0 },
	{ "batch that is not ASCII", "]d2", "010952123454321310\xc3\xa9", A, 0, "", "", 0, 0, 0 },
	{ "company data (91) is skipped", "]d2", "91xyz" GS "010952123454321310A", P, 9521234543213, "A", "", 0, 0, 0 },
	{ "ITIP (8006)", "]d2", "800609521234543213010210A", A, 0, "", "", 0, 0, 0 },
	{ "ITIP (8006) and separator", "]d2", "8006095212345432130102" GS "10A", P, 9521234543213, "A", "", 0, 0, 0 },
	{ "made to order (03)", "]d2", "0309521234543213", P, 9521234543213, "", "", 0, 0, 0 },
	{ "in-store number in (01)", "]d2", "010200123456789310A", I, 2001234567893, "A", "", 0, 0, 0 },
	{ "book in (01): nothing of it is kept", "]d2", "010978014001399310A", N, 0, "", "", 0, 0, 0 },
	{ "batch with a character that GS1 does not allow", "]d2", "010952123454321310A B#", P, 9521234543213, "A B#", "", 0, 0, 0 },
	{ "unassigned identifier of predefined length", "]d2", "0109521234543213" "19ABCDEF" "10B7", P, 9521234543213, "B7", "", 0, 0,
		0 },
	{ "the same at the end, cut", "]d2", "0109521234543213" "19ABC", P, 9521234543213, "", "", 0, 0, 0 },
	{ "a place with a wrong check digit", "]d2", "0109521234543213" "4149521234543214" "10B7", P, 9521234543213, "B7", "", 0, 0,
		0 },
	{ "a place with letters", "]d2", "0109521234543213" "4149521234543A13" "10B7", A, 0, "", "", 0, 0, 0 },
	{ "company data twice, different", "]d2", "0109521234543213" "91X" GS "91Y", A, 0, "", "", 0, 0, 0 },
	{ "company data twice, the same", "]d2", "0109521234543213" "91X" GS "10A" GS "91X", P, 9521234543213, "A", "", 0, 0, 0 },
	{ "two weights in different scale are two identifiers", "]d2", "0109521234543213" "3102000100" "3103001000" "10A", P,
		9521234543213, "A", "", 0, 0, 0 },
	{ "(01) and (37), which exclude each other", "]d2", "0109521234543213" "3712" GS "10A", P, 9521234543213, "A", "", 0, 0, 0 },
	{ "(8006) with a piece beyond its total", "]d2", "8006095212345432130201" GS "10A", P, 9521234543213, "A", "", 0, 0, 0 },
	/* a separator that was typed out */
	{ "~1 for a separator", "]C1", "010952123454321310A~121B", A, 0, "", "", 0, 0, 0 },
	{ "<GS> for a separator", "]C1", "010952123454321310A<GS>21B", A, 0, "", "", 0, 0, 0 },
	{ "^] for a separator", "]C1", "010952123454321310A^]21B", A, 0, "", "", 0, 0, 0 },
	{ "{GS} for a separator, no carrier", "", "010952123454321310A{GS}21B", A, 0, "", "", 0, 0, 0 },
	/* outside their carriers: accepted when whole, and marked as weaker */
	{ "element string in plain Data Matrix", "]d1", "010952123454321310A" GS "21B", P, 9521234543213, "A", "B", 0, 0, 0 },
	{ "element string, no AIM identifier", "", "010952123454321317270131", P, 9521234543213, "", "", 2027, 1, 31 },
	{ "brackets in plain QR Code", "]Q1", "(01)09521234543213(10)A", P, 9521234543213, "A", "", 0, 0, 0 },
	{ "looks like one, not whole", "", "010952123454321388ABC", A, 0, "", "", 0, 0, 0 },
	{ "looks like one, wrong check digit: just a number", "", "0109521234543214", U, 0, "", "", 0, 0, 0 },
	{ "separators in text", "]Q1", "name" GS "telephone", U, 0, "", "", 0, 0, 0 },
	{ "only separators", "]d2", GS GS, U, 0, "", "", 0, 0, 0 },
};

/* clang-format on */

static void an_element_string_gives_number_batch_serial_and_expiry(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(elements); i++) {
		tg_identity id = identify(elements[i].aim, elements[i].data, &brackets);
		int32_t expiry = elements[i].year == 0 ? TG_DAY_NONE
						       : tg_day_of_civil(elements[i].year, elements[i].month,
								 elements[i].day);

		if (id.kind != elements[i].kind || id.gtin != elements[i].gtin ||
			strcmp(id.batch, elements[i].batch) != 0 ||
			strcmp(id.serial, elements[i].serial) != 0 || id.expiry != expiry)
			fail_msg("%s: %s, number %llu, batch \"%s\", serial \"%s\", expiry %d (%s)",
				elements[i].what, tg_label_words[id.kind], (unsigned long long)id.gtin,
				id.batch, id.serial, id.expiry, id.why);
	}
}

static void every_kind_and_strength_has_a_word(void **state)
{
	(void)state;
	for (int i = 0; i < TG_LABEL_KIND_COUNT; i++)
		assert_non_null(tg_label_words[i]);
	assert_null(tg_label_words[TG_LABEL_KIND_COUNT]);
	for (int i = 0; i < TG_STRENGTH_COUNT; i++)
		assert_non_null(tg_strength_words[i]);
	assert_null(tg_strength_words[TG_STRENGTH_COUNT]);
}

static void brackets_outside_gs1_carriers_count_only_where_the_policy_says_so(void **state)
{
	static const char *const aims[] = { "", "]Q1", "]d1", "]C0", "]XA" };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(aims); i++) {
		tg_identity refused = identify(aims[i], "(01)09521234543213(10)AB", NULL),
			    also = identify(aims[i], "(01)09521234543213(10)AB", &(tg_policy){ 0 }),
			    read = identify(aims[i], "(01)09521234543213(10)AB", &brackets);

		assert_int_equal(refused.kind, A);
		assert_int_equal(also.kind, A);
		assert_non_null(strstr(refused.why, "brackets"));
		assert_int_equal(read.kind, P);
		assert_int_equal(read.strength, DIGITS);
		assert_string_equal(read.batch, "AB");
	}
	assert_int_equal(identify("]d2", "(01)09521234543213(10)AB", NULL).kind, P);
	assert_int_equal(identify("]e0", "(01)09521234543213(10)AB", NULL).strength, ELEMENTS);
	assert_int_equal(identify("", "(hello)", NULL).kind, U);
	assert_int_equal(identify("", "(00)095212345678901235", NULL).kind, U);
	assert_int_equal(identify("", "(00)095212345678901235", &brackets).kind, N);
}

static void more_elements_than_any_label_has_are_refused(void **state)
{
	char data[1024] = "0109521234543213";
	size_t len = strlen(data);

	(void)state;
	for (int i = 0; i < 63; i++)
		len += (size_t)snprintf(data + len, sizeof(data) - len, "91same" GS);
	assert_int_equal(identify("]d2", data, NULL).kind, P);
	strcpy(data, "0109521234543213");
	len = strlen(data);
	for (int i = 0; i < 6; i++)
		for (int scale = 0; scale < 6; scale++)
			len += (size_t)snprintf(data + len, sizeof(data) - len, "31%d%d000001", i, scale);
	for (int i = 0; i < 5; i++)
		for (int scale = 0; scale < 6; scale++)
			len += (size_t)snprintf(data + len, sizeof(data) - len, "32%d%d000001", i, scale);
	assert_int_equal(identify("]d2", data, NULL).kind, A);
}

/* What was not found on a label that could not be read to its end may still be there. */
static void a_label_says_whether_all_of_it_was_read(void **state)
{
	static const struct {
		const char *aim, *data;
		bool partly;
	} cases[] = {
		{ "]d2", "010952123454321310A", false },
		{ "]d2", "0109521234543213" GS, false },
		{ "]d2", "0109521234543213" GS "8888abc" GS "10B2655", true },
		{ "]d2", "010952123454321310B2655" GS "8888abc", true },
		{ "]d2", "010952123454321388ABC", true },
		{ "]d2", "0109521234543213370", false },
		{ "]d2", "010952123454321337123456789", true },
		{ "]d2", "01020012345678938888abc", true },
		{ "]e0", "(01)09521234543213(10)A", false },
		{ "]e0", "(01)09521234543213(88)A", true },
		{ "", "(01)09521234543213(10)A", false },
		{ "]E0", "9521234543213", false },
		{ "]E3", "952123454321352495", false },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_identity id = identify(cases[i].aim, cases[i].data, &brackets);

		if (id.kind < I || id.partly_read != cases[i].partly)
			fail_msg("%s%s: %s, partly read %d", cases[i].aim, cases[i].data,
				tg_label_words[id.kind], id.partly_read);
	}
}

/* Two-digit years: 49 back to 50 ahead of the present one, also when that reaches into the next century. */
static void the_century_of_an_expiry_follows_the_present_year(void **state)
{
	static const struct {
		int today;
		const char *yy;
		int year;
	} years[] = { { 2026, "76", 2076 }, { 2026, "77", 1977 }, { 2076, "26", 2126 }, { 2076, "27", 2027 },
		{ 2099, "00", 2100 }, { 2100, "99", 2099 } };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(years); i++) {
		char label[32];
		tg_identity id;

		(void)snprintf(label, sizeof(label), "010952123454321317%s0630", years[i].yy);
		tg_label_identify(
			&id, "]d2", tg_view_str(label), NULL, tg_day_of_civil(years[i].today, 1, 1));
		assert_int_equal(id.expiry, tg_day_of_civil(years[i].year, 6, 30));
	}
}

static void a_label_longer_than_the_limit_is_unreadable(void **state)
{
	static uint8_t big[1 << 20];
	tg_identity id;

	(void)state;
	memset(big, '9', sizeof(big));
	tg_label_identify(&id, "]Q1", tg_view_of(big, sizeof(big)), NULL, 0);
	assert_int_equal(id.kind, U);
	assert_string_equal(id.why, "too long for a label");
	tg_label_identify(&id, "", tg_view_of(NULL, 0), NULL, 0);
	assert_int_equal(id.kind, U);
}

/* ---- the pass-list ---- */

static tg_policy shop_policy(void)
{
	tg_policy policy = { .pass_kinds = 1u << TG_OTHER_COUPON | 1u << TG_OTHER_BOOK, .pass_count = 5 };

	policy.pass[0] = (tg_pass_rule){ "loyalty-card", "2998", "]E", 13, 13, true };
	policy.pass[1] = (tg_pass_rule){ "badge", "STAFF-", "", 8, 20, false };
	policy.pass[2] = (tg_pass_rule){ "everything", "", "]C", 1, 4096, false };
	policy.pass[3] = (tg_pass_rule){ "link", "https://", "]Q", 1, 4096, false };
	policy.pass[4] = (tg_pass_rule){ "typed", "", "", 8, 18, true };
	return policy;
}

static const struct {
	const char *what, *aim, *data;
	tg_label_kind kind;
	uint8_t other;
	bool passes;
	const char *listed;
} passes[] = {
	{ "coupon of a kind that passes", "]E0", "9900000000004", N, TG_OTHER_COUPON, true, "" },
	{ "book with its price, no AIM identifier", "", "978020137962451299", N, TG_OTHER_BOOK, true, "" },
	{ "book of a kind that passes", "]E0", "9780140013993", N, TG_OTHER_BOOK, true, "" },
	{ "receipt of a kind that does not, but a rule for digits", "]E0", "9800000000007", N,
		TG_OTHER_LISTED, true, "typed" },
	{ "logistic unit that no rule names", "]d2", "00095212345678901235", N, TG_OTHER_LOGISTIC_UNIT, false,
		"" },
	{ "loyalty card in an in-store number", "]E0", "2998000000008", N, TG_OTHER_LISTED, true,
		"loyalty-card" },
	{ "badge in Code 39", "]A0", "STAFF-0012", N, TG_OTHER_LISTED, true, "badge" },
	{ "badge too short", "]A0", "STAFF-1", U, 0, false, "" },
	{ "badge of another prefix", "]A0", "stafF-0012", U, 0, false, "" },
	{ "any Code 128", "]C0", "whatever", N, TG_OTHER_LISTED, true, "everything" },
	{ "the same in another carrier", "]L0", "whatever", U, 0, false, "" },
	{ "a web address", "]Q1", "https://example.com/receipt/7", N, TG_OTHER_LISTED, true, "link" },
	{ "a Digital Link never", "]Q1", "https://example.com/01/09521234543213", P, 0, false, "" },
	{ "a compressed one never", "]Q1", "https://id.example/ARFRq5sE2g", A, 0, false, "" },
	{ "one in the wrong place never", "]Q1", "https://example.com/01/09521234543213/more", A, 0, false, "" },
	{ "one with a bad batch never", "]Q1", "https://example.com/01/09521234543213/10/%00", A, 0, false, "" },
	{ "one with words never", "]Q1", "https://example.com/gtin/09521234543213/lot/A", A, 0, false, "" },
	{ "brackets never", "]C0", "(01)09521234543213(10)A", A, 0, false, "" },
	{ "a separator as text never", "]C0", "010952123454321310A~121B", A, 0, false, "" },
	{ "an address with a wrong check digit is only an address", "]Q1", "https://example.com/01/09521234543214", N,
		TG_OTHER_LISTED, true, "link" },
	{ "a card whose check digit fails", "", "6335009521111", N, TG_OTHER_LISTED, true, "typed" },
	{ "a product never: EAN-13 in Code 128", "]C0", "9521234543213", P, 0, false, "" },
	{ "a product never: EAN-13", "]E0", "9521234543213", P, 0, false, "" },
	{ "a product never: typed GTIN-14", "", "19521234543210", P, 0, false, "" },
	{ "a product never: element string in GS1-128", "]C1", "010952123454321310A", P, 0, false, "" },
	{ "a product never: the label is otherwise broken", "]C1", "010952123454321317271301", A, 0, false,
		"" },
	{ "a product never: EAN-8 or UPC-E", "", "01240054", A, 0, false, "" },
	{ "a product never: with add-on", "]E3", "952123454321352495", P, 0, false, "" },
};

static void the_pass_list_releases_cards_and_never_a_product(void **state)
{
	tg_policy policy = shop_policy();

	(void)state;
	for (size_t i = 0; i < TG_COUNT(passes); i++) {
		tg_identity id = identify(passes[i].aim, passes[i].data, &policy);

		if (id.kind != passes[i].kind || id.other != passes[i].other ||
			id.passes != passes[i].passes || strcmp(id.listed_kind, passes[i].listed) != 0)
			fail_msg("%s: %s, other %u, passes %d, listed \"%s\"", passes[i].what,
				tg_label_words[id.kind], id.other, id.passes, id.listed_kind);
		if (id.kind == N) { /* nothing of what was read may reach the log */
			assert_int_equal(id.gtin, 0);
			assert_string_equal(id.batch, "");
			assert_string_equal(id.serial, "");
		}
	}
}

/* Whatever rules head office signs, a label that reads as a product without them is not released by them. */
static void no_rule_whatever_releases_a_label_that_yields_a_gtin(void **state)
{
	tg_policy policy = { .pass_kinds = UINT32_MAX, .pass_count = 1 };

	(void)state;
	policy.pass[0] = (tg_pass_rule){ "any", "", "", 0, UINT16_MAX, false };
	for (size_t i = 0; i < TG_COUNT(labels); i++)
		if (identify(labels[i].aim, labels[i].data, NULL).kind == P)
			assert_false(identify(labels[i].aim, labels[i].data, &policy).passes);
	for (size_t i = 0; i < TG_COUNT(elements); i++)
		if (identify(elements[i].aim, elements[i].data, NULL).kind == P)
			assert_false(identify(elements[i].aim, elements[i].data, &policy).passes);
}

/* ---- numbers ---- */

static void a_gtin_is_parsed_by_length_and_check_digit(void **state)
{
	static const struct {
		const char *digits;
		int rc;
		uint64_t gtin;
	} cases[] = {
		{ "50487066", TG_OK, 50487066 },
		{ "049000042566", TG_OK, 49000042566 },
		{ "9521234543213", TG_OK, 9521234543213 },
		{ "19521234543210", TG_OK, 19521234543210 },
		{ "9521234543214", TG_EFORMAT, 0 },
		{ "952123454321", TG_EFORMAT, 0 },
		{ "00000000000000", TG_EFORMAT, 0 },
		{ "", TG_EFORMAT, 0 },
		{ "95212345432l3", TG_EFORMAT, 0 },
		{ "095212345678901235", TG_EFORMAT, 0 },
	};
	char text[15];

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		uint64_t gtin = 0;
		tg_error err = { 0 };

		assert_int_equal(tg_gtin_parse(&gtin, tg_view_str(cases[i].digits), &err), cases[i].rc);
		assert_int_equal(gtin, cases[i].gtin);
	}
	assert_string_equal(tg_gtin_format(text, 50487066), "00000050487066");
	assert_string_equal(tg_gtin_format(text, 19521234543210), "19521234543210");
}

/* One digit changed, or two unequal neighbours that do not differ by five swapped, always breaks the check digit. */
static void a_single_wrong_digit_is_always_noticed(void **state)
{
	(void)state;
	for (int at = 0; at < 13; at++)
		for (char c = '0'; c <= '9'; c++) {
			char text[] = "9521234543213";
			bool same = text[at] == c;

			text[at] = c;
			assert_int_equal(identify("]E0", text, NULL).kind, same ? P : A);
		}
}

static void every_form_of_upce_expands_to_its_upca(void **state)
{
	static const char *const pairs[][2] = {
		{ "01278907", "012000007897" },
		{ "01278916", "012100007896" },
		{ "01278925", "012200007895" },
		{ "01278931", "012700000891" },
		{ "01278945", "012780000095" },
		{ "01278958", "012789000058" },
		{ "01278996", "012789000096" },
		{ "11278904", "112000007894" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(pairs); i++) {
		tg_identity id = identify("]E0", pairs[i][0], NULL);

		if (id.kind != P || id.digits != 12 || id.gtin != strtoull(pairs[i][1], NULL, 10))
			fail_msg("%s: %s, %llu", pairs[i][0], tg_label_words[id.kind],
				(unsigned long long)id.gtin);
	}
}

/* ---- what a scanner's setup changed ---- */

static void a_label_is_made_plain_as_the_scanner_is_set_up(void **state)
{
	static const struct {
		const char *what, *separator;
		bool set_identifier;
		const char *aim, *data;             /* as scanned */
		const char *plain_aim, *plain, *set;
	} cases[] = {
		{ "nothing is set", "", false, "]d2", "0109521234543213", "]d2", "0109521234543213", "" },
		{ "~1", "~1", false, "]C1", "10A~121B~1", "]C1", "10A" GS "21B" GS, "" },
		{ "<GS>", "<GS>", false, "]C1", "<GS>10A<GS>21B", "]C1", GS "10A" GS "21B", "" },
		{ "^]", "^]", false, "", "10A^]21B", "", "10A" GS "21B", "" },
		{ "one character", "|", false, "", "10A|21B", "", "10A" GS "21B", "" },
		{ "none in this label", "~1", false, "]E0", "9521234543213", "]E0", "9521234543213", "" },
		{ "half of one at the end", "~1", false, "", "10A~", "", "10A~", "" },
		{ "another one than is set", "~1", false, "", "10A<GS>21B", "", "10A<GS>21B", "" },
		{ "a set identifier", "", true, "", "000123459521234543213", "", "9521234543213", "00012345" },
		{ "a set identifier before the AIM identifier", "", true, "", "00012345]E09521234543213", "]E0",
			"9521234543213", "00012345" },
		{ "a set identifier behind it", "", true, "]E0", "000123459521234543213", "]E0", "9521234543213",
			"00012345" },
		{ "a set identifier and a separator", "~1", true, "]d2", "0001234510A~121B", "]d2", "10A" GS "21B",
			"00012345" },
		{ "none where one is due", "", true, "]A0", "STAFF-0012", "]A0", "STAFF-0012", "" },
		{ "nothing behind it", "", true, "]A0", "00012345", "]A0", "00012345", "" },
		{ "eight digits are no set unless it is set", "", false, "", "000123459521234543213", "",
			"000123459521234543213", "" },
		{ "empty", "~1", true, "", "", "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		uint8_t *buf = malloc(TG_LABEL_MAX);
		tg_label_setup setup = { .set_identifier = cases[i].set_identifier };
		tg_plain_label plain;

		strcpy(setup.separator, cases[i].separator);
		tg_label_plain(&plain, buf, &setup, cases[i].aim, tg_view_str(cases[i].data));
		if (strcmp(plain.aim, cases[i].plain_aim) != 0 || strcmp(plain.set, cases[i].set) != 0 ||
			!tg_view_equal(plain.data, tg_view_str(cases[i].plain)))
			fail_msg("%s: aim \"%s\", set \"%s\", %zu bytes", cases[i].what, plain.aim, plain.set,
				plain.data.len);
		free(buf);
	}
}

/* The longest label whose every byte is looked at, and one byte more. */
static void making_plain_stays_within_a_label(void **state)
{
	static uint8_t big[TG_LABEL_MAX + 1];
	uint8_t *buf = malloc(TG_LABEL_MAX);
	const tg_label_setup setup = { .separator = "|" };
	tg_plain_label plain;

	(void)state;
	memset(big, '|', sizeof(big));
	tg_label_plain(&plain, buf, &setup, "", tg_view_of(big, TG_LABEL_MAX));
	assert_int_equal(plain.data.len, TG_LABEL_MAX);
	assert_int_equal(plain.data.data[TG_LABEL_MAX - 1], 0x1d);
	tg_label_plain(&plain, buf, &setup, "", tg_view_of(big, sizeof(big)));
	assert_int_equal(plain.data.len, sizeof(big));
	assert_ptr_equal(plain.data.data, big);
	free(buf);
}

static void a_typed_label_is_split_from_its_identifier(void **state)
{
	static const struct {
		const char *text, *aim, *data;
	} cases[] = {
		{ "]d2010952123454321310A", "]d2", "010952123454321310A" },
		{ "9521234543213", "", "9521234543213" },
		{ "(01)09521234543213", "", "(01)09521234543213" },
		{ "]E", "", "]E" },
		{ "]]0x", "", "]]0x" },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		char aim[4] = "zzz";
		tg_view data;

		tg_label_split(aim, &data, tg_view_str(cases[i].text));
		assert_string_equal(aim, cases[i].aim);
		assert_true(tg_view_equal(data, tg_view_str(cases[i].data)));
	}
}

/*
 * Labels photographed on real packages, kept outside this tree: a table of symbology, AIM identifier and text,
 * TAB-separated. Every number read from a real package has a right check digit, so none may be ambiguous.
 */
static void labels_from_real_packages_are_read(void **state)
{
	const char *path = getenv("TILLGATE_REAL_LABELS");
	char line[512];
	size_t count[TG_LABEL_KIND_COUNT] = { 0 };
	FILE *f;

	(void)state;
	if (path == NULL)
		skip();
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		char *save = NULL, *symbology = strtok_r(line, "\t\n", &save),
		     *aim = strtok_r(NULL, "\t\n", &save);
		char *text = strtok_r(NULL, "\t\n", &save);
		tg_identity id;

		if (symbology == NULL || symbology[0] == '#' || aim == NULL || text == NULL)
			continue;
		id = identify(aim, text, NULL);
		count[id.kind]++;
		if (id.kind == A)
			fail_msg("%s %s %s: %s", symbology, aim, text, id.why);
		if (strncmp(symbology, "EAN", 3) == 0 || strncmp(symbology, "UPC", 3) == 0)
			assert_int_not_equal(id.kind, U);
		if (strstr(text, "(01)") != NULL)
			assert_true(id.kind == P || id.kind == I);
	}
	(void)fclose(f);
	assert_true(count[P] > 60 && count[N] > 10 && count[U] > 10);
	print_message("%zu products, %zu in-store, %zu no products, %zu unreadable\n", count[P], count[I],
		count[N], count[U]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_is_what_the_general_specifications_say),
		cmocka_unit_test(an_element_string_gives_number_batch_serial_and_expiry),
		cmocka_unit_test(every_kind_and_strength_has_a_word),
		cmocka_unit_test(brackets_outside_gs1_carriers_count_only_where_the_policy_says_so),
		cmocka_unit_test(more_elements_than_any_label_has_are_refused),
		cmocka_unit_test(a_label_says_whether_all_of_it_was_read),
		cmocka_unit_test(the_century_of_an_expiry_follows_the_present_year),
		cmocka_unit_test(a_label_longer_than_the_limit_is_unreadable),
		cmocka_unit_test(the_pass_list_releases_cards_and_never_a_product),
		cmocka_unit_test(no_rule_whatever_releases_a_label_that_yields_a_gtin),
		cmocka_unit_test(a_gtin_is_parsed_by_length_and_check_digit),
		cmocka_unit_test(a_single_wrong_digit_is_always_noticed),
		cmocka_unit_test(every_form_of_upce_expands_to_its_upca),
		cmocka_unit_test(a_label_is_made_plain_as_the_scanner_is_set_up),
		cmocka_unit_test(making_plain_stays_within_a_label),
		cmocka_unit_test(a_typed_label_is_split_from_its_identifier),
		cmocka_unit_test(labels_from_real_packages_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
