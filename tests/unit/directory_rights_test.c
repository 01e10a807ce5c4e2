#include "directory_world.h"

#include "base/mem.h"
#include "base/rng.h"

/* Who may see and answer what: delegations, oversight, disclosures, second persons, successors. */

static const char orgs_csv[] = "code,name,role,parent,region,opened,closed,successor\n"
			       "R1,North,region,X26,,,,\n"
			       "R2,South,region,X26,,,,\n"
			       "T1,Alder Hospital,trust,,R1,,,\n"
			       "T2,Birch Hospital,trust,,R2,,,\n"
			       "G1,Cedar Surgery,gp_practice,,R1,,,\n"
			       "G2,Dale Surgery,gp_practice,,R1,,,\n"
			       "S1,Supplier,supplier,,,,,\n"
			       "S2,Other Supplier,supplier,,,,,\n"
			       "C1,Closed Surgery,gp_practice,,R1,,2016-01-01,G1\n";
static const char posts_csv[] = "post,kind,org\n"
				"north,regional-lead,R1\n"
				"south,regional-lead,R2\n"
				"partner@g1,partner,G1\n"
				"lead@t1,security-lead,T1\n"
				"siro@t1,siro,T1\n"
				"desk@s1,responder,S1\n"
				"night@s1,responder,S1\n"
				"desk@s2,responder,S2\n"
				"gone@s1,responder,S1\n"
				"analyst,national-analyst,X26\n"
				"audit,auditor,X26\n";

static int open_peopled(void **state)
{
	struct world *w;

	world_open(state);
	w = *state;
	world_import(w, "organisations.csv", str_of(orgs_csv), day_ms("2017-05-01"));
	world_import(w, "posts.csv", str_of(posts_csv), day_ms("2017-05-01"));
	world_do(w, "post.end", "{\"post\":\"gone@s1\",\"at\":\"2017-05-02\"}");
	return 0;
}

static bool may(struct world *w, const char *post, const char *right, const char *org,
		const char *service)
{
	const struct directory_claim claim = {.post = str_of(post),
					      .right = str_of(right),
					      .org = str_of(org),
					      .at_ms = w->now_ms,
					      .service = str_of(service)};
	struct err err = {0};
	bool yes = false;

	if (!directory_post_may(w->store, &claim, &yes, &err))
		fail_msg("%s", err.text);
	return yes;
}

static enum directory_sees sees(struct world *w, const char *post, const char *org)
{
	struct directory_view view = world_view(w);
	enum directory_sees ret = SEES_NOTHING;
	struct err err = {0};

	if (!directory_post_sees(&view, str_of(post), str_of(org), &ret, &err))
		fail_msg("%s", err.text);
	return ret;
}

static size_t delegations(struct world *w, struct delegation_filter filter)
{
	struct directory_view view = world_view(w);
	struct delegations found = {0};
	struct err err = {0};

	assert_true(directory_delegations(&view, &filter, &found, &err));
	return found.n;
}

static void a_delegation_lets_another_act(void **state)
{
	struct world *w = *state;

	world_do(w, "org.relate", "{\"org\":\"G1\",\"kind\":\"it_supplied_by\",\"to\":\"S1\"}");
	assert_false(may(w, "desk@s1", "alert.answer", "G1", ""));
	assert_int_equal(sees(w, "desk@s1", "G1"), SEES_NOTHING);
	world_do_as(w, "partner@g1", "delegation.grant",
		    "{\"org\":\"g1\",\"to\":\"s1\",\"gives\":[\"answer\",\"view\"],\"end\":\"2017-"
		    "06-01\"}");
	assert_true(may(w, "desk@s1", "alert.answer", "g1", ""));
	assert_true(may(w, "desk@s1", "estate.read", "G1", ""));
	assert_false(may(w, "desk@s1", "estate.write", "G1", ""));
	assert_false(may(w, "desk@s1", "contact.write", "G1", ""));
	assert_false(may(w, "desk@s1", "alert.answer", "G2", ""));
	assert_false(may(w, "desk@s2", "alert.answer", "G1", ""));
	assert_false(may(w, "gone@s1", "alert.answer", "G1", ""));
	assert_int_equal(sees(w, "desk@s1", "G1"), SEES_DEVICES);
	assert_int_equal(sees(w, "gone@s1", "G1"), SEES_NOTHING);
	w->now_ms = day_ms("2017-06-01");
	assert_false(may(w, "desk@s1", "alert.answer", "G1", ""));
	assert_int_equal(sees(w, "desk@s1", "G1"), SEES_NOTHING);
	world_rebuild_same(w);
	world_rebuild_reversed(w);
}

static void a_delegation_is_not_handed_on(void **state)
{
	struct world *w = *state;

	world_do_as(w, "partner@g1", "delegation.grant",
		    "{\"org\":\"G1\",\"to\":\"S1\",\"gives\":[\"answer\"]}");
	world_do_as(w, "siro@s1", "delegation.grant",
		    "{\"org\":\"S1\",\"to\":\"S2\",\"gives\":[\"answer\"]}");
	assert_true(may(w, "desk@s1", "alert.answer", "G1", ""));
	assert_true(may(w, "desk@s2", "alert.answer", "S1", ""));
	assert_false(may(w, "desk@s2", "alert.answer", "G1", ""));
}

static void a_delegation_can_be_to_one_post_or_for_services(void **state)
{
	struct world *w = *state;

	world_do_as(w, "partner@g1", "delegation.grant",
		    "{\"org\":\"G1\",\"to_post\":\"desk@s1\",\"gives\":[\"evidence\"]}");
	assert_true(may(w, "desk@s1", "estate.write", "G1", ""));
	assert_false(may(w, "night@s1", "estate.write", "G1", ""));
	world_do_as(w, "siro@t1", "delegation.grant",
		    "{\"org\":\"T1\",\"to\":\"S2\",\"gives\":[\"view\",\"answer\"],"
		    "\"services\":[\"pathology\",\"imaging\"]}");
	assert_false(may(w, "desk@s2", "alert.answer", "T1", ""));
	assert_true(may(w, "desk@s2", "alert.answer", "T1", "Imaging"));
	assert_false(may(w, "desk@s2", "alert.answer", "T1", "theatres"));
	assert_int_equal(sees(w, "desk@s2", "T1"), SEES_NOTHING);
}

static void an_end_ends_what_was_granted_before(void **state)
{
	static const char grant[] = "{\"org\":\"G1\",\"to\":\"S1\",\"gives\":[\"answer\"]}";
	static const char end[] = "{\"org\":\"G1\",\"to\":\"S1\",\"at\":\"2017-05-20\"}";
	struct world *w = *state;

	world_do_as(w, "partner@g1", "delegation.grant", grant);
	w->now_ms = day_ms("2017-05-14");
	world_do_as(w, "partner@g1", "delegation.end", end);
	assert_true(may(w, "desk@s1", "alert.answer", "G1", ""));
	w->now_ms = day_ms("2017-05-20");
	assert_false(may(w, "desk@s1", "alert.answer", "G1", ""));
	world_refused(w, "partner@g1", "delegation.end", end, "G1 delegates nothing to S1");
	world_do_as(w, "partner@g1", "delegation.grant", grant);
	assert_true(may(w, "desk@s1", "alert.answer", "G1", ""));
	assert_int_equal(delegations(w, (struct delegation_filter){.org = STR("G1")}), 1);
	assert_int_equal(delegations(w, (struct delegation_filter){.org = STR("g1"), .all = true}),
			 2);
	/* An end in the past is one at the moment it was said. */
	w->now_ms += MS_PER_HOUR;
	world_do_as(w, "partner@g1", "delegation.end", end);
	assert_false(may(w, "desk@s1", "alert.answer", "G1", ""));
	w->now_ms -= MS_PER_HOUR;
	assert_true(may(w, "desk@s1", "alert.answer", "G1", ""));
	w->now_ms += MS_PER_DAY;
	world_rebuild_same(w);
	world_rebuild_reversed(w);
}

static void delegations_are_found_from_either_end(void **state)
{
	struct world *w = *state;

	world_do_as(w, "partner@g1", "delegation.grant",
		    "{\"org\":\"G1\",\"to\":\"S1\",\"gives\":[\"answer\",\"evidence\"]}");
	world_do_as(w, "siro@t1", "delegation.grant",
		    "{\"org\":\"T1\",\"to_post\":\"desk@s1\",\"gives\":[\"answer\"]}");
	world_do_as(w, "siro@t1", "delegation.grant",
		    "{\"org\":\"T1\",\"to\":\"S2\",\"gives\":[\"view\"],\"start\":\"2017-07-01\"}");
	assert_int_equal(delegations(w, (struct delegation_filter){.to = STR("s1")}), 1);
	assert_int_equal(delegations(w, (struct delegation_filter){.post = STR("desk@s1")}), 2);
	assert_int_equal(delegations(w, (struct delegation_filter){.post = STR("night@s1")}), 1);
	assert_int_equal(delegations(w, (struct delegation_filter){.post = STR("desk@s1"),
								   .gives = GIVES_EVIDENCE}),
			 1);
	assert_int_equal(
		delegations(w, (struct delegation_filter){.org = STR("T1"), .to = STR("S2")}), 0);
	assert_int_equal(delegations(w, (struct delegation_filter){0}), 2);
	assert_int_equal(delegations(w, (struct delegation_filter){.all = true}), 3);
}

static void what_makes_no_sense_is_not_delegated(void **state)
{
	static const struct {
		const char *body, *why;
	} bad[] = {
		{"{\"org\":\"G1\",\"to\":\"S9\",\"gives\":[\"view\"]}", "no organisation S9"},
		{"{\"org\":\"G1\",\"to\":\"C1\",\"gives\":[\"view\"]}", "C1 closed on 2016-01-01"},
		{"{\"org\":\"C1\",\"to\":\"S1\",\"gives\":[\"view\"]}", "its successor is G1"},
		{"{\"org\":\"G1\",\"to_post\":\"audit\",\"gives\":[\"view\",\"answer\"]}",
		 "audit is of the kind auditor, which lacks the right alert.answer"},
		{"{\"org\":\"G1\",\"to_post\":\"nobody\",\"gives\":[\"view\"]}", "no post nobody"},
		{"{\"org\":\"G1\",\"to_post\":\"gone@s1\",\"gives\":[\"view\"]}", "has ended"},
		{"{\"org\":\"G1\",\"to\":\"G1\",\"gives\":[\"view\"]}", "to itself"},
		{"{\"org\":\"G1\",\"to_post\":\"partner@g1\",\"gives\":[\"view\"]}", "to itself"},
		{"{\"org\":\"G1\",\"to\":\"S1\",\"gives\":[]}", "nothing is delegated"},
		{"{\"org\":\"G1\",\"to\":\"S1\"}", "\"gives\" is missing"},
		{"{\"org\":\"G1\",\"to\":\"S1\",\"gives\":[\"all\"]}", "is not view, answer or"},
		{"{\"org\":\"G1\",\"gives\":[\"view\"]}", "to whom?"},
		{"{\"org\":\"G1\",\"to\":\"S1\",\"to_post\":\"desk@s1\",\"gives\":[\"view\"]}",
		 "one of them"},
		{"{\"org\":\"G1\",\"to\":\"S1\",\"gives\":[\"view\"],\"start\":\"2017-07-01\","
		 "\"end\":\"2017-06-01\"}",
		 "is not after"},
		{"{\"org\":\"G1\",\"to\":\"S1\",\"gives\":[\"view\"],\"end\":\"2017-05-01\"}",
		 "has passed already"},
		{"{\"org\":\"G1\",\"to\":\"S1\",\"gives\":[\"view\"],\"services\":[\"\"]}",
		 "no name"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		world_refused(w, "partner@g1", "delegation.grant", bad[i].body, bad[i].why);
	assert_int_equal(delegations(w, (struct delegation_filter){.all = true}), 0);
}

static void delegations_do_not_run_in_a_circle(void **state)
{
	struct world *w = *state;

	world_do_as(w, "partner@g1", "delegation.grant",
		    "{\"org\":\"G1\",\"to\":\"S1\",\"gives\":[\"answer\"],\"end\":\"2017-07-01\"}");
	world_do_as(w, "siro@s1", "delegation.grant",
		    "{\"org\":\"S1\",\"to_post\":\"desk@s2\",\"gives\":[\"answer\",\"view\"]}");
	world_refused(w, "partner@g1", "delegation.grant",
		      "{\"org\":\"S1\",\"to\":\"G1\",\"gives\":[\"answer\"]}",
		      "in a circle: S1 has answer from G1");
	world_refused(w, "partner@g1", "delegation.grant",
		      "{\"org\":\"S2\",\"to\":\"G1\",\"gives\":[\"view\",\"answer\"]}",
		      "in a circle: S2 has answer from S1");
	/* Another thing, and another time, are no circle. */
	world_do_as(w, "siro@s2", "delegation.grant",
		    "{\"org\":\"S2\",\"to\":\"G1\",\"gives\":[\"view\"]}");
	world_do_as(
		w, "siro@s2", "delegation.grant",
		"{\"org\":\"S2\",\"to\":\"G1\",\"gives\":[\"answer\"],\"start\":\"2017-07-01\"}");
}

static void assert_overseers(struct world *w, const char *duty, const char *want)
{
	struct directory_view view = world_view(w);
	AUTO(text_freep) struct text said = {0};
	struct oversights o = {0};
	struct err err = {0};

	assert_true(directory_oversight(&view, STR("T1"), str_of(duty), &o, &err));
	for (size_t i = 0; i < o.n; i++)
		text_addf(&said, "%s%.*s%s", i ? " " : "", STR_FMT(o.v[i].body),
			  o.v[i].lead ? "!" : "");
	if (!str_is(text_str(&said), want))
		fail_msg("\"%s\" is not \"%s\"", text_c(&said), want);
}

static void one_body_leads_and_the_others_read(void **state)
{
	struct world *w = *state;

	world_do(w, "oversight.set",
		 "{\"org\":\"T1\",\"duty\":\"alerts\",\"body\":\"R1\",\"lead\":true}");
	world_do(w, "oversight.set",
		 "{\"org\":\"T1\",\"duty\":\"alerts\",\"body\":\"G1\",\"lead\":false}");
	world_do(w, "oversight.set",
		 "{\"org\":\"T1\",\"duty\":\"alerts\",\"body\":\"X26\",\"lead\":true,"
		 "\"start\":\"2017-06-01\",\"end\":\"2017-07-01\"}");
	world_do(w, "oversight.set",
		 "{\"org\":\"T1\",\"duty\":\"incident\",\"body\":\"R2\",\"lead\":true}");
	assert_overseers(w, "alerts", "R1! G1");
	assert_overseers(w, "", "R1! G1 R2!");
	w->now_ms = day_ms("2017-06-01");
	assert_overseers(w, "alerts", "X26! G1 R1");
	/* A lead that is over leaves nobody in the lead: the one before was ended by it. */
	w->now_ms = day_ms("2017-07-02");
	assert_overseers(w, "alerts", "G1 R1");
	world_do(w, "oversight.set",
		 "{\"org\":\"T1\",\"duty\":\"alerts\",\"body\":\"G1\",\"lead\":true}");
	world_do(w, "oversight.end",
		 "{\"org\":\"T1\",\"duty\":\"alerts\",\"body\":\"R1\",\"at\":\"2017-07-03\"}");
	assert_overseers(w, "alerts", "G1! R1");
	w->now_ms = day_ms("2017-07-03");
	assert_overseers(w, "alerts", "G1!");
	world_do(w, "oversight.set", "{\"org\":\"T1\",\"duty\":\"alerts\",\"body\":\"G1\"}");
	assert_overseers(w, "alerts", "G1");
	world_rebuild_same(w);
	world_rebuild_reversed(w);
}

static void what_makes_no_sense_oversees_nobody(void **state)
{
	struct world *w = *state;

	world_refused(w, "partner@g1", "oversight.set",
		      "{\"org\":\"T1\",\"duty\":\"tea\",\"body\":\"R1\"}", "no duty \"tea\"");
	world_refused(w, "partner@g1", "oversight.set",
		      "{\"org\":\"T1\",\"duty\":\"alerts\",\"body\":\"T1\"}",
		      "cannot oversee itself");
	world_refused(w, "partner@g1", "oversight.set",
		      "{\"org\":\"T1\",\"duty\":\"alerts\",\"body\":\"C1\"}", "C1 closed");
	world_refused(w, "partner@g1", "oversight.set",
		      "{\"org\":\"T9\",\"duty\":\"alerts\",\"body\":\"R1\"}", "no organisation T9");
	world_refused(w, "partner@g1", "oversight.end",
		      "{\"org\":\"T1\",\"duty\":\"alerts\",\"body\":\"R1\",\"at\":\"2017-06-01\"}",
		      "R1 does not oversee T1 in alerts");
}

static void a_disclosure_opens_for_eight_hours(void **state)
{
	struct world *w = *state;
	struct directory_view view;
	struct disclosures d = {0};
	struct err err = {0};

	assert_int_equal(sees(w, "lead@t1", "T1"), SEES_DEVICES);
	assert_int_equal(sees(w, "lead@t1", "T2"), SEES_NOTHING);
	assert_int_equal(sees(w, "north", "t1"), SEES_COUNTS);
	assert_int_equal(sees(w, "south", "T1"), SEES_NOTHING);
	assert_int_equal(sees(w, "analyst", "T1"), SEES_COUNTS);
	assert_int_equal(sees(w, "audit", "T1"), SEES_COUNTS);
	assert_int_equal(sees(w, "system", "T1"), SEES_COUNTS);
	world_do_as(w, "north", "disclosure.open",
		    "{\"org\":\"T1\",\"purpose\":\"which scanners to isolate first\"}");
	assert_int_equal(sees(w, "north", "T1"), SEES_DEVICES);
	assert_int_equal(sees(w, "analyst", "T1"), SEES_COUNTS);
	w->now_ms += 8 * MS_PER_HOUR - 1;
	assert_int_equal(sees(w, "north", "T1"), SEES_DEVICES);
	w->now_ms++;
	assert_int_equal(sees(w, "north", "T1"), SEES_COUNTS);
	view = world_view(w);
	assert_true(directory_disclosures(&view, STR("t1"), &d, &err));
	assert_int_equal(d.n, 1);
	assert_true(str_is(d.v[0].post, "north"));
	assert_int_equal(d.v[0].until_ms, w->now_ms);
	world_refused(w, "partner@g1", "disclosure.open",
		      "{\"org\":\"T1\",\"purpose\":\"just because\"}", "in 3 words or more");
	world_refused(w, "partner@g1", "disclosure.open", "{\"org\":\"T9\",\"purpose\":\"a b c\"}",
		      "no organisation");
	world_refused(w, "partner@g1", "disclosure.open", "{\"org\":\"G1\",\"purpose\":\"a b c\"}",
		      "open to its own posts");
	world_rebuild_same(w);
}

static void devices_are_expected_by_class(void **state)
{
	struct world *w = *state;
	struct directory_view view = world_view(w);
	struct err err = {0};
	struct org org;

	world_do(w, "org.change",
		 "{\"org\":\"T1\",\"expected\":{\"medical\":40,\"other\":0,\"server\":12}}");
	assert_true(directory_org_get(&view, STR("T1"), &org, &err));
	assert_int_equal(org.expected[ORG_MEDICAL], 40);
	assert_int_equal(org.expected[ORG_OTHER], 0);
	assert_int_equal(org.expected[ORG_MOBILE], DIRECTORY_NO_COUNT);
	assert_string_equal(org_class_name(ORG_MEDICAL), "medical");
	world_rebuild_same(w);
	assert_false(world_try_as(w, "national-lead", "org.change",
				  "{\"org\":\"T1\",\"expected\":{\"toaster\":1}}", &err));
	assert_non_null(strstr(err.text, "no class of devices \"toaster\""));
	assert_false(world_try_as(w, "national-lead", "org.change",
				  "{\"org\":\"T1\",\"expected\":{\"mobile\":-1}}", &err));
	assert_non_null(strstr(err.text, "is no count"));
}

static void what_is_anothers_stays_so(void **state)
{
	static const char site[] = "{\"org\":\"G1\",\"site\":\"T1A\",\"name\":\"Mine now\"}";
	struct world *w = *state;

	world_do(w, "site.add", "{\"org\":\"T1\",\"site\":\"T1A\",\"name\":\"East wing\"}");
	world_refused(w, "partner@g1", "site.add", site, "it is of T1 already");
	world_do(w, "person.add", "{\"person\":\"ann\",\"name\":\"Ann\"}");
	world_do_as(w, "partner@g1", "person.add",
		    "{\"person\":\"ann\",\"name\":\"Ann A\",\"org\":\"G1\"}");
	world_do(w, "post.hold", "{\"post\":\"north\",\"person\":\"ann\",\"from\":\"2017-01-01\"}");
	world_refused(w, "partner@g1", "person.add",
		      "{\"person\":\"ann\",\"name\":\"Ann\",\"email\":\"me@x\",\"org\":\"G1\"}",
		      "it is of R1 already, for which partner@g1 may not");
	world_do_as(w, "north", "person.add",
		    "{\"person\":\"ann\",\"name\":\"Ann B\",\"org\":\"R1\"}");
}

static void who_may_not_make_posts_imports_none(void **state)
{
	AUTO(text_freep) struct text body = {0};
	struct world *w = *state;
	struct directory_view view = world_view(w);
	struct directory_report report = {0};
	const struct directory_import import = {
		.bytes = STR("post,kind,org\nmine,national-lead,X26\n"),
		.file = STR("posts.csv"),
		.taken_ms = DIRECTORY_NO_DATE,
		.received_ms = w->now_ms};
	struct act_bulk held = {hash_of(import.bytes), import.bytes};
	struct err err = {0};

	assert_true(directory_import_body(&view, &import, &report, &body, &err));
	w->post = "analyst";
	assert_false(world_try(w, "org.import", text_str(&body), &held, &err));
	assert_non_null(strstr(err.text, "analyst may not import posts"));
	w->post = NULL;
	assert_true(world_try(w, "org.import", text_str(&body), &held, &err));
}

static void two_posts_may_be_one_person(void **state)
{
	struct world *w = *state;
	struct directory_view view = world_view(w);
	struct err err = {0};
	bool one = true;

	assert_true(directory_share_holder(&view, STR("north"), STR("south"), &one, &err));
	assert_false(one);
	assert_true(directory_share_holder(&view, STR("north"), STR("NORTH"), &one, &err));
	assert_true(one);
	world_do(w, "person.add", "{\"person\":\"ann\",\"name\":\"Ann\"}");
	world_do(w, "post.hold", "{\"post\":\"north\",\"person\":\"ann\",\"from\":\"2017-05-12\"}");
	world_do(w, "post.hold", "{\"post\":\"south\",\"person\":\"ann\",\"from\":\"2017-05-13\"}");
	assert_true(directory_share_holder(&view, STR("north"), STR("south"), &one, &err));
	assert_false(one);
	view.at_ms = day_ms("2017-05-13");
	assert_true(directory_share_holder(&view, STR("north"), STR("South"), &one, &err));
	assert_true(one);
}

/* About one alone they are those of all in which it stands. */
static void assert_about(const struct directory_view *view, const struct successions *all,
			 struct str code)
{
	struct successions about = {0};
	struct err err = {0};
	size_t n = 0;

	assert_true(directory_successions(view, code, &about, &err));
	for (size_t i = 0; i < all->n; i++) {
		const struct succession *s = &all->v[i];

		if (!str_eq(s->org, code) && !str_eq(s->successor, code))
			continue;
		assert_true(n < about.n);
		assert_true(str_eq(s->org, about.v[n].org) &&
			    str_eq(s->successor, about.v[n].successor));
		assert_int_equal(s->at_ms, about.v[n].at_ms);
		n++;
	}
	assert_int_equal(n, about.n);
}

static void assert_successions(struct world *w, const char *at, const char *want)
{
	struct directory_view view = world_view(w);
	AUTO(text_freep) struct text said = {0};
	struct successions s = {0};
	struct err err = {0};
	char day[STAMP_BYTES];

	view.at_ms = day_ms(at);
	assert_true(directory_successions(&view, (struct str){0}, &s, &err));
	for (size_t i = 0; i < s.n; i++) {
		assert_about(&view, &s, s.v[i].org);
		assert_about(&view, &s, s.v[i].successor);
	}
	assert_about(&view, &s, STR("T1"));
	assert_about(&view, &s, STR("C1"));
	for (size_t i = 0; i < s.n; i++)
		text_addf(&said, "%s%.*s>%.*s@%.*s", i ? " " : "", STR_FMT(s.v[i].org),
			  STR_FMT(s.v[i].successor), STR_FMT(date_format(s.v[i].at_ms, day)));
	if (!str_is(text_str(&said), want))
		fail_msg("\"%s\" is not \"%s\"", text_c(&said), want);
}

static void successors_are_followed_to_the_open_one(void **state)
{
	struct world *w = *state;

	assert_successions(w, "2017-05-12", "C1>G1@2016-01-01");
	world_do(w, "org.close", "{\"org\":\"G1\",\"at\":\"2017-06-01\",\"successor\":\"G2\"}");
	world_do(w, "org.close", "{\"org\":\"G2\",\"at\":\"2017-07-01\",\"successor\":\"T1\"}");
	assert_successions(w, "2017-05-12", "C1>G1@2016-01-01");
	assert_successions(w, "2017-06-02", "C1>G2@2016-01-01 G1>G2@2017-06-01");
	assert_successions(w, "2017-07-02", "C1>T1@2016-01-01 G1>T1@2017-06-01 G2>T1@2017-07-01");
	/* A register may say what no act may: split among two, then a circle. */
	world_import(w, "relationships.csv",
		     STR("from,kind,to,start\nG2,succeeded_by,T2,2017-07-01\n"),
		     day_ms("2017-05-02"));
	assert_successions(w, "2017-07-02",
			   "C1>T1@2016-01-01 C1>T2@2016-01-01 G1>T1@2017-06-01 G1>T2@2017-06-01 "
			   "G2>T1@2017-07-01 G2>T2@2017-07-01");
	world_do(w, "org.close", "{\"org\":\"T1\",\"at\":\"2017-08-01\"}");
	world_do(w, "org.close", "{\"org\":\"T2\",\"at\":\"2017-08-01\"}");
	world_import(w, "circle.csv",
		     STR("from,kind,to,start\nT1,succeeded_by,G1,2017-08-01\n"
			 "T2,succeeded_by,T1,2017-08-01\n"),
		     day_ms("2017-05-03"));
	assert_successions(w, "2017-08-02", "");
}

static void a_successor_is_one_and_leads_nowhere_back(void **state)
{
	static const struct {
		const char *act, *body, *why;
	} cases[] = {
		{"org.succeed", "{\"org\":\"G1\",\"at\":\"2017-06-02\",\"successor\":\"T1\"}",
		 "G2 succeeds G1 already: one successor at a time"},
		{"org.close", "{\"org\":\"G1\",\"at\":\"2017-06-02\",\"successor\":\"T1\"}",
		 "G2 succeeds G1 already"},
		{"org.relate", "{\"org\":\"G1\",\"kind\":\"succeeded_by\",\"to\":\"T1\"}",
		 "G2 succeeds G1 already"},
		{"org.succeed", "{\"org\":\"G2\",\"at\":\"2017-05-12\",\"successor\":\"G1\"}",
		 "successors in a circle: G2 succeeds G1"},
		{"org.succeed", "{\"org\":\"T1\",\"at\":\"2017-05-12\",\"successor\":\"C1\"}",
		 "successors in a circle: T1 succeeds G2"},
		{"org.relate", "{\"org\":\"G2\",\"kind\":\"succeeded_by\",\"to\":\"C1\"}",
		 "T1 succeeds G2 already"},
	};
	struct world *w = *state;
	struct err err = {0};

	world_do(w, "org.succeed", "{\"org\":\"G1\",\"at\":\"2017-06-01\",\"successor\":\"G2\"}");
	world_do(w, "org.succeed", "{\"org\":\"G1\",\"at\":\"2017-05-30\",\"successor\":\"G2\"}");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (i == 4)
			world_do(w, "org.succeed",
				 "{\"org\":\"G2\",\"at\":\"2017-07-01\",\"successor\":\"T1\"}");
		assert_false(world_try_as(w, "national-lead", cases[i].act, cases[i].body, &err));
		if (!strstr(err.text, cases[i].why))
			fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i].why);
	}
}

static void who_oversees_alerts_reads_counts(void **state)
{
	struct world *w = *state;

	assert_int_equal(sees(w, "south", "T1"), SEES_NOTHING);
	world_do(w, "oversight.set",
		 "{\"org\":\"T1\",\"duty\":\"alerts\",\"body\":\"R1\",\"lead\":true}");
	world_do(w, "oversight.set",
		 "{\"org\":\"T1\",\"duty\":\"alerts\",\"body\":\"R2\",\"lead\":false}");
	world_do(w, "oversight.set",
		 "{\"org\":\"T1\",\"duty\":\"alerts\",\"body\":\"S1\",\"lead\":false,"
		 "\"end\":\"2017-06-01\"}");
	world_do(w, "oversight.set",
		 "{\"org\":\"T1\",\"duty\":\"evidence\",\"body\":\"S2\",\"lead\":true}");
	assert_int_equal(sees(w, "south", "T1"), SEES_COUNTS);
	assert_int_equal(sees(w, "desk@s1", "t1"), SEES_COUNTS);
	assert_int_equal(sees(w, "desk@s2", "T1"), SEES_NOTHING);
	assert_int_equal(sees(w, "gone@s1", "T1"), SEES_NOTHING);
	assert_int_equal(sees(w, "partner@g1", "T1"), SEES_NOTHING);
	assert_int_equal(sees(w, "south", "G1"), SEES_NOTHING);
	assert_false(may(w, "south", "alert.answer", "T1", ""));
	w->now_ms = day_ms("2017-06-02");
	assert_int_equal(sees(w, "desk@s1", "T1"), SEES_NOTHING);
}

static void thousands_delegate_to_one(void **state)
{
	enum { MANY = 2000 };
	struct world *w = *state;
	AUTO(text_freep) struct text csv = {0};
	struct err err = {0};
	char body[128];

	text_add(&csv, STR("code,name\n"));
	for (unsigned i = 0; i < MANY; i++)
		text_addf(&csv, "P%04u,Practice %u\n", i, i);
	world_import(w, "organisations.csv", text_str(&csv), day_ms("2017-05-02"));
	for (unsigned i = 0; i < MANY; i += 20) {
		snprintf(body, sizeof(body),
			 "{\"gives\":[\"answer\"],\"org\":\"P%04u\",\"to\":\"S1\"}", i);
		assert_true(world_try(w, "delegation.grant", str_of(body), NULL, &err));
	}
	assert_int_equal(delegations(w, (struct delegation_filter){.post = STR("desk@s1"),
								   .gives = GIVES_ANSWER}),
			 MANY / 20);
	assert_true(may(w, "desk@s1", "alert.answer", "P0020", ""));
	assert_false(may(w, "desk@s1", "alert.answer", "P0021", ""));
}

/* --- random delegations against a plain re-statement of the rule --- */

static const char *const givers[] = {"G1", "G2", "T1", "T2"};
static const char *const takers[] = {"S1", "S2", "desk@s1", "night@s1", "desk@s2"};
static const char *const desks[] = {"desk@s1", "night@s1", "desk@s2"};
static const char *const works[] = {"estate.read", "alert.answer", "estate.write"};

/* One grant or end, as it was said. */
struct utterance {
	unsigned giver, taker, gives; /* gives 0: an end */
	int64_t said_ms, start_ms, end_ms;
};

struct talk {
	struct utterance v[200];
	size_t n;
};

/* Is the desk the taker, or of the organisation that is? */
static bool is_of(unsigned desk, unsigned taker)
{
	if (taker < 2)
		return (desk < 2) == (taker == 0);
	return desk == taker - 2;
}

/* The rule in plain words: some grant of it to him that has begun and is not over, and that no
 * end said later to the same receiver has ended. */
static bool plainly_may(const struct talk *t, struct utterance ask, int64_t at_ms)
{
	for (size_t g = 0; g < t->n; g++) {
		const struct utterance *u = &t->v[g];
		bool stands = u->giver == ask.giver && is_of(ask.taker, u->taker) &&
			      (u->gives & ask.gives) && u->said_ms <= at_ms &&
			      u->start_ms <= at_ms && (!u->end_ms || at_ms < u->end_ms);

		for (size_t e = g + 1; e < t->n && stands; e++)
			stands = t->v[e].gives || t->v[e].giver != u->giver ||
				 t->v[e].taker != u->taker || at_ms < t->v[e].said_ms ||
				 at_ms < t->v[e].end_ms;
		if (stands)
			return true;
	}
	return false;
}

static void utter(struct world *w, struct talk *t, struct rng *rng)
{
	static const char *const gives[] = {"",
					    "\"view\"",
					    "\"answer\"",
					    "\"view\",\"answer\"",
					    "\"evidence\"",
					    "\"view\",\"evidence\"",
					    "\"answer\",\"evidence\"",
					    "\"view\",\"answer\",\"evidence\""};
	AUTO(text_freep) struct text body = {0};
	struct utterance u = {.giver = rng_below(rng, ARRAY_LEN(givers)),
			      .taker = rng_below(rng, ARRAY_LEN(takers)),
			      .gives = rng_below(rng, 3) ? 1 + rng_below(rng, 7) : 0,
			      .said_ms = w->now_ms};
	char start[STAMP_BYTES], end[STAMP_BYTES];
	struct err err = {0};

	u.start_ms = w->now_ms + ((int64_t)rng_below(rng, 8) - 4) * MS_PER_DAY;
	u.end_ms = w->now_ms + (1 + (int64_t)rng_below(rng, 8)) * MS_PER_DAY;
	stamp_format(u.start_ms, start);
	stamp_format(u.end_ms, end);
	text_addf(&body, "{\"org\":\"%s\",\"%s\":\"%s\"", givers[u.giver],
		  u.taker < 2 ? "to" : "to_post", takers[u.taker]);
	if (u.gives)
		text_addf(&body, ",\"gives\":[%s],\"start\":\"%s\",\"end\":\"%s\"}", gives[u.gives],
			  start, end);
	else
		text_addf(&body, ",\"at\":\"%s\"}", u.start_ms < w->now_ms ? start : end);
	if (!u.gives && u.start_ms < w->now_ms)
		u.end_ms = 0;
	if (world_try_as(w, "partner@g1", u.gives ? "delegation.grant" : "delegation.end",
			 text_c(&body), &err))
		t->v[t->n++] = u;
	else if (u.gives && !strstr(err.text, "is not after"))
		fail_msg("%s", err.text);
}

static void random_delegations_hold_as_the_plain_rule_says(void **state)
{
	struct world *w = *state;
	struct talk t = {.n = 0};
	struct rng rng = rng_of(20170512, 3);
	int64_t from_ms = w->now_ms;
	unsigned yes = 0;

	for (unsigned i = 0; i < 150; i++) {
		utter(w, &t, &rng);
		w->now_ms += (int64_t)rng_below(&rng, 2) * MS_PER_DAY / 3;
	}
	for (unsigned i = 0; i < 3000; i++) {
		unsigned work = rng_below(&rng, ARRAY_LEN(works));
		struct utterance ask = {.giver = rng_below(&rng, ARRAY_LEN(givers)),
					.taker = rng_below(&rng, ARRAY_LEN(desks)),
					.gives = 1u << work};
		bool want;

		w->now_ms = from_ms + (int64_t)rng_below(&rng, 120) * MS_PER_DAY / 3;
		want = plainly_may(&t, ask, w->now_ms);
		yes += want;
		if (may(w, desks[ask.taker], works[work], givers[ask.giver], "") != want)
			fail_msg("question %u: %s %s for %s", i, desks[ask.taker], works[work],
				 givers[ask.giver]);
	}
	assert_true(yes > 300 && yes < 2700);
	world_rebuild_reversed(w);
}

static void what_a_kind_may_is_pure(void **state)
{
	(void)state;
	assert_true(directory_kind_may(STR("siro"), STR("delegation.write"), REACH_OWN));
	assert_false(directory_kind_may(STR("siro"), STR("delegation.write"), REACH_DELEGATED));
	assert_true(directory_kind_may(STR("partner"), STR("except.approve"), REACH_OWN));
	assert_true(directory_kind_may(STR("responder"), STR("alert.answer"), REACH_DELEGATED));
	assert_false(directory_kind_may(STR("responder"), STR("alert.answer"), REACH_REGION));
	assert_true(directory_kind_may(STR("regional-lead"), STR("org.write"), REACH_REGION));
	assert_false(directory_kind_may(STR("regional-lead"), STR("org.write"), REACH_ELSEWHERE));
	assert_false(directory_kind_may(STR("regional-lead"), STR("org.write"), REACH_SERVICE));
	assert_true(directory_kind_may(STR("regional-lead"), STR("journal.read"), REACH_SERVICE));
	assert_true(directory_kind_may(STR("national-lead"), STR("org.write"), REACH_SERVICE));
	assert_false(directory_kind_may(STR("national-lead"), STR("delegation.write"), REACH_OWN));
	assert_false(directory_kind_may(STR("nobody"), STR("org.write"), REACH_OWN));
}

static void where_it_stands_is_not_its_own_to_say(void **state)
{
	struct world *w = *state;

	world_do_as(
		w, "partner@g1", "org.change",
		"{\"org\":\"G1\",\"name\":\"New name\",\"expected_devices\":30,\"patients\":900,"
		"\"staff\":12}");
	world_refused(w, "partner@g1", "org.change", "{\"org\":\"G1\",\"region\":\"R1\"}",
		      "the region of G1");
	world_refused(w, "partner@g1", "org.change", "{\"org\":\"G1\",\"parent\":\"R1\"}",
		      "the parent of G1");
	world_refused(w, "partner@g1", "org.change", "{\"org\":\"G1\",\"role\":\"trust\"}",
		      "takes the right org.place");
	world_refused(w, "partner@g1", "org.change",
		      "{\"org\":\"G1\",\"name\":\"X\",\"opened\":\"2017-01-01\"}",
		      "the date of opening of G1");
	assert_false(directory_kind_may(STR("siro"), STR("org.place"), REACH_OWN));
	assert_false(directory_kind_may(STR("partner"), STR("org.place"), REACH_OWN));
	assert_true(directory_kind_may(STR("siro"), STR("org.write"), REACH_OWN));
	assert_true(directory_kind_may(STR("regional-lead"), STR("org.place"), REACH_REGION));
	assert_false(directory_kind_may(STR("regional-lead"), STR("org.place"), REACH_ELSEWHERE));
	world_do_as(w, "north", "org.change",
		    "{\"org\":\"G1\",\"role\":\"gp_practice\",\"region\":\"R1\"}");
}

#define PEOPLED(fn) cmocka_unit_test_setup_teardown(fn, open_peopled, world_close)

const struct CMUnitTest directory_rights_tests[] = {
	PEOPLED(a_delegation_lets_another_act),
	PEOPLED(a_delegation_is_not_handed_on),
	PEOPLED(a_delegation_can_be_to_one_post_or_for_services),
	PEOPLED(an_end_ends_what_was_granted_before),
	PEOPLED(delegations_are_found_from_either_end),
	PEOPLED(what_makes_no_sense_is_not_delegated),
	PEOPLED(delegations_do_not_run_in_a_circle),
	PEOPLED(one_body_leads_and_the_others_read),
	PEOPLED(what_makes_no_sense_oversees_nobody),
	PEOPLED(a_disclosure_opens_for_eight_hours),
	PEOPLED(devices_are_expected_by_class),
	PEOPLED(where_it_stands_is_not_its_own_to_say),
	PEOPLED(what_is_anothers_stays_so),
	PEOPLED(who_may_not_make_posts_imports_none),
	PEOPLED(two_posts_may_be_one_person),
	PEOPLED(successors_are_followed_to_the_open_one),
	PEOPLED(a_successor_is_one_and_leads_nowhere_back),
	PEOPLED(who_oversees_alerts_reads_counts),
	PEOPLED(thousands_delegate_to_one),
	PEOPLED(random_delegations_hold_as_the_plain_rule_says),
	cmocka_unit_test(what_a_kind_may_is_pure),
};
const size_t directory_rights_tests_n = ARRAY_LEN(directory_rights_tests);
