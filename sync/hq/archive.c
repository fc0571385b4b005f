/* SPDX-License-Identifier: Apache-2.0
 *
 * archive.c - images folded into chains of differences, and unfolded again. See archive.h.
 */
#include "sync/hq/archive.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/catalogue/policy.h"
#include "sync/hq/place.h"
#include "sync/patch.h"
#include "sync/tuf/chain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define INDEX_MAX ((size_t)TG_ARCHIVE_LINES_MAX * TG_ARCHIVE_LINE_MAX)
#define COPY_BYTES 65536

/* A difference that is not far shorter than the image alone is not worth resting on another file. */
static size_t worth_of_patch(size_t whole)
{
	return whole / 2;
}

/* ---- names ---- */

static int named(char out[4096], const tg_archive *a, const uint8_t sha256[TG_SHA256_SIZE], const char *ending, tg_error *err)
{
	char hex[2 * TG_SHA256_SIZE + 1];

	return tg_path(out, err, "%s/archive/%s.%s", a->site->dir, tg_hex_encode(hex, sha256, TG_SHA256_SIZE), ending);
}

static int image_path(char out[4096], const tg_archive *a, const tg_archive_line *line, tg_error *err)
{
	return named(out, a, line->image_sha256, line->form == TG_ARCHIVE_PLAIN ? "tgc" : "tgc.zst", err);
}

static int policy_path(char out[4096], const tg_archive *a, const tg_archive_line *line, tg_error *err)
{
	return named(out, a, line->policy_sha256, "policy.json", err);
}

static int index_path(char out[4096], const tg_site *site, tg_error *err)
{
	return tg_path(out, err, "%s/archive/index.jsonl", site->dir);
}

/* ---- opening ---- */

int tg_archive_open(tg_archive *out, const tg_site *site, tg_error *err)
{
	char path[4096];
	tg_buf text;
	int rc = index_path(path, site, err);

	*out = (tg_archive){ .site = site };
	tg_buf_init(&text, INDEX_MAX);
	if (rc == TG_OK)
		rc = tg_file_read(&text, path, INDEX_MAX, err);
	if (rc == TG_ENOTFOUND)
		rc = TG_OK;
	else if (rc == TG_OK && (rc = tg_archive_index_read(&out->index, tg_buf_view(&text), err)) != TG_OK)
		tg_error_prefix(err, "archive/index.jsonl");
	tg_buf_fini(&text);
	if (rc != TG_OK)
		tg_archive_close(out);
	return rc;
}

void tg_archive_close(tg_archive *archive)
{
	tg_archive_index_fini(&archive->index);
}

/* ---- unfolding ---- */

/* A file in work/ without a name: its pages may go to the disk when memory is short, and nothing stays behind. */
static int room_for(tg_mapping *out, const tg_archive *a, int64_t length, tg_error *err)
{
	char path[4096];
	int fd, rc = tg_dir_make(a->site->work, 0755, err);

	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/unfold-%ld", a->site->work, (long)getpid());
	if (rc != TG_OK)
		return rc;
	(void)unlink(path);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return tg_fail_errno(err, TG_EIO, "%s", path);
	(void)unlink(path);
	rc = tg_mapping_make(out, fd, length, path, err);
	(void)close(fd);
	return rc;
}

static int same_hash(const uint8_t wanted[TG_SHA256_SIZE], tg_view bytes, const char *path, const char *what, tg_error *err)
{
	uint8_t found[TG_SHA256_SIZE];

	tg_sha256(found, bytes.data, bytes.len);
	return memcmp(found, wanted, sizeof(found)) == 0
		       ? TG_OK
		       : tg_fail(err, TG_EHASH, "%s: %s", path, what);
}

/* The file of a line, as long as its line says and with that hash. */
static int open_file(tg_mapping *out, char path[4096], const tg_archive *a, const tg_archive_line *line, tg_error *err)
{
	int rc = image_path(path, a, line, err);

	if (rc == TG_OK)
		rc = tg_mapping_open(out, path, TG_ARCHIVE_IMAGE_MAX, err);
	if (rc != TG_OK)
		return rc;
	if ((int64_t)out->len != line->file_length)
		rc = tg_fail(err, TG_EHASH, "%s: %zu bytes, wanted %lld", path, out->len, (long long)line->file_length);
	else
		rc = same_hash(line->file_sha256, tg_mapping_view(out), path, "is not the file that was kept", err);
	if (rc != TG_OK)
		tg_mapping_close(out);
	return rc;
}

/* One step of a chain: from `old` (empty for a chain's first) to the image of `line`, proven by its hash. */
static int unfold(tg_mapping *out, const tg_archive *a, const tg_archive_line *line, tg_view old, tg_error *err)
{
	tg_mapping file = { 0 };
	char path[4096];
	int rc = open_file(&file, path, a, line, err);

	*out = (tg_mapping){ 0 };
	if (rc == TG_OK && line->form == TG_ARCHIVE_PLAIN) {
		rc = same_hash(line->image_sha256, tg_mapping_view(&file), path, "is not the image that was published", err);
		if (rc == TG_OK) {
			*out = file;
			return TG_OK;
		}
	} else if (rc == TG_OK) {
		rc = room_for(out, a, line->image_length, err);
		if (rc == TG_OK)
			rc = tg_patch_apply(out->data, out->len, old, tg_mapping_view(&file), path, err);
		if (rc == TG_OK)
			rc = same_hash(line->image_sha256, tg_mapping_view(out), path, "does not lead to the image that was published", err);
	}
	tg_mapping_close(&file);
	if (rc != TG_OK)
		tg_mapping_close(out);
	return rc;
}

int tg_archive_image(tg_mapping *out, const tg_archive *a, size_t n, tg_error *err)
{
	size_t chain[TG_ARCHIVE_CHAIN], length = 0;
	tg_mapping old = { 0 };
	int rc = TG_OK;

	*out = (tg_mapping){ 0 };
	for (size_t at = a->index.entries[n].kept_at;; at = a->index.entries[at].from) {
		chain[length++] = at;
		if (a->index.entries[at].depth == 0)
			break;
	}
	while (rc == TG_OK && length > 0) {
		tg_mapping next;

		rc = unfold(&next, a, &a->index.entries[chain[--length]].line, tg_mapping_view(&old), err);
		tg_mapping_close(&old);
		if (rc == TG_OK)
			old = next;
	}
	if (rc == TG_OK)
		*out = old;
	return rc;
}

int tg_archive_image_file(const char *path, const tg_archive *a, size_t n, tg_error *err)
{
	tg_mapping image;
	int rc = tg_archive_image(&image, a, n, err);

	if (rc == TG_OK)
		rc = tg_file_write(path, tg_mapping_view(&image), 0644, err);
	tg_mapping_close(&image);
	return rc;
}

int tg_archive_policy(tg_buf *out, const tg_archive *a, size_t n, tg_error *err)
{
	const tg_archive_line *line = &a->index.entries[n].line;
	char path[4096];
	tg_buf text;
	int rc = policy_path(path, a, line, err);

	tg_buf_init(&text, TG_POLICY_MAX_BYTES);
	if (rc == TG_OK)
		rc = tg_file_read(&text, path, TG_POLICY_MAX_BYTES, err);
	if (rc == TG_OK)
		rc = same_hash(line->policy_sha256, tg_buf_view(&text), path, "is not the policy that was published", err);
	if (rc == TG_OK)
		tg_buf_append(out, text.data, text.len);
	tg_buf_fini(&text);
	return rc == TG_OK ? tg_buf_check(out, path, err) : rc;
}

/* ---- keeping ---- */

/* What is being added, and what it was made from. */
typedef struct keeping {
	tg_archive *archive;
	const tg_published *published;
	tg_archive_line line;
	tg_mapping image;
	uint8_t *frame;
} keeping;

static int read_policy_version(int64_t *out, tg_view text, tg_error *err)
{
	tg_json *json = NULL;
	int rc = tg_json_parse(&json, text, err);

	if (rc == TG_OK)
		rc = tg_json_need_int(out, json, "version", 1, TG_JSON_MAX_INT, err);
	tg_json_free(json);
	return rc;
}

static int keep_policy(keeping *k, tg_error *err)
{
	char from[4096], to[4096];
	tg_buf text;
	int rc = tg_published_target_path(from, k->archive->site, TG_CHAIN_POLICY, k->line.policy_sha256, err);

	tg_buf_init(&text, TG_POLICY_MAX_BYTES);
	if (rc == TG_OK)
		rc = tg_file_read(&text, from, TG_POLICY_MAX_BYTES, err);
	if (rc == TG_OK)
		rc = same_hash(k->line.policy_sha256, tg_buf_view(&text), from, "is not what was signed", err);
	if (rc == TG_OK)
		rc = read_policy_version(&k->line.policy_version, tg_buf_view(&text), err);
	if (rc == TG_OK)
		rc = policy_path(to, k->archive, &k->line, err);
	if (rc == TG_OK)
		rc = tg_file_write(to, tg_buf_view(&text), 0644, err);
	tg_buf_fini(&text);
	return rc;
}

/* The image before: as it lies in the repository, or unfolded. */
static int open_last(tg_mapping *out, const keeping *k, tg_error *err)
{
	const tg_archive_index *index = &k->archive->index;
	const tg_archive_line *last = &index->entries[index->count - 1].line;
	char path[4096];
	int rc = tg_published_target_path(path, k->archive->site, TG_CHAIN_IMAGE, last->image_sha256, err);

	if (rc == TG_OK)
		rc = tg_mapping_open(out, path, TG_PATCH_FILE_MAX, NULL);
	if (rc == TG_OK && same_hash(last->image_sha256, tg_mapping_view(out), path, "", NULL) == TG_OK)
		return TG_OK;
	if (rc == TG_OK)
		tg_mapping_close(out);
	return tg_archive_image(out, k->archive, index->count - 1, err);
}

/* Write the frame and see that it works: a fault of the library or of the memory must not be found years later. */
static int place_frame(keeping *k, tg_view frame, tg_view old, tg_error *err)
{
	tg_mapping proof;
	char path[4096];
	int rc = image_path(path, k->archive, &k->line, err);

	k->line.file_length = (int64_t)frame.len;
	tg_sha256(k->line.file_sha256, frame.data, frame.len);
	if (rc == TG_OK)
		rc = tg_file_write(path, frame, 0644, err);
	if (rc == TG_OK)
		rc = unfold(&proof, k->archive, &k->line, old, err);
	if (rc == TG_OK)
		tg_mapping_close(&proof);
	return rc;
}

/* TG_ELIMIT, TG_ENOTFOUND and others: no difference is to be had, or none that is worth it. */
static int keep_as_patch(keeping *k, tg_error *err)
{
	const tg_archive_index *index = &k->archive->index;
	const tg_archive_entry *last = index->count > 0 ? &index->entries[index->count - 1] : NULL;
	tg_mapping old = { 0 };
	size_t len = 0;
	int rc;

	if (last == NULL || last->depth + 1 >= TG_ARCHIVE_CHAIN || last->line.image_length > TG_PATCH_FILE_MAX)
		return TG_ENOTFOUND;
	rc = open_last(&old, k, err);
	if (rc != TG_OK)
		return rc;
	k->line.form = TG_ARCHIVE_PATCH;
	memcpy(k->line.from_sha256, last->line.image_sha256, TG_SHA256_SIZE);
	/* the head of the chain says what an image alone takes */
	while (last->depth > 0 || last->line.form == TG_ARCHIVE_KEPT)
		last = &index->entries[last->line.form == TG_ARCHIVE_KEPT ? last->kept_at : last->from];
	rc = tg_patch_make(k->frame, &len, worth_of_patch((size_t)last->line.file_length), tg_mapping_view(&old),
		tg_mapping_view(&k->image), err);
	if (rc == TG_OK)
		rc = place_frame(k, tg_view_of(k->frame, len), tg_mapping_view(&old), err);
	tg_mapping_close(&old);
	return rc;
}

static int keep_whole(keeping *k, tg_error *err)
{
	size_t len = 0;
	int rc = TG_ELIMIT;

	k->line.form = TG_ARCHIVE_WHOLE;
	if (k->line.image_length <= TG_PATCH_FILE_MAX)
		rc = tg_patch_make(k->frame, &len, k->image.len, tg_view_of(NULL, 0), tg_mapping_view(&k->image), err);
	if (rc == TG_OK)
		return place_frame(k, tg_view_of(k->frame, len), tg_view_of(NULL, 0), err);
	if (rc != TG_ELIMIT)
		return rc;
	k->line.form = TG_ARCHIVE_PLAIN;
	return place_frame(k, tg_mapping_view(&k->image), tg_view_of(NULL, 0), err);
}

static int keep_image(keeping *k, tg_error *err)
{
	char path[4096];
	int rc = tg_published_target_path(path, k->archive->site, TG_CHAIN_IMAGE, k->line.image_sha256, err);

	if (rc == TG_OK)
		rc = tg_mapping_open(&k->image, path, TG_ARCHIVE_IMAGE_MAX, err);
	if (rc == TG_OK)
		rc = same_hash(k->line.image_sha256, tg_mapping_view(&k->image), path, "is not what was signed", err);
	if (rc == TG_OK && k->line.image_length <= TG_PATCH_FILE_MAX) {
		k->frame = malloc(k->image.len);
		if (k->frame == NULL)
			rc = tg_fail(err, TG_ENOMEM, "archive: out of memory");
		else if (keep_as_patch(k, NULL) == TG_OK)
			return TG_OK;
	}
	if (rc == TG_OK) {
		memset(k->line.from_sha256, 0, TG_SHA256_SIZE);
		rc = keep_whole(k, err);
	}
	return rc;
}

/* One write and a sync; a line that was cut short before is taken away first. */
static int append_line(tg_archive *a, const tg_archive_line *line, tg_error *err)
{
	char path[4096], folder[4096];
	struct stat st;
	tg_buf text;
	int fd = -1, rc = index_path(path, a->site, err);

	tg_buf_init(&text, TG_ARCHIVE_LINE_MAX);
	if (rc == TG_OK)
		rc = tg_path(folder, err, "%s/archive", a->site->dir);
	if (rc == TG_OK)
		rc = tg_archive_line_write(&text, line, err);
	if (rc == TG_OK && (fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) < 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", path);
	if (rc == TG_OK && (fstat(fd, &st) != 0 || ftruncate(fd, st.st_size - (off_t)a->index.torn_bytes) != 0 || lseek(fd, 0, SEEK_END) < 0))
		rc = tg_fail_errno(err, TG_EIO, "%s", path);
	if (rc == TG_OK) {
		a->index.torn_bytes = 0;
		rc = tg_write_all(fd, text.data, text.len, path, err);
	}
	if (rc == TG_OK && fsync(fd) != 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", path);
	if (fd >= 0)
		(void)close(fd);
	tg_buf_fini(&text);
	return rc == TG_OK ? tg_dir_sync(folder, err) : rc;
}

/* Mostly the last line. A repository that was put back to what it said before is kept by an earlier one. */
static bool is_kept(const tg_archive *a, const tg_published *p)
{
	for (size_t i = a->index.count; i > 0; i--) {
		const tg_archive_line *line = &a->index.entries[i - 1].line;

		if (memcmp(line->image_sha256, p->image_sha256, TG_SHA256_SIZE) == 0 &&
			memcmp(line->policy_sha256, p->policy_sha256, TG_SHA256_SIZE) == 0)
			return true;
	}
	return false;
}

int tg_archive_keep(bool *added, tg_archive *a, const tg_published *p, tg_error *err)
{
	keeping k = { .archive = a, .published = p };
	char folder[4096];
	int rc = tg_path(folder, err, "%s/archive", a->site->dir);

	if (added != NULL)
		*added = false;
	if (rc != TG_OK || !p->exists || is_kept(a, p))
		return rc;
	k.line = (tg_archive_line){ .at_us = p->issued_us, .targets_version = p->version[TG_TUF_TARGETS],
		.catalogue_version = p->catalogue_version, .image_length = p->image_length };
	memcpy(k.line.image_sha256, p->image_sha256, TG_SHA256_SIZE);
	memcpy(k.line.policy_sha256, p->policy_sha256, TG_SHA256_SIZE);
	rc = tg_dir_make(folder, 0755, err);
	if (rc == TG_OK)
		rc = keep_policy(&k, err);
	if (rc == TG_OK && (a->index.count == 0 ||
		memcmp(a->index.entries[a->index.count - 1].line.image_sha256, k.line.image_sha256, TG_SHA256_SIZE) != 0))
		rc = keep_image(&k, err);
	free(k.frame);
	tg_mapping_close(&k.image);
	if (rc == TG_OK)
		rc = tg_archive_index_add(&a->index, &k.line, err);
	if (rc == TG_OK && (rc = append_line(a, &k.line, err)) != TG_OK)
		a->index.count--;
	if (rc == TG_OK && added != NULL)
		*added = true;
	if (rc != TG_OK)
		tg_error_prefix(err, "archive");
	return rc;
}

int tg_archive_keep_published(bool *added, const tg_site *site, tg_error *err)
{
	tg_published published;
	tg_archive archive = { 0 };
	int rc = tg_published_read(&published, site, err);

	if (added != NULL)
		*added = false;
	if (rc == TG_OK && published.exists)
		rc = tg_archive_open(&archive, site, err);
	if (rc == TG_OK && published.exists)
		rc = tg_archive_keep(added, &archive, &published, err);
	tg_archive_close(&archive);
	tg_published_fini(&published);
	return rc;
}

/* ---- checking ---- */

typedef struct checking {
	const tg_archive *archive;
	tg_archive_report *report;
	tg_archive_finding_fn found;
	void *ctx;
	tg_mapping last;   /* the image of the last line that keeps one, if it is whole */
	size_t last_at;
	char broken[256];  /* the file that the present chain is broken at; "" */
} checking;

static void say(checking *c, const char *words)
{
	c->report->bad++;
	c->found(c->ctx, words);
}

static int check_image(checking *c, size_t n, tg_error *err)
{
	const tg_archive_entry *e = &c->archive->index.entries[n];
	tg_error why = { 0 };
	tg_mapping image;
	char words[512];
	int rc;

	if (e->depth > 0 && c->last.data == NULL) {
		(void)snprintf(words, sizeof(words), "catalogue %lld cannot be read: it rests on %s", (long long)e->line.catalogue_version,
			c->broken);
		say(c, words);
		return TG_OK;
	}
	rc = unfold(&image, c->archive, &e->line, e->depth > 0 ? tg_mapping_view(&c->last) : tg_view_of(NULL, 0), &why);
	tg_mapping_close(&c->last);
	if (rc == TG_ENOMEM)
		return tg_fail(err, rc, "%s", why.msg);
	if (rc == TG_OK) {
		c->last = image;
		c->report->images++;
		c->report->bytes += e->line.file_length;
		return TG_OK;
	}
	(void)snprintf(c->broken, sizeof(c->broken), "catalogue %lld", (long long)e->line.catalogue_version);
	(void)snprintf(words, sizeof(words), "%s (catalogue %lld)", why.msg, (long long)e->line.catalogue_version);
	say(c, words);
	return TG_OK;
}

static void check_policy(checking *c, size_t n)
{
	const tg_archive_index *index = &c->archive->index;
	tg_error why = { 0 };
	char words[512];
	tg_buf text;

	if (n > 0 && memcmp(index->entries[n - 1].line.policy_sha256, index->entries[n].line.policy_sha256, TG_SHA256_SIZE) == 0)
		return;
	tg_buf_init(&text, TG_POLICY_MAX_BYTES);
	if (tg_archive_policy(&text, c->archive, n, &why) == TG_OK) {
		c->report->policies++;
		c->report->bytes += (int64_t)text.len;
	} else {
		(void)snprintf(words, sizeof(words), "%s (policy %lld)", why.msg, (long long)index->entries[n].line.policy_version);
		say(c, words);
	}
	tg_buf_fini(&text);
}

/* The signed targets of a publication lie in the repository, or here when it no longer lists them. */
static int read_signed(tg_buf *out, const tg_archive *a, int64_t version)
{
	char path[4096];
	int rc = tg_published_metadata_path(path, a->site, TG_TUF_TARGETS, version, NULL);

	if (rc == TG_OK)
		rc = tg_file_read(out, path, TG_TUF_TARGETS_MAX, NULL);
	if (rc != TG_OK && tg_path(path, NULL, "%s/archive/%lld.targets.json", a->site->dir, (long long)version) == TG_OK)
		rc = tg_file_read(out, path, TG_TUF_TARGETS_MAX, NULL);
	return rc;
}

static bool names_hash(const tg_json *targets, const char *target, const uint8_t sha256[TG_SHA256_SIZE])
{
	const char *said = tg_json_str(tg_json_get(tg_json_get(tg_json_get(targets, target), "hashes"), "sha256"));
	char hex[2 * TG_SHA256_SIZE + 1];

	return said != NULL && strcmp(said, tg_hex_encode(hex, sha256, TG_SHA256_SIZE)) == 0;
}

/* The index says what was published; the signed targets of that time must say the same. */
static void check_signed(checking *c, size_t n)
{
	const tg_archive_line *line = &c->archive->index.entries[n].line;
	const tg_json *targets;
	tg_json *tree = NULL;
	char words[256];
	tg_buf text;

	tg_buf_init(&text, TG_TUF_TARGETS_MAX);
	if (read_signed(&text, c->archive, line->targets_version) != TG_OK || tg_json_parse(&tree, tg_buf_view(&text), NULL) != TG_OK) {
		c->report->unproven++;
	} else {
		targets = tg_json_get(tg_json_get(tree, "signed"), "targets");
		if (names_hash(targets, TG_CHAIN_IMAGE, line->image_sha256) && names_hash(targets, TG_CHAIN_POLICY, line->policy_sha256)) {
			c->report->targets++;
		} else {
			(void)snprintf(words, sizeof(words), "archive/index.jsonl: line %zu names other hashes than %lld.targets.json did", n + 1,
				(long long)line->targets_version);
			say(c, words);
		}
	}
	tg_json_free(tree);
	tg_buf_fini(&text);
}

int tg_archive_check(tg_archive_report *out, const tg_archive *archive, tg_archive_finding_fn found,
	tg_archive_progress_fn progress, void *ctx, tg_error *err)
{
	checking c = { .archive = archive, .report = out, .found = found, .ctx = ctx };
	size_t count = archive->index.count;
	int rc = TG_OK;

	*out = (tg_archive_report){ 0 };
	for (size_t n = 0; rc == TG_OK && n < count; n++) {
		if (progress != NULL)
			progress(ctx, "checking the archive", n, count);
		check_policy(&c, n);
		check_signed(&c, n);
		if (archive->index.entries[n].line.form != TG_ARCHIVE_KEPT)
			rc = check_image(&c, n, err);
	}
	if (rc == TG_OK && progress != NULL && count > 0)
		progress(ctx, "checking the archive", count, count);
	tg_mapping_close(&c.last);
	return rc;
}
