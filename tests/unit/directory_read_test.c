#include "directory_world.h"

#include "base/file.h"
#include "directory/inner.h"
#include "wire/wire.h"

struct reading {
	struct directory_report report;
	struct err err;
	bool ok;
};

static struct reading read_as(const char *format, struct str bytes)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct directory_batch *batch = NULL;
	struct reading r = {0};

	r.ok = directory_read(&(struct directory_import){.bytes = bytes, .format = str_of(format)},
			      arena, &r.report, &batch, &r.err);
	if (r.ok && r.report.nreasons)
		snprintf(r.err.text, sizeof(r.err.text), "%zu:%.*s", r.report.reasons[0].line,
			 STR_FMT(r.report.reasons[0].text));
	return r;
}

/* 27 columns from the few that matter. */
static void ods_row(struct text *t, const char *head, const char *places, const char *tail)
{
	text_addf(t, "%s,%s,a,b,c,d,e,%s\r\n", head, places, tail);
}

static void ods_practices(struct text *t)
{
	ods_row(t, "\"A1\",\"ELM SURGERY\"", "\"Y1\",\"Q1\"",
		"LS1 1AA,19740401,,A,B,01A,20200401,,01234,,,,0,,01A,,4,");
	ods_row(t, "\"A2\",\"OAK SURGERY\"", "\"Y1\",\"Q1\"",
		"LS1 1AB,19740401,20171031,C,B,01A,20130401,20171031,,,,,0,,01A,,4,");
	ods_row(t, "\"A3\",\"ASH CLINIC\"", "\"Y1\",\"Q9\"",
		"LS1 1AC,19740401,,D,Z,,,,,,,,0,,,,0,");
	ods_row(t, "\"A4\",\"YEW CLINIC\"", "\"Y2\",\"Q9\"",
		"LS1 1AC,19740401,,A,Z,,,,,,,,0,,,,8,");
	ods_row(t, "\"A5\",\"BAD DATE\"", "\"Y2\",\"Q9\"", "LS1 1AC,19741301,,A,Z,,,,,,,,0,,,,8,");
}

static void test_ods(void **state)
{
	struct world *w = *state;
	struct directory_view view = world_view(w);
	AUTO(text_freep) struct text t = {0};
	struct directory_report r;
	struct org org;
	struct err err;

	ods_practices(&t);
	r = world_import(w, "epraccur_20170501.csv", text_str(&t), DIRECTORY_NO_DATE);
	assert_string_equal(r.format, "ods-practice");
	assert_int_equal(r.taken_ms, day_ms("2017-05-01"));
	assert_int_equal(r.accepted, 4);
	assert_int_equal(r.refused, 1);
	assert_int_equal(r.reasons[0].line, 5);
	assert_true(directory_org_get(&view, STR("a1"), &org, &err));
	assert_true(str_is(org.role, "gp_practice"));
	assert_true(str_is(org.region, "Y1"));
	/* It joined its commissioner later than the day asked for. */
	assert_true(str_is(org.parent, "Q1"));
	assert_true(directory_org_get(&view, STR("A2"), &org, &err));
	assert_true(org.closed_ms == day_ms("2017-10-31"));
	assert_true(org.open);
	/* Q9 is in two regions, so it is no place. */
	assert_true(directory_org_get(&view, STR("A3"), &org, &err));
	assert_true(str_is(org.parent, "Y1"));
	assert_true(str_is(org.status, "dormant"));
	world_rebuild_same(w);
}

static void test_sites(void **state)
{
	struct world *w = *state;
	struct directory_view view = world_view(w);
	AUTO(text_freep) struct text t = {0};
	struct directory_report r;
	struct sites sites;
	struct err err;

	ods_row(&t, "R0A,ALDER TRUST", "Y1,Q1", "LS1 1AA,20010401,,,,,,,,,,,0,,B,,,");
	ods_row(&t, "R0A01,ALDER EAST", "Y1,Q1", "LS1 1AA,20010401,,,,,,,,,,,0,,B,,,");
	ods_row(&t, "R0A02,ALDER WEST", "Y1,Q1", "LS1 1AA,20010401,20101231,,,,,,,,,,0,,B,,,");
	ods_row(&t, "R0,SHORT", "Y1,Q1", "LS1 1AA,20010401,,,,,,,,,,,0,,B,,,");
	r = world_import(w, "ets.csv", text_str(&t), day_ms("2017-01-01"));
	assert_string_equal(r.format, "ods-trust");
	assert_int_equal(r.accepted, 3);
	assert_int_equal(r.refused, 1);
	assert_true(directory_sites(&view, STR("r0a"), &sites, &err));
	assert_int_equal(sites.n, 2);
	assert_true(str_is(sites.v[0].name, "ALDER EAST"));
	assert_true(sites.v[1].closed_ms == day_ms("2010-12-31"));
	world_rebuild_same(w);
}

static void test_hierarchy(void **state)
{
	static const char csv[] =
		"PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,PRACTICE_POSTCODE,PCN_CODE,"
		"PCN_NAME,ONS_CCG_CODE,CCG_CODE,CCG_NAME,ONS_STP_CODE,STP_CODE,STP_NAME,"
		"ONS_COMM_REGION_CODE,COMM_REGION_CODE,COMM_REGION_NAME\n"
		"P,01Jan2017,A1,ELM,X,U1,NET ONE,E,01A,SUB,E,QH,BOARD,E,Y1,NORTH\n"
		"P,01Jan2017,A2,OAK,X,U,Unallocated,E,01A,SUB,E,QH,BOARD,E,Y1,NORTH\n";
	struct world *w = *state;
	struct directory_view view = world_view(w);
	struct directory_report r;
	struct org_tree tree;
	struct org org;
	struct err err;

	r = world_import(w, "h.csv", str_of(csv), DIRECTORY_NO_DATE);
	assert_string_equal(r.format, "gp-hierarchy");
	assert_int_equal(r.taken_ms, day_ms("2017-01-01"));
	assert_true(directory_org_get(&view, STR("A1"), &org, &err));
	assert_true(str_is(org.parent, "U1"));
	assert_true(str_is(org.region, "Y1"));
	assert_true(directory_org_tree(&view, STR("Y1"), 0, &tree, &err));
	assert_int_equal(tree.n, 6);
	world_import(
		w, "p.csv",
		STR("PUBLICATION,EXTRACT_DATE,TYPE,CCG_CODE,ONS_CCG_CODE,CODE,POSTCODE,SEX,AGE,"
		    "NUMBER_OF_PATIENTS\nP,01JAN2017,GP,01A,E,A1,X,ALL,ALL,5903\n"
		    "P,01JAN2017,GP,01A,E,A1,X,MALE,ALL,2900\n"),
		DIRECTORY_NO_DATE);
	r = world_import(
		w, "s.csv",
		STR("month,org_code,org_name,staff_group,fte\n2017-MAR,A1,ELM,Nurses,10.4\n"
		    "2016-SEP,A1,ELM,Nurses,99\n2017-MAR,A1,ELM,Doctors,2.1\n"),
		DIRECTORY_NO_DATE);
	assert_int_equal(r.skipped, 1);
	assert_int_equal(r.taken_ms, day_ms("2017-03-01"));
	assert_true(directory_org_get(&view, STR("A1"), &org, &err));
	assert_int_equal(org.patients, 5903);
	assert_int_equal(org.staff, 13);
	world_rebuild_same(w);
}

static void test_lineage(void **state)
{
	struct world *w = *state;
	struct directory_view view = world_view(w);
	struct directory_report r;
	struct org org;
	struct err err;

	r = world_import(w, "l.csv",
			 STR("\"\",Code,Name,Postcode,Start,Close,Sector,Successor.Code\n"
			     "1,00C,DARLINGTON CCG,X,2013-04-01,2016-03-31,CCG,16C\n"
			     "2,16C,TEES VALLEY CCG,X,2016-04-01,,CCG,\n"),
			 day_ms("2017-05-01"));
	assert_string_equal(r.format, "dspt-lineage");
	assert_true(directory_org_get(&view, STR("00C"), &org, &err));
	assert_false(org.open);
	assert_true(str_is(org.successor, "16C"));
}

static void test_refused(void **state)
{
	AUTO(text_freep) struct text t = {0};
	struct reading r;

	(void)state;
	assert_false(read_as("", (struct str){0}).ok);
	assert_false(read_as("", STR("\n\n")).ok);
	r = read_as("", STR("a,b\n1,2\n"));
	assert_false(r.ok);
	assert_int_equal(r.err.code, ERR_UNSUPPORTED);
	assert_int_equal(read_as("nothing", STR("a,b\n1,2\n")).err.code, ERR_UNSUPPORTED);
	r = read_as("", STR("code,name\n"));
	assert_false(r.ok);
	r = read_as("", STR("code,name,role\nA1,x,trust\nA2,x\n"));
	assert_false(r.ok);
	assert_int_equal(r.err.code, ERR_INVALID);
	assert_non_null(strstr(r.err.text, "line 3"));
	r = read_as("", STR("code,name,expected_device\nA1,x,1\n"));
	assert_non_null(strstr(r.err.text, "expected_device"));
	r = read_as("", STR("code,name\n?,x\n,y\n"));
	assert_false(r.ok);
	assert_non_null(strstr(r.err.text, "line 2"));
	r = read_as("", STR("code,name\nA1,x\nA2,\n\"a b\xff\",x\nA4,y\n"));
	assert_true(r.ok);
	assert_int_equal(r.report.accepted, 2);
	assert_int_equal(r.report.refused, 2);
	assert_int_equal(r.report.reasons[0].line, 3);
	r = read_as("",
		    STR("code,name,opened\nA1,x,99999-01-01\nA2,x,2017-02-29\nA3,x,2016-02-29\n"));
	assert_int_equal(r.report.refused, 2);
	r = read_as("relationships", STR("from,kind,to\nA,owns,B\nA,part_of,A\nA,part_of,B\n"));
	assert_int_equal(r.report.refused, 2);
	ods_practices(&t);
	r = read_as("", str_sub(text_str(&t), 0, t.n - 40));
	assert_false(r.ok);
	assert_non_null(strstr(r.err.text, "line 5"));
	assert_false(read_as("", STR("\x1f\x8b\x08\x00\x00")).ok);
	/* Windows-1252 */
	r = read_as("", STR("code,name\nA1,Caf\xe9 Surgery\n"));
	assert_true(r.ok);
}

static void test_many_refused(void **state)
{
	AUTO(text_freep) struct text t = {0};
	struct reading r;

	(void)state;
	text_add_c(&t, "code,name\nOK,Fine\n");
	for (unsigned i = 0; i < 100; i++)
		text_add_c(&t, "?,x\n");
	r = read_as("", text_str(&t));
	assert_true(r.ok);
	assert_int_equal(r.report.refused, 100);
	assert_int_equal(r.report.nreasons, DIRECTORY_REASONS);
}

/* The examples beside the templates can be imported as they are. */
static void test_examples(void **state)
{
	static const char *const names[] = {"organisations", "relationships", "sites", "contacts",
					    "posts"};
	const char *source = getenv("LYNCHPIN_SOURCE");
	struct world *w = *state;
	struct directory_view view = world_view(w);
	struct relations rel;
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(text_freep) struct text t = {0}, path = {0};
		struct directory_report r;

		text_addf(&path, "%s/doc/templates/%s.csv", source ? source : ".", names[i]);
		if (!file_read(text_c(&path), 1 << 20, &t, &err)) {
			print_message("# %s\n", err.text);
			text_free(&path);
			text_free(&t);
			skip();
		}
		r = world_import(w, names[i], text_str(&t), DIRECTORY_NO_DATE);
		assert_string_equal(r.format, names[i]);
		assert_int_equal(r.refused, 0);
	}
	assert_true(directory_relations(&view, STR("S01"), true, &rel, &err));
	assert_int_equal(rel.n, 1);
	world_rebuild_same(w);
}

/* --- real files --- */

struct expected {
	const char *file, *format;
	uint64_t accepted, skipped, refused;
};

static const struct expected real[] = {
	{"ods_epraccur_20250326.csv.gz", "ods-practice", 15971, 0, 0},
	{"ods_etr_2023.csv", "ods-trust", 211, 0, 0},
	{"ods_ect_2023.csv", "ods-trust", 4, 0, 0},
	{"ods_eccg_2023_subICB.csv", "ods-commissioner", 122, 0, 0},
	{"ods_etrust_trusts_and_sites_20180915.csv.gz", "ods-trust", 29955, 0, 0},
	{"gp_practice_hierarchy_20220101.csv.gz", "gp-hierarchy", 6527, 0, 0},
	{"gp_registered_patients_20210101.csv.gz", "gp-patients", 6658, 0, 0},
	{"hchs_staff_fte_by_org_2017-09_2018-06.csv.gz", "staff", 3609, 3663, 0},
	{"ons_sicbl_icb_region_lookup_apr2023.csv", "ons-lookup", 106, 0, 0},
	{"dspt_register_all_orgs_20220909.csv.gz", "dspt-register", 64201, 0, 0},
	{"dspt_register_all_orgs_20190617.csv.gz", "dspt-register-2019", 31970, 0, 0},
	{"dspt_trusts_2223_snapshot20231116.csv", "dspt-register", 211, 0, 0},
	{"dspt_icb_2223_snapshot20231116.csv", "dspt-register", 42, 0, 0},
	{"dspt_subicb_2223_snapshot20231017.csv", "dspt-register", 106, 0, 0},
	{"dspt_csu_2223_snapshot20231116.csv", "dspt-register", 5, 0, 0},
	{"dspt_trusts_ccgs_csus_2021_snapshot20220208.csv", "dspt-lineage", 357, 0, 0},
	{"nhsuk_hospitals_20180922.csv.gz", "nhsuk-hospitals", 1231, 0, 0},
};

static uint64_t count_of(struct world *w, struct org_filter filter, uint64_t *ret_patients)
{
	struct directory_view view = world_view(w);
	struct org_list list;
	struct err err;

	assert_true(directory_org_list(&view, &filter, &list, &err));
	for (size_t i = 0; ret_patients && i < list.n; i++)
		*ret_patients += list.v[i].patients > 0 ? (uint64_t)list.v[i].patients : 0;
	return list.total;
}

static void test_real(void **state)
{
	struct world *w = *state;
	uint64_t patients = 0;

	w->now_ms = day_ms("2025-04-01");
	for (size_t i = 0; i < ARRAY_LEN(real); i++) {
		AUTO(text_freep) struct text t = {0};
		struct directory_report r;
		int64_t start;

		if (!world_data(real[i].file, &t)) {
			print_message("# no real data: %s\n", real[i].file);
			text_free(&t);
			skip();
		}
		start = clock_monotonic_ns();
		r = world_import(w, real[i].file, text_str(&t), DIRECTORY_NO_DATE);
		print_message("# %-52s %-18s %6llu ok %5llu skipped %4llu refused; %6llu new %6llu "
			      "changed %6llu same %4llu closed; %lld ms\n",
			      real[i].file, r.format, (unsigned long long)r.accepted,
			      (unsigned long long)r.skipped, (unsigned long long)r.refused,
			      (unsigned long long)r.added, (unsigned long long)r.changed,
			      (unsigned long long)r.unchanged, (unsigned long long)r.closed,
			      (long long)((clock_monotonic_ns() - start) / 1000000));
		for (size_t k = 0; k < r.nreasons && k < 3; k++)
			print_message("#   line %zu: %.*s\n", r.reasons[k].line,
				      STR_FMT(r.reasons[k].text));
		assert_string_equal(r.format, real[i].format);
		assert_int_equal(r.accepted, real[i].accepted);
		assert_int_equal(r.skipped, real[i].skipped);
		assert_int_equal(r.refused, real[i].refused);
	}
	print_message(
		"# %llu organisations, %llu open practices, %llu trusts\n",
		(unsigned long long)count_of(w, (struct org_filter){.role = STR("")}, &patients),
		(unsigned long long)count_of(
			w, (struct org_filter){.role = STR("gp_practice"), .state = ORG_OPEN},
			NULL),
		(unsigned long long)count_of(w, (struct org_filter){.role = STR("trust")}, NULL));
	assert_int_equal(patients, 60606345);
	assert_int_equal(count_of(w, (struct org_filter){.role = STR("region"), .text = STR("Y")},
				  NULL) >= 7,
			 1);
	world_rebuild_same(w);
}

#define IN_WORLD(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

const struct CMUnitTest directory_read_tests[] = {
	IN_WORLD(test_ods),
	IN_WORLD(test_sites),
	IN_WORLD(test_hierarchy),
	IN_WORLD(test_lineage),
	cmocka_unit_test(test_refused),
	cmocka_unit_test(test_many_refused),
	IN_WORLD(test_examples),
	IN_WORLD(test_real),
};
const size_t directory_read_tests_n = ARRAY_LEN(directory_read_tests);
