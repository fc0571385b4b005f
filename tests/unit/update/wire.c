/* SPDX-License-Identifier: Apache-2.0
 *
 * wire.c - bare sockets; wire.h says what for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/update/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_MAX 8192
#define ANSWER_MAX (16 << 20)
#define DRIP_MS 50

struct wire {
	pthread_t thread;
	int listener, stop; /* `stop` becomes readable when the thread shall end */
	uint16_t behind;
	char url[64];
	pthread_mutex_t lock;
	char path[512]; /* "" while everything is passed on */
	tg_buf bytes, again;
	wire_end end;
	size_t asked;
};

static int loopback(uint16_t port, struct sockaddr_in *address)
{
	*address = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_LOOPBACK) }
	};
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* False when the other side went away, or the test ends. */
static bool wait_for(const wire *w, int fd, short events, int timeout_ms)
{
	struct pollfd on[2] = { { .fd = w->stop, .events = POLLIN }, { .fd = fd, .events = events } };

	if (poll(on, 2, timeout_ms) < 0 || on[0].revents != 0)
		return false;
	return (on[1].revents & (POLLERR | POLLHUP)) == 0;
}

static bool send_all(const wire *w, int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n;

		if (!wait_for(w, fd, POLLOUT, -1))
			return false;
		n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* Up to the blank line. The path is what stands between the first two blanks. */
static bool read_head(const wire *w, int fd, char head[HEAD_MAX])
{
	size_t len = 0;

	do {
		ssize_t n;

		if (!wait_for(w, fd, POLLIN, -1))
			return false;
		n = recv(fd, head + len, HEAD_MAX - 1 - len, 0);
		if (n <= 0)
			return false;
		len += (size_t)n;
		head[len] = '\0';
	} while (strstr(head, "\r\n\r\n") == NULL && len < HEAD_MAX - 1);
	return strncmp(head, "GET ", 4) == 0;
}

/* One request, passed on as it is but for the connection, which ends with the answer. */
static void pass_on(const wire *w, int client, const char *head)
{
	struct sockaddr_in address;
	int behind = loopback(w->behind, &address);
	const char *rest = strstr(head, "\r\n");
	static const char close_it[] = "\r\nConnection: close";
	uint8_t chunk[16384];
	ssize_t n;

	if (behind < 0 || connect(behind, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
		!send_all(w, behind, (const uint8_t *)head, (size_t)(rest - head)) ||
		!send_all(w, behind, (const uint8_t *)close_it, sizeof(close_it) - 1) ||
		!send_all(w, behind, (const uint8_t *)rest, strlen(rest)))
		goto out;
	while (wait_for(w, behind, POLLIN, -1) || true) {
		n = recv(behind, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n <= 0 || !send_all(w, client, chunk, (size_t)n))
			break;
	}
out:
	if (behind >= 0)
		close(behind);
}

static void end_with(const wire *w, int client)
{
	struct linger at_once = { .l_onoff = 1 };

	switch (w->end) {
	case WIRE_CLOSE:
		break;
	case WIRE_RESET:
		(void)setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		break;
	case WIRE_HOLD: { /* readable: the other side closed */
		char c;

		while (wait_for(w, client, POLLIN, -1) && recv(client, &c, 1, 0) > 0)
			;
		break;
	}
	case WIRE_REPEAT:
		while (send_all(w, client, w->again.data, w->again.len))
			;
		break;
	case WIRE_DRIP:
		for (size_t i = 0; send_all(w, client, w->again.data + i % w->again.len, 1); i++)
			(void)poll(NULL, 0, DRIP_MS);
		break;
	}
}

static void serve(wire *w, int client)
{
	char head[HEAD_MAX];
	const char *path = head + 4;
	size_t len;
	bool bent;

	if (!read_head(w, client, head))
		return;
	len = strcspn(path, " ");
	pthread_mutex_lock(&w->lock);
	bent = strlen(w->path) == len && strncmp(w->path, path, len) == 0;
	w->asked += bent;
	pthread_mutex_unlock(&w->lock);
	if (!bent)
		pass_on(w, client, head);
	else if (send_all(w, client, w->bytes.data, w->bytes.len))
		end_with(w, client);
}

static void *accept_all(void *ctx)
{
	wire *w = ctx;

	while (wait_for(w, w->listener, POLLIN, -1)) {
		int client = accept4(w->listener, NULL, NULL, SOCK_CLOEXEC);

		if (client < 0)
			continue;
		serve(w, client);
		close(client);
	}
	return NULL;
}

wire *wire_start(const server *behind)
{
	wire *w = calloc(1, sizeof(*w));
	struct sockaddr_in address;
	socklen_t size = sizeof(address);

	assert_non_null(w);
	pthread_mutex_init(&w->lock, NULL);
	tg_buf_init(&w->bytes, ANSWER_MAX);
	tg_buf_init(&w->again, ANSWER_MAX);
	w->behind = (uint16_t)strtoul(strrchr(server_url(behind), ':') + 1, NULL, 10);
	w->stop = eventfd(0, EFD_CLOEXEC);
	w->listener = loopback(0, &address);
	assert_true(w->stop >= 0 && w->listener >= 0);
	assert_int_equal(bind(w->listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(w->listener, 16), 0);
	assert_int_equal(getsockname(w->listener, (struct sockaddr *)&address, &size), 0);
	(void)snprintf(w->url, sizeof(w->url), "http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
	assert_int_equal(pthread_create(&w->thread, NULL, accept_all, w), 0);
	return w;
}

void wire_stop(wire *w)
{
	assert_int_equal(eventfd_write(w->stop, 1), 0);
	pthread_join(w->thread, NULL);
	close(w->listener);
	close(w->stop);
	tg_buf_fini(&w->bytes);
	tg_buf_fini(&w->again);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

const char *wire_url(const wire *w)
{
	return w->url;
}

void wire_answer(wire *w, const char *path, tg_view bytes, wire_end end, tg_view again)
{
	pthread_mutex_lock(&w->lock);
	(void)snprintf(w->path, sizeof(w->path), "%s", path);
	tg_buf_clear(&w->bytes);
	tg_buf_append(&w->bytes, bytes.data, bytes.len);
	tg_buf_clear(&w->again);
	tg_buf_append(&w->again, again.data, again.len);
	w->end = end;
	w->asked = 0;
	pthread_mutex_unlock(&w->lock);
}

void wire_honest(wire *w)
{
	pthread_mutex_lock(&w->lock);
	w->path[0] = '\0';
	pthread_mutex_unlock(&w->lock);
}

size_t wire_asked(const wire *w)
{
	return w->asked;
}
