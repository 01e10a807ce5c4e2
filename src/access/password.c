#include "access/inner.h"

/* What may be a password (NIST SP 800-63B-4, 3.1.1.2), and its hash (Argon2id, RFC 9106). */

/* Code points: a letter with its accent counts as many as it was typed with, since nothing here
 * normalises (NFKC is asked for where a service wants other spellings to be the same). */
size_t password_points(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

struct folding {
	char c[ACCESS_PASSWORD_MAX];
	struct str s;
};

static void fold(struct str s, struct folding *f)
{
	for (size_t i = 0; i < s.n; i++)
		f->c[i] = char_lower(s.p[i]);
	f->s = str_from(f->c, s.n);
}

/* Words of three letters and less are in too many sentences. */
static bool contains(struct str password, struct str word)
{
	return word.n >= 4 && str_find_ci(password, word, 0) != SIZE_MAX;
}

static bool contains_name(struct str password, struct str name)
{
	struct str word;

	while (name.n && str_next(&name, ' ', &word))
		if (contains(password, word))
			return true;
	return false;
}

static bool check_words(const struct access *a, const struct person_row *p, struct str password,
			struct err *err)
{
	struct str email = folded_str(&p->folded);
	struct folding f;
	bool common;

	if (contains(password, str_sub(email, 0, str_find_char(email, '@', 0))) ||
	    contains_name(password, p->name))
		return err_set(err, ERR_INVALID,
			       "the password contains your e-mail address or name: choose one that "
			       "nobody who knows you would try");
	if (contains(password, text_str(&a->service)))
		return err_set(err, ERR_INVALID,
			       "the password contains the name of this service: choose another");
	fold(password, &f);
	common = password_common(f.s);
	sodium_memzero(&f, sizeof(f));
	if (common)
		return err_set(err, ERR_INVALID,
			       "the password is one of those that are tried first: choose another");
	return true;
}

bool password_check(const struct access *a, const struct person_row *p, struct str password,
		    struct err *err)
{
	size_t least = p->second ? ACCESS_PASSWORD_MIN_SECOND : ACCESS_PASSWORD_MIN;

	if (password.n > ACCESS_PASSWORD_MAX)
		return err_set(err, ERR_INVALID, "the password is longer than %d bytes",
			       ACCESS_PASSWORD_MAX);
	if (!str_is_utf8(password, NULL) || (password.n && memchr(password.p, '\0', password.n)))
		return err_set(err, ERR_INVALID, "the password is not text in UTF-8");
	if (password_points(password) < least)
		return err_set(err, ERR_INVALID,
			       "the password takes at least %zu characters%s; several words in a "
			       "row are easy to keep in mind",
			       least,
			       p->second ? "" : ", as long as there is no second factor beside it");
	return check_words(a, p, password, err);
}

bool password_hash(const struct access_settings *settings, struct str password,
		   char ret[crypto_pwhash_STRBYTES], struct err *err)
{
	if (crypto_pwhash_str(ret, password.n ? password.p : "", password.n, settings->hash_ops,
			      settings->hash_bytes) != 0)
		return err_set(err, ERR_IO, "no memory to hash a password with");
	return true;
}

bool password_store(struct access *a, struct store_txn *txn, const struct password_choice *c,
		    struct err *err)
{
	if (!store_run(txn,
		       SQL("UPDATE access_person SET password = ?2, password_long = ?3,"
			   " password_set = ?4, state = ?5 WHERE person = ?1 AND state <> ?6"),
		       ARGS(store_int(c->person.n), store_text(str_of(c->hash)),
			    store_int(password_points(c->password) >= ACCESS_PASSWORD_MIN),
			    store_int(access_now(a)), store_int(ACCESS_ACTIVE),
			    store_int(ACCESS_DISABLED)),
		       err))
		return false;
	return store_changed(txn) || person_unknown(err);
}
