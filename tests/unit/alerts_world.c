#include "alerts_world.h"

#include "base/file.h"

static const struct store_table *const tables[] = {journal_tables, directory_tables, intel_tables,
						   estate_tables,  alerts_tables,    NULL};
static const struct act_kind *const kinds[] = {journal_acts, directory_acts, intel_acts,
					       estate_acts,  alerts_acts,    NULL};

static bool authorise(const struct world *w, const struct act_kind *kind, const struct act_ctx *ctx,
		      struct err *err)
{
	const struct directory_claim claim = {.post = ctx->record->post,
					      .right = str_of(kind->right),
					      .org = json_str_or(ctx->body, "org", (struct str){0}),
					      .at_ms = w->now_ms};
	bool may;

	if (!directory_post_may(w->store, &claim, &may, err))
		return false;
	return may || err_set(err, ERR_DENIED, "the post %.*s may not", STR_FMT(claim.post));
}

/* 2017-05-12 09:00 UTC */
static struct world_plan plan = {
	.tables = tables, .kinds = kinds, .now_ms = 1494579600000, .may = authorise};

void world_with(const struct store_table *const *of_rooms_above)
{
	plan.tables = of_rooms_above;
}

bool world_try(struct world *w, const char *post, const char *act, const char *body,
	       struct err *err)
{
	AUTO(text_freep) struct text canonical = {0};
	AUTO(freep) char *quoted = mem_copy(body, strlen(body));

	for (char *p = quoted; *p; p++)
		if (*p == '\'')
			*p = '"';
	world_canonical(quoted, &canonical);
	return world_perform(
		w, &(struct world_deed){.act = act, .post = post, .body = text_str(&canonical)},
		err);
}

void world_do(struct world *w, const char *post, const char *act, const char *body)
{
	struct err err = {0};

	if (!world_try(w, post, act, body, &err))
		fail_msg("%s %s: %s", act, body, err.text);
}

void world_refuses(struct world *w, const char *post, const char *act, const char *body,
		   const char *words)
{
	struct err err = {0};

	if (world_try(w, post, act, body, &err))
		fail_msg("%s %s was not refused", act, body);
	if (!strstr(err.text, words))
		fail_msg("%s: \"%s\", not \"%s\"", act, err.text, words);
}

bool world_adopt(struct world *w, const char *what, struct str bytes, struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	const struct act_bulk held = {hash_of(bytes), bytes};

	return alerts_adopt_body(str_of(what), STR("rules.csv"), bytes, &body, err) &&
	       world_perform(w,
			     &(struct world_deed){
				     .act = "alert.adopt", .body = text_str(&body), .held = &held},
			     err);
}

/* By the national lead; it must succeed. */
static void perform(struct world *w, const char *act, struct str body, const struct act_bulk *held)
{
	struct err err = {0};

	if (!world_perform(w, &(struct world_deed){.act = act, .body = body, .held = held}, &err))
		fail_msg("%s: %s", act, err.text);
}

static void take_in(struct world *w, const char *org, const char *csv,
		    const struct estate_stated *stated)
{
	const struct estate_file_in in = {.name = STR("inventory.csv"),
					  .bytes = str_of(csv),
					  .org = str_of(org),
					  .received_ms = w->now_ms,
					  .stated = *stated};
	struct estate_reading r = {0};
	struct err err = {0};

	if (!estate_read_all(&in, 1, &r, &err))
		fail_msg("%s", err.text);
	perform(w, "estate.import", text_str(&r.body), &(struct act_bulk){r.pack.digest, in.bytes});
	estate_reading_free(&r);
}

void world_inventory(struct world *w, const char *org, const char *csv)
{
	take_in(w, org, csv,
		&(struct estate_stated){.taken_ms = w->now_ms, .scope = STR("organisation")});
}

void world_take_in(struct world *w, const char *org, const char *csv)
{
	take_in(w, org, csv, &(struct estate_stated){.default_taken_ms = w->now_ms});
}

void world_feed(struct world *w, const char *name, const char *bytes)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text body = {0};
	struct intel_batch *batch = NULL;
	const struct act_bulk held = {hash_of(str_of(bytes)), str_of(bytes)};
	struct err err = {0};

	if (!intel_read(arena, str_of(name), str_of(bytes), &batch, &err))
		fail_msg("%s", err.text);
	intel_import_body(batch, str_of(name), w->now_ms, &body);
	perform(w, "feed.import", text_str(&body), &held);
}

void world_at(struct world *w, const char *stamp)
{
	assert_true(stamp_parse(str_of(stamp), &w->now_ms));
}

struct alerts_view world_view(const struct world *w)
{
	return (struct alerts_view){w->store, w->arena, w->now_ms};
}

struct alert world_alert(struct world *w, const char *id)
{
	const struct alerts_view view = world_view(w);
	struct alert alert = {0};
	struct err err = {0};

	if (!alert_get(&view, str_of(id), &alert, &err) || !alert_count(&view, &alert, &err))
		fail_msg("%s", err.text);
	return alert;
}

void world_release(struct world *w, const char *id, int revision)
{
	char body[96];

	snprintf(body, sizeof(body), "{'alert':'%s','revision':%d}", id, revision);
	world_do(w, "national-lead", "alert.approve", body);
	world_do(w, "analyst", "alert.publish", body);
}

void world_issue(struct world *w, const char *id, const char *rest)
{
	char body[512];

	snprintf(body, sizeof(body),
		 "{'alert':'%s','base':0,'weight':'first','title':'SMB','severity':'high',"
		 "'tlp':'GREEN','text':'Patch.',%s}",
		 id, rest);
	world_do(w, "analyst", "alert.draft", body);
	world_release(w, id, 1);
}

void world_publish(struct world *w, const char *id)
{
	world_issue(w, id,
		    "'about':{'cves':['CVE-2017-0144']},'audience':{'everyone':true},"
		    "'outcomes':['fix','mitigation']");
}

/* --- rows --- */

struct replay {
	struct world *w;
	struct store_txn *txn;
};

static bool apply_again(void *ctx, const struct record *record, struct err *err)
{
	struct replay *r = ctx;

	return world_again(r->w, r->txn, record, err);
}

void world_rebuild_same(struct world *w)
{
	AUTO(text_freep) struct text before = {0}, after = {0};
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct replay r = {.w = w};
	struct err err = {0};

	world_dump(w->store, NULL, &before);
	assert_true(store_begin(w->store, &txn, &err));
	r.txn = txn;
	assert_true(store_clear(txn, STORE_RECORDED, &err));
	if (!journal_each(w->journal, (struct journal_range){1, INT64_MAX}, apply_again, &r, &err))
		fail_msg("%s", err.text);
	assert_true(store_commit(&txn, &err));
	world_dump(w->store, NULL, &after);
	assert_true(before.n > 0);
	assert_string_equal(text_c(&before), text_c(&after));
}

int64_t world_count(struct world *w, struct sql sql)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct err err = {0};
	bool row;

	assert_true(store_query(w->store, sql, ARGS(), &q, &err));
	assert_true(store_step(q, &row, &err));
	return row ? store_col_int(q, 0) : -1;
}

/* --- evidence --- */

void world_advance(struct world *w, struct alerts_advanced *ret)
{
	struct clock clock = clock_fixed(w->now_ms);
	struct alerts *a = NULL;
	struct err err = {0};

	if (!alerts_open(w->journal, &clock, &a, &err) || !alerts_advance(a, ret, &err))
		fail_msg("%s", err.text);
	alerts_close(a);
}

void world_derive(struct world *w)
{
	struct alerts_advanced done;

	world_advance(w, &done);
}

static bool add_line(void *ctx, struct str line, struct err *err)
{
	(void)err;
	text_add(ctx, line);
	text_add_char(ctx, '\n');
	return true;
}

void world_derived(struct world *w, struct text *to)
{
	struct err err = {0};

	assert_true(store_dump(
		w->store, &(struct store_dump){.kinds = STORE_DERIVED, .line = add_line, .ctx = to},
		&err));
}

void world_derives_same(struct world *w)
{
	AUTO(text_freep) struct text before = {0}, after = {0};
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct err err = {0};

	world_derived(w, &before);
	assert_true(store_begin(w->store, &txn, &err));
	assert_true(store_clear(txn, STORE_DERIVED, &err));
	assert_true(store_commit(&txn, &err));
	world_derive(w);
	world_derived(w, &after);
	assert_string_equal(text_c(&before), text_c(&after));
}

void world_alert_about(struct world *w, const char *id, const char *about)
{
	char rest[320];

	snprintf(rest, sizeof(rest), "%s,'audience':{'everyone':true},'outcomes':['fix']", about);
	world_issue(w, id, rest);
}

void world_widget_alert(struct world *w)
{
	world_feed(w, "nvd.json",
		   FEED("2017-05-01T00:00:00.000", VULN("CVE-2017-0001", "widget", "2.0")));
	world_alert_about(w, "CC-2017-0001", "'about':{'cves':['CVE-2017-0001']}");
}

/* --- the service --- */

void world_pack(const char *name, struct text *to)
{
	const char *source = getenv("LYNCHPIN_SOURCE");
	AUTO(text_freep) struct text path = {0};
	struct err err = {0};

	text_addf(&path, "%s/pack/%s", source ? source : ".", name);
	if (!file_read(text_c(&path), (size_t)1 << 20, to, &err))
		fail_msg("%s", err.text);
}

static void adopt_pack(struct world *w, const char *what, const char *name)
{
	AUTO(text_freep) struct text bytes = {0};
	struct err err = {0};

	world_pack(name, &bytes);
	if (!world_adopt(w, what, text_str(&bytes), &err))
		fail_msg("%s", err.text);
}

/* Somebody of its own. */
static void hold(struct world *w, const char *post, const char *org)
{
	char body[256];

	snprintf(body, sizeof(body), "{'person':'%s.holder','name':'Who holds it','org':'%s'}",
		 post, org);
	world_do(w, "national-lead", "person.add", body);
	snprintf(body, sizeof(body), "{'post':'%s','person':'%s.holder','from':'2017-01-01'}", post,
		 post);
	world_do(w, "national-lead", "post.hold", body);
}

static void make_orgs(struct world *w)
{
	static const char *const orgs[][4] = {
		{"R1", "North", "region", "X26"},
		{"R2", "South", "region", "X26"},
		{"T1", "Alder", "trust", "R1"},
		{"T2", "Birch", "trust", "R2"},
		{"T9", "Old Alder", "trust", "R1"},
		{"Q1", "North ICB", "icb", "R1"},
		{"P1", "Practice 1", "gp_practice", "Q1"},
		{"P2", "Practice 2", "gp_practice", "Q1"},
		{"P3", "Practice 3", "gp_practice", "Q1"},
		{"S1", "Scanners", "supplier", "X26"},
	};
	static const char *const posts[][3] = {
		{"analyst", "national-analyst", "X26"}, {"r1-lead", "regional-lead", "R1"},
		{"t1-lead", "security-lead", "T1"},	{"t1-siro", "siro", "T1"},
		{"p1-lead", "security-lead", "P1"},	{"s1-resp", "responder", "S1"},
	};
	char body[256];

	for (size_t i = 0; i < ARRAY_LEN(orgs); i++) {
		snprintf(body, sizeof(body), "{'org':'%s','name':'%s','role':'%s','parent':'%s'}",
			 orgs[i][0], orgs[i][1], orgs[i][2], orgs[i][3]);
		world_do(w, "national-lead", "org.add", body);
	}
	for (size_t i = 0; i < ARRAY_LEN(posts); i++) {
		snprintf(body, sizeof(body), "{'post':'%s','kind':'%s','org':'%s'}", posts[i][0],
			 posts[i][1], posts[i][2]);
		world_do(w, "national-lead", "post.add", body);
		hold(w, posts[i][0], posts[i][2]);
	}
	hold(w, "national-lead", "X26");
}

int world_open(void **state)
{
	struct world *w = world_make(&plan, state);

	perform(w, "service.init", STR("{\"nation\":\"X26\",\"service\":\"Test\"}"), NULL);
	make_orgs(w);
	adopt_pack(w, "clocks", "alert-clocks.csv");
	adopt_pack(w, "ladders", "alert-ladders.csv");
	adopt_pack(w, "holidays", "bank-holidays.csv");
	return 0;
}

/* --- few asked one by one ------------------------------------------------------------------- */

static void say_list(struct text *t, struct str_list list)
{
	for (size_t i = 0; i < list.n; i++)
		text_addf(t, " %.*s", STR_FMT(list.v[i]));
	text_add_char(t, ';');
}

static void say_obligation(struct text *t, const struct obligation *o)
{
	const struct obligation_verdict *v = &o->is;
	const int64_t times[] = {
		v->start_ms,	  v->closed_ms,	       v->until_ms,	   v->previous_closed_ms,
		v->answered_ms,	  v->updated_ms,       v->seen_ms,	   v->acknowledge_due_ms,
		v->update_due_ms, v->remediate_due_ms, v->mitigate_due_ms, v->due_ms,
		v->expected,	  o->joined_ms,	       o->delivered_ms,	   o->said_ms};
	const uint64_t counts[] = {v->exposed,		v->differs,
				   v->unproven,		v->mitigated,
				   v->excepted,		v->unknown,
				   v->covered,		v->devices,
				   v->closed_by.number, v->previous_closed_by.number,
				   v->ordinal,		o->step,
				   v->answered,		v->blocked,
				   v->pending,		v->covering,
				   v->overdue,		o->reached};

	text_addf(t, "%.*s %.*s %.*s %.*s %s", STR_FMT(o->org), STR_FMT(o->name),
		  STR_FMT(o->region), STR_FMT(o->role), obligation_state_name(v->state));
	for (size_t i = 0; i < ARRAY_LEN(times); i++)
		text_addf(t, " %jd", (intmax_t)times[i]);
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		text_addf(t, " %ju", (uintmax_t)counts[i]);
	text_addf(t, " %.*s; %.*s;", STR_FMT(o->claims), STR_FMT(o->answered_by));
	say_list(t, o->inherited);
	say_list(t, o->suppliers);
	text_add_char(t, '\n');
}

static void say_waits(struct text *t, const struct supplier_waits *w)
{
	text_addf(t, "%.*s %.*s %.*s %jd %jd %jd %jd %jd %d %d %u\n", STR_FMT(w->supplier),
		  STR_FMT(w->name), STR_FMT(w->answer), (intmax_t)w->asked_ms,
		  (intmax_t)w->answered_ms, (intmax_t)w->promised_ms, (intmax_t)w->fix_ms,
		  (intmax_t)w->due_ms, w->reached, w->overdue, w->step);
}

static struct obligation_list obligations(const struct alerts_view *view,
					  const struct obligation_filter *filter)
{
	struct obligation_list list;
	struct err err = {0};

	if (!alert_obligations(view, filter, &list, &err))
		fail_msg("%s", err.text);
	return list;
}

static void say_obligations(const struct alerts_view *view, struct obligation_filter filter,
			    bool suppliers, struct text *t)
{
	const struct obligation_list list = obligations(view, &filter);

	for (size_t i = 0; i < list.n; i++)
		say_obligation(t, &list.v[i]);
	for (size_t i = 0; suppliers && i < list.nsuppliers; i++)
		say_waits(t, &list.suppliers[i]);
}

/* What one organisation is asked for is what it stands with among all. */
static void each_is_among_all(const struct alerts_view *view, struct str alert)
{
	const struct obligation_list all =
		obligations(view, &(struct obligation_filter){.alert = alert});

	for (size_t i = 0; i < all.n; i++) {
		AUTO(text_freep) struct text want = {0}, got = {0};

		say_obligation(&want, &all.v[i]);
		say_obligations(view,
				(struct obligation_filter){.alert = alert, .org = all.v[i].org},
				false, &got);
		assert_string_equal(text_c(&got), text_c(&want));
	}
}

/* What a post sees of its own is what it sees of all. */
static void own_is_among_all(const struct alerts_view *view, struct str alert)
{
	static const char *const posts[] = {"national-lead", "r1-lead", "t1-lead",
					    "t1-siro",	     "p1-lead", "s1-resp"};

	for (size_t i = 0; i < ARRAY_LEN(posts); i++) {
		struct obligation_filter filter = {.alert = alert, .post = str_of(posts[i])};
		AUTO(text_freep) struct text want = {0}, got = {0};

		say_obligations(view, filter, i == 0, &want);
		filter.own = true;
		say_obligations(view, filter, i == 0, &got);
		assert_string_equal(text_c(&got), text_c(&want));
	}
}

static void few_are_as_among_all(struct world *w)
{
	const struct alerts_view view = world_view(w);
	struct alert_list alerts;
	struct err err = {0};

	if (!alert_list(&view, &alerts, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < alerts.n; i++) {
		if (!alerts.v[i].published_revision)
			continue;
		each_is_among_all(&view, alerts.v[i].id);
		own_is_among_all(&view, alerts.v[i].id);
	}
}

int world_close(void **state)
{
	few_are_as_among_all(*state);
	world_unmake(*state);
	return 0;
}
