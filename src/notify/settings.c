#include "notify/inner.h"

/* What this machine was told of how to reach people. */

/* --- secrets --- */

enum {
	NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

void text_wipe(struct text *t)
{
	if (t->p)
		sodium_memzero(t->p, t->cap);
	text_free(t);
}

void seal_put(const struct notify *n, struct str what_for, struct str secret, struct text *out)
{
	uint8_t *to = (uint8_t *)text_room(out, NONCE_BYTES + secret.n + TAG_BYTES);

	assert(n->seal);
	randombytes_buf(to, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(
		to + NONCE_BYTES, NULL, (const uint8_t *)secret.p, secret.n,
		(const uint8_t *)what_for.p, what_for.n, NULL, to, n->seal);
	out->n += NONCE_BYTES + secret.n + TAG_BYTES;
}

bool seal_open(const struct notify *n, struct str what_for, struct str sealed, struct text *out,
	       struct err *err)
{
	const uint8_t *p = (const uint8_t *)sealed.p;
	size_t room = sealed.n > NONCE_BYTES + TAG_BYTES ? sealed.n - NONCE_BYTES - TAG_BYTES : 0;
	unsigned long long got = 0;

	assert(n->seal);
	if (!room || crypto_aead_xchacha20poly1305_ietf_decrypt(
			     (uint8_t *)text_room(out, room), &got, NULL, p + NONCE_BYTES,
			     sealed.n - NONCE_BYTES, (const uint8_t *)what_for.p, what_for.n, p,
			     n->seal) != 0)
		return err_set(err, ERR_CORRUPT,
			       "a secret was not sealed by this site's key for this: it has to be "
			       "set again");
	out->n += (size_t)got;
	text_add(out, (struct str){0}); /* its NUL */
	return true;
}

/* --- rows --- */

bool setting_get(struct notify *n, const char *name, struct arena *arena, struct str *ret,
		 struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(n->store, SQL("SELECT value FROM notify_setting WHERE name = ?1"),
			 ARGS(store_text(str_of(name))), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	*ret = row ? arena_str(arena, store_col_str(q, 0)) : (struct str){0};
	return true;
}

static bool setting_put(struct store_txn *txn, const char *name, struct str value, struct err *err)
{
	if (!value.n)
		return store_run(txn, SQL("DELETE FROM notify_setting WHERE name = ?1"),
				 ARGS(store_text(str_of(name))), err);
	return store_run(txn,
			 SQL("INSERT INTO notify_setting (name, value) VALUES (?1, ?2)"
			     " ON CONFLICT (name) DO UPDATE SET value = excluded.value"),
			 ARGS(store_text(str_of(name)), store_blob(value.p, value.n)), err);
}

static bool any_row(struct store *s, struct sql sql, bool *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	return store_query(s, sql, ARGS(), &q, err) && store_step(q, ret, err);
}

bool ways_get(struct notify *n, struct ways *ret, struct err *err)
{
	return any_row(n->store, SQL("SELECT 1 FROM notify_setting WHERE name = 'mail.url'"),
		       &ret->mail, err) &&
	       any_row(n->store, SQL("SELECT 1 FROM notify_hook LIMIT 1"), &ret->hooks, err);
}

bool ways_begin(struct notify *n, struct store_txn *txn, struct err *err)
{
	struct journal_head head;

	return journal_head(n->journal, &head, err) &&
	       store_run(txn,
			 SQL("INSERT INTO notify_cursor (site, number) VALUES (?1, ?2)"
			     " ON CONFLICT (site) DO NOTHING"),
			 ARGS(store_text(head.site), store_int((int64_t)head.number)), err);
}

bool ways_end(struct notify *n, struct store_txn *txn, struct err *err)
{
	struct ways left;

	if (!ways_get(n, &left, err))
		return false;
	return left.mail || left.hooks ||
	       store_run(txn, SQL("DELETE FROM notify_cursor"), ARGS(), err);
}

/* --- e-mail --- */

/* A password is for one server and one user: who can write rows can't send it elsewhere. */
static void password_for(const struct notify_mail *m, struct text *out)
{
	text_add_c(out, "mail");
	text_add_char(out, '\0');
	text_add(out, m->url);
	text_add_char(out, '\0');
	text_add(out, m->user);
}

static bool mail_check(const struct notify_mail *m, struct arena *arena, struct err *err)
{
	enum { USER_MAX = 256, PASSWORD_MAX = 1024 };

	if (!m->url.n)
		return true;
	if (!courier_url_check(arena_str(arena, m->url).p, true, 0, err))
		return false;
	if (!courier_address_sane(m->from))
		return err_set(err, ERR_INVALID, "\"%.*s\" is no address that mail can come from",
			       STR_FMT(m->from));
	if (m->user.n > USER_MAX || m->password.n > PASSWORD_MAX)
		return err_set(err, ERR_LIMIT, "the user or the password is too long");
	if ((m->user.n != 0) != (m->password.n != 0))
		return err_set(err, ERR_INVALID, "a user and a password come together");
	return true;
}

static bool mail_put(struct notify *n, struct store_txn *txn, const struct notify_mail *m,
		     struct err *err)
{
	AUTO(text_freep) struct text what_for = {0}, sealed = {0};

	if (m->url.n && m->password.n) {
		password_for(m, &what_for);
		seal_put(n, text_str(&what_for), m->password, &sealed);
	}
	return setting_put(txn, "mail.url", m->url, err) &&
	       setting_put(txn, "mail.from", m->from, err) &&
	       setting_put(txn, "mail.user", m->user, err) &&
	       setting_put(txn, "mail.password", text_str(&sealed), err) &&
	       setting_put(txn, "mail.ca", m->ca_file, err) &&
	       setting_put(txn, "mail.internal", m->internal ? STR("1") : (struct str){0}, err);
}

bool notify_mail_set(struct notify *n, const struct notify_mail *mail, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	const struct notify_mail none = {0};

	if (!mail_check(mail, arena, err) || !store_begin(n->store, &txn, err) ||
	    (mail->url.n && !ways_begin(n, txn, err)) ||
	    !mail_put(n, txn, mail->url.n ? mail : &none, err) ||
	    (!mail->url.n && !ways_end(n, txn, err)))
		return false;
	/* What waited for the server that was may go by the new one at once. */
	return store_run(txn,
			 SQL("UPDATE notify_message SET next = made WHERE state = 0 AND channel ="
			     " 'email'"),
			 ARGS(), err) &&
	       store_commit(&txn, err);
}

bool notify_mail_get(struct notify *n, struct arena *arena, struct notify_mail *ret,
		     struct err *err)
{
	struct notify_mail m = {0};
	struct str sealed, internal;

	if (!setting_get(n, "mail.url", arena, &m.url, err) ||
	    !setting_get(n, "mail.from", arena, &m.from, err) ||
	    !setting_get(n, "mail.user", arena, &m.user, err) ||
	    !setting_get(n, "mail.ca", arena, &m.ca_file, err) ||
	    !setting_get(n, "mail.internal", arena, &internal, err) ||
	    !setting_get(n, "mail.password", arena, &sealed, err))
		return false;
	m.internal = internal.n != 0;
	m.password_kept = sealed.n != 0;
	*ret = m;
	return true;
}

bool mail_password(struct notify *n, const struct notify_mail *mail, struct text *out,
		   struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text what_for = {0};
	struct str sealed;

	if (!setting_get(n, "mail.password", arena, &sealed, err))
		return false;
	if (!sealed.n)
		return true;
	password_for(mail, &what_for);
	return seal_open(n, text_str(&what_for), sealed, out, err);
}

/* --- the console --- */

bool notify_console_set(struct notify *n, struct str url, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	if (url.n && !courier_url_check(arena_str(arena, url).p, false, COURIER_PLAIN, err))
		return false;
	return store_begin(n->store, &txn, err) && setting_put(txn, "console", url, err) &&
	       store_commit(&txn, err);
}

bool notify_console_get(struct notify *n, struct arena *arena, struct str *ret, struct err *err)
{
	return setting_get(n, "console", arena, ret, err);
}
