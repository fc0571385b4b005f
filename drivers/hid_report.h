/* SPDX-License-Identifier: Apache-2.0
 *
 * hid_report.h - what a HID report descriptor says about a bar code scanner: where its data are, and what it can be told.
 *
 * Pure: no I/O, no clock, no allocation. Knows the items of HID 1.11 and the usages of page 0x8C (HID Point of Sale
 * Usage Tables 1.02); knows nothing of USB transfers, models or scans. Descriptors come from devices and are hostile.
 */
#ifndef TG_DRIVERS_HID_REPORT_H
#define TG_DRIVERS_HID_REPORT_H

#include "store/base/error.h"

#include <stdbool.h>
#include <stdint.h>

/** Longest descriptor in bytes: what Linux takes too (HID_MAX_DESCRIPTOR_SIZE). Scanners have 50 to 300. */
#define TG_HID_DESCRIPTOR_MAX 4096
/** Longest report in bytes without its identifier. Scanners have 63; some devices' feature reports hold 4 kB. */
#define TG_HID_REPORT_MAX 4096
/** Input reports of one interface that carry labels. One is usual; scanned data and raw data would be two. */
#define TG_HID_SCANS_MAX 4

typedef enum tg_hid_kind { TG_HID_INPUT = 0, TG_HID_OUTPUT, TG_HID_FEATURE, TG_HID_KINDS } tg_hid_kind;

/** Where a field lies. Bits count from the byte after the report identifier, low bit first. */
typedef struct tg_hid_place {
	bool there;
	bool choice;    /**< controls: one of a list, so that only one can be written at a time */
	uint8_t kind;   /**< tg_hid_kind */
	uint8_t report; /**< identifier; 0: this interface numbers none */
	uint32_t bit;   /**< of the first element */
	uint32_t bits;  /**< of one element */
	uint32_t count; /**< elements */
	uint32_t on;    /**< controls: what to write for "do it"; 0 undoes it */
} tg_hid_place;

/** One input report that carries (a part of) a label. `data` is there, whole bytes, on a byte border. */
typedef struct tg_hid_scan_report {
	uint8_t report;
	tg_hid_place data;      /**< decoded data, usage 0xFE */
	tg_hid_place length;    /**< byte count, page 0x01 usage 0x3B */
	tg_hid_place aim[3];    /**< symbology identifier, usages 0xFB to 0xFD */
	tg_hid_place continued; /**< decoded data continued, usage 0xFF */
} tg_hid_scan_report;

/** What a scanner may be told through output (preferred) or feature reports. */
typedef enum tg_hid_control {
	TG_HID_PREVENT_READ = 0, /**< usage 0x5F */
	TG_HID_INITIATE_READ,    /**< 0x60 */
	TG_HID_GOOD_LED,         /**< 0x7D */
	TG_HID_ERROR_BEEP,       /**< 0x85 */
	TG_HID_GOOD_BEEP,        /**< 0x86 */
	TG_HID_NOT_ON_FILE_BEEP, /**< 0x87 */
	TG_HID_CONTROLS,
} tg_hid_control;

/** The descriptor's sense. About 2 kB; holds no pointers. */
typedef struct tg_hid_table {
	bool scanner; /**< an application collection of page 0x8C: bar code scanner, dumb scanner, base or cradle */
	bool keyboard; /**< an application collection "keyboard" or "keypad": these reports are typed text */
	bool numbered; /**< every report begins with a byte that names it */
	tg_hid_scan_report scans[TG_HID_SCANS_MAX];
	size_t scan_count;
	tg_hid_place controls[TG_HID_CONTROLS];
	/** bytes of each report with its identifier; 0: no such report */
	uint16_t bytes[TG_HID_KINDS][256];
	uint16_t input_max; /**< bytes of the longest input report */
} tg_hid_table;

/**
 * Read a report descriptor.
 *
 * Errors: TG_EFORMAT cut or contradictory, TG_ELIMIT over a limit above (or more collections, saved states or usages
 *         than any device has); the words name the byte. `*out` is then of no use.
 *         A sound descriptor without a scanner is an answer, not an error: `scan_count` is 0.
 * Source: HID 1.11 §6.2.2; POS Usage Tables 1.02 §4.
 */
TG_NODISCARD int tg_hid_table_read(tg_hid_table *out, const void *descriptor, size_t len, tg_error *err);

/** Bits of a tg_hid_make() mask. */
#define TG_HID_MASK(control) (1U << (unsigned)(control))

/**
 * Make the report that carries `control`, with every control of that report set as `on` says, so that one command does
 * not undo another. Identifier first where reports are numbered.
 *
 * Errors: TG_ESTATE the descriptor has no such control; TG_ELENGTH `size` is too small.
 */
TG_NODISCARD int tg_hid_make(uint8_t *out, size_t size, size_t *len, const tg_hid_table *table,
	tg_hid_control control, unsigned on, tg_error *err);

#endif
