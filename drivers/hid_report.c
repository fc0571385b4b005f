/* SPDX-License-Identifier: Apache-2.0
 *
 * hid_report.c - the items of a report descriptor, one at a time. See hid_report.h.
 *
 * Usages are kept as ranges and never spread out: a range of 65,536 usages costs what one usage costs.
 */
#include "drivers/hid_report.h"

#include <string.h>

#define COLLECTIONS_MAX 32 /* nested; scanners have 3 */
#define STATES_MAX 8       /* pushed; nearly no device pushes one */
#define RANGES_MAX 256     /* usages of one field, ranges counted once; a full keyboard has about 10 */

enum { PAGE_DESKTOP = 0x01, PAGE_SCANNER = 0x8C };
enum { TYPE_MAIN = 0, TYPE_GLOBAL, TYPE_LOCAL };
enum { MAIN_INPUT = 0x8, MAIN_OUTPUT = 0x9, MAIN_COLLECTION = 0xA, MAIN_FEATURE = 0xB, MAIN_END = 0xC };
enum { FLAG_CONSTANT = 1, FLAG_VARIABLE = 2 };
enum { LONG_ITEM = 0xFE, COLLECTION_APPLICATION = 1 };

#define USAGE(page, usage) (((uint32_t)(page) << 16) | (usage))

static const uint32_t control_usages[TG_HID_CONTROLS] = {
	[TG_HID_PREVENT_READ] = USAGE(PAGE_SCANNER, 0x5F),
	[TG_HID_INITIATE_READ] = USAGE(PAGE_SCANNER, 0x60),
	[TG_HID_GOOD_LED] = USAGE(PAGE_SCANNER, 0x7D),
	[TG_HID_ERROR_BEEP] = USAGE(PAGE_SCANNER, 0x85),
	[TG_HID_GOOD_BEEP] = USAGE(PAGE_SCANNER, 0x86),
	[TG_HID_NOT_ON_FILE_BEEP] = USAGE(PAGE_SCANNER, 0x87),
};

struct globals {
	uint32_t page, size, count;
	int32_t logical_min;
	uint8_t report;
};

struct range {
	uint32_t min, max;
};

/* Usages that the next main item will use up. */
struct locals {
	struct range ranges[RANGES_MAX];
	size_t count;
	uint32_t min, max;
	bool has_min, has_max;
	bool alternative; /* between delimiters, after the preferred usage: not taken */
	bool delimited;
};

struct reader {
	tg_hid_table *table;
	struct globals now, saved[STATES_MAX];
	size_t saved_count;
	bool scanner[COLLECTIONS_MAX + 1]; /* is this collection, or one around it, a scanner? */
	size_t depth;
	struct locals locals;
	uint32_t bits[TG_HID_KINDS][256]; /* of each report so far */
	bool unnumbered;                  /* a field came before any identifier */
	size_t at;                        /* byte of the item being read, for words */
	tg_error *err;
};

static int bad(struct reader *r, int code, const char *words)
{
	return tg_fail(r->err, code, "report descriptor, byte %zu: %s", r->at, words);
}

/* ---- usages ---- */

static int add_range(struct reader *r, uint32_t min, uint32_t max)
{
	struct locals *l = &r->locals;

	if (l->alternative)
		return TG_OK;
	l->alternative = l->delimited;
	if (max < min)
		return bad(r, TG_EFORMAT, "a range of usages that ends before it begins");
	if (l->count == RANGES_MAX)
		return bad(r, TG_ELIMIT, "too many usages for one field");
	l->ranges[l->count++] = (struct range){ min, max };
	return TG_OK;
}

/* A short usage is completed by the page in force; a 4-byte one brings its own. */
static uint32_t whole_usage(const struct reader *r, uint32_t value, size_t size)
{
	return size == 4 ? value : USAGE(r->now.page, value);
}

static int read_local(struct reader *r, unsigned tag, uint32_t value, size_t size)
{
	struct locals *l = &r->locals;

	switch (tag) {
	case 0x0:
		return add_range(r, whole_usage(r, value, size), whole_usage(r, value, size));
	case 0x1:
		l->min = whole_usage(r, value, size);
		l->has_min = true;
		break;
	case 0x2:
		l->max = whole_usage(r, value, size);
		l->has_max = true;
		break;
	case 0xA:
		if (value > 1 || l->delimited == (value == 1))
			return bad(r, TG_EFORMAT, "delimiters that do not match");
		l->delimited = value == 1;
		l->alternative = false;
		break;
	default: /* designators and strings say nothing of where data are */
		return TG_OK;
	}
	if (!l->has_min || !l->has_max)
		return TG_OK;
	l->has_min = l->has_max = false;
	return add_range(r, l->min, l->max);
}

/*
 * Which of `count` elements have this usage: the first, and how many follow it directly. The last usage stands for all
 * elements that are left (HID 1.11 §6.2.2.8).
 */
static bool find_usage(const struct locals *l, uint32_t usage, uint32_t count, uint32_t *first, uint32_t *run)
{
	uint64_t base = 0;

	*run = 0;
	for (size_t i = 0; i < l->count && base < count; i++) {
		const struct range *range = &l->ranges[i];
		uint64_t at = base + (usage - range->min);
		bool here = usage >= range->min && usage <= range->max && at < count;
		bool rest = here && i + 1 == l->count && usage == range->max;

		if (here && *run > 0 && at != (uint64_t)*first + *run)
			return true;
		if (here && *run == 0)
			*first = (uint32_t)at;
		if (here)
			*run += rest ? count - (uint32_t)at : 1;
		base += (uint64_t)range->max - range->min + 1;
	}
	return *run > 0;
}

/* ---- fields ---- */

static tg_hid_scan_report *scan_report(struct reader *r)
{
	tg_hid_table *t = r->table;

	for (size_t i = 0; i < t->scan_count; i++)
		if (t->scans[i].report == r->now.report)
			return &t->scans[i];
	if (t->scan_count == TG_HID_SCANS_MAX)
		return NULL;
	t->scans[t->scan_count] = (tg_hid_scan_report){ .report = r->now.report };
	return &t->scans[t->scan_count++];
}

static bool place(tg_hid_place *out, const struct reader *r, tg_hid_kind kind, uint32_t usage)
{
	uint32_t first, run;

	if (out->there || !find_usage(&r->locals, usage, r->now.count, &first, &run))
		return false;
	*out = (tg_hid_place){
		.there = true,
		.kind = (uint8_t)kind,
		.report = r->now.report,
		.bit = r->bits[kind][r->now.report] + first * r->now.size,
		.bits = r->now.size,
		.count = run,
		.on = 1,
	};
	return true;
}

/* One usage with a count of three is as good as three usages. */
static void place_aim(tg_hid_scan_report *scan, const struct reader *r)
{
	for (unsigned i = 0; i < 3; i++)
		place(&scan->aim[i], r, TG_HID_INPUT, USAGE(PAGE_SCANNER, 0xFB + i));
	for (unsigned i = 1; i < 3 && scan->aim[0].count == 3; i++)
		if (!scan->aim[i].there) {
			scan->aim[i] = scan->aim[0];
			scan->aim[i].bit += i * scan->aim[0].bits;
			scan->aim[i].count = 1;
		}
}

/* Some devices declare their data as one large element: bytes are bytes. */
static void as_bytes(tg_hid_place *data)
{
	if (data->bits % 8 == 0 && data->bit % 8 == 0) {
		data->count *= data->bits / 8;
		data->bits = 8;
	} else {
		*data = (tg_hid_place){ 0 };
	}
}

static bool about_scans(const struct reader *r)
{
	uint32_t first, run;

	for (uint32_t usage = 0xFB; usage <= 0xFF; usage++)
		if (find_usage(&r->locals, USAGE(PAGE_SCANNER, usage), r->now.count, &first, &run))
			return true;
	return find_usage(&r->locals, USAGE(PAGE_DESKTOP, 0x3B), r->now.count, &first, &run);
}

static void take_input(struct reader *r)
{
	tg_hid_scan_report *scan = about_scans(r) ? scan_report(r) : NULL;

	if (scan == NULL)
		return;
	place_aim(scan, r);
	place(&scan->length, r, TG_HID_INPUT, USAGE(PAGE_DESKTOP, 0x3B));
	place(&scan->continued, r, TG_HID_INPUT, USAGE(PAGE_SCANNER, 0xFF));
	if (place(&scan->data, r, TG_HID_INPUT, USAGE(PAGE_SCANNER, 0xFE)))
		as_bytes(&scan->data);
}

/* A control is one bit (or number) of its own, or one choice of a list: then the choice's number is written. */
static void take_control(struct reader *r, tg_hid_kind kind, unsigned flags)
{
	for (size_t i = 0; i < TG_HID_CONTROLS; i++) {
		tg_hid_place found = { 0 };
		uint32_t first, run, count = (flags & FLAG_VARIABLE) != 0 ? r->now.count : UINT32_MAX;
		tg_hid_place *held = &r->table->controls[i];

		if (held->there && (held->kind == TG_HID_OUTPUT || kind == TG_HID_FEATURE))
			continue;
		if (!find_usage(&r->locals, control_usages[i], count, &first, &run))
			continue;
		found = (tg_hid_place){ .there = true,
			.choice = (flags & FLAG_VARIABLE) == 0,
			.kind = (uint8_t)kind,
			.report = r->now.report,
			.bit = r->bits[kind][r->now.report],
			.bits = r->now.size,
			.count = 1,
			.on = 1 };
		if (!found.choice)
			found.bit += first * r->now.size;
		else
			found.on = (uint32_t)r->now.logical_min + first;
		if (found.bits <= 32 && (found.bits == 32 || found.on >> found.bits == 0) && found.on != 0)
			*held = found;
	}
}

static int read_field(struct reader *r, tg_hid_kind kind, unsigned flags)
{
	uint32_t *bits = &r->bits[kind][r->now.report];
	uint64_t more = (uint64_t)r->now.size * r->now.count;

	if (more > (uint64_t)TG_HID_REPORT_MAX * 8 - *bits)
		return bad(r, TG_ELIMIT, "a report longer than any device sends");
	if (r->now.report == 0)
		r->unnumbered = true;
	if (more > 0 && (flags & FLAG_CONSTANT) == 0 && r->scanner[r->depth]) {
		if (kind == TG_HID_INPUT)
			take_input(r);
		else
			take_control(r, kind, flags);
	}
	*bits += (uint32_t)more;
	return TG_OK;
}

/* ---- items ---- */

static int open_collection(struct reader *r, uint32_t type)
{
	uint32_t usage = r->locals.count > 0 ? r->locals.ranges[0].min : 0;
	bool scanner = r->scanner[r->depth];

	if (r->depth == COLLECTIONS_MAX)
		return bad(r, TG_ELIMIT, "collections nested too deep");
	if (type == COLLECTION_APPLICATION) {
		/* 0x02 scanner, 0x03 dumb scanner, 0x04 cordless base, 0x05 cradle; 0x01 is a badge reader */
		if (usage >= USAGE(PAGE_SCANNER, 0x02) && usage <= USAGE(PAGE_SCANNER, 0x05))
			scanner = r->table->scanner = true;
		if (usage == USAGE(PAGE_DESKTOP, 0x06) || usage == USAGE(PAGE_DESKTOP, 0x07))
			r->table->keyboard = true;
	}
	r->scanner[++r->depth] = scanner;
	return TG_OK;
}

static int read_main(struct reader *r, unsigned tag, uint32_t value)
{
	int rc = TG_OK;

	if (r->locals.delimited)
		return bad(r, TG_EFORMAT, "a delimiter that is not closed");
	switch (tag) {
	case MAIN_INPUT:
		rc = read_field(r, TG_HID_INPUT, value);
		break;
	case MAIN_OUTPUT:
		rc = read_field(r, TG_HID_OUTPUT, value);
		break;
	case MAIN_FEATURE:
		rc = read_field(r, TG_HID_FEATURE, value);
		break;
	case MAIN_COLLECTION:
		rc = open_collection(r, value);
		break;
	case MAIN_END:
		if (r->depth == 0)
			return bad(r, TG_EFORMAT, "the end of a collection that was not begun");
		r->depth--;
		break;
	default: /* reserved */
		break;
	}
	r->locals.count = 0;
	r->locals.has_min = r->locals.has_max = false;
	return rc;
}

static int read_identifier(struct reader *r, uint32_t value)
{
	if (value == 0 || value > 255)
		return bad(r, TG_EFORMAT, "a report identifier that is not 1 to 255");
	if (r->unnumbered)
		return bad(r, TG_EFORMAT, "a report identifier after fields without one");
	r->now.report = (uint8_t)value;
	r->table->numbered = true;
	return TG_OK;
}

static int32_t signed_value(uint32_t value, size_t size)
{
	if (size == 1)
		return (int8_t)value;
	return size == 2 ? (int16_t)value : (int32_t)value;
}

static int read_global(struct reader *r, unsigned tag, uint32_t value, size_t size)
{
	switch (tag) {
	case 0x0:
		if (value > UINT16_MAX)
			return bad(r, TG_EFORMAT, "a usage page above 0xFFFF");
		r->now.page = value;
		break;
	case 0x1:
		r->now.logical_min = signed_value(value, size);
		break;
	case 0x7:
		r->now.size = value;
		break;
	case 0x8:
		return read_identifier(r, value);
	case 0x9:
		r->now.count = value;
		break;
	case 0xA:
		if (r->saved_count == STATES_MAX)
			return bad(r, TG_ELIMIT, "too many pushed states");
		r->saved[r->saved_count++] = r->now;
		break;
	case 0xB:
		if (r->saved_count == 0)
			return bad(r, TG_EFORMAT, "a pop without a push");
		r->now = r->saved[--r->saved_count];
		break;
	default: /* units and physical ranges */
		break;
	}
	return TG_OK;
}

/* One item at r->at; `*len` is what it takes. */
static int read_item(struct reader *r, const uint8_t *item, size_t left, size_t *len)
{
	static const uint8_t sizes[] = { 0, 1, 2, 4 };
	size_t size = sizes[item[0] & 3];
	unsigned tag = item[0] >> 4;
	uint32_t value = 0;

	if (item[0] == LONG_ITEM) {
		*len = left >= 2 ? 3 + (size_t)item[1] : 3;
		return *len <= left ? TG_OK : bad(r, TG_EFORMAT, "cut inside a long item");
	}
	*len = 1 + size;
	if (*len > left)
		return bad(r, TG_EFORMAT, "cut inside an item");
	for (size_t i = size; i > 0; i--)
		value = value << 8 | item[i];
	switch ((item[0] >> 2) & 3) {
	case TYPE_MAIN:
		return read_main(r, tag, value);
	case TYPE_GLOBAL:
		return read_global(r, tag, value, size);
	case TYPE_LOCAL:
		return read_local(r, tag, value, size);
	default:
		return TG_OK; /* reserved */
	}
}

/* ---- the whole ---- */

static uint16_t whole_bytes(const struct reader *r, size_t kind, size_t report)
{
	uint32_t bits = r->bits[kind][report];

	return bits == 0 ? 0 : (uint16_t)((bits + 7) / 8 + (r->table->numbered ? 1 : 0));
}

/* What has no data is no scan report, whatever else it has. */
static void finish(struct reader *r)
{
	tg_hid_table *t = r->table;
	size_t kept = 0;

	for (size_t i = 0; i < t->scan_count; i++)
		if (t->scans[i].data.there && t->scans[i].data.count > 0)
			t->scans[kept++] = t->scans[i];
	t->scan_count = kept;
	for (size_t kind = 0; kind < TG_HID_KINDS; kind++)
		for (size_t i = 0; i < 256; i++)
			t->bytes[kind][i] = whole_bytes(r, kind, i);
	for (size_t i = 0; i < 256; i++)
		if (t->bytes[TG_HID_INPUT][i] > t->input_max)
			t->input_max = t->bytes[TG_HID_INPUT][i];
}

int tg_hid_table_read(tg_hid_table *out, const void *descriptor, size_t len, tg_error *err)
{
	const uint8_t *bytes = descriptor;
	struct reader r = { .table = out, .err = err };
	int rc = TG_OK;

	memset(out, 0, sizeof(*out));
	if (len == 0)
		return bad(&r, TG_EFORMAT, "empty");
	if (len > TG_HID_DESCRIPTOR_MAX)
		return bad(&r, TG_ELIMIT, "longer than 4096 bytes");
	for (size_t item = 0; rc == TG_OK && r.at < len; r.at += item)
		rc = read_item(&r, bytes + r.at, len - r.at, &item);
	if (rc == TG_OK && r.depth > 0)
		rc = bad(&r, TG_EFORMAT, "ends inside a collection");
	if (rc == TG_OK)
		finish(&r);
	return rc;
}

/* Write the low `bits` bits of a value, low bit first. */
static void put_bits(uint8_t *bytes, uint32_t bit, uint32_t bits, uint32_t value)
{
	for (uint32_t i = 0; i < bits; i++)
		if ((value >> i & 1) != 0)
			bytes[(bit + i) / 8] |= (uint8_t)(1U << (bit + i) % 8);
}

int tg_hid_make(uint8_t *out, size_t size, size_t *len, const tg_hid_table *table, tg_hid_control control,
	unsigned on, tg_error *err)
{
	const tg_hid_place *wanted = &table->controls[control];

	if (!wanted->there)
		return tg_fail(err, TG_ESTATE, "this scanner's report descriptor has no such command");
	*len = table->bytes[wanted->kind][wanted->report];
	if (*len > size)
		return tg_fail(err, TG_ELENGTH, "a report of %zu bytes", *len);
	memset(out, 0, *len);
	if (table->numbered)
		*out++ = wanted->report;
	for (unsigned i = 0; i < TG_HID_CONTROLS; i++) {
		const tg_hid_place *p = &table->controls[i];

		if (!p->there || p->kind != wanted->kind || p->report != wanted->report ||
			(on & TG_HID_MASK(i)) == 0)
			continue;
		if (!p->choice || i == control)
			put_bits(out, p->bit, p->bits, p->on);
	}
	return TG_OK;
}
