/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_replay.c - tillgate-hq replay: what did the gate say then, and does it say the same again?
 */
#include "plugin/station/answer.h"
#include "plugin/station/explain_text.h"
#include "plugin/station/replay_override.h"
#include "store/base/file.h"
#include "sync/hq/cli.h"
#include "sync/hq/log_file.h"
#include "sync/hq/replay_checks.h"
#include "sync/hq/replay_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SHOWN_MAX 100       /* findings that --all names one by one */
#define PROGRESS_EVERY 1000 /* entries: some hundredths of a second */
#define KEY_MAX 65536       /* bytes of a key file or a station's file; both have under 1,000 */

enum { OPT_SEQ = 3000, OPT_AT, OPT_ALL, OPT_FROM, OPT_TO_SEQ, OPT_KEY, OPT_LABEL, OPT_OP, OPT_TO, OPT_SUPPLY, OPT_UNIT, OPT_OLD,
	OPT_BATCH, OPT_AIM, OPT_AGE, OPT_ROWS };

typedef struct asked {
	tg_cli cli;
	const char *log, *key, *at, *label, *batch, *aim;
	int64_t seq, from, to, age_s;
	bool has_seq, all, old, rows;
	int operation, destination, supply, unit;
} asked;

/* One run over a log. */
typedef struct run {
	const asked *ask;
	const tg_site *site;
	tg_archive archive;
	tg_replay_source source;
	tg_log_head_line head; /* as of the first reading; its note is not kept */
	tg_log_proof proof;
	tg_note_key *key;
	tg_log_standing standing;
	tg_replay_checks overridden;
	bool once_more; /* the present entry grants what another one before it granted */
	size_t read, checks, overrides, others, same, differ, cannot, other_rules, other_software, unproven;
	char software[32]; /* of the station, as its log said last; "": not yet */
	tg_json *findings;
	tg_json *one; /* --seq: the answer */
	bool found;
} run;

static bool shows_progress(const asked *ask)
{
	return !ask->cli.json && isatty(STDERR_FILENO);
}

/* ---- the station's key ---- */

/* "owner/GLN/STATION/epoch" */
static bool station_of(char out[TG_ENROL_STATION_MAX + 1], const char *origin)
{
	const char *start = origin, *end;

	for (int i = 0; i < 2 && start != NULL; i++)
		start = (start = strchr(start, '/')) != NULL ? start + 1 : NULL;
	end = start != NULL ? strchr(start, '/') : NULL;
	if (end == NULL || (size_t)(end - start) > TG_ENROL_STATION_MAX)
		return false;
	memcpy(out, start, (size_t)(end - start));
	out[end - start] = '\0';
	return tg_enrol_station_valid(out);
}

static int key_from_pem(tg_note_key **out, const char *origin, const char *pem, tg_error *err)
{
	tg_pubkey *key = NULL;
	int rc = tg_pubkey_from_pem(&key, tg_view_str(pem), err);

	if (rc == TG_OK)
		rc = tg_note_key_from_ecdsa(out, origin, key, err);
	tg_pubkey_free(key);
	return rc;
}

/* What was said on the command line, a PEM or a vkey; else who is enrolled under the log's name. Neither: nothing is known. */
static int find_key(tg_note_key **out, const asked *ask, const tg_site *site, const char *origin, tg_error *err)
{
	char station[TG_ENROL_STATION_MAX + 1], path[4096];
	const char *pem = NULL;
	tg_json *json = NULL;
	tg_buf text;
	int rc = TG_OK;

	tg_buf_init(&text, KEY_MAX);
	if (ask->key != NULL) {
		rc = tg_file_read(&text, ask->key, KEY_MAX, err);
		if (rc == TG_OK && strncmp(tg_buf_text(&text), "-----BEGIN", 10) == 0) {
			rc = key_from_pem(out, origin, tg_buf_text(&text), err);
		} else if (rc == TG_OK) {
			text.data[strcspn(tg_buf_text(&text), "\n")] = '\0';
			rc = tg_note_key_from_vkey(out, tg_buf_text(&text), err);
		}
	} else if (station_of(station, origin) && tg_path(path, NULL, "%s/%s.json", site->stations, station) == TG_OK &&
		   tg_file_read(&text, path, KEY_MAX, NULL) == TG_OK) {
		rc = tg_json_parse(&json, tg_buf_view(&text), err);
		if (rc == TG_OK)
			rc = tg_json_need_str(&pem, json, "evidence_key", TG_ENROL_PEM_MAX, err);
		if (rc == TG_OK)
			rc = key_from_pem(out, origin, pem, err);
		if (rc != TG_OK)
			tg_error_prefix(err, "%s", path);
	}
	tg_json_free(json);
	tg_buf_fini(&text);
	return rc;
}

/* ---- the first reading: is the log what was signed, and what had it in force? ---- */

static int first_head(void *ctx, const tg_log_head_line *head, tg_error *err)
{
	run *r = ctx;

	r->head = *head;
	r->head.note = NULL; /* goes with the reading */
	tg_log_proof_begin(&r->proof, head);
	return find_key(&r->key, r->ask, r->site, head->origin, err);
}

static void tell(const run *r, const char *what, uint64_t done, uint64_t total)
{
	if (shows_progress(r->ask) && (done % PROGRESS_EVERY == 0 || done == total))
		(void)fprintf(stderr, "\r%s: %llu of %llu%s", what, (unsigned long long)done, (unsigned long long)total,
			done == total ? "\n" : "");
}

static int first_entry(void *ctx, const tg_log_line *line, tg_error *err)
{
	run *r = ctx;

	int rc = tg_replay_checks_want(&r->overridden, line->entry, err);

	tg_log_proof_add(&r->proof, line);
	tell(r, "reading the log", ++r->read, r->head.to - r->head.from);
	return rc == TG_OK ? tg_replay_source_learn(&r->source, line->entry, err) : rc;
}

/* Whole, before anything is replayed: what a log had in force may be said after the entry that is asked for. */
static int prove(run *r, tg_error *err)
{
	tg_log_reader reader = { first_head, first_entry, r };

	return tg_log_file_read(r->ask->log, &reader, err);
}

/* ---- one entry ---- */

static const char *const taken_words[] = {
	"the label's bytes are not kept: what it was is the log's word",
	"that no image could be trusted then is the log's word",
	"that the clock contradicted signed time then is the log's word",
	"the entry does not say its date: that of its time was taken",
	"which batches came to the site is the log's word",
};

static tg_json *differences_json(const tg_replayed *d)
{
	tg_json *list = tg_json_new_array();

	for (size_t i = 0; i < d->count; i++) {
		tg_json *one = tg_json_new_object();

		tg_json_set_str(one, "member", d->differences[i].member);
		tg_json_set_str(one, "log", d->differences[i].logged);
		tg_json_set_str(one, "now", d->differences[i].now);
		tg_json_add(list, one);
	}
	return list;
}

static tg_json *result_json(const char *result, const char *words)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "result", result);
	if (words != NULL)
		tg_json_set_str(json, "why", words);
	return json;
}

static void add_facts(tg_json *json, const tg_replay_case *c, const tg_replayed *d, bool proven)
{
	tg_json *taken = tg_json_new_array();
	char at[TG_UTC_TEXT_SIZE];

	for (size_t i = 0; i < TG_COUNT(taken_words); i++)
		if ((d->takes >> i & 1) != 0)
			tg_json_add_str(taken, taken_words[i]);
	tg_json_set_str(json, "at", tg_utc_format(at, c->at_us));
	tg_json_set_int(json, "rules_then", c->rules);
	tg_json_set_int(json, "rules_now", TG_RULESET_VERSION);
	tg_json_set_bool(json, "hashes_in_log", proven);
	tg_json_set(json, "taken", taken);
}

/* One entry decided again. */
typedef struct decision {
	tg_replayed replayed;
	tg_json *explanation; /* wanted where `explain` is set; the caller's */
	tg_replay_case now;   /* by what it was decided */
	bool explain, proven;
	bool other;           /* neither a check nor an override that came to a decision: nothing to replay */
	bool override;
} decision;

static int open_source(decision *d, run *r, tg_error *why)
{
	return tg_replay_source_open(&r->source, &d->proven, d->now.catalogue_version, d->now.policy_version, why);
}

static int replay_check(decision *d, run *r, const tg_json *entry, tg_error *why)
{
	int rc = tg_replay_read(&d->now, entry, why);

	d->other = rc == TG_ENOTFOUND;
	if (rc == TG_OK)
		rc = open_source(d, r, why);
	if (rc == TG_OK)
		tg_replay(&d->replayed, d->explain ? &d->explanation : NULL, &d->now, d->now.catalogue_version > 0 ? r->source.cat : NULL,
			d->now.policy_version > 0 ? &r->source.policy : NULL, entry);
	return rc;
}

static void note_second_override(tg_replayed *d)
{
	tg_replay_difference *one = &d->differences[d->count];

	if (d->count == TG_REPLAY_DIFFERENCES_MAX)
		return;
	d->count++;
	*one = (tg_replay_difference){ .member = "check", .logged = "overridden once more", .now = "a check is overridden once" };
}

static int replay_override(decision *d, run *r, uint64_t check_seq, const tg_json *entry, tg_error *why)
{
	const tg_json *check = tg_replay_checks_find(&r->overridden, check_seq);
	tg_replay_override_case c;
	int rc = tg_replay_override_read(&c, entry, check, why);

	d->other = rc == TG_ENOTFOUND;
	if (check == NULL && !d->other)
		return tg_fail(why, TG_ENOTFOUND, "the entry of its check, %llu, is not in this log: export it from there on",
			(unsigned long long)check_seq);
	d->now = c.now;
	if (rc == TG_OK)
		rc = open_source(d, r, why);
	if (rc == TG_OK)
		tg_replay_override(&d->replayed, d->explain ? &d->explanation : NULL, &c, d->now.catalogue_version > 0 ? r->source.cat : NULL,
			d->now.policy_version > 0 ? &r->source.policy : NULL, entry);
	if (rc == TG_OK && r->once_more)
		note_second_override(&d->replayed);
	return rc;
}

/* Replay it; the words of `why` when it cannot be. */
static int replay(decision *d, run *r, const tg_json *entry, tg_error *why)
{
	uint64_t check_seq;
	int rc = tg_replay_override_check(&check_seq, entry, why);

	if (rc == TG_ENOTFOUND) {
		*why = (tg_error){ 0 };
		return replay_check(d, r, entry, why);
	}
	d->override = true;
	return rc == TG_OK ? replay_override(d, r, check_seq, entry, why) : rc;
}

/* A start of the daemon says its version. Commands beside it come from the same package. */
static void learn_software(run *r, const tg_json *entry)
{
	const char *software = tg_json_str(tg_json_get(entry, "software"));

	if (software != NULL)
		(void)snprintf(r->software, sizeof(r->software), "%.31s", software);
}

/* Of every entry, replayed or not: a check is overridden once in the whole log. */
static void learn_override(run *r, const tg_json *entry)
{
	const char *state = tg_json_str(tg_json_get(entry, "state"));
	uint64_t check;

	r->once_more = tg_replay_override_check(&check, entry, NULL) == TG_OK && state != NULL && strcmp(state, "granted") == 0 &&
		       !tg_replay_checks_grant(&r->overridden, check);
}

static bool is_other_software(const run *r)
{
	return r->software[0] != '\0' && strcmp(r->software, TILLGATE_VERSION) != 0;
}

static void find(run *r, uint64_t seq, tg_json *finding)
{
	tg_json_set_int(finding, "seq", (int64_t)seq);
	if (tg_json_size(r->findings) < SHOWN_MAX)
		tg_json_add(r->findings, finding);
	else
		tg_json_free(finding);
}

static void count(run *r, const tg_log_line *line)
{
	decision *d = calloc(1, sizeof(*d));
	tg_error why = { 0 };
	int rc = d != NULL ? replay(d, r, line->entry, &why) : tg_fail(&why, TG_ENOMEM, "out of memory");

	if (d != NULL && d->other) {
		r->others++;
		free(d);
		return;
	}
	if (d != NULL && d->override)
		r->overrides++;
	else
		r->checks++;
	if (rc != TG_OK) {
		r->cannot++;
		find(r, line->seq, result_json("cannot", why.msg));
	} else if (d->replayed.count > 0) {
		tg_json *finding = result_json("differs", NULL);

		r->differ++;
		tg_json_set(finding, "differences", differences_json(&d->replayed));
		find(r, line->seq, finding);
	} else {
		r->same++;
	}
	if (rc == TG_OK && d->now.rules != TG_RULESET_VERSION)
		r->other_rules++;
	if (rc == TG_OK && is_other_software(r))
		r->other_software++;
	if (rc == TG_OK && !d->proven)
		r->unproven++;
	free(d);
}

/* All of --seq: verdict, words, why, and whether it is what the log says. */
static void answer(run *r, const tg_log_line *line)
{
	decision *d = calloc(1, sizeof(*d));
	tg_error why = { 0 };
	int rc;

	if (d != NULL)
		d->explain = true;
	rc = d != NULL ? replay(d, r, line->entry, &why) : tg_fail(&why, TG_ENOMEM, "out of memory");
	r->found = true;
	if (rc != TG_OK) {
		r->cannot++;
		r->one = result_json("cannot", why.msg);
	} else {
		if (d->replayed.count > 0)
			r->differ++;
		else
			r->same++;
		r->one = result_json(d->replayed.count > 0 ? "differs" : "same", NULL);
		add_facts(r->one, &d->now, &d->replayed, d->proven);
		if (r->software[0] != '\0')
			tg_json_set_str(r->one, "software_then", r->software);
		tg_json_set_str(r->one, "software_now", TILLGATE_VERSION);
		tg_json_set(r->one, "differences", differences_json(&d->replayed));
		tg_json_set(r->one, "explanation", d->explanation);
	}
	tg_json_set_int(r->one, "seq", (int64_t)line->seq);
	tg_json_set(r->one, "entry", tg_json_copy(line->entry));
	free(d);
}

static int second_head(void *ctx, const tg_log_head_line *head, tg_error *err)
{
	run *r = ctx;

	(void)err;
	/* the first reading's head is gone with its note: the proof is ended with this one, which is the same file's */
	r->proof.head = head;
	r->standing = tg_log_proof_end(&r->proof, r->key);
	r->read = 0;
	return TG_OK;
}

static int second_entry(void *ctx, const tg_log_line *line, tg_error *err)
{
	run *r = ctx;
	const asked *ask = r->ask;

	int rc = tg_replay_checks_keep(&r->overridden, line->seq, line->entry, err);

	if (rc != TG_OK)
		return rc;
	r->read++;
	learn_software(r, line->entry);
	learn_override(r, line->entry);
	if (!ask->all && line->seq == (uint64_t)ask->seq)
		answer(r, line);
	else if (ask->all && line->seq >= (uint64_t)ask->from && (ask->to < 0 || line->seq <= (uint64_t)ask->to))
		count(r, line);
	if (ask->all)
		tell(r, "replaying", r->read, r->head.to - r->head.from);
	return TG_OK;
}

/* ---- saying it ---- */

static const char *const standing_words[] = { "unproven", "proven", "bad" };

static tg_json *log_json(const run *r)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "origin", r->head.origin);
	tg_json_set_int(json, "from", (int64_t)r->head.from);
	tg_json_set_int(json, "to", (int64_t)r->head.to);
	tg_json_set_str(json, "standing", standing_words[r->standing]);
	if (r->proof.words[0] != '\0')
		tg_json_set_str(json, "words", r->proof.words);
	if (r->standing == TG_LOG_BAD && r->proof.bad_seq_known)
		tg_json_set_int(json, "bad_seq", (int64_t)r->proof.bad_seq);
	return json;
}

static void print_log(const run *r)
{
	(void)printf("%s, entries %llu to %lld: ", r->head.origin, (unsigned long long)r->head.from, (long long)r->head.to - 1);
	switch (r->standing) {
	case TG_LOG_PROVEN:
		(void)printf("proven: these are the entries, all of them and in this order, that the station signed\n");
		break;
	case TG_LOG_UNPROVEN:
		(void)printf("not proven: %s\n", r->proof.words);
		break;
	case TG_LOG_BAD:
	default:
		(void)printf("changed: %s\n", r->proof.words);
		break;
	}
}

static void print_differences(const char *before, const tg_json *list)
{
	for (const tg_json *d = tg_json_first(list); d != NULL; d = tg_json_next(d)) {
		const char *logged = tg_json_str(tg_json_get(d, "log")), *now = tg_json_str(tg_json_get(d, "now"));

		(void)printf("%s%s: the log says %s, the gate says %s\n", before, tg_json_str(tg_json_get(d, "member")),
			logged[0] != '\0' ? logged : "nothing", now[0] != '\0' ? now : "nothing");
	}
}

static void print_override(const tg_json *entry)
{
	const char *kind = tg_json_str(tg_json_get(entry, "kind")), *authority = tg_json_str(tg_json_get(entry, "authority")),
		   *reason = tg_json_str(tg_json_get(entry, "reason")), *why = tg_json_str(tg_json_get(entry, "why"));

	if (kind == NULL || strcmp(kind, "override") != 0)
		return;
	(void)printf("\nOverride of entry %lld\n  ", (long long)tg_json_int(tg_json_get(entry, "check")));
	if (authority != NULL)
		(void)printf("granted by authority %s, for reason %s\n", authority, reason != NULL ? reason : "none");
	else
		(void)printf("refused: %s\n", why != NULL ? why : "it does not say why");
}

static void print_one(const run *r)
{
	const char *result = tg_json_str(tg_json_get(r->one, "result"));
	char at[TG_UTC_TEXT_SIZE];

	(void)printf("entry %lld, %s\n\n", (long long)tg_json_int(tg_json_get(r->one, "seq")),
		tg_utc_format(at, tg_json_int(tg_json_get(tg_json_get(r->one, "entry"), "at_us"))));
	if (strcmp(result, "cannot") == 0) {
		(void)printf("cannot be replayed: %s\n", tg_json_str(tg_json_get(r->one, "why")));
		return;
	}
	tg_explain_print(tg_json_get(r->one, "explanation"), r->ask->rows);
	print_override(tg_json_get(r->one, "entry"));
	(void)printf("\nReplay\n  %s\n", strcmp(result, "same") == 0 ? "the same as the log says" : "differs from what the log says:");
	print_differences("    ", tg_json_get(r->one, "differences"));
	if (tg_json_int(tg_json_get(r->one, "rules_then")) != TG_RULESET_VERSION)
		(void)printf("  decided then by rule table %lld; this program has %d\n", (long long)tg_json_int(tg_json_get(r->one, "rules_then")),
			TG_RULESET_VERSION);
	if (tg_json_get(r->one, "software_then") != NULL && strcmp(tg_json_str(tg_json_get(r->one, "software_then")), TILLGATE_VERSION) != 0)
		(void)printf("  decided then by tillgate %s; this is %s\n", tg_json_str(tg_json_get(r->one, "software_then")), TILLGATE_VERSION);
	if (!tg_json_bool(tg_json_get(r->one, "hashes_in_log")))
		(void)printf("  the log's range does not name the hashes of this catalogue and policy: their numbers were gone by\n");
	for (const tg_json *one = tg_json_first(tg_json_get(r->one, "taken")); one != NULL; one = tg_json_next(one))
		(void)printf("  %s\n", tg_json_str(one));
}

static void print_all(const run *r)
{
	for (const tg_json *one = tg_json_first(r->findings); one != NULL; one = tg_json_next(one)) {
		const char *why = tg_json_str(tg_json_get(one, "why"));

		(void)printf("entry %lld %s%s\n", (long long)tg_json_int(tg_json_get(one, "seq")),
			why != NULL ? "cannot be replayed: " : "differs:", why != NULL ? why : "");
		print_differences("  ", tg_json_get(one, "differences"));
	}
	if (r->differ + r->cannot > tg_json_size(r->findings))
		(void)printf("… and %zu more\n", r->differ + r->cannot - tg_json_size(r->findings));
	(void)printf("%zu checks and %zu overrides replayed: %zu the same, %zu differ, %zu cannot be replayed; %zu other entries\n", r->checks,
		r->overrides, r->same, r->differ, r->cannot, r->others);
	if (r->other_rules > 0)
		(void)printf("%zu were decided by another rule table than this program's (%d)\n", r->other_rules, TG_RULESET_VERSION);
	if (r->other_software > 0)
		(void)printf("%zu were decided by another version of tillgate than this one (%s)\n", r->other_software, TILLGATE_VERSION);
	if (r->unproven > 0)
		(void)printf("of %zu the log's range does not name the hashes of catalogue and policy: their numbers were gone by\n", r->unproven);
}

static tg_json *all_json(run *r)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_int(json, "checks", (int64_t)r->checks);
	tg_json_set_int(json, "overrides", (int64_t)r->overrides);
	tg_json_set_int(json, "same", (int64_t)r->same);
	tg_json_set_int(json, "differ", (int64_t)r->differ);
	tg_json_set_int(json, "cannot", (int64_t)r->cannot);
	tg_json_set_int(json, "others", (int64_t)r->others);
	tg_json_set_int(json, "rules_now", TG_RULESET_VERSION);
	tg_json_set_int(json, "other_rules", (int64_t)r->other_rules);
	tg_json_set_int(json, "other_software", (int64_t)r->other_software);
	tg_json_set_str(json, "software_now", TILLGATE_VERSION);
	tg_json_set_int(json, "hashes_not_in_log", (int64_t)r->unproven);
	tg_json_set(json, "findings", r->findings);
	r->findings = NULL;
	return json;
}

/* A log that was changed, or a gate that says something else now, is 1; what could not be asked again is 3. */
static int code_of(const run *r)
{
	if (r->standing == TG_LOG_BAD || r->differ > 0)
		return TG_EXIT_REFUSED;
	return r->cannot > 0 ? TG_EXIT_FAILED : TG_EXIT_OK;
}

static int say(run *r)
{
	if (r->ask->cli.json) {
		tg_json *json = r->ask->all ? all_json(r) : r->one;

		r->one = NULL;
		tg_json_set(json, "log", log_json(r));
		return tg_cli_print(json, code_of(r));
	}
	print_log(r);
	if (r->ask->all)
		print_all(r);
	else
		print_one(r);
	return code_of(r);
}

static int replay_log(const asked *ask, const tg_site *site, tg_error *err)
{
	run r = { .ask = ask, .site = site, .findings = tg_json_new_array() };
	tg_log_reader reader = { second_head, second_entry, &r };
	int code, rc = tg_archive_open(&r.archive, site, err);

	r.source.archive = &r.archive;
	if (rc == TG_OK)
		rc = prove(&r, err);
	tg_replay_checks_ready(&r.overridden);
	if (rc == TG_OK)
		rc = tg_log_file_read(ask->log, &reader, err);
	if (rc == TG_OK && !ask->all && !r.found)
		rc = tg_fail(err, TG_ENOTFOUND, "%s holds no entry %lld; it has %llu to %lld", ask->log, (long long)ask->seq,
			(unsigned long long)r.head.from, (long long)r.head.to - 1);
	code = rc == TG_OK ? say(&r) : tg_cli_fail(err);
	tg_note_key_free(r.key);
	tg_json_free(r.findings);
	tg_json_free(r.one);
	tg_replay_checks_fini(&r.overridden);
	tg_replay_source_close(&r.source);
	tg_archive_close(&r.archive);
	return code;
}

/* ---- a case that nobody logged ---- */

static int make_request(tg_check_request *out, const asked *ask, tg_error *err)
{
	tg_json *json = tg_json_new_object();
	int rc;

	tg_json_set_str(json, "label", ask->label);
	tg_json_set_str(json, "operation", tg_operation_words[ask->operation]);
	tg_json_set_str(json, "destination", tg_destination_words[ask->destination]);
	tg_json_set_str(json, "supply", tg_supply_words[ask->supply]);
	tg_json_set_str(json, "unit", tg_unit_words[ask->unit]);
	tg_json_set_bool(json, "bought_before_duty", ask->old);
	if (ask->batch != NULL)
		tg_json_set_str(json, "batch", ask->batch);
	if (ask->aim != NULL)
		tg_json_set_str(json, "aim", ask->aim);
	rc = tg_check_request_from_json(out, json, err);
	tg_json_free(json);
	return rc;
}

static int say_at(const asked *ask, const tg_archive_line *line, tg_json *explanation)
{
	char at[TG_UTC_TEXT_SIZE];

	if (ask->cli.json) {
		tg_json *json = tg_json_new_object();

		tg_json_set_str(json, "result", "decided");
		tg_json_set_str(json, "published_at", tg_utc_format(at, line->at_us));
		tg_json_set_int(json, "catalogue_version", line->catalogue_version);
		tg_json_set_int(json, "policy_version", line->policy_version);
		tg_json_set_int(json, "rules_now", TG_RULESET_VERSION);
		tg_json_set(json, "explanation", explanation);
		return tg_cli_print(json, TG_EXIT_OK);
	}
	(void)printf("as published at %s: catalogue %lld, policy %lld; a catalogue of %lld seconds\n\n", tg_utc_format(at, line->at_us),
		(long long)line->catalogue_version, (long long)line->policy_version, (long long)ask->age_s);
	tg_explain_print(explanation, ask->rows);
	(void)printf("\nReplay\n  rule table %d; of the site's batches nothing is known\n", TG_RULESET_VERSION);
	tg_json_free(explanation);
	return TG_EXIT_OK;
}

static int replay_at(const asked *ask, const tg_site *site, tg_error *err)
{
	tg_replayed *d = malloc(sizeof(*d));
	tg_check_request *request = malloc(sizeof(*request));
	tg_json *explanation = NULL;
	tg_archive archive = { 0 };
	tg_replay_source source = { .archive = &archive };
	tg_replay_case c;
	int64_t at_us = 0;
	bool proven;
	long n = -1;
	int code, rc = d != NULL && request != NULL ? tg_utc_parse(&at_us, ask->at, err) : tg_fail(err, TG_ENOMEM, "out of memory");

	if (rc == TG_EFORMAT)
		rc = tg_fail(err, TG_EINVAL, "--at: \"%s\" is no time such as 2026-11-23T09:00:00Z", ask->at);
	if (rc == TG_OK && make_request(request, ask, err) != TG_OK)
		rc = err->code = TG_EINVAL;
	if (rc == TG_OK)
		rc = tg_archive_open(&archive, site, err);
	if (rc == TG_OK && (n = tg_archive_index_at(&archive.index, at_us)) < 0)
		rc = tg_fail(err, TG_ENOTFOUND, "the archive holds nothing that was published before %s", ask->at);
	if (rc == TG_OK) {
		const tg_archive_line *line = &archive.index.entries[n].line;

		tg_replay_at(&c, request, at_us, ask->age_s);
		c.catalogue_version = (uint64_t)line->catalogue_version;
		c.policy_version = (uint64_t)line->policy_version;
		rc = tg_replay_source_open(&source, &proven, c.catalogue_version, c.policy_version, err);
		if (rc == TG_OK)
			tg_replay(d, &explanation, &c, source.cat, &source.policy, NULL);
	}
	code = rc == TG_OK ? say_at(ask, &archive.index.entries[n].line, explanation) : tg_cli_fail(err);
	tg_replay_source_close(&source);
	tg_archive_close(&archive);
	free(request);
	free(d);
	return code;
}

/* ---- the command ---- */

static int word(int *out, const char *text, const char *const *words, const char *option, tg_error *err)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(text, words[i]) == 0) {
			*out = i;
			return TG_OK;
		}
	return tg_fail(err, TG_EINVAL, "%s: there is no \"%s\"", option, text);
}

static int take_occasion(asked *ask, int c, tg_error *err)
{
	switch (c) {
	case OPT_LABEL:
		ask->label = optarg;
		return TG_OK;
	case OPT_OP:
		return word(&ask->operation, optarg, tg_operation_words, "--op", err);
	case OPT_TO:
		return word(&ask->destination, optarg, tg_destination_words, "--to", err);
	case OPT_SUPPLY:
		return word(&ask->supply, optarg, tg_supply_words, "--supply", err);
	case OPT_UNIT:
		return word(&ask->unit, optarg, tg_unit_words, "--unit", err);
	case OPT_OLD:
		ask->old = true;
		return TG_OK;
	case OPT_BATCH:
		ask->batch = optarg;
		return TG_OK;
	case OPT_AIM:
		ask->aim = optarg;
		return TG_OK;
	case OPT_AGE:
		return tg_cli_number(&ask->age_s, optarg, 0, INT64_C(3650) * 86400, "--age", err);
	default:
		return TG_ENOTFOUND;
	}
}

static int take(asked *ask, int c, tg_error *err)
{
	switch (c) {
	case OPT_SEQ:
		ask->has_seq = true;
		return tg_cli_number(&ask->seq, optarg, 0, TG_JSON_MAX_INT, "--seq", err);
	case OPT_FROM:
		return tg_cli_number(&ask->from, optarg, 0, TG_JSON_MAX_INT, "--from", err);
	case OPT_TO_SEQ:
		return tg_cli_number(&ask->to, optarg, 0, TG_JSON_MAX_INT, "--until", err);
	case OPT_ALL:
		ask->all = true;
		return TG_OK;
	case OPT_AT:
		ask->at = optarg;
		return TG_OK;
	case OPT_KEY:
		ask->key = optarg;
		return TG_OK;
	case OPT_ROWS:
		ask->rows = true;
		return TG_OK;
	default:
		return take_occasion(ask, c, err);
	}
}

static const char *missing(const asked *ask)
{
	bool is_case = ask->label != NULL || ask->operation >= 0;

	if ((ask->log != NULL) == (ask->at != NULL))
		return "say either a LOG, with --seq or --all, or --at";
	if (ask->log != NULL && ask->has_seq == ask->all)
		return "say --seq N or --all";
	if (ask->log != NULL && is_case)
		return "--label and --op are for --at: a log says them itself";
	if (ask->at != NULL && (ask->has_seq || ask->all || ask->key != NULL))
		return "--seq, --all and --key are for a LOG";
	if (ask->at != NULL && (ask->label == NULL || ask->operation < 0))
		return "--at needs --label and --op";
	return NULL;
}

static int run_replay(int argc, char **argv)
{
	static const struct option options[] = { { "seq", required_argument, NULL, OPT_SEQ }, { "all", no_argument, NULL, OPT_ALL },
		{ "from", required_argument, NULL, OPT_FROM }, { "until", required_argument, NULL, OPT_TO_SEQ },
		{ "key", required_argument, NULL, OPT_KEY }, { "at", required_argument, NULL, OPT_AT },
		{ "label", required_argument, NULL, OPT_LABEL }, { "op", required_argument, NULL, OPT_OP },
		{ "to", required_argument, NULL, OPT_TO }, { "supply", required_argument, NULL, OPT_SUPPLY },
		{ "unit", required_argument, NULL, OPT_UNIT }, { "bought-before-duty", no_argument, NULL, OPT_OLD },
		{ "batch", required_argument, NULL, OPT_BATCH }, { "aim", required_argument, NULL, OPT_AIM },
		{ "age", required_argument, NULL, OPT_AGE }, { "rows", no_argument, NULL, OPT_ROWS }, TG_CLI_OPTIONS };
	asked ask = { .operation = -1, .to = -1 };
	tg_error err = { 0 };
	const char *words;
	tg_site site;
	int c, rc;

	tg_cli_init(&ask.cli);
	while ((c = getopt_long(argc, argv, "d:h", options, NULL)) != -1) {
		rc = take(&ask, c, &err);
		if (rc == TG_EINVAL)
			return tg_cli_fail(&err);
		if (rc == TG_ENOTFOUND && !tg_cli_take(&ask.cli, c))
			return tg_cli_usage(&tg_command_replay, c);
	}
	if (optind + 1 < argc)
		return tg_cli_usage(&tg_command_replay, '?');
	ask.log = optind < argc ? argv[optind] : NULL;
	words = missing(&ask);
	if (words != NULL) {
		(void)fprintf(stderr, "tillgate-hq: %s\n", words);
		return tg_cli_usage(&tg_command_replay, '?');
	}
	rc = tg_site_open(&site, ask.cli.dir, &err);
	if (rc != TG_OK)
		return tg_cli_fail(&err);
	return ask.log != NULL ? replay_log(&ask, &site, &err) : replay_at(&ask, &site, &err);
}

const tg_command tg_command_replay = { "replay", run_replay,
	"replay LOG --seq N|--all [--from N] [--until N] [--key FILE] [--rows] [--json] [-d DIR], "
	"replay --at TIME --label LABEL --op OPERATION …",
	"Asks the gate again what it said then, with the catalogue and the policy of that time from the archive.\n"
	"LOG is what `tillgate evidence export` writes. It is proven first: by the hashes of its entries, its signed checkpoint and the\n"
	"station's key. Exits with 0 if the gate says the same, 1 if it says something else or the log was changed, 3 if an entry cannot\n"
	"be replayed.\n\n"
	"  --seq N              this entry, with all its reasons\n"
	"  --all                every check and every override of the log; --from N, --until N: of these entries only\n"
	"  --key FILE           the station's key, PEM or vkey (else that of the station enrolled under the log's name)\n"
	"  --at TIME            what would have been said at that time of a unit that nobody logged, by a station that had synced\n"
	"  --label LABEL --op OPERATION [--to DESTINATION] [--supply KIND] [--unit STATE] [--bought-before-duty] [--batch BATCH]\n"
	"  [--aim ID]           the occasion, as for tillgate check\n"
	"  --age SECONDS        how old the station's catalogue was (0)\n"
	"  --rows               also the rows that did not hit\n" };
