#include "access/inner.h"

/* Links that are used once: invitations, resets, sign-in links, and what waits for a code. */

static int64_t life_of(enum access_link_kind kind, int64_t life_ms)
{
	static const int64_t lives[] = {
		[ACCESS_INVITATION] = LIFE_INVITATION_H * MS_PER_HOUR,
		[ACCESS_RESET] = LIFE_RESET_H * MS_PER_HOUR,
		[ACCESS_SIGN_IN] = LIFE_SIGN_IN_H * MS_PER_HOUR,
		[ACCESS_PENDING] = LIFE_PENDING_MS,
	};

	return life_ms > 0 ? MIN_OF(life_ms, 30 * MS_PER_DAY) : lives[kind];
}

bool link_insert(struct access *a, struct store_txn *txn, const struct link_row *row,
		 struct access_secret *ret, struct err *err)
{
	struct hash key;

	secret_make(a, ret, &key);
	return store_run(txn,
			 SQL("DELETE FROM access_link WHERE person = ?1 AND"
			     " (kind = ?2 OR until <= ?3)"),
			 ARGS(store_int(row->person.n), store_int(row->kind),
			      store_int(access_now(a))),
			 err) &&
	       store_run(txn,
			 SQL("INSERT INTO access_link (link, person, kind, made, until)"
			     " VALUES (?1, ?2, ?3, ?4, ?5)"),
			 ARGS(hash_value(&key), store_int(row->person.n), store_int(row->kind),
			      store_int(access_now(a)), store_int(row->until_ms)),
			 err);
}

bool link_none(struct err *err)
{
	return err_set(err, ERR_DENIED,
		       "this link was used already, has expired or never was; ask for another");
}

bool link_find(struct access *a, struct str token, struct link_row *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct hash key;
	bool row;

	if (!secret_read(token, &key))
		return link_none(err);
	if (!store_query(a->store,
			 SQL("SELECT kind, person, until FROM access_link WHERE link = ?1"),
			 ARGS(hash_value(&key)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row || store_col_int(q, 2) <= access_now(a))
		return link_none(err);
	*ret = (struct link_row){.key = key,
				 .kind = (enum access_link_kind)store_col_int(q, 0),
				 .person = {store_col_int(q, 1)},
				 .until_ms = store_col_int(q, 2)};
	return true;
}

bool link_take(struct store_txn *txn, const struct hash *key, struct err *err)
{
	if (!store_run(txn, SQL("DELETE FROM access_link WHERE link = ?1"), ARGS(hash_value(key)),
		       err))
		return false;
	return store_changed(txn) || link_none(err);
}

/* --- making ------------------------------------------------------------------------- */

static bool add_posts(struct store_txn *txn, struct access *a, struct person_id person,
		      const struct access_invitation *in, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();

	for (size_t i = 0; i < in->nposts; i++) {
		struct str post;

		if (!post_spelled(a, in->posts[i], arena, &post, err) ||
		    !store_run(txn,
			       SQL("INSERT INTO access_holding (person, post) VALUES (?1, ?2)"
				   " ON CONFLICT (person, post) DO UPDATE SET post = ?2"),
			       ARGS(store_int(person.n), store_text(post)), err))
			return false;
	}
	return true;
}

static struct person_id new_id(const struct access *a)
{
	uint64_t n;

	a->chance(&n, sizeof(n));
	return (struct person_id){(int64_t)(n >> 1) | 1};
}

static bool add_person(struct store_txn *txn, struct access *a, struct person_id id,
		       const struct access_invitation *in, struct err *err)
{
	struct person_row there;
	struct folded who;

	if (!email_read(in->email, &who, err) || !access_name_check(in->name, "a name", err) ||
	    !person_row_by_email(a, &who, &there, err))
		return false;
	if (there.id.n)
		return err_set(err, ERR_EXISTS,
			       "somebody is known by %.*s already; a new link, not a new person, "
			       "lets them in",
			       STR_FMT(folded_str(&who)));
	if (in->nposts > ACCESS_POSTS_MAX)
		return err_set(err, ERR_LIMIT, "nobody holds more than %d posts", ACCESS_POSTS_MAX);
	return store_run(txn,
			 SQL("INSERT INTO access_person (person, folded, email, name, state, made,"
			     " signed_in, password, password_long, password_set)"
			     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, '', 0, 0)"),
			 ARGS(store_int(id.n), store_text(folded_str(&who)),
			      store_text(str_trim(in->email)), store_text(in->name),
			      store_int(ACCESS_INVITED), store_int(access_now(a))),
			 err);
}

bool access_invitable(struct str email, struct str name, struct err *err)
{
	struct folded who;

	return email_read(email, &who, err) && access_name_check(name, "a name", err);
}

bool access_invite(struct access *a, const struct access_invitation *in, struct access_secret *ret,
		   struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(access_wipe) struct access_secret token = {{0}};
	struct link_row row = {.kind = ACCESS_INVITATION, .person = new_id(a)};

	row.until_ms = access_now(a) + life_of(ACCESS_INVITATION, in->life_ms);
	if (!store_begin(a->store, &txn, err) || !add_person(txn, a, row.person, in, err) ||
	    !add_posts(txn, a, row.person, in, err) || !link_insert(a, txn, &row, &token, err) ||
	    !store_commit(&txn, err))
		return false;
	*ret = token;
	return true;
}

bool access_link_make(struct access *a, const struct access_link_wish *wish,
		      struct access_secret *ret, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(access_wipe) struct access_secret token = {{0}};
	struct link_row row = {.kind = wish->kind, .person = wish->person};
	struct person_row p;

	assert(wish->kind <= ACCESS_SIGN_IN);
	row.until_ms = access_now(a) + life_of(wish->kind, wish->life_ms);
	if (!store_begin(a->store, &txn, err) || !person_row_by_id(a, wish->person, arena, &p, err))
		return false;
	if (p.state == ACCESS_DISABLED)
		return err_set(err, ERR_DENIED, "this person is disabled; enable them first");
	if (!link_insert(a, txn, &row, &token, err) || !store_commit(&txn, err))
		return false;
	*ret = token;
	return true;
}

bool access_link_look(struct access *a, struct str token, struct arena *arena,
		      struct access_link *ret, struct err *err)
{
	struct link_row row;
	struct person_row p;

	if (!link_find(a, token, &row, err))
		return false;
	if (row.kind == ACCESS_PENDING)
		return link_none(err);
	if (!person_row_by_id(a, row.person, arena, &p, err))
		return false;
	*ret = (struct access_link){.kind = row.kind,
				    .email = arena_str(arena, folded_str(&p.folded)),
				    .name = p.name,
				    .until_ms = row.until_ms};
	return true;
}
