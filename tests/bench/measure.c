/* SPDX-License-Identifier: Apache-2.0
 *
 * measure.c - clocks and medians.
 */
#include "tests/bench/measure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void must(int rc, const tg_error *err)
{
	if (rc == TG_OK)
		return;
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, err->msg);
	exit(2);
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double now_s(void)
{
	return seconds(CLOCK_MONOTONIC);
}

double process_cpu_s(void)
{
	return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

double thread_cpu_s(void)
{
	return seconds(CLOCK_THREAD_CPUTIME_ID);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}
