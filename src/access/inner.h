#ifndef ACCESS_INNER_H
#define ACCESS_INNER_H

/* Inner door: what the files of the room share. */

#include "access/access.h"

#include <sodium.h>

#include "base/table.h"

/* Keys of this room, from the site's; in guarded memory. */
struct access_keys {
	uint8_t seal[DERIVED_KEY_BYTES];     /* of TOTP secrets */
	uint8_t recovery[DERIVED_KEY_BYTES]; /* of recovery codes' hashes */
	uint8_t csrf[DERIVED_KEY_BYTES];
	uint8_t device[DERIVED_KEY_BYTES]; /* of device cookies */
	uint8_t bucket[DERIVED_KEY_BYTES]; /* which bucket is whose */
};

/* Sessions and tokens used and not yet written. */
struct seen {
	struct hash key;
	bool token;
	int64_t at_ms;
};
struct seen_list {
	struct seen *v;
	size_t n, cap;
	struct map *index; /* the key's first 8 bytes: where in v */
};
enum { SEEN_MOST = 1 << 16 };
void seen_free(struct seen_list *l);

struct access {
	struct seen_list seen;
	struct store *store;
	const struct clock *clock;
	struct text service;
	struct access_settings settings;
	void (*chance)(void *to, size_t n);
	struct access_keys *keys; /* NULL: opened to look */
};

enum {
	LIFE_INVITATION_H = 7 * 24,
	LIFE_RESET_H = 24,
	LIFE_SIGN_IN_H = 1,
	LIFE_PENDING_MS = 5 * 60 * 1000,
	SESSIONS_MAX = 50, /* of one person */
	SEEN_MS = 60 * 1000,
	TOKEN_CHARS = 43, /* 32 bytes in base64url */
};

static inline int64_t access_now(const struct access *a)
{
	return clock_now_ms(a->clock);
}

/* --- text.c: what comes from outside --- */

/* An e-mail address as it is compared. */
struct folded {
	char c[ACCESS_EMAIL_MAX + 1];
	size_t n;
};
static inline struct str folded_str(const struct folded *f)
{
	return str_from(f->c, f->n);
}
/* One that may be kept: ASCII, one '@', RFC 5321's bounds, a domain of labels. */
MUST_CHECK bool email_read(struct str s, struct folded *ret, struct err *err);
/* Whatever was typed, cut to size, so that an address nobody can have is asked for like any. */
struct folded email_typed(struct str s);
MUST_CHECK bool access_name_check(struct str name, const char *what, struct err *err);
/* At most max bytes, up to the first that is no text in UTF-8; in the arena. */
struct str shown_cut(struct str s, size_t max, struct arena *arena);

/* An address as buckets know it: alone, and with its neighbours (IPv4 /24, IPv6 /48). */
struct place {
	uint8_t one[9], wide[7];
	size_t one_n, wide_n;
};
struct place place_of(struct str address);

/* --- secret.c --- */

/* 256 bits of chance, in base64url, and what is stored of them. */
void secret_make(const struct access *a, struct access_secret *ret, struct hash *ret_hash);
/* The hash of a token as secret_make() writes it, else false. */
MUST_CHECK bool secret_read(struct str token, struct hash *ret);
/* "lp_...": the same as an API token. */
void api_token_make(const struct access *a, struct access_secret *ret, struct hash *ret_hash);
MUST_CHECK bool api_token_read(struct str token, struct hash *ret);
static inline struct store_value hash_value(const struct hash *h)
{
	return store_blob(h->b, HASH_BYTES);
}
/* The first 16 digits of a hash, by which lists name its row. */
void id_of(const struct hash *h, char ret[ACCESS_ID_BYTES]);
MUST_CHECK bool hash_of_row(struct str blob, struct hash *ret, struct err *err);

/* The cookie of a device from which this address was signed in to; nonce: unlike any other's. */
enum { DEVICE_NONCE_BYTES = 16 };
void device_make(const struct access *a, const struct folded *who, struct access_secret *ret);
bool device_known(const struct access *a, const struct folded *who, struct str cookie,
		  uint8_t ret_nonce[DEVICE_NONCE_BYTES]);

/* --- throttle.c --- */

enum bucket_kind {
	BUCKET_DEVICE,	      /* a known device */
	BUCKET_PAIR,	      /* an account from a network */
	BUCKET_ACCOUNT,	      /* an account from unknown devices anywhere */
	BUCKET_ADDRESS,	      /* an address, whatever account */
	BUCKET_SECOND,	      /* codes for an account from unknown devices */
	BUCKET_SECOND_DEVICE, /* codes from a known device */
};
enum { BUCKETS = BUCKET_SECOND_DEVICE + 1, BUCKET_SLOTS = 1 << 17 };
struct bucket_rule {
	const char *name;
	int64_t free;		   /* failures without a delay */
	int64_t first_ms, most_ms; /* the delay after the next, doubling, up to */
	int64_t forgive_ms;	   /* one failure is forgotten each */
	bool clear;		   /* a success clears it, else takes itself back */
};
extern const struct bucket_rule bucket_rules[BUCKETS];
/* Recorded failures: when the last of them will be forgotten, and when the last was. */
struct bucket {
	int64_t full_ms, last_ms;
};
int64_t bucket_failures(const struct bucket_rule *r, struct bucket b, int64_t now_ms);
/* How long until the next attempt is looked at. */
int64_t bucket_wait_ms(const struct bucket_rule *r, struct bucket b, int64_t now_ms);
struct bucket bucket_add(const struct bucket_rule *r, struct bucket b, int64_t now_ms);

struct bucket_refs {
	struct {
		enum bucket_kind kind;
		int64_t slot;
	} v[3];
	size_t n;
};
void buckets_of_password(const struct access *a, const struct folded *who,
			 const struct access_client *client, struct bucket_refs *ret);
void buckets_of_code(const struct access *a, const struct folded *who,
		     const struct access_client *client, struct bucket_refs *ret);
/* *ret_wait_ms 0: the attempt is counted as a failure in each, until it is found to be none. */
MUST_CHECK bool buckets_count(struct access *a, struct store_txn *txn,
			      const struct bucket_refs *refs, int64_t *ret_wait_ms,
			      struct err *err);
MUST_CHECK bool buckets_clear(struct access *a, struct store_txn *txn,
			      const struct bucket_refs *refs, struct err *err);

/* --- person.c --- */

struct person_row {
	struct person_id id; /* 0: none */
	struct folded folded;
	struct str name; /* in the arena; empty without one */
	enum access_state state;
	bool second, long_password;
	char password[crypto_pwhash_STRBYTES]; /* its hash; empty for none */
};
/* No such person: id 0. */
MUST_CHECK bool person_row_by_email(struct access *a, const struct folded *who,
				    struct person_row *ret, struct err *err);
/* ERR_NOT_FOUND. */
MUST_CHECK bool person_row_by_id(struct access *a, struct person_id id, struct arena *arena,
				 struct person_row *ret, struct err *err);
MUST_CHECK bool person_unknown(struct err *err);
/* A post that may be given, as the directory spells it. */
MUST_CHECK bool post_spelled(struct access *a, struct str post, struct arena *arena,
			     struct str *ret, struct err *err);
MUST_CHECK bool post_held(struct access *a, struct person_id person, struct str post, bool *ret,
			  struct err *err);
/* All sessions (but keep, or NULL) and links of somebody. */
MUST_CHECK bool person_cut_off(struct store_txn *txn, struct person_id person,
			       const struct hash *keep, struct err *err);

/* --- password.c --- */

/* Who a password is for: what it may not contain. */
MUST_CHECK bool password_check(const struct access *a, const struct person_row *p,
			       struct str password, struct err *err);
bool password_common(struct str folded);
size_t password_points(struct str s);
/* 80 ms. */
MUST_CHECK bool password_hash(const struct access_settings *settings, struct str password,
			      char ret[crypto_pwhash_STRBYTES], struct err *err);
struct password_choice {
	struct person_id person;
	struct str password;
	const char *hash; /* of it */
};
MUST_CHECK bool password_store(struct access *a, struct store_txn *txn,
			       const struct password_choice *choice, struct err *err);

/* --- otp.c, second.c --- */

enum { TOTP_SECRET_BYTES = 20, TOTP_STEP_MS = 30000, TOTP_DIGITS = 6, SHA1_BYTES = 20 };
void sha1(struct str bytes, uint8_t ret[SHA1_BYTES]);
/* HMAC-SHA1 (RFC 2104); key of at most 64 bytes. */
void hmac_sha1(struct str key, struct str bytes, uint8_t ret[SHA1_BYTES]);
/* RFC 4226's number for a counter, in so many digits (at most 9). */
uint32_t hotp(struct str secret, uint64_t counter, unsigned digits);
/* RFC 4648 section 6, without padding. */
void base32_encode(const uint8_t *bytes, size_t n, char *ret);
/* *ret_right: a code of the authenticator not used before, or a recovery code, now used up. */
struct second_try {
	struct person_id person;
	struct str code;
};
MUST_CHECK bool second_take(struct access *a, struct store_txn *txn, const struct second_try *t,
			    bool *ret_right, struct err *err);

/* --- link.c --- */

struct link_row {
	struct hash key;
	enum access_link_kind kind;
	struct person_id person;
	int64_t until_ms;
};
/* One that is open; ERR_DENIED else. */
MUST_CHECK bool link_find(struct access *a, struct str token, struct link_row *ret,
			  struct err *err);
MUST_CHECK bool link_insert(struct access *a, struct store_txn *txn, const struct link_row *row,
			    struct access_secret *ret, struct err *err);
MUST_CHECK bool link_none(struct err *err); /* ERR_DENIED */
/* Take it out; ERR_DENIED when somebody else was first. */
MUST_CHECK bool link_take(struct store_txn *txn, const struct hash *key, struct err *err);

/* --- session.c --- */

/* Within txn: a session, or for one with a second factor what waits for its code. */
struct entering {
	const struct person_row *person;
	const struct access_client *client;
	bool code_given;
};
MUST_CHECK bool session_enter(struct access *a, struct store_txn *txn, const struct entering *e,
			      struct access_entry *ret, struct err *err);

#endif
