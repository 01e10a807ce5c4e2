#include "oidc/inner.h"

#include <sodium.h>

#include "courier/courier.h"

/* What is asked of the provider over the network; nothing here touches the store. */

static struct fetch_request request_of(const struct asking *how, const char *url)
{
	return (struct fetch_request){.url = url,
				      .ca_file = how->ca_file,
				      .max_bytes = DOCUMENT_MOST,
				      .timeout_seconds = ASK_SECONDS,
				      .shun = how->internal ? NULL : courier_internal};
}

/* An address that is internal is not reached, and the system's words for that are no help. */
static bool explain(const struct asking *how, struct err *err)
{
	if (err->code == ERR_IO && !how->internal)
		return err_wrap(err, "the provider can't be reached (one with an internal address "
				     "takes --internal)");
	return err_wrap(err, "the provider can't be asked");
}

bool ask_provider(const struct asking *how, struct str issuer, struct provider *ret,
		  struct err *err)
{
	AUTO(text_freep) struct text url = {0};
	AUTO(fetch_release) struct fetch_result got = {0};
	struct fetch_request q;

	/* 4: a slash at the end is left out. */
	text_add(&url, str_sub(issuer, 0, str_ends(issuer, STR("/")) ? issuer.n - 1 : issuer.n));
	text_add_c(&url, "/.well-known/openid-configuration");
	q = request_of(how, text_c(&url));
	return (fetch_get(&q, &got, err) || explain(how, err)) &&
	       provider_read(text_str(&got.bytes), issuer, ret, err);
}

bool ask_keys(const struct asking *how, struct provider *p, struct err *err)
{
	AUTO(fetch_release) struct fetch_result got = {0};
	struct fetch_request q = request_of(how, text_c(&p->keys_at));

	if (!fetch_get(&q, &got, err))
		return explain(how, err);
	text_clear(&p->jwks);
	text_add(&p->jwks, text_str(&got.bytes));
	return true;
}

static void add_field(struct text *to, const char *name, struct str value)
{
	text_addf(to, "%s%s=", to->n ? "&" : "", name);
	percent_encode(to, value);
}

static bool token_of(struct str json, struct text *ret, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct json_value o;
	struct str token;
	struct err why;

	if (!json_parse(doc, json, 0, &o, &why) || !json_need_str(o, "id_token", &token, &why))
		return err_set(err, ERR_DENIED, "the provider gave no token");
	text_clear(ret);
	text_add(ret, token);
	return true;
}

static void wipe(struct text *t)
{
	if (t->p)
		sodium_memzero(t->p, t->cap);
	text_free(t);
}

bool ask_token(const struct asking *how, const struct provider *p, const struct exchange *x,
	       struct text *ret, struct err *err)
{
	AUTO(wipe) struct text form = {0};
	AUTO(wipe) struct text secret = {0};
	AUTO(text_freep) struct text id = {0};
	AUTO(fetch_release) struct fetch_result got = {0};
	struct fetch_request q = request_of(how, text_c(&p->token));

	add_field(&form, "grant_type", STR("authorization_code"));
	add_field(&form, "code", x->code);
	add_field(&form, "redirect_uri", x->back);
	add_field(&form, "code_verifier", x->verifier);
	if (p->post_secret) {
		add_field(&form, "client_id", x->client_id);
		add_field(&form, "client_secret", x->secret);
	} else {
		/* RFC 6749, 2.3.1: both are encoded before they are put together. */
		percent_encode(&id, x->client_id);
		percent_encode(&secret, x->secret);
		q.user = text_c(&id);
		q.password = text_c(&secret);
	}
	q.form = text_str(&form);
	if (!fetch_get(&q, &got, err)) {
		/* RFC 6749, 5.2: the code was used, is too old or was never given. */
		if (err->code == ERR_INVALID)
			return err_set(err, ERR_DENIED,
				       "the provider does not know of this sign-in, or no longer; "
				       "begin again");
		if (err->code == ERR_DENIED)
			return err_set(err, ERR_LIMIT,
				       "the provider does not accept us: is the client's secret "
				       "another by now?");
		return explain(how, err);
	}
	return token_of(text_str(&got.bytes), ret, err);
}

bool oidc_try(const struct oidc_settings *s, struct text *ret_where, struct err *err)
{
	AUTO(text_freep) struct text ca = {0};
	struct asking how = {.internal = s->internal};
	struct provider p = {0};
	bool ok;

	text_add(&ca, s->ca_file);
	how.ca_file = s->ca_file.n ? text_c(&ca) : NULL;
	if (!address_good(s->issuer))
		return err_set(err, ERR_INVALID, "the issuer is an https address");
	ok = ask_provider(&how, s->issuer, &p, err) && ask_keys(&how, &p, err);
	if (ok)
		text_add(ret_where, text_str(&p.authorization));
	provider_free(&p);
	return ok;
}
