#include "once/once.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "test_store.h"

/* A request that was sent twice. */

struct gate {
	char folder[64], path[96];
	struct store *store;
	struct clock clock;
	struct once_place view;
	struct arena *arena;
};

#define OK(call)                                                                                   \
	do {                                                                                       \
		struct err err_ = {0}, *err = &err_;                                               \
		if (!(call))                                                                       \
			fail_msg("%s: %s", #call, err_.text);                                      \
	} while (0)

static int gate_open(void **state)
{
	static const struct store_table *const tables[] = {once_tables, NULL};
	struct gate *g = mem_zero(1, sizeof(*g));
	struct store_config config = {.path = g->path, .mode = STORE_CREATE, .tables = tables};

	snprintf(g->folder, sizeof(g->folder), "/tmp/once-XXXXXX");
	assert_non_null(mkdtemp(g->folder));
	snprintf(g->path, sizeof(g->path), "%s/test.db", g->folder);
	test_store_at(g->path);
	OK(store_open(&config, &g->store, err));
	g->clock = clock_fixed(1494547200000);
	g->view = (struct once_place){g->store, &g->clock};
	g->arena = arena_open();
	*state = g;
	return 0;
}

static int gate_close(void **state)
{
	struct gate *g = *state;
	char path[128];

	store_close(g->store);
	store_remove(g->path);
	snprintf(path, sizeof(path), "%s", g->path);
	(void)unlink(path);
	(void)rmdir(g->folder);
	arena_close(g->arena);
	free(g);
	return 0;
}

static void pass(struct gate *g, int64_t ms)
{
	g->clock = clock_fixed(g->clock.fixed_ms + ms);
}

static int64_t rows(struct gate *g)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	OK(store_query(g->store, SQL("SELECT COUNT(*) FROM once_request"), ARGS(), &q, err) &&
	   store_step(q, &row, err));
	return store_col_int(q, 0);
}

static struct once_request once(int64_t who, const char *name, const char *request)
{
	return (struct once_request){.person = who,
				     .post = STR("lead@t1"),
				     .name = str_of(name),
				     .of = hash_of(str_of(request))};
}

static int began(struct gate *g, const struct once_request *r, struct str *ret)
{
	struct once_begun is;

	OK(once_begin(&g->view, r, g->arena, &is, err));
	if (ret)
		*ret = is.answer;
	return (int)is.state;
}

static void what_was_done_is_not_done_again(void **state)
{
	struct gate *g = *state;
	int64_t pat = 7;
	struct once_request r = once(pat, "a-1", "POST x"), other = once(pat, "a-1", "POST y");
	struct str said = STR("{\"record\":3}"), kept;

	assert_int_equal(began(g, &r, NULL), ONCE_FIRST);
	assert_int_equal(began(g, &r, NULL), ONCE_OPEN);
	assert_int_equal(began(g, &other, NULL), ONCE_OTHER);
	OK(once_end(&g->view, &r, &said, err));
	assert_int_equal(began(g, &r, &kept), ONCE_AGAIN);
	assert_true(str_eq(kept, said));
	assert_int_equal(began(g, &other, NULL), ONCE_OTHER);
	/* A name is its owner's, and in one post. */
	r.post = STR("siro@t1");
	assert_int_equal(began(g, &r, NULL), ONCE_FIRST);
	r.person++;
	assert_int_equal(began(g, &r, NULL), ONCE_FIRST);
}

static void what_was_not_done_may_be_asked_again(void **state)
{
	struct gate *g = *state;
	struct once_request r = once(7, "a-1", "POST x");

	assert_int_equal(began(g, &r, NULL), ONCE_FIRST);
	OK(once_end(&g->view, &r, NULL, err));
	assert_int_equal(rows(g), 0);
	assert_int_equal(began(g, &r, NULL), ONCE_FIRST);
}

static void a_name_lasts_a_day(void **state)
{
	struct gate *g = *state;
	struct once_request r = once(7, "a-1", "POST x");
	struct str said = STR("x");

	assert_int_equal(began(g, &r, NULL), ONCE_FIRST);
	OK(once_end(&g->view, &r, &said, err));
	pass(g, MS_PER_DAY - 1);
	assert_int_equal(began(g, &r, NULL), ONCE_AGAIN);
	pass(g, 1);
	assert_int_equal(began(g, &r, NULL), ONCE_FIRST);
	pass(g, MS_PER_DAY);
	OK(once_sweep(&g->view, err));
	assert_int_equal(rows(g), 0);
}

static void what_is_kept_has_bounds(void **state)
{
	static char big[ONCE_BYTES + 1];
	struct gate *g = *state;
	struct once_request r = once(7, "big", "POST x");
	struct str said = str_from(big, sizeof(big)), kept;
	char name[16];

	memset(big, 'x', sizeof(big));
	assert_int_equal(began(g, &r, NULL), ONCE_FIRST);
	OK(once_end(&g->view, &r, &said, err));
	assert_int_equal(began(g, &r, &kept), ONCE_AGAIN);
	assert_int_equal(kept.n, 0);
	said.n = 1;
	for (int i = 0; i < ONCE_MOST + 20; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		r = once(7, name, "POST x");
		pass(g, 1);
		assert_int_equal(began(g, &r, NULL), ONCE_FIRST);
		OK(once_end(&g->view, &r, &said, err));
	}
	assert_int_equal(rows(g), ONCE_MOST);
	r = once(7, "big", "POST x");
	assert_int_equal(began(g, &r, NULL), ONCE_FIRST);
}

static void a_name_is_a_word(void **state)
{
	static const char *const bad[] = {"", "a b", "a\n", "\xc3\xa4"};
	struct gate *g = *state;
	struct once_begun is;
	struct err err = {0};
	char many[ONCE_NAME_MAX + 2];

	memset(many, 'a', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	for (size_t i = 0; i <= ARRAY_LEN(bad); i++) {
		const char *name = i < ARRAY_LEN(bad) ? bad[i] : many;
		struct once_request r = once(7, name, "POST x");

		assert_false(once_begin(&g->view, &r, g->arena, &is, &err));
		assert_int_equal(err.code, ERR_INVALID);
	}
}

#define GATE(fn) cmocka_unit_test_setup_teardown(fn, gate_open, gate_close)

int main(void)
{
	const struct CMUnitTest all[] = {
		GATE(what_was_done_is_not_done_again),
		GATE(what_was_not_done_may_be_asked_again),
		GATE(a_name_lasts_a_day),
		GATE(what_is_kept_has_bounds),
		GATE(a_name_is_a_word),
	};

	return cmocka_run_group_tests_name("once", all, NULL, NULL);
}
