/* SPDX-License-Identifier: Apache-2.0
 *
 * lane.c - a scan from light to till. See lane.h.
 */
#include "plugin/daemon/lane.h"

#include "plugin/daemon/carriers.h"
#include "store/base/utc.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* How long somebody waits for the lane's thread to come to a scan that was overridden: it may be sending another one. */
#define TURN_MS (TG_OUTPUT_TIMEOUT_MS + 5000)

/* A till that restarts is noticed, and what it wrote is taken off its line, within this time. */
#define LOOK_AT_TILL_MS 1000

/* What staff see of the latest scan. Nothing of its label: that may be somebody's card or receipt. */
struct last {
	tg_outcome outcome;
	bool could_not_check, released, delivered, recorded;
	bool overridable, overridden;
	const char *row; /* static, like the words; "" when no row decided */
	tg_words words;
	uint64_t seq;
	char reference[TG_REFERENCE_SIZE], name[TG_CHECK_TEXT_MAX];
};

/* Of a claimed scan: nobody has it; its override is being judged; the lane's thread is to send it, is sending it, has. */
enum claim_state { CLAIM_FREE, CLAIM_JUDGED, CLAIM_GO, CLAIM_SENDING, CLAIM_DONE };

/* A withheld scan that somebody may override. */
struct held {
	bool there;
	char reference[TG_REFERENCE_SIZE];
	int64_t mono_us;
	tg_item item;
};

struct tg_lane {
	const tg_lane_config *config;
	tg_station *station;
	tg_scanner *scanner;
	tg_output *output;
	pthread_t thread;
	int stop_fd, wake_fd;
	bool running;
	pthread_mutex_t mutex;    /* guards what status shows */
	bool attached, till;
	bool locked;              /* the scanner was told to read no more */
	bool unlock_wanted;
	const char *state;        /* static */
	char words[TG_SCANNER_WORDS_SIZE], cannot[TG_SCANNER_WORDS_SIZE], selected[256], device[256], output_device[256];
	uint64_t scans, released, withheld, not_delivered;
	uint64_t overridden;      /* withheld scans that were sent on after all */
	struct last last; /* of no meaning while scans is 0 */
	struct held held;         /* the latest scan, if it was withheld and may be overridden */
	struct held claimed;      /* one that an override is under way for */
	enum claim_state claim;
	uint64_t claimed_at;      /* `scans` when it was claimed */
	bool taken;               /* CLAIM_DONE: the till took it */
	uint64_t override_seq;
	pthread_cond_t settled;   /* of `claim` */
	/* the lane's thread's own: */
	tg_carriers waiting;      /* labels of one item that the scanner ties together */
	int64_t judge_at_us;      /* when they are all */
	tg_item item;             /* in hand */
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
	last->overridable = answer->recorded && answer->lifted_by != 0;
	last->overridden = false;
	last->row = row != NULL ? row->id : "";
	last->words = answer->words;
	last->seq = answer->seq;
	snprintf(last->reference, sizeof(last->reference), "%s", answer->reference);
	snprintf(last->name, sizeof(last->name), "%s", answer->name);
}

/* With the mutex held. */
static void count(tg_lane *lane, const tg_check_answer *answer, bool delivered)
{
	bool released = answer->release.released;

	keep(&lane->last, answer, lane->output != NULL && delivered);
	lane->scans++;
	lane->released += released;
	lane->withheld += !released;
	lane->not_delivered += released && !delivered;
}

/* Until the next scan, which ends it: an override is for the unit in hand. With the mutex held. */
static void hold(tg_lane *lane, const tg_item *item, const tg_check_answer *answer)
{
	bool keep = lane->output != NULL && !answer->release.released && answer->recorded && answer->lifted_by != 0;

	lane->held.there = keep;
	if (keep) {
		snprintf(lane->held.reference, sizeof(lane->held.reference), "%s", answer->reference);
		lane->held.mono_us = tg_mono_now_us();
		lane->held.item = *item;
	} else {
		lane->held.item.count = 0;
	}
}

/* In one piece: an override that is refused right now must not find that nothing has come since. */
static void note(tg_lane *lane, const tg_item *item, const tg_check_answer *answer, bool delivered)
{
	pthread_mutex_lock(&lane->mutex);
	hold(lane, item, answer);
	count(lane, answer, delivered);
	pthread_mutex_unlock(&lane->mutex);
}

/* All that the scanner sent of the item: a till that is used to this scanner knows what to make of it. */
static int send_item(tg_lane *lane, const tg_item *item, tg_error *err)
{
	int rc = TG_OK;

	for (size_t i = 0; i < item->count && rc == TG_OK; i++) {
		const tg_scan *scan = &item->scans[i];

		rc = tg_output_send(lane->output, scan->aim, tg_view_of(scan->data, scan->len), lane->config->output_timeout_ms, err);
		if (rc != TG_OK && i > 0)
			tg_error_prefix(err, "the till took %zu of %zu labels of this item", i, item->count);
	}
	return rc;
}

static bool forward(tg_lane *lane, const tg_item *item, const tg_check_answer *answer)
{
	tg_error err = { 0 };

	if (lane->output == NULL)
		return true; /* a lane without till: goods-in looks at the answer, not at a port */
	if (send_item(lane, item, &err) == TG_OK)
		return true;
	tg_station_not_delivered(lane->station, answer, lane->config->output.name, err.msg);
	return false;
}

static void tell(tg_lane *lane, tg_feedback what)
{
	if (tg_scanner_can(lane->scanner) & what)
		(void)!tg_scanner_feedback(lane->scanner, what, NULL);
}

/* A good-read sound for what the till did not get would let it leave unpaid. */
static void give_feedback(tg_lane *lane, const tg_check_answer *answer, bool delivered)
{
	tg_feedback what = TG_FEEDBACK_GOOD;

	if (answer->badge)
		what = TG_FEEDBACK_GOOD;
	else if (answer->verdict.could_not_check || answer->identity.kind == TG_LABEL_UNREADABLE || (answer->release.released && !delivered))
		what = TG_FEEDBACK_ERROR;
	else if (!answer->release.released)
		what = TG_FEEDBACK_REJECT;
	else if (answer->verdict.outcome == TG_NOTICE)
		what = TG_FEEDBACK_NOTICE;
	tell(lane, what);
}

static void set_locked(tg_lane *lane, bool locked)
{
	bool changes;

	pthread_mutex_lock(&lane->mutex);
	changes = lane->locked != locked;
	lane->locked = locked;
	lane->unlock_wanted = false;
	pthread_mutex_unlock(&lane->mutex);
	if (changes)
		tg_station_device_event(lane->station, lane->config->scanner.name, locked ? "locked" : "unlocked", 1, 0, "");
}

/* Nothing more is read until somebody has looked; a scanner that cannot be told so goes on, which status says. */
static void lock_scanner(tg_lane *lane)
{
	if ((tg_scanner_can(lane->scanner) & TG_FEEDBACK_LOCK) && tg_scanner_feedback(lane->scanner, TG_FEEDBACK_LOCK, NULL) == TG_OK)
		set_locked(lane, true);
}

static void unlock_scanner(tg_lane *lane)
{
	tell(lane, TG_FEEDBACK_UNLOCK);
	set_locked(lane, false);
}

static void put_label(tg_check_request *request, const tg_plain_label *plain)
{
	memcpy(request->aim, plain->aim, sizeof(request->aim));
	if (plain->data.len <= TG_LABEL_MAX)
		memcpy(request->data, plain->data.data, plain->data.len);
	request->len = plain->data.len <= TG_LABEL_MAX ? plain->data.len : TG_LABEL_MAX + 1;
}

/* What is asked, and kept as the label's bytes, is what any scanner would send; the till gets what this one sent. */
static void make_plain(tg_plain_label *out, uint8_t buf[TG_LABEL_MAX], const tg_lane *lane, const tg_scan *scan)
{
	tg_label_plain(out, buf, &lane->config->setup, scan->aim, tg_view_of(scan->data, scan->len));
}

/* One unit: checked once, by the label that says most. */
static void judge(tg_lane *lane, const tg_item *item)
{
	const tg_scan *scan = &item->scans[item->best];
	tg_check_request request;
	tg_plain_label plain;
	uint8_t buf[TG_LABEL_MAX];
	tg_check_answer answer;
	bool delivered;

	tg_check_request_init(&request, lane->config->operation);
	request.destination = lane->config->destination;
	request.scanned = true;
	snprintf(request.device, sizeof(request.device), "%s", scan->device);
	make_plain(&plain, buf, lane, scan);
	put_label(&request, &plain);
	request.carriers = (uint8_t)item->count;
	tg_station_check(&answer, lane->station, &request);
	delivered = answer.release.released && forward(lane, item, &answer);
	if (!answer.badge) /* a badge is no unit: what lies there still lies there */
		note(lane, item, &answer, delivered);
	give_feedback(lane, &answer, delivered);
	if (lane->config->lock && !answer.release.released && !answer.badge)
		lock_scanner(lane);
}

static void judge_waiting(tg_lane *lane)
{
	int32_t today = tg_day_in_uk(tg_utc_now_us());

	while (tg_carriers_next(&lane->item, &lane->waiting, &lane->config->setup, today))
		judge(lane, &lane->item);
}

static void on_scan(void *user, const tg_scan *scan)
{
	uint8_t buf[TG_LABEL_MAX];
	tg_plain_label plain;
	tg_lane *lane = user;

	make_plain(&plain, buf, lane, scan);
	if (!tg_carriers_takes(&lane->waiting, plain.set))
		judge_waiting(lane);
	if (plain.set[0] != '\0') {
		tg_carriers_add(&lane->waiting, plain.set, scan);
		lane->judge_at_us = tg_mono_now_us() + INT64_C(1000) * TG_CARRIERS_WAIT_MS;
		return;
	}
	lane->item.count = 1;
	lane->item.best = 0;
	lane->item.scans[0] = *scan;
	judge(lane, &lane->item);
}

/* ---- overrides ---- */

tg_held tg_lane_claim(tg_lane *lane, const char *device, const char *reference)
{
	tg_held held = TG_HELD_GONE;

	if (lane->output == NULL || strcmp(lane->config->scanner.name, device) != 0)
		return TG_HELD_NOWHERE;
	pthread_mutex_lock(&lane->mutex);
	if (lane->held.there && lane->claim == CLAIM_FREE && strcmp(lane->held.reference, reference) == 0 &&
		tg_mono_now_us() - lane->held.mono_us <= TG_LANE_HOLD_US) {
		lane->claimed = lane->held;
		lane->claimed_at = lane->scans;
		lane->held.there = false;
		lane->claim = CLAIM_JUDGED;
		held = TG_HELD_CLAIMED;
	}
	pthread_mutex_unlock(&lane->mutex);
	return held;
}

/* With the mutex held. Not yet taken up by the lane's thread within the time: it is withdrawn and never arrives late. */
static bool wait_until_sent(tg_lane *lane)
{
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (TURN_MS + lane->config->output_timeout_ms) / 1000 + 1;
	while (lane->claim == CLAIM_SENDING || (lane->claim == CLAIM_GO && rc != ETIMEDOUT))
		rc = lane->claim == CLAIM_SENDING ? pthread_cond_wait(&lane->settled, &lane->mutex) :
						    pthread_cond_timedwait(&lane->settled, &lane->mutex, &until);
	return lane->claim == CLAIM_DONE;
}

static void wake(int fd)
{
	uint64_t one = 1;

	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void not_delivered(tg_lane *lane, uint64_t override_seq, const char *words)
{
	tg_check_answer of = { .recorded = true, .seq = override_seq };

	tg_station_not_delivered(lane->station, &of, lane->config->output.name, words);
}

bool tg_lane_settle(tg_lane *lane, const char *reference, bool go, uint64_t override_seq)
{
	bool in_time = true, taken = false;

	pthread_mutex_lock(&lane->mutex);
	if (lane->claim != CLAIM_JUDGED || strcmp(lane->claimed.reference, reference) != 0) {
		pthread_mutex_unlock(&lane->mutex);
		return false;
	}
	if (go) {
		lane->claim = CLAIM_GO;
		lane->override_seq = override_seq;
		wake(lane->wake_fd);
		in_time = wait_until_sent(lane);
		taken = in_time && lane->taken;
	} else if (!lane->held.there && lane->scans == lane->claimed_at) {
		lane->held = lane->claimed; /* no other scan has come meanwhile */
	}
	lane->claim = CLAIM_FREE;
	lane->claimed.there = false;
	pthread_mutex_unlock(&lane->mutex);
	if (!in_time)
		not_delivered(lane, override_seq, "the lane did not come to it in time");
	return taken;
}

/* In the lane's thread: the output has one user. */
static void send_claimed(tg_lane *lane)
{
	tg_error err = { 0 };
	uint64_t count, seq;
	bool taken;

	(void)!read(lane->wake_fd, &count, sizeof(count));
	pthread_mutex_lock(&lane->mutex);
	if (lane->claim != CLAIM_GO) {
		pthread_mutex_unlock(&lane->mutex);
		return;
	}
	lane->claim = CLAIM_SENDING;
	lane->item = lane->claimed.item;
	seq = lane->override_seq;
	pthread_mutex_unlock(&lane->mutex);
	taken = send_item(lane, &lane->item, &err) == TG_OK;
	if (!taken)
		not_delivered(lane, seq, err.msg);
	tell(lane, taken ? TG_FEEDBACK_GOOD : TG_FEEDBACK_ERROR);
	if (lane->config->lock)
		unlock_scanner(lane);
	pthread_mutex_lock(&lane->mutex);
	lane->overridden += taken;
	lane->not_delivered += !taken;
	if (taken && strcmp(lane->last.reference, lane->claimed.reference) == 0)
		lane->last.delivered = lane->last.overridden = true;
	lane->taken = taken;
	lane->claim = CLAIM_DONE;
	pthread_cond_broadcast(&lane->settled);
	pthread_mutex_unlock(&lane->mutex);
}

/* ---- acknowledgement ---- */

bool tg_lane_acknowledge(tg_lane *lane, const char *name)
{
	if (strcmp(lane->config->scanner.name, name) != 0)
		return false;
	pthread_mutex_lock(&lane->mutex);
	lane->unlock_wanted = true;
	pthread_mutex_unlock(&lane->mutex);
	wake(lane->wake_fd);
	return true;
}

/* In the lane's thread: the scanner has one user. */
static void unlock_if_wanted(tg_lane *lane)
{
	bool wanted;

	pthread_mutex_lock(&lane->mutex);
	wanted = lane->unlock_wanted;
	pthread_mutex_unlock(&lane->mutex);
	if (wanted)
		unlock_scanner(lane);
}

static void on_event(void *user, const tg_scanner_event *event)
{
	tg_lane *lane = user;

	/* a scanner that was switched off meanwhile, or locked by a daemon that died, must not stay dumb */
	if (lane->config->lock && event->kind == TG_SCANNER_BACK)
		unlock_scanner(lane);
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
	lane->state = info.state;
	lane->till = till;
	snprintf(lane->words, sizeof(lane->words), "%s", info.words);
	snprintf(lane->cannot, sizeof(lane->cannot), "%s", info.cannot);
	snprintf(lane->selected, sizeof(lane->selected), "%s", info.path);
	snprintf(lane->device, sizeof(lane->device), "%s", info.device);
	if (lane->output != NULL)
		snprintf(lane->output_device, sizeof(lane->output_device), "%s", tg_output_device(lane->output));
	pthread_mutex_unlock(&lane->mutex);
}

static int wait_ms(const tg_lane *lane)
{
	int64_t now_us = tg_mono_now_us(), left_us = lane->judge_at_us - now_us;
	int due_ms = tg_scanner_timeout_ms(lane->scanner, now_us);

	if (lane->waiting.item.count > 0 && (due_ms < 0 || left_us < INT64_C(1000) * due_ms))
		due_ms = left_us <= 0 ? 0 : (int)((left_us + 999) / 1000);
	return lane->output != NULL && (due_ms < 0 || due_ms > LOOK_AT_TILL_MS) ? LOOK_AT_TILL_MS : due_ms;
}

/* What is enforced must not be passed by a wedge that types into the desktop while we are not there, or while it fails. */
static void keep_as_enforced(tg_lane *lane)
{
	tg_scanner_keep(lane->scanner, tg_station_enforces(lane->station, lane->config->operation));
}

static void *run(void *user)
{
	tg_lane *lane = user;

	if (lane->config->lock)
		unlock_scanner(lane);
	for (;;) {
		struct pollfd fds[3] = {
			{ .fd = lane->stop_fd, .events = POLLIN },
			{ .fd = tg_scanner_fd(lane->scanner), .events = POLLIN },
			{ .fd = lane->wake_fd, .events = POLLIN },
		};
		int n = poll(fds, 3, wait_ms(lane));

		if (n < 0 && errno != EINTR)
			break;
		if (n > 0 && fds[0].revents != 0)
			break;
		if (n > 0 && fds[2].revents != 0) {
			send_claimed(lane); /* before what was scanned after it */
			unlock_if_wanted(lane);
		}
		keep_as_enforced(lane);
		tg_scanner_service(lane->scanner, n > 0 ? fds[1].revents : 0, tg_mono_now_us());
		if (lane->waiting.item.count > 0 && tg_mono_now_us() >= lane->judge_at_us)
			judge_waiting(lane);
		publish_state(lane);
	}
	judge_waiting(lane);
	return NULL;
}

int tg_lane_start(tg_lane **out, const tg_lane_config *config, tg_station *station, tg_error *err)
{
	tg_lane *lane = calloc(1, sizeof(*lane));
	tg_scanner_config scanner = config->scanner;
	pthread_condattr_t monotonic;
	int rc = TG_OK;

	if (lane == NULL)
		return tg_fail(err, TG_ENOMEM, "lane \"%s\"", config->scanner.name);
	lane->config = config;
	lane->station = station;
	pthread_mutex_init(&lane->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&lane->settled, &monotonic);
	pthread_condattr_destroy(&monotonic);
	lane->stop_fd = eventfd(0, EFD_CLOEXEC);
	lane->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (lane->stop_fd < 0 || lane->wake_fd < 0)
		rc = tg_fail_errno(err, TG_EIO, "lane \"%s\"", config->scanner.name);
	if (rc == TG_OK && config->has_output)
		rc = tg_output_open(&lane->output, &config->output, err);
	scanner.keep = tg_station_enforces(station, config->operation);
	if (rc == TG_OK)
		rc = tg_scanner_open(&lane->scanner, &scanner,
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
		wake(lane->stop_fd);
		pthread_join(lane->thread, NULL);
	}
	if (lane->scanner != NULL)
		keep_as_enforced(lane);
	tg_scanner_close(lane->scanner);
	tg_output_close(lane->output);
	if (lane->stop_fd >= 0)
		close(lane->stop_fd);
	if (lane->wake_fd >= 0)
		close(lane->wake_fd);
	pthread_cond_destroy(&lane->settled);
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
	tg_json_set_bool(json, "overridable", last->overridable);
	if (last->overridden)
		tg_json_set_bool(json, "overridden", true);
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
	pthread_mutex_lock(&lane->mutex);
	tg_json_set_str(json, "scanner", lane->selected);
	tg_json_set_bool(json, "attached", lane->attached);
	tg_json_set_str(json, "state", lane->state);
	if (lane->words[0] != '\0')
		tg_json_set_str(json, "words", lane->words);
	if (lane->device[0] != '\0')
		tg_json_set_str(json, "device", lane->device);
	if (lane->cannot[0] != '\0')
		tg_json_set_str(json, "cannot", lane->cannot);
	if (lane->config->lock)
		tg_json_set_bool(json, "locked", lane->locked);
	if (lane->config->has_output) {
		tg_json_set_str(json, "output", lane->config->output.path);
		tg_json_set_str(json, "output_device", lane->output_device);
		tg_json_set_bool(json, "till", lane->till);
	}
	tg_json_set_int(json, "scans", (int64_t)lane->scans);
	tg_json_set_int(json, "released", (int64_t)lane->released);
	tg_json_set_int(json, "withheld", (int64_t)lane->withheld);
	tg_json_set_int(json, "not_delivered", (int64_t)lane->not_delivered);
	tg_json_set_int(json, "overridden", (int64_t)lane->overridden);
	if (lane->scans > 0)
		tg_json_set(json, "last", describe_last(&lane->last));
	pthread_mutex_unlock(&lane->mutex);
	tg_json_add(list, json);
}
