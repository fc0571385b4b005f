/* SPDX-License-Identifier: Apache-2.0
 *
 * test_trusted.c - attacks on a TUF client, each refused by its name. No I/O.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/tuf/repo.h"

#include <stdio.h>

static int setup(void **state)
{
	repo *r = test_calloc(1, sizeof(*r));

	repo_init(r);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	repo_fini(*state);
	test_free(*state);
	return 0;
}

static void expect_rc(const char *what, int found, int wanted, const tg_error *err)
{
	if (found != wanted)
		fail_msg("%s: wanted %s, found %s (%s)", what, tg_strerror(wanted), tg_strerror(found),
			err->msg);
	if (wanted != TG_OK)
		assert_string_not_equal(err->msg, "");
}

static int apply(tg_trusted *set, const repo *r, tg_tuf_role role, tg_error *err)
{
	switch (role) {
	case TG_TUF_ROOT:
		return tg_trusted_root(set, repo_file(r, role), err);
	case TG_TUF_TIMESTAMP:
		return tg_trusted_timestamp(set, repo_file(r, role), NULL, err);
	case TG_TUF_SNAPSHOT:
		return tg_trusted_snapshot(set, repo_file(r, role), TG_TUF_FROM_NETWORK, err);
	case TG_TUF_TARGETS:
		return tg_trusted_targets(set, repo_file(r, role), err);
	case TG_TUF_ROLES:
		break;
	}
	return TG_EINVAL;
}

/* A set that trusts r's root and, in order, everything up to and with `last`. */
static tg_trusted *trust(const repo *r, tg_tuf_role last)
{
	tg_error err = { 0 };
	tg_trusted *set;

	expect_rc("root", tg_trusted_open(&set, repo_file(r, TG_TUF_ROOT), TEST_NOW_US, &err), TG_OK, &err);
	for (int role = TG_TUF_TIMESTAMP; role <= (int)last; role++)
		expect_rc("step", apply(set, r, (tg_tuf_role)role, &err), TG_OK, &err);
	return set;
}

static void a_whole_update_gives_the_targets(void **state)
{
	repo *r = *state;
	tg_trusted *set = trust(r, TG_TUF_TARGETS);
	tg_error err = { 0 };
	tg_tuf_file file;
	int64_t issued;

	assert_int_equal(tg_trusted_target(&file, set, TG_CHAIN_IMAGE, &err), TG_OK);
	assert_int_equal(file.length, 150000);
	assert_true(file.has_sha256 && !file.has_sha512);
	assert_int_equal(tg_tuf_file_check(&file, tg_buf_view(&r->image), "image", &err), TG_OK);
	assert_int_equal(tg_json_int(tg_json_get(file.custom, "version")), 1);
	assert_int_equal(tg_trusted_target(&file, set, "elsewhere", &err), TG_ENOTFOUND);
	assert_int_equal(tg_tuf_issued_us(&issued, tg_trusted_get(set, TG_TUF_TIMESTAMP), &err), TG_OK);
	assert_int_equal(issued, TEST_NOW_US);
	tg_trusted_close(set);
}

static void steps_out_of_order_are_refused(void **state)
{
	repo *r = *state;
	tg_trusted *set = trust(r, TG_TUF_ROOT);
	tg_error err = { 0 };
	tg_tuf_file file;

	expect_rc("snapshot first", apply(set, r, TG_TUF_SNAPSHOT, &err), TG_ESTATE, &err);
	expect_rc("targets first", apply(set, r, TG_TUF_TARGETS, &err), TG_ESTATE, &err);
	expect_rc("target first", tg_trusted_target(&file, set, TG_CHAIN_IMAGE, &err), TG_ESTATE, &err);
	expect_rc("timestamp", apply(set, r, TG_TUF_TIMESTAMP, &err), TG_OK, &err);
	repo_rotate(r, TG_TUF_SNAPSHOT, SPARE_KEY);
	expect_rc("root after timestamp", apply(set, r, TG_TUF_ROOT, &err), TG_ESTATE, &err);
	tg_trusted_close(set);
}

/* ---- one bent thing at a time, in a repository whose other files are right ---- */

static void sign_by_stranger(repo *r, tg_tuf_role role)
{
	r->signer[role] = STRANGER_KEY;
}

static void sign_by_another_role(repo *r, tg_tuf_role role)
{
	r->signer[role] = role == TG_TUF_TARGETS ? TG_TUF_TIMESTAMP : TG_TUF_TARGETS;
}

static void expire_now(repo *r, tg_tuf_role role)
{
	r->expires_us[role] = TEST_NOW_US; /* expired means expires <= now */
	r->issued_us = TEST_NOW_US - TG_US_PER_DAY;
}

static void expire_next_second(repo *r, tg_tuf_role role)
{
	r->expires_us[role] = TEST_NOW_US + TG_US_PER_SECOND;
}

static void highest_version(repo *r, tg_tuf_role role)
{
	r->version[role] = TG_JSON_MAX_INT;
}

static void claim_another_version(repo *r, tg_tuf_role role)
{
	r->said_version[role] = 2;
}

static const struct {
	const char *what;
	tg_tuf_role role; /* bent, and where the refusal comes */
	void (*bend)(repo *r, tg_tuf_role role);
	int rc;
} bent[] = {
	{ "arbitrary software: timestamp signed by a stranger", TG_TUF_TIMESTAMP, sign_by_stranger,
		TG_EUNTRUSTED },
	{ "arbitrary software: snapshot signed by a stranger", TG_TUF_SNAPSHOT, sign_by_stranger,
		TG_EUNTRUSTED },
	{ "arbitrary software: targets signed by a stranger", TG_TUF_TARGETS, sign_by_stranger,
		TG_EUNTRUSTED },
	{ "timestamp signed by the targets key", TG_TUF_TIMESTAMP, sign_by_another_role, TG_EUNTRUSTED },
	{ "snapshot signed by the targets key", TG_TUF_SNAPSHOT, sign_by_another_role, TG_EUNTRUSTED },
	{ "targets signed by the timestamp key", TG_TUF_TARGETS, sign_by_another_role, TG_EUNTRUSTED },
	{ "freeze: timestamp expires this very second", TG_TUF_TIMESTAMP, expire_now, TG_EEXPIRED },
	{ "freeze: snapshot expires this very second", TG_TUF_SNAPSHOT, expire_now, TG_EEXPIRED },
	{ "freeze: targets expire this very second", TG_TUF_TARGETS, expire_now, TG_EEXPIRED },
	{ "timestamp good for one more second", TG_TUF_TIMESTAMP, expire_next_second, TG_OK },
	{ "snapshot good for one more second", TG_TUF_SNAPSHOT, expire_next_second, TG_OK },
	{ "targets good for one more second", TG_TUF_TARGETS, expire_next_second, TG_OK },
	{ "timestamp of version 2^53-1", TG_TUF_TIMESTAMP, highest_version, TG_OK },
	{ "snapshot of version 2^53-1", TG_TUF_SNAPSHOT, highest_version, TG_OK },
	{ "targets of version 2^53-1", TG_TUF_TARGETS, highest_version, TG_OK },
	{ "mix and match: snapshot older than the timestamp says", TG_TUF_SNAPSHOT, claim_another_version,
		TG_EROLLBACK },
	{ "mix and match: targets older than the snapshot says", TG_TUF_TARGETS, claim_another_version,
		TG_EROLLBACK },
};

static void one_bent_file_is_refused_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(bent); i++) {
		tg_error err = { 0 };
		tg_trusted *set;
		repo r;
		int rc = TG_OK;

		repo_init(&r);
		bent[i].bend(&r, bent[i].role);
		repo_publish(&r);
		set = trust(&r, TG_TUF_ROOT);
		for (int role = TG_TUF_TIMESTAMP; role <= (int)bent[i].role && rc == TG_OK; role++) {
			rc = apply(set, &r, (tg_tuf_role)role, &err);
			if (role < (int)bent[i].role)
				expect_rc(bent[i].what, rc, TG_OK, &err);
		}
		expect_rc(bent[i].what, rc, bent[i].rc, &err);
		if (rc != TG_OK)
			assert_null(tg_trusted_get(set, bent[i].role));
		tg_trusted_close(set);
		repo_fini(&r);
	}
}

/* ---- bytes that are not the signed ones ---- */

static void changed_length_and_hash_are_told_apart(void **state)
{
	static const tg_tuf_role below[] = { TG_TUF_SNAPSHOT, TG_TUF_TARGETS };
	repo *r = *state;

	for (size_t i = 0; i < TG_COUNT(below); i++) {
		tg_trusted *set = trust(r, (tg_tuf_role)(below[i] - 1));
		tg_buf *file = &r->file[below[i]];
		tg_error err = { 0 };

		tg_buf_putc(file, ' ');
		expect_rc("one byte more", apply(set, r, below[i], &err), TG_ELENGTH, &err);
		file->len -= 2;
		expect_rc("one byte less", apply(set, r, below[i], &err), TG_ELENGTH, &err);
		file->len += 1;
		file->data[file->len / 2] ^= 1;
		expect_rc("one bit flipped", apply(set, r, below[i], &err), TG_EHASH, &err);
		file->data[file->len / 2] ^= 1;
		expect_rc("as signed", apply(set, r, below[i], &err), TG_OK, &err);
		tg_trusted_close(set);
	}
}

static void endless_metadata_is_refused_by_its_length(void **state)
{
	repo *r = *state;
	tg_trusted *set = trust(r, TG_TUF_ROOT);
	tg_error err = { 0 };
	tg_buf endless;

	tg_buf_init(&endless, 1 << 20);
	while (endless.len <= TG_TUF_ROOT_MAX)
		tg_buf_append(&endless, "                                ", 32);
	expect_rc("root", tg_trusted_root(set, tg_buf_view(&endless), &err), TG_ELENGTH, &err);
	expect_rc(
		"timestamp", tg_trusted_timestamp(set, tg_buf_view(&endless), NULL, &err), TG_ELENGTH, &err);
	tg_buf_fini(&endless);
	tg_trusted_close(set);
}

/* ---- root ---- */

static void the_root_chain_goes_up_by_one(void **state)
{
	repo *r = *state;
	tg_trusted *set = trust(r, TG_TUF_ROOT);
	tg_error err = { 0 };

	expect_rc("replayed root", apply(set, r, TG_TUF_ROOT, &err), TG_EROLLBACK, &err);
	r->version[TG_TUF_ROOT] = 2; /* so that the next one is version 3 */
	repo_rotate(r, TG_TUF_TARGETS, SPARE_KEY);
	expect_rc("skipped a version", apply(set, r, TG_TUF_ROOT, &err), TG_EROLLBACK, &err);
	r->version[TG_TUF_ROOT] = 1;
	repo_rotate(r, TG_TUF_TARGETS, SPARE_KEY);
	expect_rc("the next one", apply(set, r, TG_TUF_ROOT, &err), TG_OK, &err);
	assert_int_equal(tg_tuf_metadata_version(tg_trusted_get(set, TG_TUF_ROOT)), 2);
	repo_publish(r);
	expect_rc("timestamp", apply(set, r, TG_TUF_TIMESTAMP, &err), TG_OK, &err);
	expect_rc("snapshot", apply(set, r, TG_TUF_SNAPSHOT, &err), TG_OK, &err);
	expect_rc("targets by the new key", apply(set, r, TG_TUF_TARGETS, &err), TG_OK, &err);
	tg_trusted_close(set);
}

static void a_new_root_needs_both_signatures(void **state)
{
	repo *r = *state;
	tg_trusted *set = trust(r, TG_TUF_ROOT);
	tg_error err = { 0 };

	r->version[TG_TUF_ROOT] = 2;
	r->role_key[TG_TUF_ROOT] = SPARE_KEY;
	r->signer[TG_TUF_ROOT] = SPARE_KEY;
	repo_write(r, TG_TUF_ROOT);
	expect_rc("by its own key alone", apply(set, r, TG_TUF_ROOT, &err), TG_EUNTRUSTED, &err);
	r->signer[TG_TUF_ROOT] = TG_TUF_ROOT;
	repo_write(r, TG_TUF_ROOT);
	expect_rc("by the old key alone", apply(set, r, TG_TUF_ROOT, &err), TG_EUNTRUSTED, &err);
	r->old_root_key = SPARE_KEY;
	repo_write(r, TG_TUF_ROOT);
	expect_rc("by both", apply(set, r, TG_TUF_ROOT, &err), TG_OK, &err);
	tg_trusted_close(set);
}

static void only_the_last_root_is_held_to_its_date(void **state)
{
	repo *r = *state;
	tg_error err = { 0 };
	tg_trusted *set;

	expire_now(r, TG_TUF_ROOT);
	repo_write(r, TG_TUF_ROOT);
	set = trust(r, TG_TUF_ROOT);
	expect_rc("the last one expired", apply(set, r, TG_TUF_TIMESTAMP, &err), TG_EEXPIRED, &err);
	expire_next_second(r, TG_TUF_ROOT);
	repo_rotate(r, TG_TUF_TARGETS, TG_TUF_TARGETS);
	expect_rc("a newer one", apply(set, r, TG_TUF_ROOT, &err), TG_OK, &err);
	expect_rc("timestamp", apply(set, r, TG_TUF_TIMESTAMP, &err), TG_OK, &err);
	tg_trusted_close(set);
}

static void a_first_root_must_be_signed_by_itself(void **state)
{
	repo *r = *state;
	tg_error err = { 0 };
	tg_trusted *set;

	sign_by_stranger(r, TG_TUF_ROOT);
	repo_write(r, TG_TUF_ROOT);
	expect_rc("root", tg_trusted_open(&set, repo_file(r, TG_TUF_ROOT), TEST_NOW_US, &err), TG_EUNTRUSTED,
		&err);
	assert_null(set);
}

/* ---- rollback against what was trusted before ---- */

static void an_older_timestamp_is_a_rollback(void **state)
{
	repo *r = *state;
	tg_error err = { 0 };
	tg_trusted *set;
	bool changed = true;

	r->version[TG_TUF_TIMESTAMP] = 5;
	repo_publish(r);
	set = trust(r, TG_TUF_TIMESTAMP);
	r->version[TG_TUF_TIMESTAMP] = 4;
	repo_publish(r);
	expect_rc("older", apply(set, r, TG_TUF_TIMESTAMP, &err), TG_EROLLBACK, &err);
	r->version[TG_TUF_TIMESTAMP] = 5;
	r->issued_us += TG_US_PER_SECOND;
	repo_publish(r);
	expect_rc("equal", tg_trusted_timestamp(set, repo_file(r, TG_TUF_TIMESTAMP), &changed, &err), TG_OK,
		&err);
	assert_false(changed);
	r->version[TG_TUF_TIMESTAMP] = 6;
	repo_publish(r);
	expect_rc("newer", tg_trusted_timestamp(set, repo_file(r, TG_TUF_TIMESTAMP), &changed, &err), TG_OK,
		&err);
	assert_true(changed);
	tg_trusted_close(set);
}

static void a_newer_timestamp_with_an_older_snapshot_is_a_rollback(void **state)
{
	repo *r = *state;
	tg_error err = { 0 };
	tg_trusted *set;

	r->version[TG_TUF_SNAPSHOT] = 3;
	repo_publish(r);
	set = trust(r, TG_TUF_TIMESTAMP);
	r->version[TG_TUF_SNAPSHOT] = 2;
	r->version[TG_TUF_TIMESTAMP] = 2;
	repo_publish(r);
	expect_rc("snapshot version down", apply(set, r, TG_TUF_TIMESTAMP, &err), TG_EROLLBACK, &err);
	tg_trusted_close(set);
}

/* The cache holds an old snapshot; head office's snapshot key is misused to offer older targets under a newer snapshot. */
static void an_outdated_snapshot_still_witnesses_against_older_targets(void **state)
{
	static const char *const what[] = { "outdated", "outdated and expired" };
	repo *r = *state;

	for (size_t i = 0; i < TG_COUNT(what); i++) {
		tg_error err = { 0 };
		tg_trusted *set;
		tg_buf cached;

		r->version[TG_TUF_TARGETS] = 7;
		r->version[TG_TUF_SNAPSHOT] = 1;
		r->expires_us[TG_TUF_SNAPSHOT] =
			i == 0 ? TEST_NOW_US + TG_US_PER_DAY : TEST_NOW_US - TG_US_PER_DAY;
		repo_publish(r);
		tg_buf_init(&cached, 1 << 20);
		tg_buf_append(&cached, r->file[TG_TUF_SNAPSHOT].data, r->file[TG_TUF_SNAPSHOT].len);
		r->version[TG_TUF_TARGETS] = 6;
		r->version[TG_TUF_SNAPSHOT] = 2;
		r->expires_us[TG_TUF_SNAPSHOT] = TEST_NOW_US + TG_US_PER_DAY;
		repo_publish(r);
		set = trust(r, TG_TUF_TIMESTAMP);
		assert_int_not_equal(
			tg_trusted_snapshot(set, tg_buf_view(&cached), TG_TUF_FROM_CACHE, &err), TG_OK);
		assert_null(tg_trusted_get(set, TG_TUF_SNAPSHOT));
		expect_rc(what[i], apply(set, r, TG_TUF_SNAPSHOT, &err), TG_EROLLBACK, &err);
		r->version[TG_TUF_TARGETS] = 7;
		repo_publish(r);
		r->version[TG_TUF_TIMESTAMP]++;
		repo_publish(r);
		expect_rc("timestamp", apply(set, r, TG_TUF_TIMESTAMP, &err), TG_OK, &err);
		expect_rc("targets not older", apply(set, r, TG_TUF_SNAPSHOT, &err), TG_OK, &err);
		tg_trusted_close(set);
		tg_buf_fini(&cached);
	}
}

static void an_outdated_snapshot_is_never_the_final_one(void **state)
{
	repo *r = *state;
	tg_trusted *set = trust(r, TG_TUF_TIMESTAMP);
	tg_error err = { 0 };
	tg_tuf_file file;
	int rc;

	/* Same version, properly signed, but other bytes than the timestamp names; the length of a signature varies. */
	r->expires_us[TG_TUF_SNAPSHOT] += TG_US_PER_SECOND;
	repo_write(r, TG_TUF_SNAPSHOT);
	rc = tg_trusted_snapshot(set, repo_file(r, TG_TUF_SNAPSHOT), TG_TUF_FROM_CACHE, &err);
	assert_true(rc == TG_EHASH || rc == TG_ELENGTH);
	expect_rc("targets", apply(set, r, TG_TUF_TARGETS, &err), TG_ESTATE, &err);
	expect_rc("expect", tg_trusted_expect(&file, set, TG_TUF_TARGETS, &err), TG_ESTATE, &err);
	tg_trusted_close(set);
}

static void a_snapshot_that_loses_an_entry_is_a_rollback(void **state)
{
	static const char fmt[] =
		"{\"_type\":\"snapshot\",\"expires\":\"2026-12-23T00:00:00Z\",\"spec_version\":\"1.0.31\","
		"\"version\":%d,\"meta\":{%s}}";
	static const int snapshot_key[] = { TG_TUF_SNAPSHOT };
	repo *r = *state;
	tg_error err = { 0 };
	tg_trusted *set;
	tg_buf old, text;

	tg_buf_init(&old, 1 << 16);
	tg_buf_init(&text, 1 << 16);
	tg_buf_printf(&text, fmt, 1, "\"targets.json\":{\"version\":1},\"stock.json\":{\"version\":1}");
	sign_body(&old, tg_buf_text(&text), r, snapshot_key, 1);
	r->version[TG_TUF_SNAPSHOT] = 2;
	repo_publish(r); /* this one has no stock.json */
	set = trust(r, TG_TUF_TIMESTAMP);
	assert_int_not_equal(tg_trusted_snapshot(set, tg_buf_view(&old), TG_TUF_FROM_CACHE, &err), TG_OK);
	expect_rc("entry gone", apply(set, r, TG_TUF_SNAPSHOT, &err), TG_EROLLBACK, &err);
	assert_non_null(strstr(err.msg, "stock.json"));
	tg_trusted_close(set);
	tg_buf_fini(&old);
	tg_buf_fini(&text);
}

static void an_expired_timestamp_from_the_cache_still_witnesses(void **state)
{
	repo *r = *state;
	tg_error err = { 0 };
	tg_trusted *set;

	r->version[TG_TUF_TIMESTAMP] = 9;
	expire_now(r, TG_TUF_TIMESTAMP);
	repo_publish(r);
	set = trust(r, TG_TUF_ROOT);
	expect_rc("cached", apply(set, r, TG_TUF_TIMESTAMP, &err), TG_EEXPIRED, &err);
	assert_null(tg_trusted_get(set, TG_TUF_TIMESTAMP));
	expect_rc("the same again", apply(set, r, TG_TUF_TIMESTAMP, &err), TG_EEXPIRED, &err);
	expect_rc("snapshot", apply(set, r, TG_TUF_SNAPSHOT, &err), TG_ESTATE, &err);
	expire_next_second(r, TG_TUF_TIMESTAMP);
	r->version[TG_TUF_TIMESTAMP] = 8;
	repo_publish(r);
	expect_rc("older", apply(set, r, TG_TUF_TIMESTAMP, &err), TG_EROLLBACK, &err);
	r->version[TG_TUF_TIMESTAMP] = 10;
	repo_publish(r);
	expect_rc("newer", apply(set, r, TG_TUF_TIMESTAMP, &err), TG_OK, &err);
	tg_trusted_close(set);
}

/* Fast-forward: a thief of the online keys published version 2^53-1. New keys make its files worthless as witnesses. */
static void rotating_the_keys_recovers_from_a_fast_forward(void **state)
{
	repo *r = *state;
	tg_error err = { 0 };
	tg_trusted *set;
	tg_buf stolen[TG_TUF_ROLES];
	tg_buf first;

	tg_buf_init(&first, 1 << 16);
	tg_buf_append(&first, r->file[TG_TUF_ROOT].data, r->file[TG_TUF_ROOT].len);
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++)
		r->version[role] = TG_JSON_MAX_INT;
	repo_publish(r);
	for (int role = 0; role < TG_TUF_ROLES; role++) {
		tg_buf_init(&stolen[role], 1 << 20);
		tg_buf_append(&stolen[role], r->file[role].data, r->file[role].len);
	}
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++)
		r->version[role] = 2;
	r->role_key[TG_TUF_TIMESTAMP] = r->signer[TG_TUF_TIMESTAMP] = SPARE_KEY;
	repo_rotate(r, TG_TUF_SNAPSHOT, SPARE_KEY + 1);
	repo_publish(r);
	expect_rc("first root", tg_trusted_open(&set, tg_buf_view(&first), TEST_NOW_US, &err), TG_OK, &err);
	expect_rc("new root", apply(set, r, TG_TUF_ROOT, &err), TG_OK, &err);
	expect_rc("stolen timestamp",
		tg_trusted_timestamp(set, tg_buf_view(&stolen[TG_TUF_TIMESTAMP]), NULL, &err), TG_EUNTRUSTED,
		&err);
	expect_rc("timestamp 2", apply(set, r, TG_TUF_TIMESTAMP, &err), TG_OK, &err);
	expect_rc("stolen snapshot",
		tg_trusted_snapshot(set, tg_buf_view(&stolen[TG_TUF_SNAPSHOT]), TG_TUF_FROM_CACHE, &err),
		TG_EUNTRUSTED, &err);
	expect_rc("snapshot 2", apply(set, r, TG_TUF_SNAPSHOT, &err), TG_OK, &err);
	expect_rc("targets 2", apply(set, r, TG_TUF_TARGETS, &err), TG_OK, &err);
	tg_trusted_close(set);
	for (int role = 0; role < TG_TUF_ROLES; role++)
		tg_buf_fini(&stolen[role]);
	tg_buf_fini(&first);
}

static void a_newer_timestamp_unsettles_what_hung_on_the_old_one(void **state)
{
	repo *r = *state;
	tg_trusted *set = trust(r, TG_TUF_TARGETS);
	tg_error err = { 0 };

	r->version[TG_TUF_TIMESTAMP] = 2;
	r->version[TG_TUF_SNAPSHOT] = 2;
	repo_publish(r);
	expect_rc("timestamp", apply(set, r, TG_TUF_TIMESTAMP, &err), TG_OK, &err);
	assert_null(tg_trusted_get(set, TG_TUF_SNAPSHOT));
	assert_null(tg_trusted_get(set, TG_TUF_TARGETS));
	tg_trusted_close(set);
}

static void without_a_clock_nothing_expires(void **state)
{
	repo *r = *state;
	tg_error err = { 0 };
	tg_trusted *set;

	for (int role = 0; role < TG_TUF_ROLES; role++)
		r->expires_us[role] = TG_US_PER_DAY;
	r->issued_us = TG_US_PER_SECOND;
	repo_write(r, TG_TUF_ROOT);
	repo_publish(r);
	expect_rc("open", tg_trusted_open(&set, repo_file(r, TG_TUF_ROOT), TG_TUF_NO_EXPIRY, &err), TG_OK,
		&err);
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++)
		expect_rc("step", apply(set, r, (tg_tuf_role)role, &err), TG_OK, &err);
	tg_trusted_close(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_whole_update_gives_the_targets, setup, teardown),
		cmocka_unit_test_setup_teardown(steps_out_of_order_are_refused, setup, teardown),
		cmocka_unit_test(one_bent_file_is_refused_by_name),
		cmocka_unit_test_setup_teardown(changed_length_and_hash_are_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(endless_metadata_is_refused_by_its_length, setup, teardown),
		cmocka_unit_test_setup_teardown(the_root_chain_goes_up_by_one, setup, teardown),
		cmocka_unit_test_setup_teardown(a_new_root_needs_both_signatures, setup, teardown),
		cmocka_unit_test_setup_teardown(only_the_last_root_is_held_to_its_date, setup, teardown),
		cmocka_unit_test_setup_teardown(a_first_root_must_be_signed_by_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(an_older_timestamp_is_a_rollback, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_newer_timestamp_with_an_older_snapshot_is_a_rollback, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_outdated_snapshot_still_witnesses_against_older_targets, setup, teardown),
		cmocka_unit_test_setup_teardown(an_outdated_snapshot_is_never_the_final_one, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_snapshot_that_loses_an_entry_is_a_rollback, setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_expired_timestamp_from_the_cache_still_witnesses, setup, teardown),
		cmocka_unit_test_setup_teardown(
			rotating_the_keys_recovers_from_a_fast_forward, setup, teardown),
		cmocka_unit_test_setup_teardown(
			a_newer_timestamp_unsettles_what_hung_on_the_old_one, setup, teardown),
		cmocka_unit_test_setup_teardown(without_a_clock_nothing_expires, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
