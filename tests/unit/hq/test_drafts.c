/* SPDX-License-Identifier: Apache-2.0
 *
 * test_drafts.c - what may become of a draft, and whose word counts.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/file.h"
#include "sync/hq/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define AT "2026-11-23T10:00:00Z"
#define KEY_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void make(tg_draft *out, const char *type, int64_t targets_version)
{
	tg_json *soc = tg_json_new_object(), *products = tg_json_new_array(),
		*signature = tg_json_new_object();
	tg_error err = { 0 };

	tg_json_set_str(soc, "id", "S-1");
	tg_json_set_str(soc, "status", "current");
	tg_json_set_str(soc, "type", type);
	tg_json_set_int(signature, "targets_version", targets_version);
	if (tg_draft_make(out,
		    &(tg_proposal){ .kind = TG_DRAFT_NEW,
			    .supplier = "lumen",
			    .statement = "S-1",
			    .prefix = "9521",
			    .soc = soc,
			    .products = products,
			    .replaces = "",
			    .signature = signature },
		    &err) != TG_OK)
		fail_msg("%s", err.msg);
	tg_json_free(soc);
	tg_json_free(products);
	tg_json_free(signature);
}

static tg_approval by(const char *who, const char *key)
{
	return (tg_approval){ .by = who, .key = key, .os_user = "root", .at = AT, .signature = "AAAA" };
}

static int approve(tg_draft *d, const char *who, const char *key)
{
	tg_approval a = by(who, key);

	return tg_draft_approve(d, &a, NULL);
}

static void two_people_with_two_keys_are_two(void **state)
{
	tg_approval list[TG_DRAFT_APPROVALS_MAX];
	tg_draft d;

	(void)state;
	make(&d, "H-1", 1);
	assert_string_equal(d.record, "lumen.S-1");
	assert_int_equal(approve(&d, "ann", KEY_A), TG_OK);
	assert_int_equal(approve(&d, "ann", KEY_B), TG_ESTATE); /* one person twice */
	assert_int_equal(approve(&d, "bob", KEY_A), TG_ESTATE); /* one key twice */
	assert_int_equal(tg_draft_approvals(list, &d), 1);
	assert_int_equal(approve(&d, "bob", KEY_B), TG_OK);
	assert_int_equal(tg_draft_approvals(list, &d), 2);
	assert_string_equal(list[1].by, "bob");
	tg_draft_fini(&d);
}

enum act { APPROVE, FILE_IT, REJECT, OVERTAKE, REOPEN, VOID };
static int act(tg_draft *d, enum act what)
{
	switch (what) {
	case APPROVE:
		return approve(d, "ann", KEY_A);
	case FILE_IT:
		return tg_draft_close(d, TG_DRAFT_FILED, "ann", "root", AT, "", NULL);
	case REJECT:
		return tg_draft_close(d, TG_DRAFT_REJECTED, "ann", "root", AT, "no", NULL);
	case OVERTAKE:
		return tg_draft_close(d, TG_DRAFT_OVERTAKEN, "import", "root", AT, "", NULL);
	case REOPEN:
		return tg_draft_reopen(d, NULL, NULL);
	case VOID:
		return tg_draft_void(d, NULL);
	}
	return TG_EINVAL;
}

static const struct {
	enum act first, then;
	int rc;
	tg_draft_state state;
	size_t approvals;
} steps[] = {
	{ APPROVE, FILE_IT, TG_OK, TG_DRAFT_FILED, 1 },
	{ APPROVE, REJECT, TG_OK, TG_DRAFT_REJECTED, 1 },
	{ APPROVE, OVERTAKE, TG_OK, TG_DRAFT_OVERTAKEN, 1 },
	{ APPROVE, VOID, TG_OK, TG_DRAFT_OPEN, 0 },
	{ APPROVE, REOPEN, TG_ESTATE, TG_DRAFT_OPEN, 1 },
	{ REJECT, APPROVE, TG_ESTATE, TG_DRAFT_REJECTED, 0 },
	{ REJECT, OVERTAKE, TG_ESTATE, TG_DRAFT_REJECTED, 0 },
	{ REJECT, REOPEN, TG_OK, TG_DRAFT_OPEN, 0 },
	{ REJECT, VOID, TG_ESTATE, TG_DRAFT_REJECTED, 0 },
	{ OVERTAKE, APPROVE, TG_ESTATE, TG_DRAFT_OVERTAKEN, 0 },
	{ OVERTAKE, REOPEN, TG_OK, TG_DRAFT_OPEN, 0 },
	{ FILE_IT, APPROVE, TG_ESTATE, TG_DRAFT_FILED, 0 },
	{ FILE_IT, REJECT, TG_ESTATE, TG_DRAFT_FILED, 0 },
	{ FILE_IT, REOPEN, TG_OK, TG_DRAFT_OPEN, 0 },
};

static void a_draft_goes_only_where_the_states_lead(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(steps); i++) {
		tg_approval list[TG_DRAFT_APPROVALS_MAX];
		tg_draft d, again;
		tg_buf text;
		tg_error err = { 0 };

		make(&d, "H-1", 1);
		assert_int_equal(act(&d, steps[i].first), TG_OK);
		if (act(&d, steps[i].then) != steps[i].rc || d.state != steps[i].state ||
			tg_draft_approvals(list, &d) != steps[i].approvals)
			fail_msg("step %zu: state %s, %zu approvals", i, tg_draft_states[d.state],
				tg_draft_approvals(list, &d));
		tg_buf_init(&text, TG_DRAFT_FILE_MAX);
		assert_int_equal(tg_draft_print(&text, &d, NULL), TG_OK);
		if (tg_draft_parse(&again, tg_buf_view(&text), "lumen", d.name, &err) != TG_OK)
			fail_msg("step %zu: %s", i, err.msg);
		assert_int_equal(again.state, d.state);
		assert_string_equal(again.body_sha256, d.body_sha256);
		tg_buf_fini(&text);
		tg_draft_fini(&again);
		tg_draft_fini(&d);
	}
}

static void the_name_is_of_what_is_proposed_and_the_approval_of_all_of_it(void **state)
{
	tg_draft a, b, other;
	tg_buf one, two;

	(void)state;
	make(&a, "H-1", 1);
	make(&b, "H-1", 2); /* signed anew */
	make(&other, "H-2", 1);
	assert_string_equal(a.name, b.name);
	assert_string_not_equal(a.body_sha256, b.body_sha256);
	assert_string_not_equal(a.name, other.name);
	tg_buf_init(&one, 4096);
	tg_buf_init(&two, 4096);
	assert_int_equal(tg_draft_message(&one, &a, "ann", AT, NULL), TG_OK);
	assert_int_equal(tg_draft_message(&two, &b, "ann", AT, NULL), TG_OK);
	assert_string_not_equal(tg_buf_text(&one), tg_buf_text(&two));
	tg_buf_fini(&one);
	tg_buf_fini(&two);
	tg_draft_fini(&a);
	tg_draft_fini(&b);
	tg_draft_fini(&other);
}

static void a_draft_that_was_edited_is_none(void **state)
{
	tg_draft d, again;
	tg_buf text;
	tg_error err = { 0 };
	char *at;

	(void)state;
	make(&d, "H-1", 1);
	tg_buf_init(&text, TG_DRAFT_FILE_MAX);
	assert_int_equal(tg_draft_print(&text, &d, NULL), TG_OK);
	at = strstr((char *)text.data, "H-1");
	assert_non_null(at);
	at[2] = '9';
	assert_int_equal(tg_draft_parse(&again, tg_buf_view(&text), "lumen", d.name, &err), TG_EFORMAT);
	assert_non_null(strstr(err.msg, "changed by hand"));
	at[2] = '1';
	assert_int_equal(tg_draft_parse(&again, tg_buf_view(&text), "kestrel", d.name, &err), TG_EFORMAT);
	tg_buf_fini(&text);
	tg_draft_fini(&d);
}

/* ---- people ---- */

static void in_a_folder(tg_site *site, char dir[64])
{
	(void)snprintf(dir, 64, "people.XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(tg_site_paths(site, dir, NULL), TG_OK);
}

static void remove_folder(const char *dir)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0); /* NOLINT: a name of ours */
}

static void only_signatures_of_people_registered_now_count(void **state)
{
	tg_view secret = tg_view_str("ann's own words"), wrong = tg_view_str("somebody else's");
	char dir[64], key_file[4096], why[240];
	size_t count;
	tg_site site;
	tg_draft d;
	tg_error err = { 0 };

	(void)state;
	in_a_folder(&site, dir);
	make(&d, "H-1", 1);
	assert_int_equal(tg_person_add(key_file, &site, "ann", secret, &err), TG_OK);
	assert_int_equal(tg_person_add(key_file, &site, "bob", secret, &err), TG_OK);
	assert_int_equal(tg_person_add(key_file, &site, "bob", secret, &err), TG_ESTATE);
	assert_int_equal(tg_person_approve(&d, &site, "ann", NULL, wrong, 0, &err), TG_EUNTRUSTED);
	assert_int_equal(tg_person_approve(&d, &site, "ann", key_file, secret, 0, &err),
		TG_EUNTRUSTED); /* bob's key */
	assert_int_equal(tg_person_approve(&d, &site, "carol", NULL, secret, 0, &err), TG_ENOTFOUND);
	assert_int_equal(tg_person_approve(&d, &site, "ann", NULL, secret, 0, &err), TG_OK);
	assert_int_equal(tg_person_approve(&d, &site, "bob", NULL, secret, 0, &err), TG_OK);
	assert_int_equal(tg_people_verify(&count, why, &d, &site, &err), TG_OK);
	assert_int_equal(count, 2);
	assert_string_equal(why, "");
	assert_int_equal(tg_person_remove(&site, "ann", 0, &err), TG_OK);
	assert_int_equal(tg_people_verify(&count, why, &d, &site, &err), TG_OK);
	assert_int_equal(count, 1);
	assert_non_null(strstr(why, "ann"));
	tg_draft_fini(&d);
	/* A name typed by somebody is no signature. */
	make(&d, "H-1", 1);
	assert_int_equal(approve(&d, "bob", KEY_B), TG_OK);
	assert_int_equal(tg_people_verify(&count, why, &d, &site, &err), TG_OK);
	assert_int_equal(count, 0);
	tg_draft_fini(&d);
	remove_folder(dir);
}

static void one_key_makes_one_person(void **state)
{
	char dir[64], key_file[4096], path[4200];
	tg_person_name *names = NULL;
	size_t count = 0, len;
	tg_site site;
	tg_error err = { 0 };

	(void)state;
	in_a_folder(&site, dir);
	assert_int_equal(tg_person_add(key_file, &site, "ann", tg_view_str("ann's own words"), &err), TG_OK);
	len = strlen(key_file) - strlen(".pem");
	(void)snprintf(path, sizeof(path), "%.*s.pub.pem", (int)len, key_file);
	assert_int_equal(tg_person_add_public(&site, "twin", path, &err), TG_ESTATE);
	assert_int_equal(tg_person_add_public(&site, "../x", path, &err), TG_EINVAL);
	assert_int_equal(tg_people_list(&names, &count, &site, &err), TG_OK);
	assert_int_equal(count, 1);
	assert_string_equal(names[0], "ann");
	free(names);
	assert_int_equal(tg_person_remove(&site, "ann", 0, &err), TG_OK);
	remove_folder(dir);
}

static int start(void **state)
{
	(void)state;
	return tg_crypto_init(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_people_with_two_keys_are_two),
		cmocka_unit_test(a_draft_goes_only_where_the_states_lead),
		cmocka_unit_test(the_name_is_of_what_is_proposed_and_the_approval_of_all_of_it),
		cmocka_unit_test(a_draft_that_was_edited_is_none),
		cmocka_unit_test(only_signatures_of_people_registered_now_count),
		cmocka_unit_test(one_key_makes_one_person),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
