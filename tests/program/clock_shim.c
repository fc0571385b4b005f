/* SPDX-License-Identifier: Apache-2.0
 *
 * clock_shim.c - clocks that are off, for programs under test (LD_PRELOAD).
 *
 * TG_TEST_CLOCK_OFFSET_S: by so many seconds CLOCK_REALTIME is; what waits and times out goes by other clocks.
 * TG_TEST_SLEPT: a file; its length in bytes is how many seconds the machine has slept, which only CLOCK_BOOTTIME counts.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *ts)
{
	const char *offset = getenv("TG_TEST_CLOCK_OFFSET_S"), *slept = getenv("TG_TEST_SLEPT");
	struct stat st;
	long rc = syscall(SYS_clock_gettime, clock, ts);

	if (rc == 0 && clock == CLOCK_REALTIME && offset != NULL)
		ts->tv_sec += atol(offset);
	if (rc == 0 && clock == CLOCK_BOOTTIME && slept != NULL && stat(slept, &st) == 0)
		ts->tv_sec += st.st_size;
	return (int)rc;
}
