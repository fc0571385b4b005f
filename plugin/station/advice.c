/* SPDX-License-Identifier: Apache-2.0
 *
 * advice.c - sentences of status. See advice.h.
 */
#include "plugin/station/advice.h"

#include "store/base/utc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_MAX 512 /* bytes: words of a failure (240) and what to do */

TG_PRINTF(2, 3) static void say(tg_json *list, const char *fmt, ...)
{
	char words[SENTENCE_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	tg_json_add_str(list, words);
}

/* "3 days", "5 hours", "12 minutes": as a person would say it, rounded down. */
static const char *span(char out[32], int64_t us)
{
	int64_t s = us / TG_US_PER_SECOND;

	if (s >= 2 * 86400)
		(void)snprintf(out, 32, "%lld days", (long long)(s / 86400));
	else if (s >= 2 * 3600)
		(void)snprintf(out, 32, "%lld hours", (long long)(s / 3600));
	else if (s >= 120)
		(void)snprintf(out, 32, "%lld minutes", (long long)(s / 60));
	else
		(void)snprintf(out, 32, "%lld seconds", (long long)s);
	return out;
}

static void advise_clock(tg_json *list, const tg_advice_facts *f)
{
	char now[TG_UTC_TEXT_SIZE], signed_at[TG_UTC_TEXT_SIZE], by[32];
	bool behind = f->now_us < f->floor_us;

	if (f->worst != TG_CLOCK_FAULT)
		return;
	say(list,
		"this station's clock says %s, %s %s the newest time that head office signed (%s): set the "
		"clock%s",
		tg_utc_format(now, f->now_us),
		span(by, behind ? f->floor_us - f->now_us : f->now_us - f->floor_us),
		behind ? "before" : "after", tg_utc_format(signed_at, f->floor_us),
		behind ? "" : ", or, if it is right, sync");
}

static void advise_stage(tg_json *list, const tg_advice_facts *f)
{
	char age[32];

	if (f->chain == NULL || f->worst == TG_FRESH || f->worst == TG_CLOCK_FAULT)
		return;
	say(list,
		"the catalogue is %s: head office signed it %s ago; get sync to work, or, if it does, have "
		"head office sign again",
		tg_stage_words[f->worst], span(age, f->now_us - f->chain->issued_us));
}

/* Whose hand does it need? By the code, since the words are of the moment. */
static const char *remedy(const char *code)
{
	static const struct {
		int code;
		const char *words;
	} known[] = {
		{ TG_ENETWORK, "look at this station's line, the proxy, and head office's server" },
		{ TG_ENOTFOUND, "ask head office whether its repository is complete" },
		{ TG_EDENIED, "put the credential or certificate right that tillgate.conf names" },
		{ TG_EEXPIRED, "have head office sign again" },
		{ TG_ECLOCK, "set the clock that is wrong, here or at head office" },
		{ TG_EUNTRUSTED, "tell head office: what arrives here is not what it signed" },
		{ TG_EROLLBACK, "tell head office: what arrives here is older than what it published" },
		{ TG_EHASH, "tell head office: what arrives here is not what it signed" },
		{ TG_ELENGTH, "tell head office: what arrives here is not what it signed" },
		{ TG_EFORMAT,
			"tell head office: what arrives here is malformed; look also at a proxy on the way" },
		{ TG_EIO, "look at this station's disk" },
		{ TG_ELIMIT, "look at this station's disk, and at the size of the catalogue" },
	};

	for (size_t i = 0; i < TG_COUNT(known); i++)
		if (strcmp(code, tg_strerror(known[i].code)) == 0)
			return known[i].words;
	return "see the words";
}

static void advise_sync(tg_json *list, const tg_advice_facts *f)
{
	const tg_sync_state *s = f->sync;
	char late[32];

	if (s == NULL) {
		if (f->chain == NULL)
			say(list, "sync never ran: tillgate sync, and systemctl enable --now "
				  "tillgate-sync.timer");
		return;
	}
	if (s->failures > 0)
		say(list, "sync failed %lld %s since the last success: %s (%s): %s", (long long)s->failures,
			s->failures == 1 ? "time" : "times", s->words, s->code, remedy(s->code));
	if (s->next_us != 0 && f->worst != TG_CLOCK_FAULT &&
		f->now_us - s->next_us > TG_ADVICE_SYNC_LATE_S * TG_US_PER_SECOND)
		say(list, "sync was due %s ago and did not run: is tillgate-sync.timer enabled?",
			span(late, f->now_us - s->next_us));
}

static void advise_expiry(tg_json *list, const tg_advice_facts *f, const char *what, int64_t expires_us,
	int64_t before_us, const char *remedy_words)
{
	char at[TG_UTC_TEXT_SIZE], left[32];

	if (expires_us - f->now_us > before_us)
		return;
	tg_utc_format(at, expires_us);
	if (expires_us > f->now_us)
		say(list, "%s ends in %s (%s): %s", what, span(left, expires_us - f->now_us), at,
			remedy_words);
	else
		say(list, "%s ended %s ago (%s): %s", what, span(left, f->now_us - expires_us), at,
			remedy_words);
}

static void advise_expiries(tg_json *list, const tg_advice_facts *f)
{
	const tg_chain_facts *c = f->chain;

	if (c == NULL || f->worst == TG_CLOCK_FAULT) /* by a wrong clock everything has ended */
		return;
	advise_expiry(list, f, "the root's signature", c->root_expires_us,
		TG_ADVICE_ROOT_S * TG_US_PER_SECOND,
		"head office must publish a new root, or no station can sync");
	advise_expiry(list, f, "the targets' signature", c->targets_expires_us,
		TG_ADVICE_TARGETS_S * TG_US_PER_SECOND,
		"head office must publish or refresh, or no station can sync");
	advise_expiry(list, f, "the snapshot's signature", c->snapshot_expires_us,
		TG_ADVICE_SNAPSHOT_S * TG_US_PER_SECOND, "head office must refresh, or no station can sync");
	advise_expiry(list, f, "the timestamp's signature", c->timestamp_expires_us,
		(c->timestamp_expires_us - c->issued_us) / TG_ADVICE_TIMESTAMP_PART,
		"no newer one came for long; see sync here, and tillgate-hq refresh at head office");
}

void tg_advice_give(tg_json *list, const tg_advice_facts *facts)
{
	advise_clock(list, facts);
	advise_stage(list, facts);
	advise_sync(list, facts);
	advise_expiries(list, facts);
}
