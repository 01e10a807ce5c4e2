#include "alerts/inner.h"

static bool is_member(const struct alerts_view *view, struct str alert, struct str org, bool *ret,
		      struct err *err)
{
	struct member_list members;
	struct err why;

	*ret = members_of(view, alert, org, &members, &why);
	if (*ret || why.code == ERR_NOT_FOUND)
		return true;
	*err = why;
	return false;
}

bool asks_itself(const struct alerts_view *view, struct str alert, struct str org, bool *ret,
		 struct err *err)
{
	const struct directory_view directory = {view->store, view->arena, view->at_ms};
	struct successions ends;

	if (!is_member(view, alert, org, ret, err) ||
	    !directory_successions(&directory, org, &ends, err))
		return false;
	for (size_t i = 0; i < ends.n; i++)
		*ret &= !str_eq(ends.v[i].org, org);
	return true;
}

bool waited_for(const struct alerts_view *view, struct str alert, struct str org, bool *ret,
		struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	return store_query(view->store,
			   SQL("SELECT 1 FROM alerts_claim WHERE alert = ?1 AND supplier = ?2"
			       " AND supplier <> '' AND at <= ?3 LIMIT 1"),
			   ARGS(store_text(alert), store_text(org), store_int(view->at_ms)), &q,
			   err) &&
	       store_step(q, ret, err);
}

bool alert_asks(const struct alerts_view *view, struct str alert, struct str org, bool *ret,
		struct err *err)
{
	bool asked = false;

	if (!is_member(view, alert, org, &asked, err) ||
	    (!asked && !waited_for(view, alert, org, &asked, err)))
		return false;
	*ret = asked;
	return true;
}
