#include "twin.h"

#include "base/mem.h"

/*
 * Written from doc/exposure.md alone: no ranks, no sets, no classes, nothing
 * kept from one device to the next.
 */

enum kleene { F, U, T };

struct held {
	struct cpe cpe;
	enum version_scheme scheme;
};
struct unknown_name {
	struct str *tokens;
	size_t n;
	bool os;
};
struct machine {
	const struct exposure_parts *parts;
	const struct segment *s;
	uint32_t no;
	const struct estate_device *d;
	struct arena *arena;
	struct held held[512];
	size_t nheld;
	struct unknown_name names[256];
	size_t nnames;
	const struct windows_line *line;
	bool windows, software_seen, os_seen, os_fresh, updates_told, updates_fresh;
};

struct value {
	enum kleene v;
	bool fixed; /* false, and marked: beyond the end of a range */
};

/* ---- the device -------------------------------------------------------------------- */

static struct str plain(const struct cpe_attr *a)
{
	return a->kind == CPE_VALUE && !a->wild ? a->text : (struct str){0};
}

static void hold(struct machine *m, const struct estate_resolved *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct held *h = &m->held[m->nheld++];

		h->cpe = r->cpes[i];
		h->scheme = r->scheme_fixed
				    ? r->scheme
				    : version_scheme_of_product(plain(&h->cpe.attr[CPE_VENDOR]),
								plain(&h->cpe.attr[CPE_PRODUCT]));
	}
}

static void name_add(struct machine *m, struct str publisher, struct str name, bool os)
{
	struct unknown_name *u = &m->names[m->nnames++];
	struct str *a, *b;
	size_t na = name_tokens(m->arena, publisher, &a), nb = name_tokens(m->arena, name, &b);

	*u = (struct unknown_name){.os = os, .n = na + nb};
	u->tokens = ARENA_ARRAY(m->arena, struct str, na + nb + 1);
	for (size_t i = 0; i < na + nb; i++)
		u->tokens[i] = i < na ? a[i] : b[i - na];
}

static void software_read(struct machine *m)
{
	const struct segment *s = m->s;
	const uint32_t *raws;
	uint32_t n = segment_device_raws(s, m->no, m->arena, &raws);

	for (uint32_t i = 0; i < n; i++) {
		const struct estate_raw *raw = &s->raws[raws[i]];
		struct estate_resolved r = {0};
		struct str name = seg_str(s, raw->name);

		m->parts->resolver.raw(m->parts->resolver.ctx, s, raw, m->arena, &r);
		hold(m, &r);
		if (name.n == 0)
			name = seg_str(s, raw->purl.n ? raw->purl : raw->cpe);
		if (r.n == 0 && r.state != RESOLUTION_NONE)
			name_add(m, seg_str(s, raw->publisher), name, false);
	}
}

static bool fresh(const struct machine *m, enum facet f)
{
	const struct estate_seen *seen = &m->d->facet[f];
	static const int64_t days[] = {7, 30, 90};

	return seen->seen_ms && m->parts->now_ms - seen->seen_ms <= days[seen->kind] * MS_PER_DAY;
}

static void system_read(struct machine *m)
{
	struct estate_resolved r = {0};
	struct windows_named named = {0};
	struct str name = seg_str(m->s, m->d->os_name);
	size_t before = m->nheld;

	m->line = segment_line(m->s, m->no);
	m->parts->resolver.os(m->parts->resolver.ctx, m->s, m->no, m->arena, &r);
	hold(m, &r);
	m->windows = m->line || (name.n && windows_line_of_caption(name, &named));
	for (size_t i = before; i < m->nheld; i++)
		if (str_is(plain(&m->held[i].cpe.attr[CPE_VENDOR]), "microsoft") &&
		    str_starts(m->held[i].cpe.attr[CPE_PRODUCT].text, STR("windows")))
			m->windows = true;
	if (r.n == 0 && name.n)
		name_add(m, (struct str){0}, name, true);
	m->os_fresh = fresh(m, FACET_OS);
	m->os_seen = m->os_fresh && !m->d->facet[FACET_OS].incomplete && (m->line || r.n || name.n);
}

static void machine_read(struct machine *m)
{
	software_read(m);
	system_read(m);
	m->software_seen = fresh(m, FACET_SOFTWARE) && !m->d->facet[FACET_SOFTWARE].incomplete;
	m->updates_fresh = fresh(m, FACET_UPDATES);
	/* A whole list of updates lacks what it lacks, old or new. */
	m->updates_told =
		m->d->facet[FACET_UPDATES].seen_ms != 0 && !m->d->facet[FACET_UPDATES].incomplete;
}

/* ---- a criterion --------------------------------------------------------------------- */

static enum kleene attribute(const struct cpe_attr *source, const struct cpe_attr *target)
{
	switch (cpe_compare_attr(source, target)) {
	case CPE_EQUAL:
	case CPE_SUPERSET:
		return T;
	case CPE_SUBSET:
		return U;
	case CPE_UNDEFINED:
		if (source->kind == CPE_NA)
			return F;
		if (source->kind == CPE_VALUE && !source->wild)
			return cpe_wild_matches(target->text, source->text) ? U : F;
		return U;
	default:
		return F;
	}
}

static bool wider(const struct cpe_attr *source, const struct cpe_attr *target)
{
	return (source->kind == CPE_ANY || source->wild) && target->kind == CPE_VALUE &&
	       !target->wild;
}

static enum kleene least(enum kleene a, enum kleene b)
{
	return a < b ? a : b;
}

static enum kleene name_value(const struct cpe *c, const struct cpe *h)
{
	enum kleene all = T;
	const struct cpe_attr *cv = &c->attr[CPE_VENDOR], *cp = &c->attr[CPE_PRODUCT];
	const struct cpe_attr *hv = &h->attr[CPE_VENDOR], *hp = &h->attr[CPE_PRODUCT];
	enum kleene vendor = attribute(cv, hv), product = attribute(cp, hp);

	for (int i = 0; i < CPE_ATTRS; i++)
		if (i != CPE_VERSION && i != CPE_UPDATE)
			all = least(all, attribute(&c->attr[i], &h->attr[i]));
	if (vendor == U && product == T && wider(cp, hp))
		return F;
	if (product == U && vendor == T && wider(cv, hv))
		return F;
	return all;
}

static bool names_a_release(const struct cpe *h)
{
	if (!str_is(plain(&h->attr[CPE_VENDOR]), "microsoft"))
		return false;
	for (size_t i = 0; i < windows_line_count(); i++)
		for (size_t j = 0; j < windows_line_at(i)->n_cpes; j++) {
			const struct windows_cpe *c = &windows_line_at(i)->cpes[j];

			if (c->version && strcmp(c->version, "-") != 0 &&
			    h->attr[CPE_PRODUCT].kind == CPE_VALUE &&
			    h->attr[CPE_VERSION].kind == CPE_VALUE &&
			    str_is(h->attr[CPE_PRODUCT].text, c->product) &&
			    str_is(h->attr[CPE_VERSION].text, c->version))
				return true;
		}
	return false;
}

static struct str folded(struct arena *a, const struct cpe *c)
{
	return version_with_update(a, c->attr[CPE_VERSION].text, plain(&c->attr[CPE_UPDATE]));
}

static bool is_plain(const struct cpe_attr *a)
{
	return a->kind == CPE_VALUE && !a->wild;
}

static enum kleene exact_version(struct machine *m, const struct cpe *c, const struct cpe *h)
{
	const struct cpe_attr *v = &c->attr[CPE_VERSION];
	enum kleene version = attribute(v, &h->attr[CPE_VERSION]);
	enum kleene update = attribute(&c->attr[CPE_UPDATE], &h->attr[CPE_UPDATE]);

	if (v->kind == CPE_ANY || (v->kind == CPE_NA && !names_a_release(h)))
		version = T;
	if (is_plain(v) && is_plain(&h->attr[CPE_VERSION]) &&
	    (is_plain(&c->attr[CPE_UPDATE]) || is_plain(&h->attr[CPE_UPDATE])) &&
	    str_eq(folded(m->arena, c), folded(m->arena, h)))
		return T;
	return least(version, update);
}

static struct value compare(struct machine *m, const struct match *match, const struct cpe *c,
			    const struct held *h)
{
	enum kleene name = name_value(c, &h->cpe);
	const struct cpe_attr *hv = &h->cpe.attr[CPE_VERSION];
	struct str v;

	if (!match->start.n && !match->end.n)
		return (struct value){least(name, exact_version(m, c, &h->cpe)), false};
	name = least(name, attribute(&c->attr[CPE_UPDATE], &h->cpe.attr[CPE_UPDATE]));
	if (hv->kind == CPE_ANY || hv->wild)
		return (struct value){least(name, U), false};
	if (hv->kind == CPE_NA)
		return (struct value){F, false};
	v = folded(m->arena, &h->cpe);
	if (match->end.n) {
		int k = version_compare(h->scheme, v, match->end);

		if (k > 0 || (k == 0 && match->end_excluding))
			return (struct value){F, name == T};
	}
	if (match->start.n) {
		int k = version_compare(h->scheme, v, match->start);

		if (k < 0 || (k == 0 && match->start_excluding))
			return (struct value){F, false};
	}
	return (struct value){name, false};
}

static bool occurs(const struct unknown_name *u, struct str token)
{
	for (size_t i = 0; i < u->n; i++)
		if (str_eq(u->tokens[i], token))
			return true;
	return false;
}

/* How many of the words of an attribute occur in the name; *ret_all: all of at least one. */
static size_t words_in(struct machine *m, const struct unknown_name *u, const struct cpe_attr *a,
		       size_t *ret_stated)
{
	AUTO(text_freep) struct text t = {0};
	struct str *tokens;
	size_t n, in = 0;

	cpe_attr_plain(a, &t);
	for (size_t i = 0; i < t.n; i++)
		t.p[i] = t.p[i] == '_' ? ' ' : t.p[i];
	n = name_tokens(m->arena, text_str(&t), &tokens);
	for (size_t i = 0; i < n; i++)
		in += occurs(u, tokens[i]);
	*ret_stated = n;
	return in;
}

static bool could_be(struct machine *m, const struct unknown_name *u, const struct cpe *c)
{
	const struct cpe_attr *part = &c->attr[CPE_PART];
	bool open_vendor = !is_plain(&c->attr[CPE_VENDOR]);
	bool open_product = !is_plain(&c->attr[CPE_PRODUCT]), all_vendor;
	size_t nv = 0, np = 0, iv = 0, ip = 0;

	if (part->kind == CPE_NA || (is_plain(part) && str_is(part->text, "o") != u->os))
		return false;
	if (!open_vendor)
		iv = words_in(m, u, &c->attr[CPE_VENDOR], &nv);
	if (!open_product)
		ip = words_in(m, u, &c->attr[CPE_PRODUCT], &np);
	all_vendor = nv && iv == nv;
	if (open_product && open_vendor)
		return true;
	if (np == 0)
		return all_vendor;
	return ip == np || (all_vendor && ip);
}

static struct value criterion(struct machine *m, uint32_t no)
{
	const struct match *match = &m->parts->image->matches[no];
	struct value r = {F, false};
	struct cpe c;
	struct err err;
	bool o, ah;

	if (!cpe_parse(m->arena, match->cpe, &c, &err))
		return (struct value){U, false};
	o = !is_plain(&c.attr[CPE_PART]) || str_is(c.attr[CPE_PART].text, "o");
	ah = !is_plain(&c.attr[CPE_PART]) || !str_is(c.attr[CPE_PART].text, "o");
	for (size_t i = 0; i < m->nheld; i++) {
		struct value one = compare(m, match, &c, &m->held[i]);

		r.v = one.v > r.v ? one.v : r.v;
		r.fixed |= one.fixed;
	}
	for (size_t i = 0; i < m->nnames && r.v == F; i++)
		if (could_be(m, &m->names[i], &c))
			r.v = U;
	if (r.v == F && ((o && !m->os_seen) || (ah && !m->software_seen)))
		r.v = U;
	r.fixed &= r.v == F;
	return r;
}

/* ---- configurations -------------------------------------------------------------------- */

struct operand {
	struct value value;
	struct value vulnerable; /* OR of the vulnerable criteria beneath */
	struct value other;	 /* of those that are not about Windows */
	bool platform_windows;
	uint32_t first; /* step */
};

static struct value or_value(struct value a, struct value b)
{
	struct value r = {a.v > b.v ? a.v : b.v, false};

	r.fixed = r.v == F && (a.fixed || b.fixed);
	return r;
}

static struct value and_value(struct value a, struct value b)
{
	struct value r = {least(a.v, b.v), false};

	r.fixed = r.v == F && (a.fixed || b.fixed);
	return r;
}

static bool is_microsoft(struct machine *m, uint32_t match, bool *ret_windows)
{
	struct cpe c;
	struct err err;

	*ret_windows = false;
	if (!cpe_parse(m->arena, m->parts->image->matches[match].cpe, &c, &err) ||
	    !str_is(plain(&c.attr[CPE_VENDOR]), "microsoft"))
		return false;
	*ret_windows = str_is(plain(&c.attr[CPE_PART]), "o") &&
		       str_starts(c.attr[CPE_PRODUCT].text, STR("windows"));
	return true;
}

/* Value of the operand that ends before step *at, read backwards. */
static struct operand evaluate(struct machine *m, const struct vuln_row *v, uint32_t *at)
{
	struct config_step s = m->parts->image->steps[v->first_step + --*at];
	struct operand r = {.value = {F, false}};
	bool windows;

	if (s.op == CONFIG_UNREADABLE) {
		r.value = r.vulnerable = (struct value){U, false};
	} else if (s.op == CONFIG_MATCH) {
		r.value = r.vulnerable = criterion(m, s.arg);
	} else if (s.op == CONFIG_PLATFORM) {
		r.value = (struct value){criterion(m, s.arg).v, false};
		is_microsoft(m, s.arg, &windows);
		r.platform_windows = windows;
	} else {
		uint32_t n = s.op == CONFIG_NOT ? 1 : s.arg;

		for (uint32_t i = 0; i < n; i++) {
			struct operand x = evaluate(m, v, at);

			if (i == 0)
				r.value = x.value;
			else if (s.op == CONFIG_OR)
				r.value = or_value(r.value, x.value);
			else
				r.value = and_value(r.value, x.value);
			r.vulnerable = or_value(r.vulnerable, x.vulnerable);
			r.platform_windows |= x.platform_windows;
		}
		if (s.op == CONFIG_NOT)
			r.value = (struct value){(enum kleene)(T - r.value.v), false};
	}
	r.first = *at;
	return r;
}

/* Is some vulnerable criterion true or unknown that is not about Windows? */
static bool other_counts(struct machine *m, const struct vuln_row *v, uint32_t first, uint32_t end,
			 bool on_windows)
{
	for (uint32_t i = first; i < end; i++) {
		struct config_step s = m->parts->image->steps[v->first_step + i];
		bool windows;

		if (s.op == CONFIG_UNREADABLE)
			return true;
		if (s.op != CONFIG_MATCH)
			continue;
		if (is_microsoft(m, s.arg, &windows) && (windows || on_windows))
			continue;
		if (criterion(m, s.arg).v != F)
			return true;
	}
	return false;
}

/* ---- the vendor's word ------------------------------------------------------------------ */

enum word { SILENT, SAYS_EXPOSED, SAYS_FIXED, SAYS_CLEAR, SAYS_UNKNOWN, SAYS_UNKNOWN_LINE };

static bool speaks(const struct exposure_parts *p, const struct vuln_row *v, const char *line)
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

static bool by_revision(struct machine *m)
{
	const struct history *h = history_of(m);
	bool any = false;

	for (uint32_t i = 0; h && i < h->nrollups; i++)
		any |= h->rollups[i].revision != 0;
	return any && m->d->os_revision;
}

static uint32_t level(struct machine *m)
{
	const struct history *h = history_of(m);
	const struct segment *s = m->s;
	uint32_t best = 0, list[REACH];

	if (by_revision(m)) {
		for (uint32_t i = 0; i < h->nrollups; i++)
			if (h->rollups[i].revision && h->rollups[i].revision <= m->d->os_revision &&
			    h->rollups[i].order > best)
				best = h->rollups[i].order;
		return best;
	}
	for (uint32_t k = s->device_kb_start[m->no]; k < s->device_kb_start[m->no + 1]; k++) {
		size_t n = reach(m, NULL, s->device_kbs[k], list);

		for (size_t i = 0; i < n; i++)
			if (order_of(m, list[i]) > best)
				best = order_of(m, list[i]);
	}
	return best;
}

static bool installed_supersedes(struct machine *m, const struct vuln_row *v, uint32_t kb)
{
	const struct segment *s = m->s;
	uint32_t list[REACH];

	for (uint32_t k = s->device_kb_start[m->no]; k < s->device_kb_start[m->no + 1]; k++) {
		size_t n;

		if (denied(m, v, s->device_kbs[k]))
			continue;
		n = reach(m, v, s->device_kbs[k], list);
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

static enum word vendor_word(struct machine *m, const struct vuln_row *v)
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

static int judge(struct machine *m, const struct vuln_row *v)
{
	struct value all = {F, false};
	enum word word = vendor_word(m, v);
	uint32_t at = v->nsteps;

	while (at) {
		uint32_t end = at;
		struct operand c = evaluate(m, v, &at);
		bool on_line = word != SILENT && word != SAYS_UNKNOWN_LINE;
		struct value one = and_value(c.value, c.vulnerable);

		if (on_line && !other_counts(m, v, c.first, end, c.platform_windows) && one.v != F)
			one = (struct value){F, false};
		all = or_value(all, one);
	}
	if (all.v == T || word == SAYS_EXPOSED)
		return EXPOSURE_EXPOSED;
	if (all.v == U || word == SAYS_UNKNOWN || word == SAYS_UNKNOWN_LINE)
		return EXPOSURE_UNKNOWN;
	return all.fixed || word == SAYS_FIXED ? EXPOSURE_FIXED : EXPOSURE_NOT_AFFECTED;
}

int twin_state(const struct exposure_parts *parts, const struct segment *s, uint32_t device,
	       const struct vuln_row *v)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct machine m = {.parts = parts, .s = s, .no = device, .arena = arena};

	m.d = &s->devices[device];
	if (v->state == VULN_REJECTED || (v->nsteps == 0 && !speaks(parts, v, NULL)))
		return -1;
	machine_read(&m);
	return judge(&m, v);
}
