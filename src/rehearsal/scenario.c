#include "rehearsal/rehearsal.h"

#include <math.h>

enum { FILE_MOST = 64 << 10, WORDS_MOST = 64, NAME_MOST = 200 };

const struct scenario_about scenario_params[SCENARIO_PARAMS] = {
	[SCENARIO_TAKES] = {"takes", "devices exposed that an attempt infects", UNIT_SHARE, 0, 1,
			    1},
	[SCENARIO_UNKNOWN] = {"unknown", "of those of which nobody can tell, so many are exposed",
			      UNIT_SHARE, 0, 1, 0.5},
	[SCENARIO_SWEEP] = {"sweep",
			    "addresses of its own subnet that an infected device tries a second",
			    UNIT_NUMBER, 0, 1e6, 2},
	[SCENARIO_SCAN] = {"scan", "addresses that it tries a second, at random", UNIT_NUMBER, 0,
			   1e7, 25},
	[SCENARIO_SPACE] = {"space", "addresses that there are, of which it tries", UNIT_NUMBER, 1,
			    1e12, 3.7e9},
	[SCENARIO_INNER] = {"inner", "addresses that it tries a second within its organisation",
			    UNIT_NUMBER, 0, 1e7, 0},
	[SCENARIO_INNER_SPACE] = {"inner-space", "addresses that an organisation has", UNIT_NUMBER,
				  1, 1e12, 65536},
	[SCENARIO_LIVES] = {"lives", "an infected device infects others for so long", UNIT_SPAN,
			    600, 365 * 86400.0, 86400},
	[SCENARIO_OPEN] = {"open", "organisations that let it in from outside", UNIT_SHARE, 0, 1,
			   0.1},
	[SCENARIO_SEEDS] = {"seeds", "devices infected from elsewhere", UNIT_NUMBER, 1, 10000, 5},
	[SCENARIO_SEEDED] = {"seeded-within", "they come at random within so long", UNIT_SPAN, 0,
			     365 * 86400.0, 3600},
	[SCENARIO_LASTS] = {"lasts", "how long one looks", UNIT_SPAN, 60, 365 * 86400.0, 86400},
	[SCENARIO_SWITCH] = {"kill-switch",
			     "so long after the beginning it ends what newly starts; "
			     "0: there is none",
			     UNIT_SPAN, 0, 365 * 86400.0, 0},
	[SCENARIO_PROXIED] = {"proxied", "organisations whose devices cannot ask the kill switch",
			      UNIT_SHARE, 0, 1, 0.3},
	[SCENARIO_DETECTS] = {"detects",
			      "an organisation sees it so long after its first infection "
			      "(median)",
			      UNIT_SPAN, 0, 365 * 86400.0, 7200},
	[SCENARIO_DETECTS_BY] = {"detects-by", "standard deviation of the logarithm of that",
				 UNIT_NUMBER, 0, 5, 0.8},
	[SCENARIO_ISOLATES] = {"isolates", "organisations that then cut themselves off", UNIT_SHARE,
			       0, 1, 1},
	[SCENARIO_CONTAINS] = {"contains", "so long after that nothing spreads within either",
			       UNIT_SPAN, 0, 365 * 86400.0, 3600},
	[SCENARIO_WARNED] = {"warned",
			     "so long after the beginning everybody is told to cut "
			     "themselves off; 0: never",
			     UNIT_SPAN, 0, 365 * 86400.0, 0},
	[SCENARIO_OBEYS] = {"obeys", "organisations that do", UNIT_SHARE, 0, 1, 0.5},
	[SCENARIO_OBEYS_IN] = {"obeys-in", "how long they take (mean)", UNIT_SPAN, 0, 365 * 86400.0,
			       3600},
	[SCENARIO_PATCHED] = {"patched", "organisations that heeded the alert in time", UNIT_SHARE,
			      0, 1, 0},
	[SCENARIO_PATCHES] = {"patches", "of their devices exposed, so many they patched",
			      UNIT_SHARE, 0, 1, 0.9},
};

/* ---- values -----------------------------------------------------------------------------------
 */

static const struct {
	const char *word;
	double times;
	enum scenario_unit unit;
} units[] = {
	{"%", 0.01, UNIT_SHARE}, {"s", 1, UNIT_SPAN},	  {"min", 60, UNIT_SPAN},
	{"h", 3600, UNIT_SPAN},	 {"d", 86400, UNIT_SPAN},
};

static bool unit_cut(struct str *value, enum scenario_unit unit, double *ret)
{
	size_t n = value->n;
	struct str word;

	while (n && !(value->p[n - 1] >= '0' && value->p[n - 1] <= '9') && value->p[n - 1] != '.')
		n--;
	word = str_trim(str_from_offset(*value, n));
	*value = str_trim(str_sub(*value, 0, n));
	*ret = 1;
	if (!word.n)
		return unit != UNIT_SPAN || str_is(*value, "0");
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (str_is(word, units[i].word) && units[i].unit == unit)
			return *ret = units[i].times, true;
	return false;
}

static bool number_of(struct str s, double *ret)
{
	return str_to_double(str_trim(s), ret) && isfinite(*ret);
}

static bool param_set(struct scenario *s, int p, struct str value, struct err *err)
{
	static const char *const examples[] = {"10 % or 5..20 %", "90 min or 2..6 h",
					       "25 or 10..60"};
	const struct scenario_about *a = &scenario_params[p];
	struct str v = value;
	double times, lo, hi;
	size_t dots;
	bool ok = unit_cut(&v, a->unit, &times);

	dots = str_find(v, STR(".."), 0);
	ok = ok && number_of(str_sub(v, 0, dots == SIZE_MAX ? v.n : dots), &lo) &&
	     number_of(dots == SIZE_MAX ? v : str_from_offset(v, dots + 2), &hi);
	if (!ok)
		return err_set(err, ERR_INVALID, "%s is a value such as %s, not \"%.*s\"", a->word,
			       examples[a->unit], STR_FMT(str_sub(value, 0, 60)));
	lo *= times;
	hi *= times;
	if (lo > hi || lo < a->least || hi > a->most)
		return err_set(err, ERR_INVALID, "%s lies between %g and %g%s, the lesser first",
			       a->word, a->least, a->most, a->unit == UNIT_SPAN ? " seconds" : "");
	s->lo[p] = lo;
	s->hi[p] = hi;
	return true;
}

static void span_unit(double a, double b, double *ret_times, const char **ret_word)
{
	*ret_times = 1;
	*ret_word = " s";
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (units[i].unit == UNIT_SPAN && fmod(2 * a, units[i].times) <= 0 &&
		    fmod(2 * b, units[i].times) <= 0 && units[i].times <= fmax(a, b)) {
			*ret_times = units[i].times;
			*ret_word = (const char *[]){"", " s", " min", " h", " d"}[i];
		}
}

struct str scenario_value(const struct scenario *s, enum scenario_param p, struct arena *arena)
{
	double lo = s->lo[p], hi = s->hi[p], times = 1;
	const char *word = "";

	if (scenario_params[p].unit == UNIT_SPAN && hi > 0)
		span_unit(lo, hi, &times, &word);
	if (scenario_params[p].unit == UNIT_SHARE) {
		times = 0.01;
		word = " %";
	}
	if (lo < hi)
		return arena_fmt(arena, "%.10g..%.10g%s", lo / times, hi / times, word);
	return arena_fmt(arena, "%.10g%s", lo / times, word);
}

/* ---- words ------------------------------------------------------------------------------------
 */

static bool words_set(struct scenario_words *ret, struct str value, struct arena *arena,
		      struct err *err)
{
	struct str *v = ARENA_ARRAY(arena, struct str, WORDS_MOST), rest = value, piece;
	size_t n = 0;

	while (str_next(&rest, ' ', &piece)) {
		piece = str_trim(piece);
		if (!piece.n)
			continue;
		if (n == WORDS_MOST)
			return err_set(err, ERR_LIMIT, "more than %d words", WORDS_MOST);
		v[n++] = arena_str(arena, piece);
	}
	ret->v = v;
	ret->n = n;
	return true;
}

static bool text_set(struct str *ret, struct str value, struct arena *arena, struct err *err)
{
	if (value.n > NAME_MOST)
		return err_set(err, ERR_LIMIT, "a text of more than %d bytes", NAME_MOST);
	return *ret = arena_str(arena, value), true;
}

bool scenario_set(struct scenario *s, struct str word, struct str value, struct arena *arena,
		  struct err *err)
{
	if (!value.n)
		return err_set(err, ERR_INVALID, "\"%.*s\" has no value",
			       STR_FMT(str_sub(word, 0, 60)));
	if (str_is(word, "name"))
		return text_set(&s->name, value, arena, err);
	if (str_is(word, "about"))
		return text_set(&s->about, value, arena, err);
	if (str_is(word, "exploits"))
		return words_set(&s->cves, value, arena, err);
	if (str_is(word, "seeds-in"))
		return words_set(&s->seeds_in, value, arena, err);
	for (int i = 0; i < SCENARIO_PARAMS; i++)
		if (str_is(word, scenario_params[i].word))
			return param_set(s, i, value, err);
	return err_set(err, ERR_INVALID, "no scenario knows the word \"%.*s\"",
		       STR_FMT(str_sub(word, 0, 60)));
}

struct stood {
	VEC_OF(struct str) words;
};

static void stood_free(struct stood *s)
{
	free(s->words.v);
}

static bool has_stood(struct stood *s, struct str word)
{
	for (size_t i = 0; i < s->words.n; i++)
		if (str_eq(s->words.v[i], word))
			return true;
	VEC_PUSH(&s->words, word);
	return false;
}

static struct str word_cut(struct str *line)
{
	size_t n = 0;
	struct str word;

	while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t')
		n++;
	word = str_sub(*line, 0, n);
	*line = str_trim(str_from_offset(*line, n));
	return word;
}

bool scenario_read(struct str name, struct str bytes, struct arena *arena, struct scenario *ret,
		   struct err *err)
{
	struct scenario s = {.name = arena_str(arena, name)};
	AUTO(stood_free) struct stood seen = {0};
	struct str rest = bytes, line, word;
	struct err why = {0};

	for (int i = 0; i < SCENARIO_PARAMS; i++)
		s.lo[i] = s.hi[i] = scenario_params[i].otherwise;
	if (bytes.n > FILE_MOST)
		return err_set(err, ERR_LIMIT, "%.*s: a scenario of more than %d bytes",
			       STR_FMT(name), FILE_MOST);
	for (unsigned at = 1; str_next_line(&rest, &line); at++) {
		line = str_trim(str_sub(line, 0, MIN_OF(line.n, str_find_char(line, '#', 0))));
		if (!line.n)
			continue;
		word = word_cut(&line);
		if (has_stood(&seen, word))
			return err_set(err, ERR_INVALID, "%.*s:%u: \"%.*s\" stands there twice",
				       STR_FMT(name), at, STR_FMT(str_sub(word, 0, 60)));
		if (!scenario_set(&s, word, line, arena, &why))
			return err_set(err, ERR_INVALID, "%.*s:%u: %s", STR_FMT(name), at,
				       why.text);
	}
	if (!s.cves.n)
		return err_set(err, ERR_INVALID,
			       "%.*s: it says of no vulnerability that it \"exploits\" it",
			       STR_FMT(name));
	return *ret = s, true;
}
