/* SPDX-License-Identifier: Apache-2.0
 *
 * wire.h - a hostile line in front of a server on 127.0.0.1: passes requests on, or answers them with any bytes at all.
 *
 * For what an HTTP library would never send. Every connection has one request. Change the answers only while no request is under way.
 */
#ifndef TG_TEST_WIRE_H
#define TG_TEST_WIRE_H

#include "tests/unit/update/server.h"

/** What follows the bytes of an answer. */
typedef enum {
	WIRE_CLOSE,  /* the connection is closed in order */
	WIRE_RESET,  /* … or torn down */
	WIRE_HOLD,   /* silence until the other side has had enough */
	WIRE_REPEAT, /* the same bytes again and again, as fast as they are taken */
	WIRE_DRIP,   /* the same, but one byte in 50 ms */
} wire_end;

typedef struct wire wire;

wire *wire_start(const server *behind);
void wire_stop(wire *w);
/** "http://127.0.0.1:PORT" */
const char *wire_url(const wire *w);
/** Answer `path` with `bytes`, then `end`; `again` is what WIRE_REPEAT and WIRE_DRIP send. All are copied. */
void wire_answer(wire *w, const char *path, tg_view bytes, wire_end end, tg_view again);
/** Pass everything on again. */
void wire_honest(wire *w);
/** How often the bent answer was asked for since it was set. */
size_t wire_asked(const wire *w);

#endif
