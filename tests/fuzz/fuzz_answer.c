/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_answer.c - bytes from the daemon's socket to an answer, and to a status.
 *
 * Whatever arrives: an error is blocked, an answer is terminated text, and a beginning of what is whole is never whole itself.
 */
#include "plugin/abi/wire.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool condition)
{
	if (!condition)
		abort();
}

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static void need_sound(const tillgate_answer *a, int rc)
{
	need(a->decision >= TILLGATE_ALLOW && a->decision <= TILLGATE_BLOCK);
	need(a->decision == TILLGATE_BLOCK || !a->could_not_check);
	need(rc == TILLGATE_OK || (a->decision == TILLGATE_BLOCK && a->could_not_check == 1 && a->released == 0));
	need(ends(a->rule, sizeof(a->rule)) && ends(a->code, sizeof(a->code)) && ends(a->action, sizeof(a->action)));
	need(ends(a->reason, sizeof(a->reason)) && ends(a->gtin, sizeof(a->gtin)) && ends(a->name, sizeof(a->name)));
	need(ends(a->soc_link, sizeof(a->soc_link)) && ends(a->fault, sizeof(a->fault)));
}

/* Nothing is released that was not granted and recorded. */
static void need_lawful(const tillgate_override_answer *a, int rc)
{
	need(!a->released || (rc == TILLGATE_OK && a->granted && a->recorded));
	need(ends(a->code, sizeof(a->code)) && ends(a->action, sizeof(a->action)) && ends(a->reason, sizeof(a->reason)));
	need(ends(a->authority, sizeof(a->authority)) && ends(a->reference, sizeof(a->reference)) && ends(a->fault, sizeof(a->fault)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tillgate__response response;
	tillgate_override_answer lifted;
	tillgate_answer answer;
	tillgate_state state;
	tillgate_error err;
	int rc;

	if (tillgate__response_parse(&response, (const char *)data, size) == TILLGATE__WHOLE) {
		rc = tillgate__answer_from_response(&answer, &response, &err);
		need_sound(&answer, rc);
		rc = tillgate__state_from_response(&state, &response, &err);
		need(rc == TILLGATE_OK || strcmp(state.health, "cannot-check") == 0);
		need(ends(state.degraded, sizeof(state.degraded)));
		rc = tillgate__override_from_response(&lifted, &response, &err);
		need_lawful(&lifted, rc);
		need(size == 0 || tillgate__response_parse(&response, (const char *)data, size - 1) != TILLGATE__WHOLE);
	}
	/* the body alone too, so that the reader of JSON is reached without luck */
	rc = tillgate__answer_read(&answer, (const char *)data, size) == NULL ? TILLGATE_OK : TILLGATE_EPROTOCOL;
	need_sound(&answer, rc);
	rc = tillgate__override_read(&lifted, (const char *)data, size) == NULL ? TILLGATE_OK : TILLGATE_EPROTOCOL;
	need_lawful(&lifted, rc);
	return 0;
}
