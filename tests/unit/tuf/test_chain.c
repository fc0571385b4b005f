/* SPDX-License-Identifier: Apache-2.0
 *
 * test_chain.c - an installed set is accepted whole or not at all.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/tuf/repo.h"

#include "store/base/file.h"
#include "store/catalogue/blocks.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FLIP_STEP 23 /* every 23rd byte of each file, a different bit each time: some 300 openings */

typedef struct place {
	char dir[4096], trust[4096 + 16], set[4096 + 16];
	repo repo;
} place;

static int setup(void **state)
{
	place *p = test_calloc(1, sizeof(*p));

	repo_init(&p->repo);
	temp_dir(p->dir);
	(void)snprintf(p->trust, sizeof(p->trust), "%s/root.json", p->dir);
	(void)snprintf(p->set, sizeof(p->set), "%s/set", p->dir);
	write_file(p->dir, "root.json", repo_file(&p->repo, TG_TUF_ROOT));
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	place *p = *state;

	repo_fini(&p->repo);
	remove_tree(p->dir);
	test_free(p);
	return 0;
}

static int open_set(const place *p, tg_error *err)
{
	tg_chain *chain;
	int rc = tg_chain_open(&chain, p->trust, p->set, err);

	assert_true((rc == TG_OK) == (chain != NULL));
	tg_chain_close(chain);
	return rc;
}

static void a_set_gives_what_is_signed(void **state)
{
	place *p = *state;
	const tg_chain_facts *facts;
	tg_chain *chain;
	tg_error err = { 0 };
	uint8_t hash[TG_SHA256_SIZE];
	tg_view blocks;

	write_set(&p->repo, p->set);
	if (tg_chain_open(&chain, p->trust, p->set, &err) != TG_OK)
		fail_msg("%s", err.msg);
	facts = tg_chain_facts_of(chain);
	assert_int_equal(facts->catalogue_version, 1);
	assert_int_equal(facts->issued_us, TEST_NOW_US);
	assert_int_equal(facts->root_version, 1);
	assert_int_equal(facts->timestamp_expires_us, TEST_NOW_US + 30 * TG_US_PER_DAY);
	assert_int_equal(facts->image_length, 150000);
	tg_sha256(hash, p->repo.image.data, p->repo.image.len);
	assert_memory_equal(facts->image_sha256, hash, sizeof(hash));
	assert_true(tg_view_equal(tg_chain_policy(chain), tg_view_str(test_policy)));
	assert_int_equal(tg_chain_blocks(&blocks, chain, &err), TG_OK);
	assert_int_equal(blocks.len, 3 * TG_SHA256_SIZE);
	tg_sha256(hash, p->repo.image.data + 2 * TG_BLOCK_SIZE, p->repo.image.len - 2 * TG_BLOCK_SIZE);
	assert_memory_equal(blocks.data + 2 * TG_SHA256_SIZE, hash, sizeof(hash));
	tg_chain_close(chain);
}

static void age_is_not_judged_here(void **state)
{
	place *p = *state;
	tg_error err = { 0 };

	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++)
		p->repo.expires_us[role] = TG_US_PER_DAY;
	p->repo.issued_us = TG_US_PER_SECOND;
	repo_publish(&p->repo);
	write_set(&p->repo, p->set);
	assert_int_equal(open_set(p, &err), TG_OK);
}

static void roots_are_followed_from_the_one_in_trust(void **state)
{
	place *p = *state;
	tg_error err = { 0 };
	char path[4096 + 64];
	tg_chain *chain;

	write_set(&p->repo, p->set);
	repo_rotate(&p->repo, TG_TUF_TIMESTAMP, SPARE_KEY);
	write_file(p->set, "2.root.json", repo_file(&p->repo, TG_TUF_ROOT));
	repo_rotate(&p->repo, TG_TUF_ROOT, SPARE_KEY + 1);
	repo_publish(&p->repo);
	write_set(&p->repo, p->set);
	assert_int_equal(tg_chain_open(&chain, p->trust, p->set, &err), TG_OK);
	assert_int_equal(tg_chain_facts_of(chain)->root_version, 3);
	tg_chain_close(chain);
	/* A newer root in trust/ (a station enrolled again) starts later in the same chain. */
	write_file(p->dir, "root.json", repo_file(&p->repo, TG_TUF_ROOT));
	assert_int_equal(open_set(p, &err), TG_OK);
	repo_fini(&p->repo);
	repo_init(&p->repo);
	write_file(p->dir, "root.json", repo_file(&p->repo, TG_TUF_ROOT));
	assert_int_equal(open_set(p, &err), TG_EUNTRUSTED); /* another head office's root */
	(void)snprintf(path, sizeof(path), "%s/2.root.json", p->set);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(open_set(p, &err), TG_EUNTRUSTED);
}

static void a_fabricated_root_chain_is_refused(void **state)
{
	place *p = *state;
	tg_error err = { 0 };
	repo thief;

	repo_init(&thief);
	repo_rotate(&thief, TG_TUF_TARGETS, SPARE_KEY);
	repo_publish(&thief);
	write_set(&thief, p->set);
	assert_int_equal(open_set(p, &err), TG_EUNTRUSTED);
	repo_fini(&thief);
}

static const struct {
	const char *name;
	int rc;
} needed[] = {
	{ "timestamp.json", TG_ENOTFOUND }, { "snapshot.json", TG_ENOTFOUND },
	{ "targets.json", TG_ENOTFOUND }, { "policy.json", TG_ENOTFOUND },
	{ "2.root.json", TG_EUNTRUSTED }, /* then the timestamp is signed by keys that nobody named */
};

static void a_missing_file_is_named(void **state)
{
	place *p = *state;

	repo_rotate(&p->repo, TG_TUF_TIMESTAMP, SPARE_KEY);
	repo_publish(&p->repo);
	for (size_t i = 0; i < TG_COUNT(needed); i++) {
		char path[4096 + 64];
		tg_error err = { 0 };

		write_set(&p->repo, p->set);
		(void)snprintf(path, sizeof(path), "%s/%s", p->set, needed[i].name);
		assert_int_equal(unlink(path), 0);
		if (open_set(p, &err) != needed[i].rc)
			fail_msg("%s: %s", needed[i].name, err.msg);
		if (needed[i].rc == TG_ENOTFOUND)
			assert_non_null(strstr(err.msg, needed[i].name));
	}
}

static void a_broken_block_list_leaves_the_policy(void **state)
{
	static const struct {
		const char *what;
		size_t cut;
		uint8_t flip;
		int rc;
	} cases[] = {
		{ "a bit flipped", 0, 1, TG_EHASH },
		{ "cut short", 1, 0, TG_ELENGTH },
	};
	place *p = *state;
	tg_chain *chain;
	tg_view blocks;
	char path[4096 + 64];
	tg_error err = { 0 };

	(void)snprintf(path, sizeof(path), "%s/%s", p->set, TG_CHAIN_BLOCKS);
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_buf list;

		write_set(&p->repo, p->set);
		tg_buf_init(&list, 4096);
		assert_int_equal(tg_file_read(&list, path, 4096, &err), TG_OK);
		list.data[5] ^= cases[i].flip;
		write_file(p->set, TG_CHAIN_BLOCKS, tg_view_of(list.data, list.len - cases[i].cut));
		assert_int_equal(tg_chain_open(&chain, p->trust, p->set, &err), TG_OK);
		assert_int_equal(tg_chain_blocks(&blocks, chain, &err), cases[i].rc);
		assert_int_equal(err.code, cases[i].rc);
		assert_int_equal(blocks.len, 0);
		assert_true(tg_view_equal(tg_chain_policy(chain), tg_view_str(test_policy)));
		tg_chain_close(chain);
		tg_buf_fini(&list);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(tg_chain_open(&chain, p->trust, p->set, &err), TG_OK);
	assert_int_equal(tg_chain_blocks(&blocks, chain, &err), TG_ENOTFOUND);
	tg_chain_close(chain);
}

static const struct {
	const char *what, *from, *to;
} lacking[] = {
	{ "no catalogue version", "\"version\":1}", "\"version\":\"1\"}" },
	{ "catalogue version 0", "\"version\":1}", "\"version\":0}" },
	{ "no hash of the blocks", "\"blocks_sha256\":", "\"blocks\":" },
	{ "no catalogue", "\"catalogue.tgc\":", "\"catalogue.xyz\":" },
	{ "no policy", "\"policy.json\":", "\"policy.txt\":" },
	{ "an image of no bytes", "\"length\":150000", "\"length\":0" },
	{ "an image longer than any", "\"length\":150000", "\"length\":9007199254740991" },
};

/* Properly signed, but no head office of ours would: the station cannot use it. */
static void targets_that_lack_what_a_station_needs_are_refused(void **state)
{
	static const int targets_key[] = { TG_TUF_TARGETS };
	place *p = *state;

	for (size_t i = 0; i < TG_COUNT(lacking); i++) {
		tg_error err = { 0 };
		tg_buf bent, body;
		const char *start;
		size_t len;
		int rc;

		repo_publish(&p->repo);
		tg_buf_init(&bent, 1 << 20);
		tg_buf_init(&body, 1 << 20);
		replace_text(&bent, repo_file(&p->repo, TG_TUF_TARGETS), lacking[i].from, lacking[i].to);
		start = strstr(tg_buf_text(&bent), "\"signed\":") + strlen("\"signed\":");
		len = strlen(start) - 1; /* without the file's own closing brace */
		tg_buf_append(&body, start, len);
		tg_buf_clear(&p->repo.file[TG_TUF_TARGETS]);
		sign_body(&p->repo.file[TG_TUF_TARGETS], tg_buf_text(&body), &p->repo, targets_key, 1);
		repo_write(&p->repo, TG_TUF_SNAPSHOT);
		repo_write(&p->repo, TG_TUF_TIMESTAMP);
		write_set(&p->repo, p->set);
		rc = open_set(p, &err);
		if (rc != TG_EFORMAT && rc != TG_ENOTFOUND)
			fail_msg("%s: %s (%s)", lacking[i].what, tg_strerror(rc), err.msg);
		tg_buf_fini(&bent);
		tg_buf_fini(&body);
	}
}

/* What a decision may depend on. */
static void same_result(const tg_chain *a, const tg_chain *b, const char *what)
{
	const tg_chain_facts *x = tg_chain_facts_of(a), *y = tg_chain_facts_of(b);
	tg_view p, q;
	tg_error err = { 0 };

	if (memcmp(x, y, sizeof(*x)) != 0 || !tg_view_equal(tg_chain_policy(a), tg_chain_policy(b)))
		fail_msg("%s: accepted with another content", what);
	assert_int_equal(tg_chain_blocks(&p, a, &err), TG_OK);
	if (tg_chain_blocks(&q, b, &err) == TG_OK && !tg_view_equal(p, q))
		fail_msg("%s: accepted with other blocks", what);
}

static void a_flipped_bit_is_refused_or_without_effect(void **state)
{
	static const char *const names[] = { "2.root.json", "timestamp.json", "snapshot.json", "targets.json",
		"policy.json", "catalogue.blocks" };
	place *p = *state;
	tg_error err = { 0 };
	tg_chain *whole;
	unsigned refused = 0;

	repo_rotate(&p->repo, TG_TUF_TIMESTAMP, SPARE_KEY);
	repo_publish(&p->repo);
	write_set(&p->repo, p->set);
	assert_int_equal(tg_chain_open(&whole, p->trust, p->set, &err), TG_OK);
	for (size_t n = 0; n < TG_COUNT(names); n++) {
		char path[4096 + 64], what[128];
		tg_buf bytes;

		(void)snprintf(path, sizeof(path), "%s/%s", p->set, names[n]);
		tg_buf_init(&bytes, 1 << 20);
		assert_int_equal(tg_file_read(&bytes, path, bytes.max, &err), TG_OK);
		for (size_t at = 0; at < bytes.len; at += FLIP_STEP) {
			uint8_t bit = (uint8_t)(1 << (at / FLIP_STEP % 8));
			tg_chain *chain;
			FILE *f;

			bytes.data[at] ^= bit;
			f = fopen(path, "wb"); /* not tg_file_write: no fsync for each of these */
			assert_non_null(f);
			assert_int_equal(fwrite(bytes.data, 1, bytes.len, f), bytes.len);
			assert_int_equal(fclose(f), 0);
			(void)snprintf(what, sizeof(what), "%s, byte %zu, bit %02x", names[n], at, bit);
			if (tg_chain_open(&chain, p->trust, p->set, &err) == TG_OK)
				same_result(whole, chain, what);
			else
				refused++;
			tg_chain_close(chain);
			bytes.data[at] ^= bit;
		}
		write_file(p->set, names[n], tg_buf_view(&bytes));
		tg_buf_fini(&bytes);
	}
	assert_true(refused > 100);
	tg_chain_close(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_set_gives_what_is_signed, setup, teardown),
		cmocka_unit_test_setup_teardown(age_is_not_judged_here, setup, teardown),
		cmocka_unit_test_setup_teardown(roots_are_followed_from_the_one_in_trust, setup, teardown),
		cmocka_unit_test_setup_teardown(a_fabricated_root_chain_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_missing_file_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(a_broken_block_list_leaves_the_policy, setup, teardown),
		cmocka_unit_test_setup_teardown(
			targets_that_lack_what_a_station_needs_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_flipped_bit_is_refused_or_without_effect, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
