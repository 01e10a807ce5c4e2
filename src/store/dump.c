#include "store/inner.h"

/* Names come from the rooms' own literals; they are put into SQL, so they are looked at. */
static bool plain_name(const char *name)
{
	for (const char *p = name; *p; p++) {
		if (!char_is_alpha(*p) && !char_is_digit(*p) && *p != '_')
			return false;
	}
	return *name != '\0';
}

static bool listed(const char *const *names, const char *name)
{
	for (; *names; names++) {
		if (strcmp(*names, name) == 0)
			return true;
	}
	return false;
}

static int by_name(const void *a, const void *b)
{
	const struct store_table *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

struct tables {
	const struct store_table **v;
	size_t n, cap;
};

static void free_tables(struct tables *t)
{
	free(t->v);
}

static void tables_of(const struct store *s, unsigned kinds, const char *const *only,
		      struct tables *out)
{
	for (size_t i = 0; s->tables && s->tables[i]; i++) {
		for (const struct store_table *t = s->tables[i]; t->name; t++) {
			assert(plain_name(t->name));
			if ((t->kind & kinds) && (!only || listed(only, t->name)))
				VEC_PUSH(out, t);
		}
	}
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), by_name);
}

bool store_clear(struct store_txn *txn, unsigned kinds, struct err *err)
{
	AUTO(free_tables) struct tables tables = {0};

	assert(txn->open && !(kinds & STORE_JOURNAL));
	if (txn->s->driver->before_clear && !store_exec(txn->s, txn->s->driver->before_clear, err))
		return false;
	tables_of(txn->s, kinds, NULL, &tables);
	for (size_t i = 0; i < tables.n; i++)
		if (!store_catalogue_empty(txn, tables.v[i], err))
			return false;
	return true;
}

static bool left_out(const struct store_table *t, struct str column)
{
	struct str rest = str_of(t->dump_leave_out), piece;

	while (str_next(&rest, ' ', &piece)) {
		if (piece.n && str_eq(piece, column))
			return true;
	}
	return false;
}

/* SELECT the columns in declared order, ORDER BY the key's in the key's order. */
static bool dump_sql(struct store *s, const struct store_table *t, struct text *sql,
		     struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	AUTO(text_freep) struct text order = {0};
	bool row;

	text_add_c(sql, "SELECT ");
	if (!store_query(s, s->driver->columns, ARGS(store_text(str_of(t->name))), &q, err))
		return false;
	while (store_step(q, &row, err)) {
		if (!row) {
			assert(order.n); /* every table has a primary key */
			text_addf(sql, " FROM %s ORDER BY %s", t->name, text_c(&order));
			return true;
		}
		if (store_col_int(q, 1))
			text_addf(&order, "%s\"%.*s\"%s", order.n ? ", " : "",
				  STR_FMT(store_col_str(q, 0)), s->driver->bytewise);
		if (!left_out(t, store_col_str(q, 0)))
			text_addf(sql, "%s\"%.*s\"", sql->n > 7 ? ", " : "",
				  STR_FMT(store_col_str(q, 0)));
	}
	return false;
}

static void add_quoted(struct text *out, struct str s)
{
	text_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			text_addf(out, "\\%c", c);
		else if (c == '\n')
			text_add_c(out, "\\n");
		else if (c == '\r')
			text_add_c(out, "\\r");
		else if (c == '\t')
			text_add_c(out, "\\t");
		else if (c < 32 || c == 127)
			text_addf(out, "\\x%02x", c);
		else
			text_add_char(out, (char)c);
	}
	text_add_char(out, '"');
}

static void add_hex(struct text *out, struct str s)
{
	static const char digits[] = "0123456789abcdef";
	char *at;

	text_add_c(out, "x'");
	at = text_room(out, 2 * s.n + 1);
	for (size_t i = 0; i < s.n; i++) {
		at[2 * i] = digits[(unsigned char)s.p[i] >> 4];
		at[2 * i + 1] = digits[(unsigned char)s.p[i] & 15];
	}
	out->n += 2 * s.n;
	text_add_char(out, '\'');
}

static void add_row(struct store_query *q, const char *table, struct text *out)
{
	const struct store_driver *driver = q->s->driver;

	text_add_c(out, table);
	for (int i = 0; i < driver->width(q); i++) {
		text_addf(out, "\t%s=", driver->name(q, i));
		switch (store_col_type(q, i)) {
		case STORE_NULL:
			text_add_c(out, "null");
			break;
		case STORE_INT:
			text_addf(out, "%lld", (long long)store_col_int(q, i));
			break;
		case STORE_REAL:
			text_addf(out, "%.17g", store_col_real(q, i));
			break;
		case STORE_TEXT:
			add_quoted(out, store_col_str(q, i));
			break;
		case STORE_BLOB:
			add_hex(out, store_col_str(q, i));
			break;
		}
	}
}

static bool dump_table(struct store *s, const struct store_table *t, const struct store_dump *what,
		       struct err *err)
{
	AUTO(store_done_oncep) struct store_query *q = NULL;
	AUTO(text_freep) struct text sql = {0};
	AUTO(text_freep) struct text line = {0};
	bool row;

	if (!dump_sql(s, t, &sql, err) || !store_query_once(s, text_c(&sql), &q, err))
		return false;
	while (store_step(q, &row, err)) {
		if (!row)
			return true;
		text_clear(&line);
		add_row(q, t->name, &line);
		if (!what->line(what->ctx, text_str(&line), err))
			return false;
	}
	return false;
}

bool store_dump(struct store *s, const struct store_dump *what, struct err *err)
{
	AUTO(free_tables) struct tables tables = {0};
	bool ours = !s->txn.open && !s->snapshot, ok = true;

	if (ours && !store_snapshot(s, err))
		return false;
	tables_of(s, what->kinds, what->tables, &tables);
	for (size_t i = 0; ok && i < tables.n; i++)
		ok = dump_table(s, tables.v[i], what, err);
	if (ours)
		store_snapshot_end(s);
	return ok;
}
