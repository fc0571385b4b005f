/* SPDX-License-Identifier: Apache-2.0
 *
 * layout.c - what each section of an image is made of.
 */
#include "store/catalogue/layout.h"

#define ARRAY(bytes, same)                                                                                   \
	{                                                                                                    \
		TGC_ARRAY, bytes, same, 0                                                                    \
	}
#define DIRECTORY(bits)                                                                                      \
	{                                                                                                    \
		TGC_DIRECTORY, 0, 0, bits                                                                    \
	}
#define RUNS(same, width)                                                                                    \
	{                                                                                                    \
		TGC_RUNS, 0, same, width                                                                     \
	}
#define BYTES(unit)                                                                                          \
	{                                                                                                    \
		TGC_BYTES, unit, 0, 0                                                                        \
	}

const tgc_kind tgc_kinds[TGC_SECTIONS] = {
	[TGC_PRODUCT_DIR] = DIRECTORY(TGC_BITS_MAX),
	[TGC_PRODUCT_GTIN] = ARRAY(TGC_GTIN_BYTES, TGC_PRODUCT_DIR),
	[TGC_PRODUCT_CORE] = ARRAY(TGC_CORE_BYTES, TGC_PRODUCT_DIR),
	[TGC_NOTE_DIR] = DIRECTORY(TGC_NOTE_BITS_MAX),
	[TGC_NOTE] = ARRAY(TGC_NOTE_BYTES, TGC_NOTE_DIR),
	[TGC_SOC_DIR] = DIRECTORY(TGC_BITS_MAX),
	[TGC_SOC] = ARRAY(TGC_SOC_BYTES, TGC_SOC_DIR),
	[TGC_CONFORMANCE_DIR] = DIRECTORY(TGC_BITS_MAX),
	[TGC_CONFORMANCE] = ARRAY(TGC_CONFORMANCE_BYTES, TGC_CONFORMANCE_DIR),
	[TGC_LINK_RUNS] = RUNS(TGC_PRODUCT_DIR, 1),
	[TGC_LINK] = BYTES(TGC_REF_BYTES),
	[TGC_PACK_DIR] = DIRECTORY(TGC_BITS_MAX),
	[TGC_PACK_GTIN] = ARRAY(TGC_GTIN_BYTES, TGC_PACK_DIR),
	[TGC_PACK_INSIDE] = ARRAY(TGC_GTIN_BYTES, TGC_PACK_DIR),
	[TGC_IN_STORE] = ARRAY(TGC_IN_STORE_BYTES, 0),
	[TGC_BATCH_RUNS] = RUNS(TGC_SOC_DIR, 4),
	[TGC_BATCH] = BYTES(1),
	[TGC_SERIAL_RUNS] = RUNS(TGC_SOC_DIR, 4),
	[TGC_SERIAL] = BYTES(1),
	[TGC_MAKER_DIR] = DIRECTORY(TGC_BITS_MAX),
	[TGC_PRODUCT_MAKER] = ARRAY(TGC_REF_BYTES, TGC_PRODUCT_DIR),
	[TGC_NOTE_ID_RUNS] = RUNS(TGC_NOTE_DIR, 1),
	[TGC_NOTE_ID] = BYTES(1),
	[TGC_CONFORMANCE_ID_RUNS] = RUNS(TGC_CONFORMANCE_DIR, 1),
	[TGC_CONFORMANCE_ID] = BYTES(1),
	[TGC_MAKER_NAME_RUNS] = RUNS(TGC_MAKER_DIR, 1),
	[TGC_MAKER_NAME] = BYTES(1),
	[TGC_SOC_ID_RUNS] = RUNS(TGC_SOC_DIR, 1),
	[TGC_SOC_ID] = BYTES(1),
	[TGC_SOC_LINK_RUNS] = RUNS(TGC_SOC_DIR, 2),
	[TGC_SOC_LINK] = BYTES(1),
	[TGC_TYPE_RUNS] = RUNS(TGC_PRODUCT_DIR, 1),
	[TGC_TYPE] = BYTES(1),
	[TGC_NAME_RUNS] = RUNS(TGC_PRODUCT_DIR, 1),
	[TGC_NAME] = BYTES(1),
	[TGC_SPECIAL] = ARRAY(TGC_SPECIAL_BYTES, 0),
	[TGC_SPECIAL_STOP_RUNS] = RUNS(TGC_SPECIAL, 2),
	[TGC_SPECIAL_STOP] = BYTES(TGC_REF_BYTES),
	[TGC_COMPONENT_RUNS] = RUNS(TGC_SPECIAL, 1),
	[TGC_COMPONENT] = BYTES(TGC_GTIN_BYTES),
	[TGC_STOP] = ARRAY(TGC_STOP_BYTES, 0),
	[TGC_STOP_BATCH_RUNS] = RUNS(TGC_STOP, 4),
	[TGC_STOP_BATCH] = BYTES(1),
	[TGC_STOP_SERIAL_RUNS] = RUNS(TGC_STOP, 4),
	[TGC_STOP_SERIAL] = BYTES(1),
	[TGC_STOP_ID_RUNS] = RUNS(TGC_STOP, 1),
	[TGC_STOP_ID] = BYTES(1),
};
