/* SPDX-License-Identifier: Apache-2.0
 *
 * versions.h - the image that a catalogue version was, as far as this folder still has it.
 *
 * Targets files say which image a version was: those in the repository, and those that prune.h moved to HQ/archive. Images stay in
 * the repository as long as a station may need them.
 */
#ifndef TG_HQ_VERSIONS_H
#define TG_HQ_VERSIONS_H

#include "sync/hq/site.h"

/**
 * Path of the image of that catalogue version; its bytes have the hash that the targets file states. The files are this folder's own:
 * signatures are not asked for.
 * Errors: TG_ENOTFOUND no such version, or its image is not kept any more (the words say which); TG_EHASH, TG_EIO, TG_ENOMEM.
 */
TG_NODISCARD int tg_versions_image(char out[4096], const tg_site *site, int64_t version, tg_error *err);

#endif
