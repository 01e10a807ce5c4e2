#include "access/inner.h"

/*
 * Delays that grow (doc/access.md has this table, and a test compares them).  A known device has a
 * bucket of its own and none else, so that others' failures never delay it.  Buckets are slots of a
 * table of fixed size chosen by a keyed hash: nobody can aim at another's, and rows are bounded
 * however many addresses are tried.
 */
const struct bucket_rule bucket_rules[BUCKETS] = {
	[BUCKET_DEVICE] = {"known device", 10, 1000, 900000, 900000, true},
	[BUCKET_PAIR] = {"account from a network", 5, 2000, 3600000, 3600000, true},
	[BUCKET_ACCOUNT] = {"account from anywhere", 100, 1000, 900000, 600000, false},
	[BUCKET_ADDRESS] = {"address", 60, 1000, 10000, 10000, false},
	[BUCKET_SECOND] = {"code for an account", 5, 30000, 3600000, 3600000, true},
	[BUCKET_SECOND_DEVICE] = {"code from a known device", 5, 30000, 3600000, 3600000, true},
};

/* Past these many beyond the free ones the delay has long reached its most. */
enum { MORE_MAX = 16 };

int64_t bucket_failures(const struct bucket_rule *r, struct bucket b, int64_t now_ms)
{
	int64_t left = b.full_ms - now_ms, most = r->free + MORE_MAX;

	if (left <= 0)
		return 0;
	return MIN_OF((left + r->forgive_ms - 1) / r->forgive_ms, most);
}

int64_t bucket_wait_ms(const struct bucket_rule *r, struct bucket b, int64_t now_ms)
{
	int64_t more = bucket_failures(r, b, now_ms) - r->free, delay = r->first_ms;
	/* A clock that was set back doesn't prolong a delay. */
	int64_t last = MIN_OF(b.last_ms, now_ms);

	if (more < 0)
		return 0;
	while (more-- > 0 && delay < r->most_ms)
		delay *= 2;
	return MAX_OF(last + MIN_OF(delay, r->most_ms) - now_ms, (int64_t)0);
}

struct bucket bucket_add(const struct bucket_rule *r, struct bucket b, int64_t now_ms)
{
	int64_t most = now_ms + (r->free + MORE_MAX) * r->forgive_ms;
	int64_t from = MAX_OF(b.full_ms, now_ms);

	return (struct bucket){MIN_OF(from + r->forgive_ms, most), now_ms};
}

/* --- which ------------------------------------------------------------------------- */

static void add_ref(const struct access *a, struct bucket_refs *refs, enum bucket_kind kind,
		    const struct str parts[2])
{
	crypto_generichash_state state;
	uint8_t hash[16], head[2] = {(uint8_t)kind, 0};
	uint32_t slot;

	head[1] = (uint8_t)parts[0].n; /* at most 254 */
	crypto_generichash_init(&state, a->keys->bucket, sizeof(a->keys->bucket), sizeof(hash));
	crypto_generichash_update(&state, head, sizeof(head));
	for (size_t i = 0; i < 2; i++)
		crypto_generichash_update(&state, (const unsigned char *)parts[i].p, parts[i].n);
	crypto_generichash_final(&state, hash, sizeof(hash));
	memcpy(&slot, hash, sizeof(slot));
	refs->v[refs->n].kind = kind;
	refs->v[refs->n++].slot = slot % BUCKET_SLOTS;
}

void buckets_of_password(const struct access *a, const struct folded *who,
			 const struct access_client *client, struct bucket_refs *ret)
{
	struct place at = place_of(client->address);
	uint8_t nonce[DEVICE_NONCE_BYTES];

	*ret = (struct bucket_refs){.n = 0};
	if (device_known(a, who, client->device, nonce)) {
		add_ref(a, ret, BUCKET_DEVICE,
			(struct str[2]){folded_str(who),
					str_from((const char *)nonce, sizeof(nonce))});
		return;
	}
	add_ref(a, ret, BUCKET_PAIR,
		(struct str[2]){folded_str(who), str_from((const char *)at.wide, at.wide_n)});
	add_ref(a, ret, BUCKET_ACCOUNT, (struct str[2]){folded_str(who), STR("")});
	add_ref(a, ret, BUCKET_ADDRESS,
		(struct str[2]){str_from((const char *)at.one, at.one_n), STR("")});
}

void buckets_of_code(const struct access *a, const struct folded *who,
		     const struct access_client *client, struct bucket_refs *ret)
{
	uint8_t nonce[DEVICE_NONCE_BYTES];

	*ret = (struct bucket_refs){.n = 0};
	if (device_known(a, who, client->device, nonce))
		add_ref(a, ret, BUCKET_SECOND_DEVICE,
			(struct str[2]){folded_str(who),
					str_from((const char *)nonce, sizeof(nonce))});
	else
		add_ref(a, ret, BUCKET_SECOND, (struct str[2]){folded_str(who), STR("")});
}

/* --- rows -------------------------------------------------------------------------- */

static bool bucket_get(struct access *a, const struct bucket_refs *refs, size_t i,
		       struct bucket *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(
		    a->store,
		    SQL("SELECT filled, last FROM access_bucket WHERE kind = ?1 AND slot = ?2"),
		    ARGS(store_int(refs->v[i].kind), store_int(refs->v[i].slot)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	*ret = row ? (struct bucket){store_col_int(q, 0), store_col_int(q, 1)} : (struct bucket){0};
	return true;
}

static bool bucket_put(struct store_txn *txn, const struct bucket_refs *refs, size_t i,
		       struct bucket b, struct err *err)
{
	return store_run(txn,
			 SQL("INSERT INTO access_bucket (kind, slot, filled, last)"
			     " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (kind, slot)"
			     " DO UPDATE SET filled = ?3, last = ?4"),
			 ARGS(store_int(refs->v[i].kind), store_int(refs->v[i].slot),
			      store_int(b.full_ms), store_int(b.last_ms)),
			 err);
}

bool buckets_count(struct access *a, struct store_txn *txn, const struct bucket_refs *refs,
		   int64_t *ret_wait_ms, struct err *err)
{
	int64_t now = access_now(a), wait = 0;
	struct bucket b[ARRAY_LEN(refs->v)];

	for (size_t i = 0; i < refs->n; i++) {
		if (!bucket_get(a, refs, i, &b[i], err))
			return false;
		wait = MAX_OF(wait, bucket_wait_ms(&bucket_rules[refs->v[i].kind], b[i], now));
	}
	for (size_t i = 0; !wait && i < refs->n; i++)
		if (!bucket_put(txn, refs, i, bucket_add(&bucket_rules[refs->v[i].kind], b[i], now),
				err))
			return false;
	*ret_wait_ms = wait;
	return true;
}

bool buckets_clear(struct access *a, struct store_txn *txn, const struct bucket_refs *refs,
		   struct err *err)
{
	for (size_t i = 0; i < refs->n; i++) {
		const struct bucket_rule *r = &bucket_rules[refs->v[i].kind];
		struct bucket b;

		if (!bucket_get(a, refs, i, &b, err))
			return false;
		b.full_ms = r->clear ? 0 : b.full_ms - r->forgive_ms;
		if (!bucket_put(txn, refs, i, b, err))
			return false;
	}
	return true;
}
