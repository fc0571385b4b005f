/* SPDX-License-Identifier: Apache-2.0
 *
 * test_note.c - signed notes of other people's logs, our own, and many that must be refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/base/encoding.h"
#include "store/evidence/note.h"

#include <stdio.h>
#include <stdlib.h>

#define DASH "\xe2\x80\x94"

/*
 * Published notes: the ECDSA checkpoints of two public logs (Rekor's and the Pixel 6 factory images', as quoted in the tests
 * of transparency-dev/formats) and the Ed25519 note of the Go package that brought the format into the world.
 */
#define REKOR_VKEY                                                                                           \
	"rekor.sigstore.dev+c0d23d6a+"                                                                       \
	"AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLO"                       \
	"C96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc="
#define REKOR_TEXT "Rekor\n798034\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n"
#define REKOR_LINE                                                                                           \
	DASH " rekor.sigstore.dev "                                                                          \
	     "wNI9ajBEAiARInWIWyCdyG27CO6LPnPekyw20qO0YJfoaPaowGp/XgIgc+qEHS3+GKVClgqq20uDLet7"              \
	     "MCoTURUCRdxwWBHHufk=\n"
#define PIXEL_VKEY                                                                                           \
	"pixel6_transparency_log+91c16e30+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABN+"                           \
	"4x0Jk1yTwvLFI9A4NDdGZcX0aiWVdWM5X"                                                                  \
	"JVy0M4VWD3AvyW5Q6Hs9A0mcDkpUoYgn+KKPNzFC0H3nN3q6JQ8="
#define PIXEL_NOTE                                                                                           \
	"DEFAULT\n10\nbsWRucJU5xJPHb5eBdOm6+DM+VelCZBuvtI3sHERJ9Y=\n\n" DASH " pixel6_transparency_log "     \
	"kcFuMDBFAiEAhqMAP8P6qf6QxtUJhzMhbN+MbZ9dwfUHzGQJmffJHtoCIGD0cNe47dHWBoPwYdgBCepB"                   \
	"06/+g5O1FmYjXl06owL4\n"
#define GO_VKEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define GO_NOTE                                                                                              \
	"If you think cryptography is the answer to your problem,\nthen you don't know what your problem "   \
	"is.\n\n" DASH " PeterNeumann "                                                                      \
	"x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
#define STRANGER DASH " somebody.example AAAAAQIDBAU=\n"

static tg_note_key *key_of(const char *vkey)
{
	tg_note_key *key;
	tg_error err = { 0 };

	if (tg_note_key_from_vkey(&key, vkey, &err) != TG_OK)
		fail_msg("%s: %s", vkey, err.msg);
	return key;
}

static int verify_text(const char *text, const char *vkey)
{
	static tg_note note;
	tg_note_key *key = key_of(vkey);
	const tg_note_key *keys[1] = { key };
	int rc = tg_note_parse(&note, tg_view_str(text), NULL);

	if (rc == TG_OK)
		rc = tg_note_verify(&note, keys, 1, NULL, NULL);
	tg_note_key_free(key);
	return rc;
}

static int setup(void **state)
{
	(void)state;
	return tg_crypto_init(NULL);
}

static void notes_of_public_logs_verify(void **state)
{
	(void)state;
	assert_int_equal(verify_text(REKOR_TEXT "\n" REKOR_LINE, REKOR_VKEY), TG_OK);
	assert_int_equal(verify_text(PIXEL_NOTE, PIXEL_VKEY), TG_OK);
	assert_int_equal(verify_text(GO_NOTE, GO_VKEY), TG_OK);
}

static void unknown_signers_are_ignored_and_known_ones_decide(void **state)
{
	(void)state;
	assert_int_equal(verify_text(REKOR_TEXT "\n" STRANGER REKOR_LINE, REKOR_VKEY), TG_OK);
	assert_int_equal(verify_text(REKOR_TEXT "\n" REKOR_LINE STRANGER, REKOR_VKEY), TG_OK);
	assert_int_equal(verify_text(REKOR_TEXT "\n" STRANGER, REKOR_VKEY), TG_EUNTRUSTED);
	assert_int_equal(verify_text(REKOR_TEXT "\n" REKOR_LINE, PIXEL_VKEY), TG_EUNTRUSTED);
	/* The same key under another name is another key. */
	assert_int_equal(
		verify_text("Rekor\n798034\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n\n" DASH
			    " rekor.example "
			    "wNI9ajBEAiARInWIWyCdyG27CO6LPnPekyw20qO0YJfoaPaowGp/XgIgc+qEHS3+GKVClgqq20uD"
			    "Let7MCoTURUCRdxwWBHHufk=\n",
			REKOR_VKEY),
		TG_EUNTRUSTED);
	/* One good line does not save a note with a bad line of the same key. */
	assert_int_equal(verify_text(REKOR_TEXT "\n" REKOR_LINE DASH " rekor.sigstore.dev wNI9ajBEAiARIn8=\n",
				 REKOR_VKEY),
		TG_EUNTRUSTED);
	/* Any change of the text. */
	assert_int_equal(
		verify_text("Rekor\n798035\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n\n" REKOR_LINE,
			REKOR_VKEY),
		TG_EUNTRUSTED);
}

static void sixteen_signatures_and_more_are_read(void **state)
{
	static tg_note note;
	tg_buf text;

	(void)state;
	tg_buf_init(&text, TG_NOTE_SIZE_MAX);
	tg_buf_puts(&text, REKOR_TEXT "\n");
	for (int i = 0; i < TG_NOTE_SIGNATURES_MAX - 1; i++)
		tg_buf_puts(&text, STRANGER);
	tg_buf_puts(&text, REKOR_LINE);
	assert_int_equal(verify_text(tg_buf_text(&text), REKOR_VKEY), TG_OK);
	tg_buf_puts(&text, STRANGER);
	assert_int_equal(tg_note_parse(&note, tg_buf_view(&text), NULL), TG_ELENGTH);
	tg_buf_fini(&text);
}

static const struct {
	const char *what, *text;
} malformed[] = {
	{ "empty", "" },
	{ "no signatures", "text\n\n" },
	{ "no empty line", "text\n" REKOR_LINE },
	{ "no newline at the end", "text\n\n" DASH " a AAAAAQIDBAU=" },
	{ "a hyphen for the dash", "text\n\n- a AAAAAQIDBAU=\n" },
	{ "no name", "text\n\n" DASH "  AAAAAQIDBAU=\n" },
	{ "a plus in the name", "text\n\n" DASH " a+b AAAAAQIDBAU=\n" },
	{ "a no-break space in the name", "text\n\n" DASH " a\xc2\xa0"
					  "b AAAAAQIDBAU=\n" },
	{ "an em space in the name", "text\n\n" DASH " a\xe2\x80\x83"
				     "b AAAAAQIDBAU=\n" },
	{ "no signature", "text\n\n" DASH " a\n" },
	{ "an empty signature", "text\n\n" DASH " a \n" },
	{ "only a key id", "text\n\n" DASH " a AAAAAQ==\n" },
	{ "no base64", "text\n\n" DASH " a AAAA!QIDBAU=\n" },
	{ "a space behind", "text\n\n" DASH " a AAAAAQIDBAU= \n" },
	{ "loose bits", "text\n\n" DASH " a AAAAAQIDBAV=\n" },
	{ "a tab", "te\txt\n\n" DASH " a AAAAAQIDBAU=\n" },
	{ "a carriage return", "text\r\n\r\n" DASH " a AAAAAQIDBAU=\r\n" },
	{ "bad UTF-8", "te\xffxt\n\n" DASH " a AAAAAQIDBAU=\n" },
	{ "text after the signatures", "text\n\n" DASH " a AAAAAQIDBAU=\nmore\n" },
};

static void malformed_notes_are_refused(void **state)
{
	static tg_note note;

	(void)state;
	for (size_t i = 0; i < TG_COUNT(malformed); i++) {
		if (tg_note_parse(&note, tg_view_str(malformed[i].text), NULL) != TG_EFORMAT)
			fail_msg("%s: was read", malformed[i].what);
	}
	assert_int_equal(tg_note_parse(&note, tg_view_str("a\n\nb\n\n" STRANGER), NULL), TG_OK);
	assert_int_equal(note.text.len, 5); /* empty lines in the text: the last one divides */
}

static const struct {
	const char *what, *vkey;
} bad_vkeys[] = {
	{ "two parts", "rekor.sigstore.dev+12344556" },
	{ "no base64", "rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!" },
	{ "another algorithm", "rekor.sigstore.dev+12345678+AwEB" },
	{ "no hex", "rekor.sigstore.dev+NOTANUMB+AjBZMBMGByqGSM49AgEG" },
	{ "another hash", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW" },
	{ "another name", "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW" },
	{ "no name", "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW" },
	{ "a short key", "PeterNeumann+c74f20a3+ARpc2Q==" },
};

static void malformed_vkeys_are_refused(void **state)
{
	tg_note_key *key;

	(void)state;
	for (size_t i = 0; i < TG_COUNT(bad_vkeys); i++) {
		if (tg_note_key_from_vkey(&key, bad_vkeys[i].vkey, NULL) == TG_OK)
			fail_msg("%s: was taken", bad_vkeys[i].what);
	}
}

static void vkeys_survive_a_round(void **state)
{
	static const char *const vkeys[] = { REKOR_VKEY, PIXEL_VKEY, GO_VKEY,
		"remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2" };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(vkeys); i++) {
		tg_note_key *key = key_of(vkeys[i]);
		tg_buf text;

		tg_buf_init(&text, 4096);
		assert_int_equal(tg_note_key_to_vkey(&text, key, NULL), TG_OK);
		assert_string_equal(tg_buf_text(&text), vkeys[i]);
		tg_buf_fini(&text);
		tg_note_key_free(key);
	}
}

/* A station's checkpoint, signed with a new key, and the key to check it. */
static tg_note_key *signed_checkpoint(tg_buf *note, tg_buf *text)
{
	tg_checkpoint checkpoint = { .origin = "example.com/9520000000011/T1/1", .size = 42 };
	tg_signkey *secret;
	tg_pubkey *pub;
	tg_note_key *key;

	tg_buf_init(note, TG_NOTE_SIZE_MAX);
	tg_buf_init(text, TG_NOTE_SIZE_MAX);
	assert_int_equal(tg_signkey_generate(&secret, NULL), TG_OK);
	assert_int_equal(tg_signkey_public(&pub, secret, NULL), TG_OK);
	assert_int_equal(tg_checkpoint_format(text, &checkpoint, NULL), TG_OK);
	assert_int_equal(tg_note_sign(note, tg_buf_view(text), checkpoint.origin, secret, NULL), TG_OK);
	assert_int_equal(tg_note_key_from_ecdsa(&key, checkpoint.origin, pub, NULL), TG_OK);
	tg_signkey_free(secret);
	tg_pubkey_free(pub);
	return key;
}

static void our_checkpoint_carries_a_cosignature(void **state)
{
	static tg_note note;
	uint8_t pub[TG_ED25519_PUBLIC_SIZE], secret[64];
	tg_note_key *station, *hq;
	const tg_note_key *keys[2];
	tg_note_seen seen[2];
	tg_checkpoint checkpoint;
	tg_buf bytes, text;

	(void)state;
	station = signed_checkpoint(&bytes, &text);
	tg_ed25519_generate(pub, secret);
	assert_int_equal(
		tg_note_key_from_ed25519(&hq, "hq.example.com", TG_NOTE_COSIGNATURE, pub, NULL), TG_OK);
	assert_int_equal(
		tg_note_cosign_line(&bytes, tg_buf_view(&text), hq, secret, 1700000100, NULL), TG_OK);
	assert_int_equal(
		tg_note_cosign_line(&bytes, tg_buf_view(&text), hq, secret, 1700000000, NULL), TG_OK);
	keys[0] = station;
	keys[1] = hq;
	assert_int_equal(tg_note_parse(&note, tg_buf_view(&bytes), NULL), TG_OK);
	assert_int_equal(tg_note_verify(&note, keys, 2, seen, NULL), TG_OK);
	assert_true(seen[0].verified && seen[0].time_s == 0);
	assert_true(seen[1].verified && seen[1].time_s == 1700000000);
	assert_int_equal(tg_checkpoint_parse(&checkpoint, note.text, NULL), TG_OK);
	assert_int_equal(checkpoint.size, 42);
	/* A cosigner's key given as a plain Ed25519 key has another id: its lines are a stranger's. */
	tg_note_key_free(hq);
	assert_int_equal(tg_note_key_from_ed25519(&hq, "hq.example.com", TG_NOTE_ED25519, pub, NULL), TG_OK);
	keys[0] = hq;
	assert_int_equal(tg_note_verify(&note, keys, 1, seen, NULL), TG_EUNTRUSTED);
	tg_note_key_free(hq);
	tg_note_key_free(station);
	tg_buf_fini(&bytes);
	tg_buf_fini(&text);
}

static void every_flipped_bit_of_a_checkpoint_is_noticed(void **state)
{
	static tg_note note;
	const tg_note_key *keys[1];
	tg_buf bytes, text;
	tg_note_key *station;

	(void)state;
	station = signed_checkpoint(&bytes, &text);
	keys[0] = station;
	for (size_t i = 0; i < bytes.len * 8; i++) {
		bytes.data[i / 8] ^= (uint8_t)(1u << i % 8);
		if (tg_note_parse(&note, tg_buf_view(&bytes), NULL) == TG_OK &&
			tg_note_verify(&note, keys, 1, NULL, NULL) == TG_OK)
			fail_msg("bit %zu", i);
		bytes.data[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	assert_int_equal(tg_note_parse(&note, tg_buf_view(&bytes), NULL), TG_OK);
	assert_int_equal(tg_note_verify(&note, keys, 1, NULL, NULL), TG_OK);
	tg_note_key_free(station);
	tg_buf_fini(&bytes);
	tg_buf_fini(&text);
}

#define ROOT "f+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0="

static const struct {
	const char *text;
	int rc;
} checkpoints[] = {
	{ "o\n0\n" ROOT "\n", TG_OK },
	{ "o\n9223372036854775807\n" ROOT "\n", TG_OK },
	{ "o\n1\n" ROOT "\nextension\n", TG_OK },
	{ "o\n9223372036854775808\n" ROOT "\n", TG_EFORMAT },
	{ "o\n01\n" ROOT "\n", TG_EFORMAT },
	{ "o\n-1\n" ROOT "\n", TG_EFORMAT },
	{ "o\n+1\n" ROOT "\n", TG_EFORMAT },
	{ "o\n\n" ROOT "\n", TG_EFORMAT },
	{ "\n1\n" ROOT "\n", TG_EFORMAT },
	{ "o\n1\nAAAA\n", TG_EFORMAT },
	{ "o\n1\n" ROOT, TG_EFORMAT },
	{ "o\n1\n" ROOT "\n\n", TG_EFORMAT },
	{ "o\n1\n" ROOT "\nmore", TG_EFORMAT },
	{ "o\n1\n", TG_EFORMAT },
};

static void checkpoint_texts_are_read_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < TG_COUNT(checkpoints); i++) {
		tg_checkpoint checkpoint;

		if (tg_checkpoint_parse(&checkpoint, tg_view_str(checkpoints[i].text), NULL) !=
			checkpoints[i].rc)
			fail_msg("case %zu: %s", i, checkpoints[i].text);
	}
}

static void proofs_are_read_strictly(void **state)
{
	static const char *const bad[] = { "", "c2sp.org/tlog-proof@v2\nindex 0\n\n",
		"c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v1\nindex 0\n",
		"c2sp.org/tlog-proof@v1\nindex 00\n\n" PIXEL_NOTE,
		"c2sp.org/tlog-proof@v1\nindex x\n\n" PIXEL_NOTE,
		"c2sp.org/tlog-proof@v1\nindex 0\nshort\n\n" PIXEL_NOTE,
		"c2sp.org/tlog-proof@v1\nextra AA==\nextra AA==\nindex 0\n\n" PIXEL_NOTE,
		"c2sp.org/tlog-proof@v1\nindex 0\n" PIXEL_NOTE };
	tg_note_key *key = key_of(PIXEL_VKEY);
	const tg_note_key *keys[1] = { key };

	(void)state;
	for (size_t i = 0; i < TG_COUNT(bad); i++) {
		if (tg_proof_verify(NULL, tg_view_str(bad[i]), tg_view_str("x"), "DEFAULT", keys, 1, NULL) !=
			TG_EFORMAT)
			fail_msg("case %zu was read", i);
	}
	assert_int_equal(tg_proof_verify(NULL,
				 tg_view_str("c2sp.org/tlog-proof@v1\nextra AA==\nindex 0\n\n" PIXEL_NOTE),
				 tg_view_str("x"), "DEFAULT", keys, 1, NULL),
		TG_EUNTRUSTED);
	tg_note_key_free(key);
}

static void texts_that_could_not_be_read_back_are_not_signed(void **state)
{
	static const char *const texts[] = { "", "no newline", "tab\t\n", "bad \xff\n" };
	tg_signkey *key;
	tg_buf out;

	(void)state;
	assert_int_equal(tg_signkey_generate(&key, NULL), TG_OK);
	tg_buf_init(&out, TG_NOTE_SIZE_MAX);
	for (size_t i = 0; i < TG_COUNT(texts); i++)
		assert_int_equal(tg_note_sign(&out, tg_view_str(texts[i]), "a", key, NULL), TG_EINVAL);
	assert_int_equal(tg_note_sign(&out, tg_view_str("text\n"), "a b", key, NULL), TG_EINVAL);
	assert_int_equal(out.len, 0);
	tg_buf_fini(&out);
	tg_signkey_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_of_public_logs_verify),
		cmocka_unit_test(unknown_signers_are_ignored_and_known_ones_decide),
		cmocka_unit_test(sixteen_signatures_and_more_are_read),
		cmocka_unit_test(malformed_notes_are_refused),
		cmocka_unit_test(malformed_vkeys_are_refused),
		cmocka_unit_test(vkeys_survive_a_round),
		cmocka_unit_test(our_checkpoint_carries_a_cosignature),
		cmocka_unit_test(every_flipped_bit_of_a_checkpoint_is_noticed),
		cmocka_unit_test(checkpoint_texts_are_read_strictly),
		cmocka_unit_test(proofs_are_read_strictly),
		cmocka_unit_test(texts_that_could_not_be_read_back_are_not_signed),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
