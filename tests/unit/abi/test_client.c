/* SPDX-License-Identifier: Apache-2.0
 *
 * test_client.c - the library as a till sees it, against a daemon that behaves, misbehaves, and goes away.
 */
#include "tests/unit/abi/fake_daemon.h"
#include "tillgate/tillgate.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATIENT_MS 60000 /* never reached: every stage answers or closes */
#define SHORT_MS 30      /* where the stage never answers, so that how long it is does not matter */

#define ALLOWED \
	"{\"v\":1,\"kind\":\"product\",\"outcome\":\"allow\",\"could_not_check\":false,\"released\":true,\"would_release\":true," \
	"\"mode\":\"enforce\",\"overridable\":false,\"gtin\":\"09524000059109\",\"batch\":\"AB12\",\"name\":\"Lamp\"," \
	"\"answer\":\"held\",\"rows\":[\"15\"],\"off\":[[\"16\",\"23\"]],\"decided_by\":\"15\",\"code\":\"soc-held\",\"action\":\"Sell.\"," \
	"\"reason\":\"A statement is held.\",\"basis\":\"PSTI Act 2022 s. 22\",\"soc\":\"S-1\",\"soc_link\":\"https://example.com/s1\"," \
	"\"stage\":\"fresh\",\"age_s\":120,\"catalogue_version\":7,\"policy_version\":3,\"operation\":\"sale\",\"seq\":42," \
	"\"reference\":\"T1-1A-K\",\"at\":\"2026-11-23T02:11:52.123456Z\",\"recorded\":true}\n"

#define STATUS \
	"{\"v\":1,\"stage\":\"ageing\",\"health\":\"attention\",\"age_s\":90000,\"catalogue_version\":7,\"policy_version\":3," \
	"\"station\":\"till-1\",\"software\":\"0.1.0\",\"faults\":[\"first\",\"second\"],\"operations\":{" \
	"\"offer\":{\"mode\":\"enforce\",\"stage\":\"fresh\"},\"sale\":{\"mode\":\"enforce\"},\"dispatch\":{\"mode\":\"enforce\"}," \
	"\"goods-in\":{\"mode\":\"observe\"},\"return\":{\"mode\":\"enforce\"},\"stock-check\":{\"mode\":\"enforce\"}}}"

/* A response of 200 with this body. The text lives until the next call with the same `room`. */
static const char *ok(char room[4096], const char *body)
{
	(void)snprintf(room, 4096, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", strlen(body), body);
	return room;
}

static tillgate_client *open_at(const char *path, int32_t timeout_ms)
{
	tillgate_error err = TILLGATE_ERROR_INIT;
	tillgate_client *client = NULL;

	if (tillgate_open(&client, path, timeout_ms, &err) != TILLGATE_OK)
		fail_msg("%s", err.message);
	return client;
}

/* An answer full of permission, as a careless till might pass it in a second time. */
static tillgate_answer dirty(void)
{
	tillgate_answer a;

	memset(&a, 'x', sizeof(a));
	a.size = sizeof(a);
	a.decision = TILLGATE_ALLOW;
	a.could_not_check = 0;
	a.released = 1;
	return a;
}

static int check(tillgate_answer *answer, tillgate_client *client, const char *label, tillgate_error *err)
{
	tillgate_request ask = TILLGATE_REQUEST_INIT;

	ask.label = label;
	ask.label_len = strlen(label);
	return tillgate_check(answer, client, &ask, err);
}

static void assert_blocked(const tillgate_answer *a, const char *what)
{
	if (a->decision != TILLGATE_BLOCK || a->could_not_check != 1 || a->released != 0 || a->recorded != 0)
		fail_msg("%s: decision %d, could_not_check %d, released %d", what, a->decision, a->could_not_check, a->released);
	if (a->action[0] == '\0' || a->reason[0] == '\0' || a->fault[0] == '\0')
		fail_msg("%s: no words", what);
}

/* ---- overrides ---- */

#define GRANTED \
	"{\"v\":1,\"granted\":true,\"released\":true,\"recorded\":true,\"seq\":43,\"code\":\"override-granted\",\"action\":\"Go on.\"," \
	"\"reason\":\"Recorded.\",\"authority\":\"manager\",\"reference\":\"T1-1B-K\",\"at\":\"2026-11-23T02:11:52Z\"}"

static tillgate_override_request wish(void)
{
	tillgate_override_request r = TILLGATE_OVERRIDE_REQUEST_INIT;

	r.reference = "T1-1A-K";
	r.reason = "agreed";
	r.asked_by = "carl";
	r.who = "anna";
	r.pin = "482915";
	return r;
}

static void an_override_arrives_whole(void **state)
{
	char room[4096];
	const struct reply replies[] = { { .bytes = ok(room, GRANTED) } };
	fake_daemon *daemon = fake_daemon_start(replies, COUNT(replies));
	tillgate_client *client = open_at(fake_daemon_path(daemon), PATIENT_MS);
	tillgate_override_request ask = wish();
	tillgate_override_answer a = TILLGATE_OVERRIDE_ANSWER_INIT;
	tillgate_error err = TILLGATE_ERROR_INIT;

	(void)state;
	assert_int_equal(tillgate_override(&a, client, &ask, &err), TILLGATE_OK);
	assert_int_equal(a.released, 1);
	assert_int_equal(a.granted, 1);
	assert_int_equal(a.recorded, 1);
	assert_int_equal(a.delivered, -1);
	assert_int_equal(a.seq, 43);
	assert_string_equal(a.authority, "manager");
	assert_string_equal(a.reference, "T1-1B-K");
	assert_non_null(strstr(fake_daemon_request(daemon, 0), "POST /v1/override HTTP/1.1\r\n"));
	assert_non_null(strstr(fake_daemon_request(daemon, 0),
		"{\"reference\":\"T1-1A-K\",\"reason\":\"agreed\",\"asked_by\":\"carl\",\"by\":{\"pin\":\"482915\",\"who\":\"anna\"}}"));
	tillgate_close(client);
	fake_daemon_stop(daemon);
}

static const char *const not_releasing[] = {
	"{}", "[]", "", "null",
	"{\"v\":2,\"granted\":true,\"released\":true,\"recorded\":true,\"code\":\"c\",\"action\":\"a\",\"reason\":\"r\"}",
	"{\"v\":1,\"granted\":false,\"released\":true,\"recorded\":true,\"code\":\"c\",\"action\":\"a\",\"reason\":\"r\"}",
	"{\"v\":1,\"granted\":true,\"released\":true,\"recorded\":false,\"code\":\"c\",\"action\":\"a\",\"reason\":\"r\"}",
	"{\"v\":1,\"granted\":true,\"released\":1,\"recorded\":true,\"code\":\"c\",\"action\":\"a\",\"reason\":\"r\"}",
	"{\"v\":1,\"granted\":true,\"released\":true,\"code\":\"c\",\"action\":\"a\",\"reason\":\"r\"}",
	"{\"v\":1,\"granted\":true,\"released\":true,\"recorded\":true,\"released\":true,\"code\":\"c\",\"action\":\"a\",\"reason\":\"r\"}",
};

static void an_override_that_cannot_be_read_releases_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(not_releasing); i++) {
		char room[4096];
		const struct reply replies[] = { { .bytes = ok(room, not_releasing[i]) } };
		fake_daemon *daemon = fake_daemon_start(replies, COUNT(replies));
		tillgate_client *client = open_at(fake_daemon_path(daemon), PATIENT_MS);
		tillgate_override_request ask = wish();
		tillgate_override_answer a = TILLGATE_OVERRIDE_ANSWER_INIT;
		tillgate_error err = TILLGATE_ERROR_INIT;

		a.released = a.granted = 1; /* as a careless till might pass it in */
		if (tillgate_override(&a, client, &ask, &err) != TILLGATE_EPROTOCOL || a.released != 0 || a.granted != 0 || a.action[0] == '\0')
			fail_msg("%s: released %d", not_releasing[i], a.released);
		tillgate_close(client);
		fake_daemon_stop(daemon);
	}
}

static void an_override_that_cannot_be_asked_is_refused_before_anything_is_sent(void **state)
{
	tillgate_client *client = open_at("/nowhere/tillgated.sock", PATIENT_MS);
	char longer[130];

	(void)state;
	memset(longer, 'A', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	for (int i = 0; i < 9; i++) {
		tillgate_override_request ask = wish();
		tillgate_override_answer a = TILLGATE_OVERRIDE_ANSWER_INIT;
		tillgate_error err = TILLGATE_ERROR_INIT;

		a.released = 1;
		switch (i) {
		case 0: ask.reference = NULL; break;
		case 1: ask.reason = ""; break;
		case 2: ask.asked_by = NULL; break;
		case 3: ask.pin = NULL; break;
		case 4: ask.badge = "STAFF-0041"; break;
		case 5: ask.pin = "4829\n15"; break;
		case 6: ask.pin = NULL; ask.badge = longer; break;
		case 7: ask.size = 0; break;
		default: break; /* all right, but nobody is there */
		}
		assert_int_equal(tillgate_override(&a, client, &ask, &err), i < 8 ? TILLGATE_EINVAL : TILLGATE_EABSENT);
		assert_int_equal(a.released, 0);
		assert_null(strstr(err.message, "4829"));
		assert_null(strstr(a.fault, "4829"));
	}
	assert_int_equal(tillgate_override(NULL, client, NULL, NULL), TILLGATE_EINVAL);
	tillgate_close(client);
}

static void an_answer_arrives_whole(void **state)
{
	char room[4096];
	const struct reply replies[] = { { .bytes = ok(room, ALLOWED) } };
	fake_daemon *daemon = fake_daemon_start(replies, COUNT(replies));
	tillgate_client *client = open_at(fake_daemon_path(daemon), PATIENT_MS);
	tillgate_error err = TILLGATE_ERROR_INIT;
	tillgate_answer a = dirty();

	(void)state;
	assert_int_equal(check(&a, client, "09524000059109", &err), TILLGATE_OK);
	assert_int_equal(a.decision, TILLGATE_ALLOW);
	assert_int_equal(a.could_not_check, 0);
	assert_int_equal(a.released, 1);
	assert_int_equal(a.seq, 42);
	assert_int_equal(a.age_s, 120);
	assert_int_equal(a.catalogue_version, 7);
	assert_string_equal(a.rule, "15");
	assert_string_equal(a.code, "soc-held");
	assert_string_equal(a.gtin, "09524000059109");
	assert_string_equal(a.batch, "AB12");
	assert_string_equal(a.serial, "");
	assert_string_equal(a.assessment, "held");
	assert_string_equal(a.soc_link, "https://example.com/s1");
	assert_string_equal(a.reference, "T1-1A-K");
	assert_string_equal(a.fault, "");
	assert_non_null(strstr(fake_daemon_request(daemon, 0), "{\"label\":\"09524000059109\",\"operation\":\"sale\"}"));
	tillgate_close(client);
	assert_int_equal(fake_daemon_stop(daemon), 1);
}

static void the_size_of_the_pieces_does_not_matter(void **state)
{
	char room[4096];
	static const size_t chunks[] = { 1, 2, 3, 7, 64, 1000 };

	(void)state;
	for (size_t i = 0; i < COUNT(chunks); i++) {
		const struct reply replies[] = { { .bytes = ok(room, ALLOWED), .chunk = chunks[i] } };
		fake_daemon *daemon = fake_daemon_start(replies, COUNT(replies));
		tillgate_client *client = open_at(fake_daemon_path(daemon), PATIENT_MS);
		tillgate_error err = TILLGATE_ERROR_INIT;
		tillgate_answer a = dirty();

		if (check(&a, client, "x", &err) != TILLGATE_OK || a.decision != TILLGATE_ALLOW)
			fail_msg("pieces of %zu bytes: %s", chunks[i], err.message);
		tillgate_close(client);
		assert_int_equal(fake_daemon_stop(daemon), 1);
	}
}

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

static const struct {
	const char *what, *bytes;
	enum after after;
	int rc;
} misbehaving[] = {
	{ "nothing, then the end", NULL, AFTER_CLOSE, TILLGATE_EIO },
	{ "the end inside the head", "HTTP/1.1 200 OK\r\nContent-", AFTER_CLOSE, TILLGATE_EIO },
	{ "the end inside the body", HEAD "Content-Length: 700\r\n\r\n{\"v\":1,\"outcome\":\"allow\"", AFTER_CLOSE, TILLGATE_EIO },
	{ "a length that is too large", HEAD "Content-Length: 3000\r\n\r\n" ALLOWED, AFTER_CLOSE, TILLGATE_EIO },
	{ "a length that is too small", HEAD "Content-Length: 20\r\n\r\n" ALLOWED, AFTER_KEEP, TILLGATE_EPROTOCOL },
	{ "no length", HEAD "\r\n" ALLOWED, AFTER_CLOSE, TILLGATE_EPROTOCOL },
	{ "a length over the limit", HEAD "Content-Length: 65537\r\n\r\n", AFTER_KEEP, TILLGATE_EPROTOCOL },
	{ "chunks", HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", AFTER_KEEP, TILLGATE_EPROTOCOL },
	{ "another type", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}", AFTER_KEEP, TILLGATE_EPROTOCOL },
	{ "an empty object", HEAD "Content-Length: 2\r\n\r\n{}", AFTER_KEEP, TILLGATE_EPROTOCOL },
	{ "no HTTP", "+OK ready\r\n", AFTER_KEEP, TILLGATE_EPROTOCOL },
	{ "noise", "\001\002\377\376", AFTER_KEEP, TILLGATE_EPROTOCOL },
	{ "an internal error", "HTTP/1.1 500 Oh\r\nContent-Type: application/json\r\nContent-Length: 32\r\n\r\n"
		"{\"code\":\"x\",\"error\":\"disk full\"}", AFTER_KEEP, TILLGATE_EREFUSED },
	{ "a permission with an error status", "HTTP/1.1 503 Busy\r\nContent-Type: application/json\r\nContent-Length: 29\r\n\r\n"
		"{\"outcome\":\"allow\",\"v\":1    }", AFTER_KEEP, TILLGATE_EREFUSED },
	{ "an error page without JSON", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope", AFTER_KEEP, TILLGATE_EREFUSED },
	{ "silence", NULL, AFTER_HANG, TILLGATE_ETIMEOUT },
	{ "silence inside the body", HEAD "Content-Length: 700\r\n\r\n{\"v\":1,\"outcome\":\"allow\"", AFTER_HANG, TILLGATE_ETIMEOUT },
};

static void whatever_the_daemon_does_wrong_blocks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(misbehaving); i++) {
		const struct reply replies[] = { { .bytes = misbehaving[i].bytes, .after = misbehaving[i].after } };
		fake_daemon *daemon = fake_daemon_start(replies, COUNT(replies));
		tillgate_client *client = open_at(fake_daemon_path(daemon), misbehaving[i].rc == TILLGATE_ETIMEOUT ? SHORT_MS : PATIENT_MS);
		tillgate_error err = TILLGATE_ERROR_INIT;
		tillgate_answer a = dirty();
		int rc = check(&a, client, "09524000059109", &err);

		if (rc != misbehaving[i].rc || err.code != rc)
			fail_msg("%s: %s (%s)", misbehaving[i].what, tillgate_strerror(rc), err.message);
		assert_blocked(&a, misbehaving[i].what);
		assert_string_equal(a.fault, err.message);
		tillgate_close(client);
		(void)fake_daemon_stop(daemon);
	}
}

static void an_answer_without_end_is_cut_off_at_the_limit(void **state)
{
	size_t len = 200000;
	char *flood = malloc(len);
	struct reply reply = { .bytes = flood, .len = len, .after = AFTER_HANG };
	fake_daemon *daemon;
	tillgate_client *client;
	tillgate_error err = TILLGATE_ERROR_INIT;
	tillgate_answer a = dirty();

	(void)state;
	assert_non_null(flood);
	memset(flood, 'a', len);
	memcpy(flood, "HTTP/1.1 200 OK\r\nX: ", 20);
	daemon = fake_daemon_start(&reply, 1);
	client = open_at(fake_daemon_path(daemon), PATIENT_MS);
	assert_int_equal(check(&a, client, "x", &err), TILLGATE_EPROTOCOL);
	assert_blocked(&a, "a head without end");
	tillgate_close(client);
	(void)fake_daemon_stop(daemon);
	free(flood);
}

static void the_words_of_a_refusal_reach_the_log(void **state)
{
	static const struct reply replies[] = { { .bytes = "HTTP/1.1 400 No\r\nContent-Type: application/json\r\nContent-Length: 56\r\n\r\n"
		"{\"code\":\"invalid\",\"error\":\"operation: unknown\\u001b[2J\"}" } };
	fake_daemon *daemon = fake_daemon_start(replies, COUNT(replies));
	tillgate_client *client = open_at(fake_daemon_path(daemon), PATIENT_MS);
	tillgate_error err = TILLGATE_ERROR_INIT;
	tillgate_answer a = dirty();

	(void)state;
	assert_int_equal(check(&a, client, "x", &err), TILLGATE_EREFUSED);
	assert_string_equal(err.message, "the daemon refused (400): operation: unknown?[2J");
	tillgate_close(client);
	(void)fake_daemon_stop(daemon);
}

static void nobody_at_the_socket_blocks(void **state)
{
	tillgate_client *client = open_at("/nonexistent/tillgated.sock", SHORT_MS);
	tillgate_error err = TILLGATE_ERROR_INIT;
	tillgate_answer a = dirty();

	(void)state;
	assert_int_equal(check(&a, client, "x", &err), TILLGATE_EABSENT);
	assert_blocked(&a, "no daemon");
	assert_non_null(strstr(err.message, "/nonexistent/tillgated.sock"));
	assert_int_equal(check(&a, client, "x", NULL), TILLGATE_EABSENT); /* nobody wants the error: no matter */
	tillgate_close(client);
}

static void one_connection_serves_many_checks(void **state)
{
	char room[4096];
	struct reply replies[5];
	fake_daemon *daemon;
	tillgate_client *client;

	(void)state;
	for (size_t i = 0; i < COUNT(replies); i++)
		replies[i] = (struct reply){ .bytes = ok(room, ALLOWED) };
	daemon = fake_daemon_start(replies, COUNT(replies));
	client = open_at(fake_daemon_path(daemon), PATIENT_MS);
	for (size_t i = 0; i < COUNT(replies); i++) {
		tillgate_answer a = dirty();

		assert_int_equal(check(&a, client, "x", NULL), TILLGATE_OK);
	}
	tillgate_close(client);
	assert_int_equal(fake_daemon_stop(daemon), 1);
}

static void a_daemon_that_says_close_is_asked_again_on_a_new_connection(void **state)
{
	char room[4096];
	static const char closing[] = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ";
	const struct reply replies[] = { { .bytes = room, .after = AFTER_HANG }, { .bytes = room, .after = AFTER_HANG } };
	fake_daemon *daemon;
	tillgate_client *client;
	tillgate_answer a = dirty();

	(void)state;
	(void)snprintf(room, sizeof(room), "%s%zu\r\n\r\n%s", closing, strlen(ALLOWED), ALLOWED);
	daemon = fake_daemon_start(replies, COUNT(replies));
	client = open_at(fake_daemon_path(daemon), PATIENT_MS);
	assert_int_equal(check(&a, client, "x", NULL), TILLGATE_OK);
	assert_int_equal(check(&a, client, "x", NULL), TILLGATE_OK);
	tillgate_close(client);
	assert_int_equal(fake_daemon_stop(daemon), 2);
}

static void while_the_daemon_is_down_everything_blocks(void **state)
{
	char room[4096];
	const struct reply replies[] = { { .bytes = ok(room, ALLOWED) } };
	fake_daemon *daemon = fake_daemon_start(replies, COUNT(replies));
	tillgate_client *client = open_at(fake_daemon_path(daemon), PATIENT_MS);
	tillgate_answer a = dirty();

	(void)state;
	assert_int_equal(check(&a, client, "x", NULL), TILLGATE_OK);
	assert_int_equal(fake_daemon_stop(daemon), 1);
	assert_int_equal(check(&a, client, "x", NULL), TILLGATE_EABSENT); /* the kept connection is dead, and there is no other */
	assert_blocked(&a, "while it is down");
	tillgate_close(client);
}

static void a_new_daemon_at_the_old_path_is_used_at_once(void **state)
{
	char room[4096], folder[] = "/tmp/tillgate-abi-XXXXXX", path[64];
	const struct reply replies[] = { { .bytes = ok(room, ALLOWED) } };
	fake_daemon *daemon;
	tillgate_client *client;
	tillgate_answer a = dirty();

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/socket", folder);
	client = open_at(path, PATIENT_MS);
	for (int life = 0; life < 3; life++) {
		tillgate_error err = TILLGATE_ERROR_INIT;

		daemon = fake_daemon_restart(path, replies, COUNT(replies));
		if (check(&a, client, "x", &err) != TILLGATE_OK || a.released != 1)
			fail_msg("life %d: %s", life, err.message);
		assert_int_equal(fake_daemon_requests(daemon), 1);
		assert_int_equal(fake_daemon_stop(daemon), 1);
	}
	tillgate_close(client);
	assert_int_equal(rmdir(folder), 0);
}

/* The daemon may have recorded it: asking again would count one unit twice. */
static void a_check_whose_answer_was_lost_is_not_sent_again(void **state)
{
	char room[4096];
	const struct reply replies[] = { { .bytes = ok(room, ALLOWED) }, { .bytes = NULL, .after = AFTER_CLOSE }, { .bytes = room } };
	fake_daemon *daemon = fake_daemon_start(replies, COUNT(replies));
	tillgate_client *client = open_at(fake_daemon_path(daemon), PATIENT_MS);
	tillgate_answer a = dirty();

	(void)state;
	assert_int_equal(check(&a, client, "x", NULL), TILLGATE_OK);
	assert_int_equal(check(&a, client, "x", NULL), TILLGATE_EIO);
	assert_blocked(&a, "answer lost");
	assert_int_equal(fake_daemon_requests(daemon), 2);
	assert_int_equal(check(&a, client, "x", NULL), TILLGATE_OK);
	tillgate_close(client);
	assert_int_equal(fake_daemon_stop(daemon), 2);
}

/* Whatever the first question still brings must never be taken for the answer to the second. */
static void after_a_timeout_the_next_question_goes_by_a_new_connection(void **state)
{
	char room[4096];
	const struct reply replies[] = { { .bytes = HEAD "Content-Le", .after = AFTER_HANG }, { .bytes = ok(room, ALLOWED) } };
	fake_daemon *daemon = fake_daemon_start(replies, COUNT(replies));
	tillgate_client *client = open_at(fake_daemon_path(daemon), TILLGATE_TIMEOUT_MS);
	tillgate_answer a = dirty();

	(void)state;
	assert_int_equal(check(&a, client, "x", NULL), TILLGATE_ETIMEOUT);
	assert_blocked(&a, "the first");
	assert_int_equal(check(&a, client, "x", NULL), TILLGATE_OK);
	assert_int_equal(a.decision, TILLGATE_ALLOW);
	tillgate_close(client);
	assert_int_equal(fake_daemon_stop(daemon), 2);
}

static void a_child_makes_its_own_connection(void **state)
{
	char room[4096];
	const struct reply replies[] = { { .bytes = ok(room, ALLOWED), .after = AFTER_CLOSE }, { .bytes = room } };
	fake_daemon *daemon = fake_daemon_start(replies, COUNT(replies));
	tillgate_client *client = open_at(fake_daemon_path(daemon), PATIENT_MS);
	tillgate_answer a = dirty();
	int status = 0;
	pid_t child;

	(void)state;
	assert_int_equal(check(&a, client, "x", NULL), TILLGATE_OK);
	child = fork();
	if (child == 0)
		_exit(check(&a, client, "x", NULL) == TILLGATE_OK && a.released == 1 ? 0 : 1);
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	tillgate_close(client);
	assert_int_equal(fake_daemon_stop(daemon), 2);
}

static void what_cannot_be_asked_blocks_without_a_word_to_the_daemon(void **state)
{
	static const char label[TILLGATE_LABEL_MAX + 1];
	static char word[65];
	const struct {
		const char *what;
		tillgate_request ask;
	} asks[] = {
		{ "label too long", { sizeof(tillgate_request), label, sizeof(label), "sale", NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL } },
		{ "no label but a length", { sizeof(tillgate_request), NULL, 3, "sale", NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL } },
		{ "no operation", { sizeof(tillgate_request), "x", 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL } },
		{ "device too long", { sizeof(tillgate_request), "x", 1, "sale", NULL, NULL, NULL, word, NULL, NULL, 0, NULL, NULL, NULL } },
		{ "supplier too long", { sizeof(tillgate_request), "x", 1, "goods-in", NULL, NULL, NULL, NULL, NULL, NULL, 0, word, NULL, NULL } },
		{ "control character in a delivery", { sizeof(tillgate_request), "x", 1, "goods-in", NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, "\x1b[2J", NULL } },
		{ "a delivery that is no UTF-8", { sizeof(tillgate_request), "x", 1, "goods-in", NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, "\xff", NULL } },
		{ "control character in a batch", { sizeof(tillgate_request), "x", 1, "sale", NULL, NULL, "A\nB", NULL, NULL, NULL, 0, NULL, NULL, NULL } },
		{ "size never set", { 0, "x", 1, "sale", NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL } },
		{ "size of nonsense", { SIZE_MAX, "x", 1, "sale", NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL } },
	};
	tillgate_client *client = open_at("/nonexistent/s", PATIENT_MS);

	(void)state;
	memset(word, 'w', sizeof(word) - 1);
	for (size_t i = 0; i < COUNT(asks); i++) {
		tillgate_error err = TILLGATE_ERROR_INIT;
		tillgate_answer a = dirty();
		int rc = tillgate_check(&a, client, &asks[i].ask, &err);

		if (rc != TILLGATE_EINVAL)
			fail_msg("%s: %s (%s)", asks[i].what, tillgate_strerror(rc), err.message);
		assert_blocked(&a, asks[i].what);
	}
	tillgate_close(client);
}

static void missing_handles_and_requests_block(void **state)
{
	tillgate_client *client = open_at("/nonexistent/s", PATIENT_MS);
	tillgate_request ask = TILLGATE_REQUEST_INIT;
	tillgate_answer a = dirty();
	tillgate_state s = TILLGATE_STATE_INIT;

	(void)state;
	assert_int_equal(tillgate_check(&a, NULL, &ask, NULL), TILLGATE_EINVAL);
	assert_blocked(&a, "no handle");
	a = dirty();
	assert_int_equal(tillgate_check(&a, client, NULL, NULL), TILLGATE_EINVAL);
	assert_blocked(&a, "no request");
	assert_int_equal(tillgate_check(NULL, client, &ask, NULL), TILLGATE_EINVAL);
	assert_int_equal(tillgate_status(NULL, client, NULL), TILLGATE_EINVAL);
	assert_int_equal(tillgate_status(&s, NULL, NULL), TILLGATE_EINVAL);
	assert_string_equal(s.health, "cannot-check");
	tillgate_close(client);
	tillgate_close(NULL);
}

static void nothing_is_written_past_the_size_a_till_was_built_with(void **state)
{
	tillgate_client *client = open_at("/nonexistent/s", PATIENT_MS);
	tillgate_request ask = TILLGATE_REQUEST_INIT;
	size_t shorter = offsetof(tillgate_answer, rule);
	unsigned char *exact = malloc(shorter); /* of this size, so that AddressSanitizer sees the first byte too far */
	tillgate_answer seen = TILLGATE_ANSWER_INIT;
	struct {
		tillgate_answer a;
		char newer[32];
		char after[8];
	} longer;

	(void)state;
	assert_non_null(exact);
	memset(exact, 0, shorter);
	memcpy(exact, &shorter, sizeof(shorter)); /* `size` comes first */
	assert_int_equal(tillgate_check((tillgate_answer *)(void *)exact, client, &ask, NULL), TILLGATE_EINVAL);
	seen.decision = TILLGATE_ALLOW;
	seen.could_not_check = 0;
	memcpy(&seen, exact, shorter);
	assert_int_equal(seen.decision, TILLGATE_BLOCK);
	assert_int_equal(seen.could_not_check, 1);
	free(exact);
	memset(&longer, 'x', sizeof(longer));
	longer.a.size = sizeof(longer.a) + sizeof(longer.newer);
	assert_int_equal(tillgate_check(&longer.a, client, &ask, NULL), TILLGATE_EABSENT);
	assert_int_equal(longer.a.size, sizeof(longer.a) + sizeof(longer.newer));
	assert_blocked(&longer.a, "a newer till");
	for (size_t i = 0; i < sizeof(longer.newer); i++)
		assert_int_equal(longer.newer[i], 0);
	assert_memory_equal(longer.after, "xxxxxxxx", 8);
	tillgate_close(client);
}

static void handles_that_cannot_work_are_refused(void **state)
{
	char path[200];
	const struct {
		const char *what, *path;
		int32_t timeout_ms;
	} handles[] = {
		{ "negative timeout", NULL, -1 },
		{ "timeout too long", NULL, TILLGATE_TIMEOUT_MAX_MS + 1 },
		{ "path too long", path, 0 },
		{ "empty path", "", 0 },
	};

	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	for (size_t i = 0; i < COUNT(handles); i++) {
		tillgate_client *client = (tillgate_client *)(void *)path;
		tillgate_error err = TILLGATE_ERROR_INIT;

		if (tillgate_open(&client, handles[i].path, handles[i].timeout_ms, &err) != TILLGATE_EINVAL || client != NULL)
			fail_msg("%s", handles[i].what);
		assert_int_equal(err.code, TILLGATE_EINVAL);
	}
	assert_int_equal(tillgate_open(NULL, NULL, 0, NULL), TILLGATE_EINVAL);
}

static void a_status_says_how_the_station_is(void **state)
{
	char room[4096];
	const struct reply replies[] = { { .bytes = ok(room, STATUS) } };
	fake_daemon *daemon = fake_daemon_start(replies, COUNT(replies));
	tillgate_client *client = open_at(fake_daemon_path(daemon), PATIENT_MS);
	tillgate_error err = TILLGATE_ERROR_INIT;
	tillgate_state s = TILLGATE_STATE_INIT;

	(void)state;
	if (tillgate_status(&s, client, &err) != TILLGATE_OK)
		fail_msg("%s", err.message);
	assert_string_equal(s.stage, "ageing");
	assert_string_equal(s.mode, "mixed");
	assert_string_equal(s.health, "attention");
	assert_string_equal(s.station, "till-1");
	assert_string_equal(s.degraded, "first; second");
	assert_int_equal(s.age_s, 90000);
	assert_int_equal(s.catalogue_version, 7);
	assert_non_null(strstr(fake_daemon_request(daemon, 0), "GET /v1/status HTTP/1.1\r\n"));
	tillgate_close(client);
	(void)fake_daemon_stop(daemon);
}

static void a_status_that_nobody_gives_is_cannot_check(void **state)
{
	tillgate_client *client = open_at("/nonexistent/s", PATIENT_MS);
	tillgate_state s = TILLGATE_STATE_INIT;

	(void)state;
	assert_int_equal(tillgate_status(&s, client, NULL), TILLGATE_EABSENT);
	assert_string_equal(s.health, "cannot-check");
	assert_string_equal(s.stage, "dead");
	assert_int_equal(s.age_s, -1);
	assert_non_null(strstr(s.degraded, "no daemon at /nonexistent/s"));
	tillgate_close(client);
}

static void the_library_says_which_it_is(void **state)
{
	(void)state;
	assert_string_equal(tillgate_version(), TILLGATE_VERSION);
	assert_int_equal(tillgate_abi(), TILLGATE_ABI);
	assert_string_equal(tillgate_decision_word(TILLGATE_NOTICE), "notice");
	assert_string_equal(tillgate_decision_word(4), "block");
	assert_string_equal(tillgate_decision_word(-1), "block");
	assert_string_equal(tillgate_strerror(TILLGATE_ETIMEOUT), "timeout");
	assert_string_equal(tillgate_strerror(-99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_arrives_whole),
		cmocka_unit_test(an_override_arrives_whole),
		cmocka_unit_test(an_override_that_cannot_be_read_releases_nothing),
		cmocka_unit_test(an_override_that_cannot_be_asked_is_refused_before_anything_is_sent),
		cmocka_unit_test(the_size_of_the_pieces_does_not_matter),
		cmocka_unit_test(whatever_the_daemon_does_wrong_blocks),
		cmocka_unit_test(an_answer_without_end_is_cut_off_at_the_limit),
		cmocka_unit_test(the_words_of_a_refusal_reach_the_log),
		cmocka_unit_test(nobody_at_the_socket_blocks),
		cmocka_unit_test(one_connection_serves_many_checks),
		cmocka_unit_test(a_daemon_that_says_close_is_asked_again_on_a_new_connection),
		cmocka_unit_test(while_the_daemon_is_down_everything_blocks),
		cmocka_unit_test(a_new_daemon_at_the_old_path_is_used_at_once),
		cmocka_unit_test(a_check_whose_answer_was_lost_is_not_sent_again),
		cmocka_unit_test(after_a_timeout_the_next_question_goes_by_a_new_connection),
		cmocka_unit_test(a_child_makes_its_own_connection),
		cmocka_unit_test(what_cannot_be_asked_blocks_without_a_word_to_the_daemon),
		cmocka_unit_test(missing_handles_and_requests_block),
		cmocka_unit_test(nothing_is_written_past_the_size_a_till_was_built_with),
		cmocka_unit_test(handles_that_cannot_work_are_refused),
		cmocka_unit_test(a_status_says_how_the_station_is),
		cmocka_unit_test(a_status_that_nobody_gives_is_cannot_check),
		cmocka_unit_test(the_library_says_which_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
