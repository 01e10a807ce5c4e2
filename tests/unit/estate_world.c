#include "estate_world.h"

#include <dirent.h>

#include "intel/intel.h"

static const struct store_table *const tables[] = {journal_tables, directory_tables, intel_tables,
						   estate_tables, NULL};
static const struct act_kind *const kinds[] = {directory_acts, intel_acts, estate_acts, NULL};

int world_open(void **state)
{
	static struct world w;
	struct store_config config = {.mode = STORE_CREATE, .tables = tables};
	struct text key = {0};
	struct err err = {0};

	w = (struct world){.now_ms = 1494400000000}; /* 2017-05-10 */
	snprintf(w.folder, sizeof(w.folder), "/tmp/lynchpin-estate-XXXXXX");
	assert_non_null(mkdtemp(w.folder));
	snprintf(w.path, sizeof(w.path), "%s/store.db", w.folder);
	config.path = w.path;
	site_key_path(w.path, &key);
	if (!store_open(&config, &w.store, &err) || !site_key_create(text_c(&key), &w.key, &err) ||
	    !journal_open(w.store, w.key, &w.journal, &err) ||
	    !estate_open(w.journal, &w.estate, &err) ||
	    !world_act(&w, "service.init", STR("{\"nation\":\"R1H\",\"service\":\"Test\"}"), NULL,
		       &err))
		fail_msg("%s", err.text);
	text_free(&key);
	*state = &w;
	return 0;
}

void world_empty(const char *path)
{
	DIR *d = opendir(path);

	if (!d)
		return;
	for (struct dirent *e; (e = readdir(d));) {
		char name[512];

		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		if (unlink(name) != 0) {
			world_empty(name);
			rmdir(name);
		}
	}
	closedir(d);
}

int world_close(void **state)
{
	struct world *w = *state;

	estate_close(w->estate);
	journal_close(w->journal);
	site_key_close(w->key);
	store_close(w->store);
	world_empty(w->folder);
	return rmdir(w->folder);
}

static const struct act_kind *kind_of(const char *act)
{
	for (size_t i = 0; kinds[i]; i++)
		for (const struct act_kind *k = kinds[i]; k->name; k++)
			if (strcmp(k->name, act) == 0)
				return k;
	fail_msg("no act %s", act);
	return NULL;
}

bool world_act(struct world *w, const char *act, struct str body, const struct act_bulk *held,
	       struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(json_closep) struct json_doc *doc = json_open();
	AUTO(store_rollbackp) struct store_txn *txn = NULL;
	const struct act_kind *kind = kind_of(act);
	struct record what = {.stamped_ms = w->now_ms,
			      .act = str_of(act),
			      .post = STR("national-lead"),
			      .body = body},
		      sealed;
	struct act_ctx ctx = {.store = w->store,
			      .journal = w->journal,
			      .record = &what,
			      .arena = arena,
			      .held = held,
			      .held_n = held ? 1 : 0};
	struct hash digest;

	if (!json_parse(doc, body, 0, &ctx.body, err) || (kind->check && !kind->check(&ctx, err)) ||
	    !store_begin(w->store, &txn, err) ||
	    (held && !journal_put_bulk(txn, held->bytes, &digest, err)) ||
	    !journal_append(w->journal, txn, &what, &sealed, err))
		return false;
	ctx.txn = txn;
	ctx.record = &sealed;
	return kind->apply(&ctx, err) && store_commit(&txn, err);
}

bool world_take_in(struct world *w, const struct estate_file_in *in, struct err *err)
{
	struct estate_reading r = {0};
	struct act_bulk held;
	bool ok;

	if (!estate_read_all(in, 1, &r, err))
		return false;
	held = (struct act_bulk){r.digest, in->bytes};
	ok = world_act(w, "estate.import", text_str(&r.body), &held, err);
	estate_reading_free(&r);
	return ok;
}

bool world_import(struct world *w, const char *org, const char *name, const char *bytes,
		  struct err *err)
{
	const struct estate_file_in in = {.name = str_of(name),
					  .bytes = str_of(bytes),
					  .org = str_of(org),
					  .received_ms = w->now_ms};

	return world_take_in(w, &in, err);
}

void world_has(struct world *w, const char *org, const char *name, const char *bytes)
{
	struct err err = {0};

	if (!world_import(w, org, name, bytes, &err))
		fail_msg("%s", err.text);
}

const struct segment *world_segment(struct world *w, const char *org)
{
	const struct segment *s = NULL;
	struct err err = {0};

	if (!estate_segment_open(w->estate, str_of(org), &s, &err))
		fail_msg("%s", err.text);
	return s;
}
