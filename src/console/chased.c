#include "console/bulk.h"

#include "pages.h"

/* Who was asked again, and which rows of an alert's table are shown. */

static int by_org(const void *a, const void *b)
{
	const struct chase *x = a, *y = b;
	int c = str_cmp(x->org, y->org);

	c = c ? c : (y->at_ms > x->at_ms) - (y->at_ms < x->at_ms);
	return c ? c : (y->record > x->record) - (y->record < x->record);
}

bool chased_read(struct look *l, struct str alert, struct str org, struct chased *ret,
		 struct err *err)
{
	struct chase_list list;

	if (!alert_chases(&l->view, alert, org, &list, err))
		return false;
	if (list.n > 1)
		qsort(list.v, list.n, sizeof(*list.v), by_org);
	*ret = (struct chased){list.v, list.n};
	return true;
}

const struct chase *chased_latest(const struct chased *all, struct str org, size_t *ret_times)
{
	size_t lo = 0, hi = all->n, end;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (str_cmp(all->v[mid].org, org) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (end = lo; end < all->n && str_eq(all->v[end].org, org);)
		end++;
	*ret_times = end - lo;
	return end > lo ? &all->v[lo] : NULL;
}

struct str chased_words(struct look *l, const struct chased *all, struct str org)
{
	size_t times;
	const struct chase *k = chased_latest(all, org, &times);

	if (!k)
		return (struct str){0};
	return arena_fmt(l->arena, "%s %.*s by %.*s", k->raised ? "escalated" : "chased",
			 STR_FMT(moment_words(l, k->at_ms)), STR_FMT(k->post));
}

void grid_chased(struct grid *g, const struct chased *all, struct str org)
{
	size_t times;
	const struct chase *k = chased_latest(all, org, &times);

	if (!k) {
		grid_when(g, 0);
		return;
	}
	grid_when(g, k->at_ms);
	if (times > 1)
		grid_note(g,
			  arena_fmt(g->look->arena, "%s by %.*s, the last of %zu times",
				    k->raised ? "escalated" : "chased", STR_FMT(k->post), times));
	else
		grid_note(g, arena_fmt(g->look->arena, "%s by %.*s",
				       k->raised ? "escalated" : "chased", STR_FMT(k->post)));
}

/* --- rows that are shown --- */

static const char *const filters[] = {"state",	 "region",     "text", "overdue", "pending",
				      "reached", "unanswered", "help", "chased"};

struct str wanted_query(const struct look *l)
{
	AUTO(text_freep) struct text to = {0};

	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		struct str said = web_query(l->req, filters[i]);

		if (!said.n)
			continue;
		text_addf(&to, "%s%s=", to.n ? "&" : "?", filters[i]);
		page_url(&to, said);
	}
	return arena_str(l->arena, text_str(&to));
}

void wanted_read(struct look *l, struct wanted *w)
{
	struct str state = web_query(l->req, "state");

	*w = (struct wanted){.region = web_query(l->req, "region"),
			     .text = str_trim(web_query(l->req, "text")),
			     .chased = web_query(l->req, "chased"),
			     .overdue = web_query(l->req, "overdue").n > 0,
			     .unanswered = web_query(l->req, "unanswered").n > 0,
			     .help = web_query(l->req, "help").n > 0,
			     .pending = web_query(l->req, "pending").n > 0,
			     .unreached = str_is(web_query(l->req, "reached"), "no")};
	for (unsigned i = 0; i < OBLIGATION_STATES; i++)
		if (str_is(state, obligation_state_name((enum obligation_state)i)))
			w->states |= 1u << i;
}

bool needs_help(const struct obligation *o)
{
	struct str help = str_of(claim_kind_name(CLAIM_HELP));

	return o->claims.n >= help.n && !obligation_is_closed(o->is.state) &&
	       str_eq(str_from_offset(o->claims, o->claims.n - help.n), help);
}

bool is_wanted(const struct wanted *w, const struct obligation *o, const struct chased *chased)
{
	size_t times;

	return (!w->states || w->states >> o->is.state & 1) &&
	       (!w->region.n || str_eq(w->region, o->region)) && (!w->overdue || o->is.overdue) &&
	       (!w->help || needs_help(o)) && (!w->unanswered || !o->is.answered) &&
	       (!w->pending || o->is.pending) &&
	       (!w->unreached || (!o->reached && !obligation_is_closed(o->is.state))) &&
	       (!w->chased.n ||
		str_is(w->chased, "yes") == (chased_latest(chased, o->org, &times) != NULL)) &&
	       (!w->text.n || str_find_ci(o->name, w->text, 0) != SIZE_MAX ||
		str_find_ci(o->org, w->text, 0) != SIZE_MAX);
}
