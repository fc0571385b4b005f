/* SPDX-License-Identifier: Apache-2.0
 *
 * usb_scanner.h - inside drivers/ only: what the two USB families share: attach, listen, lose, attach again.
 *
 * A family fills a tg_usb_family and keeps a tg_usb_scanner as the first member of its state.
 */
#ifndef TG_DRIVERS_USB_SCANNER_H
#define TG_DRIVERS_USB_SCANNER_H

#include "drivers/news.h"
#include "drivers/usb.h"

/** After a device failed (not: was unplugged) it is tried again later and later, up to this many ms. */
#define TG_USB_RETRY_MAX_MS 30000

typedef struct tg_usb_scanner tg_usb_scanner;

typedef struct tg_usb_family {
	tg_usb_role role;
	/** The interface is claimed: make it ready and begin to listen. TG_ESTATE: it is not what the family wants. */
	int (*setup)(tg_usb_scanner *s, tg_error *err);
	void (*report)(tg_usb_scanner *s, const tg_usb_message *message);
	void (*hole)(tg_usb_scanner *s);            /**< reports were lost here */
	void (*tick)(tg_usb_scanner *s);            /**< at each service: what time alone decides */
	int64_t (*due_us)(const tg_usb_scanner *s); /**< when tick is wanted; INT64_MAX never */
	size_t (*pending)(const tg_usb_scanner *s); /**< bytes of an unfinished label */
} tg_usb_family;

struct tg_usb_scanner {
	const tg_usb_family *family;
	tg_news news;
	tg_usb *usb;
	bool attached, was_attached, keep;
	int64_t retry_us, retry_at_us, silence_us; /**< silence_us below 0: never */
	unsigned failures;                         /**< in a row */
	tg_error why;                              /**< why it is detached */
	tg_standing standing;
	char moved[96];                            /**< "at port 1-3, before at 1-1"; "" it is where it was */
	char last_port[32];                        /**< where it was attached last; "" nowhere yet */
	char device[128], select[TG_USB_SELECT_WORDS];
	tg_usb_message message; /* too big for the stack of a small thread */
};

/** Fill `s` from the configuration and take a place at the USB; attaches nothing yet. */
TG_NODISCARD int tg_usb_scanner_init(tg_usb_scanner *s, const tg_usb_family *family,
	const tg_scanner_config *config, const tg_scanner_sink *sink, const char *const *trouble_words,
	tg_error *err);
void tg_usb_scanner_fini(tg_usb_scanner *s);

/** As the members of tg_scanner_backend of the same names; `state` begins with a tg_usb_scanner. */
int tg_usb_scanner_fd(const void *state);
int tg_usb_scanner_timeout_ms(const void *state, int64_t mono_us);
void tg_usb_scanner_service(void *state, int revents, int64_t mono_us);
void tg_usb_scanner_describe(tg_scanner_info *out, const void *state);

#endif
