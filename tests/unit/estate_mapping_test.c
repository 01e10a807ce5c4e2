#include "estate_world.h"

#include "estate/build.h"
#include "estate/mapping.h"
#include "estate/read.h"

/* What one source says: its name and kind, when, by which mapping (none: by content), and what. */
struct told {
	const char *source;
	enum estate_kind kind;
	const char *day, *map, *bytes;
};

enum { MOST = 6 };
struct scene {
	struct arena *arena;
	struct rows rows[MOST];
	struct read_file files[MOST];
	struct build_source v[MOST];
	size_t n;
	struct text out;
	struct segment s;
	struct estate_conflict_list conflicts;
};

static bool tell(struct scene *c, const struct told *t, struct err *err)
{
	struct rows *r = &c->rows[c->n];
	struct read_file *f = &c->files[c->n];
	struct build_source *s = &c->v[c->n++];

	rows_init(r, c->arena, false);
	*f = (struct read_file){.arena = c->arena,
				.name = STR("t.csv"),
				.bytes = str_of(t->bytes),
				.map = str_of(t->map)};
	*s = (struct build_source){
		.rows = r, .source = str_of(t->source), .kind = t->kind, .sees = 7};
	return read_open(f, err) && read_rows(f, r, err) &&
	       stamp_parse(str_of(t->day), &s->taken_ms);
}

/* Sources come to a build oldest first; equal ones as they arrived. */
static int by_taken(const void *a, const void *b)
{
	const struct build_source *x = a, *y = b;

	return x->taken_ms < y->taken_ms ? -1 : x->taken_ms > y->taken_ms;
}

static void scene_open(struct scene *c, const struct told *v, const size_t *order, size_t n)
{
	struct err err = {0};

	*c = (struct scene){.arena = arena_open()};
	for (size_t i = 0; i < n; i++)
		if (!tell(c, &v[order ? order[i] : i], &err))
			fail_msg("%s", err.text);
	qsort(c->v, c->n, sizeof(*c->v), by_taken);
	if (!segment_build(&(struct build_in){.org = STR("R1H"), .v = c->v, .n = c->n}, &c->out,
			   &err) ||
	    !segment_view(text_str(&c->out), &c->s, &err))
		fail_msg("%s", err.text);
	segment_conflicts(&(struct build_in){.org = STR("R1H"), .v = c->v, .n = c->n}, c->arena,
			  &c->conflicts);
}

static void scene_close(struct scene *c)
{
	for (size_t i = 0; i < c->n; i++) {
		rows_release(&c->rows[i]);
		read_file_release(&c->files[i]);
	}
	text_free(&c->out);
	arena_close(c->arena);
}

static void is(struct str got, const char *want)
{
	if (!str_is(got, want))
		fail_msg("\"%.*s\", not \"%s\"", STR_FMT(got), want);
}

static const char map[] =
	"# ours\nsource = ours\nsame_device = first\ndates = dmy\n"
	"[software]\ndevice = Host\nname = App\nversion = Ver | \"0\"\nos = {OS} {Edition}\n"
	"class ?= Role\nclass: DC = server\nclass: * = workstation\nseen ?= Last\n"
	"skip: State = gone\n"
	"[updates]\ndevice = Host\nupdates = Patch\n";

static void columns_become_facts(void **state)
{
	const struct told told = {
		"ours", ESTATE_AGENT, "2017-05-12", map,
		"#TYPE Selected\nsep=;\nHost;App;Ver;OS;Edition;Role;Last;State;More\n"
		"PC1;Firefox;52.0;Windows 7;Pro;DC;10/05/2017 7:44 PM;;x\n"
		"PC1;Zip;;Windows 7;Home;pc;;;\n;Nobody's;1;;;;;;\n"
		"PC2;Zip;2;Linux;;x;;gone;\nPC3;Zip;2;Linux;;x;;;\n"};
	struct scene c;
	int64_t day;

	(void)state;
	scene_open(&c, &told, NULL, 1);
	assert_int_equal(c.s.ndevices, 2);
	assert_int_equal(c.s.npairs, 3);
	assert_int_equal(c.s.devices[0].class, CLASS_SERVER);
	assert_int_equal(c.s.devices[1].class, CLASS_WORKSTATION);
	is(seg_str(&c.s, c.s.devices[0].os_name), "Windows 7 Pro");
	is(seg_str(&c.s, c.s.devices[1].os_name), "Linux");
	assert_true(stamp_parse(STR("2017-05-10T19:44Z"), &day));
	assert_int_equal(c.s.devices[0].facet[FACET_SOFTWARE].seen_ms, day);
	assert_int_equal(c.rows[0].skipped, 2);
	assert_non_null(strstr(text_c(&c.rows[0].notes), "columns not read: More\n"));
	assert_non_null(strstr(text_c(&c.rows[0].notes), "first in line 5"));
	scene_close(&c);
}

/* What reports say of themselves before their table; where it is is said. */
static void the_header_may_come_later(void **state)
{
	static const struct told told = {
		"ours", ESTATE_AGENT, "2017-05-12", map,
		"\xef\xbb\xbfPatches, all computers;;\r\n\"Printed by\r\nsomebody\";;\r\n\r\n"
		"# taken: 2017-05-11\r\nsep=;\r\nHost; Patch ;More\r\nPC1;KB4013429;\r\n"};
	AUTO(text_freep) struct text t = {0};
	struct told late = told;
	struct scene c;
	int64_t day;
	struct err err = {0};

	(void)state;
	scene_open(&c, &told, NULL, 1);
	assert_int_equal(c.s.ndevices, 1);
	assert_int_equal(c.s.nkbs, 1);
	assert_true(stamp_parse(STR("2017-05-11"), &day));
	assert_int_equal(c.rows[0].taken_ms, day);
	assert_true(str_starts(text_str(&c.rows[0].notes),
			       STR("the header is line 7; 3 lines before it are not read\n"
				   "columns not read: More\n")));
	scene_close(&c);
	/* It is looked for among the first lines only. */
	for (int i = 0; i < 31; i++)
		text_add_c(&t, "title\n# none\n\n");
	text_add_c(&t, "Host,Patch\nPC1,KB4013429\n");
	late.bytes = text_c(&t);
	scene_open(&c, &late, NULL, 1);
	assert_int_equal(c.s.ndevices, 1);
	scene_close(&c);
	text_clear(&t);
	for (int i = 0; i < 32; i++)
		text_addf(&t, i == 20 ? "Host\n" : "title\n");
	text_add_c(&t, "Host,Patch\nPC1,KB4013429\n");
	late.bytes = text_c(&t);
	c = (struct scene){.arena = arena_open()};
	assert_false(tell(&c, &late, &err));
	assert_string_equal(err.text,
			    "line 21: its columns fit none of the 2 tables of the mapping: "
			    "for [updates], the last, there is no column \"Patch\"");
	scene_close(&c);
}

static void the_table_that_fits_is_taken(void **state)
{
	const struct told told = {"ours", ESTATE_AGENT, "2017-05-12", map,
				  "Host,Patch\nPC1,Security Update (KB4012212)\nPC1,File 1\n"
				  "PC1,KB4012215\nPC2\nPC3\n"};
	struct scene c;

	(void)state;
	scene_open(&c, &told, NULL, 1);
	assert_true(segment_has_kb(&c.s, 0, 4012212));
	assert_int_equal(c.s.nkbs, 2);
	assert_non_null(strstr(text_c(&c.rows[0].notes), "1 word of updates"));
	assert_non_null(strstr(text_c(&c.rows[0].notes),
			       "2 rows have fewer cells than the header, first line 5; "));
	scene_close(&c);
}

static void faults_have_their_line(void **state)
{
	static const struct {
		const char *map, *bytes, *text;
	} all[] = {
		{"devise = A\n", "A\nx\n", "mapping line 1: \"devise\" is nothing"},
		{"device = A\n\ndevice = B\n", "A\nx\n",
		 "mapping line 3: \"device\" is mapped twice"},
		{"os = A\n", "A\nx\n", "nothing says which column is device"},
		{"device = {A\n", "A\nx\n", "has a brace without its other"},
		{"device = A\nkind = spy\n", "A\nx\n", "mapping line 2: \"spy\""},
		{"device = A\nclass: x\n", "A\nx\n", "mapping line 2"},
		{"device = A\n", "B,C\nx,y\n", "line 1: there is no column \"A\""},
		{"device = A\nos = B\n", "T\n\n\"A\",C\nx,y\n", "line 3: there is no column \"B\""},
		{"device = A\n", "\"B\nx\n", "line 1: a quoted field doesn't end"},
		{"device = A\nclass = B\n", "T\n\nA,B\nx,toaster\n", "line 4: class \"toaster\""},
		{"device = A\n", "T\n\nA,B\nx,\"y\n", "line 4: a quoted field doesn't end"},
		{"device = A\n", "T\n# taken: soon\nA\nx\n", "line 2: taken: \"soon\""},
		{"device = A\nclass = B\n", "A,B\nx,\ny,toaster\n", "line 3: class \"toaster\""},
		{"device = A\nseen = B\n", "A,B\nx,3/4/2017\n", "line 2: seen \"3/4/2017\""},
		{"device = A\nos = B\n", "A,B\nx,1\nx,2\n", "two devices with one id"},
		{"device = A\n", "A,B\nx,1,2\n", "3 columns"},
		{"device = A\nsupport_until = B\n", "A,B\nx,soon\n", "support_until \"soon\""},
		{"device = A\n", "A,B\n,1\n", "names no device"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const struct told told = {"o", ESTATE_AGENT, "2017-05-12", all[i].map,
					  all[i].bytes};
		struct scene c = {.arena = arena_open()};
		struct err err = {0};

		assert_false(tell(&c, &told, &err));
		if (!strstr(err.text, all[i].text))
			fail_msg("\"%s\" has no \"%s\"", err.text, all[i].text);
		scene_close(&c);
	}
}

static void dates_are_read_as_said(void **state)
{
	static const struct {
		const char *s;
		enum date_order order;
		const char *day;
	} all[] = {{"2017-05-12", DATES_ISO, "2017-05-12"},
		   {"12.05.2017 07:44", DATES_DMY, "2017-05-12"},
		   {"5/12/2017 7:44:00 AM", DATES_MDY, "2017-05-12"},
		   {"2024-05-12 07:44:00.0000000", DATES_ISO, "2024-05-12"},
		   {"2027-02", DATES_ISO, "2027-02-28"},
		   {"2027", DATES_ISO, "2027-12-31"},
		   {"5/12/2017", DATES_ISO, NULL},
		   {"31/31/2017", DATES_DMY, NULL},
		   {"0", DATES_DMY, NULL},
		   {"", DATES_DMY, NULL},
		   {"2027-13", DATES_ISO, NULL}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		char buf[STAMP_BYTES];
		struct str day;
		bool ok = mapping_last_day(str_of(all[i].s), all[i].order, buf, &day);

		assert_int_equal(ok, all[i].day != NULL);
		if (ok)
			is(day, all[i].day);
	}
	assert_true(udi_looks_right(STR("(01)04056869000000(21)123")));
	assert_true(udi_looks_right(STR("+A123DRIP20/$$3270630")));
	assert_false(udi_looks_right(STR("n/a")));
	assert_false(udi_looks_right(STR("(01)12")));
}

static bool found(void *ctx, const struct estate_hit *hit, struct err *err)
{
	(void)err;
	*(unsigned *)ctx += hit->unknown ? 100 : 1;
	return true;
}

static unsigned hits(const struct scene *c, const char *query)
{
	unsigned n = 0;
	struct err err = {0};

	if (!estate_search_in(&c->s, NULL, &(struct estate_query){str_of(query), found, &n}, &err))
		fail_msg("%s", err.text);
	return n;
}

static void a_register_is_kept(void **state)
{
	const struct told told = {
		"r", ESTATE_REGISTER, "2017-05-12", NULL,
		"# taken: 2017-05-01\nid,Manufacturer,Model,UDI,software,software version,"
		"support until,network,controls\n"
		"MRI,Acme,Field,(01)04012345678901,Console,5.2,2027-06,imaging,own segment\n"
		"CT,Acme,Slice,odd,,,,,\n"};
	struct scene c;

	(void)state;
	scene_open(&c, &told, NULL, 1);
	assert_int_equal(c.rows[0].format, ESTATE_DEVICE_LIST);
	is(c.rows[0].kind, "register");
	assert_int_equal(c.s.devices[1].class, CLASS_MEDICAL);
	is(segment_kept(&c.s, 1, KEPT_SUPPORT), "2027-06-30");
	is(segment_kept(&c.s, 1, KEPT_CONTROLS), "own segment");
	is(segment_kept(&c.s, 0, KEPT_SUPPORT), "");
	is(seg_str(&c.s, c.s.raws[0].publisher), "Acme");
	assert_int_equal(hits(&c, "support:<2027-07-01"), 101);
	assert_int_equal(hits(&c, "support:>2027-07-01"), 100);
	assert_int_equal(hits(&c, "udi:0401 vendor:acme model:field controls:segment"), 1);
	assert_int_equal(hits(&c, "-udi:0401"), 1);
	scene_close(&c);
}

static const struct told sources[] = {
	{"agent", ESTATE_AGENT, "2017-05-08", NULL,
	 "device,class,os,os_version,segment,name,version\n"
	 "X,workstation,Windows 10 Pro,10.0.14393.953,wards,Zip,1\n"},
	{"scan", ESTATE_SCAN, "2017-05-10", NULL, "device,os,segment\nX,Windows 10 Pro,imaging\n"},
	{"register", ESTATE_REGISTER, "2017-05-11", NULL,
	 "device,udi,os,network,type\nX,(01)04012345678901,Windows 7,theatre,MR scanner\n"},
	{"old", ESTATE_AGENT, "2017-03-01", NULL,
	 "device,os,os_version,type\nX,Windows 7,6.1.7601,PC\n"},
};

static const struct estate_conflict *conflict(const struct scene *c, const char *fact,
					      const char *source)
{
	for (size_t i = 0; i < c->conflicts.n; i++)
		if (str_is(c->conflicts.v[i].fact, fact) &&
		    str_is(c->conflicts.v[i].source, source))
			return &c->conflicts.v[i];
	fail_msg("no conflict on %s with %s", fact, source);
	return NULL;
}

static void each_fact_has_its_winner(void **state)
{
	struct scene c;
	const struct estate_device *d;

	(void)state;
	scene_open(&c, sources, NULL, ARRAY_LEN(sources));
	d = &c.s.devices[0];
	assert_int_equal(d->class, CLASS_MEDICAL);
	assert_int_equal(d->os_build, 14393);
	assert_int_equal(d->os_revision, 953);
	is(seg_str(&c.s, d->segment), "imaging");
	is(seg_str(&c.s, d->type), "MR scanner");
	assert_int_equal(d->facet[FACET_OS].kind, ESTATE_AGENT);
	assert_true(conflict(&c, "os", "agent")->believed);
	is(conflict(&c, "os", "scan")->why, "the same, less exactly");
	is(conflict(&c, "os", "register")->why, "a machine saw it");
	is(conflict(&c, "os", "old")->why, "too old beside a newer word");
	is(conflict(&c, "segment", "agent")->why, "older");
	is(conflict(&c, "class", "agent")->why, "medical says more");
	scene_close(&c);
}

/* Whatever the order in which they came. */
static void order_decides_nothing(void **state)
{
	size_t order[] = {0, 1, 2, 3};
	struct scene first, c;

	(void)state;
	scene_open(&first, sources, NULL, ARRAY_LEN(sources));
	for (unsigned k = 0; k < 24; k++) {
		for (unsigned i = 4, left = k; i > 1; left /= i, i--) {
			size_t j = left % i, was = order[i - 1];

			order[i - 1] = order[j];
			order[j] = was;
		}
		scene_open(&c, sources, order, ARRAY_LEN(sources));
		assert_true(str_eq(text_str(&c.out), text_str(&first.out)));
		assert_int_equal(c.conflicts.n, first.conflicts.n);
		for (size_t i = 0; i < c.conflicts.n; i++)
			assert_true(str_eq(c.conflicts.v[i].source, first.conflicts.v[i].source));
		scene_close(&c);
	}
	scene_close(&first);
}

static void a_later_word_of_a_source_is_no_conflict(void **state)
{
	static const struct told v[] = {
		{"a", ESTATE_AGENT, "2017-05-01", NULL, "device,segment\nX,old\nY,\n"},
		{"a", ESTATE_AGENT, "2017-05-02", NULL, "device,segment\nX,new\nZ,\n"}};
	struct scene c;

	(void)state;
	scene_open(&c, v, NULL, 2);
	is(seg_str(&c.s, c.s.devices[0].segment), "new");
	assert_int_equal(c.conflicts.n, 0);
	scene_close(&c);
}

const struct CMUnitTest mapping_tests[] = {
	cmocka_unit_test(columns_become_facts),
	cmocka_unit_test(the_header_may_come_later),
	cmocka_unit_test(the_table_that_fits_is_taken),
	cmocka_unit_test(faults_have_their_line),
	cmocka_unit_test(dates_are_read_as_said),
	cmocka_unit_test(a_register_is_kept),
	cmocka_unit_test(each_fact_has_its_winner),
	cmocka_unit_test(order_decides_nothing),
	cmocka_unit_test(a_later_word_of_a_source_is_no_conflict),
};
const size_t n_mapping_tests = ARRAY_LEN(mapping_tests);
