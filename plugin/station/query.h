/* SPDX-License-Identifier: Apache-2.0
 *
 * query.h - the query of an address of the local API: "from=3&count=10". Pure and strict.
 *
 * Whoever can reach the socket writes it. What is misspelt must not be taken for "not given", so every name must be known, with a
 * value, and at most once.
 */
#ifndef TG_STATION_QUERY_H
#define TG_STATION_QUERY_H

#include "store/base/error.h"

#include <stdint.h>

#define TG_QUERY_PARAMETERS_MAX 3 /* of one address */

/** All names are among `known` (up to the first NULL), each once and with a value. TG_EFORMAT with the name in the words. */
TG_NODISCARD int tg_query_check(const char *query, const char *const known[TG_QUERY_PARAMETERS_MAX], tg_error *err);
/**
 * The word of that name, copied: letters, digits, '-' and '.', 1 to `size` - 1 of them; nothing is decoded. `out` is untouched when the
 * name is absent. TG_EFORMAT.
 */
TG_NODISCARD int tg_query_word(char *out, size_t size, const char *query, const char *name, tg_error *err);
/** The number of that name: digits only, at most 2^53-1. `*value` is untouched when the name is absent. TG_EFORMAT. */
TG_NODISCARD int tg_query_number(uint64_t *value, const char *query, const char *name, tg_error *err);

#endif
