#include "names/version.h"

/*
 * The orders of the languages' package managers: Semantic Versioning 2.0.0
 * clause 11, NuGet's four numbers, Python's PEP 440, Ruby's Gem::Version, and
 * OpenSSL's own letters.
 */

static struct str without_v(struct str s)
{
	if (s.n > 1 && char_lower(s.p[0]) == 'v' && char_is_digit(s.p[1]))
		return str_from_offset(s, 1);
	return s;
}

/* Numbers of any count, the shorter padded with zeroes; both cut off. */
static int numbers_cmp(struct str *a, struct str *b)
{
	for (;;) {
		int c = version_cmp_digits(version_cut_digits(a), version_cut_digits(b));
		if (c)
			return c;
		bool more_a = a->n && a->p[0] == '.' && version_digit_at(*a, 1);
		bool more_b = b->n && b->p[0] == '.' && version_digit_at(*b, 1);
		if (more_a)
			*a = str_from_offset(*a, 1);
		if (more_b)
			*b = str_from_offset(*b, 1);
		if (!more_a && !more_b)
			return 0;
	}
}

/* ---- semver and NuGet ---- */

bool version_reads_semver(struct str s)
{
	return version_digit_at(without_v(s), 0);
}

static int semver_identifier_cmp(struct str a, struct str b, bool fold)
{
	bool a_number = version_is_digits(a), b_number = version_is_digits(b);
	if (a_number != b_number)
		return a_number ? -1 : 1;
	if (a_number)
		return version_cmp_digits(a, b);
	return fold ? version_cmp_ci(a, b) : str_cmp(a, b);
}

/* The pre-release in what follows the numbers, without build metadata.  "1.0rc1" and the like
 * are not semver but are meant so. */
static struct str semver_pre(struct str rest)
{
	rest = str_sub(rest, 0, str_find_char(rest, '+', 0));
	version_cut_char(&rest, '-');
	return rest;
}

static int semver_cmp(struct str a, struct str b, bool fold)
{
	a = without_v(a), b = without_v(b);
	int c = numbers_cmp(&a, &b);
	if (c)
		return c;
	struct str rest_a = semver_pre(a), rest_b = semver_pre(b), x, y;
	if (rest_a.n == 0 || rest_b.n == 0)
		return rest_a.n ? -1 : rest_b.n ? 1 : 0;
	for (;;) {
		bool more_a = str_next(&rest_a, '.', &x), more_b = str_next(&rest_b, '.', &y);
		if (!more_a || !more_b)
			return more_a ? 1 : more_b ? -1 : 0;
		c = semver_identifier_cmp(x, y, fold);
		if (c)
			return c;
	}
}

int version_cmp_semver(struct str a, struct str b)
{
	return semver_cmp(a, b, false);
}

int version_cmp_nuget(struct str a, struct str b)
{
	return semver_cmp(a, b, true);
}

/* ---- OpenSSL ---- */

bool version_reads_openssl(struct str s)
{
	return version_digit_at(without_v(s), 0);
}

/* Behind the numbers: letters count up (z, za, zb), "-pre1" and "-beta1" come before them all. */
int version_cmp_openssl(struct str a, struct str b)
{
	a = without_v(a), b = without_v(b);
	int c = numbers_cmp(&a, &b);
	if (c)
		return c;
	struct str x = str_sub(a, 0, version_alpha_end(a, 0));
	struct str y = str_sub(b, 0, version_alpha_end(b, 0));
	c = version_cmp_ci(x, y);
	if (c)
		return c;
	return version_compare_flags(str_from_offset(a, x.n), 0, str_from_offset(b, y.n), 0);
}

/* ---- PEP 440 ---- */

struct pypi {
	struct str epoch, release;
	char pre; /* 'a', 'b', 'c', or 0 */
	struct str pre_number;
	bool has_post, has_dev;
	struct str post, dev, local;
};

static void cut_separator(struct str *s)
{
	if (s->n && memchr("-_.", s->p[0], 3))
		*s = str_from_offset(*s, 1);
}

/* Cut "[-_.]?word[-_.]?number?" when it is there. */
static bool cut_word(struct str *s, const char *word, struct str *ret_number)
{
	struct str rest = *s, w = str_of(word);
	cut_separator(&rest);
	if (!str_starts_ci(rest, w) || version_alpha_at(rest, w.n))
		return false;
	rest = str_from_offset(rest, w.n);
	struct str after = rest;
	cut_separator(&after);
	if (version_digit_at(after, 0))
		rest = after;
	*ret_number = version_cut_digits(&rest);
	*s = rest;
	return true;
}

static void pypi_cut_pre(struct str *s, struct pypi *p)
{
	static const struct {
		const char *word;
		char kind;
	} words[] = {{"alpha", 'a'},   {"a", 'a'},   {"beta", 'b'}, {"b", 'b'},
		     {"preview", 'c'}, {"pre", 'c'}, {"rc", 'c'},   {"c", 'c'}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (cut_word(s, words[i].word, &p->pre_number)) {
			p->pre = words[i].kind;
			return;
		}
}

static void pypi_cut_post(struct str *s, struct pypi *p)
{
	if (s->n > 1 && s->p[0] == '-' && char_is_digit(s->p[1])) {
		*s = str_from_offset(*s, 1);
		p->post = version_cut_digits(s);
		p->has_post = true;
		return;
	}
	p->has_post = cut_word(s, "post", &p->post) || cut_word(s, "rev", &p->post) ||
		      cut_word(s, "r", &p->post);
}

static bool pypi_read(struct str s, struct pypi *ret)
{
	struct pypi p = {0};
	s = without_v(str_trim(s));
	size_t end = version_digits_end(s, 0);
	if (end < s.n && s.p[end] == '!') {
		p.epoch = str_sub(s, 0, end);
		s = str_from_offset(s, end + 1);
	}
	if (!version_digit_at(s, 0))
		return false;
	for (end = version_digits_end(s, 0);
	     end < s.n && s.p[end] == '.' && version_digit_at(s, end + 1);)
		end = version_digits_end(s, end + 1);
	p.release = str_sub(s, 0, end);
	s = str_from_offset(s, end);
	pypi_cut_pre(&s, &p);
	pypi_cut_post(&s, &p);
	p.has_dev = cut_word(&s, "dev", &p.dev);
	if (version_cut_char(&s, '+')) {
		p.local = s;
		s = str_from_offset(s, s.n);
	}
	*ret = p;
	return s.n == 0;
}

bool version_reads_pypi(struct str s)
{
	struct pypi p;
	return pypi_read(s, &p);
}

/* A development release of the final one comes before its alphas. */
static int pypi_pre_rank(const struct pypi *p)
{
	if (p->pre)
		return p->pre;
	return !p->has_post && p->has_dev ? 0 : 'z';
}

static int pypi_local_cmp(struct str a, struct str b)
{
	struct str x, y;
	if (a.n == 0 || b.n == 0)
		return a.n ? 1 : b.n ? -1 : 0;
	for (;;) {
		size_t i = 0, j = 0;
		while (i < a.n && !memchr("-_.", a.p[i], 3))
			i++;
		while (j < b.n && !memchr("-_.", b.p[j], 3))
			j++;
		x = str_sub(a, 0, i), y = str_sub(b, 0, j);
		bool x_number = version_is_digits(x), y_number = version_is_digits(y);
		if (x_number != y_number)
			return x_number ? 1 : -1;
		int c = x_number ? version_cmp_digits(x, y) : version_cmp_ci(x, y);
		if (c || (i == a.n && j == b.n))
			return c;
		if (i == a.n || j == b.n)
			return i == a.n ? -1 : 1;
		a = str_from_offset(a, i + 1), b = str_from_offset(b, j + 1);
	}
}

int version_cmp_pypi(struct str a, struct str b)
{
	struct pypi p, q;
	if (!pypi_read(a, &p) || !pypi_read(b, &q))
		return version_compare_flags(a, 0, b, 0);
	int c = version_cmp_digits(p.epoch, q.epoch);
	if (!c)
		c = numbers_cmp(&p.release, &q.release);
	if (!c)
		c = version_sign(pypi_pre_rank(&p) - pypi_pre_rank(&q));
	if (!c)
		c = version_cmp_digits(p.pre_number, q.pre_number);
	if (!c)
		c = p.has_post - q.has_post;
	if (!c)
		c = version_cmp_digits(p.post, q.post);
	if (!c)
		c = q.has_dev - p.has_dev;
	if (!c)
		c = version_cmp_digits(p.dev, q.dev);
	return c ? c : pypi_local_cmp(p.local, q.local);
}

/* ---- Gem::Version ---- */

/* Segments are runs of digits or letters; '-' is a segment "pre".  Zeroes before the first word
 * and at the end count nothing, and a word comes before any number. */
struct gem_cursor {
	struct str s;
	size_t at, zeroes; /* zeroes: pending ones that turned out to count */
	bool words, ended, has_next;
	struct str next;
};

static bool gem_segment(struct gem_cursor *c, struct str *ret)
{
	while (c->at < c->s.n) {
		char x = c->s.p[c->at];
		if (char_is_digit(x) || char_is_alpha(x)) {
			size_t end = char_is_digit(x) ? version_digits_end(c->s, c->at)
						      : version_alpha_end(c->s, c->at);
			*ret = str_sub(c->s, c->at, end - c->at);
			c->at = end;
			return true;
		}
		c->at++;
		if (x == '-') {
			*ret = STR("pre");
			return true;
		}
	}
	return false;
}

static bool is_zero(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '0')
			return false;
	return true;
}

static struct str gem_next(struct gem_cursor *c)
{
	if (c->zeroes) {
		c->zeroes--;
		return STR("0");
	}
	if (c->has_next) {
		c->has_next = false;
		return c->next;
	}
	struct str segment;
	size_t zeroes = 0;
	while (gem_segment(c, &segment)) {
		if (is_zero(segment)) {
			zeroes++;
			continue;
		}
		if (char_is_alpha(segment.p[0]) && !c->words) {
			c->words = true;
			zeroes = 0;
		}
		if (zeroes == 0)
			return segment;
		c->zeroes = zeroes - 1;
		c->has_next = true;
		c->next = segment;
		return STR("0");
	}
	c->ended = true;
	return STR("0");
}

int version_cmp_gem(struct str a, struct str b)
{
	struct gem_cursor p = {.s = a}, q = {.s = b};
	while (!p.ended || !q.ended) {
		struct str x = gem_next(&p), y = gem_next(&q);
		bool x_word = char_is_alpha(x.p[0]), y_word = char_is_alpha(y.p[0]);
		if (x_word != y_word)
			return x_word ? -1 : 1;
		int c = x_word ? str_cmp(x, y) : version_cmp_digits(x, y);
		if (c)
			return c;
	}
	return 0;
}
