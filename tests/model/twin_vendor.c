#include "twin_inner.h"

/* ---- the vendor's word ------------------------------------------------------------------ */

bool speaks(const struct exposure_parts *p, const struct vuln_row *v, const char *line)
{
	for (uint32_t i = 0; i < v->nfixes; i++) {
		const struct fix *f = &p->image->fixes[v->first_fix + i];

		if (f->kind != FIX_NOT_KB &&
		    (!line || strcmp(windows_line_at(f->line)->name, line) == 0))
			return true;
	}
	return false;
}

static const struct history *history_of(struct machine *m)
{
	return intel_image_history(m->parts->image, m->line);
}

static uint32_t order_of(struct machine *m, uint32_t kb)
{
	const struct history *h = history_of(m);

	for (uint32_t i = 0; h && i < h->nrollups; i++)
		if (h->rollups[i].kb == kb)
			return h->rollups[i].order;
	return 0;
}

static bool security_only(struct machine *m, uint32_t kb)
{
	const struct history *h = history_of(m);

	for (uint32_t i = 0; h && i < h->nsecurity_only; i++)
		if (h->security_only[i].kb == kb)
			return true;
	return false;
}

static bool denied(struct machine *m, const struct vuln_row *v, uint32_t kb)
{
	for (uint32_t i = 0; i < v->nfixes; i++) {
		const struct fix *f = &m->parts->image->fixes[v->first_fix + i];

		if (windows_line_at(f->line) == m->line && f->kind == FIX_NOT_KB && f->kb == kb)
			return true;
	}
	return false;
}

enum { REACH = 4096 };

static uint32_t edges_of_line(struct machine *m)
{
	uint32_t lo = 0, hi = m->parts->image->nedges;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (windows_line_at(m->parts->image->edges[mid].line) < m->line)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* All that kb supersedes on this line, itself first.  Never through what v denies. */
static size_t reach(struct machine *m, const struct vuln_row *v, uint32_t kb, uint32_t list[REACH])
{
	size_t n = 0;

	list[n++] = kb;
	for (size_t i = 0; i < n; i++) {
		if (security_only(m, list[i]) || (v && denied(m, v, list[i])))
			continue;
		for (uint32_t e = edges_of_line(m); e < m->parts->image->nedges; e++) {
			const struct edge *edge = &m->parts->image->edges[e];
			bool seen = false;

			if (windows_line_at(edge->line) != m->line)
				break;
			if (edge->newer_kb != list[i])
				continue;
			for (size_t j = 0; j < n; j++)
				seen |= list[j] == edge->older_kb;
			if (!seen && n < REACH)
				list[n++] = edge->older_kb;
		}
	}
	return n;
}

static bool denies(struct machine *m, const struct vuln_row *v)
{
	for (uint32_t i = 0; v && i < v->nfixes; i++) {
		const struct fix *f = &m->parts->image->fixes[v->first_fix + i];

		if (windows_line_at(f->line) == m->line && f->kind == FIX_NOT_KB)
			return true;
	}
	return false;
}

/* The same, found once for a line and an update where v denies nothing. */
static size_t reach_kept(struct machine *m, const struct vuln_row *v, uint32_t kb,
			 const uint32_t **ret)
{
	uint32_t list[REACH], no;
	struct twin_hand *h = m->hand;
	char key[64];
	size_t n;

	if (!h || denies(m, v)) {
		n = reach(m, v, kb, list);
		*ret = memcpy(ARENA_ARRAY(m->scratch, uint32_t, n), list, n * sizeof(*list));
		return n;
	}
	snprintf(key, sizeof(key), "%s %u", m->line->name, kb);
	no = intern_put(h->reach_keys, str_of(key));
	if (no == h->reached.n) {
		struct reached r = {.n = reach(m, NULL, kb, list)};

		r.v = memcpy(ARENA_ARRAY(h->kept, uint32_t, r.n), list, r.n * sizeof(*list));
		VEC_PUSH(&h->reached, r);
	}
	*ret = h->reached.v[no].v;
	return h->reached.v[no].n;
}

static bool by_revision(struct machine *m)
{
	const struct history *h = history_of(m);
	bool any = false;

	for (uint32_t i = 0; h && i < h->nrollups; i++)
		any |= h->rollups[i].revision != 0;
	return any && m->d->os_revision;
}

static uint32_t level_find(struct machine *m)
{
	const struct history *h = history_of(m);
	const struct segment *s = m->s;
	uint32_t best = 0;
	const uint32_t *list;

	if (by_revision(m)) {
		for (uint32_t i = 0; i < h->nrollups; i++)
			if (h->rollups[i].revision && h->rollups[i].revision <= m->d->os_revision &&
			    h->rollups[i].order > best)
				best = h->rollups[i].order;
		return best;
	}
	for (uint32_t k = s->device_kb_start[m->no]; k < s->device_kb_start[m->no + 1]; k++) {
		size_t n = reach_kept(m, NULL, s->device_kbs[k], &list);

		for (size_t i = 0; i < n; i++)
			if (order_of(m, list[i]) > best)
				best = order_of(m, list[i]);
	}
	return best;
}

static uint32_t level(struct machine *m)
{
	if (!m->level_known)
		m->level = level_find(m);
	m->level_known = true;
	return m->level;
}

static bool installed_supersedes(struct machine *m, const struct vuln_row *v, uint32_t kb)
{
	const struct segment *s = m->s;
	const uint32_t *list;

	for (uint32_t k = s->device_kb_start[m->no]; k < s->device_kb_start[m->no + 1]; k++) {
		size_t n;

		if (denied(m, v, s->device_kbs[k]))
			continue;
		n = reach_kept(m, v, s->device_kbs[k], &list);
		for (size_t i = 0; i < n; i++)
			if (list[i] == kb)
				return true;
	}
	return false;
}

struct proof {
	bool by_os, by_updates, seen, fixable;
};

static void kb_proof(struct machine *m, const struct vuln_row *v, uint32_t kb, struct proof *p)
{
	uint32_t order = order_of(m, kb);

	p->fixable = true;
	p->seen |= m->updates_told || (by_revision(m) && order);
	if (order && by_revision(m)) {
		p->by_os |= level(m) >= order;
		return;
	}
	p->by_updates |= (order && level(m) >= order) || installed_supersedes(m, v, kb);
}

static void file_proof(struct machine *m, const struct fix *f, struct proof *p)
{
	const struct segment *s = m->s;

	p->fixable = true;
	for (uint32_t i = 0; i < s->nfiles; i++) {
		struct str version = seg_str(s, s->files[i].version);

		if (s->files[i].device != m->no || version.n == 0 ||
		    !str_eq_ci(f->file, seg_str(s, s->files[i].name)))
			continue;
		if (f->branch_low.n && version_compare(VERSION_GENERIC, version, f->branch_low) < 0)
			continue;
		if (f->branch_high.n &&
		    version_compare(VERSION_GENERIC, version, f->branch_high) >= 0)
			continue;
		p->seen = true;
		p->by_updates |= version_compare(VERSION_GENERIC, version, f->from) >= 0;
	}
}

static void build_proof(struct machine *m, const struct fix *f, struct proof *p)
{
	unsigned a, b, c, d;

	p->fixable = true;
	if (m->d->os_revision == 0)
		return;
	p->seen = true;
	if (sscanf(f->from.p, "%u.%u.%u.%u", &a, &b, &c, &d) == 4)
		p->by_os |= m->d->os_build > c || (m->d->os_build == c && m->d->os_revision >= d);
}

/* Does the vendor name nothing but lines before this one, whose updates we know? */
static bool only_earlier(struct machine *m, const struct vuln_row *v)
{
	const struct windows_line *a, *b = m->line;

	for (uint32_t i = 0; i < v->nfixes; i++) {
		const struct fix *f = &m->parts->image->fixes[v->first_fix + i];

		a = windows_line_at(f->line);
		if (f->kind == FIX_NOT_KB)
			continue;
		if (a->major > b->major || (a->major == b->major && a->minor > b->minor))
			return false;
		if (a->major < b->major || a->minor < b->minor)
			continue;
		if (a->build > b->build || (a->build == b->build && a->sp >= b->sp))
			return false;
	}
	return history_of(m) != NULL;
}

enum word vendor_word_find(struct machine *m, const struct vuln_row *v)
{
	struct proof p = {0};
	const char *next;

	if (!speaks(m->parts, v, NULL))
		return SILENT;
	if (!m->line)
		return m->windows || !m->os_seen ? SAYS_UNKNOWN_LINE : SILENT;
	if (!speaks(m->parts, v, m->line->name)) {
		for (next = m->line->next; next;) {
			if (speaks(m->parts, v, next))
				return SAYS_EXPOSED;
			next = windows_line_by_name(str_of(next))->next;
		}
		if (only_earlier(m, v))
			return m->os_seen && m->os_fresh ? SAYS_CLEAR : SAYS_UNKNOWN;
		return m->os_seen ? SILENT : SAYS_UNKNOWN_LINE;
	}
	for (uint32_t i = 0; i < v->nfixes; i++) {
		const struct fix *f = &m->parts->image->fixes[v->first_fix + i];

		if (windows_line_at(f->line) != m->line)
			continue;
		if (f->kind == FIX_KB && f->kb && !denied(m, v, f->kb))
			kb_proof(m, v, f->kb, &p);
		else if (f->kind == FIX_FILE)
			file_proof(m, f, &p);
		else if (f->kind == FIX_BUILD)
			build_proof(m, f, &p);
	}
	if (!p.fixable)
		return SAYS_EXPOSED;
	if (p.by_os || p.by_updates)
		return m->os_fresh && (p.by_os || m->updates_fresh) ? SAYS_FIXED : SAYS_UNKNOWN;
	return p.seen ? SAYS_EXPOSED : SAYS_UNKNOWN;
}
