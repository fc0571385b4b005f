/* SPDX-License-Identifier: Apache-2.0
 *
 * query.c - names and numbers of a query. See query.h.
 */
#include "plugin/station/query.h"

#include "store/base/json.h"

#include <stdbool.h>
#include <string.h>

#define PARAMETER_SHOWN 40 /* bytes of an unknown one in the words */

static bool is_name(const char *known, const char *name, size_t len)
{
	return strlen(known) == len && strncmp(known, name, len) == 0;
}

int tg_query_check(const char *query, const char *const known[TG_QUERY_PARAMETERS_MAX], tg_error *err)
{
	bool given[TG_QUERY_PARAMETERS_MAX] = { false };

	for (const char *p = query; *p != '\0'; p += strcspn(p, "&"), p += *p == '&') {
		size_t len = strcspn(p, "=&"), i = 0;

		if (*p == '&')
			continue;
		while (i < TG_QUERY_PARAMETERS_MAX && known[i] != NULL && !is_name(known[i], p, len))
			i++;
		if (i == TG_QUERY_PARAMETERS_MAX || known[i] == NULL)
			return tg_fail(err, TG_EFORMAT,
				"\"%.*s\": this address takes no such parameter; see tillgated(8)",
				(int)(len < PARAMETER_SHOWN ? len : PARAMETER_SHOWN), p);
		if (p[len] != '=')
			return tg_fail(err, TG_EFORMAT, "\"%s\": wanted a value", known[i]);
		if (given[i])
			return tg_fail(err, TG_EFORMAT, "\"%s\": given twice", known[i]);
		given[i] = true;
	}
	return TG_OK;
}

int tg_query_word(char *out, size_t size, const char *query, const char *name, tg_error *err)
{
	size_t n = strlen(name);

	for (const char *p = query; *p != '\0'; p += strcspn(p, "&"), p += *p == '&') {
		size_t len;

		if (strncmp(p, name, n) != 0 || p[n] != '=')
			continue;
		p += n + 1;
		len = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.");
		if (len == 0 || len >= size || (p[len] != '\0' && p[len] != '&'))
			return tg_fail(err, TG_EFORMAT, "%s: wanted a word of at most %zu letters, digits and '-'", name, size - 1);
		memcpy(out, p, len);
		out[len] = '\0';
		return TG_OK;
	}
	return TG_OK;
}

int tg_query_number(uint64_t *value, const char *query, const char *name, tg_error *err)
{
	size_t n = strlen(name);

	for (const char *p = query; *p != '\0'; p += strcspn(p, "&"), p += *p == '&') {
		uint64_t v = 0;

		if (strncmp(p, name, n) != 0 || p[n] != '=')
			continue;
		p += n + 1;
		if (*p < '0' || *p > '9')
			return tg_fail(err, TG_EFORMAT, "%s: wanted a number", name);
		for (; *p >= '0' && *p <= '9'; p++) {
			v = v * 10 + (uint64_t)(*p - '0');
			if (v > (uint64_t)TG_JSON_MAX_INT)
				return tg_fail(err, TG_EFORMAT, "%s: number too large", name);
		}
		if (*p != '\0' && *p != '&')
			return tg_fail(err, TG_EFORMAT, "%s: wanted a number", name);
		*value = v;
		return TG_OK;
	}
	return TG_OK;
}
