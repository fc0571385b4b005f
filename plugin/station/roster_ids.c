/* SPDX-License-Identifier: Apache-2.0
 *
 * roster_ids.c - names, the id that each has in a month's entries, and how both are forgotten. See roster.h.
 */
#include "plugin/station/roster_own.h"

#include "store/base/crypto.h"
#include "store/base/encoding.h"
#include "store/base/utc.h"

#include <stdio.h>

/* ---- names; with the mutex held ---- */

static void random_hex(char out[TG_STAFF_ID_SIZE])
{
	uint8_t bytes[(TG_STAFF_ID_SIZE - 1) / 2];

	tg_random(bytes, sizeof(bytes));
	tg_hex_encode(out, bytes, sizeof(bytes));
}

static void key_of_name(char key[TG_STAFF_ID_SIZE], const struct tg_roster *r, const char *who)
{
	uint8_t hash[TG_SHA256_SIZE];
	char lower[TG_STAFF_WHO_MAX + 1];
	size_t n = 0;

	for (; who[n] != '\0' && n < TG_STAFF_WHO_MAX; n++)
		lower[n] = (char)(who[n] >= 'A' && who[n] <= 'Z' ? who[n] + ('a' - 'A') : who[n]);
	tg_roster__keyed_hash(hash, r, "name", tg_view_of(lower, n));
	tg_hex_encode(key, hash, (TG_STAFF_ID_SIZE - 1) / 2);
}

/* Somebody merely named makes room for somebody new: the one who was named longest ago, and then has another id. */
static struct tg_roster__name *room_for_name(struct tg_roster *r, tg_error *err)
{
	size_t oldest = SIZE_MAX;

	if (r->data.name_count < TG_ROSTER_NAMES_MAX)
		return &r->data.names[r->data.name_count++];
	for (size_t i = 0; i < r->data.name_count; i++) {
		const struct tg_roster__name *n = &r->data.names[i];

		if (n->who[0] == '\0' && n->id_count > 0 &&
			(oldest == SIZE_MAX || strcmp(n->ids[n->id_count - 1].month,
				r->data.names[oldest].ids[r->data.names[oldest].id_count - 1].month) < 0))
			oldest = i;
	}
	if (oldest == SIZE_MAX) {
		(void)tg_fail(err, TG_ELIMIT, "%d names are kept already; forget some who have left", TG_ROSTER_NAMES_MAX);
		return NULL;
	}
	return &r->data.names[oldest];
}

static void drop_name(struct tg_roster *r, struct tg_roster__name *name)
{
	size_t at = (size_t)(name - r->data.names);

	memmove(name, name + 1, (r->data.name_count - at - 1) * sizeof(*name));
	r->data.name_count--;
}

/* The slot of somebody who has this name or was merely named so; else a new one, `fresh`, as of somebody merely named. NULL: no room. */
static struct tg_roster__name *slot_of(bool *fresh, struct tg_roster *r, const char *who, tg_error *err)
{
	struct tg_roster__name *name = tg_roster__name_of_who(r, who);
	char key[TG_STAFF_ID_SIZE];

	*fresh = false;
	if (name != NULL)
		return name;
	key_of_name(key, r, who);
	name = tg_roster__name_of_key(r, key);
	if (name != NULL)
		return name;
	name = room_for_name(r, err);
	if (name == NULL)
		return NULL;
	*name = (struct tg_roster__name){ 0 };
	memcpy(name->key, key, TG_STAFF_ID_SIZE);
	*fresh = true;
	return name;
}

/*
 * The name first: a name without a person is nobody, a person without a name could not be removed. Who was merely named before keeps
 * their ids.
 */
int tg_roster__add_name(char key[TG_STAFF_ID_SIZE], struct tg_roster *r, const char *who, tg_error *err)
{
	bool fresh;
	struct tg_roster__name *name = slot_of(&fresh, r, who, err);
	int rc;

	if (name == NULL)
		return TG_ELIMIT;
	if (fresh)
		random_hex(name->key);
	memcpy(key, name->key, TG_STAFF_ID_SIZE);
	if (name->who[0] != '\0')
		return TG_OK;
	strcpy(name->who, who);
	rc = tg_roster__save_names(r, err);
	if (rc != TG_OK)
		name->who[0] = '\0';
	if (rc != TG_OK && fresh)
		drop_name(r, name);
	return rc;
}

/* ---- ids for entries ---- */

static int id_of(char id[TG_STAFF_ID_SIZE], struct tg_roster *r, struct tg_roster__name *name, int64_t now_us, tg_error *err)
{
	struct tg_roster__name before = *name;
	char day[TG_DAY_TEXT_SIZE], month[8];
	struct tg_roster__id *fresh;
	int rc;

	snprintf(month, sizeof(month), "%.7s", tg_day_format(day, tg_day_in_uk(now_us)));
	for (size_t i = 0; i < name->id_count; i++) {
		if (strcmp(name->ids[i].month, month) == 0) {
			memcpy(id, name->ids[i].id, TG_STAFF_ID_SIZE);
			return TG_OK;
		}
	}
	if (name->id_count == TG_ROSTER_MONTHS_MAX) {
		memmove(name->ids, name->ids + 1, (TG_ROSTER_MONTHS_MAX - 1) * sizeof(name->ids[0]));
		name->id_count--;
	}
	fresh = &name->ids[name->id_count++];
	strcpy(fresh->month, month);
	random_hex(fresh->id);
	rc = tg_roster__save_names(r, err); /* on the disk before any entry holds it */
	if (rc != TG_OK)
		*name = before;
	else
		memcpy(id, fresh->id, TG_STAFF_ID_SIZE);
	return rc;
}

int tg_roster_id_of_key(char id[TG_STAFF_ID_SIZE], tg_roster *r, const char *key, int64_t now_us, tg_error *err)
{
	struct tg_roster__name *name;
	int rc = tg_roster__enter(r, err);

	id[0] = '\0';
	if (rc != TG_OK)
		return rc;
	name = tg_roster__name_of_key(r, key);
	return tg_roster__leave(r, name != NULL ? id_of(id, r, name, now_us, err) : tg_fail(err, TG_ENOTFOUND, "nobody has this key"));
}

static int id_of_name(char id[TG_STAFF_ID_SIZE], struct tg_roster *r, const char *who, int64_t now_us, tg_error *err)
{
	struct tg_roster__name *name;
	bool fresh;
	int rc = tg_roster__need_pepper(r, err);

	if (rc != TG_OK)
		return rc;
	name = slot_of(&fresh, r, who, err);
	if (name == NULL)
		return TG_ELIMIT;
	rc = id_of(id, r, name, now_us, err);
	if (rc != TG_OK && fresh)
		drop_name(r, name); /* one without ids would never make room again */
	return rc;
}

int tg_roster_id_of_name(char id[TG_STAFF_ID_SIZE], tg_roster *r, const char *who, int64_t now_us, tg_error *err)
{
	int rc;

	id[0] = '\0';
	if (!tg_roster__is_name(who))
		return tg_fail(err, TG_EINVAL, "name: 1 to %d letters, digits, '.', '_', '-' or '@' are wanted", TG_STAFF_WHO_MAX);
	rc = tg_roster__enter(r, err);
	return rc == TG_OK ? tg_roster__leave(r, id_of_name(id, r, who, now_us, err)) : rc;
}

bool tg_roster_is(tg_roster *r, const char *key, const char *who)
{
	const struct tg_roster__name *name;
	char of_name[TG_STAFF_ID_SIZE];
	bool same;

	pthread_mutex_lock(&r->mutex);
	name = tg_roster__name_of_who(r, who);
	same = name != NULL && strcmp(name->key, key) == 0;
	if (!same && r->has_pepper) {
		key_of_name(of_name, r, who);
		same = strcmp(of_name, key) == 0;
	}
	pthread_mutex_unlock(&r->mutex);
	return same;
}

bool tg_roster_was(tg_roster *r, const char *key, const char *id)
{
	const struct tg_roster__name *name;
	bool was = false;

	pthread_mutex_lock(&r->mutex);
	name = tg_roster__name_of_key(r, key);
	for (size_t i = 0; name != NULL && i < name->id_count && !was; i++)
		was = strcmp(name->ids[i].id, id) == 0;
	pthread_mutex_unlock(&r->mutex);
	return was;
}

/* ---- forgetting ---- */

/* Files are small and deletions rare: on an error the truth is read back from the disk. */
static int erased(struct tg_roster *r, int rc)
{
	if (rc != TG_OK && tg_roster__load_names(r, NULL) != TG_OK)
		r->damage = (tg_error){ .code = TG_EFORMAT, .msg = "names could not be read back" };
	return rc;
}

static int forget(struct tg_roster *r, const char *who, tg_error *err)
{
	struct tg_roster__name *name = tg_roster__name_of_who(r, who);
	char key[TG_STAFF_ID_SIZE];

	if (name == NULL && r->has_pepper) {
		key_of_name(key, r, who);
		name = tg_roster__name_of_key(r, key);
	}
	if (name == NULL)
		return tg_fail(err, TG_ENOTFOUND, "nothing is kept of \"%s\"", who);
	if (tg_roster__person_of_key(r, name->key) != NULL)
		return tg_fail(err, TG_ESTATE, "\"%s\" is still enrolled; remove first", who);
	drop_name(r, name);
	return erased(r, tg_roster__save_names(r, err));
}

int tg_roster_forget(tg_roster *r, const char *who, tg_error *err)
{
	int rc = tg_roster__enter(r, err);

	return rc == TG_OK ? tg_roster__leave(r, forget(r, who, err)) : rc;
}

int tg_roster_forget_before(tg_roster *r, const char *month, size_t *count, tg_error *err)
{
	int rc = tg_roster__enter(r, err);

	*count = 0;
	if (rc != TG_OK)
		return rc;
	for (size_t i = r->data.name_count; i-- > 0;) {
		struct tg_roster__name *name = &r->data.names[i];
		size_t old = 0;

		while (old < name->id_count && strcmp(name->ids[old].month, month) < 0)
			old++;
		memmove(name->ids, name->ids + old, (name->id_count - old) * sizeof(name->ids[0]));
		name->id_count -= old;
		*count += old;
		if (name->id_count == 0 && tg_roster__person_of_key(r, name->key) == NULL)
			drop_name(r, name);
	}
	return tg_roster__leave(r, erased(r, tg_roster__save_names(r, err)));
}
