/* SPDX-License-Identifier: Apache-2.0
 *
 * policy_people.c - who may override what and why, who settles cases, what is only watched for now. See policy_people.h.
 *
 * Pure. Knows which rows a policy may name at all; a policy can only narrow that list. Knows nothing of how rows are decided
 * (plugin/gate) and of who the people are (plugin/station).
 */
#include "store/catalogue/policy_people.h"

#include "store/base/encoding.h"

#define TRIES_MIN 3
#define TRIES_MAX 10       /* of a million PINs */
#define LOCK_MIN_S 10
#define LOCK_MAX_S 86400

const char *const tg_policy__people_members[] = { "override", "cases", "unknown_products", "staff", NULL };
const char *const tg_liftable_rows[TG_LIFTABLE_COUNT + 1] = { "3", "4", "7", "7w", "8b", "25", "26", "30", "41", NULL };

static const char *const unknown_words[] = { "observe", "enforce", NULL };

/* It goes into the log and onto screens. */
static int read_word(char out[TG_POLICY_WORD_MAX + 1], const tg_json *object, const char *name, tg_error *err)
{
	const char *word = "";
	int rc = tg_json_need_str(&word, object, name, TG_POLICY_WORD_MAX, err);

	if (rc == TG_OK && word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
		rc = tg_fail(err, TG_EFORMAT, "%s: lower case letters, digits and '-' are wanted", name);
	if (rc == TG_OK)
		memcpy(out, word, strlen(word) + 1);
	return rc;
}

static size_t find_word(const char *const *words, const char *word)
{
	size_t n = 0;

	while (words[n] != NULL && strcmp(words[n], word) != 0)
		n++;
	return n;
}

/* A list of words of `words`, at least one, each once, as bits. `why` says what else it could be. */
static int read_bits(unsigned *bits, const tg_json *object, const char *name, const char *const *words, const char *why,
	tg_error *err)
{
	const tg_json *list = NULL;
	int rc = tg_json_need_array(&list, object, name, err);

	*bits = 0;
	for (const tg_json *item = tg_json_first(list); rc == TG_OK && item != NULL; item = tg_json_next(item)) {
		const char *word = tg_json_str(item);
		size_t n = word != NULL ? find_word(words, word) : 0;

		if (word == NULL)
			rc = tg_fail(err, TG_EFORMAT, "%s: wanted words, found %s", name, tg_json_type_name(item));
		else if (words[n] == NULL)
			rc = tg_fail(err, TG_EFORMAT, "%s: \"%s\" %s", name, word, why);
		else if ((*bits >> n & 1) != 0)
			rc = tg_fail(err, TG_EFORMAT, "%s: \"%s\" stands twice", name, word);
		else
			*bits |= 1U << n;
	}
	if (rc == TG_OK && *bits == 0)
		rc = tg_fail(err, TG_EFORMAT, "%s: names none", name);
	return rc;
}

static int read_authority(tg_authority *out, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "name", "rows", "operations", NULL };
	unsigned rows = 0, operations = 0;
	int rc;

	if (tg_json_type_of(json) != TG_JSON_OBJECT)
		return tg_fail(err, TG_EFORMAT, "wanted an object, found %s", tg_json_type_name(json));
	rc = tg_json_only(json, names, err);
	if (rc == TG_OK)
		rc = read_word(out->name, json, "name", err);
	if (rc == TG_OK && strcmp(out->name, TG_SUPERVISOR) == 0)
		rc = tg_fail(err, TG_EFORMAT, "name: \"" TG_SUPERVISOR "\" is who enrols staff at a site; name it otherwise");
	if (rc == TG_OK)
		rc = read_bits(&rows, json, "rows", tg_liftable_rows,
			"may never be overridden; those that may be are 3, 4, 7, 7w, 8b, 25, 26, 30 and 41 (a bundle follows its parts)", err);
	if (rc == TG_OK)
		rc = read_bits(&operations, json, "operations", tg_operation_words,
			"is none of offer, sale, dispatch, goods-in, return, stock-check", err);
	out->rows = (uint16_t)rows;
	out->operations = (uint8_t)operations;
	return rc;
}

static int read_authorities(tg_policy *out, const tg_json *override, tg_error *err)
{
	const tg_json *list = NULL;
	int rc = tg_json_need_array(&list, override, "authorities", err);

	for (const tg_json *item = tg_json_first(list); rc == TG_OK && item != NULL; item = tg_json_next(item)) {
		tg_authority *one = &out->authorities[out->authority_count];

		if (out->authority_count == TG_AUTHORITIES_MAX)
			return tg_fail(err, TG_EFORMAT, "authorities: more than %d", TG_AUTHORITIES_MAX);
		rc = read_authority(one, item, err);
		for (size_t i = 0; rc == TG_OK && i < out->authority_count; i++) {
			if (strcmp(out->authorities[i].name, one->name) == 0)
				rc = tg_fail(err, TG_EFORMAT, "name: \"%s\" stands twice", one->name);
		}
		if (rc != TG_OK)
			return tg_error_prefix(err, "authorities: %zu", out->authority_count + 1), rc;
		out->authority_count++;
	}
	if (rc == TG_OK && out->authority_count == 0)
		rc = tg_fail(err, TG_EFORMAT, "authorities: names none; leave \"override\" out where nothing may be overridden");
	return rc;
}

static int read_reason(tg_override_reason *out, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "code", "words", NULL };
	const char *words = "";
	int rc;

	if (tg_json_type_of(json) != TG_JSON_OBJECT)
		return tg_fail(err, TG_EFORMAT, "wanted an object, found %s", tg_json_type_name(json));
	rc = tg_json_only(json, names, err);
	if (rc == TG_OK)
		rc = read_word(out->code, json, "code", err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&words, json, "words", TG_REASON_WORDS_MAX, err);
	if (rc == TG_OK && !tg_utf8_plain(words))
		rc = tg_fail(err, TG_EFORMAT, "words: a control, hidden or direction-changing character");
	if (rc == TG_OK)
		memcpy(out->words, words, strlen(words) + 1);
	return rc;
}

static int read_reasons(tg_policy *out, const tg_json *override, tg_error *err)
{
	const tg_json *list = NULL;
	int rc = tg_json_need_array(&list, override, "reasons", err);

	for (const tg_json *item = tg_json_first(list); rc == TG_OK && item != NULL; item = tg_json_next(item)) {
		tg_override_reason *one = &out->reasons[out->reason_count];

		if (out->reason_count == TG_REASONS_MAX)
			return tg_fail(err, TG_EFORMAT, "reasons: more than %d", TG_REASONS_MAX);
		rc = read_reason(one, item, err);
		for (size_t i = 0; rc == TG_OK && i < out->reason_count; i++) {
			if (strcmp(out->reasons[i].code, one->code) == 0)
				rc = tg_fail(err, TG_EFORMAT, "code: \"%s\" stands twice", one->code);
		}
		if (rc != TG_OK)
			return tg_error_prefix(err, "reasons: %zu", out->reason_count + 1), rc;
		out->reason_count++;
	}
	return rc == TG_OK && out->reason_count == 0 ? tg_fail(err, TG_EFORMAT, "reasons: states none") : rc;
}

static int read_override(tg_policy *out, const tg_json *policy, tg_error *err)
{
	static const char *const names[] = { "within_s", "authorities", "reasons", NULL };
	const tg_json *override = NULL;
	int64_t within = 0;
	int rc = tg_json_opt_object(&override, policy, "override", err);

	if (rc != TG_OK || override == NULL)
		return rc;
	rc = tg_json_only(override, names, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&within, override, "within_s", 1, TG_OVERRIDE_WITHIN_MAX_S, err);
	if (rc == TG_OK)
		rc = read_authorities(out, override, err);
	if (rc == TG_OK)
		rc = read_reasons(out, override, err);
	out->override_within_s = (int32_t)within;
	return rc == TG_OK ? TG_OK : (tg_error_prefix(err, "override"), rc);
}

static int read_cases(tg_policy *out, const tg_json *policy, tg_error *err)
{
	static const char *const names[] = { "release", NULL };
	const tg_json *cases = NULL;
	int rc = tg_json_opt_object(&cases, policy, "cases", err);

	strcpy(out->case_release, TG_CASE_RELEASE);
	if (rc != TG_OK || cases == NULL)
		return rc;
	rc = tg_json_only(cases, names, err);
	if (rc == TG_OK && tg_json_get(cases, "release") != NULL)
		rc = read_word(out->case_release, cases, "release", err);
	return rc == TG_OK ? TG_OK : (tg_error_prefix(err, "cases"), rc);
}

/* A trial without an end is a gate that does not close: the day has to be stated. */
static int read_unknown(tg_policy *out, const tg_json *policy, tg_error *err)
{
	static const char *const names[] = { "mode", "until", NULL };
	const tg_json *unknown = NULL;
	int mode = TG_MODE_ENFORCE;
	int rc = tg_json_opt_object(&unknown, policy, "unknown_products", err);

	out->unknown_until = TG_DAY_NONE;
	if (rc != TG_OK || unknown == NULL)
		return rc;
	rc = tg_json_only(unknown, names, err);
	if (rc == TG_OK)
		rc = tg_json_need_word(&mode, unknown, "mode", unknown_words, err);
	if (rc == TG_OK && mode == TG_MODE_OBSERVE)
		rc = tg_json_need_day(&out->unknown_until, unknown, "until", err);
	if (rc == TG_OK && mode == TG_MODE_ENFORCE && tg_json_get(unknown, "until") != NULL)
		rc = tg_fail(err, TG_EFORMAT, "until: goes with \"observe\" only");
	out->unknown_observed = mode == TG_MODE_OBSERVE;
	return rc == TG_OK ? TG_OK : (tg_error_prefix(err, "unknown_products"), rc);
}

static int read_staff(tg_policy *out, const tg_json *policy, tg_error *err)
{
	static const char *const names[] = { "pin_digits_min", "tries", "lock_s", NULL };
	tg_staff_rules rules = TG_STAFF_RULES_DEFAULT;
	const tg_json *staff = NULL;
	int64_t digits = rules.pin_digits_min, tries = rules.tries, lock = rules.lock_s;
	int rc = tg_json_opt_object(&staff, policy, "staff", err);

	if (rc == TG_OK && staff != NULL) {
		rc = tg_json_only(staff, names, err);
		if (rc == TG_OK)
			rc = tg_json_opt_int(&digits, staff, "pin_digits_min", TG_PIN_DIGITS_MIN, TG_PIN_DIGITS_MAX, digits, err);
		if (rc == TG_OK)
			rc = tg_json_opt_int(&tries, staff, "tries", TRIES_MIN, TRIES_MAX, tries, err);
		if (rc == TG_OK)
			rc = tg_json_opt_int(&lock, staff, "lock_s", LOCK_MIN_S, LOCK_MAX_S, lock, err);
		if (rc != TG_OK)
			tg_error_prefix(err, "staff");
	}
	out->staff = (tg_staff_rules){ (int32_t)digits, (int32_t)tries, (int32_t)lock };
	return rc;
}

int tg_policy__read_people(tg_policy *out, const tg_json *policy, tg_error *err)
{
	int rc = read_override(out, policy, err);

	if (rc == TG_OK)
		rc = read_cases(out, policy, err);
	if (rc == TG_OK)
		rc = read_unknown(out, policy, err);
	if (rc == TG_OK)
		rc = read_staff(out, policy, err);
	return rc;
}
