/* SPDX-License-Identifier: Apache-2.0
 *
 * lane.c - a scan from light to till. See lane.h.
 */
#include "plugin/daemon/lane.h"

#include "store/base/utc.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/*
 * A babbling scanner must not fill the log: this many entries about a device's troubles in a row are written one by one, after that only
 * one for each hundred, which says how many it stands for.
 */
#define TROUBLES_IN_FULL 10
#define TROUBLES_PER_ENTRY 100

struct tg_lane {
	const tg_lane_config *config;
	tg_station *station;
	tg_scanner *scanner;
	tg_output *output;
	pthread_t thread;
	int stop_fd;
	bool running;
	uint64_t troubles_in_row; /* lane thread only */
	pthread_mutex_t mutex;    /* guards what status shows */
	bool attached;
	char words[TG_SCANNER_WORDS_SIZE], device[256], output_device[256];
	uint64_t scans, released, withheld, not_delivered;
};

/* ---- scans ---- */

static void count(tg_lane *lane, bool released, bool delivered)
{
	pthread_mutex_lock(&lane->mutex);
	lane->scans++;
	lane->released += released;
	lane->withheld += !released;
	lane->not_delivered += released && !delivered;
	pthread_mutex_unlock(&lane->mutex);
}

static bool forward(tg_lane *lane, const tg_scan *scan, const tg_check_answer *answer)
{
	tg_error err = { 0 };

	if (lane->output == NULL)
		return true; /* a lane without till: goods-in looks at the answer, not at a port */
	if (tg_output_send(lane->output, scan->aim, tg_view_of(scan->data, scan->len), lane->config->output_timeout_ms, &err) == TG_OK)
		return true;
	tg_station_not_delivered(lane->station, answer, lane->config->output.name, err.msg);
	return false;
}

static void give_feedback(tg_lane *lane, const tg_check_answer *answer)
{
	tg_feedback what = TG_FEEDBACK_GOOD;

	if (answer->verdict.could_not_check || answer->identity.kind == TG_LABEL_UNREADABLE)
		what = TG_FEEDBACK_ERROR;
	else if (!answer->release.released)
		what = TG_FEEDBACK_REJECT;
	else if (answer->verdict.outcome == TG_NOTICE)
		what = TG_FEEDBACK_NOTICE;
	if (tg_scanner_can(lane->scanner) & what)
		(void)!tg_scanner_feedback(lane->scanner, what, NULL);
}

static void on_scan(void *user, const tg_scan *scan)
{
	tg_lane *lane = user;
	tg_check_request request;
	tg_check_answer answer;
	bool delivered;

	lane->troubles_in_row = 0;
	tg_check_request_init(&request, lane->config->operation);
	request.destination = lane->config->destination;
	snprintf(request.device, sizeof(request.device), "%s", scan->device);
	snprintf(request.aim, sizeof(request.aim), "%s", scan->aim);
	if (scan->len <= TG_LABEL_MAX)
		memcpy(request.data, scan->data, scan->len);
	request.len = scan->len <= TG_LABEL_MAX ? scan->len : TG_LABEL_MAX + 1;
	tg_station_check(&answer, lane->station, &request);
	delivered = answer.release.released && forward(lane, scan, &answer);
	count(lane, answer.release.released, delivered);
	give_feedback(lane, &answer);
}

static bool is_trouble(tg_scanner_event_kind kind)
{
	return kind != TG_SCANNER_ATTACHED && kind != TG_SCANNER_MISSING && kind != TG_SCANNER_GONE && kind != TG_SCANNER_BACK;
}

static void on_event(void *user, const tg_scanner_event *event)
{
	tg_lane *lane = user;
	char words[TG_SCANNER_WORDS_SIZE + 64];

	if (!is_trouble(event->kind)) {
		tg_station_device_event(lane->station, event->device, tg_scanner_event_name(event->kind), event->len_bytes, event->words);
		return;
	}
	lane->troubles_in_row++;
	if (lane->troubles_in_row > TROUBLES_IN_FULL && lane->troubles_in_row % TROUBLES_PER_ENTRY != 0)
		return;
	if (lane->troubles_in_row > TROUBLES_IN_FULL)
		snprintf(words, sizeof(words), "%s (%llu in a row)", event->words, (unsigned long long)lane->troubles_in_row);
	else
		snprintf(words, sizeof(words), "%s", event->words);
	tg_station_device_event(lane->station, event->device, tg_scanner_event_name(event->kind), event->len_bytes, words);
}

/* ---- the thread ---- */

static void publish_state(tg_lane *lane)
{
	tg_scanner_info info;

	tg_scanner_describe(&info, lane->scanner);
	pthread_mutex_lock(&lane->mutex);
	lane->attached = info.attached;
	snprintf(lane->words, sizeof(lane->words), "%s", info.words);
	snprintf(lane->device, sizeof(lane->device), "%s", info.device);
	if (lane->output != NULL)
		snprintf(lane->output_device, sizeof(lane->output_device), "%s", tg_output_device(lane->output));
	pthread_mutex_unlock(&lane->mutex);
}

static void *run(void *user)
{
	tg_lane *lane = user;

	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = lane->stop_fd, .events = POLLIN },
			{ .fd = tg_scanner_fd(lane->scanner), .events = POLLIN },
		};
		int n = poll(fds, 2, tg_scanner_timeout_ms(lane->scanner, tg_mono_now_us()));

		if (n < 0 && errno != EINTR)
			break;
		if (n > 0 && fds[0].revents != 0)
			break;
		tg_scanner_service(lane->scanner, n > 0 ? fds[1].revents : 0, tg_mono_now_us());
		publish_state(lane);
	}
	return NULL;
}

int tg_lane_start(tg_lane **out, const tg_lane_config *config, tg_station *station, tg_error *err)
{
	tg_lane *lane = calloc(1, sizeof(*lane));
	int rc = TG_OK;

	if (lane == NULL)
		return tg_fail(err, TG_ENOMEM, "lane \"%s\"", config->scanner.name);
	lane->config = config;
	lane->station = station;
	pthread_mutex_init(&lane->mutex, NULL);
	lane->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (lane->stop_fd < 0)
		rc = tg_fail_errno(err, TG_EIO, "lane \"%s\"", config->scanner.name);
	if (rc == TG_OK && config->has_output)
		rc = tg_output_open(&lane->output, &config->output, err);
	if (rc == TG_OK)
		rc = tg_scanner_open(&lane->scanner, &config->scanner,
			&(tg_scanner_sink){ .scan = on_scan, .event = on_event, .user = lane }, err);
	if (rc == TG_OK) {
		publish_state(lane);
		lane->running = pthread_create(&lane->thread, NULL, run, lane) == 0;
		if (!lane->running)
			rc = tg_fail(err, TG_ENOMEM, "lane \"%s\": no thread", config->scanner.name);
	}
	if (rc != TG_OK) {
		tg_lane_stop(lane);
		return rc;
	}
	*out = lane;
	return TG_OK;
}

void tg_lane_stop(tg_lane *lane)
{
	if (lane == NULL)
		return;
	if (lane->running) {
		uint64_t one = 1;

		while (write(lane->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR)
			;
		pthread_join(lane->thread, NULL);
	}
	tg_scanner_close(lane->scanner);
	tg_output_close(lane->output);
	if (lane->stop_fd >= 0)
		close(lane->stop_fd);
	pthread_mutex_destroy(&lane->mutex);
	free(lane);
}

void tg_lane_describe(tg_lane *lane, tg_json *list)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "name", lane->config->scanner.name);
	tg_json_set_str(json, "operation", tg_operation_words[lane->config->operation]);
	tg_json_set_str(json, "scanner", lane->config->scanner.path);
	pthread_mutex_lock(&lane->mutex);
	tg_json_set_bool(json, "attached", lane->attached);
	if (lane->words[0] != '\0')
		tg_json_set_str(json, "words", lane->words);
	if (lane->device[0] != '\0')
		tg_json_set_str(json, "device", lane->device);
	if (lane->config->has_output) {
		tg_json_set_str(json, "output", lane->config->output.path);
		tg_json_set_str(json, "output_device", lane->output_device);
	}
	tg_json_set_int(json, "scans", (int64_t)lane->scans);
	tg_json_set_int(json, "released", (int64_t)lane->released);
	tg_json_set_int(json, "withheld", (int64_t)lane->withheld);
	tg_json_set_int(json, "not_delivered", (int64_t)lane->not_delivered);
	pthread_mutex_unlock(&lane->mutex);
	tg_json_add(list, json);
}
