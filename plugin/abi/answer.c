/* SPDX-License-Identifier: Apache-2.0
 *
 * answer.c - what the daemon answered, as structs.
 *
 * Pure. An answer begins blocked and could-not-check, and becomes anything else only when all of it could be read. Knows the
 * members that tillgated(8) lists under /v1/check and /v1/status; knows nothing of sockets.
 */
#include "plugin/abi/wire.h"

#include <string.h>

#define API_VERSION 1 /* member `v` */
#define OPERATIONS 6
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- checks ---- */

struct answer_reading {
	tillgate_answer a;
	int64_t v;
	char outcome[12];
};

#define A_TEXT(path, kind, required, member) \
	{ path, kind, required, offsetof(struct answer_reading, a.member), sizeof(((tillgate_answer *)0)->member) }
#define A_VALUE(path, kind, required, member) { path, kind, required, offsetof(struct answer_reading, a.member), 0 }

static const struct tillgate__field answer_fields[] = {
	{ "v", TILLGATE__NUMBER, true, offsetof(struct answer_reading, v), 0 },
	{ "outcome", TILLGATE__WORD, true, offsetof(struct answer_reading, outcome), 12 },
	A_VALUE("could_not_check", TILLGATE__FLAG, true, could_not_check),
	A_VALUE("released", TILLGATE__FLAG, true, released),
	A_VALUE("would_release", TILLGATE__FLAG, false, would_release),
	A_VALUE("overridable", TILLGATE__FLAG, false, overridable),
	A_VALUE("recorded", TILLGATE__FLAG, true, recorded),
	A_VALUE("seq", TILLGATE__NUMBER, false, seq),
	A_VALUE("age_s", TILLGATE__NUMBER, false, age_s),
	A_VALUE("catalogue_version", TILLGATE__NUMBER, false, catalogue_version),
	A_VALUE("policy_version", TILLGATE__NUMBER, false, policy_version),
	A_TEXT("decided_by", TILLGATE__WORD, false, rule),
	A_TEXT("code", TILLGATE__WORD, true, code),
	A_TEXT("action", TILLGATE__TEXT, true, action),
	A_TEXT("reason", TILLGATE__TEXT, true, reason),
	A_TEXT("basis", TILLGATE__TEXT, false, basis),
	A_TEXT("reference", TILLGATE__WORD, false, reference),
	A_TEXT("kind", TILLGATE__WORD, true, kind),
	A_TEXT("gtin", TILLGATE__WORD, false, gtin),
	A_TEXT("batch", TILLGATE__WORD, false, batch),
	A_TEXT("serial", TILLGATE__WORD, false, serial),
	A_TEXT("name", TILLGATE__TEXT, false, name),
	A_TEXT("manufacturer", TILLGATE__TEXT, false, manufacturer),
	A_TEXT("answer", TILLGATE__WORD, false, assessment),
	A_TEXT("soc", TILLGATE__TEXT, false, soc),
	A_TEXT("soc_link", TILLGATE__LINK, false, soc_link),
	A_TEXT("stage", TILLGATE__WORD, true, stage),
	A_TEXT("mode", TILLGATE__WORD, true, mode),
	A_TEXT("operation", TILLGATE__WORD, false, operation),
	A_TEXT("at", TILLGATE__WORD, false, at),
	A_TEXT("fault", TILLGATE__TEXT, false, fault),
	A_TEXT("override.authorities", TILLGATE__LIST, false, override_authorities),
	A_TEXT("override.codes", TILLGATE__LIST, false, override_reasons),
	A_TEXT("override.until", TILLGATE__WORD, false, override_until),
	A_TEXT("case", TILLGATE__WORD, false, case_id),
	A_TEXT("no_case", TILLGATE__TEXT, false, no_case),
};

static const char *const decisions[] = { "allow", "notice", "hold", "block" };

const char *tillgate_decision_word(int32_t decision)
{
	return decision >= 0 && (size_t)decision < COUNT(decisions) ? decisions[decision] : decisions[TILLGATE_BLOCK];
}

void tillgate__answer_start(tillgate_answer *out)
{
	*out = (tillgate_answer)TILLGATE_ANSWER_INIT;
	out->seq = -1;
	out->age_s = -1;
}

/* What must be true of an answer beyond its form. */
static const char *make_sense(struct answer_reading *reading)
{
	tillgate_answer *a = &reading->a;
	size_t n = 0;

	if (reading->v != API_VERSION)
		return "another version of the interface";
	while (n < COUNT(decisions) && strcmp(decisions[n], reading->outcome) != 0)
		n++;
	if (n == COUNT(decisions))
		return "an unknown outcome";
	a->decision = (int32_t)n;
	if (a->could_not_check && a->decision != TILLGATE_BLOCK)
		return "an outcome although it could not check";
	if (strcmp(a->mode, "enforce") != 0 && strcmp(a->mode, "observe") != 0)
		return "an unknown mode";
	if (a->recorded && (a->seq < 0 || a->reference[0] == '\0'))
		return "a record without its number and reference";
	for (const char *p = a->gtin; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return "a GTIN that is no number";
	}
	return NULL;
}

const char *tillgate__answer_read(tillgate_answer *out, const char *data, size_t len)
{
	struct answer_reading reading = { .v = 0 };
	const char *why;

	tillgate__answer_start(&reading.a);
	why = tillgate__json_read(&reading, answer_fields, COUNT(answer_fields), data, len);
	if (why == NULL)
		why = make_sense(&reading);
	if (why == NULL)
		*out = reading.a;
	else
		tillgate__answer_start(out);
	return why;
}

static void put_text(char *data, size_t size, const char *words)
{
	struct tillgate__text t = { .data = data, .size = size };

	tillgate__text_put(&t, words);
	tillgate__text_end(&t);
}

/* The details are for the log: the till's own, from the error. */
const char *tillgate__reason_of(int code)
{
	switch (code) {
	case TILLGATE_EABSENT:
		return "The check service is not running on this till.";
	case TILLGATE_ETIMEOUT:
		return "The check service did not answer in time.";
	case TILLGATE_EIO:
		return "The connection to the check service broke.";
	case TILLGATE_EPROTOCOL:
		return "The check service gave an answer that cannot be read.";
	case TILLGATE_EREFUSED:
		return "The check service refused the question.";
	case TILLGATE_EINVAL:
		return "The till asked in a way that cannot be checked.";
	default:
		return "The check did not work.";
	}
}

void tillgate__answer_failed(tillgate_answer *out, int code, const tillgate_error *err)
{
	tillgate__answer_start(out);
	put_text(out->code, sizeof(out->code), "no-answer");
	put_text(out->action, sizeof(out->action), "Put the item aside and tell a supervisor.");
	put_text(out->reason, sizeof(out->reason), tillgate__reason_of(code));
	put_text(out->fault, sizeof(out->fault), err->message);
}

/* ---- status ---- */

struct state_reading {
	tillgate_state s;
	int64_t v;
	char modes[OPERATIONS][12];
};

#define S_TEXT(path, kind, required, member) \
	{ path, kind, required, offsetof(struct state_reading, s.member), sizeof(((tillgate_state *)0)->member) }
#define S_VALUE(path, member) { path, TILLGATE__NUMBER, false, offsetof(struct state_reading, s.member), 0 }
#define S_MODE(operation, n) \
	{ "operations." operation ".mode", TILLGATE__WORD, true, offsetof(struct state_reading, modes[n]), 12 }

static const struct tillgate__field state_fields[] = {
	{ "v", TILLGATE__NUMBER, true, offsetof(struct state_reading, v), 0 },
	S_VALUE("age_s", age_s),
	S_VALUE("catalogue_version", catalogue_version),
	S_VALUE("policy_version", policy_version),
	S_TEXT("stage", TILLGATE__WORD, true, stage),
	S_TEXT("health", TILLGATE__WORD, true, health),
	S_TEXT("station", TILLGATE__TEXT, false, station),
	S_TEXT("software", TILLGATE__TEXT, false, software),
	S_TEXT("faults", TILLGATE__LIST, false, degraded),
	S_MODE("offer", 0),
	S_MODE("sale", 1),
	S_MODE("dispatch", 2),
	S_MODE("goods-in", 3),
	S_MODE("return", 4),
	S_MODE("stock-check", 5),
};

void tillgate__state_start(tillgate_state *out)
{
	*out = (tillgate_state)TILLGATE_STATE_INIT;
	out->age_s = -1;
	put_text(out->stage, sizeof(out->stage), "dead");
	put_text(out->health, sizeof(out->health), "cannot-check");
}

/* Six modes as one word. */
static void set_mode(struct state_reading *reading)
{
	const char *word = reading->modes[0];

	for (size_t n = 1; n < OPERATIONS; n++) {
		if (strcmp(reading->modes[n], word) != 0)
			word = "mixed";
	}
	put_text(reading->s.mode, sizeof(reading->s.mode), word);
}

const char *tillgate__state_read(tillgate_state *out, const char *data, size_t len)
{
	struct state_reading reading = { .v = 0 };
	const char *why;

	reading.s = (tillgate_state)TILLGATE_STATE_INIT;
	reading.s.age_s = -1;
	why = tillgate__json_read(&reading, state_fields, COUNT(state_fields), data, len);
	if (why == NULL && reading.v != API_VERSION)
		why = "another version of the interface";
	if (why != NULL) {
		tillgate__state_start(out);
		return why;
	}
	set_mode(&reading);
	*out = reading.s;
	return NULL;
}

/* ---- responses ---- */

void tillgate__refusal_read(char *words, size_t size, const char *data, size_t len)
{
	const struct tillgate__field field = { "error", TILLGATE__TEXT, true, 0, size };

	words[0] = '\0';
	if (tillgate__json_read(words, &field, 1, data, len) != NULL)
		words[0] = '\0';
}

int tillgate__response_check(const struct tillgate__response *response, tillgate_error *err)
{
	char words[200], first[40];
	struct tillgate__text t = { .data = first, .size = sizeof(first) };

	if (response->status == 200 && response->json)
		return TILLGATE_OK;
	if (response->status == 200)
		return tillgate__fail(err, TILLGATE_EPROTOCOL, 0, "the answer is not application/json", NULL);
	tillgate__text_put(&t, "the daemon refused (");
	tillgate__text_number(&t, (uint64_t)response->status);
	tillgate__text_put(&t, "): ");
	tillgate__text_end(&t);
	tillgate__refusal_read(words, sizeof(words), response->body, response->body_len);
	return tillgate__fail(err, TILLGATE_EREFUSED, 0, first, words[0] != '\0' ? words : "no words");
}

int tillgate__answer_from_response(tillgate_answer *out, const struct tillgate__response *response, tillgate_error *err)
{
	int rc = tillgate__response_check(response, err);
	const char *why;

	tillgate__answer_start(out);
	if (rc != TILLGATE_OK)
		return rc;
	why = tillgate__answer_read(out, response->body, response->body_len);
	return why == NULL ? TILLGATE_OK : tillgate__fail(err, TILLGATE_EPROTOCOL, 0, "the answer holds ", why);
}

int tillgate__state_from_response(tillgate_state *out, const struct tillgate__response *response, tillgate_error *err)
{
	int rc = tillgate__response_check(response, err);
	const char *why;

	tillgate__state_start(out);
	if (rc != TILLGATE_OK)
		return rc;
	why = tillgate__state_read(out, response->body, response->body_len);
	return why == NULL ? TILLGATE_OK : tillgate__fail(err, TILLGATE_EPROTOCOL, 0, "the status holds ", why);
}
