#include "alerts/inner.h"

#include "base/mem.h"
#include "base/table.h"

/* For whom a post answers, and by when. */

struct answerer {
	struct post post;
	struct intern *own; /* its own organisation, and those that delegated answering to it */
	bool region, all;
	bool supplies; /* what its own organisation owes as a supplier */
};

static void answerer_release(struct answerer *a)
{
	intern_closep(&a->own);
}

static bool may(const struct answerer *a, enum post_reach reach)
{
	return directory_kind_may(a->post.kind, STR("alert.answer"), reach);
}

static bool answerer_open(const struct alerts_view *view, struct str post, struct answerer *a,
			  struct err *err)
{
	const struct directory_view directory = {view->store, view->arena, view->at_ms};
	const struct delegation_filter filter = {.post = post, .gives = GIVES_ANSWER};
	struct delegations given;

	a->own = intern_open();
	if (!directory_post_get(&directory, post, &a->post, err))
		return false;
	if (a->post.ended_ms != DIRECTORY_NO_DATE && a->post.ended_ms <= view->at_ms)
		return true;
	a->supplies = directory_kind_may(a->post.kind, STR("alert.supply"), REACH_OWN);
	a->all = may(a, REACH_ELSEWHERE);
	a->region = may(a, REACH_REGION);
	if (may(a, REACH_OWN))
		(void)intern_put(a->own, a->post.org);
	if (!may(a, REACH_DELEGATED))
		return true;
	if (!directory_delegations(&directory, &filter, &given, err))
		return false;
	for (size_t i = 0; i < given.n; i++)
		if (!given.v[i].services.n)
			(void)intern_put(a->own, given.v[i].org);
	return true;
}

static bool answers_itself(const struct answerer *a, struct str org)
{
	return intern_find(a->own, org) != UINT32_MAX;
}

/* --- alert_answerable() --- */

struct asked { /* members, and who succeeded one */
	struct intern *codes;
	bool *replaced; /* by a successor */
};

static void asked_release(struct asked *a)
{
	intern_closep(&a->codes);
	free(a->replaced);
}

/* Who succeeded a member answers in its place. */
static bool heirs_in(const struct alerts_view *view, struct asked *asked, struct err *err)
{
	const struct directory_view directory = {view->store, view->arena, view->at_ms};
	struct successions ends;
	uint32_t n = intern_count(asked->codes);

	if (!directory_successions(&directory, (struct str){0}, &ends, err))
		return false;
	/* Each has one successor: at most as many again. */
	asked->replaced = mem_zero(2 * (size_t)n + 1, sizeof(*asked->replaced));
	for (size_t i = 0; i < ends.n; i++) {
		uint32_t at = intern_find(asked->codes, ends.v[i].org);

		if (at >= n)
			continue;
		asked->replaced[at] = true;
		(void)intern_put(asked->codes, ends.v[i].successor);
	}
	return true;
}

static bool answers_for(const struct answerer *a, const struct org *org)
{
	return org && org->open &&
	       (a->all || (a->region && str_eq(org->region, a->post.org)) ||
		answers_itself(a, org->code));
}

static bool pick(const struct alerts_view *view, const struct answerer *a,
		 const struct asked *asked, struct str_list *ret, struct err *err)
{
	AUTO(audiences_closep) struct audiences *orgs = NULL;
	uint32_t n = intern_count(asked->codes);
	struct str *v = ARENA_ARRAY(view->arena, struct str, (size_t)n + 1);
	size_t kept = 0;

	if (!audiences_open(view, &orgs, err))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const struct org *org = audiences_org(orgs, intern_str(asked->codes, i));

		if (!asked->replaced[i] && answers_for(a, org))
			v[kept++] = org->code;
	}
	if (kept > 1)
		qsort(v, kept, sizeof(*v), str_qsort_cmp);
	*ret = (struct str_list){v, kept};
	return true;
}

/* The same where the post answers for some by name: of those alone. */
static bool pick_own(const struct alerts_view *view, const struct answerer *a, struct str alert,
		     struct str_list *ret, struct err *err)
{
	const struct directory_view directory = {view->store, view->arena, view->at_ms};
	uint32_t n = intern_count(a->own);
	struct str *v = ARENA_ARRAY(view->arena, struct str, (size_t)n + 1);
	struct org org;
	size_t kept = 0;
	bool asked;

	for (uint32_t i = 0; i < n; i++) {
		if (!asks_itself(view, alert, intern_str(a->own, i), &asked, err) ||
		    (asked && !directory_org_get(&directory, intern_str(a->own, i), &org, err)))
			return false;
		if (asked && org.open)
			v[kept++] = org.code;
	}
	if (kept > 1)
		qsort(v, kept, sizeof(*v), str_qsort_cmp);
	*ret = (struct str_list){v, kept};
	return true;
}

bool alert_answerable(const struct alerts_view *view, struct str alert, struct str post,
		      struct str_list *ret, struct err *err)
{
	AUTO(answerer_release) struct answerer a = {0};
	AUTO(asked_release) struct asked asked = {.codes = intern_open()};
	struct str_list members;
	struct alert found;

	if (!alert_get(view, alert, &found, err) || !answerer_open(view, post, &a, err))
		return false;
	if (!a.all && !a.region)
		return pick_own(view, &a, found.id, ret, err);
	if (!members_present(view, found.id, &members, err))
		return false;
	for (size_t i = 0; i < members.n; i++)
		(void)intern_put(asked.codes, members.v[i]);
	return heirs_in(view, &asked, err) && pick(view, &a, &asked, ret, err);
}

/* --- alert_duties() --- */

struct duties {
	const struct alerts_view *view;
	const struct answerer *answerer;
	VEC_OF(struct duty) out;
};

static void duties_release(struct duties *d)
{
	free(d->out.v);
}

static void add_duty(struct duties *d, const struct alert *alert, const struct obligation *o,
		     const char *what, int64_t due_ms)
{
	if (due_ms)
		VEC_PUSH(&d->out, (struct duty){.alert = alert->id,
						.title = alert->content.title,
						.org = o->org,
						.name = o->name,
						.what = str_of(what),
						.due_ms = due_ms,
						.overdue = o->reached && due_ms < d->view->at_ms});
}

/* What holds until a date only is to be renewed by then. */
static void duties_of(struct duties *d, const struct alert *alert, const struct obligation *o)
{
	if (obligation_is_closed(o->is.state)) {
		add_duty(d, alert, o, "renew", o->is.until_ms);
		return;
	}
	add_duty(d, alert, o, "acknowledge", o->is.acknowledge_due_ms);
	add_duty(d, alert, o, "update", o->is.update_due_ms);
	add_duty(d, alert, o, "mitigate", o->is.mitigate_due_ms);
	add_duty(d, alert, o, "remediate", o->is.remediate_due_ms);
}

static bool duties_under(struct duties *d, const struct alert *alert, struct err *err)
{
	struct obligation_filter filter = {
		.alert = alert->id, .post = d->answerer->post.id, .own = true};
	struct obligation_list list;

	if (intern_count(d->answerer->own) == 1)
		filter.org = intern_str(d->answerer->own, 0);
	if (!alert_obligations(d->view, &filter, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++)
		if (answers_itself(d->answerer, list.v[i].org))
			duties_of(d, alert, &list.v[i]);
	return true;
}

/* What its organisation owes to those who wait for it. */
static bool supplier_duties(struct duties *d, const struct alert *alert, struct err *err)
{
	const struct obligation_filter filter = {.alert = alert->id};
	struct str own = d->answerer->post.org;
	struct obligation_list list;
	bool waited;

	if (!waited_for(d->view, alert->id, own, &waited, err))
		return false;
	if (!waited)
		return true;
	if (!alert_obligations(d->view, &filter, &list, err))
		return false;
	for (size_t i = 0; i < list.nsuppliers; i++) {
		const struct supplier_waits *w = &list.suppliers[i];

		if (w->due_ms && str_eq(w->supplier, own))
			VEC_PUSH(&d->out,
				 (struct duty){.alert = alert->id,
					       .title = alert->content.title,
					       .org = w->supplier,
					       .name = w->name,
					       .what = w->answer.n ? STR("update") : STR("answer"),
					       .due_ms = w->due_ms,
					       .overdue = w->overdue,
					       .as_supplier = true});
	}
	return true;
}

static int by_date(const void *pa, const void *pb)
{
	const struct duty *a = pa, *b = pb;
	int by;

	if (a->due_ms != b->due_ms)
		return a->due_ms < b->due_ms ? -1 : 1;
	by = str_cmp(a->alert, b->alert);
	if (!by)
		by = str_cmp(a->org, b->org);
	by = by ? by : str_cmp(a->what, b->what);
	return by ? by : (int)a->as_supplier - (int)b->as_supplier;
}

bool alert_duties(const struct alerts_view *view, struct str post, struct duty_list *ret,
		  struct err *err)
{
	AUTO(answerer_release) struct answerer a = {0};
	AUTO(duties_release) struct duties d = {.view = view, .answerer = &a};
	struct alert_list alerts;

	if (!answerer_open(view, post, &a, err) || !alert_list(view, &alerts, err))
		return false;
	for (size_t i = 0; i < alerts.n; i++)
		if (alerts.v[i].life == ALERT_PUBLISHED &&
		    ((intern_count(a.own) && !duties_under(&d, &alerts.v[i], err)) ||
		     (a.supplies && !supplier_duties(&d, &alerts.v[i], err))))
			return false;
	ret->v = ARENA_ARRAY(view->arena, struct duty, d.out.n + 1);
	ret->n = d.out.n;
	if (d.out.n) {
		memcpy(ret->v, d.out.v, d.out.n * sizeof(*ret->v));
		qsort(ret->v, ret->n, sizeof(*ret->v), by_date);
	}
	return true;
}
