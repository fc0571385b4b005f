/* SPDX-License-Identifier: Apache-2.0
 *
 * bytes.h - borrowed views, growable buffers with a ceiling, and numbers in a stated byte order.
 */
#ifndef TG_BASE_BYTES_H
#define TG_BASE_BYTES_H

#include "store/base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/** Bytes that belong to somebody else. `data` may be NULL only if `len` is 0. */
typedef struct tg_view {
	const uint8_t *data;
	size_t len;
} tg_view;

static inline tg_view tg_view_of(const void *data, size_t len)
{
	return (tg_view){ data, len };
}

static inline tg_view tg_view_str(const char *text)
{
	return (tg_view){ (const uint8_t *)text, strlen(text) };
}

static inline bool tg_view_equal(tg_view a, tg_view b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/**
 * A growable buffer that refuses to grow past `max` bytes. Failure is sticky: append freely, then ask once
 * with tg_buf_check(). A zero-terminator always follows the content (not counted in `len`).
 */
typedef struct tg_buf {
	uint8_t *data;
	size_t len, cap, max;
	bool failed;
	bool no_memory; /**< says which failure it was: memory, or the ceiling */
	bool secret;    /**< content is overwritten before its memory is given back */
} tg_buf;

void tg_buf_init(tg_buf *buf, size_t max_bytes);
/** For PINs and the like: no memory that held content is given back with it, neither at the end nor when the buffer grows. */
void tg_buf_init_secret(tg_buf *buf, size_t max_bytes);
void tg_buf_fini(tg_buf *buf);  /**< frees; the buffer may be used again after a new init */
void tg_buf_clear(tg_buf *buf); /**< forgets content and failure, keeps memory */
void tg_buf_append(tg_buf *buf, const void *data, size_t len);
void tg_buf_puts(tg_buf *buf, const char *text);
void tg_buf_putc(tg_buf *buf, char c);
void tg_buf_printf(tg_buf *buf, const char *fmt, ...) TG_PRINTF(2, 3);
/** TG_OK, or TG_ELIMIT / TG_ENOMEM if any append failed. */
TG_NODISCARD int tg_buf_check(const tg_buf *buf, const char *what, tg_error *err);
tg_view tg_buf_view(const tg_buf *buf);
/** The content as C text (terminated); "" when empty. Borrowed until the next append. */
const char *tg_buf_text(const tg_buf *buf);

static inline uint16_t tg_get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}
static inline uint32_t tg_get_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static inline uint64_t tg_get_le64(const uint8_t *p)
{
	return (uint64_t)tg_get_le32(p) | (uint64_t)tg_get_le32(p + 4) << 32;
}
static inline void tg_put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}
static inline void tg_put_le32(uint8_t *p, uint32_t v)
{
	tg_put_le16(p, (uint16_t)v);
	tg_put_le16(p + 2, (uint16_t)(v >> 16));
}
static inline void tg_put_le64(uint8_t *p, uint64_t v)
{
	tg_put_le32(p, (uint32_t)v);
	tg_put_le32(p + 4, (uint32_t)(v >> 32));
}
static inline uint32_t tg_get_be32(const uint8_t *p)
{
	return (uint32_t)p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
}
static inline void tg_put_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}
static inline void tg_put_be64(uint8_t *p, uint64_t v)
{
	tg_put_be32(p, (uint32_t)(v >> 32));
	tg_put_be32(p + 4, (uint32_t)v);
}

#endif
