/* SPDX-License-Identifier: Apache-2.0
 *
 * journal.c - writing down, and what to do when that fails. See journal.h.
 */
#include "plugin/station/journal.h"

#include "plugin/station/record.h"
#include "store/base/utc.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define RETRY_US (INT64_C(2) * TG_US_PER_SECOND) /* between attempts to open a log that could not be opened */

struct outage {
	bool on;
	int64_t from_us;
	uint64_t checks, released; /* answered without a record, and those of them that were let go */
	uint64_t came_in;          /* and those that were units coming in */
	bool count_lost;           /* it began before a stop: there were more */
	char why[240];
};

struct tg_journal {
	tg_journal_options options;
	char dir[PATH_MAX], origin[TG_LOG_ORIGIN_MAX + 1];
	pthread_rwlock_t open_lock; /* guards `writer`: readers use it, the tick that opens it writes */
	tg_writer *writer;          /* NULL: no log now */
	int64_t retry_at_us;
	pthread_mutex_t mutex;      /* guards `outage` */
	struct outage outage;
};

/* ---- outages ---- */

static void outage_begins(tg_journal *j, const char *why)
{
	int64_t from_us = 0;

	pthread_mutex_lock(&j->mutex);
	if (!j->outage.on) {
		from_us = tg_utc_now_us();
		j->outage = (struct outage){ .on = true, .from_us = from_us };
		snprintf(j->outage.why, sizeof(j->outage.why), "%s", why);
	}
	pthread_mutex_unlock(&j->mutex);
	if (from_us != 0 && j->options.on_outage != NULL)
		j->options.on_outage(j->options.ctx, from_us);
}

void tg_journal_missed(tg_journal *j, bool released, bool came_in)
{
	pthread_mutex_lock(&j->mutex);
	j->outage.checks++;
	j->outage.released += released;
	j->outage.came_in += came_in;
	pthread_mutex_unlock(&j->mutex);
}

/* Put back what could not be written, with what was missed meanwhile. */
static void outage_goes_on(tg_journal *j, struct outage *over)
{
	pthread_mutex_lock(&j->mutex);
	over->checks += j->outage.checks;
	over->released += j->outage.released;
	over->came_in += j->outage.came_in;
	j->outage = *over;
	pthread_mutex_unlock(&j->mutex);
}

static tg_json *entry_of(const struct outage *over)
{
	tg_json *entry = tg_record_outage(over->from_us, tg_utc_now_us(), over->checks, over->released, over->why);

	if (over->came_in > 0)
		tg_json_set_int(entry, "came_in", (int64_t)over->came_in);
	if (over->count_lost)
		tg_json_set_bool(entry, "count_lost", true);
	return entry;
}

/* With the open lock held for reading. */
static void outage_ends(tg_journal *j)
{
	struct outage over;

	pthread_mutex_lock(&j->mutex);
	over = j->outage;
	if (over.on)
		j->outage = (struct outage){ 0 };
	pthread_mutex_unlock(&j->mutex);
	if (!over.on)
		return;
	if (tg_writer_submit(j->writer, entry_of(&over), NULL, NULL, NULL) != TG_OK)
		outage_goes_on(j, &over);
	else if (j->options.on_outage != NULL)
		j->options.on_outage(j->options.ctx, 0);
}

/* ---- the log ---- */

static int open_writer(tg_writer **out, tg_journal *j, tg_error *err)
{
	tg_log *log = NULL;
	int rc = tg_log_open(&log, j->dir, &(tg_log_options){ .origin = j->origin, .create = true }, err);

	if (rc == TG_OK && j->options.on_open != NULL) {
		rc = j->options.on_open(j->options.ctx, log, err);
		if (rc != TG_OK)
			tg_log_close(log);
	}
	if (rc == TG_OK)
		rc = tg_writer_start(out, log, &(tg_writer_options){ .checkpoint_ms = j->options.service ? 0 : -1 }, err);
	return rc;
}

int tg_journal_open(tg_journal **out, const tg_journal_options *options, tg_error *err)
{
	tg_journal *j = calloc(1, sizeof(*j));
	tg_error why = { 0 };
	int rc;

	if (j == NULL)
		return tg_fail(err, TG_ENOMEM, "journal: %zu bytes", sizeof(*j));
	j->options = *options;
	snprintf(j->dir, sizeof(j->dir), "%s", options->dir);
	snprintf(j->origin, sizeof(j->origin), "%s", options->origin);
	pthread_rwlock_init(&j->open_lock, NULL);
	pthread_mutex_init(&j->mutex, NULL);
	if (options->outage_from_us != 0)
		j->outage = (struct outage){ .on = true, .from_us = options->outage_from_us, .count_lost = true, .why = "still open when the station stopped" };
	rc = open_writer(&j->writer, j, &why);
	if (rc != TG_OK && options->service && rc != TG_EBUSY) {
		j->writer = NULL;
		outage_begins(j, why.msg);
		rc = TG_OK;
	}
	if (rc != TG_OK) {
		if (err != NULL)
			*err = why;
		tg_journal_close(j);
		return rc;
	}
	*out = j;
	return TG_OK;
}

void tg_journal_close(tg_journal *j)
{
	if (j == NULL)
		return;
	tg_writer_stop(j->writer);
	pthread_rwlock_destroy(&j->open_lock);
	pthread_mutex_destroy(&j->mutex);
	free(j);
}

static int no_log(tg_journal *j, tg_error *err)
{
	char why[200];

	pthread_mutex_lock(&j->mutex);
	snprintf(why, sizeof(why), "%.190s", j->outage.why);
	pthread_mutex_unlock(&j->mutex);
	return tg_fail(err, TG_EIO, "the evidence log cannot be opened: %s", why);
}

int tg_journal_submit(tg_journal *j, tg_json *entry, uint32_t *epoch, uint64_t *seq, int64_t *at_us, tg_error *err)
{
	tg_writer_stats stats;
	tg_error why = { 0 };
	int rc;

	pthread_rwlock_rdlock(&j->open_lock);
	if (j->writer == NULL) {
		tg_json_free(entry);
		rc = no_log(j, &why);
	} else {
		rc = tg_writer_submit(j->writer, entry, seq, at_us, &why);
		if (rc == TG_OK)
			outage_ends(j);
		else
			outage_begins(j, why.msg);
		tg_writer_get_stats(j->writer, &stats);
		if (epoch != NULL)
			*epoch = stats.epoch;
	}
	pthread_rwlock_unlock(&j->open_lock);
	if (rc != TG_OK && err != NULL)
		*err = why;
	return rc;
}

struct append_many {
	tg_json *const *entries;
	size_t count;
	uint64_t first_seq;
	tg_error err;
};

static int append_many(tg_log *log, void *ctx)
{
	struct append_many *job = ctx;

	return tg_log_append(log, job->entries, job->count, &job->first_seq, &job->err);
}

int tg_journal_submit_many(tg_journal *j, tg_json *const entries[], size_t count, uint32_t *epoch, uint64_t *first_seq, tg_error *err)
{
	struct append_many job = { .entries = entries, .count = count };
	tg_writer_stats stats;
	int rc;

	pthread_rwlock_rdlock(&j->open_lock);
	if (j->writer == NULL) {
		rc = no_log(j, &job.err);
	} else {
		rc = tg_writer_run(j->writer, append_many, &job);
		if (rc == TG_OK)
			outage_ends(j);
		else
			outage_begins(j, job.err.msg);
		tg_writer_get_stats(j->writer, &stats);
		*epoch = stats.epoch;
		*first_seq = job.first_seq;
	}
	pthread_rwlock_unlock(&j->open_lock);
	if (rc != TG_OK && err != NULL)
		*err = job.err;
	return rc;
}

int tg_journal_run(tg_journal *j, int (*fn)(tg_log *log, void *ctx), void *ctx, tg_error *err)
{
	int rc;

	pthread_rwlock_rdlock(&j->open_lock);
	rc = j->writer == NULL ? no_log(j, err) : tg_writer_run(j->writer, fn, ctx);
	pthread_rwlock_unlock(&j->open_lock);
	return rc;
}

static void reopen(tg_journal *j)
{
	tg_writer *writer = NULL;

	if (tg_mono_now_us() < j->retry_at_us)
		return;
	j->retry_at_us = tg_mono_now_us() + RETRY_US;
	if (open_writer(&writer, j, NULL) != TG_OK)
		return;
	pthread_rwlock_wrlock(&j->open_lock);
	j->writer = writer;
	pthread_rwlock_unlock(&j->open_lock);
}

/* Only ticks open the log, and only one thread ticks: `writer` cannot change between the look and the lock. */
void tg_journal_tick(tg_journal *j)
{
	if (j->writer == NULL)
		reopen(j);
	pthread_rwlock_rdlock(&j->open_lock);
	if (j->writer != NULL)
		outage_ends(j);
	pthread_rwlock_unlock(&j->open_lock);
}

void tg_journal_get_state(tg_journal *j, tg_journal_state *out)
{
	memset(out, 0, sizeof(*out));
	pthread_mutex_lock(&j->mutex);
	out->outage = j->outage.on;
	out->outage_from_us = j->outage.from_us;
	snprintf(out->why, sizeof(out->why), "%s", j->outage.why);
	pthread_mutex_unlock(&j->mutex);
	pthread_rwlock_rdlock(&j->open_lock);
	if (j->writer != NULL)
		tg_writer_get_stats(j->writer, &out->stats);
	pthread_rwlock_unlock(&j->open_lock);
}
