/* SPDX-License-Identifier: Apache-2.0
 *
 * batches.c - lists of batches, from entries. See batches.h.
 *
 * The day of the policy is turned into a place in the log once: the first entry of that day or later. From there on every entry
 * counts, whatever its own time says, so that a clock that was set back hides no delivery.
 */
#include "plugin/station/batches.h"

#include "plugin/gate/drill.h"
#include "store/base/utc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 1024         /* entries read at a time: some milliseconds of the log's thread */
#define OLDER_RUN 16384   /* entries in a row before the day: a clock does not stand wrong for so many checks unseen */
#define SLOTS_FIRST 256   /* of the table, a power of two; it is at most half full */
#define TEXTS_FIRST 256
#define NO_TEXT UINT32_MAX

struct product {
	uint64_t gtin; /* 0: a free slot */
	uint32_t first;
	uint8_t count;
	bool came_in;  /* some unit was checked when it came */
	bool unknown;  /* some unit came without a batch, or there are too many to keep */
};

struct text {
	char batch[TG_AI_TEXT_MAX + 1];
	uint32_t next;
};

enum phase { IDLE, SEEKING, READING, READY, FAILED };

struct tg_batches {
	pthread_mutex_t mutex;   /* guards all but what only who reads uses */
	pthread_mutex_t reading; /* one reads at a time; taken before the other */
	struct product *slots;
	size_t slot_count, product_count;
	struct text *texts;
	size_t text_count, text_room;
	bool gap;              /* something came that is in no list */
	enum phase phase;
	int32_t from_day;      /* what `phase` is about */
	/* of who reads */
	uint32_t epoch;
	uint64_t at, cut, head, older; /* place, first entry that counts, end, entries in a row before the day */
};

/* ---- the table; with the mutex held ---- */

static size_t slot_of(const struct tg_batches *b, uint64_t gtin)
{
	size_t mask = b->slot_count - 1, i = (size_t)(gtin * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;

	while (b->slots[i].gtin != 0 && b->slots[i].gtin != gtin)
		i = (i + 1) & mask;
	return i;
}

static struct product *find(const struct tg_batches *b, uint64_t gtin)
{
	struct product *p = &b->slots[slot_of(b, gtin)];

	return p->gtin != 0 ? p : NULL;
}

static bool grow(struct tg_batches *b)
{
	struct tg_batches bigger = { .slot_count = 2 * b->slot_count };

	bigger.slots = calloc(bigger.slot_count, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return false;
	for (size_t i = 0; i < b->slot_count; i++)
		if (b->slots[i].gtin != 0)
			bigger.slots[slot_of(&bigger, b->slots[i].gtin)] = b->slots[i];
	free(b->slots);
	b->slots = bigger.slots;
	b->slot_count = bigger.slot_count;
	return true;
}

static struct product *find_or_add(struct tg_batches *b, uint64_t gtin)
{
	struct product *p = find(b, gtin);

	if (p != NULL)
		return p;
	if (b->product_count == TG_BATCHES_PRODUCTS_MAX || (2 * (b->product_count + 1) > b->slot_count && !grow(b)))
		return NULL;
	p = &b->slots[slot_of(b, gtin)];
	*p = (struct product){ .gtin = gtin, .first = NO_TEXT };
	b->product_count++;
	return p;
}

static bool has(const struct tg_batches *b, const struct product *p, const char *batch)
{
	for (uint32_t i = p->first; i != NO_TEXT; i = b->texts[i].next)
		if (strcmp(b->texts[i].batch, batch) == 0)
			return true;
	return false;
}

static bool room_for_text(struct tg_batches *b)
{
	size_t room = b->text_room == 0 ? TEXTS_FIRST : 2 * b->text_room;
	struct text *texts;

	if (b->text_count < b->text_room)
		return true;
	if (b->text_count == TG_BATCHES_TEXTS_MAX)
		return false;
	texts = realloc(b->texts, room * sizeof(*texts));
	if (texts == NULL)
		return false;
	b->texts = texts;
	b->text_room = room;
	return true;
}

static void add_batch(struct tg_batches *b, struct product *p, const char *batch)
{
	struct text *t;

	if (p->unknown || has(b, p, batch))
		return;
	if (p->count == TG_SITE_BATCHES_MAX || !room_for_text(b)) {
		p->unknown = true;
		return;
	}
	t = &b->texts[b->text_count];
	strcpy(t->batch, batch);
	t->next = p->first;
	p->first = (uint32_t)b->text_count++;
	p->count++;
}

static void add(struct tg_batches *b, uint64_t gtin, const tg_batches_seen *seen)
{
	struct product *p = find_or_add(b, gtin);

	if (p == NULL) {
		b->gap = true;
		return;
	}
	p->came_in = p->came_in || seen->came_in;
	if (seen->batch[0] != '\0')
		add_batch(b, p, seen->batch);
	else
		p->unknown = true;
}

static void clear(struct tg_batches *b)
{
	memset(b->slots, 0, b->slot_count * sizeof(*b->slots));
	b->product_count = b->text_count = 0;
	b->gap = false;
}

/* ---- what checks say ---- */

static bool is_word(const tg_json *object, const char *name, const char *word)
{
	const char *text = tg_json_str(tg_json_get(object, name));

	return text != NULL && strcmp(text, word) == 0;
}

static uint64_t number_of(const tg_json *label, const char *name)
{
	const char *text = tg_json_str(tg_json_get(label, name));
	uint64_t gtin = 0;

	return text != NULL && tg_gtin_parse(&gtin, tg_view_str(text), NULL) == TG_OK ? gtin : 0;
}

bool tg_batches_read(tg_batches_seen *out, const tg_json *entry)
{
	const tg_json *label = tg_json_get(entry, "label");
	const char *batch = tg_json_str(tg_json_get(label, "batch"));

	*out = (tg_batches_seen){ .gtin = number_of(label, "gtin"), .inside = number_of(label, "inside") };
	if (!is_word(entry, "kind", "check") || !is_word(label, "kind", "product") || is_word(entry, "operation", "offer") ||
		out->gtin == 0 || tg_is_drill(out->gtin))
		return false;
	out->came_in = is_word(entry, "operation", "goods-in") || is_word(entry, "operation", "return");
	if (batch != NULL && strlen(batch) < sizeof(out->batch))
		strcpy(out->batch, batch);
	return out->came_in || out->batch[0] != '\0';
}

void tg_batches_note(tg_batches *b, const tg_batches_seen *seen)
{
	pthread_mutex_lock(&b->mutex);
	add(b, seen->gtin, seen);
	if (seen->inside != 0 && seen->inside != seen->gtin)
		add(b, seen->inside, seen);
	pthread_mutex_unlock(&b->mutex);
}

static void expect(struct tg_batches *b, uint64_t gtin, const tg_batches_seen *seen)
{
	tg_batches_seen only_seen = *seen;

	only_seen.came_in = false; /* that it came in is said when it is written down */
	if (gtin != 0 && find(b, gtin) != NULL)
		add(b, gtin, &only_seen);
}

void tg_batches_expect(tg_batches *b, const tg_batches_seen *seen)
{
	pthread_mutex_lock(&b->mutex);
	expect(b, seen->gtin, seen);
	expect(b, seen->inside, seen);
	pthread_mutex_unlock(&b->mutex);
}

void tg_batches_missed(tg_batches *b)
{
	pthread_mutex_lock(&b->mutex);
	b->gap = true;
	pthread_mutex_unlock(&b->mutex);
}

/* ---- reading back ---- */

struct page {
	tg_batches *batches;
	int32_t first_day; /* of the first entry */
	uint64_t wanted, read, first_late; /* entries; the first of the day or later, or UINT64_MAX */
	bool damaged;
};

static bool holds(tg_view bytes, const char *text)
{
	return memmem(bytes.data, bytes.len, text, strlen(text)) != NULL;
}

/* Most entries say nothing of batches, and are not worth parsing. */
static bool may_matter(tg_view bytes)
{
	return holds(bytes, "\"batch\":") || holds(bytes, "\"goods-in\"") || holds(bytes, "\"return\"") || holds(bytes, "\"outage\"");
}

/* An outage says how many units came in meanwhile; one whose count was lost may have been about any. */
static bool outage_hides_goods(const tg_json *entry)
{
	return is_word(entry, "kind", "outage") &&
		(tg_json_int(tg_json_get(entry, "came_in")) > 0 || tg_json_bool(tg_json_get(entry, "count_lost")));
}

static int take_entry(void *ctx, const tg_log_entry *logged)
{
	struct page *page = ctx;
	tg_batches_seen seen;
	tg_json *entry = NULL;

	page->read++;
	if (!may_matter(logged->bytes))
		return 0;
	if (tg_json_parse(&entry, logged->bytes, NULL) != TG_OK) {
		page->damaged = true;
		return 1;
	}
	if (outage_hides_goods(entry))
		tg_batches_missed(page->batches);
	else if (tg_batches_read(&seen, entry))
		tg_batches_note(page->batches, &seen);
	tg_json_free(entry);
	return 0;
}

/* The log writes its entries in canonical form, so that this name stands bare only as the member. */
static int32_t day_of(tg_view bytes)
{
	static const char name[] = "\"at_us\":";
	const char *at = memmem(bytes.data, bytes.len, name, sizeof(name) - 1);
	const char *end = (const char *)bytes.data + bytes.len;
	int64_t us = 0;

	if (at == NULL)
		return INT32_MAX; /* of a time not known: counts */
	for (at += sizeof(name) - 1; at < end && *at >= '0' && *at <= '9' && us < INT64_MAX / 16; at++)
		us = 10 * us + (*at - '0');
	return tg_day_in_uk(us);
}

static int look_at_time(void *ctx, const tg_log_entry *logged)
{
	struct page *page = ctx;

	if (page->read++ == 0)
		page->first_day = day_of(logged->bytes);
	if (page->first_late == UINT64_MAX && day_of(logged->bytes) >= page->batches->from_day)
		page->first_late = logged->seq;
	return 0;
}

struct job {
	struct page page;
	uint64_t first;
	tg_log_entry_fn fn;
	tg_log_head head;
};

static int run_page(tg_log *log, void *ctx)
{
	struct job *job = ctx;

	tg_log_get_head(log, &job->head);
	return tg_log_read(log, job->head.epoch, job->first, job->page.wanted, job->fn, &job->page, NULL);
}

/* One page; false: it could not be read whole. */
static bool read_page(struct job *job, tg_batches *b, tg_journal *journal, uint64_t first, uint64_t count, tg_log_entry_fn fn)
{
	*job = (struct job){ .page = { .batches = b, .wanted = count, .first_late = UINT64_MAX }, .first = first, .fn = fn };
	return tg_journal_run(journal, run_page, job, NULL) == TG_OK && !job->page.damaged && job->page.read == count;
}

/* What came before the log began is not known: its first entry must be of the policy's day or older. */
static enum phase begin(tg_batches *b, tg_journal *journal)
{
	struct job job;

	if (!read_page(&job, b, journal, 0, 1, look_at_time))
		return IDLE; /* no log now, or nothing in it yet */
	b->epoch = job.head.epoch;
	b->at = b->cut = b->head = job.head.size;
	b->older = 0;
	return job.page.first_day <= b->from_day ? SEEKING : FAILED;
}

/* Backwards, to the first entry of the policy's day or later. */
static enum phase seek(tg_batches *b, tg_journal *journal)
{
	uint64_t first = b->at > PAGE ? b->at - PAGE : 0;
	struct job job;

	if (!read_page(&job, b, journal, first, b->at - first, look_at_time) || job.head.epoch != b->epoch)
		return FAILED;
	b->older = job.page.first_late == UINT64_MAX ? b->older + (b->at - first) : 0;
	if (job.page.first_late != UINT64_MAX)
		b->cut = job.page.first_late;
	b->at = first;
	if (b->head - b->cut > TG_BATCHES_READ_MAX)
		return FAILED;
	if (b->at > 0 && b->older < OLDER_RUN)
		return SEEKING;
	b->at = b->cut;
	return b->at < b->head ? READING : READY;
}

/* Forwards, to where the log ended at the beginning; what came since has been noted as it came. */
static enum phase read_on(tg_batches *b, tg_journal *journal)
{
	uint64_t count = b->head - b->at < PAGE ? b->head - b->at : PAGE;
	struct job job;

	if (!read_page(&job, b, journal, b->at, count, take_entry) || job.head.epoch != b->epoch)
		return FAILED;
	b->at += count;
	return b->at < b->head ? READING : READY;
}

/* Another day of the policy begins anew. What is noted from here on is kept: it is of today, or later. */
static enum phase phase_for(tg_batches *b, int32_t from_day)
{
	enum phase phase;

	pthread_mutex_lock(&b->mutex);
	if (b->from_day != from_day) {
		if (b->from_day != TG_DAY_NONE)
			clear(b);
		b->from_day = from_day;
		b->phase = IDLE;
	}
	phase = b->phase;
	pthread_mutex_unlock(&b->mutex);
	return phase;
}

bool tg_batches_catch_up(tg_batches *b, tg_journal *journal, int32_t from_day, int32_t today, unsigned pages)
{
	enum phase phase;

	if (from_day == TG_DAY_NONE || from_day > today)
		return true;
	pthread_mutex_lock(&b->reading);
	phase = phase_for(b, from_day);
	for (; pages > 0 && phase != READY && phase != FAILED; pages--) {
		phase = phase == IDLE ? begin(b, journal) : phase == SEEKING ? seek(b, journal) : read_on(b, journal);
		pthread_mutex_lock(&b->mutex);
		b->phase = phase;
		pthread_mutex_unlock(&b->mutex);
		if (phase == IDLE)
			break;
	}
	pthread_mutex_unlock(&b->reading);
	return phase == READY || phase == FAILED;
}

/* ---- asking ---- */

/* The numbers of cases of the same item: indicator digit 1 to 9, the item's twelve digits, another check digit. */
static uint64_t case_of(uint64_t gtin, unsigned indicator)
{
	uint64_t body = indicator * UINT64_C(1000000000000) + gtin / 10 % UINT64_C(1000000000000);
	unsigned sum = 0, weight = 3;

	for (uint64_t rest = body; rest > 0; rest /= 10, weight = 4 - weight)
		sum += weight * (unsigned)(rest % 10);
	return body * 10 + (10 - sum % 10) % 10;
}

static bool collect(tg_site_batches *out, const struct tg_batches *b, const struct product *p)
{
	if (p->unknown || p->count > TG_SITE_BATCHES_MAX - out->count)
		return false;
	for (uint32_t i = p->first; i != NO_TEXT; i = b->texts[i].next)
		strcpy(out->batch[out->count++], b->texts[i].batch);
	return true;
}

/* A case that the catalogue did not know when it came stands under its own number alone; its batches are the item's too. */
static bool ask(tg_site_batches *out, const struct tg_batches *b, int32_t from_day, uint64_t gtin)
{
	const struct product *p = find(b, gtin);
	bool known = b->phase == READY && b->from_day == from_day && !b->gap && p != NULL && p->came_in && collect(out, b, p);

	for (unsigned indicator = 1; known && indicator <= 9; indicator++) {
		uint64_t number = case_of(gtin, indicator);
		const struct product *other = number != gtin ? find(b, number) : NULL;

		known = other == NULL || collect(out, b, other);
	}
	return known && out->count > 0;
}

bool tg_batches_ask(tg_batches *b, int32_t from_day, uint64_t gtin, tg_site_batches *out)
{
	bool known;

	out->count = 0;
	pthread_mutex_lock(&b->mutex);
	known = from_day != TG_DAY_NONE && gtin != 0 && ask(out, b, from_day, gtin);
	pthread_mutex_unlock(&b->mutex);
	return known;
}

/* ---- life ---- */

int tg_batches_new(tg_batches **out, tg_error *err)
{
	tg_batches *b = calloc(1, sizeof(*b));

	if (b != NULL)
		b->slots = calloc(SLOTS_FIRST, sizeof(*b->slots));
	if (b == NULL || b->slots == NULL) {
		free(b);
		return tg_fail(err, TG_ENOMEM, "no memory for the batches of this site");
	}
	b->slot_count = SLOTS_FIRST;
	b->from_day = TG_DAY_NONE;
	pthread_mutex_init(&b->mutex, NULL);
	pthread_mutex_init(&b->reading, NULL);
	*out = b;
	return TG_OK;
}

void tg_batches_free(tg_batches *b)
{
	if (b == NULL)
		return;
	pthread_mutex_destroy(&b->mutex);
	pthread_mutex_destroy(&b->reading);
	free(b->slots);
	free(b->texts);
	free(b);
}
