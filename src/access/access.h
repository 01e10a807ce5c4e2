#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

/*
 * Who may sign in: people with an e-mail address, passwords, second factors, invitations, sessions
 * and API tokens.  It says which person this is and which posts they hold here; what a post may do
 * is the directory's and acts' to say, and whether it is open today the directory's.  Promises: a
 * secret is stored only as what can't be turned back (a hash) or opened without the site's key (a
 * seal), is in no error's text and is wiped after use; an e-mail address nobody has costs the same
 * time and gets the same words as a wrong password; nobody can lock another person's known device
 * out.  All its tables are local: backed up, never journaled, rebuilt or exchanged.  doc/access.md
 * has the rules in tables.  Functions that change anything do so in a transaction of their own, so
 * none is for within one.
 */

#include "base/clock.h"
#include "directory/directory.h"
#include "keys/keys.h"
#include "store/store.h"

extern const struct store_table access_tables[]; /* ended by a NULL name */

/* Zero takes the default. */
struct access_settings {
	int64_t idle_ms;    /* a session unused for so long has ended (1 hour) */
	int64_t session_ms; /* and any, so long after sign-in (12 hours) */
	uint64_t hash_ops;  /* Argon2id's passes (3) and memory (32 MiB): 80 ms of one processor */
	size_t hash_bytes;
};
struct access_config {
	struct store *store;	    /* borrowed */
	const struct site_key *key; /* needed while opening; NULL to look at lists alone */
	const struct clock *clock;  /* borrowed */
	struct str service;	    /* what an authenticator shows; no password contains it */
	struct access_settings settings;
	void (*chance)(void *to, size_t n); /* secrets are made of it; NULL: the system's */
};
struct access;
void access_close(struct access *a); /* wipes */
DEFINE_CLOSEP(struct access, access_close)
MUST_CHECK bool access_open(const struct access_config *config, struct access **ret,
			    struct err *err);
/* Drop what has expired: sessions, links, tokens, forgiven failures.  Now and then. */
MUST_CHECK bool access_sweep(struct access *a, struct err *err);
/* Write which sessions and tokens were used since the last time, in one commit, every few seconds
 * and before closing.  What could not be written stays noted. */
MUST_CHECK bool access_flush(struct access *a, struct err *err);

/* A token, cookie or code that goes to its owner, once.  Wipe it then. */
enum { ACCESS_SECRET_BYTES = 96 };
struct access_secret {
	char c[ACCESS_SECRET_BYTES]; /* ended by NUL; empty for none */
};
void access_wipe(struct access_secret *s);

/* --- people --- */
struct person_id {
	int64_t n;
};
enum access_state { ACCESS_INVITED, ACCESS_ACTIVE, ACCESS_DISABLED };
const char *access_state_name(enum access_state state);
struct access_person {
	struct person_id id;
	struct str email, name; /* as they are shown */
	enum access_state state;
	bool password, second; /* has one; a second factor that was confirmed */
	unsigned recovery;     /* codes left */
	int64_t made_ms, signed_in_ms, password_ms; /* 0: never */
};
ARENA_LIST(access_people, struct access_person);
enum { ACCESS_EMAIL_MAX = 254, ACCESS_NAME_MAX = 120, ACCESS_POSTS_MAX = 64 };
/* By e-mail address in any case (folded: ASCII letters).  ERR_NOT_FOUND. */
MUST_CHECK bool access_person_get(struct access *a, struct str email, struct arena *arena,
				  struct access_person *ret, struct err *err);
MUST_CHECK bool access_people(struct access *a, struct arena *arena, struct access_people *ret,
			      struct err *err);
/* Another address, name or both (empty: as it is).  A new address voids links sent to the old one.
 * ERR_EXISTS, ERR_INVALID. */
MUST_CHECK bool access_person_change(struct access *a, struct person_id person, struct str email,
				     struct str name, struct err *err);
/* The posts somebody holds here, as the directory has them; one it no longer knows has no kind. */
MUST_CHECK bool access_posts(struct access *a, struct person_id person, struct arena *arena,
			     struct posts *ret, struct err *err);
/* post: of the directory (ERR_NOT_FOUND), not ended; giving it twice is fine. */
MUST_CHECK bool access_post_give(struct access *a, struct person_id person, struct str post,
				 struct err *err);
/* Sessions and tokens that act in it no longer do.  ERR_NOT_FOUND: not held. */
MUST_CHECK bool access_post_take(struct access *a, struct person_id person, struct str post,
				 struct err *err);
/* Ends every session and link; tokens are refused while it lasts. */
MUST_CHECK bool access_disable(struct access *a, struct person_id person, struct err *err);
MUST_CHECK bool access_enable(struct access *a, struct person_id person, struct err *err);

/* --- links: single use, expiring, 256 bits; stored as a hash --- */
enum access_link_kind {
	ACCESS_INVITATION, /* choose the first password; 7 days */
	ACCESS_RESET,	   /* choose another; 24 hours */
	ACCESS_SIGN_IN,	   /* sign in at once, for demonstrations; 1 hour */
	ACCESS_PENDING,	   /* the room's own: password given, code awaited; 5 minutes */
};
struct access_invitation {
	struct str email, name;
	const struct str *posts;
	size_t nposts;
	int64_t life_ms; /* 0: the kind's */
};
MUST_CHECK bool access_invitable(struct str email, struct str name, struct err *err);
/* A new person and the link.  ERR_EXISTS, ERR_INVALID as that, ERR_NOT_FOUND for a post. */
MUST_CHECK bool access_invite(struct access *a, const struct access_invitation *invitation,
			      struct access_secret *ret, struct err *err);
/* Another link; those of the same kind that were open are void.  ERR_DENIED when disabled. */
struct access_link_wish {
	struct person_id person;
	enum access_link_kind kind;
	int64_t life_ms; /* 0: the kind's; at most 30 days */
};
MUST_CHECK bool access_link_make(struct access *a, const struct access_link_wish *wish,
				 struct access_secret *ret, struct err *err);
struct access_link {
	enum access_link_kind kind;
	struct str email, name;
	int64_t until_ms;
};
/* Look, without using it up: mail scanners follow links.  ERR_DENIED: none such, used, expired. */
MUST_CHECK bool access_link_look(struct access *a, struct str token, struct arena *arena,
				 struct access_link *ret, struct err *err);

/* --- signing in --- */
/* From where.  Outside text: cut to size, never trusted. */
struct access_client {
	struct str address; /* "192.0.2.7", "2001:db8::1" */
	struct str agent;   /* shown in the list of sessions */
	struct str device;  /* the device cookie, or empty */
};
enum access_outcome {
	ACCESS_IN,	/* token is a session's, device a cookie to set */
	ACCESS_CODE,	/* token is what access_code_try() takes with the code */
	ACCESS_REFUSED, /* wrong; say no more than that */
	ACCESS_WAIT,	/* not looked at: too many failures; again in wait_ms */
};
struct access_entry {
	enum access_outcome outcome;
	int64_t wait_ms;
	struct person_id person; /* of ACCESS_IN */
	struct access_secret token, device;
};
void access_entry_wipe(struct access_entry *e);
struct access_attempt {
	struct str email, password;
	struct access_client client;
	bool only_check; /* somebody signed in proves it again: ACCESS_IN without a session */
};
MUST_CHECK bool access_sign_in(struct access *a, const struct access_attempt *attempt,
			       struct access_entry *ret, struct err *err);
/* In steps, for who has others to serve: begin counts the attempt and looks up what is needed
 * (judge is false: it has to wait), judge takes 80 ms of a processor and hash_bytes, touches
 * nothing but the trial and may be run by another thread, end opens the session and wipes it. */
struct access_trial {
	bool judge;
	struct access_entry entry;
	struct access_attempt_state *state; /* the room's own */
};
void access_trial_free(struct access_trial *t);
MUST_CHECK bool access_trial_begin(struct access *a, const struct access_attempt *attempt,
				   struct access_trial *ret, struct err *err);
void access_trial_judge(struct access_trial *t);
MUST_CHECK bool access_trial_end(struct access *a, struct access_trial *t, struct access_entry *ret,
				 struct err *err);
struct access_code_attempt {
	struct str pending, code; /* of the authenticator, or a recovery code */
	struct access_client client;
};
MUST_CHECK bool access_code_try(struct access *a, const struct access_code_attempt *attempt,
				struct access_entry *ret, struct err *err);
struct access_accept {
	struct str token, password; /* no password for ACCESS_SIGN_IN */
	struct access_client client;
};
/* Use a link up.  Choosing a password ends other sessions and links; a second factor is asked for
 * as ever.  ERR_DENIED as access_link_look(); ERR_INVALID: the password, see below. */
MUST_CHECK bool access_link_use(struct access *a, const struct access_accept *accept,
				struct access_entry *ret, struct err *err);
/* Choosing a password in steps, as a trial: begin says what is wrong with it (judge is false: the
 * link chooses none), end of the same kind stores it, and fails as the whole does. */
struct access_choice {
	bool judge;
	struct access_choice_state *state; /* the room's own */
};
void access_choice_free(struct access_choice *c);
MUST_CHECK bool access_link_begin(struct access *a, const struct access_accept *accept,
				  struct access_choice *ret, struct err *err);
void access_choice_judge(struct access_choice *c);
MUST_CHECK bool access_link_end(struct access *a, struct access_choice *c, struct access_entry *ret,
				struct err *err);
/* Single sign-on knows somebody by this address; second: it asked for a second factor, else ours is
 * asked for.  ACCESS_REFUSED: nobody here has that address, or is disabled. */
struct access_known {
	struct str email;
	bool second;
	struct access_client client;
};
MUST_CHECK bool access_enter(struct access *a, const struct access_known *known,
			     struct access_entry *ret, struct err *err);

/* --- passwords --- */
enum { ACCESS_PASSWORD_MIN = 15, ACCESS_PASSWORD_MIN_SECOND = 8, ACCESS_PASSWORD_MAX = 256 };
/* ERR_INVALID says what is wrong with it, never what it is: too short (in code points; with a
 * second factor 8 do), over 256 bytes, not UTF-8, common, or containing the person's e-mail
 * address, name or the service's name. */
MUST_CHECK bool access_password_set(struct access *a, struct person_id person, struct str password,
				    const struct hash *keep_session, struct err *err);
MUST_CHECK bool access_password_begin(struct access *a, struct person_id person,
				      struct str password, struct access_choice *ret,
				      struct err *err);
MUST_CHECK bool access_password_end(struct access *a, struct access_choice *c,
				    const struct hash *keep_session, struct err *err);

/* --- second factor: RFC 6238, SHA-1, 6 digits, 30 s --- */
enum { ACCESS_RECOVERY_CODES = 10 };
struct access_recovery {
	char c[ACCESS_RECOVERY_CODES][16]; /* "abcd-efgh-ijkl" */
};
void access_recovery_wipe(struct access_recovery *r);
/* A new secret, without effect until confirmed; one that was confirmed holds till then.  uri:
 * otpauth://totp/..., for a QR code; ret: the same secret in base 32, to type. */
MUST_CHECK bool access_totp_begin(struct access *a, struct person_id person,
				  struct access_secret *ret, struct text *uri, struct err *err);
/* Right code: it is on, and these are the recovery codes.  ERR_DENIED: wrong; ERR_NOT_FOUND: none
 * was begun. */
MUST_CHECK bool access_totp_confirm(struct access *a, struct person_id person, struct str code,
				    struct access_recovery *ret, struct err *err);
/* A password too short to stand alone: ERR_CONFLICT; with_password: it goes as well, and a reset is
 * needed (who lost the authenticator and can't choose another). */
MUST_CHECK bool access_totp_off(struct access *a, struct person_id person, bool with_password,
				struct err *err);
MUST_CHECK bool access_recovery_renew(struct access *a, struct person_id person,
				      struct access_recovery *ret, struct err *err);

/* --- sessions --- */
enum { ACCESS_ID_BYTES = 17 };
struct access_session {
	struct hash key; /* of the token: what is stored */
	char id[ACCESS_ID_BYTES];
	struct person_id person;
	struct str email, name, address, agent;
	struct str post;		    /* acts in; empty: none chosen, or no longer held */
	bool several;			    /* holds more posts than one */
	int64_t made_ms, seen_ms, until_ms; /* until: the earlier of both ends */
};
ARENA_LIST(access_sessions, struct access_session);
/* Whose is it?  Reads only.  ERR_DENIED: unknown, ended, or the person is disabled. */
MUST_CHECK bool access_session_find(struct access *a, struct str token, struct arena *arena,
				    struct access_session *ret, struct err *err);
/* It was used: noted at most once a minute, and written by access_flush(). */
void access_session_seen(struct access *a, const struct access_session *s);
/* ERR_DENIED: the person doesn't hold that post; ERR_NOT_FOUND: the session has ended. */
MUST_CHECK bool access_session_act_as(struct access *a, const struct access_session *s,
				      struct str post, struct err *err);
/* Open ones, the latest used first. */
MUST_CHECK bool access_sessions(struct access *a, struct person_id person, struct arena *arena,
				struct access_sessions *ret, struct err *err);
/* By id, as lists show it.  ERR_NOT_FOUND. */
MUST_CHECK bool access_session_end(struct access *a, struct person_id person, struct str id,
				   struct err *err);
/* All but keep (NULL: all).  *ret, unless NULL: how many. */
MUST_CHECK bool access_sessions_end(struct access *a, struct person_id person,
				    const struct hash *keep, uint64_t *ret, struct err *err);
/* For forms: another text each time (a page is compressed), good as long as the session.  bound:
 * a session's key, or before sign-in a cookie of the caller's. */
void access_csrf(struct access *a, struct str bound, struct access_secret *ret);
bool access_csrf_right(struct access *a, struct str bound, struct str said);

/* --- API tokens: "lp_", 43 digits, 6 of a checksum, which secret scanners can verify --- */
enum access_scope { ACCESS_READ, ACCESS_WRITE, ACCESS_INVENTORY };
const char *access_scope_name(enum access_scope scope); /* "read", "write", "inventory" */
enum { ACCESS_TOKEN_DAYS = 365 };
struct access_token {
	struct hash key; /* of the token: what is stored */
	char id[ACCESS_ID_BYTES];
	struct person_id person;
	struct str email, name; /* of the person; what the token is for */
	enum access_scope scope;
	struct str org;			    /* of ACCESS_INVENTORY, whose it takes in; else empty */
	struct str post;		    /* it acts in */
	int64_t made_ms, until_ms, used_ms; /* used 0: never; coarse */
};
ARENA_LIST(access_tokens, struct access_token);
/* wish: person, name, scope, org, post, until_ms (at most a year away).  The post is to be held. */
MUST_CHECK bool access_token_make(struct access *a, const struct access_token *wish,
				  struct access_secret *ret, struct err *err);
/* ERR_DENIED: malformed, unknown, expired, the person disabled, or the post no longer held. */
MUST_CHECK bool access_token_find(struct access *a, struct str token, struct arena *arena,
				  struct access_token *ret, struct err *err);
void access_token_seen(struct access *a, const struct access_token *t);
/* Of one person, or all (0). */
MUST_CHECK bool access_tokens(struct access *a, struct person_id person, struct arena *arena,
			      struct access_tokens *ret, struct err *err);
MUST_CHECK bool access_token_end(struct access *a, struct str id, struct err *err);

#endif
