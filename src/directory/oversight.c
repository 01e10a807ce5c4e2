#include "directory/inner.h"

#include "wire/wire.h"

/*
 * Which bodies oversee an organisation in which duty, and which of them leads: the last that was
 * made the lead, as long as it is; the others read.  Every statement is kept as it was said.
 */

static const char *const duties[] = {"alerts", "evidence", "incident", "assurance", "exceptions"};

const char *directory_duty_at(size_t i)
{
	return i < ARRAY_LEN(duties) ? duties[i] : NULL;
}

static bool duty_known(struct str duty)
{
	for (size_t i = 0; i < ARRAY_LEN(duties); i++)
		if (str_is(duty, duties[i]))
			return true;
	return false;
}

/* --- the view --- */

/* Rows of one organisation by duty, then in the order in which they come to hold. */
static bool load(const struct directory_view *view, struct str org, struct oversights *ret,
		 struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	size_t cap = 0;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT o.duty, o.body, o.leads, o.start, o.ended,"
			     " (SELECT MIN(e.ended) FROM directory_oversight_end e"
			     " WHERE e.org = o.org AND e.duty = o.duty AND e.body = o.body"
			     " AND (e.said, e.origin, e.record) > (o.said, o.origin, o.record))"
			     " FROM directory_oversight o WHERE o.org = ?1"
			     " ORDER BY o.duty, o.start, o.said, o.origin, o.record"),
			 ARGS(store_text(org)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct oversight o;
		int64_t cut_ms;

		o = (struct oversight){.org = org,
				       .duty = copy(view->arena, store_col_str(q, 0)),
				       .body = copy(view->arena, store_col_str(q, 1)),
				       .lead = store_col_int(q, 2) != 0,
				       .start_ms = store_col_int(q, 3),
				       .end_ms = moment_col(q, 4)};
		cut_ms = moment_col(q, 5);
		if (cut_ms != DIRECTORY_NO_DATE &&
		    (o.end_ms == DIRECTORY_NO_DATE || cut_ms < o.end_ms))
			o.end_ms = cut_ms;
		ARENA_PUSH(view->arena, ret, cap, o);
	}
	return ok;
}

/* Is v[i] the last word on its body, of v[i..n), that had begun at at_ms? */
static bool last_word(const struct oversight *v, size_t i, size_t n, int64_t at_ms)
{
	if (v[i].start_ms > at_ms)
		return false;
	for (size_t j = i + 1; j < n && v[j].start_ms <= at_ms; j++)
		if (str_eq(v[j].body, v[i].body))
			return false;
	return true;
}

static int by_lead(const void *pa, const void *pb)
{
	const struct oversight *a = pa, *b = pb;

	if (a->lead != b->lead)
		return a->lead ? -1 : 1;
	return str_cmp(a->body, b->body);
}

/* v[0..n) are of one duty: append those in force. */
static void pick(const struct directory_view *view, const struct oversight *v, size_t n,
		 struct oversights *out)
{
	size_t leader = SIZE_MAX, from = out->n;

	for (size_t i = 0; i < n && v[i].start_ms <= view->at_ms; i++)
		if (v[i].lead)
			leader = i;
	for (size_t i = 0; i < n; i++) {
		if (!last_word(v, i, n, view->at_ms) ||
		    (v[i].end_ms != DIRECTORY_NO_DATE && v[i].end_ms <= view->at_ms))
			continue;
		out->v[out->n] = v[i];
		out->v[out->n++].lead = i == leader;
	}
	if (out->n > from)
		qsort(out->v + from, out->n - from, sizeof(*out->v), by_lead);
}

bool directory_oversight(const struct directory_view *view, struct str org, struct str duty,
			 struct oversights *ret, struct err *err)
{
	struct oversights all = {0}, out = {0};

	if (!load(view, directory_code(view->arena, org), &all, err))
		return false;
	out.v = ARENA_ARRAY(view->arena, struct oversight, all.n + 1);
	for (size_t i = 0, j; i < all.n; i = j) {
		for (j = i + 1; j < all.n && str_eq(all.v[j].duty, all.v[i].duty); j++)
			;
		if (!duty.n || str_eq(duty, all.v[i].duty))
			pick(view, all.v + i, j - i, &out);
	}
	*ret = out;
	return true;
}

/* --- oversight.set, oversight.end --- */

struct said {
	struct str org, duty, body;
	bool lead;
	struct span span;
};

static bool said_parse(struct act_ctx *ctx, struct said *s, struct err *err)
{
	if (!dir_code(ctx, "org", true, &s->org, err) ||
	    !dir_slug(ctx, "duty", true, &s->duty, err) ||
	    !dir_code(ctx, "body", true, &s->body, err))
		return false;
	return duty_known(s->duty) ||
	       err_set(err, ERR_INVALID,
		       "there is no duty \"%.*s\": alerts, evidence, incident, assurance or "
		       "exceptions",
		       STR_FMT(s->duty));
}

static bool set_parse(struct act_ctx *ctx, struct said *s, struct err *err)
{
	return said_parse(ctx, s, err) && json_may_bool(ctx->body, "lead", &s->lead, err) &&
	       dir_span(ctx, &s->span, err);
}

bool oversee_check(struct act_ctx *ctx, struct err *err)
{
	struct said s = {0};

	if (!set_parse(ctx, &s, err))
		return false;
	if (str_eq(s.org, s.body))
		return err_set(err, ERR_INVALID, "%.*s cannot oversee itself", STR_FMT(s.org));
	return dir_open_org(ctx, s.org, err) && dir_open_org(ctx, s.body, err);
}

bool oversee_apply(struct act_ctx *ctx, struct err *err)
{
	const struct record *r = ctx->record;
	struct said s = {0};

	if (!set_parse(ctx, &s, err))
		return false;
	return store_run(ctx->txn,
			 SQL("INSERT INTO directory_oversight (org, duty, body, origin, record,"
			     " said, leads, start, ended)"
			     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
			 ARGS(store_text(s.org), store_text(s.duty), store_text(s.body),
			      store_text(r->site), store_int((int64_t)r->number),
			      store_int(r->stamped_ms), store_int(s.lead),
			      store_int(s.span.start_ms), moment(s.span.end_ms)),
			 err);
}

bool oversee_end_check(struct act_ctx *ctx, struct err *err)
{
	const struct directory_view view = dir_view(ctx);
	struct oversights all = {0};
	struct said s = {0};
	int64_t at_ms;

	if (!said_parse(ctx, &s, err) || !dir_time(ctx, "at", true, &at_ms, err) ||
	    !load(&view, s.org, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++)
		if (str_eq(all.v[i].duty, s.duty) && str_eq(all.v[i].body, s.body) &&
		    (all.v[i].end_ms == DIRECTORY_NO_DATE || all.v[i].end_ms > view.at_ms))
			return true;
	return err_set(err, ERR_NOT_FOUND, "%.*s does not oversee %.*s in %.*s", STR_FMT(s.body),
		       STR_FMT(s.org), STR_FMT(s.duty));
}

bool oversee_end_apply(struct act_ctx *ctx, struct err *err)
{
	const struct record *r = ctx->record;
	struct said s = {0};
	int64_t at_ms;

	if (!said_parse(ctx, &s, err) || !dir_time(ctx, "at", true, &at_ms, err))
		return false;
	return store_run(ctx->txn,
			 SQL("INSERT INTO directory_oversight_end (org, duty, body, origin, record,"
			     " said, ended) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
			 ARGS(store_text(s.org), store_text(s.duty), store_text(s.body),
			      store_text(r->site), store_int((int64_t)r->number),
			      store_int(r->stamped_ms),
			      store_int(at_ms < r->stamped_ms ? r->stamped_ms : at_ms)),
			 err);
}
