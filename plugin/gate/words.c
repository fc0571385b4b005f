/* SPDX-License-Identifier: Apache-2.0
 *
 * words.c - every text that this room shows to people, in one place, ready for translation.
 *
 * For staff: the first line says what to do, the second why, the third is a code. No law text, nothing that sounds
 * like an accusation. Three outcomes are told apart: go on, do not go on, could not check.
 */
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
