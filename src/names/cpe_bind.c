#include "names/names.h"

/*
 * Reading CPE names.  All three forms end in the same small machine that takes
 * one character at a time, literal or wildcard, and lets wildcards stand only
 * at the ends (NISTIR 7695, 5.3.2).
 */

enum put_state { AT_START, IN_LEAD_Q, IN_LEAD_STAR, IN_BODY, IN_TAIL_Q, IN_TAIL_STAR };

struct binder {
	char *buf; /* of the whole name: no form grows when it is read */
	size_t used;
	const char *form; /* for messages */
	bool only_q;	  /* may a value be nothing but '?' */
	struct err *err;
};

struct value {
	char *p;
	size_t n;
	enum put_state state;
};

static bool refuse(struct binder *b, enum cpe_attr_no no, const char *why)
{
	return err_set(b->err, ERR_INVALID, "CPE %s: %s: %s", b->form, cpe_attr_name(no), why);
}

static bool put_literal(struct value *v, char c)
{
	if (v->state >= IN_TAIL_Q)
		return false;
	v->state = IN_BODY;
	if (c == '*' || c == '?' || c == '\\')
		v->p[v->n++] = '\\';
	v->p[v->n++] = char_lower(c);
	return true;
}

static bool put_wild(struct value *v, char c)
{
	static const enum put_state after_q[] = {IN_LEAD_Q, IN_LEAD_Q, AT_START,
						 IN_TAIL_Q, IN_TAIL_Q, AT_START};
	enum put_state next = after_q[v->state];
	if (c == '*')
		next = v->state == AT_START  ? IN_LEAD_STAR
		       : v->state == IN_BODY ? IN_TAIL_STAR
					     : AT_START;
	if (next == AT_START)
		return false;
	v->state = next;
	v->p[v->n++] = c;
	return true;
}

static bool value_end(struct binder *b, enum cpe_attr_no no, const struct value *v,
		      struct cpe_attr *ret)
{
	if (v->state == AT_START)
		return refuse(b, no, "empty value");
	if (v->state == IN_LEAD_STAR || (v->state == IN_LEAD_Q && !b->only_q))
		return refuse(b, no, "nothing but wildcards");
	struct str text = {v->p, v->n};
	bool wild = v->state >= IN_TAIL_Q || v->p[0] == '*' || v->p[0] == '?';
	if (no == CPE_PART && (text.n != 1 || !memchr("aho", text.p[0], 3)))
		return refuse(b, no, "must be a, o or h");
	*ret = (struct cpe_attr){.kind = CPE_VALUE, .wild = wild, .text = text};
	b->used += v->n;
	return true;
}

static bool is_plain(char c)
{
	return char_is_digit(c) || char_is_alpha(c) || c == '.' || c == '-' || c == '_';
}

static bool is_punct(char c)
{
	return c > ' ' && c <= '~' && !char_is_digit(c) && !char_is_alpha(c);
}

/* One component of a formatted string that needs more than pointing at it (6.2.3). */
static bool read_value_23(struct binder *b, enum cpe_attr_no no, struct str s, struct cpe_attr *ret)
{
	struct value v = {.p = b->buf + b->used};
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool ok;
		if (c == '\\') {
			if (++i == s.n || !is_punct(s.p[i]))
				return refuse(b, no, "broken escape");
			ok = put_literal(&v, s.p[i]);
		} else if (c == '*' || c == '?') {
			ok = put_wild(&v, c);
		} else if (is_plain(c)) {
			ok = put_literal(&v, c);
		} else {
			return refuse(b, no, "a character that must be escaped");
		}
		if (!ok)
			return refuse(b, no, "a wildcard inside the value");
	}
	return value_end(b, no, &v, ret);
}

static bool is_plain_lower(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_plain(s.p[i]) || (s.p[i] >= 'A' && s.p[i] <= 'Z'))
			return false;
	return s.n > 0;
}

static bool read_attr_23(struct binder *b, enum cpe_attr_no no, struct str s, struct cpe_attr *ret)
{
	if (s.n == 1 && (s.p[0] == '*' || s.p[0] == '-')) {
		*ret = (struct cpe_attr){.kind = s.p[0] == '*' ? CPE_ANY : CPE_NA};
		return true;
	}
	if (no != CPE_PART && is_plain_lower(s)) {
		*ret = (struct cpe_attr){.kind = CPE_VALUE, .text = s};
		return true;
	}
	return read_value_23(b, no, s, ret);
}

static bool check_size(struct str s, struct err *err)
{
	if (s.n > CPE_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "CPE name of %zu bytes", s.n);
	return true;
}

/* The end of the component that starts at from: the next ':' that no '\' quotes. */
static size_t component_end(struct str s, size_t from)
{
	size_t i = from;
	while (i < s.n && s.p[i] != ':')
		i += s.p[i] == '\\' && i + 1 < s.n ? 2 : 1;
	return i;
}

bool cpe_parse_23(struct arena *arena, struct str s, struct cpe *ret, struct err *err)
{
	if (!check_size(s, err))
		return false;
	if (!str_starts_ci(s, STR("cpe:2.3:")))
		return err_set(err, ERR_INVALID, "CPE 2.3: does not begin with cpe:2.3:");
	struct binder b = {.buf = arena_alloc(arena, s.n + 1), .form = "2.3", .err = err};
	struct cpe cpe;
	size_t at = strlen("cpe:2.3:");
	for (enum cpe_attr_no no = CPE_PART; no < CPE_ATTRS; no++) {
		size_t end = component_end(s, at);
		if (!read_attr_23(&b, no, str_sub(s, at, end - at), &cpe.attr[no]))
			return false;
		if ((end == s.n) != (no == CPE_OTHER))
			return err_set(err, ERR_INVALID, "CPE 2.3: must have 11 components");
		at = end + 1;
	}
	*ret = cpe;
	return true;
}

/* One %xx: the standard's table (6.1.2.3) is %01, %02 and the ASCII punctuation that needs
 * quoting; %2d is ours, for a value that is a lone hyphen. */
static bool put_percent(struct value *v, struct str s, size_t at)
{
	if (s.n - at < 3)
		return false;
	int high = char_hex(s.p[at + 1]), low = char_hex(s.p[at + 2]);
	if (high < 0 || low < 0)
		return false;
	char c = (char)(high * 16 + low);
	if (c == 1 || c == 2)
		return put_wild(v, c == 1 ? '?' : '*');
	return high < 8 && is_punct(c) && c != '.' && c != '_' && put_literal(v, c);
}

static bool read_attr_22(struct binder *b, enum cpe_attr_no no, struct str s, struct cpe_attr *ret)
{
	if (s.n == 0 || str_eq(s, STR("-"))) {
		*ret = (struct cpe_attr){.kind = s.n ? CPE_NA : CPE_ANY};
		return true;
	}
	struct value v = {.p = b->buf + b->used};
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool ok;
		if (c == '%') {
			ok = put_percent(&v, s, i);
			i += 2;
		} else if (c == '?') {
			ok = put_wild(&v, c);
		} else {
			ok = (is_plain(c) || c == '~') && put_literal(&v, c);
		}
		if (!ok)
			return refuse(b, no, "a character or wildcard that may not stand here");
	}
	return value_end(b, no, &v, ret);
}

/* "~edition~sw_edition~target_sw~target_hw~other" (6.1.3.3). */
static bool unpack_edition(struct binder *b, struct str s, struct cpe *cpe)
{
	static const enum cpe_attr_no order[] = {CPE_EDITION, CPE_SW_EDITION, CPE_TARGET_SW,
						 CPE_TARGET_HW, CPE_OTHER};
	struct str rest = str_from_offset(s, 1), piece;
	size_t n = 0;
	while (str_next(&rest, '~', &piece)) {
		if (n == ARRAY_LEN(order))
			return refuse(b, CPE_EDITION, "more than five packed parts");
		if (!read_attr_22(b, order[n], piece, &cpe->attr[order[n]]))
			return false;
		n++;
	}
	if (n != ARRAY_LEN(order))
		return refuse(b, CPE_EDITION, "fewer than five packed parts");
	return true;
}

bool cpe_parse_22(struct arena *arena, struct str s, struct cpe *ret, struct err *err)
{
	if (!check_size(s, err))
		return false;
	if (!str_starts_ci(s, STR("cpe:/")))
		return err_set(err, ERR_INVALID, "CPE 2.2: does not begin with cpe:/");
	struct binder b = {
		.buf = arena_alloc(arena, s.n + 1), .form = "2.2", .only_q = true, .err = err};
	struct cpe cpe = {0};
	struct str rest = str_from_offset(s, strlen("cpe:/")), piece;
	unsigned no = CPE_PART;
	for (; str_next(&rest, ':', &piece); no++) {
		if (no > CPE_LANGUAGE)
			return err_set(err, ERR_INVALID, "CPE 2.2: more than 7 components");
		bool ok = no == CPE_EDITION && piece.n && piece.p[0] == '~'
				  ? unpack_edition(&b, piece, &cpe)
				  : read_attr_22(&b, no, piece, &cpe.attr[no]);
		if (!ok)
			return false;
	}
	*ret = cpe;
	return true;
}

static bool find_attr(struct str name, enum cpe_attr_no *ret)
{
	for (enum cpe_attr_no no = CPE_PART; no < CPE_ATTRS; no++)
		if (str_is(name, cpe_attr_name(no))) {
			*ret = no;
			return true;
		}
	return false;
}

/* A quoted value from its opening '"'; *at ends behind the closing one. */
static bool read_string_wfn(struct binder *b, enum cpe_attr_no no, struct str s, size_t *at,
			    struct cpe_attr *ret)
{
	struct value v = {.p = b->buf + b->used};
	size_t i = *at + 1;
	for (; i < s.n && s.p[i] != '"'; i++) {
		char c = s.p[i];
		bool ok;
		if (c == '\\') {
			if (++i == s.n || s.p[i] <= ' ' || s.p[i] > '~')
				return refuse(b, no, "broken escape");
			ok = put_literal(&v, s.p[i]);
		} else if (c == '*' || c == '?') {
			ok = put_wild(&v, c);
		} else {
			/* '.' and '-' ought to be quoted; people leave it out. */
			ok = is_plain(c) && put_literal(&v, c);
		}
		if (!ok)
			return refuse(b, no, "a character or wildcard that may not stand here");
	}
	if (i == s.n)
		return refuse(b, no, "no closing quote");
	*at = i + 1;
	return value_end(b, no, &v, ret);
}

static void skip_blanks(struct str s, size_t *at)
{
	while (*at < s.n && s.p[*at] == ' ')
		++*at;
}

/* attr=ANY, attr=NA or attr="..."; *at ends behind it. */
static bool read_pair_wfn(struct binder *b, struct str s, size_t *at, struct cpe *cpe,
			  unsigned *seen)
{
	size_t equals = str_find_char(s, '=', *at);
	enum cpe_attr_no no;
	if (equals == SIZE_MAX || !find_attr(str_trim(str_sub(s, *at, equals - *at)), &no))
		return err_set(b->err, ERR_INVALID, "CPE wfn: unknown attribute at byte %zu", *at);
	if (*seen & 1u << no)
		return refuse(b, no, "given twice");
	*seen |= 1u << no;
	*at = equals + 1;
	skip_blanks(s, at);
	struct str rest = str_from_offset(s, *at);
	if (str_starts(rest, STR("ANY"))) {
		*at += 3;
		cpe->attr[no] = (struct cpe_attr){.kind = CPE_ANY};
	} else if (str_starts(rest, STR("NA"))) {
		*at += 2;
		cpe->attr[no] = (struct cpe_attr){.kind = CPE_NA};
	} else if (rest.n && rest.p[0] == '"') {
		if (!read_string_wfn(b, no, s, at, &cpe->attr[no]))
			return false;
	} else {
		return refuse(b, no, "neither ANY, NA nor a quoted value");
	}
	skip_blanks(s, at);
	return true;
}

bool cpe_parse_wfn(struct arena *arena, struct str s, struct cpe *ret, struct err *err)
{
	if (!check_size(s, err))
		return false;
	if (!str_starts(s, STR("wfn:[")) || !str_ends(s, STR("]")))
		return err_set(err, ERR_INVALID, "CPE wfn: must be wfn:[...]");
	struct binder b = {
		.buf = arena_alloc(arena, s.n + 1), .form = "wfn", .only_q = true, .err = err};
	struct cpe cpe = {0};
	unsigned seen = 0;
	size_t at = strlen("wfn:[");
	skip_blanks(s, &at);
	while (at + 1 < s.n) {
		if (!read_pair_wfn(&b, s, &at, &cpe, &seen))
			return false;
		if (at + 1 == s.n)
			break;
		if (at + 1 > s.n || s.p[at] != ',')
			return err_set(err, ERR_INVALID, "CPE wfn: no comma at byte %zu", at);
		at++;
		skip_blanks(s, &at);
		if (at + 1 >= s.n)
			return err_set(err, ERR_INVALID, "CPE wfn: ends with a comma");
	}
	*ret = cpe;
	return true;
}

bool cpe_parse(struct arena *arena, struct str s, struct cpe *ret, struct err *err)
{
	if (str_starts_ci(s, STR("cpe:2.3:")))
		return cpe_parse_23(arena, s, ret, err);
	if (str_starts_ci(s, STR("cpe:/")))
		return cpe_parse_22(arena, s, ret, err);
	if (str_starts(s, STR("wfn:[")))
		return cpe_parse_wfn(arena, s, ret, err);
	return err_set(err, ERR_INVALID, "CPE: neither cpe:2.3:, cpe:/ nor wfn:[");
}
