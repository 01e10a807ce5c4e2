#include "incident/inner.h"

/*
 * Who leads: steps in their order (time, site, number), and between them what time brings.  A
 * deadline counts before anything that was said at its moment.
 */

struct walk {
	const struct fold *f;
	struct lead_state s;
	size_t cap; /* of events */
};

static void note(struct walk *w, struct incident_event e)
{
	if (w->f->events)
		ARENA_PUSH(w->f->arena, w->f->events, w->cap, e);
}

static int64_t earlier(int64_t a, int64_t b)
{
	if (a == DIRECTORY_NO_DATE || b == DIRECTORY_NO_DATE)
		return a == DIRECTORY_NO_DATE ? b : a;
	return MIN_OF(a, b);
}

static int64_t end_of(const struct walk *w, struct str post)
{
	for (size_t i = 0; i < w->f->ends->n; i++)
		if (str_eq(w->f->ends->v[i].post, post))
			return w->f->ends->v[i].ended_ms;
	return DIRECTORY_NO_DATE;
}

/* A post leads no longer than it exists. */
static void begin_lead(struct walk *w, struct str post, int64_t at_ms, bool in_default)
{
	w->s.led = true;
	w->s.lead = (struct leading){.post = post,
				     .authority = w->s.offer.authority,
				     .since_ms = at_ms,
				     .until_ms = earlier(w->s.offer.until_ms, end_of(w, post)),
				     .mandate_until_ms = w->s.offer.until_ms,
				     .in_default = in_default};
	w->s.lead.until_ms = MAX_OF(w->s.lead.until_ms, at_ms);
	w->s.open = false;
}

/* --- what time brings --- */

/* What is left of a mandate that is over is nothing to hand on. */
static void lead_gone(struct walk *w)
{
	w->s.led = false;
	if (w->s.open && w->s.offer.hand_over)
		w->s.open = false;
}

static void lead_over(struct walk *w)
{
	note(w, (struct incident_event){.at_ms = w->s.lead.until_ms,
					.what = LEAD_OVER,
					.post = w->s.lead.post,
					.until_ms = DIRECTORY_NO_DATE});
	lead_gone(w);
}

/* Nobody accepted, by then or by saying so. */
static void fall_to_successor(struct walk *w, int64_t at_ms)
{
	note(w, (struct incident_event){.at_ms = at_ms,
					.what = LEAD_DEFAULTED,
					.post = w->s.offer.successor,
					.authority = w->s.offer.authority,
					.until_ms = w->s.offer.until_ms});
	begin_lead(w, w->s.offer.successor, at_ms, true);
}

static void offer_over(struct walk *w)
{
	if (w->s.offer.successor.n) {
		fall_to_successor(w, w->s.offer.accept_by_ms);
		return;
	}
	note(w, (struct incident_event){.at_ms = w->s.offer.accept_by_ms,
					.what = LEAD_LAPSED,
					.post = w->s.offer.to,
					.until_ms = DIRECTORY_NO_DATE});
	w->s.open = false;
}

static void pass_time(struct walk *w, int64_t to_ms)
{
	for (;;) {
		int64_t lead = w->s.led ? w->s.lead.until_ms : INT64_MAX;
		int64_t offer = w->s.open ? w->s.offer.accept_by_ms : INT64_MAX;

		if (MIN_OF(lead, offer) > to_ms)
			return;
		if (lead <= offer)
			lead_over(w);
		else
			offer_over(w);
	}
}

/* --- what is said --- */

static void take_offer(struct walk *w, const struct step *s)
{
	bool hand_over = s->kind == STEP_HAND_OVER;

	if (w->s.open)
		note(w, (struct incident_event){.at_ms = s->said_ms,
						.what = LEAD_REPLACED,
						.post = w->s.offer.to,
						.by = s->post,
						.until_ms = DIRECTORY_NO_DATE});
	w->s.open = true;
	w->s.offer =
		(struct offered){.to = s->target,
				 .by = s->post,
				 .authority = hand_over ? w->s.lead.authority : s->authority,
				 .successor = s->successor,
				 .reason = s->why,
				 .site = s->site,
				 .record = s->record,
				 .said_ms = s->said_ms,
				 .until_ms = hand_over ? w->s.lead.mandate_until_ms : s->until_ms,
				 .hand_over = hand_over};
	w->s.offer.accept_by_ms = earlier(s->accept_by_ms, w->s.offer.until_ms);
	note(w, (struct incident_event){.at_ms = s->said_ms,
					.what = hand_over ? LEAD_HANDED_ON : LEAD_OFFERED,
					.post = s->target,
					.by = s->post,
					.authority = w->s.offer.authority,
					.why = s->why,
					.until_ms = w->s.offer.until_ms});
}

static void take_accept(struct walk *w, const struct step *s)
{
	note(w, (struct incident_event){.at_ms = s->said_ms,
					.what = LEAD_ACCEPTED,
					.post = s->post,
					.by = s->post,
					.authority = w->s.offer.authority,
					.until_ms = w->s.offer.until_ms});
	begin_lead(w, s->post, s->said_ms, false);
}

static void take_decline(struct walk *w, const struct step *s)
{
	note(w, (struct incident_event){.at_ms = s->said_ms,
					.what = LEAD_DECLINED,
					.post = s->post,
					.by = s->post,
					.why = s->why,
					.until_ms = DIRECTORY_NO_DATE});
	if (w->s.offer.successor.n)
		fall_to_successor(w, s->said_ms);
	w->s.open = false;
}

static void take_end(struct walk *w, const struct step *s)
{
	note(w, (struct incident_event){.at_ms = s->said_ms,
					.what = LEAD_ENDED,
					.post = w->s.led ? w->s.lead.post : w->s.offer.to,
					.by = s->post,
					.why = s->why,
					.until_ms = DIRECTORY_NO_DATE});
	if (w->s.led)
		lead_gone(w);
	else
		w->s.open = false;
}

/* Records of several sites may not have known of each other: what no longer fits does nothing. */
static bool fits(const struct walk *w, const struct step *s)
{
	switch (s->kind) {
	case STEP_OFFER:
		return true;
	case STEP_ACCEPT:
	case STEP_DECLINE:
		return w->s.open && str_eq(s->post, w->s.offer.to) &&
		       str_eq(s->offer_site, w->s.offer.site) &&
		       s->offer_record == w->s.offer.record;
	case STEP_HAND_OVER:
		return w->s.led && str_eq(s->post, w->s.lead.post);
	case STEP_END:
		return w->s.led || w->s.open;
	}
	return false;
}

static void take(struct walk *w, const struct step *s)
{
	static void (*const takers[])(struct walk *, const struct step *) = {
		[STEP_OFFER] = take_offer,     [STEP_ACCEPT] = take_accept,
		[STEP_DECLINE] = take_decline, [STEP_HAND_OVER] = take_offer,
		[STEP_END] = take_end,
	};

	if (fits(w, s))
		takers[s->kind](w, s);
	else
		note(w, (struct incident_event){.at_ms = s->said_ms,
						.what = LEAD_VOID,
						.post = s->post,
						.by = s->post,
						.why = s->why,
						.until_ms = DIRECTORY_NO_DATE});
}

void fold_lead(const struct fold *f, struct lead_state *ret)
{
	struct walk w = {.f = f};

	for (size_t i = 0; i < f->steps->n; i++) {
		pass_time(&w, f->steps->v[i].said_ms);
		take(&w, &f->steps->v[i]);
	}
	pass_time(&w, f->at_ms);
	*ret = w.s;
}
