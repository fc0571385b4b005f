/* SPDX-License-Identifier: Apache-2.0
 *
 * device.h - the scanner's end of a pseudo-terminal that a host takes for a serial port.
 */
#ifndef TILLGATE_SIM_DEVICE_H
#define TILLGATE_SIM_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

struct device {
	/* slave: ours, beside the host's, to see what the host has not read; -1 while let go */
	int master, slave;
	char node[64];     /* "/dev/pts/7" */
	const char *link;  /* borrowed */
};

/**
 * Make it and its link. An old link is replaced; anything else is left alone. -1 with errno and `*doing` on
 * failure.
 */
int device_make(struct device *d, const char *link, const char **doing);
void device_remove(struct device *d);

/** Has a host the port open? */
bool device_host(struct device *d);
/** What the host has sent, without waiting. */
size_t device_hear(struct device *d, void *bytes, size_t size);
/** Bytes sent that the host has not read yet. */
bool device_unread(const struct device *d);
/** Send all; waits while the host is slow. False if the host went away. */
bool device_send(struct device *d, const void *bytes, size_t len);

#endif
