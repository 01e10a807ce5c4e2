#include "directory_world.h"

#include "base/mem.h"

/* Fewer expected devices: one person proposes, another approves. */

static const char orgs_csv[] = "code,name,role,parent,region\n"
			       "R1,North,region,X26,\n"
			       "R2,South,region,X26,\n"
			       "T1,Alder Hospital,trust,,R1\n"
			       "T2,Birch Hospital,trust,,R2\n";
static const char posts_csv[] = "post,kind,org\n"
				"north,regional-lead,R1\n"
				"south,regional-lead,R2\n"
				"lead@t1,security-lead,T1\n"
				"siro@t1,siro,T1\n";

static int open_peopled(void **state)
{
	struct world *w;

	world_open(state);
	w = *state;
	world_import(w, "organisations.csv", str_of(orgs_csv), day_ms("2017-05-01"));
	world_import(w, "posts.csv", str_of(posts_csv), day_ms("2017-05-01"));
	world_do(w, "org.change",
		 "{\"org\":\"T1\",\"expected_devices\":1200,\"expected\":{\"medical\":40,"
		 "\"server\":12}}");
	return 0;
}

/* To approve or withdraw the proposal of a record, with more members. */
static const char *of(struct world *w, uint64_t number, const char *more)
{
	struct journal_head head;
	struct err err = {0};

	assert_true(journal_head(w->journal, &head, &err));
	return arena_fmt(w->arena,
			 "{\"org\":\"T1\",\"proposal\":{\"site\":\"%.*s\",\"number\":%ju}%s}",
			 STR_FMT(head.site), (uintmax_t)number, more)
		.p;
}

static int64_t medical(struct world *w)
{
	const struct directory_view view = world_view(w);
	struct err err = {0};
	struct org org;

	assert_true(directory_org_get(&view, STR("T1"), &org, &err));
	return org.expected[ORG_MEDICAL];
}

static struct proposals proposals(struct world *w)
{
	const struct directory_view view = world_view(w);
	struct proposals all;
	struct err err = {0};

	if (!directory_proposals(&view, STR("t1"), &all, &err))
		fail_msg("%s", err.text);
	return all;
}

static void hold(struct world *w, const char *post, const char *person)
{
	char body[160];

	snprintf(body, sizeof(body), "{\"person\":\"%s\",\"name\":\"%s\"}", person, person);
	world_do(w, "person.add", body);
	snprintf(body, sizeof(body), "{\"post\":\"%s\",\"person\":\"%s\",\"from\":\"2017-01-01\"}",
		 post, person);
	world_do(w, "post.hold", body);
}

#define MEDICAL_39 ",\"expected\":{\"medical\":39}"
#define T1_MEDICAL_39 "{\"org\":\"T1\"" MEDICAL_39 "}"

/* A proposal changes nothing, its approval does; both replay, in any order. */
static void a_second_post_approves_by_its_own_act(void **state)
{
	struct world *w = *state;
	struct proposals all;
	uint64_t number;

	world_refused(w, "siro@t1", "org.change", T1_MEDICAL_39,
		      "T1 is expected to have 40 medical devices: fewer takes a second person");
	world_refused(w, "siro@t1", "org.change", "{\"org\":\"T1\",\"expected_devices\":900}",
		      "1200 devices: fewer");
	world_do_as(w, "siro@t1", "org.propose", T1_MEDICAL_39);
	number = w->number;
	assert_int_equal(medical(w), 40);
	all = proposals(w);
	assert_int_equal(all.n, 1);
	assert_int_equal(all.v->state, PROPOSAL_OPEN);
	assert_int_equal(all.v->classes[ORG_MEDICAL], 39);
	assert_int_equal(all.v->classes[ORG_SERVER], DIRECTORY_NO_COUNT);
	assert_int_equal(all.v->devices, DIRECTORY_NO_COUNT);
	assert_int_equal(all.v->said_ms, w->now_ms);
	assert_true(str_is(all.v->by, "siro@t1"));
	w->now_ms += 1000;
	world_do_as(w, "north", "org.approve", of(w, number, MEDICAL_39));
	assert_int_equal(medical(w), 39);
	all = proposals(w);
	assert_int_equal(all.v->state, PROPOSAL_APPROVED);
	assert_true(str_is(all.v->ended_by, "north"));
	assert_int_equal(all.v->ended_ms, w->now_ms);
	world_refused(w, "national-lead", "org.approve", of(w, number, MEDICAL_39),
		      "was approved by north on 2017-05-12");
	world_refused(w, "siro@t1", "org.withdraw", of(w, number, ""), "was approved by north");
	/* More is said at once. */
	world_do_as(w, "siro@t1", "org.change", "{\"org\":\"T1\",\"expected\":{\"medical\":41}}");
	world_rebuild_same(w);
	world_rebuild_reversed(w);
}

static void a_proposal_is_replaced_or_withdrawn(void **state)
{
	struct world *w = *state;
	struct proposals all;
	uint64_t first;

	world_do_as(w, "siro@t1", "org.propose", T1_MEDICAL_39);
	first = w->number;
	w->now_ms += 1000;
	world_do_as(w, "north", "org.propose", "{\"org\":\"T1\",\"expected_devices\":900}");
	world_refused(w, "national-lead", "org.approve", of(w, first, MEDICAL_39),
		      "was replaced by north");
	world_refused(w, "lead@t1", "org.change", T1_MEDICAL_39, "fewer takes a second person");
	w->now_ms += 1000;
	world_do_as(w, "siro@t1", "org.withdraw",
		    of(w, w->number, ",\"reason\":\"they are all there\""));
	world_refused(w, "national-lead", "org.approve",
		      of(w, w->number - 1, ",\"expected_devices\":900"),
		      "was withdrawn by siro@t1");
	all = proposals(w);
	assert_int_equal(all.n, 2);
	assert_int_equal(all.v[0].state, PROPOSAL_WITHDRAWN);
	assert_true(str_is(all.v[0].why, "they are all there"));
	assert_int_equal(all.v[1].state, PROPOSAL_REPLACED);
	assert_int_equal(medical(w), 40);
	world_rebuild_same(w);
	world_rebuild_reversed(w);
}

static void what_is_proposed_is_fewer(void **state)
{
	static const char *const bad[][2] = {
		{"{\"org\":\"T1\"}", "say how many devices"},
		{"{\"org\":\"T9\",\"expected_devices\":1}", "no organisation T9"},
		{"{\"org\":\"T1\",\"expected_devices\":1200}",
		 "1200 devices are not fewer than T1 is expected"},
		{"{\"org\":\"T1\",\"expected\":{\"medical\":39,\"server\":13}}",
		 "13 server devices are not fewer"},
		{"{\"org\":\"T1\",\"expected\":{\"mobile\":0}}", "0 mobile devices are not fewer"},
		{"{\"org\":\"T1\",\"expected\":{\"toaster\":1}}", "no class of devices"},
		{"{\"org\":\"T1\",\"expected\":{\"medical\":-1}}", "no count"},
	};
	struct world *w = *state;
	uint64_t number;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		world_refused(w, "siro@t1", "org.propose", bad[i][0], bad[i][1]);
	world_do_as(w, "siro@t1", "org.propose", T1_MEDICAL_39);
	number = w->number;
	world_refused(w, "north", "org.approve", of(w, number, ""), "say how many");
	world_refused(w, "north", "org.approve", of(w, number, ",\"expected\":{\"medical\":1}"),
		      "not those of proposal");
	world_refused(w, "north", "org.approve",
		      of(w, number, MEDICAL_39 ",\"expected_devices\":9"), "not those of proposal");
	world_refused(w, "north", "org.approve", of(w, number + 1, MEDICAL_39), "has no proposal");
	world_refused(w, "north", "org.approve", T1_MEDICAL_39, "\"proposal\"");
	world_refused(w, "north", "org.withdraw", of(w, 0, ""), "is no record's");
}

/* By who holds the posts; by who sat at the machine where nobody says who does. */
static void who_proposed_does_not_approve(void **state)
{
	struct world *w = *state;
	const char *approve;

	w->user = "ana";
	world_do_as(w, "siro@t1", "org.propose", T1_MEDICAL_39);
	approve = of(w, w->number, MEDICAL_39);
	world_refused(w, "siro@t1", "org.approve", approve, "siro@t1 proposed it");
	world_refused(w, "north", "org.approve", approve,
		      "ana proposed it as siro@t1, and nobody is said to hold either post");
	hold(w, "siro@t1", "ann");
	world_refused(w, "north", "org.approve", approve,
		      "nobody holds north, and somebody siro@t1");
	hold(w, "north", "ann");
	world_refused(w, "north", "org.approve", approve,
		      "one person holds both north and siro@t1");
	hold(w, "national-lead", "ben");
	world_do_as(w, "national-lead", "org.approve", approve);
	assert_int_equal(medical(w), 39);
	world_rebuild_same(w);
}

static void another_operator_is_another_person(void **state)
{
	struct world *w = *state;

	w->user = "ana";
	world_do_as(w, "siro@t1", "org.propose", T1_MEDICAL_39);
	w->user = "bob";
	world_do_as(w, "north", "org.approve", of(w, w->number, MEDICAL_39));
	assert_int_equal(medical(w), 39);
}

/* As it was said before approval was an act: the record is read still, and not taken any more. */
static void named_approvers_replay_and_are_refused(void **state)
{
	static const char old[] =
		"{\"org\":\"T1\",\"expected\":{\"medical\":39},\"approved_by\":\"north\"}";
	struct world *w = *state;
	AUTO(text_freep) struct text body = {0};
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct record what = {.act = STR("org.change"),
			      .post = STR("siro@t1"),
			      .stamped_ms = w->now_ms},
		      sealed;
	struct err err = {0};

	world_refused(w, "siro@t1", "org.change", old, "nobody approves by being named");
	world_canonical(old, &body);
	what.body = text_str(&body);
	assert_true(store_begin(w->store, &txn, &err));
	assert_true(journal_append(w->journal, txn, &what, &sealed, &err));
	assert_true(world_again(w, txn, &sealed, &err));
	assert_true(store_commit(&txn, &err));
	assert_int_equal(medical(w), 39);
	world_rebuild_same(w);
}

static void a_file_lowers_nothing(void **state)
{
	struct directory_import import = {.bytes = STR("code,name,expected_devices\nT1,Alder,10\n"),
					  .taken_ms = day_ms("2017-05-13"),
					  .received_ms = day_ms("2017-05-13")};
	struct directory_report report;
	struct world *w = *state;
	struct err err = {0};

	/* A person's own words weigh more than a template's: say it by template alone. */
	assert_true(world_try_import(
		w,
		&(struct directory_import){.bytes = STR("code,name,expected_devices\nT2,B,50\n"),
					   .taken_ms = day_ms("2017-05-12"),
					   .received_ms = day_ms("2017-05-12")},
		&report, &err));
	assert_int_equal(report.lowered, 0);
	import.bytes = STR("code,name,expected_devices\nT2,B,49\n");
	assert_false(world_try_import(w, &import, &report, &err));
	assert_non_null(strstr(err.text, "lynchpin org propose each"));
	import.bytes = STR("code,name,expected_devices\nT2,B,51\n");
	assert_true(world_try_import(w, &import, &report, &err));
	world_rebuild_same(w);
}

#define PEOPLED(fn) cmocka_unit_test_setup_teardown(fn, open_peopled, world_close)

const struct CMUnitTest directory_proposal_tests[] = {
	PEOPLED(a_second_post_approves_by_its_own_act),
	PEOPLED(a_proposal_is_replaced_or_withdrawn),
	PEOPLED(what_is_proposed_is_fewer),
	PEOPLED(who_proposed_does_not_approve),
	PEOPLED(another_operator_is_another_person),
	PEOPLED(named_approvers_replay_and_are_refused),
	PEOPLED(a_file_lowers_nothing),
};
const size_t directory_proposal_tests_n = ARRAY_LEN(directory_proposal_tests);
