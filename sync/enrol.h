/* SPDX-License-Identifier: Apache-2.0
 *
 * enrol.h - how a station and head office meet: the request that a station makes, and the bundle it gets
 * back.
 *
 * Pure: bytes and keys in, bytes and facts out; no files, no clock, no network. Both ends use it, so that
 * they cannot differ.
 * Knows the two file formats (tillgate-enrol(5)); knows nothing of the register of stations (sync/hq) or of
 * where a station keeps what the bundle brings (plugin/cli).
 *
 *   request  {"v":1,"station","gln","evidence_key":PEM,"transport_key":PEM,"proof":{"evidence":base64,"transport":base64}}
 *   bundle   {"v":1,"station","gln","owner","root":base64 of root.json,"metadata_url","targets_url","cosigner":vkey,"issued_at"}
 *
 * The proof shows that the sender holds both private keys. It does not show who the sender is: that is what
 * the two fingerprints are for, which people compare on both screens.
 */
#ifndef TG_SYNC_ENROL_H
#define TG_SYNC_ENROL_H

#include "store/base/crypto.h"
#include "store/base/utc.h"

#define TG_ENROL_STATION_MAX 32       /* bytes of a station id: it stands in every checkpoint's origin line */
#define TG_ENROL_GLN_DIGITS 13        /* GS1 Global Location Number */
#define TG_ENROL_OWNER_MAX 253        /* bytes of a domain name (RFC 1035) */
#define TG_ENROL_URL_MAX 2048         /* bytes; the same as sync/fetch takes */
#define TG_ENROL_PEM_MAX 1024         /* bytes; a P-256 public key is 178 */
#define TG_ENROL_VKEY_MAX 512         /* bytes of a verifier key: name, key id, 33 bytes in base64 */
#define TG_ENROL_REQUEST_MAX 8192     /* bytes of a request; ours are about 800 */
#define TG_ENROL_BUNDLE_MAX (1 << 20) /* bytes of a bundle: the largest root (512,000) in base64 and some */

/** A station's request. A value. */
typedef struct tg_enrol_request {
	char station[TG_ENROL_STATION_MAX +
		     1]; /**< a letter or digit, then letters, digits, '-': lower case only */
	char gln[TG_ENROL_GLN_DIGITS + 1];       /**< of the site, with a right check digit */
	char evidence_key[TG_ENROL_PEM_MAX + 1]; /**< PEM SubjectPublicKeyInfo on P-256: signs checkpoints */
	char transport_key[TG_ENROL_PEM_MAX +
			   1]; /**< PEM, another key on P-256: signs requests to head office */
} tg_enrol_request;

/** What head office answers. `root` is owned: tg_enrol_bundle_fini(). */
typedef struct tg_enrol_bundle {
	char station[TG_ENROL_STATION_MAX + 1];
	char gln[TG_ENROL_GLN_DIGITS + 1];
	char owner[TG_ENROL_OWNER_MAX +
		   1]; /**< domain of head office: first part of every checkpoint's origin */
	char metadata_url[TG_ENROL_URL_MAX + 1]; /**< http or https, ends in '/' */
	char targets_url[TG_ENROL_URL_MAX + 1];  /**< the same */
	char cosigner[TG_ENROL_VKEY_MAX + 1];    /**< C2SP verifier key, type 0x04 (Ed25519 cosignature/v1) */
	int64_t issued_us;                       /**< UTC, whole seconds */
	tg_buf root;                             /**< the bytes of root.json */
} tg_enrol_bundle;

/** True for a station id of the form above. */
bool tg_enrol_station_valid(const char *station);
/** True for 13 digits with a right check digit. */
bool tg_enrol_gln_valid(const char *gln);
/** True for a domain name in lower case: labels of letters, digits and '-', at least two. */
bool tg_enrol_owner_valid(const char *owner);
/**
 * True for an http or https URL without user name, query and fragment, in printable ASCII, that ends in '/'.
 */
bool tg_enrol_url_valid(const char *url);

/**
 * Append the request, signed by both keys. Both must be different.
 * Errors: TG_EINVAL (id, GLN, one key twice), TG_ENOMEM, TG_ELIMIT.
 */
TG_NODISCARD int tg_enrol_request_write(tg_buf *out, const char *station, const char *gln,
	const tg_signkey *evidence, const tg_signkey *transport, tg_error *err);

/**
 * Read a request and check both proofs. `*out` is whole or untouched.
 * Errors: TG_EFORMAT, TG_ELENGTH, TG_EUNTRUSTED (a proof is wrong), TG_ENOMEM.
 */
TG_NODISCARD int tg_enrol_request_read(tg_enrol_request *out, tg_view text, tg_error *err);

/**
 * Append the bundle. Checks all members as reading does. The clock is the caller's: `issued_us` is cut to
 * whole seconds.
 */
TG_NODISCARD int tg_enrol_bundle_write(tg_buf *out, const tg_enrol_bundle *bundle, tg_error *err);

/**
 * Read a bundle. Form only: that root.json is a root signed by its own keys is for tg_trusted_open(), that
 * station and GLN are one's own is for the caller, and that the bundle is head office's is for the people who
 * compare fingerprints.
 * Ownership: tg_enrol_bundle_fini(), also fine after an error. Errors: TG_EFORMAT, TG_ELENGTH, TG_ENOMEM.
 */
TG_NODISCARD int tg_enrol_bundle_read(tg_enrol_bundle *out, tg_view text, tg_error *err);
void tg_enrol_bundle_fini(tg_enrol_bundle *bundle); /* NULL is fine */

/*
 * What both screens show: the first 128 bits of the SHA-256 over the RFC 8785 form (a request: without its
 * proof), in eight groups of four hex digits ("3f2a 90c1 …"). Nobody compares 64 digits; a second file with
 * the same 128 bits is out of reach all the same.
 */
#define TG_ENROL_FINGERPRINT_SIZE 40 /* 8 * 4 digits, 7 blanks, the terminator */
TG_NODISCARD int tg_enrol_request_fingerprint(
	char out[TG_ENROL_FINGERPRINT_SIZE], const tg_enrol_request *request, tg_error *err);
TG_NODISCARD int tg_enrol_bundle_fingerprint(
	char out[TG_ENROL_FINGERPRINT_SIZE], const tg_enrol_bundle *bundle, tg_error *err);

/**
 * The verifier key of an Ed25519 cosigner: NAME+KEYID+base64(0x04 || key). `name` has no blank and no '+'.
 * Source: C2SP signed-note and tlog-cosignature.
 */
TG_NODISCARD int tg_enrol_vkey_write(
	tg_buf *out, const char *name, const uint8_t key[TG_ED25519_PUBLIC_SIZE], tg_error *err);
/** The key in it; `name` may be NULL. TG_EFORMAT for other types, a wrong key id or anything malformed. */
TG_NODISCARD int tg_enrol_vkey_read(uint8_t key[TG_ED25519_PUBLIC_SIZE], char name[TG_ENROL_VKEY_MAX + 1],
	const char *vkey, tg_error *err);

#endif
