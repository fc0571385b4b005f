/* SPDX-License-Identifier: Apache-2.0
 *
 * test_log.c - the log: what is appended stays, what is signed holds, and a log that was put back says so.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/evidence/log_fixture.h"

#include "store/base/encoding.h"
#include "store/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static tg_log_head head_of(const tg_log *log)
{
	tg_log_head head;

	tg_log_get_head(log, &head);
	return head;
}

static void a_new_log_is_empty_private_and_signed(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	tg_log_head head = head_of(log);
	static const char *const files[] = { "evidence.sqlite", "evidence.key", "last-signed" };

	assert_int_equal(head.epoch, 1);
	assert_int_equal(head.size, 0);
	assert_string_equal(head.origin, FIXTURE_ORIGIN "/1");
	assert_null(tg_log_renewal(log));
	for (size_t i = 0; i < TG_COUNT(files); i++) {
		char path[400];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", f->dir, files[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	fixture_expect_good(log);
	tg_log_close(log);
}

static void appended_entries_are_there_after_reopening(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	tg_log_head before, after;

	assert_int_equal(fixture_append(log, 0, 700, 100, NULL), TG_OK);
	assert_int_equal(fixture_append(log, 700, 3, 1, NULL), TG_OK);
	fixture_sign(log);
	before = head_of(log);
	tg_log_close(log);
	log = fixture_open(f);
	after = head_of(log);
	assert_int_equal(after.epoch, 1);
	assert_int_equal(after.size, 703);
	assert_int_equal(after.signed_size, 703);
	assert_true(after.last_at_us == before.last_at_us && after.last_at_us != 0);
	assert_true(tg_tree_hash_equal(&before.root, &after.root));
	fixture_expect(log, 0, "note 0");
	fixture_expect(log, 702, "note 702");
	assert_int_equal(fixture_append(log, 703, 1, 1, NULL), TG_OK);
	assert_int_equal(head_of(log).size, 704);
	fixture_expect_good(log);
	tg_log_close(log);
}

static void the_log_sets_the_envelope_and_writes_canonical_form(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	tg_json *entry = fixture_entry("hello"), *read;
	uint64_t seq = 99;
	tg_buf bytes, again;

	tg_json_set_int(entry, "seq", 12345); /* the caller has no say in these */
	tg_json_set_str(entry, "boot", "mine");
	assert_int_equal(tg_log_append(log, &entry, 1, &seq, NULL), TG_OK);
	assert_int_equal(seq, 0);
	assert_int_equal(tg_json_int(tg_json_get(entry, "at_us")), f->now_us);
	tg_buf_init(&bytes, TG_LOG_ENTRY_MAX);
	tg_buf_init(&again, TG_LOG_ENTRY_MAX);
	assert_int_equal(tg_log_read_one(log, 0, 0, &bytes, NULL), TG_OK);
	assert_int_equal(tg_json_parse(&read, tg_buf_view(&bytes), NULL), TG_OK);
	assert_int_equal(tg_json_int(tg_json_get(read, "v")), 1);
	assert_int_equal(tg_json_int(tg_json_get(read, "seq")), 0);
	assert_int_equal(tg_json_int(tg_json_get(read, "mono_us")), f->mono_us);
	assert_int_equal(strspn(tg_json_str(tg_json_get(read, "boot")), "0123456789abcdef"), 16);
	assert_int_equal(strlen(tg_json_str(tg_json_get(read, "boot"))), 16);
	assert_int_equal(tg_json_size(read), 7);
	assert_int_equal(tg_json_write_jcs(&again, read, NULL), TG_OK);
	assert_true(tg_view_equal(tg_buf_view(&bytes), tg_buf_view(&again)));
	tg_json_free(read);
	tg_json_free(entry);
	tg_buf_fini(&again);
	tg_buf_fini(&bytes);
	tg_log_close(log);
}

static tg_json *long_entry(size_t note_len)
{
	char *text = malloc(note_len + 1);
	tg_json *entry;

	assert_non_null(text);
	memset(text, 'x', note_len);
	text[note_len] = '\0';
	entry = fixture_entry(text);
	free(text);
	return entry;
}

static void a_bad_entry_leaves_nothing_of_its_batch(void **state)
{
	tg_log *log = fixture_open(*state);
	tg_json *batch[3] = { fixture_entry("a"), fixture_entry("b"), tg_json_new_object() };
	tg_error err = { 0 };

	assert_int_equal(tg_log_append(log, batch, 3, NULL, &err), TG_EINVAL);
	assert_int_equal(head_of(log).size, 0);
	tg_json_free(batch[2]);
	batch[2] = long_entry(TG_LOG_ENTRY_MAX);
	assert_int_equal(tg_log_append(log, batch, 3, NULL, &err), TG_ELENGTH);
	assert_int_equal(head_of(log).size, 0);
	assert_int_equal(tg_log_append(log, batch, 0, NULL, &err), TG_EINVAL);
	assert_int_equal(tg_log_append(log, batch, 2, NULL, &err), TG_OK);
	assert_int_equal(head_of(log).size, 2);
	fixture_expect(log, 1, "b");
	for (size_t i = 0; i < 3; i++)
		tg_json_free(batch[i]);
	fixture_expect_good(log);
	tg_log_close(log);
}

static void an_entry_may_have_65535_bytes(void **state)
{
	tg_log *log = fixture_open(*state);
	tg_json *entry = long_entry(1);
	tg_buf bytes;
	size_t overhead;

	assert_int_equal(tg_log_append(log, &entry, 1, NULL, NULL), TG_OK);
	tg_json_free(entry);
	tg_buf_init(&bytes, TG_LOG_ENTRY_MAX);
	assert_int_equal(tg_log_read_one(log, 0, 0, &bytes, NULL), TG_OK);
	overhead = bytes.len - 1;
	tg_buf_fini(&bytes);
	for (size_t extra = 0; extra < 2; extra++) {
		entry = long_entry(TG_LOG_ENTRY_MAX - overhead + extra);
		assert_int_equal(tg_log_append(log, &entry, 1, NULL, NULL), extra == 0 ? TG_OK : TG_ELENGTH);
		tg_json_free(entry);
	}
	fixture_expect_good(log);
	tg_log_close(log);
}

static int stop_after_two(void *ctx, const tg_log_entry *entry)
{
	uint64_t *last = ctx;

	*last = entry->seq;
	return entry->seq >= 11 ? 1 : 0;
}

static void a_range_is_read_in_order_until_the_caller_stops(void **state)
{
	tg_log *log = fixture_open(*state);
	uint64_t last = 0;

	assert_int_equal(fixture_append(log, 0, 20, 20, NULL), TG_OK);
	assert_int_equal(tg_log_read(log, 0, 10, 1000, stop_after_two, &last, NULL), TG_OK);
	assert_int_equal(last, 11);
	last = 77;
	assert_int_equal(tg_log_read(log, 0, 20, 10, stop_after_two, &last, NULL), TG_OK);
	assert_int_equal(tg_log_read(log, 2, 0, 10, stop_after_two, &last, NULL), TG_OK);
	assert_int_equal(last, 77);
	tg_log_close(log);
}

static void a_checkpoint_is_in_the_second_file_before_it_is_handed_out(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	tg_checkpoint checkpoint;
	tg_buf note, file, last;
	char path[400];

	tg_buf_init(&note, TG_NOTE_SIZE_MAX);
	tg_buf_init(&file, TG_NOTE_SIZE_MAX);
	tg_buf_init(&last, TG_NOTE_SIZE_MAX);
	assert_int_equal(fixture_append(log, 0, 9, 3, NULL), TG_OK);
	assert_int_equal(tg_log_checkpoint(log, &note, NULL), TG_OK);
	snprintf(path, sizeof(path), "%s/last-signed", f->dir);
	assert_int_equal(tg_file_read(&file, path, TG_NOTE_SIZE_MAX, NULL), TG_OK);
	assert_int_equal(tg_log_last_checkpoint(log, &last, &checkpoint, NULL), TG_OK);
	assert_true(tg_view_equal(tg_buf_view(&note), tg_buf_view(&file)));
	assert_true(tg_view_equal(tg_buf_view(&note), tg_buf_view(&last)));
	assert_int_equal(checkpoint.size, 9);
	tg_buf_clear(&last);
	assert_int_equal(tg_log_checkpoint(log, &last, NULL), TG_OK);
	assert_true(tg_view_equal(tg_buf_view(&note), tg_buf_view(&last)));
	/* If the second file cannot be written, nothing is handed out. */
	assert_int_equal(fixture_append(log, 9, 1, 1, NULL), TG_OK);
	assert_int_equal(remove(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	tg_buf_clear(&last);
	assert_int_equal(tg_log_checkpoint(log, &last, NULL), TG_EIO);
	assert_int_equal(last.len, 0);
	assert_int_equal(remove(path), 0);
	assert_int_equal(tg_log_checkpoint(log, &last, NULL), TG_OK);
	tg_buf_fini(&note);
	tg_buf_fini(&file);
	tg_buf_fini(&last);
	tg_log_close(log);
}

static void one_entry_is_proven_alone(void **state)
{
	tg_log *log = fixture_open(*state);
	tg_note_key *key;
	const tg_note_key *keys[1];
	tg_buf proof, bytes;
	uint64_t index;

	assert_int_equal(fixture_append(log, 0, 600, 600, NULL), TG_OK);
	fixture_sign(log);
	assert_int_equal(fixture_append(log, 600, 5, 5, NULL), TG_OK);
	assert_int_equal(
		tg_note_key_from_ecdsa(&key, FIXTURE_ORIGIN "/1", tg_log_public_key(log), NULL), TG_OK);
	keys[0] = key;
	tg_buf_init(&proof, TG_NOTE_SIZE_MAX);
	tg_buf_init(&bytes, TG_LOG_ENTRY_MAX);
	static const uint64_t seqs[] = { 0, 255, 256, 511, 599, 600, 604 };
	for (size_t i = 0; i < TG_COUNT(seqs); i++) {
		tg_buf_clear(&proof);
		tg_buf_clear(&bytes);
		assert_int_equal(tg_log_prove(log, 0, seqs[i], &proof, NULL), TG_OK);
		assert_int_equal(tg_log_read_one(log, 0, seqs[i], &bytes, NULL), TG_OK);
		assert_int_equal(tg_proof_verify(&index, tg_buf_view(&proof), tg_buf_view(&bytes),
					 FIXTURE_ORIGIN "/1", keys, 1, NULL),
			TG_OK);
		assert_int_equal(index, seqs[i]);
		bytes.data[5] ^= 1;
		assert_int_equal(tg_proof_verify(&index, tg_buf_view(&proof), tg_buf_view(&bytes),
					 FIXTURE_ORIGIN "/1", keys, 1, NULL),
			TG_EUNTRUSTED);
	}
	assert_int_equal(tg_log_prove(log, 0, 605, &proof, NULL), TG_ENOTFOUND);
	tg_buf_fini(&proof);
	tg_buf_fini(&bytes);
	tg_note_key_free(key);
	tg_log_close(log);
}

static void growth_between_two_checkpoints_is_proven(void **state)
{
	tg_log *log = fixture_open(*state);
	tg_log_head old, new;
	tg_tree_proof proof;

	assert_int_equal(fixture_append(log, 0, 300, 300, NULL), TG_OK);
	old = head_of(log);
	assert_int_equal(fixture_append(log, 300, 777, 777, NULL), TG_OK);
	new = head_of(log);
	assert_int_equal(tg_log_prove_consistency(log, 0, old.size, new.size, &proof, NULL), TG_OK);
	assert_int_equal(
		tg_tree_consistency_verify(&proof, old.size, &old.root, new.size, &new.root, NULL), TG_OK);
	assert_int_equal(tg_log_prove_consistency(log, 0, old.size, new.size + 1, &proof, NULL), TG_EINVAL);
	tg_log_close(log);
}

static void a_second_opening_is_refused_while_the_first_lives(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f), *second;
	tg_error err = { 0 };

	assert_int_equal(fixture_try_open(&second, f, false, &err), TG_EBUSY);
	assert_null(second);
	assert_int_equal(fixture_append(log, 0, 1, 1, NULL), TG_OK);
	tg_log_close(log);
	log = fixture_open(f);
	tg_log_close(log);
}

static void malformed_origins_are_refused(void **state)
{
	fixture *f = *state;
	static const char *const origins[] = { "", "example.com", "example.com/9520000000011",
		"example.com/9520000000011/", "example.com/952000000001/T1", "example.com/95200000000112/T1",
		"example.com/952000000001x/T1", "/9520000000011/T1", "example.com/9520000000011/T1/2",
		"example.com/9520000000011/T 1", "example.com/9520000000011/T+1",
		"example.com/9520000000011/T1\n", "ex\xc3\xa4mple.com/9520000000011/T1" };

	for (size_t i = 0; i < TG_COUNT(origins); i++) {
		tg_log_options opt = { .origin = origins[i], .create = true };
		tg_log *log;

		if (tg_log_open(&log, f->dir, &opt, NULL) != TG_EINVAL)
			fail_msg("\"%s\" was taken", origins[i]);
	}
}

static void without_create_no_log_is_made(void **state)
{
	fixture *f = *state;
	tg_log_options opt = { .origin = FIXTURE_ORIGIN };
	tg_log *log;

	assert_int_equal(tg_log_open(&log, f->dir, &opt, NULL), TG_ENOTFOUND);
	opt.inspect = true;
	assert_int_equal(tg_log_open(&log, f->dir, &opt, NULL), TG_ENOTFOUND);
}

static void a_key_made_for_enrolment_is_the_key_of_the_log(void **state)
{
	fixture *f = *state;
	tg_pubkey *pub, *again;
	tg_buf a, b;
	tg_log *log;

	assert_int_equal(tg_log_make_key(&pub, f->dir, NULL), TG_OK);
	assert_int_equal(tg_log_make_key(&again, f->dir, NULL), TG_OK);
	log = fixture_open(f);
	tg_buf_init(&a, TG_SPKI_MAX);
	tg_buf_init(&b, TG_SPKI_MAX);
	assert_int_equal(tg_pubkey_to_der(&a, pub, NULL), TG_OK);
	assert_int_equal(tg_pubkey_to_der(&b, tg_log_public_key(log), NULL), TG_OK);
	assert_true(tg_view_equal(tg_buf_view(&a), tg_buf_view(&b)));
	tg_buf_clear(&b);
	assert_int_equal(tg_pubkey_to_der(&b, again, NULL), TG_OK);
	assert_true(tg_view_equal(tg_buf_view(&a), tg_buf_view(&b)));
	tg_buf_fini(&a);
	tg_buf_fini(&b);
	tg_pubkey_free(pub);
	tg_pubkey_free(again);
	tg_log_close(log);
}

static void a_missing_key_beside_a_log_refuses_to_open(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	tg_error err = { 0 };

	tg_log_close(log);
	fixture_remove(f, "evidence.key");
	assert_int_equal(fixture_try_open(&log, f, false, &err), TG_ESTATE);
	assert_non_null(strstr(err.msg, "evidence.key"));
}

static void inspection_writes_nothing(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	tg_json *entry = fixture_entry("x");
	tg_buf note;

	assert_int_equal(fixture_append(log, 0, 2, 2, NULL), TG_OK);
	tg_log_close(log);
	log = fixture_inspect(f);
	tg_buf_init(&note, TG_NOTE_SIZE_MAX);
	assert_int_equal(tg_log_append(log, &entry, 1, NULL, NULL), TG_ESTATE);
	assert_int_equal(tg_log_checkpoint(log, &note, NULL), TG_ESTATE);
	assert_int_equal(tg_log_last_checkpoint(log, &note, NULL, NULL), TG_OK);
	fixture_expect(log, 1, "note 1");
	fixture_expect_good(log);
	tg_buf_fini(&note);
	tg_json_free(entry);
	tg_log_close(log);
}

/* ---- epochs ---- */

/* The first entry of the present epoch says why, and what was signed and held before. */
static void expect_epoch(tg_log *log, uint32_t epoch, const char *reason, const tg_log_head *was_signed,
	const tg_log_head *held)
{
	char root[64];
	tg_buf bytes, text;
	tg_json *json;
	const tg_json *part;

	assert_int_equal(head_of(log).epoch, epoch);
	assert_string_equal(tg_log_renewal(log), reason);
	snprintf(root, sizeof(root), FIXTURE_ORIGIN "/%u", (unsigned)epoch);
	assert_string_equal(head_of(log).origin, root);
	tg_buf_init(&bytes, TG_LOG_ENTRY_MAX);
	tg_buf_init(&text, 64);
	assert_int_equal(tg_log_read_one(log, 0, 0, &bytes, NULL), TG_OK);
	assert_int_equal(tg_json_parse(&json, tg_buf_view(&bytes), NULL), TG_OK);
	assert_string_equal(tg_json_str(tg_json_get(json, "kind")), "epoch");
	assert_string_equal(tg_json_str(tg_json_get(json, "reason")), reason);
	if (was_signed != NULL) {
		part = tg_json_get(json, "signed");
		tg_base64_encode(&text, was_signed->root.bytes, 32);
		assert_string_equal(tg_json_str(tg_json_get(part, "origin")), was_signed->origin);
		assert_int_equal(tg_json_int(tg_json_get(part, "size")), was_signed->size);
		assert_string_equal(tg_json_str(tg_json_get(part, "root")), tg_buf_text(&text));
	}
	if (held != NULL) {
		part = tg_json_get(json, "held");
		tg_buf_clear(&text);
		tg_base64_encode(&text, held->root.bytes, 32);
		assert_int_equal(tg_json_int(tg_json_get(part, "size")), held->size);
		assert_string_equal(tg_json_str(tg_json_get(part, "root")), tg_buf_text(&text));
	}
	tg_json_free(json);
	tg_buf_fini(&text);
	tg_buf_fini(&bytes);
}

static void a_database_put_back_starts_a_new_epoch(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	tg_log_head held, was_signed;
	tg_verify_result result;

	assert_int_equal(fixture_append(log, 0, 5, 5, NULL), TG_OK);
	fixture_sign(log);
	held = head_of(log);
	tg_log_close(log);
	fixture_save(f, "evidence.sqlite");
	log = fixture_open(f);
	assert_int_equal(fixture_append(log, 5, 7, 7, NULL), TG_OK);
	fixture_sign(log);
	was_signed = head_of(log);
	tg_log_close(log);
	fixture_restore(f, "evidence.sqlite");

	log = fixture_inspect(f);
	assert_string_equal(tg_log_renewal_due(log), "restored");
	tg_log_close(log);
	log = fixture_open(f);
	expect_epoch(log, 2, "restored", &was_signed, &held);
	assert_int_equal(head_of(log).size, 1);
	assert_int_equal(head_of(log).signed_size, 1);
	assert_int_equal(fixture_append(log, 1, 3, 1, NULL), TG_OK);
	fixture_sign(log);
	result = fixture_verify(log);
	assert_int_equal(result.verdict, TG_VERIFY_LOST);
	assert_int_equal(result.bad_epoch, 1);
	assert_int_equal(result.first_bad_seq, 5);
	assert_int_equal(result.last_bad_seq, 11);
	assert_int_equal(result.lost, 7);
	assert_int_equal(result.entries, 5 + 4);
	tg_log_close(log);
	/* The old epoch again, over the new one: a third. */
	fixture_restore(f, "evidence.sqlite");
	log = fixture_open(f);
	assert_int_equal(head_of(log).epoch, 3);
	assert_string_equal(tg_log_renewal(log), "restored");
	tg_log_close(log);
	log = fixture_open(f);
	assert_int_equal(head_of(log).epoch, 3);
	assert_null(tg_log_renewal(log));
	tg_log_close(log);
}

static void another_history_of_the_same_length_starts_a_new_epoch(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);

	tg_log_close(log);
	fixture_save(f, "evidence.sqlite");
	fixture_save(f, "last-signed");
	log = fixture_open(f);
	assert_int_equal(fixture_append(log, 0, 4, 4, NULL), TG_OK);
	fixture_sign(log);
	tg_log_close(log);
	fixture_save(f, "last-signed");
	/* Back to the beginning, with a second file that knows nothing, and on with other entries. */
	fixture_restore(f, "evidence.sqlite");
	fixture_remove(f, "last-signed");
	log = fixture_open(f);
	assert_string_equal(tg_log_renewal(log), "second-file-missing");
	tg_log_close(log);
	fixture_restore(f, "evidence.sqlite");
	fixture_sql(f, "DROP TRIGGER checkpoint_delete; DELETE FROM checkpoint");
	fixture_remove(f, "last-signed");
	log = fixture_open(f);
	assert_null(tg_log_renewal(log));
	assert_int_equal(fixture_append(log, 100, 4, 4, NULL), TG_OK);
	tg_log_close(log);
	fixture_restore(f, "last-signed");
	log = fixture_open(f);
	assert_string_equal(tg_log_renewal(log), "forked");
	tg_log_close(log);
}

static void a_missing_database_beside_a_second_file_starts_a_new_epoch(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	tg_log_head was_signed;
	tg_verify_result result;

	assert_int_equal(fixture_append(log, 0, 5, 5, NULL), TG_OK);
	fixture_sign(log);
	was_signed = head_of(log);
	tg_log_close(log);
	fixture_remove(f, "evidence.sqlite");
	log = fixture_open(f);
	expect_epoch(log, 2, "database-missing", &was_signed, NULL);
	result = fixture_verify(log);
	assert_int_equal(result.verdict, TG_VERIFY_LOST);
	assert_int_equal(result.lost, 5);
	tg_log_close(log);
}

static void a_damaged_second_file_starts_a_new_epoch(void **state)
{
	fixture *f = *state;
	static const char *const texts[] = { "", "rubbish", "example.com/9520000000011/T1/1\n0\nx\n\n" };

	for (size_t i = 0; i < TG_COUNT(texts); i++) {
		tg_log *log = fixture_open(f);

		tg_log_close(log);
		fixture_write(f, "last-signed", texts[i]);
		log = fixture_open(f);
		expect_epoch(log, (uint32_t)i + 2, "second-file-damaged", NULL, NULL);
		tg_log_close(log);
	}
}

static void a_changed_key_starts_a_new_epoch(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	tg_pubkey *pub;
	tg_verify_result result;

	assert_int_equal(fixture_append(log, 0, 5, 5, NULL), TG_OK);
	fixture_sign(log);
	tg_log_close(log);
	fixture_remove(f, "evidence.key");
	assert_int_equal(tg_log_make_key(&pub, f->dir, NULL), TG_OK);
	tg_pubkey_free(pub);
	log = fixture_open(f);
	expect_epoch(log, 2, "key-changed", NULL, NULL);
	result = fixture_verify(log);
	assert_int_equal(result.verdict, TG_VERIFY_GOOD);
	assert_int_equal(result.foreign_epochs, 1);
	assert_non_null(strstr(result.not_checked, "earlier key"));
	tg_log_close(log);
}

static void a_changed_origin_starts_a_new_epoch(void **state)
{
	fixture *f = *state;
	tg_log_options opt = { .origin = "example.com/9520000000028/T1" };
	tg_log *log = fixture_open(f);

	tg_log_close(log);
	assert_int_equal(tg_log_open(&log, f->dir, &opt, NULL), TG_OK);
	assert_string_equal(tg_log_renewal(log), "origin-changed");
	assert_string_equal(head_of(log).origin, "example.com/9520000000028/T1/2");
	fixture_expect_good(log);
	tg_log_close(log);
}

static void an_older_second_file_alone_is_no_reason_for_a_new_epoch(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);

	assert_int_equal(fixture_append(log, 0, 5, 5, NULL), TG_OK);
	fixture_sign(log);
	tg_log_close(log);
	fixture_save(f, "last-signed");
	log = fixture_open(f);
	assert_int_equal(fixture_append(log, 5, 5, 5, NULL), TG_OK);
	fixture_sign(log);
	tg_log_close(log);
	fixture_restore(f, "last-signed");
	log = fixture_open(f);
	assert_null(tg_log_renewal(log));
	assert_int_equal(head_of(log).size, 10);
	fixture_expect_good(log);
	tg_log_close(log);
}

static void steps_of_the_clock_do_not_break_verification(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);

	assert_int_equal(fixture_append(log, 0, 10, 1, NULL), TG_OK);
	fixture_sign(log);
	f->now_us -= INT64_C(400) * 86400 * 1000000;
	assert_int_equal(fixture_append(log, 10, 10, 1, NULL), TG_OK);
	fixture_sign(log);
	tg_log_close(log);
	f->mono_us = 1000; /* another boot */
	f->now_us += INT64_C(4000) * 86400 * 1000000;
	log = fixture_open(f);
	assert_null(tg_log_renewal(log));
	assert_int_equal(fixture_append(log, 20, 10, 1, NULL), TG_OK);
	fixture_sign(log);
	fixture_expect_good(log);
	fixture_expect(log, 15, "note 15");
	tg_log_close(log);
}

/* ---- settings and tables ---- */

static void a_strange_trigger_refuses_to_open(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);
	tg_error err = { 0 };

	tg_log_close(log);
	fixture_sql(f, "CREATE TRIGGER quiet AFTER INSERT ON entry BEGIN SELECT 1; END");
	assert_int_equal(fixture_try_open(&log, f, false, &err), TG_ESTATE);
	assert_non_null(strstr(err.msg, "quiet"));
}

static void dropped_guards_are_put_up_again(void **state)
{
	fixture *f = *state;
	tg_log *log = fixture_open(f);

	assert_int_equal(fixture_append(log, 0, 3, 3, NULL), TG_OK);
	tg_log_close(log);
	fixture_sql(f, "DROP TRIGGER entry_delete; DROP TRIGGER entry_update");
	log = fixture_open(f);
	tg_log_close(log);
	fixture_sql(f, "CREATE TEMP TABLE t AS SELECT count(*) AS n FROM sqlite_schema WHERE type='trigger'; "
		       "CREATE TEMP TABLE must(ok CHECK(ok)); INSERT INTO must SELECT n=10 FROM t");
}

static void a_database_of_another_program_is_refused(void **state)
{
	fixture *f = *state;
	tg_log *log;

	fixture_sql(f, "CREATE TABLE t(x)");
	assert_int_equal(fixture_try_open(&log, f, false, NULL), TG_ESTATE);
	fixture_sql(f, "DROP TABLE t");
	log = fixture_open(f);
	tg_log_close(log);
	fixture_sql(f, "PRAGMA user_version=2");
	assert_int_equal(fixture_try_open(&log, f, false, NULL), TG_ESTATE);
}

static void rubbish_in_place_of_the_database_is_an_error(void **state)
{
	fixture *f = *state;
	tg_log *log;
	tg_error err = { 0 };

	fixture_write(f, "evidence.sqlite",
		"this is no database, whatever its name says, and it is longer than a header is: "
		"0123456789012345678901234567890123456789");
	assert_int_equal(fixture_try_open(&log, f, false, &err), TG_EIO);
	assert_non_null(strstr(err.msg, "not a database"));
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(a_new_log_is_empty_private_and_signed),
		IN_A_FOLDER(appended_entries_are_there_after_reopening),
		IN_A_FOLDER(the_log_sets_the_envelope_and_writes_canonical_form),
		IN_A_FOLDER(a_bad_entry_leaves_nothing_of_its_batch),
		IN_A_FOLDER(an_entry_may_have_65535_bytes),
		IN_A_FOLDER(a_range_is_read_in_order_until_the_caller_stops),
		IN_A_FOLDER(a_checkpoint_is_in_the_second_file_before_it_is_handed_out),
		IN_A_FOLDER(one_entry_is_proven_alone),
		IN_A_FOLDER(growth_between_two_checkpoints_is_proven),
		IN_A_FOLDER(a_second_opening_is_refused_while_the_first_lives),
		IN_A_FOLDER(malformed_origins_are_refused),
		IN_A_FOLDER(without_create_no_log_is_made),
		IN_A_FOLDER(a_key_made_for_enrolment_is_the_key_of_the_log),
		IN_A_FOLDER(a_missing_key_beside_a_log_refuses_to_open),
		IN_A_FOLDER(inspection_writes_nothing),
		IN_A_FOLDER(a_database_put_back_starts_a_new_epoch),
		IN_A_FOLDER(another_history_of_the_same_length_starts_a_new_epoch),
		IN_A_FOLDER(a_missing_database_beside_a_second_file_starts_a_new_epoch),
		IN_A_FOLDER(a_damaged_second_file_starts_a_new_epoch),
		IN_A_FOLDER(a_changed_key_starts_a_new_epoch),
		IN_A_FOLDER(a_changed_origin_starts_a_new_epoch),
		IN_A_FOLDER(an_older_second_file_alone_is_no_reason_for_a_new_epoch),
		IN_A_FOLDER(steps_of_the_clock_do_not_break_verification),
		IN_A_FOLDER(a_strange_trigger_refuses_to_open),
		IN_A_FOLDER(dropped_guards_are_put_up_again),
		IN_A_FOLDER(a_database_of_another_program_is_refused),
		IN_A_FOLDER(rubbish_in_place_of_the_database_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
