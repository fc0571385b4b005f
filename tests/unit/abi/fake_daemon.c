/* SPDX-License-Identifier: Apache-2.0
 *
 * fake_daemon.c - see fake_daemon.h.
 */
#include "tests/unit/abi/fake_daemon.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define REQUESTS_MAX 8
#define REQUEST_MAX 16384

struct fake_daemon {
	struct sockaddr_un address;
	char folder[64];   /* "" if the path was given */
	int listener, stop[2];
	pthread_t thread;
	const struct reply *replies;
	size_t count;
	atomic_size_t played;
	int connections;
	char requests[REQUESTS_MAX][REQUEST_MAX];
};

/* A broken stage is not the client's fault: end at once, with the line. */
static void need(int ok, int line)
{
	if (ok)
		return;
	(void)fprintf(stderr, "fake_daemon.c:%d: ", line);
	perror("the stage broke");
	abort();
}
#define NEED(condition) need((condition) ? 1 : 0, __LINE__)

/* Readable before the stop? */
static int readable(const fake_daemon *d, int fd)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN }, { .fd = d->stop[0], .events = POLLIN } };

	while (poll(p, 2, -1) < 0)
		;
	return p[1].revents == 0;
}

/* Length of a whole request at the start of `text`, or 0. */
static size_t whole(const char *text, size_t have)
{
	const char *end = strstr(text, "\r\n\r\n"), *length = strstr(text, "Content-Length: ");
	size_t size;

	if (end == NULL)
		return 0;
	size = (size_t)(end - text) + 4;
	if (length != NULL && length < end)
		size += strtoul(length + strlen("Content-Length: "), NULL, 10);
	return have >= size ? size : 0;
}

/* One request off `fd` into its place. 0 when there is none any more. */
static int take_request(fake_daemon *d, int fd)
{
	size_t have = 0, n = atomic_load(&d->played);

	NEED(n < REQUESTS_MAX);
	for (;;) {
		char *room = d->requests[n];
		ssize_t got;

		if (!readable(d, fd))
			return 0;
		got = read(fd, room + have, REQUEST_MAX - 1 - have);
		if (got <= 0)
			return 0;
		have += (size_t)got;
		room[have] = '\0';
		if (whole(room, have) > 0)
			return 1;
	}
}

static void say(int fd, const struct reply *r)
{
	size_t len = r->len > 0 || r->bytes == NULL ? r->len : strlen(r->bytes), chunk = r->chunk > 0 ? r->chunk : len;

	for (size_t at = 0; at < len;) {
		ssize_t n = send(fd, r->bytes + at, len - at < chunk ? len - at : chunk, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* the client has heard enough */
		at += (size_t)n;
	}
}

static void serve(fake_daemon *d, int fd)
{
	while (take_request(d, fd)) {
		size_t n = atomic_fetch_add(&d->played, 1);
		enum after after;

		NEED(n < d->count);
		after = d->replies[n].after;
		say(fd, &d->replies[n]);
		if (after == AFTER_HANG) {
			char ignored[256];

			while (readable(d, fd) && read(fd, ignored, sizeof(ignored)) > 0)
				;
		}
		if (after != AFTER_KEEP)
			return;
	}
}

static void *run(void *ctx)
{
	fake_daemon *d = ctx;

	while (readable(d, d->listener)) {
		int fd = accept(d->listener, NULL, NULL);

		NEED(fd >= 0);
		d->connections++;
		serve(d, fd);
		NEED(close(fd) == 0);
	}
	return NULL;
}

fake_daemon *fake_daemon_restart(const char *path, const struct reply *replies, size_t count)
{
	fake_daemon *d = calloc(1, sizeof(*d));

	NEED(d != NULL);
	d->replies = replies;
	d->count = count;
	d->address.sun_family = AF_UNIX;
	NEED(snprintf(d->address.sun_path, sizeof(d->address.sun_path), "%s", path) < (int)sizeof(d->address.sun_path));
	NEED(pipe(d->stop) == 0);
	d->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	NEED(d->listener >= 0);
	NEED(bind(d->listener, (const struct sockaddr *)&d->address, sizeof(d->address)) == 0);
	NEED(listen(d->listener, 4) == 0);
	NEED(pthread_create(&d->thread, NULL, run, d) == 0);
	return d;
}

fake_daemon *fake_daemon_start(const struct reply *replies, size_t count)
{
	char folder[] = "/tmp/tillgate-abi-XXXXXX", path[sizeof(folder) + 8];
	fake_daemon *d;

	NEED(mkdtemp(folder) != NULL);
	(void)snprintf(path, sizeof(path), "%s/socket", folder);
	d = fake_daemon_restart(path, replies, count);
	(void)snprintf(d->folder, sizeof(d->folder), "%s", folder);
	return d;
}

int fake_daemon_stop(fake_daemon *d)
{
	int connections;

	NEED(write(d->stop[1], "x", 1) == 1);
	NEED(pthread_join(d->thread, NULL) == 0);
	connections = d->connections;
	(void)close(d->listener);
	(void)close(d->stop[0]);
	(void)close(d->stop[1]);
	(void)unlink(d->address.sun_path);
	if (d->folder[0] != '\0')
		(void)rmdir(d->folder); /* stays if another one has taken the path over */
	free(d);
	return connections;
}

const char *fake_daemon_path(const fake_daemon *d)
{
	return d->address.sun_path;
}

const char *fake_daemon_request(const fake_daemon *d, size_t n)
{
	return d->requests[n];
}

size_t fake_daemon_requests(const fake_daemon *d)
{
	return atomic_load(&d->played);
}
