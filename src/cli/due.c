#include "cli/due.h"

#include <unistd.h>

#include "cli/alert.h"

enum { ROUNDS = 8 }; /* a joiner may be due a step at once; then all is quiet */

struct str due_holder(struct arena *arena)
{
	char host[256] = "";

	if (gethostname(host, sizeof(host) - 1) < 0 || !host[0])
		snprintf(host, sizeof(host), "localhost");
	return arena_fmt(arena, "%s/%ld", host, (long)getpid());
}

static bool do_due(const struct due_round *r, const struct alert_due_list *due,
		   struct due_done *done, struct err *err)
{
	if (!acts_begin(r->acts, err))
		return false;
	for (size_t i = 0; i < due->n; i++) {
		bool join = strcmp(due->v[i].act, "alert.join") == 0;
		struct act_request request = {
			.act = due->v[i].act, .body = due->v[i].body, .say = r->say};

		cli_progress("%zu of %zu due", i + 1, due->n);
		if (!acts_do(r->acts, &request, NULL, err)) {
			acts_rollback(r->acts);
			return false;
		}
		done->joined += join;
		done->climbed += !join;
		done->acts++;
	}
	return acts_commit(r->acts, err);
}

/* Now, but not before the last record: the clock of the machine that wrote it may be ahead. */
static bool due_view(const struct due_round *r, struct arena *arena, struct alerts_view *ret,
		     struct err *err)
{
	struct journal_head head;

	if (!journal_head(acts_journal(r->acts), &head, err))
		return false;
	*ret = (struct alerts_view){acts_store(r->acts), arena,
				    MAX_OF(clock_now_ms(r->clock), head.stamped_ms)};
	return true;
}

bool due_round(const struct due_round *r, struct due_done *done, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();

	for (int i = 0; i < ROUNDS; i++) {
		struct alerts_advanced step;
		struct alert_due_list due;
		struct alerts_view view;

		arena_clear(arena);
		if (!alerts_advance(r->room, &step, err))
			return false;
		done->evidence.to = step.to;
		done->evidence.orgs += step.orgs;
		done->evidence.alerts += step.alerts;
		done->evidence.rows += step.rows;
		if (r->evidence_only)
			break;
		if (!due_view(r, arena, &view, err) || !alert_due(&view, &due, err))
			return false;
		if (!due.n)
			break;
		if (!do_due(r, &due, done, err))
			return false;
	}
	return true;
}

void due_say(const struct due_done *done, struct text *out)
{
	text_addf(out, "evidence up to record %ju: %ju %s looked at again, %ju %s changed\n",
		  (uintmax_t)done->evidence.to, (uintmax_t)done->evidence.orgs,
		  plural(done->evidence.orgs, "organisation", "organisations"),
		  (uintmax_t)done->evidence.rows, plural(done->evidence.rows, "row", "rows"));
	if (done->acts)
		text_addf(out, "done because due: %ju %s, %ju %s of ladders\n",
			  (uintmax_t)done->joined, plural(done->joined, "joining", "joinings"),
			  (uintmax_t)done->climbed, plural(done->climbed, "step", "steps"));
}

bool due_open(struct cli *c, struct acts **ret, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	/* What is due is for the post system to do, whoever asks for it. */
	struct acts_config config = {.path = c->db,
				     .mode = ACTS_WRITE,
				     .clock = &c->clock,
				     .post = STR("system"),
				     .user = c->config->user};

	if (!acts_open(&config, &a, err) || !cli_not_before(c, a, err))
		return false;
	*ret = a, a = NULL;
	return true;
}

bool due_other(struct cli *c, struct acts *a, struct text *ret, struct err *err)
{
	struct store_lease lease = {.name = DUE_LEASE, .clock = &c->config->clock};

	return store_lease_holder(acts_store(a), &lease, ret, err);
}

/* --- alert advance --- */

static bool advance_json(struct cli *c, const struct due_done *d, struct err *err)
{
	const struct {
		const char *key;
		uint64_t n;
	} members[] = {
		{"to", d->evidence.to},		{"organisations", d->evidence.orgs},
		{"alerts", d->evidence.alerts}, {"rows", d->evidence.rows},
		{"joined", d->joined},		{"escalated", d->climbed},
	};
	struct json_out *o = json_out_open(&c->out);

	json_out_object(o);
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		json_out_key(o, members[i].key);
		json_out_i64(o, (int64_t)members[i].n);
	}
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add_char(&c->out, '\n');
	return true;
}

/* Under the lease, which every commit prolongs. */
static bool advance_alone(struct cli *c, struct acts *a, struct due_done *done, struct err *err)
{
	AUTO(alerts_closep) struct alerts *room = NULL;
	struct store_lease lease = {.name = DUE_LEASE,
				    .holder = due_holder(c->arena),
				    .length_ms = DUE_LEASE_MS,
				    .clock = &c->config->clock};
	struct due_round round = {.acts = a, .clock = &c->clock, .say = c->json ? NULL : &c->out};
	struct err late;
	bool held, ok;

	if (!alerts_open(acts_journal(a), &c->clock, &room, err) ||
	    !store_lease_take(acts_store(a), &lease, &held, err))
		return false;
	if (!held) {
		AUTO(text_freep) struct text other = {0};

		if (!due_other(c, a, &other, err))
			return false;
		return err_set(err, ERR_CONFLICT,
			       "what is due is done by %s just now (lynchpin work); nothing was "
			       "done here",
			       other.n ? text_c(&other) : "another process");
	}
	round.room = room;
	store_fence(acts_store(a), &lease);
	ok = due_round(&round, done, err);
	store_fence(acts_store(a), NULL);
	if (!store_lease_drop(acts_store(a), &lease, ok ? err : &late))
		ok = false;
	return ok;
}

bool alert_advance_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct due_done done = {0};

	if (!due_open(c, &a, err) || !advance_alone(c, a, &done, err))
		return false;
	if (c->json)
		return advance_json(c, &done, err);
	due_say(&done, &c->out);
	return true;
}
