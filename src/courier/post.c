#include "courier/inner.h"

/* One POST over HTTPS. */

enum { ANSWER_MOST = 1 << 20, WAIT_MOST_S = 24 * 3600 };

/* The answer's body is of no interest; one that doesn't end is cut. */
static size_t on_body(char *p UNUSED, size_t size, size_t n, void *ctx)
{
	size_t *left = ctx;

	if (size * n > *left)
		return 0;
	*left -= size * n;
	return size * n;
}

static void list_freep(struct curl_slist **l)
{
	curl_slist_free_all(*l);
}

static void add_header(struct curl_slist **list, const char *name, struct str value)
{
	AUTO(text_freep) struct text line = {0};
	struct curl_slist *longer;

	for (size_t i = 0; i < value.n; i++)
		assert((unsigned char)value.p[i] >= ' ' && value.p[i] != 0x7f);
	text_addf(&line, "%s: ", name);
	text_add(&line, value);
	longer = curl_slist_append(*list, text_c(&line));
	assert(longer);
	*list = longer;
}

static void judge(struct way *w, struct courier_said *ret)
{
	curl_off_t wait_s = 0;

	if (ret->code >= 200 && ret->code < 300)
		return;
	ret->outcome = ret->code == 410 ? COURIER_REFUSED : COURIER_LATER;
	snprintf(ret->why, sizeof(ret->why), "the receiver answered %u%s", ret->code,
		 ret->code >= 300 && ret->code < 400 ? ", and redirects are not followed" : "");
	if (curl_easy_getinfo(w->curl, CURLINFO_RETRY_AFTER, &wait_s) == CURLE_OK && wait_s > 0)
		ret->wait_s = (unsigned)MIN_OF(wait_s, (curl_off_t)WAIT_MOST_S);
}

void courier_post(const struct courier_post *p, struct courier_said *ret)
{
	AUTO(way_close) struct way w = {.may = p->may};
	AUTO(list_freep) struct curl_slist *headers = NULL;
	size_t left = ANSWER_MOST;
	CURL *c;

	way_open(&w, p->may & COURIER_PLAIN ? "https,http" : "https", p->ca_file,
		 p->timeout_seconds ? p->timeout_seconds : 30);
	c = w.curl;
	for (size_t i = 0; i < p->nheaders; i++)
		add_header(&headers, p->headers[i].name, p->headers[i].value);
	add_header(&headers, "Expect", (struct str){0}); /* no waiting for 100 */
	curl_easy_setopt(c, CURLOPT_URL, p->url);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "Lynchpin");
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->body.n);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, p->body.n ? p->body.p : "");
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &left);
	if (way_go(&w, ret) == CURLE_OK)
		judge(&w, ret);
}
