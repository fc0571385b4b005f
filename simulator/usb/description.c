/* SPDX-License-Identifier: Apache-2.0
 *
 * description.c - what a simulated scanner is. See description.h.
 */
#include "simulator/usb/description.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 1209 is the vendor number that pid.codes gives to open projects; no scanner on sale has it */
const struct description description_default = { .family = FAMILY_HID_POS,
	.vendor = 0x1209,
	.product = 0x8c01,
	.serial = "SIM0001",
	.maker = "tillgate",
	.name = "Simulated scanner",
	.aim = true,
	.suffix = "\r" };

static bool one_of(int *out, const char *word, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(word, words[i]) == 0) {
			*out = i;
			return true;
		}
	return false;
}

static bool yes_no(bool *out, const char *word)
{
	static const char *const words[] = { "no", "yes", NULL };
	int i;

	if (!one_of(&i, word, words))
		return false;
	*out = i == 1;
	return true;
}

static bool id(uint16_t *out, const char *word)
{
	char *end;
	unsigned long value = strtoul(word, &end, 16);

	if (strlen(word) != 4 || *end != '\0')
		return false;
	*out = (uint16_t)value;
	return true;
}

static bool text(char out[DESCRIPTION_TEXT_SIZE], const char *word)
{
	if (strlen(word) >= DESCRIPTION_TEXT_SIZE)
		return false;
	for (const char *c = word; *c != '\0'; c++)
		if (*c < 0x20 || *c > 0x7e)
			return false;
	strcpy(out, word);
	return true;
}

static const char *set(struct description *d, const char *name, const char *value)
{
	static const char *const families[] = { "hid-pos", "keyboard", "cdc-acm", NULL };
	static const char *const reports[] = { "common", "shifted", NULL }, *const layouts[] = { "us", "de", NULL };
	static const char *const suffixes[] = { "cr", "lf", "crlf", "tab", "none", NULL };
	static const char *const bytes[] = { "\r", "\n", "\r\n", "\t", "" };
	int i;

	if (strcmp(name, "family") == 0)
		return one_of(&i, value, families) ? d->family = (enum family_kind)i, NULL : "family: wanted hid-pos, keyboard or cdc-acm";
	if (strcmp(name, "vendor-id") == 0)
		return id(&d->vendor, value) ? NULL : "vendor-id: wanted four hexadecimal digits";
	if (strcmp(name, "product-id") == 0)
		return id(&d->product, value) ? NULL : "product-id: wanted four hexadecimal digits";
	if (strcmp(name, "serial-number") == 0)
		return text(d->serial, value) ? NULL : "serial-number: wanted up to 63 printable characters";
	if (strcmp(name, "manufacturer") == 0)
		return text(d->maker, value) ? NULL : "manufacturer: wanted up to 63 printable characters";
	if (strcmp(name, "product") == 0)
		return text(d->name, value) ? NULL : "product: wanted up to 63 printable characters";
	if (strcmp(name, "aim") == 0)
		return yes_no(&d->aim, value) ? NULL : "aim: wanted yes or no";
	if (strcmp(name, "alt-codes") == 0)
		return yes_no(&d->alt_codes, value) ? NULL : "alt-codes: wanted yes or no";
	if (strcmp(name, "redirect") == 0)
		return yes_no(&d->redirect, value) ? NULL : "redirect: wanted yes or no";
	if (strcmp(name, "report") == 0)
		return one_of(&i, value, reports) ? d->report = (enum report_layout)i, NULL : "report: wanted common or shifted";
	if (strcmp(name, "layout") == 0)
		return one_of(&i, value, layouts) ? d->layout = (enum keyboard_layout)i, NULL : "layout: wanted us or de";
	if (strcmp(name, "suffix") == 0)
		return one_of(&i, value, suffixes) ? strcpy(d->suffix, bytes[i]), NULL : "suffix: wanted cr, lf, crlf, tab or none";
	return "no such name; see tillgate-sim-usb(1)";
}

static char *trimmed(char *word)
{
	size_t n;

	while (*word == ' ' || *word == '\t')
		word++;
	for (n = strlen(word); n > 0 && strchr(" \t\r\n", word[n - 1]) != NULL; n--)
		word[n - 1] = '\0';
	return word;
}

bool description_set(struct description *d, char *line, const char **wrong)
{
	char *equals = strchr(line, '=');

	*wrong = NULL;
	line = trimmed(line);
	if (line[0] == '\0' || line[0] == '#')
		return true;
	if (equals == NULL) {
		*wrong = "wanted \"name = value\"";
		return false;
	}
	*equals = '\0';
	*wrong = set(d, trimmed(line), trimmed(equals + 1));
	return *wrong == NULL;
}

bool description_read(struct description *d, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[256];
	unsigned number = 0;
	bool good = file != NULL;

	if (file == NULL)
		fprintf(stderr, "tillgate-sim-usb: %s: %s\n", path, strerror(errno));
	while (good && fgets(line, sizeof(line), file) != NULL) {
		const char *wrong;

		number++;
		good = description_set(d, line, &wrong);
		if (!good)
			fprintf(stderr, "tillgate-sim-usb: %s:%u: %s\n", path, number, wrong);
	}
	if (file != NULL)
		fclose(file);
	return good;
}
