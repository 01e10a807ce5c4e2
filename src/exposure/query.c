#include "base/near.h"
#include "base/parallel.h"
#include "exposure/eval.h"
#include "exposure/why.h"
#include "exposure/words.h"

/* One vulnerability: counts by organisation, and devices. */

/* The device of the nearest id, to suggest. */
static struct str device_like(const struct segment *s, struct str id)
{
	struct near like = {.word = id};

	for (uint32_t i = 0; i < s->ndevices; i++)
		near_try(&like, seg_str(s, s->devices[i].id));
	return like.best;
}

bool device_find(const struct exposure_world *w, struct str org, struct str device,
		 struct spot *ret, struct err *err)
{
	uint32_t place = world_place(w, org);
	const struct unit *o = place == NONE ? NULL : place_unit(w, place);
	size_t at = o ? segment_find(o->segment, device) : SIZE_MAX;

	if (!o)
		return err_set(err, ERR_NOT_FOUND, "no inventory of %.*s was imported yet",
			       STR_FMT(org));
	if (at == SIZE_MAX) {
		struct str like = device_like(o->segment, device);

		return err_set(err, ERR_NOT_FOUND, "%.*s has no device %.*s%s%.*s%s", STR_FMT(org),
			       STR_FMT(device), like.n ? "; did you mean " : "", STR_FMT(like),
			       like.n ? "?" : "");
	}
	*ret = (struct spot){w->roll->places[place].part, o, (uint32_t)at};
	return true;
}

/* ---- every organisation's counts ------------------------------------------------------ */

enum {
	SHARE = 128,	   /* organisations counted at a time */
	MANY = 16 * SHARE, /* from here on by several threads */
};

struct counting {
	const struct exposure_world *w;
	const struct asked_of *asked;
	const struct class_hits *hits; /* by part */
	struct exposure_org *rows;
	struct scratch **scratch;
};

static void place_count(struct counting *c, uint32_t place, struct scratch *s)
{
	const struct roll *roll = c->w->roll;
	struct seat at = roll->places[place];
	const struct class_hits *hits = &c->hits[at.part];
	const struct exposure_org_name *name = &roll->names[place];
	struct exposure_org *r = &c->rows[place];

	*r = (struct exposure_org){.org = name->code,
				   .name = name->name,
				   .region = name->region,
				   .expected = name->expected,
				   .devices = roll->kinds[place][KIND_SETS - 1]};
	if (hits->start[at.unit + 1] > hits->start[at.unit]) {
		struct counts n = class_count_hits(hits, at.unit, s);

		r->exposed = n.exposed;
		r->unknown = n.unknown;
		r->fixed = n.fixed;
	} else {
		const struct part *part = c->asked->parts[at.part];
		const struct class *class = &part->classes[asked_class(c->asked, at.part)];

		r->exposed = roll->kinds[place][class->plain_exposed];
		r->unknown = roll->kinds[place][class->plain_unknown];
	}
	r->not_affected = r->devices - r->exposed - r->unknown - r->fixed;
}

enum {
	FAR = 12,   /* organisations ahead: what its hits point at is fetched */
	NEAR = 6,   /* and what that points at */
	FETCHED = 8 /* hits of each */
};

/* Larger organisations lie all over memory; none waits for it if it was asked for in time. */
static void fetch(const struct counting *c, uint32_t place, bool far)
{
	const struct exposure_world *w = c->w;
	const struct class_hits *hits;
	const struct unit *o;
	struct seat at;

	if (place >= w->roll->nplaces || w->roll->kinds[place][KIND_SETS - 1] <= WORD_DEVICES)
		return;
	at = w->roll->places[place];
	hits = &c->hits[at.part];
	o = &c->asked->parts[at.part]->orgs[at.unit];
	for (uint32_t i = hits->start[at.unit], n = 0; i < hits->start[at.unit + 1] && n < FETCHED;
	     i++, n++) {
		const struct devset *d = &o->sets[hits->v[i].place];

		if (far)
			__builtin_prefetch(d);
		else
			__builtin_prefetch(d->words ? (const void *)d->words : d->list);
	}
}

static void share_count(void *ctx, size_t item, unsigned worker)
{
	struct counting *c = ctx;
	uint32_t end = (uint32_t)MIN_OF((item + 1) * SHARE, (size_t)c->w->roll->nplaces);

	if (!c->scratch[worker])
		c->scratch[worker] = scratch_open(c->w->roll->widest);
	for (uint32_t i = (uint32_t)item * SHARE; i < end; i++) {
		fetch(c, i + FAR, true);
		fetch(c, i + NEAR, false);
		place_count(c, i, c->scratch[worker]);
	}
}

static void places_count(struct counting *c, size_t marked)
{
	size_t shares = (c->w->roll->nplaces + SHARE - 1) / SHARE;
	unsigned width = parallel_width();
	AUTO(freep) struct scratch **scratch = mem_zero(width, sizeof(struct scratch *));

	c->scratch = scratch;
	if (marked < MANY)
		for (size_t i = 0; i < shares; i++)
			share_count(c, i, 0);
	else
		parallel_each(shares, share_count, c);
	for (unsigned i = 0; i < width; i++)
		if (scratch[i])
			scratch_close(scratch[i]);
}

struct class_hits *world_hits(const struct exposure_world *w, const struct asked_of *asked,
			      struct arena *arena)
{
	struct class_hits *hits = ARENA_ARRAY(arena, struct class_hits, w->nparts);

	for (uint32_t p = 0; p < w->nparts; p++)
		class_hits(asked->parts[p], asked_class(asked, p), arena, &hits[p]);
	return hits;
}

static void total_add(struct exposure_org *total, const struct exposure_org *o)
{
	total->exposed += o->exposed;
	total->fixed += o->fixed;
	total->unknown += o->unknown;
	total->not_affected += o->not_affected;
	total->devices += o->devices;
	if (o->expected >= 0)
		total->expected = MAX_OF(total->expected, 0) + o->expected;
}

bool exposure_orgs(const struct exposure_world *w, struct str cve, struct arena *arena,
		   struct exposure_org_list *ret, struct err *err)
{
	AUTO(arena_closep) struct arena *scratch = arena_open();
	struct asked_of asked;
	struct counting c = {.w = w, .asked = &asked};
	size_t marked = 0;

	if (!world_ask(w, cve, &asked, err))
		return false;
	*ret = (struct exposure_org_list){.vuln = (enum vuln_state)asked.v->state,
					  .judged = asked_class(&asked, 0) != NONE};
	ret->total.expected = -1;
	if (!ret->judged)
		return true;
	c.hits = world_hits(w, &asked, scratch);
	for (uint32_t p = 0; p < w->nparts; p++)
		marked += c.hits[p].touched;
	c.rows = ret->v = ARENA_ARRAY(arena, struct exposure_org, (size_t)w->roll->nplaces + 1);
	ret->n = w->roll->nplaces;
	places_count(&c, marked);
	for (size_t i = 0; i < ret->n; i++)
		total_add(&ret->total, &ret->v[i]);
	return true;
}

/* ---- devices -------------------------------------------------------------------------- */

static enum exposure_state state_in(struct sets r, uint32_t device)
{
	if (bits_has(r.t, device))
		return EXPOSURE_EXPOSED;
	if (bits_has(r.u, device))
		return EXPOSURE_UNKNOWN;
	return bits_has(r.x, device) ? EXPOSURE_FIXED : EXPOSURE_NOT_AFFECTED;
}

struct listing {
	const struct exposure_filter *filter;
	struct arena *arena;
	struct exposure_device_list *ret;
	size_t cap;
	struct inquiry inquiry; /* of the part that is being read */
};

static void device_take(struct listing *l, const struct unit *o, uint32_t i,
			enum exposure_state state)
{
	const struct segment *s = o->segment;
	const struct estate_device *d = &s->devices[i];
	struct arena *a = l->arena;
	struct exposure_device *r;

	l->ret->v = mem_grow(l->ret->v, l->ret->n, &l->cap, sizeof(*l->ret->v));
	r = &l->ret->v[l->ret->n++];
	*r = (struct exposure_device){.org = o->segment->org,
				      .device = arena_str(a, seg_str(s, d->id)),
				      .state = state,
				      .smb1_off = d->smb1_off,
				      .internet_facing = d->internet_facing,
				      .class = d->class,
				      .type = arena_str(a, seg_str(s, d->type)),
				      .segment = arena_str(a, seg_str(s, d->segment)),
				      .service = arena_str(a, seg_str(s, d->service))};
	if (!l->filter->without_why)
		why_line(&l->inquiry, o, i, state, r);
}

enum { RAWS_FROM = 16 }; /* from so many devices on what each holds is worked out at once */

static uint32_t asked_devices(struct sets r, const struct unit *o, unsigned states)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < o->ndevices; i++)
		n += states >> state_in(r, i) & 1;
	return n;
}

static void org_list(struct listing *l, const struct unit *o, uint32_t class, struct scratch *s)
{
	AUTO(arena_closep) struct arena *arena = NULL;
	struct sets r = class_eval(l->inquiry.w, o, class, s);
	unsigned states = l->filter->states ? l->filter->states : ~0u;
	const struct exposure_filter *f = l->filter;
	struct exposure_device_list *ret = l->ret;

	l->inquiry.raws = NULL;
	if (!f->without_why && !f->limit && asked_devices(r, o, states) >= RAWS_FROM) {
		arena = arena_open();
		l->inquiry.raws = segment_all_raws(o->segment, arena);
	}
	for (uint32_t i = 0; i < o->ndevices; i++) {
		enum exposure_state state = state_in(r, i);

		ret->count[state]++;
		if (!(states >> state & 1))
			continue;
		if (ret->total++ >= f->offset && (f->limit == 0 || ret->n < f->limit))
			device_take(l, o, i, state);
	}
}

/* Organisations by code; the inquiry is begun anew where the part changes. */
static void places_list(struct listing *l, const struct exposure_world *w,
			const struct asked_of *asked, struct span places)
{
	AUTO(scratch_closep) struct scratch *s = scratch_open(w->roll->widest);
	uint32_t reading = NONE;

	for (uint32_t i = places.lo; i < places.hi; i++) {
		struct seat at = w->roll->places[i];

		if (at.part != reading) {
			if (reading != NONE)
				inquiry_end(&l->inquiry);
			inquiry_begin(&l->inquiry, asked->parts[at.part], asked->v, l->arena);
			reading = at.part;
		}
		org_list(l, place_unit(w, i), asked_class(asked, at.part), s);
	}
	if (reading != NONE)
		inquiry_end(&l->inquiry);
}

bool exposure_devices(const struct exposure_world *w, const struct exposure_filter *filter,
		      struct arena *arena, struct exposure_device_list *ret, struct err *err)
{
	struct exposure_device_list list = {0};
	struct listing l = {.filter = filter, .arena = arena, .ret = &list};
	struct span places = {0, w->roll->nplaces};
	struct exposure_device *kept;
	struct asked_of asked;

	if (!world_ask(w, filter->cve, &asked, err))
		return false;
	if (filter->org.n) {
		places.lo = world_place(w, filter->org);
		if (places.lo == NONE)
			return err_set(err, ERR_NOT_FOUND, "no inventory of %.*s was imported yet",
				       STR_FMT(filter->org));
		places.hi = places.lo + 1;
	}
	list.vuln = (enum vuln_state)asked.v->state;
	list.judged = asked_class(&asked, 0) != NONE;
	if (list.judged)
		places_list(&l, w, &asked, places);
	kept = ARENA_ARRAY(arena, struct exposure_device, list.n + 1);
	if (list.n)
		memcpy(kept, list.v, list.n * sizeof(*kept));
	free(list.v);
	list.v = kept;
	*ret = list;
	return true;
}
