/* SPDX-License-Identifier: Apache-2.0
 *
 * test_http.c - the local API over its socket: what is refused, with which status, and that a connection lives on.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/daemon/http.h"
#include "tests/unit/station/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PLENTY_S 20
#define IDLE_CALLERS 130 /* more than the 128 that once shut everybody else out */

struct server {
	station_fixture *fixture;
	char socket[4096];
	tg_station *station;
	tg_http *http;
};

struct reply {
	int status;
	char head[2048];
	tg_json *json;
};

static int connect_to(const struct server *s)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = PLENTY_S };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(strlen(s->socket) < sizeof(address.sun_path));
	strcpy(address.sun_path, s->socket);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

static void send_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* an answer may come before all was sent */
		bytes += n;
		len -= (size_t)n;
	}
}

static void read_reply(struct reply *r, int fd)
{
	size_t n = 0, length;
	const char *stated;
	tg_buf body;

	memset(r, 0, sizeof(*r));
	while (strstr(r->head, "\r\n\r\n") == NULL) {
		assert_true(n + 1 < sizeof(r->head));
		assert_int_equal(recv(fd, r->head + n++, 1, 0), 1);
	}
	assert_memory_equal(r->head, "HTTP/1.1 ", 9);
	r->status = atoi(r->head + 9);
	stated = strcasestr(r->head, "\nContent-Length:");
	assert_non_null(stated);
	length = strtoul(stated + 16, NULL, 10);
	tg_buf_init(&body, TG_API_REPLY_MAX);
	while (body.len < length) {
		char chunk[4096];
		ssize_t got = recv(
			fd, chunk, length - body.len < sizeof(chunk) ? length - body.len : sizeof(chunk), 0);

		assert_true(got > 0);
		tg_buf_append(&body, chunk, (size_t)got);
	}
	assert_int_equal(tg_json_parse(&r->json, tg_buf_view(&body), NULL), TG_OK);
	tg_buf_fini(&body);
}

static void ask(struct reply *r, int fd, const char *method, const char *path, const char *body)
{
	char head[512];
	int n = snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: t\r\nContent-Length: %zu\r\n\r\n",
		method, path, strlen(body));

	send_all(fd, head, (size_t)n);
	send_all(fd, body, strlen(body));
	read_reply(r, fd);
}

#define GOOD "{\"label\":\"" GTIN_HELD "\",\"operation\":\"sale\"}"

static const struct {
	const char *what, *method, *path, *body;
	int status;
	const char *code; /* NULL: no error */
} requests[] = {
	{ "a check", "POST", "/v1/check", GOOD, 200, NULL },
	{ "no JSON", "POST", "/v1/check", "label=1", 400, "malformed" },
	{ "JSON that goes on", "POST", "/v1/check", GOOD "x", 400, "malformed" },
	{ "a name twice", "POST", "/v1/check", "{\"label\":\"1\",\"label\":\"2\",\"operation\":\"sale\"}",
		400, "malformed" },
	{ "nothing", "POST", "/v1/check", "", 400, "malformed" },
	{ "an array", "POST", "/v1/check", "[]", 400, "malformed" },
	{ "a member nobody knows", "POST", "/v1/check",
		"{\"label\":\"1\",\"operation\":\"sale\",\"released\":true}", 400, "malformed" },
	{ "a batch", "POST", "/v1/checks", "{\"checks\":[" GOOD "," GOOD "]}", 200, NULL },
	{ "an empty batch", "POST", "/v1/checks", "{\"checks\":[]}", 400, "malformed" },
	{ "a batch with one bad member", "POST", "/v1/checks", "{\"checks\":[" GOOD ",{}]}", 400,
		"malformed" },
	{ "a check by GET", "GET", "/v1/check", "", 405, "invalid argument" },
	{ "status by POST", "POST", "/v1/status", "{}", 405, "invalid argument" },
	{ "status", "GET", "/v1/status", "", 200, NULL },
	{ "another version", "GET", "/v2/status", "", 404, "not found" },
	{ "a path that climbs", "GET", "/v1/../v1/status", "", 404, "not found" },
	{ "the root", "GET", "/", "", 404, "not found" },
	{ "evidence", "GET", "/v1/evidence?count=2", "", 200, NULL },
	{ "a count that is none", "GET", "/v1/evidence?count=two", "", 400, "malformed" },
	{ "a count below nothing", "GET", "/v1/evidence?count=-1", "", 400, "malformed" },
	{ "a number past all numbers", "GET", "/v1/evidence?from=99999999999999999999", "", 400,
		"malformed" },
	{ "a number that was escaped", "GET", "/v1/evidence?from=%30", "", 200, NULL },
	{ "an escaped separator", "GET", "/v1/evidence?from=0%26count=1", "", 400, "malformed" },
	{ "an escaped equals sign", "GET", "/v1/evidence?from%3d0", "", 400, "malformed" },
	{ "no value", "GET", "/v1/evidence?from", "", 400, "malformed" },
	{ "a parameter twice", "GET", "/v1/evidence?from=0&from=0", "", 400, "malformed" },
	{ "a parameter nobody knows", "GET", "/v1/evidence?since=0", "", 400, "malformed" },
	{ "an entry that is not there", "GET", "/v1/evidence/entry?from=123456", "", 404, "not found" },
	{ "an epoch that is not there", "GET", "/v1/evidence?epoch=7", "", 404, "not found" },
	{ "a proof of nothing", "GET", "/v1/evidence/proof", "", 400, "invalid argument" },
	{ "the key", "GET", "/v1/evidence/key", "", 200, NULL },
	{ "a checkpoint", "POST", "/v1/checkpoint", "", 200, NULL },
	{ "a verification", "POST", "/v1/evidence/verify", "", 200, NULL },
};

static void every_request_gets_its_status_and_one_connection_serves_them_all(void **state)
{
	struct server *s = *state;
	int fd = connect_to(s);

	for (size_t i = 0; i < TG_COUNT(requests); i++) {
		struct reply r;
		const char *code;

		ask(&r, fd, requests[i].method, requests[i].path, requests[i].body);
		code = tg_json_str(tg_json_get(r.json, "code"));
		if (r.status != requests[i].status ||
			(requests[i].code != NULL && (code == NULL || strcmp(code, requests[i].code) != 0)))
			fail_msg("%s: status %d, code \"%s\"", requests[i].what, r.status,
				code != NULL ? code : "");
		if (requests[i].code != NULL)
			assert_non_null(tg_json_str(tg_json_get(r.json, "error")));
		assert_non_null(strcasestr(r.head, "Content-Type: application/json"));
		assert_non_null(strcasestr(r.head, "Cache-Control: no-store"));
		tg_json_free(r.json);
	}
	close(fd);
}

static void a_batch_with_one_bad_member_leaves_no_entry(void **state)
{
	struct server *s = *state;
	int fd = connect_to(s);
	struct reply r;
	char *log;

	ask(&r, fd, "POST", "/v1/checks", "{\"checks\":[" GOOD ",{\"label\":\"1\",\"operation\":\"gift\"}]}");
	assert_int_equal(r.status, 400);
	assert_non_null(strstr(tg_json_str(tg_json_get(r.json, "error")), "checks[1]"));
	tg_json_free(r.json);
	log = fixture_log(s->station);
	assert_int_equal(fixture_count(log, "\"kind\":\"check\""), 0);
	free(log);
	close(fd);
}

static void two_hundred_and_fifty_six_checks_fit_a_batch_and_no_more(void **state)
{
	struct server *s = *state;
	int fd = connect_to(s);
	struct reply r;
	tg_buf body;

	for (int count = TG_CHECK_MANY_MAX; count <= TG_CHECK_MANY_MAX + 1; count++) {
		tg_buf_init(&body, 1 << 20);
		tg_buf_puts(&body, "{\"checks\":[");
		for (int i = 0; i < count; i++)
			tg_buf_printf(&body, "%s" GOOD, i > 0 ? "," : "");
		tg_buf_puts(&body, "]}");
		ask(&r, fd, "POST", "/v1/checks", tg_buf_text(&body));
		assert_int_equal(r.status, count == TG_CHECK_MANY_MAX ? 200 : 400);
		if (r.status == 200)
			assert_int_equal(tg_json_size(tg_json_get(r.json, "answers")), TG_CHECK_MANY_MAX);
		tg_json_free(r.json);
		tg_buf_fini(&body);
	}
	close(fd);
}

static void a_body_that_is_too_long_is_refused_and_not_checked(void **state)
{
	struct server *s = *state;
	size_t len = TG_API_BODY_MAX + 1;
	char *body = malloc(len + 1), *log;
	int fd = connect_to(s);
	struct reply r;

	assert_non_null(body);
	memset(body, ' ', len);
	memcpy(body, GOOD, strlen(GOOD)); /* a right check, but for what follows it */
	body[len] = '\0';
	ask(&r, fd, "POST", "/v1/check", body);
	assert_int_equal(r.status, 413);
	assert_string_equal(tg_json_str(tg_json_get(r.json, "code")), "wrong length");
	tg_json_free(r.json);
	close(fd);
	fd = connect_to(s);
	body[TG_API_BODY_MAX] = '\0';
	ask(&r, fd, "POST", "/v1/check", body);
	assert_int_equal(r.status, 200);
	tg_json_free(r.json);
	close(fd);
	free(body);
	log = fixture_log(s->station);
	assert_int_equal(fixture_count(log, "\"kind\":\"check\""), 1);
	free(log);
}

static void a_body_in_pieces_is_put_together_and_half_a_request_harms_nobody(void **state)
{
	struct server *s = *state;
	int half = connect_to(s), fd = connect_to(s);
	static const char head[] = "POST /v1/check HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n";
	struct reply r;

	send_all(half, "POST /v1/check HTTP/1.1\r\nHost: t\r\nContent-Length: 60\r\n\r\n{\"label\":", 65);
	send_all(fd, head, sizeof(head) - 1);
	for (const char *p = GOOD; *p != '\0'; p++) {
		char chunk[8];

		send_all(fd, chunk, (size_t)snprintf(chunk, sizeof(chunk), "1\r\n%c\r\n", *p));
	}
	send_all(fd, "0\r\n\r\n", 5);
	read_reply(&r, fd);
	assert_int_equal(r.status, 200);
	assert_true(tg_json_bool(tg_json_get(r.json, "released")));
	tg_json_free(r.json);
	close(half);
	ask(&r, fd, "GET", "/v1/status", "");
	assert_int_equal(r.status, 200);
	tg_json_free(r.json);
	close(fd);
}

static void a_check_gets_through_beside_many_idle_callers(void **state)
{
	struct server *s = *state;
	int idle[IDLE_CALLERS], fd;
	struct reply r;

	for (size_t i = 0; i < IDLE_CALLERS; i++)
		idle[i] = connect_to(s);
	fd = connect_to(s);
	ask(&r, fd, "POST", "/v1/check", GOOD);
	assert_int_equal(r.status, 200);
	tg_json_free(r.json);
	close(fd);
	/* The idle ones are served too, not merely queued. */
	for (size_t i = 0; i < IDLE_CALLERS; i++) {
		ask(&r, idle[i], "GET", "/v1/evidence/key", "");
		assert_int_equal(r.status, 200);
		tg_json_free(r.json);
		close(idle[i]);
	}
}

static void a_query_longer_than_any_address_takes_is_refused(void **state)
{
	struct server *s = *state;
	int fd = connect_to(s);
	char path[1500];
	struct reply r;

	snprintf(path, sizeof(path), "/v1/evidence?from=%0*d", TG_HTTP_QUERY_MAX, 0);
	send_all(fd, "GET ", 4);
	send_all(fd, path, strlen(path));
	send_all(fd, " HTTP/1.1\r\nHost: t\r\n\r\n", 22);
	read_reply(&r, fd);
	assert_int_equal(r.status, 400);
	tg_json_free(r.json);
	close(fd);
}

static void the_socket_has_its_rights_replaces_a_dead_one_and_goes_away(void **state)
{
	struct server *s = *state;
	struct stat st;
	int dead;

	assert_int_equal(stat(s->socket, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	tg_http_stop(s->http);
	s->http = NULL;
	assert_int_equal(stat(s->socket, &st), -1);
	dead = socket(AF_UNIX, SOCK_STREAM, 0);
	{
		struct sockaddr_un address = { .sun_family = AF_UNIX };

		strcpy(address.sun_path, s->socket);
		assert_int_equal(bind(dead, (const struct sockaddr *)&address, sizeof(address)), 0);
	}
	close(dead); /* as after a kill: the name stays */
	assert_int_equal(stat(s->socket, &st), 0);
	assert_int_equal(tg_http_start(&s->http, s->socket, 0660, s->station, NULL), TG_OK);
	close(connect_to(s));
}

static void a_path_too_long_for_a_socket_is_refused(void **state)
{
	struct server *s = *state;
	char path[200];
	tg_http *http = NULL;

	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(tg_http_start(&http, path, 0600, s->station, NULL), TG_EINVAL);
	assert_null(http);
}

static int set_up(void **state)
{
	struct server *s = calloc(1, sizeof(*s));
	void *fixture = NULL;

	assert_non_null(s);
	fixture_setup_synced(&fixture);
	s->fixture = fixture;
	snprintf(s->socket, sizeof(s->socket), "%.100s/api.sock", s->fixture->root);
	s->station = fixture_open(s->fixture, false);
	assert_int_equal(tg_http_start(&s->http, s->socket, 0600, s->station, NULL), TG_OK);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct server *s = *state;
	void *fixture = s->fixture;

	tg_http_stop(s->http);
	tg_station_close(s->station);
	free(s);
	return fixture_teardown(&fixture);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(every_request_gets_its_status_and_one_connection_serves_them_all),
		SERVED(a_batch_with_one_bad_member_leaves_no_entry),
		SERVED(two_hundred_and_fifty_six_checks_fit_a_batch_and_no_more),
		SERVED(a_body_that_is_too_long_is_refused_and_not_checked),
		SERVED(a_body_in_pieces_is_put_together_and_half_a_request_harms_nobody),
		SERVED(a_check_gets_through_beside_many_idle_callers),
		SERVED(a_query_longer_than_any_address_takes_is_refused),
		SERVED(the_socket_has_its_rights_replaces_a_dead_one_and_goes_away),
		SERVED(a_path_too_long_for_a_socket_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
