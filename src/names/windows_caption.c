#include "names/names.h"

/*
 * What a text says: MSRC's product names and the captions that systems give of
 * themselves, in many languages.  The text is cut to words, each word at most
 * once looked at per rule.
 */

enum { MAX_CAPTION_BYTES = 512, MAX_WORDS = 64 };

struct words {
	struct str v[MAX_WORDS];
	size_t at[MAX_WORDS]; /* offset of each in the caption */
	size_t n;
};

static bool is_word_char(char c)
{
	return char_is_digit(c) || char_is_alpha(c) || c == '.' || c == '-';
}

/* Consoles whose code page has no registered mark print it as an r: "Serverr 2008". */
static struct str without_mark(struct str word)
{
	static const char *const marked[] = {"microsoftr", "windowsr", "serverr", "vistar"};
	for (size_t i = 0; i < ARRAY_LEN(marked); i++)
		if (str_eq_ci(word, str_of(marked[i])))
			word.n--;
	return word;
}

static void cut_words(struct str s, struct words *w)
{
	size_t i = 0;
	while (i < s.n && w->n < MAX_WORDS) {
		while (i < s.n && !is_word_char(s.p[i]))
			i++;
		size_t start = i;
		while (i < s.n && is_word_char(s.p[i]))
			i++;
		struct str word = str_sub(s, start, i - start);
		while (word.n && (word.p[word.n - 1] == '.' || word.p[word.n - 1] == '-'))
			word.n--;
		/* "(R)" and "(TM)" are marks, not words. */
		if (word.n == 0 || (start > 0 && s.p[start - 1] == '(' &&
				    (str_eq_ci(word, STR("r")) || str_eq_ci(word, STR("tm")))))
			continue;
		w->v[w->n] = without_mark(word);
		w->at[w->n++] = start;
	}
}

static bool word_is(const struct words *w, size_t i, const char *c)
{
	return i < w->n && str_eq_ci(w->v[i], str_of(c));
}

static bool word_starts(const struct words *w, size_t i, const char *c)
{
	return i < w->n && str_starts_ci(w->v[i], str_of(c));
}

static bool has_word(const struct words *w, size_t from, const char *c)
{
	for (size_t i = from; i < w->n; i++)
		if (word_is(w, i, c))
			return true;
	return false;
}

static size_t find_among(const struct words *w, size_t from, size_t to, const char *c)
{
	for (size_t i = from; i < w->n && i < to; i++)
		if (word_is(w, i, c))
			return i;
	return SIZE_MAX;
}

/* A word directly behind "Windows" that names a family, and the words that may stand between. */
struct family_rule {
	const char *words[3]; /* in order behind "Windows", NULL ends */
	const char *family;
	int sp; /* the service pack that the name implies, -1 none */
};

/*
 * Longer rules first.  Embedded editions, thin clients, Hyper-V and the small
 * servers share the line of the system they were made from.
 */
static const struct family_rule families[] = {
	{{"server", "2003", "r2"}, "2003", -1},
	{{"server", "2003"}, "2003", -1},
	{{"server", "2008", "r2"}, "2008r2", -1},
	{{"server", "2008"}, "2008", -1},
	{{"server", "2012", "r2"}, "2012r2", -1},
	{{"server", "2012"}, "2012", -1},
	{{"server", "2016"}, "2016", -1},
	{{"server", "2019"}, "2019", -1},
	{{"server", "2022"}, "2022", -1},
	{{"server", "2025"}, "2025", -1},
	{{"server", "version"}, "server", -1},
	{{"home", "server", "2011"}, "2008r2", 1},
	{{"2000"}, "2000", -1},
	{{"2003"}, "2003", -1},
	{{"xp"}, "xp", -1},
	{{"vista"}, "vista", -1},
	{{"embedded", "standard", "2009"}, "xp", 3},
	{{"embedded", "posready", "2009"}, "xp", 3},
	{{"embedded", "posready", "7"}, "7", 1},
	{{"embedded", "standard", "7"}, "7", -1},
	{{"embedded", "standard"}, "7", -1},
	{{"embedded", "posready"}, "7", -1},
	{{"embedded", "7"}, "7", -1},
	{{"embedded", "8.1"}, "8.1", -1},
	{{"embedded", "8"}, "8", -1},
	{{"posready", "2009"}, "xp", 3},
	{{"posready", "7"}, "7", 1},
	{{"thin", "pc"}, "7", 1},
	{{"rt", "8.1"}, "rt8.1", -1},
	{{"rt"}, "rt", -1},
	{{"7"}, "7", -1},
	{{"8.1"}, "8.1", -1},
	{{"8"}, "8", -1},
	{{"10"}, "10", -1},
	{{"11"}, "11", -1},
	{{"storage", "server", "2016"}, "2016", -1},
};

static bool rule_fits(const struct family_rule *rule, const struct words *w, size_t from,
		      size_t *ret_end)
{
	size_t n = 0;
	for (; n < ARRAY_LEN(rule->words) && rule->words[n]; n++)
		if (!word_is(w, from + n, rule->words[n]))
			return false;
	*ret_end = from + n;
	return true;
}

/* The family named from word from on; *ret_end the word behind it. */
static const struct family_rule *read_family(const struct words *w, size_t from, size_t *ret_end)
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		if (rule_fits(&families[i], w, from, ret_end))
			return &families[i];
	/* "Windows Storage Server 2012 R2", "Windows MultiPoint Server 2012", and editions put
	 * between: "Windows Server Standard 2012". */
	size_t server = find_among(w, from, from + 3, "server");
	if (server == SIZE_MAX)
		return NULL;
	for (size_t at = server; at <= server + 1; at++) {
		struct words shifted = {.n = 0};
		shifted.v[shifted.n++] = STR("server");
		for (size_t i = at + 1; i < w->n && i < at + 3; i++)
			shifted.v[shifted.n++] = w->v[i];
		for (size_t i = 0; i < ARRAY_LEN(families); i++)
			if (rule_fits(&families[i], &shifted, 0, ret_end)) {
				*ret_end = at + *ret_end;
				return &families[i];
			}
	}
	return NULL;
}

static bool word_number(const struct words *w, size_t i, uint32_t *ret)
{
	uint64_t x;
	if (i >= w->n || !str_to_u64(w->v[i], &x) || x > UINT32_MAX)
		return false;
	*ret = (uint32_t)x;
	return true;
}

/* "Service Pack 1", "SP1", "SP 1". */
static bool read_sp(const struct words *w, size_t from, uint32_t *ret)
{
	for (size_t i = from; i < w->n; i++) {
		if (word_is(w, i, "service") && word_is(w, i + 1, "pack") &&
		    word_number(w, i + 2, ret))
			return true;
		if (word_is(w, i, "sp") && word_number(w, i + 1, ret))
			return true;
		uint64_t sp;
		if (word_starts(w, i, "sp") && str_to_u64(str_from_offset(w->v[i], 2), &sp) &&
		    sp < 10) {
			*ret = (uint32_t)sp;
			return true;
		}
	}
	return false;
}

static enum windows_arch read_arch(const struct words *w, size_t from)
{
	static const struct {
		const char *start;
		enum windows_arch arch;
	} marks[] = {{"itanium", WINDOWS_IA64}, {"ia64", WINDOWS_IA64}, {"arm64", WINDOWS_ARM64},
		     {"arm", WINDOWS_ARM},	{"x64", WINDOWS_X64},	{"amd64", WINDOWS_X64},
		     {"64-bit", WINDOWS_X64},	{"x86", WINDOWS_X86},	{"32-bit", WINDOWS_X86},
		     {"64bit", WINDOWS_X64},	{"32bit", WINDOWS_X86}};
	for (size_t j = 0; j < ARRAY_LEN(marks); j++)
		for (size_t i = from; i < w->n; i++)
			if (word_starts(w, i, marks[j].start))
				return marks[j].arch;
	for (size_t i = from; i + 1 < w->n; i++)
		if (word_is(w, i + 1, "bit") && (word_is(w, i, "64") || word_is(w, i, "32")))
			return word_is(w, i, "64") ? WINDOWS_X64 : WINDOWS_X86;
	return WINDOWS_ARCH_ANY;
}

static const struct windows_line *line_with_sp(const char *family, uint32_t sp)
{
	const struct windows_line *first = NULL, *best = NULL;
	for (size_t i = 0; i < windows_line_count(); i++) {
		const struct windows_line *line = windows_line_at(i);
		if (strcmp(line->family, family) != 0 || line->label)
			continue;
		first = first ? first : line;
		if (line->sp <= sp)
			best = line;
	}
	return best ? best : first;
}

/* A label ("1607", "22H2"), a build (19045, 10.0.19045) or a long-term edition's year. */
static bool line_has_mark(const struct windows_line *line, const struct words *w, size_t i,
			  bool long_term)
{
	static const struct {
		const char *family, *year;
		uint32_t build;
	} editions[] = {{"10", "2015", 10240},
			{"10", "2016", 14393},
			{"10", "2019", 17763},
			{"10", "2021", 19044},
			{"11", "2024", 26100}};
	if (line->label && str_eq_ci(w->v[i], str_of(line->label)))
		return true;
	uint32_t build;
	struct str word = w->v[i];
	if (str_starts(word, STR("10.0.")))
		word = str_sub(word, 5, 5);
	uint64_t x;
	if (str_to_u64(word, &x) && x >= 10240 && x <= UINT32_MAX) {
		build = (uint32_t)x;
		return line->build == build;
	}
	for (size_t j = 0; long_term && j < ARRAY_LEN(editions); j++)
		if (word_is(w, i, editions[j].year) &&
		    strcmp(line->family, editions[j].family) == 0 &&
		    line->build == editions[j].build)
			return true;
	return false;
}

static const struct windows_line *line_with_mark(const char *family, const struct words *w,
						 size_t from)
{
	bool long_term = has_word(w, from, "ltsb") || has_word(w, from, "ltsc");
	for (size_t i = from; i < w->n; i++)
		for (size_t j = 0; j < windows_line_count(); j++) {
			const struct windows_line *line = windows_line_at(j);
			/* A build in the text outweighs the caption's 10 or 11. */
			bool client = strlen(family) == 2 && !line->server && line->label &&
				      w->v[i].n >= 5;
			if ((strcmp(line->family, family) == 0 || client) &&
			    line_has_mark(line, w, i, long_term))
				return line;
		}
	return NULL;
}

/* Tools that only have a system's name in theirs. */
static bool is_tool(const struct words *w, size_t from)
{
	static const char *const tools[] = {"hlk",	 "sdk",	   "adk",   "assistant",
					    "subsystem", "mobile", "phone", "team"};
	for (size_t i = 0; i < ARRAY_LEN(tools) - 1; i++)
		if (has_word(w, from, tools[i]))
			return true;
	return false;
}

static void read_line(const struct words *w, const struct family_rule *rule, size_t end,
		      struct windows_named *named)
{
	const char *family = rule->family;
	uint32_t sp = 0;
	bool stated = read_sp(w, end, &sp);
	named->arch = read_arch(w, end);
	named->core = has_word(w, end, "core") && has_word(w, end, "installation");
	if (strcmp(family, "xp") == 0 && named->arch == WINDOWS_X64)
		family = "xp64";
	if (!stated && rule->sp >= 0) {
		stated = true;
		sp = (uint32_t)rule->sp;
	}
	if (family[0] == 'r' && named->arch == WINDOWS_ARCH_ANY)
		named->arch = WINDOWS_ARM;
	/* Windows 11 runs on no 32-bit ARM; MSRC once wrote "ARM systems". */
	if (strcmp(family, "11") == 0 && named->arch == WINDOWS_ARM)
		named->arch = WINDOWS_ARM64;
	named->line = line_with_mark(family, w, end);
	if (named->line) {
		named->exact = true;
		return;
	}
	named->exact = stated || has_word(w, end, "systems");
	if (strcmp(family, "10") == 0 || strcmp(family, "11") == 0) {
		named->line =
			windows_line_by_name(family[1] == '0' ? STR("10-10240") : STR("11-22000"));
	} else {
		named->line = line_with_sp(family, sp);
		/* Where a family has one line, its name is enough. */
		named->exact |= named->line && !named->line->next && named->line->sp == 0;
	}
	/* A version that we don't know is not the first one. */
	if (has_word(w, end, "version") && (family[0] == '1' || strcmp(family, "server") == 0)) {
		named->line = NULL;
		named->exact = false;
	}
}

/* Is what stands before "Windows" only its maker?  In other scripts it is spelled otherwise. */
static bool is_maker(const struct words *w, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!word_is(w, i, "microsoft") && !word_is(w, i, "ms"))
			return false;
	return true;
}

static struct str application_before(struct str caption, const struct words *w, size_t at)
{
	while (at > 0 && (word_is(w, at - 1, "microsoft") || word_is(w, at - 1, "on") ||
			  word_is(w, at - 1, "installed") || word_is(w, at - 1, "when") ||
			  word_is(w, at - 1, "for") || word_is(w, at - 1, "running")))
		at--;
	return str_trim(str_sub(caption, 0, at < w->n ? w->at[at] : caption.n));
}

/* "Windows Defender", "Azure Extension for Windows": the name of something else, but "Windows 12"
 * or "Windows Embedded CE" is a system of which we know no line. */
static struct str application_without_line(struct str caption, const struct words *w)
{
	static const char *const systems[] = {"server", "embedded", "nt", "me", "ce", "iot"};
	size_t at = 0;
	while (at < w->n && !word_is(w, at, "windows"))
		at++;
	if (!is_maker(w, at))
		return application_before(caption, w, at);
	if (at + 1 >= w->n || char_is_digit(w->v[at + 1].p[0]))
		return (struct str){0};
	for (size_t i = 0; i < ARRAY_LEN(systems); i++)
		if (word_is(w, at + 1, systems[i]))
			return (struct str){0};
	return caption;
}

bool windows_line_of_caption(struct str caption, struct windows_named *ret)
{
	caption = str_trim(str_sub(caption, 0, MAX_CAPTION_BYTES));
	struct words w = {.n = 0};
	cut_words(caption, &w);
	struct windows_named named = {0};
	bool seen = false;
	/* The last system named is what the rest runs on. */
	for (size_t i = w.n; i > 0 && !named.line; i--) {
		bool windows = word_is(&w, i - 1, "windows");
		bool hyper_v = word_is(&w, i - 1, "hyper-v") && word_is(&w, i, "server");
		size_t end;
		if (!windows && !hyper_v)
			continue;
		seen = true;
		const struct family_rule *rule = read_family(&w, i, &end);
		if (!rule)
			continue;
		read_line(&w, rule, end, &named);
		if (is_tool(&w, end) || !is_maker(&w, i - 1))
			named.application =
				is_tool(&w, end) ? caption : application_before(caption, &w, i - 1);
	}
	if (!seen)
		return false;
	if (!named.line && named.application.n == 0)
		named.application = application_without_line(caption, &w);
	*ret = named;
	return true;
}
