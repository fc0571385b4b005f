/* SPDX-License-Identifier: Apache-2.0
 *
 * output.h - the way to the till: what may be sold is sent, and whether a till took it is known.
 *
 * A lane calls tg_output_send() after the entry is durable. Knows bytes and ports; knows nothing of verdicts.
 * An output may be used from one thread at a time; sending blocks only the thread that calls it.
 */
#ifndef TG_DAEMON_OUTPUT_H
#define TG_DAEMON_OUTPUT_H

#include "drivers/port.h"
#include "store/base/bytes.h"

#include <sys/types.h>

/* default wait for a till to take a scan: a till that polls once a frame needs 20-50 ms */
#define TG_OUTPUT_TIMEOUT_MS 500

typedef enum tg_output_kind {
	TG_OUTPUT_PTY = 0, /**< virtual serial port: a pseudo-terminal under a stable link */
	TG_OUTPUT_PORT,    /**< a second real serial port, with a null-modem cable to the till */
	TG_OUTPUT_KEYBOARD, /**< typed on a virtual keyboard by tillgate-keyboard(8), which has suffix and speed */
} tg_output_kind;

typedef enum tg_output_suffix { TG_OUTPUT_SUFFIX_CR = 0, TG_OUTPUT_SUFFIX_LF, TG_OUTPUT_SUFFIX_CRLF } tg_output_suffix;

typedef struct tg_output_config {
	const char *name;        /**< the station's name for it */
	tg_output_kind kind;
	/** PTY: the link to make (an old link is replaced, anything else is not). PORT: the device. KEYBOARD: the socket */
	const char *path;
	tg_output_suffix suffix; /**< not for KEYBOARD */
	bool send_aim;           /**< put the AIM identifier in front, if the scan has one */
	mode_t mode;             /**< PTY: rights of the device; 0 is 0660 */
	gid_t group;             /**< PTY: group of the device; (gid_t)-1 leaves it */
	tg_line line;            /**< PORT only */
} tg_output_config;

/** One output. Opaque. */
typedef struct tg_output tg_output;

/**
 * Make the output ready. A PTY exists at once under its link; a PORT that is away is opened when it is there.
 *
 * Ownership: `*out` is the caller's: tg_output_close(). `config` is copied.
 * Errors:    TG_EINVAL a setting that can never work; TG_EBUSY `path` is something other than a link; TG_EIO.
 */
TG_NODISCARD int tg_output_open(tg_output **out, const tg_output_config *config, tg_error *err);
void tg_output_close(tg_output *output); /**< NULL is fine; removes the link if it is still ours */

/**
 * Send one label and its suffix, and wait until the till took it.
 *
 * Inputs:   `aim` "" or "]d2"; `label` exactly as scanned. GS is passed on; any other control character is
 *           refused, so that a label can never press a key of the till.
 * Returns:  TG_OK      the till has read every byte (PORT: the line has sent every byte; a wire cannot tell
 *                      more; KEYBOARD: every key was pressed)
 *           TG_EBUSY   not taken within `timeout_ms`; what was unread has been withdrawn and never arrives
 *                      late
 *           TG_ESTATE  no till has the port open (PORT: the device is away; KEYBOARD: nobody types);
 *                      nothing was sent
 *           TG_EINVAL  the label holds a control character (KEYBOARD: one that may not be typed);
 *                      nothing was sent
 *           TG_EIO     the port failed; nothing more is known
 *           Everything but TG_OK is "not delivered".
 * Blocking: up to `timeout_ms`, the calling thread only.
 */
TG_NODISCARD int tg_output_send(tg_output *output, const char *aim, tg_view label, int timeout_ms,
	tg_error *err);

/**
 * Does a till have the port open now? (PORT: is the device there? KEYBOARD: the process that types?) Never blocks. Also reads away what the
 * till sent and frees the port after a till that held it for itself has died: worth calling once a second
 * while idle.
 */
bool tg_output_ready(tg_output *output);

const char *tg_output_name(const tg_output *output);
const char *tg_output_path(const tg_output *output);   /**< as configured */
const char *tg_output_device(const tg_output *output); /**< the node behind it: "/dev/pts/7"; "" if away */

#endif
