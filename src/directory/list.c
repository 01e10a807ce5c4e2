#include "directory/inner.h"

#include "base/mem.h"
#include "base/table.h"

/* Views of the whole directory: it is loaded once, 64,000 organisations in some 0.2 s. */

void graph_close(struct graph *g)
{
	intern_close(g->index);
}

static bool load_orgs(const struct directory_view *view, struct graph *g, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	AUTO(freep) struct org *v = NULL;
	size_t n = 0, cap = 0;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT " ORG_COLUMNS " FROM directory_org ORDER BY code"), ARGS(), &q,
			 err))
		return false;
	while (store_next(q, &ok, err)) {
		v = mem_grow(v, n, &cap, sizeof(*v));
		org_from_row(q, view, &v[n++]);
	}
	if (!ok)
		return false;
	g->orgs = ARENA_ARRAY(view->arena, struct org, n + 1);
	if (n)
		memcpy(g->orgs, v, n * sizeof(*v));
	g->n = (uint32_t)n;
	for (size_t i = 0; i < n; i++)
		intern_put(g->index, g->orgs[i].code);
	return true;
}

struct edge_list {
	struct graph *g;
	VEC_OF(struct graph_edge) v;
	VEC_OF(uint32_t) from;
	uint32_t at; /* where in orgs: both come by code */
};

/* The place of an organisation that comes no earlier than the last one asked for. */
static uint32_t find_next(struct edge_list *e, struct str code)
{
	const struct graph *g = e->g;

	while (e->at < g->n && str_cmp(g->orgs[e->at].code, code) < 0)
		e->at++;
	return e->at < g->n && str_eq(g->orgs[e->at].code, code) ? e->at : UINT32_MAX;
}

static void edge_list_free(struct edge_list *e)
{
	free(e->v.v);
	free(e->from.v);
}

static int edge_cmp(const void *pa, const void *pb)
{
	const struct graph_edge *a = pa, *b = pb;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

static void add_edges(void *ctx, const struct tie_row *v, size_t n)
{
	struct edge_list *e = ctx;
	struct graph *g = e->g;
	size_t from_n = e->v.n;
	uint32_t from = find_next(e, v[0].org);

	if (from == UINT32_MAX)
		return;
	for (size_t i = 0; i < n; i++) {
		uint8_t kind = tie_kind_of(v[i].kind);
		uint32_t to = intern_find(g->index, v[i].to);

		if (kind == KIND_SUCCEEDED_BY && !g->orgs[from].successor.n)
			g->orgs[from].successor = v[i].to;
		if (!v[i].in_force || kind == KIND_NONE || to == UINT32_MAX)
			continue;
		VEC_PUSH(&e->v, (struct graph_edge){to, kind});
		VEC_PUSH(&e->from, from);
	}
	if (e->v.n > from_n)
		qsort(e->v.v + from_n, e->v.n - from_n, sizeof(*e->v.v), edge_cmp);
}

static bool load_edges(const struct directory_view *view, struct edge_list *e, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	const struct tie_reader r = {view->arena, day_of_ms(view->arena, view->at_ms), add_edges,
				     e};

	return store_query(view->store,
			   SQL("SELECT " TIE_COLUMNS " FROM directory_relation"
			       " ORDER BY org, kind, target, start, source, taken, record, origin"),
			   ARGS(), &q, err) &&
	       ties_each_org(q, &r, err);
}

/* Edges come by organisation in the order of codes, which is that of orgs. */
static void index_edges(struct arena *arena, struct graph *g, const struct edge_list *e)
{
	g->first = ARENA_ARRAY(arena, uint32_t, (size_t)g->n + 1);
	g->edges = ARENA_ARRAY(arena, struct graph_edge, e->v.n + 1);
	if (e->v.n)
		memcpy(g->edges, e->v.v, e->v.n * sizeof(*g->edges));
	for (size_t i = 0; i < e->from.n; i++)
		g->first[e->from.v[i] + 1]++;
	for (uint32_t i = 0; i < g->n; i++)
		g->first[i + 1] += g->first[i];
}

uint8_t graph_parent(const struct graph *g, uint32_t x, uint32_t *ret_parent)
{
	unsigned kinds = 0;
	uint8_t kind;

	for (uint32_t e = g->first[x]; e < g->first[x + 1]; e++)
		kinds |= 1u << g->edges[e].kind;
	kind = parent_kind(kinds);
	for (uint32_t e = g->first[x]; e < g->first[x + 1]; e++)
		if (g->edges[e].kind == kind) {
			*ret_parent = g->edges[e].to;
			return kind;
		}
	return KIND_NONE;
}

struct graph_walk {
	const struct graph *g;
	struct str up[16];
	struct str code; /* the one that is asked about, and its place */
	uint32_t x;
};

static bool graph_above(void *ctx, struct str code, struct above *ret, struct err *err)
{
	struct graph_walk *w = ctx;
	uint32_t x = code.p == w->code.p ? w->x : intern_find(w->g->index, code);

	(void)err;
	ret->up = w->up;
	if (x == UINT32_MAX)
		return true;
	ret->role = w->g->orgs[x].role;
	for (uint32_t e = w->g->first[x]; e < w->g->first[x + 1]; e++)
		if (w->g->edges[e].kind <= KIND_LAST_UP && ret->n < ARRAY_LEN(w->up))
			w->up[ret->n++] = w->g->orgs[w->g->edges[e].to].code;
	return true;
}

static bool fill_above(struct graph *g, struct err *err)
{
	struct graph_walk w = {.g = g};
	struct region_walk walk = {.ctx = &w, .above = graph_above};
	uint32_t parent = 0;

	for (uint32_t i = 0; i < g->n; i++) {
		w.code = g->orgs[i].code;
		w.x = i;
		if (!region_of(&walk, g->orgs[i].code, &g->orgs[i].region, err))
			return false;
		if (graph_parent(g, i, &parent) != KIND_NONE)
			g->orgs[i].parent = g->orgs[parent].code;
	}
	return true;
}

bool graph_load(const struct directory_view *view, struct graph **ret, struct err *err)
{
	struct graph *g = ARENA_NEW(view->arena, struct graph);
	AUTO(edge_list_free) struct edge_list edges = {.g = g};

	g->index = intern_open();
	if (load_orgs(view, g, err) && load_edges(view, &edges, err)) {
		index_edges(view->arena, g, &edges);
		if (fill_above(g, err))
			return *ret = g, true;
	}
	graph_close(g);
	return false;
}

/* The whole directory of a day, kept with the connection until somebody changes the directory. */
struct day_graph {
	unsigned refs;
	struct arena *arena;
	struct graph *graph;
};

static void day_graph_unref(void *thing)
{
	struct day_graph *d = thing;

	if (--d->refs)
		return;
	graph_closep(&d->graph);
	arena_close(d->arena);
	free(d);
}

static void day_graph_unrefp(struct day_graph **d)
{
	if (*d)
		day_graph_unref(*d);
}

/* What is open hangs on the day alone: dates of organisations and ties are days. */
static bool mark_of(const struct directory_view *view, struct str *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(view->store, SQL("SELECT record, times FROM directory_mark WHERE one = 1"),
			 ARGS(), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	*ret = arena_fmt(view->arena, "%.*s %.*s %jd", STR_FMT(day_of_ms(view->arena, view->at_ms)),
			 STR_FMT(row ? store_col_str(q, 0) : STR("-")),
			 (intmax_t)(row ? store_col_int(q, 1) : 0));
	return true;
}

/* *ret is to be given back with day_graph_unref(). */
static bool day_graph_get(const struct directory_view *view, struct day_graph **ret,
			  struct err *err)
{
	static const char tag;
	AUTO(day_graph_unrefp) struct day_graph *made = NULL;
	struct directory_view of = *view;
	struct day_graph *d;
	struct str mark;

	if (!mark_of(view, &mark, err))
		return false;
	d = store_kept(view->store, &tag, mark);
	if (d)
		return d->refs++, *ret = d, true;
	made = mem_zero(1, sizeof(*made));
	made->refs = 1;
	made->arena = of.arena = arena_open();
	if (!graph_load(&of, &made->graph, err))
		return false;
	made->refs++;
	store_keep(view->store, &tag, made, day_graph_unref);
	return *ret = made, made = NULL, true;
}

/* In the arena of who asks. */
static struct org copy_org(struct arena *arena, const struct org *o)
{
	struct org out = *o;
	struct str *texts[] = {&out.code,   &out.name,	 &out.role,	&out.region,
			       &out.parent, &out.status, &out.postcode, &out.successor};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		*texts[i] = copy(arena, *texts[i]);
	return out;
}

/* Every word of text occurs in code or name. */
static bool words_occur(const struct org *o, struct str text)
{
	struct str rest = str_trim(text), word;

	while (rest.n && str_next(&rest, ' ', &word))
		if (word.n && str_find_ci(o->name, word, 0) == SIZE_MAX &&
		    str_find_ci(o->code, word, 0) == SIZE_MAX)
			return false;
	return true;
}

struct beneath {
	const struct graph *g;
	uint32_t top;
	uint8_t *memo; /* 1: on the way, 2: no, 3: yes */
};

static bool beneath(const struct beneath *b, uint32_t x, unsigned depth)
{
	bool yes = false;

	if (b->memo[x])
		return b->memo[x] == 3;
	if (depth > DIRECTORY_REGION_STEPS * 2)
		return false;
	b->memo[x] = 1;
	for (uint32_t e = b->g->first[x]; e < b->g->first[x + 1] && !yes; e++)
		if (b->g->edges[e].kind <= KIND_OPERATED_BY)
			yes = b->g->edges[e].to == b->top ||
			      beneath(b, b->g->edges[e].to, depth + 1);
	b->memo[x] = yes ? 3 : 2;
	return yes;
}

static bool region_fits(const struct graph *g, const struct org *o, struct str want)
{
	uint32_t r;

	if (!want.n || str_eq_ci(o->region, want))
		return true;
	r = intern_find(g->index, o->region);
	return r != UINT32_MAX && str_eq_ci(g->orgs[r].name, want);
}

static bool fits(const struct graph *g, const struct org *o, const struct org_filter *f)
{
	if (f->state != ORG_ANY && o->open != (f->state == ORG_OPEN))
		return false;
	if (f->role.n && !str_eq_ci(o->role, f->role))
		return false;
	return region_fits(g, o, f->region) && words_occur(o, f->text);
}

bool directory_org_list(const struct directory_view *view, const struct org_filter *filter,
			struct org_list *ret, struct err *err)
{
	AUTO(day_graph_unrefp) struct day_graph *d = NULL;
	struct org_list out = {0};
	struct beneath b = {.top = UINT32_MAX};
	const struct graph *g;
	size_t cap = 0;

	if (!day_graph_get(view, &d, err))
		return false;
	b.g = g = d->graph;
	b.memo = ARENA_ARRAY(view->arena, uint8_t, (size_t)g->n + 1);
	if (filter->parent.n) {
		b.top = intern_find(g->index, directory_code(view->arena, filter->parent));
		if (b.top == UINT32_MAX)
			return err_set(err, ERR_NOT_FOUND, "no organisation %.*s",
				       STR_FMT(filter->parent));
	}
	for (uint32_t i = 0; i < g->n; i++) {
		if (!fits(g, &g->orgs[i], filter) || (filter->parent.n && !beneath(&b, i, 0)))
			continue;
		if (out.total >= filter->offset && (!filter->limit || out.n < filter->limit))
			ARENA_PUSH(view->arena, &out, cap, copy_org(view->arena, &g->orgs[i]));
		out.total++;
	}
	*ret = out;
	return true;
}

bool directory_each_org(const struct directory_view *view, directory_org_fn *fn, void *ctx,
			struct err *err)
{
	AUTO(day_graph_unrefp) struct day_graph *d = NULL;

	if (!day_graph_get(view, &d, err))
		return false;
	for (uint32_t i = 0; i < d->graph->n; i++)
		if (!fn(ctx, &d->graph->orgs[i], err))
			return false;
	return true;
}

/* --- the tree: children of each, then down from the root --- */

struct tree {
	const struct graph *g;
	uint32_t *child, *next; /* first child, next sibling; UINT32_MAX for none */
	uint8_t *kind, *done;
	uint32_t depth;
	struct arena *arena;
	struct org_tree out;
};

static void tree_hang(struct tree *t)
{
	const struct graph *g = t->g;
	uint32_t parent = 0;

	t->child = ARENA_ARRAY(t->arena, uint32_t, (size_t)g->n + 1);
	t->next = ARENA_ARRAY(t->arena, uint32_t, (size_t)g->n + 1);
	t->kind = ARENA_ARRAY(t->arena, uint8_t, (size_t)g->n + 1);
	t->done = ARENA_ARRAY(t->arena, uint8_t, (size_t)g->n + 1);
	t->out.v = ARENA_ARRAY(t->arena, struct org_node, (size_t)g->n + 1);
	memset(t->child, 255, ((size_t)g->n + 1) * sizeof(*t->child));
	memset(t->next, 255, ((size_t)g->n + 1) * sizeof(*t->next));
	for (uint32_t i = g->n; i-- > 0;) {
		t->kind[i] = graph_parent(g, i, &parent);
		if (t->kind[i] == KIND_NONE || !g->orgs[i].open)
			continue;
		t->next[i] = t->child[parent];
		t->child[parent] = i;
	}
}

static void tree_down(struct tree *t, uint32_t x, uint32_t depth)
{
	if (t->done[x])
		return;
	t->done[x] = 1;
	t->out.v[t->out.n++] = (struct org_node){.org = copy_org(t->arena, &t->g->orgs[x]),
						 .kind = depth && t->kind[x] != KIND_NONE
								 ? str_of(tie_kinds[t->kind[x]])
								 : (struct str){0},
						 .depth = depth};
	if (t->depth && depth >= t->depth)
		return;
	/* As deep as the longest chain of parents, which is cut where no service is that deep. */
	if (depth > 4 * DIRECTORY_REGION_STEPS)
		return;
	for (uint32_t c = t->child[x]; c != UINT32_MAX; c = t->next[c])
		tree_down(t, c, depth + 1);
}

bool directory_org_tree(const struct directory_view *view, struct str root, uint32_t depth,
			struct org_tree *ret, struct err *err)
{
	AUTO(day_graph_unrefp) struct day_graph *d = NULL;
	struct tree t = {.depth = depth, .arena = view->arena};
	const struct graph *g;
	uint32_t x;

	if (!day_graph_get(view, &d, err))
		return false;
	t.g = g = d->graph;
	tree_hang(&t);
	if (root.n) {
		x = intern_find(g->index, directory_code(view->arena, root));
		if (x == UINT32_MAX)
			return err_set(err, ERR_NOT_FOUND, "no organisation %.*s", STR_FMT(root));
		tree_down(&t, x, 0);
	}
	for (uint32_t i = 0; i < g->n && !root.n; i++)
		if (g->orgs[i].open && !g->orgs[i].parent.n)
			tree_down(&t, i, 0);
	*ret = t.out;
	return true;
}
