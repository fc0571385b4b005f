/* SPDX-License-Identifier: Apache-2.0
 *
 * custody.h - scanners that nobody has, because the gate keeps them from the desktop or because it died: who may have them back.
 *
 * Knows lanes and devices; who asked and what is written down is the station's business (tg_station_devices). The one place that gives
 * an interface back without a lane.
 */
#ifndef TG_DAEMON_CUSTODY_H
#define TG_DAEMON_CUSTODY_H

#include "plugin/daemon/inventory.h"

/**
 * The stable name of the device `name` (or of the lane of that name), if nobody has it. `lanes` as for tg_inventory_make().
 * Errors: TG_ENOTFOUND no such device; TG_ESTATE a lane reads it or would take it again at once, or it is with the desktop already;
 * TG_EBUSY another program has it; TG_EIO no rights.
 */
TG_NODISCARD int tg_custody_find(
	const tg_config *config, const tg_json *lanes, const char *name, char *device, size_t size, tg_error *err);

/** Give what nobody has of this device back to the kernel's driver. Errors: of tg_usb_give_back(); TG_ENOTFOUND unplugged meanwhile. */
TG_NODISCARD int tg_custody_give_back(const char *device, tg_error *err);

/** What became of one scanner. `kept`: it is a wedge of a lane that is enforced. `why`: TG_OK, or why it could not be given back. */
typedef void (*tg_custody_said)(void *ctx, const tg_device *device, const char *lane, bool kept, const tg_error *why);

/**
 * After the daemon died: give back the scanners of all lanes that nobody has, but keep the wedges of operations that are enforced.
 * Says each that it gave back, kept or failed to give back. Errors: of tg_devices_list().
 */
TG_NODISCARD int tg_custody_after_daemon(
	const tg_config *config, const bool enforced[TG_OP_COUNT], tg_custody_said said, void *ctx, tg_error *err);

#endif
