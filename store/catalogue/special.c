/* SPDX-License-Identifier: Apache-2.0
 *
 * special.c - what is said of few products only: our role, what stands against them, what a bundle holds.
 *
 * Asked only for products whose core says that there is something; the others pay one bit. Part of the reader (catalogue.c).
 */
#include "store/catalogue/record.h"

#include <inttypes.h>

/* Position of the record of a GTIN; records are in rising order. */
static int find(uint32_t *index, const uint8_t **out, const tgc_image *image, uint64_t gtin, tg_error *err)
{
	uint32_t low = 0, high = image->sections[TGC_SPECIAL].count;

	*out = image->sections[TGC_SPECIAL].data; /* never a stray pointer, whatever the caller does with an error */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const uint8_t *p = NULL;
		int rc = tgc_get_record(&p, image, TGC_SPECIAL, middle, TGC_SPECIAL_BYTES, err);

		if (rc != TG_OK)
			return rc;
		if (tg_get_le64(p) == gtin) {
			*index = middle;
			*out = p;
			return TG_OK;
		}
		if (tg_get_le64(p) > gtin)
			high = middle;
		else
			low = middle + 1;
	}
	return tg_fail(err, TG_EFORMAT, "image: GTIN %014" PRIu64 " has no special record", gtin);
}

int tgc_special_apply(tg_product *out, const tgc_image *image, tg_error *err)
{
	uint32_t index = 0, start = 0, stops = 0, components = 0;
	const uint8_t *p = NULL;
	int rc = find(&index, &p, image, out->gtin, err);

	if (rc == TG_OK && (p[8] >= TG_ROLE_COUNT || tg_get_le32(p + 9) != 0 || tgc_get_le24(p + 13) != 0))
		rc = tgc_bad_record("special", index, err);
	if (rc == TG_OK)
		rc = tgc_image_run(&start, &stops, image, TGC_SPECIAL_STOP_RUNS, index, err);
	if (rc == TG_OK)
		rc = tgc_image_run(&start, &components, image, TGC_COMPONENT_RUNS, index, err);
	if (rc != TG_OK)
		return rc;
	out->role = p[8];
	out->stop_count = (uint16_t)stops;
	out->component_count = (uint8_t)components;
	out->special = index;
	return TG_OK;
}

int tg_catalogue_stop(
	tg_stop *out, const tg_catalogue *cat, const tg_product *product, uint32_t n, tg_error *err)
{
	const tgc_image *image = &cat->image;
	tg_stop stop = { 0 };
	uint32_t start = 0, len = 0;
	const uint8_t *p = NULL;
	int rc;

	if (n >= product->stop_count)
		return tg_fail(
			err, TG_EINVAL, "GTIN %014" PRIu64 ": no stop number %" PRIu32, product->gtin, n);
	rc = tgc_image_run(&start, &len, image, TGC_SPECIAL_STOP_RUNS, product->special, err);
	if (rc == TG_OK)
		rc = tgc_image_get(&p, image, TGC_SPECIAL_STOP, ((uint64_t)start + n) * TGC_REF_BYTES,
			TGC_REF_BYTES, err);
	if (rc != TG_OK)
		return rc;
	stop.index = tg_get_le32(p);
	rc = tgc_get_record(&p, image, TGC_STOP, stop.index, TGC_STOP_BYTES, err);
	if (rc != TG_OK)
		return rc;
	stop.kind = p[0];
	stop.flags = p[1];
	stop.batches_listed = (p[2] & TGC_LIMIT_BATCHES) != 0;
	stop.serials_listed = (p[2] & TGC_LIMIT_SERIALS) != 0;
	if (stop.kind == 0 || stop.kind >= TG_STOP_KINDS || stop.flags > 7 || p[2] > 3 || p[3] != 0 ||
		!tgc_get_day(&stop.from, p + 4) || stop.from == TG_DAY_NONE ||
		!tgc_get_day(&stop.to, p + 7) || tg_get_le16(p + 10) != 0)
		return tgc_bad_record("stop", stop.index, err);
	*out = stop;
	return TG_OK;
}

/* May the unit be among those that the list names? Who does not know its value must say that it may. */
static int may_be_listed(
	bool *may, const tgc_image *image, int runs, uint32_t index, tg_view value, tg_error *err)
{
	tg_view list;
	int rc = tgc_image_text(&list, image, runs, index, err);

	*may = true;
	if (rc != TG_OK)
		return rc;
	if (!tgc_ranges_hold(may, list, value))
		return tgc_bad_record("units of stop", index, err);
	*may = *may || value.len == 0;
	return TG_OK;
}

int tg_catalogue_stop_covers(bool *covers, const tg_catalogue *cat, const tg_stop *stop, tg_view batch,
	tg_view serial, tg_error *err)
{
	bool by_batch = false, by_serial = false;
	int rc = TG_OK;

	*covers = true;
	if (!stop->batches_listed && !stop->serials_listed)
		return TG_OK;
	if (stop->batches_listed)
		rc = may_be_listed(&by_batch, &cat->image, TGC_STOP_BATCH_RUNS, stop->index, batch, err);
	if (rc == TG_OK && stop->serials_listed)
		rc = may_be_listed(&by_serial, &cat->image, TGC_STOP_SERIAL_RUNS, stop->index, serial, err);
	if (rc == TG_OK)
		*covers = by_batch || by_serial;
	return rc;
}

int tg_catalogue_stop_id(tg_view *id, const tg_catalogue *cat, const tg_stop *stop, tg_error *err)
{
	return tgc_image_text(id, &cat->image, TGC_STOP_ID_RUNS, stop->index, err);
}

int tg_catalogue_component(
	uint64_t *gtin, const tg_catalogue *cat, const tg_product *product, uint32_t n, tg_error *err)
{
	uint32_t start = 0, len = 0;
	const uint8_t *p = NULL;
	int rc;

	if (n >= product->component_count)
		return tg_fail(err, TG_EINVAL, "GTIN %014" PRIu64 ": no component number %" PRIu32,
			product->gtin, n);
	rc = tgc_image_run(&start, &len, &cat->image, TGC_COMPONENT_RUNS, product->special, err);
	if (rc == TG_OK)
		rc = tgc_image_get(&p, &cat->image, TGC_COMPONENT, ((uint64_t)start + n) * TGC_GTIN_BYTES,
			TGC_GTIN_BYTES, err);
	if (rc == TG_OK)
		*gtin = tg_get_le64(p);
	return rc;
}
