#include "alerts/gather.h"

/* Who waits for whom: the answer that would unlock most comes first. */

static int most_first(const void *a, const void *b)
{
	const struct supplier_waits *x = a, *y = b;
	bool answered_x = str_is(x->answer, "fix"), answered_y = str_is(y->answer, "fix");

	if (answered_x != answered_y)
		return answered_x ? 1 : -1;
	if (x->organisations != y->organisations)
		return x->organisations > y->organisations ? -1 : 1;
	if (x->devices != y->devices)
		return x->devices > y->devices ? -1 : 1;
	return str_cmp(x->supplier, y->supplier);
}

static struct supplier_waits *waits_of(struct obligation_list *list, struct str supplier)
{
	for (size_t i = 0; i < list->nsuppliers; i++)
		if (str_eq(list->suppliers[i].supplier, supplier))
			return &list->suppliers[i];
	list->suppliers[list->nsuppliers] = (struct supplier_waits){.supplier = supplier};
	return &list->suppliers[list->nsuppliers++];
}

/* When the first of those who still wait said so. */
static void note_asked(const struct gather *g, struct supplier_waits *w, struct str org)
{
	uint32_t at = intern_find(g->codes, org);
	const struct part *p = &g->parts.v[at];

	for (size_t i = 0; i < p->nclaims; i++)
		if (p->claims[i].kind == CLAIM_BLOCKED &&
		    str_eq(p->claims[i].supplier, w->supplier) &&
		    (!w->asked_ms || p->claims[i].at_ms < w->asked_ms))
			w->asked_ms = p->claims[i].at_ms;
}

/* To answer; while it works at it, to say how far it is; after that nothing. */
static int64_t due_of(const struct gather *g, const struct supplier_waits *w,
		      const struct calendar *calendar)
{
	if (!w->answer.n)
		return alert_clock_due(&g->clock, calendar, w->asked_ms, g->clock.acknowledge);
	if (str_is(w->answer, "fix") || str_is(w->answer, "no_fix"))
		return 0;
	return alert_clock_due(&g->clock, calendar, w->answered_ms, g->clock.update);
}

void supplier_said(const struct gather *g, struct supplier_waits *w)
{
	const struct directory_view view = {g->view->store, g->view->arena, g->view->at_ms};
	const struct supply *s = supply_of(g, w->supplier);
	uint32_t place = intern_find(g->codes, w->supplier);
	struct org org = {0};
	struct err none;

	w->name = directory_org_get(&view, w->supplier, &org, &none) ? org.name : w->supplier;
	if (s) {
		w->answer = arena_str(g->view->arena, s->kind);
		w->reference = arena_str(g->view->arena, s->reference);
		w->note = arena_str(g->view->arena, s->note);
		w->answered_ms = s->at_ms;
		w->promised_ms = s->promised_ms;
		w->fix_ms = s->fix_ms;
	}
	w->due_ms = due_of(g, w, rules_calendar(g->rules, org.region));
	w->reached = w->answer.n || (place != UINT32_MAX && part_reached(&g->parts.v[place]));
	w->overdue = w->reached && w->due_ms && w->due_ms < g->view->at_ms;
	w->step = place == UINT32_MAX ? 0 : g->parts.v[place].supplier_step;
}

void suppliers_of(const struct gather *g, struct obligation_list *list)
{
	size_t most = 0;

	for (size_t i = 0; i < list->n; i++)
		most += list->v[i].suppliers.n;
	list->suppliers = ARENA_ARRAY(g->view->arena, struct supplier_waits, most + 1);
	list->nsuppliers = 0;
	for (size_t i = 0; i < list->n; i++) {
		const struct obligation *o = &list->v[i];

		for (size_t k = 0; k < o->suppliers.n && !obligation_is_closed(o->is.state); k++) {
			struct supplier_waits *w = waits_of(list, o->suppliers.v[k]);

			w->organisations++;
			w->devices += o->is.exposed;
			note_asked(g, w, o->org);
		}
	}
	for (size_t i = 0; i < list->nsuppliers; i++)
		supplier_said(g, &list->suppliers[i]);
	if (list->nsuppliers > 1)
		qsort(list->suppliers, list->nsuppliers, sizeof(*list->suppliers), most_first);
}
