/* SPDX-License-Identifier: Apache-2.0
 *
 * supplier.h - who may sign statements for which GTIN prefixes: HQ/suppliers/ID/.
 *
 *   supplier.json   name, where its repository is, the prefixes that we registered to it
 *   root.json       its first root, as compared with the supplier when it was added
 *   cache/          what The Update Framework remembers of it: later roots, versions that must not go back
 *   documents/      papers of its statements, by hash; opaque
 *   lock            held while we ask it
 *
 * Knows files and prefixes; knows nothing of the network (supplier_import.h) or of statements.
 */
#ifndef TG_HQ_SUPPLIER_H
#define TG_HQ_SUPPLIER_H

#include "sync/hq/records.h"
#include "sync/hq/site.h"
#include "sync/hq/supplier_prefix.h"

#define TG_SUPPLIER_ID_MAX 20 /* bytes: it stands in front of the ids of its statements, which have 64 */
#define TG_SUPPLIER_PREFIXES_MAX 64 /* one company has one or a few; a trading house some dozens */
#define TG_SUPPLIERS_MAX 2000       /* suppliers of one head office */
#define TG_SUPPLIER_REASON_MAX 200  /* bytes of "why two suppliers share a prefix" */
#define TG_SUPPLIER_FILE_MAX 65536  /* bytes of supplier.json */
#define TG_SUPPLIER_URL_MAX 1024    /* bytes, "metadata/" included */

typedef struct tg_supplier_prefix {
	tg_prefix prefix;
	char overlap[TG_SUPPLIER_REASON_MAX +
		     1]; /**< why it may overlap another supplier's; "" if it does not */
} tg_supplier_prefix;

typedef struct tg_supplier {
	char id[TG_SUPPLIER_ID_MAX + 1];
	char name[TG_RECORD_NAME_MAX + 1];
	char metadata_url[TG_SUPPLIER_URL_MAX + 1], targets_url[TG_SUPPLIER_URL_MAX + 1];
	char added_at[TG_UTC_TEXT_SIZE],
		added_by[TG_RECORD_NAME_MAX + 1]; /**< when, and which user of the machine */
	tg_supplier_prefix prefixes[TG_SUPPLIER_PREFIXES_MAX];
	size_t prefix_count;
} tg_supplier;

/** Lower case letters, digits and '-', the first no '-'. */
bool tg_supplier_id_valid(const char *id);

/** HQ/suppliers/ID/NAME. TG_EINVAL for an id that is none. */
TG_NODISCARD int tg_supplier_path(
	char out[4096], const tg_site *site, const char *id, const char *name, tg_error *err);

/** TG_ENOTFOUND "…: no such supplier". */
TG_NODISCARD int tg_supplier_read(tg_supplier *out, const tg_site *site, const char *id, tg_error *err);
/** Write supplier.json of a supplier that is there; checks every member first (TG_EINVAL). */
TG_NODISCARD int tg_supplier_write(const tg_supplier *supplier, const tg_site *site, tg_error *err);

/**
 * Take a supplier in with the root that people compared. The root must be signed by its own keys.
 * Errors: TG_ESTATE the id is taken; TG_EUNTRUSTED, TG_EFORMAT the root; TG_EINVAL, TG_EIO.
 */
TG_NODISCARD int tg_supplier_add(
	const tg_supplier *supplier, const tg_site *site, tg_view root, tg_error *err);
/** Move it aside to HQ/suppliers/removed/ID.TIME. Nothing of it is lost; the id may be used again. */
TG_NODISCARD int tg_supplier_remove(const tg_site *site, const char *id, int64_t now_us, tg_error *err);

/** Ids in HQ/suppliers, sorted. `*out` is malloc memory of `*count` texts. No folder: none. */
typedef char tg_supplier_id[TG_SUPPLIER_ID_MAX + 1];
TG_NODISCARD int tg_supplier_list(tg_supplier_id **out, size_t *count, const tg_site *site, tg_error *err);

/** By id, or by the URL of its repository, its metadata or its targets. TG_ENOTFOUND. */
TG_NODISCARD int tg_supplier_find(
	tg_supplier *out, const tg_site *site, const char *id_or_url, tg_error *err);

/** Which other supplier has a prefix that overlaps: its id and prefix. `*found` false: none. */
TG_NODISCARD int tg_supplier_overlap(bool *found, tg_supplier_id other, tg_prefix *theirs,
	const tg_site *site, const char *id, const tg_prefix *prefix, tg_error *err);

/** "3f2a 9c1d …": the SHA-256 of the root file in groups of four, as `sha256sum root.json` gives it to the supplier. */
#define TG_SUPPLIER_FINGERPRINT_SIZE (64 + 16)
const char *tg_supplier_fingerprint(char out[TG_SUPPLIER_FINGERPRINT_SIZE], tg_view root);

/** The user of this machine who runs the program; "uid N" if it has no name. Returns `out`. */
const char *tg_supplier_os_user(char out[TG_RECORD_NAME_MAX + 1]);

#endif
