#include "cli/member.h"
#include "cli/propose.h"

#include "cli/import.h"

const struct cli_option propose_options[] = {
	{"--expected-devices", "N", "how many devices it should have, in all"},
	{"--expected", "CLASS=N...",
	 "of a class: workstation, server, medical, network, mobile, other"},
	{NULL, NULL, NULL},
};

const struct cli_option withdraw_options[] = {
	{"--reason", "TEXT", "why"},
	{NULL, NULL, NULL},
};

const struct cli_option proposals_options[] = {
	{"--all", NULL, "also those approved, withdrawn or replaced by a newer one"},
	{NULL, NULL, NULL},
};

struct str devices_text(struct arena *arena, int64_t all, const int64_t classes[ORG_CLASSES])
{
	struct str s = {0};

	if (all != DIRECTORY_NO_COUNT)
		s = arena_fmt(arena, "%jd in all", (intmax_t)all);
	for (unsigned i = 0; i < ORG_CLASSES; i++)
		if (classes[i] != DIRECTORY_NO_COUNT)
			s = arena_fmt(arena, "%.*s%s%s %jd", STR_FMT(s), s.n ? ", " : "",
				      org_class_name((enum org_class)i), (intmax_t)classes[i]);
	return s;
}

bool proposal_line(const struct directory_view *view, struct str org, struct str *ret,
		   struct err *err)
{
	struct proposals all;
	char day[STAMP_BYTES];

	*ret = (struct str){0};
	if (!directory_proposals(view, org, &all, err))
		return false;
	if (all.n && all.v->state == PROPOSAL_OPEN)
		*ret = arena_fmt(view->arena,
				 "%.*s, by %.*s on %.*s; a second person approves: lynchpin "
				 "org approve %.*s %ju",
				 STR_FMT(devices_text(view->arena, all.v->devices, all.v->classes)),
				 STR_FMT(all.v->by), STR_FMT(date_format(all.v->said_ms, day)),
				 STR_FMT(all.v->org), (uintmax_t)all.v->number);
	return true;
}

bool propose_run(struct cli *c, struct err *err)
{
	static const struct act_word words[] = {
		{"--expected-devices", "expected_devices", WORD_NUMBER},
		{"--expected", "expected", WORD_COUNTS},
		{NULL, NULL, WORD_TEXT},
	};
	static const char *const args[] = {"org", NULL};

	if (!import_simple_act(c, "org.propose", args, words, err))
		return false;
	if (!c->json)
		text_addf(&c->out,
			  "next, by a second person: lynchpin org approve %.*s, with that number\n",
			  STR_FMT(cli_arg(c, 0)));
	return true;
}

/* --- about a proposal --- */

/* By the number of its record, of those for an organisation. */
static bool find(struct cli *c, struct acts *a, struct proposal *ret, struct err *err)
{
	const struct directory_view view = {acts_store(a), c->arena, acts_now_ms(a)};
	struct proposals all;
	struct org org;
	uint64_t number;

	if (!str_to_u64(cli_arg(c, 1), &number))
		return err_set(err, ERR_USAGE, "\"%.*s\" is no number", STR_FMT(cli_arg(c, 1))) ||
		       err_hint(err, "; lynchpin org proposals %.*s lists them",
				STR_FMT(cli_arg(c, 0)));
	if (!directory_org_get(&view, cli_arg(c, 0), &org, err) ||
	    !directory_proposals(&view, org.code, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++)
		if (all.v[i].number == number)
			return *ret = all.v[i], true;
	return err_set(err, ERR_NOT_FOUND, "%.*s has no proposal %ju", STR_FMT(org.code),
		       (uintmax_t)number) ||
	       err_hint(err, "; lynchpin org proposals %.*s lists them", STR_FMT(org.code));
}

static void numbers_out(struct json_out *o, const struct proposal *p)
{
	json_out_key(o, "expected");
	json_out_object(o);
	for (unsigned i = 0; i < ORG_CLASSES; i++)
		if (p->classes[i] != DIRECTORY_NO_COUNT) {
			json_out_key(o, org_class_name((enum org_class)i));
			json_out_i64(o, p->classes[i]);
		}
	json_out_end(o);
	if (p->devices == DIRECTORY_NO_COUNT)
		return;
	member_i64(o, "expected_devices", p->devices);
}

static bool body_of(const struct cli *c, const struct proposal *p, bool approve, struct text *body,
		    struct err *err)
{
	struct json_out *o = json_out_open(body);

	json_out_object(o);
	member_str(o, "org", p->org);
	json_out_key(o, "proposal");
	json_out_object(o);
	member_str(o, "site", p->site);
	member_i64(o, "number", (int64_t)p->number);
	json_out_end(o);
	if (approve)
		numbers_out(o, p);
	else if (cli_opt(c, "--reason")) {
		member_str(o, "reason", str_of(cli_opt(c, "--reason")));
	}
	json_out_end(o);
	return json_out_close(o, err);
}

static bool end(struct cli *c, bool approve, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(text_freep) struct text body = {0};
	struct act_request q = {.act = approve ? "org.approve" : "org.withdraw"};
	struct proposal p = {0};
	uint64_t number;

	if (!cli_open(c, ACTS_WRITE, &a, err) || !find(c, a, &p, err) ||
	    !body_of(c, &p, approve, &body, err))
		return false;
	q.body = text_str(&body);
	if (!acts_do(a, &q, &number, err))
		return false;
	if (approve && !c->json)
		text_addf(&c->out, "%.*s is now expected to have %.*s; ", STR_FMT(p.org),
			  STR_FMT(devices_text(c->arena, p.devices, p.classes)));
	return import_recorded(c, number, err);
}

bool approve_run(struct cli *c, struct err *err)
{
	return end(c, true, err);
}

bool withdraw_run(struct cli *c, struct err *err)
{
	return end(c, false, err);
}

/* --- org proposals --- */

static const char *const states[] = {[PROPOSAL_OPEN] = "open",
				     [PROPOSAL_REPLACED] = "replaced",
				     [PROPOSAL_WITHDRAWN] = "withdrawn",
				     [PROPOSAL_APPROVED] = "approved"};

void count_cell(struct listing *l, int64_t n)
{
	if (n == DIRECTORY_NO_COUNT)
		listing_null(l);
	else
		listing_int(l, n);
}

void expected_class_cells(struct listing *l, const int64_t classes[ORG_CLASSES])
{
	for (size_t i = 0; i < ORG_CLASSES; i++)
		count_cell(l, classes[i]);
}

/* What is expected now of that which would be fewer. */
static struct str expected_now(struct arena *arena, const struct proposal *p, const struct org *org)
{
	int64_t now[ORG_CLASSES];

	for (size_t i = 0; i < ORG_CLASSES; i++)
		now[i] =
			p->classes[i] == DIRECTORY_NO_COUNT ? DIRECTORY_NO_COUNT : org->expected[i];
	return devices_text(
		arena,
		p->devices == DIRECTORY_NO_COUNT ? DIRECTORY_NO_COUNT : org->expected_devices, now);
}

static void proposal_row(struct listing *l, struct arena *arena, const struct proposal *p,
			 const struct org *org)
{
	listing_text(l, p->org);
	listing_int(l, (int64_t)p->number);
	listing_text(l, expected_now(arena, p, org));
	listing_text(l, devices_text(arena, p->devices, p->classes));
	listing_text(l, p->by);
	listing_text(l, p->user);
	listing_stamp(l, p->said_ms);
	listing_text(l, str_of(states[p->state]));
	listing_text(l, p->ended_by);
	listing_stamp(l, p->ended_ms);
	listing_text(l, p->why);
	count_cell(l, p->devices);
	expected_class_cells(l, p->classes);
}

bool proposals_run(struct cli *c, struct err *err)
{
	static const struct column columns[] = {
		{"org", "organisation", false},
		{"number", "number", true},
		{"now", "expected now", false},
		{"proposed", "proposed", false},
		{"by", "by", false},
		{"user", NULL, false},
		{"said", "on", false},
		{"state", "state", false},
		{"ended_by", "ended by", false},
		{"ended", "ended", false},
		{"reason", "reason", false},
		{"expected_devices", NULL, true},
		EXPECTED_CLASS_COLUMNS,
		{NULL, NULL, false},
	};
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(listing_dropp) struct listing *l = NULL;
	struct listing *done;
	struct directory_view view;
	struct proposals all;
	struct org org;

	if (!cli_open(c, ACTS_READ, &a, err))
		return false;
	view = (struct directory_view){acts_store(a), c->arena, acts_now_ms(a)};
	if ((cli_arg(c, 0).n && !directory_org_get(&view, cli_arg(c, 0), &org, err)) ||
	    !directory_proposals(&view, cli_arg(c, 0), &all, err))
		return false;
	l = listing_begin(c, "proposals", columns);
	for (size_t i = 0; i < all.n; i++) {
		if (all.v[i].state != PROPOSAL_OPEN && !cli_flag(c, "--all"))
			continue;
		if (!directory_org_get(&view, all.v[i].org, &org, err))
			return false;
		proposal_row(l, c->arena, &all.v[i], &org);
	}
	done = l, l = NULL;
	return listing_end(done, "Nothing is proposed there.", err);
}
