#include "journal/inner.h"

/* doc/journal-format.md 2.  In RFC 8785's order, which is that of the letters here. */
enum { RECORD_MEMBERS = 9, RECORD_FORMAT = 1 };

static void add_members(struct json_out *o, const struct record *r, bool with_seal)
{
	char hex[2 * SEAL_BYTES + 1], stamp[STAMP_BYTES];

	json_out_object(o);
	json_out_key(o, "act");
	json_out_str(o, r->act);
	json_out_key(o, "body");
	json_out_raw(o, r->body);
	if (with_seal) {
		json_out_key(o, "hash");
		json_out_str(o, hash_hex(&r->hash, hex));
	}
	json_out_key(o, "number");
	json_out_i64(o, (int64_t)r->number);
	json_out_key(o, "post");
	json_out_str(o, r->post);
	json_out_key(o, "prev");
	json_out_str(o, hash_hex(&r->prev, hex));
	if (with_seal) {
		json_out_key(o, "seal");
		json_out_str(o, hex_encode(r->seal.b, SEAL_BYTES, hex));
	}
	json_out_key(o, "site");
	json_out_str(o, r->site);
	json_out_key(o, "time");
	json_out_str(o, stamp_format(r->stamped_ms, stamp));
	json_out_key(o, "user");
	json_out_str(o, r->user);
	json_out_key(o, "v");
	json_out_i64(o, RECORD_FORMAT);
	json_out_end(o);
}

bool record_text(const struct record *r, struct text *out, struct err *err)
{
	struct json_out *o = json_out_open(out);

	add_members(o, r, false);
	return json_out_close(o, err);
}

bool record_export(const struct record *r, struct text *out, struct err *err)
{
	struct json_out *o = json_out_open(out);

	add_members(o, r, true);
	return json_out_close(o, err);
}

struct str record_sealed(const struct hash *hash, char buf[RECORD_SEALED_BYTES])
{
	static const char title[] = "lynchpin record 1\n";

	static_assert(sizeof(title) - 1 + HASH_BYTES == RECORD_SEALED_BYTES, "title and hash");
	memcpy(buf, title, sizeof(title) - 1);
	memcpy(buf + sizeof(title) - 1, hash->b, HASH_BYTES);
	return str_from(buf, RECORD_SEALED_BYTES);
}

static bool need_name(struct json_value v, const char *key, bool may_be_empty, struct str *ret,
		      struct err *err)
{
	struct str s;

	if (!json_need_str(v, key, &s, err))
		return false;
	if (!s.n && !may_be_empty)
		return err_set(err, ERR_INVALID, "\"%s\" is empty", key);
	if (s.n > JOURNAL_NAME_MAX)
		return err_set(err, ERR_LIMIT, "\"%s\" is longer than %d bytes", key,
			       JOURNAL_NAME_MAX);
	*ret = s;
	return true;
}

static bool is_site(struct str s)
{
	uint8_t b[(SITE_ID_BYTES - 1) / 2];

	return hex_decode(s, b, sizeof(b));
}

static bool read_frame(struct json_value v, struct record *r, struct err *err)
{
	int64_t number, format;
	struct str time, prev;

	if (!json_need_i64(v, "v", &format, err) || !json_need_i64(v, "number", &number, err) ||
	    !json_need_str(v, "time", &time, err) || !json_need_str(v, "prev", &prev, err) ||
	    !json_need_str(v, "site", &r->site, err))
		return false;
	if (format != RECORD_FORMAT)
		return err_set(err, format > RECORD_FORMAT ? ERR_VERSION : ERR_INVALID,
			       "record format %lld, this Lynchpin reads %d", (long long)format,
			       RECORD_FORMAT);
	if (number < 1 || number > (int64_t)1 << 53)
		return err_set(err, ERR_INVALID, "\"number\" is not a record's number");
	if (!stamp_parse(time, &r->stamped_ms))
		return err_set(err, ERR_INVALID, "\"time\" is not a time");
	if (!hash_parse(prev, &r->prev))
		return err_set(err, ERR_INVALID, "\"prev\" is not a hash");
	if (!is_site(r->site))
		return err_set(err, ERR_INVALID, "\"site\" is not a site");
	r->number = (uint64_t)number;
	return true;
}

static struct str keep(struct arena *arena, struct str s)
{
	return arena_str(arena, s);
}

/* One spelling only: what the members say, written anew, must be the bytes that came. */
static bool check_spelling(const struct record *r, struct str text, struct err *err)
{
	AUTO(text_freep) struct text again = {0};

	if (!record_text(r, &again, err))
		return false;
	if (!str_eq(text_str(&again), text))
		return err_set(err, ERR_INVALID, "the text is not in canonical form (RFC 8785)");
	return true;
}

bool record_parse_with(struct json_doc *doc, struct str text, struct arena *arena,
		       struct parsed_record *ret, struct err *err)
{
	AUTO(text_freep) struct text body_text = {0};
	struct record r = {0};
	struct json_value v, body;

	if (text.n > JOURNAL_TEXT_MAX)
		return err_set(err, ERR_LIMIT,
			       "%zu bytes, a record has at most %d; larger things "
			       "are kept as bulk",
			       text.n, JOURNAL_TEXT_MAX);
	if (!json_parse(doc, text, 0, &v, err))
		return false;
	if (json_type(v) != JSON_OBJECT || json_count(v) != RECORD_MEMBERS)
		return err_set(err, ERR_INVALID, "not an object of a record's %d members",
			       RECORD_MEMBERS);
	if (!read_frame(v, &r, err) || !need_name(v, "act", false, &r.act, err) ||
	    !need_name(v, "post", false, &r.post, err) ||
	    !need_name(v, "user", true, &r.user, err) ||
	    !json_need(v, "body", JSON_OBJECT, &body, err) ||
	    !json_canonical(body, &body_text, err))
		return false;
	r.body = text_str(&body_text);
	if (!check_spelling(&r, text, err))
		return false;
	r.site = keep(arena, r.site);
	r.act = keep(arena, r.act);
	r.post = keep(arena, r.post);
	r.user = keep(arena, r.user);
	r.body = keep(arena, r.body);
	r.hash = hash_of(text);
	*ret = (struct parsed_record){.r = r, .body = body};
	return true;
}

bool record_parse(struct str text, struct arena *arena, struct record *ret, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct parsed_record parsed = {0};

	if (!record_parse_with(doc, text, arena, &parsed, err))
		return false;
	*ret = parsed.r;
	return true;
}

static bool one_digest(struct json_value v, const char *member,
		       bool (*fn)(void *ctx, const struct hash *digest, struct err *err), void *ctx,
		       struct err *err)
{
	struct hash digest;
	struct str hex;

	if (!json_str(v, &hex) || !hash_parse(hex, &digest))
		return err_set(err, ERR_INVALID, "\"%s\" is not a digest in hexadecimal", member);
	return fn(ctx, &digest, err);
}

bool body_digests(struct json_value body, const char *member,
		  bool (*fn)(void *ctx, const struct hash *digest, struct err *err), void *ctx,
		  struct err *err)
{
	struct json_value v, e;

	if (!json_get(body, member, &v))
		return true;
	if (json_type(v) != JSON_ARRAY)
		return one_digest(v, member, fn, ctx, err);
	for (struct json_iter it = json_iter(v); json_next(&it, &e);) {
		if (!one_digest(e, member, fn, ctx, err))
			return false;
	}
	return true;
}
