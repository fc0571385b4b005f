/* SPDX-License-Identifier: Apache-2.0
 *
 * keyboard_text.c - keys to bytes, bytes to frames. See keyboard_text.h.
 *
 * The framer of serial lines does the rest: a key that no label types is fed to it as NUL, which makes the frame noise.
 */
#include "drivers/keyboard_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xkbcommon/xkbcommon-compose.h>
#include <xkbcommon/xkbcommon.h>

enum { CTRL = 0x11, LEFT_ALT = 0x04, GUI = 0x88 }; /* bits of the first byte */
enum {
	KEY_ENTER = 0x28,
	KEY_TAB = 0x2B,
	KEY_SPACE = 0x2C,
	KEY_SCROLLLOCK = 0x47,
	KEY_NUMLOCK = 0x53
}; /* usages, page 0x07 */
enum {
	PAD_SLASH = 0x54,
	PAD_ENTER = 0x58,
	PAD_1 = 0x59,
	PAD_9 = 0x61,
	PAD_0 = 0x62,
	PAD_DOT = 0x63,
	PAD_EQUAL = 0x67
};
enum { KEY_LEFT_CTRL = 0xE0, ERROR_UNDEFINED = 3 };
enum { ALT_DIGITS_MAX = 4, XKB_OFFSET = 8, NOT_A_LABEL = 0x00 };

struct tg_key_text {
	struct xkb_context *context;
	struct xkb_keymap *keymap;
	struct xkb_state *state;
	struct xkb_compose_table *accents;
	struct xkb_compose_state *accent;
	tg_suffix suffix;
	char prefix[TG_KEY_PREFIX_MAX + 1];
	size_t prefix_len, prefix_at; /* how much of it this label had */
	bool saw_cr;                  /* the byte before was one */
	uint8_t before[TG_KEY_REPORT];
	char alt[ALT_DIGITS_MAX + 1];
	size_t alt_len; /* ALT_DIGITS_MAX + 1: too many */
	tg_framing framing;
};

/* Where bytes go during one feed. */
struct sink {
	tg_key_text *keys;
	tg_frame_fn fn;
	void *user;
};

/* ---- usages to the kernel's key codes, which XKB counts from 8 ---- */

static const uint8_t codes[] = {
	0, 0, 0, 0, 30, 48, 46, 32, 18, 33, 34, 35, 23, 36, 37, 38,   /* 00: a … l */
	50, 49, 24, 25, 16, 19, 31, 20, 22, 47, 17, 45, 21, 44, 2, 3, /* 10: m … z, 1, 2 */
	4, 5, 6, 7, 8, 9, 10, 11, 28, 1, 14, 15, 57, 12, 13,
	26, /* 20: 3 … 0, Enter, Esc, Back, Tab, Space, - = [ */
	27, 43, 43, 39, 40, 41, 51, 52, 53, 58, 59, 60, 61, 62, 63, 64, /* 30: ] \ # ; ' ` , . / Caps, F1 … */
	65, 66, 67, 68, 87, 88, 99, 70, 119, 110, 102, 104, 111, 107, 109, 106, /* 40: … F12, Print … Right */
	105, 108, 103, 69, 98, 55, 74, 78, 96, 79, 80, 81, 75, 76, 77, 71, /* 50: Left, Down, Up, keypad */
	72, 73, 82, 83, 86, 127, 116, 117, /* 60: keypad, the key beside left Shift */
};
static const uint8_t modifier_codes[8] = { 29, 42, 56, 125, 97, 54, 100, 126 };

static xkb_keycode_t code_of(uint8_t usage)
{
	uint8_t code = 0;

	if (usage >= KEY_LEFT_CTRL && usage < KEY_LEFT_CTRL + 8)
		code = modifier_codes[usage - KEY_LEFT_CTRL];
	else if (usage < sizeof(codes))
		code = codes[usage];
	return code == 0 ? 0 : (xkb_keycode_t)(code + XKB_OFFSET);
}

/* ---- accents ---- */

/*
 * The system's own tables of accents are chosen by locale and may not be installed, so ours are here: the letters that layouts in use in Europe
 * reach by dead keys, and the accent alone (with Space, or typed twice), which is how a scanner types "^" on many of them.
 */
static const struct {
	const char *dead, *alone;
	const char *pairs[16]; /* a letter and what it becomes */
} dead_keys[] = {
	{ "dead_grave", "`", { "aà", "eè", "iì", "oò", "uù", "AÀ", "EÈ", "IÌ", "OÒ", "UÙ" } },
	{ "dead_acute", "´",
		{ "aá", "eé", "ií", "oó", "uú", "yý", "cć", "AÁ", "EÉ", "IÍ", "OÓ", "UÚ", "YÝ", "CĆ" } },
	{ "dead_circumflex", "^", { "aâ", "eê", "iî", "oô", "uû", "AÂ", "EÊ", "IÎ", "OÔ", "UÛ" } },
	{ "dead_tilde", "~", { "aã", "nñ", "oõ", "AÃ", "NÑ", "OÕ" } },
	{ "dead_diaeresis", "¨", { "aä", "eë", "iï", "oö", "uü", "yÿ", "AÄ", "EË", "IÏ", "OÖ", "UÜ" } },
	{ "dead_cedilla", "¸", { "cç", "CÇ" } },
	{ "dead_caron", "ˇ",
		{ "cč", "dď", "eě", "nň", "rř", "sš", "tť", "zž", "CČ", "DĎ", "EĚ", "NŇ", "RŘ", "SŠ", "TŤ",
			"ZŽ" } },
	{ "dead_abovering", "°", { "aå", "uů", "AÅ", "UŮ" } },
};

static size_t write_accents(char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < TG_COUNT(dead_keys); i++) {
		const char *dead = dead_keys[i].dead;

		n += (size_t)snprintf(out + n, size - n, "<%s> <space> : \"%s\"\n<%s> <%s> : \"%s\"\n", dead,
			dead_keys[i].alone, dead, dead, dead_keys[i].alone);
		for (size_t p = 0; p < TG_COUNT(dead_keys[i].pairs) && dead_keys[i].pairs[p] != NULL; p++)
			n += (size_t)snprintf(out + n, size - n, "<%s> <%c> : \"%s\"\n", dead,
				dead_keys[i].pairs[p][0], dead_keys[i].pairs[p] + 1);
	}
	return n;
}

/* ---- bytes to frames ---- */

static void frame_byte(const struct sink *to, uint8_t byte)
{
	tg_framing_feed(&to->keys->framing, &byte, 1, to->fn, to->user);
}

/* The last byte of a suffix ends the label for the prefix too. */
static bool ends_label(const tg_key_text *k, uint8_t byte)
{
	switch (k->suffix) {
	case TG_SUFFIX_CR:
		return byte == '\r';
	case TG_SUFFIX_LF:
		return byte == '\n';
	case TG_SUFFIX_CRLF:
		return byte == '\n' && k->saw_cr;
	case TG_SUFFIX_TAB:
		return byte == '\t';
	case TG_SUFFIX_NONE:
		break;
	}
	return false;
}

/* Takes the prefix off. False: swallowed. */
static bool after_prefix(const struct sink *to, uint8_t byte)
{
	tg_key_text *k = to->keys;

	if (k->prefix_at >= k->prefix_len)
		return true;
	if (byte == (uint8_t)k->prefix[k->prefix_at]) {
		k->prefix_at++;
		return false;
	}
	k->prefix_at = k->prefix_len;
	frame_byte(to, NOT_A_LABEL);
	return true;
}

static void end_label(const struct sink *to, uint8_t byte)
{
	tg_key_text *k = to->keys;

	if (k->prefix_at > 0 && k->prefix_at < k->prefix_len)
		frame_byte(to, NOT_A_LABEL);
	k->prefix_at = 0;
	frame_byte(to, byte == '\t' ? '\r' : byte); /* the framer knows no TAB that ends */
}

static void put(const struct sink *to, uint8_t byte)
{
	bool first_half = to->keys->suffix == TG_SUFFIX_CRLF && byte == '\r';

	if (ends_label(to->keys, byte))
		end_label(to, byte);
	else if (first_half)
		frame_byte(to, byte);
	else if (after_prefix(to, byte))
		frame_byte(to, byte == '\r' || byte == '\n' ? NOT_A_LABEL : byte);
	to->keys->saw_cr = byte == '\r';
}

static void put_text(const struct sink *to, const char *text)
{
	for (; *text != '\0'; text++)
		put(to, (uint8_t)*text);
}

/* ---- keys to bytes ---- */

/* Windows code page 1252, 0x80 to 0x9F; 0: not used. The rest is ISO 8859-1. */
static const uint16_t page_1252[32] = { 0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6,
	0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013,
	0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178 };

static void put_code_point(const struct sink *to, uint32_t c)
{
	if (c < 0x80) {
		put(to, (uint8_t)c);
		return;
	}
	if (c < 0x800) {
		put(to, (uint8_t)(0xC0 | c >> 6));
	} else {
		put(to, (uint8_t)(0xE0 | c >> 12));
		put(to, (uint8_t)(0x80 | (c >> 6 & 0x3F)));
	}
	put(to, (uint8_t)(0x80 | (c & 0x3F)));
}

/*
 * Alt was let go after keypad digits. With a leading zero the number is of code page 1252; without one it is of the old page of the
 * country that the computer was bought in, which nobody here can know: then only ASCII is certain.
 */
static void end_alt(const struct sink *to)
{
	tg_key_text *k = to->keys;
	unsigned long code = strtoul(k->alt, NULL, 10);
	uint32_t c = 0;

	if (k->alt_len == 0)
		return;
	if (k->alt_len <= ALT_DIGITS_MAX && code > 0 && code < 0x80)
		c = (uint32_t)code;
	else if (k->alt_len <= ALT_DIGITS_MAX && k->alt[0] == '0' && code >= 0x80 && code <= 0xFF)
		c = code < 0xA0 ? page_1252[code - 0x80] : (uint32_t)code;
	put_code_point(to, c);
	k->alt_len = 0;
	k->alt[0] = '\0';
}

static void add_alt(tg_key_text *k, char digit)
{
	if (k->alt_len < ALT_DIGITS_MAX) {
		k->alt[k->alt_len] = digit;
		k->alt[k->alt_len + 1] = '\0';
	}
	if (k->alt_len <= ALT_DIGITS_MAX)
		k->alt_len++;
}

/* '\0': no digit of the keypad. */
static char pad_digit(uint8_t usage)
{
	if (usage == PAD_0)
		return '0';
	return usage >= PAD_1 && usage <= PAD_9 ? (char)('1' + usage - PAD_1) : '\0';
}

static char pad_char(uint8_t usage)
{
	static const char signs[] = "/*-+";

	if (usage >= PAD_SLASH && usage < PAD_ENTER)
		return signs[usage - PAD_SLASH];
	if (usage == PAD_DOT)
		return '.';
	return usage == PAD_EQUAL ? '=' : pad_digit(usage);
}

/*
 * Scanners mean the key where a US keyboard has the sign, whatever the layout; letters are where the layout has them. NUL: no control
 * character.
 */
static uint8_t control_char(const tg_key_text *k, uint8_t usage)
{
	xkb_keysym_t sym;

	switch (usage) {
	case 0x2F:
		return 0x1B;
	case 0x30:
		return 0x1D;
	case 0x31:
	case 0x32:
		return 0x1C;
	case 0x23:
		return 0x1E;
	case 0x2D:
		return 0x1F;
	default:
		sym = xkb_state_key_get_one_sym(k->state, code_of(usage));
		return (sym >= '@' && sym <= '_') || (sym >= 'a' && sym <= 'z') ? (uint8_t)(sym & 0x1F)
										: NOT_A_LABEL;
	}
}

static void put_key_text(const struct sink *to, uint8_t usage)
{
	tg_key_text *k = to->keys;
	xkb_keycode_t code = code_of(usage);
	char text[16] = "";

	xkb_compose_state_feed(k->accent, xkb_state_key_get_one_sym(k->state, code));
	switch (xkb_compose_state_get_status(k->accent)) {
	case XKB_COMPOSE_COMPOSING:
		return; /* a dead key: its letter follows */
	case XKB_COMPOSE_COMPOSED:
		xkb_compose_state_get_utf8(k->accent, text, sizeof(text));
		xkb_compose_state_reset(k->accent);
		break;
	case XKB_COMPOSE_CANCELLED:
		xkb_compose_state_reset(k->accent);
		break;
	case XKB_COMPOSE_NOTHING:
		xkb_state_key_get_utf8(k->state, code, text, sizeof(text));
		break;
	}
	if (text[0] == '\0')
		put(to, NOT_A_LABEL);
	else
		put_text(to, text);
}

static bool composing(const tg_key_text *k)
{
	return xkb_compose_state_get_status(k->accent) == XKB_COMPOSE_COMPOSING;
}

/* A key with a meaning of its own. */
static void put_plain(const struct sink *to, uint8_t byte)
{
	if (composing(to->keys)) {
		xkb_compose_state_reset(to->keys->accent);
		put(to, NOT_A_LABEL);
	}
	put(to, byte);
}

static void key_down(const struct sink *to, uint8_t usage, uint8_t modifiers)
{
	char digit = pad_digit(usage);

	if (usage <= ERROR_UNDEFINED)
		put(to, NOT_A_LABEL); /* too many keys at once: some are not in the report */
	else if (usage == KEY_NUMLOCK || usage == KEY_SCROLLLOCK || usage == 0x39)
		return; /* locks type nothing */
	else if ((modifiers & GUI) != 0)
		put(to, NOT_A_LABEL);
	else if ((modifiers & LEFT_ALT) != 0 && (modifiers & CTRL) == 0 && digit != '\0')
		add_alt(to->keys, digit);
	else if ((modifiers & LEFT_ALT) != 0)
		put(to, NOT_A_LABEL);
	else if (usage == KEY_ENTER || usage == PAD_ENTER)
		put_plain(to, '\r');
	else if (usage == KEY_TAB)
		put_plain(to, '\t');
	else if (pad_char(usage) != '\0')
		put_plain(to, (uint8_t)pad_char(usage));
	else if ((modifiers & CTRL) != 0)
		put_plain(to, control_char(to->keys, usage));
	else
		put_key_text(to, usage);
}

/* ---- reports ---- */

static bool holds(const uint8_t *report, uint8_t usage)
{
	return memchr(report + 2, usage, TG_KEY_REPORT - 2) != NULL;
}

static void update(tg_key_text *k, uint8_t usage, bool down)
{
	xkb_keycode_t code = code_of(usage);

	if (code != 0 && usage != KEY_NUMLOCK)
		xkb_state_update_key(k->state, code, down ? XKB_KEY_DOWN : XKB_KEY_UP);
}

static void modifiers_change(const struct sink *to, uint8_t before, uint8_t now)
{
	for (unsigned i = 0; i < 8; i++)
		if (((before ^ now) >> i & 1) != 0)
			update(to->keys, (uint8_t)(KEY_LEFT_CTRL + i), (now >> i & 1) != 0);
	if ((before & LEFT_ALT) != 0 && (now & LEFT_ALT) == 0)
		end_alt(to);
}

void tg_key_text_feed(tg_key_text *keys, const uint8_t *report, size_t len, tg_frame_fn frame_fn, void *user)
{
	struct sink to = { keys, frame_fn, user };
	uint8_t before[TG_KEY_REPORT];

	if (len < TG_KEY_REPORT) {
		put(&to, NOT_A_LABEL);
		return;
	}
	memcpy(before, keys->before, sizeof(before));
	memcpy(keys->before, report, sizeof(keys->before));
	for (size_t i = 2; i < TG_KEY_REPORT; i++)
		if (before[i] > ERROR_UNDEFINED && !holds(report, before[i]))
			update(keys, before[i], false);
	modifiers_change(&to, before[0], report[0]);
	for (size_t i = 2; i < TG_KEY_REPORT; i++)
		if (report[i] != 0 && !holds(before, report[i]) &&
			memchr(report + 2, report[i], i - 2) == NULL) {
			key_down(&to, report[i], report[0]);
			update(keys, report[i], true);
		}
}

/* Which keys are down is told anew by the next report; one that went down and up in the hole is missing. */
void tg_key_text_hole(tg_key_text *keys, tg_frame_fn frame_fn, void *user)
{
	frame_byte(&(struct sink){ keys, frame_fn, user }, NOT_A_LABEL);
}

size_t tg_key_text_pending(const tg_key_text *keys)
{
	return tg_framing_pending(&keys->framing) +
	       (keys->prefix_at < keys->prefix_len ? keys->prefix_at : 0);
}

void tg_key_text_pause(tg_key_text *keys, tg_frame_fn frame_fn, void *user)
{
	struct sink to = { keys, frame_fn, user };

	if (composing(keys)) {
		xkb_compose_state_reset(keys->accent);
		frame_byte(&to, NOT_A_LABEL);
	}
	if (tg_key_text_pending(keys) == 0)
		return;
	if (keys->suffix == TG_SUFFIX_NONE) {
		end_label(&to, '\r');
		return;
	}
	if (tg_framing_pending(&keys->framing) == 0)
		frame_byte(&to, NOT_A_LABEL);
	keys->prefix_at = 0;
	tg_framing_abandon(&keys->framing, frame_fn, user);
}

/* ---- open and close ---- */

static int load_layout(tg_key_text *k, const char *layout, tg_error *err)
{
	char name[48], *variant;
	struct xkb_rule_names names = { .rules = "evdev", .model = "pc105", .layout = name };

	if (strlen(layout) >= sizeof(name) ||
		layout[strspn(layout,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-()")] != '\0')
		return tg_fail(err, TG_EINVAL,
			"layout \"%.40s\": wanted a name such as \"gb\" or \"de(nodeadkeys)\"", layout);
	strcpy(name, layout);
	variant = strchr(name, '(');
	if (variant != NULL) {
		*variant++ = '\0';
		variant[strcspn(variant, ")")] = '\0';
		names.variant = variant;
	}
	k->keymap = xkb_keymap_new_from_names(k->context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
	if (k->keymap == NULL)
		return tg_fail(err, TG_EINVAL,
			"layout \"%s\": not known here (package xkb-data has them; \"us\" is the scanner's "
			"usual one)",
			layout);
	return TG_OK;
}

static int load(tg_key_text *k, const char *layout, tg_error *err)
{
	char accents[8192];
	size_t len = write_accents(accents, sizeof(accents));
	int rc;

	k->context = xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
	if (k->context == NULL)
		return tg_fail(err, TG_EIO, "keyboard layouts: libxkbcommon does not start");
	xkb_context_set_log_level(k->context, (enum xkb_log_level)0); /* our words say it */
	rc = load_layout(k, layout, err);
	if (rc != TG_OK)
		return rc;
	k->accents = xkb_compose_table_new_from_buffer(
		k->context, accents, len, "C", XKB_COMPOSE_FORMAT_TEXT_V1, XKB_COMPOSE_COMPILE_NO_FLAGS);
	k->accent = k->accents != NULL ? xkb_compose_state_new(k->accents, XKB_COMPOSE_STATE_NO_FLAGS) : NULL;
	k->state = xkb_state_new(k->keymap);
	return k->accent != NULL && k->state != NULL
		       ? TG_OK
		       : tg_fail(err, TG_ENOMEM, "keyboard layout \"%s\"", layout);
}

int tg_key_text_open(tg_key_text **out, const tg_key_config *config, tg_error *err)
{
	static const tg_frame_mode modes[] = { TG_FRAME_CR, TG_FRAME_CR, TG_FRAME_LF, TG_FRAME_CRLF,
		TG_FRAME_CR };
	const char *prefix = config->prefix == NULL ? "" : config->prefix;
	tg_key_text *k;
	int rc;

	if (strlen(prefix) > TG_KEY_PREFIX_MAX)
		return tg_fail(err, TG_EINVAL, "prefix: longer than %d bytes", TG_KEY_PREFIX_MAX);
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return tg_fail(err, TG_ENOMEM, "keyboard");
	rc = load(k, config->layout == NULL ? "us" : config->layout, err);
	if (rc != TG_OK) {
		tg_key_text_close(k);
		return rc;
	}
	k->suffix = config->suffix;
	k->prefix_len = strlen(prefix);
	memcpy(k->prefix, prefix, k->prefix_len);
	tg_framing_init(&k->framing, modes[config->suffix], config->aim);
	*out = k;
	return TG_OK;
}

void tg_key_text_close(tg_key_text *keys)
{
	if (keys == NULL)
		return;
	xkb_compose_state_unref(keys->accent);
	xkb_compose_table_unref(keys->accents);
	xkb_state_unref(keys->state);
	xkb_keymap_unref(keys->keymap);
	xkb_context_unref(keys->context);
	free(keys);
}

void tg_key_text_reset(tg_key_text *keys)
{
	struct xkb_state *fresh = xkb_state_new(keys->keymap);

	if (fresh != NULL) {
		xkb_state_unref(keys->state);
		keys->state = fresh;
	}
	xkb_compose_state_reset(keys->accent);
	memset(keys->before, 0, sizeof(keys->before));
	keys->saw_cr = false;
	keys->prefix_at = keys->alt_len = 0;
	keys->alt[0] = '\0';
	tg_framing_init(&keys->framing, keys->framing.mode, keys->framing.aim);
}
