/* SPDX-License-Identifier: Apache-2.0
 *
 * fixture.c - the station of fixture.h.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/station/fixture.h"

#include "store/base/file.h"
#include "store/catalogue/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define IMAGE_MAX (8 << 20)

static void ok(int rc, const tg_error *err)
{
	if (rc != TG_OK)
		fail_msg("%s: %s", tg_strerror(rc), err->msg);
}

static uint64_t gtin(const char *digits)
{
	tg_error err = { 0 };
	uint64_t number = 0;

	ok(tg_gtin_parse(&number, tg_view_str(digits), &err), &err);
	return number;
}

/* ---- catalogue ---- */

static void build_image(const char *path, uint64_t version)
{
	static const tg_build_note notes[] = {
		{ .id = "SN-1", .scope = TG_SCOPE_IN, .review_by = TG_DAY_NONE },
		{ .id = "CN-FOOD", .scope = TG_SCOPE_OUT, .class_note = true, .review_by = TG_DAY_NONE },
	};
	static const tg_build_range batches = { "B2600", "B2699" };
	tg_build_soc socs[] = {
		{ .id = "SOC-1",
			.link = "https://maker.example/soc-1.pdf",
			.document = TG_DOCUMENT_SOC,
			.accompanies = TG_ACCOMPANIES_IN_PACK },
		{ .id = "SOC-2",
			.link = "",
			.document = TG_DOCUMENT_SOC,
			.accompanies = TG_ACCOMPANIES_IN_PACK,
			.batches = TG_BATCHES_LISTED,
			.ranges = &batches,
			.range_count = 1 },
		{ .id = "SOC-3",
			.link = "",
			.document = TG_DOCUMENT_SOC,
			.accompanies = TG_ACCOMPANIES_IN_PACK,
			.status = version > 1 ? TG_SOC_WITHDRAWN : TG_SOC_CURRENT },
	};
	static const tg_build_link links[] = { { 0, true }, { 1, true }, { 2, true } };
	const tg_build_product products[] = {
		{ gtin(GTIN_HELD), "Smart home hub", "Maker & Co", "LH-3", 0, TG_DAY_NONE, &links[0], 1, NULL,
			0 },
		{ gtin(GTIN_NO_SOC), "Talking bear", "Bear Works", "TB-1", 0, TG_DAY_NONE, NULL, 0, NULL, 0 },
		{ gtin(GTIN_BATCHES), "Doorbell", "Maker & Co", "LD-2", 0, TG_DAY_NONE, &links[1], 1, NULL,
			0 },
		{ gtin(GTIN_OUT), "Porridge oats", "Mill", "", 1, TG_DAY_NONE, NULL, 0, NULL, 0 },
		{ gtin(GTIN_SOLD), "Lamp", "Maker & Co", "LP-1", 0, TG_DAY_NONE, &links[2], 1, NULL, 0 },
		{ gtin(GTIN_SUSPECT), "Thing", "Maker & Co", "TH-0", 0, TG_DAY_NONE, &links[0], 1, NULL, 0 },
		{ gtin(GTIN_STOPPED), "Thing", "Maker & Co", "TH-1", 0, TG_DAY_NONE, &links[0], 1, NULL, 0 },
		{ gtin(GTIN_RECALLED), "Thing", "Maker & Co", "TH-2", 0, TG_DAY_NONE, &links[0], 1, NULL, 0 },
		{ gtin(GTIN_APPEALED), "Thing", "Maker & Co", "TH-3", 0, TG_DAY_NONE, &links[0], 1, NULL, 0 },
		{ gtin(GTIN_INTENDED), "Thing", "Maker & Co", "TH-4", 0, TG_DAY_NONE, &links[0], 1, NULL, 0 },
		{ gtin(GTIN_FAILED), "Thing", "Maker & Co", "TH-5", 0, TG_DAY_NONE, &links[0], 1, NULL, 0 },
		{ gtin(GTIN_PUBLISHED), "Thing", "Maker & Co", "TH-6", 0, TG_DAY_NONE, &links[0], 1, NULL, 0 },
		{ gtin(GTIN_BRAND), "Thing", "Maker & Co", "TH-7", 0, TG_DAY_NONE, &links[0], 1, NULL, 0 },
		{ gtin(GTIN_SHORTENED), "Thing", "Maker & Co", "TH-8", 0, TG_DAY_NONE, &links[0], 1, NULL, 0 },
	};
	static const tg_build_stop stops[] = {
		{ .id = "F-1", .kind = TG_STOP_SUSPICION, .from = 20000, .to = TG_DAY_NONE },
		{ .id = "N-1", .kind = TG_STOP_NOTICE, .from = 20000, .to = TG_DAY_NONE },
		{ .id = "N-2", .kind = TG_STOP_RECALL, .from = 20000, .to = TG_DAY_NONE },
		{ .id = "N-3", .kind = TG_STOP_APPEALED, .from = 20000, .to = TG_DAY_NONE },
		{ .id = "N-4", .kind = TG_STOP_INTENT, .from = 20000, .to = TG_DAY_NONE },
		{ .id = "F-2", .kind = TG_STOP_FAILURE, .from = 20000, .to = TG_DAY_NONE },
		{ .id = "P-1", .kind = TG_STOP_PUBLISHED, .from = 20000, .to = TG_DAY_NONE },
		{ .id = "P-2", .kind = TG_STOP_PUBLISHED, .flags = TG_STOP_BRAND_ONLY, .from = 20000, .to = TG_DAY_NONE },
		{ .id = "S-1", .kind = TG_STOP_SHORTENED, .from = 20000, .to = TG_DAY_NONE },
	};
	static const uint32_t against[] = { 0, 5, 1, 2, 3, 4, 5, 6, 7, 8 };
	const tg_build_special specials[] = {
		{ .gtin = gtin(GTIN_STOPPED), .stops = &against[2], .stop_count = 1 },
		{ .gtin = gtin(GTIN_RECALLED), .stops = &against[3], .stop_count = 1 },
		{ .gtin = gtin(GTIN_APPEALED), .stops = &against[4], .stop_count = 1 },
		{ .gtin = gtin(GTIN_INTENDED), .stops = &against[5], .stop_count = 1 },
		{ .gtin = gtin(GTIN_FAILED), .stops = &against[6], .stop_count = 1 },
		{ .gtin = gtin(GTIN_PUBLISHED), .stops = &against[7], .stop_count = 1 },
		{ .gtin = gtin(GTIN_BRAND), .stops = &against[8], .stop_count = 1 },
		{ .gtin = gtin(GTIN_SHORTENED), .stops = &against[9], .stop_count = 1 },
		{ .gtin = gtin(GTIN_SUSPECT), .stops = &against[0], .stop_count = version == 2 ? 2 : 1 },
	};
	const tg_build_in_store in_store = { UINT64_C(2000000000000), UINT64_C(2000000099999), 1 };
	tg_build build = { .version = version,
		.products = products,
		.product_count = TG_COUNT(products),
		.socs = socs,
		.soc_count = TG_COUNT(socs),
		.notes = notes,
		.note_count = TG_COUNT(notes),
		.in_store = &in_store,
		.in_store_count = 1,
		.stops = stops,
		.stop_count = TG_COUNT(stops),
		.specials = specials,
		.special_count = TG_COUNT(specials) - (version > 2) };
	tg_error err = { 0 };

	for (size_t i = 0; i < TG_COUNT(socs); i++) {
		socs[i].issued = TG_DAY_NONE;
		socs[i].dsp_end = TG_DAY_NONE;
		socs[i].link_tested = TG_DAY_NONE;
	}
	ok(tg_build_write(path, &build, &err), &err);
}

static void write_policy(station_fixture *f)
{
	tg_buf *out = &f->repo.policy;

	tg_buf_clear(out);
	tg_buf_printf(out, "{\"format\":%d,\"version\":%llu,\"operations\":{", f->people != NULL ? 2 : 1,
		(unsigned long long)f->policy_version);
	for (int op = 0; op < TG_OP_COUNT; op++)
		tg_buf_printf(out,
			"%s\"%s\":{\"ageing_s\":86400,\"stale_s\":259200,\"dead_s\":604800,\"mode\":\"%s\"}",
			op > 0 ? "," : "", tg_operation_words[op], f->mode);
	tg_buf_printf(out,
		"},\"clock_ahead_max_s\":31536000,\"on_log_failure\":\"%s\",\"dsp_ended\":\"notice\",\"batch_"
		"unknown\":\"hold\","
		"\"dsp_notice_days\":90,\"link_test_max_age_days\":30,\"label_check_max_age_days\":30,\"pass_"
		"kinds\":[\"coupon\"],"
		"\"pass\":[{\"kind\":\"loyalty-card\",\"prefix\":\"LOY\",\"max_length\":24}]",
		f->on_log_failure);
	if (f->goods_in_from != NULL)
		tg_buf_printf(out, ",\"goods_in_from\":\"%s\"", f->goods_in_from);
	if (f->people != NULL)
		tg_buf_puts(out, f->people);
	tg_buf_putc(out, '}');
}

void fixture_fill(station_fixture *f)
{
	char path[4096];
	tg_error err = { 0 };

	ok(tg_path(path, &err, "%s/image.tgc", f->root), &err);
	build_image(path, (uint64_t)f->repo.catalogue_version);
	tg_buf_clear(&f->repo.image);
	ok(tg_file_read(&f->repo.image, path, IMAGE_MAX, &err), &err);
	assert_int_equal(unlink(path), 0);
	write_policy(f);
}

void fixture_point_at(station_fixture *f, const char *set_id)
{
	char target[128], temp[4096];
	tg_error err = { 0 };

	snprintf(target, sizeof(target), "sets/%s", set_id);
	ok(tg_path(temp, &err, "%s/current.tmp", f->paths.catalogue_dir), &err);
	assert_int_equal(symlink(target, temp), 0);
	assert_int_equal(rename(temp, f->paths.catalogue_current), 0);
}

void fixture_install(station_fixture *f, int64_t issued_us)
{
	tg_error err = { 0 };

	f->repo.issued_us = issued_us - issued_us % TG_US_PER_SECOND; /* as it will be signed */
	for (int role = TG_TUF_TIMESTAMP; role < TG_TUF_ROLES; role++) {
		f->repo.version[role]++;
		f->repo.expires_us[role] = issued_us + 30 * TG_US_PER_DAY;
	}
	repo_publish(&f->repo);
	snprintf(f->set_id, sizeof(f->set_id), "%d-test", ++f->sets);
	ok(tg_path(f->set_dir, &err, "%s/sets/%s", f->paths.catalogue_dir, f->set_id), &err);
	write_set(&f->repo, f->set_dir);
	fixture_point_at(f, f->set_id);
}

void fixture_sync(station_fixture *f, uint64_t catalogue_version, uint64_t policy_version, int64_t issued_us)
{
	f->repo.catalogue_version = (int64_t)catalogue_version;
	f->policy_version = policy_version;
	fixture_fill(f);
	fixture_install(f, issued_us);
}

void fixture_flip(station_fixture *f, const char *name, long offset)
{
	char path[4096 + 128];
	FILE *file;
	int c;

	snprintf(path, sizeof(path), "%s/%s", f->set_dir, name);
	file = fopen(path, "r+b");
	assert_non_null(file);
	assert_int_equal(fseek(file, offset, offset < 0 ? SEEK_END : SEEK_SET), 0);
	c = fgetc(file);
	assert_int_not_equal(c, EOF);
	assert_int_equal(fseek(file, -1, SEEK_CUR), 0);
	fputc(c ^ 1, file);
	assert_int_equal(fclose(file), 0);
}

/* ---- enrolment ---- */

static void enrol(station_fixture *f)
{
	tg_enrol_bundle bundle = { .station = FIXTURE_STATION,
		.gln = "9524000000002",
		.owner = "trader.example",
		.metadata_url = "http://127.0.0.1:1/metadata/",
		.targets_url = "http://127.0.0.1:1/targets/",
		.issued_us = TEST_NOW_US };
	static const uint8_t cosigner[TG_ED25519_PUBLIC_SIZE] = { 1 };
	tg_error err = { 0 };
	tg_buf text;

	tg_buf_init(&text, TG_ENROL_VKEY_MAX);
	ok(tg_enrol_vkey_write(&text, "trader.example", cosigner, &err), &err);
	strcpy(bundle.cosigner, tg_buf_text(&text));
	tg_buf_fini(&text);
	tg_buf_init(&bundle.root, TG_TUF_ROOT_MAX);
	tg_buf_append(&bundle.root, f->repo.file[TG_TUF_ROOT].data, f->repo.file[TG_TUF_ROOT].len);
	tg_buf_init(&text, TG_ENROL_BUNDLE_MAX);
	ok(tg_enrol_bundle_write(&text, &bundle, &err), &err);
	ok(tg_dir_make(f->paths.trust_dir, 0755, &err), &err);
	ok(tg_file_write(f->paths.enrolment, tg_buf_view(&text), 0644, &err), &err);
	ok(tg_file_write(f->paths.trust_root, repo_file(&f->repo, TG_TUF_ROOT), 0644, &err), &err);
	tg_buf_fini(&text);
	tg_enrol_bundle_fini(&bundle);
}

int fixture_setup(void **state)
{
	station_fixture *f = calloc(1, sizeof(*f));
	tg_error err = { 0 };

	assert_non_null(f);
	temp_dir(f->root);
	repo_init(&f->repo);
	for (int role = 0; role < TG_TUF_ROLES; role++) /* the clock is the real one: the day when status warns must be far */
		f->repo.expires_us[role] += 20000 * TG_US_PER_DAY;
	repo_write(&f->repo, TG_TUF_ROOT);
	f->mode = "enforce";
	f->on_log_failure = "withhold";
	f->policy_version = 1;
	ok(tg_paths_init(&f->paths, f->root, &err), &err);
	ok(tg_dir_make(f->paths.catalogue_dir, 0755, &err), &err);
	enrol(f);
	*state = f;
	return 0;
}

int fixture_setup_synced(void **state)
{
	fixture_setup(state);
	fixture_sync(*state, 1, 1, tg_utc_now_us());
	return 0;
}

int fixture_teardown(void **state)
{
	station_fixture *f = *state;

	repo_fini(&f->repo);
	remove_tree(f->root);
	free(f);
	return 0;
}

/* ---- the station at work ---- */

tg_station *fixture_open(station_fixture *f, bool service)
{
	tg_station *station = NULL;
	tg_error err = { 0 };

	ok(tg_station_open(
		   &station, &f->paths, &(tg_station_options){ .who = "the test", .service = service }, &err),
		&err);
	return station;
}

tg_check_answer fixture_check(tg_station *station, const char *label)
{
	tg_check_request request;
	tg_check_answer answer;

	tg_check_request_init(&request, TG_OP_SALE);
	tg_check_request_label(&request, tg_view_str(label));
	strcpy(request.device, "test");
	tg_station_check(&answer, station, &request);
	return answer;
}

static int add_line(void *ctx, const tg_log_entry *entry)
{
	tg_buf_append(ctx, entry->bytes.data, entry->bytes.len);
	tg_buf_putc(ctx, '\n');
	return 0;
}

static int read_all(tg_log *log, void *ctx)
{
	return tg_log_read(log, 0, 0, UINT32_MAX, add_line, ctx, NULL);
}

char *fixture_log(tg_station *station)
{
	char *text;
	tg_buf out;

	tg_buf_init(&out, IMAGE_MAX);
	assert_int_equal(tg_journal_run(tg_station_journal(station), read_all, &out, NULL), TG_OK);
	text = strdup(tg_buf_text(&out));
	assert_non_null(text);
	tg_buf_fini(&out);
	return text;
}

size_t fixture_count(const char *in, const char *text)
{
	size_t n = 0;

	for (const char *at = strstr(in, text); at != NULL; at = strstr(at + 1, text))
		n++;
	return n;
}
