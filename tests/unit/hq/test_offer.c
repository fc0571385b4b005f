/* SPDX-License-Identifier: Apache-2.0
 *
 * test_offer.c - which older images get a patch, that what is offered works, and what is removed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/hq/offer.h"
#include "sync/hq/prune.h"
#include "sync/mapping.h"
#include "sync/patch.h"
#include "sync/tuf/chain.h"
#include "tests/unit/tuf/repo.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HOUR_US (INT64_C(3600) * TG_US_PER_SECOND)
#define IMAGE_MAX (1 << 20)

static void must(int rc, const tg_error *err)
{
	if (rc != TG_OK)
		fail_msg("%s: %s", tg_strerror(rc), err->msg);
}

/* ---- which ---- */

/* Publications `count`, the newest `newest_h` hours ago, then one each `step_h` hours. Version 1000 is the newest. */
static size_t choose(tg_offer_past *past, size_t count, int64_t newest_h, int64_t step_h)
{
	for (size_t i = 0; i < count; i++) {
		past[i] = (tg_offer_past){ .version = 1000 - (int64_t)i };
		past[i].published_us = TEST_NOW_US + 12 * HOUR_US - (newest_h + (int64_t)i * step_h) * HOUR_US;
	}
	return tg_offer_choose(past, count, TEST_NOW_US + 12 * HOUR_US); /* noon */
}

static void the_last_eight_and_one_a_day_for_fourteen_days(void **state)
{
	static const struct {
		const char *what;
		size_t count;
		int64_t newest_h, step_h;
		size_t chosen;
		int64_t oldest;
	} cases[] = {
		{ "none yet", 0, 0, 0, 0, 0 },
		{ "one", 1, 24, 24, 1, 1000 },
		{ "one a day, for long", 60, 24, 24, 14, 987 },
		{ "one a month: the last eight", 60, 24, 720, 8, 993 },
		{ "each hour, for long: eight, and the last of each of 14 days", 500, 1, 1, 22, 0 },
		{ "each minute of this morning: eight", 600, 0, 0, 8, 993 },
		{ "each six hours: eight, and one of each older day", 200, 6, 6, 20, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_offer_past *past = calloc(cases[i].count + 1, sizeof(*past));
		size_t chosen;

		assert_non_null(past);
		chosen = choose(past, cases[i].count, cases[i].newest_h, cases[i].step_h);
		if (chosen != cases[i].chosen)
			fail_msg("%s: %zu chosen, wanted %zu", cases[i].what, chosen, cases[i].chosen);
		for (size_t k = 1; k < chosen; k++)
			assert_true(past[k].version < past[k - 1].version);
		if (cases[i].oldest != 0)
			assert_int_equal(past[chosen - 1].version, cases[i].oldest);
		free(past);
	}
}

static void of_a_day_the_last_image_is_taken(void **state)
{
	tg_offer_past past[30];
	size_t chosen = choose(past, 30, 1, 5); /* at most five a day */

	(void)state;
	for (size_t i = TG_OFFER_PUBLICATIONS; i < chosen; i++) {
		int32_t day = tg_day_in_uk(past[i].published_us);

		assert_true(tg_day_in_uk(past[i].published_us + 5 * HOUR_US) > day); /* the next one was of the next day */
		assert_true(day < tg_day_in_uk(past[i - 1].published_us));
	}
}

static void an_image_without_a_day_counts_among_the_last_eight_only(void **state)
{
	tg_offer_past past[12];

	(void)state;
	for (size_t i = 0; i < TG_COUNT(past); i++)
		past[i] = (tg_offer_past){ .version = (int64_t)i + 1 }; /* and not in order */
	assert_int_equal(tg_offer_choose(past, TG_COUNT(past), TEST_NOW_US), 8);
	assert_int_equal(past[0].version, 12);
	assert_int_equal(past[7].version, 5);
}

/* ---- making, keeping, placing, pruning ---- */

/* A head office that publishes images of a few kB, as publish.c does. */
typedef struct office {
	char dir[4096];
	tg_site site;
	tg_published old;
	tg_buf image;
	int64_t now_us;
	tg_offer offer;
} office;

static int setup(void **state)
{
	office *o = test_calloc(1, sizeof(*o));
	tg_error err = { 0 };

	temp_dir(o->dir);
	must(tg_site_paths(&o->site, o->dir, &err), &err);
	must(tg_dir_make(o->site.metadata, 0755, &err), &err);
	must(tg_dir_make(o->site.targets, 0755, &err), &err);
	must(tg_dir_make(o->site.work, 0755, &err), &err);
	tg_buf_init(&o->old.targets, IMAGE_MAX);
	tg_buf_init(&o->image, IMAGE_MAX);
	for (int i = 0; i < 2000; i++)
		tg_buf_printf(&o->image, "product %d has the number %d; ", i, i * 7919);
	o->now_us = TEST_NOW_US;
	*state = o;
	return 0;
}

static int teardown(void **state)
{
	office *o = *state;

	tg_offer_fini(&o->offer, &o->site);
	tg_buf_fini(&o->old.targets);
	tg_buf_fini(&o->image);
	remove_tree(o->dir);
	test_free(o);
	return 0;
}

static void add_entry(tg_json *targets, const char *path, int64_t length, const uint8_t sha256[TG_SHA256_SIZE], const tg_json *custom)
{
	tg_json *entry = tg_json_new_object(), *hashes = tg_json_new_object();
	char hex[65];

	tg_json_set_str(hashes, "sha256", tg_hex_encode(hex, sha256, TG_SHA256_SIZE));
	tg_json_set(entry, "hashes", hashes);
	tg_json_set_int(entry, "length", length);
	tg_json_set(entry, "custom", tg_json_copy(custom));
	tg_json_set(targets, path, entry);
}

/* The targets file of this publication, unsigned: signatures are not what is looked at here. */
static void write_targets(office *o, const uint8_t sha256[TG_SHA256_SIZE])
{
	tg_json *file = tg_json_new_object(), *body = tg_json_new_object(), *targets = tg_json_new_object();
	tg_json *custom = tg_json_new_object();
	char path[4096], text[TG_UTC_TEXT_SIZE];
	tg_repository_target list[TG_OFFER_PATCHES + 1];
	size_t count = tg_offer_targets(list, &o->offer);
	tg_error err = { 0 };

	tg_json_set_int(custom, "version", o->old.catalogue_version);
	tg_json_set_str(custom, "published", tg_utc_format(text, o->offer.published_us));
	add_entry(targets, TG_CHAIN_IMAGE, (int64_t)o->image.len, sha256, custom);
	for (size_t i = 0; i < count; i++)
		add_entry(targets, list[i].path, list[i].length, list[i].sha256, list[i].custom);
	tg_json_set(body, "targets", targets);
	tg_json_set(file, "signed", body);
	tg_buf_clear(&o->old.targets);
	must(tg_json_write_jcs(&o->old.targets, file, &err), &err);
	must(tg_published_metadata_path(path, &o->site, TG_TUF_TARGETS, o->old.version[TG_TUF_TARGETS], &err), &err);
	must(tg_file_write(path, tg_buf_view(&o->old.targets), 0644, &err), &err);
	must(tg_published_metadata_path(path, &o->site, TG_TUF_SNAPSHOT, o->old.version[TG_TUF_SNAPSHOT], &err), &err);
	must(tg_file_write(path, tg_view_str("{}"), 0644, &err), &err);
	tg_json_free(custom);
	tg_json_free(file);
}

/* One publication, a day later; with another image, or the same one again. */
static void publish(office *o, bool new_image)
{
	uint8_t sha256[TG_SHA256_SIZE];
	char made[4096], placed[4096];
	tg_error err = { 0 };
	tg_offer_ask ask = { .site = &o->site, .old = &o->old, .image_path = made, .image_sha256 = sha256 };

	o->now_us += TG_US_PER_DAY;
	ask.now_us = o->now_us;
	tg_offer_fini(&o->offer, &o->site);
	if (new_image)
		tg_buf_printf(&o->image, "changed at %lld; ", (long long)o->now_us);
	tg_sha256(sha256, o->image.data, o->image.len);
	must(tg_path(made, &err, "%s/catalogue.tgc", o->site.work), &err);
	must(tg_file_write(made, tg_buf_view(&o->image), 0644, &err), &err);
	if (new_image)
		must(tg_offer_make(&o->offer, &ask, &err), &err);
	else
		must(tg_offer_keep(&o->offer, &o->old, &err), &err);
	must(tg_offer_place(&o->offer, &o->site, &err), &err);
	must(tg_published_target_path(placed, &o->site, TG_CHAIN_IMAGE, sha256, &err), &err);
	assert_int_equal(rename(made, placed), 0);
	o->old.exists = true;
	o->old.catalogue_version += new_image;
	o->old.version[TG_TUF_TARGETS]++;
	o->old.version[TG_TUF_SNAPSHOT]++;
	memcpy(o->old.image_sha256, sha256, TG_SHA256_SIZE);
	write_targets(o, sha256);
	tg_prune(&o->site, o->old.version);
}

static void image_path(char out[4096], const office *o, tg_view image)
{
	uint8_t sha256[TG_SHA256_SIZE];
	tg_error err = { 0 };

	tg_sha256(sha256, image.data, image.len);
	must(tg_published_target_path(out, &o->site, TG_CHAIN_IMAGE, sha256, &err), &err);
}

static bool there(const office *o, const char *folder, int64_t version, const char *role)
{
	char path[4096];

	return tg_path(path, NULL, "%s/%s/%lld.%s.json", o->dir, folder, (long long)version, role) == TG_OK && access(path, F_OK) == 0;
}

static const tg_offer_item *item_of(const office *o, const char *path)
{
	for (size_t i = 0; i < o->offer.count; i++)
		if (strcmp(o->offer.items[i].path, path) == 0)
			return &o->offer.items[i];
	return NULL;
}

static void what_is_offered_leads_to_the_image(void **state)
{
	office *o = *state;
	uint8_t *out;

	for (int i = 0; i < 3; i++)
		publish(o, true);
	assert_int_equal(o->offer.count, 3); /* compressed, and from two images before */
	assert_int_equal(o->offer.skipped, 0);
	out = malloc(o->image.len);
	assert_non_null(out);
	for (size_t i = 0; i < o->offer.count; i++) {
		const tg_offer_item *item = &o->offer.items[i];
		tg_mapping frame, old = { 0 };
		char path[4096], hex[65];
		tg_error err = { 0 };
		uint8_t from[TG_SHA256_SIZE], want[TG_SHA256_SIZE];
		size_t len;

		must(tg_published_target_path(path, &o->site, item->path, item->sha256, &err), &err);
		must(tg_mapping_open(&frame, path, item->length, &err), &err);
		assert_int_equal(frame.len, item->length);
		if (strncmp(item->path, "patch/", 6) == 0) {
			memcpy(hex, item->path + 6, 64);
			hex[64] = '\0';
			must(tg_hex_decode(from, &len, sizeof(from), hex, &err), &err);
			must(tg_published_target_path(path, &o->site, TG_CHAIN_IMAGE, from, &err), &err);
			must(tg_mapping_open(&old, path, IMAGE_MAX, &err), &err);
			assert_true(tg_json_int(tg_json_get(item->custom, "from_version")) == (i == 1 ? 2 : 1)); /* newest first */
		}
		must(tg_patch_apply(out, o->image.len, tg_mapping_view(&old), tg_mapping_view(&frame), item->path, &err), &err);
		assert_memory_equal(out, o->image.data, o->image.len);
		tg_sha256(want, out, o->image.len);
		assert_string_equal(tg_json_str(tg_json_get(item->custom, "image_sha256")), tg_hex_encode(hex, want, sizeof(want)));
		tg_mapping_close(&frame);
		tg_mapping_close(&old);
	}
	free(out);
}

static void the_same_image_keeps_its_offers(void **state)
{
	office *o = *state;
	const tg_offer_item *item;
	int64_t published;
	size_t count;
	char *before;

	publish(o, true);
	publish(o, true);
	count = o->offer.count;
	published = o->offer.published_us;
	before = strdup(o->offer.items[1].path);
	publish(o, false);
	assert_int_equal(o->offer.count, count);
	assert_int_equal(o->offer.published_us, published);
	item = item_of(o, before);
	assert_true(item != NULL && !item->made);
	free(before);
	publish(o, true); /* and the history goes on */
	assert_int_equal(o->offer.count, count + 1);
}

static void a_damaged_or_missing_image_gets_no_patch(void **state)
{
	office *o = *state;
	char gone[4096], damaged[4096];
	FILE *file;

	publish(o, true);
	image_path(gone, o, tg_buf_view(&o->image));
	publish(o, true);
	image_path(damaged, o, tg_buf_view(&o->image));
	publish(o, true);
	assert_int_equal(unlink(gone), 0);
	file = fopen(damaged, "r+");
	assert_non_null(file);
	assert_int_equal(fputc('X', file), 'X');
	assert_int_equal(fclose(file), 0);
	publish(o, true);
	assert_int_equal(o->offer.skipped, 2);
	assert_int_equal(o->offer.count, 2);
}

static void a_patch_that_is_longer_than_the_image_is_not_offered(void **state)
{
	office *o = *state;

	publish(o, true);
	tg_buf_clear(&o->image);
	tg_buf_puts(&o->image, "tiny");
	publish(o, true);
	assert_int_equal(o->offer.count, 0);
	assert_int_equal(o->offer.skipped, 1);
}

static void what_nobody_can_need_goes_and_the_rest_stays(void **state)
{
	office *o = *state;
	char first[4096], fifth[4096];

	for (int i = 1; i <= 40; i++) {
		publish(o, true);
		if (i == 1) {
			image_path(first, o, tg_buf_view(&o->image));
			write_file(o->site.targets, "foreign.txt", tg_view_str("of another room"));
			write_file(o->site.metadata, "1.root.json", tg_view_str("{}"));
			write_file(o->site.metadata, "1.documents.json", tg_view_str("{}"));
		}
		if (i == 26)
			image_path(fifth, o, tg_buf_view(&o->image));
	}
	assert_int_equal(o->offer.count, 1 + TG_OFFER_DAYS); /* one a day: the eight are among the fourteen */
	assert_int_equal(o->offer.skipped, 0);
	assert_int_not_equal(access(first, F_OK), 0);
	assert_int_equal(access(fifth, F_OK), 0); /* fourteen days old */
	for (int64_t v = 1; v <= 40; v++) {
		bool stays = v > 40 - TG_PRUNE_METADATA;

		assert_true(there(o, "repository/metadata", v, "targets") == stays);
		assert_true(there(o, "repository/metadata", v, "snapshot") == stays);
		assert_true(there(o, "archive", v, "targets") == !stays);
		assert_false(there(o, "archive", v, "snapshot"));
	}
	assert_true(there(o, "repository/metadata", 1, "root"));
	assert_true(there(o, "repository/metadata", 1, "documents"));
	assert_int_equal(tg_path(first, NULL, "%s/foreign.txt", o->site.targets), TG_OK);
	assert_int_equal(access(first, F_OK), 0);
}

static void a_targets_file_that_cannot_be_read_keeps_everything(void **state)
{
	office *o = *state;
	char first[4096], path[4096];
	tg_error err = { 0 };

	publish(o, true);
	image_path(first, o, tg_buf_view(&o->image));
	for (int i = 0; i < 20; i++) {
		if (i > 0) {
			must(tg_published_metadata_path(path, &o->site, TG_TUF_TARGETS, o->old.version[TG_TUF_TARGETS], &err), &err);
			must(tg_file_write(path, tg_view_str("no JSON"), 0644, &err), &err);
		}
		publish(o, true);
	}
	assert_int_equal(access(first, F_OK), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_eight_and_one_a_day_for_fourteen_days),
		cmocka_unit_test(of_a_day_the_last_image_is_taken),
		cmocka_unit_test(an_image_without_a_day_counts_among_the_last_eight_only),
		TEST(what_is_offered_leads_to_the_image),
		TEST(the_same_image_keeps_its_offers),
		TEST(a_damaged_or_missing_image_gets_no_patch),
		TEST(a_patch_that_is_longer_than_the_image_is_not_offered),
		TEST(what_nobody_can_need_goes_and_the_rest_stays),
		TEST(a_targets_file_that_cannot_be_read_keeps_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
