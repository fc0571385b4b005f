/* SPDX-License-Identifier: Apache-2.0
 *
 * scanner.h - a simulated USB scanner: descriptors, control requests, and labels as packets. No I/O.
 *
 * The three families fill one table. Everything a host sees of them is here; how it gets there is usb.c's.
 */
#ifndef TILLGATE_SIM_SCANNER_H
#define TILLGATE_SIM_SCANNER_H

#include "simulator/usb/description.h"

#define PACKET_SIZE 64         /* full-speed interrupt and bulk packets */
#define PACKETS_MAX 16384      /* of one label: 8 kB typed on a keyboard are two reports a character */
#define CONFIGURATION_MAX 128

struct packet {
	uint8_t endpoint, len;
	uint8_t bytes[PACKET_SIZE];
};

/** Packets on their way to the host. */
struct packets {
	struct packet *list; /* PACKETS_MAX of them */
	size_t count;
};

/** Appends; false when there is no room. */
bool packets_add(struct packets *to, uint8_t endpoint, const void *bytes, size_t len);

struct scanner;

struct family {
	const uint8_t *configuration; /**< configuration, interface, HID and endpoint descriptors */
	size_t configuration_len;
	uint8_t interfaces, device_class;
	uint8_t data_endpoint;        /**< the host listens if it waits here */
	/** The report descriptor; NULL where there is none. */
	const uint8_t *(*report)(const struct description *d, size_t *len);
	/** A label with its suffix as packets. False: it cannot be sent by this family; nothing was added. */
	bool (*encode)(struct packets *to, const struct scanner *s, const char *label, size_t len);
	/** A request of the class. The length of `data`'s answer, 0 for done, -1 to stall. */
	int (*request)(struct scanner *s, const uint8_t setup[8], uint8_t *data);
	/** What the host sent: on an endpoint, or (0) as an output or feature report. Fills `words` for people. */
	void (*heard)(struct scanner *s, const uint8_t *data, size_t len, bool feature, char *words, size_t size);
};

extern const struct family family_hid_pos, family_keyboard, family_cdc_acm;

struct scanner {
	const struct description *what;
	const struct family *family;
	bool silent;    /**< HID POS: not yet asked to speak here */
	bool prevented; /**< the host prevents reading */
	uint8_t line_coding[7]; /**< CDC-ACM: as the host set it */
};

void scanner_init(struct scanner *s, const struct description *d);
/** Standard and class requests. Bytes of `data` to send, or -1 to stall. `data` holds what came with an OUT request. */
int scanner_control(struct scanner *s, const uint8_t setup[8], uint8_t *data, size_t len, char *words, size_t size);

#endif
