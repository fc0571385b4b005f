/* SPDX-License-Identifier: Apache-2.0
 *
 * cases.c - the book, its lock, and the log behind it. See cases.h.
 */
#include "plugin/station/cases.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define PAGE 1024 /* entries read at a time: some milliseconds of the log's thread */
#define GIVE_WAY_NS 50000 /* between two pages: long enough for a check that waits for the lock to have it */

struct tg_cases {
	pthread_mutex_t mutex; /* guards all */
	tg_case_book *book;
	bool ready;
	uint32_t epoch;        /* of the next entry to read */
	uint64_t at, size;     /* its number, and how many there were when last seen */
	uint64_t damaged;      /* entries that could not be read, or were not there */
	bool no_memory;
};

void tg_cases_lock(tg_cases *cases)
{
	pthread_mutex_lock(&cases->mutex);
}

void tg_cases_unlock(tg_cases *cases)
{
	pthread_mutex_unlock(&cases->mutex);
}

const tg_case_book *tg_cases_book(const tg_cases *cases)
{
	return cases->book;
}

int tg_cases_ready(const tg_cases *cases, tg_error *err)
{
	if (cases->ready)
		return TG_OK;
	return tg_fail(err, TG_EBUSY, "the cases are being read back from the log (entry %llu of %llu); ask again in a moment",
		(unsigned long long)cases->at, (unsigned long long)cases->size);
}

bool tg_cases_complete(const tg_cases *cases)
{
	return cases->ready && cases->damaged == 0 && !cases->no_memory;
}

static const tg_case *apply(tg_cases *cases, const tg_case_event *event, uint32_t epoch, uint64_t seq, int64_t at_us)
{
	int rc;
	const tg_case *c = tg_case_book_apply(cases->book, event, epoch, seq, at_us, &rc);

	cases->no_memory = cases->no_memory || rc != TG_OK;
	return c;
}

/* ---- reading back ---- */

struct page {
	tg_cases *cases;
	uint32_t epoch;
	uint64_t next, size; /* of the epoch */
	uint64_t read;
	bool present;        /* no epoch follows */
};

/* Most entries are of no case, and not worth parsing. The form is canonical: this name stands bare only as a member. */
static bool may_matter(tg_view bytes)
{
	static const char name[] = "\"case\":\"";

	return memmem(bytes.data, bytes.len, name, sizeof(name) - 1) != NULL;
}

static int take_entry(void *ctx, const tg_log_entry *logged)
{
	struct page *page = ctx;
	tg_case_event event;
	tg_json *entry = NULL;

	page->read++;
	if (!may_matter(logged->bytes))
		return 0;
	if (tg_json_parse(&entry, logged->bytes, NULL) != TG_OK)
		page->cases->damaged++;
	else if (tg_case_event_read(&event, entry))
		(void)apply(page->cases, &event, logged->epoch, logged->seq, tg_json_int(tg_json_get(entry, "at_us")));
	tg_json_free(entry);
	return 0;
}

/* In the log's thread; who waits for it holds the lock. */
static int run_page(tg_log *log, void *ctx)
{
	struct page *page = ctx;
	tg_log_head head;
	uint64_t count;
	int rc;

	tg_log_get_head(log, &head);
	page->present = page->epoch >= head.epoch;
	if (!page->present && tg_log_get_epoch(log, page->epoch, &head, NULL) != TG_OK) {
		page->cases->damaged++; /* the database of that time is gone, and what it held with it */
		return TG_OK;
	}
	page->size = head.size;
	count = page->next < head.size ? head.size - page->next : 0;
	count = count < PAGE ? count : PAGE;
	rc = count > 0 ? tg_log_read(log, page->epoch, page->next, count, take_entry, page, NULL) : TG_OK;
	if (rc == TG_OK)
		page->cases->damaged += count - page->read;
	page->next += count;
	return rc;
}

static bool read_page(tg_cases *cases, tg_journal *journal)
{
	struct page page = { .cases = cases, .epoch = cases->epoch, .next = cases->at };
	bool end;

	if (tg_journal_run(journal, run_page, &page, NULL) != TG_OK)
		return false; /* no log now, or its disk fails: tried again */
	end = page.next >= page.size;
	cases->ready = end && page.present;
	cases->epoch += end && !page.present;
	cases->at = end && !page.present ? 0 : page.next;
	cases->size = page.size;
	return true;
}

bool tg_cases_catch_up(tg_cases *cases, tg_journal *journal, unsigned pages)
{
	bool ready, goes_on;

	do {
		tg_cases_lock(cases);
		goes_on = pages > 0 && !cases->ready && read_page(cases, journal);
		ready = cases->ready;
		tg_cases_unlock(cases);
		if (goes_on && !ready)
			nanosleep(&(struct timespec){ .tv_nsec = GIVE_WAY_NS }, NULL);
		pages -= goes_on;
	} while (goes_on && !ready);
	return ready;
}

/* ---- writing ---- */

bool tg_cases_put_aside(tg_case_event *event, const char **why, const tg_cases *cases, tg_json *entry)
{
	const tg_case *open;

	tg_json_set_str(entry, "case", TG_CASE_NEW);
	if (!tg_case_event_read(event, entry)) {
		*why = "what was checked cannot be kept as a case";
		tg_json_remove(entry, "case");
		return false;
	}
	if (!cases->ready) {
		*why = "cases are still being read back; this one is in the list in a moment";
		return true;
	}
	open = tg_case_book_find_open(cases->book, &event->line);
	if (open != NULL) {
		tg_json_set_str(entry, "case", open->id);
		return tg_case_event_read(event, entry);
	}
	if (tg_case_book_is_full(cases->book))
		*why = "too many cases are open on this station: settle some; this unit is in the log alone";
	return true;
}

bool tg_cases_lifted(tg_case_event *event, const tg_cases *cases, tg_json *entry, const tg_json *check, uint32_t epoch, uint64_t seq)
{
	char prev[TG_REFERENCE_SIZE];
	const tg_case *c;
	tg_case_event was;

	if (!cases->ready || !tg_case_event_read(&was, check))
		return false;
	if (was.opens)
		was.id = (tg_reference){ .epoch = epoch, .seq = seq };
	c = tg_case_book_find(cases->book, &was.id);
	if (c == NULL && was.opens)
		c = tg_case_book_find_open(cases->book, &was.line);
	if (c == NULL || c->state == TG_CASE_SETTLED)
		return false;
	tg_json_set_str(entry, "case", c->id);
	tg_json_set_str(entry, "prev", tg_case_book_reference(prev, cases->book, c->last));
	return tg_case_event_read(event, entry);
}

const char *tg_cases_noted(tg_cases *cases, const tg_case_event *event, uint32_t epoch, uint64_t seq, int64_t at_us)
{
	const tg_case *c = cases->ready ? apply(cases, event, epoch, seq, at_us) : NULL;

	return c != NULL ? c->id : "";
}

int tg_cases_write(tg_case *after, tg_cases *cases, tg_journal *journal, tg_json *entry, tg_error *err)
{
	const tg_case *c;
	tg_case_event event;
	uint32_t epoch = 0;
	uint64_t seq = 0;
	int64_t at_us = 0;
	int rc;

	if (!tg_case_event_read(&event, entry)) {
		tg_json_free(entry);
		return tg_fail(err, TG_EINVAL, "what was asked cannot be kept as an entry of a case");
	}
	rc = tg_journal_submit(journal, entry, &epoch, &seq, &at_us, err);
	if (rc != TG_OK)
		return rc;
	c = apply(cases, &event, epoch, seq, at_us);
	if (c != NULL)
		*after = *c;
	return TG_OK;
}

/* ---- life ---- */

int tg_cases_new(tg_cases **out, const char *short_id, tg_error *err)
{
	tg_cases *cases = calloc(1, sizeof(*cases));
	int rc;

	if (cases == NULL)
		return tg_fail(err, TG_ENOMEM, "no memory for the cases of this station");
	rc = tg_case_book_new(&cases->book, short_id, NULL, err);
	if (rc != TG_OK) {
		free(cases);
		return rc;
	}
	cases->epoch = 1;
	pthread_mutex_init(&cases->mutex, NULL);
	*out = cases;
	return TG_OK;
}

void tg_cases_free(tg_cases *cases)
{
	if (cases == NULL)
		return;
	pthread_mutex_destroy(&cases->mutex);
	tg_case_book_free(cases->book);
	free(cases);
}
