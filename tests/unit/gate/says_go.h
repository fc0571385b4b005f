/* SPDX-License-Identifier: Apache-2.0
 *
 * says_go.h - does a staff line tell to go on? By how it begins, as a person in a hurry reads it.
 */
#ifndef TESTS_GATE_SAYS_GO_H
#define TESTS_GATE_SAYS_GO_H

#include "store/base/bytes.h"

/* A line that lets the unit go begins in one of these ways, and no other line does. */
static inline bool says_go(const char *action)
{
	static const char *const starts[] = { "Go on", "Sell", "Send", "Take", "May be", "In order",
		"Passed on" };

	for (size_t i = 0; i < TG_COUNT(starts); i++)
		if (strncmp(action, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

#endif
