/* SPDX-License-Identifier: Apache-2.0
 *
 * vfs_crash.c - see vfs_crash.h. The model: a write or truncation waits until a sync of its file, a deletion until a sync of
 * the folder; a cut loses any part of what waits. Writes of one file are applied in their order. As in SQLite's own VFS for
 * Unix, the first sync of a journal or write-ahead log that was just made syncs the folder too.
 */
#include "tests/unit/evidence/vfs_crash.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES 4
#define EVENTS_MAX 100000
#define SECTOR 512

enum { WRITE, TRUNCATE, SYNC, DELETE, FOLDER_SYNC };

struct event {
	int what, file;
	int64_t at; /* offset, or the new size */
	size_t len;
	uint8_t *data;
	uint64_t acknowledged;
};

/* SQLite's handle first, the system's behind it. */
struct crash_file {
	sqlite3_file base;
	int file;   /* index in names, or -1: not recorded */
	bool fresh; /* a journal just made */
	sqlite3_file *real;
};

static struct {
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
	char name[FILES][512];
	int64_t size[FILES];
	struct event event[EVENTS_MAX];
	size_t events;
	uint64_t acknowledged;
	int64_t space;
	int syncs_left;
	const char *pragma, *pragma_value;
} crash;

static int file_index(const char *path)
{
	for (int i = 0; i < FILES; i++) {
		if (crash.name[i][0] == '\0')
			snprintf(crash.name[i], sizeof(crash.name[i]), "%s", path);
		if (strcmp(crash.name[i], path) == 0)
			return i;
	}
	abort();
}

static void record(int what, int file, int64_t at, const void *data, size_t len)
{
	struct event *e = &crash.event[crash.events++];

	if (crash.events >= EVENTS_MAX)
		abort();
	*e = (struct event){
		.what = what, .file = file, .at = at, .len = len, .acknowledged = crash.acknowledged
	};
	if (len > 0) {
		e->data = malloc(len);
		if (e->data == NULL)
			abort();
		memcpy(e->data, data, len);
	}
}

/* ---- the file methods ---- */

static sqlite3_file *real_of(sqlite3_file *file)
{
	return ((struct crash_file *)(void *)file)->real;
}

static int index_of(sqlite3_file *file)
{
	return ((struct crash_file *)(void *)file)->file;
}

static int x_close(sqlite3_file *file)
{
	int rc = real_of(file)->pMethods == NULL ? SQLITE_OK : real_of(file)->pMethods->xClose(real_of(file));

	free(real_of(file));
	return rc;
}

static int x_read(sqlite3_file *file, void *out, int len, sqlite3_int64 at)
{
	return real_of(file)->pMethods->xRead(real_of(file), out, len, at);
}

static int x_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
	int i = index_of(file), rc;

	if (i >= 0 && crash.space >= 0 && at + len > crash.size[i]) {
		if (at + len - crash.size[i] > crash.space)
			return SQLITE_FULL;
		crash.space -= at + len - crash.size[i];
	}
	rc = real_of(file)->pMethods->xWrite(real_of(file), data, len, at);
	if (rc == SQLITE_OK && i >= 0) {
		record(WRITE, i, at, data, (size_t)len);
		if (at + len > crash.size[i])
			crash.size[i] = at + len;
	}
	return rc;
}

static int x_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	int rc = real_of(file)->pMethods->xTruncate(real_of(file), size);

	if (rc == SQLITE_OK && index_of(file) >= 0) {
		record(TRUNCATE, index_of(file), size, NULL, 0);
		crash.size[index_of(file)] = size;
	}
	return rc;
}

static int x_sync(sqlite3_file *file, int flags)
{
	(void)flags; /* the page cache of the machine that runs the test is not part of the model */
	if (crash.syncs_left == 0)
		return SQLITE_IOERR_FSYNC;
	if (crash.syncs_left > 0)
		crash.syncs_left--;
	if (index_of(file) >= 0)
		record(SYNC, index_of(file), 0, NULL, 0);
	if (((struct crash_file *)(void *)file)->fresh) {
		((struct crash_file *)(void *)file)->fresh = false;
		record(FOLDER_SYNC, index_of(file), 0, NULL, 0);
	}
	return SQLITE_OK;
}

static int x_size(sqlite3_file *file, sqlite3_int64 *out)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), out);
}

static int x_lock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int x_unlock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int x_reserved(sqlite3_file *file, int *out)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

/* A VFS may answer a pragma itself: that is how a test makes a setting look weaker than it is. */
static int x_control(sqlite3_file *file, int op, void *arg)
{
	char **pragma = arg;

	if (op == SQLITE_FCNTL_PRAGMA && crash.pragma != NULL && pragma[2] == NULL &&
		strcmp(pragma[1], crash.pragma) == 0) {
		pragma[0] = sqlite3_mprintf("%s", crash.pragma_value);
		return SQLITE_OK;
	}
	if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE)
		return SQLITE_OK; /* would grow the file behind our back */
	return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int x_sector(sqlite3_file *file)
{
	(void)file;
	return SECTOR;
}

static int x_characteristics(sqlite3_file *file)
{
	(void)file;
	return 0; /* no promise: no atomic writes, no powersafe overwrite */
}

static const sqlite3_io_methods methods = {
	.iVersion = 1, /* no shared memory: the log must do with exclusive locking */
	.xClose = x_close,
	.xRead = x_read,
	.xWrite = x_write,
	.xTruncate = x_truncate,
	.xSync = x_sync,
	.xFileSize = x_size,
	.xLock = x_lock,
	.xUnlock = x_unlock,
	.xCheckReservedLock = x_reserved,
	.xFileControl = x_control,
	.xSectorSize = x_sector,
	.xDeviceCharacteristics = x_characteristics,
};

static int x_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	struct crash_file *f = (struct crash_file *)(void *)file;
	int rc, there = 0;

	(void)vfs;
	memset(f, 0, sizeof(*f));
	f->real = calloc(1, (size_t)crash.real->szOsFile);
	if (f->real == NULL)
		return SQLITE_NOMEM;
	if (name != NULL && (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0)
		f->fresh = crash.real->xAccess(crash.real, name, SQLITE_ACCESS_EXISTS, &there) == SQLITE_OK &&
			   !there;
	rc = crash.real->xOpen(crash.real, name, f->real, flags, out);
	if (rc != SQLITE_OK) {
		free(f->real);
		return rc;
	}
	f->file = name == NULL ? -1 : file_index(name);
	f->base.pMethods = &methods;
	return SQLITE_OK;
}

static int x_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	int rc = crash.real->xDelete(crash.real, name, 0);

	(void)vfs;
	if (rc == SQLITE_OK) {
		int i = file_index(name);

		record(DELETE, i, 0, NULL, 0);
		crash.size[i] = 0;
		if (sync)
			record(FOLDER_SYNC, i, 0, NULL, 0);
	}
	return rc;
}

void vfs_crash_reset(void)
{
	for (size_t i = 0; i < crash.events; i++)
		free(crash.event[i].data);
	crash.events = 0;
	crash.acknowledged = 0;
	crash.space = -1;
	crash.syncs_left = -1;
	crash.pragma = NULL;
	memset(crash.name, 0, sizeof(crash.name));
	memset(crash.size, 0, sizeof(crash.size));
	if (crash.real != NULL)
		return;
	crash.real = sqlite3_vfs_find(NULL);
	crash.vfs = *crash.real;
	crash.vfs.zName = VFS_CRASH;
	crash.vfs.pNext = NULL;
	crash.vfs.szOsFile = (int)sizeof(struct crash_file);
	crash.vfs.xOpen = x_open;
	crash.vfs.xDelete = x_delete;
	if (sqlite3_vfs_register(&crash.vfs, 0) != SQLITE_OK)
		abort();
}

void vfs_crash_space(int64_t bytes)
{
	crash.space = bytes;
}

void vfs_crash_fail_sync(int after)
{
	crash.syncs_left = after;
}

void vfs_crash_pragma(const char *name, const char *value)
{
	crash.pragma = name;
	crash.pragma_value = value;
}

size_t vfs_crash_events(void)
{
	return crash.events;
}

bool vfs_crash_is_sync(size_t event)
{
	return crash.event[event].what == SYNC;
}

void vfs_crash_mark(uint64_t acknowledged)
{
	crash.acknowledged = acknowledged;
}

uint64_t vfs_crash_acknowledged(size_t events)
{
	/* An event carries what was promised before it; what was promised after the last one counts too, if nothing followed. */
	return events < crash.events ? crash.event[events].acknowledged : crash.acknowledged;
}

/* ---- rebuilding ---- */

struct image {
	uint8_t *data;
	size_t size, cap;
	bool exists;
};

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13; /* xorshift: the same files for the same seed */
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void image_resize(struct image *image, size_t size)
{
	if (size > image->cap) {
		image->cap = size * 2;
		image->data = realloc(image->data, image->cap);
		if (image->data == NULL)
			abort();
	}
	if (size > image->size)
		memset(image->data + image->size, 0, size - image->size);
	image->size = size;
	image->exists = true;
}

static void apply_bytes(struct image *image, int64_t at, const uint8_t *data, size_t len)
{
	if (image->size < (size_t)at + len)
		image_resize(image, (size_t)at + len);
	memcpy(image->data + at, data, len);
}

/* Sector by sector: there, not there, or rubbish. */
static void apply_torn(struct image *image, const struct event *e, uint32_t *seed)
{
	for (size_t done = 0; done < e->len; done += SECTOR) {
		size_t n = e->len - done < SECTOR ? e->len - done : SECTOR;
		uint32_t luck = next_random(seed) % 8;
		uint8_t rubbish[SECTOR];

		if (luck == 0)
			continue;
		memset(rubbish, (int)(next_random(seed) & 0xff), sizeof(rubbish));
		apply_bytes(image, e->at + (int64_t)done, luck == 1 ? rubbish : e->data + done, n);
	}
}

static void apply(struct image *image, const struct event *e, bool torn, uint32_t *seed)
{
	if (e->what == TRUNCATE)
		image_resize(image, (size_t)e->at);
	else if (e->what == DELETE)
		*image = (struct image){ .data = image->data, .cap = image->cap };
	else if (e->what == WRITE && torn)
		apply_torn(image, e, seed);
	else if (e->what == WRITE)
		apply_bytes(image, e->at, e->data, e->len);
}

static size_t last_event(int what, int file, size_t events)
{
	for (size_t i = events; i > 0; i--) {
		if (crash.event[i - 1].what == what && (file < 0 || crash.event[i - 1].file == file))
			return i;
	}
	return 0;
}

static void rebuild_file(struct image *image, int file, size_t events, crash_kind kind, uint32_t *seed)
{
	size_t synced = last_event(SYNC, file, events), folder = last_event(FOLDER_SYNC, -1, events);

	for (size_t i = 0; i < events; i++) {
		bool deletion = crash.event[i].what == DELETE, waits = i >= (deletion ? folder : synced),
		     torn = false, lost;

		if (crash.event[i].file != file)
			continue;
		lost = waits &&
		       (kind == CRASH_SYNCED || (kind >= CRASH_RANDOM && next_random(seed) % 2 == 0));
		if (lost && deletion)
			return; /* the name still leads to the old file; what came later went to one that has no name */
		if (lost)
			continue;
		if (waits && kind == CRASH_TORN)
			torn = next_random(seed) % 2 == 0;
		apply(image, &crash.event[i], torn, seed);
	}
}

void vfs_crash_rebuild(const char *dir, size_t events, crash_kind kind, uint32_t seed)
{
	seed = seed * 2654435761u + 1;
	for (int file = 0; file < FILES && crash.name[file][0] != '\0'; file++) {
		struct image image = { 0 };
		const char *slash = strrchr(crash.name[file], '/');
		char path[700];

		snprintf(path, sizeof(path), "%s/%s", dir, slash == NULL ? crash.name[file] : slash + 1);
		remove(path);
		rebuild_file(&image, file, events, kind, &seed);
		if (image.exists) {
			FILE *out = fopen(path, "wb");

			if (out == NULL || fwrite(image.data, 1, image.size, out) != image.size ||
				fclose(out) != 0)
				abort();
		}
		free(image.data);
	}
}
