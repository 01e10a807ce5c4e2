#include "directory/inner.h"

/*
 * Facts: of each source the statement that stands is kept in directory_fact; directory_org
 * holds, fact by fact, the weightiest source's word, of equals the latest.  Both are functions
 * of the set of statements.
 */

struct held {
	struct stamp stamp;
	struct str value;
	uint8_t fact, weight;
};

/* One organisation while its facts are merged. */
struct folder {
	ARENA_VEC(struct held) held;
	struct arena *arena;
};

static bool fact_of(struct str name, uint8_t *ret)
{
	for (size_t i = 0; i < FACTS; i++)
		if (str_is(name, fact_names[i]))
			return *ret = (uint8_t)i, true;
	return false;
}

static bool folder_load(struct merge *m, struct str org, struct folder *f, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (!store_query(m->store,
			 SQL("SELECT fact, source, weight, value, taken, record, origin"
			     " FROM directory_fact WHERE org = ?1"),
			 ARGS(store_text(org)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct held h = {0};

		if (!fact_of(store_col_str(q, 0), &h.fact))
			continue;
		h.stamp.source = arena_str(f->arena, store_col_str(q, 1));
		h.weight = (uint8_t)store_col_int(q, 2);
		h.value = arena_str(f->arena, store_col_str(q, 3));
		h.stamp.taken_ms = store_col_int(q, 4);
		h.stamp.record = store_col_int(q, 5);
		h.stamp.origin = arena_str(f->arena, store_col_str(q, 6));
		ARENA_PUSH(f->arena, &f->held, f->held.cap, h);
	}
	return ok;
}

/* Does a stand before b, of two sources' words on one fact? */
static bool stands(const struct held *a, const struct held *b)
{
	int c;

	if (a->weight != b->weight)
		return a->weight > b->weight;
	c = stamp_cmp(&a->stamp, a->value, &b->stamp, b->value);
	return c ? c > 0 : str_cmp(a->stamp.source, b->stamp.source) > 0;
}

static const struct held *folder_pick(const struct folder *f, uint8_t fact)
{
	const struct held *best = NULL;

	for (size_t i = 0; i < f->held.n; i++)
		if (f->held.v[i].fact == fact && (!best || stands(&f->held.v[i], best)))
			best = &f->held.v[i];
	return best;
}

/* The organisation as its facts have it.  Nobody is there who has neither name nor role. */
struct merged {
	struct str v[FACTS];
	bool there;
};

static struct merged folder_merge(const struct folder *f, struct str code)
{
	struct merged o = {0};
	const struct held *h;

	for (uint8_t i = 0; i < FACTS; i++)
		if ((h = folder_pick(f, i)))
			o.v[i] = h->value;
	o.there = o.v[FACT_NAME].n || o.v[FACT_ROLE].n;
	if (!o.v[FACT_NAME].n)
		o.v[FACT_NAME] = code;
	return o;
}

static bool merged_same(const struct merged *a, const struct merged *b)
{
	for (size_t i = 0; i < FACTS; i++)
		if (!str_eq(a->v[i], b->v[i]))
			return false;
	return a->there == b->there;
}

/* Put one statement among those held; *ret_put: it stands in its source. */
static void folder_say(struct folder *f, const struct stamp *stamp, const struct fact_said *s,
		       bool *ret_put)
{
	struct held h = {*stamp, s->value, s->fact, s->weight};
	struct held *old = NULL;

	for (size_t i = 0; i < f->held.n && !old; i++)
		if (f->held.v[i].fact == s->fact &&
		    str_eq(f->held.v[i].stamp.source, stamp->source))
			old = &f->held.v[i];
	if (!old) {
		ARENA_PUSH(f->arena, &f->held, f->held.cap, h);
		*ret_put = true;
		return;
	}
	int c = stamp_cmp(&h.stamp, h.value, &old->stamp, old->value);
	*ret_put = c > 0 || (c == 0 && h.weight > old->weight);
	if (*ret_put)
		*old = h;
}

static bool put_fact(struct merge *m, const struct fact_said *s, struct err *err)
{
	return store_run(m->txn,
			 SQL("INSERT INTO directory_fact (org, fact, source, weight, value, taken,"
			     " record, origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
			     " ON CONFLICT (org, fact, source) DO UPDATE SET"
			     " weight = excluded.weight, value = excluded.value,"
			     " taken = excluded.taken, record = excluded.record,"
			     " origin = excluded.origin"),
			 ARGS(store_text(s->org), store_text(str_of(fact_names[s->fact])),
			      store_text(m->stamp.source), store_int(s->weight),
			      store_text(s->value), store_int(m->stamp.taken_ms),
			      store_int(m->stamp.record), store_text(m->stamp.origin)),
			 err);
}

static struct store_value count_value(struct str s)
{
	int64_t n;

	return s.n && str_to_i64(s, &n) ? store_int(n) : store_null();
}

static bool put_org(struct merge *m, struct str code, const struct merged *o, struct err *err)
{
	static const uint8_t texts[] = {FACT_NAME,   FACT_ROLE,	  FACT_STATUS,
					FACT_OPENED, FACT_CLOSED, FACT_POSTCODE};
	static const uint8_t counts[] = {FACT_EXPECTED, FACT_PATIENTS, FACT_STAFF};
	struct store_value v[1 + FACTS] = {store_text(code)};
	size_t n = 1;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		v[n++] = store_text(o->v[texts[i]]);
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		v[n++] = count_value(o->v[counts[i]]);
	for (size_t i = 0; i < ORG_CLASSES; i++)
		v[n++] = count_value(o->v[FACT_CLASS + i]);
	return store_run(
		m->txn,
		SQL("INSERT INTO directory_org (" ORG_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
		    " ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
		    " ON CONFLICT (code) DO UPDATE SET name = excluded.name, role = excluded.role,"
		    " status = excluded.status, opened = excluded.opened,"
		    " closed = excluded.closed, postcode = excluded.postcode,"
		    " expected_devices = excluded.expected_devices,"
		    " patients = excluded.patients, staff = excluded.staff,"
		    " workstations = excluded.workstations, servers = excluded.servers,"
		    " medical = excluded.medical, network = excluded.network,"
		    " mobile = excluded.mobile, others = excluded.others"),
		(struct store_args){v, n}, err);
}

static bool falls(struct str from, struct str to)
{
	uint64_t a, b;

	return str_to_u64(from, &a) && str_to_u64(to, &b) && b < a;
}

/* Does what is expected fall, in all or of one class? */
static bool lowers(const struct merged *before, const struct merged *after)
{
	bool any = falls(before->v[FACT_EXPECTED], after->v[FACT_EXPECTED]);

	for (size_t i = 0; i < ORG_CLASSES; i++)
		any |= falls(before->v[FACT_CLASS + i], after->v[FACT_CLASS + i]);
	return any;
}

static void count(struct merge *m, const struct merged *before, const struct merged *after)
{
	struct tally *t = &m->tally;

	if (!before->there) {
		t->added += after->there;
		return;
	}
	*(merged_same(before, after) ? &t->unchanged : &t->changed) += 1;
	t->closed += !before->v[FACT_CLOSED].n && after->v[FACT_CLOSED].n;
	t->lowered += lowers(before, after);
}

/* The facts v[0..n) of one organisation. */
static bool merge_org(struct merge *m, const struct fact_said *v, size_t n, struct err *err)
{
	struct folder f = {.arena = m->arena};
	struct merged before, after;
	bool put;

	arena_clear(m->arena);
	if (!folder_load(m, v->org, &f, err))
		return false;
	before = folder_merge(&f, v->org);
	for (size_t i = 0; i < n; i++) {
		folder_say(&f, &m->stamp, &v[i], &put);
		if (put && m->txn && !put_fact(m, &v[i], err))
			return false;
	}
	after = folder_merge(&f, v->org);
	count(m, &before, &after);
	if (!m->txn || !after.there || merged_same(&before, &after))
		return true;
	return put_org(m, v->org, &after, err);
}

static bool merge_ties(struct merge *m, const struct directory_batch *b, struct err *err)
{
	for (size_t i = 0; i < b->ties.n && m->txn; i++) {
		const struct tie_said *t = &b->ties.v[i];

		if (!store_run(
			    m->txn,
			    SQL("INSERT INTO directory_relation (org, kind, target, start, source,"
				" taken, record, origin, ended, weight, sole)"
				" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
				" ON CONFLICT (org, kind, target, start, source, taken, record,"
				" origin) DO UPDATE SET ended = CASE WHEN excluded.ended >"
				" directory_relation.ended THEN excluded.ended"
				" ELSE directory_relation.ended END"),
			    ARGS(store_text(t->org), store_text(t->kind), store_text(t->to),
				 store_text(t->start), store_text(m->stamp.source),
				 store_int(m->stamp.taken_ms), store_int(m->stamp.record),
				 store_text(m->stamp.origin), store_text(t->ended),
				 store_int(t->weight), store_int(t->sole)),
			    err))
			return false;
	}
	return true;
}

bool merge_batch(struct merge *m, const struct directory_batch *b, struct err *err)
{
	AUTO(arena_closep) struct arena *scratch = arena_open();

	m->arena = scratch;
	for (size_t i = 0, j; i < b->facts.n; i = j) {
		const struct fact_said *v = b->facts.v;

		for (j = i + 1; j < b->facts.n && str_eq(v[j].org, v[i].org); j++)
			;
		if (!merge_org(m, v + i, j - i, err))
			return false;
	}
	return merge_ties(m, b, err) && merge_rows(m, b, err);
}
