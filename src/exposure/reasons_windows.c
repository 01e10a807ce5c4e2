#include "exposure/why.h"

/* The vendor's word on a device's Windows line, in words. */

static uint32_t line_of(const struct account *a)
{
	return a->state->line < a->q->w->windows->nlines ? a->state->line : NONE;
}

/* The rule again, whole: the world keeps it by content. */
static const struct rule *rule_find(const struct account *a)
{
	const struct windows *x = a->q->w->windows;
	size_t vuln = (size_t)(a->q->v - a->q->w->image->vulns);

	for (uint32_t i = x->first[vuln]; i < x->first[vuln + 1]; i++)
		if (x->rules.v[x->of_vuln.v[i]].line == a->state->line)
			return &x->rules.v[x->of_vuln.v[i]];
	return NULL;
}

bool vendor_speaks_of(const struct part *w, const struct vuln_row *v)
{
	bool speaks = false;

	for (uint32_t i = 0; i < v->nfixes; i++)
		speaks |= w->image->fixes[v->first_fix + i].kind != FIX_NOT_KB;
	return speaks;
}

bool criterion_by_name(const struct part *w, const struct tree *t, bool on_windows)
{
	return criterion_about_windows(w, t, on_windows) &&
	       !match_has_range(&w->image->matches[t->match]);
}

struct silence {
	const struct part *w;
	bool on_windows, found;
};

static void silence_note(void *ctx, const struct tree *t)
{
	struct silence *s = ctx;

	s->found = s->found || criterion_by_name(s->w, t, s->on_windows);
}

bool exposure_by_name_alone(const struct exposure_world *w, const struct vuln_row *v)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct asked_of asked;
	struct silence s = {0};
	struct tree **configs;
	struct err err;
	size_t n;

	if (!world_ask(w, v->cve, &asked, &err))
		return false;
	s.w = asked.parts[0];
	n = vendor_speaks_of(s.w, asked.v) ? 0 : tree_read(asked.image, asked.v, arena, &configs);

	for (size_t i = 0; i < n && !s.found; i++) {
		s.on_windows = tree_on_windows(s.w, configs[i]);
		tree_each(configs[i], silence_note, &s);
	}
	return s.found;
}

void vendor_read(struct account *a)
{
	const struct rule *kept = line_of(a) == NONE ? NULL : rule_find(a);
	struct rule rows;

	a->verdict = -1;
	a->ruled = kept != NULL;
	if (kept) {
		a->rule = *kept;
		a->rule_line = windows_rule_of(a->q->w, a->q->v, line_of(a), &rows);
		a->verdict = rule_judge(kept, a->state);
	} else if (a->q->vendor_speaks &&
		   (a->state->line == LINE_UNTOLD || !a->state->os_covered)) {
		a->verdict = VERDICT_NO_LINE;
	}
}

static bool installed(const struct account *a, uint32_t kb)
{
	return segment_has_kb(a->o->segment, a->device, kb);
}

/* Updates reached from a fix by steps of supersedence, and from which of them each. */
struct chain {
	const struct account *a;
	struct kb_list reached, from;
};

static void chain_step(struct chain *c, size_t from)
{
	const struct windows *x = c->a->q->w->windows;
	uint32_t kb = c->reached.v[from], at = superseding_first(x, line_of(c->a), kb);

	for (; superseding(x, at, line_of(c->a), kb); at++) {
		uint32_t newer = x->by_older[at].newer_kb;
		bool seen = rule_denies(&c->a->rule, newer);

		for (size_t j = 0; j < c->reached.n && !seen; j++)
			seen = c->reached.v[j] == newer;
		if (seen)
			continue;
		VEC_PUSH(&c->reached, newer);
		VEC_PUSH(&c->from, (uint32_t)from);
	}
}

static struct str chain_text(const struct chain *c, size_t at)
{
	AUTO(text_freep) struct text t = {0};

	text_addf(&t, "KB%u", c->reached.v[at]);
	while (at) {
		at = c->from.v[at];
		text_addf(&t, " supersedes KB%u%s", c->reached.v[at], at ? ", which" : "");
	}
	return arena_str(c->a->q->arena, text_str(&t));
}

/* The way by which an installed update supersedes kb, newest first; "" when none does. */
static struct str chain_to(const struct account *a, uint32_t kb)
{
	struct chain c = {.a = a};
	struct str found = {0};

	VEC_PUSH(&c.reached, kb);
	VEC_PUSH(&c.from, 0);
	for (size_t i = 0; i < c.reached.n && !found.n; i++) {
		if (i && installed(a, c.reached.v[i]))
			found = chain_text(&c, i);
		chain_step(&c, i);
	}
	kb_list_freep(&c.reached);
	kb_list_freep(&c.from);
	return found;
}

/* Installed updates that are numbered past the end of the history we hold: one of them may be a
 * rollup that we cannot know of. */
static void beyond_explain(struct account *a, const struct history *h)
{
	const struct line_info *l = &a->q->w->windows->lines[line_of(a)];
	const struct segment *s = a->o->segment;
	uint32_t last = 0, first = 0, n = 0;

	for (uint32_t i = 0; i < h->nrollups; i++)
		last = MAX_OF(last, h->rollups[i].kb);
	for (uint32_t i = s->device_kb_start[a->device]; i < s->device_kb_start[a->device + 1];
	     i++) {
		uint32_t kb = s->device_kbs[i];

		if (kb <= last || kb_rollup(l, kb) || kb_is_security_only(l, kb))
			continue;
		first = first ? first : kb;
		n++;
	}
	if (n && !a->state->by_revision)
		reason_add(
			a, REASON_LEVEL, 1,
			"the history held ends with KB%u; %u installed %s numbered later (KB%u%s): "
			"import a newer history to know what they are",
			last, n, n == 1 ? "update is" : "updates are", first, n > 1 ? "..." : "");
}

static void level_explain(struct account *a)
{
	const struct part *w = a->q->w;
	const struct line_info *l = &w->windows->lines[line_of(a)];
	const struct segment *s = a->o->segment;
	uint32_t top = 0, top_kb = 0, by = 0;

	if (!l->history) {
		reason_add(a, REASON_LEVEL, 1, "no update history of this line was imported");
		return;
	}
	for (uint32_t i = 0; a->state->by_revision && i < l->history->nrollups; i++)
		if (l->history->rollups[i].order == a->state->level)
			top_kb = l->history->rollups[i].kb;
	for (uint32_t i = s->device_kb_start[a->device];
	     !a->state->by_revision && i < s->device_kb_start[a->device + 1]; i++) {
		uint32_t kb = 0, level = kb_level(w, line_of(a), s->device_kbs[i], &kb);

		if (level > top) {
			top = level;
			top_kb = kb;
			by = s->device_kbs[i];
		}
	}
	if (a->state->level == 0 && !a->state->by_revision && !facet_seen(a, FACET_UPDATES))
		reason_add(a, REASON_LEVEL, 1, "level: not known: updates were never seen");
	else if (a->state->level == 0)
		reason_add(a, REASON_LEVEL, 1, "level: before the first of %u %s of the history",
			   l->history->nrollups, plural(l->history->nrollups, "rollup", "rollups"));
	else if (a->state->by_revision)
		reason_add(a, REASON_LEVEL, 1, "level %u of %u: KB%u, by build revision %u",
			   a->state->level, l->history->nrollups, top_kb, a->state->revision);
	else if (by == top_kb)
		reason_add(a, REASON_LEVEL, 1, "level %u of %u: KB%u is installed", a->state->level,
			   l->history->nrollups, top_kb);
	else
		reason_add(a, REASON_LEVEL, 1,
			   "level %u of %u: KB%u, which the installed KB%u supersedes",
			   a->state->level, l->history->nrollups, top_kb, by);
}

/* What proves that this update's fix is there; "" when nothing does. */
static struct str kb_proof(const struct account *a, const struct fix *f)
{
	const struct rollup *r = kb_rollup(&a->q->w->windows->lines[line_of(a)], f->kb);
	struct arena *arena = a->q->arena;
	struct str chain;

	if (f->kind != FIX_KB || f->kb == 0 || rule_denies(&a->rule, f->kb))
		return STR("");
	if (r && r->order && a->state->by_revision)
		return a->state->level < r->order
			       ? STR("")
			       : arena_fmt(arena, "build revision %u is at or past KB%u",
					   a->state->revision, f->kb);
	if (installed(a, f->kb))
		return arena_fmt(arena, "KB%u is installed", f->kb);
	if (r && r->order && a->state->level >= r->order)
		return arena_fmt(arena, "level %u is at or past KB%u, level %u", a->state->level,
				 f->kb, r->order);
	chain = chain_to(a, f->kb);
	return chain;
}

static void kb_explain(struct account *a, const struct fix *f)
{
	const struct line_info *l = &a->q->w->windows->lines[line_of(a)];
	const struct rollup *r = kb_rollup(l, f->kb);
	const char *kind = kb_is_security_only(l, f->kb) ? " (security-only)" : "";
	struct str proof = kb_proof(a, f);
	bool there = installed(a, f->kb);

	if (proof.n)
		reason_add(a, REASON_FIX, 1, "KB%u%s: found: %.*s", f->kb, kind, STR_FMT(proof));
	else if (f->kb == 0)
		reason_add(a, REASON_FIX, 1, "the vendor lists this line without naming a fix");
	else if (f->kind == FIX_NOT_KB)
		reason_add(a, REASON_FIX, 1,
			   "KB%u%s: on published lists, but it does not fix this%s", f->kb, kind,
			   there ? "; it is installed" : "");
	else if (rule_denies(&a->rule, f->kb))
		return; /* said by the row that denies it */
	else if (r && r->order && a->state->by_revision)
		reason_add(a, REASON_FIX, 1,
			   "KB%u: not found: it is level %u, build revision %u says level %u%s",
			   f->kb, r->order, a->state->revision, a->state->level,
			   there ? " (listed as installed: a restart may be due)" : "");
	else
		reason_add(a, REASON_FIX, 1, "KB%u%s: not found, nor anything that supersedes it",
			   f->kb, kind);
}

static void threshold_explain(struct account *a, const struct fix *f)
{
	const struct patch_state *st = a->state;
	bool fixed, any = false;

	if (build_says(f, st->build, st->revision, &fixed))
		reason_add(a, REASON_FIX, 1, "build %u.%u is %s %.*s", st->build, st->revision,
			   fixed ? "at or past" : "before", STR_FMT(f->from));
	else if (f->kind == FIX_BUILD)
		reason_add(a, REASON_MISSING, 1,
			   "the build revision was not stated; fixed from %.*s", STR_FMT(f->from));
	for (uint32_t i = 0; i < st->nfiles; i++)
		if (file_says(f, st->files[i].name, st->files[i].version, &fixed)) {
			any = true;
			reason_add(a, REASON_FILE, 1, "%.*s %.*s is %s %.*s",
				   STR_FMT(st->files[i].name), STR_FMT(st->files[i].version),
				   fixed ? "at or past" : "before", STR_FMT(f->from));
		}
	if (f->kind == FIX_FILE && !any)
		reason_add(a, REASON_FILE, 1,
			   "%.*s: no version stated in this branch; fixed from %.*s",
			   STR_FMT(f->file), STR_FMT(f->from));
}

enum facet vendor_facet(const struct account *a)
{
	const struct rule *r = &a->rule;

	if (a->verdict == VERDICT_NO_LINE || r->no_fix || r->past)
		return FACET_OS;
	return a->state->by_revision && (r->order || r->has_build) ? FACET_OS : FACET_UPDATES;
}

/* Exposed by what was seen long ago: until when, and what would clear it. */
static void stale_explain(struct account *a)
{
	enum facet facet = vendor_facet(a);
	struct str stale = facet_stale(a, facet);

	if (a->verdict == VERDICT_EXPOSED && stale.n)
		reason_add(a, REASON_MISSING, 1,
			   "%s: %.*s: it stays exposed until a fresh inventory says otherwise",
			   facet_name(facet), STR_FMT(stale));
}

void vendor_explain(struct account *a)
{
	const struct windows *x = a->q->w->windows;
	const struct estate_device *d = a->d;
	static const char *const said[] = {"exposed", "unknown", "fixed", "not affected",
					   "unknown: which Windows this is, is not known for sure"};

	if (a->verdict < 0)
		return;
	reason_add(a, REASON_LINE, 0, "the vendor's word: %s", said[a->verdict]);
	if (line_of(a) == NONE)
		return;
	reason_add(a, REASON_LINE, 1, "%s (line %s), from version %u.%u.%u%s",
		   x->lines[line_of(a)].line->title, x->lines[line_of(a)].line->name, d->os_major,
		   d->os_minor, d->os_build,
		   d->os_sp ? arena_fmt(a->q->arena, " and service pack %u", d->os_sp).p : "");
	if (!a->ruled)
		return;
	stale_explain(a);
	if (a->rule.past) {
		reason_add(a, REASON_FIX, 1,
			   "the vendor names earlier lines only, the latest being %s",
			   x->lines[a->rule_line].line->title);
		return;
	}
	if (a->rule_line != line_of(a)) {
		reason_add(a, REASON_FIX, 1,
			   "there is no fix for this service pack: the first is for %s",
			   x->lines[a->rule_line].line->title);
		return;
	}
	level_explain(a);
	if (x->lines[line_of(a)].history)
		beyond_explain(a, x->lines[line_of(a)].history);
	for (uint32_t i = 0; i < a->rule.nfixes; i++) {
		const struct fix *f = &a->rule.fixes[i];

		if (f->kind == FIX_KB || f->kind == FIX_NOT_KB)
			kb_explain(a, f);
		else
			threshold_explain(a, f);
	}
}

/* The first proof that the rule's fix is there. */
static struct str proof_line(const struct account *a)
{
	const struct patch_state *st = a->state;
	struct str proof = {0};
	bool fixed = false;

	for (uint32_t i = 0; i < a->rule.nfixes && !proof.n; i++)
		proof = kb_proof(a, &a->rule.fixes[i]);
	for (uint32_t i = 0; i < a->rule.nfixes && !proof.n; i++) {
		const struct fix *f = &a->rule.fixes[i];

		if (build_says(f, st->build, st->revision, &fixed) && fixed)
			proof = arena_fmt(a->q->arena, "build %u.%u is at or past %.*s", st->build,
					  st->revision, STR_FMT(f->from));
		for (uint32_t j = 0; j < st->nfiles && !proof.n; j++)
			if (file_says(f, st->files[j].name, st->files[j].version, &fixed) && fixed)
				proof = arena_fmt(a->q->arena, "%.*s %.*s is at or past %.*s",
						  STR_FMT(st->files[j].name),
						  STR_FMT(st->files[j].version), STR_FMT(f->from));
	}
	return proof;
}

static void fixes_list(const struct account *a, struct text *out)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < a->rule.nfixes; i++) {
		const struct fix *f = &a->rule.fixes[i];

		if (f->kind == FIX_KB && f->kb && !rule_denies(&a->rule, f->kb) && n++ < 4)
			text_addf(out, "%sKB%u", out->n ? ", " : "", f->kb);
	}
	if (n > 4)
		text_addf(out, " and %u more", n - 4);
	if (n == 0)
		text_add_c(out, "a build or a file");
}

/* No proof of a fix: why it is exposed. */
static struct str exposed_line(const struct account *a)
{
	AUTO(text_freep) struct text list = {0};

	if (a->rule_line != line_of(a))
		return STR("no fix for this service pack");
	if (a->rule.no_fix)
		return STR("listed by the vendor, no fix named");
	fixes_list(a, &list);
	return arena_fmt(a->q->arena, "none of the fixes found (%s)", text_c(&list));
}

struct str vendor_line(const struct account *a)
{
	const struct windows *x = a->q->w->windows;
	const char *title = line_of(a) == NONE ? "" : x->lines[line_of(a)].line->title;
	struct str text, stale = {0};

	if (a->verdict == VERDICT_NO_LINE)
		return STR("the vendor names Windows lines; which Windows this is, if any, is not "
			   "known for sure");
	if (a->verdict == VERDICT_CLEAR) {
		text = STR("the vendor names earlier lines only");
	} else if (a->verdict == VERDICT_FIXED) {
		text = proof_line(a);
	} else if (a->verdict == VERDICT_UNKNOWN) {
		text = facet_text(a,
				  a->rule.past || !a->state->os_fresh ? FACET_OS : FACET_UPDATES);
	} else {
		text = exposed_line(a);
		stale = facet_stale(a, vendor_facet(a));
	}
	return arena_fmt(a->q->arena, "%s: %.*s%s%.*s", title, STR_FMT(text), stale.n ? ", " : "",
			 STR_FMT(stale));
}
