/* SPDX-License-Identifier: Apache-2.0
 *
 * config.c - tillgate.conf by libconfuse. See config.h.
 */
#include "plugin/daemon/config.h"
#include "plugin/daemon/config_scanner.h"

#include "drivers/profiles/profile.h"
#include "store/base/file.h"
#include "sync/schedule.h"

#include <confuse.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MAX_MS 10000          /* a till that takes longer is broken, and so is the cashier's patience */
#define CONNECT_TIMEOUT_MAX_S 300     /* nobody waits longer for a handshake */
#define DOWNLOAD_TIMEOUT_MAX_S 86400  /* a full catalogue over the worst line there is */
#define FILE_END "end-of-the-file"    /* see parse() */

/* libconfuse reports through a callback without a context; one file is read at a time, at start, in one thread. */
static tg_error *reporting;
static const char *reporting_path;

TG_PRINTF(2, 0) static void report(cfg_t *cfg, const char *fmt, va_list args)
{
	char words[160];

	vsnprintf(words, sizeof(words), fmt, args);
	if (reporting != NULL && reporting->code == TG_OK)
		tg_fail(reporting, TG_EFORMAT, "%s:%d: %s%s", reporting_path, cfg != NULL ? cfg->line : 0, words,
			strstr(words, FILE_END) != NULL ? ": a section is not closed" : "");
}

static int word_index(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	return -1;
}

static const char *const framings[] = { "auto", "cr", "lf", "crlf", "stx-etx", "gap", NULL };
static const char *const suffixes[] = { "cr", "lf", "crlf", NULL };
static const char *const output_kinds[] = { "pty", "port", "keyboard", NULL };

/* ---- checks while the file is read: then libconfuse knows the line ---- */

static int check_word(cfg_t *cfg, cfg_opt_t *opt, const char *const *words)
{
	const char *found = cfg_opt_getnstr(opt, 0);
	char list[96] = "";
	size_t n = 0;

	if (found != NULL && word_index(words, found) >= 0)
		return 0;
	for (size_t i = 0; words[i] != NULL && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i > 0 ? ", " : "", words[i]);
	cfg_error(cfg, "%s: wanted one of %s; found \"%s\"", opt->name, list, found != NULL ? found : "");
	return -1;
}

static int check_operation(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_word(cfg, opt, tg_operation_words);
}

static int check_destination(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_word(cfg, opt, tg_destination_words);
}

static int check_framing(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_word(cfg, opt, framings);
}

static int check_handshake(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_word(cfg, opt, tg_handshake_words);
}

static int check_suffix(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_word(cfg, opt, suffixes);
}

static int check_kind(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_word(cfg, opt, output_kinds);
}

static int check_line(cfg_t *cfg, cfg_opt_t *opt)
{
	tg_error err = { 0 };
	tg_line line;

	if (tg_line_parse(&line, cfg_opt_getnstr(opt, 0), &err) == TG_OK)
		return 0;
	cfg_error(cfg, "line: %s", err.msg);
	return -1;
}

static int check_path(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *found = cfg_opt_getnstr(opt, 0);

	if (found != NULL && found[0] == '/')
		return 0;
	cfg_error(cfg, "%s: wanted an absolute path; found \"%s\"", opt->name, found != NULL ? found : "");
	return -1;
}

/* Letters or digits alone would be taken out of the middle of labels. */
static int check_separator(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *found = cfg_opt_getnstr(opt, 0);
	size_t len = found != NULL ? strlen(found) : 0;
	bool printable = true, told_apart = false;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)found[i];

		printable = printable && c > 0x20 && c <= 0x7e;
		told_apart = told_apart || !isalnum(c);
	}
	if (len <= TG_SEPARATOR_MAX && printable && told_apart)
		return 0;
	cfg_error(cfg, "%s: wanted up to %d printable characters, not only letters and digits, such as \"~1\"", opt->name,
		TG_SEPARATOR_MAX);
	return -1;
}

static int check_timeout(cfg_t *cfg, cfg_opt_t *opt)
{
	long ms = cfg_opt_getnint(opt, 0);

	if (ms >= 1 && ms <= TIMEOUT_MAX_MS)
		return 0;
	cfg_error(cfg, "timeout-ms: wanted 1 to %d", TIMEOUT_MAX_MS);
	return -1;
}

static int check_range(cfg_t *cfg, cfg_opt_t *opt, long least, long most)
{
	long found = cfg_opt_getnint(opt, 0);

	if (found >= least && found <= most)
		return 0;
	cfg_error(cfg, "%s: wanted %ld to %ld seconds; found %ld", opt->name, least, most, found);
	return -1;
}

static int check_interval(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_range(cfg, opt, TG_SCHEDULE_INTERVAL_MIN_S, TG_SCHEDULE_INTERVAL_MAX_S);
}

static int check_connect_timeout(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_range(cfg, opt, 1, CONNECT_TIMEOUT_MAX_S);
}

static int check_download_timeout(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_range(cfg, opt, 1, DOWNLOAD_TIMEOUT_MAX_S);
}

/* The rest of what makes an address good or bad is known where it is used; a password must not even get into this file. */
static int check_proxy(cfg_t *cfg, cfg_opt_t *opt)
{
	const char *found = cfg_opt_getnstr(opt, 0);

	if (strcmp(found, "none") == 0)
		return 0;
	if ((strncmp(found, "http://", 7) == 0 || strncmp(found, "https://", 8) == 0) && strchr(found, '@') == NULL)
		return 0;
	cfg_error(cfg, "proxy: wanted \"http://HOST:PORT\" or \"none\"; a user and password belong into the file that proxy-credential-file names");
	return -1;
}

/* At the section's closing brace. */
static int check_sync(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *sync = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);

	if (cfg_getstr(sync, "credential-file") != NULL && cfg_getstr(sync, "token-file") != NULL)
		cfg_error(cfg, "sync: both credential-file and token-file; wanted one");
	else if ((cfg_getstr(sync, "client-certificate") != NULL) != (cfg_getstr(sync, "client-key") != NULL))
		cfg_error(cfg, "sync: client-certificate and client-key go together");
	else if (cfg_getstr(sync, "proxy-credential-file") != NULL && cfg_getstr(sync, "proxy") == NULL)
		cfg_error(cfg, "sync: proxy-credential-file, but no proxy");
	else
		return 0;
	return -1;
}

static int check_mode(cfg_t *cfg, cfg_opt_t *opt)
{
	long mode = cfg_opt_getnint(opt, 0);

	if (mode >= 0 && mode <= 0777)
		return 0;
	cfg_error(cfg, "socket-mode: wanted an octal mode such as 0660");
	return -1;
}

static int check_single(cfg_t *cfg, cfg_opt_t *opt)
{
	if (cfg_opt_size(opt) <= 1)
		return 0;
	cfg_error(cfg, "lane \"%s\": a second %s; wanted one", cfg_title(cfg), opt->name);
	return -1;
}

/* At the lane's closing brace. The name stands in entries and in the names of what drivers report. */
static int check_lane(cfg_t *cfg, cfg_opt_t *opt)
{
	cfg_t *lane = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
	const char *name = cfg_title(lane);
	size_t len = strlen(name);

	for (const char *p = name; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
			len = 0;
	}
	if (len == 0 || len >= TG_DEVICE_NAME_SIZE) {
		cfg_error(cfg, "lane \"%s\": wanted a name of 1 to %d letters, digits, '.', '_' and '-'", name, TG_DEVICE_NAME_SIZE - 1);
		return -1;
	}
	if (cfg_size(lane, "scanner") == 1)
		return cfg_opt_size(opt) <= TG_LANES_MAX ? 0 : (cfg_error(cfg, "lane \"%s\": more than %d lanes", name, TG_LANES_MAX), -1);
	cfg_error(cfg, "lane \"%s\": wanted a scanner", name);
	return -1;
}

static int check_driver(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_word(cfg, opt, tg_config__drivers);
}

static int check_scan_suffix(cfg_t *cfg, cfg_opt_t *opt)
{
	return check_word(cfg, opt, tg_config__suffixes);
}

static int check_scanner(cfg_t *cfg, cfg_opt_t *opt)
{
	if (check_single(cfg, opt) != 0)
		return -1;
	return tg_config__check_scanner(cfg, cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1));
}

static int check_output(cfg_t *cfg, cfg_opt_t *opt)
{
	if (cfg_getstr(cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1), "path") != NULL)
		return check_single(cfg, opt);
	cfg_error(cfg, "lane \"%s\": output: wanted a path", cfg_title(cfg));
	return -1;
}

static const struct {
	const char *option;
	cfg_validate_callback_t check;
} checks[] = {
	{ "api|socket-mode", check_mode },
	{ "sync", check_sync },
	{ "sync|interval", check_interval },
	{ "sync|ca-file", check_path },
	{ "sync|credential-file", check_path },
	{ "sync|token-file", check_path },
	{ "sync|client-certificate", check_path },
	{ "sync|client-key", check_path },
	{ "sync|proxy", check_proxy },
	{ "sync|proxy-credential-file", check_path },
	{ "sync|connect-timeout", check_connect_timeout },
	{ "sync|download-timeout", check_download_timeout },
	{ "lane", check_lane },
	{ "lane|operation", check_operation },
	{ "lane|destination", check_destination },
	{ "lane|scanner", check_scanner },
	{ "lane|scanner|driver", check_driver },
	{ "lane|scanner|suffix", check_scan_suffix },
	{ "lane|scanner|path", check_path },
	{ "lane|scanner|line", check_line },
	{ "lane|scanner|framing", check_framing },
	{ "lane|scanner|handshake", check_handshake },
	{ "lane|scanner|separator", check_separator },
	{ "lane|output", check_output },
	{ "lane|output|path", check_path },
	{ "lane|output|kind", check_kind },
	{ "lane|output|suffix", check_suffix },
	{ "lane|output|line", check_line },
	{ "lane|output|timeout-ms", check_timeout },
};

/* ---- what was checked, taken over ---- */

static int read_scanner(tg_scanner_config *out, cfg_t *section, const char *lane, tg_error *err)
{
	out->name = lane;
	out->path = cfg_getstr(section, "path");
	out->driver = cfg_getstr(section, "driver");
	out->profile = cfg_getstr(section, "profile");
	out->framing = (tg_frame_mode)word_index(framings, cfg_getstr(section, "framing"));
	out->handshake = word_index(tg_handshake_words, cfg_getstr(section, "handshake"));
	out->host_beeps = cfg_getbool(section, "host-beeps");
	out->aim = cfg_getbool(section, "aim");
	tg_config__read_usb(out, section);
	return tg_line_parse(&out->line, cfg_getstr(section, "line"), err);
}

static void read_setup(tg_label_setup *out, cfg_t *section)
{
	const char *separator = cfg_getstr(section, "separator");

	if (separator != NULL)
		snprintf(out->separator, sizeof(out->separator), "%s", separator);
	out->set_identifier = cfg_getbool(section, "set-identifier");
}

static int read_output(tg_lane_config *out, cfg_t *section, const char *lane, tg_error *err)
{
	out->has_output = true;
	out->output.name = lane;
	out->output.path = cfg_getstr(section, "path");
	out->output.kind = (tg_output_kind)word_index(output_kinds, cfg_getstr(section, "kind"));
	out->output.suffix = (tg_output_suffix)word_index(suffixes, cfg_getstr(section, "suffix"));
	out->output.send_aim = cfg_getbool(section, "send-aim");
	out->output.group = (gid_t)-1;
	out->output_timeout_ms = (int)cfg_getint(section, "timeout-ms");
	return tg_line_parse(&out->output.line, cfg_getstr(section, "line"), err);
}

static int read_lane(tg_lane_config *out, cfg_t *section, tg_error *err)
{
	const char *name = cfg_title(section);
	int rc = read_scanner(&out->scanner, cfg_getnsec(section, "scanner", 0), name, err);

	out->lock = cfg_getbool(section, "lock-until-acknowledged");
	read_setup(&out->setup, cfg_getnsec(section, "scanner", 0));
	if (rc == TG_OK && cfg_size(section, "output") > 0)
		rc = read_output(out, cfg_getnsec(section, "output", 0), name, err);
	out->operation = (tg_operation)word_index(tg_operation_words, cfg_getstr(section, "operation"));
	out->destination = (tg_destination)word_index(tg_destination_words, cfg_getstr(section, "destination"));
	return rc;
}

static void read_sync(tg_sync_config *out, cfg_t *section)
{
	const char *proxy = cfg_getstr(section, "proxy");

	out->interval_s = cfg_getint(section, "interval");
	out->ca_file = cfg_getstr(section, "ca-file");
	out->credential_file = cfg_getstr(section, "credential-file");
	out->token_file = cfg_getstr(section, "token-file");
	out->client_certificate = cfg_getstr(section, "client-certificate");
	out->client_key = cfg_getstr(section, "client-key");
	out->allow_plain_credential = cfg_getbool(section, "allow-plain-credential");
	out->proxy = proxy != NULL && strcmp(proxy, "none") == 0 ? "" : proxy;
	out->proxy_credential_file = cfg_getstr(section, "proxy-credential-file");
	out->connect_timeout_s = cfg_getint(section, "connect-timeout");
	out->download_timeout_s = cfg_getint(section, "download-timeout");
}

static int read_all(tg_config *out, cfg_t *cfg, tg_error *err)
{
	unsigned lanes = cfg_size(cfg, "lane");

	out->socket_mode = (mode_t)cfg_getint(cfg_getsec(cfg, "api"), "socket-mode");
	read_sync(&out->sync, cfg_getsec(cfg, "sync"));
	for (unsigned i = 0; i < lanes; i++) {
		int rc = read_lane(&out->lanes[i], cfg_getnsec(cfg, "lane", i), err);

		if (rc != TG_OK)
			return rc;
		out->lane_count++;
	}
	return TG_OK;
}

static cfg_t *make_grammar(void)
{	static cfg_opt_t scanner[] = {
		CFG_STR("path", NULL, CFGF_NONE), CFG_STR("driver", "serial", CFGF_NONE), CFG_STR("profile", "plain", CFGF_NONE),
		CFG_STR("line", "", CFGF_NONE), CFG_STR("framing", "auto", CFGF_NONE), CFG_STR("handshake", "none", CFGF_NONE), CFG_BOOL("host-beeps", cfg_false, CFGF_NONE),
		CFG_BOOL("aim", cfg_false, CFGF_NONE),
		CFG_STR("usb", NULL, CFGF_NONE), CFG_STR("serial", NULL, CFGF_NONE), CFG_STR("port", NULL, CFGF_NONE),
		CFG_STR("suffix", NULL, CFGF_NONE), CFG_STR("layout", "us", CFGF_NONE), CFG_STR("prefix", NULL, CFGF_NONE),
		CFG_INT("gap-ms", TG_SCANNER_GAP_MS, CFGF_NONE),
		CFG_STR("separator", NULL, CFGF_NONE), CFG_BOOL("set-identifier", cfg_false, CFGF_NONE), CFG_END(),
	};
	static cfg_opt_t output[] = {
		CFG_STR("path", NULL, CFGF_NONE), CFG_STR("kind", "pty", CFGF_NONE), CFG_STR("suffix", "cr", CFGF_NONE),
		CFG_BOOL("send-aim", cfg_false, CFGF_NONE), CFG_STR("line", "", CFGF_NONE),
		CFG_INT("timeout-ms", TG_OUTPUT_TIMEOUT_MS, CFGF_NONE), CFG_END(),
	};
	static cfg_opt_t lane[] = {
		CFG_STR("operation", "sale", CFGF_NONE), CFG_STR("destination", "gb", CFGF_NONE),
		CFG_BOOL("lock-until-acknowledged", cfg_false, CFGF_NONE),
		CFG_SEC("scanner", scanner, CFGF_MULTI), CFG_SEC("output", output, CFGF_MULTI), CFG_END(),
	};
	static cfg_opt_t api[] = { CFG_INT("socket-mode", 0660, CFGF_NONE), CFG_END() };
	static cfg_opt_t sync[] = {
		CFG_INT("interval", TG_SCHEDULE_INTERVAL_S, CFGF_NONE), CFG_STR("ca-file", NULL, CFGF_NONE),
		CFG_STR("credential-file", NULL, CFGF_NONE), CFG_STR("token-file", NULL, CFGF_NONE),
		CFG_STR("client-certificate", NULL, CFGF_NONE), CFG_STR("client-key", NULL, CFGF_NONE),
		CFG_BOOL("allow-plain-credential", cfg_false, CFGF_NONE), CFG_STR("proxy", NULL, CFGF_NONE),
		CFG_STR("proxy-credential-file", NULL, CFGF_NONE), CFG_INT("connect-timeout", 0, CFGF_NONE),
		CFG_INT("download-timeout", 0, CFGF_NONE), CFG_END(),
	};
	static cfg_opt_t all[] = {
		CFG_SEC("lane", lane, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES), CFG_SEC("api", api, CFGF_NONE),
		CFG_SEC("sync", sync, CFGF_NONE),
		CFG_BOOL(FILE_END, cfg_false, CFGF_NONE), CFG_END(),
	};
	cfg_t *cfg = cfg_init(all, CFGF_NONE);

	if (cfg == NULL)
		return NULL;
	cfg_set_error_function(cfg, report);
	for (size_t i = 0; i < TG_COUNT(checks); i++)
		cfg_set_validate_func(cfg, checks[i].option, checks[i].check);
	return cfg;
}

/*
 * libconfuse takes the end of a file for the end of all open sections, and ends the program when it cannot read: so the file is read
 * here, and a last option put behind it that is known outside sections only.
 */
static int parse(cfg_t *cfg, const char *path, tg_buf *text, tg_error *err)
{
	FILE *in;
	int rc;

	if (memchr(text->data, '\0', text->len) != NULL)
		return tg_fail(err, TG_EFORMAT, "%s: holds NUL bytes; it is no text", path);
	tg_buf_puts(text, "\n" FILE_END " = true\n");
	rc = tg_buf_check(text, path, err);
	if (rc != TG_OK)
		return rc;
	in = fmemopen(text->data, text->len, "r");
	if (in == NULL)
		return tg_fail(err, TG_ENOMEM, "%s: no memory", path);
	reporting = err;
	reporting_path = path;
	rc = cfg_parse_fp(cfg, in);
	reporting = NULL;
	fclose(in);
	if (rc == CFG_SUCCESS)
		return TG_OK;
	return err->code != TG_OK ? err->code : tg_fail(err, TG_EFORMAT, "%s: not understood", path);
}

int tg_config_read(tg_config *out, const char *path, tg_error *err)
{
	tg_error found = { 0 };
	cfg_t *cfg = make_grammar();
	tg_buf text;
	int rc;

	memset(out, 0, sizeof(*out));
	out->socket_mode = 0660;
	out->sync.interval_s = TG_SCHEDULE_INTERVAL_S;
	if (cfg == NULL)
		return tg_fail(err, TG_ENOMEM, "%s: no memory", path);
	out->owned = cfg;
	tg_buf_init(&text, TG_CONFIG_MAX_BYTES + sizeof(FILE_END) + 16);
	rc = tg_file_read(&text, path, TG_CONFIG_MAX_BYTES, &found);
	if (rc == TG_OK && text.len > 0)
		rc = parse(cfg, path, &text, &found);
	if (rc == TG_OK)
		rc = read_all(out, cfg, &found);
	tg_buf_fini(&text);
	if (rc == TG_ENOTFOUND)
		return TG_OK;
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
