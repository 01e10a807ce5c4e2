#include "notify/inner.h"

#include "base/mem.h"

void notify_close(struct notify *n)
{
	sodium_free(n->seal); /* wipes */
	text_free(&n->service);
	free(n);
}

static uint8_t *key_of(const struct site_key *key)
{
	uint8_t *k = sodium_malloc(DERIVED_KEY_BYTES);

	if (!k) {
		fputs("lynchpin: no memory for keys\n", stderr);
		abort();
	}
	site_key_derive(key, STR("notify secrets"), k);
	return k;
}

bool notify_open(const struct notify_config *config, struct notify **ret, struct err *err)
{
	struct journal_head head;
	struct notify *n;

	if (!journal_head(config->journal, &head, err))
		return false;
	n = mem_zero(1, sizeof(*n));
	n->journal = config->journal;
	n->store = config->store;
	n->clock = config->clock;
	text_add(&n->service, config->service);
	memcpy(n->site.c, head.site.p ? head.site.p : "",
	       MIN_OF(head.site.n, sizeof(n->site.c) - 1));
	n->seal = config->key ? key_of(config->key) : NULL;
	*ret = n;
	return true;
}

bool notify_moment(const struct notify *n, int64_t *ret, struct err *err)
{
	struct journal_head head;

	if (!journal_head(n->journal, &head, err))
		return false;
	*ret = MAX_OF(notify_now(n), head.stamped_ms);
	return true;
}
