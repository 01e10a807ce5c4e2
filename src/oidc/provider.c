#include "oidc/inner.h"

/* What a provider says of itself (OpenID Connect Discovery 1.0, 3). */

void provider_free(struct provider *p)
{
	text_free(&p->issuer);
	text_free(&p->authorization);
	text_free(&p->token);
	text_free(&p->keys_at);
	text_free(&p->jwks);
	*p = (struct provider){0};
}

static void set(struct text *to, struct str s)
{
	text_clear(to);
	text_add(to, s);
}

void provider_copy(const struct provider *from, struct provider *to)
{
	set(&to->issuer, text_str(&from->issuer));
	set(&to->authorization, text_str(&from->authorization));
	set(&to->token, text_str(&from->token));
	set(&to->keys_at, text_str(&from->keys_at));
	set(&to->jwks, text_str(&from->jwks));
	to->post_secret = from->post_secret;
	to->says_issuer = from->says_issuer;
	to->fetched_ms = from->fetched_ms;
}

bool address_good(struct str a)
{
	struct str host;
	size_t end = 0;

	if (a.n > ADDRESS_MOST || !str_starts(a, STR("https://")))
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (a.p[i] <= ' ' || a.p[i] >= 0x7f || strchr("\"<>\\^`{|}#", a.p[i]))
			return false;
	host = str_from_offset(a, 8);
	while (end < host.n && !strchr("/?", host.p[end]))
		end++;
	host.n = end;
	return host.n && host.p[0] != ':' && str_find_char(host, '@', 0) == SIZE_MAX;
}

void percent_encode(struct text *to, struct str s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (char_is_digit(s.p[i]) || char_is_alpha(s.p[i]) || (c && strchr("-._~", c))) {
			text_add_char(to, s.p[i]);
			continue;
		}
		text_add_char(to, '%');
		text_add_char(to, hex[c >> 4]);
		text_add_char(to, hex[c & 15]);
	}
}

void add_query(struct text *to, const char *name, struct str value)
{
	bool first = str_find_char(text_str(to), '?', 0) == SIZE_MAX;

	text_addf(to, "%c%s=", first ? '?' : '&', name);
	percent_encode(to, value);
}

static bool address_member(struct json_value o, const char *name, struct text *to, struct err *err)
{
	struct str s = json_str_or(o, name, STR(""));

	if (!address_good(s))
		return err_set(err, ERR_DENIED,
			       "what the provider says of itself has no %s at an "
			       "https address",
			       name);
	set(to, s);
	return true;
}

/* Is it said, or, where nothing is said, the default? */
static bool listed(struct json_value o, const char *name, const char *word, bool otherwise)
{
	struct json_value list, one;
	struct str s;

	if (!json_get(o, name, &list))
		return otherwise;
	for (struct json_iter it = json_iter(list); json_next(&it, &one);)
		if (json_str(one, &s) && str_is(s, word))
			return true;
	return false;
}

static bool read(struct json_value o, struct str issuer, struct provider *p, struct err *err)
{
	/* 4.3: else somebody else's document could be passed off as this one's. */
	if (!str_eq(json_str_or(o, "issuer", STR("")), issuer))
		return err_set(
			err, ERR_DENIED,
			"the provider calls itself \"%.*s\", not \"%.*s\": the issuer must be "
			"written as it writes it",
			STR_FMT(json_str_or(o, "issuer", STR(""))), STR_FMT(issuer));
	if (!address_member(o, "authorization_endpoint", &p->authorization, err) ||
	    !address_member(o, "token_endpoint", &p->token, err) ||
	    !address_member(o, "jwks_uri", &p->keys_at, err))
		return false;
	if (!listed(o, "response_types_supported", "code", true))
		return err_set(err, ERR_DENIED, "the provider knows no authorization codes");
	p->post_secret =
		!listed(o, "token_endpoint_auth_methods_supported", "client_secret_basic", true) &&
		listed(o, "token_endpoint_auth_methods_supported", "client_secret_post", false);
	p->says_issuer = json_bool_or(o, "authorization_response_iss_parameter_supported", false);
	set(&p->issuer, issuer);
	return true;
}

bool provider_read(struct str json, struct str issuer, struct provider *ret, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct provider p = {0};
	struct json_value o;

	if (!json_parse(doc, json, 0, &o, err))
		return err_wrap(err, "what the provider says of itself");
	if (!read(o, issuer, &p, err)) {
		provider_free(&p);
		return false;
	}
	*ret = p;
	return true;
}
