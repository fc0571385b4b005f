/* SPDX-License-Identifier: Apache-2.0
 *
 * way.c - the names of the ways.
 */
#include "sync/way.h"

const char *tg_way_name(tg_way way)
{
	static const char *const names[TG_WAYS] = { "unchanged", "patch", "compressed", "plain", "kept" };

	return way < TG_WAYS ? names[way] : "unknown";
}
