#include "journal/inner.h"

/*
 * Level 1: what compresses well does so here too.  Where the middle of a part doesn't shrink
 * (compressed already), a level that hardly looks is used: nothing is gained there by trying.
 */
enum { LEVEL_USUAL = 1, LEVEL_HARDLY = -100, SAMPLE_BYTES = 16 << 10, ROOM_AHEAD = 64 << 20 };

struct bulk_row {
	enum journal_bulk_state state;
	uint64_t bytes, parts;
	uint64_t pruned_number;
};

static bool look(struct store *s, const struct hash *digest, struct bulk_row *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct bulk_row b = {.state = BULK_ABSENT};
	bool row;

	if (!store_query(s,
			 SQL("SELECT bytes, parts, pruned_number FROM journal_bulk "
			     "WHERE digest = ?1"),
			 ARGS(store_blob(digest->b, HASH_BYTES)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (row) {
		b.bytes = (uint64_t)store_col_int(q, 0);
		b.parts = (uint64_t)store_col_int(q, 1);
		b.state = store_col_is_null(q, 2) ? BULK_HERE : BULK_PRUNED;
		b.pruned_number = (uint64_t)store_col_int(q, 2);
	}
	*ret = b;
	return true;
}

static bool put_part(struct store_txn *txn, const struct hash *digest, uint64_t part,
		     struct str packed, struct err *err)
{
	return store_run(txn,
			 SQL("INSERT INTO journal_bulk_part(digest, part, zstd) "
			     "VALUES (?1, ?2, ?3)"),
			 ARGS(store_blob(digest->b, HASH_BYTES), store_int((int64_t)part),
			      store_blob(packed.p, packed.n)),
			 err);
}

static bool level_for(struct str part, struct text *scratch, int *ret_level, struct err *err)
{
	struct str sample = str_sub(part, part.n / 2, SAMPLE_BYTES);

	if (!zstd_pack(sample, LEVEL_USUAL, scratch, err))
		return false;
	*ret_level = scratch->n < sample.n - sample.n / 32 ? LEVEL_USUAL : LEVEL_HARDLY;
	text_clear(scratch);
	return true;
}

static bool pack_part(struct str piece, struct text *out)
{
	struct err ignored;
	int level;

	return level_for(piece, out, &level, &ignored) && zstd_pack(piece, level, out, &ignored);
}

void journal_pack_begin(struct str bytes, struct journal_pack *ret)
{
	size_t parts = bytes.n / JOURNAL_PART_BYTES + (bytes.n % JOURNAL_PART_BYTES != 0);

	*ret = (struct journal_pack){.bytes = bytes, .jobs = parts + 1};
	ret->parts = mem_zero(parts + 1, sizeof(*ret->parts));
}

void journal_pack_job(struct journal_pack *p, size_t job)
{
	if (!job)
		p->digest = hash_of(p->bytes);
	else if (!pack_part(str_sub(p->bytes, (job - 1) * JOURNAL_PART_BYTES, JOURNAL_PART_BYTES),
			    &p->parts[job - 1]))
		p->failed = true;
}

void journal_pack_free(struct journal_pack *p)
{
	for (size_t i = 0; i + 1 < p->jobs; i++)
		text_free(&p->parts[i]);
	free(p->parts);
	*p = (struct journal_pack){0};
}

static bool put_parts(struct store_txn *txn, const struct journal_pack *p, struct err *err)
{
	for (size_t i = 0; i + 1 < p->jobs; i++)
		if (!put_part(txn, &p->digest, i, text_str(&p->parts[i]), err))
			return false;
	return store_run(txn,
			 SQL("INSERT INTO journal_bulk(digest, bytes, parts, pruned_site, "
			     "pruned_number) VALUES (?1, ?2, ?3, NULL, NULL) "
			     "ON CONFLICT (digest) DO UPDATE SET bytes = ?2, parts = ?3, "
			     "pruned_site = NULL, pruned_number = NULL"),
			 ARGS(store_blob(p->digest.b, HASH_BYTES), store_int((int64_t)p->bytes.n),
			      store_int((int64_t)p->jobs - 1)),
			 err);
}

static bool too_large(struct str bytes, struct err *err)
{
	return err_set(err, ERR_LIMIT, "%zu bytes, at most %llu are kept in one piece", bytes.n,
		       (unsigned long long)JOURNAL_BULK_MAX);
}

bool journal_put_packed(struct store_txn *txn, const struct journal_pack *p, struct err *err)
{
	struct bulk_row b;

	if (p->bytes.n > JOURNAL_BULK_MAX)
		return too_large(p->bytes, err);
	if (p->failed)
		return err_set(err, ERR_INVALID, "%zu bytes could not be packed", p->bytes.n);
	return look(store_of(txn), &p->digest, &b, err) &&
	       (b.state == BULK_HERE || put_parts(txn, p, err));
}

bool journal_put_bulk(struct store_txn *txn, struct str bytes, struct hash *ret_digest,
		      struct err *err)
{
	AUTO(journal_pack_free) struct journal_pack p = {0};
	struct bulk_row b;

	if (bytes.n > JOURNAL_BULK_MAX)
		return too_large(bytes, err);
	journal_pack_begin(bytes, &p);
	journal_pack_job(&p, 0);
	if (!look(store_of(txn), &p.digest, &b, err))
		return false;
	for (size_t i = 1; b.state != BULK_HERE && i < p.jobs; i++)
		journal_pack_job(&p, i);
	if (b.state != BULK_HERE && !journal_put_packed(txn, &p, err))
		return false;
	*ret_digest = p.digest;
	return true;
}

bool journal_bulk_look(const struct journal *j, const struct hash *digest,
		       enum journal_bulk_state *ret, uint64_t *ret_bytes, struct err *err)
{
	struct bulk_row b;

	if (!look(j->store, digest, &b, err))
		return false;
	*ret = b.state;
	*ret_bytes = b.bytes;
	return true;
}

static bool corrupt(struct err *err, const struct hash *digest, const char *what)
{
	char hex[HASH_HEX_BYTES];

	return err_set(err, ERR_CORRUPT, "bulk %s: %s", hash_hex(digest, hex).p, what);
}

static bool get_parts(const struct journal *j, const struct hash *digest, const struct bulk_row *b,
		      struct text *out, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	size_t start = out->n;
	struct hasher hasher;
	struct hash found;
	bool row;

	hasher_init(&hasher);
	if (!store_query(j->store,
			 SQL("SELECT part, zstd FROM journal_bulk_part WHERE digest = ?1 "
			     "ORDER BY part"),
			 ARGS(store_blob(digest->b, HASH_BYTES)), &q, err))
		return false;
	for (uint64_t part = 0;; part++) {
		size_t at = out->n;

		if (!store_step(q, &row, err))
			return false;
		if (!row && part == b->parts)
			break;
		if (!row || part >= b->parts || (uint64_t)store_col_int(q, 0) != part)
			return corrupt(err, digest, "a part is missing or one too many");
		if (!zstd_unpack(store_col_str(q, 1), JOURNAL_PART_BYTES, out, err))
			return corrupt(err, digest, "a part is damaged");
		hasher_add(&hasher, str_from(out->p + at, out->n - at));
	}
	found = hasher_end(&hasher);
	if (out->n - start != b->bytes || !hash_eq(&found, digest))
		return corrupt(err, digest, "the bytes are not those of the digest");
	return true;
}

/* What is said of bulk that can be read. */
static bool find(const struct journal *j, const struct hash *digest, uint64_t max_bytes,
		 struct bulk_row *ret, struct err *err)
{
	char hex[HASH_HEX_BYTES];
	struct bulk_row b;

	if (!look(j->store, digest, &b, err))
		return false;
	if (b.state == BULK_ABSENT)
		return err_set(err, ERR_NOT_FOUND, "bulk %s is not in the store",
			       hash_hex(digest, hex).p);
	if (b.state == BULK_PRUNED)
		return err_set(err, ERR_NOT_FOUND, "bulk %s was pruned by record %llu",
			       hash_hex(digest, hex).p, (unsigned long long)b.pruned_number);
	if (b.bytes > MIN_OF(max_bytes, JOURNAL_BULK_MAX))
		return err_set(err, ERR_LIMIT, "bulk %s has %llu bytes, at most %llu are read",
			       hash_hex(digest, hex).p, (unsigned long long)b.bytes,
			       (unsigned long long)MIN_OF(max_bytes, JOURNAL_BULK_MAX));
	*ret = b;
	return true;
}

bool journal_get_bulk(const struct journal *j, const struct hash *digest, uint64_t max_bytes,
		      struct text *out, struct err *err)
{
	size_t start = out->n;
	struct bulk_row b;

	if (!find(j, digest, max_bytes, &b, err))
		return false;
	/* The number of bytes is only claimed as yet: room for some of it in advance. */
	(void)text_room(out, MIN_OF(b.bytes, (uint64_t)ROOM_AHEAD) + WIRE_PADDING);
	if (!get_parts(j, digest, &b, out, err)) {
		out->n = start;
		return false;
	}
	wire_pad(out);
	return true;
}

/* ---- by several ------------------------------------------------------------------- */

static bool fetch_parts(const struct journal *j, struct journal_unpack *u, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(j->store,
			 SQL("SELECT part, zstd FROM journal_bulk_part WHERE digest = ?1 "
			     "ORDER BY part"),
			 ARGS(store_blob(u->digest.b, HASH_BYTES)), &q, err))
		return false;
	for (size_t part = 0;; part++) {
		if (!store_step(q, &row, err))
			return false;
		if (!row && part == u->parts)
			return true;
		if (!row || part >= u->parts || (uint64_t)store_col_int(q, 0) != part)
			return corrupt(err, &u->digest, "a part is missing or one too many");
		text_add(&u->packed[part], store_col_str(q, 1));
	}
}

bool journal_unpack_begin(const struct journal *j, const struct hash *digest, uint64_t max_bytes,
			  struct journal_unpack *ret, struct err *err)
{
	AUTO(journal_unpack_free) struct journal_unpack u = {.digest = *digest};
	struct bulk_row b;

	if (!find(j, digest, max_bytes, &b, err))
		return false;
	u.parts = (size_t)(b.bytes / JOURNAL_PART_BYTES + (b.bytes % JOURNAL_PART_BYTES != 0));
	if (u.parts != b.parts)
		return corrupt(err, digest, "a part is missing or one too many");
	u.packed = mem_zero(u.parts + 1, sizeof(*u.packed));
	if (!fetch_parts(j, &u, err))
		return false;
	(void)text_room(&u.out, b.bytes + WIRE_PADDING);
	u.out.n = b.bytes;
	wire_pad(&u.out);
	*ret = u;
	u = (struct journal_unpack){.parts = 0};
	return true;
}

void journal_unpack_part(struct journal_unpack *u, size_t part)
{
	AUTO(text_freep) struct text bytes = {0};
	size_t at = part * JOURNAL_PART_BYTES, n = MIN_OF(u->out.n - at, JOURNAL_PART_BYTES);
	struct err ignored;

	if (zstd_unpack(text_str(&u->packed[part]), JOURNAL_PART_BYTES, &bytes, &ignored) &&
	    bytes.n == n)
		memcpy(u->out.p + at, bytes.p, n);
	else
		u->failed = true;
	text_free(&u->packed[part]);
}

bool journal_unpack_holds(const struct journal_unpack *u)
{
	struct hash found = hash_of(text_str(&u->out));

	return !u->failed && hash_eq(&found, &u->digest);
}

void journal_unpack_free(struct journal_unpack *u)
{
	for (size_t i = 0; u->packed && i < u->parts; i++)
		text_free(&u->packed[i]);
	free(u->packed);
	text_free(&u->out);
	*u = (struct journal_unpack){.parts = 0};
}

bool act_bulk_bytes(struct act_ctx *ctx, const struct hash *digest, struct str *ret,
		    struct err *err)
{
	AUTO(text_freep) struct text bytes = {0};

	for (size_t i = 0; i < ctx->held_n; i++) {
		if (hash_eq(&ctx->held[i].digest, digest)) {
			*ret = ctx->held[i].bytes;
			return true;
		}
	}
	if (!journal_get_bulk(ctx->journal, digest, UINT64_MAX, &bytes, err))
		return false;
	*ret = arena_str(ctx->arena, text_str(&bytes));
	return true;
}
