#include "estate_world.h"

#include "base/parallel.h"
#include "base/table.h"
#include "wire/wire.h"

/* A supplier's file parted among organisations. */

static struct intern *codes_of(const char *list)
{
	struct intern *codes = intern_open();
	struct str rest = str_of(list), one;

	while (rest.n && str_next(&rest, ' ', &one))
		(void)intern_put(codes, one);
	return codes;
}

static struct estate_file_in file_of(struct str bytes)
{
	return (struct estate_file_in){
		.name = STR("all.csv"), .bytes = bytes, .received_ms = 1494400000000};
}

static bool part(struct str bytes, const char *list, struct estate_parts *ret, struct err *err)
{
	AUTO(intern_closep) struct intern *codes = codes_of(list);
	const struct estate_file_in in = file_of(bytes);

	return estate_part(&in, STR("S1"), codes, ret, err);
}

static void parted(const char *bytes, const char *list, struct estate_parts *ret)
{
	struct err err = {0};

	if (!part(str_of(bytes), list, ret, &err))
		fail_msg("%s", err.text);
}

static void is_part(const struct estate_parts *p, size_t i, const char *org, const char *bytes)
{
	assert_true(i < p->n);
	assert_true(str_is(p->v[i].org, org));
	if (!str_is(p->v[i].bytes, bytes))
		fail_msg("%.*s", STR_FMT(p->v[i].bytes));
}

static void fails(const char *bytes, const char *list, const char *text)
{
	struct estate_parts p = {0};
	struct err err = {0};

	assert_false(part(str_of(bytes), list, &p, &err));
	if (strcmp(err.text, text) != 0)
		fail_msg("%s", err.text);
}

static void rows_go_whole_to_their_own(void **state)
{
	struct estate_parts p = {0};

	(void)state;
	parted("\xef\xbb\xbf# taken: 2017-05-01\r\n\r\n# scope: organisation\r\ndevice;ORG;x_a\r\n"
	       "A;P1;\"1;\r\n2\"\"\"\r\n"
	       "B; p2;\r\n\r\n# amid: P1\r\n"
	       "C;P1;c\r\nD;p1;d\r\nE;P3;e\r\nF;;\r\nG;P2;g",
	       "P2 P1 P4", &p);
#define HEAD "\xef\xbb\xbf# taken: 2017-05-01\r\n\r\n# scope: organisation\r\ndevice;ORG;x_a\r\n"
	assert_int_equal(p.n, 2);
	is_part(&p, 0, "P1", HEAD "A;P1;\"1;\r\n2\"\"\"\r\nC;P1;c\r\nD;p1;d\r\n");
	is_part(&p, 1, "P2", HEAD "B; p2;\r\nG;P2;g");
	assert_true(p.whole);
	assert_int_equal(p.refused, 2);
	assert_int_equal(p.refused_line[0], 12);
	assert_true(str_is(p.refused_org[0], "P3"));
	assert_int_equal(p.refused_line[1], 13);
	assert_int_equal(p.refused_org[1].n, 0);
	estate_parts_release(&p);
	assert_null(p.v);
	estate_parts_release(&p);
}

static void all_may_be_refused(void **state)
{
	struct estate_parts p = {0};

	(void)state;
	parted("device,org\nA,P1\nB,P2\n", "", &p);
	assert_int_equal(p.n, 0);
	assert_int_equal(p.refused, 2);
	assert_false(p.whole);
	estate_parts_release(&p);
}

static void what_is_no_file_of_a_supplier(void **state)
{
	AUTO(text_freep) struct text t = {0};
	struct estate_parts p = {0};
	struct err err = {0};

	(void)state;
	fails("device,org\n", "P1", "all.csv: names no device");
	fails("", "P1", "all.csv: holds nothing");
	fails("device,os\nA,x\n", "P1",
	      "all.csv: there is no column \"org\", which says whose device a row is");
	fails("device,org\nA,P1\nB\n", "P1", "all.csv: line 3: 1 columns where the header has 2");
	fails("# a\ndevice,org\nA,P1\nB,\"P1\n", "P1",
	      "all.csv: line 4: a quoted field doesn't end");
	fails("device,org\nA,P1\n\xef\xbb\xbf"
	      "B,P1\n",
	      "P1", "all.csv: line 3: a byte order mark amid the rows (were files joined?)");
	fails("device,org,class\nA,P1,\xff\n", "P1", "all.csv: byte 22 is not UTF-8");
	fails("device,org,colour\nA,P1,red\n", "P1",
	      "all.csv: line 1: column \"colour\" is not one of the template; name it \"x_...\" to "
	      "keep it out");
	fails("# taken: soon\ndevice,org\nA,P1\n", "P1",
	      "all.csv: line 1: taken: \"soon\" is no time as 2017-05-10T06:00Z");
	fails("{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\"}", "P1",
	      "all.csv: is no single inventory in the CSV template, register or table read by "
	      "--map: only those say whose device a row is (doc/templates/inventory.md)");
	/* Every part has the head again: a large one would come back for each of thousands. */
	for (int i = 0; i < 600; i++)
		text_add_c(&t, "# thirty bytes of a comment ..\n");
	text_add_c(&t, "device,org\nA,P1\n");
	assert_false(part(text_str(&t), "P1", &p, &err));
	assert_int_equal(err.code, ERR_LIMIT);
}

static void body_is(const struct estate_reading *r, const char *piece)
{
	if (str_find(text_str(&r->body), str_of(piece), 0) == SIZE_MAX)
		fail_msg("no %s in %s", piece, text_c(&r->body));
}

static void parts_are_inventories(void **state)
{
	const char *bytes = "device,org,publisher,name,version\nA,P1,P,N,1\nA,P2,P,N,2\nB,P2,,,\n";
	struct estate_reading r[2] = {0};
	struct estate_parts p = {0};
	struct hash whole = hash_of(str_of(bytes));
	char hex[HASH_HEX_BYTES];
	struct err err = {0};

	(void)state;
	parted(bytes, "P1 P2", &p);
	assert_true(estate_read_all(p.v, p.n, r, &err));
	assert_int_equal(r[0].counts.devices, 1);
	assert_int_equal(r[1].counts.devices, 2);
	assert_int_equal(r[1].counts.lines, 2);
	body_is(&r[0], "\"org\":\"P1\"");
	body_is(&r[1], "\"org\":\"P2\"");
	for (int i = 0; i < 2; i++) {
		body_is(&r[i], "\"by\":\"S1\"");
		body_is(&r[i], hash_hex(&whole, hex).p);
		/* What the supplier sees with is not what the organisation sees with. */
		body_is(&r[i], "\"source\":\"S1\"");
		estate_reading_free(&r[i]);
	}
	estate_parts_release(&p);
}

static void a_fault_has_the_line_of_the_file(void **state)
{
	struct estate_reading r[2] = {0};
	struct estate_parts p = {0};
	struct err err = {0};

	(void)state;
	parted("# a\ndevice,org,class,x_a\nA,P2,server,\nA,P1,server,\"1\n2\"\nB,P2,server,\n"
	       "\nA,P1,mobile,\n",
	       "P1 P2", &p);
	assert_false(estate_read_all(p.v, p.n, r, &err));
	assert_string_equal(err.text, "all.csv: line 8: two devices with one id: \"A\" has class "
				      "\"mobile\" here and \"server\" where it begins at line 4");
	estate_parts_release(&p);
}

static void many_rows_one_after_another(void **state)
{
	enum { ORGS = 40, ROWS = 20000 };
	AUTO(text_freep) struct text t = {0}, list = {0};
	AUTO(freep) struct estate_reading *r = mem_zero(ORGS, sizeof(*r));
	struct estate_parts p = {0};
	uint64_t rows = 0;
	struct err err = {0};

	(void)state;
	for (int i = 0; i < ORGS; i++)
		text_addf(&list, "%sP%d", i ? " " : "", i);
	text_add_c(&t, "device,org\n");
	for (int i = 0; i < ROWS; i++)
		text_addf(&t, "D%d,P%d\n", i, i * 7 % (ORGS + 1));
	assert_true(part(text_str(&t), text_c(&list), &p, &err));
	assert_int_equal(p.n, ORGS);
	assert_true(estate_read_all(p.v, p.n, r, &err));
	for (size_t i = 0; i < p.n; i++) {
		assert_int_equal(r[i].counts.lines, r[i].counts.devices);
		rows += r[i].counts.lines;
		estate_reading_free(&r[i]);
	}
	assert_int_equal(rows + p.refused, ROWS);
	estate_parts_release(&p);
}

static void rows_of_two_are_no_inventory_of_one(void **state)
{
	struct world *w = *state;
	AUTO(text_freep) struct text t = {0};
	struct estate_file_in in = file_of((struct str){0});
	struct estate_reading r = {0};
	struct err err = {0};

	assert_false(world_import(w, "R1H", "a.csv", "device,org\nA,R1H\nB,r1h\nC,\nD,P2\n", &err));
	assert_string_equal(err.text,
			    "a.csv: line 5: rows of two organisations, \"R1H\" and \"P2\": "
			    "lynchpin estate import --by SUPPLIER parts such a file");
	assert_false(world_import(w, "R1H", "a.csv", "device,org\nA,P2\n", &err));
	assert_string_equal(err.text, "a.csv: its rows are of \"P2\", not of R1H");
	world_has(w, "R1H", "a.csv", "device,org\nA, r1h\nB,\n");
	/* In pieces that are read at once, too. */
	text_add_c(&t, "device,org\n");
	for (int i = 0; t.n < (size_t)12 << 20; i++)
		text_addf(&t, "D%0100d,%s\n", i, t.n < (size_t)11 << 20 ? "R1H" : "P2");
	in.bytes = text_str(&t);
	in.org = STR("R1H");
	parallel_set_width(2);
	assert_false(estate_read_all(&in, 1, &r, &err));
	parallel_set_width(0);
	assert_non_null(strstr(err.text, "rows of two organisations"));
}

static bool take(struct world *w, const struct estate_file_in *in, const char *org, struct err *err)
{
	struct estate_file_in one = *in;

	one.org = str_of(org);
	return world_take_in(w, &one, err);
}

static void the_act_asks_for_the_delegation(void **state)
{
	struct world *w = *state;
	const struct segment *s;
	struct estate_parts p = {0};
	struct err err = {0};

	if (!world_act(w, "org.add", STR("{\"name\":\"Supplier\",\"org\":\"S1\"}"), NULL, &err) ||
	    !world_act(w, "org.add", STR("{\"name\":\"Practice\",\"org\":\"P1\"}"), NULL, &err))
		fail_msg("%s", err.text);
	parted("device,org\nA,P1\n", "P1", &p);
	assert_false(take(w, &p.v[0], "P1", &err));
	assert_int_equal(err.code, ERR_DENIED);
	assert_non_null(strstr(err.text, "P1 has not delegated evidence to S1; its siro or "));
	if (!world_act(w, "delegation.grant",
		       STR("{\"gives\":[\"evidence\"],\"org\":\"P1\",\"services\":[\"records\"],"
			   "\"to\":\"S1\"}"),
		       NULL, &err))
		fail_msg("%s", err.text);
	assert_false(take(w, &p.v[0], "P1", &err));
	if (!world_act(w, "delegation.grant",
		       STR("{\"gives\":[\"evidence\"],\"org\":\"P1\",\"to\":\"S1\"}"), NULL,
		       &err) ||
	    !take(w, &p.v[0], "P1", &err))
		fail_msg("%s", err.text);
	assert_false(take(w, &p.v[0], "P1", &err));
	assert_int_equal(err.code, ERR_EXISTS);
	s = world_segment(w, "P1");
	assert_int_equal(s->ndevices, 1);
	segment_unref(s);
	estate_parts_release(&p);
}

/* ---- by a mapping ---------------------------------------------------------------------- */

static const char map[] = "source = rmm\nkind = agent\nscope = organisation\nsame_device = first\n"
			  "device = Host\nname = App\nversion = Ver\n"
			  "org = {Site}/{Unit} | Client\n"
			  "org: Northgate/Surgery = P1\norg: South Street = P2\n"
			  "skip: State = retired\n";

static bool part_by(const char *by_map, struct str bytes, const char *list,
		    struct estate_parts *ret, struct err *err)
{
	AUTO(intern_closep) struct intern *codes = codes_of(list);
	struct estate_file_in in = file_of(bytes);

	in.stated.map = str_of(by_map);
	return estate_part(&in, STR("S1"), codes, ret, err);
}

#define TITLE "Software by client\r\nAs of: 09/05/2017\r\n\r\n"
#define NAMES "Host;Client;Site;Unit;App;Ver;State;More\r\n"

static const char export[] = TITLE NAMES "PC1;South Street;;;\"Zip; \"\"new\"\"\";1.0;;x\r\n"
					 "PC2;P3;;;Zip;1.0;;\r\n"
					 "PC1;;Northgate;Surgery;Zip;2.0;;\r\n"
					 ";South Street;;;;;;\r\n"
					 "OLD;P1;;;Zip;2.0;Retired;\r\n"
					 "#PC2; p2 ;;;Zip;1.0;;\"x\r\ny\"\r\n"
					 "PC3;;;;Zip;1.0;;\r\n"
					 "PC4;South Street;;;Zip;3.0;;\r\n"
					 "Total;8";

static void columns_say_whose_rows_are(void **state)
{
	struct estate_reading r[2] = {0};
	struct estate_parts p = {0};
	struct hash whole = hash_of(str_of(export));
	char hex[HASH_HEX_BYTES];
	struct err err = {0};

	(void)state;
	if (!part_by(map, str_of(export), "P1 P2 P4", &p, &err))
		fail_msg("%s", err.text);
	assert_int_equal(p.n, 2);
	is_part(&p, 0, "P2",
		TITLE NAMES "PC1;South Street;;;\"Zip; \"\"new\"\"\";1.0;;x\r\n"
			    "#PC2; p2 ;;;Zip;1.0;;\"x\r\ny\"\r\n"
			    "PC4;South Street;;;Zip;3.0;;\r\n");
	is_part(&p, 1, "P1", TITLE NAMES "PC1;;Northgate;Surgery;Zip;2.0;;\r\n");
	assert_true(p.whole);
	assert_int_equal(p.refused, 3);
	assert_int_equal(p.refused_line[0], 6);
	assert_true(str_is(p.refused_org[0], "P3"));
	assert_int_equal(p.refused_line[1], 12);
	assert_int_equal(p.refused_org[1].n, 0);
	assert_int_equal(p.refused_line[2], 14);
	if (!str_is(p.notes, "the header is line 4; 2 lines before it are not read\n"
			     "columns not read: More\n"
			     "1 row names no device and is left out\n"
			     "1 row is left out as the mapping says\n"))
		fail_msg("%.*s", STR_FMT(p.notes));
	if (!estate_read_all(p.v, p.n, r, &err))
		fail_msg("%s", err.text);
	assert_int_equal(r[0].counts.devices, 3);
	assert_int_equal(r[0].counts.software, 3);
	assert_int_equal(r[1].counts.devices, 1);
	for (int i = 0; i < 2; i++) {
		struct hash by = hash_of(str_of(map));

		/* Said of the whole file once. */
		assert_int_equal(r[i].notes.n, 0);
		body_is(&r[i], "\"source\":\"rmm by S1\"");
		body_is(&r[i], "\"scope\":\"organisation\"");
		body_is(&r[i], "\"format\":\"mapped\"");
		body_is(&r[i], "\"by\":\"S1\"");
		body_is(&r[i], hash_hex(&whole, hex).p);
		body_is(&r[i], "\"map\":\"");
		body_is(&r[i], hash_hex(&by, hex).p);
		estate_reading_free(&r[i]);
	}
	estate_parts_release(&p);
}

static void a_part_is_utf8(void **state)
{
	static const char wide[] = "H\0o\0s\0t\0\t\0C\0l\0i\0e\0n\0t\0\n\0"
				   "P\0\xe9\0\t\0P\0001\0\n\0";
	static const char plain[] = "\xff\xfe"
				    "d\0e\0v\0i\0c\0e\0;\0o\0r\0g\0\n\0"
				    "P\0\xe9\0;\0P\0001\0\n\0";
	static const char byte[] = "Host,Client\nP\xe9,P1\nPC2,P2\n";
	struct estate_parts p = {0};
	struct err err = {0};

	(void)state;
	if (!part_by("device = Host\norg = Client\n", str_from(wide, sizeof(wide) - 1), "P1", &p,
		     &err))
		fail_msg("%s", err.text);
	is_part(&p, 0, "P1", "Host\tClient\nP\xc3\xa9\tP1\n");
	estate_parts_release(&p);
	assert_true(part(str_from(plain, sizeof(plain) - 1), "P1", &p, &err));
	is_part(&p, 0, "P1", "device;org\nP\xc3\xa9;P1\n");
	estate_parts_release(&p);
	if (!part_by("device = Host\norg = Client\n", str_of(byte), "P1", &p, &err))
		fail_msg("%s", err.text);
	is_part(&p, 0, "P1", "Host,Client\nP\xc3\xa9,P1\n");
	assert_int_equal(p.refused, 1);
	estate_parts_release(&p);
}

static void a_register_is_parted(void **state)
{
	struct estate_reading r = {0};
	struct estate_parts p = {0};
	struct err err = {0};

	(void)state;
	parted("device,org,udi,model\nMRI1,P1,(01)04012345678901,Field 3\nMRI1,P2,,Field 5\n", "P2",
	       &p);
	is_part(&p, 0, "P2", "device,org,udi,model\nMRI1,P2,,Field 5\n");
	if (!estate_read_all(p.v, p.n, &r, &err))
		fail_msg("%s", err.text);
	body_is(&r, "\"kind\":\"register\"");
	body_is(&r, "\"forced\":\"register\"");
	body_is(&r, "\"source\":\"device register by S1\"");
	estate_reading_free(&r);
	estate_parts_release(&p);
}

static void fails_by(const char *by_map, struct str bytes, const char *text)
{
	struct estate_parts p = {0};
	struct err err = {0};

	assert_false(part_by(by_map, bytes, "P1", &p, &err));
	if (strcmp(err.text, text) != 0)
		fail_msg("%s", err.text);
}

static void what_no_mapping_parts(void **state)
{
	const char *ours = "device = Host\norg = Client\n";

	(void)state;
	fails_by("device = Host\norg\n", STR("Host\nA\n"),
		 "all.csv: mapping line 2: \"org\" is neither NAME = COLUMN nor [TABLE]");
	fails_by("device = Host\n", STR("Host,Client\nA,P1\n"),
		 "all.csv: there is no column of which the mapping says that it is \"org\", whose "
		 "device a row is");
	fails_by("device = Host\norg ?= Client\n", STR("Host,Kunde\nA,P1\n"),
		 "all.csv: there is no column of which the mapping says that it is \"org\", whose "
		 "device a row is");
	fails_by(ours, STR("Title\n\nHost,Customer\nA,P1\n"),
		 "all.csv: line 3: there is no column \"Client\", which the mapping names");
	fails_by(ours, STR("Title\nHost,Client\nA,P1,x\n"),
		 "all.csv: line 3: 3 columns where the header has 2");
	fails_by(ours, STR("Title\nHost,Client\n\"A,P1\n"),
		 "all.csv: line 3: a quoted field doesn't end");
	fails_by(ours, STR("Host,Client\nA,P1\n\xef\xbb\xbfHost,Client\n"),
		 "all.csv: line 3: a byte order mark amid the rows (were files joined?)");
	fails_by(ours, STR("Host,Client\nA,P\0001\n"), "all.csv: byte 15 is NUL");
	fails_by(ours, STR("Host,Client\n,P1\n,P2\n"), "all.csv: names no device");
	fails_by(ours,
		 STR("P\0K\0\3\0\4\0\n\0H\0o\0s\0t\0,\0C\0l\0i\0e\0n\0t\0\n\0"
		     "A\0,\0P\0001\0\n\0"),
		 "all.csv: begins like an archive");
}

static void a_fault_in_a_mapped_part_has_its_line(void **state)
{
	struct estate_reading r[2] = {0};
	struct estate_parts p = {0};
	struct err err = {0};

	(void)state;
	if (!part_by("device = Host\norg = Client\nclass = Role\n",
		     STR("Title\nHost,Client,Role\nA,P2,server\nA,P1,\"server\"\nB,P2,\n,,\n"
			 "A,P1,mobile\n"),
		     "P1 P2", &p, &err))
		fail_msg("%s", err.text);
	assert_false(estate_read_all(p.v, p.n, r, &err));
	assert_string_equal(err.text, "all.csv: line 7: two devices with one id: \"A\" has class "
				      "\"mobile\" here and \"server\" where it begins at line 4");
	estate_parts_release(&p);
}

/* What was kept, and what it was read by, make the same segment again. */
static void a_mapped_part_is_read_again_by_its_mapping(void **state)
{
	struct world *w = *state;
	const struct segment *s;
	struct estate_parts p = {0};
	struct err err = {0};

	if (!world_act(w, "org.add", STR("{\"name\":\"Supplier\",\"org\":\"S1\"}"), NULL, &err) ||
	    !world_act(w, "org.add", STR("{\"name\":\"Practice\",\"org\":\"P2\"}"), NULL, &err) ||
	    !world_act(w, "delegation.grant",
		       STR("{\"gives\":[\"evidence\"],\"org\":\"P2\",\"to\":\"S1\"}"), NULL,
		       &err) ||
	    !part_by(map, str_of(export), "P2", &p, &err) || !take(w, &p.v[0], "P2", &err))
		fail_msg("%s", err.text);
	s = world_segment(w, "P2");
	assert_int_equal(s->ndevices, 3);
	assert_int_equal(s->npairs, 3);
	assert_true(segment_find(s, STR("#PC2")) != SIZE_MAX);
	segment_unref(s);
	assert_false(take(w, &p.v[0], "P2", &err));
	assert_int_equal(err.code, ERR_EXISTS);
	estate_parts_release(&p);
}

const struct CMUnitTest part_tests[] = {
	cmocka_unit_test(columns_say_whose_rows_are),
	cmocka_unit_test(a_part_is_utf8),
	cmocka_unit_test(a_register_is_parted),
	cmocka_unit_test(what_no_mapping_parts),
	cmocka_unit_test(a_fault_in_a_mapped_part_has_its_line),
	cmocka_unit_test_setup_teardown(a_mapped_part_is_read_again_by_its_mapping, world_open,
					world_close),
	cmocka_unit_test(rows_go_whole_to_their_own),
	cmocka_unit_test(all_may_be_refused),
	cmocka_unit_test(what_is_no_file_of_a_supplier),
	cmocka_unit_test(parts_are_inventories),
	cmocka_unit_test(a_fault_has_the_line_of_the_file),
	cmocka_unit_test(many_rows_one_after_another),
	cmocka_unit_test_setup_teardown(rows_of_two_are_no_inventory_of_one, world_open,
					world_close),
	cmocka_unit_test_setup_teardown(the_act_asks_for_the_delegation, world_open, world_close),
};
const size_t n_part_tests = ARRAY_LEN(part_tests);
