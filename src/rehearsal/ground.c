#include "rehearsal/inner.h"

#include <math.h>

#include "base/bits.h"
#include "base/table.h"
#include "directory/directory.h"
#include "exposure/exposure.h"

void ground_release(struct ground *g)
{
	free(g->orgs);
	free(g->subnets);
	arena_close(g->arena);
	*g = (struct ground){0};
}

/* Numbers of an organisation's subnets, and of devices concerned; sums. */
static void ground_number(struct ground *g)
{
	uint32_t at = 0;

	g->concerned = 0;
	g->devices = 0;
	for (uint32_t i = 0; i < g->norgs; i++) {
		struct ground_org *o = &g->orgs[i];
		uint32_t n = o->end - o->first;

		o->first = at;
		o->exposed = o->unknown = 0;
		for (; at < o->first + n; at++) {
			struct ground_subnet *s = &g->subnets[at];

			s->org = i;
			s->from = g->concerned;
			o->exposed += s->exposed;
			o->unknown += s->unknown;
			g->concerned += (uint32_t)s->exposed + s->unknown;
		}
		o->end = at;
		g->devices += o->devices;
	}
	g->nsubnets = at;
}

void ground_of(const struct ground_org *orgs, uint32_t norgs, const struct ground_subnet *subnets,
	       struct ground *ret)
{
	struct ground g = {.norgs = norgs, .arena = arena_open()};
	uint32_t n = 0;

	g.orgs = mem_zero(norgs + 1, sizeof(*g.orgs));
	for (uint32_t i = 0; i < norgs; i++) {
		g.orgs[i] = orgs[i];
		g.orgs[i].first = 0;
		g.orgs[i].end = orgs[i].end;
		g.orgs[i].code = arena_str(g.arena, orgs[i].code);
		g.orgs[i].name = arena_str(g.arena, orgs[i].name);
		g.orgs[i].role = arena_str(g.arena, orgs[i].role);
		g.orgs[i].region = arena_str(g.arena, orgs[i].region);
		n += orgs[i].end;
	}
	g.subnets = mem_zero(n + 1, sizeof(*g.subnets));
	if (n)
		memcpy(g.subnets, subnets, n * sizeof(*g.subnets));
	ground_number(&g);
	*ret = g;
}

/* ---- made up ----------------------------------------------------------------------------------
 */

struct growing {
	VEC_OF(struct ground_org) orgs;
	VEC_OF(struct ground_subnet) subnets;
};

/* An organisation with `devices`, some of them exposed, in segments of about fifty. */
static void grow_org(struct growing *m, struct ground_org org, struct rng *rng)
{
	enum { SEGMENT = 45 };
	double share = 0.36 * pow(rng_unit(rng), 5.0 / 3); /* of devices exposed */

	for (uint32_t left = org.devices; left;) {
		uint32_t n = MIN_OF(left, (uint32_t)SEGMENT), exposed = 0;

		for (uint32_t i = 0; i < n; i++)
			exposed += rng_unit(rng) < share;
		left -= n;
		if (!exposed)
			continue;
		VEC_PUSH(&m->subnets, (struct ground_subnet){.exposed = (uint16_t)exposed});
		org.end++;
	}
	VEC_PUSH(&m->orgs, org);
}

void ground_random(uint32_t norgs, uint32_t devices, uint64_t seed, struct ground *ret)
{
	enum { TRUST_EACH = 42, REGIONS = 7 };
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct growing m = {0};
	struct rng rng = rng_of(seed, 0);
	double trusts = norgs / (double)TRUST_EACH, left = devices;

	for (uint32_t i = 0; i < norgs; i++) {
		bool trust = i % TRUST_EACH == 0;
		double mean = trust ? devices * 0.82 / (trusts + 1) : devices * 0.18 / norgs;
		double n = mean * exp(0.7 * chance_normal(&rng) - 0.245);
		struct ground_org o = {.code = arena_fmt(arena, "%c%05u", trust ? 'T' : 'P', i),
				       .role = trust ? STR("trust") : STR("gp_practice"),
				       .region = arena_fmt(arena, "R%u", i % REGIONS + 1)};

		o.devices = (uint32_t)fmax(1, fmin(n, left));
		left -= o.devices;
		o.name = o.code;
		grow_org(&m, o, &rng);
	}
	ground_of(m.orgs.v, (uint32_t)m.orgs.n, m.subnets.v, ret);
	free(m.orgs.v);
	free(m.subnets.v);
}

/* ---- of the estate ----------------------------------------------------------------------------
 */

struct survey {
	struct growing m;
	const struct org_list *known; /* by code */
};

static const struct org *known_org(const struct org_list *l, struct str code)
{
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = str_cmp(l->v[mid].code, code);

		if (!order)
			return &l->v[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* A segment's devices concerned, in subnets that an address range can hold. */
static uint32_t cut_in_pieces(struct survey *v, uint32_t exposed, uint32_t unknown)
{
	uint32_t pieces = (exposed + unknown + SUBNET_MOST - 1) / SUBNET_MOST;

	for (uint32_t i = 0; i < pieces; i++) {
		struct ground_subnet s = {.exposed = (uint16_t)(exposed * (i + 1ULL) / pieces -
								exposed * (uint64_t)i / pieces),
					  .unknown = (uint16_t)(unknown * (i + 1ULL) / pieces -
								unknown * (uint64_t)i / pieces)};

		VEC_PUSH(&v->m.subnets, s);
	}
	return pieces;
}

struct concern {
	uint32_t exposed, unknown;
};

static bool survey_org(void *ctx, const struct exposure_worst *worst, struct err *err)
{
	struct survey *v = ctx;
	const struct segment *s = worst->segment;
	const struct org *org = known_org(v->known, s->org);
	AUTO(intern_closep) struct intern *names = intern_open();
	AUTO(freep) struct concern *of = mem_zero((size_t)s->ndevices + 1, sizeof(*of));
	struct ground_org o = {.code = s->org, .name = s->org, .devices = s->ndevices};

	(void)err;
	for (uint32_t i = 0; i < s->ndevices; i++) {
		bool exposed = worst->exposed && bits_has(worst->exposed, i);
		bool unknown = !exposed && worst->unknown && bits_has(worst->unknown, i);

		if (!exposed && !unknown)
			continue;
		struct concern *c = &of[intern_put(names, seg_str(s, s->devices[i].segment))];

		c->exposed += exposed;
		c->unknown += unknown;
	}
	for (uint32_t i = 0; i < intern_count(names); i++)
		o.end += cut_in_pieces(v, of[i].exposed, of[i].unknown);
	if (org) {
		o.name = org->name;
		o.role = org->role;
		o.region = org->region;
	}
	VEC_PUSH(&v->m.orgs, o);
	return true;
}

bool ground_open(const struct exposure_world *world, const struct directory_view *view,
		 struct scenario_words cves, struct ground *ret, struct err *err)
{
	struct org_list known;
	struct survey v = {.known = &known};
	bool ok = directory_org_list(view, &(struct org_filter){0}, &known, err) &&
		  exposure_worst_each(world, (struct exposure_cves){cves.v, cves.n}, survey_org, &v,
				      err);

	if (ok)
		ground_of(v.m.orgs.v, (uint32_t)v.m.orgs.n, v.m.subnets.v, ret);
	free(v.m.orgs.v);
	free(v.m.subnets.v);
	if (!ok || ret->concerned)
		return ok;
	ground_release(ret);
	return err_set(err, ERR_NOT_FOUND,
		       "nobody is exposed, and of everybody it is known: nothing to rehearse");
}
