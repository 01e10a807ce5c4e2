#include "oidc/inner.h"

#include <sodium.h>

#include "base/mem.h"

/* The provider's settings, of which the client's secret lies sealed. */

const struct store_table oidc_tables[] = {
	{"oidc_provider", STORE_LOCAL,
	 SQL("CREATE TABLE oidc_provider (one INTEGER NOT NULL, issuer TEXT NOT NULL,"
	     " client_id TEXT NOT NULL, claim TEXT NOT NULL, second TEXT NOT NULL,"
	     " address TEXT NOT NULL, ca_file TEXT NOT NULL, internal INTEGER NOT NULL,"
	     " made INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (one));"),
	 NULL},
	{0},
};

enum {
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES
};

static void system_chance(void *to, size_t n)
{
	randombytes_buf(to, n);
}

static struct oidc_keys *keys_of(const struct site_key *key)
{
	struct oidc_keys *k = sodium_malloc(sizeof(*k));

	if (!k) {
		fputs("lynchpin: no memory for keys\n", stderr);
		abort();
	}
	site_key_derive(key, STR("oidc secret"), k->seal);
	site_key_derive(key, STR("oidc cookie"), k->cookie);
	return k;
}

void oidc_close(struct oidc *o)
{
	sodium_free(o->keys); /* wipes */
	provider_free(&o->kept);
	free(o);
}

bool oidc_open(const struct oidc_config *config, struct oidc **ret, struct err *err)
{
	struct oidc *o;

	if (sodium_init() < 0)
		return err_set(err, ERR_IO, "no chance to be had from the system");
	o = mem_zero(1, sizeof(*o));
	o->store = config->store;
	o->clock = config->clock;
	o->chance = config->chance ? config->chance : system_chance;
	o->keys = config->key ? keys_of(config->key) : NULL;
	*ret = o;
	return true;
}

bool oidc_settings(struct oidc *o, struct arena *arena, struct oidc_settings *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(o->store,
			 SQL("SELECT issuer, client_id, claim, second, address, ca_file, internal,"
			     " made FROM oidc_provider WHERE one = 1"),
			 ARGS(), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	*ret = (struct oidc_settings){0};
	if (row)
		*ret = (struct oidc_settings){.issuer = arena_str(arena, store_col_str(q, 0)),
					      .client_id = arena_str(arena, store_col_str(q, 1)),
					      .claim = arena_str(arena, store_col_str(q, 2)),
					      .second = arena_str(arena, store_col_str(q, 3)),
					      .address = arena_str(arena, store_col_str(q, 4)),
					      .ca_file = arena_str(arena, store_col_str(q, 5)),
					      .internal = store_col_int(q, 6) != 0,
					      .made_ms = store_col_int(q, 7)};
	return true;
}

/* --- the secret
 * ----------------------------------------------------------------------------------- */

static void seal(const struct oidc *o, struct str secret, struct text *to)
{
	unsigned char *p = (unsigned char *)text_room(to, NONCE + secret.n + TAG);

	o->chance(p, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(p + NONCE, NULL, (const unsigned char *)secret.p,
						   secret.n, (const unsigned char *)"oidc", 4, NULL,
						   p, o->keys->seal);
	to->n += NONCE + secret.n + TAG;
}

static bool unseal(const struct oidc *o, struct str sealed, struct text *to, struct err *err)
{
	const unsigned char *p = (const unsigned char *)sealed.p;

	if (sealed.n < NONCE + TAG || sealed.n > NONCE + TAG + SECRET_MOST ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(
		    (unsigned char *)text_room(to, sealed.n), NULL, NULL, p + NONCE,
		    sealed.n - NONCE, (const unsigned char *)"oidc", 4, p, o->keys->seal) != 0)
		return err_set(err, ERR_CORRUPT,
			       "the secret of single sign-on was not sealed by this site's key: it "
			       "has to be set again");
	to->n += sealed.n - NONCE - TAG;
	return true;
}

bool settings_secret(struct oidc *o, struct text *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(o->store, SQL("SELECT sealed FROM oidc_provider WHERE one = 1"), ARGS(),
			 &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return err_set(err, ERR_NOT_FOUND, "there is no single sign-on here");
	return unseal(o, store_col_str(q, 0), ret, err);
}

/* --- setting
 * -------------------------------------------------------------------------------------- */

static bool plain(struct str s, size_t least, size_t most)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	return s.n >= least && s.n <= most;
}

static bool settings_good(const struct oidc_settings *s, struct str secret, struct err *err)
{
	if (!address_good(s->issuer) || str_find_char(s->issuer, '?', 0) != SIZE_MAX)
		return err_set(err, ERR_INVALID,
			       "the issuer is an https address without a query, as the provider "
			       "writes it");
	if (s->address.n && (!address_good(s->address) ||
			     str_find_char(str_from_offset(s->address, 8), '/', 0) != SIZE_MAX))
		return err_set(err, ERR_INVALID,
			       "the console's address is https://HOST[:PORT], without a path");
	if (!plain(s->client_id, 1, 255) || !plain(s->claim, 1, 100) || !plain(s->second, 0, 255) ||
	    !plain(s->ca_file, 0, 1024))
		return err_set(err, ERR_INVALID,
			       "the client's id, a claim or a value of acr is missing or too long");
	return plain(secret, 1, SECRET_MOST) ||
	       err_set(err, ERR_INVALID, "the client's secret is one line of at most %d bytes",
		       SECRET_MOST);
}

bool oidc_set(struct oidc *o, const struct oidc_settings *s, struct str secret, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(text_freep) struct text sealed = {0};

	if (!settings_good(s, secret, err))
		return false;
	seal(o, secret, &sealed);
	return store_begin(o->store, &txn, err) &&
	       store_run(txn, SQL("DELETE FROM oidc_provider"), ARGS(), err) &&
	       store_run(txn,
			 SQL("INSERT INTO oidc_provider (one, issuer, client_id, claim, second,"
			     " address, ca_file, internal, made, sealed)"
			     " VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
			 ARGS(store_text(s->issuer), store_text(s->client_id), store_text(s->claim),
			      store_text(s->second), store_text(s->address), store_text(s->ca_file),
			      store_int(s->internal), store_int(oidc_now(o)),
			      store_blob(sealed.p, sealed.n)),
			 err) &&
	       store_commit(&txn, err);
}

bool oidc_end(struct oidc *o, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	if (!store_begin(o->store, &txn, err) ||
	    !store_run(txn, SQL("DELETE FROM oidc_provider"), ARGS(), err))
		return false;
	if (!store_changed(txn))
		return err_set(err, ERR_NOT_FOUND, "there is no single sign-on here");
	return store_commit(&txn, err);
}
