/* SPDX-License-Identifier: Apache-2.0
 *
 * main.c - tillgated: scanners, gate, evidence and local API of one station. Makes no outbound connection, ever.
 */
#include "plugin/daemon/config.h"
#include "plugin/daemon/custody.h"
#include "plugin/daemon/http.h"
#include "plugin/daemon/lane.h"
#include "store/base/file.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TICK_MS 500 /* a new catalogue is in force within this time of its rename */

enum { EXIT_USAGE = 2, EXIT_STATION = 3 };

struct service {
	tg_paths paths;
	tg_config config;
	tg_station *station;
	tg_http *http;
	tg_lane *lanes[TG_LANES_MAX];
	size_t lane_count;
};

static void say(const char *words)
{
	fprintf(stderr, "tillgated: %s\n", words);
}

/* systemd's readiness protocol (sd_notify(3)): one datagram to the socket that the environment names. */
static void notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = path != NULL ? strlen(path) : 0;
	int fd;

	if (len < 2 || len >= sizeof(address.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(address.sun_path, path, len);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

static tg_json *lanes_of(const struct service *service)
{
	tg_json *list = tg_json_new_array();

	for (size_t i = 0; i < service->lane_count; i++)
		tg_lane_describe(service->lanes[i], list);
	return list;
}

static void describe(void *ctx, tg_json *status)
{
	tg_json_set(status, "lanes", lanes_of(ctx));
}

static tg_held claim(void *ctx, const char *device, const char *reference)
{
	struct service *service = ctx;
	tg_held held = TG_HELD_NOWHERE;

	for (size_t i = 0; i < service->lane_count && held == TG_HELD_NOWHERE; i++)
		held = tg_lane_claim(service->lanes[i], device, reference);
	return held;
}

static bool settle(void *ctx, const char *device, const char *reference, bool go, uint64_t override_seq)
{
	struct service *service = ctx;

	for (size_t i = 0; i < service->config.lane_count && i < service->lane_count; i++) {
		if (strcmp(service->config.lanes[i].scanner.name, device) == 0)
			return tg_lane_settle(service->lanes[i], reference, go, override_seq);
	}
	return false;
}

static bool acknowledge(void *ctx, const char *name)
{
	struct service *service = ctx;
	bool found = false;

	for (size_t i = 0; i < service->lane_count && !found; i++)
		found = tg_lane_acknowledge(service->lanes[i], name);
	return found;
}

/* ---- devices ---- */

static int list_devices(void *ctx, tg_json **out, tg_error *err)
{
	struct service *service = ctx;
	tg_json *lanes = lanes_of(service);
	int rc = tg_inventory_make(out, &service->config, lanes, NULL, err);

	tg_json_free(lanes);
	return rc;
}

static int find_kept(void *ctx, const char *name, char device[TG_STATION_DEVICE_SIZE], tg_error *err)
{
	struct service *service = ctx;
	tg_json *lanes = lanes_of(service);
	int rc = tg_custody_find(&service->config, lanes, name, device, TG_STATION_DEVICE_SIZE, err);

	tg_json_free(lanes);
	return rc;
}

static int give_back(void *ctx, const char *device, tg_error *err)
{
	(void)ctx;
	return tg_custody_give_back(device, err);
}

static const tg_station_devices devices = { .list = list_devices, .kept = find_kept, .give_back = give_back };

static int start(struct service *s, tg_error *err)
{
	int rc = tg_config_read(&s->config, s->paths.config, err);

	if (rc == TG_OK)
		rc = tg_dir_make(s->paths.run_dir, 0755, err);
	if (rc == TG_OK)
		rc = tg_station_open(&s->station, &s->paths,
			&(tg_station_options){ .who = "tillgated", .service = true, .describe = describe, .claim = claim,
				.settle = settle, .acknowledge = acknowledge, .devices = &devices, .ctx = s }, err);
	for (size_t i = 0; rc == TG_OK && i < s->config.lane_count; i++) {
		rc = tg_lane_start(&s->lanes[i], &s->config.lanes[i], s->station, err);
		s->lane_count += rc == TG_OK;
	}
	if (rc == TG_OK)
		rc = tg_http_start(&s->http, s->paths.socket, s->config.socket_mode, s->station, err);
	return rc;
}

/* Nobody may be answered by half a station: first the ways in, then the log. */
static void stop(struct service *s)
{
	tg_http_stop(s->http);
	for (size_t i = 0; i < s->lane_count; i++)
		tg_lane_stop(s->lanes[i]);
	tg_station_close(s->station);
	tg_config_fini(&s->config);
}

static void serve(struct service *s, int signal_fd)
{
	struct pollfd fd = { .fd = signal_fd, .events = POLLIN };

	for (;;) {
		tg_error err = { 0 };
		int n = poll(&fd, 1, TICK_MS);

		if (n > 0 || (n < 0 && errno != EINTR))
			return;
		if (tg_station_tick(s->station, &err) != TG_OK)
			fprintf(stderr, "tillgated: a new catalogue was refused (%s): %s\n", tg_strerror(err.code), err.msg);
	}
}

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgated [--root DIR]\n"
		"Runs the gate of one station: scanners, decisions, evidence, local API.\n"
		"  --root DIR   the station's folder (default: $TILLGATE_ROOT, else the packaged places)\n"
		"  --help       this text\n"
		"  --version    the version\n"
		"Stops on SIGTERM and SIGINT. Exit: 0 stopped, 2 usage, 3 the station could not be opened. See tillgated(8).\n");
}

static int read_options(const char **root, int argc, char **argv)
{
	static const struct option options[] = {
		{ "root", required_argument, NULL, 'r' }, { "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' }, { 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			*root = optarg;
			break;
		case 'h':
			usage(stdout);
			exit(EXIT_SUCCESS);
		case 'v':
			puts("tillgated " TILLGATE_VERSION);
			exit(EXIT_SUCCESS);
		default:
			usage(stderr);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		usage(stderr);
		return EXIT_USAGE;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct service service;
	const char *root = NULL;
	tg_error err = { 0 };
	int signal_fd, rc = read_options(&root, argc, argv);
	sigset_t signals;

	if (rc != 0)
		return rc;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL); /* before any thread: they inherit it */
	signal(SIGPIPE, SIG_IGN);
	signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (tg_catalogue_guard(&err) != TG_OK || tg_paths_init(&service.paths, root, &err) != TG_OK || start(&service, &err) != TG_OK) {
		say(err.msg);
		stop(&service);
		return EXIT_STATION;
	}
	fprintf(stderr, "tillgated: station %s, %zu lane%s, listening on %s\n", tg_station_identity(service.station)->station,
		service.lane_count, service.lane_count == 1 ? "" : "s", service.paths.socket);
	notify("READY=1");
	serve(&service, signal_fd);
	notify("STOPPING=1");
	stop(&service);
	close(signal_fd);
	return EXIT_SUCCESS;
}
