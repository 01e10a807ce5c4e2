#include "exposure_scene.h"

/* Names, versions, configurations, coverage: each trap by its name. */

#define CVE "CVE-2017-1000"
#define A(product, version) "cpe:2.3:a:" product ":" version ":*:*:*:*:*:*:*"

static struct scene sc;

static int setup(void **state)
{
	(void)state;
	scene_open(&sc);
	draw_vuln(&sc.d, CVE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	scene_close(&sc);
	return 0;
}

static void device_with(const char *id, const char *cpe)
{
	struct estate_device *d = make_device(&sc.m, id);

	d->os_cpe = make_str(&sc.m, STR("cpe:2.3:o:linux:linux_kernel:5.10:*:*:*:*:*:*:*"));
	if (cpe)
		make_cpe(&sc.m, cpe);
}

static void one_match(const char *cpe, const char *start, const char *end)
{
	draw_match(&sc.d, true, cpe, start, end);
	draw_op(&sc.d, CONFIG_OR, 1);
}

static void range_ends(void **state)
{
	(void)state;
	one_match(A("acme:viewer", "*"), "[1.0", "2.0)");
	device_with("a", A("acme:viewer", "0.9"));
	device_with("b", A("acme:viewer", "1.0"));
	device_with("c", A("acme:viewer", "1.99"));
	device_with("d", A("acme:viewer", "2.0"));
	assert_state(&sc, "a", CVE, EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "b", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "c", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "d", CVE, EXPOSURE_FIXED);
	assert_says(&sc, "a", CVE, "0.9 lies before the start of [1.0, 2.0)");
	assert_says(&sc, "c", CVE, "1.99 lies within [1.0, 2.0) (generic order)");
	assert_says(&sc, "d", CVE, "2.0 lies beyond the end of [1.0, 2.0)");
}

static void same_product_of_another_vendor(void **state)
{
	(void)state;
	one_match(A("acme:viewer", "*"), NULL, NULL);
	device_with("a", A("other:viewer", "1.0"));
	assert_state(&sc, "a", CVE, EXPOSURE_NOT_AFFECTED);
}

static void any_vendor_in_a_criterion(void **state)
{
	(void)state;
	one_match("cpe:2.3:a:*:viewer:1.0:*:*:*:*:*:*:*", NULL, NULL);
	device_with("a", A("other:viewer", "1.0"));
	device_with("b", A("other:editor", "1.0"));
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "b", CVE, EXPOSURE_NOT_AFFECTED);
}

/* A component without a vendor is not concerned by every criterion without a product. */
static void any_vendor_in_the_inventory(void **state)
{
	(void)state;
	draw_match(&sc.d, true, "cpe:2.3:a:acme:*:*:*:*:*:*:*:*:*", NULL, NULL);
	draw_op(&sc.d, CONFIG_OR, 1);
	draw_vuln(&sc.d, "CVE-2017-1001");
	one_match(A("acme:viewer", "1.0"), NULL, NULL);
	device_with("a", "cpe:2.3:a:*:viewer:1.0:*:*:*:*:*:*:*");
	assert_state(&sc, "a", CVE, EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "a", "CVE-2017-1001", EXPOSURE_UNKNOWN);
}

static void update_is_part_of_the_version(void **state)
{
	(void)state;
	draw_match(&sc.d, true, "cpe:2.3:a:openbsd:openssh:8.5:p1:*:*:*:*:*:*", NULL, NULL);
	draw_match(&sc.d, true, "cpe:2.3:a:oracle:jre:1.8.0:update351:*:*:*:*:*:*", NULL, NULL);
	draw_op(&sc.d, CONFIG_OR, 2);
	device_with("a", "cpe:2.3:a:openbsd:openssh:8.5:p1:*:*:*:*:*:*");
	device_with("b", A("openbsd:openssh", "8.5p1"));
	device_with("c", "cpe:2.3:a:openbsd:openssh:8.5:p2:*:*:*:*:*:*");
	device_with("d", A("openbsd:openssh", "8.5"));
	device_with("e", "cpe:2.3:a:oracle:jre:1.8.0:update351:*:*:*:*:*:*");
	device_with("f", A("oracle:jre", "1.8.0_351"));
	device_with("g", A("oracle:jre", "1.8.0_352"));
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "b", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "c", CVE, EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "d", CVE, EXPOSURE_UNKNOWN); /* which patch is not said */
	assert_state(&sc, "e", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "f", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "g", CVE, EXPOSURE_NOT_AFFECTED);
}

static void update_within_a_range(void **state)
{
	(void)state;
	one_match(A("openbsd:openssh", "*"), NULL, "8.5p1)");
	device_with("a", "cpe:2.3:a:openbsd:openssh:8.5:-:*:*:*:*:*:*");
	device_with("b", "cpe:2.3:a:openbsd:openssh:8.5:p1:*:*:*:*:*:*");
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "b", CVE, EXPOSURE_FIXED);
}

static void escaped_characters_and_case(void **state)
{
	(void)state;
	one_match("cpe:2.3:a:Acme:visual_studio\\+\\+:1.0\\+build5:*:*:*:*:*:*:*", NULL, NULL);
	device_with("a", "cpe:2.3:a:acme:visual_studio\\+\\+:1.0\\+BUILD5:*:*:*:*:*:*:*");
	device_with("b", "cpe:/a:acme:visual_studio%2b%2b:1.0%2bbuild5");
	device_with("c", "cpe:2.3:a:acme:visual_studio:1.0\\+build5:*:*:*:*:*:*:*");
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "b", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "c", CVE, EXPOSURE_NOT_AFFECTED);
}

static void version_not_applicable(void **state)
{
	(void)state;
	one_match(A("acme:viewer", "-"), NULL, NULL);
	draw_vuln(&sc.d, "CVE-2017-1001");
	one_match(A("acme:viewer", "*"), "[1.0", NULL);
	draw_vuln(&sc.d, "CVE-2017-1002");
	one_match(A("acme:viewer", "1.0"), NULL, NULL);
	device_with("a", A("acme:viewer", "-"));
	device_with("b", A("acme:viewer", "1.0"));
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "b", CVE, EXPOSURE_EXPOSED); /* the name decides */
	assert_state(&sc, "a", "CVE-2017-1001", EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "a", "CVE-2017-1002", EXPOSURE_NOT_AFFECTED);
}

static void version_absent_is_unknown(void **state)
{
	(void)state;
	one_match(A("acme:viewer", "*"), NULL, "2.0)");
	draw_vuln(&sc.d, "CVE-2017-1001");
	one_match(A("acme:viewer", "1.0"), NULL, NULL);
	draw_vuln(&sc.d, "CVE-2017-1002");
	one_match(A("acme:viewer", "*"), NULL, NULL);
	device_with("a", A("acme:viewer", "*"));
	assert_state(&sc, "a", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "a", "CVE-2017-1001", EXPOSURE_UNKNOWN);
	assert_state(&sc, "a", "CVE-2017-1002", EXPOSURE_EXPOSED);
}

/* 10.01 and 10.1 are two names, whatever an order makes of them. */
static void ten_point_zero_one(void **state)
{
	(void)state;
	one_match(A("opera:browser", "10.01"), NULL, NULL);
	device_with("a", A("opera:browser", "10.01"));
	device_with("b", A("opera:browser", "10.1"));
	device_with("c", A("opera:browser", "10.10"));
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "b", CVE, EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "c", CVE, EXPOSURE_NOT_AFFECTED);
}

static void wildcard_in_a_criterion(void **state)
{
	(void)state;
	one_match("cpe:2.3:a:acme:view*:1.?:*:*:*:*:*:*:*", NULL, NULL);
	device_with("a", A("acme:viewer", "1.5"));
	device_with("b", A("acme:viewer", "1.50"));
	device_with("c", A("acme:editor", "1.5"));
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "b", CVE, EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "c", CVE, EXPOSURE_NOT_AFFECTED);
}

static void same_product_as_application_and_system(void **state)
{
	(void)state;
	one_match("cpe:2.3:o:acme:firm:1.0:*:*:*:*:*:*:*", NULL, NULL);
	device_with("a", A("acme:firm", "1.0"));
	device_with("b", "cpe:2.3:o:acme:firm:1.0:*:*:*:*:*:*:*");
	assert_state(&sc, "a", CVE, EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "b", CVE, EXPOSURE_EXPOSED);
}

static void target_software_not_stated(void **state)
{
	(void)state;
	one_match("cpe:2.3:a:acme:forms:*:*:*:*:*:wordpress:*:*", NULL, "2.0)");
	device_with("a", A("acme:forms", "1.0"));
	device_with("b", "cpe:2.3:a:acme:forms:1.0:*:*:*:*:wordpress:*:*");
	device_with("c", "cpe:2.3:a:acme:forms:1.0:*:*:*:*:drupal:*:*");
	assert_state(&sc, "a", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "b", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "c", CVE, EXPOSURE_NOT_AFFECTED);
	assert_says(&sc, "a", CVE, "its target_sw is not stated");
}

/* Two devices that hold one half each are not one device that holds both. */
static void and_across_devices_does_not_count(void **state)
{
	(void)state;
	draw_match(&sc.d, true, A("acme:viewer", "1.0"), NULL, NULL);
	draw_match(&sc.d, false, "cpe:2.3:o:acme:acmeos:*:*:*:*:*:*:*:*", NULL, NULL);
	draw_op(&sc.d, CONFIG_AND, 2);
	device_with("a", A("acme:viewer", "1.0"));
	device_with("b", "cpe:2.3:o:acme:acmeos:3:*:*:*:*:*:*:*");
	device_with("c", A("acme:viewer", "1.0"));
	make_cpe(&sc.m, "cpe:2.3:o:acme:acmeos:3:*:*:*:*:*:*:*");
	assert_state(&sc, "a", CVE, EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "b", CVE, EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "c", CVE, EXPOSURE_EXPOSED);
}

static void platforms_alone_expose_nothing(void **state)
{
	(void)state;
	draw_match(&sc.d, true, A("acme:viewer", "1.0"), NULL, NULL);
	draw_match(&sc.d, false, A("acme:base", "*"), NULL, NULL);
	draw_op(&sc.d, CONFIG_OR, 2);
	device_with("a", A("acme:base", "1.0"));
	assert_state(&sc, "a", CVE, EXPOSURE_NOT_AFFECTED);
	assert_says(&sc, "a", CVE, "platforms alone expose nothing");
}

static void negation(void **state)
{
	(void)state;
	draw_match(&sc.d, true, A("acme:viewer", "1.0"), NULL, NULL);
	draw_match(&sc.d, false, A("acme:shield", "*"), NULL, NULL);
	draw_op(&sc.d, CONFIG_NOT, 1);
	draw_op(&sc.d, CONFIG_AND, 2);
	device_with("a", A("acme:viewer", "1.0"));
	device_with("b", A("acme:viewer", "1.0"));
	make_cpe(&sc.m, A("acme:shield", "2"));
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
	assert_state(&sc, "b", CVE, EXPOSURE_NOT_AFFECTED);
}

static void unresolved_names(void **state)
{
	(void)state;
	one_match(A("acme:report_viewer", "1.0"), NULL, NULL);
	device_with("a", NULL);
	make_raw(&sc.m, "", "Report Viewer 1.0 (64-bit)");
	device_with("b", NULL);
	make_raw(&sc.m, "Acme", "Viewer");
	device_with("c", NULL);
	make_raw(&sc.m, "Acme", "Something else");
	device_with("d", NULL);
	make_raw(&sc.m, "Other", "Viewer");
	assert_state(&sc, "a", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "b", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "c", CVE, EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "d", CVE, EXPOSURE_NOT_AFFECTED);
	assert_says(&sc, "b", CVE, "this name is not resolved, and could be the product");
}

static void coverage(void **state)
{
	(void)state;
	one_match(A("acme:viewer", "*"), NULL, "2.0)");
	device_with("a_fresh", NULL);
	device_with("b_stale", NULL);
	sc.m.devices.v[1].facet[FACET_SOFTWARE].seen_ms -= 8 * MS_PER_DAY;
	device_with("c_never", NULL);
	sc.m.devices.v[2].facet[FACET_SOFTWARE].seen_ms = 0;
	device_with("d_part", NULL);
	sc.m.devices.v[3].facet[FACET_SOFTWARE].incomplete = 1;
	device_with("e_scan", NULL);
	sc.m.devices.v[4].facet[FACET_SOFTWARE].seen_ms -= 8 * MS_PER_DAY;
	sc.m.devices.v[4].facet[FACET_SOFTWARE].kind = ESTATE_SCAN;
	device_with("zbad", A("acme:viewer", "1.0"));
	sc.m.devices.v[5].facet[FACET_SOFTWARE].seen_ms -= 400 * MS_PER_DAY;
	device_with("zgood", A("acme:viewer", "2.0"));
	sc.m.devices.v[6].facet[FACET_SOFTWARE].seen_ms -= 400 * MS_PER_DAY;
	assert_state(&sc, "a_fresh", CVE, EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "b_stale", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "c_never", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "d_part", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "e_scan", CVE, EXPOSURE_NOT_AFFECTED);
	assert_state(&sc, "zbad", CVE, EXPOSURE_EXPOSED); /* stays, however old */
	assert_state(&sc, "zgood", CVE, EXPOSURE_UNKNOWN);
	assert_says(&sc, "b_stale", CVE, "stale since 2017-05-10");
}

static void unreadable_criterion_is_unknown(void **state)
{
	(void)state;
	draw_op(&sc.d, CONFIG_UNREADABLE, 0);
	draw_match(&sc.d, true, A("acme:viewer", "1.0"), NULL, NULL);
	draw_op(&sc.d, CONFIG_OR, 2);
	device_with("a", NULL);
	device_with("b", A("acme:viewer", "1.0"));
	assert_state(&sc, "a", CVE, EXPOSURE_UNKNOWN);
	assert_state(&sc, "b", CVE, EXPOSURE_EXPOSED);
}

static void awaiting_and_rejected(void **state)
{
	struct exposure_org_list orgs;
	struct err err;

	(void)state;
	sc.d.vulns.v[0].state = VULN_AWAITING;
	draw_vuln(&sc.d, "CVE-2017-1001");
	sc.d.vulns.v[1].state = VULN_REJECTED;
	draw_vuln(&sc.d, "CVE-2017-1002");
	one_match(A("acme:viewer", "1.0"), NULL, NULL);
	device_with("a", NULL);
	assert_state(&sc, "a", "CVE-2017-1002", EXPOSURE_NOT_AFFECTED);
	assert_true(exposure_orgs(sc.world, STR(CVE), sc.arena, &orgs, &err));
	assert_false(orgs.judged);
	assert_int_equal(orgs.vuln, VULN_AWAITING);
	assert_true(exposure_orgs(sc.world, STR("CVE-2017-1001"), sc.arena, &orgs, &err));
	assert_false(orgs.judged);
	assert_int_equal(orgs.vuln, VULN_REJECTED);
	assert_int_equal(orgs.n, 0);
}

static void what_is_not_there(void **state)
{
	struct exposure_org_list orgs;
	struct exposure_device_list list;
	struct exposure_why why;
	struct err err;

	(void)state;
	one_match(A("acme:viewer", "1.0"), NULL, NULL);
	device_with("a", NULL);
	assert_state(&sc, "a", CVE, EXPOSURE_NOT_AFFECTED);
	assert_false(exposure_orgs(sc.world, STR("CVE-2017-9"), sc.arena, &orgs, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_false(exposure_orgs(sc.world, STR("CVE-2017-9999"), sc.arena, &orgs, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_false(exposure_devices(
		sc.world, &(struct exposure_filter){.cve = STR(CVE), .org = STR("NONE")}, sc.arena,
		&list, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_false(exposure_why(sc.world,
				  &(struct exposure_question){STR("ORG"), STR("zz"), STR(CVE)},
				  sc.arena, &why, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void ranked_by_exploitation_then_epss(void **state)
{
	struct exposure_ranked_list list;
	struct err err;

	(void)state;
	one_match(A("acme:viewer", "1.0"), NULL, NULL);
	sc.d.vulns.v[0].epss = 0.9f;
	draw_vuln(&sc.d, "CVE-2017-1001");
	one_match(A("acme:viewer", "*"), NULL, NULL);
	sc.d.vulns.v[1].epss = 0.6f;
	draw_vuln(&sc.d, "CVE-2017-1002");
	one_match(A("acme:viewer", "2.0"), NULL, NULL);
	sc.d.vulns.v[2].kev = true;
	draw_vuln(&sc.d, "CVE-2017-1003");
	one_match(A("acme:nothing", "*"), NULL, NULL);
	device_with("a", A("acme:viewer", "1.0"));
	device_with("b", A("acme:viewer", "2.0"));
	assert_state(&sc, "a", CVE, EXPOSURE_EXPOSED);
	assert_true(exposure_ranked(sc.world, &(struct exposure_ranking){.org = STR("ORG")},
				    sc.arena, &list, &err));
	assert_int_equal(list.total, 3);
	assert_int_equal(list.kev_total, 1);
	assert_true(str_is(list.v[0].vuln->cve, "CVE-2017-1002"));
	assert_true(str_is(list.v[1].vuln->cve, "CVE-2017-1001")); /* two devices at 0.6 */
	assert_int_equal(list.v[1].exposed, 2);
	assert_true(str_is(list.v[2].vuln->cve, CVE));
	assert_true(exposure_ranked(
		sc.world,
		&(struct exposure_ranking){.org = STR("ORG"), .device = STR("b"), .limit = 1},
		sc.arena, &list, &err));
	assert_int_equal(list.total, 2);
	assert_int_equal(list.n, 1);
	assert_true(str_is(list.v[0].vuln->cve, "CVE-2017-1002"));
}

static void paging_and_filters(void **state)
{
	struct exposure_device_list list;
	struct err err;

	(void)state;
	one_match(A("acme:viewer", "1.0"), NULL, NULL);
	for (int i = 0; i < 200; i++)
		device_with(arena_fmt(sc.arena, "d%03d", i).p,
			    i % 3 ? A("acme:viewer", "1.0") : NULL);
	assert_state(&sc, "d001", CVE, EXPOSURE_EXPOSED);
	assert_true(exposure_devices(sc.world,
				     &(struct exposure_filter){.cve = STR(CVE),
							       .states = 1u << EXPOSURE_EXPOSED,
							       .offset = 100,
							       .limit = 10},
				     sc.arena, &list, &err));
	assert_int_equal(list.total, 133);
	assert_int_equal(list.n, 10);
	assert_int_equal(list.count[EXPOSURE_NOT_AFFECTED], 67);
	assert_true(str_is(list.v[0].device, "d151"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(range_ends),
		CASE(same_product_of_another_vendor),
		CASE(any_vendor_in_a_criterion),
		CASE(any_vendor_in_the_inventory),
		CASE(update_is_part_of_the_version),
		CASE(update_within_a_range),
		CASE(escaped_characters_and_case),
		CASE(version_not_applicable),
		CASE(version_absent_is_unknown),
		CASE(ten_point_zero_one),
		CASE(wildcard_in_a_criterion),
		CASE(same_product_as_application_and_system),
		CASE(target_software_not_stated),
		CASE(and_across_devices_does_not_count),
		CASE(platforms_alone_expose_nothing),
		CASE(negation),
		CASE(unresolved_names),
		CASE(coverage),
		CASE(unreadable_criterion_is_unknown),
		CASE(awaiting_and_rejected),
		CASE(what_is_not_there),
		CASE(ranked_by_exploitation_then_epss),
		CASE(paging_and_filters),
	};
	int failed = cmocka_run_group_tests_name("exposure", tests, NULL, NULL);

	return failed + exposure_windows_run() + exposure_threads_run();
}
