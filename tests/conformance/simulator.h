/* SPDX-License-Identifier: Apache-2.0
 *
 * simulator.h - a TUF repository on a local web server whose every part can be bent before it is signed.
 *
 * It knows the form of metadata, not its rules: it signs and serves whatever it is told to. Every function ends the test on an
 * error of its own. Not for use in two threads.
 */
#ifndef TG_TEST_SIMULATOR_H
#define TG_TEST_SIMULATOR_H

#include "tests/unit/update/server.h"

#include "sync/tuf/repository.h"

#define SIM_KEYS 12 /* key 0 root, 1 timestamp, 2 snapshot, 3 targets; the others are for what a test wants */
#define SIM_KEYS_A_ROLE 12
#define SIM_ROLES 48
#define SIM_EDGES 96
#define SIM_TARGETS 16
#define SIM_NOW_US INT64_C(1795392000000000) /* 2026-11-23T00:00:00Z: the time that the client is told */
#define SIM_NOW "2026-11-23T00:00:00Z"

/** Keys by their numbers: who may sign and how many must, and who does sign. */
typedef struct sim_keys {
	int keys[SIM_KEYS_A_ROLE];
	size_t count;
	int64_t threshold;
} sim_keys;

typedef struct sim_role {
	char name[300];
	int64_t version; /**< of the file published last; 0 = none */
	int64_t expires_us;
	sim_keys may;        /**< what the root says; delegations say it for each edge */
	sim_keys does;       /**< who signs (`threshold` unused) */
	tg_buf file;         /**< as published last */
	bool listed;         /**< stands in the snapshot, if it is a targets role */
	int64_t say_version; /**< what snapshot or timestamp say instead of the truth; 0 = the truth */
	bool say_hash;       /**< and its length and hash */
	bool lie_hash;       /**< a wrong one */
} sim_role;

typedef struct sim_edge {
	int from, to;
	char pattern[64];
	bool terminating;
	sim_keys may;
} sim_edge;

typedef struct sim_target {
	int role;
	char path[128], content[64];
	const char *hashes; /**< which, in order: "sha256", "sha256 sha512", "sha3" */
} sim_target;

typedef struct sim {
	server *web;
	const tg_signkey *keys[SIM_KEYS]; /**< the same for every simulator of a program */
	const tg_pubkey *pubs[SIM_KEYS];
	sim_role roles[SIM_ROLES]; /**< root, timestamp, snapshot, targets, then delegated ones */
	int role_count;
	sim_edge edges[SIM_EDGES];
	int edge_count;
	sim_target targets[SIM_TARGETS];
	int target_count;
	bool plain_names;          /**< no consistent snapshots */
	const char *extra_key_type; /**< "ed25519": the root names such a key too, and it signs the root */
	uint8_t ed_public[TG_ED25519_PUBLIC_SIZE], ed_secret[64];
	bool ed_wrong; /**< … wrongly */
	tg_buf first_root;
} sim;

/** Version 1 of everything on the web: root, targets, snapshot, timestamp; safe for 30 days. */
void sim_init(sim *s);
void sim_fini(sim *s);
/** The role called that; made if there is none, a delegated one then, with one key of its own. */
sim_role *sim_role_of(sim *s, const char *name);
/** Only these keys may sign the role, and they do. */
void sim_set_keys(sim_role *role, const int *keys, size_t count, int64_t threshold);
/** `from` delegates `pattern` to `to`. The edge's keys are those that sign `to` at that time. */
sim_edge *sim_delegate(sim *s, const char *from, const char *to, const char *pattern);
void sim_add_target(sim *s, const char *role, const char *path, const char *content);
/** One version more of each role in `names` ("targets snapshot timestamp"), signed and on the web, in that order. */
void sim_publish(sim *s, const char *names);
/** The same for one role, whatever its name holds. */
void sim_publish_role(sim *s, sim_role *role);
/** Change the bytes of a role's file on the web: the first `from` becomes `to`. */
void sim_bend(sim *s, const char *name, const char *from, const char *to);
/** Where the newest file of a role lies on the server. */
void sim_url_path(char out[512], const sim *s, const sim_role *role);

#endif
