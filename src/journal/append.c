#include "journal/inner.h"

const struct store_table journal_tables[] = {
	{.name = "journal_site",
	 .kind = STORE_JOURNAL,
	 .create = SQL("CREATE TABLE journal_site("
		       "site TEXT PRIMARY KEY, public_key BLOB NOT NULL, own INTEGER NOT NULL"
		       ") WITHOUT ROWID;")},
	{.name = "journal_record",
	 .kind = STORE_JOURNAL,
	 .create = SQL("CREATE TABLE journal_record("
		       "site TEXT NOT NULL, number INTEGER NOT NULL, stamped_ms INTEGER NOT NULL, "
		       "hash BLOB NOT NULL, seal BLOB NOT NULL, text TEXT NOT NULL, "
		       "PRIMARY KEY(site, number)) WITHOUT ROWID;"
		       "CREATE UNIQUE INDEX journal_record_hash ON journal_record(hash);"
		       "CREATE INDEX journal_record_time ON "
		       "journal_record(stamped_ms, site, number);")},
	{.name = "journal_bulk",
	 .kind = STORE_JOURNAL,
	 .create = SQL("CREATE TABLE journal_bulk("
		       "digest BLOB PRIMARY KEY, bytes INTEGER NOT NULL, parts INTEGER NOT NULL, "
		       "pruned_site TEXT, pruned_number INTEGER) WITHOUT ROWID;")},
	{.name = "journal_bulk_part",
	 .kind = STORE_JOURNAL,
	 .create = SQL("CREATE TABLE journal_bulk_part("
		       "digest BLOB NOT NULL, part INTEGER NOT NULL, zstd BLOB NOT NULL, "
		       "PRIMARY KEY(digest, part));")},
	{.name = NULL},
};

struct hash root_of(const struct public_key *key)
{
	return hash_of(str_from((const char *)key->b, PUBLIC_KEY_BYTES));
}

/* The head is what the store holds within this transaction: nothing is remembered that a
 * rollback, or another process, could make untrue. */
static bool read_head(const struct journal *j, struct journal_head *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct journal_head head = {.site = site_id_str(&j->site), .hash = j->root};
	bool row;

	if (!j->site.c[0])
		head.site.n = 0;
	if (!store_query(j->store,
			 SQL("SELECT number, stamped_ms, hash FROM journal_record "
			     "WHERE site = ?1 ORDER BY number DESC LIMIT 1"),
			 ARGS(store_text(head.site)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (row) {
		struct str hash = store_col_str(q, 2);

		head.number = (uint64_t)store_col_int(q, 0);
		head.stamped_ms = store_col_int(q, 1);
		if (hash.n != HASH_BYTES)
			return err_set(err, ERR_CORRUPT, "record %llu: its hash is damaged",
				       (unsigned long long)head.number);
		memcpy(head.hash.b, hash.p, HASH_BYTES);
	}
	*ret = head;
	return true;
}

bool journal_head(const struct journal *j, struct journal_head *ret, struct err *err)
{
	return read_head(j, ret, err);
}

static bool found_bulk(void *ctx, const struct hash *digest, struct err *err)
{
	const struct journal *j = ctx;
	enum journal_bulk_state state;
	char hex[HASH_HEX_BYTES];
	uint64_t bytes;

	if (!journal_bulk_look(j, digest, &state, &bytes, err))
		return false;
	if (state != BULK_HERE)
		return err_set(err, ERR_NOT_FOUND, "bulk %s is cited but not in the store",
			       hash_hex(digest, hex).p);
	return true;
}

static bool write_row(struct store_txn *txn, const struct record *r, struct str text,
		      struct err *err)
{
	return store_run(txn,
			 SQL("INSERT INTO journal_record(site, number, stamped_ms, hash, seal, "
			     "text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
			 ARGS(store_text(r->site), store_int((int64_t)r->number),
			      store_int(r->stamped_ms), store_blob(r->hash.b, HASH_BYTES),
			      store_blob(r->seal.b, SEAL_BYTES), store_text(text)),
			 err);
}

static bool write_site(struct store_txn *txn, const struct journal *j, struct err *err)
{
	return store_run(txn,
			 SQL("INSERT INTO journal_site(site, public_key, own) VALUES (?1, ?2, 1) "
			     "ON CONFLICT (site) DO UPDATE SET own = 1"),
			 ARGS(store_text(site_id_str(&j->site)),
			      store_blob(site_key_public(j->key)->b, PUBLIC_KEY_BYTES)),
			 err);
}

/* Read back what is about to be sealed: nothing enters that could not be read again. */
static bool check_text(struct journal *j, struct str text, struct hash *ret_hash, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct parsed_record p;

	if (!record_parse_with(j->doc, text, arena, &p, err))
		return err_wrap(err, "the new record");
	if (!body_digests(p.body, "bulk", found_bulk, j, err))
		return false;
	*ret_hash = p.r.hash;
	return true;
}

bool journal_append(struct journal *j, struct store_txn *txn, const struct record *what,
		    struct record *ret, struct err *err)
{
	AUTO(text_freep) struct text text = {0};
	char sealed[RECORD_SEALED_BYTES];
	struct journal_head head = {0};
	struct record r = *what;

	assert(store_of(txn) == j->store);
	if (!j->key)
		return err_set(err, ERR_DENIED,
			       "the site's key is not at hand: nothing can be "
			       "recorded");
	if (!read_head(j, &head, err))
		return false;
	r.site = head.site;
	r.number = head.number + 1;
	r.stamped_ms = MAX_OF(what->stamped_ms, head.stamped_ms);
	r.prev = head.hash;
	if (!record_text(&r, &text, err) || !check_text(j, text_str(&text), &r.hash, err))
		return false;
	r.seal = site_key_seal(j->key, record_sealed(&r.hash, sealed));
	if ((r.number == 1 && !write_site(txn, j, err)) ||
	    !write_row(txn, &r, text_str(&text), err))
		return false;
	*ret = r;
	return true;
}
