#include "notify_world.h"

extern const struct CMUnitTest ical_tests[], out_tests[];
extern const size_t n_ical_tests, n_out_tests;

/* From the journal to notices, messages, and what is owed to the journal. */

static const char ask_t1[] = "'about':{'confirmation':true},'audience':{'orgs':['T1']},"
			     "'outcomes':['confirmation']";
static const char ask_all[] = "'about':{'confirmation':true},'audience':{'everyone':true},"
			      "'outcomes':['confirmation']";

static bool is_told(struct post_office *o, const char *recipient, const char *about)
{
	struct notify_messages all = office_list(o);

	for (size_t i = 0; i < all.n; i++)
		if (str_is(all.v[i].recipient, recipient) && str_is(all.v[i].about, about))
			return true;
	return false;
}

static void nobody_is_told_of_the_past(void **state)
{
	struct post_office *o = *state;

	assert_int_equal(office_advance(o), 0);
	assert_int_equal(office_list(o).n, 0);
}

/* Nor of what came while there was no way out, looked at meanwhile or not. */
static void nor_of_what_came_while_there_was_no_way(void **state)
{
	const struct notify_mail none = {0}, again = {.url = STR("smtp://127.0.0.1:1"),
						      .from = STR("a@b.example.org")};
	struct post_office *o = *state;

	OK(notify_mail_set(o->n, &none, err));
	world_issue(o->w, "CC-2017-0001", ask_t1);
	OK(notify_mail_set(o->n, &again, err));
	assert_int_equal(office_advance(o), 0);
	world_issue(o->w, "CC-2017-0002", ask_t1);
	assert_int_equal(office_advance(o), 3);
}

static void a_hook_of_the_same_name_is_another(void **state)
{
	struct post_office *o = *state;
	const struct notify_hook h = {
		.name = STR("chat"), .url = STR("https://192.0.2.1/"), .post = STR("t1-lead")};
	struct notify_secret secret;
	struct notify_sent sent;
	struct err why = {0};

	OK(notify_hook_add(o->n, &h, &secret, err));
	world_issue(o->w, "CC-2017-0001", ask_t1);
	assert_int_equal(office_advance(o), 4);
	OK(notify_hook_end(o->n, h.name, err));
	assert_false(notify_hook_add(o->n, &h, &secret, &why));
	assert_int_equal(why.code, ERR_CONFLICT);
	OK(notify_send(o->n, 10000, &sent, err));
	assert_int_equal(sent.failed, 1);
	OK(notify_hook_add(o->n, &h, &secret, err));
}

static void who_answers_is_told_once(void **state)
{
	struct post_office *o = *state;
	struct notify_messages all;

	world_issue(o->w, "CC-2017-0001", ask_all);
	assert_int_equal(office_advance(o), 6);
	all = office_list(o);
	assert_int_equal(all.n, 6);
	/* A holder by the directory, one who signs in here, a contact; in small letters. */
	assert_true(is_told(o, "lead@t1.example.org", "alert CC-2017-0001"));
	assert_true(is_told(o, "siro@t1.example.org", "alert CC-2017-0001"));
	assert_true(is_told(o, "pat@t1.example.org", "alert CC-2017-0001"));
	assert_true(is_told(o, "manager@p1.example.org", "alert CC-2017-0001"));
	assert_true(is_told(o, "lead@r1.example.org", "alert CC-2017-0001"));
	assert_true(is_told(o, "desk@s1.example.org", "alert CC-2017-0001"));
	assert_int_equal(office_advance(o), 0);
	assert_int_equal(office_list(o).n, 6);
}

/* A runner that was killed before its commit begins again where it was, and makes the same rows. */
static void begun_again_it_makes_the_same_rows(void **state)
{
	AUTO(text_freep) struct text before = {0}, after = {0}, reach = {0}, again = {0};
	struct post_office *o = *state;
	struct store_txn *txn;

	world_issue(o->w, "CC-2017-0001", ask_all);
	office_advance(o);
	office_dump(o, "notify_notice", &before);
	office_dump(o, "notify_reach", &reach);
	OK(store_begin(o->w->store, &txn, err));
	OK(store_run(txn,
		     SQL("UPDATE notify_cursor SET number = number - 3 WHERE site <> 'duties'"),
		     ARGS(), err));
	OK(store_run(txn, SQL("DELETE FROM notify_notice"), ARGS(), err));
	OK(store_run(txn, SQL("DELETE FROM notify_reach"), ARGS(), err));
	OK(store_commit(&txn, err));
	assert_int_equal(office_advance(o), 6);
	office_dump(o, "notify_notice", &after);
	office_dump(o, "notify_reach", &again);
	assert_string_equal(text_c(&before), text_c(&after));
	assert_string_equal(text_c(&reach), text_c(&again));
	/* And with the rows there and the cursor behind: no row more. */
	OK(store_begin(o->w->store, &txn, err));
	OK(store_run(txn,
		     SQL("UPDATE notify_cursor SET number = number - 3 WHERE site <> 'duties'"),
		     ARGS(), err));
	OK(store_commit(&txn, err));
	office_advance(o);
	text_clear(&after);
	office_dump(o, "notify_notice", &after);
	assert_string_equal(text_c(&before), text_c(&after));
}

static void what_comes_within_a_window_is_one_message(void **state)
{
	struct post_office *o = *state;
	struct notify_messages all;

	world_issue(o->w, "CC-2017-0001", ask_t1);
	office_advance(o);
	office_bundle(o);
	assert_int_equal(office_list(o).n, 3);
	world_issue(o->w, "CC-2017-0002", ask_t1);
	world_issue(o->w, "CC-2017-0003", ask_t1);
	office_advance(o);
	office_bundle(o);
	all = office_list(o);
	assert_int_equal(all.n, 6); /* gathered, not put together */
	for (size_t i = 3; i < all.n; i++)
		assert_int_equal(all.v[i].id.n, 0);
	office_at(o, "2017-05-12T09:09:59Z");
	office_bundle(o);
	assert_int_equal(office_list(o).v[5].id.n, 0);
	office_at(o, "2017-05-12T09:10Z");
	office_bundle(o);
	all = office_list(o);
	assert_int_equal(all.n, 6);
	assert_true(is_told(o, "pat@t1.example.org", "alert CC-2017-0002, alert CC-2017-0003"));
	for (size_t i = 0; i < all.n; i++)
		for (size_t k = 0; k < i; k++)
			assert_false(str_eq(all.v[i].id, all.v[k].id));
}

static void an_update_asks_again_and_an_end_is_told(void **state)
{
	struct post_office *o = *state;

	world_issue(o->w, "CC-2017-0001", ask_t1);
	office_advance(o);
	office_bundle(o);
	office_at(o, "2017-05-13T09:00Z");
	world_do(
		o->w, "analyst", "alert.draft",
		"{'alert':'CC-2017-0001','base':1,'weight':'minor','title':'SMB','severity':'high',"
		"'tlp':'GREEN','text':'Patch.','about':{'confirmation':true},"
		"'audience':{'orgs':['T1']},'outcomes':['confirmation']}");
	world_release(o->w, "CC-2017-0001", 2);
	assert_int_equal(office_advance(o), 3); /* the day's duties, but no update */
	assert_false(is_told(o, "pat@t1.example.org", "update CC-2017-0001"));
	world_do(
		o->w, "analyst", "alert.draft",
		"{'alert':'CC-2017-0001','base':2,'weight':'major','title':'SMB','severity':'high',"
		"'tlp':'GREEN','text':'Patch.','about':{'confirmation':true},"
		"'audience':{'orgs':['T1']},'outcomes':['confirmation']}");
	world_release(o->w, "CC-2017-0001", 3);
	assert_int_equal(office_advance(o), 3);
	office_bundle(o);
	assert_true(is_told(o, "pat@t1.example.org", "update CC-2017-0001"));
	world_do(o->w, "national-lead", "alert.withdraw",
		 "{'alert':'CC-2017-0001','base':3,'reason':'No longer.'}");
	assert_int_equal(office_advance(o), 3);
	assert_true(is_told(o, "pat@t1.example.org", "withdrawn CC-2017-0001"));
}

/* Who was never told that it asks hears nothing of its end. */
static void an_end_before_the_message_is_silence(void **state)
{
	struct post_office *o = *state;

	world_issue(o->w, "CC-2017-0001", ask_t1);
	office_advance(o);
	world_do(o->w, "national-lead", "alert.withdraw",
		 "{'alert':'CC-2017-0001','base':1,'reason':'A mistake.'}");
	assert_int_equal(office_advance(o), 0);
	assert_int_equal(office_list(o).n, 0);
}

static void escalations_go_to_their_post(void **state)
{
	struct post_office *o = *state;

	world_issue(o->w, "CC-2017-0001", ask_t1);
	world_do(o->w, "system", "alert.escalate",
		 "{'alert':'CC-2017-0001','org':'T1','ordinal':1,'step':1,'to':'r1-lead'}");
	world_do(o->w, "system", "alert.escalate",
		 "{'alert':'CC-2017-0001','org':'T1','ordinal':1,'step':2,'to':'siro of T9'}");
	office_advance(o);
	office_bundle(o);
	assert_true(is_told(o, "lead@r1.example.org", "escalation CC-2017-0001"));
	/* What nobody could be told stands there as failed. */
	assert_true(is_told(o, "siro of T9", "escalation CC-2017-0001"));
	for (size_t i = 0; i < office_list(o).n; i++)
		if (str_is(office_list(o).v[i].recipient, "siro of T9"))
			assert_int_equal(office_list(o).v[i].state, NOTIFY_FAILED);
}

static void who_is_chased_is_told_once(void **state)
{
	struct post_office *o = *state;

	world_issue(o->w, "CC-2017-0001", ask_t1);
	office_advance(o);
	office_bundle(o);
	office_at(o, "2017-05-12T15:00Z");
	world_do(o->w, "r1-lead", "alert.chase",
		 "{'alert':'CC-2017-0001','org':'T1','note':'Scanner 7 is known to us.'}");
	world_do(o->w, "r1-lead", "alert.raise",
		 "{'alert':'CC-2017-0001','org':'T1','ordinal':1,'step':1,'to':'t1-siro'}");
	office_advance(o);
	assert_int_equal(office_advance(o), 0);
	office_bundle(o);
	assert_true(is_told(o, "pat@t1.example.org", "chase CC-2017-0001"));
	assert_true(
		is_told(o, "siro@t1.example.org", "chase CC-2017-0001, escalation CC-2017-0001") ||
		is_told(o, "siro@t1.example.org", "escalation CC-2017-0001, chase CC-2017-0001"));
}

static void sealed_for(struct post_office *o, struct str from, struct str to)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	OK(store_begin(o->w->store, &txn, err));
	OK(store_run(txn, SQL("UPDATE notify_invitation SET recipient = ?2 WHERE recipient = ?1"),
		     ARGS(store_text(from), store_text(to)), err));
	OK(store_commit(&txn, err));
}

/* By e-mail where that leads somewhere; its link lies sealed, and only until it went. */
static void an_invitation_goes_by_itself(void **state)
{
	struct post_office *o = *state;
	const struct notify_invitation in = {STR("New@t1.example.org"), STR("abc123token"),
					     o->w->now_ms + 1000};
	AUTO(text_freep) struct text before = {0}, after = {0}, token = {0}, other = {0};
	struct envelope e = {.channel = STR(EMAIL), .recipient = STR("new@t1.example.org")};
	int64_t until = 0;
	struct err none;
	bool goes = true;

	OK(notify_console_set(o->n, (struct str){0}, err));
	OK(notify_invite(o->n, &in, &goes, err));
	assert_false(goes);
	assert_int_equal(office_list(o).n, 0);
	OK(notify_console_set(o->n, STR("https://console.example.org"), err));
	OK(notify_invite(o->n, &in, &goes, err));
	assert_true(goes);
	assert_true(is_told(o, "new@t1.example.org", "invitation"));
	office_dump(o, "notify_invitation", &before);
	assert_non_null(strstr(text_c(&before), "new@t1.example.org"));
	assert_null(strstr(text_c(&before), "abc123token"));
	e.number = 1;
	OK(invitation_of(o->n, &e, &token, &until, err));
	assert_string_equal(text_c(&token), "abc123token");
	assert_int_equal(until, in.until_ms);
	/* What was sealed for one opens for nobody else. */
	sealed_for(o, STR("new@t1.example.org"), STR("thief@example.org"));
	e.recipient = STR("thief@example.org");
	assert_false(invitation_of(o->n, &e, &other, &until, &none));
	sealed_for(o, STR("thief@example.org"), STR("new@t1.example.org"));
	office_settle(o, "new@t1.example.org", NOTIFY_SENT);
	office_dump(o, "notify_invitation", &after);
	assert_null(strstr(text_c(&after), "new@t1.example.org"));
}

/* The act itself is another room's kind; what is told is read from the record. */
static void who_is_offered_the_lead_is_told(void **state)
{
	AUTO(tell_release) struct tell t = {.notify = ((struct post_office *)*state)->n};
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct post_office *o = *state;
	const struct record r = {
		.site = STR("00"),
		.number = 7,
		.act = STR("mandate.offer"),
		.body = STR("{\"accept_by\":\"2017-05-12T12:00:00.000Z\",\"authority\":\"x\","
			    "\"post\":\"r1-lead\",\"until\":\"2017-05-20T12:00:00.000Z\"}")};

	OK(store_begin(o->w->store, &txn, err));
	t.txn = txn;
	t.view = world_view(o->w);
	OK(tell_record(&t, &r, err));
	assert_int_equal(t.notices, 1);
	OK(store_commit(&txn, err));
	assert_true(is_told(o, "lead@r1.example.org", "lead"));
}

static void a_supplier_is_asked_once(void **state)
{
	static const char blocked[] =
		"{'alert':'CC-2017-0001','org':'%s','kind':'blocked','supplier':'S1','note':'x'}";
	struct post_office *o = *state;
	char body[160];

	world_issue(o->w, "CC-2017-0001",
		    "'about':{'confirmation':true},'audience':{'orgs':['T1','P1']},"
		    "'outcomes':['confirmation']");
	office_advance(o);
	office_at(o, "2017-05-12T10:00Z");
	snprintf(body, sizeof(body), blocked, "T1");
	world_do(o->w, "t1-lead", "alert.progress", body);
	assert_int_equal(office_advance(o), 1);
	assert_true(is_told(o, "desk@s1.example.org", "supplier CC-2017-0001"));
	office_at(o, "2017-05-12T10:05Z");
	snprintf(body, sizeof(body), blocked, "P1");
	world_do(o->w, "p1-lead", "alert.progress", body);
	assert_int_equal(office_advance(o), 0);
}

/* Once a day, after six in the morning, of what comes due by the evening of the next day. */
static void duties_are_told_once_a_day(void **state)
{
	struct post_office *o = *state;

	world_issue(o->w, "CC-2017-0001", ask_t1); /* acknowledge by the 14th, 09:00 */
	office_advance(o);
	office_bundle(o);
	office_at(o, "2017-05-13T05:59Z");
	assert_int_equal(office_advance(o), 0);
	office_at(o, "2017-05-13T06:00Z");
	assert_int_equal(office_advance(o), 3);
	office_at(o, "2017-05-13T18:00Z");
	assert_int_equal(office_advance(o), 0);
	office_bundle(o);
	assert_true(is_told(o, "pat@t1.example.org", "duty CC-2017-0001"));
	world_do(o->w, "t1-lead", "alert.acknowledge", "{'alert':'CC-2017-0001','org':'T1'}");
	office_at(o, "2017-05-14T06:00Z");
	assert_int_equal(office_advance(o), 0);
}

/* --- what is owed to the journal ----------------------------------------------------------- */

static void owes(struct post_office *o, const char *outcome, size_t orgs)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct notify_owed_list list;

	OK(notify_owed(o->n, 1000, o->w->arena, &list, err));
	assert_int_equal(list.n, outcome ? 1 : 0);
	if (!outcome)
		return;
	assert_int_equal(list.v[0].nkeys, orgs);
	assert_non_null(strstr(list.v[0].body.p, outcome));
	OK(store_begin(o->w->store, &txn, err));
	OK(notify_recorded(o->n, txn, &list.v[0], false, err));
	OK(store_commit(&txn, err));
	OK(notify_owed(o->n, 1000, o->w->arena, &list, err));
	assert_int_equal(list.n, 0);
}

static void one_reached_is_reached(void **state)
{
	struct post_office *o = *state;

	world_issue(o->w, "CC-2017-0001", ask_t1);
	office_advance(o);
	office_bundle(o);
	office_settle(o, "pat@t1.example.org", NOTIFY_FAILED);
	owes(o, NULL, 0); /* others may be reached yet */
	office_settle(o, "lead@t1.example.org", NOTIFY_SENT);
	owes(o, "\"outcome\":\"delivered\"", 1);
	office_settle(o, "siro@t1.example.org", NOTIFY_FAILED);
	owes(o, NULL, 0); /* a failure beside it takes nothing back */
}

static void none_reached_is_not_reached(void **state)
{
	struct post_office *o = *state;

	world_issue(o->w, "CC-2017-0001", ask_t1);
	office_advance(o);
	office_bundle(o);
	office_settle(o, "pat@t1.example.org", NOTIFY_FAILED);
	office_settle(o, "lead@t1.example.org", NOTIFY_FAILED);
	owes(o, NULL, 0);
	office_settle(o, "siro@t1.example.org", NOTIFY_FAILED);
	owes(o, "\"outcome\":\"failed\"", 1);
}

static void nothing_is_owed_of_what_has_ended(void **state)
{
	struct post_office *o = *state;

	world_issue(o->w, "CC-2017-0001", ask_t1);
	office_advance(o);
	office_bundle(o);
	office_settle(o, "pat@t1.example.org", NOTIFY_SENT);
	world_do(o->w, "national-lead", "alert.withdraw",
		 "{'alert':'CC-2017-0001','base':1,'reason':'No longer.'}");
	office_advance(o);
	owes(o, NULL, 0);
}

static void what_went_long_ago_goes(void **state)
{
	struct post_office *o = *state;

	world_issue(o->w, "CC-2017-0001", ask_t1);
	office_advance(o);
	office_bundle(o);
	office_settle(o, "pat@t1.example.org", NOTIFY_SENT);
	office_settle(o, "lead@t1.example.org", NOTIFY_FAILED);
	office_at(o, "2017-08-09T06:00Z");
	office_advance(o);
	assert_true(is_told(o, "pat@t1.example.org", "alert CC-2017-0001"));
	office_at(o, "2017-08-11T06:00Z"); /* over 90 days, and owed to the journal still */
	office_advance(o);
	assert_true(is_told(o, "pat@t1.example.org", "alert CC-2017-0001"));
	owes(o, "\"outcome\":\"delivered\"", 1);
	office_advance(o); /* the same day: it was done already */
	assert_true(is_told(o, "pat@t1.example.org", "alert CC-2017-0001"));
	office_at(o, "2017-08-12T06:00Z");
	office_advance(o);
	assert_false(is_told(o, "pat@t1.example.org", "alert CC-2017-0001"));
	assert_true(is_told(o, "lead@t1.example.org", "alert CC-2017-0001"));
	assert_true(is_told(o, "siro@t1.example.org", "alert CC-2017-0001")); /* waits */
	owes(o, NULL, 0);
}

/* --- sending, where nobody is there --------------------------------------------------------- */

static void it_is_tried_again_and_given_up_in_a_day(void **state)
{
	struct post_office *o = *state;
	struct notify_sent sent;
	struct notify_messages all;
	int64_t next = 0;

	world_issue(o->w, "CC-2017-0001", ask_t1);
	office_advance(o);
	for (int i = 0; i < 200; i++) {
		OK(notify_send(o->n, 10000, &sent, err));
		all = office_list(o);
		assert_int_equal(all.n, 3);
		if (all.v[0].state == NOTIFY_FAILED)
			break;
		next = all.v[0].next_ms;
		for (size_t k = 1; k < all.n; k++)
			next = MIN_OF(next, all.v[k].next_ms);
		assert_true(next > o->clock.fixed_ms && next <= o->clock.fixed_ms + 75 * 60000);
		o->clock.fixed_ms = o->w->now_ms = next;
	}
	assert_true(o->clock.fixed_ms - all.v[0].made_ms >= GIVE_UP_MS);
	assert_true(o->clock.fixed_ms - all.v[0].made_ms <= GIVE_UP_MS + 75 * 60000);
	for (size_t k = 0; k < all.n; k++) {
		assert_int_equal(all.v[k].state, NOTIFY_FAILED);
		assert_non_null(strstr(all.v[k].said.p, "internal address"));
	}
	owes(o, "\"outcome\":\"failed\"", 1);
}

static void who_is_away_is_asked_once_for_all(void **state)
{
	struct post_office *o = *state;
	struct notify_sent sent;
	struct notify_messages all;
	uint64_t tries = 0;

	world_issue(o->w, "CC-2017-0001", ask_t1);
	office_advance(o);
	OK(notify_send(o->n, 10000, &sent, err));
	assert_int_equal(sent.later, 3);
	all = office_list(o);
	for (size_t k = 0; k < all.n; k++)
		tries += all.v[k].attempts;
	assert_int_equal(tries, 1);
}

static void pauses_double_up_to_an_hour(void **state)
{
	struct envelope e = {.recipient = STR("a@b"), .number = 1};
	int64_t before = 0;

	(void)state;
	for (int64_t i = 1; i < 100; i++) {
		int64_t ms = backoff_ms(&e, i);

		assert_true(ms >= 24000 && ms <= 72 * 60000);
		if (i < 7)
			assert_true(ms > before);
		if (i > 10)
			assert_true(ms >= 48 * 60000);
		before = ms;
	}
	assert_int_equal(backoff_ms(&e, 3), backoff_ms(&e, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		OFFICE(nobody_is_told_of_the_past),
		OFFICE(nor_of_what_came_while_there_was_no_way),
		OFFICE(a_hook_of_the_same_name_is_another),
		OFFICE(who_answers_is_told_once),
		OFFICE(begun_again_it_makes_the_same_rows),
		OFFICE(what_comes_within_a_window_is_one_message),
		OFFICE(an_update_asks_again_and_an_end_is_told),
		OFFICE(an_end_before_the_message_is_silence),
		OFFICE(escalations_go_to_their_post),
		OFFICE(who_is_chased_is_told_once),
		OFFICE(an_invitation_goes_by_itself),
		OFFICE(who_is_offered_the_lead_is_told),
		OFFICE(a_supplier_is_asked_once),
		OFFICE(duties_are_told_once_a_day),
		OFFICE(one_reached_is_reached),
		OFFICE(none_reached_is_not_reached),
		OFFICE(nothing_is_owed_of_what_has_ended),
		OFFICE(what_went_long_ago_goes),
		OFFICE(it_is_tried_again_and_given_up_in_a_day),
		OFFICE(who_is_away_is_asked_once_for_all),
		cmocka_unit_test(pauses_double_up_to_an_hour),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	failed += _cmocka_run_group_tests("out", out_tests, n_out_tests, NULL, NULL);
	return failed + _cmocka_run_group_tests("ical", ical_tests, n_ical_tests, NULL, NULL);
}
