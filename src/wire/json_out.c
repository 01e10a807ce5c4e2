#include "wire/json_out.h"

#include <math.h>

void json_out_drop(struct json_out *o)
{
	text_free(&o->keys);
	text_free(&o->scratch);
	free(o->members.v);
	free(o->levels.v);
	free(o);
}

static void wrong(struct json_out *o, const char *what, struct str s)
{
	if (!o->wrong.code)
		err_set(&o->wrong, ERR_INVALID, "%s: %.*s", what, STR_FMT(str_sub(s, 0, 60)));
}

static struct level *top(struct json_out *o)
{
	return o->levels.n ? &o->levels.v[o->levels.n - 1] : NULL;
}

/* Before a value: its comma within an array; within an object a key came. */
static void begin_value(struct json_out *o)
{
	struct level *l = top(o);

	if (!l) {
		assert(!o->any); /* one value only */
		o->any = true;
	} else if (l->kind == '[') {
		if (l->any)
			text_add_char(o->to, ',');
		l->any = true;
	} else {
		assert(l->has_key);
		l->has_key = false;
	}
}

static void end_value(struct json_out *o)
{
	struct level *l = top(o);

	if (l && l->kind == '{')
		o->members.v[o->members.n - 1].to = o->to->n;
}

/* RFC 8785 3.2.2.2: only what must be escaped is. */
static void escape(struct text *to, struct str s)
{
	static const char short_form[32] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r',
	};
	size_t plain = 0;

	text_add_char(to, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		text_add(to, str_sub(s, plain, i - plain));
		plain = i + 1;
		if (c >= 0x20)
			text_addf(to, "\\%c", c);
		else if (short_form[c])
			text_addf(to, "\\%c", short_form[c]);
		else
			text_addf(to, "\\u%04x", c);
	}
	text_add(to, str_from_offset(s, plain));
	text_add_char(to, '"');
}

static void begin(struct json_out *o, char kind)
{
	begin_value(o);
	text_add_char(o->to, kind);
	VEC_PUSH(&o->levels, (struct level){.kind = kind,
					    .start = o->to->n,
					    .member = o->members.n,
					    .key = o->keys.n});
}

void json_out_object(struct json_out *o)
{
	begin(o, '{');
}

void json_out_array(struct json_out *o)
{
	begin(o, '[');
}

void json_out_key_str(struct json_out *o, struct str key)
{
	struct level *l = top(o);

	assert(l && l->kind == '{' && !l->has_key);
	if (!str_is_utf8(key, NULL))
		wrong(o, "a key isn't UTF-8", key);
	if (l->any)
		text_add_char(o->to, ',');
	l->any = l->has_key = true;
	VEC_PUSH(&o->members,
		 (struct member){.key_at = o->keys.n, .key_n = key.n, .from = o->to->n});
	text_add(&o->keys, key);
	escape(o->to, key);
	text_add_char(o->to, ':');
}

void json_out_key(struct json_out *o, const char *key)
{
	json_out_key_str(o, str_of(key));
}

/*
 * By UTF-16 code units (RFC 8785 3.2.3).  UTF-8 orders by code point, which
 * differs only where one side is beyond U+FFFF (bytes F0 to F4, surrogates D800
 * to DFFF) and the other in U+E000 to U+FFFF (bytes EE and EF).
 */
static int utf16_cmp(struct str a, struct str b)
{
	size_t n = MIN_OF(a.n, b.n);

	for (size_t i = 0; i < n; i++) {
		unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];

		if (x == y)
			continue;
		if (x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0))
			return x >= 0xf0 ? -1 : 1;
		return x < y ? -1 : 1;
	}
	return a.n == b.n ? 0 : a.n < b.n ? -1 : 1;
}

static struct str key_of(const struct json_out *o, const struct member *m)
{
	assert(o->keys.p); /* there is a key, if an empty one */
	return str_from(o->keys.p + m->key_at, m->key_n);
}

static int member_cmp(const void *a, const void *b, void *ctx)
{
	return utf16_cmp(key_of(ctx, a), key_of(ctx, b));
}

/* Put the n members from m in order, in the text too; it ends with the last of them. */
static void order_members(struct json_out *o, const struct level *l)
{
	size_t n = o->members.n - l->member;
	bool sorted = true;
	struct member *m;

	if (n < 2)
		return;
	m = o->members.v + l->member;
	for (size_t i = 1; i < n; i++)
		sorted = sorted && member_cmp(&m[i - 1], &m[i], o) < 0;
	if (sorted)
		return;
	qsort_r(m, n, sizeof(*m), member_cmp, o);
	text_clear(&o->scratch);
	for (size_t i = 0; i < n; i++) {
		if (i && !member_cmp(&m[i - 1], &m[i], o))
			wrong(o, "a key comes twice in one object", key_of(o, &m[i]));
		if (i)
			text_add_char(&o->scratch, ',');
		text_add(&o->scratch, str_from(o->to->p + m[i].from, m[i].to - m[i].from));
	}
	assert(l->start + o->scratch.n == o->to->n);
	memcpy(o->to->p + l->start, o->scratch.p, o->scratch.n);
}

void json_out_end(struct json_out *o)
{
	struct level *l = top(o);
	char close;

	assert(l && !l->has_key);
	close = l->kind == '{' ? '}' : ']';
	if (l->kind == '{')
		order_members(o, l);
	o->members.n = l->member;
	o->keys.n = l->key;
	o->levels.n--;
	text_add_char(o->to, close);
	end_value(o);
}

void json_out_raw(struct json_out *o, struct str canonical)
{
	begin_value(o);
	text_add(o->to, canonical);
	end_value(o);
}

void json_out_str(struct json_out *o, struct str s)
{
	if (!str_is_utf8(s, NULL))
		wrong(o, "a string isn't UTF-8", s);
	begin_value(o);
	escape(o->to, s);
	end_value(o);
}

void json_out_i64(struct json_out *o, int64_t n)
{
	char buf[24];
	size_t len = (size_t)snprintf(buf, sizeof(buf), "%jd", (intmax_t)n);

	if (n > (int64_t)1 << 53 || n < -((int64_t)1 << 53))
		wrong(o, "a whole number beyond 2^53", str_from(buf, len));
	json_out_raw(o, str_from(buf, len));
}

void json_out_double(struct json_out *o, double x)
{
	char buf[32];

	if (isfinite(x)) {
		json_out_raw(o, json_number(x, buf));
	} else {
		wrong(o, "not a number that JSON has", STR("NaN or infinite"));
		json_out_null(o);
	}
}

void json_out_bool(struct json_out *o, bool b)
{
	json_out_raw(o, b ? STR("true") : STR("false"));
}

void json_out_null(struct json_out *o)
{
	json_out_raw(o, STR("null"));
}

/* Recursion ends at JSON_MAX_DEPTH: v was parsed. */
void json_out_value(struct json_out *o, struct json_value v)
{
	struct json_iter it = json_iter(v);
	struct str key, s = {0};
	double x = 0;
	bool yes = false;

	switch (json_type(v)) {
	case JSON_OBJECT:
		json_out_object(o);
		while (json_next_member(&it, &key, &v)) {
			json_out_key_str(o, key);
			json_out_value(o, v);
		}
		json_out_end(o);
		return;
	case JSON_ARRAY:
		json_out_array(o);
		while (json_next(&it, &v))
			json_out_value(o, v);
		json_out_end(o);
		return;
	case JSON_STR:
		json_str(v, &s);
		json_out_str(o, s);
		return;
	case JSON_INT:
	case JSON_DOUBLE:
		json_double(v, &x);
		json_out_double(o, x);
		return;
	case JSON_BOOL:
		json_bool(v, &yes);
		json_out_bool(o, yes);
		return;
	case JSON_NULL:
		json_out_null(o);
	}
}

bool json_out_close(struct json_out *o, struct err *err)
{
	AUTO(json_out_dropp) struct json_out *mine = o;

	assert(!mine->levels.n && mine->any);
	if (!mine->wrong.code)
		return true;
	mine->to->n = mine->start;
	if (mine->to->p)
		mine->to->p[mine->start] = '\0';
	return err_set(err, mine->wrong.code, "%s", mine->wrong.text);
}
