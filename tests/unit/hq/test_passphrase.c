/* SPDX-License-Identifier: Apache-2.0
 *
 * test_passphrase.c - a passphrase is typed without an echo, and the echo comes back however the typing ends.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/hq/keys.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define TRIES 3000 /* of 10 ms */

static bool echoes(int terminal)
{
	struct termios now;

	assert_int_equal(tcgetattr(terminal, &now), 0);
	return (now.c_lflag & ECHO) != 0;
}

/* Somebody types `typed` at a terminal of its own; how the asking program ended. */
static int type(const char *typed, bool *echo_after)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY), status = 0, slave;
	const char *name;
	pid_t child;

	assert_true(terminal >= 0);
	assert_int_equal(grantpt(terminal), 0);
	assert_int_equal(unlockpt(terminal), 0);
	name = ptsname(terminal);
	assert_non_null(name);
	slave = open(name, O_RDWR | O_NOCTTY); /* kept open, so that its settings outlive the child */
	assert_true(slave >= 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		tg_buf out;
		int rc;

		(void)unsetenv("TILLGATE_HQ_PASSPHRASE_FILE");
		(void)setsid();
		(void)ioctl(slave, TIOCSCTTY, 0);
		rc = tg_passphrase_get(&out, NULL, false, NULL);
		_exit(rc == TG_OK && tg_view_equal(tg_buf_view(&out), tg_view_str("geheim")) ? 0 : 1);
	}
	for (int i = 0; i < TRIES && echoes(terminal); i++)
		(void)usleep(10000);
	assert_false(echoes(terminal));
	assert_int_equal(write(terminal, typed, strlen(typed)), (ssize_t)strlen(typed));
	assert_int_equal(waitpid(child, &status, 0), child);
	*echo_after = echoes(terminal);
	(void)close(slave);
	(void)close(terminal);
	return status;
}

static void what_is_typed_is_taken_and_the_echo_comes_back(void **state)
{
	bool echo = false;
	int status = type("geheim\n", &echo);

	(void)state;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(echo);
}

static void an_interrupt_ends_the_program_and_not_the_echo(void **state)
{
	bool echo = false;
	int status = type("gehe\003", &echo);

	(void)state;
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	assert_true(echo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_typed_is_taken_and_the_echo_comes_back),
		cmocka_unit_test(an_interrupt_ends_the_program_and_not_the_echo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
