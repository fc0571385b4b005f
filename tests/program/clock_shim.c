/* SPDX-License-Identifier: Apache-2.0
 *
 * clock_shim.c - a wall clock that is off by TG_TEST_CLOCK_OFFSET_S seconds, for programs under test (LD_PRELOAD).
 *
 * Only CLOCK_REALTIME: what waits and times out goes by other clocks.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *ts)
{
	const char *offset = getenv("TG_TEST_CLOCK_OFFSET_S");
	long rc = syscall(SYS_clock_gettime, clock, ts);

	if (rc == 0 && clock == CLOCK_REALTIME && offset != NULL)
		ts->tv_sec += atol(offset);
	return (int)rc;
}
