/* SPDX-License-Identifier: Apache-2.0
 *
 * roster.h - who is enrolled at this station: PINs and badges as hashes, rights, wrong tries; and, in a file of its own, names.
 *
 * Three files in evidence/, readable by their owner only, each written whole: a crash leaves the old or the new one.
 *   staff         people by a random key: hashes, rights, wrong tries, lock-outs. No name.
 *   staff-names   key to name, and the random ids that entries hold, one a month. May be erased, person by person or by age; of people
 *                 who are enrolled it must hold the name: else nobody could tell a second person from the first.
 *   staff-pepper  32 random bytes without which hashes cannot be tried elsewhere.
 * A wrong try is on the disk before it is checked, so that pulling the plug gives no further one.
 *
 * Knows files, hashes and the clock it is given; writes no entries and knows no policy but the guard of PINs. Any thread.
 */
#ifndef TG_STATION_ROSTER_H
#define TG_STATION_ROSTER_H

#include "plugin/station/staff.h"

#define TG_ROSTER_PEOPLE_MAX 256   /* enrolled: the managers of a large shop several times over */
#define TG_ROSTER_NAMES_MAX 1024   /* with those who are merely named, such as cashiers */
#define TG_ROSTER_RIGHTS_MAX TG_STAFF_RIGHTS_MAX
#define TG_ROSTER_MONTHS_MAX 13    /* ids kept of one person: a year, and the month under way */
#define TG_ROSTER_STATION_TRIES 20 /* wrong tries of all together before the station locks; forgotten after an hour of peace */
#define TG_ROSTER_LOCK_MAX_S 86400 /* lock-outs double up to a day */
#define TG_ROSTER_BADGE_MIN 6      /* bytes: a shorter one is soon met by chance */

typedef struct tg_roster tg_roster;

/** Somebody as far as others may know. A value. */
typedef struct tg_roster_person {
	char key[TG_STAFF_ID_SIZE]; /**< for this module; never in an entry */
	char who[TG_STAFF_WHO_MAX + 1];
	char rights[TG_ROSTER_RIGHTS_MAX][TG_POLICY_WORD_MAX + 1];
	size_t right_count;
	bool has_pin, has_badge;
	int64_t locked_until_us; /**< 0 not locked */
} tg_roster_person;

/** Whom to enrol, or what to give them. NULL: leave as it is. */
typedef struct tg_roster_secret {
	const char *pin, *badge;
} tg_roster_secret;

/**
 * Read what is there; nothing is. Damaged files are no error here: every function then fails with TG_EFORMAT and says what to do, and
 * checks go on. `*out` is the caller's: tg_roster_close. TG_ENOMEM.
 */
TG_NODISCARD int tg_roster_open(tg_roster **out, const char *evidence_dir, tg_error *err);
void tg_roster_close(tg_roster *roster); /* NULL is fine */

size_t tg_roster_supervisors(tg_roster *roster); /**< enrolled people with the right "supervisor" */
/** TG_EFORMAT: the files are damaged, and nobody is recognised; the words say what to do. */
TG_NODISCARD int tg_roster_fault(tg_roster *roster, tg_error *err);
size_t tg_roster_enrolled(tg_roster *roster);
/** Everybody enrolled, into `people` of TG_ROSTER_PEOPLE_MAX. */
TG_NODISCARD int tg_roster_list(tg_roster_person *people, size_t *count, tg_roster *roster, tg_error *err);
/** TG_ENOTFOUND. */
TG_NODISCARD int tg_roster_find(tg_roster_person *out, tg_roster *roster, const char *who, tg_error *err);

/**
 * Would these secrets do? Form of name, PIN (digits, long enough, no row and no repetition) and badge (printable, long enough). Says
 * nothing of what was given, and nothing of who is enrolled. TG_EINVAL.
 */
TG_NODISCARD int tg_roster_judge(const char *who, const tg_roster_secret *secret, const tg_staff_rules *rules, tg_error *err);
/** TG_EINVAL: it is somebody else's than `who`. Only for somebody who has shown who they are: it tells which badges are good. */
TG_NODISCARD int tg_roster_badge_free(tg_roster *roster, const char *who, const char *badge, tg_error *err);
/** TG_EINVAL enrolled already; TG_ELIMIT; TG_EIO. Judge first. */
TG_NODISCARD int tg_roster_add(tg_roster *roster, const char *who, const char *const rights[], size_t right_count,
	const tg_roster_secret *secret, tg_error *err);
/** Replace PIN or badge; ends a lock-out. TG_ENOTFOUND. Judge first. */
TG_NODISCARD int tg_roster_set(tg_roster *roster, const char *who, const tg_roster_secret *secret, tg_error *err);
/** Hashes and rights go; name and ids stay until they are forgotten. TG_ENOTFOUND. */
TG_NODISCARD int tg_roster_remove(tg_roster *roster, const char *who, tg_error *err);
/** Erase who somebody was: nobody can tell any more whose the ids in entries are. TG_ENOTFOUND; TG_ESTATE still enrolled. */
TG_NODISCARD int tg_roster_forget(tg_roster *roster, const char *who, tg_error *err);
/** Erase the ids of months before this one ("2026-11"); `*count` of them. */
TG_NODISCARD int tg_roster_forget_before(tg_roster *roster, const char *month, size_t *count, tg_error *err);

/** How a try ended. */
typedef struct tg_roster_tried {
	tg_roster_person person; /**< who it is, or, on a failure, whom it was tried for; key "" nobody known */
	int64_t wait_s;          /**< locked out this long; 0 */
} tg_roster_tried;

/**
 * Is it that person? Counts first, then checks. TG_EDENIED no (or nobody of that name: it takes as long); TG_EBUSY locked out, person
 * or station; TG_ESTATE nobody is enrolled; TG_EIO the count could not be written, so nothing was checked.
 */
TG_NODISCARD int tg_roster_prove(tg_roster_tried *out, tg_roster *roster, const tg_staff_proof *proof, const tg_staff_rules *rules,
	int64_t now_us, tg_error *err);

/** Whose badge says this? False: nobody's. Cheap where nobody has a badge. */
bool tg_roster_badge(char key[TG_STAFF_ID_SIZE], tg_roster *roster, tg_view data);
/** As tg_roster_prove, for the key of a badge that a lane's scanner has just read. TG_EDENIED nobody's any more; TG_EBUSY. */
TG_NODISCARD int tg_roster_shown(tg_roster_tried *out, tg_roster *roster, const char *key, int64_t now_us, tg_error *err);
/** Is `who` the person of this key, however it is written? Any month. */
bool tg_roster_is(tg_roster *roster, const char *key, const char *who);
/** Was `id` an id of the person of this key, in any month that is kept? */
bool tg_roster_was(tg_roster *roster, const char *key, const char *id);

/** The id for entries, of an enrolled key or of a name, in the month of `now_us`; made and kept when it is new. */
TG_NODISCARD int tg_roster_id_of_key(char id[TG_STAFF_ID_SIZE], tg_roster *roster, const char *key, int64_t now_us, tg_error *err);
TG_NODISCARD int tg_roster_id_of_name(char id[TG_STAFF_ID_SIZE], tg_roster *roster, const char *who, int64_t now_us, tg_error *err);

#endif
