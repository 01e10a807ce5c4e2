#include "intel/image.h"

/*
 * What supersedes a KB and what it supersedes, line by line.  The ordered
 * history of rollups is complete and goes first; edges, which have holes, add
 * what no history lists.  A security-only update holds its month alone: it takes
 * nothing over from what came before it, whatever edges say.
 */

struct walk {
	const struct intel_image *image;
	uint32_t kb;
	uint16_t line;
	uint32_t first_edge, end_edge; /* of the line */
	const struct history *history;
	VEC_OF(struct kb_link) links;
	VEC_OF(uint32_t) queue;
};

static const struct rollup *find_kb(const struct rollup *v, uint32_t n, uint32_t kb)
{
	for (uint32_t i = 0; i < n; i++)
		if (v[i].kb == kb)
			return &v[i];
	return NULL;
}

static bool security_only(const struct walk *w, uint32_t kb)
{
	return w->history &&
	       find_kb(w->history->security_only, w->history->nsecurity_only, kb) != NULL;
}

static bool known(const struct walk *w, size_t from, uint32_t kb, bool newer)
{
	for (size_t i = from; i < w->links.n; i++)
		if (w->links.v[i].kb == kb && w->links.v[i].newer == newer)
			return true;
	return kb == w->kb;
}

static void add(struct walk *w, size_t from, struct kb_link link)
{
	if (!link.kb || known(w, from, link.kb, link.newer))
		return;
	link.line = windows_line_at(w->line);
	VEC_PUSH(&w->links, link);
	VEC_PUSH(&w->queue, link.kb);
}

/* Every rollup of the line before or after the one at order; and, as each holds what the one
 * before held, a KB that leads to one rollup leads to all of them. */
static void add_history(struct walk *w, size_t from, uint32_t kb, bool newer)
{
	const struct rollup *at;

	if (!w->history)
		return;
	at = find_kb(w->history->rollups, w->history->nrollups, kb);
	if (!at)
		return;
	for (uint32_t i = 0; i < w->history->nrollups; i++) {
		const struct rollup *r = &w->history->rollups[i];

		if (newer ? r->order > at->order : r->order < at->order)
			add(w, from,
			    (struct kb_link){.kb = r->kb, .newer = newer, .history = true});
	}
}

static void add_edges(struct walk *w, size_t from, uint32_t kb, bool newer)
{
	const struct intel_image *m = w->image;

	for (uint32_t i = w->first_edge; i < w->end_edge; i++) {
		const struct edge *e = &m->edges[i];
		uint32_t here = newer ? e->older_kb : e->newer_kb;
		uint32_t next = newer ? e->newer_kb : e->older_kb;

		if (here == kb && !security_only(w, e->newer_kb))
			add(w, from, (struct kb_link){.kb = next, .newer = newer, .via = kb});
	}
}

static void walk(struct walk *w, bool newer)
{
	size_t from = w->links.n;

	w->queue.n = 0;
	add_history(w, from, w->kb, newer);
	add_edges(w, from, w->kb, newer);
	for (size_t i = 0; i < w->queue.n; i++) {
		add_history(w, from, w->queue.v[i], newer);
		add_edges(w, from, w->queue.v[i], newer);
	}
}

static int link_cmp(const void *a, const void *b)
{
	const struct kb_link *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->newer != y->newer)
		return x->newer ? 1 : -1;
	return x->kb < y->kb ? -1 : x->kb > y->kb;
}

struct kb_links intel_kb_closure(const struct intel_image *image, struct arena *arena, uint32_t kb,
				 const struct windows_line *line)
{
	struct walk w = {.image = image, .kb = kb};
	struct kb_links ret = {0};

	for (size_t i = 0; i < windows_line_count(); i++) {
		w.line = (uint16_t)i;
		w.first_edge = w.end_edge;
		while (w.end_edge < image->nedges && image->edges[w.end_edge].line == i)
			w.end_edge++;
		if (line && windows_line_at(i) != line)
			continue;
		w.history = intel_image_history(image, windows_line_at(i));
		walk(&w, false);
		walk(&w, true);
	}
	ret.v = ARENA_ARRAY(arena, struct kb_link, w.links.n + 1);
	ret.n = w.links.n;
	if (ret.n) {
		memcpy(ret.v, w.links.v, ret.n * sizeof(*ret.v));
		qsort(ret.v, ret.n, sizeof(*ret.v), link_cmp);
	}
	free(w.links.v);
	free(w.queue.v);
	return ret;
}
