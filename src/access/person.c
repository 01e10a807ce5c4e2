#include "access/inner.h"

/* People, the posts they hold here, and whether they may sign in at all. */

const char *access_state_name(enum access_state state)
{
	static const char *const names[] = {"invited", "active", "disabled"};

	return (size_t)state < ARRAY_LEN(names) ? names[state] : "unknown";
}

bool person_unknown(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "there is no such person");
}

/* --- rows for the room ------------------------------------------------------------- */

static bool read_row(struct store_query *q, struct arena *arena, struct person_row *ret,
		     struct err *err)
{
	struct str folded, password;
	bool row;

	*ret = (struct person_row){.id = {0}};
	if (!store_step(q, &row, err))
		return false;
	if (!row)
		return true;
	folded = store_col_str(q, 1);
	password = store_col_str(q, 4);
	if (folded.n > ACCESS_EMAIL_MAX || password.n >= sizeof(ret->password))
		return err_set(err, ERR_CORRUPT, "a person's row is larger than any written");
	ret->id.n = store_col_int(q, 0);
	memcpy(ret->folded.c, folded.n ? folded.p : "", folded.n);
	ret->folded.n = folded.n;
	ret->name = arena ? arena_str(arena, store_col_str(q, 2)) : (struct str){0};
	ret->state = (enum access_state)store_col_int(q, 3);
	memcpy(ret->password, password.n ? password.p : "", password.n);
	ret->long_password = store_col_int(q, 5) != 0;
	ret->second = !store_col_is_null(q, 6);
	return true;
}

bool person_row_by_email(struct access *a, const struct folded *who, struct person_row *ret,
			 struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	return store_query(a->store,
			   SQL("SELECT p.person, p.folded, p.name, p.state, p.password,"
			       " p.password_long, s.person FROM access_person p"
			       " LEFT JOIN access_second s"
			       " ON s.person = p.person AND s.confirmed = 1 WHERE p.folded = ?1"),
			   ARGS(store_text(folded_str(who))), &q, err) &&
	       read_row(q, NULL, ret, err);
}

bool person_row_by_id(struct access *a, struct person_id id, struct arena *arena,
		      struct person_row *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	return store_query(a->store,
			   SQL("SELECT p.person, p.folded, p.name, p.state, p.password,"
			       " p.password_long, s.person FROM access_person p"
			       " LEFT JOIN access_second s"
			       " ON s.person = p.person AND s.confirmed = 1 WHERE p.person = ?1"),
			   ARGS(store_int(id.n)), &q, err) &&
	       read_row(q, arena, ret, err) && (ret->id.n || person_unknown(err));
}

bool person_cut_off(struct store_txn *txn, struct person_id person, const struct hash *keep,
		    struct err *err)
{
	static const struct hash none = {{0}};

	return store_run(txn, SQL("DELETE FROM access_session WHERE person = ?1 AND session <> ?2"),
			 ARGS(store_int(person.n), hash_value(keep ? keep : &none)), err) &&
	       store_run(txn, SQL("DELETE FROM access_link WHERE person = ?1"),
			 ARGS(store_int(person.n)), err);
}

/* --- views ------------------------------------------------------------------------- */

static struct access_person person_from(struct store_query *q, struct arena *arena)
{
	return (struct access_person){
		.id = {store_col_int(q, 0)},
		.email = arena_str(arena, store_col_str(q, 1)),
		.name = arena_str(arena, store_col_str(q, 2)),
		.state = (enum access_state)store_col_int(q, 3),
		.made_ms = store_col_int(q, 4),
		.signed_in_ms = store_col_int(q, 5),
		.password = store_col_int(q, 6) != 0,
		.password_ms = store_col_int(q, 7),
		.second = store_col_int(q, 8) != 0,
		.recovery = (unsigned)store_col_int(q, 9),
	};
}

bool access_person_get(struct access *a, struct str email, struct arena *arena,
		       struct access_person *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct folded who = email_typed(email);
	bool row;

	if (!store_query(a->store,
			 SQL("SELECT p.person, p.email, p.name, p.state, p.made, p.signed_in,"
			     " CASE WHEN p.password = '' THEN 0 ELSE 1 END, p.password_set,"
			     " (SELECT COUNT(*) FROM access_second s"
			     " WHERE s.person = p.person AND s.confirmed = 1),"
			     " (SELECT COUNT(*) FROM access_recovery r WHERE r.person = p.person)"
			     " FROM access_person p WHERE p.folded = ?1"),
			 ARGS(store_text(folded_str(&who))), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return err_set(err, ERR_NOT_FOUND, "nobody is known by the e-mail address %.*s",
			       STR_FMT(folded_str(&who)));
	*ret = person_from(q, arena);
	return true;
}

bool access_people(struct access *a, struct arena *arena, struct access_people *ret,
		   struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct access_people out = {0};
	size_t cap = 0;
	bool ok;

	if (!store_query(a->store,
			 SQL("SELECT p.person, p.email, p.name, p.state, p.made, p.signed_in,"
			     " CASE WHEN p.password = '' THEN 0 ELSE 1 END, p.password_set,"
			     " (SELECT COUNT(*) FROM access_second s"
			     " WHERE s.person = p.person AND s.confirmed = 1),"
			     " (SELECT COUNT(*) FROM access_recovery r WHERE r.person = p.person)"
			     " FROM access_person p ORDER BY p.folded"),
			 ARGS(), &q, err))
		return false;
	while (store_next(q, &ok, err))
		ARENA_PUSH(arena, &out, cap, person_from(q, arena));
	if (ok)
		*ret = out;
	return ok;
}

/* --- posts ------------------------------------------------------------------------- */

bool access_posts(struct access *a, struct person_id person, struct arena *arena, struct posts *ret,
		  struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct directory_view view = {a->store, arena, access_now(a)};
	struct posts out = {0};
	size_t cap = 0;
	bool ok;

	if (!store_query(a->store,
			 SQL("SELECT post FROM access_holding WHERE person = ?1 ORDER BY post"),
			 ARGS(store_int(person.n)), &q, err))
		return false;
	while (store_next(q, &ok, err))
		ARENA_PUSH(arena, &out, cap,
			   (struct post){.id = arena_str(arena, store_col_str(q, 0))});
	for (size_t i = 0; ok && i < out.n; i++) {
		struct err none = {0};

		if (!directory_post_get(&view, out.v[i].id, &out.v[i], &none) &&
		    none.code != ERR_NOT_FOUND)
			return *err = none, false;
	}
	if (ok)
		*ret = out;
	return ok;
}

bool post_spelled(struct access *a, struct str post, struct arena *arena, struct str *ret,
		  struct err *err)
{
	struct directory_view view = {a->store, arena, access_now(a)};
	struct post p;

	if (!directory_post_get(&view, post, &p, err))
		return false;
	if (p.ended_ms != DIRECTORY_NO_DATE && p.ended_ms <= view.at_ms)
		return err_set(err, ERR_INVALID, "post %.*s has ended", STR_FMT(p.id));
	*ret = p.id;
	return true;
}

bool post_held(struct access *a, struct person_id person, struct str post, bool *ret,
	       struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	return store_query(a->store,
			   SQL("SELECT post FROM access_holding WHERE person = ?1 AND post = ?2"),
			   ARGS(store_int(person.n), store_text(post)), &q, err) &&
	       store_step(q, ret, err);
}

static bool posts_few(struct access *a, struct person_id person, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(a->store, SQL("SELECT COUNT(*) FROM access_holding WHERE person = ?1"),
			 ARGS(store_int(person.n)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (row && store_col_int(q, 0) > ACCESS_POSTS_MAX)
		return err_set(err, ERR_LIMIT, "nobody holds more than %d posts", ACCESS_POSTS_MAX);
	return true;
}

bool access_post_give(struct access *a, struct person_id person, struct str post, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct person_row p;
	struct str spelled;

	return post_spelled(a, post, arena, &spelled, err) && store_begin(a->store, &txn, err) &&
	       person_row_by_id(a, person, arena, &p, err) &&
	       store_run(txn,
			 SQL("INSERT INTO access_holding (person, post) VALUES (?1, ?2)"
			     " ON CONFLICT (person, post) DO UPDATE SET post = ?2"),
			 ARGS(store_int(person.n), store_text(spelled)), err) &&
	       posts_few(a, person, err) && store_commit(&txn, err);
}

bool access_post_take(struct access *a, struct person_id person, struct str post, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str lower = str_trim(post);
	char *c = arena_alloc(arena, lower.n + 1);

	/* Not asked of the directory: what it no longer knows is taken, too. */
	for (size_t i = 0; i < lower.n; i++)
		c[i] = char_lower(lower.p[i]);
	if (!store_begin(a->store, &txn, err) ||
	    !store_run(txn, SQL("DELETE FROM access_holding WHERE person = ?1 AND post = ?2"),
		       ARGS(store_int(person.n), store_text(str_from(c, lower.n))), err))
		return false;
	if (!store_changed(txn))
		return err_set(err, ERR_NOT_FOUND, "this person does not hold %.*s",
			       STR_FMT(lower));
	return store_commit(&txn, err);
}

/* --- changing ---------------------------------------------------------------------- */

static bool change_name(struct store_txn *txn, struct person_id person, struct str name,
			struct err *err)
{
	return access_name_check(name, "a name", err) &&
	       store_run(txn, SQL("UPDATE access_person SET name = ?2 WHERE person = ?1"),
			 ARGS(store_int(person.n), store_text(name)), err);
}

static bool change_email(struct access *a, struct store_txn *txn, struct person_id person,
			 struct str email, struct err *err)
{
	struct person_row there;
	struct folded who;

	if (!email_read(email, &who, err) || !person_row_by_email(a, &who, &there, err))
		return false;
	if (there.id.n && there.id.n != person.n)
		return err_set(err, ERR_EXISTS, "somebody else is known by %.*s",
			       STR_FMT(folded_str(&who)));
	return store_run(txn,
			 SQL("UPDATE access_person SET email = ?2, folded = ?3 WHERE person = ?1"),
			 ARGS(store_int(person.n), store_text(str_trim(email)),
			      store_text(folded_str(&who))),
			 err) &&
	       store_run(txn, SQL("DELETE FROM access_link WHERE person = ?1"),
			 ARGS(store_int(person.n)), err);
}

bool access_person_change(struct access *a, struct person_id person, struct str email,
			  struct str name, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct person_row p;

	return store_begin(a->store, &txn, err) && person_row_by_id(a, person, arena, &p, err) &&
	       (!name.n || change_name(txn, person, name, err)) &&
	       (!email.n || change_email(a, txn, person, email, err)) && store_commit(&txn, err);
}

/* --- state ------------------------------------------------------------------------- */

bool access_disable(struct access *a, struct person_id person, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	if (!store_begin(a->store, &txn, err) ||
	    !store_run(txn, SQL("UPDATE access_person SET state = ?2 WHERE person = ?1"),
		       ARGS(store_int(person.n), store_int(ACCESS_DISABLED)), err))
		return false;
	if (!store_changed(txn))
		return person_unknown(err);
	return person_cut_off(txn, person, NULL, err) && store_commit(&txn, err);
}

/* Back to where they were: who has no password is still to choose one. */
bool access_enable(struct access *a, struct person_id person, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct person_row p;

	if (!store_begin(a->store, &txn, err) || !person_row_by_id(a, person, arena, &p, err))
		return false;
	if (p.state != ACCESS_DISABLED)
		return true;
	return store_run(txn, SQL("UPDATE access_person SET state = ?2 WHERE person = ?1"),
			 ARGS(store_int(person.n),
			      store_int(p.password[0] ? ACCESS_ACTIVE : ACCESS_INVITED)),
			 err) &&
	       store_commit(&txn, err);
}
