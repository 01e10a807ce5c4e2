#include "directory/inner.h"

struct str directory_code(struct arena *arena, struct str code)
{
	return code_upper(arena, code);
}

static int64_t count_column(struct store_query *q, int i)
{
	return store_col_is_null(q, i) ? DIRECTORY_NO_COUNT : store_col_int(q, i);
}

void org_from_row(struct store_query *q, const struct directory_view *view, struct org *ret)
{
	*ret = (struct org){
		.code = copy(view->arena, store_col_str(q, 0)),
		.name = copy(view->arena, store_col_str(q, 1)),
		.role = copy(view->arena, store_col_str(q, 2)),
		.status = copy(view->arena, store_col_str(q, 3)),
		.opened_ms = day_to_ms(store_col_str(q, 4)),
		.closed_ms = day_to_ms(store_col_str(q, 5)),
		.postcode = copy(view->arena, store_col_str(q, 6)),
		.expected_devices = count_column(q, 7),
		.patients = count_column(q, 8),
		.staff = count_column(q, 9),
	};
	for (size_t i = 0; i < ORG_CLASSES; i++)
		ret->expected[i] = count_column(q, 10 + (int)i);
	ret->open = (ret->opened_ms == DIRECTORY_NO_DATE || ret->opened_ms <= view->at_ms) &&
		    (ret->closed_ms == DIRECTORY_NO_DATE || view->at_ms < ret->closed_ms);
}

static bool load(const struct directory_view *view, struct str code, struct org *ret,
		 bool *ret_there, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	if (!store_query(view->store,
			 SQL("SELECT " ORG_COLUMNS " FROM directory_org WHERE code = ?1"),
			 ARGS(store_text(code)), &q, err) ||
	    !store_step(q, ret_there, err))
		return false;
	if (*ret_there)
		org_from_row(q, view, ret);
	return true;
}

/* A code that begins like it, for the hint; empty when there is none. */
static bool nearest(const struct directory_view *view, struct str code, struct str *ret,
		    struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct str head = str_sub(code, 0, code.n > 1 ? code.n - 1 : 1);
	bool row;

	if (!store_query(view->store,
			 SQL("SELECT code FROM directory_org WHERE code >= ?1 ORDER BY code"
			     " LIMIT 1"),
			 ARGS(store_text(head)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	*ret = (struct str){0};
	if (row && str_starts(store_col_str(q, 0), head))
		*ret = arena_str(view->arena, store_col_str(q, 0));
	return true;
}

static bool not_found(const struct directory_view *view, struct str code, struct err *err)
{
	struct str like;

	if (!nearest(view, code, &like, err))
		return false;
	if (like.n)
		return err_set(err, ERR_NOT_FOUND, "no organisation %.*s; did you mean %.*s?",
			       STR_FMT(code), STR_FMT(like));
	return err_set(err, ERR_NOT_FOUND,
		       "no organisation %.*s; \"org add\" or \"org import\" makes it known",
		       STR_FMT(code));
}

/* --- what is above one --- */

static bool above_one(void *ctx, struct str code, struct above *ret, struct err *err)
{
	const struct directory_view *view = ctx;
	struct tie_rows ties;
	struct org org;
	bool there = false;

	if (!load(view, code, &org, &there, err))
		return false;
	if (!there)
		return true;
	if (!ties_of(view, code, false, &ties, err))
		return false;
	ret->role = org.role;
	ret->up = ARENA_ARRAY(view->arena, struct str, ties.n + 1);
	for (uint8_t k = 0; k <= KIND_LAST_UP; k++)
		for (size_t i = 0; i < ties.n; i++)
			if (tie_kind_of(ties.v[i].kind) == k)
				ret->up[ret->n++] = ties.v[i].to;
	return true;
}

bool directory_org_region(const struct directory_view *view, struct str code, struct str *ret,
			  struct err *err)
{
	struct directory_view own = *view;
	struct region_walk walk = {.ctx = &own, .above = above_one};

	return region_of(&walk, directory_code(view->arena, code), ret, err);
}

static bool fill_successor(const struct directory_view *view, struct org *org, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(view->store,
			 SQL("SELECT target FROM directory_relation WHERE org = ?1"
			     " AND kind = 'succeeded_by' ORDER BY target LIMIT 1"),
			 ARGS(store_text(org->code)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (row)
		org->successor = arena_str(view->arena, store_col_str(q, 0));
	return true;
}

static bool fill_parent(const struct directory_view *view, struct org *org, struct err *err)
{
	struct tie_rows ties;
	unsigned kinds = 0;
	uint8_t kind;

	if (!ties_of(view, org->code, false, &ties, err))
		return false;
	for (size_t i = 0; i < ties.n; i++) {
		struct org other;
		bool there = false;

		if (!load(view, ties.v[i].to, &other, &there, err))
			return false;
		if (!there)
			ties.v[i].kind = (struct str){0};
		else
			kinds |= 1u << tie_kind_of(ties.v[i].kind);
	}
	kind = parent_kind(kinds);
	for (size_t i = 0; i < ties.n && kind != KIND_NONE && !org->parent.n; i++)
		if (tie_kind_of(ties.v[i].kind) == kind)
			org->parent = ties.v[i].to;
	return true;
}

bool directory_org_get(const struct directory_view *view, struct str code, struct org *ret,
		       struct err *err)
{
	struct str known = directory_code(view->arena, code);
	struct org org = {0};
	bool there = false;

	if (!load(view, known, &org, &there, err))
		return false;
	if (!there)
		return not_found(view, known, err);
	if (!directory_org_region(view, known, &org.region, err) ||
	    !fill_successor(view, &org, err) || !fill_parent(view, &org, err))
		return false;
	*ret = org;
	return true;
}

bool directory_org_state_for_estate(const struct directory_view *view, struct str code,
				    struct str *ret_code, struct err *err)
{
	struct str known = directory_code(view->arena, code);
	struct org org = {0};
	bool there = false;

	if (!load(view, known, &org, &there, err))
		return false;
	if (!there)
		return not_found(view, known, err);
	if (!org.open && org.closed_ms != DIRECTORY_NO_DATE && org.closed_ms <= view->at_ms) {
		struct str day = day_of_ms(view->arena, org.closed_ms);

		if (!fill_successor(view, &org, err))
			return false;
		if (org.successor.n)
			return err_set(err, ERR_INVALID,
				       "%.*s closed on %.*s; its successor is %.*s", STR_FMT(known),
				       STR_FMT(day), STR_FMT(org.successor));
		return err_set(err, ERR_INVALID, "%.*s closed on %.*s; no successor is known",
			       STR_FMT(known), STR_FMT(day));
	}
	*ret_code = known;
	return true;
}

/* --- relationships, sites, facts --- */

bool directory_relations(const struct directory_view *view, struct str code, bool incoming,
			 struct relations *ret, struct err *err)
{
	struct relations out = {0};
	struct tie_rows ties;

	if (!ties_of(view, directory_code(view->arena, code), incoming, &ties, err))
		return false;
	out.v = ARENA_ARRAY(view->arena, struct relation, ties.n + 1);
	for (uint8_t k = 0; k < KINDS; k++)
		for (size_t i = 0; i < ties.n; i++) {
			const struct tie_row *t = &ties.v[i];

			if (tie_kind_of(t->kind) == k)
				out.v[out.n++] = (struct relation){
					.org = t->org,
					.kind = t->kind,
					.to = t->to,
					.source = t->source,
					.start_ms = day_to_ms(t->start),
					.end_ms = day_to_ms(t->ended),
					.taken_ms = t->taken_ms,
				};
		}
	*ret = out;
	return true;
}

bool directory_sites(const struct directory_view *view, struct str org, struct sites *ret,
		     struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct sites out = {0};
	size_t cap = 0;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT site, org, name, postcode, opened, closed FROM directory_site"
			     " WHERE org = ?1 ORDER BY site"),
			 ARGS(store_text(directory_code(view->arena, org))), &q, err))
		return false;
	while (store_next(q, &ok, err))
		ARENA_PUSH(view->arena, &out, cap,
			   (struct site){.code = copy(view->arena, store_col_str(q, 0)),
					 .org = copy(view->arena, store_col_str(q, 1)),
					 .name = copy(view->arena, store_col_str(q, 2)),
					 .postcode = copy(view->arena, store_col_str(q, 3)),
					 .opened_ms = day_to_ms(store_col_str(q, 4)),
					 .closed_ms = day_to_ms(store_col_str(q, 5))});
	if (ok)
		*ret = out;
	return ok;
}

bool directory_org_facts(const struct directory_view *view, struct str code, struct org_facts *ret,
			 struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct org_facts out = {0};
	size_t cap = 0;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT fact, value, source, taken FROM directory_fact WHERE org = ?1"
			     " ORDER BY fact, weight DESC, taken DESC, record DESC, origin DESC,"
			     " value DESC, source DESC"),
			 ARGS(store_text(directory_code(view->arena, code))), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct org_fact f = {.fact = copy(view->arena, store_col_str(q, 0)),
				     .value = copy(view->arena, store_col_str(q, 1)),
				     .source = copy(view->arena, store_col_str(q, 2)),
				     .taken_ms = store_col_int(q, 3)};

		f.in_force = !out.n || !str_eq(out.v[out.n - 1].fact, f.fact);
		ARENA_PUSH(view->arena, &out, cap, f);
	}
	if (ok)
		*ret = out;
	return ok;
}
