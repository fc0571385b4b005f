/* SPDX-License-Identifier: Apache-2.0
 *
 * news.h - inside drivers/ only: what every family of scanners says to the caller's sink, and how it counts troubles.
 *
 * One scanner's, one thread's. Knows frames, scans and events; knows nothing of ports or transfers.
 */
#ifndef TG_DRIVERS_NEWS_H
#define TG_DRIVERS_NEWS_H

#include "drivers/scanner.h"

/** Kinds of trouble, from TG_SCANNER_NOISE on. */
#define TG_TROUBLES (TG_SCANNER_REPEAT - TG_SCANNER_NOISE + 1)

/** Fields are private, but for now_us and lossy. */
typedef struct tg_news {
	char name[TG_DEVICE_NAME_SIZE];
	tg_scanner_sink sink;
	int64_t now_us; /**< mono, of the service call that runs: set by the family */
	bool lossy;     /**< bytes were lost: frames that come now may have a hole, and are dropped */
	const char *const *words; /* TG_TROUBLES of them */
	/* Troubles of one kind, waiting for their turn to be said. */
	struct {
		uint32_t count;
		size_t len_bytes;
		int64_t quiet_until_us; /* said before this: count on */
	} crowds[TG_TROUBLES];
	tg_scan scan; /* filled for each delivery: too big for the stack of a small thread */
} tg_news;

/**
 * A trouble that keeps a device from being attached and that stands: said when it becomes another one, after two tries in a row met it, so
 * that the moment between a plug and its rights is no news. "absent" is none: that it went away was said.
 */
typedef struct tg_standing {
	const char *said, *seen; /* words of tg_scanner_state_of() */
	int64_t since_us;
} tg_standing;
/** A try failed: is it to be said? `patience_us`: how long it must stand. */
bool tg_standing_say(tg_standing *standing, const tg_error *why, int64_t now_us, int64_t patience_us);
/** It is attached. */
void tg_standing_reset(tg_standing *standing);

/** `words[TG_TROUBLES]` are the family's, for a technician; borrowed for as long as the news. */
void tg_news_init(tg_news *news, const char *name, const tg_scanner_sink *sink, const char *const *words);
/** Say one event now. */
void tg_news_say(
	tg_news *news, tg_scanner_event_kind kind, uint32_t count, size_t len_bytes, const char *words);
/** One trouble: said at once, or with its crowd. */
void tg_news_trouble(tg_news *news, tg_scanner_event_kind kind, size_t len_bytes);
/** A frame becomes a scan or a trouble. `user` is the tg_news: it is a tg_frame_fn. */
void tg_news_frame(void *user, const tg_frame *frame);
/** Say the crowds whose time has come. */
void tg_news_due(tg_news *news);
/** Say all crowds: the device goes away. */
void tg_news_flush(tg_news *news);
/** When tg_news_due() is wanted, mono_us; INT64_MAX if nothing waits. */
int64_t tg_news_next_us(const tg_news *news);

#endif
