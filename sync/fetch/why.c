/* SPDX-License-Identifier: Apache-2.0
 *
 * why.c - words for failed transfers. See why.h.
 *
 * Pure: turns numbers of HTTP, libcurl and OpenSSL into what a person can act on. Where only a library knows more,
 * its words follow.
 */
#include "sync/fetch/why.h"

#include <string.h>

/* Values of X509_STORE_CTX_get_error(3), which libcurl hands on: part of OpenSSL's stable interface. */
#define VERIFY_NOT_YET_VALID 9
#define VERIFY_EXPIRED 10
#define VERIFY_SELF_SIGNED 18
#define VERIFY_SELF_SIGNED_IN_CHAIN 19
#define VERIFY_NO_ISSUER_HERE 20
#define VERIFY_NO_ISSUER 21
#define VERIFY_REVOKED 23

static const char *library_words(const tg_why *why)
{
	return why->curl_words[0] != '\0' ? why->curl_words : curl_easy_strerror(why->curl);
}

static int fail_server_certificate(tg_error *err, const tg_why *why)
{
	switch (why->verify) {
	case VERIFY_EXPIRED:
		return tg_fail(err, TG_ENETWORK,
			"%s: the server's certificate has expired, by this station's clock", why->url);
	case VERIFY_NOT_YET_VALID:
		return tg_fail(err, TG_ENETWORK,
			"%s: the server's certificate is not valid yet, by this station's clock", why->url);
	case VERIFY_REVOKED:
		return tg_fail(err, TG_ENETWORK, "%s: the server's certificate is revoked", why->url);
	case VERIFY_SELF_SIGNED:
	case VERIFY_SELF_SIGNED_IN_CHAIN:
	case VERIFY_NO_ISSUER_HERE:
	case VERIFY_NO_ISSUER:
		return tg_fail(err, TG_ENETWORK,
			"%s: the server's certificate comes from an issuer that this station does not know; "
			"if it is the right one, name it by "
			"ca-file",
			why->url);
	default:
		break;
	}
	if (strstr(why->curl_words, "subject name") != NULL)
		return tg_fail(
			err, TG_ENETWORK, "%s: the server's certificate is for another host", why->url);
	return tg_fail(err, TG_ENETWORK, "%s: the server's certificate does not verify: %s", why->url,
		library_words(why));
}

/* With TLS 1.3 the server says what it thinks of a client's certificate after the handshake, when the answer is awaited. */
static bool is_alert_on_our_certificate(const tg_why *why)
{
	return why->tls && strstr(why->curl_words, "alert") != NULL &&
	       (strstr(why->curl_words, "certificate") != NULL ||
		       strstr(why->curl_words, "unknown ca") != NULL);
}

static int fail_client_certificate(tg_error *err, const tg_why *why, const char *detail)
{
	return tg_fail(err, TG_EDENIED, "%s: %s (%s)", why->url,
		why->sent_certificate ? "the repository refuses this station's certificate"
				      : "the repository may want a client certificate, and this station has "
					"none configured",
		detail);
}

static int fail_credential(tg_error *err, const tg_why *why)
{
	return tg_fail(err, TG_EDENIED, "%s: %s (HTTP status %ld)", why->url,
		why->sent_credential ? "the repository refuses this station's credential"
				     : "the repository wants a credential, and this station has none for it",
		why->status);
}

static int fail_proxy(tg_error *err, const tg_why *why, long status)
{
	if (status == 407)
		return tg_fail(err, TG_EDENIED,
			"%s: the proxy wants a credential, or refuses the one it got (HTTP status 407)",
			why->url);
	return tg_fail(
		err, TG_ENETWORK, "%s: the proxy does not connect us (HTTP status %ld)", why->url, status);
}

static int fail_by_status(tg_error *err, const tg_why *why)
{
	switch (why->status) {
	case 400: /* what nginx answers over TLS without the certificate that it wants, or with another */
		if (why->tls)
			return fail_client_certificate(err, why, "HTTP status 400");
		break;
	case 401:
		return fail_credential(err, why);
	case 403: /* object stores say so for what is not there */
		return tg_fail(err, TG_ENOTFOUND, "%s: HTTP status 403%s", why->url,
			why->sent_credential
				? ": the repository refuses this station's credential, or has no such file"
				: "");
	case 404:
		return tg_fail(err, TG_ENOTFOUND, "%s: HTTP status 404", why->url);
	case 407:
		return fail_proxy(err, why, 407);
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		return tg_fail(err, TG_ENETWORK,
			"%s: HTTP status %ld: a redirect, and none is followed; name the right address",
			why->url, why->status);
	default:
		break;
	}
	return tg_fail(err, TG_ENETWORK, "%s: HTTP status %ld", why->url, why->status);
}

int tg_why_fail(tg_error *err, const tg_why *why)
{
	if (why->status != 0 && why->status != 200 && why->status != 206)
		return fail_by_status(err, why);
	if (why->connect_status != 0 && why->connect_status / 100 != 2)
		return fail_proxy(err, why, why->connect_status);
	switch ((int)why->curl) {
	case CURLE_OK:
		return tg_fail(err, TG_ENETWORK, "%s: %s", why->url,
			why->status != 0 ? "half an answer" : "no answer");
	case CURLE_PEER_FAILED_VERIFICATION:
		return fail_server_certificate(err, why);
	case CURLE_SSL_CLIENTCERT:
		return fail_client_certificate(err, why, library_words(why));
	case CURLE_SSL_CERTPROBLEM:
		return tg_fail(err, TG_ESTATE,
			"%s: this station's client certificate or its key cannot be used: %s", why->url,
			library_words(why));
	case CURLE_SSL_CACERT_BADFILE:
		return tg_fail(err, TG_ESTATE,
			"%s: the file of trusted certificates (ca-file) cannot be used: %s", why->url,
			library_words(why));
	case CURLE_COULDNT_RESOLVE_PROXY:
		return tg_fail(err, TG_ENETWORK, "%s: the proxy's name is not known: %s", why->url,
			library_words(why));
	case CURLE_COULDNT_CONNECT:
		if (why->named_proxy)
			return tg_fail(err, TG_ENETWORK, "%s: the proxy does not answer: %s", why->url,
				library_words(why));
		break;
	default:
		break;
	}
	if (is_alert_on_our_certificate(why))
		return fail_client_certificate(err, why, library_words(why));
	return tg_fail(err, TG_ENETWORK, "%s: %s", why->url, library_words(why));
}
