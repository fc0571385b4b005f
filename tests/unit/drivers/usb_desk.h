/* SPDX-License-Identifier: Apache-2.0
 *
 * usb_desk.h - one lane for tests of USB scanners: opened, pumped until something is true, its news in one line.
 */
#ifndef TEST_USB_DESK_H
#define TEST_USB_DESK_H

#include "drivers/scanner.h"
#include "store/base/utc.h"
#include "tests/unit/drivers/descriptors.h"
#include "tests/unit/drivers/fake_usb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>

#define LIMIT_US INT64_C(60000000) /* generous: only a failure waits so long */

struct desk {
	tg_scanner *scanner;
	char news[8192];                   /* "attached scan(]E0952…) gone(3)" */
	char words[TG_SCANNER_WORDS_SIZE]; /* of the last event */
};

static inline void desk_add(struct desk *d, const char *text)
{
	size_t n = strlen(d->news);

	snprintf(d->news + n, sizeof(d->news) - n, "%s%s", n > 0 ? " " : "", text);
}

static inline void desk_scan(void *user, const tg_scan *scan)
{
	char text[256];

	snprintf(text, sizeof(text), "scan(%s%.*s)", scan->aim, (int)(scan->len < 100 ? scan->len : 100),
		(const char *)scan->data);
	desk_add(user, text);
}

static inline void desk_event(void *user, const tg_scanner_event *event)
{
	struct desk *d = user;
	char text[64];

	if (event->len_bytes > 0)
		snprintf(text, sizeof(text), "%s(%zu)", tg_scanner_event_name(event->kind), event->len_bytes);
	else
		snprintf(text, sizeof(text), "%s", tg_scanner_event_name(event->kind));
	desk_add(d, text);
	memcpy(d->words, event->words, sizeof(d->words));
}

static inline void desk_open(struct desk *d, tg_scanner_config config)
{
	tg_error err = { 0 };

	memset(d, 0, sizeof(*d));
	if (config.name == NULL)
		config.name = "till-1";
	if (config.retry_ms == 0)
		config.retry_ms = 20;
	if (tg_scanner_open(&d->scanner, &config, &(tg_scanner_sink){ desk_scan, desk_event, d }, &err) !=
		TG_OK)
		fail_msg("%s", err.msg);
}

static inline void desk_service(struct desk *d)
{
	struct pollfd fd = { .fd = tg_scanner_fd(d->scanner), .events = POLLIN };
	int due_ms = tg_scanner_timeout_ms(d->scanner, tg_mono_now_us());

	poll(&fd, 1, due_ms < 0 || due_ms > 20 ? 20 : due_ms);
	tg_scanner_service(d->scanner, fd.revents, tg_mono_now_us());
}

/* Pump until the news are these; then forget them. */
static inline void desk_expect(struct desk *d, const char *news)
{
	int64_t until_us = tg_mono_now_us() + LIMIT_US;

	while (strcmp(d->news, news) != 0 && strlen(d->news) <= strlen(news) + 1000 &&
		tg_mono_now_us() < until_us)
		desk_service(d);
	if (strcmp(d->news, news) != 0)
		fail_msg("wanted \"%s\", got \"%s\" (%s)", news, d->news, d->words);
	d->news[0] = '\0';
}

/* Pump until the words of the status hold this. */
static inline void desk_expect_words(struct desk *d, const char *part)
{
	int64_t until_us = tg_mono_now_us() + LIMIT_US;
	tg_scanner_info info;

	do {
		desk_service(d);
		tg_scanner_describe(&info, d->scanner);
	} while (strstr(info.words, part) == NULL && tg_mono_now_us() < until_us);
	if (strstr(info.words, part) == NULL)
		fail_msg("wanted words with \"%s\", got \"%s\"", part, info.words);
}

/* Pump until the device was told this. */
static inline void desk_expect_told(struct desk *d, fake *f, const char *told)
{
	int64_t until_us = tg_mono_now_us() + LIMIT_US;
	char all[1024] = "", more[512];

	do {
		desk_service(d);
		fake_told(f, more, sizeof(more));
		if (more[0] != '\0')
			snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s",
				all[0] != '\0' ? " " : "", more);
	} while (strcmp(all, told) != 0 && tg_mono_now_us() < until_us);
	assert_string_equal(all, told);
}

/* Pump until the device has sent all. */
static inline void desk_expect_sent(struct desk *d, fake *f)
{
	int64_t until_us = tg_mono_now_us() + LIMIT_US;

	while (fake_waiting(f) > 0 && tg_mono_now_us() < until_us)
		desk_service(d);
	assert_int_equal(fake_waiting(f), 0);
}

static inline void desk_close(struct desk *d)
{
	tg_scanner_close(d->scanner);
}

#endif
