#include "estate_world.h"

#include "estate/inner.h"
#include "estate/read_nessus.h"
#include "wire/wire.h"

/* Readers of what scanners and bills of material say: what they take, and what they leave alone. */

static const char nmap[] =
	"<?xml version=\"1.0\"?>\n<!DOCTYPE nmaprun>\n<?xml-stylesheet href=\"nmap.xsl\"?>\n"
	"<nmaprun scanner=\"nmap\" start=\"1494400000\" xmloutputversion=\"1.04\">\n"
	"<hosthint><status state=\"up\"/><address addr=\"10.0.0.9\" addrtype=\"ipv4\"/></hosthint>"
	"<host starttime=\"1494400001\" endtime=\"1494400100\"><status state=\"up\"/>"
	"<address addr=\"10.0.0.1\" addrtype=\"ipv4\"/><address addr=\"00:11:22:33:44:55\" "
	"addrtype=\"mac\"/><hostnames><hostname name=\"ward-pc1.trust.example\" type=\"PTR\"/>"
	"</hostnames><ports><port protocol=\"tcp\" portid=\"445\"><state state=\"open\"/><service "
	"name=\"microsoft-ds\" product=\"Microsoft Windows 7 - 10 microsoft-ds\" method=\"probed\" "
	"conf=\"10\"><cpe>cpe:/o:microsoft:windows</cpe></service></port><port protocol=\"tcp\" "
	"portid=\"5432\"><state state=\"open\"/><service name=\"postgresql\" method=\"table\" "
	"conf=\"3\"/></port></ports><os><osmatch name=\"Microsoft Windows 10 1607\" "
	"accuracy=\"100\"><osclass vendor=\"Microsoft\" osfamily=\"Windows\" accuracy=\"100\"><cpe>"
	"cpe:/o:microsoft:windows_10:1607</cpe></osclass></osmatch></os><hostscript>"
	"<script id=\"smb-os-discovery\" output=\"...\"><elem key=\"os\">Windows 7 Professional "
	"7601 Service Pack 1</elem><elem key=\"lanmanager\">Windows 7 Professional 6.1</elem>"
	"</script><script id=\"smb-protocols\" output=\"...\"><table key=\"dialects\"><elem>NT LM "
	"0.12 (SMBv1) [dangerous, but default]</elem><elem>2.02</elem></table></script>"
	"<script id=\"smb-vuln-ms17-010\" output=\"&#xa;  VULNERABLE:&#xa;  State: "
	"VULNERABLE\"/></hostscript></host>\n"
	"<host endtime=\"1494400050\"><status state=\"up\"/><address addr=\"10.0.0.2\" "
	"addrtype=\"ipv4\"/><hostnames><hostname name=\"web\" type=\"user\"/><hostname "
	"name=\"w.example\" type=\"PTR\"/></hostnames><ports>"
	"<port><state state=\"open\"/><service name=\"http\" product=\"Apache httpd\" "
	"version=\"2.4.29\" extrainfo=\"(Ubuntu)\" method=\"probed\"><cpe>cpe:/a:apache:"
	"http_server:2.4.29</cpe><cpe>cpe:/o:linux:linux_kernel</cpe></service></port>"
	"<port><state state=\"open\"/><service product=\"Samba smbd\" version=\"3.X - 4.X\" "
	"method=\"probed\"><cpe>cpe:/a:samba:samba</cpe></service></port>"
	"<port><state state=\"open\"/><service product=\"Odd thing\" version=\"1.2 build 7\" "
	"method=\"probed\"/></port><port><state state=\"closed\"/><service product=\"Closed\" "
	"version=\"1\" method=\"probed\"/></port></ports><os><osmatch name=\"Linux 3.2 - 4.9\" "
	"accuracy=\"100\"><osclass vendor=\"Linux\" osfamily=\"Linux\"><cpe>cpe:/o:linux:"
	"linux_kernel:3</cpe><cpe>cpe:/o:linux:linux_kernel:4</cpe></osclass></osmatch></os>"
	"<hostscript><script id=\"smb-protocols\"><table key=\"dialects\"><elem>2.02</elem>"
	"</table></script></hostscript></host>\n"
	"<host><status state=\"up\"/><address addr=\"10.0.0.3\" addrtype=\"ipv4\"/><hostnames>"
	"<hostname name=\"web\" type=\"PTR\"/></hostnames><os><osmatch name=\"Microsoft Windows "
	"Server 2008 R2 SP1\" accuracy=\"96\"><osclass vendor=\"Microsoft\" osfamily=\"Windows\">"
	"<cpe>cpe:/o:microsoft:windows_server_2008:r2:sp1</cpe></osclass></osmatch></os></host>\n"
	"<host><status state=\"down\"/><address addr=\"10.0.0.4\" addrtype=\"ipv4\"/></host>\n"
	"<runstats><finished time=\"1494400200\" exit=\"success\"/></runstats></nmaprun>\n";

#define NESSUS(host, items)                                                                        \
	"<?xml version=\"1.0\"?>\n<NessusClientData_v2><Policy><Preferences><preference>"          \
	"<name>x</name><value>cpe</value></preference></Preferences></Policy><Report>"             \
	"<ReportHost name=\"10.0.0.1\"><HostProperties>" host "</HostProperties>" items            \
	"</ReportHost></Report></NessusClientData_v2>\n"
#define ITEM(plugin, family, output)                                                               \
	"<ReportItem port=\"0\" severity=\"0\" pluginID=\"" plugin "\" pluginFamily=\"" family     \
	"\"><plugin_output>" output "</plugin_output></ReportItem>\n"

#define SOFTWARE                                                                                   \
	"\nThe following software are installed on the remote host :\n\n7-Zip 16.04 (x64)  "       \
	"[version 16.04]  [installed on 2016/11/02]\nMozilla Firefox 52.0 (x86 en-GB)  "           \
	"[version 52.0]\n\nThe following updates are installed :\n\nWindows 7 :\n  KB976902  "     \
	"[installed on 2016/11/02]\n"
#define PATCHES                                                                                    \
	"The patches for the following bulletins or KBs are missing on the remote host :\n\n"      \
	" - KB4012212 ( https://support.microsoft.com/en-us/help/4012212 )\n - MS17-010 ( "        \
	"http://technet.microsoft.com/en-us/security/bulletin/ms17-010 )\n"
#define FIXES                                                                                      \
	"\nHere is a list of quick-fix engineering updates installed on the\nremote system "       \
	":\n\nKB3125574, Installed on: 2016/11/02\nKB4012212, Installed on: 2017/04/01\nKB976902"  \
	"~31bf\n"
#define BULLETIN                                                                                   \
	"\nThe remote host is missing one of the following rollup KBs :\n  - 4012215\n  - "        \
	"4015549\n\n  - C:\\Windows\\system32\\drivers\\srv.sys has not been patched.\n    "       \
	"Remote version : 6.1.7601.23517\n    Should be      : 6.1.7601.23689\n"

static const char nessus[] = NESSUS(
	"<tag name=\"netbios-name\">WARD-PC1</tag><tag name=\"host-ip\">10.0.0.1</tag>"
	"<tag name=\"operating-system\">Microsoft Windows 7 Professional Service Pack 1</tag>"
	"<tag name=\"cpe-0\">cpe:/o:microsoft:windows_7::sp1:professional</tag>"
	"<tag name=\"cpe-1\">cpe:/a:microsoft:ie:11.0.9600 -&gt; Internet Explorer</tag>"
	"<tag name=\"HOST_END_TIMESTAMP\">1494400000</tag>"
	"<tag name=\"HOST_END\">Wed May 10 09:06:40 2017</tag>"
	"<tag name=\"Credentialed_Scan\">true</tag>",
	ITEM("19506", "Settings", "\nCredentialed checks : yes, as 'x' via SMB\n") ITEM(
		"48942", "Windows", "Operating system version = 6.1.7601\nArchitecture = x64\n")
		ITEM("20811", "Windows", SOFTWARE) ITEM("62042", "Windows", FIXES) ITEM(
			"38153", "Windows : Microsoft Bulletins",
			PATCHES) ITEM("97737", "Windows : Microsoft Bulletins", BULLETIN)
			ITEM("100871", "Windows",
			     "The remote host supports the following versions of "
			     "SMB :\n  SMBv2\n") "<ReportItem pluginID=\"97833\" severity=\"4\" "
						 "pluginFamily=\"Windows\"><cve>CVE-2017-0144"
						 "</cve><plugin_output>Sent: 00\nRemote package "
						 "installed : none</plugin_output>"
						 "</ReportItem>");
static const char nessus_csv[] =
	"Plugin ID,CVE,CVSS,Risk,Host,Protocol,Port,Name,Synopsis,Plugin Output,Plugin Family,"
	"NetBios,Host End\n"
	"19506,,,None,10.0.0.1,tcp,0,x,x,\"Credentialed checks : yes\",Settings,G\\WARD-PC1,"
	"2017-05-10T07:06:40Z\n"
	"11936,,,None,10.0.0.1,tcp,0,x,x,\"\nRemote operating system : Microsoft Windows 7 "
	"Professional Service Pack 1\nConfidence level : 100\n\",General,G\\WARD-PC1,\n"
	"20811,,,None,10.0.0.1,tcp,0,x,x,\"" SOFTWARE "\",Windows,G\\WARD-PC1,\n"
	"62042,,,None,10.0.0.1,tcp,0,x,x,\"" FIXES "\",Windows,G\\WARD-PC1,\n"
	"38153,,,None,10.0.0.1,tcp,0,x,x,\"" PATCHES "\",Windows,G\\WARD-PC1,\n"
	"97833,CVE-2017-0144,,High,10.0.0.1,tcp,0,x,x,,Windows,G\\WARD-PC1,\n";

static const char linux_packages[] = NESSUS(
	"<tag name=\"host-fqdn\">db.example</tag><tag name=\"HOST_END\">Wed May 10 07:06:40 "
	"2017</tag>",
	ITEM("11936", "General",
	     "\nRemote operating system : Linux Kernel 3.10 on CentOS Linux release 7.2.1511 "
	     "(Core)\nConfidence level : 100\n")
		ITEM("22869", "General",
		     "\nHere is the list of packages installed on the remote CentOS Linux system "
		     ":\n\n  openssl-libs-1.0.1e-42.el7|1\n  bash-4.2.46-19.el7|(none)\n  "
		     "gpg-pubkey\n"));

static const char spdx[] =
	"{\"SPDXID\":\"SPDXRef-DOCUMENT\",\"spdxVersion\":\"SPDX-2.3\",\"name\":\"doc\","
	"\"creationInfo\":{\"created\":\"2017-05-01T00:00:00Z\"},\"documentDescribes\":"
	"[\"SPDXRef-pump\"],\"packages\":[{\"SPDXID\":\"SPDXRef-pump\",\"name\":\"PUMP-1\","
	"\"primaryPackagePurpose\":\"DEVICE\"},{\"SPDXID\":\"a\",\"name\":\"Debian GNU/Linux\","
	"\"versionInfo\":\"9\",\"primaryPackagePurpose\":\"OPERATING-SYSTEM\",\"externalRefs\":[{"
	"\"referenceCategory\":\"SECURITY\",\"referenceType\":\"cpe22Type\",\"referenceLocator\":"
	"\"cpe:/o:debian:debian_linux:9.0\"}]},{\"SPDXID\":\"b\",\"name\":\"openssl\","
	"\"versionInfo\":\"1.0.2k\",\"supplier\":\"Organization: OpenSSL (a@b.c)\","
	"\"primaryPackagePurpose\":\"LIBRARY\",\"externalRefs\":[{\"referenceCategory\":"
	"\"SECURITY\",\"referenceType\":\"cpe22Type\",\"referenceLocator\":\"cpe:/a:openssl:"
	"openssl:1.0.2k\"},{\"referenceCategory\":\"SECURITY\",\"referenceType\":"
	"\"http://spdx.org/rdf/references/cpe23Type\",\"referenceLocator\":\"cpe:2.3:a:openssl:"
	"openssl:1.0.2k:*:*:*:*:*:*:*\"},{\"referenceCategory\":\"PACKAGE-MANAGER\","
	"\"referenceType\":\"purl\",\"referenceLocator\":\"pkg:deb/debian/openssl@1.0.2k-1\"}]},"
	"{\"SPDXID\":\"c\",\"name\":\"tool\",\"versionInfo\":\"NOASSERTION\",\"supplier\":"
	"\"Person: Jane (j@x.y)\",\"externalRefs\":null},{\"SPDXID\":\"d\",\"name\":\"x.txt\","
	"\"primaryPackagePurpose\":\"FILE\"}]}";

struct seen {
	struct arena *arena;
	struct read_file file;
	struct rows rows;
};

static void seen_release(struct seen *s)
{
	rows_release(&s->rows);
	read_file_release(&s->file);
	arena_close(s->arena);
}

static bool see_as(struct seen *s, const char *text, const char *device, struct err *err)
{
	*s = (struct seen){.arena = arena_open()};
	s->file =
		(struct read_file){.arena = s->arena, .name = STR("in.bin"), .bytes = str_of(text)};
	rows_init(&s->rows, s->arena, false);
	if (!read_open(&s->file, err))
		return false;
	if (device)
		read_state_device(&s->file, str_of(device));
	return read_rows(&s->file, &s->rows, err);
}

static void see(struct seen *s, const char *text)
{
	struct err err = {0};

	if (!see_as(s, text, NULL, &err))
		fail_msg("%s", err.text);
}

static const struct row_device *device_of(const struct seen *s, const char *id)
{
	for (size_t i = 0; i < s->rows.devices.n; i++)
		if (str_is(s->rows.devices.v[i].text[ROW_ID], id))
			return &s->rows.devices.v[i];
	fail_msg("no device %s", id);
	return NULL;
}

static bool has_facet(const struct row_device *d, enum facet f)
{
	return d->seen >> f & 1;
}

static bool is_whole(const struct row_device *d, enum facet f)
{
	return has_facet(d, f) && !(d->incomplete >> f & 1);
}

/* "cpe purl publisher name version", one a line, of a device. */
static void software_is(const struct seen *s, const char *id, const char *expected)
{
	AUTO(text_freep) struct text t = {0};
	const struct row_device *d = device_of(s, id);

	for (size_t i = 0; i < s->rows.pairs.n; i++) {
		const struct row_raw *r = &s->rows.raws.v[(uint32_t)s->rows.pairs.v[i]];

		if (&s->rows.devices.v[s->rows.pairs.v[i] >> 32] != d)
			continue;
		text_addf(&t, "%.*s|%.*s|%.*s|%.*s|%.*s\n", STR_FMT(r->cpe), STR_FMT(r->purl),
			  STR_FMT(r->publisher), STR_FMT(r->name), STR_FMT(r->version));
	}
	assert_string_equal(text_c(&t), expected);
}

static void text_is(const struct row_device *d, enum row_text which, const char *expected)
{
	if (!str_is(d->text[which], expected))
		fail_msg("\"%.*s\", not \"%s\"", STR_FMT(d->text[which]), expected);
}

static void nmap_hosts_are_devices(void **state)
{
	AUTO(seen_release) struct seen s;
	const struct row_device *d;

	(void)state;
	see(&s, nmap);
	assert_int_equal(s.rows.format, ESTATE_NMAP);
	assert_true(str_is(s.rows.kind, "scan"));
	/* The earliest end of a host. */
	assert_int_equal(s.rows.taken_ms, 1494400050000);
	assert_int_equal(s.rows.devices.n, 3);
	assert_int_equal(s.rows.skipped, 1);
	/* The SMB server's own word beats the fingerprint; the system's services are no software.
	 */
	d = device_of(&s, "ward-pc1.trust.example");
	text_is(d, ROW_OS_NAME, "Windows 7 Professional");
	text_is(d, ROW_OS_VERSION, "6.1.7601 Service Pack 1");
	assert_true(is_whole(d, FACET_OS));
	assert_int_equal(d->build, 7601);
	assert_int_equal(d->sp, 1);
	assert_int_equal(d->smb1_off, SAID_NO);
	assert_false(has_facet(d, FACET_SOFTWARE));
	assert_false(has_facet(d, FACET_UPDATES));
	assert_string_equal(text_c(&s.rows.notes),
			    "smb-vuln-ms17-010 says VULNERABLE: 1 host, not taken as evidence\n");
	/* A full match says which product answers, neither its version nor what is around it. */
	d = device_of(&s, "web");
	text_is(d, ROW_OS_CPE, "cpe:2.3:o:linux:linux_kernel:*:*:*:*:*:*:*:*");
	text_is(d, ROW_OS_VERSION, "");
	text_is(d, ROW_OS_NAME, "Linux 3.2 - 4.9 (a guess of Nmap)");
	assert_true(has_facet(d, FACET_OS) && !is_whole(d, FACET_OS));
	assert_int_equal(d->smb1_off, SAID_YES);
	/* What has no port, or a port that is closed, is not seen: the list is never whole. */
	assert_true(has_facet(d, FACET_SOFTWARE));
	assert_false(is_whole(d, FACET_SOFTWARE));
	software_is(&s, "web",
		    "cpe:2.3:a:apache:http_server:2.4.29:*:*:*:*:*:*:*|||Apache httpd|\n"
		    "cpe:2.3:a:samba:samba:*:*:*:*:*:*:*:*|||Samba smbd|\n"
		    "|||Odd thing|1.2\n");
	/* A second host of that name is called by its address; a guess fixes no line. */
	d = device_of(&s, "10.0.0.3");
	text_is(d, ROW_OS_NAME, "Microsoft Windows Server 2008 R2 SP1 (a guess of Nmap)");
	text_is(d, ROW_OS_CPE, "");
	assert_false(is_whole(d, FACET_OS));
	assert_int_equal(d->build, 0);
	assert_int_equal(d->server, SERVER_UNKNOWN);
}

static void nmap_that_says_nothing_is_refused(void **state)
{
	static const struct {
		const char *text, *device, *error;
	} all[] = {
		{"<nmaprun><host><status state=\"up\"/><address addr=\"10.0.0.1\"/></host>"
		 "</nmaprun>",
		 NULL,
		 "says nothing of a system, software or updates: scan with -sV and -O, or with "
		 "credentials"},
		{"<nmaprun><host><status state=\"down\"/></host></nmaprun>", NULL,
		 "no host of it is up"},
		{"<nmaprun><host><status state=\"up\"/></host></nmaprun>", NULL,
		 "line 1: no device id"},
		{nmap, "PC1", "line 6: holds several hosts: --device names one"},
		{"<nmaprun><host>", NULL, "line 1: XML: no element found"},
		{"<!DOCTYPE nmaprun [<!ENTITY a \"b\">]><nmaprun/>", NULL,
		 "line 1: a document type (DTD) is not accepted"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		AUTO(seen_release) struct seen s;
		struct err err = {0};

		assert_false(see_as(&s, all[i].text, all[i].device, &err));
		assert_string_equal(err.text, all[i].error);
	}
}

static void versions_that_are_guesses_are_none(void **state)
{
	static const char *const all[][2] = {
		{"2.4.29", "2.4.29"},
		{"v1.2", "1.2"},
		{"6.6.1p1 Ubuntu 2ubuntu2.13", "6.6.1p1"},
		{"10.50.4000.00; SP2", "10.50.4000.00"},
		{"1:9.2p1-2+deb12u1", "1:9.2p1-2+deb12u1"},
		{"2.4.X", ""},
		{"3.X - 4.X", ""},
		{"7.x", ""},
		{"1.3.1 or later", ""},
		{"5.0 through 5.4", ""},
		{"2.0+", ""},
		{"<7", ""},
		{"3.0*", ""},
		{"unknown", ""},
		{"", ""},
	};
	static const struct {
		const char *text;
		int64_t ms;
	} times[] = {
		{"2022-03-23T15:07:52Z", 1648048072000},
		{"Wed Mar 23 15:07:52 2022", 1648048020000},
		{"Jan 5, 2021 10:24:08 MST", 1609842240000},
		{"2013/7/1 11:33", 1372678380000},
		{"2013/7/1 11:33 UTC (x)", 1372678380000},
		{"Wed Mar 41 15:07:52 2022", 0},
		{"2013/13/1 11:33", 0},
		{"", 0},
		{"x", 0},
		{"2013/7/1 25:33", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (!str_is(scan_version(str_of(all[i][0])), all[i][1]))
			fail_msg("%s: %.*s", all[i][0], STR_FMT(scan_version(str_of(all[i][0]))));
	for (size_t i = 0; i < ARRAY_LEN(times); i++)
		if (scan_time(str_of(times[i].text)) != times[i].ms)
			fail_msg("%s: %jd", times[i].text,
				 (intmax_t)scan_time(str_of(times[i].text)));
}

static bool has_kb(const struct seen *s, uint32_t kb)
{
	for (size_t i = 0; i < s->rows.kbs.n; i++)
		if ((uint32_t)s->rows.kbs.v[i] == kb)
			return true;
	return false;
}

static void nessus_that_logged_in(void **state)
{
	AUTO(seen_release) struct seen s;
	const struct row_device *d;

	(void)state;
	see(&s, nessus);
	assert_int_equal(s.rows.format, ESTATE_NESSUS);
	assert_true(str_is(s.rows.kind, "scan"));
	assert_int_equal(s.rows.taken_ms, 1494400000000);
	assert_int_equal(s.rows.devices.n, 1);
	d = device_of(&s, "WARD-PC1");
	text_is(d, ROW_OS_VERSION, "6.1.7601 Service Pack 1");
	assert_int_equal(d->arch, WINDOWS_X64);
	assert_int_equal(d->build, 7601);
	assert_true(is_whole(d, FACET_OS) && is_whole(d, FACET_SOFTWARE) &&
		    is_whole(d, FACET_UPDATES));
	assert_int_equal(d->smb1_off, SAID_YES);
	software_is(&s, "WARD-PC1",
		    "cpe:2.3:a:microsoft:ie:11.0.9600:*:*:*:*:*:*:*|||Internet Explorer|\n"
		    "|||7-Zip 16.04 (x64)|16.04\n|||Mozilla Firefox 52.0 (x86 en-GB)|52.0\n");
	/* What is missing is not installed, whatever a list says. */
	assert_int_equal(s.rows.kbs.n, 2);
	assert_true(has_kb(&s, 3125574) && has_kb(&s, 976902));
	assert_int_equal(s.rows.no_kbs.n, 3);
	assert_int_equal(s.rows.files.n, 1);
	assert_true(str_is(s.rows.files.v[0].name, "srv.sys") &&
		    str_is(s.rows.files.v[0].version, "6.1.7601.23517"));
	assert_string_equal(text_c(&s.rows.notes),
			    "1 finding names a CVE: kept with the file, not taken as evidence\n");
}

static void nessus_table_says_the_same(void **state)
{
	AUTO(seen_release) struct seen s;
	const struct row_device *d;

	(void)state;
	see(&s, nessus_csv);
	assert_int_equal(s.rows.format, ESTATE_NESSUS);
	assert_int_equal(s.rows.taken_ms, 1494400000000);
	d = device_of(&s, "WARD-PC1");
	assert_true(is_whole(d, FACET_OS) && is_whole(d, FACET_SOFTWARE) &&
		    is_whole(d, FACET_UPDATES));
	assert_int_equal(d->build, 7601);
	assert_int_equal(s.rows.kbs.n, 2);
	software_is(&s, "WARD-PC1",
		    "|||7-Zip 16.04 (x64)|16.04\n|||Mozilla Firefox 52.0 (x86 en-GB)|52.0\n");
}

static void nessus_packages(void **state)
{
	AUTO(seen_release) struct seen s;
	const struct row_device *d;

	(void)state;
	see(&s, linux_packages);
	d = device_of(&s, "db.example");
	/* HOST_END is in the scanner's time: read as UTC, to the minute. */
	assert_int_equal(s.rows.taken_ms, 1494399960000);
	text_is(d, ROW_OS_NAME, "CentOS Linux");
	text_is(d, ROW_OS_VERSION, "7.2.1511");
	assert_true(is_whole(d, FACET_OS) && is_whole(d, FACET_SOFTWARE));
	assert_false(has_facet(d, FACET_UPDATES));
	software_is(&s, "db.example",
		    "|pkg:rpm/centos/openssl-libs@1:1.0.1e-42.el7||openssl-libs|"
		    "1:1.0.1e-42.el7\n|pkg:rpm/centos/bash@4.2.46-19.el7||bash|4.2.46-19.el7\n"
		    "|||gpg-pubkey|\n");
}

/* Without a login: what a look from outside sees, and no list is whole. */
static void nessus_from_outside(void **state)
{
	static const char text[] = NESSUS(
		"<tag name=\"host-ip\">10.0.0.1</tag><tag name=\"operating-system\">Linux Kernel "
		"2.6\nLinux Kernel 3.10</tag><tag name=\"operating-system-conf\">99</tag><tag "
		"name=\"cpe\">cpe:/o:linux:linux_kernel</tag><tag name=\"cpe-1\">cpe:/a:php:php:"
		"5.6.40 -&gt; PHP PHP</tag>",
		ITEM("19506", "Settings", "Credentialed checks : no\n")
			ITEM("38153", "Windows : Microsoft Bulletins", PATCHES)
				ITEM("20811", "Windows", SOFTWARE) ITEM("62042", "Windows", FIXES)
					ITEM("96982", "Windows", ""));
	AUTO(seen_release) struct seen s;
	const struct row_device *d;

	(void)state;
	see(&s, text);
	d = device_of(&s, "10.0.0.1");
	assert_true(has_facet(d, FACET_OS) && !is_whole(d, FACET_OS));
	text_is(d, ROW_OS_NAME, "Linux Kernel 2.6 (a guess of Nessus)");
	assert_true(has_facet(d, FACET_SOFTWARE) && !is_whole(d, FACET_SOFTWARE));
	assert_true(has_facet(d, FACET_UPDATES) && !is_whole(d, FACET_UPDATES));
	assert_int_equal(d->smb1_off, SAID_NO);
}

static void spdx_is_one_device(void **state)
{
	AUTO(seen_release) struct seen s;
	const struct row_device *d;

	(void)state;
	see(&s, spdx);
	assert_int_equal(s.rows.format, ESTATE_SPDX);
	assert_true(str_is(s.rows.kind, ""));
	assert_int_equal(s.rows.taken_ms, 1493596800000);
	d = device_of(&s, "PUMP-1");
	text_is(d, ROW_OS_NAME, "Debian GNU/Linux");
	text_is(d, ROW_OS_CPE, "cpe:2.3:o:debian:debian_linux:9.0:*:*:*:*:*:*:*");
	assert_true(is_whole(d, FACET_OS) && is_whole(d, FACET_SOFTWARE));
	/* Both bindings are one name; persons are no publishers. */
	software_is(&s, "PUMP-1",
		    "cpe:2.3:a:openssl:openssl:1.0.2k:*:*:*:*:*:*:*|pkg:deb/debian/"
		    "openssl@1.0.2k-1|OpenSSL|openssl|1.0.2k\n|||tool|\n");
	assert_int_equal(s.rows.skipped, 2);
}

static void spdx_refusals(void **state)
{
	static const struct {
		const char *text, *error;
	} all[] = {
		{"{\"@context\":\"https://spdx.org/rdf/3.0.1/spdx-context.jsonld\"}",
		 "SPDX 3; 2.2 and 2.3 are read"},
		{"{\"SPDXID\":\"x\"}", "no SPDX document (\"spdxVersion\")"},
		{"{\"spdxVersion\":\"SPDX-1.2\"}",
		 "\"spdxVersion\": \"SPDX-1.2\"; SPDX-2.2 and SPDX-2.3 are read"},
		{"{\"spdxVersion\":\"SPDX-2.2\",\"packages\":[{\"packageName\":\"x\","
		 "\"SPDXID\":\"y\"}]}",
		 "package \"y\" has no name"},
		{"{\"spdxVersion\":\"SPDX-2.2\",\"packages\":{}}",
		 "\"packages\" is an object, expected an array"},
		{"{\"spdxVersion\":\"SPDX-2.2\",\"packages\":[3]}", "a package is no object"},
		{"{\"spdxVersion\":\"SPDX-2.2\",\"creationInfo\":{\"created\":\"now\"}}",
		 "\"created\": \"now\" is no time"},
		{"{\"spdxVersion\":\"SPDX-2.2\"}",
		 "says nothing of a system, software or updates: leave this file out"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		AUTO(seen_release) struct seen s;
		struct err err = {0};

		assert_false(see_as(&s, all[i].text, NULL, &err));
		assert_string_equal(err.text, all[i].error);
	}
}

static void raws_are(const struct segment *s, const char *expected)
{
	AUTO(text_freep) struct text t = {0};

	for (uint32_t i = 0; i < s->nraws; i++)
		text_addf(&t, "%.*s %.*s\n", STR_FMT(seg_str(s, s->raws[i].name)),
			  STR_FMT(seg_str(s, s->raws[i].version)));
	assert_string_equal(text_c(&t), expected);
}

#define GLIMPSE(seconds, product, version, os)                                                     \
	"<nmaprun><host endtime=\"" seconds                                                        \
	"\"><status state=\"up\"/><address addr=\"10.0.0.1\"/>"                                    \
	"<hostnames><hostname name=\"A\" type=\"PTR\"/></hostnames><ports><port><state "           \
	"state=\"open\"/><service product=\"" product "\" version=\"" version                      \
	"\" method=\"probed\"/></port></ports><os><osmatch name=\"" os "\" accuracy=\"97\"/></os>" \
	"</host></nmaprun>"

/* A look from outside adds to what an agent listed and takes nothing away. */
static void a_glimpse_displaces_nothing(void **state)
{
	struct world *w = *state;
	const struct segment *s;

	world_has(w, "R1H", "a.csv",
		  "# taken: 2017-04-01\ndevice,os,os_version,name,version\n"
		  "A,Windows 7,6.1.7601,Firefox,52.0\n");
	world_has(w, "R1H", "b.xml", GLIMPSE("1493600000", "Apache", "2.2", "Linux 4"));
	world_has(w, "R1H", "c.xml", GLIMPSE("1493700000", "Apache", "2.4", "Linux 5"));
	s = world_segment(w, "R1H");
	assert_int_equal(s->ndevices, 1);
	raws_are(s, "Apache 2.4\nFirefox 52.0\n");
	assert_int_equal(s->devices[0].facet[FACET_SOFTWARE].incomplete, 0);
	assert_int_equal(s->devices[0].facet[FACET_SOFTWARE].seen_ms, 1491004800000);
	assert_int_equal(s->devices[0].facet[FACET_OS].kind, ESTATE_AGENT);
	assert_int_equal(s->devices[0].os_build, 7601);
	segment_unref(s);
	/* A newer whole list knows better than all of them. */
	world_has(w, "R1H", "d.csv", "# taken: 2017-05-08\ndevice,name,version\nA,Firefox,53.0\n");
	s = world_segment(w, "R1H");
	raws_are(s, "Firefox 53.0\n");
	segment_unref(s);
}

static void a_glimpse_alone_is_never_whole(void **state)
{
	struct world *w = *state;
	const struct segment *s;

	world_has(w, "R1H", "b.xml", GLIMPSE("1493600000", "Apache", "2.2", "Linux 4"));
	s = world_segment(w, "R1H");
	raws_are(s, "Apache 2.2\n");
	assert_int_equal(s->devices[0].facet[FACET_SOFTWARE].incomplete, 1);
	assert_int_equal(s->devices[0].facet[FACET_OS].incomplete, 1);
	assert_int_equal(s->devices[0].facet[FACET_SOFTWARE].kind, ESTATE_SCAN);
	assert_int_equal(s->devices[0].facet[FACET_UPDATES].seen_ms, 0);
	segment_unref(s);
}

/* Cut at any byte: refused in one line, or less is said. */
static void scans_cut_anywhere(void **state)
{
	static const char *const all[] = {nmap, nessus, nessus_csv, linux_packages, spdx};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (size_t n = 0; n < strlen(all[i]); n++) {
			char *copy = mem_zero(n + 1, 1);
			struct err err = {0};
			struct seen s;

			memcpy(copy, all[i], n);
			if (!see_as(&s, copy, NULL, &err)) {
				assert_true(err.code != ERR_NONE && err.text[0]);
				assert_null(strchr(err.text, '\n'));
			}
			seen_release(&s);
			free(copy);
		}
}

/* ---- real files -------------------------------------------------------------------- */

struct totals {
	unsigned read, refused;
	size_t devices, software, whole;
};

static struct totals real(const char *archive, const char *only)
{
	const char *folder = getenv("LYNCHPIN_DATA"), *source = getenv("LYNCHPIN_SOURCE");
	AUTO(unpack_closep) struct unpack *u = NULL;
	char path[1024]; /* skip() does not come back to free anything */
	const struct unpack_member *m;
	struct totals t = {0};
	struct err err = {0};

	(void)snprintf(path, sizeof(path), "%s%s/inventory/%s",
		       folder	? folder
		       : source ? source
				: ".",
		       folder ? "" : "/../shared/data", archive);
	if (!file_exists(path)) {
		print_message("skipped: no %s\n", path);
		skip();
	}
	if (!unpack_file(path, NULL, &u, &err))
		fail_msg("%s", err.text);
	for (;;) {
		struct seen s;

		if (!unpack_next(u, &m, &err))
			fail_msg("%s", err.text);
		if (!m)
			return t;
		if (str_find(m->name, str_of(only), 0) == SIZE_MAX)
			continue;
		if (see_as(&s, m->bytes.p, NULL, &err)) {
			t.read++;
			t.devices += s.rows.devices.n;
			t.software += s.rows.pairs.n;
			for (size_t i = 0; i < s.rows.devices.n; i++)
				t.whole += is_whole(&s.rows.devices.v[i], FACET_SOFTWARE);
		} else {
			assert_null(strchr(err.text, '\n'));
			t.refused++;
		}
		seen_release(&s);
	}
}

static void real_nmap(void **state)
{
	struct totals t = real("scanner-and-inventory-exports-defectdojo.tar.xz", "/nmap/");

	(void)state;
	/* Four name ports only, which say nothing of software. */
	assert_int_equal(t.read, 2);
	assert_int_equal(t.refused, 4);
	assert_int_equal(t.software, 14);
	assert_int_equal(t.whole, 0);
}

static void real_nessus(void **state)
{
	struct totals t = real("scanner-and-inventory-exports-defectdojo.tar.xz", "/tenable/");

	(void)state;
	/* Scans of web applications, and tables cut down to findings that say nothing. */
	assert_int_equal(t.refused, 10);
	assert_int_equal(t.read, 9);
	assert_int_equal(t.devices, 115);
	assert_int_equal(t.software, 23);
	/* None of them logged in. */
	assert_int_equal(t.whole, 0);
}

static void real_spdx(void **state)
{
	struct totals t = real("spdx-samples-syft.tar.xz", ".json");

	(void)state;
	/* Four name their packages by a word that is not SPDX's, one is SPDX 3. */
	assert_int_equal(t.refused, 5);
	assert_int_equal(t.read, 8);
	assert_int_equal(t.software, 23);
	assert_int_equal(t.whole, t.devices);
}

#define IN_WORLD(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)

const struct CMUnitTest scan_tests[] = {
	cmocka_unit_test(nmap_hosts_are_devices),
	cmocka_unit_test(nmap_that_says_nothing_is_refused),
	cmocka_unit_test(versions_that_are_guesses_are_none),
	cmocka_unit_test(nessus_that_logged_in),
	cmocka_unit_test(nessus_table_says_the_same),
	cmocka_unit_test(nessus_packages),
	cmocka_unit_test(nessus_from_outside),
	cmocka_unit_test(spdx_is_one_device),
	cmocka_unit_test(spdx_refusals),
	IN_WORLD(a_glimpse_displaces_nothing),
	IN_WORLD(a_glimpse_alone_is_never_whole),
	cmocka_unit_test(scans_cut_anywhere),
	cmocka_unit_test(real_nmap),
	cmocka_unit_test(real_nessus),
	cmocka_unit_test(real_spdx),
};
const size_t n_scan_tests = ARRAY_LEN(scan_tests);
