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

static bool folder_take(struct folder *f, struct store_query *q)
{
	struct held h = {0};

	if (!fact_of(store_col_str(q, 1), &h.fact))
		return false;
	h.stamp.source = arena_str(f->arena, store_col_str(q, 2));
	h.weight = (uint8_t)store_col_int(q, 3);
	h.value = arena_str(f->arena, store_col_str(q, 4));
	h.stamp.taken_ms = store_col_int(q, 5);
	h.stamp.record = store_col_int(q, 6);
	h.stamp.origin = arena_str(f->arena, store_col_str(q, 7));
	ARENA_PUSH(f->arena, &f->held, f->held.cap, h);
	return true;
}

#define FACT_COLUMNS "org, fact, source, weight, value, taken, record, origin"

static bool folder_load(struct merge *m, struct str org, struct folder *f, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (!store_query(m->store,
			 SQL("SELECT " FACT_COLUMNS " FROM directory_fact WHERE org = ?1"),
			 ARGS(store_text(org)), &q, err))
		return false;
	while (store_next(q, &ok, err))
		(void)folder_take(f, q);
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

/* What a statement is to those held: passed over, the first of its source, or in its place. */
enum said { SAID_NOTHING, SAID_FIRST, SAID_AGAIN };

static enum said folder_say(struct folder *f, const struct stamp *stamp, const struct fact_said *s)
{
	struct held h = {*stamp, s->value, s->fact, s->weight};
	struct held *old = NULL;

	for (size_t i = 0; i < f->held.n && !old; i++)
		if (f->held.v[i].fact == s->fact &&
		    str_eq(f->held.v[i].stamp.source, stamp->source))
			old = &f->held.v[i];
	if (!old) {
		ARENA_PUSH(f->arena, &f->held, f->held.cap, h);
		return SAID_FIRST;
	}
	int c = stamp_cmp(&h.stamp, h.value, &old->stamp, old->value);
	if (c < 0 || (c == 0 && h.weight <= old->weight))
		return SAID_NOTHING;
	*old = h;
	return SAID_AGAIN;
}

#define INSERT_FACT                                                                                \
	"INSERT INTO directory_fact (org, fact, source, weight, value, taken, record, origin)"     \
	" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"

static bool put_fact(struct merge *m, const struct fact_said *s, enum said how, struct err *err)
{
	const struct sql sql =
		how == SAID_FIRST
			? SQL(INSERT_FACT)
			: SQL(INSERT_FACT " ON CONFLICT (org, fact, source) DO UPDATE SET"
					  " weight = excluded.weight, value = excluded.value,"
					  " taken = excluded.taken, record = excluded.record,"
					  " origin = excluded.origin");

	return store_run(m->txn, sql,
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

#define INSERT_ORG                                                                                 \
	"INSERT INTO directory_org (" ORG_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,"  \
	" ?10, ?11, ?12, ?13, ?14, ?15, ?16)"

static bool put_org(struct merge *m, struct str code, const struct merged *o, bool is_new,
		    struct err *err)
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
	if (is_new)
		return store_run(m->txn, SQL(INSERT_ORG), (struct store_args){v, n}, err);
	return store_run(
		m->txn,
		SQL(INSERT_ORG
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

/* ---- so many organisations at a time --------------------------------------------------- */

/*
 * What is there is read before anything is written, so that the store need not answer between
 * writes, and what is not there yet is put by plain statements, which it may gather.
 */
enum { ORGS_AT_ONCE = 64, ROWS_AT_ONCE = 4096 };

struct one_org {
	const struct fact_said *v;
	size_t n;
	struct folder folder;
	struct merged before, after;
	uint8_t *said; /* enum said, of each */
};

struct some_orgs {
	struct one_org v[ORGS_AT_ONCE]; /* by code */
	size_t n;
};

static struct one_org *one_of(struct some_orgs *s, struct str code)
{
	size_t from = 0, to = s->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int c = str_cmp(s->v[mid].v->org, code);

		if (!c)
			return &s->v[mid];
		if (c < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return NULL;
}

/* All that lies between the first and the last of them; *ret_all false where that is too much. */
static bool load_between(struct merge *m, struct some_orgs *s, bool *ret_all, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	size_t rows = 0;
	bool ok;

	if (!store_query(m->store,
			 SQL("SELECT " FACT_COLUMNS " FROM directory_fact WHERE org >= ?1"
			     " AND org <= ?2 LIMIT 4096"),
			 ARGS(store_text(s->v[0].v->org), store_text(s->v[s->n - 1].v->org)), &q,
			 err))
		return false;
	while (store_next(q, &ok, err)) {
		struct one_org *one = one_of(s, store_col_str(q, 0));

		rows++;
		if (one)
			(void)folder_take(&one->folder, q);
	}
	*ret_all = rows < ROWS_AT_ONCE;
	return ok;
}

static bool load_some(struct merge *m, struct some_orgs *s, struct err *err)
{
	bool all = false;

	if (s->n > 1 && !load_between(m, s, &all, err))
		return false;
	for (size_t i = 0; i < s->n && !all; i++) {
		s->v[i].folder.held.n = 0;
		if (!folder_load(m, s->v[i].v->org, &s->v[i].folder, err))
			return false;
	}
	return true;
}

static void say_one(struct merge *m, struct one_org *one)
{
	one->before = folder_merge(&one->folder, one->v->org);
	one->said = arena_alloc(m->arena, one->n);
	for (size_t i = 0; i < one->n; i++)
		one->said[i] = (uint8_t)folder_say(&one->folder, &m->stamp, &one->v[i]);
	one->after = folder_merge(&one->folder, one->v->org);
	count(m, &one->before, &one->after);
}

static bool put_facts(struct merge *m, const struct some_orgs *s, enum said how, struct err *err)
{
	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; k < s->v[i].n; k++)
			if (s->v[i].said[k] == how && !put_fact(m, &s->v[i].v[k], how, err))
				return false;
	return true;
}

static bool put_orgs(struct merge *m, const struct some_orgs *s, struct err *err)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct one_org *one = &s->v[i];

		if (one->after.there && !merged_same(&one->before, &one->after) &&
		    !put_org(m, one->v->org, &one->after, !one->before.there, err))
			return false;
	}
	return true;
}

static bool merge_some(struct merge *m, struct some_orgs *s, struct err *err)
{
	if (!load_some(m, s, err))
		return false;
	for (size_t i = 0; i < s->n; i++)
		say_one(m, &s->v[i]);
	return !m->txn || (put_facts(m, s, SAID_FIRST, err) && put_facts(m, s, SAID_AGAIN, err) &&
			   put_orgs(m, s, err));
}

static bool merge_facts(struct merge *m, const struct directory_batch *b, struct err *err)
{
	const struct fact_said *v = b->facts.v;
	size_t i = 0;

	while (i < b->facts.n) {
		struct some_orgs *some;

		arena_clear(m->arena);
		some = ARENA_NEW(m->arena, struct some_orgs);
		while (i < b->facts.n && some->n < ORGS_AT_ONCE) {
			struct one_org *one = &some->v[some->n++];

			*one = (struct one_org){.v = v + i, .folder.arena = m->arena};
			while (i < b->facts.n && str_eq(v[i].org, one->v->org))
				i++, one->n++;
		}
		if (!merge_some(m, some, err))
			return false;
	}
	return true;
}

/* ---- relationships ---------------------------------------------------------------------- */

#define INSERT_TIE                                                                                 \
	"INSERT INTO directory_relation (org, kind, target, start, source, taken, record, origin," \
	" ended, weight, sole) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"

/* Are there any of this statement's source and time?  Few are put so that it does not matter. */
static bool ties_may_be_there(struct merge *m, const struct directory_batch *b, bool *ret,
			      struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	*ret = true;
	if (b->ties.n <= ORGS_AT_ONCE)
		return true;
	return store_query(m->store,
			   SQL("SELECT 1 FROM directory_relation WHERE source = ?1 AND taken = ?2"
			       " AND record = ?3 AND origin = ?4 LIMIT 1"),
			   ARGS(store_text(m->stamp.source), store_int(m->stamp.taken_ms),
				store_int(m->stamp.record), store_text(m->stamp.origin)),
			   &q, err) &&
	       store_step(q, ret, err);
}

static bool merge_ties(struct merge *m, const struct directory_batch *b, struct err *err)
{
	bool there;

	if (!m->txn || !b->ties.n)
		return true;
	if (!ties_may_be_there(m, b, &there, err))
		return false;
	for (size_t i = 0; i < b->ties.n; i++) {
		const struct tie_said *t = &b->ties.v[i];
		const struct sql sql =
			there ? SQL(INSERT_TIE
				    " ON CONFLICT (org, kind, target, start, source, taken, record,"
				    " origin) DO UPDATE SET ended = CASE WHEN excluded.ended >"
				    " directory_relation.ended THEN excluded.ended"
				    " ELSE directory_relation.ended END")
			      : SQL(INSERT_TIE);

		if (!store_run(m->txn, sql,
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

/* By which a picture of the whole directory is known to be of now. */
static bool mark(struct merge *m, struct err *err)
{
	char hex[HASH_HEX_BYTES];

	return !m->txn ||
	       store_run(m->txn,
			 SQL("INSERT INTO directory_mark (one, record, times) VALUES (1, ?1, 1)"
			     " ON CONFLICT (one) DO UPDATE SET record = excluded.record,"
			     " times = CASE WHEN directory_mark.record = excluded.record"
			     " THEN directory_mark.times + 1 ELSE 1 END"),
			 ARGS(store_text(hash_hex(&m->record, hex))), err);
}

bool merge_batch(struct merge *m, const struct directory_batch *b, struct err *err)
{
	AUTO(arena_closep) struct arena *scratch = arena_open();

	m->arena = scratch;
	return merge_facts(m, b, err) && merge_ties(m, b, err) && merge_rows(m, b, err) &&
	       mark(m, err);
}
