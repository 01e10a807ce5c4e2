#include "console/look.h"

#include "pages.h"

/* Tables that sort, have pages and go out as CSV, all by their address. */

enum { ROWS_PAGE = 50 };

void grid_begin(struct grid *g, struct look *l, const char *name, const struct grid_column *columns)
{
	*g = (struct grid){.look = l, .name = name, .columns = columns, .sorted = SIZE_MAX};
	while (columns[g->ncolumns].key)
		g->ncolumns++;
}

static struct grid_cell *put(struct grid *g, struct str s)
{
	ARENA_PUSH(g->look->arena, &g->cells, g->cells.cap, (struct grid_cell){.text = s});
	return &g->cells.v[g->cells.n - 1];
}

void grid_text(struct grid *g, struct str s)
{
	(void)put(g, s);
}

void grid_link(struct grid *g, struct str s, struct str href)
{
	put(g, s)->href = href;
}

static struct grid_cell *put_number(struct grid *g, struct str s, int64_t n)
{
	struct grid_cell *c = put(g, s);

	c->n = n;
	c->number = true;
	return c;
}

void grid_count(struct grid *g, uint64_t n)
{
	AUTO(text_freep) struct text t = {0};

	page_count(&t, n);
	(void)put_number(g, arena_str(g->look->arena, text_str(&t)), (int64_t)n);
}

void grid_count_link(struct grid *g, uint64_t n, struct str href)
{
	grid_count(g, n);
	if (n)
		g->cells.v[g->cells.n - 1].href = href;
}

void grid_unknown(struct grid *g)
{
	(void)put_number(g, STR("not known"), -1);
}

void grid_when(struct grid *g, int64_t ms)
{
	(void)put_number(g, moment_words(g->look, ms), ms);
}

void grid_due(struct grid *g, int64_t ms, bool overdue)
{
	struct grid_cell *c = put_number(g, moment_words(g->look, ms), ms ? ms : INT64_MAX);

	if (ms)
		c->note = span_words(g->look, ms);
	if (overdue) {
		c->note = arena_fmt(g->look->arena, "overdue, %.*s", STR_FMT(c->note));
		c->tag = STR("lp-late");
	}
}

struct str state_tag(enum obligation_state state)
{
	static const struct str tags[OBLIGATION_STATES] = {
		[OBLIGATION_EVIDENCE_DIFFERS] = STR("lp-tag--bad"),
		[OBLIGATION_EXPOSED_UNANSWERED] = STR("lp-tag--bad"),
		[OBLIGATION_EXPOSED] = STR("lp-tag--open"),
		[OBLIGATION_UNPROVEN] = STR("lp-tag--open"),
		[OBLIGATION_UNKNOWN_UNANSWERED] = STR("lp-tag--unknown"),
		[OBLIGATION_UNKNOWN] = STR("lp-tag--unknown"),
		[OBLIGATION_CLEAR_UNANSWERED] = STR("lp-tag--open"),
		[OBLIGATION_EXCEPTED] = STR("lp-tag--until"),
		[OBLIGATION_MITIGATED] = STR("lp-tag--until"),
		[OBLIGATION_ATTESTED] = STR("lp-tag--until"),
		[OBLIGATION_CLEAR] = STR("lp-tag--closed"),
		[OBLIGATION_VERIFIED_NOT_APPLICABLE] = STR("lp-tag--closed"),
		[OBLIGATION_VERIFIED] = STR("lp-tag--closed"),
	};

	return tags[state];
}

void grid_state(struct grid *g, enum obligation_state state)
{
	struct grid_cell *c = put_number(g, str_of(obligation_state_words(state)), (int)state);

	c->tag = state_tag(state);
	c->number = true;
}

void grid_note(struct grid *g, struct str s)
{
	g->cells.v[g->cells.n - 1].note = s;
}

/* --- as the address says --------------------------------------------------------------------- */

static struct str own(const struct grid *g, const char *what)
{
	return arena_fmt(g->look->arena, "%s.%s", g->name, what);
}

/* "exposed" upward, "-exposed" downward. */
static void read_order(struct grid *g)
{
	struct str said = web_query(g->look->req, own(g, "sort").p);

	if (!said.n)
		said = str_of(g->order);
	g->down = said.n && said.p[0] == '-';
	if (g->down)
		said = str_from_offset(said, 1);
	for (size_t i = 0; i < g->ncolumns && said.n; i++)
		if (str_is(said, g->columns[i].key))
			g->sorted = i;
}

static int row_cmp(const void *a, const void *b, void *ctx)
{
	const struct grid_cell *const *ra = a, *const *rb = b;
	const struct grid *g = ctx;
	const struct grid_cell *x = &(*ra)[g->sorted], *y = &(*rb)[g->sorted];
	int way =
		x->number || y->number ? (x->n > y->n) - (x->n < y->n) : str_cmp(x->text, y->text);

	if (g->down)
		way = -way;
	return way ? way : (*ra > *rb) - (*ra < *rb);
}

static void link_columns(struct grid *g)
{
	g->sort_hrefs = ARENA_ARRAY(g->look->arena, struct str, g->ncolumns);
	for (size_t i = 0; i < g->ncolumns; i++) {
		/* Numbers are asked for from the largest down. */
		bool down = g->sorted == i ? !g->down : g->columns[i].number;

		g->sort_hrefs[i] = address_with(
			g->look, own(g, "sort").p,
			arena_fmt(g->look->arena, "%s%s", down ? "-" : "", g->columns[i].key));
	}
}

static void part(struct grid *g)
{
	struct arena *arena = g->look->arena;
	uint64_t page = 0;

	if (!str_to_u64(web_query(g->look->req, own(g, "page").p), &page) ||
	    page > g->total / ROWS_PAGE)
		page = 0;
	g->first = (size_t)page * ROWS_PAGE;
	g->rows += g->first;
	g->nrows = MIN_OF(g->total - g->first, (size_t)ROWS_PAGE);
	if (page)
		g->prev = address_with(g->look, own(g, "page").p,
				       arena_fmt(arena, "%ju", (uintmax_t)page - 1));
	if (g->first + g->nrows < g->total)
		g->next = address_with(g->look, own(g, "page").p,
				       arena_fmt(arena, "%ju", (uintmax_t)page + 1));
}

static void write_csv(struct grid *g)
{
	struct text *out = web_reply_body(g->look->reply, "text/csv; charset=utf-8");

	for (size_t i = 0; i < g->ncolumns; i++)
		text_addf(out, "%s%s", i ? "," : "", g->columns[i].key);
	text_add_c(out, "\r\n");
	for (size_t i = 0; i < g->total; i++) {
		for (size_t k = 0; k < g->ncolumns; k++) {
			const struct grid_cell *c = &g->rows[i][k];

			if (k)
				text_add_char(out, ',');
			desk_csv_cell(out, c->text, !c->number);
		}
		text_add_c(out, "\r\n");
	}
	web_reply_header(g->look->reply, "Content-Disposition",
			 arena_fmt(g->look->arena, "attachment; filename=\"%s.csv\"", g->name));
	g->look->csv = out;
}

void grid_end(struct grid *g)
{
	assert(g->cells.n % g->ncolumns == 0);
	g->total = g->cells.n / g->ncolumns;
	g->rows = ARENA_ARRAY(g->look->arena, const struct grid_cell *, g->total + 1);
	for (size_t i = 0; i < g->total; i++)
		g->rows[i] = &g->cells.v[i * g->ncolumns];
	read_order(g);
	if (g->sorted < g->ncolumns && g->total > 1)
		qsort_r(g->rows, g->total, sizeof(struct grid_cell *), row_cmp, g);
	if (g->still) {
		enum { STILL_MOST = 500 };

		g->nrows = MIN_OF(g->total, (size_t)STILL_MOST);
		return;
	}
	if (str_is(web_query(g->look->req, "csv"), g->name)) {
		write_csv(g);
		return;
	}
	link_columns(g);
	g->csv = address_with(g->look, "csv", str_of(g->name));
	part(g);
}
