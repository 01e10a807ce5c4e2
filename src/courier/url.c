#include "courier/inner.h"

static void url_freep(CURLU **u)
{
	curl_url_cleanup(*u);
}

static void part_freep(char **p)
{
	curl_free(*p);
}

static bool has(CURLU *u, CURLUPart part)
{
	AUTO(part_freep) char *s = NULL;

	return curl_url_get(u, part, &s, 0) == CURLUE_OK && s && *s;
}

static bool scheme_fits(CURLU *u, bool mail, unsigned may)
{
	static const struct {
		const char *name;
		bool mail;
		unsigned needs;
	} schemes[] = {{"https", false, 0},
		       {"http", false, COURIER_PLAIN},
		       {"smtps", true, 0},
		       {"smtp", true, 0}};
	AUTO(part_freep) char *s = NULL;

	if (curl_url_get(u, CURLUPART_SCHEME, &s, 0) != CURLUE_OK || !s)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
		if (strcmp(s, schemes[i].name) == 0)
			return schemes[i].mail == mail &&
			       (may & schemes[i].needs) == schemes[i].needs;
	return false;
}

bool courier_url_check(const char *url, bool mail, unsigned may, struct err *err)
{
	enum { URL_MAX = 2000 };
	AUTO(url_freep) CURLU *u = curl_url();

	assert(u);
	for (const char *c = url; *c; c++)
		if (*c <= ' ' || *c >= 0x7f)
			return err_set(err, ERR_INVALID,
				       "a blank or another character that no URL has");
	if (strlen(url) > URL_MAX ||
	    curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
	    !has(u, CURLUPART_HOST))
		return err_set(err, ERR_INVALID, "this is no URL");
	if (!scheme_fits(u, mail, may))
		return err_set(err, ERR_INVALID,
			       mail ? "a mail server is smtps://HOST or smtp://HOST (STARTTLS)"
				    : "it has to begin with https://");
	if (has(u, CURLUPART_USER) || has(u, CURLUPART_PASSWORD) || has(u, CURLUPART_FRAGMENT))
		return err_set(err, ERR_INVALID, "no user, password or fragment belongs in it");
	return true;
}

void courier_url_shown(const char *url, struct text *out)
{
	static const struct {
		CURLUPart part;
		const char *before;
	} parts[] = {{CURLUPART_SCHEME, ""}, {CURLUPART_HOST, "://"}, {CURLUPART_PORT, ":"}};
	AUTO(url_freep) CURLU *u = curl_url();

	assert(u);
	if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
		text_add_c(out, "malformed URL");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		AUTO(part_freep) char *s = NULL;

		if (curl_url_get(u, parts[i].part, &s, 0) == CURLUE_OK && s)
			text_addf(out, "%s%s", parts[i].before, s);
	}
}
