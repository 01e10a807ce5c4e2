#include "alerts/inner.h"

#include "base/mem.h"
#include "base/table.h"

/*
 * What has come due and is for the post system to do.  Each is an act that can be done once:
 * who has joined is a member, a step that was climbed is recorded.
 */

enum { JOIN_MOST = 10000 /* organisations in one record */ };

struct due {
	const struct alerts_view *view;
	struct audiences *audiences;
	struct rules *rules;
	struct posts posts;
	struct str nation;	   /* the organisation that leads */
	const struct alert *alert; /* in hand */
	VEC_OF(struct alert_due) out;
};

static void due_release(struct due *d)
{
	audiences_closep(&d->audiences);
	free(d->out.v);
}

/* The body goes to the arena. */
static bool put(struct due *d, const char *act, struct json_out *o, struct text *body,
		struct err *err)
{
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	VEC_PUSH(&d->out, (struct alert_due){act, arena_str(d->view->arena, text_str(body))});
	return true;
}

static struct json_out *body_of(const struct due *d, struct text *body)
{
	struct json_out *o = json_out_open(body);

	json_out_object(o);
	json_out_key(o, "alert");
	json_out_str(o, d->alert->id);
	return o;
}

/* --- joiners --- */

static bool put_join(struct due *d, const struct str *v, size_t n, struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	struct json_out *o = body_of(d, &body);

	json_out_key(o, "orgs");
	json_out_array(o);
	for (size_t i = 0; i < n; i++)
		json_out_str(o, v[i]);
	json_out_end(o);
	return put(d, "alert.join", o, &body, err);
}

static bool joiners(struct due *d, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct str_list reached, joining = {0};
	struct str *v;
	size_t i = 0;
	bool row;

	if (!audiences_of(d->audiences, &d->alert->content.audience, &reached, err) ||
	    !store_query(d->view->store,
			 SQL("SELECT org FROM alerts_member WHERE alert = ?1 AND gone = 0"
			     " ORDER BY org"),
			 ARGS(store_text(d->alert->id)), &q, err))
		return false;
	v = ARENA_ARRAY(d->view->arena, struct str, reached.n + 1);
	do {
		if (!store_step(q, &row, err))
			return false;
		for (; i < reached.n && !(row && str_cmp(reached.v[i], store_col_str(q, 0)) >= 0);
		     i++)
			v[joining.n++] = reached.v[i];
		i += row && i < reached.n && str_eq(reached.v[i], store_col_str(q, 0));
	} while (row);
	for (size_t from = 0; from < joining.n; from += JOIN_MOST)
		if (!put_join(d, v + from, MIN_OF(joining.n - from, (size_t)JOIN_MOST), err))
			return false;
	return true;
}

/* --- steps of ladders --- */

static struct str post_of(const struct due *d, struct str org, struct str kind)
{
	for (size_t i = 0; i < d->posts.n; i++) {
		const struct post *p = &d->posts.v[i];

		if (str_eq(p->org, org) && str_eq(p->kind, kind) &&
		    (p->ended_ms == DIRECTORY_NO_DATE || p->ended_ms > d->view->at_ms))
			return p->id;
	}
	return (struct str){0};
}

static struct str parent_of(const struct due *d, struct str code)
{
	const struct org *org = audiences_org(d->audiences, code);

	return org ? org->parent : (struct str){0};
}

/* An organisation, or one as a supplier (ordinal 0), that is late. */
struct climber {
	struct str org, region, role;
	unsigned ordinal, step;
	int64_t due_ms;
};

/* The post that a step of the ladder names, or "security-lead of T1" where there is none. */
static struct str recipient(const struct due *d, const struct climber *o, struct str rule)
{
	size_t colon = str_find_char(rule, ':', 0);
	struct str whose = colon == SIZE_MAX ? (struct str){0} : str_sub(rule, 0, colon);
	struct str kind = colon == SIZE_MAX ? rule : str_from_offset(rule, colon + 1);
	struct str org = str_is(whose, "parent")   ? parent_of(d, o->org)
			 : str_is(whose, "region") ? o->region
			 : str_is(whose, "nation") ? d->nation
						   : o->org;
	struct str post = org.n ? post_of(d, org, kind) : (struct str){0};

	if (post.n)
		return post;
	if (org.n)
		return arena_fmt(d->view->arena, "%.*s of %.*s", STR_FMT(kind), STR_FMT(org));
	return arena_fmt(d->view->arena, "%.*s of the %.*s of %.*s", STR_FMT(kind), STR_FMT(whose),
			 STR_FMT(o->org));
}

static bool put_step(struct due *d, const struct climber *o, unsigned step, struct str to,
		     struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	struct json_out *out = body_of(d, &body);

	json_out_key(out, "org");
	json_out_str(out, o->org);
	json_out_key(out, "ordinal");
	json_out_i64(out, o->ordinal);
	json_out_key(out, "step");
	json_out_i64(out, step);
	json_out_key(out, "to");
	json_out_str(out, to);
	return put(d, "alert.escalate", out, &body, err);
}

static bool climb(struct due *d, const struct climber *o, struct err *err)
{
	const struct ladder_step *steps;
	size_t n;

	if (!rules_ladder(d->rules, o->role, &steps, &n))
		return true;
	for (size_t i = o->step; i < n; i++) {
		if (o->due_ms + steps[i].after_ms > d->view->at_ms)
			return true;
		if (!put_step(d, o, (unsigned)i + 1, recipient(d, o, steps[i].recipient), err))
			return false;
	}
	return true;
}

static bool steps_of(struct due *d, const struct obligation *o, struct err *err)
{
	const struct climber climber = {.org = o->org,
					.region = o->region,
					.role = o->role,
					.ordinal = o->is.ordinal,
					.step = o->step,
					.due_ms = o->is.due_ms};

	/* While an exception waits to be decided nobody climbs; who was not reached is not late. */
	if (!o->is.overdue || o->is.pending || !o->reached || !o->is.due_ms)
		return true;
	return climb(d, &climber, err);
}

/* A supplier that keeps others waiting, whatever its role in the directory. */
static bool supplier_steps(struct due *d, const struct supplier_waits *w, struct err *err)
{
	const struct org *org = audiences_org(d->audiences, w->supplier);
	const struct climber climber = {.org = w->supplier,
					.region = org ? org->region : (struct str){0},
					.role = STR("supplier"),
					.step = w->step,
					.due_ms = w->due_ms};

	return !w->overdue || climb(d, &climber, err);
}

static bool steps(struct due *d, struct err *err)
{
	const struct obligation_filter filter = {.alert = d->alert->id, .overdue = true};
	struct obligation_list list;

	if (!alert_obligations(d->view, &filter, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (!steps_of(d, &list.v[i], err))
			return false;
	for (size_t i = 0; i < list.nsuppliers; i++)
		if (!supplier_steps(d, &list.suppliers[i], err))
			return false;
	return true;
}

/* --- all of it --- */

static bool load(struct due *d, struct err *err)
{
	const struct directory_view view = {d->view->store, d->view->arena, d->view->at_ms};

	if (!audiences_open(d->view, &d->audiences, err) || !rules_load(d->view, &d->rules, err) ||
	    !directory_posts(&view, (struct str){0}, &d->posts, err))
		return false;
	for (size_t i = 0; i < d->posts.n; i++)
		if (str_is(d->posts.v[i].kind, "national-lead") && !d->nation.n)
			d->nation = d->posts.v[i].org;
	return true;
}

bool alert_due(const struct alerts_view *view, struct alert_due_list *ret, struct err *err)
{
	AUTO(due_release) struct due d = {.view = view};
	struct alert_list alerts;
	struct alert_due *v;

	if (!alert_list(view, &alerts, err) || !load(&d, err))
		return false;
	for (size_t i = alerts.n; i-- > 0;) {
		d.alert = &alerts.v[i];
		if (d.alert->life == ALERT_PUBLISHED && (!joiners(&d, err) || !steps(&d, err)))
			return false;
	}
	v = ARENA_ARRAY(view->arena, struct alert_due, d.out.n + 1);
	if (d.out.n)
		memcpy(v, d.out.v, d.out.n * sizeof(*v));
	*ret = (struct alert_due_list){v, d.out.n};
	return true;
}

bool alert_next_steps(const struct alerts_view *view, const struct obligation *v, size_t n,
		      struct str *ret_to, struct err *err)
{
	AUTO(due_release) struct due d = {.view = view};
	const struct ladder_step *steps;
	size_t nsteps;

	if (!load(&d, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct climber o = {
			.org = v[i].org, .region = v[i].region, .role = v[i].role};
		bool more = rules_ladder(d.rules, o.role, &steps, &nsteps) && v[i].step < nsteps;

		ret_to[i] = more ? recipient(&d, &o, steps[v[i].step].recipient) : (struct str){0};
	}
	return true;
}

bool alert_escalations(const struct alerts_view *view, struct str alert, struct str to,
		       struct escalation_list *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	AUTO(freep) struct escalation *v = NULL;
	size_t n = 0, cap = 0;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT alert, org, recipient, ordinal, step, at"
			     " FROM alerts_escalation WHERE (?1 = '' OR alert = ?1)"
			     " AND (?2 = '' OR recipient = ?2) AND at <= ?3"
			     " ORDER BY at DESC, alert, org, ordinal DESC, step DESC"),
			 ARGS(store_text(directory_code(view->arena, alert)), store_text(to),
			      store_int(view->at_ms)),
			 &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		v = mem_grow(v, n, &cap, sizeof(*v));
		v[n++] = (struct escalation){.alert = arena_str(view->arena, store_col_str(q, 0)),
					     .org = arena_str(view->arena, store_col_str(q, 1)),
					     .to = arena_str(view->arena, store_col_str(q, 2)),
					     .ordinal = (unsigned)store_col_int(q, 3),
					     .step = (unsigned)store_col_int(q, 4),
					     .at_ms = store_col_int(q, 5)};
	}
	if (!ok)
		return false;
	ret->v = ARENA_ARRAY(view->arena, struct escalation, n + 1);
	if (n)
		memcpy(ret->v, v, n * sizeof(*v));
	ret->n = n;
	return true;
}

/* --- what of it is open still --- */

struct still_open {
	const struct alerts_view *view;
	struct intern *looked; /* alerts */
	struct intern *open;   /* "alert org ordinal" */
};

static void still_open_release(struct still_open *s)
{
	intern_closep(&s->looked);
	intern_closep(&s->open);
}

static struct str open_key(const struct still_open *s, const struct escalation *e)
{
	return arena_fmt(s->view->arena, "%.*s %.*s %u", STR_FMT(e->alert), STR_FMT(e->org),
			 e->ordinal);
}

static bool look_at(struct still_open *s, struct str id, struct err *err)
{
	struct escalation e = {.alert = id};
	struct obligation_list list;
	struct alert alert;

	if (intern_find(s->looked, id) != UINT32_MAX)
		return true;
	(void)intern_put(s->looked, id);
	if (!alert_get(s->view, id, &alert, err))
		return false;
	if (alert.life != ALERT_PUBLISHED)
		return true;
	if (!alert_obligations(s->view, &(struct obligation_filter){.alert = id}, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++) {
		e.org = list.v[i].org;
		e.ordinal = list.v[i].is.ordinal;
		if (!obligation_is_closed(list.v[i].is.state))
			(void)intern_put(s->open, open_key(s, &e));
	}
	e.ordinal = 0;
	for (size_t i = 0; i < list.nsuppliers; i++) {
		e.org = list.suppliers[i].supplier;
		if (list.suppliers[i].due_ms)
			(void)intern_put(s->open, open_key(s, &e));
	}
	return true;
}

bool alert_digest(const struct alerts_view *view, struct str to, struct escalation_list *ret,
		  struct err *err)
{
	AUTO(still_open_release)
	struct still_open s = {.view = view, .looked = intern_open(), .open = intern_open()};
	struct escalation_list list;
	size_t kept = 0;

	if (!alert_escalations(view, (struct str){0}, to, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++) {
		if (!look_at(&s, list.v[i].alert, err))
			return false;
		if (intern_find(s.open, open_key(&s, &list.v[i])) != UINT32_MAX)
			list.v[kept++] = list.v[i];
	}
	list.n = kept;
	*ret = list;
	return true;
}
