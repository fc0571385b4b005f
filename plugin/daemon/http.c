/* SPDX-License-Identifier: Apache-2.0
 *
 * http.c - libmicrohttpd in front of the local API. See http.h.
 */
#include "plugin/daemon/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct tg_http {
	struct MHD_Daemon *mhd;
	tg_station *station;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* One request while its body arrives, which may hold a PIN or a badge. libmicrohttpd has a copy, until it reads over it or hangs up. */
struct exchange {
	tg_buf body;
};

static enum MHD_Result answer(struct MHD_Connection *connection, tg_api_reply *reply)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(reply->body.len, reply->body.data, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result = MHD_NO;

	if (response != NULL) {
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
		MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
		result = MHD_queue_response(connection, (unsigned)reply->status, response);
		MHD_destroy_response(response);
	}
	tg_api_reply_fini(reply);
	return result;
}

/* Unescaped by now: a '&' or '=' that was escaped must not become a separator. */
static enum MHD_Result put_argument(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	tg_buf *query = ctx;

	(void)kind;
	if (strpbrk(name, "&=") != NULL || (value != NULL && strpbrk(value, "&=") != NULL)) {
		query->failed = true;
		return MHD_NO;
	}
	tg_buf_printf(query, "%s%s=%s", query->len > 0 ? "&" : "", name, value != NULL ? value : "");
	return MHD_YES;
}

/* By the kernel's word: a request cannot claim it. */
static bool is_owner(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return info != NULL && getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && len == sizeof(peer) &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static enum MHD_Result serve(tg_http *http, struct MHD_Connection *connection, const char *url, const char *method, struct exchange *ex)
{
	tg_api_request request = { .method = method, .path = url, .owner = is_owner(connection) };
	tg_api_reply reply;
	tg_buf query;

	if (ex->body.failed) {
		tg_api_refuse(&reply, 413, TG_ELENGTH, "the body is longer than this address takes");
		return answer(connection, &reply);
	}
	tg_buf_init(&query, TG_HTTP_QUERY_MAX);
	MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, put_argument, &query);
	request.query = tg_buf_text(&query);
	request.body = tg_buf_view(&ex->body);
	if (query.failed)
		tg_api_refuse(&reply, 400, TG_EFORMAT, "the query is longer than any address takes, or has an escaped & or =");
	else
		tg_api_handle(&reply, http->station, &request);
	tg_buf_fini(&query);
	return answer(connection, &reply);
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
	const char *version, const char *data, size_t *data_len, void **state)
{
	struct exchange *ex = *state;

	(void)version;
	if (ex == NULL) {
		ex = calloc(1, sizeof(*ex));
		if (ex == NULL)
			return MHD_NO;
		tg_buf_init_secret(&ex->body, TG_API_BODY_MAX);
		*state = ex;
		return MHD_YES;
	}
	if (*data_len > 0) {
		tg_buf_append(&ex->body, data, *data_len);
		*data_len = 0;
		return MHD_YES;
	}
	return serve(ctx, connection, url, method, ex);
}

static void on_completed(void *ctx, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why)
{
	struct exchange *ex = *state;

	(void)ctx;
	(void)connection;
	(void)why;
	if (ex != NULL)
		tg_buf_fini(&ex->body);
	free(ex);
	*state = NULL;
}

static int listen_at(int *out, const char *path, mode_t mode, tg_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;
	mode_t old;

	if (strlen(path) >= sizeof(address.sun_path))
		return tg_fail(err, TG_EINVAL, "%s: longer than the %zu bytes a socket's path may have", path, sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return tg_fail_errno(err, TG_EIO, "socket");
	unlink(path);
	old = umask(0777 & ~mode);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 || listen(fd, TG_HTTP_CONNECTIONS_MAX) != 0) {
		int rc = tg_fail_errno(err, TG_EIO, "%s", path);

		umask(old);
		close(fd);
		return rc;
	}
	umask(old);
	*out = fd;
	return TG_OK;
}

int tg_http_start(tg_http **out, const char *path, mode_t mode, tg_station *station, tg_error *err)
{
	tg_http *http = calloc(1, sizeof(*http));
	int fd = -1, rc;

	if (http == NULL)
		return tg_fail(err, TG_ENOMEM, "local API");
	rc = listen_at(&fd, path, mode, err);
	if (rc != TG_OK) {
		free(http);
		return rc;
	}
	http->station = station;
	snprintf(http->path, sizeof(http->path), "%s", path);
	/* a thread a connection: each waits for its entry to be durable, and those who wait together share one commit */
	http->mhd = MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL,
		on_request, http, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)TG_HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TG_HTTP_IDLE_S,
		MHD_OPTION_END);
	if (http->mhd == NULL) {
		close(fd);
		unlink(path);
		free(http);
		return tg_fail(err, TG_EIO, "%s: the local API could not be started", path);
	}
	*out = http;
	return TG_OK;
}

void tg_http_stop(tg_http *http)
{
	if (http == NULL)
		return;
	MHD_stop_daemon(http->mhd);
	unlink(http->path);
	free(http);
}
