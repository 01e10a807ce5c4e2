#include "exposure/plain.h"
#include "exposure/catalogue.h"
#include "exposure/windows.h"

/* A part of a world: built once, never changed, shared by every world that it belongs to. */

/* ---- what parts stand on ---------------------------------------------------------- */

struct grounds *grounds_ref(struct grounds *g)
{
	if (g)
		g->refs++;
	return g;
}

void grounds_unref(struct grounds *g)
{
	if (!g || --g->refs)
		return;
	if (g->catalogue)
		catalogue_close(g->catalogue);
	if (g->resolver)
		estate_resolver_close(g->resolver);
	if (g->dictionary)
		intel_dictionary_close(g->dictionary);
	if (g->own_image)
		intel_image_close(g->own_image);
	free(g);
}

/* ---- coming and going ------------------------------------------------------------- */

/* What it was asked: leaves, programs, classes. */
static void questions_free(struct part *w)
{
	windows_free(w->windows, w->of != NULL);
	intern_close(w->leaves.keys);
	free(w->leaves.v);
	free(w->code);
	free(w->programs);
	free(w->classes);
	arena_close(w->arena);
}

/* What its organisations hold. */
static void holdings_free(struct part *w)
{
	for (size_t i = 0; i < w->norgs; i++)
		arena_close(w->orgs[i].arena);
	for (size_t i = 0; i < w->nheld; i++)
		segment_unref(w->held[i]);
	intern_close(w->group_keys);
	intern_close(w->tokens);
	free(w->orgs);
	free(w->held);
	for (unsigned i = 0; i < w->nkept; i++)
		arena_close(w->kept[i]);
	free(w->kept);
}

struct part *part_ref(struct part *w)
{
	w->refs++;
	return w;
}

void part_unref(struct part *w)
{
	struct part *of = w->of, *like = w->like;
	struct grounds *grounds = w->grounds;

	if (--w->refs)
		return;
	questions_free(w);
	if (!of)
		holdings_free(w);
	free(w);
	if (of)
		part_unref(of);
	if (like)
		part_unref(like);
	grounds_unref(grounds);
}

static struct part *part_new(void)
{
	struct part *w = mem_zero(1, sizeof(*w));

	w->refs = 1;
	w->arena = arena_open();
	w->group_keys = intern_open();
	w->tokens = intern_open();
	w->leaves.keys = intern_open();
	return w;
}

static int org_cmp(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	return str_cmp(x->segment->org, y->segment->org);
}

static void unit_read(const struct exposure_parts *p, struct unit *o)
{
	o->now_ms = p->own_time ? o->segment->as_of_ms : p->now_ms;
	o->ndevices = o->segment->ndevices;
	o->nwords = (uint32_t)bits_words(o->ndevices);
	o->raw_no = ARENA_ARRAY(o->arena, uint32_t, o->segment->nraws + 1);
	o->os_no = ARENA_ARRAY(o->arena, uint32_t, o->ndevices + 1);
	o->state_no = ARENA_ARRAY(o->arena, uint32_t, o->ndevices + 1);
}

static void orgs_read(struct part *w, const struct exposure_parts *p)
{
	w->orgs = mem_zero(p->nsegments + 1, sizeof(*w->orgs));
	w->norgs = p->nsegments;
	for (size_t i = 0; i < p->nsegments; i++)
		unit_begin(&w->orgs[i], p->segments[i]);
	if (p->nsegments)
		qsort(w->orgs, w->norgs, sizeof(*w->orgs), org_cmp);
	for (size_t i = 0; i < w->norgs; i++)
		unit_read(p, &w->orgs[i]);
}

/* Criteria and classes of its image. */
static void ask(struct part *w, const struct grounds *grounds)
{
	const struct catalogue *shared = grounds ? grounds->catalogue : NULL;
	AUTO(catalogue_closep)
	struct catalogue *own = shared ? NULL : catalogue_open(w->image);
	AUTO(alike_closep) struct alike *alike = w->like ? alike_open(w, w->like) : NULL;
	struct asking asking = {.catalogue = shared ? shared : own, .alike = alike};

	verdicts_build(w);
	criteria_build(w, &asking);
	classes_build(w, &asking);
	free(asking.vulns);
}

struct part *part_of(const struct exposure_parts *p, struct grounds *grounds, struct part *like)
{
	struct part *w = part_new();

	w->image = p->image;
	w->now_ms = p->now_ms;
	w->resolver = p->resolver;
	w->grounds = grounds_ref(grounds);
	w->like = like ? part_ref(like) : NULL;
	orgs_read(w, p);
	components_build(w);
	windows_build(w);
	states_build(w);
	ask(w, grounds);
	questions_order(w);
	reach_build(w);
	leaf_reach_build(w);
	plain_build(w);
	orgs_build(w);
	return w;
}

struct part *part_asking(struct part *of, struct grounds *grounds)
{
	struct part *w = mem_alloc(sizeof(*w));

	*w = *of;
	w->refs = 1;
	w->of = part_ref(of);
	w->like = NULL;
	w->grounds = grounds_ref(grounds);
	w->image = grounds->image;
	w->arena = arena_open();
	w->leaves = (struct leaf_table){.keys = intern_open()};
	w->nused = 0;
	w->leaf_is_verdict = NULL;
	w->code = NULL;
	w->programs = NULL;
	w->classes = NULL;
	if (!windows_ask(w) || !names_settled(w)) {
		part_unref(w);
		return NULL;
	}
	ask(w, grounds);
	verdicts_mark(w);
	plain_build(w);
	return w;
}

uint64_t part_bytes(const struct part *w)
{
	uint64_t n = arena_bytes(w->arena) + intern_bytes(w->leaves.keys);

	for (unsigned i = 0; i < w->nkept; i++)
		n += arena_bytes(w->kept[i]);
	for (size_t i = 0; i < w->norgs; i++)
		n += arena_bytes(w->orgs[i].arena);
	return n;
}
