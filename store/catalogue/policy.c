/* SPDX-License-Identifier: Apache-2.0
 *
 * policy.c - read the signed policy strictly: a word that is not known is refused, a choice that matters is stated.
 *
 * Pure: text in, struct out. Knows the format of tillgate-policy(5); knows nothing of signatures (sync/tuf) and
 * nothing of how a rule of the pass-list is applied (plugin/gate).
 */
#include "store/catalogue/policy_people.h"

#define VERSION_MAX TG_JSON_MAX_INT
#define FORMAT_MAX 2
#define STAGE_MAX_S (INT64_C(366) * 86400)  /* a year offline; a limit beyond that is no limit */
#define AHEAD_MAX_S (INT64_C(3660) * 86400) /* a till that lay ten years in a cupboard */
#define DAYS_MAX 3660                       /* ten years */
#define RETENTION_MIN_YEARS 10 /* what regs. 8 and 9 of SI 2023/1007 ask of those who must keep */
#define RETENTION_MAX_YEARS 100
#define LABEL_MAX_BYTES 4096 /* longer than any bar code holds */

const char *const tg_operation_words[TG_OP_COUNT + 1] = { "offer", "sale", "dispatch", "goods-in", "return",
	"stock-check", NULL };
const char *const tg_other_words[TG_OTHER_COUNT + 1] = { "none", "coupon", "periodical", "book", "receipt",
	"logistic-unit", "listed", NULL };

static const char *const mode_words[] = { "observe", "enforce", NULL };
static const char *const failure_words[] = { "withhold", "release", NULL };
static const char *const dsp_words[] = { "notice", "block", NULL };
static const char *const batch_words[] = { "hold", "block", NULL };
static const char *const bracket_words[] = { "refuse", "read", NULL };

static int read_int32(int32_t *out, const tg_json *object, const char *name, int32_t max, tg_error *err)
{
	int64_t value = 0;
	int rc = tg_json_need_int(&value, object, name, 0, max, err);

	*out = (int32_t)value;
	return rc;
}

static int read_stages(tg_stage_limits *out, const tg_json *operation, tg_error *err)
{
	int rc = tg_json_need_int(&out->ageing_s, operation, "ageing_s", 1, STAGE_MAX_S, err);

	if (rc == TG_OK)
		rc = tg_json_need_int(&out->stale_s, operation, "stale_s", 1, STAGE_MAX_S, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&out->dead_s, operation, "dead_s", 1, STAGE_MAX_S, err);
	if (rc == TG_OK && (out->ageing_s >= out->stale_s || out->stale_s >= out->dead_s))
		rc = tg_fail(err, TG_EFORMAT, "limits do not ascend: ageing_s < stale_s < dead_s is wanted");
	return rc;
}

static int read_operation(tg_policy *out, tg_operation op, const tg_json *operations, tg_error *err)
{
	static const char *const names[] = { "mode", "ageing_s", "stale_s", "dead_s", NULL };
	const tg_json *operation;
	int mode = TG_MODE_ENFORCE;
	int rc = tg_json_need_object(&operation, operations, tg_operation_words[op], err);

	if (rc != TG_OK)
		return rc;
	rc = tg_json_only(operation, names, err);
	if (rc == TG_OK)
		rc = tg_json_need_word(&mode, operation, "mode", mode_words, err);
	if (rc == TG_OK)
		rc = read_stages(&out->stages[op], operation, err);
	if (rc != TG_OK)
		tg_error_prefix(err, "%s", tg_operation_words[op]);
	out->mode[op] = (uint8_t)mode;
	return rc;
}

/* All six are stated: an operation that somebody forgot must not get an answer that nobody chose. */
static int read_operations(tg_policy *out, const tg_json *policy, tg_error *err)
{
	const tg_json *operations;
	int rc = tg_json_need_object(&operations, policy, "operations", err);

	if (rc == TG_OK)
		rc = tg_json_only(operations, tg_operation_words, err);
	for (int op = 0; rc == TG_OK && op < TG_OP_COUNT; op++)
		rc = read_operation(out, (tg_operation)op, operations, err);
	return rc;
}

/*
 * A station that is merely offline has a clock ahead of the last signed time. That is old age, which the stages judge;
 * a limit below `dead_s` would turn it into a clock fault and the stages into dead letters.
 */
static int read_clock(tg_policy *out, const tg_json *policy, tg_error *err)
{
	int rc = tg_json_need_int(&out->clock_ahead_max_s, policy, "clock_ahead_max_s", 1, AHEAD_MAX_S, err);

	for (int op = 0; rc == TG_OK && op < TG_OP_COUNT; op++) {
		if (out->clock_ahead_max_s < out->stages[op].dead_s)
			rc = tg_fail(err, TG_EFORMAT,
				"clock_ahead_max_s: below dead_s of %s, which it would hide",
				tg_operation_words[op]);
	}
	return rc;
}

static int read_choices(tg_policy *out, const tg_json *policy, tg_error *err)
{
	int check = TG_ON_FAILURE_WITHHOLD, log = TG_ON_FAILURE_WITHHOLD, dsp = 0, batch = 0, brackets = 0;
	int rc = tg_json_opt_word(
		&check, policy, "on_check_failure", failure_words, TG_ON_FAILURE_WITHHOLD, err);

	if (rc == TG_OK)
		rc = tg_json_opt_word(
			&log, policy, "on_log_failure", failure_words, TG_ON_FAILURE_WITHHOLD, err);
	if (rc == TG_OK)
		rc = tg_json_need_word(&dsp, policy, "dsp_ended", dsp_words, err);
	if (rc == TG_OK)
		rc = tg_json_need_word(&batch, policy, "batch_unknown", batch_words, err);
	if (rc == TG_OK)
		rc = tg_json_opt_word(&brackets, policy, "bracketed_text", bracket_words, 0, err);
	out->on_check_failure = (uint8_t)check;
	out->on_log_failure = (uint8_t)log;
	out->dsp_ended_blocks = dsp == 1;
	out->batch_unknown_blocks = batch == 1;
	out->bracketed_text_counts = brackets == 1;
	return rc;
}

static int read_periods(tg_policy *out, const tg_json *policy, tg_error *err)
{
	int64_t grace = 0, years = RETENTION_MIN_YEARS;
	int rc = read_int32(&out->dsp_notice_days, policy, "dsp_notice_days", DAYS_MAX, err);

	if (rc == TG_OK)
		rc = read_int32(
			&out->link_test_max_age_days, policy, "link_test_max_age_days", DAYS_MAX, err);
	if (rc == TG_OK)
		rc = read_int32(
			&out->label_check_max_age_days, policy, "label_check_max_age_days", DAYS_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_opt_int(&grace, policy, "scope_review_grace_days", 0, DAYS_MAX, 0, err);
	if (rc == TG_OK)
		rc = tg_json_opt_int(&years, policy, "retention_years", RETENTION_MIN_YEARS,
			RETENTION_MAX_YEARS, RETENTION_MIN_YEARS, err);
	out->scope_review_grace_days = (int32_t)grace;
	out->retention_years = (int32_t)years;
	return rc;
}

/* Not stated is "never": a station must not conclude from its goods-ins what nobody has signed for. */
static int read_goods_in_from(tg_policy *out, const tg_json *policy, tg_error *err)
{
	const char *day = NULL;
	int rc = tg_json_opt_str(&day, policy, "goods_in_from", 10, NULL, err);

	out->goods_in_from = TG_DAY_NONE;
	if (rc == TG_OK && day != NULL) {
		rc = tg_day_parse(&out->goods_in_from, day, err);
		if (rc != TG_OK)
			tg_error_prefix(err, "goods_in_from");
	}
	return rc;
}

static int read_pass_kind(uint32_t *kinds, const tg_json *item, tg_error *err)
{
	const char *word = tg_json_str(item);

	if (word == NULL)
		return tg_fail(
			err, TG_EFORMAT, "pass_kinds: wanted words, found %s", tg_json_type_name(item));
	for (int kind = TG_OTHER_NONE + 1; kind < TG_OTHER_LISTED; kind++) {
		if (strcmp(word, tg_other_words[kind]) != 0)
			continue;
		if ((*kinds & UINT32_C(1) << kind) != 0)
			return tg_fail(err, TG_EFORMAT, "pass_kinds: \"%s\" stands twice", word);
		*kinds |= UINT32_C(1) << kind;
		return TG_OK;
	}
	return tg_fail(err, TG_EFORMAT,
		"pass_kinds: \"%s\" is none of coupon, periodical, book, receipt, logistic-unit", word);
}

static int read_pass_kinds(tg_policy *out, const tg_json *policy, tg_error *err)
{
	const tg_json *kinds = NULL;
	int rc = tg_json_opt_array(&kinds, policy, "pass_kinds", err);

	for (const tg_json *item = tg_json_first(kinds); rc == TG_OK && item != NULL;
		item = tg_json_next(item))
		rc = read_pass_kind(&out->pass_kinds, item, err);
	return rc;
}

/* The rule's word goes into the log and onto screens, beside the built-in words: it must not pose as one of them. */
static int check_kind(const char *kind, tg_error *err)
{
	for (const char *c = kind; *c != '\0'; c++) {
		if (!(*c >= 'a' && *c <= 'z') && !(*c >= '0' && *c <= '9') && *c != '-')
			return tg_fail(
				err, TG_EFORMAT, "kind: lower case letters, digits and '-' are wanted");
	}
	for (int i = 0; i < TG_OTHER_COUNT; i++) {
		if (strcmp(kind, tg_other_words[i]) == 0)
			return tg_fail(err, TG_EFORMAT, "kind: \"%s\" is a built-in word", kind);
	}
	return TG_OK;
}

static bool is_digits(const char *text)
{
	return text[strspn(text, "0123456789")] == '\0';
}

/* A rule that could never hold, or that holds for anything, is a mistake that must be seen before it is signed for. */
static int check_rule(const tg_pass_rule *rule, bool length_stated, tg_error *err)
{
	if (rule->prefix[0] == '\0' && rule->aim[0] == '\0' && !length_stated)
		return tg_fail(
			err, TG_EFORMAT, "names no prefix, aim or max_length: it would pass everything");
	if (rule->min_len > rule->max_len)
		return tg_fail(err, TG_EFORMAT, "min_length is over max_length");
	if (strlen(rule->prefix) > rule->max_len)
		return tg_fail(err, TG_EFORMAT, "prefix is longer than max_length");
	if (rule->digits && !is_digits(rule->prefix))
		return tg_fail(err, TG_EFORMAT, "prefix: digits are wanted when \"digits\" is true");
	/* ]E is the symbology of product numbers; what is not one there is told by its prefix alone. */
	if (strcmp(rule->aim, "]E") == 0 && rule->prefix[0] == '\0')
		return tg_fail(err, TG_EFORMAT, "aim \"]E\" (EAN/UPC) needs a prefix");
	return TG_OK;
}

static int read_rule_texts(tg_pass_rule *rule, const tg_json *json, tg_error *err)
{
	const char *kind = "", *prefix = "", *aim = "";
	int rc = tg_json_need_str(&kind, json, "kind", sizeof(rule->kind) - 1, err);

	if (rc == TG_OK)
		rc = check_kind(kind, err);
	if (rc == TG_OK)
		rc = tg_json_opt_str(&prefix, json, "prefix", sizeof(rule->prefix) - 1, "", err);
	for (const char *c = prefix; rc == TG_OK && *c != '\0'; c++) {
		if (*c < 0x20 || *c > 0x7e)
			rc = tg_fail(err, TG_EFORMAT, "prefix: printable ASCII is wanted");
	}
	if (rc == TG_OK)
		rc = tg_json_opt_str(&aim, json, "aim", 2, "", err);
	if (rc == TG_OK && aim[0] != '\0' &&
		!(aim[0] == ']' && ((aim[1] >= 'A' && aim[1] <= 'Z') || (aim[1] >= 'a' && aim[1] <= 'z'))))
		rc = tg_fail(err, TG_EFORMAT, "aim: ']' and one letter are wanted, as \"]C\"");
	if (rc != TG_OK)
		return rc;
	memcpy(rule->kind, kind, strlen(kind) + 1);
	memcpy(rule->prefix, prefix, strlen(prefix) + 1);
	memcpy(rule->aim, aim, strlen(aim) + 1);
	return TG_OK;
}

static int read_rule(tg_pass_rule *rule, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "kind", "prefix", "aim", "min_length", "max_length", "digits",
		NULL };
	int64_t min = 1, max = LABEL_MAX_BYTES;
	int rc = TG_OK;

	if (tg_json_type_of(json) != TG_JSON_OBJECT)
		return tg_fail(err, TG_EFORMAT, "wanted an object, found %s", tg_json_type_name(json));
	rc = tg_json_only(json, names, err);
	if (rc == TG_OK)
		rc = read_rule_texts(rule, json, err);
	if (rc == TG_OK)
		rc = tg_json_opt_int(&min, json, "min_length", 1, LABEL_MAX_BYTES, 1, err);
	if (rc == TG_OK)
		rc = tg_json_opt_int(&max, json, "max_length", 1, LABEL_MAX_BYTES, LABEL_MAX_BYTES, err);
	if (rc == TG_OK)
		rc = tg_json_opt_bool(&rule->digits, json, "digits", false, err);
	if (rc != TG_OK)
		return rc;
	rule->min_len = (uint16_t)min;
	rule->max_len = (uint16_t)max;
	return check_rule(rule, tg_json_get(json, "max_length") != NULL, err);
}

static int read_pass_list(tg_policy *out, const tg_json *policy, tg_error *err)
{
	const tg_json *list = NULL;
	int rc = tg_json_opt_array(&list, policy, "pass", err);

	for (const tg_json *item = tg_json_first(list); rc == TG_OK && item != NULL;
		item = tg_json_next(item)) {
		if (out->pass_count == TG_PASS_MAX)
			return tg_fail(err, TG_EFORMAT, "pass: more than %d rules", TG_PASS_MAX);
		rc = read_rule(&out->pass[out->pass_count], item, err);
		if (rc != TG_OK)
			return tg_error_prefix(err, "pass: rule %zu", out->pass_count + 1), rc;
		out->pass_count++;
	}
	if (out->pass_count > 0)
		out->pass_kinds |= UINT32_C(1) << TG_OTHER_LISTED;
	return rc;
}

/*
 * First of all the format: a later one is refused by its number, not by the first member it added. A file of format 1 with a
 * member of format 2 is a mistake: a station that only reads format 1 would refuse it.
 */
static int read_format(int64_t *format, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "format", "version", "operations", "clock_ahead_max_s",
		"on_check_failure", "on_log_failure", "dsp_ended", "batch_unknown", "dsp_notice_days",
		"link_test_max_age_days", "label_check_max_age_days", "scope_review_grace_days",
		"retention_years", "goods_in_from", "pass_kinds", "pass", "override", "cases", "unknown_products",
		"staff", "bracketed_text", NULL };
	int rc = tg_json_need_int(format, json, "format", 1, FORMAT_MAX, err);

	if (rc == TG_OK)
		rc = tg_json_only(json, names, err);
	if (rc == TG_OK && *format < 2 && tg_json_get(json, "bracketed_text") != NULL)
		rc = tg_fail(err, TG_EFORMAT, "bracketed_text: needs \"format\": 2");
	for (size_t i = 0; rc == TG_OK && *format < 2 && tg_policy__people_members[i] != NULL; i++) {
		if (tg_json_get(json, tg_policy__people_members[i]) != NULL)
			rc = tg_fail(err, TG_EFORMAT, "%s: needs \"format\": 2", tg_policy__people_members[i]);
	}
	return rc;
}

static int read_policy(tg_policy *out, const tg_json *json, tg_error *err)
{
	int64_t format = 0, version = 0;
	int rc;

	if (tg_json_type_of(json) != TG_JSON_OBJECT)
		return tg_fail(err, TG_EFORMAT, "wanted an object, found %s", tg_json_type_name(json));
	rc = read_format(&format, json, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&version, json, "version", 1, VERSION_MAX, err);
	out->version = (uint64_t)version;
	if (rc == TG_OK)
		rc = read_operations(out, json, err);
	if (rc == TG_OK)
		rc = read_clock(out, json, err);
	if (rc == TG_OK)
		rc = read_choices(out, json, err);
	if (rc == TG_OK)
		rc = read_periods(out, json, err);
	if (rc == TG_OK)
		rc = read_goods_in_from(out, json, err);
	if (rc == TG_OK)
		rc = read_pass_kinds(out, json, err);
	if (rc == TG_OK)
		rc = read_pass_list(out, json, err);
	if (rc == TG_OK)
		rc = tg_policy__read_people(out, json, err);
	return rc;
}

int tg_policy_parse(tg_policy *out, tg_view text, tg_error *err)
{
	tg_policy policy = { 0 };
	tg_json *json = NULL;
	int rc;

	if (text.len > TG_POLICY_MAX_BYTES)
		return tg_fail(err, TG_ELENGTH, "policy: %zu bytes, at most %d are read", text.len,
			TG_POLICY_MAX_BYTES);
	rc = tg_json_parse(&json, text, err);
	if (rc == TG_OK)
		rc = read_policy(&policy, json, err);
	tg_json_free(json);
	if (rc != TG_OK)
		return tg_error_prefix(err, "policy"), rc;
	*out = policy;
	return TG_OK;
}
