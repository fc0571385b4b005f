/* SPDX-License-Identifier: Apache-2.0
 *
 * roster_people.c - which secrets would do, and enrolling, changing and removing people. See roster.h.
 */
#include "plugin/station/roster_own.h"

#include "store/base/crypto.h"

#include <stdio.h>
#include <strings.h>

/* ---- secrets that would do ---- */

static bool is_row(const char *pin)
{
	bool same = true, up = true, down = true;

	for (const char *c = pin; c[1] != '\0'; c++) {
		same = same && c[1] == c[0];
		up = up && c[1] == c[0] + 1;
		down = down && c[1] == c[0] - 1;
	}
	return same || up || down;
}

static int judge_pin(const char *pin, const tg_staff_rules *rules, tg_error *err)
{
	size_t len = strlen(pin);

	if (strspn(pin, "0123456789") != len)
		return tg_fail(err, TG_EINVAL, "PIN: digits are wanted");
	if (len < (size_t)rules->pin_digits_min || len > TG_PIN_DIGITS_MAX)
		return tg_fail(err, TG_EINVAL, "PIN: %d to %d digits are wanted", (int)rules->pin_digits_min, TG_PIN_DIGITS_MAX);
	if (is_row(pin))
		return tg_fail(err, TG_EINVAL, "PIN: one digit repeated, or digits in a row, are guessed first; choose another");
	return TG_OK;
}

static int judge_badge(const char *badge, tg_error *err)
{
	size_t len = strlen(badge);

	if (len < TG_ROSTER_BADGE_MIN || len > TG_STAFF_BADGE_MAX)
		return tg_fail(err, TG_EINVAL, "badge: %d to %d characters are wanted", TG_ROSTER_BADGE_MIN, TG_STAFF_BADGE_MAX);
	for (const char *c = badge; *c != '\0'; c++) {
		if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
			return tg_fail(err, TG_EINVAL, "badge: printable ASCII is wanted");
	}
	return TG_OK;
}

int tg_roster_badge_free(tg_roster *r, const char *who, const char *badge, tg_error *err)
{
	const struct tg_roster__name *owner;
	char key[TG_STAFF_ID_SIZE];
	bool own;

	if (!tg_roster_badge(key, r, tg_view_str(badge)))
		return TG_OK;
	pthread_mutex_lock(&r->mutex);
	owner = tg_roster__name_of_key(r, key);
	own = owner != NULL && strcasecmp(owner->who, who) == 0;
	pthread_mutex_unlock(&r->mutex);
	return own ? TG_OK : tg_fail(err, TG_EINVAL, "badge: it is somebody else's");
}

int tg_roster_judge(const char *who, const tg_roster_secret *secret, const tg_staff_rules *rules, tg_error *err)
{
	int rc = TG_OK;

	if (!tg_roster__is_name(who))
		return tg_fail(err, TG_EINVAL, "name: 1 to %d letters, digits, '.', '_', '-' or '@' are wanted", TG_STAFF_WHO_MAX);
	if (secret->pin == NULL && secret->badge == NULL)
		return tg_fail(err, TG_EINVAL, "neither PIN nor badge is given");
	if (secret->pin != NULL)
		rc = judge_pin(secret->pin, rules, err);
	if (rc == TG_OK && secret->badge != NULL)
		rc = judge_badge(secret->badge, err);
	return rc;
}

/* ---- enrolling ---- */

static int give(struct tg_roster *r, struct tg_roster__person *p, const tg_roster_secret *secret, tg_error *err)
{
	int rc = TG_OK;

	if (secret->pin != NULL) {
		p->pin = (struct tg_roster__pin){ .passes = TG_ROSTER__ARGON2_PASSES, .memory_kib = TG_ROSTER__ARGON2_MEMORY_KIB };
		tg_random(p->pin.salt, sizeof(p->pin.salt));
		rc = tg_roster__hash_pin(p->pin.hash, r, &p->pin, secret->pin, err);
	}
	if (rc == TG_OK && secret->badge != NULL) {
		tg_roster__keyed_hash(p->badge, r, "badge", tg_view_str(secret->badge));
		p->has_badge = true;
	}
	return rc;
}

static int add(struct tg_roster *r, const char *who, const char *const rights[], size_t right_count, const tg_roster_secret *secret,
	tg_error *err)
{
	struct tg_roster__person person = { .right_count = right_count };
	int rc;

	if (tg_roster__person_of_who(r, who) != NULL)
		return tg_fail(err, TG_EINVAL, "\"%s\" is enrolled already; remove first, or change the PIN", who);
	if (r->data.people_count == TG_ROSTER_PEOPLE_MAX)
		return tg_fail(err, TG_ELIMIT, "%d people are enrolled already", TG_ROSTER_PEOPLE_MAX);
	for (size_t i = 0; i < right_count; i++)
		snprintf(person.rights[i], sizeof(person.rights[i]), "%s", rights[i]);
	rc = tg_roster__need_pepper(r, err);
	if (rc == TG_OK)
		rc = give(r, &person, secret, err);
	if (rc == TG_OK)
		rc = tg_roster__add_name(person.key, r, who, err);
	if (rc != TG_OK)
		return rc;
	r->data.people[r->data.people_count++] = person;
	rc = tg_roster__save_staff(r, err);
	if (rc != TG_OK)
		r->data.people_count--;
	return rc;
}

int tg_roster_add(tg_roster *r, const char *who, const char *const rights[], size_t right_count, const tg_roster_secret *secret, tg_error *err)
{
	int rc;

	if (right_count > TG_ROSTER_RIGHTS_MAX)
		return tg_fail(err, TG_EINVAL, "rights: more than %d", TG_ROSTER_RIGHTS_MAX);
	rc = tg_roster__enter(r, err);
	return rc == TG_OK ? tg_roster__leave(r, add(r, who, rights, right_count, secret, err)) : rc;
}

static int set(struct tg_roster *r, const char *who, const tg_roster_secret *secret, tg_error *err)
{
	struct tg_roster__person *p = tg_roster__person_of_who(r, who), before;
	int rc;

	if (p == NULL)
		return tg_roster__no_such(who, err);
	before = *p;
	rc = give(r, p, secret, err);
	if (rc == TG_OK) {
		p->tries = (struct tg_roster__tries){ 0 };
		rc = tg_roster__save_staff(r, err);
	}
	if (rc != TG_OK)
		*p = before;
	return rc;
}

int tg_roster_set(tg_roster *r, const char *who, const tg_roster_secret *secret, tg_error *err)
{
	int rc = tg_roster__enter(r, err);

	return rc == TG_OK ? tg_roster__leave(r, set(r, who, secret, err)) : rc;
}

static int remove_person(struct tg_roster *r, const char *who, tg_error *err)
{
	struct tg_roster__person *p = tg_roster__person_of_who(r, who), before;
	size_t at;
	int rc;

	if (p == NULL)
		return tg_roster__no_such(who, err);
	at = (size_t)(p - r->data.people);
	before = *p;
	memmove(p, p + 1, (r->data.people_count - at - 1) * sizeof(*p));
	r->data.people_count--;
	rc = tg_roster__save_staff(r, err);
	if (rc != TG_OK) {
		memmove(p + 1, p, (r->data.people_count - at) * sizeof(*p));
		*p = before;
		r->data.people_count++;
	}
	return rc;
}

int tg_roster_remove(tg_roster *r, const char *who, tg_error *err)
{
	int rc = tg_roster__enter(r, err);

	return rc == TG_OK ? tg_roster__leave(r, remove_person(r, who, err)) : rc;
}
