/* SPDX-License-Identifier: Apache-2.0
 *
 * layout.h - the bytes of a catalogue image, stated once for the builder and the reader: tillgate-catalogue(5).
 *
 * Numbers here are in files that a fleet holds: append, never renumber. Internal to store/catalogue.
 */
#ifndef TG_CATALOGUE_LAYOUT_H
#define TG_CATALOGUE_LAYOUT_H

#include "store/base/bytes.h"
#include "store/base/utc.h"

#define TGC_MAGIC "\x89TGC\r\n\x1a\n" /* as PNG's: transfers that mangle line ends or bit 8 show at once */
#define TGC_MAGIC_BYTES 8
#define TGC_MAJOR 2 /* 1 had no notices, roles and bundles */
#define TGC_MINOR 0

/* Header: magic 8, major u16, minor u16, sections u32, catalogue version u64, length u64, zero to 64. */
#define TGC_HEADER_BYTES 64
#define TGC_VERSION_AT 16 /* where the catalogue version stands */
/* Entry: id u32, flags u16, version u16, offset u64, length u64, count u32, parameter u32. */
#define TGC_ENTRY_BYTES 32
#define TGC_ENTRIES_MAX 256 /* header and table lie within the first block, whatever is added */
#define TGC_ALIGN 64        /* a cache line, so that a group of counts is one */
#define TGC_REQUIRED 1      /* flag: a reader that does not know the section refuses the image */

enum { /* sections; the order is the order in the file: what decides first, texts last */
	TGC_PRODUCT_DIR = 1,
	TGC_PRODUCT_GTIN,
	TGC_PRODUCT_CORE,
	TGC_NOTE_DIR,
	TGC_NOTE,
	TGC_SOC_DIR,
	TGC_SOC,
	TGC_CONFORMANCE_DIR,
	TGC_CONFORMANCE,
	TGC_LINK_RUNS,
	TGC_LINK,
	TGC_PACK_DIR,
	TGC_PACK_GTIN,
	TGC_PACK_INSIDE,
	TGC_IN_STORE,
	TGC_BATCH_RUNS,
	TGC_BATCH,
	TGC_SERIAL_RUNS,
	TGC_SERIAL,
	TGC_MAKER_DIR,
	TGC_PRODUCT_MAKER,
	TGC_NOTE_ID_RUNS,
	TGC_NOTE_ID,
	TGC_CONFORMANCE_ID_RUNS,
	TGC_CONFORMANCE_ID,
	TGC_MAKER_NAME_RUNS,
	TGC_MAKER_NAME,
	TGC_SOC_ID_RUNS,
	TGC_SOC_ID,
	TGC_SOC_LINK_RUNS,
	TGC_SOC_LINK,
	TGC_TYPE_RUNS,
	TGC_TYPE,
	TGC_NAME_RUNS,
	TGC_NAME,
	TGC_SPECIAL, /* the few products of which more is said: role, notices and failures, components of a bundle */
	TGC_SPECIAL_STOP_RUNS,
	TGC_SPECIAL_STOP,
	TGC_COMPONENT_RUNS,
	TGC_COMPONENT,
	TGC_STOP,
	TGC_STOP_BATCH_RUNS,
	TGC_STOP_BATCH,
	TGC_STOP_SERIAL_RUNS,
	TGC_STOP_SERIAL,
	TGC_STOP_ID_RUNS,
	TGC_STOP_ID,
	TGC_SECTIONS /* one more than the last id */
};

/* What a section is made of. */
enum {
	TGC_ARRAY, /* `count` records of `size` bytes */
	TGC_DIRECTORY, /* parameter: bits; a u8 count for each of 2^bits buckets, a u32 base for each 64 buckets */
	TGC_RUNS,  /* parameter: 1, 2 or 4; a length of so many bytes for each of `count`, then u32 bases */
	TGC_BYTES, /* what the runs before it cut up */
};

typedef struct tgc_kind {
	uint8_t what;
	uint8_t size;  /* TGC_ARRAY: bytes a record. TGC_BYTES: bytes a unit */
	uint8_t like;  /* the section that must have the same `count`; 0: none */
	uint8_t param; /* TGC_DIRECTORY: most bits. TGC_RUNS: the width */
} tgc_kind;

extern const tgc_kind tgc_kinds[TGC_SECTIONS];

#define TGC_GTIN_BYTES 8
#define TGC_CORE_BYTES 12 /* first link u32, note u24, published end u22 and two flags, SoCs u8, labels u8 */
#define TGC_NOTE_BYTES 8  /* review u24, scope u8, exception u8, paragraph u8, flags u8, zero u8 */
#define TGC_SOC_BYTES 16 /* defects u24, document, status, batches, accompanies u8; issued, end, tested u24 */
#define TGC_CONFORMANCE_BYTES 12 /* scheme, level, flags u8; from, to, checked u24 */
#define TGC_IN_STORE_BYTES 24    /* from u64, to u64, note u32, zero u32 */
#define TGC_SPECIAL_BYTES 16     /* GTIN u64, role u8, zero to 16 */
#define TGC_STOP_BYTES 12        /* kind, flags, limits u8, zero u8; from, to u24; zero u16 */
#define TGC_REF_BYTES 4

#define TGC_CORE_SPECIAL UINT32_C(0x800000) /* core: the product has a record in TGC_SPECIAL */
#define TGC_CORE_DAY_MASK UINT32_C(0x3fffff)
#define TGC_CORE_DAY_NONE TGC_CORE_DAY_MASK
#define TGC_LIMIT_BATCHES 1 /* stop: limited to the batches listed */
#define TGC_LIMIT_SERIALS 2 /* stop: limited to the serial numbers listed */
#define TGC_NOTE_CLASS 1     /* note flags */
#define TGC_BATCHES_LISTED 1 /* SoC batches byte */
#define TGC_BATCHES_EXPRESS_ALL 2
#define TGC_CONFORMANCE_QUALIFIES 1 /* conformance flags */
#define TGC_RANGE_SINGLE 0x80       /* in the length byte of a range: one value follows, not two */
#define TGC_RANGE_MAX_BYTES 127

/* Defects a SoC may carry: D01 to D19 without those that a gate finds itself (D05, D14, D16, D19). */
#define TGC_DEFECTS UINT32_C(0x35fef)

/*
 * A reference names a bucket and a slot in it, not a position: a record that comes or goes moves only its own
 * bucket's slots, so the other records keep the bytes they had and a patch stays small.
 */
#define TGC_SLOT_BITS 8
#define TGC_NONE UINT32_MAX
#define TGC_NOT_COVERED UINT32_C(0x80000000) /* link: the type is not among the SoC's */
#define TGC_REF_MASK UINT32_C(0x7fffffff)
#define TGC_NOTE_SLOT_BITS 7 /* references to notes have 24 bits */
#define TGC_NOTE_NONE UINT32_C(0xffffff)

#define TGC_BITS_MIN 6       /* one whole group */
#define TGC_BITS_MAX 23      /* 8 records a bucket: 67 M records */
#define TGC_NOTE_BITS_MAX 16 /* so that TGC_NOTE_NONE is never a reference */
#define TGC_BUCKET_GROUP 64
#define TGC_RUN_GROUP 1024 /* a base changes with every insertion before it: few of them make a small patch */

#define TGC_DAY_BYTES 3
#define TGC_DAY_NONE UINT32_C(0xffffff)
#define TGC_DAY_MAX 2932896 /* 9999-12-31 */
#define TGC_GTIN_MAX UINT64_C(99999999999999)

static inline uint64_t tgc_round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

/** Bytes of a TGC_DIRECTORY. */
static inline uint64_t tgc_directory_bytes(uint32_t bits)
{
	return (UINT64_C(1) << bits) + (UINT64_C(1) << bits) / TGC_BUCKET_GROUP * 4;
}

/** Where the bases begin in TGC_RUNS. Lengths are filled up to 8 bytes, so that they can be added up by eights. */
static inline uint64_t tgc_runs_bases(uint64_t count, uint32_t width)
{
	return tgc_round_up(count * width, 8);
}

static inline uint64_t tgc_runs_bytes(uint64_t count, uint32_t width)
{
	return tgc_runs_bases(count, width) + tgc_round_up(count, TGC_RUN_GROUP) / TGC_RUN_GROUP * 4;
}

/** The finaliser of MurmurHash3 (public domain): every 64-bit number has its own image, evenly spread. */
static inline uint64_t tgc_mix(uint64_t x)
{
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

/** Key of a text: FNV-1a of 64 bits, mixed. Two texts of one key are told apart by their bytes. */
static inline uint64_t tgc_text_key(const char *text)
{
	uint64_t x = UINT64_C(0xcbf29ce484222325);

	for (const char *c = text; *c != '\0'; c++)
		x = (x ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
	return tgc_mix(x);
}

static inline uint32_t tgc_bucket(uint64_t key, uint32_t bits)
{
	return (uint32_t)(key >> (64 - bits));
}

static inline uint32_t tgc_get_le24(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

static inline void tgc_put_le24(uint8_t *p, uint32_t v)
{
	tg_put_le16(p, (uint16_t)v);
	p[2] = (uint8_t)(v >> 16);
}

#endif
