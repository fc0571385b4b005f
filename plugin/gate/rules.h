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
	TG__ROW_7,
	TG__ROW_9,
	TG__ROW_10,
	TG__ROW_11,
	TG__ROW_12,
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
	TG__ROW_30,
	TG__ROW_31,
	TG__ROW_32,
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

/** One case, prepared: what the predicates look at. All false is a case of which nothing is known. */
struct tg__facts {
	tg_operation operation;
	tg_stage stage;
	bool trusted; /**< catalogue and policy could be read */
	bool log_broken;
	bool found;        /**< the catalogue has a record */
	bool scope_open;   /**< the record has no scope answer, or one that exempts and is past its review */
	bool out_of_scope; /**< current note: fails s. 5 */
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
	bool components_overridable; /**< for rows whose override follows a bundle's components */
	/* for the verdict, not for predicates */
	tg_product product;
	int32_t soc, conformance;
	bool on_site_batches;
};

/** Groups of rows that a row may switch off or soften. */
enum {
	TG__RESTS_ON_S22 = 1, /* 9, 12, 14-26, 28-30 */
	TG__RESTS_ON_S23 = 2, /* 4-8, 27: free for a unit handed back (law-readings A25) */
	TG__SOFTENS = 4,      /* 9, 12, 16-24: BLOCK becomes HOLD for a movement of quarantine stock (A18) */
};

struct tg__rule {
	tg_row row;
	bool (*hits)(const struct tg__facts *facts);
	uint8_t groups;       /**< TG__… groups that the row is in */
	uint8_t switches_off; /**< groups that it switches off when it hits; a system row never goes off */
	uint8_t softens;      /**< groups whose BLOCK it makes a HOLD when it hits */
	bool (*harsher)(const struct tg__facts *facts); /**< NULL, or: the policy asks for `harsh` instead */
	uint8_t harsh[TG_OP_COUNT];
};

/**
 * Run a whole table over one case and combine what hits into `out`: hit, off, off_by, outcome, decided_by,
 * overridable. A case that no row judges is could_not_check. `count` is at most TG_ROWS_MAX.
 */
void tg__rules_run(
	tg_verdict *out, const struct tg__rule *rules, size_t count, const struct tg__facts *facts);

/** The table of this version. */
extern const struct tg__rule tg__rules[TG__ROW_COUNT];

/**
 * Fill the facts. On any error nothing in `out` may be relied on.
 * Errors: what the catalogue says; TG_EFORMAT for a value that this version does not know; TG_ELIMIT.
 */
TG_NODISCARD int tg__facts_gather(struct tg__facts *out, const tg_catalogue *cat, const tg_policy *policy,
	const tg_identity *identity, const tg_occasion *occasion, tg_error *err);

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
