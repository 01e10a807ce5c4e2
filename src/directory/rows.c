#include "directory/inner.h"

#include "base/text.h"

/*
 * Things of which the statement that stands is kept whole: by its keys, one row; of two
 * statements the later taken, then the later record, then the greater value.
 */
static const struct row_kind {
	size_t keys, values;
	struct sql get, put;
} kinds[THINGS] = {
	[THING_SITE] =
		{1, 5,
		 SQL("SELECT org, name, postcode, opened, closed, source, taken, record, origin"
		     " FROM directory_site WHERE site = ?1"),
		 SQL("INSERT INTO directory_site (site, org, name, postcode, opened, closed,"
		     " source, taken, record, origin)"
		     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
		     " ON CONFLICT (site) DO UPDATE SET org = excluded.org,"
		     " name = excluded.name, postcode = excluded.postcode,"
		     " opened = excluded.opened, closed = excluded.closed,"
		     " source = excluded.source, taken = excluded.taken,"
		     " record = excluded.record, origin = excluded.origin")},
	[THING_CONTACT] =
		{2, 5,
		 SQL("SELECT name, email, phone, out_of_band, confirmed, source, taken,"
		     " record, origin FROM directory_contact WHERE org = ?1 AND post = ?2"),
		 SQL("INSERT INTO directory_contact (org, post, name, email, phone,"
		     " out_of_band, confirmed, source, taken, record, origin)"
		     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
		     " ON CONFLICT (org, post) DO UPDATE SET name = excluded.name,"
		     " email = excluded.email, phone = excluded.phone,"
		     " out_of_band = excluded.out_of_band,"
		     " confirmed = excluded.confirmed, source = excluded.source,"
		     " taken = excluded.taken, record = excluded.record,"
		     " origin = excluded.origin")},
	[THING_PERSON] = {1, 3,
			  SQL("SELECT name, email, phone, source, taken, record, origin"
			      " FROM directory_person WHERE person = ?1"),
			  SQL("INSERT INTO directory_person (person, name, email, phone, source,"
			      " taken, record, origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
			      " ON CONFLICT (person) DO UPDATE SET name = excluded.name,"
			      " email = excluded.email, phone = excluded.phone,"
			      " source = excluded.source, taken = excluded.taken,"
			      " record = excluded.record, origin = excluded.origin")},
	[THING_POST] = {1, 4,
			SQL("SELECT kind, org, title, made, source, taken, record, origin"
			    " FROM directory_post WHERE post = ?1"),
			SQL("INSERT INTO directory_post (post, kind, org, title, made, source,"
			    " taken, record, origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
			    " ON CONFLICT (post) DO UPDATE SET kind = excluded.kind,"
			    " org = excluded.org, title = excluded.title, made = excluded.made,"
			    " source = excluded.source, taken = excluded.taken,"
			    " record = excluded.record, origin = excluded.origin")},
	[THING_HOLDING] = {3, 1,
			   SQL("SELECT ended, source, taken, record, origin FROM directory_holding"
			       " WHERE post = ?1 AND person = ?2 AND start = ?3"),
			   SQL("INSERT INTO directory_holding (post, person, start, ended, source,"
			       " taken, record, origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
			       " ON CONFLICT (post, person, start) DO UPDATE SET"
			       " ended = excluded.ended, source = excluded.source,"
			       " taken = excluded.taken, record = excluded.record,"
			       " origin = excluded.origin")},
};

enum { STAMP_COLUMNS = 4 };

/* What is there: its values as one string, its stamp. */
struct found_row {
	bool there;
	struct text values;
	struct text source, origin;
	struct stamp stamp;
};

static void found_row_free(struct found_row *f)
{
	text_free(&f->values);
	text_free(&f->source);
	text_free(&f->origin);
}

static bool find_row(struct merge *m, const struct row_said *row, struct found_row *f,
		     struct err *err)
{
	const struct row_kind *k = &kinds[row->thing];
	AUTO(store_donep) struct store_query *q = NULL;
	struct store_value keys[ROW_COLUMNS];

	for (size_t i = 0; i < k->keys; i++)
		keys[i] = store_text(row->v[i]);
	if (!store_query(m->store, k->get, (struct store_args){keys, k->keys}, &q, err) ||
	    !store_step(q, &f->there, err))
		return false;
	if (!f->there)
		return true;
	for (size_t i = 0; i < k->values; i++) {
		text_add(&f->values, store_col_str(q, (int)i));
		text_add_char(&f->values, '\n');
	}
	text_add(&f->source, store_col_str(q, (int)k->values));
	f->stamp.taken_ms = store_col_int(q, (int)k->values + 1);
	f->stamp.record = store_col_int(q, (int)k->values + 2);
	text_add(&f->origin, store_col_str(q, (int)k->values + 3));
	f->stamp.source = text_str(&f->source);
	f->stamp.origin = text_str(&f->origin);
	return true;
}

static bool put_row(struct merge *m, const struct row_said *row, struct err *err)
{
	const struct row_kind *k = &kinds[row->thing];
	struct store_value v[ROW_COLUMNS + STAMP_COLUMNS];
	size_t n = 0;

	if (!m->txn)
		return true;
	while (n < k->keys + k->values)
		v[n] = store_text(row->v[n]), n++;
	v[n++] = store_text(m->stamp.source);
	v[n++] = store_int(m->stamp.taken_ms);
	v[n++] = store_int(m->stamp.record);
	v[n++] = store_text(m->stamp.origin);
	return store_run(m->txn, k->put, (struct store_args){v, n}, err);
}

static bool merge_row(struct merge *m, const struct row_said *row, struct text *values,
		      struct err *err)
{
	const struct row_kind *k = &kinds[row->thing];
	AUTO(found_row_free) struct found_row f = {0};
	bool same;
	int order;

	if (!find_row(m, row, &f, err))
		return false;
	text_clear(values);
	for (size_t i = 0; i < k->values; i++) {
		text_add(values, row->v[k->keys + i]);
		text_add_char(values, '\n');
	}
	same = f.there && str_eq(text_str(values), text_str(&f.values));
	order = f.there ? stamp_cmp(&m->stamp, text_str(values), &f.stamp, text_str(&f.values)) : 1;
	if (order == 0)
		order = str_cmp(m->stamp.source, f.stamp.source);
	*(!f.there	       ? &m->tally.added
	  : same || order <= 0 ? &m->tally.unchanged
			       : &m->tally.changed) += 1;
	return order <= 0 || put_row(m, row, err);
}

bool merge_rows(struct merge *m, const struct directory_batch *b, struct err *err)
{
	AUTO(text_freep) struct text values = {0};

	for (size_t i = 0; i < b->rows.n; i++)
		if (!merge_row(m, &b->rows.v[i], &values, err))
			return false;
	return true;
}
