/* SPDX-License-Identifier: Apache-2.0
 *
 * test_documents.c - which roles of documents are signed anew, what the snapshot lists, what is removed.
 */
#include "store/base/file.h"
#include "sync/hq/document_file.h"
#include "sync/hq/documents.h"
#include "tests/unit/tuf/repo.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define LIFE_US (180 * TG_US_PER_DAY)

/* A head office in a folder of its own, with papers that are named by statements, and the snapshot that it published last. */
struct office {
	char dir[4096];
	tg_site site;
	tg_records records;
	tg_soc_file *files;
	tg_root_role role;
	tg_signkey *key;
	tg_buf snapshot;
	int64_t version, now_us;
};

static void new_key(struct office *o)
{
	tg_pubkey *pub;

	tg_root_role_fini(&o->role);
	tg_signkey_free(o->key);
	assert_int_equal(tg_signkey_generate(&o->key, NULL), TG_OK);
	assert_int_equal(tg_signkey_public(&pub, o->key, NULL), TG_OK);
	assert_int_equal(tg_root_role_add(&o->role, pub, NULL), TG_OK);
	o->role.threshold = 1;
}

static void office_open(struct office *o)
{
	char path[4200];

	*o = (struct office){ .now_us = TEST_NOW_US };
	temp_dir(o->dir);
	assert_int_equal(tg_site_paths(&o->site, o->dir, NULL), TG_OK);
	(void)snprintf(path, sizeof(path), "%s/documents", o->site.records);
	assert_int_equal(tg_dir_make(path, 0700, NULL), TG_OK);
	assert_int_equal(tg_dir_make(o->site.metadata, 0700, NULL), TG_OK);
	assert_int_equal(tg_dir_make(o->site.targets, 0700, NULL), TG_OK);
	tg_buf_init(&o->snapshot, TG_TUF_SNAPSHOT_MAX);
	o->records.quiet = true;
	new_key(o);
}

static void office_close(struct office *o)
{
	for (size_t i = 0; i < o->records.soc_count; i++)
		free((void *)(uintptr_t)o->records.socs[i].id);
	for (size_t i = 0; i < o->records.soc_count; i++)
		free((void *)(uintptr_t)o->files[i].name);
	free(o->records.socs);
	free(o->files);
	tg_root_role_fini(&o->role);
	tg_signkey_free(o->key);
	tg_buf_fini(&o->snapshot);
	remove_tree(o->dir);
}

/* Paper `n` says `text`. Not synced: there are thousands. */
static void write_paper(struct office *o, size_t n, const char *text)
{
	tg_soc_file *file = &o->files[n];
	char path[4200];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", o->site.records, file->name);
	out = fopen(path, "we");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(tg_document_file_read(file, o->site.records, -1, NULL), TG_OK);
	file->whole = true;
}

/* Statements with papers; those that are there stay. */
static void add_papers(struct office *o, size_t count)
{
	size_t first = o->records.soc_count;

	o->records.socs = realloc(o->records.socs, (first + count) * sizeof(*o->records.socs));
	o->files = realloc(o->files, (first + count) * sizeof(*o->files));
	assert_non_null(o->records.socs);
	assert_non_null(o->files);
	o->records.soc_count += count;
	for (size_t i = first; i < first + count; i++) {
		char *id, *name, text[32];

		assert_true(asprintf(&id, "SOC-%05zu", i) > 0);
		assert_true(asprintf(&name, "documents/%05zu.txt", i) > 0);
		o->records.socs[i] = (tg_soc_record){ .id = id };
		o->files[i] = (tg_soc_file){ .name = name };
		(void)snprintf(text, sizeof(text), "paper %zu\n", i);
		write_paper(o, i, text);
	}
	for (size_t i = 0; i < o->records.soc_count; i++)
		o->records.socs[i].file = &o->files[i];
}

static void plan(tg_documents *d, struct office *o, bool with_records)
{
	tg_documents_ask ask = { .site = &o->site,
		.records = with_records ? &o->records : NULL,
		.snapshot = tg_buf_view(&o->snapshot),
		.role = &o->role,
		.now_us = o->now_us,
		.life_us = LIFE_US };
	tg_error err = { 0 };

	if (tg_documents_plan(d, &ask, &err) != TG_OK)
		fail_msg("plan: %s", err.msg);
}

/* Sign, place, and write the snapshot that lists it. */
static void publish(tg_documents *d, struct office *o)
{
	tg_repository_signers signers = { (const tg_signkey *const *)&o->key, 1 };
	tg_repository_snapshot snapshot = {
		.version = ++o->version, .expires_us = o->now_us + LIFE_US, .targets_version = 1
	};
	char name[64];
	tg_error err = { 0 };

	if (tg_documents_sign(d, signers, &err) != TG_OK || tg_documents_place(d, &err) != TG_OK)
		fail_msg("publish: %s", err.msg);
	snapshot.targets = tg_view_str("{}");
	snapshot.others = d->listed;
	snapshot.other_count = d->listed_count;
	tg_buf_clear(&o->snapshot);
	if (tg_repository_write_snapshot(&o->snapshot, &snapshot, signers, &err) != TG_OK)
		fail_msg("snapshot: %s", err.msg);
	(void)snprintf(name, sizeof(name), "%lld.snapshot.json", (long long)o->version);
	write_file(o->site.metadata, name, tg_buf_view(&o->snapshot));
}

/* Plan and publish; gives how many roles were signed. */
static size_t round_of(struct office *o, bool with_records)
{
	tg_documents d;
	size_t count;

	plan(&d, o, with_records);
	count = d.signed_count;
	if (count > 0)
		publish(&d, o);
	tg_documents_fini(&d);
	return count;
}

static size_t files_in(const char *folder, const char *part)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.' && strstr(entry->d_name, part) != NULL;
	(void)closedir(dir);
	return count;
}

static void no_documents_leave_no_trace(void **state)
{
	tg_documents d;
	struct office o;

	(void)state;
	office_open(&o);
	plan(&d, &o, true);
	assert_false(tg_documents_changed(&d));
	assert_null(d.delegation.name);
	assert_int_equal(d.listed_count, 0);
	tg_documents_fini(&d);
	plan(&d, &o, false);
	assert_false(tg_documents_changed(&d));
	tg_documents_fini(&d);
	office_close(&o);
}

static void what_did_not_change_is_not_signed_again(void **state)
{
	struct office o;

	(void)state;
	office_open(&o);
	add_papers(&o, 3);
	assert_int_equal(round_of(&o, true), 1);
	assert_int_equal(round_of(&o, true), 0);
	assert_int_equal(round_of(&o, false), 0);
	write_paper(&o, 1, "another paper\n");
	assert_int_equal(round_of(&o, true), 1);
	assert_int_equal(round_of(&o, true), 0);
	o.records.socs[2].file = NULL;
	assert_int_equal(round_of(&o, true), 1);
	office_close(&o);
}

static void the_last_document_gone_leaves_an_empty_role_in_the_snapshot(void **state)
{
	tg_documents d;
	struct office o;

	(void)state;
	office_open(&o);
	add_papers(&o, 1);
	assert_int_equal(round_of(&o, true), 1);
	o.records.socs[0].file = NULL;
	assert_int_equal(round_of(&o, true), 1);
	plan(&d, &o, true);
	assert_false(tg_documents_changed(&d));
	assert_int_equal(d.listed_count, 1);
	assert_non_null(d.delegation.name);
	tg_documents_fini(&d);
	office_close(&o);
}

static void signatures_are_renewed_when_half_their_life_is_over(void **state)
{
	struct office o;

	(void)state;
	office_open(&o);
	add_papers(&o, 2);
	assert_int_equal(round_of(&o, true), 1);
	o.now_us += LIFE_US / 2;
	assert_int_equal(round_of(&o, false), 0);
	o.now_us += TG_US_PER_SECOND;
	assert_int_equal(round_of(&o, false), 1);
	assert_int_equal(round_of(&o, false), 0);
	assert_int_equal(round_of(&o, true), 0); /* what refresh signed is what the records say */
	office_close(&o);
}

static void other_keys_sign_everything_anew(void **state)
{
	struct office o;

	(void)state;
	office_open(&o);
	add_papers(&o, 2);
	assert_int_equal(round_of(&o, true), 1);
	new_key(&o);
	assert_int_equal(round_of(&o, true), 1);
	office_close(&o);
}

static void a_published_role_that_is_damaged_is_made_anew(void **state)
{
	struct office o;

	(void)state;
	office_open(&o);
	add_papers(&o, 2);
	assert_int_equal(round_of(&o, true), 1);
	write_file(o.site.metadata, "1.documents.json", tg_view_str("{"));
	assert_int_equal(round_of(&o, true), 1);
	assert_int_equal(round_of(&o, true), 0);
	office_close(&o);
}

static size_t size_of_role(const struct office *o, const tg_documents_role *role)
{
	char path[4096];
	struct stat st;

	assert_int_equal(tg_documents_role_path(path, &o->site, role->name, role->version, NULL), TG_OK);
	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

static void say_sizes(const struct office *o, const tg_documents *d)
{
	size_t largest = 0;

	for (size_t i = 1; i < d->role_count; i++)
		largest = size_of_role(o, &d->roles[i]) > largest ? size_of_role(o, &d->roles[i]) : largest;
	print_message(
		"%zu documents: snapshot.json %zu bytes, documents.json %zu, the largest of %u bins %zu\n",
		d->count, o->snapshot.len, size_of_role(o, &d->roles[0]), d->bins, largest);
}

/* Needs 6,000 files, so it does all there is to see with bins. */
static void many_documents_go_into_bins_of_which_only_the_changed_ones_are_signed(void **state)
{
	tg_documents d;
	struct office o;

	(void)state;
	office_open(&o);
	add_papers(&o, 5000);
	assert_int_equal(round_of(&o, true), 1);
	plan(&d, &o, true);
	say_sizes(&o, &d);
	tg_documents_fini(&d);
	add_papers(&o, 1000);
	assert_int_equal(round_of(&o, true), 17); /* documents.json and 16 bins */
	assert_int_equal(round_of(&o, true), 0);
	assert_int_equal(round_of(&o, false), 0);
	write_paper(&o, 4711, "another paper\n");
	assert_int_equal(round_of(&o, true), 1);
	o.now_us += TG_US_PER_DAY;
	plan(&d, &o, true);
	assert_int_equal(d.bins, 16);
	assert_int_equal(d.listed_count, 17);
	say_sizes(&o, &d);
	tg_documents_fini(&d);
	/* few are left: the bins stay, a snapshot without them would be a rollback */
	for (size_t i = 10; i < o.records.soc_count; i++)
		o.records.socs[i].file = NULL;
	assert_in_range(round_of(&o, true), 1, 16);
	plan(&d, &o, true);
	assert_int_equal(d.bins, 16);
	tg_documents_fini(&d);
	/* half a life later all of them at once, from what is published alone */
	o.now_us += LIFE_US / 2;
	assert_int_equal(round_of(&o, false), 17);
	assert_int_equal(round_of(&o, true), 0);
	office_close(&o);
}

static void what_no_snapshot_names_is_removed_and_nothing_else(void **state)
{
	char folder[4200], path[4300];
	struct office o;

	(void)state;
	office_open(&o);
	add_papers(&o, 3);
	assert_int_equal(round_of(&o, true), 1);
	write_paper(&o, 0, "second issue\n");
	assert_int_equal(round_of(&o, true), 1);
	(void)snprintf(folder, sizeof(folder), "%s/documents", o.site.targets);
	write_file(folder, "left-by-a-crash~", tg_view_str("half"));
	write_file(o.site.metadata, "3.targets.json", tg_view_str("not ours"));
	tg_documents_prune(&o.site);
	assert_int_equal(files_in(folder, ""), 4); /* both issues: both snapshots are there */
	assert_int_equal(files_in(o.site.metadata, "documents"), 2);
	(void)snprintf(path, sizeof(path), "%s/1.snapshot.json", o.site.metadata);
	assert_int_equal(unlink(path), 0);
	tg_documents_prune(&o.site);
	assert_int_equal(files_in(folder, ""), 3);
	assert_int_equal(files_in(o.site.metadata, "documents"), 1);
	assert_int_equal(files_in(o.site.metadata, "targets"), 1);
	/* a snapshot that cannot be read might name anything */
	(void)snprintf(path, sizeof(path), "%s/9.snapshot.json", o.site.metadata);
	write_file(o.site.metadata, "9.snapshot.json", tg_view_str("{"));
	write_file(folder, "stranger", tg_view_str("?"));
	tg_documents_prune(&o.site);
	assert_int_equal(files_in(folder, ""), 4);
	office_close(&o);
}

static void a_paper_that_changes_while_it_is_published_stops_the_publication(void **state)
{
	tg_repository_signers signers;
	tg_documents d;
	struct office o;

	(void)state;
	office_open(&o);
	add_papers(&o, 1);
	plan(&d, &o, true);
	write_file(o.site.records, o.files[0].name, tg_view_str("swapped\n"));
	signers = (tg_repository_signers){ (const tg_signkey *const *)&o.key, 1 };
	assert_int_equal(tg_documents_sign(&d, signers, NULL), TG_OK);
	assert_int_equal(tg_documents_place(&d, NULL), TG_EHASH);
	assert_int_equal(files_in(o.site.metadata, "documents"), 0);
	tg_documents_fini(&d);
	office_close(&o);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_documents_leave_no_trace),
		cmocka_unit_test(what_did_not_change_is_not_signed_again),
		cmocka_unit_test(the_last_document_gone_leaves_an_empty_role_in_the_snapshot),
		cmocka_unit_test(signatures_are_renewed_when_half_their_life_is_over),
		cmocka_unit_test(other_keys_sign_everything_anew),
		cmocka_unit_test(a_published_role_that_is_damaged_is_made_anew),
		cmocka_unit_test(many_documents_go_into_bins_of_which_only_the_changed_ones_are_signed),
		cmocka_unit_test(what_no_snapshot_names_is_removed_and_nothing_else),
		cmocka_unit_test(a_paper_that_changes_while_it_is_published_stops_the_publication),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
