/* SPDX-License-Identifier: Apache-2.0
 *
 * root_finish.c - the end of a root ceremony, in an order that survives a crash.
 */
#include "sync/hq/root_finish.h"

#include "store/base/file.h"
#include "sync/hq/guard.h"
#include "sync/hq/place.h"
#include "sync/hq/renew.h"

static int place_root(const tg_publish_ctx *ctx, const tg_stage *stage, tg_error *err)
{
	tg_buf bytes;
	int rc;

	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	rc = tg_stage_root_json(&bytes, stage, err);
	if (rc == TG_OK)
		rc = tg_place_metadata(ctx->site, TG_TUF_ROOT, stage->root.version, tg_buf_view(&bytes), err);
	tg_buf_fini(&bytes);
	return rc;
}

/*
 * Nothing vouches for a first root but itself, and what comes back went through other hands: who swaps all copies could put keys of
 * their own in. So it must be the one that init made here.
 */
static int check_ours(const tg_site *site, const tg_stage *stage, tg_error *err)
{
	tg_stage own = { 0 };
	char path[4096];
	tg_buf text;
	int rc = tg_path(path, err, "%s/" TG_STAGE_FIRST, site->dir);

	tg_buf_init(&text, TG_STAGE_MAX);
	if (rc == TG_OK)
		rc = tg_file_read(&text, path, TG_STAGE_MAX, err);
	if (rc == TG_ENOTFOUND)
		rc = tg_fail(err, TG_ESTATE, "%s is gone: only the first root that init staged here is taken", path);
	if (rc == TG_OK)
		rc = tg_stage_parse(&own, tg_buf_view(&text), err);
	if (rc == TG_OK && tg_stage_merge(&own, stage, err) != TG_OK)
		rc = tg_fail(err, TG_EUNTRUSTED,
			"this is not the first root that init staged in %s: fingerprints %s and %s; ask who sent it", path,
			stage->fingerprint, own.fingerprint);
	tg_stage_fini(&own);
	tg_buf_fini(&text);
	return rc;
}

static int finish_first(
	tg_root_result *result, const tg_publish_ctx *ctx, const tg_stage *stage, tg_error *err)
{
	int rc = check_ours(ctx->site, stage, err);

	if (rc == TG_OK)
		rc = tg_stage_verify(stage, NULL, err);
	result->first = true;
	result->seamless = true;
	if (rc == TG_OK && !ctx->dry_run)
		rc = place_root(ctx, stage, err);
	result->placed = rc == TG_OK && !ctx->dry_run;
	return rc;
}

/* Is the newest root in the folder the one of the stage? */
static bool in_place(const tg_stage *stage, const tg_root *newest, const tg_published *published)
{
	tg_stage own = { 0 };
	bool same = newest->version == stage->root.version;

	own.tree = tg_json_new_object();
	tg_json_set(own.tree, "signed", tg_json_copy(tg_json_get(newest->tree, "signed")));
	tg_json_set(own.tree, "signatures", tg_json_new_array());
	same = same && published->root.len > 0 && tg_stage_merge(&own, stage, NULL) == TG_OK;
	tg_json_free(own.tree);
	return same;
}

static int place_all(tg_root_result *result, const tg_renewal *renewal, const tg_stage *stage, tg_error *err)
{
	bool before = tg_renewal_fits_older(renewal);
	int rc = TG_OK;

	if (before)
		rc = tg_renewal_place(renewal, err);
	if (rc == TG_OK && result->placed)
		rc = place_root(renewal->ctx, stage, err);
	if (rc == TG_OK && !before)
		rc = tg_renewal_place(renewal, err);
	return rc;
}

/* `older` is what the files verify by now. */
static int renew_and_place(tg_root_result *result, const tg_publish_ctx *ctx, const tg_published *published,
	const tg_root *older, const tg_stage *stage, tg_error *err)
{
	tg_renewal renewal;
	int rc = tg_renewal_plan(&renewal, ctx, published, &stage->root, older, false, err);

	if (rc == TG_OK) {
		memcpy(result->due, renewal.due, sizeof(result->due));
		memcpy(result->version, renewal.version, sizeof(result->version));
		result->version[TG_TUF_ROOT] = stage->root.version;
		result->seamless = true;
	}
	if (rc == TG_OK && !ctx->dry_run && tg_renewal_due(&renewal)) {
		rc = tg_renewal_sign(&renewal, err);
		if (rc == TG_OK) {
			result->seamless = tg_renewal_fits_older(&renewal);
			rc = place_all(result, &renewal, stage, err);
		}
	} else if (rc == TG_OK && !ctx->dry_run && result->placed) {
		rc = place_root(ctx, stage, err);
	}
	tg_renewal_fini(&renewal);
	return rc;
}

static int finish_next(tg_root_result *result, const tg_publish_ctx *ctx, const tg_published *published,
	const tg_stage *stage, tg_error *err)
{
	tg_root newest = { 0 }, older = { 0 };
	tg_guard_report report;
	int rc = tg_root_parse(&newest, tg_buf_view(&published->root), err);

	if (rc == TG_OK && published->old_root.len > 0)
		rc = tg_root_parse(&older, tg_buf_view(&published->old_root), err);
	/* The mark only: what a thief of keys serves under our URL must not keep us from taking the keys away. */
	if (rc == TG_OK)
		rc = tg_guard_check(&report, ctx->site, published, true, err);
	result->placed = rc == TG_OK && !in_place(stage, &newest, published);
	if (rc == TG_OK && result->placed && older.meta != NULL)
		rc = tg_fail(err, TG_ESTATE,
			"root.json %lld was placed but not all is signed for it yet: run refresh first",
			(long long)newest.version);
	if (rc == TG_OK && result->placed)
		rc = tg_stage_verify(stage, &newest, err);
	if (rc == TG_OK && published->exists)
		rc = renew_and_place(result, ctx, published,
			result->placed       ? &newest
			: older.meta != NULL ? &older
					     : NULL,
			stage, err);
	else if (rc == TG_OK && result->placed && !ctx->dry_run)
		rc = place_root(ctx, stage, err);
	if (rc == TG_OK && !ctx->dry_run && published->exists)
		rc = tg_guard_note(ctx->site, err);
	tg_root_fini(&newest);
	tg_root_fini(&older);
	return rc;
}

int tg_root_finish(tg_root_result *result, const tg_publish_ctx *ctx, const tg_stage *stage, tg_error *err)
{
	tg_published published;
	int rc;

	*result = (tg_root_result){ .root_version = stage->root.version };
	rc = tg_published_read(&published, ctx->site, err);
	if (rc == TG_ENOTFOUND && stage->root.version == 1)
		rc = finish_first(result, ctx, stage, err);
	else if (rc == TG_OK)
		rc = finish_next(result, ctx, &published, stage, err);
	tg_published_fini(&published);
	return rc;
}
