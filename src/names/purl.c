#include "names/names.h"

/*
 * Package URLs as the purl specification writes them:
 * pkg:type/namespace/name@version?qualifiers#subpath
 */

struct reader {
	char *buf; /* of the whole text: decoding never grows */
	size_t used;
	struct err *err;
};

/* Percent-decoded; a broken escape, a control character or bad UTF-8 is refused. */
static bool decode(struct reader *r, const char *what, struct str s, struct str *ret)
{
	char *out = r->buf + r->used;
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '%') {
			int high = i + 2 < s.n ? char_hex(s.p[i + 1]) : -1;
			int low = i + 2 < s.n ? char_hex(s.p[i + 2]) : -1;
			if (high < 0 || low < 0)
				return err_set(r->err, ERR_INVALID, "purl: %s: broken escape",
					       what);
			c = (char)(high * 16 + low);
			i += 2;
		}
		if ((unsigned char)c < ' ' || c == 127)
			return err_set(r->err, ERR_INVALID, "purl: %s: control character", what);
		out[n++] = c;
	}
	if (!str_is_utf8(str_from(out, n), NULL))
		return err_set(r->err, ERR_INVALID, "purl: %s: not UTF-8", what);
	r->used += n;
	*ret = str_from(out, n);
	return true;
}

static void fold(struct str s, char from, char to)
{
	char *p = (char *)(uintptr_t)s.p; /* our own buffer */
	for (size_t i = 0; i < s.n; i++)
		p[i] = s.p[i] == from && from ? to : char_lower(s.p[i]);
}

static struct str strip_slashes(struct str s)
{
	while (s.n && s.p[0] == '/')
		s = str_from_offset(s, 1);
	while (s.n && s.p[s.n - 1] == '/')
		s.n--;
	return s;
}

/* Segments of a path, each decoded by itself; empty ones and, in a subpath, dots fall away. */
static bool decode_path(struct reader *r, const char *what, struct str s, bool no_dots,
			struct str *ret)
{
	struct str rest = strip_slashes(s), piece;
	char *start = r->buf + r->used;
	while (rest.n && str_next(&rest, '/', &piece)) {
		if (piece.n == 0 ||
		    (no_dots && (str_eq(piece, STR(".")) || str_eq(piece, STR("..")))))
			continue;
		if (r->buf + r->used != start)
			r->buf[r->used++] = '/';
		struct str decoded = {0};
		if (!decode(r, what, piece, &decoded))
			return false;
		if (str_find_char(decoded, '/', 0) != SIZE_MAX)
			return err_set(r->err, ERR_INVALID, "purl: %s: escaped slash", what);
	}
	*ret = str_from(start, (size_t)(r->buf + r->used - start));
	return true;
}

/* Last c in s, or SIZE_MAX. */
static size_t find_last(struct str s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return SIZE_MAX;
}

static bool is_key_char(char c)
{
	return char_is_alpha(c) || char_is_digit(c) || c == '.' || c == '-' || c == '_';
}

/* Where key belongs among n sorted qualifiers; *ret_found when it is there already. */
static size_t qualifier_place(const struct purl_qualifier *v, size_t n, struct str key,
			      bool *ret_found)
{
	size_t at = 0;
	while (at < n && str_cmp(v[at].key, key) < 0)
		at++;
	*ret_found = at < n && str_eq(v[at].key, key);
	return at;
}

static bool read_qualifiers(struct arena *arena, struct reader *r, struct str s, struct purl *purl)
{
	struct purl_qualifier v[PURL_MAX_QUALIFIERS];
	size_t n = 0;
	struct str rest = s, pair;
	while (str_next(&rest, '&', &pair)) {
		size_t equals = str_find_char(pair, '=', 0);
		if (pair.n == 0)
			continue;
		if (equals == SIZE_MAX || equals == 0)
			return err_set(r->err, ERR_INVALID, "purl: qualifier without key or value");
		struct str key = str_sub(pair, 0, equals), value;
		for (size_t i = 0; i < key.n; i++)
			if (!is_key_char(key.p[i]))
				return err_set(r->err, ERR_INVALID, "purl: bad qualifier key");
		if (!decode(r, "key", key, &key) ||
		    !decode(r, "qualifier", str_from_offset(pair, equals + 1), &value))
			return false;
		fold(key, 0, 0);
		if (value.n == 0)
			continue;
		bool found;
		size_t at = qualifier_place(v, n, key, &found);
		if (found)
			return err_set(r->err, ERR_INVALID, "purl: qualifier %.*s given twice",
				       STR_FMT(key));
		if (n == PURL_MAX_QUALIFIERS)
			return err_set(r->err, ERR_LIMIT, "purl: too many qualifiers");
		memmove(v + at + 1, v + at, (n - at) * sizeof(v[0]));
		v[at] = (struct purl_qualifier){key, value};
		n++;
	}
	struct purl_qualifier *copy = arena_alloc(arena, (n + 1) * sizeof(v[0]));
	memcpy(copy, v, n * sizeof(v[0]));
	purl->qualifiers = copy;
	purl->n_qualifiers = n;
	return true;
}

static bool read_type(struct reader *r, struct str s, struct str *ret)
{
	if (s.n == 0 || char_is_digit(s.p[0]))
		return err_set(r->err, ERR_INVALID, "purl: no type");
	for (size_t i = 0; i < s.n; i++)
		if (!is_key_char(s.p[i]) && s.p[i] != '+')
			return err_set(r->err, ERR_INVALID, "purl: bad character in type");
	if (!decode(r, "type", s, ret))
		return false;
	fold(*ret, 0, 0);
	return true;
}

/* What the type says of case and '_' (purl types). */
static void normalise(struct purl *purl)
{
	static const char *const folding[] = {"bitbucket", "github", "deb",  "apk",
					      "composer",  "hex",    "alpm", "pypi"};
	for (size_t i = 0; i < ARRAY_LEN(folding); i++)
		if (str_is(purl->type, folding[i])) {
			fold(purl->space, 0, 0);
			fold(purl->name, 0, 0);
		}
	if (str_is(purl->type, "rpm"))
		fold(purl->space, 0, 0);
	if (str_is(purl->type, "pypi"))
		fold(purl->name, '_', '-');
}

bool purl_parse(struct arena *arena, struct str s, struct purl *ret, struct err *err)
{
	struct purl purl = {0};
	if (s.n > PURL_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "purl of %zu bytes", s.n);
	if (!str_starts_ci(s, STR("pkg:")))
		return err_set(err, ERR_INVALID, "purl: does not begin with pkg:");
	struct reader r = {.buf = arena_alloc(arena, s.n + 1), .err = err};
	struct str rest = str_from_offset(s, strlen("pkg:"));
	size_t hash = find_last(rest, '#');
	if (hash != SIZE_MAX) {
		if (!decode_path(&r, "subpath", str_from_offset(rest, hash + 1), true,
				 &purl.subpath))
			return false;
		rest.n = hash;
	}
	size_t question = find_last(rest, '?');
	if (question != SIZE_MAX) {
		if (!read_qualifiers(arena, &r, str_from_offset(rest, question + 1), &purl))
			return false;
		rest.n = question;
	}
	rest = strip_slashes(rest);
	size_t slash = str_find_char(rest, '/', 0);
	if (slash == SIZE_MAX)
		return err_set(err, ERR_INVALID, "purl: no name");
	if (!read_type(&r, str_sub(rest, 0, slash), &purl.type))
		return false;
	rest = strip_slashes(str_from_offset(rest, slash));
	/* "@scope/name" has an '@' of its own: a version's stands behind the last slash. */
	size_t last = find_last(rest, '/'), at = find_last(rest, '@');
	if (at != SIZE_MAX && at > 0 && (last == SIZE_MAX || at > last + 1)) {
		if (!decode(&r, "version", str_from_offset(rest, at + 1), &purl.version))
			return false;
		rest.n = at;
	}
	rest = strip_slashes(rest);
	last = find_last(rest, '/');
	if (last != SIZE_MAX &&
	    !decode_path(&r, "namespace", str_sub(rest, 0, last), false, &purl.space))
		return false;
	if (!decode(&r, "name", str_from_offset(rest, last == SIZE_MAX ? 0 : last + 1), &purl.name))
		return false;
	if (purl.name.n == 0)
		return err_set(err, ERR_INVALID, "purl: no name");
	normalise(&purl);
	*ret = purl;
	return true;
}

static void encode(struct str s, bool slashes, struct text *out)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (is_key_char(c) || c == '~' || c == ':' || (slashes && c == '/')) {
			text_add_char(out, c);
		} else {
			text_add_char(out, '%');
			text_add_char(out, hex[(unsigned char)c >> 4]);
			text_add_char(out, hex[(unsigned char)c & 15]);
		}
	}
}

void purl_format(const struct purl *purl, struct text *out)
{
	text_add_c(out, "pkg:");
	text_add(out, purl->type);
	text_add_char(out, '/');
	if (purl->space.n) {
		encode(purl->space, true, out);
		text_add_char(out, '/');
	}
	encode(purl->name, false, out);
	if (purl->version.n) {
		text_add_char(out, '@');
		encode(purl->version, false, out);
	}
	for (size_t i = 0; i < purl->n_qualifiers; i++) {
		text_add_char(out, i ? '&' : '?');
		text_add(out, purl->qualifiers[i].key);
		text_add_char(out, '=');
		encode(purl->qualifiers[i].value, true, out);
	}
	if (purl->subpath.n) {
		text_add_char(out, '#');
		encode(purl->subpath, true, out);
	}
}

struct str purl_qualifier_of(const struct purl *purl, struct str key)
{
	for (size_t i = 0; i < purl->n_qualifiers; i++)
		if (str_eq(purl->qualifiers[i].key, key))
			return purl->qualifiers[i].value;
	return (struct str){0};
}

enum version_scheme purl_scheme(const struct purl *purl)
{
	static const struct {
		const char *type;
		enum version_scheme scheme;
	} types[] = {
		{"deb", VERSION_DPKG},	      {"rpm", VERSION_RPM},
		{"apk", VERSION_APK},	      {"alpm", VERSION_ALPM},
		{"ebuild", VERSION_GENTOO},   {"maven", VERSION_MAVEN},
		{"nuget", VERSION_NUGET},     {"pypi", VERSION_PYPI},
		{"gem", VERSION_GEM},	      {"npm", VERSION_SEMVER},
		{"cargo", VERSION_SEMVER},    {"golang", VERSION_SEMVER},
		{"hex", VERSION_SEMVER},      {"pub", VERSION_SEMVER},
		{"swift", VERSION_SEMVER},    {"conan", VERSION_SEMVER},
		{"composer", VERSION_SEMVER}, {"bitnami", VERSION_SEMVER},
	};
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (str_is(purl->type, types[i].type))
			return types[i].scheme;
	return VERSION_GENERIC;
}

struct str purl_full_version(struct arena *arena, const struct purl *purl)
{
	enum version_scheme scheme = purl_scheme(purl);
	struct str epoch = purl_qualifier_of(purl, STR("epoch"));
	if (epoch.n == 0 || purl->version.n == 0 ||
	    (scheme != VERSION_RPM && scheme != VERSION_DPKG) ||
	    str_find_char(purl->version, ':', 0) != SIZE_MAX)
		return purl->version;
	return arena_fmt(arena, "%.*s:%.*s", STR_FMT(epoch), STR_FMT(purl->version));
}
