/* SPDX-License-Identifier: Apache-2.0
 *
 * defects.c - Schedule 4 item by item.
 */
#include "sync/hq/defects.h"

#include "store/catalogue/catalogue.h"

/* The versions that the Regulations name; others are a doubt (D18) or do not count (labels). */
#define ETSI_NUMBER "303645" /* of ETSI EN 303 645, by its digits */
#define ETSI_VERSION "2.1.1"
#define JC_STAR_VERSION "JST-CR-01-01-2024R1"
#define CLS_VERSION "CCC SP-151-2 v1.4"

struct report {
	uint32_t bits;
	tg_defect_sink *sink;
	void *ctx;
};

static void add(struct report *report, int defect, const char *field, const char *words)
{
	report->bits |= TG_DEFECT(defect);
	if (report->sink != NULL)
		report->sink(report->ctx, defect, field, words);
}

static bool accepted(const tg_soc_record *soc, int defect)
{
	for (size_t i = 0; i < soc->accepted_count; i++)
		if (soc->accepted[i].defect == defect)
			return true;
	return false;
}

static bool by_link(const tg_soc_record *soc)
{
	return soc->accompanies == TG_ACCOMPANIES_PRODUCT_LINK ||
	       soc->accompanies == TG_ACCOMPANIES_RECEIPT_LINK;
}

static void check_document(struct report *report, const tg_soc_record *soc)
{
	if (soc->paper == TG_PAPER_NONE)
		add(report, 1, "document.kind",
			"no document; ask the manufacturer for the statement of compliance");
	else if (soc->unreadable)
		add(report, 1, "document.unreadable", "the document cannot be read; ask for a readable copy");
	else if (by_link(soc) && soc->link_state == TG_LINK_DEAD)
		add(report, 1, "accompanies.link_result",
			"the link that should accompany the product is dead; ask for a working one");
	if (soc->paper == TG_PAPER_SUMMARY)
		add(report, 13, "document.kind",
			"only a summary, and no form of it is prescribed; ask for the full statement");
	else if (soc->paper > TG_PAPER_SUMMARY)
		add(report, 13, "document.kind",
			"no statement of compliance, whatever else it is; ask for the statement");
	if (soc->sha256[0] != '\0' && soc->sha256_on_file[0] != '\0' &&
		strcmp(soc->sha256, soc->sha256_on_file) != 0 && !accepted(soc, 15))
		add(report, 15, "document.sha256",
			"differs from the copy on file; compare them, then accept or refuse");
}

static void check_product(struct report *report, const tg_soc_record *soc)
{
	if (soc->types.count == 0)
		add(report, 3, "types", "no product type stated; Schedule 4 asks for type and batch");
	if (soc->batches == TG_STATED_BATCHES_NONE)
		add(report, 4, "batches",
			"no batch stated; ask for the batches, a range, or \"all batches\" in words");
}

static void check_parties(struct report *report, const tg_soc_record *soc)
{
	bool whole = soc->manufacturer_count > 0;

	for (size_t i = 0; i < soc->manufacturer_count; i++)
		whole = whole && soc->manufacturers[i].name[0] != '\0' &&
			soc->manufacturers[i].address[0] != '\0';
	if (!whole)
		add(report, 6, "manufacturers", "name or address of a manufacturer is missing; ask for a corrected statement");
	if (soc->representative_exists &&
		(soc->representative.name[0] == '\0' || soc->representative.address[0] == '\0'))
		add(report, 7, "authorised_representative",
			"there is one, but the statement does not give name and address; ask for a corrected statement");
	if (soc->prepared_by == TG_PREPARED_UNKNOWN)
		add(report, 2, "prepared_by",
			"not recorded who prepared it; it must be the manufacturer, or someone for it");
	else if (soc->prepared_by == TG_PREPARED_OTHER)
		add(report, 2, "prepared_by",
			"not prepared by or for the manufacturer; ask the manufacturer for its own");
}

/* "ETSI EN 303 645", "EN 303645": papers write it in many ways. Another part of a series ("303 645-2") is another standard. */
static bool is_etsi(const char *number)
{
	char digits[sizeof(ETSI_NUMBER)];
	size_t n = 0;

	for (; *number != '\0'; number++) {
		if (*number == '-' && n > 0)
			return false;
		if (*number >= '0' && *number <= '9' && n + 1 == sizeof(digits))
			return false;
		if (*number >= '0' && *number <= '9')
			digits[n++] = *number;
	}
	digits[n] = '\0';
	return strcmp(digits, ETSI_NUMBER) == 0;
}

/* "V2.1.1", "2.1.1", "V2.1.1 (2020-06)" */
static bool is_etsi_version(const char *version)
{
	size_t len = strlen(ETSI_VERSION);

	version += *version == 'V' || *version == 'v';
	return strncmp(version, ETSI_VERSION, len) == 0 && (version[len] == '\0' || strchr("0123456789.", version[len]) == NULL);
}

static void check_declaration(struct report *report, const tg_soc_record *soc)
{
	if (!soc->declared_prepared)
		add(report, 8, "declaration.prepared_by_or_for_manufacturer", "this declaration is missing; ask for a statement that has it");
	if (!soc->declared_opinion)
		add(report, 8, "declaration.opinion_of_manufacturer",
			"the words \"in the opinion of the manufacturer\" are missing; ask for a statement that has them");
	if (soc->limb == TG_SOC_LIMB_NONE)
		add(report, 8, "declaration.limb",
			"does not say whether security requirements or deemed compliance are met; ask for a statement that says it");
	if (soc->limb == TG_SOC_LIMB_DEEMED && soc->standard_relied_on &&
		(soc->standard_number[0] == '\0' || soc->standard_version[0] == '\0' ||
			soc->standard_date == TG_DAY_NONE))
		add(report, 9, "standard", "relies on a standard, but number, version or date is missing; ask for a corrected statement");
	if (is_etsi(soc->standard_number) && soc->standard_version[0] != '\0' && !is_etsi_version(soc->standard_version) &&
		!accepted(soc, 18))
		add(report, 18, "standard.version",
			"the Regulations name V2.1.1; look into it, then accept or refuse");
}

static void check_end(struct report *report, const tg_soc_record *soc, int32_t today)
{
	if (soc->support_period_end == TG_DAY_NONE)
		add(report, 10, "support_period_end",
			soc->support_period_text[0] != '\0'
				? "the support period is stated, but without an end date; ask for the date"
				: "no support period stated; ask for its end date");
	if (soc->signatory_name[0] == '\0' || soc->signatory_function[0] == '\0' || !soc->signed_by_signatory)
		add(report, 11, "signatory", "signature, name or function is missing; ask for a signed statement");
	if (soc->place[0] == '\0' || soc->issued == TG_DAY_NONE)
		add(report, 12, "issued", "place or date of issue is missing; ask for a corrected statement");
	else if (soc->issued > today)
		add(report, 12, "issued.date", "the date of issue lies in the future; correct the record, or ask what is meant");
}

uint32_t tg_soc_defects(const tg_soc_record *soc, int32_t today, tg_defect_sink *sink, void *ctx)
{
	struct report report = { 0, sink, ctx };

	check_document(&report, soc);
	/*
	 * What is no statement at all is not also judged item by item: twelve findings would hide the one
	 * that counts.
	 */
	if (soc->paper == TG_PAPER_SOC) {
		check_product(&report, soc);
		check_parties(&report, soc);
		check_declaration(&report, soc);
		check_end(&report, soc, today);
	}
	return report.bits;
}

uint8_t tg_soc_document(const tg_soc_record *soc, uint32_t defects)
{
	if ((defects & TG_DEFECT(1)) != 0)
		return TG_DOCUMENT_NONE;
	if (soc->paper == TG_PAPER_SOC)
		return TG_DOCUMENT_SOC;
	return soc->paper == TG_PAPER_SUMMARY ? TG_DOCUMENT_SUMMARY : TG_DOCUMENT_OTHER;
}

static bool among(const tg_texts *texts, const char *text)
{
	for (size_t i = 0; i < texts->count; i++)
		if (strcmp(texts->list[i], text) == 0)
			return true;
	return false;
}

bool tg_soc_covers_type(const tg_soc_record *soc, const char *type)
{
	return type[0] != '\0' && among(&soc->types, type);
}

bool tg_label_qualifies(const tg_label_record *label)
{
	if (label->scheme == TG_SCHEME_JC_STAR)
		return label->level == 1 && strcmp(label->scheme_version, JC_STAR_VERSION) == 0;
	return label->scheme == TG_SCHEME_CLS && strcmp(label->scheme_version, CLS_VERSION) == 0;
}

bool tg_label_covers_model(const tg_label_record *label, const char *type)
{
	return type[0] != '\0' && among(&label->models, type);
}
