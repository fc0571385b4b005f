/* SPDX-License-Identifier: Apache-2.0
 *
 * test_file.c - files read within bounds, replaced whole whatever fails, and locks that say who holds them.
 *
 * Failures are made in a child with a file size limit, which works for every user; a read-only folder would not stop root.
 */
#include "store/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static char root[4096];

static const char *in_root(const char *name)
{
	static char paths[4][4096];
	static int turn;

	turn = (turn + 1) % 4;
	if (tg_path(paths[turn], NULL, "%s/%s", root, name) != TG_OK)
		fail_msg("path too long");
	return paths[turn];
}

static void write_file(const char *name, const char *content)
{
	tg_error err = { 0 };

	if (tg_file_write(in_root(name), tg_view_str(content), 0640, &err) != TG_OK)
		fail_msg("%s", err.msg);
}

static void assert_content(const char *name, const char *content)
{
	tg_error err = { 0 };
	tg_buf buf;

	tg_buf_init(&buf, 1 << 20);
	if (tg_file_read(&buf, in_root(name), 1 << 20, &err) != TG_OK)
		fail_msg("%s", err.msg);
	assert_string_equal(tg_buf_text(&buf), content);
	tg_buf_fini(&buf);
}

static bool exists(const char *name)
{
	return access(in_root(name), F_OK) == 0;
}

static void a_file_is_written_and_replaced_whole(void **state)
{
	struct stat st;
	mode_t old = umask(077);

	(void)state;
	write_file("whole", "first, and rather long");
	assert_content("whole", "first, and rather long");
	write_file("whole", "second");
	(void)umask(old);
	assert_content("whole", "second");
	assert_false(exists("whole.tmp"));
	assert_int_equal(stat(in_root("whole"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640); /* whatever the umask says */
	write_file("whole", "");
	assert_content("whole", "");
}

static void reading_is_bounded(void **state)
{
	tg_error err = { 0 };
	tg_buf buf;

	(void)state;
	write_file("five", "12345");
	tg_buf_init(&buf, 100);
	assert_int_equal(tg_file_read(&buf, in_root("five"), 5, &err), TG_OK);
	assert_int_equal(tg_file_read(&buf, in_root("five"), 5, &err), TG_OK);
	assert_string_equal(tg_buf_text(&buf), "1234512345"); /* appended */
	assert_int_equal(tg_file_read(&buf, in_root("five"), 4, &err), TG_ELENGTH);
	assert_non_null(strstr(err.msg, "wanted at most 4 bytes, found 5"));
	assert_int_equal(tg_file_read(&buf, in_root("absent"), 5, &err), TG_ENOTFOUND);
	assert_int_equal(err.sys, ENOENT);
	assert_int_equal(tg_file_read(&buf, in_root("five/below"), 5, &err), TG_ENOTFOUND);
	assert_int_equal(tg_file_read(&buf, root, 5, &err), TG_EIO);
	assert_non_null(strstr(err.msg, "regular file"));
	assert_int_equal(mkfifo(in_root("fifo"), 0600), 0);
	assert_int_equal(tg_file_read(&buf, in_root("fifo"), 5, &err), TG_EIO); /* and does not hang */
	tg_buf_fini(&buf);
	tg_buf_init(&buf, 3);
	assert_int_equal(tg_file_read(&buf, in_root("five"), 5, &err), TG_ELIMIT);
	tg_buf_fini(&buf);
}

/* In a child; its exit status is what `act` returns. */
static int in_child(int (*act)(void))
{
	int status = -1;
	pid_t pid;

	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(act());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static char long_text[5001];

static int write_too_much(void)
{
	struct rlimit limit = { 1000, 1000 };
	tg_error err = { 0 };

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return 2;
	memset(long_text, 'x', sizeof(long_text) - 1);
	if (tg_file_write(in_root("kept"), tg_view_str(long_text), 0600, &err) != TG_EIO)
		return 3;
	return err.sys == EFBIG && strstr(err.msg, "kept") != NULL ? 0 : 4;
}

static void a_write_that_fails_leaves_the_old_file_alone(void **state)
{
	(void)state;
	write_file("kept", "old");
	assert_int_equal(in_child(write_too_much), 0);
	assert_content("kept", "old");
	assert_false(exists("kept.tmp"));
}

static int die_half_way(void)
{
	tg_file_stage stage;

	if (tg_file_stage_open(&stage, in_root("crash"), 0600, NULL) != TG_OK)
		return 2;
	if (tg_write_all(stage.fd, "new but only ha", 15, "crash", NULL) != TG_OK)
		return 3;
	return 0; /* _exit without commit or abandon, as a power cut */
}

static void a_crash_half_way_leaves_the_old_file_and_heals(void **state)
{
	(void)state;
	write_file("crash", "old");
	assert_int_equal(in_child(die_half_way), 0);
	assert_content("crash", "old");
	assert_true(exists("crash.tmp"));
	write_file("crash", "new");
	assert_content("crash", "new");
	assert_false(exists("crash.tmp"));
}

static void a_rename_that_fails_leaves_no_temporary(void **state)
{
	tg_error err = { 0 };

	(void)state;
	assert_int_equal(tg_dir_make(in_root("folder/full"), 0700, NULL), TG_OK);
	assert_int_equal(tg_file_write(in_root("folder"), tg_view_str("x"), 0600, &err), TG_EIO);
	assert_non_null(strstr(err.msg, "rename"));
	assert_false(exists("folder.tmp"));
	assert_int_equal(tg_file_write(in_root("nowhere/file"), tg_view_str("x"), 0600, &err), TG_ENOTFOUND);
}

static void a_symbolic_link_in_the_temporarys_place_is_not_followed(void **state)
{
	(void)state;
	write_file("victim", "precious");
	assert_int_equal(symlink(in_root("victim"), in_root("linked.tmp")), 0);
	assert_int_equal(tg_file_write(in_root("linked"), tg_view_str("x"), 0600, NULL), TG_EIO);
	assert_content("victim", "precious");
}

static void a_stage_streams_and_can_be_abandoned(void **state)
{
	tg_file_stage stage, second;
	tg_error err = { 0 };

	(void)state;
	write_file("stage", "old");
	assert_int_equal(tg_file_stage_open(&stage, in_root("stage"), 0600, NULL), TG_OK);
	assert_int_equal(tg_write_all(stage.fd, "new", 3, "stage", NULL), TG_OK);
	assert_content("stage", "old");
	assert_int_equal(tg_file_stage_open(&second, in_root("stage"), 0600, &err), TG_EBUSY);
	tg_file_stage_abandon(&second);
	assert_true(exists("stage.tmp"));
	tg_file_stage_abandon(&stage);
	tg_file_stage_abandon(&stage);
	assert_content("stage", "old");
	assert_false(exists("stage.tmp"));
	assert_int_equal(tg_file_stage_commit(&stage, &err), TG_ESTATE);
	assert_int_equal(tg_file_stage_open(&stage, in_root("stage"), 0600, NULL), TG_OK);
	assert_int_equal(tg_write_all(stage.fd, "new", 3, "stage", NULL), TG_OK);
	assert_int_equal(tg_file_stage_commit(&stage, NULL), TG_OK);
	assert_int_equal(stage.fd, -1);
	tg_file_stage_abandon(&stage);
	assert_content("stage", "new");
}

static void folders_are_made_with_their_parents(void **state)
{
	tg_error err = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(tg_dir_make(in_root("a/b//c/"), 0750, &err), TG_OK);
	assert_int_equal(stat(in_root("a/b/c"), &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(tg_dir_make(in_root("a/b/c"), 0750, &err), TG_OK);
	assert_int_equal(tg_dir_sync(in_root("a/b"), &err), TG_OK);
	write_file("plain", "x");
	assert_int_equal(tg_dir_make(in_root("plain"), 0750, &err), TG_EIO);
	assert_non_null(strstr(err.msg, "wanted a folder"));
	assert_int_equal(tg_dir_make(in_root("plain/below"), 0750, &err), TG_EIO);
	assert_int_equal(tg_dir_make("", 0750, &err), TG_EINVAL);
	assert_int_equal(tg_dir_make("/", 0750, &err), TG_OK);
	assert_int_equal(tg_dir_sync(in_root("absent"), &err), TG_ENOTFOUND);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	char out[4096], name[4096];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(tg_path(out, NULL, "%s", name), TG_OK);
	assert_int_equal(tg_path(out, NULL, "%s/", name), TG_EINVAL);
	assert_string_equal(out, "");
	assert_int_equal(tg_path(out, NULL, "%s/%d.json", "root", 7), TG_OK);
	assert_string_equal(out, "root/7.json");
}

static int gate[2]; /* the child writes when it holds the lock, and holds it until the parent kills it */

static int hold_lock(void)
{
	int fd;

	if (tg_lock_take(&fd, in_root("lock"), "till\x1bgated", NULL) != TG_OK || write(gate[1], "x", 1) != 1)
		return 2;
	pause();
	return 0;
}

static void a_held_lock_names_its_holder_and_dies_with_it(void **state)
{
	tg_error err = { 0 };
	char words[128], byte;
	int fd = -1, status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(gate), 0);
	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(hold_lock());
	assert_int_equal(read(gate[0], &byte, 1), 1);
	assert_int_equal(tg_lock_take(&fd, in_root("lock"), "tillgate", &err), TG_EBUSY);
	assert_int_equal(fd, -1);
	(void)snprintf(words, sizeof(words), "lock: held by till?gated (process %ld)", (long)pid);
	assert_non_null(strstr(err.msg, words));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(tg_lock_take(&fd, in_root("lock"), "tillgate", &err), TG_OK);
	assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	(void)snprintf(words, sizeof(words), "%ld tillgate\n", (long)getpid());
	assert_content("lock", words);
	close(fd);
	close(gate[0]);
	close(gate[1]);
}

static void a_lock_whose_holder_wrote_nothing_is_still_held(void **state)
{
	tg_error err = { 0 };
	int fd = -1, second = -1;

	(void)state;
	assert_int_equal(tg_lock_take(&fd, in_root("lock2"), "first", NULL), TG_OK);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(tg_lock_take(&second, in_root("lock2"), "second", &err), TG_EBUSY);
	assert_non_null(strstr(err.msg, "lock2: held by another process"));
	close(fd);
	assert_int_equal(tg_lock_take(&second, in_root("no/lock"), "x", &err), TG_ENOTFOUND);
}

static int make_root(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(root, sizeof(root), "%s/tg_file_XXXXXX", tmp != NULL ? tmp : "/tmp");
	return mkdtemp(root) == NULL;
}

static int remove_root(void **state)
{
	static const char *const names[] = { "whole", "five", "fifo", "kept", "crash", "victim", "linked.tmp",
		"stage", "plain", "lock", "lock2", "folder/full", "folder", "a/b/c", "a/b", "a" };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(names); i++)
		(void)remove(in_root(names[i]));
	return rmdir(root); /* fails if something unexpected is left, and so does the test */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_written_and_replaced_whole),
		cmocka_unit_test(reading_is_bounded),
		cmocka_unit_test(a_write_that_fails_leaves_the_old_file_alone),
		cmocka_unit_test(a_crash_half_way_leaves_the_old_file_and_heals),
		cmocka_unit_test(a_rename_that_fails_leaves_no_temporary),
		cmocka_unit_test(a_symbolic_link_in_the_temporarys_place_is_not_followed),
		cmocka_unit_test(a_stage_streams_and_can_be_abandoned),
		cmocka_unit_test(folders_are_made_with_their_parents),
		cmocka_unit_test(a_path_that_is_too_long_is_refused),
		cmocka_unit_test(a_held_lock_names_its_holder_and_dies_with_it),
		cmocka_unit_test(a_lock_whose_holder_wrote_nothing_is_still_held),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
