/* SPDX-License-Identifier: Apache-2.0
 *
 * test_guard.c - a file that is cut short under its mapping: a failed look-up, never a dead process, never zeros as an answer.
 */
#include "tests/unit/catalogue/image_file.h"
#include "tests/unit/catalogue/world.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define PRODUCTS 12000
#define READERS 3
#define ROUNDS 20

static world w;
static tg_buf hashes;
static uint64_t length;

static int setup(void **state)
{
	if (image_setup(state) != 0)
		return -1;
	world_init(&w, PRODUCTS, 3000, 4);
	return 0;
}

static int teardown(void **state)
{
	world_fini(&w);
	tg_buf_fini(&hashes);
	return image_teardown(state);
}

/* A whole image in the file; the one before may have been cut short. */
static tg_catalogue *whole_image(void)
{
	tg_catalogue_trust trust;
	tg_buf bytes;

	assert_int_equal(tg_catalogue_guard(NULL), TG_OK); /* here, because cmocka puts its own handler there for each test */
	image_build(&w.build);
	bytes = image_bytes();
	length = bytes.len;
	tg_buf_fini(&bytes);
	tg_buf_fini(&hashes);
	hashes = image_hashes();
	trust = (tg_catalogue_trust){ length, tg_buf_view(&hashes) };
	assert_true(length > 4 * TG_BLOCK_SIZE);
	return image_open(&trust);
}

/* As the gate asks: look up, copy what views point to, and only then look whether a page was lost meanwhile. */
static int ask(char name[256], const tg_catalogue *cat, size_t product)
{
	uint32_t before = tg_catalogue_faults(cat);
	tg_product_texts texts;
	tg_product got;
	int rc = tg_catalogue_find(&got, cat, w.products[product].gtin, NULL), lost;

	if (rc == TG_OK)
		rc = tg_catalogue_texts(&texts, cat, &got, NULL);
	if (rc == TG_OK)
		snprintf(name, 256, "%.*s", (int)texts.name.len, (const char *)texts.name.data);
	lost = tg_catalogue_lost(cat, before, NULL);
	return lost != TG_OK ? lost : rc;
}

static void is_right(const char *name, size_t product)
{
	if (strncmp(name, w.products[product].name, 255) != 0)
		fail_msg("product %zu: \"%s\", wanted \"%s\"", product, name, w.products[product].name);
}

/* Gives how many answered; each answer is right, each failure is one of damage. */
static size_t ask_all(const tg_catalogue *cat)
{
	size_t answered = 0;

	for (size_t i = 0; i < PRODUCTS; i++) {
		char name[256] = "";
		int rc = ask(name, cat, i);

		if (rc == TG_OK) {
			is_right(name, i);
			answered++;
		} else if (rc != TG_EIO && rc != TG_EHASH) {
			fail_msg("product %zu: %s", i, tg_strerror(rc));
		}
	}
	return answered;
}

static void pages_that_are_gone_fail_what_needs_them_and_nothing_else(void **state)
{
	bool used[] = { false, true };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(used); i++) {
		tg_catalogue *cat = whole_image();
		uint64_t lost = 0, bad = 0;
		size_t answered;

		if (used[i])
			assert_int_equal(ask_all(cat), PRODUCTS);
		/* the names, last in the file: who needs only what stands before them is still answered */
		assert_int_equal(truncate(image_path, (off_t)(length / TG_BLOCK_SIZE / 2 * TG_BLOCK_SIZE)), 0);
		answered = ask_all(cat);
		assert_true(answered < PRODUCTS);
		for (size_t p = 0; p < PRODUCTS; p++) {
			tg_product got;

			lost += tg_catalogue_find(&got, cat, w.products[p].gtin, NULL) != TG_OK;
		}
		assert_true(lost < PRODUCTS); /* the first half of the file still answers */
		assert_int_equal(ask_all(cat), answered);
		assert_true(tg_catalogue_faults(cat) > 0);
		assert_int_not_equal(tg_catalogue_check_all(&bad, cat, NULL), TG_OK);
		/* whole again on the disk: what was lost stays lost in this mapping, and is right in a new one */
		tg_catalogue_close(cat);
		cat = whole_image();
		assert_int_equal(ask_all(cat), PRODUCTS);
		tg_catalogue_close(cat);
	}
}

static void an_empty_file_fails_everything_and_ends_nothing(void **state)
{
	tg_catalogue *cat = whole_image();
	tg_error err = { 0 };
	uint32_t lost;

	(void)state;
	assert_int_equal(truncate(image_path, 0), 0);
	assert_int_equal(ask_all(cat), 0);
	assert_int_equal(tg_catalogue_lost(cat, 0, &err), TG_EIO);
	assert_non_null(strstr(err.msg, "block"));
	lost = tg_catalogue_faults(cat);
	assert_true(lost > 0);
	assert_int_equal(ask_all(cat), 0);
	assert_int_equal(tg_catalogue_faults(cat), lost); /* a block is lost once */
	tg_catalogue_close(cat);
}

/* Without trust nothing is hashed: only the count tells. */
static void without_hashes_a_lost_page_is_still_told(void **state)
{
	tg_catalogue *cat;

	(void)state;
	tg_catalogue_close(whole_image());
	cat = image_open(NULL);
	assert_int_equal(ask_all(cat), PRODUCTS);
	assert_int_equal(truncate(image_path, 0), 0);
	for (size_t i = 0; i < PRODUCTS; i += 7) {
		char name[256] = "";

		assert_int_not_equal(ask(name, cat, i), TG_OK);
	}
	tg_catalogue_close(cat);
}

struct reader {
	pthread_t thread;
	const tg_catalogue *cat;
	atomic_bool *stop;
	size_t right, failed, wrong, first;
};

static void *read_on(void *ctx)
{
	struct reader *r = ctx;

	for (size_t i = r->first; !atomic_load(r->stop); i = (i + 1) % PRODUCTS) {
		char name[256] = "";

		if (ask(name, r->cat, i) != TG_OK)
			r->failed++;
		else if (strncmp(name, w.products[i].name, 255) == 0)
			r->right++;
		else
			r->wrong++;
	}
	return NULL;
}

/* Several readers, one of which meets the hole first: none may take the zeros that it leaves for an answer. */
static void no_reader_takes_zeros_for_an_answer(void **state)
{
	size_t failed = 0, right = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		tg_catalogue *cat = whole_image();
		struct reader readers[READERS] = { 0 };
		atomic_bool stop = false;

		assert_int_equal(ask_all(cat), PRODUCTS); /* every block is held for good */
		for (size_t i = 0; i < READERS; i++) {
			readers[i] = (struct reader){ .cat = cat, .stop = &stop, .first = i * 100 };
			assert_int_equal(pthread_create(&readers[i].thread, NULL, read_on, &readers[i]), 0);
		}
		usleep(2000);
		for (uint64_t left = tg_blocks_count(length); left-- > 0;) {
			assert_int_equal(truncate(image_path, (off_t)(left * TG_BLOCK_SIZE)), 0);
			usleep(200);
		}
		usleep(1000);
		atomic_store(&stop, true);
		for (size_t i = 0; i < READERS; i++) {
			pthread_join(readers[i].thread, NULL);
			assert_int_equal(readers[i].wrong, 0);
			failed += readers[i].failed;
			right += readers[i].right;
		}
		tg_catalogue_close(cat);
	}
	assert_true(failed > 0 && right > 0);
}

static void read_beyond(void)
{
	char path[] = "/tmp/tillgate-test-hole-XXXXXX";
	int fd = mkstemp(path);
	volatile const char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	unlink(path);
	(void)p[0];
}

static void send_one(void)
{
	raise(SIGBUS);
}

/* How a guarded process ends that does it. */
static int end_of(void (*what)(void))
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		signal(SIGBUS, SIG_DFL); /* not cmocka's */
		if (tg_catalogue_guard(NULL) == TG_OK)
			what();
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void any_other_bus_error_ends_the_process_as_ever(void **state)
{
	(void)state;
	assert_int_equal(end_of(read_beyond), SIGBUS);
	assert_int_equal(end_of(send_one), SIGBUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_that_are_gone_fail_what_needs_them_and_nothing_else),
		cmocka_unit_test(an_empty_file_fails_everything_and_ends_nothing),
		cmocka_unit_test(without_hashes_a_lost_page_is_still_told),
		cmocka_unit_test(no_reader_takes_zeros_for_an_answer),
		cmocka_unit_test(any_other_bus_error_ends_the_process_as_ever),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
