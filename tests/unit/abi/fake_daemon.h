/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_daemon.h - a daemon that says exactly what a test tells it to, on a Unix socket of its own.
 *
 * It plays a list of replies, one for each request that arrives, over as many connections as the client makes. Nothing in it
 * depends on how long anything takes.
 */
#ifndef TILLGATE_TESTS_FAKE_DAEMON_H
#define TILLGATE_TESTS_FAKE_DAEMON_H

#include <stddef.h>

enum after {
	AFTER_KEEP,  /* leave the connection open for the next request */
	AFTER_CLOSE, /* close it */
	AFTER_HANG,  /* say no more, and leave it open until the daemon is stopped */
};

struct reply {
	const char *bytes; /* NULL: nothing */
	size_t len, chunk; /* `len` 0: strlen(bytes); `chunk` 0: all in one write, else so many bytes a write */
	enum after after;
};

typedef struct fake_daemon fake_daemon;

/** Listen and answer in a thread. `replies` is borrowed. Requests after the last reply end the test. */
fake_daemon *fake_daemon_start(const struct reply *replies, size_t count);
/** The same at a path that an earlier one had. */
fake_daemon *fake_daemon_restart(const char *path, const struct reply *replies, size_t count);
/** Stop, remove the socket, and free. Returns how many connections there were. */
int fake_daemon_stop(fake_daemon *daemon);

const char *fake_daemon_path(const fake_daemon *daemon);
/** The n-th request as it arrived, ended by a zero byte. Valid until the stop; call after the client's answer. */
const char *fake_daemon_request(const fake_daemon *daemon, size_t n);
size_t fake_daemon_requests(const fake_daemon *daemon);

#endif
