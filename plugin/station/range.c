/* SPDX-License-Identifier: Apache-2.0
 *
 * range.c - a range and its proof, read in the log's own thread. See range.h.
 */
#include "plugin/station/range.h"

#include "store/base/encoding.h"

struct job {
	uint32_t epoch;
	uint64_t from, count;
	tg_log_range range;
	tg_buf note, vkey;
	tg_error err;
};

static int read_range(tg_log *log, void *ctx)
{
	struct job *job = ctx;
	uint64_t end = job->count > TG_TREE_SIZE_MAX - job->from ? TG_TREE_SIZE_MAX : job->from + job->count;
	int rc = job->from > TG_TREE_SIZE_MAX ? tg_fail(&job->err, TG_EINVAL, "from: no log has so many entries")
					      : tg_log_prove_range(log, &job->range, &job->note, job->epoch, job->from, end, &job->err);

	return rc == TG_OK ? tg_log_vkey(log, &job->vkey, &job->err) : rc;
}

static tg_json *hashes(const tg_tree_hash *hash, size_t count)
{
	char hex[2 * TG_SHA256_SIZE + 1];
	tg_json *list = tg_json_new_array();

	for (size_t i = 0; i < count; i++)
		tg_json_add_str(list, tg_hex_encode(hex, hash[i].bytes, TG_SHA256_SIZE));
	return list;
}

static tg_json *to_json(const struct job *job)
{
	const tg_log_range *r = &job->range;
	tg_json *json = tg_json_new_object();

	tg_json_set_int(json, "export", 1);
	tg_json_set_str(json, "origin", r->origin);
	tg_json_set_int(json, "epoch", r->epoch);
	tg_json_set_int(json, "from", (int64_t)r->first);
	tg_json_set_int(json, "to", (int64_t)r->end);
	tg_json_set(json, "edge", hashes(r->edge.node, r->edge.count));
	if (r->has_checkpoint) {
		tg_json_set(json, "consistency", hashes(r->consistency.hash, r->consistency.count));
		tg_json_set_str(json, "checkpoint", tg_buf_text(&job->note));
	}
	tg_json_set_str(json, "vkey", tg_buf_text(&job->vkey));
	return json;
}

int tg_range_to_json(tg_json **out, tg_journal *journal, uint32_t epoch, uint64_t from, uint64_t count, tg_error *err)
{
	struct job job = { .epoch = epoch, .from = from, .count = count };
	int rc;

	tg_buf_init(&job.note, TG_NOTE_SIZE_MAX);
	tg_buf_init(&job.vkey, TG_NOTE_SIZE_MAX);
	rc = tg_journal_run(journal, read_range, &job, &job.err);
	if (rc == TG_OK)
		*out = to_json(&job);
	else if (err != NULL)
		*err = job.err;
	tg_buf_fini(&job.note);
	tg_buf_fini(&job.vkey);
	return rc;
}
