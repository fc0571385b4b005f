/* SPDX-License-Identifier: Apache-2.0
 *
 * serve.c - static files by libmicrohttpd.
 */
#include "sync/hq/serve.h"

#include "store/base/crypto.h"
#include "store/base/file.h"
#include "sync/hq/range.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MAX_BYTES 1024
#define DEPTH_MAX 8
#define PEM_FILE_MAX 1048576

struct tg_server {
	int root;
	struct MHD_Daemon *daemon;
	tg_buf cert, key;
};

/* ---- what may be asked for ---- */

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
	       c == '-' || c == '_';
}

const char *tg_serve_path(const char *url)
{
	size_t depth = 0;

	if (strlen(url) > PATH_MAX_BYTES ||
		(strncmp(url, "/metadata/", 10) != 0 && strncmp(url, "/targets/", 9) != 0))
		return NULL;
	for (const char *p = url; *p == '/';) {
		p++;
		if (++depth > DEPTH_MAX || !name_char(*p) || *p == '.')
			return NULL;
		while (name_char(*p))
			p++;
		if (*p != '/' && *p != '\0')
			return NULL;
	}
	return url + 1;
}

/* Opened part by part, so that no link is followed on the way, wherever it stands. */
static int open_below(int root, const char *path)
{
	char part[PATH_MAX_BYTES + 1];
	int dir = dup(root), fd = -1;

	while (dir >= 0) {
		size_t len = strcspn(path, "/");
		bool last = path[len] == '\0';

		memcpy(part, path, len);
		part[len] = '\0';
		fd = openat(
			dir, part, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | (last ? 0 : O_DIRECTORY));
		(void)close(dir);
		if (last || fd < 0)
			return fd;
		dir = fd;
		path += len + 1;
	}
	return -1;
}

/* ---- answers ---- */

static enum MHD_Result answer_words(struct MHD_Connection *connection, unsigned status, const char *words)
{
	size_t len = strlen(words);
	char *copy = strdup(words); /* the library takes memory it may write to */
	struct MHD_Response *response =
		copy == NULL ? NULL : MHD_create_response_from_buffer(len, copy, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* Files are only ever replaced whole, so inode, size and moment tell one content from another. */
static void make_etag(char out[64], const struct stat *st)
{
	(void)snprintf(out, 64, "\"%llx-%llx-%llx%09lx\"", (unsigned long long)st->st_ino,
		(unsigned long long)st->st_size, (unsigned long long)st->st_mtim.tv_sec,
		(unsigned long)st->st_mtim.tv_nsec);
}

/* RFC 9110 section 13.1.2: a list of tags or '*'; weak comparison. */
static bool etag_matches(const char *header, const char *etag)
{
	if (header == NULL)
		return false;
	return strcmp(header, "*") == 0 || strstr(header, etag) != NULL;
}

/*
 * What has its version or its hash in its name never changes; timestamp.json must always be asked for again.
 */
static const char *cache_control(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	return name[strspn(name, "0123456789abcdef")] == '.' ? "public, max-age=31536000, immutable"
							     : "no-cache";
}

static const char *field_of(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* The part that is asked for. With If-Range only if the file is still the one that the client has a part of. */
static tg_serve_range range_of(int64_t *first, int64_t *last, struct MHD_Connection *connection, const char *etag, int64_t length)
{
	const char *condition = field_of(connection, MHD_HTTP_HEADER_IF_RANGE);
	const char *range = field_of(connection, MHD_HTTP_HEADER_RANGE);

	if (condition != NULL && strcmp(condition, etag) != 0)
		range = NULL;
	return tg_serve_range_read(first, last, range, length);
}

/* The body, which takes over `fd`, with the fields that only this status has. NULL: out of memory. */
static struct MHD_Response *make_body(unsigned *status, struct MHD_Connection *connection, int fd, int64_t length, const char *etag)
{
	struct MHD_Response *response;
	char said[80] = "";
	int64_t first, last;
	tg_serve_range range = range_of(&first, &last, connection, etag, length);

	*status = MHD_HTTP_OK;
	if (etag_matches(field_of(connection, MHD_HTTP_HEADER_IF_NONE_MATCH), etag)) {
		*status = MHD_HTTP_NOT_MODIFIED;
	} else if (range == TG_SERVE_NONE) {
		*status = MHD_HTTP_RANGE_NOT_SATISFIABLE;
		(void)snprintf(said, sizeof(said), "bytes */%lld", (long long)length);
	} else if (range == TG_SERVE_PART) {
		*status = MHD_HTTP_PARTIAL_CONTENT;
		(void)snprintf(said, sizeof(said), "bytes %lld-%lld/%lld", (long long)first, (long long)last, (long long)length);
	}
	if (*status == MHD_HTTP_OK || *status == MHD_HTTP_PARTIAL_CONTENT)
		response = MHD_create_response_from_fd_at_offset64((uint64_t)(last - first + 1), fd, (uint64_t)first);
	else
		response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	if (response == NULL || *status == MHD_HTTP_NOT_MODIFIED || *status == MHD_HTTP_RANGE_NOT_SATISFIABLE)
		(void)close(fd); /* else the response does */
	if (response != NULL && said[0] != '\0')
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, said);
	return response;
}

static enum MHD_Result answer_file(
	struct MHD_Connection *connection, const char *path, int fd, const struct stat *st)
{
	char etag[64];
	unsigned status;
	size_t len = strlen(path);
	struct MHD_Response *response;
	enum MHD_Result result;

	make_etag(etag, st);
	response = make_body(&status, connection, fd, (int64_t)st->st_size, etag);
	if (response == NULL)
		return MHD_NO;
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, etag);
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, cache_control(path));
	(void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
		len > 5 && strcmp(path + len - 5, ".json") == 0 ? "application/json"
								: "application/octet-stream");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer(void *ctx, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *data_len, void **state)
{
	static char seen; /* its address marks a request whose headers were looked at */
	const tg_server *server = ctx;
	const char *path;
	struct stat st;
	int fd;

	(void)version;
	(void)data;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
		*data_len = 0;
		return answer_words(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	}
	if (*state == NULL) {
		*state = &seen;
		return MHD_YES;
	}
	path = tg_serve_path(url);
	fd = path == NULL ? -1 : open_below(server->root, path);
	if (fd < 0)
		return answer_words(connection, MHD_HTTP_NOT_FOUND, "not found\n");
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return answer_words(connection, MHD_HTTP_NOT_FOUND, "not found\n");
	}
	return answer_file(connection, path, fd, &st);
}

/* ---- starting and stopping ---- */

static int make_address(
	struct sockaddr_storage *out, bool *v6, const tg_serve_options *options, tg_error *err)
{
	struct sockaddr_in *four = (struct sockaddr_in *)out;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, options->address, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(options->port);
		*v6 = false;
		return TG_OK;
	}
	if (inet_pton(AF_INET6, options->address, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(options->port);
		*v6 = true;
		return TG_OK;
	}
	return tg_fail(err, TG_EINVAL, "\"%s\" is no IP address", options->address);
}

static int read_tls(tg_server *server, const tg_serve_options *options, tg_error *err)
{
	int rc;

	if (options->tls_cert == NULL)
		return TG_OK;
	rc = tg_file_read(&server->cert, options->tls_cert, PEM_FILE_MAX, err);
	return rc == TG_OK ? tg_file_read(&server->key, options->tls_key, PEM_FILE_MAX, err) : rc;
}

static int start(tg_server *server, const tg_serve_options *options, tg_error *err)
{
	struct sockaddr_storage address;
	struct MHD_OptionItem tls[] = { { MHD_OPTION_END, 0, NULL }, { MHD_OPTION_END, 0, NULL },
		{ MHD_OPTION_END, 0, NULL } };
	unsigned flags = MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD;
	bool v6 = false;
	int rc = make_address(&address, &v6, options, err);

	if (rc == TG_OK)
		rc = read_tls(server, options, err);
	if (rc != TG_OK)
		return rc;
	if (options->tls_cert != NULL) {
		flags |= MHD_USE_TLS;
		tls[0] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, server->cert.data };
		tls[1] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, server->key.data };
	}
	if (v6)
		flags |= MHD_USE_IPv6;
	errno = 0;
	server->daemon =
		MHD_start_daemon(flags, 0, NULL, NULL, answer, server, MHD_OPTION_SOCK_ADDR, &address,
			MHD_OPTION_THREAD_POOL_SIZE, (unsigned)TG_SERVE_THREADS, MHD_OPTION_CONNECTION_LIMIT,
			(unsigned)TG_SERVE_CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
			(unsigned)TG_SERVE_PER_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT,
			(unsigned)TG_SERVE_TIMEOUT_S, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	if (server->daemon == NULL)
		return errno != 0 ? tg_fail_errno(err, TG_EIO, "%s port %u", options->address, options->port)
				  : tg_fail(err, TG_EIO,
					    "%s port %u: cannot serve (is the port free, are certificate and "
					    "key a pair?)",
					    options->address, options->port);
	return TG_OK;
}

int tg_serve_start(tg_server **out, const tg_serve_options *options, tg_error *err)
{
	tg_server *server = calloc(1, sizeof(*server));
	int rc;

	if (server == NULL)
		return tg_fail(err, TG_ENOMEM, "server");
	tg_buf_init(&server->cert, PEM_FILE_MAX);
	tg_buf_init(&server->key, PEM_FILE_MAX);
	server->root = open(options->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (server->root < 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", options->root);
	else
		rc = start(server, options, err);
	if (rc != TG_OK) {
		tg_serve_stop(server);
		return rc;
	}
	*out = server;
	return TG_OK;
}

uint16_t tg_serve_port(const tg_server *server)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info != NULL ? info->port : 0;
}

void tg_serve_stop(tg_server *server)
{
	if (server == NULL)
		return;
	if (server->daemon != NULL)
		MHD_stop_daemon(server->daemon);
	if (server->root >= 0)
		(void)close(server->root);
	if (server->key.data != NULL)
		tg_wipe(server->key.data, server->key.len);
	tg_buf_fini(&server->key);
	tg_buf_fini(&server->cert);
	free(server);
}
