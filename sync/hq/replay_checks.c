/* SPDX-License-Identifier: Apache-2.0
 *
 * replay_checks.c - a sorted list of numbers, and a ring of entries. See replay_checks.h.
 */
#include "sync/hq/replay_checks.h"

#include "plugin/station/replay_override.h"

#include <stdlib.h>

int tg_replay_checks_want(tg_replay_checks *c, const tg_json *entry, tg_error *err)
{
	uint64_t seq;

	if (tg_replay_override_check(&seq, entry, NULL) != TG_OK || (c->count > 0 && c->wanted[c->count - 1].seq == seq))
		return TG_OK;
	if (c->count == TG_REPLAY_WANTED_MAX)
		return tg_fail(err, TG_ELIMIT, "more than %d overrides in one log; export a part of it", TG_REPLAY_WANTED_MAX);
	if (c->count == c->room) {
		size_t room = c->room > 0 ? 2 * c->room : 64;
		tg_replay_wanted *wanted = realloc(c->wanted, room * sizeof(*wanted));

		if (wanted == NULL)
			return tg_fail(err, TG_ENOMEM, "%zu overrides", room);
		c->wanted = wanted;
		c->room = room;
	}
	c->wanted[c->count++] = (tg_replay_wanted){ seq, false };
	return TG_OK;
}

static int by_seq(const void *left, const void *right)
{
	uint64_t a = ((const tg_replay_wanted *)left)->seq, b = ((const tg_replay_wanted *)right)->seq;

	return (a > b) - (a < b);
}

void tg_replay_checks_ready(tg_replay_checks *c)
{
	size_t kept = 0;

	if (c->count > 1)
		qsort(c->wanted, c->count, sizeof(*c->wanted), by_seq);
	for (size_t i = 0; i < c->count; i++)
		if (kept == 0 || c->wanted[kept - 1].seq != c->wanted[i].seq)
			c->wanted[kept++] = c->wanted[i];
	c->count = kept;
}

static tg_replay_wanted *find_wanted(const tg_replay_checks *c, uint64_t seq)
{
	const tg_replay_wanted key = { seq, false };

	return c->count == 0 ? NULL : bsearch(&key, c->wanted, c->count, sizeof(*c->wanted), by_seq);
}

int tg_replay_checks_keep(tg_replay_checks *c, uint64_t seq, const tg_json *entry, tg_error *err)
{
	if (find_wanted(c, seq) == NULL)
		return TG_OK;
	tg_json_free(c->kept[c->next].entry);
	c->kept[c->next].seq = seq;
	c->kept[c->next].entry = tg_json_copy(entry);
	if (c->kept[c->next].entry == NULL)
		return tg_fail(err, TG_ENOMEM, "entry %llu", (unsigned long long)seq);
	c->next = (c->next + 1) % TG_REPLAY_KEPT_MAX;
	return TG_OK;
}

const tg_json *tg_replay_checks_find(const tg_replay_checks *c, uint64_t seq)
{
	for (size_t i = 0; i < TG_REPLAY_KEPT_MAX; i++)
		if (c->kept[i].entry != NULL && c->kept[i].seq == seq)
			return c->kept[i].entry;
	return NULL;
}

bool tg_replay_checks_grant(tg_replay_checks *c, uint64_t seq)
{
	tg_replay_wanted *wanted = find_wanted(c, seq);
	bool first = wanted != NULL && !wanted->granted;

	if (wanted != NULL)
		wanted->granted = true;
	return first;
}

void tg_replay_checks_fini(tg_replay_checks *c)
{
	for (size_t i = 0; i < TG_REPLAY_KEPT_MAX; i++)
		tg_json_free(c->kept[i].entry);
	free(c->wanted);
	*c = (tg_replay_checks){ 0 };
}
