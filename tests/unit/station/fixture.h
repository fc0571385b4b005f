/* SPDX-License-Identifier: Apache-2.0
 *
 * fixture.h - a whole station in a temporary folder: enrolled, with catalogue sets as sync lays them out, signed by a
 * head office in memory.
 *
 * Every function ends the test on an error of its own.
 */
#ifndef TG_TEST_STATION_FIXTURE_H
#define TG_TEST_STATION_FIXTURE_H

#include "plugin/station/station.h"
#include "tests/unit/tuf/repo.h"

/* What the catalogue says of them. */
#define GTIN_HELD "9524000000019"    /* in scope, a statement for all batches, in the pack */
#define GTIN_NO_SOC "9524000000026"  /* in scope, no statement */
#define GTIN_BATCHES "9524000000033" /* in scope, a statement for batches B2600 to B2699 */
#define GTIN_OUT "9524000000040"     /* out of scope by a class note */
#define GTIN_SOLD                                                                                            \
	"9524000000057" /* as GTIN_HELD; its statement is withdrawn from version 2 of the catalogue on */
/* each with a statement for all batches, and something that stands against it */
#define GTIN_SUSPECT "9524000000064" /* a failure is suspected; in version 2 of the catalogue believed, from 3 on nothing */
#define GTIN_STOPPED "9524000000071" /* stop notice on us */
#define GTIN_RECALLED "9524000000088" /* recall notice on us */
#define GTIN_APPEALED "9524000000095" /* a notice on us is under appeal, its sale not signed off */
#define GTIN_INTENDED "9524000000101" /* a notice of intent */
#define GTIN_FAILED "9524000000118" /* a failure is known */
#define GTIN_PUBLISHED "9524000000125" /* published, the type is named */
#define GTIN_BRAND "9524000000132" /* published, the brand only */
#define GTIN_SHORTENED "9524000000149" /* support period shortened */
#define GTIN_UNKNOWN "9524000000996"   /* not in the catalogue */
#define IN_STORE_KNOWN "2000000000152" /* in a range that a class note answers for */
#define IN_STORE_OTHER                                                                                       \
	"2641234567891"      /* restricted circulation that nobody answers for: may be a customer's card */
#define CARD "LOY5290123456" /* on the pass-list as loyalty-card */
#define COUPON "9812345678902"
#define BAD_CHECK_DIGIT "9524000000018"

#define FIXTURE_STATION "leeds-till-3"
#define FIXTURE_ORIGIN "trader.example/9524000000002/leeds-till-3"

typedef struct station_fixture {
	repo repo;
	char root[4096];
	tg_paths paths;
	uint64_t policy_version;
	const char *mode;               /* "enforce" */
	const char *on_log_failure;     /* "withhold" */
	const char *goods_in_from;      /* a date, or NULL: the policy does not state it */
	const char *people;             /* members of format 2, with a comma in front, or NULL: format 1 */
	int sets;                       /* installed so far */
	char set_id[32], set_dir[4096]; /* the last one */
} station_fixture;

/** For cmocka: *state becomes a station that is enrolled and has no catalogue. */
int fixture_setup(void **state);
/** The same with catalogue 1, policy 1, issued now. */
int fixture_setup_synced(void **state);
int fixture_teardown(void **state);

/** Image of the present catalogue_version and policy as the fields say into the repository in memory; not yet signed. */
void fixture_fill(station_fixture *f);
/** Sign what is there, one version up, issued at `issued_us`; lay it out as a new set and point catalogue/current at it. */
void fixture_install(station_fixture *f, int64_t issued_us);
/** fixture_fill and fixture_install: what `tillgate sync` does when head office has published. */
void fixture_sync(station_fixture *f, uint64_t catalogue_version, uint64_t policy_version, int64_t issued_us);
/** Point catalogue/current at an installed set. */
void fixture_point_at(station_fixture *f, const char *set_id);
/** Flip one bit of a file of the last set. */
void fixture_flip(station_fixture *f, const char *name, long offset);

tg_station *fixture_open(station_fixture *f, bool service);
/** One check at sale, label as text. */
tg_check_answer fixture_check(tg_station *station, const char *label);
/** Everything in the log's present epoch, one entry a line. The caller's: free(). */
char *fixture_log(tg_station *station);
/** How often `text` stands in `in`. */
size_t fixture_count(const char *in, const char *text);

#endif
