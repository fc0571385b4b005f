/* SPDX-License-Identifier: Apache-2.0
 *
 * test_root_stage.c - a staged root says what it changes, takes signatures of those who are asked, and of nobody else.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/encoding.h"
#include "sync/hq/root_stage.h"

#include <stdio.h>

#define KEYS 6
#define EXPIRES_US (INT64_C(1800000000) * TG_US_PER_SECOND)

static tg_signkey *keys[KEYS];

static int setup(void **state)
{
	(void)state;
	assert_int_equal(tg_crypto_init(NULL), TG_OK);
	for (int i = 0; i < KEYS; i++)
		assert_int_equal(tg_signkey_generate(&keys[i], NULL), TG_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (int i = 0; i < KEYS; i++)
		tg_signkey_free(keys[i]);
	return 0;
}

static void add(tg_root_role *role, int key)
{
	tg_pubkey *pub = NULL;

	assert_int_equal(tg_signkey_public(&pub, keys[key], NULL), TG_OK);
	assert_int_equal(tg_root_role_add(role, pub, NULL), TG_OK);
}

/* Root: keys `first` to `last`, `threshold` of them; the other roles: key 5. */
static tg_root root_of(int64_t version, int first, int last, int64_t threshold)
{
	tg_root root = { .version = version, .expires_us = EXPIRES_US };

	for (int i = first; i <= last; i++)
		add(&root.roles[TG_TUF_ROOT], i);
	root.roles[TG_TUF_ROOT].threshold = threshold;
	for (int role = TG_TUF_ROOT + 1; role < TG_TUF_ROLES; role++) {
		add(&root.roles[role], 5);
		root.roles[role].threshold = 1;
	}
	return root;
}

/* A root in force: made, signed by enough, read back. */
static tg_root in_force(int64_t version, int first, int last, int64_t threshold)
{
	tg_root made = root_of(version, first, last, threshold), root;
	tg_repository_root writer = tg_root_for_writer(&made);
	tg_buf bytes;

	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	assert_int_equal(
		tg_repository_write_root(&bytes, &writer,
			(tg_repository_signers){ (const tg_signkey *const *)keys, (size_t)last + 1 }, NULL),
		TG_OK);
	assert_int_equal(tg_root_parse(&root, tg_buf_view(&bytes), NULL), TG_OK);
	tg_buf_fini(&bytes);
	tg_root_fini(&made);
	return root;
}

static bool says(const tg_stage *stage, const tg_root *current, const char *words)
{
	tg_buf text;
	bool found;

	tg_buf_init(&text, TG_STAGE_MAX);
	assert_int_equal(tg_stage_says(&text, stage, current, NULL), TG_OK);
	found = strstr(tg_buf_text(&text), words) != NULL;
	tg_buf_fini(&text);
	return found;
}

static void each_change_is_said_in_words(void **state)
{
	tg_root current = in_force(3, 0, 1, 1), next = root_of(4, 1, 3, 2);
	tg_stage stage;

	(void)state;
	assert_int_equal(tg_stage_make(&stage, &current, &next, NULL), TG_OK);
	assert_true(says(&stage, &current, "root.json 4 follows root.json 3\n"));
	assert_true(says(&stage, &current, "root: key "));
	assert_true(says(&stage, &current, " goes out\n"));
	assert_true(says(&stage, &current, " comes in\n"));
	assert_true(says(&stage, &current, "root: threshold changes from 1 to 2\n"));
	assert_true(says(&stage, &current, "root: 2 of 3 keys sign\n"));
	assert_true(says(&stage, &current, "timestamp: 1 of 1 keys sign, as before\n"));
	assert_false(says(&stage, &current, "only the date"));
	tg_stage_fini(&stage);
	tg_root_fini(&next);
	tg_root_fini(&current);
}

static void a_renewal_says_that_it_is_nothing_else(void **state)
{
	tg_root current = in_force(3, 0, 1, 1), next = root_of(4, 0, 1, 1);
	tg_stage stage;

	(void)state;
	next.expires_us += TG_US_PER_DAY;
	assert_int_equal(tg_stage_make(&stage, &current, &next, NULL), TG_OK);
	assert_true(says(&stage, &current, "no key and no threshold changes: only the date is new\n"));
	tg_stage_fini(&stage);
	tg_root_fini(&next);
	tg_root_fini(&current);
}

/* Read the stage's text back after a change to it; the code of the first step that refuses. */
static int reread(const tg_stage *stage, const tg_root *current, const char *from, const char *to)
{
	tg_stage again;
	tg_buf text, changed, words;
	const char *at;
	int rc;

	tg_buf_init(&text, TG_STAGE_MAX);
	tg_buf_init(&changed, TG_STAGE_MAX);
	tg_buf_init(&words, TG_STAGE_MAX);
	assert_int_equal(tg_stage_write(&text, stage, NULL), TG_OK);
	at = strstr(tg_buf_text(&text), from);
	assert_non_null(at);
	tg_buf_append(&changed, text.data, (size_t)(at - tg_buf_text(&text)));
	tg_buf_puts(&changed, to);
	tg_buf_puts(&changed, at + strlen(from));
	rc = tg_stage_parse(&again, tg_buf_view(&changed), NULL);
	if (rc == TG_OK)
		rc = tg_stage_says(&words, &again, current, NULL);
	tg_stage_fini(&again);
	tg_buf_fini(&words);
	tg_buf_fini(&changed);
	tg_buf_fini(&text);
	return rc;
}

static void a_stage_that_was_changed_on_its_way_is_refused(void **state)
{
	static const struct {
		const char *what, *from, *to;
		int rc;
	} changes[] = {
		{ "nothing", "\"says\"", "\"says\"", TG_OK },
		{ "a word", "goes out", "stays", TG_EUNTRUSTED },
		{ "a line more", "\"says\": [", "\"says\": [\"all is well\",", TG_EUNTRUSTED },
		{ "its content", "\"expires\": \"2027-", "\"expires\": \"2037-", TG_EFORMAT },
		{ "a threshold", "\"threshold\": 2", "\"threshold\": 1", TG_EFORMAT },
		{ "a threshold that no keys reach", "\"threshold\": 2", "\"threshold\": 9", TG_EFORMAT },
		{ "the fingerprint", "\"fingerprint\": \"", "\"fingerprint\": \"0", TG_EFORMAT },
		{ "a member more", "\"says\"", "\"more\": 1, \"says\"", TG_EFORMAT },
		{ "another form", "\"tillgate_root_stage\": 1", "\"tillgate_root_stage\": 2", TG_EFORMAT },
	};
	tg_root current = in_force(3, 0, 1, 1), next = root_of(4, 1, 3, 2);
	tg_stage stage;

	(void)state;
	assert_int_equal(tg_stage_make(&stage, &current, &next, NULL), TG_OK);
	for (size_t i = 0; i < TG_COUNT(changes); i++) {
		int rc = reread(&stage, &current, changes[i].from, changes[i].to);

		if (rc != changes[i].rc)
			fail_msg("%s: %s, wanted %s", changes[i].what, tg_strerror(rc),
				tg_strerror(changes[i].rc));
	}
	tg_stage_fini(&stage);
	tg_root_fini(&next);
	tg_root_fini(&current);
}

/* Whoever hands the stage on can make words and fingerprint fit what they put in. */
static void a_stage_holds_nothing_that_its_words_do_not_tell(void **state)
{
	static const struct {
		const char *what, *name;
	} additions[] = {
		{ "plain names", "consistent_snapshot" },
		{ "a member of somebody else's", "x-more" },
	};
	tg_root current = in_force(3, 0, 1, 1), next = root_of(4, 1, 3, 2);

	(void)state;
	for (size_t i = 0; i < TG_COUNT(additions); i++) {
		uint8_t hash[TG_SHA256_SIZE];
		char hex[2 * TG_SHA256_SIZE + 1], fingerprint[TG_STAGE_FINGERPRINT_SIZE];
		tg_stage stage, again;
		tg_json *body;
		tg_buf message, text;

		assert_int_equal(tg_stage_make(&stage, &current, &next, NULL), TG_OK);
		body = tg_json_copy(tg_json_get(stage.tree, "signed"));
		tg_json_set_bool(body, additions[i].name, false);
		tg_buf_init(&message, TG_STAGE_MAX);
		tg_buf_init(&text, TG_STAGE_MAX);
		assert_int_equal(tg_json_write_olpc(&message, body, NULL), TG_OK);
		tg_sha256(hash, message.data, message.len);
		tg_hex_encode(hex, hash, sizeof(hash));
		for (int group = 0; group < 8; group++)
			(void)snprintf(fingerprint + 5 * group, 6, "%.4s%s", hex + 4 * group, group < 7 ? " " : "");
		tg_json_set(stage.tree, "signed", body);
		tg_json_set_str(stage.tree, "fingerprint", fingerprint);
		assert_int_equal(tg_stage_write(&text, &stage, NULL), TG_OK);
		if (tg_stage_parse(&again, tg_buf_view(&text), NULL) != TG_EFORMAT)
			fail_msg("%s: was not refused", additions[i].what);
		tg_stage_fini(&again);
		tg_stage_fini(&stage);
		tg_buf_fini(&text);
		tg_buf_fini(&message);
	}
	tg_root_fini(&next);
	tg_root_fini(&current);
}

static void a_stage_is_judged_by_the_root_that_it_was_made_for(void **state)
{
	tg_root current = in_force(3, 0, 1, 1), other = in_force(3, 0, 2, 1), later = in_force(4, 0, 1, 1);
	tg_root next = root_of(4, 1, 3, 2);
	tg_stage stage;
	tg_buf words;

	(void)state;
	tg_buf_init(&words, TG_STAGE_MAX);
	assert_int_equal(tg_stage_make(&stage, &current, &next, NULL), TG_OK);
	assert_int_equal(tg_stage_says(&words, &stage, &other, NULL), TG_EUNTRUSTED);
	assert_int_equal(tg_stage_says(&words, &stage, &later, NULL), TG_EUNTRUSTED);
	assert_int_equal(tg_stage_says(&words, &stage, NULL, NULL), TG_EUNTRUSTED);
	assert_int_equal(words.len, 0);
	tg_buf_fini(&words);
	tg_stage_fini(&stage);
	tg_root_fini(&next);
	tg_root_fini(&later);
	tg_root_fini(&other);
	tg_root_fini(&current);
}

/* Present root: 2 of keys 0, 1, 2. New root: 2 of keys 2, 3, 4. */
static void both_roots_signers_are_asked(void **state)
{
	static const struct {
		const char *what;
		int signers[KEYS]; /* ended by -1 */
		int rc;
	} sets[] = {
		{ "nobody", { -1 }, TG_EUNTRUSTED },
		{ "the old ones alone", { 0, 1, -1 }, TG_EUNTRUSTED },
		{ "the new ones alone", { 3, 4, -1 }, TG_EUNTRUSTED },
		{ "one of each side and one of both: enough", { 0, 2, 3, -1 }, TG_OK },
		{ "two of each", { 0, 1, 3, 4, -1 }, TG_OK },
		{ "one old and two new", { 0, 3, 4, -1 }, TG_EUNTRUSTED },
	};
	tg_root current = in_force(1, 0, 2, 2), next = root_of(2, 2, 4, 2);

	(void)state;
	for (size_t i = 0; i < TG_COUNT(sets); i++) {
		tg_stage merged;
		int rc;

		assert_int_equal(tg_stage_make(&merged, &current, &next, NULL), TG_OK);
		for (size_t j = 0; sets[i].signers[j] >= 0; j++) {
			tg_stage copy; /* as if on a machine of its own */

			assert_int_equal(tg_stage_make(&copy, &current, &next, NULL), TG_OK);
			assert_int_equal(
				tg_stage_sign(&copy, &current, keys[sets[i].signers[j]], NULL), TG_OK);
			assert_int_equal(tg_stage_merge(&merged, &copy, NULL), TG_OK);
			assert_int_equal(
				tg_stage_merge(&merged, &copy, NULL), TG_OK); /* twice changes nothing */
			tg_stage_fini(&copy);
		}
		rc = tg_stage_verify(&merged, &current, NULL);
		if (rc != sets[i].rc)
			fail_msg("%s: %s", sets[i].what, tg_strerror(rc));
		tg_stage_fini(&merged);
	}
	tg_root_fini(&next);
	tg_root_fini(&current);
}

static void who_is_not_asked_cannot_sign_and_nobody_signs_twice(void **state)
{
	tg_root current = in_force(1, 0, 1, 1), next = root_of(2, 0, 1, 2);
	tg_stage stage;

	(void)state;
	assert_int_equal(tg_stage_make(&stage, &current, &next, NULL), TG_OK);
	assert_int_equal(tg_stage_sign(&stage, &current, keys[3], NULL), TG_EUNTRUSTED);
	assert_int_equal(
		tg_stage_sign(&stage, &current, keys[5], NULL), TG_EUNTRUSTED); /* a key of targets */
	assert_int_equal(tg_stage_sign(&stage, &current, keys[0], NULL), TG_OK);
	assert_int_equal(tg_stage_sign(&stage, &current, keys[0], NULL), TG_ESTATE);
	assert_int_equal(tg_stage_signed(&stage, &current), 1);
	tg_stage_fini(&stage);
	tg_root_fini(&next);
	tg_root_fini(&current);
}

static void a_wrong_signature_under_a_signers_name_gives_way_to_the_signers_own(void **state)
{
	tg_root current = in_force(1, 0, 1, 1), next = root_of(2, 0, 1, 1);
	tg_json *list = tg_json_new_array(), *wrong = tg_json_new_object();
	tg_stage stage;

	(void)state;
	assert_int_equal(tg_stage_make(&stage, &current, &next, NULL), TG_OK);
	tg_json_set_str(wrong, "keyid", current.roles[TG_TUF_ROOT].keyids[0]);
	tg_json_set_str(wrong, "sig", "3006020101020101");
	tg_json_add(list, wrong);
	tg_json_set(stage.tree, "signatures", list);
	assert_int_equal(tg_stage_signed(&stage, &current), 0);
	assert_int_equal(tg_stage_sign(&stage, &current, keys[0], NULL), TG_OK);
	assert_int_equal(tg_stage_signed(&stage, &current), 1);
	assert_int_equal(tg_stage_verify(&stage, &current, NULL), TG_OK);
	tg_stage_fini(&stage);
	tg_root_fini(&next);
	tg_root_fini(&current);
}

static void signatures_of_another_root_are_not_taken(void **state)
{
	tg_root current = in_force(1, 0, 1, 1), next = root_of(2, 0, 1, 1), other = root_of(2, 0, 1, 2);
	tg_stage stage, of_other;

	(void)state;
	assert_int_equal(tg_stage_make(&stage, &current, &next, NULL), TG_OK);
	assert_int_equal(tg_stage_make(&of_other, &current, &other, NULL), TG_OK);
	assert_string_not_equal(stage.fingerprint, of_other.fingerprint);
	assert_int_equal(tg_stage_sign(&of_other, &current, keys[0], NULL), TG_OK);
	assert_int_equal(tg_stage_merge(&stage, &of_other, NULL), TG_EUNTRUSTED);
	assert_int_equal(tg_stage_signed(&stage, &current), 0);
	tg_stage_fini(&of_other);
	tg_stage_fini(&stage);
	tg_root_fini(&other);
	tg_root_fini(&next);
	tg_root_fini(&current);
}

static void a_root_that_nobody_could_use_is_not_staged(void **state)
{
	tg_root current = in_force(1, 0, 1, 1), next = root_of(2, 0, 1, 3), gap = root_of(3, 0, 1, 1);
	tg_root keyless = root_of(2, 0, 1, 1);
	tg_stage stage;

	(void)state;
	assert_int_equal(tg_stage_make(&stage, &current, &next, NULL), TG_EINVAL);
	tg_stage_fini(&stage);
	assert_int_equal(tg_stage_make(&stage, &current, &gap, NULL), TG_EUNTRUSTED);
	tg_stage_fini(&stage);
	tg_root_role_remove(&keyless.roles[TG_TUF_SNAPSHOT], 0);
	assert_int_equal(tg_stage_make(&stage, &current, &keyless, NULL), TG_EINVAL);
	tg_stage_fini(&stage);
	tg_root_fini(&keyless);
	tg_root_fini(&gap);
	tg_root_fini(&next);
	tg_root_fini(&current);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_change_is_said_in_words),
		cmocka_unit_test(a_renewal_says_that_it_is_nothing_else),
		cmocka_unit_test(a_stage_that_was_changed_on_its_way_is_refused),
		cmocka_unit_test(a_stage_holds_nothing_that_its_words_do_not_tell),
		cmocka_unit_test(a_stage_is_judged_by_the_root_that_it_was_made_for),
		cmocka_unit_test(both_roots_signers_are_asked),
		cmocka_unit_test(who_is_not_asked_cannot_sign_and_nobody_signs_twice),
		cmocka_unit_test(a_wrong_signature_under_a_signers_name_gives_way_to_the_signers_own),
		cmocka_unit_test(signatures_of_another_root_are_not_taken),
		cmocka_unit_test(a_root_that_nobody_could_use_is_not_staged),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
