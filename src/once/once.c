#include "once/once.h"

/*
 * Requests that say who they are, so that asking again does nothing again.  A row stands from
 * before the request is carried out: of one that was cut off nobody knows whether it was, so its
 * name is not given to another for as long as rows live.
 */

const struct store_table once_tables[] = {
	{"once_request", STORE_LOCAL,
	 SQL("CREATE TABLE once_request (once BLOB NOT NULL, person INTEGER NOT NULL,"
	     " request BLOB NOT NULL, made INTEGER NOT NULL, done INTEGER NOT NULL,"
	     " answer BLOB NOT NULL, PRIMARY KEY (once));"
	     "CREATE INDEX once_request_person ON once_request (person, made);"),
	 NULL},
	{0},
};

static int64_t now(const struct once_place *v)
{
	return clock_now_ms(v->clock);
}

static struct store_value value(const struct hash *h)
{
	return store_blob(h->b, HASH_BYTES);
}

static bool check_name(struct str name, struct err *err)
{
	bool ok = name.n && name.n <= ONCE_NAME_MAX;

	for (size_t i = 0; i < name.n && ok; i++)
		ok = name.p[i] > ' ' && name.p[i] < 0x7f;
	return ok ||
	       err_set(err, ERR_INVALID, "a request's name is 1 to %d visible characters of ASCII",
		       ONCE_NAME_MAX);
}

/* Names are each person's and post's own. */
static struct hash key_of(const struct once_request *r)
{
	struct hasher h;

	hasher_init(&h);
	hasher_add(&h, str_from((const char *)&r->person, sizeof(r->person)));
	hasher_add(&h, str_from((const char *)&r->post.n, sizeof(r->post.n)));
	hasher_add(&h, r->post);
	hasher_add(&h, r->name);
	return hasher_end(&h);
}

/* ONCE_FIRST: there is none. */
static bool look(const struct once_place *v, const struct once_request *r, struct arena *arena,
		 struct once_begun *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	const struct hash key = key_of(r);
	struct str said;
	bool row;

	if (!store_query(v->store,
			 SQL("SELECT request, done, answer FROM once_request"
			     " WHERE once = ?1 AND made > ?2"),
			 ARGS(value(&key), store_int(now(v) - MS_PER_DAY)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	ret->state = ONCE_FIRST;
	if (!row)
		return true;
	said = store_col_str(q, 0);
	ret->answer = arena_str(arena, store_col_str(q, 2));
	ret->state = !str_eq(said, hash_str(&r->of)) ? ONCE_OTHER
		     : store_col_int(q, 1)	     ? ONCE_AGAIN
						     : ONCE_OPEN;
	return true;
}

/* What is over goes, and the oldest of more than anybody has. */
static bool prune(const struct once_place *v, struct store_txn *txn, const struct once_request *r,
		  const struct hash *key, struct err *err)
{
	return store_run(txn, SQL("DELETE FROM once_request WHERE once = ?1 AND made <= ?2"),
			 ARGS(value(key), store_int(now(v) - MS_PER_DAY)), err) &&
	       store_run(txn,
			 SQL("DELETE FROM once_request WHERE person = ?1 AND done = 1 AND once IN"
			     " (SELECT once FROM once_request WHERE person = ?1 AND done = 1"
			     " ORDER BY made DESC, once LIMIT 1000 OFFSET ?2)"),
			 ARGS(store_int(r->person), store_int(ONCE_MOST - 1)), err);
}

static bool insert(const struct once_place *v, const struct once_request *r, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	const struct hash key = key_of(r);

	return store_begin(v->store, &txn, err) && prune(v, txn, r, &key, err) &&
	       store_run(txn,
			 SQL("INSERT INTO once_request (once, person, request, made, done, answer)"
			     " VALUES (?1, ?2, ?3, ?4, 0, ?5)"),
			 ARGS(value(&key), store_int(r->person), value(&r->of), store_int(now(v)),
			      store_blob("", 0)),
			 err) &&
	       store_commit(&txn, err);
}

/* Another may have begun the same a moment ago; or somebody else is writing. */
static bool look_again(const struct once_place *v, const struct once_request *r,
		       struct arena *arena, struct once_begun *ret, struct err *err)
{
	struct err ignored;

	return err->code == ERR_CONFLICT && look(v, r, arena, ret, &ignored) &&
	       ret->state != ONCE_FIRST;
}

bool once_begin(const struct once_place *v, const struct once_request *r, struct arena *arena,
		struct once_begun *ret, struct err *err)
{
	struct once_begun is = {0};

	if (!check_name(r->name, err) || !look(v, r, arena, &is, err))
		return false;
	if (is.state == ONCE_FIRST && !insert(v, r, err) && !look_again(v, r, arena, &is, err))
		return false;
	*ret = is;
	return true;
}

bool once_end(const struct once_place *v, const struct once_request *r, const struct str *answer,
	      struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	const struct hash key = key_of(r);
	bool keep = answer && answer->n <= ONCE_BYTES;

	return store_begin(v->store, &txn, err) &&
	       (answer ? store_run(txn,
				   SQL("UPDATE once_request SET done = 1, answer = ?2"
				       " WHERE once = ?1"),
				   ARGS(value(&key),
					store_blob(keep ? answer->p : "", keep ? answer->n : 0)),
				   err)
		       : store_run(txn, SQL("DELETE FROM once_request WHERE once = ?1"),
				   ARGS(value(&key)), err)) &&
	       store_commit(&txn, err);
}

bool once_sweep(const struct once_place *v, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	return store_begin(v->store, &txn, err) &&
	       store_run(txn, SQL("DELETE FROM once_request WHERE made <= ?1"),
			 ARGS(store_int(now(v) - MS_PER_DAY)), err) &&
	       store_commit(&txn, err);
}
