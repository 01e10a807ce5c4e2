#include "web/gate.h"
#include "web/pairs.h"

/* Characters of a path, and after its "?" of a query, as sent: RFC 3986 3.3 and 3.4. */
static bool is_target_char(char c, bool query)
{
	return char_is_digit(c) || char_is_alpha(c) || (c && strchr("-._~!$&'()*+,;=:@%/", c)) ||
	       (query && c == '?');
}

static bool is_host_char(char c)
{
	return char_is_digit(c) || char_is_alpha(c) || (c && strchr("-._~!$&'()*+,;=", c));
}

/* "[" IPv6 "]": how many bytes; 0: none. */
static size_t literal_bytes(struct str s)
{
	size_t n = 1;

	while (n < s.n && (char_is_digit(s.p[n]) || s.p[n] == ':' || s.p[n] == '.' ||
			   (char_lower(s.p[n]) >= 'a' && char_lower(s.p[n]) <= 'f')))
		n++;
	return n > 2 && n < s.n && s.p[n] == ']' ? n + 1 : 0;
}

/* RFC 3986 3.2.2 without userinfo and without percent-encoding, which no name of a host has. */
bool gate_is_authority(struct str s)
{
	size_t n = 0;

	if (s.n > 255 || !s.n)
		return false;
	if (s.p[0] == '[')
		n = literal_bytes(s);
	else
		while (n < s.n && is_host_char(s.p[n]))
			n++;
	if (!n || n == s.n)
		return n > 0;
	if (s.p[n] != ':' || s.n - n > 6)
		return false;
	for (n++; n < s.n; n++)
		if (!char_is_digit(s.p[n]))
			return false;
	return true;
}

/* Nothing in a path may be read in two ways: what a proxy would resolve is refused, not resolved.
 */
static bool check_segments(struct gate *g, struct str path)
{
	struct str rest = str_from_offset(path, 1), piece;

	while (str_next(&rest, '/', &piece)) {
		bool last = !rest.p;

		if (str_eq(piece, STR(".")) || str_eq(piece, STR("..")))
			return gate_refuse(g, 400, "the address has a dot segment");
		if (!piece.n && !last && path.n > 1)
			return gate_refuse(g, 400, "the address has an empty segment");
	}
	return true;
}

static bool read_path(struct gate *g, struct str raw)
{
	struct str *path = &g->req->path;

	if (!raw.n || raw.p[0] != '/')
		return gate_refuse(g, 400, "the address is malformed");
	for (size_t i = 0; i < raw.n; i++)
		if (!is_target_char(raw.p[i], false))
			return gate_refuse(g, 400, "the address has a character that it may not");
	if (str_find_ci(raw, STR("%2f"), 0) != SIZE_MAX ||
	    str_find_ci(raw, STR("%5c"), 0) != SIZE_MAX)
		return gate_refuse(g, 400, "the address has an encoded slash");
	if (!percent_decode(g->req->arena, raw, false, path))
		return gate_refuse(g, 400, "the address is not well encoded");
	for (size_t i = 0; i < path->n; i++)
		if ((unsigned char)path->p[i] < 0x20 || path->p[i] == 0x7f)
			return gate_refuse(g, 400, "the address has a control character");
	return check_segments(g, *path);
}

static bool read_query(struct gate *g, struct str raw)
{
	const struct web_pairs *q = &g->req->query;

	for (size_t i = 0; i < raw.n; i++)
		if (!is_target_char(raw.p[i], true))
			return gate_refuse(g, 400, "the address has a character that it may not");
	if (!pairs_read(g->req->arena, raw, QUERY_PAIRS_MOST, &g->req->query))
		return gate_refuse(g, 400, "the query is not well encoded");
	for (size_t i = 0; i < q->n; i++)
		for (size_t k = 0; k < q->v[i].value.n; k++)
			if ((unsigned char)q->v[i].value.p[k] < 0x20)
				return gate_refuse(g, 400, "the query has a control character");
	return true;
}

/* RFC 9112 3.2.2: absolute-form names the host again, and must name the same. */
static bool cut_absolute(struct gate *g, struct str *target)
{
	struct str rest = str_from_offset(*target, str_starts_ci(*target, STR("https://")) ? 8 : 7);
	size_t end = 0;

	while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?')
		end++;
	if (!g->req->host.n || !str_eq_ci(str_sub(rest, 0, end), g->req->host))
		return gate_refuse(g, 400, "the address names another host");
	*target = str_from_offset(rest, end);
	return true;
}

bool gate_target(struct gate *g, struct str target)
{
	size_t mark;

	if (str_eq(target, STR("*"))) {
		g->req->path = target;
		return g->req->method == WEB_OPTIONS ||
		       gate_refuse(g, 400, "the address is malformed");
	}
	if ((str_starts_ci(target, STR("http://")) || str_starts_ci(target, STR("https://"))) &&
	    !cut_absolute(g, &target))
		return false;
	mark = MIN_OF(str_find_char(target, '?', 0), target.n);
	return read_path(g, str_sub(target, 0, mark)) &&
	       read_query(g, str_from_offset(target, MIN_OF(mark + 1, target.n)));
}
