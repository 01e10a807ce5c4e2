#include "courier/mail.h"

#include "base/mem.h"

void courier_mail_close(struct courier_mail *m)
{
	way_close(&m->way);
	free(m);
}

struct courier_mail *courier_mail_open(const struct courier_server *s)
{
	struct courier_mail *m = mem_zero(1, sizeof(*m));

	m->way.may = s->may;
	way_open(&m->way, "smtps,smtp", s->ca_file, s->timeout_seconds ? s->timeout_seconds : 60);
	curl_easy_setopt(m->way.curl, CURLOPT_URL, s->url);
	/* Where STARTTLS isn't offered nothing is sent; with smtps TLS comes first. */
	curl_easy_setopt(m->way.curl, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	if (s->user) {
		curl_easy_setopt(m->way.curl, CURLOPT_USERNAME, s->user);
		curl_easy_setopt(m->way.curl, CURLOPT_PASSWORD, s->password ? s->password : "");
	}
	return m;
}
