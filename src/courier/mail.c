#include "courier/mail.h"

/* One e-mail by SMTP (RFC 5321). */

struct bytes_left {
	struct str rest;
};

static size_t on_read(char *to, size_t size, size_t n, void *ctx)
{
	struct bytes_left *b = ctx;
	size_t take = MIN_OF(size * n, b->rest.n);

	if (take)
		memcpy(to, b->rest.p, take);
	b->rest = str_from_offset(b->rest, take);
	return take;
}

static void list_freep(struct curl_slist **l)
{
	curl_slist_free_all(*l);
}

/*
 * RFC 5321, 4.2.1: 4yz may be tried again, 5yz is final.  But what is said before the recipient is
 * named (greeting, TLS, log-in, sender) is about the server and its settings, not about this mail.
 */
static enum courier_outcome outcome_of(CURLcode code, const struct way *w, unsigned reply)
{
	struct str detail = str_of(w->detail);

	if (code != CURLE_SEND_ERROR && code != CURLE_WEIRD_SERVER_REPLY)
		return COURIER_AWAY;
	if (str_starts(detail, STR("MAIL failed")) || str_starts(detail, STR("Got unexpected")) ||
	    reply == 421 || reply == 454 || reply == 530 || reply == 534 || reply == 535)
		return COURIER_AWAY;
	if (reply >= 500 && reply < 600)
		return COURIER_REFUSED;
	return reply >= 400 && reply < 500 ? COURIER_LATER : COURIER_AWAY;
}

void courier_mail_send(struct courier_mail *m, struct str from, struct str to, struct str bytes,
		       struct courier_said *ret)
{
	AUTO(text_freep) struct text sender = {0}, recipient = {0};
	AUTO(list_freep) struct curl_slist *list = NULL;
	struct bytes_left left = {bytes};
	CURL *c = m->way.curl;
	CURLcode code;

	assert(courier_address_sane(from) && courier_address_sane(to));
	text_addf(&sender, "<%.*s>", STR_FMT(from));
	text_addf(&recipient, "<%.*s>", STR_FMT(to));
	list = curl_slist_append(NULL, text_c(&recipient));
	assert(list);
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, text_c(&sender));
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, list);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(c, CURLOPT_READDATA, &left);
	code = way_go(&m->way, ret);
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, NULL);
	if (code == CURLE_OK)
		return;
	ret->code = m->way.no.code;
	ret->outcome = outcome_of(code, &m->way, m->way.no.code);
	/* The reply's own words say more than the library's. */
	if (ret->outcome == COURIER_REFUSED || ret->outcome == COURIER_LATER)
		snprintf(ret->why, sizeof(ret->why), "the mail server said: %s", m->way.no.c);
	for (char *p = ret->why; *p; p++)
		*p = (unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f ? '?' : *p;
}
