/* SPDX-License-Identifier: Apache-2.0
 *
 * test_kept.c - a connection that is kept for the next request, and a server that says more on it than was asked for.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/fetch/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
#define CONNECTIONS_MAX 8

/* What the server does: the first answer on each connection, and the second, after which it closes. */
typedef struct talk {
	const char *what, *first, *second;
	int rc;          /* of the second request */
	int connections; /* that the two requests took */
} talk;

static const talk talks[] = {
	{ "an honest server", OK_HEAD "good", OK_HEAD "good", TG_OK, 1 },
	{ "more at once", OK_HEAD "goodmore", OK_HEAD "good", TG_OK, 2 },
	{ "more, once the next request has come", OK_HEAD "good", "more" OK_HEAD "good", TG_OK, 2 },
	{ "a line that is no answer", OK_HEAD "good", "220 mail.example ESMTP\r\n", TG_OK, 2 },
	{ "closed when the next request has come", OK_HEAD "good", "", TG_OK, 2 },
	{ "an answer is an answer", OK_HEAD "good", "HTTP/1.1 503 S\r\nContent-Length: 0\r\n\r\n", TG_ENETWORK, 1 },
	{ "half a body is no reason to begin again", OK_HEAD "good", OK_HEAD "go", TG_ENETWORK, 1 },
	{ "always more: a new connection is the last try", "more", "more", TG_ENETWORK, 2 },
};

typedef struct talker {
	const talk *talk;
	pthread_t thread;
	int listener;
	char url[64];
	int connections; /* read after the thread has ended */
} talker;

static bool read_head(int fd)
{
	char head[4096];
	size_t len = 0;

	while (len < sizeof(head) - 1) {
		ssize_t n = recv(fd, head + len, sizeof(head) - 1 - len, 0);

		if (n <= 0)
			return false;
		len += (size_t)n;
		head[len] = '\0';
		if (strstr(head, "\r\n\r\n") != NULL)
			return true;
	}
	return false;
}

static void say(int fd, const char *text)
{
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Until the listener is shut. */
static void *talk_to_all(void *ctx)
{
	talker *t = ctx;
	int fd;

	while ((fd = accept(t->listener, NULL, NULL)) >= 0) {
		t->connections++;
		if (read_head(fd)) {
			say(fd, t->talk->first);
			if (read_head(fd))
				say(fd, t->talk->second);
		}
		close(fd);
	}
	return NULL;
}

static void start(talker *t, const talk *what)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(address);

	*t = (talker){ .talk = what, .listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	assert_true(t->listener >= 0);
	assert_int_equal(bind(t->listener, (const struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(t->listener, CONNECTIONS_MAX), 0);
	assert_int_equal(getsockname(t->listener, (struct sockaddr *)&address, &size), 0);
	(void)snprintf(t->url, sizeof(t->url), "http://127.0.0.1:%u/x", (unsigned)ntohs(address.sin_port));
	assert_int_equal(pthread_create(&t->thread, NULL, talk_to_all, t), 0);
}

static int get(tg_fetch *fetch, const char *url, tg_error *err)
{
	tg_buf body;
	int rc;

	tg_buf_init(&body, 1000);
	rc = tg_fetch_buf(&body, fetch, url, NULL, err);
	if (rc == TG_OK)
		assert_string_equal(tg_buf_text(&body), "good");
	tg_buf_fini(&body);
	return rc;
}

static void what_a_server_said_too_much_harms_no_later_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(talks); i++) {
		tg_error err = { 0 };
		tg_fetch *fetch;
		talker t;
		int rc;

		start(&t, &talks[i]);
		assert_int_equal(tg_fetch_open(&fetch, NULL, &err), TG_OK);
		(void)!get(fetch, t.url, &err);
		rc = get(fetch, t.url, &err);
		tg_fetch_close(fetch);
		assert_int_equal(shutdown(t.listener, SHUT_RDWR), 0);
		pthread_join(t.thread, NULL);
		close(t.listener);
		if (rc != talks[i].rc || t.connections != talks[i].connections)
			fail_msg("%s: %s after %d connections: %s", talks[i].what, tg_strerror(rc), t.connections, err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_server_said_too_much_harms_no_later_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
