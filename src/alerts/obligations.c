#include "alerts/eyes.h"
#include "alerts/gather.h"

/* Everything about one alert put together, organisation by organisation, worst first. */

struct making {
	struct gather *g;
	const struct obligation_filter *filter;
	struct obligation *v;
	size_t n;
	struct eyes eyes;
};

static void making_release(struct making *m)
{
	eyes_release(&m->eyes);
}

/* --- one obligation --- */

/* Of this ordinal: what was claimed before its exposure counts no more. */
static struct str claim_words(struct arena *arena, const struct obligation_facts *facts,
			      size_t first)
{
	AUTO(text_freep) struct text out = {0};

	for (size_t i = first; i < facts->nclaims; i++) {
		if (facts->claims[i].at_ms > facts->now_ms)
			break;
		if (out.n)
			text_add_char(&out, ' ');
		text_add_c(&out, claim_kind_name(facts->claims[i].kind));
	}
	return out.n ? arena_str(arena, text_str(&out)) : (struct str){0};
}

/* The devices have to be looked at when a claim names some, is of a predecessor, or is younger than
 * a part of the evidence. */
static bool wants_devices(const struct obligation_facts *f)
{
	for (size_t r = 0; r < f->runs.n; r++) {
		const struct evidence_run *run = &f->runs.v[r];

		for (size_t i = 0; run->exposed && i < f->nclaims; i++)
			if (f->claims[i].ndevices || !str_eq(f->claims[i].org, f->org) ||
			    (f->claims[i].at_ms >= run->oldest_ms &&
			     f->claims[i].at_ms < run->newest_ms))
				return true;
	}
	return false;
}

static struct str_list copy_codes(struct arena *arena, const struct str *v, size_t n)
{
	struct str *out = ARENA_ARRAY(arena, struct str, n + 1);

	for (size_t i = 0; i < n; i++)
		out[i] = arena_str(arena, v[i]);
	return (struct str_list){out, n};
}

/* Nobody has to answer an alert that has ended. */
static void end_duties(struct obligation_verdict *v)
{
	v->acknowledge_due_ms = v->update_due_ms = v->remediate_due_ms = v->mitigate_due_ms = 0;
	v->due_ms = 0;
	v->overdue = false;
}

bool gather_judge(struct gather *g, const struct org *org, struct assembled *a,
		  struct obligation_verdict *ret, struct err *err)
{
	a->detailed = false;
	if (!assemble(g, a, err))
		return false;
	a->detailed = wants_devices(&a->facts);
	if (a->detailed && !assemble(g, a, err))
		return false;
	obligation_judge(&a->facts, ret);
	if (!a->facts.runs.n)
		ret->expected = devices_expected(org);
	if (g->alert.ended_ms && g->alert.ended_ms <= g->view->at_ms)
		end_duties(ret);
	return true;
}

static bool judge_one(struct gather *g, uint32_t place, const struct org *org, struct obligation *o,
		      struct err *err)
{
	struct arena *arena = g->view->arena;
	const struct part *p = &g->parts.v[place];
	struct assembled a = {.place = place, .region = org->region};
	struct str waiting[WAITS_MOST];

	if (!gather_judge(g, org, &a, &o->is, err))
		return false;
	o->org = arena_str(arena, a.facts.org);
	o->name = arena_str(arena, org->name);
	o->region = arena_str(arena, org->region);
	o->role = arena_str(arena, org->role);
	o->inherited = copy_codes(arena, a.facts.inherited, a.facts.ninherited);
	o->claims = claim_words(arena, &a.facts, o->is.first_claim);
	o->suppliers = copy_codes(arena, waiting, waits_for(&a.facts, o->is.first_claim, waiting));
	if (a.facts.nclaims)
		o->answered_by = arena_str(arena, a.facts.claims[a.facts.nclaims - 1].post);
	if (o->is.closed_by.site.n)
		o->is.closed_by.site = arena_str(arena, o->is.closed_by.site);
	if (o->is.previous_closed_by.site.n)
		o->is.previous_closed_by.site = arena_str(arena, o->is.previous_closed_by.site);
	o->reached = a.facts.reached;
	o->joined_ms = p->joined_ms;
	o->delivered_ms = p->told_ms;
	o->said_ms = p->said_ms;
	o->step = p->step_ordinal == o->is.ordinal ? p->step : 0;
	return true;
}

/* A closed organisation that nobody succeeded answers for nothing any more. */
uint32_t gather_asks(const struct gather *g, const struct org *org)
{
	uint32_t place = intern_find(g->codes, org->code);

	if (place == UINT32_MAX || !g->parts.v[place].member || (!org->open && !org->successor.n))
		return UINT32_MAX;
	return place;
}

static bool take_org(void *ctx, const struct org *org, struct err *err)
{
	struct making *m = ctx;
	uint32_t place = gather_asks(m->g, org);
	struct obligation o = {0};

	if (place == UINT32_MAX)
		return true;
	if ((m->filter->org.n && !str_eq(m->filter->org, org->code)) ||
	    (m->filter->own && !eyes_see(&m->eyes, org->code, org->region)))
		return true;
	if (!judge_one(m->g, place, org, &o, err))
		return false;
	m->v[m->n++] = o;
	return true;
}

/* --- the list --- */

static void count_one(const struct obligation *o, struct obligation_list *list)
{
	bool closed = obligation_is_closed(o->is.state);

	list->count[o->is.state]++;
	list->overdue += o->is.overdue;
	list->unanswered += !o->is.answered;
	list->not_reached += !closed && !o->reached;
	list->exposed += o->is.exposed;
	list->unknown += o->is.unknown;
}

static bool passes(const struct making *m, const struct obligation *o)
{
	const struct obligation_filter *f = m->filter;

	return (!f->region.n || str_eq(f->region, o->region)) &&
	       (!f->states || f->states >> o->is.state & 1) && (!f->overdue || o->is.overdue) &&
	       (!f->unanswered || !o->is.answered) && eyes_see(&m->eyes, o->org, o->region);
}

static int worst_first(const void *a, const void *b)
{
	const struct obligation *x = a, *y = b;

	if (x->is.state != y->is.state)
		return x->is.state < y->is.state ? -1 : 1;
	if (x->is.overdue != y->is.overdue)
		return x->is.overdue ? -1 : 1;
	if (x->is.exposed != y->is.exposed)
		return x->is.exposed > y->is.exposed ? -1 : 1;
	return str_cmp(x->org, y->org);
}

static void hide_few(const struct making *m, struct obligation_list *list)
{
	uint64_t seen[OBLIGATION_STATES] = {0};

	for (size_t i = 0; i < m->n; i++)
		seen[m->v[i].is.state] += eyes_see(&m->eyes, m->v[i].org, m->v[i].region);
	eyes_hide_few(&m->eyes, seen, list->count);
}

static void finish(struct making *m, struct obligation_list *list)
{
	size_t kept = 0;

	list->v = m->v;
	list->n = m->n;
	for (size_t i = 0; i < m->n; i++)
		count_one(&m->v[i], list);
	hide_few(m, list);
	suppliers_of(m->g, list);
	for (size_t i = 0; i < m->n; i++)
		if (passes(m, &m->v[i]))
			m->v[kept++] = m->v[i];
	list->n = kept;
	if (kept > 1)
		qsort(list->v, kept, sizeof(*list->v), worst_first);
}

/* Those that have to be looked at, where they are few enough to be asked for one by one. */
static struct str_list few_of(const struct making *m, struct arena *arena)
{
	enum { FEW = 256 };
	const struct obligation_filter *f = m->filter;
	uint32_t n = intern_count(m->eyes.orgs);
	struct str *v;

	if (f->org.n)
		return (struct str_list){&f->org, 1};
	if (!f->own || m->eyes.all || m->eyes.region.n || n > FEW)
		return (struct str_list){0};
	v = ARENA_ARRAY(arena, struct str, (size_t)n + 1);
	for (uint32_t i = 0; i < n; i++)
		v[i] = intern_str(m->eyes.orgs, i);
	return (struct str_list){v, n};
}

static bool make_list(const struct alerts_view *view, const struct obligation_filter *filter,
		      struct gather *g, struct obligation_list *list, struct err *err)
{
	AUTO(making_release) struct making m = {.g = g, .filter = filter};
	struct str_list only;

	if (!eyes_open(view, filter->post, &m.eyes, err))
		return false;
	only = few_of(&m, view->arena);
	if (!gather_load(view, filter->alert, &only, g, err))
		return false;
	m.v = ARENA_ARRAY(view->arena, struct obligation, g->parts.n + 1);
	if (!gather_each_org(g, &only, take_org, &m, err))
		return false;
	finish(&m, list);
	return true;
}

bool alert_obligations(const struct alerts_view *view, const struct obligation_filter *filter,
		       struct obligation_list *ret, struct err *err)
{
	AUTO(gather_release) struct gather g = {0};
	struct obligation_filter f = *filter;
	struct obligation_list list = {0};

	f.org = directory_code(view->arena, filter->org);
	if (!make_list(view, &f, &g, &list, err) || !evidence_reaches(view, &list, err))
		return false;
	*ret = list;
	return true;
}

/* --- one obligation whole --- */

static struct claim_list copy_claims(struct arena *arena, const struct obligation_facts *f)
{
	struct claim_list out = {ARENA_ARRAY(arena, struct claim, f->nclaims + 1), f->nclaims};

	for (size_t i = 0; i < f->nclaims; i++) {
		struct claim *c = &out.v[i];
		struct str *texts[] = {&c->ref.site, &c->org,  &c->post,    &c->decided_by,
				       &c->supplier, &c->note, &c->opinion, &c->controls};

		*c = f->claims[i];
		for (size_t k = 0; k < ARRAY_LEN(texts); k++)
			if (texts[k]->n)
				*texts[k] = arena_str(arena, *texts[k]);
		c->devices = copy_codes(arena, c->devices, c->ndevices).v;
	}
	return out;
}

static const struct evidence_device *copy_devices(struct arena *arena,
						  const struct evidence_device *v, size_t n)
{
	struct evidence_device *out = ARENA_ARRAY(arena, struct evidence_device, n + 1);

	for (size_t i = 0; i < n; i++)
		out[i] = (struct evidence_device){arena_str(arena, v[i].org),
						  arena_str(arena, v[i].id), v[i].seen_ms};
	return out;
}

static void copy_runs(struct arena *arena, const struct evidence_runs *runs,
		      struct obligation_detail *ret)
{
	ret->runs = ARENA_ARRAY(arena, struct evidence_run, runs->n + 1);
	ret->nruns = runs->n;
	for (size_t i = 0; i < runs->n; i++) {
		struct evidence_run *r = &ret->runs[i];

		*r = runs->v[i];
		r->ref.site = arena_str(arena, r->ref.site);
		r->newest.site = arena_str(arena, r->newest.site);
		if (r->v)
			r->v = copy_devices(arena, r->v, r->exposed);
	}
}

/* Devices of the newest run that were seen exposed after the claim that speaks for them. */
static void find_differing(struct arena *arena, const struct obligation_facts *facts,
			   struct obligation_detail *ret)
{
	const struct evidence_run *last = ret->nruns ? &ret->runs[ret->nruns - 1] : NULL;
	struct evidence_device *v;

	if (!last || !last->v || !ret->head.is.differs)
		return;
	v = ARENA_ARRAY(arena, struct evidence_device, last->exposed + 1);
	for (size_t i = 0; i < last->exposed; i++)
		if (obligation_device_differs(facts, &ret->head.is, &last->v[i]))
			v[ret->ndiffers++] = last->v[i];
	ret->differs = v;
}

static void find_waits(const struct gather *g, const struct obligation_facts *facts,
		       struct obligation_detail *ret)
{
	const struct str_list *suppliers = &ret->head.suppliers;

	ret->waits = ARENA_ARRAY(g->view->arena, struct supplier_waits, suppliers->n + 1);
	for (ret->nwaits = 0; ret->nwaits < suppliers->n; ret->nwaits++) {
		struct supplier_waits *w = &ret->waits[ret->nwaits];

		*w = (struct supplier_waits){.supplier = suppliers->v[ret->nwaits],
					     .organisations = 1,
					     .devices = ret->head.is.exposed};
		for (size_t i = 0; i < facts->nclaims && !w->asked_ms; i++)
			if (str_eq(facts->claims[i].supplier, w->supplier))
				w->asked_ms = facts->claims[i].at_ms;
		supplier_said(g, w);
	}
}

static bool detail_of(struct gather *g, const struct org *org, struct obligation_detail *ret,
		      struct err *err)
{
	struct arena *arena = g->view->arena;
	struct assembled a = {
		.place = intern_find(g->codes, org->code), .region = org->region, .detailed = true};

	if (!assemble(g, &a, err))
		return false;
	ret->claims = copy_claims(arena, &a.facts);
	copy_runs(arena, &a.facts.runs, ret);
	find_differing(arena, &a.facts, ret);
	find_waits(g, &a.facts, ret);
	return true;
}

bool alert_obligation(const struct alerts_view *view, struct str alert, struct str org,
		      struct obligation_detail *ret, struct err *err)
{
	AUTO(gather_release) struct gather g = {0};
	const struct directory_view dv = {view->store, view->arena, view->at_ms};
	struct obligation_detail detail = {0};
	struct obligation_list list = {0};
	struct org found;

	if (!directory_org_get(&dv, org, &found, err) ||
	    !make_list(view, &(struct obligation_filter){.alert = alert, .org = found.code}, &g,
		       &list, err))
		return false;
	if (!list.n)
		return err_set(err, ERR_NOT_FOUND, "%.*s does not concern %.*s",
			       STR_FMT(g.alert.id), STR_FMT(found.code));
	detail.head = list.v[0];
	if (!detail_of(&g, &found, &detail, err))
		return false;
	*ret = detail;
	return true;
}
