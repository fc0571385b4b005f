/* SPDX-License-Identifier: Apache-2.0
 *
 * usb.c - the cable between a simulated scanner and a host. See usb.h.
 */
#include "simulator/usb/usb.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define VHCI "/sys/devices/platform/vhci_hcd.0"
#define VHCI_FREE 4         /* "sta" of a port that nothing is plugged into */
#define DEVICE_ID 0x10002u  /* bus 1, device 2: made up, the kernel only keeps it */
#define FULL_SPEED 2
#define PLUG_TRIES 8        /* another scanner may take the same free port first */

/* ---- bytes ---- */

static bool put(struct usb *usb, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len > 0) {
		ssize_t n = send(usb->fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool get(int fd, void *bytes, size_t len)
{
	uint8_t *at = bytes;

	while (len > 0) {
		ssize_t n = recv(fd, at, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* ---- plugging in ---- */

static void begin(struct usb *usb)
{
	scanner_init(&usb->scanner, usb->scanner.what);
	usb->waiting_count = usb->untaken = 0;
	usb->listens = false;
}

/* The first free port for a full-speed device that is not `not_port`; -1 if there is none. */
static int free_port(int not_port)
{
	FILE *file = fopen(VHCI "/status", "r");
	char line[256], hub[8];
	int found = -1;

	while (file != NULL && found < 0 && fgets(line, sizeof(line), file) != NULL) {
		int port, state;

		if (sscanf(line, "%7s %d %d", hub, &port, &state) == 3 && strcmp(hub, "hs") == 0 && state == VHCI_FREE && port != not_port)
			found = port;
	}
	if (file != NULL)
		fclose(file);
	return found;
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

bool usb_plug(struct usb *usb, int not_port)
{
	int ends[2];
	char text[64];

	if (access(VHCI, F_OK) != 0) {
		fprintf(stderr, "tillgate-sim-usb: this kernel has no virtual host controller; try: modprobe vhci-hcd\n");
		return false;
	}
	for (int i = 0; i < PLUG_TRIES; i++) {
		int port = free_port(not_port);

		if (port < 0) {
			fprintf(stderr, "tillgate-sim-usb: no free port in " VHCI "/status\n");
			return false;
		}
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
			break;
		snprintf(text, sizeof(text), "%d %d %u %d", port, ends[1], DEVICE_ID, FULL_SPEED);
		if (write_text(VHCI "/attach", text)) {
			close(ends[1]);
			usb->fd = ends[0];
			usb->port = port;
			begin(usb);
			usb->say("ATTACHED port %d", port);
			return true;
		}
		close(ends[0]);
		close(ends[1]);
		if (errno != EBUSY && errno != EINVAL)
			break;
	}
	fprintf(stderr, "tillgate-sim-usb: " VHCI "/attach: %s\n", strerror(errno));
	return false;
}

bool usb_offer(struct usb *usb, uint16_t tcp_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(tcp_port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int yes = 1;

	usb->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (usb->listener >= 0 && setsockopt(usb->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
		bind(usb->listener, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(usb->listener, 4) == 0) {
		usb->say("OFFERED 127.0.0.1:%u busid " BUSID, tcp_port);
		return true;
	}
	fprintf(stderr, "tillgate-sim-usb: 127.0.0.1:%u: %s\n", tcp_port, strerror(errno));
	return false;
}

/*
 * Best while the host is quiet: Linux 6.1 keeps a transfer for ever that a driver takes back in the moment in which the virtual host
 * controller lets go of its socket, and everything that waits for it with it.
 */
void usb_unplug(struct usb *usb)
{
	char text[16];

	if (usb->fd < 0)
		return;
	if (usb->port >= 0) {
		snprintf(text, sizeof(text), "%d", usb->port);
		write_text(VHCI "/detach", text);
	}
	close(usb->fd);
	usb->fd = -1;
	begin(usb);
	usb->say("UNPLUGGED");
}

static struct usbip_device about(const struct usb *usb)
{
	return (struct usbip_device){ BUSID, DEVICE_ID >> 16, DEVICE_ID & 0xffff, usb->scanner.what->vendor, usb->scanner.what->product,
		usb->scanner.family->interfaces };
}

/* One request of somebody who looks at what is offered. True: it is the host now. */
static bool introduce(struct usb *usb, int fd)
{
	uint8_t head[USBIP_OP_SIZE], busid[USBIP_BUSID_SIZE], out[USBIP_OP_SIZE + 4 + USBIP_DEVICE_SIZE + 16 * 4] = { 0 };
	const struct usbip_device device = about(usb);
	size_t len = USBIP_OP_SIZE;
	unsigned op = get(fd, head, sizeof(head)) ? usbip_read_op(head) : 0;
	bool mine;

	if (op == USBIP_OP_LIST) {
		usbip_write_op(out, op, 0);
		out[len + 3] = 1;
		usbip_write_device(out + len + 4, &device);
		len += 4 + USBIP_DEVICE_SIZE;
		for (uint8_t i = 0; i < device.interfaces; i++, len += 4)
			out[len] = 3; /* each said to be HID: the list is for people, drivers read the descriptors */
		send(fd, out, len, MSG_NOSIGNAL);
		return false;
	}
	if (op != USBIP_OP_IMPORT || !get(fd, busid, sizeof(busid)))
		return false;
	mine = usb->fd < 0 && memcmp(busid, BUSID, sizeof(BUSID)) == 0;
	usbip_write_op(out, op, mine ? 0 : 1);
	if (mine) {
		usbip_write_device(out + len, &device);
		len += USBIP_DEVICE_SIZE;
	}
	return send(fd, out, len, MSG_NOSIGNAL) == (ssize_t)len && mine;
}

void usb_accept(struct usb *usb)
{
	int fd = accept4(usb->listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (!introduce(usb, fd)) {
		close(fd);
		return;
	}
	usb->fd = fd;
	usb->port = -1;
	begin(usb);
	usb->say("ATTACHED by a host");
}

/* ---- transfers ---- */

static bool answer(struct usb *usb, uint32_t number, int32_t status, const uint8_t *data, size_t len, bool in)
{
	uint8_t head[USBIP_COMMAND_SIZE];

	usbip_write_submitted(head, number, status, (uint32_t)len);
	return put(usb, head, sizeof(head)) && (!in || len == 0 || put(usb, data, len));
}

static void heard(struct usb *usb, const char *words)
{
	usb->heard++;
	usb->say("HEARD %s", words);
}

static bool serve_control(struct usb *usb, const struct usbip_command *c, uint8_t *data)
{
	char words[160];
	int n = scanner_control(&usb->scanner, c->setup, data, c->length, words, sizeof(words));

	if (words[0] != '\0')
		heard(usb, words);
	if (n < 0)
		return answer(usb, c->number, USBIP_STALL, NULL, 0, c->in);
	if (!c->in)
		return answer(usb, c->number, USBIP_OK, NULL, c->length, false);
	return answer(usb, c->number, USBIP_OK, data, (size_t)n < c->length ? (size_t)n : c->length, true);
}

static bool serve_submit(struct usb *usb, const struct usbip_command *c)
{
	uint8_t data[USBIP_DATA_MAX] = { 0 };
	char words[160] = "";

	if (!c->in && c->length > 0 && !get(usb->fd, data, c->length))
		return false;
	if (c->endpoint == 0)
		return serve_control(usb, c, data);
	if (!c->in) {
		usb->scanner.family->heard(&usb->scanner, data, c->length, false, words, sizeof(words));
		heard(usb, words);
		return answer(usb, c->number, USBIP_OK, NULL, c->length, false);
	}
	if (usb->waiting_count == WAITING_MAX)
		return answer(usb, c->number, USBIP_STALL, NULL, 0, true);
	usb->waiting[usb->waiting_count++] = (struct waiting){ c->number, c->length, c->endpoint };
	if (c->endpoint != usb->scanner.family->data_endpoint)
		return true;
	usb->untaken -= usb->untaken > 0; /* drivers ask again when they have dealt with what came */
	if (!usb->listens) {
		usb->listens = true;
		usb->say("HOST listens");
	}
	return true;
}

static void drop_waiting(struct usb *usb, size_t i)
{
	memmove(&usb->waiting[i], &usb->waiting[i + 1], (usb->waiting_count - i - 1) * sizeof(usb->waiting[0]));
	usb->waiting_count--;
}

/* Whoever gives the device back takes its transfers back: then nobody listens any more. */
static void look_who_listens(struct usb *usb)
{
	for (size_t i = 0; i < usb->waiting_count; i++)
		if (usb->waiting[i].endpoint == usb->scanner.family->data_endpoint)
			return;
	if (usb->listens)
		usb->say("HOST stopped listening");
	usb->listens = false;
}

static bool serve_unlink(struct usb *usb, const struct usbip_command *c)
{
	uint8_t head[USBIP_COMMAND_SIZE];
	int32_t status = USBIP_OK; /* it had its answer already */

	for (size_t i = 0; i < usb->waiting_count; i++)
		if (usb->waiting[i].number == c->unlinks) {
			drop_waiting(usb, i);
			status = USBIP_UNLINKED;
			break;
		}
	usbip_write_unlinked(head, c->number, status);
	look_who_listens(usb);
	return put(usb, head, sizeof(head));
}

void usb_serve(struct usb *usb)
{
	uint8_t head[USBIP_COMMAND_SIZE];
	struct usbip_command c;

	if (get(usb->fd, head, sizeof(head)) && usbip_read_command(&c, head) &&
		(c.what == USBIP_SUBMIT ? serve_submit(usb, &c) : serve_unlink(usb, &c)))
		return;
	usb_unplug(usb); /* the host let go */
}

/* The transfer that the next packet answers; waiting_count if there is none. */
static size_t wanting(const struct usb *usb)
{
	size_t i = 0;

	if (usb_sent(usb) || usb->fd < 0 || usb->scanner.silent)
		return usb->waiting_count;
	while (i < usb->waiting_count && usb->waiting[i].endpoint != usb->packets.list[usb->next].endpoint)
		i++;
	return i;
}

bool usb_wanted(const struct usb *usb)
{
	return wanting(usb) < usb->waiting_count;
}

bool usb_send_one(struct usb *usb)
{
	const struct packet *p = &usb->packets.list[usb->next];
	size_t i = wanting(usb);
	struct waiting w;

	if (i == usb->waiting_count)
		return false;
	w = usb->waiting[i];
	drop_waiting(usb, i);
	usb->next++;
	usb->untaken++;
	if (!answer(usb, w.number, USBIP_OK, p->bytes, p->len < w.length ? p->len : w.length, true))
		usb_unplug(usb);
	return true;
}

bool usb_sent(const struct usb *usb)
{
	return usb->next == usb->packets.count;
}

void usb_forget(struct usb *usb)
{
	usb->next = usb->packets.count = 0;
}
