/* SPDX-License-Identifier: Apache-2.0
 *
 * sign.c - open the keys that a step needs, and no others.
 */
#include "sync/hq/sign.h"

#include "sync/hq/published.h"

/* Which keys to open: `older` may be NULL. */
struct wish {
	const tg_root *root, *older;
	bool roles[TG_TUF_ROLES];
};

static int open_role(tg_signing *out, const tg_site *site, const struct wish *wish, tg_tuf_role role,
	tg_view passphrase, tg_error *err)
{
	const tg_root_role *wanted = &wish->root->roles[role];
	tg_role_keys *keys = &out->keys[role];
	tg_role_keys older = { 0 };
	int rc = tg_keys_load(keys, site->keys, wanted, passphrase, err);

	if (rc == TG_OK && (int64_t)keys->count < wanted->threshold)
		rc = tg_fail(err, TG_ESTATE, "%s: %zu of the %lld keys that must sign for %s are here",
			site->keys, keys->count, (long long)wanted->threshold, tg_tuf_role_name(role));
	if (rc != TG_OK || wish->older == NULL)
		return rc;
	rc = tg_keys_load(&older, site->keys, &wish->older->roles[role], passphrase, err);
	out->both[role] = rc == TG_OK && (int64_t)older.count >= wish->older->roles[role].threshold;
	for (size_t i = 0; i < older.count && rc == TG_OK && keys->count < TG_TUF_ROLE_KEYS_MAX; i++) {
		keys->keys[keys->count++] =
			older.keys[i]; /* one that stands in both roots signs once all the same */
		older.keys[i] = NULL;
	}
	tg_role_keys_fini(&older);
	return rc;
}

static int open_by(
	tg_signing *out, const tg_site *site, const struct wish *wish, tg_view passphrase, tg_error *err)
{
	int rc = TG_OK;

	for (int role = 0; role < TG_TUF_ROLES && rc == TG_OK; role++)
		if (wish->roles[role])
			rc = open_role(out, site, wish, (tg_tuf_role)role, passphrase, err);
	return rc;
}

static int open_wished(tg_signing *out, const tg_publish_ctx *ctx, const struct wish *wish, tg_error *err)
{
	tg_buf passphrase;
	int rc;

	*out = (tg_signing){ 0 };
	if (ctx->passphrase != NULL)
		return open_by(out, ctx->site, wish, tg_buf_view(ctx->passphrase), err);
	rc = tg_passphrase_get(&passphrase, ctx->passphrase_file, false, err);
	if (rc == TG_OK)
		rc = open_by(out, ctx->site, wish, tg_buf_view(&passphrase), err);
	if (passphrase.data != NULL)
		tg_wipe(passphrase.data, passphrase.cap);
	tg_buf_fini(&passphrase);
	return rc;
}

int tg_signing_open(
	tg_signing *out, const tg_publish_ctx *ctx, const tg_tuf_role *roles, size_t count, tg_error *err)
{
	struct wish wish = { 0 };
	tg_root root = { 0 };
	tg_buf bytes;
	int rc;

	*out = (tg_signing){ 0 };
	tg_buf_init(&bytes, TG_TUF_ROOT_MAX);
	rc = tg_published_newest_root(&bytes, ctx->site, err);
	if (rc == TG_OK)
		rc = tg_root_parse(&root, tg_buf_view(&bytes), err);
	wish.root = &root;
	for (size_t i = 0; i < count; i++)
		wish.roles[roles[i]] = true;
	if (rc == TG_OK)
		rc = open_wished(out, ctx, &wish, err);
	tg_root_fini(&root);
	tg_buf_fini(&bytes);
	return rc;
}

int tg_signing_open_both(tg_signing *out, const tg_publish_ctx *ctx, const bool roles[TG_TUF_ROLES],
	const tg_root *root, const tg_root *older, tg_error *err)
{
	struct wish wish = { .root = root, .older = older };

	memcpy(wish.roles, roles, sizeof(wish.roles));
	return open_wished(out, ctx, &wish, err);
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
