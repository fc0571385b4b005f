/* SPDX-License-Identifier: Apache-2.0
 *
 * test_catalogue.c - what an image answers is what the plain records say.
 */
#include "tests/unit/catalogue/image_file.h"
#include "tests/unit/catalogue/world.h"

#include <inttypes.h>
#include <pthread.h>

static void expect_text(tg_view got, const char *want)
{
	if (!tg_view_equal(got, tg_view_str(want)))
		fail_msg("wanted \"%s\", got \"%.*s\"", want, (int)got.len, (const char *)got.data);
}

static bool in_ranges(const tg_build_range *ranges, size_t n, const char *value)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(value) == strlen(ranges[i].from) && strcmp(ranges[i].from, value) <= 0 &&
			strcmp(value, ranges[i].to) <= 0)
			return true;
	}
	return false;
}

static void expect_ranges(const tg_catalogue *cat, const tg_soc *soc, const tg_build_soc *want)
{
	static const char *const batches[] = { "L0001", "L0002", "L4500", "L9999", "L", "", "L00011",
		"M0001" };
	static const char *const serials[] = { "S00100", "S00150", "S00199", "S00200", "S00500", "S0050",
		"" };

	for (size_t b = 0; b < TG_COUNT(batches) + want->range_count; b++) {
		const char *batch =
			b < TG_COUNT(batches) ? batches[b] : want->ranges[b - TG_COUNT(batches)].to;
		bool covered, wanted = want->batches == TG_BATCHES_ALL ||
				       in_ranges(want->ranges, want->range_count, batch);

		assert_int_equal(
			tg_catalogue_batch_covered(&covered, cat, soc, tg_view_str(batch), NULL), TG_OK);
		assert_int_equal(covered, wanted);
	}
	for (size_t b = 0; b < 2; b++) {
		for (size_t s = 0; s < TG_COUNT(serials); s++) {
			bool tied, covered, wanted = false;

			for (size_t i = 0; b == 0 && i < want->serial_count; i++)
				wanted = wanted || in_ranges(&want->serials[i].serials, 1, serials[s]);
			assert_int_equal(tg_catalogue_serial_covered(&tied, &covered, cat, soc,
						 tg_view_str(batches[b]), tg_view_str(serials[s]), NULL),
				TG_OK);
			assert_int_equal(tied, b == 0 && want->serial_count > 0);
			assert_int_equal(covered, wanted);
		}
	}
}

static void expect_soc(const world *w, const tg_catalogue *cat, const tg_product *product, uint32_t n,
	const tg_build_product *want)
{
	tg_error err = { 0 };
	const tg_build_soc *rec = NULL;
	tg_view id, link;
	tg_soc soc;
	bool covers = false;

	if (tg_catalogue_soc(&soc, cat, product, n, &err) != TG_OK ||
		tg_catalogue_soc_texts(&id, &link, cat, &soc, &err) != TG_OK)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < want->soc_count; i++) {
		if (tg_view_equal(id, tg_view_str(w->socs[want->socs[i].to].id))) {
			rec = &w->socs[want->socs[i].to];
			covers = want->socs[i].covers;
		}
	}
	if (rec == NULL)
		fail_msg("SoC %.*s is not among those of the product", (int)id.len, (const char *)id.data);
	expect_text(link, rec->link);
	assert_int_equal(soc.covers_type, covers);
	assert_int_equal(soc.defects, rec->defects);
	assert_int_equal(soc.document, rec->document);
	assert_int_equal(soc.status, rec->status);
	assert_int_equal(soc.batches, rec->batches);
	assert_int_equal(soc.accompanies, rec->accompanies);
	assert_int_equal(soc.batches_express_all, rec->batches_express_all);
	assert_int_equal(soc.issued, rec->issued);
	assert_int_equal(soc.dsp_end, rec->dsp_end);
	assert_int_equal(soc.link_tested, rec->link_tested);
	if (soc.index % 8 == 0)
		expect_ranges(cat, &soc, rec);
}

static void expect_label(const world *w, const tg_catalogue *cat, const tg_product *product, uint32_t n,
	const tg_build_product *want)
{
	const tg_build_conformance *rec = NULL;
	tg_conformance label;
	tg_view id;
	bool covers = false;

	assert_int_equal(tg_catalogue_conformance(&label, cat, product, n, NULL), TG_OK);
	assert_int_equal(tg_catalogue_conformance_id(&id, cat, &label, NULL), TG_OK);
	for (size_t i = 0; i < want->conformance_count; i++) {
		if (tg_view_equal(id, tg_view_str(w->conformances[want->conformances[i].to].id))) {
			rec = &w->conformances[want->conformances[i].to];
			covers = want->conformances[i].covers;
		}
	}
	if (rec == NULL)
		fail_msg("label %.*s is not among those of the product", (int)id.len, (const char *)id.data);
	assert_int_equal(label.covers_model, covers);
	assert_int_equal(label.scheme, rec->scheme);
	assert_int_equal(label.level, rec->level);
	assert_int_equal(label.qualifies, rec->qualifies);
	assert_int_equal(label.valid_from, rec->valid_from);
	assert_int_equal(label.valid_to, rec->valid_to);
	assert_int_equal(label.checked, rec->checked);
}

static void expect_note(const world *w, const tg_catalogue *cat, const tg_product *got, uint32_t note)
{
	static const tg_build_note none = { .id = "", .review_by = TG_DAY_NONE };
	const tg_build_note *want = note == TG_BUILD_NO_NOTE ? &none : &w->notes[note];
	tg_product_texts texts;

	assert_int_equal(tg_catalogue_texts(&texts, cat, got, NULL), TG_OK);
	expect_text(texts.note_id, want->id);
	assert_int_equal(got->scope, want->scope);
	assert_int_equal(got->exception, want->exception);
	assert_int_equal(got->exception_paragraph, want->exception_paragraph);
	assert_int_equal(got->review_by, want->review_by);
	assert_int_equal((got->flags & TG_PRODUCT_CLASS_NOTE) != 0, want->class_note);
}

static void expect_product(
	const world *w, const tg_catalogue *cat, uint64_t gtin, const tg_build_product *want)
{
	tg_product got;
	tg_product_texts texts;
	tg_error err = { 0 };

	if (tg_catalogue_find(&got, cat, gtin, &err) != TG_OK)
		fail_msg("%s", err.msg);
	assert_int_equal(got.gtin, want->gtin);
	assert_int_equal((got.flags & TG_PRODUCT_PACK) != 0, gtin != want->gtin);
	assert_int_equal(got.flags & TG_PRODUCT_IN_STORE, 0);
	assert_int_equal(got.dsp_end_published, want->dsp_end_published);
	assert_int_equal(got.soc_count, want->soc_count);
	assert_int_equal(got.conformance_count, want->conformance_count);
	expect_note(w, cat, &got, want->note);
	assert_int_equal(tg_catalogue_texts(&texts, cat, &got, NULL), TG_OK);
	expect_text(texts.name, want->name);
	expect_text(texts.manufacturer, want->manufacturer);
	expect_text(texts.type, want->type);
	for (uint32_t n = 0; n < got.soc_count; n++)
		expect_soc(w, cat, &got, n, want);
	for (uint32_t n = 0; n < got.conformance_count; n++)
		expect_label(w, cat, &got, n, want);
}

static void expect_unknown(const tg_catalogue *cat, uint64_t gtin)
{
	char words[32];
	tg_product got;
	tg_error err = { 0 };

	assert_int_equal(tg_catalogue_find(&got, cat, gtin, &err), TG_ENOTFOUND);
	assert_int_equal(err.code, TG_ENOTFOUND);
	assert_int_equal(got.scope, TG_SCOPE_UNASSESSED);
	assert_int_equal(got.soc_count, 0);
	snprintf(words, sizeof(words), "GTIN %014" PRIu64, gtin);
	assert_non_null(strstr(err.msg, words));
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Numbers round those that are known, and numbers from everywhere, that are no product and no pack. */
static void expect_misses(world *w, const tg_catalogue *cat)
{
	size_t n = w->build.product_count + w->build.pack_count;
	uint64_t *known = calloc(n + 1, sizeof(*known));

	assert_non_null(known);
	for (size_t i = 0; i < n; i++)
		known[i] = i < w->build.product_count ? w->products[i].gtin
						      : w->packs[i - w->build.product_count].gtin;
	qsort(known, n, sizeof(*known), compare_numbers);
	for (size_t i = 0; i < 3 * n + 1000; i++) {
		uint64_t gtin = i < 3 * n ? known[i / 3] + i % 3 - 1 : world_random(w) % TGC_GTIN_MAX + 1;

		if (bsearch(&gtin, known, n, sizeof(*known), compare_numbers) == NULL)
			expect_unknown(cat, gtin);
	}
	free(known);
}

static void expect_world(world *w, const tg_catalogue *cat)
{
	const tg_build *b = &w->build;
	tg_catalogue_info info;

	tg_catalogue_get_info(&info, cat);
	assert_int_equal(info.version, b->version);
	assert_int_equal(info.products, b->product_count);
	assert_int_equal(info.packs, b->pack_count);
	assert_int_equal(info.socs, b->soc_count);
	assert_int_equal(info.conformances, b->conformance_count);
	assert_int_equal(info.notes, b->note_count);
	for (size_t i = 0; i < b->product_count; i++)
		expect_product(w, cat, b->products[i].gtin, &b->products[i]);
	for (size_t i = 0; i < b->pack_count; i++) {
		for (size_t k = 0; k < b->product_count; k++) {
			if (b->products[k].gtin == b->packs[i].inside)
				expect_product(w, cat, b->packs[i].gtin, &b->products[k]);
		}
	}
	expect_misses(w, cat);
}

static void an_image_answers_as_its_records_whatever_their_number(void **state)
{
	static const struct {
		size_t products, socs;
	} sizes[] = { { 0, 0 }, { 1, 1 }, { 2, 0 }, { 7, 3 }, { 64, 64 }, { 255, 100 }, { 256, 256 },
		{ 257, 5 }, { 5000, 1250 }, { 3000, 6000 } };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(sizes); i++) {
		for (int trusted = 0; trusted < 2; trusted++) {
			tg_catalogue_trust trust;
			tg_catalogue *cat;
			tg_buf bytes, hashes;
			world w;

			world_init(&w, sizes[i].products, sizes[i].socs, i + 1);
			image_build(&w.build);
			bytes = image_bytes();
			hashes = image_hashes();
			trust = (tg_catalogue_trust){ bytes.len, tg_buf_view(&hashes) };
			cat = image_open(trusted ? &trust : NULL);
			expect_world(&w, cat);
			tg_catalogue_close(cat);
			tg_buf_fini(&hashes);
			tg_buf_fini(&bytes);
			world_fini(&w);
		}
	}
}

static void in_store_numbers_are_answered_by_their_range(void **state)
{
	static const struct {
		uint64_t number;
		int note; /* -1: none */
	} facts[] = { { UINT64_C(2000000000000), 1 }, { UINT64_C(2050123412343), 1 },
		{ UINT64_C(2099999999999), 1 }, { UINT64_C(2100000000000), 3 },
		{ UINT64_C(2100000000001), -1 }, { UINT64_C(1999999999999), -1 }, { 20000000, 6 },
		{ 29999999, 6 }, { 30000000, -1 }, { 19999999, -1 }, { 0, -1 }, { UINT64_MAX, -1 } };
	tg_catalogue *cat;
	world w;

	(void)state;
	world_init(&w, 10, 5, 1);
	image_build(&w.build);
	cat = image_open(NULL);
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		tg_product got;
		int rc = tg_catalogue_find_in_store(&got, cat, facts[i].number, NULL);

		if (rc != (facts[i].note < 0 ? TG_ENOTFOUND : TG_OK))
			fail_msg("%" PRIu64 ": %s", facts[i].number, tg_strerror(rc));
		if (rc != TG_OK) {
			assert_int_equal(got.scope, TG_SCOPE_UNASSESSED);
			continue;
		}
		assert_int_equal(got.flags & TG_PRODUCT_IN_STORE, TG_PRODUCT_IN_STORE);
		assert_int_equal(got.gtin, facts[i].number);
		assert_int_equal(got.soc_count + got.conformance_count, 0);
		expect_note(&w, cat, &got, (uint32_t)facts[i].note);
	}
	tg_catalogue_close(cat);
	world_fini(&w);
}

static void numbers_that_are_no_gtin_are_refused(void **state)
{
	tg_catalogue *cat;
	tg_product got;
	world w;

	(void)state;
	world_init(&w, 10, 5, 1);
	image_build(&w.build);
	cat = image_open(NULL);
	assert_int_equal(tg_catalogue_find(&got, cat, 0, NULL), TG_EINVAL);
	assert_int_equal(tg_catalogue_find(&got, cat, UINT64_C(100000000000000), NULL), TG_EINVAL);
	assert_int_equal(tg_catalogue_find(&got, cat, UINT64_MAX, NULL), TG_EINVAL);
	tg_catalogue_close(cat);
	world_fini(&w);
}

static void asking_beyond_what_is_held_is_refused(void **state)
{
	tg_catalogue *cat;
	world w;

	(void)state;
	world_init(&w, 100, 50, 1);
	image_build(&w.build);
	cat = image_open(NULL);
	for (size_t i = 0; i < 100; i++) {
		tg_conformance label;
		tg_product product;
		tg_soc soc;

		assert_int_equal(tg_catalogue_find(&product, cat, w.products[i].gtin, NULL), TG_OK);
		assert_int_equal(tg_catalogue_soc(&soc, cat, &product, product.soc_count, NULL), TG_EINVAL);
		assert_int_equal(
			tg_catalogue_conformance(&label, cat, &product, product.conformance_count, NULL),
			TG_EINVAL);
		assert_int_equal(tg_catalogue_soc(&soc, cat, &product, UINT32_MAX, NULL), TG_EINVAL);
	}
	tg_catalogue_close(cat);
	world_fini(&w);
}

typedef struct reader {
	pthread_t thread;
	const world *w;
	const tg_catalogue *cat;
	size_t first;
	int rc;
} reader;

static void *read_all(void *arg)
{
	reader *r = arg;
	size_t n = r->w->build.product_count;

	for (size_t i = 0; i < n && r->rc == TG_OK; i++) {
		tg_product_texts texts;
		tg_product got;

		r->rc = tg_catalogue_find(&got, r->cat, r->w->products[(i * 7 + r->first) % n].gtin, NULL);
		if (r->rc == TG_OK)
			r->rc = tg_catalogue_texts(&texts, r->cat, &got, NULL);
	}
	return NULL;
}

static void many_threads_read_one_handle(void **state)
{
	tg_catalogue_trust trust;
	reader readers[8] = { 0 };
	tg_catalogue *cat;
	tg_buf hashes;
	tg_buf bytes;
	world w;

	(void)state;
	world_init(&w, 20000, 5000, 9);
	image_build(&w.build);
	hashes = image_hashes();
	bytes = image_bytes();
	trust = (tg_catalogue_trust){ bytes.len, tg_buf_view(&hashes) };
	cat = image_open(&trust);
	for (size_t i = 0; i < TG_COUNT(readers); i++) {
		readers[i] = (reader){ .w = &w, .cat = cat, .first = i * 991, .rc = TG_OK };
		assert_int_equal(pthread_create(&readers[i].thread, NULL, read_all, &readers[i]), 0);
	}
	for (size_t i = 0; i < TG_COUNT(readers); i++) {
		assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
		assert_int_equal(readers[i].rc, TG_OK);
	}
	tg_catalogue_close(cat);
	tg_buf_fini(&bytes);
	tg_buf_fini(&hashes);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_answers_as_its_records_whatever_their_number),
		cmocka_unit_test(in_store_numbers_are_answered_by_their_range),
		cmocka_unit_test(numbers_that_are_no_gtin_are_refused),
		cmocka_unit_test(asking_beyond_what_is_held_is_refused),
		cmocka_unit_test(many_threads_read_one_handle),
	};

	return cmocka_run_group_tests(tests, image_setup, image_teardown);
}
