/* SPDX-License-Identifier: Apache-2.0
 *
 * windows_1252.h - the one-byte code that spreadsheets of Western Europe still write, as UTF-8. Pure.
 */
#ifndef TG_HQ_WINDOWS_1252_H
#define TG_HQ_WINDOWS_1252_H

#include "store/base/bytes.h"

/**
 * Appends. Errors: TG_EFORMAT, and `*at` is the first byte that the code does not have (81, 8D, 8F, 90, 9D, and 00, which no text
 * has); TG_ELIMIT, TG_ENOMEM. Source: the Encoding Standard's index of windows-1252, whose five open places are refused here.
 */
TG_NODISCARD int tg_windows_1252_to_utf8(tg_buf *out, tg_view text, size_t *at, tg_error *err);

#endif
