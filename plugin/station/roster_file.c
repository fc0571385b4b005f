/* SPDX-License-Identifier: Apache-2.0
 *
 * roster_file.c - see roster_file.h. The form is in tillgate-evidence(5).
 */
#include "plugin/station/roster_file.h"

#include "store/base/encoding.h"

#include <stdio.h>

/* What a damaged or planted file may cost: Argon2id of another machine's strength is no reason to stand still. */
#define PASSES_MAX 10
#define MEMORY_MIN_KIB 8
#define MEMORY_MAX_KIB (64 * 1024)

bool tg_roster__is_name(const char *who)
{
	size_t len = strlen(who);

	return len >= 1 && len <= TG_STAFF_WHO_MAX &&
	       strspn(who, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@") == len;
}

/* ---- reading ---- */

static int read_hex(uint8_t *out, size_t size, const tg_json *json, const char *name, tg_error *err)
{
	const char *text = "";
	size_t len = 0;
	int rc = tg_json_need_str(&text, json, name, 2 * size, err);

	if (rc == TG_OK)
		rc = tg_hex_decode(out, &len, size, text, err);
	if (rc == TG_OK && len != size)
		rc = tg_fail(err, TG_EFORMAT, "%s: wanted %zu bytes", name, size);
	return rc;
}

static int read_key(char out[TG_STAFF_ID_SIZE], const tg_json *json, const char *name, tg_error *err)
{
	uint8_t bytes[(TG_STAFF_ID_SIZE - 1) / 2];
	int rc = read_hex(bytes, sizeof(bytes), json, name, err);

	if (rc == TG_OK)
		tg_hex_encode(out, bytes, sizeof(bytes));
	return rc;
}

static int read_tries(struct tg_roster__tries *out, const tg_json *json, tg_error *err)
{
	int rc = tg_json_need_int(&out->count, json, "tries", 0, INT32_MAX, err);

	if (rc == TG_OK)
		rc = tg_json_need_int(&out->last_us, json, "last_us", 0, TG_JSON_MAX_INT, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&out->locked_until_us, json, "locked_until_us", 0, TG_JSON_MAX_INT, err);
	return rc;
}

static int read_pin(struct tg_roster__pin *out, const tg_json *person, tg_error *err)
{
	static const char *const names[] = { "passes", "memory_kib", "salt", "hash", NULL };
	const tg_json *pin = NULL;
	int64_t passes = 0, memory = 0;
	int rc = tg_json_opt_object(&pin, person, "pin", err);

	if (rc != TG_OK || pin == NULL)
		return rc;
	rc = tg_json_only(pin, names, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&passes, pin, "passes", 1, PASSES_MAX, err);
	if (rc == TG_OK)
		rc = tg_json_need_int(&memory, pin, "memory_kib", MEMORY_MIN_KIB, MEMORY_MAX_KIB, err);
	if (rc == TG_OK)
		rc = read_hex(out->salt, sizeof(out->salt), pin, "salt", err);
	if (rc == TG_OK)
		rc = read_hex(out->hash, sizeof(out->hash), pin, "hash", err);
	out->passes = (uint32_t)passes;
	out->memory_kib = (uint32_t)memory;
	return rc;
}

static int read_rights(struct tg_roster__person *out, const tg_json *json, tg_error *err)
{
	const tg_json *list = NULL;
	int rc = tg_json_need_array(&list, json, "rights", err);

	for (const tg_json *item = tg_json_first(list); rc == TG_OK && item != NULL; item = tg_json_next(item)) {
		const char *right = tg_json_str(item);

		if (right == NULL || right[0] == '\0' || strlen(right) > TG_POLICY_WORD_MAX || out->right_count == TG_ROSTER_RIGHTS_MAX)
			return tg_fail(err, TG_EFORMAT, "rights: not as they were written");
		strcpy(out->rights[out->right_count++], right);
	}
	return rc;
}

static int read_person(struct tg_roster__person *out, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "key", "rights", "pin", "badge", "tries", "last_us", "locked_until_us", NULL };
	int rc = tg_json_only(json, names, err);

	if (rc == TG_OK)
		rc = read_key(out->key, json, "key", err);
	if (rc == TG_OK)
		rc = read_rights(out, json, err);
	if (rc == TG_OK)
		rc = read_pin(&out->pin, json, err);
	if (rc == TG_OK && tg_json_get(json, "badge") != NULL) {
		out->has_badge = true;
		rc = read_hex(out->badge, sizeof(out->badge), json, "badge", err);
	}
	return rc == TG_OK ? read_tries(&out->tries, json, err) : rc;
}

static int parse(tg_json **out, tg_view text, tg_error *err)
{
	int64_t version;
	int rc = tg_json_parse(out, text, err);

	if (rc == TG_OK && tg_json_type_of(*out) != TG_JSON_OBJECT)
		rc = tg_fail(err, TG_EFORMAT, "wanted an object, found %s", tg_json_type_name(*out));
	return rc == TG_OK ? tg_json_need_int(&version, *out, "v", 1, 1, err) : rc;
}

int tg_roster__read_staff(struct tg_roster__data *data, tg_view text, tg_error *err)
{
	static const char *const names[] = { "v", "people", "tries", "last_us", "locked_until_us", NULL };
	const tg_json *list = NULL;
	tg_json *json = NULL;
	int rc = parse(&json, text, err);

	data->people_count = 0;
	if (rc == TG_OK)
		rc = tg_json_only(json, names, err);
	if (rc == TG_OK)
		rc = read_tries(&data->station, json, err);
	if (rc == TG_OK)
		rc = tg_json_need_array(&list, json, "people", err);
	for (const tg_json *one = tg_json_first(list); rc == TG_OK && one != NULL; one = tg_json_next(one)) {
		if (data->people_count == TG_ROSTER_PEOPLE_MAX) {
			rc = tg_fail(err, TG_EFORMAT, "people: more than %d", TG_ROSTER_PEOPLE_MAX);
			break;
		}
		data->people[data->people_count] = (struct tg_roster__person){ 0 };
		rc = read_person(&data->people[data->people_count++], one, err);
	}
	tg_json_free(json);
	return rc;
}

static int read_ids(struct tg_roster__name *out, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "month", "id", NULL };
	const tg_json *list = NULL;
	int rc = tg_json_need_array(&list, json, "ids", err);

	for (const tg_json *one = tg_json_first(list); rc == TG_OK && one != NULL; one = tg_json_next(one)) {
		struct tg_roster__id *id = &out->ids[out->id_count];
		const char *month = "";

		if (out->id_count == TG_ROSTER_MONTHS_MAX)
			return tg_fail(err, TG_EFORMAT, "ids: more than %d", TG_ROSTER_MONTHS_MAX);
		rc = tg_json_only(one, names, err);
		if (rc == TG_OK)
			rc = tg_json_need_str(&month, one, "month", sizeof(id->month) - 1, err);
		if (rc == TG_OK)
			rc = read_key(id->id, one, "id", err);
		if (rc == TG_OK)
			strcpy(id->month, month);
		out->id_count += rc == TG_OK;
	}
	return rc;
}

static int read_name(struct tg_roster__name *out, const tg_json *json, tg_error *err)
{
	static const char *const names[] = { "key", "who", "ids", NULL };
	const char *who = "";
	int rc = tg_json_only(json, names, err);

	if (rc == TG_OK)
		rc = read_key(out->key, json, "key", err);
	if (rc == TG_OK)
		rc = tg_json_opt_str(&who, json, "who", TG_STAFF_WHO_MAX, "", err);
	if (rc == TG_OK && who[0] != '\0' && !tg_roster__is_name(who))
		rc = tg_fail(err, TG_EFORMAT, "who: not as it was written");
	if (rc == TG_OK)
		strcpy(out->who, who);
	return rc == TG_OK ? read_ids(out, json, err) : rc;
}

int tg_roster__read_names(struct tg_roster__data *data, tg_view text, tg_error *err)
{
	static const char *const names[] = { "v", "names", NULL };
	const tg_json *list = NULL;
	tg_json *json = NULL;
	int rc = parse(&json, text, err);

	data->name_count = 0;
	if (rc == TG_OK)
		rc = tg_json_only(json, names, err);
	if (rc == TG_OK)
		rc = tg_json_need_array(&list, json, "names", err);
	for (const tg_json *one = tg_json_first(list); rc == TG_OK && one != NULL; one = tg_json_next(one)) {
		if (data->name_count == TG_ROSTER_NAMES_MAX) {
			rc = tg_fail(err, TG_EFORMAT, "names: more than %d", TG_ROSTER_NAMES_MAX);
			break;
		}
		data->names[data->name_count] = (struct tg_roster__name){ 0 };
		rc = read_name(&data->names[data->name_count++], one, err);
	}
	tg_json_free(json);
	return rc;
}

/* ---- writing ---- */

static void set_hex(tg_json *json, const char *name, const uint8_t *data, size_t len)
{
	char hex[2 * 32 + 1];

	tg_json_set_str(json, name, tg_hex_encode(hex, data, len));
}

static void set_tries(tg_json *json, const struct tg_roster__tries *tries)
{
	tg_json_set_int(json, "tries", tries->count);
	tg_json_set_int(json, "last_us", tries->last_us);
	tg_json_set_int(json, "locked_until_us", tries->locked_until_us);
}

static tg_json *json_of_person(const struct tg_roster__person *p)
{
	tg_json *json = tg_json_new_object(), *rights = tg_json_new_array();

	tg_json_set_str(json, "key", p->key);
	for (size_t i = 0; i < p->right_count; i++)
		tg_json_add_str(rights, p->rights[i]);
	tg_json_set(json, "rights", rights);
	if (p->pin.passes != 0) {
		tg_json *pin = tg_json_new_object();

		tg_json_set_int(pin, "passes", p->pin.passes);
		tg_json_set_int(pin, "memory_kib", p->pin.memory_kib);
		set_hex(pin, "salt", p->pin.salt, sizeof(p->pin.salt));
		set_hex(pin, "hash", p->pin.hash, sizeof(p->pin.hash));
		tg_json_set(json, "pin", pin);
	}
	if (p->has_badge)
		set_hex(json, "badge", p->badge, sizeof(p->badge));
	set_tries(json, &p->tries);
	return json;
}

static int write_json(tg_buf *out, tg_json *json, tg_error *err)
{
	int rc = tg_json_write_jcs(out, json, err);

	tg_json_free(json);
	if (rc == TG_OK)
		tg_buf_putc(out, '\n');
	return rc == TG_OK ? tg_buf_check(out, "staff", err) : rc;
}

int tg_roster__write_staff(tg_buf *out, const struct tg_roster__data *data, tg_error *err)
{
	tg_json *json = tg_json_new_object(), *list = tg_json_new_array();

	tg_json_set_int(json, "v", 1);
	set_tries(json, &data->station);
	for (size_t i = 0; i < data->people_count; i++)
		tg_json_add(list, json_of_person(&data->people[i]));
	tg_json_set(json, "people", list);
	return write_json(out, json, err);
}

static tg_json *json_of_name(const struct tg_roster__name *name)
{
	tg_json *json = tg_json_new_object(), *ids = tg_json_new_array();

	tg_json_set_str(json, "key", name->key);
	if (name->who[0] != '\0')
		tg_json_set_str(json, "who", name->who);
	for (size_t i = 0; i < name->id_count; i++) {
		tg_json *one = tg_json_new_object();

		tg_json_set_str(one, "month", name->ids[i].month);
		tg_json_set_str(one, "id", name->ids[i].id);
		tg_json_add(ids, one);
	}
	tg_json_set(json, "ids", ids);
	return json;
}

int tg_roster__write_names(tg_buf *out, const struct tg_roster__data *data, tg_error *err)
{
	tg_json *json = tg_json_new_object(), *list = tg_json_new_array();

	tg_json_set_int(json, "v", 1);
	for (size_t i = 0; i < data->name_count; i++)
		tg_json_add(list, json_of_name(&data->names[i]));
	tg_json_set(json, "names", list);
	return write_json(out, json, err);
}
