/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_stage.c - a root stage comes by mail and on sticks: whatever is in it, it is read or refused.
 */
#include "sync/hq/root_stage.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_stage stage, again;
	tg_buf words, text;

	if (tg_crypto_init(NULL) != TG_OK)
		abort();
	tg_buf_init(&words, TG_STAGE_MAX);
	tg_buf_init(&text, TG_STAGE_MAX);
	if (tg_stage_parse(&stage, tg_view_of(data, size), NULL) == TG_OK) {
		(void)(tg_stage_says(&words, &stage, NULL, NULL) == TG_OK &&
			tg_stage_verify(&stage, NULL, NULL) == TG_OK);
		(void)tg_stage_signed(&stage, &stage.root);
		/* What was read can be written and read again, and is the same to sign. */
		if (tg_stage_write(&text, &stage, NULL) == TG_OK) {
			if (tg_stage_parse(&again, tg_buf_view(&text), NULL) != TG_OK ||
				strcmp(again.fingerprint, stage.fingerprint) != 0)
				abort();
			tg_stage_fini(&again);
		}
	}
	tg_stage_fini(&stage);
	tg_buf_fini(&text);
	tg_buf_fini(&words);
	return 0;
}
