/* SPDX-License-Identifier: Apache-2.0
 *
 * remote.c - the daemon over its socket. See remote.h.
 */
#include "plugin/cli/remote.h"

#include "store/base/file.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define HEAD_MAX 16384 /* bytes of an answer's status line and headers; the daemon's are under 300 */

struct tg_remote {
	struct sockaddr_un address;
	int fd;
};

static int connect_now(tg_remote *remote, tg_error *err)
{
	remote->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (remote->fd < 0)
		return tg_fail_errno(err, TG_EIO, "socket");
	if (connect(remote->fd, (const struct sockaddr *)&remote->address, sizeof(remote->address)) == 0)
		return TG_OK;
	if (errno == EACCES)
		return tg_fail(err, TG_EDENIED, "%s: this user may not ask the daemon; join the socket's group, or ask as root",
			remote->address.sun_path);
	return tg_fail_errno(err, errno == ENOENT || errno == ECONNREFUSED ? TG_ENOTFOUND : TG_EIO, "%s", remote->address.sun_path);
}

int tg_remote_open(tg_remote **out, const char *socket_path, tg_error *err)
{
	tg_remote *remote;
	int rc;

	if (strlen(socket_path) >= sizeof(remote->address.sun_path))
		return tg_fail(err, TG_ENOTFOUND, "%s: too long for a socket", socket_path);
	remote = calloc(1, sizeof(*remote));
	if (remote == NULL)
		return tg_fail(err, TG_ENOMEM, "no memory");
	remote->address.sun_family = AF_UNIX;
	strcpy(remote->address.sun_path, socket_path);
	rc = connect_now(remote, err);
	if (rc != TG_OK) {
		tg_remote_close(remote);
		return rc;
	}
	*out = remote;
	return TG_OK;
}

void tg_remote_close(tg_remote *remote)
{
	if (remote == NULL)
		return;
	if (remote->fd >= 0)
		close(remote->fd);
	free(remote);
}

static int send_request(const tg_remote *remote, const tg_api_request *request, tg_error *err)
{
	tg_buf text;
	int rc;

	tg_buf_init_secret(&text, TG_API_BODY_MAX + HEAD_MAX);
	tg_buf_printf(&text, "%s %s%s%s HTTP/1.1\r\nHost: tillgated\r\n", request->method, request->path,
		request->query != NULL && request->query[0] != '\0' ? "?" : "", request->query != NULL ? request->query : "");
	if (strcmp(request->method, "GET") != 0)
		tg_buf_printf(&text, "Content-Type: application/json\r\nContent-Length: %zu\r\n", request->body.len);
	tg_buf_puts(&text, "\r\n");
	tg_buf_append(&text, request->body.data, request->body.len);
	rc = tg_buf_check(&text, "request", err);
	if (rc == TG_OK && tg_write_all(remote->fd, text.data, text.len, "tillgated's socket", err) != TG_OK)
		rc = tg_fail(err, TG_ENETWORK, "tillgated went away while it was asked");
	tg_buf_fini(&text);
	return rc;
}

static int receive(const tg_remote *remote, tg_buf *into, tg_error *err)
{
	char chunk[65536];
	ssize_t n;

	do
		n = read(remote->fd, chunk, sizeof(chunk));
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return tg_fail(err, TG_ENETWORK, "tillgated went away before it answered; look in the log whether the check is there");
	tg_buf_append(into, chunk, (size_t)n);
	return tg_buf_check(into, "tillgated's answer", err);
}

/* Content-Length of a head that ends at `end`; SIZE_MAX if there is none or it is not a number. */
static size_t content_length(const char *head, const char *end)
{
	static const char name[] = "\nContent-Length:";

	for (const char *p = head; p < end; p++) {
		char *stop;
		unsigned long long n;

		if (strncasecmp(p, name, sizeof(name) - 1) != 0)
			continue;
		n = strtoull(p + sizeof(name) - 1, &stop, 10);
		return *stop == '\r' && n <= TG_API_REPLY_MAX ? (size_t)n : SIZE_MAX;
	}
	return SIZE_MAX;
}

static int read_answer(tg_api_reply *reply, const tg_remote *remote, tg_buf *in, tg_error *err)
{
	const char *end;
	size_t head_len, body_len;

	while ((end = strstr(tg_buf_text(in), "\r\n\r\n")) == NULL) {
		int rc = in->len > HEAD_MAX ? tg_fail(err, TG_EFORMAT, "tillgated's answer has no end of head") : receive(remote, in, err);

		if (rc != TG_OK)
			return rc;
	}
	head_len = (size_t)(end - tg_buf_text(in)) + 4;
	body_len = content_length(tg_buf_text(in), end);
	if (strncmp(tg_buf_text(in), "HTTP/1.1 ", 9) != 0 || body_len == SIZE_MAX)
		return tg_fail(err, TG_EFORMAT, "tillgated's answer is not understood");
	reply->status = atoi(tg_buf_text(in) + 9);
	while (in->len < head_len + body_len) {
		int rc = receive(remote, in, err);

		if (rc != TG_OK)
			return rc;
	}
	tg_buf_init(&reply->body, TG_API_REPLY_MAX);
	tg_buf_append(&reply->body, in->data + head_len, body_len);
	return tg_buf_check(&reply->body, "tillgated's answer", err);
}

/*
 * A batch that waits for its next line may find its connection closed: the daemon keeps none for ever, and may have been restarted.
 * Nothing was asked on it since, so asking on a new one asks nothing twice.
 */
static int renew(tg_remote *remote, tg_error *err)
{
	struct pollfd p = { .fd = remote->fd, .events = POLLIN | POLLRDHUP };

	if (poll(&p, 1, 0) == 0)
		return TG_OK;
	close(remote->fd);
	return connect_now(remote, err);
}

int tg_remote_call(tg_api_reply *reply, tg_remote *remote, const tg_api_request *request, tg_error *err)
{
	tg_buf in;
	int rc = renew(remote, err);

	if (rc == TG_OK)
		rc = send_request(remote, request, err);

	if (rc != TG_OK)
		return rc;
	tg_buf_init(&in, (size_t)TG_API_REPLY_MAX + HEAD_MAX);
	rc = read_answer(reply, remote, &in, err);
	tg_buf_fini(&in);
	return rc;
}
