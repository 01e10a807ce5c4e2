#include "access/inner.h"

/* Who is signed in, from where, since when, and in which post. */

enum { ADDRESS_MAX = 45, AGENT_MAX = 200 };

/* --- beginning --------------------------------------------------------------------- */

/* The post of one who holds but one; who holds several chooses. */
static bool only_post(struct access *a, struct person_id person, struct arena *arena,
		      struct str *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	*ret = STR("");
	if (!store_query(a->store,
			 SQL("SELECT MIN(post), COUNT(*) FROM access_holding WHERE person = ?1"),
			 ARGS(store_int(person.n)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (row && store_col_int(q, 1) == 1)
		*ret = arena_str(arena, store_col_str(q, 0));
	return true;
}

/* Those that have ended go, and the longest unused of more than anybody has. */
static bool prune(struct access *a, struct store_txn *txn, struct person_id person, struct err *err)
{
	int64_t now = access_now(a);

	return store_run(txn,
			 SQL("DELETE FROM access_session WHERE person = ?1"
			     " AND (seen <= ?2 OR made <= ?3)"),
			 ARGS(store_int(person.n), store_int(now - a->settings.idle_ms),
			      store_int(now - a->settings.session_ms)),
			 err) &&
	       store_run(txn,
			 SQL("DELETE FROM access_session WHERE person = ?1 AND session IN"
			     " (SELECT session FROM access_session WHERE person = ?1"
			     " ORDER BY seen DESC, session LIMIT 1000 OFFSET ?2)"),
			 ARGS(store_int(person.n), store_int(SESSIONS_MAX - 1)), err);
}

static bool insert(struct access *a, struct store_txn *txn, const struct entering *e,
		   struct access_entry *ret, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct person_id person = e->person->id;
	struct hash key;
	struct str post;

	if (!prune(a, txn, person, err) || !only_post(a, person, arena, &post, err))
		return false;
	secret_make(a, &ret->token, &key);
	return store_run(txn,
			 SQL("INSERT INTO access_session (session, person, post, made, seen,"
			     " address, agent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
			 ARGS(hash_value(&key), store_int(person.n), store_text(post),
			      store_int(access_now(a)), store_int(access_now(a)),
			      store_text(shown_cut(e->client->address, ADDRESS_MAX, arena)),
			      store_text(shown_cut(e->client->agent, AGENT_MAX, arena))),
			 err) &&
	       store_run(txn, SQL("UPDATE access_person SET signed_in = ?2 WHERE person = ?1"),
			 ARGS(store_int(person.n), store_int(access_now(a))), err);
}

static bool wait_for_code(struct access *a, struct store_txn *txn, struct person_id person,
			  struct access_entry *ret, struct err *err)
{
	struct link_row row = {.kind = ACCESS_PENDING,
			       .person = person,
			       .until_ms = access_now(a) + LIFE_PENDING_MS};

	ret->outcome = ACCESS_CODE;
	return link_insert(a, txn, &row, &ret->token, err);
}

bool session_enter(struct access *a, struct store_txn *txn, const struct entering *e,
		   struct access_entry *ret, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	uint8_t nonce[DEVICE_NONCE_BYTES];
	struct person_row now;

	if (!person_row_by_id(a, e->person->id, arena, &now, err))
		return false;
	if (now.state == ACCESS_DISABLED)
		return ret->outcome = ACCESS_REFUSED, true;
	if (now.second && !e->code_given)
		return wait_for_code(a, txn, now.id, ret, err);
	if (!insert(a, txn, e, ret, err))
		return false;
	ret->outcome = ACCESS_IN;
	ret->person = now.id;
	if (!device_known(a, &now.folded, e->client->device, nonce))
		device_make(a, &now.folded, &ret->device);
	return true;
}

static bool enter(struct access *a, const struct access_known *known, struct access_entry *ret,
		  struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	const struct folded who = email_typed(known->email);
	struct person_row person;
	struct entering entering = {&person, &known->client, known->second};

	if (known->email.n > ACCESS_EMAIL_MAX)
		return true; /* cut to size it would be another's */
	if (!store_begin(a->store, &txn, err) || !person_row_by_email(a, &who, &person, err))
		return false;
	if (!person.id.n)
		return true;
	/* Who is in needs no invitation any more. */
	return store_run(txn, SQL("DELETE FROM access_link WHERE person = ?1 AND kind = ?2"),
			 ARGS(store_int(person.id.n), store_int(ACCESS_INVITATION)), err) &&
	       session_enter(a, txn, &entering, ret, err) && store_commit(&txn, err);
}

bool access_enter(struct access *a, const struct access_known *known, struct access_entry *ret,
		  struct err *err)
{
	AUTO(access_entry_wipe) struct access_entry entry = {.outcome = ACCESS_REFUSED};

	if (!enter(a, known, &entry, err))
		return false;
	*ret = entry;
	return true;
}

/* --- looking ------------------------------------------------------------------------ */

static bool session_from(struct access *a, struct store_query *q, struct arena *arena,
			 struct access_session *ret, struct err *err)
{
	struct access_session s = {
		.person = {store_col_int(q, 1)},
		.email = arena_str(arena, store_col_str(q, 2)),
		.name = arena_str(arena, store_col_str(q, 3)),
		.post = arena_str(arena, store_col_str(q, 4)),
		.address = arena_str(arena, store_col_str(q, 5)),
		.agent = arena_str(arena, store_col_str(q, 6)),
		.made_ms = store_col_int(q, 7),
		.seen_ms = store_col_int(q, 8),
		.several = store_col_int(q, 9) > 1,
	};

	if (!hash_of_row(store_col_str(q, 0), &s.key, err))
		return false;
	id_of(&s.key, s.id);
	s.until_ms = MIN_OF(s.seen_ms + a->settings.idle_ms, s.made_ms + a->settings.session_ms);
	*ret = s;
	return true;
}

static bool no_session(struct err *err)
{
	return err_set(err, ERR_DENIED, "not signed in, or not any more");
}

bool access_session_find(struct access *a, struct str token, struct arena *arena,
			 struct access_session *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct access_session s;
	struct hash key;
	bool row;

	if (!secret_read(token, &key))
		return no_session(err);
	if (!store_query(a->store,
			 SQL("SELECT s.session, s.person, p.email, p.name,"
			     " CASE WHEN h.post IS NULL THEN '' ELSE s.post END, s.address,"
			     " s.agent, s.made, s.seen, (SELECT COUNT(*) FROM access_holding o"
			     " WHERE o.person = s.person) FROM access_session s"
			     " JOIN access_person p ON p.person = s.person AND p.state <> ?2"
			     " LEFT JOIN access_holding h"
			     " ON h.person = s.person AND h.post = s.post WHERE s.session = ?1"),
			 ARGS(hash_value(&key), store_int(ACCESS_DISABLED)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return no_session(err);
	if (!session_from(a, q, arena, &s, err))
		return false;
	if (s.until_ms <= access_now(a))
		return no_session(err);
	*ret = s;
	return true;
}

bool access_sessions(struct access *a, struct person_id person, struct arena *arena,
		     struct access_sessions *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct access_sessions out = {0};
	struct access_session s;
	size_t cap = 0;
	bool ok;

	if (!store_query(a->store,
			 SQL("SELECT s.session, s.person, p.email, p.name,"
			     " CASE WHEN h.post IS NULL THEN '' ELSE s.post END, s.address,"
			     " s.agent, s.made, s.seen, (SELECT COUNT(*) FROM access_holding o"
			     " WHERE o.person = s.person) FROM access_session s"
			     " JOIN access_person p ON p.person = s.person"
			     " LEFT JOIN access_holding h"
			     " ON h.person = s.person AND h.post = s.post WHERE s.person = ?1"
			     " ORDER BY s.seen DESC, s.session"),
			 ARGS(store_int(person.n)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		if (!session_from(a, q, arena, &s, err))
			return false;
		if (s.until_ms > access_now(a))
			ARENA_PUSH(arena, &out, cap, s);
	}
	if (ok)
		*ret = out;
	return ok;
}

/* --- changing ----------------------------------------------------------------------- */

bool access_session_act_as(struct access *a, const struct access_session *s, struct str post,
			   struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct str spelled;
	bool held;

	if (!store_begin(a->store, &txn, err) || !post_spelled(a, post, arena, &spelled, err) ||
	    !post_held(a, s->person, spelled, &held, err))
		return false;
	if (!held)
		return err_set(err, ERR_DENIED, "you do not hold the post %.*s", STR_FMT(spelled));
	if (!store_run(txn, SQL("UPDATE access_session SET post = ?2 WHERE session = ?1"),
		       ARGS(hash_value(&s->key), store_text(spelled)), err))
		return false;
	if (!store_changed(txn))
		return err_set(err, ERR_NOT_FOUND, "the session has ended");
	return store_commit(&txn, err);
}

static bool key_of_id(struct access *a, struct person_id person, struct str id, struct hash *ret,
		      struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct access_sessions all;

	if (!access_sessions(a, person, arena, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++)
		if (str_is(id, all.v[i].id))
			return *ret = all.v[i].key, true;
	return err_set(err, ERR_NOT_FOUND, "there is no open session %.*s", STR_FMT(id));
}

bool access_session_end(struct access *a, struct person_id person, struct str id, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct hash key;

	return store_begin(a->store, &txn, err) && key_of_id(a, person, id, &key, err) &&
	       store_run(txn, SQL("DELETE FROM access_session WHERE session = ?1"),
			 ARGS(hash_value(&key)), err) &&
	       store_commit(&txn, err);
}

bool access_sessions_end(struct access *a, struct person_id person, const struct hash *keep,
			 uint64_t *ret, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	static const struct hash none = {{0}};
	uint64_t n;

	if (!store_begin(a->store, &txn, err) ||
	    !store_run(txn, SQL("DELETE FROM access_session WHERE person = ?1 AND session <> ?2"),
		       ARGS(store_int(person.n), hash_value(keep ? keep : &none)), err))
		return false;
	n = store_changed(txn);
	if (!store_commit(&txn, err))
		return false;
	if (ret)
		*ret = n;
	return true;
}
