#include "names/version.h"

/*
 * The orders of the distributions' package managers: Debian policy 5.6.12, rpm's
 * rpmvercmp, pacman's vercmp, Gentoo's PMS chapter 3.3 and Alpine's apk.
 */

/* "epoch:rest"; no epoch is 0. */
static struct str cut_epoch(struct str *s)
{
	size_t end = version_digits_end(*s, 0);
	if (end == s->n || s->p[end] != ':')
		return STR("0");
	struct str epoch = str_sub(*s, 0, end);
	*s = str_from_offset(*s, end + 1);
	return epoch;
}

/* Cut what is behind the last sep off *s; false when there is none. */
static bool cut_tail(struct str *s, char sep, struct str *ret_tail)
{
	for (size_t i = s->n; i > 0; i--)
		if (s->p[i - 1] == sep) {
			*ret_tail = str_from_offset(*s, i);
			s->n = i - 1;
			return true;
		}
	return false;
}

/* ---- dpkg ---- */

/* '~' before the end, the end before letters, letters before the rest. */
static int dpkg_weight(struct str s, size_t at)
{
	if (at >= s.n || char_is_digit(s.p[at]))
		return 0;
	if (s.p[at] == '~')
		return -1;
	return (unsigned char)s.p[at] + (char_is_alpha(s.p[at]) ? 0 : 256);
}

static int dpkg_part_cmp(struct str a, struct str b)
{
	size_t i = 0, j = 0;
	while (i < a.n || j < b.n) {
		while ((i < a.n && !char_is_digit(a.p[i])) || (j < b.n && !char_is_digit(b.p[j]))) {
			int x = dpkg_weight(a, i), y = dpkg_weight(b, j);
			if (x != y)
				return x < y ? -1 : 1;
			i++, j++;
		}
		size_t a_end = version_digits_end(a, i), b_end = version_digits_end(b, j);
		int c = version_cmp_digits(str_sub(a, i, a_end - i), str_sub(b, j, b_end - j));
		if (c)
			return c;
		i = a_end, j = b_end;
	}
	return 0;
}

int version_cmp_dpkg(struct str a, struct str b)
{
	int c = version_cmp_digits(cut_epoch(&a), cut_epoch(&b));
	struct str a_revision = {0}, b_revision = {0};
	cut_tail(&a, '-', &a_revision);
	cut_tail(&b, '-', &b_revision);
	if (!c)
		c = dpkg_part_cmp(a, b);
	return c ? c : dpkg_part_cmp(a_revision, b_revision);
}

/* ---- rpm ---- */

enum rpm_kind { RPM_TILDE, RPM_END, RPM_CARET, RPM_ALPHA, RPM_DIGITS };

static enum rpm_kind rpm_next(struct str s, size_t *at, struct str *ret)
{
	while (*at < s.n && !char_is_digit(s.p[*at]) && !char_is_alpha(s.p[*at]) &&
	       s.p[*at] != '~' && s.p[*at] != '^')
		++*at;
	if (*at == s.n)
		return RPM_END;
	if (s.p[*at] == '~' || s.p[*at] == '^')
		return s.p[(*at)++] == '~' ? RPM_TILDE : RPM_CARET;
	bool digits = char_is_digit(s.p[*at]);
	size_t end = digits ? version_digits_end(s, *at) : version_alpha_end(s, *at);
	*ret = str_sub(s, *at, end - *at);
	*at = end;
	return digits ? RPM_DIGITS : RPM_ALPHA;
}

static int rpm_part_cmp(struct str a, struct str b)
{
	size_t i = 0, j = 0;
	for (;;) {
		struct str x = {0}, y = {0};
		enum rpm_kind p = rpm_next(a, &i, &x), q = rpm_next(b, &j, &y);
		if (p != q)
			return p < q ? -1 : 1;
		if (p == RPM_END)
			return 0;
		int c = p == RPM_DIGITS ? version_cmp_digits(x, y) : str_cmp(x, y);
		if (c)
			return c;
	}
}

int version_cmp_rpm(struct str a, struct str b)
{
	int c = version_cmp_digits(cut_epoch(&a), cut_epoch(&b));
	struct str a_release = {0}, b_release = {0};
	cut_tail(&a, '-', &a_release);
	cut_tail(&b, '-', &b_release);
	if (!c)
		c = rpm_part_cmp(a, b);
	return c ? c : rpm_part_cmp(a_release, b_release);
}

/* ---- pacman ---- */

/*
 * A piece is its separators' length and what follows.  Letters straight behind a
 * number come before the end of the version (1.5b < 1.5), anything else after it.
 */
struct alpm_piece {
	size_t separators;
	enum { ALPM_ALPHA, ALPM_END, ALPM_DIGITS } kind;
	struct str text;
};

static struct alpm_piece alpm_next(struct str s, size_t *at)
{
	struct alpm_piece piece = {.kind = ALPM_END};
	size_t start = *at;
	while (*at < s.n && !char_is_digit(s.p[*at]) && !char_is_alpha(s.p[*at]))
		++*at;
	piece.separators = *at - start;
	if (*at == s.n)
		return piece;
	bool digits = char_is_digit(s.p[*at]);
	size_t end = digits ? version_digits_end(s, *at) : version_alpha_end(s, *at);
	piece.kind = digits ? ALPM_DIGITS : ALPM_ALPHA;
	piece.text = str_sub(s, *at, end - *at);
	*at = end;
	return piece;
}

static int alpm_part_cmp(struct str a, struct str b)
{
	size_t i = 0, j = 0;
	for (;;) {
		struct alpm_piece x = alpm_next(a, &i), y = alpm_next(b, &j);
		if (x.separators != y.separators)
			return x.separators < y.separators ? -1 : 1;
		if (x.kind != y.kind)
			return x.kind < y.kind ? -1 : 1;
		if (x.kind == ALPM_END)
			return 0;
		int c = x.kind == ALPM_DIGITS ? version_cmp_digits(x.text, y.text)
					      : str_cmp(x.text, y.text);
		if (c)
			return c;
	}
}

/* vercmp ignores the release where one side has none, which is no order; releases begin at 1,
 * so that is what a missing one is. */
int version_cmp_alpm(struct str a, struct str b)
{
	int c = version_cmp_digits(cut_epoch(&a), cut_epoch(&b));
	struct str a_release = STR("1"), b_release = STR("1");
	cut_tail(&a, '-', &a_release);
	cut_tail(&b, '-', &b_release);
	if (!c)
		c = alpm_part_cmp(a, b);
	return c ? c : alpm_part_cmp(a_release, b_release);
}

/* ---- Gentoo and Alpine: number(.number)*letter?(_suffix number?)*(-r number)? ---- */

struct suffix {
	const char *name;
	int rank; /* 0 is no suffix */
};

static const struct suffix gentoo_suffixes[] = {
	{"alpha", -4}, {"beta", -3}, {"pre", -2}, {"rc", -1}, {"p", 1},
};

static const struct suffix apk_suffixes[] = {
	{"alpha", -4}, {"beta", -3}, {"pre", -2}, {"rc", -1}, {"cvs", 1},
	{"svn", 2},    {"git", 3},   {"hg", 4},	  {"p", 5},
};

struct ebuild_rules {
	const struct suffix *suffixes;
	size_t n;
};

static const struct ebuild_rules gentoo_rules = {gentoo_suffixes, ARRAY_LEN(gentoo_suffixes)};
static const struct ebuild_rules apk_rules = {apk_suffixes, ARRAY_LEN(apk_suffixes)};

/* Cut "_suffix" and its number; false when s does not begin with a known one. */
static bool cut_suffix(const struct ebuild_rules *rules, struct str *s, int *ret_rank,
		       struct str *ret_number)
{
	if (s->n == 0 || s->p[0] != '_')
		return false;
	size_t end = version_alpha_end(*s, 1);
	struct str word = str_sub(*s, 1, end - 1);
	for (size_t i = 0; i < rules->n; i++)
		if (str_is(word, rules->suffixes[i].name)) {
			*s = str_from_offset(*s, end);
			*ret_rank = rules->suffixes[i].rank;
			*ret_number = version_cut_digits(s);
			return true;
		}
	return false;
}

static bool ebuild_reads(const struct ebuild_rules *rules, struct str s)
{
	do {
		if (version_cut_digits(&s).n == 0)
			return false;
	} while (version_cut_char(&s, '.'));
	if (version_alpha_at(s, 0))
		s = str_from_offset(s, 1);
	int rank;
	struct str number;
	while (cut_suffix(rules, &s, &rank, &number))
		;
	if (rules == &apk_rules && version_cut_char(&s, '~'))
		while (s.n && (char_is_digit(s.p[0]) || char_is_alpha(s.p[0])))
			s = str_from_offset(s, 1);
	if (s.n == 0)
		return true;
	return str_starts(s, STR("-r")) && version_is_digits(str_from_offset(s, 2));
}

static struct str without_trailing_zeroes(struct str s)
{
	while (s.n && s.p[s.n - 1] == '0')
		s.n--;
	return s;
}

/* A component behind the first is a decimal fraction where one begins with 0 (PMS 3.3). */
static int fraction_cmp(struct str a, struct str b)
{
	if (a.p[0] == '0' || b.p[0] == '0')
		return str_cmp(without_trailing_zeroes(a), without_trailing_zeroes(b));
	return version_cmp_digits(a, b);
}

static int ebuild_numbers_cmp(struct str *a, struct str *b)
{
	int c = version_cmp_digits(version_cut_digits(a), version_cut_digits(b));
	while (!c) {
		bool more_a = version_cut_char(a, '.'), more_b = version_cut_char(b, '.');
		if (more_a != more_b)
			return more_a ? 1 : -1;
		if (!more_a)
			return 0;
		c = fraction_cmp(version_cut_digits(a), version_cut_digits(b));
	}
	return c;
}

static int ebuild_letter(struct str *s)
{
	if (!version_alpha_at(*s, 0))
		return 0;
	int letter = char_lower(s->p[0]);
	*s = str_from_offset(*s, 1);
	return letter;
}

static int ebuild_suffixes_cmp(const struct ebuild_rules *rules, struct str *a, struct str *b)
{
	for (;;) {
		int x = 0, y = 0;
		struct str m = {0}, n = {0};
		bool more_a = cut_suffix(rules, a, &x, &m), more_b = cut_suffix(rules, b, &y, &n);
		if (x != y)
			return x < y ? -1 : 1;
		int c = version_cmp_digits(m, n);
		if (c)
			return c;
		if (!more_a && !more_b)
			return 0;
	}
}

static int ebuild_cmp(const struct ebuild_rules *rules, struct str a, struct str b)
{
	int c = ebuild_numbers_cmp(&a, &b);
	if (c)
		return c;
	int x = ebuild_letter(&a), y = ebuild_letter(&b);
	if (x != y)
		return x < y ? -1 : 1;
	c = ebuild_suffixes_cmp(rules, &a, &b);
	if (c)
		return c;
	struct str a_revision = {0}, b_revision = {0};
	if (cut_tail(&a, '-', &a_revision))
		version_cut_char(&a_revision, 'r');
	if (cut_tail(&b, '-', &b_revision))
		version_cut_char(&b_revision, 'r');
	c = version_cmp_digits(a_revision, b_revision);
	/* A commit's hash ("~") orders nothing but keeps two builds apart. */
	return c ? c : str_cmp(a, b);
}

int version_cmp_gentoo(struct str a, struct str b)
{
	return ebuild_cmp(&gentoo_rules, a, b);
}

bool version_reads_gentoo(struct str s)
{
	return ebuild_reads(&gentoo_rules, s);
}

int version_cmp_apk(struct str a, struct str b)
{
	return ebuild_cmp(&apk_rules, a, b);
}

bool version_reads_apk(struct str s)
{
	return ebuild_reads(&apk_rules, s);
}
