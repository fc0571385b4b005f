/* SPDX-License-Identifier: Apache-2.0
 *
 * way.h - how an image came, and what was tried before: words that the network side, state.json and reports share.
 */
#ifndef TG_SYNC_WAY_H
#define TG_SYNC_WAY_H

/** In the order in which they are tried. */
typedef enum {
	TG_WAY_NONE,       /**< no image was needed: "unchanged" */
	TG_WAY_PATCH,      /**< the difference from the image in force */
	TG_WAY_COMPRESSED, /**< the whole image, compressed */
	TG_WAY_PLAIN,      /**< the whole image */
	TG_WAY_KEPT,       /**< a new image was wanted and none of the ways led to it: the old one stays */
	TG_WAYS            /**< how many there are */
} tg_way;

/** A way that failed. */
typedef struct tg_way_failure {
	tg_way way;
	char code[40];   /**< tg_strerror() */
	char words[240]; /**< why */
} tg_way_failure;

/** The way of one image. Start with { 0 }. */
typedef struct tg_way_taken {
	tg_way way;
	long long bytes; /**< fetched for the image, on all ways together */
	tg_way_failure failures[3];
	int failure_count;
} tg_way_taken;

/** "unchanged", "patch", "compressed", "plain", "kept". Static. */
const char *tg_way_name(tg_way way);

#endif
