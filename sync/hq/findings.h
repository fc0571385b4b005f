/* SPDX-License-Identifier: Apache-2.0
 *
 * findings.h - what lint has to say: level, code, file, line, field, what is wrong and what to do.
 *
 * Knows no record and no rule; keeps, orders and prints.
 */
#ifndef TG_HQ_FINDINGS_H
#define TG_HQ_FINDINGS_H

#include "store/base/json.h"
#include "sync/hq/arena.h"

#include <stdio.h>

#define TG_FINDINGS_MAX 1000000 /* kept; the rest is only counted: nobody reads on, and memory is bounded */

typedef enum {
	TG_FINDING_WARNING, /* worth a look; nothing is withheld because of it */
	TG_FINDING_DEFECT,  /* goes into the image as such: the till withholds, or will */
	TG_FINDING_ERROR,   /* the records contradict themselves: nothing is published */
	TG_FINDING_LEVELS
} tg_finding_level;
extern const char *const tg_finding_words[TG_FINDING_LEVELS + 1]; /* "warning" "defect" "error" */

typedef struct tg_finding {
	uint8_t level;
	const char *code;  /**< "D04" or a word such as "duplicate-gtin"; static */
	const char *file;  /**< "socs.jsonl"; static */
	uint32_t line;     /**< 1 is the first; 0: the file as a whole */
	const char *field; /**< "signatory.name", or "" */
	const char *words; /**< what is wrong, and what to do */
	const char *column, *value; /**< of a spreadsheet: the column's name, and what stands there, cut; else "" */
} tg_finding;

typedef struct tg_findings {
	tg_arena texts;
	tg_finding *list;
	size_t count, cap;
	size_t dropped;                   /**< over TG_FINDINGS_MAX */
	size_t counts[TG_FINDING_LEVELS]; /**< all of them, dropped ones too */
	const char *column, *value;       /**< the cell that is looked at: what is added belongs to it; NULL: none */
} tg_findings;

/** Zero-initialise before first use. */
void tg_findings_fini(tg_findings *findings);

/** Where a finding belongs. `file` is static text. */
typedef struct tg_finding_at {
	const char *file;
	uint32_t line;
} tg_finding_at;

/** `code` is static; `field` and the words are copied, hostile characters in them become '?'. */
void tg_findings_add(tg_findings *findings, tg_finding_level level, const char *code, tg_finding_at at,
	const char *field, const char *fmt, ...) TG_PRINTF(6, 7);

/** Order by file, line, code, field, words, so that the same records give the same report. */
void tg_findings_sort(tg_findings *findings);

/** What of the findings to print. { 0 } is all of it. */
typedef struct tg_findings_choice {
	const char *folder;     /**< goes in front of the file ("records"); NULL: nothing */
	tg_finding_level least; /**< only of this level and worse */
	size_t equal_warnings;  /**< at most so many of one code are printed, the rest is counted; 0: all */
} tg_findings_choice;

/** "records/socs.jsonl:12: defect D04 batches: no batch stated. Ask …", one a line. */
void tg_findings_print(FILE *out, const tg_findings *findings, const tg_findings_choice *choice);

/** How often each code was found, one a line, the worst level first; nothing if there are none. */
void tg_findings_print_counts(FILE *out, const tg_findings *findings);

/**
 * {"errors":n,"defects":n,"warnings":n,"dropped":n,"findings":[…]}. The caller frees it; NULL without memory.
 */
tg_json *tg_findings_json(const tg_findings *findings);

#endif
