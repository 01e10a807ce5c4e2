#include "base/parallel.h"
#include "exposure/catalogue.h"
#include "exposure/tree.h"
#include "exposure/windows.h"

/*
 * What each vulnerability asks of this estate, in a normal form: operands of an OR that
 * are criteria become one leaf.  Vulnerabilities that ask the same share a class, so
 * that the hundred thousand whose products nobody holds are a handful.  Shares of the
 * vulnerabilities are read by as many threads as there are, each with leaves and classes of its
 * own; these become the part's share by share, so that numbers do not depend on threads.  Of a part
 * that is like another only those are read that something new may concern.
 */

enum { SHARE = 4096 }; /* vulnerabilities */

struct class_pass {
	const struct part *w;	/* whose leaves come first, */
	struct leaf_table more; /* then these */
	struct text key;
	struct arena *scratch;
	struct intern *keys;
	struct leaf_draft draft[4]; /* vulnerable, platform; guard, other */
	VEC_OF(uint32_t) code;
	VEC_OF(struct program) programs;
	VEC_OF(struct class) classes;
	/* One vulnerability's: */
	VEC_OF(uint32_t) own_code;
	VEC_OF(struct program) own;
	bool on_windows;
};
enum { DRAFT_VULNERABLE, DRAFT_PLATFORM, DRAFT_GUARD, DRAFT_OTHER };

static const struct leaf *leaf_at(const struct class_pass *p, uint32_t leaf)
{
	uint32_t n = p->w->leaves.n;

	return leaf < n ? &p->w->leaves.v[leaf] : &p->more.v[leaf - n];
}

static uint32_t leaf_of(struct class_pass *p, struct leaf_draft *d)
{
	uint32_t known;

	leaf_draft_key(d, &p->key);
	known = intern_find(p->w->leaves.keys, text_str(&p->key));
	return known != NONE ? known : p->w->leaves.n + leaf_put(&p->more, text_str(&p->key));
}

static void criterion_add(struct class_pass *p, struct leaf_draft *d, const struct tree *t)
{
	if (t->op == CONFIG_UNREADABLE)
		d->mask |= MASK_ALL;
	else
		leaf_draft_add(d, &p->w->leaves.v[p->w->criteria[t->match].leaf]);
}

/* A platform only qualifies: it is never what was fixed. */
static uint32_t draft_leaf(struct class_pass *p, int which)
{
	if (which == DRAFT_PLATFORM)
		p->draft[which].s[LEAF_BEYOND].n = 0;
	return leaf_of(p, &p->draft[which]);
}

static void emit(struct class_pass *p, const struct tree *t);

static void emit_leaf(struct class_pass *p, int which)
{
	uint32_t leaf = draft_leaf(p, which);

	VEC_PUSH(&p->own_code, node_of(which == DRAFT_PLATFORM ? NODE_PLATFORM : NODE_LEAF, leaf));
	leaf_draft_clear(&p->draft[which]);
}

/* Criteria beneath nested ORs, gathered; everything else stays an operand. */
static void gather(struct class_pass *p, const struct tree *t, bool found[2],
		   const struct tree **rest, uint32_t *nrest)
{
	for (uint32_t i = 0; i < t->n; i++) {
		const struct tree *c = t->child[i];

		if (c->op == CONFIG_OR) {
			gather(p, c, found, rest, nrest);
		} else if (c->n == 0) {
			int which = c->op == CONFIG_PLATFORM ? DRAFT_PLATFORM : DRAFT_VULNERABLE;

			criterion_add(p, &p->draft[which], c);
			found[which] = true;
		} else {
			rest[(*nrest)++] = c;
		}
	}
}

static uint32_t count_rest(const struct tree *t)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++)
		if (t->child[i]->op == CONFIG_OR)
			n += count_rest(t->child[i]);
		else
			n += t->child[i]->n != 0;
	return n;
}

static void emit_or(struct class_pass *p, const struct tree *t)
{
	bool found[2] = {false, false};
	const struct tree **rest =
		ARENA_ARRAY(p->scratch, const struct tree *, (size_t)count_rest(t) + 1);
	uint32_t nrest = 0, n;

	gather(p, t, found, rest, &nrest);
	n = nrest + found[0] + found[1];
	if (n != 1)
		VEC_PUSH(&p->own_code, node_of(NODE_OR, n));
	if (found[DRAFT_VULNERABLE])
		emit_leaf(p, DRAFT_VULNERABLE);
	if (found[DRAFT_PLATFORM])
		emit_leaf(p, DRAFT_PLATFORM);
	for (uint32_t i = 0; i < nrest; i++)
		emit(p, rest[i]);
}

static void emit(struct class_pass *p, const struct tree *t)
{
	if (t->n == 0) {
		int which = t->op == CONFIG_PLATFORM ? DRAFT_PLATFORM : DRAFT_VULNERABLE;

		criterion_add(p, &p->draft[which], t);
		emit_leaf(p, which);
		return;
	}
	if (t->op == CONFIG_OR) {
		emit_or(p, t);
		return;
	}
	if (t->op == CONFIG_NOT || t->n > 1)
		VEC_PUSH(&p->own_code, node_of(t->op == CONFIG_NOT ? NODE_NOT : NODE_AND, t->n));
	for (uint32_t i = 0; i < t->n; i++)
		emit(p, t->child[i]);
}

struct about {
	struct class_pass *p;
	bool windows, other;
};

static void about_criterion(void *ctx, const struct tree *t)
{
	struct about *a = ctx;

	if (t->op == CONFIG_PLATFORM)
		return;
	criterion_add(a->p, &a->p->draft[DRAFT_GUARD], t);
	if (criterion_about_windows(a->p->w, t, a->p->on_windows)) {
		a->windows = true;
		return;
	}
	a->other = true;
	criterion_add(a->p, &a->p->draft[DRAFT_OTHER], t);
}

static void config_compile(struct class_pass *p, const struct tree *t, bool has_verdict)
{
	struct program g = {.code = (uint32_t)p->own_code.n, .guard = NONE, .other = NONE};
	enum guard guard = tree_guard(t);
	struct about a = {.p = p};

	/* Platforms alone can expose nothing. */
	if (guard == GUARD_NO_VULNERABLE)
		return;
	emit(p, t);
	g.ncode = (uint32_t)p->own_code.n - g.code;
	leaf_draft_clear(&p->draft[DRAFT_GUARD]);
	leaf_draft_clear(&p->draft[DRAFT_OTHER]);
	p->on_windows = has_verdict && tree_on_windows(p->w, t);
	if (guard == GUARD_MIXED || has_verdict)
		tree_each(t, about_criterion, &a);
	if (guard == GUARD_MIXED)
		g.guard = draft_leaf(p, DRAFT_GUARD);
	g.windows = has_verdict && a.windows;
	if (g.windows && a.other)
		g.other = draft_leaf(p, DRAFT_OTHER);
	VEC_PUSH(&p->own, g);
}

static bool is_single(const struct class_pass *p, const struct program *g)
{
	return g->ncode == 1 && g->guard == NONE && node_op(p->own_code.v[g->code]) == NODE_LEAF;
}

/* Configurations of one leaf each are one leaf, those about Windows and the others apart. */
static void singles_unite(struct class_pass *p)
{
	size_t n = 0;

	for (int windows = 0; windows < 2; windows++) {
		struct program all = {.guard = NONE, .other = NONE, .windows = windows != 0};
		size_t found = 0;

		leaf_draft_clear(&p->draft[DRAFT_GUARD]);
		n = 0;
		for (size_t i = 0; i < p->own.n; i++) {
			struct program *g = &p->own.v[i];

			if (is_single(p, g) && g->other == NONE && g->windows == all.windows) {
				uint32_t leaf = node_arg(p->own_code.v[g->code]);

				leaf_draft_add(&p->draft[DRAFT_GUARD], leaf_at(p, leaf));
				found++;
			} else {
				p->own.v[n++] = *g;
			}
		}
		p->own.n = n;
		if (!found)
			continue;
		all.code = (uint32_t)p->own_code.n;
		all.ncode = 1;
		VEC_PUSH(&p->own_code, node_of(NODE_LEAF, draft_leaf(p, DRAFT_GUARD)));
		VEC_PUSH(&p->own, all);
	}
}

static struct class class_describe(struct class_pass *p, uint32_t verdict)
{
	struct class c = {.program = (uint32_t)p->programs.n,
			  .nprograms = (uint32_t)p->own.n,
			  .verdict = verdict,
			  .single = NONE};

	if (p->own.n == 1 && is_single(p, &p->own.v[0]) && verdict == NONE)
		c.single = node_arg(p->own_code.v[p->own.v[0].code]);
	for (size_t i = 0; i < p->own.n; i++) {
		struct program g = p->own.v[i];

		g.code = (uint32_t)p->code.n;
		for (uint32_t j = 0; j < g.ncode; j++)
			VEC_PUSH(&p->code, p->own_code.v[p->own.v[i].code + j]);
		VEC_PUSH(&p->programs, g);
	}
	return c;
}

static uint32_t class_put(struct class_pass *p, uint32_t verdict)
{
	AUTO(text_freep) struct text key = {0};
	uint32_t no;

	text_add(&key, str_from((const char *)&verdict, sizeof(verdict)));
	for (size_t i = 0; i < p->own.n; i++) {
		const struct program *g = &p->own.v[i];
		const uint32_t head[] = {g->ncode, g->guard, g->other, g->windows};

		text_add(&key, str_from((const char *)head, sizeof(head)));
		text_add(&key, str_from((const char *)(p->own_code.v + g->code),
					g->ncode * sizeof(uint32_t)));
	}
	no = intern_put(p->keys, text_str(&key));
	if (no == p->classes.n)
		VEC_PUSH(&p->classes, class_describe(p, verdict));
	return no;
}

/* verdict: leaf, or NONE. */
static uint32_t vuln_class(struct class_pass *p, const struct vuln_row *v, uint32_t verdict)
{
	struct tree **configs;
	size_t n;

	if (v->state == VULN_REJECTED || (v->nsteps == 0 && verdict == NONE))
		return NONE;
	arena_clear(p->scratch);
	p->own.n = p->own_code.n = 0;
	n = tree_read(p->w->image, v, p->scratch, &configs);
	for (size_t i = 0; i < n; i++)
		config_compile(p, configs[i], verdict != NONE);
	singles_unite(p);
	return class_put(p, verdict);
}

static void program_each_leaf(const struct part *w, const struct program *g,
			      void (*fn)(void *ctx, uint32_t leaf), void *ctx)
{
	if (g->guard != NONE)
		fn(ctx, g->guard);
	if (g->other != NONE)
		fn(ctx, g->other);
	for (uint32_t j = 0; j < g->ncode; j++)
		if (node_op(w->code[g->code + j]) <= NODE_PLATFORM)
			fn(ctx, node_arg(w->code[g->code + j]));
}

void class_each_leaf(const struct part *w, const struct class *c,
		     void (*fn)(void *ctx, uint32_t leaf), void *ctx)
{
	if (c->verdict != NONE)
		fn(ctx, c->verdict);
	for (uint32_t i = 0; i < c->nprograms; i++)
		program_each_leaf(w, &w->programs[c->program + i], fn, ctx);
}

/* ---- by many -------------------------------------------------------------------------- */

struct classing {
	struct part *w;
	const struct asking *asking;
	const uint32_t *verdicts;   /* by vulnerability */
	struct class_pass **shares; /* what each share of the vulnerabilities came to */
};

static struct class_pass *pass_open(const struct part *w)
{
	struct class_pass *p = mem_zero(1, sizeof(*p));

	p->w = w;
	p->scratch = arena_open();
	p->keys = intern_open();
	p->more.keys = intern_open();
	return p;
}

static void pass_close(struct class_pass *p)
{
	for (size_t i = 0; i < ARRAY_LEN(p->draft); i++)
		leaf_draft_freep(&p->draft[i]);
	intern_close(p->more.keys);
	free(p->more.v);
	free(p->code.v);
	free(p->programs.v);
	free(p->classes.v);
	free(p->own_code.v);
	free(p->own.v);
	intern_close(p->keys);
	arena_close(p->scratch);
	text_free(&p->key);
	free(p);
}

static bool is_asked(const struct asking *asking, uint32_t vuln)
{
	return !asking->alike || bits_has(asking->vulns, vuln);
}

static bool any_asked(const struct asking *asking, uint32_t first, uint32_t end)
{
	bool any = false;

	for (uint32_t i = first; i < end && !any; i++)
		any = is_asked(asking, i);
	return any;
}

/* vuln_class is of the share until it is taken in. */
static void share_read(void *ctx, size_t item, unsigned worker)
{
	const struct classing *all = ctx;
	struct part *w = all->w;
	uint32_t first = (uint32_t)item * SHARE;
	uint32_t end = MIN_OF(first + SHARE, w->image->nvulns);
	struct class_pass *p;

	(void)worker;
	if (!any_asked(all->asking, first, end))
		return;
	p = all->shares[item] = pass_open(w);
	for (uint32_t i = first; i < end; i++)
		w->vuln_class[i] = is_asked(all->asking, i)
					   ? vuln_class(p, &w->image->vulns[i], all->verdicts[i])
					   : NONE;
}

/* Classes read elsewhere, and what its leaves are here. */
struct made {
	const struct class *classes;
	const struct program *programs;
	const uint32_t *code;
	uint32_t (*leaf)(void *ctx, uint32_t leaf);
	void *ctx;
};

/* verdict: a leaf of here, or NONE. */
static uint32_t class_take(struct class_pass *to, const struct made *from, uint32_t class,
			   uint32_t verdict)
{
	const struct class *c = &from->classes[class];
	struct class *taken;
	uint32_t no;

	to->own.n = to->own_code.n = 0;
	for (uint32_t i = 0; i < c->nprograms; i++) {
		struct program g = from->programs[c->program + i];
		const uint32_t *code = from->code + g.code;

		g.code = (uint32_t)to->own_code.n;
		g.guard = g.guard == NONE ? NONE : from->leaf(from->ctx, g.guard);
		g.other = g.other == NONE ? NONE : from->leaf(from->ctx, g.other);
		for (uint32_t k = 0; k < g.ncode; k++) {
			enum node_op op = node_op(code[k]);
			bool of_leaf = op <= NODE_PLATFORM;

			VEC_PUSH(&to->own_code,
				 of_leaf ? node_of(op, from->leaf(from->ctx, node_arg(code[k])))
					 : code[k]);
		}
		VEC_PUSH(&to->own, g);
	}
	no = class_put(to, verdict);
	taken = &to->classes.v[no];
	if (c->plain_told) {
		taken->plain_told = true;
		taken->plain_exposed = c->plain_exposed;
		taken->plain_unknown = c->plain_unknown;
		for (uint32_t i = 0; i < c->nprograms; i++)
			to->programs.v[taken->program + i].alone =
				from->programs[c->program + i].alone;
	}
	return no;
}

static uint32_t leaf_of_share(void *ctx, uint32_t leaf)
{
	return ((const uint32_t *)ctx)[leaf];
}

/* nleaves: how many the part had before it took in any share. */
static void share_take(const struct classing *all, size_t item, uint32_t nleaves,
		       struct class_pass *to)
{
	struct part *w = all->w;
	const struct class_pass *from = all->shares[item];
	uint32_t n = (uint32_t)from->classes.n;
	uint32_t end = MIN_OF((uint32_t)(item + 1) * SHARE, w->image->nvulns);
	AUTO(freep)
	uint32_t *leaf = mem_alloc(((size_t)nleaves + from->more.n + 1) * sizeof(*leaf));
	AUTO(freep) uint32_t *class = mem_alloc(((size_t)n + 1) * sizeof(*class));
	const struct made made = {.classes = from->classes.v,
				  .programs = from->programs.v,
				  .code = from->code.v,
				  .leaf = leaf_of_share,
				  .ctx = leaf};

	for (uint32_t i = 0; i < nleaves; i++)
		leaf[i] = i;
	for (uint32_t i = 0; i < from->more.n; i++)
		leaf[nleaves + i] = leaf_put(&w->leaves, intern_str(from->more.keys, i));
	for (uint32_t i = 0; i < n; i++)
		class[i] = class_take(to, &made, i, from->classes.v[i].verdict);
	for (uint32_t i = (uint32_t)item * SHARE; i < end; i++)
		if (w->vuln_class[i] != NONE)
			w->vuln_class[i] = class[w->vuln_class[i]];
}

/* ---- what is asked elsewhere ----------------------------------------------------------- */

struct leaves_alike {
	struct alike *alike;
	struct leaf_table *to;
};

static uint32_t leaf_alike(void *ctx, uint32_t leaf)
{
	const struct leaves_alike *x = ctx;

	return alike_leaf(x->alike, x->to, leaf);
}

/* The part that is alike asks the same of each, but for what the vendor says of the states here. */
static void alike_take(const struct classing *all, struct class_pass *to)
{
	const struct part *like = alike_of(all->asking->alike);
	AUTO(map_closep) struct map *judged = map_open();
	AUTO(freep) uint32_t *known = mem_alloc(((size_t)like->nclasses + 1) * sizeof(*known));
	struct leaves_alike leaves = {all->asking->alike, &all->w->leaves};
	const struct made made = {.classes = like->classes,
				  .programs = like->programs,
				  .code = like->code,
				  .leaf = leaf_alike,
				  .ctx = &leaves};

	memset(known, 0xff, like->nclasses * sizeof(*known));
	for (uint32_t i = 0; i < all->w->image->nvulns; i++) {
		uint32_t class = like->vuln_class[i], verdict = all->verdicts[i], *here;

		if (is_asked(all->asking, i))
			continue;
		all->w->vuln_class[i] = NONE;
		if (class == NONE)
			continue;
		here = verdict == NONE ? &known[class]
				       : map_put(judged, (uint64_t) class << 32 | verdict, NONE);
		if (*here == NONE)
			*here = class_take(to, &made, class, verdict);
		all->w->vuln_class[i] = *here;
	}
}

static uint32_t *verdicts_of(struct part *w)
{
	uint32_t *r = mem_alloc(((size_t)w->image->nvulns + 1) * sizeof(*r));

	for (uint32_t i = 0; i < w->image->nvulns; i++)
		r[i] = windows_verdict(w, &w->image->vulns[i]);
	return r;
}

void classes_build(struct part *w, const struct asking *asking)
{
	size_t n = (w->image->nvulns + (size_t)SHARE - 1) / SHARE;
	AUTO(freep) uint32_t *verdicts = verdicts_of(w);
	AUTO(freep) struct class_pass **shares = mem_zero(n + 1, sizeof(struct class_pass *));
	struct classing all = {w, asking, verdicts, shares};
	struct class_pass *to = pass_open(w);
	uint32_t nleaves = w->leaves.n;

	w->vuln_class = ARENA_ARRAY(w->arena, uint32_t, w->image->nvulns + 1);
	parallel_each(n, share_read, &all);
	for (size_t i = 0; i < n; i++) {
		if (!shares[i])
			continue;
		share_take(&all, i, nleaves, to);
		pass_close(shares[i]);
	}
	if (asking->alike)
		alike_take(&all, to);
	/* The arrays are the part's from here on. */
	w->code = to->code.v;
	w->programs = to->programs.v;
	w->classes = to->classes.v;
	w->nclasses = (uint32_t)to->classes.n;
	to->code.v = NULL;
	to->programs.v = NULL;
	to->classes.v = NULL;
	pass_close(to);
}
