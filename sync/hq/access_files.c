/* SPDX-License-Identifier: Apache-2.0
 *
 * access_files.c - looks which of the files are there.
 */
#include "sync/hq/access_files.h"

#include "store/base/file.h"

#include <unistd.h>

static const char *find(char out[4096], const char *folder, const char *name)
{
	return tg_path(out, NULL, "%s/%s", folder, name) == TG_OK && access(out, F_OK) == 0 ? out : NULL;
}

tg_fetch_options tg_access_files_options(tg_access_files *files, const char *folder, const char *origin)
{
	return (tg_fetch_options){ .ca_file = find(files->ca, folder, "ca.pem"),
		.origin = origin,
		.credential_file = find(files->credential, folder, "credential"),
		.token_file = find(files->token, folder, "token"),
		.client_certificate_file = find(files->certificate, folder, "client.pem"),
		.client_key_file = find(files->key, folder, "client.key") };
}
