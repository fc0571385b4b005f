/* SPDX-License-Identifier: Apache-2.0
 *
 * description.h - what a simulated scanner is: its family, names and habits, one file for all families.
 *
 * A line is "name = value", blank, or begins with '#'. tillgate-sim-usb(1) lists the names.
 */
#ifndef TILLGATE_SIM_DESCRIPTION_H
#define TILLGATE_SIM_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DESCRIPTION_TEXT_SIZE 64 /* bytes of a name with terminator: a USB string descriptor holds 126 characters */

enum family_kind { FAMILY_HID_POS, FAMILY_KEYBOARD, FAMILY_CDC_ACM };
enum report_layout {
	REPORT_COMMON,  /**< length, AIM identifier, 56 bytes, the maker's two bytes, a byte with the bit "continued" */
	REPORT_SHIFTED, /**< one more byte of the maker's before the AIM identifier */
};
enum keyboard_layout { LAYOUT_US, LAYOUT_DE };

struct description {
	enum family_kind family;
	uint16_t vendor, product;
	char serial[DESCRIPTION_TEXT_SIZE], maker[DESCRIPTION_TEXT_SIZE], name[DESCRIPTION_TEXT_SIZE];
	bool aim;                     /**< AIM identifiers are sent; HID POS always has a field for them */
	char suffix[4];               /**< "\r", "\n", "\r\n", "\t" or "" */
	enum report_layout report;    /**< HID POS */
	bool redirect;                /**< HID POS: silent until the feature report 254 asks for this interface */
	enum keyboard_layout layout;  /**< keyboard */
	bool alt_codes;               /**< keyboard: what the layout has no key for is typed as Alt and digits */
};

extern const struct description description_default;

/** One line. False: `*wrong` says why, for the user. */
bool description_set(struct description *d, char *line, const char **wrong);
/** A whole file over what is in `d`. False: said on standard error with its line. */
bool description_read(struct description *d, const char *path);

#endif
