#include "notify_world.h"

#include "access/access.h"

static const struct store_table *const tables[] = {journal_tables,  directory_tables, intel_tables,
						   estate_tables,   access_tables,    alerts_tables,
						   incident_tables, notify_tables,    NULL};

static void reach_people(struct world *w)
{
	static const char *const people[][2] = {{"t1-lead.holder", "Lead@T1.example.org"},
						{"t1-siro.holder", "siro@t1.example.org"},
						{"r1-lead.holder", "lead@r1.example.org"},
						{"s1-resp.holder", "desk@s1.example.org"}};
	char body[200];

	for (size_t i = 0; i < ARRAY_LEN(people); i++) {
		snprintf(body, sizeof(body), "{'person':'%s','name':'Who holds it','email':'%s'}",
			 people[i][0], people[i][1]);
		world_do(w, "national-lead", "person.add", body);
	}
	world_do(w, "national-lead", "contact.set",
		 "{'org':'P1','post':'manager','name':'M','email':'manager@p1.example.org'}");
	world_do(w, "national-lead", "contact.set",
		 "{'org':'P2','post':'manager','name':'M','email':'x@y> <z@z'}");
}

static void let_sign_in(struct post_office *o)
{
	AUTO(access_closep) struct access *a = NULL;
	struct access_config config = {
		.store = o->w->store, .key = o->w->key, .clock = &o->clock, .service = STR("Test")};
	struct str post = STR("t1-lead");
	struct access_secret token;

	OK(access_open(&config, &a, err));
	OK(access_invite(a,
			 &(struct access_invitation){.email = STR("PAT@t1.example.org"),
						     .name = STR("Pat"),
						     .posts = &post,
						     .nposts = 1},
			 &token, err));
}

int office_open(void **state)
{
	struct post_office *o = mem_zero(1, sizeof(*o));
	struct notify_config config;
	void *world;

	world_with(tables);
	assert_int_equal(world_open(&world), 0);
	o->w = world;
	o->clock = clock_fixed(o->w->now_ms);
	config = (struct notify_config){.journal = o->w->journal,
					.store = o->w->store,
					.key = o->w->key,
					.clock = &o->clock,
					.service = STR("Service \xc3\xa4 =")};
	reach_people(o->w);
	let_sign_in(o);
	OK(notify_open(&config, &o->n, err));
	OK(notify_mail_set(o->n,
			   &(struct notify_mail){.url = STR("smtp://127.0.0.1:1"),
						 .from = STR("lynchpin@nation.example.org")},
			   err));
	*state = o;
	return 0;
}

int office_close(void **state)
{
	struct post_office *o = *state;
	void *world = o->w;

	notify_close(o->n);
	world_close(&world);
	free(o);
	return 0;
}

void office_at(struct post_office *o, const char *stamp)
{
	world_at(o->w, stamp);
	o->clock.fixed_ms = o->w->now_ms;
}

uint64_t office_advance(struct post_office *o)
{
	struct notify_advanced done;

	OK(notify_advance(o->n, &done, err));
	return done.notices;
}

static bool add_line(void *ctx, struct str line, struct err *err UNUSED)
{
	text_add(ctx, line);
	text_add_char(ctx, '\n');
	return true;
}

void office_dump(struct post_office *o, const char *table, struct text *to)
{
	const char *const only[] = {table, NULL};

	OK(store_dump(o->w->store,
		      &(struct store_dump){
			      .kinds = STORE_LOCAL, .tables = only, .line = add_line, .ctx = to},
		      err));
}

struct notify_messages office_list(struct post_office *o)
{
	struct notify_messages ret = {0};

	OK(notify_list(o->n, &(struct notify_filter){NOTIFY_STATES, 0}, o->w->arena, &ret, err));
	return ret;
}

void office_bundle(struct post_office *o)
{
	OK(bundle(o->n, o->w->now_ms, err));
}

void office_settle(struct post_office *o, const char *recipient, enum notify_state state)
{
	AUTO(store_donep) struct store_query *q = NULL;
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct envelope e = {.channel = STR(EMAIL), .recipient = str_of(recipient)};
	bool row;

	OK(store_query(o->w->store,
		       SQL("SELECT number FROM notify_message WHERE recipient = ?1 AND state = 0"),
		       ARGS(store_text(e.recipient)), &q, err));
	OK(store_step(q, &row, err));
	assert_true(row);
	e.number = store_col_int(q, 0);
	store_donep(&q);
	q = NULL;
	OK(store_begin(o->w->store, &txn, err));
	OK(settle(txn, &e, &(struct settling){.state = state, .now_ms = o->w->now_ms}, err));
	OK(store_commit(&txn, err));
}
