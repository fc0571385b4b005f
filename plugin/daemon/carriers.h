/* SPDX-License-Identifier: Apache-2.0
 *
 * carriers.h - labels that a scanner itself tied to one item: which of them are one unit, and which of those says most.
 *
 * Pure: no I/O, no clock. Knows set identifiers and what labels identify; knows no verdict and no till.
 * Nothing else makes two labels one unit: the same GTIN twice is two units, however quickly it comes.
 */
#ifndef TG_DAEMON_CARRIERS_H
#define TG_DAEMON_CARRIERS_H

#include "drivers/scanner.h"
#include "plugin/gate/label.h"

/** Labels of one set: EAN-13, GS1 DataMatrix, Digital Link, GS1-128. One more begins the set anew. */
#define TG_CARRIERS_MAX 4
/** How long a set waits for its next label, in ms: 200 characters at 9600 baud take 208. Only scanners that send sets cost this time. */
#define TG_CARRIERS_WAIT_MS 250

/** The labels of one unit as they came, and which of them is asked about. About 33 kB. */
typedef struct tg_item {
	size_t count, best;
	tg_scan scans[TG_CARRIERS_MAX];
} tg_item;

/** A set that is not yet whole. Zero it to begin. */
typedef struct tg_carriers {
	char set[9]; /**< "" while nothing waits */
	tg_item item;
} tg_carriers;

/** Is this label one more of the set that waits? `set` is that of tg_label_plain. */
bool tg_carriers_takes(const tg_carriers *carriers, const char *set);
/** Begins with it, or goes on. Only what tg_carriers_takes(), unless nothing waits; `set` not "". */
void tg_carriers_add(tg_carriers *carriers, const char *set, const tg_scan *scan);

/**
 * Takes the next unit out of the set, in the order in which the labels came; false when none is left. Labels are of one unit if they
 * carry the same GTIN, and no batch and no serial number of one speaks against another. What carries none is by itself. `best` is the
 * label that says most: a batch before a serial number, that before an expiry; then how the GTIN was carried; then the first.
 * `setup` and `today` as for tg_label_plain() and tg_label_identify().
 */
bool tg_carriers_next(tg_item *out, tg_carriers *carriers, const tg_label_setup *setup, int32_t today);

#endif
