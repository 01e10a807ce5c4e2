#include "exposure/why.h"

#include <stdarg.h>

#include "exposure/eval.h"

/* The chain of reasons for one device. */

const char *exposure_reason_name(enum exposure_reason_kind kind)
{
	static const char *const names[] = {
		"state", "vulnerability", "coverage", "component", "configuration", "criterion",
		"line",	 "level",	  "fix",      "file",	   "mitigation",    "missing"};

	assert((size_t)kind < ARRAY_LEN(names));
	return names[kind];
}

/* ---- inquiries ------------------------------------------------------------------------ */

static void criterion_note(void *ctx, const struct tree *t)
{
	struct inquiry *q = ctx;
	const struct leaf *l;
	struct tree *own;

	if (t->op == CONFIG_UNREADABLE) {
		q->unreadable = true;
		return;
	}
	l = &q->w->leaves.v[q->w->criteria[t->match].leaf];
	if (l->s[LEAF_TRUE].n + l->s[LEAF_MAYBE].n + l->s[LEAF_BEYOND].n == 0)
		return;
	own = ARENA_NEW(q->arena, struct tree);
	*own = *t;
	own->by_name = criterion_by_name(q->w, t, q->on_windows);
	VEC_PUSH(&q->named, own);
}

void inquiry_begin(struct inquiry *q, const struct part *w, const struct vuln_row *v,
		   struct arena *arena)
{
	*q = (struct inquiry){.w = w, .v = v, .arena = arena};
	q->nconfigs = tree_read(w->image, v, arena, &q->configs);
	q->vendor_speaks = vendor_speaks_of(w, v);
	for (size_t i = 0; i < q->nconfigs; i++) {
		q->on_windows = tree_on_windows(w, q->configs[i]);
		tree_each(q->configs[i], criterion_note, q);
	}
}

void inquiry_end(struct inquiry *q)
{
	free(q->named.v);
}

void account_begin(struct account *a, struct inquiry *q, const struct unit *o, uint32_t device)
{
	*a = (struct account){.q = q,
			      .o = o,
			      .d = &o->segment->devices[device],
			      .state = &q->w->states[o->state_no[device]],
			      .device = device};
	a->raws = q->raws ? q->raws[device] : segment_raws(o->segment, device, q->arena);
	a->nids = device_ids(q->w, &(struct one_device){o, device, a->raws}, q->arena, &a->ids);
	vendor_read(a);
}

void account_end(struct account *a)
{
	free(a->reasons.v);
}

void reason_add(struct account *a, enum exposure_reason_kind kind, unsigned depth, const char *fmt,
		...)
{
	char line[2048];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	n = MIN_OF(MAX_OF(n, 0), (int)sizeof(line) - 1);
	for (int i = 0; i < n; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == '\x7f')
			line[i] = ' '; /* a reason is one line, whatever an inventory says */
	VEC_PUSH(&a->reasons,
		 (struct exposure_reason){kind, depth,
					  arena_str(a->q->arena, str_from(line, (size_t)n))});
}

/* ---- coverage ----------------------------------------------------------------------------- */

bool facet_covered(const struct account *a, enum facet facet)
{
	const struct estate_seen *f = &a->d->facet[facet];

	if (facet == FACET_OS)
		return a->state->os_covered;
	return estate_is_fresh(f, a->o->now_ms) && !f->incomplete;
}

struct str facet_text(const struct account *a, enum facet facet)
{
	const struct estate_seen *f = &a->d->facet[facet];
	char day[STAMP_BYTES], until[STAMP_BYTES];
	int64_t days = estate_fresh_days((enum estate_kind)f->kind);

	if (!f->seen_ms)
		return arena_fmt(a->q->arena, "%s: never seen by any source", facet_name(facet));
	if (!estate_is_fresh(f, a->o->now_ms))
		return arena_fmt(a->q->arena, "%s: seen %s by %s; stale since %s",
				 facet_name(facet), date_format(f->seen_ms, day).p,
				 estate_kind_name((enum estate_kind)f->kind),
				 date_format(f->seen_ms + days * MS_PER_DAY, until).p);
	if (facet == FACET_OS && !f->incomplete && !a->state->os_covered)
		return arena_fmt(a->q->arena, "%s: seen %s, but no operating system was stated",
				 facet_name(facet), date_format(f->seen_ms, day).p);
	return arena_fmt(a->q->arena, "%s: seen %s by %s; fresh%s", facet_name(facet),
			 date_format(f->seen_ms, day).p,
			 estate_kind_name((enum estate_kind)f->kind),
			 !f->incomplete	     ? ""
			 : facet == FACET_OS ? ", but only guessed"
					     : ", but the list is incomplete");
}

struct str facet_stale(const struct account *a, enum facet facet)
{
	const struct estate_seen *f = &a->d->facet[facet];
	char day[STAMP_BYTES], until[STAMP_BYTES];
	int64_t days = estate_fresh_days((enum estate_kind)f->kind);

	if (!f->seen_ms || estate_is_fresh(f, a->o->now_ms))
		return STR("");
	return arena_fmt(a->q->arena, "as seen on %s; stale since %s",
			 date_format(f->seen_ms, day).p,
			 date_format(f->seen_ms + days * MS_PER_DAY, until).p);
}

/* The raw or system that stands behind an id of the device, as stated. */
static void source_explain(struct account *a, uint32_t id)
{
	const struct part *w = a->q->w;
	const struct segment *s = a->o->segment;

	for (uint32_t i = 0; i < a->raws.n; i++) {
		const struct estate_raw *raw = &s->raws[a->raws.v[i]];
		const struct meaning *m = &w->raws[a->o->raw_no[a->raws.v[i]]];
		struct str name = seg_str(s, raw->name), publisher = seg_str(s, raw->publisher);

		for (uint32_t j = 0; j < m->n; j++) {
			if (w->meant[m->first + j] != id)
				continue;
			if (name.n == 0)
				name = seg_str(s, raw->cpe.n ? raw->cpe : raw->purl);
			reason_add(a, REASON_COMPONENT, 2,
				   "stated by the inventory as \"%.*s%s%.*s\" %.*s (%s)",
				   STR_FMT(publisher), publisher.n ? " " : "", STR_FMT(name),
				   STR_FMT(seg_str(s, raw->version)), resolution_name(m->how));
			return;
		}
	}
	reason_add(a, REASON_COMPONENT, 2, "from the operating system: \"%.*s\" %u.%u.%u.%u",
		   STR_FMT(seg_str(s, a->d->os_name)), a->d->os_major, a->d->os_minor,
		   a->d->os_build, a->d->os_revision);
}

enum { COMPONENTS_MOST = 30 };

/* What the device holds that some criterion names. */
static void components_explain(struct account *a)
{
	uint32_t shown[COMPONENTS_MOST], n = 0;

	for (size_t i = 0; i < a->q->named.n && n < COMPONENTS_MOST; i++) {
		struct finding f = criterion_find(a, a->q->named.v[i]);
		bool seen = f.id == NONE;

		for (uint32_t j = 0; j < n; j++)
			seen |= shown[j] == f.id;
		if (seen)
			continue;
		if (n == 0)
			reason_add(a, REASON_COMPONENT, 0, "what the device holds that is named");
		shown[n++] = f.id;
		reason_add(a, REASON_COMPONENT, 1, "%.*s", STR_FMT(id_text(a, f.id)));
		source_explain(a, f.id);
	}
}

/* ---- the answer ------------------------------------------------------------------------------ */

int64_t facet_seen(const struct account *a, enum facet facet)
{
	return a->d->facet[facet].seen_ms;
}

static enum facet criterion_facet(const struct account *a, const struct tree *t)
{
	const struct part *w = a->q->w;

	return w->leaves.v[w->criteria[t->match].leaf].mask == MASK_OS ? FACET_OS : FACET_SOFTWARE;
}

static struct str criterion_line(const struct account *a, const struct tree *t,
				 const struct finding *f)
{
	struct str held = id_text(a, f->id), how = comparison_text(a, t, f);
	const char *more = "";

	/* The version of a Windows never changes with its updates. */
	if (f->value == TRI_TRUE && t->by_name && !a->ruled && a->q->vendor_speaks)
		more = "; the update data held do not name this Windows, so one that is patched "
		       "shows as exposed too";
	else if (f->value == TRI_TRUE && t->by_name && !a->ruled)
		more = "; no update data for Windows is held for it, so a patched machine shows as "
		       "exposed too";
	return arena_fmt(a->q->arena, "%.*s: %.*s%s", STR_FMT(held), STR_FMT(how), more);
}

static struct str missing_line(const struct account *a, int64_t *ret_seen)
{
	static const enum facet order[] = {FACET_SOFTWARE, FACET_OS};

	*ret_seen = 0;
	if (a->q->unreadable)
		return STR("a criterion of the feed could not be read");
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		if (!facet_covered(a, order[i])) {
			*ret_seen = facet_seen(a, order[i]);
			return facet_text(a, order[i]);
		}
	return STR("what is known does not settle it");
}

/* Is anything on this device that a criterion names?  Whatever others hold. */
static bool holds_named(const struct account *a)
{
	for (size_t i = 0; i < a->q->named.n; i++)
		if (criterion_find(a, a->q->named.v[i]).id != NONE)
			return true;
	return false;
}

static struct str decisive_line(const struct account *a, enum exposure_state state,
				int64_t *ret_seen)
{
	static const int says[] = {[EXPOSURE_EXPOSED] = VERDICT_EXPOSED,
				   [EXPOSURE_FIXED] = VERDICT_FIXED,
				   [EXPOSURE_UNKNOWN] = VERDICT_UNKNOWN,
				   [EXPOSURE_NOT_AFFECTED] = VERDICT_CLEAR};
	struct finding f;
	const struct tree *t;
	bool vendor =
		a->verdict >= 0 && (a->verdict == says[state] ||
				    (state == EXPOSURE_UNKNOWN && a->verdict == VERDICT_NO_LINE));

	if (vendor) {
		*ret_seen = facet_seen(a, vendor_facet(a));
		return vendor_line(a);
	}
	t = criterion_decisive(a, state, &f);
	if (t) {
		*ret_seen = facet_seen(a, criterion_facet(a, t));
		return criterion_line(a, t, &f);
	}
	if (state == EXPOSURE_UNKNOWN)
		return missing_line(a, ret_seen);
	*ret_seen = MIN_OF(facet_seen(a, FACET_OS), facet_seen(a, FACET_SOFTWARE));
	if (state == EXPOSURE_NOT_AFFECTED && a->q->nconfigs == 0)
		return STR("the vendor does not list what it runs");
	return holds_named(a) ? STR("no configuration holds for it")
			      : STR("none of the products concerned is on it");
}

void why_line(struct inquiry *q, const struct unit *o, uint32_t device, enum exposure_state state,
	      struct exposure_device *ret)
{
	struct account a;

	account_begin(&a, q, o, device);
	ret->why = decisive_line(&a, state, &ret->seen_ms);
	account_end(&a);
}

static enum exposure_state state_of(const struct account *a, uint32_t class)
{
	const struct part *w = a->q->w;
	AUTO(scratch_closep) struct scratch *s = scratch_open(w->widest);
	struct sets r = class_eval(w, a->o, class, s);

	if (bits_has(r.t, a->device))
		return EXPOSURE_EXPOSED;
	if (bits_has(r.u, a->device))
		return EXPOSURE_UNKNOWN;
	return bits_has(r.x, a->device) ? EXPOSURE_FIXED : EXPOSURE_NOT_AFFECTED;
}

static void vuln_explain(struct account *a)
{
	const struct vuln_row *v = a->q->v;
	char day[STAMP_BYTES];

	if (v->state == VULN_AWAITING)
		reason_add(a, REASON_VULN, 0, "%.*s: awaiting analysis%s", STR_FMT(v->cve),
			   v->nfixes ? "; the vendor's word on Windows lines decides alone" : "");
	else if (v->state == VULN_REJECTED)
		reason_add(a, REASON_VULN, 0, "%.*s: rejected by its authority", STR_FMT(v->cve));
	else
		reason_add(a, REASON_VULN, 0, "%.*s: %zu %s%s", STR_FMT(v->cve), a->q->nconfigs,
			   plural(a->q->nconfigs, "configuration", "configurations"),
			   v->from_override ? " (of an override)" : "");
	if (v->kev)
		reason_add(a, REASON_VULN, 1, "known to be exploited%s%s%s",
			   v->kev_ransomware ? ", by ransomware too" : "",
			   v->kev_due_ms ? "; due " : "",
			   v->kev_due_ms ? date_format(v->kev_due_ms, day).p : "");
}

static void missing_explain(struct account *a)
{
	for (int f = 0; f < FACETS; f++) {
		if (facet_covered(a, (enum facet)f))
			continue;
		if (f == FACET_UPDATES && !(a->ruled && a->verdict == VERDICT_UNKNOWN))
			continue;
		reason_add(a, REASON_MISSING, 0,
			   "a fresh, complete inventory of %s would settle it",
			   facet_name((enum facet)f));
	}
}

static void all_explain(struct account *a, enum exposure_state state)
{
	int64_t seen;
	struct str line = decisive_line(a, state, &seen);

	reason_add(a, REASON_STATE, 0, "%s: %.*s", exposure_state_name(state), STR_FMT(line));
	vuln_explain(a);
	vendor_explain(a);
	configs_explain(a);
	components_explain(a);
	reason_add(a, REASON_COVERAGE, 0, "what was seen of the device");
	for (int f = 0; f < FACETS; f++)
		reason_add(a, REASON_COVERAGE, 1, "%.*s", STR_FMT(facet_text(a, (enum facet)f)));
	if (a->d->smb1_off == SAID_YES)
		reason_add(a, REASON_MITIGATION, 0,
			   "SMBv1 is switched off: a mitigation, shown beside, never a fix");
	if (state == EXPOSURE_UNKNOWN)
		missing_explain(a);
}

bool exposure_why(const struct exposure_world *w, const struct exposure_question *question,
		  struct arena *arena, struct exposure_why *ret, struct err *err)
{
	struct asked_of asked;
	struct spot spot;
	struct exposure_reason *kept;
	struct exposure_why r = {.device = question->device, .cve = question->cve};
	struct inquiry q;
	struct account a;
	uint32_t class;

	if (!world_ask(w, question->cve, &asked, err) ||
	    !device_find(w, question->org, question->device, &spot, err))
		return false;
	class = asked_class(&asked, spot.part);
	inquiry_begin(&q, asked.parts[spot.part], asked.v, arena);
	account_begin(&a, &q, spot.unit, spot.device);
	r.org = spot.unit->segment->org;
	r.vuln = (enum vuln_state)asked.v->state;
	r.judged = class != NONE;
	if (r.judged) {
		r.state = state_of(&a, class);
		all_explain(&a, r.state);
	} else {
		vuln_explain(&a);
	}
	kept = ARENA_ARRAY(arena, struct exposure_reason, a.reasons.n + 1);
	if (a.reasons.n)
		memcpy(kept, a.reasons.v, a.reasons.n * sizeof(*kept));
	r.v = kept;
	r.n = a.reasons.n;
	account_end(&a);
	inquiry_end(&q);
	*ret = r;
	return true;
}

void exposure_why_text(const struct exposure_why *why, struct text *out)
{
	for (size_t i = 0; i < why->n; i++) {
		for (unsigned d = 0; d < why->v[i].depth; d++)
			text_add_c(out, "  ");
		text_add(out, why->v[i].text);
		text_add_char(out, '\n');
	}
}
