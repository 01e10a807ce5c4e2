/* Whatever step of coming in the disk refuses, each of its changes is there or not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "faulty_disk.h"
#include "torture.h"

#include "../unit/access_world.h"

/* Nobody is known any more; the store, which has seen refusals, goes on. */
static void fresh(void *ctx)
{
	void **state = ctx;
	struct gate *g = *state;
	struct store_txn *txn;

	if (!g) {
		assert_int_equal(gate_open(state), 0);
		return;
	}
	OK(store_begin(g->w->store, &txn, err));
	OK(store_clear(txn, STORE_LOCAL, err));
	OK(store_commit(&txn, err));
}

static bool come_in(void *ctx, struct err *err)
{
	struct gate *g = *(void **)ctx;
	struct str posts[] = {STR("lead@t1")};
	struct access_invitation in = {.email = STR("pat@example.org"),
				       .name = STR("Pat Pine"),
				       .posts = posts,
				       .nposts = 1};
	struct access_client from = gate_from("192.0.2.7");
	struct access_attempt attempt = {
		.email = in.email, .password = str_of(gate_password), .client = from};
	struct access_accept accept = {.password = attempt.password, .client = from};
	struct access_secret token;

	if (!access_invite(g->access, &in, &token, err))
		return false;
	accept.token = str_of(token.c);
	return access_link_use(g->access, &accept, &g->entry, err) &&
	       access_sign_in(g->access, &attempt, &g->entry, err) && access_sweep(g->access, err);
}

/* Nobody; invited with an open link; in, the link used up; signed in once more. */
static void one_of_the_states(void *ctx)
{
	static const uint64_t states[][4] = {
		{0, 0, 0, 0}, {1, 1, 1, 0}, {1, 1, 0, 1}, {1, 1, 0, 2}};
	struct gate *g = *(void **)ctx;
	const uint64_t now[] = {gate_count(g, "access_person"), gate_count(g, "access_holding"),
				gate_count(g, "access_link"), gate_count(g, "access_session")};

	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		if (memcmp(now, states[i], sizeof(now)) == 0)
			return;
	fail_msg("people %d, posts %d, links %d, sessions %d", (int)now[0], (int)now[1],
		 (int)now[2], (int)now[3]);
}

static void somebody_comes_in_or_not(void **unused)
{
	void *state = NULL;
	struct torture t = {
		.step = come_in, .unchanged = one_of_the_states, .reset = fresh, .ctx = &state};
	struct gate *g;

	(void)unused;
	assert_true(torture(&t) >= 8);
	g = state;
	assert_int_equal(g->entry.outcome, ACCESS_IN);
	one_of_the_states(&state);
	gate_close(&state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(somebody_comes_in_or_not)};

	faulty_disk();
	return cmocka_run_group_tests_name("access torture", tests, NULL, NULL);
}
