#include "alerts_world.h"

/* What was said of alerts: who may say it, when, and what it leaves. */

#define ABOUT "'about':{'cves':['CVE-2017-0144']}"
#define ALL "'audience':{'everyone':true}"
#define REST                                                                                       \
	"'title':'SMB','severity':'high','tlp':'GREEN','text':'Patch.','outcomes':['fix',"         \
	"'mitigation']"
#define NEW "'alert':'CC-2017-0001','base':0,'weight':'first',"

static void an_alert_goes_out_and_is_answered(void **state)
{
	struct world *w = *state;
	struct alert a;

	world_publish(w, "CC-2017-0001");
	a = world_alert(w, "cc-2017-0001");
	assert_int_equal(a.life, ALERT_PUBLISHED);
	assert_int_equal(a.members, 11); /* X26, R1, R2, T1, T2, T9, Q1, P1, P2, P3, S1 */
	assert_true(str_is(a.author, "analyst"));
	assert_true(str_is(a.approver, "national-lead"));
	assert_int_equal(a.asked_ms, w->now_ms);
	assert_false(a.pending);
	world_do(w, "t1-lead", "alert.acknowledge", "{'alert':'CC-2017-0001','org':'T1'}");
	world_do(w, "t1-lead", "alert.claim", "{'alert':'CC-2017-0001','org':'T1','kind':'fixed'}");
	assert_int_equal(world_count(w, SQL("SELECT COUNT(*) FROM alerts_claim")), 2);
	world_rebuild_same(w);
}

/* --- what a draft may say --- */

static void a_bad_draft_is_refused_in_a_line(void **state)
{
	static const char *const bad[][2] = {
		{"{" NEW REST "," ABOUT "}", "\"audience\" is missing"},
		{"{" NEW REST "," ABOUT ",'audience':{}}", "for nobody"},
		{"{" NEW REST "," ALL ",'about':{}}", "about nothing"},
		{"{" NEW REST "," ALL ",'about':{'cves':['CVE-17']}}", "\"CVE-17\" is no CVE"},
		{"{" NEW REST "," ALL ",'about':{'cves':['CVE-2017-0144'],'confirmation':true}}",
		 "confirmation only is about no"},
		{"{" NEW REST "," ALL ",'about':{'confirmation':true}}", "has that outcome alone"},
		{"{" NEW REST "," ABOUT ",'audience':{'roles':['druid']}}", "has the role druid"},
		{"{" NEW REST "," ABOUT ",'audience':{'regions':['R7']}}", "the region R7"},
		{"{" NEW REST "," ABOUT ",'audience':{'regions':['T1']}}", "T1 is no region but a"},
		{"{" NEW REST "," ABOUT ",'audience':{'parents':['Q9']}}", "the parent Q9"},
		{"{" NEW REST "," ABOUT ",'audience':{'orgs':['T77']}}", "the organisation T77"},
		{"{" NEW REST "," ABOUT ",'audience':{'everyone':true,'except':['T78']}}", "T78"},
		{"{" NEW REST "," ABOUT "," ALL ",'remediate_by':'2017-05-01'}", "is past"},
		{"{" NEW REST "," ABOUT "," ALL ",'remediate_by':'soon'}", "\"soon\" is no time"},
		{"{" NEW REST "," ABOUT "," ALL ",'classes':['toaster']}", "toaster"},
		{"{" NEW REST "," ABOUT "," ALL ",'ssvc':'panic'}", "no SSVC decision"},
		{"{" NEW REST "," ABOUT "," ALL ",'supersedes':'CC-2016-0001'}",
		 "no alert CC-2016"},
		{"{" NEW REST "," ABOUT "," ALL ",'supersedes':'CC-2017-0001'}",
		 "supersede itself"},
		{"{" NEW REST "," ALL ",'about':{'query':'colour:blue'}}", "colour:blue"},
		{"{'alert':'CC-17-1','base':0,'weight':'first'," REST "," ABOUT "," ALL "}",
		 "no number of an alert"},
		{"{'alert':'CC-2017-0001','base':3,'weight':'first'," REST "," ABOUT "," ALL "}",
		 "there is no alert"},
		{"{'alert':'CC-2017-0001','base':0,'weight':'major'," REST "," ABOUT "," ALL "}",
		 "is not published yet"},
		{"{'alert':'CC-2017-0001','base':0,'weight':'light'," REST "," ABOUT "," ALL "}",
		 "first, minor or major"},
		{"{" NEW "'title':'A','severity':'bad','tlp':'RED','outcomes':['fix']," ABOUT
		 "," ALL "}",
		 "no severity"},
		{"{" NEW "'title':'A','severity':'low','tlp':'PUCE','outcomes':['fix']," ABOUT
		 "," ALL "}",
		 "no TLP label"},
		{"{" NEW "'title':'A','severity':'low','tlp':'RED','outcomes':[]," ABOUT "," ALL
		 "}",
		 "no outcome"},
		{"{" NEW "'title':'A','severity':'low','tlp':'RED','outcomes':['hope']," ABOUT
		 "," ALL "}",
		 "\"hope\" is no outcome"},
		{"{" NEW "'title':' ','severity':'low','tlp':'RED','outcomes':['fix']," ABOUT
		 "," ALL "}",
		 "\"title\" is missing"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		world_refuses(w, "analyst", "alert.draft", bad[i][0], bad[i][1]);
	assert_int_equal(world_count(w, SQL("SELECT COUNT(*) FROM alerts_revision")), 0);
	world_refuses(w, "t1-lead", "alert.draft", "{" NEW REST "," ABOUT "," ALL "}", "may not");
}

static void what_was_drafted_reads_back(void **state)
{
	struct world *w = *state;
	AUTO(text_freep) struct text text = {0};
	struct alert_content c;
	struct json_out *o;
	struct err err = {0};

	world_do(w, "analyst", "alert.draft",
		 "{" NEW "'title':' Scanners ','severity':'critical','tlp':'amber+strict',"
		 "'text':'One.\\nTwo.','about':{'cves':['cve-2017-0145','CVE-2017-0144',"
		 "'CVE-2017-0144'],'query':'class:medical'},'audience':{'roles':['Trust'],"
		 "'regions':['r1'],'parents':['q1'],'orgs':['p1'],'except':['t1']},"
		 "'outcomes':['isolation','fix'],'classes':['medical','server'],"
		 "'remediate_by':'2017-06-01','ssvc':'Immediate'}");
	c = world_alert(w, "CC-2017-0001").content;
	assert_true(str_is(c.title, "Scanners"));
	assert_int_equal(c.cves.n, 2);
	assert_true(str_is(c.cves.v[0], "CVE-2017-0144"));
	assert_true(str_is(c.tlp, "AMBER+STRICT"));
	assert_true(str_is(c.audience.roles.v[0], "trust"));
	assert_true(str_is(c.audience.regions.v[0], "R1"));
	assert_int_equal(c.outcomes, OUTCOME_FIX | OUTCOME_ISOLATION);
	assert_int_equal(c.classes, 1 << CLASS_MEDICAL | 1 << CLASS_SERVER);
	o = json_out_open(&text);
	json_out_object(o);
	alert_content_out(o, &c);
	json_out_end(o);
	assert_true(json_out_close(o, &err));
	assert_string_equal(
		text_c(&text),
		"{\"about\":{\"cves\":[\"CVE-2017-0144\",\"CVE-2017-0145\"],\"query\":\"class:"
		"medical\"},\"audience\":{\"except\":[\"T1\"],\"orgs\":[\"P1\"],\"parents\":"
		"[\"Q1\"],\"regions\":[\"R1\"],\"roles\":[\"trust\"]},\"classes\":[\"server\","
		"\"medical\"],\"outcomes\":[\"fix\",\"isolation\"],\"remediate_by\":\"2017-06-"
		"01T00:00:00.000Z\",\"severity\":\"critical\",\"ssvc\":\"immediate\",\"text\":"
		"\"One.\\nTwo.\",\"title\":\"Scanners\",\"tlp\":\"AMBER+STRICT\"}");
}

/* --- its life --- */

static void numbers_follow_each_other(void **state)
{
	struct world *w = *state;
	struct alerts_view view = world_view(w);
	struct alert_list list;
	struct str id;
	struct err err = {0};

	assert_true(alert_next_id(&view, &id, &err));
	assert_true(str_is(id, "CC-2017-0001"));
	world_publish(w, "CC-2017-0001");
	world_publish(w, "CC-2017-10000");
	world_publish(w, "CC-2016-0004");
	assert_true(alert_next_id(&view, &id, &err));
	assert_true(str_is(id, "CC-2017-10001"));
	assert_true(alert_list(&view, &list, &err));
	assert_int_equal(list.n, 3);
	assert_true(str_is(list.v[0].id, "CC-2017-10000"));
	assert_true(str_is(list.v[2].id, "CC-2016-0004"));
	assert_false(alert_get(&view, STR("CC-2017-0002"), &list.v[0], &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void a_second_person_approves(void **state)
{
	struct world *w = *state;

	world_do(w, "national-lead", "alert.draft", "{" NEW REST "," ABOUT "," ALL "}");
	world_refuses(w, "national-lead", "alert.publish", "{'alert':'CC-2017-0001','revision':1}",
		      "is not approved");
	world_refuses(w, "national-lead", "alert.approve", "{'alert':'CC-2017-0001','revision':1}",
		      "national-lead drafted revision 1 of CC-2017-0001: a second person");
	world_do(w, "national-lead", "person.add", "{'person':'ann','name':'Ann','org':'X26'}");
	world_do(w, "national-lead", "post.hold",
		 "{'post':'national-lead','person':'ann','from':'2017-01-01'}");
	world_do(w, "national-lead", "post.hold",
		 "{'post':'analyst','person':'ann','from':'2017-01-01'}");
	world_refuses(w, "analyst", "alert.approve", "{'alert':'CC-2017-0001','revision':1}",
		      "who holds that post holds analyst");
	world_do(w, "national-lead", "post.add",
		 "{'post':'deputy','kind':'national-lead','org':'X26'}");
	world_refuses(w, "deputy", "alert.approve", "{'alert':'CC-2017-0001','revision':2}",
		      "has no revision 2");
	world_refuses(w, "deputy", "alert.approve", "{'alert':'CC-2017-0001','revision':1}",
		      "nobody holds deputy, and somebody national-lead: a second person approves");
	world_do(w, "national-lead", "person.add", "{'person':'dan','name':'Dan','org':'X26'}");
	world_do(w, "national-lead", "post.hold",
		 "{'post':'deputy','person':'dan','from':'2017-01-01'}");
	world_do(w, "deputy", "alert.approve", "{'alert':'CC-2017-0001','revision':1}");
	assert_int_equal(world_alert(w, "CC-2017-0001").life, ALERT_APPROVED);
	world_refuses(w, "deputy", "alert.approve", "{'alert':'CC-2017-0001','revision':1}",
		      "was approved by deputy on 2017-05-12 09:00 UTC");
	world_do(w, "national-lead", "alert.publish", "{'alert':'CC-2017-0001','revision':1}");
	world_refuses(w, "deputy", "alert.approve", "{'alert':'CC-2017-0001','revision':1}",
		      "was published by national-lead on");
	world_refuses(w, "analyst", "alert.publish", "{'alert':'CC-2017-0001','revision':1}",
		      "was published by national-lead on");
}

/* A service that keeps no persons goes by its posts, as long as it keeps none at all. */
static void who_is_nobody_approves_what_nobody_drafts(void **state)
{
	struct world *w = *state;

	world_do(w, "national-lead", "post.add",
		 "{'post':'deputy','kind':'national-lead','org':'X26'}");
	world_do(w, "national-lead", "post.add",
		 "{'post':'second','kind':'national-lead','org':'X26'}");
	world_do(w, "deputy", "alert.draft", "{" NEW REST "," ABOUT "," ALL "}");
	world_refuses(w, "analyst", "alert.approve", "{'alert':'CC-2017-0001','revision':1}",
		      "nobody holds deputy, and somebody analyst");
	world_do(w, "second", "alert.approve", "{'alert':'CC-2017-0001','revision':1}");
}

/* Two posts, one sign-in: the address tells. */
static void who_signed_in_does_not_approve_their_own_draft(void **state)
{
	struct world *w = *state;

	world_do(w, "national-lead", "post.add",
		 "{'post':'deputy','kind':'national-lead','org':'X26'}");
	world_do(w, "national-lead", "post.add",
		 "{'post':'second','kind':'national-lead','org':'X26'}");
	w->user = "ann@example.org";
	world_do(w, "deputy", "alert.draft", "{" NEW REST "," ABOUT "," ALL "}");
	w->user = "Ann@example.org";
	world_refuses(w, "second", "alert.approve", "{'alert':'CC-2017-0001','revision':1}",
		      "you drafted revision 1 of CC-2017-0001 yourself, as deputy");
	w->user = "bob@example.org";
	world_do(w, "second", "alert.approve", "{'alert':'CC-2017-0001','revision':1}");
	w->user = "";
}

/* Of two who change one alert at once the first does, and the second hears whose it was. */
static void who_comes_second_hears_who_was_first(void **state)
{
	struct world *w = *state;

	world_do(w, "analyst", "alert.draft", "{" NEW REST "," ABOUT "," ALL "}");
	world_refuses(w, "national-lead", "alert.draft", "{" NEW REST "," ABOUT "," ALL "}",
		      "there is an alert CC-2017-0001: analyst drafted it on 2017-05-12 09:00 UTC");
	world_do(w, "national-lead", "alert.approve", "{'alert':'CC-2017-0001','revision':1}");
	world_do(w, "analyst", "alert.draft",
		 "{'alert':'CC-2017-0001','base':1,'weight':'first'," REST "," ABOUT "," ALL "}");
	world_refuses(w, "analyst", "alert.publish", "{'alert':'CC-2017-0001','revision':1}",
		      "was replaced by revision 2, which analyst drafted on");
	world_refuses(w, "analyst", "alert.publish", "{'alert':'CC-2017-0001','revision':2}",
		      "is not approved");
	world_refuses(w, "national-lead", "alert.draft",
		      "{'alert':'CC-2017-0001','base':1,'weight':'first'," REST "," ABOUT "," ALL
		      "}",
		      "at revision 2, which analyst drafted on 2017-05-12 09:00 UTC; you saw "
		      "revision 1");
	world_refuses(w, "national-lead", "alert.withdraw",
		      "{'alert':'CC-2017-0001','base':1,'reason':'wrong'}", "you saw revision 1");
	world_do(w, "national-lead", "alert.withdraw",
		 "{'alert':'CC-2017-0001','base':2,'reason':'wrong'}");
	world_refuses(w, "analyst", "alert.withdraw",
		      "{'alert':'CC-2017-0001','base':2,'reason':'late'}",
		      "was withdrawn by national-lead on 2017-05-12 09:00 UTC: wrong");
	world_refuses(w, "analyst", "alert.draft",
		      "{'alert':'CC-2017-0001','base':2,'weight':'first'," REST "," ABOUT "," ALL
		      "}",
		      "was withdrawn by national-lead");
	world_refuses(w, "national-lead", "alert.approve", "{'alert':'CC-2017-0001','revision':2}",
		      "was withdrawn");
	assert_int_equal(world_alert(w, "CC-2017-0001").life, ALERT_WITHDRAWN);
	world_rebuild_same(w);
}

#define UPDATE(weight) "{'alert':'CC-2017-0001','base':1,'weight':'" weight "',"

static void a_minor_update_asks_nobody_again(void **state)
{
	static const char *const asks[][2] = {
		{REST "," ALL ",'about':{'cves':['CVE-2017-0145']}", "what it is about"},
		{REST "," ABOUT ",'audience':{'roles':['trust']}", "the audience"},
		{REST "," ABOUT "," ALL ",'classes':['server']", "the classes"},
		{REST "," ABOUT "," ALL ",'ssvc':'immediate'", "the clock"},
		{REST "," ABOUT "," ALL ",'remediate_by':'2017-07-01'", "the clock"},
		{"'title':'A','severity':'low','tlp':'RED','outcomes':['fix','mitigation']," ABOUT
		 "," ALL,
		 "the severity"},
		{"'title':'A','severity':'high','tlp':'RED','outcomes':['fix']," ABOUT "," ALL,
		 "the outcomes"},
	};
	struct world *w = *state;
	struct alert a;
	int64_t asked;
	char body[600];

	world_publish(w, "CC-2017-0001");
	asked = w->now_ms;
	world_at(w, "2017-05-13T09:00:00Z");
	for (size_t i = 0; i < ARRAY_LEN(asks); i++) {
		snprintf(body, sizeof(body), UPDATE("minor") "%s}", asks[i][0]);
		world_refuses(w, "analyst", "alert.draft", body, asks[i][1]);
	}
	world_refuses(w, "analyst", "alert.draft", UPDATE("first") REST "," ABOUT "," ALL "}",
		      "is minor");
	world_do(w, "analyst", "alert.draft",
		 UPDATE("minor") "'title':'SMB, again','severity':'high','tlp':'CLEAR','text':'B.',"
				 "'outcomes':['fix','mitigation']," ABOUT "," ALL "}");
	a = world_alert(w, "CC-2017-0001");
	assert_true(a.pending);
	assert_true(str_is(a.content.title, "SMB"));
	world_refuses(w, "analyst", "alert.publish", "{'alert':'CC-2017-0001','revision':2}",
		      "is not approved");
	world_release(w, "CC-2017-0001", 2);
	a = world_alert(w, "CC-2017-0001");
	assert_true(str_is(a.content.title, "SMB, again"));
	assert_int_equal(a.asked_ms, asked);
	assert_int_equal(a.updated_ms, w->now_ms);
	assert_int_equal(world_count(w, SQL("SELECT COUNT(*) FROM alerts_revision"
					    " WHERE remediate = 1209600000 AND elapsed = 1")),
			 2);
	world_rebuild_same(w);
}

static void a_major_update_asks_anew(void **state)
{
	struct world *w = *state;
	struct alert a;

	world_publish(w, "CC-2017-0001");
	world_at(w, "2017-05-13T09:00:00Z");
	world_do(w, "analyst", "alert.draft",
		 UPDATE("major") REST "," ABOUT ",'audience':{'roles':['trust','gp_practice']}}");
	world_refuses(w, "analyst", "alert.publish", "{'alert':'CC-2017-0001','revision':2}",
		      "is not approved");
	world_release(w, "CC-2017-0001", 2);
	a = world_alert(w, "CC-2017-0001");
	assert_int_equal(a.members, 6); /* T1, T2, T9, P1, P2, P3 */
	assert_int_equal(a.asked_ms, w->now_ms);
	assert_int_equal(world_count(w, SQL("SELECT COUNT(*) FROM alerts_member"
					    " WHERE gone = 1494666000000")),
			 5);
	world_refuses(w, "national-lead", "alert.acknowledge",
		      "{'alert':'CC-2017-0001','org':'Q1'}",
		      "Q1 is not asked by CC-2017-0001 any more, since 2017-05-13 09:00 UTC");
	world_rebuild_same(w);
}

static void an_audience_of_nobody_is_refused(void **state)
{
	struct world *w = *state;

	world_refuses(w, "analyst", "alert.draft",
		      "{" NEW REST "," ABOUT ",'audience':{'orgs':['T1'],'except':['T1','T2']}}",
		      "the audience is nobody: whom it names it excepts");
	world_do(w, "analyst", "alert.draft",
		 "{" NEW REST "," ABOUT ",'audience':{'roles':['trust'],'parents':['Q1']}}");
	world_do(w, "national-lead", "alert.approve", "{'alert':'CC-2017-0001','revision':1}");
	world_refuses(w, "analyst", "alert.publish", "{'alert':'CC-2017-0001','revision':1}",
		      "the audience of CC-2017-0001 is nobody");
	assert_int_equal(world_count(w, SQL("SELECT COUNT(*) FROM alerts_member")), 0);
	world_do(w, "national-lead", "org.add",
		 "{'org':'T5','name':'New','role':'trust','parent':'Q1'}");
	world_do(w, "analyst", "alert.publish", "{'alert':'CC-2017-0001','revision':1}");
	assert_int_equal(world_alert(w, "CC-2017-0001").members, 1);
}

static void a_deadline_may_pass_before_it_is_published(void **state)
{
	struct world *w = *state;

	world_do(w, "analyst", "alert.draft",
		 "{" NEW REST "," ABOUT "," ALL ",'remediate_by':'2017-05-14'}");
	world_do(w, "national-lead", "alert.approve", "{'alert':'CC-2017-0001','revision':1}");
	world_at(w, "2017-05-14T09:00:00Z");
	world_refuses(w, "analyst", "alert.publish", "{'alert':'CC-2017-0001','revision':1}",
		      "the deadline of CC-2017-0001, 2017-05-14 00:00 UTC, is past");
}

static void an_alert_follows_another(void **state)
{
	struct world *w = *state;
	struct alert a;

	world_publish(w, "CC-2017-0001");
	world_publish(w, "CC-2017-0003");
	world_do(w, "analyst", "alert.draft",
		 "{'alert':'CC-2017-0002','base':0,'weight':'first','supersedes':'CC-2017-"
		 "0001'," REST "," ABOUT "," ALL "}");
	world_refuses(w, "national-lead", "alert.supersede",
		      "{'alert':'CC-2017-0003','base':1,'by':'CC-2017-0002'}",
		      "is not published yet");
	world_release(w, "CC-2017-0002", 1);
	a = world_alert(w, "CC-2017-0001");
	assert_int_equal(a.life, ALERT_SUPERSEDED);
	assert_true(str_is(a.ended_why, "CC-2017-0002"));
	world_refuses(w, "t1-lead", "alert.acknowledge", "{'alert':'CC-2017-0001','org':'T1'}",
		      "was superseded by CC-2017-0002 on 2017-05-12 09:00 UTC (by analyst)");
	world_refuses(w, "national-lead", "alert.supersede",
		      "{'alert':'CC-2017-0003','base':1,'by':'CC-2017-0003'}", "itself");
	world_do(w, "national-lead", "alert.supersede",
		 "{'alert':'CC-2017-0003','base':1,'by':'CC-2017-0002'}");
	world_refuses(w, "national-lead", "alert.supersede",
		      "{'alert':'CC-2017-0003','base':1,'by':'CC-2017-0002'}", "was superseded by");
	/* An update of the follower names what it followed still. */
	world_do(w, "analyst", "alert.draft",
		 "{'alert':'CC-2017-0002','base':1,'weight':'minor','supersedes':'CC-2017-"
		 "0001'," REST "," ABOUT "," ALL "}");
	world_rebuild_same(w);
}

/* --- whom it asks --- */

static void audience_is(struct world *w, struct audience rule, const char *codes)
{
	const struct alerts_view view = world_view(w);
	AUTO(text_freep) struct text got = {0};
	struct str_list found;
	struct err err = {0};

	assert_true(alert_audience(&view, &rule, &found, &err));
	for (size_t i = 0; i < found.n; i++)
		text_addf(&got, "%s%.*s", i ? " " : "", STR_FMT(found.v[i]));
	assert_string_equal(text_c(&got), codes);
}

#define LIST(...)                                                                                  \
	(struct str_list)                                                                          \
	{                                                                                          \
		(const struct str[]){__VA_ARGS__},                                                 \
			sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str)             \
	}

static void a_rule_reaches_whom_it_says(void **state)
{
	struct world *w = *state;

	world_do(w, "national-lead", "org.close",
		 "{'org':'T9','at':'2017-05-01','successor':'T1'}");
	audience_is(w, (struct audience){0}, "");
	audience_is(w, (struct audience){.everyone = true}, "P1 P2 P3 Q1 R1 R2 S1 T1 T2 X26");
	audience_is(w, (struct audience){.roles = LIST(STR("trust"))}, "T1 T2");
	audience_is(w, (struct audience){.regions = LIST(STR("R1"))}, "P1 P2 P3 Q1 R1 T1");
	audience_is(w, (struct audience){.parents = LIST(STR("Q1"), STR("R2"))}, "P1 P2 P3 T2");
	audience_is(w,
		    (struct audience){.roles = LIST(STR("gp_practice"), STR("trust")),
				      .regions = LIST(STR("R1")),
				      .except = LIST(STR("P2"))},
		    "P1 P3 T1");
	audience_is(w,
		    (struct audience){.roles = LIST(STR("trust")),
				      .regions = LIST(STR("R2")),
				      .orgs = LIST(STR("P1"), STR("T9"))},
		    "P1 T2");
	audience_is(w, (struct audience){.orgs = LIST(STR("P1")), .except = LIST(STR("P1"))}, "");
}

static void who_comes_later_joins(void **state)
{
	struct world *w = *state;

	world_publish(w, "CC-2017-0001");
	world_refuses(w, "system", "alert.join", "{'alert':'CC-2017-0001','orgs':['T4']}",
		      "T4 is not in the audience");
	world_at(w, "2017-05-20T09:00:00Z");
	world_do(w, "national-lead", "org.add",
		 "{'org':'T4','name':'New','role':'trust','parent':'R1'}");
	world_refuses(w, "national-lead", "alert.join", "{'alert':'CC-2017-0001','orgs':['T4']}",
		      "may not");
	world_refuses(w, "system", "alert.join", "{'alert':'CC-2017-0001','orgs':[]}", "nobody");
	world_do(w, "system", "alert.join", "{'alert':'CC-2017-0001','orgs':['T4']}");
	world_refuses(w, "system", "alert.join", "{'alert':'CC-2017-0001','orgs':['T4']}",
		      "asks T4 already");
	assert_int_equal(world_count(w, SQL("SELECT joined FROM alerts_member WHERE org = 'T4'")),
			 w->now_ms);
	world_rebuild_same(w);
}

static void what_was_delivered_is_said(void **state)
{
	struct world *w = *state;

	world_publish(w, "CC-2017-0001");
	world_do(w, "analyst", "alert.deliver",
		 "{'alert':'CC-2017-0001','orgs':['T1','T2'],'channel':'e-mail','outcome':"
		 "'failed'}");
	world_refuses(w, "analyst", "alert.deliver",
		      "{'alert':'CC-2017-0001','orgs':['T9x'],'channel':'sms','outcome':"
		      "'delivered'}",
		      "it is not in its audience");
	world_refuses(w, "analyst", "alert.deliver",
		      "{'alert':'CC-2017-0001','orgs':['T1'],'channel':'sms','outcome':'maybe'}",
		      "\"delivered\" or \"failed\"");
	world_refuses(w, "analyst", "alert.deliver",
		      "{'alert':'CC-2017-0001','orgs':['T1'],'channel':'sms','outcome':"
		      "'delivered','at':'2017-05-13'}",
		      "to come");
	assert_int_equal(world_count(w, SQL("SELECT COUNT(*) FROM alerts_delivery")), 2);
	world_rebuild_same(w);
}

static void a_step_is_climbed_once(void **state)
{
	static const char body[] =
		"{'alert':'CC-2017-0001','org':'T1','ordinal':1,'step':1,'to':'t1-lead'}";
	struct world *w = *state;
	struct alerts_view view;
	struct escalation_list list;
	struct err err = {0};

	world_publish(w, "CC-2017-0001");
	world_refuses(w, "analyst", "alert.escalate", body, "may not");
	world_do(w, "system", "alert.escalate", body);
	world_refuses(w, "system", "alert.escalate", body,
		      "step 1 for T1 was climbed on 2017-05-12 09:00 UTC already");
	view = world_view(w);
	assert_true(alert_escalations(&view, STR("cc-2017-0001"), STR("t1-lead"), &list, &err));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.v[0].step, 1);
	assert_true(alert_escalations(&view, STR(""), STR("somebody"), &list, &err));
	assert_int_equal(list.n, 0);
}

/* By whomever: once a day, unless it is said again; each in its own region. */
static void who_is_silent_is_chased_once_a_day(void **state)
{
	static const char body[] = "{'alert':'CC-2017-0001','note':'Please.','org':'T1'}";
	struct world *w = *state;
	struct alerts_view view;
	struct chase_list list;
	struct err err = {0};

	world_publish(w, "CC-2017-0001");
	world_refuses(w, "t1-lead", "alert.chase", body, "may not");
	world_refuses(w, "r1-lead", "alert.chase", "{'alert':'CC-2017-0001','org':'T2'}",
		      "may not");
	world_do(w, "r1-lead", "alert.chase", body);
	world_refuses(w, "analyst", "alert.chase", body,
		      "T1 was chased by r1-lead on 2017-05-12 09:00 UTC already");
	world_do(w, "analyst", "alert.chase", "{'again':true,'alert':'CC-2017-0001','org':'T1'}");
	world_refuses(w, "analyst", "alert.chase", "{'alert':'CC-2017-0001','org':'T9x'}",
		      "it is not in its audience");
	world_at(w, "2017-05-13T09:00:01Z");
	world_do(w, "analyst", "alert.chase", body);
	view = world_view(w);
	assert_true(alert_chases(&view, STR("cc-2017-0001"), STR("t1"), &list, &err));
	assert_int_equal(list.n, 3);
	assert_true(str_is(list.v[0].post, "analyst") && str_is(list.v[0].note, "Please."));
	assert_true(str_is(list.v[2].post, "r1-lead") && !list.v[2].raised);
	assert_true(alert_chases(&view, STR("CC-2017-0001"), STR("T2"), &list, &err));
	assert_int_equal(list.n, 0);
	world_rebuild_same(w);
}

/* What was climbed by hand is climbed: time goes on from there. */
static void a_step_is_climbed_before_its_time(void **state)
{
	static const char one[] =
		"{'alert':'CC-2017-0001','org':'T1','ordinal':1,'step':1,'to':'t1-lead'}";
	static const char three[] =
		"{'alert':'CC-2017-0001','org':'T1','ordinal':1,'step':3,'to':'t1-lead'}";
	struct world *w = *state;
	struct alerts_view view;
	struct obligation_detail d;
	struct chase_list list;
	struct err err = {0};
	struct str to;

	world_publish(w, "CC-2017-0001");
	view = world_view(w);
	assert_true(alert_obligation(&view, STR("CC-2017-0001"), STR("T1"), &d, &err));
	assert_true(alert_next_steps(&view, &d.head, 1, &to, &err));
	assert_true(to.n > 0);
	world_refuses(w, "t1-lead", "alert.raise", one, "may not");
	world_refuses(w, "analyst", "alert.raise", three, "step 3 for T1 is not the next");
	world_do(w, "analyst", "alert.raise", one);
	world_refuses(w, "system", "alert.escalate", one, "already");
	world_refuses(w, "analyst", "alert.raise", one, "climbed already: the next is 2");
	assert_true(alert_chases(&view, STR("CC-2017-0001"), STR("T1"), &list, &err));
	assert_true(list.n == 1 && list.v[0].raised);
	assert_true(alert_obligation(&view, STR("CC-2017-0001"), STR("T1"), &d, &err));
	assert_int_equal(d.head.step, 1);
	world_rebuild_same(w);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_alert_goes_out_and_is_answered),
		CASE(a_bad_draft_is_refused_in_a_line),
		CASE(what_was_drafted_reads_back),
		CASE(numbers_follow_each_other),
		CASE(a_second_person_approves),
		CASE(who_is_nobody_approves_what_nobody_drafts),
		CASE(who_signed_in_does_not_approve_their_own_draft),
		CASE(who_comes_second_hears_who_was_first),
		CASE(a_minor_update_asks_nobody_again),
		CASE(a_major_update_asks_anew),
		CASE(an_audience_of_nobody_is_refused),
		CASE(a_deadline_may_pass_before_it_is_published),
		CASE(an_alert_follows_another),
		CASE(a_rule_reaches_whom_it_says),
		CASE(who_comes_later_joins),
		CASE(what_was_delivered_is_said),
		CASE(a_step_is_climbed_once),
		CASE(who_is_silent_is_chased_once_a_day),
		CASE(a_step_is_climbed_before_its_time),
	};

	return cmocka_run_group_tests_name("alerts", tests, NULL, NULL) + alerts_evidence_run() +
	       alerts_answer_run() + alerts_rules_run() + alerts_trend_run();
}
