/* SPDX-License-Identifier: Apache-2.0
 *
 * records.h - head office's source records: JSON Lines, one kind a file, in HQ/records/.
 *
 * A record that breaks the form (unknown member, wrong type, over a limit, bad check digit) is no record: it
 * becomes an error finding and is left out. What Schedule 4 of SI 2023/1007 asks for but the record lacks is
 * *not* a matter of form: it is read as absent and judged by defects.h. Members, limits and codes:
 * tillgate-records(5).
 *
 * Knows the form of records; knows nothing of law (defects.h, lint.h) or of the image (compile.h).
 */
#ifndef TG_HQ_RECORDS_H
#define TG_HQ_RECORDS_H

#include "store/base/utc.h"
#include "store/catalogue/policy.h"
#include "sync/document.h"
#include "sync/hq/findings.h"

#define TG_RECORD_LINE_MAX (1 << 20) /* bytes of a line: a statement that names 50,000 GTINs */
#define TG_RECORD_LINES_MAX 20000000 /* lines of a file: twice the largest catalogue we build */
#define TG_RECORD_ID_MAX 64          /* bytes of an id */
#define TG_RECORD_NAME_MAX 255       /* bytes of a name, brand, type, category: what the image holds of one */
#define TG_RECORD_TEXT_MAX 2048      /* bytes of an address, quote, evidence, URL */
#define TG_RECORD_LIST_MAX 1000      /* items of a list, but for GTINs */
#define TG_RECORD_GTINS_MAX 50000    /* GTINs that one record names */
#define TG_RECORD_SIGNERS_MAX 8      /* keys, and people, that a record's source names */
#define TG_RECORD_BATCH_MAX 20       /* bytes of a batch or serial: GS1 AI (10), (21) hold no more */

typedef enum {
	TG_RECORD_PRODUCT,
	TG_RECORD_SOC,
	TG_RECORD_LABEL,
	TG_RECORD_SCOPE_NOTE,
	TG_RECORD_CLASS_NOTE,
	TG_RECORD_PACK,
	TG_RECORD_BUNDLE,
	TG_RECORD_ROLE,
	TG_RECORD_FAILURE,
	TG_RECORD_NOTICE,
	TG_RECORD_PUBLICATION,
	TG_RECORD_KINDS
} tg_record_kind;
extern const char
	*const tg_record_words[TG_RECORD_KINDS + 1]; /* "products" "socs" … NULL: file name without .jsonl */
extern const char *const tg_record_files[TG_RECORD_KINDS]; /* "products.jsonl" … */
#define TG_POLICY_FILE "policy.json"

/* Texts are never NULL: "" is absent. Dates: TG_DAY_NONE is absent. All memory is the set's arena. */
typedef struct tg_texts {
	const char **list;
	size_t count;
} tg_texts;

typedef struct tg_gtins {
	uint64_t *list; /**< 14-digit numbers, in the order of the record */
	size_t count;
} tg_gtins;

typedef struct
	tg_dsp_capture { /**< what the manufacturer published of the support period, when, and where it was seen */
	int32_t end, as_of;
	const char *source;
	bool hearsay; /**< seen with somebody else than the manufacturer */
} tg_dsp_capture;

typedef struct tg_product_record {
	uint32_t line;
	uint64_t gtin;
	const char *name, *brand, *manufacturer, *type, *category;
	const char *brick;    /**< GS1 GPC, 8 digits */
	const char *supplier; /**< who delivers it to us; stays at head office */
	tg_dsp_capture *captures;
	size_t capture_count;
} tg_product_record;

typedef enum {
	TG_PAPER_NONE,
	TG_PAPER_SOC,
	TG_PAPER_SUMMARY,
	TG_PAPER_DOC,
	TG_PAPER_CLAIM,
	TG_PAPER_CERTIFICATE
} tg_paper;
typedef enum {
	TG_PREPARED_UNKNOWN,
	TG_PREPARED_MANUFACTURER,
	TG_PREPARED_ON_BEHALF,
	TG_PREPARED_OTHER
} tg_prepared;
typedef enum { TG_SOC_LIMB_NONE, TG_SOC_LIMB_REQUIREMENTS, TG_SOC_LIMB_DEEMED } tg_soc_limb;
typedef enum { TG_STATED_BATCHES_NONE, TG_STATED_BATCHES_ALL, TG_STATED_BATCHES_LISTED } tg_stated_batches;
typedef enum { TG_LINK_UNTESTED, TG_LINK_OK, TG_LINK_DEAD } tg_link_state;

typedef struct tg_party {
	const char *name, *address;
} tg_party;

typedef struct tg_batch_range { /**< and serial ties: `batch` is then what the serials belong to */
	const char *batch, *from, *to;
} tg_batch_range;

typedef struct tg_accepted { /**< a doubt (D15, D18) that a named person looked into and accepted */
	int defect;
	const char *by, *reason;
	int32_t on;
} tg_accepted;

typedef struct tg_soc_file { /**< the paper itself, published as it is (document_file.h) */
	const char *name;    /**< "documents/soc-1.pdf", below records/ */
	bool whole;          /**< it was read, and is as the record says: what follows is right */
	tg_document_type type;
	int64_t length;
	uint8_t sha256[TG_SHA256_SIZE];
} tg_soc_file;
typedef struct tg_soc_source { /**< a statement that its supplier signed and two of our people approved; "" all through: ours */
	const char *supplier, *statement, *prefix; /**< whose, the id it has there, and under which registered prefix */
	const char *fetched_at;
	struct tg_soc_approval { /**< by two or more of our people */
		const char *by, *at;
	} approved[TG_RECORD_SIGNERS_MAX];
	size_t approved_count;
} tg_soc_source;

typedef struct tg_soc_record {
	uint32_t line;
	const char *id;
	uint8_t status; /**< TG_SOC_… of catalogue.h */
	const char *superseded_by;
	tg_paper paper;
	bool unreadable;
	const char *sha256, *sha256_on_file, *link;
	tg_soc_file *file; /**< NULL: the record names none */
	tg_prepared prepared_by;
	tg_texts types;
	tg_stated_batches batches;
	tg_batch_range *ranges;
	size_t range_count;
	tg_batch_range *ties;
	size_t tie_count;
	tg_party *manufacturers;
	size_t manufacturer_count;
	tg_party representative;
	bool representative_exists;
	bool declared_prepared, declared_opinion;
	tg_soc_limb limb;
	bool standard_relied_on;
	const char *standard_number, *standard_version;
	int32_t standard_date;
	int32_t support_period_end;
	const char *support_period_text;
	const char *signatory_name, *signatory_function;
	bool signed_by_signatory;
	const char *place;
	int32_t issued;
	uint8_t accompanies; /**< TG_ACCOMPANIES_… of catalogue.h */
	tg_link_state link_state;
	int32_t link_tested;
	tg_gtins gtins;
	tg_accepted *accepted;
	size_t accepted_count;
	tg_soc_source source;
} tg_soc_record;

typedef struct tg_label_record {
	uint32_t line;
	const char *id;
	uint8_t scheme; /**< TG_SCHEME_… of catalogue.h */
	uint8_t level;
	const char *scheme_version, *source;
	tg_texts models;
	int32_t valid_from, valid_to, checked;
	tg_gtins gtins;
} tg_label_record;

typedef struct tg_number_range {
	uint64_t from, to;
} tg_number_range;

typedef struct tg_considered { /**< an answer that was thought of and not given, and why not */
	const char *answer, *reason;
} tg_considered;

typedef struct tg_note_record { /**< a scope note, or a class note with the members after `gtins` */
	uint32_t line;
	const char *id;
	uint8_t scope;     /**< TG_SCOPE_… of catalogue.h */
	const char *limb;  /**< in: which condition of PSTI Act 2022 s. 5 */
	uint8_t paragraph; /**< excepted: of SI 2023/1007 Schedule 3 */
	const char *evidence;
	bool gb, ni; /**< destinations for which the exception holds */
	const char *source, *quote, *reviewer;
	int32_t reviewed, review_by;
	const char *connectivity, *open_points, *approver; /**< these and what was considered stay at head office */
	tg_considered *considered;
	size_t considered_count;
	tg_gtins gtins;
	tg_texts categories, bricks, prefixes;
	tg_number_range *in_store;
	size_t in_store_count;
} tg_note_record;

typedef struct tg_pack_record {
	uint32_t line;
	uint64_t gtin, contains;
	int64_t units;
} tg_pack_record;

typedef struct tg_bundle_record {
	uint32_t line;
	uint64_t gtin;
	tg_gtins components;
} tg_bundle_record;

/** Which products a record is about, and which units of them. */
typedef struct tg_reach {
	tg_gtins gtins;
	tg_texts brands, manufacturers, types; /**< equal to what products say; all products of any of them */
	tg_batch_range *batches, *serials;     /**< limited to these units; none: every unit */
	size_t batch_count, serial_count;
} tg_reach;

typedef struct tg_role_record {
	uint32_t line;
	const char *id;
	uint8_t role; /**< TG_ROLE_… of catalogue.h */
	tg_reach reach; /**< without units */
} tg_role_record;

typedef struct tg_signature { /**< a decision: who, and since when */
	const char *by;
	int32_t on; /**< TG_DAY_NONE: not taken */
} tg_signature;

typedef struct tg_failure_record { /**< PSTI Act 2022 ss. 23, 25 */
	uint32_t line;
	const char *id;
	int32_t informed, believed, ended; /**< ended: first day on which it stops nothing any more */
	const char *source, *reason;       /**< how we came to know; why it ended */
	tg_reach reach;
} tg_failure_record;

typedef enum {
	TG_NOTICE_STOP,
	TG_NOTICE_RECALL,
	TG_NOTICE_COMPLIANCE,
	TG_NOTICE_PENALTY,
	TG_NOTICE_FORFEITURE,
	TG_NOTICE_INFORMATION
} tg_notice_kind;

typedef enum { TG_APPEAL_PENDING, TG_APPEAL_DISMISSED, TG_APPEAL_ALLOWED, TG_APPEAL_VARIED } tg_appeal_result;

typedef struct tg_notice_record { /**< given to us: PSTI Act 2022 ss. 28 to 42 */
	uint32_t line;
	const char *id;
	tg_notice_kind kind;
	bool on_supply; /**< compliance: the duty is that of s. 22 or 23 (15 or 16) */
	bool genuine;   /**< its authenticity was checked (s. 49); until then it is as one not yet in effect */
	int32_t intended, intent_expires, given, effective, revoked;
	int32_t deemed; /**< treated as given then, where that is later than the day it came (s. 50) */
	int32_t suspended, revived; /**< by the Upper Tribunal (s. 33(9)); revived: the first day on which it is in effect again */
	tg_signature cleared;    /**< notice of intent: by counsel */
	tg_signature signed_off; /**< sale while under appeal */
	int32_t appeal_lodged, appeal_decided;
	tg_appeal_result appeal_result;
	const char *source;
	tg_reach reach;
} tg_notice_record;

typedef struct tg_publication_record { /**< a notice to another, or a publication: PSTI Act 2022 ss. 45, 46 */
	uint32_t line;
	const char *id;
	bool brand_only;
	int32_t published, until; /**< until: last day; TG_DAY_NONE: until further notice */
	const char *source;
	tg_reach reach;
} tg_publication_record;

/** All records of one head office. Zero-initialise; one thread. */
typedef struct tg_records {
	tg_arena arena;
	tg_product_record *products;
	size_t product_count, product_cap;
	tg_soc_record *socs;
	size_t soc_count, soc_cap;
	tg_label_record *labels;
	size_t label_count, label_cap;
	tg_note_record *scope_notes;
	size_t scope_note_count, scope_note_cap;
	tg_note_record *class_notes;
	size_t class_note_count, class_note_cap;
	tg_pack_record *packs;
	size_t pack_count, pack_cap;
	tg_bundle_record *bundles;
	size_t bundle_count, bundle_cap;
	tg_role_record *roles;
	size_t role_count, role_cap;
	tg_failure_record *failures;
	size_t failure_count, failure_cap;
	tg_notice_record *notices;
	size_t notice_count, notice_cap;
	tg_publication_record *publications;
	size_t publication_count, publication_cap;
	bool has_policy;
	tg_policy policy;
	bool quiet; /**< no "loading" line on a terminal */
	const char *documents_seen; /**< file for document_seen.h, or NULL: every document is read */
} tg_records;

void tg_records_fini(tg_records *records);

/**
 * Read one line of a file of the given kind and take the record in. A bad line adds error findings
 * ("bad-record" with the member's name), every bad member its own, and is left out.
 * Errors: TG_EFORMAT the line was refused; TG_ENOMEM.
 */
TG_NODISCARD int tg_records_read_line(
	tg_records *records, tg_findings *findings, tg_record_kind kind, tg_view line, uint32_t number);

/**
 * Calls `each` for every line that is not empty. `each` returns TG_OK to go on. Errors: TG_ENOTFOUND, TG_EIO,
 * TG_ELENGTH.
 */
typedef int tg_line_each(void *ctx, tg_view line, uint32_t number, tg_error *err);
TG_NODISCARD int tg_records_each_line(const char *path, tg_line_each *each, void *ctx, tg_error *err);

/**
 * Read every file of the folder, the documents that statements name too; a kind without a file has no records. Bad lines, a bad
 * policy and bad documents become findings.
 * Errors: TG_EIO, TG_ENOMEM, TG_ELENGTH (a line over the limit), TG_ENOTFOUND (no such folder).
 */
TG_NODISCARD int tg_records_load(
	tg_records *records, tg_findings *findings, const char *folder, tg_error *err);

#endif
