/* SPDX-License-Identifier: Apache-2.0
 *
 * paths.c - the file map of a station. See paths.h.
 */
#include "plugin/station/paths.h"

#include "store/base/file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

struct place {
	char *out;
	const char *dir, *name;
};

static int fill(const struct place *places, size_t count, tg_error *err)
{
	for (size_t i = 0; i < count; i++) {
		int rc = tg_path(places[i].out, err, "%s%s", places[i].dir, places[i].name);

		if (rc != TG_OK)
			return rc;
	}
	return TG_OK;
}

int tg_paths_init(tg_paths *out, const char *root, tg_error *err)
{
	const char *etc, *var, *run;

	if (root == NULL)
		root = getenv("TILLGATE_ROOT");
	if (root != NULL && root[0] == '\0')
		return tg_fail(err, TG_EINVAL, "the station's folder is given as an empty name; give --root DIR");
	var = root != NULL ? root : TG_STATION_ROOT;
	etc = root != NULL ? root : "/etc/tillgate";
	memset(out, 0, sizeof(*out));
	if (root != NULL) {
		int rc = tg_path(out->run_dir, err, "%s/run", root);

		if (rc != TG_OK)
			return rc;
	} else {
		strcpy(out->run_dir, "/run/tillgate");
	}
	run = out->run_dir;
	return fill((const struct place[]){
		{ out->root, var, "" },
		{ out->config, etc, "/tillgate.conf" },
		{ out->trust_dir, etc, "/trust" },
		{ out->trust_root, etc, "/trust/root.json" },
		{ out->enrolment, etc, "/trust/enrolment.json" },
		{ out->request, etc, "/trust/request.json" },
		{ out->transport_key, var, "/transport.key" },
		{ out->catalogue_dir, var, "/catalogue" },
		{ out->catalogue_current, var, "/catalogue/current" },
		{ out->evidence_dir, var, "/evidence" },
		{ out->evidence_lock, var, "/evidence/lock" },
		{ out->image_dir, var, "/evidence/image" },
		{ out->outbox_dir, var, "/outbox" },
		{ out->inbox_dir, var, "/inbox" },
		{ out->socket, run, "/tillgated.sock" },
		{ out->image_wanted, run, "/image-wanted" },
	}, 16, err);
}

void tg_station_short_id(char out[9], const char *station)
{
	char all[TG_ENROL_STATION_MAX + 1];
	size_t n = 0;

	for (const char *p = station; *p != '\0' && n < sizeof(all) - 1; p++) {
		char c = (char)toupper((unsigned char)*p);

		if (!isalnum((unsigned char)c))
			continue;
		all[n++] = c == 'I' || c == 'L' ? '1' : c == 'O' ? '0' : c == 'U' ? 'V' : c;
	}
	all[n] = '\0';
	strcpy(out, n > 8 ? all + n - 8 : all);
}

int tg_station_id_read(tg_station_id *out, const tg_paths *paths, tg_error *err)
{
	tg_enrol_bundle bundle = { 0 };
	tg_buf text;
	int rc;

	memset(out, 0, sizeof(*out));
	tg_buf_init(&text, TG_ENROL_BUNDLE_MAX);
	rc = tg_file_read(&text, paths->enrolment, TG_ENROL_BUNDLE_MAX, err);
	if (rc == TG_ENOTFOUND)
		rc = tg_fail(err, TG_ESTATE, "%s: this station is not enrolled; run `tillgate init`, have head office answer the "
			"request, then `tillgate enrol BUNDLE`", paths->enrolment);
	if (rc == TG_OK)
		rc = tg_enrol_bundle_read(&bundle, tg_buf_view(&text), err);
	if (rc == TG_EFORMAT || rc == TG_ELENGTH)
		tg_error_prefix(err, "%s", paths->enrolment);
	if (rc == TG_OK) {
		strcpy(out->station, bundle.station);
		strcpy(out->gln, bundle.gln);
		strcpy(out->owner, bundle.owner);
		strcpy(out->metadata_url, bundle.metadata_url);
		strcpy(out->targets_url, bundle.targets_url);
		snprintf(out->origin, sizeof(out->origin), "%s/%s/%s", bundle.owner, bundle.gln, bundle.station);
		tg_station_short_id(out->short_id, bundle.station);
	}
	tg_enrol_bundle_fini(&bundle);
	tg_buf_fini(&text);
	return rc;
}
