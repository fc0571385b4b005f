/* SPDX-License-Identifier: Apache-2.0
 *
 * ean13.h - an EAN-13 bar code for a terminal, so that a technician has something to scan. Pure but for the printing.
 */
#ifndef TG_CLI_EAN13_H
#define TG_CLI_EAN13_H

#include <stdio.h>

#define TG_EAN13_MODULES 95

/** The modules of 13 digits, '1' is a bar; `out` has a terminator. Source: GS1 General Specifications 5.2.1. */
void tg_ean13_modules(char out[TG_EAN13_MODULES + 1], const char *digits);
/** Drawn in black on white, one column a module: an imager reads it from a screen, a laser does not. 113 columns. */
void tg_ean13_draw(FILE *to, const char *digits);

#endif
