#include <curl/curl.h>
#include <pthread.h>

#include "wire/wire.h"

void fetch_release(struct fetch_result *r)
{
	text_free(&r->bytes);
	text_free(&r->etag);
	text_free(&r->last_modified);
}

struct fetch {
	const struct fetch_request *q;
	struct fetch_result r;
	size_t max_bytes;
	bool too_large;
};

static void easy_freep(CURL **c)
{
	if (*c)
		curl_easy_cleanup(*c);
}

static void list_freep(struct curl_slist **l)
{
	curl_slist_free_all(*l);
}

static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct fetch *f = ctx;

	n *= size;
	if (n > f->max_bytes - f->r.bytes.n) {
		f->too_large = true;
		return 0;
	}
	text_add(&f->r.bytes, str_from(p, n));
	return n;
}

static void keep_header(struct str line, const char *name, struct text *to)
{
	size_t n = strlen(name);

	if (line.n > 1024 || !str_starts_ci(line, str_of(name)))
		return;
	text_clear(to);
	text_add(to, str_trim(str_from_offset(line, n)));
}

/* Headers of every answer of a redirect come here; a status line starts anew. */
static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
	struct fetch *f = ctx;
	struct str line = str_from(p, n * size);

	if (str_starts(line, STR("HTTP/"))) {
		text_clear(&f->r.etag);
		text_clear(&f->r.last_modified);
		text_clear(&f->r.bytes);
	}
	keep_header(line, "etag:", &f->r.etag);
	keep_header(line, "last-modified:", &f->r.last_modified);
	return n * size;
}

/* scheme://host/path of a URL: no user, no query. */
static void add_shown_url(struct text *to, const char *url)
{
	CURLU *u = curl_url();
	static const struct {
		CURLUPart part;
		const char *before;
	} parts[] = {
		{CURLUPART_SCHEME, ""},
		{CURLUPART_HOST, "://"},
		{CURLUPART_PORT, ":"},
		{CURLUPART_PATH, ""},
	};

	if (!u || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK) {
		text_add_c(to, "malformed URL");
		curl_url_cleanup(u);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		char *s = NULL;

		if (curl_url_get(u, parts[i].part, &s, 0) == CURLUE_OK && s) {
			text_add_c(to, parts[i].before);
			text_add_c(to, s);
		}
		curl_free(s);
	}
	curl_url_cleanup(u);
}

/* A header value of ours must not bring a line of its own. */
static bool add_header(struct curl_slist **list, const char *name, const char *value,
		       struct err *err)
{
	AUTO(text_freep) struct text line = {0};
	struct curl_slist *longer;

	if (!value || !*value)
		return true;
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return err_set(err, ERR_INVALID, "a control character in %s", name);
	text_addf(&line, "%s: %s", name, value);
	longer = curl_slist_append(*list, text_c(&line));
	assert(longer);
	*list = longer;
	return true;
}

static void set_limits(CURL *c, const struct fetch_request *q, size_t max_bytes)
{
	const char *protocols = q->plain_http ? "https,http" : "https";

	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols);
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, q->form.n ? 0L : 1L);
	curl_easy_setopt(c, CURLOPT_MAXREDIRS, q->redirects ? (long)q->redirects : 5L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, q->timeout_seconds ? (long)q->timeout_seconds : 600L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, 30L);
	/* Less than 100 bytes a second for a minute: somebody holds us. */
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 100L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, 60L);
	curl_easy_setopt(c, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)max_bytes);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "Lynchpin");
}

/* The address connected to counts, whatever name led there; a proxy would hide it. */
static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
	const struct fetch_request *q = ctx;

	if (purpose != CURLSOCKTYPE_IPCXN || q->shun(&to->addr, to->addrlen))
		return CURL_SOCKET_BAD;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static void set_asking(CURL *c, const struct fetch_request *q)
{
	if (q->shun) {
		curl_easy_setopt(c, CURLOPT_PROXY, "");
		curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, on_open);
		curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, (void *)(uintptr_t)q);
	}
	if (q->form.n) {
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->form.n);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->form.p);
	}
	if (q->user) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		curl_easy_setopt(c, CURLOPT_USERNAME, q->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, q->password);
	}
}

static bool status_ok(long status, struct err *err)
{
	if (status == 200 || status == 304)
		return true;
	return err_set(err,
		       status == 400			? ERR_INVALID
		       : status == 404 || status == 410 ? ERR_NOT_FOUND
		       : status == 401 || status == 403 ? ERR_DENIED
							: ERR_IO,
		       "the server answered %ld", status);
}

static bool perform(CURL *c, struct fetch *f, struct err *err)
{
	CURLcode code = curl_easy_perform(c);
	long status = 0;

	if (f->too_large || code == CURLE_FILESIZE_EXCEEDED)
		return err_set(err, ERR_LIMIT, "more than %zu bytes", f->max_bytes);
	if (code != CURLE_OK)
		return err_set(err, code == CURLE_URL_MALFORMAT ? ERR_INVALID : ERR_IO, "%s",
			       curl_easy_strerror(code));
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	f->r.not_modified = status == 304;
	return status_ok(status, err);
}

static bool fetch_into(struct fetch *f, struct err *err)
{
	const struct fetch_request *q = f->q;
	AUTO(list_freep) struct curl_slist *headers = NULL;
	AUTO(easy_freep) CURL *c = curl_easy_init();

	assert(c);
	set_limits(c, q, f->max_bytes);
	set_asking(c, q);
	if (!add_header(&headers, "If-None-Match", q->etag, err) ||
	    !add_header(&headers, "If-Modified-Since", q->last_modified, err))
		return false;
	if (curl_easy_setopt(c, CURLOPT_URL, q->url) != CURLE_OK ||
	    (q->ca_file && curl_easy_setopt(c, CURLOPT_CAINFO, q->ca_file) != CURLE_OK))
		return err_set(err, ERR_INVALID, "cannot use this URL or CA file");
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, f);
	return perform(c, f, err);
}

static void global_init(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool fetch_get(const struct fetch_request *q, struct fetch_result *ret, struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	AUTO(text_freep) struct text shown = {0};
	struct fetch f = {.q = q, .max_bytes = q->max_bytes ? q->max_bytes : (size_t)1 << 30};

	pthread_once(&once, global_init); /* the library's own state, not ours */
	if (!fetch_into(&f, err)) {
		fetch_release(&f.r);
		add_shown_url(&shown, q->url);
		return err_wrap(err, "%s", text_c(&shown));
	}
	if (f.r.not_modified)
		text_clear(&f.r.bytes);
	wire_pad(&f.r.bytes);
	*ret = f.r;
	return true;
}
