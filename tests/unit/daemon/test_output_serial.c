/* SPDX-License-Identifier: Apache-2.0
 *
 * test_output_serial.c - what a till gets, what it never gets, and whether we know. The test is the till.
 */
#include "plugin/daemon/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <cmocka.h>

#define PLENTY_MS 10000 /* a till that reads takes it long before; only a failing test waits this long */
#define SHORT_MS 30     /* for tills that never read */

struct room {
	char dir[64], path[96];
	tg_output *output;
};

static void open_output(struct room *r, const tg_output_config *config)
{
	tg_error err = { 0 };

	if (tg_output_open(&r->output, config, &err) != TG_OK)
		fail_msg("%s", err.msg);
}

static tg_output_config plain_config(const struct room *r)
{
	return (tg_output_config){ .name = "till", .path = r->path, .group = (gid_t)-1 };
}

static int set_up(void **state)
{
	struct room *r = calloc(1, sizeof(*r));

	strcpy(r->dir, "/tmp/tillgate-output-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->path, sizeof(r->path), "%s/scanner", r->dir);
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct room *r = *state;

	tg_output_close(r->output);
	unlink(r->path);
	rmdir(r->dir);
	free(r);
	return 0;
}

static int open_till(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY);

	assert_true(fd >= 0);
	return fd;
}

static size_t unread_at(int till)
{
	struct pollfd p = { .fd = till, .events = POLLIN };
	int n = 0;

	poll(&p, 1, 0);
	assert_int_equal(ioctl(till, FIONREAD, &n), 0);
	return (size_t)n;
}

/* A till that reads until it has `want` bytes. */
struct reader {
	int fd;
	size_t want, got;
	char bytes[16384];
	pthread_t thread;
};

static void *read_all(void *user)
{
	struct reader *r = user;

	while (r->got < r->want) {
		ssize_t n = read(r->fd, r->bytes + r->got, r->want - r->got);

		if (n <= 0)
			break;
		r->got += (size_t)n;
	}
	return NULL;
}

static void start_reading(struct reader *r, int fd, size_t want)
{
	r->fd = fd;
	r->want = want;
	r->got = 0;
	assert_int_equal(pthread_create(&r->thread, NULL, read_all, r), 0);
}

static void assert_read(struct reader *r, const char *bytes, size_t len)
{
	assert_int_equal(pthread_join(r->thread, NULL), 0);
	assert_int_equal(r->got, len);
	assert_memory_equal(r->bytes, bytes, len);
}

static void nobody_has_the_port_open_and_nothing_waits_for_the_next_till(void **state)
{
	struct room *r = *state;
	tg_output_config config = plain_config(r);
	tg_error err = { 0 };
	int till;

	open_output(r, &config);
	assert_false(tg_output_ready(r->output));
	assert_int_equal(
		tg_output_send(r->output, "", tg_view_str("9524000059109"), PLENTY_MS, &err), TG_ESTATE);
	assert_non_null(strstr(err.msg, "no till has"));
	till = open_till(r->path);
	assert_true(tg_output_ready(r->output));
	assert_int_equal(unread_at(till), 0);
	close(till);
	assert_false(tg_output_ready(r->output));
}

static void a_till_that_reads_has_taken_it(void **state)
{
	static struct reader reader;
	struct room *r = *state;
	tg_output_config config = plain_config(r);
	int till;

	open_output(r, &config);
	till = open_till(r->path);
	for (int i = 0; i < 200; i++) {
		start_reading(&reader, till, 14);
		assert_int_equal(
			tg_output_send(r->output, "]E0", tg_view_str("9524000059109"), PLENTY_MS, NULL),
			TG_OK);
		assert_read(&reader, "9524000059109\r", 14);
	}
	close(till);
}

static void a_till_that_does_not_read_never_gets_it_late(void **state)
{
	static struct reader reader;
	struct room *r = *state;
	tg_output_config config = plain_config(r);
	tg_error err = { 0 };
	int till;

	open_output(r, &config);
	till = open_till(r->path);
	assert_int_equal(
		tg_output_send(r->output, "", tg_view_str("9524000059109"), SHORT_MS, &err), TG_EBUSY);
	assert_int_equal(unread_at(till), 0);
	start_reading(&reader, till, 14);
	assert_int_equal(tg_output_send(r->output, "", tg_view_str("9524000059116"), PLENTY_MS, NULL), TG_OK);
	assert_read(&reader, "9524000059116\r", 14);
	close(till);
}

static void a_till_that_has_begun_gets_the_rest(void **state)
{
	static struct reader reader;
	struct room *r = *state;
	tg_output_config config = plain_config(r);
	int till;

	open_output(r, &config);
	till = open_till(r->path);
	start_reading(&reader, till, 5);
	assert_int_equal(tg_output_send(r->output, "", tg_view_str("9524000059109"), 300, NULL), TG_OK);
	assert_read(&reader, "95240", 5);
	assert_int_equal(unread_at(till), 9);
	close(till);
	/* … but a till that died over it leaves nothing to the next one */
	assert_false(tg_output_ready(r->output));
	till = open_till(r->path);
	assert_int_equal(unread_at(till), 0);
	close(till);
}

static void an_exclusive_till_is_served_and_may_start_again(void **state)
{
	static struct reader reader;
	struct room *r = *state;
	tg_output_config config = plain_config(r);
	int exclusive = 0, till;

	open_output(r, &config);
	till = open_till(r->path);
	assert_int_equal(ioctl(till, TIOCEXCL), 0);
	start_reading(&reader, till, 14);
	assert_int_equal(tg_output_send(r->output, "", tg_view_str("9524000059109"), PLENTY_MS, NULL), TG_OK);
	assert_read(&reader, "9524000059109\r", 14);
	assert_int_equal(ioctl(till, TIOCGEXCL, &exclusive), 0);
	assert_int_equal(exclusive, 1);
	assert_int_equal(
		tg_output_send(r->output, "", tg_view_str("9524000059109"), SHORT_MS, NULL), TG_EBUSY);
	close(till);
	assert_int_equal(
		tg_output_send(r->output, "", tg_view_str("9524000059109"), SHORT_MS, NULL), TG_ESTATE);
	till = open_till(r->path);
	assert_int_equal(ioctl(till, TIOCGEXCL, &exclusive), 0);
	assert_int_equal(exclusive, 0);
	close(till);
}

static void the_longest_label_arrives_whole(void **state)
{
	static struct reader reader;
	static char label[8192 + 2];
	struct room *r = *state;
	tg_output_config config = plain_config(r);
	int till;

	config.suffix = TG_OUTPUT_SUFFIX_CRLF;
	open_output(r, &config);
	till = open_till(r->path);
	memset(label, '7', 8192);
	memcpy(label + 8192, "\r\n", 2);
	start_reading(&reader, till, 8194);
	assert_int_equal(tg_output_send(r->output, "", tg_view_of(label, 8192), PLENTY_MS, NULL), TG_OK);
	assert_read(&reader, label, 8194);
	assert_int_equal(tg_output_send(r->output, "", tg_view_of(label, 8192), SHORT_MS, NULL), TG_EBUSY);
	assert_int_equal(unread_at(till), 0);
	close(till);
}

static const struct {
	const char *what, *aim, *label;
	size_t len;
	bool send_aim;
	tg_output_suffix suffix;
	const char *sent;
} sent[] = {
	{ "suffix CR", "]E0", "9524000059109", 13, false, TG_OUTPUT_SUFFIX_CR, "9524000059109\r" },
	{ "suffix LF", "]E0", "9524000059109", 13, false, TG_OUTPUT_SUFFIX_LF, "9524000059109\n" },
	{ "suffix CR LF", "]E0", "9524000059109", 13, false, TG_OUTPUT_SUFFIX_CRLF, "9524000059109\r\n" },
	{ "identifier put back", "]d2",
		"01\x1d"
		"21A",
		6, true, TG_OUTPUT_SUFFIX_CR,
		"]d201\x1d"
		"21A\r" },
	{ "no identifier to put back", "", "1", 1, true, TG_OUTPUT_SUFFIX_CR, "1\r" },
	{ "bytes above ASCII as they are", "", "\xc3\x9f", 2, false, TG_OUTPUT_SUFFIX_CR, "\xc3\x9f\r" },
};

static void what_is_sent_is_the_label_and_its_suffix(void **state)
{
	static struct reader reader;
	struct room *r = *state;

	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		tg_output_config config = plain_config(r);
		int till;

		config.suffix = sent[i].suffix;
		config.send_aim = sent[i].send_aim;
		open_output(r, &config);
		till = open_till(r->path);
		start_reading(&reader, till, strlen(sent[i].sent));
		assert_int_equal(tg_output_send(r->output, sent[i].aim,
					 tg_view_of(sent[i].label, sent[i].len), PLENTY_MS, NULL),
			TG_OK);
		assert_read(&reader, sent[i].sent, strlen(sent[i].sent));
		close(till);
		tg_output_close(r->output);
		r->output = NULL;
	}
}

static void a_label_never_presses_a_key(void **state)
{
	struct room *r = *state;
	tg_output_config config = plain_config(r);
	int till;

	open_output(r, &config);
	till = open_till(r->path);
	for (int c = 0; c < 256; c++) {
		char label[3] = { '1', (char)c, '2' };
		bool control = (c < 0x20 && c != 0x1D) || c == 0x7F;

		if (!control)
			continue;
		assert_int_equal(
			tg_output_send(r->output, "", tg_view_of(label, 3), SHORT_MS, NULL), TG_EINVAL);
	}
	assert_int_equal(tg_output_send(r->output, "", tg_view_of("", 0), SHORT_MS, NULL), TG_EINVAL);
	assert_int_equal(unread_at(till), 0);
	close(till);
}

static void a_till_that_writes_is_not_held_up(void **state)
{
	struct room *r = *state;
	tg_output_config config = plain_config(r);
	char beep[1024] = { 0 };
	int till;

	open_output(r, &config);
	till = open(r->path, O_RDWR | O_NOCTTY | O_NONBLOCK);
	assert_true(till >= 0);
	memset(beep, 7, sizeof(beep));
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(write(till, beep, sizeof(beep)), sizeof(beep));
		assert_true(tg_output_ready(r->output));
	}
	close(till);
}

static void the_link_replaces_an_old_link_and_goes_away_at_close(void **state)
{
	struct room *r = *state;
	tg_output_config config = plain_config(r);
	char target[64] = "";
	struct stat st;

	assert_int_equal(symlink("/dev/pts/4711", r->path), 0);
	open_output(r, &config);
	assert_true(readlink(r->path, target, sizeof(target) - 1) > 0);
	assert_string_equal(target, tg_output_device(r->output));
	assert_int_equal(stat(r->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	tg_output_close(r->output);
	r->output = NULL;
	assert_int_equal(lstat(r->path, &st), -1);
	assert_int_equal(errno, ENOENT);
}

static void a_link_that_another_made_since_is_left_alone(void **state)
{
	struct room *r = *state;
	tg_output_config config = plain_config(r);
	struct stat st;

	open_output(r, &config);
	assert_int_equal(unlink(r->path), 0);
	assert_int_equal(symlink("/dev/pts/4711", r->path), 0);
	tg_output_close(r->output);
	r->output = NULL;
	assert_int_equal(lstat(r->path, &st), 0);
}

static void a_file_in_the_way_is_not_overwritten(void **state)
{
	struct room *r = *state;
	tg_output_config config = plain_config(r);
	tg_error err = { 0 };
	FILE *f = fopen(r->path, "w");

	assert_non_null(f);
	fclose(f);
	assert_int_equal(tg_output_open(&r->output, &config, &err), TG_EBUSY);
	assert_non_null(strstr(err.msg, r->path));
}

/* The second serial port; its cable is a pseudo-terminal whose master the test reads. */
static void a_second_port_sends_and_says_when_it_is_away(void **state)
{
	struct room *r = *state;
	tg_output_config config = plain_config(r);
	int cable = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char bytes[32];

	assert_true(cable >= 0 && grantpt(cable) == 0 && unlockpt(cable) == 0);
	config.kind = TG_OUTPUT_PORT;
	open_output(r, &config);
	assert_false(tg_output_ready(r->output));
	assert_int_equal(tg_output_send(r->output, "", tg_view_str("1"), SHORT_MS, NULL), TG_ESTATE);
	assert_int_equal(symlink(ptsname(cable), r->path), 0);
	assert_true(tg_output_ready(r->output));
	assert_string_equal(tg_output_device(r->output), ptsname(cable));
	assert_int_equal(tg_output_send(r->output, "", tg_view_str("9524000059109"), PLENTY_MS, NULL), TG_OK);
	assert_int_equal(read(cable, bytes, sizeof(bytes)), 14);
	assert_memory_equal(bytes, "9524000059109\r", 14);
	close(cable);
	assert_int_equal(tg_output_send(r->output, "", tg_view_str("1"), SHORT_MS, NULL), TG_ESTATE);
	assert_string_equal(tg_output_device(r->output), "");
}

#define WITH_ROOM(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ROOM(nobody_has_the_port_open_and_nothing_waits_for_the_next_till),
		WITH_ROOM(a_till_that_reads_has_taken_it),
		WITH_ROOM(a_till_that_does_not_read_never_gets_it_late),
		WITH_ROOM(a_till_that_has_begun_gets_the_rest),
		WITH_ROOM(an_exclusive_till_is_served_and_may_start_again),
		WITH_ROOM(the_longest_label_arrives_whole),
		WITH_ROOM(what_is_sent_is_the_label_and_its_suffix),
		WITH_ROOM(a_label_never_presses_a_key),
		WITH_ROOM(a_till_that_writes_is_not_held_up),
		WITH_ROOM(the_link_replaces_an_old_link_and_goes_away_at_close),
		WITH_ROOM(a_link_that_another_made_since_is_left_alone),
		WITH_ROOM(a_file_in_the_way_is_not_overwritten),
		WITH_ROOM(a_second_port_sends_and_says_when_it_is_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
