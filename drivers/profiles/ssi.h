/* SPDX-License-Identifier: Apache-2.0
 *
 * ssi.h - Zebra's Simple Serial Interface: packets in, labels and answers out. Pure; no clock, no allocation.
 *
 * A packet: length (of all but the checksum), opcode, source, status, data, and the two's complement of the sum of all bytes, high
 * byte first. Sources: Simple Serial Interface Programmer's Guide 72E-40451; SE 923 integration guide chapter 6.
 */
#ifndef TG_DRIVERS_SSI_H
#define TG_DRIVERS_SSI_H

#include "drivers/framing.h"

#define TG_SSI_PACKET_MAX 257 /* bytes: the length byte counts to 255, and the checksum follows */

/** One packet for the scanner. Returns its length. `data` is at most 8 bytes. */
size_t tg_ssi_write(uint8_t *out, uint8_t opcode, const uint8_t *data, size_t len);

/** Opcodes that are written. */
enum {
	TG_SSI_MULTIPACKET_ACK = 0x74, TG_SSI_ACK = 0xD0, TG_SSI_NAK = 0xD1, TG_SSI_BEEP = 0xE6, TG_SSI_LED_ON = 0xE7, TG_SSI_LED_OFF = 0xE8,
	TG_SSI_SCAN_ENABLE = 0xE9, TG_SSI_SCAN_DISABLE = 0xEA,
};

/** The reader. Memory is the caller's; fields are private. */
typedef struct tg_ssi {
	bool aim;             /* labels begin with an AIM identifier */
	uint8_t packet[TG_SSI_PACKET_MAX];
	size_t have;          /* bytes of a packet so far */
	bool more;            /* a label is being put together from packets */
	bool dropping;        /* the label under way is bad: its other packets are acknowledged and forgotten */
	uint8_t type, number; /* of the label under way */
	size_t wanted;        /* bytes, where the scanner said so; else 0 */
	uint8_t last[TG_SSI_PACKET_MAX]; /* the newest packet that was taken, to know it again when it comes twice */
	size_t last_len;
	size_t len;
	uint8_t data[TG_SCAN_MAX + TG_AIM_SIZE - 1];
} tg_ssi;

void tg_ssi_init(tg_ssi *ssi, bool aim);

/** What a scanner must hear at once: ACK, or NAK to have it sent again. Borrowed until it returns. */
typedef void (*tg_ssi_reply_fn)(void *user, const uint8_t *bytes, size_t len);

/**
 * Take bytes in. Labels and troubles come as frames, as from tg_framing_feed(). A packet that is sent again because our answer got lost
 * is acknowledged and counts once; a label scanned twice counts twice. A packet whose checksum is wrong is asked for again, and is a
 * TG_FRAME_NOISE. Neither function may call back.
 */
void tg_ssi_feed(tg_ssi *ssi, const void *data, size_t len, tg_frame_fn frame_fn, tg_ssi_reply_fn reply_fn, void *user);

/**
 * Longest silence inside a packet, in ms. Scanners send one without a pause (ours between characters may be 200 ms at most, says the
 * guide), and send again after 2 s: by then a broken packet, or noise taken for the begin of one, must be forgotten.
 */
#define TG_SSI_SILENCE_MS 500
/** Has a packet begun that is not whole? Then a silence of TG_SSI_SILENCE_MS ends it. */
bool tg_ssi_in_packet(const tg_ssi *ssi);

/** Bytes of an unfinished packet or label. */
size_t tg_ssi_pending(const tg_ssi *ssi);

/** The line went away or fell silent: forget what is unfinished, with one TG_FRAME_CUT if there was any. */
void tg_ssi_abandon(tg_ssi *ssi, tg_frame_fn frame_fn, void *user);

#endif
