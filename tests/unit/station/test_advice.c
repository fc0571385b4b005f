/* SPDX-License-Identifier: Apache-2.0
 *
 * test_advice.c - a monitor is told long before a stage changes, and a person whose hand it needs.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/station/advice.h"

#include "store/base/utc.h"

#include <stdio.h>
#include <string.h>

#define NOON INT64_C(1795435200000000) /* 2026-11-23T12:00:00Z */
#define HOUR (3600 * TG_US_PER_SECOND)
#define DAY TG_US_PER_DAY

/* A healthy station: signed an hour ago for a week, synced a minute ago. */
static const tg_chain_facts healthy_chain = { .issued_us = NOON - HOUR,
	.timestamp_expires_us = NOON + 7 * DAY,
	.snapshot_expires_us = NOON + 20 * DAY,
	.targets_expires_us = NOON + 100 * DAY,
	.root_expires_us = NOON + 200 * DAY };
static const tg_sync_state healthy_sync = { .attempt_us = NOON - 60 * TG_US_PER_SECOND,
	.success_us = NOON - 60 * TG_US_PER_SECOND,
	.next_us = NOON + 240 * TG_US_PER_SECOND };

/* All sentences in one line, or "". */
static char *advice(const tg_advice_facts *facts)
{
	static char text[4096];
	tg_json *list = tg_json_new_array();
	size_t len = 0;

	text[0] = '\0';
	tg_advice_give(list, facts);
	for (const tg_json *one = tg_json_first(list); one != NULL; one = tg_json_next(one))
		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "%s%s", len > 0 ? " | " : "", tg_json_str(one));
	tg_json_free(list);
	return text;
}

static void a_healthy_station_gets_no_advice(void **state)
{
	tg_advice_facts facts = {
		.now_us = NOON, .floor_us = NOON - HOUR, .sync = &healthy_sync, .chain = &healthy_chain
	};

	(void)state;
	assert_string_equal(advice(&facts), "");
}

static const struct {
	const char *what;
	int64_t now_us;
	tg_stage worst;
	const char *words; /* all of them, in this order, separated by '|'; "" none */
} moments[] = {
	{ "a clock in 1970", 0, TG_CLOCK_FAULT,
		"1970-01-01T00:00:00Z, 20780 days before the newest time that head office signed|set the "
		"clock" },
	{ "a clock in 2099", INT64_C(4070908800000000), TG_CLOCK_FAULT,
		"2099-01-01T00:00:00Z|days after|set the clock, or, if it is right, sync" },
	{ "ageing", NOON + 2 * DAY, TG_AGEING,
		"the catalogue is ageing: head office signed it 2 days ago|sync was due 47 hours ago" },
	{ "sync not run for half an hour", NOON + 34 * 60 * TG_US_PER_SECOND, TG_FRESH, "" },
	{ "sync not run for longer", NOON + 35 * 60 * TG_US_PER_SECOND, TG_FRESH,
		"sync was due 31 minutes ago and did not run|tillgate-sync.timer" },
	{ "the timestamp's last quarter", NOON + 6 * DAY, TG_FRESH,
		"the timestamp's signature ends in 24 hours" },
	{ "the timestamp ended", NOON + 7 * DAY + HOUR, TG_FRESH,
		"the timestamp's signature ended 60 minutes ago" },
	{ "the snapshot's last days", NOON + 17 * DAY, TG_FRESH,
		"the snapshot's signature ends in 3 days (2026-12-13T12:00:00Z)" },
	{ "the targets' last weeks", NOON + 86 * DAY, TG_FRESH, "the targets' signature ends in 14 days" },
	{ "the root's last month", NOON + 170 * DAY, TG_FRESH,
		"the root's signature ends in 30 days (2027-06-11T12:00:00Z): head office must publish a new "
		"root" },
};

static void every_moment_has_its_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(moments); i++) {
		tg_advice_facts facts = { .now_us = moments[i].now_us,
			.floor_us = NOON - HOUR,
			.worst = moments[i].worst,
			.sync = &healthy_sync,
			.chain = &healthy_chain };
		char words[256], *text = advice(&facts), *rest = words, *word;
		const char *at = text;

		(void)snprintf(words, sizeof(words), "%s", moments[i].words);
		if (words[0] == '\0')
			assert_string_equal(text, "");
		while ((word = strsep(&rest, "|")) != NULL) {
			at = strstr(at, word);
			if (at == NULL) {
				fail_msg("%s: wanted \"%s\" in \"%s\"", moments[i].what, word, text);
				return;
			}
		}
	}
}

static void a_second_before_a_threshold_nothing_is_said_of_it(void **state)
{
	static const struct {
		int64_t now_us;
		const char *words;
	} thresholds[] = {
		{ NOON + 170 * DAY, "root" },
		{ NOON + 86 * DAY, "targets" },
		{ NOON + 17 * DAY, "snapshot" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(thresholds); i++) {
		tg_advice_facts facts = {
			.floor_us = NOON - HOUR, .sync = &healthy_sync, .chain = &healthy_chain
		};

		facts.now_us = thresholds[i].now_us - 1;
		assert_null(strstr(advice(&facts), thresholds[i].words));
		facts.now_us++;
		assert_non_null(strstr(advice(&facts), thresholds[i].words));
	}
}

static const struct {
	int code;
	const char *remedy;
} remedies[] = {
	{ TG_ENETWORK, "line" },
	{ TG_EDENIED, "tillgate.conf" },
	{ TG_EROLLBACK, "older" },
	{ TG_EUNTRUSTED, "tell head office" },
	{ TG_EEXPIRED, "sign again" },
	{ TG_ECLOCK, "clock" },
	{ TG_EIO, "disk" },
	{ TG_ESTATE, "see the words" },
};

static void a_failed_sync_says_why_and_what_to_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(remedies); i++) {
		tg_sync_state failed = healthy_sync;
		tg_advice_facts facts = {
			.now_us = NOON, .floor_us = NOON - HOUR, .sync = &failed, .chain = &healthy_chain
		};
		char *text;

		failed.failures = 3;
		(void)snprintf(failed.code, sizeof(failed.code), "%s", tg_strerror(remedies[i].code));
		(void)snprintf(failed.words, sizeof(failed.words), "timestamp.json: so it went");
		text = advice(&facts);
		assert_non_null(strstr(text, "failed 3 times"));
		assert_non_null(strstr(text, "timestamp.json: so it went"));
		assert_non_null(strstr(text, tg_strerror(remedies[i].code)));
		assert_non_null(strstr(text, remedies[i].remedy));
	}
}

static void a_station_that_never_synced_is_told_how(void **state)
{
	tg_advice_facts facts = { .now_us = NOON, .worst = TG_DEAD };

	(void)state;
	assert_non_null(strstr(advice(&facts), "systemctl enable --now tillgate-sync.timer"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_healthy_station_gets_no_advice),
		cmocka_unit_test(every_moment_has_its_words),
		cmocka_unit_test(a_second_before_a_threshold_nothing_is_said_of_it),
		cmocka_unit_test(a_failed_sync_says_why_and_what_to_do),
		cmocka_unit_test(a_station_that_never_synced_is_told_how),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
