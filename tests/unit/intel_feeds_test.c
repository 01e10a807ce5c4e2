#include "intel_tests.h"

#include "base/mem.h"
#include "base/parallel.h"

/* Small feeds of every kind, what becomes of them, and feeds that are wrong. */

#define ITEM(id, modified, text, nodes)                                                            \
	"{\"cve\":{\"CVE_data_meta\":{\"ID\":\"" id "\"},\"description\":{\"description_data\":["  \
	"{\"lang\":\"en\",\"value\":\"" text "\"}]}},\"configurations\":{\"nodes\":[" nodes "]},"  \
	"\"impact\":{\"baseMetricV3\":{\"cvssV3\":{\"vectorString\":"                              \
	"\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\",\"baseScore\":9.8}}},"                   \
	"\"publishedDate\":\"2017-03-17T00:59Z\",\"lastModifiedDate\":\"" modified "\"}"
#define FEED(items) "{\"CVE_data_timestamp\":\"2021-10-01T07:00Z\",\"CVE_Items\":[" items "]}"
#define CPE(s) "\"cpe23Uri\":\"cpe:2.3:" s "\""
#define SMB                                                                                        \
	"{\"operator\":\"AND\",\"children\":[{\"operator\":\"OR\",\"cpe_match\":[{\"vulnerable\":" \
	"true," CPE(                                                                               \
		"a:microsoft:server_message_block:1.0:*:*:*:*:*:*:*") "}]},{\"operator\":\"OR\","  \
								      "\"cpe_match\":[{"           \
								      "\"vulnerable\":false," CPE( \
									      "o:microsoft:"       \
									      "windows_7:*:sp1:*:" \
									      "*:*:*:*:*") "}]}]}"
#define RANGE                                                                                      \
	"{\"operator\":\"OR\",\"cpe_match\":[{\"vulnerable\":true," CPE(                           \
		"a:mozilla:firefox:*:*:*:*:*:*:*:*") ",\"versionStartIncluding\":\"50.0\","        \
						     "\"versionEndExcluding\":\"52.0\"}]}"

static void import_text(struct world *w, const char *name, const char *text)
{
	struct err err;

	assert_ok(world_import(w, str_of(name), str_of(text), RECEIVED, &err));
}

static bool add_line(void *ctx, struct str line, struct err *err)
{
	(void)err;
	text_add(ctx, line);
	text_add_char(ctx, '\n');
	return true;
}

/* The recorded rows, but for those that say which record brought them when without is set. */
static void dump(struct world *w, struct text *out)
{
	const struct store_dump what = {.kinds = STORE_RECORDED, .line = add_line, .ctx = out};
	struct err err;

	assert_ok(store_dump(w->store, &what, &err));
}

static struct intel_image *load(struct world *w)
{
	struct intel_image *image = NULL;
	struct err err;

	assert_ok(intel_image_load(w->store, NULL, 0, &image, &err));
	return image;
}

static void nvd_becomes_an_image(void **state)
{
	struct world w;
	struct err err;
	const struct vuln_row *v;

	(void)state;
	assert_ok(world_open(&w, &err));
	import_text(&w, "a.json",
		    FEED(ITEM("CVE-2017-0144", "2018-06-21T01:29Z", "SMB", SMB "," RANGE) "," ITEM(
			    "CVE-2017-0002", "2018-06-21T01:29Z", "no nodes",
			    "") "," ITEM("CVE-2017-0003", "2018-06-21T01:29Z", "** REJECT ** no",
					 RANGE) "," ITEM("CVE-2017-0004", "2018-06-21T01:29Z",
							 "again", RANGE)));
	AUTO(intel_image_closep) struct intel_image *m = load(&w);

	assert_int_equal(m->nvulns, 4);
	assert_int_equal(m->nmatches, 3); /* the range is one criterion for both */
	v = intel_image_find(m, STR("CVE-2017-0144"));
	assert_non_null(v);
	assert_int_equal(v->state, VULN_ANALYSED);
	assert_int_equal(v->nsteps, 7);
	static const enum config_op ops[] = {CONFIG_MATCH, CONFIG_OR,	 CONFIG_PLATFORM, CONFIG_OR,
					     CONFIG_AND,   CONFIG_MATCH, CONFIG_OR};

	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		assert_int_equal(m->steps[v->first_step + i].op, ops[i]);
	assert_int_equal(m->steps[v->first_step + 4].arg, 2);
	const struct match *range = &m->matches[m->steps[v->first_step + 5].arg];

	assert_true(str_is(range->cpe, "cpe:2.3:a:mozilla:firefox:*:*:*:*:*:*:*:*"));
	assert_true(str_is(range->start, "50.0") && !range->start_excluding);
	assert_true(str_is(range->end, "52.0") && range->end_excluding);
	assert_float_equal(v->cvss, 9.8, 0.001);
	assert_int_equal(intel_image_find(m, STR("CVE-2017-0002"))->state, VULN_AWAITING);
	v = intel_image_find(m, STR("CVE-2017-0003"));
	assert_int_equal(v->state, VULN_REJECTED);
	assert_int_equal(v->nsteps, 0);
	assert_null(intel_image_find(m, STR("CVE-2017-9999")));
	/* Some only: the same row. */
	AUTO(intel_image_closep) struct intel_image *some = NULL;
	const struct str only[] = {STR("CVE-2017-0144"), STR("nonsense"), STR("CVE-2017-9999"),
				   STR("CVE-2017-0144")};

	assert_ok(intel_image_load(w.store, only, ARRAY_LEN(only), &some, &err));
	assert_int_equal(some->nvulns, 1);
	assert_int_equal(some->vulns[0].nsteps, 7);
	world_close(&w);
}

static void newer_wins_in_any_order(void **state)
{
	static const char *const feeds[] = {
		FEED(ITEM("CVE-2017-0144", "2018-06-21T01:29Z", "old", SMB)),
		FEED(ITEM("CVE-2017-0144", "2019-06-21T01:29Z", "new", RANGE)),
		FEED(ITEM("CVE-2017-0144", "2019-06-21T01:29Z", "same time", SMB)),
	};
	static const size_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
					   {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	struct str first = {0};
	struct err err;

	(void)state;
	for (size_t o = 0; o < ARRAY_LEN(orders); o++) {
		AUTO(arena_closep) struct arena *arena = arena_open();
		struct vuln_detail d;
		struct world w;

		assert_ok(world_open(&w, &err));
		for (size_t i = 0; i < 3; i++)
			import_text(&w, "a.json", feeds[orders[o][i]]);
		assert_ok(intel_vuln_get(w.store, arena, STR("CVE-2017-0144"), &d, &err));
		assert_false(str_is(d.description, "old"));
		if (!o)
			first = str_of(str_is(d.description, "new") ? "new" : "same time");
		assert_true(str_eq(first, d.description));
		world_close(&w);
	}
}

#define OVERRIDE(id, cpe)                                                                          \
	"{\"_annotation\":{\"cve_id\":\"" id                                                       \
	"\",\"modified\":\"2024-08-01T16:27:57.203000+00:00\","                                    \
	"\"description\":\"from the override\"},\"cve\":{\"configurations\":[{\"nodes\":["         \
	"{\"cpeMatch\":[{\"criteria\":\"" cpe "\",\"vulnerable\":true}],\"negate\":false,"         \
	"\"operator\":\"OR\"}]}]}}\n"

static void overrides_fill_only(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct vuln_detail d;
	struct world w;
	struct err err;

	(void)state;
	assert_ok(world_open(&w, &err));
	import_text(&w, "o.ndjson",
		    OVERRIDE("CVE-2017-0144", "cpe:2.3:a:x:x:*:*:*:*:*:*:*:*")
			    OVERRIDE("CVE-2017-0002", "cpe:2.3:a:y:y:*:*:*:*:*:*:*:*")
				    OVERRIDE("CVE-2024-0001", "cpe:2.3:a:z:z:*:*:*:*:*:*:*:*"));
	import_text(&w, "a.json",
		    FEED(ITEM("CVE-2017-0144", "2018-06-21T01:29Z", "SMB",
			      SMB) "," ITEM("CVE-2017-0002", "2018-06-21T01:29Z", "no nodes", "")));
	AUTO(intel_image_closep) struct intel_image *m = load(&w);

	assert_int_equal(m->nvulns, 3);
	assert_false(intel_image_find(m, STR("CVE-2017-0144"))->from_override);
	assert_true(intel_image_find(m, STR("CVE-2017-0002"))->from_override);
	assert_int_equal(intel_image_find(m, STR("CVE-2024-0001"))->state, VULN_ANALYSED);
	assert_ok(intel_vuln_get(w.store, arena, STR("CVE-2024-0001"), &d, &err));
	assert_true(str_is(d.description, "from the override"));
	assert_true(d.from_override && str_is(d.config_from.feed, "o"));
	assert_ok(intel_vuln_get(w.store, arena, STR("CVE-2017-0144"), &d, &err));
	assert_int_equal(d.nconfig_lines, 5);
	assert_true(str_is(d.config_lines[0], "all of"));
	assert_true(str_is(d.config_lines[2], "    microsoft server_message_block 1.0"));
	assert_true(str_is(d.config_lines[4], "    running on microsoft windows_7 sp1"));
	world_close(&w);
}

static const char kev[] =
	"{\"title\":\"x\",\"catalogVersion\":\"2025.08.25\",\"dateReleased\":"
	"\"2025-08-25T17:04:19.9796Z\",\"vulnerabilities\":[{\"cveID\":\"CVE-2017-0144\","
	"\"vulnerabilityName\":\"SMBv1\",\"dateAdded\":\"2022-02-10\",\"requiredAction\":\"Apply\","
	"\"dueDate\":\"2022-08-10\",\"knownRansomwareCampaignUse\":\"Known\"}]}";
static const char kev_before[] =
	"cveID,vendorProject,product,vulnerabilityName,dateAdded,dueDate,"
	"knownRansomwareCampaignUse\nCVE-2017-0001,a,b,c,2022-02-10,2022-08-10,Unknown\n";
static const char epss[] = "#model_version:v2025.03.14,score_date:2025-09-01T00:00:00+0000\n"
			   "cve,epss,percentile\nCVE-2017-0144,0.94321,0.99951\n"
			   "CVE-2017-0145,7,0.1\n";

static void exploitation(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct vuln_detail d;
	struct world w;
	struct err err;

	(void)state;
	assert_ok(world_open(&w, &err));
	import_text(&w, "kev.json", kev);
	import_text(&w, "kev.csv", kev_before); /* an older catalogue changes nothing */
	import_text(&w, "epss.csv", epss);
	AUTO(intel_image_closep) struct intel_image *m = load(&w);
	const struct vuln_row *v = intel_image_find(m, STR("CVE-2017-0144"));

	assert_int_equal(m->nvulns, 1);
	assert_true(v->kev && v->kev_ransomware);
	assert_int_equal(v->kev_due_ms, 1660089600000);
	assert_float_equal(v->epss, 0.94321, 1e-6);
	assert_ok(intel_vuln_get(w.store, arena, STR("cve-2017-0144"), &d, &err));
	assert_true(str_is(d.kev_name, "SMBv1") && str_is(d.kev_from.kind, "kev"));
	assert_int_equal(d.epss_ms, 1756684800000);
	assert_int_equal(d.epss_from.record, 3);
	assert_false(intel_vuln_get(w.store, arena, STR("CVE-2017-0001"), &d, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_false(intel_vuln_get(w.store, arena, STR("MS17-010"), &d, &err));
	assert_int_equal(err.code, ERR_INVALID);
	world_close(&w);
}

static const char msrc[] =
	"\"DatePosted\",\"CVE\",\"BulletinKB\",\"Title\",\"AffectedProduct\",\"AffectedComponent\","
	"\"Severity\",\"Impact\",\"Supersedes\",\"Exploits\"\n# a comment\n"
	"\"20170314\",\"CVE-2017-0144\",\"4012215\",\"Windows\nSMB\",\"Windows 7 for x64-based "
	"Systems Service Pack 1\",\"\",\"Critical\",\"RCE\",\"3212646\",\"\"\n"
	"\"20170314\",\"CVE-2017-0144\",\"4012606\",\"t\",\"Windows 10 for x64-based "
	"Systems\",\"\","
	"\"Critical\",\"RCE\",\"3210720;3205383\",\"\"\n"
	"\"20170314\",\"CVE-2017-0144\",\"4013429\",\"t\",\"Windows 10 Version 1607 for x64-based "
	"Systems\",\"\",\"Critical\",\"RCE\",\"4012606\",\"\"\n"
	"\"20170314\",\"CVE-2017-0144\",\"4013999\",\"t\",\"Internet Explorer 11 on Windows 7 for "
	"x64-based Systems Service Pack 1\",\"\",\"Critical\",\"RCE\",\"\",\"\"\n"
	"\"20170314\",\"CVE-2017-0144\",\"\",\"t\",\"Windows Server "
	"2012\",\"\",\"\",\"\",\"\",\"\"\n"
	"\"20170411\",\"\",\"4015549\",\"April\",\"Windows 7 for x64-based Systems Service Pack "
	"1\","
	"\"\",\"\",\"\",\"4012215\",\"\"\n";

static int line_number(const char *name)
{
	for (size_t i = 0; i < windows_line_count(); i++)
		if (!strcmp(windows_line_at(i)->name, name))
			return (int)i;
	return -1;
}

static const struct fix *fix_on(const struct intel_image *m, const char *cve, const char *line)
{
	const struct vuln_row *v = intel_image_find(m, str_of(cve));

	for (uint32_t i = 0; v && i < v->nfixes; i++)
		if (m->fixes[v->first_fix + i].line == line_number(line))
			return &m->fixes[v->first_fix + i];
	return NULL;
}

static void fixes_by_line(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct vuln_detail d;
	struct world w;
	struct err err;

	(void)state;
	assert_ok(world_open(&w, &err));
	import_text(&w, "msrc_20170412.csv", msrc);
	import_text(&w, "rules.csv",
		    "cve,line,kind,kb,file,from,branch_low,branch_high,source\n"
		    "CVE-2017-0144,7sp1,not_kb,KB4015546,,,,,KB4023262\n"
		    "CVE-2017-0144,7sp1,file,,srv.sys,6.1.7601.23689,,,KB4023262\n"
		    "CVE-2017-0144,no such line,kb,1234567,,,,,\n");
	AUTO(intel_image_closep) struct intel_image *m = load(&w);

	assert_int_equal(intel_image_find(m, STR("CVE-2017-0144"))->state, VULN_AWAITING);
	const struct fix *f = fix_on(m, "CVE-2017-0144", "7sp1");

	assert_non_null(f);
	assert_int_equal(f[0].kind, FIX_KB);
	assert_int_equal(f[0].kb, 4012215); /* Internet Explorer's is not the system's */
	assert_int_equal(f[1].kind, FIX_NOT_KB);
	assert_int_equal(f[2].kind, FIX_FILE);
	assert_true(str_is(f[2].from, "6.1.7601.23689"));
	assert_true(fix_on(m, "CVE-2017-0144", "2012")->listed_only);
	/* Said of 1607, so it says nothing of 1507, though it names 1507's KB. */
	bool seen = false;

	for (uint32_t i = 0; i < m->nedges; i++) {
		assert_false(m->edges[i].newer_kb == 4013429 &&
			     m->edges[i].line == line_number("10-10240"));
		seen = seen || (m->edges[i].newer_kb == 4013429 && m->edges[i].older_kb == 4012606);
	}
	assert_true(seen);
	assert_ok(intel_vuln_get(w.store, arena, STR("CVE-2017-0144"), &d, &err));
	assert_int_equal(d.nfixes, 7);
	assert_true(str_is(d.fixes[0].kb, "KB4012215"));
	assert_true(str_is(d.fixes[0].title, "Windows\nSMB"));
	assert_true(str_is(d.fixes[1].supersedes, "KB3210720 KB3205383"));
	assert_null(d.fixes[3].line);
	assert_true(str_is(d.fixes[0].from.feed, "msrc"));
	/* A newer edition of the same list replaces the older as a whole. */
	import_text(&w, "msrc_20170501.csv",
		    "DatePosted,CVE,BulletinKB,Title,AffectedProduct,Supersedes\n"
		    "20170501,CVE-2017-0999,4019999,t,Windows Server 2012,\n");
	assert_ok(intel_vuln_get(w.store, arena, STR("CVE-2017-0144"), &d, &err));
	assert_int_equal(d.nfixes, 2);
	import_text(&w, "msrc_20170412.csv", msrc);
	assert_ok(intel_vuln_get(w.store, arena, STR("CVE-2017-0144"), &d, &err));
	assert_int_equal(d.nfixes, 2);
	world_close(&w);
}

static const char history[] =
	"release,build_or_sp,kind,order,revision,kb,url\n"
	"Windows 7,SP1,rollup,1,,3212646,\nWindows 7,SP1,rollup,2,,4012215,\n"
	"Windows 7,SP1,rollup,3,,4015549,\nWindows 7,SP1,securityOnly,1,,4012212,\n"
	"Windows 7,SP1,securityOnly,2,,4015546,\n"
	"Windows 10,14393,rollup,1,953,4013429,\nWindows 10,14393,rollup,2,1066,4015217,\n"
	"Windows 7,SP1,neither,4,,1,\n";

static bool has_link(const struct kb_links *links, uint32_t kb, bool newer)
{
	for (size_t i = 0; i < links->n; i++)
		if (links->v[i].kb == kb && links->v[i].newer == newer)
			return true;
	return false;
}

static void histories_and_closure(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct kb_links links;
	struct world w;
	struct err err;

	(void)state;
	assert_ok(world_open(&w, &err));
	import_text(&w, "history.csv", history);
	import_text(&w, "msrc_20170412.csv", msrc);
	AUTO(intel_image_closep) struct intel_image *m = load(&w);
	const struct history *h = intel_image_history(m, windows_line_by_name(STR("2008r2sp1")));

	assert_non_null(h); /* client and server share it */
	assert_int_equal(h->nrollups, 3);
	assert_int_equal(h->rollups[2].kb, 4015549);
	assert_int_equal(h->nsecurity_only, 2);
	assert_null(intel_image_history(m, windows_line_by_name(STR("2012"))));
	links = intel_kb_closure(m, arena, 4012215, windows_line_by_name(STR("7sp1")));
	assert_true(has_link(&links, 4015549, true));
	assert_true(has_link(&links, 3212646, false));
	/* Security-only updates pass nothing on. */
	links = intel_kb_closure(m, arena, 4012212, windows_line_by_name(STR("7sp1")));
	assert_int_equal(links.n, 0);
	links = intel_kb_closure(m, arena, 4012606, NULL);
	for (size_t i = 0; i < links.n; i++)
		assert_string_not_equal(links.v[i].newer ? links.v[i].line->name : "", "10-10240");
	world_close(&w);
}

static void support_dates_and_products(void **state)
{
	AUTO(intel_cycles_closep) struct intel_cycles *c = NULL;
	struct intel_candidate best[3];
	const struct intel_cycle *one;
	struct world w;
	struct err err;

	(void)state;
	assert_ok(world_open(&w, &err));
	import_text(
		&w, "eol.ndjson",
		"{\"_product\":\"python\",\"title\":\"Python\",\"identifiers\":[{\"cpe\":"
		"\"cpe:2.3:a:python:python\"},{\"purl\":\"pkg:x/y\"}],\"releases\":["
		"{\"releaseCycle\":\"3.1\",\"eol\":\"2012-04-09\",\"releaseDate\":\"2009-06-27\"},"
		"{\"releaseCycle\":\"3.10\",\"eol\":\"2026-10-31\",\"releaseDate\":\"2021-10-04\"}]"
		"}\n"
		"{\"_product\":\"x\",\"releases\":[{\"releaseCycle\":\"7\",\"eol\":true}]}\n");
	import_text(&w, "a.json",
		    FEED(ITEM("CVE-2017-0144", "2018-06-21T01:29Z", "SMB", SMB "," RANGE)));
	assert_ok(intel_cycles_load(w.store, &c, &err));
	one = intel_cycle_for(c, STR("python"), STR("python"), STR("3.10.6"));
	assert_non_null(one);
	assert_true(str_is(one->cycle, "3.10"));
	assert_null(intel_cycle_for(c, STR("python"), STR("python"), STR("4.0")));
	assert_null(intel_cycle_for(c, STR("python"), STR("other"), STR("3.10")));
	AUTO(intel_dictionary_closep) struct intel_dictionary *d = NULL;

	assert_ok(intel_dictionary_load(w.store, &d, &err));
	assert_int_equal(intel_dictionary_count(d), 3);
	assert_int_equal(
		intel_dictionary_find(d, (struct str){0}, STR("mozilla"), STR("firefox"))->cves, 1);
	assert_null(intel_dictionary_find(d, STR("o"), STR("mozilla"), STR("firefox")));
	assert_int_equal(intel_dictionary_candidates(d, STR("Mozilla"),
						     STR("Mozilla Firefox 51.0 (x64 en-GB)"), 3,
						     best),
			 1);
	assert_true(best[0].vendor_agrees && best[0].score > 0.8);
	world_close(&w);
}

/* ---- what is wrong ---- */

static void refuse(const char *name, struct str bytes, const char *word)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct intel_batch *b;
	struct err err;

	if (intel_read(arena, str_of(name), bytes, &b, &err))
		fail_msg("'%.*s' was taken", STR_FMT(str_sub(bytes, 0, 80)));
	if (!strstr(err.text, word) || !strstr(err.text, name))
		fail_msg("'%s' says neither '%s' nor '%s'", err.text, word, name);
}

static void cut_anywhere(void **state)
{
	const struct str whole =
		STR(FEED(ITEM("CVE-2017-0144", "2018-06-21T01:29Z", "SMB", SMB "," RANGE)));

	(void)state;
	for (size_t n = 0; n < whole.n; n++) {
		struct str cut = {mem_copy(whole.p, n), n};

		refuse("cut.json", cut, "");
		free((void *)(uintptr_t)cut.p);
	}
}

static void wrong_feeds(void **state)
{
	(void)state;
	refuse("a.json", STR("{\"CVE_Items\":[],\"CVE_Items\":[]}"), "twice");
	refuse("a.json", STR("{\"hello\":1}"), "no feed that we know");
	refuse("a.csv", STR("a,b\n1,2\n"), "no feed that we know");
	refuse("a.json", STR(FEED(ITEM("CVE-2017-0144", "99999-06-21T01:29Z", "far", SMB))),
	       "CVE-2017-0144: a date that is none");
	refuse("kev.csv", STR("cveID,vendorProject,dateAdded\nCVE-2017-0144,x\n"), "line 2");
	refuse("a.csv", STR("cve,epss,percentile\nCVE-2017-0144,nan,0.5\n"), "line 2");
	refuse("h.csv", STR("release,build_or_sp,kind,order,revision,kb\nW,1,rollup,x,,1\n"),
	       "line 2");
}

static void unreadable_criteria(void **state)
{
	AUTO(text_freep) struct text feed = {0};
	struct world w;
	struct err err;
	const struct vuln_row *v;

	(void)state;
	text_add_c(&feed, "{\"CVE_Items\":[");
	text_add_c(&feed, ITEM("CVE-2017-0001", "2018-06-21T01:29Z", "broken escape",
			       "{\"operator\":\"OR\",\"cpe_match\":[{\"vulnerable\":true," CPE(
				       "a:x\\\\:y:1.0:*:*:*:*:*:*:*") "}]}"));
	text_add_c(&feed, "," ITEM("CVE-2017-0002", "2018-06-21T01:29Z", "", RANGE));
	text_add_c(&feed, ",{\"cve\":{\"CVE_data_meta\":{\"ID\":\"CVE-2017-0003\"}},"
			  "\"configurations\":{\"nodes\":[{\"operator\":\"OR\",\"cpe_match\":[{"
			  "\"vulnerable\":true," CPE(
				  "a:x:y:*:*:*:*:*:*:*:*") ","
							   "\"versionEndIncluding\":\"");
	for (size_t i = 0; i < 10000; i++)
		text_add_char(&feed, '1');
	text_add_c(&feed, "\"}]}]},\"lastModifiedDate\":\"2018-06-21T01:29Z\"}]}");
	assert_ok(world_open(&w, &err));
	assert_ok(world_import(&w, STR("bad.json"), text_str(&feed), RECEIVED, &err));
	assert_non_null(strstr(text_c(&w.last_body), "\"criteria_refused\":2"));
	AUTO(intel_image_closep) struct intel_image *m = load(&w);

	for (size_t i = 0; i < 3; i += 2) {
		v = &m->vulns[i];
		assert_true(v->has_unreadable);
		assert_int_equal(v->state, VULN_ANALYSED);
		assert_int_equal(v->nsteps, 2);
		assert_int_equal(m->steps[v->first_step].op, CONFIG_UNREADABLE);
	}
	assert_false(m->vulns[1].has_unreadable);
	world_close(&w);
}

static void the_future_is_refused(void **state)
{
	struct world w;
	struct err err;

	(void)state;
	assert_ok(world_open(&w, &err));
	assert_false(world_import(&w, STR("a.json"),
				  STR(FEED(ITEM("CVE-2017-0144", "2999-06-21T01:29Z", "x", SMB))),
				  RECEIVED, &err));
	assert_non_null(strstr(err.text, "CVE-2017-0144 says it was modified in the future"));
	world_close(&w);
}

/* ---- again from the journal ---- */

struct replay {
	struct world *w;
	struct store_txn *txn;
};

static bool replay_one(void *ctx, const struct record *record, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct replay *r = ctx;
	struct act_ctx act = {.store = r->w->store,
			      .txn = r->txn,
			      .journal = r->w->journal,
			      .record = record,
			      .arena = arena};

	if (!json_parse(doc, record->body, 0, &act.body, err))
		return false;
	for (const struct act_kind *k = intel_acts; k->name; k++)
		if (str_is(record->act, k->name))
			return k->apply(&act, err);
	return true;
}

static void rebuild_is_identical(void **state)
{
	AUTO(text_freep) struct text before = {0}, after = {0}, body = {0};
	struct world w;
	struct replay r = {.w = &w};
	struct err err;

	(void)state;
	assert_ok(world_open(&w, &err));
	import_text(&w, "a.json", FEED(ITEM("CVE-2017-0144", "2018-06-21T01:29Z", "SMB", SMB)));
	import_text(&w, "b.json", FEED(ITEM("CVE-2017-0144", "2017-06-21T01:29Z", "old", RANGE)));
	import_text(&w, "kev.json", kev);
	import_text(&w, "epss.csv", epss);
	import_text(&w, "msrc_20170412.csv", msrc);
	import_text(&w, "history.csv", history);
	intel_source_body(STR("nvd-recent"), STR("nvd"), STR("https://feeds.invalid/r.json.gz"),
			  &body);
	assert_ok(store_begin(w.store, &r.txn, &err));
	assert_ok(
		world_act(&w, r.txn, (struct world_request){1, text_str(&body), NULL, NULL}, &err));
	assert_ok(store_commit(&r.txn, &err));
	dump(&w, &before);
	assert_ok(store_begin(w.store, &r.txn, &err));
	assert_ok(store_clear(r.txn, STORE_RECORDED, &err));
	assert_ok(journal_each(w.journal, (struct journal_range){1, INT64_MAX}, replay_one, &r,
			       &err));
	assert_ok(store_commit(&r.txn, &err));
	dump(&w, &after);
	assert_string_equal(text_c(&before), text_c(&after));
	world_close(&w);
}

static void feeds_are_listed(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct intel_feed *v;
	struct world w;
	struct err err;
	size_t n;

	(void)state;
	assert_ok(world_open(&w, &err));
	import_text(&w, "kev.json", kev);
	import_text(&w, "kev.csv", kev_before);
	import_text(&w, "epss.csv", epss);
	assert_ok(intel_feed_list(w.store, arena, &v, &n, &err));
	assert_int_equal(n, 3);
	assert_true(str_is(v[0].kind, "epss") && v[0].current);
	assert_int_equal(v[0].counts.accepted, 1);
	assert_int_equal(v[0].counts.refused, 1);
	assert_true(str_is(v[0].verdict, "accepted in part"));
	assert_true(v[1].current && !v[2].current);
	assert_true(str_is(v[1].source, "kev.json"));
	world_close(&w);
}

/* Threads change nothing: the same batches, and the first file in order that fails is named. */
static void many_files_at_once(void **state)
{
	static const char *const names[] = {"nvd11.json", "nvd20.json", "kev.json", "epss.csv",
					    "msrc.csv",	  "nothing",	"fix.csv"};
	const char *source = getenv("LYNCHPIN_SOURCE");
	struct intel_job jobs[2][ARRAY_LEN(names)];
	struct err err[2] = {0};
	char paths[ARRAY_LEN(names)][512];
	char a[HASH_HEX_BYTES], b[HASH_HEX_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/tests/fuzz/corpus/feed/%s",
			 source ? source : ".", names[i]);
		jobs[0][i].path = jobs[1][i].path = paths[i];
	}
	for (unsigned k = 0; k < 2; k++) {
		parallel_set_width(k ? 4 : 1);
		assert_false(intel_read_each(jobs[k], ARRAY_LEN(names), &err[k]));
	}
	parallel_set_width(0);
	assert_string_equal(err[0].text, err[1].text);
	assert_non_null(strstr(err[0].text, "nothing"));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct intel_batch *x = jobs[0][i].batch, *y = jobs[1][i].batch;

		assert_int_equal(x == NULL, strcmp(names[i], "nothing") == 0);
		assert_int_equal(y == NULL, x == NULL);
		if (!x || !y)
			continue;
		assert_true(str_eq(hash_hex(&x->digest, a), hash_hex(&y->digest, b)));
		assert_int_equal(x->counts.accepted, y->counts.accepted);
	}
	intel_jobs_release(jobs[0], ARRAY_LEN(names));
	intel_jobs_release(jobs[1], ARRAY_LEN(names));
}

struct told {
	struct world *w;
	struct arena *arena;
	struct intel_news last;
};

static bool hear(void *ctx, const struct record *r, struct err *err)
{
	struct told *t = ctx;

	return intel_news_of(t->w->journal, r, t->arena, &t->last, err);
}

static struct intel_news news_after(struct told *t, struct journal_mark *mark, const char *name,
				    const char *bytes)
{
	struct err err;

	import_text(t->w, name, bytes);
	assert_ok(journal_news(t->w->journal, mark, hear, t, &err));
	return t->last;
}

static void news_name_what_changed(void **state)
{
	AUTO(journal_mark_closep) struct journal_mark *mark = journal_mark_open();
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct world w;
	struct told t = {&w, arena, {0}};
	struct intel_news n;
	struct err err;

	(void)state;
	assert_ok(world_open(&w, &err));
	n = news_after(&t, mark, "a.json",
		       FEED(ITEM("CVE-2017-0144", "2018-06-21T01:29Z", "x",
				 SMB) "," ITEM("CVE-2017-0001", "2018-06-21T01:29Z", "x", RANGE)));
	assert_true(!n.whole && !n.kev && n.n == 2);
	AUTO(intel_image_closep) struct intel_image *before = load(&w);

	n = news_after(&t, mark, "kev.json", kev);
	assert_true(!n.whole && n.kev && n.n == 1 && str_is(n.v[0], "CVE-2017-0144"));
	n = news_after(&t, mark, "rules.csv",
		       "cve,line,kind,kb,file,from,branch_low,branch_high,source\n"
		       "CVE-2017-0144,7sp1,kb,KB4012212,,,,,x\n");
	assert_true(n.whole);
	n = news_after(&t, mark, "b.json",
		       FEED(ITEM("CVE-2017-0144", "2019-06-21T01:29Z", "x", RANGE)));
	assert_true(!n.whole && n.n == 1);
	/* Asked twice, and one that nobody knows: once, and not at all. */
	struct str cves[] = {STR("CVE-2017-0144"), STR("CVE-2017-7777"), STR("CVE-2017-0144")};
	struct intel_image *more = NULL;

	n = (struct intel_news){.v = cves, .n = ARRAY_LEN(cves)};
	assert_ok(intel_image_more(w.store, &n, before, &more, &err));
	assert_int_equal(more->nvulns, 1);
	assert_true(more->vulns[0].kev && more->vulns[0].nfixes == 1);
	assert_true(str_is(more->matches[0].end, "52.0"));
	assert_ptr_equal(more->edges, before->edges);
	assert_false(hash_eq(&more->digest, &before->digest));
	intel_image_close(more);
	world_close(&w);
}

const struct CMUnitTest intel_feeds_tests[] = {
	cmocka_unit_test(nvd_becomes_an_image),
	cmocka_unit_test(newer_wins_in_any_order),
	cmocka_unit_test(overrides_fill_only),
	cmocka_unit_test(exploitation),
	cmocka_unit_test(fixes_by_line),
	cmocka_unit_test(histories_and_closure),
	cmocka_unit_test(support_dates_and_products),
	cmocka_unit_test(cut_anywhere),
	cmocka_unit_test(wrong_feeds),
	cmocka_unit_test(unreadable_criteria),
	cmocka_unit_test(the_future_is_refused),
	cmocka_unit_test(rebuild_is_identical),
	cmocka_unit_test(feeds_are_listed),
	cmocka_unit_test(many_files_at_once),
	cmocka_unit_test(news_name_what_changed),
	{0},
};
