/* SPDX-License-Identifier: Apache-2.0
 *
 * config.c - tillgate.conf by libconfuse. See config.h.
 */
#include "plugin/daemon/config.h"

#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* libconfuse reports through a callback without a context; one file is read at a time, at start, in one thread. */
static tg_error *reporting;

TG_PRINTF(2, 0) static void report(cfg_t *cfg, const char *fmt, va_list args)
{
	char words[160];

	vsnprintf(words, sizeof(words), fmt, args);
	if (reporting != NULL && reporting->code == TG_OK)
		tg_fail(reporting, TG_EFORMAT, "%s:%d: %s", cfg != NULL && cfg->filename != NULL ? cfg->filename : "tillgate.conf",
			cfg != NULL ? cfg->line : 0, words);
}

static int word_index(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	return -1;
}

static const char *const framings[] = { "auto", "cr", "lf", "crlf", NULL };
static const char *const suffixes[] = { "cr", "lf", "crlf", NULL };
static const char *const output_kinds[] = { "pty", "port", NULL };

static int need_word(int *out, cfg_t *section, const char *option, const char *const *words, tg_error *err)
{
	const char *found = cfg_getstr(section, option);
	char list[96] = "";
	size_t n = 0;

	*out = found != NULL ? word_index(words, found) : -1;
	if (*out >= 0)
		return TG_OK;
	for (size_t i = 0; words[i] != NULL && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i > 0 ? ", " : "", words[i]);
	return tg_fail(err, TG_EFORMAT, "%s:%d: %s: wanted one of %s; found \"%s\"", section->filename, section->line, option, list,
		found != NULL ? found : "");
}

static int need_line(tg_line *out, cfg_t *section, tg_error *err)
{
	int rc = tg_line_parse(out, cfg_getstr(section, "line"), err);

	if (rc != TG_OK)
		tg_error_prefix(err, "%s:%d: line", section->filename, section->line);
	return rc == TG_OK ? TG_OK : TG_EFORMAT;
}

static int need_path(const char **out, cfg_t *section, const char *lane, const char *what, tg_error *err)
{
	*out = cfg_getstr(section, "path");
	if (*out != NULL && (*out)[0] == '/')
		return TG_OK;
	return tg_fail(err, TG_EFORMAT, "%s:%d: lane \"%s\": %s: path: wanted an absolute path", section->filename, section->line, lane, what);
}

static int read_scanner(tg_scanner_config *out, cfg_t *section, const char *lane, tg_error *err)
{
	int framing, rc = need_path(&out->path, section, lane, "scanner", err);

	if (rc == TG_OK)
		rc = need_word(&framing, section, "framing", framings, err);
	if (rc == TG_OK)
		rc = need_line(&out->line, section, err);
	if (rc != TG_OK)
		return rc;
	out->name = lane;
	out->driver = cfg_getstr(section, "driver");
	out->profile = cfg_getstr(section, "profile");
	out->framing = (tg_frame_mode)framing;
	out->aim = cfg_getbool(section, "aim");
	return TG_OK;
}

static int read_output(tg_lane_config *out, cfg_t *section, const char *lane, tg_error *err)
{
	int kind, suffix, rc = need_path(&out->output.path, section, lane, "output", err);

	if (rc == TG_OK)
		rc = need_word(&kind, section, "kind", output_kinds, err);
	if (rc == TG_OK)
		rc = need_word(&suffix, section, "suffix", suffixes, err);
	if (rc == TG_OK)
		rc = need_line(&out->output.line, section, err);
	if (rc != TG_OK)
		return rc;
	out->has_output = true;
	out->output.name = lane;
	out->output.kind = (tg_output_kind)kind;
	out->output.suffix = (tg_output_suffix)suffix;
	out->output.send_aim = cfg_getbool(section, "send-aim");
	out->output.group = (gid_t)-1;
	out->output_timeout_ms = (int)cfg_getint(section, "timeout-ms");
	if (out->output_timeout_ms < 1 || out->output_timeout_ms > 10000)
		return tg_fail(err, TG_EFORMAT, "%s:%d: lane \"%s\": timeout-ms: wanted 1 to 10000", section->filename, section->line, lane);
	return TG_OK;
}

static int read_lane(tg_lane_config *out, cfg_t *section, tg_error *err)
{
	const char *name = cfg_title(section);
	int operation, destination, rc;

	rc = need_word(&operation, section, "operation", tg_operation_words, err);
	if (rc == TG_OK)
		rc = need_word(&destination, section, "destination", tg_destination_words, err);
	if (rc == TG_OK && cfg_size(section, "scanner") != 1)
		rc = tg_fail(err, TG_EFORMAT, "%s:%d: lane \"%s\": wanted one scanner { … }", section->filename, section->line, name);
	if (rc == TG_OK)
		rc = read_scanner(&out->scanner, cfg_getnsec(section, "scanner", 0), name, err);
	if (rc == TG_OK && cfg_size(section, "output") > 0)
		rc = read_output(out, cfg_getnsec(section, "output", 0), name, err);
	if (rc != TG_OK)
		return rc;
	out->operation = (tg_operation)operation;
	out->destination = (tg_destination)destination;
	return TG_OK;
}

static int read_all(tg_config *out, cfg_t *cfg, tg_error *err)
{
	unsigned lanes = cfg_size(cfg, "lane");
	long mode = cfg_getint(cfg_getsec(cfg, "api"), "socket-mode");

	if (mode < 0 || mode > 0777)
		return tg_fail(err, TG_EFORMAT, "%s: api: socket-mode: wanted an octal mode such as 0660", cfg->filename);
	out->socket_mode = (mode_t)mode;
	if (lanes > TG_LANES_MAX)
		return tg_fail(err, TG_EFORMAT, "%s: %u lanes; at most %d", cfg->filename, lanes, TG_LANES_MAX);
	for (unsigned i = 0; i < lanes; i++) {
		int rc = read_lane(&out->lanes[i], cfg_getnsec(cfg, "lane", i), err);

		if (rc != TG_OK)
			return rc;
		out->lane_count++;
	}
	return TG_OK;
}

static cfg_t *make_grammar(void)
{
	static cfg_opt_t scanner[] = {
		CFG_STR("path", NULL, CFGF_NONE), CFG_STR("driver", "serial", CFGF_NONE), CFG_STR("profile", "plain", CFGF_NONE),
		CFG_STR("line", "", CFGF_NONE), CFG_STR("framing", "auto", CFGF_NONE), CFG_BOOL("aim", cfg_false, CFGF_NONE), CFG_END(),
	};
	static cfg_opt_t output[] = {
		CFG_STR("path", NULL, CFGF_NONE), CFG_STR("kind", "pty", CFGF_NONE), CFG_STR("suffix", "cr", CFGF_NONE),
		CFG_BOOL("send-aim", cfg_false, CFGF_NONE), CFG_STR("line", "", CFGF_NONE),
		CFG_INT("timeout-ms", TG_OUTPUT_TIMEOUT_MS, CFGF_NONE), CFG_END(),
	};
	static cfg_opt_t lane[] = {
		CFG_STR("operation", "sale", CFGF_NONE), CFG_STR("destination", "gb", CFGF_NONE),
		CFG_SEC("scanner", scanner, CFGF_MULTI), CFG_SEC("output", output, CFGF_MULTI), CFG_END(),
	};
	static cfg_opt_t api[] = { CFG_INT("socket-mode", 0660, CFGF_NONE), CFG_END() };
	static cfg_opt_t all[] = {
		CFG_SEC("lane", lane, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES), CFG_SEC("api", api, CFGF_NONE), CFG_END(),
	};
	cfg_t *cfg = cfg_init(all, CFGF_NONE);

	if (cfg != NULL)
		cfg_set_error_function(cfg, report);
	return cfg;
}

int tg_config_read(tg_config *out, const char *path, tg_error *err)
{
	tg_error found = { 0 };
	cfg_t *cfg = make_grammar();
	int rc, parsed;

	memset(out, 0, sizeof(*out));
	out->socket_mode = 0660;
	if (cfg == NULL)
		return tg_fail(err, TG_ENOMEM, "%s: no memory", path);
	out->owned = cfg;
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return TG_OK;
	reporting = &found;
	parsed = cfg_parse(cfg, path);
	if (parsed == CFG_FILE_ERROR)
		rc = tg_fail_errno(&found, TG_EIO, "%s", path);
	else if (parsed != CFG_SUCCESS)
		rc = found.code != TG_OK ? found.code : tg_fail(&found, TG_EFORMAT, "%s: not understood", path);
	else
		rc = read_all(out, cfg, &found);
	reporting = NULL;
	if (rc != TG_OK) {
		tg_config_fini(out);
		if (err != NULL)
			*err = found;
	}
	return rc;
}

void tg_config_fini(tg_config *config)
{
	if (config->owned != NULL)
		cfg_free(config->owned);
	memset(config, 0, sizeof(*config));
}
