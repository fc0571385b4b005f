/* SPDX-License-Identifier: Apache-2.0
 *
 * news.c - scans and events of one scanner. See news.h.
 */
#include "drivers/news.h"

#include "store/base/utc.h"

#include <stdio.h>
#include <string.h>

void tg_news_init(tg_news *news, const char *name, const tg_scanner_sink *sink, const char *const *words)
{
	snprintf(news->name, sizeof(news->name), "%s", name);
	news->sink = *sink;
	news->words = words;
	news->now_us = tg_mono_now_us();
}

void tg_news_say(
	tg_news *news, tg_scanner_event_kind kind, uint32_t count, size_t len_bytes, const char *words)
{
	tg_scanner_event event = {
		.kind = kind,
		.at_us = tg_utc_now_us(),
		.mono_us = news->now_us,
		.count = count,
		.len_bytes = len_bytes,
	};

	memcpy(event.device, news->name, sizeof(event.device));
	snprintf(event.words, sizeof(event.words), "%s", words);
	news->sink.event(news->sink.user, &event);
}

static void say_crowds(tg_news *news, int64_t now_us)
{
	for (int i = 0; i < TG_TROUBLES; i++) {
		uint32_t count = news->crowds[i].count;
		size_t len_bytes = news->crowds[i].len_bytes;

		if (count == 0 || now_us < news->crowds[i].quiet_until_us)
			continue;
		news->crowds[i].count = 0;
		news->crowds[i].len_bytes = 0;
		news->crowds[i].quiet_until_us = news->now_us + TG_SCANNER_CROWD_MS * 1000;
		tg_news_say(news, (tg_scanner_event_kind)(TG_SCANNER_NOISE + i), count, len_bytes,
			news->words[i]);
	}
}

void tg_news_due(tg_news *news)
{
	say_crowds(news, news->now_us);
}

void tg_news_flush(tg_news *news)
{
	say_crowds(news, INT64_MAX);
}

int64_t tg_news_next_us(const tg_news *news)
{
	int64_t next_us = INT64_MAX;

	for (int i = 0; i < TG_TROUBLES; i++)
		if (news->crowds[i].count > 0 && news->crowds[i].quiet_until_us < next_us)
			next_us = news->crowds[i].quiet_until_us;
	return next_us;
}

void tg_news_trouble(tg_news *news, tg_scanner_event_kind kind, size_t len_bytes)
{
	news->crowds[kind - TG_SCANNER_NOISE].count++;
	news->crowds[kind - TG_SCANNER_NOISE].len_bytes += len_bytes;
	say_crowds(news, news->now_us);
}

static void deliver(tg_news *news, const tg_frame *frame)
{
	tg_scan *scan = &news->scan;

	memcpy(scan->device, news->name, sizeof(scan->device));
	memcpy(scan->aim, frame->aim, sizeof(scan->aim));
	scan->flags = frame->aim_missing ? TG_SCAN_AIM_MISSING : 0;
	scan->at_us = tg_utc_now_us();
	scan->mono_us = news->now_us;
	scan->len = frame->len;
	memcpy(scan->data, frame->data, frame->len);
	news->sink.scan(news->sink.user, scan);
}

void tg_news_frame(void *user, const tg_frame *frame)
{
	tg_news *news = user;

	/* A label with a hole may be another product's number; nobody can say in which label the hole is. */
	if (news->lossy && frame->kind != TG_FRAME_EMPTY) {
		tg_news_trouble(news, TG_SCANNER_OVERFLOW, frame->len);
		return;
	}
	switch (frame->kind) {
	case TG_FRAME_SCAN:
		deliver(news, frame);
		break;
	case TG_FRAME_NOISE:
		tg_news_trouble(news, TG_SCANNER_NOISE, frame->len);
		break;
	case TG_FRAME_TOO_LONG:
		tg_news_trouble(news, TG_SCANNER_TOO_LONG, frame->len);
		break;
	case TG_FRAME_EMPTY:
		tg_news_trouble(news, TG_SCANNER_EMPTY, 0);
		break;
	case TG_FRAME_CUT:
		tg_news_trouble(news, TG_SCANNER_CUT, frame->len);
		break;
	}
}

bool tg_standing_say(tg_standing *standing, const tg_error *why, int64_t now_us, int64_t patience_us)
{
	const char *state = tg_scanner_state_of(why);

	if (standing->said == NULL) { /* the first of all is said by whoever opens it */
		standing->said = standing->seen = state;
		return false;
	}
	if (standing->seen != state) {
		standing->seen = state;
		standing->since_us = now_us;
		return false;
	}
	if (standing->said == state || now_us - standing->since_us < patience_us)
		return false;
	standing->said = state;
	return strcmp(state, "absent") != 0;
}

void tg_standing_reset(tg_standing *standing)
{
	*standing = (tg_standing){ .said = "attached", .seen = "attached" };
}
