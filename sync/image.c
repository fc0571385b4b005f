/* SPDX-License-Identifier: Apache-2.0
 *
 * image.c - ways to an image: find those that are offered, go the smallest, fall back.
 */
#include "sync/image.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/catalogue/blocks.h"
#include "sync/download.h"
#include "sync/find.h"
#include "sync/mapping.h"
#include "sync/patch.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#define HASH_STEP_BYTES (1 << 20) /* between two words of progress */
#define CUSTOM_LEADS_TO "image_sha256"

/* One way that is offered. */
typedef struct offer {
	bool listed;
	char path[TG_IMAGE_PATCH_PATH_SIZE];
	tg_tuf_file file;
} offer;

typedef struct bringing {
	const tg_image_job *job;
	tg_way_taken *taken;
	tg_buf *blocks;
	offer offers[TG_WAYS];
	bool contradicted; /* what is signed contradicts itself: no way leads anywhere */
} bringing;

static void note_failure(tg_way_taken *taken, tg_way way, const tg_error *err)
{
	tg_way_failure *failure;

	if ((size_t)taken->failure_count >= TG_COUNT(taken->failures))
		return;
	failure = &taken->failures[taken->failure_count++];
	failure->way = way;
	(void)snprintf(failure->code, sizeof(failure->code), "%s", tg_strerror(err->code));
	(void)snprintf(failure->words, sizeof(failure->words), "%s", err->msg);
}

static void tell(const tg_image_job *job, const char *doing, const char *what, int64_t done, int64_t total)
{
	tg_update_progress progress = { .doing = doing, .what = what, .done_bytes = done, .total_bytes = total };

	if (job->progress != NULL)
		job->progress(job->progress_ctx, &progress);
}

/* ---- what is offered ---- */

/* Does the signed entry lead to the image that we want? A slip at head office costs a download, never an image. */
static int check_leads(const offer *o, const tg_chain_facts *facts, tg_error *err)
{
	char wanted[2 * TG_SHA256_SIZE + 1];
	const char *said;
	int rc;

	if (o->file.custom == NULL)
		return tg_fail(err, TG_EFORMAT, "%s: targets.json does not say which image it leads to", o->path);
	rc = tg_json_need_str(&said, o->file.custom, CUSTOM_LEADS_TO, 2 * TG_SHA256_SIZE, err);
	if (rc != TG_OK) {
		tg_error_prefix(err, "%s: custom", o->path);
		return rc;
	}
	if (strcmp(said, tg_hex_encode(wanted, facts->image_sha256, TG_SHA256_SIZE)) != 0)
		return tg_fail(err, TG_EFORMAT, "%s: leads to another image than the published one", o->path);
	return o->file.has_sha256 ? TG_OK : tg_fail(err, TG_EFORMAT, "%s: no SHA-256 is signed for it", o->path);
}

static void look_for(bringing *b, tg_way way)
{
	offer *o = &b->offers[way];
	tg_error err = { 0 };
	int rc = tg_trusted_target(&o->file, b->job->set, o->path, &err);

	if (rc == TG_ENOTFOUND)
		return;
	if (rc == TG_OK)
		rc = check_leads(o, b->job->facts, &err);
	o->listed = rc == TG_OK;
	if (rc != TG_OK)
		note_failure(b->taken, way, &err);
}

/* A way that is no shorter than one after it is none. */
static int find_offers(bringing *b, tg_error *err)
{
	offer *patch = &b->offers[TG_WAY_PATCH], *compressed = &b->offers[TG_WAY_COMPRESSED],
	      *plain = &b->offers[TG_WAY_PLAIN];
	char hex[2 * TG_SHA256_SIZE + 1];
	int rc = tg_trusted_target(&plain->file, b->job->set, TG_CHAIN_IMAGE, err);

	if (rc != TG_OK)
		return rc;
	(void)snprintf(plain->path, sizeof(plain->path), "%s", TG_CHAIN_IMAGE);
	plain->listed = true;
	if (b->job->old_path != NULL && b->job->old_sha256 != NULL) {
		(void)snprintf(patch->path, sizeof(patch->path), TG_IMAGE_PATCH_FORMAT,
			tg_hex_encode(hex, b->job->old_sha256, TG_SHA256_SIZE));
		look_for(b, TG_WAY_PATCH);
	}
	(void)snprintf(compressed->path, sizeof(compressed->path), "%s", TG_IMAGE_COMPRESSED);
	look_for(b, TG_WAY_COMPRESSED);
	if (compressed->file.length >= plain->file.length)
		compressed->listed = false;
	if (patch->file.length >= (compressed->listed ? compressed->file.length : plain->file.length))
		patch->listed = false;
	return TG_OK;
}

/* ---- fetching ---- */

static void tell_fetching(void *ctx, const char *name, int64_t done, int64_t total)
{
	tell(ctx, "fetching", name, done, total);
}

static int fetch(char path[4096], const bringing *b, const offer *o, tg_error *err)
{
	const tg_image_job *job = b->job;
	char url[TG_FETCH_URL_MAX + 1];
	tg_image_job copy = *job; /* the progress takes no const */
	tg_download download = { .dir = job->part_dir, .url = url, .name = o->path, .want = &o->file, .fetch = job->fetch,
		.progress = tell_fetching, .progress_ctx = &copy };
	int rc = tg_find_url(url, job->set, job->targets_url, o->path, &o->file, err);

	return rc == TG_OK ? tg_download_run(path, &download, err) : rc;
}

/* ---- checking ---- */

/* The list of block hashes is signed too. Where it differs from a right image, no other way can do better. */
static int check_blocks(bringing *b, tg_error *err)
{
	tg_tuf_file want = { .length = -1, .has_sha256 = true };
	int rc;

	memcpy(want.sha256, b->job->facts->blocks_sha256, TG_SHA256_SIZE);
	rc = tg_tuf_file_check(&want, tg_buf_view(b->blocks), TG_CHAIN_BLOCKS, err);
	b->contradicted = rc != TG_OK;
	return rc;
}

typedef struct block_work {
	tg_view image;
	tg_buf *list;
	int rc;
	tg_error err;
} block_work;

static void *hash_blocks(void *ctx)
{
	block_work *work = ctx;

	work->rc = tg_blocks_hash(work->list, work->image, &work->err);
	return NULL;
}

static int check_whole(const bringing *b, tg_view image, tg_error *err)
{
	char want_hex[17], found_hex[17];
	uint8_t found[TG_SHA256_SIZE];
	tg_sha256_state hash;

	tg_sha256_init(&hash);
	for (size_t at = 0, step; at < image.len; at += step) {
		step = image.len - at < HASH_STEP_BYTES ? image.len - at : HASH_STEP_BYTES;
		tg_sha256_update(&hash, image.data + at, step);
		tell(b->job, "checking", TG_CHAIN_IMAGE, (int64_t)(at + step), (int64_t)image.len);
	}
	tg_sha256_final(&hash, found);
	if (memcmp(found, b->job->facts->image_sha256, sizeof(found)) == 0)
		return TG_OK;
	return tg_fail(err, TG_EHASH, "%s: wanted hash %s..., found %s...", TG_CHAIN_IMAGE,
		tg_hex_encode(want_hex, b->job->facts->image_sha256, 8), tg_hex_encode(found_hex, found, 8));
}

/* Two hashes of all the bytes, each on a processor of its own where there are two: nothing else costs as much. */
static int check_image(bringing *b, tg_view image, tg_error *err)
{
	block_work work = { .image = image, .list = b->blocks };
	pthread_t thread;
	bool beside;
	int rc;

	tg_buf_clear(b->blocks);
	beside = pthread_create(&thread, NULL, hash_blocks, &work) == 0;
	rc = check_whole(b, image, err);
	if (beside)
		(void)pthread_join(thread, NULL);
	else if (rc == TG_OK)
		(void)hash_blocks(&work);
	if (rc != TG_OK)
		return rc;
	if (work.rc != TG_OK) {
		if (err != NULL)
			*err = work.err;
		return work.rc;
	}
	return check_blocks(b, err);
}

/* ---- patch and compressed ---- */

/* Decompress `frame` into `image` and see that it is the signed one. */
static int unfold(bringing *b, const offer *o, tg_mapping *image, int fd, tg_view frame, tg_view old, tg_error *err)
{
	int rc;

	tell(b->job, old.len > 0 ? "applying" : "decompressing", o->path, 0, 0);
	rc = tg_patch_apply(image->data, image->len, old, frame, o->path, err);
	if (rc != TG_OK)
		return rc;
	/* Let the disk begin while the hashes are made; only fsync promises anything. */
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return check_image(b, tg_mapping_view(image), err);
}

/* Tell a bad patch from a bad image in force: people do different things about them. */
static int blame(const bringing *b, tg_view old, int rc, tg_error *err)
{
	uint8_t found[TG_SHA256_SIZE];
	char said[sizeof(err->msg)];

	if (old.len == 0 || b->contradicted || (rc != TG_EFORMAT && rc != TG_EHASH && rc != TG_ELENGTH))
		return rc;
	tg_sha256(found, old.data, old.len);
	if (memcmp(found, b->job->old_sha256, sizeof(found)) == 0)
		return rc;
	(void)snprintf(said, sizeof(said), "%s", err->msg);
	return tg_fail(err, rc, "the image in force is damaged, the patch cannot work on it (%s)", said);
}

static int unfold_file(bringing *b, const offer *o, bool patch, tg_mapping *image, int fd, tg_error *err)
{
	tg_mapping frame = { 0 }, old = { 0 };
	char path[4096];
	int rc = TG_OK;

	if (patch)
		rc = tg_mapping_open(&old, b->job->old_path, (int64_t)TG_IMAGE_MAX_BYTES, err);
	if (rc == TG_OK)
		rc = fetch(path, b, o, err);
	if (rc == TG_OK)
		rc = tg_mapping_open(&frame, path, o->file.length, err);
	if (rc == TG_OK) {
		rc = unfold(b, o, image, fd, tg_mapping_view(&frame), tg_mapping_view(&old), err);
		rc = blame(b, tg_mapping_view(&old), rc, err);
	}
	tg_mapping_close(&frame);
	tg_mapping_close(&old);
	return rc;
}

/* Room for the image comes first: on a full disk nothing is fetched. */
static int by_frame(bringing *b, tg_way way, tg_error *err)
{
	tg_mapping image = { 0 };
	tg_file_stage stage;
	int rc = tg_file_stage_open(&stage, b->job->to, 0644, err);

	if (rc != TG_OK)
		return rc;
	rc = tg_mapping_make(&image, stage.fd, b->job->facts->image_length, TG_CHAIN_IMAGE, err);
	if (rc == TG_OK)
		rc = unfold_file(b, &b->offers[way], way == TG_WAY_PATCH, &image, stage.fd, err);
	tg_mapping_close(&image);
	if (rc == TG_OK)
		return tg_file_stage_commit(&stage, err);
	tg_file_stage_abandon(&stage);
	return rc;
}

/* ---- plain ---- */

static int by_plain(bringing *b, tg_error *err)
{
	char path[4096];
	int fd, rc = fetch(path, b, &b->offers[TG_WAY_PLAIN], err);

	if (rc != TG_OK)
		return rc;
	tell(b->job, "checking", TG_CHAIN_IMAGE, 0, 0);
	tg_buf_clear(b->blocks);
	rc = tg_blocks_hash_file(b->blocks, path, err);
	if (rc == TG_OK)
		rc = check_blocks(b, err);
	if (rc != TG_OK)
		return rc;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fsync(fd) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s: fsync", path);
	if (fd >= 0)
		close(fd);
	if (rc == TG_OK && rename(path, b->job->to) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", b->job->to);
	return rc;
}

/* ---- the whole ---- */

static int try_ways(bringing *b, tg_error *err)
{
	int rc = TG_OK;

	for (tg_way way = TG_WAY_PATCH; way <= TG_WAY_PLAIN; way++) {
		tg_error why = { 0 };

		if (!b->offers[way].listed)
			continue;
		rc = way == TG_WAY_PLAIN ? by_plain(b, &why) : by_frame(b, way, &why);
		if (rc == TG_OK) {
			b->taken->way = way;
			return TG_OK;
		}
		note_failure(b->taken, way, &why);
		if (err != NULL)
			*err = why;
		if (b->contradicted)
			break;
	}
	return rc;
}

/* Of what earlier runs left, only what may still be of use stays. */
static void prune_parts(const bringing *b)
{
	uint8_t keep[TG_WAYS][TG_SHA256_SIZE];
	size_t count = 0;

	for (int way = 0; way < TG_WAYS; way++)
		if (b->offers[way].listed)
			memcpy(keep[count++], b->offers[way].file.sha256, TG_SHA256_SIZE);
	tg_download_prune(b->job->part_dir, keep, count);
}

int tg_image_bring(tg_way_taken *taken, tg_buf *blocks, const tg_image_job *job, tg_error *err)
{
	bringing b = { .job = job, .taken = taken, .blocks = blocks };
	int64_t before = tg_fetch_totals_of(job->fetch).bytes;
	int rc;

	*taken = (tg_way_taken){ .way = TG_WAY_KEPT };
	rc = find_offers(&b, err);
	if (rc != TG_OK)
		return rc;
	prune_parts(&b);
	rc = try_ways(&b, err);
	if (rc == TG_OK)
		tg_download_prune(job->part_dir, NULL, 0);
	taken->bytes = tg_fetch_totals_of(job->fetch).bytes - before;
	return rc;
}
