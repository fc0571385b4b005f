/* SPDX-License-Identifier: Apache-2.0
 *
 * update.c - one update from lock to state.json.
 *
 * Strings the parts together: refresh.c gets trusted metadata, install.c makes it a set in force, state.c remembers how it went.
 */
#include "sync/update.h"

#include "store/base/file.h"
#include "sync/install.h"
#include "sync/refresh.h"
#include "sync/state.h"

#include <stdio.h>
#include <unistd.h>

/* One update under way. */
typedef struct job {
	const tg_update_config *config;
	int64_t now_us;
	tg_update_progress_fn *progress;
	void *progress_ctx;
	tg_sync_state state;
	tg_update_report report;
	char cache_dir[4096];
} job;

static void say_step(void *ctx, const char *name)
{
	const job *j = ctx;
	tg_update_progress progress = { .doing = "fetching", .what = name };

	if (j->progress != NULL)
		j->progress(j->progress_ctx, &progress);
}

static int read_trust(tg_buf *out, const job *j, tg_error *err)
{
	int rc = tg_file_read(out, j->config->trust_root, TG_TUF_ROOT_MAX, err);

	if (rc == TG_ENOTFOUND)
		return tg_fail(err, TG_ESTATE, "%s: missing; this station is not enrolled yet",
			j->config->trust_root);
	return rc;
}

static int install(job *j, const char *old_dir, const tg_trusted *set, int64_t first_root, tg_error *err)
{
	tg_chain_facts facts;
	tg_install in = { .catalogue_dir = j->config->catalogue_dir,
		.cache_dir = j->cache_dir,
		.trust_root = j->config->trust_root,
		.targets_url = j->config->targets_url,
		.set = set,
		.facts = &facts,
		.first_root_version = first_root,
		.fetch = j->config->fetch,
		.check_image = j->config->check_image,
		.now_us = j->now_us,
		.accept_image = j->config->accept_image,
		.state = &j->state,
		.progress = j->progress,
		.progress_ctx = j->progress_ctx };
	tg_update_report *report = &j->report;
	int rc = tg_chain_facts_read(&facts, set, err);

	if (rc != TG_OK)
		return rc;
	(void)snprintf(in.old_dir, sizeof(in.old_dir), "%s", old_dir);
	rc = tg_install_build(&in, err);
	report->image = in.image_way;
	if (rc != TG_OK)
		return rc;
	report->catalogue_version = facts.catalogue_version;
	report->previous_version = in.old_version;
	report->issued_us = facts.issued_us;
	report->root_version = facts.root_version;
	report->timestamp_version = facts.timestamp_version;
	report->new_image = in.new_image;
	report->new_policy = in.new_policy;
	if (!tg_install_differs(&in)) {
		tg_install_abandon(&in);
		(void)snprintf(report->set_id, sizeof(report->set_id), "%.63s", strrchr(old_dir, '/') + 1);
		report->outcome = TG_UPDATE_NOTHING;
		return TG_OK;
	}
	report->outcome = in.new_image || in.new_policy ? TG_UPDATE_INSTALLED : TG_UPDATE_REFRESHED;
	return tg_install_commit(report->set_id, &in, err);
}

static int update_locked(job *j, tg_error *err)
{
	tg_refresh_config refresh = { .cache_dir = j->cache_dir,
		.metadata_url = j->config->metadata_url,
		.fetch = j->config->fetch,
		.now_us = j->now_us,
		.step = say_step,
		.step_ctx = j };
	tg_tuf_metadata *first = NULL;
	tg_trusted *set = NULL;
	char old_dir[4096];
	tg_buf root;
	int rc;

	tg_buf_init(&root, TG_TUF_ROOT_MAX);
	rc = read_trust(&root, j, err);
	if (rc == TG_OK)
		rc = tg_tuf_metadata_parse(&first, TG_TUF_ROOT, tg_buf_view(&root), err);
	if (rc == TG_OK) {
		tg_install_find_current(old_dir, j->config->catalogue_dir);
		refresh.first_root = tg_buf_view(&root);
		refresh.witness_dir = old_dir[0] != '\0' ? old_dir : NULL;
		rc = tg_refresh_run(&set, &refresh, err);
	}
	if (rc == TG_OK)
		rc = install(j, old_dir, set, tg_tuf_metadata_version(first), err);
	tg_trusted_close(set);
	tg_tuf_metadata_free(first);
	tg_buf_fini(&root);
	return rc;
}

/* What the next run and the status page will read. */
static bool remember(job *j, int rc, const tg_error *why)
{
	tg_sync_attempt attempt = { .at_us = j->now_us,
		.rc = rc,
		.why = why,
		.retry_after_s = tg_fetch_totals_of(j->config->fetch).retry_after_s,
		.schedule = j->config->schedule };

	tg_sync_state_note(&j->state, &attempt);
	if (j->report.image.way != TG_WAY_NONE) {
		j->state.way = j->report.image;
		j->state.way_us = j->now_us;
	}
	j->report.next_us = j->state.next_us;
	if (rc == TG_OK)
		j->state.catalogue_version = j->report.catalogue_version;
	return tg_sync_state_write(j->config->catalogue_dir, &j->state, NULL) == TG_OK;
}

static int make_folders(job *j, tg_error *err)
{
	char sets[4096];
	int rc = tg_path(j->cache_dir, err, "%s/tuf", j->config->catalogue_dir);

	if (rc == TG_OK)
		rc = tg_path(sets, err, "%s/sets", j->config->catalogue_dir);
	if (rc == TG_OK)
		rc = tg_dir_make(j->cache_dir, 0755, err);
	if (rc == TG_OK)
		rc = tg_dir_make(sets, 0755, err);
	return rc;
}

static int take_lock(int *fd, const job *j, tg_error *err)
{
	char path[4096];
	int rc = tg_path(path, err, "%s/lock", j->config->catalogue_dir);

	return rc == TG_OK ? tg_lock_take(fd, path, "tillgate sync", err) : rc;
}

int tg_update_run(tg_update_report *report, const tg_update_config *config, tg_update_progress_fn *progress,
	void *progress_ctx, tg_error *err)
{
	job j = { .config = config, .progress = progress, .progress_ctx = progress_ctx };
	tg_fetch_totals before = tg_fetch_totals_of(config->fetch), after;
	tg_error own = { 0 };
	int lock = -1, rc;

	if (report != NULL)
		*report = j.report;
	j.now_us = config->now_us != 0 ? config->now_us : tg_utc_now_us();
	rc = make_folders(&j, err);
	if (rc == TG_OK)
		rc = take_lock(&lock, &j, err);
	if (rc != TG_OK)
		return rc;
	if (tg_sync_state_read(&j.state, config->catalogue_dir, NULL) != TG_OK)
		j.state = (tg_sync_state){ 0 }; /* never run, or unreadable: the same */
	rc = update_locked(&j, &own);
	j.report.state_kept = remember(&j, rc, &own);
	close(lock);
	after = tg_fetch_totals_of(config->fetch);
	j.report.requests = after.requests - before.requests;
	j.report.bytes_fetched = after.bytes - before.bytes;
	if (report != NULL)
		*report = j.report;
	if (rc != TG_OK && err != NULL)
		*err = own;
	return rc;
}
