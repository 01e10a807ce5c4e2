#include "journal/inner.h"

/* What came since somebody looked last, whichever site it is of. */

struct seen {
	struct site_id site;
	int64_t number;
};
struct journal_mark {
	VEC_OF(struct seen) sites;
};

struct journal_mark *journal_mark_open(void)
{
	return mem_zero(1, sizeof(struct journal_mark));
}

struct journal_mark *journal_mark_copy(const struct journal_mark *from)
{
	struct journal_mark *m = journal_mark_open();

	for (size_t i = 0; i < from->sites.n; i++)
		VEC_PUSH(&m->sites, from->sites.v[i]);
	return m;
}

void journal_mark_close(struct journal_mark *m)
{
	free(m->sites.v);
	free(m);
}

static struct seen *seen_of(struct journal_mark *m, struct str site)
{
	struct seen new = {.number = 0};

	for (size_t i = 0; i < m->sites.n; i++)
		if (str_eq(site_id_str(&m->sites.v[i].site), site))
			return &m->sites.v[i];
	memcpy(new.site.c, site.p, MIN_OF(site.n, sizeof(new.site.c) - 1));
	VEC_PUSH(&m->sites, new);
	return &m->sites.v[m->sites.n - 1];
}

static bool sites_read(const struct journal *j, struct journal_mark *m, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(j->store, SQL("SELECT site FROM journal_site ORDER BY site"), ARGS(), &q,
			 err))
		return false;
	while (store_step(q, &row, err)) {
		if (!row)
			return true;
		seen_of(m, store_col_str(q, 0));
	}
	return false;
}

struct telling {
	struct seen *seen;
	journal_visit_fn *fn;
	void *ctx;
};

static bool tell(void *ctx, const struct record *r, struct err *err)
{
	struct telling *t = ctx;

	if (!t->fn(t->ctx, r, err))
		return false;
	t->seen->number = (int64_t)r->number;
	return true;
}

static bool site_news(const struct journal *j, struct telling *t, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;

	return store_query(
		       j->store,
		       SQL("SELECT " RECORD_COLUMNS " FROM journal_record WHERE site = ?1 AND "
			   "number > ?2 ORDER BY number"),
		       ARGS(store_text(site_id_str(&t->seen->site)), store_int(t->seen->number)),
		       &q, err) &&
	       records_visit(j, q, tell, t, err);
}

static bool site_end(const struct journal *j, struct seen *seen, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(j->store,
			 SQL("SELECT number FROM journal_record WHERE site = ?1 "
			     "ORDER BY number DESC LIMIT 1"),
			 ARGS(store_text(site_id_str(&seen->site))), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (row)
		seen->number = store_col_int(q, 0);
	return true;
}

bool journal_news(const struct journal *j, struct journal_mark *mark, journal_visit_fn *fn,
		  void *ctx, struct err *err)
{
	if (!sites_read(j, mark, err))
		return false;
	for (size_t i = 0; i < mark->sites.n; i++) {
		struct telling t = {&mark->sites.v[i], fn, ctx};

		if (fn ? !site_news(j, &t, err) : !site_end(j, t.seen, err))
			return false;
	}
	return true;
}
