#ifndef CLI_SIGHT_H
#define CLI_SIGHT_H

/*
 * Inner door: who looks, and what of whom it may be shown.  Who gives --as looks as that post,
 * and sees what directory_post_sees() says.  Who gives none is the operator at the machine: the
 * store's file and key are in those hands already, so everything is shown.  Every command that
 * reads asks here; nothing is written.
 */

#include "cli/command.h"
#include "directory/directory.h"

struct sight {
	struct directory_view view;
	struct post post; /* id empty: the operator */
	enum post_scope scope;
	struct str last; /* asked for last, as rows come by organisation; and the answer */
	enum directory_sees last_sees;
};

/* As the command line says.  ERR_NOT_FOUND: no such post; ERR_DENIED: it has ended. */
MUST_CHECK bool sight_open(struct cli *c, struct acts *a, struct sight *ret, struct err *err);
/* The same for a post; none (empty) is the operator. */
MUST_CHECK bool sight_of_post(const struct directory_view *view, struct str post, struct sight *ret,
			      struct err *err);
static inline bool sight_is_operator(const struct sight *s)
{
	return !s->post.id.n;
}
/* Are the counts of every organisation open to it? */
static inline bool sight_counts_all(const struct sight *s)
{
	return sight_is_operator(s) || s->scope == SCOPE_NATION;
}
MUST_CHECK bool sight_sees(struct sight *s, struct str org, enum directory_sees *ret,
			   struct err *err);
/* ERR_DENIED, with who could open it and how, unless it sees so much of org; ERR_NOT_FOUND when
 * there is no such organisation. */
MUST_CHECK bool sight_need(struct sight *s, struct str org, enum directory_sees need,
			   struct err *err);
/* ERR_DENIED unless the post holds the right, for a right that is about no organisation. */
MUST_CHECK bool sight_right(const struct sight *s, const char *right, struct err *err);
/* ERR_DENIED for any post: what shows all there is, unparted. */
MUST_CHECK bool sight_whole(const struct sight *s, struct err *err);

/* Say how many organisations a listing leaves out: one line before the table (with CSV on standard
 * error), "hidden_organisations" in JSON.  The operator is told nothing, nothing being hidden. */
void sight_hidden(struct listing *l, const struct sight *s, uint64_t orgs);

#endif
