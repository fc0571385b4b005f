/* SPDX-License-Identifier: Apache-2.0
 *
 * test_metadata.c - malformed files are refused, and signatures count by key.
 *
 * data/foreign_root.json was made with Node's own crypto: one RSA, one Ed25519 and one ECDSA key, a threshold of three, unknown
 * members with control characters and characters beyond U+FFFF at every level. Argument: this folder.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/tuf/repo.h"

#include "store/base/encoding.h"
#include "store/base/file.h"

#include <stdio.h>

static const char *source_dir;
static repo good;

static int setup(void **state)
{
	(void)state;
	repo_init(&good);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	repo_fini(&good);
	return 0;
}

static int parse(tg_tuf_role role, tg_view text, tg_error *err)
{
	tg_tuf_metadata *meta;
	int rc = tg_tuf_metadata_parse(&meta, role, text, err);

	assert_true((rc == TG_OK) == (meta != NULL));
	tg_tuf_metadata_free(meta);
	return rc;
}

#define ROOT TG_TUF_ROOT
#define TIMESTAMP TG_TUF_TIMESTAMP
#define SNAPSHOT TG_TUF_SNAPSHOT
#define TARGETS TG_TUF_TARGETS

static const struct {
	const char *what;
	tg_tuf_role role;
	const char *from, *to;
	int rc;
} changes[] = {
	{ "another role's file", ROOT, "\"_type\":\"root\"", "\"_type\":\"targets\"", TG_EFORMAT },
	{ "no _type", ROOT, "\"_type\":\"root\",", "", TG_EFORMAT },
	{ "specification 2", ROOT, "\"1.0.31\"", "\"2.0.0\"", TG_EFORMAT },
	{ "specification 1.9", ROOT, "\"1.0.31\"", "\"1.9\"", TG_OK },
	{ "specification 10.0", ROOT, "\"1.0.31\"", "\"10.0\"", TG_EFORMAT },
	{ "version 0", TIMESTAMP, "\"version\":1}}", "\"version\":0}}", TG_EFORMAT },
	{ "version as a float", TIMESTAMP, "\"version\":1}}", "\"version\":1.0}}", TG_EFORMAT },
	{ "version with an exponent", TIMESTAMP, "\"version\":1}}", "\"version\":1e3}}", TG_EFORMAT },
	{ "version as text", TIMESTAMP, "\"version\":1}}", "\"version\":\"1\"}}", TG_EFORMAT },
	{ "version 2^53-1", TIMESTAMP, "\"version\":1}}", "\"version\":9007199254740991}}", TG_OK },
	{ "version 2^53", TIMESTAMP, "\"version\":1}}", "\"version\":9007199254740992}}", TG_EFORMAT },
	{ "a name twice", TIMESTAMP, "\"version\":1}}", "\"version\":1,\"version\":1}}", TG_EFORMAT },
	{ "a name twice by an escape", TIMESTAMP, "\"version\":1}}", "\"version\":1,\"versio\\u006e\":1}}",
		TG_EFORMAT },
	{ "NUL in text", ROOT, "\"1.0.31\"", "\"1.0.31\\u0000\"", TG_EFORMAT },
	{ "text after the end", ROOT, "{\"signatures\"", "{} {\"signatures\"", TG_EFORMAT },
	{ "a name with other case", ROOT, "\"version\":1", "\"Version\":1", TG_EFORMAT },
	{ "date with a fraction", ROOT, "T00:00:00Z", "T00:00:00.5Z", TG_EFORMAT },
	{ "date with an offset", ROOT, "T00:00:00Z", "T00:00:00+00:00", TG_EFORMAT },
	{ "date that does not exist", ROOT, "2026-12-23", "2026-13-23", TG_EFORMAT },
	{ "threshold 0", ROOT, "\"threshold\":1", "\"threshold\":0", TG_EFORMAT },
	{ "negative threshold", ROOT, "\"threshold\":1", "\"threshold\":-1", TG_EFORMAT },
	{ "a role is missing", ROOT, "\"snapshot\":{\"keyids\"", "\"snapshoT\":{\"keyids\"", TG_EFORMAT },
	{ "keys as a list", ROOT, "\"keys\":{", "\"keys\":[],\"keyz\":{", TG_EFORMAT },
	{ "a key without keytype", ROOT, "\"keytype\":\"ecdsa\"", "\"keytip\":\"ecdsa\"", TG_EFORMAT },
	{ "a kind of key we do not know", ROOT, "\"keytype\":\"ecdsa\"", "\"keytype\":\"mldsa\"", TG_OK },
	{ "consistent_snapshot as a number", ROOT, "\"consistent_snapshot\":true",
		"\"consistent_snapshot\":1", TG_EFORMAT },
	{ "consistent_snapshot left out", ROOT, "\"consistent_snapshot\":true,", "", TG_OK },
	{ "an unknown member", ROOT, "\"consistent_snapshot\":true",
		"\"consistent_snapshot\":true,\"x\":[{\"y\":null}]", TG_OK },
	{ "timestamp with two entries", TIMESTAMP, "\"meta\":{", "\"meta\":{\"x.json\":{\"version\":1},",
		TG_EFORMAT },
	{ "timestamp without snapshot.json", TIMESTAMP, "\"snapshot.json\"", "\"snapshot.JSON\"",
		TG_EFORMAT },
	{ "snapshot without targets.json", SNAPSHOT, "\"targets.json\"", "\"target.json\"", TG_EFORMAT },
	{ "length 0 of metadata", SNAPSHOT, "\"length\":", "\"length\":0,\"lengtH\":", TG_EFORMAT },
	{ "length left out of metadata", SNAPSHOT, "\"length\":", "\"lengtH\":", TG_OK },
	{ "hashes left out of metadata", SNAPSHOT, "\"hashes\":", "\"hasheS\":", TG_OK },
	{ "hashes of an unknown kind only", SNAPSHOT, "\"sha256\":", "\"sha3\":", TG_EFORMAT },
	{ "a hash that is too short", SNAPSHOT, "\"sha256\":\"", "\"sha256\":\"00\",\"sha3\":\"",
		TG_EFORMAT },
	{ "a hash that is no hex", SNAPSHOT, "\"sha256\":\"", "\"sha256\":\"zz", TG_EFORMAT },
	{ "a target without a length", TARGETS, "\"length\":150000", "\"lengtH\":150000", TG_EFORMAT },
	{ "a target with a negative length", TARGETS, "\"length\":150000", "\"length\":-1", TG_EFORMAT },
	{ "a target of no bytes", TARGETS, "\"length\":150000", "\"length\":0", TG_OK },
	{ "a target without hashes", TARGETS, "\"hashes\":", "\"hasheS\":", TG_EFORMAT },
	{ "custom as text", TARGETS, "\"custom\":{", "\"custom\":\"\",\"x\":{", TG_EFORMAT },
	{ "a target without a path", TARGETS, "\"catalogue.tgc\":", "\"\":", TG_EFORMAT },
	{ "delegations as a list", TARGETS, "\"targets\":{", "\"delegations\":[],\"targets\":{", TG_EFORMAT },
	{ "a signature without keyid", ROOT, "\"keyid\":", "\"keyiD\":", TG_EFORMAT },
	{ "a signature without sig", ROOT, "\"sig\":", "\"siG\":", TG_EFORMAT },
	{ "an empty sig", ROOT, "\"sig\":\"", "\"sig\":\"\",\"x\":\"", TG_OK },
	{ "signatures as an object", ROOT, "\"signatures\":[", "\"signatures\":{},\"x\":[", TG_EFORMAT },
};

static void malformed_files_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(changes); i++) {
		tg_error err = { 0 };
		tg_buf text;
		int rc;

		tg_buf_init(&text, 1 << 20);
		replace_text(&text, repo_file(&good, changes[i].role), changes[i].from, changes[i].to);
		rc = parse(changes[i].role, tg_buf_view(&text), &err);
		if (rc != changes[i].rc)
			fail_msg("%s: wanted %s, found %s (%s)", changes[i].what, tg_strerror(changes[i].rc),
				tg_strerror(rc), err.msg);
		if (rc != TG_OK)
			assert_non_null(strstr(err.msg, tg_tuf_role_name(changes[i].role)));
		tg_buf_fini(&text);
	}
}

static void a_file_cut_anywhere_is_refused(void **state)
{
	(void)state;
	for (int role = 0; role < TG_TUF_ROLES; role++) {
		tg_view whole = repo_file(&good, (tg_tuf_role)role);

		for (size_t len = 0; len < whole.len; len += 7)
			assert_int_not_equal(
				parse((tg_tuf_role)role, tg_view_of(whole.data, len), NULL), TG_OK);
	}
}

static void one_role_is_never_read_as_another(void **state)
{
	(void)state;
	for (int role = 0; role < TG_TUF_ROLES; role++)
		for (int as = 0; as < TG_TUF_ROLES; as++)
			assert_int_equal(parse((tg_tuf_role)as, repo_file(&good, (tg_tuf_role)role), NULL),
				as == role ? TG_OK : TG_EFORMAT);
}

static void too_deep_json_is_refused(void **state)
{
	char deep[2 * 200 + 1] = { 0 };
	tg_error err = { 0 };
	tg_buf text;

	(void)state;
	memset(deep, '[', 200);
	memset(deep + 200, ']', 200);
	tg_buf_init(&text, 1 << 20);
	replace_text(&text, repo_file(&good, ROOT), "\"consistent_snapshot\":true",
		"\"consistent_snapshot\":true,\"x\":@");
	{
		tg_buf deeper;

		tg_buf_init(&deeper, 1 << 20);
		replace_text(&deeper, tg_buf_view(&text), "@", deep);
		assert_int_equal(parse(ROOT, tg_buf_view(&deeper), &err), TG_EFORMAT);
		tg_buf_fini(&deeper);
	}
	tg_buf_fini(&text);
}

static void a_key_id_twice_refuses_the_file(void **state)
{
	static const int keys[] = { TG_TUF_TIMESTAMP, TG_TUF_TIMESTAMP };
	static const char body[] =
		"{\"_type\":\"timestamp\",\"expires\":\"2026-12-23T00:00:00Z\",\"spec_version\":\"1.0.31\","
		"\"version\":1,\"meta\":{\"snapshot.json\":{\"version\":1}}}";
	tg_error err = { 0 };
	tg_buf file;

	(void)state;
	tg_buf_init(&file, 1 << 16);
	sign_body(&file, body, &good, keys, 2);
	assert_int_equal(parse(TIMESTAMP, tg_buf_view(&file), &err), TG_EFORMAT);
	assert_non_null(strstr(err.msg, "twice"));
	tg_buf_fini(&file);
}

static void issue_time_is_read_strictly(void **state)
{
	static const struct {
		const char *to;
		int rc;
	} times[] = {
		{ "\"x-tillgate-issued\":\"2026-11-23T00:00:00Z\"", TG_OK },
		{ "\"x\":0", TG_ENOTFOUND },
		{ "\"x-tillgate-issued\":0", TG_EFORMAT },
		{ "\"x-tillgate-issued\":\"2026-11-23\"", TG_EFORMAT },
		{ "\"x-tillgate-issued\":\"2026-11-23T00:00:00.000001Z\"", TG_EFORMAT },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(times); i++) {
		tg_tuf_metadata *meta;
		tg_error err = { 0 };
		int64_t at = 0;
		tg_buf text;

		tg_buf_init(&text, 1 << 16);
		replace_text(&text, repo_file(&good, TIMESTAMP), times[0].to, times[i].to);
		assert_int_equal(tg_tuf_metadata_parse(&meta, TIMESTAMP, tg_buf_view(&text), &err), TG_OK);
		assert_int_equal(tg_tuf_issued_us(&at, meta, &err), times[i].rc);
		if (times[i].rc == TG_OK)
			assert_int_equal(at, TEST_NOW_US);
		tg_tuf_metadata_free(meta);
		tg_buf_fini(&text);
	}
}

/* ---- signatures ---- */

static void read_foreign(tg_buf *out)
{
	char path[4096];
	tg_error err = { 0 };

	tg_buf_init(out, 1 << 20);
	assert_int_equal(tg_path(path, &err, "%s/data/foreign_root.json", source_dir), TG_OK);
	assert_int_equal(tg_file_read(out, path, out->max, &err), TG_OK);
}

static int verify_self(tg_view text, tg_error *err)
{
	tg_tuf_metadata *meta;
	int rc = tg_tuf_metadata_parse(&meta, ROOT, text, err);

	if (rc == TG_OK)
		rc = tg_tuf_metadata_verify(meta, meta, err);
	tg_tuf_metadata_free(meta);
	return rc;
}

static void a_root_of_another_maker_with_three_kinds_of_key_verifies(void **state)
{
	tg_error err = { 0 };
	tg_buf foreign;

	(void)state;
	read_foreign(&foreign);
	if (verify_self(tg_buf_view(&foreign), &err) != TG_OK)
		fail_msg("%s", err.msg);
	tg_buf_fini(&foreign);
}

static const struct {
	const char *what, *from, *to;
} one_short[] = {
	{ "an unknown member of signed was changed", "\"x-unknown\": {", "\"x-unknowm\": {" },
	{ "a character beyond U+FFFF was changed", "\xf0\x9f\x94\x91", "\xf0\x9f\x94\x92" },
	{ "rsa with the scheme of ecdsa", "\"scheme\": \"rsassa-pss-sha256\"",
		"\"scheme\": \"ecdsa-sha2-nistp256\"" },
	{ "ecdsa called rsa", "\"keytype\": \"ecdsa\"", "\"keytype\": \"rsa\"" },
	{ "a scheme we do not know", "\"scheme\": \"ed25519\"", "\"scheme\": \"ed448\"" },
	{ "a signature of odd length", "\"sig\": \"", "\"sig\": \"0" },
	{ "a signature with a byte in front", "\"sig\": \"", "\"sig\": \"00" },
	{ "a signature that is no hex", "\"sig\": \"", "\"sig\": \"zz" },
	{ "a signature of nobody", "\"sig\": \"", "\"sig\": \"\", \"x\": \"" },
	{ "a signature under a stranger's id", "\"keyid\": \"", "\"keyid\": \"00" },
};

/* data/pkcs1_root.json: a root with one RSA key, in PKCS#1 form, made with Python's cryptography. */
static void an_rsa_key_in_pkcs1_form_counts(void **state)
{
	static const struct {
		const char *from, *to;
		int rc;
	} bends[] = {
		{ "RSA PUBLIC", "RSA PUBLIC", TG_OK },
		{ "-----END RSA PUBLIC KEY-----", "-----END RSA PUBLIK KEY-----", TG_EUNTRUSTED },
		{ "MII", "MIJ", TG_EUNTRUSTED },
		{ "KEY-----\\n", "KEY-----\\n ", TG_EUNTRUSTED },
	};
	tg_error err = { 0 };
	tg_buf text, bent;
	char path[4096];

	(void)state;
	tg_buf_init(&text, 1 << 20);
	assert_int_equal(tg_path(path, &err, "%s/data/pkcs1_root.json", source_dir), TG_OK);
	assert_int_equal(tg_file_read(&text, path, 1 << 20, &err), TG_OK);
	for (size_t i = 0; i < TG_COUNT(bends); i++) {
		tg_buf_init(&bent, 1 << 20);
		replace_text(&bent, tg_buf_view(&text), bends[i].from, bends[i].to);
		assert_int_equal(verify_self(tg_buf_view(&bent), &err), bends[i].rc);
		tg_buf_fini(&bent);
	}
	tg_buf_fini(&text);
}

static void a_signature_that_does_not_fit_does_not_count(void **state)
{
	tg_buf foreign;

	(void)state;
	read_foreign(&foreign);
	for (size_t i = 0; i < TG_COUNT(one_short); i++) {
		tg_error err = { 0 };
		tg_buf text;

		tg_buf_init(&text, 1 << 20);
		replace_text(&text, tg_buf_view(&foreign), one_short[i].from, one_short[i].to);
		if (verify_self(tg_buf_view(&text), &err) != TG_EUNTRUSTED)
			fail_msg("%s: %s", one_short[i].what, err.msg);
		tg_buf_fini(&text);
	}
	tg_buf_fini(&foreign);
}

/* A root whose roles name `count` ids; two of them may stand for the same key. */
static void root_with_ids(
	tg_buf *out, const repo *r, const int *keys, const char *const *ids, size_t count, int threshold)
{
	tg_json *body = tg_json_new_object(), *key_list = tg_json_new_object(), *roles = tg_json_new_object();
	tg_error err = { 0 };
	tg_buf text;

	for (size_t i = 0; i < count; i++) {
		tg_json *key = tg_json_new_object(), *keyval = tg_json_new_object();
		tg_buf pem;

		tg_buf_init(&pem, 4096);
		assert_int_equal(tg_pubkey_to_pem(&pem, r->pubs[keys[i]], &err), TG_OK);
		tg_json_set_str(keyval, "public", tg_buf_text(&pem));
		tg_json_set_str(key, "keytype", "ecdsa");
		tg_json_set_str(key, "scheme", "ecdsa-sha2-nistp256");
		tg_json_set(key, "keyval", keyval);
		tg_json_set(key_list, ids[i], key);
		tg_buf_fini(&pem);
	}
	for (int role = 0; role < TG_TUF_ROLES; role++) {
		tg_json *entry = tg_json_new_object(), *list = tg_json_new_array();

		for (size_t i = 0; i < count; i++)
			tg_json_add_str(list, ids[i]);
		tg_json_set(entry, "keyids", list);
		tg_json_set_int(entry, "threshold", threshold);
		tg_json_set(roles, tg_tuf_role_name((tg_tuf_role)role), entry);
	}
	tg_json_set_str(body, "_type", "root");
	tg_json_set_str(body, "spec_version", "1.0.31");
	tg_json_set_int(body, "version", 1);
	tg_json_set_str(body, "expires", "2027-01-01T00:00:00Z");
	tg_json_set(body, "keys", key_list);
	tg_json_set(body, "roles", roles);
	tg_buf_init(&text, 1 << 20);
	assert_int_equal(tg_json_write_jcs(&text, body, &err), TG_OK);
	sign_body(out, tg_buf_text(&text), r, keys, 0);
	tg_buf_fini(&text);
	tg_json_free(body);
}

/* Fill the empty signature list of `unsigned_file` by the given keys under the given ids. */
static void sign_as(tg_buf *out, tg_view unsigned_file, const repo *r, const int *keys,
	const char *const *ids, size_t count)
{
	tg_tuf_metadata *meta;
	tg_error err = { 0 };
	tg_buf list;

	assert_int_equal(tg_tuf_metadata_parse(&meta, ROOT, unsigned_file, &err), TG_OK);
	tg_buf_init(&list, 1 << 16);
	tg_buf_puts(&list, "\"signatures\":[");
	for (size_t i = 0; i < count; i++) {
		char hex[2 * TG_ECDSA_SIGNATURE_MAX + 1];
		tg_buf sig;

		tg_buf_init(&sig, TG_ECDSA_SIGNATURE_MAX);
		assert_int_equal(
			tg_signkey_sign(&sig, r->keys[keys[i]], tg_tuf_metadata_signed(meta), &err), TG_OK);
		tg_buf_printf(&list, "%s{\"keyid\":\"%s\",\"sig\":\"%s\"}", i > 0 ? "," : "", ids[i],
			tg_hex_encode(hex, sig.data, sig.len));
		tg_buf_fini(&sig);
	}
	tg_buf_puts(&list, "]");
	replace_text(out, unsigned_file, "\"signatures\":[]", tg_buf_text(&list));
	tg_buf_fini(&list);
	tg_tuf_metadata_free(meta);
}

static void one_key_counts_once_even_under_two_ids(void **state)
{
	static const int twice[] = { 0, 0 }, two[] = { 0, 1 };
	static const char *const ids[] = { "first", "second" };
	static const struct {
		const char *what;
		const int *listed;
		size_t listed_count, signed_count;
		int threshold, rc;
	} cases[] = {
		{ "one key under two ids, threshold 2", twice, 2, 2, 2, TG_EUNTRUSTED },
		{ "one key under two ids, threshold 1", twice, 2, 2, 1, TG_OK },
		{ "two keys, threshold 2", two, 2, 2, 2, TG_OK },
		{ "two keys, one signature, threshold 2", two, 2, 1, 2, TG_EUNTRUSTED },
		{ "a threshold that nobody can reach", two, 2, 2, 3, TG_EUNTRUSTED },
		{ "one key listed, two sign, threshold 2", two, 1, 2, 2, TG_EUNTRUSTED },
		{ "no key at all", two, 0, 2, 1, TG_EUNTRUSTED },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_error err = { 0 };
		tg_buf bare, file;
		int rc;

		tg_buf_init(&bare, 1 << 20);
		tg_buf_init(&file, 1 << 20);
		root_with_ids(&bare, &good, cases[i].listed, ids, cases[i].listed_count, cases[i].threshold);
		sign_as(&file, tg_buf_view(&bare), &good, cases[i].listed, ids, cases[i].signed_count);
		rc = verify_self(tg_buf_view(&file), &err);
		if (rc != cases[i].rc)
			fail_msg("%s: found %s (%s)", cases[i].what, tg_strerror(rc), err.msg);
		tg_buf_fini(&bare);
		tg_buf_fini(&file);
	}
}

static void keys_are_asked_of_a_root_only(void **state)
{
	tg_tuf_metadata *meta;
	tg_error err = { 0 };

	(void)state;
	assert_int_equal(tg_tuf_metadata_parse(&meta, TARGETS, repo_file(&good, TARGETS), &err), TG_OK);
	assert_int_equal(tg_tuf_metadata_verify(meta, meta, &err), TG_EINVAL);
	tg_tuf_metadata_free(meta);
}

static void length_and_every_stated_hash_must_hold(void **state)
{
	static const char text[] = "statement of compliance";
	tg_tuf_file file = { .length = (int64_t)strlen(text), .has_sha256 = true, .has_sha512 = true };
	tg_view view = tg_view_str(text);
	tg_error err = { 0 };

	(void)state;
	tg_sha256(file.sha256, text, strlen(text));
	tg_sha512(file.sha512, text, strlen(text));
	assert_int_equal(tg_tuf_file_check(&file, view, "x", &err), TG_OK);
	file.sha512[63] ^= 1;
	assert_int_equal(tg_tuf_file_check(&file, view, "x", &err), TG_EHASH);
	file.sha512[63] ^= 1;
	file.sha256[0] ^= 1;
	assert_int_equal(tg_tuf_file_check(&file, view, "x", &err), TG_EHASH);
	file.has_sha256 = false;
	assert_int_equal(tg_tuf_file_check(&file, view, "x", &err), TG_OK);
	file.length++;
	assert_int_equal(tg_tuf_file_check(&file, view, "x", &err), TG_ELENGTH);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_files_are_refused),
		cmocka_unit_test(a_file_cut_anywhere_is_refused),
		cmocka_unit_test(one_role_is_never_read_as_another),
		cmocka_unit_test(too_deep_json_is_refused),
		cmocka_unit_test(a_key_id_twice_refuses_the_file),
		cmocka_unit_test(issue_time_is_read_strictly),
		cmocka_unit_test(a_root_of_another_maker_with_three_kinds_of_key_verifies),
		cmocka_unit_test(an_rsa_key_in_pkcs1_form_counts),
		cmocka_unit_test(a_signature_that_does_not_fit_does_not_count),
		cmocka_unit_test(one_key_counts_once_even_under_two_ids),
		cmocka_unit_test(keys_are_asked_of_a_root_only),
		cmocka_unit_test(length_and_every_stated_hash_must_hold),
	};

	source_dir = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, setup, teardown);
}
