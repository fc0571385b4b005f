/* SPDX-License-Identifier: Apache-2.0
 *
 * scanner.h - one interface to every scanner: whole scans in, feedback out, and honest news about the device.
 *
 * A scanner's trouble stays a scanner's trouble: it arrives as an event, never as a scan and never as a
 * verdict. Knows devices; knows nothing of products, rules or evidence. A scanner belongs to one thread,
 * which polls it:
 *
 *	fds[i].fd = tg_scanner_fd(s);              (-1 while the device is away; poll(2) skips it)
 *	fds[i].events = POLLIN;
 *	timeout = tg_scanner_timeout_ms(s, now);   (-1: nothing due)
 *	poll(…);
 *	tg_scanner_service(s, fds[i].revents, tg_mono_now_us());   (always: more than input may be due)
 */
#ifndef TG_DRIVERS_SCANNER_H
#define TG_DRIVERS_SCANNER_H

#include "drivers/framing.h"
#include "drivers/port.h"

/* bytes with terminator: a station's own name for a device, "till-1-scanner" */
#define TG_DEVICE_NAME_SIZE 64
/* bytes with terminator: as tg_error.msg, where most of these words come from */
#define TG_SCANNER_WORDS_SIZE 240

/** Flags of a scan. */
enum {
	TG_SCAN_AIM_MISSING = 1 << 0, /**< identifiers are configured, but this scan came without one */
};

/** A scan as delivered. About 8 kB: pass by pointer. */
typedef struct tg_scan {
	char device[TG_DEVICE_NAME_SIZE]; /**< the name from the configuration */
	char aim[TG_AIM_SIZE];            /**< "]d2", or "" when the device does not say */
	uint32_t flags;                   /**< TG_SCAN_… */
	int64_t at_us;                    /**< UTC microseconds when its last byte was read */
	int64_t mono_us;                  /**< tg_mono_now_us() at the same moment */
	size_t len;                       /**< 1 … TG_SCAN_MAX */
	/** exactly as the label said; GS is 0x1D; no terminator, not text-terminated */
	uint8_t data[TG_SCAN_MAX];
} tg_scan;

/** News about a device. The numbers stay inside the programs; the names go into entries: append only. */
typedef enum tg_scanner_event_kind {
	TG_SCANNER_ATTACHED = 0, /**< first time usable since open */
	/** not there, or not usable, at open, or later for another reason than the last time; tried again by itself */
	TG_SCANNER_MISSING,
	TG_SCANNER_GONE,         /**< was attached and went away; `len_bytes`: of a scan that it cut off */
	TG_SCANNER_BACK,         /**< attached again after GONE */
	TG_SCANNER_NOISE,        /**< bytes that are no label were dropped; `len_bytes` says how many */
	/** more than TG_SCAN_MAX without a terminator; dropped up to the next one */
	TG_SCANNER_TOO_LONG,
	TG_SCANNER_EMPTY,        /**< a terminator without a label */
	TG_SCANNER_CUT,          /**< a label began and never ended; `len_bytes` dropped after a silence */
	/** the device or the kernel lost bytes; the label that they belonged to is dropped */
	TG_SCANNER_OVERFLOW,
	/** a scanner that waits for an answer sent a label again before it had one; counted once */
	TG_SCANNER_REPEAT,
} tg_scanner_event_kind;

typedef struct tg_scanner_event {
	tg_scanner_event_kind kind;
	char device[TG_DEVICE_NAME_SIZE];
	int64_t at_us, mono_us;
	/** 1; or how many alike, when troubles come in crowds (TG_SCANNER_CROWD_MS) */
	uint32_t count;
	size_t len_bytes;                  /**< see the kind, summed over `count`; 0 where it says nothing */
	char words[TG_SCANNER_WORDS_SIZE]; /**< for a technician; never holds bytes that were read */
} tg_scanner_event;

/**
 * "attached", "missing", "gone", "back", "noise", "too-long", "empty", "cut", "overflow", "repeat";
 * "unknown" otherwise.
 */
const char *tg_scanner_event_name(tg_scanner_event_kind kind);

/**
 * Where scans and events go. Both are called only from tg_scanner_open() and tg_scanner_service(), and must
 * not call back into the same scanner, except tg_scanner_feedback(). Arguments are borrowed until the call
 * returns.
 */
typedef struct tg_scanner_sink {
	void (*scan)(void *user, const tg_scan *scan);
	void (*event)(void *user, const tg_scanner_event *event);
	void *user;
} tg_scanner_sink;

/** What a scanner can be told. Bits, so that tg_scanner_can() may answer with several. */
typedef enum tg_feedback {
	TG_FEEDBACK_GOOD = 1 << 0,   /**< may be sold: the usual good-read sound */
	TG_FEEDBACK_REJECT = 1 << 1, /**< withheld: not-on-file sound, red light */
	TG_FEEDBACK_ERROR = 1 << 2,  /**< could not check: error sound */
	TG_FEEDBACK_NOTICE = 1 << 3, /**< released with something to say */
	TG_FEEDBACK_LOCK = 1 << 4,   /**< stop reading until … */
	TG_FEEDBACK_UNLOCK = 1 << 5, /**< … someone has acknowledged */
} tg_feedback;

typedef struct tg_scanner_config {
	/** the station's name for it; fewer than TG_DEVICE_NAME_SIZE bytes of a-z A-Z 0-9 . _ - */
	const char *name;
	const char *driver;   /**< "serial", "hid-pos" or "wedge". NULL is "serial" */
	const char *profile;  /**< serial: "plain", "ssi", "honeywell", "datalogic" (drivers/profiles). NULL is "plain" */
	int handshake;        /**< serial: TG_HANDSHAKE_… of drivers/profiles/profile.h; 0 is none */
	bool host_beeps;      /**< serial, hid-pos: the scanner's own good-read beep is off, it leaves it to us */
	const char *path;     /**< serial: the device, or a stable link to it (/dev/serial/by-id/…) */
	tg_line line;         /**< serial: all zero is 9600 8N1 */
	tg_frame_mode framing; /**< serial */
	bool aim;             /**< the device is set to send AIM identifiers */
	int retry_ms;         /**< between attempts to attach; 0 is TG_SCANNER_RETRY_MS */
	/** a silence this long inside a label drops it; 0 is TG_SCANNER_SILENCE_MS, -1 never */
	int silence_ms;
	/** USB: "any" (hid-pos only) or "VVVV:PPPP"; serial number; port such as "1-1.4". What is given must all fit */
	const char *usb, *serial, *port;
	tg_suffix suffix;     /**< USB */
	const char *layout;   /**< wedge: the keyboard that the scanner imitates, "gb", "de(nodeadkeys)"; NULL is "us" */
	const char *prefix;   /**< wedge: what the scanner types in front of each label; NULL is nothing */
	bool keep;            /**< wedge: see tg_scanner_keep(), from the first moment on */
	int gap_ms;           /**< wedge without suffix, serial with TG_FRAME_GAP: the pause that ends a label; 0 is TG_SCANNER_GAP_MS */
} tg_scanner_config;

/* nobody who plugs a cable in notices a second; one open() a second is nothing */
#define TG_SCANNER_RETRY_MS 1000
/* at 300 baud one character takes 33 ms: no scanner pauses this long in a label */
#define TG_SCANNER_SILENCE_MS 2000
/* slow Bluetooth bases pause up to 100 ms between two keys; nobody scans twice in 150 ms */
#define TG_SCANNER_GAP_MS 150
/*
 * Troubles of one kind are said at once, then at most once in this time, counted: a babbling line cannot fill
 * the log.
 */
#define TG_SCANNER_CROWD_MS 1000

/** One scanner. Opaque. */
typedef struct tg_scanner tg_scanner;

/**
 * Make a scanner and try to attach it. A device that is not there (or busy, or without rights) is no error: a
 * TG_SCANNER_MISSING event says why, and it is attached as soon as it can be.
 *
 * Ownership: `*out` is the caller's: tg_scanner_close(). `config` and `sink` are copied; `sink->user` is
 *            borrowed.
 * Errors:    TG_EINVAL a setting that can never work; TG_ENOMEM.
 */
TG_NODISCARD int tg_scanner_open(tg_scanner **out, const tg_scanner_config *config,
	const tg_scanner_sink *sink, tg_error *err);
void tg_scanner_close(tg_scanner *scanner); /**< NULL is fine; gives the device back; no event */

/** readable when there is something; -1 while detached. May change */
int tg_scanner_fd(const tg_scanner *scanner);
/** Milliseconds until tg_scanner_service() is wanted even without input; -1 if nothing is due. */
int tg_scanner_timeout_ms(const tg_scanner *scanner, int64_t mono_us);

/**
 * Do what is due: read (bounded: at most 64 kB a call, so that a babbling scanner does not starve others),
 * notice a hang-up, attach again. `revents` from poll(2); `mono_us` from tg_mono_now_us(). Scans and events
 * go to the sink. Never blocks. A hang-up closes the descriptor, so it cannot spin.
 */
void tg_scanner_service(tg_scanner *scanner, int revents, int64_t mono_us);

/**
 * What closing, or trouble with the device, does to a keyboard wedge. true (enforce): its interface stays away from the desktop, so
 * that nothing it reads reaches a till past the gate, until it is plugged in anew or somebody gives it back (tg_usb_give_back()).
 * false (observe; the default): the kernel's driver gets it back. All other scanners are always given back.
 */
void tg_scanner_keep(tg_scanner *scanner, bool keep);

/** The tg_feedback bits that this device can do, as far as its profile knows. Plain serial: 0. */
unsigned tg_scanner_can(const tg_scanner *scanner);
/**
 * TG_OK: sent (a device may still ignore it). TG_ESTATE: it cannot, or is detached; the words say which.
 * TG_EIO.
 */
TG_NODISCARD int tg_scanner_feedback(tg_scanner *scanner, tg_feedback what, tg_error *err);

/** For status pages: all strings are borrowed until the next call that takes a non-const scanner. */
typedef struct tg_scanner_info {
	const char *name, *driver, *profile;
	const char *path;    /**< as configured; USB: the selection in words */
	const char *device;  /**< the node or (USB) the stable name behind it now, "" while detached */
	const char *backend; /**< "libserialport", "termios", "libusb", "" while detached */
	bool attached;
	const char *state;   /**< tg_scanner_state_of() why it is not attached; "attached" */
	const char *words;   /**< why it is not attached; when it is, where it was before if that was elsewhere, else "" */
	const char *cannot;  /**< what this scanner, set like this, cannot do for us; "" nothing */
	uint64_t scans;      /**< delivered since open */
	uint64_t troubles;   /**< NOISE, TOO_LONG, EMPTY, CUT, OVERFLOW and REPEAT events since open */
} tg_scanner_info;
void tg_scanner_describe(tg_scanner_info *out, const tg_scanner *scanner);

/**
 * In one word why a device is not attached: "absent", "no-rights", "in-use" (by another program), "unsuitable" (in another
 * mode, no port, or one of several that fit), "failing"; "attached" for no error. For JSON: append only.
 */
const char *tg_scanner_state_of(const tg_error *why);

/**
 * A device family. tg_scanner_open() picks one by `config->driver`; the rest of this header only forwards.
 * A backend fills `*state` and calls `sink`; it counts nothing and knows no names but its device's.
 */
typedef struct tg_scanner_backend {
	const char *name;
	int (*open)(void **state, const tg_scanner_config *config, const tg_scanner_sink *sink,
		tg_error *err);
	int (*fd)(const void *state);
	int (*timeout_ms)(const void *state, int64_t mono_us);
	void (*service)(void *state, int revents, int64_t mono_us);
	unsigned (*can)(const void *state);
	int (*feedback)(void *state, tg_feedback what, tg_error *err);
	void (*describe)(tg_scanner_info *out, const void *state);
	void (*close)(void *state);
	void (*keep)(void *state, bool keep); /**< NULL: always given back */
} tg_scanner_backend;

/** What a scanner of the family cannot do for us, for lists of devices that are not open: see `cannot` above. */
extern const char tg_wedge_cannot[];
struct tg_hid_table;
void tg_hid_pos_cannot(char *out, size_t size, const struct tg_hid_table *table, bool host_beeps);

extern const tg_scanner_backend tg_scanner_serial, tg_scanner_hid_pos, tg_scanner_wedge;

#endif
