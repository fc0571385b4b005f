/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_pubkey.c - public keys from outside (PEM and DER), and signatures checked with whatever was accepted.
 */
#include "store/base/crypto.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
	if (!held)
		abort();
}

/* An accepted key has one encoding and takes no signature that nobody made. */
static void use(const tg_pubkey *key, tg_view input)
{
	tg_pubkey *again = NULL;
	tg_buf der;

	tg_buf_init(&der, TG_SPKI_MAX);
	must(tg_pubkey_to_der(&der, key, NULL) == TG_OK);
	must(tg_pubkey_from_der(&again, tg_buf_view(&der), NULL) == TG_OK);
	must(tg_pubkey_type(again) == tg_pubkey_type(key));
	for (int alg = TG_ALG_ECDSA_P256_SHA256; alg <= TG_ALG_ED25519; alg++)
		must(tg_pubkey_verify(key, (tg_sig_alg)alg, tg_view_str("m"), input, NULL) == TG_EUNTRUSTED);
	tg_pubkey_free(again);
	tg_buf_fini(&der);
}

/* The input as a signature under a fixed key, so that the DER reader is reached without a key in the input. */
static void use_as_signature(tg_view input)
{
	static tg_pubkey *fixed; /* for the whole run */
	tg_signkey *secret = NULL;

	if (fixed == NULL) {
		must(tg_signkey_generate(&secret, NULL) == TG_OK);
		must(tg_signkey_public(&fixed, secret, NULL) == TG_OK);
		tg_signkey_free(secret);
	}
	must(tg_pubkey_verify(fixed, TG_ALG_ECDSA_P256_SHA256, tg_view_str("m"), input, NULL) ==
		TG_EUNTRUSTED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_view input = tg_view_of(data, size);
	tg_pubkey *key = NULL;
	tg_signkey *secret = NULL;

	must(tg_crypto_init(NULL) == TG_OK);
	if (tg_pubkey_from_der(&key, input, NULL) == TG_OK || tg_pubkey_from_pem(&key, input, NULL) == TG_OK)
		use(key, input);
	tg_pubkey_free(key);
	if (tg_signkey_from_pem(&secret, input, NULL) == TG_OK)
		tg_signkey_free(secret);
	use_as_signature(input);
	return 0;
}
