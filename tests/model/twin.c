#include "twin_inner.h"

/*
 * Written from doc/exposure.md alone: no ranks, no sets, no classes.  To come to an end on a nation
 * it takes these short ways, each of which changes no answer: what a raw of an organisation is, is
 * looked up once; a criterion whose product is a plain value is compared with what is
 * called so, or whose name is open; a name that lacks a word (by its hash) is not compared word by
 * word; what an update supersedes on a line, and the vendor's word for devices of the same line,
 * updates, files and freshness, is found once.
 */

/* ---- the device -------------------------------------------------------------------- */

static struct str plain(const struct cpe_attr *a)
{
	return a->kind == CPE_VALUE && !a->wild ? a->text : (struct str){0};
}

static uint32_t hash_text(struct str s)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (uint8_t)s.p[i]) * 16777619U;
	return h ^ h >> 15;
}

static uint64_t word_bit(struct str word)
{
	return (uint64_t)1 << (hash_text(word) & 63);
}

/* One more, in the list where it is looked for. */
static struct held *held_add(struct machine *m, const struct cpe *cpe)
{
	struct held *h = &m->held[m->nheld];
	struct str product = plain(&cpe->attr[CPE_PRODUCT]);
	uint16_t *list = product.n ? &m->bucket[hash_text(product) % BUCKETS] : &m->open;

	assert(m->nheld < HELD_MOST);
	h->next = *list;
	*list = (uint16_t)m->nheld++;
	h->cpe = *cpe;
	return h;
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

static void hold(struct machine *m, const struct estate_resolved *r)
{
	for (size_t i = 0; i < r->n; i++) {
		struct held *h = held_add(m, &r->cpes[i]);

		h->release = names_a_release(&h->cpe);
		h->scheme = r->scheme_fixed
				    ? r->scheme
				    : version_scheme_of_product(plain(&h->cpe.attr[CPE_VENDOR]),
								plain(&h->cpe.attr[CPE_PRODUCT]));
	}
}

static void name_add(struct machine *m, struct str publisher, struct str name, bool os)
{
	struct unknown_name *u = &m->names[m->nnames++];

	assert(m->nnames <= NAMES_MOST);
	struct str *a, *b;
	size_t na = name_tokens(m->arena, publisher, &a), nb = name_tokens(m->arena, name, &b);

	*u = (struct unknown_name){.os = os, .n = na + nb};
	u->tokens = ARENA_ARRAY(m->arena, struct str, na + nb + 1);
	for (size_t i = 0; i < na + nb; i++) {
		u->tokens[i] = i < na ? a[i] : b[i - na];
		u->words |= word_bit(u->tokens[i]);
	}
}

void raw_read(struct machine *m, uint32_t no)
{
	const struct segment *s = m->s;
	const struct estate_raw *raw = &s->raws[no];
	struct estate_resolved r = {0};
	struct str name = seg_str(s, raw->name);

	m->parts->resolver.raw(m->parts->resolver.ctx, s, raw, m->arena, &r);
	hold(m, &r);
	if (name.n == 0)
		name = seg_str(s, raw->purl.n ? raw->purl : raw->cpe);
	if (r.n == 0 && r.state != RESOLUTION_NONE)
		name_add(m, seg_str(s, raw->publisher), name, false);
}

static void software_read(struct machine *m)
{
	struct device_raws raws = segment_raws(m->s, m->no, m->arena);

	for (uint32_t i = 0; i < raws.n; i++)
		raw_read(m, raws.v[i]);
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

void machine_clear(struct machine *m)
{
	memset(m->bucket, 0xff, sizeof(m->bucket));
	m->open = NOWHERE;
	m->nheld = m->nnames = 0;
	m->windows = m->level_known = false;
}

static void held_again(struct machine *m, const struct held *is)
{
	struct held *h = held_add(m, &is->cpe);

	h->scheme = is->scheme;
	h->release = is->release;
}

static void inventory_take(struct machine *m, const struct inventory *v)
{
	for (uint32_t i = v->start[m->no]; i < v->start[m->no + 1]; i++) {
		const struct raw_is *r = &v->raws[v->list[i]];

		for (size_t k = 0; k < r->nheld; k++)
			held_again(m, &r->held[k]);
		for (size_t k = 0; k < r->nnames; k++) {
			assert(m->nnames < NAMES_MOST);
			m->names[m->nnames++] = r->names[k];
		}
	}
}

void machine_read(struct machine *m)
{
	machine_clear(m);
	if (m->inventory)
		inventory_take(m, m->inventory);
	else
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

static struct str folded(struct arena *a, const struct cpe *c)
{
	return version_with_update(a, c->attr[CPE_VERSION].text, plain(&c->attr[CPE_UPDATE]));
}

static bool is_plain(const struct cpe_attr *a)
{
	return a->kind == CPE_VALUE && !a->wild;
}

static enum kleene exact_version(struct machine *m, const struct cpe *c, const struct held *held)
{
	const struct cpe *h = &held->cpe;
	const struct cpe_attr *v = &c->attr[CPE_VERSION];
	enum kleene version = attribute(v, &h->attr[CPE_VERSION]);
	enum kleene update = attribute(&c->attr[CPE_UPDATE], &h->attr[CPE_UPDATE]);

	if (v->kind == CPE_ANY || (v->kind == CPE_NA && !held->release))
		version = T;
	if (is_plain(v) && is_plain(&h->attr[CPE_VERSION]) &&
	    (is_plain(&c->attr[CPE_UPDATE]) || is_plain(&h->attr[CPE_UPDATE])) &&
	    str_eq(folded(m->scratch, c), folded(m->scratch, h)))
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
		return (struct value){least(name, exact_version(m, c, h)), false};
	name = least(name, attribute(&c->attr[CPE_UPDATE], &h->cpe.attr[CPE_UPDATE]));
	if (hv->kind == CPE_ANY || hv->wild)
		return (struct value){least(name, U), false};
	if (hv->kind == CPE_NA)
		return (struct value){F, false};
	v = folded(m->scratch, &h->cpe);
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

/* The words of an attribute. */
static struct wording attr_words(struct arena *arena, const struct cpe_attr *a)
{
	AUTO(text_freep) struct text t = {0};
	struct wording r = {.open = !is_plain(a)};

	if (r.open)
		return r;
	cpe_attr_plain(a, &t);
	for (size_t i = 0; i < t.n; i++)
		t.p[i] = t.p[i] == '_' ? ' ' : t.p[i];
	r.n = name_tokens(arena, text_str(&t), &r.v);
	for (size_t i = 0; i < r.n; i++)
		r.bits |= word_bit(r.v[i]);
	return r;
}

/* How many of them occur in the name. */
static size_t words_in(const struct unknown_name *u, const struct wording *w)
{
	size_t in = 0;

	for (size_t i = 0; i < w->n; i++)
		in += occurs(u, w->v[i]);
	return in;
}

static bool could_be(const struct unknown_name *u, const struct asked *q)
{
	const struct cpe_attr *part = &q->cpe.attr[CPE_PART];
	bool all_vendor;
	size_t in;

	if (part->kind == CPE_NA || (is_plain(part) && str_is(part->text, "o") != u->os))
		return false;
	if (q->product.open && q->vendor.open)
		return true;
	all_vendor = q->vendor.n && words_in(u, &q->vendor) == q->vendor.n;
	if (q->product.n == 0)
		return all_vendor;
	in = words_in(u, &q->product);
	return in == q->product.n || (all_vendor && in);
}

void asked_read(const struct match *match, struct arena *arena, struct asked *ret)
{
	const struct cpe_attr *part = &ret->cpe.attr[CPE_PART];
	struct err err;
	struct cpe cpe;

	*ret = (struct asked){.readable = cpe_parse(arena, match->cpe, &cpe, &err)};
	if (!ret->readable)
		return;
	ret->cpe = cpe;
	ret->o = !is_plain(part) || str_is(part->text, "o");
	ret->ah = !is_plain(part) || !str_is(part->text, "o");
	ret->microsoft = str_is(plain(&cpe.attr[CPE_VENDOR]), "microsoft");
	ret->windows = ret->microsoft && str_is(plain(part), "o") &&
		       str_starts(cpe.attr[CPE_PRODUCT].text, STR("windows"));
	ret->vendor = attr_words(arena, &cpe.attr[CPE_VENDOR]);
	ret->product = attr_words(arena, &cpe.attr[CPE_PRODUCT]);
}

static const struct asked *asked_of(struct machine *m, uint32_t no)
{
	if (m->hand)
		return m->hand->twin->asked[no];
	asked_read(&m->parts->image->matches[no], m->scratch, &m->one);
	return &m->one;
}

static void compare_list(struct machine *m, const struct match *match, const struct cpe *c,
			 uint16_t from, struct value *r)
{
	for (uint16_t i = from; i != NOWHERE; i = m->held[i].next) {
		struct value one = compare(m, match, c, &m->held[i]);

		r->v = one.v > r->v ? one.v : r->v;
		r->fixed |= one.fixed;
	}
}

/* Whether it has all words of the product, or all of the vendor, as far as hashes tell. */
static bool may_be(const struct unknown_name *u, const struct asked *q)
{
	return (u->words & q->product.bits) == q->product.bits ||
	       (u->words & q->vendor.bits) == q->vendor.bits;
}

static struct value criterion(struct machine *m, uint32_t no)
{
	const struct match *match = &m->parts->image->matches[no];
	const struct asked *q = asked_of(m, no);
	const struct cpe *c = &q->cpe;
	struct str product = plain(&c->attr[CPE_PRODUCT]);
	struct value r = {F, false};

	if (!q->readable)
		return (struct value){U, false};
	for (uint32_t b = 0; !product.n && b < BUCKETS; b++)
		compare_list(m, match, c, m->bucket[b], &r);
	if (product.n)
		compare_list(m, match, c, m->bucket[hash_text(product) % BUCKETS], &r);
	compare_list(m, match, c, m->open, &r);
	for (size_t i = 0; i < m->nnames && r.v == F; i++)
		if (may_be(&m->names[i], q) && could_be(&m->names[i], q))
			r.v = U;
	if (r.v == F && ((q->o && !m->os_seen) || (q->ah && !m->software_seen)))
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
	const struct asked *q = asked_of(m, match);

	*ret_windows = q->windows;
	return q->microsoft;
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

int judge(struct machine *m, const struct vuln_row *v, enum word word)
{
	struct value all = {F, false};
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

bool nobody_judges(const struct exposure_parts *parts, const struct vuln_row *v)
{
	return v->state == VULN_REJECTED || (v->nsteps == 0 && !speaks(parts, v, NULL));
}

int twin_state(const struct exposure_parts *parts, const struct segment *s, uint32_t device,
	       const struct vuln_row *v)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	/* A megabyte, which machine_read() clears as far as it is read.  One thread asks. */
	static struct machine kept;
	struct machine *m = &kept;

	if (nobody_judges(parts, v))
		return -1;
	m->parts = parts;
	m->s = s;
	m->no = device;
	m->d = &s->devices[device];
	m->arena = m->scratch = arena;
	machine_read(m);
	return judge(m, v, vendor_word_find(m, v));
}
