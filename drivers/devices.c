/* SPDX-License-Identifier: Apache-2.0
 *
 * devices.c - the list for technicians: USB devices, and whose rights count. See devices.h.
 */
#include "drivers/devices.h"

#include "drivers/hid_report.h"
#include "drivers/scanner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define NAME_SIZE 33 /* bytes of a user's or group's name: useradd(8) allows 32 */
#define NAMING_MAX 16384 /* bytes of one line of the user or group database; a group lists its members in it */

/* ---- rights ---- */

void tg_devices_as_owner(tg_devices_as *out, const char *dir)
{
	int count = TG_DEVICES_GROUPS_MAX - 1;
	const struct passwd *user;
	const struct group *dialout;
	struct stat st;

	*out = (tg_devices_as){ 0 };
	if (stat(dir, &st) != 0 || st.st_uid == geteuid())
		return;
	user = getpwuid(st.st_uid);
	out->other = true;
	out->uid = st.st_uid;
	snprintf(out->user, sizeof(out->user), "%.32s", user != NULL ? user->pw_name : "");
	if (user == NULL)
		snprintf(out->user, sizeof(out->user), "%lu", (unsigned long)st.st_uid);
	if (user != NULL && getgrouplist(user->pw_name, user->pw_gid, out->groups, &count) >= 0)
		out->group_count = (size_t)count;
	dialout = getgrnam("dialout");
	if (dialout != NULL && strcmp(out->user, "tillgate") == 0)
		out->groups[out->group_count++] = dialout->gr_gid;
}

static bool is_in(const tg_devices_as *as, gid_t group)
{
	for (size_t i = 0; i < as->group_count; i++)
		if (as->groups[i] == group)
			return true;
	return false;
}

/* By the rights that the node shows; whoever asks about himself is answered by the kernel, which knows more (lists, capabilities). */
static bool may_open(const tg_devices_as *as, const char *node, const struct stat *st)
{
	mode_t need = S_IROTH | S_IWOTH;

	if (as == NULL || !as->other)
		return access(node, R_OK | W_OK) == 0;
	if (as->uid == 0)
		return true;
	if (st->st_uid == as->uid)
		need = S_IRUSR | S_IWUSR;
	else if (is_in(as, st->st_gid))
		need = S_IRGRP | S_IWGRP;
	return (st->st_mode & need) == need;
}

/* In room of our own: the daemon lists for several askers at a time. */
static void name_owner(char *owner, char *group, const struct stat *st)
{
	char room[NAMING_MAX];
	struct passwd user, *u = NULL;
	struct group of, *g = NULL;

	(void)getpwuid_r(st->st_uid, &user, room, sizeof(room), &u);
	snprintf(owner, NAME_SIZE, "%.32s", u != NULL ? u->pw_name : "?");
	(void)getgrgid_r(st->st_gid, &of, room, sizeof(room), &g);
	snprintf(group, NAME_SIZE, "%.32s", g != NULL ? g->gr_name : "?");
}

void tg_device__judge(tg_device *device, const tg_devices_as *as, const char *kernel, bool console)
{
	char owner[NAME_SIZE] = "?", group[NAME_SIZE] = "?", user[64];
	tg_device_facts facts = { .user = user, .owner = owner, .group = group, .kernel = kernel, .console = console };
	struct stat st = { 0 };
	bool there = stat(device->node, &st) == 0;

	snprintf(user, sizeof(user), "%s%s", as != NULL && as->other ? "user " : "this user", as != NULL && as->other ? as->user : "");
	facts.may = may_open(as, device->node, &st);
	if (there) {
		name_owner(owner, group, &st);
		facts.mode = st.st_mode & 07777;
		tg_udev_facts_read(&facts.udev, major(st.st_rdev), minor(st.st_rdev));
	}
	facts.modem_manager = strcmp(device->driver, "serial") == 0 && tg_holder_runs("ModemManager");
	tg_device_explain(device, &facts);
}

/* ---- USB ---- */

struct listing {
	tg_device *list;
	size_t count;
};

static void describe_limits(tg_device *one, const tg_usb_device *device, const tg_usb_interface *interface)
{
	uint8_t descriptor[TG_HID_DESCRIPTOR_MAX];
	tg_hid_table *table;
	size_t len;

	if (interface->role == TG_USB_KEYBOARD) {
		snprintf(one->cannot, sizeof(one->cannot), "%s", tg_wedge_cannot);
		return;
	}
	len = tg_usb_read_descriptor(device, interface, descriptor, sizeof(descriptor));
	table = malloc(sizeof(*table));
	if (len > 0 && table != NULL && tg_hid_table_read(table, descriptor, len, NULL) == TG_OK)
		tg_hid_pos_cannot(one->cannot, sizeof(one->cannot), table, false);
	free(table);
}

static void fill_usb(tg_device *one, const char *driver, const tg_usb_device *device)
{
	memset(one, 0, sizeof(*one));
	one->driver = driver;
	tg_usb_name(one->name, sizeof(one->name), device);
	tg_usb_node(one->node, sizeof(one->node), device);
	snprintf(one->port, sizeof(one->port), "%s", device->port);
	snprintf(one->serial, sizeof(one->serial), "%s", device->serial);
	snprintf(one->words, sizeof(one->words), "%s", device->name);
	one->vendor = device->vendor;
	one->product = device->product;
}

static void add_usb(struct listing *all, const tg_devices_as *as, const tg_usb_device *device, const tg_usb_interface *interface)
{
	tg_device *one;

	if (all->count == TG_DEVICES_MAX)
		return;
	one = &all->list[all->count++];
	fill_usb(one, interface->role == TG_USB_KEYBOARD ? "wedge" : "hid-pos", device);
	one->interface = interface->number;
	if (strcmp(interface->driver, "usbfs") == 0)
		tg_holder_find(&one->holder, one->node);
	describe_limits(one, device, interface);
	tg_device__judge(one, as, interface->driver, false);
}

static int add_role(struct listing *all, const tg_devices_as *as, tg_usb_role role, tg_error *err)
{
	tg_usb_device *list;
	size_t count;
	int rc = tg_usb_find(&list, &count, err);

	if (rc != TG_OK)
		return rc;
	for (size_t i = 0; i < count; i++)
		for (size_t n = 0; n < list[i].interface_count; n++)
			if (list[i].interfaces[n].role == role)
				add_usb(all, as, &list[i], &list[i].interfaces[n]);
	free(list);
	return TG_OK;
}

static bool is_listed(const struct listing *all, const tg_usb_device *device)
{
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->list[i].port, device->port) == 0)
			return true;
	return false;
}

/* A scanner that beeps and is not in the list is what technicians despair of: say that it is there, and what is wrong. */
static int add_other_modes(struct listing *all, const tg_devices_as *as, tg_error *err)
{
	tg_usb_device *list;
	size_t count;
	int rc = tg_usb_find(&list, &count, err);

	if (rc != TG_OK)
		return rc;
	for (size_t i = 0; i < count && all->count < TG_DEVICES_MAX; i++) {
		if (!tg_udev_knows_vendor(list[i].vendor) || is_listed(all, &list[i]))
			continue;
		fill_usb(&all->list[all->count], "", &list[i]);
		tg_device__judge(&all->list[all->count++], as, "", false);
	}
	free(list);
	return TG_OK;
}

int tg_devices_list(tg_device **out, size_t *count, const tg_devices_as *as, tg_error *err)
{
	struct listing all = { .list = calloc(TG_DEVICES_MAX, sizeof(*all.list)) };
	int rc;

	if (all.list == NULL)
		return tg_fail(err, TG_ENOMEM, "list of devices");
	rc = add_role(&all, as, TG_USB_SCANNER, err);
	if (rc == TG_OK)
		rc = add_role(&all, as, TG_USB_UNREAD, err); /* may be one: a crash leaves it so */
	if (rc == TG_OK)
		rc = add_role(&all, as, TG_USB_KEYBOARD, err);
	if (rc == TG_OK) {
		all.count += tg_devices__serial(all.list + all.count, TG_DEVICES_MAX - all.count, as);
		rc = add_other_modes(&all, as, err);
	}
	if (rc != TG_OK) {
		free(all.list);
		return rc;
	}
	*out = all.list;
	*count = all.count;
	return TG_OK;
}
