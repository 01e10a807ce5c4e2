#include "store/inner.h"

struct store *store_new(const struct place *place, const struct store_config *config)
{
	struct store *s = mem_zero(1, sizeof(*s));

	s->driver = place->driver;
	s->path = mem_copy(place->said.p, place->said.n);
	s->place = mem_copy(place->path.p, place->path.n);
	s->mode = config->mode;
	s->tables = config->tables;
	s->by_literal = map_open();
	return s;
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
