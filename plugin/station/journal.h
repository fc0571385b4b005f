/* SPDX-License-Identifier: Apache-2.0
 *
 * journal.h - the evidence log as a station lives with it: also when it cannot be opened or written.
 *
 * While no record can be made the station goes on and counts; the first entry after that says from when to when, how many checks and how
 * many of them were let go. The begin of such an outage survives a restart. Any thread.
 */
#ifndef TG_STATION_JOURNAL_H
#define TG_STATION_JOURNAL_H

#include "plugin/station/memory.h"
#include "store/evidence/writer.h"

typedef struct tg_journal tg_journal;

/**
 * `service`: signs on a timer, and starts even if the log cannot be opened now (tried again at ticks): the signed policy says what a
 * station without a log may do. A command instead gets the error.
 * `on_outage` is called whenever an outage begins or ends, so that the station remembers it: microseconds since when, or 0.
 */
typedef struct tg_journal_options {
	const char *dir, *origin;
	bool service;
	int64_t outage_from_us;  /**< remembered from before; 0 none */
	void (*on_outage)(void *ctx, int64_t from_us);
	/** Called once with the log when it is open, in the opening thread, before anything is written. */
	int (*on_open)(void *ctx, tg_log *log, tg_error *err);
	void *ctx;
} tg_journal_options;

/** Errors: those of tg_log_open (not for a service), of on_open, TG_ENOMEM. `*out` is the caller's: tg_journal_close. */
TG_NODISCARD int tg_journal_open(tg_journal **out, const tg_journal_options *options, tg_error *err);
void tg_journal_close(tg_journal *journal); /* NULL is fine */

/** As tg_writer_submit, and closes an outage that was open. `epoch` may be NULL. A failure begins an outage. */
TG_NODISCARD int tg_journal_submit(tg_journal *journal, tg_json *entry, uint32_t *epoch, uint64_t *seq, int64_t *at_us, tg_error *err);
/** Several with one commit, all or none; the entries stay the caller's. */
TG_NODISCARD int tg_journal_submit_many(tg_journal *journal, tg_json *const entries[], size_t count, uint32_t *epoch, uint64_t *first_seq,
	tg_error *err);
/** Count a check that was answered without a record: whether the unit was let go, and whether it was one that came in. */
void tg_journal_missed(tg_journal *journal, bool released, bool came_in);
/** As tg_writer_run; `err` is filled (TG_EIO) when there is no log now. */
TG_NODISCARD int tg_journal_run(tg_journal *journal, int (*fn)(tg_log *log, void *ctx), void *ctx, tg_error *err);
/** Try again what failed. */
void tg_journal_tick(tg_journal *journal);

typedef struct tg_journal_state {
	bool outage;
	int64_t outage_from_us;
	char why[240];
	tg_writer_stats stats; /**< zero when there is no log */
} tg_journal_state;
void tg_journal_get_state(tg_journal *journal, tg_journal_state *out);

#endif
