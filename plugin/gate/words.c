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
	[TG__WHY_TWO_READINGS] = "two product numbers are possible: set the scanner to say what kind of code it read",
	[TG__WHY_UPCE_SHORT] = "two product numbers are possible: set the scanner to send all eight digits of UPC-E",
	[TG__WHY_ADD_ON] = "only the add-on of a bar code was read",
	[TG__WHY_ITF_LENGTH] = "part of a longer bar code may have been read",
	[TG__WHY_ITF_STRIPPED] = "the scanner cut off the check digit: set it to send all digits",
	[TG__WHY_NO_NUMBER] = "no product number in this code: scan another code on the pack",
	[TG__WHY_REPEATED] = "two different values for the same thing",
	[TG__WHY_CUT_SHORT] = "the code ends early or has the wrong length inside",
	[TG__WHY_DATE] = "a date that does not exist",
	[TG__WHY_BATCH] = "batch or serial number is empty, too long or not printable",
	[TG__WHY_ELEMENTS] = "looks like a GS1 code, but not all of it could be read",
	[TG__WHY_BRACKETS] = "a GS1 code written out in brackets, which is not accepted here",
	[TG__WHY_SEPARATOR] = "the scanner sends a separator as text: set it, or the station, to the right one",
	[TG__WHY_WEB] = "web address without a product number",
	[TG__WHY_LINK_SCHEME] = "web address with its http in mixed case: scan another code on the pack",
	[TG__WHY_LINK_FORM] = "web address with a product number in the wrong place",
	[TG__WHY_LINK_WORDS] = "web address of an old kind, with words for its parts",
	[TG__WHY_LINK_COMPRESSED] = "compressed web address: not read by this version",
};

/*
 * Of each row: what to do with a unit that would leave, with one that comes in or stays, and why.
 * "Put aside" is for a single unit at a till; "keep apart" is quarantine, while the rest of the delivery goes on.
 */
const struct tg__row_words tg__row_words[TG__ROW_COUNT] = {
	[TG__ROW_1] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and tell the compliance team.",
		"A notice from the regulator stops this product for now." },
	[TG__ROW_1D] = { "Go on.", "Go on.", "It moves as the regulator's notice directs." },
	[TG__ROW_2] = { "Do not sell or send it. Put it aside.",
		"Keep it apart for the recall. It must not go on sale again.",
		"This product is being recalled." },
	[TG__ROW_2D] = { "Go on.", "Go on.", "It goes back as the recall asks." },
	[TG__ROW_3] = { "Go on, and note it for the compliance team.",
		"Go on, and note it for the compliance team.",
		"A notice about this product is under appeal." },
	[TG__ROW_4] = { "Go on, and note it for the compliance team.",
		"Go on, and note it for the compliance team.",
		"There is a notice about this product that is not in force yet." },
	[TG__ROW_5] = { "Go on, and note it for the compliance team.",
		"Go on, and note it for the compliance team.",
		"Head office is working on a notice about this product." },
	[TG__ROW_6] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and tell the compliance team.",
		"A security problem of this product is known and not yet put right." },
	[TG__ROW_7] = { "Put it aside for the manager.", "Keep it apart and tell the compliance team.",
		"There is a question about this product; head office is looking into it." },
	[TG__ROW_7W] = { "Put it aside for the manager.", "Keep it apart and tell the compliance team.",
		"A paper for this product was withdrawn; head office is looking into it." },
	[TG__ROW_8] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and tell the compliance team.",
		"The regulator has published a notice that names this product." },
	[TG__ROW_8B] = { "Put it aside for the manager.", "Keep it apart and tell the compliance team.",
		"The regulator has said something about this brand or product; head office is looking into it." },
	[TG__ROW_9] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and report the product to head office.",
		"Head office has not assessed this product yet." },
	[TG__ROW_10] = { "Go on.", "Go on.", "This kind of product needs no statement of compliance." },
	[TG__ROW_11] = { "Go on.", "Go on.",
		"This product is excepted and needs no statement of compliance." },
	[TG__ROW_12] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and tell the compliance team.",
		"The exception on file does not hold for this place, or is not yet shown." },
	[TG__ROW_13] = { "Go on.", "Go on.", "Second-hand goods need no statement of compliance." },
	[TG__ROW_14] = { "Go on.", "Go on.", "It came back and is checked like a new one." },
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
	[TG__ROW_27] = { "Do not sell or send it. Put it aside.",
		"Keep it apart and tell the compliance team.",
		"The maker has shortened the time of security updates for this product." },
	[TG__ROW_28] = { "Do not sell or send it. Put it aside. Offer another set.",
		"Keep the part that is not in order apart.",
		"One product in this set may not be sold at present." },
	[TG__ROW_28N] = { "Go on, and tell the manager.", "Go on, and note it for the compliance team.",
		"There is something to say about one product in this set." },
	[TG__ROW_28A] = { "Go on.", "Go on.", "Every product in this set is in order." },
	[TG__ROW_29] = { "Go on.", "Go on, and mark it as old stock.",
		"It was bought in before the rules began and is checked like any other." },
	[TG__ROW_30] = { "Go on. Tell the manager that the product data is getting old.",
		"Go on. The product data is getting old.",
		"This station has not had new product data for some time." },
	[TG__ROW_31] = { "Do not sell or send it. Call the manager: the product data is out of date.",
		"Keep it apart until this station has new product data.",
		"The product data is too old to go by, or the clock of this station is wrong." },
	[TG__ROW_32] = { "Do not sell or send it. Call the manager: checks cannot be recorded.",
		"Keep it apart and note it on paper.", "This station cannot write its record at present." },
	[TG__ROW_33] = { "Go on.", "Go on.", "Our own brand: the statement must be ours." },
	[TG__ROW_34] = { "Go on.", "Go on.", "It moves to our own branch." },
	[TG__ROW_35] = { "Go on.", "Go on.", "It goes to a business that sells it on." },
	[TG__ROW_36] = { "Go on.", "Go on.", "It goes to a business." },
	[TG__ROW_37] = { "Go on.", "Go on.",
		"This model is for businesses only and needs no statement of compliance." },
	[TG__ROW_38] = { "Go on.", "Go on.",
		"It leaves the United Kingdom and needs no statement of compliance." },
	[TG__ROW_39] = { "Go on.", "Go on.", "A gift is checked like a sale." },
	[TG__ROW_40] = { "Go on.", "Go on.", "A loan or hire needs no statement of compliance." },
	[TG__ROW_40H] = { "Go on.", "Go on.",
		"It is the customer's own, or scrap, and needs no statement of compliance." },
	[TG__ROW_41] = { "Go on.", "Go on.", "It goes back to the supplier." },
	[TG__ROW_42] = { "Go on.", "Go on.", "It comes back from a customer." },
};

enum { OUT, IN, SIDES }; /* leaves us; comes in or stays */

static int side(tg_operation operation)
{
	return operation == TG_OP_GOODS_IN || operation == TG_OP_RETURN || operation == TG_OP_STOCK_CHECK
		       ? IN
		       : OUT;
}

/* For a row that is harsher than its own line says, in this case or by the policy: what may be cleared up, and what not. */
static const char *const on_hold[SIDES] = { "Put it aside for the manager.",
	"Keep it apart and tell the compliance team." };
static const char *const blocked[SIDES] = { "Do not sell or send it. Put it aside.",
	"Keep it apart and tell the compliance team." };

/* For a row whose line is about a hold, where it merely has something to say. */
static const char *const milder[SIDES] = { "Go on, and tell the manager.",
	"Go on, and note it for the compliance team." };

static const char *const go[TG_OP_COUNT] = { "May be offered.", "Sell.", "Send.", "Take in.", "Take back.",
	"In order." };

/* Also for what row 32 leaves alone, where the policy withholds all that cannot be recorded. */
static const char *unrecorded(tg_operation operation)
{
	const struct tg__row_words *lines = &tg__row_words[TG__ROW_32];

	if (operation == TG_OP_STOCK_CHECK)
		return "Leave it out of the count: checks cannot be recorded.";
	return side(operation) == IN ? lines->in : lines->out;
}

/* Observe mode: everything goes on, so nobody is told to stop; but all see what the gate would do. */
enum { WOULD_WAIT, WOULD_STOP, WOULD_NOT_BE_RECORDED, WOULD_BE_UNCHECKED, TRIALS };
static const char *const trial[SIDES][TRIALS] = {
	{ "Go on (trial run). Otherwise it would be put aside for someone to look at.",
		"Go on (trial run). Otherwise it would not be sold or sent.",
		"Go on (trial run). Otherwise it would stay here: checks cannot be recorded.",
		"Go on (trial run). Could not check; otherwise it would not be sold or sent." },
	{ "Go on (trial run). Otherwise it would be kept apart.",
		"Go on (trial run). Otherwise it would be kept apart.",
		"Go on (trial run). Otherwise it would be kept apart: checks cannot be recorded.",
		"Go on (trial run). Could not check; otherwise it would be kept apart." },
};

static const tg_words unchecked[SIDES] = {
	{ "Could not check. Do not sell or send it; scan again or call the manager.",
		"The product data of this station could not be read or trusted.", "could-not-check" },
	{ "Could not check. Keep it apart and scan it again later.",
		"The product data of this station could not be read or trusted.", "could-not-check" },
};

/* The policy's on_check_failure lets it go. */
static const char *const unchecked_goes[SIDES] = { "Go on, but tell the manager: this could not be checked.",
	"Go on, but note it for the compliance team: this could not be checked." };

/* By tg_other_words. */
static const char *const other_reasons[TG_OTHER_COUNT] = { "This is not a product.", "This is a coupon.",
	"This is a newspaper or magazine.", "This is a book or music.", "This is a refund receipt.",
	"This is a pallet or parcel, not a product.", "This is a card, badge or slip, not a product." };

/* `goes`: it would also go in earnest. */
static void words_for_label(tg_words *out, const tg_identity *identity, bool goes)
{
	if (identity->kind != TG_LABEL_NOT_PRODUCT) {
		out->action = "Scan again, or scan another code on the pack.";
		out->reason = identity->why != NULL ? identity->why : "";
		out->code = identity->kind == TG_LABEL_AMBIGUOUS ? "label-ambiguous" : "label-unreadable";
		return;
	}
	out->reason = other_reasons[identity->other < TG_OTHER_COUNT ? identity->other : 0];
	if (goes) {
		out->action = "Passed on.";
		out->code = "passed-on";
	} else if (identity->passes) {
		out->action = "Not passed on. Call the manager: checks cannot be recorded.";
		out->reason = tg__row_words[TG__ROW_32].reason;
		out->code = tg_rows_at(TG__ROW_32)->code;
	} else {
		out->action = "Not passed on. Use another code, or ask the manager.";
		out->code = "not-on-pass-list";
	}
}

static const char *label_trial(const tg_identity *identity)
{
	return identity->kind == TG_LABEL_NOT_PRODUCT
		       ? "Passed on (trial run). Otherwise it would not be passed on."
		       : "Passed on (trial run). Otherwise you would be asked to scan again.";
}

/* A row's two lines are written for its cells at sale and at goods-in; elsewhere its outcome may differ from those. */
static const char *action_for(const tg_verdict *verdict, const tg_identity *identity, tg_operation operation)
{
	const struct tg__row_words *lines = &tg__row_words[verdict->decided_by];
	const tg_row *row = tg_rows_at(verdict->decided_by);
	int at = side(operation);
	bool stays = verdict->outcome > TG_NOTICE,
	     line_stays = row->outcome[at == IN ? TG_OP_GOODS_IN : TG_OP_SALE] > TG_NOTICE;

	if (verdict->outcome == TG_ALLOW)
		return go[operation];
	if (stays != line_stays)
		return !stays ? milder[at] : verdict->outcome == TG_HOLD ? on_hold[at] : blocked[at];
	/* a batch by hand would not count: something of this code could not be read */
	if (verdict->decided_by == TG__ROW_20B && identity->partly_read)
		return at == IN ? "Scan another code on the pack, or keep it apart."
				: "Scan another code on the pack, or put it aside.";
	return at == IN ? lines->in : lines->out;
}

static void words_for_unit(tg_words *out, const tg_verdict *verdict, const tg_identity *identity,
	tg_operation operation, bool goes)
{
	uint8_t row = verdict->decided_by;

	/* What the table lets go and yet stays has no record: the only such case, see tg_gate_release. */
	if (!goes && verdict->outcome <= TG_NOTICE) {
		row = TG__ROW_32;
		out->action = unrecorded(operation);
	} else
		out->action = action_for(verdict, identity, operation);
	out->reason = tg_rows_at(row)->reason;
	out->code = tg_rows_at(row)->code;
}

static const char *unit_trial(const tg_verdict *verdict, tg_operation operation)
{
	static const uint8_t by_outcome[TG_OUTCOME_COUNT] = { WOULD_NOT_BE_RECORDED, WOULD_NOT_BE_RECORDED,
		WOULD_WAIT, WOULD_STOP };
	bool known = (unsigned)verdict->outcome < TG_OUTCOME_COUNT;

	if (verdict->could_not_check)
		return trial[side(operation)][WOULD_BE_UNCHECKED];
	return trial[side(operation)][known ? by_outcome[verdict->outcome] : WOULD_STOP];
}

void tg_words_for(tg_words *out, const tg_verdict *verdict, const tg_release *release,
	const tg_identity *identity, tg_operation operation)
{
	bool goes = release->released && release->would_release;
	bool is_unit = identity->kind == TG_LABEL_PRODUCT || identity->kind == TG_LABEL_IN_STORE;

	if ((unsigned)operation >= TG_OP_COUNT || tg_rows_at(verdict->decided_by) == NULL) {
		*out = unchecked[side(operation)];
		return;
	}
	if (verdict->could_not_check) {
		*out = unchecked[side(operation)];
		if (goes)
			out->action = unchecked_goes[side(operation)];
	} else if (is_unit)
		words_for_unit(out, verdict, identity, operation, goes);
	else
		words_for_label(out, identity, goes);
	if (release->released && !goes)
		out->action = is_unit || verdict->could_not_check ? unit_trial(verdict, operation)
								  : label_trial(identity);
}

/* ---- overrides ---- */

/* For whoever serves and the second person beside them. What holds a unit back is said by its row. */
static const tg_words lifts[TG_LIFT_COUNT] = {
	[TG_LIFT_GRANTED] = { "Go on. A second person has released this one.", "The override is recorded, for this one only.", "override-granted" },
	[TG_LIFT_WATCHED] = { "Go on (trial run). The override is recorded.", "Nothing is held back at present.", "override-noted" },
	[TG_LIFT_NOT_DELIVERED] = { "Scan it again: the till did not take it.", "The override is recorded, but the scan did not get through.",
		"override-not-delivered" },
	[TG_LIFT_NO_CHECK] = { "Scan it again, and use the reference that is shown then.", "No check at this station has this reference.",
		"no-such-check" },
	[TG_LIFT_NO_PRODUCT] = { "Scan a code on the pack.", "What was scanned is no product; there is nothing to override.", "not-a-product" },
	[TG_LIFT_NOT_WITHHELD] = { "Nothing to override.", "This one was not held back.", "not-withheld" },
	[TG_LIFT_TOO_LATE] = { "Scan it again first.", "The check is too long ago.", "too-late" },
	[TG_LIFT_OFF] = { "It stays aside. Tell the compliance team.", "Head office lets nothing be overridden.", "overrides-off" },
	[TG_LIFT_USED] = { "Scan the next one by itself.", "This check was overridden before; an override is for one unit, once.",
		"already-overridden" },
	[TG_LIFT_NO_REASON] = { "Choose a reason from the list.", "Head office does not know this reason.", "no-such-reason" },
	[TG_LIFT_UNCHECKED] = { "Could not check. It stays aside; scan it again or call the manager.",
		"The product data of this station could not be read or trusted.", "could-not-check" },
	[TG_LIFT_GOES_NOW] = { "Scan it again.", "Nothing holds it back any more.", "goes-now" },
	[TG_LIFT_NEVER] = { "Nobody here can override this. It stays aside.", "", "not-overridable" },
	[TG_LIFT_SCAN_GONE] = { "Scan it again first.", "Another scan has come since, or it was too long ago.", "scan-gone" },
	[TG_LIFT_NOT_RECOGNISED] = { "Try again, or ask another person.", "The PIN or badge was not recognised.", "not-recognised" },
	[TG_LIFT_LOCKED] = { "Wait, or ask another person.", "There were too many wrong tries.", "locked" },
	[TG_LIFT_SAME_PERSON] = { "Ask a second person.", "Whoever serves cannot override as well.", "same-person" },
	[TG_LIFT_NO_AUTHORITY] = { "Ask somebody else. It stays aside until then.", "This person may not release what is held back for this reason.",
		"no-authority" },
	[TG_LIFT_NOT_RECORDED] = { "It stays aside. Call the manager: this cannot be recorded.",
		"This station cannot write its record at present.", "not-recorded" },
	[TG_LIFT_NOBODY] = { "It stays aside. Call the manager.", "Nobody is enrolled at this station who could override.", "nobody-enrolled" },
};

void tg_words_for_lift(tg_words *out, tg_lift lift, const tg_verdict *verdict)
{
	int row = verdict != NULL ? tg_gate_unliftable(verdict) : -1;

	*out = lifts[(unsigned)lift < TG_LIFT_COUNT ? lift : TG_LIFT_NO_CHECK];
	if (lift == TG_LIFT_NEVER && verdict != NULL)
		out->reason = tg_rows_at(row >= 0 ? (size_t)row : verdict->decided_by)->reason;
}

void tg_words_for_badge(tg_words *out)
{
	*out = (tg_words){ "Badge read. Go on at the screen.", "This is a badge of a colleague.", "staff-badge" };
}
