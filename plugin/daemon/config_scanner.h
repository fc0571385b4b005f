/* SPDX-License-Identifier: Apache-2.0
 *
 * config_scanner.h - inside plugin/daemon only: the section "scanner" of a lane as a whole, when its closing brace was read.
 */
#ifndef TG_DAEMON_CONFIG_SCANNER_H
#define TG_DAEMON_CONFIG_SCANNER_H

#include "drivers/scanner.h"

#include <confuse.h>

/**
 * Do the options belong to the driver, and do they say which device is meant? 0 or -1, as libconfuse wants of a check; what is
 * wrong goes to cfg_error() with the remedy.
 */
int tg_config__check_scanner(cfg_t *lane, cfg_t *scanner);

/** What USB scanners have, taken over. Strings are borrowed from `scanner`. */
void tg_config__read_usb(tg_scanner_config *out, cfg_t *scanner);

/** As check_word in config.c wants it. */
extern const char *const tg_config__drivers[], *const tg_config__suffixes[];

#endif
