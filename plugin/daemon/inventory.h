/* SPDX-License-Identifier: Apache-2.0
 *
 * inventory.h - what is attached beside what is configured, as one object: for `tillgate devices` and GET /v1/devices alike.
 *
 * Looks and opens nothing. Members: tillgate(1), section devices, and plugin/share/openapi.json.
 */
#ifndef TG_DAEMON_INVENTORY_H
#define TG_DAEMON_INVENTORY_H

#include "drivers/devices.h"
#include "plugin/daemon/config.h"
#include "store/base/json.h"

/**
 * `lanes`: what the running daemon says of each of its lanes (array of the objects of tg_lane_describe), borrowed; NULL: no daemon
 * runs, or it could not be asked. `as`: whose rights count, as in devices.h; may be NULL.
 *
 * `*out` is the caller's. Errors: TG_ENOMEM.
 */
TG_NODISCARD int tg_inventory_make(
	tg_json **out, const tg_config *config, const tg_json *lanes, const tg_devices_as *as, tg_error *err);

/** Does this lane's scanner mean this device? Serial: by the node behind its path. */
bool tg_inventory_means(const tg_lane_config *lane, const tg_device *device);

/**
 * The device of that name: its stable name, its node, or a lane whose scanner it is.
 * Errors: TG_ENOTFOUND; TG_ESTATE the lane means several. The words say what there is.
 */
TG_NODISCARD int tg_inventory_find(const tg_device **out, const tg_device *devices, size_t count, const tg_config *config, const char *name,
	tg_error *err);

#endif
