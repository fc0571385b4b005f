/* SPDX-License-Identifier: Apache-2.0
 *
 * roster_tries.c - is it that person? Wrong tries, lock-outs and badges. See roster.h.
 */
#include "plugin/station/roster_own.h"

#include "store/base/crypto.h"
#include "store/base/utc.h"

#define CALM_US (INT64_C(3600) * TG_US_PER_SECOND) /* after this long without a wrong try the station's count begins anew */

static int64_t lock_us(int64_t over, int64_t lock_s)
{
	int64_t s = lock_s;

	for (; over > 0 && s < TG_ROSTER_LOCK_MAX_S; over--)
		s *= 2;
	return (s < TG_ROSTER_LOCK_MAX_S ? s : TG_ROSTER_LOCK_MAX_S) * TG_US_PER_SECOND;
}

/* A clock that was set back must not lock anybody out for years. */
static int64_t left_us(const struct tg_roster__tries *t, int64_t now_us)
{
	int64_t left = t->locked_until_us - now_us, most = TG_ROSTER_LOCK_MAX_S * TG_US_PER_SECOND;

	return left <= 0 ? 0 : left < most ? left : most;
}

/* Of the station or of this person (NULL nobody), whichever is longer. */
static int64_t wait_us(const struct tg_roster *r, const struct tg_roster__person *p, int64_t now_us)
{
	int64_t station = left_us(&r->data.station, now_us), own = p != NULL ? left_us(&p->tries, now_us) : 0;

	return station > own ? station : own;
}

static void count_try(struct tg_roster__tries *t, int64_t now_us, int64_t tries, int64_t lock_s)
{
	t->count++;
	t->last_us = now_us;
	if (t->count >= tries)
		t->locked_until_us = now_us + lock_us(t->count - tries, lock_s);
}

static struct tg_roster__person *whom(struct tg_roster *r, const tg_staff_proof *proof)
{
	uint8_t hash[TG_SHA256_SIZE];

	if (proof->badge == NULL)
		return tg_roster__person_of_who(r, proof->who);
	tg_roster__keyed_hash(hash, r, "badge", tg_view_of(proof->badge, strnlen(proof->badge, TG_STAFF_BADGE_MAX + 1)));
	for (size_t i = 0; i < r->data.people_count; i++) {
		struct tg_roster__person *p = &r->data.people[i];

		if (p->has_badge && tg_equal_ct(p->badge, hash, sizeof(hash)))
			return proof->who == NULL || proof->who[0] == '\0' || tg_roster__person_of_who(r, proof->who) == p ? p : NULL;
	}
	return proof->who != NULL && proof->who[0] != '\0' ? tg_roster__person_of_who(r, proof->who) : NULL;
}

/* For nobody, or somebody without a PIN, as much work is done as for a wrong PIN. */
static int check(bool *right, const struct tg_roster *r, const struct tg_roster__person *p, const tg_staff_proof *proof, tg_error *err)
{
	static const struct tg_roster__pin nobody = { .passes = TG_ROSTER__ARGON2_PASSES, .memory_kib = TG_ROSTER__ARGON2_MEMORY_KIB };
	const struct tg_roster__pin *form = p != NULL && p->pin.passes != 0 ? &p->pin : &nobody;
	uint8_t hash[TG_SHA256_SIZE];
	int rc;

	*right = false;
	if (proof->badge != NULL) {
		tg_roster__keyed_hash(hash, r, "badge", tg_view_of(proof->badge, strnlen(proof->badge, TG_STAFF_BADGE_MAX + 1)));
		*right = p != NULL && p->has_badge && tg_equal_ct(p->badge, hash, sizeof(hash));
		return TG_OK;
	}
	rc = tg_roster__hash_pin(hash, r, form, proof->pin, err);
	*right = rc == TG_OK && form != &nobody && tg_equal_ct(hash, form->hash, sizeof(hash));
	tg_wipe(hash, sizeof(hash));
	return rc;
}

static int locked(tg_roster_tried *out, int64_t wait, tg_error *err)
{
	out->wait_s = (wait + TG_US_PER_SECOND - 1) / TG_US_PER_SECOND;
	return tg_fail(err, TG_EBUSY, "too many wrong tries; locked for %lld more seconds", (long long)out->wait_s);
}

static int prove(tg_roster_tried *out, struct tg_roster *r, const tg_staff_proof *proof, const tg_staff_rules *rules, int64_t now_us,
	tg_error *err)
{
	struct tg_roster__tries station = r->data.station;
	struct tg_roster__person *p;
	bool right = false;
	int64_t wait;
	int rc;

	if (r->data.people_count == 0)
		return tg_fail(err, TG_ESTATE, "nobody is enrolled at this station; see `tillgate staff --help`");
	p = whom(r, proof);
	if (p != NULL)
		tg_roster__describe(&out->person, r, p);
	wait = wait_us(r, p, now_us);
	if (wait > 0)
		return locked(out, wait, err);
	if (now_us - station.last_us > CALM_US || station.last_us > now_us)
		station.count = 0;
	r->data.station.count = station.count;
	count_try(&r->data.station, now_us, TG_ROSTER_STATION_TRIES, rules->lock_s);
	if (p != NULL)
		count_try(&p->tries, now_us, rules->tries, rules->lock_s);
	rc = tg_roster__save_staff(r, err);
	if (rc == TG_OK)
		rc = check(&right, r, p, proof, err);
	if (rc == TG_OK && right) {
		r->data.station = station;
		p->tries = (struct tg_roster__tries){ 0 };
		(void)!tg_roster__save_staff(r, NULL); /* at worst a right try stays counted as a wrong one */
		return TG_OK;
	}
	out->wait_s = wait_us(r, p, now_us) / TG_US_PER_SECOND;
	return rc != TG_OK ? rc : tg_fail(err, TG_EDENIED, "not recognised: the PIN or badge is not right, or is nobody's here");
}

int tg_roster_prove(tg_roster_tried *out, tg_roster *r, const tg_staff_proof *proof, const tg_staff_rules *rules, int64_t now_us,
	tg_error *err)
{
	int rc = tg_roster__enter(r, err);

	*out = (tg_roster_tried){ .wait_s = 0 };
	if (rc == TG_OK && (proof->pin == NULL) == (proof->badge == NULL))
		return tg_roster__leave(r, tg_fail(err, TG_EINVAL, "either a PIN or a badge is wanted"));
	return rc == TG_OK ? tg_roster__leave(r, prove(out, r, proof, rules, now_us, err)) : rc;
}

/* The badge was read at a lane: nothing of it is left to check, and nothing to count. A lock-out holds all the same. */
static int shown(tg_roster_tried *out, struct tg_roster *r, const char *key, int64_t now_us, tg_error *err)
{
	const struct tg_roster__person *p = tg_roster__person_of_key(r, key);
	int64_t wait = wait_us(r, p, now_us);

	if (p == NULL)
		return tg_fail(err, TG_EDENIED, "this badge is nobody's any more");
	tg_roster__describe(&out->person, r, p);
	return wait > 0 ? locked(out, wait, err) : TG_OK;
}

int tg_roster_shown(tg_roster_tried *out, tg_roster *r, const char *key, int64_t now_us, tg_error *err)
{
	int rc = tg_roster__enter(r, err);

	*out = (tg_roster_tried){ .wait_s = 0 };
	return rc == TG_OK ? tg_roster__leave(r, shown(out, r, key, now_us, err)) : rc;
}

bool tg_roster_badge(char key[TG_STAFF_ID_SIZE], tg_roster *r, tg_view data)
{
	uint8_t hash[TG_SHA256_SIZE];
	bool found = false;

	pthread_mutex_lock(&r->mutex);
	if (r->badges > 0 && r->damage.code == TG_OK && data.len >= TG_ROSTER_BADGE_MIN && data.len <= TG_STAFF_BADGE_MAX) {
		tg_roster__keyed_hash(hash, r, "badge", data);
		for (size_t i = 0; i < r->data.people_count && !found; i++) {
			found = r->data.people[i].has_badge && tg_equal_ct(r->data.people[i].badge, hash, sizeof(hash));
			if (found)
				memcpy(key, r->data.people[i].key, TG_STAFF_ID_SIZE);
		}
	}
	pthread_mutex_unlock(&r->mutex);
	return found;
}
