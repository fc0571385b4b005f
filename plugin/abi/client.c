/* SPDX-License-Identifier: Apache-2.0
 *
 * client.c - the handle and its connection: the only file of the library that does I/O.
 *
 * One connection, kept from call to call. Every wait is a poll(2) against one deadline on CLOCK_MONOTONIC. A request is sent
 * a second time only if not one byte of it had been sent on the first connection: a check that the daemon may have recorded is
 * never asked again.
 */
#include "plugin/abi/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define IDLE_MAX_MS 5000        /* an older connection is replaced: the daemon may be about to close it (it waits 30 s or more) */
#define BACKLOG_RETRY_MS 5      /* between two tries while the daemon's queue of connections is full */
#define STRUCT_MAX_BYTES 65536  /* of a caller's struct: a larger `size` was never set */

struct tillgate_client {
	int fd;           /* -1: not connected */
	pid_t owner;      /* process that connected */
	int64_t used_ms;  /* when the last answer came */
	int32_t timeout_ms;
	struct sockaddr_un address;
	char request[TILLGATE__REQUEST_MAX];
	char response[TILLGATE__HEAD_MAX + 4 + TILLGATE__BODY_MAX + 1]; /* the spare byte tells "exactly whole" from "more" */
};

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int fail_errno(tillgate_error *err, int code, int sys, const char *words)
{
	char room[96];

	return tillgate__fail(err, code, sys, words, strerror_r(sys, room, sizeof(room)));
}

static void disconnect(tillgate_client *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
}

/* Wait for `events` until `deadline`. */
static int wait_for(int fd, short events, int64_t deadline, tillgate_error *err)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = events };
		int64_t left = deadline - now_ms();
		int n;

		if (left <= 0)
			return tillgate__fail(err, TILLGATE_ETIMEOUT, 0, "no answer from the daemon in time", NULL);
		n = poll(&p, 1, (int)left);
		if (n > 0)
			return TILLGATE_OK; /* errors and hang-ups too: the next call on the socket says which */
		if (n < 0 && errno != EINTR)
			return fail_errno(err, TILLGATE_EIO, errno, "poll: ");
	}
}

static int fail_connect(const tillgate_client *c, int sys, tillgate_error *err)
{
	char words[sizeof(c->address.sun_path) + 32];
	struct tillgate__text t = { .data = words, .size = sizeof(words) };

	tillgate__text_put(&t, "no daemon at ");
	tillgate__text_put(&t, c->address.sun_path);
	tillgate__text_put(&t, ": ");
	tillgate__text_end(&t);
	return fail_errno(err, TILLGATE_EABSENT, sys, words);
}

static int connect_now(tillgate_client *c, int64_t deadline, tillgate_error *err)
{
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return fail_errno(err, TILLGATE_EIO, errno, "socket: ");
	c->owner = getpid();
	while (connect(c->fd, (const struct sockaddr *)&c->address, sizeof(c->address)) != 0) {
		int sys = errno;

		if (sys == EAGAIN && now_ms() < deadline) { /* a full queue cannot be waited for on a Unix socket */
			(void)poll(NULL, 0, BACKLOG_RETRY_MS);
		} else if (sys != EINTR) {
			disconnect(c);
			if (sys == EAGAIN)
				return tillgate__fail(err, TILLGATE_ETIMEOUT, sys, "the daemon took no connection in time", NULL);
			return fail_connect(c, sys, err);
		}
	}
	return TILLGATE_OK;
}

/* May the kept connection be used? Readable means closed, or bytes that nobody asked for. */
static bool still_good(const tillgate_client *c)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	return c->fd >= 0 && c->owner == getpid() && now_ms() - c->used_ms <= IDLE_MAX_MS && poll(&p, 1, 0) == 0;
}

/* `*sent` counts the bytes that the socket took. */
static int send_all(tillgate_client *c, const char *data, size_t len, int64_t deadline, size_t *sent, tillgate_error *err)
{
	*sent = 0;
	while (*sent < len) {
		ssize_t n = send(c->fd, data + *sent, len - *sent, MSG_NOSIGNAL);

		if (n >= 0) {
			*sent += (size_t)n;
		} else if (errno == EAGAIN) {
			int rc = wait_for(c->fd, POLLOUT, deadline, err);

			if (rc != TILLGATE_OK)
				return rc;
		} else if (errno != EINTR) {
			return fail_errno(err, TILLGATE_EIO, errno, "sending to the daemon: ");
		}
	}
	return TILLGATE_OK;
}

static int send_request(tillgate_client *c, const char *data, size_t len, int64_t deadline, tillgate_error *err)
{
	bool kept = still_good(c);
	size_t sent = 0;
	int rc = TILLGATE_OK;

	if (!kept) {
		disconnect(c);
		rc = connect_now(c, deadline, err);
	}
	if (rc == TILLGATE_OK)
		rc = send_all(c, data, len, deadline, &sent, err);
	if (rc == TILLGATE_EIO && kept && sent == 0) { /* the daemon restarted while nobody asked */
		disconnect(c);
		rc = connect_now(c, deadline, err);
		if (rc == TILLGATE_OK)
			rc = send_all(c, data, len, deadline, &sent, err);
	}
	return rc;
}

static int receive(tillgate_client *c, struct tillgate__response *response, int64_t deadline, tillgate_error *err)
{
	size_t have = 0;

	for (;;) {
		ssize_t n = recv(c->fd, c->response + have, sizeof(c->response) - have, 0);

		if (n == 0)
			return tillgate__fail(err, TILLGATE_EIO, 0, "the daemon closed the connection before its answer was whole", NULL);
		if (n > 0) {
			have += (size_t)n;
			switch (tillgate__response_parse(response, c->response, have)) {
			case TILLGATE__WHOLE:
				return TILLGATE_OK;
			case TILLGATE__BAD:
				return tillgate__fail(err, TILLGATE_EPROTOCOL, 0, "the answer has ", response->why);
			case TILLGATE__MORE: /* cannot be when the buffer is full: head and body have their limits */
				if (have == sizeof(c->response))
					return tillgate__fail(err, TILLGATE_EPROTOCOL, 0, "the answer is too long", NULL);
				break;
			}
		} else if (errno != EAGAIN && errno != EINTR) {
			return fail_errno(err, TILLGATE_EIO, errno, "receiving from the daemon: ");
		}
		if (n < 0 || now_ms() >= deadline) {
			int rc = wait_for(c->fd, POLLIN, deadline, err);

			if (rc != TILLGATE_OK)
				return rc;
		}
	}
}

/* One request, one response, within the handle's timeout. `response` points into the handle. */
static int exchange(tillgate_client *c, struct tillgate__response *response, const char *data, size_t len, tillgate_error *err)
{
	int64_t deadline = now_ms() + c->timeout_ms;
	int rc = send_request(c, data, len, deadline, err);

	if (rc == TILLGATE_OK)
		rc = receive(c, response, deadline, err);
	if (rc != TILLGATE_OK || !response->keep)
		disconnect(c);
	c->used_ms = now_ms();
	return rc;
}

/* ---- growable structs ---- */

/* Sizes of the first version of each struct: what every program that was ever built has. Never changed when one grows. */
#define UP_TO(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))
#define REQUEST_SIZE_1 UP_TO(tillgate_request, device)
#define ANSWER_SIZE_1 UP_TO(tillgate_answer, fault)
#define STATE_SIZE_1 UP_TO(tillgate_state, degraded)
#define OVERRIDE_REQUEST_SIZE_1 UP_TO(tillgate_override_request, badge_at)
#define OVERRIDE_ANSWER_SIZE_1 UP_TO(tillgate_override_answer, fault)

/* Copy all but `size` into a caller's struct that may be older (shorter) or newer (longer) than ours. */
static void deliver(void *out, size_t out_size, const void *full, size_t full_size)
{
	size_t lead = sizeof(size_t), both = out_size < full_size ? out_size : full_size;

	if (out_size > STRUCT_MAX_BYTES || both <= lead)
		return; /* `size` was never set, so nothing is known of what lies there */
	memcpy((char *)out + lead, (const char *)full + lead, both - lead);
	memset((char *)out + both, 0, out_size - both);
}

static int need_size(size_t size, size_t least, const char *what, tillgate_error *err)
{
	if (size >= least && size <= STRUCT_MAX_BYTES)
		return TILLGATE_OK;
	return tillgate__fail(err, TILLGATE_EINVAL, 0, what, ": `size` is not set; use the INIT macro");
}

/* ---- public ---- */

int tillgate_open(tillgate_client **out, const char *socket_path, int32_t timeout_ms, tillgate_error *err)
{
	const char *path = socket_path != NULL ? socket_path : TILLGATE_SOCKET;
	tillgate_client *c;

	if (out == NULL)
		return tillgate__fail(err, TILLGATE_EINVAL, 0, "open: nowhere to put the handle", NULL);
	*out = NULL;
	if (timeout_ms < 0 || timeout_ms > TILLGATE_TIMEOUT_MAX_MS)
		return tillgate__fail(err, TILLGATE_EINVAL, 0, "open: the timeout must be 0 to 60000 ms", NULL);
	if (path[0] == '\0' || strnlen(path, sizeof(c->address.sun_path)) == sizeof(c->address.sun_path))
		return tillgate__fail(err, TILLGATE_EINVAL, 0, "open: the path of a Unix socket has 1 to 107 bytes", NULL);
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return tillgate__fail(err, TILLGATE_ENOMEM, 0, "open: out of memory", NULL);
	c->fd = -1;
	c->timeout_ms = timeout_ms != 0 ? timeout_ms : TILLGATE_TIMEOUT_MS;
	c->address.sun_family = AF_UNIX;
	strcpy(c->address.sun_path, path);
	*out = c;
	return TILLGATE_OK;
}

static int ask(tillgate_answer *answer, tillgate_client *client, const tillgate_request *request, tillgate_error *err)
{
	tillgate_request whole = { .size = 0 };
	struct tillgate__response response = { 0 };
	const char *data = NULL;
	size_t len = 0;
	int rc;

	if (client == NULL || request == NULL)
		return tillgate__fail(err, TILLGATE_EINVAL, 0, "check: no handle or no request", NULL);
	rc = need_size(request->size, REQUEST_SIZE_1, "request", err);
	if (rc != TILLGATE_OK)
		return rc;
	memcpy(&whole, request, request->size < sizeof(whole) ? request->size : sizeof(whole));
	rc = tillgate__request_check(client->request, &data, &len, &whole, err);
	if (rc == TILLGATE_OK)
		rc = exchange(client, &response, data, len, err);
	if (rc == TILLGATE_OK)
		rc = tillgate__answer_from_response(answer, &response, err);
	if (rc == TILLGATE_EPROTOCOL)
		disconnect(client); /* who answers nonsense once is not asked on the same connection */
	return rc;
}

int tillgate_check(tillgate_answer *out, tillgate_client *client, const tillgate_request *request, tillgate_error *err)
{
	tillgate_error own = TILLGATE_ERROR_INIT;
	tillgate_answer answer;
	int rc;

	tillgate__answer_start(&answer);
	rc = out == NULL ? tillgate__fail(&own, TILLGATE_EINVAL, 0, "check: nowhere to put the answer", NULL) :
		need_size(out->size, ANSWER_SIZE_1, "answer", &own);
	if (rc == TILLGATE_OK)
		rc = ask(&answer, client, request, &own);
	if (rc != TILLGATE_OK)
		tillgate__answer_failed(&answer, rc, &own);
	if (out != NULL)
		deliver(out, out->size, &answer, sizeof(answer));
	if (err != NULL)
		*err = own;
	return rc;
}

static int ask_override(tillgate_override_answer *answer, tillgate_client *client, const tillgate_override_request *request,
	tillgate_error *err)
{
	tillgate_override_request whole = { .size = 0 };
	struct tillgate__response response = { 0 };
	const char *data = NULL;
	size_t len = 0;
	int rc;

	if (client == NULL || request == NULL)
		return tillgate__fail(err, TILLGATE_EINVAL, 0, "override: no handle or no request", NULL);
	rc = need_size(request->size, OVERRIDE_REQUEST_SIZE_1, "request", err);
	if (rc != TILLGATE_OK)
		return rc;
	memcpy(&whole, request, request->size < sizeof(whole) ? request->size : sizeof(whole));
	rc = tillgate__request_override(client->request, &data, &len, &whole, err);
	if (rc == TILLGATE_OK)
		rc = exchange(client, &response, data, len, err);
	explicit_bzero(client->request, sizeof(client->request)); /* it held a PIN or a badge */
	if (rc == TILLGATE_OK)
		rc = tillgate__override_from_response(answer, &response, err);
	if (rc == TILLGATE_EPROTOCOL)
		disconnect(client);
	return rc;
}

int tillgate_override(tillgate_override_answer *out, tillgate_client *client, const tillgate_override_request *request, tillgate_error *err)
{
	tillgate_error own = TILLGATE_ERROR_INIT;
	tillgate_override_answer answer;
	int rc;

	tillgate__override_start(&answer);
	rc = out == NULL ? tillgate__fail(&own, TILLGATE_EINVAL, 0, "override: nowhere to put the answer", NULL) :
		need_size(out->size, OVERRIDE_ANSWER_SIZE_1, "answer", &own);
	if (rc == TILLGATE_OK)
		rc = ask_override(&answer, client, request, &own);
	if (rc != TILLGATE_OK)
		tillgate__override_failed(&answer, rc, &own);
	if (out != NULL)
		deliver(out, out->size, &answer, sizeof(answer));
	if (err != NULL)
		*err = own;
	return rc;
}

int tillgate_status(tillgate_state *out, tillgate_client *client, tillgate_error *err)
{
	tillgate_error own = TILLGATE_ERROR_INIT;
	struct tillgate__response response = { 0 };
	tillgate_state state;
	const char *data = NULL;
	size_t len = 0;
	int rc;

	tillgate__state_start(&state);
	rc = out == NULL || client == NULL ? tillgate__fail(&own, TILLGATE_EINVAL, 0, "status: no handle or no place", NULL) :
		need_size(out->size, STATE_SIZE_1, "state", &own);
	if (rc == TILLGATE_OK) {
		tillgate__request_status(client->request, &data, &len);
		rc = exchange(client, &response, data, len, &own);
	}
	if (rc == TILLGATE_OK)
		rc = tillgate__state_from_response(&state, &response, &own);
	if (rc == TILLGATE_EPROTOCOL && client != NULL)
		disconnect(client);
	if (rc != TILLGATE_OK)
		memcpy(state.degraded, own.message, sizeof(own.message));
	if (out != NULL)
		deliver(out, out->size, &state, sizeof(state));
	if (err != NULL)
		*err = own;
	return rc;
}

void tillgate_close(tillgate_client *client)
{
	if (client == NULL)
		return;
	disconnect(client);
	free(client);
}

const char *tillgate_version(void)
{
	return TILLGATE_VERSION;
}

int32_t tillgate_abi(void)
{
	return TILLGATE_ABI;
}

const char *tillgate_strerror(int32_t code)
{
	switch (code) {
	case TILLGATE_OK:
		return "ok";
	case TILLGATE_EINVAL:
		return "invalid";
	case TILLGATE_ENOMEM:
		return "out-of-memory";
	case TILLGATE_EABSENT:
		return "absent";
	case TILLGATE_EIO:
		return "connection";
	case TILLGATE_ETIMEOUT:
		return "timeout";
	case TILLGATE_EPROTOCOL:
		return "protocol";
	case TILLGATE_EREFUSED:
		return "refused";
	default:
		return "unknown";
	}
}
