/* SPDX-License-Identifier: Apache-2.0
 *
 * test_roster.c - PINs, badges, wrong tries and names of a station's staff; the clock is the test's.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/station/fixture.h"

#include "plugin/station/roster.h"
#include "store/base/crypto.h"
#include "store/base/file.h"
#include "store/base/utc.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND TG_US_PER_SECOND
#define DAY (86400 * SECOND)
#define NOW (INT64_C(1795400000) * SECOND) /* 2026-11-23 */

static const tg_staff_rules rules = { .pin_digits_min = 6, .tries = 3, .lock_s = 60 };

struct place {
	char dir[4096];
	tg_roster *roster;
};

static void ok(int rc, const tg_error *err)
{
	if (rc != TG_OK)
		fail_msg("%s: %s", tg_strerror(rc), err->msg);
}

static void reopen(struct place *p)
{
	tg_error err = { 0 };

	tg_roster_close(p->roster);
	p->roster = NULL;
	ok(tg_roster_open(&p->roster, p->dir, &err), &err);
}

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	assert_int_equal(tg_crypto_init(NULL), TG_OK);
	temp_dir(p->dir);
	reopen(p);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	tg_roster_close(p->roster);
	remove_tree(p->dir);
	free(p);
	return 0;
}

static void add(struct place *p, const char *who, const char *right, const char *pin, const char *badge)
{
	tg_roster_secret secret = { pin, badge };
	tg_error err = { 0 };

	ok(tg_roster_judge(who, &secret, &rules, &err), &err);
	ok(tg_roster_add(p->roster, who, &right, 1, &secret, &err), &err);
}

static int try(struct place *p, const char *who, const char *pin, int64_t now_us, int64_t *wait_s)
{
	tg_roster_tried tried;
	tg_error err = { 0 };
	int rc = tg_roster_prove(&tried, p->roster, &(tg_staff_proof){ .who = who, .pin = pin }, &rules, now_us, &err);

	if (wait_s != NULL)
		*wait_s = tried.wait_s;
	if (rc != TG_OK && strstr(err.msg, pin) != NULL)
		fail_msg("the words hold the PIN: %s", err.msg);
	return rc;
}

static int try_badge(struct place *p, const char *badge)
{
	tg_roster_tried tried;

	return tg_roster_prove(&tried, p->roster, &(tg_staff_proof){ .who = "", .badge = badge }, &rules, NOW, NULL);
}

static char *content(const struct place *p, const char *name)
{
	char path[4200], *text;
	tg_buf out;

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	tg_buf_init(&out, 1 << 20);
	(void)!tg_file_read(&out, path, 1 << 20, NULL);
	text = strdup(tg_buf_text(&out));
	tg_buf_fini(&out);
	return text;
}

static void put(const struct place *p, const char *name, const char *text)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/%s", p->dir, name);
	assert_int_equal(tg_file_write(path, tg_view_str(text), 0600, NULL), TG_OK);
}

static bool holds(const struct place *p, const char *name, const char *words)
{
	char *text = content(p, name);
	bool found = strstr(text, words) != NULL;

	free(text);
	return found;
}

/* ---- who it is ---- */

static void only_the_right_pin_of_the_right_person_is_taken(void **state)
{
	struct place *p = *state;

	assert_int_equal(try(p, "anna", "482915", NOW, NULL), TG_ESTATE); /* nobody is enrolled */
	add(p, "anna", "supervisor", "482915", NULL);
	add(p, "ben", "duty-manager", "482916", NULL);
	assert_int_equal(try(p, "anna", "482915", NOW, NULL), TG_OK);
	assert_int_equal(try(p, "ANNA", "482915", NOW, NULL), TG_OK);
	assert_int_equal(try(p, "anna", "482916", NOW, NULL), TG_EDENIED);
	assert_int_equal(try(p, "anna", "48291", NOW, NULL), TG_EDENIED);
	assert_int_equal(try(p, "anna", "4829150", NOW, NULL), TG_EDENIED);
	assert_int_equal(try(p, "carl", "482915", NOW, NULL), TG_EDENIED);
	reopen(p);
	assert_int_equal(try(p, "ben", "482916", NOW, NULL), TG_OK);
	assert_int_equal(tg_roster_supervisors(p->roster), 1);
	assert_int_equal(tg_roster_enrolled(p->roster), 2);
}

static void a_badge_says_whose_it_is(void **state)
{
	struct place *p = *state;
	char key[TG_STAFF_ID_SIZE];
	tg_roster_tried tried;

	add(p, "anna", "supervisor", "482915", NULL);
	assert_false(tg_roster_badge(key, p->roster, tg_view_str("STAFF-0041")));
	add(p, "ben", "duty-manager", NULL, "STAFF-0041");
	reopen(p);
	assert_true(tg_roster_badge(key, p->roster, tg_view_str("STAFF-0041")));
	assert_false(tg_roster_badge(key, p->roster, tg_view_str("STAFF-0042")));
	assert_false(tg_roster_badge(key, p->roster, tg_view_str("STAFF-004")));
	assert_int_equal(try_badge(p, "STAFF-0041"), TG_OK);
	assert_int_equal(try_badge(p, "STAFF-0042"), TG_EDENIED);
	assert_int_equal(try(p, "ben", "482915", NOW, NULL), TG_EDENIED); /* has no PIN */
	assert_int_equal(tg_roster_prove(&tried, p->roster, &(tg_staff_proof){ .who = "anna", .badge = "STAFF-0041" }, &rules, NOW, NULL),
		TG_EDENIED);
	assert_int_equal(tg_roster_prove(&tried, p->roster, &(tg_staff_proof){ .who = "ben", .badge = "STAFF-0041", .pin = "1" }, &rules, NOW, NULL),
		TG_EINVAL);
	assert_int_equal(tg_roster_prove(&tried, p->roster, &(tg_staff_proof){ .who = "ben" }, &rules, NOW, NULL), TG_EINVAL);
}

static void the_files_are_for_their_owner_and_hold_no_secret_and_no_name_where_none_belongs(void **state)
{
	struct place *p = *state;
	static const char *const files[] = { "staff", "staff-names", "staff-pepper" };

	add(p, "anna.smith", "supervisor", "482915", "STAFF-0041");
	(void)!try(p, "anna.smith", "111222", NOW, NULL);
	for (size_t i = 0; i < TG_COUNT(files); i++) {
		char path[4200];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", p->dir, files[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		assert_false(holds(p, files[i], "482915"));
		assert_false(holds(p, files[i], "111222"));
		assert_false(holds(p, files[i], "STAFF-0041"));
	}
	assert_false(holds(p, "staff", "anna"));
	assert_true(holds(p, "staff-names", "anna.smith"));
	assert_true(holds(p, "staff", "\"memory_kib\":19456"));
}

static void without_the_pepper_nothing_can_be_checked_and_the_words_say_what_to_do(void **state)
{
	struct place *p = *state;
	char path[4200];
	tg_roster_tried tried;
	tg_error err = { 0 };

	add(p, "anna", "supervisor", "482915", NULL);
	snprintf(path, sizeof(path), "%s/staff-pepper", p->dir);
	assert_int_equal(unlink(path), 0);
	reopen(p);
	assert_int_equal(tg_roster_prove(&tried, p->roster, &(tg_staff_proof){ .who = "anna", .pin = "482915" }, &rules, NOW, &err), TG_EFORMAT);
	assert_non_null(strstr(err.msg, "enrol staff anew"));
}

/* ---- what would do ---- */

static const struct {
	const char *who, *pin, *badge, *words; /* NULL: it does */
} secrets[] = {
	{ "anna", "482915", NULL, NULL },
	{ "anna", "0004829153948571", NULL, NULL },
	{ "a.b_c-d@e", "482915", "STAFF-0042", NULL },
	{ "anna", NULL, "ABCDEF", NULL },
	{ "anna", NULL, NULL, "neither" },
	{ "", "482915", NULL, "name" },
	{ "anna smith", "482915", NULL, "name" },
	{ "anna\n", "482915", NULL, "name" },
	{ "annaannaannaannaannaannaannaannaa", "482915", NULL, "name" },
	{ "anna", "48291", NULL, "6 to 16" },
	{ "anna", "00048291539485710", NULL, "6 to 16" },
	{ "anna", "48291a", NULL, "digits" },
	{ "anna", "", NULL, "6 to 16" },
	{ "anna", "111111", NULL, "repeated" },
	{ "anna", "123456", NULL, "in a row" },
	{ "anna", "987654", NULL, "in a row" },
	{ "anna", NULL, "ABCDE", "6 to 128" },
	{ "anna", NULL, "ABC\tDEF", "printable" },
};

static void secrets_that_would_not_do_are_refused_without_being_repeated(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(secrets); i++) {
		tg_roster_secret secret = { secrets[i].pin, secrets[i].badge };
		tg_error err = { 0 };
		int rc = tg_roster_judge(secrets[i].who, &secret, &rules, &err);

		if (rc != (secrets[i].words == NULL ? TG_OK : TG_EINVAL))
			fail_msg("%zu: %s %s", i, tg_strerror(rc), err.msg);
		if (rc != TG_OK && strstr(err.msg, secrets[i].words) == NULL)
			fail_msg("%zu: \"%s\" does not say \"%s\"", i, err.msg, secrets[i].words);
		if (rc != TG_OK && ((secret.pin != NULL && secret.pin[0] != '\0' && strstr(err.msg, secret.pin) != NULL) ||
					   (secret.badge != NULL && strstr(err.msg, secret.badge) != NULL)))
			fail_msg("%zu: the words hold the secret: %s", i, err.msg);
	}
}

static void a_badge_is_one_persons(void **state)
{
	struct place *p = *state;
	tg_error err = { 0 };

	add(p, "ben", "supervisor", NULL, "STAFF-0041");
	assert_int_equal(tg_roster_badge_free(p->roster, "anna", "STAFF-0041", &err), TG_EINVAL);
	assert_non_null(strstr(err.msg, "somebody else's"));
	assert_null(strstr(err.msg, "ben"));
	assert_int_equal(tg_roster_badge_free(p->roster, "BEN", "STAFF-0041", &err), TG_OK); /* their own */
	assert_int_equal(tg_roster_badge_free(p->roster, "anna", "STAFF-0042", &err), TG_OK);
}

/* ---- wrong tries ---- */

static void wrong_tries_lock_a_person_for_growing_times(void **state)
{
	struct place *p = *state;
	int64_t wait = 0, now = NOW;
	int64_t wanted[] = { 60, 120, 240, 480 };

	add(p, "anna", "supervisor", "482915", NULL);
	add(p, "ben", "duty-manager", "771234", NULL);
	for (int i = 0; i < 2; i++)
		assert_int_equal(try(p, "anna", "000111", now, &wait), TG_EDENIED);
	assert_int_equal(wait, 0);
	for (size_t i = 0; i < TG_COUNT(wanted); i++) {
		assert_int_equal(try(p, "anna", "000111", now, &wait), TG_EDENIED);
		assert_int_equal(wait, wanted[i]);
		assert_int_equal(try(p, "anna", "482915", now, &wait), TG_EBUSY); /* the right one, while locked */
		reopen(p);
		assert_int_equal(try(p, "anna", "482915", now + (wanted[i] - 1) * SECOND, &wait), TG_EBUSY);
		assert_int_equal(wait, 1);
		assert_int_equal(try(p, "ben", "771234", now, NULL), TG_OK); /* nobody else is locked */
		now += wanted[i] * SECOND;
	}
	assert_int_equal(try(p, "anna", "482915", now, NULL), TG_OK);
	assert_int_equal(try(p, "anna", "000111", now, &wait), TG_EDENIED); /* a right one begins anew */
	assert_int_equal(wait, 0);
}

static void no_lock_out_lasts_longer_than_a_day_whatever_the_clock_does(void **state)
{
	struct place *p = *state;
	int64_t wait = 0, now = NOW;

	add(p, "anna", "supervisor", "482915", NULL);
	for (int i = 0; i < 18; i++) {
		assert_int_equal(try(p, "anna", "000111", now, &wait), TG_EDENIED);
		now += wait * SECOND;
	}
	assert_int_equal(wait, TG_ROSTER_LOCK_MAX_S);
	now = NOW - 365 * DAY; /* the clock is set back a year */
	assert_int_equal(try(p, "anna", "482915", now, &wait), TG_EBUSY);
	assert_true(wait <= TG_ROSTER_LOCK_MAX_S);
}

static void all_together_lock_the_station(void **state)
{
	struct place *p = *state;
	int64_t wait = 0;
	char nobody[24];

	add(p, "anna", "supervisor", "482915", NULL);
	for (int i = 0; i < TG_ROSTER_STATION_TRIES - 1; i++) {
		snprintf(nobody, sizeof(nobody), "nobody%d", i);
		assert_int_equal(try(p, nobody, "000111", NOW, &wait), TG_EDENIED);
	}
	assert_int_equal(wait, 0);
	assert_int_equal(try(p, "anna", "482915", NOW, NULL), TG_OK); /* who is right clears nothing for others */
	assert_int_equal(try(p, "nobody", "000111", NOW, &wait), TG_EDENIED);
	assert_int_equal(wait, 60);
	reopen(p);
	assert_int_equal(try(p, "anna", "482915", NOW + SECOND, &wait), TG_EBUSY);
	assert_int_equal(try(p, "anna", "482915", NOW + 61 * SECOND, &wait), TG_OK);
	assert_int_equal(try(p, "nobody", "000111", NOW + 61 * SECOND, &wait), TG_EDENIED);
	assert_int_equal(wait, 120);
	assert_int_equal(try(p, "nobody", "000111", NOW + 2 * 3600 * SECOND, &wait), TG_EDENIED); /* after an hour of peace */
	assert_int_equal(wait, 0);
}

/* The plug pulled between the count and the answer: what is on the disk has counted. */
static void a_try_is_counted_before_it_is_checked(void **state)
{
	struct place *p = *state;
	char path[4200];

	add(p, "anna", "supervisor", "482915", NULL);
	assert_int_equal(try(p, "anna", "000111", NOW, NULL), TG_EDENIED);
	assert_true(holds(p, "staff", "\"tries\":1"));
	/* where the count cannot be written nothing is checked */
	snprintf(path, sizeof(path), "%s/staff.tmp", p->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(try(p, "anna", "482915", NOW, NULL), TG_EIO);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(try(p, "anna", "482915", NOW, NULL), TG_OK);
	assert_true(holds(p, "staff", "\"tries\":0"));
}

/* ---- files, and the moment between two of them ---- */

static void a_crash_between_the_two_files_leaves_nobody_half_enrolled(void **state)
{
	struct place *p = *state;
	char *staff, *names;
	tg_roster_person who;

	add(p, "anna", "supervisor", "482915", NULL);
	staff = content(p, "staff");
	add(p, "ben", "duty-manager", "771234", NULL);
	put(p, "staff", staff); /* the name is there, the person not yet */
	put(p, "staff.tmp", "{\"v\":1,"); /* and what was being written */
	reopen(p);
	assert_int_equal(tg_roster_enrolled(p->roster), 1);
	assert_int_equal(tg_roster_find(&who, p->roster, "ben", NULL), TG_ENOTFOUND);
	assert_int_equal(try(p, "ben", "771234", NOW, NULL), TG_EDENIED);
	add(p, "ben", "duty-manager", "771234", NULL);
	assert_int_equal(try(p, "ben", "771234", NOW, NULL), TG_OK);
	names = content(p, "staff-names");
	assert_int_equal(fixture_count(names, "\"ben\""), 1);
	free(staff);
	free(names);
}

/* By a badge alone they would pass for another person than the one they say serves. */
static void whose_name_was_erased_is_recognised_by_nothing(void **state)
{
	struct place *p = *state;
	char path[4200], key[TG_STAFF_ID_SIZE];
	tg_roster_tried tried;

	add(p, "anna", "supervisor", NULL, "STAFF-0041");
	for (int i = 0; i < 2; i++) { /* the file is gone; the name in it is */
		tg_error err = { 0 };

		snprintf(path, sizeof(path), "%s/staff-names", p->dir);
		assert_int_equal(unlink(path), 0);
		if (i == 1)
			put(p, "staff-names", "{\"names\":[],\"v\":1}\n");
		reopen(p);
		assert_int_equal(tg_roster_prove(&tried, p->roster, &(tg_staff_proof){ .who = "", .badge = "STAFF-0041" }, &rules, NOW, &err),
			TG_EFORMAT);
		assert_non_null(strstr(err.msg, "enrol staff anew"));
		assert_non_null(strstr(err.msg, "lacks the name"));
		assert_false(tg_roster_badge(key, p->roster, tg_view_str("STAFF-0041")));
		put(p, "staff-names", "{\"names\":[],\"v\":1}\n");
	}
	snprintf(path, sizeof(path), "%s/staff", p->dir);
	assert_int_equal(unlink(path), 0); /* what the words say to do */
	reopen(p);
	add(p, "anna", "supervisor", NULL, "STAFF-0041");
	assert_int_equal(try_badge(p, "STAFF-0041"), TG_OK);
}

static const char *const damaged[] = {
	"", "[]", "{}", "{\"v\":2,\"people\":[],\"tries\":0,\"last_us\":0,\"locked_until_us\":0}",
	"{\"v\":1,\"people\":[{}],\"tries\":0,\"last_us\":0,\"locked_until_us\":0}",
	"{\"v\":1,\"people\":[],\"tries\":-1,\"last_us\":0,\"locked_until_us\":0}",
	"{\"v\":1,\"people\":[],\"tries\":0,\"last_us\":0,\"locked_until_us\":0,\"more\":1}",
	"{\"v\":1,\"tries\":0,\"last_us\":0,\"locked_until_us\":0,\"people\":[{\"key\":\"0011223344556677\",\"rights\":[\"supervisor\"],"
	"\"tries\":0,\"last_us\":0,\"locked_until_us\":0,\"pin\":{\"passes\":1000,\"memory_kib\":19456,\"salt\":\"00\",\"hash\":\"00\"}}]}",
	"{\"v\":1,\"tries\":0,\"last_us\":0,\"locked_until_us\":0,\"people\":[{\"key\":\"0011223344556677\",\"rights\":[\"supervisor\"],"
	"\"tries\":0,\"last_us\":0,\"locked_until_us\":0,\"badge\":\"00\"}]}",
};

static void a_damaged_file_lets_nobody_in(void **state)
{
	struct place *p = *state;

	add(p, "anna", "supervisor", "482915", "STAFF-0041");
	for (size_t i = 0; i < TG_COUNT(damaged); i++) {
		tg_error err = { 0 };
		tg_roster_tried tried;
		char key[TG_STAFF_ID_SIZE];

		put(p, "staff", damaged[i]);
		reopen(p);
		if (tg_roster_prove(&tried, p->roster, &(tg_staff_proof){ .who = "anna", .pin = "482915" }, &rules, NOW, &err) != TG_EFORMAT)
			fail_msg("%s: taken", damaged[i]);
		assert_non_null(strstr(err.msg, "damaged"));
		assert_false(tg_roster_badge(key, p->roster, tg_view_str("STAFF-0041")));
		assert_int_equal(tg_roster_remove(p->roster, "anna", NULL), TG_EFORMAT);
	}
}

/* ---- changing and forgetting ---- */

static void a_new_pin_ends_the_old_one_and_a_lock_out(void **state)
{
	struct place *p = *state;
	tg_error err = { 0 };

	add(p, "anna", "supervisor", "482915", NULL);
	for (int i = 0; i < 3; i++)
		assert_int_equal(try(p, "anna", "000111", NOW, NULL), TG_EDENIED);
	assert_int_equal(try(p, "anna", "482915", NOW, NULL), TG_EBUSY);
	ok(tg_roster_set(p->roster, "anna", &(tg_roster_secret){ .pin = "558103" }, &err), &err);
	reopen(p);
	assert_int_equal(try(p, "anna", "482915", NOW, NULL), TG_EDENIED);
	assert_int_equal(try(p, "anna", "558103", NOW, NULL), TG_OK);
	assert_int_equal(tg_roster_set(p->roster, "ben", &(tg_roster_secret){ .pin = "558103" }, NULL), TG_ENOTFOUND);
}

static void who_is_removed_may_nothing_and_is_known_until_forgotten(void **state)
{
	struct place *p = *state;
	char before[TG_STAFF_ID_SIZE], after[TG_STAFF_ID_SIZE];
	tg_error err = { 0 };

	add(p, "anna", "supervisor", "482915", "STAFF-0041");
	assert_int_equal(tg_roster_id_of_name(before, p->roster, "anna", NOW, NULL), TG_OK);
	assert_int_equal(tg_roster_forget(p->roster, "anna", &err), TG_ESTATE);
	ok(tg_roster_remove(p->roster, "anna", &err), &err);
	reopen(p);
	assert_int_equal(tg_roster_enrolled(p->roster), 0);
	assert_int_equal(try(p, "anna", "482915", NOW, NULL), TG_ESTATE);
	assert_true(holds(p, "staff-names", before));
	ok(tg_roster_forget(p->roster, "ANNA", &err), &err);
	assert_false(holds(p, "staff-names", before));
	assert_false(holds(p, "staff-names", "anna"));
	assert_int_equal(tg_roster_forget(p->roster, "anna", NULL), TG_ENOTFOUND);
	assert_int_equal(tg_roster_id_of_name(after, p->roster, "anna", NOW, NULL), TG_OK);
	assert_string_not_equal(before, after);
}

/* ---- ids ---- */

static void an_id_is_one_persons_for_one_month(void **state)
{
	struct place *p = *state;
	char a[TG_STAFF_ID_SIZE], b[TG_STAFF_ID_SIZE], next[TG_STAFF_ID_SIZE], other[TG_STAFF_ID_SIZE];

	assert_int_equal(tg_roster_id_of_name(a, p->roster, "carl", NOW, NULL), TG_OK);
	reopen(p);
	assert_int_equal(tg_roster_id_of_name(b, p->roster, "Carl", NOW + 7 * DAY, NULL), TG_OK); /* 30 November */
	assert_string_equal(a, b);
	assert_int_equal(tg_roster_id_of_name(next, p->roster, "carl", NOW + 8 * DAY, NULL), TG_OK);
	assert_string_not_equal(a, next);
	assert_int_equal(tg_roster_id_of_name(other, p->roster, "dora", NOW, NULL), TG_OK);
	assert_string_not_equal(a, other);
	assert_false(holds(p, "staff-names", "carl")); /* merely named: the name is not kept */
	add(p, "carl", "supervisor", "482915", NULL);
	assert_int_equal(tg_roster_id_of_name(b, p->roster, "carl", NOW, NULL), TG_OK);
	assert_string_equal(a, b); /* the same person, now enrolled */
	assert_int_equal(tg_roster_id_of_name(a, p->roster, "no name", NOW, NULL), TG_EINVAL);
	assert_string_equal(a, "");
}

static void full_disk(bool full)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = full ? 0 : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_makes_nobody_another_person_and_takes_no_room(void **state)
{
	struct place *p = *state;
	const char *right = "supervisor";
	char a[TG_STAFF_ID_SIZE], b[TG_STAFF_ID_SIZE], who[32];
	int added, unwanted = 0;

	assert_int_equal(tg_roster_id_of_name(a, p->roster, "carl", NOW, NULL), TG_OK);
	full_disk(true);
	added = tg_roster_add(p->roster, "carl", &right, 1, &(tg_roster_secret){ .pin = "482915" }, NULL);
	for (int i = 0; i < TG_ROSTER_NAMES_MAX; i++) {
		snprintf(who, sizeof(who), "p%d", i);
		unwanted += tg_roster_id_of_name(b, p->roster, who, NOW, NULL) == TG_OK;
	}
	full_disk(false);
	assert_int_not_equal(added, TG_OK);
	assert_int_equal(unwanted, 0);
	assert_int_equal(tg_roster_id_of_name(b, p->roster, "carl", NOW, NULL), TG_OK);
	assert_string_equal(a, b);
	assert_int_equal(tg_roster_id_of_name(b, p->roster, "dora", NOW, NULL), TG_OK);
}

static void ids_of_old_months_are_forgotten_on_demand_and_after_a_year(void **state)
{
	struct place *p = *state;
	char first[TG_STAFF_ID_SIZE], id[TG_STAFF_ID_SIZE];
	size_t count = 0;

	add(p, "anna", "supervisor", "482915", NULL);
	assert_int_equal(tg_roster_id_of_name(first, p->roster, "anna", NOW, NULL), TG_OK);
	for (int month = 1; month <= TG_ROSTER_MONTHS_MAX; month++)
		assert_int_equal(tg_roster_id_of_name(id, p->roster, "anna", NOW + month * 30 * DAY, NULL), TG_OK);
	assert_false(holds(p, "staff-names", first));
	assert_int_equal(tg_roster_id_of_name(id, p->roster, "carl", NOW, NULL), TG_OK);
	assert_int_equal(tg_roster_forget_before(p->roster, "2027-03", &count, NULL), TG_OK);
	assert_int_equal(count, 4); /* anna's December to February, carl's November */
	assert_false(holds(p, "staff-names", "2026-11"));
	assert_false(holds(p, "staff-names", "2027-02"));
	assert_true(holds(p, "staff-names", "2027-03"));
	assert_true(holds(p, "staff-names", "anna"));
	assert_int_equal(try(p, "anna", "482915", NOW, NULL), TG_OK);
}

static void there_is_room_for_so_many_and_then_the_words_say_so(void **state)
{
	struct place *p = *state;
	const char *right = "duty-manager";
	char who[32], badge[32];
	tg_error err = { 0 };

	for (int i = 0; i < TG_ROSTER_PEOPLE_MAX; i++) {
		snprintf(who, sizeof(who), "p%d", i);
		snprintf(badge, sizeof(badge), "BADGE-%04d", i);
		add(p, who, right, NULL, badge);
	}
	assert_int_equal(tg_roster_add(p->roster, "one-more", &right, 1, &(tg_roster_secret){ .badge = "BADGE-MORE" }, &err), TG_ELIMIT);
	assert_int_equal(tg_roster_add(p->roster, "p0", &right, 1, &(tg_roster_secret){ .badge = "BADGE-MORE" }, &err), TG_EINVAL);
	reopen(p);
	assert_int_equal(tg_roster_enrolled(p->roster), TG_ROSTER_PEOPLE_MAX);
	assert_int_equal(try_badge(p, "BADGE-0255"), TG_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_the_right_pin_of_the_right_person_is_taken),
		TEST(a_badge_says_whose_it_is),
		TEST(the_files_are_for_their_owner_and_hold_no_secret_and_no_name_where_none_belongs),
		TEST(without_the_pepper_nothing_can_be_checked_and_the_words_say_what_to_do),
		TEST(secrets_that_would_not_do_are_refused_without_being_repeated),
		TEST(wrong_tries_lock_a_person_for_growing_times),
		TEST(no_lock_out_lasts_longer_than_a_day_whatever_the_clock_does),
		TEST(all_together_lock_the_station),
		TEST(a_try_is_counted_before_it_is_checked),
		TEST(a_crash_between_the_two_files_leaves_nobody_half_enrolled),
		TEST(whose_name_was_erased_is_recognised_by_nothing),
		TEST(a_badge_is_one_persons),
		TEST(a_damaged_file_lets_nobody_in),
		TEST(a_new_pin_ends_the_old_one_and_a_lock_out),
		TEST(who_is_removed_may_nothing_and_is_known_until_forgotten),
		TEST(an_id_is_one_persons_for_one_month),
		TEST(a_full_disk_makes_nobody_another_person_and_takes_no_room),
		TEST(ids_of_old_months_are_forgotten_on_demand_and_after_a_year),
		TEST(there_is_room_for_so_many_and_then_the_words_say_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
