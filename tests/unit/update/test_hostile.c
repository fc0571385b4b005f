/* SPDX-License-Identifier: Apache-2.0
 *
 * test_hostile.c - hostile bytes: what a mirror, a proxy or whoever holds the line can send without any key of head office.
 *
 * Each attack is a line of the table: refused by name, and afterwards the station is as it was and heals by itself (hostile.h judges).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/update/hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- how each kind is prepared ---- */

static void bend_text(world *w, tg_buf *file, const void *how)
{
	const attack *a = how;

	(void)w;
	edit(file, a->from, a->to);
}

/* The bytes of one role are others; what stands above it states their length and hash, as if its key had been stolen. */
static void text(world *w, place at, const attack *a)
{
	publish(w, at, bend_text, a);
}

static void bend_deep(world *w, tg_buf *file, const void *how)
{
	const attack *a = how;
	size_t max = file == &w->repo.file[AT_TIMESTAMP] ? TG_TUF_TIMESTAMP_MAX : TG_TUF_ROOT_MAX;

	tg_buf_clear(file);
	for (size_t depth = 0; depth < 100000 && file->len + strlen(a->from) < max; depth++)
		tg_buf_puts(file, a->from);
}

static void deep(world *w, place at, const attack *a)
{
	publish(w, at, bend_deep, a);
}

static void bend_with_nul(world *w, tg_buf *file, const void *how)
{
	const attack *a = how;
	size_t at = strcmp(a->from, "$") == 0
			    ? file->len
			    : (size_t)(strstr(tg_buf_text(file), a->from) - tg_buf_text(file));

	(void)w;
	tg_buf_putc(file, 'x');
	memmove(file->data + at + 1, file->data + at, file->len - 1 - at);
	file->data[at] = '\0';
}

static void raw_nul(world *w, place at, const attack *a)
{
	publish(w, at, bend_with_nul, a);
}

static void expand(tg_buf *out, const char *fmt, const world *w, tg_view body)
{
	for (const char *p = fmt; *p != '\0'; p++) {
		if (*p != '%')
			tg_buf_putc(out, *p);
		else if (*++p == 'B')
			tg_buf_append(out, body.data, body.len);
		else if (*p == 'H')
			tg_buf_append(out, body.data, body.len / 2);
		else if (*p == 'L')
			tg_buf_printf(out, "%zu", body.len);
		else if (*p == 'S')
			tg_buf_printf(out, "%zu", body.len - 1);
		else if (*p == 'X')
			tg_buf_printf(out, "%zx", body.len);
		else if (*p == 'E')
			tg_buf_puts(out, server_url(w->elsewhere));
	}
}

static void send_raw(world *w, place at, const attack *a, tg_view bytes, tg_view again)
{
	char path[300];

	place_path(path, w, at);
	wire_answer(w->line, path, bytes, a->end, again);
}

/*
 * All that head office says is honest; the line answers one request with these bytes. In `to`: %B the honest body, %H half of it, %L its
 * length, %S one less, %X the length in hex, %E another host. Then `end`, with `again`.
 */
static void wired(world *w, place at, const attack *a)
{
	tg_buf bytes, again;

	publish(w, at, NULL, NULL);
	tg_buf_init(&bytes, 1 << 20);
	tg_buf_init(&again, 1 << 20);
	expand(&bytes, a->to, w, place_body(w, at));
	expand(&again, a->again != NULL ? a->again : "A", w, place_body(w, at));
	send_raw(w, at, a, tg_buf_view(&bytes), tg_buf_view(&again));
	tg_buf_fini(&bytes);
	tg_buf_fini(&again);
}

/* The beginning of what gzip makes of a megabyte of zeros; endless zeros after it go on to mean zeros, a thousand for one. */
static void gzip_bomb(world *w, place at, const attack *a)
{
	static const uint8_t bomb[] = { 0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed,
		0xc1, 0x31, 0x01, 0x00, 0x00, 0x00, 0xc2, 0xa0, 0xf5, 0x4f, 0x6d, 0x08, 0x5f, 0xa0 };
	static const uint8_t zeros[4096];
	tg_buf bytes;

	publish(w, at, NULL, NULL);
	tg_buf_init(&bytes, 1 << 16);
	tg_buf_puts(&bytes, a->to);
	tg_buf_append(&bytes, bomb, sizeof(bomb));
	send_raw(w, at, a, tg_buf_view(&bytes), tg_view_of(zeros, sizeof(zeros)));
	tg_buf_fini(&bytes);
}

/* Honest metadata; the file itself has other bytes on the web. */
static void with_body(world *w, place at, void (*bend)(tg_buf *bytes))
{
	char path[300];
	tg_buf bytes;

	publish(w, at, NULL, NULL);
	tg_buf_init(&bytes, 1 << 20);
	tg_buf_append(&bytes, place_body(w, at).data, place_body(w, at).len);
	bend(&bytes);
	place_path(path, w, at);
	server_put(w->web, path, tg_buf_view(&bytes));
	tg_buf_fini(&bytes);
}

static void one_more(tg_buf *bytes)
{
	tg_buf_putc(bytes, '\n');
}

static void one_less(tg_buf *bytes)
{
	bytes->len--;
}

static void flip_middle(tg_buf *bytes)
{
	bytes->data[bytes->len / 2] ^= 1;
}

static void flip_last(tg_buf *bytes)
{
	bytes->data[bytes->len - 1] ^= 0x80;
}

static void all_zero(tg_buf *bytes)
{
	memset(bytes->data, 0, bytes->len);
}

static void longer(world *w, place at, const attack *a)
{
	(void)a;
	with_body(w, at, one_more);
}

static void shorter(world *w, place at, const attack *a)
{
	(void)a;
	with_body(w, at, one_less);
}

static void flipped(world *w, place at, const attack *a)
{
	(void)a;
	with_body(w, at, flip_middle);
}

static void flipped_last(world *w, place at, const attack *a)
{
	(void)a;
	with_body(w, at, flip_last);
}

static void zeros(world *w, place at, const attack *a)
{
	(void)a;
	with_body(w, at, all_zero);
}

static void removed(world *w, place at, const attack *a)
{
	char path[300];

	(void)a;
	publish(w, at, NULL, NULL);
	place_path(path, w, at);
	server_remove(w->web, path);
}

/* The image of the publication before, under the new one's name: signed once, but not for this. */
static void the_one_before(world *w, place at, const attack *a)
{
	char path[300];
	tg_buf bytes;

	(void)a;
	tg_buf_init(&bytes, 1 << 20);
	tg_buf_append(&bytes, place_body(w, at).data, place_body(w, at).len);
	publish(w, at, NULL, NULL);
	place_path(path, w, at);
	server_put(w->web, path, tg_buf_view(&bytes));
	tg_buf_fini(&bytes);
}

/* Where the same code reads them, one file with an unsaid length and one with a signed one stand for all. */
#define TWO (TIMESTAMP | IMAGE)
#define TWO_ROLES (ROOT | TARGETS)

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Length: %L\r\n"
#define V "\"version\":"

static const attack attacks[] = {
	/* Other bytes than were signed. */
	{ "one byte longer", LISTED, longer, .rc = TG_ELENGTH },
	{ "one byte shorter", LISTED, shorter, .rc = TG_ELENGTH },
	{ "one byte shorter", UNLISTED, shorter, .rc = TG_EFORMAT },
	{ "a bit in the middle", LISTED, flipped, .rc = TG_EHASH },
	{ "a bit at the end", LISTED, flipped_last, .rc = TG_EHASH },
	{ "right length, nothing but zeros", LISTED, zeros, .rc = TG_EHASH },
	{ "right length, nothing but zeros", UNLISTED, zeros, .rc = TG_EFORMAT },
	{ "swapped for the one before", POLICY | IMAGE, the_one_before, .rc = LENGTH_OR_HASH },
	{ "not there", BELOW_ROOT, removed, .rc = TG_ENOTFOUND, .words = "HTTP status 404" },

	/* JSON that two readers might read in two ways, or that eats the reader. */
	{ "empty", ROLES &UNLISTED, text, "", "", .rc = TG_EFORMAT },
	{ "a page of a captive portal", ROLES, text, "",
		"<!DOCTYPE html><html><body>Please log in</body></html>", .rc = TG_EFORMAT },
	{ "a byte order mark", TWO_ROLES, text, "^", "\xef\xbb\xbf", .rc = TG_EFORMAT },
	{ "in UTF-16", TWO_ROLES, text, "", "\xff\xfe{", .rc = TG_EFORMAT },
	{ "text after the end", ROLES, text, "$", "x", .rc = TG_EFORMAT },
	{ "two documents", TWO_ROLES, text, "$", "{}", .rc = TG_EFORMAT },
	{ "a NUL after the end", TWO_ROLES, raw_nul, "$", .rc = TG_EFORMAT },
	{ "a NUL in a string", TWO_ROLES, raw_nul, "spec_version", .rc = TG_EFORMAT },
	{ "an escaped NUL in a string", ROLES, text, "\"1.0.31\"", "\"1.0.31\\u0000\"", .rc = TG_EFORMAT },
	{ "an escaped NUL in a name", TWO_ROLES, text, V, "\"version\\u0000\":", .rc = TG_EFORMAT },
	{ "a byte that is no UTF-8", ROLES, text, "\"1.0.31\"", "\"1.0.\xff\"", .rc = TG_EFORMAT },
	{ "an overlong NUL", TWO_ROLES, text, "\"1.0.31\"", "\"1.0.31\xc0\x80\"", .rc = TG_EFORMAT },
	{ "a surrogate in UTF-8", TWO_ROLES, text, "\"1.0.31\"", "\"1.0.31\xed\xa0\x80\"", .rc = TG_EFORMAT },
	{ "a lone surrogate", TWO_ROLES, text, "\"1.0.31\"", "\"1.0.31\\ud800\"", .rc = TG_EFORMAT },
	{ "an unknown escape", TWO_ROLES, text, "\"1.0.31\"", "\"1.0.31\\x\"", .rc = TG_EFORMAT },
	{ "a raw line feed in a string", TWO_ROLES, text, "\"1.0.31\"", "\"1.0.31\n\"", .rc = TG_EFORMAT },
	{ "a comment", TWO_ROLES, text, "^", "/* */", .rc = TG_EFORMAT },
	{ "a comma too many", TWO_ROLES, text, V, "," V, .rc = TG_EFORMAT },
	{ "100,000 arrays deep", ROLES, deep, "[", .rc = TG_EFORMAT },
	{ "objects without end, nested", TWO_ROLES, deep, "{\"a\":", .rc = TG_EFORMAT },
	{ "33 levels deep", TWO_ROLES, text, V,
		"\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]," V,
		.rc = TG_EFORMAT },
	{ "the version twice", ROLES, text, V, V "1," V, .rc = TG_EFORMAT,
		.words = "\"version\" stands twice" },
	{ "the version twice, once in disguise", TWO_ROLES, text, V, "\"v\\u0065rsion\":1," V,
		.rc = TG_EFORMAT, .words = "\"version\" stands twice" },
	{ "nothing changed: the way of these lines is sound", ROLES, text, "$", "", .rc = TG_OK },
	{ "the signed part twice", ROLES, text, "\"signed\":", "\"signed\":{},\"signed\":", .rc = TG_EFORMAT,
		.words = "\"signed\" stands twice" },
	{ "the signed part under another case", TWO_ROLES, text,
		"\"signed\":", "\"Signed\":", .rc = TG_EFORMAT, .words = "signed" },
	{ "no signatures", TWO_ROLES, text, "\"signatures\":", "\"signature\":", .rc = TG_EFORMAT,
		.words = "signatures" },
	{ "the version a fraction", ROLES, text, V, V "1.0,\"x\":", .rc = TG_EFORMAT },
	{ "the version with an exponent", TWO_ROLES, text, V, V "1e1,\"x\":", .rc = TG_EFORMAT },
	{ "the version with a leading zero", TWO_ROLES, text, V, V "0", .rc = TG_EFORMAT },
	{ "the version in words", TWO_ROLES, text, V, V "\"5\",\"x\":", .rc = TG_EFORMAT,
		.words = "version" },
	{ "version 0", TWO_ROLES, text, V, V "0,\"x\":", .rc = TG_EFORMAT, .words = "version" },
	{ "a negative version", TWO_ROLES, text, V, V "-", .rc = TG_EFORMAT, .words = "version" },
	{ "version 2^53", ROLES, text, V, V "9007199254740992,\"x\":", .rc = TG_EFORMAT },
	{ "version 2^64+1", TWO_ROLES, text, V, V "18446744073709551617,\"x\":", .rc = TG_EFORMAT },
	{ "a version of 300 digits", TWO_ROLES, text, V,
		V "100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
		  "0000000000000000000000000000000000000"
		  "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
		  "00000000000000000000000000000,\"x\":",
		.rc = TG_EFORMAT },
	{ "NaN for a version", TWO_ROLES, text, V, V "NaN,\"x\":", .rc = TG_EFORMAT },
	{ "of another role", TWO_ROLES, text, "\"_type\":\"", "\"_type\":\"x", .rc = TG_EFORMAT,
		.words = "_type" },
	{ "of specification 2", TWO_ROLES, text, "\"1.0.31\"", "\"2.0.0\"", .rc = TG_EFORMAT,
		.words = "spec_version" },
	{ "expires on 30 February", TWO_ROLES, text, "\"expires\":\"",
		"\"expires\":\"2027-02-30T00:00:00Z\",\"x\":\"", .rc = TG_EFORMAT, .words = "expires" },
	{ "expires in another zone", TWO_ROLES, text, "\"expires\":\"",
		"\"expires\":\"2027-02-20T00:00:00+01:00\",\"x\":\"", .rc = TG_EFORMAT, .words = "expires" },
	{ "expires with a fraction", ROLES, text, "\"expires\":\"",
		"\"expires\":\"2027-02-20T00:00:00.5Z\",\"x\":\"", .rc = TG_EFORMAT, .words = "expires" },
	{ "expires at no time", TWO_ROLES, text, "\"expires\":\"", "\"expires\":null,\"x\":\"",
		.rc = TG_EFORMAT, .words = "expires" },
	{ "a signature that is no hex", TWO_ROLES, text, "\"sig\":\"", "\"sig\":\"zz", .rc = TG_EUNTRUSTED,
		.words = "0 of 1 signatures" },
	{ "a signature with a byte behind it", TWO_ROLES, text, "\"sig\":\"", "\"sig\":\"00",
		.rc = TG_EUNTRUSTED, .words = "0 of 1 signatures" },
	{ "an empty signature", TWO_ROLES, text, "\"sig\":\"", "\"sig\":\"\",\"x\":\"", .rc = TG_EUNTRUSTED,
		.words = "0 of 1 signatures" },
	{ "one more member in the signed part", TWO_ROLES, text, "\"signed\":{", "\"signed\":{\"x\":1,",
		.rc = TG_EUNTRUSTED, .words = "0 of 1 signatures" },
	{ "one more member beside it", TWO_ROLES, text, "\"signed\":", "\"x\":1,\"signed\":",
		.rc = TG_OK }, /* covered by nothing, and read by nobody */

	/* HTTP: what answers, but not with the file. */
	{ "moved to another host (301)", TWO, wired,
		.to = "HTTP/1.1 301 M\r\nLocation: %E/x\r\nContent-Length: %L\r\n\r\n%B", .rc = TG_ENETWORK,
		.words = "HTTP status 301" },
	{ "found at another host (302)", ALL, wired,
		.to = "HTTP/1.1 302 F\r\nLocation: %E/x\r\nContent-Length: 0\r\n\r\n", .rc = TG_ENETWORK,
		.words = "HTTP status 302" },
	{ "see another host (303)", TWO, wired,
		.to = "HTTP/1.1 303 S\r\nLocation: %E/x\r\nContent-Length: 0\r\n\r\n", .rc = TG_ENETWORK,
		.words = "HTTP status 303" },
	{ "for now at another host (307)", TWO, wired,
		.to = "HTTP/1.1 307 T\r\nLocation: %E/x\r\nContent-Length: 0\r\n\r\n", .rc = TG_ENETWORK,
		.words = "HTTP status 307" },
	{ "for ever at another host (308)", TWO, wired,
		.to = "HTTP/1.1 308 P\r\nLocation: %E/x\r\nContent-Length: 0\r\n\r\n", .rc = TG_ENETWORK,
		.words = "HTTP status 308" },
	{ "found in a file of this machine", TIMESTAMP, wired,
		.to = "HTTP/1.1 302 F\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
		.rc = TG_ENETWORK, .words = "HTTP status 302" },
	{ "another service is said to have it", TWO, wired,
		.to = OK_HEAD "Alt-Svc: h2=\"%E\"\r\nRefresh: 0; url=%E\r\nLink: <%E>; rel=preload\r\n\r\n%B",
		.rc = TG_OK },
	{ "log in first (401)", TWO, wired,
		.to = "HTTP/1.1 401 U\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: %L\r\n\r\n%B",
		.rc = TG_EDENIED, .words = "HTTP status 401" },
	{ "forbidden (403)", TIMESTAMP, wired, .to = "HTTP/1.1 403 F\r\nContent-Length: %L\r\n\r\n%B",
		.rc = TG_EDENIED, .words = "HTTP status 403" },
	{ "forbidden (403)", IMAGE, wired, .to = "HTTP/1.1 403 F\r\nContent-Length: %L\r\n\r\n%B",
		.rc = TG_ENOTFOUND, .words = "HTTP status 403" },
	{ "not found (404), and yet with the file", TWO, wired,
		.to = "HTTP/1.1 404 N\r\nContent-Length: %L\r\n\r\n%B", .rc = TG_ENOTFOUND,
		.words = "HTTP status 404" },
	{ "log in at the proxy (407)", TWO, wired, .to = "HTTP/1.1 407 P\r\nContent-Length: 0\r\n\r\n",
		.rc = TG_EDENIED, .words = "HTTP status 407" },
	{ "gone (410)", TWO, wired, .to = "HTTP/1.1 410 G\r\nContent-Length: 0\r\n\r\n", .rc = TG_ENETWORK,
		.words = "HTTP status 410" },
	{ "too many requests (429)", TWO, wired,
		.to = "HTTP/1.1 429 T\r\nRetry-After: 99999999999999999999\r\nContent-Length: 0\r\n\r\n",
		.rc = TG_ENETWORK, .words = "HTTP status 429" },
	{ "broken (500), and yet with the file", ALL, wired,
		.to = "HTTP/1.1 500 I\r\nContent-Length: %L\r\n\r\n%B", .rc = TG_ENETWORK,
		.words = "HTTP status 500" },
	{ "broken behind (502)", TWO, wired, .to = "HTTP/1.1 502 B\r\n\r\n", .rc = TG_ENETWORK,
		.words = "HTTP status 502" },
	{ "closed (503)", TWO, wired, .to = "HTTP/1.1 503 S\r\nRetry-After: -1\r\n\r\n", .rc = TG_ENETWORK,
		.words = "HTTP status 503" },
	{ "too slow behind (504)", TWO, wired, .to = "HTTP/1.1 504 G\r\n\r\n", .rc = TG_ENETWORK,
		.words = "HTTP status 504" },
	{ "nothing to say (204)", TWO, wired, .to = "HTTP/1.1 204 N\r\n\r\n", .rc = TG_ENETWORK,
		.words = "HTTP status 204" },
	{ "accepted (202), with the file", TWO, wired, .to = "HTTP/1.1 202 A\r\nContent-Length: %L\r\n\r\n%B",
		.rc = TG_ENETWORK, .words = "HTTP status 202" },
	{ "a part that nobody asked for (206)", TWO, wired,
		.to = "HTTP/1.1 206 P\r\nContent-Range: bytes 0-9/10\r\nContent-Length: %L\r\n\r\n%B",
		.rc = TG_ENETWORK, .words = "HTTP status 206" },
	{ "not modified (304), to whom did not ask", ROOT | IMAGE, wired, .to = "HTTP/1.1 304 N\r\n\r\n",
		.rc = TG_ENETWORK, .words = "HTTP status 304" },
	{ "status 999", TWO, wired, .to = "HTTP/1.1 999 X\r\nContent-Length: %L\r\n\r\n%B",
		.rc = TG_ENETWORK },
	{ "a page of a captive portal, with 200", UNLISTED, wired,
		.to = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Please log in</html>",
		.rc = TG_EFORMAT },
	{ "a page of a captive portal, with 200", LISTED, wired,
		.to = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>Please log in</html>",
		.rc = TG_ELENGTH },
	{ "an empty file", UNLISTED, wired, .to = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		.rc = TG_EFORMAT },
	{ "an empty file", LISTED, wired, .to = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		.rc = TG_ELENGTH },

	/* Endless data. */
	{ "endless, length unsaid", ALL, wired, .to = "HTTP/1.1 200 OK\r\n\r\n%B", .end = WIRE_REPEAT,
		.again = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", .rc = TG_ELENGTH, .words = "more than" },
	{ "endless, said to be of 2^63 bytes", TWO, wired,
		.to = "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n%B", .end = WIRE_REPEAT,
		.again = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", .rc = TG_ELENGTH, .words = "more than" },
	{ "endless, said to be longer than 64 bits hold", TWO, wired,
		.to = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n%B",
		.end = WIRE_REPEAT, .again = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", .rc = TG_ELENGTH,
		.words = "more than" },
	{ "endless chunks", ALL, wired, .to = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		.end = WIRE_REPEAT, .again = "20\r\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n", .rc = TG_ELENGTH,
		.words = "more than" },
	{ "headers without end", ALL, wired, .to = "HTTP/1.1 200 OK\r\n", .end = WIRE_REPEAT,
		.again = "X-Header: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", .rc = TG_ELENGTH,
		.words = "bytes of headers" },
	{ "one header without end", TWO, wired, .to = "HTTP/1.1 200 OK\r\nX: ", .end = WIRE_REPEAT,
		.again = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .rc = TG_ENETWORK },
	{ "a status line without end", TWO, wired, .to = "HTTP/1.1 200 ", .end = WIRE_REPEAT,
		.again = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .rc = TG_ENETWORK },
	{ "interim answers without end", TWO, wired, .to = "", .end = WIRE_REPEAT,
		.again = "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n", .rc = TG_ELENGTH,
		.words = "bytes of headers" },
	{ "\"continue\" without end", TIMESTAMP, wired, .to = "", .end = WIRE_REPEAT,
		.again = "HTTP/1.1 100 Continue\r\n\r\n", .rc = TG_ELENGTH, .words = "bytes of headers" },
	{ "trailers without end", TIMESTAMP | IMAGE, wired,
		.to = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%X\r\n%B\r\n0\r\n",
		.end = WIRE_REPEAT, .again = "X-Trailer: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
		.rc = TG_ELENGTH, .words = "bytes of headers" },
	{ "a gzip bomb, so labelled", TWO, gzip_bomb,
		.to = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", .end = WIRE_REPEAT,
		.rc = TG_ELENGTH, .words = "more than" },
	{ "a gzip bomb as the form of transfer", TWO, gzip_bomb,
		.to = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .end = WIRE_REPEAT,
		.rc = TG_ELENGTH, .words = "more than" },

	/* Broken off, or counted wrong. */
	{ "closed without a word", ALL, wired, .to = "", .rc = TG_ENETWORK },
	{ "reset without a word", TWO, wired, .to = "", .end = WIRE_RESET, .rc = TG_ENETWORK },
	{ "closed within the headers", TWO, wired, .to = "HTTP/1.1 200 OK\r\nContent-Le", .rc = TG_ENETWORK },
	{ "closed in the middle", ALL, wired, .to = OK_HEAD "\r\n%H", .rc = TG_ENETWORK },
	{ "reset in the middle", TWO, wired, .to = OK_HEAD "\r\n%H", .end = WIRE_RESET, .rc = TG_ENETWORK },
	{ "closed in the middle, length unsaid", LISTED, wired, .to = "HTTP/1.1 200 OK\r\n\r\n%H",
		.rc = TG_ELENGTH },
	{ "closed in the middle, length unsaid", UNLISTED, wired, .to = "HTTP/1.1 200 OK\r\n\r\n%H",
		.rc = TG_EFORMAT },
	{ "a length one too short", LISTED, wired, .to = "HTTP/1.1 200 OK\r\nContent-Length: %S\r\n\r\n%B",
		.rc = TG_ELENGTH },
	{ "a length one too short", UNLISTED, wired, .to = "HTTP/1.1 200 OK\r\nContent-Length: %S\r\n\r\n%B",
		.rc = TG_EFORMAT },
	{ "a negative length", TWO, wired, .to = "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n%B",
		.rc = TG_ENETWORK },
	{ "a length in words", TWO, wired, .to = "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n%B",
		.rc = TG_ENETWORK },
	{ "a chunk shorter than said", TIMESTAMP | POLICY, wired,
		.to = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n%B", .rc = TG_ENETWORK },
	{ "a chunk shorter than said, but all that was signed has come", IMAGE, wired,
		.to = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n%B", .rc = TG_OK },
	{ "chunks without the last one", TIMESTAMP | POLICY, wired,
		.to = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%X\r\n%B\r\n",
		.rc = TG_ENETWORK },
	{ "chunks without the last one, but all that was signed has come", IMAGE, wired,
		.to = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%X\r\n%B\r\n", .rc = TG_OK },
	{ "a chunk of no length", TWO, wired,
		.to = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n%B\r\n0\r\n\r\n",
		.rc = TG_ENETWORK },
	{ "a chunk longer than 64 bits hold", TWO, wired,
		.to = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n%B",
		.rc = TG_ENETWORK },
	{ "a transfer in an unknown form, that is in none", TWO, wired,
		.to = "HTTP/1.1 200 OK\r\nTransfer-Encoding: rot13\r\nContent-Length: %L\r\n\r\n%B",
		.rc = TG_OK },

	/* No HTTP that we speak. */
	{ "HTTP/0.9: the bare file", TWO, wired, .to = "%B", .rc = TG_ENETWORK },
	{ "the greeting of a mail server", TWO, wired, .to = "220 mail.example ESMTP\r\n",
		.rc = TG_ENETWORK },
	{ "HTTP/9.9", TWO, wired, .to = "HTTP/9.9 200 OK\r\nContent-Length: %L\r\n\r\n%B",
		.rc = TG_ENETWORK },
	{ "a status in words", TWO, wired, .to = "HTTP/1.1 fine\r\nContent-Length: %L\r\n\r\n%B",
		.rc = TG_ENETWORK },
	{ "other protocols from here on (101)", TWO, wired,
		.to = "HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n%B", .rc = TG_ENETWORK },

	/* Slow data: below the limit it is given up. */
	{ "silence", TIMESTAMP | IMAGE, wired, .to = "", .end = WIRE_HOLD, .rc = TG_ENETWORK,
		.words = "too slow" },
	{ "silence after the headers", TIMESTAMP | IMAGE, wired, .to = OK_HEAD "\r\n", .end = WIRE_HOLD,
		.rc = TG_ENETWORK, .words = "too slow" },
	{ "silence in the middle", IMAGE, wired, .to = OK_HEAD "\r\n%H", .end = WIRE_HOLD, .rc = TG_ENETWORK,
		.words = "too slow" },
	{ "a header dripping in", TIMESTAMP, wired, .to = "HTTP/1.1 200 OK\r\n", .end = WIRE_DRIP,
		.again = "X: y\r\n", .rc = TG_ENETWORK, .words = "too slow" },
	{ "a body dripping in", SNAPSHOT | IMAGE, wired, .to = OK_HEAD "\r\n", .end = WIRE_DRIP,
		.again = "%B", .rc = TG_ENETWORK, .words = "too slow" },
	{ "a chunk's extension without end", TIMESTAMP, wired,
		.to = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", .end = WIRE_DRIP,
		.again = "a", .rc = TG_ENETWORK, .words = "too slow" },
};

/* In two halves, so that they can run at once. */
static void run_half(bool http)
{
	attack half[TG_COUNT(attacks)];
	size_t count = 0;

	for (size_t i = 0; i < TG_COUNT(attacks); i++)
		if ((attacks[i].prepare == wired || attacks[i].prepare == gzip_bomb) == http)
			half[count++] = attacks[i];
	attack_all(half, count);
}

static void hostile_files_are_refused_by_name(void **state)
{
	(void)state;
	run_half(false);
}

static void hostile_answers_are_refused_by_name(void **state)
{
	(void)state;
	run_half(true);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest files[] = { cmocka_unit_test(hostile_files_are_refused_by_name) };
	const struct CMUnitTest answers[] = { cmocka_unit_test(hostile_answers_are_refused_by_name) };

	/* Thousands of small files, each synced: where there is memory to write to, they go there. */
	if (access("/dev/shm", W_OK) == 0)
		(void)setenv("TMPDIR", "/dev/shm", 0);
	if (argc > 1 && strcmp(argv[1], "answers") == 0)
		return cmocka_run_group_tests(answers, NULL, NULL);
	return cmocka_run_group_tests(files, NULL, NULL);
}
