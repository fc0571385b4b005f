/* SPDX-License-Identifier: Apache-2.0
 *
 * server.c - libmicrohttpd with faults; server.h says which.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/update/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define BODY_MAX (16 << 20)
#define CHUNK 4096

typedef struct entry {
	char path[256];
	tg_buf body;
	unsigned status;
	server_fault fault;
	struct {
		char name[32], value[160];
	} fields[SERVER_FIELDS];
	bool used;
} entry;

struct server {
	struct MHD_Daemon *daemon;
	char url[64];
	pthread_mutex_t lock;
	entry files[SERVER_FILES];
	char log[SERVER_LOG][256];
	char log_fields[SERVER_LOG][1024];
	size_t requests;
};

static entry *find(server *s, const char *path)
{
	for (size_t i = 0; i < SERVER_FILES; i++)
		if (s->files[i].used && strcmp(s->files[i].path, path) == 0)
			return &s->files[i];
	return NULL;
}

static ssize_t faulty_body(void *ctx, uint64_t pos, char *buf, size_t max)
{
	const entry *e = ctx;
	size_t half = e->body.len / 2, take = max < CHUNK ? max : CHUNK;

	if (e->fault == SERVE_STALLED)
		return 0;
	if (e->fault == SERVE_TRUNCATED) {
		if (pos >= half)
			return MHD_CONTENT_READER_END_WITH_ERROR;
		take = take < half - pos ? take : (size_t)(half - pos);
		memcpy(buf, e->body.data + pos, take);
		return (ssize_t)take;
	}
	for (size_t i = 0; i < take; i++)
		buf[i] = pos + i < e->body.len ? (char)e->body.data[pos + i] : 'A';
	return (ssize_t)take;
}

static struct MHD_Response *respond(entry *e, size_t from)
{
	struct MHD_Response *response;

	switch (e->fault) {
	case SERVE_ENDLESS:
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CHUNK, faulty_body, e, NULL);
	case SERVE_TRUNCATED:
	case SERVE_STALLED:
		return MHD_create_response_from_callback(e->body.len, CHUNK, faulty_body, e, NULL);
	case SERVE_FINE:
	case SERVE_REDIRECT:
	case SERVE_GZIP:
	case SERVE_RANGE_IGNORED:
	case SERVE_RANGE_SHIFTED:
	case SERVE_RANGE_UNSAID:
		break;
	}
	response = MHD_create_response_from_buffer(
		e->body.len - from, from > 0 ? e->body.data + from : e->body.data, MHD_RESPMEM_MUST_COPY);
	if (e->fault == SERVE_REDIRECT)
		MHD_add_response_header(response, "Location", "/other");
	if (e->fault == SERVE_GZIP)
		MHD_add_response_header(response, "Content-Encoding", "gzip");
	return response;
}

static const char *field_of(const entry *e, const char *name)
{
	for (size_t i = 0; i < SERVER_FIELDS; i++)
		if (strcmp(e->fields[i].name, name) == 0)
			return e->fields[i].value;
	return "";
}

static bool asks(struct MHD_Connection *connection, const char *name, const char *value)
{
	const char *sent = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);

	return sent != NULL && strcmp(sent, value) == 0;
}

/* The answer to a range or a condition: the status, and from which byte on. */
static unsigned range_of(size_t *from, const entry *e, struct MHD_Connection *connection)
{
	const char *range = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Range");
	const char *same = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "If-Range");

	*from = 0;
	if (field_of(e, "ETag")[0] != '\0' && asks(connection, "If-None-Match", field_of(e, "ETag")))
		return MHD_HTTP_NOT_MODIFIED;
	if (range == NULL || strncmp(range, "bytes=", 6) != 0 || e->fault == SERVE_RANGE_IGNORED ||
		(same != NULL && strcmp(same, field_of(e, "ETag")) != 0))
		return MHD_HTTP_OK;
	*from = strtoul(range + 6, NULL, 10) + (e->fault == SERVE_RANGE_SHIFTED ? 1 : 0);
	if (*from < e->body.len)
		return MHD_HTTP_PARTIAL_CONTENT;
	*from = 0;
	return MHD_HTTP_RANGE_NOT_SATISFIABLE;
}

static struct MHD_Response *respond_with_fields(unsigned *status, entry *e, struct MHD_Connection *connection)
{
	struct MHD_Response *response;
	char range[64];
	size_t from;

	*status = range_of(&from, e, connection);
	response = respond(e, from);
	(void)snprintf(range, sizeof(range), "bytes %zu-%zu/%zu", from, e->body.len - 1, e->body.len);
	if (*status == MHD_HTTP_PARTIAL_CONTENT && e->fault != SERVE_RANGE_UNSAID)
		MHD_add_response_header(response, "Content-Range", range);
	for (size_t i = 0; i < SERVER_FIELDS && e->fields[i].name[0] != '\0'; i++)
		MHD_add_response_header(response, e->fields[i].name, e->fields[i].value);
	if (e->fault == SERVE_REDIRECT)
		*status = MHD_HTTP_FOUND;
	else if (e->status != 0)
		*status = e->status;
	return response;
}

static enum MHD_Result log_field(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
	char *log = ctx;
	size_t len = strlen(log), room = sizeof(((server *)0)->log_fields[0]) - len;

	(void)kind;
	(void)snprintf(log + len, room, "%s: %s\n", name, value != NULL ? value : "");
	return MHD_YES;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *upload, size_t *upload_len, void **state)
{
	static char nothing[] = "nothing here\n";
	server *s = ctx;
	struct MHD_Response *response;
	unsigned status = MHD_HTTP_NOT_FOUND;
	enum MHD_Result result;
	entry *e;

	(void)method, (void)version, (void)upload, (void)upload_len, (void)state;
	pthread_mutex_lock(&s->lock);
	if (s->requests < SERVER_LOG) {
		s->log_fields[s->requests][0] = '\0';
		MHD_get_connection_values(connection, MHD_HEADER_KIND, log_field, s->log_fields[s->requests]);
		(void)snprintf(s->log[s->requests++], sizeof(s->log[0]), "%s", url);
	}
	e = find(s, url);
	if (e == NULL)
		response =
			MHD_create_response_from_buffer(sizeof(nothing) - 1, nothing, MHD_RESPMEM_PERSISTENT);
	else
		response = respond_with_fields(&status, e, connection);
	pthread_mutex_unlock(&s->lock);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* Paths as they came: no %-decoding, so that the log shows what was asked for. */
static size_t keep_escapes(void *ctx, struct MHD_Connection *connection, char *text)
{
	(void)ctx, (void)connection;
	return strlen(text);
}

server *server_start(void)
{
	server *s = calloc(1, sizeof(*s));
	const union MHD_DaemonInfo *info;
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };

	assert_non_null(s);
	pthread_mutex_init(&s->lock, NULL);
	s->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL,
		on_request, s, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_END);
	assert_non_null(s->daemon);
	info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
	(void)snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u", (unsigned)info->port);
	return s;
}

void server_stop(server *s)
{
	MHD_stop_daemon(s->daemon);
	for (size_t i = 0; i < SERVER_FILES; i++)
		if (s->files[i].used)
			tg_buf_fini(&s->files[i].body);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

const char *server_url(const server *s)
{
	return s->url;
}

static entry *must_find(server *s, const char *path)
{
	entry *e = find(s, path);

	if (e == NULL)
		fail_msg("the server has no %s", path);
	return e;
}

void server_put(server *s, const char *path, tg_view bytes)
{
	entry *e = find(s, path);

	for (size_t i = 0; e == NULL && i < SERVER_FILES; i++)
		if (!s->files[i].used)
			e = &s->files[i];
	if (e == NULL) {
		fail_msg("the server is full");
		return;
	}
	if (e->used)
		tg_buf_fini(&e->body);
	*e = (entry){ .used = true };
	(void)snprintf(e->path, sizeof(e->path), "%s", path);
	tg_buf_init(&e->body, BODY_MAX);
	tg_buf_append(&e->body, bytes.data, bytes.len);
}

void server_remove(server *s, const char *path)
{
	entry *e = must_find(s, path);

	tg_buf_fini(&e->body);
	e->used = false;
}

void server_clear(server *s)
{
	for (size_t i = 0; i < SERVER_FILES; i++)
		if (s->files[i].used)
			server_remove(s, s->files[i].path);
}

void server_set_status(server *s, const char *path, unsigned status)
{
	must_find(s, path)->status = status;
}

void server_set_fault(server *s, const char *path, server_fault fault)
{
	must_find(s, path)->fault = fault;
}

void server_set_field(server *s, const char *path, const char *name, const char *value)
{
	entry *e = must_find(s, path);
	size_t i = 0;

	while (i < SERVER_FIELDS && e->fields[i].name[0] != '\0' && strcmp(e->fields[i].name, name) != 0)
		i++;
	if (i == SERVER_FIELDS) {
		fail_msg("%s has %d fields already", path, SERVER_FIELDS);
		return;
	}
	(void)snprintf(e->fields[i].name, sizeof(e->fields[i].name), "%s", name);
	(void)snprintf(e->fields[i].value, sizeof(e->fields[i].value), "%s", value);
}

size_t server_requests(const server *s)
{
	return s->requests;
}

const char *server_request(const server *s, size_t i)
{
	return i < s->requests ? s->log[i] : "";
}

const char *server_request_fields(const server *s, size_t i)
{
	return i < s->requests ? s->log_fields[i] : "";
}

void server_forget(server *s)
{
	s->requests = 0;
}
