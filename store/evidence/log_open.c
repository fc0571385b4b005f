/* SPDX-License-Identifier: Apache-2.0
 *
 * log_open.c - opening the log: is it still the one that signed last? If not, a new epoch.
 *
 * The second file is written before a checkpoint leaves, so a database that knows less than it was put back from a
 * copy. Whatever is found, nothing of an old epoch is changed, and a station always comes up by itself: only a fault that
 * a new epoch cannot cure (a missing key, a strange schema, the disk) refuses to open.
 */
#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/base/utc.h"
#include "store/evidence/log_internal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_FILE_MAX 4096 /* bytes: a P-256 key in PEM has about 230 */

/* The reasons for a new epoch. These words stand in logs: append, never change. tillgate-evidence(5) explains them. */
static const char first_epoch[] = "first";
static const char restored[] = "restored"; /* the database is older than the last signed checkpoint */
static const char forked[] = "forked";     /* as long, but another history than the one signed */
static const char database_missing[] = "database-missing";
static const char second_file_missing[] = "second-file-missing";
static const char second_file_damaged[] = "second-file-damaged";
static const char key_changed[] = "key-changed";
static const char origin_changed[] = "origin-changed";
static const char tree_damaged[] = "tree-damaged"; /* leaves, inner hashes and right edge do not agree */

/* ---- clocks and boot ---- */

static int64_t system_now(void *ctx)
{
	(void)ctx;
	return tg_utc_now_us();
}

static int64_t system_mono(void *ctx)
{
	(void)ctx;
	return tg_mono_now_us();
}

/* The first 16 hex digits of the kernel's random boot number; zeros where there is none. */
static void read_boot(char out[TG_LOG_BOOT_SIZE])
{
	tg_buf text;
	size_t n = 0;

	memset(out, '0', TG_LOG_BOOT_SIZE - 1);
	out[TG_LOG_BOOT_SIZE - 1] = '\0';
	tg_buf_init(&text, 256);
	if (tg_file_read(&text, "/proc/sys/kernel/random/boot_id", 256, NULL) == TG_OK) {
		for (const char *c = tg_buf_text(&text); *c != '\0' && n < TG_LOG_BOOT_SIZE - 1; c++) {
			if ((*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'f'))
				out[n++] = *c;
		}
	}
	tg_buf_fini(&text);
}

/* ---- origin ---- */

static bool origin_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
	       c == '_' || c == '-';
}

/* "<domain>/<13 digits>/<station>", every part of at least one plain character. */
static int check_origin(const char *origin, tg_error *err)
{
	size_t part = 0, len = 0;

	if (origin == NULL || strlen(origin) > TG_LOG_ORIGIN_MAX)
		return tg_fail(err, TG_EINVAL, "origin: missing or longer than %d bytes", TG_LOG_ORIGIN_MAX);
	for (const char *c = origin;; c++) {
		if (*c == '/' || *c == '\0') {
			if (len == 0 || (part == 1 && len != 13))
				break;
			if (*c == '\0' && part == 2)
				return TG_OK;
			part++;
			len = 0;
		} else {
			if (!origin_char(*c) || (part == 1 && (*c < '0' || *c > '9')))
				break;
			len++;
		}
		if (*c == '\0' || part > 2)
			break;
	}
	return tg_fail(err, TG_EINVAL,
		"origin: wanted <owner domain>/<site GLN, 13 digits>/<station>, found \"%.100s\"", origin);
}

uint32_t tg_log__epoch_of(const char *origin, const char *prefix)
{
	size_t len = strlen(prefix);
	uint32_t epoch = 0;

	if (strncmp(origin, prefix, len) != 0 || origin[len] != '/' || origin[len + 1] == '0')
		return 0;
	for (const char *c = origin + len + 1; *c != '\0'; c++) {
		if (*c < '0' || *c > '9' || epoch > TG_LOG_EPOCH_MAX)
			return 0;
		epoch = epoch * 10 + (uint32_t)(*c - '0');
	}
	return epoch <= TG_LOG_EPOCH_MAX ? epoch : 0;
}

static void name_epoch(tg_log *log, uint32_t epoch)
{
	log->epoch = epoch;
	snprintf(log->origin, sizeof(log->origin), "%s/%" PRIu32, log->prefix, epoch);
}

/* ---- the key ---- */

static int read_key(tg_signkey **out, const char *path, tg_error *err)
{
	tg_buf pem;
	int rc;

	tg_buf_init(&pem, KEY_FILE_MAX);
	rc = tg_file_read(&pem, path, KEY_FILE_MAX, err);
	if (rc == TG_OK)
		rc = tg_signkey_from_pem(out, tg_buf_view(&pem), err);
	if (rc != TG_OK && rc != TG_ENOTFOUND)
		tg_error_prefix(err, "evidence.key");
	if (pem.data != NULL)
		tg_wipe(pem.data, pem.len);
	tg_buf_fini(&pem);
	return rc;
}

static int make_key(tg_signkey **out, const char *path, tg_error *err)
{
	tg_signkey *key = NULL;
	tg_buf pem;
	int rc = tg_signkey_generate(&key, err);

	tg_buf_init(&pem, KEY_FILE_MAX);
	if (rc == TG_OK)
		rc = tg_signkey_to_pem(&pem, key, err);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&pem), 0600, err);
	if (pem.data != NULL)
		tg_wipe(pem.data, pem.len);
	tg_buf_fini(&pem);
	if (rc == TG_OK)
		*out = key;
	else
		tg_signkey_free(key);
	return rc;
}

static int load_key(tg_log *log, bool may_make, tg_error *err)
{
	char path[4096];
	int rc = tg_path(path, err, "%s/evidence.key", log->dir);

	if (rc == TG_OK)
		rc = read_key(&log->key, path, err);
	if (rc == TG_ENOTFOUND && may_make)
		rc = make_key(&log->key, path, err);
	else if (rc == TG_ENOTFOUND)
		rc = tg_fail(err, TG_ESTATE,
			"evidence.key is missing; put it back, or enrol the station again to make a new one");
	return rc == TG_OK ? tg_signkey_public(&log->pub, log->key, err) : rc;
}

int tg_log_make_key(tg_pubkey **out, const char *dir, tg_error *err)
{
	tg_signkey *key = NULL;
	char path[4096];
	int rc = tg_dir_make(dir, 0700, err);

	*out = NULL;
	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/evidence.key", dir);
	if (rc == TG_OK)
		rc = read_key(&key, path, err);
	if (rc == TG_ENOTFOUND)
		rc = make_key(&key, path, err);
	if (rc == TG_OK)
		rc = tg_signkey_public(out, key, err);
	tg_signkey_free(key);
	return rc;
}

/* ---- the second file ---- */

/* The file's checkpoint into log->last; `*verified` if the signature is by the present key. TG_ENOTFOUND, TG_EFORMAT. */
static int read_last_signed(tg_log *log, bool *verified, tg_error *err)
{
	tg_note_key *key = NULL;
	const tg_note_key *keys[1];
	tg_note note;
	char path[4096];
	int rc = tg_path(path, err, "%s/last-signed", log->dir);

	*verified = false;
	if (rc == TG_OK)
		rc = tg_file_read(&log->last_note, path, TG_NOTE_SIZE_MAX, err);
	if (rc == TG_ELENGTH)
		return tg_fail(err, TG_EFORMAT, "last-signed: too long");
	if (rc == TG_OK)
		rc = tg_note_parse(&note, tg_buf_view(&log->last_note), err);
	if (rc == TG_OK)
		rc = tg_checkpoint_parse(&log->last, note.text, err);
	if (rc != TG_OK)
		return rc;
	log->has_last = true;
	log->last_epoch = tg_log__epoch_of(log->last.origin, log->prefix);
	rc = tg_note_key_from_ecdsa(&key, log->last.origin, log->pub, err);
	if (rc == TG_OK) {
		keys[0] = key;
		*verified = tg_note_verify(&note, keys, 1, NULL, NULL) == TG_OK;
	}
	tg_note_key_free(key);
	return rc == TG_EINVAL ? TG_OK : rc; /* an origin that can be no key name: not verified */
}

/* ---- is it still the same log? ---- */

struct tail {
	uint64_t next;
	bool good;
};

static int check_tail_entry(void *ctx, const tg_log_entry *entry)
{
	struct tail *tail = ctx;
	tg_tree_hash leaf;

	tg_tree_leaf(&leaf, entry->bytes.data, entry->bytes.len);
	tail->good = entry->seq == tail->next && tg_tree_hash_equal(&leaf, &entry->leaf);
	tail->next++;
	return tail->good ? 0 : 1;
}

static bool edge_equal(const tg_tree_edge *a, const tg_tree_edge *b)
{
	return a->size == b->size && a->count == b->count &&
	       memcmp(a->node, b->node, a->count * sizeof(a->node[0])) == 0;
}

/*
 * The right edge against stored hashes, the newest leaves against their bytes. Reads a few hundred rows at most; the rest is
 * verify's work. `*good` is the answer; errors are those of the database.
 */
static int check_tree(tg_log *log, bool *good, tg_error *err)
{
	tg_logdb_tree tree = { .db = log->db, .epoch = log->epoch };
	tg_tree_source source = tg_logdb__source(&tree);
	uint64_t end, tail_size = (uint64_t)1 << TG_LOGDB_TILE;
	struct tail tail = { .good = true };
	tg_tree_edge found;
	int rc = tg_logdb__get_edge(log->db, log->epoch, &log->edge, err);

	*good = false;
	if (rc == TG_EFORMAT || rc == TG_ENOTFOUND)
		return TG_OK;
	if (rc == TG_OK)
		rc = tg_logdb__entry_end(log->db, log->epoch, &end, err);
	if (rc != TG_OK || end != log->edge.size)
		return rc;
	rc = tg_tree_edge_at(&found, log->edge.size, &source, err);
	if (rc == TG_EFORMAT)
		return TG_OK;
	if (rc != TG_OK || !edge_equal(&found, &log->edge))
		return rc;
	tail.next = end > tail_size ? end - tail_size : 0;
	rc = tg_logdb__read(log->db, log->epoch, tail.next, tail_size, check_tail_entry, &tail, err);
	*good = rc == TG_OK && tail.good && tail.next == end;
	return rc;
}

/* Is the tree of `checkpoint->size` leaves in the present epoch the one that the checkpoint names? */
static int check_root(tg_log *log, const tg_checkpoint *checkpoint, bool *good, tg_error *err)
{
	tg_logdb_tree tree = { .db = log->db, .epoch = log->epoch };
	tg_tree_source source = tg_logdb__source(&tree);
	tg_tree_hash root;
	int rc = tg_tree_root_at(&root, checkpoint->size, &source, err);

	*good = rc == TG_OK && tg_tree_hash_equal(&root, &checkpoint->root);
	return rc == TG_EFORMAT ? TG_OK : rc;
}

/* The newest checkpoint in the database itself: also a log whose second file was put back with it must hold to it. */
static int check_kept(tg_log *log, bool *good, tg_error *err)
{
	tg_checkpoint checkpoint;
	tg_note note;
	tg_buf text;
	int rc;

	*good = true;
	tg_buf_init(&text, TG_NOTE_SIZE_MAX);
	rc = tg_logdb__newest_checkpoint(log->db, log->epoch, &log->kept_size, &text, err);
	log->has_kept = rc == TG_OK;
	log->kept_mono_us = log->mono_us(log->clock_ctx);
	if (rc == TG_ENOTFOUND) {
		rc = TG_OK;
	} else if (rc == TG_OK) {
		*good = tg_note_parse(&note, tg_buf_view(&text), NULL) == TG_OK &&
			tg_checkpoint_parse(&checkpoint, note.text, NULL) == TG_OK &&
			checkpoint.size <= log->edge.size;
		if (*good)
			rc = check_root(log, &checkpoint, good, err);
	}
	tg_buf_fini(&text);
	return rc;
}

/* What the epoch row says against what we are: NULL, or why they differ. */
static int check_identity(tg_log *log, const char **reason, tg_error *err)
{
	tg_logdb_epoch row;
	tg_buf vkey;
	int rc = tg_logdb__get_epoch(log->db, log->epoch, &row, err);

	tg_buf_init(&vkey, sizeof(row.vkey));
	if (rc == TG_OK)
		rc = tg_log__vkey(log, log->origin, &vkey, err);
	if (rc == TG_OK && strcmp(row.origin, log->origin) != 0)
		*reason = origin_changed;
	else if (rc == TG_OK && strcmp(row.vkey, tg_buf_text(&vkey)) != 0)
		*reason = key_changed;
	tg_buf_fini(&vkey);
	return rc;
}

/* The second file against the database. `rc_last` is what reading it gave. */
static int check_last(tg_log *log, int rc_last, bool verified, const char **reason, tg_error *err)
{
	/* An epoch that has signed nothing yet: a crash while it was being started, before its first checkpoint. */
	bool unsigned_yet = !log->has_kept && log->edge.size <= (log->epoch > 1 ? 1 : 0);
	bool good;
	int rc;

	if (rc_last == TG_ENOTFOUND) {
		*reason = unsigned_yet ? NULL : second_file_missing;
		return TG_OK;
	}
	if (rc_last != TG_OK || !verified || log->last_epoch == 0) {
		*reason = second_file_damaged;
		return TG_OK;
	}
	if (log->last_epoch < log->epoch)
		return TG_OK;
	if (log->last_epoch > log->epoch || log->last.size > log->edge.size) {
		*reason = restored;
		return TG_OK;
	}
	rc = check_root(log, &log->last, &good, err);
	if (rc == TG_OK && !good)
		*reason = forked;
	return rc;
}

/* NULL in `*reason`: go on in this epoch. */
static int assess(tg_log *log, int rc_last, bool verified, const char **reason, tg_error *err)
{
	bool good;
	int rc;

	*reason = NULL;
	if (log->epoch == 0) {
		*reason = rc_last == TG_ENOTFOUND ? first_epoch : database_missing;
		return TG_OK;
	}
	name_epoch(log, log->epoch);
	rc = check_tree(log, &good, err);
	if (rc == TG_OK && !good)
		*reason = tree_damaged;
	if (rc == TG_OK && *reason == NULL) {
		rc = check_kept(log, &good, err);
		if (rc == TG_OK && !good)
			*reason = tree_damaged;
	}
	/* Being older than what was signed says more about what happened than a damaged tree, so it has the last word. */
	if (rc == TG_OK) {
		const char *last = NULL;

		rc = check_last(log, rc_last, verified, &last, err);
		if (last != NULL && (*reason == NULL || last == restored))
			*reason = last;
	}
	if (rc == TG_OK && (*reason == NULL || *reason == second_file_damaged))
		rc = check_identity(log, reason, err);
	return rc;
}

/* ---- a new epoch ---- */

static tg_json *describe(const char *origin, uint64_t size, const tg_tree_hash *root)
{
	tg_json *object = tg_json_new_object();
	tg_buf text;

	tg_buf_init(&text, 64);
	tg_base64_encode(&text, root->bytes, sizeof(root->bytes));
	if (origin != NULL)
		tg_json_set_str(object, "origin", origin);
	tg_json_set_int(object, "size", (int64_t)size);
	tg_json_set_str(object, "root", tg_buf_text(&text));
	tg_buf_fini(&text);
	return object;
}

/* The first entry of an epoch: what was signed before, what the database still holds, why we go on elsewhere. */
static tg_json *first_entry(const tg_log *log, const tg_logdb_epoch *old, const char *reason)
{
	tg_json *entry = tg_json_new_object();

	tg_json_set_str(entry, "kind", "epoch");
	tg_json_set_str(entry, "reason", reason);
	if (log->has_last)
		tg_json_set(entry, "signed", describe(log->last.origin, log->last.size, &log->last.root));
	if (old->epoch != 0) {
		tg_tree_hash root;

		tg_tree_edge_root(&root, &log->edge);
		tg_json_set(entry, "held", describe(old->origin, log->edge.size, &root));
	}
	return entry;
}

static int put_epoch_rows(tg_log *log, const char *reason, tg_json *entry, tg_tree_edge *edge, tg_error *err)
{
	tg_logdb_epoch row = { .epoch = log->epoch, .started_us = log->now_us(log->clock_ctx) };
	tg_buf vkey;
	int rc;

	snprintf(row.origin, sizeof(row.origin), "%s", log->origin);
	snprintf(row.reason, sizeof(row.reason), "%s", reason);
	tg_buf_init(&vkey, sizeof(row.vkey) - 1);
	rc = tg_log__vkey(log, log->origin, &vkey, err);
	snprintf(row.vkey, sizeof(row.vkey), "%s", tg_buf_text(&vkey));
	tg_buf_fini(&vkey);
	if (rc == TG_OK)
		rc = tg_logdb__begin(log->db, err);
	if (rc == TG_OK)
		rc = tg_logdb__put_epoch(log->db, &row, err);
	/* What was signed in the old epoch stays provable: the second file is about to be replaced. */
	if (rc == TG_OK && log->has_last && log->last_epoch != 0)
		rc = tg_logdb__put_checkpoint(
			log->db, log->last_epoch, log->last.size, tg_buf_view(&log->last_note), err);
	if (rc == TG_OK && entry != NULL)
		rc = tg_log__put(log, edge, entry, &log->last_at_us, err);
	if (rc == TG_OK)
		rc = tg_logdb__put_edge(log->db, log->epoch, edge, err);
	if (rc == TG_OK)
		rc = tg_logdb__commit(log->db, err);
	if (rc != TG_OK)
		tg_logdb__rollback(log->db);
	return rc;
}

static int start_epoch(tg_log *log, bool verified, const char *reason, tg_error *err)
{
	uint32_t known = log->has_last && log->last_epoch > log->epoch ? log->last_epoch : log->epoch;
	tg_logdb_epoch old = { 0 };
	tg_tree_edge edge = { 0 };
	tg_json *entry = NULL;
	int rc = TG_OK;

	if (reason == database_missing && known == 0)
		known = 1;
	if (known >= TG_LOG_EPOCH_MAX)
		return tg_fail(err, TG_ELIMIT, "the log has no epoch left after %" PRIu32, known);
	if (log->epoch != 0)
		rc = tg_logdb__get_epoch(log->db, log->epoch, &old, err);
	if (rc != TG_OK)
		return rc;
	if (!verified)
		log->last_epoch = 0; /* kept out of the table of checkpoints; its words stand in the entry */
	if (reason != first_epoch)
		entry = first_entry(log, &old, reason);
	name_epoch(log, known + 1);
	log->last_at_us = 0;
	rc = put_epoch_rows(log, reason, entry, &edge, err);
	tg_json_free(entry);
	if (rc != TG_OK)
		return rc;
	log->edge = edge;
	log->has_kept = false;
	log->renewal = reason == first_epoch ? NULL : reason;
	return TG_OK;
}

/* ---- opening ---- */

static int check_options(const tg_log_options *opt, tg_error *err)
{
	if (opt == NULL || (opt->create && opt->inspect))
		return tg_fail(err, TG_EINVAL, "log options: none, or both create and inspect");
	return check_origin(opt->origin, err);
}

static int open_database(tg_log *log, const tg_log_options *opt, tg_error *err)
{
	char path[4096];
	struct stat st;
	int rc = TG_OK;

	if (opt->create)
		rc = tg_dir_make(log->dir, 0700, err);
	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/evidence.sqlite", log->dir);
	if (rc != TG_OK)
		return rc;
	if (stat(path, &st) != 0) {
		int fd;

		if (!opt->create)
			return tg_fail(err, TG_ENOTFOUND, "%s: no log there", log->dir);
		/* Made here and not by SQLite, for its mode; its journals take over the mode of the database. */
		fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
		if (fd < 0)
			return tg_fail_errno(err, TG_EIO, "%s", path);
		close(fd);
		rc = tg_dir_sync(log->dir, err);
	}
	return rc == TG_OK ? tg_logdb__open(&log->db, path, opt->vfs, opt->create, opt->inspect, err) : rc;
}

static int settle(tg_log *log, const tg_log_options *opt, tg_error *err)
{
	const char *reason;
	bool verified;
	tg_buf note;
	int rc_last = read_last_signed(log, &verified, err), rc;

	if (rc_last != TG_OK && rc_last != TG_ENOTFOUND && rc_last != TG_EFORMAT)
		return rc_last;
	rc = assess(log, rc_last, verified, &reason, err);
	if (rc != TG_OK)
		return rc;
	if (opt->inspect) {
		log->renewal_due = reason;
		return log->epoch == 0 ? tg_fail(err, TG_ENOTFOUND, "the log has no epoch yet") : TG_OK;
	}
	if (reason != NULL)
		rc = start_epoch(log, verified, reason, err);
	/* An epoch that has signed nothing could be put back unnoticed: the first checkpoint is signed at once. */
	tg_buf_init(&note, TG_NOTE_SIZE_MAX);
	if (rc == TG_OK && (!log->has_last || log->last_epoch != log->epoch))
		rc = tg_log_checkpoint(log, &note, err);
	tg_buf_fini(&note);
	return rc;
}

int tg_log_open(tg_log **out, const char *dir, const tg_log_options *opt, tg_error *err)
{
	tg_log *log;
	int rc = check_options(opt, err);

	*out = NULL;
	if (rc != TG_OK)
		return rc;
	log = calloc(1, sizeof(*log));
	if (log == NULL)
		return tg_fail(err, TG_ENOMEM, "log");
	tg_buf_init(&log->last_note, TG_NOTE_SIZE_MAX);
	log->inspect = opt->inspect;
	log->now_us = opt->now_us != NULL ? opt->now_us : system_now;
	log->mono_us = opt->mono_us != NULL ? opt->mono_us : system_mono;
	log->clock_ctx = opt->clock_ctx;
	snprintf(log->prefix, sizeof(log->prefix), "%s", opt->origin);
	read_boot(log->boot);
	rc = tg_path(log->dir, err, "%s", dir);
	if (rc == TG_OK)
		rc = open_database(log, opt, err);
	if (rc == TG_OK)
		rc = tg_logdb__last_epoch(log->db, &log->epoch, err);
	if (rc == TG_OK)
		rc = load_key(log, opt->create && log->epoch == 0, err);
	if (rc == TG_OK)
		rc = settle(log, opt, err);
	if (rc == TG_OK && log->last_at_us == 0)
		rc = tg_log__last_at(log, log->epoch, log->edge.size, &log->last_at_us, err);
	if (rc != TG_OK) {
		tg_log_close(log);
		return rc;
	}
	*out = log;
	return TG_OK;
}

void tg_log_close(tg_log *log)
{
	if (log == NULL)
		return;
	tg_logdb__close(log->db);
	tg_signkey_free(log->key);
	tg_pubkey_free(log->pub);
	tg_buf_fini(&log->last_note);
	free(log);
}
