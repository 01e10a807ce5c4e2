#include "names/version.h"

/*
 * Maven's version order (POM reference, "Version Order Specification"): tokens
 * between dots, hyphens and changes between digits and letters, each with the
 * separator before it; null tokens (0, "", final, ga, release) before a hyphen
 * or the end are dropped; the rest compare in order, padded with null.
 */

struct token {
	char separator;	 /* '.' or '-' */
	struct str text; /* digits, or letters and anything else */
	bool number;
	bool end;
};

struct maven_cursor {
	struct str s;
	size_t at;
	size_t kept_until; /* null tokens that begin before this offset stay */
	char separator;	   /* of the token that starts at at */
};

static const char *const nulls[] = {"ga", "final", "release"};

static bool is_null_token(const struct token *t)
{
	if (t->text.n == 0)
		return true;
	if (t->number) {
		for (size_t i = 0; i < t->text.n; i++)
			if (t->text.p[i] != '0')
				return false;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(nulls); i++)
		if (str_eq_ci(t->text, str_of(nulls[i])))
			return true;
	return false;
}

static bool is_separator(char c)
{
	return c == '.' || c == '-' || c == '_';
}

/* The next token as it is written; a change between digits and letters is a hyphen. */
static struct token raw_token(struct maven_cursor *c)
{
	if (c->at > c->s.n)
		return (struct token){.end = true};
	struct token t = {.separator = c->separator, .number = version_digit_at(c->s, c->at)};
	size_t end = c->at;
	while (end < c->s.n && !is_separator(c->s.p[end]) && char_is_digit(c->s.p[end]) == t.number)
		end++;
	t.text = str_sub(c->s, c->at, end - c->at);
	if (t.text.n == 0) {
		t.number = true; /* empty tokens are 0 */
		t.text = STR("0");
	}
	if (end == c->s.n) {
		c->at = c->s.n + 1;
	} else if (is_separator(c->s.p[end])) {
		c->separator = c->s.p[end] == '.' ? '.' : '-';
		c->at = end + 1;
	} else {
		c->separator = '-';
		c->at = end;
	}
	return t;
}

static bool directly_numbered(const struct maven_cursor *c)
{
	return c->at <= c->s.n && version_digit_at(c->s, c->at) && c->at > 0 &&
	       !is_separator(c->s.p[c->at - 1]);
}

enum { RELEASE = 5, UNKNOWN = 7 };

/* Known qualifiers in order; the empty one is the release. */
static int qualifier_rank(struct str text, bool numbered)
{
	static const char *const known[] = {"alpha",	"beta", "milestone", "rc",
					    "snapshot", "",	"sp"};
	if (numbered && text.n == 1) {
		char c = char_lower(text.p[0]);
		if (c == 'a' || c == 'b' || c == 'm')
			return c == 'a' ? 0 : c == 'b' ? 1 : 2;
	}
	if (str_eq_ci(text, STR("cr")))
		return 3;
	for (int i = 0; i < (int)ARRAY_LEN(known); i++)
		if (str_eq_ci(text, str_of(known[i])))
			return i;
	for (size_t i = 0; i < ARRAY_LEN(nulls); i++)
		if (str_eq_ci(text, str_of(nulls[i])))
			return RELEASE;
	return UNKNOWN;
}

/*
 * The next token that counts.  A run of nulls stays only where a dot joins it to
 * what is behind it, and that is no pre-release: Maven also keeps it there and
 * then finds 1.0.alpha < 1 < 1-x < 1.0.alpha.  To drop it makes this an order.
 */
static struct token next_token(struct maven_cursor *c)
{
	size_t start = c->at;
	struct token t = raw_token(c);
	if (t.end || !is_null_token(&t) || start < c->kept_until)
		return t;
	struct maven_cursor ahead = *c;
	for (;;) {
		struct maven_cursor before = ahead;
		struct token next = raw_token(&ahead);
		bool joined = !next.end && next.separator == '.';
		if (joined && !is_null_token(&next)) {
			if (next.number ||
			    qualifier_rank(next.text, directly_numbered(&ahead)) > RELEASE) {
				c->kept_until = before.at;
				return t;
			}
			*c = ahead;
			return next;
		}
		/* A hyphen or the end drops what came before; a null of its own begins anew. */
		if (!joined) {
			*c = ahead;
			if (next.end || !is_null_token(&next))
				return next;
			t = next;
		}
	}
}

struct ranked {
	int class; /* 0 a qualifier, 1 -number, 2 .number */
	int rank;
	struct str text;
};

static struct ranked rank_token(const struct token *t, const struct maven_cursor *c)
{
	if (t->number)
		return (struct ranked){.class = t->separator == '.' ? 2 : 1, .text = t->text};
	return (struct ranked){.rank = qualifier_rank(t->text, directly_numbered(c)),
			       .text = t->text};
}

/* The null that stands for a missing token: of the same kind as the other side's. */
static struct ranked null_for(const struct ranked *other)
{
	if (other->class)
		return (struct ranked){.class = other->class};
	return (struct ranked){.rank = RELEASE};
}

static int ranked_cmp(const struct ranked *a, const struct ranked *b)
{
	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->class)
		return version_cmp_digits(a->text, b->text);
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	return a->rank == UNKNOWN ? version_cmp_ci(a->text, b->text) : 0;
}

int version_cmp_maven(struct str a, struct str b)
{
	struct maven_cursor p = {.s = a, .separator = '.'}, q = {.s = b, .separator = '.'};
	for (;;) {
		struct token x = next_token(&p), y = next_token(&q);
		if (x.end && y.end)
			return 0;
		struct ranked i = {0}, j = {0};
		if (!x.end)
			i = rank_token(&x, &p);
		if (!y.end)
			j = rank_token(&y, &q);
		if (x.end)
			i = null_for(&j);
		if (y.end)
			j = null_for(&i);
		int c = ranked_cmp(&i, &j);
		if (c)
			return c;
	}
}
