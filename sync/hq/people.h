/* SPDX-License-Identifier: Apache-2.0
 *
 * people.h - who may approve at head office: HQ/people/NAME/, one key a person.
 *
 *   approver-KEYID.pem      the person's private key, encrypted with a passphrase of their own; may be kept elsewhere
 *   approver-KEYID.pub.pem  its public key: this is what registers the person
 *
 * There are no accounts. A name typed twice by one hand would be two people; a signature is as hard to give for somebody else as
 * a passphrase is to learn. Whoever can write in HQ/ can register people, and could as well write the records themselves: the
 * folder's rights, and its history in git, are the wall against that, not this.
 */
#ifndef TG_HQ_PEOPLE_H
#define TG_HQ_PEOPLE_H

#include "sync/hq/drafts.h"

#define TG_PERSON_NAME_MAX 40 /* bytes */
#define TG_PEOPLE_MAX 1000    /* of one head office */

/** Lower case letters, digits, '.', '-', '_'; the first a letter or digit. */
bool tg_person_name_valid(const char *name);

/** Make a key for a new person. `key_file` tells where the private one is. TG_ESTATE: the name is taken. */
TG_NODISCARD int tg_person_add(
	char key_file[4096], const tg_site *site, const char *name, tg_view passphrase, tg_error *err);
/** Register a person with a public key that was made elsewhere. TG_ESTATE: name or key is taken. TG_EFORMAT: not ECDSA P-256. */
TG_NODISCARD int tg_person_add_public(
	const tg_site *site, const char *name, const char *public_file, tg_error *err);
/** Move the person aside to HQ/people/removed/NAME.TIME: approvals of drafts that are still open no longer count. */
TG_NODISCARD int tg_person_remove(const tg_site *site, const char *name, int64_t now_us, tg_error *err);

/** A person's public key and its id. TG_ENOTFOUND: no such person. The caller frees the key. */
TG_NODISCARD int tg_person_public(
	tg_pubkey **out, char keyid[TG_HASH_TEXT_SIZE], const tg_site *site, const char *name, tg_error *err);

/** Names, sorted; malloc memory. */
typedef char tg_person_name[TG_PERSON_NAME_MAX + 1];
TG_NODISCARD int tg_people_list(tg_person_name **out, size_t *count, const tg_site *site, tg_error *err);

/**
 * Sign an approval of the draft at `now_us` and add it. `key_file`: NULL for the one in HQ/people.
 * Errors: TG_EUNTRUSTED wrong passphrase, or a key that is not the person's; TG_ESTATE as tg_draft_approve(); TG_ENOTFOUND.
 */
TG_NODISCARD int tg_person_approve(tg_draft *draft, const tg_site *site, const char *name,
	const char *key_file, tg_view passphrase, int64_t now_us, tg_error *err);

/** Is whoever runs this the person? Opens the key and signs nothing. Errors as above. */
TG_NODISCARD int tg_person_prove(
	const tg_site *site, const char *name, const char *key_file, tg_view passphrase, tg_error *err);

/** How many approvals are by people registered now, and rightly signed. `*why` tells of the first that is not; "" if all are. */
TG_NODISCARD int tg_people_verify(
	size_t *count, char why[240], const tg_draft *draft, const tg_site *site, tg_error *err);

#endif
