#include "access/inner.h"

#include "base/mem.h"

/* Signing in with a password, in three steps; and the code after it. */

struct access_attempt_state {
	struct person_row person;
	struct folded who;
	struct bucket_refs refs;
	struct access_settings settings;
	char password[ACCESS_PASSWORD_MAX];
	size_t password_n;
	bool too_long, only_check, right;
	char rehash[crypto_pwhash_STRBYTES]; /* by the parameters of today; empty when they are */
	char address[64], agent[256], device[ACCESS_SECRET_BYTES];
	struct access_client client; /* of the three above */
};

void access_trial_free(struct access_trial *t)
{
	if (t->state)
		sodium_memzero(t->state, sizeof(*t->state));
	free(t->state);
	sodium_memzero(t, sizeof(*t));
}

static struct str keep(char *to, size_t room, struct str s)
{
	s = str_sub(s, 0, room);
	memcpy(to, s.n ? s.p : "", s.n);
	return str_from(to, s.n);
}

static struct access_attempt_state *state_of(const struct access *a,
					     const struct access_attempt *attempt)
{
	struct access_attempt_state *s = mem_zero(1, sizeof(*s));

	s->settings = a->settings;
	s->who = email_typed(attempt->email);
	s->too_long = attempt->password.n > sizeof(s->password);
	s->password_n = keep(s->password, sizeof(s->password), attempt->password).n;
	s->only_check = attempt->only_check;
	s->client.address = keep(s->address, sizeof(s->address), attempt->client.address);
	s->client.agent = keep(s->agent, sizeof(s->agent), attempt->client.agent);
	s->client.device = keep(s->device, sizeof(s->device), attempt->client.device);
	return s;
}

/* Counted before it is judged, so that many at once are not all looked at as the first. */
static bool begin(struct access *a, struct access_attempt_state *s, int64_t *ret_wait_ms,
		  struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	buckets_of_password(a, &s->who, &s->client, &s->refs);
	if (!store_begin(a->store, &txn, err) ||
	    !buckets_count(a, txn, &s->refs, ret_wait_ms, err) ||
	    !person_row_by_email(a, &s->who, &s->person, err))
		return false;
	return *ret_wait_ms || store_commit(&txn, err);
}

bool access_trial_begin(struct access *a, const struct access_attempt *attempt,
			struct access_trial *ret, struct err *err)
{
	struct access_trial t = {.entry.outcome = ACCESS_REFUSED};

	t.state = state_of(a, attempt);
	if (!begin(a, t.state, &t.entry.wait_ms, err)) {
		access_trial_free(&t);
		return false;
	}
	t.judge = t.entry.wait_ms == 0;
	if (!t.judge)
		t.entry.outcome = ACCESS_WAIT;
	*ret = t;
	return true;
}

/* As much work for nobody as for somebody. */
void access_trial_judge(struct access_trial *t)
{
	struct access_attempt_state *s = t->state;
	struct str password = str_from(s->password, s->password_n);
	bool somebody = s->person.id.n && s->person.password[0] &&
			s->person.state == ACCESS_ACTIVE && !s->too_long;
	struct err none;
	bool hashed;

	if (!somebody) {
		hashed = password_hash(&s->settings, password, s->rehash, &none);
		s->rehash[0] = '\0';
		s->right = hashed && somebody;
		return;
	}
	s->right = crypto_pwhash_str_verify(s->person.password, s->password, s->password_n) == 0;
	if (s->right &&
	    crypto_pwhash_str_needs_rehash(s->person.password, s->settings.hash_ops,
					   s->settings.hash_bytes) == 1 &&
	    !password_hash(&s->settings, password, s->rehash, &none))
		s->rehash[0] = '\0';
}

/* As the row is now: a password changed since is another one. */
static bool still_right(struct access *a, const struct access_attempt_state *s, bool *ret,
			struct err *err)
{
	struct person_row now;

	if (!person_row_by_email(a, &s->who, &now, err))
		return false;
	*ret = now.id.n == s->person.id.n && now.state == ACCESS_ACTIVE &&
	       strcmp(now.password, s->person.password) == 0;
	return true;
}

static bool let_in(struct access *a, struct access_attempt_state *s, struct store_txn *txn,
		   struct access_entry *ret, struct err *err)
{
	struct entering entering = {&s->person, &s->client, false};

	if (!buckets_clear(a, txn, &s->refs, err))
		return false;
	if (s->rehash[0] &&
	    !store_run(txn, SQL("UPDATE access_person SET password = ?2 WHERE person = ?1"),
		       ARGS(store_int(s->person.id.n), store_text(str_of(s->rehash))), err))
		return false;
	if (!s->only_check)
		return session_enter(a, txn, &entering, ret, err);
	ret->outcome = ACCESS_IN;
	ret->person = s->person.id;
	return true;
}

static bool end(struct access *a, struct access_trial *t, struct access_entry *ret, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	bool right;

	*ret = t->entry;
	if (!t->judge || !t->state->right)
		return true;
	if (!store_begin(a->store, &txn, err) || !still_right(a, t->state, &right, err))
		return false;
	return !right || (let_in(a, t->state, txn, ret, err) && store_commit(&txn, err));
}

bool access_trial_end(struct access *a, struct access_trial *t, struct access_entry *ret,
		      struct err *err)
{
	AUTO(access_entry_wipe) struct access_entry entry;
	bool ok = end(a, t, &entry, err);

	access_trial_free(t);
	if (ok)
		*ret = entry;
	return ok;
}

bool access_sign_in(struct access *a, const struct access_attempt *attempt,
		    struct access_entry *ret, struct err *err)
{
	struct access_trial t;

	if (!access_trial_begin(a, attempt, &t, err))
		return false;
	if (t.judge)
		access_trial_judge(&t);
	return access_trial_end(a, &t, ret, err);
}

/* --- the code ----------------------------------------------------------------------- */

struct pending {
	struct link_row link;
	struct person_row person;
};

static bool pending_find(struct access *a, struct str token, struct arena *arena,
			 struct pending *ret, struct err *err)
{
	if (!link_find(a, token, &ret->link, err))
		return false;
	if (ret->link.kind != ACCESS_PENDING)
		return err_set(err, ERR_DENIED, "a code follows a password; sign in again");
	return person_row_by_id(a, ret->link.person, arena, &ret->person, err);
}

static bool code_try(struct access *a, const struct access_code_attempt *attempt,
		     struct access_entry *ret, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct pending p = {.person.id = {0}};
	struct entering entering = {&p.person, &attempt->client, true};
	struct bucket_refs refs;
	bool right;

	if (!store_begin(a->store, &txn, err) || !pending_find(a, attempt->pending, arena, &p, err))
		return false;
	buckets_of_code(a, &p.person.folded, &attempt->client, &refs);
	if (!buckets_count(a, txn, &refs, &ret->wait_ms, err))
		return false;
	if (ret->wait_ms)
		return ret->outcome = ACCESS_WAIT, true;
	if (!second_take(a, txn, &(struct second_try){p.person.id, attempt->code}, &right, err))
		return false;
	if (right && !(link_take(txn, &p.link.key, err) && buckets_clear(a, txn, &refs, err) &&
		       session_enter(a, txn, &entering, ret, err)))
		return false;
	return store_commit(&txn, err);
}

bool access_code_try(struct access *a, const struct access_code_attempt *attempt,
		     struct access_entry *ret, struct err *err)
{
	AUTO(access_entry_wipe) struct access_entry entry = {.outcome = ACCESS_REFUSED};

	if (!code_try(a, attempt, &entry, err))
		return false;
	*ret = entry;
	return true;
}
