/* SPDX-License-Identifier: Apache-2.0
 *
 * output.c - what all ways to the till have in common. See output.h.
 */
#include "plugin/daemon/output_backend.h"

#include <stdlib.h>
#include <string.h>

enum { GS = 0x1D, DEL = 0x7F };

struct tg_output {
	const tg_output_backend *backend;
	void *state;
	tg_output_config config; /* with strings of our own */
	char *name, *path;
};

static int check_label(const tg_output *o, tg_view label, tg_error *err)
{
	if (label.len == 0 || label.len > TG_SCAN_MAX)
		return tg_fail(err, TG_EINVAL, "output %s: label of %zu bytes", o->name, label.len);
	for (size_t i = 0; i < label.len; i++)
		if ((label.data[i] < 0x20 && label.data[i] != GS) || label.data[i] == DEL)
			return tg_fail(err, TG_EINVAL, "output %s: control character 0x%02x in the label", o->name, label.data[i]);
	return TG_OK;
}

int tg_output_send(tg_output *output, const char *aim, tg_view label, int timeout_ms, tg_error *err)
{
	uint8_t bytes[TG_OUTPUT_LABEL_MAX];
	size_t len = 0;
	int rc = check_label(output, label, err);

	if (rc != TG_OK)
		return rc;
	if (output->config.send_aim && aim[0] != '\0') {
		len = strnlen(aim, 3);
		memcpy(bytes, aim, len);
	}
	memcpy(bytes + len, label.data, label.len);
	return output->backend->send(output->state, tg_view_of(bytes, len + label.len), timeout_ms, err);
}

bool tg_output_ready(tg_output *output)
{
	return output->backend->ready(output->state);
}

int tg_output_open(tg_output **out, const tg_output_config *config, tg_error *err)
{
	static const tg_output_backend *const backends[] = {
		[TG_OUTPUT_PTY] = &tg_output_serial, [TG_OUTPUT_PORT] = &tg_output_serial, [TG_OUTPUT_KEYBOARD] = &tg_output_keyboard
	};
	tg_output *o;
	int rc = TG_OK;

	if (config->name == NULL || config->path == NULL || config->path[0] != '/')
		return tg_fail(err, TG_EINVAL, "output: wanted a name and a full path");
	if ((size_t)config->kind >= TG_COUNT(backends))
		return tg_fail(err, TG_EINVAL, "output %s: unknown kind", config->name);
	o = calloc(1, sizeof(*o));
	if (o == NULL || (o->name = strdup(config->name)) == NULL || (o->path = strdup(config->path)) == NULL)
		rc = tg_fail(err, TG_ENOMEM, "output %s", config->name);
	if (rc == TG_OK) {
		o->config = *config;
		o->config.name = o->name;
		o->config.path = o->path;
		o->backend = backends[config->kind];
		rc = o->backend->open(&o->state, &o->config, err);
	}
	if (rc != TG_OK) {
		tg_output_close(o);
		return rc;
	}
	*out = o;
	return TG_OK;
}

void tg_output_close(tg_output *output)
{
	if (output == NULL)
		return;
	if (output->state != NULL)
		output->backend->close(output->state);
	free(output->name);
	free(output->path);
	free(output);
}

const char *tg_output_name(const tg_output *output)
{
	return output->name;
}

const char *tg_output_path(const tg_output *output)
{
	return output->path;
}

const char *tg_output_device(const tg_output *output)
{
	return output->backend->device(output->state);
}
