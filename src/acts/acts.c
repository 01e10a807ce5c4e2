#include "acts/inner.h"

#include <unistd.h>

#include "acts/kinds.h"
#include "base/file.h"
#include "directory/directory.h"

void acts_close(struct acts *a)
{
	if (!a)
		return;
	acts_rollback(a);
	if (!a->borrows) {
		journal_closep(&a->journal);
		site_key_closep(&a->key);
		store_closep(&a->store);
	}
	if (a->queue.arena)
		arena_close(a->queue.arena);
	free(a->queue.v.v);
	arena_close(a->arena);
	free(a);
}

static struct acts *acts_new(const struct acts_config *config)
{
	struct acts *a = mem_zero(1, sizeof(*a));

	a->arena = arena_open();
	a->clock = config->clock;
	a->post = arena_str(a->arena, config->post.n ? config->post : STR("national-lead"));
	a->user = arena_str(a->arena, config->user);
	return a;
}

static bool open_store(struct acts *a, const char *path, enum store_mode mode, struct err *err)
{
	struct store_config config = {.path = path, .mode = mode, .tables = acts_tables};

	if (store_open(&config, &a->store, err))
		return true;
	if (err->code == ERR_NOT_FOUND && !strstr(err->text, "database")) {
		AUTO(text_freep) struct text said = {0};

		store_said(path, &said);
		return err_set(err, ERR_NOT_FOUND, "%s: there is no service here", text_c(&said)) ||
		       err_hint(err, "; make one with: lynchpin init");
	}
	return false;
}

static bool borrow(struct acts *a, const struct acts_config *config)
{
	const struct acts *from = config->within;

	a->borrows =
		from && (config->mode == ACTS_READ || (config->mode == ACTS_WRITE && from->key));
	if (!a->borrows)
		return false;
	a->store = from->store;
	a->key = from->key;
	a->journal = from->journal;
	return true;
}

bool acts_open(const struct acts_config *config, struct acts **ret, struct err *err)
{
	AUTO(acts_closep) struct acts *a = acts_new(config);
	AUTO(text_freep) struct text key_path = {0};
	static const enum store_mode modes[] = {[ACTS_READ] = STORE_READ,
						[ACTS_WRITE] = STORE_WRITE,
						[ACTS_REBUILD] = STORE_REMAKE};
	bool writes = config->mode != ACTS_READ;

	if (borrow(a, config))
		return *ret = a, a = NULL, true;
	if (!open_store(a, config->path, modes[config->mode], err))
		return false;
	site_key_path(store_place(a->store), &key_path);
	if (writes && !site_key_open(text_c(&key_path), &a->key, err))
		return false;
	if (!journal_open(a->store, a->key, &a->journal, err))
		return false;
	*ret = a, a = NULL;
	return true;
}

static bool found(struct acts *a, const struct acts_founding *founding, struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	struct json_out *o = json_out_open(&body);

	json_out_object(o);
	json_out_key(o, "nation");
	json_out_str(o, founding->nation);
	json_out_key(o, "service");
	json_out_str(o, founding->service);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	return acts_do(a, &(struct act_request){.act = "service.init", .body = text_str(&body)},
		       NULL, err);
}

bool acts_service_name(struct acts *a, struct arena *arena, struct str *ret, struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct str said = STR("Lynchpin");
	struct json_value root, name;
	struct err none = {0};
	struct record r;

	if (!journal_find(acts_journal(a), 1, arena, &r, &none)) {
		if (none.code != ERR_NOT_FOUND)
			return *err = none, false;
	} else if (str_is(r.act, "service.init") && json_parse(doc, r.body, 0, &root, &none) &&
		   json_get(root, "service", &name)) {
		(void)json_str(name, &said);
	}
	*ret = arena_str(arena, said);
	return true;
}

bool acts_found(const struct acts_config *config, const struct acts_founding *founding,
		struct acts **ret, struct err *err)
{
	AUTO(acts_closep) struct acts *a = acts_new(config);
	AUTO(text_freep) struct text key_path = {0};
	AUTO(text_freep) struct text place = {0};
	AUTO(text_freep) struct text said = {0};
	bool there;

	store_said(config->path, &said);
	if (!store_place_of(config->path, &place, err) || !store_there(config->path, &there, err))
		return false;
	site_key_path(text_c(&place), &key_path);
	if (there)
		return err_set(err, ERR_EXISTS, "%s: there is a service here already",
			       text_c(&said));
	if (!site_key_create(text_c(&key_path), &a->key, err))
		return false;
	if (!open_store(a, config->path, STORE_CREATE, err)) {
		unlink(text_c(&key_path));
		return false;
	}
	if (!journal_open(a->store, a->key, &a->journal, err) || !found(a, founding, err)) {
		acts_close(a);
		a = NULL;
		store_remove(config->path);
		unlink(text_c(&key_path));
		return false;
	}
	*ret = a, a = NULL;
	return true;
}

struct store *acts_store(struct acts *a)
{
	return a->store;
}

struct journal *acts_journal(struct acts *a)
{
	return a->journal;
}

int64_t acts_now_ms(const struct acts *a)
{
	return clock_now_ms(a->clock);
}

static bool begin(struct acts *a, struct err *err)
{
	if (!store_begin(a->store, &a->txn, err))
		return false;
	a->began_ms = clock_now_ms(a->clock);
	return true;
}

bool acts_begin(struct acts *a, struct err *err)
{
	assert(!a->txn);
	a->grouped = begin(a, err);
	return a->grouped;
}

bool acts_commit(struct acts *a, struct err *err)
{
	assert(a->txn);
	a->grouped = false;
	return store_commit(&a->txn, err);
}

void acts_rollback(struct acts *a)
{
	a->grouped = false;
	if (a->txn)
		store_rollback(a->txn);
	a->txn = NULL;
}

struct store_txn *acts_txn(struct acts *a)
{
	assert(a->txn && a->grouped);
	return a->txn;
}

bool acts_put_bulk(struct acts *a, struct str bytes, struct hash *ret, struct err *err)
{
	assert(a->txn);
	return journal_put_bulk(a->txn, bytes, ret, err);
}

bool acts_put_packed(struct acts *a, const struct journal_pack *p, struct err *err)
{
	assert(a->txn);
	return journal_put_packed(a->txn, p, err);
}

static const struct act_kind *kind_find(struct str name)
{
	for (size_t i = 0; acts_kinds[i]; i++)
		for (const struct act_kind *k = acts_kinds[i]; k->name; k++)
			if (str_is(name, k->name))
				return k;
	return NULL;
}

void acts_each_kind(void (*fn)(void *ctx, const struct act_kind *kind), void *ctx)
{
	for (size_t i = 0; acts_kinds[i]; i++)
		for (const struct act_kind *k = acts_kinds[i]; k->name; k++)
			fn(ctx, k);
}

/* What an organisation can let others do for it, it is asked for. */
static bool denied(struct acts *a, const struct act_kind *kind, struct str org, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	const struct directory_view view = {a->store, arena, a->began_ms};
	const char *gives = strcmp(kind->right, "alert.answer") == 0   ? "answer"
			    : strcmp(kind->right, "estate.write") == 0 ? "evidence"
								       : NULL;
	struct post post;
	struct err none;

	err_set(err, ERR_DENIED, "the post %.*s may not do %s%s%.*s (it takes the right %s)",
		STR_FMT(a->post), kind->name, org.n ? " for " : "", STR_FMT(org), kind->right);
	if (!gives || !org.n || !directory_post_get(&view, a->post, &post, &none) ||
	    str_eq(post.org, org))
		return false;
	return err_set(err, ERR_DENIED,
		       "the post %.*s may not do %s for %.*s (it takes the right %s); %.*s's siro "
		       "or partner may let it",
		       STR_FMT(a->post), kind->name, STR_FMT(org), kind->right, STR_FMT(org)) ||
	       err_hint(err, ": lynchpin --as POST delegate grant %.*s --to %.*s --gives %s",
			STR_FMT(org), STR_FMT(post.org), gives);
}

/* May the post do this?  The body's member "org" names the scope; without it, the nation.
 * The first record of all founds the authority that the others are measured by. */
static bool authorise(struct acts *a, const struct act_kind *kind, struct json_value body,
		      struct err *err)
{
	struct str org = json_str_or(body, "org", (struct str){0});
	struct journal_head head;
	bool may = false;

	if (!journal_head(a->journal, &head, err))
		return false;
	if (str_is(str_of(kind->name), "service.init"))
		return head.number == 0 ||
		       err_set(err, ERR_EXISTS, "this store has its service already");
	if (!directory_post_may(a->store,
				&(struct directory_claim){.post = a->post,
							  .right = str_of(kind->right),
							  .org = org,
							  .at_ms = a->began_ms},
				&may, err))
		return false;
	return may || denied(a, kind, org, err);
}

bool acts_run(struct acts *a, const struct act_request *request, struct act_mark *ret,
	      struct err *err)
{
	const struct act_kind *kind = kind_find(str_of(request->act));
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct record what = {.stamped_ms = a->began_ms,
			      .act = str_of(request->act),
			      .post = a->post,
			      .user = a->user,
			      .body = request->body};
	struct record sealed;
	struct act_ctx ctx = {.store = a->store,
			      .journal = a->journal,
			      .record = &what,
			      .arena = arena,
			      .held = request->held,
			      .held_n = request->held_n,
			      .memo = request->memo,
			      .say = request->say};

	if (!kind)
		return err_set(err, ERR_USAGE, "there is no act %s", request->act);
	if (!json_parse(doc, request->body, 0, &ctx.body, err))
		return err_wrap(err, "body of %s", request->act);
	if (!authorise(a, kind, ctx.body, err))
		return false;
	if (kind->check && !kind->check(&ctx, err))
		return false;
	if (!journal_append(a->journal, a->txn, &what, &sealed, err))
		return false;
	ctx.record = &sealed;
	ctx.txn = a->txn;
	if (!kind->apply(&ctx, err))
		return false;
	*ret = (struct act_mark){sealed.number, sealed.hash};
	return true;
}

bool acts_do(struct acts *a, const struct act_request *request, uint64_t *ret_number,
	     struct err *err)
{
	struct act_mark mark;

	if (!a->grouped && !begin(a, err))
		return false;
	if (!acts_run(a, request, &mark, err)) {
		if (!a->grouped)
			acts_rollback(a);
		return false;
	}
	if (!a->grouped && !store_commit(&a->txn, err))
		return false;
	if (ret_number)
		*ret_number = mark.number;
	return true;
}
