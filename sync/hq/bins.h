/* SPDX-License-Identifier: Apache-2.0
 *
 * bins.h - how many roles the documents are spread over, and which of them has a path.
 *
 * Pure arithmetic. The role "documents" holds the documents itself while they are few; when they are many it hands them to the bins
 * "documents-0" … by the first hex digits of the SHA-256 of the path (path_hash_prefixes of the specification, section 4.5).
 *
 * Why these numbers: a station that wants a document fetches one bin, 147 bytes a document, and from 16 bins on the role that hands
 * out, 166 bytes a bin; the snapshot, which every station fetches with every publication, grows by 34 bytes a bin. Few stations ever
 * ask, so the snapshot is spared first. Measured, ECDSA, ids of 9 characters:
 *
 *   documents     bins   snapshot   handing out   one bin, at most
 *   to 5,000      1      +0.04 kB   -             735 kB
 *   to 20,000     16     +0.6 kB    3.3 kB        190 kB
 *   to 1,000,000  256    +9.3 kB    42 kB         600 kB
 *   more          4,096  +145 kB    680 kB        what a client reads: 5 MB, 34,000 documents
 */
#ifndef TG_HQ_BINS_H
#define TG_HQ_BINS_H

#include "store/base/bytes.h"

#define TG_BINS_MAX 4096
#define TG_BIN_ROLE "documents" /* who hands out, or holds all */
#define TG_BIN_ROLE_SIZE 16     /* "documents-fff" and its end */

/** How many bins `count` documents take. Never fewer than `present`: a bin once named stays in every snapshot to come. */
unsigned tg_bins_for(size_t count, unsigned present);
/** Hex digits that tell the bins apart: 0, 1, 2 or 3. */
unsigned tg_bins_digits(unsigned bins);
/** Which of `bins` has the target path. */
unsigned tg_bin_of(const char *path, unsigned bins);
/** "documents-0f" of 256 bins; "documents" if there is one only. */
void tg_bin_role(char out[TG_BIN_ROLE_SIZE], unsigned bin, unsigned bins);
/** "0f": what the hashes of the bin's paths begin with. */
void tg_bin_prefix(char out[4], unsigned bin, unsigned bins);

#endif
