#include "alerts_world.h"

#include "alerts/course.h"
#include "base/rng.h"

/*
 * The trend: that of a day is what was shown when the day ended, and of today what is shown now; it
 * is the same derived again; who looks sees what an alert's listing shows.
 */

static const char *const codes[] = {"T1", "T2", "T9", "P1", "P2", "P3"};
enum { DAYS = 30, ORGS = ARRAY_LEN(codes), DEVICES = 6 };

#define ALERT "CC-2017-0001"

static struct trend trend_of(struct world *w, const struct trend_query *query)
{
	const struct alerts_view view = world_view(w);
	struct trend trend = {0};
	struct err err = {0};

	if (!alert_trend(&view, query, &trend, &err))
		fail_msg("%s", err.text);
	return trend;
}

static void shown_now(struct world *w, const char *org, struct trend_day *ret)
{
	const struct alerts_view view = world_view(w);
	const struct obligation_filter filter = {.alert = STR(ALERT), .org = str_of(org)};
	struct obligation_list list = {0};
	struct err err = {0};

	if (!alert_obligations(&view, &filter, &list, &err))
		fail_msg("%s", err.text);
	*ret = (struct trend_day){.at_ms = w->now_ms, .organisations = list.n, .asked = list.n};
	for (size_t i = 0; i < list.n; i++) {
		const struct obligation_verdict *is = &list.v[i].is;

		ret->exposed += is->exposed;
		ret->unknown += is->unknown;
		ret->covered += is->covered;
		ret->devices += is->devices;
		ret->expected += is->expected < 0 ? 0 : (uint64_t)is->expected;
		ret->unstated += is->expected < 0;
		ret->count[is->state]++;
	}
}

static void assert_same_day(const struct trend_day *is, const struct trend_day *shown)
{
	char day[STAMP_BYTES];

	assert_int_equal(is->at_ms, shown->at_ms);
	if (is->exposed != shown->exposed || is->unknown != shown->unknown ||
	    is->covered != shown->covered || is->devices != shown->devices ||
	    is->expected != shown->expected || is->unstated != shown->unstated ||
	    is->organisations != shown->organisations ||
	    memcmp(is->count, shown->count, sizeof(is->count)) != 0) {
		for (unsigned i = 0; i < OBLIGATION_STATES; i++)
			if (is->count[i] != shown->count[i])
				print_error("%s: %ju, not %ju\n",
					    obligation_state_name((enum obligation_state)i),
					    (uintmax_t)is->count[i], (uintmax_t)shown->count[i]);
		fail_msg("%.*s: exposed %ju (%ju), unknown %ju (%ju), covered %ju (%ju), devices "
			 "%ju (%ju), expected %ju (%ju)",
			 STR_FMT(stamp_format(is->at_ms, day)), (uintmax_t)is->exposed,
			 (uintmax_t)shown->exposed, (uintmax_t)is->unknown,
			 (uintmax_t)shown->unknown, (uintmax_t)is->covered,
			 (uintmax_t)shown->covered, (uintmax_t)is->devices,
			 (uintmax_t)shown->devices, (uintmax_t)is->expected,
			 (uintmax_t)shown->expected);
	}
}

/* --- a world that goes on for a month ------------------------------------------------------- */

struct month {
	struct world *w;
	struct rng rng;
	struct trend_day shown[DAYS];
	struct trend_day of[ORGS][DAYS];
	unsigned version[ORGS][DEVICES];
};

/* Some devices, most of them as they were; a version that nobody can tell now and then. */
static void inventory(struct month *m, unsigned org)
{
	AUTO(text_freep) struct text csv = {0};
	bool any = false;

	text_add_c(&csv, HEAD);
	for (unsigned d = 0; d < DEVICES; d++) {
		if (rng_below(&m->rng, 8) == 0)
			m->version[org][d] = rng_below(&m->rng, 4);
		if (rng_below(&m->rng, 6) == 0 && (any || d + 1 < DEVICES))
			continue;
		any = true;
		if (m->version[org][d])
			text_addf(&csv,
				  "D%u,workstation,Linux,5,Acme,Widget,%u.0,"
				  "cpe:2.3:a:acme:widget:%u.0:*:*:*:*:*:*:*\n",
				  d, m->version[org][d], m->version[org][d]);
		else
			text_addf(&csv,
				  "D%u,workstation,Linux,5,Acme,Widget,,"
				  "cpe:2.3:a:acme:widget:*:*:*:*:*:*:*:*\n",
				  d);
	}
	world_inventory(m->w, codes[org], text_c(&csv));
}

static void answer(struct month *m, unsigned org)
{
	static const struct {
		const char *act, *rest;
	} answers[] = {
		{"alert.acknowledge", ""},
		{"alert.claim", ",'kind':'fixed'"},
		{"alert.progress", ",'kind':'in_progress'"},
		{"alert.applicability", ",'applicable':false,'reason':'none'"},
		{"alert.claim",
		 ",'kind':'attested','how':'by hand','until':'2017-05-30T22:59:59.999Z'"},
	};
	unsigned i = rng_below(&m->rng, ARRAY_LEN(answers));
	char body[160];
	struct err err = {0};

	snprintf(body, sizeof(body), "{'alert':'" ALERT "','org':'%s'%s}", codes[org],
		 answers[i].rest);
	/* what is refused (there is an inventory, say) is refused */
	(void)world_try(m->w, "national-lead", answers[i].act, body, &err);
}

static void day_passes(struct month *m, int64_t began_ms)
{
	for (unsigned i = 0; i < ORGS; i++) {
		m->w->now_ms =
			began_ms + (int64_t)(1 + i * 2 + rng_below(&m->rng, 2)) * MS_PER_HOUR;
		if (rng_below(&m->rng, 3) == 0)
			inventory(m, i);
		m->w->now_ms += 1 + rng_below(&m->rng, (unsigned)MS_PER_HOUR / 2);
		if (rng_below(&m->rng, 6) == 0)
			answer(m, i);
	}
}

static void show(struct month *m, unsigned day)
{
	world_derive(m->w);
	shown_now(m->w, "", &m->shown[day]);
	for (unsigned i = 0; i < ORGS; i++)
		shown_now(m->w, codes[i], &m->of[i][day]);
}

/* The first day ends at 22:59:59.999 UTC: it is summer. */
static void month_passes(struct month *m, const char *first_day, unsigned merger)
{
	int64_t began_ms;

	assert_true(stamp_parse(str_of(first_day), &began_ms));
	for (unsigned day = 0; day < DAYS; day++, began_ms += MS_PER_DAY) {
		if (merger && day == merger) {
			m->w->now_ms = began_ms;
			world_do(m->w, "national-lead", "org.succeed",
				 "{'org':'P2','at':'2017-05-28','successor':'P1'}");
		}
		day_passes(m, began_ms);
		m->w->now_ms = began_ms + 23 * MS_PER_HOUR - 1;
		show(m, day);
	}
}

static void month_begins(struct month *m, struct world *w, uint64_t seed)
{
	m->w = w;
	m->rng = rng_of(seed, 1);
	for (unsigned i = 0; i < ORGS; i++) {
		char body[64];

		snprintf(body, sizeof(body), "{'org':'%s','expected_devices':%u}", codes[i],
			 i % 2 ? 4 : 6);
		world_do(w, "national-lead", "org.change", body);
		for (unsigned d = 0; d < DEVICES; d++)
			m->version[i][d] = 1 + rng_below(&m->rng, 3);
	}
	world_widget_alert(w);
}

static void assert_as_shown(struct month *m)
{
	struct trend_query q = {.alert = STR(ALERT)};
	struct trend all, one;

	assert_true(stamp_parse(STR("2017-05-13"), &q.from_ms));
	all = trend_of(m->w, &q);
	assert_int_equal(all.n, DAYS);
	for (unsigned i = 0; i < DAYS; i++)
		assert_same_day(&all.v[i], &m->shown[i]);
	for (unsigned k = 0; k < ORGS; k++) {
		q.org = str_of(codes[k]);
		one = trend_of(m->w, &q);
		for (unsigned i = 0; i < DAYS; i++)
			if (m->of[k][i].organisations == m->of[k][DAYS - 1].organisations)
				assert_same_day(&one.v[i], &m->of[k][i]);
	}
}

static void a_day_is_as_it_was_shown(void **state)
{
	struct month *m = mem_zero(1, sizeof(*m));

	month_begins(m, *state, 7);
	month_passes(m, "2017-05-13T00:00Z", 0);
	assert_as_shown(m);
	/* of another moment of the past, listed from what is stored now */
	m->w->now_ms = m->shown[11].at_ms;
	shown_now(m->w, "", &m->shown[0]);
	assert_same_day(&m->shown[0], &m->shown[11]);
	m->w->now_ms = m->shown[DAYS - 1].at_ms;
	world_derives_same(m->w);
	free(m);
}

static void a_merger_divides_the_days(void **state)
{
	struct month *m = mem_zero(1, sizeof(*m));

	month_begins(m, *state, 9);
	month_passes(m, "2017-05-13T00:00Z", 15);
	assert_as_shown(m);
	free(m);
}

/* --- the days themselves -----------------------------------------------------------------------
 */

static void today_is_what_is_shown_now(void **state)
{
	struct world *w = *state;
	struct trend_query q = {.alert = STR(ALERT)};
	const struct alerts_view view = world_view(w);
	struct trend_day now;
	struct trend trend;
	struct err err = {0};

	world_widget_alert(w);
	world_inventory(w, "T1", HEAD PC("A", "1.0") PC("B", "3.0"));
	world_derive(w);
	shown_now(w, "", &now);
	trend = trend_of(w, &q);
	assert_int_equal(trend.n, 1);
	assert_int_equal(trend.v[0].at_ms, w->now_ms);
	assert_same_day(&trend.v[0], &now);
	/* Before it was published there is no obligation, but exposure may be known. */
	assert_true(stamp_parse(STR("2017-05-10"), &q.from_ms));
	trend = trend_of(w, &q);
	assert_int_equal(trend.n, 3);
	assert_int_equal(trend.v[1].asked, 0);
	assert_int_equal(trend.v[1].organisations, now.organisations);
	/* A day that is to come is none. */
	assert_true(stamp_parse(STR("2017-05-20"), &q.to_ms));
	assert_int_equal(trend_of(w, &q).n, 3);
	assert_true(stamp_parse(STR("2017-05-19"), &q.from_ms));
	assert_false(alert_trend(&view, &q, &trend, &err));
	assert_int_equal(err.code, ERR_INVALID);
	assert_true(stamp_parse(STR("1999-05-19"), &q.from_ms));
	assert_false(alert_trend(&view, &q, &trend, &err));
	assert_int_equal(err.code, ERR_LIMIT);
}

static void who_looks_sees_no_few_peers(void **state)
{
	struct world *w = *state;
	struct trend_query q = {.alert = STR(ALERT), .post = STR("t1-lead")};
	struct trend all, own;

	world_widget_alert(w);
	world_inventory(w, "T1", HEAD PC("A", "1.0"));
	world_inventory(w, "T2", HEAD PC("A", "1.0") PC("B", "1.0"));
	world_derive(w);
	own = trend_of(w, &q);
	q.post = (struct str){0};
	all = trend_of(w, &q);
	assert_int_equal(all.v[0].exposed, 3);
	assert_int_equal(own.v[0].exposed, 1);
	assert_int_equal(own.v[0].organisations, 1);
	assert_int_equal(own.v[0].count[OBLIGATION_EXPOSED_UNANSWERED], 1);
	assert_int_equal(all.v[0].peers[OBLIGATION_EXPOSED_UNANSWERED], 2);
	assert_int_equal(own.v[0].peers[OBLIGATION_EXPOSED_UNANSWERED], 0);
	assert_true(own.v[0].peers[OBLIGATION_UNKNOWN_UNANSWERED] >= PEERS_MIN);
	/* Chosen among, there are no peers to count. */
	q.region = STR("r2");
	all = trend_of(w, &q);
	assert_int_equal(all.v[0].exposed, 2);
	assert_int_equal(all.v[0].peers[OBLIGATION_UNKNOWN_UNANSWERED], 0);
}

/* --- how it is kept ------------------------------------------------------------------------------
 */

static struct course_point random_point(struct rng *rng, int64_t at_ms)
{
	return (struct course_point){
		.at_ms = at_ms,
		.unknown = rng_below(rng, 3),
		.devices = rng_below(rng, 3) * 1000000,
		.covered = rng_below(rng, 2),
		.expected = (int64_t)rng_below(rng, 3) - 1,
		.oldest_ago_ms = rng_below(rng, 2) * 30 * MS_PER_DAY,
		.newest_ago_ms = rng_below(rng, 2) * 7,
	};
}

static void a_course_reads_back(void **state)
{
	enum { POINTS = 200 };
	struct rng rng = rng_of(3, 0);
	struct course c = {.last.at_ms = 1000}, again = {0};
	struct course_point points[POINTS], at = {.at_ms = 1000};
	struct str rest;
	bool any;

	(void)state;
	for (int i = 0; i < POINTS; i++) {
		points[i] = random_point(
			&rng, i ? points[i - 1].at_ms + 1 + rng_below(&rng, 1u << 30) : 1000);
		if (i && i % 3 == 0) {
			int64_t at_ms = points[i].at_ms;

			points[i] = points[i - 1];
			points[i].at_ms = at_ms;
		}
		course_add(&c, &points[i]);
	}
	rest = text_str(&c.bytes);
	for (int i = 0; i < POINTS; i++) {
		assert_true(course_next(&rest, &at, &any) && any);
		assert_memory_equal(&at, &points[i], sizeof(at));
	}
	assert_true(course_next(&rest, &at, &any) && !any);
	assert_true(course_resume(&again, text_str(&c.bytes), 1000));
	assert_memory_equal(&again.last, &points[POINTS - 1], sizeof(at));
	course_release(&again);
	course_release(&c);
}

static void a_broken_course_is_refused(void **state)
{
	struct world *w = *state;
	const struct alerts_view view = world_view(w);
	const struct trend_query q = {.alert = STR(ALERT)};
	struct trend trend;
	struct err err = {0};
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	world_widget_alert(w);
	world_inventory(w, "T1", HEAD PC("A", "1.0"));
	world_derive(w);
	assert_true(store_begin(w->store, &txn, &err));
	assert_true(store_run(txn, SQL("UPDATE alerts_cover SET course = ?1"),
			      ARGS(store_blob("\x81", 1)), &err));
	assert_true(store_commit(&txn, &err));
	assert_false(alert_trend(&view, &q, &trend, &err));
	assert_int_equal(err.code, ERR_CORRUPT);
}

/* The same seen day after day costs four bytes a day, once for all alerts. */
static void sameness_costs_little(void **state)
{
	struct world *w = *state;

	world_do(w, "national-lead", "org.change", "{'org':'T1','expected_devices':2}");
	world_widget_alert(w);
	for (int i = 0; i < 20; i++, w->now_ms += MS_PER_DAY)
		world_inventory(w, "T1", HEAD PC("A", "1.0") PC("B", "3.0"));
	world_derive(w);
	assert_int_equal(world_count(w, SQL("SELECT COUNT(*) FROM alerts_evidence")), 1);
	assert_true(world_count(w, SQL("SELECT length(course) FROM alerts_evidence")) <= 10);
	assert_true(world_count(w, SQL("SELECT length(course) FROM alerts_cover")) <= 90);
	world_derives_same(w);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int alerts_trend_run(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_day_is_as_it_was_shown),	       CASE(a_merger_divides_the_days),
		CASE(today_is_what_is_shown_now),      CASE(who_looks_sees_no_few_peers),
		cmocka_unit_test(a_course_reads_back), CASE(a_broken_course_is_refused),
		CASE(sameness_costs_little),
	};

	return cmocka_run_group_tests_name("alerts, trend", tests, NULL, NULL);
}
