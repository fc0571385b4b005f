/* SPDX-License-Identifier: Apache-2.0
 *
 * api_devices.c - see api_devices.h.
 */
#include "plugin/station/api_devices.h"

#include "plugin/station/record.h"
#include "plugin/station/reply.h"
#include "plugin/station/staff.h"
#include "plugin/station/state.h"
#include "store/base/encoding.h"

void tg_api_devices(tg_api_reply *out, tg_station *st)
{
	const tg_station_devices *devices = st->options.devices;
	tg_json *json = NULL;
	tg_error err = { 0 };

	if (devices == NULL)
		tg_api_refuse(out, 409, TG_ESTATE, "scanners are the daemon's, and it does not run");
	else if (devices->list(st->options.ctx, &json, &err) == TG_OK)
		tg_api_reply_json(out, 200, json);
	else
		tg_api_refuse_error(out, &err);
}

/* ---- a wedge goes back to the desktop ---- */

struct release {
	const char *name, *who, *why;
	char device[TG_STATION_DEVICE_SIZE], by[TG_STAFF_ID_SIZE];
	uint64_t seq;
};

static int read_release(struct release *r, const tg_json *json, tg_error *err)
{
	static const char *const members[] = { "device", "who", "why", NULL };
	int rc = tg_json_only(json, members, err);

	if (rc == TG_OK)
		rc = tg_json_need_str(&r->name, json, "device", TG_STATION_DEVICE_SIZE - 1, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&r->who, json, "who", TG_STAFF_WHO_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_str(&r->why, json, "why", TG_RELEASE_WHY_MAX, err);
	if (rc == TG_OK && (r->why[0] == '\0' || !tg_utf8_plain(r->why)))
		rc = tg_fail(err, TG_EFORMAT, "why: wanted 1 to %d bytes of plain text", TG_RELEASE_WHY_MAX);
	return rc;
}

/* First the record, then the deed: what types past the gate must be on paper. */
static int release(struct release *r, tg_station *st, tg_error *err)
{
	const tg_station_devices *devices = st->options.devices;
	tg_error why = { 0 };
	int rc;

	if (devices == NULL)
		return tg_fail(err, TG_ESTATE, "no devices can be given back from here");
	rc = tg_staff_name_id(r->by, st, r->who, err);
	if (rc == TG_OK)
		rc = devices->kept(st->options.ctx, r->name, r->device, err);
	if (rc != TG_OK)
		return rc;
	rc = tg_journal_submit(st->journal, tg_record_release(r->device, r->by, r->why), NULL, &r->seq, NULL, err);
	if (rc != TG_OK) {
		tg_error_prefix(err, "it could not be written down, so nothing was given back");
		return rc;
	}
	rc = devices->give_back(st->options.ctx, r->device, &why);
	if (rc != TG_OK) {
		tg_station_device_event(st, r->device, "release-failed", 1, 0, why.msg);
		return tg_fail(err, rc, "written down, but not given back: %s", why.msg);
	}
	return TG_OK;
}

void tg_api_devices_release(tg_api_reply *out, tg_station *st, const tg_api_request *request)
{
	struct release r = { 0 };
	tg_json *json = NULL, *reply;
	tg_error err = { 0 };
	int rc;

	if (!request->owner) {
		tg_api_refuse(out, 403, TG_EDENIED, "only root and the user of tillgated may give a scanner back to the desktop");
		return;
	}
	rc = tg_json_parse(&json, request->body, &err);
	if (rc == TG_OK)
		rc = read_release(&r, json, &err);
	if (rc == TG_OK)
		rc = release(&r, st, &err);
	if (rc == TG_OK) {
		reply = tg_json_new_object();
		tg_json_set_str(reply, "device", r.device);
		tg_json_set_int(reply, "seq", (int64_t)r.seq);
		tg_api_reply_json(out, 200, reply);
	} else {
		tg_api_refuse_error(out, &err);
	}
	tg_json_free(json);
}

/* ---- lanes ---- */

void tg_api_acknowledge(tg_api_reply *out, tg_station *st, const tg_api_request *request)
{
	static const char *const members[] = { "lane", NULL };
	const char *lane = NULL;
	tg_json *json = NULL;
	tg_error err = { 0 };

	if (tg_json_parse(&json, request->body, &err) == TG_OK && tg_json_only(json, members, &err) == TG_OK &&
		tg_json_need_str(&lane, json, "lane", TG_CHECK_DEVICE_MAX - 1, &err) == TG_OK && tg_station_acknowledge(st, lane, &err) == TG_OK)
		tg_api_reply_json(out, 200, tg_json_new_object());
	else
		tg_api_refuse_error(out, &err);
	tg_json_free(json);
}
