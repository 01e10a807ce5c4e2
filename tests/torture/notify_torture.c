/* Whatever step of telling people the disk refuses, what was begun is gone on with, and done once.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "faulty_disk.h"
#include "torture.h"

#include "../unit/notify_world.h"

enum { TOLD = 6, ORGS = 4 }; /* people told of the alert; organisations that they answer for */

struct outbox {
	void *office;
	int64_t cursor; /* before the alert */
};

static struct post_office *office_of(void *ctx)
{
	return ((struct outbox *)ctx)->office;
}

static int64_t count(struct post_office *o, struct sql sql)
{
	return world_count(o->w, sql);
}

/* Nobody was told of the alert yet; the store, which has seen refusals, goes on. */
static void fresh(void *ctx)
{
	struct outbox *box = ctx;
	struct post_office *o = box->office;
	struct store_txn *txn;

	if (!o) {
		assert_int_equal(office_open(&box->office), 0);
		o = box->office;
		box->cursor = count(o, SQL("SELECT max(number) FROM notify_cursor"));
		world_issue(o->w, "CC-2017-0001",
			    "'about':{'confirmation':true},'audience':{'everyone':true},"
			    "'outcomes':['confirmation']");
		return;
	}
	OK(store_begin(o->w->store, &txn, err));
	OK(store_run(txn, SQL("DELETE FROM notify_notice"), ARGS(), err));
	OK(store_run(txn, SQL("DELETE FROM notify_message"), ARGS(), err));
	OK(store_run(txn, SQL("DELETE FROM notify_recipient"), ARGS(), err));
	OK(store_run(txn, SQL("DELETE FROM notify_reach"), ARGS(), err));
	OK(store_run(txn, SQL("DELETE FROM notify_cursor WHERE site = 'duties'"), ARGS(), err));
	OK(store_run(txn, SQL("UPDATE notify_cursor SET number = ?1"), ARGS(store_int(box->cursor)),
		     err));
	OK(store_commit(&txn, err));
}

/* What waits was taken: as notify_send() says it of one message. */
static bool taken(struct post_office *o, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct envelope e = {.attempts = 1};
	bool row;

	if (!store_query(o->w->store,
			 SQL("SELECT channel, recipient, number FROM notify_message"
			     " WHERE state = 0 LIMIT 1"),
			 ARGS(), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return true;
	e.channel = arena_str(o->w->arena, store_col_str(q, 0));
	e.recipient = arena_str(o->w->arena, store_col_str(q, 1));
	e.number = store_col_int(q, 2);
	store_donep(&q);
	q = NULL;
	return store_begin(o->w->store, &txn, err) &&
	       settle(txn, &e, &(struct settling){.state = NOTIFY_SENT, .now_ms = o->w->now_ms},
		      err) &&
	       store_commit(&txn, err) && taken(o, err);
}

static bool record_owed(struct post_office *o, struct err *err)
{
	struct notify_owed_list owed;

	if (!notify_owed(o->n, 2, o->w->arena, &owed, err))
		return false;
	for (size_t i = 0; i < owed.n; i++) {
		AUTO(store_rollbackp) struct store_txn *txn = NULL;

		if (!store_begin(o->w->store, &txn, err) ||
		    !notify_recorded(o->n, txn, &owed.v[i], false, err) || !store_commit(&txn, err))
			return false;
	}
	return true;
}

static bool tell_people(void *ctx, struct err *err)
{
	struct post_office *o = office_of(ctx);
	struct notify_advanced told;
	struct notify_sent sent;

	return notify_advance(o->n, &told, err) && notify_send(o->n, 10000, &sent, err) &&
	       taken(o, err) && record_owed(o, err);
}

static void everybody_was_told_once(struct post_office *o)
{
	assert_int_equal(count(o, SQL("SELECT count(*) FROM notify_notice")), TOLD);
	assert_int_equal(count(o, SQL("SELECT count(*) FROM notify_message")), TOLD);
	assert_int_equal(count(o, SQL("SELECT count(*) FROM notify_message WHERE state <> 1")), 0);
	assert_int_equal(count(o, SQL("SELECT count(*) FROM notify_reach")), ORGS);
	assert_int_equal(count(o, SQL("SELECT count(*) FROM notify_reach WHERE state <> 3")), 0);
	assert_int_equal(count(o, SQL("SELECT count(*) FROM notify_reach WHERE open <> 0")), 0);
}

/* Nothing was told by halves, and whoever goes on comes to the same. */
static void goes_on(void *ctx)
{
	struct post_office *o = office_of(ctx);
	int64_t notices = count(o, SQL("SELECT count(*) FROM notify_notice"));
	int64_t open = count(o, SQL("SELECT count(*) FROM notify_notice WHERE message = 0"));
	int64_t messages = count(o, SQL("SELECT count(*) FROM notify_message"));

	assert_true(notices == 0 || notices == TOLD);
	assert_int_equal(open, messages ? 0 : notices);
	assert_true(messages == 0 || messages == TOLD);
	OK(tell_people(ctx, err));
	everybody_was_told_once(o);
}

static void people_are_told_once(void **unused)
{
	struct outbox box = {NULL, 0};
	struct torture t = {.step = tell_people, .unchanged = goes_on, .reset = fresh, .ctx = &box};

	(void)unused;
	assert_true(torture(&t) >= 20);
	everybody_was_told_once(box.office);
	office_close(&box.office);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(people_are_told_once)};

	faulty_disk();
	return cmocka_run_group_tests_name("notify torture", tests, NULL, NULL);
}
