#include "store/inner.h"

/*
 * Rows as they are, from one store to another of whatever kind.  Columns are those that the table
 * has where it is copied from; both are of this version, so they are the same.
 */

enum { COLUMNS_MOST = 64, TELL_EVERY = 1 << 14 };

struct copying {
	struct store *from;
	struct store_txn *to;
	const struct store_copy *how;
	const struct store_table *table;
	uint64_t rows; /* of all tables */
};

/* What to ask of the one and to tell the other; *ret_width: how many columns. */
static bool copy_sql(struct copying *c, struct text *ask, struct text *tell, int *ret_width,
		     struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	int width = 0;
	bool row;

	text_add_c(ask, "SELECT ");
	text_addf(tell, "INSERT INTO %s(", c->table->name);
	if (!store_query(c->from, c->from->driver->columns,
			 ARGS(store_text(str_of(c->table->name))), &q, err))
		return false;
	while (store_step(q, &row, err)) {
		if (!row) {
			text_addf(ask, " FROM %s", c->table->name);
			text_add_c(tell, ") VALUES (");
			for (int i = 1; i <= width; i++)
				text_addf(tell, "%s?%d", i > 1 ? ", " : "", i);
			text_add_c(tell, ")");
			*ret_width = width;
			return true;
		}
		text_addf(ask, "%s\"%.*s\"", width ? ", " : "", STR_FMT(store_col_str(q, 0)));
		text_addf(tell, "%s\"%.*s\"", width ? ", " : "", STR_FMT(store_col_str(q, 0)));
		width++;
	}
	return false;
}

static struct store_value value_of(struct store_query *q, int col)
{
	struct str bytes;

	switch (store_col_type(q, col)) {
	case STORE_INT:
		return store_int(store_col_int(q, col));
	case STORE_REAL:
		return store_real(store_col_real(q, col));
	case STORE_TEXT:
		return store_text(store_col_str(q, col));
	case STORE_BLOB:
		bytes = store_col_str(q, col);
		return store_blob(bytes.p, bytes.n);
	case STORE_NULL:
		break;
	}
	return store_null();
}

static bool copy_row(struct store_query *q, struct store_query *put, int width, struct err *err)
{
	struct store_value v[COLUMNS_MOST];
	bool ok;

	for (int i = 0; i < width; i++)
		v[i] = value_of(q, i);
	ok = !store_refused(put->s, err) &&
	     put->s->driver->run(put, (struct store_args){v, (size_t)width}, err);
	put->s->driver->reset(put);
	return ok;
}

static bool copy_rows(struct copying *c, struct store_query *q, struct store_query *put, int width,
		      struct err *err)
{
	bool row;

	while (store_step(q, &row, err)) {
		if (!row)
			return true;
		if (!copy_row(q, put, width, err))
			return false;
		if (++c->rows % TELL_EVERY == 0 && c->how->progress)
			c->how->progress(c->how->ctx, c->table->name, c->rows);
	}
	return false;
}

static bool copy_table(struct copying *c, struct err *err)
{
	AUTO(store_done_oncep) struct store_query *q = NULL;
	AUTO(store_done_oncep) struct store_query *put = NULL;
	AUTO(text_freep) struct text ask = {0}, tell = {0};
	int width;

	if (!copy_sql(c, &ask, &tell, &width, err))
		return false;
	assert(width > 0 && width <= COLUMNS_MOST);
	return store_query_once(c->from, text_c(&ask), &q, err) &&
	       store_prepare_once(store_of(c->to), text_c(&tell), &put, err) &&
	       copy_rows(c, q, put, width, err);
}

bool store_copy(struct store *from, struct store_txn *to, const struct store_copy *how,
		uint64_t *ret_rows, struct err *err)
{
	struct copying c = {.from = from, .to = to, .how = how};

	assert(from != store_of(to) && to->open && from->snapshot);
	for (size_t i = 0; from->tables[i]; i++) {
		for (c.table = from->tables[i]; c.table->name; c.table++) {
			if ((c.table->kind & how->kinds) && !copy_table(&c, err))
				return err_wrap(err, "table %s", c.table->name);
		}
	}
	*ret_rows = c.rows;
	return true;
}
