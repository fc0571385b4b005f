/* SPDX-License-Identifier: Apache-2.0
 *
 * roster_file.h - the two files of a roster as bytes: strict to read, whole to write. For the roster.
 *
 * Pure: text in, structs out, and back.
 */
#ifndef TG_STATION_ROSTER_FILE_H
#define TG_STATION_ROSTER_FILE_H

#include "plugin/station/roster.h"

#define TG_ROSTER__STAFF_MAX (512 * 1024)  /* bytes: 256 people of under 1 kB */
#define TG_ROSTER__NAMES_MAX (1024 * 1024) /* bytes: 1024 names with 13 ids of 50 bytes */

/** Wrong tries in a row. */
struct tg_roster__tries {
	int64_t count, last_us, locked_until_us;
};

struct tg_roster__pin {
	uint32_t passes, memory_kib; /* 0: no PIN */
	uint8_t salt[16], hash[32];
};

struct tg_roster__person {
	char key[TG_STAFF_ID_SIZE];
	char rights[TG_ROSTER_RIGHTS_MAX][TG_POLICY_WORD_MAX + 1];
	size_t right_count;
	struct tg_roster__pin pin;
	bool has_badge;
	uint8_t badge[32];
	struct tg_roster__tries tries;
};

struct tg_roster__id {
	char month[8]; /* "2026-11" */
	char id[TG_STAFF_ID_SIZE];
};

struct tg_roster__name {
	char key[TG_STAFF_ID_SIZE];
	char who[TG_STAFF_WHO_MAX + 1]; /* "" of somebody merely named: then the key is the name's keyed hash */
	struct tg_roster__id ids[TG_ROSTER_MONTHS_MAX]; /* oldest first */
	size_t id_count;
};

struct tg_roster__data {
	struct tg_roster__tries station;
	struct tg_roster__person people[TG_ROSTER_PEOPLE_MAX];
	size_t people_count;
	struct tg_roster__name names[TG_ROSTER_NAMES_MAX];
	size_t name_count;
};

/** TG_EFORMAT, TG_ENOMEM. On an error `*data` is half filled. */
TG_NODISCARD int tg_roster__read_staff(struct tg_roster__data *data, tg_view text, tg_error *err);
TG_NODISCARD int tg_roster__read_names(struct tg_roster__data *data, tg_view text, tg_error *err);
TG_NODISCARD int tg_roster__write_staff(tg_buf *out, const struct tg_roster__data *data, tg_error *err);
TG_NODISCARD int tg_roster__write_names(tg_buf *out, const struct tg_roster__data *data, tg_error *err);

/** 1 to 32 of a-z A-Z 0-9 . _ - @ */
bool tg_roster__is_name(const char *who);

#endif
