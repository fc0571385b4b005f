/* SPDX-License-Identifier: Apache-2.0
 *
 * offer.c - chooses older images, makes frames from them, proves them, puts them in place.
 */
#include "sync/hq/offer.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "sync/mapping.h"
#include "sync/patch.h"
#include "sync/tuf/chain.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMPRESSED_PATH TG_CHAIN_IMAGE ".zst"
#define PATCH_FOLDER "patch"
#define LEADS_TO "image_sha256"
#define FROM_VERSION "from_version"
#define FROM_PUBLISHED "from_published"
#define PAST_MAX (TG_OFFER_PATCHES + 1) /* those of the targets in force, and their own image */

/* ---- which ---- */

static int newest_first(const void *a, const void *b)
{
	const tg_offer_past *x = a, *y = b;

	return x->version > y->version ? -1 : x->version < y->version;
}

size_t tg_offer_choose(tg_offer_past *past, size_t count, int64_t now_us)
{
	int32_t today = tg_day_in_uk(now_us), day_before = TG_DAY_NONE;
	size_t chosen = 0;

	qsort(past, count, sizeof(*past), newest_first);
	for (size_t i = 0; i < count; i++) {
		int32_t day = past[i].published_us > 0 ? tg_day_in_uk(past[i].published_us) : TG_DAY_NONE;
		bool last_of_day = day != TG_DAY_NONE && day != day_before;

		if (day != TG_DAY_NONE)
			day_before = day;
		if (i < TG_OFFER_PUBLICATIONS || (last_of_day && day < today && day >= today - TG_OFFER_DAYS))
			past[chosen++] = past[i];
	}
	return chosen < TG_OFFER_PATCHES ? chosen : TG_OFFER_PATCHES;
}

/* ---- what the targets in force say ---- */

static int parse_targets(tg_json **tree, const tg_json **targets, const tg_published *old, tg_error *err)
{
	const tg_json *body;
	int rc = tg_json_parse(tree, tg_buf_view(&old->targets), err);

	if (rc == TG_OK)
		rc = tg_json_need_object(&body, *tree, "signed", err);
	return rc == TG_OK ? tg_json_need_object(targets, body, "targets", err) : rc;
}

/* 0 where it is not said, or not as we say it. */
static int64_t read_published(const tg_json *custom, const char *name)
{
	const char *text;
	int64_t at_us = 0;

	if (tg_json_opt_str(&text, custom, name, TG_UTC_TEXT_SIZE, "", NULL) != TG_OK ||
		tg_utc_parse(&at_us, text, NULL) != TG_OK)
		return 0;
	return at_us;
}

/* "patch/<64 hex digits>.zst" */
static bool read_patch_path(uint8_t sha256[TG_SHA256_SIZE], const char *path)
{
	char hex[2 * TG_SHA256_SIZE + 1];
	size_t prefix = sizeof(PATCH_FOLDER), len = 0;

	if (strlen(path) != prefix + 2 * TG_SHA256_SIZE + 4 || strncmp(path, PATCH_FOLDER "/", prefix) != 0 ||
		strcmp(path + prefix + 2 * TG_SHA256_SIZE, ".zst") != 0)
		return false;
	memcpy(hex, path + prefix, 2 * TG_SHA256_SIZE);
	hex[2 * TG_SHA256_SIZE] = '\0';
	return tg_hex_decode(sha256, &len, TG_SHA256_SIZE, hex, NULL) == TG_OK && len == TG_SHA256_SIZE;
}

static size_t read_past(tg_offer_past past[PAST_MAX], const tg_json *targets, const tg_published *old)
{
	size_t count = 0;

	for (const tg_json *entry = tg_json_first(targets); entry != NULL && count < PAST_MAX; entry = tg_json_next(entry)) {
		tg_offer_past *p = &past[count];
		const tg_json *custom = tg_json_get(entry, "custom");
		const char *path = tg_json_name(entry);

		*p = (tg_offer_past){ 0 };
		if (custom == NULL)
			continue;
		if (strcmp(path, TG_CHAIN_IMAGE) == 0) {
			*p = (tg_offer_past){ .version = old->catalogue_version, .published_us = read_published(custom, "published") };
			memcpy(p->sha256, old->image_sha256, TG_SHA256_SIZE);
			count++;
		} else if (read_patch_path(p->sha256, path) &&
			   tg_json_need_int(&p->version, custom, FROM_VERSION, 1, TG_JSON_MAX_INT, NULL) == TG_OK) {
			p->published_us = read_published(custom, FROM_PUBLISHED);
			count++;
		}
	}
	return count;
}

static int take_item(tg_offer_item *item, const tg_json *entry, tg_error *err)
{
	const tg_json *hashes, *custom;
	const char *hex;
	size_t len = 0;
	int rc = tg_json_need_object(&hashes, entry, "hashes", err);

	if (rc == TG_OK)
		rc = tg_json_need_int(&item->length, entry, "length", 0, TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = tg_json_need_object(&custom, entry, "custom", err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&hex, hashes, "sha256", 2 * TG_SHA256_SIZE, err);
	if (rc == TG_OK)
		rc = tg_hex_decode(item->sha256, &len, TG_SHA256_SIZE, hex, err);
	if (rc != TG_OK)
		return rc;
	(void)snprintf(item->path, sizeof(item->path), "%s", tg_json_name(entry));
	item->custom = tg_json_copy(custom);
	return item->custom != NULL ? TG_OK : tg_fail(err, TG_ENOMEM, "targets.json");
}

int tg_offer_keep(tg_offer *out, const tg_published *old, tg_error *err)
{
	const tg_json *targets = NULL;
	uint8_t from[TG_SHA256_SIZE];
	tg_json *tree = NULL;
	int rc = parse_targets(&tree, &targets, old, err);

	*out = (tg_offer){ 0 };
	for (const tg_json *entry = rc == TG_OK ? tg_json_first(targets) : NULL; entry != NULL && rc == TG_OK;
		entry = tg_json_next(entry)) {
		const char *path = tg_json_name(entry);

		if (strcmp(path, TG_CHAIN_IMAGE) == 0 && tg_json_get(entry, "custom") != NULL)
			out->published_us = read_published(tg_json_get(entry, "custom"), "published");
		if ((strcmp(path, COMPRESSED_PATH) == 0 || read_patch_path(from, path)) && out->count < TG_COUNT(out->items))
			rc = take_item(&out->items[out->count++], entry, err);
	}
	tg_json_free(tree);
	return rc;
}

/* ---- making ---- */

typedef struct making {
	const tg_offer_ask *ask;
	tg_offer *offer;
	tg_mapping image;
	tg_mapping proof; /* where a frame is unfolded to be compared */
	uint8_t *frame;   /* as long as the image; only what is written to it takes memory */
	size_t worth;     /* bytes: a frame is offered if it has fewer */
} making;

static int work_path(char out[4096], const tg_site *site, size_t index, tg_error *err)
{
	return tg_path(out, err, "%s/offer-%zu.zst", site->work, index);
}

/* Unfold what a station will unfold. A frame of ours that does not work is a fault of the library or of the memory. */
static int prove(const making *m, tg_view old, tg_view frame, const char *path, tg_error *err)
{
	int rc = tg_patch_apply(m->proof.data, m->proof.len, old, frame, path, err);

	if (rc == TG_OK && memcmp(m->proof.data, m->image.data, m->image.len) != 0)
		rc = tg_fail(err, TG_EIO, "%s: does not lead to the image when it is tried", path);
	return rc;
}

/* TG_ELIMIT: not worth offering. `custom` is taken over. */
static int make_item(const making *m, tg_view old, const char *path, tg_json *custom, tg_error *err)
{
	tg_offer_item *item = &m->offer->items[m->offer->count];
	char to[4096];
	size_t len = 0;
	int rc = tg_patch_make(m->frame, &len, m->worth, old, tg_mapping_view(&m->image), err);

	if (rc == TG_OK)
		rc = prove(m, old, tg_view_of(m->frame, len), path, err);
	if (rc == TG_OK)
		rc = work_path(to, m->ask->site, m->offer->count, err);
	if (rc == TG_OK)
		rc = tg_file_write(to, tg_view_of(m->frame, len), 0644, err);
	if (rc != TG_OK) {
		tg_json_free(custom);
		return rc;
	}
	*item = (tg_offer_item){ .length = (int64_t)len, .custom = custom, .made = true };
	(void)snprintf(item->path, sizeof(item->path), "%s", path);
	tg_sha256(item->sha256, m->frame, len);
	m->offer->count++;
	return TG_OK;
}

static tg_json *new_custom(const making *m, const tg_offer_past *from)
{
	char hex[2 * TG_SHA256_SIZE + 1], text[TG_UTC_TEXT_SIZE];
	tg_json *custom = tg_json_new_object();

	tg_json_set_str(custom, LEADS_TO, tg_hex_encode(hex, m->ask->image_sha256, TG_SHA256_SIZE));
	if (from != NULL)
		tg_json_set_int(custom, FROM_VERSION, from->version);
	if (from != NULL && from->published_us > 0)
		tg_json_set_str(custom, FROM_PUBLISHED, tg_utc_format(text, from->published_us));
	return custom;
}

/* TG_ENOTFOUND: it is gone or damaged. */
static int open_past(tg_mapping *out, const making *m, const tg_offer_past *from, tg_error *err)
{
	uint8_t found[TG_SHA256_SIZE];
	char path[4096];
	int rc = tg_published_target_path(path, m->ask->site, TG_CHAIN_IMAGE, from->sha256, err);

	if (rc == TG_OK)
		rc = tg_mapping_open(out, path, TG_PATCH_FILE_MAX, err);
	if (rc != TG_OK)
		return TG_ENOTFOUND;
	tg_sha256(found, out->data, out->len);
	if (memcmp(found, from->sha256, sizeof(found)) == 0)
		return TG_OK;
	tg_mapping_close(out);
	return TG_ENOTFOUND;
}

static int make_patch(const making *m, const tg_offer_past *from, tg_error *err)
{
	char path[TG_OFFER_PATH_SIZE], hex[2 * TG_SHA256_SIZE + 1];
	tg_mapping old;
	int rc = open_past(&old, m, from, NULL);

	if (rc == TG_OK) {
		(void)snprintf(path, sizeof(path), PATCH_FOLDER "/%s.zst", tg_hex_encode(hex, from->sha256, TG_SHA256_SIZE));
		rc = make_item(m, tg_mapping_view(&old), path, new_custom(m, from), err);
		tg_mapping_close(&old);
	}
	if (rc != TG_ENOTFOUND && rc != TG_ELIMIT)
		return rc;
	m->offer->skipped++;
	return TG_OK;
}

static void tell(const tg_offer_ask *ask, const char *what, size_t done, size_t total)
{
	if (ask->progress != NULL)
		ask->progress(ask->progress_ctx, what, done, total);
}

static int make_all(making *m, tg_offer_past *past, size_t count, tg_error *err)
{
	int rc;

	tell(m->ask, "compressing", 0, count + 1);
	m->worth = m->image.len - 1;
	rc = make_item(m, tg_view_of(NULL, 0), COMPRESSED_PATH, new_custom(m, NULL), err);
	if (rc == TG_OK)
		m->worth = (size_t)m->offer->items[0].length - 1;
	else if (rc == TG_ELIMIT)
		rc = TG_OK;
	for (size_t i = 0; i < count && rc == TG_OK; i++) {
		tell(m->ask, "making patches", i + 1, count + 1);
		rc = make_patch(m, &past[i], err);
	}
	if (rc == TG_OK)
		tell(m->ask, "making patches", count + 1, count + 1);
	return rc;
}

/* A file that has no name any more: its pages may go to the disk when memory is short. */
static int open_proof(making *m, tg_error *err)
{
	char path[4096];
	int fd, rc = tg_path(path, err, "%s/proof", m->ask->site->work);

	if (rc != TG_OK)
		return rc;
	(void)unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	(void)unlink(path);
	rc = tg_mapping_make(&m->proof, fd, (int64_t)m->image.len, path, err);
	close(fd);
	return rc;
}

int tg_offer_make(tg_offer *out, const tg_offer_ask *ask, tg_error *err)
{
	making m = { .ask = ask, .offer = out };
	tg_offer_past past[PAST_MAX];
	const tg_json *targets = NULL;
	tg_json *tree = NULL;
	size_t count = 0;
	int rc = TG_OK;

	*out = (tg_offer){ .published_us = ask->now_us };
	if (ask->old->exists)
		rc = parse_targets(&tree, &targets, ask->old, err);
	if (rc == TG_OK && tree != NULL)
		count = tg_offer_choose(past, read_past(past, targets, ask->old), ask->now_us);
	tg_json_free(tree);
	if (rc == TG_OK)
		rc = tg_mapping_open(&m.image, ask->image_path, TG_PATCH_FILE_MAX, err);
	if (rc == TG_ELENGTH)
		return TG_OK; /* an image that travels whole */
	if (rc == TG_OK)
		rc = open_proof(&m, err);
	if (rc == TG_OK) {
		m.frame = malloc(m.image.len);
		rc = m.frame != NULL ? make_all(&m, past, count, err) : tg_fail(err, TG_ENOMEM, "patches: out of memory");
	}
	free(m.frame);
	tg_mapping_close(&m.proof);
	tg_mapping_close(&m.image);
	return rc;
}

/* ---- handing over ---- */

size_t tg_offer_targets(tg_repository_target *out, const tg_offer *offer)
{
	for (size_t i = 0; i < offer->count; i++) {
		const tg_offer_item *item = &offer->items[i];

		out[i] = (tg_repository_target){ .path = item->path, .length = item->length, .custom = item->custom };
		memcpy(out[i].sha256, item->sha256, TG_SHA256_SIZE);
	}
	return offer->count;
}

static int place_item(const tg_offer *offer, size_t index, const tg_site *site, tg_error *err)
{
	const tg_offer_item *item = &offer->items[index];
	char from[4096], to[4096];
	int rc = work_path(from, site, index, err);

	if (rc == TG_OK)
		rc = tg_published_target_path(to, site, item->path, item->sha256, err);
	if (rc == TG_OK && rename(from, to) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", to);
	return rc;
}

int tg_offer_place(const tg_offer *offer, const tg_site *site, tg_error *err)
{
	char folder[4096];
	int rc = tg_path(folder, err, "%s/" PATCH_FOLDER, site->targets);

	if (rc == TG_OK)
		rc = tg_dir_make(folder, 0755, err);
	for (size_t i = 0; i < offer->count && rc == TG_OK; i++)
		if (offer->items[i].made)
			rc = place_item(offer, i, site, err);
	if (rc == TG_OK)
		rc = tg_dir_sync(folder, err);
	return rc == TG_OK ? tg_dir_sync(site->targets, err) : rc;
}

void tg_offer_fini(tg_offer *offer, const tg_site *site)
{
	for (size_t i = 0; i < offer->count; i++) {
		char path[4096];

		tg_json_free(offer->items[i].custom);
		if (offer->items[i].made && work_path(path, site, i, NULL) == TG_OK)
			(void)unlink(path);
	}
	*offer = (tg_offer){ 0 };
}
