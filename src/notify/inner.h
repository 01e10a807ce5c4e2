#ifndef NOTIFY_INNER_H
#define NOTIFY_INNER_H

/* Inner door: what the files of the room share. */

#include "notify/notify.h"

#include <sodium.h>

#include "base/table.h"
#include "courier/courier.h"
#include "incident/incident.h"

struct notify {
	const struct journal *journal;
	struct store *store;
	const struct clock *clock;
	struct text service;
	struct site_id site;
	uint8_t *seal; /* DERIVED_KEY_BYTES in guarded memory; NULL: opened to look */
};

/* Numbers lie in rows: they stay. */
enum kind {
	KIND_ALERT,
	KIND_UPDATE,
	KIND_WITHDRAWN,
	KIND_SUPERSEDED,
	KIND_ESCALATION,
	KIND_SUPPLIER,
	KIND_DUTY,
	KIND_LEAD, /* about no alert */
	KIND_CHASE,
	KINDS
};
struct kind_words {
	const char *name;    /* in lists and webhooks */
	const char *subject; /* after the alert's number; then " by TIME" where there is one */
	const char *line;    /* in a mail, after the alert's number */
};
const struct kind_words *kind_words(int64_t kind);

#define EMAIL "email"
#define WEBHOOK "webhook"
#define NOBODY "none" /* a channel that leads nowhere: what could not be told */

enum {
	GIVE_UP_MS = 24 * 3600000,   /* since a message was made */
	MAIL_WINDOW_MS = 10 * 60000, /* between two messages to one recipient */
	HOOK_WINDOW_MS = 30000,
	DUTIES_HOUR = 6,		/* UTC, at which the day's digest is made */
	DUTIES_AHEAD_MS = 36 * 3600000, /* what comes due by then */
};

static inline int64_t notify_now(const struct notify *n)
{
	return clock_now_ms(n->clock);
}
/* Now, but not before the last record: the clock of the machine that wrote it may be ahead. */
MUST_CHECK bool notify_moment(const struct notify *n, int64_t *ret, struct err *err);

/* --- settings.c --- */

MUST_CHECK bool setting_get(struct notify *n, const char *name, struct arena *arena,
			    struct str *ret, struct err *err);
/* Are there ways out? */
struct ways {
	bool mail, hooks;
};
MUST_CHECK bool ways_get(struct notify *n, struct ways *ret, struct err *err);
/* The first way was set within txn: what is recorded from now on is told. */
MUST_CHECK bool ways_begin(struct notify *n, struct store_txn *txn, struct err *err);
/* One was taken away within txn: when it was the last, what is recorded from now on is not told,
 * nor when there is one again. */
MUST_CHECK bool ways_end(struct notify *n, struct store_txn *txn, struct err *err);
/* Sealed under the site's key, bound to what it is for; appended. */
void seal_put(const struct notify *n, struct str what_for, struct str secret, struct text *out);
/* ERR_CORRUPT: not by this site's key, or for something else.  Wipe it after use. */
MUST_CHECK bool seal_open(const struct notify *n, struct str what_for, struct str sealed,
			  struct text *out, struct err *err);
void text_wipe(struct text *t);
/* The password of the mail server, or empty. */
MUST_CHECK bool mail_password(struct notify *n, const struct notify_mail *mail, struct text *out,
			      struct err *err);

/* --- hooks.c --- */

struct hook {
	struct notify_hook is; /* with the whole URL */
	struct text secret;    /* its bytes */
	bool there;
};
void hook_wipe(struct hook *h);
MUST_CHECK bool hook_get(struct notify *n, struct str name, struct arena *arena, struct hook *ret,
			 struct err *err);
MUST_CHECK bool hooks_all(struct notify *n, struct arena *arena, struct notify_hooks *ret,
			  struct err *err);

/* --- book.c: who can be told, as of a moment --- */

struct book;
void book_close(struct book *b);
DEFINE_CLOSEP(struct book, book_close)
MUST_CHECK bool book_open(struct notify *n, const struct directory_view *view, struct book **ret,
			  struct err *err);
struct addressee {
	const char *channel;
	struct str recipient;
};
ARENA_LIST(addressees, struct addressee);
/* Who answers for org: its contacts, holders of its posts with that right, those that it delegated
 * answering to; in the view's arena, each once. */
MUST_CHECK bool book_org(struct book *b, struct str org, const char *right, struct addressees *ret,
			 struct err *err);
/* Holders of a post. */
MUST_CHECK bool book_post(struct book *b, struct str post, struct addressees *ret, struct err *err);
/* Hooks of the nation. */
void book_nation(struct book *b, struct addressees *ret);

/* --- pile.c: notices of one cause, by recipient --- */

struct cause {
	struct str site;
	uint64_t record;
	enum kind kind;
	struct str alert;
	int64_t asked_ms; /* for reach; 0: nobody is asked by this */
};
struct pile;
void pile_close(struct pile *p);
DEFINE_CLOSEP(struct pile, pile_close)
struct pile *pile_open(const struct cause *cause) MUST_CHECK CLOSED_BY(pile_close);
/* org empty: about none.  due_ms 0: no date; of several the earliest counts. */
void pile_add(struct pile *p, const struct addressees *to, struct str org, int64_t due_ms);
/* Write the rows; those that are there already stay. */
MUST_CHECK bool pile_write(struct notify *n, struct store_txn *txn, const struct pile *p,
			   uint64_t *ret_notices, struct err *err);

/* --- tell.c --- */

/* What is in hand while records are gone through. */
struct tell {
	struct notify *notify;
	struct store_txn *txn;
	struct alerts_view view;
	struct book *book;
	struct str of; /* the alert whose obligations are here */
	struct obligation_list list;
	uint64_t notices;
};
void tell_release(struct tell *t);
MUST_CHECK bool tell_record(struct tell *t, const struct record *r, struct err *err);
MUST_CHECK bool tell_book(struct tell *t, struct err *err);
/* Obligations of an alert; *ret_live: it asks still. */
MUST_CHECK bool tell_obligations(struct tell *t, struct str alert, bool *ret_live, struct err *err);
/* --- exercise.c --- */
MUST_CHECK bool exercises_of(const struct alerts_view *view, struct incident_postures *ret,
			     struct err *err);
/* The exercise of that moment, or empty. */
struct str exercise_at(const struct incident_postures *all, int64_t at_ms);

/* --- duties.c --- */
/* The day whose digest is to be made at that moment. */
int64_t duties_day(int64_t now_ms);
MUST_CHECK bool tell_duties(struct tell *t, int64_t day, struct err *err);

/* --- bundle.c --- */

struct envelope { /* a message to be handed over */
	struct str channel, recipient;
	int64_t number, made_ms, attempts, next_ms;
};
ARENA_LIST(envelopes, struct envelope);
/* Notices become messages, where the recipient's window has passed. */
MUST_CHECK bool bundle(struct notify *n, int64_t now_ms, struct err *err);
struct notice {
	int64_t kind, due_ms;
	struct str alert;    /* empty: of KIND_LEAD */
	struct str exercise; /* its name; empty: in earnest */
};
ARENA_LIST(notices, struct notice);
/* Of a message: each kind and alert once, with the earliest date. */
MUST_CHECK bool envelope_notices(struct notify *n, const struct envelope *e, struct arena *arena,
				 struct notices *ret, struct err *err);
/* Stays the same however often it is sent: 32 hexadecimal digits. */
struct str envelope_id(const struct notify *n, const struct envelope *e, struct arena *arena);
/* Between two messages to one recipient. */
int64_t window_ms(struct str channel);
int64_t backoff_ms(const struct envelope *e, int64_t attempts);

/* --- invite.c --- */

/* Of a message that is an invitation; another leaves both.  Wipe it after use. */
MUST_CHECK bool invitation_of(struct notify *n, const struct envelope *e, struct text *ret_token,
			      int64_t *ret_until_ms, struct err *err);
/* It went or failed. */
MUST_CHECK bool invitation_done(struct store_txn *txn, const struct envelope *e, struct err *err);

/* --- settle.c: what came of a message --- */

struct settling {
	enum notify_state state;
	int64_t now_ms;
	struct str said;
};
MUST_CHECK bool settle(struct store_txn *txn, const struct envelope *e, const struct settling *s,
		       struct err *err);
/* Of an alert that has ended, or asks anew: what was owed no longer is, what waits is dropped. */
MUST_CHECK bool reach_overtaken(struct store_txn *txn, struct str alert, struct err *err);
/* Was this asking told of already? */
MUST_CHECK bool reach_known(struct notify *n, struct str alert, int64_t asked_ms, bool *ret,
			    struct err *err);

/* --- compose.c --- */

struct letter {
	const struct envelope *envelope;
	const struct notices *notices;
	struct arena *arena; /* for what is put together */
	struct str id, console, service, from;
	struct str invitation; /* the token of its link; empty: it is none */
	int64_t until_ms;      /* the link is good */
};
/* RFC 5322, ended by CRLF. */
void compose_mail(const struct letter *l, struct text *out);
/* Canonical JSON of a webhook. */
MUST_CHECK bool compose_hook(const struct letter *l, struct text *out, struct err *err);
/* Standard Webhooks: "v1," and base64 of HMAC-SHA256 over "id.seconds.body". */
void sign_hook(struct str secret, struct str id, int64_t seconds, struct str body,
	       struct text *out);
/* For who reads: "12 May 2017, 07:44 UTC". */
struct str notice_moment(struct arena *arena, int64_t ms);

/* --- prune.c --- */

/* Messages that were handed over 90 days ago, and nothing is owed of, go. */
MUST_CHECK bool prune_sent(struct store_txn *txn, int64_t now_ms, struct err *err);

/* --- ical.c: RFC 5545 --- */

struct ical_todo {
	struct str uid; /* the same for the same duty whenever it is written */
	struct str summary, description, url;
	int64_t due_ms;
};
void ical_begin(struct text *out, struct str name);
/* stamp_ms: when this was written (DTSTAMP). */
void ical_todo(struct text *out, const struct ical_todo *todo, int64_t stamp_ms);
void ical_end(struct text *out);

#endif
