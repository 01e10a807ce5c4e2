#include "cli/outbox.h"

enum { ORGS_A_RECORD = 1000 };

bool outbox_open(struct cli *c, struct acts *a, bool looks, struct notify **ret, struct err *err)
{
	AUTO(site_key_closep) struct site_key *key = NULL;
	AUTO(text_freep) struct text path = {0};
	struct notify_config config = {
		.journal = acts_journal(a), .store = acts_store(a), .clock = &c->clock};

	site_key_path(store_place(config.store), &path);
	if (!acts_service_name(a, c->arena, &config.service, err) ||
	    (!looks && !site_key_open(text_c(&path), &key, err)))
		return false;
	config.key = key;
	return notify_open(&config, ret, err);
}

/* --- records of whom an alert reached ------------------------------------------------------ */

static bool record(struct acts *a, struct notify *n, const struct notify_owed *owed,
		   struct err *err)
{
	const struct act_request request = {.act = "alert.deliver", .body = owed->body};

	if (!acts_begin(a, err))
		return false;
	if (acts_do(a, &request, NULL, err) && notify_recorded(n, acts_txn(a), owed, false, err))
		return acts_commit(a, err);
	acts_rollback(a);
	return false;
}

static bool give_up(struct acts *a, struct notify *n, const struct notify_owed *owed,
		    struct err *err)
{
	if (!acts_begin(a, err))
		return false;
	if (notify_recorded(n, acts_txn(a), owed, true, err))
		return acts_commit(a, err);
	acts_rollback(a);
	return false;
}

static bool says_no(const struct err *err)
{
	return err->code == ERR_NOT_FOUND || err->code == ERR_INVALID;
}

struct recording {
	struct acts *acts;
	struct notify *notify;
	size_t most; /* organisations a record */
	uint64_t done;
	bool refused;
};

/* most 1: what is refused still is of an organisation that is asked no more, and is let go. */
static bool record_all(struct recording *r, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct notify_owed_list list;

	r->refused = false;
	if (!notify_owed(r->notify, r->most, arena, &list, err))
		return false;
	for (size_t i = 0; i < list.n; i++) {
		struct err why = {0};

		if (record(r->acts, r->notify, &list.v[i], &why)) {
			r->done++;
			continue;
		}
		if (!says_no(&why))
			return *err = why, false;
		r->refused = true;
		if (r->most == 1 && !give_up(r->acts, r->notify, &list.v[i], err))
			return false;
	}
	return true;
}

bool outbox_round(struct acts *acts, struct notify *n, int64_t budget_ms, struct outbox_done *ret,
		  struct err *err)
{
	struct recording r = {.acts = acts, .notify = n, .most = ORGS_A_RECORD};
	struct outbox_done done = {.recorded = 0};

	if (!notify_advance(n, &done.told, err) || !notify_send(n, budget_ms, &done.sent, err) ||
	    !record_all(&r, err))
		return false;
	r.most = 1;
	if (r.refused && !record_all(&r, err))
		return false;
	done.recorded = r.done;
	*ret = done;
	return true;
}

void outbox_say(const struct outbox_done *done, bool always, struct text *out)
{
	const struct notify_sent *s = &done->sent;

	if (!always && !done->told.notices && !s->sent && !s->failed && !done->recorded)
		return;
	text_addf(out, "told: %ju %s; %ju %s sent, %ju failed, %ju to be tried again\n",
		  (uintmax_t)done->told.notices, plural(done->told.notices, "notice", "notices"),
		  (uintmax_t)s->sent, plural(s->sent, "message", "messages"), (uintmax_t)s->failed,
		  (uintmax_t)s->later);
}
