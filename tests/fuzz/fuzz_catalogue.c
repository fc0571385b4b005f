/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_catalogue.c - an image of any bytes, opened without trust: every question must end in an answer or an error.
 *
 * Asks for every number that stands in the file, so that the look-ups get past the first miss.
 */
#include "store/catalogue/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SOCS_ASKED 4 /* of one product; more of them would only repeat */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink; /* makes every byte of a text be read */

static void read_text(tg_view text)
{
	for (size_t i = 0; i < text.len; i++)
		sink ^= text.data[i];
}

static void must_mean_something(bool holds)
{
	if (!holds)
		abort();
}

static void ask_soc(const tg_catalogue *cat, const tg_product *product, uint32_t n, tg_view value)
{
	bool tied, covered;
	tg_view id, link;
	tg_soc soc;

	if (tg_catalogue_soc(&soc, cat, product, n, NULL) != TG_OK)
		return;
	must_mean_something(soc.document <= TG_DOCUMENT_OTHER && soc.status <= TG_SOC_SUPERSEDED &&
			    soc.accompanies <= TG_ACCOMPANIES_RECEIPT_LINK);
	if (tg_catalogue_soc_texts(&id, &link, cat, &soc, NULL) == TG_OK) {
		read_text(id);
		read_text(link);
	}
	(void)!tg_catalogue_batch_covered(&covered, cat, &soc, value, NULL);
	(void)!tg_catalogue_serial_covered(&tied, &covered, cat, &soc, value, value, NULL);
}

static void ask_special(const tg_catalogue *cat, const tg_product *product, tg_view value)
{
	uint64_t gtin;
	bool covers;
	tg_stop stop;
	tg_view id;

	for (uint32_t n = 0; n < product->stop_count && n < SOCS_ASKED; n++) {
		if (tg_catalogue_stop(&stop, cat, product, n, NULL) != TG_OK)
			continue;
		must_mean_something(stop.kind > 0 && stop.kind < TG_STOP_KINDS && stop.from != TG_DAY_NONE);
		if (tg_catalogue_stop_id(&id, cat, &stop, NULL) == TG_OK)
			read_text(id);
		(void)!tg_catalogue_stop_covers(&covers, cat, &stop, value, value, NULL);
	}
	for (uint32_t n = 0; n < product->component_count && n < SOCS_ASKED; n++)
		(void)!tg_catalogue_component(&gtin, cat, product, n, NULL);
}

static void ask_product(const tg_catalogue *cat, const tg_product *product, tg_view value)
{
	tg_product_texts texts;
	tg_conformance label;
	tg_view id;

	must_mean_something(product->scope < TG_SCOPE_COUNT && product->role < TG_ROLE_COUNT);
	if (tg_catalogue_texts(&texts, cat, product, NULL) == TG_OK) {
		read_text(texts.name);
		read_text(texts.manufacturer);
		read_text(texts.type);
		read_text(texts.note_id);
	}
	ask_special(cat, product, value);
	for (uint32_t n = 0; n < product->soc_count && n < SOCS_ASKED; n++)
		ask_soc(cat, product, n, value);
	for (uint32_t n = 0; n < product->conformance_count && n < SOCS_ASKED; n++) {
		if (tg_catalogue_conformance(&label, cat, product, n, NULL) == TG_OK &&
			tg_catalogue_conformance_id(&id, cat, &label, NULL) == TG_OK)
			read_text(id);
	}
}

static void ask_all(const tg_catalogue *cat, const uint8_t *data, size_t size)
{
	for (size_t at = 0; at + 8 <= size; at += 8) {
		uint64_t number = tg_get_le64(data + at);
		tg_view value = tg_view_of(data + at, number % 8);
		tg_product product;
		tg_error err = { 0 };

		if (tg_catalogue_find(&product, cat, number, &err) == TG_OK)
			ask_product(cat, &product, value);
		if (tg_catalogue_find_in_store(&product, cat, number, &err) == TG_OK)
			ask_product(cat, &product, value);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	tg_catalogue *cat = NULL;
	tg_catalogue_info info;
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (tg_catalogue_open(&cat, path, NULL, NULL) == TG_OK) {
		tg_catalogue_get_info(&info, cat);
		ask_all(cat, data, size);
	}
	tg_catalogue_close(cat);
	close(fd);
	return 0;
}
