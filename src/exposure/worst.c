#include "exposure/eval.h"
#include "exposure/words.h"

/* Several vulnerabilities as one question. */

struct asked {
	const struct part *part;
	const struct class *class;
	struct class_hits hits;
	bool software; /* some leaf of it looks at software */
};

struct worst {
	const struct exposure_world *w;
	struct scratch *scratch;
	struct asked *asked; /* nasked for each part */
	size_t nasked, ncves;
	bool nobody_can_tell;
	uint64_t *exposed, *unknown, *fixed, *verdict;
	int64_t *seen_ms;
	struct arena *arena;
};

static void worst_release(struct worst *x)
{
	scratch_close(x->scratch);
	arena_close(x->arena);
}

struct looks {
	const struct part *w;
	bool software;
};

static void leaf_looks(void *ctx, uint32_t leaf)
{
	struct looks *l = ctx;

	l->software |=
		!l->w->leaf_is_verdict[leaf] && (l->w->leaves.v[leaf].mask & MASK_SOFTWARE) != 0;
}

static void ask(struct worst *x, struct str cve)
{
	const struct exposure_world *w = x->w;
	struct asked_of of;
	struct class_hits *hits;
	struct err err;

	if (!world_ask(w, cve, &of, &err) || asked_class(&of, 0) == NONE) {
		x->nobody_can_tell = true;
		return;
	}
	hits = world_hits(w, &of, x->arena);
	for (uint32_t p = 0; p < w->nparts; p++) {
		struct asked *a = &x->asked[p * x->ncves + x->nasked];
		struct looks looks = {.w = of.parts[p]};

		*a = (struct asked){.part = of.parts[p],
				    .class = &of.parts[p]->classes[asked_class(&of, p)],
				    .hits = hits[p]};
		class_each_leaf(a->part, a->class, leaf_looks, &looks);
		a->software = looks.software;
	}
	x->nasked++;
}

static int64_t device_seen(const struct worst *x, const struct unit *o, const struct asked *a,
			   uint32_t device)
{
	const struct estate_seen *f = o->segment->devices[device].facet;
	const struct patch_state *s = &a->part->states[o->state_no[device]];
	enum facet facet = a->software ? FACET_SOFTWARE : FACET_OS;

	if (a->class->verdict != NONE && bits_has(x->verdict, device))
		facet = s->by_revision ? FACET_OS : FACET_UPDATES;
	return f[facet].seen_ms ? f[facet].seen_ms : f[FACET_OS].seen_ms;
}

/* Which exposed device was seen when, by the facet that its kind of fault shows in. */
static void seen_add(struct worst *x, const struct unit *o, const struct asked *a,
		     const uint64_t *exposed)
{
	if (a->class->verdict != NONE) {
		memset(x->verdict, 0, o->nwords * sizeof(*x->verdict));
		(void)spans_devices(o, &a->part->leaves.v[a->class->verdict].s[VERDICT_EXPOSED],
				    x->verdict);
	}
	BITS_EACH (i, exposed, o->ndevices)
		x->seen_ms[i] = MAX_OF(x->seen_ms[i], device_seen(x, o, a, (uint32_t)i));
}

static void begin(struct worst *x, const struct unit *o)
{
	size_t n = o->nwords * sizeof(uint64_t);

	memset(x->exposed, 0, n);
	memset(x->unknown, 0, n);
	memset(x->fixed, 0, n);
	memset(x->seen_ms, 0, o->ndevices * sizeof(*x->seen_ms));
}

static bool add(struct worst *x, uint32_t place, bool begun)
{
	struct seat at = x->w->roll->places[place];
	const struct unit *o = place_unit(x->w, place);
	const uint32_t *kinds = x->w->roll->kinds[place];

	for (size_t i = 0; i < x->nasked; i++) {
		const struct asked *a = &x->asked[at.part * x->ncves + i];
		struct sets r;

		if (a->hits.start[at.unit] == a->hits.start[at.unit + 1] &&
		    !kinds[a->class->plain_exposed] && !kinds[a->class->plain_unknown])
			continue;
		if (!begun)
			begin(x, o);
		begun = true;
		r = class_eval_hits(&a->hits, at.unit, x->scratch);
		words_or(x->exposed, r.t, o->nwords);
		words_or(x->unknown, r.u, o->nwords);
		words_or(x->fixed, r.x, o->nwords);
		seen_add(x, o, a, r.t);
	}
	return begun;
}

static void judge(struct worst *x, uint32_t place, struct exposure_worst *ret)
{
	const struct unit *o = place_unit(x->w, place);
	size_t n = o->nwords;

	*ret = (struct exposure_worst){.segment = o->segment};
	if (x->nobody_can_tell) {
		begin(x, o);
		bits_fill(x->unknown, o->ndevices);
	}
	if (!add(x, place, x->nobody_can_tell))
		return;
	words_and_not(x->unknown, x->exposed, n);
	words_and_not(x->fixed, x->exposed, n);
	words_and_not(x->fixed, x->unknown, n);
	ret->exposed = x->exposed;
	ret->unknown = x->unknown;
	ret->fixed = x->fixed;
	ret->seen_ms = x->seen_ms;
	ret->nexposed = words_count(x->exposed, n);
	ret->nunknown = words_count(x->unknown, n);
	ret->nfixed = words_count(x->fixed, n);
}

bool exposure_worst_each(const struct exposure_world *w, struct exposure_cves cves,
			 exposure_worst_fn *fn, void *ctx, struct err *err)
{
	AUTO(worst_release)
	struct worst x = {.w = w,
			  .scratch = scratch_open(w->roll->widest),
			  .ncves = cves.n,
			  .arena = arena_open()};
	uint64_t *words = ARENA_ARRAY(x.arena, uint64_t, 4 * ((size_t)w->roll->widest + 1));

	x.exposed = words;
	x.unknown = words + w->roll->widest + 1;
	x.fixed = x.unknown + w->roll->widest + 1;
	x.verdict = x.fixed + w->roll->widest + 1;
	x.seen_ms = ARENA_ARRAY(x.arena, int64_t, (size_t)w->roll->widest * 64 + 1);
	x.asked = ARENA_ARRAY(x.arena, struct asked, w->nparts * cves.n + 1);
	for (size_t i = 0; i < cves.n; i++)
		ask(&x, cves.v[i]);
	for (uint32_t i = 0; i < w->roll->nplaces; i++) {
		struct exposure_worst r;

		judge(&x, i, &r);
		if (!fn(ctx, &r, err))
			return false;
	}
	return true;
}
