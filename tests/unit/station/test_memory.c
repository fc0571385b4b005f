/* SPDX-License-Identifier: Apache-2.0
 *
 * test_memory.c - the one sector that outlives a full disk.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "plugin/station/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static tg_paths paths;
static char file[PATH_MAX + 16];

static const tg_memory something = { { 812, 7, 3 }, INT64_C(1795403509079693), INT64_C(1795403600000000) };

static int setup(void **state)
{
	char root[] = "/tmp/tillgate-memory-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(root));
	assert_int_equal(tg_paths_init(&paths, root, NULL), TG_OK);
	assert_int_equal(mkdir(paths.evidence_dir, 0700), 0);
	snprintf(file, sizeof(file), "%s/memory", paths.evidence_dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(file);
	rmdir(paths.evidence_dir);
	rmdir(paths.root);
	return 0;
}

static void what_is_written_is_read_again(void **state)
{
	const tg_memory more = { { UINT64_MAX, UINT64_MAX, UINT64_MAX }, INT64_MAX, INT64_MAX }, none = { 0 };
	const tg_memory *const all[] = { &something, &more, &none, &something };
	tg_memory read;
	struct stat st;

	(void)state;
	for (size_t i = 0; i < TG_COUNT(all); i++) {
		assert_int_equal(tg_memory_write(all[i], &paths, NULL), TG_OK);
		tg_memory_read(&read, &paths);
		assert_memory_equal(&read, all[i], sizeof(read));
		assert_int_equal(stat(file, &st), 0);
		assert_int_equal(st.st_size, 512);
	}
}

static void nothing_there_is_nothing_remembered(void **state)
{
	const tg_memory none = { 0 };
	tg_memory read = something;

	(void)state;
	tg_memory_read(&read, &paths);
	assert_memory_equal(&read, &none, sizeof(read));
}

static void any_damaged_byte_of_the_numbers_is_noticed(void **state)
{
	const tg_memory none = { 0 };
	tg_memory read;
	char byte;

	(void)state;
	for (off_t at = 0; at < 76; at++) { /* what follows is padding */
		int fd;

		assert_int_equal(tg_memory_write(&something, &paths, NULL), TG_OK);
		fd = open(file, O_RDWR | O_CLOEXEC);
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte = byte == '5' ? '6' : '5';
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		close(fd);
		tg_memory_read(&read, &paths);
		if (memcmp(&read, &none, sizeof(read)) != 0)
			fail_msg("byte %ld", (long)at);
	}
}

static void a_file_that_is_cut_short_is_noticed(void **state)
{
	const tg_memory none = { 0 };
	tg_memory read;

	(void)state;
	assert_int_equal(tg_memory_write(&something, &paths, NULL), TG_OK);
	assert_int_equal(truncate(file, 200), 0);
	tg_memory_read(&read, &paths);
	assert_memory_equal(&read, &none, sizeof(read));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_written_is_read_again),
		TEST(nothing_there_is_nothing_remembered),
		TEST(any_damaged_byte_of_the_numbers_is_noticed),
		TEST(a_file_that_is_cut_short_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
