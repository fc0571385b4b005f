/* SPDX-License-Identifier: Apache-2.0
 *
 * day.h - what a day changes in a catalogue, for measurements.
 */
#ifndef TG_BENCH_DAY_H
#define TG_BENCH_DAY_H

#include "tests/unit/catalogue/world.h"

#define DAY_CHANGED 1000 /* products that differ between two days: the figure that the design states */

/**
 * DAY_CHANGED products differ: names, notes, dates, withdrawn and new SoCs, products that come and that go. The world then points to
 * the list of SoCs that is returned; the caller frees it when the world is no longer used.
 */
tg_build_soc *day_change(world *w);

#endif
