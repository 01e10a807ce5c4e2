#include "alerts/derive.h"

/* Which records bear on evidence, and up to which they were looked at. */

void bearing_release(struct bearing *b)
{
	intern_close(b->orgs);
}

/* By the first words of an act's name; the first that fits. */
enum bears { BEARS_NOTHING, BEARS_ORG, BEARS_EVERYTHING, BEARS_INTEL, BEARS_NAMES, BEARS_ALERTS };
static const struct {
	const char *act;
	enum bears on;
} acts_bear[] = {
	{"estate.import", BEARS_ORG},
	{"estate.", BEARS_NAMES},
	{"names.", BEARS_NAMES},
	{"org.", BEARS_ORG}, /* org.import names none: all of them */
	{"feed.import", BEARS_INTEL},
	{"alert.publish", BEARS_ALERTS},
	{"journal.", BEARS_EVERYTHING}, /* bytes pruned */
	{"service.", BEARS_EVERYTHING},
};

static enum bears act_bears(struct str act)
{
	for (size_t i = 0; i < ARRAY_LEN(acts_bear); i++)
		if (str_starts(act, str_of(acts_bear[i].act)))
			return acts_bear[i].on;
	return BEARS_NOTHING;
}

static bool bear_org(struct bearing *b, const struct record *record, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct json_value body;
	struct str org;

	if (!json_parse(doc, record->body, 0, &body, err))
		return err_wrap(err, "record %ju", (uintmax_t)record->number);
	org = json_str_or(body, "org", (struct str){0});
	if (org.n)
		intern_put(b->orgs, org);
	else
		b->every_org = true;
	return true;
}

static bool bear(void *ctx, const struct record *record, struct err *err)
{
	struct bearing *b = ctx;

	switch (act_bears(record->act)) {
	case BEARS_NOTHING:
		return true;
	case BEARS_ORG:
		return bear_org(b, record, err);
	case BEARS_EVERYTHING:
		b->everything = true;
		return true;
	case BEARS_INTEL:
		b->intelligence = true;
		return true;
	case BEARS_NAMES:
		b->names = true;
		return true;
	case BEARS_ALERTS:
		b->alerts = true;
		return true;
	}
	return true;
}

bool bearing_read(const struct journal *journal, uint64_t cursor, struct bearing *b,
		  struct err *err)
{
	return journal_each(journal, (struct journal_range){cursor + 1, INT64_MAX}, bear, b, err);
}

/* ---- the cursor ------------------------------------------------------------------------- */

bool cursor_get(struct store *store, struct str site, uint64_t *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(store, SQL("SELECT number FROM alerts_cursor WHERE site = ?1"),
			 ARGS(store_text(site)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	*ret = row ? (uint64_t)store_col_int(q, 0) : 0;
	return true;
}

bool cursor_put(struct store_txn *txn, const struct journal_head *head, struct err *err)
{
	return store_run(txn,
			 SQL("INSERT INTO alerts_cursor (site, number) VALUES (?1, ?2)"
			     " ON CONFLICT (site) DO UPDATE SET number = excluded.number"),
			 ARGS(store_text(head->site), store_int((int64_t)head->number)), err);
}

bool alerts_behind(struct store *store, const struct journal *journal, uint64_t *ret,
		   struct err *err)
{
	struct journal_head head = {0};
	uint64_t cursor = 0;

	if (!journal_head(journal, &head, err) || !cursor_get(store, head.site, &cursor, err))
		return false;
	*ret = head.number - MIN_OF(cursor, head.number);
	return true;
}

static bool count_bearing(void *ctx, const struct record *record, struct err *err)
{
	(void)err;
	*(uint64_t *)ctx += act_bears(record->act) != BEARS_NOTHING;
	return true;
}

bool evidence_reaches(const struct alerts_view *view, struct obligation_list *list, struct err *err)
{
	AUTO(journal_closep) struct journal *journal = NULL;
	struct journal_head head = {0};
	uint64_t cursor = 0, behind = 0;

	if (!journal_open(view->store, NULL, &journal, err) || !journal_head(journal, &head, err) ||
	    !cursor_get(view->store, head.site, &cursor, err))
		return false;
	if (cursor < head.number &&
	    !journal_each(journal, (struct journal_range){cursor + 1, INT64_MAX}, count_bearing,
			  &behind, err))
		return false;
	list->evidence_to = cursor;
	list->evidence_behind = behind;
	return true;
}
