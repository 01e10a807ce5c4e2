#include "cli/alert.h"

/* Whom an alert will reach, and how they stand, before it is published. */

enum { ROWS_TEXT = 20 };

const struct cli_option alert_preview_options[] = {
	{"--limit", "N", "at most N organisations; 0 all"},
	{NULL, NULL, NULL},
};

static const struct column columns[] = {
	{"org", "org", false},
	{"name", "name", false},
	{"region", "region", false},
	{"exposed", "exposed", true},
	{"unknown", "unknown", true},
	{"fixed", "fixed", true},
	{"not_affected", "not affected", true},
	{"devices", "devices", true},
	{"expected", "expected", true},
	{NULL, NULL, false},
};

/* How much of the counts rests on little. */
static void say_named(struct cli *c, const struct alert_preview *p)
{
	if (p->named_exposed)
		text_addf(&c->out, "%ju of those exposed", (uintmax_t)p->named_exposed);
	if (p->named_unknown)
		text_addf(&c->out, "%s%ju of those unknown", p->named_exposed ? " and " : "",
			  (uintmax_t)p->named_unknown);
	if (p->named_exposed || p->named_unknown)
		text_add_c(&c->out, " run Windows and are judged by its name alone: no build "
				    "revision and no updates of theirs were seen\n");
	for (size_t i = 0; i < p->named.n; i++)
		text_addf(&c->out,
			  "no update data for Windows is held for %.*s: patched machines show as "
			  "exposed too\n",
			  STR_FMT(p->named.v[i]));
}

static void say(struct cli *c, const struct alert *alert, const struct alert_preview *p)
{
	alert_say_head(c, alert);
	text_addf(&c->out,
		  "\nit will ask %ju %s: %ju without an inventory, %ju with nobody to reach\n",
		  (uintmax_t)p->organisations,
		  plural(p->organisations, "organisation", "organisations"),
		  (uintmax_t)p->without_inventory, (uintmax_t)p->not_reachable);
	if (!alert->content.confirmation)
		text_addf(&c->out,
			  "%ju %s exposed, %ju unknown, %ju fixed, %ju not affected of %ju "
			  "inventoried and %ju expected\n",
			  (uintmax_t)p->exposed, plural(p->exposed, "device", "devices"),
			  (uintmax_t)p->unknown, (uintmax_t)p->fixed, (uintmax_t)p->not_affected,
			  (uintmax_t)p->devices, (uintmax_t)p->expected);
	say_named(c, p);
	text_add_char(&c->out, '\n');
}

static void note_counts(struct listing *l, const struct alert_preview *p)
{
	const struct {
		const char *key;
		uint64_t n;
	} notes[] = {
		{"reaches", p->organisations},
		{"without_inventory", p->without_inventory},
		{"not_reachable", p->not_reachable},
		{"exposed", p->exposed},
		{"unknown", p->unknown},
		{"fixed", p->fixed},
		{"not_affected", p->not_affected},
		{"devices", p->devices},
		{"expected", p->expected},
		{"exposed_by_name", p->named_exposed},
		{"unknown_by_name", p->named_unknown},
		{"windows_by_name_alone", p->named.n},
	};

	for (size_t i = 0; i < ARRAY_LEN(notes); i++)
		listing_note_int(l, notes[i].key, (int64_t)notes[i].n);
}

static void row(struct listing *l, const struct exposure_org *o)
{
	listing_text(l, o->org);
	listing_text(l, o->name);
	listing_text(l, o->region);
	listing_int(l, (int64_t)o->exposed);
	listing_int(l, (int64_t)o->unknown);
	listing_int(l, (int64_t)o->fixed);
	listing_int(l, (int64_t)o->not_affected);
	listing_int(l, (int64_t)o->devices);
	if (o->expected >= 0)
		listing_int(l, o->expected);
	else
		listing_null(l);
}

bool alert_preview_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(alerts_closep) struct alerts *room = NULL;
	bool text = !c->json && !c->csv;
	struct alert_preview p;
	struct alerts_view view;
	enum post_scope scope;
	struct alert alert;
	struct listing *l;
	uint64_t limit;

	if (!cli_opt_u64(c, "--limit", text ? ROWS_TEXT : 0, &limit, err) ||
	    !cli_open(c, ACTS_READ, &a, err))
		return false;
	view = alert_view(c, a);
	if (!alert_scope(c, &view, &scope, err) ||
	    !alert_get(&view, alert_number(c, 0), &alert, err))
		return false;
	if (scope != SCOPE_NATION)
		return err_set(err, ERR_DENIED,
			       "a preview shows every organisation: it is for posts of the nation");
	if (!alerts_open(acts_journal(a), &c->clock, &room, err) ||
	    !alerts_preview(room, alert.id, c->arena, &p, err))
		return false;
	if (text)
		say(c, &alert, &p);
	l = listing_begin(c, "organisations", columns);
	listing_note(l, "alert", alert.id);
	note_counts(l, &p);
	for (size_t i = 0; i < p.n && (!limit || i < limit); i++)
		row(l, &p.v[i]);
	return listing_end(l, "It reaches nobody.", err);
}
