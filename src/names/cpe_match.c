#include "names/names.h"

/*
 * Name matching (NISTIR 7696, 6.2 and 6.3).  Wildcards stand only at the ends
 * of a pattern: '*' for any number of characters, n times '?' for at most n.
 */

/* Characters, not bytes: a quoting '\' counts nothing. */
static size_t count_chars(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; n++)
		i += s.p[i] == '\\' && i + 1 < s.n ? 2 : 1;
	return n;
}

struct pattern {
	struct str body;
	size_t lead, trail; /* characters allowed before and after; SIZE_MAX any number */
};

static struct pattern pattern_of(struct str s)
{
	struct pattern p = {0};
	size_t at = 0;
	if (s.n && s.p[0] == '*') {
		p.lead = SIZE_MAX;
		at = 1;
	}
	for (; p.lead != SIZE_MAX && at < s.n && s.p[at] == '?'; at++)
		p.lead++;
	size_t start = at;
	while (at < s.n && s.p[at] != '*' && s.p[at] != '?')
		at += s.p[at] == '\\' && at + 1 < s.n ? 2 : 1;
	p.body = str_sub(s, start, at - start);
	if (at < s.n)
		p.trail = s.p[at] == '*' ? SIZE_MAX : s.n - at;
	return p;
}

bool cpe_wild_matches(struct str pattern, struct str text)
{
	struct pattern p = pattern_of(pattern);
	size_t have = count_chars(text), want = count_chars(p.body);
	if (want > have)
		return false;
	size_t spare = have - want;
	size_t first = p.trail >= spare ? 0 : spare - p.trail, last = MIN_OF(p.lead, spare);
	size_t at = 0;
	for (size_t no = 0; no <= last; no++) {
		if (no >= first && str_starts(str_from_offset(text, at), p.body))
			return true;
		if (at < text.n)
			at += text.p[at] == '\\' && at + 1 < text.n ? 2 : 1;
	}
	return false;
}

enum cpe_relation cpe_compare_attr(const struct cpe_attr *source, const struct cpe_attr *target)
{
	/* Rows 4, 8, 11, 17: nobody can say what a set of patterns contains. */
	if (target->kind == CPE_VALUE && target->wild)
		return CPE_UNDEFINED;
	if (source->kind == CPE_ANY)
		return target->kind == CPE_ANY ? CPE_EQUAL : CPE_SUPERSET;
	if (target->kind == CPE_ANY)
		return CPE_SUBSET;
	if (source->kind != target->kind)
		return CPE_DISJOINT;
	if (source->kind == CPE_NA)
		return CPE_EQUAL;
	if (source->wild)
		return cpe_wild_matches(source->text, target->text) ? CPE_SUPERSET : CPE_DISJOINT;
	return str_eq(source->text, target->text) ? CPE_EQUAL : CPE_DISJOINT;
}

enum cpe_relation cpe_compare_names(const struct cpe *source, const struct cpe *target,
				    enum cpe_relation each[CPE_ATTRS])
{
	unsigned seen = 0;
	for (size_t i = 0; i < CPE_ATTRS; i++) {
		enum cpe_relation relation = cpe_compare_attr(&source->attr[i], &target->attr[i]);
		seen |= 1u << relation;
		if (each)
			each[i] = relation;
	}
	if (seen & 1u << CPE_DISJOINT)
		return CPE_DISJOINT;
	if (seen & 1u << CPE_UNDEFINED)
		return CPE_UNDEFINED;
	bool subset = seen & 1u << CPE_SUBSET, superset = seen & 1u << CPE_SUPERSET;
	if (subset && superset)
		return CPE_NONE;
	return subset ? CPE_SUBSET : superset ? CPE_SUPERSET : CPE_EQUAL;
}

const char *cpe_relation_name(enum cpe_relation relation)
{
	static const char *const names[] = {"disjoint", "equal",     "subset",
					    "superset", "undefined", "none"};
	return relation <= CPE_NONE ? names[relation] : "none";
}
