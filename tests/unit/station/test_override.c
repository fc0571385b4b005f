/* SPDX-License-Identifier: Apache-2.0
 *
 * test_override.c - a second person and one withheld unit: what is let go, what is refused and with which words, what is written down.
 *
 * The clock is the test's: tg_utc_now_us is wrapped.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/station/fixture.h"

#include "plugin/station/api.h"
#include "plugin/station/override.h"
#include "plugin/station/replay_override.h"
#include "plugin/station/state.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

int64_t __real_tg_utc_now_us(void);
int64_t __wrap_tg_utc_now_us(void);

static int64_t offset_us; /* of the test's clock to the real one */
static int64_t step_us;   /* and how much it gains whenever somebody looks */

int64_t __wrap_tg_utc_now_us(void)
{
	offset_us += step_us;
	return __real_tg_utc_now_us() + offset_us;
}

#define ROWS "[\"3\",\"4\",\"7\",\"7w\",\"8b\",\"25\",\"26\",\"30\",\"41\"]"
#define PEOPLE(rows) \
	",\"override\":{\"within_s\":900,\"authorities\":[{\"name\":\"manager\",\"rows\":" rows ",\"operations\":[\"sale\"]}," \
	"{\"name\":\"desk\",\"rows\":[\"8b\"],\"operations\":[\"sale\",\"dispatch\"]}]," \
	"\"reasons\":[{\"code\":\"agreed\",\"words\":\"Head office agreed.\"}]},\"staff\":{\"tries\":3,\"lock_s\":60}"
#define ANNA "482915730164"
#define BEN "771234960581"
#define DORA_BADGE "STAFF-0041"

struct bench {
	station_fixture *f;
	tg_station *st;
	/* a lane, as the station sees it */
	tg_held held;
	bool takes; /* its till does */
	int claims, sent, put_back;
};

static tg_held claim(void *ctx, const char *device, const char *reference)
{
	struct bench *b = ctx;

	assert_true(device[0] != '\0' && reference[0] != '\0');
	b->claims++;
	return b->held;
}

static bool settle(void *ctx, const char *device, const char *reference, bool go, uint64_t override_seq)
{
	struct bench *b = ctx;

	assert_true(device[0] != '\0' && reference[0] != '\0');
	assert_true(!go || override_seq > 0);
	b->sent += go;
	b->put_back += !go;
	return go && b->takes;
}

static void open_station(struct bench *b)
{
	tg_error err = { 0 };

	if (tg_station_open(&b->st, &b->f->paths,
		    &(tg_station_options){ .who = "the test", .service = true, .claim = claim, .settle = settle, .ctx = b }, &err) != TG_OK)
		fail_msg("%s", err.msg);
}

static void reopen(struct bench *b)
{
	tg_station_close(b->st);
	open_station(b);
}

static void sync_to(struct bench *b, uint64_t catalogue, uint64_t policy)
{
	tg_error err = { 0 };

	fixture_sync(b->f, catalogue, policy, tg_utc_now_us());
	if (tg_station_tick(b->st, &err) != TG_OK)
		fail_msg("%s", err.msg);
}

static void enrol(struct bench *b, const char *who, const char *right, const char *pin, const char *badge, bool owner)
{
	tg_staff_change change = { .owner = owner, .proven = !owner, .by = { .who = "sue", .pin = "390281475926" }, .who = who, .pin = pin,
		.badge = badge, .rights = { right }, .right_count = 1 };
	tg_error err = { 0 };

	if (tg_staff_add(b->st, &change, &err) != TG_OK)
		fail_msg("%s: %s", who, err.msg);
}

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	void *fixture;

	assert_non_null(b);
	offset_us = step_us = 0;
	fixture_setup(&fixture);
	b->f = fixture;
	b->f->people = PEOPLE(ROWS);
	fixture_sync(b->f, 1, 1, tg_utc_now_us());
	open_station(b);
	enrol(b, "sue", TG_SUPERVISOR, "390281475926", NULL, true);
	enrol(b, "anna", "manager", ANNA, NULL, false);
	enrol(b, "ben", "desk", BEN, NULL, false);
	enrol(b, "dora", "manager", NULL, DORA_BADGE, false);
	*state = b;
	return 0;
}

/* The clock of the log is real, that of the test may be set: how long after its check an override came cannot be compared then. */
static void expect_replay(const tg_inforce *set, const tg_json *entry, const tg_json *check)
{
	static tg_replayed now;
	tg_replay_override_case c;

	if (tg_replay_override_read(&c, entry, check, NULL) != TG_OK || c.now.catalogue_version != set->catalogue_version ||
		c.now.policy_version != set->policy_version)
		return;
	tg_replay_override(&now, NULL, &c, set->cat, &set->policy, entry);
	for (size_t i = 0; i < now.count; i++)
		if (offset_us == 0 || strcmp(now.differences[i].member, "check") != 0)
			fail_msg("override of %lld: %s: the log says %s, replay says %s", (long long)tg_json_int(tg_json_get(entry, "check")),
				now.differences[i].member, now.differences[i].logged, now.differences[i].now);
}

/* Whatever a test did: what it granted and refused under what is in force is granted and refused by a replay. */
static void expect_same_in_replay(struct bench *b)
{
	char *text = fixture_log(b->st), *at = text;
	tg_json *entries[256] = { NULL };
	int64_t floor_us;
	tg_inforce *set = tg_station__set(b->st, &floor_us);
	size_t count = 0;

	while (*at != '\0' && count < TG_COUNT(entries)) {
		size_t len = strcspn(at, "\n");
		uint64_t check;

		assert_int_equal(tg_json_parse(&entries[count], tg_view_of(at, len), NULL), TG_OK);
		if (tg_replay_override_check(&check, entries[count], NULL) == TG_OK && check < count)
			expect_replay(set, entries[count], entries[check]);
		count++;
		at += len + (at[len] == '\n');
	}
	for (size_t i = 0; i < count; i++)
		tg_json_free(entries[i]);
	tg_inforce_release(set);
	free(text);
}

static int teardown(void **state)
{
	struct bench *b = *state;
	void *fixture = b->f;

	expect_same_in_replay(b);
	tg_station_close(b->st);
	fixture_teardown(&fixture);
	free(b);
	return 0;
}

/* As a lane asks. */
static tg_check_answer check_at(struct bench *b, const char *label, tg_operation operation)
{
	tg_check_request request;
	tg_check_answer answer;

	tg_check_request_init(&request, operation);
	tg_check_request_label(&request, tg_view_str(label));
	strcpy(request.device, "till-3");
	request.scanned = true;
	tg_station_check(&answer, b->st, &request);
	return answer;
}

static tg_override_answer lift(struct bench *b, const char *reference, const char *who, const char *pin)
{
	tg_override_request request = { .reason = "agreed", .asked_by = "carl", .by = { .who = who, .pin = pin } };
	tg_override_answer answer;

	snprintf(request.reference, sizeof(request.reference), "%s", reference);
	tg_station_override(&answer, b->st, &request);
	assert_true(!answer.released || (answer.granted && answer.recorded));
	assert_true(answer.granted == (answer.authority[0] != '\0'));
	assert_true(answer.words.action[0] != '\0' && answer.words.reason[0] != '\0' && answer.words.code[0] != '\0');
	return answer;
}

static void expect(const tg_override_answer *a, tg_lift wanted, const char *what)
{
	if (a->lift != wanted)
		fail_msg("%s: %s (%s)", what, a->words.code, a->fault);
}

static void expect_in_log(struct bench *b, const char *text, size_t times)
{
	char *log = fixture_log(b->st);

	if (fixture_count(log, text) != times)
		fail_msg("%s: %zu times, wanted %zu, in\n%s", text, fixture_count(log, text), times, log);
	free(log);
}

/* Nothing of it stands in any entry, whatever happened. */
static void expect_no_secret(struct bench *b)
{
	static const char *const secrets[] = { ANNA, BEN, "390281475926", DORA_BADGE, "\"anna\"", "\"ben\"", "\"sue\"", "\"dora\"", "\"carl\"" };

	for (size_t i = 0; i < TG_COUNT(secrets); i++)
		expect_in_log(b, secrets[i], 0);
}

/* ---- what is let go ---- */

static void a_second_person_lets_one_unit_go_and_the_entry_says_all_of_it(void **state)
{
	struct bench *b = *state;
	tg_check_answer check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	tg_override_answer a;
	char wanted[64], id[TG_STAFF_ID_SIZE];

	assert_false(check.release.released);
	assert_int_equal(check.lifted_by, 1);
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_GRANTED, "anna");
	assert_true(a.granted && a.released && !a.sent && a.seq > check.seq);
	assert_string_equal(a.authority, "manager");
	snprintf(wanted, sizeof(wanted), "\"check\":%llu,", (unsigned long long)check.seq);
	expect_in_log(b, wanted, 1);
	expect_in_log(b, "\"state\":\"granted\"", 1);
	expect_in_log(b, "\"authority\":\"manager\"", 1);
	assert_int_equal(tg_staff_name_id(id, b->st, "anna", NULL), TG_OK);
	snprintf(wanted, sizeof(wanted), "\"by\":\"%s\"", id);
	expect_in_log(b, wanted, 1);
	assert_int_equal(tg_staff_name_id(id, b->st, "carl", NULL), TG_OK);
	snprintf(wanted, sizeof(wanted), "\"asked_by\":\"%s\"", id);
	expect_in_log(b, wanted, 1);
	expect_no_secret(b);
}

static const struct {
	const char *what, *label;
	tg_operation operation;
	tg_lift by_anna, by_ben; /* manager: all rows at sale; desk: brand only, at sale and dispatch */
	const char *reason;      /* in the words, where nobody may lift it */
} units[] = {
	{ "row 7", GTIN_SUSPECT, TG_OP_SALE, TG_LIFT_GRANTED, TG_LIFT_NO_AUTHORITY, NULL },
	{ "row 7 at dispatch", GTIN_SUSPECT, TG_OP_DISPATCH, TG_LIFT_NO_AUTHORITY, TG_LIFT_NO_AUTHORITY, NULL },
	{ "row 3", GTIN_APPEALED, TG_OP_SALE, TG_LIFT_GRANTED, TG_LIFT_NO_AUTHORITY, NULL },
	{ "row 4", GTIN_INTENDED, TG_OP_SALE, TG_LIFT_GRANTED, TG_LIFT_NO_AUTHORITY, NULL },
	{ "row 8b", GTIN_BRAND, TG_OP_SALE, TG_LIFT_GRANTED, TG_LIFT_GRANTED, NULL },
	{ "row 8b at dispatch", GTIN_BRAND, TG_OP_DISPATCH, TG_LIFT_NO_AUTHORITY, TG_LIFT_GRANTED, NULL },
	{ "row 8b at goods-in", GTIN_BRAND, TG_OP_GOODS_IN, TG_LIFT_NO_AUTHORITY, TG_LIFT_NO_AUTHORITY, NULL },
	{ "row 1", GTIN_STOPPED, TG_OP_SALE, TG_LIFT_NEVER, TG_LIFT_NEVER, "A notice from the regulator" },
	{ "row 2", GTIN_RECALLED, TG_OP_SALE, TG_LIFT_NEVER, TG_LIFT_NEVER, "recalled" },
	{ "row 6", GTIN_FAILED, TG_OP_SALE, TG_LIFT_NEVER, TG_LIFT_NEVER, "security problem" },
	{ "row 8", GTIN_PUBLISHED, TG_OP_SALE, TG_LIFT_NEVER, TG_LIFT_NEVER, "names this product" },
	{ "row 27", GTIN_SHORTENED, TG_OP_SALE, TG_LIFT_NEVER, TG_LIFT_NEVER, "shortened" },
	{ "row 16", GTIN_NO_SOC, TG_OP_SALE, TG_LIFT_NEVER, TG_LIFT_NEVER, "No statement of compliance" },
	{ "row 9", GTIN_UNKNOWN, TG_OP_SALE, TG_LIFT_NEVER, TG_LIFT_NEVER, "not assessed" },
	{ "row 20b", GTIN_BATCHES, TG_OP_SALE, TG_LIFT_NEVER, TG_LIFT_NEVER, "batch" },
	{ "row 20a", "]d20109524000000033" "10B2700", TG_OP_SALE, TG_LIFT_NEVER, TG_LIFT_NEVER, "batch" },
	{ "row 15", GTIN_HELD, TG_OP_SALE, TG_LIFT_NOT_WITHHELD, TG_LIFT_NOT_WITHHELD, NULL },
	{ "row 10", GTIN_OUT, TG_OP_SALE, TG_LIFT_NOT_WITHHELD, TG_LIFT_NOT_WITHHELD, NULL },
	{ "an in-store number", IN_STORE_OTHER, TG_OP_SALE, TG_LIFT_NO_PRODUCT, TG_LIFT_NO_PRODUCT, NULL },
	{ "a card", CARD, TG_OP_SALE, TG_LIFT_NO_PRODUCT, TG_LIFT_NO_PRODUCT, NULL },
	{ "no label", "hello", TG_OP_SALE, TG_LIFT_NO_PRODUCT, TG_LIFT_NO_PRODUCT, NULL },
};

static void each_unit_is_lifted_by_whoever_is_named_for_it_and_by_nobody_else(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < TG_COUNT(units); i++) {
		tg_check_answer check = check_at(b, units[i].label, units[i].operation);
		tg_override_answer a = lift(b, check.reference, "ben", BEN);

		expect(&a, units[i].by_ben, units[i].what);
		assert_true(a.recorded); /* refusals too */
		if (a.granted)
			check = check_at(b, units[i].label, units[i].operation);
		a = lift(b, check.reference, "anna", ANNA);
		expect(&a, units[i].by_anna, units[i].what);
		if (units[i].reason != NULL && strstr(a.words.reason, units[i].reason) == NULL)
			fail_msg("%s: \"%s\" does not say why", units[i].what, a.words.reason);
		if ((check.lifted_by != 0) !=
			(units[i].by_anna == TG_LIFT_GRANTED || units[i].by_ben == TG_LIFT_GRANTED))
			fail_msg("%s: the check's answer offers %x", units[i].what, check.lifted_by);
		assert_int_equal(b->put_back, 0);
	}
	expect_no_secret(b);
}

static void an_override_is_for_its_own_check_and_for_once(void **state)
{
	struct bench *b = *state;
	tg_check_answer first = check_at(b, GTIN_SUSPECT, TG_OP_SALE), second = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	tg_override_answer a = lift(b, first.reference, "anna", ANNA);

	expect(&a, TG_LIFT_GRANTED, "the first");
	a = lift(b, first.reference, "anna", ANNA);
	expect(&a, TG_LIFT_USED, "the first again");
	reopen(b); /* the log remembers, not the memory */
	a = lift(b, first.reference, "anna", ANNA);
	expect(&a, TG_LIFT_USED, "the first after a restart");
	assert_false(check_at(b, GTIN_SUSPECT, TG_OP_SALE).release.released); /* the next unit is a unit of its own */
	a = lift(b, second.reference, "anna", ANNA);
	expect(&a, TG_LIFT_GRANTED, "the second");
	expect_in_log(b, "\"state\":\"granted\"", 2);
}

static void *lift_first(void *ctx)
{
	struct bench *b = ctx;
	char *granted = malloc(1);
	tg_override_request request = { .reason = "agreed", .asked_by = "carl", .by = { .who = "anna", .pin = ANNA } };
	tg_override_answer a;
	tg_reference reference = { .epoch = 1, .seq = 4 };

	assert_non_null(granted);
	strcpy(reference.station, tg_station_identity(b->st)->short_id);
	assert_int_equal(tg_reference_format(request.reference, reference.station, 1, 5, NULL), TG_OK);
	tg_station_override(&a, b->st, &request);
	*granted = a.granted;
	return granted;
}

static void of_many_at_once_one_is_granted(void **state)
{
	struct bench *b = *state;
	pthread_t threads[8];
	int granted = 0;

	assert_int_equal(check_at(b, GTIN_SUSPECT, TG_OP_SALE).seq, 5); /* after start and four enrolments */
	for (size_t i = 0; i < TG_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, lift_first, b), 0);
	for (size_t i = 0; i < TG_COUNT(threads); i++) {
		void *one;

		assert_int_equal(pthread_join(threads[i], &one), 0);
		granted += *(char *)one;
		free(one);
	}
	assert_int_equal(granted, 1);
	expect_in_log(b, "\"state\":\"granted\"", 1);
	expect_in_log(b, "\"why\":\"already-overridden\"", 7);
}

static void an_override_follows_its_check_soon_or_not_at_all(void **state)
{
	struct bench *b = *state;
	tg_check_answer check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	tg_override_answer a;

	offset_us = 901 * TG_US_PER_SECOND;
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_TOO_LATE, "a second too late");
	offset_us = -TG_US_PER_SECOND * 60;
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_TOO_LATE, "with a clock that was set back");
	offset_us = 890 * TG_US_PER_SECOND;
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_GRANTED, "in time");
}

static void it_is_decided_anew_at_that_moment(void **state)
{
	struct bench *b = *state;
	tg_check_answer check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	tg_override_answer a;

	sync_to(b, 2, 1); /* the failure is believed now */
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_NEVER, "a stop came meanwhile");
	assert_non_null(strstr(a.words.reason, "security problem"));
	expect_in_log(b, "\"why\":\"not-overridable\"", 1);
	sync_to(b, 3, 1); /* and now nothing is left of it */
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_GOES_NOW, "nothing holds it back");
	assert_false(a.released);
	b->f->people = NULL;
	sync_to(b, 3, 2);
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_OFF, "a policy without overrides");
}

static void what_the_policy_no_longer_gives_is_refused(void **state)
{
	struct bench *b = *state;
	tg_check_answer check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	tg_override_answer a;

	b->f->people = PEOPLE("[\"4\"]");
	sync_to(b, 1, 2);
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_NO_AUTHORITY, "row 7 is no longer the manager's");
	assert_int_equal(check_at(b, GTIN_SUSPECT, TG_OP_SALE).lifted_by, 0);
}

/* ---- who ---- */

static void it_takes_a_second_person_who_is_recognised(void **state)
{
	struct bench *b = *state;
	tg_check_answer check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	tg_override_request request = { .reason = "agreed", .asked_by = "Anna", .by = { .who = "anna", .pin = ANNA } };
	tg_override_answer a;

	strcpy(request.reference, check.reference);
	tg_station_override(&a, b->st, &request);
	expect(&a, TG_LIFT_SAME_PERSON, "anna for herself");
	strcpy(request.asked_by, "dora");
	request.by = (tg_staff_proof){ .who = "", .badge = DORA_BADGE };
	tg_station_override(&a, b->st, &request);
	expect(&a, TG_LIFT_SAME_PERSON, "dora by badge for herself");
	strcpy(request.asked_by, "carl");
	strcpy(request.reason, "because");
	tg_station_override(&a, b->st, &request);
	expect(&a, TG_LIFT_NO_REASON, "a reason of their own");
	a = lift(b, check.reference, "sue", "390281475926");
	expect(&a, TG_LIFT_NO_AUTHORITY, "a supervisor has no authority by that");
	for (int i = 0; i < 3; i++) {
		a = lift(b, check.reference, "anna", "000111");
		expect(&a, TG_LIFT_NOT_RECOGNISED, "a wrong PIN");
	}
	assert_int_equal(a.wait_s, 60);
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_LOCKED, "locked out");
	assert_true(a.wait_s > 0);
	reopen(b);
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_LOCKED, "locked out, after a restart");
	expect_in_log(b, "\"kind\":\"staff\"", 4 + 3 + 2);
	expect_in_log(b, "\"event\":\"refused\"", 3);
	expect_in_log(b, "\"event\":\"locked\"", 2);
	expect_in_log(b, "because", 0); /* what somebody typed is no reason, and is not kept */
	offset_us = 61 * TG_US_PER_SECOND;
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_GRANTED, "after the lock-out");
	expect_no_secret(b);
}

static const char *const references[] = { "", "T1", "T1-0-0", "nonsense", "EDST1113-ZZZZZZZZ-A", "leeds-till-3" };

static void a_reference_of_no_check_is_refused(void **state)
{
	struct bench *b = *state;
	char future[TG_REFERENCE_SIZE], start[TG_REFERENCE_SIZE], epoch[TG_REFERENCE_SIZE], other[TG_REFERENCE_SIZE];
	const char *id = tg_station_identity(b->st)->short_id;
	tg_override_answer a;

	for (size_t i = 0; i < TG_COUNT(references); i++) {
		a = lift(b, references[i], "anna", ANNA);
		expect(&a, TG_LIFT_NO_CHECK, references[i]);
		assert_false(a.recorded); /* about nothing: the words say why, and nobody fills the log */
	}
	assert_int_equal(tg_reference_format(future, id, 1, 999999, NULL), TG_OK);
	assert_int_equal(tg_reference_format(start, id, 1, 0, NULL), TG_OK);
	a = lift(b, future, "anna", ANNA);
	expect(&a, TG_LIFT_NO_CHECK, "an entry to come");
	a = lift(b, start, "anna", ANNA);
	expect(&a, TG_LIFT_NO_CHECK, "the entry of the start");
	(void)check_at(b, GTIN_SUSPECT, TG_OP_SALE); /* entry 5 */
	assert_int_equal(tg_reference_format(epoch, id, 2, 5, NULL), TG_OK);
	assert_int_equal(tg_reference_format(other, "T1", 1, 5, NULL), TG_OK);
	a = lift(b, epoch, "anna", ANNA);
	expect(&a, TG_LIFT_NO_CHECK, "of another epoch");
	a = lift(b, other, "anna", ANNA);
	expect(&a, TG_LIFT_NO_CHECK, "of another station");
}

static void whoever_served_by_the_word_of_the_till_is_no_second_person(void **state)
{
	struct bench *b = *state;
	static const char body[] = "{\"label\":\"" GTIN_SUSPECT "\",\"operation\":\"sale\",\"device\":\"desk\",\"operator\":\"Anna\"}";
	tg_override_request request = { .reason = "agreed", .asked_by = "carl", .by = { .who = "anna", .pin = ANNA } };
	tg_override_answer a;
	tg_api_reply reply;
	tg_json *json = NULL;

	tg_api_handle(&reply, b->st, &(tg_api_request){ "POST", "/v1/check", "", tg_view_str(body), false });
	assert_int_equal(reply.status, 200);
	assert_int_equal(tg_json_parse(&json, tg_buf_view(&reply.body), NULL), TG_OK);
	strcpy(request.reference, tg_json_str(tg_json_get(json, "reference")));
	expect_in_log(b, "\"operator\":\"", 1);
	tg_station_override(&a, b->st, &request);
	expect(&a, TG_LIFT_SAME_PERSON, "anna was logged in");
	request.by = (tg_staff_proof){ .who = "", .badge = DORA_BADGE };
	tg_station_override(&a, b->st, &request);
	expect(&a, TG_LIFT_GRANTED, "dora was not");
	expect_no_secret(b);
	tg_json_free(json);
	tg_api_reply_fini(&reply);
}

/* The ids of two months differ, so the same person has two at midnight. */
static void at_the_turn_of_a_month_nobody_is_two_people(void **state)
{
	struct bench *b = *state;
	int32_t day = tg_day_in_uk(tg_utc_now_us());
	char text[TG_DAY_TEXT_SIZE];
	int64_t second = TG_US_PER_SECOND, noon_us;

	while (strcmp(tg_day_format(text, day) + 8, "01") != 0)
		day++;
	noon_us = (day - 1) * TG_US_PER_DAY + TG_US_PER_DAY / 2;
	while (tg_day_in_uk(noon_us) < day) /* to the second, whatever the season's clock */
		noon_us += second;
	for (int before = 12; before > 0; before--) {
		tg_override_request request = { .reason = "agreed", .asked_by = "Anna", .by = { .who = "anna", .pin = ANNA } };
		tg_check_answer check;
		tg_override_answer a;

		step_us = 0;
		offset_us += noon_us - 20 * second - tg_utc_now_us();
		sync_to(b, 1, (uint64_t)(20 - before));
		check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
		strcpy(request.reference, check.reference);
		offset_us += noon_us - before * second - tg_utc_now_us();
		step_us = second; /* one look falls before midnight, the next after it */
		tg_station_override(&a, b->st, &request);
		expect(&a, TG_LIFT_SAME_PERSON, "anna for herself, at midnight");
	}
}

/* ---- nothing without a record ---- */

static void what_cannot_be_written_down_is_not_let_go(void **state)
{
	struct bench *b = *state;
	tg_check_answer check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	struct rlimit limit, before;
	tg_override_answer a;

	(void)check_at(b, GTIN_HELD, TG_OP_SALE);
	b->held = TG_HELD_CLAIMED;
	b->takes = true;
	(void)lift(b, "", "anna", ANNA);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 8192; /* room for the files of staff, none for the log */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	a = lift(b, check.reference, "anna", ANNA);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	expect(&a, TG_LIFT_NOT_RECORDED, "a full disk");
	assert_false(a.recorded || a.granted || a.released);
	assert_int_equal(b->sent, 0);
	assert_int_equal(b->put_back, 1);
	(void)!tg_station_tick(b->st, NULL);
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_GRANTED, "room again");
	assert_int_equal(b->sent, 1);
}

/* ---- lanes ---- */

static void a_lane_sends_what_it_kept_once_or_gets_it_back(void **state)
{
	struct bench *b = *state;
	tg_check_answer check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	tg_override_answer a;

	b->held = TG_HELD_GONE;
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_SCAN_GONE, "another scan came");
	b->held = TG_HELD_CLAIMED;
	b->takes = true;
	a = lift(b, check.reference, "ben", BEN);
	expect(&a, TG_LIFT_NO_AUTHORITY, "refused");
	assert_true(b->put_back == 1 && b->sent == 0);
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_GRANTED, "sent");
	assert_true(a.sent && a.released && b->sent == 1);
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_USED, "again");
	assert_true(b->sent == 1 && b->claims == 3);
	b->takes = false;
	check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_NOT_DELIVERED, "no till took it");
	assert_true(a.granted && a.sent && !a.released);
}

/* ---- units that were put aside ---- */

#define AT_GOODS_IN \
	",\"override\":{\"within_s\":900,\"authorities\":[{\"name\":\"manager\",\"rows\":[\"7\"],\"operations\":[\"goods-in\"]}]," \
	"\"reasons\":[{\"code\":\"agreed\",\"words\":\"Head office agreed.\"}]}"

static uint32_t held_in(struct bench *b, const char *id)
{
	tg_reference reference;
	const tg_case *c;

	assert_int_equal(tg_reference_parse(&reference, id, NULL), TG_OK);
	assert_true(tg_cases_catch_up(b->st->cases, b->st->journal, UINT_MAX));
	c = tg_case_book_find(tg_cases_book(b->st->cases), &reference);
	assert_non_null(c);
	return tg_case_held(c);
}

/* As after a start with a long log, before the first ticks. */
static void forget_cases(struct bench *b)
{
	tg_cases_free(b->st->cases);
	assert_int_equal(tg_cases_new(&b->st->cases, b->st->id.short_id, NULL), TG_OK);
}

static void a_unit_leaves_its_case_also_while_the_cases_are_being_read_back(void **state)
{
	struct bench *b = *state;
	tg_check_answer first, second, third;
	tg_override_answer a;

	b->f->people = AT_GOODS_IN;
	sync_to(b, 1, 2);
	first = check_at(b, GTIN_SUSPECT, TG_OP_GOODS_IN);
	assert_string_equal(first.case_id, first.reference);
	second = check_at(b, GTIN_SUSPECT, TG_OP_GOODS_IN);
	assert_string_equal(second.case_id, first.reference);
	forget_cases(b);
	third = check_at(b, GTIN_SUSPECT, TG_OP_GOODS_IN); /* it goes on meanwhile, and says so */
	assert_true(third.recorded && !third.release.released && third.case_id[0] == '\0');
	assert_non_null(strstr(third.no_case, "read back"));
	a = lift(b, second.reference, "anna", ANNA);
	expect(&a, TG_LIFT_GRANTED, "one that named its case");
	assert_int_equal(held_in(b, first.reference), 2);
	forget_cases(b);
	a = lift(b, third.reference, "anna", ANNA);
	expect(&a, TG_LIFT_GRANTED, "one that could not");
	assert_int_equal(held_in(b, first.reference), 1);
	forget_cases(b);
	assert_int_equal(held_in(b, first.reference), 1); /* the log says the same */
}

static void the_check_of_a_release_is_overridden_by_nobody(void **state)
{
	struct bench *b = *state;
	tg_check_answer check, again;
	tg_check_request request;
	tg_override_answer a;

	b->f->people = AT_GOODS_IN;
	sync_to(b, 1, 2);
	check = check_at(b, GTIN_SUSPECT, TG_OP_GOODS_IN);
	tg_check_request_init(&request, TG_OP_GOODS_IN);
	tg_check_request_label(&request, tg_view_str(GTIN_SUSPECT));
	strcpy(request.recheck, check.case_id);
	tg_station_check(&again, b->st, &request);
	assert_true(again.recorded && !again.release.released && again.lifted_by != 0);
	a = lift(b, again.reference, "anna", ANNA);
	expect(&a, TG_LIFT_NO_CHECK, "all that the case holds, by one override");
	assert_int_equal(held_in(b, check.case_id), 1);
}

/* ---- badges ---- */

static void a_badge_is_no_label_in_no_mode_and_leaves_nothing_behind(void **state)
{
	struct bench *b = *state;
	static const char *const modes[] = { "enforce", "observe" };

	for (size_t i = 0; i < TG_COUNT(modes); i++) {
		tg_check_answer a;

		b->f->mode = modes[i];
		sync_to(b, 1, 2 + i);
		a = check_at(b, DORA_BADGE, TG_OP_SALE);
		assert_true(a.badge && !a.release.released && a.recorded);
		assert_string_equal(a.words.code, "staff-badge");
		a = check_at(b, "]C1" DORA_BADGE, TG_OP_SALE); /* the same with an AIM identifier */
		assert_true(a.badge && !a.release.released);
		a = check_at(b, "STAFF-0042", TG_OP_SALE); /* nobody's */
		assert_false(a.badge);
	}
	expect_in_log(b, "\"other\":\"staff-badge\"", 4);
	expect_no_secret(b);
}

static void a_badge_at_the_units_own_scanner_counts_for_a_moment_and_once(void **state)
{
	struct bench *b = *state;
	tg_check_answer check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	tg_override_request request = { .reason = "agreed", .asked_by = "carl", .by = { .who = "", .badge_at = "till-3" } };
	tg_override_answer a;

	strcpy(request.reference, check.reference);
	tg_station_override(&a, b->st, &request);
	expect(&a, TG_LIFT_NOT_RECOGNISED, "no badge was scanned");
	(void)check_at(b, DORA_BADGE, TG_OP_SALE);
	request.by.badge_at = "till-4";
	tg_station_override(&a, b->st, &request);
	expect(&a, TG_LIFT_NOT_RECOGNISED, "at another scanner");
	request.by.badge_at = "till-3";
	tg_station_override(&a, b->st, &request);
	expect(&a, TG_LIFT_GRANTED, "at the unit's own");
	check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	strcpy(request.reference, check.reference);
	tg_station_override(&a, b->st, &request);
	expect(&a, TG_LIFT_NOT_RECOGNISED, "a second time");
	expect_no_secret(b);
}

/* Whoever may ask for checks could else try badge after badge, uncounted, and then show the right one at a lane where nobody stands. */
static void what_is_asked_by_the_api_is_no_badge_and_does_not_tell_whose_it_would_be(void **state)
{
	struct bench *b = *state;
	tg_check_answer check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	tg_override_request request = { .reason = "agreed", .asked_by = "carl", .by = { .who = "", .badge_at = "till-3" } };
	static const char *const badges[] = { DORA_BADGE, "STAFF-0042" };
	tg_override_answer a;
	char *said[2];

	for (size_t i = 0; i < 2; i++) {
		static const char *const of_the_moment[] = { "age_s", "at", "reference", "seq" };
		char body[160];
		tg_api_reply reply;
		tg_json *json = NULL;
		tg_buf text;

		snprintf(body, sizeof(body), "{\"label\":\"%s\",\"operation\":\"sale\",\"device\":\"till-3\"}", badges[i]);
		tg_api_handle(&reply, b->st, &(tg_api_request){ "POST", "/v1/check", "", tg_view_str(body), false });
		assert_int_equal(reply.status, 200);
		assert_int_equal(tg_json_parse(&json, tg_buf_view(&reply.body), NULL), TG_OK);
		for (size_t k = 0; k < TG_COUNT(of_the_moment); k++)
			tg_json_remove(json, of_the_moment[k]);
		tg_buf_init(&text, 65536);
		assert_int_equal(tg_json_write_jcs(&text, json, NULL), TG_OK);
		said[i] = strdup(tg_buf_text(&text));
		tg_json_free(json);
		tg_buf_fini(&text);
		tg_api_reply_fini(&reply);
	}
	assert_string_equal(said[0], said[1]);
	assert_null(strstr(said[0], "staff-badge"));
	strcpy(request.reference, check.reference);
	tg_station_override(&a, b->st, &request);
	expect(&a, TG_LIFT_NOT_RECOGNISED, "a badge that no scanner read");
	expect_no_secret(b);
	free(said[0]);
	free(said[1]);
}

static void a_lock_out_holds_for_a_badge_at_a_lane_and_never_for_years(void **state)
{
	struct bench *b = *state;
	tg_staff_person person;
	tg_error err = { 0 };

	for (int i = 0; i < 3; i++)
		assert_int_equal(tg_staff_identify(&person, b->st, &(tg_staff_proof){ .who = "dora", .badge = "STAFF-0000" }, "override", NULL),
			TG_EDENIED);
	(void)check_at(b, DORA_BADGE, TG_OP_SALE);
	assert_int_equal(tg_staff_identify(&person, b->st, &(tg_staff_proof){ .badge_at = "till-3" }, "override", &err), TG_EDENIED);
	assert_true(person.locked && person.wait_s > 0 && person.wait_s <= 60);
	assert_int_equal(err.code, TG_EDENIED);
	assert_non_null(strstr(err.msg, "too many wrong tries"));
	offset_us = -400 * TG_US_PER_DAY; /* the clock was set back */
	(void)check_at(b, DORA_BADGE, TG_OP_SALE);
	assert_int_equal(tg_staff_identify(&person, b->st, &(tg_staff_proof){ .badge_at = "till-3" }, "override", NULL), TG_EDENIED);
	assert_true(person.locked && person.wait_s <= 86400);
	offset_us = TG_US_PER_DAY;
	(void)check_at(b, DORA_BADGE, TG_OP_SALE);
	assert_int_equal(tg_staff_identify(&person, b->st, &(tg_staff_proof){ .badge_at = "till-3" }, "override", NULL), TG_OK);
	for (int i = 0; i < 20; i++) /* nobody's: the station locks */
		assert_int_equal(tg_staff_identify(&person, b->st, &(tg_staff_proof){ .who = "", .badge = "STAFF-0000" }, "override", NULL),
			TG_EDENIED);
	(void)check_at(b, DORA_BADGE, TG_OP_SALE);
	assert_int_equal(tg_staff_identify(&person, b->st, &(tg_staff_proof){ .badge_at = "till-3" }, "override", NULL), TG_EDENIED);
	assert_true(person.locked);
}

/* A command that is told "busy" tries again; this is a refusal. */
static void a_lock_out_is_a_refusal_at_every_route(void **state)
{
	struct bench *b = *state;
	static const char body[] = "{\"by\":{\"who\":\"sue\",\"pin\":\"000111\"}}";

	for (int i = 0; i < 5; i++) {
		tg_api_reply reply;

		tg_api_handle(&reply, b->st, &(tg_api_request){ "POST", "/v1/staff/list", "", tg_view_str(body), false });
		assert_int_equal(reply.status, 403);
		assert_non_null(strstr(tg_buf_text(&reply.body), i < 3 ? "not recognised" : "too many wrong tries"));
		tg_api_reply_fini(&reply);
	}
	expect_in_log(b, "\"event\":\"locked\"", 2);
}

/* ---- observe ---- */

static char *decided(struct bench *b, const char *kind)
{
	char *log = fixture_log(b->st), *line = strtok(log, "\n"), *last = NULL;
	static const char *const changing[] = { "seq", "at_us", "mono_us", "age_s", "mode", "released", "policy_version", "check", "asked_by", "by" };
	tg_json *json = NULL;
	tg_buf text;
	char *out;

	for (; line != NULL; line = strtok(NULL, "\n")) {
		if (strstr(line, kind) != NULL)
			last = line;
	}
	assert_non_null(last);
	assert_int_equal(tg_json_parse(&json, tg_view_str(last), NULL), TG_OK);
	for (size_t i = 0; i < TG_COUNT(changing); i++)
		tg_json_remove(json, changing[i]);
	tg_buf_init(&text, 65536);
	assert_int_equal(tg_json_write_jcs(&text, json, NULL), TG_OK);
	out = strdup(tg_buf_text(&text));
	tg_json_free(json);
	tg_buf_fini(&text);
	free(log);
	return out;
}

static void in_observe_mode_an_override_is_recorded_and_changes_nothing(void **state)
{
	struct bench *b = *state;
	tg_check_answer check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	tg_override_answer a = lift(b, check.reference, "anna", ANNA);
	char *enforced_check = decided(b, "\"kind\":\"check\""), *enforced = decided(b, "\"kind\":\"override\""), *observed_check, *observed;

	expect(&a, TG_LIFT_GRANTED, "enforced");
	b->f->mode = "observe";
	sync_to(b, 1, 2);
	b->held = TG_HELD_GONE; /* nobody asks the lane: it has sent it long since */
	b->claims = 0;
	check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	assert_true(check.release.released && !check.release.would_release);
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_WATCHED, "observed");
	assert_true(a.released && b->claims == 0);
	observed_check = decided(b, "\"kind\":\"check\"");
	observed = decided(b, "\"kind\":\"override\"");
	assert_string_equal(enforced_check, observed_check);
	assert_string_equal(enforced, observed);
	free(enforced_check);
	free(observed_check);
	free(enforced);
	free(observed);
}

static void unknown_products_are_watched_until_the_day_and_logged_as_they_were_decided(void **state)
{
	struct bench *b = *state;
	tg_check_answer before = check_at(b, GTIN_UNKNOWN, TG_OP_SALE), a;
	char *enforced = decided(b, "\"kind\":\"check\""), *watched, day[TG_DAY_TEXT_SIZE], people[128];

	assert_false(before.release.released);
	snprintf(people, sizeof(people), ",\"unknown_products\":{\"mode\":\"observe\",\"until\":\"%s\"}",
		tg_day_format(day, tg_day_in_uk(tg_utc_now_us())));
	b->f->people = people;
	sync_to(b, 1, 2);
	a = check_at(b, GTIN_UNKNOWN, TG_OP_SALE);
	assert_true(a.release.released && !a.release.would_release && !a.release.enforced && a.verdict.outcome == TG_BLOCK);
	watched = decided(b, "\"kind\":\"check\"");
	assert_string_equal(enforced, watched);
	assert_false(check_at(b, GTIN_NO_SOC, TG_OP_SALE).release.released);
	offset_us = 2 * TG_US_PER_DAY; /* past the last day, by any calendar */
	assert_false(check_at(b, GTIN_UNKNOWN, TG_OP_SALE).release.released);
	free(enforced);
	free(watched);
}

/* ---- enrolment ---- */

static int change(struct bench *b, int (*fn)(tg_station *, const tg_staff_change *, tg_error *), const tg_staff_change *c, const char *words)
{
	tg_error err = { 0 };
	int rc = fn(b->st, c, &err);

	if (rc != TG_OK && strstr(err.msg, words) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.msg, words);
	if (rc == TG_OK && words[0] != '\0')
		fail_msg("taken, wanted \"%s\"", words);
	return rc;
}

static void supervisors_enrol_and_the_owner_only_the_first(void **state)
{
	struct bench *b = *state;
	const tg_staff_proof sue = { .who = "sue", .pin = "390281475926" }, anna = { .who = "anna", .pin = ANNA };
	tg_staff_change c = { .owner = true, .who = "eve", .pin = "558103", .rights = { "manager" }, .right_count = 1 };

	assert_int_equal(change(b, tg_staff_add, &c, "a supervisor has to show"), TG_EDENIED); /* root or not */
	c.proven = true;
	c.by = anna;
	assert_int_equal(change(b, tg_staff_add, &c, "has not the right"), TG_EDENIED);
	c.by = sue;
	c.rights[0] = "manger";
	assert_int_equal(change(b, tg_staff_add, &c, "gives no such right"), TG_EINVAL);
	c.rights[0] = "manager";
	c.badge = GTIN_HELD;
	assert_int_equal(change(b, tg_staff_add, &c, "a product's number"), TG_EINVAL);
	c.badge = IN_STORE_OTHER;
	assert_int_equal(change(b, tg_staff_add, &c, "a product's number"), TG_EINVAL);
	c.badge = "]C1BADGE";
	assert_int_equal(change(b, tg_staff_add, &c, "a product's number"), TG_EINVAL);
	c.badge = NULL;
	assert_int_equal(change(b, tg_staff_add, &c, ""), TG_OK);
	assert_int_equal(change(b, tg_staff_add, &c, "enrolled already"), TG_EINVAL);
	c.who = "fay";
	c.rights[0] = TG_CASE_RELEASE;
	assert_int_equal(change(b, tg_staff_add, &c, ""), TG_OK);
	c = (tg_staff_change){ .owner = false, .who = "eve" };
	assert_int_equal(change(b, tg_staff_remove, &c, "a supervisor has to show"), TG_EDENIED);
	c.owner = true;
	assert_int_equal(change(b, tg_staff_remove, &c, ""), TG_OK);
	c.who = "sue"; /* whoever owns the station removes the last supervisor, and then enrols a first one again */
	assert_int_equal(change(b, tg_staff_remove, &c, ""), TG_OK);
	c = (tg_staff_change){ .owner = false, .who = "gus", .pin = "558103", .rights = { TG_SUPERVISOR }, .right_count = 1 };
	assert_int_equal(change(b, tg_staff_add, &c, "no supervisor yet"), TG_EDENIED);
	c.owner = true;
	c.rights[0] = "manager";
	assert_int_equal(change(b, tg_staff_add, &c, "is a supervisor"), TG_EINVAL);
	c.rights[0] = TG_SUPERVISOR;
	assert_int_equal(change(b, tg_staff_add, &c, ""), TG_OK);
	expect_in_log(b, "\"event\":\"enrolled\"", 4 + 3);
	expect_in_log(b, "\"event\":\"removed\"", 2);
	expect_in_log(b, "\"by\":\"owner\"", 4); /* two first supervisors, two removals */
	expect_no_secret(b);
}

static void whose_a_badge_is_is_told_to_nobody_who_has_not_shown_who_they_are(void **state)
{
	struct bench *b = *state;
	tg_staff_change c = { .owner = true, .who = "eve", .badge = DORA_BADGE, .rights = { "manager" }, .right_count = 1 };

	assert_int_equal(change(b, tg_staff_add, &c, "a supervisor has to show"), TG_EDENIED);
	assert_int_equal(change(b, tg_staff_set, &c, "present PIN"), TG_EDENIED);
	c.proven = true;
	c.by = (tg_staff_proof){ .who = "sue", .pin = "390281475926" };
	assert_int_equal(change(b, tg_staff_add, &c, "somebody else's"), TG_EINVAL);
	c.who = "ben";
	assert_int_equal(change(b, tg_staff_set, &c, "somebody else's"), TG_EINVAL);
	expect_in_log(b, "\"event\":\"failed\"", 0);
}

static void the_status_says_how_many_and_that_the_files_are_damaged(void **state)
{
	struct bench *b = *state;
	tg_json *status = tg_station_status(b->st);
	const tg_json *staff = tg_json_get(status, "staff");
	char path[4200], *text;
	tg_buf out;

	assert_int_equal(tg_json_int(tg_json_get(staff, "enrolled")), 4);
	assert_int_equal(tg_json_int(tg_json_get(staff, "supervisors")), 1);
	assert_int_equal(tg_json_size(tg_json_get(status, "faults")), 0);
	tg_json_free(status);
	tg_station_close(b->st);
	snprintf(path, sizeof(path), "%s/staff-names", b->f->paths.evidence_dir);
	assert_int_equal(unlink(path), 0);
	open_station(b);
	status = tg_station_status(b->st);
	tg_buf_init(&out, 1 << 20);
	assert_int_equal(tg_json_write_jcs(&out, tg_json_get(status, "faults"), NULL), TG_OK);
	text = strdup(tg_buf_text(&out));
	assert_non_null(strstr(text, "enrol staff anew"));
	assert_string_equal(tg_json_str(tg_json_get(status, "health")), "attention");
	assert_true(check_at(b, GTIN_HELD, TG_OP_SALE).release.released); /* checks go on */
	tg_json_free(status);
	tg_buf_fini(&out);
	free(text);
}

static void a_pin_is_changed_by_its_owner_or_a_supervisor(void **state)
{
	struct bench *b = *state;
	tg_staff_change c = { .owner = true, .who = "anna", .pin = "558103" };
	tg_check_answer check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	tg_override_answer a;

	assert_int_equal(change(b, tg_staff_set, &c, "present PIN"), TG_EDENIED);
	c.proven = true;
	c.by = (tg_staff_proof){ .who = "ben", .pin = BEN };
	assert_int_equal(change(b, tg_staff_set, &c, "only a supervisor"), TG_EDENIED);
	c.by = (tg_staff_proof){ .who = "anna", .pin = "000111" };
	assert_int_equal(change(b, tg_staff_set, &c, "not recognised"), TG_EDENIED);
	c.by.pin = ANNA;
	assert_int_equal(change(b, tg_staff_set, &c, ""), TG_OK);
	a = lift(b, check.reference, "anna", ANNA);
	expect(&a, TG_LIFT_NOT_RECOGNISED, "the old PIN");
	c.by = (tg_staff_proof){ .who = "sue", .pin = "390281475926" };
	c.pin = "607142";
	assert_int_equal(change(b, tg_staff_set, &c, ""), TG_OK);
	a = lift(b, check.reference, "anna", "607142");
	expect(&a, TG_LIFT_GRANTED, "the new PIN");
	expect_in_log(b, "\"event\":\"changed\"", 2);
}

static void who_is_removed_may_no_longer(void **state)
{
	struct bench *b = *state;
	tg_check_answer check = check_at(b, GTIN_SUSPECT, TG_OP_SALE);
	tg_staff_change c = { .owner = true, .who = "dora" };
	tg_override_request request = { .reason = "agreed", .asked_by = "carl", .by = { .who = "", .badge_at = "till-3" } };
	tg_override_answer a;
	size_t count;

	(void)check_at(b, DORA_BADGE, TG_OP_SALE);
	assert_int_equal(change(b, tg_staff_remove, &c, ""), TG_OK);
	strcpy(request.reference, check.reference);
	tg_station_override(&a, b->st, &request);
	expect(&a, TG_LIFT_NOT_RECOGNISED, "a badge scanned just before");
	request.by = (tg_staff_proof){ .who = "", .badge = DORA_BADGE };
	tg_station_override(&a, b->st, &request);
	expect(&a, TG_LIFT_NOT_RECOGNISED, "the badge itself");
	assert_int_equal(change(b, tg_staff_forget, &c, ""), TG_OK);
	assert_int_equal(change(b, tg_staff_forget, &c, "nothing is kept"), TG_ENOTFOUND);
	assert_int_equal(tg_staff_forget_before(b->st, &c, "2026-13", &count, NULL), TG_EINVAL);
	assert_int_equal(tg_staff_forget_before(b->st, &c, "2026", &count, NULL), TG_EINVAL);
	assert_int_equal(tg_staff_forget_before(b->st, &c, "2020-01", &count, NULL), TG_OK);
	assert_int_equal(count, 0);
}

static void a_right_opens_only_its_own_door(void **state)
{
	struct bench *b = *state;
	tg_staff_pass pass;

	assert_int_equal(tg_staff_authorise(&pass, b->st, &(tg_staff_proof){ .who = "anna", .pin = ANNA }, "manager", "case-release", NULL), TG_OK);
	assert_int_equal(strlen(pass.id), TG_STAFF_ID_SIZE - 1);
	assert_string_equal(pass.right, "manager");
	assert_int_equal(tg_staff_authorise(&pass, b->st, &(tg_staff_proof){ .who = "anna", .pin = ANNA }, TG_CASE_RELEASE, "case-release", NULL),
		TG_EDENIED);
	assert_string_equal(pass.id, "");
	expect_in_log(b, "\"why\":\"no-right\"", 1);
	expect_in_log(b, "\"what\":\"case-release\"", 1);
}

/* ---- requests ---- */

#define BY "\"by\":{\"who\":\"anna\",\"pin\":\"482915730164\"}"
#define ASK(more) "{\"reference\":\"T1-1-1\",\"reason\":\"agreed\",\"asked_by\":\"carl\"" more "}"

static const struct {
	const char *path, *body, *words; /* of the refusal; "" taken */
} requests[] = {
	{ "/v1/override", ASK("," BY), "" },
	{ "/v1/override", ASK(""), "by" },
	{ "/v1/override", ASK(",\"by\":\"anna\""), "by" },
	{ "/v1/override", ASK(",\"by\":{\"who\":\"anna\"}"), "one of" },
	{ "/v1/override", ASK(",\"by\":{\"pin\":\"482915730164\"}"), "who" },
	{ "/v1/override", ASK(",\"by\":{\"who\":\"anna\",\"pin\":482915730164}"), "pin" },
	{ "/v1/override", ASK(",\"by\":{\"who\":\"anna\",\"pin\":\"482915730164\",\"badge\":\"STAFF-0041\"}"), "one of" },
	{ "/v1/override", ASK(",\"by\":{\"who\":\"anna\",\"pin\":\"48291573016448291\"}"), "pin" },
	{ "/v1/override", ASK(",\"by\":{\"who\":\"anna\",\"pin\":\"482915730164\",\"name\":\"x\"}"), "name" },
	{ "/v1/override", ASK("," BY ",\"force\":true"), "force" },
	{ "/v1/override", "{\"reason\":\"agreed\",\"asked_by\":\"carl\"," BY "}", "reference" },
	{ "/v1/override", "{\"reference\":\"T1-1-1\",\"asked_by\":\"carl\"," BY "}", "reason" },
	{ "/v1/override", "{\"reference\":\"T1-1-1\",\"reason\":\"agreed\"," BY "}", "asked_by" },
	{ "/v1/override", "", "" "1:1" },
	{ "/v1/override", "[]", "object" },
	{ "/v1/staff/list", "{}", "" },
	{ "/v1/staff/list", "{\"who\":\"anna\",\"pin\":\"1\"}", "pin" },
	{ "/v1/staff/add", "{}", "who" },
	{ "/v1/staff/add", "{\"who\":\"eve\",\"rights\":\"manager\"}", "rights" },
	{ "/v1/staff/add", "{\"who\":\"eve\",\"rights\":[\"\"]}", "rights" },
	{ "/v1/staff/add", "{\"who\":\"eve\",\"rights\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]}", "more than 8" },
	{ "/v1/staff/remove", "{}", "who" },
	{ "/v1/staff/forget", "{}", "either" },
	{ "/v1/staff/forget", "{\"who\":\"a\",\"before\":\"2026-01\"}", "either" },
	{ "/v1/staff/pin", "{\"who\":\"anna\",\"rights\":[]}", "rights" },
};

static void requests_are_read_strictly_and_no_answer_holds_a_secret(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < TG_COUNT(requests); i++) {
		tg_api_request request = { .method = "POST", .path = requests[i].path, .query = "", .body = tg_view_str(requests[i].body), .owner = true };
		tg_api_reply reply;
		const char *text;

		tg_api_handle(&reply, b->st, &request);
		text = tg_buf_text(&reply.body);
		if ((reply.status == 200) != (requests[i].words[0] == '\0') || strstr(text, requests[i].words) == NULL)
			fail_msg("%s %s: %d %s", requests[i].path, requests[i].body, reply.status, text);
		if (strstr(text, ANNA) != NULL || strstr(text, DORA_BADGE) != NULL)
			fail_msg("%s %s: the answer holds a secret: %s", requests[i].path, requests[i].body, text);
		tg_api_reply_fini(&reply);
	}
}

static void the_list_is_for_the_owner_or_a_supervisor(void **state)
{
	struct bench *b = *state;
	tg_api_request request = { .method = "POST", .path = "/v1/staff/list", .query = "", .body = tg_view_str("{}") };
	tg_api_reply reply;

	tg_api_handle(&reply, b->st, &request);
	assert_int_equal(reply.status, 403);
	tg_api_reply_fini(&reply);
	request.body = tg_view_str("{\"by\":{\"who\":\"sue\",\"pin\":\"390281475926\"}}");
	tg_api_handle(&reply, b->st, &request);
	assert_int_equal(reply.status, 200);
	assert_non_null(strstr(tg_buf_text(&reply.body), "\"who\":\"dora\""));
	tg_api_reply_fini(&reply);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_second_person_lets_one_unit_go_and_the_entry_says_all_of_it),
		TEST(each_unit_is_lifted_by_whoever_is_named_for_it_and_by_nobody_else),
		TEST(an_override_is_for_its_own_check_and_for_once),
		TEST(of_many_at_once_one_is_granted),
		TEST(an_override_follows_its_check_soon_or_not_at_all),
		TEST(it_is_decided_anew_at_that_moment),
		TEST(what_the_policy_no_longer_gives_is_refused),
		TEST(it_takes_a_second_person_who_is_recognised),
		TEST(a_reference_of_no_check_is_refused),
		TEST(what_cannot_be_written_down_is_not_let_go),
		TEST(a_lane_sends_what_it_kept_once_or_gets_it_back),
		TEST(a_unit_leaves_its_case_also_while_the_cases_are_being_read_back),
		TEST(the_check_of_a_release_is_overridden_by_nobody),
		TEST(a_badge_is_no_label_in_no_mode_and_leaves_nothing_behind),
		TEST(a_badge_at_the_units_own_scanner_counts_for_a_moment_and_once),
		TEST(a_lock_out_holds_for_a_badge_at_a_lane_and_never_for_years),
		TEST(a_lock_out_is_a_refusal_at_every_route),
		TEST(the_status_says_how_many_and_that_the_files_are_damaged),
		TEST(whose_a_badge_is_is_told_to_nobody_who_has_not_shown_who_they_are),
		TEST(whoever_served_by_the_word_of_the_till_is_no_second_person),
		TEST(at_the_turn_of_a_month_nobody_is_two_people),
		TEST(what_is_asked_by_the_api_is_no_badge_and_does_not_tell_whose_it_would_be),
		TEST(in_observe_mode_an_override_is_recorded_and_changes_nothing),
		TEST(unknown_products_are_watched_until_the_day_and_logged_as_they_were_decided),
		TEST(supervisors_enrol_and_the_owner_only_the_first),
		TEST(a_pin_is_changed_by_its_owner_or_a_supervisor),
		TEST(who_is_removed_may_no_longer),
		TEST(a_right_opens_only_its_own_door),
		TEST(requests_are_read_strictly_and_no_answer_holds_a_secret),
		TEST(the_list_is_for_the_owner_or_a_supervisor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
