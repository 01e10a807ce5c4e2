#include "access/inner.h"

/*
 * The second factor.  A TOTP secret lies sealed (XChaCha20-Poly1305) under a key that follows from
 * the site's, and is bound to its person, so that a row put in another's place does not open.  Each
 * time step is accepted once (RFC 6238, 5.2), in one conditional update.
 */

enum {
	NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	SEALED_BYTES = NONCE_BYTES + TOTP_SECRET_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES,
	RECOVERY_CHARS = 12,
};

static void seal_secret(const struct access *a, struct person_id person, const uint8_t *secret,
			uint8_t ret[SEALED_BYTES])
{
	a->chance(ret, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(ret + NONCE_BYTES, NULL, secret,
						   TOTP_SECRET_BYTES, (const uint8_t *)&person.n,
						   sizeof(person.n), NULL, ret, a->keys->seal);
}

static bool open_secret(const struct access *a, struct person_id person, struct str sealed,
			uint8_t ret[TOTP_SECRET_BYTES], struct err *err)
{
	const uint8_t *p = (const uint8_t *)sealed.p;

	if (sealed.n != SEALED_BYTES ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(
		    ret, NULL, NULL, p + NONCE_BYTES, SEALED_BYTES - NONCE_BYTES,
		    (const uint8_t *)&person.n, sizeof(person.n), p, a->keys->seal) != 0)
		return err_set(err, ERR_CORRUPT,
			       "a second factor was not sealed by this site's key: it has to be "
			       "set up again");
	return true;
}

/* --- codes -------------------------------------------------------------------------- */

/* The digits of a code, blanks left out; false when it is none. */
static bool code_digits(struct str code, uint32_t *ret)
{
	uint32_t n = 0;
	unsigned digits = 0;

	for (size_t i = 0; i < code.n && digits <= TOTP_DIGITS; i++) {
		if (char_is_space(code.p[i]))
			continue;
		if (!char_is_digit(code.p[i]))
			return false;
		n = n * 10 + (uint32_t)(code.p[i] - '0');
		digits++;
	}
	*ret = n;
	return digits == TOTP_DIGITS;
}

struct totp {
	uint8_t secret[TOTP_SECRET_BYTES];
	int64_t step; /* the last accepted */
	bool there;
};

static void totp_wipe(struct totp *t)
{
	sodium_memzero(t, sizeof(*t));
}

static bool totp_get(struct access *a, struct person_id person, bool confirmed, struct totp *ret,
		     struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	if (!store_query(a->store,
			 SQL("SELECT sealed, step FROM access_second"
			     " WHERE person = ?1 AND confirmed = ?2"),
			 ARGS(store_int(person.n), store_int(confirmed)), &q, err) ||
	    !store_step(q, &ret->there, err))
		return false;
	if (!ret->there)
		return true;
	ret->step = store_col_int(q, 1);
	return open_secret(a, person, store_col_str(q, 0), ret->secret, err);
}

/* The newest unused step whose code this is, else 0: now, and one either way for a clock that is
 * off (RFC 6238, 6). */
static int64_t totp_step(const struct access *a, const struct totp *t, uint32_t code)
{
	int64_t now = access_now(a) / TOTP_STEP_MS, found = 0;

	for (int64_t step = now - 1; step <= now + 1; step++)
		if (hotp(str_from((const char *)t->secret, TOTP_SECRET_BYTES), (uint64_t)step,
			 TOTP_DIGITS) == code &&
		    step > t->step)
			found = step;
	return found;
}

static bool totp_right(struct access *a, struct person_id person, uint32_t code, int64_t *ret_step,
		       struct err *err)
{
	AUTO(totp_wipe) struct totp t = {.there = false};

	if (!totp_get(a, person, true, &t, err))
		return false;
	*ret_step = t.there ? totp_step(a, &t, code) : 0;
	return true;
}

/* --- recovery codes ------------------------------------------------------------------- */

/* In lower case, without what people put between: 12 characters, else false. */
static bool recovery_read(struct str code, char ret[RECOVERY_CHARS])
{
	size_t n = 0;

	for (size_t i = 0; i < code.n; i++) {
		char c = char_lower(code.p[i]);

		if (char_is_space(c) || c == '-')
			continue;
		if (n == RECOVERY_CHARS || (!char_is_alpha(c) && !char_is_digit(c)))
			return false;
		ret[n++] = c;
	}
	return n == RECOVERY_CHARS;
}

/* Sixty bits would be few for a plain hash; without the site's key there is none to compare. */
static struct hash recovery_hash(const struct access *a, struct person_id person,
				 const char code[RECOVERY_CHARS])
{
	crypto_generichash_state state;
	struct hash h;

	crypto_generichash_init(&state, a->keys->recovery, sizeof(a->keys->recovery), HASH_BYTES);
	crypto_generichash_update(&state, (const uint8_t *)&person.n, sizeof(person.n));
	crypto_generichash_update(&state, (const uint8_t *)code, RECOVERY_CHARS);
	crypto_generichash_final(&state, h.b, HASH_BYTES);
	sodium_memzero(&state, sizeof(state));
	return h;
}

void access_recovery_wipe(struct access_recovery *r)
{
	sodium_memzero(r, sizeof(*r));
}

static void recovery_code(const struct access *a, char plain[RECOVERY_CHARS], char shown[16])
{
	uint8_t bytes[8];
	char text[16];
	size_t at = 0;

	a->chance(bytes, sizeof(bytes));
	base32_encode(bytes, sizeof(bytes), text);
	for (size_t i = 0; i < RECOVERY_CHARS; i++) {
		if (i && i % 4 == 0)
			shown[at++] = '-';
		plain[i] = shown[at++] = char_lower(text[i]);
	}
	shown[at] = '\0';
	sodium_memzero(bytes, sizeof(bytes));
	sodium_memzero(text, sizeof(text));
}

static bool recovery_make(struct access *a, struct store_txn *txn, struct person_id person,
			  struct access_recovery *ret, struct err *err)
{
	if (!store_run(txn, SQL("DELETE FROM access_recovery WHERE person = ?1"),
		       ARGS(store_int(person.n)), err))
		return false;
	for (size_t i = 0; i < ACCESS_RECOVERY_CODES; i++) {
		char plain[RECOVERY_CHARS];
		struct hash h;

		recovery_code(a, plain, ret->c[i]);
		h = recovery_hash(a, person, plain);
		sodium_memzero(plain, sizeof(plain));
		if (!store_run(txn,
			       SQL("INSERT INTO access_recovery (person, code) VALUES (?1, ?2)"),
			       ARGS(store_int(person.n), hash_value(&h)), err))
			return false;
	}
	return true;
}

static bool recovery_take(struct access *a, struct store_txn *txn, const struct second_try *t,
			  bool *ret_right, struct err *err)
{
	char plain[RECOVERY_CHARS];
	struct hash h;

	*ret_right = false;
	if (!recovery_read(t->code, plain))
		return true;
	h = recovery_hash(a, t->person, plain);
	if (!store_run(txn, SQL("DELETE FROM access_recovery WHERE person = ?1 AND code = ?2"),
		       ARGS(store_int(t->person.n), hash_value(&h)), err))
		return false;
	*ret_right = store_changed(txn) == 1;
	return true;
}

bool second_take(struct access *a, struct store_txn *txn, const struct second_try *t,
		 bool *ret_right, struct err *err)
{
	uint32_t digits;
	int64_t step;

	if (!code_digits(t->code, &digits))
		return recovery_take(a, txn, t, ret_right, err);
	*ret_right = false;
	if (!totp_right(a, t->person, digits, &step, err))
		return false;
	if (!step)
		return true;
	if (!store_run(txn,
		       SQL("UPDATE access_second SET step = ?2"
			   " WHERE person = ?1 AND confirmed = 1 AND step < ?2"),
		       ARGS(store_int(t->person.n), store_int(step)), err))
		return false;
	*ret_right = store_changed(txn) == 1;
	return true;
}

/* --- setting up ------------------------------------------------------------------------ */

/* As Google Authenticator's key URI has it: all but unreserved characters in percent. */
static void add_percent(struct text *to, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (char_is_alpha(c) || char_is_digit(c) || (c && strchr("-._~", c)))
			text_add_char(to, c);
		else
			text_addf(to, "%%%02X", (unsigned char)c);
	}
}

static void add_uri(const struct access *a, const struct folded *who, const char *secret,
		    struct text *to)
{
	struct str issuer = a->service.n ? text_str(&a->service) : STR("Lynchpin");

	text_add(to, STR("otpauth://totp/"));
	add_percent(to, issuer);
	text_add_char(to, ':');
	add_percent(to, folded_str(who));
	text_addf(to, "?secret=%s&issuer=", secret);
	add_percent(to, issuer);
	text_add(to, STR("&algorithm=SHA1&digits=6&period=30"));
}

bool access_totp_begin(struct access *a, struct person_id person, struct access_secret *ret,
		       struct text *uri, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(totp_wipe) struct totp t = {.there = false};
	uint8_t sealed[SEALED_BYTES];
	struct person_row p;

	a->chance(t.secret, sizeof(t.secret));
	seal_secret(a, person, t.secret, sealed);
	if (!store_begin(a->store, &txn, err) || !person_row_by_id(a, person, arena, &p, err) ||
	    !store_run(txn,
		       SQL("INSERT INTO access_second (person, confirmed, sealed, step)"
			   " VALUES (?1, 0, ?2, 0) ON CONFLICT (person, confirmed)"
			   " DO UPDATE SET sealed = ?2, step = 0"),
		       ARGS(store_int(person.n), store_blob(sealed, sizeof(sealed))), err) ||
	    !store_commit(&txn, err))
		return false;
	base32_encode(t.secret, sizeof(t.secret), ret->c);
	if (uri)
		add_uri(a, &p.folded, ret->c, uri);
	return true;
}

static bool confirm(struct store_txn *txn, struct person_id person, int64_t step, struct err *err)
{
	return store_run(txn, SQL("DELETE FROM access_second WHERE person = ?1 AND confirmed = 1"),
			 ARGS(store_int(person.n)), err) &&
	       store_run(txn,
			 SQL("UPDATE access_second SET confirmed = 1, step = ?2"
			     " WHERE person = ?1 AND confirmed = 0"),
			 ARGS(store_int(person.n), store_int(step)), err);
}

bool access_totp_confirm(struct access *a, struct person_id person, struct str code,
			 struct access_recovery *ret, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(access_recovery_wipe) struct access_recovery made = {0};
	AUTO(totp_wipe) struct totp t = {.there = false};
	uint32_t digits = 0;
	int64_t step;

	if (!store_begin(a->store, &txn, err) || !totp_get(a, person, false, &t, err))
		return false;
	if (!t.there)
		return err_set(err, ERR_NOT_FOUND, "no second factor was begun for this person");
	step = code_digits(code, &digits) ? totp_step(a, &t, digits) : 0;
	if (!step)
		return err_set(
			err, ERR_DENIED,
			"that is not the code the authenticator shows now; is its clock right?");
	if (!confirm(txn, person, step, err) || !recovery_make(a, txn, person, &made, err) ||
	    !store_commit(&txn, err))
		return false;
	*ret = made;
	return true;
}

static bool forget_password(struct store_txn *txn, struct person_id person, struct err *err)
{
	return store_run(txn,
			 SQL("UPDATE access_person SET password = '', password_long = 0"
			     " WHERE person = ?1"),
			 ARGS(store_int(person.n)), err) &&
	       person_cut_off(txn, person, NULL, err);
}

bool access_totp_off(struct access *a, struct person_id person, bool with_password, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct person_row p;

	if (!store_begin(a->store, &txn, err) || !person_row_by_id(a, person, arena, &p, err))
		return false;
	if (p.password[0] && !p.long_password && !with_password)
		return err_set(err, ERR_CONFLICT,
			       "the password is shorter than %d characters, too short to stand "
			       "alone: choose a longer one first",
			       ACCESS_PASSWORD_MIN);
	if (!p.long_password && !forget_password(txn, person, err))
		return false;
	return store_run(txn, SQL("DELETE FROM access_second WHERE person = ?1"),
			 ARGS(store_int(person.n)), err) &&
	       store_run(txn, SQL("DELETE FROM access_recovery WHERE person = ?1"),
			 ARGS(store_int(person.n)), err) &&
	       store_commit(&txn, err);
}

bool access_recovery_renew(struct access *a, struct person_id person, struct access_recovery *ret,
			   struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	AUTO(access_recovery_wipe) struct access_recovery made = {0};
	struct person_row p;

	if (!store_begin(a->store, &txn, err) || !person_row_by_id(a, person, arena, &p, err))
		return false;
	if (!p.second)
		return err_set(err, ERR_NOT_FOUND,
			       "recovery codes stand in for a second factor, and there is none");
	if (!recovery_make(a, txn, person, &made, err) || !store_commit(&txn, err))
		return false;
	*ret = made;
	return true;
}
