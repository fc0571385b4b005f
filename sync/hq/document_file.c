/* SPDX-License-Identifier: Apache-2.0
 *
 * document_file.c - see document_file.h.
 */
#include "sync/hq/document_file.h"

#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/base/utc.h"
#include "sync/hq/document_seen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRESS_FILES 500 /* a line on the terminal now and then: about one a second from a cold disk */

bool tg_document_file_name_valid(const char *name)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
	const char *part = name + sizeof(TG_DOCUMENT_FOLDER) - 1;
	tg_document_type type;
	int depth = 0;

	if (strncmp(name, TG_DOCUMENT_FOLDER, sizeof(TG_DOCUMENT_FOLDER) - 1) != 0 ||
		strlen(name) > TG_DOCUMENT_NAME_MAX)
		return false;
	for (;;) {
		size_t len = strspn(part, allowed);

		if (len == 0 || part[0] == '.' || (part[len] != '/' && part[len] != '\0'))
			return false;
		if (part[len] == '\0')
			return tg_document_type_of_name(&type, part);
		if (++depth > TG_DOCUMENT_DEPTH_MAX)
			return false;
		part += len + 1;
	}
}

/* Folder by folder, so that a link at any place is refused, not followed. */
static int open_beneath(int *out, const char *folder, const char *name, tg_error *err)
{
	char part[TG_DOCUMENT_NAME_MAX + 1];
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), next = -1;

	while (dir >= 0) {
		const char *slash = strchr(name, '/');
		int flags = slash != NULL ? O_DIRECTORY : O_NONBLOCK;

		(void)snprintf(part, sizeof(part), "%.*s",
			slash != NULL ? (int)(slash - name) : (int)strlen(name), name);
		next = openat(dir, part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | flags);
		(void)close(dir);
		dir = -1;
		if (slash == NULL || next < 0)
			break;
		dir = next;
		name = slash + 1;
	}
	*out = next;
	if (next >= 0)
		return TG_OK;
	if (errno == ELOOP || errno == ENOTDIR)
		return tg_fail(
			err, TG_EFORMAT, "\"%s\" is a link or no folder; put the file itself there", part);
	return tg_fail_errno(err, errno == ENOENT ? TG_ENOTFOUND : TG_EIO, "\"%s\"", part);
}

/* The whole content once: hashed, looked at, and copied if there is somewhere to copy it to. */
static int read_content(tg_soc_file *file, int fd, int to, tg_error *err)
{
	static uint8_t buffer[1 << 16];
	tg_document_look look;
	tg_sha256_state state;
	int64_t length = 0;
	ssize_t got;
	int rc = TG_OK;

	tg_document_look_init(&look, file->type);
	tg_sha256_init(&state);
	while (rc == TG_OK && (got = read(fd, buffer, sizeof(buffer))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return tg_fail_errno(err, TG_EIO, "reading");
		length += got;
		if (length > TG_DOCUMENT_MAX)
			return tg_fail(err, TG_ELENGTH, "more than %d bytes", TG_DOCUMENT_MAX);
		tg_sha256_update(&state, buffer, (size_t)got);
		tg_document_look_update(&look, buffer, (size_t)got);
		if (to >= 0)
			rc = tg_write_all(to, buffer, (size_t)got, file->name, err);
	}
	tg_sha256_final(&state, file->sha256);
	file->length = length;
	if (rc == TG_OK && !tg_document_look_ok(&look))
		rc = length == 0 ? tg_fail(err, TG_EFORMAT, "the file is empty")
				 : tg_fail(err, TG_EFORMAT, "the content is not %s",
					   tg_document_types[file->type]);
	return rc;
}

/* Open for reading, by a name that stays in the folder; its type is known then, and `st` says what it is. */
static int open_document(
	int *fd, struct stat *st, tg_soc_file *file, const char *records_folder, tg_error *err)
{
	int rc;

	if (!tg_document_file_name_valid(file->name) || !tg_document_type_of_name(&file->type, file->name))
		return tg_fail(err, TG_EFORMAT, "\"%s\": not a name for a document", file->name);
	rc = open_beneath(fd, records_folder, file->name, err);
	if (rc != TG_OK)
		return rc;
	if (fstat(*fd, st) != 0)
		rc = tg_fail_errno(err, TG_EIO, "looking at the file");
	else if (!S_ISREG(st->st_mode))
		rc = tg_fail(err, TG_EFORMAT, "no regular file");
	if (rc != TG_OK)
		(void)close(*fd);
	return rc;
}

int tg_document_file_read(tg_soc_file *file, const char *records_folder, int to, tg_error *err)
{
	struct stat st;
	int fd, rc = open_document(&fd, &st, file, records_folder, err);

	if (rc != TG_OK)
		return rc;
	rc = read_content(file, fd, to, err);
	(void)close(fd);
	return rc;
}

/* ---- all documents of the records ---- */

static const char *code_of(int rc)
{
	return rc == TG_ENOTFOUND ? "document-missing"
	       : rc == TG_ELENGTH ? "document-too-large"
	       : rc == TG_EFORMAT ? "document-type"
				  : "document-unreadable";
}

/* What a walk over all documents needs. */
struct walk {
	tg_records *records;
	tg_findings *findings;
	const char *folder;
	tg_seen seen;
	int64_t now_s;
};

/* Read, unless it was read before and is still the same file. */
static int look(struct walk *w, tg_soc_file *file, tg_error *err)
{
	struct stat st;
	int fd, rc = open_document(&fd, &st, file, w->folder, err);

	if (rc != TG_OK)
		return rc;
	if (tg_seen_find(file->sha256, &w->seen, file->name, &st)) {
		file->length = st.st_size;
	} else {
		rc = read_content(file, fd, -1, err);
		if (rc == TG_OK)
			tg_seen_note(&w->seen, file->name, &st, file->sha256, w->now_s);
	}
	(void)close(fd);
	return rc;
}

static void check_one(struct walk *w, tg_soc_record *soc)
{
	tg_findings *findings = w->findings;
	tg_finding_at at = { tg_record_files[TG_RECORD_SOC], soc->line };
	char hex[2 * TG_SHA256_SIZE + 1];
	tg_error words = { 0 };
	int rc = look(w, soc->file, &words);

	if (rc != TG_OK) {
		tg_findings_add(findings, TG_FINDING_ERROR, code_of(rc), at, "document.file",
			"\"%s\": %s; put the document there, or leave this member out", soc->file->name,
			words.msg);
		return;
	}
	tg_hex_encode(hex, soc->file->sha256, TG_SHA256_SIZE);
	if (soc->sha256_on_file[0] != '\0' && strcmp(soc->sha256_on_file, hex) != 0) {
		tg_findings_add(findings, TG_FINDING_ERROR, "document-changed", at, "document.sha256_on_file",
			"\"%s\" has the SHA-256 %s now; compare it with what was judged, then put that back "
			"or judge anew",
			soc->file->name, hex);
		return;
	}
	soc->file->whole = true;
	if (soc->sha256_on_file[0] == '\0')
		soc->sha256_on_file = tg_arena_text(&w->records->arena, hex);
}

int tg_document_files_check(
	tg_records *records, tg_findings *findings, const char *records_folder, tg_error *err)
{
	struct walk w = { .records = records,
		.findings = findings,
		.folder = records_folder,
		.now_s = tg_utc_now_us() / TG_US_PER_SECOND };
	bool progress = !records->quiet && isatty(STDERR_FILENO);
	size_t count = 0;

	if (records->documents_seen != NULL)
		tg_seen_read(&w.seen, records->documents_seen);
	for (size_t i = 0; i < records->soc_count; i++) {
		if (records->socs[i].file == NULL)
			continue;
		check_one(&w, &records->socs[i]);
		if (progress && ++count % PROGRESS_FILES == 0)
			(void)fprintf(stderr, "\rdocuments: %zu read", count);
	}
	if (progress && count >= PROGRESS_FILES)
		(void)fputs("\r\033[K", stderr);
	if (records->documents_seen != NULL)
		tg_seen_write(&w.seen, records->documents_seen);
	tg_seen_fini(&w.seen);
	return records->arena.failed ? tg_fail(err, TG_ENOMEM, "documents: out of memory") : TG_OK;
}
