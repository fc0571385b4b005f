/* SPDX-License-Identifier: Apache-2.0
 *
 * abi_till.c - an example till that asks the gate through libtillgate: labels in, one line each out.
 *
 * To be read by whoever puts the library into a real till: it uses the public header alone, and obeys `released` alone.
 * See tillgate-example-till(1).
 */
#include "tillgate/tillgate.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exit codes. The worst of all labels wins: COULD_NOT, then WITHHELD, then ALL_SOLD. */
enum { ALL_SOLD = 0, WITHHELD = 1, USAGE = 2, COULD_NOT = 3 };

struct till {
	const char *socket;
	int32_t timeout_ms;
	bool json;
	tillgate_request ask; /* what all questions have in common */
	const char *pin_file;
	tillgate_override_request override; /* what all overrides have in common; no `reason`: none is asked for */
};

static const char help[] =
	"Usage: tillgate-example-till [--operation WORD] [--destination WORD] [--supply WORD]\n"
	"                             [--unit WORD] [--bought-before-duty] [--batch BATCH] [--device NAME]\n"
	"                             [--socket PATH] [--timeout MS] [--json]\n"
	"                             [--override REASON --asked-by NAME --who NAME --pin-file FILE] < LABELS\n"
	"Asks the gate of this station about each label on standard input, one a line, and\n"
	"prints what a till would show.\n"
	"  --operation WORD    sale (preset), offer, dispatch, goods-in, return, stock-check\n"
	"  --destination WORD  gb (preset), ni, outside-uk\n"
	"  --supply WORD       consumer (preset), business, resale, gift, own-branch, to-vendor,\n"
	"                      hand-back, loan, scrap, as-directed\n"
	"  --unit WORD         new (preset), unwanted, faulty, recalled, reconditioned, second-hand\n"
	"  --bought-before-duty  the units were bought in before 29 April 2024\n"
	"  --batch BATCH       batch read off the packs, where a label has none\n"
	"  --device NAME       name of this till in the record\n"
	"  --socket PATH       socket of tillgated (" TILLGATE_SOCKET ")\n"
	"  --timeout MS        longest wait for one answer\n"
	"  --override REASON   have a second person let go what is withheld and may be overridden, with\n"
	"  --asked-by NAME     who serves here\n"
	"  --who NAME          the second person\n"
	"  --pin-file FILE     whose first line is their PIN\n"
	"  --json              print each answer as a line of JSON\n"
	"  --help              print this\n"
	"Exit: 0 all may go, 1 some withheld, 2 usage, 3 some could not be checked.\n";

/* ---- what the till shows ---- */

/* A label that could not be read says nothing about the product, and is never shown as a product that may not be sold. */
static const char *headline(const tillgate_answer *a)
{
	if (a->released)
		return "SELL";
	if (a->could_not_check)
		return "COULD NOT CHECK";
	return strcmp(a->kind, "unreadable") == 0 || strcmp(a->kind, "ambiguous") == 0 ? "NOT READ" : "DO NOT SELL";
}

static void show_line(const tillgate_answer *a)
{
	printf("%s: %s %s", headline(a), a->action, a->reason);
	if (a->name[0] != '\0')
		printf(" [%s]", a->name);
	if (a->reference[0] != '\0')
		printf(" Reference %s", a->reference);
	putchar('\n');
}

/* ---- the same for programs ---- */

static void put_json_text(const char *text, size_t len)
{
	putchar('"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void put_member(const char *name, const char *value)
{
	printf(",\"%s\":", name);
	put_json_text(value, strlen(value));
}

static void put_flag(const char *name, int32_t flag)
{
	printf(",\"%s\":%s", name, flag ? "true" : "false");
}

/* Bytes that are no ASCII may be anything: hex, as in the daemon's own interface. */
static void put_label(const char *label, size_t len)
{
	bool ascii = true;

	for (size_t i = 0; i < len; i++)
		ascii = ascii && (unsigned char)label[i] < 0x7f && label[i] != '\0';
	if (ascii) {
		printf("{\"label\":");
		put_json_text(label, len);
		return;
	}
	printf("{\"label_hex\":\"");
	for (size_t i = 0; i < len; i++)
		printf("%02x", (unsigned char)label[i]);
	putchar('"');
}

/* Members as tillgated(8) names them, so that answers by different ways can be compared. */
static void show_json(const tillgate_answer *a, const char *label, size_t len)
{
	put_label(label, len);
	put_member("outcome", tillgate_decision_word(a->decision));
	put_flag("could_not_check", a->could_not_check);
	put_flag("released", a->released);
	put_flag("would_release", a->would_release);
	put_flag("overridable", a->overridable);
	put_flag("recorded", a->recorded);
	put_member("kind", a->kind);
	put_member("gtin", a->gtin);
	put_member("batch", a->batch);
	put_member("serial", a->serial);
	put_member("answer", a->assessment);
	put_member("decided_by", a->rule);
	put_member("code", a->code);
	put_member("action", a->action);
	put_member("reason", a->reason);
	put_member("basis", a->basis);
	put_member("name", a->name);
	put_member("manufacturer", a->manufacturer);
	put_member("soc", a->soc);
	put_member("soc_link", a->soc_link);
	put_member("stage", a->stage);
	put_member("mode", a->mode);
	put_member("operation", a->operation);
	put_member("reference", a->reference);
	put_member("at", a->at);
	put_member("fault", a->fault);
	printf(",\"seq\":%lld,\"age_s\":%lld,\"catalogue_version\":%lld,\"policy_version\":%lld}\n", (long long)a->seq, (long long)a->age_s,
		(long long)a->catalogue_version, (long long)a->policy_version);
}

/* ---- a second person ---- */

static void show_override(const struct till *till, const tillgate_override_answer *a)
{
	if (!till->json) {
		printf("%s: %s %s", a->released ? "SELL" : "DO NOT SELL", a->action, a->reason);
		if (a->reference[0] != '\0')
			printf(" Reference %s", a->reference);
		putchar('\n');
		return;
	}
	printf("{\"seq\":%lld,\"wait_s\":%lld", (long long)a->seq, (long long)a->wait_s);
	put_flag("granted", a->granted);
	put_flag("released", a->released);
	put_flag("recorded", a->recorded);
	put_member("code", a->code);
	put_member("action", a->action);
	put_member("reason", a->reason);
	put_member("authority", a->authority);
	put_member("reference", a->reference);
	put_member("fault", a->fault);
	puts("}");
}

/* At a real till the PIN is typed by the second person each time; here it comes from a file. */
static int override_one(tillgate_client *gate, const struct till *till, const tillgate_answer *check)
{
	tillgate_override_request ask = till->override;
	tillgate_override_answer answer = TILLGATE_OVERRIDE_ANSWER_INIT;
	tillgate_error err = TILLGATE_ERROR_INIT;
	char pin[64] = "";
	FILE *file = fopen(till->pin_file, "r");

	if (file == NULL || fgets(pin, sizeof(pin), file) == NULL)
		perror(till->pin_file);
	if (file != NULL)
		(void)fclose(file);
	pin[strcspn(pin, "\r\n")] = '\0';
	ask.reference = check->reference;
	ask.pin = pin;
	if (tillgate_override(&answer, gate, &ask, &err) != TILLGATE_OK)
		(void)fprintf(stderr, "tillgate-example-till: %s\n", err.message); /* the answer releases nothing */
	explicit_bzero(pin, sizeof(pin));
	show_override(till, &answer);
	return answer.released ? ALL_SOLD : WITHHELD;
}

/* ---- the till ---- */

static int ask_one(tillgate_client *gate, const struct till *till, const char *label, size_t len)
{
	tillgate_request ask = till->ask;
	tillgate_answer answer = TILLGATE_ANSWER_INIT;
	tillgate_error err = TILLGATE_ERROR_INIT;

	ask.label = label;
	ask.label_len = len;
	if (tillgate_check(&answer, gate, &ask, &err) != TILLGATE_OK)
		(void)fprintf(stderr, "tillgate-example-till: %s\n", err.message); /* the answer is blocked already */
	if (till->json)
		show_json(&answer, label, len);
	else
		show_line(&answer);
	if (answer.could_not_check)
		return COULD_NOT;
	if (!answer.released && answer.overridable && till->override.reason != NULL)
		return override_one(gate, till, &answer);
	return answer.released ? ALL_SOLD : WITHHELD;
}

static int run(const struct till *till)
{
	tillgate_client *gate = NULL;
	tillgate_error err = TILLGATE_ERROR_INIT;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int worst = ALL_SOLD;

	if (tillgate_open(&gate, till->socket, till->timeout_ms, &err) != TILLGATE_OK) {
		(void)fprintf(stderr, "tillgate-example-till: %s\n", err.message);
		return USAGE;
	}
	while ((len = getline(&line, &room, stdin)) >= 0) {
		int rc;

		while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			len--;
		rc = ask_one(gate, till, line, (size_t)len);
		if (rc > worst)
			worst = rc;
		if (fflush(stdout) != 0) {
			perror("tillgate-example-till: standard output");
			worst = COULD_NOT;
			break;
		}
	}
	if (ferror(stdin)) {
		perror("tillgate-example-till: standard input");
		worst = COULD_NOT;
	}
	free(line);
	tillgate_close(gate);
	return worst;
}

static int usage(const char *words, const char *what)
{
	(void)fprintf(stderr, "tillgate-example-till: %s%s\n%s", words, what, help);
	return USAGE;
}

static bool read_timeout(int32_t *timeout_ms, const char *text)
{
	char *end;
	long ms;

	errno = 0;
	ms = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || ms < 1 || ms > TILLGATE_TIMEOUT_MAX_MS)
		return false;
	*timeout_ms = (int32_t)ms;
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "operation", required_argument, NULL, 'o' }, { "destination", required_argument, NULL, 'd' },
		{ "supply", required_argument, NULL, 'S' }, { "unit", required_argument, NULL, 'u' },
		{ "bought-before-duty", no_argument, NULL, 'B' }, { "batch", required_argument, NULL, 'b' },
		{ "device", required_argument, NULL, 'n' }, { "socket", required_argument, NULL, 's' },
		{ "timeout", required_argument, NULL, 't' }, { "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' }, { "override", required_argument, NULL, 'r' },
		{ "asked-by", required_argument, NULL, 'a' }, { "who", required_argument, NULL, 'w' },
		{ "pin-file", required_argument, NULL, 'p' }, { NULL, 0, NULL, 0 },
	};
	struct till till = { .ask = TILLGATE_REQUEST_INIT, .override = TILLGATE_OVERRIDE_REQUEST_INIT };
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			till.ask.operation = optarg;
			break;
		case 'd':
			till.ask.destination = optarg;
			break;
		case 'S':
			till.ask.supply = optarg;
			break;
		case 'u':
			till.ask.unit = optarg;
			break;
		case 'B':
			till.ask.bought_before_duty = 1;
			break;
		case 'b':
			till.ask.batch = optarg;
			break;
		case 'n':
			till.ask.device = optarg;
			break;
		case 's':
			till.socket = optarg;
			break;
		case 't':
			if (!read_timeout(&till.timeout_ms, optarg))
				return usage("--timeout: wanted 1 to 60000 milliseconds, found ", optarg);
			break;
		case 'r':
			till.override.reason = optarg;
			break;
		case 'a':
			till.override.asked_by = optarg;
			break;
		case 'w':
			till.override.who = optarg;
			break;
		case 'p':
			till.pin_file = optarg;
			break;
		case 'j':
			till.json = true;
			break;
		case 'h':
			return printf("%s", help) < 0 || fflush(stdout) != 0 ? COULD_NOT : ALL_SOLD;
		default:
			return usage("unknown option", "");
		}
	}
	if (till.override.reason != NULL && (till.override.asked_by == NULL || till.override.who == NULL || till.pin_file == NULL))
		return usage("--override goes with --asked-by, --who and --pin-file", "");
	return optind == argc ? run(&till) : usage("labels come from standard input, not from arguments: ", argv[optind]);
}
