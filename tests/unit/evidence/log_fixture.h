/* SPDX-License-Identifier: Apache-2.0
 *
 * log_fixture.h - a folder for one test, a log in it, entries to put there, and hands to tamper with the files.
 */
#ifndef TG_TEST_LOG_FIXTURE_H
#define TG_TEST_LOG_FIXTURE_H

#include "store/evidence/verify.h"

#define FIXTURE_ORIGIN "example.com/9520000000011/T1"

typedef struct fixture {
	char dir[256], aside[256]; /* the log's folder; a folder for copies */
	const char *vfs;
	int64_t now_us, mono_us; /* the clock of logs opened here; moves a millisecond an entry */
	int64_t step_us;         /* added to the wall clock at every reading */
} fixture;

int fixture_setup(void **state);    /* for cmocka: *state becomes a fixture */
int fixture_teardown(void **state); /* removes the folders */

tg_log *fixture_open(fixture *f); /* create if need be; fails the test */
tg_log *fixture_inspect(fixture *f);
int fixture_try_open(tg_log **out, fixture *f, bool inspect, tg_error *err);

tg_json *fixture_entry(const char *note); /* {"kind":"test","note":…} */
/** Append `count` entries "note N" from `first`, `batch` in a transaction. Returns the first error. */
int fixture_append(tg_log *log, uint64_t first, uint64_t count, size_t batch, tg_error *err);
void fixture_sign(tg_log *log);
/** The `note` of entry `seq` of the present epoch, as "note N"; fails the test if it is another. */
void fixture_expect(tg_log *log, uint64_t seq, const char *note);

/** Run SQL on the closed log with a second, raw connection. */
void fixture_sql(fixture *f, const char *sql);
void fixture_save(fixture *f, const char *name);    /* DIR/name to ASIDE/name */
void fixture_restore(fixture *f, const char *name); /* and back */
void fixture_remove(fixture *f, const char *name);
void fixture_write(fixture *f, const char *name, const char *text);

tg_verify_result fixture_verify(tg_log *log);
void fixture_expect_good(tg_log *log);

#endif
