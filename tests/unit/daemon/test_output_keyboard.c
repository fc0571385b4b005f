/* SPDX-License-Identifier: Apache-2.0
 *
 * test_output_keyboard.c - an output that asks another process to type: what it says, and what it makes of each answer.
 */
#include "plugin/daemon/output.h"
#include "plugin/keyboard/wire.h"
#include "store/base/utc.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

/* Stands for tillgate-keyboard: takes one message, gives one answer. */
struct typist {
	char dir[64], path[96];
	int listener;
	pthread_t thread;
	/* what it does */
	enum { ANSWER, GO_AWAY, SAY_NOTHING, ANSWER_SHORT } habit;
	uint32_t code;
	/* what it heard */
	struct tg_keyboard_ask ask;
	char label[TG_KEYBOARD_LABEL_MAX + 1];
};

static int set_up(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct typist *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	strcpy(t->dir, "/tmp/tillgate-test-XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	snprintf(t->path, sizeof(t->path), "%s/socket", t->dir);
	strcpy(address.sun_path, t->path);
	t->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(t->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct typist *t = *state;

	close(t->listener);
	unlink(t->path);
	rmdir(t->dir);
	free(t);
	return 0;
}

static void *serve(void *user)
{
	uint8_t message[sizeof(struct tg_keyboard_ask) + TG_KEYBOARD_LABEL_MAX];
	char reply[sizeof(uint32_t) + 8] = "";
	struct typist *t = user;
	int client = accept(t->listener, NULL, NULL);
	ssize_t n = recv(client, message, sizeof(message), 0);

	if (n >= (ssize_t)sizeof(t->ask)) {
		memcpy(&t->ask, message, sizeof(t->ask));
		memcpy(t->label, message + sizeof(t->ask), (size_t)n - sizeof(t->ask));
	}
	memcpy(reply, &t->code, sizeof(t->code));
	memcpy(reply + sizeof(t->code), "because", 7);
	if (t->habit == ANSWER)
		send(client, reply, sizeof(t->code) + 7, MSG_NOSIGNAL);
	if (t->habit == ANSWER_SHORT)
		send(client, reply, 2, MSG_NOSIGNAL);
	if (t->habit == SAY_NOTHING)
		recv(client, message, sizeof(message), 0); /* until the other end gives up */
	close(client);
	return NULL;
}

static void begin(struct typist *t)
{
	assert_int_equal(listen(t->listener, 4), 0);
	assert_int_equal(pthread_create(&t->thread, NULL, serve, t), 0);
}

static tg_output *open_output(const struct typist *t, bool aim)
{
	const tg_output_config config = { .name = "till-1", .kind = TG_OUTPUT_KEYBOARD, .path = t->path, .send_aim = aim };
	tg_output *out = NULL;

	assert_int_equal(tg_output_open(&out, &config, NULL), TG_OK);
	return out;
}

static int send_one(tg_output *out, tg_error *err)
{
	return tg_output_send(out, "]E0", tg_view_str("9524000059109"), 100, err);
}

static void a_label_is_asked_for_with_the_time_there_is(void **state)
{
	struct typist *t = *state;
	int64_t before_us;
	tg_output *out;

	begin(t);
	out = open_output(t, false);
	before_us = tg_mono_now_us();
	assert_int_equal(send_one(out, NULL), TG_OK);
	pthread_join(t->thread, NULL);
	assert_string_equal(t->label, "9524000059109");
	assert_int_equal(t->ask.version, TG_KEYBOARD_VERSION);
	assert_true(t->ask.until_us >= before_us + 100000 && t->ask.until_us <= tg_mono_now_us() + 100000);
	tg_output_close(out);
}

static void the_identifier_goes_in_front_if_asked_for(void **state)
{
	struct typist *t = *state;
	tg_output *out;

	begin(t);
	out = open_output(t, true);
	assert_int_equal(send_one(out, NULL), TG_OK);
	pthread_join(t->thread, NULL);
	assert_string_equal(t->label, "]E09524000059109");
	tg_output_close(out);
}

static void each_answer_has_its_error(void **state)
{
	static const struct {
		int habit;
		uint32_t code;
		int rc;
		const char *words;
	} cases[] = {
		{ ANSWER, TG_KEYBOARD_REFUSED, TG_EINVAL, "because" },
		{ ANSWER, TG_KEYBOARD_TOO_SLOW, TG_EBUSY, "because" },
		{ ANSWER, TG_KEYBOARD_FAILED, TG_EIO, "because" },
		{ ANSWER, 77, TG_EIO, "because" },
		{ GO_AWAY, 0, TG_EIO, "went away" },
		{ ANSWER_SHORT, 0, TG_EIO, "went away" },
		{ SAY_NOTHING, 0, TG_EIO, "did not answer in time" },
	};

	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		struct typist *t = *state;
		tg_error err = { 0 };
		tg_output *out;

		t->habit = cases[i].habit;
		t->code = cases[i].code;
		begin(t);
		out = open_output(t, false);
		assert_int_equal(send_one(out, &err), cases[i].rc);
		if (strstr(err.msg, cases[i].words) == NULL)
			fail_msg("case %zu says \"%s\"", i, err.msg);
		tg_output_close(out);
		pthread_join(t->thread, NULL);
	}
}

static void without_the_other_process_nothing_is_delivered_until_it_comes(void **state)
{
	struct typist *t = *state;
	tg_error err = { 0 };
	tg_output *out = open_output(t, false);

	assert_false(tg_output_ready(out));
	assert_string_equal(tg_output_device(out), "");
	assert_int_equal(send_one(out, &err), TG_ESTATE);
	assert_non_null(strstr(err.msg, "tillgate-keyboard"));
	begin(t);
	assert_true(tg_output_ready(out));
	assert_string_equal(tg_output_device(out), t->path);
	assert_int_equal(send_one(out, &err), TG_OK);
	pthread_join(t->thread, NULL);
	/* and gone again */
	assert_int_equal(listen(t->listener, 4), 0);
	close(t->listener);
	t->listener = -1;
	assert_false(tg_output_ready(out));
	tg_output_close(out);
}

static void control_characters_never_get_as_far(void **state)
{
	struct typist *t = *state;
	tg_output *out = open_output(t, false);

	assert_int_equal(tg_output_send(out, "", tg_view_str("952\n"), 100, NULL), TG_EINVAL);
	assert_int_equal(tg_output_send(out, "", tg_view_str(""), 100, NULL), TG_EINVAL);
	tg_output_close(out);
}

static void a_path_too_long_for_a_socket_is_refused_at_open(void **state)
{
	char path[200];
	tg_output_config config = { .name = "till-1", .kind = TG_OUTPUT_KEYBOARD, .path = path };
	tg_output *out = NULL;

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(tg_output_open(&out, &config, NULL), TG_EINVAL);
	assert_null(out);
}

int main(void)
{
#define WITH_TYPIST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WITH_TYPIST(a_label_is_asked_for_with_the_time_there_is),
		WITH_TYPIST(the_identifier_goes_in_front_if_asked_for),
		WITH_TYPIST(each_answer_has_its_error),
		WITH_TYPIST(without_the_other_process_nothing_is_delivered_until_it_comes),
		WITH_TYPIST(control_characters_never_get_as_far),
		WITH_TYPIST(a_path_too_long_for_a_socket_is_refused_at_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
