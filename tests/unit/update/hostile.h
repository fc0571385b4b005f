/* SPDX-License-Identifier: Apache-2.0
 *
 * hostile.h - one station, one head office, and between them a web that can be bent; and the judge of what an attack left behind.
 *
 * Every function ends the test on an error of its own.
 */
#ifndef TG_TEST_HOSTILE_H
#define TG_TEST_HOSTILE_H

#include "tests/unit/tuf/repo.h"
#include "tests/unit/update/server.h"
#include "tests/unit/update/wire.h"

#include "sync/state.h"
#include "sync/update.h"

#define HOSTILE_PATH (4096 + 320)
#define HOSTILE_ROOTS 24 /* when a world has that many, a fresh one is made */

/** The six files of a publication, as they are asked for. The first four are TUF's roles. */
typedef enum { AT_ROOT, AT_TIMESTAMP, AT_SNAPSHOT, AT_TARGETS, AT_POLICY, AT_IMAGE, PLACES } place;

typedef struct world {
	char dir[4096], catalogue[4096 + 16], trust[4096 + 16];
	char metadata_url[256], targets_url[256];
	repo repo;
	server *web, *elsewhere; /* nobody has any business at `elsewhere` */
	wire *line;
	tg_update_config config;
	tg_buf roots[HOSTILE_ROOTS]; /* all that head office ever signed; [0] is version 1 */
	size_t root_count;
	bool odd_root; /* the root in force is not one of the usual ones */
	int stock,
		stock_was; /* version of one more entry, stock.json, in the snapshots from here on; 0: none */
	tg_buf before;     /* what lay in sets/ before the attack */
} world;

/** Enrolled, with the third publication in force and version 2 of the root, so that there is something to roll back to. */
void world_init(world *w);
void world_fini(world *w);

/** "root.json" … "catalogue.tgc": what error words call the file. */
const char *place_name(place at);
/** Where the publication that is on the web has it; for AT_ROOT the next root. */
void place_path(char out[300], const world *w, place at);
/** The honest bytes of it, as last made. Borrowed. */
tg_view place_body(const world *w, place at);

/** Make the next publication of head office (image, policy, versions) without writing a file. The station's clock goes along. */
void next_publication(world *w);
/** Write targets, snapshot and timestamp from the fields, bending the one `at` before those above it are written; NULL bends none. */
typedef void bend_file(world *w, tg_buf *file, const void *how);
void write_publication(world *w, place at, bend_file *bend, const void *how);
/** Put all of it on the web. */
void upload(world *w);
/** Write and put an honest next root with which nothing changes. */
void next_root(world *w);
/** Sign a root with the keys listed (-1 ends the list) and put it on the web as the next one. */
void put_root(world *w, const tg_repository_root *root, const int *keys);
/** The roles as they are, one key each, threshold 1: to be bent. `keys` has TG_TUF_ROLES entries and must outlive the root. */
tg_repository_root usual_root(const world *w, const tg_pubkey **keys);
/** Replace in `file` the last `from` by `to` ("^" puts `to` in front, "$" behind, "" in the place of everything). */
void edit(tg_buf *file, const char *from, const char *to);
/** The same in the signed part, which `keys` (-1 ends the list) then sign again. */
void edit_and_sign(world *w, tg_buf *file, const char *from, const char *to, const int *keys);

/** The next publication, whole and on the web, for AT_ROOT with a next root; the file `at` is bent if `bend` is not NULL. */
void publish(world *w, place at, bend_file *bend, const void *how);
/** Take in what is on the web, which must be fine, and remember it as what was before. */
void settle(world *w);

int run(world *w, tg_update_report *report, tg_error *err);
/** Remember what is in force. */
void look_before(world *w);
/** Everything is as it was, and state.json says why. `what` is for the words of a failure. */
void judge_refusal(world *w, const char *what, int rc, const tg_error *err);
/** What is in force is a whole verified set, nothing else is left; its catalogue version. */
int64_t judge_in_force(const world *w, const char *what);
/** The web becomes honest again, and the next sync succeeds. */
void heal(world *w, const char *what);

#define BIT(at) (1u << (at))
#define ROOT BIT(AT_ROOT)
#define TIMESTAMP BIT(AT_TIMESTAMP)
#define SNAPSHOT BIT(AT_SNAPSHOT)
#define TARGETS BIT(AT_TARGETS)
#define POLICY BIT(AT_POLICY)
#define IMAGE BIT(AT_IMAGE)
#define ROLES (ROOT | TIMESTAMP | SNAPSHOT | TARGETS)
#define UNLISTED (ROOT | TIMESTAMP) /* nobody says beforehand how long they are */
#define LISTED (SNAPSHOT | TARGETS | POLICY | IMAGE)
#define ALL (UNLISTED | LISTED)
#define BELOW_ROOT (ALL & ~ROOT) /* a next root that is not there ends the chain, and is no error */

#define LENGTH_OR_HASH 1 /* as `rc`: TG_ELENGTH or TG_EHASH; a signature's length varies */

/** One line of a table. */
typedef struct attack attack;
struct attack {
	const char *what;
	unsigned at; /**< each of these files is an attack of its own; error words name it */
	void (*prepare)(world *w, place at, const attack *a);
	const char *from, *to; /**< for `prepare` */
	wire_end end;
	const char *again;
	int rc;            /**< TG_OK: no attack at all, must be taken in */
	const char *words; /**< that the error must hold beside the file's name; NULL if the name is enough */
};

/** Run every line; print each that goes another way; fail if there is one. */
void attack_all(const attack *list, size_t count);

#endif
