/* SPDX-License-Identifier: Apache-2.0
 *
 * document_seen.c - see document_seen.h. One line a document: size, times, inode, hash, name; sorted by name.
 */
#include "sync/hq/document_seen.h"

#include "store/base/encoding.h"
#include "store/base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_LINE "tillgate documents seen 1"
#define NUMBERS 4
#define HEX_LEN (2 * (size_t)TG_SHA256_SIZE)

static int by_name(const void *left, const void *right)
{
	const tg_seen_entry *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static void add(tg_arena *arena, tg_seen_entry **list, size_t *count, size_t *cap, const tg_seen_entry *entry)
{
	tg_seen_entry *more = tg_array_grow(*list, *count, cap, sizeof(*more));

	if (more == NULL)
		return;
	*list = more;
	more[*count] = *entry;
	more[*count].name = tg_arena_text(arena, entry->name);
	(*count)++;
}

/* `line` is terminated. */
static bool read_line(tg_seen_entry *out, char *line)
{
	int64_t *const numbers[NUMBERS] = { &out->size, &out->modified_ns, &out->changed_ns, &out->inode };
	size_t len;

	for (int i = 0; i < NUMBERS; i++) {
		char *end;

		errno = 0;
		*numbers[i] = strtoll(line, &end, 10);
		if (errno != 0 || end == line || *end != ' ')
			return false;
		line = end + 1;
	}
	if (strlen(line) <= HEX_LEN + 1 || line[HEX_LEN] != ' ')
		return false;
	line[HEX_LEN] = '\0';
	out->name = line + HEX_LEN + 1;
	return tg_hex_decode(out->sha256, &len, TG_SHA256_SIZE, line, NULL) == TG_OK && len == TG_SHA256_SIZE;
}

void tg_seen_read(tg_seen *seen, const char *path)
{
	char *line, *rest = NULL;
	bool good;
	tg_buf text;

	tg_buf_init(&text, TG_SEEN_FILE_MAX);
	good = tg_file_read(&text, path, TG_SEEN_FILE_MAX, NULL) == TG_OK && text.len > 0;
	line = good ? strtok_r((char *)text.data, "\n", &rest) : NULL;
	good = line != NULL && strcmp(line, FIRST_LINE) == 0;
	while (good && (line = strtok_r(NULL, "\n", &rest)) != NULL) {
		tg_seen_entry entry;

		good = read_line(&entry, line);
		if (good)
			add(&seen->arena, &seen->before, &seen->before_count, &seen->before_cap, &entry);
	}
	if (!good)
		seen->before_count = 0;
	if (seen->before_count > 1)
		qsort(seen->before, seen->before_count, sizeof(*seen->before), by_name);
	tg_buf_fini(&text);
}

void tg_seen_fini(tg_seen *seen)
{
	free(seen->before);
	free(seen->now);
	tg_arena_fini(&seen->arena);
	*seen = (tg_seen){ 0 };
}

static int64_t ns_of(struct timespec at)
{
	return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

static tg_seen_entry entry_of(const char *name, const struct stat *st)
{
	return (tg_seen_entry){ .name = name,
		.size = st->st_size,
		.modified_ns = ns_of(st->st_mtim),
		.changed_ns = ns_of(st->st_ctim),
		.inode = (int64_t)st->st_ino };
}

bool tg_seen_find(uint8_t sha256[TG_SHA256_SIZE], tg_seen *seen, const char *name, const struct stat *st)
{
	tg_seen_entry wanted = entry_of(name, st);
	const tg_seen_entry *found = NULL;

	if (seen->before_count > 0)
		found = bsearch(&wanted, seen->before, seen->before_count, sizeof(wanted), by_name);
	if (found == NULL || found->size != wanted.size || found->modified_ns != wanted.modified_ns ||
		found->changed_ns != wanted.changed_ns || found->inode != wanted.inode)
		return false;
	memcpy(sha256, found->sha256, TG_SHA256_SIZE);
	add(&seen->arena, &seen->now, &seen->now_count, &seen->now_cap, found);
	return true;
}

void tg_seen_note(tg_seen *seen, const char *name, const struct stat *st,
	const uint8_t sha256[TG_SHA256_SIZE], int64_t now_s)
{
	tg_seen_entry entry = entry_of(name, st);

	if (st->st_ctim.tv_sec > now_s - TG_SEEN_SETTLED_S)
		return;
	memcpy(entry.sha256, sha256, TG_SHA256_SIZE);
	add(&seen->arena, &seen->now, &seen->now_count, &seen->now_cap, &entry);
	seen->news = true;
}

void tg_seen_write(const tg_seen *seen, const char *path)
{
	tg_buf text;

	if ((!seen->news && seen->now_count == seen->before_count) || seen->arena.failed)
		return;
	tg_buf_init(&text, TG_SEEN_FILE_MAX);
	tg_buf_puts(&text, FIRST_LINE "\n");
	for (size_t i = 0; i < seen->now_count; i++) {
		const tg_seen_entry *e = &seen->now[i];
		char hex[HEX_LEN + 1];

		tg_buf_printf(&text, "%lld %lld %lld %lld %s %s\n", (long long)e->size,
			(long long)e->modified_ns, (long long)e->changed_ns, (long long)e->inode,
			tg_hex_encode(hex, e->sha256, TG_SHA256_SIZE), e->name);
	}
	if (tg_buf_check(&text, path, NULL) == TG_OK)
		(void)!tg_file_write(path, tg_buf_view(&text), 0644, NULL);
	tg_buf_fini(&text);
}
