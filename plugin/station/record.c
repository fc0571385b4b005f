/* SPDX-License-Identifier: Apache-2.0
 *
 * record.c - entries about the station itself. See record.h.
 */
#include "plugin/station/record.h"

#include "plugin/gate/verdict.h"
#include "store/base/encoding.h"

#define FLOOR_PAGE 256 /* entries read at a time, newest page first; the first page holds one in all normal logs */
#define FLOOR_PAGES 16 /* a log of thousands of entries that never saw a catalogue has no floor to find */

static tg_json *entry(const char *kind)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "kind", kind);
	return json;
}

static void set_versions(tg_json *json, const tg_inforce *set)
{
	char text[TG_UTC_TEXT_SIZE], hex[2 * TG_SHA256_SIZE + 1];

	tg_json_set_int(json, "catalogue_version", (int64_t)set->catalogue_version);
	tg_json_set_int(json, "policy_version", (int64_t)set->policy_version);
	tg_json_set_int(json, "root_version", (int64_t)set->root_version);
	if (set->chain == NULL)
		return;
	tg_json_set_str(json, "issued_at", tg_utc_format(text, set->issued_us));
	tg_json_set_str(json, "image_sha256", tg_hex_encode(hex, tg_chain_facts_of(set->chain)->image_sha256, TG_SHA256_SIZE));
	tg_json_set_str(json, "policy_sha256", tg_hex_encode(hex, tg_chain_facts_of(set->chain)->policy_sha256, TG_SHA256_SIZE));
}

static void set_fault(tg_json *json, const tg_inforce *set)
{
	if (set->fault_code == TG_OK)
		return;
	tg_json_set_str(json, "code", tg_strerror(set->fault_code));
	tg_json_set_str(json, "fault", set->fault);
}

tg_json *tg_record_start(const tg_inforce *set)
{
	tg_json *json = entry("start");

	tg_json_set_str(json, "software", TILLGATE_VERSION);
	tg_json_set_int(json, "rules", TG_RULESET_VERSION);
	tg_json_set_str(json, "law_as_of", TG_LAW_AS_OF);
	set_versions(json, set);
	set_fault(json, set);
	return json;
}

tg_json *tg_record_stop(void)
{
	return entry("stop");
}

tg_json *tg_record_catalogue(const tg_inforce *from, const tg_inforce *to)
{
	tg_json *json = entry("catalogue");

	tg_json_set_int(json, "from_catalogue_version", (int64_t)from->catalogue_version);
	tg_json_set_int(json, "from_policy_version", (int64_t)from->policy_version);
	set_versions(json, to);
	set_fault(json, to);
	return json;
}

tg_json *tg_record_refused(const tg_inforce *set)
{
	tg_json *json = entry("catalogue-refused");

	tg_json_set_str(json, "set", set->set_id);
	set_fault(json, set);
	return json;
}

tg_json *tg_record_damage(const tg_inforce *set, const char *words, bool healed)
{
	tg_json *json = entry("damage");

	tg_json_set_str(json, "state", healed ? "healed" : "found");
	tg_json_set_str(json, "set", set->set_id);
	if (!healed)
		tg_json_set_str(json, "fault", words);
	return json;
}

tg_json *tg_record_clock(bool fault, int64_t now_us, int64_t floor_us)
{
	tg_json *json = entry("clock");
	char text[TG_UTC_TEXT_SIZE];

	tg_json_set_str(json, "state", fault ? "fault" : "healed");
	tg_json_set_str(json, "newest_signed_time", tg_utc_format(text, floor_us));
	tg_json_set_int(json, "ahead_s", (now_us - floor_us) / TG_US_PER_SECOND);
	return json;
}

tg_json *tg_record_outage(int64_t from_us, int64_t until_us, uint64_t checks, uint64_t released, const char *why)
{
	tg_json *json = entry("outage");
	char text[TG_UTC_TEXT_SIZE];

	tg_json_set_str(json, "from", tg_utc_format(text, from_us));
	tg_json_set_str(json, "until", tg_utc_format(text, until_us));
	tg_json_set_int(json, "checks", (int64_t)checks);
	tg_json_set_int(json, "released", (int64_t)released);
	tg_json_set_str(json, "why", why);
	return json;
}

tg_json *tg_record_not_delivered(bool recorded, uint64_t seq, const char *output, const char *words)
{
	tg_json *json = entry("not-delivered");

	if (recorded)
		tg_json_set_int(json, "check", (int64_t)seq);
	tg_json_set_str(json, "output", output);
	tg_json_set_str(json, "why", words);
	return json;
}

tg_json *tg_record_device(const char *device, const char *event, uint64_t count, size_t len_bytes, const char *words)
{
	tg_json *json = entry("device");

	tg_json_set_str(json, "device", device);
	tg_json_set_str(json, "event", event);
	if (count > 1)
		tg_json_set_int(json, "count", (int64_t)count);
	if (len_bytes > 0)
		tg_json_set_int(json, "bytes", (int64_t)len_bytes);
	if (words[0] != '\0')
		tg_json_set_str(json, "words", words);
	return json;
}

tg_json *tg_record_release(const char *device, const char *by, const char *why)
{
	tg_json *json = entry("device");

	tg_json_set_str(json, "device", device);
	tg_json_set_str(json, "event", "released");
	tg_json_set_str(json, "by", by);
	tg_json_set_str(json, "words", why);
	return json;
}

/* ---- the floor ---- */

/* Entries come in ascending order within a page, pages in descending order: the last hit of the first page that has one counts. */
struct floor_search {
	tg_inforce_floor in_page;
};

static void take_version(uint64_t *version, const tg_json *json, const char *name)
{
	const tg_json *value = tg_json_get(json, name);

	if (tg_json_type_of(value) == TG_JSON_INT && tg_json_int(value) > 0)
		*version = (uint64_t)tg_json_int(value);
}

static int floor_of_entry(void *ctx, const tg_log_entry *logged)
{
	struct floor_search *search = ctx;
	tg_json *json = NULL;

	if (tg_json_parse(&json, logged->bytes, NULL) != TG_OK)
		return 0;
	take_version(&search->in_page.catalogue_version, json, "catalogue_version");
	take_version(&search->in_page.policy_version, json, "policy_version");
	take_version(&search->in_page.root_version, json, "root_version");
	tg_json_free(json);
	return 0;
}

/* True when what every check names is known; the root stands in fewer entries, and in the station's memory. */
static bool settle_floor(tg_inforce_floor *floor, const tg_inforce_floor *in_page)
{
	if (floor->catalogue_version == 0)
		floor->catalogue_version = in_page->catalogue_version;
	if (floor->policy_version == 0)
		floor->policy_version = in_page->policy_version;
	if (floor->root_version == 0)
		floor->root_version = in_page->root_version;
	return floor->catalogue_version != 0 && floor->policy_version != 0;
}

int tg_record_floor(tg_inforce_floor *floor, tg_log *log, tg_error *err)
{
	tg_log_head head;
	bool settled = false;
	int pages = 0;

	*floor = (tg_inforce_floor){ 0 };
	tg_log_get_head(log, &head);
	for (uint32_t epoch = head.epoch; epoch >= 1 && !settled; epoch--) {
		if (tg_log_get_epoch(log, epoch, &head, NULL) != TG_OK)
			continue;
		for (uint64_t end = head.size; end > 0 && !settled && pages < FLOOR_PAGES; pages++) {
			uint64_t first = end > FLOOR_PAGE ? end - FLOOR_PAGE : 0;
			struct floor_search search = { 0 };
			int rc = tg_log_read(log, epoch, first, end - first, floor_of_entry, &search, err);

			if (rc != TG_OK)
				return rc;
			settled = settle_floor(floor, &search.in_page);
			end = first;
		}
	}
	return TG_OK;
}
