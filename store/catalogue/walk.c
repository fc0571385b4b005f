/* SPDX-License-Identifier: Apache-2.0
 *
 * walk.c - what an image holds, one after the other: for tools of head office that compare images. No gate needs it.
 *
 * Every record is found again by its number, so that a walk sees what a look-up would see, and nothing else.
 */
#include "store/catalogue/record.h"

#include <inttypes.h>

static int past_the_end(const char *what, uint32_t n, uint32_t count, tg_error *err)
{
	return tg_fail(
		err, TG_EINVAL, "image: no %s number %" PRIu32 ", there are %" PRIu32, what, n, count);
}

/* A number that cannot be looked up is in the wrong bucket, or there twice. */
static int not_found_again(const char *what, uint64_t number, tg_error *err)
{
	return tg_fail(
		err, TG_EFORMAT, "image: %s %014" PRIu64 " is listed but cannot be looked up", what, number);
}

int tg_catalogue_at(tg_product *out, const tg_catalogue *cat, uint32_t n, tg_error *err)
{
	const tgc_image *image = &cat->image;
	uint32_t count = image->sections[TGC_PRODUCT_GTIN].count;
	const uint8_t *p = NULL;
	int rc;

	if (n >= count)
		return past_the_end("product", n, count, err);
	rc = tgc_get_record(&p, image, TGC_PRODUCT_GTIN, n, TGC_GTIN_BYTES, err);
	if (rc == TG_OK)
		rc = tg_catalogue_find(out, cat, tg_get_le64(p), err);
	if (rc == TG_EINVAL || rc == TG_ENOTFOUND || (rc == TG_OK && out->index != n))
		rc = not_found_again("product", tg_get_le64(p), err);
	return rc;
}

int tg_catalogue_pack_at(
	uint64_t *gtin, uint64_t *inside, const tg_catalogue *cat, uint32_t n, tg_error *err)
{
	const tgc_image *image = &cat->image;
	uint32_t count = image->sections[TGC_PACK_GTIN].count;
	const uint8_t *p = NULL;
	int rc;

	if (n >= count)
		return past_the_end("pack", n, count, err);
	rc = tgc_get_record(&p, image, TGC_PACK_GTIN, n, TGC_GTIN_BYTES, err);
	if (rc != TG_OK)
		return rc;
	*gtin = tg_get_le64(p);
	rc = tgc_get_record(&p, image, TGC_PACK_INSIDE, n, TGC_GTIN_BYTES, err);
	if (rc == TG_OK)
		*inside = tg_get_le64(p);
	return rc;
}

int tg_catalogue_in_store_at(
	uint64_t *from, uint64_t *to, const tg_catalogue *cat, uint32_t n, tg_error *err)
{
	const tgc_image *image = &cat->image;
	uint32_t count = image->sections[TGC_IN_STORE].count;
	const uint8_t *p = NULL;
	int rc;

	if (n >= count)
		return past_the_end("range of in-store numbers", n, count, err);
	rc = tgc_get_record(&p, image, TGC_IN_STORE, n, TGC_IN_STORE_BYTES, err);
	if (rc != TG_OK)
		return rc;
	*from = tg_get_le64(p);
	*to = tg_get_le64(p + 8);
	return *from <= *to ? TG_OK : tgc_bad_record("range of in-store numbers", n, err);
}

uint32_t tg_catalogue_in_store_count(const tg_catalogue *cat)
{
	return cat->image.sections[TGC_IN_STORE].count;
}

int tg_catalogue_soc_units(
	tg_view *batches, tg_view *serials, const tg_catalogue *cat, const tg_soc *soc, tg_error *err)
{
	int rc = tgc_image_text(batches, &cat->image, TGC_BATCH_RUNS, soc->index, err);

	return rc == TG_OK ? tgc_image_text(serials, &cat->image, TGC_SERIAL_RUNS, soc->index, err) : rc;
}

int tg_catalogue_stop_units(
	tg_view *batches, tg_view *serials, const tg_catalogue *cat, const tg_stop *stop, tg_error *err)
{
	int rc = tgc_image_text(batches, &cat->image, TGC_STOP_BATCH_RUNS, stop->index, err);

	return rc == TG_OK ? tgc_image_text(serials, &cat->image, TGC_STOP_SERIAL_RUNS, stop->index, err)
			   : rc;
}
