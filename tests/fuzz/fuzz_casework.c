/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_casework.c - the books of failures and notices: the first byte chooses the book, the rest is its text. Whatever is read is plain,
 * numbered and chained; every case in it can be told, on any day.
 */
#include "store/base/crypto.h"
#include "store/base/encoding.h"
#include "sync/hq/failure_case.h"
#include "sync/hq/notice_case.h"

#include <stdlib.h>

static void check_failure(const tg_casework *book, const char *id)
{
	tg_failure_case c;

	if (tg_failure_case_of(&c, book, id, 20605, NULL) != TG_OK)
		return;
	for (int step = 0; step < TG_FAILURE_STEPS; step++) {
		const tg_step_state *s = &c.steps[step];

		if (s->overdue && s->status != TG_STEP_IS_OPEN)
			abort();
		if (s->status != TG_STEP_IS_NOT_OURS && tg_step_laws[step].basis[c.role] == NULL)
			abort();
	}
	if (c.overdue > c.open || c.state > TG_CASE_CLOSED || c.details == NULL || c.source == NULL)
		abort();
	if (tg_failure_close_check(&c, true, NULL) > TG_OK)
		abort();
}

static void check_notice(const tg_casework *book, const char *id)
{
	tg_notice_case c;

	if (tg_notice_case_of(&c, book, id, 20605, NULL) != TG_OK)
		return;
	for (size_t i = 0; i < c.deadline_count; i++)
		if (c.deadlines[i].what == NULL || c.deadlines[i].status > TG_DEADLINE_GONE)
			abort();
	if (c.overdue > c.deadline_count || c.task_count > TG_CASE_TASKS_MAX)
		abort();
	for (int event = 0; event <= TG_NOTICE_CLOSED; event++)
		if (tg_notice_event_check(&c, (tg_notice_event)event, 20605, 1, NULL) > TG_OK)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_casework c;
	tg_book book;
	int rc;

	if (size < 1 || tg_crypto_init(NULL) != TG_OK)
		return 0;
	book = (data[0] & 1) != 0 ? TG_BOOK_NOTICES : TG_BOOK_FAILURES;
	rc = tg_casework_parse(&c, book, tg_view_of(data + 1, size - 1), NULL);
	for (size_t i = 0; i < c.count && rc == TG_OK; i++) {
		if (c.events[i].seq != (int64_t)i + 1 || !tg_utf8_plain(c.events[i].by) || !tg_utf8_plain(c.events[i].event))
			abort();
		if (book == TG_BOOK_FAILURES)
			check_failure(&c, c.events[i].of);
		else
			check_notice(&c, c.events[i].of);
	}
	if (rc == TG_OK && c.whole > size - 1)
		abort();
	tg_casework_fini(&c);
	return 0;
}
