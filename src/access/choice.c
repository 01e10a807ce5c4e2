#include "access/inner.h"

#include "base/mem.h"

/* Choosing a password, by a link or by who is signed in: in three steps, as hashing takes its time.
 */

struct access_choice_state {
	bool by_link;
	struct link_row link; /* if by_link */
	struct person_id person;
	struct access_settings settings;
	char password[ACCESS_PASSWORD_MAX];
	size_t password_n;
	char hash[crypto_pwhash_STRBYTES];
	char address[64], agent[256], device[ACCESS_SECRET_BYTES];
	struct access_client client; /* of the three above */
};

void access_choice_free(struct access_choice *c)
{
	if (c->state)
		sodium_memzero(c->state, sizeof(*c->state));
	free(c->state);
	*c = (struct access_choice){0};
}

static struct str keep(char *to, size_t room, struct str s)
{
	s = str_sub(s, 0, room);
	memcpy(to, s.n ? s.p : "", s.n);
	return str_from(to, s.n);
}

static struct access_choice_state *state_of(const struct access *a, struct str password)
{
	struct access_choice_state *s = mem_zero(1, sizeof(*s));

	s->settings = a->settings;
	s->password_n = keep(s->password, sizeof(s->password), password).n;
	return s;
}

/* The password as it was given fits what state_of() keeps of it: longer ones are refused here. */
static bool choosable(struct access *a, struct person_id person, struct str password,
		      struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct person_row p;

	return person_row_by_id(a, person, arena, &p, err) && password_check(a, &p, password, err);
}

static struct str password_of(const struct access_choice *c)
{
	return str_from(c->state->password, c->state->password_n);
}

void access_choice_judge(struct access_choice *c)
{
	struct err none;

	if (!password_hash(&c->state->settings, password_of(c), c->state->hash, &none))
		c->state->hash[0] = '\0';
}

/* Within the transaction.  Who they are may have changed since, and with it what is too short. */
static bool store_choice(struct access *a, const struct access_choice *c, struct store_txn *txn,
			 const struct hash *keep_session, struct err *err)
{
	const struct access_choice_state *s = c->state;

	if (!s->hash[0])
		return err_set(err, ERR_IO, "no memory to hash a password with");
	return choosable(a, s->person, password_of(c), err) &&
	       password_store(a, txn, &(struct password_choice){s->person, password_of(c), s->hash},
			      err) &&
	       person_cut_off(txn, s->person, keep_session, err);
}

/* --- by a link ----------------------------------------------------------------------------------
 */

static bool link_is_good(struct access *a, struct str token, struct link_row *ret, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct person_row p;

	if (!link_find(a, token, ret, err))
		return false;
	if (ret->kind == ACCESS_PENDING)
		return link_none(err);
	if (!person_row_by_id(a, ret->person, arena, &p, err))
		return false;
	return p.state != ACCESS_DISABLED || link_none(err);
}

bool access_link_begin(struct access *a, const struct access_accept *accept,
		       struct access_choice *ret, struct err *err)
{
	struct access_choice_state *s;
	struct link_row link;

	if (!link_is_good(a, accept->token, &link, err) ||
	    (link.kind != ACCESS_SIGN_IN && !choosable(a, link.person, accept->password, err)))
		return false;
	s = state_of(a, accept->password);
	s->by_link = true;
	s->link = link;
	s->person = link.person;
	s->client.address = keep(s->address, sizeof(s->address), accept->client.address);
	s->client.agent = keep(s->agent, sizeof(s->agent), accept->client.agent);
	s->client.device = keep(s->device, sizeof(s->device), accept->client.device);
	*ret = (struct access_choice){.judge = link.kind != ACCESS_SIGN_IN, .state = s};
	return true;
}

static bool end_link(struct access *a, const struct access_choice *c, struct access_entry *ret,
		     struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	const struct access_choice_state *s = c->state;
	struct person_row person = {.id = s->person};
	struct entering entering = {&person, &s->client, false};

	return store_begin(a->store, &txn, err) && link_take(txn, &s->link.key, err) &&
	       (!c->judge || store_choice(a, c, txn, NULL, err)) &&
	       session_enter(a, txn, &entering, ret, err) && store_commit(&txn, err);
}

bool access_link_end(struct access *a, struct access_choice *c, struct access_entry *ret,
		     struct err *err)
{
	AUTO(access_entry_wipe) struct access_entry entry = {.outcome = ACCESS_REFUSED};
	bool ok;

	assert(c->state->by_link);
	ok = end_link(a, c, &entry, err);
	access_choice_free(c);
	if (ok)
		*ret = entry;
	return ok;
}

bool access_link_use(struct access *a, const struct access_accept *accept, struct access_entry *ret,
		     struct err *err)
{
	struct access_choice c;

	if (!access_link_begin(a, accept, &c, err))
		return false;
	if (c.judge)
		access_choice_judge(&c);
	return access_link_end(a, &c, ret, err);
}

/* --- by who is signed in
 * -------------------------------------------------------------------------- */

bool access_password_begin(struct access *a, struct person_id person, struct str password,
			   struct access_choice *ret, struct err *err)
{
	struct access_choice c = {.judge = true};

	if (!choosable(a, person, password, err))
		return false;
	c.state = state_of(a, password);
	c.state->person = person;
	*ret = c;
	return true;
}

bool access_password_end(struct access *a, struct access_choice *c, const struct hash *keep_session,
			 struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	bool ok;

	assert(!c->state->by_link);
	ok = store_begin(a->store, &txn, err) && store_choice(a, c, txn, keep_session, err) &&
	     store_commit(&txn, err);
	access_choice_free(c);
	return ok;
}

bool access_password_set(struct access *a, struct person_id person, struct str password,
			 const struct hash *keep_session, struct err *err)
{
	struct access_choice c;

	if (!access_password_begin(a, person, password, &c, err))
		return false;
	access_choice_judge(&c);
	return access_password_end(a, &c, keep_session, err);
}
