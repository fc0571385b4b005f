/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict.h - the decision table of PSTI Part 1 as code: a case in, a verdict out, every row that hit kept.
 *
 * Pure: no I/O but reads of the mapped catalogue, no clock, no allocation. rules.c holds the table.
 */
#ifndef TG_GATE_VERDICT_H
#define TG_GATE_VERDICT_H

#include "plugin/gate/label.h"
#include "store/catalogue/catalogue.h"

#define TG_RULESET_VERSION 2
#define TG_LAW_AS_OF "2025-12-04" /* SI 2025/1267 in force */
#define TG_ROWS_MAX 64            /* rows fit a 64-bit set; law.md section 6 has 42 and a few halves */

/** What may happen to the unit. Numbers are ABI and are in the log. */
typedef enum { TG_ALLOW = 0, TG_NOTICE = 1, TG_HOLD = 2, TG_BLOCK = 3, TG_OUTCOME_COUNT = 4 } tg_outcome;
extern const char *const tg_outcome_words[TG_OUTCOME_COUNT + 1]; /* "allow" "notice" "hold" "block" */

typedef enum { TG_ROW_SYSTEM, TG_ROW_STOP, TG_ROW_EXEMPT, TG_ROW_ROUTE, TG_ROW_ANSWER, TG_ROW_GRADE } tg_row_kind;
typedef enum { TG_OVERRIDE_NO, TG_OVERRIDE_YES, TG_OVERRIDE_AS_COMPONENT } tg_override;

/** Four answers about the product itself, kept apart, and "none" where no product was asked about. */
typedef enum {
	TG_ANSWER_NONE = 0, TG_ANSWER_HELD = 1 /* SoC or label */, TG_ANSWER_MISSING = 2, TG_ANSWER_OUT = 3 /* of scope, or excepted */,
	TG_ANSWER_UNASSESSED = 4, TG_ANSWER_COUNT = 5,
} tg_answer;
extern const char *const tg_answer_words[TG_ANSWER_COUNT + 1]; /* "none" "held" "missing" "out-of-scope" "unassessed" */

typedef enum { TG_FRESH = 0, TG_AGEING = 1, TG_STALE = 2, TG_DEAD = 3, TG_CLOCK_FAULT = 4, TG_STAGE_COUNT = 5 } tg_stage;
extern const char *const tg_stage_words[TG_STAGE_COUNT + 1]; /* "fresh" "ageing" "stale" "dead" "clock-fault" */

typedef enum { TG_DEST_GB = 0, TG_DEST_NI = 1, TG_DEST_OUTSIDE_UK = 2, TG_DEST_COUNT = 3 } tg_destination;
extern const char *const tg_destination_words[TG_DEST_COUNT + 1]; /* "gb" "ni" "outside-uk" */

/** What kind of supply it is, or that it is none (s. 55). Numbers are ABI and are in the log. */
typedef enum {
	TG_SUPPLY_CONSUMER = 0, /**< the ordinary case */
	TG_SUPPLY_BUSINESS,     /**< to a business for its own use (row 36) */
	TG_SUPPLY_RESALE,       /**< wholesale, or another company of the group (row 35) */
	TG_SUPPLY_GIFT,         /**< gift, prize, staff sale, loyalty redemption (row 39) */
	TG_SUPPLY_OWN_BRANCH,   /**< to a branch of the same legal entity (row 34) */
	TG_SUPPLY_TO_VENDOR,    /**< back to the supplier (row 41) */
	TG_SUPPLY_HAND_BACK,    /**< the customer's own unit, after repair (row 40h) */
	TG_SUPPLY_LOAN,         /**< hire or loan (row 40) */
	TG_SUPPLY_SCRAP,        /**< sold as scrap (row 40h) */
	TG_SUPPLY_AS_DIRECTED,  /**< a movement that a notice in force on us directs: return leg of a recall (rows 1d, 2d) */
	TG_SUPPLY_COUNT,
} tg_supply;
extern const char *const tg_supply_words[TG_SUPPLY_COUNT + 1]; /* "consumer" "business" "resale" "gift" "own-branch" … */

/** What became of the unit before (s. 54). Numbers are ABI and are in the log. */
typedef enum {
	TG_UNIT_NEW = 0,
	TG_UNIT_UNWANTED,      /**< returned unwanted, s. 54(5) */
	TG_UNIT_FAULTY,        /**< returned faulty: treated as the one before (law-readings A28) */
	TG_UNIT_RECALLED,      /**< returned under Part 1, s. 54(6) */
	TG_UNIT_RECONDITIONED, /**< by or for the manufacturer, s. 54(7) */
	TG_UNIT_SECOND_HAND,   /**< supplied to a customer before, and that supply is on record, s. 54(2)(b), (3)(b) */
	TG_UNIT_COUNT,
} tg_unit;
extern const char *const tg_unit_words[TG_UNIT_COUNT + 1]; /* "new" "unwanted" "faulty" "recalled" "reconditioned" "second-hand" */

#define TG_SITE_BATCHES_MAX 64 /* batches of one product at one site; a shop with more has to read them from the packs */

/** The batches of one product that came to this site. */
typedef struct tg_site_batches {
	size_t count;
	char batch[TG_SITE_BATCHES_MAX][TG_AI_TEXT_MAX + 1];
} tg_site_batches;

/**
 * Fills `out` with every batch of `gtin` that came to this site (row 20b). False: not known, or not of all units; `out` is then not
 * read. Asked only where a statement lists batches and the unit's is not known, so that no other check pays for it. From any thread.
 */
typedef bool (*tg_site_batches_fn)(void *ctx, uint64_t gtin, tg_site_batches *out);

/** What the caller knows of the occasion. `{ 0 }` with an operation is a sale-like case in GB today of a fresh catalogue. */
typedef struct tg_occasion {
	tg_operation operation;
	tg_destination destination;   /**< goods-in and stock check: of the site (law-readings A10) */
	tg_supply supply;
	tg_unit unit;
	bool bought_before_duty;      /**< the unit came to us before 29 April 2024 (row 29) */
	int32_t today;                /**< date in the United Kingdom */
	tg_stage stage;               /**< of the catalogue, for this operation */
	bool log_broken;              /**< no durable record can be written (row 32) */
	tg_site_batches_fn site_batches; /**< what goods-in at this site says (row 20b); NULL: nothing is known */
	void *site;                   /**< its context */
} tg_occasion;

typedef struct tg_verdict {
	tg_outcome outcome;       /**< starts as TG_BLOCK */
	bool could_not_check;     /**< no trusted answer: its own outcome beside the four; `outcome` is then TG_BLOCK */
	bool overridable;         /**< every hit row at the winning severity allows it */
	uint64_t to_lift;         /**< bit n: row n must be lifted for the unit to go; of a bundle, also its components' rows. 0 where nothing withholds */
	uint8_t decided_by;       /**< row number (index in the table) that decided */
	tg_answer answer;
	uint64_t hit;             /**< bit n: row n of the table hit */
	uint64_t off;             /**< bit n: row n hit but was switched off */
	uint8_t off_by[TG_ROWS_MAX]; /**< for each bit of `off`: the row that did it */
	bool on_site_batches;     /**< ground of row 15 was 20b's: all batches received here are covered */
	bool found;               /**< `product` is filled */
	tg_product product;
	int32_t soc;              /**< number of the SoC that the answer rests on or that failed, for tg_catalogue_soc; -1 */
	int32_t conformance;      /**< the same for a conformance label; -1 */
	int32_t stop;             /**< number of the notice, failure or publication that the deciding row is about, for tg_catalogue_stop; -1 */
	uint64_t component;       /**< of a bundle: the GTIN of the component that row 28 is about; 0 */
} tg_verdict;

/**
 * Decide. `cat` NULL: no trusted catalogue (row 31, could not check).
 * Errors: none escapes. Damaged bytes, unknown values: could_not_check with TG_BLOCK, `err` (may be NULL) says why.
 * Identity kinds: product and in-store run the table; not-product that passes is TG_ALLOW with no row; the rest is
 * could_not_check = false, outcome TG_HOLD for ambiguous, TG_BLOCK for not-product that may not pass and unreadable,
 * hit == 0: a scanner matter that callers never show as a compliance block.
 */
void tg_gate_decide(tg_verdict *out, const tg_catalogue *cat, const tg_policy *policy, const tg_identity *identity,
	const tg_occasion *occasion, tg_error *err);

/* ---- the table, for explain, entries and tests ---- */
typedef struct tg_row {
	char id[5];            /**< as law.md: "9", "15b", "20a" */
	tg_row_kind kind;
	tg_override override;
	uint8_t outcome[TG_OP_COUNT]; /**< tg_outcome for each operation */
	const char *what;      /**< the condition in a few words */
	const char *basis;     /**< citation: "PSTI Act 2022 s. 22(2)" */
	const char *code;      /**< reason code for machines: "no-soc" */
	const char *action;    /**< staff line one: what to do, by words.c */
	const char *reason;    /**< staff line two: why, in one clause */
} tg_row;
size_t tg_rows_count(void);
const tg_row *tg_rows_at(size_t n); /* NULL past the end */

/* ---- what may leave: the verdict with the signed policy's mode and switches ---- */
typedef struct tg_release {
	bool released;       /**< the scan may be forwarded, the unit may go */
	bool would_release;  /**< the same under enforce: what observe mode records as it would have been */
	bool enforced;       /**< mode of this operation */
} tg_release;
void tg_gate_release(tg_release *out, const tg_verdict *verdict, const tg_identity *identity, const tg_policy *policy, const tg_occasion *occasion);

/* ---- overrides ---- */
/** May this authority of the policy lift all that withholds the unit, in this operation? False where nothing withholds it. */
bool tg_gate_may_lift(const tg_authority *authority, const tg_verdict *verdict, tg_operation operation);
/** A row that keeps a withheld unit from being overridden by anybody: its number, or -1. */
int tg_gate_unliftable(const tg_verdict *verdict);

/* ---- what is said to staff ---- */
typedef struct tg_words {
	const char *action, *reason, *code;
} tg_words;
/**
 * Staff words for a verdict and what tg_gate_release made of it: static text. Never law text, never an accusation.
 * The action tells to go on if and only if `release->released`. Where observe mode lets go what would be withheld,
 * it begins with going on and then says what would be done. `code` is the third line.
 */
void tg_words_for(tg_words *out, const tg_verdict *verdict, const tg_release *release, const tg_identity *identity,
	tg_operation operation);

/** How an override ended. Numbers stay inside the programs; codes (tg_words.code) are in the log and in answers: append only. */
typedef enum {
	TG_LIFT_GRANTED = 0,    /**< "override-granted" */
	TG_LIFT_WATCHED,        /**< "override-noted": granted where nothing is held back */
	TG_LIFT_NOT_DELIVERED,  /**< "override-not-delivered": granted, but no till took the scan */
	TG_LIFT_NO_CHECK,       /**< "no-such-check" */
	TG_LIFT_NO_PRODUCT,     /**< "not-a-product" */
	TG_LIFT_NOT_WITHHELD,   /**< "not-withheld" */
	TG_LIFT_TOO_LATE,       /**< "too-late" */
	TG_LIFT_OFF,            /**< "overrides-off" */
	TG_LIFT_USED,           /**< "already-overridden" */
	TG_LIFT_NO_REASON,      /**< "no-such-reason" */
	TG_LIFT_UNCHECKED,      /**< "could-not-check" */
	TG_LIFT_GOES_NOW,       /**< "goes-now" */
	TG_LIFT_NEVER,          /**< "not-overridable": a row that nobody lifts */
	TG_LIFT_SCAN_GONE,      /**< "scan-gone" */
	TG_LIFT_NOT_RECOGNISED, /**< "not-recognised" */
	TG_LIFT_LOCKED,         /**< "locked" */
	TG_LIFT_SAME_PERSON,    /**< "same-person" */
	TG_LIFT_NO_AUTHORITY,   /**< "no-authority" */
	TG_LIFT_NOT_RECORDED,   /**< "not-recorded" */
	TG_LIFT_NOBODY,         /**< "nobody-enrolled" */
	TG_LIFT_COUNT,
} tg_lift;
/** Staff words for it: static text. `verdict` is what was decided anew; NULL where it did not come to that. */
void tg_words_for_lift(tg_words *out, tg_lift lift, const tg_verdict *verdict);

/** Staff words for a colleague's badge that was scanned like a label. Nothing of it goes on. */
void tg_words_for_badge(tg_words *out);

#endif
