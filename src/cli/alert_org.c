#include "cli/alert.h"
#include "cli/member.h"

/* One organisation's obligation: what it said, what its evidence shows, and where the two differ,
 * down to the device and the missing update. */

/* --- what is put together --- */

struct shown {
	const struct alert_shown *in;
	struct alert alert;
	struct obligation_detail detail;
	enum directory_sees sees;
	const struct evidence_run *latest; /* NULL: none */
	struct alert_devices devices;	   /* that contradict; or all exposed */
	bool all_devices;
	struct alert_reason *reasons;
	uint64_t behind; /* records that may change what evidence shows */
};

static const struct evidence_run *latest_run(const struct obligation_detail *d, int64_t at_ms)
{
	for (size_t i = d->nruns; i-- > 0;)
		if (d->runs[i].from_ms <= at_ms)
			return &d->runs[i];
	return NULL;
}

static bool find_devices(struct cli *c, struct shown *s, struct err *err)
{
	s->all_devices = cli_flag(c, "--devices");
	if (s->sees != SEES_DEVICES) {
		if (!s->all_devices)
			return true;
		return err_set(err, ERR_DENIED,
			       "the devices of %.*s are not for %.*s to see; a disclosure, which "
			       "%.*s sees too, opens them for %d hours",
			       STR_FMT(s->detail.head.org), STR_FMT(alert_post(c)),
			       STR_FMT(s->detail.head.org), DISCLOSURE_HOURS) ||
		       err_hint(err, ": lynchpin disclosure open %.*s --purpose TEXT",
				STR_FMT(s->detail.head.org));
	}
	s->devices = (struct alert_devices){s->detail.differs, s->detail.ndiffers};
	if (s->all_devices && s->latest && s->latest->v)
		s->devices = (struct alert_devices){s->latest->v, s->latest->exposed};
	return desk_reasons(&(struct reasons_of){s->in->journal, s->in->view, &s->alert.content,
						 &s->devices, NULL, NULL},
			    &s->reasons, err);
}

/* --- text --- */

static struct str line_of_claim(struct cli *c, const struct claim *k)
{
	AUTO(text_freep) struct text out = {0};
	char day[STAMP_BYTES];

	text_addf(&out, "%.*s %s by %.*s", STR_FMT(alert_when(c, k->at_ms)),
		  claim_kind_name(k->kind), STR_FMT(k->post));
	if (k->ndevices)
		text_addf(&out, ", %zu %s", k->ndevices, plural(k->ndevices, "device", "devices"));
	if (k->supplier.n)
		text_addf(&out, ", by %.*s", STR_FMT(k->supplier));
	if (k->date_ms)
		text_addf(&out, ", for %.*s", STR_FMT(date_format(k->date_ms, day)));
	if (k->until_ms)
		text_addf(&out, ", until %.*s", STR_FMT(date_format(k->until_ms, day)));
	if (k->decided_ms)
		text_addf(&out, ", %s by %.*s", k->approved ? "approved" : "refused",
			  STR_FMT(k->decided_by));
	else if (k->kind == CLAIM_MITIGATED || k->kind == CLAIM_EXCEPTED)
		text_add_c(&out, ", waits for a decision");
	text_addf(&out, " (record %ju)", (uintmax_t)k->ref.number);
	return arena_str(c->arena, text_str(&out));
}

static void say_claims(struct cli *c, const struct claim_list *claims)
{
	if (!claims->n)
		text_add_c(&c->out, "  said         nothing yet\n");
	for (size_t i = 0; i < claims->n; i++)
		text_addf(&c->out, "  %-12s %.*s\n", i ? "" : "said",
			  STR_FMT(line_of_claim(c, &claims->v[i])));
}

/* What was seen is not unseen by growing old, but nobody knows what is there now. */
static void say_covering(struct cli *c, const struct shown *s)
{
	int64_t until_ms = s->latest ? s->latest->covers_until_ms : 0;

	if (s->detail.head.is.covering)
		text_add_c(&c->out, "; it covers\n");
	else if (until_ms && until_ms < s->in->view.at_ms)
		text_addf(&c->out, "; it covered until %.*s and is stale: the counts are of then\n",
			  STR_FMT(alert_when(c, until_ms)));
	else
		text_add_c(&c->out, "; it does not cover\n");
}

static void say_evidence(struct cli *c, const struct shown *s)
{
	const struct obligation_verdict *is = &s->detail.head.is;

	if (!s->alert.content.confirmation) {
		text_addf(&c->out, "  %-12s %ju exposed, %ju unknown of %ju %s; %ju covered",
			  "evidence", (uintmax_t)is->exposed, (uintmax_t)is->unknown,
			  (uintmax_t)is->devices, plural(is->devices, "device", "devices"),
			  (uintmax_t)is->covered);
		if (is->expected >= 0)
			text_addf(&c->out, " of %jd expected", (intmax_t)is->expected);
		else
			text_add_c(&c->out, ", how many are expected nobody has said");
		say_covering(c, s);
	}
	if (!s->latest)
		return;
	text_addf(&c->out, "  %-12s inventory of %.*s, received %.*s (record %ju)", "",
		  STR_FMT(alert_when(c, s->latest->from_ms)),
		  STR_FMT(alert_when(c, s->latest->known_ms)), (uintmax_t)s->latest->ref.number);
	if (s->latest->last_ms > s->latest->from_ms)
		text_addf(&c->out, ", and no different until that of %.*s",
			  STR_FMT(alert_when(c, s->latest->last_ms)));
	if (is->seen_ms)
		text_addf(&c->out, "; exposure last seen %.*s",
			  STR_FMT(alert_when(c, is->seen_ms)));
	text_add_char(&c->out, '\n');
}

static void say_due(struct cli *c, const char *what, int64_t due_ms, int64_t now_ms)
{
	if (due_ms)
		text_addf(&c->out, "  %-12s %.*s%s\n", what, STR_FMT(alert_when(c, due_ms)),
			  due_ms < now_ms ? ", overdue" : "");
}

static void say_closure(struct cli *c, const struct obligation_verdict *is)
{
	if (is->closed_ms)
		text_addf(&c->out, "  %-12s %.*s\n", "closed",
			  STR_FMT(alert_when(c, is->closed_ms)));
	if (is->closed_ms && is->closed_by.number)
		text_addf(&c->out, "  %-12s by the inventory of record %ju\n", "",
			  (uintmax_t)is->closed_by.number);
	if (is->until_ms)
		text_addf(&c->out,
			  "  %-12s %.*s; then open again, unless evidence clears it or it is "
			  "renewed\n",
			  "until", STR_FMT(alert_when(c, is->until_ms)));
	if (is->ordinal > 1)
		text_addf(&c->out,
			  "  %-12s exposed anew after the closure of %.*s (record %ju): time %u\n",
			  "again", STR_FMT(alert_when(c, is->previous_closed_ms)),
			  (uintmax_t)is->previous_closed_by.number, is->ordinal);
}

static bool say_devices(struct cli *c, const struct shown *s, struct err *err)
{
	static const struct column columns[] = {
		{"device", "device", false},  {"org", NULL, false},  {"seen", "seen", false},
		{"cve", "exposed to", false}, {"why", "why", false}, {NULL, NULL, false},
	};
	const struct obligation_verdict *is = &s->detail.head.is;
	struct listing *l;

	if (!s->devices.n) {
		if (is->differs && s->sees != SEES_DEVICES)
			text_addf(&c->out,
				  "\n%ju %s what was claimed; which: lynchpin disclosure open %.*s "
				  "--purpose TEXT\n",
				  (uintmax_t)is->differs,
				  plural(is->differs, "device contradicts", "devices contradict"),
				  STR_FMT(s->detail.head.org));
		return true;
	}
	text_add_c(&c->out, s->all_devices ? "\nexposed:\n" : "\nthese contradict the claim:\n");
	l = listing_begin(c, "devices", columns);
	for (size_t i = 0; i < s->devices.n; i++) {
		const struct alert_reason *r = &s->reasons[i];

		listing_text(l, s->devices.v[i].id);
		listing_text(l, s->devices.v[i].org);
		listing_text(l, alert_when(c, s->devices.v[i].seen_ms));
		listing_text(l, r->more ? arena_fmt(c->arena, "%.*s and %ju more", STR_FMT(r->cve),
						    (uintmax_t)r->more)
					: r->cve);
		listing_text(l, r->why);
	}
	return listing_end(l, "", err);
}

/* The state, with how many devices it rests on where that is what it says. */
static struct str state_words(struct cli *c, const struct obligation_verdict *is)
{
	const char *words = obligation_state_words(is->state);
	char day[STAMP_BYTES];

	if (is->state == OBLIGATION_EVIDENCE_DIFFERS)
		return arena_fmt(c->arena, "%s, on %ju %s", words, (uintmax_t)is->differs,
				 plural(is->differs, "device", "devices"));
	if (is->state == OBLIGATION_UNPROVEN && is->unproven)
		return arena_fmt(c->arena, "%s, %ju exposed at %.*s", words,
				 (uintmax_t)is->unproven, STR_FMT(date_format(is->seen_ms, day)));
	return str_of(words);
}

static void say_waits(struct cli *c, const struct supplier_waits *w)
{
	struct str rest = w->note, line;

	text_addf(&c->out, "  %-12s %.*s (%.*s): %.*s\n", "waits for", STR_FMT(w->supplier),
		  STR_FMT(w->name), STR_FMT(alert_supplier_said(c, w)));
	while (str_next_line(&rest, &line))
		text_addf(&c->out, "  %-12s | %.*s\n", "", STR_FMT(line));
}

static bool say_org(struct cli *c, const struct shown *s, struct err *err)
{
	const struct obligation *o = &s->detail.head;
	const struct obligation_verdict *is = &o->is;
	int64_t now = s->in->view.at_ms;

	text_addf(&c->out, "%.*s  %.*s\n%.*s  %.*s: %.*s\n", STR_FMT(s->alert.id),
		  STR_FMT(s->alert.content.title), STR_FMT(o->org), STR_FMT(o->name),
		  STR_FMT(state_words(c, is)));
	for (size_t i = 0; i < o->inherited.n; i++)
		text_addf(&c->out, "  %-12s %.*s, whose devices count until inventoried anew\n",
			  i ? "" : "succeeded", STR_FMT(o->inherited.v[i]));
	say_claims(c, &s->detail.claims);
	say_evidence(c, s);
	say_due(c, "acknowledge", is->acknowledge_due_ms, now);
	say_due(c, "update", is->update_due_ms, now);
	say_due(c, "mitigate", is->mitigate_due_ms, now);
	say_due(c, "remediate", is->remediate_due_ms, now);
	for (size_t i = 0; i < s->detail.nwaits; i++)
		say_waits(c, &s->detail.waits[i]);
	if (!o->reached)
		text_addf(&c->out, "  %-12s nobody there was reached\n", "");
	if (o->step)
		text_addf(&c->out, "  %-12s step %u of the ladder\n", "escalated", o->step);
	say_closure(c, is);
	if (!say_devices(c, s, err))
		return false;
	alert_say_evidence(c, s->in, 0, s->behind);
	return true;
}

/* --- JSON --- */

static void claim_out(struct json_out *o, const struct claim *k, enum directory_sees sees)
{
	json_out_object(o);
	member_i64(o, "claim", (int64_t)k->ref.number);
	member_str(o, "site", k->ref.site);
	member_str(o, "org", k->org);
	member_str(o, "kind", str_of(claim_kind_name(k->kind)));
	member_str(o, "post", k->post);
	member_stamp(o, "at", k->at_ms);
	member_stamp(o, "until", k->until_ms);
	member_stamp(o, "date", k->date_ms);
	member_stamp(o, "decided", k->decided_ms);
	member_bool(o, "approved", k->approved);
	member_str(o, "supplier", k->supplier);
	member_str(o, "note", k->note);
	json_out_key(o, "devices");
	json_out_array(o);
	for (size_t i = 0; sees == SEES_DEVICES && i < k->ndevices; i++)
		json_out_str(o, k->devices[i]);
	json_out_end(o);
	json_out_end(o);
}

static void run_out(struct json_out *o, const struct evidence_run *r)
{
	json_out_object(o);
	member_stamp(o, "from", r->from_ms);
	member_stamp(o, "last", r->last_ms);
	member_stamp(o, "known", r->known_ms);
	member_stamp(o, "covers_until", r->covers_until_ms);
	member_i64(o, "exposed", (int64_t)r->exposed);
	member_i64(o, "unknown", (int64_t)r->unknown);
	member_i64(o, "covered", (int64_t)r->covered);
	member_i64(o, "record", (int64_t)r->ref.number);
	json_out_end(o);
}

static void device_out(struct json_out *o, const struct evidence_device *d,
		       const struct alert_reason *r)
{
	json_out_object(o);
	member_str(o, "org", d->org);
	member_str(o, "device", d->id);
	member_stamp(o, "seen", d->seen_ms);
	member_str(o, "cve", r->cve);
	member_str(o, "why", r->why);
	json_out_end(o);
}

static bool note_waits(struct listing *l, const struct obligation_detail *detail, struct err *err)
{
	AUTO(text_freep) struct text text = {0};
	struct json_out *o = json_out_open(&text);

	json_out_array(o);
	for (size_t i = 0; i < detail->nwaits; i++)
		alert_supplier_out(o, &detail->waits[i]);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	listing_note_json(l, "waits_for", text_str(&text));
	return true;
}

enum part { PART_CLAIMS, PART_RUNS, PART_DEVICES };

static bool note_part(struct listing *l, const char *key, enum part part, const struct shown *s,
		      struct err *err)
{
	const struct obligation_detail *d = &s->detail;
	AUTO(text_freep) struct text text = {0};
	struct json_out *o = json_out_open(&text);

	json_out_array(o);
	for (size_t i = 0; part == PART_CLAIMS && i < d->claims.n; i++)
		claim_out(o, &d->claims.v[i], s->sees);
	for (size_t i = 0; part == PART_RUNS && i < d->nruns; i++)
		run_out(o, &d->runs[i]);
	for (size_t i = 0; part == PART_DEVICES && i < s->devices.n; i++)
		device_out(o, &s->devices.v[i], &s->reasons[i]);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	listing_note_json(l, key, text_str(&text));
	return true;
}

static bool print_listing(struct cli *c, const struct shown *s, struct err *err)
{
	AUTO(listing_dropp)
	struct listing *l =
		listing_begin(c, "obligations", alert_obligation_columns(c, s->in->replay));
	char stamp[STAMP_BYTES];
	struct listing *done;

	listing_note(l, "as_of", stamp_format(s->in->view.at_ms, stamp));
	listing_note_int(l, "evidence_behind", (int64_t)s->behind);
	if (c->json &&
	    (!alert_note_head(l, &s->alert, err) || !note_part(l, "said", PART_CLAIMS, s, err) ||
	     !note_part(l, "evidence", PART_RUNS, s, err) || !note_waits(l, &s->detail, err) ||
	     !note_part(l, s->all_devices ? "devices" : "differs", PART_DEVICES, s, err)))
		return false;
	alert_obligation_row(c, l, &s->detail.head);
	done = l;
	l = NULL;
	return listing_end(done, "", err);
}

bool alert_show_org(struct cli *c, const struct alert_shown *in, struct str org, struct err *err)
{
	struct shown s = {.in = in};

	if (!alert_get(&in->view, in->alert, &s.alert, err) ||
	    !alert_count(&in->view, &s.alert, err) ||
	    !alert_may_see(c, &in->eyes, org, &s.sees, err) ||
	    !alert_obligation(&in->view, in->alert, org, &s.detail, err))
		return false;
	s.latest = latest_run(&s.detail, in->view.at_ms);
	if (!find_devices(c, &s, err) ||
	    !alerts_behind(in->view.store, in->journal, &s.behind, err))
		return false;
	return c->json || c->csv ? print_listing(c, &s, err) : say_org(c, &s, err);
}
