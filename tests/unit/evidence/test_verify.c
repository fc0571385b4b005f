/* SPDX-License-Identifier: Apache-2.0
 *
 * test_verify.c - hands in the database: verification names the first bad entry, and is quiet when nothing is wrong.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/evidence/log_fixture.h"

#include "store/base/file.h"

#include <stdio.h>
#include <stdlib.h>

#define ENTRIES 600 /* two stored inner hashes and a rest */
#define ID(seq) "((1<<40)+" #seq ")"
#define NO_GUARDS                                                                                            \
	"DROP TRIGGER entry_update; DROP TRIGGER entry_delete; DROP TRIGGER node_update; DROP TRIGGER "      \
	"node_delete;"                                                                                       \
	"DROP TRIGGER checkpoint_update; DROP TRIGGER checkpoint_delete; DROP TRIGGER edge_update;"

/* Checkpoints at 0 (kept) and 600 (second file). */
static int setup(void **state)
{
	tg_log *log;

	fixture_setup(state);
	log = fixture_open(*state);
	assert_int_equal(fixture_append(log, 0, ENTRIES, 100, NULL), TG_OK);
	fixture_sign(log);
	tg_log_close(log);
	return 0;
}

static const struct {
	const char *what, *sql;
	tg_verify_verdict verdict;
	tg_verify_what found;
	uint64_t first, last;
} tampers[] = {
	{ "nothing", "SELECT 1", TG_VERIFY_GOOD, TG_VERIFY_NOTHING, 0, 0 },
	{ "a byte changed",
		"UPDATE entry SET bytes=CAST(replace(CAST(bytes AS TEXT),'note 17','note 71') AS BLOB) WHERE "
		"id=" ID(17),
		TG_VERIFY_BAD, TG_VERIFY_BYTES, 17, 17 },
	{ "the first entry changed",
		"UPDATE entry SET bytes=CAST(replace(CAST(bytes AS TEXT),'test','text') AS BLOB) WHERE "
		"id=" ID(0),
		TG_VERIFY_BAD, TG_VERIFY_BYTES, 0, 0 },
	{ "the last entry changed",
		"UPDATE entry SET bytes=CAST(replace(CAST(bytes AS TEXT),'test','text') AS BLOB) WHERE "
		"id=" ID(599),
		TG_VERIFY_BAD, TG_VERIFY_BYTES, 599, 599 },
	{ "a leaf hash changed", "UPDATE entry SET leaf=zeroblob(32) WHERE id=" ID(300), TG_VERIFY_BAD,
		TG_VERIFY_BYTES, 300, 300 },
	{ "a row deleted", "DELETE FROM entry WHERE id=" ID(256), TG_VERIFY_BAD, TG_VERIFY_MISSING, 256,
		256 },
	{ "ten rows deleted", "DELETE FROM entry WHERE id BETWEEN " ID(250) " AND " ID(259), TG_VERIFY_BAD,
		TG_VERIFY_MISSING, 250, 259 },
	{ "two rows swapped",
		"UPDATE entry SET id=-1 WHERE id=" ID(40) "; UPDATE entry SET id=" ID(40) " WHERE id=" ID(
			90) "; UPDATE entry SET id=" ID(90) " WHERE id=-1",
		TG_VERIFY_BAD, TG_VERIFY_SEQ, 40, 40 },
	{ "bytes and leaf hash changed together",
		"UPDATE entry SET bytes=CAST(replace(CAST(bytes AS TEXT),'test','text') AS BLOB) WHERE "
		"id=" ID(300) "; UPDATE entry SET leaf=leaf(bytes) WHERE id=" ID(300),
		TG_VERIFY_BAD, TG_VERIFY_NODE, 256, 511 },
	{ "the same behind the last inner hash",
		"UPDATE entry SET bytes=CAST(replace(CAST(bytes AS TEXT),'test','text') AS BLOB) WHERE "
		"id=" ID(550) "; UPDATE entry SET leaf=leaf(bytes) WHERE id=" ID(550),
		TG_VERIFY_BAD, TG_VERIFY_ROOT, 0, 599 },
	{ "an entry that says another number, hashed again",
		"UPDATE entry SET bytes=CAST(replace(CAST(bytes AS TEXT),'\"seq\":33','\"seq\":34') AS BLOB) "
		"WHERE id=" ID(33) "; UPDATE entry SET leaf=leaf(bytes) WHERE id=" ID(33),
		TG_VERIFY_BAD, TG_VERIFY_SEQ, 33, 33 },
	{ "an entry that is no canonical JSON, hashed again",
		"UPDATE entry SET bytes=CAST(replace(CAST(bytes AS TEXT),':',': ') AS BLOB) WHERE id=" ID(
			33) "; UPDATE entry SET leaf=leaf(bytes) WHERE id=" ID(33),
		TG_VERIFY_BAD, TG_VERIFY_FORM, 33, 33 },
	{ "an inner hash changed", "UPDATE node SET hash=zeroblob(32) WHERE number=1", TG_VERIFY_BAD,
		TG_VERIFY_NODE, 256, 511 },
	{ "an inner hash deleted", "DELETE FROM node WHERE number=0", TG_VERIFY_BAD, TG_VERIFY_NODE, 0, 255 },
	{ "a row added", "INSERT INTO entry SELECT id+1,leaf,bytes FROM entry WHERE id=" ID(599),
		TG_VERIFY_BAD, TG_VERIFY_NODE, 600, 600 },
	{ "the tail cut", "DELETE FROM entry WHERE id>=" ID(590), TG_VERIFY_BAD, TG_VERIFY_MISSING, 590,
		599 },
	{ "a kept checkpoint's root changed", "UPDATE checkpoint SET note=replace(note,'47DEQ','57DEQ')",
		TG_VERIFY_BAD, TG_VERIFY_SIGNATURE, 0, 0 },
	{ "the key of the epoch changed", "DROP TRIGGER epoch_update; UPDATE epoch SET vkey='x'",
		TG_VERIFY_BAD, TG_VERIFY_SIGNATURE, 0, 0 },
};

static void every_hand_in_the_database_is_named(void **state)
{
	fixture *f = *state;

	fixture_save(f, "evidence.sqlite");
	for (size_t i = 0; i < TG_COUNT(tampers); i++) {
		tg_verify_result r;
		char sql[1000];
		tg_log *log;

		fixture_restore(f, "evidence.sqlite");
		snprintf(sql, sizeof(sql), NO_GUARDS "%s", tampers[i].sql);
		fixture_sql(f, sql);
		log = fixture_inspect(f);
		r = fixture_verify(log);
		if (r.verdict != tampers[i].verdict || r.what != tampers[i].found ||
			r.first_bad_seq != tampers[i].first || r.last_bad_seq != tampers[i].last)
			fail_msg("%s: %s, %s, %u to %u: %s", tampers[i].what,
				tg_verify_verdict_name(r.verdict), tg_verify_what_name(r.what),
				(unsigned)r.first_bad_seq, (unsigned)r.last_bad_seq, r.words);
		if (r.verdict == TG_VERIFY_BAD)
			assert_true(r.words[0] != '\0');
		tg_log_close(log);
	}
}

/* The tail and the right edge with it: the second file still knows. Then the station goes on in a new epoch. */
static void a_tail_cut_with_care_is_lost_and_said_so(void **state)
{
	fixture *f = *state;
	tg_verify_result r;
	tg_log *log;

	fixture_sql(f,
		NO_GUARDS "DELETE FROM entry WHERE id>=" ID(
			256) "; DELETE FROM node WHERE number>=1;"
			     "UPDATE edge SET size=256, hashes=(SELECT hash FROM node WHERE number=0)");
	log = fixture_inspect(f);
	assert_string_equal(tg_log_renewal_due(log), "restored");
	for (int opening = 0; opening < 2; opening++) {
		r = fixture_verify(log);
		assert_int_equal(r.verdict, TG_VERIFY_LOST);
		assert_int_equal(r.what, TG_VERIFY_CUT);
		assert_int_equal(r.bad_epoch, 1);
		assert_int_equal(r.first_bad_seq, 256);
		assert_int_equal(r.last_bad_seq, 599);
		assert_int_equal(r.lost, 344);
		tg_log_close(log);
		log = fixture_open(f);
	}
	tg_log_close(log);
}

static void a_tampered_log_goes_on_in_a_new_epoch_and_stays_bad(void **state)
{
	fixture *f = *state;
	tg_verify_result r;
	tg_log *log;

	fixture_sql(f, NO_GUARDS "DELETE FROM entry WHERE id=" ID(595));
	log = fixture_open(f);
	assert_string_equal(tg_log_renewal(log), "tree-damaged");
	assert_int_equal(fixture_append(log, 1, 5, 5, NULL), TG_OK);
	r = fixture_verify(log);
	assert_int_equal(r.verdict, TG_VERIFY_BAD);
	assert_int_equal(r.bad_epoch, 1);
	assert_int_equal(r.first_bad_seq, 595);
	assert_int_equal(r.entries, 595 + 6);
	tg_log_close(log);
}

/* All of history signed again with today's key: the checkpoints are the station's no longer. */
static void history_signed_again_with_another_key_is_refused(void **state)
{
	fixture *f = *state;
	tg_checkpoint checkpoint;
	tg_verify_result r;
	tg_signkey *other;
	tg_buf text, note;
	char sql[4096];
	tg_log *log = fixture_inspect(f);

	tg_buf_init(&text, TG_NOTE_SIZE_MAX);
	tg_buf_init(&note, TG_NOTE_SIZE_MAX);
	assert_int_equal(tg_log_last_checkpoint(log, &note, &checkpoint, NULL), TG_OK);
	tg_log_close(log);
	tg_buf_clear(&note);
	assert_int_equal(tg_signkey_generate(&other, NULL), TG_OK);
	assert_int_equal(tg_checkpoint_format(&text, &checkpoint, NULL), TG_OK);
	assert_int_equal(tg_note_sign(&note, tg_buf_view(&text), checkpoint.origin, other, NULL), TG_OK);
	fixture_write(f, "last-signed", tg_buf_text(&note));
	log = fixture_inspect(f);
	assert_string_equal(tg_log_renewal_due(log), "second-file-damaged");
	r = fixture_verify(log);
	assert_int_equal(r.verdict, TG_VERIFY_BAD);
	assert_int_equal(r.what, TG_VERIFY_SIGNATURE);
	tg_log_close(log);
	/* Also in the table of checkpoints. */
	fixture_restore(f, "last-signed");
	snprintf(sql, sizeof(sql), NO_GUARDS "INSERT INTO checkpoint VALUES(1,600,'%s')", tg_buf_text(&note));
	fixture_sql(f, sql);
	log = fixture_inspect(f);
	r = fixture_verify(log);
	assert_int_equal(r.verdict, TG_VERIFY_BAD);
	assert_int_equal(r.what, TG_VERIFY_SIGNATURE);
	tg_log_close(log);
	tg_signkey_free(other);
	tg_buf_fini(&text);
	tg_buf_fini(&note);
}

static int setup_with_second_file_aside(void **state)
{
	setup(state);
	fixture_save(*state, "last-signed");
	return 0;
}

static void a_wrong_key_never_verifies(void **state)
{
	tg_log *log = fixture_inspect(*state);
	tg_verify_options opt = { 0 };
	tg_verify_result r;
	tg_signkey *other;
	tg_pubkey *pub;

	assert_int_equal(tg_signkey_generate(&other, NULL), TG_OK);
	assert_int_equal(tg_signkey_public(&pub, other, NULL), TG_OK);
	opt.key = pub;
	assert_int_equal(tg_verify_all(&r, log, &opt, NULL), TG_OK);
	assert_int_equal(r.verdict, TG_VERIFY_BAD);
	assert_int_equal(r.what, TG_VERIFY_SIGNATURE);
	opt.key = tg_log_public_key(log);
	assert_int_equal(tg_verify_all(&r, log, &opt, NULL), TG_OK);
	assert_int_equal(r.verdict, TG_VERIFY_GOOD);
	tg_pubkey_free(pub);
	tg_signkey_free(other);
	tg_log_close(log);
}

static void entries_of_an_unknown_version_are_proven_by_hash_and_counted(void **state)
{
	fixture *f = *state;
	tg_verify_result r;
	tg_log *log;

	/* As a later program would have written it: before anything was signed, with its hashes. */
	fixture_sql(f,
		NO_GUARDS "DELETE FROM checkpoint; UPDATE entry SET bytes=CAST(replace(CAST(bytes AS "
			  "TEXT),'\"v\":1}','\"v\":2}') "
			  "AS BLOB) WHERE id=" ID(5) "; UPDATE entry SET leaf=leaf(bytes) WHERE id=" ID(5));
	log = fixture_inspect(f);
	r = fixture_verify(log);
	assert_int_equal(r.unknown_version, 1);
	assert_int_equal(r.verdict, TG_VERIFY_BAD); /* the stored hashes are the old ones */
	assert_int_equal(r.what, TG_VERIFY_NODE);
	tg_log_close(log);
}

static void verification_in_slices_lets_appending_go_on(void **state)
{
	tg_log *log = fixture_open(*state);
	const tg_verify_result *r;
	tg_verify *verify;
	bool more = true;
	size_t steps = 0;

	assert_int_equal(tg_verify_begin(&verify, log, NULL, NULL), TG_OK);
	while (more) {
		assert_int_equal(tg_verify_step(verify, 64, &more, NULL), TG_OK);
		r = tg_verify_get_result(verify);
		assert_true(r->entries <= (steps + 1) * 64);
		assert_int_equal(r->verdict, more ? TG_VERIFY_UNFINISHED : TG_VERIFY_GOOD);
		assert_int_equal(fixture_append(log, ENTRIES + steps, 1, 1, NULL), TG_OK);
		fixture_sign(log);
		steps++;
	}
	r = tg_verify_get_result(verify);
	assert_int_equal(r->entries, ENTRIES); /* what was there when the epoch was begun */
	assert_true(steps >= ENTRIES / 64);
	assert_int_equal(r->checkpoints, 2);
	tg_verify_end(verify);
	fixture_expect_good(log);
	tg_log_close(log);
}

static void what_was_not_checked_is_said(void **state)
{
	tg_log *log = fixture_open(*state);
	tg_verify_result r = fixture_verify(log);

	assert_int_equal(r.unsigned_entries, 0);
	assert_int_equal(r.checkpoints, 2);
	assert_int_equal(r.entries, ENTRIES);
	assert_non_null(strstr(r.not_checked, "Not checked"));
	assert_null(strstr(r.not_checked, "no signed checkpoint"));
	assert_int_equal(fixture_append(log, ENTRIES, 7, 7, NULL), TG_OK);
	r = fixture_verify(log);
	assert_int_equal(r.unsigned_entries, 7);
	assert_non_null(strstr(r.not_checked, " 7 entries are in no signed checkpoint"));
	tg_log_close(log);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(every_hand_in_the_database_is_named),
		IN_A_FOLDER(a_tail_cut_with_care_is_lost_and_said_so),
		IN_A_FOLDER(a_tampered_log_goes_on_in_a_new_epoch_and_stays_bad),
		cmocka_unit_test_setup_teardown(history_signed_again_with_another_key_is_refused,
			setup_with_second_file_aside, fixture_teardown),
		IN_A_FOLDER(a_wrong_key_never_verifies),
		IN_A_FOLDER(entries_of_an_unknown_version_are_proven_by_hash_and_counted),
		IN_A_FOLDER(verification_in_slices_lets_appending_go_on),
		IN_A_FOLDER(what_was_not_checked_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
