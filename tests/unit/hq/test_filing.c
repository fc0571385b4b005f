/* SPDX-License-Identifier: Apache-2.0
 *
 * test_filing.c - from what a supplier says to drafts, and from a draft into the records: what changes, what stays, what is refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/file.h"
#include "sync/hq/filing.h"
#include "sync/hq/propose.h"
#include "sync/tuf/repository.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define GTIN "9521234500001"
#define KEY_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define OTHER_GTIN "9521234500018"
#define S(id, rest) "{\"gtins\":[\"" GTIN "\"],\"id\":\"" id "\"" rest "}"
#define SOURCE                                                                                               \
	"\"source\":{\"approved\":[{\"at\":\"2026-01-01T00:00:00Z\",\"by\":\"a\"},{\"at\":\"2026-01-01T00:"  \
	"00:00Z\",\"by\":\"b\"}],"                                                                           \
	"\"fetched_at\":\"2026-01-01T00:00:00Z\",\"prefix\":\"95212345\",\"role\":\"targets\",\"root_"       \
	"version\":1,\"statement\":"                                                                         \
	"\"A\",\"supplier\":\"lumen\",\"target\":\"t\",\"targets_version\":1}"

struct office {
	char dir[64];
	tg_site site;
	size_t told[TG_PROPOSE_EVENTS];
	char draft[TG_SUPPLIER_ID_MAX + TG_DRAFT_NAME_MAX + 2]; /* the last one that is open */
	tg_findings findings;
	tg_propose_result result;
};

static void write_text(const struct office *o, const char *name, const char *text)
{
	char path[4200];

	assert_int_equal(tg_path(path, NULL, "%s/%s", o->dir, name), TG_OK);
	assert_int_equal(tg_file_write(path, tg_view_str(text), 0644, NULL), TG_OK);
}

static char *read_text(const struct office *o, const char *name)
{
	char path[4200], *copy;
	tg_buf text;

	tg_buf_init(&text, 1 << 20);
	assert_int_equal(tg_path(path, NULL, "%s/%s", o->dir, name), TG_OK);
	assert_int_equal(tg_file_read(&text, path, 1 << 20, NULL), TG_OK);
	copy = strdup(tg_buf_text(&text));
	tg_buf_fini(&text);
	assert_non_null(copy);
	return copy;
}

/* A supplier whose root nobody reads here. */
static void open_office(struct office *o)
{
	char path[4200];

	*o = (struct office){ .dir = "filing.XXXXXX" };
	assert_non_null(mkdtemp(o->dir));
	assert_int_equal(tg_site_paths(&o->site, o->dir, NULL), TG_OK);
	assert_int_equal(tg_path(path, NULL, "%s/records", o->dir), TG_OK);
	assert_int_equal(tg_dir_make(path, 0755, NULL), TG_OK);
	assert_int_equal(tg_path(path, NULL, "%s/suppliers/lumen", o->dir), TG_OK);
	assert_int_equal(tg_dir_make(path, 0755, NULL), TG_OK);
	write_text(o, "suppliers/lumen/supplier.json",
		"{\"v\":1,\"id\":\"lumen\",\"name\":\"Lumen\",\"metadata_url\":\"http://x/m/"
		"\",\"targets_url\":\"http://x/t/\","
		"\"added_at\":\"2026-01-01T00:00:00Z\",\"added_by\":\"root\",\"prefixes\":[{\"prefix\":"
		"\"95212345\"}]}");
}

static void close_office(struct office *o)
{
	char command[128];

	tg_findings_fini(&o->findings);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", o->dir);
	assert_int_equal(system(command), 0); /* NOLINT: a name of ours */
}

static void tell(void *ctx, const tg_draft *draft, tg_propose_event event)
{
	struct office *o = ctx;

	o->told[event]++;
	if (event == TG_PROPOSED || event == TG_PROPOSE_WAITING)
		(void)snprintf(o->draft, sizeof(o->draft), "%s/%s", draft->supplier, draft->name);
}

/* What the supplier publishes now, compared. */
static void propose(struct office *o, const char *socs, const char *products, bool add_products)
{
	tg_propose_set set = { .name = "statements/95212345.jsonl", .signature = tg_json_new_object() };
	tg_error err = { 0 };

	memset(o->told, 0, sizeof(o->told));
	assert_int_equal(tg_prefix_parse(&set.prefix, "95212345", NULL), TG_OK);
	assert_int_equal(tg_statements_read(&set.statements, &o->findings, &set.prefix, tg_view_str(socs),
				 set.name, &err),
		TG_OK);
	assert_int_equal(tg_statements_read_products(&set.statements, &o->findings, &set.prefix,
				 tg_view_str(products), "p", &err),
		TG_OK);
	tg_json_set_str(set.signature, "role", "targets");
	tg_json_set(set.signature, "keys", tg_json_new_array());
	tg_json_set_int(set.signature, "root_version", 1);
	tg_json_set_int(set.signature, "targets_version", 1);
	tg_json_set_str(set.signature, "target", set.name);
	tg_json_set_str(set.signature, "fetched_at", "2026-01-02T00:00:00Z");
	if (tg_propose(&o->result, &o->findings, &o->site, "lumen", &set, 1,
		    &(tg_propose_options){ .add_products = add_products }, tell, o, &err) != TG_OK)
		fail_msg("%s", err.msg);
	tg_statements_fini(&set.statements);
	tg_json_free(set.signature);
}

static int file_it(struct office *o, tg_error *err)
{
	tg_filing filing = { 0 };
	tg_draft draft;
	int rc = tg_draft_load(&draft, &o->site, o->draft, err);

	if (rc == TG_OK)
		rc = tg_draft_approve(
			&draft, &(tg_approval){ "ann", KEY_A, "root", "2026-01-03T00:00:00Z", "x" }, err);
	if (rc == TG_OK)
		rc = tg_draft_approve(
			&draft, &(tg_approval){ "bob", KEY_B, "root", "2026-01-03T00:00:00Z", "x" }, err);
	if (rc == TG_OK)
		rc = tg_filing_plan(&filing, &o->site, &draft, err);
	if (rc == TG_OK)
		rc = tg_filing_write(&filing, &o->site, err);
	if (rc == TG_OK)
		rc = tg_draft_close(&draft, TG_DRAFT_FILED, "bob", "root", "2026-01-03T00:00:00Z", "", err);
	if (rc == TG_OK)
		rc = tg_draft_save(&draft, &o->site, err);
	tg_filing_fini(&filing);
	tg_draft_fini(&draft);
	return rc;
}

static char *words_of(struct office *o)
{
	tg_filing filing = { 0 };
	tg_draft draft;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(tg_draft_load(&draft, &o->site, o->draft, NULL), TG_OK);
	assert_int_equal(tg_filing_plan(&filing, &o->site, &draft, NULL), TG_OK);
	tg_filing_print(out, &filing);
	(void)fclose(out);
	tg_filing_fini(&filing);
	tg_draft_fini(&draft);
	return text;
}

/* ---- filing ---- */

static void a_new_statement_is_put_in_order_and_other_lines_stay_byte_for_byte(void **state)
{
	const char *after, *before;
	struct office o;
	tg_error err = { 0 };
	char *text;

	(void)state;
	open_office(&o);
	write_text(&o, "records/socs.jsonl",
		"{ \"id\" : \"a\", \"status\":\"current\" }\n{\"status\":\"withdrawn\",\"id\":\"z\"}\n");
	propose(&o, S("A", ",\"status\":\"current\""), "", false);
	assert_int_equal(o.told[TG_PROPOSED], 1);
	if (file_it(&o, &err) != TG_OK)
		fail_msg("%s", err.msg);
	text = read_text(&o, "records/socs.jsonl");
	before = "{ \"id\" : \"a\", \"status\":\"current\" }\n{\"gtins\"";
	after = "}\n{\"status\":\"withdrawn\",\"id\":\"z\"}\n";
	assert_int_equal(strncmp(text, before, strlen(before)), 0);
	assert_string_equal(text + strlen(text) - strlen(after), after);
	assert_non_null(strstr(text, "\"id\":\"lumen.A\""));
	assert_non_null(strstr(text, "\"by\":\"ann\""));
	free(text);
	propose(&o, S("A", ",\"status\":\"current\""), "", false);
	assert_int_equal(o.result.on_file, 1);
	assert_int_equal(o.told[TG_PROPOSED] + o.told[TG_PROPOSE_WAITING], 0);
	close_office(&o);
}

static void what_is_filed_reads_as_a_record(void **state)
{
	tg_records records = { .quiet = true };
	tg_findings findings = { 0 };
	struct office o;
	tg_error err = { 0 };
	char *text;

	(void)state;
	open_office(&o);
	propose(&o, S("A", ",\"status\":\"current\""), "", false);
	assert_int_equal(file_it(&o, &err), TG_OK);
	text = read_text(&o, "records/socs.jsonl");
	if (tg_records_read_line(&records, &findings, TG_RECORD_SOC, tg_view_of(text, strlen(text) - 1), 1) !=
		TG_OK)
		fail_msg("%s: %s", findings.list[0].field, findings.list[0].words);
	assert_string_equal(records.socs[0].source.supplier, "lumen");
	assert_string_equal(records.socs[0].source.statement, "A");
	free(text);
	tg_findings_fini(&findings);
	tg_records_fini(&records);
	close_office(&o);
}

static void what_we_found_out_stays_and_what_we_accepted_of_other_words_does_not(void **state)
{
	struct office o;
	tg_error err = { 0 };
	char *text;

	(void)state;
	open_office(&o);
	write_text(&o, "records/socs.jsonl",
		"{\"accepted_doubts\":[{\"by\":\"x\",\"code\":\"D15\",\"on\":\"2026-01-01\",\"reason\":\"r\"}"
		"],\"accompanies\":{\"how\":"
		"\"product-link\",\"link_result\":\"ok\",\"link_tested\":\"2026-01-01\"},\"document\":{"
		"\"kind\":\"soc\",\"link\":"
		"\"https://x/"
		"y\",\"sha256_on_file\":\"0000000000000000000000000000000000000000000000000000000000000000\"}"
		",\"gtins\":[\"" GTIN "\"],\"id\":\"lumen.A\"," SOURCE ",\"status\":\"current\"}\n");
	propose(&o,
		S("A", ",\"status\":\"current\",\"types\":[\"H-1\"],\"accompanies\":{\"how\":\"product-"
		       "link\"},\"document\":{\"kind\":\"soc\","
		       "\"link\":\"https://x/y\"}"),
		"", false);
	assert_int_equal(o.told[TG_PROPOSED], 1);
	text = words_of(&o);
	assert_non_null(strstr(text, "types: new: H-1"));
	assert_non_null(strstr(text, "accepted_doubts: ["));
	assert_null(strstr(text, "link_tested"));
	free(text);
	assert_int_equal(file_it(&o, &err), TG_OK);
	text = read_text(&o, "records/socs.jsonl");
	assert_non_null(strstr(text, "\"link_tested\":\"2026-01-01\""));
	assert_non_null(strstr(text, "sha256_on_file"));
	assert_null(strstr(text, "accepted_doubts"));
	free(text);
	/* Another link was never tested. */
	propose(&o,
		S("A", ",\"status\":\"current\",\"accompanies\":{\"how\":\"product-link\"},\"document\":{"
		       "\"kind\":\"soc\",\"link\":"
		       "\"https://x/z\"}"),
		"", false);
	text = words_of(&o);
	assert_non_null(strstr(text, "link_tested: 2026-01-01 -> nothing"));
	free(text);
	close_office(&o);
}

static void a_record_that_changed_since_is_not_written_over(void **state)
{
	struct office o;
	tg_error err = { 0 };

	(void)state;
	open_office(&o);
	write_text(&o, "records/socs.jsonl",
		"{\"gtins\":[\"" GTIN "\"],\"id\":\"lumen.A\"," SOURCE ",\"status\":\"current\"}\n");
	propose(&o, S("A", ",\"status\":\"current\",\"types\":[\"H-1\"]"), "", false);
	write_text(&o, "records/socs.jsonl",
		"{\"gtins\":[\"" GTIN "\"],\"id\":\"lumen.A\"," SOURCE
		",\"status\":\"current\",\"types\":[\"mine\"]}\n");
	assert_int_equal(file_it(&o, &err), TG_ESTATE);
	assert_non_null(strstr(err.msg, "changed since"));
	close_office(&o);
}

static void a_draft_must_still_be_within_what_is_registered(void **state)
{
	struct office o;
	tg_error err = { 0 };

	(void)state;
	open_office(&o);
	propose(&o, S("A", ",\"status\":\"current\""), "", false);
	write_text(&o, "suppliers/lumen/supplier.json",
		"{\"v\":1,\"id\":\"lumen\",\"name\":\"Lumen\",\"metadata_url\":\"http://x/m/"
		"\",\"targets_url\":\"http://x/t/\","
		"\"added_at\":\"2026-01-01T00:00:00Z\",\"added_by\":\"root\",\"prefixes\":[{\"prefix\":"
		"\"95212346\"}]}");
	assert_int_equal(file_it(&o, &err), TG_ESTATE);
	assert_non_null(strstr(err.msg, "no longer registered"));
	close_office(&o);
}

static void a_filing_that_was_cut_off_is_done_again_and_not_twice(void **state)
{
	struct office o;
	tg_filing filing;
	tg_draft draft;
	char *once = NULL, *twice;

	(void)state;
	open_office(&o);
	propose(&o, S("A", ",\"status\":\"current\""), "", false);
	assert_int_equal(tg_draft_load(&draft, &o.site, o.draft, NULL), TG_OK);
	for (int i = 0; i < 2; i++) { /* the draft was not closed in between */
		assert_int_equal(tg_filing_plan(&filing, &o.site, &draft, NULL), TG_OK);
		assert_int_equal(tg_filing_write(&filing, &o.site, NULL), TG_OK);
		tg_filing_fini(&filing);
		if (i == 0)
			once = read_text(&o, "records/socs.jsonl");
	}
	twice = read_text(&o, "records/socs.jsonl");
	assert_string_equal(once, twice);
	free(once);
	free(twice);
	tg_draft_fini(&draft);
	close_office(&o);
}

/* ---- proposing ---- */

static void a_statement_that_is_no_longer_published_is_a_withdrawal(void **state)
{
	struct office o;
	tg_error err = { 0 };
	char *text;

	(void)state;
	open_office(&o);
	write_text(&o, "records/socs.jsonl",
		"{\"gtins\":[\"" GTIN "\"],\"id\":\"lumen.A\"," SOURCE ",\"status\":\"current\"}\n");
	propose(&o, "", "", false);
	assert_int_equal(o.result.withdrawals, 1);
	propose(&o, "", "", false); /* and told again until it is settled */
	assert_int_equal(o.result.withdrawals, 1);
	assert_int_equal(o.told[TG_PROPOSE_WAITING], 1);
	assert_int_equal(file_it(&o, &err), TG_OK);
	text = read_text(&o, "records/socs.jsonl");
	assert_non_null(strstr(text, "\"status\":\"withdrawn\""));
	free(text);
	propose(&o, "", "", false);
	assert_int_equal(o.result.withdrawals, 0);
	close_office(&o);
}

static void where_lines_were_refused_nothing_counts_as_gone(void **state)
{
	struct office o;

	(void)state;
	open_office(&o);
	write_text(&o, "records/socs.jsonl",
		"{\"gtins\":[\"" GTIN "\"],\"id\":\"lumen.A\"," SOURCE ",\"status\":\"current\"}\n");
	propose(&o, "garbage\n", "", false);
	assert_int_equal(o.result.withdrawals, 0);
	close_office(&o);
}

static void a_supplier_does_not_write_over_a_record_of_somebody_else(void **state)
{
	struct office o;
	bool told = false;

	(void)state;
	open_office(&o);
	write_text(&o, "records/socs.jsonl",
		"{\"gtins\":[\"" GTIN "\"],\"id\":\"lumen.A\",\"status\":\"withdrawn\"}\n");
	propose(&o, S("A", ",\"status\":\"current\""), "", false);
	assert_int_equal(o.told[TG_PROPOSED], 0);
	for (size_t i = 0; i < o.findings.count; i++)
		told = told || strcmp(o.findings.list[i].code, "id-taken") == 0;
	assert_true(told);
	close_office(&o);
}

static void a_changed_mind_overtakes_and_a_return_to_it_opens_again_but_not_what_was_rejected(void **state)
{
	char first[sizeof(((struct office *)0)->draft)];
	struct office o;
	tg_draft draft;

	(void)state;
	open_office(&o);
	propose(&o, S("A", ",\"status\":\"current\""), "", false);
	memcpy(first, o.draft, sizeof(first));
	propose(&o, S("A", ",\"status\":\"current\",\"types\":[\"H-1\"]"), "", false);
	assert_int_equal(o.told[TG_PROPOSED], 1);
	assert_int_equal(o.told[TG_PROPOSE_OVERTAKEN], 1);
	assert_string_not_equal(first, o.draft);
	propose(&o, S("A", ",\"status\":\"current\""), "", false);
	assert_int_equal(o.told[TG_PROPOSED], 1);
	assert_string_equal(first, o.draft);
	assert_int_equal(tg_draft_load(&draft, &o.site, first, NULL), TG_OK);
	assert_int_equal(
		tg_draft_close(&draft, TG_DRAFT_REJECTED, "ann", "root", "2026-01-03T00:00:00Z", "no", NULL),
		TG_OK);
	assert_int_equal(tg_draft_save(&draft, &o.site, NULL), TG_OK);
	tg_draft_fini(&draft);
	propose(&o, S("A", ",\"status\":\"current\""), "", false);
	assert_int_equal(o.told[TG_PROPOSED], 0);
	assert_int_equal(o.told[TG_PROPOSE_REJECTED_BEFORE], 1);
	close_office(&o);
}

static void one_import_makes_no_more_drafts_than_people_can_read_but_every_withdrawal(void **state)
{
	struct office o;
	tg_buf text;

	(void)state;
	open_office(&o);
	write_text(&o, "records/socs.jsonl",
		"{\"gtins\":[\"" GTIN "\"],\"id\":\"lumen.A\"," SOURCE ",\"status\":\"current\"}\n");
	tg_buf_init(&text, 1 << 20);
	for (int i = 0; i < TG_PROPOSE_NEW_MAX + 3; i++)
		tg_buf_printf(&text, S("N%d", ",\"status\":\"current\"") "\n", i);
	propose(&o, tg_buf_text(&text), "", false);
	assert_int_equal(o.result.left, 3);
	assert_int_equal(o.result.withdrawals, 1);
	assert_int_equal(o.told[TG_PROPOSED], TG_PROPOSE_NEW_MAX + 1);
	propose(&o, tg_buf_text(&text), "", false);
	assert_int_equal(o.result.left, 0);
	assert_int_equal(o.told[TG_PROPOSED], 3);
	assert_int_equal(o.told[TG_PROPOSE_WAITING], TG_PROPOSE_NEW_MAX + 1);
	tg_buf_fini(&text);
	close_office(&o);
}

static void a_supplier_completes_our_products_and_adds_its_own_only_when_asked(void **state)
{
	static const char products[] =
		"{\"gtin\":\"" GTIN "\",\"name\":\"Theirs\",\"brand\":\"Lumen\",\"type\":\"H-1\"}\n"
		"{\"gtin\":\"" OTHER_GTIN "\",\"name\":\"New\",\"type\":\"H-2\"}\n";
	static const char soc[] =
		"{\"gtins\":[\"" GTIN "\",\"" OTHER_GTIN "\"],\"id\":\"A\",\"status\":\"current\"}";
	struct office o;
	tg_error err = { 0 };
	char *text;

	(void)state;
	open_office(&o);
	write_text(&o, "records/products.jsonl",
		"{\"gtin\":\"" GTIN "\",\"name\":\"Ours\",\"category\":\"c\"}\n{\"gtin\":\"9529999999993\","
		"\"name\":\"z\"}\n");
	propose(&o, soc, products, false);
	assert_int_equal(file_it(&o, &err), TG_OK);
	text = read_text(&o, "records/products.jsonl");
	assert_non_null(strstr(text, "\"name\":\"Ours\",\"type\":\"H-1\"}"));
	assert_null(strstr(text, OTHER_GTIN));
	assert_null(strstr(text, "Theirs"));
	free(text);
	propose(&o, soc, products, false);
	assert_int_equal(o.result.on_file, 1);
	propose(&o, soc, products, true);
	assert_int_equal(o.told[TG_PROPOSED], 1);
	assert_int_equal(file_it(&o, &err), TG_OK);
	text = read_text(&o, "records/products.jsonl");
	assert_non_null(strstr(text, OTHER_GTIN));
	assert_true(strstr(text, OTHER_GTIN) < strstr(text, "9529999999993"));
	free(text);
	close_office(&o);
}

static int start(void **state)
{
	(void)state;
	return tg_crypto_init(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_statement_is_put_in_order_and_other_lines_stay_byte_for_byte),
		cmocka_unit_test(what_is_filed_reads_as_a_record),
		cmocka_unit_test(what_we_found_out_stays_and_what_we_accepted_of_other_words_does_not),
		cmocka_unit_test(a_record_that_changed_since_is_not_written_over),
		cmocka_unit_test(a_filing_that_was_cut_off_is_done_again_and_not_twice),
		cmocka_unit_test(a_draft_must_still_be_within_what_is_registered),
		cmocka_unit_test(a_statement_that_is_no_longer_published_is_a_withdrawal),
		cmocka_unit_test(where_lines_were_refused_nothing_counts_as_gone),
		cmocka_unit_test(a_supplier_does_not_write_over_a_record_of_somebody_else),
		cmocka_unit_test(
			a_changed_mind_overtakes_and_a_return_to_it_opens_again_but_not_what_was_rejected),
		cmocka_unit_test(one_import_makes_no_more_drafts_than_people_can_read_but_every_withdrawal),
		cmocka_unit_test(a_supplier_completes_our_products_and_adds_its_own_only_when_asked),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
