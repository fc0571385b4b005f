/* SPDX-License-Identifier: Apache-2.0
 *
 * image_copy.h - the station's own copy of the image in force.
 *
 * The set's files belong to the network side, which may write to them after they were checked, or cut them short under a mapping. So
 * the gate never maps them: it copies the image once, block by block against the signed hashes, into a folder that only it can write.
 */
#ifndef TG_STATION_IMAGE_COPY_H
#define TG_STATION_IMAGE_COPY_H

#include "plugin/station/paths.h"
#include "sync/tuf/chain.h"

/**
 * Give the path of the private copy of the image of `chain`, making it from SET_DIR/catalogue.tgc if it is not there yet or if `anew`.
 * Other copies are removed; who has one mapped keeps it.
 *
 * Errors: TG_EHASH the set's image is not what was signed (the words name the block); TG_ELENGTH; TG_ENOTFOUND; TG_EIO (disk full).
 * Blocking: reads and hashes the whole image when it copies: about a second for 200 MB.
 */
TG_NODISCARD int tg_image_copy(char path[PATH_MAX], const tg_paths *paths, const tg_chain *chain, const char *set_dir, bool anew,
	tg_error *err);

#endif
