/* SPDX-License-Identifier: Apache-2.0
 *
 * documents.c - ask head office for one document, keep it, and fall back on what is kept.
 */
#include "sync/documents.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/base/utc.h"
#include "sync/documents_keep.h"
#include "sync/find.h"
#include "sync/install.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LOCK_STEP_MS 100 /* between two looks at the lock */

/* One request of a person. */
struct job {
	const tg_documents_config *config;
	const char *id;
	int64_t now_us;
	char target[TG_DOCUMENT_PATH_SIZE];
	char dir[4096], cache_dir[4096], current_dir[4096];
	tg_documents_paper *out;
};

static int begin(struct job *j, tg_error *err)
{
	int rc = tg_document_path(j->target, j->id, err);

	if (rc == TG_OK)
		rc = tg_path(j->dir, err, "%s/documents", j->config->catalogue_dir);
	if (rc == TG_OK)
		rc = tg_path(j->cache_dir, err, "%s/tuf", j->dir);
	if (rc == TG_OK)
		rc = tg_dir_make(j->cache_dir, 0755, err);
	return rc;
}

/* Another person at the same station waits a while, but not for a slow line. */
static int take_lock(int *fd, const struct job *j, tg_error *err)
{
	char path[4096];
	int rc = tg_path(path, err, "%s/lock", j->dir);

	if (rc != TG_OK)
		return rc;
	for (int waited_ms = 0;; waited_ms += LOCK_STEP_MS) {
		rc = tg_lock_take(fd, path, "tillgate document", err);
		if (rc != TG_EBUSY || waited_ms >= TG_DOCUMENTS_WAIT_MS)
			return rc;
		(void)nanosleep(&(struct timespec){ .tv_nsec = LOCK_STEP_MS * 1000000L }, NULL);
	}
}

/* ---- what head office says ---- */

static int read_trust(tg_buf *out, const struct job *j, tg_error *err)
{
	int rc = tg_file_read(out, j->config->trust_root, TG_TUF_ROOT_MAX, err);

	return rc == TG_ENOTFOUND ? tg_fail(err, TG_ESTATE, "%s: missing; this station is not enrolled yet",
					    j->config->trust_root)
				  : rc;
}

/* A repository without its files is one that cannot be reached; "not found" is only said of documents, and only signed. */
static int not_reached(int rc, tg_error *err)
{
	if (rc == TG_ENOTFOUND && err != NULL)
		err->code = TG_ENETWORK;
	return rc == TG_ENOTFOUND ? TG_ENETWORK : rc;
}

/* What is named: type, length and hash into `out`. */
static int take_facts(struct job *j, const tg_tuf_file *file, tg_error *err)
{
	int rc = tg_document_custom_read(&j->out->type, file->custom, err);

	if (rc == TG_OK && !file->has_sha256)
		rc = tg_fail(err, TG_EFORMAT, "no SHA-256 is stated");
	if (rc == TG_OK && (file->length < 1 || file->length > TG_DOCUMENT_MAX))
		rc = tg_fail(err, TG_ELIMIT, "%lld bytes, wanted 1 to %d", (long long)file->length,
			TG_DOCUMENT_MAX);
	if (rc != TG_OK)
		return tg_error_prefix(err, "%s", j->target), rc;
	j->out->length = file->length;
	memcpy(j->out->sha256, file->sha256, TG_SHA256_SIZE);
	return tg_keep_path(j->out->path, j->dir, j->id, j->out->type, j->out->sha256, err);
}

static int fetch_paper(struct job *j, const tg_trusted *set, const tg_tuf_file *file, tg_error *err)
{
	int64_t most = j->config->keep_bytes > 0 ? j->config->keep_bytes : TG_DOCUMENTS_KEEP_MAX;
	int rc;

	if (file->length > most)
		return tg_fail(err, TG_ELIMIT, "%s: %lld bytes, and at most %lld are kept", j->target,
			(long long)file->length, (long long)most);
	if (j->config->step != NULL)
		j->config->step(j->config->step_ctx, j->target);
	rc = not_reached(tg_find_fetch(j->out->path, set, j->config->targets_url, j->target, file,
				 j->config->fetch, err),
		err);
	/* Only now: a paper that does not come must not cost those that are there. */
	if (rc == TG_OK) {
		tg_keep_make_room(j->dir, most);
		j->out->fetched = true;
	}
	return rc;
}

/* It is named: the kept copy if it is that one and whole, else fetched. */
static int bring(struct job *j, const tg_trusted *set, const tg_tuf_file *file, tg_error *err)
{
	int rc = take_facts(j, file, err);

	if (rc != TG_OK)
		return rc;
	rc = tg_keep_check(j->out, NULL);
	if (rc == TG_EHASH)
		(void)unlink(j->out->path);
	if (rc != TG_OK)
		rc = fetch_paper(j, set, file, err);
	if (rc != TG_OK)
		return rc;
	j->out->confirmed_us = j->now_us;
	tg_keep_touch(j->out->path, j->now_us, true);
	tg_keep_drop(j->dir, j->id, j->out->path);
	return TG_OK;
}

static int refresh(
	tg_trusted **set, tg_refresh_config *refresh_config, struct job *j, tg_buf *root, tg_error *err)
{
	int rc = read_trust(root, j, err);

	if (rc != TG_OK)
		return rc;
	tg_install_find_current(j->current_dir, j->config->catalogue_dir);
	*refresh_config = (tg_refresh_config){ .first_root = tg_buf_view(root),
		.cache_dir = j->cache_dir,
		.witness_dir = j->current_dir[0] != '\0' ? j->current_dir : NULL,
		.metadata_url = j->config->metadata_url,
		.fetch = j->config->fetch,
		.now_us = j->now_us,
		.step = j->config->step,
		.step_ctx = j->config->step_ctx };
	return not_reached(tg_refresh_run(set, refresh_config, err), err);
}

/*
 * `*said`: head office's signed word on this document was had, so what follows from it is final, be it that there is none, or that
 * what is named cannot be had.
 */
static int ask(struct job *j, bool *said, tg_error *err)
{
	tg_refresh_config config;
	tg_trusted *set = NULL;
	tg_found found;
	tg_buf root;
	int rc;

	tg_buf_init(&root, TG_TUF_ROOT_MAX);
	rc = refresh(&set, &config, j, &root, err);
	if (rc == TG_OK) {
		rc = tg_find_target(&found, set, &config, j->target, err);
		*said = rc == TG_OK || rc == TG_ENOTFOUND;
	}
	if (rc == TG_OK)
		rc = bring(j, set, &found.file, err);
	else if (rc == TG_ENOTFOUND && *said)
		tg_keep_drop(j->dir, j->id, NULL);
	if (rc == TG_ENOTFOUND)
		rc = tg_fail(err, TG_ENOTFOUND, "head office publishes no document for statement %s", j->id);
	tg_trusted_close(set);
	tg_buf_fini(&root);
	return rc;
}

/* ---- what is kept ---- */

/* The copy that was named last; `why` says why nothing newer is known. */
static int fall_back(struct job *j, const tg_error *why, bool locked, tg_error *err)
{
	int rc;

	*j->out = (tg_documents_paper){ .unconfirmed = *why };
	rc = tg_keep_newest(j->out, j->dir, j->id, err);
	if (rc == TG_OK)
		rc = tg_keep_check(j->out, err);
	if (rc == TG_EHASH && locked)
		(void)unlink(j->out->path);
	if (rc == TG_OK)
		tg_keep_touch(j->out->path, j->now_us, false);
	if (rc == TG_ENOTFOUND)
		return tg_fail(err, why->code,
			"the document of %s is not kept here, and head office's word could not be had: %s",
			j->id, why->msg);
	return rc;
}

int tg_documents_get(
	tg_documents_paper *out, const tg_documents_config *config, const char *soc_id, tg_error *err)
{
	struct job j = { .config = config, .id = soc_id, .out = out };
	tg_error why = { 0 };
	bool said = false;
	int lock = -1, rc;

	*out = (tg_documents_paper){ .length = 0 };
	j.now_us = config->now_us != 0 ? config->now_us : tg_utc_now_us();
	rc = begin(&j, err);
	if (rc != TG_OK)
		return rc;
	rc = take_lock(&lock, &j, &why);
	if (rc == TG_OK && config->fetch == NULL)
		rc = tg_fail(&why, TG_ENETWORK, "it was not asked");
	else if (rc == TG_OK)
		rc = ask(&j, &said, &why);
	if (rc != TG_OK && !said)
		rc = fall_back(&j, &why, lock >= 0, err);
	else if (rc != TG_OK)
		rc = tg_fail(err, rc, "%s", why.msg);
	if (lock >= 0)
		(void)close(lock);
	return rc;
}
