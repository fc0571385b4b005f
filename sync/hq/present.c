/* SPDX-License-Identifier: Apache-2.0
 *
 * present.c - the way of publish as far as the image, and no further.
 */
#include "sync/hq/present.h"

#include "store/base/file.h"
#include "sync/hq/compile.h"

#include <unistd.h>

static int refuse_errors(const tg_present *p, tg_error *err)
{
	size_t errors = p->findings.counts[TG_FINDING_ERROR];

	if (errors > 0)
		return tg_fail(err, TG_ESTATE,
			"%zu errors in the records, so there is no catalogue to ask; tillgate-hq lint says which",
			errors);
	if (!p->records.has_policy)
		return tg_fail(err, TG_ESTATE, "no policy in the records; start from the example that init wrote");
	return TG_OK;
}

static int map(tg_present *p, const tg_site *site, int32_t today, tg_error *err)
{
	char path[4096];
	int rc = tg_dir_make(site->work, 0755, err);

	if (rc == TG_OK)
		rc = tg_path(path, err, "%s/present.%ld.tgc", site->work, (long)getpid());
	if (rc != TG_OK)
		return rc;
	rc = tg_compile(path, &p->index, 1, today, err);
	if (rc == TG_OK)
		rc = tg_catalogue_open(&p->cat, path, NULL, err);
	(void)unlink(path);
	return rc;
}

int tg_present_open(tg_present *out, const tg_site *site, int32_t today, bool quiet, tg_error *err)
{
	int rc;

	*out = (tg_present){ 0 };
	out->records.quiet = quiet;
	out->records.documents_seen = site->documents_seen;
	rc = tg_records_load(&out->records, &out->findings, site->records, err);
	if (rc == TG_OK)
		rc = tg_index_build(&out->index, &out->records, &out->findings, err);
	if (rc == TG_OK)
		rc = refuse_errors(out, err);
	return rc == TG_OK ? map(out, site, today, err) : rc;
}

void tg_present_close(tg_present *present)
{
	tg_catalogue_close(present->cat);
	tg_index_fini(&present->index);
	tg_records_fini(&present->records);
	tg_findings_fini(&present->findings);
	*present = (tg_present){ 0 };
}
