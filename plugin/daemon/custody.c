/* SPDX-License-Identifier: Apache-2.0
 *
 * custody.c - see custody.h.
 */
#include "plugin/daemon/custody.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *attached_lane(const tg_json *lanes, const char *device)
{
	for (const tg_json *lane = tg_json_first(lanes); lane != NULL; lane = tg_json_next(lane)) {
		const char *held = tg_json_str(tg_json_get(lane, "device"));

		if (held != NULL && strcmp(held, device) == 0)
			return tg_json_str(tg_json_get(lane, "name"));
	}
	return NULL;
}

/* A lane of the running daemon that would take it within a second. */
static const char *wanting_lane(const tg_config *config, const tg_json *lanes, const tg_device *device)
{
	for (const tg_json *lane = tg_json_first(lanes); lane != NULL; lane = tg_json_next(lane)) {
		const char *name = tg_json_str(tg_json_get(lane, "name"));

		for (size_t i = 0; name != NULL && i < config->lane_count; i++)
			if (strcmp(config->lanes[i].scanner.name, name) == 0 && tg_inventory_means(&config->lanes[i], device))
				return config->lanes[i].scanner.name;
	}
	return NULL;
}

static int refuse(const tg_config *config, const tg_json *lanes, const tg_device *device, tg_error *err)
{
	const char *reader = attached_lane(lanes, device->name);
	const char *wanting = reader == NULL ? wanting_lane(config, lanes, device) : NULL;

	if (reader != NULL)
		return tg_fail(err, TG_ESTATE, "lane \"%s\" reads it: stop tillgated first, or take the lane out of tillgate.conf", reader);
	switch (device->state) {
	case TG_DEVICE_UNBOUND:
		if (wanting != NULL)
			return tg_fail(err, TG_ESTATE, "lane \"%s\" would take it again at once: stop tillgated first, or take the lane out of tillgate.conf",
				wanting);
		return TG_OK;
	case TG_DEVICE_IN_USE:
		return tg_fail(err, TG_EBUSY, "%s: %s", device->name, device->why);
	case TG_DEVICE_NO_RIGHTS:
		return tg_fail(err, TG_EIO, "%s: %s", device->name, device->why);
	case TG_DEVICE_FREE:
	case TG_DEVICE_DESKTOP:
	case TG_DEVICE_OTHER_MODE:
		break;
	}
	return tg_fail(err, TG_ESTATE, "%s: nothing to give back, the kernel's driver has it", device->name);
}

/* One device may have several interfaces, and so stand in the list twice. */
static const tg_device *unbound_of(const tg_device *list, size_t count, const tg_device *one)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].state == TG_DEVICE_UNBOUND && strcmp(list[i].name, one->name) == 0)
			return &list[i];
	return one;
}

int tg_custody_find(const tg_config *config, const tg_json *lanes, const char *name, char *device, size_t size, tg_error *err)
{
	const tg_device *found = NULL;
	tg_device *list;
	size_t count;
	int rc = tg_devices_list(&list, &count, NULL, err);

	if (rc != TG_OK)
		return rc;
	rc = tg_inventory_find(&found, list, count, config, name, err);
	if (rc == TG_OK) {
		found = unbound_of(list, count, found);
		rc = refuse(config, lanes, found, err);
		snprintf(device, size, "%s", found->name);
	}
	free(list);
	return rc;
}

int tg_custody_give_back(const char *device, tg_error *err)
{
	tg_device *list;
	size_t count, given = 0;
	int rc = tg_devices_list(&list, &count, NULL, err);

	if (rc != TG_OK)
		return rc;
	for (size_t i = 0; rc == TG_OK && i < count; i++) {
		if (list[i].state != TG_DEVICE_UNBOUND || strcmp(list[i].name, device) != 0)
			continue;
		rc = tg_usb_give_back(&list[i], err);
		given += rc == TG_OK;
	}
	free(list);
	if (rc == TG_OK && given == 0)
		return tg_fail(err, TG_ENOTFOUND, "%s: not there any more, or somebody has it", device);
	return rc;
}

int tg_custody_after_daemon(const tg_config *config, const bool enforced[TG_OP_COUNT], tg_custody_said said, void *ctx, tg_error *err)
{
	tg_device *list;
	size_t count;
	int rc = tg_devices_list(&list, &count, NULL, err);

	if (rc != TG_OK)
		return rc;
	for (size_t i = 0; i < count; i++) {
		const tg_lane_config *lane = NULL;
		tg_error why = { 0 };
		bool kept = false;

		for (size_t n = 0; list[i].state == TG_DEVICE_UNBOUND && n < config->lane_count; n++) {
			if (!tg_inventory_means(&config->lanes[n], &list[i]))
				continue;
			lane = &config->lanes[n];
			/* one lane that enforces is enough */
			kept = kept || (strcmp(list[i].driver, "wedge") == 0 && enforced[lane->operation]);
		}
		if (lane == NULL)
			continue;
		if (!kept)
			(void)!tg_usb_give_back(&list[i], &why);
		said(ctx, &list[i], lane->scanner.name, kept, &why);
	}
	free(list);
	return TG_OK;
}
