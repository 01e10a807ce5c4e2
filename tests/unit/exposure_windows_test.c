#include "exposure_scene.h"

/*
 * The vendor's word on Windows lines: MS17-010 as it was, and each thing that goes wrong with
 * patch data.
 */

#define CVE "CVE-2017-0144"
#define SMB "cpe:2.3:a:microsoft:server_message_block:1.0:*:*:*:*:*:*:*"

static struct scene sc;
static const struct windows_version win7 = {.major = 6, .minor = 1, .build = 7601, .sp = 1};
static const struct windows_version win7rtm = {.major = 6, .minor = 1, .build = 7600};
static const struct windows_version vista = {.major = 6, .build = 6002, .sp = 2};
static const struct windows_version win10 = {.major = 10, .build = 14393};

static void kb(const char *line, enum fix_kind kind, uint32_t number)
{
	draw_fix(&sc.d, (struct fix){.line = line_no(line), .kind = (uint8_t)kind, .kb = number});
}

static void file(const char *line, const char *low, const char *high, const char *from)
{
	draw_fix(&sc.d, (struct fix){.line = line_no(line),
				     .kind = FIX_FILE,
				     .file = STR("srv.sys"),
				     .from = str_of(from),
				     .branch_low = str_of(low),
				     .branch_high = str_of(high)});
}

static void ms17_010(void)
{
	static const struct rollup win7_rollups[] = {
		{3212646, 1, 0}, {4012215, 2, 0}, {4015549, 3, 0}, {4019264, 4, 0}};
	static const struct rollup win7_security[] = {
		{4012212, 1, 0}, {4015546, 2, 0}, {4019263, 3, 0}};
	static const struct rollup win10_rollups[] = {
		{3213986, 1, 693}, {4013429, 2, 953}, {4015217, 3, 1066}};

	draw_vuln(&sc.d, CVE);
	draw_match(&sc.d, true, SMB, NULL, NULL);
	draw_match(&sc.d, false, "cpe:2.3:o:microsoft:windows_7:*:sp1:*:*:*:*:*:*", NULL, NULL);
	draw_match(&sc.d, false, "cpe:2.3:o:microsoft:windows_10:1607:*:*:*:*:*:*:*", NULL, NULL);
	draw_op(&sc.d, CONFIG_OR, 2);
	draw_op(&sc.d, CONFIG_AND, 2);
	kb("7sp1", FIX_KB, 4012212);
	kb("7sp1", FIX_KB, 4012215);
	kb("7sp1", FIX_KB, 4019263);
	kb("7sp1", FIX_NOT_KB, 4015546);
	kb("7sp1", FIX_NOT_KB, 3212646);
	file("7sp1", "", "", "6.1.7601.23689");
	kb("10-14393", FIX_KB, 4013429);
	kb("vistasp2", FIX_KB, 4012598);
	file("vistasp2", "6.0.6002.18000", "6.0.6002.22000", "6.0.6002.19743");
	file("vistasp2", "6.0.6002.22000", "", "6.0.6002.24067");
	draw_history(&sc.d, (struct history){str_of(windows_line_by_name(STR("7sp1"))->history),
					     win7_rollups, win7_security, 4, 3});
	draw_history(&sc.d, (struct history){str_of(windows_line_by_name(STR("10-14393"))->history),
					     win10_rollups, NULL, 3, 0});
	/* As published: an April security-only update "supersedes" the one of March, and a KB of
	 * one line supersedes one of another. */
	draw_edge(&sc.d, line_no("7sp1"), 4015546, 4012212);
	draw_edge(&sc.d, line_no("10-14393"), 4019472, 4015217);
	draw_edge(&sc.d, line_no("10-10240"), 4012606, 4012215);
}

static int setup(void **state)
{
	(void)state;
	scene_open(&sc);
	ms17_010();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	scene_close(&sc);
	return 0;
}

static struct estate_device *host(const char *id, struct windows_version v)
{
	make_device(&sc.m, id);
	make_windows(&sc.m, v);
	return &sc.m.devices.v[sc.m.devices.n - 1];
}

static void host_with(const char *id, struct windows_version v, uint32_t number)
{
	host(id, v);
	if (number)
		make_kb(&sc.m, number);
}

/* The phantom of the configuration is in no inventory; the vendor's word decides. */
static void exposed_though_no_name_matches(void **state)
{
	(void)state;
	host_with("a", win7, 0);
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
	assert_says(&sc, "a", CVE, "KB4012212 (security-only): not found");
	assert_says(&sc, "a", CVE, "Windows 7 Service Pack 1");
}

static void fixed_even_with_the_phantom(void **state)
{
	(void)state;
	host_with("a", win7, 4012212);
	make_cpe(&sc.m, SMB);
	assert_state(&sc, "a", CVE, EXPOSURE_FIXED);
	assert_says(&sc, "a", CVE, "it is about Windows, where the vendor's word decides");
}

static void later_rollup_without_any_edge(void **state)
{
	(void)state;
	host_with("a", win7, 4019264);
	host_with("b", win7, 3212646);
	assert_state(&sc, "a", CVE, EXPOSURE_FIXED);
	assert_state(&sc, "b", CVE, EXPOSURE_EXPOSED); /* on a published list, and wrong */
	assert_says(&sc, "a", CVE, "KB4012215: found: level 4 is at or past KB4012215, level 2");
	assert_says(&sc, "b", CVE, "KB3212646: on published lists, but it does not fix this");
}

static void security_only_inherits_nothing(void **state)
{
	(void)state;
	host_with("april", win7, 4015546);
	host_with("may", win7, 4019263);
	assert_state(&sc, "april", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "may", CVE, EXPOSURE_FIXED); /* carries the file again, and is named */
}

static void edges_stay_on_their_line(void **state)
{
	(void)state;
	host_with("a", win7, 4012606);
	host_with("b", win10, 4019472);
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "b", CVE, EXPOSURE_FIXED);
	assert_says(&sc, "b", CVE, "KB4015217, which the installed KB4019472 supersedes");
}

static void supersedence_supplements_the_history(void **state)
{
	(void)state;
	draw_edge(&sc.d, line_no("vistasp2"), 4500000, 4400000);
	draw_edge(&sc.d, line_no("vistasp2"), 4400000, 4012598);
	host_with("a", vista, 4500000);
	host_with("b", vista, 4300000);
	assert_state(&sc, "a", CVE, EXPOSURE_FIXED);
	assert_state(&sc, "b", CVE, EXPOSURE_EXPOSED);
	assert_says(&sc, "a", CVE, "KB4500000 supersedes KB4400000, which supersedes KB4012598");
}

static void build_revision_is_a_level(void **state)
{
	struct windows_version v = win10;

	(void)state;
	v.revision = 953;
	host_with("a", v, 0);
	v.revision = 693;
	host_with("b", v, 0);
	/* Listed, but the build says that it isn't active: a restart is due. */
	host_with("c", v, 4013429);
	sc.m.devices.v[1].facet[FACET_UPDATES].seen_ms = 0;
	assert_state(&sc, "a", CVE, EXPOSURE_FIXED);
	assert_state(&sc, "b", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "c", CVE, EXPOSURE_EXPOSED);
	assert_says(&sc, "c", CVE, "listed as installed: a restart may be due");
}

static void caption_has_no_say(void **state)
{
	struct windows_version v = win10;
	struct estate_device *d;

	(void)state;
	v.build = 26200;
	v.revision = 1;
	d = host("a", v);
	d->os_name = make_str(&sc.m, STR("Windows 10 Enterprise"));
	d = host("b", win7rtm);
	d->os_name = make_str(&sc.m, STR("Microsoft Windows 7 Professional Service Pack 1"));
	make_kb(&sc.m, 4012212);
	assert_state(&sc, "a", CVE, EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "b", CVE, EXPOSURE_EXPOSED);
}

static void no_fix_for_the_first_edition(void **state)
{
	(void)state;
	host_with("a", win7rtm, 0);
	host_with("b", win7rtm, 4012212);
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "b", CVE, EXPOSURE_EXPOSED);
	assert_says(
		&sc, "a", CVE,
		"there is no fix for this service pack: the first is for Windows 7 Service Pack 1");
}

/* MS17-010's fix was in Windows 10 1703 from the start; the phantom name doesn't change that. */
static void later_line_shipped_fixed(void **state)
{
	static const struct rollup later[] = {{4016871, 1, 296}};
	const struct windows_version creators = {
		.major = 10, .minor = 0, .build = 15063, .revision = 296};
	struct estate_device *d;

	(void)state;
	draw_history(&sc.d, (struct history){str_of(windows_line_by_name(STR("10-15063"))->history),
					     later, NULL, 1, 0});
	d = host("a", creators);
	d->facet[FACET_SOFTWARE].seen_ms = 0;
	assert_state(&sc, "a", CVE, EXPOSURE_NOT_AFFECTED);
	assert_says(&sc, "a", CVE, "the vendor names earlier lines only");
}

/* A systeminfo that says 273 updates and lists 245. */
static void truncated_list_is_unknown(void **state)
{
	(void)state;
	host_with("a", win7, 3000000);
	host_with("b", win7, 4012212);
	sc.m.devices.v[0].facet[FACET_UPDATES].incomplete = 1;
	sc.m.devices.v[1].facet[FACET_UPDATES].incomplete = 1;
	assert_state(&sc, "a", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "b", CVE, EXPOSURE_FIXED); /* what was found is found */
	assert_says(&sc, "a", CVE, "the list is incomplete");
}

static void grow_stale(uint32_t device, enum facet facet)
{
	sc.m.devices.v[device].facet[facet].seen_ms -= 8 * MS_PER_DAY;
}

/* Silence never improves a state, and never proves one to be well. */
static void stale_word_of_updates(void **state)
{
	(void)state;
	host_with("a_fresh", win7, 3212646);
	host_with("b_lacking", win7, 3212646);
	grow_stale(1, FACET_UPDATES);
	host_with("c_fixed", win7, 4012212);
	grow_stale(2, FACET_UPDATES);
	host_with("d_partial", win7, 3212646);
	grow_stale(3, FACET_UPDATES);
	sc.m.devices.v[3].facet[FACET_UPDATES].incomplete = 1;
	assert_state(&sc, "a_fresh", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "b_lacking", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "c_fixed", CVE, EXPOSURE_UNKNOWN); /* may have been rebuilt since */
	assert_state(&sc, "d_partial", CVE, EXPOSURE_UNKNOWN);
	assert_false(scene_says(&sc, "a_fresh", CVE, "stale since"));
	assert_says(&sc, "b_lacking", CVE, "as seen on 2017-05-03; stale since 2017-05-10");
	assert_says(&sc, "b_lacking", CVE, "it stays exposed until a fresh inventory");
	assert_says(&sc, "c_fixed", CVE, "a fresh, complete inventory of updates would settle it");
}

/* The same of what shows by a file, and by a system that says no more than its name. */
static void stale_word_of_files(void **state)
{
	(void)state;
	host("a_lacking", vista);
	make_file(&sc.m, "srv.sys", "6.0.6002.19000");
	grow_stale(0, FACET_UPDATES);
	host("b_fixed", vista);
	make_file(&sc.m, "srv.sys", "6.0.6002.19743");
	grow_stale(1, FACET_UPDATES);
	host("c_never", win7rtm);
	grow_stale(2, FACET_OS);
	assert_state(&sc, "a_lacking", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "b_fixed", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "c_never", CVE, EXPOSURE_EXPOSED);
	assert_says(&sc, "a_lacking", CVE, "as seen on 2017-05-03; stale since 2017-05-10");
	assert_says(&sc, "c_never", CVE,
		    "no fix for this service pack, as seen on 2017-05-03; stale since 2017-05-10");
}

/* And of the build revision, which the system's facet holds. */
static void stale_word_of_revisions(void **state)
{
	struct windows_version v = win10;

	(void)state;
	v.revision = 693;
	host("a_lacking", v);
	grow_stale(0, FACET_OS);
	v.revision = 953;
	host("b_fixed", v);
	grow_stale(1, FACET_OS);
	v.revision = 693;
	host("c_updates", v);
	grow_stale(2, FACET_UPDATES);
	assert_state(&sc, "a_lacking", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "b_fixed", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "c_updates", CVE, EXPOSURE_EXPOSED);
	assert_says(&sc, "a_lacking", CVE, "as seen on 2017-05-03; stale since 2017-05-10");
	assert_false(scene_says(&sc, "c_updates", CVE, "as seen on"));
}

static void updates_never_seen(void **state)
{
	struct estate_device *d = host("a", win7);

	(void)state;
	d->facet[FACET_UPDATES].seen_ms = 0;
	d = host("b", vista);
	d->facet[FACET_UPDATES].seen_ms = 0;
	assert_state(&sc, "a", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "b", CVE, EXPOSURE_UNKNOWN);
	assert_says(&sc, "a", CVE, "a fresh, complete inventory of updates would settle it");
}

/* No list of remedies is not a remedy. */
static void listed_without_a_fix(void **state)
{
	(void)state;
	draw_vuln(&sc.d, "CVE-2017-1001");
	draw_fix(&sc.d, (struct fix){.line = line_no("7sp1"), .kind = FIX_KB, .listed_only = true});
	draw_vuln(&sc.d, "CVE-2017-1002");
	draw_match(&sc.d, true, "cpe:2.3:o:microsoft:windows_7:*:sp1:*:*:*:*:*:*", NULL, NULL);
	draw_op(&sc.d, CONFIG_OR, 1);
	host_with("a", win7, 4019264);
	assert_state(&sc, "a", "CVE-2017-1001", EXPOSURE_EXPOSED);
	assert_state(&sc, "a", "CVE-2017-1002", EXPOSURE_EXPOSED);
	assert_says(&sc, "a", "CVE-2017-1001", "without naming a fix");
}

/* Where no vendor's updates were imported, the one line itself says what that does. */
static void without_the_vendor_the_name_alone_exposes(void **state)
{
	const struct vuln_row *v;

	(void)state;
	draw_vuln(&sc.d, "CVE-2019-0708");
	draw_match(&sc.d, true, "cpe:2.3:o:microsoft:windows_7:*:sp1:*:*:*:*:*:*", NULL, NULL);
	draw_vuln(&sc.d, "CVE-2020-0601");
	draw_match(&sc.d, true, "cpe:2.3:o:microsoft:windows_7:*:sp1:*:*:*:*:*:*", NULL, NULL);
	kb("10-14393", FIX_KB, 4534271);
	host_with("a", win7, 4499164);
	assert_state(&sc, "a", "CVE-2019-0708", EXPOSURE_EXPOSED);
	assert_says(&sc, "a", "CVE-2019-0708",
		    "no update data for Windows is held for it, so a patched machine shows as "
		    "exposed too");
	assert_says(&sc, "a", "CVE-2020-0601", "the update data held do not name this Windows");
	v = intel_image_find(sc.parts.image, STR("CVE-2019-0708"));
	assert_true(exposure_by_name_alone(sc.world, v));
	v = intel_image_find(sc.parts.image, STR("CVE-2020-0601"));
	assert_false(exposure_by_name_alone(sc.world, v));
	v = intel_image_find(sc.parts.image, STR(CVE));
	assert_false(exposure_by_name_alone(sc.world, v));
}

static void smb1_off_is_no_fix(void **state)
{
	struct estate_device *d = host("a", win7);
	struct exposure_device_list list;
	struct err err;

	(void)state;
	d->smb1_off = SAID_YES;
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
	assert_says(&sc, "a", CVE, "SMBv1 is switched off: a mitigation");
	assert_true(exposure_devices(sc.world,
				     &(struct exposure_filter){.cve = STR(CVE), .limit = 1},
				     sc.arena, &list, &err));
	assert_int_equal(list.v[0].smb1_off, SAID_YES);
}

/* One threshold is wrong where a file has two branches. */
/* A setting is no component: the phantom stays unmet, but what was stated is said. */
static void smb1_stated_on_is_said(void **state)
{
	(void)state;
	host("a", win7)->smb1_off = SAID_NO;
	host("b", win7);
	assert_says(&sc, "a", CVE, "SMBv1 is stated to be on, but as a setting");
	assert_false(scene_says(&sc, "b", CVE, "stated to be on"));
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
}

static void gdr_and_ldr_branches(void **state)
{
	(void)state;
	host("gdr_ok", vista);
	make_file(&sc.m, "Srv.sys", "6.0.6002.19743");
	host("ldr_bad", vista);
	make_file(&sc.m, "srv.sys", "6.0.6002.24000");
	host("ldr_ok", vista);
	make_file(&sc.m, "srv.sys", "6.0.6002.24067");
	host("seven", win7);
	make_file(&sc.m, "srv.sys", "6.1.7601.23689");
	for (size_t i = 0; i < sc.m.devices.n; i++)
		sc.m.devices.v[i].facet[FACET_UPDATES].incomplete = 1;
	assert_state(&sc, "gdr_ok", CVE, EXPOSURE_FIXED);
	assert_state(&sc, "ldr_bad", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "ldr_ok", CVE, EXPOSURE_FIXED);
	assert_state(&sc, "seven", CVE, EXPOSURE_FIXED);
	assert_says(&sc, "ldr_bad", CVE, "srv.sys 6.0.6002.24000 is before 6.0.6002.24067");
}

static void which_windows_is_not_known(void **state)
{
	struct estate_device *d = make_device(&sc.m, "a");

	(void)state;
	d->os_name = make_str(&sc.m, STR("Microsoft Windows"));
	d = make_device(&sc.m, "b");
	d = make_device(&sc.m, "c");
	d->os_name = make_str(&sc.m, STR("Debian GNU/Linux 12"));
	d = host("d", win7);
	d->facet[FACET_OS].seen_ms -= 20 * MS_PER_DAY;
	make_kb(&sc.m, 4012212);
	d = host("e", win7);
	d->facet[FACET_OS].seen_ms -= 20 * MS_PER_DAY;
	assert_state(&sc, "a", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "b", CVE, EXPOSURE_UNKNOWN); /* no system was stated */
	assert_state(&sc, "c", CVE, EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "d", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "e", CVE, EXPOSURE_EXPOSED); /* stays, however old */
}

static void other_configurations_still_count(void **state)
{
	(void)state;
	draw_vuln(&sc.d, "CVE-2017-1001");
	draw_match(&sc.d, true, "cpe:2.3:o:microsoft:windows_7:*:sp1:*:*:*:*:*:*", NULL, NULL);
	draw_op(&sc.d, CONFIG_OR, 1);
	draw_match(&sc.d, true, "cpe:2.3:a:acme:viewer:*:*:*:*:*:*:*:*", NULL, "2.0)");
	draw_op(&sc.d, CONFIG_OR, 1);
	kb("7sp1", FIX_KB, 4012212);
	host_with("a", win7, 4012212);
	host_with("b", win7, 4012212);
	make_cpe(&sc.m, "cpe:2.3:a:acme:viewer:1.0:*:*:*:*:*:*:*");
	assert_state(&sc, "a", "CVE-2017-1001", EXPOSURE_FIXED);
	assert_state(&sc, "b", "CVE-2017-1001", EXPOSURE_EXPOSED);
}

/* Not analysed by anybody else, but the vendor speaks. */
static void awaiting_but_the_vendor_speaks(void **state)
{
	(void)state;
	draw_vuln(&sc.d, "CVE-2020-0796");
	sc.d.vulns.v[1].state = VULN_AWAITING;
	kb("10-14393", FIX_KB, 4015217);
	host_with("a", win10, 4015217);
	host_with("b", win10, 4013429);
	host_with("c", win7, 0);
	assert_state(&sc, "a", "CVE-2020-0796", EXPOSURE_FIXED);
	assert_state(&sc, "b", "CVE-2020-0796", EXPOSURE_EXPOSED);
	assert_state(&sc, "c", "CVE-2020-0796", EXPOSURE_NOT_AFFECTED);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int exposure_windows_run(void)
{
	const struct CMUnitTest tests[] = {
		CASE(exposed_though_no_name_matches),
		CASE(fixed_even_with_the_phantom),
		CASE(later_rollup_without_any_edge),
		CASE(security_only_inherits_nothing),
		CASE(edges_stay_on_their_line),
		CASE(supersedence_supplements_the_history),
		CASE(build_revision_is_a_level),
		CASE(caption_has_no_say),
		CASE(no_fix_for_the_first_edition),
		CASE(later_line_shipped_fixed),
		CASE(truncated_list_is_unknown),
		CASE(stale_word_of_updates),
		CASE(stale_word_of_files),
		CASE(stale_word_of_revisions),
		CASE(updates_never_seen),
		CASE(listed_without_a_fix),
		CASE(without_the_vendor_the_name_alone_exposes),
		CASE(smb1_off_is_no_fix),
		CASE(smb1_stated_on_is_said),
		CASE(gdr_and_ldr_branches),
		CASE(which_windows_is_not_known),
		CASE(other_configurations_still_count),
		CASE(awaiting_but_the_vendor_speaks),
	};

	return cmocka_run_group_tests_name("exposure_windows", tests, NULL, NULL);
}
