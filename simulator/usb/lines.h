/* SPDX-License-Identifier: Apache-2.0
 *
 * lines.h - lines of a file or of standard input, without ever waiting for one: a scanner has to answer its host meanwhile.
 */
#ifndef TILLGATE_SIM_LINES_H
#define TILLGATE_SIM_LINES_H

#include <stdbool.h>
#include <stddef.h>

#define LINE_MAX_BYTES 40000 /* the longest label there is, every byte of it as \xHH */

struct lines {
	int fd;
	const char *name;
	unsigned number; /**< of the last line given out */
	bool ended;
	size_t len, used;
	char bytes[LINE_MAX_BYTES + 1];
};

/** Take in what can be read now; call when the descriptor is readable, or for a file at any time. */
void lines_fill(struct lines *lines);
/** The next whole line, without its end, valid until lines_fill(); NULL if there is none yet, or (`ended`) no more. */
char *lines_next(struct lines *lines);

#endif
