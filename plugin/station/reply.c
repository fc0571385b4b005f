/* SPDX-License-Identifier: Apache-2.0
 *
 * reply.c - answers of the local API. See reply.h.
 */
#include "plugin/station/reply.h"

void tg_api_reply_begin(tg_api_reply *out, int status)
{
	out->status = status;
	tg_buf_init(&out->body, TG_API_REPLY_MAX);
}

void tg_api_reply_fini(tg_api_reply *reply)
{
	tg_buf_fini(&reply->body);
}

void tg_api_reply_json(tg_api_reply *out, int status, tg_json *json)
{
	tg_api_reply_begin(out, status);
	if (json == NULL || tg_json_write_jcs(&out->body, json, NULL) != TG_OK) {
		tg_buf_clear(&out->body);
		out->status = 500;
		tg_buf_puts(&out->body, "{\"code\":\"out of memory\",\"error\":\"the answer could not be written\"}");
	}
	tg_buf_putc(&out->body, '\n');
	tg_json_free(json);
}

void tg_api_refuse(tg_api_reply *out, int status, int code, const char *words)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "code", tg_strerror(code));
	tg_json_set_str(json, "error", words);
	tg_api_reply_json(out, status, json);
}

int tg_api_status_of(int code)
{
	switch (code) {
	case TG_EFORMAT:
	case TG_EINVAL:
	case TG_ELENGTH:
		return 400;
	case TG_EDENIED:
		return 403;
	case TG_ENOTFOUND:
		return 404;
	case TG_ESTATE:
		return 409;
	case TG_ELIMIT:
	case TG_EBUSY:
		return 503;
	default:
		return 500;
	}
}

void tg_api_refuse_error(tg_api_reply *out, const tg_error *err)
{
	tg_api_refuse(out, tg_api_status_of(err->code), err->code, err->msg);
}
