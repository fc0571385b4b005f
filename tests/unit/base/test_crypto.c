/* SPDX-License-Identifier: Apache-2.0
 *
 * test_crypto.c - published vectors, signatures by OpenSSL, and everything that must not verify.
 *
 * Sources: FIPS 180-4 examples; RFC 4231 (HMAC); RFC 6979 A.2.5 (deterministic ECDSA); RFC 8032 7.1 (Ed25519).
 */
#include "store/base/crypto.h"
#include "store/base/encoding.h"
#include "tests/unit/base/crypto_vectors.h"

#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

/* RFC 6979 A.2.5 in SEC1, as OpenSSL would write it */
#define RFC6979_SECRET                                                                                       \
	"-----BEGIN EC PRIVATE KEY-----\n"                                                                   \
	"MHcCAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2choAoGCCqGSM49\n"                                 \
	"AwEHoUQDQgAEYP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Z5A/4QCLi8\n"                                 \
	"maQa6elWKLxk8vGyDC1+n1F3o8KU1EYimQ==\n"                                                             \
	"-----END EC PRIVATE KEY-----\n"

struct bytes {
	uint8_t data[1024];
	size_t len;
};

static struct bytes unhex(const char *text)
{
	struct bytes b;
	tg_error err = { 0 };

	if (tg_hex_decode(b.data, &b.len, sizeof(b.data), text, &err) != TG_OK)
		fail_msg("%s", err.msg);
	return b;
}

static tg_view view(const struct bytes *b)
{
	return tg_view_of(b->data, b->len);
}

static void assert_hex(const void *data, size_t len, const char *hex)
{
	char text[1025];

	assert_true(len <= 512);
	assert_string_equal(tg_hex_encode(text, data, len), hex);
}

static tg_pubkey *public_key(const char *pem)
{
	tg_pubkey *key = NULL;
	tg_error err = { 0 };

	if (tg_pubkey_from_pem(&key, tg_view_str(pem), &err) != TG_OK)
		fail_msg("%s", err.msg);
	return key;
}

static tg_signkey *secret_key(const char *pem)
{
	tg_signkey *key = NULL;
	tg_error err = { 0 };

	if (tg_signkey_from_pem(&key, tg_view_str(pem), &err) != TG_OK)
		fail_msg("%s", err.msg);
	return key;
}

static void hashes_match_fips_180(void **state)
{
	static const struct {
		const char *text, *sha256;
	} facts[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	uint8_t out[TG_SHA512_SIZE];
	tg_sha256_state hash;

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		tg_sha256(out, facts[i].text, strlen(facts[i].text));
		assert_hex(out, TG_SHA256_SIZE, facts[i].sha256);
	}
	tg_sha512(out, "abc", 3);
	assert_hex(out, TG_SHA512_SIZE,
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
	tg_sha256_init(&hash);
	for (int i = 0; i < 100000; i++) /* a million letters, in pieces that do not fit the block */
		tg_sha256_update(&hash, "aaaaaaaaaa", 10);
	tg_sha256_final(&hash, out);
	assert_hex(out, TG_SHA256_SIZE, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void hmac_matches_rfc_4231(void **state)
{
	static const struct {
		int key_byte;
		size_t key_len;
		const char *text, *mac;
	} facts[] = {
		{ 0x0b, 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ 0xaa, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
			"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
	};
	uint8_t key[131], out[TG_SHA256_SIZE];

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		memset(key, facts[i].key_byte, sizeof(key));
		tg_hmac_sha256(out, tg_view_of(key, facts[i].key_len), tg_view_str(facts[i].text));
		assert_hex(out, sizeof(out), facts[i].mac);
	}
	tg_hmac_sha256(out, tg_view_str("Jefe"), tg_view_str("what do ya want for nothing?"));
	assert_hex(out, sizeof(out), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void small_helpers_do_what_they_say(void **state)
{
	uint8_t a[32], b[32], zero[32] = { 0 };

	(void)state;
	tg_random(a, sizeof(a));
	tg_random(b, sizeof(b));
	assert_false(tg_equal_ct(a, b, sizeof(a)));
	memcpy(b, a, sizeof(a));
	assert_true(tg_equal_ct(a, b, sizeof(a)));
	b[31] ^= 1;
	assert_false(tg_equal_ct(a, b, sizeof(a)));
	tg_wipe(a, sizeof(a));
	assert_memory_equal(a, zero, sizeof(a));
	assert_int_equal(tg_crypto_init(NULL), TG_OK);
}

static void deterministic_ecdsa_matches_rfc_6979(void **state)
{
	static const struct {
		const char *text, *der;
	} facts[] = {
		{ "sample", "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
			    "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8" },
		{ "test", "3045022100f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
			  "0220019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083" },
	};
	tg_signkey *key = secret_key(RFC6979_SECRET);
	tg_pubkey *public = NULL;

	(void)state;
	assert_int_equal(tg_signkey_public(&public, key, NULL), TG_OK);
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		tg_buf sig;

		tg_buf_init(&sig, TG_ECDSA_SIGNATURE_MAX);
		assert_int_equal(tg_signkey_sign(&sig, key, tg_view_str(facts[i].text), NULL), TG_OK);
		assert_hex(sig.data, sig.len, facts[i].der);
		assert_int_equal(tg_pubkey_verify(public, TG_ALG_ECDSA_P256_SHA256,
					 tg_view_str(facts[i].text), tg_buf_view(&sig), NULL),
			TG_OK);
		tg_buf_fini(&sig);
	}
	tg_pubkey_free(public);
	tg_signkey_free(key);
}

static void signatures_of_openssl_verify(void **state)
{
	static const struct {
		const char *what, *key, *sig;
		tg_sig_alg alg;
		int rc;
	} facts[] = {
		{ "ECDSA", P256_PUBLIC, P256_SIGNATURE, TG_ALG_ECDSA_P256_SHA256, TG_OK },
		{ "PSS, salt 32", RSA_PUBLIC, RSA_PSS_SALT_32, TG_ALG_RSA_PSS_SHA256, TG_OK },
		{ "PSS, salt 20", RSA_PUBLIC, RSA_PSS_SALT_20, TG_ALG_RSA_PSS_SHA256, TG_OK },
		{ "PSS, no salt", RSA_PUBLIC, RSA_PSS_SALT_0, TG_ALG_RSA_PSS_SHA256, TG_OK },
		{ "PSS, longest salt", RSA_PUBLIC, RSA_PSS_SALT_MAX, TG_ALG_RSA_PSS_SHA256, TG_OK },
		{ "PKCS#1 v1.5", RSA_PUBLIC, RSA_PKCS1_V15, TG_ALG_RSA_PSS_SHA256, TG_EUNTRUSTED },
		{ "PSS, MGF1 with SHA-1", RSA_PUBLIC, RSA_PSS_MGF1_SHA1, TG_ALG_RSA_PSS_SHA256,
			TG_EUNTRUSTED },
		{ "RSA key as ECDSA", RSA_PUBLIC, P256_SIGNATURE, TG_ALG_ECDSA_P256_SHA256, TG_EUNTRUSTED },
		{ "EC key as RSA", P256_PUBLIC, RSA_PSS_SALT_32, TG_ALG_RSA_PSS_SHA256, TG_EUNTRUSTED },
		{ "EC key as Ed25519", P256_PUBLIC, P256_SIGNATURE, TG_ALG_ED25519, TG_EUNTRUSTED },
		{ "unknown algorithm", P256_PUBLIC, P256_SIGNATURE, (tg_sig_alg)77, TG_EUNTRUSTED },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		tg_pubkey *key = public_key(facts[i].key);
		struct bytes sig = unhex(facts[i].sig);
		tg_error err = { 0 };
		int rc = tg_pubkey_verify(key, facts[i].alg, tg_view_str(SIGNED_TEXT), view(&sig), &err);

		if (rc != facts[i].rc)
			fail_msg("%s: %s (%s)", facts[i].what, tg_strerror(rc), err.msg);
		tg_pubkey_free(key);
	}
}

static void any_changed_bit_breaks_an_ecdsa_signature(void **state)
{
	tg_pubkey *key = public_key(P256_PUBLIC);
	struct bytes sig = unhex(P256_SIGNATURE);

	(void)state;
	for (size_t bit = 0; bit < sig.len * 8; bit++) {
		sig.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(tg_pubkey_verify(key, TG_ALG_ECDSA_P256_SHA256, tg_view_str(SIGNED_TEXT),
					 view(&sig), NULL),
			TG_EUNTRUSTED);
		sig.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(tg_pubkey_verify(key, TG_ALG_ECDSA_P256_SHA256, tg_view_str(SIGNED_TEXT "."),
				 view(&sig), NULL),
		TG_EUNTRUSTED);
	tg_pubkey_free(key);
}

static void changed_or_cut_rsa_signatures_are_refused(void **state)
{
	tg_pubkey *key = public_key(RSA_PUBLIC);
	struct bytes sig = unhex(RSA_PSS_SALT_32);

	(void)state;
	for (size_t i = 0; i < sig.len; i += 15) {
		sig.data[i] ^= 0x10;
		assert_int_equal(tg_pubkey_verify(key, TG_ALG_RSA_PSS_SHA256, tg_view_str(SIGNED_TEXT),
					 view(&sig), NULL),
			TG_EUNTRUSTED);
		sig.data[i] ^= 0x10;
	}
	for (size_t len = 0; len < sig.len; len += 51)
		assert_int_equal(tg_pubkey_verify(key, TG_ALG_RSA_PSS_SHA256, tg_view_str(SIGNED_TEXT),
					 tg_view_of(sig.data, len), NULL),
			TG_EUNTRUSTED);
	tg_pubkey_free(key);
}

/* The signature of "test" above has a long r and a short s, so that all padding rules show. */
static void ecdsa_signatures_are_read_as_strict_der(void **state)
{
#define R "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
#define S "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083"
	static const struct {
		const char *what, *hex;
		int rc;
	} facts[] = {
		{ "as it should be", "3045022100" R "0220" S, TG_OK },
		{ "a byte behind it", "3045022100" R "0220" S "00", TG_EUNTRUSTED },
		{ "a byte inside, behind s", "3046022100" R "0220" S "00", TG_EUNTRUSTED },
		{ "a byte cut off",
			"3045022100" R "0220019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f00",
			TG_EUNTRUSTED },
		{ "r without its zero is negative", "30440220" R "0220" S, TG_EUNTRUSTED },
		{ "s with a zero too many", "3046022100" R "022100" S, TG_EUNTRUSTED },
		{ "long form of the length", "308145022100" R "0220" S, TG_EUNTRUSTED },
		{ "indefinite length", "3080022100" R "0220" S "0000", TG_EUNTRUSTED },
		{ "a SET", "3145022100" R "0220" S, TG_EUNTRUSTED },
		{ "r as an OCTET STRING", "3045042100" R "0220" S, TG_EUNTRUSTED },
		{ "r is zero", "30250201000220" S, TG_EUNTRUSTED },
		{ "s is zero", "3026022100" R "020100", TG_EUNTRUSTED },
		{ "s is empty", "3025022100" R "0200", TG_EUNTRUSTED },
		{ "s is missing", "3023022100" R, TG_EUNTRUSTED },
		{ "s longer than what is there", "3045022100" R "0221" S, TG_EUNTRUSTED },
		{ "raw r and s", R S, TG_EUNTRUSTED },
		{ "nothing", "", TG_EUNTRUSTED },
		{ "r is n",
			"3045022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc6325510220" S,
			TG_EUNTRUSTED },
	};
	tg_signkey *secret = secret_key(RFC6979_SECRET);
	tg_pubkey *key = NULL;

	(void)state;
	assert_int_equal(tg_signkey_public(&key, secret, NULL), TG_OK);
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		struct bytes sig = unhex(facts[i].hex);
		int rc = tg_pubkey_verify(
			key, TG_ALG_ECDSA_P256_SHA256, tg_view_str("test"), view(&sig), NULL);

		if (rc != facts[i].rc)
			fail_msg("%s: %s", facts[i].what, tg_strerror(rc));
	}
	tg_pubkey_free(key);
	tg_signkey_free(secret);
}

static void ed25519_matches_rfc_8032(void **state)
{
	static const struct {
		const char *secret, *public, *text, *sig;
	} facts[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
			"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
			"5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
			"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
			"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
		{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
			"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
			"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
			"18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		struct bytes secret = unhex(facts[i].secret), public = unhex(facts[i].public),
			     text = unhex(facts[i].text);
		struct bytes sig = unhex(facts[i].sig);
		uint8_t made[TG_ED25519_SIGNATURE_SIZE];
		tg_pubkey *key = NULL;

		memcpy(secret.data + 32, public.data,
			32); /* libsodium keeps the public half behind the seed */
		tg_ed25519_sign(made, secret.data, view(&text));
		assert_memory_equal(made, sig.data, sizeof(made));
		assert_int_equal(tg_pubkey_from_ed25519(&key, public.data, NULL), TG_OK);
		assert_int_equal(tg_pubkey_type(key), TG_KEY_ED25519);
		assert_int_equal(tg_pubkey_verify(key, TG_ALG_ED25519, view(&text), view(&sig), NULL), TG_OK);
		assert_int_equal(
			tg_pubkey_verify(key, TG_ALG_ED25519, view(&text), tg_view_of(sig.data, 63), NULL),
			TG_EUNTRUSTED);
		assert_int_equal(
			tg_pubkey_verify(key, TG_ALG_ECDSA_P256_SHA256, view(&text), view(&sig), NULL),
			TG_EUNTRUSTED);
		sig.data[40] ^= 1;
		assert_int_equal(
			tg_pubkey_verify(key, TG_ALG_ED25519, view(&text), view(&sig), NULL), TG_EUNTRUSTED);
		tg_pubkey_free(key);
	}
}

static void a_made_ed25519_pair_fits(void **state)
{
	uint8_t public[TG_ED25519_PUBLIC_SIZE], secret[64], sig[TG_ED25519_SIGNATURE_SIZE];
	uint8_t small_order[TG_ED25519_PUBLIC_SIZE] = { 1 };
	tg_pubkey *key = NULL;

	(void)state;
	tg_ed25519_generate(public, secret);
	tg_ed25519_sign(sig, secret, tg_view_str("receipt"));
	assert_int_equal(tg_pubkey_from_ed25519(&key, public, NULL), TG_OK);
	assert_int_equal(tg_pubkey_verify(key, TG_ALG_ED25519, tg_view_str("receipt"),
				 tg_view_of(sig, sizeof(sig)), NULL),
		TG_OK);
	tg_pubkey_free(key);
	assert_int_equal(tg_pubkey_from_ed25519(&key, small_order, NULL), TG_EFORMAT);
	assert_null(key);
}

static void only_the_keys_we_mean_are_taken(void **state)
{
	static const struct {
		const char *what, *pem, *words;
	} facts[] = {
		{ "RSA of 1024 bits", RSA_1024_PUBLIC, "found 1024" },
		{ "P-384", P384_PUBLIC, "P-256" },
		{ "secp256k1", K256_PUBLIC, "P-256" },
		{ "PKCS#1 public key", RSA_PKCS1_PUBLIC, "PEM" },
		{ "a private key", P256_PKCS8, "PEM" },
		{ "nothing", "", "BEGIN PUBLIC KEY" },
		{ "text before it", "Bag Attributes\n" P256_PUBLIC, "BEGIN PUBLIC KEY" },
		{ "two keys", P256_PUBLIC P256_PUBLIC, "one PEM block" },
		{ "a broken line", "-----BEGIN PUBLIC KEY-----\nMFkw*\n-----END PUBLIC KEY-----\n", "PEM" },
		{ "no end", "-----BEGIN PUBLIC KEY-----\nMFkw", "PEM" },
		{ "not a key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
			"SubjectPublicKeyInfo" },
	};

	(void)state;
	for (size_t i = 0; i < TG_COUNT(facts); i++) {
		tg_pubkey *key = NULL;
		tg_error err = { 0 };

		if (tg_pubkey_from_pem(&key, tg_view_str(facts[i].pem), &err) != TG_EFORMAT)
			fail_msg("%s was taken", facts[i].what);
		assert_null(key);
		if (strstr(err.msg, facts[i].words) == NULL)
			fail_msg("%s: \"%s\" does not say %s", facts[i].what, err.msg, facts[i].words);
	}
}

static void a_public_key_has_one_encoding(void **state)
{
	static const char *const pems[] = { P256_PUBLIC, RSA_PUBLIC };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(pems); i++) {
		tg_pubkey *key = public_key(pems[i]), *again = NULL;
		tg_buf pem, der;

		tg_buf_init(&pem, 4096);
		tg_buf_init(&der, TG_SPKI_MAX);
		assert_int_equal(tg_pubkey_to_pem(&pem, key, NULL), TG_OK);
		assert_string_equal(tg_buf_text(&pem), pems[i]);
		assert_int_equal(tg_pubkey_to_der(&der, key, NULL), TG_OK);
		assert_int_equal(tg_pubkey_from_der(&again, tg_buf_view(&der), NULL), TG_OK);
		assert_int_equal(tg_pubkey_type(again), tg_pubkey_type(key));
		tg_pubkey_free(again);
		for (size_t len = 0; len < der.len; len++)
			assert_int_equal(
				tg_pubkey_from_der(&again, tg_view_of(der.data, len), NULL), TG_EFORMAT);
		tg_buf_putc(&der, 0);
		assert_int_equal(tg_pubkey_from_der(&again, tg_buf_view(&der), NULL), TG_EFORMAT);
		tg_buf_fini(&der);
		tg_buf_fini(&pem);
		tg_pubkey_free(key);
	}
}

static void a_point_off_the_curve_is_refused(void **state)
{
	tg_pubkey *key = public_key(P256_PUBLIC), *off = NULL;
	tg_buf der;

	(void)state;
	tg_buf_init(&der, TG_SPKI_MAX);
	assert_int_equal(tg_pubkey_to_der(&der, key, NULL), TG_OK);
	der.data[der.len - 1] ^= 1;
	assert_int_equal(tg_pubkey_from_der(&off, tg_buf_view(&der), NULL), TG_EFORMAT);
	tg_buf_fini(&der);
	tg_pubkey_free(key);
}

static void our_keys_survive_their_file(void **state)
{
	tg_signkey *key = NULL, *again;
	tg_pubkey *public = NULL;
	tg_buf pem, sig;
	tg_error err = { 0 };

	(void)state;
	tg_buf_init(&pem, 4096);
	tg_buf_init(&sig, TG_ECDSA_SIGNATURE_MAX);
	assert_int_equal(tg_signkey_generate(&key, &err), TG_OK);
	assert_int_equal(tg_signkey_to_pem(&pem, key, &err), TG_OK);
	assert_non_null(strstr(tg_buf_text(&pem), "-----BEGIN EC PRIVATE KEY-----"));
	again = secret_key(tg_buf_text(&pem));
	assert_int_equal(tg_signkey_public(&public, key, &err), TG_OK);
	assert_int_equal(tg_signkey_sign(&sig, again, tg_view_str("hello"), &err), TG_OK);
	assert_int_equal(tg_pubkey_verify(public, TG_ALG_ECDSA_P256_SHA256, tg_view_str("hello"),
				 tg_buf_view(&sig), &err),
		TG_OK);
	tg_pubkey_free(public);
	tg_signkey_free(again);
	tg_signkey_free(key);
	tg_buf_fini(&sig);
	tg_wipe(pem.data, pem.len);
	tg_buf_fini(&pem);
}

static void pkcs8_is_read_and_other_secrets_are_not(void **state)
{
	/* RFC6979_SECRET with the public half of another key */
	static const char *const bad[] = { P384_SECRET, P256_ENCRYPTED, P256_PUBLIC, "",
		"-----BEGIN EC PRIVATE KEY-----\n",
		"-----BEGIN EC PRIVATE KEY-----\n"
		"MHcCAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2choAoGCCqGSM49\n"
		"AwEHoUQDQgAEQWtuazbqBPp6FzgakgyTIGjF9RJkVltBglQf0Y6drXlhA58uoHWX\n"
		"lNO9GzSbZkNqVrNqFU4jno02NjPATN9gZg==\n"
		"-----END EC PRIVATE KEY-----\n" };
	tg_signkey *key = secret_key(P256_PKCS8);
	tg_pubkey *public = NULL;
	tg_buf pem;

	(void)state;
	tg_buf_init(&pem, 4096);
	assert_int_equal(tg_signkey_public(&public, key, NULL), TG_OK);
	assert_int_equal(tg_pubkey_to_pem(&pem, public, NULL), TG_OK);
	assert_string_equal(tg_buf_text(&pem), P256_PUBLIC);
	tg_buf_fini(&pem);
	tg_pubkey_free(public);
	tg_signkey_free(key);
	for (size_t i = 0; i < TG_COUNT(bad); i++) {
		tg_error err = { 0 };

		if (tg_signkey_from_pem(&key, tg_view_str(bad[i]), &err) != TG_EFORMAT)
			fail_msg("secret %zu was taken", i);
		assert_null(key);
	}
}

#define THREADS 4
#define ROUNDS 20

struct shared {
	tg_signkey *secret;
	tg_pubkey *public, *rsa;
	struct bytes rsa_sig;
};

static void *sign_and_verify(void *arg)
{
	struct shared *s = arg;
	uintptr_t failures = 0;

	for (int i = 0; i < ROUNDS; i++) {
		tg_buf sig;

		tg_buf_init(&sig, TG_ECDSA_SIGNATURE_MAX);
		failures += tg_signkey_sign(&sig, s->secret, tg_view_of(&i, sizeof(i)), NULL) != TG_OK;
		failures += tg_pubkey_verify(s->public, TG_ALG_ECDSA_P256_SHA256, tg_view_of(&i, sizeof(i)),
				    tg_buf_view(&sig), NULL) != TG_OK;
		failures += tg_pubkey_verify(s->rsa, TG_ALG_RSA_PSS_SHA256, tg_view_str(SIGNED_TEXT),
				    view(&s->rsa_sig), NULL) != TG_OK;
		tg_buf_fini(&sig);
	}
	return (void *)failures;
}

static void keys_may_be_shared_between_threads(void **state)
{
	struct shared s = { .secret = secret_key(RFC6979_SECRET),
		.rsa = public_key(RSA_PUBLIC),
		.rsa_sig = unhex(RSA_PSS_SALT_32) };
	pthread_t threads[THREADS];

	(void)state;
	assert_int_equal(tg_signkey_public(&s.public, s.secret, NULL), TG_OK);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_and_verify, &s), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *failures;

		assert_int_equal(pthread_join(threads[i], &failures), 0);
		assert_null(failures);
	}
	tg_pubkey_free(s.rsa);
	tg_pubkey_free(s.public);
	tg_signkey_free(s.secret);
}

static int start(void **state)
{
	(void)state;
	return tg_crypto_init(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_match_fips_180),
		cmocka_unit_test(hmac_matches_rfc_4231),
		cmocka_unit_test(small_helpers_do_what_they_say),
		cmocka_unit_test(deterministic_ecdsa_matches_rfc_6979),
		cmocka_unit_test(signatures_of_openssl_verify),
		cmocka_unit_test(any_changed_bit_breaks_an_ecdsa_signature),
		cmocka_unit_test(changed_or_cut_rsa_signatures_are_refused),
		cmocka_unit_test(ecdsa_signatures_are_read_as_strict_der),
		cmocka_unit_test(ed25519_matches_rfc_8032),
		cmocka_unit_test(a_made_ed25519_pair_fits),
		cmocka_unit_test(only_the_keys_we_mean_are_taken),
		cmocka_unit_test(a_public_key_has_one_encoding),
		cmocka_unit_test(a_point_off_the_curve_is_refused),
		cmocka_unit_test(our_keys_survive_their_file),
		cmocka_unit_test(pkcs8_is_read_and_other_secrets_are_not),
		cmocka_unit_test(keys_may_be_shared_between_threads),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
