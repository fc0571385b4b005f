/* SPDX-License-Identifier: Apache-2.0
 *
 * test_lane.c - one lane on a real station: what reaches the till, when, and what is written down if nothing does.
 *
 * The test is the scanner at one pseudo-terminal and the till at the other.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/daemon/lane.h"
#include "plugin/station/staff.h"
#include "store/base/file.h"
#include "tests/unit/station/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/drivers/line.h"

#define PLENTY_MS 60000 /* on a machine that does much else at the same time */
#define EVIDENCE_MAX (64 << 20)

struct bench {
	station_fixture *fixture;
	struct line line;
	char till_path[96];
	tg_lane_config config;
	tg_station *station;
	tg_lane *lane;
	int till; /* -1: switched off */
};

static void start(struct bench *b)
{
	tg_error err = { 0 };

	b->station = fixture_open(b->fixture, true);
	if (tg_lane_start(&b->lane, &b->config, b->station, &err) != TG_OK)
		fail_msg("%s", err.msg);
}

static void switch_till_on(struct bench *b)
{
	b->till = open(b->till_path, O_RDWR | O_NOCTTY);
	assert_true(b->till >= 0);
}

/* What the till reads, up to a CR; what stands in `out` first was read before. */
static void till_reads(struct bench *b, char *out, size_t size)
{
	size_t n = strlen(out);

	while (n == 0 || out[n - 1] != '\r') {
		struct pollfd p = { .fd = b->till, .events = POLLIN };

		assert_true(n + 1 < size);
		assert_int_equal(poll(&p, 1, PLENTY_MS), 1);
		assert_int_equal(read(b->till, out + n, 1), 1);
		out[++n] = '\0';
	}
	out[n - 1] = '\0';
}

struct reading {
	struct bench *bench;
	char *out;
	size_t size;
};

static void *read_at_till(void *ctx)
{
	struct reading *r = ctx;

	till_reads(r->bench, r->out, r->size);
	return NULL;
}

static int64_t lane_says(struct bench *b, const char *name)
{
	tg_json *list = tg_json_new_array();
	int64_t value;

	tg_lane_describe(b->lane, list);
	value = tg_json_int(tg_json_get(tg_json_first(list), name));
	tg_json_free(list);
	return value;
}

static void wait_for_scans(struct bench *b, int64_t count)
{
	for (int i = 0; lane_says(b, "scans") < count; i++) {
		assert_true(i < PLENTY_MS);
		usleep(1000);
	}
}

/* Is it in the log's files, as they are on disk at this moment? */
static bool written(struct bench *b, const char *text)
{
	static const char *const names[] = { "evidence.sqlite-wal", "evidence.sqlite" };
	bool found = false;

	for (size_t i = 0; i < TG_COUNT(names) && !found; i++) {
		char path[4096];
		tg_buf bytes;

		tg_buf_init(&bytes, EVIDENCE_MAX);
		assert_int_equal(
			tg_path(path, NULL, "%s/%s", b->fixture->paths.evidence_dir, names[i]), TG_OK);
		found = tg_file_read(&bytes, path, EVIDENCE_MAX, NULL) == TG_OK &&
			memmem(bytes.data, bytes.len, text, strlen(text)) != NULL;
		tg_buf_fini(&bytes);
	}
	return found;
}

static void the_entry_is_on_disk_before_the_till_gets_a_byte_and_what_is_withheld_never_comes(void **state)
{
	struct bench *b = *state;
	char label[64], sold[64], serial[32];

	start(b);
	switch_till_on(b);
	for (int i = 0; i < 60; i++) {
		bool good = i % 3 != 0;

		snprintf(serial, sizeof(serial), "\"serial\":\"N%d\"", i);
		snprintf(label, sizeof(label), "]d2010%s21N%d\r", good ? GTIN_HELD : GTIN_NO_SOC, i);
		assert_false(written(b, serial));
		line_send(&b->line, label);
		if (!good) {
			wait_for_scans(b, i + 1);
			assert_true(written(b, serial));
			continue;
		}
		sold[0] = '\0';
		assert_int_equal(poll(&(struct pollfd){ .fd = b->till, .events = POLLIN }, 1, PLENTY_MS), 1);
		assert_true(written(b, serial));
		till_reads(b, sold, sizeof(sold));
		label[strlen(label) - 1] = '\0';
		assert_string_equal(sold, label + 3);
		wait_for_scans(b, i + 1);
	}
	assert_int_equal(lane_says(b, "released"), 40);
	assert_int_equal(lane_says(b, "withheld"), 20);
	assert_int_equal(lane_says(b, "not_delivered"), 0);
}

/* The gate reads a separator; the till, which is used to its scanner, gets what that one sent. */
static void what_a_scanner_types_for_a_separator_is_read_as_one(void **state)
{
	struct bench *b = *state;
	char sold[96] = "";

	strcpy(b->config.setup.separator, "~1");
	b->config.setup.set_identifier = true;
	b->config.scanner.aim = false;
	start(b);
	switch_till_on(b);
	line_send(&b->line, "00012345]d2010" GTIN_HELD "10AB~121N7\r");
	till_reads(b, sold, sizeof(sold));
	wait_for_scans(b, 1);
	assert_string_equal(sold, "00012345]d2010" GTIN_HELD "10AB~121N7");
	assert_true(written(b, "\"batch\":\"AB\""));
	assert_true(written(b, "\"serial\":\"N7\""));
	assert_true(written(b, "\"aim\":\"]d2\""));
}

/* An EAN-13 and a DataMatrix of one pack: asked once, by the one that says more; the till gets both, as it is used to. */
static void labels_that_the_scanner_ties_together_are_one_unit(void **state)
{
	struct bench *b = *state;
	char sold[128] = "", *log;

	b->config.setup.set_identifier = true;
	b->config.scanner.aim = false;
	start(b);
	switch_till_on(b);
	line_send(&b->line, "00012345]E0" GTIN_HELD "\r00012345]d2010" GTIN_HELD "10AB\r");
	till_reads(b, sold, sizeof(sold));
	assert_string_equal(sold, "00012345]E0" GTIN_HELD);
	sold[0] = '\0';
	till_reads(b, sold, sizeof(sold));
	assert_string_equal(sold, "00012345]d2010" GTIN_HELD "10AB");
	wait_for_scans(b, 1);
	/* another set of the same product is another unit; so is what comes without one */
	line_send(&b->line, "00012346]E0" GTIN_NO_SOC "\r00012346]d2010" GTIN_NO_SOC "10AB\r");
	wait_for_scans(b, 2);
	line_send(&b->line, "00012347]E0" GTIN_NO_SOC "\r00012348]E0" GTIN_NO_SOC "\r]\r");
	wait_for_scans(b, 5);
	assert_int_equal(lane_says(b, "released"), 1);
	assert_int_equal(poll(&(struct pollfd){ .fd = b->till, .events = POLLIN }, 1, 0), 0);
	log = fixture_log(b->station);
	assert_int_equal(fixture_count(log, "\"kind\":\"check\""), 5);
	assert_int_equal(fixture_count(log, "\"carriers\":2"), 2);
	assert_int_equal(fixture_count(log, "\"carriers\":"), 2);
	assert_int_equal(fixture_count(log, "\"batch\":\"AB\""), 2);
	free(log);
}

/* However quickly they come: without a set identifier nothing makes two labels one unit. */
static void two_scans_of_one_number_are_two_units(void **state)
{
	struct bench *b = *state;
	char sold[64] = "", *log;

	start(b);
	switch_till_on(b);
	line_send(&b->line, "]E0" GTIN_HELD "\r]E0" GTIN_HELD "\r]d2010" GTIN_HELD "10AB\r");
	for (int i = 0; i < 3; i++) {
		sold[0] = '\0';
		till_reads(b, sold, sizeof(sold));
		assert_string_equal(sold, i < 2 ? GTIN_HELD : "010" GTIN_HELD "10AB");
	}
	wait_for_scans(b, 3);
	log = fixture_log(b->station);
	assert_int_equal(fixture_count(log, "\"kind\":\"check\""), 3);
	assert_int_equal(fixture_count(log, "\"carriers\":"), 0);
	free(log);
}

static void what_no_till_took_is_written_down(void **state)
{
	struct bench *b = *state;
	char *log, sold[64] = "";

	start(b);
	line_send(&b->line, GTIN_HELD "\r");
	wait_for_scans(b, 1);
	log = fixture_log(b->station);
	assert_int_equal(fixture_count(log, "\"kind\":\"not-delivered\""), 1);
	assert_non_null(strstr(log, "\"output\":\"till-3\""));
	free(log);
	assert_int_equal(lane_says(b, "not_delivered"), 1);
	switch_till_on(b);
	line_send(&b->line, GTIN_OUT "\r");
	till_reads(b, sold, sizeof(sold));
	assert_string_equal(sold, GTIN_OUT); /* and not what was scanned while it was off */
}

static void nothing_is_forwarded_that_could_not_be_checked(void **state)
{
	struct bench *b = *state;
	char away[PATH_MAX + 8], *log;

	/* The link alone would not do: the station finds a set that is good without it. */
	(void)snprintf(away, sizeof(away), "%s.away", b->fixture->paths.catalogue_dir);
	assert_int_equal(rename(b->fixture->paths.catalogue_dir, away), 0);
	start(b);
	switch_till_on(b);
	line_send(&b->line, GTIN_HELD "\r" CARD "\r");
	wait_for_scans(b, 2);
	assert_int_equal(poll(&(struct pollfd){ .fd = b->till, .events = POLLIN }, 1, 0), 0);
	log = fixture_log(b->station);
	assert_int_equal(fixture_count(log, "\"could_not_check\":true"), 1);
	assert_int_equal(fixture_count(log, "\"released\":false"), 2);
	free(log);
}

static void a_lane_without_a_till_answers_and_delivers_nothing(void **state)
{
	struct bench *b = *state;
	char *log;

	b->config.has_output = false;
	b->config.operation = TG_OP_GOODS_IN;
	start(b);
	line_send(&b->line, GTIN_HELD "\r" GTIN_NO_SOC "\r");
	wait_for_scans(b, 2);
	assert_int_equal(lane_says(b, "released"), 1);
	assert_int_equal(lane_says(b, "withheld"), 1);
	assert_int_equal(lane_says(b, "not_delivered"), 0);
	log = fixture_log(b->station);
	assert_int_equal(fixture_count(log, "\"operation\":\"goods-in\""), 2);
	assert_int_equal(fixture_count(log, "not-delivered"), 0);
	free(log);
}

static void the_last_answer_is_shown_as_staff_see_it_without_the_label(void **state)
{
	struct bench *b = *state;
	tg_json *list = tg_json_new_array();
	const tg_json *last;
	char *log, reference[64];
	tg_buf text;

	start(b);
	tg_lane_describe(b->lane, list);
	assert_null(tg_json_get(tg_json_first(list), "last")); /* nothing was scanned yet */
	tg_json_free(list);
	line_send(&b->line, GTIN_HELD "\r" GTIN_NO_SOC "\r");
	wait_for_scans(b, 2);
	list = tg_json_new_array();
	tg_lane_describe(b->lane, list);
	last = tg_json_get(tg_json_first(list), "last");
	assert_string_equal(tg_json_str(tg_json_get(last, "outcome")), "block");
	assert_string_equal(tg_json_str(tg_json_get(last, "decided_by")), "16");
	assert_string_equal(tg_json_str(tg_json_get(last, "code")), "no-soc");
	assert_string_equal(tg_json_str(tg_json_get(last, "action")), "Do not sell or send it. Put it aside.");
	assert_non_null(strstr(tg_json_str(tg_json_get(last, "reason")), "No statement of compliance"));
	assert_false(tg_json_bool(tg_json_get(last, "released")));
	assert_false(tg_json_bool(tg_json_get(last, "delivered")));
	snprintf(reference, sizeof(reference), "\"seq\":%lld,", (long long)tg_json_int(tg_json_get(last, "seq")));
	log = fixture_log(b->station);
	assert_non_null(strstr(log, reference));
	free(log);
	assert_true(strlen(tg_json_str(tg_json_get(last, "reference"))) > 8);
	tg_buf_init(&text, 65536);
	assert_int_equal(tg_json_write_jcs(&text, list, NULL), TG_OK);
	assert_null(strstr(tg_buf_text(&text), GTIN_NO_SOC));
	tg_buf_fini(&text);
	tg_json_free(list);
}

/* ---- overrides ---- */

#define PEOPLE \
	",\"override\":{\"within_s\":900,\"authorities\":[{\"name\":\"manager\",\"rows\":[\"7\"],\"operations\":[\"sale\"]}]," \
	"\"reasons\":[{\"code\":\"agreed\",\"words\":\"Head office agreed.\"}]}"

static void start_with_overrides(struct bench *b)
{
	b->fixture->people = PEOPLE;
	fixture_sync(b->fixture, 1, 2, tg_utc_now_us());
	start(b);
}

static void last_reference(struct bench *b, char out[TG_REFERENCE_SIZE])
{
	tg_json *list = tg_json_new_array();

	tg_lane_describe(b->lane, list);
	snprintf(out, TG_REFERENCE_SIZE, "%s", tg_json_str(tg_json_get(tg_json_get(tg_json_first(list), "last"), "reference")));
	tg_json_free(list);
}

static void withheld(struct bench *b, const char *label, char reference[TG_REFERENCE_SIZE])
{
	int64_t scans = lane_says(b, "scans");

	line_send(&b->line, label);
	wait_for_scans(b, scans + 1);
	last_reference(b, reference);
}

static void a_withheld_scan_goes_on_when_it_is_overridden_exactly_and_once(void **state)
{
	struct bench *b = *state;
	char reference[TG_REFERENCE_SIZE], sold[64] = "";

	start_with_overrides(b);
	switch_till_on(b);
	withheld(b, "]d2010" GTIN_SUSPECT "21N1\r", reference);
	assert_int_equal(tg_lane_claim(b->lane, "till-4", reference), TG_HELD_NOWHERE);
	assert_int_equal(tg_lane_claim(b->lane, "till-3", "T1-1-1"), TG_HELD_GONE);
	assert_false(tg_lane_settle(b->lane, reference, true, 7)); /* nobody claimed it */
	assert_int_equal(tg_lane_claim(b->lane, "till-3", reference), TG_HELD_CLAIMED);
	assert_int_equal(tg_lane_claim(b->lane, "till-3", reference), TG_HELD_GONE);
	assert_int_equal(poll(&(struct pollfd){ .fd = b->till, .events = POLLIN }, 1, 0), 0);
	/* the till reads while it is being sent */
	{
		pthread_t reader;
		struct reading r = { b, sold, sizeof(sold) };

		assert_int_equal(pthread_create(&reader, NULL, read_at_till, &r), 0);
		assert_true(tg_lane_settle(b->lane, reference, true, 7));
		assert_int_equal(pthread_join(reader, NULL), 0);
	}
	assert_string_equal(sold, "010" GTIN_SUSPECT "21N1");
	assert_int_equal(tg_lane_claim(b->lane, "till-3", reference), TG_HELD_GONE);
	assert_int_equal(lane_says(b, "overridden"), 1);
	assert_int_equal(lane_says(b, "withheld"), 1);
	assert_int_equal(poll(&(struct pollfd){ .fd = b->till, .events = POLLIN }, 1, 0), 0);
}

static void a_scan_that_was_not_overridden_waits_on_until_another_comes(void **state)
{
	struct bench *b = *state;
	char first[TG_REFERENCE_SIZE], second[TG_REFERENCE_SIZE];

	start_with_overrides(b);
	withheld(b, GTIN_SUSPECT "\r", first);
	assert_int_equal(tg_lane_claim(b->lane, "till-3", first), TG_HELD_CLAIMED);
	assert_false(tg_lane_settle(b->lane, first, false, 0)); /* the override was refused */
	assert_int_equal(tg_lane_claim(b->lane, "till-3", first), TG_HELD_CLAIMED);
	withheld(b, GTIN_SUSPECT "\r", second); /* while somebody looks for their PIN */
	assert_false(tg_lane_settle(b->lane, first, false, 0));
	assert_int_equal(tg_lane_claim(b->lane, "till-3", first), TG_HELD_GONE);
	assert_int_equal(tg_lane_claim(b->lane, "till-3", second), TG_HELD_CLAIMED);
	assert_false(tg_lane_settle(b->lane, second, false, 0));
	withheld(b, GTIN_NO_SOC "\r", first); /* what nobody may override is not kept, and ends what was */
	assert_int_equal(tg_lane_claim(b->lane, "till-3", second), TG_HELD_GONE);
	assert_int_equal(tg_lane_claim(b->lane, "till-3", first), TG_HELD_GONE);
}

static void an_overridden_scan_that_no_till_takes_is_written_down(void **state)
{
	struct bench *b = *state;
	char reference[TG_REFERENCE_SIZE], *log;

	start_with_overrides(b);
	withheld(b, GTIN_SUSPECT "\r", reference);
	assert_int_equal(tg_lane_claim(b->lane, "till-3", reference), TG_HELD_CLAIMED);
	assert_false(tg_lane_settle(b->lane, reference, true, 7));
	log = fixture_log(b->station);
	assert_int_equal(fixture_count(log, "\"check\":7,"), 1);
	assert_int_equal(fixture_count(log, "\"kind\":\"not-delivered\""), 1);
	free(log);
	assert_int_equal(lane_says(b, "overridden"), 0);
	assert_int_equal(lane_says(b, "not_delivered"), 1);
}

static void a_badge_reaches_neither_the_till_nor_the_log_and_leaves_the_unit_in_hand(void **state)
{
	struct bench *b = *state;
	tg_staff_change sue = { .owner = true, .who = "sue", .badge = "STAFF-0041", .rights = { TG_SUPERVISOR }, .right_count = 1 };
	char reference[TG_REFERENCE_SIZE], *log, sold[64] = "";
	tg_error err = { 0 };

	b->fixture->mode = "observe"; /* even where everything goes on */
	start_with_overrides(b);
	switch_till_on(b);
	if (tg_staff_add(b->station, &sue, &err) != TG_OK)
		fail_msg("%s", err.msg);
	line_send(&b->line, "]C1STAFF-0041\r" GTIN_OUT "\r");
	till_reads(b, sold, sizeof(sold));
	assert_string_equal(sold, GTIN_OUT);
	wait_for_scans(b, 1);
	last_reference(b, reference);
	log = fixture_log(b->station);
	assert_int_equal(fixture_count(log, "STAFF-0041"), 0);
	assert_int_equal(fixture_count(log, "53544146462d30303431"), 0); /* nor in hex */
	assert_int_equal(fixture_count(log, "\"other\":\"staff-badge\""), 1);
	free(log);
}

static void a_scanner_that_goes_and_comes_back_is_written_down_and_read_again(void **state)
{
	struct bench *b = *state;
	char *log, sold[64] = "";

	b->config.scanner.retry_ms = 20;
	start(b);
	switch_till_on(b);
	line_unplug(&b->line);
	line_plug(&b->line);
	/* what is sent before the port is open again is lost, as with a real one */
	for (int i = 0; poll(&(struct pollfd){ .fd = b->till, .events = POLLIN }, 1, 100) == 0; i++) {
		assert_true(i < 100);
		line_send(&b->line, GTIN_HELD "\r");
	}
	till_reads(b, sold, sizeof(sold));
	assert_string_equal(sold, GTIN_HELD);
	log = fixture_log(b->station);
	assert_int_equal(fixture_count(log, "\"event\":\"gone\""), 1);
	assert_int_equal(fixture_count(log, "\"event\":\"back\""), 1);
	free(log);
}

static void a_lane_that_cannot_start_leaves_nothing_behind(void **state)
{
	struct bench *b = *state;
	tg_error err = { 0 };
	FILE *f = fopen(b->till_path, "w");

	assert_non_null(f);
	fclose(f);
	b->station = fixture_open(b->fixture, true);
	assert_int_equal(tg_lane_start(&b->lane, &b->config, b->station, &err), TG_EBUSY);
	assert_null(b->lane);
	assert_int_equal(access(b->till_path, F_OK), 0); /* somebody's file is not ours to replace */
	unlink(b->till_path);
}

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	void *fixture = NULL;

	assert_non_null(b);
	fixture_setup_synced(&fixture);
	b->fixture = fixture;
	line_make(&b->line);
	line_plug(&b->line);
	snprintf(b->till_path, sizeof(b->till_path), "%s/till", b->line.dir);
	b->till = -1;
	b->config = (tg_lane_config){ .operation = TG_OP_SALE,
		.destination = TG_DEST_GB,
		.has_output = true,
		.output_timeout_ms = PLENTY_MS,
		.scanner = { .name = "till-3", .path = b->line.path, .framing = TG_FRAME_CR, .aim = true },
		.output = { .name = "till-3", .path = b->till_path, .group = (gid_t)-1 } };
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;
	void *fixture = b->fixture;

	tg_lane_stop(b->lane);
	tg_station_close(b->station);
	if (b->till >= 0)
		close(b->till);
	assert_int_not_equal(access(b->till_path, F_OK), 0);
	line_remove(&b->line);
	free(b);
	return fixture_teardown(&fixture);
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BENCH(the_entry_is_on_disk_before_the_till_gets_a_byte_and_what_is_withheld_never_comes),
		ON_BENCH(what_a_scanner_types_for_a_separator_is_read_as_one),
		ON_BENCH(labels_that_the_scanner_ties_together_are_one_unit),
		ON_BENCH(two_scans_of_one_number_are_two_units),
		ON_BENCH(what_no_till_took_is_written_down),
		ON_BENCH(nothing_is_forwarded_that_could_not_be_checked),
		ON_BENCH(a_lane_without_a_till_answers_and_delivers_nothing),
		ON_BENCH(the_last_answer_is_shown_as_staff_see_it_without_the_label),
		ON_BENCH(a_withheld_scan_goes_on_when_it_is_overridden_exactly_and_once),
		ON_BENCH(a_scan_that_was_not_overridden_waits_on_until_another_comes),
		ON_BENCH(an_overridden_scan_that_no_till_takes_is_written_down),
		ON_BENCH(a_badge_reaches_neither_the_till_nor_the_log_and_leaves_the_unit_in_hand),
		ON_BENCH(a_scanner_that_goes_and_comes_back_is_written_down_and_read_again),
		ON_BENCH(a_lane_that_cannot_start_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
