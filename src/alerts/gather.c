#include "alerts/gather.h"

void gather_release(struct gather *g)
{
	for (size_t i = 0; i < g->parts.n; i++) {
		free(g->parts.v[i].claims);
		free(g->parts.v[i].runs);
	}
	free(g->parts.v);
	intern_closep(&g->codes);
	arena_closep(&g->scratch);
}

struct part *gather_part(struct gather *g, struct str org)
{
	uint32_t at = intern_put(g->codes, org);

	while (at >= g->parts.n)
		VEC_PUSH(&g->parts, (struct part){0});
	return &g->parts.v[at];
}

static struct part *known_part(struct gather *g, struct str org)
{
	uint32_t at = intern_find(g->codes, org);

	return at == UINT32_MAX ? NULL : &g->parts.v[at];
}

static struct str keep(struct gather *g, struct store_query *q, int col)
{
	struct str s = store_col_str(q, col);

	return s.n ? arena_str(g->scratch, s) : s;
}

/* The text kept last where it is the same: neighbours have much in common. */
static struct str keep_unless(struct gather *g, struct store_query *q, int col, struct str *last)
{
	struct str s = store_col_str(q, col);

	if (!str_eq(s, *last))
		*last = s.n ? arena_str(g->scratch, s) : s;
	return *last;
}

/* --- of all, or of few --- */

typedef bool load_fn(struct gather *g, const struct alert *of, struct str org, struct err *err);

/* By one statement, or by one for each of those in codes from a place on. */
static bool load_from(struct gather *g, uint32_t from, load_fn *load, const struct alert *of,
		      struct err *err)
{
	if (!g->few)
		return load(g, of, (struct str){0}, err);
	for (uint32_t i = from; i < intern_count(g->codes); i++)
		if (!load(g, of, intern_str(g->codes, i), err))
			return false;
	return true;
}

static bool load_each(struct gather *g, load_fn *load, struct err *err)
{
	return load_from(g, 0, load, &g->alert, err);
}

/* A statement about one organisation, whose code is the last of its arguments, or about all. */
#define OF_ORG(org, before, which, after)                                                          \
	((org).n ? SQL(before " AND org = " which after) : SQL(before after))

static struct store_args args_of(struct str org, struct store_args args)
{
	args.n -= !org.n;
	return args;
}

/* --- members and who succeeded whom --- */

static bool load_members(struct gather *g, const struct alert *of, struct str org, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (!store_query(g->view->store,
			 OF_ORG(org,
				"SELECT org, joined FROM alerts_member WHERE alert = ?1"
				" AND gone = 0",
				"?2", " ORDER BY org"),
			 args_of(org, ARGS(store_text(of->id), store_text(org))), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct part *p = gather_part(g, store_col_str(q, 0));

		p->member = true;
		p->joined_ms = store_col_int(q, 1);
	}
	return ok;
}

static int by_heir(const void *a, const void *b)
{
	const struct heir *x = a, *y = b;

	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

int64_t devices_expected(const struct org *org)
{
	int64_t sum = -1;

	for (size_t i = 0; i < ORG_CLASSES; i++)
		if (org->expected[i] >= 0)
			sum = MAX_OF(sum, 0) + org->expected[i];
	return MAX_OF(sum, org->expected_devices);
}

static int64_t expected_of_code(const struct directory_view *view, struct str code)
{
	struct org org;
	struct err none;

	return directory_org_get(view, code, &org, &none) ? devices_expected(&org) : -1;
}

static int by_org(const void *a, const void *b)
{
	const struct succession *x = a, *y = b;
	int c = str_cmp(x->org, y->org);

	return c ? c : str_cmp(x->successor, y->successor);
}

/* Those about any of few, each once. */
static bool successions_of(const struct gather *g, const struct str_list *only,
			   struct successions *ret, struct err *err)
{
	const struct directory_view view = {g->view->store, g->scratch, g->view->at_ms};
	struct successions all = {0}, one;
	size_t cap = 0, n = 0;

	if (!only->n)
		return directory_successions(&view, (struct str){0}, ret, err);
	for (size_t i = 0; i < only->n; i++) {
		if (!directory_successions(&view, only->v[i], &one, err))
			return false;
		for (size_t k = 0; k < one.n; k++)
			ARENA_PUSH(g->scratch, &all, cap, one.v[k]);
	}
	if (all.n > 1)
		qsort(all.v, all.n, sizeof(*all.v), by_org);
	for (size_t i = 0; i < all.n; i++)
		if (!n || by_org(&all.v[i], &all.v[n - 1]))
			all.v[n++] = all.v[i];
	all.n = n;
	*ret = all;
	return true;
}

static void name_few(struct gather *g, const struct str_list *only, const struct successions *ends)
{
	g->few = only->n > 0;
	for (size_t i = 0; i < only->n; i++)
		(void)gather_part(g, only->v[i]);
	for (size_t i = 0; g->few && i < ends->n; i++)
		(void)gather_part(g, ends->v[i].org);
}

/* A successor takes the predecessor's place in the audience. */
static void take_heirs(struct gather *g, const struct successions *all)
{
	const struct directory_view view = {g->view->store, g->scratch, g->view->at_ms};

	g->heirs = ARENA_ARRAY(g->scratch, struct heir, all->n + 1);
	for (size_t i = 0; i < all->n; i++) {
		const struct succession *s = &all->v[i];
		struct part *from = known_part(g, s->org), *to;

		if (!from || !from->joined_ms || s->at_ms > g->view->at_ms)
			continue; /* never asked, or not succeeded yet */
		to = gather_part(g, s->successor);
		from = gather_part(g, s->org); /* which is there, perhaps elsewhere now */
		if (!to->member) {
			to->joined_ms = from->joined_ms;
			to->only_inherits = true;
		}
		to->member = true;
		from->member = false;
		g->heirs[g->nheirs++] = (struct heir){intern_find(g->codes, s->org),
						      intern_find(g->codes, s->successor), s->at_ms,
						      expected_of_code(&view, s->org)};
	}
	qsort(g->heirs, g->nheirs, sizeof(*g->heirs), by_heir);
}

/* Whom it asks, and of whom it knows. */
static bool load_asked(struct gather *g, const struct str_list *only, struct err *err)
{
	struct successions ends;

	if (!successions_of(g, only, &ends, err))
		return false;
	name_few(g, only, &ends);
	if (!load_each(g, load_members, err))
		return false;
	take_heirs(g, &ends);
	return true;
}

/* --- claims --- */

const struct str *claim_devices(struct str text, struct arena *arena, size_t *ret_n)
{
	size_t lines = 0;
	struct str *v;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	v = ARENA_ARRAY(arena, struct str, lines + 1);
	*ret_n = 0;
	for (size_t i = 0, from = 0; i < text.n; i++)
		if (text.p[i] == '\n') {
			v[(*ret_n)++] = str_from(text.p + from, i - from);
			from = i + 1;
		}
	return v;
}

static int by_claim(const void *a, const void *b)
{
	const struct decision *x = a, *y = b;
	int c = str_cmp(x->claim.site, y->claim.site);

	if (c)
		return c;
	return x->claim.number < y->claim.number ? -1 : x->claim.number > y->claim.number;
}

/* The decision on a claim, when there is one. */
static void decide_claim(const struct gather *g, struct claim *c)
{
	const struct decision sought = {.claim = c->ref}, *d;

	if (!g->ndecisions)
		return;
	d = bsearch(&sought, g->decisions, g->ndecisions, sizeof(*g->decisions), by_claim);
	if (!d)
		return;
	c->decided_ms = d->at_ms;
	c->approved = d->approved;
	c->decided_by = d->post;
}

static bool claim_from_row(struct gather *g, struct store_query *q, struct claim *c,
			   struct err *err)
{
	*c = (struct claim){
		.ref = {keep_unless(g, q, 2, &g->last_site), (uint64_t)store_col_int(q, 3)},
		.at_ms = store_col_int(q, 1),
		.org = keep(g, q, 0),
		.post = keep_unless(g, q, 5, &g->last_post),
	};
	if (!claim_kind_by_name(store_col_str(q, 4), &c->kind))
		return err_set(err, ERR_VERSION, "alerts_claim: a claim of an unknown kind");
	c->devices = claim_devices(keep(g, q, 6), g->scratch, &c->ndevices);
	if (c->kind == CLAIM_ACKNOWLEDGED)
		return true;
	c->until_ms = store_col_int(q, 7);
	c->date_ms = store_col_int(q, 8);
	c->supplier = keep(g, q, 9);
	c->note = keep(g, q, 10);
	c->opinion = keep(g, q, 11);
	c->controls = keep(g, q, 12);
	decide_claim(g, c);
	return true;
}

static bool load_decisions(struct gather *g, const struct alert *of, struct str org,
			   struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	size_t cap = g->ndecisions;
	bool ok;

	if (!store_query(g->view->store,
			 OF_ORG(org,
				"SELECT claim_site, claim_record, at, approved, post"
				" FROM alerts_decision WHERE alert = ?1",
				"?2", ""),
			 args_of(org, ARGS(store_text(of->id), store_text(org))), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		g->decisions = arena_grow(g->scratch, g->decisions, g->ndecisions, &cap,
					  sizeof(*g->decisions));
		g->decisions[g->ndecisions++] =
			(struct decision){.claim = {keep(g, q, 0), (uint64_t)store_col_int(q, 1)},
					  .at_ms = store_col_int(q, 2),
					  .approved = store_col_int(q, 3) != 0,
					  .post = keep(g, q, 4)};
	}
	if (ok && g->ndecisions > 1)
		qsort(g->decisions, g->ndecisions, sizeof(*g->decisions), by_claim);
	return ok;
}

static bool take_claim(struct gather *g, struct store_query *q, size_t *cap, struct part **last,
		       struct err *err)
{
	struct part *p = known_part(g, store_col_str(q, 0));

	if (!p)
		return true;
	if (p != *last)
		*cap = p->nclaims;
	*last = p;
	if (!p->said_ms)
		p->said_ms = store_col_int(q, 1);
	p->claims = mem_grow(p->claims, p->nclaims, cap, sizeof(*p->claims));
	return claim_from_row(g, q, &p->claims[p->nclaims++], err);
}

/* Claims on one alert since everybody was last asked about it. */
static bool load_claims(struct gather *g, const struct alert *of, struct str org, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct part *last = NULL;
	size_t cap = 0;
	bool ok;

	if (!load_decisions(g, of, org, err) ||
	    !store_query(
		    g->view->store,
		    OF_ORG(org,
			   "SELECT org, at, site, record, kind, post, devices, until, promised,"
			   " supplier, note, opinion, controls FROM alerts_claim"
			   " WHERE alert = ?1 AND at >= ?2 AND at <= ?3",
			   "?4", " ORDER BY org, at, site, record"),
		    args_of(org, ARGS(store_text(of->id), store_int(of->asked_ms),
				      store_int(g->view->at_ms), store_text(org))),
		    &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		if (!take_claim(g, q, &cap, &last, err))
			return false;
	}
	return ok;
}

/* What was said before everybody was asked again counts no more, but that it was said is known. */
static bool load_first_said(struct gather *g, const struct alert *of, struct str org,
			    struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (of->asked_ms == of->published_ms)
		return true;
	if (!store_query(
		    g->view->store,
		    OF_ORG(org,
			   "SELECT org, min(at) FROM alerts_claim WHERE alert = ?1 AND at < ?2",
			   "?3", " GROUP BY org"),
		    args_of(org,
			    ARGS(store_text(of->id), store_int(of->asked_ms), store_text(org))),
		    &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct part *p = known_part(g, store_col_str(q, 0));

		if (p)
			p->said_ms = store_col_int(q, 1);
	}
	return ok;
}

/* Claims carry over from an alert that this one supersedes where the scope is equal. */
static bool load_all_claims(struct gather *g, uint32_t from, struct err *err)
{
	const struct alerts_view view = {g->view->store, g->scratch, g->view->at_ms};
	struct alert alert = g->alert, older;

	if (!load_from(g, from, load_claims, &alert, err))
		return false;
	for (unsigned hops = 0; alert.content.supersedes.n && hops < 16; hops++) {
		if (!alert_get(&view, alert.content.supersedes, &older, err))
			return false;
		if (!content_same_scope(&alert.content, &older.content))
			return true;
		if (!load_from(g, from, load_claims, &older, err))
			return false;
		alert = older;
	}
	return true;
}

/* Who is waited for is reached, and climbs its ladder, whether or not it is asked itself. */
static bool load_suppliers(struct gather *g, struct err *err)
{
	uint32_t asked = (uint32_t)g->parts.n;

	for (uint32_t i = 0; i < asked; i++)
		for (size_t k = 0; k < g->parts.v[i].nclaims; k++)
			if (g->parts.v[i].claims[k].supplier.n)
				(void)gather_part(g, g->parts.v[i].claims[k].supplier);
	return !g->few || load_all_claims(g, asked, err);
}

/* --- evidence, delivery, ladder, suppliers --- */

static bool take_runs(void *ctx, struct str org, const struct evidence_runs *runs, struct err *err)
{
	struct gather *g = ctx;
	struct part *p = known_part(g, org);

	(void)err;
	if (!p)
		return true;
	p->runs = mem_alloc((runs->n + 1) * sizeof(*p->runs));
	memcpy(p->runs, runs->v, runs->n * sizeof(*p->runs));
	p->nruns = runs->n;
	p->has_inventory = runs->n > 0;
	for (size_t i = 0; i < p->nruns; i++) {
		p->runs[i].ref.site = arena_str(g->scratch, p->runs[i].ref.site);
		p->runs[i].newest.site = arena_str(g->scratch, p->runs[i].newest.site);
	}
	return true;
}

static bool load_deliveries(struct gather *g, const struct alert *of, struct str org,
			    struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (!store_query(g->view->store,
			 OF_ORG(org,
				"SELECT org, max(CASE WHEN delivered = 0 THEN at ELSE 0 END),"
				" max(CASE WHEN delivered <> 0 THEN at ELSE 0 END),"
				" coalesce(min(CASE WHEN delivered <> 0 THEN at END), 0)"
				" FROM alerts_delivery WHERE alert = ?1 AND at <= ?2",
				"?3", " GROUP BY org"),
			 args_of(org, ARGS(store_text(of->id), store_int(g->view->at_ms),
					   store_text(org))),
			 &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct part *p = known_part(g, store_col_str(q, 0));

		if (!p)
			continue;
		p->failed_ms = store_col_int(q, 1);
		p->delivered_ms = store_col_int(q, 2);
		p->told_ms = store_col_int(q, 3);
	}
	return ok;
}

static bool load_steps(struct gather *g, const struct alert *of, struct str org, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (!store_query(g->view->store,
			 OF_ORG(org,
				"SELECT org, ordinal, step FROM alerts_escalation"
				" WHERE alert = ?1 AND at <= ?2",
				"?3", " ORDER BY org, ordinal, step"),
			 args_of(org, ARGS(store_text(of->id), store_int(g->view->at_ms),
					   store_text(org))),
			 &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct part *p = known_part(g, store_col_str(q, 0));

		if (!p)
			continue;
		if (!store_col_int(q, 1)) {
			p->supplier_step = (unsigned)store_col_int(q, 2);
			continue;
		}
		p->step_ordinal = (unsigned)store_col_int(q, 1);
		p->step = (unsigned)store_col_int(q, 2);
	}
	return ok;
}

static bool load_reachable(struct gather *g, const struct alert *of, struct str org,
			   struct err *err)
{
	const struct directory_view view = {g->view->store, g->scratch, g->view->at_ms};
	struct codes all;

	(void)of;
	if (!directory_reachable(&view, org, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++) {
		struct part *p = known_part(g, all.v[i]);

		if (p)
			p->reachable = true;
	}
	return true;
}

static bool load_supplies(struct gather *g, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	size_t cap = 0;
	bool ok;

	if (!store_query(g->view->store,
			 SQL("SELECT supplier, at, kind, promised, reference, note"
			     " FROM alerts_supply WHERE alert = ?1 AND at <= ?2"
			     " ORDER BY supplier, at, site, record"),
			 ARGS(store_text(g->alert.id), store_int(g->view->at_ms)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct supply *s = g->nsupplies ? &g->supplies[g->nsupplies - 1] : NULL;

		if (!s || !str_eq(s->supplier, store_col_str(q, 0))) {
			g->supplies = arena_grow(g->scratch, g->supplies, g->nsupplies, &cap,
						 sizeof(*g->supplies));
			s = &g->supplies[g->nsupplies++];
			*s = (struct supply){.supplier = keep(g, q, 0)};
		}
		s->at_ms = store_col_int(q, 1);
		s->kind = keep(g, q, 2);
		s->promised_ms = str_is(s->kind, "fix") ? 0 : store_col_int(q, 3);
		s->reference = keep(g, q, 4);
		s->note = keep(g, q, 5);
		if (str_is(s->kind, "fix"))
			s->fix_ms = store_col_int(q, 3) ? store_col_int(q, 3) : s->at_ms;
	}
	return ok;
}

const struct supply *supply_of(const struct gather *g, struct str supplier)
{
	for (size_t i = 0; i < g->nsupplies; i++)
		if (str_eq(g->supplies[i].supplier, supplier))
			return &g->supplies[i];
	return NULL;
}

static bool load_runs(struct gather *g, const struct alert *of, struct str org, struct err *err)
{
	const struct runs_query q = {
		.alert = of->id, .org = org, .all_classes = !of->content.classes};

	return of->content.confirmation ||
	       runs_each(g->view, &q, &(struct runs_sink){RUNS_COUNTS, take_runs, g}, err);
}

bool gather_load(const struct alerts_view *view, struct str alert, const struct str_list *only,
		 struct gather *g, struct err *err)
{
	struct alerts_view inner = {view->store, NULL, view->at_ms};

	g->view = view;
	g->scratch = arena_open();
	g->codes = intern_open();
	inner.arena = g->scratch;
	if (!alert_get(view, alert, &g->alert, err))
		return false;
	if (!g->alert.published_revision)
		return err_set(err, ERR_INVALID, "%.*s is a draft: nobody has been asked yet",
			       STR_FMT(g->alert.id)) ||
		       err_hint(err, "; lynchpin alert preview %.*s says whom it will reach",
				STR_FMT(g->alert.id));
	return alert_clock_of(&inner, g->alert.id, &g->clock, err) &&
	       rules_load(&inner, &g->rules, err) && load_asked(g, only, err) &&
	       load_each(g, load_first_said, err) && load_all_claims(g, 0, err) &&
	       load_suppliers(g, err) && load_each(g, load_runs, err) &&
	       load_each(g, load_deliveries, err) && load_each(g, load_steps, err) &&
	       load_each(g, load_reachable, err) && load_supplies(g, err);
}

bool gather_each_org(const struct gather *g, const struct str_list *only, directory_org_fn *fn,
		     void *ctx, struct err *err)
{
	const struct directory_view view = {g->view->store, g->scratch, g->view->at_ms};
	struct err why = {0};
	struct org org;

	if (!only->n)
		return directory_each_org(&view, fn, ctx, err);
	for (size_t i = 0; i < only->n; i++) {
		if (directory_org_get(&view, only->v[i], &org, &why)) {
			if (!fn(ctx, &org, err))
				return false;
		} else if (why.code != ERR_NOT_FOUND) {
			return *err = why, false;
		}
	}
	return true;
}
