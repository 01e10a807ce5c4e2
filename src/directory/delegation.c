#include "directory/inner.h"

#include "base/table.h"
#include "wire/wire.h"

/*
 * What an organisation lets another do for it: view, answer, send evidence.  Every grant is kept
 * as it was said; an end ends those to the same receiver that were said before it.
 */

static const char *const given[] = {"view", "answer", "evidence"};

const char *delegation_gives_name(unsigned gives)
{
	for (size_t i = 0; i < ARRAY_LEN(given); i++)
		if (gives == 1u << i)
			return given[i];
	return NULL;
}

static unsigned gives_of(struct str word)
{
	for (size_t i = 0; i < ARRAY_LEN(given); i++)
		if (str_is(word, given[i]))
			return 1u << i;
	return 0;
}

/* --- views --- */

#define COLUMNS                                                                                    \
	"SELECT d.org, d.target, d.is_post, d.post, d.services, d.gives, d.start, d.ended,"        \
	" (SELECT MIN(e.ended) FROM directory_delegation_end e WHERE e.org = d.org"                \
	" AND e.target = d.target AND e.is_post = d.is_post"                                       \
	" AND (e.said, e.origin, e.record) > (d.said, d.origin, d.record))"                        \
	" FROM directory_delegation d"
#define ORDER " ORDER BY d.org, d.is_post, d.target, d.start, d.origin, d.record"

static struct delegation from_row(struct store_query *q, struct arena *arena)
{
	bool is_post = store_col_int(q, 2) != 0;
	struct str target = copy(arena, store_col_str(q, 1));
	struct delegation d = {.org = copy(arena, store_col_str(q, 0)),
			       .to = is_post ? (struct str){0} : target,
			       .to_post = is_post ? target : (struct str){0},
			       .by = copy(arena, store_col_str(q, 3)),
			       .services = copy(arena, store_col_str(q, 4)),
			       .gives = (unsigned)store_col_int(q, 5),
			       .start_ms = store_col_int(q, 6),
			       .end_ms = moment_col(q, 7)};
	int64_t cut_ms = moment_col(q, 8);

	if (cut_ms != DIRECTORY_NO_DATE && (d.end_ms == DIRECTORY_NO_DATE || cut_ms < d.end_ms))
		d.end_ms = cut_ms;
	return d;
}

bool delegation_holds(const struct delegation *d, int64_t at_ms)
{
	return d->start_ms <= at_ms && (d->end_ms == DIRECTORY_NO_DATE || at_ms < d->end_ms);
}

bool delegation_covers(const struct delegation *d, struct str service)
{
	struct str rest = d->services, one;

	if (!rest.n)
		return true;
	while (service.n && str_next(&rest, '\n', &one))
		if (str_eq_ci(one, service))
			return true;
	return false;
}

static bool query(const struct directory_view *view, struct receiver r, struct store_query **ret,
		  struct err *err)
{
	if (r.org.n)
		return store_query(view->store, SQL(COLUMNS " WHERE d.org = ?1" ORDER),
				   ARGS(store_text(r.org)), ret, err);
	if (r.to.n || r.post.n)
		return store_query(view->store, SQL(COLUMNS " WHERE d.target IN (?1, ?2)" ORDER),
				   ARGS(store_text(r.to), store_text(r.post)), ret, err);
	return store_query(view->store, SQL(COLUMNS ORDER), ARGS(), ret, err);
}

static bool receives(const struct delegation *d, struct receiver r)
{
	if (!r.to.n && !r.post.n)
		return true;
	return (d->to.n && str_eq(d->to, r.to)) || (d->to_post.n && str_eq(d->to_post, r.post));
}

bool delegations_find(const struct directory_view *view, struct receiver r, struct delegations *ret,
		      struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct delegations out = {0};
	size_t cap = 0;
	bool ok;

	if (!query(view, r, &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct delegation d = from_row(q, view->arena);

		if (receives(&d, r))
			ARENA_PUSH(view->arena, &out, cap, d);
	}
	if (ok)
		*ret = out;
	return ok;
}

bool directory_delegations(const struct directory_view *view,
			   const struct delegation_filter *filter, struct delegations *ret,
			   struct err *err)
{
	struct receiver r = {.org = directory_code(view->arena, filter->org),
			     .to = directory_code(view->arena, filter->to)};
	struct delegations found;
	struct post post;
	size_t n = 0;

	if (filter->post.n) {
		if (!directory_post_get(view, filter->post, &post, err))
			return false;
		r.post = post.id;
		r.to = post.org;
	}
	if (!delegations_find(view, r, &found, err))
		return false;
	for (size_t i = 0; i < found.n; i++) {
		const struct delegation *d = &found.v[i];

		if ((d->gives & filter->gives) == filter->gives &&
		    (filter->all || delegation_holds(d, view->at_ms)))
			found.v[n++] = *d;
	}
	found.n = n;
	*ret = found;
	return true;
}

/* --- delegation.grant --- */

static bool gives_member(struct act_ctx *ctx, unsigned *ret, struct err *err)
{
	struct json_value list, one;
	struct str word = {0};
	unsigned gives = 0;

	if (!json_need(ctx->body, "gives", JSON_ARRAY, &list, err))
		return false;
	for (struct json_iter it = json_iter(list); json_next(&it, &one);) {
		if (!json_str(one, &word) || !gives_of(word))
			return err_set(err, ERR_INVALID,
				       "\"gives\": \"%.*s\" is not view, answer or evidence",
				       (int)MIN_OF(word.n, (size_t)60), word.n ? word.p : "");
		gives |= gives_of(word);
	}
	if (!gives)
		return err_set(err, ERR_INVALID,
			       "nothing is delegated: give view, answer or "
			       "evidence");
	*ret = gives;
	return true;
}

static int by_text(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

/* The services named, in order, each once, parted by LF; empty for all. */
static bool services_member(struct act_ctx *ctx, struct str *ret, struct err *err)
{
	struct json_value list = {0}, one;
	struct str v[32], s = {0}, out = {0};
	size_t n = 0;

	if (!json_may(ctx->body, "services", JSON_ARRAY, &list, err))
		return false;
	for (struct json_iter it = json_iter(list); json_next(&it, &one);) {
		if (!json_str(one, &s) || !(s = str_trim(s)).n || !value_valid(s))
			return err_set(err, ERR_INVALID, "\"services\" holds what is no name");
		if (n == ARRAY_LEN(v))
			return err_set(err, ERR_LIMIT, "more than %zu services", ARRAY_LEN(v));
		v[n++] = s;
	}
	if (n)
		qsort(v, n, sizeof(*v), by_text);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !str_eq(v[i], v[i - 1]))
			out = arena_fmt(ctx->arena, "%.*s%s%.*s", STR_FMT(out), i ? "\n" : "",
					STR_FMT(v[i]));
	*ret = out;
	return true;
}

/* Who is meant: "to", an organisation, or "to_post". */
static bool target_member(struct act_ctx *ctx, struct receiver *ret, struct err *err)
{
	if (!dir_code(ctx, "org", true, &ret->org, err) ||
	    !dir_code(ctx, "to", false, &ret->to, err) ||
	    !dir_slug(ctx, "to_post", false, &ret->post, err))
		return false;
	if (!ret->to.n && !ret->post.n)
		return err_set(err, ERR_INVALID, "to whom? \"to\" or \"to_post\" is missing");
	if (ret->to.n && ret->post.n)
		return err_set(err, ERR_INVALID, "\"to\" and \"to_post\": one of them");
	return true;
}

struct grant {
	struct receiver target;
	struct str services;
	unsigned gives;
	struct span span;
};

static bool grant_parse(struct act_ctx *ctx, struct grant *g, struct err *err)
{
	return target_member(ctx, &g->target, err) && gives_member(ctx, &g->gives, err) &&
	       services_member(ctx, &g->services, err) && dir_span(ctx, &g->span, err);
}

/* The organisation that would receive it, open, and another one. */
static bool receiver_check(struct act_ctx *ctx, const struct receiver *t, struct str *ret,
			   struct err *err)
{
	struct str to = t->to;
	struct post post;

	if (!dir_open_org(ctx, t->org, err))
		return false;
	if (t->post.n) {
		if (!dir_post(ctx, t->post, &post, err))
			return false;
		if (post.ended_ms != DIRECTORY_NO_DATE && post.ended_ms <= ctx->record->stamped_ms)
			return err_set(err, ERR_INVALID, "the post %.*s has ended",
				       STR_FMT(post.id));
		to = post.org;
	}
	if (str_eq(to, t->org))
		return err_set(err, ERR_INVALID, "%.*s cannot delegate to itself", STR_FMT(to));
	*ret = to;
	return dir_open_org(ctx, to, err);
}

static bool overlaps(const struct delegation *d, const struct span *s)
{
	if (d->end_ms != DIRECTORY_NO_DATE &&
	    (d->end_ms <= d->start_ms || d->end_ms <= s->start_ms))
		return false;
	return s->end_ms == DIRECTORY_NO_DATE || d->start_ms < s->end_ms;
}

struct circle {
	struct act_ctx *ctx;
	const struct grant *grant;
	struct intern *met;
};

static void circle_free(struct circle *c)
{
	intern_close(c->met);
}

/* Those to whom code has delegated the same, while the grant holds. */
static bool circle_step(struct circle *c, struct str code, unsigned what, struct err *err)
{
	const struct directory_view view = dir_view(c->ctx);
	struct delegations out;

	if (!delegations_find(&view, (struct receiver){.org = code}, &out, err))
		return false;
	for (size_t i = 0; i < out.n; i++) {
		const struct delegation *d = &out.v[i];
		struct str to = d->to;
		struct post post;

		if (!(d->gives & what) || !overlaps(d, &c->grant->span))
			continue;
		if (d->to_post.n) {
			if (!directory_post_get(&view, d->to_post, &post, err))
				return false;
			to = post.org;
		}
		if (str_eq(to, c->grant->target.org))
			return err_set(err, ERR_INVALID,
				       "delegations in a circle: %.*s has %s from %.*s",
				       STR_FMT(to), delegation_gives_name(what), STR_FMT(code));
		intern_put(c->met, to);
	}
	return true;
}

/* Following what `to` delegates in its turn must not lead back: an answer would have no owner. */
static bool circle_check(struct act_ctx *ctx, const struct grant *g, struct str to, struct err *err)
{
	for (unsigned what = 1; what <= GIVES_EVIDENCE; what <<= 1) {
		AUTO(circle_free) struct circle c = {ctx, g, intern_open()};

		if (!(g->gives & what))
			continue;
		intern_put(c.met, to);
		for (uint32_t i = 0; i < intern_count(c.met); i++)
			if (!circle_step(&c, intern_str(c.met, i), what, err))
				return false;
	}
	return true;
}

/* What the kind of the post may not do at home it can't do for another. */
static bool usable(struct act_ctx *ctx, const struct grant *g, struct err *err)
{
	static const char *const rights[] = {"estate.read", "alert.answer", "estate.write"};
	struct post post;

	if (!g->target.post.n)
		return true;
	if (!dir_post(ctx, g->target.post, &post, err))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(rights); i++)
		if (g->gives & 1u << i &&
		    !directory_kind_may(post.kind, str_of(rights[i]), REACH_DELEGATED))
			return err_set(err, ERR_INVALID,
				       "%.*s is of the kind %.*s, which lacks the right %s: it "
				       "can't be given %s",
				       STR_FMT(post.id), STR_FMT(post.kind), rights[i], given[i]);
	return true;
}

bool grant_check(struct act_ctx *ctx, struct err *err)
{
	struct grant g = {0};
	struct str to;

	return grant_parse(ctx, &g, err) && receiver_check(ctx, &g.target, &to, err) &&
	       usable(ctx, &g, err) && circle_check(ctx, &g, to, err);
}

bool grant_apply(struct act_ctx *ctx, struct err *err)
{
	const struct record *r = ctx->record;
	struct grant g = {0};

	if (!grant_parse(ctx, &g, err))
		return false;
	return store_run(
		ctx->txn,
		SQL("INSERT INTO directory_delegation (org, target, is_post, origin, record, said,"
		    " post, gives, services, start, ended)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"),
		ARGS(store_text(g.target.org),
		     store_text(g.target.to.n ? g.target.to : g.target.post),
		     store_int(g.target.post.n > 0), store_text(r->site),
		     store_int((int64_t)r->number), store_int(r->stamped_ms), store_text(r->post),
		     store_int(g.gives), store_text(g.services), store_int(g.span.start_ms),
		     moment(g.span.end_ms)),
		err);
}

/* --- delegation.end --- */

bool grant_end_check(struct act_ctx *ctx, struct err *err)
{
	const struct directory_view view = dir_view(ctx);
	struct delegations found;
	struct receiver t = {0};
	struct str to;
	int64_t at_ms;

	if (!target_member(ctx, &t, err) || !dir_time(ctx, "at", true, &at_ms, err) ||
	    !delegations_find(&view, t, &found, err))
		return false;
	for (size_t i = 0; i < found.n; i++)
		if (found.v[i].end_ms == DIRECTORY_NO_DATE || found.v[i].end_ms > view.at_ms)
			return true;
	to = t.to.n ? t.to : t.post;
	return err_set(err, ERR_NOT_FOUND, "%.*s delegates nothing to %.*s", STR_FMT(t.org),
		       STR_FMT(to));
}

bool grant_end_apply(struct act_ctx *ctx, struct err *err)
{
	const struct record *r = ctx->record;
	struct receiver t = {0};
	int64_t at_ms;

	if (!target_member(ctx, &t, err) || !dir_time(ctx, "at", true, &at_ms, err))
		return false;
	return store_run(ctx->txn,
			 SQL("INSERT INTO directory_delegation_end (org, target, is_post, origin,"
			     " record, said, ended) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
			 ARGS(store_text(t.org), store_text(t.to.n ? t.to : t.post),
			      store_int(t.post.n > 0), store_text(r->site),
			      store_int((int64_t)r->number), store_int(r->stamped_ms),
			      store_int(at_ms < r->stamped_ms ? r->stamped_ms : at_ms)),
			 err);
}
