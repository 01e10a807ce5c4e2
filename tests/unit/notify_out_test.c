#include "notify_world.h"

extern const struct CMUnitTest out_tests[];
extern const size_t n_out_tests;

/* What leaves: signatures, mails, webhooks, secrets, feeds. */

/* By npm's standardwebhooks 1.1.1: new Webhook(secret).sign(id, date, body). */
static void signatures_are_those_of_others(void **state)
{
	static const struct {
		const char *secret, *id;
		int64_t at;
		const char *body, *signature;
	} v[] = {
		{"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
		 "{\"test\": 2432232314}", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
		{"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		 "msg_fe349065f90c214b8b59b4c37fbb3911", 1494579600, "",
		 "v1,QOGty7dS9Z8s18Mz7SfarUYEAWJLa62J7fV7EM0sK8E="},
		{"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
		 "msg_fe349065f90c214b8b59b4c37fbb3911", 1494579600,
		 "{\"service\":\"T\xc3\xa9st\"}",
		 "v1,hbPp59AR8gr7OeAijOh3fKBCWdJ49Hv1DAn9hpvcFtk="},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(v); i++) {
		AUTO(text_freep) struct text secret = {0}, out = {0};

		OK(base64_decode(str_of(v[i].secret), &secret, err));
		sign_hook(text_str(&secret), str_of(v[i].id), v[i].at, str_of(v[i].body), &out);
		assert_string_equal(text_c(&out), v[i].signature);
	}
}

static const struct envelope envelope = {.channel = {"email", 5},
					 .recipient = {"pat@t1.example.org", 18},
					 .number = 1,
					 .made_ms = 1494579600000};

static struct letter letter_of(struct arena *arena, struct notices *notices)
{
	return (struct letter){.arena = arena,
			       .envelope = &envelope,
			       .notices = notices,
			       .id = STR("0123456789abcdef0123456789abcdef"),
			       .console = STR("https://console.example.org"),
			       .service = STR("Service \xc3\xa4 = x"),
			       .from = STR("lynchpin@nation.example.org")};
}

/* It says its link, and nothing of an alert. */
static void an_invitation_says_its_link(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text out = {0};
	struct notices notices = {NULL, 0};
	struct letter l = letter_of(arena, &notices);

	(void)state;
	l.invitation = STR("abc123token");
	l.until_ms = 1494579600000;
	compose_mail(&l, &out);
	assert_non_null(strstr(text_c(&out), "Subject: You are invited to Lynchpin\r\n"));
	assert_non_null(strstr(text_c(&out), "console.example.org/link/abc123token\r\n"));
	assert_non_null(strstr(text_c(&out), "by 12 May 2017, 09:00 UTC"));
	assert_null(strstr(text_c(&out), "alert"));
}

/* What is of an exercise says so; what is in earnest never stands under that word. */
static void an_exercise_says_so(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text out = {0}, mixed = {0}, hook = {0};
	struct notice two[] = {{KIND_ALERT, 0, STR("CC-2017-0001"), STR("Red Sky")},
			       {KIND_LEAD, 0, {0}, {0}}};
	struct notices notices = {two, 1};
	struct letter l = letter_of(arena, &notices);

	(void)state;
	compose_mail(&l, &out);
	assert_non_null(strstr(text_c(&out), "Subject: EXERCISE: CC-2017-0001: please"));
	assert_non_null(strstr(text_c(&out), "EXERCISE (Red Sky), not in earnest: CC-2017-0001"));
	notices.n = 2;
	compose_mail(&l, &mixed);
	assert_non_null(strstr(text_c(&mixed), "Subject: CC-2017-0001, The lead: several"));
	assert_non_null(strstr(text_c(&mixed), "https://console.example.org/lead\r\n"));
	l.service = STR("x");
	OK(compose_hook(&l, &hook, err));
	assert_non_null(strstr(text_c(&hook), "\"exercise\":\"Red Sky\""));
}

static void an_exercise_is_of_its_time(void **state)
{
	struct incident_posture v[] = {
		{.said_ms = 300, .until_ms = 400, .exercise = STR("B")},
		{.said_ms = 200, .until_ms = DIRECTORY_NO_DATE},
		{.said_ms = 100, .until_ms = DIRECTORY_NO_DATE, .exercise = STR("A")}};
	const struct incident_postures all = {v, ARRAY_LEN(v)};

	(void)state;
	assert_int_equal(exercise_at(&all, 99).n, 0);
	assert_true(str_is(exercise_at(&all, 100), "A"));
	assert_int_equal(exercise_at(&all, 250).n, 0);
	assert_true(str_is(exercise_at(&all, 399), "B"));
	assert_int_equal(exercise_at(&all, 400).n, 0);
}

static void a_mail_is_whole(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text out = {0};
	struct notice one = {KIND_ALERT, 1494666000000, STR("CC-2017-0001"), {0}};
	struct notices notices = {&one, 1};
	const struct letter l = letter_of(arena, &notices);

	(void)state;
	compose_mail(&l, &out);
	assert_string_equal(
		text_c(&out),
		"From: lynchpin@nation.example.org\r\n"
		"To: pat@t1.example.org\r\n"
		"Subject: CC-2017-0001: please acknowledge by 13 May 2017, 09:00 UTC\r\n"
		"Date: Fri, 12 May 2017 09:00:00 +0000\r\n"
		"Message-ID: <0123456789abcdef0123456789abcdef@nation.example.org>\r\n"
		"Auto-Submitted: auto-generated\r\n"
		"MIME-Version: 1.0\r\n"
		"Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n"
		"\r\n"
		"CC-2017-0001 asks you to acknowledge it by 13 May 2017, 09:00 UTC.\r\n"
		"https://console.example.org/alerts/CC-2017-0001\r\n"
		"\r\n"
		"What it is about and what is to be done is said there alone.\r\n"
		"\r\n"
		"You get this as somebody whom an alert asks, or who has to follow one up.\r\n"
		"Service =C3=A4 =3D x. Nobody reads answers to this address.\r\n");
}

/* RFC 5321, 4.5.3.1.6: lines of at most 998; RFC 2045, 6.7: encoded ones of at most 76.  No line
 * begins with a dot, which a server would have to double. */
static void no_line_is_too_long(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text out = {0}, service = {0};
	struct notice many[40];
	struct notices notices = {many, ARRAY_LEN(many)};
	struct letter l = letter_of(arena, &notices);
	struct str rest, line;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = (struct notice){(int64_t)i % KINDS, 0, STR("CC-2017-0001"), {0}};
	for (int i = 0; i < 100; i++)
		text_add_c(&service, i % 3 ? "." : "\xe2\x82\xac");
	text_add_c(&service, "\n.\nBcc: x@y");
	l.service = text_str(&service);
	compose_mail(&l, &out);
	rest = text_str(&out);
	assert_true(str_ends(rest, STR("\r\n")));
	while (rest.n && str_next_line(&rest, &line)) {
		assert_true(line.n <= 76);
		assert_false(line.n && line.p[0] == '.');
	}
	assert_null(strstr(text_c(&out), "\n\n"));
	/* What is in the body begins no header. */
	assert_true(strstr(text_c(&out), "Bcc") > strstr(text_c(&out), "\r\n\r\n"));
}

static void a_webhook_says_no_more_than_a_mail(void **state)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text out = {0};
	struct notice two[] = {{KIND_ALERT, 1494666000000, STR("CC-2017-0001"), {0}},
			       {KIND_WITHDRAWN, 0, STR("CC-2017-0002"), {0}}};
	struct notices notices = {two, 2};
	struct letter l = letter_of(arena, &notices);

	(void)state;
	l.service = STR("Test");
	OK(compose_hook(&l, &out, err));
	assert_string_equal(
		text_c(&out),
		"{\"data\":{\"notices\":[{\"alert\":\"CC-2017-0001\",\"due\":"
		"\"2017-05-13T09:00:00.000Z\",\"kind\":\"alert\",\"url\":"
		"\"https://console.example.org/alerts/CC-2017-0001\"},{\"alert\":"
		"\"CC-2017-0002\",\"kind\":\"withdrawn\",\"url\":"
		"\"https://console.example.org/alerts/CC-2017-0002\"}],\"service\":\"Test\"},"
		"\"timestamp\":\"2017-05-12T09:00:00.000Z\",\"type\":\"lynchpin.notices\"}");
}

/* --- secrets ------------------------------------------------------------------------------- */

static void a_secret_opens_for_what_it_was_sealed_for(void **state)
{
	AUTO(text_freep) struct text sealed = {0}, out = {0};
	struct post_office *o = *state;
	struct err why = {0};

	seal_put(o->n, STR("mail"), STR("open sesame"), &sealed);
	assert_true(str_find(text_str(&sealed), STR("sesame"), 0) == SIZE_MAX);
	OK(seal_open(o->n, STR("mail"), text_str(&sealed), &out, err));
	assert_string_equal(text_c(&out), "open sesame");
	assert_false(seal_open(o->n, STR("hook"), text_str(&sealed), &out, &why));
	sealed.p[sealed.n - 1] ^= 1;
	assert_false(seal_open(o->n, STR("mail"), text_str(&sealed), &out, &why));
	assert_false(seal_open(o->n, STR("mail"), STR("short"), &out, &why));
}

/* Who can write rows but has no key can't have the password sent to another server. */
static void a_password_is_for_its_server(void **state)
{
	AUTO(text_freep) struct text rows = {0}, password = {0};
	struct post_office *o = *state;
	struct notify_mail m = {.url = STR("smtps://mail.example.org"),
				.from = STR("a@b.example.org"),
				.user = STR("lynchpin"),
				.password = STR("open sesame")};
	struct err why = {0};

	OK(notify_mail_set(o->n, &m, err));
	office_dump(o, "notify_setting", &rows);
	assert_null(strstr(text_c(&rows), "sesame"));
	OK(mail_password(o->n, &m, &password, err));
	assert_string_equal(text_c(&password), "open sesame");
	m.url = STR("smtps://elsewhere.example.org");
	assert_false(mail_password(o->n, &m, &password, &why));
	assert_int_equal(why.code, ERR_CORRUPT);
}

static void hooks_are_looked_at(void **state)
{
	AUTO(text_freep) struct text rows = {0};
	struct post_office *o = *state;
	struct notify_hook h = {.name = STR("chat"),
				.url = STR("https://chat.example.org/in/s3cret?x=1"),
				.post = STR("T1-LEAD")};
	struct notify_secret secret = {{0}};
	struct notify_hooks all;
	struct err why = {0};

	OK(notify_hook_add(o->n, &h, &secret, err));
	assert_true(str_starts(str_of(secret.c), STR("whsec_")));
	assert_int_equal(strlen(secret.c), 50);
	office_dump(o, "notify_hook", &rows);
	assert_null(strstr(text_c(&rows), secret.c + 6));
	OK(notify_hook_list(o->n, o->w->arena, &all, err));
	assert_int_equal(all.n, 1);
	assert_true(str_is(all.v[0].url, "https://chat.example.org"));
	assert_true(str_is(all.v[0].post, "t1-lead"));
	assert_false(notify_hook_add(o->n, &h, &secret, &why));
	assert_int_equal(why.code, ERR_EXISTS);
	h.name = STR("two words");
	assert_false(notify_hook_add(o->n, &h, &secret, &why));
	h.name = STR("plain");
	h.url = STR("http://chat.example.org/");
	assert_false(notify_hook_add(o->n, &h, &secret, &why));
	h.url = STR("https://chat.example.org/");
	h.post = STR("nosuch");
	assert_false(notify_hook_add(o->n, &h, &secret, &why));
	assert_int_equal(why.code, ERR_NOT_FOUND);
	OK(notify_hook_end(o->n, STR("chat"), err));
	assert_false(notify_hook_end(o->n, STR("chat"), &why));
}

/* --- feeds ----------------------------------------------------------------------------------- */

static void an_atom_feed_has_what_concerns_the_post(void **state)
{
	AUTO(text_freep) struct text mine = {0}, theirs = {0}, nation = {0};
	struct post_office *o = *state;
	const struct alerts_view view = world_view(o->w);
	struct notify_feed feed = {.post = STR("t1-lead"),
				   .console = STR("https://console.example.org"),
				   .service = STR("A & <B>")};

	world_issue(o->w, "CC-2017-0001",
		    "'about':{'confirmation':true},'audience':{'orgs':['T1']},"
		    "'outcomes':['confirmation']");
	OK(notify_atom(&view, &feed, &mine, err));
	assert_non_null(strstr(text_c(&mine), "<title>Alerts of A &amp; &lt;B&gt;</title>"));
	assert_non_null(strstr(text_c(&mine), "<title>CC-2017-0001: SMB</title>"));
	assert_non_null(strstr(text_c(&mine), "https://console.example.org/alerts/CC-2017-0001"));
	assert_null(strstr(text_c(&mine), "Patch."));
	feed.post = STR("p1-lead");
	OK(notify_atom(&view, &feed, &theirs, err));
	assert_null(strstr(text_c(&theirs), "CC-2017-0001"));
	feed.post = STR("national-lead");
	OK(notify_atom(&view, &feed, &nation, err));
	assert_non_null(strstr(text_c(&nation), "CC-2017-0001"));
}

static bool take_start(void *ctx, struct str name, const struct xml_attr *v UNUSED, size_t n UNUSED,
		       struct err *err UNUSED)
{
	size_t *entries = ctx;

	*entries += str_is(name, "entry");
	return true;
}

static bool take_end(void *ctx UNUSED, struct str name UNUSED, struct err *err UNUSED)
{
	return true;
}

static bool take_text(void *ctx UNUSED, struct str s UNUSED, struct err *err UNUSED)
{
	return true;
}

/* Whatever a title holds, the feed is XML. */
static void an_atom_feed_is_xml(void **state)
{
	AUTO(text_freep) struct text out = {0};
	struct post_office *o = *state;
	const struct alerts_view view = world_view(o->w);
	size_t entries = 0;
	const struct xml_events events = {&entries, take_start, take_end, take_text};

	world_do(o->w, "analyst", "alert.draft",
		 "{'alert':'CC-2017-0001','base':0,'weight':'first','title':'<x> & ]]> \\u00e4',"
		 "'severity':'high','tlp':'GREEN','text':'Patch.','about':{'confirmation':true},"
		 "'audience':{'everyone':true},'outcomes':['confirmation']}");
	world_release(o->w, "CC-2017-0001", 1);
	OK(notify_atom(&view,
		       &(struct notify_feed){.post = STR("national-lead"), .service = STR("x")},
		       &out, err));
	OK(xml_read(text_str(&out), &events, err));
	assert_int_equal(entries, 1);
}

static void a_calendar_has_the_posts_duties(void **state)
{
	AUTO(text_freep) struct text out = {0};
	struct post_office *o = *state;
	const struct alerts_view view = world_view(o->w);

	world_issue(o->w, "CC-2017-0001",
		    "'about':{'confirmation':true},'audience':{'orgs':['T1']},"
		    "'outcomes':['confirmation']");
	OK(notify_calendar(&view,
			   &(struct notify_feed){.post = STR("t1-lead"),
						 .console = STR("https://console.example.org")},
			   &out, err));
	assert_non_null(strstr(text_c(&out), "\r\nSUMMARY:CC-2017-0001: acknowledge (T1)\r\n"));
	assert_non_null(strstr(text_c(&out),
			       "\r\nURL:https://console.example.org/alerts/CC-2017-0001\r\n"));
}

const struct CMUnitTest out_tests[] = {
	cmocka_unit_test(signatures_are_those_of_others),
	cmocka_unit_test(an_exercise_says_so),
	cmocka_unit_test(an_invitation_says_its_link),
	cmocka_unit_test(an_exercise_is_of_its_time),
	cmocka_unit_test(a_mail_is_whole),
	cmocka_unit_test(no_line_is_too_long),
	cmocka_unit_test(a_webhook_says_no_more_than_a_mail),
	OFFICE(a_secret_opens_for_what_it_was_sealed_for),
	OFFICE(a_password_is_for_its_server),
	OFFICE(hooks_are_looked_at),
	OFFICE(an_atom_feed_has_what_concerns_the_post),
	OFFICE(an_atom_feed_is_xml),
	OFFICE(a_calendar_has_the_posts_duties),
};
const size_t n_out_tests = ARRAY_LEN(out_tests);
