#include "world.h"

#include <dirent.h>
#include <unistd.h>

#include "base/mem.h"
#include "test_store.h"
#include "wire/wire.h"

struct store *world_store(const struct world_plan *plan, const char *path)
{
	const struct store_config config = {
		.path = path, .mode = STORE_CREATE, .tables = plan->tables};
	struct store *s = NULL;
	struct err err = {0};

	test_store_at(path);
	if (!store_open(&config, &s, &err))
		fail_msg("%s", err.text);
	return s;
}

struct world *world_make(const struct world_plan *plan, void **state)
{
	struct world *w = mem_zero(1, sizeof(*w));
	AUTO(text_freep) struct text key = {0};
	struct err err = {0};

	w->plan = plan;
	w->now_ms = plan->now_ms;
	snprintf(w->folder, sizeof(w->folder), "/tmp/lynchpin-world-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(w->path, sizeof(w->path), "%s/store.db", w->folder);
	site_key_path(w->path, &key);
	w->store = world_store(plan, w->path);
	if (!site_key_create(text_c(&key), &w->key, &err) ||
	    !journal_open(w->store, w->key, &w->journal, &err))
		fail_msg("%s", err.text);
	w->arena = arena_open();
	*state = w;
	return w;
}

void world_empty(const char *path)
{
	DIR *d = opendir(path);

	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		char name[512];

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		if (unlink(name) != 0) {
			world_empty(name);
			rmdir(name);
		}
	}
	closedir(d);
}

void world_unmake(struct world *w)
{
	arena_close(w->arena);
	journal_close(w->journal);
	site_key_close(w->key);
	store_close(w->store);
	world_empty(w->folder);
	assert_int_equal(rmdir(w->folder), 0);
	free(w);
}

static const struct act_kind *kind_of(const struct world *w, struct str act)
{
	for (size_t i = 0; w->plan->kinds[i]; i++)
		for (const struct act_kind *k = w->plan->kinds[i]; k->name; k++)
			if (str_is(act, k->name))
				return k;
	fail_msg("no act %.*s", STR_FMT(act));
	return NULL;
}

static bool put_all(struct store_txn *txn, const struct act_ctx *ctx, struct err *err)
{
	struct hash digest;

	for (size_t i = 0; i < ctx->held_n; i++)
		if (!journal_put_bulk(txn, ctx->held[i].bytes, &digest, err))
			return false;
	return true;
}

static bool perform(struct world *w, struct store_txn *txn, const struct world_deed *deed,
		    struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(json_closep) struct json_doc *doc = json_open();
	const struct act_kind *kind = kind_of(w, str_of(deed->act));
	const char *post = deed->post ? deed->post : w->post ? w->post : "national-lead";
	const struct record what = {.stamped_ms = w->now_ms,
				    .act = str_of(deed->act),
				    .post = str_of(post),
				    .user = str_of(w->user),
				    .body = deed->body};
	struct act_ctx ctx = {.store = w->store,
			      .journal = w->journal,
			      .record = &what,
			      .arena = arena,
			      .held = deed->held,
			      .held_n = deed->held ? MAX_OF(deed->held_n, (size_t)1) : 0};
	struct record sealed;

	if (!json_parse(doc, deed->body, 0, &ctx.body, err) ||
	    (w->plan->may && !w->plan->may(w, kind, &ctx, err)) ||
	    (kind->check && !kind->check(&ctx, err)) || !put_all(txn, &ctx, err) ||
	    !journal_append(w->journal, txn, &what, &sealed, err))
		return false;
	ctx.record = &sealed;
	ctx.txn = txn;
	w->number = sealed.number;
	return kind->apply(&ctx, err);
}

bool world_perform(struct world *w, const struct world_deed *deed, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	return store_begin(w->store, &txn, err) && perform(w, txn, deed, err) &&
	       store_commit(&txn, err);
}

void world_canonical(const char *json, struct text *to)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct json_value v;
	struct err err = {0};

	if (!json_parse(doc, str_of(json), 0, &v, &err) || !json_canonical(v, to, &err))
		fail_msg("%s: %s", json, err.text);
}

static bool add_line(void *ctx, struct str line, struct err *err)
{
	(void)err;
	text_add(ctx, line);
	text_add_char(ctx, '\n');
	return true;
}

void world_dump(struct store *s, const char *const *only, struct text *to)
{
	const struct store_dump what = {
		.kinds = STORE_RECORDED, .tables = only, .line = add_line, .ctx = to};
	struct err err = {0};

	if (!store_dump(s, &what, &err))
		fail_msg("%s", err.text);
}

bool world_again(const struct world *w, struct store_txn *txn, const struct record *record,
		 struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct act_ctx act = {.store = store_of(txn),
			      .txn = txn,
			      .journal = w->journal,
			      .record = record,
			      .arena = arena,
			      .replay = true};

	return json_parse(doc, record->body, 0, &act.body, err) &&
	       kind_of(w, record->act)->apply(&act, err);
}
