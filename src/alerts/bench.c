#include "alerts/inner.h"

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
	text_free(&m.content);
	return ok;
}
