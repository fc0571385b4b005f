/* SPDX-License-Identifier: Apache-2.0
 *
 * explain.c - the explanation of a decision as JSON. See explain.h.
 */
#include "plugin/station/explain.h"

#include "plugin/station/answer.h"

#include <stdlib.h>

static const char *const kinds[] = { "system", "stop", "exempt", "route", "answer", "grade" };
static const char *const stop_kinds[TG_STOP_KINDS] = { "", "stop-notice", "recall-notice", "notice-under-appeal", "notice-intended",
	"compliance-notice", "failure", "suspicion", "publication", "support-shortened" };

#define STOPS_SHOWN 100 /* of one product; more than that nobody reads */

static void set_view(tg_json *json, const char *name, tg_view text)
{
	tg_buf copy;

	tg_buf_init(&copy, TG_CHECK_LINK_MAX);
	tg_buf_append(&copy, text.data, text.len);
	tg_json_set_str(json, name, tg_buf_text(&copy));
	tg_buf_fini(&copy);
}

static void set_day(tg_json *json, const char *name, int32_t day)
{
	char text[TG_DAY_TEXT_SIZE];

	if (day != TG_DAY_NONE)
		tg_json_set_str(json, name, tg_day_format(text, day));
}

/* ---- what the catalogue holds ---- */

static tg_json *defects_of(const tg_soc *soc)
{
	tg_json *list = tg_json_new_array();

	for (int n = 1; n <= 19; n++)
		if ((soc->defects & TG_DEFECT(n)) != 0) {
			char code[4] = { 'D', (char)('0' + n / 10), (char)('0' + n % 10), '\0' };

			tg_json_add_str(list, code);
		}
	return list;
}

static tg_json *socs_of(const tg_catalogue *cat, const tg_product *product, const tg_explanation *e)
{
	tg_json *list = tg_json_new_array();

	for (uint32_t n = 0; n < e->soc_count; n++) {
		tg_json *one = tg_json_new_object(), *grounds = tg_json_new_array();
		tg_view id, link;
		tg_soc soc;

		if (tg_catalogue_soc(&soc, cat, product, n, NULL) == TG_OK && tg_catalogue_soc_texts(&id, &link, cat, &soc, NULL) == TG_OK) {
			set_view(one, "id", id);
			set_view(one, "link", link);
			tg_json_set_str(one, "status", tg_soc_status_words[soc.status]);
			tg_json_set(one, "defects", defects_of(&soc));
			set_day(one, "issued", soc.issued);
			set_day(one, "support_ends", soc.dsp_end);
		}
		for (size_t i = 0; i < e->socs[n].ground_count; i++)
			tg_json_add_str(grounds, e->socs[n].grounds[i]);
		tg_json_set_bool(one, "answers", e->socs[n].ground_count == 0);
		tg_json_set(one, "fails", grounds);
		tg_json_add(list, one);
	}
	return list;
}

static tg_json *labels_of(const tg_catalogue *cat, const tg_product *product)
{
	tg_json *list = tg_json_new_array();

	for (uint32_t n = 0; n < product->conformance_count; n++) {
		tg_json *one;
		tg_conformance label;
		tg_view id;

		if (tg_catalogue_conformance(&label, cat, product, n, NULL) != TG_OK ||
			tg_catalogue_conformance_id(&id, cat, &label, NULL) != TG_OK)
			continue;
		one = tg_json_new_object();
		set_view(one, "id", id);
		tg_json_set_bool(one, "named_in_schedule_2a", label.qualifies);
		tg_json_set_bool(one, "covers_model", label.covers_model);
		set_day(one, "valid_from", label.valid_from);
		set_day(one, "valid_to", label.valid_to);
		set_day(one, "checked", label.checked);
		tg_json_add(list, one);
	}
	return list;
}

static tg_json *stops_of(const tg_catalogue *cat, const tg_product *product)
{
	tg_json *list = tg_json_new_array();

	for (uint32_t n = 0; n < product->stop_count && n < STOPS_SHOWN; n++) {
		tg_json *one;
		tg_stop stop;
		tg_view id;

		if (tg_catalogue_stop(&stop, cat, product, n, NULL) != TG_OK || tg_catalogue_stop_id(&id, cat, &stop, NULL) != TG_OK)
			continue;
		one = tg_json_new_object();
		set_view(one, "id", id);
		tg_json_set_str(one, "kind", stop_kinds[stop.kind]);
		set_day(one, "from", stop.from);
		set_day(one, "to", stop.to);
		tg_json_set_bool(one, "limited_to_units", stop.batches_listed || stop.serials_listed);
		tg_json_add(list, one);
	}
	return list;
}

static tg_json *components_of(const tg_catalogue *cat, const tg_product *product)
{
	tg_json *list = tg_json_new_array();
	uint64_t gtin;

	for (uint32_t n = 0; n < product->component_count; n++)
		if (tg_catalogue_component(&gtin, cat, product, n, NULL) == TG_OK)
			tg_json_add_str(list, tg_gtin_format((char[15]){ 0 }, gtin));
	return list;
}

static tg_json *record_of(const tg_catalogue *cat, const tg_check_answer *a, const tg_explanation *e)
{
	const tg_product *product = &a->verdict.product;
	tg_json *json = tg_json_new_object();
	tg_product_texts texts;

	tg_json_set_str(json, "gtin", tg_gtin_format((char[15]){ 0 }, product->gtin));
	if (tg_catalogue_texts(&texts, cat, product, NULL) == TG_OK) {
		set_view(json, "name", texts.name);
		set_view(json, "manufacturer", texts.manufacturer);
		set_view(json, "type", texts.type);
		set_view(json, "note", texts.note_id);
	}
	tg_json_set_str(json, "scope", tg_scope_words[product->scope < TG_SCOPE_COUNT ? product->scope : 0]);
	set_day(json, "note_review_by", product->review_by);
	tg_json_set_str(json, "role", tg_role_words[product->role < TG_ROLE_COUNT ? product->role : 0]);
	set_day(json, "support_published_until", product->dsp_end_published);
	tg_json_set(json, "statements", socs_of(cat, product, e));
	tg_json_set(json, "labels", labels_of(cat, product));
	tg_json_set(json, "stops", stops_of(cat, product));
	if (product->component_count > 0)
		tg_json_set(json, "components", components_of(cat, product));
	return json;
}

/* ---- rows ---- */

static tg_json *row_of(const tg_explained_row *row, const tg_row *law)
{
	tg_json *json = tg_json_new_object(), *reasons = tg_json_new_array();
	const tg_row *by = row->off ? tg_rows_at(row->off_by) : NULL;

	for (size_t i = 0; i < row->reason_count; i++)
		tg_json_add_str(reasons, row->reasons[i]);
	tg_json_set_str(json, "id", law->id);
	tg_json_set_str(json, "kind", kinds[law->kind]);
	tg_json_set_str(json, "condition", law->what);
	tg_json_set_str(json, "basis", law->basis);
	tg_json_set_str(json, "code", law->code);
	tg_json_set_str(json, "outcome", tg_outcome_words[row->outcome]);
	tg_json_set_bool(json, "hit", row->hit);
	if (by != NULL)
		tg_json_set_str(json, "off_by", by->id);
	tg_json_set(json, row->hit ? "because" : "would_hit_if", reasons);
	return json;
}

static tg_json *rows_of(const tg_explanation *e)
{
	tg_json *list = tg_json_new_array();

	for (size_t n = 0; e->has_rows && n < tg_rows_count(); n++)
		tg_json_add(list, row_of(&e->rows[n], tg_rows_at(n)));
	return list;
}

tg_json *tg_explain_again(tg_check_answer *answer, const tg_inforce *set, const tg_check_request *request,
	const tg_check_moment *moment, const tg_identity *identity)
{
	tg_explanation *e = malloc(sizeof(*e));
	tg_json *json = tg_json_new_object();

	tg_check_again(answer, e, set, request, moment, identity);
	if (e == NULL || json == NULL) {
		free(e);
		tg_json_free(json);
		return NULL;
	}
	tg_json_set(json, "answer", tg_check_answer_to_json(answer));
	if (answer->verdict.found && set->cat != NULL)
		tg_json_set(json, "record", record_of(set->cat, answer, e));
	tg_json_set(json, "rows", rows_of(e));
	free(e);
	return json;
}

tg_json *tg_explain(const tg_inforce *set, const tg_check_request *request, const tg_check_moment *moment)
{
	tg_check_answer answer;

	return tg_explain_again(&answer, set, request, moment, NULL);
}
