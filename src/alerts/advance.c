#include "alerts/derive.h"

/*
 * The runner.  The records since the cursor say where to look; what is looked at is compared with
 * what was derived from it before (alerts_estate: the deliveries and the counts expected of each
 * organisation; alerts_judged: the basis of each alert), and what differs is derived again.  So
 * rows are a function of the recorded tables, whatever steps they came by.
 */

/* ---- what was derived before ---------------------------------------------------------------- */

struct work {
	struct alerts *alerts;
	struct store_txn *txn;
	struct arena *arena;
	int64_t at_ms; /* of the last record: rows depend on nothing else */
	struct bearing bearing;
	struct alerts_advanced done;
	VEC_OF(const struct subject *) changed, kept; /* by alert */
	VEC_OF(struct task) whole, onward;	      /* from the first point; from a later one */
	VEC_OF(struct task) same;		      /* as they were: for changed alerts alone */
};

static void work_release(struct work *w)
{
	bearing_release(&w->bearing);
	arena_close(w->arena);
	free(w->changed.v);
	free(w->kept.v);
	free(w->whole.v);
	free(w->onward.v);
	free(w->same.v);
}

static bool judged_before(struct store *store, const struct subject *s, bool *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	char hex[HASH_HEX_BYTES];
	bool row;

	if (!store_query(store, SQL("SELECT basis FROM alerts_judged WHERE alert = ?1"),
			 ARGS(store_text(s->alert)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	*ret = row && str_eq(store_col_str(q, 0), hash_hex(&s->basis, hex));
	return true;
}

static bool subjects_compare(struct work *w, struct err *err)
{
	const struct subjects *s = w->alerts->subjects;

	for (size_t i = 0; i < s->v.n; i++) {
		bool same = false;

		if (!judged_before(w->alerts->store, &s->v.v[i], &same, err))
			return false;
		if (same)
			VEC_PUSH(&w->kept, &s->v.v[i]);
		else
			VEC_PUSH(&w->changed, &s->v.v[i]);
	}
	w->done.alerts = w->changed.n;
	return true;
}

/* Alerts that ask nothing of inventories any more. */
static bool subjects_gone(struct work *w, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	AUTO(intern_closep) struct intern *here = intern_open();
	AUTO(intern_closep) struct intern *gone = intern_open();
	bool ok;

	for (size_t i = 0; i < w->alerts->subjects->v.n; i++)
		intern_put(here, w->alerts->subjects->v.v[i].alert);
	if (!store_query(w->alerts->store, SQL("SELECT alert FROM alerts_judged ORDER BY alert"),
			 ARGS(), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		if (intern_find(here, store_col_str(q, 0)) == UINT32_MAX)
			intern_put(gone, store_col_str(q, 0));
	}
	if (!ok)
		return false;
	for (uint32_t i = 0; i < intern_count(gone); i++) {
		struct str alert = intern_str(gone, i);

		if (!store_run(w->txn, SQL("DELETE FROM alerts_judged WHERE alert = ?1"),
			       ARGS(store_text(alert)), err) ||
		    !store_run(w->txn, SQL("DELETE FROM alerts_evidence WHERE alert = ?1"),
			       ARGS(store_text(alert)), err))
			return false;
	}
	return true;
}

struct estate_before {
	uint64_t deliveries;
	struct str inputs, expected;
};

static bool estate_before(struct work *w, struct str org, struct estate_before *ret,
			  struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(
		    w->alerts->store,
		    SQL("SELECT deliveries, inputs, expected FROM alerts_estate WHERE org = ?1"),
		    ARGS(store_text(org)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	*ret = (struct estate_before){0};
	if (!row)
		return true;
	ret->deliveries = (uint64_t)store_col_int(q, 0);
	ret->inputs = arena_str(w->arena, store_col_str(q, 1));
	ret->expected = arena_str(w->arena, store_col_str(q, 2));
	return true;
}

/* Do the deliveries begin with those that were derived?  Then points can be added to. */
static bool begins_as_before(const struct estate_history *h, const struct estate_before *before)
{
	size_t n = before->deliveries;
	char hex[HASH_HEX_BYTES];

	return n && n <= h->n && str_eq(before->inputs, hash_hex(&h->v[n - 1].chain, hex)) &&
	       (n == h->n || h->v[n].taken_ms > h->v[n - 1].taken_ms);
}

static bool org_compare(struct work *w, const struct estate_history *h, const struct expected *e,
			struct err *err)
{
	AUTO(text_freep) struct text expected = {0};
	struct task t = {.history = h, .expected = *e};
	struct estate_before before;

	if (!estate_before(w, h->org, &before, err))
		return false;
	expected_text(e, &expected);
	if (w->bearing.everything || !str_eq(before.expected, text_str(&expected)) ||
	    !begins_as_before(h, &before)) {
		VEC_PUSH(&w->whole, t);
		return true;
	}
	t.from = before.deliveries;
	if (t.from == h->n)
		VEC_PUSH(&w->same, t);
	else
		VEC_PUSH(&w->onward, t);
	return true;
}

/* ---- organisations ------------------------------------------------------------------------ */

static bool compare_one(struct work *w, struct str org, struct err *err)
{
	struct directory_view view = {w->alerts->store, w->arena, w->at_ms};
	struct estate_history_list h = {0};
	struct expected e;
	struct org o;

	if (!estate_histories(w->alerts->estate, org, w->arena, &h, err))
		return false;
	if (!h.n)
		return true;
	if (!directory_org_get(&view, org, &o, err))
		return false;
	e = expected_of(&o);
	return org_compare(w, h.v, &e, err);
}

struct all_orgs {
	struct work *w;
	struct estate_history_list h;
	size_t at;
};

/* Both by code. */
static bool compare_next(void *ctx, const struct org *o, struct err *err)
{
	struct all_orgs *all = ctx;
	struct expected e = expected_of(o);

	while (all->at < all->h.n && str_cmp(all->h.v[all->at].org, o->code) < 0)
		all->at++;
	if (all->at == all->h.n || !str_eq(all->h.v[all->at].org, o->code))
		return true;
	return org_compare(all->w, &all->h.v[all->at], &e, err);
}

static bool compare_all(struct work *w, struct err *err)
{
	struct directory_view view = {w->alerts->store, w->arena, w->at_ms};
	struct all_orgs all = {.w = w};

	return estate_histories(w->alerts->estate, (struct str){0}, w->arena, &all.h, err) &&
	       directory_each_org(&view, compare_next, &all, err);
}

static bool orgs_compare(struct work *w, struct err *err)
{
	const struct bearing *b = &w->bearing;

	if (b->everything || b->every_org || w->changed.n)
		return compare_all(w, err);
	for (uint32_t i = 0; i < intern_count(b->orgs); i++)
		if (!compare_one(w, arena_str(w->arena, intern_str(b->orgs, i)), err))
			return false;
	return true;
}

/* ---- deriving ------------------------------------------------------------------------------- */

static bool clear_rows(struct work *w, struct err *err)
{
	if (w->bearing.everything)
		return store_run(w->txn, SQL("DELETE FROM alerts_evidence"), ARGS(), err) &&
		       store_run(w->txn, SQL("DELETE FROM alerts_cover"), ARGS(), err);
	for (size_t i = 0; i < w->changed.n; i++)
		if (!store_run(w->txn, SQL("DELETE FROM alerts_evidence WHERE alert = ?1"),
			       ARGS(store_text(w->changed.v[i]->alert)), err))
			return false;
	for (size_t i = 0; i < w->whole.n; i++) {
		struct str org = w->whole.v[i].history->org;

		if (!store_run(w->txn, SQL("DELETE FROM alerts_evidence WHERE org = ?1"),
			       ARGS(store_text(org)), err) ||
		    !store_run(w->txn, SQL("DELETE FROM alerts_cover WHERE org = ?1"),
			       ARGS(store_text(org)), err))
			return false;
	}
	return true;
}

static int task_cmp(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	return str_cmp(x->history->org, y->history->org);
}

static bool run_derive(struct work *w, struct derivation d, struct err *err)
{
	d.alerts = w->alerts;
	d.txn = w->txn;
	if (!d.ntasks || (!d.nsubjects && !d.cover))
		return true;
	if (!derive(&d, err))
		return false;
	w->done.rows += d.rows;
	return true;
}

/* Everything of what is new, from its first point; the rest from where it was. */
static bool derive_all(struct work *w, struct err *err)
{
	size_t nall = w->changed.n + w->kept.n;
	const struct subject **all = ARENA_ARRAY(w->arena, const struct subject *, nall + 1);
	struct task *old = ARENA_ARRAY(w->arena, struct task, w->onward.n + w->same.n + 1);
	size_t nold = 0;

	for (size_t i = 0; i < nall; i++)
		all[i] = &w->alerts->subjects->v.v[i];
	for (size_t i = 0; i < w->onward.n; i++)
		old[nold++] = w->onward.v[i];
	for (size_t i = 0; i < w->same.n; i++)
		old[nold++] = w->same.v[i];
	for (size_t i = 0; i < nold; i++)
		old[i].from = 0;
	if (nold)
		qsort(old, nold, sizeof(*old), task_cmp);
	if (w->whole.n)
		qsort(w->whole.v, w->whole.n, sizeof(*w->whole.v), task_cmp);
	if (w->onward.n)
		qsort(w->onward.v, w->onward.n, sizeof(*w->onward.v), task_cmp);
	return run_derive(w,
			  (struct derivation){.tasks = w->whole.v,
					      .ntasks = w->whole.n,
					      .subjects = all,
					      .nsubjects = nall,
					      .cover = true},
			  err) &&
	       run_derive(w,
			  (struct derivation){.tasks = w->onward.v,
					      .ntasks = w->onward.n,
					      .subjects = w->kept.v,
					      .nsubjects = w->kept.n,
					      .cover = true},
			  err) &&
	       run_derive(w,
			  (struct derivation){.tasks = old,
					      .ntasks = nold,
					      .subjects = w->changed.v,
					      .nsubjects = w->changed.n},
			  err);
}

static bool remember_orgs(struct work *w, const struct task *v, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		AUTO(text_freep) struct text expected = {0};
		const struct estate_history *h = v[i].history;
		char hex[HASH_HEX_BYTES];

		expected_text(&v[i].expected, &expected);
		if (!store_run(w->txn,
			       SQL("INSERT INTO alerts_estate (org, deliveries, inputs, expected)"
				   " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (org) DO UPDATE SET"
				   " deliveries = excluded.deliveries, inputs = excluded.inputs,"
				   " expected = excluded.expected"),
			       ARGS(store_text(h->org), store_int((int64_t)h->n),
				    store_text(hash_hex(&h->v[h->n - 1].chain, hex)),
				    store_text(text_str(&expected))),
			       err))
			return false;
	}
	return true;
}

static bool remember(struct work *w, struct err *err)
{
	for (size_t i = 0; i < w->changed.n; i++) {
		char hex[HASH_HEX_BYTES];

		if (!store_run(w->txn,
			       SQL("INSERT INTO alerts_judged (alert, basis) VALUES (?1, ?2)"
				   " ON CONFLICT (alert) DO UPDATE SET basis = excluded.basis"),
			       ARGS(store_text(w->changed.v[i]->alert),
				    store_text(hash_hex(&w->changed.v[i]->basis, hex))),
			       err))
			return false;
	}
	w->done.orgs = w->whole.n + w->onward.n;
	return remember_orgs(w, w->whole.v, w->whole.n, err) &&
	       remember_orgs(w, w->onward.v, w->onward.n, err);
}

/* ---- the runner ------------------------------------------------------------------------------ */

/* What is in hand was current up to a->cursor; another process may have gone on since. */
static void forget_old(struct alerts *a, const struct bearing *b, uint64_t cursor)
{
	bool lost = a->cursor != cursor || b->everything;

	if (lost || b->intelligence || b->names || b->alerts)
		sources_forget(a, lost || b->intelligence, lost || b->names, lost || b->alerts);
}

static bool advance(struct work *w, uint64_t cursor, struct err *err)
{
	struct alerts *a = w->alerts;
	struct bearing *b = &w->bearing;

	if (!cursor)
		b->everything = true;
	else if (!bearing_read(a->journal, cursor, b, err))
		return false;
	forget_old(a, b, cursor);
	if (!b->everything && !b->every_org && !b->intelligence && !b->names && !b->alerts &&
	    !intern_count(b->orgs))
		return true;
	return subjects_ready(a, err) && subjects_compare(w, err) && subjects_gone(w, err) &&
	       orgs_compare(w, err) && clear_rows(w, err) && derive_all(w, err) && remember(w, err);
}

bool alerts_advance(struct alerts *a, struct alerts_advanced *ret, struct err *err)
{
	AUTO(work_release)
	struct work w = {.alerts = a, .arena = arena_open(), .bearing.orgs = intern_open()};
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct journal_head head = {0};
	uint64_t cursor = 0;

	if (!store_begin(a->store, &txn, err))
		return false;
	w.txn = txn;
	if (!journal_head(a->journal, &head, err) || !cursor_get(a->store, head.site, &cursor, err))
		return false;
	if (cursor == head.number) {
		if (a->cursor != cursor)
			sources_forget(a, true, true, true);
		a->cursor = cursor;
		*ret = (struct alerts_advanced){.to = cursor};
		return true;
	}
	w.at_ms = head.stamped_ms;
	a->cursor =
		advance(&w, cursor, err) && cursor_put(txn, &head, err) && store_commit(&txn, err)
			? head.number
			: 0;
	if (!a->cursor)
		return false;
	*ret = w.done;
	ret->to = head.number;
	return true;
}
