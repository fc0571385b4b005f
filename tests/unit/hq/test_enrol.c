/* SPDX-License-Identifier: Apache-2.0
 *
 * test_enrol.c - request and bundle: what one side writes the other reads, and nothing else.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/json.h"
#include "sync/enrol.h"

#include <stdio.h>

#define STATION "till-3"
#define GLN "9524000000002"

static tg_signkey *evidence, *transport;

static int setup(void **state)
{
	(void)state;
	assert_int_equal(tg_crypto_init(NULL), TG_OK);
	assert_int_equal(tg_signkey_generate(&evidence, NULL), TG_OK);
	assert_int_equal(tg_signkey_generate(&transport, NULL), TG_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tg_signkey_free(evidence);
	tg_signkey_free(transport);
	return 0;
}

static void write_request(tg_buf *out)
{
	tg_error err = { 0 };

	tg_buf_init(out, TG_ENROL_REQUEST_MAX);
	if (tg_enrol_request_write(out, STATION, GLN, evidence, transport, &err) != TG_OK)
		fail_msg("%s", err.msg);
}

static void a_request_is_read_as_it_was_written(void **state)
{
	char one[TG_ENROL_FINGERPRINT_SIZE], two[TG_ENROL_FINGERPRINT_SIZE];
	tg_enrol_request request;
	tg_buf text;

	(void)state;
	write_request(&text);
	assert_int_equal(tg_enrol_request_read(&request, tg_buf_view(&text), NULL), TG_OK);
	assert_string_equal(request.station, STATION);
	assert_string_equal(request.gln, GLN);
	assert_int_equal(tg_enrol_request_fingerprint(one, &request, NULL), TG_OK);
	assert_int_equal(strlen(one), TG_ENROL_FINGERPRINT_SIZE - 1);
	request.station[5] = '4';
	assert_int_equal(tg_enrol_request_fingerprint(two, &request, NULL), TG_OK);
	assert_string_not_equal(one, two);
	tg_buf_fini(&text);
}

/* A member of the request replaced after it was signed. */
static const struct {
	const char *what, *member, *value;
	int rc;
} changes[] = {
	{ "another station", "station", "till-4", TG_EUNTRUSTED },
	{ "another site", "gln", "9524000000019", TG_EUNTRUSTED },
	{ "no station id", "station", "Till 3", TG_EFORMAT },
	{ "a path for an id", "station", "../till", TG_EFORMAT },
	{ "a wrong check digit", "gln", "9524000000003", TG_EFORMAT },
	{ "no key", "evidence_key", "-----BEGIN PUBLIC KEY-----\n", TG_EFORMAT },
	{ "an unknown member", "colour", "red", TG_EFORMAT },
};

static void a_request_that_was_changed_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(changes); i++) {
		tg_enrol_request request = { 0 };
		tg_json *json = NULL;
		tg_buf text, changed;
		int rc;

		write_request(&text);
		tg_buf_init(&changed, TG_ENROL_REQUEST_MAX);
		assert_int_equal(tg_json_parse(&json, tg_buf_view(&text), NULL), TG_OK);
		tg_json_remove(json, changes[i].member);
		tg_json_set_str(json, changes[i].member, changes[i].value);
		assert_int_equal(tg_json_write_jcs(&changed, json, NULL), TG_OK);
		rc = tg_enrol_request_read(&request, tg_buf_view(&changed), NULL);
		if (rc != changes[i].rc || request.station[0] != '\0')
			fail_msg("%s: %s", changes[i].what, tg_strerror(rc));
		tg_json_free(json);
		tg_buf_fini(&changed);
		tg_buf_fini(&text);
	}
}

static void one_key_for_both_purposes_is_refused(void **state)
{
	tg_buf text;

	(void)state;
	tg_buf_init(&text, TG_ENROL_REQUEST_MAX);
	assert_int_equal(tg_enrol_request_write(&text, STATION, GLN, evidence, evidence, NULL), TG_EINVAL);
	tg_buf_fini(&text);
}

static void fill_bundle(tg_enrol_bundle *bundle)
{
	uint8_t pub[TG_ED25519_PUBLIC_SIZE], secret[64];
	tg_buf vkey;

	*bundle = (tg_enrol_bundle){ .issued_us = INT64_C(1780000000) * TG_US_PER_SECOND };
	(void)snprintf(bundle->station, sizeof(bundle->station), STATION);
	(void)snprintf(bundle->gln, sizeof(bundle->gln), GLN);
	(void)snprintf(bundle->owner, sizeof(bundle->owner), "shop.example");
	(void)snprintf(
		bundle->metadata_url, sizeof(bundle->metadata_url), "https://hq.shop.example/metadata/");
	(void)snprintf(bundle->targets_url, sizeof(bundle->targets_url), "https://hq.shop.example/targets/");
	tg_ed25519_generate(pub, secret);
	tg_buf_init(&vkey, TG_ENROL_VKEY_MAX);
	assert_int_equal(tg_enrol_vkey_write(&vkey, "shop.example", pub, NULL), TG_OK);
	(void)snprintf(bundle->cosigner, sizeof(bundle->cosigner), "%s", tg_buf_text(&vkey));
	tg_buf_fini(&vkey);
	tg_buf_init(&bundle->root, 1024);
	tg_buf_puts(&bundle->root, "{\"signed\":\"root\"}");
}

static void a_bundle_is_read_as_it_was_written(void **state)
{
	char one[TG_ENROL_FINGERPRINT_SIZE], two[TG_ENROL_FINGERPRINT_SIZE];
	tg_enrol_bundle written, found;
	tg_error err = { 0 };
	tg_buf text;

	(void)state;
	fill_bundle(&written);
	tg_buf_init(&text, TG_ENROL_BUNDLE_MAX);
	if (tg_enrol_bundle_write(&text, &written, &err) != TG_OK ||
		tg_enrol_bundle_read(&found, tg_buf_view(&text), &err) != TG_OK)
		fail_msg("%s", err.msg);
	assert_string_equal(found.metadata_url, written.metadata_url);
	assert_string_equal(found.cosigner, written.cosigner);
	assert_int_equal(found.issued_us, written.issued_us);
	assert_true(tg_view_equal(tg_buf_view(&found.root), tg_buf_view(&written.root)));
	assert_int_equal(tg_enrol_bundle_fingerprint(one, &written, NULL), TG_OK);
	assert_int_equal(tg_enrol_bundle_fingerprint(two, &found, NULL), TG_OK);
	assert_string_equal(one, two);
	tg_buf_fini(&text);
	tg_enrol_bundle_fini(&written);
	tg_enrol_bundle_fini(&found);
}

static void every_member_of_a_bundle_is_in_its_fingerprint(void **state)
{
	char before[TG_ENROL_FINGERPRINT_SIZE], after[TG_ENROL_FINGERPRINT_SIZE];
	tg_enrol_bundle b;

	(void)state;
	fill_bundle(&b);
	char *const fields[] = { b.station, b.gln, b.owner, b.metadata_url, b.targets_url, b.cosigner,
		(char *)b.root.data };

	assert_int_equal(tg_enrol_bundle_fingerprint(before, &b, NULL), TG_OK);
	for (size_t i = 0; i < TG_COUNT(fields); i++) {
		fields[i][3] ^= 1;
		assert_int_equal(tg_enrol_bundle_fingerprint(after, &b, NULL), TG_OK);
		assert_string_not_equal(before, after);
		fields[i][3] ^= 1;
	}
	b.issued_us += TG_US_PER_SECOND;
	assert_int_equal(tg_enrol_bundle_fingerprint(after, &b, NULL), TG_OK);
	assert_string_not_equal(before, after);
	tg_enrol_bundle_fini(&b);
}

static const struct {
	const char *url;
	bool good;
} urls[] = {
	{ "http://127.0.0.1:8080/metadata/", true },
	{ "https://hq.example/", true },
	{ "https://hq.example", false },
	{ "https:///", false },
	{ "ftp://hq.example/", false },
	{ "https://user@hq.example/", false },
	{ "https://hq.example/?a/", false },
	{ "https://hq.example/#/", false },
	{ "https://hq.example/ /", false },
	{ "https://hq.example/\xc3\xa4/", false },
	{ "", false },
};

static void urls_are_plain_folders(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(urls); i++)
		if (tg_enrol_url_valid(urls[i].url) != urls[i].good)
			fail_msg("%s", urls[i].url);
}

static const struct {
	const char *owner;
	bool good;
} owners[] = {
	{ "shop.example", true },
	{ "a-b.co.uk", true },
	{ "example", false },
	{ "Shop.example", false },
	{ ".example", false },
	{ "shop.", false },
	{ "-a.example", false },
	{ "a-.example", false },
	{ "a..b", false },
	{ "a b.example", false },
	{ "", false },
};

static void owners_are_domain_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(owners); i++)
		if (tg_enrol_owner_valid(owners[i].owner) != owners[i].good)
			fail_msg("%s", owners[i].owner);
}

/*
 * A cosigner's key made with another implementation would have this form; the id is SHA-256(name LF 0x04
 * key).
 */
static void a_verifier_key_is_bound_to_its_name(void **state)
{
	uint8_t pub[TG_ED25519_PUBLIC_SIZE] = { 1, 2, 3 }, found[TG_ED25519_PUBLIC_SIZE];
	char name[TG_ENROL_VKEY_MAX + 1];
	tg_buf vkey;

	(void)state;
	tg_buf_init(&vkey, TG_ENROL_VKEY_MAX);
	assert_int_equal(tg_enrol_vkey_write(&vkey, "shop.example", pub, NULL), TG_OK);
	assert_int_equal(tg_enrol_vkey_read(found, name, tg_buf_text(&vkey), NULL), TG_OK);
	assert_string_equal(name, "shop.example");
	assert_memory_equal(pub, found, sizeof(pub));
	vkey.data[0] = 'S';
	assert_int_equal(tg_enrol_vkey_read(found, NULL, tg_buf_text(&vkey), NULL), TG_EFORMAT);
	assert_int_equal(tg_enrol_vkey_read(found, NULL, "shop.example", NULL), TG_EFORMAT);
	assert_int_equal(tg_enrol_vkey_read(found, NULL, "shop.example+00000000", NULL), TG_EFORMAT);
	assert_int_equal(tg_enrol_vkey_write(&vkey, "a+b", pub, NULL), TG_EINVAL);
	tg_buf_fini(&vkey);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read_as_it_was_written),
		cmocka_unit_test(a_request_that_was_changed_is_refused),
		cmocka_unit_test(one_key_for_both_purposes_is_refused),
		cmocka_unit_test(a_bundle_is_read_as_it_was_written),
		cmocka_unit_test(every_member_of_a_bundle_is_in_its_fingerprint),
		cmocka_unit_test(urls_are_plain_folders),
		cmocka_unit_test(owners_are_domain_names),
		cmocka_unit_test(a_verifier_key_is_bound_to_its_name),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
