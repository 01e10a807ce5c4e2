#include "estate/search.h"

/* The language: what help prints is what is read. */
const struct estate_search_word estate_search_words[] = {
	{"os", "NAME", "operating system: its name, line, title or CPE product", TERM_OS},
	{"line", "LINE", "Windows line, as 7sp1, 2012r2, 10-14393", TERM_LINE},
	{"kb", "KB4012212", "an update is installed", TERM_KB},
	{"class", "CLASS", "workstation, server, medical, network, mobile, other, unknown",
	 TERM_CLASS},
	{"org", "CODE", "of this organisation", TERM_ORG},
	{"id", "TEXT", "part of the device's id; also device:", TERM_ID},
	{"device", "TEXT", "the same as id:", TERM_ID},
	{"type", "TEXT", "part of its type", TERM_TYPE},
	{"seg", "TEXT", "part of its network segment; also segment:", TERM_SEGMENT},
	{"segment", "TEXT", "the same as seg:", TERM_SEGMENT},
	{"service", "TEXT", "part of the clinical service it is for", TERM_SERVICE},
	{"internet", "yes|no", "faces the internet", TERM_INTERNET},
	{"smb1", "on|off", "SMBv1 is switched on or off", TERM_SMB1},
	{"seen", "FACET", "os, software or updates were ever seen", TERM_SEEN},
	{"vendor", "TEXT", "part of its vendor's name, where a register states one", TERM_VENDOR},
	{"model", "TEXT", "part of its model", TERM_MODEL},
	{"udi", "TEXT", "part of its unique device identifier", TERM_UDI},
	{"support", "[<|<=|>|>=]DAY", "its vendor supports it until then, as support:<2027-01-01",
	 TERM_SUPPORT},
	{"controls", "TEXT", "part of what protects it, as a register states it", TERM_CONTROLS},
	{"name", "TEXT", "part of a software's name", TERM_NAME},
	{"publisher", "TEXT", "part of a software's publisher; with name: the same software's",
	 TERM_PUBLISHER},
	{"version", "[<|<=|>|>=]V", "a software's version; with name: the same software's",
	 TERM_VERSION},
	{"unresolved", "yes|no", "holds software whose name is not resolved", TERM_UNRESOLVED},
	{0},
};

static bool kind_of_word(struct str word, enum term_kind *ret)
{
	for (const struct estate_search_word *w = estate_search_words; w->word; w++)
		if (str_eq_ci(word, str_of(w->word))) {
			*ret = (enum term_kind)w->kind;
			return true;
		}
	return false;
}

static bool bad_term(struct err *err, struct str term, const char *why)
{
	return err_set(err, ERR_USAGE, "search term \"%.*s\": %s", STR_FMT(str_sub(term, 0, 80)),
		       why);
}

/* The next term: up to a blank outside quotes.  *ret_quoted when it begins with a quote. */
static bool next_term(struct str *rest, struct str *ret, struct err *err)
{
	bool quoted = false;
	size_t n = 0;

	*rest = str_trim(*rest);
	while (n < rest->n && (quoted || !char_is_space(rest->p[n])))
		quoted ^= rest->p[n++] == '"';
	*ret = str_sub(*rest, 0, n);
	if (quoted)
		return bad_term(err, *ret, "the quote is not closed");
	*rest = str_from_offset(*rest, n);
	return true;
}

static struct str unquote(struct arena *arena, struct str s)
{
	AUTO(text_freep) struct text t = {0};

	if (str_find_char(s, '"', 0) == SIZE_MAX)
		return s;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '"')
			text_add_char(&t, s.p[i]);
	return arena_str(arena, text_str(&t));
}

static bool yes_or_no(struct str s, uint32_t *ret)
{
	if (str_eq_ci(s, STR("yes")) || str_eq_ci(s, STR("on")))
		*ret = SAID_YES;
	else if (str_eq_ci(s, STR("no")) || str_eq_ci(s, STR("off")))
		*ret = SAID_NO;
	else
		return false;
	return true;
}

static struct str version_test(struct str s, enum version_test *ret)
{
	static const struct {
		const char *sign;
		enum version_test test;
	} signs[] = {{"<=", VERSION_LE},
		     {">=", VERSION_GE},
		     {"<", VERSION_LT},
		     {">", VERSION_GT},
		     {"=", VERSION_EQ}};

	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		if (str_starts(s, str_of(signs[i].sign))) {
			*ret = signs[i].test;
			return str_from_offset(s, strlen(signs[i].sign));
		}
	return s;
}

static bool read_value(struct term *t, struct str whole, struct err *err)
{
	int64_t day_ms;

	switch (t->kind) {
	case TERM_KB:
		return kb_parse(t->value, &t->number) ||
		       bad_term(err, whole, "is no KB number, as kb:KB4012212");
	case TERM_CLASS:
		for (unsigned c = 0; c < DEVICE_CLASSES; c++)
			if (str_eq_ci(t->value, str_of(device_class_name((enum device_class)c)))) {
				t->number = c;
				return true;
			}
		return bad_term(err, whole,
				"classes are workstation, server, medical, network, mobile, other, "
				"unknown");
	case TERM_LINE:
		t->line = windows_line_by_name(t->value);
		return t->line || bad_term(err, whole, "no such Windows line, as line:7sp1");
	case TERM_INTERNET:
	case TERM_SMB1:
	case TERM_UNRESOLVED:
		return yes_or_no(t->value, &t->number) ||
		       bad_term(err, whole, "is answered by yes or no");
	case TERM_SEEN:
		for (unsigned f = 0; f < FACETS; f++)
			if (str_eq_ci(t->value, str_of(facet_name((enum facet)f)))) {
				t->number = f;
				return true;
			}
		return bad_term(err, whole, "facets are os, software, updates");
	case TERM_SUPPORT:
		t->value = version_test(t->value, &t->test);
		return (stamp_parse(t->value, &day_ms) && t->value.n == 10) ||
		       bad_term(err, whole, "is no day, as support:<2027-01-01");
	case TERM_VERSION:
		t->value = version_test(t->value, &t->test);
		return t->value.n || bad_term(err, whole, "has no version");
	default:
		return true;
	}
}

static bool read_term(struct query *q, struct str whole, struct err *err)
{
	struct term t = {.kind = TERM_TEXT};
	struct str s = whole;
	size_t colon;

	if (s.n > 1 && s.p[0] == '-') {
		t.negated = true;
		s = str_from_offset(s, 1);
	}
	colon = s.n && s.p[0] == '"' ? SIZE_MAX : str_find_char(s, ':', 0);
	t.value = unquote(q->arena, s);
	if (colon != SIZE_MAX) {
		if (!kind_of_word(str_sub(s, 0, colon), &t.kind))
			return bad_term(err, whole,
					"no such word (quote a text that has a colon)") ||
			       err_hint(err, "; lynchpin estate search --help lists them");
		t.value = unquote(q->arena, str_from_offset(s, colon + 1));
	}
	if (!t.value.n)
		return bad_term(err, whole, "says nothing to look for");
	/* KB4012212 alone means the update, and KB401221z nothing. */
	if (t.kind == TERM_TEXT && s.p[0] != '"' && t.value.n > 2 && char_is_digit(t.value.p[2]) &&
	    str_starts_ci(t.value, STR("kb")))
		t.kind = TERM_KB;
	if (!read_value(&t, whole, err))
		return false;
	if (term_is_software(&t)) {
		q->names = true;
		q->software = q->software || !t.negated;
	}
	q->resolution = q->resolution || t.kind == TERM_UNRESOLVED;
	q->named = q->named || (t.kind == TERM_ORG && !t.negated);
	VEC_PUSH(&q->terms, t);
	return true;
}

bool query_read(struct query *q, struct str s, struct err *err)
{
	struct str term;

	for (;;) {
		if (!next_term(&s, &term, err))
			return false;
		if (!term.n)
			return true;
		if (q->terms.n == 64)
			return err_set(err, ERR_LIMIT, "a search has at most 64 terms");
		if (!read_term(q, term, err))
			return false;
	}
}
