#include "cli/command.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cli/due.h"
#include "cli/keeper.h"
#include "cli/outbox.h"
#include "cli/work.h"

/*
 * The process that does what time brings, and derives what follows from others' records.  Several
 * may run, on one machine or on many: one holds the lease and works, the others stand by.
 */

enum {
	LOOK_MS = 250,	 /* at the store and at the keeper */
	TICK_MS = 5000,	 /* at what is due by the clock alone */
	TICK_SHARE = 20, /* but a round takes at most one part in so many of the time */
	BUSY_SHARE = 4,	 /* and in so many while answers come in one after the other */
	EVIDENCE_MS = 100,
	ANSWER_MS = 8000, /* of the keeper, for --once */
	PAUSE_MS = 500,	  /* before the store is tried again */
	CONFLICTS = 20,	  /* with other writers, before anybody is told */
	SEND_MS = 3000,	  /* for the outbox, before anything else is looked at again */
};

static volatile sig_atomic_t stopped;

static void on_signal(int sig UNUSED)
{
	stopped = 1;
}

static void heed_signals(void)
{
	struct sigaction how = {.sa_handler = on_signal};

	stopped = 0;
	(void)sigaction(SIGTERM, &how, NULL);
	(void)sigaction(SIGINT, &how, NULL);
	signal(SIGPIPE, SIG_IGN);
}

enum round { ROUND_NONE, ROUND_EVIDENCE, ROUND_ALL };

struct work {
	struct cli *cli;
	struct acts *acts; /* NULL: the store can't be reached */
	struct alerts *room;
	struct notify *notify;
	struct keeper *keeper;
	struct store_lease lease;
	int64_t term;		  /* that was told of; 0: standing by; -1: nothing told yet */
	int64_t last_ns, cost_ns; /* the end of the last round, and how long it took */
	int64_t evidence_ns;	  /* when evidence was last brought up to date */
	int64_t outbox_ns;	  /* when the outbox was last gone through; 0: it is to be */
	uint64_t head;		  /* the journal's, after it */
	bool silent;		  /* what is wrong was said */
	bool outbox_silent;	  /* of the outbox */
	unsigned conflicts;	  /* in a row */
};

static void let_go(struct work *w)
{
	alerts_closep(&w->room);
	notify_closep(&w->notify);
	acts_closep(&w->acts);
	w->room = NULL;
	w->notify = NULL;
	w->acts = NULL;
}

static void work_release(struct work *w)
{
	let_go(w);
	keeper_stopp(&w->keeper);
}

static PRINTF_LIKE(3, 4) bool say(struct work *w, struct err *err, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	text_addf(&w->cli->out, "%s\n", line);
	return cli_flush(w->cli, err);
}

static bool reach(struct work *w, struct err *err)
{
	struct cli *c = w->cli;

	if (w->acts)
		return true;
	if (!due_open(c, &w->acts, err) ||
	    !alerts_open(acts_journal(w->acts), &c->clock, &w->room, err) ||
	    !outbox_open(c, w->acts, false, &w->notify, err)) {
		let_go(w);
		return false;
	}
	store_fence(acts_store(w->acts), keeper_lease(w->keeper));
	w->head = 0;
	return true;
}

/* A keeper that ended is followed by another; it begins as a copy, so no store is open then. */
static bool keep(struct work *w, struct err *err)
{
	let_go(w);
	keeper_stopp(&w->keeper);
	w->keeper = NULL;
	return keeper_start(w->cli->db, &w->lease, &w->keeper, err);
}

static bool say_place(struct work *w, struct err *err)
{
	AUTO(text_freep) struct text other = {0};

	if (!due_other(w->cli, w->acts, &other, err))
		return false;
	return other.n ? say(w, err, "standing by: %s works", text_c(&other))
		       : say(w, err, "standing by");
}

/* Has it come to us, or gone? */
static bool notice(struct work *w, struct err *err)
{
	int64_t term = keeper_lease(w->keeper)->term, before = w->term;

	if (term == before)
		return true;
	if (!term)
		return (w->term = 0, say_place(w, err));
	w->term = term;
	w->last_ns = w->outbox_ns = 0;
	return say(w, err, "working as %.*s", STR_FMT(w->lease.holder));
}

/* Evidence follows at once; going through what is due takes as long as there are obligations. */
static bool is_due(struct work *w, enum round *ret, struct err *err)
{
	int64_t rest = MAX_OF((int64_t)TICK_MS * 1000000, w->cost_ns * TICK_SHARE);
	int64_t now = clock_monotonic_ns(), since = now - w->last_ns;
	struct journal_head head;
	uint64_t behind = 0;

	if (!journal_head(acts_journal(w->acts), &head, err) ||
	    !alerts_behind(acts_store(w->acts), acts_journal(w->acts), &behind, err))
		return false;
	if (!w->last_ns || since >= rest ||
	    (head.number != w->head && since >= w->cost_ns * BUSY_SHARE))
		*ret = ROUND_ALL;
	else if (behind && now - w->evidence_ns >= (int64_t)EVIDENCE_MS * 1000000)
		*ret = ROUND_EVIDENCE;
	else
		*ret = ROUND_NONE;
	return true;
}

static bool do_round(struct work *w, enum round what, struct err *err)
{
	struct due_round round = {.acts = w->acts,
				  .room = w->room,
				  .clock = &w->cli->clock,
				  .say = &w->cli->out,
				  .evidence_only = what == ROUND_EVIDENCE};
	int64_t began = clock_monotonic_ns();
	struct journal_head head;
	struct due_done done = {0};

	if (!due_round(&round, &done, err) || !journal_head(acts_journal(w->acts), &head, err))
		return false;
	w->evidence_ns = clock_monotonic_ns();
	if (what == ROUND_ALL) {
		w->last_ns = w->evidence_ns;
		w->cost_ns = w->last_ns - began;
		w->head = head.number;
	}
	if (done.acts || done.evidence.orgs || done.evidence.rows || done.evidence.alerts)
		due_say(&done, &w->cli->out);
	return cli_flush(w->cli, err);
}

/*
 * After the records, which a mail server that hangs must not hold up.  What is wrong with it is
 * said once, and stops nothing else.
 */
static bool do_outbox(struct work *w, int64_t budget_ms, struct err *err)
{
	struct outbox_done done = {0};
	struct err why = {0};

	if (!outbox_round(w->acts, w->notify, budget_ms, &done, &why)) {
		if (why.code == ERR_CONFLICT || why.code == ERR_IO || why.code == ERR_FULL)
			return *err = why, false; /* the store, or the lease */
		if (!w->outbox_silent)
			fprintf(stderr, "lynchpin: the outbox: %s; trying again\n", why.text);
		w->outbox_silent = true;
		w->outbox_ns = clock_monotonic_ns();
		return true;
	}
	w->outbox_silent = false;
	w->outbox_ns = done.sent.more ? 0 : clock_monotonic_ns();
	outbox_say(&done, false, &w->cli->out);
	return cli_flush(w->cli, err);
}

static bool outbox_due(const struct work *w)
{
	return w->term > 0 && clock_monotonic_ns() - w->outbox_ns >= (int64_t)TICK_MS * 1000000;
}

/* One look at everything.  *ret_wait: nothing is to be done at once. */
static bool turn(struct work *w, struct err *err)
{
	enum round due = ROUND_NONE;
	bool known = false, changed;

	if (!keeper_look(w->keeper, 0, &known) && !keep(w, err))
		return false;
	if (!reach(w, err))
		return false;
	if (w->silent && !say(w, err, "the store is there again"))
		return false;
	w->silent = false;
	if ((known && !notice(w, err)) || (w->term > 0 && !is_due(w, &due, err)))
		return false;
	if (due && !do_round(w, due, err))
		return false;
	if (due == ROUND_ALL || outbox_due(w))
		return do_outbox(w, SEND_MS, err);
	return store_wait(acts_store(w->acts), LOOK_MS, &changed, err);
}

/*
 * Whatever refuses, it is tried again: a server that is started anew is reached again, a lease that
 * passed is taken note of.  What is wrong is said once.
 */
static void recover(struct work *w, const struct err *err)
{
	text_clear(&w->cli->out); /* what was not committed was not done */
	if (err->code == ERR_CONFLICT && ++w->conflicts < CONFLICTS)
		return;
	let_go(w);
	if (!w->silent)
		fprintf(stderr, "lynchpin: %s; trying again\n", err->text);
	w->silent = true;
}

static void work_on(struct work *w)
{
	while (!stopped) {
		struct err err = {0};

		if (turn(w, &err) || stopped) {
			w->conflicts = 0;
			continue;
		}
		recover(w, &err);
		(void)poll(NULL, 0, PAUSE_MS);
	}
}

static bool work_once(struct work *w, struct err *err)
{
	bool known = false;

	if (!reach(w, err))
		return false;
	if (!keeper_look(w->keeper, ANSWER_MS, &known) || !known)
		return err_set(err, ERR_CONFLICT,
			       "%s: the lease can't be asked for; nothing was done", w->cli->db);
	return notice(w, err) &&
	       (w->term <= 0 || (do_round(w, ROUND_ALL, err) && do_outbox(w, INT32_MAX, err)));
}

static void take_lease(struct work *w)
{
	w->lease = (struct store_lease){.name = DUE_LEASE,
					.holder = due_holder(w->cli->arena),
					.length_ms = DUE_LEASE_MS,
					.clock = &w->cli->config->clock};
	heed_signals();
}

/* --- beside a server --------------------------------------------------------------------- */

/* It begins when the store lets it, and ends with who began it.  Until it has begun, what is wrong
 * is for the server to say. */
static void work_beside(struct cli *c, pid_t parent)
{
	AUTO(work_release) struct work w = {.cli = c, .term = -1, .silent = true};

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	take_lease(&w);
	while (!stopped && getppid() == parent) {
		struct err err = {0};

		if (keep(&w, &err) && reach(&w, &err))
			break;
		recover(&w, &err);
		(void)poll(NULL, 0, PAUSE_MS);
	}
	if (getppid() == parent)
		work_on(&w);
}

bool work_start(const struct cli *c, struct clock clock, struct err *err)
{
	struct cli_config config = *c->config;
	struct cli own = *c;
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		return err_errno(err, errno, "fork");
	if (pid)
		return true;
	config.quiet = true;
	config.clock = clock_system();
	own.config = &config;
	own.clock = clock;
	own.out = (struct text){0};
	work_beside(&own, parent);
	_exit(0);
}

static const struct cli_option work_options[] = {
	{"--once", NULL, "do what is due now, and end"},
	{NULL, NULL, NULL},
};

static bool work_run(struct cli *c, struct err *err)
{
	AUTO(work_release) struct work w = {.cli = c, .term = -1};
	bool once = cli_flag(c, "--once");

	if (cli_opt(c, "--now") && !once)
		return err_set(err, ERR_USAGE,
			       "--now takes --once: a clock that stands brings "
			       "nothing more");
	take_lease(&w);
	if (!keep(&w, err) || !reach(&w, err))
		return false;
	if (once)
		return work_once(&w, err);
	work_on(&w);
	return say(&w, err, "stopped");
}

bool work_send_run(struct cli *c, struct err *err)
{
	AUTO(work_release) struct work w = {.cli = c, .term = -1};
	struct outbox_done done = {0};
	bool known = false;

	if (cli_opt(c, "--as"))
		return err_set(err, ERR_DENIED,
			       "what is due is for the post system (the same without --as)");
	take_lease(&w);
	if (!keep(&w, err) || !reach(&w, err))
		return false;
	if (!keeper_look(w.keeper, ANSWER_MS, &known) || !known)
		return err_set(err, ERR_CONFLICT,
			       "%s: the lease can't be asked for; nothing was sent", c->db);
	if (!keeper_lease(w.keeper)->term) {
		AUTO(text_freep) struct text other = {0};

		if (!due_other(c, w.acts, &other, err))
			return false;
		return err_set(err, ERR_CONFLICT,
			       "what is due is done and sent by %s (lynchpin work); nothing was "
			       "sent here",
			       other.n ? text_c(&other) : "another process");
	}
	if (!outbox_round(w.acts, w.notify, INT32_MAX, &done, err))
		return false;
	outbox_say(&done, true, &c->out);
	return true;
}

const struct command work_commands[] = {
	{"work", NULL, NULL,
	 "Do what time brings, for as long as it runs: one works, others stand by.", 0, 0,
	 work_options, work_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
