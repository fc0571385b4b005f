/* SPDX-License-Identifier: Apache-2.0
 *
 * state.h - what station.c and status.c share of a station. Nobody else includes it.
 */
#ifndef TG_STATION_STATE_H
#define TG_STATION_STATE_H

#include "plugin/station/batches.h"
#include "plugin/station/cases.h"
#include "plugin/station/journal.h"
#include "plugin/station/roster.h"
#include "plugin/station/station.h"
#include "plugin/station/sweep.h"

#include <pthread.h>

#define TG_BADGES_SEEN_MAX 32 /* lanes at which a badge can wait at once */

/** A badge that was shown at a lane. */
struct tg_badge_seen {
	char device[TG_CHECK_DEVICE_MAX];
	char key[TG_STAFF_ID_SIZE]; /* "": a free place */
	int64_t mono_us;
};

struct tg_station {
	tg_paths paths;
	tg_station_id id;
	tg_station_options options;
	int lock_fd;
	tg_journal *journal;
	tg_batches *batches;
	tg_cases *cases;
	pthread_mutex_t mutex; /* guards all below */
	tg_inforce *set;
	tg_memory memory;      /* floors and outage, as remembered on disk */
	bool clock_fault;
	char refused_set[TG_SET_ID_SIZE]; /* the last set that was not taken up, and why */
	char refused_why[240];
	int64_t retry_at_us;   /* when a set that failed for the disk's sake is tried again; monotonic */
	char damaged_set[TG_SET_ID_SIZE]; /* a set whose image failed while in use; not yet loaded again */
	char damage[240];
	bool damage_said;      /* in the log, once until it is healed */
	char no_cure[240];     /* why no other copy could be made: sync must fetch the image again; "" otherwise */
	tg_sweep_found swept;  /* the last sweep that was not stopped half-way */
	int64_t swept_at_us;   /* UTC; 0 none yet */
	int64_t heal_at_us;    /* no new private copy before; monotonic */
	uint64_t not_delivered;
	tg_sweep *sweep;       /* the ticking thread's; NULL in a command */
	tg_roster *roster;
	struct tg_badge_seen badges[TG_BADGES_SEEN_MAX]; /* shown at lanes a moment ago */
	pthread_mutex_t override_mutex; /* one override at a time, from looking for an earlier one to writing its own entry */
};

/** The set in force with a reference for the caller, and the newest signed time seen. */
tg_inforce *tg_station__set(tg_station *station, int64_t *floor_us);
/** Decide on it now, with what this station knows; nothing is written down. */
void tg_station__decide(tg_check_answer *out, tg_station *station, const tg_inforce *set, const tg_check_request *request, int64_t floor_us);

#endif
