#include "access/inner.h"

/* API tokens: a person's, acting in one of their posts, within a scope, until a day. */

const char *access_scope_name(enum access_scope scope)
{
	static const char *const names[] = {"read", "write", "inventory"};

	return (size_t)scope < ARRAY_LEN(names) ? names[scope] : "unknown";
}

static bool check_wish(struct access *a, const struct access_token *wish, struct err *err)
{
	int64_t now = access_now(a);

	if (wish->scope > ACCESS_INVENTORY)
		return err_set(err, ERR_INVALID, "a token's scope is read, write or inventory");
	if (wish->until_ms <= now || wish->until_ms > now + ACCESS_TOKEN_DAYS * MS_PER_DAY)
		return err_set(err, ERR_INVALID,
			       "a token ends at a time to come, at most %d days from now",
			       ACCESS_TOKEN_DAYS);
	if ((wish->scope == ACCESS_INVENTORY) != (wish->org.n != 0))
		return err_set(err, ERR_INVALID,
			       "a token for inventories, and no other, is for one organisation");
	return access_name_check(wish->name, "what a token is for", err);
}

/* Who, what post, what organisation: as they are spelled. */
static bool check_holder(struct access *a, const struct access_token *wish, struct arena *arena,
			 struct access_token *ret, struct err *err)
{
	struct directory_view view = {a->store, arena, access_now(a)};
	struct person_row p;
	struct org org;
	bool held;

	*ret = *wish;
	if (!person_row_by_id(a, wish->person, arena, &p, err) ||
	    !post_spelled(a, wish->post, arena, &ret->post, err) ||
	    !post_held(a, wish->person, ret->post, &held, err))
		return false;
	if (!held)
		return err_set(err, ERR_DENIED, "this person does not hold the post %.*s",
			       STR_FMT(ret->post));
	if (p.state == ACCESS_DISABLED)
		return err_set(err, ERR_DENIED, "this person is disabled; enable them first");
	if (!wish->org.n)
		return true;
	if (!directory_org_get(&view, wish->org, &org, err))
		return false;
	ret->org = org.code;
	return true;
}

bool access_token_make(struct access *a, const struct access_token *wish, struct access_secret *ret,
		       struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(access_wipe) struct access_secret made = {{0}};
	struct access_token t;
	struct hash key;

	if (!check_wish(a, wish, err) || !store_begin(a->store, &txn, err) ||
	    !check_holder(a, wish, arena, &t, err))
		return false;
	api_token_make(a, &made, &key);
	if (!store_run(txn,
		       SQL("INSERT INTO access_token (token, person, name, scope, org, post, made,"
			   " until, used) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)"),
		       ARGS(hash_value(&key), store_int(t.person.n), store_text(t.name),
			    store_int(t.scope), store_text(t.org), store_text(t.post),
			    store_int(access_now(a)), store_int(t.until_ms)),
		       err) ||
	    !store_commit(&txn, err))
		return false;
	*ret = made;
	return true;
}

/* --- looking ------------------------------------------------------------------------ */

static bool token_from(struct store_query *q, struct arena *arena, struct access_token *ret,
		       struct err *err)
{
	struct access_token t = {
		.person = {store_col_int(q, 1)},
		.email = arena_str(arena, store_col_str(q, 2)),
		.name = arena_str(arena, store_col_str(q, 3)),
		.scope = (enum access_scope)store_col_int(q, 4),
		.org = arena_str(arena, store_col_str(q, 5)),
		.post = arena_str(arena, store_col_str(q, 6)),
		.made_ms = store_col_int(q, 7),
		.until_ms = store_col_int(q, 8),
		.used_ms = store_col_int(q, 9),
	};

	if (!hash_of_row(store_col_str(q, 0), &t.key, err))
		return false;
	id_of(&t.key, t.id);
	*ret = t;
	return true;
}

static bool no_token(struct err *err)
{
	return err_set(err, ERR_DENIED, "the token is none of ours, has ended, or may act no more");
}

bool access_token_find(struct access *a, struct str token, struct arena *arena,
		       struct access_token *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct hash key;
	bool row;

	if (!api_token_read(token, &key))
		return no_token(err);
	if (!store_query(
		    a->store,
		    SQL("SELECT t.token, t.person, p.email, t.name, t.scope, t.org, t.post,"
			" t.made, t.until, t.used FROM access_token t"
			" JOIN access_person p ON p.person = t.person AND p.state <> ?2"
			" JOIN access_holding h"
			" ON h.person = t.person AND h.post = t.post"
			" WHERE t.token = ?1 AND t.until > ?3"),
		    ARGS(hash_value(&key), store_int(ACCESS_DISABLED), store_int(access_now(a))),
		    &q, err) ||
	    !store_step(q, &row, err))
		return false;
	return row ? token_from(q, arena, ret, err) : no_token(err);
}

bool access_tokens(struct access *a, struct person_id person, struct arena *arena,
		   struct access_tokens *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct access_tokens out = {0};
	struct access_token t;
	size_t cap = 0;
	bool ok;

	if (!store_query(a->store,
			 SQL("SELECT t.token, t.person, p.email, t.name, t.scope, t.org, t.post,"
			     " t.made, t.until, t.used FROM access_token t"
			     " JOIN access_person p ON p.person = t.person"
			     " WHERE (t.person = ?1 OR ?1 = 0) AND t.until > ?2"
			     " ORDER BY p.folded, t.made, t.name, t.token"),
			 ARGS(store_int(person.n), store_int(access_now(a))), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		if (!token_from(q, arena, &t, err))
			return false;
		ARENA_PUSH(arena, &out, cap, t);
	}
	if (ok)
		*ret = out;
	return ok;
}

/* --- changing ----------------------------------------------------------------------- */

/* The row whose key begins with these digits. */
static bool key_of_id(struct access *a, struct str id, struct hash *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	char here[ACCESS_ID_BYTES];
	struct hash key;
	bool ok;

	if (!store_query(a->store, SQL("SELECT token FROM access_token ORDER BY token"), ARGS(), &q,
			 err))
		return false;
	while (store_next(q, &ok, err)) {
		if (!hash_of_row(store_col_str(q, 0), &key, err))
			return false;
		id_of(&key, here);
		if (str_is(id, here))
			return *ret = key, true;
	}
	return ok && err_set(err, ERR_NOT_FOUND, "there is no token %.*s", STR_FMT(id));
}

bool access_token_end(struct access *a, struct str id, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct hash key;

	return store_begin(a->store, &txn, err) && key_of_id(a, id, &key, err) &&
	       store_run(txn, SQL("DELETE FROM access_token WHERE token = ?1"),
			 ARGS(hash_value(&key)), err) &&
	       store_commit(&txn, err);
}
