/* SPDX-License-Identifier: Apache-2.0
 *
 * roster.c - the files and their lock, what takes the pepper, and who is there. See roster.h.
 */
#include "plugin/station/roster_own.h"

#include "store/base/crypto.h"
#include "store/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define FILE_MODE 0600

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

int tg_roster__save_staff(struct tg_roster *r, tg_error *err)
{
	r->badges = 0;
	for (size_t i = 0; i < r->data.people_count; i++)
		r->badges += r->data.people[i].has_badge;
	return save(r->staff, &r->data, tg_roster__write_staff, TG_ROSTER__STAFF_MAX, err);
}

int tg_roster__save_names(struct tg_roster *r, tg_error *err)
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

int tg_roster__load_names(struct tg_roster *r, tg_error *err)
{
	return load_file(r, r->names, tg_roster__read_names, TG_ROSTER__NAMES_MAX, err);
}

static int load_pepper(struct tg_roster *r, tg_error *err)
{
	tg_buf bytes;
	int rc;

	tg_buf_init(&bytes, TG_ROSTER__PEPPER_SIZE);
	rc = tg_file_read(&bytes, r->pepper_path, TG_ROSTER__PEPPER_SIZE, err);
	r->has_pepper = rc == TG_OK && bytes.len == TG_ROSTER__PEPPER_SIZE;
	if (r->has_pepper)
		memcpy(r->pepper, bytes.data, TG_ROSTER__PEPPER_SIZE);
	else if (rc == TG_OK)
		rc = tg_fail(err, TG_EFORMAT, "%s: wanted %d bytes, found %zu", r->pepper_path, TG_ROSTER__PEPPER_SIZE, bytes.len);
	if (bytes.data != NULL)
		tg_wipe(bytes.data, bytes.len);
	tg_buf_fini(&bytes);
	return rc == TG_ENOTFOUND ? TG_OK : rc;
}

struct tg_roster__name *tg_roster__name_of_key(struct tg_roster *r, const char *key)
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
		rc = tg_roster__load_names(r, &why);
	if (rc == TG_OK && !r->has_pepper && r->data.people_count > 0)
		rc = tg_fail(&why, TG_EFORMAT, "%s is gone, and without it no PIN can be checked", r->pepper_path);
	for (size_t i = 0; rc == TG_OK && i < r->data.people_count; i++) {
		const struct tg_roster__name *name = tg_roster__name_of_key(r, r->data.people[i].key);

		/* nobody could tell whether they are the same as whoever serves, nor remove them by name */
		if (name == NULL || name->who[0] == '\0')
			rc = tg_fail(&why, TG_EFORMAT, "%s lacks the name of somebody who is enrolled", r->names);
		r->badges += r->data.people[i].has_badge;
	}
	if (rc != TG_OK)
		r->damage = why;
}

int tg_roster__need_pepper(struct tg_roster *r, tg_error *err)
{
	int rc;

	if (r->has_pepper)
		return TG_OK;
	tg_random(r->pepper, TG_ROSTER__PEPPER_SIZE);
	rc = tg_file_write(r->pepper_path, tg_view_of(r->pepper, TG_ROSTER__PEPPER_SIZE), FILE_MODE, err);
	r->has_pepper = rc == TG_OK;
	return rc;
}

/* Takes the mutex where it gives TG_OK. */
int tg_roster__enter(struct tg_roster *r, tg_error *err)
{
	pthread_mutex_lock(&r->mutex);
	if (r->damage.code == TG_OK)
		return TG_OK;
	(void)tg_fail(err, TG_EFORMAT, "the files of staff are damaged; whoever owns the station can remove %s and enrol staff anew: %.100s",
		r->staff, r->damage.msg);
	pthread_mutex_unlock(&r->mutex);
	return TG_EFORMAT;
}

int tg_roster__leave(struct tg_roster *r, int rc)
{
	pthread_mutex_unlock(&r->mutex);
	return rc;
}

/* ---- finding; with the mutex held ---- */

/* Anna and anna are one person: two that differ by a shift key are told apart by nobody. */
struct tg_roster__name *tg_roster__name_of_who(struct tg_roster *r, const char *who)
{
	for (size_t i = 0; who[0] != '\0' && i < r->data.name_count; i++) {
		if (strcasecmp(r->data.names[i].who, who) == 0)
			return &r->data.names[i];
	}
	return NULL;
}

struct tg_roster__person *tg_roster__person_of_key(struct tg_roster *r, const char *key)
{
	for (size_t i = 0; i < r->data.people_count; i++) {
		if (strcmp(r->data.people[i].key, key) == 0)
			return &r->data.people[i];
	}
	return NULL;
}

struct tg_roster__person *tg_roster__person_of_who(struct tg_roster *r, const char *who)
{
	const struct tg_roster__name *name = tg_roster__name_of_who(r, who);

	return name != NULL ? tg_roster__person_of_key(r, name->key) : NULL;
}

void tg_roster__describe(tg_roster_person *out, struct tg_roster *r, const struct tg_roster__person *p)
{
	const struct tg_roster__name *name = tg_roster__name_of_key(r, p->key);

	*out = (tg_roster_person){ .right_count = p->right_count, .has_pin = p->pin.passes != 0, .has_badge = p->has_badge,
		.locked_until_us = p->tries.locked_until_us };
	memcpy(out->key, p->key, sizeof(out->key));
	memcpy(out->rights, p->rights, sizeof(out->rights));
	if (name != NULL)
		strcpy(out->who, name->who);
}

int tg_roster__no_such(const char *who, tg_error *err)
{
	return tg_fail(err, TG_ENOTFOUND, "nobody of the name \"%s\" is enrolled here", who);
}

int tg_roster_fault(tg_roster *r, tg_error *err)
{
	int rc = tg_roster__enter(r, err);

	return rc == TG_OK ? tg_roster__leave(r, TG_OK) : rc;
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
	int rc = tg_roster__enter(r, err);

	*count = 0;
	if (rc != TG_OK)
		return rc;
	for (; *count < r->data.people_count; ++*count)
		tg_roster__describe(&people[*count], r, &r->data.people[*count]);
	return tg_roster__leave(r, TG_OK);
}

int tg_roster_find(tg_roster_person *out, tg_roster *r, const char *who, tg_error *err)
{
	const struct tg_roster__person *p;
	int rc = tg_roster__enter(r, err);

	if (rc != TG_OK)
		return rc;
	p = tg_roster__person_of_who(r, who);
	if (p != NULL)
		tg_roster__describe(out, r, p);
	return tg_roster__leave(r, p != NULL ? TG_OK : tg_roster__no_such(who, err));
}

/* ---- hashes ---- */

void tg_roster__keyed_hash(uint8_t out[TG_SHA256_SIZE], const struct tg_roster *r, const char *purpose, tg_view data)
{
	uint8_t message[32 + TG_STAFF_BADGE_MAX + TG_STAFF_WHO_MAX];
	size_t len = strlen(purpose) + 1;

	memcpy(message, purpose, len); /* with its terminator: no purpose is the beginning of another */
	if (data.len > sizeof(message) - len)
		data.len = sizeof(message) - len;
	if (data.len > 0)
		memcpy(message + len, data.data, data.len);
	tg_hmac_sha256(out, tg_view_of(r->pepper, TG_ROSTER__PEPPER_SIZE), tg_view_of(message, len + data.len));
	tg_wipe(message, sizeof(message));
}

/* The pepper goes in first: whoever has the file of hashes alone cannot begin to guess. */
int tg_roster__hash_pin(uint8_t out[TG_SHA256_SIZE], const struct tg_roster *r, const struct tg_roster__pin *form, const char *pin,
	tg_error *err)
{
	uint8_t peppered[TG_SHA256_SIZE];
	int rc;

	tg_roster__keyed_hash(peppered, r, "pin", tg_view_of(pin, strnlen(pin, TG_PIN_DIGITS_MAX + 1)));
	rc = tg_argon2id(out, tg_view_of(peppered, sizeof(peppered)), form->salt, form->passes, form->memory_kib, err);
	tg_wipe(peppered, sizeof(peppered));
	return rc;
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
