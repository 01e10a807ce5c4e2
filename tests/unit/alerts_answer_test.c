#include "alerts_world.h"

/* What organisations and suppliers say: what is taken, and what is refused in a line. */

#define T1 "{'alert':'CC-2017-0001','org':'T1'"
#define P1 "{'alert':'CC-2017-0001','org':'P1'"
#define EVERYONE "'audience':{'everyone':true}"
#define EXCEPT "'reason':'old','opinion':'safe','controls':'walled off'"
#define INVENTORY                                                                                  \
	"device,class,os,os_version\nPC1,workstation,Windows 7,6.1.7601\n"                         \
	"PC2,workstation,Windows 7,6.1.7601\n"

static void who_may_answer_for_whom(void **state)
{
	struct world *w = *state;

	world_refuses(w, "t1-lead", "alert.acknowledge", T1 "}", "no alert CC-2017-0001");
	world_do(w, "analyst", "alert.draft",
		 "{'alert':'CC-2017-0002','base':0,'weight':'first','title':'SMB','severity':"
		 "'high','tlp':'GREEN','about':{'confirmation':true},'audience':{'orgs':['T1']},"
		 "'outcomes':['confirmation']}");
	world_refuses(w, "t1-lead", "alert.acknowledge", "{'alert':'CC-2017-0002','org':'T1'}",
		      "is not published yet");
	world_publish(w, "CC-2017-0001");
	world_do(w, "t1-lead", "alert.acknowledge", T1 "}");
	world_do(w, "t1-lead", "alert.acknowledge", T1 "}");
	world_refuses(w, "t1-lead", "alert.acknowledge", P1 "}", "may not");
	world_do(w, "r1-lead", "alert.acknowledge", P1 "}");
	world_refuses(w, "r1-lead", "alert.acknowledge", "{'alert':'CC-2017-0001','org':'T2'}",
		      "may not");
	world_refuses(w, "nobody", "alert.acknowledge", T1 "}", "no post nobody");
	world_refuses(w, "t1-lead", "alert.acknowledge", "{'alert':'CC-2017-0001','org':'t1'}",
		      "is written T1");
	world_do(w, "analyst", "org.add", "{'org':'T4','name':'Late','role':'trust'}");
	world_refuses(w, "national-lead", "alert.acknowledge",
		      "{'alert':'CC-2017-0001','org':'T4'}",
		      "CC-2017-0001 does not ask T4: it is not in its audience");
	world_rebuild_same(w);
}

static void what_does_not_apply_has_a_reason(void **state)
{
	struct world *w = *state;

	world_publish(w, "CC-2017-0001");
	world_inventory(w, "T1", INVENTORY);
	world_refuses(w, "t1-lead", "alert.applicability", T1 "}", "\"applicable\" is missing");
	world_refuses(w, "t1-lead", "alert.applicability", T1 ",'applicable':false}",
		      "\"reason\" is missing");
	world_refuses(w, "t1-lead", "alert.applicability",
		      T1 ",'applicable':false,'reason':'no SMB','devices':['PC1','PC7','pc2']}",
		      "T1 has no device PC7, pc2");
	world_do(w, "t1-lead", "alert.applicability",
		 T1 ",'applicable':false,'reason':'no SMB','devices':['PC2','PC1','PC2']}");
	world_do(w, "t1-lead", "alert.applicability", T1 ",'applicable':true}");
	assert_int_equal(world_count(w, SQL("SELECT COUNT(*) FROM alerts_claim WHERE devices ="
					    " 'PC1\nPC2\n'")),
			 1);
	world_rebuild_same(w);
}

static void progress_names_what_is_in_the_way(void **state)
{
	struct world *w = *state;

	world_publish(w, "CC-2017-0001");
	world_do(w, "t1-lead", "alert.progress", T1 ",'kind':'in_progress','date':'2017-06-01'}");
	world_do(w, "t1-lead", "alert.progress", T1 ",'kind':'help','note':'no hands'}");
	world_do(w, "t1-lead", "alert.progress", T1 ",'kind':'blocked','supplier':'s1'}");
	world_refuses(w, "t1-lead", "alert.progress", T1 ",'kind':'stuck'}",
		      "in_progress, blocked or help");
	world_refuses(w, "t1-lead", "alert.progress",
		      T1 ",'kind':'in_progress','date':'2017-05-01'}",
		      "the date promised, 2017-05-01 00:00 UTC, is past");
	world_refuses(w, "t1-lead", "alert.progress", T1 ",'kind':'blocked'}",
		      "say by which supplier");
	world_refuses(w, "t1-lead", "alert.progress", T1 ",'kind':'blocked','supplier':'S7'}",
		      "the supplier: ");
	world_refuses(w, "t1-lead", "alert.progress", T1 ",'kind':'blocked','supplier':'T1'}",
		      "blocked by itself");
	world_refuses(w, "t1-lead", "alert.progress", T1 ",'kind':'help','supplier':'S1'}",
		      "only what is blocked");
	world_rebuild_same(w);
}

static void a_claim_is_held_to_what_it_says(void **state)
{
	struct world *w = *state;

	world_publish(w, "CC-2017-0001");
	world_do(w, "t1-lead", "alert.claim", T1 ",'kind':'fixed'}");
	world_do(w, "t1-lead", "alert.claim",
		 T1 ",'kind':'mitigated','how':'SMBv1 off','until':'2017-06-01'}");
	world_refuses(w, "t1-lead", "alert.claim", T1 ",'kind':'done'}",
		      "fixed, mitigated or attested");
	world_refuses(w, "t1-lead", "alert.claim", T1 ",'kind':'mitigated','how':'x'}",
		      "until when?");
	world_refuses(w, "t1-lead", "alert.claim", T1 ",'kind':'mitigated','until':'2017-06-01'}",
		      "\"how\" is missing");
	world_refuses(w, "t1-lead", "alert.claim",
		      T1 ",'kind':'mitigated','how':'x','until':'2017-05-12'}",
		      "mitigated until 2017-05-12 00:00 UTC expires before it starts");
	world_refuses(w, "t1-lead", "alert.claim", T1 ",'kind':'fixed','until':'2017-06-01'}",
		      "not fixed until a date");
	world_refuses(w, "t1-lead", "alert.claim", T1 ",'kind':'fixed','devices':['X']}",
		      "T1 has no device X");
	world_refuses(w, "t1-lead", "alert.claim", T1 ",'kind':'fixed','devices':'X'}",
		      "\"devices\" is a string");
}

static void outcomes_say_which_claims_answer(void **state)
{
	struct world *w = *state;

	world_issue(w, "CC-2017-0001",
		    "'about':{'cves':['CVE-2017-0144']},'outcomes':['isolation']," EVERYONE);
	world_refuses(w, "t1-lead", "alert.claim", T1 ",'kind':'fixed'}",
		      "is satisfied by isolation: a claim of fixed answers nothing");
	world_do(w, "t1-lead", "alert.claim",
		 T1 ",'kind':'mitigated','how':'unplugged','until':'2017-06-01'}");
}

/* Who can send evidence does not attest, unless there is nothing an inventory could show. */
static void who_sends_inventories_does_not_attest(void **state)
{
	struct world *w = *state;

	world_publish(w, "CC-2017-0001");
	world_refuses(w, "t1-lead", "alert.except", T1 "," EXCEPT ",'until':'2018-06-01'}",
		      "an exception for longer than a year");
	world_refuses(w, "t1-lead", "alert.except",
		      T1 "," EXCEPT ",'until':'2017-06-01','devices':[]}",
		      "\"devices\" names none");
	world_refuses(w, "t1-lead", "alert.except",
		      T1 "," EXCEPT ",'until':'2017-06-01','devices':['']}", "which is no name");
	world_refuses(w, "t1-lead", "alert.claim", T1 ",'kind':'attested','until':'2018-06-01'}",
		      "longer than a year");
	world_do(w, "t1-lead", "alert.claim", T1 ",'kind':'attested','until':'2018-05-01'}");
	world_inventory(w, "T1", INVENTORY);
	world_refuses(w, "t1-lead", "alert.claim", T1 ",'kind':'attested','until':'2018-05-01'}",
		      "T1 has sent an inventory: its evidence answers");
	world_rebuild_same(w);
}

static void a_confirmation_is_attested(void **state)
{
	struct world *w = *state;

	world_issue(w, "CC-2017-0001",
		    "'about':{'confirmation':true},'outcomes':['confirmation']," EVERYONE);
	world_inventory(w, "T1", INVENTORY);
	world_do(w, "t1-lead", "alert.claim", T1 ",'kind':'attested','until':'2018-05-01'}");
	world_refuses(w, "t1-lead", "alert.claim", T1 ",'kind':'fixed'}",
		      "is satisfied by confirmation");
}

/* --- exceptions --- */

static void an_exception_says_all_it_must(void **state)
{
	struct world *w = *state;

	world_publish(w, "CC-2017-0001");
	world_do(w, "t1-lead", "alert.except", T1 "," EXCEPT ",'until':'2017-06-01'}");
	world_refuses(w, "t1-lead", "alert.except", T1 "," EXCEPT "}", "\"until\" is missing");
	world_refuses(w, "t1-lead", "alert.except", T1 "," EXCEPT ",'until':'2017-05-11'}",
		      "an exception until 2017-05-11 00:00 UTC expires before it starts");
	world_refuses(w, "t1-lead", "alert.except",
		      T1 ",'reason':'old','controls':'x','until':'2017-06-01'}",
		      "\"opinion\" is missing");
	world_refuses(w, "t1-lead", "alert.except",
		      T1 ",'reason':'old','opinion':'x','until':'2017-06-01'}",
		      "\"controls\" is missing");
}

static void decide(struct world *w, const char *post, const char *how, const char *refusal)
{
	char body[300], site[32];
	struct journal_head head;
	struct err err = {0};

	assert_true(journal_head(w->journal, &head, &err));
	snprintf(site, sizeof(site), "%.*s", STR_FMT(head.site));
	snprintf(body, sizeof(body),
		 "{'alert':'CC-2017-0001','org':'T1','claim':{'site':'%s','number':%ju},%s}", site,
		 (uintmax_t)w->number, how);
	if (refusal)
		world_refuses(w, post, "alert.decide", body, refusal);
	else
		world_do(w, post, "alert.decide", body);
}

#define GRANT "'approve':true,'reason':'agreed'"

static void a_siro_decides_for_thirty_days(void **state)
{
	struct world *w = *state;
	uint64_t claim;

	world_publish(w, "CC-2017-0001");
	world_do(w, "t1-lead", "alert.except", T1 "," EXCEPT ",'until':'2017-06-11'}");
	claim = w->number;
	decide(w, "t1-lead", GRANT, "may not");
	decide(w, "t1-siro", "'approve':false", "\"reason\" is missing");
	w->number = claim;
	decide(w, "t1-siro", "'approve':true",
	       "who grants an exception says why: \"reason\" is missing");
	decide(w, "t1-siro", "'approve':true,'reason':' '", "who grants an exception says why");
	decide(w, "t1-siro", GRANT, NULL);
	w->number = claim;
	decide(w, "r1-lead", GRANT, "was approved by t1-siro on 2017-05-12 09:00 UTC");
	world_do(w, "t1-lead", "alert.except", T1 "," EXCEPT ",'until':'2017-06-13'}");
	decide(w, "t1-siro", GRANT,
	       "is more than 30 days from the claim: a regional-lead of R1 or the national-lead "
	       "decides");
	decide(w, "r1-lead", GRANT, NULL);
	world_do(w, "t1-lead", "alert.claim",
		 T1 ",'kind':'mitigated','how':'off','until':'2018-05-12'}");
	claim = w->number;
	decide(w, "t1-siro", "'approve':false,'reason':'too long'", NULL);
	w->number = claim;
	decide(w, "r1-lead", GRANT, "was refused by t1-siro");
	world_rebuild_same(w);
}

static void nobody_decides_on_what_they_asked(void **state)
{
	struct world *w = *state;

	world_publish(w, "CC-2017-0001");
	world_do(w, "t1-siro", "alert.except", T1 "," EXCEPT ",'until':'2017-06-11'}");
	decide(w, "t1-siro", GRANT, "t1-siro asked for it: a second person decides");
	world_do(w, "national-lead", "post.add", "{'post':'t1-friend','kind':'siro','org':'T1'}");
	w->number--;
	decide(w, "t1-friend", GRANT, "nobody holds t1-friend: a second person decides");
	decide(w, "t1-friend", "'approve':false,'reason':'no'", "nobody holds t1-friend");
	world_do(w, "national-lead", "person.add", "{'person':'ann','name':'Ann','org':'T1'}");
	world_do(w, "national-lead", "post.hold",
		 "{'post':'t1-siro','person':'ann','from':'2017-01-01'}");
	world_do(w, "national-lead", "post.hold",
		 "{'post':'r1-lead','person':'ann','from':'2017-01-01'}");
	w->number -= 4; /* three, and the post made above */
	decide(w, "r1-lead", GRANT, "one person holds both posts");
	decide(w, "national-lead", GRANT, NULL);
	w->number = 1;
	decide(w, "national-lead", GRANT, "is no answer of T1");
	world_do(w, "t1-lead", "alert.acknowledge", T1 "}");
	decide(w, "national-lead", GRANT, "neither a mitigation nor an exception");
	world_do(w, "t1-lead", "alert.except", T1 "," EXCEPT ",'until':'2017-05-13'}");
	world_at(w, "2017-05-14T00:00:00Z");
	decide(w, "t1-siro", GRANT, "ran out on 2017-05-13 00:00 UTC");
}

/* --- suppliers --- */

/* What T1's obligation says of S1, for which it waits. */
static void waits_are(struct world *w, const char *want)
{
	const struct alerts_view view = world_view(w);
	AUTO(text_freep) struct text got = {0};
	struct obligation_detail d;
	char stamp[STAMP_BYTES];
	struct err err = {0};

	if (!alert_obligation(&view, STR("CC-2017-0001"), STR("T1"), &d, &err))
		fail_msg("%s", err.text);
	assert_int_equal(d.nwaits, 1);
	assert_true(str_is(d.waits->supplier, "S1") && str_is(d.waits->name, "Scanners"));
	assert_int_equal(d.waits->asked_ms, w->now_ms);
	text_add(&got, d.waits->answer);
	if (d.waits->reference.n)
		text_addf(&got, " %.*s", STR_FMT(d.waits->reference));
	if (d.waits->note.n)
		text_addf(&got, " %.*s", STR_FMT(d.waits->note));
	if (d.waits->answer.n && d.waits->due_ms)
		text_addf(&got, " due %.*s", STR_FMT(stamp_format(d.waits->due_ms, stamp)));
	assert_string_equal(text_c(&got), want);
}

static void a_supplier_answers_who_waits(void **state)
{
	static const char fix[] = "{'alert':'CC-2017-0001','org':'S1','kind':'fix','reference':"
				  "'FB-12','note':'authorised'}";
	struct world *w = *state;

	world_publish(w, "CC-2017-0001");
	world_refuses(w, "s1-resp", "alert.supply", fix, "waits for S1");
	world_do(w, "t1-lead", "alert.progress", T1 ",'kind':'blocked','supplier':'S1'}");
	world_refuses(w, "t1-lead", "alert.supply", fix, "may not");
	world_refuses(w, "s1-resp", "alert.supply",
		      "{'alert':'CC-2017-0001','org':'S1','kind':'fix','reference':'F',"
		      "'date':'2019-01-01'}",
		      "is to come: say \"working\"");
	world_refuses(w, "s1-resp", "alert.supply",
		      "{'alert':'CC-2017-0001','org':'S1','kind':'soon'}",
		      "working, fix or no_fix");
	world_refuses(w, "s1-resp", "alert.supply",
		      "{'alert':'CC-2017-0001','org':'S1','kind':'working','date':'2017-01-01'}",
		      "is past");
	waits_are(w, "");
	world_do(w, "s1-resp", "alert.supply",
		 "{'alert':'CC-2017-0001','org':'S1','kind':'working','date':'2017-05-20'}");
	waits_are(w, "working due 2017-05-15T09:00:00.000Z");
	world_do(w, "s1-resp", "alert.supply", fix);
	waits_are(w, "fix FB-12 authorised");
	assert_int_equal(world_count(w, SQL("SELECT COUNT(*) FROM alerts_supply")), 2);
	world_rebuild_same(w);
}

/* --- mergers and delegations --- */

static void a_successor_answers_for_what_it_took_over(void **state)
{
	struct world *w = *state;
	const struct alerts_view *view = &(struct alerts_view){0};
	struct str_list orgs;
	struct err err = {0};

	world_inventory(w, "T9", INVENTORY);
	world_issue(w, "CC-2017-0001",
		    "'about':{'cves':['CVE-2017-0144']},'outcomes':['fix']," EVERYONE);
	world_do(w, "national-lead", "org.add", "{'org':'T8','name':'Merged','role':'trust'}");
	world_at(w, "2017-06-01T09:00:00Z");
	world_refuses(w, "national-lead", "alert.acknowledge",
		      "{'alert':'CC-2017-0001','org':'T8'}", "does not ask T8");
	world_do(w, "national-lead", "org.close",
		 "{'org':'T9','at':'2017-06-01','successor':'T8'}");
	world_refuses(w, "national-lead", "alert.acknowledge",
		      "{'alert':'CC-2017-0001','org':'T9'}",
		      "T9 is closed: its successor answers, T8");
	world_do(w, "national-lead", "alert.claim",
		 "{'alert':'CC-2017-0001','org':'T8','kind':'fixed','devices':['PC1']}");
	view = &(struct alerts_view){w->store, w->arena, w->now_ms};
	assert_true(alert_answerable(view, STR("CC-2017-0001"), STR("national-lead"), &orgs, &err));
	assert_int_equal(orgs.n, 11);
	assert_true(str_is(orgs.v[9], "T8"));
}

static void who_may_answer_is_listed(void **state)
{
	struct world *w = *state;
	const struct alerts_view view = world_view(w);
	struct str_list orgs;
	struct err err = {0};

	world_publish(w, "CC-2017-0001");
	world_do(w, "national-lead", "post.add",
		 "{'post':'p1-partner','kind':'partner','org':'P1'}");
	world_do(w, "national-lead", "post.add",
		 "{'post':'p2-partner','kind':'partner','org':'P2'}");
	world_do(w, "p1-partner", "delegation.grant",
		 "{'org':'P1','to':'S1','gives':['view','answer']}");
	world_do(w, "p2-partner", "delegation.grant", "{'org':'P2','to':'S1','gives':['view']}");
	assert_true(alert_answerable(&view, STR("CC-2017-0001"), STR("s1-resp"), &orgs, &err));
	assert_int_equal(orgs.n, 2);
	assert_true(str_is(orgs.v[0], "P1") && str_is(orgs.v[1], "S1"));
	world_do(w, "s1-resp", "alert.acknowledge", P1 "}");
	world_refuses(w, "s1-resp", "alert.acknowledge", "{'alert':'CC-2017-0001','org':'P2'}",
		      "may not");
	assert_true(alert_answerable(&view, STR("CC-2017-0001"), STR("r1-lead"), &orgs, &err));
	assert_int_equal(orgs.n, 7); /* P1 P2 P3 Q1 R1 T1 T9 */
	assert_true(alert_answerable(&view, STR("CC-2017-0001"), STR("t1-lead"), &orgs, &err));
	assert_int_equal(orgs.n, 1);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int alerts_answer_run(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_may_answer_for_whom),
		CASE(what_does_not_apply_has_a_reason),
		CASE(progress_names_what_is_in_the_way),
		CASE(a_claim_is_held_to_what_it_says),
		CASE(outcomes_say_which_claims_answer),
		CASE(who_sends_inventories_does_not_attest),
		CASE(a_confirmation_is_attested),
		CASE(an_exception_says_all_it_must),
		CASE(a_siro_decides_for_thirty_days),
		CASE(nobody_decides_on_what_they_asked),
		CASE(a_supplier_answers_who_waits),
		CASE(a_successor_answers_for_what_it_took_over),
		CASE(who_may_answer_is_listed),
	};

	return cmocka_run_group_tests_name("alerts, answers", tests, NULL, NULL);
}
