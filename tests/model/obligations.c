#include "obligations.h"

/* Where the walk has come to. */
struct walk {
	const struct twin_case *w;
	int64_t t;	      /* the moment */
	int64_t forgotten_ms; /* claims up to then don't count: an ordinal began */
	bool proved;	      /* closed by evidence */
	bool rest_was_seen;   /* closed until a date since evidence covered what is not exposed */
	struct obligation_verdict v;
};

/* --- what stands at the moment --- */

static const struct evidence_run *shows(const struct walk *k, size_t estate)
{
	const struct evidence_runs *runs = &k->w->estates[estate].runs;
	const struct evidence_run *found = NULL;

	for (size_t i = 0; i < runs->n; i++)
		if (runs->v[i].from_ms <= k->t)
			found = &runs->v[i];
	return k->w->facts->evidencable ? found : NULL;
}

static bool covered(const struct walk *k)
{
	for (size_t e = 0; e < k->w->nestates; e++)
		if (!shows(k, e) || shows(k, e)->covers_until_ms < k->t)
			return false;
	return true;
}

static uint64_t exposed(const struct walk *k)
{
	uint64_t n = 0;

	for (size_t e = 0; e < k->w->nestates; e++)
		n += shows(k, e) ? shows(k, e)->exposed : 0;
	return n;
}

static bool can_send_inventories(const struct twin_case *w)
{
	bool sent = w->facts->has_inventory;

	for (size_t e = 0; e < w->nestates; e++)
		sent = sent || w->estates[e].runs.n > 0;
	return sent && w->facts->evidencable;
}

static bool counts(const struct walk *k, const struct claim *c)
{
	return c->at_ms <= k->t && c->at_ms > k->forgotten_ms;
}

static bool answered(const struct walk *k)
{
	for (size_t i = 0; i < k->w->facts->nclaims; i++)
		if (counts(k, &k->w->facts->claims[i]))
			return true;
	return false;
}

static bool names(const struct claim *c, struct str id)
{
	for (size_t i = 0; i < c->ndevices; i++)
		if (str_eq(c->devices[i], id))
			return true;
	return false;
}

/* id empty: the estate as a whole. */
static bool about(const struct walk *k, const struct claim *c, size_t estate, struct str id)
{
	const struct twin_estate *e = &k->w->estates[estate];
	bool own = str_eq(c->org, e->org);
	bool heir = str_eq(c->org, k->w->facts->org) && c->at_ms >= e->since_ms;

	return counts(k, c) && (own || heir) && (c->ndevices == 0 || names(c, id));
}

static bool is_shield(const struct claim *c)
{
	return c->kind == CLAIM_MITIGATED || c->kind == CLAIM_EXCEPTED;
}

static bool is_work(const struct claim *c)
{
	return c->kind == CLAIM_IN_PROGRESS || c->kind == CLAIM_BLOCKED || c->kind == CLAIM_HELP ||
	       c->kind == CLAIM_APPLICABLE;
}

static bool shields_now(const struct walk *k, const struct claim *c)
{
	return is_shield(c) && c->approved && c->decided_ms > 0 && k->t >= c->decided_ms &&
	       k->t <= c->until_ms;
}

static bool says_done(const struct walk *k, const struct claim *c)
{
	if (c->kind == CLAIM_ATTESTED)
		return can_send_inventories(k->w) || k->t <= c->until_ms;
	return c->kind == CLAIM_FIXED || c->kind == CLAIM_NOT_APPLICABLE;
}

/* Forward through the claims: what was last said to be done, unless taken back; what shields. */
static const struct claim *decides(const struct walk *k, size_t estate, struct str id)
{
	const struct claim *done = NULL, *shield = NULL;

	for (size_t i = 0; i < k->w->facts->nclaims; i++) {
		const struct claim *c = &k->w->facts->claims[i];

		if (!about(k, c, estate, id))
			continue;
		if (is_work(c))
			done = NULL;
		if (says_done(k, c))
			done = c;
		if (shields_now(k, c))
			shield = c;
	}
	return !done ? shield : !shield ? done : done > shield ? done : shield;
}

/* --- the parts --- */

struct sum {
	enum obligation_state worst;
	int64_t until_ms;
	bool done, not_applicable;	/* of any part, of every part */
	enum obligation_state shielded; /* the worst of what is mitigated or excepted */
};

static void worse(struct sum *s, enum obligation_state state, const struct claim *c)
{
	if (state < s->worst)
		s->worst = state;
	if (obligation_is_closed(state) && (s->until_ms == 0 || c->until_ms < s->until_ms))
		s->until_ms = c->until_ms;
}

static void exposed_device(struct walk *k, size_t estate, const struct evidence_device *d,
			   struct sum *s)
{
	const struct claim *c = decides(k, estate, d->id);

	if (!c) {
		worse(s, answered(k) ? OBLIGATION_EXPOSED : OBLIGATION_EXPOSED_UNANSWERED, c);
	} else if (c->kind == CLAIM_MITIGATED) {
		k->v.mitigated++;
		worse(s, OBLIGATION_MITIGATED, c);
	} else if (c->kind == CLAIM_EXCEPTED) {
		k->v.excepted++;
		worse(s, OBLIGATION_EXCEPTED, c);
	} else if (d->seen_ms > c->at_ms) {
		k->v.differs++;
		worse(s, OBLIGATION_EVIDENCE_DIFFERS, c);
	} else {
		k->v.unproven++;
		worse(s, OBLIGATION_UNPROVEN, c);
	}
}

static enum obligation_state unseen_state(const struct walk *k, const struct claim *c)
{
	if (!c)
		return answered(k) ? OBLIGATION_UNKNOWN : OBLIGATION_UNKNOWN_UNANSWERED;
	if (c->kind == CLAIM_MITIGATED)
		return OBLIGATION_MITIGATED;
	if (c->kind == CLAIM_EXCEPTED)
		return OBLIGATION_EXCEPTED;
	if (c->kind == CLAIM_ATTESTED && !can_send_inventories(k->w))
		return OBLIGATION_ATTESTED;
	return OBLIGATION_UNPROVEN;
}

static void unseen_part(const struct walk *k, size_t estate, struct str id, struct sum *s)
{
	const struct claim *c = decides(k, estate, id);

	if (c && is_shield(c) && s->shielded > unseen_state(k, c))
		s->shielded = unseen_state(k, c);
	worse(s, unseen_state(k, c), c);
	if (c && c->kind != CLAIM_NOT_APPLICABLE)
		s->done = true;
	if (!c || c->kind != CLAIM_NOT_APPLICABLE)
		s->not_applicable = false;
}

static void named_parts(const struct walk *k, size_t estate, struct sum *s)
{
	for (size_t i = 0; i < k->w->facts->nclaims; i++) {
		const struct claim *c = &k->w->facts->claims[i];

		for (size_t d = 0; d < c->ndevices; d++)
			if (about(k, c, estate, c->devices[d]))
				unseen_part(k, estate, c->devices[d], s);
	}
}

static struct sum unseen_parts(const struct walk *k)
{
	struct sum s = {
		.worst = OBLIGATION_STATES, .not_applicable = true, .shielded = OBLIGATION_STATES};

	for (size_t e = 0; e < k->w->nestates; e++) {
		unseen_part(k, e, (struct str){0}, &s);
		named_parts(k, e, &s);
	}
	return s;
}

static enum obligation_state clear_word(const struct walk *k)
{
	struct sum s = unseen_parts(k);

	if (!answered(k))
		return OBLIGATION_CLEAR_UNANSWERED;
	return s.done		  ? OBLIGATION_VERIFIED
	       : s.not_applicable ? OBLIGATION_VERIFIED_NOT_APPLICABLE
				  : OBLIGATION_CLEAR;
}

/* --- a moment passes --- */

static bool said_now(const struct walk *k)
{
	for (size_t i = 0; i < k->w->facts->nclaims; i++) {
		const struct claim *c = &k->w->facts->claims[i];

		if (counts(k, c) && (c->at_ms == k->t || c->decided_ms == k->t))
			return true;
	}
	return false;
}

/* An inventory taken at this moment shows exposure where a closure stood. */
static void begin_again(struct walk *k)
{
	int64_t start = k->t;

	for (size_t e = 0; e < k->w->nestates; e++)
		if (shows(k, e) && shows(k, e)->from_ms == k->t && shows(k, e)->known_ms > start)
			start = shows(k, e)->known_ms;
	if (start < k->w->facts->start_ms)
		start = k->w->facts->start_ms;
	k->v.ordinal++;
	k->v.start_ms = start;
	k->v.previous_closed_ms = k->v.closed_ms;
	k->v.previous_closed_by = k->v.closed_by;
	k->v.closed_ms = 0;
	k->v.closed_by = (struct record_ref){0};
	k->proved = k->rest_was_seen = false;
	k->v.state = OBLIGATION_EXPOSED_UNANSWERED;
	k->forgotten_ms = k->t;
}

static struct sum exposed_parts(struct walk *k)
{
	struct sum s = {.worst = OBLIGATION_STATES};

	for (size_t e = 0; e < k->w->nestates; e++)
		for (size_t i = 0; shows(k, e) && i < shows(k, e)->exposed; i++)
			exposed_device(k, e, &shows(k, e)->v[i], &s);
	return s;
}

static void open_moment(struct walk *k)
{
	struct sum s = exposed_parts(k), rest = unseen_parts(k);
	bool were_closed = obligation_is_closed(k->v.state);

	if (exposed(k) && obligation_is_closed(s.worst) && (covered(k) || k->rest_was_seen)) {
		/* the rest is known, or stays as it was when it was */
	} else if (!exposed(k) && k->rest_was_seen && rest.shielded < OBLIGATION_STATES) {
		s = rest;
		s.worst = rest.shielded;
	} else if (!covered(k)) {
		if (rest.worst < s.worst)
			s.worst = rest.worst;
		if (rest.until_ms && (!s.until_ms || rest.until_ms < s.until_ms))
			s.until_ms = rest.until_ms;
	}
	k->v.state = s.worst;
	k->v.until_ms = obligation_is_closed(s.worst) ? s.until_ms : 0;
	k->rest_was_seen = obligation_is_closed(s.worst) && (k->rest_was_seen || covered(k));
	if (!obligation_is_closed(s.worst))
		k->v.closed_ms = 0;
	else if (!were_closed)
		k->v.closed_ms = k->t;
}

/* The inventory taken last, and its number. */
static struct record_ref cited(const struct walk *k)
{
	const struct evidence_run *last = NULL;

	for (size_t e = 0; e < k->w->nestates; e++)
		if (shows(k, e) && (!last || shows(k, e)->from_ms > last->from_ms))
			last = shows(k, e);
	return last ? last->ref : (struct record_ref){0};
}

static void moment(struct walk *k)
{
	k->v.differs = k->v.unproven = k->v.mitigated = k->v.excepted = 0;
	if (k->proved && exposed(k))
		begin_again(k);
	if (k->proved) {
		if (covered(k) && said_now(k))
			k->v.state = clear_word(k);
	} else if (covered(k) && !exposed(k)) {
		k->v.state = clear_word(k);
		k->v.until_ms = 0;
		k->proved = answered(k);
		k->v.closed_ms = k->proved ? k->t : 0;
		k->v.closed_by = k->proved ? cited(k) : (struct record_ref){0};
	} else {
		open_moment(k);
	}
}

/* --- clocks --- */

static bool rests(const struct calendar *c, int64_t day)
{
	int64_t weekday = (day + 4) % 7;

	for (size_t i = 0; i < c->nholidays; i++)
		if (c->holidays[i] == day)
			return true;
	return weekday == 0 || weekday == 6;
}

static int64_t due(const struct walk *k, int64_t from_ms, int64_t n)
{
	const struct obligation_facts *f = k->w->facts;
	int64_t day = from_ms / MS_PER_DAY;

	if (n == 0)
		return 0;
	if (f->clock.elapsed)
		return from_ms + n;
	while (n > 0) {
		day++;
		if (!rests(f->calendar, day))
			n--;
	}
	return (day + 1) * MS_PER_DAY - 1;
}

static bool waits(const struct walk *k, size_t estate, struct str id)
{
	bool waiting = false;

	for (size_t i = 0; i < k->w->facts->nclaims; i++) {
		const struct claim *c = &k->w->facts->claims[i];

		if (!about(k, c, estate, id))
			continue;
		if (c->kind == CLAIM_BLOCKED)
			waiting = true;
		if (c->kind == CLAIM_IN_PROGRESS || c->kind == CLAIM_FIXED ||
		    c->kind == CLAIM_NOT_APPLICABLE || c->kind == CLAIM_ATTESTED)
			waiting = false;
	}
	return waiting;
}

static bool everything_waits(const struct walk *k)
{
	for (size_t e = 0; e < k->w->nestates; e++) {
		for (size_t i = 0; shows(k, e) && i < shows(k, e)->exposed; i++) {
			struct str id = shows(k, e)->v[i].id;

			if (!waits(k, e, id) &&
			    !(decides(k, e, id) && is_shield(decides(k, e, id))))
				return false;
		}
		if (!exposed(k) && !waits(k, e, (struct str){0}))
			return false;
	}
	return true;
}

static bool makes_wait(const struct walk *k, const struct claim *c, size_t estate)
{
	const struct str whole = {0};

	for (size_t d = 0; d < c->ndevices; d++)
		if (about(k, c, estate, c->devices[d]) && waits(k, estate, c->devices[d]))
			return true;
	return !c->ndevices && about(k, c, estate, whole) && waits(k, estate, whole);
}

static bool anything_waits(const struct walk *k)
{
	for (size_t e = 0; e < k->w->nestates; e++)
		for (size_t i = 0; i < k->w->facts->nclaims; i++) {
			const struct claim *c = &k->w->facts->claims[i];

			if (c->kind == CLAIM_BLOCKED && makes_wait(k, c, e))
				return true;
		}
	return false;
}

static void put_right_by(struct walk *k)
{
	const struct obligation_facts *f = k->w->facts;
	struct obligation_verdict *v = &k->v;
	int64_t by = f->remediate_by_ms > v->start_ms ? f->remediate_by_ms
						      : due(k, v->start_ms, f->clock.remediate);

	if (v->ordinal == 1 && f->due_before_ms && (!by || f->due_before_ms < by))
		by = f->due_before_ms;
	if (!v->blocked || !everything_waits(k)) {
		v->remediate_due_ms = by;
		return;
	}
	v->mitigate_due_ms = by;
	if (f->fix_ms && f->fix_ms <= k->t) {
		v->remediate_due_ms = due(k, f->fix_ms, f->clock.remediate);
		if (v->remediate_due_ms < by)
			v->remediate_due_ms = by;
	}
}

static void consider(int64_t date_ms, int64_t *first_ms)
{
	if (date_ms && (!*first_ms || date_ms < *first_ms))
		*first_ms = date_ms;
}

static void clocks(struct walk *k)
{
	const struct obligation_facts *f = k->w->facts;
	struct obligation_verdict *v = &k->v;

	for (size_t i = 0; i < f->nclaims; i++) {
		const struct claim *c = &f->claims[i];

		if (!counts(k, c))
			continue;
		v->answered_ms = v->answered ? v->answered_ms : c->at_ms;
		v->answered = true;
		v->updated_ms = c->at_ms;
		if (is_shield(c) && (!c->decided_ms || c->decided_ms > k->t) && k->t <= c->until_ms)
			v->pending = true;
	}
	v->blocked = anything_waits(k);
	if (obligation_is_closed(v->state)) {
		v->due_ms = v->until_ms;
		return;
	}
	if (v->answered)
		v->update_due_ms = due(k, v->updated_ms, f->clock.update);
	else
		v->acknowledge_due_ms = due(k, v->start_ms, f->clock.acknowledge);
	if (v->state != OBLIGATION_CLEAR_UNANSWERED)
		put_right_by(k);
	consider(v->acknowledge_due_ms, &v->due_ms);
	consider(v->update_due_ms, &v->due_ms);
	consider(v->remediate_due_ms, &v->due_ms);
	consider(v->mitigate_due_ms, &v->due_ms);
	v->overdue = f->reached && v->due_ms && f->now_ms > v->due_ms;
}

/* --- the walk --- */

struct moments {
	int64_t at_ms[TWIN_MOMENTS];
	size_t n;
};

static void add_moment(struct moments *m, int64_t at_ms, int64_t now_ms)
{
	size_t i = m->n;

	if (at_ms > now_ms)
		return;
	while (i > 0 && m->at_ms[i - 1] > at_ms) {
		m->at_ms[i] = m->at_ms[i - 1];
		i--;
	}
	m->at_ms[i] = at_ms;
	m->n++;
}

void twin_judge(const struct twin_case *w, struct obligation_verdict *ret)
{
	const struct obligation_facts *f = w->facts;
	struct walk k = {.w = w, .forgotten_ms = INT64_MIN};
	struct moments m = {.n = 0};

	for (size_t i = 0; i < f->nclaims; i++) {
		add_moment(&m, f->claims[i].at_ms, f->now_ms);
		add_moment(&m, f->claims[i].decided_ms, f->now_ms);
		add_moment(&m, f->claims[i].until_ms + 1, f->now_ms);
	}
	for (size_t e = 0; e < w->nestates; e++)
		for (size_t i = 0; i < w->estates[e].runs.n; i++) {
			add_moment(&m, w->estates[e].runs.v[i].from_ms, f->now_ms);
			add_moment(&m, w->estates[e].runs.v[i].covers_until_ms + 1, f->now_ms);
		}
	add_moment(&m, f->now_ms, f->now_ms);
	k.v.ordinal = 1;
	k.v.start_ms = f->start_ms;
	for (size_t i = 0; i < m.n; i++) {
		k.t = m.at_ms[i];
		moment(&k);
	}
	k.v.covering = covered(&k);
	k.v.exposed = exposed(&k);
	clocks(&k);
	*ret = k.v;
}
