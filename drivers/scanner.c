/* SPDX-License-Identifier: Apache-2.0
 *
 * scanner.c - the front of every scanner: checks the configuration, picks the device family, counts.
 *
 * Stands between the family and the caller's sink, so that counting is done once for all families.
 */
#include "drivers/scanner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const tg_scanner_backend *const families[] = { &tg_scanner_serial, &tg_scanner_hid_pos, &tg_scanner_wedge };

struct tg_scanner {
	const tg_scanner_backend *family;
	void *state;
	tg_scanner_sink sink;
	char *name, *path;
	const char *driver;
	uint64_t scans, troubles;
};

const char *tg_scanner_event_name(tg_scanner_event_kind kind)
{
	static const char *const names[] = { "attached", "missing", "gone", "back", "noise", "too-long",
		"empty", "cut", "overflow", "repeat" };

	return (size_t)kind < TG_COUNT(names) ? names[kind] : "unknown";
}

static bool is_trouble(tg_scanner_event_kind kind)
{
	return kind >= TG_SCANNER_NOISE && kind <= TG_SCANNER_REPEAT;
}

static void pass_scan(void *user, const tg_scan *scan)
{
	tg_scanner *scanner = user;

	scanner->scans++;
	scanner->sink.scan(scanner->sink.user, scan);
}

static void pass_event(void *user, const tg_scanner_event *event)
{
	tg_scanner *scanner = user;

	if (is_trouble(event->kind))
		scanner->troubles += event->count;
	scanner->sink.event(scanner->sink.user, event);
}

static int check_name(const char *name, tg_error *err)
{
	size_t len = name == NULL ? 0 : strlen(name);

	if (len == 0 || len >= TG_DEVICE_NAME_SIZE)
		return tg_fail(err, TG_EINVAL, "scanner name of %zu bytes; wanted 1 to %d", len,
			TG_DEVICE_NAME_SIZE - 1);
	for (size_t i = 0; i < len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", name[i]) ==
			NULL)
			return tg_fail(
				err, TG_EINVAL, "scanner name: only letters, digits, '.', '_' and '-'");
	return TG_OK;
}

static const tg_scanner_backend *family_of(const char *driver)
{
	for (size_t i = 0; i < TG_COUNT(families); i++)
		if (driver == NULL || strcmp(driver, families[i]->name) == 0)
			return families[i];
	return NULL;
}

static int make(tg_scanner *scanner, const tg_scanner_config *config, tg_error *err)
{
	scanner->family = family_of(config->driver);
	if (scanner->family == NULL)
		return tg_fail(err, TG_EINVAL, "scanner %s: no driver \"%s\"", config->name, config->driver);
	scanner->driver = scanner->family->name;
	scanner->name = strdup(config->name);
	scanner->path = strdup(config->path == NULL ? "" : config->path);
	if (scanner->name == NULL || scanner->path == NULL)
		return tg_fail(err, TG_ENOMEM, "scanner %s", config->name);
	return scanner->family->open(
		&scanner->state, config, &(tg_scanner_sink){ pass_scan, pass_event, scanner }, err);
}

int tg_scanner_open(
	tg_scanner **out, const tg_scanner_config *config, const tg_scanner_sink *sink, tg_error *err)
{
	tg_scanner *scanner;
	int rc = check_name(config->name, err);

	if (rc != TG_OK)
		return rc;
	scanner = calloc(1, sizeof(*scanner));
	if (scanner == NULL)
		return tg_fail(err, TG_ENOMEM, "scanner %s", config->name);
	scanner->sink = *sink;
	rc = make(scanner, config, err);
	if (rc != TG_OK) {
		tg_scanner_close(scanner);
		return rc;
	}
	*out = scanner;
	return TG_OK;
}

void tg_scanner_close(tg_scanner *scanner)
{
	if (scanner == NULL)
		return;
	if (scanner->state != NULL)
		scanner->family->close(scanner->state);
	free(scanner->name);
	free(scanner->path);
	free(scanner);
}

int tg_scanner_fd(const tg_scanner *scanner)
{
	return scanner->family->fd(scanner->state);
}

int tg_scanner_timeout_ms(const tg_scanner *scanner, int64_t mono_us)
{
	return scanner->family->timeout_ms(scanner->state, mono_us);
}

void tg_scanner_service(tg_scanner *scanner, int revents, int64_t mono_us)
{
	scanner->family->service(scanner->state, revents, mono_us);
}

void tg_scanner_keep(tg_scanner *scanner, bool keep)
{
	if (scanner->family->keep != NULL)
		scanner->family->keep(scanner->state, keep);
}

unsigned tg_scanner_can(const tg_scanner *scanner)
{
	return scanner->family->can(scanner->state);
}

int tg_scanner_feedback(tg_scanner *scanner, tg_feedback what, tg_error *err)
{
	if ((tg_scanner_can(scanner) & (unsigned)what) == 0)
		return tg_fail(
			err, TG_ESTATE, "scanner %s cannot be told: its profile knows no way", scanner->name);
	return scanner->family->feedback(scanner->state, what, err);
}

const char *tg_scanner_state_of(const tg_error *why)
{
	if (why->sys == EACCES || why->sys == EPERM)
		return "no-rights";
	switch (why->code) {
	case TG_OK:
		return "attached";
	case TG_ENOTFOUND:
		return "absent";
	case TG_EBUSY:
		return "in-use";
	case TG_ESTATE:
	case TG_EINVAL:
		return "unsuitable";
	default:
		return "failing";
	}
}

void tg_scanner_describe(tg_scanner_info *out, const tg_scanner *scanner)
{
	*out = (tg_scanner_info){
		.name = scanner->name,
		.driver = scanner->driver,
		.profile = "plain",
		.path = scanner->path,
		.device = "",
		.backend = "",
		.state = "attached",
		.words = "",
		.cannot = "",
		.scans = scanner->scans,
		.troubles = scanner->troubles,
	};
	scanner->family->describe(out, scanner->state);
}
