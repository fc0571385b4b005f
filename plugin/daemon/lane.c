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

/* A till that restarts is noticed, and what it wrote is taken off its line, within this time. */
#define LOOK_AT_TILL_MS 1000

/* What staff see of the latest scan. Nothing of its label: that may be somebody's card or receipt. */
struct last {
	tg_outcome outcome;
	bool could_not_check, released, delivered, recorded;
	const char *row; /* static, like the words; "" when no row decided */
	tg_words words;
	uint64_t seq;
	char reference[TG_REFERENCE_SIZE], name[TG_CHECK_TEXT_MAX];
};

struct tg_lane {
	const tg_lane_config *config;
	tg_station *station;
	tg_scanner *scanner;
	tg_output *output;
	pthread_t thread;
	int stop_fd;
	bool running;
	pthread_mutex_t mutex;    /* guards what status shows */
	bool attached, till;
	char words[TG_SCANNER_WORDS_SIZE], device[256], output_device[256];
	uint64_t scans, released, withheld, not_delivered;
	struct last last; /* of no meaning while scans is 0 */
};

/* ---- scans ---- */

static void keep(struct last *last, const tg_check_answer *answer, bool delivered)
{
	const tg_row *row = answer->verdict.hit != 0 ? tg_rows_at(answer->verdict.decided_by) : NULL;

	last->outcome = answer->verdict.outcome;
	last->could_not_check = answer->verdict.could_not_check;
	last->released = answer->release.released;
	last->delivered = delivered;
	last->recorded = answer->recorded;
	last->row = row != NULL ? row->id : "";
	last->words = answer->words;
	last->seq = answer->seq;
	snprintf(last->reference, sizeof(last->reference), "%s", answer->reference);
	snprintf(last->name, sizeof(last->name), "%s", answer->name);
}

static void count(tg_lane *lane, const tg_check_answer *answer, bool delivered)
{
	bool released = answer->release.released;

	pthread_mutex_lock(&lane->mutex);
	keep(&lane->last, answer, lane->output != NULL && delivered);
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

/* A good-read sound for what the till did not get would let it leave unpaid. */
static void give_feedback(tg_lane *lane, const tg_check_answer *answer, bool delivered)
{
	tg_feedback what = TG_FEEDBACK_GOOD;

	if (answer->verdict.could_not_check || answer->identity.kind == TG_LABEL_UNREADABLE || (answer->release.released && !delivered))
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

	tg_check_request_init(&request, lane->config->operation);
	request.destination = lane->config->destination;
	snprintf(request.device, sizeof(request.device), "%s", scan->device);
	snprintf(request.aim, sizeof(request.aim), "%s", scan->aim);
	if (scan->len <= TG_LABEL_MAX)
		memcpy(request.data, scan->data, scan->len);
	request.len = scan->len <= TG_LABEL_MAX ? scan->len : TG_LABEL_MAX + 1;
	tg_station_check(&answer, lane->station, &request);
	delivered = answer.release.released && forward(lane, scan, &answer);
	count(lane, &answer, delivered);
	give_feedback(lane, &answer, delivered);
}

static void on_event(void *user, const tg_scanner_event *event)
{
	tg_lane *lane = user;

	tg_station_device_event(lane->station, event->device, tg_scanner_event_name(event->kind), event->count, event->len_bytes, event->words);
}

/* ---- the thread ---- */

static void publish_state(tg_lane *lane)
{
	bool till = lane->output != NULL && tg_output_ready(lane->output);
	tg_scanner_info info;

	tg_scanner_describe(&info, lane->scanner);
	pthread_mutex_lock(&lane->mutex);
	lane->attached = info.attached;
	lane->till = till;
	snprintf(lane->words, sizeof(lane->words), "%s", info.words);
	snprintf(lane->device, sizeof(lane->device), "%s", info.device);
	if (lane->output != NULL)
		snprintf(lane->output_device, sizeof(lane->output_device), "%s", tg_output_device(lane->output));
	pthread_mutex_unlock(&lane->mutex);
}

static int wait_ms(const tg_lane *lane)
{
	int due_ms = tg_scanner_timeout_ms(lane->scanner, tg_mono_now_us());

	return lane->output != NULL && (due_ms < 0 || due_ms > LOOK_AT_TILL_MS) ? LOOK_AT_TILL_MS : due_ms;
}

static void *run(void *user)
{
	tg_lane *lane = user;

	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = lane->stop_fd, .events = POLLIN },
			{ .fd = tg_scanner_fd(lane->scanner), .events = POLLIN },
		};
		int n = poll(fds, 2, wait_ms(lane));

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

static tg_json *describe_last(const struct last *last)
{
	tg_json *json = tg_json_new_object();

	tg_json_set_str(json, "outcome", tg_outcome_words[last->outcome]);
	tg_json_set_bool(json, "could_not_check", last->could_not_check);
	tg_json_set_bool(json, "released", last->released);
	tg_json_set_bool(json, "delivered", last->delivered);
	tg_json_set_str(json, "decided_by", last->row);
	tg_json_set_str(json, "code", last->words.code);
	tg_json_set_str(json, "action", last->words.action);
	tg_json_set_str(json, "reason", last->words.reason);
	tg_json_set_str(json, "name", last->name);
	if (last->recorded) {
		tg_json_set_int(json, "seq", (int64_t)last->seq);
		tg_json_set_str(json, "reference", last->reference);
	}
	return json;
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
		tg_json_set_bool(json, "till", lane->till);
	}
	tg_json_set_int(json, "scans", (int64_t)lane->scans);
	tg_json_set_int(json, "released", (int64_t)lane->released);
	tg_json_set_int(json, "withheld", (int64_t)lane->withheld);
	tg_json_set_int(json, "not_delivered", (int64_t)lane->not_delivered);
	if (lane->scans > 0)
		tg_json_set(json, "last", describe_last(&lane->last));
	pthread_mutex_unlock(&lane->mutex);
	tg_json_add(list, json);
}
