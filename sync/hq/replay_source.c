/* SPDX-License-Identifier: Apache-2.0
 *
 * replay_source.c - unfold, open, compare with the log's hashes. See replay_source.h.
 */
#include "sync/hq/replay_source.h"

#include "store/base/encoding.h"
#include "store/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- what the log says ---- */

static int add_fact(tg_replay_source *s, bool policy, int64_t version, const char *hex, tg_error *err)
{
	tg_replay_fact fact = { .policy = policy, .version = (uint64_t)version };
	size_t len = 0;

	if (version < 1 || hex == NULL || tg_hex_decode(fact.sha256, &len, TG_SHA256_SIZE, hex, NULL) != TG_OK || len != TG_SHA256_SIZE)
		return TG_OK;
	for (size_t i = s->fact_count; i > 0; i--)
		if (s->facts[i - 1].policy == policy && s->facts[i - 1].version == fact.version)
			return TG_OK; /* the first word stands: a second one that differs is found by the proof of the log */
	if (s->fact_count == s->fact_room) {
		size_t room = s->fact_room > 0 ? s->fact_room * 2 : 64;
		tg_replay_fact *facts = room <= TG_REPLAY_FACTS_MAX * 2 ? realloc(s->facts, room * sizeof(*facts)) : NULL;

		if (facts == NULL)
			return tg_fail(err, room > TG_REPLAY_FACTS_MAX ? TG_ELIMIT : TG_ENOMEM, "%zu catalogues and policies in one log", s->fact_count);
		s->facts = facts;
		s->fact_room = room;
	}
	s->facts[s->fact_count++] = fact;
	return TG_OK;
}

int tg_replay_source_learn(tg_replay_source *s, const tg_json *entry, tg_error *err)
{
	const char *image = tg_json_str(tg_json_get(entry, "image_sha256"));
	const char *policy = tg_json_str(tg_json_get(entry, "policy_sha256"));
	int rc = TG_OK;

	if (image != NULL)
		rc = add_fact(s, false, tg_json_int(tg_json_get(entry, "catalogue_version")), image, err);
	if (rc == TG_OK && policy != NULL)
		rc = add_fact(s, true, tg_json_int(tg_json_get(entry, "policy_version")), policy, err);
	return rc;
}

/* `*proven` false: the log does not say. */
static int compare(bool *proven, const tg_replay_source *s, bool policy, uint64_t version, const uint8_t sha256[TG_SHA256_SIZE],
	tg_error *err)
{
	char log[2 * TG_SHA256_SIZE + 1], own[2 * TG_SHA256_SIZE + 1];

	*proven = false;
	for (size_t i = 0; i < s->fact_count; i++) {
		const tg_replay_fact *fact = &s->facts[i];

		if (fact->policy != policy || fact->version != version)
			continue;
		*proven = true;
		if (memcmp(fact->sha256, sha256, TG_SHA256_SIZE) != 0)
			return tg_fail(err, TG_EUNTRUSTED,
				"%s %llu in the archive is not the one that the station had: it has %.16s…, the log says %.16s…",
				policy ? "policy" : "catalogue", (unsigned long long)version, tg_hex_encode(own, sha256, TG_SHA256_SIZE),
				tg_hex_encode(log, fact->sha256, TG_SHA256_SIZE));
	}
	return TG_OK;
}

/* ---- opening ---- */

static int open_image(tg_replay_source *s, size_t n, tg_error *err)
{
	tg_catalogue_info info;
	char path[4096];
	int rc = tg_dir_make(s->archive->site->work, 0755, err);

	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/replay-%ld.tgc", s->archive->site->work, (long)getpid());
	if (rc == TG_OK)
		rc = tg_archive_image_file(path, s->archive, n, err);
	if (rc != TG_OK)
		return rc;
	rc = tg_catalogue_open(&s->cat, path, NULL, err); /* hashed whole just now */
	(void)unlink(path);
	if (rc != TG_OK)
		return rc;
	tg_catalogue_get_info(&info, s->cat);
	if (info.version == (uint64_t)s->archive->index.entries[n].line.catalogue_version)
		return TG_OK;
	tg_catalogue_close(s->cat);
	s->cat = NULL;
	return tg_fail(err, TG_EFORMAT, "the image of catalogue %lld says that it is %llu",
		(long long)s->archive->index.entries[n].line.catalogue_version, (unsigned long long)info.version);
}

static int bring_catalogue(tg_replay_source *s, uint64_t version, bool *proven, tg_error *err)
{
	long n = tg_archive_index_of_catalogue(&s->archive->index, (int64_t)version);
	int rc;

	if (n < 0)
		return tg_fail(err, TG_ENOTFOUND, "the archive holds no catalogue %llu", (unsigned long long)version);
	rc = compare(proven, s, false, version, s->archive->index.entries[n].line.image_sha256, err);
	if (rc != TG_OK || s->catalogue_version == version)
		return rc;
	tg_catalogue_close(s->cat);
	s->cat = NULL;
	s->catalogue_version = 0;
	rc = open_image(s, (size_t)n, err);
	if (rc == TG_OK)
		s->catalogue_version = version;
	return rc;
}

static int bring_policy(tg_replay_source *s, uint64_t version, bool *proven, tg_error *err)
{
	long n = tg_archive_index_of_policy(&s->archive->index, (int64_t)version);
	tg_buf text;
	int rc;

	if (n < 0)
		return tg_fail(err, TG_ENOTFOUND, "the archive holds no policy %llu", (unsigned long long)version);
	rc = compare(proven, s, true, version, s->archive->index.entries[n].line.policy_sha256, err);
	if (rc != TG_OK || s->policy_version == version)
		return rc;
	s->policy_version = 0;
	tg_buf_init(&text, TG_POLICY_MAX_BYTES);
	rc = tg_archive_policy(&text, s->archive, (size_t)n, err);
	if (rc == TG_OK)
		rc = tg_policy_parse(&s->policy, tg_buf_view(&text), err);
	if (rc == TG_OK && s->policy.version != version)
		rc = tg_fail(err, TG_EFORMAT, "the text of policy %llu says that it is %llu", (unsigned long long)version,
			(unsigned long long)s->policy.version);
	if (rc == TG_OK)
		s->policy_version = version;
	tg_buf_fini(&text);
	return rc;
}

/* A version that cannot be had is asked for by each of a day's entries: the answer is remembered. */
static int bring(tg_replay_source *s, bool policy, uint64_t version, bool *proven, tg_error *err)
{
	uint64_t *lacking = policy ? &s->lacking_policy : &s->lacking_catalogue;
	tg_error *why = policy ? &s->why_policy : &s->why_catalogue;
	int rc;

	*proven = true;
	if (version == 0)
		return TG_OK;
	if (*lacking == version) {
		if (err != NULL)
			*err = *why;
		return why->code;
	}
	*why = (tg_error){ 0 };
	rc = policy ? bring_policy(s, version, proven, why) : bring_catalogue(s, version, proven, why);
	if (rc == TG_OK)
		return rc;
	*lacking = version;
	why->code = rc;
	if (err != NULL)
		*err = *why;
	return rc;
}

int tg_replay_source_open(
	tg_replay_source *s, bool *proven, uint64_t catalogue_version, uint64_t policy_version, tg_error *err)
{
	bool policy_proven = false;
	int rc = bring(s, false, catalogue_version, proven, err);

	if (rc == TG_OK)
		rc = bring(s, true, policy_version, &policy_proven, err);
	*proven = *proven && policy_proven;
	return rc;
}

void tg_replay_source_close(tg_replay_source *s)
{
	tg_catalogue_close(s->cat);
	free(s->facts);
	*s = (tg_replay_source){ 0 };
}
