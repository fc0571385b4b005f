/* SPDX-License-Identifier: Apache-2.0
 *
 * page_text.h - a document (page.h) as plain text, for a letter or an e-mail.
 *
 * Written from the description and from nothing else, as the HTML is. Lines are cut at blanks so that mail programs need not.
 */
#ifndef TG_HQ_PAGE_TEXT_H
#define TG_HQ_PAGE_TEXT_H

#include "sync/hq/page.h"

#define TG_PAGE_TEXT_WIDTH 76 /* columns: what every mail program leaves alone */

/** Errors: those of tg_page_html(). What a page says as hostile text became '?' when it was said. */
TG_NODISCARD int tg_page_text(tg_buf *out, const tg_page *page, tg_error *err);

#endif
