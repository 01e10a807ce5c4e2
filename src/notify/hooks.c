#include "notify/inner.h"

/* Receivers of webhooks: programs of others. */

enum { SECRET_BYTES = 32, HOOK_NAME_MAX = 60 };

void notify_wipe(struct notify_secret *s)
{
	sodium_memzero(s, sizeof(*s));
}

void hook_wipe(struct hook *h)
{
	text_wipe(&h->secret);
}

static struct str bound(struct arena *arena, struct str name, struct str url)
{
	return arena_fmt(arena, "hook %.*s %.*s", STR_FMT(name), STR_FMT(url));
}

static bool name_check(struct str name, struct err *err)
{
	for (size_t i = 0; i < name.n; i++)
		if (!char_is_alpha(name.p[i]) && !char_is_digit(name.p[i]) &&
		    !strchr("-_.", name.p[i]))
			return err_set(err, ERR_INVALID,
				       "a hook's name is of letters, digits, - _ and .");
	return (name.n && name.n <= HOOK_NAME_MAX) ||
	       err_set(err, ERR_INVALID, "a hook's name has 1 to %d characters", HOOK_NAME_MAX);
}

static unsigned may_of(const struct notify_hook *h)
{
	return h->internal ? COURIER_INTERNAL | COURIER_PLAIN : 0;
}

/* The post as the directory spells it. */
static bool post_of(struct notify *n, struct str said, struct arena *arena, struct str *ret,
		    struct err *err)
{
	const struct directory_view view = {n->store, arena, notify_now(n)};
	struct post post;

	*ret = (struct str){0};
	if (!said.n)
		return true;
	if (!directory_post_get(&view, said, &post, err))
		return false;
	if (post.ended_ms != DIRECTORY_NO_DATE && post.ended_ms <= view.at_ms)
		return err_set(err, ERR_INVALID, "the post %.*s has ended", STR_FMT(post.id));
	*ret = post.id;
	return true;
}

/* What waits for one that has ended fails; it is not for another of its name. */
static bool nothing_waits(struct notify *n, struct str name, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(n->store,
			 SQL("SELECT 1 FROM notify_message WHERE channel = 'webhook'"
			     " AND recipient = ?1 AND state = 0 UNION ALL"
			     " SELECT 1 FROM notify_notice WHERE channel = 'webhook'"
			     " AND recipient = ?1 AND message = 0"),
			 ARGS(store_text(name)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	return !row ||
	       err_set(err, ERR_CONFLICT,
		       "something waits still for the hook %.*s that has ended, and will fail",
		       STR_FMT(name)) ||
	       err_hint(err, ": lynchpin notify send, or another name");
}

static bool put(struct notify *n, const struct notify_hook *h, struct str sealed, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	if (!store_begin(n->store, &txn, err) || !ways_begin(n, txn, err) ||
	    !store_run(txn,
		       SQL("INSERT INTO notify_hook (name, url, post, ca, internal, sealed, made)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (name) DO NOTHING"),
		       ARGS(store_text(h->name), store_text(h->url), store_text(h->post),
			    store_text(h->ca_file), store_int(h->internal),
			    store_blob(sealed.p, sealed.n), store_int(notify_now(n))),
		       err))
		return false;
	if (!store_changed(txn))
		return err_set(err, ERR_EXISTS, "there is a hook %.*s already", STR_FMT(h->name));
	return nothing_waits(n, h->name, err) && store_commit(&txn, err);
}

bool notify_hook_add(struct notify *n, const struct notify_hook *hook, struct notify_secret *ret,
		     struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text sealed = {0};
	AUTO(notify_wipe) struct notify_secret made = {"whsec_"};
	uint8_t secret[SECRET_BYTES];
	struct notify_hook h = *hook;
	bool ok;

	h.url = arena_str(arena, hook->url);
	if (!name_check(h.name, err) || !courier_url_check(h.url.p, false, may_of(&h), err) ||
	    !post_of(n, hook->post, arena, &h.post, err))
		return false;
	randombytes_buf(secret, sizeof(secret));
	sodium_bin2base64(made.c + strlen(made.c), sizeof(made.c) - strlen(made.c), secret,
			  sizeof(secret), sodium_base64_VARIANT_ORIGINAL);
	seal_put(n, bound(arena, h.name, h.url), str_from((const char *)secret, sizeof(secret)),
		 &sealed);
	sodium_memzero(secret, sizeof(secret));
	ok = put(n, &h, text_str(&sealed), err);
	if (ok)
		*ret = made;
	return ok;
}

bool notify_hook_end(struct notify *n, struct str name, struct err *err)
{
	AUTO(store_rollbackp) struct store_txn *txn = NULL;

	if (!store_begin(n->store, &txn, err) ||
	    !store_run(txn, SQL("DELETE FROM notify_hook WHERE name = ?1"), ARGS(store_text(name)),
		       err))
		return false;
	if (!store_changed(txn))
		return err_set(err, ERR_NOT_FOUND, "there is no hook %.*s", STR_FMT(name));
	return ways_end(n, txn, err) && store_commit(&txn, err);
}

static struct notify_hook from_row(struct store_query *q, struct arena *arena)
{
	return (struct notify_hook){.name = arena_str(arena, store_col_str(q, 0)),
				    .url = arena_str(arena, store_col_str(q, 1)),
				    .post = arena_str(arena, store_col_str(q, 2)),
				    .ca_file = arena_str(arena, store_col_str(q, 3)),
				    .internal = store_col_int(q, 4) != 0,
				    .made_ms = store_col_int(q, 5)};
}

bool hook_get(struct notify *n, struct str name, struct arena *arena, struct hook *ret,
	      struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct hook h = {.there = false};

	if (!store_query(n->store,
			 SQL("SELECT name, url, post, ca, internal, made, sealed FROM notify_hook"
			     " WHERE name = ?1"),
			 ARGS(store_text(name)), &q, err) ||
	    !store_step(q, &h.there, err))
		return false;
	if (!h.there)
		return *ret = h, true;
	h.is = from_row(q, arena);
	if (!seal_open(n, bound(arena, h.is.name, h.is.url), store_col_str(q, 6), &h.secret, err)) {
		hook_wipe(&h);
		return false;
	}
	*ret = h;
	return true;
}

bool hooks_all(struct notify *n, struct arena *arena, struct notify_hooks *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct notify_hooks out = {0};
	size_t cap = 0;
	bool ok;

	if (!store_query(n->store,
			 SQL("SELECT name, url, post, ca, internal, made FROM notify_hook"
			     " ORDER BY name"),
			 ARGS(), &q, err))
		return false;
	while (store_next(q, &ok, err))
		ARENA_PUSH(arena, &out, cap, from_row(q, arena));
	if (ok)
		*ret = out;
	return ok;
}

bool notify_hook_list(struct notify *n, struct arena *arena, struct notify_hooks *ret,
		      struct err *err)
{
	if (!hooks_all(n, arena, ret, err))
		return false;
	for (size_t i = 0; i < ret->n; i++) {
		AUTO(text_freep) struct text shown = {0};

		courier_url_shown(ret->v[i].url.p, &shown);
		ret->v[i].url = arena_str(arena, text_str(&shown));
	}
	return true;
}
