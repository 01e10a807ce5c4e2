#include "cli/alert_show.h"

/* How an alert stands: by state, by region, who has not answered, worst first. */

enum { ROWS_TEXT = 25, SUPPLIERS_TEXT = 3 };

const struct cli_option alert_show_options[] = {
	{"--org", "CODE", "one organisation: its claims, its evidence, what contradicts"},
	{"--devices", NULL, "with --org: every device that evidence shows exposed"},
	{"--region", "CODE", "only organisations of a region"},
	{"--state", "LIST", "only these states, closed ones too (alert states names them)"},
	{"--overdue", NULL, "only those past a date"},
	{"--unanswered", NULL, "only those that have not answered"},
	{"--limit", "N", "at most N organisations; 0 all"},
	{NULL, NULL, NULL},
};

static const struct column obligation_columns[] = {
	{"org", "org", false},		{"name", "name", false},
	{"region", NULL, false},	{"role", NULL, false},
	{"state", NULL, false},		{"state_words", "state", false},
	{"claims", "claims", false},	{"exposed", "exposed", true},
	{"unknown", "unknown", true},	{"covered", "covered", true},
	{"expected", "expected", true}, {"devices", NULL, true},
	{"covering", NULL, false},	{"differs", NULL, true},
	{"unproven", NULL, true},	{"mitigated", NULL, true},
	{"excepted", NULL, true},	{"seen", NULL, false},
	{"due", "due", false},		{"overdue", "overdue", false},
	{"answered", NULL, false},	{"closed", NULL, false},
	{"until", "until", false},	{"ordinal", NULL, true},
	{"pending", NULL, false},	{"supplier", "waits for", false},
	{"reached", NULL, false},	{"step", NULL, true},
	{"knew", NULL, false},		{NULL, NULL, false},
};

const struct column *alert_obligation_columns(struct cli *c, bool replay)
{
	struct column *v = ARENA_ARRAY(c->arena, struct column, ARRAY_LEN(obligation_columns));

	memcpy(v, obligation_columns, sizeof(obligation_columns));
	if (replay)
		v[ARRAY_LEN(obligation_columns) - 2].heading = "knew";
	return v;
}

/* "Knew" means delivered or acknowledged: the earlier of what is recorded. */
static int64_t knew_ms(const struct obligation *o)
{
	if (!o->delivered_ms || !o->said_ms)
		return MAX_OF(o->delivered_ms, o->said_ms);
	return MIN_OF(o->delivered_ms, o->said_ms);
}

static struct str joined(struct cli *c, const struct str_list *list)
{
	AUTO(text_freep) struct text out = {0};

	for (size_t i = 0; i < list->n; i++)
		text_addf(&out, "%s%.*s", i ? ", " : "", STR_FMT(list->v[i]));
	return out.n ? arena_str(c->arena, text_str(&out)) : (struct str){0};
}

/* To the minute for people, in full for programs. */
static void moment(struct listing *l, struct cli *c, int64_t ms)
{
	if (c->json || c->csv || !ms)
		listing_stamp(l, ms);
	else
		listing_text(l, alert_when(c, ms));
}

/* Who was not reached is silent for another reason than who was: said where people look. */
static void late(struct listing *l, struct cli *c, const struct obligation *o)
{
	bool told = o->reached || obligation_is_closed(o->is.state);

	if (c->json || c->csv || told)
		listing_bool(l, o->is.overdue);
	else
		listing_text(l, o->is.overdue ? STR("yes, not reached") : STR("not reached"));
}

void alert_obligation_row(struct cli *c, struct listing *l, const struct obligation *o)
{
	const struct obligation_verdict *is = &o->is;

	listing_text(l, o->org);
	listing_text(l, o->name);
	listing_text(l, o->region);
	listing_text(l, o->role);
	listing_text(l, str_of(obligation_state_name(is->state)));
	listing_text(l, str_of(obligation_state_words(is->state)));
	listing_words(l, o->claims);
	listing_int(l, (int64_t)is->exposed);
	listing_int(l, (int64_t)is->unknown);
	listing_int(l, (int64_t)is->covered);
	if (is->expected >= 0)
		listing_int(l, is->expected);
	else
		listing_null(l);
	listing_int(l, (int64_t)is->devices);
	listing_bool(l, is->covering);
	listing_int(l, (int64_t)is->differs);
	listing_int(l, (int64_t)is->unproven);
	listing_int(l, (int64_t)is->mitigated);
	listing_int(l, (int64_t)is->excepted);
	listing_stamp(l, is->seen_ms);
	moment(l, c, is->due_ms);
	late(l, c, o);
	listing_bool(l, is->answered);
	listing_stamp(l, is->closed_ms);
	listing_day(l, is->until_ms);
	listing_int(l, (int64_t)is->ordinal);
	listing_bool(l, is->pending);
	listing_text(l, joined(c, &o->suppliers));
	listing_bool(l, o->reached);
	listing_int(l, (int64_t)o->step);
	moment(l, c, knew_ms(o));
}

/* --- what is put together --- */

static void add_to(struct region *r, const struct obligation *o)
{
	r->orgs++;
	r->count[o->is.state]++;
	r->unanswered += !o->is.answered;
	r->overdue += o->is.overdue;
	r->not_reached += !o->reached && !obligation_is_closed(o->is.state);
	r->exposed += o->is.exposed;
	r->unknown += o->is.unknown;
	r->knew += knew_ms(o) != 0;
}

static struct str region_name(const struct shown *s, struct str code)
{
	const struct alerts_view *v = &s->in->view;
	const struct directory_view dv = {v->store, v->arena, v->at_ms};
	struct err none;
	struct org org;

	if (!code.n)
		return STR("(no region)");
	return directory_org_get(&dv, code, &org, &none) ? org.name : code;
}

static int region_cmp(const void *a, const void *b)
{
	const struct region *x = a, *y = b;

	return str_cmp(x->code, y->code);
}

/* Regions are few: a list looked through from the latest one met. */
static void fold(struct shown *s)
{
	struct arena *arena = s->in->view.arena;

	s->regions = ARENA_ARRAY(arena, struct region, s->list.n + 1);
	for (size_t i = 0; i < s->list.n; i++) {
		const struct obligation *o = &s->list.v[i];
		size_t at = 0;

		while (at < s->nregions && !str_eq(s->regions[at].code, o->region))
			at++;
		if (at == s->nregions)
			s->regions[s->nregions++] = (struct region){
				.code = o->region, .name = region_name(s, o->region)};
		add_to(&s->regions[at], o);
		add_to(&s->total, o);
	}
	if (s->nregions > 1)
		qsort(s->regions, s->nregions, sizeof(*s->regions), region_cmp);
}

/* --- which rows --- */

static bool states_of(const char *words, unsigned *ret, struct err *err)
{
	struct str rest = str_of(words), piece;

	*ret = 0;
	while (words && str_next(&rest, ',', &piece)) {
		unsigned state = 0;

		while (state < OBLIGATION_STATES &&
		       !str_is(piece, obligation_state_name((enum obligation_state)state)))
			state++;
		if (state == OBLIGATION_STATES)
			return err_set(
				err, ERR_USAGE,
				"--state: there is no state \"%.*s\" (evidence_differs, "
				"exposed_unanswered...; alert show --json has them all under "
				"\"states\")",
				STR_FMT(piece));
		*ret |= 1u << state;
	}
	return true;
}

bool alert_rows_of(struct cli *c, struct rows *ret, struct err *err)
{
	bool text = !c->json && !c->csv;

	*ret = (struct rows){.region = directory_code(c->arena, str_of(cli_opt(c, "--region"))),
			     .overdue = cli_flag(c, "--overdue"),
			     .unanswered = cli_flag(c, "--unanswered")};
	if (!states_of(cli_opt(c, "--state"), &ret->states, err) ||
	    !cli_opt_u64(c, "--limit", text ? ROWS_TEXT : 0, &ret->limit, err))
		return false;
	/* A table for a person is of what is open, unless asked otherwise. */
	if (text && !ret->states && !cli_flag(c, "--limit"))
		ret->states = (1u << OBLIGATION_EXCEPTED) - 1, ret->open_only = true;
	return true;
}

bool alert_wanted(const struct rows *rows, const struct obligation *o)
{
	return (!rows->states || rows->states >> o->is.state & 1) &&
	       (!rows->region.n || str_eq(rows->region, o->region)) &&
	       (!rows->overdue || o->is.overdue) && (!rows->unanswered || !o->is.answered);
}

/* --- text --- */

static void say_total(struct cli *c, const struct shown *s)
{
	const struct region *t = &s->total;

	if (s->alert.ended_ms)
		text_add_c(&c->out, "\nnothing is asked of anybody any more; how they stand:\n");
	if (s->scope != SCOPE_NATION)
		text_addf(&c->out, "\nof the %ju asked, those that %.*s sees:\n",
			  (uintmax_t)s->alert.members, STR_FMT(alert_post(c)));
	else
		text_add_char(&c->out, '\n');
	text_addf(&c->out,
		  "%ju %s: %ju unanswered, %ju overdue, %ju not reached; %ju %s exposed, "
		  "%ju unknown\n",
		  (uintmax_t)t->orgs, plural(t->orgs, "organisation", "organisations"),
		  (uintmax_t)t->unanswered, (uintmax_t)t->overdue, (uintmax_t)t->not_reached,
		  (uintmax_t)t->exposed, plural(t->exposed, "device", "devices"),
		  (uintmax_t)t->unknown);
	if (s->in->replay)
		text_addf(&c->out,
			  "%ju knew of it by then (delivered or acknowledged), %ju had answered\n",
			  (uintmax_t)t->knew, (uintmax_t)(t->orgs - t->unanswered));
}

/* Who does not see peers one by one sees how many stand in a state, from five on. */
static bool say_states(struct cli *c, const struct shown *s, struct err *err)
{
	static const struct column columns[] = {
		{"state", "state", false},
		{"organisations", "organisations", true},
		{NULL, NULL, false},
	};
	struct listing *l = listing_begin(c, "states", columns);
	bool peers = s->scope == SCOPE_ORGANISATION;

	for (unsigned i = 0; i < OBLIGATION_STATES; i++) {
		uint64_t n = peers ? s->list.count[i] : s->total.count[i];

		if (!n)
			continue;
		listing_text(l, str_of(obligation_state_words((enum obligation_state)i)));
		listing_int(l, (int64_t)n);
	}
	text_add_c(&c->out,
		   peers ? "\nall that were asked; fewer than five are not shown\n" : "\n");
	return listing_end(l, peers ? "no state has five organisations in it" : "nobody is asked",
			   err);
}

static bool say_regions(struct cli *c, const struct shown *s, struct err *err)
{
	static const struct column columns[] = {
		{"region", "region", false},
		{"name", "name", false},
		{"organisations", "organisations", true},
		{"differs", "evidence differs", true},
		{"unanswered", "unanswered", true},
		{"overdue", "overdue", true},
		{"exposed", "exposed", true},
		{"unknown", "unknown", true},
		{NULL, NULL, false},
	};
	struct listing *l;

	if (s->nregions < 2)
		return true;
	text_add_char(&c->out, '\n');
	l = listing_begin(c, "regions", columns);
	for (size_t i = 0; i < s->nregions; i++) {
		const struct region *r = &s->regions[i];

		listing_text(l, r->code);
		listing_text(l, r->name);
		listing_int(l, (int64_t)r->orgs);
		listing_int(l, (int64_t)r->count[OBLIGATION_EVIDENCE_DIFFERS]);
		listing_int(l, (int64_t)r->unanswered);
		listing_int(l, (int64_t)r->overdue);
		listing_int(l, (int64_t)r->exposed);
		listing_int(l, (int64_t)r->unknown);
	}
	return listing_end(l, "", err);
}

/* A supplier sees who waits for it; peers see none of the others. */
bool alert_sees_supplier(const struct shown *s, const struct supplier_waits *w)
{
	return s->scope != SCOPE_ORGANISATION || str_eq(w->supplier, s->own);
}

struct str alert_supplier_said(struct cli *c, const struct supplier_waits *w)
{
	AUTO(text_freep) struct text out = {0};
	bool fix = str_is(w->answer, "fix");
	char day[STAMP_BYTES];

	text_add(&out, !w->answer.n		     ? STR("it has not answered")
		       : str_is(w->answer, "no_fix") ? STR("no fix")
						     : w->answer);
	if (w->reference.n)
		text_addf(&out, " %.*s", STR_FMT(w->reference));
	if (fix)
		text_addf(&out, ", authorised %.*s", STR_FMT(date_format(w->fix_ms, day)));
	else if (w->promised_ms)
		text_addf(&out, ", promised for %.*s", STR_FMT(date_format(w->promised_ms, day)));
	if (w->answer.n && !fix)
		text_addf(&out, ", said %.*s", STR_FMT(date_format(w->answered_ms, day)));
	if (w->due_ms)
		text_addf(&out, ", due %.*s%s", STR_FMT(alert_when(c, w->due_ms)),
			  w->overdue ? ", overdue" : "");
	if (w->due_ms && !w->reached)
		text_add_c(&out, "; nobody there was reached");
	return arena_str(c->arena, text_str(&out));
}

static void say_suppliers(struct cli *c, const struct shown *s)
{
	size_t said = 0;

	for (size_t i = 0; i < s->list.nsuppliers && said < SUPPLIERS_TEXT; i++) {
		const struct supplier_waits *w = &s->list.suppliers[i];

		if (!alert_sees_supplier(s, w))
			continue;
		text_addf(&c->out, "%s%.*s (%.*s): %ju %s for it, %ju devices exposed; %.*s\n",
			  said++ ? "" : "\nwhose answer would unlock most:\n", STR_FMT(w->supplier),
			  STR_FMT(w->name), (uintmax_t)w->organisations,
			  plural(w->organisations, "organisation waits", "organisations wait"),
			  (uintmax_t)w->devices, STR_FMT(alert_supplier_said(c, w)));
	}
}

void alert_say_evidence(struct cli *c, const struct alert_shown *in, uint64_t to, uint64_t behind)
{
	text_addf(&c->out, "\nas of %.*s", STR_FMT(alert_when(c, in->view.at_ms)));
	if (to)
		text_addf(&c->out, "; evidence up to record %ju", (uintmax_t)to);
	if (behind)
		text_addf(&c->out, "; %ju %s since may change it: lynchpin alert advance",
			  (uintmax_t)behind, plural(behind, "record", "records"));
	text_add_char(&c->out, '\n');
}

/* Left out for nothing but that it is closed? */
static bool closed_alone(const struct rows *rows, const struct obligation *o)
{
	struct rows any = *rows;

	any.states = 0;
	return rows->open_only && alert_wanted(&any, o);
}

static void say_closed(struct cli *c, uint64_t closed)
{
	text_addf(&c->out, "%ju closed not listed: --state ", (uintmax_t)closed);
	for (unsigned i = OBLIGATION_EXCEPTED; i < OBLIGATION_STATES; i++)
		text_addf(&c->out, "%s%s", i > OBLIGATION_EXCEPTED ? "," : "",
			  obligation_state_name((enum obligation_state)i));
	text_add_char(&c->out, '\n');
}

static bool say_rows(struct cli *c, const struct shown *s, const struct rows *rows, struct err *err)
{
	struct listing *l =
		listing_begin(c, "obligations", alert_obligation_columns(c, s->in->replay));
	uint64_t matching = 0, closed = 0;

	for (size_t i = 0; i < s->list.n; i++) {
		if (!alert_wanted(rows, &s->list.v[i])) {
			closed += closed_alone(rows, &s->list.v[i]);
			continue;
		}
		if (!rows->limit || matching < rows->limit)
			alert_obligation_row(c, l, &s->list.v[i]);
		matching++;
	}
	text_add_char(&c->out, '\n');
	if (!listing_end(l, "No organisation is open in it that way.", err))
		return false;
	if (rows->limit && matching > rows->limit)
		text_addf(&c->out, "and %ju more (--limit 0 lists all)\n",
			  (uintmax_t)(matching - rows->limit));
	if (closed)
		say_closed(c, closed);
	return true;
}

static bool say_all(struct cli *c, const struct shown *s, const struct rows *rows, struct err *err)
{
	alert_say_head(c, &s->alert);
	if (!s->alert.published_ms) {
		text_addf(&c->out,
			  "\nnobody is asked yet; lynchpin alert preview %.*s says whom it will "
			  "reach\n",
			  STR_FMT(s->alert.id));
		return true;
	}
	say_total(c, s);
	if (!say_states(c, s, err) || !say_regions(c, s, err) || !say_rows(c, s, rows, err))
		return false;
	say_suppliers(c, s);
	alert_say_evidence(c, s->in, s->list.evidence_to, s->list.evidence_behind);
	return true;
}

/* --- the command --- */

/* Of a moment of the past: what the post may see today. */
static bool keep_seen(struct cli *c, struct shown *s, struct err *err)
{
	const struct alerts_view *eyes = &s->in->eyes;
	const struct directory_view dv = {eyes->store, eyes->arena, eyes->at_ms};
	size_t kept = 0;

	for (size_t i = 0; i < s->list.n; i++) {
		enum directory_sees sees;

		if (!directory_post_sees(&dv, alert_post(c), s->list.v[i].org, &sees, err))
			return false;
		if (sees != SEES_NOTHING)
			s->list.v[kept++] = s->list.v[i];
	}
	s->list.n = kept;
	for (size_t i = 0; i < OBLIGATION_STATES; i++)
		if (s->scope == SCOPE_ORGANISATION && s->list.count[i] < PEERS_MIN)
			s->list.count[i] = 0;
	return true;
}

static bool load(struct cli *c, struct shown *s, struct err *err)
{
	const struct alert_shown *in = s->in;
	struct obligation_filter filter = {.alert = in->alert,
					   .post = in->replay ? (struct str){0} : alert_post(c)};

	if (!s->alert.published_ms)
		return true; /* nobody is asked */
	return alert_obligations(&in->view, &filter, &s->list, err) &&
	       (!in->replay || s->scope == SCOPE_NATION || keep_seen(c, s, err));
}

static bool may_read(struct cli *c, struct shown *s, struct err *err)
{
	bool concerns = false;
	struct alert today;

	if (!alert_get(&s->in->eyes, s->in->alert, &today, err) ||
	    !alert_own_org(c, &s->in->eyes, &s->own, err) ||
	    !alert_concerns(c, &s->in->eyes, &today, &concerns, err))
		return false;
	return concerns ||
	       err_set(err, ERR_DENIED, "%.*s does not concern %.*s", STR_FMT(s->alert.id),
		       STR_FMT(alert_post(c))) ||
	       err_hint(err, " (lynchpin alert list shows what does)");
}

static bool region_known(const struct rows *rows, const struct alerts_view *view, struct err *err)
{
	const struct directory_view dv = {view->store, view->arena, view->at_ms};
	struct org org;

	return !rows->region.n || directory_org_get(&dv, rows->region, &org, err);
}

bool alert_show(struct cli *c, const struct alert_shown *in, struct err *err)
{
	struct shown s = {.in = in};
	struct rows rows;

	if (!alert_rows_of(c, &rows, err) || !alert_scope(c, &in->eyes, &s.scope, err) ||
	    !alert_get(&in->view, in->alert, &s.alert, err) ||
	    !alert_count(&in->view, &s.alert, err))
		return false;
	if (!may_read(c, &s, err) || !region_known(&rows, &in->eyes, err))
		return false;
	if (!load(c, &s, err))
		return false;
	fold(&s);
	return c->json || c->csv ? alert_show_listing(c, &s, &rows, err)
				 : say_all(c, &s, &rows, err);
}

bool alert_show_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct alert_shown in = {.alert = alert_number(c, 0)};
	struct str org = directory_code(c->arena, str_of(cli_opt(c, "--org")));

	if (cli_flag(c, "--devices") && !org.n)
		return err_set(err, ERR_USAGE, "--devices goes with --org CODE");
	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	in.journal = acts_journal(a);
	in.view = in.eyes = alert_view(c, a);
	return org.n ? alert_show_org(c, &in, org, err) : alert_show(c, &in, err);
}
