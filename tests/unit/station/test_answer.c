/* SPDX-License-Identifier: Apache-2.0
 *
 * test_answer.c - requests that are refused, what an answer says, and what an entry must never hold.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/station/fixture.h"

#include "plugin/station/answer.h"
#include "store/base/encoding.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- requests ---- */

static int read_request(tg_check_request *out, const char *text, tg_error *err)
{
	tg_json *json = NULL;
	int rc = tg_json_parse(&json, tg_view_str(text), err);

	if (rc == TG_OK)
		rc = tg_check_request_from_json(out, json, err);
	tg_json_free(json);
	return rc;
}

static const struct {
	const char *what, *json, *words;
} refused[] = {
	{ "no object", "[]", "" },
	{ "no operation", "{\"label\":\"1\"}", "operation" },
	{ "an operation nobody knows", "{\"label\":\"1\",\"operation\":\"gift\"}", "operation" },
	{ "an operation in capitals", "{\"label\":\"1\",\"operation\":\"Sale\"}", "operation" },
	{ "a name that is none", "{\"label\":\"1\",\"operation\":\"sale\",\"operator\":\"Anna Smith\"}", "operator" },
	{ "a name that is too long", "{\"label\":\"1\",\"operation\":\"sale\",\"operator\":\"annaannaannaannaannaannaannaannaa\"}", "operator" },
	{ "no label", "{\"operation\":\"sale\"}", "label" },
	{ "both labels", "{\"label\":\"1\",\"label_hex\":\"31\",\"operation\":\"sale\"}", "label" },
	{ "a label that is a number", "{\"label\":9524000000019,\"operation\":\"sale\"}", "label" },
	{ "half a byte of hex", "{\"label_hex\":\"3\",\"operation\":\"sale\"}", "label_hex" },
	{ "hex that is none", "{\"label_hex\":\"3g\",\"operation\":\"sale\"}", "label_hex" },
	{ "a member nobody knows", "{\"label\":\"1\",\"operation\":\"sale\",\"override\":true}", "override" },
	{ "a destination nobody knows", "{\"label\":\"1\",\"operation\":\"sale\",\"destination\":\"fr\"}",
		"destination" },
	{ "an AIM identifier without bracket", "{\"label\":\"1\",\"operation\":\"sale\",\"aim\":\"E0\"}",
		"aim" },
	{ "an AIM identifier too short", "{\"label\":\"1\",\"operation\":\"sale\",\"aim\":\"]E\"}", "aim" },
	{ "an AIM identifier too long", "{\"label\":\"1\",\"operation\":\"sale\",\"aim\":\"]E00\"}", "aim" },
	{ "a batch of 21 characters",
		"{\"label\":\"1\",\"operation\":\"sale\",\"batch\":\"123456789012345678901\"}", "batch" },
	{ "a batch with a control character",
		"{\"label\":\"1\",\"operation\":\"sale\",\"batch\":\"B\\u001d\"}", "batch" },
	{ "a batch beyond ASCII", "{\"label\":\"1\",\"operation\":\"sale\",\"batch\":\"\xc3\xa9\"}",
		"batch" },
	{ "a device with a line feed", "{\"label\":\"1\",\"operation\":\"sale\",\"device\":\"a\\nb\"}",
		"device" },
	{ "a device of 64 characters",
		"{\"label\":\"1\",\"operation\":\"sale\",\"device\":"
		"\"1234567890123456789012345678901234567890123456789012345678901234\"}",
		"device" },
};

static void a_malformed_request_is_refused_and_its_member_named(void **state)
{
	static tg_check_request request;

	(void)state;
	for (size_t i = 0; i < TG_COUNT(refused); i++) {
		tg_error err = { 0 };

		if (read_request(&request, refused[i].json, &err) != TG_EFORMAT ||
			strstr(err.msg, refused[i].words) == NULL)
			fail_msg("%s: %s (%s)", refused[i].what, tg_strerror(err.code), err.msg);
	}
}

static const struct {
	const char *what, *json, *aim, *data;
} labels[] = {
	{ "text", "{\"label\":\"9524000000019\",\"operation\":\"sale\"}", "", "9524000000019" },
	{ "text with an AIM identifier in front", "{\"label\":\"]E09524000000019\",\"operation\":\"sale\"}",
		"]E0", "9524000000019" },
	{ "the AIM identifier apart", "{\"label\":\"9524000000019\",\"aim\":\"]E0\",\"operation\":\"sale\"}",
		"]E0", "9524000000019" },
	{ "one apart is the only one", "{\"label\":\"]C1x\",\"aim\":\"]E0\",\"operation\":\"sale\"}", "]E0",
		"]C1x" },
	{ "hex", "{\"label_hex\":\"5d6432303130\",\"operation\":\"sale\"}", "]d2", "010" },
	{ "hex in capitals", "{\"label_hex\":\"4C4F59\",\"operation\":\"sale\"}", "", "LOY" },
	{ "a separator as text", "{\"label\":\"]d210A\\u001d21B\",\"operation\":\"sale\"}", "]d2",
		"10A\x1d"
		"21B" },
	{ "an empty scan", "{\"label\":\"\",\"operation\":\"sale\"}", "", "" },
};

static void a_label_comes_as_text_or_as_hex(void **state)
{
	static tg_check_request request;

	(void)state;
	for (size_t i = 0; i < TG_COUNT(labels); i++) {
		tg_error err = { 0 };

		if (read_request(&request, labels[i].json, &err) != TG_OK)
			fail_msg("%s: %s", labels[i].what, err.msg);
		if (strcmp(request.aim, labels[i].aim) != 0 || request.len != strlen(labels[i].data) ||
			memcmp(request.data, labels[i].data, request.len) != 0)
			fail_msg("%s: \"%s\" and \"%.*s\"", labels[i].what, request.aim, (int)request.len,
				(const char *)request.data);
	}
}

static void the_longest_batch_and_device_fit_and_a_label_too_long_is_marked(void **state)
{
	static tg_check_request request;
	static char json[2 * TG_LABEL_MAX + 200];
	static char hex[2 * TG_LABEL_MAX + 5];

	(void)state;
	assert_int_equal(
		read_request(&request,
			"{\"label\":\"1\",\"operation\":\"dispatch\",\"destination\":\"ni\",\"batch\":"
			"\"12345678901234567890\",\"device\":"
			"\"123456789012345678901234567890123456789012345678901234567890123\"}",
			NULL),
		TG_OK);
	assert_int_equal(strlen(request.batch), 20);
	assert_int_equal(strlen(request.device), 63);
	assert_int_equal(request.operation, TG_OP_DISPATCH);
	assert_int_equal(request.destination, TG_DEST_NI);
	memset(hex, '3', 2 * TG_LABEL_MAX + 2);
	snprintf(
		json, sizeof(json), "{\"label_hex\":\"%.*s\",\"operation\":\"sale\"}", 2 * TG_LABEL_MAX, hex);
	assert_int_equal(read_request(&request, json, NULL), TG_OK);
	assert_int_equal(request.len, TG_LABEL_MAX);
	snprintf(json, sizeof(json), "{\"label_hex\":\"%.*s\",\"operation\":\"sale\"}", 2 * TG_LABEL_MAX + 2,
		hex);
	assert_int_equal(read_request(&request, json, NULL), TG_OK);
	assert_int_equal(request.len, TG_LABEL_MAX + 1);
}

/* ---- answers and entries ---- */

struct decided {
	tg_check_request request;
	tg_check_answer answer;
	char *entry, *reply;
};

static char *text_of(tg_json *json)
{
	char *text;
	tg_buf out;

	tg_buf_init(&out, 1 << 20);
	assert_int_equal(tg_json_write_jcs(&out, json, NULL), TG_OK);
	text = strdup(tg_buf_text(&out));
	tg_buf_fini(&out);
	tg_json_free(json);
	return text;
}

static void decide(struct decided *d, station_fixture *f, const char *label, size_t len)
{
	static const tg_inforce_floor none;
	tg_inforce *set = NULL;
	int64_t now_us = f->repo.issued_us + TG_US_PER_SECOND;

	assert_int_equal(tg_inforce_load(&set, &f->paths, f->set_id, &none, false, NULL), TG_OK);
	assert_string_equal(set->fault, "");
	tg_check_request_init(&d->request, TG_OP_SALE);
	tg_check_request_label(&d->request, tg_view_of(label, len));
	strcpy(d->request.device, "lane-1");
	tg_check_decide(&d->answer, set, &d->request, &(tg_check_moment){ .now_us = now_us, .floor_us = f->repo.issued_us });
	d->entry = text_of(tg_check_entry(&d->answer, &d->request));
	d->reply = text_of(tg_check_answer_to_json(&d->answer));
	tg_inforce_release(set);
}

static void forget(struct decided *d)
{
	free(d->entry);
	free(d->reply);
}

/* Neither the bytes nor their hex. */
static bool holds(const char *entry, const char *secret, size_t len)
{
	char hex[2 * 256 + 1];

	return memmem(entry, strlen(entry), secret, len) != NULL ||
	       strstr(entry, tg_hex_encode(hex, (const uint8_t *)secret, len)) != NULL;
}

#define TEXT(s) s, sizeof(s) - 1

static const struct {
	const char *what, *label;
	size_t len;
	const char *kind;   /* stands in the entry */
	const char *secret; /* stands nowhere in it */
	size_t secret_len;
	bool released;
} private_labels[] = {
	{ "a loyalty card", TEXT(CARD), "\"other\":\"loyalty-card\"", TEXT("5290123456"), true },
	{ "a loyalty card with AIM identifier", TEXT("]C0" CARD), "\"other\":\"loyalty-card\"",
		TEXT("5290123456"), true },
	{ "a coupon", TEXT(COUPON), "\"other\":\"coupon\"", TEXT("98123456"), true },
	{ "a card that is on no list", TEXT("MEMBER-77120"), "\"kind\":\"unreadable\"", TEXT("77120"),
		false },
	{ "binary noise", TEXT("\x01\xff\x80KEEP\x02"), "\"kind\":\"unreadable\"", TEXT("KEEP"), false },
	{ "a number with a wrong check digit", TEXT(BAD_CHECK_DIGIT), "\"kind\":\"ambiguous\"",
		TEXT("952400"), false },
	{ "an in-store number that nobody answers for", TEXT(IN_STORE_OTHER), "\"prefix\":\"0264\"",
		TEXT("1234"), false },
	{ "a web address", TEXT("https://pay.example/u/jane.doe"), "\"kind\":\"unreadable\"", TEXT("jane"),
		false },
};

static void what_is_no_product_leaves_its_kind_in_the_log_and_nothing_of_itself(void **state)
{
	static struct decided d;

	for (size_t i = 0; i < TG_COUNT(private_labels); i++) {
		decide(&d, *state, private_labels[i].label, private_labels[i].len);
		if (strstr(d.entry, private_labels[i].kind) == NULL)
			fail_msg("%s: %s", private_labels[i].what, d.entry);
		if (holds(d.entry, private_labels[i].secret, private_labels[i].secret_len))
			fail_msg("%s: \"%s\" is in %s", private_labels[i].what, private_labels[i].secret,
				d.entry);
		if (d.answer.release.released != private_labels[i].released)
			fail_msg("%s: released %d", private_labels[i].what, d.answer.release.released);
		forget(&d);
	}
}

/* An in-store number is a customer's card in one shop and cheese in the next, whichever carrier it came in. */
static void only_the_range_of_an_unknown_in_store_number_is_kept(void **state)
{
	static const struct {
		const char *label, *prefix;
	} numbers[] = {
		{ IN_STORE_OTHER, "\"0264\"" },
		{ "]E0" IN_STORE_OTHER, "\"0264\"" },
		{ "264123456780", "\"00264\"" },
		{ "26412344", "\"0000002\"" },
		{ "010" IN_STORE_OTHER, "\"0264\"" },
		{ "]d2010" IN_STORE_OTHER "10CARD77", "\"0264\"" },
		{ "]I112641234567898", "\"1264\"" },
	};
	static struct decided d;

	for (size_t i = 0; i < TG_COUNT(numbers); i++) {
		decide(&d, *state, numbers[i].label, strlen(numbers[i].label));
		if (holds(d.entry, "641234", 6) || holds(d.entry, "CARD77", 6) ||
			strstr(d.entry, numbers[i].prefix) == NULL)
			fail_msg("%s: %s", numbers[i].label, d.entry);
		forget(&d);
	}
	decide(&d, *state, IN_STORE_KNOWN, strlen(IN_STORE_KNOWN));
	assert_non_null(strstr(d.entry, "\"number\":\"0" IN_STORE_KNOWN "\""));
	assert_non_null(strstr(d.entry, "\"note\":\"CN-FOOD\""));
	assert_true(d.answer.release.released);
	forget(&d);
}

static void a_product_is_kept_with_its_raw_bytes(void **state)
{
	static struct decided d;

	decide(&d, *state,
		TEXT("]d20109524000000033"
		     "10B2650\x1d"
		     "21SN7"));
	assert_non_null(strstr(d.entry, "\"raw\":\"3031303935323430303030303030333331304232363530"));
	assert_non_null(strstr(d.entry, "\"gtin\":\"0" GTIN_BATCHES "\""));
	assert_non_null(strstr(d.entry, "\"batch\":\"B2650\""));
	assert_non_null(strstr(d.entry, "\"serial\":\"SN7\""));
	assert_non_null(strstr(d.entry, "\"aim\":\"]d2\""));
	assert_non_null(strstr(d.entry, "\"soc\":\"SOC-2\""));
	assert_non_null(strstr(d.entry, "\"decided_by\":\"15\""));
	assert_non_null(strstr(d.entry, "\"device\":\"lane-1\""));
	assert_non_null(strstr(d.reply, "\"released\":true"));
	assert_non_null(strstr(d.reply, "\"name\":\"Doorbell\""));
	assert_non_null(strstr(d.reply, "\"recorded\":false"));
	assert_null(strstr(d.reply, "\"reference\""));
	forget(&d);
}

static void a_batch_by_hand_counts_only_where_the_label_has_none(void **state)
{
	static const struct {
		const char *label, *typed, *entry;
		bool released;
	} cases[] = {
		{ GTIN_BATCHES, "", "batch-unknown", false },
		{ GTIN_BATCHES, "B2650", "\"batch\":\"B2650\",\"batch_typed\":true", true },
		{ GTIN_BATCHES, "B2700", "batch-not-covered", false },
		{ "]d20109524000000033"
		  "10B2700",
			"B2650", "\"batch\":\"B2700\"", false },
		/* a part that this version cannot read may hold the batch; behind the next separator reading goes on */
		{ "]d20109524000000033"
		  "8888abc",
			"B2650", "batch-unknown", false },
		{ "]d20109524000000033"
		  "\x1d"
		  "8888abc\x1d"
		  "10B2655",
			"B2700", "\"batch\":\"B2655\"", true },
	};
	static const tg_inforce_floor none;
	static struct decided d;
	station_fixture *f = *state;
	tg_inforce *set = NULL;

	assert_int_equal(tg_inforce_load(&set, &f->paths, f->set_id, &none, false, NULL), TG_OK);
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_check_request_init(&d.request, TG_OP_SALE);
		tg_check_request_label(&d.request, tg_view_str(cases[i].label));
		strcpy(d.request.batch, cases[i].typed);
		tg_check_decide(&d.answer, set, &d.request, &(tg_check_moment){ .now_us = f->repo.issued_us, .floor_us = f->repo.issued_us });
		d.entry = text_of(tg_check_entry(&d.answer, &d.request));
		if (strstr(d.entry, cases[i].entry) == NULL || d.answer.release.released != cases[i].released)
			fail_msg("%s, batch %s by hand: %s", cases[i].label, cases[i].typed, d.entry);
		free(d.entry);
	}
	tg_inforce_release(set);
}

/* ---- the longest entry ---- */

static void no_label_makes_an_entry_too_long_for_the_log(void **state)
{
	static char label[TG_LABEL_MAX + 1];
	static struct decided d;
	size_t n = (size_t)snprintf(label, sizeof(label), "]d20109524000000019");

	while (n + 3 < TG_LABEL_MAX) { /* (91) company information, again and again */
		size_t len = TG_LABEL_MAX - n - 3 < 80 ? TG_LABEL_MAX - n - 3 : 80;

		label[n++] = '9';
		label[n] = (char)('1' + n % 9);
		n++;
		memset(label + n, 'x', len);
		n += len;
		label[n++] = 0x1d;
	}
	decide(&d, *state, label, n);
	assert_true(strlen(d.entry) < TG_LOG_ENTRY_MAX - 500);
	forget(&d);
}

#define SYNCED(test) cmocka_unit_test_setup_teardown(test, fixture_setup_synced, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_malformed_request_is_refused_and_its_member_named),
		cmocka_unit_test(a_label_comes_as_text_or_as_hex),
		cmocka_unit_test(the_longest_batch_and_device_fit_and_a_label_too_long_is_marked),
		SYNCED(what_is_no_product_leaves_its_kind_in_the_log_and_nothing_of_itself),
		SYNCED(only_the_range_of_an_unknown_in_store_number_is_kept),
		SYNCED(a_product_is_kept_with_its_raw_bytes),
		SYNCED(a_batch_by_hand_counts_only_where_the_label_has_none),
		SYNCED(no_label_makes_an_entry_too_long_for_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
