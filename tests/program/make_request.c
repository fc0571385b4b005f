/* SPDX-License-Identifier: Apache-2.0
 *
 * make_request.c - an enrolment request with fresh keys on standard output, as a new station would write one.
 *
 * Usage: test-make-request STATION GLN
 */
#include "sync/enrol.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	tg_signkey *evidence = NULL, *transport = NULL;
	tg_error err = { 0 };
	tg_buf text;
	int rc = argc == 3 ? tg_crypto_init(&err) : tg_fail(&err, TG_EINVAL, "usage: STATION GLN");

	tg_buf_init(&text, TG_ENROL_REQUEST_MAX);
	if (rc == TG_OK)
		rc = tg_signkey_generate(&evidence, &err);
	if (rc == TG_OK)
		rc = tg_signkey_generate(&transport, &err);
	if (rc == TG_OK)
		rc = tg_enrol_request_write(&text, argv[1], argv[2], evidence, transport, &err);
	if (rc == TG_OK)
		(void)fputs(tg_buf_text(&text), stdout);
	else
		(void)fprintf(stderr, "%s\n", err.msg);
	tg_buf_fini(&text);
	tg_signkey_free(evidence);
	tg_signkey_free(transport);
	return rc == TG_OK ? 0 : 1;
}
