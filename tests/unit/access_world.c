#include "access_world.h"

#include "base/mem.h"

static const struct store_table *const tables[] = {journal_tables, directory_tables, access_tables,
						   NULL};
static const struct act_kind *const kinds[] = {directory_acts, NULL};
static const struct world_plan plan = {
	.tables = tables, .kinds = kinds, .now_ms = 1494547200000 /* 2017-05-12 */};

const char gate_password[] = "four tall lamps hum";

static void act(struct world *w, const char *name, const char *body)
{
	AUTO(text_freep) struct text canonical = {0};
	struct err err = {0};

	world_canonical(body, &canonical);
	if (!world_perform(w, &(struct world_deed){.act = name, .body = text_str(&canonical)},
			   &err))
		fail_msg("%s: %s", name, err.text);
}

void gate_reopen(struct gate *g, const struct access_settings *settings)
{
	struct access_config config = {.store = g->w->store,
				       .key = g->w->key,
				       .clock = &g->clock,
				       .service = STR("Aldershire"),
				       .settings = *settings};

	if (g->access)
		access_close(g->access);
	OK(access_open(&config, &g->access, err));
}

int gate_open(void **state)
{
	static const struct access_settings cheap = {.hash_ops = 1, .hash_bytes = 8192};
	struct gate *g = mem_zero(1, sizeof(*g));
	void *world;

	g->w = world_make(&plan, &world);
	g->clock = clock_fixed(plan.now_ms);
	act(g->w, "service.init", "{\"nation\":\"X26\",\"service\":\"The service\"}");
	act(g->w, "org.add", "{\"org\":\"T1\",\"name\":\"Alder\",\"role\":\"trust\"}");
	act(g->w, "post.add", "{\"post\":\"lead@t1\",\"kind\":\"security-lead\",\"org\":\"T1\"}");
	act(g->w, "post.add", "{\"post\":\"siro@t1\",\"kind\":\"siro\",\"org\":\"T1\"}");
	gate_reopen(g, &cheap);
	*state = g;
	return 0;
}

int gate_close(void **state)
{
	struct gate *g = *state;

	access_close(g->access);
	world_unmake(g->w);
	free(g);
	return 0;
}

void gate_pass(struct gate *g, int64_t ms)
{
	g->clock.fixed_ms += ms;
}

struct access_client gate_from(const char *address)
{
	return (struct access_client){.address = str_of(address), .agent = STR("Test/1.0")};
}

struct person_id gate_person(struct gate *g, const char *email, const char *post)
{
	struct access_client from = gate_from("192.0.2.1");
	struct str posts[] = {str_of(post)};
	struct access_invitation in = {
		.email = str_of(email), .name = STR("Pat Pine"), .posts = posts, .nposts = 1};
	struct access_secret token;
	struct access_accept accept = {.password = str_of(gate_password), .client = from};
	struct access_entry entry;

	OK(access_invite(g->access, &in, &token, err));
	accept.token = str_of(token.c);
	OK(access_link_use(g->access, &accept, &entry, err));
	assert_int_equal(entry.outcome, ACCESS_IN);
	return entry.person;
}

enum access_outcome gate_sign_in(struct gate *g, const char *email, const char *password,
				 const struct access_client *client)
{
	struct access_attempt attempt = {
		.email = str_of(email), .password = str_of(password), .client = *client};

	OK(access_sign_in(g->access, &attempt, &g->entry, err));
	return g->entry.outcome;
}

enum access_outcome gate_code(struct gate *g, const char *code, const struct access_client *client)
{
	struct access_secret pending = g->entry.token;
	struct access_code_attempt attempt = {
		.pending = str_of(pending.c), .code = str_of(code), .client = *client};

	OK(access_code_try(g->access, &attempt, &g->entry, err));
	if (g->entry.outcome == ACCESS_REFUSED || g->entry.outcome == ACCESS_WAIT)
		g->entry.token = pending;
	return g->entry.outcome;
}

void gate_totp(const struct gate *g, const uint8_t *secret, int64_t steps_from_now, char ret[8])
{
	uint64_t step = (uint64_t)(g->clock.fixed_ms / TOTP_STEP_MS + steps_from_now);

	snprintf(ret, 8, "%06u",
		 hotp(str_from((const char *)secret, TOTP_SECRET_BYTES), step, TOTP_DIGITS));
}

/* Base 32 back to bytes, as an authenticator does. */
static void secret_bytes(const char *c, uint8_t ret[TOTP_SECRET_BYTES])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned bits = 0, held = 0;

	for (size_t n = 0; *c; c++) {
		held = (held << 5 | (unsigned)(strchr(alphabet, *c) - alphabet)) & 0xffff;
		bits += 5;
		if (bits >= 8)
			ret[n++] = (uint8_t)(held >> (bits -= 8));
	}
}

struct access_recovery gate_second(struct gate *g, struct person_id who,
				   uint8_t ret_secret[TOTP_SECRET_BYTES])
{
	struct access_recovery codes;
	struct access_secret shown;
	char code[8];

	OK(access_totp_begin(g->access, who, &shown, NULL, err));
	secret_bytes(shown.c, ret_secret);
	gate_totp(g, ret_secret, 0, code);
	OK(access_totp_confirm(g->access, who, str_of(code), &codes, err));
	gate_pass(g, TOTP_STEP_MS);
	return codes;
}

bool gate_is_in(struct gate *g, const char *token)
{
	struct access_session s;
	struct err err;

	return access_session_find(g->access, str_of(token), g->w->arena, &s, &err);
}

static bool add_line(void *ctx, struct str line, struct err *err)
{
	struct text *to = ctx;

	(void)err;
	text_add(to, line);
	text_add_char(to, '\n');
	return true;
}

void gate_dump(struct gate *g, unsigned kinds_of, const char *table, struct text *to)
{
	const char *only[] = {table, NULL};
	const struct store_dump what = {
		.kinds = kinds_of, .tables = table ? only : NULL, .line = add_line, .ctx = to};

	OK(store_dump(g->w->store, &what, err));
}

uint64_t gate_count(struct gate *g, const char *table)
{
	AUTO(text_freep) struct text rows = {0};
	uint64_t n = 0;

	gate_dump(g, STORE_LOCAL, table, &rows);
	for (size_t i = 0; i < rows.n; i++)
		n += rows.p[i] == '\n';
	return n;
}
