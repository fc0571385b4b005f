/* SPDX-License-Identifier: Apache-2.0
 *
 * catalogue.c - a believable head office to try things on: source records of a small electricals and grocery trader.
 *
 * Some sixty connectable products, one for each thing that can be right or wrong with one, a grocery range that a single class note
 * answers, and generated products up to any number. Everything is in the GS1 prefix 952, which is kept for examples. The same
 * options give the same bytes. Writes the form of tillgate-records(5) and nothing else.
 */
#include "store/base/file.h"
#include "store/base/json.h"
#include "store/base/utc.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define NAMED_BASE UINT64_C(952400000000)     /* first twelve digits: the named products */
#define GROCERY_BASE UINT64_C(952500000000)   /* the grocery range */
#define GENERATED_BASE UINT64_C(952600000000) /* generated connectable products */
#define GENERATED_SHARE 20                    /* one generated product in so many is connectable, the others are groceries */
#define PRODUCTS_MAX 20000000                 /* keeps the bases apart */

/** What is special about a named product. */
enum story {
	STORY_HELD, STORY_NO_SOC, STORY_SUMMARY, STORY_UNSIGNED, STORY_NO_END_DATE, STORY_OTHER_TYPE, STORY_BATCHES, STORY_SERIALS,
	STORY_WITHDRAWN, STORY_SUPERSEDED, STORY_JC_STAR, STORY_CLS, STORY_LABEL_EXPIRED, STORY_DSP_ENDED, STORY_DSP_ENDING,
	STORY_OUT, STORY_LAPTOP, STORY_VEHICLE_PART, STORY_LINK_OLD, STORY_NOT_ACCOMPANIED, STORY_OTHER_STANDARD, STORY_UNASSESSED,
	STORY_DECLARATION_OF_CONFORMITY, STORY_ALL_BATCHES_UNSAID, STORY_COUNT,
};

struct named {
	const char *brand, *name, *type;
	enum story story;
};

static const struct named named[] = {
	{ "Lumen", "Lumen Hub 3 smart home hub", "LH-3", STORY_HELD },
	{ "Lumen", "Lumen Bulb E27 colour", "LB-27C", STORY_HELD },
	{ "Lumen", "Lumen Bulb GU10 white", "LB-10W", STORY_HELD },
	{ "Lumen", "Lumen Motion sensor", "LM-1", STORY_HELD },
	{ "Lumen", "Lumen Doorbell cam", "LD-2", STORY_BATCHES },
	{ "Lumen", "Lumen Plug 13 A", "LP-13", STORY_HELD },
	{ "Lumen", "Lumen Light strip 5 m", "LS-5", STORY_LINK_OLD },
	{ "Harrow", "Harrow 43 inch television", "HT-43", STORY_HELD },
	{ "Harrow", "Harrow 55 inch television", "HT-55", STORY_HELD },
	{ "Harrow", "Harrow 65 inch television", "HT-65", STORY_DSP_ENDING },
	{ "Harrow", "Harrow soundbar 2.1", "HS-21", STORY_HELD },
	{ "Harrow", "Harrow streaming stick", "HX-4K", STORY_DSP_ENDED },
	{ "Kestrel", "Kestrel router AX3000", "KR-3000", STORY_HELD },
	{ "Kestrel", "Kestrel mesh point", "KM-1", STORY_SERIALS },
	{ "Kestrel", "Kestrel outdoor camera", "KC-7", STORY_WITHDRAWN },
	{ "Kestrel", "Kestrel indoor camera", "KC-3", STORY_HELD },
	{ "Kestrel", "Kestrel network storage 2-bay", "KN-2", STORY_HELD },
	{ "Kestrel", "Kestrel powerline kit", "KP-600", STORY_HELD },
	{ "Kestrel", "Kestrel travel router", "KT-1", STORY_SUPERSEDED },
	{ "Sakura", "Sakura rice cooker Wi-Fi", "SR-10", STORY_JC_STAR },
	{ "Sakura", "Sakura air purifier", "SA-40", STORY_JC_STAR },
	{ "Sakura", "Sakura humidifier", "SH-2", STORY_LABEL_EXPIRED },
	{ "Merlion", "Merlion smart lock", "ML-9", STORY_CLS },
	{ "Merlion", "Merlion alarm panel", "MA-2", STORY_CLS },
	{ "Pebblet", "Pebblet watch 40 mm", "PW-40", STORY_HELD },
	{ "Pebblet", "Pebblet watch 44 mm", "PW-44", STORY_HELD },
	{ "Pebblet", "Pebblet fitness band", "PB-5", STORY_HELD },
	{ "Pebblet", "Pebblet bathroom scale", "PS-2", STORY_NO_END_DATE },
	{ "Pebblet", "Pebblet ear buds", "PE-3", STORY_HELD },
	{ "Tumble", "Tumble talking bear", "TB-1", STORY_NO_SOC },
	{ "Tumble", "Tumble racing car with app", "TC-2", STORY_UNSIGNED },
	{ "Tumble", "Tumble children's tablet", "TT-7", STORY_HELD },
	{ "Tumble", "Tumble baby monitor", "TM-4", STORY_HELD },
	{ "Tumble", "Tumble night light with app", "TN-1", STORY_SUMMARY },
	{ "Albion", "Albion kettle Wi-Fi", "AK-1", STORY_HELD },
	{ "Albion", "Albion oven with app", "AO-60", STORY_HELD },
	{ "Albion", "Albion washing machine connected", "AW-9", STORY_HELD },
	{ "Albion", "Albion washing machine plain", "AW-7", STORY_OUT },
	{ "Albion", "Albion robot vacuum", "AV-3", STORY_OTHER_TYPE },
	{ "Albion", "Albion fridge with screen", "AF-400", STORY_HELD },
	{ "Albion", "Albion thermostat", "AT-2", STORY_NOT_ACCOMPANIED },
	{ "Albion", "Albion radiator valve", "AR-1", STORY_HELD },
	{ "Albion", "Albion smoke alarm linked", "AS-1", STORY_OTHER_STANDARD },
	{ "Albion", "Albion carbon monoxide alarm linked", "AC-1", STORY_HELD },
	{ "Quill", "Quill laptop 14", "QL-14", STORY_LAPTOP },
	{ "Quill", "Quill laptop 16", "QL-16", STORY_LAPTOP },
	{ "Quill", "Quill phone 6", "QP-6", STORY_HELD },
	{ "Quill", "Quill phone 6 Pro", "QP-6P", STORY_HELD },
	{ "Quill", "Quill printer colour", "QX-2", STORY_HELD },
	{ "Quill", "Quill wireless keyboard set", "QK-3", STORY_HELD },
	{ "Quill", "Quill e-reader", "QE-8", STORY_HELD },
	{ "Orbis", "Orbis dashcam", "OD-1", STORY_VEHICLE_PART },
	{ "Orbis", "Orbis bicycle tracker", "OB-1", STORY_HELD },
	{ "Orbis", "Orbis pet tracker", "OP-2", STORY_UNASSESSED },
	{ "Orbis", "Orbis satnav", "ON-5", STORY_HELD },
	{ "Orbis", "Orbis bicycle light with app", "OL-1", STORY_DECLARATION_OF_CONFORMITY },
	{ "Vesper", "Vesper console", "VC-1", STORY_HELD },
	{ "Vesper", "Vesper console controller", "VC-P", STORY_HELD },
	{ "Vesper", "Vesper headset", "VH-2", STORY_HELD },
	{ "Vesper", "Vesper smart speaker", "VS-1", STORY_HELD },
	{ "Vesper", "Vesper projector", "VP-4", STORY_ALL_BATCHES_UNSAID },
	{ "Vesper", "Vesper karaoke speaker", "VK-1", STORY_HELD },
	{ "Lumen", "Lumen HDMI cable 2 m", "LC-2", STORY_OUT },
};

struct maker {
	const char *dir;
	int32_t today;
	size_t products;
	FILE *files[6];
};
enum { PRODUCTS, SOCS, LABELS, SCOPE_NOTES, CLASS_NOTES, PACKS };
static const char *const file_names[] = { "products", "socs", "labels", "scope_notes", "class_notes", "packs" };

/* ---- small pieces ---- */

/* Check digit of GS1 General Specifications 7.9: weights 3, 1 from the right. `digits` without it. */
static uint64_t with_check_digit(uint64_t digits)
{
	unsigned sum = 0, weight = 3;

	for (uint64_t rest = digits; rest > 0; rest /= 10, weight = 4 - weight)
		sum += weight * (unsigned)(rest % 10);
	return digits * 10 + (10 - sum % 10) % 10;
}

static const char *digits13(char out[24], uint64_t number)
{
	snprintf(out, 24, "%013llu", (unsigned long long)number);
	return out;
}

static void set_gtin(tg_json *json, uint64_t gtin)
{
	char text[24];

	tg_json_set_str(json, "gtin", digits13(text, gtin));
}

static tg_json *gtins_of(uint64_t gtin)
{
	tg_json *list = tg_json_new_array();
	char text[24];

	tg_json_add_str(list, digits13(text, gtin));
	return list;
}

static void set_day(tg_json *json, const char *name, int32_t day)
{
	char text[TG_DAY_TEXT_SIZE];

	tg_json_set_str(json, name, tg_day_format(text, day));
}

static tg_json *one_text(const char *text)
{
	tg_json *list = tg_json_new_array();

	tg_json_add_str(list, text);
	return list;
}

static void put(struct maker *m, int file, tg_json *json)
{
	tg_buf line;

	tg_buf_init(&line, 65536);
	if (tg_json_write_jcs(&line, json, NULL) == TG_OK)
		fprintf(m->files[file], "%s\n", tg_buf_text(&line));
	tg_buf_fini(&line);
	tg_json_free(json);
}

/* ---- statements of compliance ---- */

static tg_json *party(const char *brand)
{
	tg_json *json = tg_json_new_object();
	char text[96];

	snprintf(text, sizeof(text), "%s Appliances Example Ltd", brand);
	tg_json_set_str(json, "name", text);
	tg_json_set_str(json, "address", "1 Example Way, Exampleton, EX1 1EX, United Kingdom");
	return json;
}

static tg_json *document(const char *kind, const char *id)
{
	tg_json *json = tg_json_new_object();
	char text[128];

	tg_json_set_str(json, "kind", kind);
	snprintf(text, sizeof(text), "https://soc.example/%s.pdf", id);
	tg_json_set_str(json, "link", text);
	return json;
}

static void set_declaration(tg_json *soc)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_bool(json, "prepared_by_or_for_manufacturer", true);
	tg_json_set_bool(json, "opinion_of_manufacturer", true);
	tg_json_set_str(json, "limb", "security-requirements");
	tg_json_set(soc, "declaration", json);
	tg_json_set_str(soc, "prepared_by", "manufacturer");
}

static void set_signature(tg_json *soc, bool is_signed, int32_t issued)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "name", "A. Example");
	tg_json_set_str(json, "function", "Head of product compliance");
	tg_json_set_bool(json, "signed", is_signed);
	tg_json_set(soc, "signatory", json);
	json = tg_json_new_object();
	tg_json_set_str(json, "place", "Exampleton");
	set_day(json, "date", issued);
	tg_json_set(soc, "issued", json);
}

static void set_accompanies(tg_json *soc, const char *how, int32_t tested)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "how", how);
	if (tested != TG_DAY_NONE) {
		set_day(json, "link_tested", tested);
		tg_json_set_str(json, "link_result", "ok");
	}
	tg_json_set(soc, "accompanies", json);
}

/* A whole one, as Schedule 4 wants it; a story then takes something away. */
static tg_json *whole_soc(const struct maker *m, const char *id, const char *brand, const char *type, uint64_t gtin)
{
	tg_json *soc = tg_json_new_object(), *manufacturers = tg_json_new_array();

	tg_json_set_str(soc, "id", id);
	tg_json_set_str(soc, "status", "current");
	tg_json_set(soc, "document", document("soc", id));
	tg_json_set(soc, "types", one_text(type));
	tg_json_set_str(soc, "batches", "all");
	tg_json_add(manufacturers, party(brand));
	tg_json_set(soc, "manufacturers", manufacturers);
	set_declaration(soc);
	set_day(soc, "support_period_end", m->today + 4 * 365);
	set_signature(soc, true, m->today - 200);
	set_accompanies(soc, "product-link", m->today - 10);
	tg_json_set(soc, "gtins", gtins_of(gtin));
	return soc;
}

static void replace(tg_json *json, const char *name, tg_json *value)
{
	tg_json_remove(json, name);
	tg_json_set(json, name, value);
}

static void limit_batches(tg_json *soc)
{
	tg_json *batches = tg_json_new_object(), *ranges = tg_json_new_array(), *range = tg_json_new_object();

	tg_json_set_str(range, "from", "B2601");
	tg_json_set_str(range, "to", "B2640");
	tg_json_add(ranges, range);
	tg_json_set(batches, "ranges", ranges);
	replace(soc, "batches", batches);
}

static void tie_serials(tg_json *soc)
{
	tg_json *ties = tg_json_new_array(), *tie = tg_json_new_object();

	tg_json_set_str(tie, "batch", "B2610");
	tg_json_set_str(tie, "from", "SN100000");
	tg_json_set_str(tie, "to", "SN199999");
	tg_json_add(ties, tie);
	tg_json_set(soc, "serial_ties", ties);
}

static void bend_support_period(tg_json *soc, int32_t end)
{
	tg_json_remove(soc, "support_period_end");
	if (end == TG_DAY_NONE)
		tg_json_set_str(soc, "support_period_text", "two years from purchase");
	else
		set_day(soc, "support_period_end", end);
}

static void rely_on_standard(tg_json *soc)
{
	tg_json *json = tg_json_new_object();

	tg_json_remove(soc, "declaration");
	tg_json_set_bool(json, "prepared_by_or_for_manufacturer", true);
	tg_json_set_bool(json, "opinion_of_manufacturer", true);
	tg_json_set_str(json, "limb", "deemed-compliance");
	tg_json_set(soc, "declaration", json);
	tg_json_set_bool(soc, "standard_relied_on", true);
	json = tg_json_new_object();
	tg_json_set_str(json, "number", "ETSI EN 303 645");
	tg_json_set_str(json, "version", "V3.1.3");
	tg_json_set_str(json, "date", "2024-09-10");
	tg_json_set(soc, "standard", json);
}

static void set_status(tg_json *soc, const char *status)
{
	tg_json_remove(soc, "status");
	tg_json_set_str(soc, "status", status);
}

static void bend_soc(struct maker *m, tg_json *soc, const struct named *p, const char *id, uint64_t gtin)
{
	char older[96];
	tg_json *old;

	switch (p->story) {
	case STORY_SUMMARY:
		replace(soc, "document", document("summary", id));
		break;
	case STORY_DECLARATION_OF_CONFORMITY:
		replace(soc, "document", document("declaration-of-conformity", id));
		break;
	case STORY_UNSIGNED:
		tg_json_remove(soc, "signatory");
		tg_json_remove(soc, "issued");
		set_signature(soc, false, m->today - 90);
		break;
	case STORY_NO_END_DATE:
		bend_support_period(soc, TG_DAY_NONE);
		break;
	case STORY_OTHER_TYPE:
		replace(soc, "types", one_text("AV-2"));
		break;
	case STORY_BATCHES:
		limit_batches(soc);
		break;
	case STORY_SERIALS:
		limit_batches(soc);
		tie_serials(soc);
		break;
	case STORY_WITHDRAWN:
		set_status(soc, "withdrawn");
		break;
	case STORY_SUPERSEDED:
		snprintf(older, sizeof(older), "%s-OLD", id);
		old = whole_soc(m, older, p->brand, p->type, gtin);
		set_status(old, "superseded");
		tg_json_set_str(old, "superseded_by", id);
		put(m, SOCS, old);
		break;
	case STORY_DSP_ENDED:
		bend_support_period(soc, m->today - 30);
		break;
	case STORY_DSP_ENDING:
		bend_support_period(soc, m->today + 45);
		break;
	case STORY_LINK_OLD:
		tg_json_remove(soc, "accompanies");
		set_accompanies(soc, "product-link", m->today - 300);
		break;
	case STORY_NOT_ACCOMPANIED:
		tg_json_remove(soc, "accompanies");
		break;
	case STORY_OTHER_STANDARD:
		rely_on_standard(soc);
		break;
	case STORY_ALL_BATCHES_UNSAID:
		tg_json_remove(soc, "batches");
		break;
	case STORY_HELD: case STORY_NO_SOC: case STORY_JC_STAR: case STORY_CLS: case STORY_LABEL_EXPIRED: case STORY_OUT: case STORY_LAPTOP:
	case STORY_VEHICLE_PART: case STORY_UNASSESSED: case STORY_COUNT:
		break;
	}
}

/* ---- notes and labels ---- */

static tg_json *note(const struct maker *m, const char *id, const char *decision)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "id", id);
	tg_json_set_str(json, "decision", decision);
	tg_json_set_str(json, "source", "PSTI Act 2022 ss. 4-6; SI 2023/1007 Schedule 3");
	tg_json_set_str(json, "quote", strcmp(decision, "in") == 0 ? "data sheet: connects to the internet by Wi-Fi" :
		"data sheet: see the condition evidence and the section named");
	tg_json_set_str(json, "reviewer", "compliance-1");
	set_day(json, "reviewed", m->today - 100);
	set_day(json, "review_by", m->today + 500);
	return json;
}

static void put_scope(struct maker *m, const struct named *p, const char *id, uint64_t gtin)
{
	bool excepted = p->story == STORY_LAPTOP || p->story == STORY_VEHICLE_PART;
	const char *decision = p->story == STORY_OUT ? "out" : excepted ? "excepted" : "in";
	tg_json *json, *destinations;

	if (p->story == STORY_UNASSESSED)
		return;
	json = note(m, id, decision);
	tg_json_set(json, "gtins", gtins_of(gtin));
	if (!excepted && p->story != STORY_OUT)
		tg_json_set_str(json, "limb", "internet-connectable");
	if (excepted) {
		tg_json_set_int(json, "exception_paragraph", p->story == STORY_LAPTOP ? 5 : 6);
		tg_json_set_str(json, "condition_evidence", p->story == STORY_LAPTOP ? "data sheet: general purpose laptop computer" :
			"type approval certificate on file");
		destinations = one_text("gb");
		if (p->story == STORY_LAPTOP)
			tg_json_add_str(destinations, "ni");
		tg_json_set(json, "destinations", destinations);
	}
	put(m, SCOPE_NOTES, json);
}

static void put_label(struct maker *m, const struct named *p, const char *id, uint64_t gtin)
{
	bool cls = p->story == STORY_CLS, expired = p->story == STORY_LABEL_EXPIRED;
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "id", id);
	tg_json_set_str(json, "scheme", cls ? "cls" : "jc-star");
	tg_json_set_str(json, "scheme_version", cls ? "CCC SP-151-2 v1.4" : "JST-CR-01-01-2024R1");
	tg_json_set_int(json, "level", cls ? 2 : 1);
	tg_json_set(json, "models", one_text(p->type));
	tg_json_set(json, "gtins", gtins_of(gtin));
	set_day(json, "valid_from", m->today - 700);
	set_day(json, "valid_to", expired ? m->today - 3 : m->today + 400);
	set_day(json, "checked", m->today - 5);
	put(m, LABELS, json);
}

/* ---- products ---- */

static void put_product(struct maker *m, uint64_t gtin, const char *brand, const char *name, const char *type, const char *category)
{
	tg_json *json = tg_json_new_object();
	char text[96];

	set_gtin(json, gtin);
	tg_json_set_str(json, "name", name);
	tg_json_set_str(json, "brand", brand);
	snprintf(text, sizeof(text), "%s Appliances Example Ltd", brand);
	tg_json_set_str(json, "manufacturer", text);
	if (type[0] != '\0')
		tg_json_set_str(json, "type", type);
	tg_json_set_str(json, "category", category);
	put(m, PRODUCTS, json);
}

static bool has_soc(enum story story)
{
	return story != STORY_NO_SOC && story != STORY_JC_STAR && story != STORY_CLS && story != STORY_LABEL_EXPIRED && story != STORY_OUT &&
		story != STORY_LAPTOP && story != STORY_VEHICLE_PART && story != STORY_UNASSESSED;
}

static void put_named(struct maker *m, size_t i)
{
	const struct named *p = &named[i];
	uint64_t gtin = with_check_digit(NAMED_BASE + i);
	char id[80];

	put_product(m, gtin, p->brand, p->name, p->type, "electricals");
	snprintf(id, sizeof(id), "SN-%s", p->type);
	put_scope(m, p, id, gtin);
	if (has_soc(p->story)) {
		tg_json *soc;

		snprintf(id, sizeof(id), "SOC-%s", p->type);
		soc = whole_soc(m, id, p->brand, p->type, gtin);
		bend_soc(m, soc, p, id, gtin);
		put(m, SOCS, soc);
	}
	if (p->story == STORY_JC_STAR || p->story == STORY_CLS || p->story == STORY_LABEL_EXPIRED) {
		snprintf(id, sizeof(id), "LABEL-%s", p->type);
		put_label(m, p, id, gtin);
	}
}

static void put_generated(struct maker *m, size_t i)
{
	static const char *const goods[] = { "Beans", "Soup", "Tea", "Biscuits", "Flour", "Rice", "Oats", "Jam", "Honey", "Crackers" };
	bool connectable = i % GENERATED_SHARE == 0;
	uint64_t gtin = with_check_digit((connectable ? GENERATED_BASE : GROCERY_BASE) + i);
	char name[64], type[24], id[48];
	tg_json *scope;

	if (!connectable) {
		snprintf(name, sizeof(name), "%s no. %zu", goods[i % TG_COUNT(goods)], i);
		put_product(m, gtin, "Hearth", name, "", "grocery");
		return;
	}
	snprintf(name, sizeof(name), "Meridian device %zu", i);
	snprintf(type, sizeof(type), "MD-%zu", i);
	put_product(m, gtin, "Meridian", name, type, "electricals");
	snprintf(id, sizeof(id), "SN-%s", type);
	scope = note(m, id, "in");
	tg_json_set(scope, "gtins", gtins_of(gtin));
	tg_json_set_str(scope, "limb", "internet-connectable");
	put(m, SCOPE_NOTES, scope);
	snprintf(id, sizeof(id), "SOC-%s", type);
	put(m, SOCS, whole_soc(m, id, "Meridian", type, gtin));
}

static void put_class_notes(struct maker *m)
{
	tg_json *json = note(m, "CN-GROCERY", "out"), *list, *range;

	tg_json_set_str(json, "quote", "food and drink: no function that sends or receives data");
	tg_json_set(json, "categories", one_text("grocery"));
	put(m, CLASS_NOTES, json);
	json = note(m, "CN-COUNTER", "out");
	tg_json_set_str(json, "quote", "goods weighed and labelled at the counter");
	list = tg_json_new_array();
	range = tg_json_new_object();
	tg_json_set_str(range, "from", "2000000000000");
	tg_json_set_str(range, "to", "2099999999999");
	tg_json_add(list, range);
	tg_json_set(json, "in_store", list);
	put(m, CLASS_NOTES, json);
}

/* A carton of four hubs: its own GTIN-14 with indicator 1. */
static void put_pack(struct maker *m)
{
	uint64_t inside = with_check_digit(NAMED_BASE);
	tg_json *json = tg_json_new_object();
	char text[24];

	snprintf(text, sizeof(text), "%014llu", (unsigned long long)with_check_digit(UINT64_C(1000000000000) + NAMED_BASE));
	tg_json_set_str(json, "gtin", text);
	tg_json_set_str(json, "contains", digits13(text, inside));
	tg_json_set_int(json, "count", 4);
	put(m, PACKS, json);
}

/* ---- the program ---- */

static int open_files(struct maker *m)
{
	char path[4096];

	for (size_t i = 0; i < TG_COUNT(file_names); i++) {
		snprintf(path, sizeof(path), "%s/%s.jsonl", m->dir, file_names[i]);
		m->files[i] = fopen(path, "we");
		if (m->files[i] == NULL) {
			fprintf(stderr, "tillgate-sim-catalogue: %s: %s\n", path, strerror(errno));
			return 3;
		}
	}
	return 0;
}

static int close_files(struct maker *m)
{
	int code = 0;

	for (size_t i = 0; i < TG_COUNT(file_names); i++) {
		if (m->files[i] != NULL && fclose(m->files[i]) != 0) {
			fprintf(stderr, "tillgate-sim-catalogue: %s/%s.jsonl: %s\n", m->dir, file_names[i], strerror(errno));
			code = 3;
		}
	}
	return code;
}

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate-sim-catalogue DIR [--products N] [--today YYYY-MM-DD]\n"
		"Writes source records of an example trader to DIR: %zu named connectable products, class notes, and generated products up to N in\n"
		"all (default: the named ones only). Dates lie around --today (default: today).\n"
		"Exit: 0 written, 2 usage, 3 could not write.\n", TG_COUNT(named));
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "products", required_argument, NULL, 'p' }, { "today", required_argument, NULL, 't' }, { "help", no_argument, NULL, 'h' }, { 0 },
	};
	struct maker m = { .today = tg_day_in_uk(tg_utc_now_us()) };
	int c, code;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'p' && atoll(optarg) >= 0 && atoll(optarg) <= PRODUCTS_MAX) {
			m.products = (size_t)atoll(optarg);
		} else if (c == 't' && tg_day_parse(&m.today, optarg, NULL) == TG_OK) {
			continue;
		} else {
			usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
	}
	if (optind + 1 != argc) {
		usage(stderr);
		return 2;
	}
	m.dir = argv[optind];
	if (tg_dir_make(m.dir, 0755, NULL) != TG_OK) {
		fprintf(stderr, "tillgate-sim-catalogue: %s: %s\n", m.dir, strerror(errno));
		return 3;
	}
	code = open_files(&m);
	if (code == 0) {
		for (size_t i = 0; i < TG_COUNT(named); i++)
			put_named(&m, i);
		for (size_t i = TG_COUNT(named); i < m.products; i++)
			put_generated(&m, i);
		put_class_notes(&m);
		put_pack(&m);
	}
	return close_files(&m) | code;
}
