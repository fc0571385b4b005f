/* SPDX-License-Identifier: Apache-2.0
 *
 * basket.h - one line of a basket file to the bytes that a scanner would send.
 */
#ifndef TILLGATE_SIM_BASKET_H
#define TILLGATE_SIM_BASKET_H

#include <stdbool.h>
#include <stddef.h>

#define BASKET_AIM_LEN 3 /* "]d2" */

/**
 * Decode `line` in place: "\xHH", "\\", "<GS>" and "<EMPTY>". Returns the number of bytes, or -1 with
 * `*wrong` set to words for the user. Unless `aim`, a leading AIM identifier is taken away, as by a scanner
 * that is not set to send it.
 */
int basket_decode(char *line, bool aim, const char **wrong);

/** True for lines that are no label: blank, or beginning with '#'. */
bool basket_skip(const char *line);

/** Is there an AIM identifier at the front? */
bool basket_has_aim(const char *bytes, size_t len);

#endif
