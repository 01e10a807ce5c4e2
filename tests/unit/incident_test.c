#include "directory_world.h"

#include "base/mem.h"
#include "base/rng.h"
#include "incident/incident.h"

/* Who leads: offered, accepted, handed over, over; and the level of the service. */

static const struct store_table *const tables[] = {journal_tables, directory_tables,
						   incident_tables, NULL};
static const struct act_kind *const kinds[] = {directory_acts, incident_acts, NULL};

static bool may(const struct world *w, const struct act_kind *kind, const struct act_ctx *ctx,
		struct err *err)
{
	const struct directory_claim claim = {.post = ctx->record->post,
					      .right = str_of(kind->right),
					      .at_ms = ctx->record->stamped_ms};
	bool yes = false;

	(void)w;
	if (!directory_post_may(ctx->store, &claim, &yes, err))
		return false;
	return yes || err_set(err, ERR_DENIED, "it takes the right %s", kind->right);
}

static const struct world_plan plan = {.tables = tables,
				       .kinds = kinds,
				       .now_ms = 1494579600000 /* 2017-05-12T09:00Z */,
				       .may = may};

static int open_service(void **state)
{
	static const char *const posts[][2] = {{"deputy", "national-lead"},
					       {"analyst", "national-analyst"},
					       {"siro", "siro"},
					       {"desk", "responder"},
					       {"audit", "auditor"}};
	struct world *w = world_make(&plan, state);
	char body[160];

	world_do(w, "service.init", "{\"nation\":\"X26\",\"service\":\"The service\"}");
	for (size_t i = 0; i < ARRAY_LEN(posts); i++) {
		snprintf(body, sizeof(body), "{\"post\":\"%s\",\"kind\":\"%s\",\"org\":\"X26\"}",
			 posts[i][0], posts[i][1]);
		world_do(w, "post.add", body);
	}
	return 0;
}

static struct incident_now now_of(const struct world *w)
{
	struct directory_view view = world_view(w);
	struct incident_now now;
	struct err err = {0};

	if (!incident_now(&view, &now, &err))
		fail_msg("%s", err.text);
	return now;
}

static void offer(struct world *w, const char *post, const char *more)
{
	char body[300];

	snprintf(body, sizeof(body),
		 "{\"post\":\"%s\",\"authority\":\"Plan 7\",\"until\":\"2017-05-19T09:00Z\"%s}",
		 post, more);
	world_do(w, "mandate.offer", body);
}

static const char *answer(const struct incident_offer *o)
{
	static char body[160];

	snprintf(body, sizeof(body), "{\"offer\":{\"number\":%ju,\"site\":\"%.*s\"}}",
		 (uintmax_t)o->record, STR_FMT(o->site));
	return body;
}

static void accept(struct world *w, const char *post)
{
	struct incident_now now = now_of(w);

	assert_true(now.offered);
	world_do_as(w, post, "mandate.accept", answer(&now.offer));
}

static void assert_leads(const struct world *w, const char *post)
{
	struct incident_now now = now_of(w);

	if (!post && now.led)
		fail_msg("%.*s leads", STR_FMT(now.lead.who.post));
	if (post && (!now.led || !str_is(now.lead.who.post, post)))
		fail_msg("%s does not lead, but \"%.*s\"", post, STR_FMT(now.lead.who.post));
}

static void test_offered_then_accepted(void **state)
{
	struct world *w = *state;
	struct incident_now now;

	assert_leads(w, NULL);
	offer(w, "Analyst", "");
	now = now_of(w);
	assert_false(now.led);
	assert_true(now.offered);
	assert_true(str_is(now.offer.to.post, "analyst"));
	assert_true(now.offer.accept_by_ms == day_ms("2017-05-19T09:00Z"));
	world_refused(w, "deputy", "mandate.accept", answer(&now.offer), "offered to analyst");
	world_refused(w, "audit", "mandate.accept", answer(&now.offer), "mandate.hold");
	now.offer.record++;
	world_refused(w, "analyst", "mandate.accept", answer(&now.offer), "open no more");
	w->now_ms += MS_PER_HOUR;
	accept(w, "ANALYST");
	now = now_of(w);
	assert_leads(w, "analyst");
	assert_false(now.offered);
	assert_true(now.lead.since_ms == w->now_ms);
	assert_true(str_is(now.lead.authority, "Plan 7"));
	w->now_ms = day_ms("2017-05-19T09:00Z") - 1;
	assert_leads(w, "analyst");
	w->now_ms++;
	assert_leads(w, NULL); /* and nobody recorded that */
	world_rebuild_same(w);
	world_rebuild_reversed(w);
}

static void test_nobody_accepts(void **state)
{
	struct world *w = *state;
	struct incident_now now;

	offer(w, "analyst", ",\"accept_by\":\"2017-05-12T11:00Z\",\"successor\":\"deputy\"");
	w->now_ms = day_ms("2017-05-12T11:00Z") - 1;
	now = now_of(w);
	assert_false(now.led);
	assert_true(str_is(now.offer.successor, "deputy"));
	w->now_ms++;
	now = now_of(w);
	assert_leads(w, "deputy");
	assert_true(now.lead.in_default);
	assert_true(now.lead.since_ms == day_ms("2017-05-12T11:00Z"));
	assert_false(now.offered);

	/* Without a successor who leads leads on; declined, the successor leads at once. */
	offer(w, "analyst", ",\"accept_by\":\"2017-05-12T12:00Z\"");
	w->now_ms = day_ms("2017-05-12T13:00Z");
	assert_leads(w, "deputy");
	assert_false(now_of(w).offered);
	offer(w, "analyst", ",\"accept_by\":\"2017-05-12T18:00Z\",\"successor\":\"siro\"");
	now = now_of(w);
	world_do_as(w, "analyst", "mandate.decline", answer(&now.offer));
	assert_leads(w, "siro");
	world_rebuild_reversed(w);
}

static void test_handed_over(void **state)
{
	struct world *w = *state;

	offer(w, "analyst", "");
	accept(w, "analyst");
	world_refused(w, "deputy", "mandate.hand_over",
		      "{\"to\":\"siro\",\"reason\":\"end of shift\"}", "who leads hands over");
	world_refused(w, "analyst", "mandate.hand_over",
		      "{\"to\":\"audit\",\"reason\":\"end of shift\"}", "can't be given the lead");
	world_refused(w, "analyst", "mandate.hand_over",
		      "{\"to\":\"analyst\",\"reason\":\"end of shift\"}", "leads already");
	world_do_as(w, "analyst", "mandate.hand_over",
		    "{\"to\":\"siro\",\"reason\":\"end of shift\"}");
	assert_leads(w, "analyst");
	w->now_ms += MS_PER_HOUR;
	accept(w, "siro");
	assert_leads(w, "siro");
	assert_true(now_of(w).lead.until_ms == day_ms("2017-05-19T09:00Z"));

	/* What is left of a mandate ends with it. */
	world_do_as(w, "siro", "mandate.hand_over", "{\"to\":\"deputy\",\"reason\":\"night\"}");
	w->now_ms = day_ms("2017-05-19T09:00Z");
	assert_false(now_of(w).offered);
	world_rebuild_reversed(w);
}

static void test_ended(void **state)
{
	struct world *w = *state;

	world_refused(w, "deputy", "mandate.end", "{\"reason\":\"over\"}", "nobody leads");
	offer(w, "analyst", "");
	accept(w, "analyst");
	world_refused(w, "siro", "mandate.end", "{\"reason\":\"over\"}", "does not lead");
	world_do_as(w, "analyst", "mandate.end", "{\"reason\":\"over\"}");
	assert_leads(w, NULL);
	offer(w, "siro", "");
	world_do_as(w, "deputy", "mandate.end", "{\"reason\":\"no need\"}");
	assert_false(now_of(w).offered);

	/* A post leads no longer than it exists, whatever was offered. */
	offer(w, "analyst", ",\"accept_by\":\"2017-05-13\",\"successor\":\"siro\"");
	w->now_ms = day_ms("2017-05-14");
	assert_leads(w, "siro");
	world_do(w, "post.end", "{\"post\":\"siro\",\"at\":\"2017-05-15\"}");
	assert_true(now_of(w).lead.until_ms == day_ms("2017-05-15"));
	w->now_ms = day_ms("2017-05-15");
	assert_leads(w, NULL);
	world_rebuild_reversed(w);
}

static void test_refused_offers(void **state)
{
	struct world *w = *state;
	static const char *const bad[][2] = {
		{"{\"post\":\"analyst\",\"authority\":\"A\"}", "\"until\" is missing"},
		{"{\"post\":\"analyst\",\"until\":\"2017-05-13\"}", "\"authority\" is missing"},
		{"{\"post\":\"analyst\",\"authority\":\"A\",\"until\":\"2017-05-12\"}", "passed"},
		{"{\"post\":\"analyst\",\"authority\":\"A\",\"until\":\"2018-06-12\"}", "366 days"},
		{"{\"post\":\"analyst\",\"authority\":\"A\",\"until\":\"soon\"}", "no time"},
		{"{\"post\":\"nobody\",\"authority\":\"A\",\"until\":\"2017-05-13\"}", "no post"},
		{"{\"post\":\"desk\",\"authority\":\"A\",\"until\":\"2017-05-13\"}",
		 "given the lead"},
		{"{\"post\":\"analyst\",\"authority\":\"A\\nB\",\"until\":\"2017-05-13\"}",
		 "control"},
		{"{\"post\":\"analyst\",\"authority\":\"A\",\"until\":\"2017-05-13\","
		 "\"successor\":\"siro\"}",
		 "accept_by"},
		{"{\"post\":\"analyst\",\"authority\":\"A\",\"until\":\"2017-05-13\","
		 "\"accept_by\":\"2017-05-13\"}",
		 "not before"},
		{"{\"post\":\"siro\",\"authority\":\"A\",\"until\":\"2017-05-13\","
		 "\"accept_by\":\"2017-05-12T10:00Z\",\"successor\":\"SIRO\"}",
		 "own successor"},
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		world_refused(w, "deputy", "mandate.offer", bad[i][0], bad[i][1]);
	world_refused(w, "analyst", "mandate.offer",
		      "{\"post\":\"analyst\",\"authority\":\"A\",\"until\":\"2017-05-13\"}",
		      "incident.command");
	world_refused(w, "audit", "posture.set", "{\"level\":\"normal\",\"reason\":\"r\"}",
		      "mandate.hold");
}

static void test_reaching_them(void **state)
{
	struct world *w = *state;

	world_do(w, "person.add",
		 "{\"person\":\"ann\",\"name\":\"Ann Ash\",\"phone\":\"0100 1\",\"org\":\"X26\"}");
	world_do(w, "post.hold",
		 "{\"post\":\"analyst\",\"person\":\"ann\",\"from\":\"2017-05-01\"}");
	offer(w, "analyst", "");
	assert_true(str_is(now_of(w).offer.to.holder, "Ann Ash"));
	assert_true(str_is(now_of(w).offer.to.number, "0100 1"));
	accept(w, "analyst");
	world_do(w, "contact.set",
		 "{\"org\":\"X26\",\"post\":\"national-analyst\",\"phone\":\"0100 2\"}");
	assert_true(str_is(now_of(w).lead.who.number, "0100 2"));
	world_do(w, "contact.set",
		 "{\"org\":\"X26\",\"post\":\"analyst\",\"phone\":\"0100 3\","
		 "\"out_of_band\":\"radio 4\"}");
	assert_true(str_is(now_of(w).lead.who.number, "radio 4"));
	assert_true(str_is(now_of(w).lead.who.org, "X26"));
}

static void test_level(void **state)
{
	struct world *w = *state;

	assert_int_equal(now_of(w).posture.level, LEVEL_NORMAL);
	world_refused(w, "analyst", "posture.set", "{\"level\":\"heightened\",\"reason\":\"r\"}",
		      "does not lead");
	world_do(w, "posture.set", "{\"level\":\"heightened\",\"reason\":\"A worm is about\"}");
	offer(w, "analyst", "");
	accept(w, "analyst");
	world_do_as(w, "analyst", "posture.set",
		    "{\"level\":\"major_incident\",\"reason\":\"34 trusts\","
		    "\"until\":\"2017-05-13\",\"exercise\":\"Tall Tide\"}");
	assert_int_equal(now_of(w).posture.level, LEVEL_MAJOR);
	assert_true(str_is(now_of(w).posture.exercise, "Tall Tide"));
	world_refused(w, "deputy", "posture.set", "{\"level\":\"high\",\"reason\":\"r\"}",
		      "no level");
	/* Then what held before. */
	w->now_ms = day_ms("2017-05-13");
	assert_int_equal(now_of(w).posture.level, LEVEL_HEIGHTENED);
	assert_false(now_of(w).posture.exercise.n);
	world_rebuild_reversed(w);
}

/* --- whatever is said, and whenever -------------------------------------------------------------
 */

struct seen {
	int64_t at_ms;
	bool led, offered;
	char post[24], to[24];
};

static struct seen see(const struct world *w)
{
	struct incident_now now = now_of(w);
	struct seen s = {.at_ms = w->now_ms, .led = now.led, .offered = now.offered};

	if (now.led) {
		assert_true(now.lead.since_ms <= w->now_ms && w->now_ms < now.lead.until_ms);
		snprintf(s.post, sizeof(s.post), "%.*s", STR_FMT(now.lead.who.post));
	}
	if (now.offered) {
		assert_true(now.offer.said_ms <= w->now_ms && w->now_ms < now.offer.accept_by_ms);
		assert_true(now.offer.accept_by_ms <= now.offer.until_ms);
		snprintf(s.to, sizeof(s.to), "%.*s", STR_FMT(now.offer.to.post));
	}
	return s;
}

static void do_something(struct world *w, struct rng *rng)
{
	static const char *const leads[] = {"national-lead", "deputy", "analyst", "siro"};
	const char *one = leads[rng_below(rng, 4)], *other = leads[rng_below(rng, 4)];
	struct incident_now now = now_of(w);
	char body[300], until[STAMP_BYTES], by[STAMP_BYTES];
	struct err ignored = {0};

	stamp_format(w->now_ms + (int64_t)(2 + rng_below(rng, 40)) * MS_PER_HOUR, until);
	stamp_format(w->now_ms + (int64_t)(1 + rng_below(rng, 4)) * MS_PER_HOUR, by);
	switch (rng_below(rng, 6)) {
	case 0:
		snprintf(body, sizeof(body),
			 "{\"post\":\"%s\",\"authority\":\"A\",\"until\":\"%s\",\"accept_by\":\"%"
			 "s\","
			 "\"successor\":\"%s\"}",
			 one, until, by, other);
		(void)!world_try_as(w, "deputy", "mandate.offer", body, &ignored);
		break;
	case 1:
		snprintf(body, sizeof(body),
			 "{\"post\":\"%s\",\"authority\":\"A\",\"until\":\"%s\"}", one, until);
		world_do_as(w, "deputy", "mandate.offer", body);
		break;
	case 2:
	case 3:
		if (now.offered)
			(void)!world_try_as(
				w, one, rng_below(rng, 4) ? "mandate.accept" : "mandate.decline",
				answer(&now.offer), &ignored);
		break;
	case 4:
		snprintf(body, sizeof(body), "{\"to\":\"%s\",\"reason\":\"r\"}", other);
		(void)!world_try_as(w, one, "mandate.hand_over", body, &ignored);
		break;
	default:
		(void)!world_try_as(w, one, "mandate.end", "{\"reason\":\"r\"}", &ignored);
	}
}

static void test_the_past_stays(void **state)
{
	enum { STEPS = 160 };
	struct world *w = *state;
	struct rng rng = rng_of(20170512, 0);
	struct directory_view view;
	struct incident_events events;
	struct seen seen[STEPS];
	struct err err = {0};

	for (size_t i = 0; i < STEPS; i++) {
		do_something(w, &rng);
		seen[i] = see(w);
		w->now_ms += 1 + (int64_t)rng_below(&rng, 3 * MS_PER_HOUR);
	}
	view = world_view(w);
	assert_true(incident_history(&view, &events, &err));
	assert_true(events.n >= STEPS / 4);
	for (size_t i = 0; i < events.n; i++)
		assert_true(events.v[i].what != LEAD_VOID &&
			    (!i || events.v[i - 1].at_ms <= events.v[i].at_ms));
	/* Neither what was said since nor what time brought changes what was so then. */
	for (size_t i = 0; i < STEPS; i++) {
		struct seen then;

		w->now_ms = seen[i].at_ms;
		then = see(w);
		assert_memory_equal(&then, &seen[i], sizeof(then));
	}
	world_rebuild_reversed(w);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_service, world_close)
int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_offered_then_accepted),
		CASE(test_nobody_accepts),
		CASE(test_handed_over),
		CASE(test_ended),
		CASE(test_refused_offers),
		CASE(test_reaching_them),
		CASE(test_level),
		CASE(test_the_past_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
