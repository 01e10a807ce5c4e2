#include "alerts/derive.h"

/*
 * Published alerts for measuring, straight into the recorded tables: thousands of acts would
 * measure the journal.  They speak for nobody and their store goes again.
 */

struct making {
	struct store_txn *txn;
	const struct alerts_bench *how;
	struct text content;
};

static bool make_revision(struct making *m, struct str id, struct err *err)
{
	return store_run(
		m->txn,
		SQL("INSERT INTO alerts_revision (alert, revision, weight, content, author,"
		    " drafted, approver, approved, publisher, published, elapsed, acknowledge,"
		    " renew, remediate, site, record) VALUES (?1, 1, 'first', ?2, 'bench', ?3,"
		    " 'bench', ?3, 'bench', ?3, 1, 172800000, 259200000, 1209600000, ?4, 1)"),
		ARGS(store_text(id), store_text(text_str(&m->content)),
		     store_int(m->how->published_ms), store_text(m->how->site)),
		err);
}

static bool make_member(struct making *m, struct str id, struct str org, struct err *err)
{
	return store_run(m->txn,
			 SQL("INSERT INTO alerts_member (alert, org, joined, gone)"
			     " VALUES (?1, ?2, ?3, 0)"),
			 ARGS(store_text(id), store_text(org), store_int(m->how->published_ms)),
			 err);
}

/* They acknowledge first. */
static bool make_claim(struct making *m, struct str id, struct str org, enum claim_kind kind,
		       struct err *err)
{
	int64_t record = kind == CLAIM_ACKNOWLEDGED ? 2 : 3;

	return store_run(m->txn,
			 SQL("INSERT INTO alerts_claim (alert, org, at, site, record, kind, post,"
			     " devices, until, promised, supplier, note, opinion, controls)"
			     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'bench', '', 0, 0, '', '', '', '')"),
			 ARGS(store_text(id), store_text(org),
			      store_int(m->how->published_ms + record * MS_PER_HOUR),
			      store_text(m->how->site), store_int(record),
			      store_text(str_of(claim_kind_name(kind)))),
			 err);
}

/* Nearly all acknowledge; half of those say later that it is fixed. */
static bool make_answers(struct making *m, struct str id, size_t org, struct err *err)
{
	struct str code = m->how->orgs.v[org];

	if (org % 10 == 9)
		return true;
	if (!make_claim(m, id, code, CLAIM_ACKNOWLEDGED, err))
		return false;
	return org % 2 == 0 || make_claim(m, id, code, CLAIM_FIXED, err);
}

static bool make_content(struct making *m, size_t alert, struct err *err)
{
	const struct str *cves = m->how->cves.v + alert % m->how->cves.n;
	struct alert_content c = {.title = STR("Bench"),
				  .text = STR("Bench"),
				  .tlp = STR("GREEN"),
				  .severity = SEVERITY_HIGH,
				  .cves = {cves, 1},
				  .audience = {.everyone = true},
				  .outcomes = OUTCOME_FIX};

	text_clear(&m->content);
	return content_text(&c, &m->content, err);
}

/* --- history --- */

enum { BENCH_DEVICES = 200, BENCH_STEPS = 4, BENCH_WEEK = 7 };

/* Runs of daily inventories: what is covered moves each week, what is exposed goes in steps. */
static void make_track(const struct alerts_bench *how, size_t org, bool cover, struct track *t)
{
	size_t step = how->days / BENCH_STEPS + 1;

	for (size_t day = 0; day < how->days; day++) {
		int64_t at_ms = how->published_ms + (int64_t)(day + 1) * MS_PER_DAY -
				(int64_t)(org % 24) * MS_PER_HOUR;
		uint64_t exposed = cover ? 0 : (BENCH_STEPS - 1 - day / step) * 2;
		struct run *r = t->v.n ? &t->v.v[t->v.n - 1] : NULL;

		if (!r || exposed != r->exposed) {
			if (r)
				r->ends_ms = at_ms;
			VEC_PUSH(&t->v, (struct run){.from_ms = at_ms,
						     .known_ms = at_ms,
						     .ref = {how->site, 1},
						     .newest = {how->site, 1},
						     .touched = true,
						     .course = {!cover, {.at_ms = at_ms}, {0}}});
			r = &t->v.v[t->v.n - 1];
			for (uint64_t i = 0; i < exposed; i++)
				device_list_add(&r->list, STR("DEVICE-0001"), at_ms);
		}
		r->exposed = exposed;
		r->last_ms = r->newest_known_ms = r->oldest_ms = r->newest_ms = at_ms;
		r->until_ms = at_ms + BENCH_WEEK * MS_PER_DAY;
		r->unknown = cover ? 0 : (day + org) / BENCH_WEEK % 3;
		r->cover =
			(struct coverage){.devices = BENCH_DEVICES,
					  .covered = BENCH_DEVICES - (day + org) / BENCH_WEEK % 5,
					  .expected = BENCH_DEVICES,
					  .until_ms = r->until_ms};
		run_remember(r);
	}
}

static size_t course_bytes(const struct track *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->v.n; i++)
		n += t->v.v[i].course.bytes.n;
	return n;
}

/* A third of the organisations is exposed. */
static bool make_history(struct making *m, struct str id, struct err *err)
{
	bool ok = store_run(m->txn, SQL("DELETE FROM alerts_cover"), ARGS(), err) &&
		  store_run(m->txn, SQL("DELETE FROM alerts_evidence WHERE alert = ?1"),
			    ARGS(store_text(id)), err);

	for (size_t i = 0; ok && i < m->how->orgs.n; i++) {
		struct track cover = {0}, track = {0};
		struct str org = m->how->orgs.v[i];

		make_track(m->how, i, true, &cover);
		ok = cover_write(m->txn, org, &cover, err);
		m->how->bytes[0] += course_bytes(&cover);
		if (ok && i % 3 == 0) {
			make_track(m->how, i, false, &track);
			ok = evidence_write(m->txn, id, org, &track, err);
			m->how->bytes[1] += course_bytes(&track);
		}
		track_release(&cover);
		track_release(&track);
	}
	return ok;
}

bool alerts_bench_make(struct store_txn *txn, const struct alerts_bench *how, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct making m = {.txn = txn, .how = how};
	bool ok = true;

	for (size_t i = 0; ok && i < how->alerts; i++) {
		struct str id = arena_fmt(arena, "CC-2017-%04zu", i + 1);

		ok = make_content(&m, i, err) && make_revision(&m, id, err);
		for (size_t o = 0; ok && o < how->orgs.n; o++)
			ok = make_member(&m, id, how->orgs.v[o], err) &&
			     (i >= how->answered || make_answers(&m, id, o, err));
	}
	if (ok && how->days)
		ok = make_history(&m, STR("CC-2017-0001"), err);
	text_free(&m.content);
	return ok;
}
