#include "store/pg.h"

/* The length of what is quoted at p, with both quotes; 0 when nothing is. */
static size_t quoted(const char *p)
{
	const char *end;

	if (*p != '\'' && *p != '"')
		return 0;
	end = strchr(p + 1, *p);
	assert(end); /* of a literal of ours */
	return (size_t)(end - p) + 1;
}

void pg_rewrite(const char *sql, struct text *out)
{
	for (const char *p = sql; *p;) {
		size_t n = quoted(p);

		if (n)
			text_add(out, str_from(p, n));
		else
			text_add_char(out, *p == '?' ? '$' : *p);
		p += n ? n : 1;
	}
}

static bool is_word(char c)
{
	return char_is_alpha(c) || char_is_digit(c) || c == '_';
}

static void add_word(struct str word, struct text *out)
{
	/* "C": ordered by bytes, as SQLite does. */
	static const char *const words[][2] = {
		{"INTEGER", "BIGINT"},		{"BLOB", "BYTEA"}, {"REAL", "DOUBLE PRECISION"},
		{"TEXT", "TEXT COLLATE \"C\""}, {"WITHOUT", ""},   {"ROWID", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_is(word, words[i][0])) {
			text_add_c(out, words[i][1]);
			return;
		}
	}
	text_add(out, word);
}

void pg_rewrite_create(const char *sql, struct text *out)
{
	for (const char *p = sql; *p;) {
		size_t n = quoted(p);

		if (n) {
			text_add(out, str_from(p, n));
		} else if (is_word(*p)) {
			while (is_word(p[n]))
				n++;
			add_word(str_from(p, n), out);
		} else {
			text_add_char(out, *p);
			n = 1;
		}
		p += n;
	}
}

static struct str skip_blanks(struct str s)
{
	while (s.n && char_is_space(*s.p))
		s = str_from_offset(s, 1);
	return s;
}

/* "?1, ?2, ... ?n)" and no more. */
static bool numbered(struct str values, size_t n)
{
	for (size_t i = 1; i <= n; i++) {
		char want[16];
		int len = snprintf(want, sizeof(want), i < n ? "?%zu," : "?%zu)", i);

		values = skip_blanks(values);
		if (!str_starts(values, str_from(want, (size_t)len)))
			return false;
		values = str_from_offset(values, (size_t)len);
	}
	return !skip_blanks(values).n;
}

void pg_copy_of(const char *sql, struct text *out)
{
	static const struct str head = {"INSERT INTO ", 12}, middle = {"VALUES (", 8};
	struct str s = str_of(sql), table, values;
	size_t open = str_find_char(s, '(', 0), close = str_find_char(s, ')', 0), n = 1;

	if (!str_starts(s, head) || open == SIZE_MAX || close == SIZE_MAX || close < open)
		return;
	table = str_sub(s, head.n, close + 1 - head.n);
	values = skip_blanks(str_from_offset(s, close + 1));
	if (!str_starts(values, middle))
		return;
	for (size_t i = open; i < close; i++)
		n += s.p[i] == ',';
	if (numbered(str_from_offset(values, middle.n), n))
		text_addf(out, "COPY %.*s FROM STDIN (FORMAT binary)", STR_FMT(table));
}
