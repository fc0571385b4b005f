/* SPDX-License-Identifier: Apache-2.0
 *
 * status.c - `tillgate status`: one look for a person, one exit code for a monitor.
 */
#include "plugin/cli/ask.h"

#include <stdio.h>
#include <string.h>

static void usage(FILE *to)
{
	fprintf(to, "usage: tillgate [--root DIR] [--json] status\n"
		"Says what is in force, how old it is and when the next stage begins, when sync last worked, why it did not and when it tries again, how\n"
		"long signatures hold, what is wrong, what to do, and what scanners do.\n"
		"Exit: 0 good; 1 needs attention (ageing or stale, sync fails or does not run, a signature ends soon, a fault that still allows\n"
		"checks); 2 usage; 3 cannot check (no catalogue, dead, clock fault, no log), or there was no status to be had.\n");
}

static const char *text_of(const tg_json *json, const char *name)
{
	const char *text = tg_json_str(tg_json_get(json, name));

	return text != NULL ? text : "";
}

static long long number_of(const tg_json *json, const char *name)
{
	return (long long)tg_json_int(tg_json_get(json, name));
}

static void print_age(const tg_json *status)
{
	long long age = number_of(status, "age_s");

	if (tg_json_get(status, "age_s") == NULL)
		return;
	if (age >= 2 * 86400)
		printf(", issued %lld days ago", age / 86400);
	else if (age >= 2 * 3600)
		printf(", issued %lld hours ago", age / 3600);
	else if (age >= 120)
		printf(", issued %lld minutes ago", age / 60);
	else
		printf(", issued %lld seconds ago", age);
}

static void print_lanes(const tg_json *lanes)
{
	for (const tg_json *lane = tg_json_first(lanes); lane != NULL; lane = tg_json_next(lane)) {
		const char *device = text_of(lane, "device"), *words = text_of(lane, "words");

		printf("lane %s (%s): scanner %s%s%s%s%s%s; %lld scans, %lld released, %lld withheld, %lld not delivered\n", text_of(lane, "name"),
			text_of(lane, "operation"), tg_json_bool(tg_json_get(lane, "attached")) ? "attached" : "not attached",
			device[0] != '\0' ? " " : "", device, words[0] != '\0' ? device[0] != '\0' ? ", " : ": " : "", words,
			tg_json_get(lane, "till") == NULL ? "" : tg_json_bool(tg_json_get(lane, "till")) ? ", till listening" : ", no till has the port open",
			number_of(lane, "scans"), number_of(lane, "released"), number_of(lane, "withheld"), number_of(lane, "not_delivered"));
	}
}

/* Seconds as a person would say them; rounded down, so that it is never later than said. */
static void print_span(long long s)
{
	if (s >= 2 * 86400)
		printf("%lld days", s / 86400);
	else if (s >= 2 * 3600)
		printf("%lld hours", s / 3600);
	else if (s >= 120)
		printf("%lld minutes", s / 60);
	else
		printf("%lld seconds", s);
}

static void print_operations(const tg_json *operations)
{
	for (const tg_json *op = tg_json_first(operations); op != NULL; op = tg_json_next(op)) {
		printf("  %-12s %-8s %s", tg_json_name(op), text_of(op, "mode"), text_of(op, "stage"));
		if (tg_json_get(op, "next_stage") != NULL) {
			printf(", %s in ", text_of(op, "next_stage"));
			print_span(number_of(op, "next_stage_s"));
		}
		putchar('\n');
	}
}

static void print_sync(const tg_json *sync)
{
	if (sync == NULL)
		return;
	printf("sync: last success %s, last attempt %s", text_of(sync, "last_success")[0] != '\0' ? text_of(sync, "last_success") : "never",
		text_of(sync, "last_attempt"));
	if (tg_json_get(sync, "next_try") != NULL)
		printf(", next try %s", text_of(sync, "next_try"));
	putchar('\n');
}

static void print_metadata(const tg_json *metadata)
{
	if (metadata == NULL)
		return;
	printf("signed until:");
	for (const tg_json *role = tg_json_first(metadata); role != NULL; role = tg_json_next(role))
		printf(" %s %lld %.10s%s", tg_json_name(role), number_of(role, "version"), text_of(role, "expires_at"),
			tg_json_next(role) != NULL ? "," : "\n");
}

/* What somebody put aside and somebody must decide. */
static void print_cases(const tg_json *cases)
{
	long long open = number_of(cases, "open");

	if (!tg_json_bool(tg_json_get(cases, "complete")))
		printf("cases: not all are known: the log is still being read, or was damaged\n");
	if (tg_json_bool(tg_json_get(cases, "full")))
		printf("cases: as many are open as are kept; what is put aside now gets none: settle some\n");
	if (open == 0)
		return;
	printf("cases: %lld open, %lld units put aside; the oldest, %s, since ", open, number_of(cases, "units"), text_of(cases, "oldest"));
	print_span(number_of(cases, "oldest_age_s"));
	putchar('\n');
}

/* Nobody is no fault: many stations override nothing. */
static void print_staff(const tg_json *staff)
{
	long long enrolled = number_of(staff, "enrolled");

	if (enrolled > 0)
		printf("staff: %lld enrolled, %lld of them supervisor%s\n", enrolled, number_of(staff, "supervisors"),
			number_of(staff, "supervisors") == 1 ? "" : "s");
}

static void print_for_people(const tg_json *s)
{
	const tg_json *evidence = tg_json_get(s, "evidence");

	printf("station %s at %s, %s: %s\n", text_of(s, "station"), text_of(s, "gln"), text_of(s, "owner"), text_of(s, "health"));
	printf("catalogue %lld, policy %lld: %s", number_of(s, "catalogue_version"), number_of(s, "policy_version"), text_of(s, "stage"));
	print_age(s);
	putchar('\n');
	print_operations(tg_json_get(s, "operations"));
	print_metadata(tg_json_get(s, "metadata"));
	printf("evidence %s: %lld entries, signed up to %lld\n", text_of(evidence, "origin"), number_of(evidence, "size"),
		number_of(evidence, "signed_size"));
	print_cases(tg_json_get(s, "cases"));
	print_staff(tg_json_get(s, "staff"));
	print_sync(tg_json_get(s, "sync"));
	print_lanes(tg_json_get(s, "lanes"));
	for (const tg_json *fault = tg_json_first(tg_json_get(s, "faults")); fault != NULL; fault = tg_json_next(fault))
		printf("fault: %s\n", tg_json_str(fault));
	for (const tg_json *warning = tg_json_first(tg_json_get(s, "warnings")); warning != NULL; warning = tg_json_next(warning))
		printf("warning: %s\n", tg_json_str(warning));
}

static int exit_of(const char *health)
{
	return strcmp(health, "good") == 0 ? TG_HEALTH_GOOD : strcmp(health, "attention") == 0 ? TG_HEALTH_ATTENTION : TG_HEALTH_CANNOT_CHECK;
}

int tg_cli_status(tg_cli *cli, int argc, char **argv)
{
	tg_json *status = NULL;
	tg_error err = { 0 };
	tg_ask *ask = NULL;
	int code;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			cli->json = true;
		} else if (strcmp(argv[i], "--help") == 0) {
			usage(stdout);
			return 0;
		} else {
			return tg_cli_misused(cli, "\"%s\" is not understood", argv[i]);
		}
	}
	if (tg_ask_open(&ask, cli, &err) != TG_OK || tg_ask_json(&status, ask, "GET", "/v1/status", "", NULL, &err) != TG_OK) {
		tg_ask_close(ask);
		return tg_cli_fail(cli, &err);
	}
	if (cli->json)
		tg_ask_print_json(status);
	else
		print_for_people(status);
	code = exit_of(text_of(status, "health"));
	tg_json_free(status);
	tg_ask_close(ask);
	return code;
}
