/* SPDX-License-Identifier: Apache-2.0
 *
 * document.c - see document.h.
 */
#include "sync/document.h"

#include <stdio.h>
#include <strings.h>

const char *const tg_document_types[TG_DOCUMENT_TYPES + 1] = { "pdf", "png", "jpg", "txt", NULL };

static const struct {
	const char *bytes; /* that content of the type begins with; "" for text, which has none */
	size_t len;
} heads[TG_DOCUMENT_TYPES] = {
	[TG_DOCUMENT_PDF] = { "%PDF-", 5 },
	[TG_DOCUMENT_PNG] = { "\x89PNG\r\n\x1a\n", 8 },
	[TG_DOCUMENT_JPEG] = { "\xff\xd8\xff", 3 },
	[TG_DOCUMENT_TEXT] = { "", 0 },
};

bool tg_document_id_valid(const char *id)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
	size_t len = strlen(id);

	return len > 0 && len <= TG_DOCUMENT_ID_MAX && id[0] != '-' && id[0] != '.' &&
	       strspn(id, allowed) == len;
}

int tg_document_path(char out[TG_DOCUMENT_PATH_SIZE], const char *id, tg_error *err)
{
	out[0] = '\0';
	if (!tg_document_id_valid(id))
		return tg_fail(err, TG_EINVAL,
			"\"%.80s\" cannot be the id of a statement: wanted at most %d letters, digits, '-', "
			"'.' and '_'",
			id, TG_DOCUMENT_ID_MAX);
	(void)snprintf(out, TG_DOCUMENT_PATH_SIZE, "%s%s", TG_DOCUMENT_FOLDER, id);
	return TG_OK;
}

bool tg_document_type_of_name(tg_document_type *out, const char *name)
{
	const char *dot = strrchr(name, '.');

	if (dot == NULL)
		return false;
	if (strcasecmp(dot, ".jpeg") == 0) {
		*out = TG_DOCUMENT_JPEG;
		return true;
	}
	for (int type = 0; type < TG_DOCUMENT_TYPES; type++) {
		if (strcasecmp(dot + 1, tg_document_types[type]) == 0) {
			*out = (tg_document_type)type;
			return true;
		}
	}
	return false;
}

tg_json *tg_document_custom(tg_document_type type)
{
	tg_json *custom = tg_json_new_object();

	tg_json_set_str(custom, "type", tg_document_types[type]);
	return custom;
}

int tg_document_custom_read(tg_document_type *out, const tg_json *custom, tg_error *err)
{
	int type = 0, rc;

	if (custom == NULL)
		return tg_fail(err, TG_EFORMAT, "custom: missing; wanted the document's type");
	rc = tg_json_need_word(&type, custom, "type", tg_document_types, err);
	*out = (tg_document_type)type;
	return rc;
}

void tg_document_look_init(tg_document_look *look, tg_document_type type)
{
	*look = (tg_document_look){ .type = type };
}

/* UTF-8 beyond ASCII is taken as it comes: what the text says is for people, and nobody draws it on a terminal. */
static bool is_control(uint8_t c)
{
	return (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') || c == 0x7f;
}

void tg_document_look_update(tg_document_look *look, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len && look->head_len < sizeof(look->head); i++)
		look->head[look->head_len++] = data[i];
	if (look->type != TG_DOCUMENT_TEXT)
		return;
	for (size_t i = 0; i < len && !look->control; i++)
		look->control = is_control(data[i]);
}

bool tg_document_look_ok(const tg_document_look *look)
{
	size_t len = heads[look->type].len;

	return look->head_len > 0 && look->head_len >= len && !look->control &&
	       memcmp(look->head, heads[look->type].bytes, len) == 0;
}
