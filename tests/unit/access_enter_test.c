/* Signing in with a password: right, wrong, unknown, too often; and what may be a password. */

#include "access_world.h"

static void the_right_password_and_no_other(void **state)
{
	struct gate *g = *state;
	struct access_client from = gate_from("192.0.2.7");

	(void)gate_person(g, "pat@example.org", "lead@t1");
	assert_int_equal(gate_sign_in(g, " Pat@Example.org", gate_password, &from), ACCESS_IN);
	assert_int_equal(gate_sign_in(g, "pat@example.org", "four tall lamps hu", &from),
			 ACCESS_REFUSED);
	assert_string_equal(g->entry.token.c, "");
	assert_int_equal(gate_sign_in(g, "pat@example.org", "", &from), ACCESS_REFUSED);
	assert_int_equal(gate_sign_in(g, "", "", &from), ACCESS_REFUSED);
}

/* The same outcome and the same rows, whoever was asked for: nobody, one who was only invited, one
 * without the right password. */
static void nobody_learns_who_is_known(void **state)
{
	static const char *const who[] = {"pat@example.org", "nobody@example.org",
					  "new@example.org", "no address at all"};
	struct gate *g = *state;
	struct access_client from = gate_from("192.0.2.7");
	struct access_invitation in = {.email = STR("new@example.org"), .name = STR("New")};
	struct access_secret token;
	uint64_t rows = 0;

	(void)gate_person(g, "pat@example.org", "lead@t1");
	OK(access_invite(g->access, &in, &token, err));
	for (size_t i = 0; i < ARRAY_LEN(who); i++) {
		for (int n = 0; n < 5; n++)
			assert_int_equal(gate_sign_in(g, who[i], "wrong", &from), ACCESS_REFUSED);
		assert_int_equal(gate_sign_in(g, who[i], "wrong", &from), ACCESS_WAIT);
		assert_int_equal(g->entry.wait_ms, 2000);
		rows += i ? 2 : 3; /* the address is one of them all */
		assert_int_equal(gate_count(g, "access_bucket"), rows);
	}
}

/* As much work for nobody as for somebody: within half, over some tries each. */
static void nobody_takes_as_long_as_somebody(void **state)
{
	static const struct access_settings slow = {.hash_ops = 2, .hash_bytes = 4 << 20};
	struct gate *g = *state;
	struct access_client from = gate_from("192.0.2.7");
	int64_t least[2] = {INT64_MAX, INT64_MAX};

	gate_reopen(g, &slow);
	(void)gate_person(g, "pat@example.org", "lead@t1");
	for (int i = 0; i < 8; i++) {
		struct access_attempt attempt = {.email = i % 2 ? STR("pat@example.org")
								: STR("pit@example.org"),
						 .password = STR("wrong wrong wrong"),
						 .client = from};
		struct access_trial t;
		int64_t began;

		gate_pass(g, MS_PER_HOUR);
		OK(access_trial_begin(g->access, &attempt, &t, err));
		began = clock_monotonic_ns();
		access_trial_judge(&t);
		least[i % 2] = MIN_OF(least[i % 2], clock_monotonic_ns() - began);
		OK(access_trial_end(g->access, &t, &g->entry, err));
		assert_int_equal(g->entry.outcome, ACCESS_REFUSED);
	}
	assert_true(least[0] * 2 > least[1] && least[1] * 2 > least[0]);
}

/* Others fail as they like, from anywhere: the owner's device gets in at once. */
static void a_known_device_is_never_kept_waiting_by_others(void **state)
{
	struct gate *g = *state;
	struct access_client home = gate_from("192.0.2.7"), away;
	struct access_secret device;
	char address[32];

	(void)gate_person(g, "pat@example.org", "lead@t1");
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &home), ACCESS_IN);
	device = g->entry.device;
	for (int i = 0; i < 104; i++) {
		snprintf(address, sizeof(address), "198.51.%d.1", i);
		away = gate_from(address);
		(void)gate_sign_in(g, "pat@example.org", "wrong", &away);
	}
	while (gate_sign_in(g, "pat@example.org", "wrong", &home) == ACCESS_REFUSED)
		continue;
	assert_int_equal(g->entry.outcome, ACCESS_WAIT);
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &home), ACCESS_WAIT);
	away = gate_from("203.0.113.1"); /* an unknown device waits, wherever it is */
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &away), ACCESS_WAIT);
	home.device = str_of(device.c);
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &home), ACCESS_IN);
	assert_string_equal(g->entry.device.c, ""); /* it has one */
	/* Another account's cookie is none here. */
	(void)gate_person(g, "kit@example.org", "lead@t1");
	away.device = home.device;
	for (int i = 0; i < 5; i++)
		assert_int_equal(gate_sign_in(g, "kit@example.org", "wrong", &away),
				 ACCESS_REFUSED);
	assert_int_equal(gate_sign_in(g, "kit@example.org", "wrong", &away), ACCESS_WAIT);
}

/* A network that never gives up has an attempt an hour, and the account stays open elsewhere. */
static void one_network_never_shuts_an_account(void **state)
{
	struct gate *g = *state;
	struct access_client bad = gate_from("198.51.100.9"), good = gate_from("192.0.2.200");
	int looked = 0;

	(void)gate_person(g, "pat@example.org", "lead@t1");
	for (int minute = 0; minute < 2 * 24 * 60; minute += 20) {
		gate_pass(g, 20 * 60000);
		looked += gate_sign_in(g, "pat@example.org", "wrong", &bad) == ACCESS_REFUSED;
	}
	assert_in_range(looked, 24 * 2 - 8, 24 * 2 + 20);
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &good), ACCESS_IN);
}

/* Many that begin together are each counted before any is judged. */
static void attempts_at_once_are_counted(void **state)
{
	struct gate *g = *state;
	struct access_attempt attempt = {.email = STR("pat@example.org"),
					 .password = STR("wrong"),
					 .client = gate_from("192.0.2.7")};
	struct access_trial t[8];
	unsigned judged = 0;

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		OK(access_trial_begin(g->access, &attempt, &t[i], err));
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		judged += t[i].judge;
		if (t[i].judge)
			access_trial_judge(&t[i]);
		OK(access_trial_end(g->access, &t[i], &g->entry, err));
		assert_null(t[i].state);
	}
	assert_int_equal(judged, 5); /* those that are free */
}

/* Judged right, and changed before the session was opened. */
static void a_password_changed_meanwhile_is_refused(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_attempt attempt = {.email = STR("pat@example.org"),
					 .password = str_of(gate_password),
					 .client = gate_from("192.0.2.7")};
	struct access_trial t;

	OK(access_trial_begin(g->access, &attempt, &t, err));
	access_trial_judge(&t);
	OK(access_password_set(g->access, pat, STR("a wholly other sentence"), NULL, err));
	OK(access_trial_end(g->access, &t, &g->entry, err));
	assert_int_equal(g->entry.outcome, ACCESS_REFUSED);
}

static void a_changed_password_ends_sessions(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_client from = gate_from("192.0.2.7");
	struct access_link_wish wish = {.person = pat, .kind = ACCESS_RESET};
	struct access_secret one, link;
	struct access_accept accept = {.password = STR("third choice of words"), .client = from};
	struct access_session s;

	(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
	one = g->entry.token;
	(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
	OK(access_session_find(g->access, str_of(g->entry.token.c), g->w->arena, &s, err));
	OK(access_password_set(g->access, pat, STR("a wholly other sentence"), &s.key, err));
	assert_false(gate_is_in(g, one.c));
	assert_true(gate_is_in(g, g->entry.token.c));
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &from), ACCESS_REFUSED);
	OK(access_link_make(g->access, &wish, &link, err));
	accept.token = str_of(link.c);
	one = g->entry.token;
	OK(access_link_use(g->access, &accept, &g->entry, err));
	assert_int_equal(g->entry.outcome, ACCESS_IN);
	assert_int_equal(gate_count(g, "access_session"), 1);
}

/* What happens between the steps counts: a link is good for one, and not for who was shut out. */
static void a_choice_waits_for_its_hash(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_link_wish wish = {.person = pat, .kind = ACCESS_RESET};
	struct access_accept accept = {.password = STR("third choice of words"),
				       .client = gate_from("192.0.2.7")};
	struct access_choice one, other, own;
	struct access_secret link;

	OK(access_link_make(g->access, &wish, &link, err));
	accept.token = str_of(link.c);
	OK(access_link_begin(g->access, &accept, &one, err));
	OK(access_link_begin(g->access, &accept, &other, err));
	assert_true(one.judge && other.judge);
	access_choice_judge(&one);
	access_choice_judge(&other);
	OK(access_link_end(g->access, &one, &g->entry, err));
	assert_int_equal(g->entry.outcome, ACCESS_IN);
	REFUSED(ERR_DENIED, access_link_end(g->access, &other, &g->entry, err));
	assert_null(other.state);
	assert_int_equal(gate_count(g, "access_session"), 1);

	REFUSED(ERR_INVALID, access_password_begin(g->access, pat, STR("too short"), &own, err));
	OK(access_password_begin(g->access, pat, STR("a wholly other sentence"), &own, err));
	access_choice_judge(&own);
	OK(access_disable(g->access, pat, err));
	REFUSED(ERR_NOT_FOUND, access_password_end(g->access, &own, NULL, err));
	OK(access_enable(g->access, pat, err));
	/* Never judged: nothing to store. */
	OK(access_password_begin(g->access, pat, STR("a wholly other sentence"), &own, err));
	REFUSED(ERR_IO, access_password_end(g->access, &own, NULL, err));
	assert_int_equal(
		gate_sign_in(g, "pat@example.org", "third choice of words", &accept.client),
		ACCESS_IN);
}

/* Single sign-on says who somebody is; who may come in is said here. */
static void who_is_known_elsewhere_comes_in(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_invitation in = {.email = STR("ben@example.org"), .name = STR("Ben Birch")};
	struct access_known known = {.email = STR("PAT@example.org"),
				     .client = gate_from("192.0.2.7")};
	uint8_t secret[TOTP_SECRET_BYTES];
	char longer[300] = "";
	struct access_secret link;

	OK(access_enter(g->access, &known, &g->entry, err));
	assert_int_equal(g->entry.outcome, ACCESS_IN);
	assert_int_equal(g->entry.person.n, pat.n);
	assert_true(gate_is_in(g, g->entry.token.c));
	(void)gate_second(g, pat, secret);
	OK(access_enter(g->access, &known, &g->entry, err));
	assert_int_equal(g->entry.outcome, ACCESS_CODE);
	known.second = true;
	OK(access_enter(g->access, &known, &g->entry, err));
	assert_int_equal(g->entry.outcome, ACCESS_IN);
	OK(access_disable(g->access, pat, err));
	OK(access_enter(g->access, &known, &g->entry, err));
	assert_int_equal(g->entry.outcome, ACCESS_REFUSED);

	/* Invited: the link is not needed any more.  Nobody else is made up. */
	OK(access_invite(g->access, &in, &link, err));
	assert_int_equal(gate_count(g, "access_link"), 1);
	known.email = in.email;
	OK(access_enter(g->access, &known, &g->entry, err));
	assert_int_equal(g->entry.outcome, ACCESS_IN);
	assert_int_equal(gate_count(g, "access_link"), 0);
	known.email = STR("eve@example.org");
	OK(access_enter(g->access, &known, &g->entry, err));
	assert_int_equal(g->entry.outcome, ACCESS_REFUSED);
	memset(longer, ' ', sizeof(longer) - 1);
	memcpy(longer, "ben@example.org", 15);
	known.email = str_of(longer);
	OK(access_enter(g->access, &known, &g->entry, err));
	assert_int_equal(g->entry.outcome, ACCESS_REFUSED);
	assert_int_equal(gate_count(g, "access_person"), 2);
}

static void a_check_opens_no_session(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_attempt attempt = {.email = STR("pat@example.org"),
					 .password = str_of(gate_password),
					 .client = gate_from("192.0.2.7"),
					 .only_check = true};

	OK(access_sign_in(g->access, &attempt, &g->entry, err));
	assert_int_equal(g->entry.outcome, ACCESS_IN);
	assert_int_equal(g->entry.person.n, pat.n);
	assert_string_equal(g->entry.token.c, "");
	assert_int_equal(gate_count(g, "access_session"), 1);
}

static void hash_now(struct gate *g, struct text *to)
{
	text_clear(to);
	gate_dump(g, STORE_LOCAL, "access_person", to);
}

/* Parameters that grew are taken over by the next who signs in; the password stays. */
static void a_hash_follows_its_parameters(void **state)
{
	static const struct access_settings more = {.hash_ops = 2, .hash_bytes = 16384};
	struct gate *g = *state;
	struct access_client from = gate_from("192.0.2.7");
	AUTO(text_freep) struct text rows = {0};

	(void)gate_person(g, "pat@example.org", "lead@t1");
	hash_now(g, &rows);
	assert_int_not_equal(str_find(text_str(&rows), STR("$argon2id$v=19$m=8,t=1,p=1$"), 0),
			     SIZE_MAX);
	gate_reopen(g, &more);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &from),
				 ACCESS_IN);
		hash_now(g, &rows);
		assert_int_not_equal(
			str_find(text_str(&rows), STR("$argon2id$v=19$m=16,t=2,p=1$"), 0),
			SIZE_MAX);
	}
}

static void what_may_be_a_password(void **state)
{
	static const struct {
		const char *password, *why;
	} cells[] = {
		{"four tall lamps hum", NULL},
		{"vierzehn \xc3\xa4pfel", "at least 15 characters"}, /* 14 of 15 bytes */
		{"f\xc3\xbcnfzehn \xc3\xa4pfeln", NULL},
		{"correct horse ba", NULL},
		{"              x", NULL},
		{"exactly14chars", "at least 15 characters"},
		{"exactly15 chars", NULL},
		{"correct horse battery staple", "tried first"},
		{"Passwordpassword", "tried first"},
		{"Password20262026!", "tried first"},
		{"123456789012345", "tried first"},
		{"QWERTYUIOP12345678", "tried first"},
		{"abcdefghijklmnop", "tried first"},
		{"aaaaaaaaaaaaaaaaaaaa", "tried first"},
		{"sunsetsunsetsunset", "tried first"},
		{"i am pat.pine and long", "e-mail address or name"},
		{"the forest of Linden trees", "e-mail address or name"},
		{"here in ALDERSHIRE we go", "name of this service"},
		{"not text \xff\xfe at all...", "UTF-8"},
	};
	struct gate *g = *state;
	struct person_row p = {.name = STR("Pa Linden")};
	char long_one[ACCESS_PASSWORD_MAX + 1];
	struct err err;

	p.folded = email_typed(STR("pat.pine@example.org"));
	for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
		bool ok = password_check(g->access, &p, str_of(cells[i].password), &err);

		if (ok != !cells[i].why)
			fail_msg("%s: %s", cells[i].password, ok ? "taken" : err.text);
		if (ok)
			continue;
		assert_int_equal(err.code, ERR_INVALID);
		if (!strstr(err.text, cells[i].why))
			fail_msg("%s: %s", cells[i].password, err.text);
		assert_null(strstr(err.text, cells[i].password));
	}
	for (size_t i = 0; i < sizeof(long_one); i++)
		long_one[i] = (char)('a' + (i * i * i >> 4) % 25);
	assert_true(password_check(g->access, &p, str_from(long_one, 256), &err));
	assert_false(password_check(g->access, &p, str_from(long_one, 257), &err));
	assert_false(password_check(g->access, &p, str_from("nul \0 in the midst of", 21), &err));
	p.second = true;
	assert_true(password_check(g->access, &p, STR("8 is few"), &err));
	assert_false(password_check(g->access, &p, STR("7 fewer"), &err));
}

/* Neither an e-mail address nor a cookie that makes no sense costs more than its attempt. */
static void what_clients_say_is_cut(void **state)
{
	struct gate *g = *state;
	char big[5000];
	struct access_client from = {.address = str_from(big, sizeof(big)),
				     .agent = str_from(big, sizeof(big)),
				     .device = str_from(big, sizeof(big))};
	struct access_session s;

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	(void)gate_person(g, "pat@example.org", "lead@t1");
	assert_int_equal(gate_sign_in(g, big, big, &from), ACCESS_REFUSED);
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &from), ACCESS_IN);
	OK(access_session_find(g->access, str_of(g->entry.token.c), g->w->arena, &s, err));
	assert_int_equal(s.address.n, 45);
	assert_int_equal(s.agent.n, 200);
	from.agent = STR("Mozilla\nX: y");
	(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
	OK(access_session_find(g->access, str_of(g->entry.token.c), g->w->arena, &s, err));
	assert_true(str_is(s.agent, "Mozilla"));
}

static void sessions_of_one_person_are_few(void **state)
{
	struct gate *g = *state;
	struct access_client from = gate_from("192.0.2.7");

	(void)gate_person(g, "pat@example.org", "lead@t1");
	for (int i = 0; i < SESSIONS_MAX + 5; i++) {
		gate_pass(g, 1000);
		assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &from),
				 ACCESS_IN);
	}
	assert_int_equal(gate_count(g, "access_session"), SESSIONS_MAX);
	assert_true(gate_is_in(g, g->entry.token.c));
}

const struct CMUnitTest access_enter_tests[] = {
	GATE(the_right_password_and_no_other),
	GATE(nobody_learns_who_is_known),
	GATE(nobody_takes_as_long_as_somebody),
	GATE(a_known_device_is_never_kept_waiting_by_others),
	GATE(one_network_never_shuts_an_account),
	GATE(attempts_at_once_are_counted),
	GATE(a_password_changed_meanwhile_is_refused),
	GATE(a_changed_password_ends_sessions),
	GATE(a_choice_waits_for_its_hash),
	GATE(who_is_known_elsewhere_comes_in),
	GATE(a_check_opens_no_session),
	GATE(a_hash_follows_its_parameters),
	GATE(what_may_be_a_password),
	GATE(what_clients_say_is_cut),
	GATE(sessions_of_one_person_are_few),
};
const size_t access_enter_tests_n = ARRAY_LEN(access_enter_tests);
