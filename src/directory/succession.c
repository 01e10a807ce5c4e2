#include "directory/inner.h"

#include "base/table.h"

/* Who stands for whom after mergers: chains of successors followed to those that are open. */

struct steps {
	const struct directory_view *view;
	struct str day;	      /* on which they are in force */
	struct tie_rows ties; /* by organisation, then target */
};

static bool load(struct steps *s, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	return store_query(s->view->store,
			   SQL("SELECT " TIE_COLUMNS " FROM directory_relation"
			       " WHERE kind = 'succeeded_by'"
			       " ORDER BY org, target, start, source, taken, record, origin"),
			   ARGS(), &q, err) &&
	       ties_read(q, s->view->arena, s->day, &s->ties, err);
}

/* The first of the ties of an organisation, or where it would stand. */
static size_t ties_from(const struct steps *s, struct str org)
{
	size_t low = 0, high = s->ties.n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (str_cmp(s->ties.v[mid].org, org) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_open(const struct steps *s, struct str code, bool *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct org org;
	bool there;

	if (!store_query(s->view->store,
			 SQL("SELECT " ORG_COLUMNS " FROM directory_org WHERE code = ?1"),
			 ARGS(store_text(code)), &q, err) ||
	    !store_step(q, &there, err))
		return false;
	if (there)
		org_from_row(q, s->view, &org);
	*ret = there && org.open;
	return true;
}

/* No merger is this deep; what is longer is cut, so that a made-up chain costs little. */
enum { CHASE_MAX = 64 };

struct chase {
	struct intern *met; /* on the way from one organisation; by this a circle ends */
	struct successions *out;
	size_t *cap;
};

static void chase_free(struct chase *c)
{
	intern_close(c->met);
}

/* Follow the ties of one organisation to the open ones at their ends. */
static bool chase(const struct steps *s, struct chase *c, const struct tie_row *first,
		  struct err *err)
{
	uint32_t i = intern_put(c->met, first->org);

	if (intern_put(c->met, first->to) <= i)
		return true;
	for (i++; i < intern_count(c->met) && i < CHASE_MAX; i++) {
		struct str code = intern_str(c->met, i);
		bool open;

		if (!is_open(s, code, &open, err))
			return false;
		if (open) {
			struct succession out = {first->org, copy(s->view->arena, code),
						 day_to_ms(first->start)};

			ARENA_PUSH(s->view->arena, c->out, *c->cap, out);
			continue;
		}
		for (size_t t = ties_from(s, code); t < s->ties.n && str_eq(s->ties.v[t].org, code);
		     t++)
			intern_put(c->met, s->ties.v[t].to);
	}
	return true;
}

static int by_org(const void *pa, const void *pb)
{
	const struct succession *a = pa, *b = pb;
	int c = str_cmp(a->org, b->org);

	if (c == 0)
		c = str_cmp(a->successor, b->successor);
	return c ? c : a->at_ms < b->at_ms ? -1 : a->at_ms > b->at_ms;
}

/* --- those about one organisation --- */

/* Who says to be succeeded by code, in force or not. */
static bool add_before(const struct steps *s, struct str code, struct intern *met, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (!store_query(s->view->store,
			 SQL("SELECT org FROM directory_relation"
			     " WHERE target = ?1 AND kind = 'succeeded_by'"),
			 ARGS(store_text(code)), &q, err))
		return false;
	while (store_next(q, &ok, err))
		intern_put(met, store_col_str(q, 0));
	return ok;
}

static bool add_ties(struct steps *s, struct str code, struct intern *met, size_t *cap,
		     struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct tie_rows own = {0};

	if (!store_query(s->view->store,
			 SQL("SELECT " TIE_COLUMNS " FROM directory_relation"
			     " WHERE org = ?1 AND kind = 'succeeded_by'"
			     " ORDER BY org, target, start, source, taken, record, origin"),
			 ARGS(store_text(code)), &q, err) ||
	    !ties_read(q, s->view->arena, s->day, &own, err))
		return false;
	for (size_t i = 0; i < own.n; i++) {
		intern_put(met, own.v[i].to);
		ARENA_PUSH(s->view->arena, &s->ties, *cap, own.v[i]);
	}
	return true;
}

static int by_ends(const void *pa, const void *pb)
{
	const struct tie_row *a = pa, *b = pb;
	int c = str_cmp(a->org, b->org);

	return c ? c : str_cmp(a->to, b->to);
}

/* The ties of all that hang together with one. */
static bool load_about(struct steps *s, struct str about, struct err *err)
{
	AUTO(intern_closep) struct intern *met = intern_open();
	size_t cap = 0;

	intern_put(met, about);
	for (uint32_t i = 0; i < intern_count(met); i++) {
		struct str code = copy(s->view->arena, intern_str(met, i));

		if (!add_before(s, code, met, err) || !add_ties(s, code, met, &cap, err))
			return false;
	}
	if (s->ties.n)
		qsort(s->ties.v, s->ties.n, sizeof(*s->ties.v), by_ends);
	return true;
}

bool directory_successions(const struct directory_view *view, struct str about,
			   struct successions *ret, struct err *err)
{
	struct steps s = {.view = view, .day = day_of_ms(view->arena, view->at_ms)};
	struct successions out = {0};
	size_t cap = 0, n = 0;

	if (!(about.n ? load_about(&s, about, err) : load(&s, err)))
		return false;
	for (size_t i = 0; i < s.ties.n; i++) {
		AUTO(chase_free) struct chase c = {intern_open(), &out, &cap};

		if (!chase(&s, &c, &s.ties.v[i], err))
			return false;
	}
	if (out.n)
		qsort(out.v, out.n, sizeof(*out.v), by_org);
	for (size_t i = 0; i < out.n; i++)
		if ((!n || !str_eq(out.v[i].org, out.v[n - 1].org) ||
		     !str_eq(out.v[i].successor, out.v[n - 1].successor)) &&
		    (!about.n || str_eq(out.v[i].org, about) || str_eq(out.v[i].successor, about)))
			out.v[n++] = out.v[i];
	out.n = n;
	*ret = out;
	return true;
}

/* --- may it succeed? --- */

static void met_free(struct intern **met)
{
	intern_close(*met);
}

/* One successor at a time, and none whose own successors lead back.  What is to come counts. */
bool successor_check(struct act_ctx *ctx, struct str org, struct str successor, struct err *err)
{
	const struct directory_view view = dir_view(ctx);
	struct steps s = {.view = &view, .day = STR("9999-12-31")};
	AUTO(met_free) struct intern *met = intern_open();

	if (!load(&s, err))
		return false;
	for (size_t t = ties_from(&s, org); t < s.ties.n && str_eq(s.ties.v[t].org, org); t++)
		if (!str_eq(s.ties.v[t].to, successor))
			return err_set(err, ERR_EXISTS,
				       "%.*s succeeds %.*s already: one successor at a time",
				       STR_FMT(s.ties.v[t].to), STR_FMT(org));
	intern_put(met, successor);
	for (uint32_t i = 0; i < intern_count(met); i++) {
		struct str at = intern_str(met, i);

		for (size_t t = ties_from(&s, at); t < s.ties.n && str_eq(s.ties.v[t].org, at);
		     t++) {
			if (str_eq(s.ties.v[t].to, org))
				return err_set(err, ERR_INVALID,
					       "successors in a circle: %.*s succeeds %.*s",
					       STR_FMT(org), STR_FMT(at));
			intern_put(met, s.ties.v[t].to);
			at = intern_str(met, i);
		}
	}
	return true;
}
