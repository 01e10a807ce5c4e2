#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/mem.h"
#include "wire_test.h"

/* Real files, made by others; each test skips where they aren't. */
static struct unpack *open_data(const char *name)
{
	const char *folder = getenv("LYNCHPIN_DATA"), *source = getenv("LYNCHPIN_SOURCE");
	char path[4096]; /* nothing to release: skip() leaves at once */
	struct unpack *u;
	struct err err;

	if (folder)
		snprintf(path, sizeof(path), "%s/%s", folder, name);
	else
		snprintf(path, sizeof(path), "%s/../shared/data/%s", source ? source : ".", name);
	if (!file_exists(path)) {
		print_message("skipped: no %s\n", path);
		skip();
	}
	if (!unpack_file(path, NULL, &u, &err))
		fail_msg("%s", err.text);
	return u;
}

static const struct unpack_member *next(struct unpack *u)
{
	const struct unpack_member *m;
	struct err err;

	if (!unpack_next(u, &m, &err))
		fail_msg("%s", err.text);
	return m;
}

static void a_year_of_nvd(void **state)
{
	AUTO(unpack_closep) struct unpack *u = open_data("vuln/nvd-1.1/nvdcve-1.1-2003.json.xz");
	AUTO(json_closep) struct json_doc *d = json_open();
	const struct unpack_member *m = next(u);
	struct json_value v, items;
	struct err err;

	(void)state;
	assert_str(m->name, "nvdcve-1.1-2003.json");
	assert_int_equal(wire_kind_of(m->bytes), WIRE_JSON);
	if (!json_parse(d, m->bytes, JSON_PADDED, &v, &err))
		fail_msg("%s", err.text);
	assert_true(json_need(v, "CVE_Items", JSON_ARRAY, &items, &err));
	assert_true(json_path(v, "CVE_Items/0/cve/CVE_data_meta/ID", &v));
	assert_int_equal(json_type(v), JSON_STR);
	assert_true(json_count(items) > 1000);
	assert_null(next(u));
}

static void configurations_by_line(void **state)
{
	AUTO(unpack_closep)
	struct unpack *u = open_data("vuln/nvd-2.0-overrides/nvd-overrides-2023.ndjson.xz");
	AUTO(json_closep) struct json_doc *d = json_open();
	struct json_stream s = {.flags = JSON_PADDED};
	struct json_value v;
	struct err err;
	bool more = true;
	size_t n = 0;

	(void)state;
	s.bytes = next(u)->bytes;
	assert_int_equal(wire_kind_of(s.bytes), WIRE_NDJSON);
	for (; more; n += more)
		if (!json_next_doc(d, &s, &v, &more, &err))
			fail_msg("%s", err.text);
	assert_int_equal(n, 1054);
}

static void practices_without_a_header(void **state)
{
	AUTO(unpack_closep) struct unpack *u = open_data("nhs/ods_epraccur_20250326.csv.gz");
	AUTO(csv_closep) struct csv *c = csv_open(next(u)->bytes, (struct csv_options){0});
	const struct csv_row *row;
	struct err err;
	size_t n = 0;

	(void)state;
	for (;; n++) {
		if (!csv_next(c, &row, &err))
			fail_msg("%s", err.text);
		if (!row)
			break;
		assert_int_equal(row->n, 27);
	}
	assert_int_equal(n, 15971);
}

static void systeminfo_in_many_encodings(void **state)
{
	AUTO(unpack_closep)
	struct unpack *u = open_data("inventory/windows-systeminfo-outputs-wesng.tar.xz");
	const struct unpack_member *m;
	struct err err;
	size_t n = 0;

	(void)state;
	for (; (m = next(u)); n++) {
		AUTO(text_freep) struct text t = {0};

		if (!text_to_utf8(m->bytes, true, &t, &err))
			fail_msg("%.*s: %s", STR_FMT(m->name), err.text);
		assert_true(str_is_utf8(text_str(&t), NULL));
		assert_int_equal(str_find_char(text_str(&t), '\0', 0), SIZE_MAX);
	}
	assert_int_equal(n, 38);
}

const struct CMUnitTest wire_data_tests[] = {
	cmocka_unit_test(a_year_of_nvd),
	cmocka_unit_test(configurations_by_line),
	cmocka_unit_test(practices_without_a_header),
	cmocka_unit_test(systeminfo_in_many_encodings),
	{0},
};
