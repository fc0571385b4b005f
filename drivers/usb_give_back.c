/* SPDX-License-Identifier: Apache-2.0
 *
 * usb_give_back.c - an interface that nobody has goes back to the kernel's driver. See tg_usb_give_back in devices.h.
 */
#include "drivers/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int tg_usb_give_back(const tg_device *device, tg_error *err)
{
	struct usbdevfs_ioctl command = { .ifno = device->interface, .ioctl_code = USBDEVFS_CONNECT };
	int fd, n, rc = TG_OK;

	if (strcmp(device->driver, "serial") == 0 || device->driver[0] == '\0')
		return tg_fail(err, TG_ESTATE, "%s: nothing that was ever taken", device->name);
	fd = open(device->node, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return tg_fail_errno(err, TG_EIO, "%s", device->node);
	n = ioctl(fd, USBDEVFS_IOCTL, &command);
	if (n < 0 && errno == EBUSY)
		rc = tg_fail(err, TG_EBUSY, "%s: somebody has it already", device->name);
	else if (n < 0)
		rc = tg_fail_errno(err, TG_EIO, "%s", device->node);
	else if (n == 0)
		rc = tg_fail(err, TG_ESTATE, "%s: no driver of the kernel took it (is the module usbhid there?); unplug it and plug it in again",
			device->name);
	close(fd);
	return rc;
}
