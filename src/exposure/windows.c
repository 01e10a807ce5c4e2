#include "exposure/windows.h"

#include "base/order.h"

/*
 * What vendors say of Windows lines, as rules.  A rule is the rows of one
 * vulnerability for one line; vulnerabilities of one month share theirs.  The
 * ordered history of a line comes first, supersedence edges only supplement it
 * and never leave the line, and a security-only update inherits nothing.
 */

enum { NEXT_STEPS = 8 };

static void lines_read(struct part *w, struct windows *x)
{
	x->nlines = (uint32_t)windows_line_count();
	x->lines = ARENA_ARRAY(w->arena, struct line_info, x->nlines + 1);
	for (uint32_t i = 0; i < x->nlines; i++) {
		struct line_info *l = &x->lines[i];

		l->line = windows_line_at(i);
		l->history = intel_image_history(w->image, l->line);
		l->next = NONE;
		for (uint32_t j = 0; l->line->next && j < x->nlines; j++)
			if (strcmp(windows_line_at(j)->name, l->line->next) == 0)
				l->next = j;
		for (uint32_t j = 0; l->history && j < l->history->nrollups; j++)
			l->has_revisions |= l->history->rollups[j].revision != 0;
	}
	for (uint32_t i = 0; i < w->nsystems; i++)
		if (w->systems[i].line < x->nlines)
			x->lines[w->systems[i].line].present = true;
}

static int by_older(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->older_kb != y->older_kb)
		return x->older_kb < y->older_kb ? -1 : 1;
	return x->newer_kb < y->newer_kb ? -1 : x->newer_kb > y->newer_kb;
}

static void edges_read(struct part *w, struct windows *x)
{
	const struct intel_image *image = w->image;

	x->by_older = ARENA_ARRAY(w->arena, struct edge, image->nedges + 1);
	for (uint32_t i = 0; i < image->nedges; i++) {
		const struct edge *e = &image->edges[i];
		const struct line_info *l = &x->lines[MIN_OF(e->line, x->nlines)];

		if (e->line < x->nlines && l->present && !kb_is_security_only(l, e->newer_kb))
			x->by_older[x->nedges++] = *e;
	}
	if (x->nedges)
		qsort(x->by_older, x->nedges, sizeof(*x->by_older), by_older);
}

bool kb_is_security_only(const struct line_info *l, uint32_t kb)
{
	for (uint32_t i = 0; l->history && i < l->history->nsecurity_only; i++)
		if (l->history->security_only[i].kb == kb)
			return true;
	return false;
}

const struct rollup *kb_rollup(const struct line_info *l, uint32_t kb)
{
	for (uint32_t i = 0; l->history && i < l->history->nrollups; i++)
		if (l->history->rollups[i].kb == kb)
			return &l->history->rollups[i];
	return NULL;
}

static bool kb_in(const uint32_t *v, size_t n, uint32_t kb)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == kb)
			return true;
	return false;
}

uint32_t superseding_first(const struct windows *x, uint32_t line, uint32_t kb)
{
	uint32_t lo = 0, hi = x->nedges;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const struct edge *e = &x->by_older[mid];

		if (e->line < line || (e->line == line && e->older_kb < kb))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool superseding(const struct windows *x, uint32_t at, uint32_t line, uint32_t kb)
{
	return at < x->nedges && x->by_older[at].line == line && x->by_older[at].older_kb == kb;
}

/* Add whatever supersedes a member of list, but for those the rows say do not fix. */
static void close_upwards(const struct windows *x, const struct rule *r, struct kb_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		uint32_t at = superseding_first(x, r->line, list->v[i]);

		for (; superseding(x, at, r->line, list->v[i]); at++) {
			uint32_t newer = x->by_older[at].newer_kb;

			if (!rule_denies(r, newer) && !kb_in(list->v, list->n, newer))
				VEC_PUSH(list, newer);
		}
	}
}

bool rule_denies(const struct rule *r, uint32_t kb)
{
	for (uint32_t i = 0; i < r->nfixes; i++)
		if (r->fixes[i].kind == FIX_NOT_KB && r->fixes[i].kb == kb)
			return true;
	return false;
}

static const uint32_t *kbs_keep(struct arena *a, struct kb_list *list, uint32_t *ret_n)
{
	uint32_t *v = ARENA_ARRAY(a, uint32_t, list->n + 1);

	if (list->n) {
		memcpy(v, list->v, list->n * sizeof(*v));
		qsort(v, list->n, sizeof(*v), u32_order);
	}
	*ret_n = (uint32_t)list->n;
	return v;
}

static void rule_read(struct part *w, struct windows *x, struct rule *r)
{
	const struct line_info *l = &x->lines[r->line];
	AUTO(kb_list_freep) struct kb_list all = {0};
	AUTO(kb_list_freep) struct kb_list other = {0};

	for (uint32_t i = 0; i < r->nfixes; i++) {
		const struct fix *f = &r->fixes[i];
		const struct rollup *rollup;

		r->has_file |= f->kind == FIX_FILE;
		r->has_build |= f->kind == FIX_BUILD;
		if (f->kind != FIX_KB || f->kb == 0 || rule_denies(r, f->kb))
			continue;
		r->has_kb = true;
		if (!kb_in(all.v, all.n, f->kb))
			VEC_PUSH(&all, f->kb);
		rollup = kb_rollup(l, f->kb);
		if (rollup && rollup->order)
			r->order = r->order ? MIN_OF(r->order, rollup->order) : rollup->order;
		else if (!kb_in(other.v, other.n, f->kb))
			VEC_PUSH(&other, f->kb);
	}
	r->no_fix |= !r->has_kb && !r->has_file && !r->has_build;
	close_upwards(x, r, &all);
	close_upwards(x, r, &other);
	r->kbs = kbs_keep(w->arena, &all, &r->nkbs);
	r->other_kbs = kbs_keep(w->arena, &other, &r->nother);
	for (uint32_t i = 0; i < r->nkbs; i++)
		*map_put(x->wanted, (uint64_t)r->line << 32 | r->kbs[i], 1) = 1;
}

static void rule_key(const struct rule *r, struct text *key)
{
	text_addf(key, "%u %d %d\x1f", r->line, r->no_fix, r->past);
	for (uint32_t i = 0; i < r->nfixes; i++) {
		const struct fix *f = &r->fixes[i];

		text_add_char(key, (char)('A' + f->kind));
		text_add_u64(key, f->kb);
		text_add_char(key, '\x1f');
		if (f->kind != FIX_FILE && f->kind != FIX_BUILD)
			continue;
		text_add(key, f->file);
		text_add_char(key, '\x1f');
		text_add(key, f->from);
		text_add_char(key, '\x1f');
		text_add(key, f->branch_low);
		text_add_char(key, '\x1f');
		text_add(key, f->branch_high);
		text_add_char(key, '\x1f');
	}
}

static uint32_t rule_put(struct part *w, struct windows *x, struct rule r)
{
	uint32_t no;

	text_clear(&x->key);
	rule_key(&r, &x->key);
	no = intern_put(x->rule_keys, text_str(&x->key));
	if (no == x->rules.n) {
		if (!r.no_fix && !r.past)
			rule_read(w, x, &r);
		VEC_PUSH(&x->rules, r);
	}
	return no;
}

/* The rows of one line, and whether they say more than what is no fix. */
static bool rows_of(const struct part *w, const struct vuln_row *v, uint32_t line, struct rule *ret)
{
	const struct fix *f = w->image->fixes + v->first_fix;
	uint32_t i = 0;
	bool speaks = false;

	while (i < v->nfixes && f[i].line < line)
		i++;
	*ret = (struct rule){.line = (uint16_t)line, .fixes = f + i};
	for (; i < v->nfixes && f[i].line == line; i++) {
		ret->nfixes++;
		speaks |= f[i].kind != FIX_NOT_KB;
	}
	return speaks;
}

static bool is_earlier(const struct windows_line *a, const struct windows_line *b)
{
	const uint32_t x[] = {a->major, a->minor, a->build, a->sp};
	const uint32_t y[] = {b->major, b->minor, b->build, b->sp};

	for (size_t i = 0; i < ARRAY_LEN(x); i++)
		if (x[i] != y[i])
			return x[i] < y[i];
	return false;
}

/*
 * The latest line that is named, when all that are named are earlier than this one, and the line
 * is one that we hold the updates of, so that its absence from the list says something: the fix
 * was in it from the start, as in service packs and in Windows 10 1703 for MS17-010.
 */
static uint32_t all_earlier(const struct part *w, const struct vuln_row *v, uint32_t line)
{
	const struct windows *x = w->windows;
	const struct fix *f = w->image->fixes + v->first_fix;
	uint32_t latest = NONE;

	if (!x->lines[line].history)
		return NONE;
	for (uint32_t i = 0; i < v->nfixes; i++) {
		if (f[i].kind == FIX_NOT_KB)
			continue;
		if (!is_earlier(x->lines[f[i].line].line, x->lines[line].line))
			return NONE;
		if (latest == NONE || is_earlier(x->lines[latest].line, x->lines[f[i].line].line))
			latest = f[i].line;
	}
	return latest;
}

uint32_t windows_rule_of(const struct part *w, const struct vuln_row *v, uint32_t line,
			 struct rule *ret)
{
	const struct windows *x = w->windows;
	struct rule later;
	uint32_t next = line;

	if (rows_of(w, v, line, ret))
		return line;
	for (int step = 0; step < NEXT_STEPS; step++) {
		next = x->lines[next].next;
		if (next == NONE)
			break;
		if (rows_of(w, v, next, &later)) {
			*ret = (struct rule){.line = (uint16_t)line, .no_fix = true};
			return next;
		}
	}
	*ret = (struct rule){.line = (uint16_t)line, .past = true};
	return all_earlier(w, v, line);
}

static void rules_read(struct part *w, struct windows *x)
{
	x->rule_keys = intern_open();
	x->set_keys = intern_open();
	x->wanted = map_open();
	x->first = mem_zero((size_t)w->image->nvulns + 1, sizeof(*x->first));
	for (uint32_t i = 0; i < w->image->nvulns; i++) {
		const struct vuln_row *v = &w->image->vulns[i];

		x->first[i] = (uint32_t)x->of_vuln.n;
		if (v->nfixes == 0 || v->state == VULN_REJECTED)
			continue;
		for (uint32_t line = 0; line < x->nlines; line++) {
			struct rule r;

			if (x->lines[line].present && windows_rule_of(w, v, line, &r) != NONE)
				VEC_PUSH(&x->of_vuln, rule_put(w, x, r));
		}
	}
	x->first[w->image->nvulns] = (uint32_t)x->of_vuln.n;
}

/* Are rules those of another part of the same image, and of lines that are not here? */
static bool rules_hold(const struct windows *x, const struct windows *of)
{
	for (uint32_t i = 0; i < x->nlines; i++)
		if (x->lines[i].present && !of->lines[i].present)
			return false;
	return true;
}

static void rules_share(struct windows *x, const struct windows *of)
{
	x->shared = true;
	x->by_older = of->by_older;
	x->nedges = of->nedges;
	x->rules.v = of->rules.v;
	x->rules.n = of->rules.n;
	x->of_vuln.v = of->of_vuln.v;
	x->of_vuln.n = of->of_vuln.n;
	x->first = of->first;
	x->wanted = of->wanted;
	x->set_keys = intern_open();
}

void windows_build(struct part *w)
{
	struct windows *x = w->windows = mem_zero(1, sizeof(*x));

	lines_read(w, x);
	if (w->like && rules_hold(x, w->like->windows)) {
		rules_share(x, w->like->windows);
		return;
	}
	edges_read(w, x);
	rules_read(w, x);
}

/* States keep of updates and files only what some rule asked for when they were made. */
bool windows_ask(struct part *w)
{
	const struct windows *of = w->of->windows;
	struct windows *x = w->windows = mem_zero(1, sizeof(*x));
	bool known = true;

	x->lines = of->lines;
	x->nlines = of->nlines;
	x->by_older = of->by_older;
	x->nedges = of->nedges;
	x->line_states = of->line_states;
	x->uncovered = of->uncovered;
	rules_read(w, x);
	for (size_t i = 0; i < x->rules.n && known; i++) {
		const struct rule *r = &x->rules.v[i];

		known = !r->has_file;
		for (uint32_t j = 0; j < r->nkbs && known; j++)
			known = map_find(of->wanted, (uint64_t)r->line << 32 | r->kbs[j]) != NULL;
	}
	return known;
}

void windows_free(struct windows *x, bool borrowed)
{
	if (!x)
		return;
	if (!x->shared) {
		intern_close(x->rule_keys);
		map_close(x->wanted);
		free(x->rules.v);
		free(x->of_vuln.v);
		free(x->first);
	}
	intern_close(x->set_keys);
	free(x->set_leaf.v);
	if (!borrowed)
		free(x->line_states);
	text_free(&x->key);
	free(x);
}
