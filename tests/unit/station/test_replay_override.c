/* SPDX-License-Identifier: Apache-2.0
 *
 * test_replay_override.c - what a policy allowed is the same in a replay; what it did not allow, and what was changed, is named.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/station/fixture.h"

#include "plugin/station/answer.h"
#include "plugin/station/replay_override.h"

#include <stdlib.h>

#define PEOPLE \
	",\"override\":{\"within_s\":900,\"authorities\":[{\"name\":\"manager\",\"rows\":[\"7\",\"8b\"],\"operations\":[\"sale\"]}," \
	"{\"name\":\"desk\",\"rows\":[\"8b\"],\"operations\":[\"sale\"]}]," \
	"\"reasons\":[{\"code\":\"agreed\",\"words\":\"Head office agreed.\"}]},\"staff\":{\"tries\":3,\"lock_s\":60}"
#define SERVED "89abcdef01234567" /* an id */
#define SECOND_US TG_US_PER_SECOND

static int setup(void **state)
{
	station_fixture *f;

	if (fixture_setup(state) != 0)
		return 1;
	f = *state;
	f->people = PEOPLE;
	fixture_sync(f, 1, 1, tg_utc_now_us());
	return 0;
}

static tg_inforce *load(station_fixture *f)
{
	static const tg_inforce_floor none;
	tg_inforce *set = NULL;

	assert_int_equal(tg_inforce_load(&set, &f->paths, f->set_id, &none, false, NULL), TG_OK);
	return set;
}

static tg_json *log_members(tg_json *entry, int64_t at_us)
{
	tg_json_set_int(entry, "v", 1);
	tg_json_set_int(entry, "seq", 17);
	tg_json_set_int(entry, "at_us", at_us);
	return entry;
}

/* A check and its override, as the station writes them. */
static void write_both(tg_json **check, tg_json **entry, const tg_inforce *set, const char *label)
{
	static tg_check_answer answer;
	tg_check_moment moment = { .now_us = set->issued_us + 60 * SECOND_US, .floor_us = set->issued_us };
	tg_check_request request;

	tg_check_request_init(&request, TG_OP_SALE);
	tg_check_request_label(&request, tg_view_str(label));
	strcpy(request.device, "till-3");
	tg_check_decide(&answer, set, &request, &moment);
	*check = log_members(tg_check_entry(&answer, &request), moment.now_us);
	tg_json_set_str(*check, "operator", SERVED);
	moment.now_us += 40 * SECOND_US;
	tg_check_decide(&answer, set, &request, &moment);
	*entry = log_members(tg_json_new_object(), moment.now_us);
	tg_check_decision_to_json(*entry, &answer);
	tg_check_circumstances_to_json(*entry, &answer);
	tg_json_set_str(*entry, "kind", "override");
	tg_json_set_str(*entry, "state", "granted");
	tg_json_set_int(*entry, "check", 17);
	tg_json_set_str(*entry, "device", "till-3");
	tg_json_set_str(*entry, "reason", "agreed");
	tg_json_set_str(*entry, "asked_by", "0123456789abcdef");
	tg_json_set_str(*entry, "by", "fedcba9876543210");
	tg_json_set_str(*entry, "authority", "manager");
	tg_json_set_int(*entry, "rules", TG_RULESET_VERSION);
	tg_json_set_bool(*entry, "released", true);
}

/* Members of the override's entry that are not as the station wrote them, and the only difference that is told of; NULL: none. */
static const struct {
	const char *what, *label, *member, *value, *differs;
} cases[] = {
	{ "as it was", GTIN_SUSPECT, NULL, NULL, NULL },
	{ "another product, that this authority may lift too", GTIN_BRAND, NULL, NULL, NULL },
	{ "an authority for another row", GTIN_SUSPECT, "authority", "desk", "authority" },
	{ "the right one of two for its row", GTIN_BRAND, "authority", "desk", NULL },
	{ "an authority that the policy does not have", GTIN_SUSPECT, "authority", "owner", "authority" },
	{ "a reason that it does not have", GTIN_SUSPECT, "reason", "because", "reason" },
	{ "whoever served", GTIN_SUSPECT, "by", "0123456789abcdef", "by" },
	{ "nobody", GTIN_SUSPECT, "by", "", "by" },
	{ "whoever served by the check's own word", GTIN_SUSPECT, "by", SERVED, "by" },
	{ "another outcome", GTIN_SUSPECT, "outcome", "allow", "outcome" },
	{ "another day", GTIN_SUSPECT, "stop", "F-9", "stop" },
	{ "what nobody may lift", GTIN_NO_SOC, NULL, NULL, "state" },
	{ "what nothing withholds", GTIN_HELD, NULL, NULL, "state" },
};

static void replay(tg_replayed *now, const tg_inforce *set, const tg_json *entry, const tg_json *check)
{
	tg_replay_override_case c;
	tg_error err = { 0 };

	if (tg_replay_override_read(&c, entry, check, &err) != TG_OK)
		fail_msg("%s", err.msg);
	tg_replay_override(now, NULL, &c, set->cat, &set->policy, entry);
}

static void what_the_policy_allowed_is_the_same_and_what_it_did_not_is_named(void **state)
{
	tg_inforce *set = load(*state);
	static tg_replayed now;

	for (size_t i = 0; i < TG_COUNT(cases); i++) {
		tg_json *check, *entry;
		bool found = cases[i].differs == NULL;

		write_both(&check, &entry, set, cases[i].label);
		if (cases[i].member != NULL)
			tg_json_set_str(entry, cases[i].member, cases[i].value);
		replay(&now, set, entry, check);
		for (size_t n = 0; n < now.count && cases[i].differs != NULL; n++)
			found = found || strcmp(now.differences[n].member, cases[i].differs) == 0;
		if (!found || (cases[i].differs == NULL && now.count > 0))
			fail_msg("%s: %zu differences, the first: %s", cases[i].what, now.count, now.count > 0 ? now.differences[0].member : "");
		tg_json_free(check);
		tg_json_free(entry);
	}
	tg_inforce_release(set);
}

/* It says neither day nor batches; what the check went by is taken for what the override went by. */
static void an_entry_that_does_not_say_its_circumstances_is_decided_by_those_of_the_check(void **state)
{
	tg_inforce *set = load(*state);
	tg_json *check, *entry, *batches = tg_json_new_array();
	static tg_replayed now;

	write_both(&check, &entry, set, GTIN_SUSPECT);
	tg_json_add_str(batches, "B1");
	tg_json_set(check, "site_batches", batches);
	tg_json_remove(entry, "day");
	replay(&now, set, entry, check);
	if (now.count > 0)
		fail_msg("%s: %s, now %s", now.differences[0].member, now.differences[0].logged, now.differences[0].now);
	tg_json_free(check);
	tg_json_free(entry);
	tg_inforce_release(set);
}

static void an_override_follows_its_check_within_the_time_of_the_policy(void **state)
{
	static const struct {
		int64_t after_s;
		size_t differences;
	} times[] = { { 0, 0 }, { 899, 0 }, { 900, 0 }, { 960, 0 }, { 961, 1 }, { -1, 1 } };
	tg_inforce *set = load(*state);
	static tg_replayed now;

	for (size_t i = 0; i < TG_COUNT(times); i++) {
		tg_json *check, *entry;

		write_both(&check, &entry, set, GTIN_SUSPECT);
		tg_json_set_int(check, "at_us", tg_json_int(tg_json_get(entry, "at_us")) - times[i].after_s * SECOND_US);
		replay(&now, set, entry, check);
		if (now.count != times[i].differences || (now.count > 0 && strcmp(now.differences[0].member, "check") != 0))
			fail_msg("after %lld s: %zu differences", (long long)times[i].after_s, now.count);
		tg_json_free(check);
		tg_json_free(entry);
	}
	tg_inforce_release(set);
}

static void a_refusal_that_is_the_gates_own_is_its_own_again(void **state)
{
	static const struct {
		const char *label, *why;
		size_t differences;
	} refusals[] = { { GTIN_NO_SOC, "not-overridable", 0 }, { GTIN_HELD, "goes-now", 0 }, { GTIN_SUSPECT, "no-authority", 0 },
		{ GTIN_SUSPECT, "not-recognised", 0 }, { GTIN_HELD, "not-a-product", 0 }, { GTIN_SUSPECT, "not-overridable", 1 },
		{ GTIN_NO_SOC, "goes-now", 1 }, { GTIN_NO_SOC, "no-authority", 1 }, { GTIN_HELD, "could-not-check", 1 } };
	tg_inforce *set = load(*state);
	static tg_replayed now;

	for (size_t i = 0; i < TG_COUNT(refusals); i++) {
		tg_json *check, *entry;

		write_both(&check, &entry, set, refusals[i].label);
		tg_json_set_str(entry, "state", "refused");
		tg_json_set_str(entry, "why", refusals[i].why);
		tg_json_remove(entry, "authority");
		replay(&now, set, entry, check);
		if (now.count != refusals[i].differences)
			fail_msg("%s, %s: %zu differences", refusals[i].label, refusals[i].why, now.count);
		tg_json_free(check);
		tg_json_free(entry);
	}
	tg_inforce_release(set);
}

static void what_is_no_override_or_rests_on_no_check_is_refused(void **state)
{
	tg_inforce *set = load(*state);
	tg_replay_override_case c;
	tg_json *check, *entry;
	uint64_t seq;

	write_both(&check, &entry, set, GTIN_SUSPECT);
	assert_int_equal(tg_replay_override_check(&seq, entry, NULL), TG_OK);
	assert_int_equal(seq, 17);
	assert_int_equal(tg_replay_override_check(&seq, check, NULL), TG_ENOTFOUND);
	assert_int_equal(tg_replay_override_read(&c, check, check, NULL), TG_ENOTFOUND);
	assert_int_equal(tg_replay_override_read(&c, entry, entry, NULL), TG_EFORMAT);
	assert_int_equal(tg_replay_override_read(&c, entry, NULL, NULL), TG_EFORMAT);
	tg_json_set_str(entry, "state", "lent");
	assert_int_equal(tg_replay_override_read(&c, entry, check, NULL), TG_EFORMAT);
	tg_json_set_str(entry, "state", "refused");
	tg_json_remove(entry, "operation"); /* refused before anything was decided */
	assert_int_equal(tg_replay_override_read(&c, entry, check, NULL), TG_ENOTFOUND);
	tg_json_free(check);
	tg_json_free(entry);
	tg_inforce_release(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_the_policy_allowed_is_the_same_and_what_it_did_not_is_named, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(an_entry_that_does_not_say_its_circumstances_is_decided_by_those_of_the_check, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(an_override_follows_its_check_within_the_time_of_the_policy, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(a_refusal_that_is_the_gates_own_is_its_own_again, setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(what_is_no_override_or_rests_on_no_check_is_refused, setup, fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
