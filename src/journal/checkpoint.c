#include "journal/inner.h"

/* doc/journal-format.md 5. */
enum { CHECKPOINT_MEMBERS = 8, CHECKPOINT_FORMAT = 1, CHECKPOINT_MAX = 1024 };

struct line {
	struct checkpoint c;
	int64_t stamped_ms, taken_ms;
	struct seal seal;
};

static bool write_line(const struct line *l, bool with_seal, struct text *out, struct err *err)
{
	struct json_out *o = json_out_open(out);
	char hex[2 * SEAL_BYTES + 1], stamp[STAMP_BYTES];

	json_out_object(o);
	json_out_key(o, "checkpoint");
	json_out_i64(o, CHECKPOINT_FORMAT);
	json_out_key(o, "hash");
	json_out_str(o, hash_hex(&l->c.hash, hex));
	json_out_key(o, "key");
	json_out_str(o, hex_encode(l->c.key.b, PUBLIC_KEY_BYTES, hex));
	json_out_key(o, "number");
	json_out_i64(o, (int64_t)l->c.number);
	if (with_seal) {
		json_out_key(o, "seal");
		json_out_str(o, hex_encode(l->seal.b, SEAL_BYTES, hex));
	}
	json_out_key(o, "site");
	json_out_str(o, l->c.site);
	json_out_key(o, "taken");
	json_out_str(o, stamp_format(l->taken_ms, stamp));
	json_out_key(o, "time");
	json_out_str(o, stamp_format(l->stamped_ms, stamp));
	json_out_end(o);
	return json_out_close(o, err);
}

/* What the seal signs: a title that no record's has, and the line without its seal. */
static bool sealed_text(const struct line *l, struct text *out, struct err *err)
{
	text_add_c(out, "lynchpin checkpoint 1\n");
	return write_line(l, false, out, err);
}

bool journal_checkpoint(const struct journal *j, int64_t now_ms, struct text *out, struct err *err)
{
	AUTO(text_freep) struct text message = {0};
	struct line l = {.taken_ms = now_ms};
	struct journal_head head;

	if (!j->key)
		return err_set(err, ERR_DENIED,
			       "the site's key is not at hand: no checkpoint can be sealed");
	if (!journal_head(j, &head, err))
		return false;
	l.c.site = head.site;
	l.c.key = *site_key_public(j->key);
	l.c.number = head.number;
	l.c.hash = head.hash;
	l.stamped_ms = head.stamped_ms;
	if (!sealed_text(&l, &message, err))
		return false;
	l.seal = site_key_seal(j->key, text_str(&message));
	return write_line(&l, true, out, err);
}

static bool read_hex(struct json_value v, const char *key, void *bytes, size_t n, struct err *err)
{
	struct str s;

	if (!json_need_str(v, key, &s, err))
		return false;
	return hex_decode(s, bytes, n) ||
	       err_set(err, ERR_INVALID, "\"%s\" is not %zu bytes in hexadecimal", key, n);
}

static bool read_time(struct json_value v, const char *key, int64_t *ret_ms, struct err *err)
{
	struct str s;

	return json_need_str(v, key, &s, err) &&
	       (stamp_parse(s, ret_ms) || err_set(err, ERR_INVALID, "\"%s\" is not a time", key));
}

static bool read_members(struct json_value v, struct line *l, struct err *err)
{
	int64_t number, format;

	if (json_count(v) != CHECKPOINT_MEMBERS)
		return err_set(err, ERR_INVALID, "not an object of %d members", CHECKPOINT_MEMBERS);
	if (!json_need_i64(v, "checkpoint", &format, err) ||
	    !json_need_i64(v, "number", &number, err) ||
	    !json_need_str(v, "site", &l->c.site, err) ||
	    !read_time(v, "time", &l->stamped_ms, err) ||
	    !read_time(v, "taken", &l->taken_ms, err) ||
	    !read_hex(v, "hash", l->c.hash.b, HASH_BYTES, err) ||
	    !read_hex(v, "key", l->c.key.b, PUBLIC_KEY_BYTES, err) ||
	    !read_hex(v, "seal", l->seal.b, SEAL_BYTES, err))
		return false;
	if (format != CHECKPOINT_FORMAT || number < 0 || number > (int64_t)1 << 53)
		return err_set(err, ERR_INVALID, "its format or number is not one we know");
	l->c.number = (uint64_t)number;
	return true;
}

static bool check_seal(const struct line *l, struct str text, struct err *err)
{
	AUTO(text_freep) struct text again = {0};
	AUTO(text_freep) struct text message = {0};
	struct site_id id = site_id_of(&l->c.key);

	if (!write_line(l, true, &again, err) || !sealed_text(l, &message, err))
		return false;
	if (!str_eq(text_str(&again), text))
		return err_set(err, ERR_INVALID, "not in canonical form (RFC 8785)");
	if (!str_eq(l->c.site, site_id_str(&id)))
		return err_set(err, ERR_INVALID, "its site is not that of its key");
	if (!seal_verify(&l->c.key, text_str(&message), &l->seal))
		return err_set(err, ERR_INVALID, "its seal is not that of its key");
	return true;
}

bool checkpoint_parse(struct str text, struct arena *arena, struct checkpoint *ret, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct json_value v;
	struct line l = {0};

	text = str_trim(text);
	if (text.n > CHECKPOINT_MAX)
		return err_set(err, ERR_INVALID, "not a checkpoint: longer than %d bytes",
			       CHECKPOINT_MAX);
	if (!json_parse(doc, text, 0, &v, err) || !read_members(v, &l, err) ||
	    !check_seal(&l, text, err)) {
		err->code = ERR_INVALID;
		return err_wrap(err, "not a checkpoint");
	}
	*ret = l.c;
	ret->site = arena_str(arena, l.c.site);
	return true;
}
