#include "access/inner.h"

#include "base/mem.h"

static void system_chance(void *to, size_t n)
{
	randombytes_buf(to, n);
}

static struct access_settings settings_of(const struct access_settings *given)
{
	struct access_settings s = *given;

	if (!s.idle_ms)
		s.idle_ms = MS_PER_HOUR;
	if (!s.session_ms)
		s.session_ms = 12 * MS_PER_HOUR;
	if (!s.hash_ops)
		s.hash_ops = 3;
	if (!s.hash_bytes)
		s.hash_bytes = (size_t)32 << 20;
	return s;
}

static struct access_keys *keys_of(const struct site_key *key)
{
	struct access_keys *k = sodium_malloc(sizeof(*k));

	if (!k) {
		fputs("lynchpin: no memory for keys\n", stderr);
		abort();
	}
	site_key_derive(key, STR("access totp"), k->seal);
	site_key_derive(key, STR("access recovery"), k->recovery);
	site_key_derive(key, STR("access csrf"), k->csrf);
	site_key_derive(key, STR("access device"), k->device);
	site_key_derive(key, STR("access bucket"), k->bucket);
	return k;
}

void access_close(struct access *a)
{
	sodium_free(a->keys); /* wipes */
	seen_free(&a->seen);
	text_free(&a->service);
	free(a);
}

bool access_open(const struct access_config *config, struct access **ret, struct err *err)
{
	struct access_settings s = settings_of(&config->settings);
	struct access *a;

	if (s.hash_ops > 1000 || s.hash_bytes < crypto_pwhash_MEMLIMIT_MIN ||
	    s.hash_bytes > (size_t)4 << 30 || s.idle_ms < 0 || s.session_ms < 0)
		return err_set(err, ERR_INVALID, "settings of sign-in are out of bounds");
	a = mem_zero(1, sizeof(*a));
	a->store = config->store;
	a->clock = config->clock;
	a->settings = s;
	a->chance = config->chance ? config->chance : system_chance;
	text_add(&a->service, config->service);
	a->keys = config->key ? keys_of(config->key) : NULL;
	*ret = a;
	return true;
}

void access_wipe(struct access_secret *s)
{
	sodium_memzero(s, sizeof(*s));
}

void access_entry_wipe(struct access_entry *e)
{
	sodium_memzero(e, sizeof(*e));
}

bool access_sweep(struct access *a, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	const struct store_value now = store_int(access_now(a));
	int64_t idle = access_now(a) - a->settings.idle_ms;
	int64_t made = access_now(a) - a->settings.session_ms;

	return store_begin(a->store, &txn, err) &&
	       store_run(txn, SQL("DELETE FROM access_link WHERE until <= ?1"), ARGS(now), err) &&
	       store_run(txn, SQL("DELETE FROM access_token WHERE until <= ?1"), ARGS(now), err) &&
	       store_run(txn, SQL("DELETE FROM access_bucket WHERE filled <= ?1"), ARGS(now),
			 err) &&
	       store_run(txn, SQL("DELETE FROM access_session WHERE seen <= ?1 OR made <= ?2"),
			 ARGS(store_int(idle), store_int(made)), err) &&
	       store_commit(&txn, err);
}
