/* SPDX-License-Identifier: Apache-2.0
 *
 * repo.h - a small TUF repository in memory for tests: every field can be bent before its file is written and signed.
 *
 * Each make_ function ends the test on an error of its own, so that a test only speaks of what it is about.
 */
#ifndef TG_TEST_REPO_H
#define TG_TEST_REPO_H

#include "sync/tuf/chain.h"
#include "sync/tuf/repository.h"
#include "sync/tuf/trusted.h"

#define REPO_KEYS 7 /* 0..3 sign the roles of those numbers, the others are for rotation and for strangers */
#define SPARE_KEY 4
#define STRANGER_KEY 6
#define TEST_NOW_US INT64_C(1795392000000000) /* 2026-11-23T00:00:00Z */

extern const char test_policy[]; /* a policy that a station can read */

typedef struct repo {
	tg_signkey *keys[REPO_KEYS];
	tg_pubkey *pubs[REPO_KEYS];
	int role_key[TG_TUF_ROLES]; /* whom the root names */
	int signer[TG_TUF_ROLES];   /* who signs */
	int old_root_key;           /* signs a new root as well; -1 for none */
	int64_t version[TG_TUF_ROLES], expires_us[TG_TUF_ROLES];
	int64_t issued_us, catalogue_version;
	int64_t said_version[TG_TUF_ROLES]; /* what timestamp and snapshot claim of the file below; 0 = the truth */
	tg_buf image, policy;
	tg_repository_target more[4]; /* further targets; `custom` stays the test's */
	size_t more_count;
	bool lie_about_blocks; /* the targets state a wrong hash of the block list */
	tg_buf file[TG_TUF_ROLES]; /* what was written last */
} repo;

/** Version 1 of everything, valid for 30 days from TEST_NOW_US, an image of 150,000 bytes. */
void repo_init(repo *r);
void repo_fini(repo *r);
/** Write one role from the fields (and the files below it as they are). */
void repo_write(repo *r, tg_tuf_role role);
/** Write targets, snapshot and timestamp. The root stays. */
void repo_publish(repo *r);
/** A new root, one version up; `role` is now signed by `key`. The old root key signs too. */
void repo_rotate(repo *r, tg_tuf_role role, int key);
/** Other image bytes of that length, and one catalogue version more. */
void repo_new_image(repo *r, size_t len);
tg_view repo_file(const repo *r, tg_tuf_role role);

/** Sign any body (JSON text of `signed`) with the given keys; appended to `out`. */
void sign_body(tg_buf *out, const char *body, const repo *r, const int *keys, size_t key_count);
/** `text` with the first `from` replaced by `to`, appended to `out`; the test ends if `from` is not in it. */
void replace_text(tg_buf *out, tg_view text, const char *from, const char *to);

/** A folder of its own for one test, under the build folder or TMPDIR; `out` has 4096 bytes. */
void temp_dir(char *out);
void remove_tree(const char *path);
void write_file(const char *dir, const char *name, tg_view bytes);
/** The whole set of r's files, as sync would install it; a root of version 1 is taken to be in trust/. */
void write_set(const repo *r, const char *dir);

#endif
