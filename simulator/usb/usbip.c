/* SPDX-License-Identifier: Apache-2.0
 *
 * usbip.c - the bytes of USB/IP. Pure. See usbip.h.
 */
#include "simulator/usb/usbip.h"

#include <stdio.h>
#include <string.h>

#define VERSION 0x0111
#define REPLY_BIT 0x8000 /* set in a request's code, clear in its answer's */
#define FULL_SPEED 2
#define RET_SUBMIT 3
#define RET_UNLINK 4

/* where things lie in a device: two texts, then numbers */
enum { AT_BUSID = 256, AT_BUS = 288, AT_NUMBER = 292, AT_SPEED = 296, AT_VENDOR = 300, AT_PRODUCT = 302, AT_CONFIGURATION = 309, AT_CONFIGURATIONS = 310, AT_INTERFACES = 311 };

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put32(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 24);
	at[1] = (uint8_t)(value >> 16);
	at[2] = (uint8_t)(value >> 8);
	at[3] = (uint8_t)value;
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

bool usbip_read_command(struct usbip_command *out, const uint8_t bytes[USBIP_COMMAND_SIZE])
{
	*out = (struct usbip_command){ .what = get32(bytes), .number = get32(bytes + 4) };
	if (out->what == USBIP_UNLINK) {
		out->unlinks = get32(bytes + 20);
		return true;
	}
	if (out->what != USBIP_SUBMIT || get32(bytes + 16) > 15)
		return false;
	out->in = get32(bytes + 12) == 1;
	out->endpoint = (uint8_t)get32(bytes + 16);
	out->length = get32(bytes + 24);
	memcpy(out->setup, bytes + 40, sizeof(out->setup));
	return out->length <= USBIP_DATA_MAX;
}

void usbip_write_submitted(uint8_t out[USBIP_COMMAND_SIZE], uint32_t number, int32_t status, uint32_t actual)
{
	memset(out, 0, USBIP_COMMAND_SIZE);
	put32(out, RET_SUBMIT);
	put32(out + 4, number);
	put32(out + 20, (uint32_t)status);
	put32(out + 24, actual);
	put32(out + 32, UINT32_MAX); /* no packets: the transfer is not isochronous */
}

void usbip_write_unlinked(uint8_t out[USBIP_COMMAND_SIZE], uint32_t number, int32_t status)
{
	memset(out, 0, USBIP_COMMAND_SIZE);
	put32(out, RET_UNLINK);
	put32(out + 4, number);
	put32(out + 20, (uint32_t)status);
}

unsigned usbip_read_op(const uint8_t bytes[USBIP_OP_SIZE])
{
	unsigned version = (unsigned)bytes[0] << 8 | bytes[1], code = (unsigned)bytes[2] << 8 | bytes[3];

	return version == VERSION && (code == USBIP_OP_LIST || code == USBIP_OP_IMPORT) ? code : 0;
}

void usbip_write_op(uint8_t out[USBIP_OP_SIZE], unsigned code, uint32_t status)
{
	put16(out, VERSION);
	put16(out + 2, code & ~(unsigned)REPLY_BIT);
	put32(out + 4, status);
}

void usbip_write_device(uint8_t out[USBIP_DEVICE_SIZE], const struct usbip_device *device)
{
	memset(out, 0, USBIP_DEVICE_SIZE);
	snprintf((char *)out, AT_BUSID, "/sys/devices/simulated/%s", device->busid);
	snprintf((char *)out + AT_BUSID, USBIP_BUSID_SIZE, "%s", device->busid);
	put32(out + AT_BUS, device->bus);
	put32(out + AT_NUMBER, device->number);
	put32(out + AT_SPEED, FULL_SPEED);
	put16(out + AT_VENDOR, device->vendor);
	put16(out + AT_PRODUCT, device->product);
	out[AT_CONFIGURATION] = 1;
	out[AT_CONFIGURATIONS] = 1;
	out[AT_INTERFACES] = device->interfaces;
}
