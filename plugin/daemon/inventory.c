/* SPDX-License-Identifier: Apache-2.0
 *
 * inventory.c - see inventory.h.
 */
#include "plugin/daemon/inventory.h"

#include "drivers/profiles/profile.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESTART "systemctl restart tillgated"

struct stock {
	const tg_config *config;
	const tg_json *lanes;
	tg_device *devices;
	size_t count;
};

/* ---- which device a lane means ---- */

static bool is_serial(const tg_scanner_config *scanner)
{
	return scanner->driver == NULL || strcmp(scanner->driver, "serial") == 0;
}

static bool is_node(const char *path, const char *node)
{
	char real[PATH_MAX];

	return path != NULL && realpath(path, real) != NULL && strcmp(real, node) == 0;
}

bool tg_inventory_means(const tg_lane_config *lane, const tg_device *device)
{
	const tg_scanner_config *scanner = &lane->scanner;
	tg_usb_device usb = { .vendor = device->vendor, .product = device->product };
	tg_usb_select select;

	if (strcmp(is_serial(scanner) ? "serial" : scanner->driver, device->driver) != 0)
		return false;
	if (is_serial(scanner))
		return is_node(scanner->path, device->node);
	snprintf(usb.serial, sizeof(usb.serial), "%s", device->serial);
	snprintf(usb.port, sizeof(usb.port), "%s", device->port);
	return tg_usb_select_parse(&select, scanner->usb, scanner->serial, scanner->port, NULL) == TG_OK && tg_usb_select_fits(&select, &usb);
}

/* What the daemon says of the lane of this name, or NULL. */
static const tg_json *said_of(const tg_json *lanes, const char *name)
{
	for (const tg_json *lane = tg_json_first(lanes); lane != NULL; lane = tg_json_next(lane)) {
		const char *found = tg_json_str(tg_json_get(lane, "name"));

		if (found != NULL && strcmp(found, name) == 0)
			return lane;
	}
	return NULL;
}

static const char *text_of(const tg_json *json, const char *name)
{
	const char *text = tg_json_str(tg_json_get(json, name));

	return text != NULL ? text : "";
}

/* The lane that reads it now, or NULL: drivers call a USB device by its stable name and a port by its node. */
static const char *reader_of(const struct stock *s, const tg_device *device)
{
	for (const tg_json *lane = tg_json_first(s->lanes); lane != NULL; lane = tg_json_next(lane))
		if (tg_json_bool(tg_json_get(lane, "attached")) &&
			(strcmp(text_of(lane, "device"), device->name) == 0 || strcmp(text_of(lane, "device"), device->node) == 0))
			return text_of(lane, "name");
	return NULL;
}

static const tg_lane_config *lane_of(const struct stock *s, const tg_device *device)
{
	for (size_t i = 0; i < s->config->lane_count; i++)
		if (tg_inventory_means(&s->config->lanes[i], device))
			return &s->config->lanes[i];
	return NULL;
}

static const tg_lane_config *fed_through(const struct stock *s, const tg_device *device)
{
	for (size_t i = 0; i < s->config->lane_count; i++) {
		const tg_lane_config *lane = &s->config->lanes[i];

		if (lane->has_output && lane->output.kind == TG_OUTPUT_PORT && is_node(lane->output.path, device->node))
			return lane;
	}
	return NULL;
}

int tg_inventory_find(const tg_device **out, const tg_device *devices, size_t count, const tg_config *config, const char *name, tg_error *err)
{
	const tg_device *found = NULL;

	for (size_t i = 0; i < count && found == NULL; i++)
		if (strcmp(devices[i].name, name) == 0 || strcmp(devices[i].node, name) == 0)
			found = &devices[i];
	for (size_t i = 0; i < config->lane_count && found == NULL; i++) {
		if (strcmp(config->lanes[i].scanner.name, name) != 0)
			continue;
		for (size_t n = 0; n < count; n++) {
			if (!tg_inventory_means(&config->lanes[i], &devices[n]))
				continue;
			if (found != NULL && strcmp(found->node, devices[n].node) != 0)
				return tg_fail(err, TG_ESTATE, "lane \"%s\" means several devices: %.60s, %.60s; say which", name, found->name,
					devices[n].name);
			if (found == NULL)
				found = &devices[n];
		}
		if (found == NULL)
			return tg_fail(err, TG_ENOTFOUND, "the scanner of lane \"%s\" is not plugged in", name);
	}
	if (found == NULL)
		return tg_fail(err, TG_ENOTFOUND, "no device or lane \"%.60s\"; \"tillgate devices\" lists them", name);
	*out = found;
	return TG_OK;
}

/* ---- devices ---- */

static void set_text(tg_json *json, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		tg_json_set_str(json, name, text);
}

static void set_fix(tg_json *json, const tg_device *device)
{
	tg_json *list;

	if (device->fix_count == 0)
		return;
	list = tg_json_new_array();
	for (size_t i = 0; i < device->fix_count; i++)
		tg_json_add_str(list, device->fix[i]);
	tg_json_set(json, "fix", list);
}

static void set_holder(tg_json *json, const tg_holder *holder)
{
	tg_json *one;

	if (holder->pid == 0)
		return;
	one = tg_json_new_object();
	tg_json_set_int(one, "pid", holder->pid);
	tg_json_set_str(one, "name", holder->name);
	tg_json_set(json, "holder", one);
}

static void set_usb(tg_json *json, const tg_device *device)
{
	char id[16];

	if (device->vendor == 0 && device->product == 0)
		return;
	snprintf(id, sizeof(id), "%04x:%04x", device->vendor, device->product);
	tg_json_set_str(json, "usb", id);
	tg_json_set_int(json, "interface", device->interface);
}

static tg_json *device_to_json(const struct stock *s, const tg_device *device)
{
	const char *reader = reader_of(s, device);
	const tg_lane_config *lane = lane_of(s, device), *fed = lane == NULL ? fed_through(s, device) : NULL;
	tg_json *json = tg_json_new_object();
	char config[300];

	tg_json_set_str(json, "name", device->name);
	tg_json_set_str(json, "driver", device->driver);
	tg_json_set_str(json, "node", device->node);
	set_usb(json, device);
	set_text(json, "port", device->port);
	set_text(json, "serial", device->serial);
	set_text(json, "product", device->words);
	set_text(json, "lane", reader != NULL ? reader : lane != NULL ? lane->scanner.name : fed != NULL ? fed->scanner.name : NULL);
	set_text(json, "cannot", device->cannot);
	if (fed != NULL)
		tg_json_set_bool(json, "output", true);
	if (reader == NULL && lane == NULL && fed == NULL && device->config[0] != '\0') {
		snprintf(config, sizeof(config), "scanner { %s }", device->config);
		tg_json_set_str(json, "config", config);
	}
	if (reader != NULL || (fed != NULL && s->lanes != NULL && device->state == TG_DEVICE_IN_USE)) {
		tg_json_set_str(json, "state", "gate");
		return json;
	}
	tg_json_set_str(json, "state", tg_device_state_name(device->state));
	set_text(json, "why", device->why);
	if (device->state != TG_DEVICE_DESKTOP) /* a rule for what may be a person's keyboard would silence it: only for a lane's */
		set_fix(json, device);
	set_holder(json, &device->holder);
	return json;
}

/* ---- lanes ---- */

/* What the lane's own settings say that its scanner cannot do; a HID POS scanner's descriptor says it. */
static const char *limits_of(const tg_lane_config *lane, const tg_device *device)
{
	tg_profile_settings settings = { (tg_handshake)lane->scanner.handshake, lane->scanner.host_beeps };
	const tg_profile *profile = tg_profile_find(lane->scanner.profile);

	if (is_serial(&lane->scanner))
		return profile != NULL ? profile->cannot(&settings) : "";
	return device != NULL ? device->cannot : "";
}

static void put_absent(tg_json *json, const tg_lane_config *lane, const char *selected)
{
	tg_json *fix = tg_json_new_array();
	char words[320];

	tg_json_set_str(json, "state", "absent");
	snprintf(words, sizeof(words), "no %s (%.200s) is plugged in",
		is_serial(&lane->scanner) ? "serial port" : strcmp(lane->scanner.driver, "wedge") == 0 ? "keyboard" : "USB HID POS scanner", selected);
	tg_json_set_str(json, "why", words);
	tg_json_add_str(fix, is_serial(&lane->scanner) ? "plug the scanner in; if it has another path now, put that into tillgate.conf" :
							 "plug the scanner in; if it is, it is in another mode: the list of devices shows it, and "
							 "tillgate-scanners(7) has the bar code that sets it");
	tg_json_set(json, "fix", fix);
}

/* As the device shows it, without a daemon. */
static void put_device_state(tg_json *json, const tg_device *device)
{
	bool ready = device->state == TG_DEVICE_FREE || device->state == TG_DEVICE_DESKTOP || device->state == TG_DEVICE_UNBOUND;

	if (!ready) {
		tg_json_set_str(json, "state", tg_device_state_name(device->state));
		set_text(json, "why", device->why);
		set_fix(json, device);
		return;
	}
	tg_json_set_str(json, "state", "ready");
	if (device->state == TG_DEVICE_DESKTOP) {
		tg_json_set_str(json, "why", "it types into the desktop until tillgated runs");
		set_fix(json, device);
	} else if (device->state == TG_DEVICE_UNBOUND)
		tg_json_set_str(json, "why", "nobody reads it until tillgated runs");
}

/* As the daemon says. Its words name the remedy where they can; those of the device are better where it is there. */
static void put_daemon_state(tg_json *json, const tg_json *said, const tg_device *device)
{
	bool attached = tg_json_bool(tg_json_get(said, "attached"));
	const char *state = text_of(said, "state"), *words = text_of(said, "words");

	tg_json_set_str(json, "state", state[0] != '\0' ? state : attached ? "attached" : "absent");
	if (attached) {
		set_text(json, "why", words); /* that it is plugged in elsewhere */
		return;
	}
	if (device != NULL && (device->state == TG_DEVICE_IN_USE || device->state == TG_DEVICE_NO_RIGHTS)) {
		set_text(json, "why", device->why);
		set_fix(json, device);
	} else {
		set_text(json, "why", words);
	}
}

static void put_unread(tg_json *json)
{
	tg_json *fix = tg_json_new_array();

	tg_json_set_str(json, "state", "unread");
	tg_json_set_str(json, "why", "it stands in tillgate.conf, which tillgated has not read since");
	tg_json_add_str(fix, RESTART);
	tg_json_set(json, "fix", fix);
}

static void put_several(tg_json *json, const tg_device *first, const tg_device *second)
{
	tg_json *fix = tg_json_new_array();
	char words[480];

	tg_json_set_str(json, "state", "unsuitable");
	snprintf(words, sizeof(words), "several devices fit: %s, %s", first->name, second->name);
	tg_json_set_str(json, "why", words);
	tg_json_add_str(fix, "say in tillgate.conf which one is meant, by serial or port");
	tg_json_set(json, "fix", fix);
}

static void select_words(char *out, size_t size, const tg_scanner_config *scanner)
{
	tg_usb_select select;

	if (is_serial(scanner))
		snprintf(out, size, "%s", scanner->path);
	else if (tg_usb_select_parse(&select, scanner->usb, scanner->serial, scanner->port, NULL) == TG_OK)
		tg_usb_select_words(out, size, &select);
}

/* A port that no list has is looked at by itself. */
static const tg_device *look(tg_device *room, const tg_lane_config *lane, const tg_devices_as *as)
{
	return is_serial(&lane->scanner) && tg_devices_look(room, lane->scanner.path, as, NULL) == TG_OK ? room : NULL;
}

static tg_json *lane_to_json(const struct stock *s, const tg_lane_config *lane, const tg_devices_as *as)
{
	const tg_device *device = NULL, *second = NULL;
	const tg_json *said = said_of(s->lanes, lane->scanner.name);
	tg_json *json = tg_json_new_object();
	char selected[PATH_MAX] = "";
	const char *cannot;
	tg_device room;

	for (size_t i = 0; i < s->count; i++) {
		if (!tg_inventory_means(lane, &s->devices[i]))
			continue;
		if (device == NULL)
			device = &s->devices[i];
		else if (strcmp(device->node, s->devices[i].node) != 0) /* else another interface of the same */
			second = &s->devices[i];
	}
	if (device == NULL)
		device = look(&room, lane, as);
	select_words(selected, sizeof(selected), &lane->scanner);
	tg_json_set_str(json, "name", lane->scanner.name);
	tg_json_set_str(json, "operation", tg_operation_words[lane->operation]);
	tg_json_set_str(json, "driver", is_serial(&lane->scanner) ? "serial" : lane->scanner.driver);
	if (is_serial(&lane->scanner))
		tg_json_set_str(json, "profile", lane->scanner.profile != NULL ? lane->scanner.profile : "plain");
	tg_json_set_str(json, "scanner", selected);
	if (text_of(said, "device")[0] != '\0')
		tg_json_set_str(json, "device", text_of(said, "device"));
	else if (device != NULL && second == NULL)
		tg_json_set_str(json, "device", device->name);
	if (said != NULL)
		put_daemon_state(json, said, device);
	else if (s->lanes != NULL)
		put_unread(json);
	else if (second != NULL)
		put_several(json, device, second);
	else if (device != NULL)
		put_device_state(json, device);
	else
		put_absent(json, lane, selected);
	cannot = text_of(said, "cannot");
	set_text(json, "cannot", cannot[0] != '\0' ? cannot : limits_of(lane, device));
	return json;
}

int tg_inventory_make(tg_json **out, const tg_config *config, const tg_json *lanes, const tg_devices_as *as, tg_error *err)
{
	struct stock s = { .config = config, .lanes = lanes };
	tg_json *json, *list;
	int rc = tg_devices_list(&s.devices, &s.count, as, err);

	if (rc != TG_OK)
		return rc;
	json = tg_json_new_object();
	tg_json_set_int(json, "v", 1);
	tg_json_set_bool(json, "daemon", lanes != NULL);
	list = tg_json_new_array();
	for (size_t i = 0; i < s.count; i++)
		tg_json_add(list, device_to_json(&s, &s.devices[i]));
	tg_json_set(json, "devices", list);
	list = tg_json_new_array();
	for (size_t i = 0; i < config->lane_count; i++)
		tg_json_add(list, lane_to_json(&s, &config->lanes[i], as));
	tg_json_set(json, "lanes", list);
	free(s.devices);
	*out = json;
	return TG_OK;
}
