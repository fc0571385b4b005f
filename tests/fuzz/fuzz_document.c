/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_document.c - what names a document: an id, a file in the records, a kept copy, a target's custom. Nothing that is accepted
 * leads out of its folder.
 */
#include "sync/documents.h"
#include "sync/hq/document_file.h"

#include <stdlib.h>

static void try_names(const char *text)
{
	char path[TG_DOCUMENT_PATH_SIZE];
	uint8_t hash[TG_SHA256_SIZE];
	tg_document_type type;

	if (tg_document_path(path, text, NULL) == TG_OK &&
		(strncmp(path, TG_DOCUMENT_FOLDER, 10) != 0 || strchr(path + 10, '/') != NULL ||
			path[10] == '.'))
		abort();
	if (tg_document_file_name_valid(text) &&
		(text[0] == '/' || strstr(text, "/.") != NULL || strstr(text, "//") != NULL ||
			!tg_document_type_of_name(&type, text)))
		abort();
	if (tg_documents_name_read(&type, hash, text, NULL) &&
		(strchr(text, '/') != NULL || text[0] == '.' || type >= TG_DOCUMENT_TYPES))
		abort();
}

static void try_custom(tg_view bytes)
{
	tg_document_type type = TG_DOCUMENT_TYPES;
	tg_json *json = NULL;

	if (tg_json_parse(&json, bytes, NULL) == TG_OK &&
		tg_document_custom_read(&type, json, NULL) == TG_OK && type >= TG_DOCUMENT_TYPES)
		abort();
	tg_json_free(json);
}

/* In one piece or in two, it is the same document. */
static void try_look(const uint8_t *data, size_t size)
{
	for (int type = 0; type < TG_DOCUMENT_TYPES; type++) {
		tg_document_look whole, parts;

		tg_document_look_init(&whole, (tg_document_type)type);
		tg_document_look_update(&whole, data, size);
		tg_document_look_init(&parts, (tg_document_type)type);
		tg_document_look_update(&parts, data, size / 2);
		tg_document_look_update(&parts, data + size / 2, size - size / 2);
		if (tg_document_look_ok(&whole) != tg_document_look_ok(&parts))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	try_names(text);
	try_custom(tg_view_of(data, size));
	try_look(data, size);
	free(text);
	return 0;
}
