/* SPDX-License-Identifier: Apache-2.0
 *
 * access_files.h - what a private repository asks for, as files of a folder that only need to be there.
 *
 * No secret on a command line or in a file that git keeps. Knows names only; what the files hold is sync/fetch's to read.
 */
#ifndef TG_HQ_ACCESS_FILES_H
#define TG_HQ_ACCESS_FILES_H

#include "sync/fetch/fetch.h"

/** Room for the paths, as long as the options are used. */
typedef struct tg_access_files {
	char ca[4096], credential[4096], token[4096], certificate[4096], key[4096];
} tg_access_files;

/** Options for a fetch from `origin` with whatever of ca.pem, credential, token, client.pem and client.key lies in `folder`. */
tg_fetch_options tg_access_files_options(tg_access_files *files, const char *folder, const char *origin);

#endif
