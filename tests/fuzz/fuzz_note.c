/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_note.c - signed notes, checkpoints, proofs, keys and references from anybody.
 *
 * Whatever parses must lie inside what was parsed, and no input may verify under a key that never signed.
 */
#include "store/evidence/note.h"
#include "store/evidence/reference.h"

#include <stdlib.h>

static const char vkey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

static void check_inside(tg_view part, const uint8_t *data, size_t size)
{
	if (part.data < data || part.data + part.len > data + size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static tg_note note;
	static tg_note_key *key;
	const tg_note_key *keys[1];
	tg_checkpoint checkpoint;
	tg_reference reference;
	tg_note_key *other;
	char *text;

	if (key == NULL &&
		(tg_crypto_init(NULL) != TG_OK || tg_note_key_from_vkey(&key, vkey, NULL) != TG_OK))
		abort();
	keys[0] = key;
	if (tg_note_parse(&note, tg_view_of(data, size), NULL) == TG_OK) {
		check_inside(note.text, data, size);
		for (size_t i = 0; i < note.line_count; i++) {
			check_inside(note.line[i].name, data, size);
			check_inside(note.line[i].base64, data, size);
		}
		(void)!tg_note_verify(&note, keys, 1, NULL, NULL);
		if (tg_checkpoint_parse(&checkpoint, note.text, NULL) == TG_OK &&
			checkpoint.origin[0] == '\0')
			abort();
	}
	(void)!tg_proof_verify(
		NULL, tg_view_of(data, size), tg_view_of(data, size), "example.com/log", keys, 1, NULL);
	text = malloc(size + 1);
	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (tg_note_key_from_vkey(&other, text, NULL) == TG_OK)
		tg_note_key_free(other);
	(void)!tg_reference_parse(&reference, text, NULL);
	free(text);
	return 0;
}
