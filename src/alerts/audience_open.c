#include "alerts/audience.h"

static struct audiences *audiences_new(const struct alerts_view *view)
{
	struct audiences *a = mem_zero(1, sizeof(*a));

	a->view = (struct directory_view){view->store, view->arena, view->at_ms};
	a->places = intern_open();
	a->roles = intern_open();
	return a;
}

bool audiences_open(const struct alerts_view *view, struct audiences **ret, struct err *err)
{
	AUTO(audiences_closep) struct audiences *a = audiences_new(view);
	const struct org_filter all = {.state = ORG_ANY};

	if (!directory_org_list(&a->view, &all, &a->orgs, err))
		return false;
	for (size_t i = 0; i < a->orgs.n; i++) {
		intern_put(a->places, a->orgs.v[i].code);
		if (a->orgs.v[i].role.n)
			intern_put(a->roles, a->orgs.v[i].role);
	}
	*ret = a, a = NULL;
	return true;
}
