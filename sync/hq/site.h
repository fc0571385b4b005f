/* SPDX-License-Identifier: Apache-2.0
 *
 * site.h - a head office as a folder: where things lie, who it is, how long its signatures hold.
 *
 *   hq.json       this file's facts
 *   records/      source records and policy.json (in git, if you like)
 *   keys/         private keys, encrypted (0700)
 *   repository/   what is published: metadata/ and targets/; copy it, metadata/timestamp.json last, or serve it
 *   archive/      all images and policies that ever were published (archive.h)
 *   stations/     who is enrolled, one file a station
 *   1.root.stage.json  the first root, while its signers are elsewhere
 *   floor.json    versions to stay above, after a backup was restored (guard.h)
 *   casework/     what was done about failures and notices (casework.h); private, never published
 *   work/, lock   our own
 */
#ifndef TG_HQ_SITE_H
#define TG_HQ_SITE_H

#include "store/base/json.h"
#include "sync/enrol.h"
#include "sync/tuf/metadata.h"

#define TG_SITE_FILE_MAX 65536 /* bytes of hq.json */
#define TG_STAGE_FIRST "1.root.stage.json" /* below DIR: the first root as init staged it */
#define TG_SITE_DAYS_MAX 3650  /* longest life of a signature: ten years */

/*
 * Lives of signatures when nobody says otherwise, days. A shop's timer may fail over a long weekend, a person
 * over a summer.
 */
#define TG_SITE_ROOT_DAYS 365
#define TG_SITE_TARGETS_DAYS 180
#define TG_SITE_SNAPSHOT_DAYS 30
#define TG_SITE_TIMESTAMP_DAYS 7

typedef struct tg_site {
	char dir[4096];
	char owner[TG_ENROL_OWNER_MAX + 1];
	char url[TG_ENROL_URL_MAX + 1]; /**< ends in '/'; metadata/ and targets/ are below it */
	int64_t days[TG_TUF_ROLES];     /**< life of each role's signature */
	char high_water[4096];          /**< file of the mark (guard.h), absolute; "" for none */
	char floor[4096];               /**< DIR/floor.json, from recover */
	char records[4096], keys[4096], metadata[4096], targets[4096], stations[4096], work[4096];
	char documents_seen[4096]; /**< of document_seen.h, in work/ */
} tg_site;

/** Fill in all paths below `dir`; nothing is read. */
TG_NODISCARD int tg_site_paths(tg_site *site, const char *dir, tg_error *err);
/** Read hq.json. TG_ENOTFOUND "…: no head office here; make one with init". */
TG_NODISCARD int tg_site_open(tg_site *site, const char *dir, tg_error *err);
/** Write hq.json; checks owner, URL and days first (TG_EINVAL). */
TG_NODISCARD int tg_site_write(const tg_site *site, tg_error *err);
/** The lock against a second tillgate-hq that writes. */
TG_NODISCARD int tg_site_lock(int *fd, const tg_site *site, const char *who, tg_error *err);

#endif
