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

static const struct act_kind *const kinds[] = {directory_acts, NULL};
static const struct world_plan plan = {
	.tables = tables, .kinds = kinds, .now_ms = 1494547200000 /* 2017-05-12 */};

int world_open(void **state)
{
	struct world *w = world_make(&plan, state);

	world_do(w, "service.init", "{\"nation\":\"X26\",\"service\":\"The service\"}");
	return 0;
}

int world_close(void **state)
{
	world_unmake(*state);
	return 0;
}

bool world_try(struct world *w, const char *act, struct str body, const struct act_bulk *held,
	       struct err *err)
{
	return world_perform(w, &(struct world_deed){.act = act, .body = body, .held = held}, err);
}

bool world_try_as(struct world *w, const char *post, const char *act, const char *body,
		  struct err *err)
{
	AUTO(text_freep) struct text canonical = {0};

	world_canonical(body, &canonical);
	return world_perform(
		w, &(struct world_deed){.act = act, .post = post, .body = text_str(&canonical)},
		err);
}

void world_do_as(struct world *w, const char *post, const char *act, const char *body)
{
	struct err err = {0};

	if (!world_try_as(w, post, act, body, &err))
		fail_msg("%s: %s", act, err.text);
}

void world_do(struct world *w, const char *act, const char *body)
{
	world_do_as(w, "national-lead", act, body);
}

void world_refused(struct world *w, const char *post, const char *act, const char *body,
		   const char *why)
{
	struct err err = {0};

	if (world_try_as(w, post, act, body, &err))
		fail_msg("%s %s was not refused", act, body);
	if (!strstr(err.text, why))
		fail_msg("\"%s\" does not say \"%s\"", err.text, why);
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

void world_dump_things(struct store *s, struct text *to)
{
	static const char *const only[] = {
		"directory_org",    "directory_fact",	 "directory_relation",
		"directory_site",   "directory_contact", "directory_post",
		"directory_person", "directory_holding", NULL};

	world_dump(s, only, to);
}

struct replay {
	struct world *w;
	struct record records[256];
	size_t n;
};

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
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	struct replay r = {.w = w};
	struct err err;
	char path[112];

	snprintf(path, sizeof(path), "%s.2", w->path);
	store_remove(path);
	to = world_store(w->plan, path);
	assert_true(journal_each(w->journal, (struct journal_range){1, INT64_MAX}, keep_record, &r,
				 &err));
	assert_true(store_begin(to, &txn, &err));
	for (size_t i = 0; i < r.n; i++)
		if (!world_again(w, txn, &r.records[reversed ? r.n - 1 - i : i], &err))
			fail_msg("%s", err.text);
	assert_true(store_commit(&txn, &err));
	world_dump(w->store, NULL, &before);
	world_dump(to, NULL, &after);
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
