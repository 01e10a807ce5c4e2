#include "directory_world.h"

#include "base/mem.h"
#include "wire/wire.h"

static const char orgs_csv[] =
	"code,name,role,parent,region,opened,closed,successor,expected_devices,patients,staff\n"
	"r1,North,region,X26,,,,,,,\n"
	"r2,South,region,X26,,,,,,,\n"
	"b1,Northern Board,icb,R1,,,,,,,\n"
	"t1,\"Alder Hospital, The\",trust,B1,,2001-04-01,,,1000,,5000\n"
	"t2,Birch Hospital,trust,,R2,2001-04-01,2016-03-31,T1,500,,\n"
	"g1,Cedar Surgery,gp_practice,B1,,,,,20,8000,\n";

static struct org get(struct world *w, const char *code)
{
	struct directory_view view = world_view(w);
	struct org org = {0};
	struct err err;

	if (!directory_org_get(&view, str_of(code), &org, &err))
		fail_msg("%s", err.text);
	return org;
}

static void assert_str(struct str s, const char *c)
{
	if (!str_is(s, c))
		fail_msg("\"%.*s\" is not \"%s\"", STR_FMT(s), c);
}

static void import_orgs(struct world *w)
{
	struct directory_report r =
		world_import(w, "organisations.csv", str_of(orgs_csv), day_ms("2017-05-01"));

	assert_string_equal(r.format, "organisations");
	assert_int_equal(r.accepted, 6);
	assert_int_equal(r.refused, 0);
}

static void test_import_and_views(void **state)
{
	struct world *w = *state;
	struct directory_view view = world_view(w);
	struct org_list list;
	struct err err;
	struct org org;

	import_orgs(w);
	org = get(w, " t1 ");
	assert_str(org.name, "Alder Hospital, The");
	assert_str(org.region, "R1");
	assert_str(org.parent, "B1");
	assert_int_equal(org.expected_devices, 1000);
	assert_int_equal(org.patients, DIRECTORY_NO_COUNT);
	assert_true(org.open);
	org = get(w, "T2");
	assert_false(org.open);
	assert_str(org.successor, "T1");
	assert_str(org.region, "R2");

	assert_true(
		directory_org_list(&view, &(struct org_filter){.role = STR("trust")}, &list, &err));
	assert_int_equal(list.total, 2);
	assert_true(directory_org_list(
		&view, &(struct org_filter){.role = STR("trust"), .state = ORG_OPEN}, &list, &err));
	assert_int_equal(list.n, 1);
	assert_true(directory_org_list(&view, &(struct org_filter){.text = STR("hospital ald")},
				       &list, &err));
	assert_int_equal(list.n, 1);
	assert_true(
		directory_org_list(&view, &(struct org_filter){.parent = STR("r1")}, &list, &err));
	assert_int_equal(list.n, 3);
	assert_true(directory_org_list(&view, &(struct org_filter){.region = STR("north")}, &list,
				       &err));
	assert_int_equal(list.n, 4);
	assert_true(directory_org_list(&view, &(struct org_filter){.offset = 2, .limit = 3}, &list,
				       &err));
	assert_int_equal(list.n, 3);
	assert_int_equal(list.total, 7);
	assert_str(list.v[0].code, "R1");
	assert_false(
		directory_org_list(&view, &(struct org_filter){.parent = STR("no")}, &list, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	world_rebuild_same(w);
}

static void test_tree(void **state)
{
	struct world *w = *state;
	struct directory_view view = world_view(w);
	struct org_tree tree;
	struct err err;

	import_orgs(w);
	assert_true(directory_org_tree(&view, STR("x26"), 0, &tree, &err));
	assert_int_equal(tree.n, 6);
	assert_str(tree.v[1].org.code, "R1");
	assert_str(tree.v[2].org.code, "B1");
	assert_str(tree.v[3].org.code, "G1");
	assert_int_equal(tree.v[3].depth, 3);
	assert_str(tree.v[3].kind, "part_of");
	assert_true(directory_org_tree(&view, (struct str){0}, 1, &tree, &err));
	assert_int_equal(tree.n, 3);
	/* A circle: X26 beneath G1. */
	world_do(w, "org.change", "{\"org\":\"X26\",\"parent\":\"G1\"}");
	assert_true(directory_org_tree(&view, STR("R1"), 0, &tree, &err));
	assert_true(tree.n >= 4 && tree.n <= 7);
	assert_str(get(w, "G1").region, "R1");
}

static void test_idempotent(void **state)
{
	struct world *w = *state;
	AUTO(text_freep) struct text before = {0}, after = {0};
	struct directory_report r;

	import_orgs(w);
	world_dump_things(w->store, &before);
	w->now_ms += MS_PER_HOUR;
	r = world_import(w, "organisations.csv", str_of(orgs_csv), DIRECTORY_NO_DATE);
	assert_true(r.seen_before);
	assert_int_equal(r.taken_ms, day_ms("2017-05-01"));
	assert_int_equal(r.added, 0);
	assert_int_equal(r.changed, 0);
	assert_int_equal(r.unchanged, 6);
	world_dump_things(w->store, &after);
	assert_true(str_eq(text_str(&before), text_str(&after)));
	world_rebuild_same(w);
}

/* The same statements in either order give the same organisations. */
static void test_any_order(void **state)
{
	static const char *const files[] = {
		"code,name,role,parent,closed,expected_devices\nA1,Old name,trust,B1,,10\n",
		"code,name,role,parent,closed,expected_devices\nA1,New,trust,B2,2017-04-01,12\n",
		"code,name,role,parent,closed,expected_devices\nA1,Newest,trust,B1,,\n",
	};
	static const int orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};

	(void)state;
	for (size_t o = 0; o < ARRAY_LEN(orders); o++) {
		void *own = NULL;
		struct world *v;
		struct org org;

		assert_int_equal(world_open(&own), 0);
		v = own;
		for (size_t i = 0; i < 3; i++)
			world_import(v, "o.csv", str_of(files[orders[o][i]]),
				     day_ms("2017-02-01") + orders[o][i] * 10 * MS_PER_DAY);
		org = get(v, "A1");
		assert_str(org.name, "Newest");
		assert_true(org.open);
		assert_int_equal(org.expected_devices, 12);
		world_do(v, "org.add", "{\"org\":\"B1\",\"name\":\"One\"}");
		world_do(v, "org.add", "{\"org\":\"B2\",\"name\":\"Two\"}");
		assert_str(get(v, "A1").parent, "B1");
		v->now_ms = day_ms("2017-02-15");
		assert_str(get(v, "A1").parent, "B2");
		v->now_ms = day_ms("2016-01-01");
		assert_str(get(v, "A1").parent, "B1");
		world_rebuild_same(v);
		world_close(&own);
	}
}

static void add_codes(struct text *t, const char *fmt, int from, int to, int step)
{
	for (int i = from; i < to; i += step)
		text_addf(t, "K%04d,%s %d,trust,X26,%d,%d,%d\n", i, fmt, i, i + 10, i * 2, i * 3);
}

#define MANY "code,name,role,parent,expected_devices,patients,staff\n"
#define SITES "code,org,name,postcode,opened,closed\n"

/* What is read before it is written, so many at a time, is what is read one by one. */
static void test_many_at_once(void **state)
{
	enum { ORGS = 1400 };
	static const char *const only[] = {"directory_org", "directory_relation", "directory_site",
					   NULL};
	AUTO(text_freep) struct text all = {0}, some = {0}, sites = {0}, one = {0}, two = {0};
	struct world *w = *state;
	struct directory_report r;
	void *other = NULL;

	text_add_c(&all, MANY);
	add_codes(&all, "Old", 0, ORGS, 1);
	text_add_c(&some, MANY);
	add_codes(&some, "New", 0, ORGS, 14);
	text_add_c(&sites, SITES);
	for (int i = 0; i < ORGS; i++)
		text_addf(&sites, "S%04d,K%04d,Site,AB1 %d,,\n", i % (ORGS / 2), i, i);
	r = world_import(w, "o.csv", text_str(&all), day_ms("2017-02-01"));
	assert_int_equal(r.added, ORGS);
	/* Between the first and the last of these there is too much to read. */
	r = world_import(w, "o.csv", text_str(&some), day_ms("2017-03-01"));
	assert_int_equal(r.added, 0);
	assert_int_equal(r.changed, ORGS / 14);
	r = world_import(w, "s.csv", text_str(&sites), day_ms("2017-02-01"));
	assert_int_equal(r.added, ORGS); /* a thing named twice counts twice before it is there */
	r = world_import(w, "s.csv", text_str(&sites), day_ms("2017-02-02"));
	assert_int_equal(r.added, 0);
	world_dump(w->store, only, &one);
	world_rebuild_same(w);
	/* The same, the newest first. */
	assert_int_equal(world_open(&other), 0);
	world_import(other, "o.csv", text_str(&some), day_ms("2017-03-01"));
	r = world_import(other, "o.csv", text_str(&all), day_ms("2017-02-01"));
	assert_int_equal(r.added, ORGS - ORGS / 14);
	assert_int_equal(r.unchanged, ORGS / 14);
	world_import(other, "s.csv", text_str(&sites), day_ms("2017-02-02"));
	world_import(other, "s.csv", text_str(&sites), day_ms("2017-02-01"));
	world_dump(((struct world *)other)->store, only, &two);
	if (!str_eq(text_str(&one), text_str(&two)))
		fail_msg("%zu bytes and %zu differ", one.n, two.n);
	world_close(&other);
}

/* A register outweighs a list made for another purpose, however new. */
static void test_weight(void **state)
{
	struct world *w = *state;
	struct directory_view view = world_view(w);
	struct org_facts facts;
	struct err err;

	world_import(w, "o.csv", STR("code,name,role\nT1,Proper name,trust\n"),
		     day_ms("2016-01-01"));
	world_import(w, "d.csv",
		     STR("Code,Organisation Name,Status,Date Of Publication,Primary Sector\n"
			 "T1,LISTED NAME (T1),Met,2017-01-01,NHS Trust\n"),
		     day_ms("2017-01-02"));
	assert_str(get(w, "T1").name, "Proper name");
	assert_true(directory_org_facts(&view, STR("t1"), &facts, &err));
	assert_int_equal(facts.n, 4);
	assert_str(facts.v[0].fact, "name");
	assert_str(facts.v[0].value, "Proper name");
	assert_true(facts.v[0].in_force);
	assert_str(facts.v[1].value, "LISTED NAME");
	assert_false(facts.v[1].in_force);
}

static void test_acts(void **state)
{
	struct world *w = *state;
	struct directory_view view = world_view(w);
	struct relations rel;
	struct sites sites;
	struct err err;
	struct str code;

	import_orgs(w);
	world_do(w, "org.add",
		 "{\"org\":\"s9\",\"name\":\"Supplier\",\"role\":\"supplier\",\"parent\":\"x26\"}");
	assert_false(world_try_as(w, "national-lead", "org.add",
				  "{\"org\":\"S9\",\"name\":\"Supplier\"}", &err));
	assert_int_equal(err.code, ERR_EXISTS);
	assert_false(world_try_as(w, "national-lead", "org.add",
				  "{\"org\":\"S8\",\"name\":\"x\",\"parent\":\"NO\"}", &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	world_do(w, "org.relate",
		 "{\"org\":\"T1\",\"kind\":\"it_supplied_by\",\"to\":\"S9\",\"start\":\"2015-01-"
		 "01\","
		 "\"end\":\"2018-01-01\"}");
	assert_true(directory_relations(&view, STR("s9"), true, &rel, &err));
	assert_int_equal(rel.n, 1);
	assert_str(rel.v[0].org, "T1");
	view.at_ms = day_ms("2018-01-01");
	assert_true(directory_relations(&view, STR("s9"), true, &rel, &err));
	assert_int_equal(rel.n, 0);
	view.at_ms = w->now_ms;
	world_do(w, "site.add", "{\"org\":\"T1\",\"site\":\"T101\",\"name\":\"Main\"}");
	assert_true(directory_sites(&view, STR("T1"), &sites, &err));
	assert_int_equal(sites.n, 1);

	assert_true(directory_org_state_for_estate(&view, STR("g1"), &code, &err));
	assert_str(code, "G1");
	assert_false(directory_org_state_for_estate(&view, STR("g2"), &code, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_non_null(strstr(err.text, "did you mean G1"));
	world_do(w, "org.close", "{\"org\":\"G1\",\"at\":\"2017-05-10\",\"successor\":\"T1\"}");
	assert_false(directory_org_state_for_estate(&view, STR("g1"), &code, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_non_null(strstr(err.text, "2017-05-10"));
	assert_non_null(strstr(err.text, "T1"));
	assert_false(world_try_as(w, "national-lead", "org.close",
				  "{\"org\":\"G1\",\"at\":\"2017-05-10\"}", &err));
	world_rebuild_same(w);
}

static void test_contacts(void **state)
{
	struct world *w = *state;
	struct directory_view view;
	struct contacts c;
	struct err err;

	import_orgs(w);
	world_import(w, "contacts.csv",
		     STR("org,post,name,email,phone,out_of_band,confirmed\n"
			 "T1,security lead?,A,a@b,,,\n"
			 "T1,security-lead,Ann,ann@t1.example,0123,0456,2017-05-02\n"
			 "T1,siro,Bob,,0999,,\n"
			 "T1,nobody,,,,,\n"),
		     day_ms("2017-05-03"));
	view = world_view(w);
	assert_true(directory_contacts(&view, STR("t1"), &c, &err));
	assert_int_equal(c.n, 2);
	assert_str(c.v[0].out_of_band, "0456");
	assert_int_equal(c.v[0].age_days, 10);
	assert_int_equal(c.v[1].age_days, -1);
	world_do(w, "contact.confirm", "{\"org\":\"T1\",\"post\":\"siro\"}");
	w->now_ms += 3 * MS_PER_DAY;
	view = world_view(w);
	assert_true(directory_contacts(&view, STR("t1"), &c, &err));
	assert_int_equal(c.v[1].age_days, 3);
	assert_false(world_try_as(w, "national-lead", "contact.confirm",
				  "{\"org\":\"T1\",\"post\":\"none\"}", &err));
	world_do(w, "contact.set", "{\"org\":\"T1\",\"post\":\"siro\",\"phone\":\"0777\"}");
	assert_true(directory_contacts(&view, STR("t1"), &c, &err));
	assert_int_equal(c.v[1].age_days, 0);
	assert_str(c.v[1].phone, "0777");
	world_rebuild_same(w);
}

static bool may(struct world *w, const char *post, const char *right, const char *org)
{
	struct err err;
	bool yes = false;

	if (!directory_post_may(w->store,
				&(struct directory_claim){.post = str_of(post),
							  .right = str_of(right),
							  .org = str_of(org),
							  .at_ms = w->now_ms},
				&yes, &err))
		fail_msg("%s", err.text);
	return yes;
}

static void test_posts(void **state)
{
	struct world *w = *state;
	struct directory_view view = world_view(w);
	struct holders h;
	struct posts p;
	struct err err;
	bool yes;

	import_orgs(w);
	world_import(w, "posts.csv",
		     STR("post,kind,org,title,person,person_name,email,phone,from,to\n"
			 "north,regional-lead,R1,,ann,Ann,a@x,,2017-01-01,\n"
			 "sec@t1,security-lead,T1,,bob,Bob,b@x,,2017-01-01,2017-05-01\n"
			 "sec@t1,security-lead,T1,,cat,Cat,c@x,,2017-05-01,\n"
			 "what,tea-lady,T1,,,,,,,\n"),
		     day_ms("2017-05-03"));
	assert_true(directory_posts(&view, STR("t1"), &p, &err));
	assert_int_equal(p.n, 1);
	assert_true(directory_holders(&view, STR("SEC@T1"), &h, &err));
	assert_int_equal(h.n, 1);
	assert_str(h.v[0].name, "Cat");
	assert_true(may(w, "national-lead", "org.write", ""));
	assert_true(may(w, "north", "org.write", "g1"));
	assert_true(may(w, "north", "org.write", "R1"));
	assert_false(may(w, "north", "org.write", "T2"));
	assert_false(may(w, "north", "org.write", ""));
	assert_false(may(w, "north", "intel.write", "G1"));
	assert_true(may(w, "north", "journal.read", ""));
	assert_true(may(w, "sec@t1", "estate.write", "t1"));
	assert_false(may(w, "sec@t1", "estate.write", "g1"));
	assert_false(may(w, "sec@t1", "org.write", "t1"));
	assert_false(may(w, "x", "service.init", ""));
	assert_true(may(w, "system", "alert.due", ""));
	assert_false(may(w, "national-lead", "alert.due", ""));
	assert_false(may(w, "system", "alert.write", ""));
	assert_false(may(w, "system", "alert.answer", "t1"));
	assert_false(may(w, "system", "estate.write", "t1"));
	assert_false(directory_post_may(
		w->store, &(struct directory_claim){.post = STR("no"), .right = STR("org.write")},
		&yes, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_false(world_try_as(w, "national-lead", "post.add",
				  "{\"post\":\"robot\",\"kind\":\"system\",\"org\":\"R1\"}", &err));
	assert_non_null(strstr(err.text, "which nobody holds"));
	/* Nobody gives more than they have. */
	assert_false(world_try_as(w, "north", "post.add",
				  "{\"post\":\"p\",\"kind\":\"national-lead\",\"org\":\"R1\"}",
				  &err));
	assert_int_equal(err.code, ERR_DENIED);
	world_do(w, "person.add", "{\"person\":\"dan\",\"name\":\"Dan\"}");
	world_do(w, "post.hold",
		 "{\"post\":\"north\",\"person\":\"dan\",\"from\":\"2017-05-12\",\"org\":\"R1\"}");
	assert_false(world_try_as(w, "national-lead", "post.hold",
				  "{\"post\":\"north\",\"person\":\"eve\",\"from\":\"2017-05-12\"}",
				  &err));
	assert_false(world_try_as(w, "national-lead", "post.end",
				  "{\"post\":\"north\",\"at\":\"2017-05-12\",\"org\":\"R2\"}",
				  &err));
	world_do(w, "post.end", "{\"post\":\"north\",\"at\":\"2017-05-12\",\"org\":\"R1\"}");
	assert_false(may(w, "north", "org.write", "g1"));
	assert_false(world_try_as(w, "national-lead", "service.init",
				  "{\"nation\":\"Y\",\"service\":\"Z\"}", &err));
	world_rebuild_same(w);
}

static void count_right(void *ctx, const char *kind, enum post_scope scope, const char *right)
{
	assert_non_null(kind);
	assert_non_null(right);
	assert_non_null(post_scope_name(scope));
	*(unsigned *)ctx += 1;
}

static bool count_org(void *ctx, const struct org *org, struct err *err)
{
	(void)err;
	*(unsigned *)ctx += org->open ? 1 : 100;
	return true;
}

static void test_each(void **state)
{
	struct world *w = *state;
	struct directory_view view = world_view(w);
	unsigned n = 0;
	struct err err;

	import_orgs(w);
	assert_true(directory_each_org(&view, count_org, &n, &err));
	assert_int_equal(n, 106);
	/* what was kept of the first walk is let go when a row changes, and is of one day */
	world_do(w, "org.add", "{\"org\":\"new1\",\"name\":\"New\",\"opened\":\"2017-05-14\"}");
	n = 0;
	assert_true(directory_each_org(&view, count_org, &n, &err));
	assert_int_equal(n, 206);
	view.at_ms = day_ms("2017-05-15");
	n = 0;
	assert_true(directory_each_org(&view, count_org, &n, &err));
	assert_int_equal(n, 107);
	n = 0;
	directory_rights_each(count_right, &n);
	assert_true(n > 40);
}

extern const struct CMUnitTest directory_read_tests[], directory_rights_tests[],
	directory_proposal_tests[];
extern const size_t directory_read_tests_n, directory_rights_tests_n, directory_proposal_tests_n;

#define IN_WORLD(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(test_import_and_views),
		IN_WORLD(test_tree),
		IN_WORLD(test_idempotent),
		IN_WORLD(test_any_order),
		IN_WORLD(test_many_at_once),
		IN_WORLD(test_weight),
		IN_WORLD(test_acts),
		IN_WORLD(test_contacts),
		IN_WORLD(test_posts),
		IN_WORLD(test_each),
	};
	const struct {
		const struct CMUnitTest *v;
		size_t n;
	} parts[] = {{tests, ARRAY_LEN(tests)},
		     {directory_read_tests, directory_read_tests_n},
		     {directory_rights_tests, directory_rights_tests_n},
		     {directory_proposal_tests, directory_proposal_tests_n}};
	struct CMUnitTest *all = NULL;
	size_t n = 0;
	int failed;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		all = mem_resize(all, n + parts[i].n, sizeof(*all));
		memcpy(all + n, parts[i].v, parts[i].n * sizeof(*all));
		n += parts[i].n;
	}
	failed = _cmocka_run_group_tests("directory", all, n, NULL, NULL);
	free(all);
	return failed;
}
