/* SPDX-License-Identifier: Apache-2.0
 *
 * bytes.c - the growable buffer.
 *
 * Every buffer has a ceiling, so that no outside input can make us allocate without bound.
 */
#include "store/base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_BYTES 64 /* smallest allocation; most error words and short fields fit */

void tg_buf_init(tg_buf *buf, size_t max_bytes)
{
	/* No object is larger than PTRDIFF_MAX; one byte is kept back for the terminator. */
	*buf = (tg_buf){ .max = max_bytes < PTRDIFF_MAX ? max_bytes : PTRDIFF_MAX - 1 };
}

void tg_buf_init_secret(tg_buf *buf, size_t max_bytes)
{
	tg_buf_init(buf, max_bytes);
	buf->secret = true;
}

static void wipe(tg_buf *buf)
{
	if (buf->secret && buf->data != NULL)
		explicit_bzero(buf->data, buf->cap);
}

void tg_buf_fini(tg_buf *buf)
{
	if (buf == NULL)
		return;
	wipe(buf);
	free(buf->data);
	*buf = (tg_buf){ 0 };
}

void tg_buf_clear(tg_buf *buf)
{
	wipe(buf);
	buf->len = 0;
	buf->failed = false;
	buf->no_memory = false;
	if (buf->data != NULL)
		buf->data[0] = 0;
}

/* realloc may leave a copy behind where the content was. */
static uint8_t *resize(tg_buf *buf, size_t cap)
{
	uint8_t *data;

	if (!buf->secret)
		return realloc(buf->data, cap);
	data = malloc(cap);
	if (data == NULL)
		return NULL;
	if (buf->data != NULL)
		memcpy(data, buf->data, buf->len + 1);
	wipe(buf);
	free(buf->data);
	return data;
}

/* Room for `more` bytes and the terminator. */
static bool reserve(tg_buf *buf, size_t more)
{
	size_t need, cap;
	uint8_t *data;

	if (buf->failed)
		return false;
	if (more > buf->max - buf->len) {
		buf->failed = true;
		return false;
	}
	need = buf->len + more + 1;
	if (need <= buf->cap)
		return true;
	cap = buf->cap < FIRST_BYTES ? FIRST_BYTES : buf->cap;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	if (cap > buf->max + 1)
		cap = buf->max + 1;
	data = resize(buf, cap);
	if (data == NULL) {
		buf->failed = buf->no_memory = true;
		return false;
	}
	buf->data = data;
	buf->cap = cap;
	return true;
}

void tg_buf_append(tg_buf *buf, const void *data, size_t len)
{
	if (len == 0 || !reserve(buf, len))
		return;
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = 0;
}

void tg_buf_puts(tg_buf *buf, const char *text)
{
	tg_buf_append(buf, text, strlen(text));
}

void tg_buf_putc(tg_buf *buf, char c)
{
	tg_buf_append(buf, &c, 1);
}

void tg_buf_printf(tg_buf *buf, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0) {
		buf->failed = true;
		return;
	}
	if (!reserve(buf, (size_t)len))
		return;
	va_start(ap, fmt);
	(void)vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)len;
}

int tg_buf_check(const tg_buf *buf, const char *what, tg_error *err)
{
	if (!buf->failed)
		return TG_OK;
	if (buf->no_memory)
		return tg_fail(err, TG_ENOMEM, "%s: out of memory after %zu bytes", what, buf->len);
	return tg_fail(err, TG_ELIMIT, "%s: more than the %zu bytes allowed", what, buf->max);
}

tg_view tg_buf_view(const tg_buf *buf)
{
	return tg_view_of(buf->data, buf->len);
}

const char *tg_buf_text(const tg_buf *buf)
{
	return buf->data == NULL ? "" : (const char *)buf->data;
}
