/* SPDX-License-Identifier: Apache-2.0
 *
 * measure.h - what measurements share: clocks, medians, and an end when something fails.
 */
#ifndef TG_BENCH_MEASURE_H
#define TG_BENCH_MEASURE_H

#include "store/base/error.h"

#include <stddef.h>

/** Anything but TG_OK ends the program with 2 and the words of `err`. */
void must(int rc, const tg_error *err);

/** Seconds of a clock that only goes on; only differences mean something. */
double now_s(void);
/** Seconds of the processor that this process took: others may share the machine; their turns are not ours. */
double process_cpu_s(void);
/** The same of this thread alone: for work that waits for nothing. */
double thread_cpu_s(void);

/** Sorts `values`. `n` > 0. */
double median(double *values, size_t n);

#endif
