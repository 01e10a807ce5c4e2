#include "console/alerts.h"

#include "pages.h"

/* One alert for one organisation: what it said, what its evidence shows, what is to be done. */

static const struct evidence_run *latest_run(const struct obligation_detail *d, int64_t at_ms)
{
	for (size_t i = d->nruns; i-- > 0;)
		if (d->runs[i].from_ms <= at_ms)
			return &d->runs[i];
	return NULL;
}

/* --- the task list ------------------------------------------------------------------------------
 */

static bool claimed(const struct obligation_detail *d, enum claim_kind kind)
{
	for (size_t i = d->head.is.first_claim; i < d->claims.n; i++)
		if (d->claims.v[i].kind == kind)
			return true;
	return false;
}

static struct task_view task(const char *name, struct str href, struct str hint)
{
	return (struct task_view){.name = str_of(name), .href = href, .hint = hint};
}

static struct str by_when(const struct look *l, int64_t due_ms)
{
	return due_ms ? arena_fmt(l->arena, "By %.*s, %.*s", STR_FMT(moment_words(l, due_ms)),
				  STR_FMT(span_words(l, due_ms)))
		      : (struct str){0};
}

static void set(struct task_view *t, bool done, const char *done_words, const char *open_words)
{
	t->state = str_of(done ? done_words : open_words);
	t->css = done ? STR("lp-tag--closed") : STR("lp-tag--open");
}

static void fill_tasks(struct look *l, struct obligation_view *v, const struct obligation_detail *d)
{
	const struct obligation_verdict *is = &d->head.is;
	bool closed = obligation_is_closed(is->state);
	bool applies = claimed(d, CLAIM_APPLICABLE) || claimed(d, CLAIM_NOT_APPLICABLE) ||
		       claimed(d, CLAIM_FIXED) || claimed(d, CLAIM_IN_PROGRESS) ||
		       claimed(d, CLAIM_MITIGATED);
	bool acted = claimed(d, CLAIM_FIXED) || claimed(d, CLAIM_MITIGATED) ||
		     claimed(d, CLAIM_EXCEPTED) || claimed(d, CLAIM_ATTESTED) ||
		     claimed(d, CLAIM_NOT_APPLICABLE);

	v->tasks[0] = task("Acknowledge", STR("#acknowledge"), by_when(l, is->acknowledge_due_ms));
	set(&v->tasks[0], is->answered, "Done", "To do");
	v->tasks[1] =
		task("Applicability", STR("#applicability"), STR("Say whether it applies to you"));
	set(&v->tasks[1], applies || closed, "Done", "To do");
	v->tasks[2] = task("Actions", STR("#actions"), by_when(l, is->remediate_due_ms));
	set(&v->tasks[2], acted || closed, "Said", "To do");
	v->tasks[3] = task("Evidence", STR("#evidence"),
			   STR("An inventory closes it; a word alone does not"));
	set(&v->tasks[3], closed, "Closed by evidence", "Not proven");
	if (is->state == OBLIGATION_EVIDENCE_DIFFERS) {
		v->tasks[3].state = STR("Differs");
		v->tasks[3].css = STR("lp-tag--bad");
	}
}

/* --- tables
 * --------------------------------------------------------------------------------------- */

static struct str detail_words(const struct look *l, const struct claim *k)
{
	AUTO(text_freep) struct text t = {0};

	if (k->ndevices)
		text_addf(&t, "%zu %s. ", k->ndevices, plural(k->ndevices, "device", "devices"));
	if (k->supplier.n)
		text_addf(&t, "Waits for %.*s. ", STR_FMT(k->supplier));
	if (k->date_ms)
		text_addf(&t, "Promised for %.*s. ", STR_FMT(moment_words(l, k->date_ms)));
	if (k->until_ms)
		text_addf(&t, "Until %.*s. ", STR_FMT(moment_words(l, k->until_ms)));
	if (k->decided_ms)
		text_addf(&t, "%s by %.*s. ", k->approved ? "Approved" : "Refused",
			  STR_FMT(k->decided_by));
	else if (k->kind == CLAIM_MITIGATED || k->kind == CLAIM_EXCEPTED)
		text_add_c(&t, "Waits for a decision. ");
	text_add(&t, k->note);
	return t.n ? str_trim(arena_str(l->arena, text_str(&t))) : (struct str){0};
}

static void fill_claims(struct look *l, struct obligation_view *v,
			const struct obligation_detail *d)
{
	static const struct grid_column columns[] = {
		{"when", "When", false},    {"what", "What was said", false},
		{"post", "By", false},	    {"detail", "In detail", false},
		{"record", "Record", true}, {NULL, NULL, false},
	};
	struct grid *g = &v->claims;

	grid_begin(g, l, "claims", columns);
	for (size_t i = 0; i < d->claims.n; i++) {
		const struct claim *k = &d->claims.v[i];

		grid_when(g, k->at_ms);
		grid_text(g, str_of(claim_kind_name(k->kind)));
		grid_text(g, k->post);
		grid_text(g, detail_words(l, k));
		grid_count_link(
			g, k->ref.number,
			arena_fmt(l->arena, "/journal?number=%ju", (uintmax_t)k->ref.number));
		if ((k->kind == CLAIM_MITIGATED || k->kind == CLAIM_EXCEPTED) && !k->decided_ms)
			v->undecided = k;
	}
	g->caption = STR("What was said");
	g->empty = STR("Nothing was said yet. Acknowledging it takes one press of a button.");
	grid_end(g);
}

static void fill_unknown(struct look *l, struct obligation_view *v,
			 const struct alert_unknowns *unknown)
{
	static const struct grid_column columns[] = {
		{"device", "Device", false},	 {"kind", "Kind", false}, {"seen", "Seen", false},
		{"cve", "Unknown as to", false}, {"why", "Why", false},	  {NULL, NULL, false},
	};
	struct grid *g = &v->unknown;

	grid_begin(g, l, "unknown", columns);
	g->caption = STR("Devices of which nobody can say whether they are exposed");
	for (size_t i = 0; i < unknown->n; i++) {
		const struct alert_unknown *u = &unknown->v[i];
		struct str at =
			ADDRESS(l, STR("organisations"), unknown->org, STR("devices"), u->device);

		grid_link(g, u->device, at);
		grid_text(g, u->type);
		grid_when(g, u->seen_ms);
		grid_link(g, u->cve,
			  arena_fmt(l->arena, "%.*s?cve=%.*s", STR_FMT(at), STR_FMT(u->cve)));
		grid_text(g, u->why);
	}
	grid_end(g);
}

static bool fill_devices(struct look *l, struct obligation_view *v,
			 const struct obligation_detail *d, struct err *err)
{
	static const struct grid_column columns[] = {
		{"device", "Device", false},  {"org", "Of", false},  {"seen", "Seen", false},
		{"cve", "Exposed to", false}, {"why", "Why", false}, {NULL, NULL, false},
	};
	const struct evidence_run *latest = latest_run(d, l->now_ms);
	struct alert_devices devices = {d->differs, d->ndiffers};
	struct alert_unknowns unknown = {.org = d->head.org};
	struct grid *g = &v->devices;
	struct exposure_world *world;
	enum directory_sees sees;
	struct alert_reason *why;

	grid_begin(g, l, "devices", columns);
	g->caption = d->ndiffers ? STR("Devices that contradict what was said")
				 : STR("Devices that evidence shows exposed");
	g->empty = STR("No device is shown exposed.");
	if (!sight_sees(&l->sight, d->head.org, &sees, err))
		return false;
	v->devices_hidden = sees != SEES_DEVICES && (d->head.is.exposed || d->head.is.unknown);
	v->devices_later = l->req->brief && sees == SEES_DEVICES;
	if (v->devices_later && web_query(l->req, "csv").n)
		return err_set(err, ERR_CONFLICT,
			       "many look at this moment: ask for the devices again in a minute");
	if (sees == SEES_DEVICES && !v->devices_later) {
		if (!kept_world(l->k, &world, err))
			return false;
		if (!devices.n && latest && latest->v)
			devices = (struct alert_devices){latest->v, latest->exposed};
		if (!desk_reasons(&(struct reasons_of){acts_journal(l->k->acts), l->view,
						       &v->alert.content, &devices,
						       d->head.is.unknown ? &unknown : NULL, world},
				  &why, err))
			return false;
		for (size_t i = 0; i < devices.n; i++) {
			const struct evidence_device *e = &devices.v[i];

			grid_link(g, e->id,
				  ADDRESS(l, STR("organisations"), e->org, STR("devices"), e->id));
			grid_text(g, e->org);
			grid_when(g, e->seen_ms);
			if (why[i].cve.n)
				grid_link(g, why[i].cve,
					  arena_fmt(l->arena, "%.*s?cve=%.*s",
						    STR_FMT(ADDRESS(l, STR("organisations"), e->org,
								    STR("devices"), e->id)),
						    STR_FMT(why[i].cve)));
			else
				grid_text(g, (struct str){0});
			grid_text(g, why[i].why);
		}
	}
	grid_end(g);
	if (unknown.n)
		fill_unknown(l, v, &unknown);
	return true;
}

/* Who asked again, and whom time or a person told to follow up. */
static bool fill_chases(struct look *l, struct obligation_view *v, struct err *err)
{
	static const struct grid_column columns[] = {
		{"when", "When", false}, {"what", "What", false},    {"post", "By", false},
		{"note", "Note", false}, {"record", "Record", true}, {NULL, NULL, false},
	};
	struct grid *g = &v->chases;
	struct chase_list list;

	if (!alert_chases(&l->view, v->alert.id, v->o.org, &list, err))
		return false;
	grid_begin(g, l, "chases", columns);
	for (size_t i = 0; i < list.n; i++) {
		const struct chase *k = &list.v[i];

		grid_when(g, k->at_ms);
		grid_text(g, k->raised ? STR("escalated before its time") : STR("chased"));
		grid_text(g, k->post);
		grid_text(g, k->note);
		grid_count_link(g, k->record,
				arena_fmt(l->arena, "/journal?number=%ju", (uintmax_t)k->record));
	}
	if (list.n) {
		v->chased = arena_fmt(
			l->arena, "%s %.*s by %.*s", list.v[0].raised ? "Escalated" : "Asked again",
			STR_FMT(moment_words(l, list.v[0].at_ms)), STR_FMT(list.v[0].post));
		v->chase_note = list.v[0].note;
	}
	g->caption = STR("Chased and escalated");
	grid_end(g);
	return true;
}

static void fill_clocks(struct look *l, struct obligation_view *v)
{
	static const struct grid_column columns[] = {
		{"duty", "Clock", false}, {"due", "By when", false}, {NULL, NULL, false}};
	const struct obligation_verdict *is = &v->o.is;
	const struct {
		const char *words;
		int64_t ms;
	} clocks[] = {
		{"Acknowledge", is->acknowledge_due_ms},
		{"Next update", is->update_due_ms},
		{"Mitigate", is->mitigate_due_ms},
		{"Remediate", is->remediate_due_ms},
	};
	struct grid *g = &v->clocks;

	grid_begin(g, l, "clocks", columns);
	for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
		if (!clocks[i].ms)
			continue;
		grid_text(g, str_of(clocks[i].words));
		grid_due(g, clocks[i].ms, clocks[i].ms < l->now_ms);
	}
	g->caption = STR("Clocks");
	g->empty = STR("Nothing is due.");
	grid_end(g);
}

/* --- words
 * ------------------------------------------------------------------------------------------ */

/* How many were seen, and how many that takes: by class where that is stated, so it is a least. */
static void seen_words(struct text *t, const struct obligation_verdict *is)
{
	uint64_t expected = is->expected < 0 ? 0 : (uint64_t)is->expected;
	uint64_t needed = evidence_needed(MAX_OF(expected, is->devices));

	if (is->expected < 0) {
		text_addf(t,
			  "%ju %s seen well enough; how many there should be nobody has said, and "
			  "until somebody does, no inventory closes this.",
			  (uintmax_t)is->covered,
			  plural(is->covered, "device was", "devices were"));
		return;
	}
	text_addf(t, "%ju of the %ju devices that are expected %s seen well enough",
		  (uintmax_t)is->covered, (uintmax_t)expected, plural(is->covered, "was", "were"));
	if (is->covering)
		text_add_c(t, ", which is enough.");
	else if (needed > is->covered)
		text_addf(t,
			  ". It takes %ju, so at least %ju more must be in an inventory that is "
			  "fresh and names their updates.",
			  (uintmax_t)needed, (uintmax_t)(needed - is->covered));
	else
		text_add_c(t, ", but too few of some kind, such as servers or medical devices.");
}

static void fill_evidence(struct look *l, struct obligation_view *v,
			  const struct obligation_detail *d)
{
	const struct obligation_verdict *is = &d->head.is;
	const struct evidence_run *latest = latest_run(d, l->now_ms);
	AUTO(text_freep) struct text t = {0};

	text_addf(&t, "%ju exposed and %ju unknown of %ju %s. ", (uintmax_t)is->exposed,
		  (uintmax_t)is->unknown, (uintmax_t)is->devices,
		  plural(is->devices, "device", "devices"));
	seen_words(&t, is);
	v->evidence = arena_str(l->arena, text_str(&t));
	if (latest)
		v->taken = arena_fmt(l->arena, "By the inventory of %.*s (record %ju).",
				     STR_FMT(moment_words(l, latest->last_ms)),
				     (uintmax_t)latest->newest.number);
}

static struct str waits_words(const struct look *l, const struct supplier_waits *w)
{
	AUTO(text_freep) struct text t = {0};

	text_addf(&t, "%.*s (%.*s): ", STR_FMT(w->supplier), STR_FMT(w->name));
	text_add(&t, w->answer.n ? w->answer : STR("no answer yet"));
	if (w->reference.n)
		text_addf(&t, " %.*s", STR_FMT(w->reference));
	if (w->fix_ms)
		text_addf(&t, ", authorised %.*s", STR_FMT(moment_words(l, w->fix_ms)));
	if (w->due_ms)
		text_addf(&t, ", due %.*s", STR_FMT(moment_words(l, w->due_ms)));
	if (w->note.n)
		text_addf(&t, ". %.*s", STR_FMT(w->note));
	return arena_str(l->arena, text_str(&t));
}

static bool fill_suppliers(struct look *l, struct obligation_view *v, struct err *err)
{
	const struct org_filter filter = {.role = STR("supplier"), .state = ORG_OPEN};
	struct option_view *o;
	struct org_list list;

	if (!v->may_answer)
		return true;
	if (!directory_org_list(&l->sight.view, &filter, &list, err))
		return false;
	o = ARENA_ARRAY(l->arena, struct option_view, list.n + 1);
	for (size_t i = 0; i < list.n; i++)
		o[i] = (struct option_view){list.v[i].code, list.v[i].name, false};
	v->suppliers = (struct options_view){o, list.n};
	return true;
}

static bool fill(struct look *l, struct obligation_view *v, struct str org, struct err *err)
{
	struct obligation_detail d;

	if (!sight_need(&l->sight, org, SEES_COUNTS, err) ||
	    !alert_obligation(&l->view, v->alert.id, org, &d, err))
		return false;
	v->o = d.head;
	v->state = str_of(obligation_state_words(d.head.is.state));
	v->css = state_tag(d.head.is.state);
	v->may_answer = !v->alert.ended_ms && look_may(l, "alert.answer", org);
	v->stands_in = l->sight.scope != SCOPE_ORGANISATION && !str_eq(l->sight.post.org, org);
	v->may_send = look_may(l, "estate.write", org);
	v->may_disclose = look_may(l, "disclosure.write", org);
	v->inventory_href = arena_fmt(l->arena, "%.*s#inventory",
				      STR_FMT(ADDRESS(l, STR("organisations"), org)));
	fill_tasks(l, v, &d);
	fill_claims(l, v, &d);
	fill_clocks(l, v);
	fill_evidence(l, v, &d);
	v->may_decide = v->undecided && look_may(l, "except.approve", org);
	for (size_t i = 0; i < d.nwaits && i < ARRAY_LEN(v->waits); i++)
		v->waits[v->nwaits++] = waits_words(l, &d.waits[i]);
	return fill_chases(l, v, err) && fill_suppliers(l, v, err) && fill_devices(l, v, &d, err);
}

void obligation_page(struct look *l, struct fault fault)
{
	struct obligation_view v = {.fault = fault, .form = &l->req->form};
	struct str org = directory_code(l->arena, web_param(l->req, "org"));
	struct str title;
	struct frame f;
	struct text *out;
	struct err err = {0};

	if (!alert_find(l, &v.alert))
		return;
	if (!fill(l, &v, org, &err)) {
		look_fail(l, &err);
		return;
	}
	if (l->csv)
		return;
	v.said = look_said(l);
	title = arena_fmt(l->arena, "%.*s, %.*s", STR_FMT(v.alert.id), STR_FMT(v.o.name));
	out = look_page(
		l, &(struct look_page){.title = title.p, .here = "/alerts", .fault = &fault}, &f);
	v.frame = &f;
	page_obligation(out, &v);
}

void obligation_show(struct web_request *req, struct web_reply *reply)
{
	struct look l;

	if (look_begin(req, reply, &l))
		obligation_page(&l, (struct fault){0});
}
