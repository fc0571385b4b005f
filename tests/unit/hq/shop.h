/* SPDX-License-Identifier: Apache-2.0
 *
 * shop.h - a small head office in memory for the tests: records given as lines, one day as today.
 */
#ifndef TG_TEST_HQ_SHOP_H
#define TG_TEST_HQ_SHOP_H

#include "sync/hq/lint.h"

#define SHOP_TODAY "2026-06-15"

/* One product, in scope, with a whole statement: nothing to find. Tests bend one of them. */
#define SHOP_GTIN "9524000000019"
#define SHOP_PRODUCT                                                                                         \
	"{\"gtin\":\"" SHOP_GTIN "\",\"name\":\"Hub\",\"type\":\"H-1\",\"category\":\"electricals\"}"
#define SHOP_NOTE                                                                                            \
	"{\"id\":\"SN-1\",\"decision\":\"in\",\"limb\":\"internet-connectable\",\"source\":\"s. "            \
	"5\",\"quote\":\"q\","                                                                               \
	"\"reviewer\":\"r\",\"reviewed\":\"2026-01-01\",\"review_by\":\"2027-01-01\",\"gtins\":["            \
	"\"" SHOP_GTIN "\"]}"
/* The members of a whole statement but for those that the tests replace; see shop_soc(). */
#define SHOP_SOC shop_soc(NULL, NULL)

typedef struct shop_line {
	tg_record_kind kind;
	const char *line;
} shop_line;

typedef struct shop {
	tg_records records;
	tg_findings findings;
	tg_index index;
} shop;

/** Read the lines (each must be a good record unless `bad_allowed`), join them, lint them. */
void shop_open(shop *s, const shop_line *lines, size_t count);
void shop_close(shop *s);

/**
 * A whole statement in which `member` has the JSON text `value`, or is missing when `value` is "". Static;
 * four at a time.
 */
const char *shop_soc(const char *member, const char *value);

/** Is there a finding with this code (and field, if not NULL)? */
const tg_finding *shop_finding(const shop *s, const char *code, const char *field);

/** For failure messages: all codes, separated by blanks. Static. */
const char *shop_codes(const shop *s);

int32_t shop_day(const char *text);

#endif
