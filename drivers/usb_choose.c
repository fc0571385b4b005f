/* SPDX-License-Identifier: Apache-2.0
 *
 * usb_choose.c - which of the devices that are plugged in is this lane's, and the words for when none is, or several.
 */
#include "drivers/usb_own.h"

#include <stdlib.h>
#include <string.h>

static bool same_key(tg_usb_key a, tg_usb_key b)
{
	return a.bus == b.bus && a.address == b.address && a.interface == b.interface;
}

static tg_usb_key key_of(const tg_usb_device *device, const tg_usb_interface *interface)
{
	return (tg_usb_key){ device->bus, device->address, interface->number };
}

/* Is it another lane's: held by it, or meant by it more closely than by us? `places` is locked. */
static bool is_anothers(const tg_usb *places, const tg_usb *usb, const tg_usb_device *device, tg_usb_key key)
{
	for (const tg_usb *other = places; other != NULL; other = other->next) {
		if (other == usb)
			continue;
		if (other->holding && same_key(other->held, key))
			return true;
		if (other->role == usb->role &&
			tg_usb_select_rank(&other->select) > tg_usb_select_rank(&usb->select) &&
			tg_usb_select_fits(&other->select, device))
			return true;
	}
	return false;
}

static bool was_refused(const tg_usb *usb, tg_usb_key key)
{
	for (size_t i = 0; i < usb->refused_count; i++)
		if (same_key(usb->refused[i], key))
			return true;
	return false;
}

static bool was_held(const tg_usb *usb, const tg_usb_device *device)
{
	if (usb->last_serial[0] != '\0')
		return strcmp(usb->last_serial, device->serial) == 0;
	return usb->last_port[0] != '\0' && device->serial[0] == '\0' &&
	       strcmp(usb->last_port, device->port) == 0;
}

/* What was seen on the way, for words. */
struct search {
	const tg_usb *places; /* locked */
	const tg_usb_device *found;
	const tg_usb_interface *interface;
	bool known; /* its report descriptor is known: goes before those that are not read yet */
	unsigned count;
	const tg_usb_device *other[2]; /* two that fit */
	const tg_usb_device *misfit;   /* fits the selection, but is not of our role */
	bool taken;                    /* one fits, but is another lane's */
};

static void consider(struct search *s, const tg_usb *usb, const tg_usb_device *device)
{
	const tg_usb_interface *interface = tg_usb_interface_for(device, usb->role);
	bool known = interface != NULL && interface->role == usb->role;

	if (!tg_usb_select_fits(&usb->select, device))
		return;
	if (interface == NULL || was_refused(usb, key_of(device, interface))) {
		s->misfit = device;
		return;
	}
	if (is_anothers(s->places, usb, device, key_of(device, interface))) {
		s->taken = true;
		return;
	}
	if (s->count > 0 && s->known && !known)
		return;
	if (s->count > 0 && known && !s->known)
		s->count = 0;
	if (s->count < 2)
		s->other[s->count] = device;
	if (s->count == 0 || was_held(usb, device)) {
		s->found = device;
		s->interface = interface;
		s->known = known;
	}
	s->count++;
}

static int fail_none(const tg_usb *usb, const struct search *s, tg_error *err)
{
	const char *what = usb->role == TG_USB_KEYBOARD ? "keyboard" : "USB HID POS scanner";
	char words[TG_USB_SELECT_WORDS];

	tg_usb_select_words(words, sizeof(words), &usb->select);
	if (s->taken)
		return tg_fail(err, TG_ENOTFOUND, "%s (%s): all that fit belong to other lanes", what, words);
	if (s->misfit != NULL && !usb->select.any)
		return tg_fail(err, TG_EINVAL, "%04x:%04x at port %s is no %s: %s", s->misfit->vendor,
			s->misfit->product, s->misfit->port, what,
			usb->role == TG_USB_KEYBOARD
				? "set it to keyboard mode, or use driver = hid-pos"
				: "set it to USB HID POS by its programming bar code, or use driver = wedge");
	return tg_fail(err, TG_ENOTFOUND, "no %s (%s) is plugged in", what, words);
}

static int fail_several(const tg_usb *usb, const struct search *s, tg_error *err)
{
	char first[128], second[128], words[TG_USB_SELECT_WORDS];

	tg_usb_select_words(words, sizeof(words), &usb->select);
	tg_usb_name(first, sizeof(first), s->other[0]);
	tg_usb_name(second, sizeof(second), s->other[1]);
	return tg_fail(err, TG_ESTATE, "%u devices fit \"%s\": %.60s, %.60s…; say which by serial or port",
		s->count, words, first, second);
}

int tg_usb__choose(tg_usb *usb, uint8_t *number, tg_error *err)
{
	struct search s = { 0 };
	tg_usb_device *list;
	size_t count;
	int rc = tg_usb_find(&list, &count, err);

	if (rc != TG_OK)
		return rc;
	s.places = tg_usb__lock_places();
	for (size_t i = 0; i < count; i++)
		consider(&s, usb, &list[i]);
	if (s.count == 1 || (s.count > 1 && was_held(usb, s.found))) {
		usb->device = *s.found;
		*number = s.interface->number;
		usb->held = key_of(s.found, s.interface);
		usb->holding = true;
	} else {
		rc = s.count == 0 ? fail_none(usb, &s, err) : fail_several(usb, &s, err);
	}
	tg_usb__unlock_places();
	free(list);
	return rc;
}

void tg_usb__let_go(tg_usb *usb)
{
	(void)tg_usb__lock_places();
	usb->holding = false;
	tg_usb__unlock_places();
}
