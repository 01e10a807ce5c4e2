#include "directory/inner.h"

#include "base/clock.h"
#include "base/near.h"

/* Contacts and their age, posts and who holds them. */

static int64_t age_days(int64_t confirmed_ms, int64_t at_ms)
{
	return confirmed_ms == DIRECTORY_NO_DATE || confirmed_ms > at_ms
		       ? (confirmed_ms == DIRECTORY_NO_DATE ? -1 : 0)
		       : (at_ms - confirmed_ms) / MS_PER_DAY;
}

/* Confirmed as it was stated, or by a confirmation since; one from before it changed is of
 * another person. */
static int64_t confirmed_at(int64_t stated_ms, int64_t taken_ms, int64_t confirmation_ms)
{
	if (confirmation_ms < taken_ms)
		return stated_ms;
	return confirmation_ms > stated_ms ? confirmation_ms : stated_ms;
}

bool directory_contacts(const struct directory_view *view, struct str org, struct contacts *ret,
			struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct contacts out = {0};
	size_t cap = 0;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT c.org, c.post, c.name, c.email, c.phone, c.out_of_band,"
			     " c.confirmed, c.taken, f.confirmed FROM directory_contact c"
			     " LEFT JOIN directory_confirmation f"
			     " ON f.org = c.org AND f.post = c.post"
			     " WHERE c.org = ?1 ORDER BY c.post"),
			 ARGS(store_text(directory_code(view->arena, org))), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct contact c = {
			.org = copy(view->arena, store_col_str(q, 0)),
			.post = copy(view->arena, store_col_str(q, 1)),
			.name = copy(view->arena, store_col_str(q, 2)),
			.email = copy(view->arena, store_col_str(q, 3)),
			.phone = copy(view->arena, store_col_str(q, 4)),
			.out_of_band = copy(view->arena, store_col_str(q, 5)),
			.confirmed_ms = confirmed_at(
				stamp_to_ms(store_col_str(q, 6)), store_col_int(q, 7),
				store_col_is_null(q, 8) ? DIRECTORY_NO_DATE : store_col_int(q, 8)),
		};

		c.age_days = age_days(c.confirmed_ms, view->at_ms);
		ARENA_PUSH(view->arena, &out, cap, c);
	}
	if (ok)
		*ret = out;
	return ok;
}

static struct post post_from_row(struct store_query *q, struct arena *arena)
{
	return (struct post){
		.id = copy(arena, store_col_str(q, 0)),
		.kind = copy(arena, store_col_str(q, 1)),
		.org = copy(arena, store_col_str(q, 2)),
		.title = copy(arena, store_col_str(q, 3)),
		.made_ms = stamp_to_ms(store_col_str(q, 4)),
		.ended_ms = store_col_is_null(q, 5) ? DIRECTORY_NO_DATE : store_col_int(q, 5),
	};
}

static bool no_post(const struct directory_view *view, struct str slug, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct near like = {.word = slug};
	bool ok;

	if (!store_query(view->store, SQL("SELECT post FROM directory_post ORDER BY post"), ARGS(),
			 &q, err))
		return false;
	while (store_next(q, &ok, err))
		near_try(&like, arena_str(view->arena, store_col_str(q, 0)));
	if (!ok)
		return false;
	if (like.best.n)
		return err_set(err, ERR_NOT_FOUND, "no post %.*s; did you mean %.*s?",
			       STR_FMT(slug), STR_FMT(like.best));
	return err_set(err, ERR_NOT_FOUND, "no post %.*s", STR_FMT(slug)) ||
	       err_hint(err, "; lynchpin post list names them");
}

bool directory_post_get(const struct directory_view *view, struct str id, struct post *ret,
			struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct str slug;
	bool row = false;

	if (!slug_lower(view->arena, id, &slug))
		return err_set(err, ERR_NOT_FOUND, "no post \"%.*s\"",
			       (int)MIN_OF(id.n, (size_t)SLUG_MAX), id.n ? id.p : "");
	if (!store_query(view->store,
			 SQL("SELECT p.post, p.kind, p.org, p.title, p.made, e.ended"
			     " FROM directory_post p LEFT JOIN directory_post_end e"
			     " ON e.post = p.post WHERE p.post = ?1"),
			 ARGS(store_text(slug)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return no_post(view, slug, err);
	*ret = post_from_row(q, view->arena);
	return true;
}

bool directory_posts(const struct directory_view *view, struct str org, struct posts *ret,
		     struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct posts out = {0};
	size_t cap = 0;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT p.post, p.kind, p.org, p.title, p.made, e.ended"
			     " FROM directory_post p LEFT JOIN directory_post_end e"
			     " ON e.post = p.post WHERE p.org = ?1 OR ?1 = '' ORDER BY p.post"),
			 ARGS(store_text(directory_code(view->arena, org))), &q, err))
		return false;
	while (store_next(q, &ok, err))
		ARENA_PUSH(view->arena, &out, cap, post_from_row(q, view->arena));
	if (ok)
		*ret = out;
	return ok;
}

bool directory_holders(const struct directory_view *view, struct str post, struct holders *ret,
		       struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct holders out = {0};
	struct str slug = {0};
	size_t cap = 0;
	bool ok;

	if (!slug_lower(view->arena, post, &slug))
		return *ret = out, true;
	if (!store_query(view->store,
			 SQL("SELECT h.post, h.person, p.name, p.email, p.phone, h.start, h.ended"
			     " FROM directory_holding h LEFT JOIN directory_person p"
			     " ON p.person = h.person WHERE h.post = ?1"
			     " ORDER BY h.start, h.person"),
			 ARGS(store_text(slug)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct holder h = {.post = copy(view->arena, store_col_str(q, 0)),
				   .person = copy(view->arena, store_col_str(q, 1)),
				   .name = copy(view->arena, store_col_str(q, 2)),
				   .email = copy(view->arena, store_col_str(q, 3)),
				   .phone = copy(view->arena, store_col_str(q, 4)),
				   .from_ms = stamp_to_ms(store_col_str(q, 5)),
				   .to_ms = stamp_to_ms(store_col_str(q, 6))};

		if (h.from_ms <= view->at_ms &&
		    (h.to_ms == DIRECTORY_NO_DATE || view->at_ms < h.to_ms))
			ARENA_PUSH(view->arena, &out, cap, h);
	}
	if (ok)
		*ret = out;
	return ok;
}

struct kind_words {
	struct text out;
	const char *last;
};

static void add_kind(void *ctx, const char *kind, enum post_scope scope, const char *right)
{
	struct kind_words *k = ctx;

	(void)scope;
	(void)right;
	if ((k->last && strcmp(k->last, kind) == 0) || !post_kind_given(str_of(kind)))
		return;
	text_addf(&k->out, "%s%s", k->last ? ", " : "", kind);
	k->last = kind;
}

bool post_kind_unknown(struct str kind, struct err *err)
{
	struct kind_words k = {.last = NULL};

	directory_rights_each(add_kind, &k);
	err_set(err, ERR_INVALID, "\"%.*s\" is no kind of post; the kinds are %s",
		(int)MIN_OF(kind.n, (size_t)SLUG_MAX), kind.n ? kind.p : "", text_c(&k.out));
	text_free(&k.out);
	return false;
}
