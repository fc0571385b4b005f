/* SPDX-License-Identifier: Apache-2.0
 *
 * catalogue.c - what head office says of a product, read from an image in place.
 *
 * Knows what each record's bytes mean; where they are, and whether they may be trusted, is image.c. A number that no
 * enum has is TG_EFORMAT: an image is never given a meaning that it does not state.
 */
#include "store/catalogue/catalogue.h"
#include "store/catalogue/image.h"

#include <inttypes.h>
#include <stdlib.h>

#define NO_INDEX UINT32_MAX /* tg_product: no product behind the answer, or no note */

struct tg_catalogue {
	tgc_image image;
};

int tg_catalogue_open(tg_catalogue **out, const char *path, const tg_catalogue_trust *trust, tg_error *err)
{
	tg_catalogue *cat = calloc(1, sizeof(*cat));
	int rc;

	if (cat == NULL)
		return tg_fail(err, TG_ENOMEM, "%s: no memory", path);
	rc = tgc_image_open(&cat->image, path, trust, err);
	if (rc != TG_OK) {
		free(cat);
		(void)tg_error_prefix(err, "%s", path);
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
		.format_major = image->major,
		.format_minor = image->minor,
		.length = image->len,
	};
}

int tg_catalogue_check_all(uint64_t *bad_block, const tg_catalogue *cat, tg_error *err)
{
	uint64_t blocks = tg_blocks_count(cat->image.len);

	if (cat->image.hashes == NULL)
		return tg_fail(err, TG_ESTATE,
			"image: opened without signed hashes, there is nothing to check against");
	for (uint64_t block = 0; block < blocks; block++) {
		int rc = tgc_image_hash_block(&cat->image, block, err);

		if (rc != TG_OK) {
			*bad_block = block;
			return rc;
		}
	}
	return TG_OK;
}

/* ---- small readers ---- */

static int get_record(const uint8_t **out, const tgc_image *image, int section, uint32_t index, uint32_t size,
	tg_error *err)
{
	return tgc_image_get(out, image, section, (uint64_t)index * size, size, err);
}

/* True if the three bytes are a day or say that there is none. */
static bool get_day(int32_t *out, const uint8_t *p)
{
	uint32_t day = tgc_get_le24(p);

	*out = day == TGC_DAY_NONE ? TG_DAY_NONE : (int32_t)day;
	return day == TGC_DAY_NONE || day <= TGC_DAY_MAX;
}

static int bad_record(const char *what, uint32_t index, tg_error *err)
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

	out->note = NO_INDEX;
	out->review_by = TG_DAY_NONE;
	if (ref == TGC_NOTE_NONE)
		return TG_OK;
	rc = tgc_image_resolve(&index, image, TGC_NOTE_DIR, ref, TGC_NOTE_SLOT_BITS, err);
	if (rc == TG_OK)
		rc = get_record(&p, image, TGC_NOTE, index, TGC_NOTE_BYTES, err);
	if (rc != TG_OK)
		return rc;
	good = get_day(&out->review_by, p) && p[3] <= TG_SCOPE_EXCEPTED && p[4] <= 7 && p[5] <= 8 &&
	       (p[6] & ~TGC_NOTE_CLASS) == 0 && p[7] == 0;
	if (!good || (p[3] != TG_SCOPE_EXCEPTED && (p[4] != 0 || p[5] != 0)))
		return bad_record("note", index, err);
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
		return bad_record("product", out->index, err);
	return rc;
}

static int fill_product(tg_product *out, const tgc_image *image, uint32_t index, uint64_t gtin, tg_error *err)
{
	tg_product product = { .gtin = gtin, .index = index };
	const uint8_t *p = NULL;
	int rc = get_record(&p, image, TGC_PRODUCT_CORE, index, TGC_CORE_BYTES, err);

	if (rc != TG_OK)
		return rc;
	product.soc_count = p[10];
	product.conformance_count = p[11];
	if (!get_day(&product.dsp_end_published, p + 7))
		return bad_record("product", index, err);
	rc = apply_note(&product, image, tgc_get_le24(p + 4), err);
	if (rc == TG_OK)
		rc = find_links(&product, image, err);
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
		const uint8_t *cores = image->sections[TGC_PRODUCT_CORE].data + (size_t)start * TGC_CORE_BYTES;

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
		rc = get_record(&p, image, TGC_PACK_INSIDE, index, TGC_GTIN_BYTES, err);
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

	*out = (tg_product){ .note = NO_INDEX,
		.index = NO_INDEX,
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
		int rc = get_record(&p, image, TGC_IN_STORE, middle, TGC_IN_STORE_BYTES, err);

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
		.index = NO_INDEX,
		.dsp_end_published = TG_DAY_NONE,
		.flags = TG_PRODUCT_IN_STORE };
	const uint8_t *p = NULL;
	uint32_t note;
	int rc;

	*out = (tg_product){ .note = NO_INDEX,
		.index = NO_INDEX,
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
		rc = get_record(&p, image, TGC_PRODUCT_CORE, product->index, TGC_CORE_BYTES, err);
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
		rc = get_record(&p, &cat->image, TGC_SOC, soc.index, TGC_SOC_BYTES, err);
	if (rc != TG_OK)
		return rc;
	soc.defects = tgc_get_le24(p);
	soc.document = p[3];
	soc.status = p[4];
	soc.batches = (p[5] & TGC_BATCHES_LISTED) != 0 ? TG_BATCHES_LISTED : TG_BATCHES_ALL;
	soc.batches_express_all = (p[5] & TGC_BATCHES_EXPRESS_ALL) != 0;
	soc.accompanies = p[6];
	soc.covers_type = (link & TGC_NOT_COVERED) == 0;
	good = get_day(&soc.issued, p + 7) && get_day(&soc.dsp_end, p + 10) &&
	       get_day(&soc.link_tested, p + 13);
	if (!good || (soc.defects & ~TGC_DEFECTS) != 0 || soc.document > TG_DOCUMENT_OTHER ||
		soc.status > TG_SOC_SUPERSEDED ||
		(p[5] & ~(TGC_BATCHES_LISTED | TGC_BATCHES_EXPRESS_ALL)) != 0 ||
		soc.accompanies > TG_ACCOMPANIES_RECEIPT_LINK)
		return bad_record("SoC", soc.index, err);
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
		rc = get_record(&p, &cat->image, TGC_CONFORMANCE, label.index, TGC_CONFORMANCE_BYTES, err);
	if (rc != TG_OK)
		return rc;
	label.scheme = p[0];
	label.level = p[1];
	label.qualifies = (p[2] & TGC_CONFORMANCE_QUALIFIES) != 0;
	label.covers_model = (link & TGC_NOT_COVERED) == 0;
	good = get_day(&label.valid_from, p + 3) && get_day(&label.valid_to, p + 6) &&
	       get_day(&label.checked, p + 9);
	if (!good || (p[2] & ~TGC_CONFORMANCE_QUALIFIES) != 0 ||
		(label.scheme != TG_SCHEME_JC_STAR && label.scheme != TG_SCHEME_CLS))
		return bad_record("label", label.index, err);
	*out = label;
	return TG_OK;
}

/* ---- batches and serials ---- */

/* Cut the next `len` bytes off `rest`; false if it has fewer. */
static bool cut(tg_view *out, tg_view *rest, size_t len)
{
	if (len > rest->len)
		return false;
	*out = tg_view_of(rest->data, len);
	*rest = tg_view_of(rest->data + len, rest->len - len);
	return true;
}

static bool cut_range(tg_view *from, tg_view *to, tg_view *rest)
{
	tg_view head;
	size_t len;

	if (!cut(&head, rest, 1))
		return false;
	len = head.data[0] & TGC_RANGE_MAX_BYTES;
	if (len == 0 || !cut(from, rest, len))
		return false;
	*to = *from;
	return (head.data[0] & TGC_RANGE_SINGLE) != 0 || cut(to, rest, len);
}

static bool within(tg_view value, tg_view from, tg_view to)
{
	return value.len == from.len && memcmp(from.data, value.data, value.len) <= 0 &&
	       memcmp(value.data, to.data, value.len) <= 0;
}

int tg_catalogue_batch_covered(
	bool *covered, const tg_catalogue *cat, const tg_soc *soc, tg_view batch, tg_error *err)
{
	tg_view rest, from, to;
	int rc;

	*covered = soc->batches == TG_BATCHES_ALL;
	if (*covered)
		return TG_OK;
	rc = tgc_image_text(&rest, &cat->image, TGC_BATCH_RUNS, soc->index, err);
	if (rc != TG_OK)
		return rc;
	/* To the end, also after a hit: a list that is damaged further on is not to be believed further up. */
	while (rest.len > 0) {
		if (!cut_range(&from, &to, &rest)) {
			*covered = false;
			return bad_record("batches of SoC", soc->index, err);
		}
		*covered = *covered || within(batch, from, to);
	}
	return TG_OK;
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
		if (!cut(&head, &rest, 1) || !cut(&its_batch, &rest, head.data[0]) ||
			!cut_range(&from, &to, &rest)) {
			*tied = *covered = false;
			return bad_record("serials of SoC", soc->index, err);
		}
		if (!tg_view_equal(its_batch, batch))
			continue;
		*tied = true;
		*covered = *covered || within(serial, from, to);
	}
	return TG_OK;
}

/* ---- texts ---- */

static int maker_text(tg_view *out, const tgc_image *image, uint32_t product, tg_error *err)
{
	uint32_t index = 0;
	const uint8_t *p = NULL;
	int rc = get_record(&p, image, TGC_PRODUCT_MAKER, product, TGC_REF_BYTES, err);

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

	if (product->note != NO_INDEX)
		rc = tgc_image_text(&texts.note_id, image, TGC_NOTE_ID_RUNS, product->note, err);
	if (product->index != NO_INDEX) {
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
