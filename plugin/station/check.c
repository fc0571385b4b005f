/* SPDX-License-Identifier: Apache-2.0
 *
 * check.c - label, look-up, rules, words: one check from bytes to answer. See check.h.
 */
#include "plugin/station/check.h"

#include "plugin/gate/drill.h"

#include <stdio.h>

void tg_policy_strictest(tg_policy *out)
{
	*out = (tg_policy){
		.on_check_failure = TG_ON_FAILURE_WITHHOLD,
		.on_log_failure = TG_ON_FAILURE_WITHHOLD,
		.dsp_ended_blocks = true,
		.batch_unknown_blocks = true,
	};
	for (size_t op = 0; op < TG_OP_COUNT; op++)
		out->mode[op] = TG_MODE_ENFORCE;
}

void tg_check_request_init(tg_check_request *request, tg_operation operation)
{
	request->aim[0] = '\0';
	request->len = 0;
	request->operation = operation;
	request->destination = TG_DEST_GB;
	request->supply = TG_SUPPLY_CONSUMER;
	request->unit = TG_UNIT_NEW;
	request->bought_before_duty = false;
	request->carriers = 1;
	request->batch[0] = '\0';
	request->device[0] = '\0';
	request->supplier[0] = request->delivery[0] = request->recheck[0] = request->operator[0] = '\0';
	request->scanned = false;
}

void tg_check_request_label(tg_check_request *request, tg_view label)
{
	if (request->aim[0] == '\0') {
		tg_view rest;

		tg_label_split(request->aim, &rest, label);
		label = rest;
	}
	if (label.len > TG_LABEL_MAX) {
		request->len = TG_LABEL_MAX + 1;
		return;
	}
	if (label.len > 0)
		memcpy(request->data, label.data, label.len);
	request->len = label.len;
}

/* Cut at a character, never inside one: supplier text may be long. */
void tg_check_copy_text(char *out, size_t size, tg_view text)
{
	size_t n = text.len < size ? text.len : size - 1;

	while (n < text.len && n > 0 && (text.data[n] & 0xc0) == 0x80)
		n--;
	if (n > 0)
		memcpy(out, text.data, n);
	out[n] = '\0';
}

static void identify(tg_check_answer *out, const tg_inforce *set, const tg_check_request *request, int32_t today)
{
	if (request->len > TG_LABEL_MAX) {
		out->identity = (tg_identity){ .kind = TG_LABEL_UNREADABLE, .expiry = TG_DAY_NONE, .why = "longer than any label" };
		return;
	}
	tg_label_identify(&out->identity, request->aim, tg_view_of(request->data, request->len), &set->policy, today);
	/* what a label holds that could not be read may be its batch: another by hand would stand in for it unseen */
	if (out->identity.kind == TG_LABEL_PRODUCT && out->identity.batch[0] == '\0' && !out->identity.partly_read &&
		request->batch[0] != '\0') {
		strcpy(out->identity.batch, request->batch);
		out->identity.batch_typed = true;
	}
}

static void judge_freshness(tg_check_answer *out, const tg_inforce *set, int64_t now_us, int64_t floor_us)
{
	if (set->issued_us == 0) {
		out->freshness = (tg_freshness){ .stage = TG_DEAD, .age_s = -1, .next_stage_s = -1 };
		return;
	}
	tg_freshness_judge(&out->freshness, now_us, set->issued_us, floor_us, &set->policy.stages[out->operation],
		set->policy.clock_ahead_max_s);
}

/* Texts are for people and for the log; failing to read one is as good a sign of damage as any other. */
static int read_texts(tg_check_answer *out, const tg_catalogue *cat, tg_error *err)
{
	const tg_verdict *v = &out->verdict;
	tg_product_texts texts;
	tg_conformance conformance;
	tg_view id, link;
	tg_stop stop;
	tg_soc soc;
	int rc;

	if (!v->found)
		return TG_OK;
	rc = tg_catalogue_texts(&texts, cat, &v->product, err);
	if (rc != TG_OK)
		return rc;
	tg_check_copy_text(out->name, sizeof(out->name), texts.name);
	tg_check_copy_text(out->manufacturer, sizeof(out->manufacturer), texts.manufacturer);
	tg_check_copy_text(out->note, sizeof(out->note), texts.note_id);
	if (v->soc >= 0) {
		rc = tg_catalogue_soc(&soc, cat, &v->product, (uint32_t)v->soc, err);
		if (rc == TG_OK)
			rc = tg_catalogue_soc_texts(&id, &link, cat, &soc, err);
		if (rc != TG_OK)
			return rc;
		tg_check_copy_text(out->soc_id, sizeof(out->soc_id), id);
		tg_check_copy_text(out->soc_link, sizeof(out->soc_link), link);
	}
	if (v->conformance >= 0) {
		rc = tg_catalogue_conformance(&conformance, cat, &v->product, (uint32_t)v->conformance, err);
		if (rc == TG_OK)
			rc = tg_catalogue_conformance_id(&id, cat, &conformance, err);
		if (rc != TG_OK)
			return rc;
		tg_check_copy_text(out->conformance_id, sizeof(out->conformance_id), id);
	}
	if (v->stop >= 0) {
		rc = tg_catalogue_stop(&stop, cat, &v->product, (uint32_t)v->stop, err);
		if (rc == TG_OK)
			rc = tg_catalogue_stop_id(&id, cat, &stop, err);
		if (rc != TG_OK)
			return rc;
		tg_check_copy_text(out->stop_id, sizeof(out->stop_id), id);
	}
	return TG_OK;
}

/* Decide again as if there were no catalogue: bytes that fail once are trusted for nothing. */
static void distrust(tg_check_answer *out, const tg_inforce *set, const tg_occasion *occasion)
{
	tg_gate_decide(&out->verdict, NULL, &set->policy, &out->identity, occasion, NULL);
	out->name[0] = out->manufacturer[0] = out->note[0] = '\0';
	out->soc_id[0] = out->soc_link[0] = out->conformance_id[0] = out->stop_id[0] = '\0';
}

/* Asks the station once: statements of one product are all judged by the same list, and the entry says which it was. */
struct site {
	const tg_check_moment *moment;
	tg_site_batches *said;
	bool asked;
};

static bool ask_once(void *ctx, uint64_t gtin, tg_site_batches *out)
{
	struct site *site = ctx;

	if (!site->asked && !site->moment->site_batches(site->moment->site, gtin, site->said))
		site->said->count = 0;
	site->asked = true;
	if (site->said->count == 0 || site->said->count > TG_SITE_BATCHES_MAX)
		return false;
	*out = *site->said;
	return true;
}

static tg_occasion occasion_of(const tg_check_request *request, const tg_check_moment *moment, struct site *site)
{
	/* a clock set back must not revive what has ended */
	int64_t now_us = moment->now_us > moment->floor_us ? moment->now_us : moment->floor_us;

	return (tg_occasion){
		.operation = request->operation,
		.destination = request->destination,
		.supply = request->supply,
		.unit = request->unit,
		.bought_before_duty = request->bought_before_duty,
		.today = tg_day_in_uk(now_us),
		.log_broken = moment->log_broken,
		.site_batches = moment->site_batches != NULL ? ask_once : NULL,
		.site = site,
	};
}

void tg_check_again(tg_check_answer *out, tg_explanation *explanation, const tg_inforce *set, const tg_check_request *request,
	const tg_check_moment *moment, const tg_identity *identity)
{
	struct site site = { .moment = moment, .said = &out->site };
	tg_occasion occasion = occasion_of(request, moment, &site);
	uint32_t faults = set->cat != NULL ? tg_catalogue_faults(set->cat) : 0;
	tg_error why = { 0 };

	*out = (tg_check_answer){ .operation = request->operation,
		.destination = request->destination,
		.supply = request->supply,
		.unit = request->unit,
		.bought_before_duty = request->bought_before_duty,
		.today = occasion.today };
	out->catalogue_version = set->catalogue_version;
	out->policy_version = set->policy_version;
	if (identity != NULL)
		out->identity = *identity;
	else
		identify(out, set, request, occasion.today);
	out->drill = out->identity.kind == TG_LABEL_PRODUCT && tg_is_drill(out->identity.gtin);
	judge_freshness(out, set, moment->now_us, moment->floor_us);
	occasion.stage = out->freshness.stage;
	tg_gate_decide(&out->verdict, set->cat, &set->policy, &out->identity, &occasion, &why);
	if (!out->verdict.could_not_check && set->cat != NULL && read_texts(out, set->cat, &why) != TG_OK)
		distrust(out, set, &occasion);
	if (set->cat != NULL && tg_catalogue_lost(set->cat, faults, &why) != TG_OK) /* after the last byte was read */
		distrust(out, set, &occasion);
	if (out->verdict.could_not_check)
		snprintf(out->fault, sizeof(out->fault), "%s", set->cat == NULL ? set->fault : why.msg);
	tg_gate_release(&out->release, &out->verdict, &out->identity, &set->policy, &occasion);
	tg_words_for(&out->words, &out->verdict, &out->release, &out->identity, request->operation);
	for (size_t i = 0; i < set->policy.authority_count; i++)
		out->lifted_by |= (uint16_t)(tg_gate_may_lift(&set->policy.authorities[i], &out->verdict, request->operation) << i);
	if (explanation != NULL)
		tg_gate_explain(explanation, set->cat, &set->policy, &out->identity, &occasion, NULL);
}

void tg_check_badge(tg_check_answer *out, const tg_inforce *set, const tg_check_request *request, const tg_check_moment *moment)
{
	*out = (tg_check_answer){ .operation = request->operation,
		.destination = request->destination,
		.supply = request->supply,
		.unit = request->unit,
		.bought_before_duty = request->bought_before_duty,
		.today = tg_day_in_uk(moment->now_us > moment->floor_us ? moment->now_us : moment->floor_us),
		.badge = true };
	out->catalogue_version = set->catalogue_version;
	out->policy_version = set->policy_version;
	out->identity = (tg_identity){ .kind = TG_LABEL_NOT_PRODUCT, .other = TG_OTHER_LISTED, .expiry = TG_DAY_NONE, .why = "" };
	snprintf(out->identity.listed_kind, sizeof(out->identity.listed_kind), "staff-badge");
	out->verdict = (tg_verdict){ .outcome = TG_BLOCK, .soc = -1, .conformance = -1, .stop = -1 };
	judge_freshness(out, set, moment->now_us, moment->floor_us);
	out->release.enforced = set->policy.mode[request->operation] != TG_MODE_OBSERVE;
	tg_words_for_badge(&out->words);
}

void tg_check_decide(tg_check_answer *out, const tg_inforce *set, const tg_check_request *request,
	const tg_check_moment *moment)
{
	tg_check_again(out, NULL, set, request, moment, NULL);
}

void tg_check_explain(tg_check_answer *answer, tg_explanation *out, const tg_inforce *set, const tg_check_request *request,
	const tg_check_moment *moment)
{
	tg_check_again(answer, out, set, request, moment, NULL);
}
