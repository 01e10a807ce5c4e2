#include "store/inner.h"

static bool settled(struct store *s, struct err *err)
{
	return (s->mode == STORE_CREATE ? store_catalogue_create(s, err)
					: store_catalogue_check(s, err)) &&
	       s->driver->version(s, &s->seen_version, err);
}

bool store_open(const struct store_config *config, struct store **ret, struct err *err)
{
	AUTO(place_free) struct place place = {0};
	AUTO(store_closep) struct store *s = NULL;
	struct store_config at = *config;
	bool made = false;

	if (!place_find(config->path, &place, err))
		return false;
	if (place.url.n)
		at.path = text_c(&place.url);
	s = mem_zero(1, sizeof(*s));
	s->driver = place.driver;
	s->path = mem_copy(place.said.p, place.said.n);
	s->place = mem_copy(place.path.p, place.path.n);
	s->mode = config->mode;
	s->tables = config->tables;
	s->by_literal = map_open();
	if (s->driver->open(s, &at, &made, err) && settled(s, err)) {
		*ret = s, s = NULL;
		return true;
	}
	store_close(s);
	s = NULL;
	if (made)
		store_remove(config->path);
	return false;
}

void store_remove(const char *path)
{
	AUTO(place_free) struct place place = {0};
	struct err ignored;

	if (!place_find(path, &place, &ignored))
		return;
	if (place.url.n)
		pg_remove(text_c(&place.url));
	else
		lite_remove(path);
}

void store_close(struct store *s)
{
	if (s->txn.open)
		store_rollback(&s->txn);
	if (s->snapshot)
		store_snapshot_end(s);
	kept_release(s);
	for (size_t i = 0; i < s->queries.n; i++) {
		for (struct store_query *q = s->queries.v[i], *next; q; q = next) {
			next = q->next;
			store_done_once(q);
		}
	}
	s->driver->close(s);
	free(s->queries.v);
	free(s->txn.undo.v);
	map_close(s->by_literal);
	free(s->path);
	free(s->place);
	free(s);
}

const char *store_path(const struct store *s)
{
	return s->path;
}

const char *store_place(const struct store *s)
{
	return s->place;
}
