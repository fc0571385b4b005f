/* SPDX-License-Identifier: Apache-2.0
 *
 * sweep.c - when to hash the image again, and how. See sweep.h.
 */
#include "plugin/station/sweep.h"

#include "store/catalogue/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/ioprio.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DIRECT_ALIGN 4096 /* bytes: what O_DIRECT wants of memory on every disk in use */
#define NICEST 19

/* ---- when ---- */

static int64_t seconds(int64_t s)
{
	return s * TG_US_PER_SECOND;
}

void tg_sweep_plan_init(tg_sweep_plan *plan, int64_t running_us, int64_t boot_us)
{
	plan->asleep_us = boot_us - running_us;
	plan->began_us = boot_us - seconds(TG_SWEEP_APART_S); /* none yet: a suspend may bring the first at once */
	plan->due_us = running_us + seconds(TG_SWEEP_FIRST_S);
}

bool tg_sweep_plan_due(tg_sweep_plan *plan, int64_t running_us, int64_t boot_us)
{
	int64_t asleep_us = boot_us - running_us, wait_us = plan->began_us + seconds(TG_SWEEP_APART_S) - boot_us;

	if (wait_us < 0)
		wait_us = 0;
	if (asleep_us - plan->asleep_us >= seconds(TG_SWEEP_SUSPEND_S) && plan->due_us > running_us + wait_us)
		plan->due_us = running_us + wait_us;
	plan->asleep_us = asleep_us;
	if (running_us < plan->due_us)
		return false;
	plan->began_us = boot_us;
	plan->due_us = running_us + seconds(TG_SWEEP_EVERY_S);
	return true;
}

/* ---- one pass ---- */

struct reader {
	const char *path;
	int fd;
	bool direct;
	uint8_t *block; /* aligned for O_DIRECT */
};

static int open_reader(struct reader *r, const char *path, bool direct, tg_error *err)
{
	r->path = path;
	r->direct = direct;
	r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | (direct ? O_DIRECT : 0));
	if (r->fd < 0 && direct && errno == EINVAL) /* a file system without it */
		return open_reader(r, path, false, err);
	if (r->fd < 0)
		return tg_fail_errno(err, errno == ENOENT ? TG_ENOTFOUND : TG_EIO, "%s", path);
	return TG_OK;
}

/* The block at `at`, as the disk has it. Gives its length, less than asked for at the end of the file; -1 an error. */
static ssize_t read_block(struct reader *r, uint64_t at)
{
	size_t have = 0;

	if (!r->direct)
		(void)posix_fadvise(r->fd, (off_t)at, TG_BLOCK_SIZE, POSIX_FADV_DONTNEED);
	while (have < TG_BLOCK_SIZE) {
		ssize_t n = pread(r->fd, r->block + have, TG_BLOCK_SIZE - have, (off_t)(at + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		have += (size_t)n;
		if (n == 0 || (r->direct && n % DIRECT_ALIGN != 0)) /* an odd end can only be the file's */
			break;
	}
	return (ssize_t)have;
}

static int check_on_disk(struct reader *r, uint64_t block, uint64_t image_length, tg_view hashes, tg_error *err)
{
	uint64_t at = block * TG_BLOCK_SIZE, left = image_length - at;
	ssize_t n = read_block(r, at), want = left < TG_BLOCK_SIZE ? (ssize_t)left : TG_BLOCK_SIZE;
	uint8_t hash[TG_SHA256_SIZE];

	if (n < 0 && errno == EINVAL && r->direct) {
		close(r->fd);
		return open_reader(r, r->path, false, err) == TG_OK ? check_on_disk(r, block, image_length, hashes, err) : err->code;
	}
	if (n < 0)
		return tg_fail_errno(err, TG_EIO, "image block %" PRIu64 " on the disk", block);
	if (n != want)
		return tg_fail(err, TG_ELENGTH, "image block %" PRIu64 " on the disk: %zd bytes of %zd", block, n, want);
	tg_sha256(hash, r->block, (size_t)n);
	if (memcmp(hash, hashes.data + block * TG_SHA256_SIZE, TG_SHA256_SIZE) != 0)
		return tg_fail(err, TG_EHASH, "image block %" PRIu64 " on the disk: bytes differ from the signed hash", block);
	return TG_OK;
}

static int sweep_blocks(tg_sweep_found *out, struct reader *r, const tg_inforce *set, bool (*pause)(void *ctx), void *ctx, tg_error *err)
{
	uint64_t length = (uint64_t)tg_chain_facts_of(set->chain)->image_length;
	tg_view hashes;
	int rc = tg_chain_blocks(&hashes, set->chain, err);

	for (uint64_t block = 0; rc == TG_OK && block < tg_blocks_count(length); block++) {
		bool used = tg_catalogue_block_used(set->cat, block);

		rc = check_on_disk(r, block, length, hashes, err);
		if (rc == TG_OK && used)
			rc = tg_catalogue_check_block(set->cat, block, err);
		out->blocks++;
		out->in_memory += used;
		if (rc == TG_OK && !pause(ctx))
			rc = tg_fail(err, TG_EBUSY, "stopped at block %" PRIu64, block);
	}
	return rc;
}

void tg_sweep_pass(tg_sweep_found *out, const tg_inforce *set, bool (*pause)(void *ctx), void *ctx)
{
	struct reader r = { .fd = -1 };
	tg_error err = { 0 };
	void *memory = NULL;

	*out = (tg_sweep_found){ 0 };
	if (posix_memalign(&memory, DIRECT_ALIGN, TG_BLOCK_SIZE) != 0) {
		out->code = tg_fail(&err, TG_EBUSY, "no memory for one block"); /* no news of the image */
	} else {
		r.block = memory;
		out->code = open_reader(&r, set->image_path, true, &err);
		if (out->code == TG_OK)
			out->code = sweep_blocks(out, &r, set, pause, ctx, &err);
		out->from_disk = r.direct;
	}
	if (out->code != TG_OK)
		snprintf(out->words, sizeof(out->words), "%s", err.msg);
	if (r.fd >= 0)
		close(r.fd);
	free(memory);
}

/* ---- the thread ---- */

struct tg_sweep {
	tg_sweep_owner owner;
	tg_sweep_plan plan; /* the ticking thread's */
	pthread_t thread;
	pthread_mutex_t mutex; /* guards all below */
	pthread_cond_t cond;
	bool asked, stop;
};

static int64_t running_now_us(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * TG_US_PER_SECOND + ts.tv_nsec / 1000;
}

/* Only politeness: where it is refused, the pauses alone must do. */
static void step_back(void)
{
	(void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICEST); /* on Linux a thread has its own */
	(void)syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0));
}

static bool pause_a_little(void *ctx)
{
	tg_sweep *sweep = ctx;
	struct timespec until;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += TG_SWEEP_PAUSE_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&sweep->mutex);
	while (!sweep->stop && pthread_cond_timedwait(&sweep->cond, &sweep->mutex, &until) == 0)
		;
	stop = sweep->stop;
	pthread_mutex_unlock(&sweep->mutex);
	return !stop;
}

static bool wait_until_asked(tg_sweep *sweep)
{
	bool stop;

	pthread_mutex_lock(&sweep->mutex);
	while (!sweep->asked && !sweep->stop)
		pthread_cond_wait(&sweep->cond, &sweep->mutex);
	sweep->asked = false;
	stop = sweep->stop;
	pthread_mutex_unlock(&sweep->mutex);
	return !stop;
}

static void *run(void *ctx)
{
	tg_sweep *sweep = ctx;

	step_back();
	while (wait_until_asked(sweep)) {
		tg_inforce *set = sweep->owner.take(sweep->owner.ctx);
		tg_sweep_found found;

		if (set->cat != NULL) {
			tg_sweep_pass(&found, set, pause_a_little, sweep);
			sweep->owner.report(sweep->owner.ctx, set, &found);
		}
		tg_inforce_release(set);
	}
	return NULL;
}

int tg_sweep_start(tg_sweep **out, const tg_sweep_owner *owner, tg_error *err)
{
	tg_sweep *sweep = calloc(1, sizeof(*sweep));
	pthread_condattr_t monotonic;
	int failed;

	if (sweep == NULL)
		return tg_fail(err, TG_ENOMEM, "sweep: %zu bytes", sizeof(*sweep));
	sweep->owner = *owner;
	tg_sweep_plan_init(&sweep->plan, running_now_us(), tg_mono_now_us());
	pthread_mutex_init(&sweep->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&sweep->cond, &monotonic);
	pthread_condattr_destroy(&monotonic);
	failed = pthread_create(&sweep->thread, NULL, run, sweep);
	if (failed != 0) {
		pthread_cond_destroy(&sweep->cond);
		pthread_mutex_destroy(&sweep->mutex);
		free(sweep);
		errno = failed;
		return tg_fail_errno(err, TG_EIO, "sweep: thread");
	}
	*out = sweep;
	return TG_OK;
}

void tg_sweep_stop(tg_sweep *sweep)
{
	if (sweep == NULL)
		return;
	pthread_mutex_lock(&sweep->mutex);
	sweep->stop = true;
	pthread_cond_broadcast(&sweep->cond);
	pthread_mutex_unlock(&sweep->mutex);
	pthread_join(sweep->thread, NULL);
	pthread_cond_destroy(&sweep->cond);
	pthread_mutex_destroy(&sweep->mutex);
	free(sweep);
}

void tg_sweep_tick(tg_sweep *sweep)
{
	if (sweep == NULL || !tg_sweep_plan_due(&sweep->plan, running_now_us(), tg_mono_now_us()))
		return;
	pthread_mutex_lock(&sweep->mutex);
	sweep->asked = true;
	pthread_cond_broadcast(&sweep->cond);
	pthread_mutex_unlock(&sweep->mutex);
}
