/*
 * From a store with feeds and inventories to an answer, each step that the disk can refuse
 * refused once: the world is opened with the whole truth, or there is none.
 */

#include "../unit/estate_world.h"

#include "base/parallel.h"
#include "exposure/exposure.h"
#include "torture.h"

enum { ORGS = 3 };

static const char csv[] = "# taken: 2017-05-09\n# source: a\n# scope: organisation\n"
			  "device,os,os_version,publisher,name,version,updates\n"
			  "X,Windows 7,6.1.7601,Mozilla,Firefox,51.0,KB3212646\n"
			  "Y,Windows 7,6.1.7601,Mozilla,Firefox,52.0,KB3212646\n";

static const char *const feeds[] = {
	"{\"cve\":{\"id\":\"CVE-2017-5375\",\"published\":\"2017-02-01T00:00:00.000\","
	"\"lastModified\":\"2017-02-02T00:00:00.000\",\"vulnStatus\":\"Analyzed\","
	"\"descriptions\":[{\"lang\":\"en\",\"value\":\"x\"}],\"configurations\":[{\"nodes\":"
	"[{\"operator\":\"OR\",\"negate\":false,\"cpeMatch\":[{\"vulnerable\":true,\"criteria\":"
	"\"cpe:2.3:a:mozilla:firefox:*:*:*:*:*:*:*:*\",\"versionEndExcluding\":\"52.0\"}]}]}]}}\n",
	"release,build_or_sp,kind,order,revision,kb,url\n"
	"Windows 7,SP1,rollup,1,,3212646,\n"
	"Windows 7,SP1,rollup,2,,4012215,\n",
	"cve,line,kind,kb,file,from,branch_low,branch_high,source\n"
	"CVE-2017-0144,7sp1,kb,4012215,,,,,\n",
	"#model_version:v1,score_date:2017-05-01T00:00:00+0000\n"
	"cve,epss,percentile\nCVE-2017-5375,0.9,0.99\n",
	"cveID,vendorProject,product,dateAdded,dueDate\nCVE-2017-0144,a,b,2017-05-01,2017-06-01\n",
};
static const char *const names[ARRAY_LEN(feeds)] = {"nvd.json", "history.csv", "fix.csv",
						    "epss.csv", "kev.csv"};

static void feed_has(struct world *w, const char *name, const char *bytes)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text body = {0};
	struct intel_batch *batch = NULL;
	struct act_bulk held = {.bytes = str_of(bytes)};
	struct err err = {0};

	if (!intel_read(arena, str_of(name), held.bytes, &batch, &err))
		fail_msg("%s", err.text);
	held.digest = batch->digest;
	intel_import_body(batch, str_of(name), w->now_ms, &body);
	if (!world_act(w, "feed.import", text_str(&body), &held, &err))
		fail_msg("%s", err.text);
}

static int full_world(void **state)
{
	char body[96], code[8];
	struct err err = {0};

	world_open(state);
	for (size_t i = 0; i < ARRAY_LEN(feeds); i++)
		feed_has(*state, names[i], feeds[i]);
	for (unsigned i = 0; i < ORGS; i++) {
		snprintf(code, sizeof(code), "T%u", i);
		snprintf(body, sizeof(body), "{\"name\":\"Trust %u\",\"org\":\"%s\"}", i, code);
		if (!world_act(*state, "org.add", str_of(body), NULL, &err))
			fail_msg("%s", err.text);
		world_has(*state, code, "a.csv", csv);
	}
	/* One thread: the n-th step is then the same in every run. */
	parallel_set_width(1);
	return 0;
}

static int leave(void **state)
{
	parallel_set_width(0);
	return world_close(state);
}

struct question {
	struct world *w;
	struct str org;
	unsigned orgs;
};

static void assert_told(const struct exposure_world *world, const char *cve, unsigned exposed,
			unsigned not_affected)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct exposure_org_list list;
	struct err err = {0};

	if (!exposure_orgs(world, str_of(cve), arena, &list, &err))
		fail_msg("%s", err.text);
	assert_true(list.judged);
	assert_int_equal(list.total.exposed, exposed);
	assert_int_equal(list.total.not_affected + list.total.fixed, not_affected);
	assert_int_equal(list.total.unknown, 0);
}

static bool ask(void *ctx, struct err *err)
{
	const struct question *q = ctx;
	AUTO(estate_closep) struct estate *estate = NULL;
	AUTO(intel_image_closep) struct intel_image *image = NULL;
	AUTO(exposure_world_closep) struct exposure_world *world = NULL;
	struct exposure_sources from = {
		.store = q->w->store, .only_org = q->org, .now_ms = q->w->now_ms};

	if (!estate_open(q->w->journal, &estate, err) ||
	    !intel_image_load(q->w->store, NULL, 0, &image, err))
		return false;
	from.image = image;
	from.estate = estate;
	if (!exposure_world_open(&from, &world, err))
		return false;
	assert_told(world, "CVE-2017-5375", q->orgs, q->orgs);
	assert_told(world, "CVE-2017-0144", 2 * q->orgs, 0);
	return true;
}

static void forget(void *ctx)
{
	const struct question *q = ctx;
	char folder[256];

	snprintf(folder, sizeof(folder), "%s.d/segments", q->w->path);
	world_empty(folder);
}

/* The segments built, as after an import; then mapped. */
static void the_whole_truth_or_none(void **state)
{
	struct question q = {.w = *state, .orgs = ORGS};
	struct torture t = {.step = ask, .reset = forget, .ctx = &q};
	unsigned built = torture(&t), mapped;

	t.reset = NULL;
	mapped = torture(&t);
	assert_true(mapped >= 40);
	assert_true(built > mapped);
}

static void one_organisation(void **state)
{
	struct question q = {.w = *state, .org = STR("T1"), .orgs = 1};
	struct torture t = {.step = ask, .reset = forget, .ctx = &q};

	assert_true(torture(&t) >= 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_whole_truth_or_none, full_world, leave),
		cmocka_unit_test_setup_teardown(one_organisation, full_world, leave),
	};

	return cmocka_run_group_tests_name("exposure torture", tests, NULL, NULL);
}
