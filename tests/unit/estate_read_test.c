#include "estate_world.h"

#include <dirent.h>

#include "base/parallel.h"
#include "estate/inner.h"
#include "wire/wire.h"

/* Every format from a small text of our own, and from real files where they are. */

static const char systeminfo_en[] =
	"\r\nHost Name:                 WARD-PC1\r\n"
	"OS Name:                   Microsoft Windows 7 Enterprise \r\n"
	"OS Version:                6.1.7601 Service Pack 1 Build 7601\r\n"
	"System Type:               x64-based PC\r\n"
	"Processor(s):              1 Processor(s) Installed.\r\n"
	"                           [01]: Intel64 Family 6\r\n"
	"Hotfix(s):                 3 Hotfix(s) Installed.\r\n"
	"                           [01]: KB4012212\r\n"
	"                           [02]: KB976902\r\n"
	"                           [03]: KB4015549\r\n"
	"Network Card(s):           1 NIC(s) Installed.\r\n"
	"                           [01]: Some card\r\n";
static const char systeminfo_it[] = "Nome host:      PC044\r\n"
				    "Nome SO:        Microsoft Windows 10 Pro\r\n"
				    "Versione SO:    10.0.17134 N/D build 17134\r\n"
				    "Tipo sistema:   x64-based PC\r\n"
				    "Aggiornamenti rapidi: 4 Aggiornamenti rapidi installati.\r\n"
				    "                [01]: KB4100347\r\n"
				    "                [02]: KB4338853\r\n"
				    "DHCP abilitato: S\x8d\r\n";
static const char cyclonedx[] =
	"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"metadata\":{\"timestamp\":"
	"\"2017-05-01T00:00:00Z\",\"component\":{\"type\":\"device\",\"name\":\"PUMP-1\"}},"
	"\"components\":[{\"type\":\"operating-system\",\"name\":\"Debian GNU/Linux\",\"version\":"
	"\"9\"},{\"type\":\"library\",\"name\":\"openssl\",\"version\":\"1.0.2\",\"purl\":"
	"\"pkg:deb/debian/openssl@1.0.2\",\"components\":[{\"type\":\"library\",\"name\":\"inner\","
	"\"version\":\"1\"}]},{\"type\":\"file\",\"name\":\"x\"}]}";
static const char cyclonedx_xml[] =
	"<?xml version=\"1.0\"?><bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\"><metadata>"
	"<timestamp>2017-05-01T00:00:00Z</timestamp><component type=\"device\"><name>PUMP-1</name>"
	"</component></metadata><components><component type=\"operating-system\"><name>Debian "
	"GNU/Linux</name><version>9</version></component><component type=\"library\"><publisher>P"
	"</publisher><name>open&amp;ssl</name><version>1.0.2</version><purl>pkg:deb/debian/"
	"openssl@1.0.2</purl><components><component type=\"library\"><name>inner</name><version>1"
	"</version></component></components></component><component type=\"file\"><name>x</name>"
	"</component></components></bom>";
static const char defender[] =
	"{\"DeviceId\":\"aa\",\"DeviceName\":\"ws1\",\"OSPlatform\":\"Windows10\","
	"\"SoftwareVendor\":"
	"\"mozilla\",\"SoftwareName\":\"firefox\",\"SoftwareVersion\":\"52.0\"}\n"
	"{\"DeviceId\":\"aa\",\"DeviceName\":\"ws1\",\"OSPlatform\":\"Windows10\","
	"\"SoftwareVendor\":"
	"\"microsoft\",\"SoftwareName\":\"windows_10\",\"SoftwareVersion\":\"10.0.17763.1637\"}\n";
static const char wazuh[] =
	"{\"metadata\":{\"module\":\"syscollector_vd\",\"option\":\"VDFirst\"},\"items\":["
	"{\"operation\":\"Upsert\",\"index\":\"wazuh-states-inventory-hotfixes\",\"data\":{"
	"\"package\":"
	"{\"hotfix\":{\"name\":\"KB4012212\"}}}},{\"operation\":\"Upsert\",\"index\":"
	"\"wazuh-states-inventory-packages\",\"data\":{\"package\":{\"name\":\"7-Zip\",\"vendor\":"
	"\"Igor "
	"Pavlov\",\"version\":\"16.04\",\"type\":\"win\"}}},{\"operation\":\"Upsert\",\"index\":"
	"\"wazuh-states-inventory-system\",\"data\":{\"host\":{\"hostname\":\"SRV1\","
	"\"architecture\":"
	"\"x86_64\",\"os\":{\"name\":\"Microsoft Windows Server 2019 Standard\",\"version\":"
	"\"10.0.17763.6054\",\"platform\":\"windows\"}}}}]}";
static const char osquery[] =
	"{\"host\":\"MAC1\",\"taken\":\"2017-05-01T00:00Z\",\"tables\":{\"os_version\":[{\"name\":"
	"\"Microsoft Windows 10 "
	"Pro\",\"version\":\"10.0.14393\",\"build\":\"14393\",\"major\":\"10\","
	"\"minor\":\"0\",\"platform\":\"windows\"}],\"programs\":[{\"name\":\"7-Zip\",\"version\":"
	"\"16.04\",\"publisher\":\"Igor Pavlov\"}],\"patches\":[{\"hotfix_id\":\"KB4013429\"}],"
	"\"deb_packages\":[{\"name\":\"bash\",\"version\":\"4.4-5\"}]}}";
static const char osquery_log[] =
	"{\"snapshot\":[{\"name\":\"7-Zip\",\"version\":\"16.04\",\"publisher\":\"Igor Pavlov\"}],"
	"\"action\":\"snapshot\",\"name\":\"pack_a\",\"hostIdentifier\":\"MAC1\",\"unixTime\":"
	"1493600000}\n{\"snapshot\":[{\"hotfix_id\":\"KB4013429\"}],\"action\":\"snapshot\","
	"\"name\":"
	"\"pack_b\",\"hostIdentifier\":\"MAC1\",\"unixTime\":1493600000}\n";
static const char qfe[] = "Description      CSName  HotFixID   InstalledOn\r\n"
			  "Security Update  WIN7    KB4012212  5/9/2017\r\n";
static const char csv[] = "device,os,os_version,name,version,updates\n"
			  "A,Windows 7,6.1.7601,\"Quoted, name\",1,KB4012212\n";

static const struct sample {
	const char *name, *text;
	size_t n;
	enum estate_format format;
	unsigned devices, software, updates, incomplete;
} samples[] = {
	{"a.txt", systeminfo_en, sizeof(systeminfo_en) - 1, ESTATE_SYSTEMINFO, 1, 0, 3, 0},
	{"b.txt", systeminfo_it, sizeof(systeminfo_it) - 1, ESTATE_SYSTEMINFO, 1, 0, 2, 1},
	{"c.json", cyclonedx, sizeof(cyclonedx) - 1, ESTATE_CYCLONEDX, 1, 2, 0, 0},
	{"c.xml", cyclonedx_xml, sizeof(cyclonedx_xml) - 1, ESTATE_CYCLONEDX, 1, 2, 0, 0},
	{"d.json", defender, sizeof(defender) - 1, ESTATE_DEFENDER, 1, 1, 0, 0},
	{"e.json", wazuh, sizeof(wazuh) - 1, ESTATE_WAZUH, 1, 1, 1, 0},
	{"f.json", osquery, sizeof(osquery) - 1, ESTATE_OSQUERY, 1, 2, 1, 0},
	{"g.log", osquery_log, sizeof(osquery_log) - 1, ESTATE_OSQUERY, 1, 1, 1, 0},
	{"h.txt", qfe, sizeof(qfe) - 1, ESTATE_QFE, 1, 0, 1, 0},
	{"i.csv", csv, sizeof(csv) - 1, ESTATE_CSV, 1, 1, 1, 0},
};

static bool read_bytes(struct str name, struct str bytes, struct estate_reading *ret,
		       struct err *err)
{
	const struct estate_file_in in = {.name = name,
					  .bytes = bytes,
					  .org = STR("R1H"),
					  .received_ms = 1800000000000,
					  .stated = {.default_taken_ms = 1494400000000}};

	return estate_read_all(&in, 1, ret, err);
}

static void every_format_is_known_by_content(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		struct estate_reading r = {0};
		struct err err = {0};

		if (!read_bytes(str_of(s->name), str_from(s->text, s->n), &r, &err))
			fail_msg("%s: %s", s->name, err.text);
		assert_int_equal(r.format, s->format);
		assert_int_equal(r.counts.devices, s->devices);
		if (r.counts.software != s->software || r.counts.updates != s->updates ||
		    r.counts.incomplete != s->incomplete)
			fail_msg("%s: %u software, %u updates, %u incomplete", s->name,
				 (unsigned)r.counts.software, (unsigned)r.counts.updates,
				 (unsigned)r.counts.incomplete);
		estate_reading_free(&r);
	}
}

/* Cut at any byte a file is refused in one line, or says less: never more updates, nothing broken.
 */
static void cut_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++)
		for (size_t n = 0; n < samples[i].n; n++) {
			char *copy = mem_copy(samples[i].text, n);
			struct estate_reading r = {0};
			struct err err = {0};

			if (read_bytes(str_of(samples[i].name), str_from(copy, n), &r, &err)) {
				assert_true(r.counts.updates <= samples[i].updates);
				assert_true(r.counts.devices <= samples[i].devices);
				estate_reading_free(&r);
			} else {
				assert_true(err.code != ERR_NONE && err.text[0]);
				assert_null(strchr(err.text, '\n'));
			}
			free(copy);
		}
}

static void utf16_reads_as_utf8(void **state)
{
	AUTO(text_freep) struct text wide = {0};
	struct estate_reading r = {0};
	struct err err = {0};

	(void)state;
	text_add(&wide, STR("\xff\xfe"));
	for (size_t i = 0; i + 1 < sizeof(systeminfo_en); i++) {
		text_add_char(&wide, systeminfo_en[i]);
		text_add_char(&wide, '\0');
	}
	if (!read_bytes(STR("w.txt"), text_str(&wide), &r, &err))
		fail_msg("%s", err.text);
	assert_int_equal(r.counts.updates, 3);
	estate_reading_free(&r);
}

static const struct estate_device *only_device(struct world *w, const struct segment **ret)
{
	*ret = world_segment(w, "R1H");
	assert_int_equal((*ret)->ndevices, 1);
	return &(*ret)->devices[0];
}

static void line_is(struct world *w, const char *bytes, const char *line)
{
	const struct segment *s;
	const struct estate_device *d;

	world_has(w, "R1H", "x", bytes);
	d = only_device(w, &s);
	(void)d;
	assert_non_null(segment_line(s, 0));
	assert_string_equal(segment_line(s, 0)->name, line);
	segment_unref(s);
}

static void lines_come_from_versions(void **state)
{
	line_is(*state, systeminfo_en, "7sp1");
}

static void defender_says_the_revision(void **state)
{
	struct world *w = *state;
	const struct segment *s;
	const struct estate_device *d;

	world_has(w, "R1H", "x.json", defender);
	d = only_device(w, &s);
	assert_int_equal(d->os_build, 17763);
	assert_int_equal(d->os_revision, 1637);
	segment_unref(s);
}

/* A caption lies: the build decides. */
static void captions_do_not_decide(void **state)
{
	struct world *w = *state;
	const struct segment *s;

	world_has(
		w, "R1H", "x.csv",
		"# taken: 2017-05-01\ndevice,os,os_version\nX,Windows 10 Enterprise,10.0.26200\n");
	s = world_segment(w, "R1H");
	assert_non_null(segment_line(s, 0));
	assert_int_equal(segment_line(s, 0)->build, 26200);
	segment_unref(s);
}

static void files_of_one_device_find_each_other(void **state)
{
	const struct estate_file_in in[2] = {
		{.name = STR("ward_qfe.txt"),
		 .bytes = STR("Description  HotFixID\nUpdate  KB4012212\n"),
		 .org = STR("R1H"),
		 .received_ms = 1494400000000},
		{.name = STR("ward_systeminfo.txt"),
		 .bytes = {systeminfo_en, sizeof(systeminfo_en) - 1},
		 .org = STR("R1H"),
		 .received_ms = 1494400000000},
	};
	struct estate_reading r[2] = {0};
	struct err err = {0};

	(void)state;
	parallel_set_width(2);
	if (!estate_read_all(in, 2, r, &err))
		fail_msg("%s", err.text);
	parallel_set_width(0);
	assert_non_null(strstr(text_c(&r[0].body), "\"device\":\"WARD-PC1\""));
	estate_reading_free(&r[0]);
	estate_reading_free(&r[1]);
}

static void a_large_csv_reads_the_same_in_pieces(void **state)
{
	AUTO(text_freep) struct text t = {0};
	const struct segment *s = NULL;
	struct err err = {0};
	size_t whole;

	(void)state;
	text_add_c(&t, "device,name,version,updates\n");
	for (unsigned i = 0; i < 400000; i++)
		text_addf(&t, "PC%u,Product %u of some length or other,%u.%u,KB%u\n", i / 100,
			  i % 977, i % 7, i % 11, 4000000 + i % 300);
	parallel_set_width(3);
	if (!segment_from_csv(STR("R1H"), text_str(&t), &s, &err))
		fail_msg("%s", err.text);
	parallel_set_width(0);
	assert_int_equal(s->ndevices, 4000);
	assert_int_equal(s->npairs, 400000);
	assert_int_equal(s->nkbs, 400000);
	segment_unref(s);
	whole = t.n;
	text_add_c(&t, "PC1,too,many,columns,here\n");
	assert_false(segment_from_csv(STR("R1H"), text_str(&t), &s, &err));
	assert_non_null(strstr(err.text, "line 400002: 5 columns"));
	t.n = whole;
	for (unsigned i = 0; i < 20000; i++)
		text_add_char(&t, ',');
	text_add_char(&t, '\n');
	parallel_set_width(3);
	assert_false(segment_from_csv(STR("R1H"), text_str(&t), &s, &err));
	parallel_set_width(0);
	assert_non_null(strstr(err.text, "line 400002: too many columns"));
}

/* ---- real files -------------------------------------------------------------------- */

static struct unpack *open_data(const char *name)
{
	const char *folder = getenv("LYNCHPIN_DATA"), *source = getenv("LYNCHPIN_SOURCE");
	char path[4096];
	struct unpack *u;
	struct err err;

	if (folder)
		snprintf(path, sizeof(path), "%s/inventory/%s", folder, name);
	else
		snprintf(path, sizeof(path), "%s/../shared/data/inventory/%s",
			 source ? source : ".", name);
	if (!file_exists(path)) {
		print_message("skipped: no %s\n", path);
		skip();
	}
	if (!unpack_file(path, NULL, &u, &err))
		fail_msg("%s", err.text);
	return u;
}

struct totals {
	unsigned files, read, refused, devices, software, updates, incomplete;
};

static struct totals read_data(const char *archive, const char *only)
{
	AUTO(unpack_closep) struct unpack *u = open_data(archive);
	const struct unpack_member *m;
	struct totals t = {0};
	struct err err = {0};

	for (;;) {
		struct estate_reading r = {0};

		if (!unpack_next(u, &m, &err))
			fail_msg("%s", err.text);
		if (!m)
			return t;
		if (only && str_find(m->name, str_of(only), 0) == SIZE_MAX)
			continue;
		t.files++;
		if (!read_bytes(m->name, m->bytes, &r, &err)) {
			assert_null(strchr(err.text, '\n'));
			t.refused++;
			continue;
		}
		t.read++;
		t.devices += (unsigned)r.counts.devices;
		t.software += (unsigned)r.counts.software;
		t.updates += (unsigned)r.counts.updates;
		t.incomplete += (unsigned)r.counts.incomplete;
		estate_reading_free(&r);
	}
}

static void real_systeminfo(void **state)
{
	struct totals t = read_data("windows-systeminfo-outputs-wesng.tar.xz", "systeminfo.txt");

	(void)state;
	assert_int_equal(t.read, t.files);
	assert_int_equal(t.devices, t.files);
	/* 245 of 273, 245 of 271, 245 of 263 (with doubles); two answer N/A. */
	assert_true(t.incomplete >= 5);
	t = read_data("windows-systeminfo-outputs-wesng.tar.xz", "_qfe.txt");
	/* One holds nothing but an empty line. */
	assert_int_equal(t.refused, 1);
	assert_int_equal(t.updates, 4 + 276 + 271);
	/* What is offered is not installed. */
	t = read_data("windows-systeminfo-outputs-wesng.tar.xz", "_updates.txt");
	assert_int_equal(t.refused, 0);
	assert_int_equal(t.updates, 0);
}

static void real_cyclonedx(void **state)
{
	struct totals t = read_data("cyclonedx-bom-examples.tar.xz", NULL);

	(void)state;
	assert_int_equal(t.read, t.files);
	assert_true(t.software > 6000);
	t = read_data("cyclonedx-spec-tests-1.2-1.7.tar.xz", "valid-");
	assert_true(t.read > t.refused);
}

static void real_defender(void **state)
{
	struct totals t =
		read_data("scanner-and-inventory-exports-defectdojo.tar.xz", "ms_defender/report_");

	(void)state;
	/* One report holds no machine. */
	assert_int_equal(t.refused, 1);
	assert_int_equal(t.software, 5);
	t = read_data("scanner-and-inventory-exports-defectdojo.tar.xz", "defender_error_handling");
	assert_int_equal(t.devices, 1);
	assert_int_equal(t.software, 389);
}

static void real_wazuh(void **state)
{
	struct totals t = read_data("wazuh-syscollector-dumps.tar.xz", "vd_first");

	(void)state;
	assert_int_equal(t.read, 4);
	assert_int_equal(t.software, 400 + 3 + 597 + 3);
	assert_int_equal(t.updates, 26);
	/* Changes only, and messages about other things. */
	t = read_data("wazuh-syscollector-dumps.tar.xz", "sync");
	assert_int_equal(t.read, 0);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

const struct CMUnitTest read_tests[] = {
	cmocka_unit_test(every_format_is_known_by_content),
	cmocka_unit_test(cut_anywhere),
	cmocka_unit_test(utf16_reads_as_utf8),
	IN_WORLD(lines_come_from_versions),
	IN_WORLD(defender_says_the_revision),
	IN_WORLD(captions_do_not_decide),
	cmocka_unit_test(files_of_one_device_find_each_other),
	cmocka_unit_test(a_large_csv_reads_the_same_in_pieces),
	cmocka_unit_test(real_systeminfo),
	cmocka_unit_test(real_cyclonedx),
	cmocka_unit_test(real_defender),
	cmocka_unit_test(real_wazuh),
};
const size_t n_read_tests = ARRAY_LEN(read_tests);
