/* SPDX-License-Identifier: Apache-2.0
 *
 * framing.h - from the bytes of a line to whole scans.
 *
 * Pure: no I/O, no clock, no allocation; bounded memory whatever arrives. The same bytes give the same scans
 * however they are cut into chunks. Knows terminators and AIM identifiers; knows nothing of ports, products
 * or tills.
 */
#ifndef TG_DRIVERS_FRAMING_H
#define TG_DRIVERS_FRAMING_H

#include "store/base/error.h"

#include <stdbool.h>
#include <stdint.h>

/**
 * Longest scan, in bytes without the terminator. The largest symbol there is, QR version 40, holds 7,089
 * digits; as hexadecimal, 8,192 bytes take 16,384 of the 65,535 bytes of an evidence entry.
 */
#define TG_SCAN_MAX 8192

/** An AIM symbology identifier and its terminator: "]d2". Source: ISO/IEC 15424. */
#define TG_AIM_SIZE 4

/** What ends a scan. Append only. */
typedef enum tg_frame_mode {
	TG_FRAME_AUTO = 0, /**< CR, LF or CR LF, whichever comes; the default */
	TG_FRAME_CR,       /**< CR only; an LF inside makes the frame noise */
	TG_FRAME_LF,       /**< LF only; a CR inside makes the frame noise */
	TG_FRAME_CRLF,     /**< CR LF as a pair; either alone makes the frame noise */
	TG_FRAME_STX_ETX,  /**< between STX and ETX; CR and LF after it are skipped, anything else outside is noise */
	TG_FRAME_GAP,      /**< silence: tg_framing_gap() says when. A label with a pause in it falls apart, so: only for
	                        scanners that send no suffix and cannot be set to */
} tg_frame_mode;

/**
 * What a USB scanner is set to put behind each label. HID POS: taken off when configured, noise when not. Wedge: what ends
 * the label; none means that a pause does. Append only.
 */
typedef enum tg_suffix { TG_SUFFIX_NONE = 0, TG_SUFFIX_CR, TG_SUFFIX_LF, TG_SUFFIX_CRLF, TG_SUFFIX_TAB } tg_suffix;

/** What came out of the bytes. */
typedef enum tg_frame_kind {
	TG_FRAME_SCAN,     /**< one label */
	TG_FRAME_EMPTY,    /**< a terminator with nothing (or only an AIM identifier) before it */
	TG_FRAME_NOISE,    /**< held a byte that no label's text transmission carries; content dropped */
	TG_FRAME_TOO_LONG, /**< went past TG_SCAN_MAX; said once, bytes dropped up to the next terminator */
	TG_FRAME_CUT,      /**< tg_framing_abandon() threw away an unfinished frame */
} tg_frame_kind;

/** One frame. `data` points into the framer and is valid until the callback returns. */
typedef struct tg_frame {
	tg_frame_kind kind;
	/** only for TG_FRAME_SCAN, else NULL: content that is no label is never shown */
	const uint8_t *data;
	size_t len;          /**< bytes of the scan; otherwise how many were dropped (TOO_LONG: so far) */
	char aim[TG_AIM_SIZE]; /**< "]d2", or "" */
	bool aim_missing;    /**< identifiers are configured, but this scan came without */
} tg_frame;

/**
 * Are these bytes what a label's text transmission carries: no control character but GS, FS, RS, US, EOT and TAB, no
 * DEL, and from 0x80 up UTF-8 or ISO 8859-1 text? A CR inside would be two scans to the till behind us.
 */
bool tg_framing_clean(const uint8_t *data, size_t len);

/** Does this begin with an AIM identifier: "]", a letter, a letter or digit? Source: ISO/IEC 15424. */
bool tg_framing_has_aim(const uint8_t *data, size_t len);

typedef void (*tg_frame_fn)(void *user, const tg_frame *frame);

/** The framer. Memory is the caller's; fields are private. */
typedef struct tg_framing {
	tg_frame_mode mode;
	bool aim;      /* split the AIM identifier off */
	bool bad;      /* this frame holds a forbidden byte */
	bool dropping; /* past the limit: wait for a terminator */
	bool saw_cr;   /* CRLF: a CR waits for its LF; AUTO: an LF here belongs to the CR before */
	bool inside;   /* STX_ETX: between the two */
	size_t len;    /* bytes of this frame so far, kept or not */
	uint8_t data[TG_SCAN_MAX + TG_AIM_SIZE - 1];
} tg_framing;

/** Start afresh. `aim`: the device sends an AIM identifier in front of each scan; split it off. */
void tg_framing_init(tg_framing *framing, tg_frame_mode mode, bool aim);

/**
 * Take bytes in; `frame_fn` is called for each frame that they complete, in order.
 *
 * GS (0x1D), FS, RS, US, EOT and TAB are data, as is every byte from 0x20 up except DEL, provided that the
 * bytes from 0x80 up are UTF-8 or ISO 8859-1 text. NUL and all other control characters make the frame
 * TG_FRAME_NOISE. `frame_fn` must not call back into the same framer.
 */
void tg_framing_feed(tg_framing *framing, const void *data, size_t len, tg_frame_fn frame_fn, void *user);

/** TG_FRAME_GAP: the line has been silent for long enough; what is there is a whole scan. */
void tg_framing_gap(tg_framing *framing, tg_frame_fn frame_fn, void *user);

/** Bytes of an unfinished frame held or dropped so far; 0 between frames. */
size_t tg_framing_pending(const tg_framing *framing);

/** The line went away or fell silent inside a frame: drop it, with one TG_FRAME_CUT if there was any. */
void tg_framing_abandon(tg_framing *framing, tg_frame_fn frame_fn, void *user);

#endif
