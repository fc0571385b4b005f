/* SPDX-License-Identifier: Apache-2.0
 *
 * catalogue.c - what head office says of a product, read from an image in place.
 *
 * Knows what each record's bytes mean; where they are, and whether they may be trusted, is image.c. A number that no
 * enum has is TG_EFORMAT: an image is never given a meaning that it does not state.
 */
#include "store/catalogue/catalogue.h"
#include "store/catalogue/record.h"

#include <inttypes.h>
#include <stdlib.h>

const char *const tg_scope_words[TG_SCOPE_COUNT + 1] = { "unassessed", "in", "out", "excepted", "business-only", NULL };
const char *const tg_role_words[TG_ROLE_COUNT + 1] = { "distributor", "importer", "own-brand", NULL };
const char *const tg_soc_status_words[TG_SOC_STATUS_COUNT + 1] = { "current", "withdrawn", "superseded", NULL };

int tg_catalogue_open(tg_catalogue **out, const char *path, const tg_catalogue_trust *trust, tg_error *err)
{
	tg_catalogue *cat = calloc(1, sizeof(*cat));
	int rc;

	if (cat == NULL)
		return tg_fail(err, TG_ENOMEM, "%s: no memory", path);
	rc = tgc_image_open(&cat->image, path, trust, err);
	if (rc != TG_OK) {
		free(cat);
		tg_error_prefix(err, "%s", path);
		return rc;
	}
	*out = cat;
	return TG_OK;
}

void tg_catalogue_close(tg_catalogue *cat)
{
	if (cat == NULL)
		return;
	tgc_image_close(&cat->image);
	free(cat);
}

void tg_catalogue_get_info(tg_catalogue_info *out, const tg_catalogue *cat)
{
	const tgc_image *image = &cat->image;

	*out = (tg_catalogue_info){
		.version = image->version,
		.products = image->sections[TGC_PRODUCT_DIR].count,
		.packs = image->sections[TGC_PACK_DIR].count,
		.socs = image->sections[TGC_SOC_DIR].count,
		.conformances = image->sections[TGC_CONFORMANCE_DIR].count,
		.notes = image->sections[TGC_NOTE_DIR].count,
		.specials = image->sections[TGC_SPECIAL].count,
		.stops = image->sections[TGC_STOP].count,
		.format_major = image->major,
		.format_minor = image->minor,
		.length = image->len,
	};
}

int tg_catalogue_check_all(uint64_t *bad_block, const tg_catalogue *cat, tg_error *err)
{
	for (uint64_t block = 0; block < tg_catalogue_block_count(cat); block++) {
		int rc = tg_catalogue_check_block(cat, block, err);

		if (rc != TG_OK) {
			*bad_block = block;
			return rc;
		}
	}
	return TG_OK;
}

uint32_t tg_catalogue_faults(const tg_catalogue *cat)
{
	/* Acquire: what is read of the image after this is read after it. */
	return atomic_load_explicit(&cat->image.guard->faults, memory_order_acquire);
}

int tg_catalogue_lost(const tg_catalogue *cat, uint32_t before, tg_error *err)
{
	/* What was read of the image before this is read before it. */
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&cat->image.guard->faults, memory_order_relaxed) == before)
		return TG_OK;
	return tg_fail(err, TG_EIO, "image block %" PRIu64 ": could not be read (the disk failed, or the file was cut short)",
		atomic_load(&cat->image.guard->last_block));
}

uint64_t tg_catalogue_block_count(const tg_catalogue *cat)
{
	return tg_blocks_count(cat->image.len);
}

bool tg_catalogue_block_used(const tg_catalogue *cat, uint64_t block)
{
	return tgc_image_is_checked(&cat->image, block);
}

int tg_catalogue_check_block(const tg_catalogue *cat, uint64_t block, tg_error *err)
{
	if (cat->image.hashes == NULL)
		return tg_fail(err, TG_ESTATE, "image: opened without signed hashes, there is nothing to check against");
	return tgc_image_hash_block(&cat->image, block, err);
}

/* ---- small readers ---- */

int tgc_get_record(const uint8_t **out, const tgc_image *image, int section, uint32_t index, uint32_t size,
	tg_error *err)
{
	return tgc_image_get(out, image, section, (uint64_t)index * size, size, err);
}

bool tgc_get_day(int32_t *out, const uint8_t *p)
{
	uint32_t day = tgc_get_le24(p);

	*out = day == TGC_DAY_NONE ? TG_DAY_NONE : (int32_t)day;
	return day == TGC_DAY_NONE || day <= TGC_DAY_MAX;
}

int tgc_bad_record(const char *what, uint32_t index, tg_error *err)
{
	return tg_fail(
		err, TG_EFORMAT, "image: %s %" PRIu32 " holds a value that has no meaning", what, index);
}

/* ---- products ---- */

static int apply_note(tg_product *out, const tgc_image *image, uint32_t ref, tg_error *err)
{
	const uint8_t *p = NULL;
	uint32_t index = 0;
	bool good;
	int rc;

	out->note = TGC_NO_INDEX;
	out->review_by = TG_DAY_NONE;
	if (ref == TGC_NOTE_NONE)
		return TG_OK;
	rc = tgc_image_resolve(&index, image, TGC_NOTE_DIR, ref, TGC_NOTE_SLOT_BITS, err);
	if (rc == TG_OK)
		rc = tgc_get_record(&p, image, TGC_NOTE, index, TGC_NOTE_BYTES, err);
	if (rc != TG_OK)
		return rc;
	good = tgc_get_day(&out->review_by, p) && p[3] < TG_SCOPE_COUNT && p[4] <= 7 && p[5] <= 8 &&
	       (p[6] & ~TGC_NOTE_CLASS) == 0 && p[7] == 0;
	if (!good || (p[3] != TG_SCOPE_EXCEPTED && (p[4] != 0 || p[5] != 0)))
		return tgc_bad_record("note", index, err);
	out->note = index;
	out->scope = p[3];
	out->exception = p[4];
	out->exception_paragraph = p[5];
	if ((p[6] & TGC_NOTE_CLASS) != 0)
		out->flags |= TG_PRODUCT_CLASS_NOTE;
	return TG_OK;
}

/* Links after the first lie together; `link_at` says where. */
static int find_links(tg_product *out, const tgc_image *image, tg_error *err)
{
	uint32_t total = out->soc_count + out->conformance_count, len = 0;
	int rc;

	if (total <= 1)
		return TG_OK;
	rc = tgc_image_run(&out->link_at, &len, image, TGC_LINK_RUNS, out->index, err);
	if (rc == TG_OK && len != total - 1)
		return tgc_bad_record("product", out->index, err);
	return rc;
}

static bool get_core_day(tg_product *out, const uint8_t *p)
{
	uint32_t bits = tgc_get_le24(p), day = bits & TGC_CORE_DAY_MASK;

	out->dsp_end_published = day == TGC_CORE_DAY_NONE ? TG_DAY_NONE : (int32_t)day;
	return (bits & ~(TGC_CORE_DAY_MASK | TGC_CORE_SPECIAL)) == 0 &&
	       (day == TGC_CORE_DAY_NONE || day <= TGC_DAY_MAX);
}

static int fill_product(tg_product *out, const tgc_image *image, uint32_t index, uint64_t gtin, tg_error *err)
{
	tg_product product = { .gtin = gtin, .index = index, .special = TGC_NO_INDEX };
	const uint8_t *p = NULL;
	int rc = tgc_get_record(&p, image, TGC_PRODUCT_CORE, index, TGC_CORE_BYTES, err);

	if (rc != TG_OK)
		return rc;
	product.soc_count = p[10];
	product.conformance_count = p[11];
	if (!get_core_day(&product, p + 7))
		return tgc_bad_record("product", index, err);
	rc = apply_note(&product, image, tgc_get_le24(p + 4), err);
	if (rc == TG_OK)
		rc = find_links(&product, image, err);
	if (rc == TG_OK && (tgc_get_le24(p + 7) & TGC_CORE_SPECIAL) != 0)
		rc = tgc_special_apply(&product, image, err);
	if (rc == TG_OK)
		*out = product;
	return rc;
}

/* TG_ENOTFOUND without words: a miss is common, and formatting words would cost more than the whole look-up. */
static int find_gtin(
	uint32_t *index, const tgc_image *image, int directory, int gtins, uint64_t gtin, tg_error *err)
{
	const tgc_section *s = &image->sections[directory];
	uint32_t start = 0, count = 0;
	const uint8_t *p = NULL;
	int rc;

	if (s->count == 0)
		return TG_ENOTFOUND;
	rc = tgc_image_bucket(&start, &count, image, directory, tgc_bucket(tgc_mix(gtin), s->param), err);
	if (directory == TGC_PRODUCT_DIR) {
		/* The cores lie in the same order: fetch them while the GTINs come. A hint reads nothing. */
		const uint8_t *cores =
			image->sections[TGC_PRODUCT_CORE].data + (size_t)start * TGC_CORE_BYTES;

		__builtin_prefetch(cores);
		__builtin_prefetch(cores + 64);
	}
	if (rc == TG_OK)
		rc = tgc_image_get(&p, image, gtins, (uint64_t)start * TGC_GTIN_BYTES,
			(uint64_t)count * TGC_GTIN_BYTES, err);
	if (rc != TG_OK)
		return rc;
	for (uint32_t i = 0; i < count; i++) {
		if (tg_get_le64(p + (size_t)i * TGC_GTIN_BYTES) == gtin) {
			*index = start + i;
			return TG_OK;
		}
	}
	return TG_ENOTFOUND;
}

/* What tg_fail would write, without its formatting. */
static int fail_unknown(tg_error *err, uint64_t gtin)
{
	static const char words[] = "GTIN 00000000000000: not in the catalogue";

	if (err == NULL)
		return TG_ENOTFOUND;
	err->code = TG_ENOTFOUND;
	err->sys = 0;
	memcpy(err->msg, words, sizeof(words));
	for (int i = 18; i >= 5; i--, gtin /= 10)
		err->msg[i] = (char)('0' + gtin % 10);
	return TG_ENOTFOUND;
}

static int find_pack(tg_product *out, const tgc_image *image, uint64_t gtin, tg_error *err)
{
	uint32_t index = 0;
	uint64_t inside;
	const uint8_t *p = NULL;
	int rc = find_gtin(&index, image, TGC_PACK_DIR, TGC_PACK_GTIN, gtin, err);

	if (rc == TG_ENOTFOUND)
		return fail_unknown(err, gtin);
	if (rc == TG_OK)
		rc = tgc_get_record(&p, image, TGC_PACK_INSIDE, index, TGC_GTIN_BYTES, err);
	if (rc != TG_OK)
		return rc;
	inside = tg_get_le64(p);
	rc = find_gtin(&index, image, TGC_PRODUCT_DIR, TGC_PRODUCT_GTIN, inside, err);
	if (rc == TG_ENOTFOUND)
		return tg_fail(err, TG_EFORMAT,
			"image: pack %014" PRIu64 " holds %014" PRIu64 ", which is no product", gtin, inside);
	if (rc == TG_OK)
		rc = fill_product(out, image, index, inside, err);
	if (rc == TG_OK)
		out->flags |= TG_PRODUCT_PACK;
	return rc;
}

int tg_catalogue_find(tg_product *out, const tg_catalogue *cat, uint64_t gtin, tg_error *err)
{
	uint32_t index = 0;
	int rc;

	*out = (tg_product){ .note = TGC_NO_INDEX,
		.index = TGC_NO_INDEX,
		.review_by = TG_DAY_NONE,
		.dsp_end_published = TG_DAY_NONE };
	if (gtin == 0 || gtin > TGC_GTIN_MAX)
		return tg_fail(err, TG_EINVAL, "GTIN %" PRIu64 " is not a number of 14 digits", gtin);
	rc = find_gtin(&index, &cat->image, TGC_PRODUCT_DIR, TGC_PRODUCT_GTIN, gtin, err);
	if (rc == TG_ENOTFOUND)
		return find_pack(out, &cat->image, gtin, err);
	return rc == TG_OK ? fill_product(out, &cat->image, index, gtin, err) : rc;
}

/* The last range that begins at or before `number`; NULL in `*out` if there is none. */
static int search_in_store(const uint8_t **out, const tgc_image *image, uint64_t number, tg_error *err)
{
	uint32_t low = 0, high = image->sections[TGC_IN_STORE].count;

	*out = NULL;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const uint8_t *p = NULL;
		int rc = tgc_get_record(&p, image, TGC_IN_STORE, middle, TGC_IN_STORE_BYTES, err);

		if (rc != TG_OK)
			return rc;
		if (tg_get_le64(p) > number) {
			high = middle;
		} else {
			*out = p;
			low = middle + 1;
		}
	}
	return TG_OK;
}

int tg_catalogue_find_in_store(tg_product *out, const tg_catalogue *cat, uint64_t number, tg_error *err)
{
	tg_product product = { .gtin = number,
		.index = TGC_NO_INDEX,
		.dsp_end_published = TG_DAY_NONE,
		.flags = TG_PRODUCT_IN_STORE };
	const uint8_t *p = NULL;
	uint32_t note;
	int rc;

	*out = (tg_product){ .note = TGC_NO_INDEX,
		.index = TGC_NO_INDEX,
		.review_by = TG_DAY_NONE,
		.dsp_end_published = TG_DAY_NONE };
	rc = search_in_store(&p, &cat->image, number, err);
	if (rc != TG_OK)
		return rc;
	if (p == NULL || tg_get_le64(p + 8) < number)
		return tg_fail(err, TG_ENOTFOUND, "in-store number %014" PRIu64 ": no class note", number);
	note = tg_get_le32(p + 16);
	if (note >= TGC_NOTE_NONE || tg_get_le32(p + 20) != 0)
		return tg_fail(err, TG_EFORMAT, "image: in-store number %014" PRIu64 " has no note", number);
	rc = apply_note(&product, &cat->image, note, err);
	if (rc == TG_OK)
		*out = product;
	return rc;
}

/* ---- what is held for a product ---- */

/* Link number `n` of a product: SoCs first, then conformance labels. */
static int get_link(
	uint32_t *out, const tgc_image *image, const tg_product *product, uint32_t n, tg_error *err)
{
	const uint8_t *p = NULL;
	int rc;

	if (n == 0)
		rc = tgc_get_record(&p, image, TGC_PRODUCT_CORE, product->index, TGC_CORE_BYTES, err);
	else
		rc = tgc_image_get(&p, image, TGC_LINK, ((uint64_t)product->link_at + n - 1) * TGC_REF_BYTES,
			TGC_REF_BYTES, err);
	if (rc == TG_OK)
		*out = tg_get_le32(p);
	return rc;
}

int tg_catalogue_soc(
	tg_soc *out, const tg_catalogue *cat, const tg_product *product, uint32_t n, tg_error *err)
{
	tg_soc soc = { 0 };
	uint32_t link = 0;
	const uint8_t *p = NULL;
	bool good;
	int rc;

	if (n >= product->soc_count)
		return tg_fail(
			err, TG_EINVAL, "GTIN %014" PRIu64 ": no SoC number %" PRIu32, product->gtin, n);
	rc = get_link(&link, &cat->image, product, n, err);
	if (rc == TG_OK)
		rc = tgc_image_resolve(
			&soc.index, &cat->image, TGC_SOC_DIR, link & TGC_REF_MASK, TGC_SLOT_BITS, err);
	if (rc == TG_OK)
		rc = tgc_get_record(&p, &cat->image, TGC_SOC, soc.index, TGC_SOC_BYTES, err);
	if (rc != TG_OK)
		return rc;
	soc.defects = tgc_get_le24(p);
	soc.document = p[3];
	soc.status = p[4];
	soc.batches = (p[5] & TGC_BATCHES_LISTED) != 0 ? TG_BATCHES_LISTED : TG_BATCHES_ALL;
	soc.batches_express_all = (p[5] & TGC_BATCHES_EXPRESS_ALL) != 0;
	soc.accompanies = p[6];
	soc.covers_type = (link & TGC_NOT_COVERED) == 0;
	good = tgc_get_day(&soc.issued, p + 7) && tgc_get_day(&soc.dsp_end, p + 10) &&
	       tgc_get_day(&soc.link_tested, p + 13);
	if (!good || (soc.defects & ~TGC_DEFECTS) != 0 || soc.document > TG_DOCUMENT_OTHER ||
		soc.status > TG_SOC_SUPERSEDED ||
		(p[5] & ~(TGC_BATCHES_LISTED | TGC_BATCHES_EXPRESS_ALL)) != 0 ||
		soc.accompanies > TG_ACCOMPANIES_RECEIPT_LINK)
		return tgc_bad_record("SoC", soc.index, err);
	*out = soc;
	return TG_OK;
}

int tg_catalogue_conformance(
	tg_conformance *out, const tg_catalogue *cat, const tg_product *product, uint32_t n, tg_error *err)
{
	tg_conformance label = { 0 };
	uint32_t link = 0;
	const uint8_t *p = NULL;
	bool good;
	int rc;

	if (n >= product->conformance_count)
		return tg_fail(
			err, TG_EINVAL, "GTIN %014" PRIu64 ": no label number %" PRIu32, product->gtin, n);
	rc = get_link(&link, &cat->image, product, product->soc_count + n, err);
	if (rc == TG_OK)
		rc = tgc_image_resolve(&label.index, &cat->image, TGC_CONFORMANCE_DIR, link & TGC_REF_MASK,
			TGC_SLOT_BITS, err);
	if (rc == TG_OK)
		rc = tgc_get_record(
			&p, &cat->image, TGC_CONFORMANCE, label.index, TGC_CONFORMANCE_BYTES, err);
	if (rc != TG_OK)
		return rc;
	label.scheme = p[0];
	label.level = p[1];
	label.qualifies = (p[2] & TGC_CONFORMANCE_QUALIFIES) != 0;
	label.covers_model = (link & TGC_NOT_COVERED) == 0;
	good = tgc_get_day(&label.valid_from, p + 3) && tgc_get_day(&label.valid_to, p + 6) &&
	       tgc_get_day(&label.checked, p + 9);
	if (!good || (p[2] & ~TGC_CONFORMANCE_QUALIFIES) != 0 ||
		(label.scheme != TG_SCHEME_JC_STAR && label.scheme != TG_SCHEME_CLS))
		return tgc_bad_record("label", label.index, err);
	*out = label;
	return TG_OK;
}

/* ---- batches and serials ---- */

int tg_catalogue_batch_covered(
	bool *covered, const tg_catalogue *cat, const tg_soc *soc, tg_view batch, tg_error *err)
{
	tg_view rest;
	int rc;

	*covered = soc->batches == TG_BATCHES_ALL;
	if (*covered)
		return TG_OK;
	rc = tgc_image_text(&rest, &cat->image, TGC_BATCH_RUNS, soc->index, err);
	if (rc != TG_OK)
		return rc;
	return tgc_ranges_hold(covered, rest, batch) ? TG_OK
						     : tgc_bad_record("batches of SoC", soc->index, err);
}

int tg_catalogue_serial_covered(bool *tied, bool *covered, const tg_catalogue *cat, const tg_soc *soc,
	tg_view batch, tg_view serial, tg_error *err)
{
	tg_view rest, head, its_batch, from, to;
	int rc;

	*tied = *covered = false;
	rc = tgc_image_text(&rest, &cat->image, TGC_SERIAL_RUNS, soc->index, err);
	if (rc != TG_OK)
		return rc;
	while (rest.len > 0) {
		if (!tgc_cut(&head, &rest, 1) || !tgc_cut(&its_batch, &rest, head.data[0]) ||
			!tgc_cut_range(&from, &to, &rest)) {
			*tied = *covered = false;
			return tgc_bad_record("serials of SoC", soc->index, err);
		}
		if (!tg_view_equal(its_batch, batch))
			continue;
		*tied = true;
		*covered = *covered || tgc_within(serial, from, to);
	}
	return TG_OK;
}

/* ---- texts ---- */

static int maker_text(tg_view *out, const tgc_image *image, uint32_t product, tg_error *err)
{
	uint32_t index = 0;
	const uint8_t *p = NULL;
	int rc = tgc_get_record(&p, image, TGC_PRODUCT_MAKER, product, TGC_REF_BYTES, err);

	if (rc != TG_OK || tg_get_le32(p) == TGC_NONE)
		return rc;
	rc = tgc_image_resolve(&index, image, TGC_MAKER_DIR, tg_get_le32(p), TGC_SLOT_BITS, err);
	return rc == TG_OK ? tgc_image_text(out, image, TGC_MAKER_NAME_RUNS, index, err) : rc;
}

int tg_catalogue_texts(
	tg_product_texts *out, const tg_catalogue *cat, const tg_product *product, tg_error *err)
{
	static const tg_view none = { (const uint8_t *)"", 0 };
	tg_product_texts texts = { none, none, none, none };
	const tgc_image *image = &cat->image;
	int rc = TG_OK;

	if (product->note != TGC_NO_INDEX)
		rc = tgc_image_text(&texts.note_id, image, TGC_NOTE_ID_RUNS, product->note, err);
	if (product->index != TGC_NO_INDEX) {
		if (rc == TG_OK)
			rc = tgc_image_text(&texts.name, image, TGC_NAME_RUNS, product->index, err);
		if (rc == TG_OK)
			rc = tgc_image_text(&texts.type, image, TGC_TYPE_RUNS, product->index, err);
		if (rc == TG_OK)
			rc = maker_text(&texts.manufacturer, image, product->index, err);
	}
	*out = rc == TG_OK ? texts : (tg_product_texts){ none, none, none, none };
	return rc;
}

int tg_catalogue_soc_texts(
	tg_view *id, tg_view *link, const tg_catalogue *cat, const tg_soc *soc, tg_error *err)
{
	int rc = tgc_image_text(id, &cat->image, TGC_SOC_ID_RUNS, soc->index, err);

	return rc == TG_OK ? tgc_image_text(link, &cat->image, TGC_SOC_LINK_RUNS, soc->index, err) : rc;
}

int tg_catalogue_conformance_id(
	tg_view *id, const tg_catalogue *cat, const tg_conformance *conformance, tg_error *err)
{
	return tgc_image_text(id, &cat->image, TGC_CONFORMANCE_ID_RUNS, conformance->index, err);
}
