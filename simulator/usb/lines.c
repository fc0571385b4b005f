/* SPDX-License-Identifier: Apache-2.0
 *
 * lines.c - lines without waiting. See lines.h.
 */
#include "simulator/usb/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void lines_fill(struct lines *l)
{
	ssize_t n;

	memmove(l->bytes, l->bytes + l->used, l->len - l->used);
	l->len -= l->used;
	l->used = 0;
	if (l->len == LINE_MAX_BYTES)
		l->len = 0; /* no label is as long: what is left of the line will be refused or read as another */
	n = read(l->fd, l->bytes + l->len, LINE_MAX_BYTES - l->len);
	if (n > 0)
		l->len += (size_t)n;
	else if (n == 0 || errno != EINTR)
		l->ended = true;
}

char *lines_next(struct lines *l)
{
	char *line = l->bytes + l->used, *end = memchr(line, '\n', l->len - l->used);

	if (end == NULL && l->ended && l->used < l->len)
		end = l->bytes + l->len; /* a last line without its end */
	if (end == NULL)
		return NULL;
	*end = '\0';
	l->used = (size_t)(end - l->bytes) + (end < l->bytes + l->len ? 1 : 0);
	if (end > line && end[-1] == '\r')
		end[-1] = '\0';
	l->number++;
	return line;
}
