/* SPDX-License-Identifier: Apache-2.0
 *
 * publish.c - the publishing steps, in an order that survives a crash.
 */
#include "sync/hq/publish.h"

#include "store/base/file.h"
#include "store/catalogue/blocks.h"
#include "store/catalogue/build.h"
#include "sync/hq/archive.h"
#include "sync/hq/compile.h"
#include "sync/hq/documents.h"
#include "sync/hq/offer.h"
#include "sync/hq/place.h"
#include "sync/hq/prune.h"
#include "sync/hq/renew.h"
#include "sync/tuf/chain.h"
#include "sync/tuf/repository.h"

#include <stdio.h>
#include <unistd.h>

/* The new state while it is made: what is published now, what will be, and the keys that sign it. */
struct work {
	const tg_publish_ctx *ctx;
	const tg_site *site;
	tg_published old;
	tg_signing signing;
	tg_root root, older; /* in force; and by which the files verify, if that is not the same */
	tg_documents documents;
	tg_offer offer;
	tg_buf policy;
	char image_path[4096]; /* in work/ */
	uint8_t image_sha256[TG_SHA256_SIZE], policy_sha256[TG_SHA256_SIZE];
	int64_t image_length;
	int64_t catalogue_version;
	tg_buf targets, snapshot, timestamp;
};

static int check_clock(const tg_publish_ctx *ctx, const tg_published *old, tg_error *err)
{
	int64_t last_us = old->issued_us > old->floor.issued_us ? old->issued_us : old->floor.issued_us;
	char issued[TG_UTC_TEXT_SIZE], now[TG_UTC_TEXT_SIZE];

	if (ctx->accept_clock_step || ctx->now_us >= last_us)
		return TG_OK;
	return tg_fail(err, TG_ECLOCK,
		"by this clock it is %s, but the last publication says %s; set the clock, or, if that time "
		"was wrong, give "
		"--accept-clock-step",
		tg_utc_format(now, ctx->now_us), tg_utc_format(issued, last_us));
}

static int begin(struct work *w, tg_publish_result *result, const tg_publish_ctx *ctx, tg_error *err)
{
	int rc;

	*w = (struct work){ .ctx = ctx, .site = ctx->site };
	*result = (tg_publish_result){ 0 };
	tg_buf_init(&w->policy, TG_POLICY_MAX_BYTES);
	tg_buf_init(&w->targets, TG_TUF_TARGETS_MAX);
	tg_buf_init(&w->snapshot, TG_TUF_SNAPSHOT_MAX);
	tg_buf_init(&w->timestamp, TG_TUF_TIMESTAMP_MAX);
	rc = tg_published_read(&w->old, ctx->site, err);
	if (rc == TG_OK)
		rc = tg_root_parse(&w->root, tg_buf_view(&w->old.root), err);
	if (rc == TG_OK && w->old.old_root.len > 0)
		rc = tg_root_parse(&w->older, tg_buf_view(&w->old.old_root), err);
	if (rc == TG_OK && w->old.exists)
		rc = check_clock(ctx, &w->old, err);
	return rc == TG_OK ? tg_guard_check(&result->guard, ctx->site, &w->old, ctx->offline, err) : rc;
}

static void end(struct work *w)
{
	tg_signing_close(&w->signing);
	tg_documents_fini(&w->documents);
	tg_offer_fini(&w->offer, w->site);
	tg_root_fini(&w->root);
	tg_root_fini(&w->older);
	tg_buf_fini(&w->policy);
	tg_buf_fini(&w->targets);
	tg_buf_fini(&w->snapshot);
	tg_buf_fini(&w->timestamp);
	tg_published_fini(&w->old);
	if (w->image_path[0] != '\0')
		(void)unlink(w->image_path); /* gone already if it was published */
}

/* ---- what to publish ---- */

/*
 * The image holds its version, so "did anything change?" is asked with the published version; only if something did, the next one
 * is written in.
 */
static int make_image(struct work *w, const tg_index *index, bool *changed, tg_error *err)
{
	int64_t next = tg_published_next_catalogue(&w->old);
	int rc = tg_dir_make(w->site->work, 0755, err);

	w->catalogue_version = w->old.exists ? w->old.catalogue_version : next;
	if (rc == TG_OK)
		rc = tg_path(w->image_path, err, "%s/catalogue.tgc", w->site->work);
	if (rc == TG_OK)
		rc = tg_compile(w->image_path, index, (uint64_t)w->catalogue_version,
			tg_day_in_uk(w->ctx->now_us), err);
	if (rc == TG_OK)
		rc = tg_place_hash(w->image_sha256, &w->image_length, w->image_path, err);
	if (rc != TG_OK)
		return rc;
	*changed = !w->old.exists || tg_published_below_floor(&w->old) ||
		   memcmp(w->image_sha256, w->old.image_sha256, TG_SHA256_SIZE) != 0;
	if (!*changed || !w->old.exists)
		return TG_OK;
	w->catalogue_version = next;
	rc = tg_build_restamp(w->image_path, (uint64_t)next, err);
	return rc == TG_OK ? tg_place_hash(w->image_sha256, &w->image_length, w->image_path, err) : rc;
}

/*
 * Stations keep the newest policy by its version: a change that hides behind an old number must not go out.
 */
static int check_policy_version(struct work *w, const tg_policy *policy, tg_error *err)
{
	const tg_numbers *floor = &w->old.floor;
	tg_numbers old = { 0 };
	int rc = tg_numbers_of(&old, w->site, &w->old, err);

	if (rc != TG_OK)
		return rc;
	tg_numbers_raise(&old, floor);
	if ((int64_t)policy->version > old.policy_version ||
		((int64_t)policy->version == old.policy_version &&
			memcmp(w->policy_sha256, old.policy_sha256, TG_SHA256_SIZE) == 0))
		return TG_OK;
	return tg_fail(err, TG_ESTATE,
		"policy.json is not the one that was published with version %lld, and its own is %llu; raise "
		"it above %lld",
		(long long)old.policy_version, (unsigned long long)policy->version,
		(long long)old.policy_version);
}

static int read_policy(struct work *w, bool *changed, tg_error *err)
{
	tg_policy policy;
	char path[4096];
	int rc = tg_path(path, err, "%s/%s", w->site->records, TG_POLICY_FILE);

	if (rc == TG_OK)
		rc = tg_file_read(&w->policy, path, TG_POLICY_MAX_BYTES, err);
	if (rc == TG_OK)
		rc = tg_policy_parse(&policy, tg_buf_view(&w->policy), err);
	if (rc != TG_OK)
		return rc;
	tg_sha256(w->policy_sha256, w->policy.data, w->policy.len);
	*changed = !w->old.exists || memcmp(w->policy_sha256, w->old.policy_sha256, TG_SHA256_SIZE) != 0;
	return w->old.exists ? check_policy_version(w, &policy, err) : TG_OK;
}

static int plan_documents(struct work *w, const tg_records *records, tg_error *err)
{
	bool lost = tg_published_below_floor(&w->old);
	tg_documents_ask ask = { .site = w->site,
		.records = records,
		.snapshot = tg_buf_view(&w->old.snapshot),
		.role = &w->root.roles[TG_TUF_TARGETS],
		.now_us = w->ctx->now_us,
		.life_us = w->site->days[TG_TUF_TARGETS] * TG_US_PER_DAY,
		.floor = lost ? w->old.floor.delegated : 0,
		.floor_bins = lost ? (unsigned)w->old.floor.bins : 0 };

	return tg_documents_plan(&w->documents, &ask, err);
}

static int make_offer(struct work *w, bool image_changed, tg_error *err)
{
	tg_offer_ask ask = { .site = w->site,
		.old = &w->old,
		.image_path = w->image_path,
		.image_sha256 = w->image_sha256,
		.now_us = w->ctx->now_us,
		.progress = w->ctx->progress,
		.progress_ctx = w->ctx->progress_ctx };

	return image_changed ? tg_offer_make(&w->offer, &ask, err) : tg_offer_keep(&w->offer, &w->old, err);
}

/* ---- signing and putting in place ---- */

static int hash_blocks(uint8_t sha256[TG_SHA256_SIZE], const char *image, tg_error *err)
{
	tg_buf blocks;
	int rc;

	tg_buf_init(&blocks, TG_BLOCK_LIST_MAX_BYTES);
	rc = tg_blocks_hash_file(&blocks, image, err);
	if (rc == TG_OK)
		tg_sha256(sha256, blocks.data, blocks.len);
	tg_buf_fini(&blocks);
	return rc;
}

static int sign_targets(
	struct work *w, int64_t version, const uint8_t blocks_sha256[TG_SHA256_SIZE], tg_error *err)
{
	tg_json *custom = tg_repository_image_custom(w->catalogue_version, blocks_sha256);
	tg_repository_target list[2 + TG_OFFER_PATCHES + 1] = {
		{ .path = TG_CHAIN_IMAGE, .length = w->image_length, .custom = custom },
		{ .path = TG_CHAIN_POLICY, .length = (int64_t)w->policy.len },
	};
	char published[TG_UTC_TEXT_SIZE];
	tg_repository_targets targets = { .version = version,
		.expires_us = tg_signing_expires_us(w->ctx, TG_TUF_TARGETS),
		.targets = list,
		.count = 2 + tg_offer_targets(list + 2, &w->offer),
		.delegations = &w->documents.delegation,
		.delegation_count = w->documents.delegation.name != NULL ? 1 : 0 };
	int rc;

	if (custom == NULL)
		return tg_fail(err, TG_ENOMEM, "targets.json");
	if (w->offer.published_us > 0)
		tg_json_set_str(custom, "published", tg_utc_format(published, w->offer.published_us));
	memcpy(list[0].sha256, w->image_sha256, TG_SHA256_SIZE);
	memcpy(list[1].sha256, w->policy_sha256, TG_SHA256_SIZE);
	rc = tg_repository_write_targets(
		&w->targets, &targets, tg_signing_by(&w->signing, TG_TUF_TARGETS), err);
	tg_json_free(custom);
	return rc;
}

static int sign_snapshot(
	struct work *w, int64_t version, int64_t targets_version, const tg_buf *targets, tg_error *err)
{
	tg_repository_snapshot snapshot = { .version = version,
		.expires_us = tg_signing_expires_us(w->ctx, TG_TUF_SNAPSHOT),
		.targets_version = targets_version,
		.targets = tg_buf_view(targets),
		.others = w->documents.listed,
		.other_count = w->documents.listed_count };

	return tg_repository_write_snapshot(
		&w->snapshot, &snapshot, tg_signing_by(&w->signing, TG_TUF_SNAPSHOT), err);
}

static int sign_timestamp(
	struct work *w, int64_t version, int64_t snapshot_version, const tg_buf *snapshot, tg_error *err)
{
	tg_repository_timestamp timestamp = { version, tg_signing_expires_us(w->ctx, TG_TUF_TIMESTAMP),
		w->ctx->now_us, snapshot_version, tg_buf_view(snapshot) };

	return tg_repository_write_timestamp(
		&w->timestamp, &timestamp, tg_signing_by(&w->signing, TG_TUF_TIMESTAMP), err);
}

/*
 * Everything is signed before anything is put in place: a wrong passphrase or a full memory leaves no trace.
 */
static int sign_and_place(struct work *w, tg_publish_result *result, tg_error *err)
{
	static const tg_tuf_role roles[] = { TG_TUF_TARGETS, TG_TUF_SNAPSHOT, TG_TUF_TIMESTAMP };
	uint8_t blocks_sha256[TG_SHA256_SIZE];
	int64_t *version = result->version;
	int rc = tg_signing_open(&w->signing, w->ctx, roles, TG_COUNT(roles), err);

	for (int role = 0; role < TG_TUF_ROLES; role++)
		version[role] = role == TG_TUF_ROOT ? w->old.version[role]
						    : tg_published_next(&w->old, (tg_tuf_role)role);
	if (rc == TG_OK)
		rc = make_offer(w, result->image_changed, err);
	if (rc == TG_OK)
		rc = hash_blocks(blocks_sha256, w->image_path, err);
	if (rc == TG_OK)
		rc = tg_documents_sign(&w->documents, tg_signing_by(&w->signing, TG_TUF_TARGETS), err);
	if (rc == TG_OK)
		rc = sign_targets(w, version[TG_TUF_TARGETS], blocks_sha256, err);
	if (rc == TG_OK)
		rc = sign_snapshot(w, version[TG_TUF_SNAPSHOT], version[TG_TUF_TARGETS], &w->targets, err);
	if (rc == TG_OK)
		rc = sign_timestamp(
			w, version[TG_TUF_TIMESTAMP], version[TG_TUF_SNAPSHOT], &w->snapshot, err);
	if (rc == TG_OK)
		rc = tg_place_target_file(w->site, TG_CHAIN_IMAGE, w->image_sha256, w->image_path, err);
	if (rc == TG_OK)
		rc = tg_place_target(
			w->site, TG_CHAIN_POLICY, w->policy_sha256, tg_buf_view(&w->policy), err);
	if (rc == TG_OK)
		rc = tg_offer_place(&w->offer, w->site, err);
	if (rc == TG_OK)
		rc = tg_documents_place(&w->documents, err);
	if (rc == TG_OK)
		rc = tg_place_metadata(
			w->site, TG_TUF_TARGETS, version[TG_TUF_TARGETS], tg_buf_view(&w->targets), err);
	if (rc == TG_OK)
		rc = tg_place_metadata(
			w->site, TG_TUF_SNAPSHOT, version[TG_TUF_SNAPSHOT], tg_buf_view(&w->snapshot), err);
	return rc == TG_OK ? tg_place_metadata(w->site, TG_TUF_TIMESTAMP, version[TG_TUF_TIMESTAMP],
				     tg_buf_view(&w->timestamp), err)
			   : rc;
}

static void prune(const tg_site *site, const int64_t version[TG_TUF_ROLES])
{
	tg_prune(site, version);
	tg_documents_prune(site);
}

static void count_offer(tg_publish_result *result, const tg_offer *offer)
{
	for (size_t i = 0; i < offer->count; i++) {
		if (strncmp(offer->items[i].path, "patch/", 6) != 0) {
			result->compressed_length = offer->items[i].length;
			continue;
		}
		result->patches++;
		if (offer->items[i].length > result->longest_patch)
			result->longest_patch = offer->items[i].length;
	}
}

/*
 * Nothing that is published waits for the archive: a recall must go out although a file there is damaged. It is told of, and the next
 * run tries again.
 */
static void keep(tg_publish_result *result, const tg_site *site)
{
	tg_error why = { 0 };

	if (tg_archive_keep_published(NULL, site, &why) != TG_OK)
		(void)snprintf(result->archive_fault, sizeof(result->archive_fault), "%s", why.msg);
}

/* ---- the steps ---- */

/* What will be, as far as it is known before anything is signed. */
static void foretell(struct work *w, tg_publish_result *result)
{
	bool spent = tg_signing_half_spent(w->ctx, TG_TUF_TARGETS, w->old.expires_us[TG_TUF_TARGETS]);
	bool changed = result->image_changed || result->policy_changed;

	result->documents = w->documents.count;
	result->document_roles = w->documents.signed_count;
	result->targets_renewed = !changed && (spent || w->old.old_root.len > 0);
	result->nothing = !changed && !result->targets_renewed && !tg_documents_changed(&w->documents);
	result->catalogue_version = w->catalogue_version;
	result->image_length = w->image_length;
	for (int role = 0; role < TG_TUF_ROLES; role++)
		result->version[role] = result->nothing || role == TG_TUF_ROOT
						? w->old.version[role]
						: tg_published_next(&w->old, (tg_tuf_role)role);
}

int tg_publish(tg_publish_result *result, const tg_publish_ctx *ctx, const tg_index *index, tg_error *err)
{
	struct work w;
	int rc = begin(&w, result, ctx, err);

	if (rc == TG_OK)
		rc = read_policy(&w, &result->policy_changed, err);
	if (rc == TG_OK)
		rc = make_image(&w, index, &result->image_changed, err);
	if (rc == TG_OK)
		rc = plan_documents(&w, index->records, err);
	if (rc == TG_OK)
		foretell(&w, result);
	if (rc == TG_OK && !ctx->dry_run && w.old.exists)
		keep(result, ctx->site); /* what a crash left out, while it is still in the repository */
	if (rc == TG_OK && !result->nothing && !ctx->dry_run) {
		rc = sign_and_place(&w, result, err);
		count_offer(result, &w.offer);
		if (rc == TG_OK)
			keep(result, ctx->site);
		if (rc == TG_OK)
			prune(ctx->site, result->version);
		if (rc == TG_OK)
			rc = tg_guard_note(ctx->site, err);
	}
	end(&w);
	return rc;
}

static void tell_renewal(tg_publish_result *result, const struct work *w, const tg_renewal *renewal)
{
	result->targets_renewed = renewal->due[TG_TUF_TARGETS];
	result->snapshot_renewed = renewal->due[TG_TUF_SNAPSHOT];
	result->document_roles = renewal->targets_wait ? 0 : renewal->documents.signed_count;
	result->documents_end_us = renewal->documents.published_end_us;
	if (result->document_roles > 0)
		result->documents_end_us = tg_signing_expires_us(w->ctx, TG_TUF_TARGETS);
	memcpy(result->version, renewal->version, sizeof(result->version));
	memcpy(result->expires_us, w->old.expires_us, sizeof(result->expires_us));
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++)
		if (renewal->due[role])
			result->expires_us[role] = tg_signing_expires_us(w->ctx, (tg_tuf_role)role);
	result->catalogue_version = w->old.catalogue_version;
	result->image_length = w->old.image_length;
}

int tg_refresh(tg_publish_result *result, const tg_publish_ctx *ctx, tg_error *err)
{
	tg_renewal renewal = { 0 };
	struct work w;
	int rc = begin(&w, result, ctx, err);

	if (rc == TG_OK && !w.old.exists)
		rc = tg_fail(err, TG_ESTATE, "nothing was published yet; publish first");
	if (rc == TG_OK && tg_published_below_floor(&w.old))
		rc = tg_fail(err, TG_ESTATE,
			"what this folder holds is older than what was published (recover was run); publish "
			"first");
	if (rc == TG_OK)
		rc = tg_renewal_plan(
			&renewal, ctx, &w.old, &w.root, w.older.meta != NULL ? &w.older : NULL, true, err);
	if (rc == TG_OK)
		tell_renewal(result, &w, &renewal);
	if (rc == TG_OK && !ctx->dry_run) {
		keep(result, ctx->site); /* before the time of what is published is another */
		rc = tg_renewal_sign(&renewal, err);
		if (rc == TG_OK)
			rc = tg_renewal_place(&renewal, err);
		if (rc == TG_OK)
			rc = tg_guard_note(ctx->site, err);
	}
	tg_renewal_fini(&renewal);
	end(&w);
	return rc;
}
