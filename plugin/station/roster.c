/* SPDX-License-Identifier: Apache-2.0
 *
 * roster.c - people, PINs, badges, wrong tries, ids. See roster.h.
 */
#include "plugin/station/roster_file.h"

#include "store/base/crypto.h"
#include "store/base/encoding.h"
#include "store/base/file.h"
#include "store/base/utc.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* Of a new PIN: about a twentieth of a second on a till's processor, and memory that a till with 1 GB can spare for that long. */
#define ARGON2_PASSES 2
#define ARGON2_MEMORY_KIB (19 * 1024) /* the least that OWASP's Password Storage Cheat Sheet gives for Argon2id with two passes */
#define PEPPER_SIZE 32
#define CALM_US (INT64_C(3600) * TG_US_PER_SECOND) /* after this long without a wrong try the station's count begins anew */
#define FILE_MODE 0600

struct tg_roster {
	pthread_mutex_t mutex; /* guards all below */
	char staff[PATH_MAX], names[PATH_MAX], pepper_path[PATH_MAX];
	tg_error damage;       /* code not TG_OK: nothing here may be relied on */
	bool has_pepper;
	uint8_t pepper[PEPPER_SIZE];
	size_t badges;         /* people with one */
	struct tg_roster__data data;
};

/* ---- files; with the mutex held, or before there are others ---- */

static int save(const char *path, const struct tg_roster__data *data,
	int (*write)(tg_buf *out, const struct tg_roster__data *data, tg_error *err), size_t max, tg_error *err)
{
	tg_buf text;
	int rc;

	tg_buf_init(&text, max);
	rc = write(&text, data, err);
	if (rc == TG_OK)
		rc = tg_file_write(path, tg_buf_view(&text), FILE_MODE, err);
	tg_buf_fini(&text);
	return rc;
}

static int save_staff(struct tg_roster *r, tg_error *err)
{
	r->badges = 0;
	for (size_t i = 0; i < r->data.people_count; i++)
		r->badges += r->data.people[i].has_badge;
	return save(r->staff, &r->data, tg_roster__write_staff, TG_ROSTER__STAFF_MAX, err);
}

static int save_names(struct tg_roster *r, tg_error *err)
{
	return save(r->names, &r->data, tg_roster__write_names, TG_ROSTER__NAMES_MAX, err);
}

static int load_file(struct tg_roster *r, const char *path, int (*read)(struct tg_roster__data *data, tg_view text, tg_error *err),
	size_t max, tg_error *err)
{
	tg_buf text;
	int rc;

	tg_buf_init(&text, max);
	rc = tg_file_read(&text, path, max, err);
	if (rc == TG_OK && (rc = read(&r->data, tg_buf_view(&text), err)) != TG_OK)
		tg_error_prefix(err, "%s", path);
	tg_buf_fini(&text);
	return rc == TG_ENOTFOUND ? TG_OK : rc;
}

static int load_pepper(struct tg_roster *r, tg_error *err)
{
	tg_buf bytes;
	int rc;

	tg_buf_init(&bytes, PEPPER_SIZE);
	rc = tg_file_read(&bytes, r->pepper_path, PEPPER_SIZE, err);
	r->has_pepper = rc == TG_OK && bytes.len == PEPPER_SIZE;
	if (r->has_pepper)
		memcpy(r->pepper, bytes.data, PEPPER_SIZE);
	else if (rc == TG_OK)
		rc = tg_fail(err, TG_EFORMAT, "%s: wanted %d bytes, found %zu", r->pepper_path, PEPPER_SIZE, bytes.len);
	if (bytes.data != NULL)
		tg_wipe(bytes.data, bytes.len);
	tg_buf_fini(&bytes);
	return rc == TG_ENOTFOUND ? TG_OK : rc;
}

static struct tg_roster__name *name_of_key(struct tg_roster *r, const char *key)
{
	for (size_t i = 0; i < r->data.name_count; i++) {
		if (strcmp(r->data.names[i].key, key) == 0)
			return &r->data.names[i];
	}
	return NULL;
}

static void load(struct tg_roster *r)
{
	tg_error why = { 0 };
	int rc = load_pepper(r, &why);

	if (rc == TG_OK)
		rc = load_file(r, r->staff, tg_roster__read_staff, TG_ROSTER__STAFF_MAX, &why);
	if (rc == TG_OK)
		rc = load_file(r, r->names, tg_roster__read_names, TG_ROSTER__NAMES_MAX, &why);
	if (rc == TG_OK && !r->has_pepper && r->data.people_count > 0)
		rc = tg_fail(&why, TG_EFORMAT, "%s is gone, and without it no PIN can be checked", r->pepper_path);
	for (size_t i = 0; rc == TG_OK && i < r->data.people_count; i++) {
		const struct tg_roster__name *name = name_of_key(r, r->data.people[i].key);

		/* nobody could tell whether they are the same as whoever serves, nor remove them by name */
		if (name == NULL || name->who[0] == '\0')
			rc = tg_fail(&why, TG_EFORMAT, "%s lacks the name of somebody who is enrolled", r->names);
		r->badges += r->data.people[i].has_badge;
	}
	if (rc != TG_OK)
		r->damage = why;
}

static int need_pepper(struct tg_roster *r, tg_error *err)
{
	int rc;

	if (r->has_pepper)
		return TG_OK;
	tg_random(r->pepper, PEPPER_SIZE);
	rc = tg_file_write(r->pepper_path, tg_view_of(r->pepper, PEPPER_SIZE), FILE_MODE, err);
	r->has_pepper = rc == TG_OK;
	return rc;
}

/* Takes the mutex where it gives TG_OK. */
static int enter(struct tg_roster *r, tg_error *err)
{
	pthread_mutex_lock(&r->mutex);
	if (r->damage.code == TG_OK)
		return TG_OK;
	(void)tg_fail(err, TG_EFORMAT, "the files of staff are damaged; whoever owns the station can remove %s and enrol staff anew: %.100s",
		r->staff, r->damage.msg);
	pthread_mutex_unlock(&r->mutex);
	return TG_EFORMAT;
}

static int leave(struct tg_roster *r, int rc)
{
	pthread_mutex_unlock(&r->mutex);
	return rc;
}

/* ---- finding; with the mutex held ---- */

/* Anna and anna are one person: two that differ by a shift key are told apart by nobody. */
static struct tg_roster__name *name_of_who(struct tg_roster *r, const char *who)
{
	for (size_t i = 0; who[0] != '\0' && i < r->data.name_count; i++) {
		if (strcasecmp(r->data.names[i].who, who) == 0)
			return &r->data.names[i];
	}
	return NULL;
}

static struct tg_roster__person *person_of_key(struct tg_roster *r, const char *key)
{
	for (size_t i = 0; i < r->data.people_count; i++) {
		if (strcmp(r->data.people[i].key, key) == 0)
			return &r->data.people[i];
	}
	return NULL;
}

static struct tg_roster__person *person_of_who(struct tg_roster *r, const char *who)
{
	const struct tg_roster__name *name = name_of_who(r, who);

	return name != NULL ? person_of_key(r, name->key) : NULL;
}

static void describe(tg_roster_person *out, struct tg_roster *r, const struct tg_roster__person *p)
{
	const struct tg_roster__name *name = name_of_key(r, p->key);

	*out = (tg_roster_person){ .right_count = p->right_count, .has_pin = p->pin.passes != 0, .has_badge = p->has_badge,
		.locked_until_us = p->tries.locked_until_us };
	memcpy(out->key, p->key, sizeof(out->key));
	memcpy(out->rights, p->rights, sizeof(out->rights));
	if (name != NULL)
		strcpy(out->who, name->who);
}

static int no_such(const char *who, tg_error *err)
{
	return tg_fail(err, TG_ENOTFOUND, "nobody of the name \"%s\" is enrolled here", who);
}

int tg_roster_fault(tg_roster *r, tg_error *err)
{
	int rc = enter(r, err);

	return rc == TG_OK ? leave(r, TG_OK) : rc;
}

size_t tg_roster_enrolled(tg_roster *r)
{
	size_t n;

	pthread_mutex_lock(&r->mutex);
	n = r->data.people_count;
	pthread_mutex_unlock(&r->mutex);
	return n;
}

size_t tg_roster_supervisors(tg_roster *r)
{
	size_t n = 0;

	pthread_mutex_lock(&r->mutex);
	for (size_t i = 0; i < r->data.people_count; i++) {
		for (size_t k = 0; k < r->data.people[i].right_count; k++)
			n += strcmp(r->data.people[i].rights[k], TG_SUPERVISOR) == 0;
	}
	pthread_mutex_unlock(&r->mutex);
	return n;
}

int tg_roster_list(tg_roster_person *people, size_t *count, tg_roster *r, tg_error *err)
{
	int rc = enter(r, err);

	*count = 0;
	if (rc != TG_OK)
		return rc;
	for (; *count < r->data.people_count; ++*count)
		describe(&people[*count], r, &r->data.people[*count]);
	return leave(r, TG_OK);
}

int tg_roster_find(tg_roster_person *out, tg_roster *r, const char *who, tg_error *err)
{
	const struct tg_roster__person *p;
	int rc = enter(r, err);

	if (rc != TG_OK)
		return rc;
	p = person_of_who(r, who);
	if (p != NULL)
		describe(out, r, p);
	return leave(r, p != NULL ? TG_OK : no_such(who, err));
}

/* ---- hashes ---- */

static void keyed_hash(uint8_t out[TG_SHA256_SIZE], const struct tg_roster *r, const char *purpose, tg_view data)
{
	uint8_t message[32 + TG_STAFF_BADGE_MAX + TG_STAFF_WHO_MAX];
	size_t len = strlen(purpose) + 1;

	memcpy(message, purpose, len); /* with its terminator: no purpose is the beginning of another */
	if (data.len > sizeof(message) - len)
		data.len = sizeof(message) - len;
	if (data.len > 0)
		memcpy(message + len, data.data, data.len);
	tg_hmac_sha256(out, tg_view_of(r->pepper, PEPPER_SIZE), tg_view_of(message, len + data.len));
	tg_wipe(message, sizeof(message));
}

/* The pepper goes in first: whoever has the file of hashes alone cannot begin to guess. */
static int hash_pin(uint8_t out[TG_SHA256_SIZE], const struct tg_roster *r, const struct tg_roster__pin *form, const char *pin, tg_error *err)
{
	uint8_t peppered[TG_SHA256_SIZE];
	int rc;

	keyed_hash(peppered, r, "pin", tg_view_of(pin, strnlen(pin, TG_PIN_DIGITS_MAX + 1)));
	rc = tg_argon2id(out, tg_view_of(peppered, sizeof(peppered)), form->salt, form->passes, form->memory_kib, err);
	tg_wipe(peppered, sizeof(peppered));
	return rc;
}

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
	owner = name_of_key(r, key);
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

static void random_hex(char out[TG_STAFF_ID_SIZE])
{
	uint8_t bytes[(TG_STAFF_ID_SIZE - 1) / 2];

	tg_random(bytes, sizeof(bytes));
	tg_hex_encode(out, bytes, sizeof(bytes));
}

static int give(struct tg_roster *r, struct tg_roster__person *p, const tg_roster_secret *secret, tg_error *err)
{
	int rc = TG_OK;

	if (secret->pin != NULL) {
		p->pin = (struct tg_roster__pin){ .passes = ARGON2_PASSES, .memory_kib = ARGON2_MEMORY_KIB };
		tg_random(p->pin.salt, sizeof(p->pin.salt));
		rc = hash_pin(p->pin.hash, r, &p->pin, secret->pin, err);
	}
	if (rc == TG_OK && secret->badge != NULL) {
		keyed_hash(p->badge, r, "badge", tg_view_str(secret->badge));
		p->has_badge = true;
	}
	return rc;
}

static void key_of_name(char key[TG_STAFF_ID_SIZE], const struct tg_roster *r, const char *who)
{
	uint8_t hash[TG_SHA256_SIZE];
	char lower[TG_STAFF_WHO_MAX + 1];
	size_t n = 0;

	for (; who[n] != '\0' && n < TG_STAFF_WHO_MAX; n++)
		lower[n] = (char)(who[n] >= 'A' && who[n] <= 'Z' ? who[n] + ('a' - 'A') : who[n]);
	keyed_hash(hash, r, "name", tg_view_of(lower, n));
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

/*
 * The name first: a name without a person is nobody, a person without a name could not be removed. Who was merely named before keeps
 * their ids.
 */
static int add_name(char key[TG_STAFF_ID_SIZE], struct tg_roster *r, const char *who, tg_error *err)
{
	struct tg_roster__name *name = name_of_who(r, who);
	int rc;

	if (name == NULL) {
		key_of_name(key, r, who);
		name = name_of_key(r, key);
	}
	if (name == NULL) {
		name = room_for_name(r, err);
		if (name == NULL)
			return TG_ELIMIT;
		*name = (struct tg_roster__name){ 0 };
		random_hex(name->key);
	}
	memcpy(key, name->key, TG_STAFF_ID_SIZE);
	if (name->who[0] != '\0')
		return TG_OK;
	strcpy(name->who, who);
	rc = save_names(r, err);
	if (rc != TG_OK)
		drop_name(r, name);
	return rc;
}

static int add(struct tg_roster *r, const char *who, const char *const rights[], size_t right_count, const tg_roster_secret *secret,
	tg_error *err)
{
	struct tg_roster__person person = { .right_count = right_count };
	int rc;

	if (person_of_who(r, who) != NULL)
		return tg_fail(err, TG_EINVAL, "\"%s\" is enrolled already; remove first, or change the PIN", who);
	if (r->data.people_count == TG_ROSTER_PEOPLE_MAX)
		return tg_fail(err, TG_ELIMIT, "%d people are enrolled already", TG_ROSTER_PEOPLE_MAX);
	for (size_t i = 0; i < right_count; i++)
		snprintf(person.rights[i], sizeof(person.rights[i]), "%s", rights[i]);
	rc = need_pepper(r, err);
	if (rc == TG_OK)
		rc = give(r, &person, secret, err);
	if (rc == TG_OK)
		rc = add_name(person.key, r, who, err);
	if (rc != TG_OK)
		return rc;
	r->data.people[r->data.people_count++] = person;
	rc = save_staff(r, err);
	if (rc != TG_OK)
		r->data.people_count--;
	return rc;
}

int tg_roster_add(tg_roster *r, const char *who, const char *const rights[], size_t right_count, const tg_roster_secret *secret, tg_error *err)
{
	int rc;

	if (right_count > TG_ROSTER_RIGHTS_MAX)
		return tg_fail(err, TG_EINVAL, "rights: more than %d", TG_ROSTER_RIGHTS_MAX);
	rc = enter(r, err);
	return rc == TG_OK ? leave(r, add(r, who, rights, right_count, secret, err)) : rc;
}

static int set(struct tg_roster *r, const char *who, const tg_roster_secret *secret, tg_error *err)
{
	struct tg_roster__person *p = person_of_who(r, who), before;
	int rc;

	if (p == NULL)
		return no_such(who, err);
	before = *p;
	rc = give(r, p, secret, err);
	if (rc == TG_OK) {
		p->tries = (struct tg_roster__tries){ 0 };
		rc = save_staff(r, err);
	}
	if (rc != TG_OK)
		*p = before;
	return rc;
}

int tg_roster_set(tg_roster *r, const char *who, const tg_roster_secret *secret, tg_error *err)
{
	int rc = enter(r, err);

	return rc == TG_OK ? leave(r, set(r, who, secret, err)) : rc;
}

static int remove_person(struct tg_roster *r, const char *who, tg_error *err)
{
	struct tg_roster__person *p = person_of_who(r, who), before;
	size_t at;
	int rc;

	if (p == NULL)
		return no_such(who, err);
	at = (size_t)(p - r->data.people);
	before = *p;
	memmove(p, p + 1, (r->data.people_count - at - 1) * sizeof(*p));
	r->data.people_count--;
	rc = save_staff(r, err);
	if (rc != TG_OK) {
		memmove(p + 1, p, (r->data.people_count - at) * sizeof(*p));
		*p = before;
		r->data.people_count++;
	}
	return rc;
}

int tg_roster_remove(tg_roster *r, const char *who, tg_error *err)
{
	int rc = enter(r, err);

	return rc == TG_OK ? leave(r, remove_person(r, who, err)) : rc;
}

/* ---- forgetting ---- */

/* Files are small and deletions rare: on an error the truth is read back from the disk. */
static int erased(struct tg_roster *r, int rc)
{
	if (rc != TG_OK && load_file(r, r->names, tg_roster__read_names, TG_ROSTER__NAMES_MAX, NULL) != TG_OK)
		r->damage = (tg_error){ .code = TG_EFORMAT, .msg = "names could not be read back" };
	return rc;
}

static int forget(struct tg_roster *r, const char *who, tg_error *err)
{
	struct tg_roster__name *name = name_of_who(r, who);
	char key[TG_STAFF_ID_SIZE];

	if (name == NULL && r->has_pepper) {
		key_of_name(key, r, who);
		name = name_of_key(r, key);
	}
	if (name == NULL)
		return tg_fail(err, TG_ENOTFOUND, "nothing is kept of \"%s\"", who);
	if (person_of_key(r, name->key) != NULL)
		return tg_fail(err, TG_ESTATE, "\"%s\" is still enrolled; remove first", who);
	drop_name(r, name);
	return erased(r, save_names(r, err));
}

int tg_roster_forget(tg_roster *r, const char *who, tg_error *err)
{
	int rc = enter(r, err);

	return rc == TG_OK ? leave(r, forget(r, who, err)) : rc;
}

int tg_roster_forget_before(tg_roster *r, const char *month, size_t *count, tg_error *err)
{
	int rc = enter(r, err);

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
		if (name->id_count == 0 && person_of_key(r, name->key) == NULL)
			drop_name(r, name);
	}
	return leave(r, erased(r, save_names(r, err)));
}

/* ---- trying ---- */

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
		return person_of_who(r, proof->who);
	keyed_hash(hash, r, "badge", tg_view_of(proof->badge, strnlen(proof->badge, TG_STAFF_BADGE_MAX + 1)));
	for (size_t i = 0; i < r->data.people_count; i++) {
		struct tg_roster__person *p = &r->data.people[i];

		if (p->has_badge && tg_equal_ct(p->badge, hash, sizeof(hash)))
			return proof->who == NULL || proof->who[0] == '\0' || person_of_who(r, proof->who) == p ? p : NULL;
	}
	return proof->who != NULL && proof->who[0] != '\0' ? person_of_who(r, proof->who) : NULL;
}

/* For nobody, or somebody without a PIN, as much work is done as for a wrong PIN. */
static int check(bool *right, const struct tg_roster *r, const struct tg_roster__person *p, const tg_staff_proof *proof, tg_error *err)
{
	static const struct tg_roster__pin nobody = { .passes = ARGON2_PASSES, .memory_kib = ARGON2_MEMORY_KIB };
	const struct tg_roster__pin *form = p != NULL && p->pin.passes != 0 ? &p->pin : &nobody;
	uint8_t hash[TG_SHA256_SIZE];
	int rc;

	*right = false;
	if (proof->badge != NULL) {
		keyed_hash(hash, r, "badge", tg_view_of(proof->badge, strnlen(proof->badge, TG_STAFF_BADGE_MAX + 1)));
		*right = p != NULL && p->has_badge && tg_equal_ct(p->badge, hash, sizeof(hash));
		return TG_OK;
	}
	rc = hash_pin(hash, r, form, proof->pin, err);
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
		describe(&out->person, r, p);
	wait = wait_us(r, p, now_us);
	if (wait > 0)
		return locked(out, wait, err);
	if (now_us - station.last_us > CALM_US || station.last_us > now_us)
		station.count = 0;
	r->data.station.count = station.count;
	count_try(&r->data.station, now_us, TG_ROSTER_STATION_TRIES, rules->lock_s);
	if (p != NULL)
		count_try(&p->tries, now_us, rules->tries, rules->lock_s);
	rc = save_staff(r, err);
	if (rc == TG_OK)
		rc = check(&right, r, p, proof, err);
	if (rc == TG_OK && right) {
		r->data.station = station;
		p->tries = (struct tg_roster__tries){ 0 };
		(void)!save_staff(r, NULL); /* at worst a right try stays counted as a wrong one */
		return TG_OK;
	}
	out->wait_s = wait_us(r, p, now_us) / TG_US_PER_SECOND;
	return rc != TG_OK ? rc : tg_fail(err, TG_EDENIED, "not recognised: the PIN or badge is not right, or is nobody's here");
}

int tg_roster_prove(tg_roster_tried *out, tg_roster *r, const tg_staff_proof *proof, const tg_staff_rules *rules, int64_t now_us,
	tg_error *err)
{
	int rc = enter(r, err);

	*out = (tg_roster_tried){ .wait_s = 0 };
	if (rc == TG_OK && (proof->pin == NULL) == (proof->badge == NULL))
		return leave(r, tg_fail(err, TG_EINVAL, "either a PIN or a badge is wanted"));
	return rc == TG_OK ? leave(r, prove(out, r, proof, rules, now_us, err)) : rc;
}

/* The badge was read at a lane: nothing of it is left to check, and nothing to count. A lock-out holds all the same. */
static int shown(tg_roster_tried *out, struct tg_roster *r, const char *key, int64_t now_us, tg_error *err)
{
	const struct tg_roster__person *p = person_of_key(r, key);
	int64_t wait = wait_us(r, p, now_us);

	if (p == NULL)
		return tg_fail(err, TG_EDENIED, "this badge is nobody's any more");
	describe(&out->person, r, p);
	return wait > 0 ? locked(out, wait, err) : TG_OK;
}

int tg_roster_shown(tg_roster_tried *out, tg_roster *r, const char *key, int64_t now_us, tg_error *err)
{
	int rc = enter(r, err);

	*out = (tg_roster_tried){ .wait_s = 0 };
	return rc == TG_OK ? leave(r, shown(out, r, key, now_us, err)) : rc;
}

bool tg_roster_badge(char key[TG_STAFF_ID_SIZE], tg_roster *r, tg_view data)
{
	uint8_t hash[TG_SHA256_SIZE];
	bool found = false;

	pthread_mutex_lock(&r->mutex);
	if (r->badges > 0 && r->damage.code == TG_OK && data.len >= TG_ROSTER_BADGE_MIN && data.len <= TG_STAFF_BADGE_MAX) {
		keyed_hash(hash, r, "badge", data);
		for (size_t i = 0; i < r->data.people_count && !found; i++) {
			found = r->data.people[i].has_badge && tg_equal_ct(r->data.people[i].badge, hash, sizeof(hash));
			if (found)
				memcpy(key, r->data.people[i].key, TG_STAFF_ID_SIZE);
		}
	}
	pthread_mutex_unlock(&r->mutex);
	return found;
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
	rc = save_names(r, err); /* on the disk before any entry holds it */
	if (rc != TG_OK)
		*name = before;
	else
		memcpy(id, fresh->id, TG_STAFF_ID_SIZE);
	return rc;
}

int tg_roster_id_of_key(char id[TG_STAFF_ID_SIZE], tg_roster *r, const char *key, int64_t now_us, tg_error *err)
{
	struct tg_roster__name *name;
	int rc = enter(r, err);

	id[0] = '\0';
	if (rc != TG_OK)
		return rc;
	name = name_of_key(r, key);
	return leave(r, name != NULL ? id_of(id, r, name, now_us, err) : tg_fail(err, TG_ENOTFOUND, "nobody has this key"));
}

static int id_of_name(char id[TG_STAFF_ID_SIZE], struct tg_roster *r, const char *who, int64_t now_us, tg_error *err)
{
	struct tg_roster__name *name = name_of_who(r, who);
	char key[TG_STAFF_ID_SIZE];
	int rc = need_pepper(r, err);

	if (rc != TG_OK)
		return rc;
	if (name == NULL) {
		key_of_name(key, r, who);
		name = name_of_key(r, key);
	}
	if (name == NULL) {
		name = room_for_name(r, err);
		if (name == NULL)
			return TG_ELIMIT;
		*name = (struct tg_roster__name){ 0 };
		memcpy(name->key, key, TG_STAFF_ID_SIZE);
	}
	return id_of(id, r, name, now_us, err);
}

int tg_roster_id_of_name(char id[TG_STAFF_ID_SIZE], tg_roster *r, const char *who, int64_t now_us, tg_error *err)
{
	int rc;

	id[0] = '\0';
	if (!tg_roster__is_name(who))
		return tg_fail(err, TG_EINVAL, "name: 1 to %d letters, digits, '.', '_', '-' or '@' are wanted", TG_STAFF_WHO_MAX);
	rc = enter(r, err);
	return rc == TG_OK ? leave(r, id_of_name(id, r, who, now_us, err)) : rc;
}

bool tg_roster_is(tg_roster *r, const char *key, const char *who)
{
	const struct tg_roster__name *name;
	char of_name[TG_STAFF_ID_SIZE];
	bool same;

	pthread_mutex_lock(&r->mutex);
	name = name_of_who(r, who);
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
	name = name_of_key(r, key);
	for (size_t i = 0; name != NULL && i < name->id_count && !was; i++)
		was = strcmp(name->ids[i].id, id) == 0;
	pthread_mutex_unlock(&r->mutex);
	return was;
}

/* ---- life ---- */

int tg_roster_open(tg_roster **out, const char *evidence_dir, tg_error *err)
{
	tg_roster *r = calloc(1, sizeof(*r));
	int rc;

	if (r == NULL)
		return tg_fail(err, TG_ENOMEM, "staff: %zu bytes", sizeof(*r));
	pthread_mutex_init(&r->mutex, NULL);
	rc = tg_path(r->staff, err, "%s/staff", evidence_dir);
	if (rc == TG_OK)
		rc = tg_path(r->names, err, "%s/staff-names", evidence_dir);
	if (rc == TG_OK)
		rc = tg_path(r->pepper_path, err, "%s/staff-pepper", evidence_dir);
	if (rc != TG_OK) {
		tg_roster_close(r);
		return rc;
	}
	load(r);
	*out = r;
	return TG_OK;
}

void tg_roster_close(tg_roster *r)
{
	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->mutex);
	tg_wipe(r->pepper, sizeof(r->pepper));
	free(r);
}
