/* SPDX-License-Identifier: Apache-2.0
 *
 * station.h - a whole station without its devices: identity, catalogue in force, evidence log, checks.
 *
 * The daemon wraps scanners, outputs and sockets round it; a one-shot command opens it for one call. Whoever opens it holds the
 * evidence lock, so there is one of it on a station. All functions but open and close may be called from any thread.
 */
#ifndef TG_STATION_H
#define TG_STATION_H

#include "plugin/station/check.h"
#include "plugin/station/journal.h"
#include "store/base/json.h"

typedef struct tg_station tg_station;

/** A lane and the scan that an override is for. */
typedef enum {
	TG_HELD_NOWHERE, /**< no lane with a till made this check: nothing has to be sent on */
	TG_HELD_CLAIMED, /**< the lane keeps it until it is settled */
	TG_HELD_GONE,    /**< another scan has come since, or it lay too long */
} tg_held;

#define TG_STATION_DEVICE_SIZE 192 /**< bytes with terminator of a device's stable name */

/** What a station asks of whoever holds the scanners: the daemon, or a command while none runs. `ctx` is that of the options. Any thread. */
typedef struct tg_station_devices {
	/** What is attached and what is configured, the answer of GET /v1/devices; `*out` is the station's. */
	int (*list)(void *ctx, tg_json **out, tg_error *err);
	/** The stable name of the device `name` (or of the lane of that name), which nobody has. TG_ESTATE somebody has it. */
	int (*kept)(void *ctx, const char *name, char device[TG_STATION_DEVICE_SIZE], tg_error *err);
	/** The kernel's driver gets it back, and so the desktop. By its stable name. */
	int (*give_back)(void *ctx, const char *device, tg_error *err);
} tg_station_devices;

typedef struct tg_station_options {
	const char *who;    /**< for the lock's holder: "tillgated", "tillgate check" */
	bool service;       /**< a long-running service: records its start and stop, and checkpoints on a timer */
	/** Adds what only the service knows (lanes, outputs) to the status object. May be NULL. */
	void (*describe)(void *ctx, tg_json *status);
	/**
	 * For overrides; both NULL where there are no lanes. `claim` keeps the withheld scan of that check at its lane; `settle` then either
	 * puts it back (`go` false), or sends it to the till, once, and says whether a till took it. Called from any thread.
	 */
	tg_held (*claim)(void *ctx, const char *device, const char *reference);
	bool (*settle)(void *ctx, const char *device, const char *reference, bool go, uint64_t override_seq);
	/** Somebody has looked at what the lane of that name withheld; false if there is none. NULL where there are no lanes. Any thread. */
	bool (*acknowledge)(void *ctx, const char *lane);
	const tg_station_devices *devices; /**< borrowed; NULL where there are none */
	void *ctx;
} tg_station_options;

/**
 * A service waits some seconds for the lock, and starts even if the log cannot be opened (journal.h).
 *
 * Errors: TG_ESTATE not enrolled; TG_EBUSY another process holds the evidence (the words say which); those of tg_log_open. A missing
 * or refused catalogue is no error: the station then answers "could not check", and records that.
 * Ownership: `*out` is the caller's: tg_station_close. `options` strings are borrowed until then.
 */
TG_NODISCARD int tg_station_open(tg_station **out, const tg_paths *paths, const tg_station_options *options, tg_error *err);
/** Records the stop (a service), signs a checkpoint if entries came, gives the lock back. Nobody may call in any more. */
void tg_station_close(tg_station *station); /* NULL is fine */

/**
 * Check one unit: decided, written down durably, then answered. Blocks for one commit, shared with others.
 * Never fails: `out->recorded` false and `out->fault` say that no durable record could be made; `out->release` then follows the signed
 * switch on_log_failure.
 */
void tg_station_check(tg_check_answer *out, tg_station *station, const tg_check_request *request);

/** Why it would be decided so, as explain.h says. Nothing is written down. The caller's; NULL when memory is out. */
tg_json *tg_station_explain(tg_station *station, const tg_check_request *request);

#define TG_CHECK_MANY_MAX 256 /**< checks of one batch that share a commit */
/** The same for up to TG_CHECK_MANY_MAX units with one commit, in order, from one set. */
void tg_station_check_many(tg_check_answer *out, tg_station *station, const tg_check_request *requests, size_t count);

/** Record that a released scan was taken by no till. `words` say why. Failures count as an outage of the log. */
void tg_station_not_delivered(tg_station *station, const tg_check_answer *answer, const char *output, const char *words);
/**
 * Somebody has looked at what this lane withheld: its scanner, if it was told to wait for that, reads again.
 * Errors: TG_ENOTFOUND no such lane; TG_ESTATE lanes are the daemon's, and it does not run.
 */
TG_NODISCARD int tg_station_acknowledge(tg_station *station, const char *lane, tg_error *err);
/** Record news of a device (kinds of drivers/scanner.h by name): `count` of its kind, `len_bytes` 0 where it says nothing. */
void tg_station_device_event(tg_station *station, const char *device, const char *event, uint64_t count, size_t len_bytes,
	const char *words);

/**
 * What is due: take up a newly installed set, and record a clock fault when it begins and when it heals. Call every second or so.
 * TG_OK also when nothing changed; otherwise why a new set was refused (the one in force stays), said once a set.
 */
TG_NODISCARD int tg_station_tick(tg_station *station, tg_error *err);

/** Status for people and monitors; the caller's. NULL when memory is out. */
tg_json *tg_station_status(tg_station *station);

/** Is this operation enforced, by the policy in force? True too when there is none. Any thread. */
bool tg_station_enforces(tg_station *station, tg_operation operation);

const tg_station_id *tg_station_identity(const tg_station *station);
tg_journal *tg_station_journal(tg_station *station);

/** How a monitor should take it. Exit codes of `tillgate status`. */
typedef enum { TG_HEALTH_GOOD = 0, TG_HEALTH_ATTENTION = 1, TG_HEALTH_CANNOT_CHECK = 3 } tg_health;

#endif
