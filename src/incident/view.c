#include "incident/inner.h"

/* What the rows say at a moment, with names and numbers from the directory. */

/* --- rows ------------------------------------------------------------------------------------ */

static bool kind_of(struct str act, enum step_kind *ret)
{
	for (unsigned k = STEP_OFFER; k <= STEP_END; k++)
		if (str_is(act, step_name((enum step_kind)k)))
			return *ret = (enum step_kind)k, true;
	return false;
}

static bool step_of_row(struct store_query *q, struct arena *arena, struct step *ret,
			struct err *err)
{
	*ret = (struct step){
		.site = arena_str(arena, store_col_str(q, 0)),
		.record = (uint64_t)store_col_int(q, 1),
		.said_ms = store_col_int(q, 2),
		.post = arena_str(arena, store_col_str(q, 4)),
		.target = arena_str(arena, store_col_str(q, 5)),
		.authority = arena_str(arena, store_col_str(q, 6)),
		.successor = arena_str(arena, store_col_str(q, 7)),
		.why = arena_str(arena, store_col_str(q, 8)),
		.until_ms = moment_col(q, 9),
		.accept_by_ms = moment_col(q, 10),
		.offer_site = arena_str(arena, store_col_str(q, 11)),
		.offer_record = (uint64_t)store_col_int(q, 12),
	};
	return kind_of(store_col_str(q, 3), &ret->kind) ||
	       err_set(err, ERR_CORRUPT, "a row of incident_step is of no act we know");
}

bool steps_load(const struct directory_view *view, struct steps *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct steps out = {0};
	size_t cap = 0;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT origin, record, said, act, post, target, authority, successor,"
			     " why, until, accept_by, offer_origin, offer_record FROM incident_step"
			     " WHERE said <= ?1 ORDER BY said, origin, record"),
			 ARGS(store_int(view->at_ms)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct step s;

		if (!step_of_row(q, view->arena, &s, err))
			return false;
		ARENA_PUSH(view->arena, &out, cap, s);
	}
	if (ok)
		*ret = out;
	return ok;
}

static bool end_known(const struct post_ends *ends, struct str post)
{
	for (size_t i = 0; i < ends->n; i++)
		if (str_eq(ends->v[i].post, post))
			return true;
	return false;
}

bool ends_load(const struct directory_view *view, const struct steps *steps, struct post_ends *ret,
	       struct err *err)
{
	struct post_ends out = {0};
	size_t cap = 0;

	for (size_t i = 0; i < 2 * steps->n; i++) {
		const struct step *s = &steps->v[i / 2];
		struct str id = i % 2 ? s->successor : s->target;
		struct post post = {.ended_ms = DIRECTORY_NO_DATE};

		if (!id.n || end_known(&out, id))
			continue;
		/* A post that another site knows alone is not known to have ended. */
		if (!directory_post_get(view, id, &post, err) && err->code != ERR_NOT_FOUND)
			return false;
		ARENA_PUSH(view->arena, &out, cap, ((struct post_end){id, post.ended_ms}));
	}
	*ret = out;
	return true;
}

static bool fold_at(const struct directory_view *view, struct incident_events *events,
		    struct lead_state *ret, struct err *err)
{
	struct steps steps = {0};
	struct post_ends ends = {0};
	struct fold f = {.arena = view->arena,
			 .steps = &steps,
			 .ends = &ends,
			 .at_ms = view->at_ms,
			 .events = events};

	if (!steps_load(view, &steps, err) || !ends_load(view, &steps, &ends, err))
		return false;
	fold_lead(&f, ret);
	return true;
}

bool lead_at(const struct directory_view *view, struct lead_state *ret, struct err *err)
{
	return fold_at(view, NULL, ret, err);
}

bool incident_history(const struct directory_view *view, struct incident_events *ret,
		      struct err *err)
{
	struct incident_events out = {0};
	struct lead_state state;

	if (!fold_at(view, &out, &state, err))
		return false;
	*ret = out;
	return true;
}

/* --- who that is, and how to reach them ------------------------------------------------------ */

static bool name_holders(const struct directory_view *view, struct incident_person *p,
			 struct str *ret_phone, struct err *err)
{
	struct holders holders = {0};

	if (!directory_holders(view, p->post, &holders, err))
		return false;
	for (size_t i = 0; i < holders.n; i++) {
		const struct holder *h = &holders.v[i];

		p->holder = arena_fmt(view->arena, "%.*s%s%.*s", STR_FMT(p->holder),
				      p->holder.n ? ", " : "", STR_FMT(h->name));
		if (!ret_phone->n)
			*ret_phone = h->phone;
	}
	return true;
}

/* Of the post, else of its kind. */
static const struct contact *contact_for(const struct contacts *contacts, const struct post *post)
{
	const struct contact *found = NULL;

	for (size_t i = 0; i < contacts->n; i++) {
		const struct contact *c = &contacts->v[i];

		if (str_eq(c->post, post->id))
			return c;
		if (str_eq(c->post, post->kind))
			found = c;
	}
	return found;
}

static bool person_of(const struct directory_view *view, struct str id, struct incident_person *ret,
		      struct err *err)
{
	struct incident_person p = {.post = id, .title = id};
	struct contacts contacts = {0};
	const struct contact *c;
	struct str phone = {0};
	struct post post = {0};

	if (!directory_post_get(view, id, &post, err)) {
		if (err->code != ERR_NOT_FOUND)
			return false;
		*ret = p;
		return true;
	}
	p.title = post.title.n ? post.title : post.kind;
	p.org = post.org;
	if (!name_holders(view, &p, &phone, err) ||
	    !directory_contacts(view, post.org, &contacts, err))
		return false;
	c = contact_for(&contacts, &post);
	if (c && !p.holder.n)
		p.holder = c->name;
	p.number = c && c->out_of_band.n ? c->out_of_band : c && c->phone.n ? c->phone : phone;
	*ret = p;
	return true;
}

bool incident_now(const struct directory_view *view, struct incident_now *ret, struct err *err)
{
	struct incident_now now = {0};
	struct lead_state s;

	if (!posture_at(view, &now.posture, err) || !lead_at(view, &s, err))
		return false;
	now.led = s.led;
	now.offered = s.open;
	if (s.led) {
		now.lead = (struct incident_lead){.authority = s.lead.authority,
						  .since_ms = s.lead.since_ms,
						  .until_ms = s.lead.until_ms,
						  .in_default = s.lead.in_default};
		if (!person_of(view, s.lead.post, &now.lead.who, err))
			return false;
	}
	if (s.open) {
		now.offer = (struct incident_offer){.by = s.offer.by,
						    .authority = s.offer.authority,
						    .reason = s.offer.reason,
						    .successor = s.offer.successor,
						    .site = s.offer.site,
						    .record = s.offer.record,
						    .said_ms = s.offer.said_ms,
						    .accept_by_ms = s.offer.accept_by_ms,
						    .until_ms = s.offer.until_ms,
						    .hand_over = s.offer.hand_over};
		if (!person_of(view, s.offer.to, &now.offer.to, err))
			return false;
	}
	*ret = now;
	return true;
}
