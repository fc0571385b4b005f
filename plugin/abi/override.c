/* SPDX-License-Identifier: Apache-2.0
 *
 * override.c - what the daemon answered to an override, as a struct.
 *
 * Pure. An answer begins not released, and becomes anything else only when all of it could be read. Knows the members that tillgated(8)
 * lists under /v1/override.
 */
#include "plugin/abi/wire.h"

#include <string.h>

#define API_VERSION 1 /* member `v` */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct reading {
	tillgate_override_answer a;
	int64_t v;
};

#define TEXT(path, kind, required, member) \
	{ path, kind, required, offsetof(struct reading, a.member), sizeof(((tillgate_override_answer *)0)->member) }
#define VALUE(path, kind, required, member) { path, kind, required, offsetof(struct reading, a.member), 0 }

static const struct tillgate__field fields[] = {
	{ "v", TILLGATE__NUMBER, true, offsetof(struct reading, v), 0 },
	VALUE("released", TILLGATE__FLAG, true, released),
	VALUE("granted", TILLGATE__FLAG, true, granted),
	VALUE("recorded", TILLGATE__FLAG, true, recorded),
	VALUE("delivered", TILLGATE__FLAG, false, delivered),
	VALUE("seq", TILLGATE__NUMBER, false, seq),
	VALUE("wait_s", TILLGATE__NUMBER, false, wait_s),
	TEXT("code", TILLGATE__WORD, true, code),
	TEXT("action", TILLGATE__TEXT, true, action),
	TEXT("reason", TILLGATE__TEXT, true, reason),
	TEXT("authority", TILLGATE__WORD, false, authority),
	TEXT("reference", TILLGATE__WORD, false, reference),
	TEXT("at", TILLGATE__WORD, false, at),
	TEXT("fault", TILLGATE__TEXT, false, fault),
};

void tillgate__override_start(tillgate_override_answer *out)
{
	*out = (tillgate_override_answer)TILLGATE_OVERRIDE_ANSWER_INIT;
}

const char *tillgate__override_read(tillgate_override_answer *out, const char *data, size_t len)
{
	struct reading reading = { .v = 0 };
	const char *why;

	tillgate__override_start(&reading.a);
	why = tillgate__json_read(&reading, fields, COUNT(fields), data, len);
	if (why == NULL && reading.v != API_VERSION)
		why = "another version of the interface";
	if (why == NULL && reading.a.released && !(reading.a.granted && reading.a.recorded))
		why = "a release that nobody granted or nothing recorded";
	if (why == NULL)
		*out = reading.a;
	else
		tillgate__override_start(out);
	return why;
}

int tillgate__override_from_response(tillgate_override_answer *out, const struct tillgate__response *response, tillgate_error *err)
{
	int rc = tillgate__response_check(response, err);
	const char *why;

	tillgate__override_start(out);
	if (rc != TILLGATE_OK)
		return rc;
	why = tillgate__override_read(out, response->body, response->body_len);
	return why == NULL ? TILLGATE_OK : tillgate__fail(err, TILLGATE_EPROTOCOL, 0, "the answer holds ", why);
}

static void put_text(char *data, size_t size, const char *words)
{
	struct tillgate__text t = { .data = data, .size = size };

	tillgate__text_put(&t, words);
	tillgate__text_end(&t);
}

void tillgate__override_failed(tillgate_override_answer *out, int code, const tillgate_error *err)
{
	tillgate__override_start(out);
	put_text(out->code, sizeof(out->code), "no-answer");
	put_text(out->action, sizeof(out->action), "It stays aside. Tell a supervisor.");
	put_text(out->reason, sizeof(out->reason), tillgate__reason_of(code));
	put_text(out->fault, sizeof(out->fault), err->message);
}
