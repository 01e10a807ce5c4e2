#include "wire/csv.h"

#include "wire/block.h"

void csv_close(struct csv *c)
{
	arena_close(c->undo);
	arena_close(c->names_arena);
	free(c->fields.v);
	free(c);
}

static uint64_t mask_of(const struct csv *c, const char *at)
{
	size_t left = (size_t)(c->end - at);
	struct block b = left >= 64 ? block_load(at) : block_load_tail(at, left);
	uint64_t m = block_eq(&b, c->opt.sep) | block_eq(&b, '\n');

	return left >= 64 ? m : m & (((uint64_t)1 << left) - 1);
}

/* The next separator or line end at or after p, or the end; it is taken off the mask. */
static const char *next_mark(struct csv *c)
{
	while (!c->mask) {
		if (c->end - c->block <= 64)
			return c->end;
		c->block += 64;
		c->mask = mask_of(c, c->block);
	}
	return c->block + __builtin_ctzll(c->mask);
}

/* Go on at p, anywhere. */
static void seek(struct csv *c, const char *p)
{
	if (p - c->block >= 64) {
		c->block = p;
		c->mask = mask_of(c, p);
	} else {
		c->mask &= ~(uint64_t)0 << (p - c->block);
	}
	c->p = p;
}

void csv_start(struct csv *c)
{
	c->block = c->p;
	c->mask = mask_of(c, c->p);
}

static size_t count_lines(const char *from, const char *to)
{
	size_t n = 0;

	while ((from = memchr(from, '\n', (size_t)(to - from))))
		from++, n++;
	return n;
}

/* A copy of s with "" made ". */
static struct str undouble(struct csv *c, struct str s)
{
	char *to = arena_alloc(c->undo, s.n);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		to[n++] = s.p[i];
		if (s.p[i] == '"')
			i++;
	}
	c->undone = true;
	return str_from(to, n);
}

static bool fail(const struct csv *c, enum err_code code, const char *what, struct err *err)
{
	return err_set(err, code, "line %zu: %s", c->row.line, what);
}

/* p is at the opening quote; afterwards at the separator, line end or end. */
static bool quoted_field(struct csv *c, struct str *ret, struct err *err)
{
	const char *from = c->p + 1, *q = from;
	bool doubled = false;

	for (;;) {
		q = memchr(q, '"', (size_t)(c->end - q));
		if (!q)
			return fail(c, ERR_INVALID, "a quoted field doesn't end", err);
		if (q + 1 == c->end || q[1] != '"')
			break;
		doubled = true;
		q += 2;
	}
	*ret = str_from(from, (size_t)(q - from));
	c->line += count_lines(from, q);
	if (doubled)
		*ret = undouble(c, *ret);
	q++;
	if (q < c->end && *q == '\r' && (q + 1 == c->end || q[1] == '\n'))
		q++;
	if (q < c->end && *q != c->opt.sep && *q != '\n')
		return fail(c, ERR_INVALID, "text after a closing quote", err);
	seek(c, q);
	return true;
}

static bool plain_field(struct csv *c, struct str *ret)
{
	const char *mark = next_mark(c), *to = mark;

	if (to > c->p && to[-1] == '\r' && (mark == c->end || *mark == '\n'))
		to--;
	*ret = str_from(c->p, (size_t)(to - c->p));
	c->p = mark;
	return true;
}

/* One row, whatever its width; p is at its first character. */
static bool read_row(struct csv *c, struct err *err)
{
	const char *start = c->p;
	struct str f;

	c->fields.n = 0;
	c->row.line = c->line;
	for (;;) {
		bool quoted = c->p < c->end && *c->p == '"' && !c->opt.no_quotes;

		if (!(quoted ? quoted_field(c, &f, err) : plain_field(c, &f)))
			return false;
		if (f.n > c->opt.max_field)
			return fail(c, ERR_LIMIT, "a field is too long", err);
		if ((size_t)(c->p - start) > c->opt.max_row)
			return fail(c, ERR_LIMIT, "a row is too long", err);
		if (c->fields.n >= c->opt.max_fields)
			return fail(c, ERR_LIMIT, "too many columns", err);
		VEC_PUSH(&c->fields, f);
		if (c->p == c->end)
			break;
		c->mask &= c->mask - 1; /* the mark at p */
		if (*c->p++ == '\n') {
			c->line++;
			break;
		}
	}
	c->row.bytes = str_from(start, (size_t)(c->p - start));
	return true;
}

/* Past empty lines and comments. */
static void skip_lines(struct csv *c)
{
	while (c->p < c->end) {
		const char *lf;

		if (*c->p == '\n') {
			lf = c->p;
		} else if (*c->p == '\r' && (c->p + 1 == c->end || c->p[1] == '\n')) {
			lf = c->p + 1;
		} else if (c->opt.comments && *c->p == '#') {
			lf = memchr(c->p, '\n', (size_t)(c->end - c->p));
		} else {
			return;
		}
		c->line++;
		seek(c, lf && lf < c->end ? lf + 1 : c->end);
	}
}

bool csv_next(struct csv *c, const struct csv_row **ret, struct err *err)
{
	if (c->undone) {
		arena_clear(c->undo);
		c->undone = false;
	}
	skip_lines(c);
	if (c->p == c->end) {
		*ret = NULL;
		return true;
	}
	if (!read_row(c, err))
		return false;
	c->row.v = c->fields.v;
	c->row.n = c->fields.n;
	if (c->names && c->row.n != c->names_n)
		return err_set(err, ERR_INVALID, "line %zu: %zu columns, the header has %zu",
			       c->row.line, c->row.n, c->names_n);
	*ret = &c->row;
	return true;
}

bool csv_header(struct csv *c, struct err *err)
{
	const struct csv_row *row;
	struct str *names;

	assert(!c->names);
	if (!csv_next(c, &row, err))
		return false;
	if (!row)
		return err_set(err, ERR_INVALID, "empty: expected a line of column names");
	names = ARENA_ARRAY(c->names_arena, struct str, row->n);
	for (size_t i = 0; i < row->n; i++) {
		names[i] = arena_str(c->names_arena, str_trim(row->v[i]));
		for (size_t k = 0; k < i; k++)
			if (names[i].n && str_eq_ci(names[i], names[k]))
				return err_set(err, ERR_INVALID,
					       "line %zu: the column \"%.*s\" comes twice",
					       row->line, STR_FMT(names[i]));
	}
	c->names = names;
	c->names_n = row->n;
	return true;
}

size_t csv_column(const struct csv *c, const char *name)
{
	for (size_t i = 0; i < c->names_n; i++)
		if (str_eq_ci(c->names[i], str_of(name)))
			return i;
	return SIZE_MAX;
}

bool csv_need_column(const struct csv *c, const char *name, size_t *ret, struct err *err)
{
	size_t i = csv_column(c, name);

	if (i == SIZE_MAX)
		return err_set(err, ERR_INVALID, "no column \"%s\" in the header", name);
	*ret = i;
	return true;
}

char csv_sep(const struct csv *c)
{
	return c->opt.sep;
}

size_t csv_columns(const struct csv *c, const struct str **ret_names)
{
	*ret_names = c->names;
	return c->names_n;
}
