/* SPDX-License-Identifier: Apache-2.0
 *
 * answer.c - checks as JSON. See answer.h.
 */
#include "plugin/station/answer.h"

#include "store/base/encoding.h"

#include <stdio.h>

static const char *const modes[] = { "observe", "enforce" };

/* ---- request ---- */

static int label_bytes(tg_check_request *out, const tg_json *json, tg_error *err)
{
	uint8_t bytes[TG_LABEL_MAX + 8];
	const char *text, *hex;
	size_t len = 0;
	int rc = tg_json_opt_str(&text, json, "label", sizeof(bytes), NULL, err);

	if (rc == TG_OK)
		rc = tg_json_opt_str(&hex, json, "label_hex", 2 * sizeof(bytes), NULL, err);
	if (rc != TG_OK)
		return rc;
	if ((text == NULL) == (hex == NULL))
		return tg_fail(err, TG_EFORMAT, "give either \"label\" (text) or \"label_hex\", and only one");
	if (text != NULL) {
		tg_check_request_label(out, tg_view_str(text));
		return TG_OK;
	}
	rc = tg_hex_decode(bytes, &len, sizeof(bytes), hex, err);
	if (rc != TG_OK) {
		tg_error_prefix(err, "label_hex");
		return rc;
	}
	tg_check_request_label(out, tg_view_of(bytes, len));
	return TG_OK;
}

/* What people type of a delivery: any script, but nothing that hides or steers. */
static int party_text(char out[TG_CHECK_PARTY_MAX], const tg_json *json, const char *name, tg_operation operation, tg_error *err)
{
	const char *text;
	int rc = tg_json_opt_str(&text, json, name, TG_CHECK_PARTY_MAX - 1, "", err);

	if (rc == TG_OK && text[0] != '\0' && operation != TG_OP_GOODS_IN && operation != TG_OP_RETURN)
		rc = tg_fail(err, TG_EFORMAT, "%s: for goods-in and return only", name);
	if (rc == TG_OK && !tg_utf8_plain(text))
		rc = tg_fail(err, TG_EFORMAT, "%s: wanted text without control, hidden or direction-changing characters", name);
	if (rc == TG_OK)
		strcpy(out, text);
	return rc;
}

static int small_text(char *out, size_t size, const tg_json *json, const char *name, tg_error *err)
{
	const char *text;
	int rc = tg_json_opt_str(&text, json, name, size - 1, "", err);

	if (rc != TG_OK)
		return rc;
	for (const char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			return tg_fail(err, TG_EFORMAT, "%s: wanted printable ASCII", name);
	}
	strcpy(out, text);
	return TG_OK;
}

/* Somebody's name as they are enrolled, or would be: never written down itself. */
static int operator_name(char out[TG_CHECK_OPERATOR_MAX], const tg_json *json, tg_error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@";
	const char *text;
	int rc = tg_json_opt_str(&text, json, "operator", TG_CHECK_OPERATOR_MAX - 1, "", err);

	if (rc == TG_OK && text[strspn(text, letters)] != '\0')
		rc = tg_fail(err, TG_EFORMAT, "operator: 1 to %d letters, digits, '.', '_', '-' or '@' are wanted", TG_CHECK_OPERATOR_MAX - 1);
	if (rc == TG_OK)
		strcpy(out, text);
	return rc;
}

/*
 * The operation and what stands around it, as a request and an entry both have it; begins `out`. A caller may leave the destination
 * out and means GB; an entry always has it.
 */
static int begin_request(tg_check_request *out, const tg_json *json, bool entry, tg_error *err)
{
	int operation, destination = TG_DEST_GB, supply, unit;
	bool old;
	int rc = tg_json_need_word(&operation, json, "operation", tg_operation_words, err);

	if (rc == TG_OK && entry)
		rc = tg_json_need_word(&destination, json, "destination", tg_destination_words, err);
	else if (rc == TG_OK)
		rc = tg_json_opt_word(&destination, json, "destination", tg_destination_words, TG_DEST_GB, err);
	if (rc == TG_OK)
		rc = tg_json_opt_word(&supply, json, "supply", tg_supply_words, TG_SUPPLY_CONSUMER, err);
	if (rc == TG_OK)
		rc = tg_json_opt_word(&unit, json, "unit", tg_unit_words, TG_UNIT_NEW, err);
	if (rc == TG_OK)
		rc = tg_json_opt_bool(&old, json, "bought_before_duty", false, err);
	if (rc != TG_OK)
		return rc;
	tg_check_request_init(out, (tg_operation)operation);
	out->destination = (tg_destination)destination;
	out->supply = (tg_supply)supply;
	out->unit = (tg_unit)unit;
	out->bought_before_duty = old;
	return TG_OK;
}

int tg_check_request_from_json(tg_check_request *out, const tg_json *json, tg_error *err)
{
	static const char *const members[] = { "label", "label_hex", "aim", "operation", "destination", "supply", "unit",
		"bought_before_duty", "batch", "device", "operator", "supplier", "delivery", NULL };
	int rc;

	rc = tg_json_only(json, members, err);
	if (rc == TG_OK)
		rc = begin_request(out, json, false, err);
	if (rc != TG_OK)
		return rc;
	rc = small_text(out->aim, sizeof(out->aim), json, "aim", err);
	if (rc == TG_OK && out->aim[0] != '\0' && (out->aim[0] != ']' || strlen(out->aim) != 3))
		rc = tg_fail(err, TG_EFORMAT, "aim: wanted an AIM identifier such as \"]E0\", found \"%s\"", out->aim);
	if (rc == TG_OK)
		rc = small_text(out->batch, sizeof(out->batch), json, "batch", err);
	if (rc == TG_OK)
		rc = small_text(out->device, sizeof(out->device), json, "device", err);
	if (rc == TG_OK)
		rc = operator_name(out->operator, json, err);
	if (rc == TG_OK)
		rc = party_text(out->supplier, json, "supplier", out->operation, err);
	if (rc == TG_OK)
		rc = party_text(out->delivery, json, "delivery", out->operation, err);
	if (rc == TG_OK)
		rc = label_bytes(out, json, err);
	return rc;
}

/* ---- a request read back ---- */

/* The bytes of a product's label; of an in-store number the number, as an EAN-13 or EAN-8 of the shop's own. */
static int label_of_entry(tg_check_request *out, const tg_json *label, tg_error *err)
{
	const char *raw = tg_json_str(tg_json_get(label, "raw")), *number = tg_json_str(tg_json_get(label, "number"));

	if (raw == NULL && number == NULL)
		return tg_fail(err, TG_ENOTFOUND, "the check was about no product that the log names");
	if (raw != NULL)
		return tg_hex_decode(out->data, &out->len, TG_LABEL_MAX, raw, err);
	if (strlen(number) != 14)
		return tg_fail(err, TG_EFORMAT, "the log names an in-store number of another form");
	number += strncmp(number, "000000", 6) == 0 ? 6 : 1;
	out->len = strlen(number);
	memcpy(out->data, number, out->len);
	return TG_OK;
}

int tg_check_request_from_entry(tg_check_request *out, const tg_json *entry, tg_error *err)
{
	const tg_json *label = tg_json_get(entry, "label");
	const char *batch = tg_json_str(tg_json_get(label, "batch"));
	int64_t carriers;
	int rc;

	rc = begin_request(out, entry, true, err);
	if (rc != TG_OK)
		return rc;
	rc = tg_json_opt_int(&carriers, label, "carriers", 0, UINT8_MAX, 1, err);
	out->carriers = rc == TG_OK ? (uint8_t)carriers : 0;
	if (rc == TG_OK)
		rc = small_text(out->aim, sizeof(out->aim), label, "aim", err);
	if (rc == TG_OK)
		rc = small_text(out->device, sizeof(out->device), entry, "device", err);
	if (rc == TG_OK && batch != NULL && tg_json_bool(tg_json_get(label, "batch_typed")))
		rc = small_text(out->batch, sizeof(out->batch), label, "batch", err);
	return rc == TG_OK ? label_of_entry(out, label, err) : rc;
}

/* ---- what both answer and entry say ---- */

static const char *row_id(size_t n)
{
	const tg_row *row = tg_rows_at(n);

	return row != NULL ? row->id : "?";
}

static tg_json *rows_hit(const tg_verdict *v)
{
	tg_json *rows = tg_json_new_array();

	for (size_t n = 0; n < tg_rows_count(); n++) {
		if (v->hit >> n & 1 && !(v->off >> n & 1))
			tg_json_add_str(rows, row_id(n));
	}
	return rows;
}

static tg_json *rows_off(const tg_verdict *v)
{
	tg_json *rows = tg_json_new_array();

	for (size_t n = 0; n < tg_rows_count(); n++) {
		tg_json *pair;

		if (!(v->off >> n & 1))
			continue;
		pair = tg_json_new_array();
		tg_json_add_str(pair, row_id(n));
		tg_json_add_str(pair, row_id(v->off_by[n]));
		tg_json_add(rows, pair);
	}
	return rows;
}

static bool has_rows(const tg_verdict *v)
{
	return v->hit != 0;
}

void tg_check_decision_to_json(tg_json *json, const tg_check_answer *a)
{
	const tg_verdict *v = &a->verdict;

	tg_json_set_str(json, "operation", tg_operation_words[a->operation]);
	tg_json_set_str(json, "destination", tg_destination_words[a->destination]);
	/* the ordinary case is left unsaid: most entries are of it */
	if (a->supply != TG_SUPPLY_CONSUMER)
		tg_json_set_str(json, "supply", tg_supply_words[a->supply]);
	if (a->unit != TG_UNIT_NEW)
		tg_json_set_str(json, "unit", tg_unit_words[a->unit]);
	if (a->bought_before_duty)
		tg_json_set_bool(json, "bought_before_duty", true);
	if (a->drill)
		tg_json_set_bool(json, "drill", true);
	tg_json_set_str(json, "outcome", tg_outcome_words[v->outcome]);
	tg_json_set_bool(json, "could_not_check", v->could_not_check);
	tg_json_set_str(json, "mode", modes[a->release.enforced]);
	tg_json_set_bool(json, "released", a->release.released);
	tg_json_set_bool(json, "would_release", a->release.would_release);
	tg_json_set_str(json, "answer", tg_answer_words[v->answer]);
	tg_json_set(json, "rows", rows_hit(v));
	if (v->off != 0)
		tg_json_set(json, "off", rows_off(v));
	if (has_rows(v))
		tg_json_set_str(json, "decided_by", row_id(v->decided_by));
	if (v->on_site_batches)
		tg_json_set_bool(json, "on_site_batches", true);
	tg_json_set_str(json, "code", a->words.code);
	tg_json_set_str(json, "stage", tg_stage_words[a->freshness.stage]);
	tg_json_set_int(json, "age_s", a->freshness.age_s);
	tg_json_set_int(json, "catalogue_version", (int64_t)a->catalogue_version);
	tg_json_set_int(json, "policy_version", (int64_t)a->policy_version);
	if (a->soc_id[0] != '\0')
		tg_json_set_str(json, "soc", a->soc_id);
	if (a->conformance_id[0] != '\0')
		tg_json_set_str(json, "conformance", a->conformance_id);
	if (a->stop_id[0] != '\0')
		tg_json_set_str(json, "stop", a->stop_id);
	if (v->component != 0)
		tg_json_set_str(json, "component", tg_gtin_format((char[15]){ 0 }, v->component));
	if (v->found && v->product.role != TG_ROLE_DISTRIBUTOR)
		tg_json_set_str(json, "role", tg_role_words[v->product.role < TG_ROLE_COUNT ? v->product.role : 0]);
	if (a->fault[0] != '\0')
		tg_json_set_str(json, "fault", a->fault);
}

/* ---- answer ---- */

tg_json *tg_check_answer_to_json(const tg_check_answer *a)
{
	const tg_row *row = has_rows(&a->verdict) ? tg_rows_at(a->verdict.decided_by) : NULL;
	const tg_identity *id = &a->identity;
	tg_json *json = tg_json_new_object();
	char text[TG_UTC_TEXT_SIZE];

	if (json == NULL)
		return NULL;
	tg_json_set_int(json, "v", 1);
	tg_json_set_str(json, "kind", tg_label_words[id->kind]);
	tg_check_decision_to_json(json, a);
	tg_json_set_bool(json, "overridable", a->lifted_by != 0 && a->recorded);
	if (id->gtin != 0)
		tg_json_set_str(json, "gtin", tg_gtin_format((char[15]){ 0 }, id->gtin));
	if (a->verdict.found && a->verdict.product.gtin != id->gtin)
		tg_json_set_str(json, "gtin_inside", tg_gtin_format((char[15]){ 0 }, a->verdict.product.gtin));
	if (id->batch[0] != '\0')
		tg_json_set_str(json, "batch", id->batch);
	if (id->serial[0] != '\0')
		tg_json_set_str(json, "serial", id->serial);
	if (id->kind == TG_LABEL_NOT_PRODUCT)
		tg_json_set_str(json, "other", id->other == TG_OTHER_LISTED ? id->listed_kind : tg_other_words[id->other]);
	tg_json_set_str(json, "name", a->name);
	tg_json_set_str(json, "manufacturer", a->manufacturer);
	tg_json_set_str(json, "action", a->words.action);
	tg_json_set_str(json, "reason", a->words.reason);
	tg_json_set_str(json, "basis", row != NULL ? row->basis : "");
	tg_json_set_str(json, "soc_link", a->soc_link);
	tg_json_set_bool(json, "recorded", a->recorded);
	if (a->recorded) {
		tg_json_set_int(json, "seq", (int64_t)a->seq);
		tg_json_set_str(json, "reference", a->reference);
		tg_json_set_str(json, "at", tg_utc_format(text, a->at_us));
	}
	if (a->case_id[0] != '\0')
		tg_json_set_str(json, "case", a->case_id);
	if (a->no_case != NULL)
		tg_json_set_str(json, "no_case", a->no_case);
	return json;
}

/* ---- entry ---- */

static tg_json *entry_of_product(const tg_check_answer *a, const tg_check_request *request)
{
	const tg_identity *id = &a->identity;
	char hex[2 * TG_LABEL_MAX + 1], day[TG_DAY_TEXT_SIZE];
	tg_json *label = tg_json_new_object();

	tg_json_set_str(label, "raw", tg_hex_encode(hex, request->data, request->len));
	tg_json_set_str(label, "gtin", tg_gtin_format((char[15]){ 0 }, id->gtin));
	tg_json_set_str(label, "strength", tg_strength_words[id->strength]);
	if (id->irregular)
		tg_json_set_bool(label, "irregular", true);
	if (a->verdict.found && a->verdict.product.gtin != id->gtin)
		tg_json_set_str(label, "inside", tg_gtin_format((char[15]){ 0 }, a->verdict.product.gtin));
	if (id->batch[0] != '\0')
		tg_json_set_str(label, "batch", id->batch);
	if (id->batch_typed)
		tg_json_set_bool(label, "batch_typed", true);
	if (id->serial[0] != '\0')
		tg_json_set_str(label, "serial", id->serial);
	if (id->expiry != TG_DAY_NONE)
		tg_json_set_str(label, "expiry", tg_day_format(day, id->expiry));
	return label;
}

static tg_json *entry_of_in_store(const tg_check_answer *a)
{
	tg_json *label = tg_json_new_object();
	char number[15];

	tg_gtin_format(number, a->identity.gtin);
	if (!a->verdict.found && a->identity.digits >= 12)
		number[a->identity.digits == 12 ? 5 : 4] = '\0'; /* may be a customer's card: keep the range, drop the number */
	else if (!a->verdict.found)
		number[7] = '\0';
	tg_json_set_str(label, a->verdict.found ? "number" : "prefix", number);
	return label;
}

static tg_json *entry_of_other(const tg_identity *id, size_t len)
{
	tg_json *label = tg_json_new_object();

	if (id->kind == TG_LABEL_NOT_PRODUCT) {
		tg_json_set_str(label, "other", id->other == TG_OTHER_LISTED ? id->listed_kind : tg_other_words[id->other]);
		return label;
	}
	tg_json_set_int(label, "bytes", (int64_t)len);
	tg_json_set_str(label, "why", id->why != NULL ? id->why : "");
	return label;
}

static tg_json *batches_of(const tg_site_batches *site)
{
	tg_json *list = tg_json_new_array();

	for (size_t i = 0; i < site->count && i < TG_SITE_BATCHES_MAX; i++)
		tg_json_add_str(list, site->batch[i]);
	return list;
}

void tg_check_circumstances_to_json(tg_json *entry, const tg_check_answer *a)
{
	char day[TG_DAY_TEXT_SIZE];

	tg_json_set_str(entry, "day", tg_day_format(day, a->today));
	if (a->site.count > 0)
		tg_json_set(entry, "site_batches", batches_of(&a->site));
}

tg_json *tg_check_entry(const tg_check_answer *a, const tg_check_request *request)
{
	const tg_identity *id = &a->identity;
	tg_json *entry = tg_json_new_object(), *label;

	label = id->kind == TG_LABEL_PRODUCT ? entry_of_product(a, request) :
		id->kind == TG_LABEL_IN_STORE ? entry_of_in_store(a) : entry_of_other(id, request->len);
	tg_json_set_str(label, "kind", tg_label_words[id->kind]);
	if (request->carriers > 1)
		tg_json_set_int(label, "carriers", request->carriers);
	if (request->aim[0] != '\0')
		tg_json_set_str(label, "aim", request->aim);
	tg_json_set_str(entry, "kind", "check");
	tg_json_set_str(entry, "device", request->device);
	tg_json_set(entry, "label", label);
	tg_check_decision_to_json(entry, a);
	tg_json_set_int(entry, "rules", TG_RULESET_VERSION);
	tg_check_circumstances_to_json(entry, a);
	if (a->note[0] != '\0')
		tg_json_set_str(entry, "note", a->note);
	if (request->supplier[0] != '\0')
		tg_json_set_str(entry, "supplier", request->supplier);
	if (request->delivery[0] != '\0')
		tg_json_set_str(entry, "delivery", request->delivery);
	if (request->recheck[0] != '\0')
		tg_json_set_str(entry, "recheck", request->recheck);
	return entry;
}
