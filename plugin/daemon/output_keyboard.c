/* SPDX-License-Identifier: Apache-2.0
 *
 * output_keyboard.c - an output that types: asks tillgate-keyboard, which holds the right to a virtual keyboard and nothing else.
 */
#include "plugin/daemon/output_backend.h"
#include "plugin/keyboard/wire.h"
#include "store/base/utc.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define GRACE_MS 500 /* beyond the time that typing may take: for a busy machine, before nothing more is known */

/* Strings are the configuration's, which the output keeps. */
struct keyboard_output {
	const char *name, *path;
	int fd; /* -1 while the other process is away */
};

static void drop(struct keyboard_output *o)
{
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}

/* A process that has gone leaves a descriptor that hangs up. */
static bool there(struct keyboard_output *o)
{
	struct pollfd p = { .fd = o->fd, .events = POLLIN };

	if (o->fd >= 0 && poll(&p, 1, 0) > 0) /* it speaks only when asked: this is its end, or an answer that came too late */
		drop(o);
	return o->fd >= 0;
}

static int connect_to(struct keyboard_output *o, tg_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (there(o))
		return TG_OK;
	strcpy(address.sun_path, o->path); /* its length was checked at open */
	o->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (o->fd < 0)
		return tg_fail_errno(err, TG_EIO, "output %s", o->name);
	if (connect(o->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return TG_OK;
	tg_fail_errno(err, TG_ESTATE, "output %s: %s: is tillgate-keyboard running?", o->name, o->path);
	drop(o);
	return TG_ESTATE;
}

static int read_answer(struct keyboard_output *o, int64_t typed_until_us, tg_error *err)
{
	char message[sizeof(uint32_t) + TG_KEYBOARD_WORDS_MAX];
	struct pollfd p = { .fd = o->fd, .events = POLLIN };
	int64_t until_us = typed_until_us + INT64_C(1000) * GRACE_MS, left_us;
	uint32_t code;
	ssize_t n = -1;

	while ((left_us = until_us - tg_mono_now_us()) > 0 && n < 0)
		if (poll(&p, 1, (int)(left_us / 1000) + 1) > 0)
			n = recv(o->fd, message, sizeof(message), MSG_DONTWAIT);
	if (n < (ssize_t)sizeof(code)) {
		drop(o);
		return tg_fail(err, TG_EIO, "output %s: tillgate-keyboard %s; part of the scan may have been typed", o->name,
			n < 0 ? "did not answer in time" : "went away");
	}
	memcpy(&code, message, sizeof(code));
	if (code == TG_KEYBOARD_TYPED)
		return TG_OK;
	return tg_fail(err, code == TG_KEYBOARD_REFUSED ? TG_EINVAL : code == TG_KEYBOARD_TOO_SLOW ? TG_EBUSY : TG_EIO, "output %s: %.*s", o->name,
		(int)((size_t)n - sizeof(code)), message + sizeof(code));
}

static int send_label(void *state, tg_view label, int timeout_ms, tg_error *err)
{
	struct keyboard_output *o = state;
	struct tg_keyboard_ask ask = { .version = TG_KEYBOARD_VERSION, .until_us = tg_mono_now_us() + INT64_C(1000) * timeout_ms };
	uint8_t message[sizeof(ask) + TG_OUTPUT_LABEL_MAX];
	int rc = connect_to(o, err);

	if (rc != TG_OK)
		return rc;
	memcpy(message, &ask, sizeof(ask));
	memcpy(message + sizeof(ask), label.data, label.len);
	if (send(o->fd, message, sizeof(ask) + label.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		tg_fail_errno(err, TG_ESTATE, "output %s: %s", o->name, o->path);
		drop(o);
		return TG_ESTATE;
	}
	return read_answer(o, ask.until_us, err);
}

static bool ready(void *state)
{
	return connect_to(state, NULL) == TG_OK;
}

static void close_output(void *state)
{
	drop(state);
	free(state);
}

static int open_output(void **out, const tg_output_config *config, tg_error *err)
{
	struct sockaddr_un address;
	struct keyboard_output *o;

	if (strlen(config->path) >= sizeof(address.sun_path))
		return tg_fail(err, TG_EINVAL, "output %s: path: longer than %zu bytes", config->name, sizeof(address.sun_path) - 1);
	o = malloc(sizeof(*o));
	if (o == NULL)
		return tg_fail(err, TG_ENOMEM, "output %s", config->name);
	*o = (struct keyboard_output){ config->name, config->path, -1 };
	(void)!connect_to(o, NULL); /* away is fine */
	*out = o;
	return TG_OK;
}

static const char *device(const void *state)
{
	const struct keyboard_output *o = state;

	return o->fd >= 0 ? o->path : "";
}

const tg_output_backend tg_output_keyboard = { .open = open_output, .send = send_label, .ready = ready, .device = device, .close = close_output };
