#include "exposure/inner.h"

/*
 * One criterion against one component.  NISTIR 7696 (6.1, table 6-2) with the criterion as
 * source and the component as target: equal or superset matches, disjoint doesn't.  Where the
 * component is the wider of the two or holds wildcards (subset, undefined) it may or may not be
 * what is meant: unknown.
 */

enum tri attr_tri(const struct cpe_attr *criterion, const struct cpe_attr *component)
{
	if (cpe_attr_matches(criterion, component))
		return TRI_TRUE;
	if (component->kind == CPE_ANY)
		return TRI_UNKNOWN;
	if (!component->wild || component->kind != CPE_VALUE || criterion->kind == CPE_NA)
		return TRI_FALSE;
	if (criterion->kind == CPE_VALUE && !criterion->wild)
		return cpe_wild_matches(component->text, criterion->text) ? TRI_UNKNOWN : TRI_FALSE;
	return TRI_UNKNOWN;
}

enum tri group_tri(const struct cpe *criterion, const struct cpe *component)
{
	const struct cpe_attr *cv = &criterion->attr[CPE_VENDOR],
			      *cp = &criterion->attr[CPE_PRODUCT];
	const struct cpe_attr *v = &component->attr[CPE_VENDOR], *p = &component->attr[CPE_PRODUCT];
	enum tri part = attr_tri(&criterion->attr[CPE_PART], &component->attr[CPE_PART]);
	enum tri vendor = attr_tri(cv, v), product = attr_tri(cp, p);

	/* One wider and the other narrower say nothing of each other: else a component without a
	 * vendor would be concerned by every criterion without a product. */
	if (vendor == TRI_UNKNOWN && product == TRI_TRUE && !attr_is_plain(cp) && attr_is_plain(p))
		return TRI_FALSE;
	if (product == TRI_UNKNOWN && vendor == TRI_TRUE && !attr_is_plain(cv) && attr_is_plain(v))
		return TRI_FALSE;
	return MIN_OF(part, MIN_OF(vendor, product));
}

enum tri tail_tri(const struct cpe *criterion, const struct cpe *component)
{
	enum tri all = TRI_TRUE;

	for (int i = CPE_EDITION; i < CPE_ATTRS && all != TRI_FALSE; i++) {
		enum tri one = attr_tri(&criterion->attr[i], &component->attr[i]);

		all = MIN_OF(all, one);
	}
	return all;
}

enum place range_place(const struct match *m, enum version_scheme scheme, struct str version)
{
	int c;

	if (m->end.n) {
		c = version_compare(scheme, version, m->end);
		if (c > 0 || (c == 0 && m->end_excluding))
			return PLACE_BEYOND;
	}
	if (m->start.n) {
		c = version_compare(scheme, version, m->start);
		if (c < 0 || (c == 0 && m->start_excluding))
			return PLACE_BEFORE;
	}
	return PLACE_IN;
}

static struct comparison compare_range(const struct match *m, const struct component *c)
{
	const struct cpe_attr *v = &c->cpe->attr[CPE_VERSION];
	enum place place;

	if (v->kind == CPE_ANY || v->wild)
		return (struct comparison){.value = TRI_UNKNOWN};
	if (v->kind == CPE_NA)
		return (struct comparison){.value = TRI_FALSE};
	place = range_place(m, c->scheme, c->version);
	return (struct comparison){place == PLACE_IN ? TRI_TRUE : TRI_FALSE, place == PLACE_BEYOND};
}

/* 8.5 with update p1 is 8.5p1 however the two are parted. */
static bool folded_eq(const struct cpe *criterion, const struct component *c, struct arena *scratch)
{
	const struct cpe_attr *v = &criterion->attr[CPE_VERSION];
	const struct cpe_attr *u = &criterion->attr[CPE_UPDATE];

	if (!attr_is_plain(v) || !attr_is_plain(&c->cpe->attr[CPE_VERSION]))
		return false;
	if (!attr_is_plain(u) && !attr_is_plain(&c->cpe->attr[CPE_UPDATE]))
		return false;
	return str_eq(attr_is_plain(u) ? version_with_update(scratch, v->text, u->text) : v->text,
		      c->version);
}

static enum tri compare_exact(const struct cpe *criterion, const struct component *c,
			      struct arena *scratch)
{
	const struct cpe_attr *v = &criterion->attr[CPE_VERSION];
	enum tri version = attr_tri(v, &c->cpe->attr[CPE_VERSION]);
	enum tri update = attr_tri(&criterion->attr[CPE_UPDATE], &c->cpe->attr[CPE_UPDATE]);

	/* A criterion without a version: the name decides, except among Windows releases, which
	 * are told apart by it. */
	if (v->kind == CPE_ANY || (v->kind == CPE_NA && !c->release))
		version = TRI_TRUE;
	if (MIN_OF(version, update) != TRI_TRUE && folded_eq(criterion, c, scratch))
		return TRI_TRUE;
	return MIN_OF(version, update);
}

struct comparison component_compare(const struct match *m, const struct cpe *criterion,
				    const struct component *c, struct arena *scratch)
{
	struct comparison r = {.value = TRI_FALSE};
	enum tri name = group_tri(criterion, c->cpe);
	enum tri tail = tail_tri(criterion, c->cpe);

	name = MIN_OF(name, tail);
	if (name == TRI_FALSE)
		return r;
	if (match_has_range(m)) {
		enum tri update = attr_tri(&criterion->attr[CPE_UPDATE], &c->cpe->attr[CPE_UPDATE]);

		r = compare_range(m, c);
		name = MIN_OF(name, update);
	} else {
		r.value = compare_exact(criterion, c, scratch);
	}
	r.beyond = r.beyond && name == TRI_TRUE;
	r.value = MIN_OF(r.value, name);
	return r;
}
