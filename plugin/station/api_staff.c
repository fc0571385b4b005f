/* SPDX-License-Identifier: Apache-2.0
 *
 * api_staff.c - see api_staff.h. Members: tillgated(8).
 */
#include "plugin/station/api_staff.h"

#include "plugin/station/override.h"
#include "plugin/station/reply.h"

void tg_api_override(tg_api_reply *out, tg_station *st, const tg_api_request *request)
{
	tg_override_request ask;
	tg_override_answer answer;
	tg_json *json = NULL;
	tg_error err = { 0 };

	if (tg_json_parse(&json, request->body, &err) != TG_OK || tg_override_request_from_json(&ask, json, &err) != TG_OK) {
		tg_api_refuse_error(out, &err);
	} else {
		tg_station_override(&answer, st, &ask);
		tg_api_reply_json(out, 200, tg_override_answer_to_json(&answer));
	}
	tg_json_free_secret(json);
}

/* ---- enrolment ---- */

static int read_rights(tg_staff_change *out, const tg_json *json, tg_error *err)
{
	const tg_json *list = NULL;
	int rc = tg_json_opt_array(&list, json, "rights", err);

	for (const tg_json *item = tg_json_first(list); rc == TG_OK && item != NULL; item = tg_json_next(item)) {
		const char *right = tg_json_str(item);

		if (right == NULL || right[0] == '\0' || strlen(right) > TG_POLICY_WORD_MAX)
			return tg_fail(err, TG_EFORMAT, "rights: wanted names of 1 to %d bytes", TG_POLICY_WORD_MAX);
		if (out->right_count == TG_STAFF_RIGHTS_MAX)
			return tg_fail(err, TG_EFORMAT, "rights: more than %d", TG_STAFF_RIGHTS_MAX);
		out->rights[out->right_count++] = right;
	}
	return rc;
}

/* Texts are borrowed from `json`. */
static int read_change(tg_staff_change *out, const tg_json *json, const char *const *members, tg_error *err)
{
	int rc = tg_json_only(json, members, err);

	if (rc == TG_OK)
		rc = tg_json_opt_str(&out->who, json, "who", TG_STAFF_WHO_MAX, "", err);
	if (rc == TG_OK)
		rc = tg_json_opt_str(&out->pin, json, "pin", 2 * TG_PIN_DIGITS_MAX, NULL, err);
	if (rc == TG_OK)
		rc = tg_json_opt_str(&out->badge, json, "badge", 2 * TG_STAFF_BADGE_MAX, NULL, err);
	if (rc == TG_OK)
		rc = read_rights(out, json, err);
	out->proven = rc == TG_OK && tg_json_get(json, "by") != NULL;
	return out->proven ? tg_staff_proof_from_json(&out->by, json, "by", err) : rc;
}

static int forget(tg_json **reply, tg_station *st, const tg_staff_change *change, const tg_json *json, tg_error *err)
{
	const char *before = NULL;
	size_t count = 0;
	int rc = tg_json_opt_str(&before, json, "before", 7, NULL, err);

	if (rc == TG_OK && (before != NULL) == (change->who[0] != '\0'))
		rc = tg_fail(err, TG_EFORMAT, "either \"who\" or \"before\" is wanted");
	if (rc != TG_OK)
		return rc;
	if (before == NULL)
		return tg_staff_forget(st, change, err);
	rc = tg_staff_forget_before(st, change, before, &count, err);
	if (rc == TG_OK) {
		*reply = tg_json_new_object();
		tg_json_set_int(*reply, "forgotten", (int64_t)count);
	}
	return rc;
}

static int change(tg_json **reply, tg_station *st, const char *verb, tg_staff_change *c, const tg_json *json, tg_error *err)
{
	static const char *const all[] = { "who", "pin", "badge", "rights", "by", NULL }, *const secrets[] = { "who", "pin", "badge", "by", NULL },
				 *const named[] = { "who", "by", NULL }, *const forgotten[] = { "who", "before", "by", NULL };
	const char *const *members = strcmp(verb, "add") == 0 ? all : strcmp(verb, "pin") == 0 ? secrets :
				     strcmp(verb, "forget") == 0 ? forgotten : named;
	int rc = read_change(c, json, members, err);

	if (rc == TG_OK && c->who[0] == '\0' && (members == all || members == secrets || strcmp(verb, "remove") == 0))
		rc = tg_fail(err, TG_EFORMAT, "who: missing");
	if (rc != TG_OK)
		return rc;
	if (members == all)
		return tg_staff_add(st, c, err);
	if (members == secrets)
		return tg_staff_set(st, c, err);
	if (members == forgotten)
		return forget(reply, st, c, json, err);
	return strcmp(verb, "list") == 0 ? tg_staff_list(reply, st, c, err) : tg_staff_remove(st, c, err);
}

void tg_api_staff(tg_api_reply *out, tg_station *st, const tg_api_request *request)
{
	tg_staff_change c = { .owner = request->owner };
	tg_json *json = NULL, *reply = NULL;
	tg_error err = { 0 };
	int rc = tg_json_parse(&json, request->body, &err);

	if (rc == TG_OK)
		rc = change(&reply, st, strrchr(request->path, '/') + 1, &c, json, &err);
	if (rc == TG_OK)
		tg_api_reply_json(out, 200, reply != NULL ? reply : tg_json_new_object());
	else
		tg_api_refuse_error(out, &err);
	tg_json_free_secret(json);
}
