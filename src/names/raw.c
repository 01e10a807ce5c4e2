#include "names/names.h"

/*
 * Names as inventories send them.  A name is cut to words; words that only say
 * which build of a thing it is (version, architecture, language) are left out,
 * so that what remains names the product.
 */

enum { MAX_NAME_BYTES = 512, MAX_TOKENS = 64 };

/* Bytes of other scripts are letters to us. */
static bool is_word_char(char c)
{
	return char_is_digit(c) || char_is_alpha(c) || (unsigned char)c >= 0x80;
}

/* '+' and '#' are part of "c++" and "c#"; '.', '-' and '_' join only between word characters. */
static bool joins(struct str s, size_t i)
{
	char c = s.p[i];
	if (c == '+' || c == '#')
		return i > 0 && (char_is_alpha(s.p[i - 1]) || s.p[i - 1] == c);
	return (c == '.' || c == '-' || c == '_') && i + 1 < s.n && is_word_char(s.p[i + 1]);
}

static bool next_word(struct str s, size_t *at, struct str *ret)
{
	size_t i = *at;
	while (i < s.n && !is_word_char(s.p[i]) &&
	       !(s.p[i] == '.' && i + 1 < s.n && char_is_alpha(s.p[i + 1])))
		i++;
	if (i == s.n)
		return false;
	size_t start = i++;
	while (i < s.n && (is_word_char(s.p[i]) || joins(s, i)))
		i++;
	*ret = str_sub(s, start, i - start);
	*at = i;
	return true;
}

/* The list is in small letters. */
static bool is_among(struct str word, const char *const *list, size_t n)
{
	char first = word.n ? char_lower(word.p[0]) : '\0';

	for (size_t i = 0; i < n; i++)
		if (list[i][0] == first && str_eq_ci(word, str_of(list[i])))
			return true;
	return false;
}

static bool is_arch(struct str word)
{
	static const char *const archs[] = {"x64",    "x86",	 "x86-64", "x86_64", "amd64",
					    "arm64",  "aarch64", "i386",   "i686",   "64-bit",
					    "32-bit", "64bit",	 "32bit",  "win32",  "win64",
					    "ia64",   "x32",	 "noarch"};
	return is_among(word, archs, ARRAY_LEN(archs));
}

/* "en-US", "zh_TW" anywhere; "de" only before a closing bracket, as in "(x64 de)". */
static bool is_language(struct str name, struct str word)
{
	static const char *const languages[] = {
		"ar", "bg", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et",
		"eu", "fi", "fr", "ga", "gl", "he", "hi", "hr", "hu", "id", "is",
		"it", "ja", "ko", "lt", "lv", "nb", "nl", "nn", "no", "pl", "pt",
		"ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "vi", "zh"};
	size_t end = (size_t)(word.p - name.p) + word.n;
	bool region = word.n == 5 && (word.p[2] == '-' || word.p[2] == '_') &&
		      char_is_alpha(word.p[3]) && char_is_alpha(word.p[4]);
	bool bracketed = word.n == 2 && end < name.n && name.p[end] == ')';
	return (region || bracketed) &&
	       is_among(str_sub(word, 0, 2), languages, ARRAY_LEN(languages));
}

/* Words of a language's own name that installers add in brackets. */
static bool is_language_name(struct str word)
{
	static const char *const names[] = {"english", "deutsch", "german",	 "french",
					    "spanish", "italian", "multilingual"};
	return is_among(word, names, ARRAY_LEN(names));
}

/* "8.0.3510.10", "v2.1", "r2" is none; "2016" is one only when dotted or equal to the version:
 * years and single numbers tell products apart ("Office 2016"). */
static bool is_version(struct str word, struct str version)
{
	if (version.n &&
	    (str_eq_ci(word, version) || (word.n && char_lower(word.p[0]) == 'v' &&
					  str_eq_ci(str_from_offset(word, 1), version))))
		return true;
	size_t i = word.n > 1 && char_lower(word.p[0]) == 'v' ? 1 : 0;
	if (i == word.n || !char_is_digit(word.p[i]))
		return false;
	bool dotted = i == 1;
	for (; i < word.n; i++) {
		char c = word.p[i];
		bool joint = c == '.' || c == '_' || c == '-';
		if (c != '-' && joint && i + 1 < word.n && char_is_digit(word.p[i + 1]))
			dotted = true;
		/* 8.5p1, 3.0rc2: letters behind numbers are still a version; 7-Zip is not */
		if (!joint && !char_is_digit(c) && !(dotted && char_is_alpha(c)))
			return false;
	}
	return dotted;
}

static struct str lower_copy(struct arena *arena, struct str s)
{
	char *p = arena_alloc(arena, s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		p[i] = char_lower(s.p[i]);
	return str_from(p, s.n);
}

/* Words that say which build: in "Update 351" the number goes with its word. */
static bool is_counter(struct str word)
{
	static const char *const counters[] = {"update", "version", "build", "release", "rev", "u"};
	return is_among(word, counters, ARRAY_LEN(counters));
}

static bool is_number(struct str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (!char_is_digit(word.p[i]))
			return false;
	return word.n > 0;
}

static bool counted_behind(struct str name, size_t at, struct str version)
{
	struct str next;
	return next_word(name, &at, &next) && (is_number(next) || is_version(next, version));
}

static bool is_bracketed_number(struct str name, struct str word)
{
	size_t start = (size_t)(word.p - name.p);
	return is_number(word) && start > 0 && name.p[start - 1] == '(' &&
	       start + word.n < name.n && name.p[start + word.n] == ')';
}

/* The words of name that name the product, at most max. */
static size_t product_words(struct str name, struct str version, struct str *ret, size_t max)
{
	size_t at = 0, n = 0;
	struct str word, number;
	name = str_sub(name, 0, MAX_NAME_BYTES);
	while (n < max && next_word(name, &at, &word)) {
		if (is_counter(word) && counted_behind(name, at, version)) {
			next_word(name, &at, &number);
			continue;
		}
		if (is_arch(word) || is_language(name, word) || is_language_name(word) ||
		    is_version(word, version) || is_bracketed_number(name, word))
			continue;
		/* "64 bit" */
		struct str next = {0};
		size_t ahead = at;
		if ((str_eq(word, STR("64")) || str_eq(word, STR("32"))) &&
		    next_word(name, &ahead, &next) && str_eq_ci(next, STR("bit"))) {
			at = ahead;
			continue;
		}
		ret[n++] = word;
	}
	return n;
}

size_t name_tokens(struct arena *arena, struct str name, struct str **ret)
{
	struct str words[MAX_TOKENS];
	size_t n = product_words(name, (struct str){0}, words, MAX_TOKENS);
	struct str *copy = ARENA_ARRAY(arena, struct str, n + 1);
	for (size_t i = 0; i < n; i++)
		copy[i] = lower_copy(arena, words[i]);
	*ret = copy;
	return n;
}

static bool is_legal_form(struct str word)
{
	static const char *const forms[] = {
		"inc", "inc.",	  "corp",    "corporation", "ltd", "llc",   "gmbh",
		"ag",  "sa",	  "bv",	     "co",	    "plc", "s.r.o", "oy",
		"ab",  "limited", "company", "pty",	    "kg",  "spa",   "the"};
	return is_among(word, forms, ARRAY_LEN(forms));
}

static size_t add_words(char *out, size_t n, const struct str *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i)
			out[n++] = ' ';
		for (size_t j = 0; j < words[i].n; j++)
			out[n++] = char_lower(words[i].p[j]);
	}
	return n;
}

struct str name_normal_key(struct arena *arena, struct str publisher, struct str name,
			   struct str version)
{
	struct str of_publisher[MAX_TOKENS], of_name[MAX_TOKENS];
	size_t n_publisher = 0, at = 0;
	publisher = str_sub(publisher, 0, MAX_NAME_BYTES);
	while (n_publisher < MAX_TOKENS && next_word(publisher, &at, &of_publisher[n_publisher]))
		n_publisher += !is_legal_form(of_publisher[n_publisher]);
	name = str_sub(str_trim(name), 0, MAX_NAME_BYTES);
	size_t n_name = product_words(name, str_trim(version), of_name, MAX_TOKENS);
	/* A name that is nothing but a version still has a key of its own. */
	if (n_name == 0 && name.n)
		of_name[n_name++] = name;
	char *out = arena_alloc(arena, 2 * (size_t)MAX_NAME_BYTES + 2 * (size_t)MAX_TOKENS + 2);
	size_t n = add_words(out, 0, of_publisher, n_publisher);
	out[n++] = '|';
	n = add_words(out, n, of_name, n_name);
	return str_from(out, n);
}

/* Java before 9 counted itself 1.x: "Java 8 Update 351", "Java SE Development Kit 7 Update 80". */
static bool java_version(struct arena *arena, struct str name, struct name_version *ret)
{
	size_t at = 0;
	struct str word, major = {0}, update = {0};
	if (!str_starts_ci(name, STR("java")) && !str_starts_ci(name, STR("J2SE")))
		return false;
	while (next_word(name, &at, &word)) {
		if (str_eq_ci(word, STR("update")) && next_word(name, &at, &update))
			break;
		if (is_number(word) && word.n == 1)
			major = word;
	}
	if (!is_number(update) || major.n == 0 || major.p[0] > '8')
		return false;
	ret->version = arena_fmt(arena, "1.%.*s.0", STR_FMT(major));
	ret->update = arena_fmt(arena, "update%.*s", STR_FMT(update));
	return true;
}

static struct str without_v(struct str s)
{
	return s.n > 1 && char_lower(s.p[0]) == 'v' && char_is_digit(s.p[1]) ? str_from_offset(s, 1)
									     : s;
}

struct name_version name_version_from(struct arena *arena, struct str name, struct str version)
{
	struct name_version found = {0};
	name = str_sub(str_trim(name), 0, MAX_NAME_BYTES);
	version = str_trim(version);
	if (java_version(arena, name, &found))
		return found;
	size_t at = 0;
	struct str word, in_name = {0}, last_number = {0};
	while (next_word(name, &at, &word)) {
		if (is_arch(word) || is_language(name, word))
			continue;
		if (in_name.n == 0 && is_version(word, (struct str){0}))
			in_name = without_v(word);
		else if (is_number(word) && !is_bracketed_number(name, word))
			last_number = word;
	}
	/* "Python 3.10.6" installs itself as 3.10.6150.0: patch times a thousand plus the build. */
	bool python = str_starts_ci(name, STR("python 3.")) && in_name.n;
	if (version.n && !python)
		found.version = version;
	else
		found.version = in_name.n ? in_name : version.n ? version : last_number;
	return found;
}
