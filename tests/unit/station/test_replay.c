/* SPDX-License-Identifier: Apache-2.0
 *
 * test_replay.c - whatever is decided and written down is decided again, the same, from the entry alone; and what was changed is named.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/station/fixture.h"

#include "plugin/station/answer.h"
#include "plugin/station/replay.h"

#include <stdio.h>
#include <stdlib.h>

#define CASES 4000
#define HOUR_US (INT64_C(3600) * TG_US_PER_SECOND)

static const char *const labels[] = { GTIN_HELD, GTIN_NO_SOC, GTIN_BATCHES, GTIN_OUT, GTIN_SOLD, GTIN_UNKNOWN, IN_STORE_KNOWN, IN_STORE_OTHER,
	CARD, COUPON, BAD_CHECK_DIGIT, "9529990000018", "9529990000049", "]E0" GTIN_HELD, "]C10109524000000033", "]C1010952400000003310B2650",
	"]d2010952400000003310B2650\x1d"
	"21S1",
	"]C101095240000000191726" "113010L1", "https://example.com/01/09524000000019", "", "]E0" COUPON, "]zz?", "2000015200008" };

/* A case in the making: set, request, moment, and what the site says. */
struct drawn {
	tg_check_request request;
	tg_check_moment moment;
	tg_site_batches site;
	bool site_known, no_image;
	int64_t lag_us; /* from the decision to the log */
};

static unsigned draw(unsigned n)
{
	return (unsigned)(random() % (long)n);
}

static bool ask_site(void *ctx, uint64_t gtin, tg_site_batches *out)
{
	const struct drawn *d = ctx;

	(void)gtin;
	*out = d->site;
	return d->site_known;
}

static void draw_site(struct drawn *d)
{
	d->site_known = draw(3) > 0;
	d->site.count = draw(5);
	for (size_t i = 0; i < d->site.count; i++)
		snprintf(d->site.batch[i], sizeof(d->site.batch[i]), "B%u", 2600 + draw(draw(4) == 0 ? 300 : 100));
}

static void draw_case(struct drawn *d, int64_t issued_us)
{
	static const int64_t ages_h[] = { 0, 1, 23, 40, 200, 800, 90000 };

	*d = (struct drawn){ .no_image = draw(20) == 0 };
	tg_check_request_init(&d->request, (tg_operation)draw(TG_OP_COUNT));
	tg_check_request_label(&d->request, tg_view_str(labels[draw(TG_COUNT(labels))]));
	d->request.destination = (tg_destination)draw(TG_DEST_COUNT);
	if (draw(2) == 0)
		d->request.supply = (tg_supply)draw(TG_SUPPLY_COUNT);
	if (draw(2) == 0)
		d->request.unit = (tg_unit)draw(TG_UNIT_COUNT);
	d->request.bought_before_duty = draw(4) == 0;
	if (draw(3) == 0)
		snprintf(d->request.batch, sizeof(d->request.batch), "B%u", 2590 + draw(120));
	if (draw(2) == 0)
		strcpy(d->request.device, "till-3");
	/* said beside a check, decided by none */
	if (draw(3) == 0)
		strcpy(d->request.supplier, "Trader Ltd");
	if (draw(3) == 0)
		strcpy(d->request.delivery, "DN-4711");
	if (draw(8) == 0)
		strcpy(d->request.recheck, "T1-3F-K");
	if (draw(4) == 0)
		d->request.carriers = (uint8_t)(1 + draw(4));
	draw_site(d);
	d->moment.floor_us = issued_us + (draw(3) == 0 ? (int64_t)draw(100) * HOUR_US : 0);
	d->moment.now_us = issued_us + ages_h[draw(TG_COUNT(ages_h))] * HOUR_US + (int64_t)draw(3600) * TG_US_PER_SECOND + draw(1000000);
	if (draw(8) == 0)
		d->moment.now_us = d->moment.floor_us - (int64_t)draw(1000) * TG_US_PER_SECOND;
	d->moment.site_batches = ask_site;
	d->moment.site = d;
	d->lag_us = draw(4) == 0 ? (int64_t)draw(7200) * TG_US_PER_SECOND : 50;
}

/* As the log keeps it: with its own members, as bytes, read again. */
static tg_json *write_and_read(tg_json *entry, int64_t at_us)
{
	tg_json *again = NULL;
	tg_buf text;

	tg_json_set_int(entry, "v", 1);
	tg_json_set_int(entry, "seq", 17);
	tg_json_set_int(entry, "at_us", at_us);
	tg_json_set_str(entry, "boot", "0123456789abcdef");
	tg_json_set_int(entry, "mono_us", 4711);
	tg_buf_init(&text, 65535);
	assert_int_equal(tg_json_write_jcs(&text, entry, NULL), TG_OK);
	assert_int_equal(tg_json_parse(&again, tg_buf_view(&text), NULL), TG_OK);
	tg_buf_fini(&text);
	tg_json_free(entry);
	return again;
}

static tg_inforce *load(station_fixture *f)
{
	static const tg_inforce_floor none;
	tg_inforce *set = NULL;

	assert_int_equal(tg_inforce_load(&set, &f->paths, f->set_id, &none, false, NULL), TG_OK);
	assert_string_equal(set->fault, "");
	return set;
}

static tg_json *decide(tg_check_answer *answer, tg_inforce *set, struct drawn *d)
{
	tg_catalogue *cat = set->cat;

	if (d->no_image) {
		set->cat = NULL;
		snprintf(set->fault, sizeof(set->fault), "the image cannot be read");
	}
	tg_check_decide(answer, set, &d->request, &d->moment);
	set->cat = cat;
	set->fault[0] = '\0';
	return write_and_read(tg_check_entry(answer, &d->request), d->moment.now_us + d->lag_us);
}

static void tell(const tg_replayed *now, const tg_json *entry, int n)
{
	tg_buf text;

	tg_buf_init(&text, 65535);
	(void)!tg_json_write_jcs(&text, entry, NULL);
	fail_msg("case %d: %s: the log says %s, the gate says %s: %s", n, now->differences[0].member, now->differences[0].logged,
		now->differences[0].now, tg_buf_text(&text));
}

static void any_case_is_decided_again_from_its_entry_alone(void **state)
{
	static struct drawn d;
	static tg_replayed now;
	station_fixture *f = *state;
	tg_inforce *set = load(f);
	size_t outcomes[TG_OUTCOME_COUNT] = { 0 }, by_site = 0, by_other_day = 0;

	srandom(20261123);
	for (int n = 0; n < CASES; n++) {
		tg_check_answer then;
		tg_replay_case c;
		tg_error err = { 0 };
		tg_json *entry;

		draw_case(&d, set->issued_us);
		entry = decide(&then, set, &d);
		if (tg_replay_read(&c, entry, &err) != TG_OK)
			fail_msg("case %d: %s", n, err.msg);
		tg_replay(&now, NULL, &c, set->cat, &set->policy, entry);
		if (now.count != 0)
			tell(&now, entry, n);
		assert_int_equal(now.answer.verdict.outcome, then.verdict.outcome);
		assert_true(now.answer.verdict.hit == then.verdict.hit && now.answer.verdict.off == then.verdict.off);
		assert_int_equal(now.answer.release.released, then.release.released);
		assert_string_equal(now.answer.words.action, then.words.action);
		outcomes[then.verdict.outcome]++;
		by_site += then.verdict.on_site_batches;
		by_other_day += c.day != tg_day_in_uk(c.at_us);
		tg_json_free(entry);
	}
	/* the draw reaches what it is for */
	for (size_t i = 0; i < TG_OUTCOME_COUNT; i++)
		assert_true(outcomes[i] > 0);
	assert_true(by_site > 0 && by_other_day > 0);
	tg_inforce_release(set);
}

/* One entry of a sale of GTIN_NO_SOC, bent by `bend`. */
static void replay_bent(tg_replayed *now, station_fixture *f, void (*bend)(tg_json *entry))
{
	tg_inforce *set = load(f);
	static struct drawn d;
	tg_check_answer then;
	tg_replay_case c;
	tg_json *entry;

	d = (struct drawn){ .moment = { .now_us = set->issued_us + HOUR_US, .floor_us = set->issued_us } };
	tg_check_request_init(&d.request, TG_OP_SALE);
	tg_check_request_label(&d.request, tg_view_str(GTIN_NO_SOC));
	entry = decide(&then, set, &d);
	bend(entry);
	assert_int_equal(tg_replay_read(&c, entry, NULL), TG_OK);
	tg_replay(now, NULL, &c, set->cat, &set->policy, entry);
	tg_json_free(entry);
	tg_inforce_release(set);
}

static void bend_outcome(tg_json *entry)
{
	tg_json_set_str(entry, "outcome", "allow");
	tg_json_set_bool(entry, "released", true);
}

static void bend_rows(tg_json *entry)
{
	tg_json_set(entry, "rows", tg_json_new_array());
}

static void bend_gtin(tg_json *entry)
{
	tg_json *label = tg_json_copy(tg_json_get(entry, "label"));

	tg_json_set_str(label, "gtin", "09524000000019");
	tg_json_set(entry, "label", label);
}

static void bend_stage(tg_json *entry)
{
	tg_json_set_str(entry, "stage", "stale");
}

static void bend_more(tg_json *entry)
{
	tg_json_set_str(entry, "excuse", "none");
}

static void bend_case(tg_json *entry)
{
	tg_json_set_str(entry, "case", "T1-3F-K"); /* what follows a check is not decided by it */
}

static void what_was_changed_is_named(void **state)
{
	static const struct {
		void (*bend)(tg_json *entry);
		size_t count;
		const char *member;
	} bends[] = {
		{ bend_outcome, 2, "outcome" },
		{ bend_rows, 1, "rows" },
		{ bend_gtin, 1, "label.gtin" },
		{ bend_stage, 1, "stage" },
		{ bend_more, 1, "excuse" },
		{ bend_case, 0, "" },
	};
	static tg_replayed now;

	for (size_t i = 0; i < TG_COUNT(bends); i++) {
		bool named = bends[i].count == 0;

		replay_bent(&now, *state, bends[i].bend);
		for (size_t k = 0; k < now.count; k++)
			named = named || strcmp(now.differences[k].member, bends[i].member) == 0;
		if (now.count != bends[i].count || !named)
			fail_msg("%s: %zu differences, the first of %s", bends[i].member, now.count, now.differences[0].member);
	}
}

static void an_entry_without_its_facts_cannot_be_replayed(void **state)
{
	static const char *const needed[] = { "operation", "destination", "label", "stage", "age_s", "catalogue_version", "policy_version",
		"rules", "at_us" };
	tg_inforce *set = load(*state);
	struct drawn *d = calloc(1, sizeof(*d));
	tg_check_answer then;
	tg_replay_case c;
	tg_error err = { 0 };
	tg_json *entry;

	assert_non_null(d);
	d->moment.now_us = d->moment.floor_us = set->issued_us;
	tg_check_request_init(&d->request, TG_OP_SALE);
	tg_check_request_label(&d->request, tg_view_str(GTIN_HELD));
	entry = decide(&then, set, d);
	for (size_t i = 0; i < TG_COUNT(needed); i++) {
		tg_json *bent = tg_json_copy(entry);

		tg_json_remove(bent, needed[i]);
		assert_int_equal(tg_replay_read(&c, bent, &err), TG_EFORMAT);
		if (strstr(err.msg, needed[i]) == NULL)
			fail_msg("without %s: %s", needed[i], err.msg);
		tg_json_free(bent);
	}
	tg_json_remove(entry, "day"); /* of before there was one */
	assert_int_equal(tg_replay_read(&c, entry, NULL), TG_OK);
	assert_false(c.day_said);
	tg_json_set_int(entry, "v", 2);
	assert_int_equal(tg_replay_read(&c, entry, NULL), TG_EINVAL);
	tg_json_set_str(entry, "kind", "start");
	assert_int_equal(tg_replay_read(&c, entry, NULL), TG_ENOTFOUND);
	tg_json_free(entry);
	free(d);
	tg_inforce_release(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(any_case_is_decided_again_from_its_entry_alone, fixture_setup_synced, fixture_teardown),
		cmocka_unit_test_setup_teardown(what_was_changed_is_named, fixture_setup_synced, fixture_teardown),
		cmocka_unit_test_setup_teardown(an_entry_without_its_facts_cannot_be_replayed, fixture_setup_synced, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
