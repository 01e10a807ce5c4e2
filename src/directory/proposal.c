#include "directory/inner.h"

#include "base/clock.h"
#include "wire/wire.h"

/*
 * Fewer expected devices make covering easier, so one person proposes them and another approves.
 * A proposal changes nothing.  Its approval says the numbers again, and is what the directory goes
 * by: it is worth the same wherever and whenever its record arrives.  Of the proposals for an
 * organisation the newest stands; an older one that it replaced does not come back.
 */

/* Where the batch says a number of devices, the count before and the place for it. */
static bool devices_of(const struct fact_said *f, const struct org *org, int64_t *ret_before)
{
	if (f->fact != FACT_EXPECTED && f->fact < FACT_CLASS)
		return false;
	*ret_before = f->fact == FACT_EXPECTED ? org->expected_devices
					       : org->expected[f->fact - FACT_CLASS];
	return true;
}

static bool falls(const struct fact_said *f, int64_t before)
{
	uint64_t n;

	return before > 0 && str_to_u64(f->value, &n) && n < (uint64_t)before;
}

/* Before the word devices. */
static const char *class_word(const struct fact_said *f)
{
	static const char *const words[ORG_CLASSES] = {"workstation ", "server ", "medical ",
						       "network ",     "mobile ", "other "};

	return f->fact == FACT_EXPECTED ? "" : words[f->fact - FACT_CLASS];
}

bool lowering_refused(const struct directory_batch *b, const struct org *org, struct err *err)
{
	int64_t before;

	for (size_t i = 0; i < b->facts.n; i++)
		if (devices_of(&b->facts.v[i], org, &before) && falls(&b->facts.v[i], before))
			return err_set(err, ERR_DENIED,
				       "%.*s is expected to have %jd %sdevices: fewer takes a "
				       "second person",
				       STR_FMT(org->code), (intmax_t)before,
				       class_word(&b->facts.v[i])) ||
			       err_hint(err, "; lynchpin org propose %.*s puts it to one",
					STR_FMT(org->code));
	return true;
}

bool lowering_by_name(struct act_ctx *ctx, struct err *err)
{
	struct json_value v;

	return !json_get(ctx->body, "approved_by", &v) ||
	       err_set(err, ERR_DENIED, "nobody approves by being named") ||
	       err_hint(err,
			": lynchpin org propose, and then the second person's own org approve");
}

/* --- the view --- */

#define PROPOSAL_COLUMNS                                                                           \
	"p.org, p.origin, p.record, p.post, p.os_user, p.said, p.devices, p.workstations,"         \
	" p.servers, p.medical, p.network, p.mobile, p.others, e.approved, e.post, e.said, e.why"

static struct proposal from_row(struct store_query *q, struct arena *arena)
{
	struct proposal p = {.org = copy(arena, store_col_str(q, 0)),
			     .site = copy(arena, store_col_str(q, 1)),
			     .number = (uint64_t)store_col_int(q, 2),
			     .by = copy(arena, store_col_str(q, 3)),
			     .user = copy(arena, store_col_str(q, 4)),
			     .said_ms = store_col_int(q, 5)};
	int col = 6;

	p.devices = store_col_is_null(q, col) ? DIRECTORY_NO_COUNT : store_col_int(q, col);
	for (size_t i = 0; i < ORG_CLASSES; i++) {
		col++;
		p.classes[i] =
			store_col_is_null(q, col) ? DIRECTORY_NO_COUNT : store_col_int(q, col);
	}
	if (store_col_is_null(q, ++col))
		return p;
	p.state = store_col_int(q, col) ? PROPOSAL_APPROVED : PROPOSAL_WITHDRAWN;
	p.ended_by = copy(arena, store_col_str(q, col + 1));
	p.ended_ms = store_col_int(q, col + 2);
	p.why = copy(arena, store_col_str(q, col + 3));
	return p;
}

bool directory_proposals(const struct directory_view *view, struct str org, struct proposals *ret,
			 struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct proposals out = {0};
	size_t cap = 0;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT " PROPOSAL_COLUMNS " FROM directory_proposal p"
			     " LEFT JOIN directory_proposal_end e ON e.org = p.org"
			     " AND e.origin = p.origin AND e.record = p.record"
			     " WHERE p.org = ?1 OR ?1 = ''"
			     " ORDER BY p.org, p.said DESC, p.origin DESC, p.record DESC"),
			 ARGS(store_text(directory_code(view->arena, org))), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct proposal p = from_row(q, view->arena);
		const struct proposal *newer = out.n ? &out.v[out.n - 1] : NULL;

		if (p.state == PROPOSAL_OPEN && newer && str_eq(newer->org, p.org)) {
			p.state = PROPOSAL_REPLACED;
			p.ended_by = newer->by;
			p.ended_ms = newer->said_ms;
		}
		ARENA_PUSH(view->arena, &out, cap, p);
	}
	if (ok)
		*ret = out;
	return ok;
}

/* --- org.propose --- */

static bool said(struct act_ctx *ctx, struct directory_batch *b, struct str *ret_org,
		 struct err *err)
{
	if (!dir_code(ctx, "org", true, ret_org, err) || !devices_build(ctx, b, *ret_org, err))
		return false;
	return b->facts.n || err_set(err, ERR_INVALID,
				     "say how many devices: expected_devices, or expected of a "
				     "class");
}

bool fewer_propose_check(struct act_ctx *ctx, struct err *err)
{
	struct directory_batch *b = batch_new(ctx->arena);
	struct str code;
	struct org org;
	int64_t before;

	if (!said(ctx, b, &code, err) || !dir_org(ctx, code, &org, err))
		return false;
	for (size_t i = 0; i < b->facts.n; i++)
		if (!devices_of(&b->facts.v[i], &org, &before) || !falls(&b->facts.v[i], before))
			return err_set(err, ERR_INVALID,
				       "%.*s %sdevices are not fewer than %.*s is expected to have",
				       STR_FMT(b->facts.v[i].value), class_word(&b->facts.v[i]),
				       STR_FMT(code)) ||
			       err_hint(err, ": lynchpin org change says that at once");
	return true;
}

bool fewer_propose_apply(struct act_ctx *ctx, struct err *err)
{
	const struct record *r = ctx->record;
	struct directory_batch *b = batch_new(ctx->arena);
	struct str org;
	struct store_value v[6 + 1 + ORG_CLASSES] = {0}; /* STORE_NULL */
	int64_t n;

	if (!said(ctx, b, &org, err))
		return false;
	v[0] = store_text(org), v[1] = store_text(r->site), v[2] = store_int((int64_t)r->number);
	v[3] = store_text(r->post), v[4] = store_text(r->user), v[5] = store_int(r->stamped_ms);
	for (size_t i = 0; i < b->facts.n; i++) {
		const struct fact_said *f = &b->facts.v[i];

		if (str_to_i64(f->value, &n))
			v[f->fact == FACT_EXPECTED ? 6 : 7 + f->fact - FACT_CLASS] = store_int(n);
	}
	return store_run(ctx->txn,
			 SQL("INSERT INTO directory_proposal (org, origin, record, post, os_user,"
			     " said, devices, workstations, servers, medical, network, mobile,"
			     " others) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,"
			     " ?13)"),
			 (struct store_args){v, ARRAY_LEN(v)}, err);
}

/* --- org.approve, org.withdraw --- */

struct cited {
	struct str org, site, why;
	int64_t number;
};

static bool cited_parse(struct act_ctx *ctx, struct cited *ret, struct err *err)
{
	struct json_value ref;

	if (!dir_code(ctx, "org", true, &ret->org, err) ||
	    !dir_text(ctx, "reason", false, &ret->why, err) ||
	    !json_need(ctx->body, "proposal", JSON_OBJECT, &ref, err) ||
	    !json_need_str(ref, "site", &ret->site, err) ||
	    !json_need_i64(ref, "number", &ret->number, err))
		return false;
	return ret->number > 0 || err_set(err, ERR_INVALID, "\"number\" is no record's");
}

/* The proposal that is meant, which must stand still. */
static bool standing(struct act_ctx *ctx, const struct cited *c, struct proposal *ret,
		     struct err *err)
{
	static const char *const ends[] = {[PROPOSAL_REPLACED] = "replaced",
					   [PROPOSAL_WITHDRAWN] = "withdrawn",
					   [PROPOSAL_APPROVED] = "approved"};
	const struct directory_view view = dir_view(ctx);
	struct proposals all;
	char day[STAMP_BYTES];

	if (!directory_proposals(&view, c->org, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++) {
		const struct proposal *p = &all.v[i];

		if (p->number != (uint64_t)c->number || !str_eq(p->site, c->site))
			continue;
		if (p->state != PROPOSAL_OPEN)
			return err_set(
				err, ERR_CONFLICT, "proposal %jd for %.*s was %s by %.*s on %.*s",
				(intmax_t)c->number, STR_FMT(c->org), ends[p->state],
				STR_FMT(p->ended_by), STR_FMT(date_format(p->ended_ms, day)));
		return *ret = *p, true;
	}
	return err_set(err, ERR_NOT_FOUND, "%.*s has no proposal %jd", STR_FMT(c->org),
		       (intmax_t)c->number) ||
	       err_hint(err, "; lynchpin org proposals %.*s lists them", STR_FMT(c->org));
}

/* Who approves has the numbers before them. */
static bool same_numbers(struct act_ctx *ctx, const struct proposal *p, struct err *err)
{
	struct directory_batch *b = batch_new(ctx->arena);
	size_t want = p->devices != DIRECTORY_NO_COUNT;
	struct str org;
	bool same = true;

	if (!said(ctx, b, &org, err))
		return false;
	for (size_t i = 0; i < ORG_CLASSES; i++)
		want += p->classes[i] != DIRECTORY_NO_COUNT;
	for (size_t i = 0; i < b->facts.n; i++) {
		const struct fact_said *f = &b->facts.v[i];
		int64_t n;

		same &= str_to_i64(f->value, &n) &&
			n == (f->fact == FACT_EXPECTED ? p->devices
						       : p->classes[f->fact - FACT_CLASS]);
	}
	return (same && want == b->facts.n) ||
	       err_set(err, ERR_INVALID, "the numbers are not those of proposal %ju",
		       (uintmax_t)p->number);
}

/* By who holds the posts; where nobody is said to hold either, by who sat at the machine. */
static bool second_person(struct act_ctx *ctx, const struct proposal *p, struct err *err)
{
	const struct directory_view view = dir_view(ctx);
	const struct record *r = ctx->record;
	bool one, a, b;

	if (str_eq(r->post, p->by))
		return err_set(err, ERR_DENIED, "%.*s proposed it: a second person approves",
			       STR_FMT(p->by));
	if (!directory_share_holder(&view, r->post, p->by, &one, err) ||
	    !directory_held(&view, r->post, &a, err) || !directory_held(&view, p->by, &b, err))
		return false;
	if (one)
		return err_set(err, ERR_DENIED,
			       "one person holds both %.*s and %.*s: a second person approves",
			       STR_FMT(r->post), STR_FMT(p->by));
	if (a != b)
		return err_set(err, ERR_DENIED,
			       "nobody holds %.*s, and somebody %.*s: a second person approves",
			       STR_FMT(a ? p->by : r->post), STR_FMT(a ? r->post : p->by));
	if (!a && r->user.n && str_eq(r->user, p->user))
		return err_set(err, ERR_DENIED,
			       "%.*s proposed it as %.*s, and nobody is said to hold either post: "
			       "a second person approves (person add and post hold say who is who)",
			       STR_FMT(p->user), STR_FMT(p->by));
	return true;
}

bool fewer_approve_check(struct act_ctx *ctx, struct err *err)
{
	struct cited c = {0};
	struct proposal p;
	struct org org;

	return cited_parse(ctx, &c, err) && dir_org(ctx, c.org, &org, err) &&
	       standing(ctx, &c, &p, err) && same_numbers(ctx, &p, err) &&
	       second_person(ctx, &p, err);
}

static bool end_put(struct act_ctx *ctx, const struct cited *c, bool approved, struct err *err)
{
	/* Of two ends of one proposal the earlier holds. */
	return store_run(ctx->txn,
			 SQL("INSERT INTO directory_proposal_end (org, origin, record, approved,"
			     " post, said, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
			     " ON CONFLICT (org, origin, record) DO UPDATE SET"
			     " approved = excluded.approved, post = excluded.post,"
			     " said = excluded.said, why = excluded.why"
			     " WHERE (excluded.said, excluded.post)"
			     " < (directory_proposal_end.said, directory_proposal_end.post)"),
			 ARGS(store_text(c->org), store_text(c->site), store_int(c->number),
			      store_int(approved), store_text(ctx->record->post),
			      store_int(ctx->record->stamped_ms), store_text(c->why)),
			 err);
}

static bool approved_build(struct act_ctx *ctx, struct directory_batch *b, struct err *err)
{
	struct str org;

	return said(ctx, b, &org, err);
}

bool fewer_approve_apply(struct act_ctx *ctx, struct err *err)
{
	struct cited c = {0};

	return cited_parse(ctx, &c, err) && apply_by(ctx, approved_build, err) &&
	       end_put(ctx, &c, true, err);
}

bool fewer_withdraw_check(struct act_ctx *ctx, struct err *err)
{
	struct cited c = {0};
	struct proposal p;
	struct org org;

	return cited_parse(ctx, &c, err) && dir_org(ctx, c.org, &org, err) &&
	       standing(ctx, &c, &p, err);
}

bool fewer_withdraw_apply(struct act_ctx *ctx, struct err *err)
{
	struct cited c = {0};

	return cited_parse(ctx, &c, err) && end_put(ctx, &c, false, err);
}
