/* SPDX-License-Identifier: Apache-2.0
 *
 * sign.c - open the keys that a step needs, and no others.
 */
#include "sync/hq/sign.h"

static int open_by(tg_signing *out, const tg_site *site, const tg_tuf_role *roles, size_t count,
	tg_view passphrase, tg_error *err)
{
	int rc = TG_OK;

	for (size_t i = 0; i < count && rc == TG_OK; i++)
		rc = tg_keys_load_role(&out->keys[roles[i]], site, roles[i], passphrase, err);
	return rc;
}

int tg_signing_open(
	tg_signing *out, const tg_publish_ctx *ctx, const tg_tuf_role *roles, size_t count, tg_error *err)
{
	tg_buf passphrase;
	int rc;

	*out = (tg_signing){ 0 };
	if (ctx->passphrase != NULL)
		return open_by(out, ctx->site, roles, count, tg_buf_view(ctx->passphrase), err);
	rc = tg_passphrase_get(&passphrase, ctx->passphrase_file, false, err);
	if (rc == TG_OK)
		rc = open_by(out, ctx->site, roles, count, tg_buf_view(&passphrase), err);
	if (passphrase.data != NULL)
		tg_wipe(passphrase.data, passphrase.cap);
	tg_buf_fini(&passphrase);
	return rc;
}

void tg_signing_close(tg_signing *signing)
{
	for (int role = 0; role < TG_TUF_ROLES; role++)
		tg_role_keys_fini(&signing->keys[role]);
}

tg_repository_signers tg_signing_by(const tg_signing *signing, tg_tuf_role role)
{
	return (tg_repository_signers){ (const tg_signkey *const *)signing->keys[role].keys,
		signing->keys[role].count };
}

int64_t tg_signing_expires_us(const tg_publish_ctx *ctx, tg_tuf_role role)
{
	return ctx->now_us + ctx->site->days[role] * TG_US_PER_DAY;
}

bool tg_signing_half_spent(const tg_publish_ctx *ctx, tg_tuf_role role, int64_t expires_us)
{
	return expires_us - ctx->now_us < ctx->site->days[role] * TG_US_PER_DAY / 2;
}
