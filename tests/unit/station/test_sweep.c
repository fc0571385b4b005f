/* SPDX-License-Identifier: Apache-2.0
 *
 * test_sweep.c - when the image is hashed again, what that finds, and what a station makes of it.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/station/fixture.h"

#include "plugin/station/sweep.h"

#include "store/base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define S TG_US_PER_SECOND
#define START (INT64_C(1000) * S)

/* ---- when ---- */

static const struct {
	const char *what;
	int64_t after_s, asleep_s; /* since the look before: seconds that passed awake, and asleep */
	bool due;
} looks[] = {
	{ "at the start there is none", 1, 0, false },
	{ "not while it boots", TG_SWEEP_FIRST_S - 2, 0, false },
	{ "the first", 1, 0, true },
	{ "once", 1, 0, false },
	{ "not before its time", TG_SWEEP_EVERY_S - 2, 0, false },
	{ "the next", 1, 0, true },
	{ "a nap right after one waits", 1, 60, false },
	{ "and is not forgotten", TG_SWEEP_APART_S - 62, 0, false },
	{ "until it may", 1, 0, true },
	{ "after a night", 1, 8 * 3600, true },
	{ "a moment is no suspend", TG_SWEEP_APART_S, TG_SWEEP_SUSPEND_S - 1, false },
	{ "the next by the clock that stood still", TG_SWEEP_EVERY_S - TG_SWEEP_APART_S, 0, true },
};

static void a_sweep_is_due_now_and_then_and_after_a_suspend(void **state)
{
	int64_t running = START, boot = START;
	tg_sweep_plan plan;

	(void)state;
	tg_sweep_plan_init(&plan, running, boot);
	for (size_t i = 0; i < TG_COUNT(looks); i++) {
		running += looks[i].after_s * S;
		boot += (looks[i].after_s + looks[i].asleep_s) * S;
		if (tg_sweep_plan_due(&plan, running, boot) != looks[i].due)
			fail_msg("%s", looks[i].what);
	}
}

static void a_suspend_in_the_first_minutes_brings_the_first_at_once(void **state)
{
	tg_sweep_plan plan;

	(void)state;
	tg_sweep_plan_init(&plan, START, START);
	assert_false(tg_sweep_plan_due(&plan, START + S, START + S));
	assert_true(tg_sweep_plan_due(&plan, START + 2 * S, START + 3600 * S));
}

/* ---- what it finds ---- */

/* The path of the one private copy. */
static void private_copy(char path[PATH_MAX + 256], const station_fixture *f)
{
	DIR *d = opendir(f->paths.image_dir);
	struct dirent *entry;

	path[0] = '\0';
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] != '.')
			snprintf(path, PATH_MAX + 256, "%s/%s", f->paths.image_dir, entry->d_name);
	}
	closedir(d);
	assert_true(path[0] != '\0');
}

static void flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char c;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 4;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	close(fd);
}

static void cut(const char *path)
{
	assert_int_equal(truncate(path, 1000), 0);
}

static void flip_one(const char *path)
{
	flip(path, 1500);
}

static void take_away(const char *path)
{
	assert_int_equal(unlink(path), 0);
}

static const struct {
	const char *what;
	void (*damage)(const char *path);
	int code;
} damages[] = {
	{ "a flipped bit", flip_one, TG_EHASH },
	{ "cut short", cut, TG_ELENGTH },
	{ "gone", take_away, TG_ENOTFOUND },
};

static bool go_on(void *ctx)
{
	(*(int *)ctx)++;
	return true;
}

static bool stop_at_once(void *ctx)
{
	(void)ctx;
	return false;
}

static tg_inforce *load(station_fixture *f)
{
	tg_inforce *set = NULL;

	assert_int_equal(tg_inforce_load(&set, &f->paths, f->set_id, &(tg_inforce_floor){ 0 }, false, NULL), TG_OK);
	assert_non_null(set->cat);
	return set;
}

static void a_whole_image_is_found_whole(void **state)
{
	tg_inforce *set = load(*state);
	tg_sweep_found found;
	tg_product product;
	int pauses = 0;

	assert_int_equal(tg_catalogue_find(&product, set->cat, 9524000000019, NULL), TG_OK);
	tg_sweep_pass(&found, set, go_on, &pauses);
	assert_int_equal(found.code, TG_OK);
	assert_int_equal(found.blocks, tg_catalogue_block_count(set->cat));
	assert_true(found.in_memory >= 1 && found.in_memory <= found.blocks);
	assert_int_equal(pauses, found.blocks);
	tg_inforce_release(set);
}

static void a_sweep_ends_when_told(void **state)
{
	tg_inforce *set = load(*state);
	tg_sweep_found found;

	tg_sweep_pass(&found, set, stop_at_once, NULL);
	assert_int_equal(found.code, TG_EBUSY);
	assert_int_equal(found.blocks, 1);
	tg_inforce_release(set);
}

static void damage_on_the_disk_is_found_and_named(void **state)
{
	station_fixture *f = *state;

	for (size_t i = 0; i < TG_COUNT(damages); i++) {
		tg_inforce *set = load(f);
		char path[PATH_MAX + 256];
		tg_sweep_found found;
		int pauses = 0;

		private_copy(path, f);
		damages[i].damage(path);
		tg_sweep_pass(&found, set, go_on, &pauses);
		if (found.code != damages[i].code || found.words[0] == '\0')
			fail_msg("%s: %s, \"%s\"", damages[i].what, tg_strerror(found.code), found.words);
		tg_inforce_release(set);
		(void)unlink(path);
	}
}

/* ---- what a station makes of it ---- */

static bool has_fault(tg_station *station, const char *words)
{
	tg_json *status = tg_station_status(station);
	bool has = false;

	for (const tg_json *fault = tg_json_first(tg_json_get(status, "faults")); fault != NULL; fault = tg_json_next(fault))
		has = has || strstr(tg_json_str(fault), words) != NULL;
	tg_json_free(status);
	return has;
}

static void expect_log(tg_station *station, const char *text, size_t times)
{
	char *log = fixture_log(station);

	if (fixture_count(log, text) != times)
		fail_msg("%s: %zu times, wanted %zu, in\n%s", text, fixture_count(log, text), times, log);
	free(log);
}

/* The copy is cut short under the daemon's map; the set's own file is damaged too, so that only sync can help. */
static void without_a_whole_copy_the_rest_still_answers_and_sync_is_asked(void **state)
{
	station_fixture *f = *state;
	tg_station *station;
	char path[PATH_MAX + 256];
	struct stat st;

	assert_int_equal(tg_catalogue_guard(NULL), TG_OK);
	assert_int_equal(tg_dir_make(f->paths.run_dir, 0755, NULL), TG_OK);
	station = fixture_open(f, true);
	assert_true(fixture_check(station, GTIN_HELD).release.released);
	assert_int_not_equal(stat(f->paths.image_wanted, &st), 0);
	fixture_flip(f, "catalogue.tgc", 2000);
	private_copy(path, f);
	assert_int_equal(truncate(path, 0), 0);
	for (int i = 0; i < 3; i++) {
		tg_check_answer a = fixture_check(station, GTIN_HELD);

		assert_true(a.verdict.could_not_check && !a.release.released && a.recorded);
		assert_true(a.fault[0] != '\0' && a.name[0] == '\0');
		assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	}
	assert_int_equal(fixture_check(station, CARD).identity.other, TG_OTHER_LISTED); /* needs no image */
	assert_true(fixture_check(station, CARD).release.released);
	expect_log(station, "\"state\":\"found\"", 1); /* once */
	expect_log(station, "\"state\":\"healed\"", 0);
	assert_true(has_fault(station, "tillgate sync"));
	assert_int_equal(stat(f->paths.image_wanted, &st), 0);
	fixture_sync(f, 1, 1, tg_utc_now_us()); /* sync fetched it */
	assert_int_equal(tg_station_tick(station, NULL), TG_OK);
	assert_true(fixture_check(station, GTIN_HELD).release.released);
	assert_false(has_fault(station, "image"));
	assert_int_not_equal(stat(f->paths.image_wanted, &st), 0);
	tg_station_close(station);
}

static void a_command_leaves_a_whole_copy_to_the_next(void **state)
{
	station_fixture *f = *state;
	tg_station *station = fixture_open(f, false);
	char path[PATH_MAX + 256];

	assert_int_equal(tg_catalogue_guard(NULL), TG_OK);
	assert_true(fixture_check(station, GTIN_HELD).release.released);
	private_copy(path, f);
	assert_int_equal(truncate(path, 0), 0);
	assert_true(fixture_check(station, GTIN_HELD).verdict.could_not_check);
	tg_station_close(station);
	station = fixture_open(f, false);
	assert_true(fixture_check(station, GTIN_HELD).release.released);
	expect_log(station, "\"state\":\"healed\"", 1);
	tg_station_close(station);
}

#define SYNCED(test) cmocka_unit_test_setup_teardown(test, fixture_setup_synced, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sweep_is_due_now_and_then_and_after_a_suspend),
		cmocka_unit_test(a_suspend_in_the_first_minutes_brings_the_first_at_once),
		SYNCED(a_whole_image_is_found_whole),
		SYNCED(a_sweep_ends_when_told),
		SYNCED(damage_on_the_disk_is_found_and_named),
		SYNCED(without_a_whole_copy_the_rest_still_answers_and_sync_is_asked),
		SYNCED(a_command_leaves_a_whole_copy_to_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
