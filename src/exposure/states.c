#include "exposure/census.h"
#include "exposure/windows.h"

/*
 * Distinct Windows patch states, (line, level, extra), and what each rule says
 * of each.  The level is the order of the highest rollup reached: by the build
 * revision where the history knows revisions, else by the highest rollup
 * installed or implied by supersedence.
 */

/* A thread's. */
struct state_pass {
	struct part *w;
	struct map *levels;   /* line << 32 | kb -> level */
	struct intern *files; /* names that some rule asks for */
	struct kb_list kbs;
	VEC_OF(struct state_file) kept;
};

uint32_t kb_level(const struct part *w, uint32_t line, uint32_t kb, uint32_t *ret_rollup_kb)
{
	const struct windows *x = w->windows;
	const struct line_info *l = &x->lines[line];
	const struct edge *edges = w->image->edges;
	AUTO(kb_list_freep) struct kb_list below = {0};
	uint32_t level = 0;

	VEC_PUSH(&below, kb);
	for (size_t i = 0; i < below.n; i++) {
		const struct rollup *r = kb_rollup(l, below.v[i]);
		uint32_t lo = 0, hi = w->image->nedges;

		if (r && r->order > level) {
			level = r->order;
			*ret_rollup_kb = r->kb;
		}
		if (kb_is_security_only(l, below.v[i]))
			continue;
		while (lo < hi) {
			uint32_t mid = lo + (hi - lo) / 2;

			if (edges[mid].line < line ||
			    (edges[mid].line == line && edges[mid].newer_kb < below.v[i]))
				lo = mid + 1;
			else
				hi = mid;
		}
		for (; lo < w->image->nedges && edges[lo].line == line &&
		       edges[lo].newer_kb == below.v[i];
		     lo++) {
			bool seen = false;

			for (size_t j = 0; j < below.n && !seen; j++)
				seen = below.v[j] == edges[lo].older_kb;
			if (!seen)
				VEC_PUSH(&below, edges[lo].older_kb);
		}
	}
	return level;
}

static uint32_t level_by_revision(const struct line_info *l, uint32_t revision)
{
	uint32_t level = 0;

	for (uint32_t i = 0; i < l->history->nrollups; i++) {
		const struct rollup *r = &l->history->rollups[i];

		if (r->revision && r->revision <= revision)
			level = MAX_OF(level, r->order);
	}
	return level;
}

static void updates_read(struct state_pass *p, const struct segment *s, uint32_t device,
			 struct patch_state *st)
{
	p->kbs.n = 0;
	for (uint32_t i = s->device_kb_start[device]; i < s->device_kb_start[device + 1]; i++) {
		uint64_t key = (uint64_t)st->line << 32 | s->device_kbs[i];
		uint32_t *level = map_put(p->levels, key, NONE), rollup_kb;

		if (*level == NONE)
			*level = kb_level(p->w, st->line, s->device_kbs[i], &rollup_kb);
		if (!st->by_revision)
			st->level = MAX_OF(st->level, *level);
		if (map_find(p->w->windows->wanted, key))
			VEC_PUSH(&p->kbs, s->device_kbs[i]);
	}
	st->kbs = p->kbs.v;
	st->nkbs = (uint32_t)p->kbs.n;
}

static void files_read(struct state_pass *p, const struct segment *s, uint32_t device,
		       struct patch_state *st)
{
	uint32_t lo = 0, hi = intern_count(p->files) ? s->nfiles : 0, n = hi;

	p->kept.n = 0;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (s->files[mid].device < device)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < n && s->files[lo].device == device; lo++) {
		struct str name = seg_str(s, s->files[lo].name);

		for (uint32_t i = 0; i < intern_count(p->files); i++)
			if (str_eq_ci(name, intern_str(p->files, i))) {
				struct str version = seg_str(s, s->files[lo].version);

				VEC_PUSH(&p->kept, (struct state_file){name, version});
				break;
			}
	}
	st->files = p->kept.v;
	st->nfiles = (uint32_t)p->kept.n;
}

static struct patch_state state_read(struct state_pass *p, const struct unit *o, uint32_t device)
{
	const struct part *w = p->w;
	const struct estate_device *d = &o->segment->devices[device];
	const struct meaning *os = &w->systems[o->os_no[device]];
	const struct estate_seen *updates = &d->facet[FACET_UPDATES];
	struct patch_state st = {.line = os->line};
	const struct line_info *l;

	st.os_fresh = estate_is_fresh(&d->facet[FACET_OS], o->now_ms);
	st.os_covered = st.os_fresh && !d->facet[FACET_OS].incomplete && os->told;
	if (os->line >= w->windows->nlines)
		return st;
	l = &w->windows->lines[os->line];
	st.updates_fresh = estate_is_fresh(updates, o->now_ms);
	st.updates_listed = updates->seen_ms && !updates->incomplete;
	st.build = d->os_build;
	st.revision = d->os_revision;
	st.by_revision = l->has_revisions && d->os_revision;
	if (st.by_revision)
		st.level = level_by_revision(l, d->os_revision);
	updates_read(p, o->segment, device, &st);
	files_read(p, o->segment, device, &st);
	return st;
}

static void key_of(const struct patch_state *s, struct text *key)
{
	const uint32_t head[] = {s->line,	    s->os_covered,  s->os_fresh, s->updates_fresh,
				 s->updates_listed, s->by_revision, s->level,	 s->build,
				 s->revision,	    s->nkbs,	    s->nfiles};

	text_add(key, str_from((const char *)head, sizeof(head)));
	text_add(key, str_from((const char *)s->kbs, s->nkbs * sizeof(*s->kbs)));
	for (uint32_t i = 0; i < s->nfiles; i++) {
		text_add(key, s->files[i].name);
		text_add_char(key, '\x1f');
		text_add(key, s->files[i].version);
		text_add_char(key, '\x1f');
	}
}

static struct patch_state state_keep(struct arena *a, struct patch_state st)
{
	uint32_t *kbs = ARENA_ARRAY(a, uint32_t, st.nkbs + 1);
	struct state_file *files = ARENA_ARRAY(a, struct state_file, st.nfiles + 1);

	if (st.nkbs)
		memcpy(kbs, st.kbs, st.nkbs * sizeof(*kbs));
	for (uint32_t i = 0; i < st.nfiles; i++)
		files[i] = (struct state_file){arena_str(a, st.files[i].name),
					       arena_str(a, st.files[i].version)};
	st.kbs = kbs;
	st.files = files;
	return st;
}

static int state_cmp(const void *a, const void *b, void *ctx)
{
	const struct patch_state *v = ctx;
	const struct patch_state *x = &v[*(const uint32_t *)a], *y = &v[*(const uint32_t *)b];
	const uint32_t xs[] = {x->line, x->os_covered, x->by_revision, x->level};
	const uint32_t ys[] = {y->line, y->os_covered, y->by_revision, y->level};

	for (size_t i = 0; i < ARRAY_LEN(xs); i++)
		if (xs[i] != ys[i])
			return xs[i] < ys[i] ? -1 : 1;
	return *(const uint32_t *)a < *(const uint32_t *)b ? -1 : 1;
}

static size_t line_place(const struct windows *x, uint16_t line)
{
	return line < x->nlines ? line : x->nlines + (line == LINE_UNTOLD);
}

static void states_order(struct part *w, const struct patch_state *states, uint32_t n)
{
	struct windows *x = w->windows;
	AUTO(freep) uint32_t *order = mem_zero((size_t)n + 1, sizeof(*order));
	AUTO(freep) uint32_t *at = mem_zero((size_t)n + 1, sizeof(*at));

	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), state_cmp, (void *)(uintptr_t)states);
	w->nstates = n;
	w->nids = w->state_id + w->nstates;
	w->states = ARENA_ARRAY(w->arena, struct patch_state, (size_t)n + 1);
	x->line_states = mem_zero(2 * ((size_t)x->nlines + 2), sizeof(*x->line_states));
	x->uncovered = x->line_states + x->nlines + 2;
	for (uint32_t i = 0; i < n; i++) {
		const struct patch_state *s = &states[order[i]];
		struct span *all = &x->line_states[line_place(x, s->line)];
		struct span *unc = &x->uncovered[line_place(x, s->line)];

		w->states[i] = *s;
		at[order[i]] = i;
		if (all->hi == 0)
			*all = (struct span){i, i};
		all->hi = i + 1;
		if (!s->os_covered || s->line == LINE_UNTOLD) {
			if (unc->hi == 0)
				unc->lo = i;
			unc->hi = i + 1;
		}
	}
	for (size_t i = 0; i < w->norgs; i++)
		for (uint32_t d = 0; d < w->orgs[i].ndevices; d++)
			w->orgs[i].state_no[d] = at[w->orgs[i].state_no[d]];
}

/* ---- judging --------------------------------------------------------------------- */

bool file_says(const struct fix *f, struct str name, struct str version, bool *ret_fixed)
{
	if (f->kind != FIX_FILE || !str_eq_ci(f->file, name) || version.n == 0)
		return false;
	if (f->branch_low.n && version_compare(VERSION_GENERIC, version, f->branch_low) < 0)
		return false;
	if (f->branch_high.n && version_compare(VERSION_GENERIC, version, f->branch_high) >= 0)
		return false;
	*ret_fixed = version_compare(VERSION_GENERIC, version, f->from) >= 0;
	return true;
}

/* The last two numbers of "10.0.14393.953" are build and revision; one alone is the revision. */
bool build_says(const struct fix *f, uint32_t build, uint32_t revision, bool *ret_fixed)
{
	struct str rest = f->from, piece;
	uint64_t before = 0, last = 0, x;
	size_t n = 0;

	if (f->kind != FIX_BUILD || revision == 0)
		return false;
	while (str_next(&rest, '.', &piece)) {
		if (!str_to_u64(piece, &x))
			return false;
		before = last;
		last = x;
		n++;
	}
	if (n >= 2 && before != build)
		*ret_fixed = build > before;
	else
		*ret_fixed = revision >= last;
	return n > 0;
}

static bool lists_meet(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb)
{
	for (uint32_t i = 0, j = 0; i < na && j < nb;) {
		if (a[i] == b[j])
			return true;
		if (a[i] < b[j])
			i++;
		else
			j++;
	}
	return false;
}

int rule_judge(const struct rule *r, const struct patch_state *s)
{
	bool by_os = false, by_updates, seen, fixed;

	if (r->no_fix)
		return VERDICT_EXPOSED;
	if (r->past)
		return s->os_fresh && s->os_covered ? VERDICT_CLEAR : VERDICT_UNKNOWN;
	seen = (r->has_kb && s->updates_listed) || (s->by_revision && r->order);
	by_updates = s->by_revision ? lists_meet(s->kbs, s->nkbs, r->other_kbs, r->nother)
				    : lists_meet(s->kbs, s->nkbs, r->kbs, r->nkbs);
	if (r->order && s->level >= r->order) {
		by_os |= s->by_revision;
		by_updates |= !s->by_revision;
	}
	for (uint32_t i = 0; i < r->nfixes && (r->has_file || r->has_build); i++) {
		if (build_says(&r->fixes[i], s->build, s->revision, &fixed)) {
			seen = true;
			by_os |= fixed;
		}
		for (uint32_t j = 0; j < s->nfiles; j++)
			if (file_says(&r->fixes[i], s->files[j].name, s->files[j].version,
				      &fixed)) {
				seen = true;
				by_updates |= fixed;
			}
	}
	/* What was fixed by a word gone stale may have been rebuilt since. */
	if (by_os || by_updates)
		return s->os_fresh && (by_os || s->updates_fresh) ? VERDICT_FIXED : VERDICT_UNKNOWN;
	/* But silence improves nothing: seen without the fix is exposed, however long ago. */
	return seen ? VERDICT_EXPOSED : VERDICT_UNKNOWN;
}

static struct leaf rule_verdicts(struct part *w, const struct rule *r, struct leaf_draft *d)
{
	struct span all = w->windows->line_states[r->line];
	struct leaf l = {.mask = 0};

	leaf_draft_clear(d);
	for (uint32_t i = all.lo; i < all.hi; i++)
		span_add(&d->s[rule_judge(r, &w->states[i])], w->state_id + i, w->state_id + i + 1);
	for (size_t i = 0; i < LEAF_LISTS; i++) {
		struct span *v = ARENA_ARRAY(w->arena, struct span, d->s[i].n + 1);

		if (d->s[i].n)
			memcpy(v, d->s[i].v, d->s[i].n * sizeof(*v));
		l.s[i] = (struct spans){v, (uint32_t)d->s[i].n};
	}
	return l;
}

static uint32_t verdict_build(struct part *w, const uint32_t *rules, uint32_t n)
{
	struct windows *x = w->windows;
	AUTO(leaf_draft_freep) struct leaf_draft d = {0};

	for (uint32_t i = 0; i < n; i++)
		leaf_draft_add(&d, &x->verdicts[rules[i]]);
	/* No word on the line, and the line itself not sure: unknown. */
	for (uint32_t line = 0; line < x->nlines + 2; line++) {
		struct span u = x->uncovered[line];
		bool ruled = false;

		for (uint32_t i = 0; i < n; i++)
			ruled |= x->rules.v[rules[i]].line == line;
		if (!ruled && u.hi)
			VEC_PUSH(&d.s[VERDICT_NO_LINE],
				 (struct span){w->state_id + u.lo, w->state_id + u.hi});
	}
	return leaf_intern(&w->leaves, &d);
}

static bool vendor_speaks(const struct part *w, const struct vuln_row *v)
{
	bool speaks = false;

	for (uint32_t i = 0; i < v->nfixes && v->state != VULN_REJECTED; i++)
		speaks |= w->image->fixes[v->first_fix + i].kind != FIX_NOT_KB;
	return speaks;
}

uint32_t windows_verdict(struct part *w, const struct vuln_row *v)
{
	struct windows *x = w->windows;
	size_t vuln = (size_t)(v - w->image->vulns);
	const uint32_t *rules = x->of_vuln.v + x->first[vuln];
	uint32_t n = x->first[vuln + 1] - x->first[vuln], no;

	if (!vendor_speaks(w, v))
		return NONE;
	no = intern_put(x->set_keys, str_from((const char *)rules, n * sizeof(*rules)));
	if (no == x->set_leaf.n)
		VEC_PUSH(&x->set_leaf, verdict_build(w, rules, n));
	return x->set_leaf.v[no];
}

static void *pass_open(struct part *w)
{
	struct state_pass *p = mem_zero(1, sizeof(*p));
	const struct windows *x = w->windows;

	p->w = w;
	p->levels = map_open();
	p->files = intern_open();
	for (size_t i = 0; i < x->rules.n; i++)
		for (uint32_t j = 0; j < x->rules.v[i].nfixes; j++)
			if (x->rules.v[i].fixes[j].kind == FIX_FILE)
				intern_put(p->files, x->rules.v[i].fixes[j].file);
	return p;
}

static void pass_close(void *own)
{
	struct state_pass *p = own;

	map_close(p->levels);
	intern_close(p->files);
	free(p->kbs.v);
	free(p->kept.v);
	free(p);
}

static uint32_t devices_count(const struct unit *o)
{
	return o->ndevices;
}

static uint32_t *states_numbers(struct unit *o)
{
	return o->state_no;
}

static void state_key(void *own, const struct part *w, struct sight at, struct text *key)
{
	struct patch_state st = state_read(own, &w->orgs[at.unit], at.at);

	key_of(&st, key);
}

static const struct census_kind states_kind = {.count = devices_count,
					       .numbers = states_numbers,
					       .key = state_key,
					       .open = pass_open,
					       .close = pass_close};

void states_build(struct part *w)
{
	AUTO(census_release) struct census all = {0};
	struct state_pass *p = pass_open(w);
	struct patch_state *states;

	census_take(w, &states_kind, &all);
	states = mem_zero((size_t)all.n + 1, sizeof(*states));
	for (uint32_t i = 0; i < all.n; i++)
		states[i] =
			state_keep(w->arena, state_read(p, &w->orgs[all.v[i].unit], all.v[i].at));
	states_order(w, states, all.n);
	free(states);
	pass_close(p);
}

void verdicts_build(struct part *w)
{
	AUTO(leaf_draft_freep) struct leaf_draft d = {0};
	struct windows *x = w->windows;

	x->verdicts = ARENA_ARRAY(w->arena, struct leaf, x->rules.n + 1);
	for (size_t i = 0; i < x->rules.n; i++)
		x->verdicts[i] = rule_verdicts(w, &x->rules.v[i], &d);
}
