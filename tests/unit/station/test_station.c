/* SPDX-License-Identifier: Apache-2.0
 *
 * test_station.c - a whole station: decided, written down, answered; sets taken up and refused; a log that fails.
 *
 * The clock is the test's: tg_utc_now_us is wrapped.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/station/fixture.h"

#include "store/evidence/verify.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int64_t __real_tg_utc_now_us(void);
int64_t __wrap_tg_utc_now_us(void);

static int64_t clock_us; /* 0: the real one */

int64_t __wrap_tg_utc_now_us(void)
{
	return clock_us != 0 ? clock_us : __real_tg_utc_now_us();
}

#define expect_log(station, text, times) expect_log_at(station, text, times, __LINE__)

static void expect_log_at(tg_station *station, const char *text, size_t times, int line)
{
	char *log = fixture_log(station);

	if (fixture_count(log, text) != times)
		fail_msg("line %d: %s: %zu times, wanted %zu, in\n%s", line, text, fixture_count(log, text),
			times, log);
	free(log);
}

static void expect_health(tg_station *station, const char *health)
{
	tg_json *status = tg_station_status(station);

	assert_string_equal(tg_json_str(tg_json_get(status, "health")), health);
	tg_json_free(status);
}

static size_t faults(tg_station *station)
{
	tg_json *status = tg_station_status(station);
	size_t n = tg_json_size(tg_json_get(status, "faults"));

	tg_json_free(status);
	return n;
}

/* ---- checks ---- */

static const struct {
	const char *label;
	tg_outcome outcome;
	bool released;
	const char *code;
} table[] = {
	{ GTIN_HELD, TG_ALLOW, true, "soc-held" },
	{ "]E0" GTIN_HELD, TG_ALLOW, true, "soc-held" },
	{ GTIN_SOLD, TG_ALLOW, true, "soc-held" },
	{ GTIN_NO_SOC, TG_BLOCK, false, "no-soc" },
	{ GTIN_BATCHES, TG_HOLD, false, "batch-unknown" },
	{ "]d20109524000000033"
	  "10B2600",
		TG_ALLOW, true, "soc-held" },
	{ "]d20109524000000033"
	  "10B2700",
		TG_BLOCK, false, "batch-not-covered" },
	{ GTIN_OUT, TG_ALLOW, true, "out-of-scope" },
	{ GTIN_UNKNOWN, TG_BLOCK, false, "not-assessed" },
	{ IN_STORE_KNOWN, TG_ALLOW, true, "out-of-scope" },
	{ IN_STORE_OTHER, TG_BLOCK, false, "not-assessed" },
	{ CARD, TG_ALLOW, true, "passed-on" },
	{ COUPON, TG_ALLOW, true, "passed-on" },
	{ BAD_CHECK_DIGIT, TG_HOLD, false, "label-ambiguous" },
	{ "hello", TG_BLOCK, false, "label-unreadable" },
	{ "", TG_BLOCK, false, "label-unreadable" },
};

static void every_check_is_answered_and_written_down(void **state)
{
	tg_station *station = fixture_open(*state, false);
	char *log;

	for (size_t i = 0; i < TG_COUNT(table); i++) {
		tg_check_answer a = fixture_check(station, table[i].label);

		if (a.verdict.outcome != table[i].outcome || a.release.released != table[i].released ||
			strcmp(a.words.code, table[i].code) != 0 || a.verdict.could_not_check)
			fail_msg("\"%s\": %s, %s, released %d (%s)", table[i].label,
				tg_outcome_words[a.verdict.outcome], a.words.code, a.release.released,
				a.fault);
		assert_true(a.recorded);
		assert_int_equal(a.seq, i);
		assert_int_not_equal(strlen(a.reference), 0);
		assert_string_equal(a.fault, "");
	}
	log = fixture_log(station);
	assert_int_equal(fixture_count(log, "\"kind\":\"check\""), TG_COUNT(table));
	assert_int_equal(fixture_count(log, "\n"), TG_COUNT(table));
	assert_null(strstr(log, "5290123456"));
	free(log);
	tg_station_close(station);
}

static void a_reference_names_its_entry(void **state)
{
	tg_station *station = fixture_open(*state, false);
	tg_check_answer first = fixture_check(station, GTIN_HELD), second = fixture_check(station, GTIN_HELD);
	tg_reference reference;

	assert_int_equal(tg_reference_parse(&reference, second.reference, NULL), TG_OK);
	assert_int_equal(reference.seq, 1);
	assert_int_equal(reference.epoch, 1);
	assert_string_not_equal(first.reference, second.reference);
	tg_station_close(station);
}

static void without_a_catalogue_nothing_can_be_checked_and_that_is_written_down(void **state)
{
	tg_station *station = fixture_open(*state, true);
	tg_check_answer a = fixture_check(station, GTIN_HELD);

	assert_true(a.verdict.could_not_check);
	assert_false(a.release.released);
	assert_true(a.recorded);
	assert_non_null(strstr(a.fault, "tillgate sync"));
	a = fixture_check(station, CARD); /* nobody signed a pass-list */
	assert_false(a.release.released);
	assert_false(a.verdict.could_not_check); /* a matter of the label, not of compliance */
	expect_log(station, "\"could_not_check\":true", 1);
	expect_log(station, "\"kind\":\"start\"", 1);
	expect_health(station, "cannot-check");
	tg_station_close(station);
}

static void a_batch_shares_a_commit_and_keeps_its_order(void **state)
{
	static tg_check_request asks[TG_CHECK_MANY_MAX];
	static tg_check_answer answers[TG_CHECK_MANY_MAX];
	tg_station *station = fixture_open(*state, false);
	tg_journal_state journal;

	for (size_t i = 0; i < TG_CHECK_MANY_MAX; i++) {
		tg_check_request_init(&asks[i], TG_OP_SALE);
		tg_check_request_label(&asks[i], tg_view_str(table[i % TG_COUNT(table)].label));
	}
	tg_station_check_many(answers, station, asks, TG_CHECK_MANY_MAX);
	for (size_t i = 0; i < TG_CHECK_MANY_MAX; i++) {
		assert_true(answers[i].recorded);
		assert_int_equal(answers[i].seq, i);
		assert_true(answers[i].at_us > 0);
		assert_string_equal(answers[i].words.code, table[i % TG_COUNT(table)].code);
	}
	tg_journal_get_state(tg_station_journal(station), &journal);
	assert_int_equal(journal.stats.commits, 1);
	tg_station_check_many(answers, station, asks, 0);
	expect_log(station, "\n", TG_CHECK_MANY_MAX);
	tg_station_close(station);
}

#define THREADS 8
#define CHECKS_EACH 40

static void *check_a_lot(void *user)
{
	for (int i = 0; i < CHECKS_EACH; i++) {
		tg_check_answer a = fixture_check(user, i % 2 == 0 ? GTIN_HELD : GTIN_NO_SOC);

		if (!a.recorded || a.release.released != (i % 2 == 0))
			return user;
	}
	return NULL;
}

static void many_lanes_check_at_once_while_a_new_set_is_taken_up(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);
	pthread_t threads[THREADS];
	int64_t now_us = tg_utc_now_us();

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, check_a_lot, station), 0);
	for (uint64_t v = 2; v < 6; v++) {
		fixture_sync(f, v, 1, now_us);
		assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	}
	for (int i = 0; i < THREADS; i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	expect_log(station, "\"kind\":\"check\"", THREADS * CHECKS_EACH);
	expect_log(station, "\"kind\":\"catalogue\"", 4);
	tg_station_close(station);
}

static void observe_lets_everything_go_and_records_what_would_have_been(void **state)
{
	station_fixture *f = *state;
	tg_station *station;

	f->mode = "observe";
	fixture_sync(f, 1, 1, tg_utc_now_us());
	station = fixture_open(f, false);
	for (size_t i = 0; i < TG_COUNT(table); i++) {
		tg_check_answer a = fixture_check(station, table[i].label);

		assert_true(a.release.released);
		assert_false(a.release.enforced);
		assert_true(strncmp(a.words.action, "Go on", 5) == 0 || strncmp(a.words.action, "Sell", 4) == 0 ||
			    strncmp(a.words.action, "Passed on", 9) == 0);
		assert_int_equal(a.release.would_release, table[i].released);
		assert_int_equal(a.verdict.outcome, table[i].outcome);
	}
	expect_log(station, "\"mode\":\"observe\"", TG_COUNT(table));
	tg_station_close(station);
}

/* ---- opening and closing ---- */

static tg_verify_result verify(station_fixture *f)
{
	tg_verify_result result;
	tg_verify *verify = NULL;
	tg_error err = { 0 };
	tg_log *log = NULL;
	bool more = true;

	if (tg_log_open(&log, f->paths.evidence_dir,
		    &(tg_log_options){ .origin = FIXTURE_ORIGIN, .inspect = true }, &err) != TG_OK)
		fail_msg("%s", err.msg);
	assert_int_equal(tg_verify_begin(&verify, log, &(tg_verify_options){ 0 }, NULL), TG_OK);
	while (more)
		assert_int_equal(tg_verify_step(verify, TG_VERIFY_SLICE, &more, NULL), TG_OK);
	result = *tg_verify_get_result(verify);
	tg_verify_end(verify);
	tg_log_close(log);
	return result;
}

static void a_service_records_its_start_and_stop_and_leaves_nothing_unsigned(void **state)
{
	tg_station *station = fixture_open(*state, true);
	tg_verify_result result;

	expect_health(station, "good");
	fixture_check(station, GTIN_HELD);
	tg_station_close(station);
	station = fixture_open(*state, false);
	expect_log(station, "\"kind\":\"start\"", 1);
	expect_log(station, "\"kind\":\"stop\"", 1);
	fixture_check(station, GTIN_HELD);
	tg_station_close(station);
	result = verify(*state);
	assert_int_equal(result.entries, 4);
	assert_int_equal(result.unsigned_entries, 0);
	assert_string_equal(tg_verify_verdict_name(result.verdict), "good");
}

static void a_second_station_on_the_folder_is_told_who_holds_it(void **state)
{
	station_fixture *f = *state;
	tg_station *first = fixture_open(f, true), *second = NULL;
	tg_error err = { 0 };

	assert_int_equal(
		tg_station_open(&second, &f->paths, &(tg_station_options){ .who = "the second" }, &err),
		TG_EBUSY);
	assert_null(second);
	assert_non_null(strstr(err.msg, "the test"));
	assert_true(fixture_check(first, GTIN_HELD).recorded);
	tg_station_close(first);
	second = fixture_open(f, false);
	expect_log(second, "\"kind\":\"start\"", 1); /* of the first alone */
	tg_station_close(second);
}

static void a_station_that_is_not_enrolled_does_not_open(void **state)
{
	station_fixture *f = *state;
	tg_station *station = NULL;
	tg_error err = { 0 };

	assert_int_equal(unlink(f->paths.enrolment), 0);
	assert_int_equal(
		tg_station_open(&station, &f->paths, &(tg_station_options){ .who = "the test" }, &err),
		TG_ESTATE);
	assert_null(station);
	assert_int_not_equal(access(f->paths.evidence_dir, F_OK), 0);
}

/* ---- sets ---- */

static void a_new_set_is_taken_up_by_a_tick_and_recorded_once(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);
	tg_check_answer a = fixture_check(station, GTIN_SOLD);

	assert_true(a.release.released);
	assert_int_equal(a.catalogue_version, 1);
	fixture_sync(f, 2, 1, tg_utc_now_us());
	assert_true(fixture_check(station, GTIN_SOLD).release.released); /* not before the tick */
	for (int i = 0; i < 3; i++)
		assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	a = fixture_check(station, GTIN_SOLD);
	assert_false(a.release.released);
	assert_string_equal(a.words.code, "soc-withdrawn");
	assert_int_equal(a.catalogue_version, 2);
	expect_log(station, "\"kind\":\"catalogue\"", 1);
	expect_log(station, "\"from_catalogue_version\":1", 1);
	assert_int_equal(faults(station), 0);
	tg_station_close(station);
}

static void a_new_policy_alone_is_taken_up_too(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);

	f->mode = "observe";
	fixture_sync(f, 1, 2, tg_utc_now_us());
	assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	assert_true(fixture_check(station, GTIN_NO_SOC).release.released);
	expect_log(station, "\"from_policy_version\":1", 1);
	tg_station_close(station);
}

static void the_first_set_of_a_running_station_is_taken_up(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);

	assert_int_equal(tg_station_tick(station, NULL), TG_OK); /* nothing there is no error */
	assert_true(fixture_check(station, GTIN_HELD).verdict.could_not_check);
	fixture_sync(f, 1, 1, tg_utc_now_us());
	assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	assert_true(fixture_check(station, GTIN_HELD).release.released);
	expect_log(station, "\"kind\":\"catalogue\"", 1);
	expect_health(station, "good");
	tg_station_close(station);
}

static void newer_signed_time_alone_makes_fresh_and_is_no_entry(void **state)
{
	station_fixture *f = *state;
	int64_t now_us = tg_utc_now_us();
	tg_station *station;

	fixture_sync(f, 1, 1, now_us - 2 * TG_US_PER_DAY);
	station = fixture_open(f, true);
	assert_int_equal(fixture_check(station, GTIN_HELD).freshness.stage, TG_AGEING);
	expect_health(station, "attention");
	fixture_install(f, now_us);
	assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	assert_int_equal(fixture_check(station, GTIN_HELD).freshness.stage, TG_FRESH);
	expect_log(station, "\"kind\":\"catalogue\"", 0);
	expect_health(station, "good");
	tg_station_close(station);
}

static const struct {
	const char *file;
	long offset; /* from the end where negative */
} damages[] = {
	{ "timestamp.json", 300 },
	{ "snapshot.json", 300 },
	{ "targets.json", 300 },
	{ "policy.json", 20 },
	{ "catalogue.blocks", 5 },
	{ "catalogue.tgc", 3 },
	{ "catalogue.tgc", 200 },
	{ "catalogue.tgc", -1 },
};

static void a_damaged_set_is_refused_once_and_the_old_one_stays(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);

	for (size_t i = 0; i < TG_COUNT(damages); i++) {
		tg_error err = { 0 };
		tg_check_answer a;

		fixture_sync(f, 2, 1, tg_utc_now_us());
		fixture_flip(f, damages[i].file, damages[i].offset);
		if (tg_station_tick(station, &err) == TG_OK)
			fail_msg("%s at %ld was taken up", damages[i].file, damages[i].offset);
		assert_int_equal(tg_station_tick(station, NULL), TG_OK); /* said once */
		assert_int_equal(tg_station_tick(station, NULL), TG_OK);
		a = fixture_check(station, GTIN_SOLD);
		assert_int_equal(a.catalogue_version, 1);
		assert_true(a.release.released);
		expect_log(station, "\"kind\":\"catalogue-refused\"", i + 1);
		assert_int_equal(faults(station), 1);
		expect_health(station, "attention");
	}
	expect_log(station, "\"kind\":\"catalogue\"", 0);
	fixture_sync(f, 2, 1, tg_utc_now_us());
	assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	assert_false(fixture_check(station, GTIN_SOLD).release.released);
	assert_int_equal(faults(station), 0);
	tg_station_close(station);
}

/* As if sync had only ever installed the present one. */
static void forget_other_sets(const station_fixture *f)
{
	char command[3 * PATH_MAX];

	snprintf(command, sizeof(command), "cd '%s/sets' && for s in *; do [ \"$s\" = '%s' ] || rm -rf \"$s\"; done", f->paths.catalogue_dir,
		f->set_id);
	assert_int_equal(system(command), 0);
}

static void unlink_private_copy(const station_fixture *f)
{
	char command[2 * PATH_MAX];

	snprintf(command, sizeof(command), "rm -f '%s'/*", f->paths.image_dir);
	assert_int_equal(system(command), 0);
}

static void with_a_damaged_set_at_start_the_one_before_is_used(void **state)
{
	station_fixture *f = *state;

	for (size_t i = 0; i < TG_COUNT(damages); i++) {
		tg_station *station;
		tg_check_answer a;

		fixture_sync(f, 1, 1, tg_utc_now_us());
		fixture_sync(f, 1, 1, tg_utc_now_us() + 1);
		fixture_flip(f, damages[i].file, damages[i].offset);
		unlink_private_copy(f);
		station = fixture_open(f, true);
		a = fixture_check(station, GTIN_HELD);
		if (a.verdict.could_not_check || !a.release.released || !a.recorded)
			fail_msg("%s at %ld: \"%s\"", damages[i].file, damages[i].offset, a.fault);
		assert_false(fixture_check(station, GTIN_NO_SOC).release.released);
		assert_int_equal(faults(station), 1);
		expect_health(station, "attention");
		expect_log(station, "\"kind\":\"catalogue-refused\"", i + 1);
		assert_int_equal(tg_station_tick(station, NULL), TG_OK); /* said once */
		expect_log(station, "\"kind\":\"catalogue-refused\"", i + 1);
		tg_station_close(station);
	}
}

/* What the network side does to its own files after they were taken up changes no answer. */
static void bytes_written_after_the_take_up_change_nothing(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);
	char image[PATH_MAX + 16];

	assert_true(fixture_check(station, GTIN_HELD).release.released);
	for (long at = 64; at < 2048; at += 64)
		fixture_flip(f, "catalogue.tgc", at);
	assert_true(fixture_check(station, GTIN_HELD).release.released);
	assert_false(fixture_check(station, GTIN_NO_SOC).release.released);
	snprintf(image, sizeof(image), "%s/catalogue.tgc", f->set_dir);
	assert_int_equal(truncate(image, 0), 0);
	assert_true(fixture_check(station, GTIN_HELD).release.released);
	assert_false(fixture_check(station, GTIN_NO_SOC).release.released);
	tg_station_close(station);
}

/* The private copy goes bad on the disk: noticed at the check that needs the bytes, healed from the set's own file. */
static void a_damaged_private_copy_is_noticed_and_made_again(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);
	char command[3 * PATH_MAX];

	tg_station_close(station);
	snprintf(command, sizeof(command), "for f in '%s'/*; do printf 'XXXX' | dd of=\"$f\" bs=1 seek=%d conv=notrunc status=none; done",
		f->paths.image_dir, 1500);
	assert_int_equal(system(command), 0);
	station = fixture_open(f, true);
	if (fixture_check(station, GTIN_HELD).verdict.could_not_check) {
		expect_health(station, "attention");
		assert_int_equal(tg_station_tick(station, NULL), TG_OK);
		expect_log(station, "\"state\":\"found\"", 1);
		expect_log(station, "\"state\":\"healed\"", 1);
	}
	assert_true(fixture_check(station, GTIN_HELD).release.released);
	expect_health(station, "good");
	tg_station_close(station);
}

static void a_set_that_is_damaged_at_start_is_could_not_check_until_it_is_replaced(void **state)
{
	station_fixture *f = *state;

	for (size_t i = 0; i < TG_COUNT(damages); i++) {
		tg_station *station;
		tg_check_answer a;

		fixture_sync(f, 1, 1, tg_utc_now_us());
		fixture_flip(f, damages[i].file, damages[i].offset);
		forget_other_sets(f);
		unlink_private_copy(f);
		station = fixture_open(f, true);
		a = fixture_check(station, GTIN_HELD);
		if (!a.verdict.could_not_check || a.release.released || !a.recorded || a.fault[0] == '\0')
			fail_msg("%s at %ld: could not check %d, released %d, \"%s\"", damages[i].file,
				damages[i].offset, a.verdict.could_not_check, a.release.released, a.fault);
		expect_health(station, "cannot-check");
		fixture_sync(f, 1, 1, tg_utc_now_us());
		assert_int_equal(tg_station_tick(station, NULL), TG_OK);
		assert_true(fixture_check(station, GTIN_HELD).release.released);
		expect_health(station, "good");
		tg_station_close(station);
	}
}

static void a_damaged_image_does_not_take_the_signed_policy_away(void **state)
{
	station_fixture *f = *state;
	tg_station *station;

	f->mode = "observe";
	fixture_sync(f, 1, 1, tg_utc_now_us());
	fixture_flip(f, "catalogue.tgc", 3);
	station = fixture_open(f, false);
	assert_true(fixture_check(station, GTIN_HELD).verdict.could_not_check);
	assert_true(fixture_check(station, GTIN_HELD).release.released);
	assert_int_equal(fixture_check(station, CARD).identity.other, TG_OTHER_LISTED);
	tg_station_close(station);
}

static void an_older_catalogue_or_policy_is_refused_also_after_a_restart(void **state)
{
	station_fixture *f = *state;
	tg_station *station;
	char first[32], loose[32];
	tg_error err = { 0 };
	tg_check_answer a;

	f->mode = "observe";
	fixture_sync(f, 1, 1, tg_utc_now_us());
	strcpy(first, f->set_id);
	fixture_sync(f, 2, 1, tg_utc_now_us());
	strcpy(loose, f->set_id);
	f->mode = "enforce";
	fixture_sync(f, 2, 2, tg_utc_now_us());
	station = fixture_open(f, true);
	assert_false(fixture_check(station, GTIN_SOLD).release.released);
	fixture_point_at(f, first);
	assert_int_equal(tg_station_tick(station, &err), TG_EROLLBACK);
	fixture_point_at(f, loose);
	assert_int_equal(tg_station_tick(station, &err), TG_EROLLBACK);
	assert_int_equal(fixture_check(station, GTIN_SOLD).policy_version, 2);
	expect_log(station, "\"kind\":\"catalogue-refused\"", 2);
	fixture_point_at(f, f->set_id); /* the one in force: nothing is wrong any more */
	assert_int_equal(tg_station_tick(station, &err), TG_OK);
	assert_int_equal(faults(station), 0);
	tg_station_close(station);
	for (int i = 0; i < 2; i++) {
		fixture_point_at(f, i == 0 ? first : loose);
		station = fixture_open(f, true);
		a = fixture_check(station, GTIN_SOLD); /* the set that was in force is still there, and used */
		assert_false(a.verdict.could_not_check);
		assert_false(a.release.released);
		assert_int_equal(a.policy_version, 2);
		tg_station_close(station);
	}
	fixture_point_at(f, loose);
	strcpy(f->set_id, loose);
	forget_other_sets(f);
	station = fixture_open(f, true);
	a = fixture_check(station, GTIN_SOLD);
	assert_true(a.verdict.could_not_check);
	assert_false(a.release.released);
	assert_int_equal(a.policy_version, 0);
	assert_non_null(strstr(a.fault, "after version 2 was in force"));
	tg_station_close(station);
	fixture_sync(f, 3, 2, tg_utc_now_us());
	station = fixture_open(f, true);
	assert_false(fixture_check(station, GTIN_SOLD).verdict.could_not_check);
	tg_station_close(station);
}

static void a_link_to_nowhere_leaves_the_set_in_force(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);

	fixture_point_at(f, "9-gone");
	assert_int_not_equal(tg_station_tick(station, NULL), TG_OK);
	assert_true(fixture_check(station, GTIN_HELD).release.released);
	assert_int_equal(unlink(f->paths.catalogue_current), 0);
	assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	assert_true(fixture_check(station, GTIN_HELD).release.released);
	tg_station_close(station);
}

/* ---- age and clock ---- */

static void with_age_notices_come_then_nothing_goes_but_what_is_out_of_scope(void **state)
{
	static const struct {
		int64_t age_days_us;
		tg_stage stage;
		tg_outcome held, out;
		const char *health;
	} ages[] = {
		{ 0, TG_FRESH, TG_ALLOW, TG_ALLOW, "good" },
		{ 2 * TG_US_PER_DAY, TG_AGEING, TG_ALLOW, TG_ALLOW, "attention" },
		{ 5 * TG_US_PER_DAY, TG_STALE, TG_NOTICE, TG_ALLOW, "attention" },
		{ 8 * TG_US_PER_DAY, TG_DEAD, TG_BLOCK, TG_ALLOW, "cannot-check" },
	};
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);

	for (size_t i = 0; i < TG_COUNT(ages); i++) {
		tg_check_answer a;

		clock_us = f->repo.issued_us + ages[i].age_days_us;
		a = fixture_check(station, GTIN_HELD);
		assert_int_equal(a.freshness.stage, ages[i].stage);
		assert_int_equal(a.verdict.outcome, ages[i].held);
		assert_int_equal(a.release.released, ages[i].held <= TG_NOTICE);
		assert_int_equal(fixture_check(station, GTIN_OUT).verdict.outcome, ages[i].out);
		assert_true(fixture_check(station, CARD).release.released);
		expect_health(station, ages[i].health);
	}
	expect_log(station, "\"stage\":\"dead\"", 3);
	expect_log(station, "\"kind\":\"clock\"", 0);
	tg_station_close(station);
}

static void a_clock_behind_signed_time_is_recorded_when_it_begins_and_when_it_heals(void **state)
{
	station_fixture *f = *state;
	int64_t issued_us = f->repo.issued_us;
	tg_station *station = fixture_open(f, true);
	tg_check_answer a;

	clock_us = issued_us - 300 * TG_US_PER_SECOND;
	assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	expect_log(station, "\"kind\":\"clock\"", 0);
	clock_us = issued_us - TG_US_PER_DAY;
	for (int i = 0; i < 3; i++)
		assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	expect_log(station, "\"state\":\"fault\"", 1);
	expect_log(station, "\"ahead_s\":-86400", 1);
	a = fixture_check(station, GTIN_HELD);
	assert_int_equal(a.freshness.stage, TG_CLOCK_FAULT);
	assert_false(a.release.released);
	expect_health(station, "cannot-check");
	clock_us = issued_us + TG_US_PER_SECOND;
	for (int i = 0; i < 3; i++)
		assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	expect_log(station, "\"state\":\"healed\"", 1);
	assert_true(fixture_check(station, GTIN_HELD).release.released);
	expect_health(station, "good");
	tg_station_close(station);
}

static void signed_time_once_seen_stays_the_floor_when_an_older_set_comes_back(void **state)
{
	station_fixture *f = *state;
	int64_t now_us = tg_utc_now_us();
	tg_station *station;

	clock_us = now_us;
	fixture_sync(f, 1, 1, now_us - 3600 * TG_US_PER_SECOND);
	station = fixture_open(f, true);
	fixture_install(f, now_us);
	assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	fixture_point_at(f, "1-test"); /* of the set-up: same versions, and older */
	clock_us = now_us - 1800 * TG_US_PER_SECOND;
	(void)!tg_station_tick(station, NULL);
	assert_int_equal(fixture_check(station, GTIN_HELD).freshness.stage, TG_CLOCK_FAULT);
	tg_station_close(station);
}

static void one_shot_commands_do_not_fill_the_log_with_a_clock_fault(void **state)
{
	station_fixture *f = *state;
	tg_station *station;

	clock_us = f->repo.issued_us - TG_US_PER_DAY;
	for (int i = 0; i < 3; i++) {
		station = fixture_open(f, false);
		assert_int_equal(fixture_check(station, GTIN_HELD).freshness.stage, TG_CLOCK_FAULT);
		tg_station_close(station);
	}
	station = fixture_open(f, false);
	expect_log(station, "\"stage\":\"clock-fault\"", 3); /* every check says it */
	expect_log(station, "\n", 3);
	tg_station_close(station);
}

/* ---- a log that cannot be written ---- */

static const rlim_t no_limit = RLIM_INFINITY;

/* Of this process: every write that makes a file longer, or touches it beyond `to`, fails as on a full disk. */
static void limit_files(rlim_t to)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = to == no_limit ? limit.rlim_max : to;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void what_cannot_be_recorded_is_withheld_and_counted(void **state)
{
	tg_station *station = fixture_open(*state, true);
	tg_check_answer out;

	assert_true(fixture_check(station, GTIN_HELD).recorded);
	limit_files(0);
	for (int i = 0; i < 3; i++) {
		tg_check_answer a = fixture_check(station, GTIN_HELD);

		assert_false(a.recorded);
		assert_false(a.release.released);
		assert_string_equal(a.reference, "");
		assert_non_null(strstr(a.fault, "not recorded"));
	}
	out = fixture_check(station, GTIN_OUT);
	assert_false(out.release.released);
	assert_string_equal(out.words.code, "no-record");
	assert_string_equal(out.words.action,
		"Do not sell or send it. Call the manager: checks cannot be recorded.");
	assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	assert_int_equal(faults(station), 1);
	expect_health(station, "cannot-check");
	limit_files(no_limit);
	assert_true(fixture_check(station, GTIN_HELD).release.released);
	expect_log(station, "\"kind\":\"outage\"", 1);
	expect_log(station, "\"checks\":4", 1);
	expect_log(station, "\"released\":0", 1);
	expect_log(station, "\"kind\":\"check\"", 2);
	assert_int_equal(faults(station), 0);
	expect_health(station, "good");
	tg_station_close(station);
	assert_string_equal(tg_verify_verdict_name(verify(*state).verdict), "good");
}

static void the_end_of_an_outage_is_recorded_without_waiting_for_a_customer(void **state)
{
	tg_station *station = fixture_open(*state, true);

	limit_files(0);
	assert_false(fixture_check(station, GTIN_HELD).recorded);
	assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	limit_files(no_limit);
	assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	expect_log(station, "\"kind\":\"outage\"", 1);
	expect_log(station, "\"checks\":1", 1);
	expect_health(station, "good");
	tg_station_close(station);
}

static void by_signed_choice_what_is_out_of_scope_goes_unrecorded_and_nothing_else(void **state)
{
	station_fixture *f = *state;
	tg_station *station;

	f->on_log_failure = "release";
	fixture_sync(f, 1, 2, tg_utc_now_us());
	station = fixture_open(f, false);
	limit_files(0);
	assert_true(fixture_check(station, GTIN_OUT).release.released);
	assert_true(fixture_check(station, IN_STORE_KNOWN).release.released);
	assert_false(fixture_check(station, GTIN_HELD).release.released);
	assert_false(fixture_check(station, GTIN_NO_SOC).release.released);
	limit_files(no_limit);
	fixture_check(station, GTIN_HELD);
	expect_log(station, "\"checks\":4", 1);
	expect_log(station, "\"released\":2", 1);
	tg_station_close(station);
}

static void a_batch_that_cannot_be_recorded_is_withheld_whole(void **state)
{
	static tg_check_request asks[8];
	static tg_check_answer answers[8];
	tg_station *station = fixture_open(*state, false);

	limit_files(0);
	for (size_t i = 0; i < TG_COUNT(asks); i++) {
		tg_check_request_init(&asks[i], TG_OP_SALE);
		tg_check_request_label(&asks[i], tg_view_str(GTIN_HELD));
	}
	tg_station_check_many(answers, station, asks, TG_COUNT(asks));
	limit_files(no_limit);
	for (size_t i = 0; i < TG_COUNT(asks); i++)
		assert_false(answers[i].recorded || answers[i].release.released);
	fixture_check(station, GTIN_HELD);
	expect_log(station, "\"checks\":8", 1);
	expect_log(station, "\"kind\":\"check\"", 1);
	tg_station_close(station);
}

#define TRIES 200 /* of 50 ms: the journal tries again every two seconds */

static void a_service_without_its_log_withholds_and_heals(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);
	tg_error err = { 0 };
	tg_check_answer a;

	char database[PATH_MAX + 32], away[PATH_MAX + 32];

	tg_station_close(station);
	snprintf(database, sizeof(database), "%s/evidence.sqlite", f->paths.evidence_dir);
	snprintf(away, sizeof(away), "%s/away", f->paths.evidence_dir);
	assert_int_equal(rename(database, away), 0);
	assert_int_equal(mkdir(database, 0700), 0);
	assert_int_not_equal(tg_station_open(&station, &f->paths, &(tg_station_options){ .who = "the test" }, &err), TG_OK);
	assert_int_equal(
		tg_station_open(&station, &f->paths, &(tg_station_options){ .who = "the test", .service = true }, &err), TG_OK);
	a = fixture_check(station, GTIN_HELD);
	assert_false(a.recorded || a.release.released);
	expect_health(station, "cannot-check");
	assert_int_equal(rmdir(database), 0);
	assert_int_equal(rename(away, database), 0);
	for (int i = 0; i < TRIES && !a.recorded; i++) {
		usleep(50000);
		assert_int_equal(tg_station_tick(station, NULL), TG_OK);
		a = fixture_check(station, GTIN_HELD);
	}
	assert_true(a.recorded && a.release.released);
	expect_log(station, "\"kind\":\"outage\"", 1);
	expect_health(station, "good");
	tg_station_close(station);
}

/* A station that dies in an outage still says at its next start that there was one. */
static void an_outage_is_remembered_over_a_restart(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, true);

	limit_files(512); /* no page of the log fits, the station's one sector of memory does */
	assert_false(fixture_check(station, GTIN_HELD).recorded);
	tg_station_close(station); /* its stop entry fails too */
	limit_files(no_limit);
	station = fixture_open(f, true);
	expect_log(station, "\"kind\":\"outage\"", 1);
	expect_log(station, "still open when the station stopped", 1);
	expect_health(station, "good");
	tg_station_close(station);
	station = fixture_open(f, true);
	expect_log(station, "\"kind\":\"outage\"", 1);
	tg_station_close(station);
}

/* ---- delivery and devices ---- */

static void what_no_till_took_is_recorded_with_its_check(void **state)
{
	tg_station *station = fixture_open(*state, false);
	tg_check_answer a;
	tg_json *status;

	fixture_check(station, GTIN_HELD);
	a = fixture_check(station, GTIN_HELD);
	tg_station_not_delivered(station, &a, "till-3", "no till has the port open");
	expect_log(station, "\"check\":1,", 1);
	expect_log(station, "\"kind\":\"not-delivered\"", 1);
	expect_log(station, "\"output\":\"till-3\"", 1);
	status = tg_station_status(station);
	assert_int_equal(tg_json_int(tg_json_get(status, "not_delivered")), 1);
	tg_json_free(status);
	tg_station_close(station);
}

static void news_of_a_device_is_recorded(void **state)
{
	tg_station *station = fixture_open(*state, false);

	tg_station_device_event(station, "till-3", "too-long", 3, 1000000, "no end of line");
	tg_station_device_event(station, "till-3", "attached", 1, 0, "");
	expect_log(station, "\"bytes\":1000000", 1);
	expect_log(station, "\"kind\":\"device\"", 2);
	expect_log(station, "\"words\"", 1);
	expect_log(station, "\"count\":3", 1);
	expect_log(station, "\"count\"", 1);
	tg_station_close(station);
}

static int tear_down(void **state)
{
	clock_us = 0;
	limit_files(no_limit);
	return fixture_teardown(state);
}

#define ENROLLED(test) cmocka_unit_test_setup_teardown(test, fixture_setup, tear_down)
#define SYNCED(test) cmocka_unit_test_setup_teardown(test, fixture_setup_synced, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SYNCED(every_check_is_answered_and_written_down),
		SYNCED(a_reference_names_its_entry),
		ENROLLED(without_a_catalogue_nothing_can_be_checked_and_that_is_written_down),
		SYNCED(a_batch_shares_a_commit_and_keeps_its_order),
		SYNCED(many_lanes_check_at_once_while_a_new_set_is_taken_up),
		ENROLLED(observe_lets_everything_go_and_records_what_would_have_been),
		SYNCED(a_service_records_its_start_and_stop_and_leaves_nothing_unsigned),
		SYNCED(a_second_station_on_the_folder_is_told_who_holds_it),
		ENROLLED(a_station_that_is_not_enrolled_does_not_open),
		SYNCED(a_new_set_is_taken_up_by_a_tick_and_recorded_once),
		SYNCED(a_new_policy_alone_is_taken_up_too),
		ENROLLED(the_first_set_of_a_running_station_is_taken_up),
		ENROLLED(newer_signed_time_alone_makes_fresh_and_is_no_entry),
		SYNCED(a_damaged_set_is_refused_once_and_the_old_one_stays),
		ENROLLED(a_set_that_is_damaged_at_start_is_could_not_check_until_it_is_replaced),
		ENROLLED(a_damaged_image_does_not_take_the_signed_policy_away),
		ENROLLED(an_older_catalogue_or_policy_is_refused_also_after_a_restart),
		SYNCED(a_link_to_nowhere_leaves_the_set_in_force),
		SYNCED(with_age_notices_come_then_nothing_goes_but_what_is_out_of_scope),
		SYNCED(a_clock_behind_signed_time_is_recorded_when_it_begins_and_when_it_heals),
		ENROLLED(signed_time_once_seen_stays_the_floor_when_an_older_set_comes_back),
		SYNCED(one_shot_commands_do_not_fill_the_log_with_a_clock_fault),
		SYNCED(what_cannot_be_recorded_is_withheld_and_counted),
		SYNCED(the_end_of_an_outage_is_recorded_without_waiting_for_a_customer),
		SYNCED(by_signed_choice_what_is_out_of_scope_goes_unrecorded_and_nothing_else),
		SYNCED(a_batch_that_cannot_be_recorded_is_withheld_whole),
		SYNCED(a_service_without_its_log_withholds_and_heals),
		SYNCED(an_outage_is_remembered_over_a_restart),
		SYNCED(with_a_damaged_set_at_start_the_one_before_is_used),
		SYNCED(bytes_written_after_the_take_up_change_nothing),
		SYNCED(a_damaged_private_copy_is_noticed_and_made_again),
		SYNCED(what_no_till_took_is_recorded_with_its_check),
		SYNCED(news_of_a_device_is_recorded),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
