/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hostile.c - what a compromised sync can write into catalogue/, and what the station makes of it: the set in force stays,
 * the refusal is named in status and log, nothing hangs, nothing grows, and the next honest set is taken up.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/station/fixture.h"

#include "store/base/file.h"
#include "store/base/utc.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE (4096 + 320)
#define HANG_S 120               /* whoever waits that long waits for ever */
#define GROWTH_MAX_KB (96 << 10) /* far above what an honest set takes, far below what is offered */
#define SPARSE_BYTES (INT64_C(1) << 40)

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0 /* the sanitizer keeps freed memory for a while: peaks say nothing then */
#endif

static void path_of(char out[PATH_SIZE], const char *dir, const char *name)
{
	assert_true(snprintf(out, PATH_SIZE, "%s/%s", dir, name) < PATH_SIZE);
}

/* Replace one file of the last set: what was there is gone, `out` is its path. */
static void make_way(char out[PATH_SIZE], const station_fixture *f, const char *name)
{
	path_of(out, f->set_dir, name);
	assert_int_equal(unlink(out), 0);
}

/* ---- what can lie where a file should be ---- */

typedef void put_fn(const station_fixture *f, const char *path);

static void put_fifo(const station_fixture *f, const char *path)
{
	(void)f;
	assert_int_equal(mkfifo(path, 0644), 0);
}

static void put_sparse(const station_fixture *f, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);

	(void)f;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, SPARSE_BYTES), 0);
	close(fd);
}

static void put_folder(const station_fixture *f, const char *path)
{
	(void)f;
	assert_int_equal(mkdir(path, 0755), 0);
}

static void put_link_to_zeros(const station_fixture *f, const char *path)
{
	(void)f;
	assert_int_equal(symlink("/dev/zero", path), 0);
}

static void put_link_to_terminal(const station_fixture *f, const char *path)
{
	(void)f;
	assert_int_equal(symlink("/dev/ptmx", path), 0);
}

static void put_link_to_itself(const station_fixture *f, const char *path)
{
	(void)f;
	assert_int_equal(symlink(path, path), 0);
}

static void put_link_to_fifo(const station_fixture *f, const char *path)
{
	char fifo[PATH_SIZE];

	path_of(fifo, f->root, "fifo");
	(void)unlink(fifo);
	assert_int_equal(mkfifo(fifo, 0644), 0);
	assert_int_equal(symlink(fifo, path), 0);
}

/* A file that the station may read and sync may not. Its content must not even be looked at. */
static void put_link_to_secret(const station_fixture *f, const char *path)
{
	char secret[PATH_SIZE];
	tg_error err = { 0 };

	path_of(secret, f->root, "secret.json");
	assert_int_equal(tg_file_write(secret, tg_view_str("{\"signed\":{\"_type\":\"PASSPHRASE\"},\"signatures\":[]}"), 0600, &err),
		TG_OK);
	assert_int_equal(symlink(secret, path), 0);
}

static const struct {
	const char *what;
	put_fn *put;
} things[] = {
	{ "a FIFO", put_fifo },
	{ "a link to a FIFO", put_link_to_fifo },
	{ "a link to /dev/zero", put_link_to_zeros },
	{ "a link to a device that opening changes", put_link_to_terminal },
	{ "a link to itself", put_link_to_itself },
	{ "a link to a file of somebody else", put_link_to_secret },
	{ "a sparse file of a terabyte", put_sparse },
	{ "a folder", put_folder },
};

static const char *const set_files[] = { "timestamp.json", "snapshot.json", "targets.json", "policy.json", "catalogue.blocks",
	"catalogue.tgc" };

/* ---- whole sets ---- */

/* `thief` has another root and other keys; his image and policy are ours, so that only the signatures tell. */
static void init_thief(repo *thief, const station_fixture *f)
{
	repo_init(thief);
	tg_buf_clear(&thief->image);
	tg_buf_append(&thief->image, f->repo.image.data, f->repo.image.len);
	tg_buf_clear(&thief->policy);
	tg_buf_append(&thief->policy, f->repo.policy.data, f->repo.policy.len);
	thief->catalogue_version = f->repo.catalogue_version;
	thief->issued_us = f->repo.issued_us;
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++)
		thief->version[role] = f->repo.version[role] + 1;
	repo_publish(thief);
}

static void set_by_strangers(station_fixture *f)
{
	repo thief;

	init_thief(&thief, f);
	write_set(&thief, f->set_dir);
	repo_fini(&thief);
}

static void chain_from_another_root(station_fixture *f)
{
	repo thief;

	init_thief(&thief, f);
	repo_rotate(&thief, TG_TUF_TARGETS, SPARE_KEY); /* root 2, signed by the thief's root 1 */
	repo_publish(&thief);
	write_set(&thief, f->set_dir);
	repo_fini(&thief);
}

/* The thief's root 2 says it comes after ours and names our root key too; only our signature is missing. */
static void next_root_without_our_signature(station_fixture *f)
{
	repo *r = &f->repo;

	r->role_key[TG_TUF_ROOT] = r->signer[TG_TUF_ROOT] = STRANGER_KEY;
	r->version[TG_TUF_ROOT]++;
	repo_write(r, TG_TUF_ROOT);
	write_set(r, f->set_dir);
	r->role_key[TG_TUF_ROOT] = r->signer[TG_TUF_ROOT] = TG_TUF_ROOT;
	r->version[TG_TUF_ROOT]--;
	repo_write(r, TG_TUF_ROOT);
}

static void first_root_again(station_fixture *f)
{
	write_file(f->set_dir, "2.root.json", repo_file(&f->repo, TG_TUF_ROOT));
}

static void chain_with_a_gap(station_fixture *f)
{
	repo *r = &f->repo;

	r->version[TG_TUF_ROOT]++; /* as if there had been a 2 */
	repo_rotate(r, TG_TUF_TIMESTAMP, SPARE_KEY);
	repo_write(r, TG_TUF_TIMESTAMP);
	write_set(r, f->set_dir); /* 3.root.json */
	r->version[TG_TUF_ROOT] = 1;
	r->role_key[TG_TUF_TIMESTAMP] = r->signer[TG_TUF_TIMESTAMP] = TG_TUF_TIMESTAMP;
	repo_write(r, TG_TUF_ROOT);
}

static void targets_of_another_set(station_fixture *f)
{
	repo_write(&f->repo, TG_TUF_SNAPSHOT);
	f->repo.version[TG_TUF_TARGETS]++;
	repo_write(&f->repo, TG_TUF_TARGETS);
	write_file(f->set_dir, "targets.json", repo_file(&f->repo, TG_TUF_TARGETS));
}

static void image_of_another_set(station_fixture *f)
{
	char path[PATH_SIZE], old[PATH_SIZE];

	make_way(path, f, TG_CHAIN_IMAGE);
	(void)snprintf(old, sizeof(old), "%s/sets/1-test/%s", f->paths.catalogue_dir, TG_CHAIN_IMAGE);
	assert_int_equal(link(old, path), 0);
}

static void set_folder_is_a_file(station_fixture *f)
{
	remove_tree(f->set_dir);
	assert_int_equal(mknod(f->set_dir, S_IFREG | 0644, 0), 0);
}

static void set_folder_is_a_fifo(station_fixture *f)
{
	remove_tree(f->set_dir);
	assert_int_equal(mkfifo(f->set_dir, 0644), 0);
}

/* Without the link, and without the set that it named: a station that looks round must find the one before. */
static void take_link_away(const station_fixture *f)
{
	remove_tree(f->set_dir);
	assert_int_equal(unlink(f->paths.catalogue_current), 0);
}

static void point_anywhere(const station_fixture *f, const char *target)
{
	take_link_away(f);
	assert_int_equal(symlink(target, f->paths.catalogue_current), 0);
}

static void current_points_outside(station_fixture *f)
{
	char outside[PATH_SIZE];

	path_of(outside, f->root, "9-outside");
	write_set(&f->repo, outside); /* and would even verify there */
	point_anywhere(f, outside);
}

static void current_climbs_out(station_fixture *f)
{
	point_anywhere(f, "sets/../../../../../etc");
}

static void current_names_no_text(station_fixture *f)
{
	point_anywhere(f, "sets/\xff\xfe\x80");
}

static void current_names_a_terminal_command(station_fixture *f)
{
	point_anywhere(f, "sets/\x1b[2J\x1b]0;owned\x07");
}

static void current_has_a_long_name(station_fixture *f)
{
	char target[4000];

	memset(target, 'a', sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	point_anywhere(f, target);
}

static void current_is_hidden(station_fixture *f)
{
	point_anywhere(f, "sets/.new");
}

static void current_is_a_folder(station_fixture *f)
{
	take_link_away(f);
	write_set(&f->repo, f->paths.catalogue_current);
}

static void current_is_a_fifo(station_fixture *f)
{
	take_link_away(f);
	assert_int_equal(mkfifo(f->paths.catalogue_current, 0644), 0);
}

static const struct {
	const char *what;
	void (*bend)(station_fixture *f);
	const char *words; /* in the fault of status */
} forgeries[] = {
	{ "a whole set, consistent in itself, signed by strangers", set_by_strangers, "timestamp.json: version 4 has 0 of 1 signatures" },
	{ "a root chain that starts from another root", chain_from_another_root, "root.json: version 2 has 0 of 1 signatures" },
	{ "a next root that the old root did not sign", next_root_without_our_signature, "root.json: version 2 has 0 of 1 signatures" },
	{ "the first root once more as the second", first_root_again, "root.json: wanted version 2, found 1" },
	{ "a root chain with a gap", chain_with_a_gap, "timestamp.json: version 3 has 0 of 1 signatures" },
	{ "targets of another making", targets_of_another_set, "targets.json: wanted" },
	{ "the image of another set", image_of_another_set, "catalogue.tgc: block" },
	{ "a file for the set's folder", set_folder_is_a_file, "timestamp.json" },
	{ "a FIFO for the set's folder", set_folder_is_a_fifo, "timestamp.json" },
	{ "current points to a good set outside", current_points_outside, "points to" },
	{ "current climbs out of the catalogue", current_climbs_out, "points to" },
	{ "current names bytes that are no text", current_names_no_text, "points to" },
	{ "current names a command for the terminal", current_names_a_terminal_command, "points to" },
	{ "current has a name of 4,000 bytes", current_has_a_long_name, "points to" },
	{ "current names the folder of half sets", current_is_hidden, "points to" },
	{ "current is a folder", current_is_a_folder, "current" },
	{ "current is a FIFO", current_is_a_fifo, "current" },
};

/* ---- judging ---- */

static char *status_text(tg_station *station, const char *what)
{
	tg_json *status = tg_station_status(station);
	tg_error err = { 0 };
	tg_buf out;
	char *text;

	tg_buf_init(&out, 1 << 20);
	if (tg_json_write_jcs(&out, status, &err) != TG_OK)
		fail_msg("%s: status cannot be written: %s", what, err.msg);
	text = strdup(tg_buf_text(&out));
	assert_non_null(text);
	tg_buf_fini(&out);
	tg_json_free(status);
	return text;
}

static long peak_kb(void)
{
	struct rusage usage;

	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_maxrss;
}

/* Catalogue 1 answers, in full and on the record. */
static void still_in_force(tg_station *station, const char *what)
{
	tg_check_answer sold = fixture_check(station, GTIN_SOLD);

	if (sold.catalogue_version != 1 || !sold.release.released || !sold.recorded || sold.verdict.could_not_check)
		fail_msg("%s: catalogue %llu, %s, %s; \"%s\"", what, (unsigned long long)sold.catalogue_version,
			sold.release.released ? "released" : "withheld", sold.recorded ? "recorded" : "not recorded", sold.fault);
}

static void refusal_is_told(tg_station *station, const char *what, const char *words, size_t refusals_before)
{
	char *status = status_text(station, what), *log = fixture_log(station);

	if (strstr(status, words) == NULL || strstr(status, "\"health\":\"attention\"") == NULL)
		fail_msg("%s: wanted \"%s\" and attention: %s", what, words, status);
	if (strstr(status, "no record since") != NULL)
		fail_msg("%s: the log broke: %s", what, status);
	if (strstr(status, "PASSPHRASE") != NULL || strstr(log, "PASSPHRASE") != NULL)
		fail_msg("%s: somebody else's file is quoted", what);
	if (fixture_count(log, "\"kind\":\"catalogue-refused\"") != refusals_before + 1)
		fail_msg("%s: the log has %zu refusals, wanted %zu", what, fixture_count(log, "\"kind\":\"catalogue-refused\""),
			refusals_before + 1);
	free(status);
	free(log);
}

static size_t refusals(tg_station *station)
{
	char *log = fixture_log(station);
	size_t count = fixture_count(log, "\"kind\":\"catalogue-refused\"");

	free(log);
	return count;
}

/* The last set is bent already. The station runs; it is told, then opened anew, then healed. */
static void judge(station_fixture *f, tg_station **station, const char *what, const char *words)
{
	size_t before = refusals(*station);
	long peak = peak_kb();

	(void)!tg_station_tick(*station, NULL);
	(void)!tg_station_tick(*station, NULL);
	still_in_force(*station, what);
	refusal_is_told(*station, what, words, before);
	if (!SANITIZED && peak_kb() - peak > GROWTH_MAX_KB)
		fail_msg("%s: took %ld kB", what, peak_kb() - peak);
	tg_station_close(*station);
	*station = fixture_open(f, true); /* with the one before it, which is whole */
	still_in_force(*station, what);
}

static void heal(station_fixture *f, tg_station *station, const char *what)
{
	char *status;

	if (access(f->paths.catalogue_current, F_OK) == 0 || unlink(f->paths.catalogue_current) != 0)
		remove_tree(f->paths.catalogue_current);
	fixture_sync(f, 4, 1, tg_utc_now_us());
	if (tg_station_tick(station, NULL) != TG_OK || fixture_check(station, GTIN_SOLD).catalogue_version != 4)
		fail_msg("%s: the next honest set is not taken up", what);
	status = status_text(station, what);
	assert_non_null(strstr(status, "\"faults\":[]"));
	free(status);
}

/* A station of its own for each attack, with catalogue 1 in force and an honest set 2 to be bent. */
static tg_station *begin(station_fixture **f, void **state)
{
	tg_station *station;

	(void)alarm(HANG_S);
	fixture_setup_synced(state);
	*f = *state;
	station = fixture_open(*f, true);
	fixture_sync(*f, 2, 1, tg_utc_now_us());
	return station;
}

static void end(tg_station *station, void **state)
{
	tg_station_close(station);
	fixture_teardown(state);
	(void)alarm(0);
}

static void a_forged_set_is_refused_by_name(void **state)
{
	for (size_t i = 0; i < TG_COUNT(forgeries); i++) {
		station_fixture *f;
		tg_station *station = begin(&f, state);

		forgeries[i].bend(f);
		judge(f, &station, forgeries[i].what, forgeries[i].words);
		heal(f, station, forgeries[i].what);
		end(station, state);
	}
}

static void what_is_no_file_is_not_read(void **state)
{
	for (size_t i = 0; i < TG_COUNT(things); i++) {
		for (size_t k = 0; k < TG_COUNT(set_files); k++) {
			char path[PATH_SIZE], what[200];
			station_fixture *f;
			tg_station *station = begin(&f, state);

			(void)snprintf(what, sizeof(what), "%s for %s", things[i].what, set_files[k]);
			make_way(path, f, set_files[k]);
			things[i].put(f, path);
			judge(f, &station, what, set_files[k]);
			heal(f, station, what);
			end(station, state);
		}
	}
}

/* ---- while it is being read ---- */

typedef struct swapper {
	pthread_t thread;
	atomic_bool stop;
	char a[PATH_SIZE], b[PATH_SIZE], aside[PATH_SIZE];
} swapper;

static void *swap_without_end(void *ctx)
{
	swapper *s = ctx;

	while (!atomic_load(&s->stop)) {
		(void)!rename(s->a, s->aside);
		(void)!rename(s->b, s->a);
		(void)!rename(s->aside, s->b);
	}
	return NULL;
}

/* A good set and a stranger's take turns under one name while the station loads that name. */
static void a_set_swapped_under_the_readers_hands_is_whole_or_refused(void **state)
{
	static swapper s;
	station_fixture *f;
	tg_station *station = begin(&f, state);
	repo thief;

	init_thief(&thief, f);
	memcpy(s.a, f->set_dir, sizeof(f->set_dir));
	path_of(s.b, f->root, "stranger");
	path_of(s.aside, f->root, "aside");
	write_set(&thief, s.b);
	repo_fini(&thief);
	atomic_store(&s.stop, false);
	assert_int_equal(pthread_create(&s.thread, NULL, swap_without_end, &s), 0);
	for (int i = 0; i < 200; i++) {
		tg_check_answer sold;

		(void)!tg_station_tick(station, NULL);
		sold = fixture_check(station, GTIN_SOLD); /* withdrawn from version 2 on */
		assert_false(sold.verdict.could_not_check);
		assert_true(sold.recorded);
		assert_int_equal(sold.release.released, sold.catalogue_version == 1);
		if (i % 10 == 0)
			fixture_point_at(f, i % 20 == 0 ? "1-test" : "2-test");
	}
	atomic_store(&s.stop, true);
	pthread_join(s.thread, NULL);
	end(station, state);
}

/* The set in force is damaged and the station looks for another one: whatever else lies in sets/ is passed over. */
static void among_other_things_in_sets_the_good_one_is_found_at_start(void **state)
{
	static const char *const names[] = { "\xff\xfe", "\x1b[2J", "a b", "..c", ".new", "good\nsale" };
	station_fixture *f;
	tg_station *station = begin(&f, state);
	char path[PATH_SIZE], *status;

	tg_station_close(station);
	fixture_sync(f, 3, 1, tg_utc_now_us()); /* is newer than set 1 and would be taken, had it a name */
	for (size_t i = 0; i < TG_COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/sets/%s", f->paths.catalogue_dir, names[i]);
		write_set(&f->repo, path);
	}
	remove_tree(f->set_dir);
	(void)snprintf(path, sizeof(path), "%s/sets/2-test", f->paths.catalogue_dir);
	remove_tree(path);
	for (int i = 0; i < 40; i++) {
		(void)snprintf(path, sizeof(path), "%s/sets/%d-junk", f->paths.catalogue_dir, i);
		things[(size_t)i % TG_COUNT(things)].put(f, path);
	}
	station = fixture_open(f, true);
	still_in_force(station, "junk in sets/");
	status = status_text(station, "junk in sets/");
	assert_non_null(strstr(status, "set 3-test refused"));
	free(status);
	heal(f, station, "junk in sets/");
	end(station, state);
}

/* state.json is sync's too, and only ever shown. */
static void what_sync_says_of_itself_cannot_write_on_the_terminal(void **state)
{
	station_fixture *f;
	tg_station *station = begin(&f, state);
	char *status;

	write_file(f->paths.catalogue_dir, "state.json",
		tg_view_str("{\"v\":1,\"attempt_us\":1,\"success_us\":1,\"failures\":1,\"catalogue_version\":1,"
			    "\"code\":\"\\u001b[2J\",\"words\":\"\\u001b]0;owned\\u0007 \\u202egood\"}"));
	status = status_text(station, "state.json");
	assert_null(strstr(status, "\\u001b"));
	assert_null(strstr(status, "\\u0007"));
	assert_null(strstr(status, "\xe2\x80\xae"));
	assert_non_null(strstr(status, "owned"));
	free(status);
	end(station, state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forged_set_is_refused_by_name),
		cmocka_unit_test(what_is_no_file_is_not_read),
		cmocka_unit_test(a_set_swapped_under_the_readers_hands_is_whole_or_refused),
		cmocka_unit_test(among_other_things_in_sets_the_good_one_is_found_at_start),
		cmocka_unit_test(what_sync_says_of_itself_cannot_write_on_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
