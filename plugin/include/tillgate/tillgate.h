/* SPDX-License-Identifier: Apache-2.0
 *
 * tillgate.h - ask the gate of this station whether a scanned unit may be supplied.
 *
 * A thin client of the daemon tillgated, over its Unix socket. Needs the C library and nothing else; holds no key, no
 * database and no global state; prints nothing, handles no signal, starts no thread; reads no environment and no file.
 *
 *	tillgate_client *gate;
 *	tillgate_request ask = TILLGATE_REQUEST_INIT;
 *	tillgate_answer answer = TILLGATE_ANSWER_INIT;
 *	tillgate_error err = TILLGATE_ERROR_INIT;
 *
 *	if (tillgate_open(&gate, NULL, 0, &err) != TILLGATE_OK)
 *		...
 *	ask.label = scanned; ask.label_len = scanned_len;
 *	(void)tillgate_check(&answer, gate, &ask, &err);
 *	if (!answer.released)
 *		show(answer.action, answer.reason, answer.reference);
 *	tillgate_close(gate);
 *
 * Rules that hold everywhere:
 *  - An error never allows. Whatever goes wrong, the answer is TILLGATE_BLOCK, could_not_check 1, released 0, so that a
 *    till that looks at nothing but `released` is right.
 *  - Texts are UTF-8, end with a zero byte, never hold control or direction-changing characters, and are "" if unknown.
 *    A text for people that does not fit its array is cut at a character and ends in "...".
 *  - A struct begins with its `size`, set by its INIT macro. Structs grow at the end only. The library never writes past
 *    `size`, so programs built with an older or a newer header work; members that the library does not know are zeroed.
 *  - One handle may be used by one thread at a time; different handles by different threads at once. After fork() a
 *    child may go on using the handle: it makes its own connection.
 */
#ifndef TILLGATE_TILLGATE_H
#define TILLGATE_TILLGATE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TILLGATE_API __attribute__((visibility("default")))
#define TILLGATE_NODISCARD __attribute__((warn_unused_result))
#else
#define TILLGATE_API
#define TILLGATE_NODISCARD
#endif

#define TILLGATE_ABI 1                /**< of this header; compare with tillgate_abi() after dlopen() */
#define TILLGATE_LABEL_MAX 4099       /**< bytes: an AIM identifier and the longest scan the gate reads */
#define TILLGATE_TIMEOUT_MS 2000      /**< used where 0 is given; an answer normally takes one disk flush */
#define TILLGATE_TIMEOUT_MAX_MS 60000 /**< a till that waits longer has hung for the person at it */
#define TILLGATE_SOCKET "/run/tillgate/tillgated.sock" /**< used where NULL is given */

/** What may happen to the unit. These numbers are ABI: appended, never renumbered. */
enum {
	TILLGATE_ALLOW = 0,  /**< may be supplied */
	TILLGATE_NOTICE = 1, /**< may be supplied, and there is something to say; waits for nobody */
	TILLGATE_HOLD = 2,   /**< put aside; somebody must look */
	TILLGATE_BLOCK = 3   /**< must not be supplied */
};

/** Results of functions. These numbers are ABI: appended, never renumbered. */
enum {
	TILLGATE_OK = 0,
	TILLGATE_EINVAL = -1,    /**< what the caller passed cannot be asked */
	TILLGATE_ENOMEM = -2,
	TILLGATE_EABSENT = -3,   /**< no daemon answers at the socket, or it may not be used; `sys` holds errno */
	TILLGATE_EIO = -4,       /**< the connection failed midway; `sys` holds errno or 0 */
	TILLGATE_ETIMEOUT = -5,  /**< no whole answer within the timeout */
	TILLGATE_EPROTOCOL = -6, /**< what came back is no answer of the daemon */
	TILLGATE_EREFUSED = -7   /**< the daemon refused the request; `message` holds its words */
};

/** What went wrong, for a log. Yours; may be NULL wherever it is taken. Its layout is frozen. */
typedef struct tillgate_error {
	int32_t code;      /**< TILLGATE_OK or TILLGATE_E... */
	int32_t sys;       /**< errno, or 0 */
	char message[240]; /**< "no daemon at /run/tillgate/tillgated.sock: Connection refused"; never holds the label */
} tillgate_error;

/** A way to the daemon. Opaque. */
typedef struct tillgate_client tillgate_client;

/** One question. The pointers are borrowed for the call; texts other than `label`, `supplier` and `delivery` are printable ASCII. */
typedef struct tillgate_request {
	size_t size;             /**< sizeof(tillgate_request); set by TILLGATE_REQUEST_INIT */
	const void *label;       /**< bytes as scanned, without the scanner's suffix; GS (0x1D) kept; an AIM identifier may be in front */
	size_t label_len;        /**< bytes; at most TILLGATE_LABEL_MAX; 0 is an empty scan */
	const char *operation;   /**< "offer", "sale" (preset), "dispatch", "goods-in", "return", "stock-check" */
	const char *aim;         /**< AIM identifier "]d2" if the scanner gives it apart from the label; NULL */
	const char *destination; /**< "gb", "ni", "outside-uk"; NULL is "gb" */
	const char *batch;       /**< batch that a person read off the pack, at most 20 bytes; used only if the label has none; NULL */
	const char *device;      /**< name of the till or scanner for the record, at most 63 bytes; NULL */
	const char *supply;      /**< "consumer", "business", "resale", "gift", "own-branch", "to-vendor", "hand-back", "loan", "scrap",
				      "as-directed"; NULL is "consumer" */
	const char *unit;        /**< "new", "unwanted", "faulty", "recalled", "reconditioned", "second-hand"; NULL is "new" */
	int32_t bought_before_duty; /**< 1: the unit was bought in before 29 April 2024 */
	const char *supplier;    /**< "goods-in" and "return": who delivered; UTF-8, at most 63 bytes; NULL */
	const char *delivery;    /**< and with what: units of one delivery that are put aside together are one case; the same */
	const char *operator_name; /**< who serves: cannot then override this check; at most 32 of a-z A-Z 0-9 . _ - @; only an id is logged; NULL */
} tillgate_request;

/** The answer to one check. A value: points into nothing. */
typedef struct tillgate_answer {
	size_t size;                /**< sizeof(tillgate_answer); set by TILLGATE_ANSWER_INIT */
	int32_t decision;           /**< TILLGATE_ALLOW ... TILLGATE_BLOCK; starts as TILLGATE_BLOCK */
	int32_t could_not_check;    /**< 1: there is no trusted answer; show it as that, not as a block of the product */
	int32_t released;           /**< 1: the unit may go on. This is what a till obeys: mode and signed switches are in it */
	int32_t would_release;      /**< 1: as `released`, were the mode "enforce" */
	int32_t overridable;        /**< 1: another person may override, for a stated reason: tillgate_override() */
	int32_t recorded;           /**< 1: a durable entry of this check exists; `seq`, `reference` and `at` are of it */
	int64_t seq;                /**< number of the entry in the station's log; -1 if none */
	int64_t age_s;              /**< seconds since head office signed what was asked; -1 unknown */
	int64_t catalogue_version;  /**< 0: none */
	int64_t policy_version;     /**< 0: none */
	char rule[8];               /**< row of the decision table that decided: "15b"; "" if none did */
	char code[48];              /**< reason for machines: "no-soc" */
	char action[160];           /**< line one for staff: what to do */
	char reason[240];           /**< line two for staff: why */
	char basis[160];            /**< legal basis: "PSTI Act 2022 s. 22(2)"; "" if policy only */
	char reference[40];         /**< to read out or print: "T1-1A7-K" */
	char kind[16];              /**< "product", "in-store", "not-a-product", "ambiguous", "unreadable" */
	char gtin[16];              /**< 14 digits */
	char batch[24];             /**< as labelled or given by hand */
	char serial[24];
	char name[160];             /**< of the product */
	char manufacturer[160];
	char assessment[16];        /**< "held", "missing", "out-of-scope", "unassessed", "none" (no product was asked about) */
	char soc[160];              /**< id of the statement of compliance that the answer rests on */
	char soc_link[2056];        /**< where it can be read, whole (at most 2048 bytes); "" too if it is not plain ASCII */
	char stage[16];             /**< of the catalogue: "fresh", "ageing", "stale", "dead", "clock-fault" */
	char mode[12];              /**< "enforce" or "observe" */
	char operation[16];         /**< as asked */
	char at[32];                /**< "2026-11-23T02:11:52.123456Z", UTC */
	char fault[240];            /**< why it could not be checked or recorded, for a log; "" otherwise */
	char override_authorities[600]; /**< who may override: the policy's names, joined with "; "; "" nobody */
	char override_reasons[1200]; /**< codes to choose from, joined with "; " */
	char override_until[32];     /**< last moment for an override, UTC, as `at` */
	char case_id[40];            /**< the case that the unit was put aside with; "" none */
	char no_case[160];           /**< why a unit that was put aside has no case, or none yet; "" otherwise */
} tillgate_answer;

/** A second person lets the unit of one check go. The pointers are borrowed for the call; texts are printable ASCII. */
typedef struct tillgate_override_request {
	size_t size;           /**< sizeof(tillgate_override_request); set by TILLGATE_OVERRIDE_REQUEST_INIT */
	const char *reference; /**< of the check's answer */
	const char *reason;    /**< one of the answer's `override_reasons` */
	const char *asked_by;  /**< who serves at the till, 1 to 32 of a-z A-Z 0-9 . _ - @; not the second person */
	const char *who;       /**< the second person, as enrolled at the station; may be NULL with a badge */
	const char *pin;       /**< their PIN; or NULL, and one of: */
	const char *badge;     /**< what their badge says, as scanned without an AIM identifier */
	const char *badge_at;  /**< name of the gate's own scanner at which their badge was scanned in the last half minute */
} tillgate_override_request;

/** What became of an override. A value: points into nothing. */
typedef struct tillgate_override_answer {
	size_t size;       /**< sizeof(tillgate_override_answer); set by TILLGATE_OVERRIDE_ANSWER_INIT */
	int32_t released;  /**< 1: the unit may go. This is what a till obeys */
	int32_t granted;   /**< 1: recorded and in force; `released` is 0 all the same if a till of the gate's own did not take the scan */
	int32_t recorded;  /**< 1: a durable entry says so; `seq`, `reference` and `at` are of it */
	int32_t delivered; /**< 1: the gate sent the scan to its till and it was taken; 0: it was not taken; -1: the gate had nothing to send */
	int64_t seq;       /**< number of the entry; -1 if none */
	int64_t wait_s;    /**< locked out after wrong tries: so many seconds more; 0 */
	char code[48];     /**< for machines: "override-granted", "not-overridable", "no-authority", ... */
	char action[160];  /**< line one for staff: what to do */
	char reason[240];  /**< line two for staff: why */
	char authority[40]; /**< by which it was granted; "" */
	char reference[40];
	char at[32];
	char fault[240];   /**< for a log; "" otherwise */
} tillgate_override_answer;

/** How the station is. A value: points into nothing. */
typedef struct tillgate_state {
	size_t size;               /**< sizeof(tillgate_state); set by TILLGATE_STATE_INIT */
	int64_t age_s;             /**< seconds since head office signed the catalogue in force; -1 unknown */
	int64_t catalogue_version; /**< 0: none */
	int64_t policy_version;    /**< 0: none */
	char stage[16];            /**< the worst of any operation; words as in tillgate_answer */
	char mode[12];             /**< "enforce" or "observe" if all operations agree, else "mixed" */
	char health[16];           /**< "good", "attention", "cannot-check" */
	char station[64];          /**< its id */
	char software[32];         /**< version of the daemon */
	char degraded[512];        /**< what is wrong, for people; "" if nothing */
} tillgate_state;

#ifdef __cplusplus
} /* what follows needs C++ linkage */

inline tillgate_request tillgate_request_init_()
{
	tillgate_request r = tillgate_request();
	r.size = sizeof(r);
	r.operation = "sale";
	return r;
}
inline tillgate_answer tillgate_answer_init_()
{
	tillgate_answer a = tillgate_answer();
	a.size = sizeof(a);
	a.decision = TILLGATE_BLOCK;
	a.could_not_check = 1;
	return a;
}
inline tillgate_state tillgate_state_init_()
{
	tillgate_state s = tillgate_state();
	s.size = sizeof(s);
	return s;
}
inline tillgate_override_request tillgate_override_request_init_()
{
	tillgate_override_request r = tillgate_override_request();
	r.size = sizeof(r);
	return r;
}
inline tillgate_override_answer tillgate_override_answer_init_()
{
	tillgate_override_answer a = tillgate_override_answer();
	a.size = sizeof(a);
	a.delivered = -1;
	a.seq = -1;
	return a;
}
#define TILLGATE_OVERRIDE_REQUEST_INIT tillgate_override_request_init_()
#define TILLGATE_OVERRIDE_ANSWER_INIT tillgate_override_answer_init_()
#define TILLGATE_REQUEST_INIT tillgate_request_init_()
#define TILLGATE_ANSWER_INIT tillgate_answer_init_()
#define TILLGATE_STATE_INIT tillgate_state_init_()
#define TILLGATE_ERROR_INIT tillgate_error()

extern "C" {
#else
#define TILLGATE_REQUEST_INIT { .size = sizeof(tillgate_request), .operation = "sale" }
#define TILLGATE_ANSWER_INIT { .size = sizeof(tillgate_answer), .decision = TILLGATE_BLOCK, .could_not_check = 1 }
#define TILLGATE_STATE_INIT { .size = sizeof(tillgate_state) }
#define TILLGATE_OVERRIDE_REQUEST_INIT { .size = sizeof(tillgate_override_request) }
#define TILLGATE_OVERRIDE_ANSWER_INIT { .size = sizeof(tillgate_override_answer), .delivered = -1, .seq = -1 }
#define TILLGATE_ERROR_INIT { .code = TILLGATE_OK }
#endif

/**
 * Make a handle. Nothing is connected yet, so a till may start before the daemon does; tillgate_status() tries the way.
 *
 * Units:     `timeout_ms` bounds every later call as a whole; 0 is TILLGATE_TIMEOUT_MS, at most TILLGATE_TIMEOUT_MAX_MS.
 * Ownership: `*out` is the caller's: tillgate_close(). NULL on error. `socket_path` is copied; NULL is TILLGATE_SOCKET.
 * Errors:    TILLGATE_EINVAL path too long for a Unix socket, timeout out of range, `out` NULL; TILLGATE_ENOMEM.
 * Threads:   any.
 * Source:    unix(7) for the length of a path (107 bytes).
 */
TILLGATE_API TILLGATE_NODISCARD int tillgate_open(tillgate_client **out, const char *socket_path, int32_t timeout_ms,
	tillgate_error *err);

/**
 * Ask whether one unit may be supplied. Each call is one unit, and one entry in the station's log: two equal labels
 * are two units.
 *
 * Units:     bytes; see tillgate_request.
 * Ownership: `*out` is the caller's and points into nothing; `request` and what it points to are borrowed.
 * Errors:    every TILLGATE_E... but TILLGATE_ENOMEM. On any error `*out` is TILLGATE_BLOCK, could_not_check 1, released 0,
 *            with words for staff in `action` and `reason`, so that ignoring the return value blocks the sale.
 *            Only where `out->size` was never set (TILLGATE_EINVAL) is nothing written: use the INIT macro.
 *            TILLGATE_OK means that the daemon answered; could_not_check may be 1 in that answer too, and `released` then
 *            follows the signed policy. An unknown product, an unreadable label: answers, not errors.
 * Blocking:  up to the handle's timeout, in poll(2). The unit is recorded durably before the answer arrives.
 * Repeating: the connection is kept from call to call. If the daemon closed it meanwhile, or it was idle long, one new
 *            one is made. A check is sent again only if not one byte of it had been sent: otherwise the daemon may have
 *            recorded it, and asking again would count the unit twice. After TILLGATE_EIO or TILLGATE_ETIMEOUT the log may
 *            hold a check whose answer never came; scan again when somebody wants the unit.
 * Threads:   one at a time on one handle.
 * Source:    PSTI Act 2022 s. 22 (what the answer is about); tillgated(8), POST /v1/check.
 */
TILLGATE_API TILLGATE_NODISCARD int tillgate_check(tillgate_answer *out, tillgate_client *client,
	const tillgate_request *request, tillgate_error *err);

/**
 * Let one withheld unit go, by a second person. Once for each check, within the time that its answer states. The gate decides anew at this
 * moment: what stops the unit now stops it, whatever the check said. Every attempt is an entry in the station's log.
 *
 * Ownership: `*out` is the caller's and points into nothing; `request` and what it points to are borrowed. The library wipes its own
 *            copy of PIN and badge before it returns; whoever typed them wipes theirs.
 * Errors:    every TILLGATE_E... but TILLGATE_ENOMEM. On any error `*out` has `released` 0 and `granted` 0, with words for staff. A refusal
 *            is an answer (TILLGATE_OK). After TILLGATE_EIO and TILLGATE_ETIMEOUT the log may hold an override whose answer never came:
 *            scan the unit again.
 * Blocking:  up to the handle's timeout. A PIN takes the station about a twentieth of a second.
 * Threads:   one at a time on one handle.
 * Source:    tillgated(8), POST /v1/override; tillgate-policy(5), override.
 */
TILLGATE_API TILLGATE_NODISCARD int tillgate_override(tillgate_override_answer *out, tillgate_client *client,
	const tillgate_override_request *request, tillgate_error *err);

/**
 * Ask how the station is: is there a daemon, a catalogue, how old is it, what is wrong.
 *
 * Units:     seconds; see tillgate_state.
 * Ownership: `*out` is the caller's and points into nothing.
 * Errors:    as tillgate_check(). On any error `health` is "cannot-check", `stage` is "dead", and `degraded` says what happened.
 * Blocking:  up to the handle's timeout.
 * Threads:   one at a time on one handle.
 * Source:    tillgated(8), GET /v1/status.
 */
TILLGATE_API TILLGATE_NODISCARD int tillgate_status(tillgate_state *out, tillgate_client *client, tillgate_error *err);

/**
 * Close the connection and free the handle.
 *
 * Ownership: `client` is gone afterwards; NULL is fine.
 * Errors:    none.
 * Threads:   nobody else may be using the handle.
 */
TILLGATE_API void tillgate_close(tillgate_client *client);

/**
 * Version of the library: "0.1.0".
 *
 * Ownership: static storage; never NULL.
 * Errors:    none.
 * Threads:   any.
 */
TILLGATE_API const char *tillgate_version(void);

/**
 * TILLGATE_ABI of the library. A program that found the library by dlopen() refuses to use it if this differs from its own.
 *
 * Errors:    none.
 * Threads:   any.
 */
TILLGATE_API int32_t tillgate_abi(void);

/**
 * The word of a decision: "allow", "notice", "hold", "block"; "block" for every other number.
 *
 * Ownership: static storage; never NULL.
 * Errors:    none.
 * Threads:   any.
 */
TILLGATE_API const char *tillgate_decision_word(int32_t decision);

/**
 * A short English name of a result: "timeout".
 *
 * Ownership: static storage; never NULL.
 * Errors:    none; an unknown number gives "unknown".
 * Threads:   any.
 */
TILLGATE_API const char *tillgate_strerror(int32_t code);

#ifdef __cplusplus
}
#endif

#endif
