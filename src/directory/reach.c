#include "directory/inner.h"

/* Whom a message could get to at all. */

#define REACHABLE(and_c, and_p)                                                                    \
	SQL("SELECT org FROM directory_contact"                                                    \
	    " WHERE (email <> '' OR phone <> '' OR out_of_band <> '')" and_c                       \
	    " UNION SELECT p.org FROM directory_post p"                                            \
	    " JOIN directory_holding h ON h.post = p.post"                                         \
	    " JOIN directory_person n ON n.person = h.person"                                      \
	    " LEFT JOIN directory_post_end e ON e.post = p.post"                                   \
	    " WHERE (n.email <> '' OR n.phone <> '') AND h.start <= ?1"                            \
	    " AND (h.ended = '' OR h.ended > ?1)"                                                  \
	    " AND (e.ended IS NULL OR e.ended > ?2)" and_p " ORDER BY 1")

bool directory_reachable(const struct directory_view *view, struct str org, struct codes *ret,
			 struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct str day = stamp_of_ms(view->arena, view->at_ms);
	struct store_args args = ARGS(store_text(day), store_int(view->at_ms), store_text(org));
	struct codes out = {0};
	size_t cap = 0;
	bool ok;

	if (!org.n)
		args.n--;
	if (!store_query(view->store,
			 org.n ? REACHABLE(" AND org = ?3", " AND p.org = ?3") : REACHABLE("", ""),
			 args, &q, err))
		return false;
	while (store_next(q, &ok, err))
		ARENA_PUSH(view->arena, &out, cap, copy(view->arena, store_col_str(q, 0)));
	if (ok)
		*ret = out;
	return ok;
}
