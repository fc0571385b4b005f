/* SPDX-License-Identifier: Apache-2.0
 *
 * usbip.h - the bytes of USB/IP: what a host asks over the wire, and the answers. Knows no device and does no I/O.
 *
 * Numbers are big-endian on the wire, but for the setup packet, which is as on a cable. Source: the Linux kernel's
 * Documentation/usb/usbip_protocol.rst, version 1.1.1.
 */
#ifndef TILLGATE_SIM_USBIP_H
#define TILLGATE_SIM_USBIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USBIP_PORT 3240        /* the well-known TCP port */
#define USBIP_COMMAND_SIZE 48  /* bytes of a header once a device is imported, both ways */
#define USBIP_OP_SIZE 8        /* bytes of a request's head before that */
#define USBIP_BUSID_SIZE 32
#define USBIP_DEVICE_SIZE 312  /* a device in a list or in the answer to an import */
#define USBIP_DATA_MAX 4096    /* bytes of one transfer: the longest descriptor there is */

enum { USBIP_OP_LIST = 0x8005, USBIP_OP_IMPORT = 0x8003 };
enum { USBIP_SUBMIT = 1, USBIP_UNLINK = 2 };

/* what the kernel takes for a transfer's end */
enum { USBIP_OK = 0, USBIP_STALL = -32, USBIP_UNLINKED = -104 };

/** A command of the host. */
struct usbip_command {
	uint32_t what;      /**< USBIP_SUBMIT or USBIP_UNLINK */
	uint32_t number;    /**< of this command */
	uint32_t unlinks;   /**< UNLINK: the number of the one to take back */
	bool in;            /**< towards the host */
	uint8_t endpoint;   /**< without direction */
	uint32_t length;    /**< bytes that follow (out), or at most wanted (in) */
	uint8_t setup[8];   /**< endpoint 0 */
};

/** False: no such command, or longer than USBIP_DATA_MAX. */
bool usbip_read_command(struct usbip_command *out, const uint8_t bytes[USBIP_COMMAND_SIZE]);
/** The head of an answer; `actual` bytes follow if the transfer went towards the host. */
void usbip_write_submitted(uint8_t out[USBIP_COMMAND_SIZE], uint32_t number, int32_t status, uint32_t actual);
void usbip_write_unlinked(uint8_t out[USBIP_COMMAND_SIZE], uint32_t number, int32_t status);

/** The request before a device is imported: its code, or 0 if it is none. */
unsigned usbip_read_op(const uint8_t bytes[USBIP_OP_SIZE]);
/** The head of its answer. */
void usbip_write_op(uint8_t out[USBIP_OP_SIZE], unsigned code, uint32_t status);

/** What a host is told of a device before it imports it. */
struct usbip_device {
	const char *busid;           /**< "1-1" */
	uint32_t bus, number;        /**< of the server's, made up */
	uint16_t vendor, product;
	uint8_t interfaces;
};
void usbip_write_device(uint8_t out[USBIP_DEVICE_SIZE], const struct usbip_device *device);

#endif
