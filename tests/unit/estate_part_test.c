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
	      "all.csv: is no single inventory in the CSV template: only that says whose device a "
	      "row is (doc/templates/inventory.md)");
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

const struct CMUnitTest part_tests[] = {
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
