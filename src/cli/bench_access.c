#include "cli/bench.h"

#include "access/access.h"
#include "keys/keys.h"

/* What signing in and being signed in cost. */

const struct cli_option access_bench_options[] = {
	{"--people", "N", "so many people, each with a session (else 2,000)"},
	{"--sign-ins", "N", "so many passwords judged (else 50)"},
	{"--look-ups", "N", "so many sessions and tokens looked up (else 200,000)"},
	{NULL, NULL, NULL},
};

struct access_bench {
	struct cli *cli;
	uint64_t people, sign_ins, look_ups;
	struct access *access;
	struct access_secret *sessions; /* by person */
	struct access_secret api;
	struct person_id first;
	struct bench_rows rows;
};

static struct str email_of(uint64_t i, char to[48])
{
	snprintf(to, 48, "p%06ju@example.org", (uintmax_t)i);
	return str_of(to);
}

/* Two commits each: the invitation, and its use. */
static bool let_in(struct access_bench *b, uint64_t i, struct err *err)
{
	struct str posts[] = {STR("national-lead")};
	struct access_link_wish wish = {.kind = ACCESS_SIGN_IN};
	struct access_accept accept = {.client = {.address = STR("192.0.2.1"), .agent = STR("x")}};
	struct access_invitation in = {.name = STR("P"), .posts = posts, .nposts = 1};
	struct access_person p;
	struct access_entry entry;
	struct access_secret link;
	char email[48];

	in.email = email_of(i, email);
	if (!access_invite(b->access, &in, &link, err) ||
	    !access_person_get(b->access, in.email, b->cli->arena, &p, err))
		return false;
	wish.person = p.id;
	accept.token = str_of(link.c);
	if (i == 0) {
		b->first = p.id;
		accept.password = STR("four tall lamps hum");
	} else if (!access_link_make(b->access, &wish, &link, err)) {
		return false;
	}
	accept.token = str_of(link.c);
	if (!access_link_use(b->access, &accept, &entry, err))
		return false;
	b->sessions[i] = entry.token;
	return true;
}

static bool sign_in(struct access_bench *b, struct err *err)
{
	char email[48];
	struct access_attempt attempt = {.email = email_of(0, email),
					 .password = STR("four tall lamps hum"),
					 .client = {.address = STR("192.0.2.1")}};
	struct access_entry entry;

	for (uint64_t i = 0; i < b->sign_ins; i++) {
		if (!access_sign_in(b->access, &attempt, &entry, err))
			return false;
		if (entry.outcome != ACCESS_IN)
			return err_set(err, ERR_INVALID, "the bench was not let in");
	}
	bench_measured(&b->rows, "sign-ins", (double)b->sign_ins, "sign-ins");
	return true;
}

static bool judge(struct access_bench *b, struct err *err)
{
	struct access_attempt attempt = {.email = STR("nobody@x.y"),
					 .password = STR("four tall lamps hum"),
					 .client = {.address = STR("192.0.2.1")}};
	struct access_trial t;
	struct access_entry entry;

	if (!access_trial_begin(b->access, &attempt, &t, err))
		return false;
	b->rows.began_ns = clock_monotonic_ns();
	for (uint64_t i = 0; i < b->sign_ins; i++)
		access_trial_judge(&t);
	bench_measured(&b->rows, "passwords judged", (double)b->sign_ins, "passwords");
	return access_trial_end(b->access, &t, &entry, err);
}

static bool look_up(struct access_bench *b, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct access_session s;
	struct access_token t;

	b->rows.began_ns = clock_monotonic_ns();
	for (uint64_t i = 0; i < b->look_ups; i++) {
		struct str token = str_of(b->sessions[i * 7919 % b->people].c);

		arena_clear(arena);
		if (!access_session_find(b->access, token, arena, &s, err))
			return false;
	}
	bench_measured(&b->rows, "sessions looked up", (double)b->look_ups, "sessions");
	for (uint64_t i = 0; i < b->look_ups; i++) {
		arena_clear(arena);
		if (!access_token_find(b->access, str_of(b->api.c), arena, &t, err))
			return false;
	}
	bench_measured(&b->rows, "API tokens looked up", (double)b->look_ups, "tokens");
	return true;
}

static bool measure_in(struct access_bench *b, struct acts *a, struct err *err)
{
	struct access_token wish = {.name = STR("bench"), .post = STR("national-lead")};

	b->sessions = ARENA_ARRAY(b->cli->arena, struct access_secret, b->people);
	b->rows.began_ns = clock_monotonic_ns();
	for (uint64_t i = 0; i < b->people; i++)
		if (!let_in(b, i, err))
			return false;
	bench_measured(&b->rows, "people invited and let in", (double)b->people, "people");
	wish.person = b->first;
	wish.until_ms = acts_now_ms(a) + MS_PER_DAY;
	return access_token_make(b->access, &wish, &b->api, err) && judge(b, err) &&
	       sign_in(b, err) && look_up(b, err);
}

static bool measure(void *ctx, struct acts *a, struct err *err)
{
	struct access_bench *b = ctx;
	AUTO(site_key_closep) struct site_key *key = NULL;
	AUTO(text_freep) struct text path = {0};
	struct access_config config = {
		.store = acts_store(a), .clock = &b->cli->clock, .service = STR("Bench")};
	bool ok;

	site_key_path(store_place(config.store), &path);
	if (!site_key_open(text_c(&path), &key, err))
		return false;
	config.key = key;
	if (!access_open(&config, &b->access, err))
		return false;
	ok = measure_in(b, a, err);
	access_close(b->access);
	return ok;
}

bool access_bench_run(struct cli *c, struct err *err)
{
	struct access_bench b = {.cli = c, .rows.bench = "access"};

	if (!cli_opt_u64(c, "--people", 2000, &b.people, err) ||
	    !cli_opt_u64(c, "--sign-ins", 50, &b.sign_ins, err) ||
	    !cli_opt_u64(c, "--look-ups", 200000, &b.look_ups, err))
		return false;
	if (!b.people || b.people > 1000000)
		return err_set(err, ERR_USAGE, "--people takes 1 to 1,000,000");
	return bench_service(c, measure, &b, err) && bench_print(c, b.rows.v, b.rows.n, err);
}
