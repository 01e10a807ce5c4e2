#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "names_test.h"

static const struct {
	const char *caption, *line; /* line "" is none */
	enum windows_arch arch;
	bool exact;
	const char *application;
} captions[] = {
	{"Windows 7 for x64-based Systems Service Pack 1", "7sp1", WINDOWS_X64, true, ""},
	{"Windows 7 for 32-bit Systems", "7", WINDOWS_X86, true, ""},
	{"Windows Server 2008 R2 for x64-based Systems Service Pack 1 (Server Core installation)",
	 "2008r2sp1", WINDOWS_X64, true, ""},
	{"Windows Server 2008 R2 for Itanium-Based Systems Service Pack 1", "2008r2sp1",
	 WINDOWS_IA64, true, ""},
	{"Microsoft Windows Server 2003 x64 Edition Service Pack 2", "2003sp2", WINDOWS_X64, true,
	 ""},
	{"Windows Server 2003 R2 x64 Edition Service Pack 2", "2003sp2", WINDOWS_X64, true, ""},
	{"Microsoft Windows XP Professional x64 Edition Service Pack 2", "xp64sp2", WINDOWS_X64,
	 true, ""},
	{"Microsoft Windows XP Service Pack 3", "xpsp3", WINDOWS_ARCH_ANY, true, ""},
	{"Windows Vista Service Pack 2", "vistasp2", WINDOWS_ARCH_ANY, true, ""},
	{"Windows Server 2008 for 32-bit Systems Service Pack 2", "2008sp2", WINDOWS_X86, true, ""},
	{"Windows Server 2008 for 32-bit Systems", "2008", WINDOWS_X86, true, ""},
	{"Windows 10 Version 1607 for x64-based Systems", "10-14393", WINDOWS_X64, true, ""},
	{"Windows 10 for 32-bit Systems", "10-10240", WINDOWS_X86, true, ""},
	{"Windows 10 Version 22H2 for ARM64-based Systems", "10-19045", WINDOWS_ARM64, true, ""},
	{"Windows 11 for x64-based Systems", "11-22000", WINDOWS_X64, true, ""},
	{"Windows 11 Version 25H2 for ARM systems", "11-26200", WINDOWS_ARM64, true, ""},
	{"Windows Server 2016", "2016", WINDOWS_ARCH_ANY, true, ""},
	{"Windows Server, version 1709 (Server Core Installation)", "server-1709", WINDOWS_ARCH_ANY,
	 true, ""},
	{"Windows Server 2022, 23H2 Edition (Server Core installation)", "2022-23h2",
	 WINDOWS_ARCH_ANY, true, ""},
	{"Windows RT 8.1", "rt8.1", WINDOWS_ARM, true, ""},
	{"Windows 8.1 for x64-based systems", "8.1", WINDOWS_X64, true, ""},
	/* captions that systems give */
	{"Microsoft Windows 7 Professional", "7", WINDOWS_ARCH_ANY, false, ""},
	{"Microsoft Windows 7 Professional SP1", "7sp1", WINDOWS_ARCH_ANY, true, ""},
	{"Microsoft Windows 10 Enterprise", "10-10240", WINDOWS_ARCH_ANY, false, ""},
	{"Windows 10 Enterprise 10.0.26200", "11-26200", WINDOWS_ARCH_ANY, true, ""},
	{"Microsoft Windows 10 Enterprise 2016 LTSB", "10-14393", WINDOWS_ARCH_ANY, true, ""},
	{"Windows 10 IoT Enterprise LTSC 2021", "10-19044", WINDOWS_ARCH_ANY, true, ""},
	{"Microsoft(R) Windows(R) Server 2003, Standard Edition", "2003", WINDOWS_ARCH_ANY, false,
	 ""},
	{"Microsoft\xc2\xae Windows Server\xc2\xae 2008 Standard", "2008", WINDOWS_ARCH_ANY, false,
	 ""},
	{"Microsoftr Windows Serverr 2008 Standard", "2008", WINDOWS_ARCH_ANY, false, ""},
	{"Microsoft Windows Server 2012 R2 Datacenter", "2012r2", WINDOWS_ARCH_ANY, true, ""},
	{"\xd0\x9c\xd0\xb0\xd0\xb9\xd0\xba Windows 7 \xd0\xa0\xd0\xb0\xd1\x81\xd1\x88", "7",
	 WINDOWS_ARCH_ANY, false, ""},
	/* what shares its parent's line */
	{"Windows Embedded Standard 7 Service Pack 1", "7sp1", WINDOWS_ARCH_ANY, true, ""},
	{"Windows Embedded POSReady 7", "7sp1", WINDOWS_ARCH_ANY, true, ""},
	{"Windows Embedded POSReady 2009", "xpsp3", WINDOWS_ARCH_ANY, true, ""},
	{"Windows Embedded 8.1 Industry Pro", "8.1", WINDOWS_ARCH_ANY, true, ""},
	{"Microsoft Hyper-V Server 2012 R2", "2012r2", WINDOWS_ARCH_ANY, true, ""},
	{"Windows Storage Server 2012 R2 Standard", "2012r2", WINDOWS_ARCH_ANY, true, ""},
	{"Windows Thin PC", "7sp1", WINDOWS_ARCH_ANY, true, ""},
	/* applications */
	{"Internet Explorer 11 on Windows 7 for 32-bit Systems Service Pack 1", "7sp1", WINDOWS_X86,
	 true, "Internet Explorer 11"},
	{"Adobe Flash Player on Windows Server 2012 R2", "2012r2", WINDOWS_ARCH_ANY, true,
	 "Adobe Flash Player"},
	{".NET 8.0 installed on Windows", "", WINDOWS_ARCH_ANY, false, ".NET 8.0"},
	{"Windows Media Player 11 on Microsoft Windows XP Service Pack 3", "xpsp3",
	 WINDOWS_ARCH_ANY, true, "Windows Media Player 11"},
	{"Windows Defender", "", WINDOWS_ARCH_ANY, false, "Windows Defender"},
	{"Windows Admin Center", "", WINDOWS_ARCH_ANY, false, "Windows Admin Center"},
	/* systems of which we know no line */
	{"Windows 12 Pro", "", WINDOWS_ARCH_ANY, false, ""},
	{"Windows Embedded CE 6.0", "", WINDOWS_ARCH_ANY, false, ""},
	{"Windows 10 Version 29H9 for x64-based Systems", "", WINDOWS_X64, false, ""},
	{"Windows", "", WINDOWS_ARCH_ANY, false, ""},
};

static void captions_lead_to_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(captions); i++) {
		struct windows_named named;
		assert_true(windows_line_of_caption(str_of(captions[i].caption), &named));
		const char *line = named.line ? named.line->name : "";
		if (strcmp(line, captions[i].line) != 0 || named.arch != captions[i].arch ||
		    named.exact != captions[i].exact ||
		    !str_is(named.application, captions[i].application))
			fail_msg("%s: %s, arch %d, exact %d, '%.*s'", captions[i].caption, line,
				 (int)named.arch, named.exact, STR_FMT(named.application));
	}
	struct windows_named named;
	assert_false(windows_line_of_caption(STR("Debian GNU/Linux 12"), &named));
	assert_false(windows_line_of_caption(STR(""), &named));
}

/* Every operating system of MSRC's vocabulary has a line; applications say so. */
static void real_product_names(void **state)
{
	(void)state;
	AUTO(text_freep) struct text table = real_table("msrc/msrc_product_names.tsv");
	struct str rest = text_str(&table), f[2];
	size_t systems = 0, on_line = 0;
	assert_true(next_row(&rest, f, 2));
	while (next_row(&rest, f, 2)) {
		struct windows_named named;
		if (!windows_line_of_caption(f[0], &named))
			continue;
		if (named.application.n) {
			on_line += named.line != NULL;
			continue;
		}
		systems++;
		if (!named.line && !str_eq(f[0], STR("Windows Embedded CE 6.0")))
			fail_msg("no line: %.*s", STR_FMT(f[0]));
	}
	print_message("%zu systems, %zu applications on a line\n", systems, on_line);
	assert_true(systems >= 143);
	assert_true(on_line >= 673);
}

static void real_histories(void **state)
{
	(void)state;
	AUTO(text_freep) struct text table = real_table("msrc/windows_update_history.tsv");
	struct str rest = text_str(&table), f[6];
	size_t n = 0;
	assert_true(next_row(&rest, f, 6));
	for (; next_row(&rest, f, 6); n++) {
		uint32_t kb;
		if (!windows_line_of_history(f[0], f[1]))
			fail_msg("no line: %.*s %.*s", STR_FMT(f[0]), STR_FMT(f[1]));
		assert_true(f[5].n == 0 || kb_parse(f[5], &kb));
	}
	assert_int_equal(n, 3678);
}

static const char *line_of(const char *text, bool server, enum windows_arch arch)
{
	struct windows_version v = {.server = server, .arch = arch};
	assert_true(windows_version_parse(str_of(text), &v));
	const struct windows_line *line = windows_line_of(&v);
	return line ? line->name : "";
}

static void machines_lead_to_lines(void **state)
{
	(void)state;
	assert_string_equal(line_of("6.1.7601 Service Pack 1 Build 7601", false, WINDOWS_X64),
			    "7sp1");
	assert_string_equal(line_of("6.1.7601", true, WINDOWS_X64), "2008r2sp1");
	assert_string_equal(line_of("6.1.7600 N/A Build 7600", false, WINDOWS_X64), "7");
	assert_string_equal(line_of("10.0.19045.4529", false, WINDOWS_X64), "10-19045");
	/* "Windows 10 Enterprise", says its caption */
	assert_string_equal(line_of("10.0.26200 N/A Build 26200", false, WINDOWS_X64), "11-26200");
	assert_string_equal(line_of("10.0.26100", true, WINDOWS_X64), "2025");
	assert_string_equal(line_of("10.0.14393", true, WINDOWS_X64), "2016");
	assert_string_equal(line_of("10.0 (14393)", false, WINDOWS_X64), "10-14393");
	assert_string_equal(line_of("5.2.3790 Service Pack 2 Build 3790", true, WINDOWS_X86),
			    "2003sp2");
	assert_string_equal(line_of("5.2.3790 Service Pack 2 Build 3790", false, WINDOWS_X64),
			    "xp64sp2");
	assert_string_equal(line_of("5.1.2600 Service Pack 3 Build 2600", false, WINDOWS_X86),
			    "xpsp3");
	assert_string_equal(line_of("5.1.2600", false, WINDOWS_X86), "xp");
	assert_string_equal(line_of("6.0.6003", true, WINDOWS_X86), "2008sp2");
	assert_string_equal(line_of("6.3.9600", false, WINDOWS_ARM), "rt8.1");
	assert_string_equal(line_of("10.0.19044", true, WINDOWS_X64), "10-19044");
	assert_string_equal(line_of("10.0.99999", false, WINDOWS_X64), "");
	struct windows_version v = {.server = true};
	assert_true(windows_version_parse(STR("10.0.17763.1637"), &v));
	assert_int_equal(v.revision, 1637);
	assert_true(v.server);
	static const char *const bad[] = {"",	   "10",      "10.",	 "10.0",
					  "10.0.", "10.0.1.", "10.0.1x", "99999999999.0.1",
					  "a.b.c", "10.0 (1"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(windows_version_parse(str_of(bad[i]), &v));
}

static void lines_are_sound(void **state)
{
	(void)state;
	assert_true(windows_line_count() >= 50);
	for (size_t i = 0; i < windows_line_count(); i++) {
		const struct windows_line *line = windows_line_at(i);
		assert_ptr_equal(windows_line_by_name(str_of(line->name)), line);
		assert_true(line->title && line->family && line->history && line->n_cpes);
		assert_true(!line->next || windows_line_by_name(str_of(line->next)));
		assert_int_equal(line->release != NULL, line->build_or_sp != NULL);
		/* Its own version leads back to it, unless another service pack has the same. */
		struct windows_version v = {.major = line->major,
					    .minor = line->minor,
					    .build = line->build,
					    .sp = line->sp,
					    .server = line->server,
					    .arch = line->family[0] == 'r' ? WINDOWS_ARM
									   : WINDOWS_X64};
		assert_ptr_equal(windows_line_of(&v), line);
		struct windows_named named;
		assert_true(windows_line_of_caption(str_of(line->title), &named));
		assert_ptr_equal(named.line, line);
		if (line->release)
			assert_string_equal(windows_line_of_history(str_of(line->release),
								    str_of(line->build_or_sp))
						    ->history,
					    line->history);
	}
	assert_string_equal(windows_line_by_name(STR("7sp1"))->history,
			    windows_line_by_name(STR("2008r2sp1"))->history);
	assert_string_equal(windows_line_by_name(STR("10-14393"))->history,
			    windows_line_by_name(STR("2016"))->history);
	assert_string_equal(windows_line_by_name(STR("7"))->next, "7sp1");
}

static bool has_cpe(const struct cpe *v, size_t n, const char *criterion)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct cpe want;
	struct err err = {0};
	assert_true(cpe_parse(arena, str_of(criterion), &want, &err));
	for (size_t i = 0; i < n; i++) {
		bool all = true;
		for (size_t j = 0; j < CPE_ATTRS; j++)
			all &= cpe_attr_matches(&want.attr[j], &v[i].attr[j]);
		if (all)
			return true;
	}
	return false;
}

static size_t cpes_of(struct arena *arena, const char *line, const char *build, struct cpe *v)
{
	const struct windows_line *l = windows_line_by_name(str_of(line));
	assert_non_null(l);
	return windows_line_cpes(arena, l, WINDOWS_X64, str_of(build), v);
}

static void names_that_nvd_gives(void **state)
{
	(void)state;
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct cpe v[WINDOWS_MAX_CPES];
	size_t n = cpes_of(arena, "7sp1", "6.1.7601", v);
	assert_true(has_cpe(v, n, "cpe:2.3:o:microsoft:windows_7:-:sp1:*:*:*:*:*:*"));
	assert_true(has_cpe(v, n, "cpe:2.3:o:microsoft:windows_7:*:sp1:*:*:*:*:x64:*"));
	assert_true(has_cpe(v, n, "cpe:2.3:o:microsoft:windows:-:*:*:*:*:*:*:*"));
	assert_false(has_cpe(v, n, "cpe:2.3:o:microsoft:windows_7:-:-:*:*:*:*:*:*"));
	assert_false(has_cpe(v, n, "cpe:2.3:o:microsoft:windows_7:-:sp1:*:*:*:*:x86:*"));
	n = cpes_of(arena, "2008r2sp1", "6.1.7601", v);
	assert_true(has_cpe(v, n, "cpe:2.3:o:microsoft:windows_server_2008:r2:sp1:*:*:*:*:*:*"));
	assert_true(has_cpe(v, n, "cpe:2.3:o:microsoft:windows_server_2008:*:r2:*:*:*:*:*:*"));
	assert_false(has_cpe(v, n, "cpe:2.3:o:microsoft:windows_server_2008:-:sp2:*:*:*:*:*:*"));
	assert_false(has_cpe(v, n, "cpe:2.3:o:microsoft:windows_server_2008:-:*:*:*:*:*:*:*"));
	n = cpes_of(arena, "10-14393", "10.0.14393.953", v);
	assert_true(has_cpe(v, n, "cpe:2.3:o:microsoft:windows_10:1607:*:*:*:*:*:*:*"));
	assert_true(
		has_cpe(v, n, "cpe:2.3:o:microsoft:windows_10_1607:10.0.14393.953:*:*:*:*:*:*:*"));
	assert_false(has_cpe(v, n, "cpe:2.3:o:microsoft:windows_10:-:*:*:*:*:*:*:*"));
	n = cpes_of(arena, "10-10240", "10.0.10240", v);
	assert_true(has_cpe(v, n, "cpe:2.3:o:microsoft:windows_10:-:*:*:*:*:*:*:*"));
	/* no revision, no version */
	for (size_t i = 0; i < n; i++)
		if (str_is(v[i].attr[CPE_PRODUCT].text, "windows_10_1507"))
			assert_int_equal(v[i].attr[CPE_VERSION].kind, CPE_ANY);
}

static void kb_numbers(void **state)
{
	(void)state;
	static const char *const good[] = {"KB4012212", "4012212", "kb4012212-v2", " KB 4012212 "};
	static const char *const bad[] = {
		"",	      "KB",	     "KB12",	      "KB4012212x",
		"KB4012212-", "KB4012212-v", "KB4012212-v2x", "KB123456789",
		"-4012212",   "KB04012212",  "File 1",	      "Q4012212"};
	uint32_t kb = 7;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(kb_parse(str_of(bad[i]), &kb));
	assert_int_equal(kb, 7);
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(kb_parse(str_of(good[i]), &kb));
		assert_int_equal(kb, 4012212);
	}
}

const struct CMUnitTest names_windows_tests[] = {
	cmocka_unit_test(captions_lead_to_lines),
	cmocka_unit_test(real_product_names),
	cmocka_unit_test(real_histories),
	cmocka_unit_test(machines_lead_to_lines),
	cmocka_unit_test(lines_are_sound),
	cmocka_unit_test(names_that_nvd_gives),
	cmocka_unit_test(kb_numbers),
	{0},
};
