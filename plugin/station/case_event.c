/* SPDX-License-Identifier: Apache-2.0
 *
 * case_event.c - entries as events of cases. See case_event.h.
 *
 * The log is ours, but it may be of another version, or damaged: nothing in an entry is taken without its bounds.
 */
#include "plugin/station/case_event.h"

#include "store/base/encoding.h"

const char *const tg_case_state_words[TG_CASE_STATE_COUNT + 1] = { "open", "ours", "theirs", "under-investigation", "settled", NULL };
const char *const tg_case_how_words[TG_CASE_HOW_COUNT + 1] = { "released", "returned", "scrapped", "moved", "regulator", "miscounted", NULL };

static const char *const event_words[] = {
	[TG_CASE_IS_PUT_ASIDE] = "put-aside",
	[TG_CASE_IS_NOTE] = "note",
	[TG_CASE_IS_ASSIGNED] = "assign",
	[TG_CASE_IS_STATE] = "state",
	[TG_CASE_IS_COUNT] = "count",
	[TG_CASE_IS_SETTLED] = "settle",
	[TG_CASE_IS_REFUSED] = "refused",
};

const char *tg_case_event_word(tg_case_kind kind)
{
	return (size_t)kind < TG_COUNT(event_words) ? event_words[kind] : "other";
}

/* ---- what opens one ---- */

bool tg_case_is_due(const tg_check_answer *a, const tg_check_request *request)
{
	bool comes_in = a->operation == TG_OP_GOODS_IN || a->operation == TG_OP_RETURN;
	bool named = a->identity.kind == TG_LABEL_PRODUCT || (a->identity.kind == TG_LABEL_IN_STORE && a->verdict.found);

	return comes_in && named && a->identity.gtin != 0 && !a->release.released && !a->drill && request->recheck[0] == '\0';
}

/* ---- reading ---- */

/* Text of at most `size` - 1 bytes; absent is "". False: of another kind, too long, or not what it shows. */
static bool take_text(char *out, size_t size, const tg_json *object, const char *name)
{
	const tg_json *member = tg_json_get(object, name);
	const char *text = tg_json_str(member);

	out[0] = '\0';
	if (member == NULL)
		return true;
	if (text == NULL || strlen(text) >= size || !tg_utf8_plain(text))
		return false;
	strcpy(out, text);
	return true;
}

/* `absent` is what a member that is not there means; -1: it must be there. */
static bool take_word(int *out, const tg_json *object, const char *name, const char *const *words, int absent)
{
	const tg_json *member = tg_json_get(object, name);
	const char *text = tg_json_str(member);

	*out = absent;
	if (member == NULL)
		return absent >= 0;
	for (int i = 0; text != NULL && words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

static bool take_number(uint64_t *out, const tg_json *label, const char *name)
{
	const char *text = tg_json_str(tg_json_get(label, name));
	uint64_t number = 0;

	if (text == NULL || strlen(text) != 14)
		return false;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return false;
		number = 10 * number + (uint64_t)(*p - '0');
	}
	*out = number;
	return number != 0;
}

static bool read_line(tg_case_line *line, const tg_json *entry)
{
	const tg_json *label = tg_json_get(entry, "label");
	const char *kind = tg_json_str(tg_json_get(label, "kind"));
	int operation, destination, supply, unit;

	line->in_store = kind != NULL && strcmp(kind, tg_label_words[TG_LABEL_IN_STORE]) == 0;
	if (kind == NULL || (!line->in_store && strcmp(kind, tg_label_words[TG_LABEL_PRODUCT]) != 0))
		return false;
	if (!take_number(&line->number, label, line->in_store ? "number" : "gtin") ||
		!take_text(line->batch, sizeof(line->batch), label, "batch") ||
		!take_text(line->row, sizeof(line->row), entry, "decided_by") ||
		!take_text(line->delivery, sizeof(line->delivery), entry, "delivery") ||
		!take_word(&operation, entry, "operation", tg_operation_words, -1) ||
		!take_word(&destination, entry, "destination", tg_destination_words, TG_DEST_GB) ||
		!take_word(&supply, entry, "supply", tg_supply_words, TG_SUPPLY_CONSUMER) ||
		!take_word(&unit, entry, "unit", tg_unit_words, TG_UNIT_NEW))
		return false;
	line->operation = (tg_operation)operation;
	line->destination = (tg_destination)destination;
	line->supply = (tg_supply)supply;
	line->unit = (tg_unit)unit;
	line->bought_before_duty = tg_json_bool(tg_json_get(entry, "bought_before_duty"));
	return line->operation == TG_OP_GOODS_IN || line->operation == TG_OP_RETURN;
}

static bool read_check(tg_case_event *out, const tg_json *entry)
{
	out->kind = TG_CASE_IS_PUT_ASIDE;
	out->could_not_check = tg_json_bool(tg_json_get(entry, "could_not_check"));
	out->quantity = 1;
	return read_line(&out->line, entry) && take_text(out->code, sizeof(out->code), entry, "code") &&
		take_text(out->supplier, sizeof(out->supplier), entry, "supplier");
}

static bool take_quantity(uint32_t *out, const tg_json *entry, uint32_t min)
{
	const tg_json *member = tg_json_get(entry, "quantity");
	int64_t n = tg_json_int(member);

	if (tg_json_type_of(member) != TG_JSON_INT || n < min || n > TG_CASE_QUANTITY_MAX)
		return false;
	*out = (uint32_t)n;
	return true;
}

static bool read_assigned(tg_case_event *out, const tg_json *entry)
{
	out->has_owner = tg_json_get(entry, "owner") != NULL;
	out->has_supplier = tg_json_get(entry, "supplier") != NULL;
	return take_text(out->owner, sizeof(out->owner), entry, "owner") &&
		take_text(out->supplier, sizeof(out->supplier), entry, "supplier");
}

/* A word that a newer version brought is an event of which only that it was can be said. */
static bool is_newer_word(const tg_json *entry, const char *name, const char *const *words)
{
	const char *text = tg_json_str(tg_json_get(entry, name));

	for (int i = 0; text != NULL && words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0)
			return false;
	return text != NULL;
}

/* An override let one unit of the case go, there and then. */
static bool read_override(tg_case_event *out, const tg_json *entry)
{
	const char *state = tg_json_str(tg_json_get(entry, "state"));

	out->kind = TG_CASE_IS_SETTLED;
	out->how = TG_CASE_RELEASED;
	out->quantity = 1;
	return state != NULL && strcmp(state, "granted") == 0;
}

static bool read_act(tg_case_event *out, const tg_json *entry)
{
	const char *word = tg_json_str(tg_json_get(entry, "event"));
	int kind = TG_CASE_IS_NOTE, state = 0, how = 0;

	while (word != NULL && kind < TG_CASE_IS_OTHER && strcmp(event_words[kind], word) != 0)
		kind++;
	if (word == NULL)
		return false;
	if ((kind == TG_CASE_IS_STATE && is_newer_word(entry, "state", tg_case_state_words)) ||
		(kind == TG_CASE_IS_SETTLED && is_newer_word(entry, "how", tg_case_how_words)))
		kind = TG_CASE_IS_OTHER;
	out->kind = (tg_case_kind)kind;
	switch (out->kind) {
	case TG_CASE_IS_ASSIGNED:
		return read_assigned(out, entry);
	case TG_CASE_IS_STATE:
		if (!take_word(&state, entry, "state", tg_case_state_words, -1) || state == TG_CASE_SETTLED)
			return false; /* settled is what a settlement makes it */
		out->state = (tg_case_state)state;
		return true;
	case TG_CASE_IS_COUNT:
		return take_quantity(&out->quantity, entry, 0);
	case TG_CASE_IS_SETTLED:
		if (!take_word(&how, entry, "how", tg_case_how_words, -1))
			return false;
		out->how = (tg_case_how)how;
		return take_quantity(&out->quantity, entry, 1);
	case TG_CASE_IS_PUT_ASIDE:
	case TG_CASE_IS_NOTE:
	case TG_CASE_IS_REFUSED:
	case TG_CASE_IS_OTHER:
		break;
	}
	return true;
}

bool tg_case_event_read(tg_case_event *out, const tg_json *entry)
{
	const char *id = tg_json_str(tg_json_get(entry, "case")), *kind = tg_json_str(tg_json_get(entry, "kind"));
	bool is_check;

	*out = (tg_case_event){ .kind = TG_CASE_IS_OTHER };
	if (id == NULL || kind == NULL)
		return false;
	is_check = strcmp(kind, "check") == 0;
	out->opens = is_check && strcmp(id, TG_CASE_NEW) == 0;
	if (!out->opens && tg_reference_parse(&out->id, id, NULL) != TG_OK)
		return false;
	if (is_check)
		return read_check(out, entry);
	return strcmp(kind, "override") == 0 ? read_override(out, entry) : strcmp(kind, "case") == 0 && read_act(out, entry);
}

/* ---- writing ---- */

tg_json *tg_case_entry(const char *id, const char *event, const char *prev, const char *device)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "kind", "case");
	tg_json_set_str(json, "case", id);
	tg_json_set_str(json, "event", event);
	if (prev[0] != '\0')
		tg_json_set_str(json, "prev", prev);
	if (device[0] != '\0')
		tg_json_set_str(json, "device", device);
	return json;
}

bool tg_case_is_owner(const char *text)
{
	size_t len = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

	return len > 0 && len <= TG_CASE_OWNER_MAX && text[len] == '\0';
}

bool tg_case_line_equal(const tg_case_line *a, const tg_case_line *b)
{
	return a->number == b->number && a->in_store == b->in_store && a->operation == b->operation &&
		a->destination == b->destination && a->supply == b->supply && a->unit == b->unit &&
		a->bought_before_duty == b->bought_before_duty && strcmp(a->batch, b->batch) == 0 &&
		strcmp(a->row, b->row) == 0 && strcmp(a->delivery, b->delivery) == 0;
}
