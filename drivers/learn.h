/* SPDX-License-Identifier: Apache-2.0
 *
 * learn.h - from what one unknown device sent for one label to the settings that read it.
 *
 * Pure: no I/O, no clock (times come with what was sent), bounded memory. Knows the families' ways of sending a label; knows nothing of
 * devices, lanes or products. What was read is never given away but for the label that was asked for.
 */
#ifndef TG_DRIVERS_LEARN_H
#define TG_DRIVERS_LEARN_H

#include "drivers/framing.h"
#include "drivers/hid_report.h"

#include <stdbool.h>
#include <stdint.h>

#define TG_LEARN_REPORTS_MAX 1024 /**< of one label: 40 typed characters are 80, with Shift 160 */
#define TG_LEARN_REPORT_MAX 64    /**< bytes of one that are kept */
#define TG_LEARN_BYTES_MAX 4096   /**< of a serial line */
/** So long nothing came: the label is over, in ms. Slow Bluetooth bases pause up to 100. */
#define TG_LEARN_PAUSE_MS 400
/** On average so long between two keys is a person's hand, in ms: fast typists have 80 to 120, scanners 2 to 50. */
#define TG_LEARN_HAND_MS 70
/** So many keys must have been seen for that; fewer, and then a pause, is a hand too. */
#define TG_LEARN_HAND_KEYS 4

/** What was sent, in order. About 80 kB; the caller's, start with tg_learn_begin(). Fields are private but for `driver`. */
typedef struct tg_learn {
	const char *driver;     /**< "hid-pos", "wedge", "serial" */
	const tg_hid_table *table; /**< hid-pos: its descriptor's sense; borrowed */
	size_t count;           /* reports, or bytes of a serial line */
	int64_t first_us, last_us;
	bool full;
	unsigned keys;          /* wedge: that went down */
	int64_t first_key_us, last_key_us;
	uint8_t down[6];
	struct {
		uint8_t len;
		uint8_t data[TG_LEARN_REPORT_MAX];
	} reports[TG_LEARN_REPORTS_MAX];
	uint8_t bytes[TG_LEARN_BYTES_MAX];
} tg_learn;

void tg_learn_begin(tg_learn *learn, const char *driver, const tg_hid_table *table);
/** One input report of a USB device, or some bytes of a line. */
void tg_learn_feed(tg_learn *learn, const void *data, size_t len, int64_t mono_us);
/** Forget what was sent, its bytes too: it was not for us. */
void tg_learn_forget(tg_learn *learn);

/** Has something come, and then nothing for TG_LEARN_PAUSE_MS? */
bool tg_learn_is_over(const tg_learn *learn, int64_t mono_us);
/** wedge: does a person's hand type this? Asked whenever something came and after each pause. */
bool tg_learn_is_hand(const tg_learn *learn, int64_t mono_us);

/** What was found out. A value. */
typedef struct tg_learned {
	bool expected;     /**< it was the label that was asked for */
	bool understood;   /**< there is a label at all; else only `words` count */
	const char *profile; /**< serial: "plain" or "ssi"; else NULL */
	const char *framing; /**< serial, plain: "auto", "stx-etx", "gap"; else NULL: no option */
	const char *suffix;  /**< USB: "none", "cr", "lf", "crlf", "tab"; else NULL */
	const char *layout;  /**< wedge; else NULL */
	bool aim;
	char aim_id[TG_AIM_SIZE]; /**< "]E0" */
	char prefix[33];     /**< wedge: typed in front; "" nothing */
	size_t label_len;    /**< characters of the label */
	char words[3][240];  /**< for the technician: what to set at the scanner; the first "" ends them */
} tg_learned;

/** `expected`: the digits of the label that was asked for; NULL any. */
void tg_learn_end(tg_learned *out, const tg_learn *learn, const char *expected);

/**
 * The section for tillgate.conf: `select` says which device, as tg_device.config. Returns its length; `size` 512 is enough.
 */
size_t tg_learned_section(char *out, size_t size, const tg_learned *learned, const char *select, const char *line);

#endif
