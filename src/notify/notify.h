#ifndef NOTIFY_NOTIFY_H
#define NOTIFY_NOTIFY_H

/*
 * Reach people: an outbox of what the journal gives cause to tell, to whom, by e-mail and webhook;
 * and feeds that they fetch.  Promises: what is to be told is written in the transaction that moves
 * the cursor past the record that says so, under a key that follows from it, so that a runner begun
 * again makes the same rows; what was handed over is never handed over again but where a crash came
 * between the receiver's word and our commit, and then under the same Message-ID or webhook-id; one
 * recipient gets one message for what came within a window; secrets are sealed under the site's key
 * and shown once.  A message names an alert, what it asks for, by when and where to look: never an
 * organisation, a count or a device.  All its tables are local.  It records nothing itself: whom an
 * alert reached it hands up.  doc/notify.md has the rules.
 */

#include "alerts/alerts.h"
#include "base/clock.h"

extern const struct store_table notify_tables[]; /* ended by a NULL name */

struct notify_config {
	const struct journal *journal; /* borrowed, as is all of this */
	struct store *store;
	const struct site_key *key; /* needed while opening; NULL to look alone */
	const struct clock *clock;
	struct str service; /* the service's name, for people */
};
struct notify;
void notify_close(struct notify *n); /* wipes */
DEFINE_CLOSEP(struct notify, notify_close)
MUST_CHECK bool notify_open(const struct notify_config *config, struct notify **ret,
			    struct err *err);

/* --- settings: of this machine; each in a transaction of its own --- */

/* Messages begin with what is recorded after the first way was set: nobody is told of the past. */
struct notify_mail {
	struct str url;	 /* smtps://HOST, smtp://HOST (STARTTLS) */
	struct str from; /* address */
	struct str user, password, ca_file;
	bool internal;	    /* may lead to an internal address */
	bool password_kept; /* looking: there is one; it is never given back */
};
/* url empty: no e-mail any more; what waits waits. */
MUST_CHECK bool notify_mail_set(struct notify *n, const struct notify_mail *mail, struct err *err);
MUST_CHECK bool notify_mail_get(struct notify *n, struct arena *arena, struct notify_mail *ret,
				struct err *err);
/* Where people look: "https://host"; empty: messages name no address. */
MUST_CHECK bool notify_console_set(struct notify *n, struct str url, struct err *err);
MUST_CHECK bool notify_console_get(struct notify *n, struct arena *arena, struct str *ret,
				   struct err *err);

enum { NOTIFY_SECRET_BYTES = 64 };
struct notify_secret {
	char c[NOTIFY_SECRET_BYTES]; /* "whsec_..." */
};
void notify_wipe(struct notify_secret *s);
struct notify_hook {
	struct str name, url; /* looking: no more of the URL than scheme and host */
	struct str post;      /* whose notices; empty: the nation's, all alerts and escalations */
	struct str ca_file;
	bool internal; /* may lead to an internal address, also without TLS */
	int64_t made_ms;
};
ARENA_LIST(notify_hooks, struct notify_hook);
/* *ret is shown this once.  ERR_EXISTS, ERR_INVALID, ERR_NOT_FOUND for the post. */
MUST_CHECK bool notify_hook_add(struct notify *n, const struct notify_hook *hook,
				struct notify_secret *ret, struct err *err);
/* What waits for it fails.  ERR_NOT_FOUND. */
MUST_CHECK bool notify_hook_end(struct notify *n, struct str name, struct err *err);
MUST_CHECK bool notify_hook_list(struct notify *n, struct arena *arena, struct notify_hooks *ret,
				 struct err *err);

/* --- invitations --- */

struct notify_invitation {
	struct str recipient, token; /* of the link /link/TOKEN */
	int64_t until_ms;	     /* it is good */
};
/* By e-mail, in a message of its own; the token is kept sealed until that went or failed.
 * *ret_goes false: no e-mail is set, or no address of the console, or that is no address to write
 * to; then nothing is kept. */
MUST_CHECK bool notify_invite(struct notify *n, const struct notify_invitation *in, bool *ret_goes,
			      struct err *err);

/* --- the runner and the sender: one process at a time, the one that holds the lease --- */

struct notify_advanced {
	uint64_t to, notices; /* the journal's record looked at last; what is to be told since */
};
/* Make notices of what was recorded, and once a day of duties that come due.  One transaction. */
MUST_CHECK bool notify_advance(struct notify *n, struct notify_advanced *ret, struct err *err);

struct notify_sent {
	uint64_t sent, failed, later; /* messages: handed over; given up; to be tried again */
	bool more;		      /* the time was used up before all was tried */
};
/* Put notices together to messages and hand over what is due, until budget_ms have passed: one
 * exchange more at most, which ends within a minute.  A commit a message. */
MUST_CHECK bool notify_send(struct notify *n, int64_t budget_ms, struct notify_sent *ret,
			    struct err *err);

/* Of whom an alert reached, or did not, what is not recorded yet: bodies of acts "alert.deliver"
 * with at most so many organisations each, for the post system.  Ask after notify_advance(). */
struct notify_owed {
	struct str body;
	struct notify_owed_key *keys; /* the room's own */
	size_t nkeys;
};
ARENA_LIST(notify_owed_list, struct notify_owed);
MUST_CHECK bool notify_owed(struct notify *n, size_t most, struct arena *arena,
			    struct notify_owed_list *ret, struct err *err);
/* In the transaction of that act.  refused: it was not done, and never will be. */
MUST_CHECK bool notify_recorded(struct notify *n, struct store_txn *txn,
				const struct notify_owed *owed, bool refused, struct err *err);

/* --- what is in the outbox --- */

enum notify_state { NOTIFY_WAITING, NOTIFY_SENT, NOTIFY_FAILED, NOTIFY_STATES };
const char *notify_state_name(enum notify_state state);
struct notify_message {
	struct str channel, recipient; /* "email", "webhook"; an address, a hook's name */
	struct str about;	       /* "alert CC-2017-0001, escalation CC-2017-0001" */
	struct str id;		       /* empty: not put together yet */
	struct str said;	       /* why it waits or failed */
	enum notify_state state;
	uint64_t attempts;
	int64_t made_ms, next_ms, ended_ms; /* next: when it is tried; 0: never, or none */
};
ARENA_LIST(notify_messages, struct notify_message);
struct notify_filter {
	enum notify_state state; /* NOTIFY_STATES: all */
	uint64_t most;		 /* the latest; 0: all */
};
/* By time made. */
MUST_CHECK bool notify_list(struct notify *n, const struct notify_filter *filter,
			    struct arena *arena, struct notify_messages *ret, struct err *err);
struct notify_tally {
	uint64_t count[NOTIFY_STATES]; /* messages; what is still gathered is not one yet */
	int64_t sent_ms, failed_ms;    /* the latest; 0: none */
	int64_t waits_ms;	       /* since when the oldest waits; 0: none does */
};
MUST_CHECK bool notify_tally(struct notify *n, struct notify_tally *ret, struct err *err);

/* --- feeds: bytes for a post that may look --- */

struct notify_feed {
	struct str post, console, service; /* console empty: entries link nowhere */
};
/* RFC 4287: published alerts that the post is asked by or oversees, the newest first. */
MUST_CHECK bool notify_atom(const struct alerts_view *view, const struct notify_feed *feed,
			    struct text *out, struct err *err);
/* RFC 5545: its duties as to-dos. */
MUST_CHECK bool notify_calendar(const struct alerts_view *view, const struct notify_feed *feed,
				struct text *out, struct err *err);

#endif
