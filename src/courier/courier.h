#ifndef COURIER_COURIER_H
#define COURIER_COURIER_H

/*
 * Bytes leave here: an e-mail by SMTP, a POST over HTTPS.  courier knows how to hand one over and
 * what the other side said; it promises that nothing goes out unencrypted unless the caller allows
 * that, that no connection is opened to an internal address unless the caller allows that (it is
 * the address connected to that counts, whatever name led there), that no redirect is followed and
 * no proxy of the environment asked, and that every exchange ends in bounded time.  It never reads
 * an answer but for its code and first line, remembers nothing between calls but an SMTP
 * connection, and is not shared between threads.
 */

#include <sys/socket.h>

#include "base/str.h"
#include "base/text.h"

enum courier_outcome {
	COURIER_TAKEN,	 /* the other side said so: it is theirs now */
	COURIER_LATER,	 /* this one not now; others may fare better */
	COURIER_REFUSED, /* this one never */
	COURIER_AWAY,	 /* whoever asks there now gets as far: no connection, no TLS, no log-in */
};
struct courier_said {
	enum courier_outcome outcome;
	unsigned code;	 /* SMTP's or HTTP's; 0: none came */
	unsigned wait_s; /* how long the other side asks to be left alone; 0: it does not say */
	char why[256];	 /* one line for a person; empty when it was taken */
};

/* What may be done that is not done by itself. */
enum {
	COURIER_INTERNAL = 1, /* connect to internal addresses */
	COURIER_PLAIN = 2,    /* http:// without TLS */
};

/*
 * Loopback, private, link-local, shared, multicast, reserved and documentation addresses, whatever
 * IPv6 wraps them (mapped, NAT64, 6to4), and every family but IPv4 and IPv6: whatever the IANA's
 * special-purpose registries (RFC 6890) don't call globally reachable.
 */
bool courier_internal(const struct sockaddr *to, socklen_t n);

/* May a request go to this address at all?  https (COURIER_PLAIN: http too) or, with mail, smtps
 * and smtp; a host; no user, password or fragment.  ERR_INVALID says what is wrong. */
MUST_CHECK bool courier_url_check(const char *url, bool mail, unsigned may, struct err *err);
/* Scheme, host and port: paths and queries of receivers are secrets often enough. */
void courier_url_shown(const char *url, struct text *out);

struct courier_header {
	const char *name;
	struct str value; /* without control characters: asserted */
};
struct courier_post {
	const char *url, *ca_file; /* ca_file NULL: the system's */
	const struct courier_header *headers;
	size_t nheaders;
	struct str body;
	uint32_t timeout_seconds; /* 0: 30 */
	unsigned may;
};
/* Taken is any 2xx; 410 is refused; everything else is later. */
void courier_post(const struct courier_post *p, struct courier_said *ret);

/* A server for outgoing mail: smtps://HOST[:465] (TLS at once), smtp://HOST[:587] (STARTTLS, or
 * nothing is sent).  Strings are borrowed for its life. */
struct courier_server {
	const char *url, *ca_file;
	const char *user, *password; /* NULL: it asks for none */
	uint32_t timeout_seconds;    /* of one mail, 0: 60 */
	unsigned may;
};
struct courier_mail;
void courier_mail_close(struct courier_mail *m);
DEFINE_CLOSEP(struct courier_mail, courier_mail_close)
struct courier_mail *courier_mail_open(const struct courier_server *server) MUST_CHECK
	CLOSED_BY(courier_mail_close);
/* One mail to one recipient; the connection stays for the next.  from and to: addresses as
 * courier_address_sane() has them; bytes: a whole message of RFC 5322 whose lines end in CRLF. */
void courier_mail_send(struct courier_mail *m, struct str from, struct str to, struct str bytes,
		       struct courier_said *ret);
/* One that no server could take for two, or for a command: printable ASCII without blanks,
 * brackets, quotes or commas, one '@' with something on both sides, 254 bytes at most. */
bool courier_address_sane(struct str address);

#endif
