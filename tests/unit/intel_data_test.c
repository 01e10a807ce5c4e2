#include "intel_tests.h"

/* The same with the real feeds, where they are. */

static bool data_path(const char *name, char path[512])
{
	const char *data = getenv("LYNCHPIN_DATA"), *source = getenv("LYNCHPIN_SOURCE");

	if (data)
		snprintf(path, 512, "%s/%s", data, name);
	else
		snprintf(path, 512, "%s/../shared/data/%s", source ? source : ".", name);
	return file_exists(path);
}

static void need_data(const char *name, char path[512])
{
	if (!data_path(name, path)) {
		print_message("skipped: %s is not there\n", path);
		skip();
	}
}

/* "7.5", "(7.5, None, None)", "(9.2,)": up to three scores in tenths; -1 None, -2 not given. */
static void expected(struct str s, int ret[3])
{
	struct str piece;
	size_t n = 0;

	s = str_trim(s);
	if (s.n && s.p[0] == '(')
		s = str_sub(s, 1, s.n - 2);
	ret[0] = ret[1] = ret[2] = -2;
	while (n < 3 && str_next(&s, ',', &piece)) {
		double x;

		piece = str_trim(piece);
		if (str_is(piece, "None"))
			ret[n++] = -1;
		else if (str_starts(piece, STR("-0")))
			ret[n++] = 0;
		else if (str_to_double(piece, &x))
			ret[n++] = (int)(x * 10 + 0.5);
	}
}

static size_t check_vectors(const char *path)
{
	AUTO(text_freep) struct text bytes = {0};
	struct err err;
	struct str rest, line;
	size_t n = 0;

	assert_ok(file_read(path, 1 << 22, &bytes, &err));
	rest = text_str(&bytes);
	while (str_next_line(&rest, &line)) {
		size_t at = str_find(line, STR(" - "), 0);
		struct cvss c;
		int want[3];

		if (at == SIZE_MAX)
			continue;
		assert_ok(cvss_parse(str_sub(line, 0, at), &c, &err));
		expected(str_from_offset(line, at + 3), want);
		if (c.base != want[0] || (want[1] != -2 && c.temporal != want[1]) ||
		    (want[2] != -2 && c.environmental != want[2]))
			fail_msg("%.*s: got %d %d %d", STR_FMT(line), c.base, c.temporal,
				 c.environmental);
		n++;
	}
	return n;
}

static void all_vectors(void **state)
{
	static const struct {
		const char *name;
		size_t n;
	} files[] = {
		{"vectors_calculator2.txt", 5}, {"vectors_calculator3.txt", 2},
		{"vectors_cvsslib2.txt", 24},	{"vectors_cvsslib3.txt", 29},
		{"vectors_security4.txt", 54},	{"vectors_simple2.txt", 729},
		{"vectors_simple3.txt", 2592},	{"vectors_simple31.txt", 2592},
		{"vectors_simple4.txt", 1058},	{"vectors_supplemental4.txt", 576},
		{"vectors_threat4.txt", 6},
	};
	char name[128], path[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(name, sizeof(name), "vuln/cvss/%s", files[i].name);
		need_data(name, path);
		assert_int_equal(check_vectors(path), files[i].n);
	}
}

enum { MAX_FILES = 8 };

static void import_real(struct world *w, const char *const *names, size_t n)
{
	char paths[MAX_FILES][512];
	struct intel_job jobs[MAX_FILES] = {{0}};
	struct err err;
	bool ok;

	for (size_t i = 0; i < n; i++) {
		need_data(names[i], paths[i]);
		jobs[i].path = paths[i];
	}
	ok = world_open(w, &err) && world_import_files(w, jobs, n, RECEIVED, &err);
	intel_jobs_release(jobs, n);
	if (!ok)
		fail_msg("%s", err.text);
}

static bool fixed_by(const struct intel_image *m, const char *line, uint32_t kb)
{
	const struct vuln_row *v = intel_image_find(m, STR("CVE-2017-0144"));

	for (uint32_t i = 0; v && i < v->nfixes; i++) {
		const struct fix *f = &m->fixes[v->first_fix + i];

		if (!strcmp(windows_line_at(f->line)->name, line) && f->kb == kb)
			return true;
	}
	return false;
}

static void ms17_010(void **state)
{
	static const char *const names[] = {
		"vuln/nvd-1.1/extract-ms17-010.json", "vuln/microsoft/wesng-CVEs_20260628.csv.xz",
		"vuln/microsoft/wesng-Custom_20190321.csv", "msrc/windows_update_history.tsv",
		"vuln/kev/known_exploited_vulnerabilities.json"};
	AUTO(intel_image_closep) struct intel_image *m = NULL;
	const struct history *h;
	const struct vuln_row *v;
	struct vuln_detail d;
	struct world w;
	struct err err;

	(void)state;
	import_real(&w, names, ARRAY_LEN(names)); /* or skips, and returns no more */

	AUTO(arena_closep) struct arena *arena = arena_open();

	assert_ok(intel_image_load(w.store, NULL, 0, &m, &err));
	v = intel_image_find(m, STR("CVE-2017-0144"));
	assert_non_null(v);
	assert_true(v->kev && v->kev_ransomware && v->state == VULN_ANALYSED);
	/* The table of Microsoft's KB4023262. */
	assert_true(fixed_by(m, "7sp1", 4012212) && fixed_by(m, "7sp1", 4012215));
	assert_true(fixed_by(m, "2008r2sp1", 4012212) && fixed_by(m, "2008r2sp1", 4012215));
	assert_true(fixed_by(m, "8.1", 4012213) && fixed_by(m, "8.1", 4012216));
	assert_true(fixed_by(m, "2012", 4012214) && fixed_by(m, "2012", 4012217));
	assert_true(fixed_by(m, "2012r2", 4012213) && fixed_by(m, "2012r2", 4012216));
	assert_true(fixed_by(m, "10-10240", 4012606) && fixed_by(m, "10-10586", 4013198));
	assert_true(fixed_by(m, "10-14393", 4013429) && fixed_by(m, "2016", 4013429));
	h = intel_image_history(m, windows_line_by_name(STR("7sp1")));
	assert_non_null(h);
	assert_true(h->nrollups > 100);
	/* 1607's update is said to supersede 1507's; never so on 1507. */
	for (uint32_t i = 0; i < m->nedges; i++)
		assert_false(m->edges[i].newer_kb == 4013429 && m->edges[i].older_kb == 4012606 &&
			     !strcmp(windows_line_at(m->edges[i].line)->name, "10-10240"));
	assert_ok(intel_vuln_get(w.store, arena, STR("CVE-2017-0144"), &d, &err));
	assert_true(d.nfixes > 20 && d.nscores == 2 && d.nconfig_lines > 10);
	assert_true(str_is(d.fixes[0].from.feed, "wesng-CVEs") ||
		    str_is(d.fixes[0].from.feed, "wesng-Custom"));
	world_close(&w);
}

static void real_counts(void **state)
{
	static const struct {
		const char *name, *kind;
		uint64_t accepted, skipped;
	} files[] = {
		{"vuln/nvd-1.1/nvdcve-1.1-2003.json.xz", "nvd", 1550, 0},
		{"vuln/nvd-2.0-overrides/nvd-overrides-2002-2022.ndjson.xz", "nvd-override", 1710,
		 0},
		{"vuln/kev/known_exploited_vulnerabilities.json", "kev", 1404, 0},
		{"vuln/kev/known_exploited_vulnerabilities.csv", "kev", 1404, 0},
		{"vuln/epss/epss_kev_nvd.csv", "epss", 1556, 0},
		{"msrc/windows_update_history.tsv", "windows-history", 3678, 0},
		{"msrc/ms17-010_affected.tsv", "msrc", 679, 0},
		{"eol/endoflife_products.ndjson.xz", "endoflife", 464, 0},
		{"vuln/nvd-2.0-samples/osvdev-conversion-test.json", "nvd", 13, 0},
		{"vuln/nvd-2.0-samples/grype-cve-2022-0543.json", "nvd", 1, 0},
		{"vuln/nvd-2.0-samples/grype-cve-2022-38178.json", "nvd", 1, 0},
	};
	char path[512];
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct intel_batch *b;
		struct str bytes;

		need_data(files[i].name, path);

		AUTO(arena_closep) struct arena *arena = arena_open();

		assert_ok(file_map(path, &bytes, &err));
		assert_ok(intel_read(arena, str_of(path), bytes, &b, &err));
		file_unmap(bytes);
		assert_string_equal(intel_kind_name(b->kind), files[i].kind);
		assert_int_equal(b->counts.accepted, files[i].accepted);
		assert_int_equal(b->counts.skipped, files[i].skipped);
		assert_int_equal(b->counts.refused, 0);
	}
}

/* The templates in doc say nothing that is refused. */
static void templates(void **state)
{
	static const struct {
		const char *name, *kind;
		uint64_t rows;
	} files[] = {{"windows-history.csv", "windows-history", 5},
		     {"vendor-fixes.csv", "vendor-fix", 5}};
	const char *source = getenv("LYNCHPIN_SOURCE");
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO(arena_closep) struct arena *arena = arena_open();
		AUTO(text_freep) struct text bytes = {0};
		struct intel_batch *b;
		char path[512];

		snprintf(path, sizeof(path), "%s/doc/templates/%s", source ? source : ".",
			 files[i].name);
		assert_ok(file_read(path, 1 << 20, &bytes, &err));
		assert_ok(intel_read(arena, str_of(path), text_str(&bytes), &b, &err));
		assert_string_equal(intel_kind_name(b->kind), files[i].kind);
		assert_int_equal(b->counts.accepted, files[i].rows);
		assert_int_equal(b->counts.refused, 0);
	}
}

const struct CMUnitTest intel_data_tests[] = {
	cmocka_unit_test(templates),
	cmocka_unit_test(all_vectors),
	cmocka_unit_test(real_counts),
	cmocka_unit_test(ms17_010),
	{0},
};
