#include "exposure/eval.h"
#include "exposure/sweep.h"
#include "exposure/why.h"
#include "exposure/words.h"

/* Everything that concerns one organisation or one device, worst first. */

static int ranked_cmp(const void *a, const void *b)
{
	const struct exposure_ranked *x = a, *y = b;

	if (x->vuln->kev != y->vuln->kev)
		return x->vuln->kev ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	if ((x->exposed != 0) != (y->exposed != 0))
		return x->exposed ? -1 : 1;
	if (x->vuln->cvss != y->vuln->cvss)
		return x->vuln->cvss > y->vuln->cvss ? -1 : 1;
	return x->vuln->key > y->vuln->key ? -1 : x->vuln->key < y->vuln->key;
}

struct ranking {
	const struct exposure_world *w;
	const struct exposure_ranking *how;
	uint32_t part;
	const struct unit *o;
	uint64_t kev_total;
	VEC_OF(struct exposure_ranked) all;
};

static void rank_add(struct ranking *r, const struct vuln_row *v, struct class_counts c)
{
	if (!(c.exposed || (r->how->with_unknown && c.unknown)))
		return;
	r->kev_total += v->kev;
	VEC_PUSH(&r->all, (struct exposure_ranked){.vuln = v,
						   .exposed = c.exposed,
						   .unknown = c.unknown,
						   .weight = (v->epss > 0 ? (double)v->epss : 0.0) *
							     c.exposed});
}

static void rank_known(struct ranking *r)
{
	const struct part *p = r->w->parts[r->part];
	AUTO(sweeper_closep) struct sweeper *s = sweeper_open(p, r->o->nwords);
	AUTO(freep)
	struct class_counts *counts = mem_zero((size_t)p->nclasses + 1, sizeof(*counts));

	sweep_counts(s, r->o, counts);
	for (uint32_t i = 0; i < p->image->nvulns; i++) {
		const struct vuln_row *v = &p->image->vulns[i];

		if (p->vuln_class[i] != NONE && !world_anew(r->w, v->key))
			rank_add(r, v, counts[p->vuln_class[i]]);
	}
}

/* Those that changed since. */
static void rank_anew(struct ranking *r)
{
	const struct anew *anew = &r->w->anew;
	AUTO(scratch_closep) struct scratch *s = scratch_open(r->o->nwords);
	size_t n = r->o->nwords;

	for (uint32_t i = 0; anew->parts && i < anew->image->nvulns; i++) {
		const struct part *p = anew->parts[r->part];
		struct sets sets;

		if (p->vuln_class[i] == NONE)
			continue;
		sets = class_eval(p, r->o, p->vuln_class[i], s);
		rank_add(r, &anew->image->vulns[i],
			 (struct class_counts){(uint32_t)words_count(sets.t, n),
					       (uint32_t)words_count(sets.u, n)});
	}
}

static void rank(struct ranking *r, struct arena *arena, struct exposure_ranked_list *ret)
{
	const struct exposure_ranking *how = r->how;

	rank_known(r);
	rank_anew(r);
	if (r->all.n)
		qsort(r->all.v, r->all.n, sizeof(*r->all.v), ranked_cmp);
	*ret = (struct exposure_ranked_list){
		.devices = r->o->ndevices, .total = r->all.n, .kev_total = r->kev_total};
	ret->n = how->offset < r->all.n ? r->all.n - how->offset : 0;
	if (how->limit)
		ret->n = MIN_OF(ret->n, how->limit);
	ret->v = ARENA_ARRAY(arena, struct exposure_ranked, ret->n + 1);
	if (ret->n)
		memcpy(ret->v, r->all.v + how->offset, ret->n * sizeof(*ret->v));
	free(r->all.v);
}

/* An organisation of this one device. */
static struct unit unit_of(const struct part *w, const struct unit *o, uint32_t device,
			   struct arena *arena)
{
	static const uint32_t first[] = {0};
	struct unit r = {.segment = o->segment, .ndevices = 1, .nwords = 1};
	uint32_t *ids;
	struct devset *sets;
	const struct one_device of = {o, device, segment_raws(o->segment, device, arena)};

	r.nlocal = device_ids(w, &of, arena, &ids);
	r.ids = ids;
	sets = ARENA_ARRAY(arena, struct devset, r.nlocal + 1);
	for (uint32_t i = 0; i < r.nlocal; i++)
		sets[i] = (struct devset){.n = 1, .list = first};
	r.sets = sets;
	for (int m = 0; m < 8; m++) {
		uint64_t *words = ARENA_ARRAY(arena, uint64_t, 1);

		words[0] = bits_has(o->unseen[m], device);
		r.nunseen[m] = (uint32_t)words[0];
		r.unseen[m] = words;
	}
	return r;
}

bool exposure_ranked(const struct exposure_world *w, const struct exposure_ranking *how,
		     struct arena *arena, struct exposure_ranked_list *ret, struct err *err)
{
	uint32_t place = world_place(w, how->org);
	struct ranking r = {.w = w, .how = how};
	struct spot spot;
	struct unit one;

	if (how->device.n && !device_find(w, how->org, how->device, &spot, err))
		return false;
	if (place == NONE)
		return err_set(err, ERR_NOT_FOUND, "no inventory of %.*s was imported yet",
			       STR_FMT(how->org));
	r.part = w->roll->places[place].part;
	r.o = place_unit(w, place);
	if (how->device.n) {
		one = unit_of(w->parts[r.part], r.o, spot.device, arena);
		r.o = &one;
	}
	rank(&r, arena, ret);
	return true;
}
