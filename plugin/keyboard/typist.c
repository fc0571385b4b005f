/* SPDX-License-Identifier: Apache-2.0
 *
 * typist.c - what may be typed. See typist.h.
 */
#include "plugin/keyboard/typist.h"

#include "plugin/keyboard/wire.h"

#include <ctype.h>
#include <string.h>

static const char digits[] = "0123456789", upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", lower[] = "abcdefghijklmnopqrstuvwxyz";
/* GS1 General Specifications figure 7.11-1: the encodable set 82 */
static const char gs1[] = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

static int add(bool allowed[TG_KEYMAP_COUNT], const char *chars, size_t len, tg_error *err)
{
	for (size_t i = 0; i < len; i++) {
		unsigned at = (unsigned)(unsigned char)chars[i] - TG_KEYMAP_FIRST;

		if (at >= TG_KEYMAP_COUNT)
			return tg_fail(err, TG_EINVAL, "allow: character 0x%02x is no printable ASCII", (unsigned char)chars[i]);
		allowed[at] = true;
	}
	return TG_OK;
}

static int add_word(bool allowed[TG_KEYMAP_COUNT], const char *word, size_t len, tg_error *err)
{
	static const struct {
		const char *name, *chars[3];
	} classes[] = { { "digits", { digits } }, { "letters", { upper, lower } }, { "upper", { upper } }, { "gs1", { gs1 } } };

	if (len > 6 && strncmp(word, "chars:", 6) == 0)
		return add(allowed, word + 6, len - 6, err);
	if (len == 5 && strncmp(word, "ascii", 5) == 0) {
		memset(allowed, true, TG_KEYMAP_COUNT);
		return TG_OK;
	}
	for (size_t i = 0; i < TG_COUNT(classes); i++)
		if (strlen(classes[i].name) == len && strncmp(word, classes[i].name, len) == 0) {
			for (size_t c = 0; classes[i].chars[c] != NULL; c++)
				(void)!add(allowed, classes[i].chars[c], strlen(classes[i].chars[c]), NULL);
			return TG_OK;
		}
	return tg_fail(err, TG_EINVAL, "allow: \"%.*s\": wanted digits, letters, upper, gs1, ascii or chars:…", (int)len, word);
}

int tg_typist_allow(tg_typist *typist, const char *text, tg_error *err)
{
	bool allowed[TG_KEYMAP_COUNT] = { false };
	const char *word = text;
	size_t words = 0;

	for (;; words++) {
		size_t len;
		int rc;

		word += strspn(word, " ");
		len = strcspn(word, " ");
		if (len == 0)
			break;
		rc = add_word(allowed, word, len, err);
		if (rc != TG_OK)
			return rc;
		word += len;
	}
	if (words == 0)
		return tg_fail(err, TG_EINVAL, "allow: nothing could be typed");
	memcpy(typist->allowed, allowed, sizeof(allowed));
	return TG_OK;
}

int tg_typist_check(const tg_typist *typist, tg_view label, tg_error *err)
{
	if (label.len == 0 || label.len > TG_KEYBOARD_LABEL_MAX)
		return tg_fail(err, TG_ELENGTH, "a label of %zu bytes; wanted 1 to %d", label.len, TG_KEYBOARD_LABEL_MAX);
	for (size_t i = 0; i < label.len; i++) {
		unsigned at = (unsigned)label.data[i] - TG_KEYMAP_FIRST;

		if (at >= TG_KEYMAP_COUNT || !typist->allowed[at])
			return tg_fail(err, TG_EINVAL, "character 0x%02x may not be typed at this till (option --allow)", label.data[i]);
		if (tg_keymap_find(&typist->map, (char)label.data[i], false) == NULL || tg_keymap_find(&typist->map, (char)label.data[i], true) == NULL)
			return tg_fail(err, TG_EINVAL, "character 0x%02x has no key on this keyboard layout", label.data[i]);
	}
	return TG_OK;
}

int64_t tg_typist_time_ms(const tg_typist *typist, size_t len)
{
	return (int64_t)(len + (typist->suffix != TG_TYPE_NOTHING)) * typist->key_ms;
}

bool tg_typist_in_time(const tg_typist *typist, size_t len, int64_t now_us, int64_t until_us)
{
	return now_us <= until_us && tg_typist_time_ms(typist, len) <= (until_us - now_us) / 1000;
}
