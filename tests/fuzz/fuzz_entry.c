/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_entry.c - the bytes of an evidence entry: the quick check of canonical form never says yes where the whole one says no.
 */
#include "store/evidence/form.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_form quick, whole;

	if (size > 65535)
		return 0;
	if (tg_form__quick(&quick, tg_view_of(data, size)) &&
		(tg_form__whole(&whole, tg_view_of(data, size), NULL) != TG_OK || quick.v != whole.v ||
			quick.seq != whole.seq))
		abort();
	return 0;
}
