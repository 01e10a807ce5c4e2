#include "estate/mapped.h"

#include "estate/read.h"

/* No header is longer; a quote that does not end costs no more. */
enum { HEADER_BYTES_MAX = 1 << 20 };

void mapped_release(struct mapped *t)
{
	free(t->sieves.v);
	free(t->read);
	text_free(&t->cell);
	if (t->head)
		csv_close(t->head);
}

/* ---- columns -------------------------------------------------------------------------- */

static size_t column_of(const struct mapped *t, struct str name)
{
	for (size_t i = 0; i < t->header->n; i++)
		if (str_eq_ci(str_trim(t->header->v[i]), name)) {
			t->read[i] = true;
			return i;
		}
	return SIZE_MAX;
}

/* Is a choice whole: a constant, or all of its columns there? */
static bool choice_place(const struct mapped *t, const struct choice *c, size_t at[MAPPING_PIECES])
{
	bool whole = true;

	for (size_t i = 0; i < c->n; i++) {
		at[i] = c->v[i].column.n ? column_of(t, c->v[i].column) : SIZE_MAX;
		whole = whole && (at[i] != SIZE_MAX || !c->v[i].column.n);
	}
	return whole;
}

static struct str choice_column(const struct rule *rule)
{
	for (size_t i = 0; i < rule->v[0].n; i++)
		if (rule->v[0].v[i].column.n)
			return rule->v[0].v[i].column;
	return (struct str){0};
}

static const struct rule *rule_of(const struct mapped *t, enum target target)
{
	if (t->table && t->table->rules[target].n)
		return &t->table->rules[target];
	return t->m->common.rules[target].n ? &t->m->common.rules[target] : NULL;
}

static bool sieves_place(struct mapped *t, const struct map_table *of, const struct sieve **missing)
{
	for (size_t i = 0; of && i < of->sieves.n; i++) {
		size_t at = column_of(t, of->sieves.v[i].column);

		if (at == SIZE_MAX) {
			*missing = &of->sieves.v[i];
			return false;
		}
		VEC_PUSH(&t->sieves, (struct sieve_place){&of->sieves.v[i], at});
	}
	return true;
}

static bool rules_place(struct mapped *t, struct str *ret_missing)
{
	bool all = true;

	for (unsigned i = 0; i < TARGETS; i++) {
		const struct rule *rule = rule_of(t, (enum target)i);
		bool any = false;

		t->places[i].rule = rule;
		for (size_t k = 0; rule && k < rule->n; k++)
			any |= choice_place(t, &rule->v[k], t->places[i].at[k]);
		if (rule && !any && !rule->optional && all) {
			*ret_missing = choice_column(rule);
			all = false;
		}
	}
	return all;
}

/* Find all columns; *ret_missing is one that must be there and is not. */
static bool table_place(struct mapped *t, const struct map_table *table, struct str *ret_missing)
{
	const struct sieve *lost = NULL;
	size_t met = 0;
	bool all;

	t->table = table;
	t->sieves.n = 0;
	memset(t->read, 0, t->header->n + 1);
	all = rules_place(t, ret_missing);
	if (all && !(sieves_place(t, &t->m->common, &lost) && sieves_place(t, table, &lost))) {
		*ret_missing = lost->column;
		all = false;
	}
	for (size_t i = 0; i < t->header->n; i++)
		met += t->read[i];
	t->met = MAX_OF(t->met, met);
	return all;
}

static bool tables_place(struct mapped *t, struct err *err)
{
	struct str missing = {0};

	if (!t->m->tables.n) {
		if (table_place(t, NULL, &missing))
			return true;
		return rows_err(t->r, err, ERR_INVALID,
				"there is no column \"%.*s\", which the mapping names",
				STR_FMT(str_sub(missing, 0, 80)));
	}
	for (size_t i = 0; i < t->m->tables.n; i++)
		if (table_place(t, &t->m->tables.v[i], &missing))
			return true;
	return rows_err(t->r, err, ERR_INVALID,
			"its columns fit none of the %zu tables of the mapping: for [%.*s], the "
			"last, there is no column \"%.*s\"",
			t->m->tables.n, STR_FMT(str_sub(t->table->name, 0, 60)),
			STR_FMT(str_sub(missing, 0, 80)));
}

/* ---- the header ----------------------------------------------------------------------- */

/* Blank, a comment, or what Excel puts before the header. */
static bool is_nothing(struct str line)
{
	line = str_trim(line);
	if (str_starts(line, STR("\xef\xbb\xbf")))
		line = str_from_offset(line, 3);
	return !line.n || line.p[0] == '#' || (str_starts_ci(line, STR("sep=")) && line.n <= 6);
}

/* Is what begins at t->start the header? */
static bool header_fits(struct mapped *t, struct str bytes, struct err *err)
{
	if (t->head)
		csv_close(t->head);
	free(t->read);
	t->read = NULL;
	t->head = csv_open(str_sub(bytes, t->start, HEADER_BYTES_MAX), (struct csv_options){0});
	if (!csv_next(t->head, &t->header, err))
		return read_csv_shift(err, t->before);
	if (!t->header)
		return err_set(err, ERR_INVALID, "line %zu: is empty", t->before + 1);
	t->end = (size_t)(t->header->bytes.p + t->header->bytes.n - bytes.p);
	t->read = mem_zero(t->header->n + 1, sizeof(*t->read));
	t->r->line = t->before + t->header->line;
	return tables_place(t, err);
}

bool mapped_open(struct mapped *t, struct str bytes, struct err *err)
{
	struct err nearest = {.code = ERR_INVALID,
			      .text = "there is no header line: the first line names the columns"};
	struct str rest = bytes, line;
	size_t nearest_met = 0;

	t->before = t->passed = 0;
	while (t->passed < MAPPED_HEADER_LINES) {
		struct err not_it = {0};

		t->start = bytes.n - rest.n;
		if (!str_next_line(&rest, &line))
			break;
		t->before++;
		if (is_nothing(line))
			continue;
		t->before--;
		t->met = 0;
		if (header_fits(t, bytes, &not_it))
			return true;
		if (!t->passed || t->met > nearest_met) {
			nearest = not_it;
			nearest_met = t->met;
		}
		t->before++;
		t->passed++;
	}
	*err = nearest;
	return false;
}

bool mapped_has(const struct mapped *t, enum target target)
{
	const struct place *p = &t->places[target];

	for (size_t i = 0; p->rule && i < p->rule->n; i++) {
		const struct choice *c = &p->rule->v[i];
		bool whole = true;

		for (size_t k = 0; k < c->n; k++)
			whole = whole && (p->at[i][k] != SIZE_MAX || !c->v[k].column.n);
		if (whole)
			return true;
	}
	return false;
}

/* ---- cells ---------------------------------------------------------------------------- */

static bool translate_in(const struct map_table *t, enum target target, struct str *cell)
{
	const struct word *other = NULL;

	for (size_t i = 0; t && i < t->words.n; i++) {
		const struct word *w = &t->words.v[i];

		if (w->target != target)
			continue;
		if (str_eq_ci(w->from, *cell)) {
			*cell = w->to;
			return true;
		}
		if (str_is(w->from, "*"))
			other = w;
	}
	if (other)
		*cell = other->to;
	return other != NULL;
}

/* Pieces up to the first that says nothing: "{OScode}.{BuildNumber}" may end before the dot. */
static struct str choice_cell(struct mapped *t, const struct choice *c, const size_t *at,
			      const struct csv_row *row)
{
	if (c->n == 1 && c->v[0].constant)
		return c->v[0].before;
	if (c->n == 1 && !c->v[0].before.n)
		return str_trim(csv_field(row, at[0]));
	text_clear(&t->cell);
	for (size_t i = 0; i < c->n; i++) {
		struct str field = str_trim(csv_field(row, at[i]));

		if (c->v[i].column.n && !field.n)
			break;
		text_add(&t->cell, c->v[i].before);
		text_add(&t->cell, field);
	}
	return str_trim(text_str(&t->cell));
}

struct str mapped_cell(struct mapped *t, enum target target, const struct csv_row *row)
{
	const struct place *p = &t->places[target];
	struct str cell = {0};

	for (size_t i = 0; p->rule && i < p->rule->n && !cell.n; i++)
		cell = choice_cell(t, &p->rule->v[i], p->at[i], row);
	if (cell.n && !translate_in(t->table, target, &cell))
		(void)translate_in(&t->m->common, target, &cell);
	return cell;
}

bool mapped_leaves_out(const struct mapped *t, const struct csv_row *row)
{
	bool only = false, taken = false;

	for (size_t i = 0; i < t->sieves.n; i++) {
		const struct sieve_place *s = &t->sieves.v[i];
		bool same = str_eq_ci(str_trim(csv_field(row, s->at)), s->sieve->value);

		if (same && !s->sieve->only)
			return true;
		only |= s->sieve->only;
		taken |= same && s->sieve->only;
	}
	return only && !taken;
}

/* ---- statements ----------------------------------------------------------------------- */

/* "# taken: TIME" among the lines before the header. */
static bool said_before(struct rows *r, struct str rest, struct err *err)
{
	struct str line;

	for (size_t n = 0; str_next_line(&rest, &line); n++)
		if (!read_csv_statements(r, line, err))
			return read_csv_shift(err, n);
	return true;
}

/* Two reports of one product are two sources: what one leaves out the other still says. */
struct str mapped_source(const struct mapped *t, struct arena *arena)
{
	struct str source = t->m->source;

	return source.n && t->table ? arena_fmt(arena, "%.*s %.*s", STR_FMT(source),
						STR_FMT(str_sub(t->table->name, 0, 100)))
				    : arena_str(arena, source);
}

bool mapped_statements(struct rows *r, const struct mapped *t, struct str bytes, struct err *err)
{
	const struct mapping *m = t->m;

	if (m->kind.n)
		r->kind = arena_str(r->arena, m->kind);
	if (m->whole >= 0)
		r->whole = m->whole;
	if (m->sees >= 0)
		r->sees = m->sees;
	if (m->source.n)
		r->source = mapped_source(t, r->arena);
	return said_before(r, str_sub(bytes, 0, t->start), err);
}

/* ---- what the person is told ----------------------------------------------------------- */

static void say_unread(const struct mapped *t, struct text *notes)
{
	size_t n = 0;

	for (size_t i = 0; i < t->header->n; i++) {
		struct str name = str_trim(t->header->v[i]);

		if (t->read[i] || !name.n)
			continue;
		if (n++ < 12)
			text_addf(notes, "%s%.*s", n == 1 ? "columns not read: " : ", ",
				  STR_FMT(str_sub(name, 0, 60)));
	}
	if (n > 12)
		text_addf(notes, " and %zu more", n - 12);
	if (n)
		text_add_char(notes, '\n');
}

void mapped_say(const struct mapped *t, struct text *notes)
{
	if (t->passed)
		text_addf(notes, "the header is line %zu; %zu %s before it %s not read\n",
			  t->before + 1, t->passed, plural(t->passed, "line", "lines"),
			  plural(t->passed, "is", "are"));
	say_unread(t, notes);
}

void mapped_say_left(uint64_t nameless, uint64_t left_out, struct text *notes)
{
	if (nameless)
		text_addf(notes, "%ju %s no device and %s left out\n", (uintmax_t)nameless,
			  plural(nameless, "row names", "rows name"),
			  plural(nameless, "is", "are"));
	if (left_out)
		text_addf(notes, "%ju %s left out as the mapping says\n", (uintmax_t)left_out,
			  plural(left_out, "row is", "rows are"));
}
