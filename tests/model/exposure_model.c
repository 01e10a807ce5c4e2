/*
 * The engine against its naive twin: random small worlds, device by device, state by state; and
 * the engine's own doors against each other.  Seeds are printed when something differs:
 * LYNCHPIN_SEED runs that one alone, LYNCHPIN_WORLDS sets how many.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/parallel.h"
#include "model.h"

static const char *const vendors[] = {"openbsd", "oracle", "acme", "microsoft", "linux", "*"};
static const char *const products[][4] = {
	{"openssh", "ssh_server", "openssh", "*"},
	{"jre", "jdk", "jre", "database"},
	{"acme_viewer", "viewer", "ac*", "365"},
	{"windows_7", "windows_10", "office", "server_message_block"},
	{"linux_kernel", "linux_kernel", "linux_kernel", "-"},
	{"openssh", "viewer", "*", "windows"},
};
static const char *const versions[] = {"1.0",	"1.0.1", "1.1",	 "2.0",	 "10.1", "10.01",
				       "8.5p1", "8.5",	 "1607", "1511", "6.1",	 "3.0\\+build"};
static const char *const updates[] = {"*", "*", "*", "-", "p1", "sp1", "update351", "rc1"};
static const char *const targets[] = {"*", "*", "*", "*", "*", "wordpress", "windows", "-"};
static const char *const raw_names[][2] = {
	{"OpenBSD", "OpenSSH for Windows"},
	{"Oracle Corporation", "Java 8 Update 351"},
	{"Acme", "Acme Viewer 2"},
	{"Acme", "Helper"},
	{"Microsoft Corporation", "Office"},
	{"Microsoft", "Windows 10 Upgrade"},
	{"", "Viewer"},
	{"", "zzz"},
	{"Linux", "Kernel tools"},
};
#define PICK(r, a) (a)[rng_below((r), (uint32_t)ARRAY_LEN(a))]

static bool chance(struct rng *r, uint32_t one_in)
{
	return rng_below(r, one_in) == 0;
}

static const char *random_cpe(struct rng *r, struct arena *a, bool criterion)
{
	static const char *const parts[] = {"a", "a", "a", "o", "o", "h"};
	uint32_t v = rng_below(r, criterion || chance(r, 12) ? 6 : 5);
	const char *product = products[v][rng_below(r, criterion || chance(r, 12) ? 4 : 2)];
	const char *version = PICK(r, versions), *part = PICK(r, parts);

	if (chance(r, 4))
		version = "*";
	else if (chance(r, 6))
		version = "-";
	else if (chance(r, 20))
		version = "1.*";
	if (criterion && chance(r, 30))
		part = "*";
	return arena_fmt(a, "cpe:2.3:%s:%s:%s:%s:%s:*:*:*:%s:%s:*", part, vendors[v], product,
			 version, PICK(r, updates), PICK(r, targets), chance(r, 10) ? "x64" : "*")
		.p;
}

static void random_criterion(struct rng *r, struct drawing *d)
{
	const char *cpe = random_cpe(r, d->arena, true), *start = NULL, *end = NULL;

	if (chance(r, 3)) {
		uint32_t v = rng_below(r, 5);
		const char *product = products[v][rng_below(r, 4)];

		cpe = arena_fmt(d->arena, "cpe:2.3:%s:%s:%s:*:*:*:*:*:%s:*:*",
				chance(r, 3) ? "o" : "a", vendors[v], product,
				chance(r, 5) ? PICK(r, targets) : "*")
			      .p;
		if (!chance(r, 3))
			start = arena_fmt(d->arena, "%c%s", chance(r, 2) ? '[' : '(',
					  PICK(r, versions))
					.p;
		if (!start || !chance(r, 3))
			end = arena_fmt(d->arena, "%s%c", PICK(r, versions),
					chance(r, 2) ? ']' : ')')
				      .p;
	}
	/* Half of the criteria are used again. */
	draw_match(d, !chance(r, 3), cpe, start, end);
	if (d->matches.n > 4 && chance(r, 3)) {
		d->matches.n--;
		d->steps.v[d->steps.n - 1].arg = rng_below(r, (uint32_t)d->matches.n) & 0x1fffffff;
	}
}

static void random_tree(struct rng *r, struct drawing *d, int depth)
{
	uint32_t n = 1 + rng_below(r, 4);

	if (depth == 0 || chance(r, 4)) {
		if (chance(r, 40))
			draw_op(d, CONFIG_UNREADABLE, 0);
		else
			random_criterion(r, d);
		return;
	}
	if (chance(r, 8)) {
		random_tree(r, d, depth - 1);
		draw_op(d, CONFIG_NOT, 1);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		random_tree(r, d, depth - 1);
	draw_op(d, chance(r, 2) ? CONFIG_AND : CONFIG_OR, n);
}

static const char *const line_names[] = {"7", "7sp1", "10-14393", "10-10240", "2008r2sp1", "2016"};

/* Much of what can go wrong takes several facts of one line. */
static uint16_t random_line(struct rng *r)
{
	return line_no(chance(r, 2) ? "7sp1" : PICK(r, line_names));
}

static void random_fixes(struct rng *r, struct drawing *d)
{
	uint32_t n = chance(r, 2) ? 0 : 1 + rng_below(r, 6);

	for (uint32_t i = 0; i < n; i++) {
		struct fix f = {.line = random_line(r)};

		f.kind = (uint8_t)(chance(r, 2) ? FIX_KB : rng_below(r, 4));
		if (f.kind == FIX_KB || f.kind == FIX_NOT_KB)
			f.kb = 1 + rng_below(r, 14);
		if (f.kind == FIX_KB && chance(r, 8)) {
			f.kb = 0;
			f.listed_only = true;
		}
		if (f.kind == FIX_FILE) {
			f.file = chance(r, 2) ? STR("srv.sys") : STR("SRV2.sys");
			f.from = arena_fmt(d->arena, "6.%u", rng_below(r, 5));
			if (chance(r, 2)) {
				f.branch_low = arena_fmt(d->arena, "6.%u", rng_below(r, 4));
				f.branch_high = arena_fmt(d->arena, "6.%u", 2 + rng_below(r, 4));
			}
		}
		if (f.kind == FIX_BUILD)
			f.from = arena_fmt(d->arena, "10.0.%u.%u", chance(r, 2) ? 14393 : 10240,
					   100 * rng_below(r, 6));
		draw_fix(d, f);
	}
}

static void random_history(struct rng *r, struct drawing *d, const char *key, bool revisions)
{
	struct rollup rollups[6], security[3];
	uint32_t n = rng_below(r, 6), ns = rng_below(r, 3);

	for (uint32_t i = 0; i < n; i++)
		rollups[i] = (struct rollup){.kb = 1 + rng_below(r, 8),
					     .order = i + 1,
					     .revision = revisions ? 100 * (i + 1) : 0};
	for (uint32_t i = 0; i < ns; i++)
		security[i] = (struct rollup){.kb = 9 + rng_below(r, 3), .order = i + 1};
	draw_history(d, (struct history){str_of(key), rollups, security, n, ns});
}

static const struct intel_image *random_image(struct rng *r, struct arena *a)
{
	struct drawing d = {.arena = a};
	uint32_t nvulns = 1 + rng_below(r, 10), nedges = rng_below(r, 30);

	for (uint32_t i = 0; i < nvulns; i++) {
		/* From sixteen on only those are asked of which something is held. */
		uint32_t configs = chance(r, 10) ? 16 + rng_below(r, 16) : rng_below(r, 4);

		draw_vuln(&d, arena_fmt(a, "CVE-2017-%04u", i + 1).p);
		if (chance(r, 20))
			d.vulns.v[i].state = VULN_REJECTED;
		for (uint32_t c = 0; c < configs; c++)
			random_tree(r, &d, (int)rng_below(r, 4));
		random_fixes(r, &d);
		if (d.vulns.v[i].nsteps == 0 && d.vulns.v[i].state != VULN_REJECTED)
			d.vulns.v[i].state = VULN_AWAITING;
	}
	for (uint32_t i = 0; i < nedges; i++)
		draw_edge(&d, random_line(r), 1 + rng_below(r, 14), 1 + rng_below(r, 14));
	random_history(r, &d, windows_line_by_name(STR("7sp1"))->history, chance(r, 4));
	if (!chance(r, 4))
		random_history(r, &d, windows_line_by_name(STR("10-14393"))->history,
			       !chance(r, 6));
	if (chance(r, 2))
		random_history(r, &d, windows_line_by_name(STR("10-10240"))->history, true);
	return draw_image(&d);
}

static void random_facets(struct rng *r, struct estate_device *d)
{
	for (int f = 0; f < FACETS; f++) {
		struct estate_seen *s = &d->facet[f];

		s->kind = (uint8_t)rng_below(r, ESTATE_KINDS);
		s->seen_ms -= (int64_t)rng_below(r, chance(r, 3) ? 100 : 7) * MS_PER_DAY;
		if (chance(r, 8))
			s->seen_ms = 0;
		s->incomplete = chance(r, 10);
	}
}

static void random_system(struct rng *r, struct maker *m)
{
	static const struct windows_version windows[] = {
		{.major = 6, .minor = 1, .build = 7601, .sp = 1},
		{.major = 6, .minor = 1, .build = 7600},
		{.major = 6, .minor = 1, .build = 7601, .sp = 1, .server = true},
		{.major = 10, .build = 14393},
		{.major = 10, .build = 10240},
		{.major = 10, .build = 14393, .server = true},
		{.major = 10, .build = 99999},
	};
	struct windows_version v = chance(r, 2) ? windows[0] : PICK(r, windows);
	struct estate_device *d = &m->devices.v[m->devices.n - 1];

	switch (rng_below(r, 8)) {
	case 0:
		d->os_cpe = make_str(m, str_of(random_cpe(r, m->arena, false)));
		d->os_name = make_str(m, STR("Some system"));
		break;
	case 1:
		d->os_name = make_str(m, chance(r, 2) ? STR("Linux kernel 5") : STR("Windows 7"));
		break;
	case 2:
		break;
	default:
		v.arch = chance(r, 2) ? WINDOWS_X64 : WINDOWS_ARCH_ANY;
		if (chance(r, 2))
			v.revision = 50 * rng_below(r, 14);
		make_windows(m, v);
	}
}

static const struct segment *random_segment(struct rng *r, struct arena *a, const char *org)
{
	struct maker m = {.arena = a};
	uint32_t n = chance(r, 10) ? 60 + rng_below(r, 80) : rng_below(r, 7);

	for (uint32_t i = 0; i < n; i++) {
		struct estate_device *d = make_device(&m, arena_fmt(a, "d%03u", i).p);
		uint32_t k = rng_below(r, 6);

		if (chance(r, 2))
			random_facets(r, d);
		random_system(r, &m);
		for (uint32_t j = 0; j < k; j++)
			make_cpe(&m, random_cpe(r, a, false));
		for (k = chance(r, 2) ? rng_below(r, 3) : 0; k; k--) {
			const char *const *raw = PICK(r, raw_names);

			make_raw(&m, raw[0], raw[1]);
		}
		for (k = rng_below(r, 4); k; k--)
			make_kb(&m, 1 + rng_below(r, 14));
		if (chance(r, 3))
			make_file(&m, chance(r, 2) ? "SRV.sys" : "srv2.sys",
				  arena_fmt(a, "6.%u.1", rng_below(r, 6)).p);
	}
	return make_segment(&m, org);
}

/* ---- comparing ------------------------------------------------------------------------ */

bool devices_agree(const struct exposure_world *w, const struct exposure_parts *p,
		   const struct vuln_row *v, struct arena *a, struct census *c)
{
	struct exposure_device_list list;
	struct err err;
	size_t at = 0;

	if (!exposure_devices(w, &(struct exposure_filter){.cve = v->cve}, a, &list, &err)) {
		print_error("%s\n", err.text);
		return false;
	}
	for (size_t i = 0; i < p->nsegments; i++)
		for (uint32_t d = 0; d < p->segments[i]->ndevices; d++) {
			int want = twin_state(p, p->segments[i], d, v);

			if ((want < 0) == list.judged)
				return false;
			if (want < 0)
				continue;
			c->answers++;
			c->by_state[want]++;
			if ((int)list.v[at++].state == want)
				continue;
			print_error("%.*s/%.*s %.*s: engine %s, twin %s\n",
				    STR_FMT(list.v[at - 1].org), STR_FMT(list.v[at - 1].device),
				    STR_FMT(v->cve), exposure_state_name(list.v[at - 1].state),
				    exposure_state_name((enum exposure_state)want));
			return false;
		}
	return at == list.n;
}

/* Counts, lists, the sweep and the reasons tell the same story. */
static bool doors_agree(const struct exposure_world *w, const struct exposure_parts *p,
			struct arena *a)
{
	struct exposure_totals all;
	struct err err;

	exposure_sweep(w, a, &all);
	for (uint32_t i = 0; i < p->image->nvulns; i++) {
		struct str cve = p->image->vulns[i].cve;
		struct exposure_device_list list;
		struct exposure_org_list orgs;
		const uint64_t *n = list.count;
		uint32_t with = 0;

		if (!exposure_devices(w, &(struct exposure_filter){.cve = cve, .limit = 1}, a,
				      &list, &err) ||
		    !exposure_orgs(w, cve, a, &orgs, &err))
			return false;
		for (size_t o = 0; o < orgs.n; o++)
			with += orgs.v[o].exposed != 0;
		if (orgs.total.exposed != n[EXPOSURE_EXPOSED] ||
		    orgs.total.unknown != n[EXPOSURE_UNKNOWN] ||
		    orgs.total.fixed != n[EXPOSURE_FIXED] ||
		    orgs.total.not_affected != n[EXPOSURE_NOT_AFFECTED] ||
		    all.exposed[i] != n[EXPOSURE_EXPOSED] ||
		    all.unknown[i] != n[EXPOSURE_UNKNOWN] || all.orgs[i] != with) {
			print_error("%.*s: counts differ\n", STR_FMT(cve));
			return false;
		}
	}
	return true;
}

static bool why_agrees(const struct exposure_world *w, const struct exposure_parts *p,
		       struct rng *r, struct arena *a)
{
	const struct vuln_row *v = &p->image->vulns[rng_below(r, p->image->nvulns)];
	const struct segment *s = p->segments[rng_below(r, (uint32_t)p->nsegments)];
	struct exposure_why why;
	struct err err;
	uint32_t d;
	int want;

	if (s->ndevices == 0)
		return true;
	d = rng_below(r, s->ndevices);
	want = twin_state(p, s, d, v);
	if (!exposure_why(w,
			  &(struct exposure_question){s->org, seg_str(s, s->devices[d].id), v->cve},
			  a, &why, &err))
		return false;
	return why.judged == (want >= 0) && (want < 0 || (int)why.state == want) && why.n > 0;
}

static bool world_agrees(uint64_t seed, struct census *c)
{
	AUTO(arena_closep) struct arena *a = arena_open();
	struct rng r = rng_of(seed, 0);
	const struct segment *segments[3];
	struct exposure_parts p = {.image = random_image(&r, a),
				   .segments = segments,
				   .resolver = exposure_resolver_stated(),
				   .now_ms = MADE_NOW_MS};
	bool ok = true;

	p.nsegments = 1 + rng_below(&r, 3);
	for (size_t i = 0; i < p.nsegments; i++)
		segments[i] = random_segment(&r, a, arena_fmt(a, "ORG%zu", i).p);
	AUTO(exposure_world_closep) struct exposure_world *w = exposure_world_of(&p);
	for (uint32_t i = 0; i < p.image->nvulns && ok; i++)
		ok = devices_agree(w, &p, &p.image->vulns[i], a, c);
	c->worlds++;
	return ok && doors_agree(w, &p, a) && why_agrees(w, &p, &r, a);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);
	uint64_t n;

	return s && str_to_u64(str_of(s), &n) ? n : otherwise;
}

static void random_worlds_agree(void **state)
{
	struct census c = {0};
	uint64_t only = setting("LYNCHPIN_SEED", 0), n = setting("LYNCHPIN_WORLDS", 1000);
	uint64_t first = setting("LYNCHPIN_FIRST_SEED", 1);

	(void)state;
	if (only)
		first = only, n = 1;
	parallel_set_width(3); /* however few processors there are */
	for (uint64_t seed = first; seed < first + n; seed++)
		if (!world_agrees(seed, &c))
			fail_msg("they differ: LYNCHPIN_SEED=%llu", (unsigned long long)seed);
	parallel_set_width(0);
	print_message("# %llu worlds, %llu answers: %llu exposed, %llu unknown, %llu fixed, "
		      "%llu not affected\n",
		      (unsigned long long)c.worlds, (unsigned long long)c.answers,
		      (unsigned long long)c.by_state[EXPOSURE_EXPOSED],
		      (unsigned long long)c.by_state[EXPOSURE_UNKNOWN],
		      (unsigned long long)c.by_state[EXPOSURE_FIXED],
		      (unsigned long long)c.by_state[EXPOSURE_NOT_AFFECTED]);
	if (!only)
		for (int i = 0; i < EXPOSURE_STATES; i++)
			assert_true(c.by_state[i] * 100 > c.answers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(random_worlds_agree),
					   cmocka_unit_test(real_vulnerabilities_agree)};

	return cmocka_run_group_tests_name("exposure_model", tests, NULL, NULL);
}
