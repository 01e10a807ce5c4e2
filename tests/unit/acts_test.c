#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "acts/acts.h"
#include "base/fault.h"
#include "base/mem.h"
#include "directory/directory.h"
#include "test_store.h"

/*
 * The one way to change anything: what is refused leaves nothing, what stands
 * together falls together, and the tables are what the journal makes them.
 */

struct world {
	char folder[64], path[96];
	struct clock clock;
	struct acts *acts;
};

static struct acts_config config_of(struct world *w, const char *post)
{
	return (struct acts_config){.path = w->path,
				    .mode = ACTS_WRITE,
				    .clock = &w->clock,
				    .post = str_of(post),
				    .user = STR("tester")};
}

static int world_open(void **state)
{
	struct world *w = mem_zero(1, sizeof(*w));
	struct acts_founding founding = {.service = STR("Test"), .nation = STR("NAT")};
	struct acts_config config;
	struct err err = {0};

	snprintf(w->folder, sizeof(w->folder), "/tmp/lynchpin-acts-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(w->path, sizeof(w->path), "%s/test.db", w->folder);
	w->clock = clock_fixed(1494493200000);
	test_store_at(w->path);
	config = config_of(w, NULL);
	if (!acts_found(&config, &founding, &w->acts, &err))
		fail_msg("%s", err.text);
	*state = w;
	return 0;
}

static int world_close(void **state)
{
	static const char *const files[] = {"", ".key", "-wal", "-shm"};
	struct world *w = *state;
	char path[128];

	acts_close(w->acts);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), "%s%s", w->path, files[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/past.db", w->folder);
	unlink(path);
	rmdir(w->folder);
	free(w);
	return 0;
}

static bool try_act(struct world *w, const char *act, const char *body, struct err *err)
{
	return acts_do(w->acts, &(struct act_request){.act = act, .body = str_of(body)}, NULL, err);
}

static void do_act(struct world *w, const char *act, const char *body)
{
	struct err err = {0};

	if (!try_act(w, act, body, &err)) {
		print_error("%s: %s\n", act, err.text);
		fail();
	}
}

static uint64_t head(struct world *w)
{
	struct journal_head h;
	struct err err = {0};

	assert_true(journal_head(acts_journal(w->acts), &h, &err));
	return h.number;
}

static bool dump_line(void *ctx, struct str line, struct err *err)
{
	(void)err;
	text_add(ctx, line);
	text_add_char(ctx, '\n');
	return true;
}

static void dump(struct store *store, struct text *out)
{
	struct store_dump what = {
		.kinds = STORE_RECORDED | STORE_DERIVED, .line = dump_line, .ctx = out};
	struct err err = {0};

	text_clear(out);
	assert_true(store_dump(store, &what, &err));
	assert_true(out->n > 0);
}

static void refused_acts_leave_nothing(void **state)
{
	struct world *w = *state;
	uint64_t before = head(w);
	struct err err = {0};

	assert_false(try_act(w, "no.such", "{}", &err));
	assert_int_equal(err.code, ERR_USAGE);
	assert_false(try_act(w, "org.add", "{\"org\":\"T1\"}", &err));
	assert_false(try_act(w, "org.add", "not json", &err));
	assert_false(try_act(w, "org.add", "{\"name\":\"b\",\"org\":\"T1\",\"org\":\"T2\"}", &err));
	assert_false(try_act(w, "service.init", "{\"nation\":\"N2\",\"service\":\"x\"}", &err));
	assert_int_equal(err.code, ERR_EXISTS);
	assert_int_equal(head(w), before);
	do_act(w, "org.add", "{\"name\":\"One\",\"org\":\"T1\",\"role\":\"trust\"}");
	assert_int_equal(head(w), before + 1);
}

static void posts_keep_to_their_scope(void **state)
{
	struct world *w = *state;
	struct acts_config lead = config_of(w, "t1-lead"), nobody = config_of(w, "nobody");
	struct world as = *w;
	struct err err = {0};

	do_act(w, "org.add", "{\"name\":\"One\",\"org\":\"T1\",\"role\":\"trust\"}");
	do_act(w, "org.add", "{\"name\":\"Two\",\"org\":\"T2\",\"role\":\"trust\"}");
	do_act(w, "post.add", "{\"kind\":\"security-lead\",\"org\":\"T1\",\"post\":\"t1-lead\"}");
	assert_true(acts_open(&lead, &as.acts, &err));
	do_act(&as, "contact.set",
	       "{\"email\":\"a@example.org\",\"name\":\"A\",\"org\":\"T1\",\"post\":\"lead\"}");
	assert_false(try_act(
		&as, "contact.set",
		"{\"email\":\"a@example.org\",\"name\":\"A\",\"org\":\"T2\",\"post\":\"lead\"}",
		&err));
	assert_int_equal(err.code, ERR_DENIED);
	assert_false(try_act(&as, "org.add", "{\"name\":\"Three\",\"org\":\"T3\"}", &err));
	assert_int_equal(err.code, ERR_DENIED);
	acts_close(as.acts);
	assert_true(acts_open(&nobody, &as.acts, &err));
	assert_false(try_act(&as, "org.add", "{\"name\":\"Three\",\"org\":\"T3\"}", &err));
	acts_close(as.acts);
}

static void a_group_stands_or_falls_together(void **state)
{
	struct world *w = *state;
	uint64_t before = head(w);
	struct err err = {0};

	assert_true(acts_begin(w->acts, &err));
	do_act(w, "org.add", "{\"name\":\"One\",\"org\":\"T1\"}");
	assert_false(try_act(w, "org.add", "{\"name\":\"Again\",\"org\":\"T1\"}", &err));
	acts_rollback(w->acts);
	assert_int_equal(head(w), before);
	assert_true(acts_begin(w->acts, &err));
	do_act(w, "org.add", "{\"name\":\"One\",\"org\":\"T1\"}");
	do_act(w, "org.add", "{\"name\":\"Two\",\"org\":\"T2\"}");
	assert_true(acts_commit(w->acts, &err));
	assert_int_equal(head(w), before + 2);
}

static void rebuild_gives_the_same_rows(void **state)
{
	struct world *w = *state;
	AUTO(text_freep) struct text before = {0}, after = {0};
	struct acts_rebuilt done;
	struct err err = {0};

	do_act(w, "org.add", "{\"expected_devices\":9,\"name\":\"One\",\"org\":\"T1\"}");
	do_act(w, "org.close", "{\"at\":\"2017-05-01\",\"org\":\"T1\"}");
	do_act(w, "estate.resolve",
	       "{\"cpes\":\"cpe:2.3:a:mozilla:firefox:*:*:*:*:*:*:*:*\","
	       "\"key\":\"mozilla|firefox\",\"raw\":\"Mozilla|Firefox\"}");
	dump(acts_store(w->acts), &before);
	assert_true(acts_rebuild(w->acts, &done, &err));
	assert_int_equal(done.records, head(w));
	dump(acts_store(w->acts), &after);
	assert_true(str_eq(text_str(&before), text_str(&after)));
}

static void the_past_is_a_store_of_its_own(void **state)
{
	struct world *w = *state;
	struct store_config config = {.mode = STORE_READ, .tables = acts_tables};
	AUTO(text_freep) struct text then = {0}, now = {0}, past = {0};
	AUTO(store_closep) struct store *store = NULL;
	struct acts_rebuilt done;
	struct err err = {0};
	char path[128];

	snprintf(path, sizeof(path), "%s/past.db", w->folder);
	do_act(w, "org.add", "{\"name\":\"One\",\"org\":\"T1\"}");
	dump(acts_store(w->acts), &then);
	w->clock = clock_fixed(1494493200000 + MS_PER_DAY);
	do_act(w, "org.add", "{\"name\":\"Two\",\"org\":\"T2\"}");
	dump(acts_store(w->acts), &now);
	assert_false(str_eq(text_str(&then), text_str(&now)));
	assert_true(acts_rebuild_until(w->acts, 1494493200000, path, &done, &err));
	config.path = path;
	assert_true(store_open(&config, &store, &err));
	dump(store, &past);
	assert_true(str_eq(text_str(&then), text_str(&past)));
	assert_false(acts_rebuild_until(w->acts, 1494493200000, path, &done, &err));
	assert_int_equal(err.code, ERR_EXISTS);
}

struct rights {
	const char *wanted;
	bool held;
	unsigned kinds;
};

static void note_right(void *ctx, const char *kind, enum post_scope scope, const char *right)
{
	struct rights *r = ctx;

	(void)kind;
	(void)scope;
	r->held |= strcmp(right, r->wanted) == 0;
}

/* An act that no post may do would be a door without a key. */
static void check_right(void *ctx, const struct act_kind *kind)
{
	struct rights *r = ctx;

	r->wanted = kind->right;
	r->held = strcmp(kind->right, "service.init") == 0;
	r->kinds++;
	directory_rights_each(note_right, r);
	if (!r->held)
		fail_msg("%s takes the right %s, which no post has", kind->name, kind->right);
	assert_non_null(kind->about);
	assert_non_null(kind->apply);
}

static void every_right_is_held_by_some_post(void **state)
{
	struct rights r = {0};

	(void)state;
	acts_each_kind(check_right, &r);
	assert_true(r.kinds >= 18);
}

/* --- the authority matrix, asked of a real store --- */

struct asking {
	struct world *w;
	const char *kind; /* the kind of post asked about, as the last right was of it */
	const char *org;  /* the organisation its post is of */
	unsigned asked, kinds;
};

static void make_world_of_regions(struct world *w)
{
	static const char *const orgs[][2] = {{"A", "R1"}, {"B", "R1"}, {"C", "R2"}, {"D", "R2"}};
	static const char *const receivers[] = {"A", "R1", "NAT"};
	struct acts_config siro = config_of(w, "siro-d");
	struct world as = *w;
	struct err err = {0};
	char body[160];

	do_act(w, "org.add", "{\"name\":\"North\",\"org\":\"R1\",\"role\":\"region\"}");
	do_act(w, "org.add", "{\"name\":\"South\",\"org\":\"R2\",\"role\":\"region\"}");
	for (size_t i = 0; i < ARRAY_LEN(orgs); i++) {
		snprintf(body, sizeof(body), "{\"name\":\"%s\",\"org\":\"%s\",\"region\":\"%s\"}",
			 orgs[i][0], orgs[i][0], orgs[i][1]);
		do_act(w, "org.add", body);
	}
	do_act(w, "post.add", "{\"kind\":\"siro\",\"org\":\"D\",\"post\":\"siro-d\"}");
	assert_true(acts_open(&siro, &as.acts, &err));
	for (size_t i = 0; i < ARRAY_LEN(receivers); i++) {
		snprintf(body, sizeof(body),
			 "{\"gives\":[\"answer\",\"evidence\",\"view\"],\"org\":\"D\","
			 "\"to\":\"%s\"}",
			 receivers[i]);
		do_act(&as, "delegation.grant", body);
	}
	acts_close(as.acts);
}

static bool may(struct world *w, const char *post, const char *right, const char *org)
{
	const struct directory_claim claim = {.post = str_of(post),
					      .right = str_of(right),
					      .org = str_of(org),
					      .at_ms = acts_now_ms(w->acts)};
	struct err err = {0};
	bool yes = false;

	if (!directory_post_may(acts_store(w->acts), &claim, &yes, &err))
		fail_msg("%s", err.text);
	return yes;
}

static void ask_act(void *ctx, const struct act_kind *act)
{
	struct asking *a = ctx;
	const char *const orgs[] = {[REACH_OWN] = a->org,
				    [REACH_DELEGATED] = "D",
				    [REACH_REGION] = "B",
				    [REACH_ELSEWHERE] = "C",
				    [REACH_SERVICE] = ""};
	bool system = strcmp(a->kind, "system") == 0;
	char post[80];

	snprintf(post, sizeof(post), "%s%s", system ? "" : "a-", a->kind);
	for (unsigned r = 0; r < ARRAY_LEN(orgs); r++) {
		bool printed =
			directory_kind_may(str_of(a->kind), str_of(act->right), (enum post_reach)r);

		if (may(a->w, post, act->right, orgs[r]) != printed)
			fail_msg("%s by %s for \"%s\": the matrix says %d", act->name, a->kind,
				 orgs[r], printed);
		a->asked++;
	}
}

static void ask_kind(void *ctx, const char *kind, enum post_scope scope, const char *right)
{
	static const char *const orgs[] = {
		[SCOPE_ORGANISATION] = "A", [SCOPE_REGION] = "R1", [SCOPE_NATION] = "NAT"};
	struct asking *a = ctx;
	char body[160];

	(void)right;
	if (a->kind && strcmp(a->kind, kind) == 0)
		return;
	a->kind = kind;
	a->org = orgs[scope];
	a->kinds++;
	snprintf(body, sizeof(body), "{\"kind\":\"%s\",\"org\":\"%s\",\"post\":\"a-%s\"}", kind,
		 a->org, kind);
	if (strcmp(kind, "system") != 0) /* which is always there */
		do_act(a->w, "post.add", body);
	acts_each_kind(ask_act, a);
}

static void the_printed_matrix_is_what_holds(void **state)
{
	struct asking a = {.w = *state};

	make_world_of_regions(a.w);
	directory_rights_each(ask_kind, &a);
	assert_true(a.kinds >= 9);
	assert_true(a.asked >= 9 * 25 * 5);
	print_message("# %u questions of %u kinds of post\n", a.asked, a.kinds);
}

static void a_place_that_is_taken_is_left_alone(void **state)
{
	struct world *w = *state;
	struct acts_founding founding = {.service = STR("Test"), .nation = STR("NAT")};
	struct acts_config config = config_of(w, NULL);
	struct acts *second = NULL;
	uint64_t before = head(w);
	struct err err = {0};

	assert_false(acts_found(&config, &founding, &second, &err));
	assert_int_equal(err.code, ERR_EXISTS);
	assert_int_equal(head(w), before);
	config.path = "/nowhere/at/all.db";
	assert_false(acts_found(&config, &founding, &second, &err));
	assert_false(acts_open(&config, &second, &err));
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

/* --- the queue --- */

struct heard {
	uint64_t number;
	enum err_code refused;
	char why[200];
	unsigned times;
};

static void hear(void *ctx, const struct act_told *told)
{
	struct heard *h = ctx;

	h->times++;
	h->number = told->number;
	h->refused = told->refused ? told->refused->code : ERR_NONE;
	snprintf(h->why, sizeof(h->why), "%.199s", told->refused ? told->refused->text : "");
}

static void submit(struct world *w, const char *post, const char *body, struct heard *h)
{
	char copied[200];

	snprintf(copied, sizeof(copied), "%s", body); /* the queue keeps its own */
	*h = (struct heard){0};
	acts_submit(w->acts,
		    &(struct acts_submission){.request = {.act = "org.add", .body = str_of(copied)},
					      .post = str_of(post),
					      .told = hear,
					      .ctx = h});
	memset(copied, 'x', sizeof(copied));
}

static void who_is_refused_in_a_batch_hinders_nobody(void **state)
{
	struct world *w = *state;
	uint64_t before = head(w);
	struct err err = {0};
	struct heard h[5];

	submit(w, NULL, "{\"name\":\"One\",\"org\":\"Q1\",\"role\":\"trust\"}", &h[0]);
	submit(w, NULL, "{\"org\":\"Q2\"}", &h[1]);
	submit(w, NULL, "{\"name\":\"Three\",\"org\":\"Q3\",\"role\":\"trust\"}", &h[2]);
	submit(w, "nobody", "{\"name\":\"F\",\"org\":\"Q4\",\"role\":\"trust\"}", &h[3]);
	submit(w, NULL, "{\"name\":\"Five\",\"org\":\"Q5\",\"role\":\"trust\"}", &h[4]);
	assert_int_equal(acts_waiting(w->acts), 5);
	assert_int_equal(h[0].times, 0); /* nobody is told before the commit */
	assert_true(acts_flush(w->acts, &err));
	assert_int_equal(acts_waiting(w->acts), 0);
	assert_int_equal(h[1].refused, ERR_INVALID);
	assert_int_equal(h[3].refused, ERR_NOT_FOUND);
	for (size_t i = 0; i < ARRAY_LEN(h); i++)
		assert_int_equal(h[i].times, 1);
	assert_int_equal(h[0].number, before + 1);
	assert_int_equal(h[2].number, before + 2);
	assert_int_equal(h[4].number, before + 3);
	assert_int_equal(head(w), before + 3);
	do_act(w, "org.add", "{\"name\":\"Six\",\"org\":\"Q6\",\"role\":\"trust\"}");
	assert_int_equal(head(w), before + 4);
}

/* Each step of a flush refused once: either one act falls by it, or all that wait. */
static void everybody_is_told_when_the_store_refuses(void **state)
{
	struct world *w = *state;
	bool met = true;

	for (unsigned n = 1; met; n++) {
		uint64_t before = head(w);
		struct err err = {0};
		struct heard h[2];
		bool done;

		for (unsigned i = 0; i < 2; i++) {
			char body[100];

			snprintf(body, sizeof(body),
				 "{\"name\":\"%u %u\",\"org\":\"Q%uN%u\",\"role\":\"trust\"}", n, i,
				 n, i);
			submit(w, NULL, body, &h[i]);
		}
		fault_arm(n);
		done = acts_flush(w->acts, &err);
		met = fault_met();
		fault_arm(0);
		assert_int_equal(h[0].times, 1);
		assert_int_equal(h[1].times, 1);
		assert_true(done || (h[0].refused && h[1].refused));
		assert_true(met || (done && !h[0].refused && !h[1].refused));
		assert_int_equal(head(w), before + !h[0].refused + !h[1].refused);
	}
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, world_open, world_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(refused_acts_leave_nothing),
		CASE(posts_keep_to_their_scope),
		CASE(a_group_stands_or_falls_together),
		CASE(rebuild_gives_the_same_rows),
		CASE(the_past_is_a_store_of_its_own),
		CASE(a_place_that_is_taken_is_left_alone),
		CASE(the_printed_matrix_is_what_holds),
		cmocka_unit_test(every_right_is_held_by_some_post),
		CASE(who_is_refused_in_a_batch_hinders_nobody),
		CASE(everybody_is_told_when_the_store_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
