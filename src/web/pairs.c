#include "web/pairs.h"

#include "web/gate.h"

bool percent_decode(struct arena *arena, struct str s, bool plus, struct str *ret)
{
	char *to = arena_alloc(arena, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			int high = i + 2 < s.n ? char_hex(s.p[i + 1]) : -1;
			int low = i + 2 < s.n ? char_hex(s.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		} else if (plus && c == '+') {
			c = ' ';
		}
		if (!c)
			return false;
		to[n++] = c;
	}
	to[n] = '\0';
	if (!str_is_utf8(str_from(to, n), NULL))
		return false;
	*ret = str_from(to, n);
	return true;
}

bool pairs_read(struct arena *arena, struct str s, size_t most, struct web_pairs *ret)
{
	struct web_pairs list = {0};
	struct str rest = s, piece;
	size_t cap = 0;

	while (s.n && str_next(&rest, '&', &piece)) {
		size_t eq = MIN_OF(str_find_char(piece, '=', 0), piece.n);
		struct web_pair pair;

		if (!piece.n)
			continue;
		if (list.n >= most ||
		    !percent_decode(arena, str_sub(piece, 0, eq), true, &pair.name) ||
		    !percent_decode(arena, str_from_offset(piece, MIN_OF(eq + 1, piece.n)), true,
				    &pair.value))
			return false;
		ARENA_PUSH(arena, &list, cap, pair);
	}
	*ret = list;
	return true;
}

/* RFC 6265 4.1.1: cookie-octet. */
static bool is_cookie_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= 0x20 || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\')
			return false;
	}
	return true;
}

void cookies_read(struct arena *arena, struct str s, struct web_pairs *to)
{
	struct str rest = s, piece;
	size_t cap = 0;
	struct web_pairs list = {0};

	for (size_t i = 0; i < to->n; i++)
		ARENA_PUSH(arena, &list, cap, to->v[i]);
	while (list.n < COOKIES_MOST && str_next(&rest, ';', &piece)) {
		struct str one = str_trim(piece);
		size_t eq = str_find_char(one, '=', 0);
		struct web_pair pair;
		bool token = eq != SIZE_MAX && eq > 0;

		for (size_t i = 0; token && i < eq; i++)
			token = gate_is_token_char(one.p[i]);
		if (!token)
			continue;
		pair = (struct web_pair){str_sub(one, 0, eq), str_from_offset(one, eq + 1)};
		if (pair.value.n >= 2 && pair.value.p[0] == '"' &&
		    pair.value.p[pair.value.n - 1] == '"')
			pair.value = str_sub(pair.value, 1, pair.value.n - 2);
		if (is_cookie_value(pair.value))
			ARENA_PUSH(arena, &list, cap, pair);
	}
	*to = list;
}

/* --- headers with parameters ----------------------------------------------------- */

struct str header_main(struct str value)
{
	return str_trim(str_sub(value, 0, MIN_OF(str_find_char(value, ';', 0), value.n)));
}

/* "..." with \x for x; *at stands on the first quote and goes behind the last. */
static bool read_quoted(struct arena *arena, struct str s, size_t *at, struct str *ret)
{
	char *to = arena_alloc(arena, s.n + 1);
	size_t i = *at + 1, n = 0;

	for (; i < s.n && s.p[i] != '"'; i++) {
		/* Browsers send a file's name with \ as it is; only \" and \\ are escapes. */
		if (s.p[i] == '\\' && i + 1 < s.n && (s.p[i + 1] == '"' || s.p[i + 1] == '\\'))
			i++;
		to[n++] = s.p[i];
	}
	if (i >= s.n)
		return false;
	to[n] = '\0';
	*at = i + 1;
	*ret = str_from(to, n);
	return true;
}

static void skip_blanks(struct str s, size_t *at)
{
	while (*at < s.n && (s.p[*at] == ' ' || s.p[*at] == '\t'))
		++*at;
}

/* ; name = value; *ret_more false at the end. */
static bool next_param(struct arena *arena, struct str s, size_t *at, struct web_pair *ret)
{
	size_t from;

	skip_blanks(s, at);
	if (*at >= s.n || s.p[*at] != ';')
		return false;
	++*at;
	skip_blanks(s, at);
	for (from = *at; *at < s.n && gate_is_token_char(s.p[*at]);)
		++*at;
	ret->name = str_sub(s, from, *at - from);
	if (*at >= s.n || s.p[*at] != '=')
		return false;
	++*at;
	if (*at < s.n && s.p[*at] == '"')
		return read_quoted(arena, s, at, &ret->value);
	for (from = *at; *at < s.n && gate_is_token_char(s.p[*at]);)
		++*at;
	ret->value = str_sub(s, from, *at - from);
	return true;
}

bool header_param(struct arena *arena, struct str value, const char *name, struct str *ret)
{
	size_t at = MIN_OF(str_find_char(value, ';', 0), value.n);
	struct web_pair pair;
	unsigned found = 0;

	while (at < value.n) {
		if (!next_param(arena, value, &at, &pair)) {
			skip_blanks(value, &at);
			/* A semicolon at the end is harmless. */
			return at >= value.n && found == 1;
		}
		if (str_eq_ci(pair.name, str_of(name))) {
			*ret = pair.value;
			found++;
		}
	}
	return found == 1;
}

/* --- finding ------------------------------------------------------------------------ */

struct str web_header(const struct web_request *req, const char *name)
{
	struct str wanted = str_of(name);

	for (size_t i = 0; i < req->headers.n; i++)
		if (str_eq_ci(req->headers.v[i].name, wanted))
			return req->headers.v[i].value;
	return (struct str){0};
}

bool web_pair(const struct web_pairs *pairs, const char *name, struct str *ret)
{
	struct str wanted = str_of(name);

	for (size_t i = 0; i < pairs->n; i++) {
		if (str_eq(pairs->v[i].name, wanted)) {
			*ret = pairs->v[i].value;
			return true;
		}
	}
	return false;
}

static struct str pair_or_empty(const struct web_pairs *pairs, const char *name)
{
	struct str s = {0};

	(void)web_pair(pairs, name, &s);
	return s;
}

struct str web_query(const struct web_request *req, const char *name)
{
	return pair_or_empty(&req->query, name);
}

struct str web_form(const struct web_request *req, const char *name)
{
	return pair_or_empty(&req->form, name);
}

struct str web_param(const struct web_request *req, const char *name)
{
	return pair_or_empty(&req->params, name);
}

struct str web_cookie(const struct web_request *req, const char *name)
{
	struct str wanted = str_of(name), found = {0};
	unsigned n = 0;

	for (size_t i = 0; i < req->cookies.n; i++) {
		if (str_eq(req->cookies.v[i].name, wanted)) {
			found = req->cookies.v[i].value;
			n++;
		}
	}
	return n == 1 ? found : (struct str){0};
}
