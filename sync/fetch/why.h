/* SPDX-License-Identifier: Apache-2.0
 *
 * why.h - why a transfer failed, in words of a person and one code. Inside the room of fetch only.
 */
#ifndef TG_FETCH_WHY_H
#define TG_FETCH_WHY_H

#include "store/base/error.h"

#include <curl/curl.h>
#include <stdbool.h>

/** What is known of a transfer that failed. Strings are borrowed. */
typedef struct tg_why {
	const char *url;           /**< for the words: without secrets */
	CURLcode curl;
	const char *curl_words;    /**< of libcurl; "" if none */
	long status;               /**< of the repository; 0 if no answer came */
	long connect_status;       /**< of a proxy's answer to CONNECT; 0 if none */
	long verify;               /**< OpenSSL's verdict on the server's certificate; 0 = none or fine */
	bool tls;
	bool sent_credential, sent_certificate;
	bool named_proxy;          /**< the configuration names one */
} tg_why;

/** Fill `err`; returns its code as tg_fetch_get() documents. */
int tg_why_fail(tg_error *err, const tg_why *why);

#endif
