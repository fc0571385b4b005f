/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_case.c - requests about cases, and entries of a log as cases. The first byte chooses: a request of one kind, or lines of entries.
 *
 * What is taken of a request is plain and within its bounds. Whatever entries say, a book adds up: nothing left that was not there, and
 * what is settled is empty.
 */
#include "plugin/station/case_book.h"
#include "plugin/station/case_request.h"
#include "store/base/encoding.h"

#include <stdlib.h>

#define OPEN_MAX 4
#define SETTLED_MAX 3

static void check_request(tg_case_do what, tg_view text)
{
	tg_case_request request;
	tg_json *json = NULL;
	tg_error err = { 0 };

	if (tg_json_parse(&json, text, NULL) == TG_OK) {
		if (tg_case_request_from_json(&request, what, json, &err) == TG_OK) {
			if (!tg_utf8_plain(request.text) || !tg_utf8_plain(request.supplier) || !tg_utf8_plain(request.device) ||
				request.quantity > TG_CASE_QUANTITY_MAX || request.state >= TG_CASE_SETTLED || request.what != what ||
				(request.owner[0] != '\0' && !tg_case_is_owner(request.owner)) || request.id.station[0] == '\0')
				abort();
		} else if (err.msg[0] == '\0') {
			abort();
		}
	}
	tg_json_free(json);
}

static void check_book(const tg_case_book *book)
{
	tg_case_book_counts counts;
	size_t open = 0, settled = 0;
	const tg_case *c;

	for (size_t n = 0; (c = tg_case_book_at(book, n)) != NULL; n++) {
		uint64_t left = 0;

		for (size_t how = 0; how < TG_CASE_HOW_COUNT; how++)
			left += c->left[how];
		if (left > c->quantity || c->quantity > TG_CASE_QUANTITY_MAX || (left == c->quantity) != (c->state == TG_CASE_SETTLED) ||
			!tg_utf8_plain(c->supplier) || !tg_utf8_plain(c->line.delivery) || !tg_utf8_plain(c->owner))
			abort();
		open += c->state != TG_CASE_SETTLED;
		settled += c->state == TG_CASE_SETTLED;
	}
	tg_case_book_count(book, &counts);
	if (open != counts.open || settled != counts.settled || open > OPEN_MAX || settled > SETTLED_MAX)
		abort();
}

static void check_entries(tg_view lines)
{
	tg_case_book *book = NULL;
	size_t at = 0;

	if (tg_case_book_new(&book, "T1", &(tg_case_limits){ OPEN_MAX, SETTLED_MAX }, NULL) != TG_OK)
		return;
	for (uint64_t seq = 0; at < lines.len; seq++) {
		const uint8_t *end = memchr(lines.data + at, '\n', lines.len - at);
		size_t len = end != NULL ? (size_t)(end - lines.data) - at : lines.len - at;
		tg_case_event event;
		tg_json *json = NULL;

		if (tg_json_parse(&json, tg_view_of(lines.data + at, len), NULL) == TG_OK && tg_case_event_read(&event, json))
			(void)tg_case_book_apply(book, &event, 1, seq, (int64_t)seq, NULL);
		tg_json_free(json);
		check_book(book);
		at += len + 1;
	}
	tg_case_book_free(book);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] >= '0' && data[0] < '0' + TG_CASE_DO_COUNT_)
		check_request((tg_case_do)(data[0] - '0'), tg_view_of(data + 1, size - 1));
	else
		check_entries(tg_view_of(data + 1, size - 1));
	return 0;
}
