#include "../unit/estate_world.h"

#include "torture.h"

static const char csv[] = "# taken: 2017-05-01\n# source: a\n# scope: organisation\n"
			  "device,os,os_version,name,version,updates\n"
			  "X,Windows 7,6.1.7601,Firefox,52,KB4012212\n";

static uint64_t records(struct world *w)
{
	struct journal_head head;
	struct err err;

	assert_true(journal_head(w->journal, &head, &err));
	return head.number;
}

struct step {
	struct world *w;
	uint64_t before;
};

static void note(void *ctx)
{
	struct step *s = ctx;

	s->before = records(s->w);
}

static bool take_in(void *ctx, struct err *err)
{
	struct step *s = ctx;

	return world_import(s->w, "R1H", "a.csv", csv, err);
}

static void nothing_changed(void *ctx)
{
	struct step *s = ctx;

	assert_int_equal(records(s->w), s->before);
}

static void an_import_is_whole_or_not_at_all(void **state)
{
	struct step s = {.w = *state};
	struct torture t = {
		.step = take_in, .unchanged = nothing_changed, .reset = note, .ctx = &s};

	assert_true(torture(&t) >= 2);
}

/* A segment that cannot be kept is used from memory; the next one to ask builds it again. */
static bool look(void *ctx, struct err *err)
{
	struct step *s = ctx;
	const struct segment *segment = NULL;

	estate_close(s->w->estate);
	s->w->estate = NULL;
	if (!estate_open(s->w->journal, &s->w->estate, err))
		fail_msg("%s", err->text);
	if (!estate_segment_open(s->w->estate, STR("R1H"), &segment, err))
		return false;
	assert_int_equal(segment->ndevices, 1);
	assert_true(segment_has_kb(segment, 0, 4012212));
	segment_unref(segment);
	return true;
}

static void forget(void *ctx)
{
	struct step *s = ctx;
	char folder[256];

	snprintf(folder, sizeof(folder), "%s.d/segments", s->w->path);
	world_empty(folder);
}

static void a_segment_is_whole_or_not_given(void **state)
{
	struct step s = {.w = *state};
	struct torture t = {.step = look, .reset = forget, .ctx = &s};

	world_has(s.w, "R1H", "a.csv", csv);
	assert_true(torture(&t) >= 3);
}

/* What was said since is known to the next search that is not refused. */
struct searching {
	struct world *w;
	unsigned turn;
};

/* By turns it is said what the name stands for, and taken back. */
static void bring_news(void *ctx)
{
	struct searching *s = ctx;
	AUTO(text_freep) struct text body = {0};
	bool known = ++s->turn % 2;
	struct err err = {0};

	if (!(known ? estate_resolve_body(STR("Firefox"), STR("cpe:/a:mozilla:firefox"), &body,
					  &err)
		    : estate_unresolve_body(STR("Firefox"), &body, &err)) ||
	    !world_act(s->w, known ? "estate.resolve" : "estate.unresolve", text_str(&body), NULL,
		       &err))
		fail_msg("%s", err.text);
}

static bool one_hit(void *ctx, const struct estate_hit *hit, struct err *err)
{
	(void)err;
	assert_int_equal(hit->device, 0);
	++*(unsigned *)ctx;
	return true;
}

static bool search(void *ctx, struct err *err)
{
	const struct searching *s = ctx;
	unsigned hits = 0;

	if (!estate_search(s->w->estate, STR("name:firefox unresolved:yes"), one_hit, &hits, err))
		return false;
	assert_int_equal(hits, s->turn % 2 ? 0 : 1);
	return true;
}

static void a_search_is_of_what_is_there_or_refused(void **state)
{
	struct searching s = {.w = *state};
	struct torture t = {.step = search, .reset = bring_news, .ctx = &s};

	world_has(s.w, "R1H", "a.csv", csv);
	assert_true(torture(&t) >= 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_import_is_whole_or_not_at_all, world_open,
						world_close),
		cmocka_unit_test_setup_teardown(a_segment_is_whole_or_not_given, world_open,
						world_close),
		cmocka_unit_test_setup_teardown(a_search_is_of_what_is_there_or_refused, world_open,
						world_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
