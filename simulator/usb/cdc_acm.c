/* SPDX-License-Identifier: Apache-2.0
 *
 * cdc_acm.c - a scanner as a serial port over USB (CDC, abstract control model): what a host sees as /dev/ttyACM0.
 */
#include "simulator/usb/scanner.h"

#include <stdio.h>
#include <string.h>

enum { EP_IN = 1, EP_OUT = 2, EP_NOTICE = 3, CLASS_CDC = 2 };
enum { SET_LINE_CODING = 0x20, GET_LINE_CODING = 0x21, SET_CONTROL_LINE_STATE = 0x22 }; /* CDC PSTN 1.2, table 13 */

static const uint8_t configuration[] = {
	9, 2, 67, 0, 2, 1, 0, 0x80, 200,
	9, 4, 0, 0, 1, 2, 2, 1, 0,                /* communications interface: ACM, AT commands as everyone says it */
	5, 0x24, 0x00, 0x10, 0x01,                /* CDC 1.10 */
	5, 0x24, 0x01, 0x00, 0x01,                /* call management: none */
	4, 0x24, 0x02, 0x02,                      /* line coding and line state */
	5, 0x24, 0x06, 0x00, 0x01,                /* union of interfaces 0 and 1 */
	7, 5, 0x80 | EP_NOTICE, 3, 16, 0, 100,
	9, 4, 1, 0, 2, 10, 0, 0, 0,               /* data interface */
	7, 5, 0x80 | EP_IN, 2, PACKET_SIZE, 0, 0,
	7, 5, EP_OUT, 2, PACKET_SIZE, 0, 0,
};

static bool encode(struct packets *to, const struct scanner *s, const char *label, size_t len)
{
	size_t before = to->count, suffix = strlen(s->what->suffix);

	for (size_t at = 0; at < len + suffix;) {
		uint8_t bytes[PACKET_SIZE];
		size_t n = 0;

		for (; n < PACKET_SIZE && at < len + suffix; n++, at++)
			bytes[n] = (uint8_t)(at < len ? label[at] : s->what->suffix[at - len]);
		if (!packets_add(to, EP_IN, bytes, n)) {
			to->count = before;
			return false;
		}
	}
	return true;
}

static int request(struct scanner *s, const uint8_t setup[8], uint8_t *data)
{
	if (setup[0] == 0x21 && setup[1] == SET_LINE_CODING) {
		memcpy(s->line_coding, data, sizeof(s->line_coding));
		return 0;
	}
	if (setup[0] == 0xA1 && setup[1] == GET_LINE_CODING) {
		memcpy(data, s->line_coding, sizeof(s->line_coding));
		return (int)sizeof(s->line_coding);
	}
	return setup[0] == 0x21 && setup[1] == SET_CONTROL_LINE_STATE ? 0 : -1;
}

static void heard(struct scanner *s, const uint8_t *data, size_t len, bool feature, char *words, size_t size)
{
	size_t used = (size_t)snprintf(words, size, "bytes");

	(void)s, (void)feature;
	for (size_t i = 0; i < len && used + 4 < size; i++)
		used += (size_t)snprintf(words + used, size - used, " %02x", data[i]);
}

const struct family family_cdc_acm = { .configuration = configuration,
	.configuration_len = sizeof(configuration),
	.interfaces = 2,
	.device_class = CLASS_CDC,
	.data_endpoint = EP_IN,
	.encode = encode,
	.request = request,
	.heard = heard };
