#include <unistd.h>

#include "directory_world.h"

#include "base/file.h"
#include "base/mem.h"
#include "wire/wire.h"

static const struct store_table *const tables[] = {journal_tables, directory_tables, NULL};

int64_t day_ms(const char *day)
{
	int64_t ms = 0;

	assert_true(stamp_parse(str_of(day), &ms));
	return ms;
}

static struct store *store_at(const char *path)
{
	struct store *s = NULL;
	struct err err;

	if (!store_open(
		    &(struct store_config){.path = path, .mode = STORE_CREATE, .tables = tables},
		    &s, &err))
		fail_msg("%s", err.text);
	return s;
}

int world_open(void **state)
{
	struct world *w = mem_zero(1, sizeof(*w));
	struct err err;
	char key[128];

	snprintf(w->folder, sizeof(w->folder), "/tmp/lynchpin-directory-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(w->path, sizeof(w->path), "%s/lynchpin.db", w->folder);
	snprintf(key, sizeof(key), "%s.key", w->path);
	w->store = store_at(w->path);
	assert_true(site_key_create(key, &w->key, &err));
	assert_true(journal_open(w->store, w->key, &w->journal, &err));
	w->arena = arena_open();
	w->now_ms = day_ms("2017-05-12");
	*state = w;
	world_do(w, "service.init", "{\"nation\":\"X26\",\"service\":\"The service\"}");
	return 0;
}

int world_close(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".key", ".2", ".2-wal", ".2-shm"};
	struct world *w = *state;
	char name[160];

	journal_close(w->journal);
	site_key_close(w->key);
	store_close(w->store);
	arena_close(w->arena);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", w->path, ends[i]);
		unlink(name);
	}
	rmdir(w->folder);
	free(w);
	return 0;
}

static const struct act_kind *kind_of(const char *act)
{
	for (const struct act_kind *k = directory_acts; k->name; k++)
		if (str_is(str_of(act), k->name))
			return k;
	fail_msg("no act %s", act);
	return NULL;
}

struct doing {
	struct world *w;
	const struct act_kind *kind;
	struct record what;
	const struct act_bulk *held;
};

static bool run(struct doing *d, struct store_txn *txn, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct record sealed;
	struct hash digest;
	struct act_ctx ctx = {.store = d->w->store,
			      .journal = d->w->journal,
			      .record = &d->what,
			      .arena = arena,
			      .held = d->held,
			      .held_n = d->held ? 1 : 0};

	if (d->held && !journal_put_bulk(txn, d->held->bytes, &digest, err))
		return false;
	if (!json_parse(doc, d->what.body, 0, &ctx.body, err) || !d->kind->check(&ctx, err) ||
	    !journal_append(d->w->journal, txn, &d->what, &sealed, err))
		return false;
	ctx.record = &sealed;
	ctx.txn = txn;
	return d->kind->apply(&ctx, err);
}

static bool act_as(struct world *w, const char *post, struct doing *d, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	d->w = w;
	d->what.post = str_of(post);
	d->what.stamped_ms = w->now_ms;
	d->what.act = str_of(d->kind->name);
	return store_begin(w->store, &txn, err) && run(d, txn, err) && store_commit(&txn, err);
}

bool world_try(struct world *w, const char *act, struct str body, const struct act_bulk *held,
	       struct err *err)
{
	struct doing d = {.kind = kind_of(act), .what = {.body = body}, .held = held};

	return act_as(w, w->post ? w->post : "national-lead", &d, err);
}

bool world_try_as(struct world *w, const char *post, const char *act, const char *body,
		  struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	AUTO(text_freep) struct text canonical = {0};
	struct doing d = {.kind = kind_of(act)};
	struct json_value v;

	assert_true(json_parse(doc, str_of(body), 0, &v, err));
	assert_true(json_canonical(v, &canonical, err));
	d.what.body = text_str(&canonical);
	return act_as(w, post, &d, err);
}

void world_do(struct world *w, const char *act, const char *body)
{
	struct err err;

	if (!world_try_as(w, "national-lead", act, body, &err))
		fail_msg("%s: %s", act, err.text);
}

struct directory_view world_view(const struct world *w)
{
	return (struct directory_view){w->store, w->arena, w->now_ms};
}

bool world_try_import(struct world *w, const struct directory_import *import,
		      struct directory_report *report, struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	struct act_bulk held = {hash_of(import->bytes), import->bytes};
	struct directory_view view = world_view(w);

	return directory_import_body(&view, import, report, &body, err) &&
	       world_try(w, "org.import", text_str(&body), &held, err);
}

struct directory_report world_import(struct world *w, const char *file, struct str bytes,
				     int64_t taken_ms)
{
	struct directory_report report = {0};
	struct err err;

	if (!world_try_import(
		    w,
		    &(struct directory_import){.bytes = bytes,
					       .file = str_of(file),
					       .taken_ms = taken_ms,
					       .received_ms = MAX_OF(w->now_ms, taken_ms)},
		    &report, &err))
		fail_msg("%s: %s", file, err.text);
	return report;
}

static bool add_line(void *ctx, struct str line, struct err *err)
{
	(void)err;
	text_add(ctx, line);
	text_add_char(ctx, '\n');
	return true;
}

void world_dump(struct store *s, struct text *to)
{
	struct err err;

	assert_true(store_dump(
		s, &(struct store_dump){.kinds = STORE_RECORDED, .line = add_line, .ctx = to},
		&err));
}

void world_dump_things(struct store *s, struct text *to)
{
	static const char *const only[] = {
		"directory_org",    "directory_fact",	 "directory_relation",
		"directory_site",   "directory_contact", "directory_post",
		"directory_person", "directory_holding", NULL};
	struct err err;

	assert_true(store_dump(
		s,
		&(struct store_dump){
			.kinds = STORE_RECORDED, .tables = only, .line = add_line, .ctx = to},
		&err));
}

struct replay {
	struct world *w;
	struct store *to;
	struct store_txn *txn;
	struct record records[256];
	size_t n;
};

static bool apply_again(void *ctx, const struct record *record, struct err *err)
{
	struct replay *r = ctx;
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct act_ctx act = {.store = r->to,
			      .txn = r->txn,
			      .journal = r->w->journal,
			      .record = record,
			      .arena = arena};
	char name[JOURNAL_NAME_MAX + 1];

	snprintf(name, sizeof(name), "%.*s", STR_FMT(record->act));
	return json_parse(doc, record->body, 0, &act.body, err) && kind_of(name)->apply(&act, err);
}

static bool keep_record(void *ctx, const struct record *record, struct err *err)
{
	struct replay *r = ctx;
	struct record *kept = &r->records[r->n++];

	(void)err;
	assert_true(r->n <= ARRAY_LEN(r->records));
	*kept = *record;
	kept->site = arena_str(r->w->arena, record->site);
	kept->act = arena_str(r->w->arena, record->act);
	kept->post = arena_str(r->w->arena, record->post);
	kept->user = arena_str(r->w->arena, record->user);
	kept->body = arena_str(r->w->arena, record->body);
	return true;
}

static void rebuild(struct world *w, bool reversed)
{
	AUTO(text_freep) struct text before = {0}, after = {0};
	AUTO(store_closep) struct store *to = NULL;
	struct replay r = {.w = w};
	struct err err;
	char path[112];

	snprintf(path, sizeof(path), "%s.2", w->path);
	unlink(path);
	r.to = to = store_at(path);
	assert_true(journal_each(w->journal, (struct journal_range){1, INT64_MAX}, keep_record, &r,
				 &err));
	assert_true(store_begin(to, &r.txn, &err));
	for (size_t i = 0; i < r.n; i++)
		if (!apply_again(&r, &r.records[reversed ? r.n - 1 - i : i], &err))
			fail_msg("%s", err.text);
	assert_true(store_commit(&r.txn, &err));
	world_dump(w->store, &before);
	world_dump(to, &after);
	assert_true(before.n > 0);
	assert_true(str_eq(text_str(&before), text_str(&after)));
}

void world_rebuild_same(struct world *w)
{
	rebuild(w, false);
}

void world_rebuild_reversed(struct world *w)
{
	rebuild(w, true);
}

bool world_data(const char *name, struct text *to)
{
	const char *data = getenv("LYNCHPIN_DATA"), *source = getenv("LYNCHPIN_SOURCE");
	AUTO(text_freep) struct text path = {0};
	struct err err;

	if (data)
		text_addf(&path, "%s/nhs/%s", data, name);
	else
		text_addf(&path, "%s/../shared/data/nhs/%s", source ? source : ".", name);
	return file_read(text_c(&path), (size_t)64 << 20, to, &err);
}
