/* SPDX-License-Identifier: Apache-2.0
 *
 * compile_special.h - the part of compiling that is about few products only: roles, what stands against them, bundles.
 *
 * Internal to compile.c.
 */
#ifndef TG_HQ_COMPILE_SPECIAL_H
#define TG_HQ_COMPILE_SPECIAL_H

#include "store/catalogue/build.h"
#include "sync/hq/index.h"

/** Fill build->stops and build->specials; all memory is the arena's. TG_ENOMEM. */
TG_NODISCARD int tg_compile_specials(tg_build *build, tg_arena *arena, const tg_index *index, tg_error *err);

#endif
