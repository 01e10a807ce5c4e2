#include "store/inner.h"

static const struct {
	enum store_kind kind;
	const char *name;
} kinds[] = {
	{STORE_RECORDED, "recorded"},
	{STORE_DERIVED, "derived"},
	{STORE_LOCAL, "local"},
	{STORE_JOURNAL, "journal"},
};

static const char *kind_name(enum store_kind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (kinds[i].kind == kind)
			return kinds[i].name;
	}
	assert(kind == STORE_RECORDED); /* a table has exactly one kind */
	return kinds[0].name;
}

static bool make_table(struct store_txn *txn, const struct store_table *t, struct err *err)
{
	if (store_refused(txn->s, err) || !txn->s->driver->make(txn->s, t->create.text, err))
		return err_wrap(err, "table %s", t->name);
	return store_run(txn, SQL("INSERT INTO store_table(name, kind, made) VALUES (?1, ?2, ?3)"),
			 ARGS(store_text(str_of(t->name)), store_text(str_of(kind_name(t->kind))),
			      store_text(str_of(t->create.text))),
			 err);
}

static bool replace_table(struct store_txn *txn, const struct store_table *t, struct err *err)
{
	AUTO(text_freep) struct text sql = {0};

	text_addf(&sql, "DROP TABLE IF EXISTS %s", t->name);
	return store_exec(txn->s, text_c(&sql), err) &&
	       store_run(txn, SQL("DELETE FROM store_table WHERE name = ?1"),
			 ARGS(store_text(str_of(t->name))), err) &&
	       make_table(txn, t, err);
}

enum shape { SHAPE_ABSENT, SHAPE_SAME, SHAPE_OTHER };

static bool look_at_table(struct store *s, const struct store_table *t, enum shape *ret,
			  struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(s, SQL("SELECT kind, made FROM store_table WHERE name = ?1"),
			 ARGS(store_text(str_of(t->name))), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	*ret = !row ? SHAPE_ABSENT
	       : str_is(store_col_str(q, 0), kind_name(t->kind)) &&
			       str_is(store_col_str(q, 1), t->create.text)
		       ? SHAPE_SAME
		       : SHAPE_OTHER;
	return true;
}

/*
 * A derived table in another shape is dropped: its runner fills it again.  A recorded one is, too,
 * by who replays the journal next.  Any other holds what can't be made up.
 */
static bool may_replace(const struct store *s, const struct store_table *t, struct err *err)
{
	if (t->kind == STORE_DERIVED)
		return true;
	return err_set(err, ERR_VERSION,
		       t->kind == STORE_RECORDED
			       ? "%s: table %s was made by another version of Lynchpin; lynchpin "
				 "journal rebuild makes it anew, or use that version"
			       : "%s: table %s was made by another version of Lynchpin; use that "
				 "version",
		       s->path, t->name);
}

bool store_catalogue_empty(struct store_txn *txn, const struct store_table *t, struct err *err)
{
	AUTO(text_freep) struct text sql = {0};
	enum shape shape;

	if (!look_at_table(txn->s, t, &shape, err))
		return false;
	if (shape == SHAPE_OTHER)
		return replace_table(txn, t, err);
	text_addf(&sql, "DELETE FROM %s", t->name);
	return store_exec(txn->s, text_c(&sql), err);
}

/* Within txn, or with NULL only look: *ret_stale when something is to be made. */
static bool settle_tables(struct store *s, struct store_txn *txn, bool *ret_stale, struct err *err)
{
	*ret_stale = false;
	for (size_t i = 0; s->tables && s->tables[i]; i++) {
		for (const struct store_table *t = s->tables[i]; t->name; t++) {
			enum shape shape;

			if (!look_at_table(s, t, &shape, err))
				return false;
			if (shape == SHAPE_OTHER && t->kind == STORE_RECORDED &&
			    s->mode == STORE_REMAKE)
				continue;
			if (shape == SHAPE_OTHER && !may_replace(s, t, err))
				return false;
			*ret_stale |= shape != SHAPE_SAME;
			if (!txn || shape == SHAPE_SAME)
				continue;
			if (shape == SHAPE_ABSENT ? !make_table(txn, t, err)
						  : !replace_table(txn, t, err))
				return false;
		}
	}
	return true;
}

bool store_catalogue_create(struct store *s, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(text_freep) struct text meta = {0};
	bool stale;

	text_addf(&meta, "INSERT INTO store_meta(key, value) VALUES ('format', %d)", STORE_FORMAT);
	/* absent() again, now that nobody else can be creating it. */
	return store_begin_at(s, true, &txn, err) && s->driver->absent(s, err) &&
	       s->driver->make(s,
			       "CREATE TABLE store_meta(key TEXT PRIMARY KEY, "
			       "value INTEGER NOT NULL) WITHOUT ROWID;"
			       "CREATE TABLE store_table(name TEXT PRIMARY KEY, "
			       "kind TEXT NOT NULL, made TEXT NOT NULL) WITHOUT ROWID",
			       err) &&
	       s->driver->found(s, err) && store_exec(s, text_c(&meta), err) &&
	       settle_tables(s, txn, &stale, err) && store_commit(&txn, err);
}

static bool check_format(struct store *s, struct err *err)
{
	int64_t format;

	if (!s->driver->recognise(s, err) ||
	    !store_one_int(s, "SELECT value FROM store_meta WHERE key = 'format'", &format, err))
		return false;
	if (format > STORE_FORMAT)
		return err_set(err, ERR_VERSION,
			       "%s: made by a newer Lynchpin (store format %lld, this one reads up "
			       "to %d); use that version",
			       s->path, (long long)format, STORE_FORMAT);
	if (format < 1)
		return err_set(err, ERR_CORRUPT, "%s: the store has no format number", s->path);
	return true;
}

bool store_catalogue_check(struct store *s, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	bool stale;

	if (!check_format(s, err) || !settle_tables(s, NULL, &stale, err))
		return false;
	if (!stale)
		return true;
	if (s->mode == STORE_READ)
		return err_set(err, ERR_VERSION,
			       "%s: made by another version of Lynchpin; run a command that writes "
			       "once, to bring it up to date",
			       s->path);
	return store_begin(s, &txn, err) && settle_tables(s, txn, &stale, err) &&
	       store_commit(&txn, err);
}
