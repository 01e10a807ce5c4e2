#include "estate_world.h"

#include "base/rng.h"
#include "exposure/exposure.h"

/*
 * A world that is followed answers as one that is opened afresh from the same store, whatever was
 * asked and whatever has come; and the one before answers as it did.
 */

#define CPE(s) "\"cpe23Uri\":\"cpe:2.3:" s "\""
#define NODE(cpe) "{\"operator\":\"OR\",\"cpe_match\":[{\"vulnerable\":true," cpe "}]}"
#define BEFORE(cpe, end)                                                                           \
	"{\"operator\":\"OR\",\"cpe_match\":[{\"vulnerable\":true," cpe                            \
	",\"versionEndExcluding\":\"" end "\"}]}"
#define FIREFOX "a:mozilla:firefox:*:*:*:*:*:*:*:*"
#define WINDOWS_7 NODE(CPE("o:microsoft:windows_7:*:sp1:*:*:*:*:*:*"))
#define READER_ON_7                                                                                \
	"{\"operator\":\"AND\",\"children\":[" BEFORE(                                             \
		CPE("a:adobe:reader:*:*:*:*:*:*:*:*"),                                             \
		"11.0.20") ","                                                                     \
			   "{\"operator\":\"OR\",\"cpe_match\":[{\"vulnerable\":false," CPE(       \
				   "o:microsoft:windows_7:*:sp1:*:*:*:*:*:*") "}]}]}"

/* Every vulnerability that some case speaks of, and one that none does. */
static const char *const cves[] = {"CVE-2017-0001", "CVE-2017-0002", "CVE-2017-0003",
				   "CVE-2017-0004", "CVE-2017-0005", "CVE-2017-0144",
				   "CVE-2017-1001", "CVE-2017-1002", "CVE-2017-9999"};

#define HEADER "device,class,os,os_version,publisher,name,version,updates\n"
#define SEVEN ",workstation,Windows 7 Enterprise,6.1.7601,"
static const char first_csv[] =
	"# taken: 2017-05-09T06:00Z\n" HEADER "A" SEVEN "Mozilla,Firefox,51.0,KB4012212\n"
	"A,,,,Acme Ltd,Gizmo Viewer,1.0,\nA,,,,Adobe,Reader,11.0.10,\n"
	"B" SEVEN "Mozilla,Firefox,53.0,none\nB,,,,Cisco,IOS,12.4,\n";
static const char other_csv[] = "# taken: 2017-05-08T06:00Z\n" HEADER "A" SEVEN
				"Mozilla,Firefox,45.0,none\nB,,,,Adobe,Reader,11.0.30,\n";
static const char known_csv[] =
	"# taken: 2017-05-10T06:00Z\n" HEADER "A" SEVEN "Mozilla,Firefox,53.0,KB4012212\nC" SEVEN
	"Adobe,Reader,11.0.1,none\n";
static const char unseen_csv[] =
	"# taken: 2017-05-10T07:00Z\n" HEADER
	"A,server,Windows Server 2016,10.0.14393,Mozilla,Firefox,44.0,KB4013429\n"
	"A,,,,Nobody,Never Seen,1.0,\nA,,,,Acme Ltd,Gizmo Server,2.0,\n"
	"B,workstation,Ubuntu 16.04,16.04,Mozilla,Thunderbird,45.0,none\n";

/* ---- what has come ---------------------------------------------------------------- */

static void feed(struct world *w, const char *name, struct str bytes)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text body = {0};
	const struct act_bulk held = {hash_of(bytes), bytes};
	struct intel_batch *batch = NULL;
	struct err err = {0};

	if (!intel_read(arena, str_of(name), bytes, &batch, &err))
		fail_msg("%s", err.text);
	intel_import_body(batch, str_of(name), w->now_ms, &body);
	if (!world_act(w, "feed.import", text_str(&body), &held, &err))
		fail_msg("%s", err.text);
}

/* One vulnerability, said later than whatever was said of it before. */
static void vuln(struct world *w, const char *cve, const char *nodes)
{
	AUTO(text_freep) struct text t = {0};
	static unsigned minute;

	minute++;
	text_addf(&t,
		  "{\"CVE_data_timestamp\":\"2017-05-08T07:00Z\",\"CVE_Items\":[{\"cve\":{"
		  "\"CVE_data_meta\":{\"ID\":\"%s\"},\"description\":{\"description_data\":[{"
		  "\"lang\":\"en\",\"value\":\"x\"}]}},\"configurations\":{\"nodes\":[%s]},"
		  "\"impact\":{\"baseMetricV3\":{\"cvssV3\":{\"vectorString\":"
		  "\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\",\"baseScore\":9.8}}},"
		  "\"publishedDate\":\"2017-03-17T00:59Z\","
		  "\"lastModifiedDate\":\"2017-05-07T%02u:%02uZ\"}]}",
		  cve, nodes, minute / 60, minute % 60);
	feed(w, "nvdcve-1.1-2017.json", text_str(&t));
}

static void kev(struct world *w, const char *day, const char *entries)
{
	AUTO(text_freep) struct text t = {0};

	text_addf(&t,
		  "{\"title\":\"x\",\"catalogVersion\":\"%s\",\"dateReleased\":"
		  "\"2017-05-%sT17:04:19Z\",\"vulnerabilities\":[%s]}",
		  day, day, entries);
	feed(w, "kev.json", text_str(&t));
}
#define KEV(cve)                                                                                   \
	"{\"cveID\":\"" cve "\",\"vulnerabilityName\":\"x\",\"dateAdded\":\"2017-05-01\","         \
	"\"requiredAction\":\"Apply\",\"dueDate\":\"2017-08-10\","                                 \
	"\"knownRansomwareCampaignUse\":\"Unknown\"}"

static void fixes(struct world *w, const char *line)
{
	AUTO(text_freep) struct text t = {0};

	text_addf(&t, "cve,line,kind,kb,file,from,branch_low,branch_high,source\n%s\n", line);
	feed(w, "fixes.csv", text_str(&t));
}

static void act(struct world *w, const char *name, const char *body)
{
	struct err err = {0};

	if (!world_act(w, name, str_of(body), NULL, &err))
		fail_msg("%s: %s", name, err.text);
}

static void resolve(struct world *w, const char *raw, const char *cpe)
{
	AUTO(text_freep) struct text body = {0};
	struct err err = {0};

	if (!estate_resolve_body(str_of(raw), str_of(cpe), &body, &err) ||
	    !world_act(w, "estate.resolve", text_str(&body), NULL, &err))
		fail_msg("%s", err.text);
}

/* ---- everything that can be asked, as text ---------------------------------------- */

static void tell_orgs(const struct exposure_world *w, const char *cve, struct text *out)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct exposure_org_list list;
	struct err err = {0};

	if (!exposure_orgs(w, str_of(cve), arena, &list, &err)) {
		text_addf(out, "orgs %s: %s\n", cve, err.text);
		return;
	}
	text_addf(out, "orgs %s vuln %d judged %d total %llu\n", cve, list.vuln, list.judged,
		  (unsigned long long)list.total.exposed);
	for (size_t i = 0; i < list.n; i++) {
		const struct exposure_org *o = &list.v[i];

		text_addf(out, " %s %.*s \"%.*s\" %.*s %llu %llu %llu %llu of %llu, %lld\n", cve,
			  STR_FMT(o->org), STR_FMT(o->name), STR_FMT(o->region),
			  (unsigned long long)o->exposed, (unsigned long long)o->fixed,
			  (unsigned long long)o->not_affected, (unsigned long long)o->unknown,
			  (unsigned long long)o->devices, (long long)o->expected);
	}
}

static void tell_why(const struct exposure_world *w, const struct exposure_device *d,
		     const char *cve, struct text *out)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct exposure_why why;
	struct err err = {0};

	if (!exposure_why(w, &(struct exposure_question){d->org, d->device, str_of(cve)}, arena,
			  &why, &err))
		fail_msg("%s", err.text);
	exposure_why_text(&why, out);
}

/* reasons: of several things that are one, which is named follows from what was seen first. */
static void tell_devices(const struct exposure_world *w, const char *cve, bool reasons,
			 struct text *out)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct exposure_device_list list;
	struct err err = {0};

	if (!exposure_devices(w, &(struct exposure_filter){.cve = str_of(cve)}, arena, &list, &err))
		return;
	for (size_t i = 0; i < list.n; i++) {
		const struct exposure_device *d = &list.v[i];

		text_addf(out, " %s %.*s %.*s %s since %lld\n", cve, STR_FMT(d->org),
			  STR_FMT(d->device), exposure_state_name(d->state), (long long)d->seen_ms);
		if (!reasons)
			continue;
		text_addf(out, " %.*s\n", STR_FMT(d->why));
		tell_why(w, d, cve, out);
	}
}

static bool tell_worst(void *ctx, const struct exposure_worst *x, struct err *err)
{
	(void)err;
	text_addf(ctx, "worst %.*s %llu %llu %llu\n", STR_FMT(x->segment->org),
		  (unsigned long long)x->nexposed, (unsigned long long)x->nunknown,
		  (unsigned long long)x->nfixed);
	return true;
}

static void tell_ranked(const struct exposure_world *w, struct str org, struct text *out)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct exposure_ranked_list list;
	struct err err = {0};

	if (!exposure_ranked(w, &(struct exposure_ranking){.org = org, .with_unknown = true}, arena,
			     &list, &err))
		fail_msg("%s", err.text);
	text_addf(out, "ranked %.*s %llu devices %llu kev %llu\n", STR_FMT(org),
		  (unsigned long long)list.total, (unsigned long long)list.devices,
		  (unsigned long long)list.kev_total);
	for (size_t i = 0; i < list.n; i++)
		text_addf(out, " %.*s %llu %llu kev %d\n", STR_FMT(list.v[i].vuln->cve),
			  (unsigned long long)list.v[i].exposed,
			  (unsigned long long)list.v[i].unknown, list.v[i].vuln->kev);
}

static int vuln_cmp(const void *a, const void *b, void *ctx)
{
	const struct vuln_row *const *v = ctx;
	uint64_t x = v[*(const size_t *)a]->key, y = v[*(const size_t *)b]->key;

	return x < y ? -1 : x > y;
}

/* By number: a world that was followed has those that are new at the end. */
static void tell_sweep(const struct exposure_world *w, struct text *out)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct exposure_totals all;
	size_t *at;

	exposure_sweep(w, arena, &all);
	text_addf(out, "sweep %zu pairs %llu affecting %llu\n", all.n,
		  (unsigned long long)all.pairs, (unsigned long long)all.affecting);
	at = ARENA_ARRAY(arena, size_t, all.n + 1);
	for (size_t i = 0; i < all.n; i++)
		at[i] = i;
	qsort_r(at, all.n, sizeof(*at), vuln_cmp, (void *)(uintptr_t)all.vulns);
	for (size_t i = 0; i < all.n; i++)
		text_addf(out, " %.*s %llu %llu %u\n", STR_FMT(all.vulns[at[i]]->cve),
			  (unsigned long long)all.exposed[at[i]],
			  (unsigned long long)all.unknown[at[i]], all.orgs[at[i]]);
}

static void tell(const struct exposure_world *w, bool reasons, struct text *out)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str all[ARRAY_LEN(cves)];
	struct exposure_org_list orgs;
	struct err err = {0};

	text_clear(out);
	for (size_t i = 0; i < ARRAY_LEN(cves); i++) {
		all[i] = str_of(cves[i]);
		tell_orgs(w, cves[i], out);
		tell_devices(w, cves[i], reasons, out);
	}
	assert_true(exposure_worst_each(w, (struct exposure_cves){all, ARRAY_LEN(all) - 1},
					tell_worst, out, &err));
	tell_sweep(w, out);
	assert_true(exposure_orgs(w, all[0], arena, &orgs, &err));
	for (size_t i = 0; i < orgs.n; i++)
		tell_ranked(w, orgs.v[i].org, out);
}

static void same(const char *what, const struct text *a, const struct text *b)
{
	size_t i = 0, from = 0;

	while (i < a->n && i < b->n && a->p[i] == b->p[i])
		from = a->p[i++] == '\n' ? i : from;
	if (i < a->n || i < b->n)
		fail_msg("%s:\n%.300s\nand not\n%.300s", what, from < a->n ? a->p + from : "",
			 from < b->n ? b->p + from : "");
}

/* ---- a store, and a world that follows it ----------------------------------------- */

enum way {
	NOTHING, /* there is no next world */
	SHARED,	 /* it stands on what was there */
	WHOLE,	 /* it had to be made again */
};
struct tale {
	struct world *w;
	struct exposure_world *now;
	struct text before, followed, fresh;
	bool by_chance;
};

static struct exposure_sources sources(const struct world *w)
{
	return (struct exposure_sources){
		.store = w->store, .estate = w->estate, .journal = w->journal, .now_ms = w->now_ms};
}

/* Follow, and compare; the world followed becomes the one to be followed next. */
static void follows(struct tale *t, enum way way, uint32_t parts)
{
	const struct exposure_sources src = sources(t->w);
	struct exposure_world *next = NULL, *fresh = NULL;
	struct err err = {0};

	tell(t->now, !t->by_chance, &t->before);
	if (!exposure_world_follow(t->now, &src, &next, &err) ||
	    !exposure_world_open(&src, &fresh, &err))
		fail_msg("%s", err.text);
	assert_int_equal(!next, way == NOTHING);
	tell(next ? next : t->now, !t->by_chance, &t->followed);
	tell(fresh, !t->by_chance, &t->fresh);
	same("followed", &t->followed, &t->fresh);
	tell(t->now, !t->by_chance, &t->followed);
	same("the world before", &t->followed, &t->before);
	exposure_world_close(fresh);
	if (next) {
		assert_int_equal(exposure_world_size(next).parts, parts);
		exposure_world_close(t->now);
		t->now = next;
		tell(t->now, !t->by_chance, &t->followed);
		same("without the world before", &t->followed, &t->fresh);
	}
}

static void tale_begin(struct tale *t, void **state)
{
	static const char *const orgs[] = {"T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"};
	struct world *w = *state;
	struct err err = {0};

	*t = (struct tale){.w = w};
	vuln(w, "CVE-2017-0001", BEFORE(CPE(FIREFOX), "52.0"));
	vuln(w, "CVE-2017-0002", READER_ON_7);
	vuln(w, "CVE-2017-0003", NODE(CPE("a:cisco:jabber:*:*:*:*:*:*:*:*")));
	vuln(w, "CVE-2017-0004", "");
	vuln(w, "CVE-2017-0144", WINDOWS_7);
	fixes(w, "CVE-2017-0144,7sp1,kb,KB4012212,,,,,x");
	kev(w, "01", KEV("CVE-2017-0144") "," KEV("CVE-2017-0002") "," KEV("CVE-2017-0005"));
	for (size_t i = 0; i < ARRAY_LEN(orgs); i++) {
		char body[96];

		snprintf(body, sizeof(body),
			 "{\"name\":\"Trust %s\",\"org\":\"%s\",\"role\":\"trust\"}", orgs[i],
			 orgs[i]);
		act(w, "org.add", body);
	}
	world_has(w, "T1", "a.csv", first_csv);
	world_has(w, "T2", "b.csv", other_csv);
	if (!exposure_world_open(&(struct exposure_sources){.store = w->store,
							    .estate = w->estate,
							    .journal = w->journal,
							    .now_ms = w->now_ms},
				 &t->now, &err))
		fail_msg("%s", err.text);
	follows(t, NOTHING, 1);
}

static void tale_end(struct tale *t)
{
	exposure_world_close(t->now);
	text_free(&t->before);
	text_free(&t->followed);
	text_free(&t->fresh);
}

/* ---- cases ------------------------------------------------------------------------ */

static void inventories(void **state)
{
	struct tale t;

	tale_begin(&t, state);
	world_has(t.w, "T1", "c.csv", known_csv); /* a second one, of known software */
	follows(&t, SHARED, 2);
	world_has(t.w, "T2", "d.csv", unseen_csv); /* of software that nobody had */
	follows(&t, SHARED, 3);
	world_has(t.w, "T3", "e.csv", unseen_csv); /* of an organisation that had none */
	follows(&t, SHARED, 4);
	world_has(t.w, "T1", "f.csv", other_csv); /* older than what is there */
	follows(&t, SHARED, 5);
	follows(&t, NOTHING, 5);
	tale_end(&t);
}

static void vulnerabilities(void **state)
{
	struct tale t;

	tale_begin(&t, state);
	vuln(t.w, "CVE-2017-0001", BEFORE(CPE(FIREFOX), "54.0")); /* changed */
	follows(&t, SHARED, 1);
	vuln(t.w, "CVE-2017-1001", BEFORE(CPE(FIREFOX), "46.0")); /* new, of a known product */
	follows(&t, SHARED, 1);
	vuln(t.w, "CVE-2017-0001",
	     NODE(CPE("a:adobe:reader:*:*:*:*:*:*:*:*")) "," BEFORE(CPE(FIREFOX),
								    "52.0")); /* changed again */
	follows(&t, SHARED, 1);
	vuln(t.w, "CVE-2017-0004", BEFORE(CPE(FIREFOX), "99.0")); /* awaited analysis */
	vuln(t.w, "CVE-2017-0144",
	     NODE(CPE("o:microsoft:windows_10:1607:*:*:*:*:*:*:*")) "," WINDOWS_7);
	follows(&t, SHARED, 1);
	vuln(t.w, "CVE-2017-0144", ""); /* the vendor still speaks of it */
	follows(&t, SHARED, 1);
	world_has(t.w, "T3", "e.csv", unseen_csv); /* asked of what comes later, too */
	follows(&t, SHARED, 2);
	vuln(t.w, "CVE-2017-0002", READER_ON_7 "," BEFORE(CPE(FIREFOX), "45.0"));
	follows(&t, SHARED, 2);
	tale_end(&t);
}

/* What a raw name stands for depends on all products that anybody speaks of. */
static void products_first_named(void **state)
{
	struct tale t;

	tale_begin(&t, state);
	vuln(t.w, "CVE-2017-1001", NODE(CPE("a:nobody_holds:this:*:*:*:*:*:*:*:*")));
	follows(&t, SHARED, 1);
	vuln(t.w, "CVE-2017-1002", NODE(CPE("a:acme:gizmo:*:*:*:*:*:*:*:*")));
	follows(&t, WHOLE, 1);
	assert_true(exposure_world_size(t.now).vulns == 8);
	vuln(t.w, "CVE-2017-1002", NODE(CPE("o:cisco:ios:*:*:*:*:*:*:*:*"))); /* a system's */
	follows(&t, WHOLE, 1);
	tale_end(&t);
}

/* A product that nobody speaks of any more is no product. */
static void products_no_longer_named(void **state)
{
	struct tale t;

	tale_begin(&t, state);
	vuln(t.w, "CVE-2017-1001", NODE(CPE("a:adobe:reader_suite:*:*:*:*:*:*:*:*")));
	follows(&t, SHARED, 1);
	vuln(t.w, "CVE-2017-0002", NODE(CPE("a:adobe:acrobat_reader:*:*:*:*:*:*:*:*")));
	follows(&t, WHOLE, 1);
	vuln(t.w, "CVE-2017-0003", NODE(CPE("o:mozilla:firefox:*:*:*:*:*:*:*:*")));
	vuln(t.w, "CVE-2017-0004", NODE(CPE("o:mozilla:firefox:*:*:*:*:*:*:*:*")));
	follows(&t, WHOLE, 1); /* most vulnerabilities are of the system of that name now */
	tale_end(&t);
}

static void exploitation(void **state)
{
	struct tale t;

	tale_begin(&t, state);
	kev(t.w, "02", KEV("CVE-2017-0005") "," KEV("CVE-2017-0002") "," KEV("CVE-2017-0001"));
	follows(&t, SHARED, 1);
	assert_true(exposure_world_size(t.now).vulns == 6);
	kev(t.w, "03", KEV("CVE-2017-0001")); /* nobody speaks of one of the others now */
	follows(&t, WHOLE, 1);
	kev(t.w, "04", KEV("CVE-2017-0001") "," KEV("CVE-2017-1002")); /* known from it alone */
	follows(&t, SHARED, 1);
	kev(t.w, "05", KEV("CVE-2017-0002"));
	follows(&t, SHARED, 1);
	tale_end(&t);
}

static void names(void **state)
{
	struct tale t;

	tale_begin(&t, state);
	act(t.w, "org.change", "{\"name\":\"Another name\",\"org\":\"T2\"}");
	follows(&t, SHARED, 1);
	act(t.w, "org.change", "{\"expected_devices\":40,\"org\":\"T1\"}");
	follows(&t, SHARED, 1);
	resolve(t.w, "Acme Ltd|Gizmo Viewer", "cpe:2.3:a:mozilla:firefox:*:*:*:*:*:*:*:*");
	follows(&t, WHOLE, 1);
	fixes(t.w, "CVE-2017-0144,7sp1,kb,KB4012299,,,,,x");
	follows(&t, WHOLE, 1);
	tale_end(&t);
}

/* Agents' word holds for seven days. */
static void time_alone(void **state)
{
	struct tale t;

	tale_begin(&t, state);
	t.w->now_ms = 1494223200000 + 7 * MS_PER_DAY; /* of T2, to the millisecond */
	follows(&t, NOTHING, 1);
	t.w->now_ms++;
	follows(&t, SHARED, 2);
	vuln(t.w, "CVE-2017-0001", BEFORE(CPE(FIREFOX), "54.0"));
	t.w->now_ms += 2 * MS_PER_DAY;
	follows(&t, SHARED, 3);
	t.w->now_ms += 300 * MS_PER_DAY; /* all of it is as old as it gets */
	follows(&t, NOTHING, 3);
	t.w->now_ms = 1494223200000 + 7 * MS_PER_DAY; /* a clock put right */
	follows(&t, SHARED, 4);
	tale_end(&t);
}

static void many_parts_become_few(void **state)
{
	static const char *const orgs[] = {"T3", "T4", "T5", "T6", "T7"};
	struct tale t;

	tale_begin(&t, state);
	vuln(t.w, "CVE-2017-0001", BEFORE(CPE(FIREFOX), "54.0"));
	for (uint32_t i = 0; i < ARRAY_LEN(orgs); i++) {
		world_has(t.w, orgs[i], "x.csv", i % 2 ? first_csv : unseen_csv);
		follows(&t, SHARED, 2 + i);
	}
	world_has(t.w, "T8", "x.csv", other_csv);
	follows(&t, SHARED, 2);
	vuln(t.w, "CVE-2017-1001", BEFORE(CPE(FIREFOX), "46.0"));
	world_has(t.w, "T4", "y.csv", known_csv);
	follows(&t, SHARED, 3);
	tale_end(&t);
}

static void everything_at_once(void **state)
{
	struct tale t;

	tale_begin(&t, state);
	world_has(t.w, "T1", "c.csv", known_csv);
	world_has(t.w, "T3", "e.csv", unseen_csv);
	vuln(t.w, "CVE-2017-0001", BEFORE(CPE(FIREFOX), "54.0"));
	vuln(t.w, "CVE-2017-0001", BEFORE(CPE(FIREFOX), "45.0"));
	vuln(t.w, "CVE-2017-1001", READER_ON_7);
	act(t.w, "org.change", "{\"name\":\"Another name\",\"org\":\"T3\"}");
	t.w->now_ms += 7 * MS_PER_DAY;
	follows(&t, SHARED, 2);
	/* A product that a name of the later part may be. */
	vuln(t.w, "CVE-2017-1002", NODE(CPE("a:nobody:never_seen:*:*:*:*:*:*:*:*")));
	world_has(t.w, "T2", "d.csv", known_csv);
	follows(&t, WHOLE, 1);
	tale_end(&t);
}

/* ---- by chance -------------------------------------------------------------------- */

/* Software that products stand for or may, with versions, updates and open ends; empty: unknown. */
static const char *const software[] = {
	"Mozilla,Firefox,%u.0,",
	"Mozilla,Firefox ESR,%u.0,",
	"Adobe,Reader,11.0.%u,",
	"Adobe,Acrobat Reader,11.0.%u,",
	"Cisco,IOS,12.%u,",
	"Cisco,Jabber,1%u,",
	"Acme Ltd,Gizmo Viewer,%u.0,",
	",,,cpe:2.3:a:cisco:jabber:1%u:*:*:*:*:*:*:*",
	",,,cpe:2.3:a:cisco:jabber:1%u:sp1:*:*:*:windows:*:*",
	",,,cpe:2.3:a:cisco:jabber:*:*:*:*:*:*:*:%u",
	",,,cpe:2.3:a:cisco:ja*:1%u:*:*:*:*:*:*:*",
	",,,cpe:2.3:a:*:jabber:1%u:*:*:*:*:*:*:*",
	",,,cpe:2.3:*:adobe:reader:11.0.%u:*:*:*:*:*:*:*",
};
static const char *const systems[] = {
	"Windows 7 Enterprise,6.1.7601",  "Windows 10 Enterprise,10.0.14393.%u",
	"Windows Server 2016,10.0.14393", "Ubuntu 16.04,16.04",
	"Acme Gizmo System,%u",		  ",",
};
static const char *const products[] = {
	FIREFOX,
	"a:mozilla:firefox_esr:*:*:*:*:*:*:*:*",
	"a:adobe:reader:*:*:*:*:*:*:*:*",
	"a:adobe:acrobat_reader:*:*:*:*:*:*:*:*",
	"a:cisco:jabber:*:*:*:*:*:*:*:*",
	"a:cisco:jabber:*:*:*:*:*:windows:*:*",
	"a:cisco:jabber:15:sp1:*:*:*:*:*:*",
	"a:cisco:*:*:*:*:*:*:*:*:*",
	"a:acme:gizmo_viewer:*:*:*:*:*:*:*:*",
	"a:acme:giz*:*:*:*:*:*:*:*:*",
	"o:acme:gizmo_system:*:*:*:*:*:*:*:*",
	"o:cisco:ios:*:*:*:*:*:*:*:*",
	"o:microsoft:windows_10:1607:*:*:*:*:*:*:*",
	"a:nobody:never_seen:*:*:*:*:*:*:*:*",
};

/* of: a format of one number, or of none. */
static void add_numbered(struct text *t, const char *of, uint32_t n)
{
	const char *at = strstr(of, "%u");

	text_add(t, at ? str_from(of, (size_t)(at - of)) : str_of(of));
	if (!at)
		return;
	text_add_u64(t, n);
	text_add(t, str_of(at + 2));
}

static void random_inventory(struct rng *r, unsigned minute, struct text *out)
{
	uint32_t most = 2 + rng_below(r, 12); /* versions, fewer at times, so that some are new */

	text_addf(out, "# taken: 2017-05-09T%02u:%02uZ\n# scope: organisation\n", minute / 60,
		  minute % 60);
	text_add(out, STR("device,class,os,os_version,publisher,name,version,cpe,updates\n"));
	for (uint32_t d = 0, n = 1 + rng_below(r, 70); d < n; d++) {
		static const char *const updates[] = {"",	   "none",	"KB4012212",
						      "KB4012215", "KB4013429", "unknown"};

		text_addf(out, "D%u,workstation,", d);
		add_numbered(out, systems[rng_below(r, ARRAY_LEN(systems))], rng_below(r, 3));
		text_addf(out, ",,,,,%s\n", updates[rng_below(r, ARRAY_LEN(updates))]);
		for (uint32_t i = rng_below(r, 5); i; i--) {
			text_addf(out, "D%u,,,,", d);
			add_numbered(out, software[rng_below(r, ARRAY_LEN(software))],
				     1 + rng_below(r, most));
			text_add(out, STR(",\n"));
		}
	}
}

static void random_vuln(struct rng *r, struct world *w, const char *cve)
{
	AUTO(text_freep) struct text one = {0}, other = {0}, all = {0};
	const char *a = products[rng_below(r, ARRAY_LEN(products))];
	const char *b = products[rng_below(r, ARRAY_LEN(products))];

	text_addf(&one,
		  "{\"operator\":\"OR\",\"cpe_match\":[{\"vulnerable\":true,\"cpe23Uri\":"
		  "\"cpe:2.3:%s\"",
		  a);
	if (rng_below(r, 2) && strstr(a, ":*:*:*:*:*:*:*:*"))
		text_addf(&one, ",\"versionEndExcluding\":\"1%u.0\"", rng_below(r, 9));
	text_add(&one, STR("}]}"));
	text_addf(&other,
		  "{\"operator\":\"OR\",\"cpe_match\":[{\"vulnerable\":%s,\"cpe23Uri\":"
		  "\"cpe:2.3:%s\"}]}",
		  rng_below(r, 2) ? "true" : "false", b);
	switch (rng_below(r, 3)) {
	case 0:
		text_add(&all, text_str(&one));
		break;
	case 1:
		text_addf(&all, "%s,%s", text_c(&one), text_c(&other));
		break;
	default:
		text_addf(&all, "{\"operator\":\"AND\",\"children\":[%s,%s]}", text_c(&one),
			  text_c(&other));
	}
	vuln(w, cve, text_c(&all));
}

static void by_chance(void **state)
{
	static const char *const orgs[] = {"T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8"};
	struct rng r = rng_of(20170509, 0);
	const struct exposure_sources src = sources(*state);
	struct err err = {0};
	uint32_t parts = 1;
	struct tale t;

	tale_begin(&t, state);
	t.by_chance = true;
	for (size_t i = 0; i + 1 < ARRAY_LEN(cves); i++)
		if (strcmp(cves[i], "CVE-2017-0004") != 0)
			random_vuln(&r, t.w, cves[i]);
	fixes(t.w, "CVE-2017-0001,7sp1,kb,KB4012215,,,,,x");
	exposure_world_close(t.now);
	if (!exposure_world_open(&src, &t.now, &err))
		fail_msg("%s", err.text);
	for (unsigned i = 0; i < 40; i++) {
		AUTO(text_freep) struct text csv = {0};

		random_inventory(&r, 7 * 60 + i, &csv);
		world_has(t.w, orgs[rng_below(&r, ARRAY_LEN(orgs))], "x.csv", text_c(&csv));
		parts = parts == 6 ? 2 : parts + 1;
		follows(&t, SHARED, parts);
	}
	tale_end(&t);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, world_open, world_close)
	const struct CMUnitTest tests[] = {
		CASE(inventories),	    CASE(vulnerabilities),
		CASE(products_first_named), CASE(products_no_longer_named),
		CASE(exploitation),	    CASE(names),
		CASE(time_alone),	    CASE(many_parts_become_few),
		CASE(everything_at_once),   CASE(by_chance),
	};

	return cmocka_run_group_tests_name("exposure_follow", tests, NULL, NULL);
}
