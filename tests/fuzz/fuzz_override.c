/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_override.c - requests about people from whoever reaches the socket, and the files of staff as somebody may have left them.
 *
 * What is taken is whole and within its limits; a request shows who somebody is in exactly one way; a file that is taken is written back
 * as it was read.
 */
#include "plugin/station/override.h"
#include "plugin/station/roster_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool condition)
{
	if (!condition)
		abort();
}

static void need_proof(const tg_staff_proof *by)
{
	need((by->pin != NULL) + (by->badge != NULL) + (by->badge_at != NULL) == 1);
	need(by->who != NULL && strlen(by->who) <= TG_STAFF_WHO_MAX);
	need(by->pin == NULL || (by->who[0] != '\0' && strlen(by->pin) <= TG_PIN_DIGITS_MAX));
	need(by->badge == NULL || strlen(by->badge) <= TG_STAFF_BADGE_MAX);
}

static void try_request(tg_view text)
{
	tg_override_request request;
	tg_json *json = NULL;
	tg_error err = { 0 };

	if (tg_json_parse(&json, text, NULL) == TG_OK) {
		if (tg_override_request_from_json(&request, json, &err) == TG_OK) {
			need(request.reference[0] != '\0' && request.reason[0] != '\0' && request.asked_by[0] != '\0');
			need_proof(&request.by);
		} else {
			need(err.msg[0] != '\0');
		}
	}
	tg_json_free(json);
}

static void try_file(tg_view text, int (*read)(struct tg_roster__data *, tg_view, tg_error *),
	int (*write)(tg_buf *, const struct tg_roster__data *, tg_error *))
{
	static struct tg_roster__data first, second;
	tg_buf once, twice;

	memset(&first, 0, sizeof(first));
	memset(&second, 0, sizeof(second));
	if (read(&first, text, NULL) != TG_OK)
		return;
	tg_buf_init(&once, 1 << 20);
	tg_buf_init(&twice, 1 << 20);
	if (write(&once, &first, NULL) == TG_OK) {
		need(read(&second, tg_buf_view(&once), NULL) == TG_OK);
		need(write(&twice, &second, NULL) == TG_OK && tg_view_equal(tg_buf_view(&once), tg_buf_view(&twice)));
	}
	tg_buf_fini(&once);
	tg_buf_fini(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_view text = tg_view_of(data, size);

	try_request(text);
	try_file(text, tg_roster__read_staff, tg_roster__write_staff);
	try_file(text, tg_roster__read_names, tg_roster__write_names);
	return 0;
}
