/* SPDX-License-Identifier: Apache-2.0
 *
 * test_supplier_statements.c - a supplier's text is hostile: what is refused, and that the rest stands.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/catalogue/catalogue.h"
#include "sync/hq/supplier_statements.h"

#include <stdlib.h>

#define PREFIX "95212345"
#define GTIN "9521234500001"
#define GTINS ",\"gtins\":[\"" GTIN "\"]"

struct reading {
	tg_statements statements;
	tg_findings findings;
	tg_error err;
	int rc;
};

static void read_text(struct reading *r, const char *socs, const char *products)
{
	tg_prefix prefix;

	*r = (struct reading){ 0 };
	assert_int_equal(tg_prefix_parse(&prefix, PREFIX, NULL), TG_OK);
	r->rc = tg_statements_read(
		&r->statements, &r->findings, &prefix, tg_view_str(socs), "s.jsonl", &r->err);
	if (r->rc == TG_OK)
		r->rc = tg_statements_read_products(
			&r->statements, &r->findings, &prefix, tg_view_str(products), "p.jsonl", &r->err);
}

static void done(struct reading *r)
{
	tg_statements_fini(&r->statements);
	tg_findings_fini(&r->findings);
}

static bool found(const struct reading *r, const char *code)
{
	for (size_t i = 0; i < r->findings.count; i++)
		if (strcmp(r->findings.list[i].code, code) == 0)
			return true;
	return false;
}

static const struct {
	const char *what, *line, *code; /* NULL: taken */
} lines[] = {
	{ "a plain statement", "{\"id\":\"S\",\"status\":\"current\"" GTINS "}", NULL },
	{ "a case of its product", "{\"id\":\"S\",\"status\":\"current\",\"gtins\":[\"19521234500008\"]}",
		NULL },
	{ "an umlaut", "{\"id\":\"S\",\"status\":\"current\",\"types\":[\"K\xc3\xbc-1\"]" GTINS "}", NULL },
	{ "somebody else's product", "{\"id\":\"S\",\"status\":\"current\",\"gtins\":[\"9521234600008\"]}",
		"foreign-gtin" },
	{ "somebody else's among its own",
		"{\"id\":\"S\",\"status\":\"current\",\"gtins\":[\"" GTIN "\",\"9521234600008\"]}",
		"foreign-gtin" },
	{ "a GTIN-8 with the same first digits",
		"{\"id\":\"S\",\"status\":\"current\",\"gtins\":[\"95212340\"]}", "foreign-gtin" },
	{ "no product at all", "{\"id\":\"S\",\"status\":\"current\"}", "no-gtins" },
	{ "a wrong check digit", "{\"id\":\"S\",\"status\":\"current\",\"gtins\":[\"9521234500004\"]}",
		"bad-record" },
	{ "no JSON", "hello", "bad-record" },
	{ "an array", "[]", "bad-record" },
	{ "a member that nobody knows", "{\"id\":\"S\",\"status\":\"current\",\"x\":1" GTINS "}",
		"bad-record" },
	{ "a name twice", "{\"id\":\"S\",\"id\":\"T\",\"status\":\"current\"" GTINS "}", "bad-record" },
	{ "an id that leads out of a folder", "{\"id\":\"../../x\",\"status\":\"current\"" GTINS "}",
		"bad-record" },
	{ "an id that is hidden", "{\"id\":\".x\",\"status\":\"current\"" GTINS "}", "bad-record" },
	{ "an id too long for ours in front",
		"{\"id\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"status\":\"current\"" GTINS "}",
		"id-too-long" },
	{ "an escape sequence", "{\"id\":\"S\",\"status\":\"current\",\"types\":[\"\\u001b[2J\"]" GTINS "}",
		"bad-record" },
	{ "a C1 control", "{\"id\":\"S\",\"status\":\"current\",\"types\":[\"\\u009b2J\"]" GTINS "}",
		"bad-record" },
	{ "a line break in a text", "{\"id\":\"S\",\"status\":\"current\",\"types\":[\"a\\nb\"]" GTINS "}",
		"bad-record" },
	{ "text turned round", "{\"id\":\"S\",\"status\":\"current\",\"types\":[\"a\\u202eb\"]" GTINS "}",
		"bad-record" },
	{ "an isolate", "{\"id\":\"S\",\"status\":\"current\",\"types\":[\"a\\u2066b\"]" GTINS "}",
		"bad-record" },
	{ "a zero width space", "{\"id\":\"S\",\"status\":\"current\",\"types\":[\"a\\u200bb\"]" GTINS "}",
		"hidden-character" },
	{ "a soft hyphen", "{\"id\":\"S\",\"status\":\"current\",\"types\":[\"a\\u00adb\"]" GTINS "}",
		"hidden-character" },
	{ "a byte order mark, deep inside",
		"{\"id\":\"S\",\"status\":\"current\",\"signatory\":{\"name\":\"\\ufeffAnn\"}" GTINS "}",
		"hidden-character" },
	{ "a tag character", "{\"id\":\"S\",\"status\":\"current\",\"types\":[\"a\\udb40\\udc41\"]" GTINS "}",
		"hidden-character" },
	{ "half a pair", "{\"id\":\"S\",\"status\":\"current\",\"types\":[\"\\ud83d\"]" GTINS "}",
		"bad-record" },
	{ "a NUL", "{\"id\":\"S\",\"status\":\"current\",\"types\":[\"a\\u0000b\"]" GTINS "}", "bad-record" },
	{ "no UTF-8", "{\"id\":\"S\",\"status\":\"current\",\"types\":[\"\xc3\x28\"]" GTINS "}",
		"bad-record" },
	{ "a doubt that it accepts itself",
		"{\"id\":\"S\",\"status\":\"current\",\"accepted_doubts\":[{\"code\":\"D15\",\"by\":\"x\","
		"\"on\":\"2026-01-01\","
		"\"reason\":\"y\"}]" GTINS "}",
		"not-theirs" },
	{ "a copy on our file",
		"{\"id\":\"S\",\"status\":\"current\",\"document\":{\"kind\":\"soc\",\"sha256_on_file\":"
		"\"0000000000000000000000000000000000000000000000000000000000000000\"}" GTINS "}",
		"not-theirs" },
	{ "a file of ours",
		"{\"id\":\"S\",\"status\":\"current\",\"document\":{\"kind\":\"soc\",\"file\":\"documents/"
		"x.pdf\"}" GTINS "}",
		"not-theirs" },
	{ "a test that we should have made",
		"{\"id\":\"S\",\"status\":\"current\",\"accompanies\":{\"how\":\"product-link\",\"link_"
		"tested\":\"2026-01-01\"}" GTINS "}",
		"not-theirs" },
	{ "approvals of its own",
		"{\"id\":\"S\",\"status\":\"current\",\"source\":{\"supplier\":\"a\",\"statement\":\"S\","
		"\"prefix\":\"9521\",\"role\":"
		"\"targets\",\"root_version\":1,\"targets_version\":1,\"target\":\"t\",\"fetched_at\":\"2026-"
		"01-01T00:00:00Z\","
		"\"approved\":[{\"by\":\"x\",\"at\":\"2026-01-01T00:00:00Z\"},{\"by\":\"y\",\"at\":\"2026-01-"
		"01T00:00:00Z\"}]}" GTINS "}",
		"not-theirs" },
};

static void a_hostile_line_is_refused_by_name_and_the_next_one_stands(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(lines); i++) {
		struct reading r;
		char text[2048];

		(void)snprintf(text, sizeof(text),
			"%s\n{\"id\":\"LAST\",\"status\":\"withdrawn\"" GTINS "}\n", lines[i].line);
		read_text(&r, text, "");
		assert_int_equal(r.rc, TG_OK);
		if (lines[i].code != NULL &&
			(!found(&r, lines[i].code) || r.statements.refused != 1 || r.statements.count != 1))
			fail_msg("%s: %s, %zu refused, %zu taken", lines[i].what,
				r.findings.count > 0 ? r.findings.list[0].code : "nothing found",
				r.statements.refused, r.statements.count);
		if (lines[i].code == NULL && (r.findings.count != 0 || r.statements.count != 2))
			fail_msg("%s: %s", lines[i].what,
				r.findings.count > 0 ? r.findings.list[0].words : "not taken");
		assert_non_null(tg_statements_find(&r.statements, "LAST"));
		assert_int_equal(tg_statements_find(&r.statements, "LAST")->status, TG_SOC_WITHDRAWN);
		for (size_t f = 0; f < r.findings.count; f++)
			assert_string_equal(r.findings.list[f].file, "s.jsonl");
		done(&r);
	}
}

static void what_is_said_twice_is_not_taken_once(void **state)
{
	struct reading r;

	(void)state;
	read_text(&r,
		"{\"id\":\"A\",\"status\":\"current\"" GTINS "}\n{\"id\":\"B\",\"status\":\"current\"" GTINS
		"}\n{\"id\":\"A\",\"status\":\"withdrawn\"" GTINS "}\n",
		"{\"gtin\":\"" GTIN "\",\"name\":\"x\"}\n{\"gtin\":\"0" GTIN "\",\"name\":\"y\"}\n");
	assert_int_equal(r.rc, TG_OK);
	assert_null(tg_statements_find(&r.statements, "A"));
	assert_non_null(tg_statements_find(&r.statements, "B"));
	assert_int_equal(r.statements.refused_statements, 2);
	assert_int_equal(r.statements.refused, 4);
	assert_int_equal(r.statements.product_count, 0);
	assert_true(found(&r, "duplicate-id"));
	done(&r);
}

static void a_supplier_cannot_choose_the_category_that_decides_whether_the_law_applies(void **state)
{
	struct reading r;

	(void)state;
	read_text(&r, "",
		"{\"gtin\":\"" GTIN "\",\"name\":\"Hub\",\"type\":\"H-1\"}\n"
		"{\"gtin\":\"9521234500018\",\"name\":\"Hub\",\"category\":\"food\"}\n"
		"{\"gtin\":\"9521234600008\",\"name\":\"Hub\"}\n");
	assert_int_equal(r.rc, TG_OK);
	assert_int_equal(r.statements.product_count, 1);
	assert_non_null(tg_statements_product(&r.statements, UINT64_C(9521234500001)));
	assert_true(found(&r, "not-theirs"));
	assert_true(found(&r, "foreign-gtin"));
	assert_int_equal(r.statements.refused_statements, 0);
	done(&r);
}

static void more_lines_than_people_can_read_are_refused_whole(void **state)
{
	size_t size = (size_t)(TG_STATEMENTS_MAX + 1) * 2 + 1;
	char *text = malloc(size);
	struct reading r;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i + 1 < size; i += 2)
		memcpy(text + i, "x\n", 2);
	text[size - 1] = '\0';
	read_text(&r, text, "");
	assert_int_equal(r.rc, TG_ELIMIT);
	assert_int_equal(r.findings.count, 0);
	done(&r);
	free(text);
}

static void the_same_text_in_another_order_of_names_is_the_same_statement(void **state)
{
	struct reading a, b;

	(void)state;
	read_text(&a, "{\"id\":\"A\",\"status\":\"current\"" GTINS "}", "");
	read_text(&b, "{ \"status\": \"current\"" GTINS ", \"id\": \"\\u0041\" }\n\n", "");
	assert_int_equal(a.statements.count, 1);
	assert_int_equal(b.statements.count, 1);
	assert_string_equal(a.statements.list[0].text, b.statements.list[0].text);
	done(&a);
	done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hostile_line_is_refused_by_name_and_the_next_one_stands),
		cmocka_unit_test(what_is_said_twice_is_not_taken_once),
		cmocka_unit_test(a_supplier_cannot_choose_the_category_that_decides_whether_the_law_applies),
		cmocka_unit_test(more_lines_than_people_can_read_are_refused_whole),
		cmocka_unit_test(the_same_text_in_another_order_of_names_is_the_same_statement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
