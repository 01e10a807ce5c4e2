#include "base/order.h"
#include "base/parallel.h"
#include "exposure/inner.h"

/* Per organisation: which ids are there, on which devices; and which devices nobody has seen. */

struct source {
	uint32_t id, n;
	const uint32_t *devices; /* ascending, or */
	const uint64_t *words;
};
struct source_list {
	struct source *v;
	size_t n, cap;
};

static int source_cmp(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* Devices by a number each has: runs of equal numbers become sources. */
struct runs {
	struct unit *o;
	const uint32_t *no;
	const struct meaning *meanings; /* NULL: the number is itself id - base */
	const uint32_t *meant;
	uint32_t base;
};

static void runs_add(const struct runs *r, struct source_list *out)
{
	struct unit *o = r->o;
	uint32_t n = o->ndevices;
	AUTO(freep) uint64_t *keys = mem_zero((size_t)n + 1, sizeof(*keys));
	uint32_t *devices = ARENA_ARRAY(o->arena, uint32_t, n + 1);

	for (uint32_t i = 0; i < n; i++)
		keys[i] = (uint64_t)r->no[i] << 32 | i;
	qsort(keys, n, sizeof(*keys), u64_order);
	for (uint32_t i = 0; i < n; i++)
		devices[i] = (uint32_t)keys[i];
	for (uint32_t lo = 0, hi; lo < n; lo = hi) {
		uint32_t no = (uint32_t)(keys[lo] >> 32);
		struct source s = {.devices = devices + lo};

		for (hi = lo; hi < n && keys[hi] >> 32 == no;)
			hi++;
		s.n = hi - lo;
		if (!r->meanings) {
			s.id = r->base + no;
			VEC_PUSH(out, s);
			continue;
		}
		for (uint32_t j = 0; j < r->meanings[no].n; j++) {
			s.id = r->meant[r->meanings[no].first + j];
			VEC_PUSH(out, s);
		}
	}
}

static void raws_add(const struct part *w, struct unit *o, struct source_list *out)
{
	const struct segment *s = o->segment;

	for (uint32_t i = 0; i < s->nraws; i++) {
		const struct meaning *m = &w->raws[o->raw_no[i]];
		struct source one = {.devices = segment_list(s, i),
				     .words = segment_words(s, i),
				     .n = s->held[i]};

		for (uint32_t j = 0; one.n && j < m->n; j++) {
			one.id = w->meant[m->first + j];
			VEC_PUSH(out, one);
		}
	}
}

static struct devset merged_list(struct unit *o, const struct source *v, size_t n, size_t total)
{
	uint32_t *list = ARENA_ARRAY(o->arena, uint32_t, total + 1), kept = 0;
	size_t all = 0;

	for (size_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < v[i].n; j++)
			list[all++] = v[i].devices[j];
	qsort(list, all, sizeof(*list), u32_order);
	for (size_t i = 0; i < all; i++)
		if (i == 0 || list[i] != list[kept - 1])
			list[kept++] = list[i];
	return (struct devset){.n = kept, .list = list};
}

/* A list while it is shorter than half the words would be. */
static struct devset set_of(struct unit *o, const struct source *v, size_t n)
{
	struct devset s = {0};
	uint64_t *words;
	size_t total = 0;

	if (n == 1 && v->words)
		return (struct devset){.n = v->n, .words = v->words};
	if (n == 1 && v->n <= o->nwords)
		return (struct devset){.n = v->n, .list = v->devices};
	for (size_t i = 0; i < n; i++)
		total += v[i].n;
	if (total <= o->nwords)
		return merged_list(o, v, n, total);
	words = ARENA_ARRAY(o->arena, uint64_t, o->nwords);
	for (size_t i = 0; i < n; i++) {
		if (v[i].words)
			bits_or(words, v[i].words, o->nwords);
		for (uint32_t j = 0; !v[i].words && j < v[i].n; j++)
			bits_add(words, v[i].devices[j]);
	}
	s.n = (uint32_t)bits_count(words, o->nwords);
	s.words = words;
	return s;
}

static void sets_build(struct unit *o, struct source_list *l)
{
	uint32_t *ids = ARENA_ARRAY(o->arena, uint32_t, l->n + 1), n = 0;
	struct devset *sets = ARENA_ARRAY(o->arena, struct devset, l->n + 1);

	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), source_cmp);
	for (size_t lo = 0, hi; lo < l->n; lo = hi) {
		for (hi = lo; hi < l->n && l->v[hi].id == l->v[lo].id;)
			hi++;
		ids[n] = l->v[lo].id;
		sets[n++] = set_of(o, l->v + lo, hi - lo);
	}
	o->ids = ids;
	o->sets = sets;
	o->nlocal = n;
}

static void turn_note(struct unit *o, const struct estate_seen *f)
{
	for (int i = 0; i < FACETS; i++)
		if (estate_is_fresh(&f[i], o->now_ms))
			o->turns_ms =
				MIN_OF(o->turns_ms,
				       f[i].seen_ms + 1 +
					       MS_PER_DAY * estate_fresh_days(
								    (enum estate_kind)f[i].kind));
}

static void unseen_build(const struct part *w, struct unit *o)
{
	uint64_t *words[8] = {0};

	for (int m = 0; m < 8; m++) {
		words[m] = ARENA_ARRAY(o->arena, uint64_t, o->nwords + 1);
		o->unseen[m] = words[m];
	}
	o->turns_ms = INT64_MAX;
	for (uint32_t i = 0; i < o->ndevices; i++) {
		const struct estate_seen *f = o->segment->devices[i].facet;
		int seen = 0;

		turn_note(o, f);
		if (estate_is_fresh(&f[FACET_SOFTWARE], o->now_ms) && !f[FACET_SOFTWARE].incomplete)
			seen |= MASK_SOFTWARE;
		if (w->states[o->state_no[i]].os_covered)
			seen |= MASK_OS;
		for (int m = 1; m < 8; m++)
			if (m & ~seen)
				bits_add(words[m], i);
	}
	for (int m = 0; m < 8; m++)
		o->nunseen[m] = (uint32_t)bits_count(words[m], o->nwords);
}

static void org_build(void *ctx, size_t item, unsigned worker)
{
	struct part *w = ctx;
	struct unit *o = &w->orgs[item];
	struct source_list l = {0};
	struct runs systems = {o, o->os_no, w->systems, w->meant, 0};
	struct runs states = {o, o->state_no, NULL, NULL, w->state_id};

	(void)worker;
	raws_add(w, o, &l);
	runs_add(&systems, &l);
	runs_add(&states, &l);
	sets_build(o, &l);
	unseen_build(w, o);
	free(l.v);
}

uint32_t device_ids(const struct part *w, const struct one_device *of, struct arena *arena,
		    uint32_t **ret)
{
	const struct unit *o = of->o;
	const struct meaning *os = &w->systems[o->os_no[of->device]];
	size_t n = (size_t)os->n + 1;
	uint32_t *ids, at = 0, kept = 0;

	for (uint32_t i = 0; i < of->raws.n; i++)
		n += w->raws[o->raw_no[of->raws.v[i]]].n;
	ids = ARENA_ARRAY(arena, uint32_t, n);
	for (uint32_t i = 0; i < of->raws.n; i++) {
		const struct meaning *m = &w->raws[o->raw_no[of->raws.v[i]]];

		for (uint32_t j = 0; j < m->n; j++)
			ids[at++] = w->meant[m->first + j];
	}
	for (uint32_t j = 0; j < os->n; j++)
		ids[at++] = w->meant[os->first + j];
	ids[at++] = w->state_id + o->state_no[of->device];
	qsort(ids, at, sizeof(*ids), u32_order);
	for (uint32_t i = 0; i < at; i++)
		if (i == 0 || ids[i] != ids[kept - 1])
			ids[kept++] = ids[i];
	*ret = ids;
	return kept;
}

/* id -> organisations, so that those without any are never visited. */
static void index_build(struct part *w)
{
	uint32_t *at;
	size_t n = 0;

	w->id_org_start = ARENA_ARRAY(w->arena, uint32_t, (size_t)w->nids + 2);
	for (size_t i = 0; i < w->norgs; i++) {
		n += w->orgs[i].nlocal;
		for (uint32_t j = 0; j < w->orgs[i].nlocal; j++)
			w->id_org_start[w->orgs[i].ids[j] + 2]++;
	}
	for (uint32_t i = 1; i < w->nids + 2; i++)
		w->id_org_start[i] += w->id_org_start[i - 1];
	w->id_orgs = ARENA_ARRAY(w->arena, uint32_t, n + 1);
	w->id_places = ARENA_ARRAY(w->arena, uint32_t, n + 1);
	w->id_words = ARENA_ARRAY(w->arena, uint64_t, n + 1);
	at = w->id_org_start + 1;
	for (size_t i = 0; i < w->norgs; i++)
		for (uint32_t j = 0; j < w->orgs[i].nlocal; j++) {
			uint32_t to = at[w->orgs[i].ids[j]]++;

			w->id_orgs[to] = (uint32_t)i;
			w->id_places[to] = j;
			if (w->orgs[i].ndevices <= WORD_DEVICES)
				w->id_words[to] = set_word(&w->orgs[i].sets[j]);
		}
}

static void unseen_index(struct part *w)
{
	for (int m = 0; m < 8; m++) {
		w->unseen_words[m] = ARENA_ARRAY(w->arena, uint64_t, w->norgs + 1);
		for (size_t i = 0; i < w->norgs; i++)
			w->unseen_words[m][i] = w->orgs[i].unseen[m][0];
	}
}

void unit_begin(struct unit *o, const struct segment *s)
{
	*o = (struct unit){.segment = s, .arena = arena_open()};
}

void orgs_build(struct part *w)
{
	for (size_t i = 0; i < w->norgs; i++)
		w->widest = MAX_OF(w->widest, w->orgs[i].nwords);
	parallel_each(w->norgs, org_build, w);
	index_build(w);
	unseen_index(w);
}
