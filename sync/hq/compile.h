/* SPDX-License-Identifier: Apache-2.0
 *
 * compile.h - from source records to a catalogue image.
 *
 * A statement with a hard defect goes in with its defect bits, never as one without. What is superseded or
 * withdrawn goes in as such: the till must be able to say why. Statements and labels that cover no product of
 * ours stay out, and the test products of plugin/gate/drill.h go in; so do texts that a station has no use for (addresses, quotes, reviewers, evidence).
 */
#ifndef TG_HQ_COMPILE_H
#define TG_HQ_COMPILE_H

#include "store/catalogue/build.h"
#include "sync/hq/index.h"

/**
 * Write the image of `version` to `path`. The same records, version and `today` give the same bytes.
 * `today` (date in the United Kingdom) matters for one thing: a date of issue in the future is defect D12.
 * Errors: TG_EINVAL (records with error findings: lint first), TG_ENOMEM, TG_EIO.
 */
TG_NODISCARD int tg_compile(
	const char *path, const tg_index *index, uint64_t version, int32_t today, tg_error *err);

#endif
