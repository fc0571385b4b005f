/* SPDX-License-Identifier: Apache-2.0
 *
 * prune.h - away with what no station can need any more.
 *
 * Kept are
 *   - all that the newest TG_PRUNE_PUBLICATIONS targets files name: for stations in the middle of a sync;
 *   - the images from which the newest one's patches start: the next publication makes its patches from them;
 *   - the newest TG_PRUNE_METADATA targets and snapshot files: a cache in front of us may hand out an older timestamp for hours;
 *   - every root for ever: a station that slept for years follows them one by one.
 * Targets files that go are moved to HQ/archive: they are the signed proof of which image a catalogue version was, which entries of the
 * evidence log name. Snapshot files prove nothing more and are removed.
 *
 * Knows the names that image, policy, patches and top-level metadata have; whatever else lies in the repository is left alone
 * (documents: documents.h). Runs after the new publication stands: a failure costs disk, nothing else.
 */
#ifndef TG_HQ_PRUNE_H
#define TG_HQ_PRUNE_H

#include "sync/hq/published.h"

#define TG_PRUNE_PUBLICATIONS 8
#define TG_PRUNE_METADATA 32 /* a few kB each */

/** `version` is that of each role of the publication that stands now. A targets file that cannot be read keeps everything. */
void tg_prune(const tg_site *site, const int64_t version[TG_TUF_ROLES]);

#endif
