#include "exposure/sweep.h"
#include "exposure/why.h"

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

static void rank(const struct exposure_world *w, const struct unit *o,
		 const struct exposure_ranking *how, struct arena *arena,
		 struct exposure_ranked_list *ret)
{
	AUTO(sweeper_closep) struct sweeper *s = sweeper_open(w, o->nwords);
	AUTO(freep)
	struct class_counts *counts = mem_zero((size_t)w->nclasses + 1, sizeof(*counts));
	VEC_OF(struct exposure_ranked) all = {0};

	*ret = (struct exposure_ranked_list){.devices = o->ndevices};
	sweep_counts(s, o, counts);
	for (uint32_t i = 0; i < w->image->nvulns; i++) {
		const struct vuln_row *v = &w->image->vulns[i];
		uint32_t class = w->vuln_class[i];

		if (class == NONE ||
		    !(counts[class].exposed || (how->with_unknown && counts[class].unknown)))
			continue;
		ret->kev_total += v->kev;
		VEC_PUSH(&all,
			 (struct exposure_ranked){.vuln = v,
						  .exposed = counts[class].exposed,
						  .unknown = counts[class].unknown,
						  .weight = (v->epss > 0 ? (double)v->epss : 0.0) *
							    counts[class].exposed});
	}
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), ranked_cmp);
	ret->total = all.n;
	ret->n = how->offset < all.n ? all.n - how->offset : 0;
	if (how->limit)
		ret->n = MIN_OF(ret->n, how->limit);
	ret->v = ARENA_ARRAY(arena, struct exposure_ranked, ret->n + 1);
	if (ret->n)
		memcpy(ret->v, all.v + how->offset, ret->n * sizeof(*ret->v));
	free(all.v);
}

/* An organisation of this one device. */
static struct unit unit_of(const struct exposure_world *w, const struct unit *o, uint32_t device,
			   struct arena *arena)
{
	static const uint32_t first[] = {0};
	struct unit r = {.segment = o->segment, .name = o->name, .ndevices = 1, .nwords = 1};
	uint32_t *ids;
	struct devset *sets;

	r.nlocal = device_ids(w, o, device, arena, &ids);
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
	const struct unit *o = org_find(w, how->org);
	struct spot spot;
	struct unit one;

	if (how->device.n) {
		if (!device_find(w, how->org, how->device, &spot, err))
			return false;
		one = unit_of(w, spot.unit, spot.device, arena);
		o = &one;
	}
	if (!o)
		return err_set(err, ERR_NOT_FOUND, "no inventory of %.*s was imported yet",
			       STR_FMT(how->org));
	rank(w, o, how, arena, ret);
	return true;
}
