#include "directory/inner.h"

#include "base/clock.h"
#include "wire/wire.h"

/* What people do to the directory, one by one: each body becomes a batch of statements. */

static struct stamp stamp_of_record(const struct record *record)
{
	return (struct stamp){.source = STR("act"),
			      .origin = record->site,
			      .taken_ms = record->stamped_ms,
			      .record = (int64_t)record->number};
}

static bool commit_batch(struct act_ctx *ctx, struct directory_batch *batch, struct err *err)
{
	struct merge m = {.store = ctx->store,
			  .txn = ctx->txn,
			  .record = ctx->record->hash,
			  .stamp = stamp_of_record(ctx->record)};

	batch_settle(batch);
	return merge_batch(&m, batch, err);
}

bool apply_by(struct act_ctx *ctx, build_fn *build, struct err *err)
{
	struct directory_batch *b = batch_new(ctx->arena);

	return build(ctx, b, err) && commit_batch(ctx, b, err);
}

static void say_fact(struct directory_batch *b, struct str org, enum fact fact, struct str value)
{
	batch_fact(b, (struct fact_said){.org = org,
					 .value = value,
					 .fact = (uint8_t)fact,
					 .weight = WEIGHT_STATED});
}

/* --- service.init --- */

static bool init_build(struct act_ctx *ctx, struct directory_batch *b, struct err *err)
{
	struct str service, nation;

	if (!dir_text(ctx, "service", true, &service, err) ||
	    !dir_code(ctx, "nation", true, &nation, err))
		return false;
	say_fact(b, nation, FACT_NAME, service);
	say_fact(b, nation, FACT_ROLE, STR("nation"));
	batch_row(b, (struct row_said){THING_POST,
				       {STR("national-lead"), STR("national-lead"), nation,
					STR("National lead"),
					stamp_of_ms(ctx->arena, ctx->record->stamped_ms)}});
	return true;
}

static bool init_check(struct act_ctx *ctx, struct err *err)
{
	bool none = false;

	if (!init_build(ctx, batch_new(ctx->arena), err))
		return false;
	if (!directory_post_may(ctx->store, &(struct directory_claim){.right = STR("service.init")},
				&none, err))
		return false;
	return none || err_set(err, ERR_EXISTS, "the service has begun already");
}

static bool init_apply(struct act_ctx *ctx, struct err *err)
{
	struct str service, nation;

	if (!dir_text(ctx, "service", true, &service, err) ||
	    !dir_code(ctx, "nation", true, &nation, err))
		return false;
	return store_run(ctx->txn,
			 SQL("INSERT INTO directory_service (nation, name) VALUES (?1, ?2)"
			     " ON CONFLICT (nation) DO UPDATE SET name = excluded.name"),
			 ARGS(store_text(nation), store_text(service)), err) &&
	       apply_by(ctx, init_build, err);
}

/* --- org.add, org.change --- */

struct count_said {
	uint8_t fact;
	int64_t n;
};

static bool count_said(struct act_ctx *ctx, struct directory_batch *b, struct str org,
		       struct count_said c, struct err *err)
{
	if (c.n == DIRECTORY_NO_COUNT)
		return true;
	if (c.n < 0 || c.n > 1000000000)
		return err_set(err, ERR_INVALID, "\"%s\" is no count", fact_names[c.fact]);
	say_fact(b, org, c.fact, arena_fmt(ctx->arena, "%lld", (long long)c.n));
	return true;
}

/* "expected": how many devices of each class. */
static bool expected_build(struct act_ctx *ctx, struct directory_batch *b, struct str org,
			   struct err *err)
{
	struct json_value classes = {0}, value;
	struct str name;

	if (!json_may(ctx->body, "expected", JSON_OBJECT, &classes, err))
		return false;
	for (struct json_iter it = json_iter(classes); json_next_member(&it, &name, &value);) {
		struct count_said c = {.fact = FACT_CLASS, .n = -2};

		while (c.fact < FACTS && !str_is(name, org_class_name(c.fact - FACT_CLASS)))
			c.fact++;
		if (c.fact == FACTS)
			return err_set(err, ERR_INVALID,
				       "\"expected\": there is no class of devices \"%.*s\"",
				       (int)MIN_OF(name.n, (size_t)60), name.n ? name.p : "");
		if (!json_i64(value, &c.n) || c.n < 0)
			return err_set(err, ERR_INVALID, "\"%s\" is no count", fact_names[c.fact]);
		if (!count_said(ctx, b, org, c, err))
			return false;
	}
	return true;
}

static bool count_build(struct act_ctx *ctx, struct directory_batch *b, struct str org,
			enum fact fact, struct err *err)
{
	struct count_said c = {(uint8_t)fact, DIRECTORY_NO_COUNT};

	return json_may_i64(ctx->body, fact_names[c.fact], &c.n, err) &&
	       count_said(ctx, b, org, c, err);
}

bool devices_build(struct act_ctx *ctx, struct directory_batch *b, struct str org, struct err *err)
{
	return count_build(ctx, b, org, FACT_EXPECTED, err) && expected_build(ctx, b, org, err);
}

static bool counts_build(struct act_ctx *ctx, struct directory_batch *b, struct str org,
			 struct err *err)
{
	return count_build(ctx, b, org, FACT_PATIENTS, err) &&
	       count_build(ctx, b, org, FACT_STAFF, err) && devices_build(ctx, b, org, err);
}

static void say_tie(struct directory_batch *b, enum tie_kind kind, struct str org, struct str to)
{
	batch_tie(b, (struct tie_said){.org = org,
				       .kind = str_of(tie_kinds[kind]),
				       .to = to,
				       .weight = WEIGHT_STATED,
				       .sole = true});
}

static bool org_build(struct act_ctx *ctx, struct directory_batch *b, struct err *err)
{
	struct str org, name, role, parent, region, opened;

	if (!dir_code(ctx, "org", true, &org, err) || !dir_text(ctx, "name", false, &name, err) ||
	    !dir_slug(ctx, "role", false, &role, err) ||
	    !dir_code(ctx, "parent", false, &parent, err) ||
	    !dir_code(ctx, "region", false, &region, err) ||
	    !dir_day(ctx, "opened", false, &opened, err) || !counts_build(ctx, b, org, err))
		return false;
	say_fact(b, org, FACT_NAME, name);
	say_fact(b, org, FACT_ROLE, role);
	if (opened.n)
		say_fact(b, org, FACT_OPENED, opened);
	say_tie(b, KIND_PART_OF, org, parent);
	say_tie(b, KIND_LOCATED_IN, org, region);
	return true;
}

/* Parent and region must be known, and a region be one. */
static bool above_check(struct act_ctx *ctx, struct err *err)
{
	struct str org, parent, region;
	struct org other;

	if (!dir_code(ctx, "org", true, &org, err) ||
	    !dir_code(ctx, "parent", false, &parent, err) ||
	    !dir_code(ctx, "region", false, &region, err))
		return false;
	if (str_eq(org, parent) || str_eq(org, region))
		return err_set(err, ERR_INVALID, "%.*s cannot be above itself", STR_FMT(org));
	if (parent.n && !dir_org(ctx, parent, &other, err))
		return err_wrap(err, "parent");
	if (!region.n)
		return true;
	if (!dir_org(ctx, region, &other, err))
		return err_wrap(err, "region");
	return str_is(other.role, "region") ||
	       err_set(err, ERR_INVALID, "%.*s is no region", STR_FMT(region));
}

static bool add_check(struct act_ctx *ctx, struct err *err)
{
	struct directory_batch *b = batch_new(ctx->arena);
	struct str code, name;
	struct org org;
	struct err absent;

	if (!org_build(ctx, b, err) || !dir_text(ctx, "name", true, &name, err) ||
	    !dir_code(ctx, "org", true, &code, err))
		return false;
	if (dir_org(ctx, code, &org, &absent))
		return err_set(err, ERR_EXISTS, "there is an organisation %.*s already: %.*s",
			       STR_FMT(code), STR_FMT(org.name));
	if (absent.code != ERR_NOT_FOUND)
		return *err = absent, false;
	return above_check(ctx, err);
}

/* What it is and where it stands decides who oversees it: that is not for itself to say. */
static bool place_check(struct act_ctx *ctx, const struct org *org, struct err *err)
{
	static const struct {
		const char *key, *words;
	} places[] = {{"role", "role"},
		      {"parent", "parent"},
		      {"region", "region"},
		      {"opened", "date of opening"}};
	const struct directory_claim claim = {.post = ctx->record->post,
					      .right = STR("org.place"),
					      .org = org->code,
					      .at_ms = ctx->record->stamped_ms};
	struct json_value v;
	bool may;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (!json_get(ctx->body, places[i].key, &v))
			continue;
		if (!directory_post_may(ctx->store, &claim, &may, err))
			return false;
		if (!may)
			return err_set(err, ERR_DENIED,
				       "%.*s may not change the %s of %.*s: its region or the "
				       "nation does (it takes the right org.place)",
				       STR_FMT(claim.post), places[i].words, STR_FMT(org->code));
	}
	return true;
}

static bool change_check(struct act_ctx *ctx, struct err *err)
{
	struct directory_batch *b = batch_new(ctx->arena);
	struct str code;
	struct org org;

	return org_build(ctx, b, err) && dir_code(ctx, "org", true, &code, err) &&
	       lowering_by_name(ctx, err) && dir_org(ctx, code, &org, err) &&
	       place_check(ctx, &org, err) && above_check(ctx, err) &&
	       lowering_refused(b, &org, err);
}

static bool org_apply(struct act_ctx *ctx, struct err *err)
{
	return apply_by(ctx, org_build, err);
}

/* --- org.close, org.succeed, org.relate --- */

static bool close_build(struct act_ctx *ctx, struct directory_batch *b, struct err *err)
{
	struct str org, at, successor;

	if (!dir_code(ctx, "org", true, &org, err) || !dir_day(ctx, "at", true, &at, err) ||
	    !dir_code(ctx, "successor", false, &successor, err))
		return false;
	if (str_is(ctx->record->act, "org.close"))
		say_fact(b, org, FACT_CLOSED, at);
	batch_tie(b, (struct tie_said){.org = org,
				       .kind = str_of(tie_kinds[KIND_SUCCEEDED_BY]),
				       .to = successor,
				       .start = at,
				       .weight = WEIGHT_STATED});
	return true;
}

static bool close_check(struct act_ctx *ctx, struct err *err)
{
	struct str code, successor;
	struct org org, other;
	bool succeed = str_is(ctx->record->act, "org.succeed");

	if (!close_build(ctx, batch_new(ctx->arena), err) ||
	    !dir_code(ctx, "org", true, &code, err) ||
	    !dir_code(ctx, "successor", succeed, &successor, err) || !dir_org(ctx, code, &org, err))
		return false;
	if (!succeed && org.closed_ms != DIRECTORY_NO_DATE)
		return err_set(err, ERR_EXISTS, "%.*s is closed already", STR_FMT(code));
	if (str_eq(code, successor))
		return err_set(err, ERR_INVALID, "%.*s cannot succeed itself", STR_FMT(code));
	return !successor.n ||
	       (dir_org(ctx, successor, &other, err) && successor_check(ctx, code, successor, err));
}

static bool close_apply(struct act_ctx *ctx, struct err *err)
{
	return apply_by(ctx, close_build, err);
}

static bool relate_build(struct act_ctx *ctx, struct directory_batch *b, struct err *err)
{
	struct tie_said t = {.weight = WEIGHT_STATED};
	struct str kind;

	if (!dir_code(ctx, "org", true, &t.org, err) || !dir_text(ctx, "kind", true, &kind, err) ||
	    !dir_code(ctx, "to", true, &t.to, err) ||
	    !dir_day(ctx, "start", false, &t.start, err) ||
	    !dir_day(ctx, "end", false, &t.ended, err))
		return false;
	if (tie_kind_of(kind) == KIND_NONE)
		return err_set(err, ERR_INVALID, "\"%.*s\" is no kind of relationship",
			       STR_FMT(kind));
	if (str_eq(t.org, t.to))
		return err_set(err, ERR_INVALID, "%.*s is related to itself", STR_FMT(t.org));
	t.kind = str_of(tie_kinds[tie_kind_of(kind)]);
	batch_tie(b, t);
	return true;
}

static bool relate_check(struct act_ctx *ctx, struct err *err)
{
	struct directory_batch *b = batch_new(ctx->arena);
	const struct tie_said *t;
	struct org org;

	if (!relate_build(ctx, b, err))
		return false;
	t = &b->ties.v[0];
	if (!dir_org(ctx, t->org, &org, err) || !dir_org(ctx, t->to, &org, err))
		return false;
	return t->ended.n || tie_kind_of(t->kind) != KIND_SUCCEEDED_BY ||
	       successor_check(ctx, t->org, t->to, err);
}

static bool relate_apply(struct act_ctx *ctx, struct err *err)
{
	return apply_by(ctx, relate_build, err);
}

/* --- sites, contacts, persons, posts, holdings --- */

static bool site_build(struct act_ctx *ctx, struct directory_batch *b, struct err *err)
{
	struct row_said r = {.thing = THING_SITE};

	if (!dir_code(ctx, "site", true, &r.v[0], err) ||
	    !dir_code(ctx, "org", true, &r.v[1], err) ||
	    !dir_text(ctx, "name", true, &r.v[2], err) ||
	    !dir_text(ctx, "postcode", false, &r.v[3], err) ||
	    !dir_day(ctx, "opened", false, &r.v[4], err) ||
	    !dir_day(ctx, "closed", false, &r.v[5], err))
		return false;
	batch_row(b, r);
	return true;
}

/* Who enters a contact has just spoken with it. */
static bool contact_build(struct act_ctx *ctx, struct directory_batch *b, struct err *err)
{
	struct row_said r = {.thing = THING_CONTACT};

	if (!dir_code(ctx, "org", true, &r.v[0], err) ||
	    !dir_slug(ctx, "post", true, &r.v[1], err) ||
	    !dir_text(ctx, "name", false, &r.v[2], err) ||
	    !dir_text(ctx, "email", false, &r.v[3], err) ||
	    !dir_text(ctx, "phone", false, &r.v[4], err) ||
	    !dir_text(ctx, "out_of_band", false, &r.v[5], err))
		return false;
	if (!r.v[3].n && !r.v[4].n && !r.v[5].n)
		return err_set(err, ERR_INVALID, "neither e-mail nor telephone");
	r.v[6] = stamp_of_ms(ctx->arena, ctx->record->stamped_ms);
	batch_row(b, r);
	return true;
}

static bool person_build(struct act_ctx *ctx, struct directory_batch *b, struct err *err)
{
	struct row_said r = {.thing = THING_PERSON};

	if (!dir_slug(ctx, "person", true, &r.v[0], err) ||
	    !dir_text(ctx, "name", true, &r.v[1], err) ||
	    !dir_text(ctx, "email", false, &r.v[2], err) ||
	    !dir_text(ctx, "phone", false, &r.v[3], err))
		return false;
	batch_row(b, r);
	return true;
}

static bool post_build(struct act_ctx *ctx, struct directory_batch *b, struct err *err)
{
	struct row_said r = {.thing = THING_POST};

	if (!dir_slug(ctx, "post", true, &r.v[0], err) ||
	    !dir_slug(ctx, "kind", true, &r.v[1], err) ||
	    !dir_code(ctx, "org", true, &r.v[2], err) ||
	    !dir_text(ctx, "title", false, &r.v[3], err))
		return false;
	if (!post_kind_known(r.v[1]))
		return post_kind_unknown(r.v[1], err);
	r.v[4] = stamp_of_ms(ctx->arena, ctx->record->stamped_ms);
	batch_row(b, r);
	return true;
}

static bool hold_build(struct act_ctx *ctx, struct directory_batch *b, struct err *err)
{
	struct row_said r = {.thing = THING_HOLDING};
	int64_t from, to;

	if (!dir_slug(ctx, "post", true, &r.v[0], err) ||
	    !dir_slug(ctx, "person", true, &r.v[1], err) ||
	    !dir_time(ctx, "from", true, &from, err) || !dir_time(ctx, "to", false, &to, err))
		return false;
	if (to != DIRECTORY_NO_DATE && to <= from)
		return err_set(err, ERR_INVALID, "\"to\" is not after \"from\"");
	r.v[2] = stamp_of_ms(ctx->arena, from);
	r.v[3] = stamp_of_ms(ctx->arena, to);
	batch_row(b, r);
	return true;
}

/*
 * What is there already may also be another organisation's: who changes it must be allowed that
 * there, too.  q gives the organisations, one a row.
 */
static bool others_check(struct act_ctx *ctx, struct store_query *q, const char *right,
			 struct err *err)
{
	struct directory_claim claim = {.post = ctx->record->post,
					.right = str_of(right),
					.at_ms = ctx->record->stamped_ms};
	bool ok, may;

	while (store_next(q, &ok, err)) {
		claim.org = copy(ctx->arena, store_col_str(q, 0));
		if (!directory_post_may(ctx->store, &claim, &may, err))
			return false;
		if (!may)
			return err_set(err, ERR_DENIED,
				       "it is of %.*s already, for which %.*s may not do this",
				       STR_FMT(claim.org), STR_FMT(claim.post));
	}
	return ok;
}

static bool site_check(struct act_ctx *ctx, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct directory_batch *b = batch_new(ctx->arena);
	struct org org;

	return site_build(ctx, b, err) && dir_org(ctx, b->rows.v[0].v[1], &org, err) &&
	       store_query(ctx->store, SQL("SELECT org FROM directory_site WHERE site = ?1"),
			   ARGS(store_text(b->rows.v[0].v[0])), &q, err) &&
	       others_check(ctx, q, "org.write", err);
}

static bool contact_check(struct act_ctx *ctx, struct err *err)
{
	struct directory_batch *b = batch_new(ctx->arena);
	struct org org;

	return contact_build(ctx, b, err) && dir_org(ctx, b->rows.v[0].v[0], &org, err);
}

static bool person_check(struct act_ctx *ctx, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct directory_batch *b = batch_new(ctx->arena);

	return person_build(ctx, b, err) &&
	       store_query(ctx->store,
			   SQL("SELECT DISTINCT p.org FROM directory_holding h"
			       " JOIN directory_post p ON p.post = h.post WHERE h.person = ?1"),
			   ARGS(store_text(b->rows.v[0].v[0])), &q, err) &&
	       others_check(ctx, q, "post.write", err);
}

/* A post of a wider scope than its author's is for the whole service to make, and to give. */
static bool within_scope(struct act_ctx *ctx, struct str kind, struct err *err)
{
	struct post author;

	if (!dir_post(ctx, ctx->record->post, &author, err))
		return false;
	return post_kind_scope(kind) <= post_kind_scope(author.kind) ||
	       err_set(err, ERR_DENIED, "%.*s cannot give a post of a wider scope",
		       STR_FMT(author.id));
}

static bool post_check(struct act_ctx *ctx, struct err *err)
{
	struct directory_batch *b = batch_new(ctx->arena);
	const struct row_said *r;
	enum post_scope scope;
	struct post post;
	struct org org;
	struct err absent;

	if (!post_build(ctx, b, err))
		return false;
	r = &b->rows.v[0];
	if (!dir_org(ctx, r->v[2], &org, err))
		return false;
	if (!post_kind_given(r->v[1]))
		return err_set(err, ERR_INVALID,
			       "\"%.*s\" is the program's own kind of post, which nobody holds",
			       STR_FMT(r->v[1]));
	if (str_is(r->v[0], "system") || dir_post(ctx, r->v[0], &post, &absent))
		return err_set(err, ERR_EXISTS, "there is a post %.*s already", STR_FMT(r->v[0]));
	if (absent.code != ERR_NOT_FOUND)
		return *err = absent, false;
	scope = post_kind_scope(r->v[1]);
	if (scope == SCOPE_REGION && !str_is(org.role, "region"))
		return err_set(err, ERR_INVALID, "a %.*s is of a region, which %.*s is not",
			       STR_FMT(r->v[1]), STR_FMT(org.code));
	return within_scope(ctx, r->v[1], err);
}

/* The author's right was judged by "org": it must be the post's own. */
static bool post_of_org(struct act_ctx *ctx, struct post *ret, struct err *err)
{
	struct str id, org;

	if (!dir_slug(ctx, "post", true, &id, err) || !dir_code(ctx, "org", false, &org, err) ||
	    !dir_post(ctx, id, ret, err))
		return false;
	if (org.n && !str_eq(org, ret->org))
		return err_set(err, ERR_INVALID, "%.*s is a post of %.*s, not of %.*s", STR_FMT(id),
			       STR_FMT(ret->org), STR_FMT(org));
	return true;
}

static bool hold_check(struct act_ctx *ctx, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct str person;
	struct post post;
	bool there = false;

	if (!hold_build(ctx, batch_new(ctx->arena), err) ||
	    !dir_slug(ctx, "person", true, &person, err) || !post_of_org(ctx, &post, err) ||
	    !within_scope(ctx, post.kind, err))
		return false;
	if (!store_query(ctx->store, SQL("SELECT person FROM directory_person WHERE person = ?1"),
			 ARGS(store_text(person)), &q, err) ||
	    !store_step(q, &there, err))
		return false;
	return there || err_set(err, ERR_NOT_FOUND, "no person %.*s", STR_FMT(person));
}

static bool site_apply(struct act_ctx *ctx, struct err *err)
{
	return apply_by(ctx, site_build, err);
}

static bool contact_apply(struct act_ctx *ctx, struct err *err)
{
	return apply_by(ctx, contact_build, err);
}

static bool person_apply(struct act_ctx *ctx, struct err *err)
{
	return apply_by(ctx, person_build, err);
}

static bool post_apply(struct act_ctx *ctx, struct err *err)
{
	return apply_by(ctx, post_build, err);
}

static bool hold_apply(struct act_ctx *ctx, struct err *err)
{
	return apply_by(ctx, hold_build, err);
}

/* --- contact.confirm, post.end: the latest, and the first, of several --- */

static bool confirm_check(struct act_ctx *ctx, struct err *err)
{
	const struct directory_view view = {ctx->store, ctx->arena, ctx->record->stamped_ms};
	struct contacts contacts;
	struct str org, post;

	if (!dir_code(ctx, "org", true, &org, err) || !dir_slug(ctx, "post", true, &post, err) ||
	    !directory_contacts(&view, org, &contacts, err))
		return false;
	for (size_t i = 0; i < contacts.n; i++)
		if (str_eq(contacts.v[i].post, post))
			return true;
	return err_set(err, ERR_NOT_FOUND, "%.*s has no contact %.*s", STR_FMT(org), STR_FMT(post));
}

static bool confirm_apply(struct act_ctx *ctx, struct err *err)
{
	struct str org, post;

	if (!dir_code(ctx, "org", true, &org, err) || !dir_slug(ctx, "post", true, &post, err))
		return false;
	return store_run(
		ctx->txn,
		SQL("INSERT INTO directory_confirmation (org, post, confirmed)"
		    " VALUES (?1, ?2, ?3) ON CONFLICT (org, post) DO UPDATE SET"
		    " confirmed = CASE WHEN excluded.confirmed >"
		    " directory_confirmation.confirmed THEN excluded.confirmed"
		    " ELSE directory_confirmation.confirmed END"),
		ARGS(store_text(org), store_text(post), store_int(ctx->record->stamped_ms)), err);
}

static bool end_check(struct act_ctx *ctx, struct err *err)
{
	struct post post;
	int64_t at;

	if (!dir_time(ctx, "at", true, &at, err) || !post_of_org(ctx, &post, err))
		return false;
	if (str_eq(post.id, ctx->record->post))
		return err_set(err, ERR_DENIED, "%.*s cannot end itself", STR_FMT(post.id));
	return post.ended_ms == DIRECTORY_NO_DATE ||
	       err_set(err, ERR_EXISTS, "%.*s has ended already", STR_FMT(post.id));
}

static bool end_apply(struct act_ctx *ctx, struct err *err)
{
	struct str post;
	int64_t at;

	if (!dir_time(ctx, "at", true, &at, err) || !dir_slug(ctx, "post", true, &post, err))
		return false;
	return store_run(ctx->txn,
			 SQL("INSERT INTO directory_post_end (post, ended) VALUES (?1, ?2)"
			     " ON CONFLICT (post) DO UPDATE SET ended ="
			     " CASE WHEN excluded.ended < directory_post_end.ended"
			     " THEN excluded.ended ELSE directory_post_end.ended END"),
			 ARGS(store_text(post), store_int(at)), err);
}

const struct act_kind directory_acts[] = {
	{"service.init", "service.init", "begin the service: its nation and first post", init_check,
	 init_apply},
	{"org.import", "org.place", "take in a file of organisations", import_check, import_apply},
	{"org.add", "org.place", "make an organisation known", add_check, org_apply},
	{"org.change", "org.write", "change an organisation", change_check, org_apply},
	{"org.propose", "org.write", "propose fewer expected devices", fewer_propose_check,
	 fewer_propose_apply},
	{"org.approve", "org.write", "approve what another proposed", fewer_approve_check,
	 fewer_approve_apply},
	{"org.withdraw", "org.write", "withdraw or refuse a proposal", fewer_withdraw_check,
	 fewer_withdraw_apply},
	{"org.close", "org.place", "close an organisation", close_check, close_apply},
	{"org.succeed", "org.place", "name an organisation's successor", close_check, close_apply},
	{"org.relate", "org.place", "state a dated relationship", relate_check, relate_apply},
	{"site.add", "org.write", "state a site of an organisation", site_check, site_apply},
	{"contact.set", "contact.write", "state how to reach an organisation", contact_check,
	 contact_apply},
	{"contact.confirm", "contact.write", "confirm that a contact still holds", confirm_check,
	 confirm_apply},
	{"person.add", "post.write", "make a person known", person_check, person_apply},
	{"post.add", "post.write", "make a post", post_check, post_apply},
	{"post.hold", "post.write", "give a post to a person", hold_check, hold_apply},
	{"post.end", "post.write", "end a post", end_check, end_apply},
	{"delegation.grant", "delegation.write", "let another view, answer or send evidence",
	 grant_check, grant_apply},
	{"delegation.end", "delegation.write", "end what was delegated", grant_end_check,
	 grant_end_apply},
	{"oversight.set", "org.place", "name a body that oversees an organisation in a duty",
	 oversee_check, oversee_apply},
	{"oversight.end", "org.place", "end a body's oversight", oversee_end_check,
	 oversee_end_apply},
	{"disclosure.open", "disclosure.write", "open another organisation's device list",
	 disclose_check, disclose_apply},
	{0},
};
