/* SPDX-License-Identifier: Apache-2.0
 *
 * case_request.c - requests about cases. See case_request.h.
 */
#include "plugin/station/case_request.h"

#include "store/base/encoding.h"

#define MEMBERS_MAX 13

/* What each takes beside "id" and "device". */
static const char *const members[TG_CASE_DO_COUNT_][MEMBERS_MAX] = {
	[TG_CASE_DO_NOTE] = { "id", "device", "text" },
	[TG_CASE_DO_ASSIGN] = { "id", "device", "owner", "supplier" },
	[TG_CASE_DO_STATE] = { "id", "device", "state", "text" },
	[TG_CASE_DO_COUNT] = { "id", "device", "quantity", "held", "text", "by" },
	[TG_CASE_DO_RELEASE] = { "id", "device", "quantity", "held", "batch", "label", "authority", "reason", "text", "by" },
	[TG_CASE_DO_SETTLE] = { "id", "device", "how", "quantity", "held", "batch", "label", "authority", "reason", "text", "by" },
};

static int plain_text(char *out, size_t size, const tg_json *json, const char *name, tg_error *err)
{
	const char *text;
	int rc = tg_json_opt_str(&text, json, name, size - 1, "", err);

	if (rc == TG_OK && !tg_utf8_plain(text))
		rc = tg_fail(err, TG_EFORMAT, "%s: wanted text without control, hidden or direction-changing characters", name);
	if (rc == TG_OK)
		strcpy(out, text);
	return rc;
}

static int ascii_text(char *out, size_t size, const tg_json *json, const char *name, tg_error *err)
{
	int rc = plain_text(out, size, json, name, err);

	for (const char *p = out; rc == TG_OK && *p != '\0'; p++)
		if ((unsigned char)*p >= 0x7f)
			rc = tg_fail(err, TG_EFORMAT, "%s: wanted printable ASCII", name);
	return rc;
}

static int read_id(tg_case_request *out, const tg_json *json, tg_error *err)
{
	const char *id;
	int rc = tg_json_need_str(&id, json, "id", TG_REFERENCE_SIZE - 1, err);

	if (rc == TG_OK)
		rc = tg_reference_parse(&out->id, id, err);
	if (rc != TG_OK)
		tg_error_prefix(err, "id");
	return rc;
}

static int read_assign(tg_case_request *out, const tg_json *json, tg_error *err)
{
	int rc = ascii_text(out->owner, sizeof(out->owner), json, "owner", err);

	if (rc == TG_OK)
		rc = plain_text(out->supplier, sizeof(out->supplier), json, "supplier", err);
	out->has_owner = tg_json_get(json, "owner") != NULL;
	out->has_supplier = tg_json_get(json, "supplier") != NULL;
	if (rc == TG_OK && !out->has_owner && !out->has_supplier)
		rc = tg_fail(err, TG_EFORMAT, "give an \"owner\" or a \"supplier\"");
	if (rc == TG_OK && out->owner[0] != '\0' && !tg_case_is_owner(out->owner))
		rc = tg_fail(err, TG_EFORMAT, "owner: wanted the word of a role or an id: letters, digits, '.', '_' and '-'");
	return rc;
}

static int read_state(tg_case_request *out, const tg_json *json, tg_error *err)
{
	int state, rc = tg_json_need_word(&state, json, "state", tg_case_state_words, err);

	if (rc == TG_OK && state == TG_CASE_SETTLED)
		rc = tg_fail(err, TG_EFORMAT, "state: a case is settled by releasing or settling what it holds");
	if (rc == TG_OK)
		out->state = (tg_case_state)state;
	return rc;
}

/* `min` is the least that may be said; a settlement that says nothing is of all. */
static int read_units(tg_case_request *out, const tg_json *json, bool needed, tg_error *err)
{
	int64_t quantity = 0;
	int rc = needed ? tg_json_need_int(&quantity, json, "quantity", 0, TG_CASE_QUANTITY_MAX, err) :
			  tg_json_opt_int(&quantity, json, "quantity", 1, TG_CASE_QUANTITY_MAX, 0, err);

	if (rc == TG_OK)
		rc = tg_json_opt_int(&out->held, json, "held", 0, TG_CASE_QUANTITY_MAX, -1, err);
	out->quantity = (uint32_t)quantity;
	out->has_by = tg_json_get(json, "by") != NULL;
	if (rc == TG_OK && (out->has_by || !needed)) /* a count of more wants nobody */
		rc = tg_staff_proof_from_json(&out->by, json, "by", err);
	return rc;
}

static int read_unit(tg_case_request *out, const tg_json *json, tg_error *err)
{
	int rc = ascii_text(out->batch, sizeof(out->batch), json, "batch", err);

	if (rc == TG_OK)
		rc = tg_json_opt_str(&out->label, json, "label", TG_LABEL_MAX, NULL, err);
	if (rc == TG_OK)
		rc = ascii_text(out->authority, sizeof(out->authority), json, "authority", err);
	if (rc == TG_OK)
		rc = ascii_text(out->reason, sizeof(out->reason), json, "reason", err);
	if (rc == TG_OK && (out->authority[0] == '\0') != (out->reason[0] == '\0'))
		rc = tg_fail(err, TG_EFORMAT, "an override wants both \"authority\" and \"reason\"");
	return rc;
}

static int read_settle(tg_case_request *out, const tg_json *json, tg_error *err)
{
	int how, rc = tg_json_need_word(&how, json, "how", tg_case_how_words, err);

	if (rc == TG_OK && (how == TG_CASE_RELEASED || how == TG_CASE_MISCOUNTED))
		rc = tg_fail(err, TG_EFORMAT, "how: %s", how == TG_CASE_RELEASED ? "ask for a release" : "ask for a count");
	if (rc == TG_OK)
		out->how = (tg_case_how)how;
	return rc;
}

int tg_case_request_from_json(tg_case_request *out, tg_case_do what, const tg_json *json, tg_error *err)
{
	bool units = what == TG_CASE_DO_COUNT || what == TG_CASE_DO_RELEASE || what == TG_CASE_DO_SETTLE;
	int rc = tg_json_only(json, members[what], err);

	*out = (tg_case_request){ .what = what, .held = -1, .how = TG_CASE_RELEASED };
	if (rc == TG_OK)
		rc = read_id(out, json, err);
	if (rc == TG_OK)
		rc = ascii_text(out->device, sizeof(out->device), json, "device", err);
	if (rc == TG_OK)
		rc = plain_text(out->text, sizeof(out->text), json, "text", err);
	if (rc == TG_OK && what == TG_CASE_DO_NOTE && out->text[0] == '\0')
		rc = tg_fail(err, TG_EFORMAT, "text: wanted 1 to %d bytes", TG_CASE_TEXT_MAX);
	if (rc == TG_OK && what == TG_CASE_DO_ASSIGN)
		rc = read_assign(out, json, err);
	if (rc == TG_OK && what == TG_CASE_DO_STATE)
		rc = read_state(out, json, err);
	if (rc == TG_OK && units)
		rc = read_units(out, json, what == TG_CASE_DO_COUNT, err);
	if (rc == TG_OK && (what == TG_CASE_DO_RELEASE || what == TG_CASE_DO_SETTLE))
		rc = read_unit(out, json, err);
	if (rc == TG_OK && what == TG_CASE_DO_SETTLE)
		rc = read_settle(out, json, err);
	return rc;
}
