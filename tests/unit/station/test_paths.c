/* SPDX-License-Identifier: Apache-2.0
 *
 * test_paths.c - where things lie, and who the station is.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/station/fixture.h"

#include <stdlib.h>
#include <unistd.h>

static void a_root_holds_everything(void **state)
{
	tg_paths p;

	(void)state;
	assert_int_equal(tg_paths_init(&p, "/srv/gate", NULL), TG_OK);
	assert_string_equal(p.config, "/srv/gate/tillgate.conf");
	assert_string_equal(p.trust_root, "/srv/gate/trust/root.json");
	assert_string_equal(p.enrolment, "/srv/gate/trust/enrolment.json");
	assert_string_equal(p.catalogue_current, "/srv/gate/catalogue/current");
	assert_string_equal(p.evidence_lock, "/srv/gate/evidence/lock");
	assert_string_equal(p.transport_key, "/srv/gate/transport.key");
	assert_string_equal(p.socket, "/srv/gate/run/tillgated.sock");
}

static void a_packaged_station_keeps_trust_where_sync_cannot_write(void **state)
{
	tg_paths p;

	(void)state;
	unsetenv("TILLGATE_ROOT");
	assert_int_equal(tg_paths_init(&p, NULL, NULL), TG_OK);
	assert_string_equal(p.config, "/etc/tillgate/tillgate.conf");
	assert_string_equal(p.trust_root, "/etc/tillgate/trust/root.json");
	assert_string_equal(p.catalogue_dir, "/var/lib/tillgate/catalogue");
	assert_string_equal(p.socket, "/run/tillgate/tillgated.sock");
}

static void the_environment_names_a_root_and_an_option_wins(void **state)
{
	tg_paths p;

	(void)state;
	setenv("TILLGATE_ROOT", "/from/environment", 1);
	assert_int_equal(tg_paths_init(&p, NULL, NULL), TG_OK);
	assert_string_equal(p.config, "/from/environment/tillgate.conf");
	assert_int_equal(tg_paths_init(&p, "/from/option", NULL), TG_OK);
	assert_string_equal(p.config, "/from/option/tillgate.conf");
	setenv("TILLGATE_ROOT", "", 1);
	assert_int_equal(tg_paths_init(&p, NULL, NULL), TG_EINVAL);
	unsetenv("TILLGATE_ROOT");
}

static void a_root_that_is_too_long_is_refused(void **state)
{
	static char root[PATH_MAX + 8];
	tg_paths p;

	(void)state;
	for (size_t len = PATH_MAX - 40; len < PATH_MAX + 2; len++) {
		memset(root, 'a', len);
		root[0] = '/';
		root[len] = '\0';
		if (tg_paths_init(&p, root, NULL) == TG_OK)
			assert_true(strlen(p.evidence_lock) == len + strlen("/evidence/lock"));
	}
	assert_int_equal(tg_paths_init(&p, root, NULL), TG_EINVAL);
}

static const struct {
	const char *station, *short_id;
} short_ids[] = {
	{ "till-12", "T11112" }, /* I and L read as 1 */
	{ "a", "A" },
	{ "leeds-till-3", "EDST1113" },
	{ "o0-u", "00V" },
	{ "123456789", "23456789" },
	{ "shop-0000000012345678901234567", "01234567" },
};

static void a_short_id_has_at_most_eight_characters_that_nobody_misreads(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(short_ids); i++) {
		char out[9];

		tg_station_short_id(out, short_ids[i].station);
		assert_string_equal(out, short_ids[i].short_id);
		assert_null(strpbrk(out, "ILOU-"));
	}
}

static void the_station_is_who_its_enrolment_says(void **state)
{
	station_fixture *f = *state;
	tg_station_id id;

	assert_int_equal(tg_station_id_read(&id, &f->paths, NULL), TG_OK);
	assert_string_equal(id.station, FIXTURE_STATION);
	assert_string_equal(id.origin, FIXTURE_ORIGIN);
	assert_string_equal(id.metadata_url, "http://127.0.0.1:1/metadata/");
}

static void a_station_that_is_not_enrolled_is_told_what_to_do(void **state)
{
	station_fixture *f = *state;
	tg_error err = { 0 };
	tg_station_id id;

	assert_int_equal(unlink(f->paths.enrolment), 0);
	assert_int_equal(tg_station_id_read(&id, &f->paths, &err), TG_ESTATE);
	assert_non_null(strstr(err.msg, "tillgate init"));
	write_file(f->paths.trust_dir, "enrolment.json", tg_view_str("{\"v\":1}"));
	assert_int_equal(tg_station_id_read(&id, &f->paths, &err), TG_EFORMAT);
	assert_non_null(strstr(err.msg, "enrolment.json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_root_holds_everything),
		cmocka_unit_test(a_packaged_station_keeps_trust_where_sync_cannot_write),
		cmocka_unit_test(the_environment_names_a_root_and_an_option_wins),
		cmocka_unit_test(a_root_that_is_too_long_is_refused),
		cmocka_unit_test(a_short_id_has_at_most_eight_characters_that_nobody_misreads),
		cmocka_unit_test_setup_teardown(
			the_station_is_who_its_enrolment_says, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			a_station_that_is_not_enrolled_is_told_what_to_do, fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
