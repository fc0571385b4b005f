/* SPDX-License-Identifier: Apache-2.0
 *
 * test_writer.c - many threads, one log: everybody is answered, in order, by fewer commits than entries.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/evidence/log_fixture.h"
#include "tests/unit/evidence/vfs_crash.h"

#include "store/evidence/writer.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 8
#define EACH 200

struct lane {
	tg_writer *writer;
	int number;
	uint64_t seq[EACH];
	int64_t at_us[EACH];
	int rc;
};

static void *lane_main(void *arg)
{
	struct lane *lane = arg;

	for (int i = 0; i < EACH && lane->rc == TG_OK; i++) {
		char note[32];

		snprintf(note, sizeof(note), "lane %d entry %d", lane->number, i);
		lane->rc = tg_writer_submit(
			lane->writer, fixture_entry(note), &lane->seq[i], &lane->at_us[i], NULL);
	}
	return NULL;
}

/* Holds the writer thread until told to go on, so that entries pile up behind it. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool entered, open;
};

static int wait_at_gate(tg_log *log, void *ctx)
{
	struct gate *gate = ctx;

	(void)log;
	pthread_mutex_lock(&gate->lock);
	gate->entered = true;
	pthread_cond_broadcast(&gate->changed);
	while (!gate->open)
		pthread_cond_wait(&gate->changed, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
	return 0;
}

struct blocker {
	tg_writer *writer;
	struct gate *gate;
};

static void *blocker_main(void *arg)
{
	struct blocker *blocker = arg;

	(void)tg_writer_run(blocker->writer, wait_at_gate, blocker->gate);
	return NULL;
}

static void gate_close(struct gate *gate, struct blocker *blocker, pthread_t *thread)
{
	assert_int_equal(pthread_create(thread, NULL, blocker_main, blocker), 0);
	pthread_mutex_lock(&gate->lock);
	while (!gate->entered)
		pthread_cond_wait(&gate->changed, &gate->lock);
	pthread_mutex_unlock(&gate->lock);
}

static void gate_open(struct gate *gate, pthread_t thread)
{
	pthread_mutex_lock(&gate->lock);
	gate->open = true;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->lock);
	pthread_join(thread, NULL);
}

static tg_writer *start(fixture *f, const tg_writer_options *opt)
{
	tg_writer *writer;

	assert_int_equal(tg_writer_start(&writer, fixture_open(f), opt, NULL), TG_OK);
	return writer;
}

static size_t wait_until_queued(tg_writer *writer, size_t want)
{
	tg_writer_stats stats;

	do
		tg_writer_get_stats(writer, &stats);
	while (stats.queued < want);
	return stats.queued;
}

static void threads_share_commits_and_all_is_in_its_place(void **state)
{
	static struct lane lanes[THREADS];
	struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
	tg_writer *writer = start(*state, NULL);
	struct blocker blocker = { writer, &gate };
	pthread_t threads[THREADS], block;
	tg_writer_stats stats;
	tg_log *log;

	gate_close(&gate, &blocker, &block);
	for (int i = 0; i < THREADS; i++) {
		lanes[i] = (struct lane){ .writer = writer, .number = i };
		assert_int_equal(pthread_create(&threads[i], NULL, lane_main, &lanes[i]), 0);
	}
	wait_until_queued(
		writer, THREADS); /* at least this batch is shared by all, however the machine is loaded */
	gate_open(&gate, block);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	tg_writer_get_stats(writer, &stats);
	assert_int_equal(stats.entries, THREADS * EACH);
	assert_true(stats.commits < stats.entries);
	assert_int_equal(stats.failures + stats.refused, 0);
	tg_writer_stop(writer);
	log = fixture_open(*state);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(lanes[i].rc, TG_OK);
		for (int k = 0; k < EACH; k++) {
			char note[32];

			snprintf(note, sizeof(note), "lane %d entry %d", i, k);
			fixture_expect(log, lanes[i].seq[k], note);
			assert_true(
				lanes[i].at_us[k] != 0 && (k == 0 || lanes[i].seq[k] > lanes[i].seq[k - 1]));
		}
	}
	fixture_expect_good(log);
	tg_log_close(log);
}

static void a_full_queue_refuses_at_once(void **state)
{
	static struct lane lanes[2];
	tg_writer_options opt = { .queue_max = 2 };
	struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
	tg_writer *writer = start(*state, &opt);
	struct blocker blocker = { writer, &gate };
	pthread_t threads[2], block;
	tg_writer_stats stats;
	tg_error err = { 0 };

	gate_close(&gate, &blocker, &block);
	for (int i = 0; i < 2; i++) {
		lanes[i] = (struct lane){ .writer = writer, .number = i };
		assert_int_equal(pthread_create(&threads[i], NULL, lane_main, &lanes[i]), 0);
	}
	wait_until_queued(writer, 2);
	assert_int_equal(
		tg_writer_submit(writer, fixture_entry("one too many"), NULL, NULL, &err), TG_ELIMIT);
	assert_non_null(strstr(err.msg, "full"));
	gate_open(&gate, block);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	tg_writer_get_stats(writer, &stats);
	assert_int_equal(stats.refused, 1);
	assert_int_equal(stats.entries, 2 * EACH);
	tg_writer_stop(writer);
}

struct submission {
	tg_writer *writer;
	tg_json *entry;
	int rc;
};

static void *submission_main(void *arg)
{
	struct submission *s = arg;

	s->rc = tg_writer_submit(s->writer, s->entry, NULL, NULL, NULL);
	return NULL;
}

static void one_bad_entry_does_not_spoil_its_batch(void **state)
{
	struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };
	tg_writer *writer = start(*state, NULL);
	struct blocker blocker = { writer, &gate };
	struct submission s[3] = { { writer, fixture_entry("good"), 1 }, { writer, tg_json_new_object(), 1 },
		{ writer, fixture_entry("good too"), 1 } };
	pthread_t threads[3], block;

	gate_close(&gate, &blocker, &block);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, submission_main, &s[i]), 0);
		wait_until_queued(writer, i + 1);
	}
	gate_open(&gate, block);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(s[0].rc, TG_OK);
	assert_int_equal(s[1].rc, TG_EINVAL);
	assert_int_equal(s[2].rc, TG_OK);
	tg_writer_stop(writer);
}

static void count_checkpoint(void *ctx, const char *note)
{
	atomic_int *count = ctx;

	assert_memory_equal(note, FIXTURE_ORIGIN "/1\n", strlen(FIXTURE_ORIGIN) + 3);
	atomic_fetch_add(count, 1);
}

static int read_signed_size(tg_log *log, void *ctx)
{
	tg_log_head head;

	tg_log_get_head(log, &head);
	*(uint64_t *)ctx = head.signed_size;
	return 42;
}

static void stopping_signs_what_came(void **state)
{
	atomic_int count = 0;
	tg_writer_options opt = { .checkpoint_ms = -1, .on_checkpoint = count_checkpoint, .ctx = &count };
	tg_writer *writer = start(*state, &opt);
	uint64_t signed_size = 99;
	tg_log_head head;
	tg_log *log;

	assert_int_equal(tg_writer_submit(writer, fixture_entry("x"), NULL, NULL, NULL), TG_OK);
	assert_int_equal(tg_writer_run(writer, read_signed_size, &signed_size), 42);
	assert_int_equal(signed_size, 0);
	tg_writer_stop(writer);
	assert_int_equal(atomic_load(&count), 1);
	log = fixture_open(*state);
	tg_log_get_head(log, &head);
	assert_int_equal(head.signed_size, 1);
	tg_log_close(log);
}

static int append_one(tg_log *log, void *ctx)
{
	(void)ctx;
	return fixture_append(log, 0, 1, 1, NULL);
}

static void entries_appended_by_work_are_signed_too(void **state)
{
	atomic_int count = 0;
	tg_writer_options opt = { .checkpoint_ms = -1, .on_checkpoint = count_checkpoint, .ctx = &count };
	tg_writer *writer = start(*state, &opt);

	assert_int_equal(tg_writer_run(writer, append_one, NULL), TG_OK);
	tg_writer_stop(writer);
	assert_int_equal(atomic_load(&count), 1);
	writer = start(*state, &opt);
	tg_writer_stop(writer);
	assert_int_equal(atomic_load(&count), 1); /* nothing new, nothing signed */
}

static void the_timer_signs_while_entries_come(void **state)
{
	atomic_int count = 0;
	tg_writer_options opt = { .checkpoint_ms = 1, .on_checkpoint = count_checkpoint, .ctx = &count };
	tg_writer *writer = start(*state, &opt);
	tg_writer_stats stats;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(tg_writer_submit(writer, fixture_entry("x"), NULL, NULL, NULL), TG_OK);
		do
			tg_writer_get_stats(writer, &stats);
		while (stats.checkpoints < (uint64_t)i + 1);
	}
	tg_writer_stop(writer);
	assert_int_equal(atomic_load(&count), 3);
}

static int call_back_in(tg_log *log, void *ctx)
{
	(void)log;
	return tg_writer_run(ctx, read_signed_size, NULL) == TG_ESTATE &&
	       tg_writer_submit(ctx, fixture_entry("x"), NULL, NULL, NULL) == TG_ESTATE;
}

static void work_in_the_writer_thread_cannot_wait_for_itself(void **state)
{
	tg_writer *writer = start(*state, NULL);

	assert_true(tg_writer_run(writer, call_back_in, writer));
	tg_writer_stop(writer);
}

static void a_failing_disk_is_told_to_every_caller_and_heals(void **state)
{
	fixture *f = *state;
	tg_error err = { 0 };
	tg_writer_stats stats;
	tg_writer *writer;
	uint64_t seq;

	vfs_crash_reset();
	f->vfs = VFS_CRASH;
	writer = start(f, NULL);
	assert_int_equal(tg_writer_submit(writer, fixture_entry("note 0"), &seq, NULL, NULL), TG_OK);
	vfs_crash_space(0);
	assert_int_equal(tg_writer_submit(writer, fixture_entry("lost"), &seq, NULL, &err), TG_EIO);
	assert_non_null(strstr(err.msg, "full"));
	vfs_crash_space(-1);
	assert_int_equal(tg_writer_submit(writer, fixture_entry("note 1"), &seq, NULL, NULL), TG_OK);
	assert_int_equal(seq, 1);
	tg_writer_get_stats(writer, &stats);
	assert_int_equal(stats.failures, 1);
	tg_writer_stop(writer);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(threads_share_commits_and_all_is_in_its_place),
		IN_A_FOLDER(a_full_queue_refuses_at_once),
		IN_A_FOLDER(one_bad_entry_does_not_spoil_its_batch),
		IN_A_FOLDER(stopping_signs_what_came),
		IN_A_FOLDER(entries_appended_by_work_are_signed_too),
		IN_A_FOLDER(the_timer_signs_while_entries_come),
		IN_A_FOLDER(work_in_the_writer_thread_cannot_wait_for_itself),
		IN_A_FOLDER(a_failing_disk_is_told_to_every_caller_and_heals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
