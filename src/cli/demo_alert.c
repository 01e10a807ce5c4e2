#include "cli/demo.h"

/*
 * The second half of the story: an alert is published, answered, contradicted and proved.
 */

#define ALERT "CC-2017-0001"
enum { DELEGATING = 40, SUPPLIERS = 3 };

/* Everybody whose supplier is the first, until enough of them have delegated. */
static bool delegate_rest(struct story *s, struct err *err)
{
	unsigned done = 1;

	for (size_t i = DEMO_TRUSTS + SUPPLIERS; i < s->nation.norgs && done < DELEGATING;
	     i += SUPPLIERS, done++) {
		const struct demo_org *org = &s->nation.orgs[i];
		const char *partner = arena_fmt(s->cli->arena, "%s-partner", org->code).p;

		if (!run(s, RUN_QUIET,
			 (const char *const[]){"--as", partner, "delegate", "grant", org->code,
					       "--to", "S1", "--gives", "view,answer,evidence",
					       NULL},
			 err))
			return false;
	}
	text_addf(&s->cli->out, "%u other practices do the same.\n", done - 1);
	return cli_flush(s->cli, err);
}

static bool publish(struct story *s, struct err *err)
{
	s->now = "2017-04-26T09:30Z";
	return tell(s, err,
		    "\nNow to act on it. The duty analyst drafts an alert; a second person has to "
		    "approve it. Before it goes\nout it says whom it will reach.") &&
	       RUN(s, err, "--as", "duty-analyst", "alert", "new", ALERT, "--title",
		   "SMBv1: install MS17-010 now", "--severity", "high", "--cve", "CVE-2017-0144",
		   "--role", "trust", "--role", "gp_practice", "--outcome", "fix", "--outcome",
		   "mitigation", "--outcome", "isolation", "--text",
		   "Install MS17-010, or isolate what cannot be patched.") &&
	       RUN(s, err, "alert", "preview", ALERT, "--limit", "3") &&
	       RUN(s, err, "alert", "approve", ALERT) &&
	       RUN(s, err, "--as", "duty-analyst", "alert", "publish", ALERT);
}

static bool answer(struct story *s, struct err *err)
{
	s->now = "2017-04-26T11:00Z";
	return tell(s, err,
		    "\nA practice has nobody for this. Its partner lets the IT supplier answer and "
		    "send evidence for it.") &&
	       RUN(s, err, "--as", "P001-partner", "delegate", "grant", "P001", "--to", "S1",
		   "--gives", "view,answer,evidence") &&
	       delegate_rest(s, err) &&
	       tell(s, err, "The supplier answers for all of them at once.") &&
	       RUN(s, err, "--as", "fenwick-desk", "alert", "acknowledge", ALERT, "--all") &&
	       tell(s, err,
		    "\nA trust's scanners belong to their maker: nobody else may touch them. One "
		    "question goes to the maker,\nwhose answer counts for all who wait for it.") &&
	       RUN(s, err, "--as", "T04-lead", "alert", "progress", ALERT, "--org", "T04",
		   "--blocked-by", "V1", "--note", "the scanners are under warranty") &&
	       tell(s, err, "\nTwo trusts say that they are done.") &&
	       RUN(s, err, "--as", "T01-lead", "alert", "claim", ALERT, "--org", "T01",
		   "--fixed") &&
	       RUN(s, err, "--as", "T05-lead", "alert", "claim", ALERT, "--org", "T05", "--fixed");
}

static bool prove(struct story *s, struct err *err)
{
	s->now = "2017-04-27T06:00Z";
	return tell(s, err,
		    "\nA claim closes nothing. On Thursday morning both send what their agents saw "
		    "overnight.") &&
	       RUN(s, err, "--as", "T01-lead", "estate", "import", "T01",
		   "inventories/T01-thursday.csv") &&
	       RUN(s, err, "--as", "T05-lead", "estate", "import", "T05",
		   "inventories/T05-thursday.csv") &&
	       tell(s, err, "\nOne has proved it:") &&
	       RUN(s, err, "alert", "show", ALERT, "--org", "T05") &&
	       tell(s, err,
		    "\nThe other has not; its own lead sees which machines, and which update each "
		    "of them lacks:") &&
	       RUN(s, err, "--as", "T01-lead", "alert", "show", ALERT, "--org", "T01");
}

static bool look_at_silence(struct story *s, struct err *err)
{
	s->now = "2017-04-28T10:00Z";
	return tell(s, err,
		    "\nFriday, two days after the alert. What has come due is done: who is silent "
		    "is asked again, higher up.") &&
	       RUN(s, err, "alert", "advance") &&
	       RUN(s, err, "alert", "show", ALERT, "--limit", "8") &&
	       tell(s, err,
		    "\nT08 last sent an inventory in February and has said nothing. Silence does "
		    "not make it better:") &&
	       RUN(s, err, "alert", "show", ALERT, "--org", "T08") &&
	       tell(s, err,
		    "\nThe duty analyst rings the worst of them: it knows now, and has not "
		    "answered. "
		    "Another reads it in the\nafternoon.") &&
	       RUN(s, err, "--as", "duty-analyst", "alert", "deliver", ALERT, "--org", "T17",
		   "--channel", "phone") &&
	       (s->now = "2017-04-28T16:00Z") &&
	       RUN(s, err, "--as", "T09-lead", "alert", "acknowledge", ALERT, "--org", "T09");
}

static bool look_back(struct story *s, struct err *err)
{
	s->now = "2017-04-29T10:00Z";
	return tell(s, err,
		    "\nSaturday. An inquiry can ask who knew what at any moment, here on Friday, "
		    "28 "
		    "April, at noon:") &&
	       RUN(s, err, "--as", "inquiry", "alert", "replay", ALERT, "--at", "2017-04-28T12:00Z",
		   "--limit", "4");
}

bool demo_alert(struct story *s, struct err *err)
{
	return publish(s, err) && answer(s, err) && prove(s, err) && look_at_silence(s, err) &&
	       look_back(s, err);
}
