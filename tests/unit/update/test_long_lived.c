/* SPDX-License-Identifier: Apache-2.0
 *
 * test_long_lived.c - one process that refreshes again and again over one tg_fetch, while its server and its clock change.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/update/hostile.h"

#include <stdio.h>

typedef struct step {
	const char *what;
	bool publishes;     /* head office has something new */
	const char *surplus; /* what the line sends after the timestamp; NULL: it is honest */
	int64_t clock_days; /* how far off the station's clock is */
	int rc;
} step;

static const step steps[] = {
	{ "new", true, NULL, 0, TG_OK },
	{ "nothing new", false, NULL, 0, TG_OK },
	{ "more than was said", true, "and more", 0, TG_OK },
	{ "nothing new, on a new connection", false, NULL, 0, TG_OK },
	{ "another answer than was asked for, behind the one that was", true,
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 0, TG_OK },
	{ "new after that", true, NULL, 0, TG_OK },
	{ "the clock goes to 1970", true, NULL, -20000, TG_ECLOCK },
	{ "the clock is right again", false, NULL, 0, TG_OK },
	{ "the clock is forty days ahead", false, NULL, 40, TG_EEXPIRED },
	{ "still ahead, and something is new", true, NULL, 40, TG_EEXPIRED },
	{ "the clock is right again, and it is taken", false, NULL, 0, TG_OK },
	{ "the clock is a day ahead", true, NULL, 1, TG_OK },
	{ "and right again", true, NULL, 0, TG_OK },
};

static void bend_line(world *w, const char *surplus)
{
	tg_view body = place_body(w, AT_TIMESTAMP);
	tg_buf bytes;

	wire_honest(w->line);
	if (surplus == NULL)
		return;
	tg_buf_init(&bytes, 1 << 20);
	tg_buf_printf(&bytes, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body.len);
	tg_buf_append(&bytes, body.data, body.len);
	tg_buf_puts(&bytes, surplus);
	wire_answer(w->line, "/m/timestamp.json", tg_buf_view(&bytes), WIRE_CLOSE, tg_view_str(""));
	tg_buf_fini(&bytes);
}

static void take_step(world *w, const step *s)
{
	int64_t in_force;
	tg_error err = { 0 };
	int rc;

	if (s->publishes) {
		server_clear(w->web);
		publish(w, AT_TIMESTAMP, NULL, NULL);
	}
	bend_line(w, s->surplus);
	/* Without the line in between connections are kept. */
	(void)snprintf(w->metadata_url, sizeof(w->metadata_url), "%s/m/",
		s->surplus != NULL ? wire_url(w->line) : server_url(w->web));
	w->config.now_us = w->repo.issued_us + TG_US_PER_SECOND + s->clock_days * TG_US_PER_DAY;
	look_before(w);
	rc = tg_update_run(NULL, &w->config, NULL, NULL, &err);
	if (rc != s->rc)
		fail_msg("%s: wanted %s, found %s (%s)", s->what, tg_strerror(s->rc), tg_strerror(rc), err.msg);
	in_force = judge_in_force(w, s->what);
	if (rc == TG_OK && in_force != w->repo.catalogue_version)
		fail_msg("%s: catalogue %lld is in force", s->what, (long long)in_force);
}

static void a_long_life_sees_bad_servers_and_bad_clocks(void **state)
{
	world *w = test_calloc(1, sizeof(*w));
	tg_error err = { 0 };

	(void)state;
	world_init(w);
	(void)snprintf(w->targets_url, sizeof(w->targets_url), "%s/t/", server_url(w->web));
	assert_int_equal(tg_fetch_open(&w->config.fetch, NULL, &err), TG_OK);
	for (size_t round = 0; round < 2; round++)
		for (size_t i = 0; i < TG_COUNT(steps); i++)
			take_step(w, &steps[i]);
	tg_fetch_close(w->config.fetch);
	world_fini(w);
	test_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_life_sees_bad_servers_and_bad_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
