#include "intel/image.h"

/* The Windows side of the image: vendor's fixes by line, histories, supersedence. */

int windows_line_number(const struct windows_line *line)
{
	size_t n = windows_line_count();

	for (size_t i = 0; line && i < n; i++)
		if (windows_line_at(i) == line)
			return (int)i;
	return LINE_NONE;
}

bool catalogues_load(struct store *store, struct arena *arena, struct catalogues *ret,
		     struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (!store_query(store,
			 SQL("SELECT name, words, edges FROM intel_catalogue"
			     " WHERE kind = 'msrc' ORDER BY name"),
			 ARGS(), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct packed in = packed_of(arena_str(arena, store_col_str(q, 1)));

		struct product_words p = {.name = arena_str(arena, store_col_str(q, 0)),
					  .edges = arena_str(arena, store_col_str(q, 2))};

		p.n = packed_count(&in);
		p.words = ARENA_ARRAY(arena, struct str, p.n + 1);
		p.lines = ARENA_ARRAY(arena, int16_t, p.n + 1);
		for (size_t i = 0; i < p.n; i++) {
			p.words[i] = packed_str(&in);
			p.lines[i] = LINE_UNSEEN;
		}
		if (in.bad)
			return err_set(err, ERR_CORRUPT, "the word list of feed %.*s is damaged",
				       STR_FMT(p.name));
		VEC_PUSH(&ret->v, p);
	}
	return ok;
}

struct product_words *catalogues_find(struct catalogues *c, struct str name)
{
	for (size_t i = 0; i < c->v.n; i++)
		if (str_eq(c->v.v[i].name, name))
			return &c->v.v[i];
	return NULL;
}

struct str product_word(const struct product_words *p, uint32_t word)
{
	return word < p->n ? p->words[word] : (struct str){0};
}

int product_line(struct product_words *p, uint32_t product)
{
	struct windows_named named;

	if (product >= p->n)
		return LINE_NONE;
	if (p->lines[product] == LINE_UNSEEN) {
		p->lines[product] = LINE_NONE;
		if (windows_line_of_caption(p->words[product], &named) && named.line &&
		    !named.application.n)
			p->lines[product] = (int16_t)windows_line_number(named.line);
	}
	return p->lines[product];
}

/* ---- fixes ---- */

void image_add_msrc(struct image_whole *w, struct product_words *p, struct str body)
{
	struct msrc_in in;

	for (msrc_in_start(&in, body); msrc_in_next(&in);) {
		int line = product_line(p, in.row.product);

		if (line == LINE_NONE)
			continue;
		VEC_PUSH(&w->fixes, (struct fix){.line = (uint16_t)line,
						 .kind = FIX_KB,
						 .kb = in.row.kb,
						 .listed_only = !in.row.kb});
	}
}

void image_add_fixes(struct image_whole *w, struct str body)
{
	struct packed in = packed_of(body);
	size_t n = packed_count(&in);

	for (size_t i = 0; i < n && !in.bad; i++) {
		int line = windows_line_number(windows_line_by_name(packed_str(&in)));
		uint32_t kind = packed_u32(&in), kb = packed_u32(&in);
		struct str texts[5];

		for (size_t k = 0; k < ARRAY_LEN(texts); k++)
			texts[k] = packed_str(&in);
		if (in.bad || line == LINE_NONE || kind > FIX_BUILD)
			continue;
		VEC_PUSH(&w->fixes,
			 (struct fix){.line = (uint16_t)line,
				      .kind = (uint8_t)kind,
				      .kb = kb,
				      .listed_only = kind == FIX_KB && !kb,
				      .file = arena_str(w->image.arena, texts[0]),
				      .from = arena_str(w->image.arena, texts[1]),
				      .branch_low = arena_str(w->image.arena, texts[2]),
				      .branch_high = arena_str(w->image.arena, texts[3])});
	}
}

static int fix_cmp(const void *a, const void *b)
{
	const struct fix *x = a, *y = b;
	const struct str *const l[] = {&x->file, &x->from, &x->branch_low, &x->branch_high},
				*const m[] = {&y->file, &y->from, &y->branch_low, &y->branch_high};

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->kb != y->kb) /* kb 0 last, so that a KB is seen before it */
		return x->kb - 1 < y->kb - 1 ? -1 : 1;
	for (size_t i = 0; i < ARRAY_LEN(l); i++) {
		int c = str_cmp(*l[i], *m[i]);

		if (c)
			return c;
	}
	return 0;
}

void image_end_fixes(struct image_whole *w, size_t from)
{
	size_t n = w->fixes.n - from, kept = 0;
	struct fix *v;

	if (!n)
		return;
	v = w->fixes.v + from;
	qsort(v, n, sizeof(*v), fix_cmp);
	for (size_t i = 0; i < n; i++) {
		const struct fix *last = kept ? &v[kept - 1] : NULL;

		if (last && fix_cmp(last, &v[i]) == 0)
			continue;
		/* A product listed without a KB beside rows that name one says nothing more. */
		if (v[i].listed_only && last && last->line == v[i].line && last->kind == FIX_KB)
			continue;
		v[kept++] = v[i];
	}
	w->fixes.n = from + kept;
}

/* ---- histories ---- */

struct edition { /* one stored history, and the line's key that it speaks of */
	const char *key;
	int64_t modified_ms;
	struct str name, body;
	size_t rows;
};

static int edition_cmp(const void *a, const void *b)
{
	const struct edition *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	if (c)
		return c;
	if (x->modified_ms != y->modified_ms)
		return x->modified_ms > y->modified_ms ? -1 : 1;
	if (x->rows != y->rows)
		return x->rows > y->rows ? -1 : 1;
	return str_cmp(x->name, y->name);
}

static struct history history_of(struct arena *arena, const struct edition *e)
{
	struct packed in = packed_of(e->body);
	size_t n = packed_count(&in);
	struct rollup *v[2] = {ARENA_ARRAY(arena, struct rollup, n + 1),
			       ARENA_ARRAY(arena, struct rollup, n + 1)};
	uint32_t counts[2] = {0};

	for (size_t i = 0; i < n && !in.bad; i++) {
		bool security_only = packed_u64(&in) != 0;
		struct rollup r = {.order = packed_u32(&in)};

		r.revision = packed_u32(&in);
		r.kb = packed_u32(&in);
		if (!in.bad)
			v[security_only][counts[security_only]++] = r;
	}
	return (struct history){.key = str_of(e->key),
				.rollups = v[0],
				.security_only = v[1],
				.nrollups = counts[0],
				.nsecurity_only = counts[1]};
}

static bool read_edition(struct store_query *q, struct arena *arena, struct edition *ret)
{
	struct str name = store_col_str(q, 0), release = name;
	size_t tab = str_find_char(name, '\t', 0);
	const struct windows_line *line;
	struct packed in;

	if (tab == SIZE_MAX)
		return false;
	release.n = tab;
	line = windows_line_of_history(release, str_from_offset(name, tab + 1));
	if (!line)
		return false;
	*ret = (struct edition){.key = line->history,
				.modified_ms = store_col_int(q, 1),
				.name = arena_str(arena, name),
				.body = arena_str(arena, store_col_str(q, 2))};
	in = packed_of(ret->body);
	ret->rows = packed_count(&in);
	return true;
}

bool image_load_histories(struct store *store, struct image_whole *w, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct arena *arena = w->image.arena;
	VEC_OF(struct edition) v = {0};
	struct history *out;
	bool ok;

	if (!store_query(store, SQL("SELECT name, modified, body FROM intel_history ORDER BY name"),
			 ARGS(), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct edition e;

		if (read_edition(q, arena, &e))
			VEC_PUSH(&v, e);
	}
	if (ok && v.n)
		qsort(v.v, v.n, sizeof(*v.v), edition_cmp);
	out = ARENA_ARRAY(arena, struct history, v.n + 1);
	for (size_t i = 0; ok && i < v.n; i++)
		if (!i || strcmp(v.v[i].key, v.v[i - 1].key) != 0)
			out[w->image.nhistories++] = history_of(arena, &v.v[i]);
	w->image.histories = out;
	free(v.v);
	return ok;
}

/* ---- edges ---- */

static int edge_cmp(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->newer_kb != y->newer_kb)
		return x->newer_kb < y->newer_kb ? -1 : 1;
	return x->older_kb < y->older_kb ? -1 : x->older_kb > y->older_kb;
}

void image_load_edges(struct image_whole *w, struct catalogues *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->v.n; i++) {
		struct msrc_edges_in in;

		for (msrc_edges_start(&in, c->v.v[i].edges); msrc_edges_next(&in);) {
			int line = product_line(&c->v.v[i], in.edge.product);

			if (line != LINE_NONE)
				VEC_PUSH(&w->edges, (struct edge){(uint16_t)line, in.edge.newer_kb,
								  in.edge.older_kb});
		}
	}
	if (w->edges.n)
		qsort(w->edges.v, w->edges.n, sizeof(*w->edges.v), edge_cmp);
	for (size_t i = 0; i < w->edges.n; i++)
		if (!kept || edge_cmp(&w->edges.v[kept - 1], &w->edges.v[i]) != 0)
			w->edges.v[kept++] = w->edges.v[i];
	w->edges.n = kept;
}
