/* SPDX-License-Identifier: Apache-2.0
 *
 * maker.h - what a serial scanner of one maker says, waits for and understands. Pure: bytes and milliseconds in, bytes and words out.
 *
 * Written from the makers' manuals, not from what the gate sends: so that each is a test of the other.
 */
#ifndef TILLGATE_SIM_MAKER_H
#define TILLGATE_SIM_MAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAKER_BYTES_MAX 20000 /* a label of 8 kB in packets */
#define MAKER_WORDS_MAX 256

enum maker_kind { MAKER_PLAIN, MAKER_SSI, MAKER_HONEYWELL, MAKER_DATALOGIC };
enum maker_wait { WAIT_NOTHING, WAIT_ACK, WAIT_ACK_BEL, WAIT_HOST_ACK };

struct maker {
	enum maker_kind kind;
	enum maker_wait wait;
	bool disabled; /* the host switched reading off */
	bool waiting;  /* for the host's answer to the last label */
	int tries;     /* how often it was sent */
	int patience_ms; /* 0: its maker's */
	/* what came from the host and is not understood yet */
	uint8_t in[300];
	size_t in_len;
	/* SSI: packets of the label under way, and which is next */
	uint8_t label[MAKER_BYTES_MAX];
	size_t label_len, at;
	uint8_t packet[260];
	size_t packet_len;
	uint8_t type;
};

/** What a label starts with: its bytes, with whatever belongs round them; `suffix` as set. Afterwards `waiting` says whether it waits. */
size_t maker_send(struct maker *m, uint8_t out[MAKER_BYTES_MAX], const char *label, size_t len, const char *suffix);
/**
 * A byte from the host. `out` gets what is sent at once (the next packet, the label again, an answer), `words` what a person would
 * hear and see ("beep", "not-on-file", "red light"), "" nothing.
 */
size_t maker_hear(struct maker *m, uint8_t out[MAKER_BYTES_MAX], uint8_t byte, char words[MAKER_WORDS_MAX]);
/** How long it waits for an answer, in milliseconds. */
int maker_patience_ms(const struct maker *m);
/** The time is over: sends again, or gives up and says so. */
size_t maker_timeout(struct maker *m, uint8_t out[MAKER_BYTES_MAX], char words[MAKER_WORDS_MAX]);

#endif
