#include "wire/json.h"

#include <math.h>

/*
 * The reader that is only asked once something is known to be wrong.  It counts
 * the tape's words as it goes, so that it can also say where a word came from.
 */
struct locate {
	const char *p;
	size_t n, at;
	uint64_t word, stop;
	unsigned depth;
	bool found;
	struct text *wide; /* NULL: big whole numbers are left alone */
	size_t copied;
};

static const char *locate_value(struct locate *l);

static bool peek(const struct locate *l, char c)
{
	return l->at < l->n && l->p[l->at] == c;
}

static void skip_space(struct locate *l)
{
	while (peek(l, ' ') || peek(l, '\t') || peek(l, '\n') || peek(l, '\r'))
		l->at++;
}

/* One word of the tape begins here. */
static void count_word(struct locate *l)
{
	if (l->stop && l->word == l->stop)
		l->found = true;
	l->word++;
}

static int hex4(const struct locate *l, size_t at)
{
	int x = 0;

	for (size_t i = at; i < at + 4; i++) {
		char c = i < l->n ? char_lower(l->p[i]) : 0;

		if (!char_is_digit(c) && !(c >= 'a' && c <= 'f'))
			return -1;
		x = x * 16 + (char_is_digit(c) ? c - '0' : c - 'a' + 10);
	}
	return x;
}

/* At the 'u' of an escape. */
static const char *locate_unicode(struct locate *l)
{
	int x = hex4(l, l->at + 1);

	if (x < 0)
		return "\\u needs four hexadecimal digits";
	if (x >= 0xdc00 && x <= 0xdfff)
		return "a low surrogate without a high one before it";
	l->at += 5;
	if (x < 0xd800 || x > 0xdfff)
		return NULL;
	x = peek(l, '\\') && l->at + 1 < l->n && l->p[l->at + 1] == 'u' ? hex4(l, l->at + 2) : -1;
	if (x < 0xdc00 || x > 0xdfff)
		return "a high surrogate without a low one after it";
	l->at += 6;
	return NULL;
}

static const char *locate_string(struct locate *l)
{
	const char *wrong;

	count_word(l);
	if (l->found)
		return NULL;
	l->at++;
	while (!peek(l, '"')) {
		if (l->at >= l->n)
			return "a string doesn't end";
		if ((unsigned char)l->p[l->at] < 0x20)
			return "a control character in a string";
		if (l->p[l->at++] != '\\')
			continue;
		if (peek(l, 'u')) {
			wrong = locate_unicode(l);
			if (wrong)
				return wrong;
		} else if (l->at < l->n && l->p[l->at] && strchr("\"\\/bfnrt", l->p[l->at])) {
			l->at++;
		} else {
			return "no such escape";
		}
	}
	l->at++;
	return NULL;
}

static size_t skip_digits(struct locate *l)
{
	size_t start = l->at;

	while (l->at < l->n && char_is_digit(l->p[l->at]))
		l->at++;
	return l->at - start;
}

/* Is the number from start to l->at one that a double, or 64 bits when whole, can hold? */
static const char *locate_size(struct locate *l, size_t start, bool whole)
{
	struct str s = str_from(l->p + start, l->at - start);
	uint64_t u;
	int64_t i;
	double x;

	if (whole && (str_to_u64(s, &u) || str_to_i64(s, &i)))
		return NULL;
	if (!str_to_double(s, &x) || isinf(x)) {
		l->at = start;
		return "a number too large";
	}
	if (whole && l->wide) {
		text_add(l->wide, str_from(l->p + l->copied, l->at - l->copied));
		text_add_c(l->wide, "e0");
		l->copied = l->at;
	}
	return NULL;
}

static const char *locate_number(struct locate *l)
{
	size_t start = l->at, digits;
	bool whole = true;

	count_word(l);
	l->word++;
	if (peek(l, '-'))
		l->at++;
	if (peek(l, '0') && l->at + 1 < l->n && char_is_digit(l->p[l->at + 1]))
		return "a number with a leading zero";
	digits = skip_digits(l);
	if (!digits)
		return "not a JSON value";
	if (peek(l, '.')) {
		l->at++, whole = false;
		if (!skip_digits(l))
			return "a number needs digits after its point";
	}
	if (peek(l, 'e') || peek(l, 'E')) {
		l->at++, whole = false;
		if (peek(l, '+') || peek(l, '-'))
			l->at++;
		if (!skip_digits(l))
			return "a number needs digits in its exponent";
	}
	if (whole ? digits >= 19 : true)
		return locate_size(l, start, whole);
	return NULL;
}

static const char *locate_word(struct locate *l, struct str word)
{
	count_word(l);
	if (!str_starts(str_from(l->p + l->at, l->n - l->at), word))
		return "not a JSON value";
	l->at += word.n;
	return NULL;
}

static const char *locate_member(struct locate *l)
{
	const char *wrong;

	if (!peek(l, '"'))
		return "expected a key in quotes";
	wrong = locate_string(l);
	if (wrong || l->found)
		return wrong;
	skip_space(l);
	if (!peek(l, ':'))
		return "expected ':' after a key";
	l->at++;
	return locate_value(l);
}

/* Recursion ends at JSON_MAX_DEPTH. */
static const char *locate_nest(struct locate *l, char close)
{
	const char *wrong = NULL;

	if (++l->depth > JSON_MAX_DEPTH)
		return "nested too deeply";
	count_word(l);
	l->at++;
	skip_space(l);
	if (!peek(l, close)) {
		for (;;) {
			skip_space(l);
			wrong = close == '}' ? locate_member(l) : locate_value(l);
			if (wrong || l->found)
				return wrong;
			skip_space(l);
			if (!peek(l, ','))
				break;
			l->at++;
		}
		if (!peek(l, close))
			return l->at >= l->n  ? "the end comes too early"
			       : close == '}' ? "expected ',' or '}'"
					      : "expected ',' or ']'";
	}
	l->at++;
	l->depth--;
	l->word++;
	return NULL;
}

static const char *locate_value(struct locate *l)
{
	skip_space(l);
	if (l->found)
		return NULL;
	if (l->at >= l->n)
		return "the end comes too early";
	switch (l->p[l->at]) {
	case '{':
		return locate_nest(l, '}');
	case '[':
		return locate_nest(l, ']');
	case '"':
		return locate_string(l);
	case 't':
		return locate_word(l, STR("true"));
	case 'f':
		return locate_word(l, STR("false"));
	case 'n':
		return locate_word(l, STR("null"));
	default:
		return locate_number(l);
	}
}

const char *json_locate(struct str b, uint64_t tape_at, struct text *wide, size_t *ret_at)
{
	struct locate l = {.p = b.p, .n = b.n, .word = 1, .stop = tape_at, .wide = wide};
	size_t bad_at;
	const char *wrong = NULL;

	if (!str_is_utf8(b, &bad_at)) {
		*ret_at = bad_at;
		return "invalid UTF-8";
	}
	wrong = locate_value(&l);
	if (!wrong && !l.found) {
		skip_space(&l);
		if (l.at < l.n)
			wrong = "something follows the value";
	}
	if (l.copied)
		text_add(wide, str_from_offset(b, l.copied));
	*ret_at = l.at;
	return wrong;
}
