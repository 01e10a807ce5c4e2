#include "alerts_world.h"

/*
 * From inventories to evidence: what stands, what ends, what covers; late deliveries, corrected
 * intelligence; and that the rows are the same by whatever steps they came.
 */

#define VULN(id, product, end)                                                                     \
	"{\"cve\":{\"id\":\"" id "\",\"sourceIdentifier\":\"nvd@nist.gov\",\"published\":"         \
	"\"2017-03-17T00:59:00.000\",\"lastModified\":\"2017-03-17T00:59:00.000\",\"vulnStatus\":" \
	"\"Analyzed\",\"descriptions\":[{\"lang\":\"en\",\"value\":\"x\"}],\"metrics\":{},"        \
	"\"configurations\":[{\"nodes\":[{\"operator\":\"OR\",\"negate\":false,\"cpeMatch\":["     \
	"{\"vulnerable\":true,\"criteria\":\"cpe:2.3:a:acme:" product ":*:*:*:*:*:*:*:*\","        \
	"\"versionEndExcluding\":\"" end "\",\"matchCriteriaId\":\"A\"}]}]}]}}"
#define FEED(stamp, vulns)                                                                         \
	"{\"format\":\"NVD_CVE\",\"version\":\"2.0\",\"resultsPerPage\":1,\"startIndex\":0,"       \
	"\"totalResults\":1,\"timestamp\":\"" stamp "\",\"vulnerabilities\":[" vulns "]}"

#define HEAD "device,class,os,os_version,publisher,name,version,cpe\n"
#define PC(id, version)                                                                            \
	id ",workstation,Linux,5,Acme,Widget," version ",cpe:2.3:a:acme:widget:" version           \
	   ":*:*:*:*:*:*:*\n"

static void advance(struct world *w, struct alerts_advanced *ret)
{
	struct clock clock = clock_fixed(w->now_ms);
	struct alerts *a = NULL;
	struct err err = {0};

	if (!alerts_open(w->journal, &clock, &a, &err) || !alerts_advance(a, ret, &err))
		fail_msg("%s", err.text);
	alerts_close(a);
}

static void go(struct world *w)
{
	struct alerts_advanced done;

	advance(w, &done);
}

static bool add_line(void *ctx, struct str line, struct err *err)
{
	(void)err;
	text_add(ctx, line);
	text_add_char(ctx, '\n');
	return true;
}

static void derived(struct world *w, struct text *to)
{
	struct err err = {0};

	assert_true(store_dump(
		w->store, &(struct store_dump){.kinds = STORE_DERIVED, .line = add_line, .ctx = to},
		&err));
}

/* Derived again from nothing, every byte is the same. */
static void same_from_nothing(struct world *w)
{
	AUTO(text_freep) struct text before = {0}, after = {0};
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct err err = {0};

	derived(w, &before);
	assert_true(store_begin(w->store, &txn, &err));
	assert_true(store_clear(txn, STORE_DERIVED, &err));
	assert_true(store_commit(&txn, &err));
	go(w);
	derived(w, &after);
	assert_string_equal(text_c(&before), text_c(&after));
}

static void alert_about(struct world *w, const char *id, const char *about)
{
	char body[512];

	snprintf(body, sizeof(body),
		 "{'alert':'%s','base':0,'weight':'first','title':'W','severity':'high',"
		 "'tlp':'GREEN','text':'Patch.','about':{%s},"
		 "'audience':{'everyone':true},'outcomes':['fix']%s}",
		 id, about, strstr(about, "query") && strstr(about, "class") ? "" : "");
	world_do(w, "analyst", "alert.draft", body);
	snprintf(body, sizeof(body), "{'alert':'%s','revision':1}", id);
	world_do(w, "national-lead", "alert.approve", body);
	world_do(w, "analyst", "alert.publish", body);
}

static void widget_alert(struct world *w)
{
	world_feed(w, "nvd.json",
		   FEED("2017-05-01T00:00:00.000", VULN("CVE-2017-0001", "widget", "2.0")));
	alert_about(w, "CC-2017-0001", "'cves':['CVE-2017-0001']");
}

#define ROW(what)                                                                                  \
	SQL("SELECT " what " FROM alerts_evidence WHERE alert = 'CC-2017-0001'"                    \
	    " AND org = 'T1' ORDER BY from_ms DESC LIMIT 1")
#define ROWS SQL("SELECT COUNT(*) FROM alerts_evidence WHERE org = 'T1'")

static void exposure_stands_until_it_is_seen_gone(void **state)
{
	struct world *w = *state;
	int64_t first;

	world_do(w, "national-lead", "org.change", "{'org':'T1','expected_devices':2}");
	widget_alert(w);
	world_inventory(w, "T1", HEAD PC("A", "1.0") PC("B", "3.0"));
	first = w->now_ms;
	go(w);
	assert_int_equal(world_count(w, ROWS), 1);
	assert_int_equal(world_count(w, ROW("exposed")), 1);
	assert_int_equal(world_count(w, ROW("newest_ms")), first);
	assert_int_equal(world_count(w, ROW("covered")), 2);
	assert_int_equal(world_count(w, ROW("until_ms")), first + 7 * MS_PER_DAY);
	assert_int_equal(world_count(w, SQL("SELECT COUNT(*) FROM alerts_cover")), 1);
	/* The same again: one run. */
	world_at(w, "2017-05-15T09:00:00Z");
	world_inventory(w, "T1", HEAD PC("A", "1.1") PC("B", "3.0"));
	go(w);
	assert_int_equal(world_count(w, ROWS), 1);
	assert_int_equal(world_count(w, ROW("from_ms")), first);
	assert_int_equal(world_count(w, ROW("last_ms")), w->now_ms);
	/* Not listed any more, by an inventory that does not cover: silence improves nothing. */
	world_at(w, "2017-05-16T09:00:00Z");
	world_do(w, "national-lead", "org.change", "{'org':'T1','expected_devices':3}");
	world_inventory(w, "T1", HEAD PC("B", "3.0"));
	go(w);
	assert_int_equal(world_count(w, ROW("exposed")), 1);
	assert_int_equal(world_count(w, ROW("until_ms")), 0);
	assert_true(world_count(w, ROW("newest_ms")) < w->now_ms);
	/* Covering, and without it. */
	world_at(w, "2017-05-17T09:00:00Z");
	world_inventory(w, "T1", HEAD PC("B", "3.0") PC("C", "3.0") PC("D", "2.0"));
	go(w);
	assert_int_equal(world_count(w, ROW("exposed")), 0);
	assert_int_equal(world_count(w, ROW("from_ms")), w->now_ms);
	assert_int_equal(world_count(w, ROW("ends_ms")), 0);
	world_at(w, "2017-05-18T09:00:00Z");
	world_inventory(w, "T1", HEAD PC("B", "3.1") PC("C", "3.0") PC("D", "2.0"));
	go(w);
	assert_int_equal(world_count(w, ROW("ends_ms")), w->now_ms);
	same_from_nothing(w);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int alerts_evidence_run(void)
{
	const struct CMUnitTest tests[] = {
		CASE(exposure_stands_until_it_is_seen_gone),
	};

	return cmocka_run_group_tests_name("alerts, evidence", tests, NULL, NULL);
}
