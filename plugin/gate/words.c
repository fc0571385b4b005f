/* SPDX-License-Identifier: Apache-2.0
 *
 * words.c - every text that this room shows to people, in one place, ready for translation.
 *
 * For staff: the first line says what to do, the second why, the third is a code. No law text, nothing that sounds
 * like an accusation. Three outcomes are told apart: go on, do not go on, could not check.
 */
#include "plugin/gate/rules.h"
#include "plugin/gate/words.h"

const char *const tg__why_words[TG__WHY_COUNT] = {
	[TG__WHY_NONE] = "",
	[TG__WHY_EMPTY] = "nothing was read",
	[TG__WHY_TOO_LONG] = "too long for a label",
	[TG__WHY_CONTROL] = "control characters in the label",
	[TG__WHY_TEXT] = "text, not a product number",
	[TG__WHY_LENGTH] = "a number, but not as long as a product number",
	[TG__WHY_NOT_DIGITS] = "letters where digits are due",
	[TG__WHY_CHECK_DIGIT] = "check digit fails",
	[TG__WHY_ALL_ZEROS] = "the number is all zeros",
	[TG__WHY_TWO_READINGS] = "reads as EAN-8 and as UPC-E",
	[TG__WHY_UPCE_SHORT] = "UPC-E without its check digit: set the scanner to send all eight digits",
	[TG__WHY_ADD_ON] = "only the add-on of a bar code was read",
	[TG__WHY_ITF_LENGTH] = "part of a longer bar code may have been read",
	[TG__WHY_ITF_STRIPPED] = "the scanner cut off the check digit: set it to send all digits",
	[TG__WHY_NO_NUMBER] = "no product number in this code: scan another code on the pack",
	[TG__WHY_REPEATED] = "two different values for the same thing",
	[TG__WHY_CUT_SHORT] = "the code ends early or has the wrong length inside",
	[TG__WHY_DATE] = "a date that does not exist",
	[TG__WHY_BATCH] = "batch or serial number is empty, too long or not printable",
	[TG__WHY_ELEMENTS] = "looks like a GS1 code, but not all of it could be read",
	[TG__WHY_WEB] = "web address: not read by this version",
};

/*
 * Of each row: what to do with a unit that would leave, with one that comes in or stays, and why.
 * "Put aside" is for a single unit at a till; "keep apart" is quarantine, while the rest of the delivery goes on.
 */
const struct tg__row_words tg__row_words[TG__ROW_COUNT] = {
	[TG__ROW_7] = { "Put it aside for the manager.", "Keep it apart and tell the compliance team.",
		"A paper for this product was withdrawn; head office is looking into it." },
	[TG__ROW_9] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and report the product to head office.",
		"Head office has not assessed this product yet." },
	[TG__ROW_10] = { "Go on.", "Go on.", "This kind of product needs no statement of compliance." },
	[TG__ROW_11] = { "Go on.", "Go on.",
		"This product is excepted and needs no statement of compliance." },
	[TG__ROW_12] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and tell the compliance team.",
		"The exception on file does not hold for this place, or is not yet shown." },
	[TG__ROW_15] = { "Go on.", "Go on.", "The statement of compliance is held and covers this unit." },
	[TG__ROW_15B] = { "Go on, and hand over the link to the statement.",
		"Keep it apart and record how the statement comes with it.",
		"It is not on file how the statement comes with the product, or the link is due a test." },
	[TG__ROW_16] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and ask the supplier for the statement.",
		"No statement of compliance is on file for this product." },
	[TG__ROW_17] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and ask the supplier for the full statement.",
		"Only a summary is on file, not the statement of compliance itself." },
	[TG__ROW_18] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and ask the supplier for a corrected statement.",
		"The statement of compliance on file is not complete." },
	[TG__ROW_18D] = { "Put it aside for the manager.",
		"Keep it apart until head office has looked at the statement.",
		"Head office has an open question about the statement on file." },
	[TG__ROW_19] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and ask the supplier for the statement of this model.",
		"The statement on file is for another model." },
	[TG__ROW_20A] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and ask the supplier about this batch.",
		"The statement on file does not cover this batch." },
	[TG__ROW_20B] = { "Scan the square code, or read the batch from the pack.",
		"Scan the square code, or read the batch from the pack.",
		"The statement covers certain batches, and the batch of this one is not known." },
	[TG__ROW_21] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and ask the supplier about this serial number.",
		"The serial number does not belong to this batch." },
	[TG__ROW_22] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and ask the supplier for the present statement.",
		"The statement on file has been withdrawn or replaced." },
	[TG__ROW_23] = { "Go on.", "Go on.", "A current security label is held for this model." },
	[TG__ROW_24] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and ask the supplier for a statement or a current label.",
		"The security label on file has ended, was not checked in time or is for another model." },
	[TG__ROW_25] = { "Go on, and tell the customer: security updates have ended.",
		"Go on, and mark it: security updates have ended.",
		"The support period of this product is over." },
	[TG__ROW_26] = { "Go on, and tell the customer when security updates end.",
		"Go on; security updates end soon.", "The support period of this product ends soon." },
	[TG__ROW_30] = { "Go on. Tell the manager that the product data is getting old.",
		"Go on. The product data is getting old.",
		"This station has not had new product data for some time." },
	[TG__ROW_31] = { "Do not sell or send it. Call the manager: the product data is out of date.",
		"Keep it apart until this station has new product data.",
		"The product data is too old to go by, or the clock of this station is wrong." },
	[TG__ROW_32] = { "Do not sell or send it. Call the manager: checks cannot be recorded.",
		"Take it in on paper and keep it apart.",
		"This station cannot write its record at present." },
};

enum { OUT, IN, SIDES }; /* leaves us; comes in or stays */

static int side(tg_operation operation)
{
	return operation == TG_OP_GOODS_IN || operation == TG_OP_RETURN || operation == TG_OP_STOCK_CHECK
		       ? IN
		       : OUT;
}

/* For a row that the policy made harsher than its own line says. */
static const char *const harsher[SIDES] = { "Do not sell or send it. Put it aside.",
	"Keep it apart and tell the manager." };

/* For a row whose line is about a hold, where it merely has something to say. */
static const char *const milder[SIDES] = { "Go on, and tell the manager.",
	"Go on, and note it for the compliance team." };

static const char *const go[TG_OP_COUNT] = { "May be offered.", "Sell.", "Send.", "Take in.", "Take back.",
	"In order." };

static const tg_words unchecked[SIDES] = {
	{ "Could not check. Do not sell or send it; scan again or call the manager.",
		"The product data of this station could not be read or trusted.", "could-not-check" },
	{ "Could not check. Keep it apart and scan it again later.",
		"The product data of this station could not be read or trusted.", "could-not-check" },
};

/* By tg_other_words. */
static const char *const other_reasons[TG_OTHER_COUNT] = { "This is not a product.", "This is a coupon.",
	"This is a newspaper or magazine.", "This is a book or music.", "This is a refund receipt.",
	"This is a pallet or parcel, not a product.", "This is a card, badge or slip, not a product." };

static void words_for_label(tg_words *out, const tg_identity *identity)
{
	if (identity->kind == TG_LABEL_NOT_PRODUCT) {
		out->action = identity->passes ? "Passed on."
					       : "Not passed on. Use another code, or ask the manager.";
		out->reason = other_reasons[identity->other < TG_OTHER_COUNT ? identity->other : 0];
		out->code = identity->passes ? "passed-on" : "not-on-pass-list";
		return;
	}
	out->action = "Scan again, or scan another code on the pack.";
	out->reason = identity->why != NULL ? identity->why : "";
	out->code = identity->kind == TG_LABEL_AMBIGUOUS ? "label-ambiguous" : "label-unreadable";
}

/* A row's two lines are written for its cells at sale and at goods-in; elsewhere its outcome may differ from those. */
static const char *action_for(
	const tg_row *row, const struct tg__row_words *lines, tg_outcome outcome, tg_operation operation)
{
	int at = side(operation);
	bool stays = outcome > TG_NOTICE,
	     line_stays = row->outcome[at == IN ? TG_OP_GOODS_IN : TG_OP_SALE] > TG_NOTICE;

	if (outcome == TG_ALLOW)
		return go[operation];
	if (stays != line_stays)
		return stays ? harsher[at] : milder[at];
	return at == IN ? lines->in : lines->out;
}

void tg_words_for(
	tg_words *out, const tg_verdict *verdict, const tg_identity *identity, tg_operation operation)
{
	const tg_row *row = tg_rows_at(verdict->decided_by);

	if (verdict->could_not_check || (unsigned)operation >= TG_OP_COUNT || row == NULL) {
		*out = unchecked[side(operation)];
		return;
	}
	if (identity->kind != TG_LABEL_PRODUCT && identity->kind != TG_LABEL_IN_STORE) {
		words_for_label(out, identity);
		return;
	}
	out->action = action_for(row, &tg__row_words[verdict->decided_by], verdict->outcome, operation);
	out->reason = row->reason;
	out->code = row->code;
}
