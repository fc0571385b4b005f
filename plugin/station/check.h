/* SPDX-License-Identifier: Apache-2.0
 *
 * check.h - one check: what is asked, and the whole of what is answered. Decides; writes nothing down (station.h does).
 */
#ifndef TG_STATION_CHECK_H
#define TG_STATION_CHECK_H

#include "plugin/gate/explain.h"
#include "plugin/station/freshness.h"
#include "plugin/station/inforce.h"
#include "store/evidence/reference.h"

#define TG_CHECK_DEVICE_MAX 64 /* bytes of a device's name, with terminator */
#define TG_CHECK_OPERATOR_MAX 33 /* bytes of the name of whoever serves, with terminator */
#define TG_CHECK_PARTY_MAX 64  /* bytes of a supplier's name or a delivery's number, with terminator */
#define TG_CHECK_TEXT_MAX 160  /* bytes of a text from the catalogue, with terminator; longer is cut at a character */
#define TG_CHECK_LINK_MAX 2049  /* bytes: the longest link of an image, never cut, and its terminator */

typedef struct tg_check_request {
	char aim[4];              /**< "" or "]d2" */
	uint8_t data[TG_LABEL_MAX];
	size_t len;               /**< more than TG_LABEL_MAX was offered: set to TG_LABEL_MAX + 1, and unreadable */
	tg_operation operation;
	tg_destination destination;
	tg_supply supply;
	tg_unit unit;
	bool bought_before_duty;  /**< came to us before 29 April 2024 */
	char batch[TG_AI_TEXT_MAX + 1]; /**< given by hand, used only if the label carries none and was wholly read; "" none */
	char device[TG_CHECK_DEVICE_MAX];
	uint8_t carriers;         /**< labels of this unit that its scanner tied together, this one counted; 1: it is alone */
	char supplier[TG_CHECK_PARTY_MAX], delivery[TG_CHECK_PARTY_MAX]; /**< goods-in and return: whose, and with what; "" not said */
	char operator[TG_CHECK_OPERATOR_MAX]; /**< who serves, as a till knows them; only an id of theirs is written down; "" not said */
	char recheck[TG_REFERENCE_SIZE]; /**< the case that this check is to settle (cases.h); never from outside; "" none */
	bool scanned;             /**< read just now by the lane `device`: only then may it be somebody's badge; never from outside */
} tg_check_request;

typedef struct tg_check_answer {
	tg_operation operation;
	tg_destination destination;
	tg_supply supply;
	tg_unit unit;
	bool bought_before_duty;
	tg_identity identity;
	tg_verdict verdict;
	tg_release release;
	tg_words words;           /**< static texts */
	tg_freshness freshness;
	uint64_t catalogue_version, policy_version;
	char name[TG_CHECK_TEXT_MAX], manufacturer[TG_CHECK_TEXT_MAX], note[TG_CHECK_TEXT_MAX];
	char soc_id[TG_CHECK_TEXT_MAX], soc_link[TG_CHECK_LINK_MAX], conformance_id[TG_CHECK_TEXT_MAX];
	char stop_id[TG_CHECK_TEXT_MAX]; /**< of the notice, failure or publication that the deciding row is about; "" none */
	int32_t today;            /**< date in the United Kingdom by which it was judged */
	tg_site_batches site;     /**< row 20b: what the station said came to this site; count 0: not asked, or not known */
	char fault[240];          /**< why it could not be checked or recorded; "" otherwise */
	bool recorded;            /**< a durable entry says all this */
	uint64_t seq;
	int64_t at_us;            /**< of the entry */
	uint16_t lifted_by;       /**< bit n: the policy's authority n may override it; 0 nobody */
	bool badge;               /**< a colleague's badge: no label at all */
	bool drill;               /**< a test product (gate/drill.h): nothing left, nothing came in */
	char reference[TG_REFERENCE_SIZE]; /**< "" if not recorded */
	char case_id[TG_REFERENCE_SIZE];   /**< the case that the unit was put aside with; "" none */
	const char *no_case;               /**< why a unit that was put aside has none; static words, NULL if there is nothing to say */
} tg_check_answer;

/** A case without label: GB sale, nothing known. */
void tg_check_request_init(tg_check_request *request, tg_operation operation);
/** Copy label bytes in; splits an AIM identifier off if `aim` is not yet set. */
void tg_check_request_label(tg_check_request *request, tg_view label);

/** A text of the catalogue into `size` bytes, cut at a character. */
void tg_check_copy_text(char *out, size_t size, tg_view text);

/** When and where a check takes place. */
typedef struct tg_check_moment {
	int64_t now_us, floor_us;        /**< the clock; the newest signed time that was seen */
	bool log_broken;                 /**< row 32's fact */
	tg_site_batches_fn site_batches; /**< row 20b's; NULL: nothing is known */
	void *site;
} tg_check_moment;

/**
 * Decide on `set`. Never fails: what cannot be decided is could_not_check.
 * The entry's fields of `*out` (recorded, seq, at_us, reference) stay empty.
 * Threads: any, at once. No I/O but page faults, no lock; what `site_batches` does is its own matter.
 */
void tg_check_decide(tg_check_answer *out, const tg_inforce *set, const tg_check_request *request,
	const tg_check_moment *moment);

/** The answer to a colleague's badge: never released, in no mode, and nothing of it is kept. */
void tg_check_badge(tg_check_answer *out, const tg_inforce *set, const tg_check_request *request, const tg_check_moment *moment);

/** The same decision with the reasons of each row; for people who ask. `out` is large: not for a stack. */
void tg_check_explain(tg_check_answer *answer, tg_explanation *out, const tg_inforce *set, const tg_check_request *request,
	const tg_check_moment *moment);

/**
 * The same again for a label that is not at hand any more: `identity` is what was read from it then; NULL: it is read from `request`.
 * `out` may be NULL. For replay.c.
 */
void tg_check_again(tg_check_answer *answer, tg_explanation *out, const tg_inforce *set, const tg_check_request *request,
	const tg_check_moment *moment, const tg_identity *identity);

#endif
