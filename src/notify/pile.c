#include "notify/inner.h"

#include "base/mem.h"

/* Notices of one cause, gathered by recipient before they are written. */

struct heap {
	const char *channel;
	struct text orgs; /* parted by blanks */
	int64_t due_ms;
};

struct pile {
	struct cause cause;
	struct intern *keys; /* "channel recipient": where in v */
	VEC_OF(struct heap) v;
	struct intern *orgs;   /* that are asked */
	VEC_OF(uint32_t) open; /* notices about each */
};

struct pile *pile_open(const struct cause *cause)
{
	struct pile *p = mem_zero(1, sizeof(*p));

	p->cause = *cause;
	p->keys = intern_open();
	p->orgs = intern_open();
	return p;
}

void pile_close(struct pile *p)
{
	for (size_t i = 0; i < p->v.n; i++)
		text_free(&p->v.v[i].orgs);
	free(p->v.v);
	free(p->open.v);
	intern_close(p->keys);
	intern_close(p->orgs);
	free(p);
}

static struct heap *heap_of(struct pile *p, const struct addressee *to)
{
	AUTO(text_freep) struct text key = {0};
	uint32_t at;

	text_addf(&key, "%s %.*s", to->channel, STR_FMT(to->recipient));
	at = intern_put(p->keys, text_str(&key));
	if (at == p->v.n)
		VEC_PUSH(&p->v, (struct heap){.channel = to->channel});
	return &p->v.v[at];
}

static void note_org(struct pile *p, struct str org, size_t notices)
{
	uint32_t at = intern_put(p->orgs, org);

	if (at == p->open.n)
		VEC_PUSH(&p->open, 0);
	p->open.v[at] += (uint32_t)notices;
}

void pile_add(struct pile *p, const struct addressees *to, struct str org, int64_t due_ms)
{
	for (size_t i = 0; i < to->n; i++) {
		struct heap *h = heap_of(p, &to->v[i]);

		if (org.n)
			text_addf(&h->orgs, "%s%.*s", h->orgs.n ? " " : "", STR_FMT(org));
		if (due_ms && (!h->due_ms || due_ms < h->due_ms))
			h->due_ms = due_ms;
	}
	if (to->n && org.n && p->cause.asked_ms)
		note_org(p, org, to->n);
}

static bool write_notice(struct notify *n, struct store_txn *txn, const struct pile *p, uint32_t at,
			 struct err *err)
{
	const struct cause *c = &p->cause;
	const struct heap *h = &p->v.v[at];
	struct str recipient = str_from_offset(intern_str(p->keys, at), strlen(h->channel) + 1);

	return store_run(
		txn,
		SQL("INSERT INTO notify_notice (site, record, kind, alert, channel, recipient, due,"
		    " orgs, made, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0)"
		    " ON CONFLICT (site, record, kind, alert, channel, recipient) DO NOTHING"),
		ARGS(store_text(c->site), store_int((int64_t)c->record), store_int(c->kind),
		     store_text(c->alert), store_text(str_of(h->channel)), store_text(recipient),
		     store_int(h->due_ms),
		     store_text(c->asked_ms ? text_str(&h->orgs) : (struct str){"", 0}),
		     store_int(notify_now(n))),
		err);
}

static bool write_reach(struct store_txn *txn, const struct pile *p, uint32_t at, struct err *err)
{
	const struct cause *c = &p->cause;

	return store_run(txn,
			 SQL("INSERT INTO notify_reach (site, record, org, alert, asked, open,"
			     " state, channel, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, '', 0)"
			     " ON CONFLICT (site, record, org) DO NOTHING"),
			 ARGS(store_text(c->site), store_int((int64_t)c->record),
			      store_text(intern_str(p->orgs, at)), store_text(c->alert),
			      store_int(c->asked_ms), store_int(p->open.v[at])),
			 err);
}

bool pile_write(struct notify *n, struct store_txn *txn, const struct pile *p,
		uint64_t *ret_notices, struct err *err)
{
	for (uint32_t i = 0; i < p->v.n; i++)
		if (!write_notice(n, txn, p, i, err))
			return false;
	for (uint32_t i = 0; i < p->open.n; i++)
		if (!write_reach(txn, p, i, err))
			return false;
	*ret_notices += p->v.n;
	return true;
}
