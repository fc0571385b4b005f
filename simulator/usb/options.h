/* SPDX-License-Identifier: Apache-2.0
 *
 * options.h - the command line of tillgate-sim-usb.
 */
#ifndef TILLGATE_SIM_OPTIONS_H
#define TILLGATE_SIM_OPTIONS_H

#include "simulator/usb/description.h"

enum { EXIT_SENT = 0, EXIT_HOST = 1, EXIT_WRONG = 2, EXIT_DEVICE = 3 };

struct options {
	struct description what;
	const char *path; /**< of the basket; NULL: standard input */
	bool hold, quiet, times, answered;
	long interval_ms, settle_ms, pace_ms, wait_s, offer; /**< offer 0: plug in ourselves; wait_s below 0: for ever */
};

/** -1: go on; otherwise the exit status, all said. */
int options_parse(struct options *o, int argc, char **argv);

#endif
