#include "journal/inner.h"

#include <stdarg.h>

/* doc/journal-format.md 6, in that order. */
enum { LINES_SHOWN = 20 };

/* One chain as it is walked. */
struct chain {
	char site[64];
	bool started, has_key;
	struct public_key key;
	uint64_t next;	  /* number expected */
	struct hash prev; /* expected */
	int64_t last_ms;
};

struct walk {
	const struct journal *j;
	const struct journal_check *check;
	struct journal_report *report;
	struct arena *arena;
	struct chain chain;
	bool has_checkpoint;
	struct checkpoint checkpoint;
	uint64_t checkpoint_seen;      /* last number of its site */
	struct intern *cited, *pruned; /* digests as 32 bytes */
	VEC_OF(uint64_t) cited_by;     /* first record, by number in cited */
	uint64_t number;	       /* of the record being looked at */
};

static PRINTF_LIKE(3, 4) void fault(struct walk *w, uint64_t number, const char *fmt, ...)
{
	struct err line = {0};
	char text[ERR_TEXT_BYTES];
	va_list ap;

	if (!w->report->faults++)
		w->report->first_bad = number;
	if (w->report->faults > LINES_SHOWN)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (number)
		(void)err_set(&line, ERR_CORRUPT, "record %llu: %s", (unsigned long long)number,
			      text);
	else
		(void)err_set(&line, ERR_CORRUPT, "%s", text);
	text_addf(&w->report->lines, "%s\n", line.text);
}

void journal_report_free(struct journal_report *r)
{
	text_free(&r->lines);
}

/* Is this key what the checkpoint and the caller know of the site? */
static void check_known_key(struct walk *w, bool own)
{
	const struct public_key *known = w->check->key;

	if (!known && w->j->key)
		known = site_key_public(w->j->key);
	if (own && known && memcmp(known->b, w->chain.key.b, PUBLIC_KEY_BYTES) != 0)
		fault(w, 0, "site %s: its public key is not the one known from elsewhere",
		      w->chain.site);
	if (w->has_checkpoint && str_is(w->checkpoint.site, w->chain.site) &&
	    memcmp(w->checkpoint.key.b, w->chain.key.b, PUBLIC_KEY_BYTES) != 0)
		fault(w, 0, "site %s: its public key is not the checkpoint's", w->chain.site);
}

static bool start_chain(struct walk *w, struct str site, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct chain *c = &w->chain;
	struct str key;
	bool row;

	*c = (struct chain){.started = true, .next = 1, .last_ms = INT64_MIN};
	snprintf(c->site, sizeof(c->site), "%.*s", (int)MIN_OF(site.n, sizeof(c->site) - 1),
		 site.n ? site.p : "");
	if (!store_query(w->j->store,
			 SQL("SELECT public_key, own FROM journal_site WHERE site = ?1"),
			 ARGS(store_text(site)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	key = row ? store_col_str(q, 0) : (struct str){0};
	if (key.n != PUBLIC_KEY_BYTES) {
		fault(w, w->number, "site %s has no public key here: its seals can't be checked",
		      c->site);
		return true;
	}
	c->has_key = true;
	memcpy(c->key.b, key.p, PUBLIC_KEY_BYTES);
	c->prev = root_of(&c->key);
	if (!str_is(str_of(site_id_of(&c->key).c), c->site))
		fault(w, w->number, "site %s: its public key is not that site's", c->site);
	check_known_key(w, store_col_int(q, 1) != 0);
	return true;
}

static bool cite(void *ctx, const struct hash *digest, struct err *err UNUSED)
{
	struct walk *w = ctx;

	if (intern_put(w->cited, hash_str(digest)) == w->cited_by.n)
		VEC_PUSH(&w->cited_by, w->number);
	return true;
}

static bool note_pruned(void *ctx, const struct hash *digest, struct err *err UNUSED)
{
	struct walk *w = ctx;

	intern_put(w->pruned, hash_str(digest));
	return true;
}

/* What the text itself says, against the columns beside it and the record before. */
static void check_text(struct walk *w, struct store_query *q)
{
	struct parsed_record p;
	struct err err = {0};
	struct record r;

	arena_clear(w->arena);
	if (!record_parse_with(w->j->doc, store_col_str(q, 5), w->arena, &p, &err)) {
		fault(w, w->number, "its text: %s", err.text);
		return;
	}
	r = p.r;
	if (r.number != w->number)
		fault(w, w->number, "its text is that of record %llu",
		      (unsigned long long)r.number);
	if (!str_eq(r.site, store_col_str(q, 0)))
		fault(w, w->number, "its text is of another site, %.*s", STR_FMT(r.site));
	if (r.stamped_ms != store_col_int(q, 2))
		fault(w, w->number, "its time beside the text is not the text's");
	if (w->chain.has_key && !hash_eq(&r.prev, &w->chain.prev))
		fault(w, w->number, "it does not follow the record before it (prev)");
	if (r.stamped_ms < w->chain.last_ms)
		fault(w, w->number, "its time is before that of the record before it");
	w->chain.last_ms = r.stamped_ms;
	if (!body_digests(p.body, "bulk", cite, w, &err))
		fault(w, w->number, "%s", err.text);
	if (str_is(r.act, "journal.prune") &&
	    !body_digests(p.body, "bulk_pruned", note_pruned, w, &err))
		fault(w, w->number, "%s", err.text);
}

/* The hash and the seal.  What the next record must carry as prev is the hash that is proven,
 * so that one damaged record doesn't accuse its neighbour. */
static void check_seal(struct walk *w, struct store_query *q)
{
	struct hash computed = hash_of(store_col_str(q, 5));
	struct str hash = store_col_str(q, 3), bytes = store_col_str(q, 4);
	char sealed[RECORD_SEALED_BYTES];
	struct seal seal;
	bool hash_ok = str_eq(hash_str(&computed), hash), seal_ok = false;

	if (!hash_ok)
		fault(w, w->number, "its hash is not that of its text");
	if (bytes.n == SEAL_BYTES && w->chain.has_key) {
		memcpy(seal.b, bytes.p, SEAL_BYTES);
		seal_ok = seal_verify(&w->chain.key, record_sealed(&computed, sealed), &seal);
	}
	if (!seal_ok)
		fault(w, w->number, "its seal is not the site's over its text");
	w->chain.prev = computed;
	if (!seal_ok && hash.n == HASH_BYTES)
		memcpy(w->chain.prev.b, hash.p, HASH_BYTES);
	if (w->has_checkpoint && str_is(w->checkpoint.site, w->chain.site)) {
		w->checkpoint_seen = w->number;
		if (w->number == w->checkpoint.number && !hash_eq(&computed, &w->checkpoint.hash))
			fault(w, w->number, "it is not the one that the checkpoint saw");
	}
}

static bool check_row(struct walk *w, struct store_query *q, struct err *err)
{
	struct str site = store_col_str(q, 0);

	w->number = (uint64_t)store_col_int(q, 1);
	w->report->records++;
	if ((!w->chain.started || !str_is(site, w->chain.site)) && !start_chain(w, site, err))
		return false;
	if (w->number == w->chain.next + 1)
		fault(w, w->chain.next, "it is missing");
	else if (w->number != w->chain.next)
		fault(w, w->chain.next, "missing from here to record %llu",
		      (unsigned long long)w->number);
	w->chain.next = w->number + 1;
	check_text(w, q);
	check_seal(w, q);
	return true;
}

static bool check_records(struct walk *w, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(w->j->store,
			 SQL("SELECT " RECORD_COLUMNS " FROM journal_record ORDER BY site, number"),
			 ARGS(), &q, err))
		return false;
	while (store_step(q, &row, err)) {
		if (!row)
			return true;
		if (!check_row(w, q, err))
			return false;
	}
	return false;
}

/* Each site says who it is; one at most is this store's own, and it is where records are. */
static bool check_sites(struct walk *w, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(w->j->store,
			 SQL("SELECT count(*), count(*) FILTER (WHERE own <> 0) FROM journal_site"),
			 ARGS(), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (row && store_col_int(q, 0) && store_col_int(q, 1) != 1)
		fault(w, 0, "%lld sites are marked as this store's own, not one",
		      (long long)store_col_int(q, 1));
	return true;
}

static bool check_one_bulk(struct walk *w, uint32_t id, struct text *scratch, struct err *err)
{
	uint64_t by = w->cited_by.v[id], bytes;
	struct str raw = intern_str(w->cited, id);
	enum journal_bulk_state state;
	char hex[HASH_HEX_BYTES];
	struct err why = {0};
	struct hash digest;

	memcpy(digest.b, raw.p, HASH_BYTES);
	hash_hex(&digest, hex);
	if (!journal_bulk_look(w->j, &digest, &state, &bytes, err))
		return false;
	if (state == BULK_PRUNED) {
		w->report->pruned++;
		if (intern_find(w->pruned, raw) == UINT32_MAX)
			fault(w, by, "bulk %s was taken out, but no record says so", hex);
		return true;
	}
	if (state == BULK_ABSENT) {
		fault(w, by, "bulk %s is not in the store", hex);
		return true;
	}
	w->report->bulk++;
	w->report->bulk_bytes += bytes;
	text_clear(scratch);
	if (w->check->skip_bulk || journal_get_bulk(w->j, &digest, UINT64_MAX, scratch, &why))
		return true;
	if (why.code != ERR_CORRUPT && why.code != ERR_LIMIT) {
		*err = why;
		return false;
	}
	fault(w, by, "%s", why.text);
	return true;
}

static bool check_bulk(struct walk *w, struct err *err)
{
	AUTO(text_freep) struct text scratch = {0};

	for (uint32_t id = 0; id < w->cited_by.n; id++) {
		if (!check_one_bulk(w, id, &scratch, err))
			return false;
	}
	return true;
}

static void check_length(struct walk *w)
{
	if (w->checkpoint_seen < w->checkpoint.number)
		fault(w, w->checkpoint_seen + 1,
		      "cut off: the checkpoint saw records of site %.*s up to %llu",
		      STR_FMT(w->checkpoint.site), (unsigned long long)w->checkpoint.number);
}

static bool walk_all(struct walk *w, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();

	w->has_checkpoint = str_trim(w->check->checkpoint).n > 0;
	if (w->has_checkpoint &&
	    !checkpoint_parse(w->check->checkpoint, arena, &w->checkpoint, err))
		return false;
	if (!check_sites(w, err) || !check_records(w, err))
		return false;
	check_length(w);
	return check_bulk(w, err);
}

bool journal_verify(const struct journal *j, const struct journal_check *check,
		    struct journal_report *report, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(intern_closep) struct intern *cited = intern_open();
	AUTO(intern_closep) struct intern *pruned = intern_open();
	struct walk w = {.j = j,
			 .check = check,
			 .report = report,
			 .arena = arena,
			 .cited = cited,
			 .pruned = pruned};
	bool ok;

	/* Others may write meanwhile: look at one moment. */
	if (!check->steady && !store_snapshot(j->store, err))
		return false;
	ok = walk_all(&w, err);
	if (!check->steady)
		store_snapshot_end(j->store);
	free(w.cited_by.v);
	return ok;
}
