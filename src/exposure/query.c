#include "base/near.h"
#include "exposure/eval.h"
#include "exposure/why.h"
#include "exposure/words.h"

/* One vulnerability: counts by organisation, and devices. */

const struct vuln_row *vuln_find(const struct exposure_world *w, struct str cve, struct err *err)
{
	const struct vuln_row *v = NULL;
	uint64_t key;

	if (!cve_parse(cve, &key))
		err_set(err, ERR_INVALID, "\"%.*s\" is no CVE number", STR_FMT(cve));
	else if (!(v = intel_image_find(w->image, cve)))
		err_set(err, ERR_NOT_FOUND, "no feed that was imported speaks of %.*s",
			STR_FMT(cve));
	return v;
}

struct unit *org_find(const struct exposure_world *w, struct str code)
{
	size_t lo = 0, hi = w->norgs;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (str_cmp(w->orgs[mid].segment->org, code) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < w->norgs && str_eq(w->orgs[lo].segment->org, code) ? &w->orgs[lo] : NULL;
}

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
	const struct unit *o = org_find(w, org);
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
	*ret = (struct spot){o, (uint32_t)at};
	return true;
}

static void leaf_marks(const struct exposure_world *w, const struct leaf *l, uint64_t *orgs)
{
	for (int i = 0; i < LEAF_LISTS; i++)
		for (uint32_t j = 0; j < l->s[i].n; j++) {
			uint32_t end = w->id_org_start[l->s[i].v[j].hi];

			for (uint32_t k = w->id_org_start[l->s[i].v[j].lo]; k < end; k++)
				bits_add(orgs, w->id_orgs[k]);
		}
}

struct marking {
	const struct exposure_world *w;
	uint64_t *orgs;
};

static void leaf_mark(void *ctx, uint32_t leaf)
{
	struct marking *m = ctx;

	leaf_marks(m->w, &m->w->leaves[leaf], m->orgs);
}

void class_marks(const struct exposure_world *w, const struct class *c, uint64_t *orgs)
{
	class_each_leaf(w, c, leaf_mark, &(struct marking){w, orgs});
}

static void org_count(const struct exposure_world *w, const struct unit *o, uint32_t class,
		      struct scratch *s, struct exposure_org *ret)
{
	struct sets r = class_eval(w, o, class, s);

	ret->exposed = words_count(r.t, o->nwords);
	ret->unknown = words_count(r.u, o->nwords);
	ret->fixed = words_count(r.x, o->nwords);
}

bool class_plain(const struct exposure_world *w, const struct unit *o, const struct class *c,
		 uint64_t *ret_unknown)
{
	if (c->single != NONE) {
		*ret_unknown = o->nunseen[w->leaves[c->single].mask & 7];
		return true;
	}
	/* Without facets unseen every criterion is false. */
	return !c->has_not && o->nunseen[MASK_SOFTWARE | MASK_OS | MASK_ALL] == 0;
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
	AUTO(scratch_closep) struct scratch *s = scratch_open(w->widest);
	AUTO(freep) uint64_t *marks = mem_zero(bits_words(w->norgs) + 1, sizeof(*marks));
	const struct vuln_row *v = vuln_find(w, cve, err);
	uint32_t class;

	if (!v)
		return false;
	class = w->vuln_class[v - w->image->vulns];
	*ret = (struct exposure_org_list){.vuln = (enum vuln_state)v->state,
					  .judged = class != NONE};
	ret->total.expected = -1;
	if (!ret->judged)
		return true;
	class_marks(w, &w->classes[class], marks);
	ret->v = ARENA_ARRAY(arena, struct exposure_org, w->norgs + 1);
	ret->n = w->norgs;
	for (size_t i = 0; i < w->norgs; i++) {
		const struct unit *o = &w->orgs[i];
		struct exposure_org *r = &ret->v[i];

		*r = (struct exposure_org){.org = o->name.code,
					   .name = o->name.name,
					   .region = o->name.region,
					   .expected = o->name.expected,
					   .devices = o->ndevices};
		if (bits_has(marks, i) || !class_plain(w, o, &w->classes[class], &r->unknown))
			org_count(w, o, class, s, r);
		r->not_affected = r->devices - r->exposed - r->unknown - r->fixed;
		total_add(&ret->total, r);
	}
	return true;
}

static enum exposure_state state_in(struct sets r, uint32_t device)
{
	if (bits_has(r.t, device))
		return EXPOSURE_EXPOSED;
	if (bits_has(r.u, device))
		return EXPOSURE_UNKNOWN;
	return bits_has(r.x, device) ? EXPOSURE_FIXED : EXPOSURE_NOT_AFFECTED;
}

struct listing {
	const struct exposure_world *w;
	const struct vuln_row *v;
	const struct exposure_filter *filter;
	struct arena *arena;
	struct exposure_device_list *ret;
	size_t cap;
	struct inquiry inquiry;
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
	*r = (struct exposure_device){.org = o->name.code,
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

static void org_list(struct listing *l, const struct unit *o, struct scratch *s)
{
	struct sets r = class_eval(l->w, o, l->w->vuln_class[l->v - l->w->image->vulns], s);
	unsigned states = l->filter->states ? l->filter->states : ~0u;
	const struct exposure_filter *f = l->filter;
	struct exposure_device_list *ret = l->ret;

	for (uint32_t i = 0; i < o->ndevices; i++) {
		enum exposure_state state = state_in(r, i);

		ret->count[state]++;
		if (!(states >> state & 1))
			continue;
		if (ret->total++ >= f->offset && (f->limit == 0 || ret->n < f->limit))
			device_take(l, o, i, state);
	}
}

bool exposure_devices(const struct exposure_world *w, const struct exposure_filter *filter,
		      struct arena *arena, struct exposure_device_list *ret, struct err *err)
{
	AUTO(scratch_closep) struct scratch *s = scratch_open(w->widest);
	struct exposure_device_list list = {0};
	struct listing l = {.w = w, .filter = filter, .arena = arena, .ret = &list};
	const struct unit *only = NULL;
	struct exposure_device *kept;

	l.v = vuln_find(w, filter->cve, err);
	if (!l.v)
		return false;
	if (filter->org.n && !(only = org_find(w, filter->org)))
		return err_set(err, ERR_NOT_FOUND, "no inventory of %.*s was imported yet",
			       STR_FMT(filter->org));
	list.vuln = (enum vuln_state)l.v->state;
	list.judged = w->vuln_class[l.v - w->image->vulns] != NONE;
	inquiry_begin(&l.inquiry, w, l.v, arena);
	for (size_t i = 0; i < w->norgs && list.judged; i++)
		if (!only || only == &w->orgs[i])
			org_list(&l, &w->orgs[i], s);
	inquiry_end(&l.inquiry);
	kept = ARENA_ARRAY(arena, struct exposure_device, list.n + 1);
	if (list.n)
		memcpy(kept, list.v, list.n * sizeof(*kept));
	free(list.v);
	list.v = kept;
	*ret = list;
	return true;
}
