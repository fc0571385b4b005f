/* SPDX-License-Identifier: Apache-2.0
 *
 * refresh.h - fetch the newest TUF metadata of a repository into a cache folder (specification 1.0.x, section 5.3 to 5.6).
 *
 * Knows the order of requests and of files written; the rules are in sync/tuf/trusted.h. Knows nothing of what the targets are
 * for, so it serves any conforming repository. The caller holds the lock on the cache.
 *
 * The cache is a set of hints. Every file in it is verified again from the first root as if it had just been fetched; what
 * does not hold is fetched anew, so a crash between two files, or damage, heals at the next refresh.
 */
#ifndef TG_SYNC_REFRESH_H
#define TG_SYNC_REFRESH_H

#include "sync/fetch/fetch.h"
#include "sync/tuf/trusted.h"

/**
 * Seconds that a timestamp may be issued ahead of the update's time. Two clocks kept by NTP differ by less than a second, a till
 * without it drifts by about a second a day. A signed time further ahead than this is a clock fault wherever it is in force
 * (the station has the same limit), and would make a catalogue look fresh long after it is not: better never let in.
 */
#define TG_REFRESH_AHEAD_MAX_S 300

/** Borrowed for the call. Start with { 0 }. */
typedef struct tg_refresh_config {
	tg_view first_root;       /**< trusted from the start */
	const char *cache_dir;    /**< N.root.json, root.json, timestamp.json (and its .etag), snapshot.json, targets.json */
	const char *witness_dir;  /**< may be NULL: a set in force. Its roots and its metadata count like the cache's own, so that
	                               neither a lost cache nor one older than the set lets anybody go back behind the set */
	const char *metadata_url; /**< a trailing '/' is added where missing */
	bool root_alone;          /**< keep root.json only, no N.root.json: for who starts from it the next time */
	tg_fetch *fetch;
	int64_t now_us;                             /**< one fixed time */
	void (*step)(void *ctx, const char *name);  /**< called before each request; may be NULL */
	void *step_ctx;
} tg_refresh_config;

/**
 * `*out` then holds root, timestamp, snapshot and targets, all final. The caller closes it.
 * A root chain of more than TG_TUF_ROOTS_MAX, counted from `first_root`, is followed no further.
 * Requests: next root and timestamp always (the timestamp on the condition that it is not the cached one); snapshot and targets
 *           only if the cache has not got the right ones.
 * Errors:   of trusted.h and tg_fetch_get(); TG_EIO; TG_ECLOCK the timestamp says it was issued more than TG_REFRESH_AHEAD_MAX_S
 *           after `now_us`: it is not kept, and nothing that it names is fetched. A repository that states no issue time is not
 *           judged by it.
 */
TG_NODISCARD int tg_refresh_run(tg_trusted **out, const tg_refresh_config *config, tg_error *err);

/* For sync/find.c: one metadata file by its published name; what the cache has of one; and keeping one there. */
TG_NODISCARD int tg_refresh__get(
	tg_buf *out, const tg_refresh_config *config, const char *name, tg_error *err);
TG_NODISCARD int tg_refresh__read(
	tg_buf *out, const tg_refresh_config *config, const char *name, tg_error *err);
TG_NODISCARD int tg_refresh__keep(
	const tg_refresh_config *config, const char *name, tg_view bytes, tg_error *err);

/** BASE and NAME with one '/' between. TG_EINVAL over TG_FETCH_URL_MAX. */
TG_NODISCARD int tg_refresh_url(char out[TG_FETCH_URL_MAX + 1], const char *base, const char *name, tg_error *err);

#endif
