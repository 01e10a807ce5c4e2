#include "directory/inner.h"

/* Whom a message could get to at all. */

bool directory_reachable(const struct directory_view *view, struct codes *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct codes out = {0};
	size_t cap = 0;
	bool ok;

	if (!store_query(
		    view->store,
		    SQL("SELECT org FROM directory_contact"
			" WHERE email <> '' OR phone <> '' OR out_of_band <> ''"
			" UNION SELECT p.org FROM directory_post p"
			" JOIN directory_holding h ON h.post = p.post"
			" JOIN directory_person n ON n.person = h.person"
			" LEFT JOIN directory_post_end e ON e.post = p.post"
			" WHERE (n.email <> '' OR n.phone <> '') AND h.start <= ?1"
			" AND (h.ended = '' OR h.ended > ?1)"
			" AND (e.ended IS NULL OR e.ended > ?2) ORDER BY 1"),
		    ARGS(store_text(stamp_of_ms(view->arena, view->at_ms)), store_int(view->at_ms)),
		    &q, err))
		return false;
	while (store_next(q, &ok, err))
		ARENA_PUSH(view->arena, &out, cap, copy(view->arena, store_col_str(q, 0)));
	if (ok)
		*ret = out;
	return ok;
}
