/* SPDX-License-Identifier: Apache-2.0
 *
 * roster_own.h - inside the roster only: what it consists of, and what the files that make it ask of each other.
 *
 * roster.c has files, lock, pepper and finding; roster_people.c enrols; roster_tries.c counts and checks tries; roster_ids.c has names and
 * ids. roster_file.h is the form of the files.
 *
 * Unless said otherwise these are called with the mutex held, between tg_roster__enter() and tg_roster__leave().
 */
#ifndef TG_STATION_ROSTER_OWN_H
#define TG_STATION_ROSTER_OWN_H

#include "plugin/station/roster_file.h"
#include "store/base/crypto.h"

#include <limits.h>
#include <pthread.h>

/* Of a new PIN: about a twentieth of a second on a till's processor, and memory that a till with 1 GB can spare for that long. */
#define TG_ROSTER__ARGON2_PASSES 2
/* The least that OWASP's Password Storage Cheat Sheet gives for Argon2id with two passes. */
#define TG_ROSTER__ARGON2_MEMORY_KIB (19 * 1024)
#define TG_ROSTER__PEPPER_SIZE 32

struct tg_roster {
	pthread_mutex_t mutex; /* guards all below */
	char staff[PATH_MAX], names[PATH_MAX], pepper_path[PATH_MAX];
	tg_error damage;       /* code not TG_OK: nothing here may be relied on */
	bool has_pepper;
	uint8_t pepper[TG_ROSTER__PEPPER_SIZE];
	size_t badges;         /* people with one */
	struct tg_roster__data data;
};

/** Take the mutex, unless the files are damaged: then TG_EFORMAT, with words that say what to do, and no mutex. */
TG_NODISCARD int tg_roster__enter(struct tg_roster *r, tg_error *err);
/** Give it back; `rc` again. */
int tg_roster__leave(struct tg_roster *r, int rc);

/** Write the file whole. TG_EIO: the old one is as it was. */
TG_NODISCARD int tg_roster__save_staff(struct tg_roster *r, tg_error *err);
TG_NODISCARD int tg_roster__save_names(struct tg_roster *r, tg_error *err);
/** Names as they are on the disk; none if there is no file. */
TG_NODISCARD int tg_roster__load_names(struct tg_roster *r, tg_error *err);
/** Make the pepper if there is none. TG_EIO. */
TG_NODISCARD int tg_roster__need_pepper(struct tg_roster *r, tg_error *err);

/** NULL: nobody. Borrowed until somebody is added or removed. */
struct tg_roster__name *tg_roster__name_of_key(struct tg_roster *r, const char *key);
struct tg_roster__name *tg_roster__name_of_who(struct tg_roster *r, const char *who);
struct tg_roster__person *tg_roster__person_of_key(struct tg_roster *r, const char *key);
struct tg_roster__person *tg_roster__person_of_who(struct tg_roster *r, const char *who);
/** What others may know of them. */
void tg_roster__describe(tg_roster_person *out, struct tg_roster *r, const struct tg_roster__person *p);
/** TG_ENOTFOUND, in words. */
int tg_roster__no_such(const char *who, tg_error *err);

/** HMAC by the pepper; `purpose` keeps PINs, badges and names apart. What is longer than any badge is cut. */
void tg_roster__keyed_hash(uint8_t out[TG_SHA256_SIZE], const struct tg_roster *r, const char *purpose, tg_view data);
/** Argon2id by the salt and costs of `form`. TG_ENOMEM. */
TG_NODISCARD int tg_roster__hash_pin(uint8_t out[TG_SHA256_SIZE], const struct tg_roster *r, const struct tg_roster__pin *form,
	const char *pin, tg_error *err);

/** The key of somebody who is to be enrolled, with their name on the disk. TG_ELIMIT, TG_EIO. Needs the pepper. */
TG_NODISCARD int tg_roster__add_name(char key[TG_STAFF_ID_SIZE], struct tg_roster *r, const char *who, tg_error *err);

#endif
