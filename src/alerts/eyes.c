#include "alerts/eyes.h"

struct scope_of {
	struct str kind;
	enum post_scope scope;
};

static void note_scope(void *ctx, const char *kind, enum post_scope scope, const char *right)
{
	struct scope_of *s = ctx;

	(void)right;
	if (str_is(s->kind, kind))
		s->scope = scope;
}

void eyes_release(struct eyes *e)
{
	intern_closep(&e->orgs);
}

bool eyes_open(const struct alerts_view *view, struct str id, struct eyes *e, struct err *err)
{
	const struct directory_view dv = {view->store, view->arena, view->at_ms};
	const struct delegation_filter filter = {.post = id};
	struct delegations given;
	struct scope_of of = {.scope = SCOPE_ORGANISATION};
	struct post post;

	e->orgs = intern_open();
	if (!id.n)
		return e->all = true;
	if (!directory_post_get(&dv, id, &post, err))
		return false;
	of.kind = post.kind;
	directory_rights_each(note_scope, &of);
	e->all = of.scope == SCOPE_NATION;
	if (of.scope == SCOPE_REGION)
		e->region = post.org;
	(void)intern_put(e->orgs, post.org);
	if (!directory_delegations(&dv, &filter, &given, err))
		return false;
	for (size_t i = 0; i < given.n; i++)
		(void)intern_put(e->orgs, given.v[i].org);
	return true;
}

bool eyes_see(const struct eyes *e, struct str org, struct str region)
{
	return e->all || (e->region.n && str_eq(e->region, region)) ||
	       intern_find(e->orgs, org) != UINT32_MAX;
}

void eyes_hide_few(const struct eyes *e, const uint64_t *seen, uint64_t *count)
{
	if (e->all || e->region.n)
		return;
	for (size_t i = 0; i < OBLIGATION_STATES; i++)
		if (count[i] - seen[i] < PEERS_MIN)
			count[i] = 0;
}
