/* SPDX-License-Identifier: Apache-2.0
 *
 * request.c - a check, or an override, as the bytes of an HTTP request.
 *
 * Pure. The label travels as text where it is plain ASCII with GS, so that a trace of the socket can be read, and as hex
 * where it is anything else: the daemon gets the bytes that were scanned, always.
 * Source: RFC 9112 (HTTP/1.1), RFC 8259 (JSON); tillgated(8) for the members.
 */
#include "plugin/abi/wire.h"

#include <string.h>

#define HEAD_ROOM 256 /* bytes kept free in front of the body for the head, which needs its length */
#define BADGE_MAX 128 /* bytes of what a badge says */
#define WORD_MAX 63   /* bytes of a small member; the daemon has narrower limits of its own and says which */

static const char digits[] = "0123456789abcdef";

/* Printable ASCII and GS, and not longer escaped than in hex. */
static bool travels_as_text(const unsigned char *label, size_t len)
{
	size_t size = 0;

	for (size_t i = 0; i < len; i++) {
		if (label[i] != 0x1d && (label[i] < 0x20 || label[i] >= 0x7f))
			return false;
		size += label[i] == 0x1d ? 6 : label[i] == '"' || label[i] == '\\' ? 2 : 1;
	}
	return size <= 2 * len;
}

static void put_quoted(struct tillgate__text *t, const char *text, size_t len)
{
	tillgate__text_put(t, "\"");
	for (size_t i = 0; i < len; i++) {
		if (text[i] == 0x1d)
			tillgate__text_put(t, "\\u001d");
		else if (text[i] == '"' || text[i] == '\\')
			tillgate__text_bytes(t, (const char[]){ '\\', text[i] }, 2);
		else
			tillgate__text_bytes(t, text + i, 1);
	}
	tillgate__text_put(t, "\"");
}

static void put_label(struct tillgate__text *t, const void *label, size_t len)
{
	const unsigned char *p = label;

	if (travels_as_text(p, len)) {
		tillgate__text_put(t, "{\"label\":");
		put_quoted(t, label, len);
		return;
	}
	tillgate__text_put(t, "{\"label_hex\":\"");
	for (size_t i = 0; i < len; i++)
		tillgate__text_bytes(t, (const char[]){ digits[p[i] >> 4], digits[p[i] & 15] }, 2);
	tillgate__text_put(t, "\"");
}

/* `member` is `,"name":`; nothing is written for NULL and "". Words of errors never hold the text: it may be a PIN. */
static int put_long(struct tillgate__text *t, const char *member, const char *word, size_t max, tillgate_error *err)
{
	size_t len = word != NULL ? strnlen(word, max + 1) : 0;

	if (len > max)
		return tillgate__fail(err, TILLGATE_EINVAL, 0, max == WORD_MAX ? "longer than 63 bytes: request member " : "too long: request member ",
			member + 1);
	for (size_t i = 0; i < len; i++) {
		if (word[i] < 0x20 || word[i] >= 0x7f)
			return tillgate__fail(err, TILLGATE_EINVAL, 0, "wanted printable ASCII: request member ", member + 1);
	}
	if (len > 0) {
		tillgate__text_put(t, member);
		put_quoted(t, word, len);
	}
	return TILLGATE_OK;
}

static int put_word(struct tillgate__text *t, const char *member, const char *word, tillgate_error *err)
{
	return put_long(t, member, word, WORD_MAX, err);
}

/* In front of the body, whose length it holds. */
static int put_head(const char **start, size_t *len, char *buf, const char *path, const struct tillgate__text *body, tillgate_error *err)
{
	char room[HEAD_ROOM];
	struct tillgate__text head = { .data = room, .size = sizeof(room) };

	tillgate__text_put(&head, "POST ");
	tillgate__text_put(&head, path);
	tillgate__text_put(&head, " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ");
	tillgate__text_number(&head, body->len);
	tillgate__text_put(&head, "\r\n\r\n");
	if (body->cut || head.cut)
		return tillgate__fail(err, TILLGATE_EINVAL, 0, "the request is too long", NULL);
	memcpy(buf + HEAD_ROOM - head.len, head.data, head.len);
	*start = buf + HEAD_ROOM - head.len;
	*len = head.len + body->len;
	return TILLGATE_OK;
}

/* As put_word, of any script, but nothing that hides or steers: the daemon refuses more than this does. */
static int put_party(struct tillgate__text *t, const char *member, const char *words, tillgate_error *err)
{
	size_t len = words != NULL ? strnlen(words, WORD_MAX + 1) : 0, step;
	uint32_t c;

	if (len > WORD_MAX)
		return tillgate__fail(err, TILLGATE_EINVAL, 0, "longer than 63 bytes: request member ", member + 1);
	for (size_t i = 0; i < len; i += step) {
		step = tillgate__text_decode(&c, words + i, len - i);
		if (step == 0 || tillgate__text_harmful(c))
			return tillgate__fail(err, TILLGATE_EINVAL, 0, "wanted text without control characters: request member ", member + 1);
	}
	if (len > 0) {
		tillgate__text_put(t, member);
		put_quoted(t, words, len);
	}
	return TILLGATE_OK;
}

int tillgate__request_check(char *buf, const char **start, size_t *len, const tillgate_request *request, tillgate_error *err)
{
	struct tillgate__text body = { .data = buf + HEAD_ROOM, .size = TILLGATE__REQUEST_MAX - HEAD_ROOM };
	int rc;

	if (request->label == NULL && request->label_len > 0)
		return tillgate__fail(err, TILLGATE_EINVAL, 0, "label: NULL with a length", NULL);
	if (request->label_len > TILLGATE_LABEL_MAX)
		return tillgate__fail(err, TILLGATE_EINVAL, 0, "label: longer than any scan that the gate reads (4099 bytes)", NULL);
	if (request->operation == NULL || request->operation[0] == '\0')
		return tillgate__fail(err, TILLGATE_EINVAL, 0, "operation: missing; wanted \"sale\" or another", NULL);
	put_label(&body, request->label != NULL ? request->label : "", request->label_len);
	rc = put_word(&body, ",\"operation\":", request->operation, err);
	if (rc == TILLGATE_OK)
		rc = put_word(&body, ",\"aim\":", request->aim, err);
	if (rc == TILLGATE_OK)
		rc = put_word(&body, ",\"destination\":", request->destination, err);
	if (rc == TILLGATE_OK)
		rc = put_word(&body, ",\"batch\":", request->batch, err);
	if (rc == TILLGATE_OK)
		rc = put_word(&body, ",\"device\":", request->device, err);
	if (rc == TILLGATE_OK)
		rc = put_word(&body, ",\"supply\":", request->supply, err);
	if (rc == TILLGATE_OK)
		rc = put_word(&body, ",\"unit\":", request->unit, err);
	if (request->bought_before_duty != 0)
		tillgate__text_put(&body, ",\"bought_before_duty\":true");
	if (rc == TILLGATE_OK)
		rc = put_party(&body, ",\"supplier\":", request->supplier, err);
	if (rc == TILLGATE_OK)
		rc = put_party(&body, ",\"delivery\":", request->delivery, err);
	if (rc == TILLGATE_OK)
		rc = put_word(&body, ",\"operator\":", request->operator_name, err);
	tillgate__text_put(&body, "}");
	return rc == TILLGATE_OK ? put_head(start, len, buf, "/v1/check", &body, err) : rc;
}

/* The second person: exactly one way to show who they are, and their name with a PIN. */
static int put_person(struct tillgate__text *t, const tillgate_override_request *request, tillgate_error *err)
{
	int rc;

	if ((request->pin != NULL) + (request->badge != NULL) + (request->badge_at != NULL) != 1)
		return tillgate__fail(err, TILLGATE_EINVAL, 0, "one of pin, badge and badge_at is wanted", NULL);
	if (request->pin != NULL)
		rc = put_long(t, ",\"by\":{\"pin\":", request->pin, BADGE_MAX, err);
	else if (request->badge != NULL)
		rc = put_long(t, ",\"by\":{\"badge\":", request->badge, BADGE_MAX, err);
	else
		rc = put_long(t, ",\"by\":{\"badge_at\":", request->badge_at, WORD_MAX, err);
	if (rc == TILLGATE_OK)
		rc = put_word(t, ",\"who\":", request->who, err);
	tillgate__text_put(t, "}}");
	return rc;
}

static bool is_given(const char *word)
{
	return word != NULL && word[0] != '\0';
}

int tillgate__request_override(char *buf, const char **start, size_t *len, const tillgate_override_request *request, tillgate_error *err)
{
	struct tillgate__text body = { .data = buf + HEAD_ROOM, .size = TILLGATE__REQUEST_MAX - HEAD_ROOM };
	int rc;

	if (!is_given(request->reference) || !is_given(request->reason) || !is_given(request->asked_by))
		return tillgate__fail(err, TILLGATE_EINVAL, 0, "reference, reason and asked_by are wanted", NULL);
	if (!is_given(request->pin) && !is_given(request->badge) && !is_given(request->badge_at))
		return tillgate__fail(err, TILLGATE_EINVAL, 0, "one of pin, badge and badge_at is wanted", NULL);
	rc = put_word(&body, "{\"reference\":", request->reference, err);
	if (rc == TILLGATE_OK)
		rc = put_word(&body, ",\"reason\":", request->reason, err);
	if (rc == TILLGATE_OK)
		rc = put_word(&body, ",\"asked_by\":", request->asked_by, err);
	if (rc == TILLGATE_OK)
		rc = put_person(&body, request, err);
	return rc == TILLGATE_OK ? put_head(start, len, buf, "/v1/override", &body, err) : rc;
}

void tillgate__request_status(char *buf, const char **start, size_t *len)
{
	struct tillgate__text t = { .data = buf, .size = TILLGATE__REQUEST_MAX };

	tillgate__text_put(&t, "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n");
	*start = buf;
	*len = t.len;
}
