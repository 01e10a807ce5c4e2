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

static bool vendor_speaks(const struct account *a)
{
	const struct vuln_row *v = a->q->v;
	bool speaks = false;

	for (uint32_t i = 0; i < v->nfixes; i++)
		speaks |= a->q->w->image->fixes[v->first_fix + i].kind != FIX_NOT_KB;
	return speaks;
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
	} else if (vendor_speaks(a) && (a->state->line == LINE_UNTOLD || !a->state->os_covered)) {
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

static void chain_step(struct chain *c, size_t at)
{
	const struct windows *x = c->a->q->w->windows;

	for (uint32_t e = 0; e < x->nedges; e++) {
		const struct edge *edge = &x->by_older[e];
		bool seen = edge->line != line_of(c->a) || edge->older_kb != c->reached.v[at] ||
			    rule_denies(&c->a->rule, edge->newer_kb);

		for (size_t j = 0; j < c->reached.n && !seen; j++)
			seen = c->reached.v[j] == edge->newer_kb;
		if (seen)
			continue;
		VEC_PUSH(&c->reached, edge->newer_kb);
		VEC_PUSH(&c->from, (uint32_t)at);
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

static void level_explain(struct account *a)
{
	const struct exposure_world *w = a->q->w;
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
	if (a->state->level == 0)
		reason_add(a, REASON_LEVEL, 1,
			   "level: before the first of %u rollups of the history",
			   l->history->nrollups);
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

static void kb_explain(struct account *a, const struct fix *f)
{
	const struct line_info *l = &a->q->w->windows->lines[line_of(a)];
	const struct rollup *r = kb_rollup(l, f->kb);
	struct str chain;

	if (f->kb == 0) {
		reason_add(a, REASON_FIX, 1, "the vendor lists this line without naming a fix");
		return;
	}
	if (f->kind == FIX_NOT_KB || rule_denies(&a->rule, f->kb)) {
		if (f->kind == FIX_NOT_KB)
			reason_add(a, REASON_FIX, 1,
				   "KB%u: on published lists, but it does not fix this%s", f->kb,
				   installed(a, f->kb) ? "; it is installed" : "");
		return;
	}
	if (r && r->order && a->state->level >= r->order) {
		reason_add(a, REASON_FIX, 1, "KB%u: found: it is level %u, the device has level %u",
			   f->kb, r->order, a->state->level);
		return;
	}
	if (r && r->order && a->state->by_revision) {
		reason_add(a, REASON_FIX, 1,
			   "KB%u: not found: it is level %u, the build revision says level %u%s",
			   f->kb, r->order, a->state->level,
			   installed(a, f->kb) ? " (listed as installed: a restart may be due)"
					       : "");
		return;
	}
	if (installed(a, f->kb)) {
		reason_add(a, REASON_FIX, 1, "KB%u: found: installed", f->kb);
		return;
	}
	chain = chain_to(a, f->kb);
	reason_add(a, REASON_FIX, 1, "KB%u%s: %s%.*s", f->kb,
		   kb_is_security_only(l, f->kb) ? " (security-only)" : "",
		   chain.n ? "found: " : "not found, nor anything that supersedes it",
		   STR_FMT(chain));
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

void vendor_explain(struct account *a)
{
	const struct windows *x = a->q->w->windows;
	const struct estate_device *d = a->d;
	static const char *const said[] = {"exposed", "unknown", "fixed",
					   "unknown: which Windows this is, is not known for sure"};

	if (a->verdict < 0)
		return;
	reason_add(a, REASON_LINE, 0, "the vendor's word: %s", said[a->verdict]);
	if (line_of(a) == NONE)
		return;
	reason_add(a, REASON_LINE, 1, "%s (%s), from version %u.%u.%u, service pack %u",
		   x->lines[line_of(a)].line->title, x->lines[line_of(a)].line->name, d->os_major,
		   d->os_minor, d->os_build, d->os_sp);
	if (!a->ruled)
		return;
	if (a->rule_line != line_of(a)) {
		reason_add(a, REASON_FIX, 1,
			   "there is no fix for this service pack: the first is for %s",
			   x->lines[a->rule_line].line->title);
		return;
	}
	level_explain(a);
	for (uint32_t i = 0; i < a->rule.nfixes; i++) {
		const struct fix *f = &a->rule.fixes[i];

		if (f->kind == FIX_KB || f->kind == FIX_NOT_KB)
			kb_explain(a, f);
		else
			threshold_explain(a, f);
	}
}

struct str vendor_line(const struct account *a)
{
	const struct windows *x = a->q->w->windows;
	const char *title = line_of(a) == NONE ? "" : x->lines[line_of(a)].line->title;
	AUTO(text_freep) struct text t = {0};
	unsigned n = 0;

	if (a->verdict == VERDICT_NO_LINE)
		return STR("the vendor names Windows lines; which Windows this is, if any, is not "
			   "known for sure");
	if (a->rule_line != line_of(a))
		return arena_fmt(a->q->arena, "%s: no fix for this service pack", title);
	if (a->rule.no_fix)
		return arena_fmt(a->q->arena, "%s: listed by the vendor, no fix named", title);
	for (uint32_t i = 0; i < a->rule.nfixes; i++) {
		const struct fix *f = &a->rule.fixes[i];

		if (f->kind == FIX_KB && f->kb && !rule_denies(&a->rule, f->kb) && n++ < 4)
			text_addf(&t, "%sKB%u", t.n ? ", " : "", f->kb);
	}
	if (n > 4)
		text_addf(&t, " and %u more", n - 4);
	if (a->verdict == VERDICT_FIXED)
		return arena_fmt(a->q->arena, "%s: fixed (%s%s)", title,
				 t.n ? text_c(&t) : "by build or file",
				 t.n ? ", what supersedes it, or a file" : "");
	if (a->verdict == VERDICT_UNKNOWN)
		return arena_fmt(a->q->arena, "%s: updates cannot tell: %.*s", title,
				 STR_FMT(facet_text(a, FACET_UPDATES)));
	return arena_fmt(a->q->arena, "%s: none of the fixes found (%s)", title,
			 t.n ? text_c(&t) : "by build or file");
}
