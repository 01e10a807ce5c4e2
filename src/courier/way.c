#include "courier/inner.h"

#include <pthread.h>

/* The address that is about to be connected to, after every name was looked up. */
static curl_socket_t on_socket(void *ctx, curlsocktype purpose UNUSED, struct curl_sockaddr *to)
{
	struct way *w = ctx;

	if (!(w->may & COURIER_INTERNAL) && courier_internal(&to->addr, (socklen_t)to->addrlen)) {
		w->stopped = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* Replies of SMTP come here (and headers of HTTP, of no interest).  The last that says no is kept:
 * after it the library says goodbye, and would have that answer for the last. */
static size_t on_line(char *p, size_t size, size_t n, void *ctx)
{
	struct way *w = ctx;
	struct str line = str_trim(str_from(p, size * n));

	if (line.n > 3 && (line.p[0] == '4' || line.p[0] == '5') && char_is_digit(line.p[1]) &&
	    char_is_digit(line.p[2])) {
		snprintf(w->no.c, sizeof(w->no.c), "%.*s", STR_FMT(line));
		w->no.code = (unsigned)((line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 +
					(line.p[2] - '0'));
	}
	return size * n;
}

static void global_init(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void way_open(struct way *w, const char *schemes, const char *ca_file, uint32_t timeout_seconds)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, global_init); /* the library's own state, not ours */
	w->curl = curl_easy_init();
	assert(w->curl);
	curl_easy_setopt(w->curl, CURLOPT_PROTOCOLS_STR, schemes);
	curl_easy_setopt(w->curl, CURLOPT_FOLLOWLOCATION, 0L);
	/* A proxy would be what is connected to, and every address be hidden behind it. */
	curl_easy_setopt(w->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(w->curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(w->curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(w->curl, CURLOPT_TIMEOUT, (long)timeout_seconds);
	curl_easy_setopt(w->curl, CURLOPT_CONNECTTIMEOUT, MIN_OF((long)timeout_seconds, 15L));
	curl_easy_setopt(w->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(w->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(w->curl, CURLOPT_ERRORBUFFER, w->detail);
	curl_easy_setopt(w->curl, CURLOPT_OPENSOCKETFUNCTION, on_socket);
	curl_easy_setopt(w->curl, CURLOPT_OPENSOCKETDATA, w);
	curl_easy_setopt(w->curl, CURLOPT_HEADERFUNCTION, on_line);
	curl_easy_setopt(w->curl, CURLOPT_HEADERDATA, w);
	if (ca_file && *ca_file)
		curl_easy_setopt(w->curl, CURLOPT_CAINFO, ca_file);
}

void way_close(struct way *w)
{
	if (w->curl)
		curl_easy_cleanup(w->curl);
	w->curl = NULL;
}

/* For people, on one line; what the other side sends is shown, but not believed. */
static void say(struct courier_said *ret, const char *what, const char *more)
{
	size_t n = (size_t)snprintf(ret->why, sizeof(ret->why), "%s%s%.120s", what,
				    *more ? ": " : "", more);

	for (size_t i = 0; i < MIN_OF(n, sizeof(ret->why)); i++)
		if ((unsigned char)ret->why[i] < ' ' || (unsigned char)ret->why[i] >= 0x7f)
			ret->why[i] = ret->why[i] ? '?' : '\0';
}

CURLcode way_go(struct way *w, struct courier_said *ret)
{
	CURLcode code;
	long status = 0;

	w->stopped = false;
	w->detail[0] = w->no.c[0] = '\0';
	w->no.code = 0;
	*ret = (struct courier_said){.outcome = COURIER_AWAY};
	code = curl_easy_perform(w->curl);
	curl_easy_getinfo(w->curl, CURLINFO_RESPONSE_CODE, &status);
	ret->code = status > 0 && status < 1000 ? (unsigned)status : 0;
	if (w->stopped && code != CURLE_OK)
		say(ret, "this leads to an internal address, where nothing is sent to", "");
	else if (code != CURLE_OK)
		say(ret, curl_easy_strerror(code), w->detail);
	else
		ret->outcome = COURIER_TAKEN;
	return code;
}
