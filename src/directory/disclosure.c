#include "directory/inner.h"

#include "base/clock.h"

/* Who opened the device list of an organisation not its own, when and for what purpose. */

enum { PURPOSE_WORDS = 3, OPEN_MS = DISCLOSURE_HOURS * MS_PER_HOUR };

bool directory_disclosures(const struct directory_view *view, struct str org,
			   struct disclosures *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct str code = directory_code(view->arena, org);
	struct disclosures out = {0};
	size_t cap = 0;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT post, os_user, purpose, opened FROM directory_disclosure"
			     " WHERE org = ?1 AND opened <= ?2 ORDER BY opened, origin, record"),
			 ARGS(store_text(code), store_int(view->at_ms)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct disclosure d = {.org = code,
				       .post = copy(view->arena, store_col_str(q, 0)),
				       .user = copy(view->arena, store_col_str(q, 1)),
				       .purpose = copy(view->arena, store_col_str(q, 2)),
				       .opened_ms = store_col_int(q, 3)};

		d.until_ms = d.opened_ms + OPEN_MS;
		ARENA_PUSH(view->arena, &out, cap, d);
	}
	if (ok)
		*ret = out;
	return ok;
}

bool disclosure_open(const struct directory_view *view, struct str org, struct str post, bool *ret,
		     struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	return store_query(view->store,
			   SQL("SELECT record FROM directory_disclosure WHERE org = ?1"
			       " AND post = ?2 AND opened <= ?3 AND opened > ?4 LIMIT 1"),
			   ARGS(store_text(org), store_text(post), store_int(view->at_ms),
				store_int(view->at_ms - OPEN_MS)),
			   &q, err) &&
	       store_step(q, ret, err);
}

static size_t words(struct str s)
{
	struct str one;
	size_t n = 0;

	while (s.n && str_next(&s, ' ', &one))
		n += one.n > 0;
	return n;
}

static bool members(struct act_ctx *ctx, struct str *ret_org, struct str *ret_purpose,
		    struct err *err)
{
	if (!dir_code(ctx, "org", true, ret_org, err) ||
	    !dir_text(ctx, "purpose", true, ret_purpose, err))
		return false;
	return words(*ret_purpose) >= PURPOSE_WORDS ||
	       err_set(err, ERR_INVALID,
		       "the organisation will read the purpose: say it in %d words or more",
		       PURPOSE_WORDS);
}

bool disclose_check(struct act_ctx *ctx, struct err *err)
{
	struct str org, purpose;
	struct post post;
	struct org known;

	if (!members(ctx, &org, &purpose, err) || !dir_org(ctx, org, &known, err) ||
	    !dir_post(ctx, ctx->record->post, &post, err))
		return false;
	return !str_eq(post.org, org) ||
	       err_set(err, ERR_EXISTS, "the device list of %.*s is open to its own posts",
		       STR_FMT(org));
}

bool disclose_apply(struct act_ctx *ctx, struct err *err)
{
	const struct record *r = ctx->record;
	struct str org, purpose;

	return members(ctx, &org, &purpose, err) &&
	       store_run(ctx->txn,
			 SQL("INSERT INTO directory_disclosure (org, origin, record, post,"
			     " os_user, purpose, opened) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
			 ARGS(store_text(org), store_text(r->site), store_int((int64_t)r->number),
			      store_text(r->post), store_text(r->user), store_text(purpose),
			      store_int(r->stamped_ms)),
			 err);
}
