/* SPDX-License-Identifier: Apache-2.0
 *
 * paths.h - where a station keeps its files (design: one writer each), and what enrolment said of the station.
 */
#ifndef TG_STATION_PATHS_H
#define TG_STATION_PATHS_H

#include "sync/enrol.h"

#include <limits.h>

#define TG_STATION_ROOT "/var/lib/tillgate" /**< used when neither --root nor TILLGATE_ROOT says otherwise */

/** All absolute or relative to the same folder as `root`. */
typedef struct tg_paths {
	char root[PATH_MAX];
	char config[PATH_MAX];       /**< tillgate.conf */
	char trust_dir[PATH_MAX];    /**< trust/ */
	char trust_root[PATH_MAX];   /**< trust/root.json: where all trust starts */
	char enrolment[PATH_MAX];    /**< trust/enrolment.json: the bundle as head office gave it */
	char request[PATH_MAX];      /**< trust/request.json: what this station asked for */
	char transport_key[PATH_MAX];
	char catalogue_dir[PATH_MAX], catalogue_current[PATH_MAX];
	char evidence_dir[PATH_MAX], evidence_lock[PATH_MAX];
	char image_dir[PATH_MAX];    /**< evidence/image/: the gate's own copy of the image in force */
	char outbox_dir[PATH_MAX], inbox_dir[PATH_MAX];
	char run_dir[PATH_MAX], socket[PATH_MAX];
	char image_wanted[PATH_MAX]; /**< run/image-wanted: there while the daemon needs sync to look at its image, and why */
} tg_paths;

/**
 * Fill from a root folder; NULL takes the environment's TILLGATE_ROOT, else the packaged places: then configuration and trust lie in
 * /etc/tillgate and the socket in /run/tillgate. TG_EINVAL if a path gets too long.
 */
TG_NODISCARD int tg_paths_init(tg_paths *out, const char *root, tg_error *err);

/** Who this station is. From trust/enrolment.json. A value. */
typedef struct tg_station_id {
	char station[TG_ENROL_STATION_MAX + 1];
	char short_id[9];                           /**< for references: at most 8 characters of Crockford's alphabet */
	char gln[TG_ENROL_GLN_DIGITS + 1];
	char owner[TG_ENROL_OWNER_MAX + 1];
	char metadata_url[TG_ENROL_URL_MAX + 1], targets_url[TG_ENROL_URL_MAX + 1];
	char origin[TG_ENROL_OWNER_MAX + TG_ENROL_GLN_DIGITS + TG_ENROL_STATION_MAX + 3]; /**< owner/GLN/station */
} tg_station_id;

/** TG_ESTATE with words that say what to do if the station is not enrolled. */
TG_NODISCARD int tg_station_id_read(tg_station_id *out, const tg_paths *paths, tg_error *err);

/**
 * "till-12" to "T11112": letters and digits only, upper case, I and L as 1, O as 0, U as V, the last 8 characters. For people, not a key: the
 * origin names a station exactly.
 */
void tg_station_short_id(char out[9], const char *station);

#endif
