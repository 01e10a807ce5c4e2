#include "alerts/derive.h"

bool cover_read(struct store *store, struct str org, struct track *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct run r = {0};
	bool row;

	if (!store_query(store,
			 SQL("SELECT from_ms, last_ms, known_ms, until_ms, course FROM alerts_cover"
			     " WHERE org = ?1 ORDER BY from_ms DESC LIMIT 1"),
			 ARGS(store_text(org)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return true;
	r.from_ms = store_col_int(q, 0);
	r.last_ms = store_col_int(q, 1);
	r.known_ms = store_col_int(q, 2);
	r.until_ms = store_col_int(q, 3);
	VEC_PUSH(&ret->v, r);
	ret->open = true;
	return course_resume(&ret->v.v[0].course, store_col_str(q, 4), r.from_ms) ||
	       course_is_corrupt("alerts_cover", org, err);
}

/* The newest as it was is written again only if a point was added to it. */
bool cover_write(struct store_txn *txn, struct str org, const struct track *t, struct err *err)
{
	for (size_t i = 0; i < t->v.n; i++) {
		const struct run *r = &t->v.v[i];

		if (!r->touched)
			continue;
		if (!store_run(
			    txn,
			    SQL("INSERT INTO alerts_cover (org, from_ms, last_ms, known_ms,"
				" until_ms, devices, covered, expected, site, record,"
				" newest_known, newest_site, newest_record, course)"
				" VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
				" ?14)"
				" ON CONFLICT (org, from_ms) DO UPDATE SET"
				" last_ms = excluded.last_ms, until_ms = excluded.until_ms,"
				" devices = excluded.devices, covered = excluded.covered,"
				" expected = excluded.expected,"
				" newest_known = excluded.newest_known,"
				" newest_site = excluded.newest_site,"
				" newest_record = excluded.newest_record,"
				" course = excluded.course"),
			    ARGS(store_text(org), store_int(r->from_ms), store_int(r->last_ms),
				 store_int(r->known_ms), store_int(r->until_ms),
				 store_int((int64_t)r->cover.devices),
				 store_int((int64_t)r->cover.covered), store_int(r->cover.expected),
				 store_text(r->ref.site), store_int((int64_t)r->ref.number),
				 store_int(r->newest_known_ms), store_text(r->newest.site),
				 store_int((int64_t)r->newest.number),
				 store_blob(text_c(&r->course.bytes), r->course.bytes.n)),
			    err))
			return false;
	}
	return true;
}

/* ---- evidence --------------------------------------------------------------------------- */

static size_t subject_place(const struct derivation *d, struct str alert)
{
	size_t lo = 0, hi = d->nsubjects;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (str_cmp(d->subjects[mid]->alert, alert) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < d->nsubjects && str_eq(d->subjects[lo]->alert, alert) ? lo : SIZE_MAX;
}

bool evidence_read(const struct derivation *d, struct str org, struct track *tracks,
		   struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (!store_query(d->alerts->store,
			 SQL("SELECT alert, from_ms, last_ms, known_ms, until_ms, exposed, unknown,"
			     " list, course FROM alerts_evidence WHERE org = ?1 AND ends_ms = 0"
			     " ORDER BY alert"),
			 ARGS(store_text(org)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct run r = {0};
		size_t at = subject_place(d, store_col_str(q, 0));

		if (at == SIZE_MAX)
			continue;
		r.from_ms = store_col_int(q, 1);
		r.last_ms = store_col_int(q, 2);
		r.known_ms = store_col_int(q, 3);
		r.until_ms = store_col_int(q, 4);
		r.exposed = (uint64_t)store_col_int(q, 5);
		r.unknown = (uint64_t)store_col_int(q, 6);
		text_add(&r.list, store_col_str(q, 7));
		r.course.sparse = true;
		if (!course_resume(&r.course, store_col_str(q, 8), r.from_ms)) {
			text_free(&r.list);
			return course_is_corrupt("alerts_evidence", org, err);
		}
		VEC_PUSH(&tracks[at].v, r);
		tracks[at].open = true;
	}
	return ok;
}

static bool run_end(struct store_txn *txn, struct str alert, struct str org, const struct run *r,
		    struct err *err)
{
	return store_run(txn,
			 SQL("UPDATE alerts_evidence SET ends_ms = ?4 WHERE alert = ?1"
			     " AND org = ?2 AND from_ms = ?3"),
			 ARGS(store_text(alert), store_text(org), store_int(r->from_ms),
			      store_int(r->ends_ms)),
			 err);
}

static bool run_write(struct store_txn *txn, struct str alert, struct str org, const struct run *r,
		      struct err *err)
{
	return store_run(
		txn,
		SQL("INSERT INTO alerts_evidence (alert, org, from_ms, last_ms, known_ms, until_ms,"
		    " ends_ms, exposed, oldest_ms, newest_ms, unknown, devices, covered, expected,"
		    " site, record, list, newest_known, newest_site, newest_record, course)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
		    " ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21) ON CONFLICT (alert, org, "
		    "from_ms) DO UPDATE"
		    " SET last_ms = excluded.last_ms, until_ms = excluded.until_ms,"
		    " ends_ms = excluded.ends_ms, exposed = excluded.exposed,"
		    " oldest_ms = excluded.oldest_ms, newest_ms = excluded.newest_ms,"
		    " unknown = excluded.unknown, devices = excluded.devices,"
		    " covered = excluded.covered, expected = excluded.expected,"
		    " list = excluded.list, newest_known = excluded.newest_known,"
		    " newest_site = excluded.newest_site,"
		    " newest_record = excluded.newest_record, course = excluded.course"),
		ARGS(store_text(alert), store_text(org), store_int(r->from_ms),
		     store_int(r->last_ms), store_int(r->known_ms), store_int(r->until_ms),
		     store_int(r->ends_ms), store_int((int64_t)r->exposed), store_int(r->oldest_ms),
		     store_int(r->newest_ms), store_int((int64_t)r->unknown),
		     store_int((int64_t)r->cover.devices), store_int((int64_t)r->cover.covered),
		     store_int(r->cover.expected), store_text(r->ref.site),
		     store_int((int64_t)r->ref.number), store_blob(text_c(&r->list), r->list.n),
		     store_int(r->newest_known_ms), store_text(r->newest.site),
		     store_int((int64_t)r->newest.number),
		     store_blob(text_c(&r->course.bytes), r->course.bytes.n)),
		err);
}

/* One that was read and has no new point may have ended, and is otherwise as it was. */
bool evidence_write(struct store_txn *txn, struct str alert, struct str org, const struct track *t,
		    struct err *err)
{
	for (size_t i = 0; i < t->v.n; i++) {
		const struct run *r = &t->v.v[i];
		bool ok = r->touched   ? run_write(txn, alert, org, r, err)
			  : r->ends_ms ? run_end(txn, alert, org, r, err)
				       : true;

		if (!ok)
			return false;
	}
	return true;
}
