/* SPDX-License-Identifier: Apache-2.0
 *
 * writer.c - group commit: one thread owns the log, callers queue, one transaction answers all that waited.
 *
 * While one fsync runs the next batch gathers by itself. A caller alone never waits for others; when the last commit answered
 * several, the next one gives those a moment to come back, because they answer their tills and ask again all at once. Each
 * caller sleeps on its own condition, so that a commit wakes only those it answers.
 */
#include "store/evidence/writer.h"

#include "store/base/utc.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* How long a commit waits for those whom the last one answered: a tenth of a cheap disk's fsync, far more than a thread's turn. */
#define GATHER_US 500

/* Somebody who waits: with an entry, or with work to run. On the caller's stack. */
struct waiter {
	struct waiter *next;
	tg_json *entry;
	uint64_t seq;
	int (*fn)(tg_log *log, void *ctx);
	void *ctx;
	int rc;
	tg_error err;
	bool done;
	pthread_cond_t answered;
};

struct queue {
	struct waiter *first, **end;
	size_t count;
};

struct tg_writer {
	tg_log *log;
	tg_writer_options opt;
	pthread_t thread;
	pthread_mutex_t lock; /* all below */
	pthread_cond_t work;
	struct queue entries, jobs;
	bool stop;
	size_t last_batch;     /* callers that the last commit answered */
	size_t wake_at;        /* entries queued that are worth waking the writer for */
	bool unsigned_entries; /* something to sign */
	int64_t sign_at_us;    /* on CLOCK_MONOTONIC */
	tg_writer_stats stats;
};

static int64_t monotonic_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * TG_US_PER_SECOND + ts.tv_nsec / 1000;
}

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
	q->count = 0;
}

static void queue_put(struct queue *q, struct waiter *w)
{
	w->next = NULL;
	*q->end = w;
	q->end = &w->next;
	q->count++;
}

static struct waiter *queue_take(struct queue *q)
{
	struct waiter *w = q->first;

	if (w == NULL)
		return NULL;
	q->first = w->next;
	if (q->first == NULL)
		q->end = &q->first;
	q->count--;
	return w;
}

/* ---- in the writer thread ---- */

/* With the lock held. The waiter's memory is its caller's again after this. */
static void answer(struct waiter *w)
{
	w->done = true;
	pthread_cond_signal(&w->answered);
}

/* A batch that failed for one entry's sake (too long, no kind) is written entry by entry: each gets its own answer. */
static void write_singly(tg_writer *writer, struct waiter *batch[], size_t n, tg_writer_stats *done)
{
	for (size_t i = 0; i < n; i++) {
		batch[i]->rc =
			tg_log_append(writer->log, &batch[i]->entry, 1, &batch[i]->seq, &batch[i]->err);
		if (batch[i]->rc == TG_OK) {
			done->entries++;
			done->commits++;
		} else if (batch[i]->rc == TG_EIO) {
			done->failures++;
		}
	}
}

static void write_batch(tg_writer *writer, struct waiter *batch[], size_t n, tg_writer_stats *done)
{
	tg_json *entries[TG_LOG_APPEND_MAX];
	tg_error err = { 0 };
	uint64_t first = 0;
	int rc;

	for (size_t i = 0; i < n; i++)
		entries[i] = batch[i]->entry;
	rc = tg_log_append(writer->log, entries, n, &first, &err);
	if (n > 1 && (rc == TG_EINVAL || rc == TG_ELENGTH || rc == TG_EFORMAT)) {
		write_singly(writer, batch, n, done);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		batch[i]->rc = rc;
		batch[i]->err = err;
		batch[i]->seq = first + i;
	}
	if (rc == TG_OK) {
		done->entries += n;
		done->commits++;
	} else {
		done->failures += n;
	}
}

/* With the lock held: entries came. */
static void due_to_sign(tg_writer *writer)
{
	if (writer->unsigned_entries)
		return;
	writer->unsigned_entries = true;
	writer->sign_at_us = monotonic_us() + (int64_t)writer->opt.checkpoint_ms * 1000;
}

static struct timespec timespec_of(int64_t at_us)
{
	return (struct timespec){ .tv_sec = at_us / TG_US_PER_SECOND, .tv_nsec = at_us % TG_US_PER_SECOND * 1000 };
}

/* With the lock held. */
static void gather(tg_writer *writer)
{
	int64_t until_us = monotonic_us() + GATHER_US;
	struct timespec until = timespec_of(until_us);

	writer->wake_at = writer->last_batch;
	while (writer->entries.count < writer->last_batch && writer->last_batch > 1 && !writer->stop && monotonic_us() < until_us)
		pthread_cond_timedwait(&writer->work, &writer->lock, &until);
	writer->wake_at = 0;
}

/* With the lock held, which is let go while the disk works. */
static void serve_entries(tg_writer *writer)
{
	struct waiter *batch[TG_LOG_APPEND_MAX];
	tg_writer_stats done = { 0 };
	size_t n = 0;

	gather(writer);
	while (n < TG_LOG_APPEND_MAX && writer->entries.first != NULL)
		batch[n++] = queue_take(&writer->entries);
	pthread_mutex_unlock(&writer->lock);
	write_batch(writer, batch, n, &done);
	pthread_mutex_lock(&writer->lock);
	writer->stats.entries += done.entries;
	writer->stats.commits += done.commits;
	writer->stats.failures += done.failures;
	writer->last_batch = n;
	if (done.entries > 0)
		due_to_sign(writer);
	for (size_t i = 0; i < n; i++)
		answer(batch[i]);
}

/* A job may append too: a batch of checks that shares one commit. */
static void serve_job(tg_writer *writer)
{
	struct waiter *w = queue_take(&writer->jobs);
	tg_log_head before, after;

	if (w == NULL)
		return;
	pthread_mutex_unlock(&writer->lock);
	tg_log_get_head(writer->log, &before);
	w->rc = w->fn(writer->log, w->ctx);
	tg_log_get_head(writer->log, &after);
	pthread_mutex_lock(&writer->lock);
	if (after.size > before.size) {
		writer->stats.entries += after.size - before.size;
		writer->stats.commits++;
		due_to_sign(writer);
	}
	answer(w);
}

static void sign(tg_writer *writer)
{
	tg_buf note;
	int rc;

	pthread_mutex_unlock(&writer->lock);
	tg_buf_init(&note, TG_NOTE_SIZE_MAX);
	rc = tg_log_checkpoint(writer->log, &note, NULL);
	if (rc == TG_OK && writer->opt.on_checkpoint != NULL)
		writer->opt.on_checkpoint(writer->opt.ctx, tg_buf_text(&note));
	tg_buf_fini(&note);
	pthread_mutex_lock(&writer->lock);
	if (rc == TG_OK) {
		writer->stats.checkpoints++;
		writer->unsigned_entries = false;
	} else {
		writer->stats.checkpoint_failures++;
		writer->sign_at_us = monotonic_us() + (int64_t)writer->opt.checkpoint_ms * 1000;
	}
}

static bool sign_is_due(const tg_writer *writer)
{
	return writer->unsigned_entries && writer->opt.checkpoint_ms >= 0 &&
	       monotonic_us() >= writer->sign_at_us;
}

/* With the lock held: until there is something to do. */
static void wait_for_work(tg_writer *writer)
{
	while (writer->entries.first == NULL && writer->jobs.first == NULL && !writer->stop &&
		!sign_is_due(writer)) {
		if (writer->unsigned_entries && writer->opt.checkpoint_ms >= 0) {
			struct timespec until = timespec_of(writer->sign_at_us);

			pthread_cond_timedwait(&writer->work, &writer->lock, &until);
		} else {
			pthread_cond_wait(&writer->work, &writer->lock);
		}
	}
}

static void *writer_main(void *arg)
{
	tg_writer *writer = arg;

	pthread_mutex_lock(&writer->lock);
	for (;;) {
		wait_for_work(writer);
		if (writer->entries.first != NULL)
			serve_entries(writer);
		serve_job(writer); /* one between two batches: neither starves the other */
		if (sign_is_due(writer))
			sign(writer);
		if (writer->stop && writer->entries.first == NULL && writer->jobs.first == NULL)
			break;
	}
	if (writer->unsigned_entries)
		sign(writer);
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

/* ---- for callers ---- */

/* The deadline of a checkpoint must not move with the wall clock. */
static void init_conditions(tg_writer *writer)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&writer->work, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&writer->lock, NULL);
}

static void destroy(tg_writer *writer)
{
	pthread_cond_destroy(&writer->work);
	pthread_mutex_destroy(&writer->lock);
	tg_log_close(writer->log);
	free(writer);
}

int tg_writer_start(tg_writer **out, tg_log *log, const tg_writer_options *opt, tg_error *err)
{
	tg_writer *writer = calloc(1, sizeof(*writer));
	tg_log_head head;
	int code;

	*out = NULL;
	if (writer == NULL) {
		tg_log_close(log);
		return tg_fail(err, TG_ENOMEM, "evidence writer");
	}
	writer->log = log;
	if (opt != NULL)
		writer->opt = *opt;
	if (writer->opt.queue_max == 0)
		writer->opt.queue_max = TG_WRITER_QUEUE_MAX;
	if (writer->opt.checkpoint_ms == 0)
		writer->opt.checkpoint_ms = TG_WRITER_CHECKPOINT_MS;
	tg_log_get_head(log, &head);
	writer->stats.epoch = head.epoch;
	writer->unsigned_entries = head.size > head.signed_size;
	writer->sign_at_us = monotonic_us() + (int64_t)writer->opt.checkpoint_ms * 1000;
	queue_init(&writer->entries);
	queue_init(&writer->jobs);
	init_conditions(writer);
	code = pthread_create(&writer->thread, NULL, writer_main, writer);
	if (code != 0) {
		destroy(writer);
		errno = code;
		return tg_fail_errno(err, TG_ENOMEM, "evidence writer: thread");
	}
	*out = writer;
	return TG_OK;
}

void tg_writer_stop(tg_writer *writer)
{
	if (writer == NULL)
		return;
	pthread_mutex_lock(&writer->lock);
	writer->stop = true;
	pthread_cond_signal(&writer->work);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	destroy(writer);
}

/* With the lock held: into the queue, then until answered. */
static void put_and_wait(tg_writer *writer, struct queue *q, struct waiter *w)
{
	pthread_cond_init(&w->answered, NULL);
	queue_put(q, w);
	if (q != &writer->entries || q->count >= writer->wake_at)
		pthread_cond_signal(&writer->work);
	while (!w->done)
		pthread_cond_wait(&w->answered, &writer->lock);
	pthread_cond_destroy(&w->answered);
}

int tg_writer_submit(tg_writer *writer, tg_json *entry, uint64_t *seq, int64_t *at_us, tg_error *err)
{
	struct waiter w = { .entry = entry };

	pthread_mutex_lock(&writer->lock);
	if (pthread_equal(pthread_self(), writer->thread)) {
		w.rc = tg_fail(&w.err, TG_ESTATE, "called from the writer thread");
	} else if (writer->entries.count >= writer->opt.queue_max) {
		writer->stats.refused++;
		w.rc = tg_fail(&w.err, TG_ELIMIT, "the evidence queue is full (%zu entries wait)",
			writer->entries.count);
	} else {
		put_and_wait(writer, &writer->entries, &w);
	}
	pthread_mutex_unlock(&writer->lock);
	if (w.rc == TG_OK && seq != NULL)
		*seq = w.seq;
	if (w.rc == TG_OK && at_us != NULL)
		*at_us = tg_json_int(tg_json_get(entry, "at_us"));
	if (w.rc != TG_OK && err != NULL)
		*err = w.err;
	tg_json_free(entry);
	return w.rc;
}

int tg_writer_run(tg_writer *writer, int (*fn)(tg_log *log, void *ctx), void *ctx)
{
	struct waiter w = { .fn = fn, .ctx = ctx };

	pthread_mutex_lock(&writer->lock);
	if (pthread_equal(pthread_self(), writer->thread))
		w.rc = TG_ESTATE;
	else
		put_and_wait(writer, &writer->jobs, &w);
	pthread_mutex_unlock(&writer->lock);
	return w.rc;
}

void tg_writer_get_stats(tg_writer *writer, tg_writer_stats *out)
{
	pthread_mutex_lock(&writer->lock);
	*out = writer->stats;
	out->queued = writer->entries.count;
	pthread_mutex_unlock(&writer->lock);
}
