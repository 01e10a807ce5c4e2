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
	s = store_new(&place, config);
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
