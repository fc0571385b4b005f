/* SPDX-License-Identifier: Apache-2.0
 *
 * encoding.h - hex (lower case) and base64 (RFC 4648 section 4, padded), both strict when reading; and what UTF-8 may hide.
 */
#ifndef TG_BASE_ENCODING_H
#define TG_BASE_ENCODING_H

#include "store/base/bytes.h"

/** Writes 2*len digits and a terminator; `out` must hold 2*len+1 bytes. Returns `out`. */
char *tg_hex_encode(char *out, const void *data, size_t len);
/** Lower and upper case digits, even count, at most `max` bytes out. TG_EFORMAT otherwise. */
TG_NODISCARD int tg_hex_decode(uint8_t *out, size_t *len, size_t max, const char *text, tg_error *err);

/** Appends the padded form. */
void tg_base64_encode(tg_buf *out, const void *data, size_t len);
/** Refuses white space, missing padding and non-zero trailing bits. */
TG_NODISCARD int tg_base64_decode(tg_buf *out, const char *text, size_t text_len, tg_error *err);

/** True if the bytes are UTF-8 without surrogates, overlong forms or code points above U+10FFFF. */
bool tg_utf8_valid(const void *data, size_t len);
/** True if the text, valid UTF-8, holds characters that nobody sees: zero width, fillers, joiners, variation selectors, tags. */
bool tg_utf8_hides(const char *text);
/**
 * True if the text is valid UTF-8 that shows what it is: nothing hidden, no control, no line separator, nothing that changes the
 * direction. What people type is refused by this before it is kept.
 */
bool tg_utf8_plain(const char *text);

#endif
