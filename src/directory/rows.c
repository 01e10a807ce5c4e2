#include "directory/inner.h"

#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"

/*
 * Things of which the statement that stands is kept whole: by its keys, one row; of two
 * statements the later taken, then the later record, then the greater value.
 */
struct row_kind {
	size_t keys, values;
	struct sql get, between, add, put;
};

#define STAMP ", source, taken, record, origin"
#define ROW_SELECT(table, keys, values) "SELECT " keys ", " values STAMP " FROM " table " WHERE "
#define ROW_INSERT(table, keys, values, params)                                                    \
	"INSERT INTO " table " (" keys ", " values STAMP ") VALUES (" params ")"
/* first: of the keys; is: a row's keys; again: its values put anew. */
#define ROW_KIND(nkeys, nvalues, table, keys, first, values, is, params, again)                    \
	{                                                                                          \
		(nkeys), (nvalues), SQL(ROW_SELECT(table, keys, values) is),                       \
			SQL(ROW_SELECT(table, keys, values) first " >= ?1 AND " first              \
								  " <= ?2 LIMIT 4096"),            \
			SQL(ROW_INSERT(table, keys, values, params)),                              \
			SQL(ROW_INSERT(                                                            \
				table, keys, values,                                               \
				params) " ON CONFLICT (" keys ") DO UPDATE SET " again             \
					", source = excluded.source, taken = excluded.taken,"      \
					" record = excluded.record, origin = excluded.origin")     \
	}

static const struct row_kind kinds[THINGS] = {
	[THING_SITE] = ROW_KIND(1, 5, "directory_site", "site", "site",
				"org, name, postcode, opened, closed", "site = ?1",
				"?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10",
				"org = excluded.org, name = excluded.name,"
				" postcode = excluded.postcode, opened = excluded.opened,"
				" closed = excluded.closed"),
	[THING_CONTACT] =
		ROW_KIND(2, 5, "directory_contact", "org, post", "org",
			 "name, email, phone, out_of_band, confirmed", "org = ?1 AND post = ?2",
			 "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11",
			 "name = excluded.name, email = excluded.email, phone = excluded.phone,"
			 " out_of_band = excluded.out_of_band, confirmed = excluded.confirmed"),
	[THING_PERSON] =
		ROW_KIND(1, 3, "directory_person", "person", "person", "name, email, phone",
			 "person = ?1", "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8",
			 "name = excluded.name, email = excluded.email, phone = excluded.phone"),
	[THING_POST] = ROW_KIND(1, 4, "directory_post", "post", "post", "kind, org, title, made",
				"post = ?1", "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9",
				"kind = excluded.kind, org = excluded.org, title = excluded.title,"
				" made = excluded.made"),
	[THING_HOLDING] = ROW_KIND(3, 1, "directory_holding", "post, person, start", "post",
				   "ended", "post = ?1 AND person = ?2 AND start = ?3",
				   "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8", "ended = excluded.ended"),
};

enum { STAMP_COLUMNS = 4 };

/* What is there: its values as one string, its stamp. */
struct found_row {
	bool there;
	struct str values;
	struct stamp stamp;
};

/* What was read of the things that a batch names, before any of them is written. */
struct before {
	struct arena *arena;
	struct intern *index; /* by thing and keys; of each its place in v */
	VEC_OF(struct found_row) v;
};

static void before_release(struct before *b)
{
	intern_close(b->index);
	free(b->v.v);
	arena_close(b->arena);
}

/* A thing's kind and keys, or its values, as one string: neither has control characters in it. */
static struct str joined(struct arena *arena, char first, const struct str *v, size_t n)
{
	AUTO(text_freep) struct text t = {0};

	text_add_char(&t, first);
	for (size_t i = 0; i < n; i++) {
		text_add(&t, v[i]);
		text_add_char(&t, '\n');
	}
	return arena_str(arena, text_str(&t));
}

static struct str key_of(struct before *b, enum thing thing, const struct str *keys)
{
	return joined(b->arena, (char)('0' + thing), keys, kinds[thing].keys);
}

static void before_put(struct before *b, enum thing thing, const struct str *keys,
		       const struct found_row *f)
{
	uint32_t at = intern_put(b->index, key_of(b, thing, keys));

	if (at == b->v.n)
		VEC_PUSH(&b->v, *f);
	else
		b->v.v[at] = *f;
}

static void take_row(struct before *b, enum thing thing, struct store_query *q)
{
	const struct row_kind *k = &kinds[thing];
	int at = (int)(k->keys + k->values);
	struct str keys[ROW_COLUMNS] = {{0}}, values[ROW_COLUMNS] = {{0}};

	for (size_t i = 0; i < k->keys; i++)
		keys[i] = store_col_str(q, (int)i);
	for (size_t i = 0; i < k->values; i++)
		values[i] = store_col_str(q, (int)(k->keys + i));
	before_put(b, thing, keys,
		   &(struct found_row){
			   .there = true,
			   .values = joined(b->arena, ' ', values, k->values),
			   .stamp = {.source = arena_str(b->arena, store_col_str(q, at)),
				     .taken_ms = store_col_int(q, at + 1),
				     .record = store_col_int(q, at + 2),
				     .origin = arena_str(b->arena, store_col_str(q, at + 3))}});
}

static bool load_row(struct merge *m, struct before *b, const struct row_said *row, struct err *err)
{
	const struct row_kind *k = &kinds[row->thing];
	AUTO(store_donep) struct store_query *q = NULL;
	struct store_value keys[ROW_COLUMNS];
	bool there;

	if (intern_find(b->index, key_of(b, row->thing, row->v)) != UINT32_MAX)
		return true;
	for (size_t i = 0; i < k->keys; i++)
		keys[i] = store_text(row->v[i]);
	if (!store_query(m->store, k->get, (struct store_args){keys, k->keys}, &q, err) ||
	    !store_step(q, &there, err))
		return false;
	if (there)
		take_row(b, row->thing, q);
	return true;
}

/* ---- so many at a time ------------------------------------------------------------------ */

enum { ROWS_AT_ONCE = 64, BETWEEN_MAX = 4096 };

/* All that lies between two; *ret_all false where that is too much. */
static bool load_between(struct merge *m, struct before *b, const struct row_said *const ends[2],
			 bool *ret_all, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	size_t n = 0;
	bool ok;

	if (!store_query(m->store, kinds[ends[0]->thing].between,
			 ARGS(store_text(ends[0]->v[0]), store_text(ends[1]->v[0])), &q, err))
		return false;
	for (; store_next(q, &ok, err); n++)
		take_row(b, ends[0]->thing, q);
	*ret_all = n < BETWEEN_MAX;
	return ok;
}

static int by_thing_and_key(const void *pa, const void *pb)
{
	const struct row_said *a = *(const struct row_said *const *)pa,
			      *b = *(const struct row_said *const *)pb;

	return a->thing != b->thing ? (int)a->thing - (int)b->thing : str_cmp(a->v[0], b->v[0]);
}

static bool load_rows(struct merge *m, struct before *before, const struct directory_batch *b,
		      struct err *err)
{
	AUTO(freep) const struct row_said **v = mem_zero(b->rows.n + 1, sizeof(*v));

	for (size_t i = 0; i < b->rows.n; i++)
		v[i] = &b->rows.v[i];
	qsort(v, b->rows.n, sizeof(*v), by_thing_and_key);
	for (size_t i = 0, n; i < b->rows.n; i += n) {
		bool all = false;

		for (n = 1; n < ROWS_AT_ONCE && i + n < b->rows.n; n++)
			if (v[i + n]->thing != v[i]->thing)
				break;
		if (n > 1 &&
		    !load_between(m, before, (const struct row_said *[]){v[i], v[i + n - 1]}, &all,
				  err))
			return false;
		for (size_t k = i; k < i + n && !all; k++)
			if (!load_row(m, before, v[k], err))
				return false;
	}
	return true;
}

/* ---- writing ---------------------------------------------------------------------------- */

static bool put_row(struct merge *m, const struct row_said *row, bool is_new, struct err *err)
{
	const struct row_kind *k = &kinds[row->thing];
	struct store_value v[ROW_COLUMNS + STAMP_COLUMNS];
	size_t n = 0;

	while (n < k->keys + k->values)
		v[n] = store_text(row->v[n]), n++;
	v[n++] = store_text(m->stamp.source);
	v[n++] = store_int(m->stamp.taken_ms);
	v[n++] = store_int(m->stamp.record);
	v[n++] = store_text(m->stamp.origin);
	return store_run(m->txn, is_new ? k->add : k->put, (struct store_args){v, n}, err);
}

static bool merge_row(struct merge *m, struct before *b, const struct row_said *row,
		      struct err *err)
{
	const struct row_kind *k = &kinds[row->thing];
	uint32_t at = intern_find(b->index, key_of(b, row->thing, row->v));
	struct found_row f = at == UINT32_MAX ? (struct found_row){0} : b->v.v[at];
	struct found_row now = {.there = true,
				.values = joined(b->arena, ' ', row->v + k->keys, k->values),
				.stamp = m->stamp};
	bool same = f.there && str_eq(now.values, f.values);
	int order = f.there ? stamp_cmp(&m->stamp, now.values, &f.stamp, f.values) : 1;

	if (order == 0)
		order = str_cmp(m->stamp.source, f.stamp.source);
	*(!f.there	       ? &m->tally.added
	  : same || order <= 0 ? &m->tally.unchanged
			       : &m->tally.changed) += 1;
	if (order <= 0 || !m->txn)
		return true;
	/* A batch may name a thing twice. */
	before_put(b, row->thing, row->v, &now);
	return put_row(m, row, !f.there, err);
}

bool merge_rows(struct merge *m, const struct directory_batch *b, struct err *err)
{
	AUTO(before_release)
	struct before before = {.arena = arena_open(), .index = intern_open()};

	if (!load_rows(m, &before, b, err))
		return false;
	for (size_t i = 0; i < b->rows.n; i++)
		if (!merge_row(m, &before, &b->rows.v[i], err))
			return false;
	return true;
}
