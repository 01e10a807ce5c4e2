#ifndef CONSOLE_VIEWS_H
#define CONSOLE_VIEWS_H

/* Inner door: what the templates put on pages. */

#include "access/access.h"
#include "incident/incident.h"

struct frame {
	struct str title, service;
	struct str style, script, icon; /* names of files; empty: there is none */
	bool reads_journal;
	bool wrong;	       /* a form came back with faults: the title says so */
	bool known;	       /* signed in */
	bool live;	       /* asked by GET: it can be asked again */
	struct str name, post; /* who; empty: acts in none */
	bool several;	       /* holds more posts than one */
	struct str here;       /* the path of the entry of the menu that this is */
	struct str csrf;
	struct str fresh, now;
	const struct incident_now *state;    /* NULL: not known on this page */
	struct str lead_until, accept_until; /* of its lead and its offer */
};

/* A field that is wrong; text empty: none is. */
struct fault {
	const char *field; /* its id */
	struct str text;
};

struct sign_in_view {
	const struct frame *frame;
	struct fault fault;
	bool sso; /* there is single sign-on */
	struct str email, next;
};
struct link_view {
	const struct frame *frame;
	struct fault fault;
	struct access_link link;
	struct str token, until;
	bool chooses; /* a password */
};
struct post_row {
	struct str id, title, org;
	bool now;
};
struct post_view {
	const struct frame *frame;
	struct fault fault;
	const struct post_row *v;
	size_t n;
	struct str next;
};
struct session_row {
	struct str id, address, agent, seen, made;
	bool now;
};
struct token_row {
	struct str id, name, scope, org, post, until, used;
};
struct account_view {
	const struct frame *frame;
	struct fault fault;
	struct access_person person;
	const struct session_row *sessions;
	size_t nsessions;
	const struct token_row *tokens;
	size_t ntokens;
};
struct totp_view {
	const struct frame *frame;
	struct fault fault;
	struct str secret, path; /* of the QR code; empty: not shown again */
	unsigned side;
};
struct problem_link {
	struct str href, words;
};
struct problem_view {
	const struct frame *frame;
	struct str detail, id;
	unsigned status;
	struct problem_link v[4]; /* pages above, the nearest first */
	size_t n;
};
struct once_view { /* what is shown this once */
	const struct frame *frame;
	struct str words;
	const struct str *v;
	size_t n;
};

#endif
