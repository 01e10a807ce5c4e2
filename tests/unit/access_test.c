/* People, what they may be called, links, sessions and API tokens. */

#include "access_world.h"

#define MINUTE (60 * MS_PER_SECOND)

static struct person_id invite(struct gate *g, const char *email, struct access_secret *token)
{
	struct access_invitation in = {.email = str_of(email), .name = STR("Ann Ash")};
	struct access_person p;

	OK(access_invite(g->access, &in, token, err));
	OK(access_person_get(g->access, str_of(email), g->w->arena, &p, err));
	return p.id;
}

static void an_invitation_is_accepted_once(void **state)
{
	struct gate *g = *state;
	struct str posts[] = {STR("Lead@T1"), STR("siro@t1")};
	struct access_invitation in = {.email = STR(" Ann.Ash@Example.ORG "),
				       .name = STR("Ann Ash"),
				       .posts = posts,
				       .nposts = 2};
	struct access_secret token;
	struct access_accept accept = {.password = STR("short"), .client = gate_from("192.0.2.1")};
	struct access_entry entry;
	struct access_person p;
	struct access_link link;
	struct posts held;

	OK(access_invite(g->access, &in, &token, err));
	accept.token = str_of(token.c);
	OK(access_person_get(g->access, STR("ann.ash@example.org"), g->w->arena, &p, err));
	assert_true(str_is(p.email, "Ann.Ash@Example.ORG"));
	assert_int_equal(p.state, ACCESS_INVITED);
	assert_false(p.password);
	OK(access_posts(g->access, p.id, g->w->arena, &held, err));
	assert_int_equal(held.n, 2);
	assert_true(str_is(held.v[0].id, "lead@t1"));
	assert_true(str_is(held.v[0].org, "T1"));
	assert_int_equal(held.v[0].ended_ms, DIRECTORY_NO_DATE);
	OK(access_link_look(g->access, str_of(token.c), g->w->arena, &link, err));
	assert_int_equal(link.kind, ACCESS_INVITATION);
	/* A password that is refused doesn't use it up. */
	REFUSED(ERR_INVALID, access_link_use(g->access, &accept, &entry, err));
	accept.password = str_of(gate_password);
	OK(access_link_use(g->access, &accept, &entry, err));
	assert_int_equal(entry.outcome, ACCESS_IN);
	assert_true(gate_is_in(g, entry.token.c));
	assert_true(entry.device.c[0]);
	REFUSED(ERR_DENIED, access_link_use(g->access, &accept, &entry, err));
	REFUSED(ERR_DENIED, access_link_look(g->access, str_of(token.c), g->w->arena, &link, err));
	OK(access_person_get(g->access, STR("ann.ash@example.org"), g->w->arena, &p, err));
	assert_int_equal(p.state, ACCESS_ACTIVE);
	assert_true(p.password);
	assert_int_equal(p.signed_in_ms, g->clock.fixed_ms);
	REFUSED(ERR_EXISTS, access_invite(g->access, &in, &token, err));
}

static void links_expire_and_replace_each_other(void **state)
{
	struct gate *g = *state;
	struct access_secret first, second;
	struct person_id ann = invite(g, "ann@example.org", &first);
	struct access_link_wish wish = {.person = ann, .kind = ACCESS_INVITATION};
	struct access_accept accept = {.token = str_of(first.c), .password = str_of(gate_password)};
	struct access_entry entry;

	OK(access_link_make(g->access, &wish, &second, err));
	REFUSED(ERR_DENIED, access_link_use(g->access, &accept, &entry, err));
	accept.token = str_of(second.c);
	gate_pass(g, 7 * MS_PER_DAY);
	REFUSED(ERR_DENIED, access_link_use(g->access, &accept, &entry, err));
	wish.kind = ACCESS_SIGN_IN;
	wish.life_ms = 10 * MINUTE;
	OK(access_link_make(g->access, &wish, &second, err));
	gate_pass(g, 10 * MINUTE - 1);
	accept.password = STR("");
	OK(access_link_use(g->access, &accept, &entry, err));
	assert_int_equal(entry.outcome, ACCESS_IN);
	assert_true(gate_is_in(g, entry.token.c));
	OK(access_sweep(g->access, err));
	assert_int_equal(gate_count(g, "access_link"), 0);
}

static void what_no_link_is(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", /* bits that no byte holds */
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		"AAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAA"};
	struct gate *g = *state;
	struct access_link link;
	struct access_session s;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		REFUSED(ERR_DENIED,
			access_link_look(g->access, str_of(bad[i]), g->w->arena, &link, err));
		REFUSED(ERR_DENIED,
			access_session_find(g->access, str_of(bad[i]), g->w->arena, &s, err));
	}
}

static void who_cannot_be_invited(void **state)
{
	static const struct {
		const char *email, *name, *post;
		enum err_code code;
	} bad[] = {
		{"", "A", "lead@t1", ERR_INVALID},
		{"ann", "A", "lead@t1", ERR_INVALID},
		{"ann@", "A", "lead@t1", ERR_INVALID},
		{"@example.org", "A", "lead@t1", ERR_INVALID},
		{"a@b@example.org", "A", "lead@t1", ERR_INVALID},
		{"a b@example.org", "A", "lead@t1", ERR_INVALID},
		{".a@example.org", "A", "lead@t1", ERR_INVALID},
		{"a..b@example.org", "A", "lead@t1", ERR_INVALID},
		{"a@-example.org", "A", "lead@t1", ERR_INVALID},
		{"a@example..org", "A", "lead@t1", ERR_INVALID},
		{"a@ex\xc3\xa4mple.org", "A", "lead@t1", ERR_INVALID},
		{"a@example.org\n", "", "lead@t1", ERR_INVALID},
		{"a@example.org", "A\nB", "lead@t1", ERR_INVALID},
		{"a@example.org", "A\xff", "lead@t1", ERR_INVALID},
		{"a@example.org", "A", "leed@t1", ERR_NOT_FOUND},
		{"a@example.org", "A", "system", ERR_NOT_FOUND},
	};
	struct gate *g = *state;
	struct access_secret token = {{0}};
	char longest[300];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct str posts[] = {str_of(bad[i].post)};
		struct access_invitation in = {.email = str_of(bad[i].email),
					       .name = str_of(bad[i].name),
					       .posts = posts,
					       .nposts = 1};

		REFUSED(bad[i].code, access_invite(g->access, &in, &token, err));
	}
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + 64, "@b.c", 5);
	REFUSED(ERR_NOT_FOUND, access_person_get(g->access, str_of(longest), g->w->arena,
						 &(struct access_person){.name = {0}}, err));
	(void)invite(g, longest, &token);
	memcpy(longest + 65, "@b.c", 5);
	longest[64] = 'a';
	REFUSED(ERR_INVALID, access_invite(g->access,
					   &(struct access_invitation){.email = str_of(longest),
								       .name = STR("A")},
					   &token, err));
	assert_int_equal(gate_count(g, "access_person"), 1);
	assert_int_equal(gate_count(g, "access_holding"), 0);
}

static void an_address_changes_with_its_owner(void **state)
{
	struct gate *g = *state;
	struct access_client from = gate_from("192.0.2.7");
	struct access_secret token;
	struct access_link_wish wish = {.kind = ACCESS_RESET};
	struct access_link link;
	struct person_id ann = invite(g, "ann@example.org", &token);
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_person p;

	(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
	wish.person = pat;
	OK(access_link_make(g->access, &wish, &token, err));
	REFUSED(ERR_EXISTS,
		access_person_change(g->access, pat, STR("Ann@example.org"), STR("X"), err));
	REFUSED(ERR_INVALID, access_person_change(g->access, pat, STR("pat"), STR("X"), err));
	REFUSED(ERR_INVALID, access_person_change(g->access, pat, STR(""), STR("X\n"), err));
	REFUSED(ERR_NOT_FOUND, access_person_change(g->access, (struct person_id){ann.n ^ 2},
						    STR(""), STR("X"), err));
	OK(access_person_change(g->access, pat, STR("PAT@example.org"), STR(""), err));
	OK(access_person_change(g->access, pat, STR("pat@elsewhere.example"), STR("Pat Plum"),
				err));
	OK(access_person_get(g->access, STR("pat@elsewhere.example"), g->w->arena, &p, err));
	assert_true(str_is(p.name, "Pat Plum"));
	assert_int_equal(p.id.n, pat.n);
	assert_true(gate_is_in(g, g->entry.token.c));
	REFUSED(ERR_DENIED, access_link_look(g->access, str_of(token.c), g->w->arena, &link, err));
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &from), ACCESS_REFUSED);
	assert_int_equal(gate_sign_in(g, "pat@elsewhere.example", gate_password, &from), ACCESS_IN);
}

static void a_session_lasts_while_it_is_used(void **state)
{
	struct gate *g = *state;
	struct access_client from = gate_from("2001:db8::7");
	struct access_session s;

	(void)gate_person(g, "pat@example.org", "lead@t1");
	assert_int_equal(gate_sign_in(g, "PAT@example.org", gate_password, &from), ACCESS_IN);
	OK(access_session_find(g->access, str_of(g->entry.token.c), g->w->arena, &s, err));
	assert_true(str_is(s.email, "pat@example.org"));
	assert_true(str_is(s.name, "Pat Pine"));
	assert_true(str_is(s.post, "lead@t1")); /* the only one */
	assert_true(str_is(s.address, "2001:db8::7"));
	assert_true(str_is(s.agent, "Test/1.0"));
	assert_int_equal(s.until_ms, g->clock.fixed_ms + MS_PER_HOUR);
	gate_pass(g, 59 * MINUTE);
	OK(access_session_find(g->access, str_of(g->entry.token.c), g->w->arena, &s, err));
	access_session_seen(g->access, &s);
	OK(access_flush(g->access, err));
	gate_pass(g, 59 * MINUTE);
	assert_true(gate_is_in(g, g->entry.token.c));
	gate_pass(g, 2 * MINUTE);
	assert_false(gate_is_in(g, g->entry.token.c));
}

static void no_session_outlasts_its_day(void **state)
{
	struct gate *g = *state;
	struct access_client from = gate_from("192.0.2.7");
	struct access_session s;

	(void)gate_person(g, "pat@example.org", "lead@t1");
	(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
	for (int half = 1; half < 24; half++) {
		gate_pass(g, 30 * MINUTE);
		OK(access_session_find(g->access, str_of(g->entry.token.c), g->w->arena, &s, err));
		access_session_seen(g->access, &s);
		OK(access_flush(g->access, err));
	}
	gate_pass(g, 30 * MINUTE);
	assert_false(gate_is_in(g, g->entry.token.c));
	OK(access_sweep(g->access, err));
	assert_int_equal(gate_count(g, "access_session"), 0);
}

static void seen_is_written_once_a_minute(void **state)
{
	struct gate *g = *state;
	struct access_client from = gate_from("192.0.2.7");
	struct access_session s;
	AUTO(text_freep) struct text before = {0}, after = {0};

	(void)gate_person(g, "pat@example.org", "lead@t1");
	(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
	gate_dump(g, STORE_LOCAL, "access_session", &before);
	gate_pass(g, MINUTE - 1);
	OK(access_session_find(g->access, str_of(g->entry.token.c), g->w->arena, &s, err));
	access_session_seen(g->access, &s);
	OK(access_flush(g->access, err));
	gate_dump(g, STORE_LOCAL, "access_session", &after);
	assert_true(str_eq(text_str(&before), text_str(&after)));
	gate_pass(g, 1);
	access_session_seen(g->access, &s);
	OK(access_flush(g->access, err));
	text_clear(&after);
	gate_dump(g, STORE_LOCAL, "access_session", &after);
	assert_false(str_eq(text_str(&before), text_str(&after)));
}

/* However many were used, and however often, it is one commit. */
static void uses_are_written_together(void **state)
{
	struct gate *g = *state;
	struct access_client from = gate_from("192.0.2.7");
	struct access_secret tokens[3];
	struct access_session s;
	int64_t last;

	(void)gate_person(g, "pat@example.org", "lead@t1");
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
		(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
		tokens[i] = g->entry.token;
	}
	for (int minute = 0; minute < 4; minute++) {
		gate_pass(g, MINUTE);
		for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
			OK(access_session_find(g->access, str_of(tokens[i].c), g->w->arena, &s,
					       err));
			access_session_seen(g->access, &s);
		}
	}
	assert_int_equal(g->access->seen.n, 3);
	last = g->clock.fixed_ms;
	gate_pass(g, 1000);
	OK(access_flush(g->access, err));
	assert_int_equal(g->access->seen.n, 0);
	for (size_t i = 0; i < ARRAY_LEN(tokens); i++) {
		OK(access_session_find(g->access, str_of(tokens[i].c), g->w->arena, &s, err));
		assert_int_equal(s.seen_ms, last);
	}
	/* One that ended meanwhile is not brought back. */
	gate_pass(g, MINUTE);
	access_session_seen(g->access, &s);
	OK(access_sessions_end(g->access, s.person, NULL, NULL, err));
	OK(access_flush(g->access, err));
	assert_int_equal(gate_count(g, "access_session"), 0);
}

static void sessions_are_listed_and_ended(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_client from = gate_from("192.0.2.7");
	struct access_secret tokens[3];
	struct access_sessions all;
	struct access_session s;
	uint64_t ended;

	for (size_t i = 0; i < 3; i++) {
		gate_pass(g, MINUTE);
		(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
		tokens[i] = g->entry.token;
	}
	OK(access_sessions(g->access, pat, g->w->arena, &all, err));
	assert_int_equal(all.n, 4); /* and that of the invitation */
	OK(access_session_find(g->access, str_of(tokens[2].c), g->w->arena, &s, err));
	assert_string_equal(all.v[0].id, s.id); /* the latest used first */
	OK(access_session_end(g->access, pat, str_of(all.v[1].id), err));
	assert_false(gate_is_in(g, tokens[1].c));
	REFUSED(ERR_NOT_FOUND, access_session_end(g->access, pat, str_of(all.v[1].id), err));
	REFUSED(ERR_NOT_FOUND,
		access_session_end(g->access, (struct person_id){1}, str_of(all.v[0].id), err));
	OK(access_sessions_end(g->access, pat, &s.key, &ended, err));
	assert_int_equal(ended, 2);
	assert_true(gate_is_in(g, tokens[2].c));
	OK(access_sessions_end(g->access, pat, NULL, NULL, err));
	assert_false(gate_is_in(g, tokens[2].c));
}

static void one_acts_in_a_post_one_holds(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_client from = gate_from("192.0.2.7");
	struct access_session s;

	(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
	OK(access_session_find(g->access, str_of(g->entry.token.c), g->w->arena, &s, err));
	REFUSED(ERR_DENIED, access_session_act_as(g->access, &s, STR("siro@t1"), err));
	REFUSED(ERR_NOT_FOUND, access_session_act_as(g->access, &s, STR("nobody"), err));
	OK(access_post_give(g->access, pat, STR("SIRO@t1"), err));
	OK(access_session_act_as(g->access, &s, STR("siro@t1"), err));
	OK(access_session_find(g->access, str_of(g->entry.token.c), g->w->arena, &s, err));
	assert_true(str_is(s.post, "siro@t1"));
	OK(access_post_take(g->access, pat, STR("Siro@T1"), err));
	REFUSED(ERR_NOT_FOUND, access_post_take(g->access, pat, STR("siro@t1"), err));
	OK(access_session_find(g->access, str_of(g->entry.token.c), g->w->arena, &s, err));
	assert_int_equal(s.post.n, 0);
	/* Who holds several chooses. */
	OK(access_post_give(g->access, pat, STR("siro@t1"), err));
	(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
	OK(access_session_find(g->access, str_of(g->entry.token.c), g->w->arena, &s, err));
	assert_int_equal(s.post.n, 0);
}

static void who_is_disabled_is_out(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_client from = gate_from("192.0.2.7");
	struct access_token wish = {.person = pat,
				    .name = STR("script"),
				    .post = STR("lead@t1"),
				    .until_ms = g->clock.fixed_ms + MS_PER_DAY},
			    found;
	struct access_link_wish link = {.person = pat, .kind = ACCESS_RESET};
	struct access_secret token, reset;
	struct access_accept accept = {.password = STR("another long password")};
	struct access_entry entry;

	(void)gate_sign_in(g, "pat@example.org", gate_password, &from);
	OK(access_token_make(g->access, &wish, &token, err));
	OK(access_link_make(g->access, &link, &reset, err));
	OK(access_disable(g->access, pat, err));
	assert_false(gate_is_in(g, g->entry.token.c));
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &from), ACCESS_REFUSED);
	REFUSED(ERR_DENIED,
		access_token_find(g->access, str_of(token.c), g->w->arena, &found, err));
	accept.token = str_of(reset.c);
	REFUSED(ERR_DENIED, access_link_use(g->access, &accept, &entry, err));
	REFUSED(ERR_DENIED, access_link_make(g->access, &link, &reset, err));
	OK(access_enable(g->access, pat, err));
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &from), ACCESS_IN);
	OK(access_token_find(g->access, str_of(token.c), g->w->arena, &found, err));
	REFUSED(ERR_NOT_FOUND, access_disable(g->access, (struct person_id){1}, err));
}

static void a_token_is_of_its_scope(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_token wish = {.person = pat,
				    .name = STR("nightly"),
				    .post = STR("Lead@t1"),
				    .scope = ACCESS_INVENTORY,
				    .org = STR("t1"),
				    .until_ms = g->clock.fixed_ms + 365 * MS_PER_DAY},
			    t;
	struct access_tokens all;
	struct access_secret token;

	OK(access_token_make(g->access, &wish, &token, err));
	assert_int_equal(strlen(token.c), 52);
	OK(access_token_find(g->access, str_of(token.c), g->w->arena, &t, err));
	assert_int_equal(t.scope, ACCESS_INVENTORY);
	assert_true(str_is(t.org, "T1"));
	assert_true(str_is(t.post, "lead@t1"));
	assert_int_equal(t.used_ms, 0);
	access_token_seen(g->access, &t);
	OK(access_flush(g->access, err));
	OK(access_tokens(g->access, pat, g->w->arena, &all, err));
	assert_int_equal(all.n, 1);
	assert_int_equal(all.v[0].used_ms, g->clock.fixed_ms);
	token.c[10] = token.c[10] == 'a' ? 'b' : 'a';
	REFUSED(ERR_DENIED, access_token_find(g->access, str_of(token.c), g->w->arena, &t, err));
	OK(access_token_end(g->access, str_of(all.v[0].id), err));
	REFUSED(ERR_NOT_FOUND, access_token_end(g->access, str_of(all.v[0].id), err));
	OK(access_tokens(g->access, (struct person_id){0}, g->w->arena, &all, err));
	assert_int_equal(all.n, 0);
}

static void a_token_ends(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_token wish = {.person = pat,
				    .name = STR("x"),
				    .post = STR("lead@t1"),
				    .until_ms = g->clock.fixed_ms + MS_PER_DAY},
			    t, bad;
	struct access_secret token;

	bad = wish, bad.until_ms = g->clock.fixed_ms;
	REFUSED(ERR_INVALID, access_token_make(g->access, &bad, &token, err));
	bad.until_ms += 366 * MS_PER_DAY;
	REFUSED(ERR_INVALID, access_token_make(g->access, &bad, &token, err));
	bad = wish, bad.scope = ACCESS_INVENTORY;
	REFUSED(ERR_INVALID, access_token_make(g->access, &bad, &token, err));
	bad = wish, bad.org = STR("T1");
	REFUSED(ERR_INVALID, access_token_make(g->access, &bad, &token, err));
	bad = wish, bad.post = STR("siro@t1");
	REFUSED(ERR_DENIED, access_token_make(g->access, &bad, &token, err));
	bad = wish, bad.person.n = 1;
	REFUSED(ERR_NOT_FOUND, access_token_make(g->access, &bad, &token, err));
	OK(access_token_make(g->access, &wish, &token, err));
	gate_pass(g, MS_PER_DAY);
	REFUSED(ERR_DENIED, access_token_find(g->access, str_of(token.c), g->w->arena, &t, err));
	gate_pass(g, -MS_PER_DAY / 2);
	OK(access_token_find(g->access, str_of(token.c), g->w->arena, &t, err));
	OK(access_post_take(g->access, pat, STR("lead@t1"), err));
	REFUSED(ERR_DENIED, access_token_find(g->access, str_of(token.c), g->w->arena, &t, err));
}

/* What a secret scanner does: prefix, digits, and the checksum of what stands before it. */
static void a_leaked_token_is_told_by_its_checksum(void **state)
{
	struct gate *g = *state;
	struct access_secret token;
	struct hash made, read;

	for (int i = 0; i < 200; i++) {
		api_token_make(g->access, &token, &made);
		assert_true(api_token_read(str_of(token.c), &read));
		assert_true(hash_eq(&made, &read));
		token.c[3 + i % 49] = token.c[3 + i % 49] == 'Z' ? 'z' : 'Z';
		assert_false(api_token_read(str_of(token.c), &read));
	}
	/* crc32 of "123456789" is cbf43926, the check value; so many digits in base 62. */
	assert_false(api_token_read(STR("lp_"), &read));
	assert_false(
		api_token_read(STR("LP_0000000000000000000000000000000000000000000000000"), &read));
}

static void forms_carry_a_text_of_their_session(void **state)
{
	struct gate *g = *state;
	struct access_secret a, b;

	access_csrf(g->access, STR("one"), &a);
	access_csrf(g->access, STR("one"), &b);
	assert_string_not_equal(a.c, b.c);
	assert_true(access_csrf_right(g->access, STR("one"), str_of(a.c)));
	assert_true(access_csrf_right(g->access, STR("one"), str_of(b.c)));
	assert_false(access_csrf_right(g->access, STR("two"), str_of(a.c)));
	a.c[40] = a.c[40] == 'A' ? 'B' : 'A';
	assert_false(access_csrf_right(g->access, STR("one"), str_of(a.c)));
	assert_false(access_csrf_right(g->access, STR("one"), STR("")));
}

/* Nothing that lets anybody in lies in the store; nothing of it is recorded or derived. */
static void the_store_holds_no_secret(void **state)
{
	struct gate *g = *state;
	struct person_id pat = gate_person(g, "pat@example.org", "lead@t1");
	struct access_client from = gate_from("192.0.2.7");
	struct access_link_wish wish = {.person = pat, .kind = ACCESS_RESET};
	uint8_t totp[TOTP_SECRET_BYTES], raw[32];
	AUTO(text_freep) struct text all = {0}, other = {0};
	struct access_recovery codes = gate_second(g, pat, totp);
	struct access_secret reset;
	char hex[80];
	size_t n;

	OK(access_link_make(g->access, &wish, &reset, err));
	assert_int_equal(gate_sign_in(g, "pat@example.org", gate_password, &from), ACCESS_CODE);
	assert_int_equal(gate_code(g, codes.c[0], &from), ACCESS_IN);
	gate_dump(g, STORE_LOCAL, NULL, &all);
	gate_dump(g, STORE_RECORDED | STORE_DERIVED, NULL, &other);
	assert_true(all.n > 1000);
	for (size_t i = 0; i < ACCESS_RECOVERY_CODES; i++)
		assert_int_equal(str_find(text_str(&all), str_of(codes.c[i]), 0), SIZE_MAX);
	assert_int_equal(str_find(text_str(&all), str_of(gate_password), 0), SIZE_MAX);
	assert_int_equal(str_find(text_str(&all), hex_encode(totp, sizeof(totp), hex), 0),
			 SIZE_MAX);
	for (int i = 0; i < 2; i++) {
		const char *token = i ? reset.c : g->entry.token.c;

		assert_int_equal(sodium_base642bin(raw, sizeof(raw), token, strlen(token), NULL, &n,
						   NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING),
				 0);
		assert_int_equal(str_find(text_str(&all), str_of(token), 0), SIZE_MAX);
		assert_int_equal(str_find(text_str(&all), hex_encode(raw, 32, hex), 0), SIZE_MAX);
	}
	assert_int_equal(str_find(text_str(&other), STR("access_"), 0), SIZE_MAX);
	assert_int_equal(str_find(text_str(&other), STR("pat@example.org"), 0), SIZE_MAX);
}

extern const struct CMUnitTest access_enter_tests[], access_second_tests[], access_throttle_tests[];
extern const size_t access_enter_tests_n, access_second_tests_n, access_throttle_tests_n;

static const struct CMUnitTest own_tests[] = {
	GATE(an_invitation_is_accepted_once),
	GATE(links_expire_and_replace_each_other),
	GATE(what_no_link_is),
	GATE(who_cannot_be_invited),
	GATE(an_address_changes_with_its_owner),
	GATE(a_session_lasts_while_it_is_used),
	GATE(no_session_outlasts_its_day),
	GATE(seen_is_written_once_a_minute),
	GATE(uses_are_written_together),
	GATE(sessions_are_listed_and_ended),
	GATE(one_acts_in_a_post_one_holds),
	GATE(who_is_disabled_is_out),
	GATE(a_token_is_of_its_scope),
	GATE(a_token_ends),
	GATE(a_leaked_token_is_told_by_its_checksum),
	GATE(forms_carry_a_text_of_their_session),
	GATE(the_store_holds_no_secret),
};

int main(void)
{
	const struct {
		const struct CMUnitTest *v;
		size_t n;
	} parts[] = {{own_tests, ARRAY_LEN(own_tests)},
		     {access_enter_tests, access_enter_tests_n},
		     {access_second_tests, access_second_tests_n},
		     {access_throttle_tests, access_throttle_tests_n}};
	struct CMUnitTest all[96];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		assert(n + parts[i].n <= ARRAY_LEN(all));
		memcpy(all + n, parts[i].v, parts[i].n * sizeof(*all));
		n += parts[i].n;
	}
	return _cmocka_run_group_tests("access", all, n, NULL, NULL);
}
