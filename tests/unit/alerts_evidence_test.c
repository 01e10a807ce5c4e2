#include "alerts_world.h"

/*
 * From inventories to evidence: what stands, what ends, what covers; late deliveries, corrected
 * intelligence; and that the rows are the same by whatever steps they came.
 */

#define ROW(what)                                                                                  \
	SQL("SELECT " what " FROM alerts_evidence WHERE alert = 'CC-2017-0001'"                    \
	    " AND org = 'T1' ORDER BY from_ms DESC LIMIT 1")
#define ROWS SQL("SELECT COUNT(*) FROM alerts_evidence WHERE org = 'T1'")

static void exposure_stands_until_it_is_seen_gone(void **state)
{
	struct world *w = *state;
	int64_t first, cited;

	world_do(w, "national-lead", "org.change", "{'org':'T1','expected_devices':2}");
	world_widget_alert(w);
	world_inventory(w, "T1", HEAD PC("A", "1.0") PC("B", "3.0"));
	first = w->now_ms;
	world_derive(w);
	assert_int_equal(world_count(w, ROWS), 1);
	assert_int_equal(world_count(w, ROW("exposed")), 1);
	assert_int_equal(world_count(w, ROW("newest_ms")), first);
	assert_int_equal(world_count(w, ROW("covered")), 2);
	assert_int_equal(world_count(w, ROW("until_ms")), first + 7 * MS_PER_DAY);
	assert_int_equal(world_count(w, SQL("SELECT COUNT(*) FROM alerts_cover")), 1);
	/* The same again: one run. */
	world_at(w, "2017-05-15T09:00:00Z");
	world_inventory(w, "T1", HEAD PC("A", "1.1") PC("B", "3.0"));
	world_derive(w);
	assert_int_equal(world_count(w, ROWS), 1);
	assert_int_equal(world_count(w, ROW("from_ms")), first);
	assert_int_equal(world_count(w, ROW("last_ms")), w->now_ms);
	/* Not listed any more, by an inventory that does not cover: silence improves nothing. */
	world_at(w, "2017-05-16T09:00:00Z");
	world_do(w, "national-lead", "org.change", "{'org':'T1','expected_devices':3}");
	world_inventory(w, "T1", HEAD PC("B", "3.0"));
	world_derive(w);
	assert_int_equal(world_count(w, ROW("exposed")), 1);
	assert_int_equal(world_count(w, ROW("until_ms")), 0);
	assert_true(world_count(w, ROW("newest_ms")) < w->now_ms);
	/* Covering, and without it. */
	world_at(w, "2017-05-17T09:00:00Z");
	world_inventory(w, "T1", HEAD PC("B", "3.0") PC("C", "3.0") PC("D", "2.0"));
	world_derive(w);
	assert_int_equal(world_count(w, ROW("exposed")), 0);
	assert_int_equal(world_count(w, ROW("from_ms")), w->now_ms);
	assert_int_equal(world_count(w, ROW("ends_ms")), 0);
	cited = world_count(w, ROW("record"));
	world_at(w, "2017-05-18T09:00:00Z");
	world_inventory(w, "T1", HEAD PC("B", "3.1") PC("C", "3.0") PC("D", "2.0"));
	world_derive(w);
	/* it goes on, and a closure still cites the inventory that first showed it */
	assert_int_equal(world_count(w, ROW("ends_ms")), 0);
	assert_int_equal(world_count(w, ROW("last_ms")), w->now_ms);
	assert_int_equal(world_count(w, ROW("record")), cited);
	world_derives_same(w);
}

/* Whatever came late takes its place: the rows are those of the set. */
static void a_late_delivery_takes_its_place(void **state)
{
	struct world *w = *state;

	world_do(w, "national-lead", "org.change", "{'org':'T1','expected_devices':1}");
	world_widget_alert(w);
	world_take_in(w, "T1",
		      "# taken: 2017-05-10T06:00Z\n# scope: organisation\n" HEAD PC("A", "1.0"));
	world_derive(w);
	world_at(w, "2017-05-13T09:00:00Z");
	world_take_in(w, "T1",
		      "# taken: 2017-05-12T06:00Z\n# scope: organisation\n" HEAD PC("A", "2.0"));
	world_derive(w);
	assert_int_equal(world_count(w, ROWS), 2);
	/* Taken between the two, received after both. */
	world_at(w, "2017-05-14T09:00:00Z");
	world_take_in(w, "T1",
		      "# taken: 2017-05-11T06:00Z\n# scope: organisation\n" HEAD PC("A", "1.5"));
	world_derive(w);
	assert_int_equal(world_count(w, ROWS), 2);
	assert_int_equal(world_count(w, SQL("SELECT last_ms FROM alerts_evidence WHERE org = 'T1'"
					    " ORDER BY from_ms LIMIT 1")),
			 1494482400000);
	assert_int_equal(world_count(w, ROW("exposed")), 0);
	world_derives_same(w);
}

static void corrected_intelligence_judges_again(void **state)
{
	struct world *w = *state;
	struct alerts_advanced done;

	world_widget_alert(w);
	world_inventory(w, "T1", HEAD PC("A", "2.5"));
	world_inventory(w, "P1", HEAD PC("A", "2.5"));
	world_derive(w);
	assert_int_equal(world_count(w, ROWS), 0);
	/* Something else is said: nothing is judged again. */
	world_feed(w, "kev.csv",
		   "cveID,vendorProject,product,vulnerabilityName,dateAdded,"
		   "shortDescription,requiredAction,dueDate\n"
		   "CVE-2017-0001,a,w,x,2017-05-11,d,r,2017-06-01\n");
	world_advance(w, &done);
	assert_int_equal(done.alerts, 0);
	assert_int_equal(done.orgs, 0);
	world_feed(w, "nvd.json",
		   FEED("2017-05-11T00:00:00.000", VULN("CVE-2017-0001", "widget", "3.0")));
	world_advance(w, &done);
	assert_int_equal(world_count(w, ROWS), 0); /* the feed is older than what was said */
	world_derives_same(w);
}

static void what_nobody_can_tell_is_unknown(void **state)
{
	struct world *w = *state;

	world_do(w, "national-lead", "org.change", "{'org':'T1','expected_devices':2}");
	world_alert_about(w, "CC-2017-0001", "'about':{'cves':['CVE-2017-9999']}");
	world_inventory(w, "T1", HEAD PC("A", "1.0") PC("B", "3.0"));
	world_derive(w);
	assert_int_equal(world_count(w, ROW("unknown")), 2);
	assert_int_equal(world_count(w, ROW("exposed")), 0);
	assert_int_equal(world_count(w, ROW("covered")), 0);
	assert_int_equal(world_count(w, ROW("until_ms")), 0);
	world_feed(w, "nvd.json",
		   FEED("2017-05-01T00:00:00.000", VULN("CVE-2017-9999", "widget", "2.0")));
	world_derive(w);
	assert_int_equal(world_count(w, ROW("unknown")), 0);
	assert_int_equal(world_count(w, ROW("exposed")), 1);
	world_derives_same(w);
}

static void the_worst_of_several_counts(void **state)
{
	struct world *w = *state;

	world_feed(w, "nvd.json",
		   FEED("2017-05-01T00:00:00.000", VULN("CVE-2017-0001", "widget", "1.0") "," VULN(
							   "CVE-2017-0002", "widget", "2.0")));
	world_alert_about(w, "CC-2017-0001", "'about':{'cves':['CVE-2017-0001','CVE-2017-0002']}");
	world_alert_about(w, "CC-2017-0002", "'about':{'cves':['CVE-2017-0001'],'query':'id:B'}");
	world_inventory(w, "T1", HEAD PC("A", "1.5") PC("B", "3.0"));
	world_derive(w);
	assert_int_equal(world_count(w, ROW("exposed")), 1);
	assert_int_equal(world_count(w, SQL("SELECT exposed FROM alerts_evidence WHERE alert ="
					    " 'CC-2017-0002'")),
			 1);
	world_derives_same(w);
}

static void classes_are_covered_apart(void **state)
{
	struct world *w = *state;

	world_do(w, "national-lead", "org.change",
		 "{'org':'T1','expected':{'workstation':2,'server':1}}");
	world_feed(w, "nvd.json",
		   FEED("2017-05-01T00:00:00.000", VULN("CVE-2017-0001", "widget", "2.0")));
	world_alert_about(w, "CC-2017-0001",
			  "'about':{'cves':['CVE-2017-0001']},'classes':['server']");
	world_inventory(w, "T1",
			HEAD PC("A", "1.0")
				PC("B", "3.0") "S,server,Linux,5,Acme,Widget,3.0,"
					       "cpe:2.3:a:acme:widget:3.0:*:*:*:*:*:*:*\n");
	world_derive(w);
	/* A workstation is none of its concern; the server was seen. */
	assert_int_equal(world_count(w, ROW("exposed")), 0);
	assert_int_equal(world_count(w, ROW("devices")), 1);
	assert_int_equal(world_count(w, ROW("expected")), 1);
	assert_true(world_count(w, ROW("until_ms")) > 0);
	assert_int_equal(world_count(w, SQL("SELECT expected FROM alerts_cover")), 3);
	/* One workstation less: not covered as a whole, the server is. */
	world_at(w, "2017-05-13T09:00:00Z");
	world_inventory(w, "T1",
			HEAD PC("A", "1.0") "S,server,Linux,5,Acme,Widget,3.0,"
					    "cpe:2.3:a:acme:widget:3.0:*:*:*:*:*:*:*\n");
	world_derive(w);
	assert_true(world_count(w, ROW("until_ms")) > w->now_ms);
	assert_int_equal(world_count(w, SQL("SELECT until_ms FROM alerts_cover"
					    " ORDER BY from_ms DESC LIMIT 1")),
			 0);
	world_derives_same(w);
}

/* Devices that are listed and cannot be judged don't hide behind a small expected number. */
static void what_is_listed_is_expected(void **state)
{
	static const char few[] = HEAD PC("A", "3.0") PC("B", "3.0") "U1,workstation,,,,,,\n"
								     "U2,workstation,,,,,,\n";
	struct world *w = *state;

	world_do(w, "national-lead", "org.change", "{'org':'T1','expected_devices':2}");
	world_widget_alert(w);
	world_inventory(w, "T1", few);
	world_derive(w);
	assert_int_equal(world_count(w, ROW("covered")), 2);
	assert_int_equal(world_count(w, ROW("expected")), 2);
	assert_int_equal(world_count(w, ROW("until_ms")), 0);
	/* A class of which nobody said how many there are covers nothing while some are listed. */
	world_do(w, "national-lead", "org.change", "{'org':'P1','expected':{'workstation':1}}");
	world_inventory(w, "P1",
			HEAD PC("A", "3.0") "S,server,Linux,5,Acme,Widget,3.0,"
					    "cpe:2.3:a:acme:widget:3.0:*:*:*:*:*:*:*\n");
	world_derive(w);
	assert_int_equal(world_count(w, SQL("SELECT until_ms FROM alerts_cover WHERE org = 'P1'")),
			 0);
	world_do(w, "national-lead", "org.change",
		 "{'org':'P1','expected':{'workstation':1,'server':1}}");
	world_derive(w);
	assert_true(world_count(w, SQL("SELECT until_ms FROM alerts_cover WHERE org = 'P1'")) > 0);
	world_derives_same(w);
}

static void nobody_said_how_many_covers_nothing(void **state)
{
	struct world *w = *state;

	world_widget_alert(w);
	world_inventory(w, "T1", HEAD PC("A", "3.0"));
	world_derive(w);
	assert_int_equal(world_count(w, SQL("SELECT until_ms FROM alerts_cover")), 0);
	assert_int_equal(world_count(w, SQL("SELECT expected FROM alerts_cover")), -1);
	world_do(w, "national-lead", "org.change", "{'org':'T1','expected_devices':1}");
	world_derive(w);
	assert_true(world_count(w, SQL("SELECT until_ms FROM alerts_cover")) > w->now_ms);
	world_derives_same(w);
}

/* Step by step or all at once, whatever lies between. */
static void steps_do_not_matter(void **state)
{
	struct world *w = *state;
	static const char *const versions[] = {"1.0", "2.0", "1.1", "3.0", "0.9", "2.2"};
	struct clock clock = clock_fixed(w->now_ms);
	struct alerts *a = NULL;
	struct alerts_advanced done;
	struct err err = {0};

	world_do(w, "national-lead", "org.change", "{'org':'T1','expected_devices':2}");
	world_widget_alert(w);
	assert_true(alerts_open(w->journal, &clock, &a, &err));
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		char csv[512];

		w->now_ms += (int64_t)(i % 3 * 4 + 1) * MS_PER_DAY;
		snprintf(csv, sizeof(csv),
			 HEAD "A,workstation,Linux,5,Acme,Widget,x,cpe:2.3:a:acme:widget:%s"
			      ":*:*:*:*:*:*:*\n%s",
			 versions[i], i % 2 ? "B,workstation,,,,,,\n" : "");
		world_inventory(w, "T1", csv);
		if (i == 2)
			world_alert_about(w, "CC-2017-0002", "'about':{'query':'-name:Widget'}");
		if (i % 2 && !alerts_advance(a, &done, &err))
			fail_msg("%s", err.text);
	}
	if (!alerts_advance(a, &done, &err))
		fail_msg("%s", err.text);
	assert_true(alerts_advance(a, &done, &err));
	assert_int_equal(done.rows, 0);
	alerts_close(a);
	assert_true(world_count(w, ROWS) > 3);
	world_derives_same(w);
}

static void preview_of(struct world *w, struct arena *arena, struct alert_preview *ret)
{
	struct clock clock = clock_fixed(w->now_ms);
	AUTO(alerts_closep) struct alerts *a = NULL;
	struct err err = {0};

	assert_true(alerts_open(w->journal, &clock, &a, &err));
	if (!alerts_preview(a, STR("CC-2017-0001"), arena, ret, &err))
		fail_msg("%s", err.text);
}

static void a_preview_counts_before_it_goes_out(void **state)
{
	struct world *w = *state;
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct alert_preview p;

	world_feed(w, "nvd.json",
		   FEED("2017-05-01T00:00:00.000", VULN("CVE-2017-0001", "widget", "2.0")));
	world_inventory(w, "T1", HEAD PC("A", "1.0") PC("B", "3.0"));
	world_do(w, "analyst", "alert.draft",
		 "{'alert':'CC-2017-0001','base':0,'weight':'first','title':'W','severity':'high',"
		 "'tlp':'GREEN','text':'P','about':{'cves':['CVE-2017-0001']},"
		 "'audience':{'roles':['trust']},'outcomes':['fix']}");
	preview_of(w, arena, &p);
	assert_int_equal(p.organisations, 3);
	assert_int_equal(p.without_inventory, 2);
	assert_int_equal(p.exposed, 1);
	assert_int_equal(p.fixed, 1);
	assert_int_equal(p.untold.n, 0);
	assert_true(str_is(p.v[0].org, "T1"));
}

#define WINDOWS_7                                                                                  \
	"{'cve':{'id':'CVE-2017-0002','sourceIdentifier':'nvd@nist.gov','published':"              \
	"'2017-03-17T00:59:00.000','lastModified':'2017-03-17T00:59:00.000','vulnStatus':"         \
	"'Analyzed','descriptions':[{'lang':'en','value':'x'}],'metrics':{},'configurations':"     \
	"[{'nodes':[{'operator':'OR','negate':false,'cpeMatch':[{'vulnerable':true,'criteria':"    \
	"'cpe:2.3:o:microsoft:windows_7:-:sp1:*:*:*:*:*:*','matchCriteriaId':'B'}]}]}]}}"

/* How much of it rests on the name of a Windows alone, with and without a vendor's word. */
static void a_preview_tells_what_rests_on_a_name(void **state)
{
	struct world *w = *state;
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text feed = {0};
	struct alert_preview p;

	text_add_c(&feed, FEED("2017-05-01T00:00:00.000", WINDOWS_7));
	for (size_t i = 0; i < feed.n; i++)
		if (feed.p[i] == '\'')
			feed.p[i] = '"';
	world_feed(w, "nvd.json", text_c(&feed));
	world_take_in(w, "T1",
		      "# taken: 2017-05-12T06:00Z\n# scope: organisation\n# sees: os\n"
		      "device,class,os,os_version\nA,workstation,Windows 7,6.1.7601\n"
		      "L,workstation,Linux,5\nN,workstation,Windows 7,\n");
	world_take_in(w, "T2",
		      "# taken: 2017-05-12T06:00Z\n# scope: organisation\n# sees: os,updates\n"
		      "device,class,os,os_version,updates\nB,workstation,Windows 7,6.1.7601,"
		      "KB3212646\n");
	world_do(w, "analyst", "alert.draft",
		 "{'alert':'CC-2017-0001','base':0,'weight':'first','title':'W','severity':'high',"
		 "'tlp':'GREEN','text':'P','about':{'cves':['CVE-2017-0002']},"
		 "'audience':{'roles':['trust']},'outcomes':['fix']}");
	preview_of(w, arena, &p);
	assert_int_equal(p.exposed, 2);
	assert_int_equal(p.named_exposed, 1);
	assert_int_equal(p.unknown, 1);
	assert_int_equal(p.named_unknown, 1);
	assert_int_equal(p.named.n, 1);
	world_feed(w, "vendor-fixes.csv",
		   "cve,line,kind,kb,file,from,branch_low,branch_high\n"
		   "CVE-2017-0002,7sp1,kb,4012215,,,,\n");
	preview_of(w, arena, &p);
	assert_int_equal(p.exposed, 1);
	assert_int_equal(p.named_exposed, 0);
	assert_int_equal(p.unknown, 2);
	assert_int_equal(p.named_unknown, 2);
	assert_int_equal(p.named.n, 0);
}

/* Published a moment ago: that no row says anything is no evidence yet. */
static void what_was_not_judged_is_not_clear(void **state)
{
	struct world *w = *state;
	const struct alerts_view view = world_view(w);
	struct obligation_filter filter = {.alert = STR("CC-2017-0001"), .org = STR("T1")};
	struct obligation_list list = {0};
	struct err err = {0};

	world_do(w, "national-lead", "org.change", "{'org':'T1','expected_devices':1}");
	world_inventory(w, "T1", HEAD PC("A", "3.0"));
	world_derive(w);
	world_widget_alert(w);
	assert_true(alert_obligations(&view, &filter, &list, &err));
	assert_int_equal(list.n, 1);
	assert_int_equal(list.v[0].is.state, OBLIGATION_UNKNOWN_UNANSWERED);
	assert_true(list.evidence_behind > 0);
	world_derive(w);
	assert_true(alert_obligations(&view, &filter, &list, &err));
	assert_int_equal(list.v[0].is.state, OBLIGATION_CLEAR_UNANSWERED);
	assert_int_equal(list.evidence_behind, 0);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int alerts_evidence_run(void)
{
	const struct CMUnitTest tests[] = {
		CASE(exposure_stands_until_it_is_seen_gone),
		CASE(a_late_delivery_takes_its_place),
		CASE(corrected_intelligence_judges_again),
		CASE(what_nobody_can_tell_is_unknown),
		CASE(the_worst_of_several_counts),
		CASE(classes_are_covered_apart),
		CASE(what_is_listed_is_expected),
		CASE(nobody_said_how_many_covers_nothing),
		CASE(steps_do_not_matter),
		CASE(what_was_not_judged_is_not_clear),
		CASE(a_preview_counts_before_it_goes_out),
		CASE(a_preview_tells_what_rests_on_a_name),
	};

	return cmocka_run_group_tests_name("alerts, evidence", tests, NULL, NULL);
}
