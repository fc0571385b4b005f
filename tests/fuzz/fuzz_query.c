/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_query.c - queries of the local API from whoever reaches the socket.
 *
 * What is accepted holds only known names, each once and with a value; a number that is taken is a number that stands there.
 */
#include "plugin/station/query.h"

#include "store/base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNTOUCHED UINT64_MAX

static const char *const known[TG_QUERY_PARAMETERS_MAX] = { "from", "count", "epoch" };

static size_t count_of(const char *query, const char *name)
{
	char wanted[16];
	size_t found = 0;

	snprintf(wanted, sizeof(wanted), "%s=", name);
	for (const char *p = query; (p = strstr(p, wanted)) != NULL; p++)
		if (p == query || p[-1] == '&')
			found++;
	return found;
}

static void check_number(const char *query, const char *name)
{
	uint64_t value = UNTOUCHED;
	char digits[32];
	int rc = tg_query_number(&value, query, name, NULL);

	if (rc != TG_OK && value != UNTOUCHED)
		abort();
	if (rc != TG_OK || value == UNTOUCHED) {
		if (rc == TG_OK && count_of(query, name) != 0)
			abort();
		return;
	}
	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
	if (value > (uint64_t)TG_JSON_MAX_INT || strstr(query, digits) == NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *query = malloc(size + 1);
	tg_error err = { 0 };

	if (query == NULL)
		return 0;
	if (size > 0)
		memcpy(query, data, size);
	query[size] = '\0';
	if (tg_query_check(query, known, &err) == TG_OK) {
		for (size_t i = 0; i < TG_QUERY_PARAMETERS_MAX; i++)
			if (count_of(query, known[i]) > 1)
				abort();
	} else if (err.msg[0] == '\0') {
		abort();
	}
	for (size_t i = 0; i < TG_QUERY_PARAMETERS_MAX; i++)
		check_number(query, known[i]);
	free(query);
	return 0;
}
