/* SPDX-License-Identifier: Apache-2.0
 *
 * words.h - names for the texts of words.c, for the files of this room.
 */
#ifndef TG_GATE_WORDS_H
#define TG_GATE_WORDS_H

/** Why a label is ambiguous or unreadable. Only the words leave this room. */
enum tg__why {
	TG__WHY_NONE = 0,
	TG__WHY_EMPTY,
	TG__WHY_TOO_LONG,
	TG__WHY_CONTROL,
	TG__WHY_TEXT,
	TG__WHY_LENGTH,
	TG__WHY_NOT_DIGITS,
	TG__WHY_CHECK_DIGIT,
	TG__WHY_ALL_ZEROS,
	TG__WHY_TWO_READINGS,
	TG__WHY_UPCE_SHORT,
	TG__WHY_ADD_ON,
	TG__WHY_ITF_LENGTH,
	TG__WHY_ITF_STRIPPED,
	TG__WHY_NO_NUMBER,
	TG__WHY_REPEATED,
	TG__WHY_CUT_SHORT,
	TG__WHY_DATE,
	TG__WHY_BATCH,
	TG__WHY_ELEMENTS,
	TG__WHY_BRACKETS,
	TG__WHY_SEPARATOR,
	TG__WHY_WEB,
	TG__WHY_LINK_SCHEME,
	TG__WHY_LINK_FORM,
	TG__WHY_LINK_WORDS,
	TG__WHY_LINK_COMPRESSED,
	TG__WHY_COUNT,
};
extern const char *const tg__why_words[TG__WHY_COUNT];

#endif
