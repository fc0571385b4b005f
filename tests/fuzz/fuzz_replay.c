/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz_replay.c - what replay is handed: lines of an exported log, entries in them, lines of the archive's index.
 *
 * Nothing that comes out may be an allowance that an entry talked the gate into: without a catalogue no product is let go.
 */
#include "plugin/station/replay_override.h"
#include "sync/hq/archive_index.h"
#include "sync/hq/log_file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(const tg_json *entry)
{
	static tg_replayed now;
	tg_replay_case c;

	if (tg_replay_read(&c, entry, NULL) != TG_OK)
		return;
	tg_replay(&now, NULL, &c, NULL, NULL, entry);
	if (now.answer.release.released || now.answer.verdict.outcome < TG_HOLD)
		abort();
}

/* An override beside its check, as {"check": …, "override": …}: without a policy nobody may have lifted anything. */
static void replay_both(const tg_json *check, const tg_json *entry)
{
	static tg_replayed now;
	tg_replay_override_case c;
	uint64_t seq;

	if (tg_replay_override_check(&seq, entry, NULL) != TG_OK || tg_replay_override_read(&c, entry, check, NULL) != TG_OK)
		return;
	tg_replay_override(&now, NULL, &c, NULL, NULL, entry);
	if (c.granted && now.count == 0)
		abort();
}

static void read_line(const tg_json *json)
{
	tg_log_head_line head;
	tg_log_proof proof;
	tg_log_line line;

	if (tg_log_head_line_parse(&head, json, NULL) == TG_OK) {
		tg_log_proof_begin(&proof, &head);
		if (tg_log_proof_end(&proof, NULL) == TG_LOG_PROVEN)
			abort();
		tg_log_head_line_fini(&head);
	}
	if (tg_log_line_parse(&line, json, NULL) == TG_OK) {
		head = (tg_log_head_line){ .from = line.seq, .to = line.seq + 1, .edge = { .size = 0 } };
		tg_log_proof_begin(&proof, &head);
		tg_log_proof_add(&proof, &line);
		replay(line.entry);
	}
	replay(json);
	replay_both(tg_json_get(json, "check"), tg_json_get(json, "override"));
}

static void read_index(tg_view text)
{
	tg_archive_index index = { 0 };
	tg_buf out;

	tg_buf_init(&out, TG_ARCHIVE_LINE_MAX);
	if (tg_archive_index_read(&index, text, NULL) == TG_OK)
		for (size_t i = 0; i < index.count; i++) {
			tg_archive_line again;

			tg_buf_clear(&out);
			if (index.entries[i].kept_at > i || index.entries[i].from > i || index.entries[i].depth >= TG_ARCHIVE_CHAIN)
				abort();
			if (tg_archive_line_write(&out, &index.entries[i].line, NULL) != TG_OK ||
				tg_archive_line_parse(&again, tg_view_of(out.data, out.len - 1), NULL) != TG_OK)
				abort();
		}
	tg_buf_fini(&out);
	tg_archive_index_fini(&index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	tg_json *json = NULL;

	if (size > TG_LOG_LINE_MAX)
		return 0;
	read_index(tg_view_of(data, size));
	if (tg_json_parse(&json, tg_view_of(data, size), NULL) == TG_OK)
		read_line(json);
	tg_json_free(json);
	return 0;
}
