#include "alerts/derive.h"

/* Whom a revision would reach and how they stand now. */

struct previewing {
	struct alerts *alerts;
	struct arena *arena; /* of the answer */
	struct str_list orgs;
	struct subject subject;
	struct alert_preview *ret;
	const struct segment **segments; /* of orgs, by code */
	size_t nsegments, segments_cap;
	VEC_OF(struct exposure_org) v;
	struct intel_image *image;
	uint64_t *exposed, *unknown, *fixed;
	uint64_t *searched; /* what the alert's terms say of, whatever its vulnerabilities do */
	bool windows;	    /* some vulnerability is about Windows itself */
};

static void previewing_release(struct previewing *p)
{
	for (size_t i = 0; i < p->nsegments; i++)
		segment_unref(p->segments[i]);
	free(p->segments);
	free(p->v.v);
	if (p->image)
		intel_image_close(p->image);
}

static int str_place_cmp(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* Where in a sorted list; SIZE_MAX. */
static size_t place_of(const struct str_list *list, struct str code)
{
	const struct str *at =
		list->n ? bsearch(&code, list->v, list->n, sizeof(code), str_place_cmp) : NULL;

	return at ? (size_t)(at - list->v) : SIZE_MAX;
}

static bool take_segment(void *ctx, const struct segment *s, struct err *err)
{
	struct previewing *p = ctx;

	(void)err;
	if (place_of(&p->orgs, s->org) == SIZE_MAX)
		return true;
	p->segments = mem_grow(p->segments, p->nsegments, &p->segments_cap, sizeof(*p->segments));
	p->segments[p->nsegments++] = segment_ref(s);
	return true;
}

static bool take_org(void *ctx, const struct org *o, struct err *err)
{
	struct previewing *p = ctx;
	struct arena *a = p->arena;

	(void)err;
	if (place_of(&p->orgs, o->code) == SIZE_MAX)
		return true;
	if (o->expected_devices > 0)
		p->ret->expected += (uint64_t)o->expected_devices;
	VEC_PUSH(&p->v, (struct exposure_org){.org = arena_str(a, o->code),
					      .name = arena_str(a, o->name),
					      .region = arena_str(a, o->region),
					      .expected = o->expected_devices});
	return true;
}

/* ---- one organisation ------------------------------------------------------------------ */

static bool take_hit(void *ctx, const struct estate_hit *hit, struct err *err)
{
	struct previewing *p = ctx;

	(void)err;
	bits_add(hit->unknown ? p->unknown : p->exposed, hit->device);
	bits_add(p->searched, hit->device);
	return true;
}

static bool is_fresh(const struct estate_device *d, int64_t now_ms)
{
	for (unsigned f = 0; f < FACETS; f++)
		if (estate_is_fresh(&d->facet[f], now_ms))
			return true;
	return false;
}

/* What was last seen too long ago cannot be told. */
static bool query_add(struct previewing *p, const struct segment *s, struct err *err)
{
	struct estate_query q = {p->subject.query, take_hit, p};
	int64_t now_ms = clock_now_ms(p->alerts->clock);

	if (!estate_search_in(s, p->alerts->resolver, &q, err))
		return false;
	for (uint32_t i = 0; i < s->ndevices; i++)
		if (!is_fresh(&s->devices[i], now_ms)) {
			bits_drop(p->exposed, i);
			bits_add(p->unknown, i);
		}
	return true;
}

static struct exposure_org *org_of(struct previewing *p, struct str code)
{
	size_t lo = 0, hi = p->v.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (str_cmp(p->v.v[mid].org, code) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < p->v.n && str_eq(p->v.v[lo].org, code) ? &p->v.v[lo] : NULL;
}

static bool has_file(const struct segment *s, uint32_t device)
{
	uint32_t lo = 0, hi = s->nfiles;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->files[mid].device < device)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->nfiles && s->files[lo].device == device;
}

/* Of a Windows whose updates nothing shows, all that is said goes by its name. */
static bool by_name_alone(const struct previewing *p, const struct segment *s, uint32_t i)
{
	const struct estate_device *d = &s->devices[i];
	struct windows_named named;

	return p->windows && !bits_has(p->searched, i) && !d->os_revision &&
	       !d->facet[FACET_UPDATES].seen_ms && !has_file(s, i) &&
	       (segment_line(s, i) || windows_line_of_caption(seg_str(s, d->os_name), &named));
}

static void count(struct previewing *p, const struct segment *s)
{
	struct exposure_org *o = org_of(p, s->org);
	struct alert_preview *r = p->ret;

	for (uint32_t i = 0; o && i < s->ndevices; i++) {
		if (!subject_concerns(&p->subject, s->devices[i].class))
			continue;
		o->devices++;
		if (bits_has(p->exposed, i)) {
			o->exposed++;
			r->named_exposed += by_name_alone(p, s, i);
		} else if (bits_has(p->unknown, i)) {
			o->unknown++;
			r->named_unknown += by_name_alone(p, s, i);
		} else if (bits_has(p->fixed, i)) {
			o->fixed++;
		} else {
			o->not_affected++;
		}
	}
}

/* worst: by vulnerability, or NULL where the alert names none. */
static bool segment_count(struct previewing *p, const struct segment *s,
			  const struct exposure_worst *worst, struct err *err)
{
	size_t bytes = bits_words(s->ndevices) * sizeof(uint64_t);

	memset(p->exposed, 0, bytes);
	memset(p->unknown, 0, bytes);
	memset(p->fixed, 0, bytes);
	memset(p->searched, 0, bytes);
	if (worst && worst->exposed) {
		memcpy(p->exposed, worst->exposed, bytes);
		memcpy(p->unknown, worst->unknown, bytes);
		memcpy(p->fixed, worst->fixed, bytes);
	}
	if (p->subject.query.n && !query_add(p, s, err))
		return false;
	count(p, s);
	return true;
}

static bool take_worst(void *ctx, const struct exposure_worst *w, struct err *err)
{
	return segment_count(ctx, w->segment, w, err);
}

/* ---- all -------------------------------------------------------------------------------- */

/* Which vulnerabilities are about Windows itself, and which of them judge it by its name. */
static void find_named(struct previewing *p, const struct exposure_world *w)
{
	struct str *v = ARENA_ARRAY(p->arena, struct str, p->subject.cves.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < p->subject.cves.n; i++) {
		const struct vuln_row *row = intel_image_find(p->image, p->subject.cves.v[i]);

		if (!row)
			continue;
		if (exposure_by_name_alone(w, row))
			v[n++] = p->subject.cves.v[i];
		p->windows |= row->nfixes > 0;
	}
	p->windows |= n > 0;
	p->ret->named = (struct str_list){v, n};
}

static bool judge_cves(struct previewing *p, struct err *err)
{
	AUTO(exposure_world_closep) struct exposure_world *w = NULL;

	w = exposure_world_of(
		&(struct exposure_parts){.image = p->image,
					 .segments = p->segments,
					 .nsegments = p->nsegments,
					 .resolver = sources_resolver(p->alerts->resolver),
					 .now_ms = clock_now_ms(p->alerts->clock)});
	find_named(p, w);
	return exposure_worst_each(w, (struct exposure_cves){p->subject.cves.v, p->subject.cves.n},
				   take_worst, p, err);
}

static bool judge_all(struct previewing *p, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	size_t words = 0;

	if (!subjects_image(p->alerts, &p->subject, 1, &p->image, err) ||
	    !sources_names(p->alerts, err))
		return false;
	for (size_t i = 0; i < p->nsegments; i++)
		words = MAX_OF(words, bits_words(p->segments[i]->ndevices));
	p->exposed = ARENA_ARRAY(arena, uint64_t, words + 1);
	p->unknown = ARENA_ARRAY(arena, uint64_t, words + 1);
	p->fixed = ARENA_ARRAY(arena, uint64_t, words + 1);
	p->searched = ARENA_ARRAY(arena, uint64_t, words + 1);
	if (p->subject.cves.n)
		return judge_cves(p, err);
	for (size_t i = 0; i < p->nsegments; i++)
		if (!segment_count(p, p->segments[i], NULL, err))
			return false;
	return true;
}

/* Vulnerabilities of which nobody can tell who is exposed. */
static void find_untold(struct previewing *p)
{
	struct str *v = ARENA_ARRAY(p->arena, struct str, p->subject.cves.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < p->subject.cves.n; i++) {
		const struct vuln_row *row = intel_image_find(p->image, p->subject.cves.v[i]);

		if (!row || row->state == VULN_REJECTED ||
		    (row->state == VULN_AWAITING && !row->nfixes))
			v[n++] = p->subject.cves.v[i];
	}
	p->ret->untold = (struct str_list){v, n};
}

static int worst_first(const void *a, const void *b)
{
	const struct exposure_org *x = a, *y = b;

	if (x->exposed != y->exposed)
		return x->exposed > y->exposed ? -1 : 1;
	if (x->unknown != y->unknown)
		return x->unknown > y->unknown ? -1 : 1;
	return str_cmp(x->org, y->org);
}

static void total(struct previewing *p)
{
	struct alert_preview *r = p->ret;

	for (size_t i = 0; i < p->v.n; i++) {
		const struct exposure_org *o = &p->v.v[i];

		r->devices += o->devices;
		r->exposed += o->exposed;
		r->unknown += o->unknown;
		r->fixed += o->fixed;
		r->not_affected += o->not_affected;
	}
	r->n = p->v.n;
	r->v = ARENA_ARRAY(p->arena, struct exposure_org, r->n + 1);
	if (!r->n)
		return;
	memcpy(r->v, p->v.v, r->n * sizeof(*r->v));
	qsort(r->v, r->n, sizeof(*r->v), worst_first);
}

static bool count_reachable(struct previewing *p, const struct directory_view *view,
			    struct err *err)
{
	struct codes all;
	uint64_t n = 0;

	if (!directory_reachable(view, (struct str){0}, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++)
		n += place_of(&p->orgs, all.v[i]) != SIZE_MAX;
	p->ret->not_reachable = p->orgs.n - n;
	return true;
}

static bool preview(struct previewing *p, const struct alerts_view *view,
		    const struct alert_content *c, struct err *err)
{
	const struct directory_view directory = {view->store, view->arena, view->at_ms};

	p->subject = (struct subject){.query = c->query, .cves = c->cves, .classes = c->classes};
	if (!alert_audience(view, &c->audience, &p->orgs, err) ||
	    !directory_each_org(&directory, take_org, p, err) ||
	    !count_reachable(p, &directory, err) ||
	    !estate_each_segment(p->alerts->estate, take_segment, p, err))
		return false;
	p->ret->organisations = p->orgs.n;
	p->ret->without_inventory = p->orgs.n - p->nsegments;
	if (!c->confirmation) {
		if (!judge_all(p, err))
			return false;
		find_untold(p);
	}
	total(p);
	return true;
}

/* What is in hand may be older than the last record. */
static bool forget_older(struct alerts *a, struct err *err)
{
	struct journal_head head = {0};

	if (!journal_head(a->journal, &head, err))
		return false;
	if (a->cursor != head.number) {
		sources_forget(a, true, true, true);
		a->cursor = 0;
	}
	return true;
}

bool alerts_preview(struct alerts *a, struct str id, struct arena *arena, struct alert_preview *ret,
		    struct err *err)
{
	const struct alerts_view view = {a->store, arena, clock_now_ms(a->clock)};
	struct alert_preview made = {0};
	AUTO(previewing_release)
	struct previewing p = {.alerts = a, .arena = arena, .ret = &made};
	struct alert_content content;
	struct revision newest;
	struct alert alert;

	if (!forget_older(a, err) || !alert_get(&view, id, &alert, err) ||
	    !revision_get(&view, alert.id, alert.revision, &newest, err) ||
	    !content_parse(newest.content, arena, &content, err) ||
	    !preview(&p, &view, &content, err))
		return false;
	*ret = made;
	return true;
}
