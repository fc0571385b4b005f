/* SPDX-License-Identifier: Apache-2.0
 *
 * policy.h - the signed policy: what head office decided where the law leaves a choice. Nothing on a till loosens it.
 * Format: tillgate-policy(5).
 */
#ifndef TG_CATALOGUE_POLICY_H
#define TG_CATALOGUE_POLICY_H

#include "store/base/json.h"
#include "store/base/utc.h"

#define TG_POLICY_MAX_BYTES 65536 /* a policy with a full pass-list is under 8 kB */
#define TG_PASS_MAX 64            /* rules on the pass-list; shops are known to need about ten */

/** What is about to happen to the unit. Numbers are ABI and are in the log: append, never renumber. */
typedef enum {
	TG_OP_OFFER = 0, TG_OP_SALE = 1, TG_OP_DISPATCH = 2, TG_OP_GOODS_IN = 3, TG_OP_RETURN = 4, TG_OP_STOCK_CHECK = 5,
	TG_OP_COUNT = 6,
} tg_operation;
extern const char *const tg_operation_words[TG_OP_COUNT + 1]; /* "offer" … "stock-check", NULL */

enum { TG_MODE_OBSERVE = 0, TG_MODE_ENFORCE = 1 };
enum { TG_ON_FAILURE_WITHHOLD = 0, TG_ON_FAILURE_RELEASE = 1 };

/** How a label that is no product is recognised beyond the built-in kinds. All stated conditions must hold. */
typedef struct tg_pass_rule {
	char kind[24];     /**< what the log says: "loyalty-card", "badge", "receipt", … never the content */
	char prefix[32];   /**< bytes the data starts with; "" any */
	char aim[4];       /**< AIM identifier's first two characters, e.g. "]C"; "" any */
	uint16_t min_len, max_len; /**< bytes of data */
	bool digits;       /**< digits only */
} tg_pass_rule;

/** The rows that a policy may let somebody override (law-readings A29). No policy, and nobody else, lifts any other. */
#define TG_LIFTABLE_COUNT 9
extern const char *const tg_liftable_rows[TG_LIFTABLE_COUNT + 1]; /* "3" "4" "7" "7w" "8b" "25" "26" "30" "41", NULL */

#define TG_POLICY_WORD_MAX 32 /* bytes of a name or code: a-z, 0-9 and '-' */
#define TG_AUTHORITIES_MAX 16 /* a shop is known to need three or four */
#define TG_REASONS_MAX 32     /* reasons on one screen; more are not read */
#define TG_REASON_WORDS_MAX 120 /* bytes: a line on a 1024-pixel till screen */
#define TG_OVERRIDE_WITHIN_MAX_S 3600 /* an hour: the unit still lies there, and the log is read back this far */

#define TG_SUPERVISOR "supervisor"   /* the right to enrol staff at a site; no policy gives it */
#define TG_CASE_RELEASE "release"     /* the right to settle a case, where the policy names no other */

/** Who may lift what. */
typedef struct tg_authority {
	char name[TG_POLICY_WORD_MAX + 1];
	uint16_t rows;       /**< bit n: tg_liftable_rows[n] */
	uint8_t operations;  /**< bit n: tg_operation n */
} tg_authority;

typedef struct tg_override_reason {
	char code[TG_POLICY_WORD_MAX + 1];
	char words[TG_REASON_WORDS_MAX + 1];
} tg_override_reason;

typedef struct tg_staff_rules {
	int32_t pin_digits_min; /**< of a new PIN */
	int32_t tries;          /**< wrong ones in a row before a person is locked out */
	int32_t lock_s;         /**< of the first lock-out; each further one is twice as long */
} tg_staff_rules;

#define TG_PIN_DIGITS_MIN 4  /* fewer are seen over a shoulder at once */
#define TG_PIN_DIGITS_MAX 16
#define TG_STAFF_RULES_DEFAULT { .pin_digits_min = 6, .tries = 5, .lock_s = 60 }

typedef struct tg_stage_limits { /**< age of the signed issue time, seconds; strictly greater moves on (law-readings A13) */
	int64_t ageing_s, stale_s, dead_s; /**< stale is law.md's soft limit (row 30), dead the hard one (row 31) */
} tg_stage_limits;

typedef struct tg_policy {
	uint64_t version;
	uint8_t mode[TG_OP_COUNT];        /**< TG_MODE_… for each operation */
	tg_stage_limits stages[TG_OP_COUNT];
	int64_t clock_ahead_max_s;        /**< a clock further ahead of the floor of signed time than this is a clock fault */
	uint8_t on_check_failure;         /**< TG_ON_FAILURE_…: no trusted answer */
	uint8_t on_log_failure;           /**< TG_ON_FAILURE_…: no durable record; releases out-of-scope lines only (A14) */
	bool dsp_ended_blocks;            /**< row 25: BLOCK instead of NOTICE */
	bool batch_unknown_blocks;        /**< row 20b: BLOCK instead of HOLD */
	int32_t dsp_notice_days;          /**< row 26 */
	int32_t link_test_max_age_days;   /**< row 15b */
	int32_t label_check_max_age_days; /**< row 23 */
	int32_t scope_review_grace_days;  /**< row 10: a note is good this long after its review date */
	int32_t retention_years;
	int32_t goods_in_from;            /**< from this day every delivery is checked at goods-in (row 20b); TG_DAY_NONE: not stated */
	uint32_t pass_kinds;              /**< kinds (bit 1 << TG_OTHER_…) that are forwarded; LISTED is set if there are rules */
	tg_pass_rule pass[TG_PASS_MAX];
	size_t pass_count;
	/* format 2 on; a policy of format 1 lets nothing be overridden and observes no product */
	tg_authority authorities[TG_AUTHORITIES_MAX]; /**< none: nothing may be overridden */
	size_t authority_count;
	tg_override_reason reasons[TG_REASONS_MAX];
	size_t reason_count;
	int32_t override_within_s; /**< an override may follow its check this long */
	char case_release[TG_POLICY_WORD_MAX + 1]; /**< the right that releases or settles a case; "release" unless stated */
	bool unknown_observed;     /**< row 9 of a product without a record only watches, until: */
	int32_t unknown_until;     /**< the last day of that; TG_DAY_NONE unless observed */
	tg_staff_rules staff;
	bool bracketed_text_counts; /**< "(01)…(10)…" identifies a product also outside GS1 carriers */
} tg_policy;

/** Parse and check; unknown members and values are refused. `*out` is whole or untouched. */
TG_NODISCARD int tg_policy_parse(tg_policy *out, tg_view text, tg_error *err);

/** Kinds of label that are no product, in the order of their bits in `pass_kinds` and their words in policy and log. */
enum {
	TG_OTHER_NONE = 0, TG_OTHER_COUPON, TG_OTHER_PERIODICAL, TG_OTHER_BOOK, TG_OTHER_RECEIPT, TG_OTHER_LOGISTIC_UNIT,
	TG_OTHER_LISTED, /* recognised by a rule of the pass-list; its word is the rule's `kind` */
	TG_OTHER_COUNT,
};
extern const char *const tg_other_words[TG_OTHER_COUNT + 1]; /* "none", "coupon", "periodical", "book", "receipt", "logistic-unit", "listed", NULL */

#endif
