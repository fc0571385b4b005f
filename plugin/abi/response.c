/* SPDX-License-Identifier: Apache-2.0
 *
 * response.c - one HTTP response off bytes: strict, bounded, and only what the daemon sends.
 *
 * Pure. The length of the body must be announced once; chunks, folded lines and interim responses are refused, so that two
 * readers of the same bytes cannot disagree about where an answer ends.
 * Source: RFC 9112 sections 2.2, 4, 5, 6.
 */
#include "plugin/abi/wire.h"

#include <string.h>
#include <strings.h>

struct line {
	const char *at;
	size_t len;
};

struct head {
	struct tillgate__response *out;
	size_t content_length;
	bool has_length;
};

/* Take one line off the head, which is known to end in an empty one. Its end must be CR LF, with no other CR or LF in it. */
static bool next_line(struct line *line, const char **at, const char *end)
{
	const char *lf = memchr(*at, '\n', (size_t)(end - *at));

	if (lf == NULL || lf == *at || lf[-1] != '\r')
		return false;
	line->at = *at;
	line->len = (size_t)(lf - 1 - *at);
	*at = lf + 1;
	return memchr(line->at, '\r', line->len) == NULL && memchr(line->at, '\0', line->len) == NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *read_status(struct tillgate__response *out, const struct line *line)
{
	const char *p = line->at;

	/* "HTTP/1.1 200 OK": the reason may be empty, the space before it may not be missing */
	if (line->len < 13 || memcmp(p, "HTTP/1.", 7) != 0 || (p[7] != '0' && p[7] != '1') || p[8] != ' ' || p[12] != ' ' ||
		!is_digit(p[9]) || !is_digit(p[10]) || !is_digit(p[11]))
		return "no HTTP/1 status line";
	out->status = (p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0');
	if (out->status < 200 || out->status > 599)
		return "a status outside 200 to 599";
	out->keep = p[7] == '1';
	return NULL;
}

/* RFC 9110 section 5.6.2: a token, so no space before the colon. */
static bool is_token(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(p[i]) && !((p[i] | 32) >= 'a' && (p[i] | 32) <= 'z') && (p[i] == '\0' || !strchr("!#$%&'*+-.^_`|~", p[i])))
			return false;
	}
	return len > 0;
}

static bool equals(const struct line *text, const char *word)
{
	return text->len == strlen(word) && strncasecmp(text->at, word, text->len) == 0;
}

static const char *read_length(struct head *head, const struct line *value)
{
	size_t length = 0;

	if (head->has_length)
		return "two lengths";
	if (value->len == 0 || value->len > 6)
		return value->len == 0 ? "an empty length" : "an answer that is too long";
	for (size_t i = 0; i < value->len; i++) {
		if (!is_digit(value->at[i]))
			return "a length that is no number";
		length = length * 10 + (size_t)(value->at[i] - '0');
	}
	if (length > TILLGATE__BODY_MAX)
		return "an answer that is too long";
	head->content_length = length;
	head->has_length = true;
	return NULL;
}

static bool is_json(struct line value)
{
	const char *semicolon = memchr(value.at, ';', value.len);

	if (semicolon != NULL)
		value.len = (size_t)(semicolon - value.at);
	while (value.len > 0 && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t'))
		value.len--;
	return equals(&value, "application/json");
}

static const char *read_header(struct head *head, const struct line *line)
{
	const char *colon = memchr(line->at, ':', line->len);
	struct line name = { line->at, colon != NULL ? (size_t)(colon - line->at) : 0 }, value;

	if (colon == NULL || !is_token(name.at, name.len))
		return "a header line that is none";
	value = (struct line){ colon + 1, line->len - name.len - 1 };
	while (value.len > 0 && (*value.at == ' ' || *value.at == '\t')) {
		value.at++;
		value.len--;
	}
	while (value.len > 0 && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t'))
		value.len--;
	if (equals(&name, "Content-Length"))
		return read_length(head, &value);
	if (equals(&name, "Transfer-Encoding") || equals(&name, "Content-Encoding"))
		return "an encoding that was not asked for";
	if (equals(&name, "Content-Type"))
		head->out->json = is_json(value);
	if (equals(&name, "Connection") && !equals(&value, "keep-alive"))
		head->out->keep = false;
	return NULL;
}

static const char *read_head(struct head *head, const char *data, size_t len)
{
	const char *at = data, *end = data + len, *why;
	struct line line;

	if (!next_line(&line, &at, end))
		return "a line that does not end in CR LF";
	why = read_status(head->out, &line);
	for (int n = 0; why == NULL; n++) {
		if (!next_line(&line, &at, end))
			return "a line that does not end in CR LF";
		if (line.len == 0)
			break;
		why = n < TILLGATE__HEADERS_MAX ? read_header(head, &line) : "too many header lines";
	}
	if (why == NULL && at != end)
		why = "an empty line inside the head";
	if (why == NULL && !head->has_length)
		why = "no length";
	return why;
}

enum tillgate__progress tillgate__response_parse(struct tillgate__response *out, const char *data, size_t len)
{
	static const char lead[] = "HTTP/1.";
	struct head head = { .out = out };
	size_t head_len;
	const char *end;

	*out = (struct tillgate__response){ 0 };
	if (memcmp(data, lead, len < sizeof(lead) - 1 ? len : sizeof(lead) - 1) != 0) {
		out->why = "no HTTP/1 status line"; /* said at once: what speaks no HTTP may never send an empty line */
		return TILLGATE__BAD;
	}
	end = memmem(data, len, "\r\n\r\n", 4);
	if (end == NULL || (size_t)(end - data) > TILLGATE__HEAD_MAX) {
		out->why = "a head that is too long";
		return end == NULL && len <= TILLGATE__HEAD_MAX ? TILLGATE__MORE : TILLGATE__BAD;
	}
	head_len = (size_t)(end - data) + 4;
	out->why = read_head(&head, data, head_len);
	if (out->why != NULL)
		return TILLGATE__BAD;
	if (len - head_len < head.content_length)
		return TILLGATE__MORE;
	out->body = data + head_len;
	out->body_len = head.content_length;
	if (len - head_len > head.content_length) {
		out->why = "bytes after its end";
		return TILLGATE__BAD;
	}
	return TILLGATE__WHOLE;
}
