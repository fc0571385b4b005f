/* SPDX-License-Identifier: Apache-2.0
 *
 * rules.h - the prepared facts of one case, the form of a rule, and how rules combine; for the files of this room.
 *
 * facts.c fills the facts from catalogue, policy and occasion; rules.c holds the table and combines what hits;
 * verdict.c joins the two. A further row is one more line of the table and, where it asks something new, one more fact.
 */
#ifndef TG_GATE_RULES_H
#define TG_GATE_RULES_H

#include "plugin/gate/verdict.h"

/** The rows of the table, in the order of the law's numbers. Bits of tg_verdict.hit are these. */
enum {
	TG__ROW_1,
	TG__ROW_1D,
	TG__ROW_2,
	TG__ROW_2D,
	TG__ROW_3,
	TG__ROW_4,
	TG__ROW_5,
	TG__ROW_6,
	TG__ROW_7,
	TG__ROW_7W,
	TG__ROW_8,
	TG__ROW_8B,
	TG__ROW_9,
	TG__ROW_10,
	TG__ROW_11,
	TG__ROW_12,
	TG__ROW_13,
	TG__ROW_14,
	TG__ROW_15,
	TG__ROW_15B,
	TG__ROW_16,
	TG__ROW_17,
	TG__ROW_18,
	TG__ROW_18D,
	TG__ROW_19,
	TG__ROW_20A,
	TG__ROW_20B,
	TG__ROW_21,
	TG__ROW_22,
	TG__ROW_23,
	TG__ROW_24,
	TG__ROW_25,
	TG__ROW_26,
	TG__ROW_27,
	TG__ROW_28,
	TG__ROW_28N,
	TG__ROW_28A,
	TG__ROW_29,
	TG__ROW_30,
	TG__ROW_31,
	TG__ROW_32,
	TG__ROW_33,
	TG__ROW_34,
	TG__ROW_35,
	TG__ROW_36,
	TG__ROW_37,
	TG__ROW_38,
	TG__ROW_39,
	TG__ROW_40,
	TG__ROW_40H,
	TG__ROW_41,
	TG__ROW_42,
	TG__ROW_COUNT,
};

/** Why a statement of compliance does not answer for the unit. No bit: it does. */
enum {
	TG__SOC_NONE = 1,           /* no paper, or a paper that is no statement (D01, D13) */
	TG__SOC_SUMMARY = 2,        /* D13, a summary */
	TG__SOC_INCOMPLETE = 4,     /* a hard defect */
	TG__SOC_DOUBT = 8,          /* D15, D18 */
	TG__SOC_TYPE = 16,          /* D03, other type */
	TG__SOC_BATCH = 32,         /* D05 */
	TG__SOC_BATCH_UNKNOWN = 64, /* limited to batches, and the unit's is not known */
	TG__SOC_SERIAL = 128,
	TG__SOC_OUT_OF_FORCE = 256, /* D14: withdrawn or superseded */
};
/** Grounds that someone may yet clear up: the unit waits. Every other ground stops it. */
#define TG__SOC_WAITS (TG__SOC_DOUBT | TG__SOC_BATCH_UNKNOWN)

/** What is known against the unit: notices, failures, publications in force today that cover it, or may. Bits of `stops`. */
enum {
	TG__STOP_NOTICE = 1,             /* row 1 */
	TG__STOP_RECALL = 2,             /* row 2 */
	TG__STOP_APPEALED = 4,           /* row 3, and its sale is signed off */
	TG__STOP_APPEALED_UNSIGNED = 8,  /* row 3 */
	TG__STOP_INTENT = 16,            /* row 4, cleared by counsel */
	TG__STOP_INTENT_OPEN = 32,       /* row 4 */
	TG__STOP_COMPLIANCE = 64,        /* row 5, other duty */
	TG__STOP_COMPLIANCE_SUPPLY = 128, /* row 5, the duty is that of s. 22 or 23 (15, 16) */
	TG__STOP_FAILURE = 256,          /* row 6 */
	TG__STOP_SUSPICION = 512,        /* row 7 */
	TG__STOP_PUBLISHED = 1024,       /* row 8, type or batch named */
	TG__STOP_PUBLISHED_BRAND = 2048, /* row 8, brand only, or another batch */
	TG__STOP_SHORTENED = 4096,       /* row 27 */
};
#define TG__STOP_BITS 13

/** One case, prepared: what the predicates look at. All false is a case of which nothing is known. */
struct tg__facts {
	tg_operation operation;
	tg_destination destination;
	tg_supply supply;
	tg_unit unit;
	bool bought_before_duty;
	tg_stage stage;
	bool trusted; /**< catalogue and policy could be read */
	bool log_broken;
	bool found;        /**< the catalogue has a record */
	bool scope_open;   /**< the record has no scope answer, or one that exempts and is past its review */
	bool out_of_scope; /**< current note: fails s. 5 */
	bool business_only; /**< current note: no identical product is made available to consumers, s. 54(3)(c) */
	bool excepted;     /**< current note: named in Schedule 3 */
	bool exception_holds;  /**< and the condition is shown, for this destination */
	bool connectable;      /**< the question of a statement arises: in scope, or excepted */
	bool soc_good;         /**< one statement is complete and covers the unit */
	bool soc_with_goods;   /**< how it accompanies is on record, and its link was tested in time */
	bool soc_withdrawn;    /**< some statement was withdrawn by the manufacturer */
	bool soc_out_of_force; /**< some statement was withdrawn or superseded */
	uint32_t soc_grounds;  /**< TG__SOC_… of the best statement; TG__SOC_NONE when there is none */
	bool label_held, label_current;
	bool support_ended, support_ending;
	bool support_ended_blocks, batch_unknown_blocks; /**< the policy's choices */
	bool own_brand;            /**< our role for this product line (s. 7) */
	uint32_t stops;            /**< TG__STOP_… */
	bool bundle;               /**< the scanned number stands for several products */
	tg_outcome components_worst; /**< of a bundle: the most severe of its components' outcomes */
	bool components_overridable; /**< for rows whose override follows a bundle's components */
	uint64_t components_to_lift; /**< rows that withhold a component */
	bool components_exempt;      /**< of a bundle: each is out of scope, or excepted */
	/* for the verdict, not for predicates */
	tg_product product;
	int32_t soc, conformance;
	int32_t stop_at[TG__STOP_BITS]; /**< number of the first that set a bit; meant only where the bit is set */
	uint64_t component;
	bool on_site_batches;
};

/** Groups of rows that a row may switch off or soften. */
enum {
	TG__RESTS_ON_S22 = 1, /* 9, 12, 14-26, 29, 30; 28 follows its components, for which the same is asked */
	TG__RESTS_ON_S23 = 2, /* 3-8, 27: free for a unit handed back (law-readings A25) */
	TG__SOFTENS = 4,      /* 9, 12, 16-24, 28: BLOCK becomes HOLD for a movement of quarantine stock (A18) */
	TG__STOP_NOTICE_ROW = 8,    /* 1: free for a movement that the stop notice directs (A6) */
	TG__RECALL_NOTICE_ROW = 16, /* 2: free for the return leg of the recall (A6) */
};

struct tg__rule {
	tg_row row;
	bool (*hits)(const struct tg__facts *facts);
	uint8_t groups;       /**< TG__… groups that the row is in */
	uint8_t switches_off; /**< groups that it switches off when it hits; a system row never goes off */
	uint8_t softens;      /**< groups whose BLOCK it makes a HOLD when it hits; its own override then counts for them */
	bool (*harsher)(const struct tg__facts *facts); /**< NULL, or: the policy asks for `harsh` instead */
	uint8_t harsh[TG_OP_COUNT];
};

/**
 * Run a whole table over one case and combine what hits into `out`: hit, off, off_by, outcome, decided_by,
 * overridable. A case that no row judges is could_not_check. `count` is at most TG_ROWS_MAX.
 */
void tg__rules_run(
	tg_verdict *out, const struct tg__rule *rules, size_t count, const struct tg__facts *facts);

/** A row's own outcome in the case's operation, as the policy has it; not yet softened. */
tg_outcome tg__rules_cell(const struct tg__rule *rule, const struct tg__facts *facts);

/** The table of this version. */
extern const struct tg__rule tg__rules[TG__ROW_COUNT];

/**
 * Fill the facts. On any error nothing in `out` may be relied on.
 * Errors: what the catalogue says; TG_EFORMAT for a value that this version does not know; TG_ELIMIT.
 */
TG_NODISCARD int tg__facts_gather(struct tg__facts *out, const tg_catalogue *cat, const tg_policy *policy,
	const tg_identity *identity, const tg_occasion *occasion, tg_error *err);

/** A case as it comes: what facts are gathered from. Borrowed. */
struct tg__case {
	const tg_catalogue *cat;
	const tg_policy *policy;
	const tg_identity *identity;
	const tg_occasion *occasion;
};

/** Why statement number `n` of the product does not answer: TG__SOC_…; 0 if it does. For explanations. */
TG_NODISCARD int tg__facts_grounds(
	uint32_t *grounds, const struct tg__facts *facts, const struct tg__case *c, uint32_t n, tg_error *err);

/** The worst outcome of a bundle's components, by the row of bundles that hit. For explanations. */
tg_outcome tg__verdict_components(const tg_verdict *verdict);

/** What the product is, in one of four answers. */
tg_answer tg__facts_answer(const struct tg__facts *facts);

/** Staff lines of each row; words.c holds them. Sizes are for two short lines on a 1024-pixel till screen. */
struct tg__row_words {
	char out[104];    /**< what to do when it would leave: offer, sale, dispatch */
	char in[104];     /**< what to do when it comes or stays: goods-in, return, stock check */
	char reason[104]; /**< why, in one clause */
};
extern const struct tg__row_words tg__row_words[TG__ROW_COUNT];

#endif
