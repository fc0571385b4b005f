/* SPDX-License-Identifier: Apache-2.0
 *
 * test_image.c - truncated, altered, newer and hostile images: an error, never a crash and never a wrong answer.
 */
#include "tests/unit/catalogue/image_file.h"
#include "tests/unit/catalogue/world.h"

#include <inttypes.h>

/* Everything that can be asked of one GTIN, in one value that can be compared. */
typedef struct answer {
	int rc;
	tg_product product;
	tg_soc soc;
	uint64_t texts; /* a sum over all texts */
	bool covered, tied, serial_covered;
} answer;

static void add_text(uint64_t *sum, tg_view text)
{
	for (size_t i = 0; i < text.len; i++)
		*sum = (*sum ^ text.data[i]) * UINT64_C(0x100000001b3);
	*sum = *sum * 31 + text.len;
}

static int ask_texts(answer *a, const tg_catalogue *cat)
{
	tg_product_texts texts;
	tg_conformance label;
	tg_view id, link;
	int rc = tg_catalogue_texts(&texts, cat, &a->product, NULL);

	if (rc != TG_OK)
		return rc;
	add_text(&a->texts, texts.name);
	add_text(&a->texts, texts.manufacturer);
	add_text(&a->texts, texts.type);
	add_text(&a->texts, texts.note_id);
	for (uint32_t n = 0; rc == TG_OK && n < a->product.conformance_count; n++) {
		rc = tg_catalogue_conformance(&label, cat, &a->product, n, NULL);
		if (rc == TG_OK)
			rc = tg_catalogue_conformance_id(&id, cat, &label, NULL);
		if (rc == TG_OK)
			add_text(&a->texts, id);
	}
	for (uint32_t n = 0; rc == TG_OK && n < a->product.soc_count; n++) {
		rc = tg_catalogue_soc(&a->soc, cat, &a->product, n, NULL);
		if (rc == TG_OK)
			rc = tg_catalogue_soc_texts(&id, &link, cat, &a->soc, NULL);
		if (rc == TG_OK) {
			add_text(&a->texts, id);
			add_text(&a->texts, link);
		}
	}
	return rc;
}

static answer ask(const tg_catalogue *cat, uint64_t gtin)
{
	answer a;

	memset(&a, 0, sizeof(a)); /* padding too: answers are compared as bytes */
	a.rc = tg_catalogue_find(&a.product, cat, gtin, NULL);
	if (a.rc == TG_OK)
		a.rc = ask_texts(&a, cat);
	if (a.rc == TG_OK && a.product.soc_count > 0)
		a.rc = tg_catalogue_batch_covered(&a.covered, cat, &a.soc, tg_view_str("L0100"), NULL);
	if (a.rc == TG_OK && a.product.soc_count > 0)
		a.rc = tg_catalogue_serial_covered(&a.tied, &a.serial_covered, cat, &a.soc,
			tg_view_str("L0001"), tg_view_str("S00150"), NULL);
	return a;
}

static bool same_answer(const answer *a, const answer *b)
{
	const tg_product *p = &a->product, *q = &b->product;
	const tg_soc *s = &a->soc, *t = &b->soc;

	return a->rc == b->rc && a->texts == b->texts && a->covered == b->covered && a->tied == b->tied &&
	       a->serial_covered == b->serial_covered && p->gtin == q->gtin && p->scope == q->scope &&
	       p->exception == q->exception && p->exception_paragraph == q->exception_paragraph &&
	       p->flags == q->flags && p->review_by == q->review_by &&
	       p->dsp_end_published == q->dsp_end_published && p->soc_count == q->soc_count &&
	       p->conformance_count == q->conformance_count && s->defects == t->defects &&
	       s->document == t->document && s->status == t->status && s->batches == t->batches &&
	       s->accompanies == t->accompanies && s->covers_type == t->covers_type &&
	       s->issued == t->issued && s->dsp_end == t->dsp_end && s->link_tested == t->link_tested;
}

static int try_open(const tg_catalogue_trust *trust, tg_error *err)
{
	tg_catalogue *cat = NULL;
	int rc = tg_catalogue_open(&cat, image_path, trust, err);

	tg_catalogue_close(cat);
	return rc;
}

static tg_buf small_image(void)
{
	world w;

	world_init(&w, 300, 100, 4);
	image_build(&w.build);
	world_fini(&w);
	return image_bytes();
}

/* ---- length ---- */

static void expect_cut(const tg_buf *bytes, size_t len, const tg_catalogue_trust *trust)
{
	tg_error err = { 0 };
	int rc;

	image_put(bytes->data, len);
	rc = try_open(trust, &err);
	if (rc != TG_ELENGTH)
		fail_msg("cut to %zu of %zu bytes: %s %s", len, bytes->len, tg_strerror(rc), err.msg);
	if (try_open(NULL, &err) == TG_OK)
		fail_msg("cut to %zu of %zu bytes: opened without trust", len, bytes->len);
}

static void an_image_cut_at_any_edge_is_refused(void **state)
{
	tg_buf bytes = small_image(), hashes = image_hashes();
	tg_catalogue_trust trust = { bytes.len, tg_buf_view(&hashes) };

	(void)state;
	expect_cut(&bytes, 0, &trust);
	expect_cut(&bytes, 1, &trust);
	expect_cut(&bytes, TGC_HEADER_BYTES, &trust);
	expect_cut(&bytes, bytes.len - 1, &trust);
	for (int id = 1; id < TGC_SECTIONS; id++) {
		uint64_t at = tg_get_le64(bytes.data + image_entry(id) + 8),
			 len = tg_get_le64(bytes.data + image_entry(id) + 16);

		for (int off = -1; off <= 1; off++) {
			if (at + off < bytes.len)
				expect_cut(&bytes, at + off, &trust);
			if (at + len + off < bytes.len)
				expect_cut(&bytes, at + len + off, &trust);
		}
	}
	tg_buf_append(&bytes, "x", 1);
	expect_cut(&bytes, bytes.len, &trust);
	tg_buf_fini(&hashes);
	tg_buf_fini(&bytes);
}

static void a_cut_image_whose_header_agrees_is_refused_too(void **state)
{
	tg_buf bytes = small_image();

	(void)state;
	for (int id = 1; id < TGC_SECTIONS; id++) {
		uint64_t at = tg_get_le64(bytes.data + image_entry(id) + 8),
			 len = tg_get_le64(bytes.data + image_entry(id) + 16);
		uint8_t length[8];
		tg_error err = { 0 };
		int rc;

		if (len == 0)
			continue;
		image_put(bytes.data, at + len - 1);
		tg_put_le64(length, at + len - 1);
		image_patch(24, length, sizeof(length));
		rc = try_open(NULL, &err);
		if (rc != TG_EFORMAT)
			fail_msg("cut in section %d: %s %s", id, tg_strerror(rc), err.msg);
	}
	tg_buf_fini(&bytes);
}

static void what_is_no_image_is_refused(void **state)
{
	static uint8_t noise[5000];
	tg_error err = { 0 };
	tg_catalogue *cat = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)(i * 7);
	image_put(noise, sizeof(noise));
	assert_int_equal(try_open(NULL, &err), TG_EFORMAT);
	assert_non_null(strstr(err.msg, image_path));
	assert_int_equal(tg_catalogue_open(&cat, "/nowhere/image.tgc", NULL, &err), TG_EIO);
	assert_int_equal(tg_catalogue_open(&cat, "/", NULL, &err), TG_EIO);
	assert_null(cat);
}

/* ---- versions and sections ---- */

/* Bytes put in one place of a good image, and what opening it then says. */
static void expect_patched(
	const tg_buf *bytes, size_t at, const void *data, size_t len, int want, const char *words)
{
	tg_error err = { 0 };
	int rc;

	image_put(bytes->data, bytes->len);
	image_patch(at, data, len);
	rc = try_open(NULL, &err);
	if (rc != want || (words != NULL && strstr(err.msg, words) == NULL))
		fail_msg("%zu bytes at %zu: %s \"%s\", wanted %s \"%s\"", len, at, tg_strerror(rc), err.msg,
			tg_strerror(want), words != NULL ? words : "");
}

static void another_major_version_is_refused_and_a_newer_minor_taken(void **state)
{
	tg_buf bytes = small_image();

	(void)state;
	expect_patched(&bytes, 8, "\x01\x00", 2, TG_EFORMAT, "format 1.0");
	expect_patched(&bytes, 8, "\x03\x00", 2, TG_EFORMAT, "format 3.0");
	expect_patched(&bytes, 8, "\x00\x00", 2, TG_EFORMAT, "format 0.0");
	expect_patched(&bytes, 10, "\x09\x00", 2, TG_OK, NULL);
	expect_patched(&bytes, 0, "\x8a", 1, TG_EFORMAT, "not a catalogue image");
	tg_buf_fini(&bytes);
}

static void a_table_that_cannot_be_is_refused(void **state)
{
	tg_buf bytes = small_image();
	uint8_t word[8];
	size_t note = image_entry(TGC_NOTE);

	(void)state;
	expect_patched(&bytes, 12, "\xff\xff\xff\xff", 4, TG_EFORMAT, "no room");
	expect_patched(&bytes, 12, "\x01\x01\x00\x00", 4, TG_EFORMAT, "no room"); /* 257 */
	expect_patched(&bytes, 12, "\x05\x00\x00\x00", 4, TG_EFORMAT, "missing");
	expect_patched(&bytes, note + 4, "\x01\x00\x02\x00", 4, TG_EFORMAT, "version 2");
	expect_patched(&bytes, note, "\x04\x00\x00\x00", 4, TG_EFORMAT, "twice");
	expect_patched(&bytes, note, "\x00\x00\x00\x00", 4, TG_EFORMAT, "not known");
	tg_put_le64(word, tg_get_le64(bytes.data + note + 8) + 1);
	expect_patched(&bytes, note + 8, word, 8, TG_EFORMAT, "cannot be"); /* not aligned */
	tg_put_le64(word, tg_get_le64(bytes.data + note + 8) - 64);
	expect_patched(&bytes, note + 8, word, 8, TG_EFORMAT, "cannot be"); /* overlaps */
	tg_put_le64(word, UINT64_MAX - 63);
	expect_patched(&bytes, note + 8, word, 8, TG_EFORMAT, "cannot be"); /* beyond the end */
	tg_put_le64(word, UINT64_MAX - 10);
	expect_patched(&bytes, note + 16, word, 8, TG_EFORMAT, "cannot be"); /* offset + length wraps */
	tg_buf_fini(&bytes);
}

static void a_section_whose_size_and_count_disagree_is_refused(void **state)
{
	tg_buf bytes = small_image();

	(void)state;
	for (int id = 1; id < TGC_SECTIONS; id++) {
		uint8_t word[4];
		size_t entry = image_entry(id);
		bool directory = tgc_kinds[id].what == TGC_DIRECTORY;

		tg_put_le32(word, tg_get_le32(bytes.data + entry + 24) + 1);
		/* in-store ranges stand alone, but their length tells */
		expect_patched(&bytes, entry + 24, word, 4, TG_EFORMAT, "section");
		tg_put_le32(word, tg_get_le32(bytes.data + entry + 28) + 1);
		if (directory || tgc_kinds[id].what == TGC_RUNS)
			expect_patched(&bytes, entry + 28, word, 4, TG_EFORMAT, "section");
		if (directory) {
			expect_patched(&bytes, entry + 28, "\x40\x00\x00\x00", 4, TG_EFORMAT, "buckets");
			expect_patched(&bytes, entry + 28, "\x00\x00\x00\x00", 4, TG_EFORMAT, "buckets");
		}
	}
	tg_buf_fini(&bytes);
}

/* The image with one more section at its end, of an id that this reader does not know. */
static void put_with_section(const tg_buf *bytes, uint32_t id, uint16_t flags)
{
	uint32_t n = tg_get_le32(bytes->data + 12);
	size_t table_end = TGC_HEADER_BYTES + (size_t)n * TGC_ENTRY_BYTES,
	       end = tgc_round_up(bytes->len + 64, 64);
	uint8_t *data = calloc(1, end + 100), *entry = data + table_end;

	assert_non_null(data);
	memcpy(data, bytes->data, table_end);
	memcpy(data + table_end + 64, bytes->data + table_end,
		bytes->len - table_end); /* all sections 64 bytes on */
	for (uint32_t i = 0; i < n; i++) {
		uint8_t *at = data + TGC_HEADER_BYTES + (size_t)i * TGC_ENTRY_BYTES + 8;

		tg_put_le64(at, tg_get_le64(at) + 64);
	}
	tg_put_le32(entry, id);
	tg_put_le16(entry + 4, flags);
	tg_put_le16(entry + 6, 33);
	tg_put_le64(entry + 8, end);
	tg_put_le64(entry + 16, 100);
	tg_put_le32(data + 12, n + 1);
	tg_put_le64(data + 24, end + 100);
	image_put(data, end + 100);
	free(data);
}

static void an_unknown_section_is_skipped_if_optional_and_refused_if_required(void **state)
{
	tg_buf bytes = small_image();
	tg_error err = { 0 };
	tg_catalogue *cat;
	tg_product got;
	world w;

	(void)state;
	put_with_section(&bytes, 200, 0);
	cat = image_open(NULL);
	world_init(&w, 300, 100, 4);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(tg_catalogue_find(&got, cat, w.products[i].gtin, NULL), TG_OK);
	world_fini(&w);
	tg_catalogue_close(cat);
	put_with_section(&bytes, 200, TGC_REQUIRED);
	assert_int_equal(try_open(NULL, &err), TG_EFORMAT);
	assert_non_null(strstr(err.msg, "section 200"));
	tg_buf_fini(&bytes);
}

/* ---- trust ---- */

#define FLIPS 250
#define ASKED 150

static void a_flipped_byte_under_trust_is_a_hash_error_or_without_effect(void **state)
{
	static answer right[ASKED];
	tg_catalogue_trust trust;
	tg_buf bytes, hashes;
	tg_catalogue *cat;
	size_t hash_errors = 0, unaffected = 0;
	world w;

	(void)state;
	world_init(&w, 12000, 3000, 4);
	image_build(&w.build);
	bytes = image_bytes();
	hashes = image_hashes();
	trust = (tg_catalogue_trust){ bytes.len, tg_buf_view(&hashes) };
	cat = image_open(&trust);
	for (size_t i = 0; i < ASKED; i++)
		right[i] = ask(cat, w.products[i * 61].gtin);
	tg_catalogue_close(cat);
	for (size_t f = 0; f < FLIPS; f++) {
		size_t at = bytes.len / FLIPS * f + (size_t)(world_random(&w) % (bytes.len / FLIPS));
		uint8_t flipped = bytes.data[at] ^ (uint8_t)(1 << f % 8);
		uint64_t bad = 0;

		image_patch(at, &flipped, 1);
		cat = NULL;
		if (tg_catalogue_open(&cat, image_path, &trust, NULL) != TG_OK) {
			assert_true(at < TG_BLOCK_SIZE);
			hash_errors++;
		}
		for (size_t i = f % 10; cat != NULL && i < ASKED; i += 10) {
			answer now = ask(cat, w.products[i * 61].gtin);

			if (now.rc == TG_EHASH)
				hash_errors++;
			else if (same_answer(&now, &right[i]))
				unaffected++;
			else
				fail_msg("byte %zu flipped: product %zu answers otherwise (%s)", at, i,
					tg_strerror(now.rc));
		}
		if (cat != NULL) {
			assert_int_equal(tg_catalogue_check_all(&bad, cat, NULL), TG_EHASH);
			assert_int_equal(bad, at / TG_BLOCK_SIZE);
		}
		tg_catalogue_close(cat);
		image_patch(at, &bytes.data[at], 1);
	}
	assert_true(hash_errors > 0 && unaffected > 0); /* else the test saw only half of what it is about */
	tg_buf_fini(&hashes);
	tg_buf_fini(&bytes);
	world_fini(&w);
}

static void a_sweep_finds_what_changed_after_its_block_was_used(void **state)
{
	tg_catalogue_trust trust;
	tg_buf bytes, hashes;
	tg_catalogue *cat;
	tg_error err = { 0 };
	uint64_t bad = 99, cores;
	uint8_t flipped;
	world w;

	(void)state;
	world_init(&w, 12000, 3000, 4);
	image_build(&w.build);
	bytes = image_bytes();
	hashes = image_hashes();
	trust = (tg_catalogue_trust){ bytes.len, tg_buf_view(&hashes) };
	cat = image_open(&trust);
	assert_int_equal(tg_catalogue_check_all(&bad, cat, &err), TG_OK);
	assert_int_equal(ask(cat, w.products[0].gtin).rc, TG_OK);
	cores = tg_get_le64(bytes.data + image_entry(TGC_PRODUCT_CORE) + 8) + 70000;
	flipped = (uint8_t)~bytes.data[cores];
	image_patch(cores, &flipped, 1);
	assert_int_equal(tg_catalogue_check_all(&bad, cat, &err), TG_EHASH);
	assert_int_equal(bad, cores / TG_BLOCK_SIZE);
	assert_non_null(strstr(err.msg, "block"));
	for (size_t i = 0, hit = 0; i < 12000 && hit == 0; i++) {
		hit += ask(cat, w.products[i].gtin).rc == TG_EHASH;
		assert_true(hit > 0 || i < 11999); /* whoever needs that block is told */
	}
	image_patch(cores, &bytes.data[cores], 1);
	for (size_t i = 0; i < 12000; i++)
		assert_int_equal(ask(cat, w.products[i].gtin).rc, TG_OK);
	tg_catalogue_close(cat);
	tg_buf_fini(&hashes);
	tg_buf_fini(&bytes);
	world_fini(&w);
}

static void a_block_list_of_another_length_is_refused(void **state)
{
	tg_buf bytes = small_image(), hashes = image_hashes();
	tg_catalogue_trust trust = { bytes.len, tg_buf_view(&hashes) };
	tg_error err = { 0 };
	uint64_t bad;
	tg_catalogue *cat;

	(void)state;
	assert_int_equal(try_open(&trust, &err), TG_OK);
	trust.blocks.len -= 32;
	assert_int_equal(try_open(&trust, &err), TG_EHASH);
	trust.blocks.len += 31;
	assert_int_equal(try_open(&trust, &err), TG_EHASH);
	trust.blocks.len = 0;
	assert_int_equal(try_open(&trust, &err), TG_EHASH);
	cat = image_open(NULL);
	assert_int_equal(tg_catalogue_check_all(&bad, cat, &err), TG_ESTATE);
	tg_catalogue_close(cat);
	tg_buf_fini(&hashes);
	tg_buf_fini(&bytes);
}

/* ---- without trust ---- */

static void expect_sane(const tg_catalogue *cat, const world *w, size_t first)
{
	for (size_t i = first; i < w->build.product_count; i += 13) {
		answer a = ask(cat, w->products[i].gtin);

		assert_true(a.rc == TG_OK || a.rc == TG_EFORMAT || a.rc == TG_ENOTFOUND);
		assert_true(a.product.scope <= TG_SCOPE_EXCEPTED && a.product.exception <= 7);
		assert_true(a.soc.document <= TG_DOCUMENT_OTHER && a.soc.status <= TG_SOC_SUPERSEDED);
		assert_int_equal(a.soc.defects & ~TGC_DEFECTS, 0);
	}
	for (size_t i = 0; i < w->build.pack_count; i++) {
		answer a = ask(cat, w->packs[i].gtin);

		assert_true(a.rc == TG_OK || a.rc == TG_EFORMAT || a.rc == TG_ENOTFOUND);
	}
}

static void a_flipped_byte_without_trust_does_no_harm(void **state)
{
	tg_buf bytes = small_image();
	size_t opened = 0;
	world w;

	(void)state;
	world_init(&w, 300, 100, 4);
	for (size_t at = 0; at < bytes.len; at += 1 + at % 11) {
		static const uint8_t masks[] = { 0x01, 0x80, 0xff, 0x10, 0x40 };
		uint8_t flipped = bytes.data[at] ^ masks[at % TG_COUNT(masks)];
		tg_catalogue *cat = NULL;
		tg_product in_store;

		image_patch(at, &flipped, 1);
		if (tg_catalogue_open(&cat, image_path, NULL, NULL) == TG_OK) {
			opened++;
			expect_sane(cat, &w, at % 13);
			(void)!tg_catalogue_find_in_store(&in_store, cat, UINT64_C(2050000000000), NULL);
		}
		tg_catalogue_close(cat);
		image_patch(at, &bytes.data[at], 1);
	}
	assert_true(opened > 100);
	tg_buf_fini(&bytes);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_cut_at_any_edge_is_refused),
		cmocka_unit_test(a_cut_image_whose_header_agrees_is_refused_too),
		cmocka_unit_test(what_is_no_image_is_refused),
		cmocka_unit_test(another_major_version_is_refused_and_a_newer_minor_taken),
		cmocka_unit_test(a_table_that_cannot_be_is_refused),
		cmocka_unit_test(a_section_whose_size_and_count_disagree_is_refused),
		cmocka_unit_test(an_unknown_section_is_skipped_if_optional_and_refused_if_required),
		cmocka_unit_test(a_flipped_byte_under_trust_is_a_hash_error_or_without_effect),
		cmocka_unit_test(a_sweep_finds_what_changed_after_its_block_was_used),
		cmocka_unit_test(a_block_list_of_another_length_is_refused),
		cmocka_unit_test(a_flipped_byte_without_trust_does_no_harm),
	};

	return cmocka_run_group_tests(tests, image_setup, image_teardown);
}
