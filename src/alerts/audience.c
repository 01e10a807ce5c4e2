#include "alerts/audience.h"

#include "base/bits.h"

/*
 * Whom a rule reaches.  The directory is loaded once, whatever the number of rules; who is
 * beneath a parent is found once per parent.
 */

void audiences_close(struct audiences *a)
{
	if (!a)
		return;
	intern_close(a->places);
	intern_close(a->roles);
	free(a->beneath.v);
	free(a);
}

const struct org *audiences_org(const struct audiences *a, struct str code)
{
	uint32_t at = intern_find(a->places, code);

	return at == UINT32_MAX ? NULL : &a->orgs.v[at];
}

static bool beneath_of(struct audiences *a, struct str parent, const uint64_t **ret,
		       struct err *err)
{
	const struct org_filter filter = {.parent = parent};
	struct org_list found;
	uint64_t *in;

	for (size_t i = 0; i < a->beneath.n; i++)
		if (str_eq(a->beneath.v[i].parent, parent))
			return *ret = a->beneath.v[i].in, true;
	in = ARENA_ARRAY(a->view.arena, uint64_t, bits_words(a->orgs.n) + 1);
	/* A parent that is gone from the directory has nobody beneath it. */
	if (intern_find(a->places, parent) != UINT32_MAX) {
		if (!directory_org_list(&a->view, &filter, &found, err))
			return false;
		for (size_t i = 0; i < found.n; i++)
			bits_add(in, intern_find(a->places, found.v[i].code));
	}
	VEC_PUSH(&a->beneath, (struct beneath){parent, in});
	return *ret = in, true;
}

static bool list_has(const struct str_list *list, struct str s)
{
	return list->n && bsearch(&s, list->v, list->n, sizeof(*list->v), str_qsort_cmp);
}

/* Those beneath any of the parents. */
static bool beneath_any(struct audiences *a, const struct str_list *parents, uint64_t *in,
			struct err *err)
{
	const uint64_t *one;

	for (size_t i = 0; i < parents->n; i++) {
		if (!beneath_of(a, parents->v[i], &one, err))
			return false;
		bits_or(in, one, bits_words(a->orgs.n));
	}
	return true;
}

static bool meets(const struct audience *rule, const struct org *o, bool beneath)
{
	if (!o->open || list_has(&rule->except, o->code))
		return false;
	if (rule->everyone || list_has(&rule->orgs, o->code))
		return true;
	if (!rule->roles.n && !rule->regions.n && !rule->parents.n)
		return false;
	return (!rule->roles.n || list_has(&rule->roles, o->role)) &&
	       (!rule->regions.n || list_has(&rule->regions, o->region)) &&
	       (!rule->parents.n || beneath);
}

bool audiences_of(struct audiences *a, const struct audience *rule, struct str_list *ret,
		  struct err *err)
{
	AUTO(freep) uint64_t *in = mem_zero(bits_words(a->orgs.n) + 1, sizeof(*in));
	struct str *v = ARENA_ARRAY(a->view.arena, struct str, a->orgs.n + 1);
	size_t n = 0;

	if (!beneath_any(a, &rule->parents, in, err))
		return false;
	for (size_t i = 0; i < a->orgs.n; i++)
		if (meets(rule, &a->orgs.v[i], bits_has(in, i)))
			v[n++] = a->orgs.v[i].code;
	*ret = (struct str_list){v, n};
	return true;
}

bool alert_audience(const struct alerts_view *view, const struct audience *rule,
		    struct str_list *ret, struct err *err)
{
	AUTO(audiences_closep) struct audiences *a = NULL;

	return audiences_open(view, &a, err) && audiences_of(a, rule, ret, err);
}

/* --- names that the directory doesn't know --- */

static bool orgs_known(const struct audiences *a, const struct str_list *codes, const char *what,
		       struct err *err)
{
	for (size_t i = 0; i < codes->n; i++)
		if (intern_find(a->places, codes->v[i]) == UINT32_MAX)
			return err_set(err, ERR_INVALID,
				       "audience: %s %.*s is not in the directory", what,
				       STR_FMT(codes->v[i]));
	return true;
}

static bool regions_known(const struct audiences *a, const struct str_list *codes, struct err *err)
{
	if (!orgs_known(a, codes, "the region", err))
		return false;
	for (size_t i = 0; i < codes->n; i++) {
		const struct org *o = &a->orgs.v[intern_find(a->places, codes->v[i])];

		if (!str_is(o->role, "region"))
			return err_set(err, ERR_INVALID, "audience: %.*s is no region but a %.*s",
				       STR_FMT(o->code),
				       STR_FMT(o->role.n ? o->role : STR("body without a role")));
	}
	return true;
}

bool audiences_known(struct audiences *a, const struct audience *rule, struct err *err)
{
	for (size_t i = 0; i < rule->roles.n; i++)
		if (intern_find(a->roles, rule->roles.v[i]) == UINT32_MAX)
			return err_set(err, ERR_INVALID,
				       "audience: no organisation has the role %.*s",
				       STR_FMT(rule->roles.v[i]));
	return regions_known(a, &rule->regions, err) &&
	       orgs_known(a, &rule->parents, "the parent", err) &&
	       orgs_known(a, &rule->orgs, "the organisation", err) &&
	       orgs_known(a, &rule->except, "the organisation", err);
}
