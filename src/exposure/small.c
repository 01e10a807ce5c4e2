#include "exposure/sweeper.h"

/*
 * Classes of several leaves over at most 64 devices: every set is one word.  What is held is gone
 * through once, and each leaf's word made of what reaches it.
 */

struct both {
	uint64_t t, u;
};

/* ---- one class ---------------------------------------------------------------------------- */

static struct both leaf_both(const struct sweeper *s, uint32_t leaf)
{
	const uint64_t *v = s->leaf_words[leaf].v;
	uint64_t unseen = s->pack.unseen[s->local.w->leaves.v[leaf].mask & 7];

	return (struct both){v[LEAF_TRUE], (v[LEAF_MAYBE] | unseen) & ~v[LEAF_TRUE]};
}

static struct both both_or(struct both a, struct both b)
{
	uint64_t t = a.t | b.t;

	return (struct both){t, (a.u | b.u) & ~t};
}

static struct both both_and(struct both a, struct both b)
{
	uint64_t t = a.t & b.t;

	return (struct both){t, (a.t | a.u) & (b.t | b.u) & ~t};
}

static struct both node_both(struct sweeper *s)
{
	uint32_t node = *s->at++, n = node_arg(node);
	struct both r;

	if (node_op(node) <= NODE_PLATFORM)
		return leaf_both(s, n);
	r = node_both(s);
	if (node_op(node) == NODE_NOT)
		return (struct both){~(r.t | r.u) & pack_devices(&s->pack), r.u};
	for (uint32_t i = 1; i < n; i++) {
		struct both one = node_both(s);

		r = node_op(node) == NODE_OR ? both_or(r, one) : both_and(r, one);
	}
	return r;
}

static struct both program_both(struct sweeper *s, const struct program *g, uint64_t over)
{
	struct both r = {0, 0}, other = {0, 0};

	if (g->guard != NONE) {
		r = leaf_both(s, g->guard);
		if (!(r.t | r.u))
			return r;
	}
	s->at = s->local.w->code + g->code;
	r = g->guard == NONE ? node_both(s) : both_and(r, node_both(s));
	if (g->windows && over) {
		if (g->other != NONE)
			other = leaf_both(s, g->other);
		over &= ~(other.t | other.u);
		r.t &= ~over;
		r.u &= ~over;
	}
	return r;
}

static struct both class_both(struct sweeper *s, const struct class *c)
{
	const struct part *w = s->local.w;
	const uint64_t *v = c->verdict == NONE ? NULL : s->leaf_words[c->verdict].v;
	uint64_t over =
		v ? v[VERDICT_EXPOSED] | v[VERDICT_UNKNOWN] | v[VERDICT_FIXED] | v[VERDICT_CLEAR]
		  : 0;
	struct both r = {0, 0};

	for (uint32_t i = 0; i < c->nprograms; i++)
		r = both_or(r, program_both(s, &w->programs[c->program + i], over));
	if (v)
		r = both_or(r, (struct both){v[VERDICT_EXPOSED],
					     v[VERDICT_UNKNOWN] | v[VERDICT_NO_LINE]});
	return r;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static void leaves_fill(struct sweeper *s)
{
	const struct reach *r = &s->local.w->leaf_reach;
	const struct pack *p = &s->pack;

	for (size_t i = 0; i < p->ids.n; i++) {
		uint32_t id = p->ids.v[i];

		for (uint32_t k = r->start[id]; k < r->start[id + 1]; k++) {
			uint32_t leaf = r->classes[k] >> LISTS_SHIFT;
			struct leaf_words *l = &s->leaf_words[leaf];

			if (!l->any)
				s->local.touched[s->local.ntouched++] = leaf;
			l->any = true;
			l->v[r->classes[k] & ((1u << LISTS_SHIFT) - 1)] |= p->words[id];
		}
	}
}

static void leaf_ask(struct sweeper *s, uint32_t leaf)
{
	const struct part *w = s->local.w;

	for (uint32_t k = w->leaf_class_start[leaf]; k < w->leaf_class_start[leaf + 1]; k++) {
		uint32_t class = w->leaf_classes[k];
		struct both r;

		if (s->asked[class] == s->stamp)
			continue;
		s->asked[class] = s->stamp;
		r = class_both(s, &w->classes[class]);
		word_met_add(s, class, r.t, r.u);
	}
}

void small_ask(struct sweeper *s)
{
	struct local *l = &s->local;

	leaves_fill(s);
	for (size_t i = 0; i < l->ntouched; i++)
		leaf_ask(s, l->touched[i]);
	while (l->ntouched)
		s->leaf_words[l->touched[--l->ntouched]] = (struct leaf_words){.any = false};
}
