/* SPDX-License-Identifier: Apache-2.0
 *
 * replay.c - runs a fuzz target over its corpus without a fuzzer: each file as it is, cut short, and changed.
 *
 * Usage: fuzz_WHAT FOLDER-OR-FILE…
 * The same bytes give the same run on every machine, so that a failure can be repeated. An empty or missing corpus is
 * a failure: a test that ran nothing must not pass. The input that ended the run is named on standard error.
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILES 4096      /* of one corpus folder */
#define MAX_BYTES (1 << 20) /* of one corpus file */
#define CUTS 256            /* truncations of one file; a shorter file is cut at every byte */
#define CHANGES 400         /* mutated copies of one file */
#define CHANGES_IN_ONE 8    /* most mutations in one copy */
#define GROWTH_BYTES 64     /* most that one copy may grow */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Present only when AddressSanitizer is linked. */
extern void __asan_set_death_callback(void (*callback)(void)) __attribute__((weak));

static char current[512]; /* what is running, for the last words */

static void last_words(void)
{
	static const char lead[] = "replay: failed on ";

	if (write(2, lead, sizeof(lead) - 1) < 0 || write(2, current, strlen(current)) < 0 ||
		write(2, "\n", 1) < 0)
		return;
}

static void on_signal(int number)
{
	last_words();
	signal(number, SIG_DFL);
	raise(number);
}

/* An exact-size copy, so that AddressSanitizer sees the first byte read past the end. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size > 0 ? size : 1);

	if (copy == NULL)
		abort();
	if (size > 0)
		memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

/* xorshift64*: any even generator does; what counts is that it is the same everywhere. */
static uint64_t next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

/* One change in place. `data` has room for GROWTH_BYTES more than the original. */
static size_t change(uint8_t *data, size_t size, size_t room, uint64_t *state)
{
	static const uint8_t odd[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, '"', '\\', '{', '[', ',', '-', '0', '9',
		'\n', 0x1d };
	size_t at = size > 0 ? next(state) % size : 0, span;

	if (size == 0) {
		data[0] = (uint8_t)next(state);
		return 1;
	}
	switch (next(state) % 6) {
	case 0:
		data[at] ^= (uint8_t)(1u << next(state) % 8);
		return size;
	case 1:
		data[at] = odd[next(state) % sizeof(odd)];
		return size;
	case 2:
		data[at] = (uint8_t)next(state);
		return size;
	case 3: /* take a few bytes out */
		span = 1 + next(state) % 8;
		span = span > size - at ? size - at : span;
		memmove(data + at, data + at + span, size - at - span);
		return size - span;
	case 4: /* double a few bytes */
		span = 1 + next(state) % 8;
		span = span > size - at ? size - at : span;
		if (size + span > room)
			return size;
		memmove(data + at + span, data + at, size - at);
		return size + span;
	default: /* a little-endian length or count that lies */
		for (size_t i = 0; i < 4 && at + i < size; i++)
			data[at + i] = (uint8_t)(i < 2 ? next(state) : 0);
		return size;
	}
}

static void replay_bytes(const char *name, const uint8_t *data, size_t size)
{
	uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
	size_t step = size / CUTS + 1;
	uint8_t *copy = malloc(size + GROWTH_BYTES);

	if (copy == NULL)
		abort();
	for (size_t i = 0; i < size; i++) /* the seed follows the content, not the order of the files */
		state = (state ^ data[i]) * UINT64_C(1099511628211);
	state |= 1;
	(void)snprintf(current, sizeof(current), "%s", name);
	run(data, size);
	for (size_t len = 0; len < size; len += step) {
		(void)snprintf(current, sizeof(current), "%s cut to %zu bytes", name, len);
		run(data, len);
	}
	for (int i = 0; i < CHANGES; i++) {
		size_t len = size, count = 1 + next(&state) % CHANGES_IN_ONE;

		if (size > 0)
			memcpy(copy, data, size);
		while (count-- > 0)
			len = change(copy, len, size + GROWTH_BYTES, &state);
		(void)snprintf(current, sizeof(current), "%s, change %d", name, i);
		run(copy, len);
	}
	free(copy);
}

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(MAX_BYTES);
	int rc = 1;

	if (f == NULL || data == NULL) {
		perror(path);
	} else {
		size_t size = fread(data, 1, MAX_BYTES, f);

		if (!ferror(f)) {
			replay_bytes(path, data, size);
			rc = 0;
		}
	}
	free(data);
	if (f != NULL)
		(void)fclose(f);
	return rc;
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int replay_folder(const char *path)
{
	struct dirent **entries = NULL;
	int rc = 0, count = scandir(path, &entries, visible, alphasort);

	if (count < 1 || count > MAX_FILES) {
		(void)fprintf(stderr, "replay: %s: wanted 1 to %d files, found %d\n", path, MAX_FILES, count);
		rc = 1;
	}
	for (int i = 0; i < count; i++) {
		char name[4096];

		(void)snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		if (rc == 0)
			rc = replay_file(name);
		free(entries[i]);
	}
	free(entries);
	if (rc == 0)
		(void)printf("replay: %d files of %s\n", count, path);
	return rc;
}

int main(int argc, char **argv)
{
	int rc = argc < 2 ? 2 : 0;

	signal(SIGABRT, on_signal);
	signal(SIGSEGV, on_signal);
	signal(SIGFPE, on_signal);
	if (__asan_set_death_callback != NULL)
		__asan_set_death_callback(last_words);
	for (int i = 1; i < argc && rc == 0; i++) {
		struct stat st;

		rc = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode) ? replay_folder(argv[i])
								    : replay_file(argv[i]);
	}
	return rc;
}
