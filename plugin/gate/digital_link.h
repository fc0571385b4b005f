/* SPDX-License-Identifier: Apache-2.0
 *
 * digital_link.h - GS1 Digital Link: elements in the path and the query of a web address.
 *
 * Pure. Knows the form of such an address and of its compressed kind; asks no network and gives nothing for the domain,
 * which is no part of an identity. What elements mean is gs1.h's.
 */
#ifndef TG_GATE_DIGITAL_LINK_H
#define TG_GATE_DIGITAL_LINK_H

#include "plugin/gate/gs1.h"

struct tg__link {
	struct tg__elements found; /**< of the path and the query */
	/**
	 * Why there is no product number to go by: TG__WHY_WEB for any address that is no Digital Link, TG__WHY_LINK_… for
	 * one that is refused; or what is wrong with an element; TG__WHY_NONE.
	 */
	enum tg__why why;
	bool yields;    /**< some reading gives a number with a right check digit, refused or not */
	bool irregular; /**< read, though it is not in the form that the standard asks for */
};

/** Does `data` begin with "http://" or "https://", in any case? */
bool tg__is_web(tg_view data);

/**
 * Read a web address of at most TG_LABEL_MAX bytes.
 * Source: GS1 Digital Link Standard, URI Syntax 1.6.0; Compression 1.0.0 (to recognise it).
 * Any domain and any path in front; key and qualifiers by their digits; the query's members with digits for a name.
 * Accepted though irregular: a GTIN of 8, 12 or 13 digits, qualifiers in another order or where their key has none
 * such, an identifier in the query that belongs into the path, one slash at the end, a character in a value that
 * should have been escaped.
 * `today` as for tg__elements_read.
 */
void tg__link_read(struct tg__link *out, tg_view uri, int32_t today);

#endif
