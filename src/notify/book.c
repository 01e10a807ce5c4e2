#include "notify/inner.h"

#include "access/access.h"
#include "base/mem.h"

/* Who can be told: addresses of people, as the directory and this machine's own list of who may
 * sign in have them, and hooks. */

struct sign_in { /* who may sign in here, and acts in that post */
	struct str post, email;
};

struct book {
	const struct directory_view *view;
	bool mail;
	struct posts posts; /* by id */
	const struct post **by_org;
	struct sign_in *people; /* by post */
	size_t npeople;
	struct delegations given; /* answering, by org */
	struct notify_hooks hooks;
};

void book_close(struct book *b)
{
	free(b->by_org);
	free(b->people);
	free(b);
}

static int post_by_org(const void *pa, const void *pb)
{
	const struct post *const *a = pa, *const *b = pb;
	int c = str_cmp((*a)->org, (*b)->org);

	return c ? c : str_cmp((*a)->id, (*b)->id);
}

static int person_by_post(const void *pa, const void *pb)
{
	const struct sign_in *a = pa, *b = pb;
	int c = str_cmp(a->post, b->post);

	return c ? c : str_cmp(a->email, b->email);
}

static bool load_people(struct notify *n, struct book *b, struct err *err)
{
	AUTO(access_closep) struct access *access = NULL;
	struct access_config config = {.store = n->store, .clock = n->clock};
	struct access_people all;
	struct posts posts;
	size_t cap = 0;

	if (!access_open(&config, &access, err) ||
	    !access_people(access, b->view->arena, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++) {
		if (all.v[i].state == ACCESS_DISABLED)
			continue;
		if (!access_posts(access, all.v[i].id, b->view->arena, &posts, err))
			return false;
		for (size_t k = 0; k < posts.n; k++) {
			b->people = mem_grow(b->people, b->npeople, &cap, sizeof(*b->people));
			b->people[b->npeople++] = (struct sign_in){posts.v[k].id, all.v[i].email};
		}
	}
	if (b->npeople > 1)
		qsort(b->people, b->npeople, sizeof(*b->people), person_by_post);
	return true;
}

static bool load(struct notify *n, struct book *b, struct err *err)
{
	const struct delegation_filter answering = {.gives = GIVES_ANSWER};
	struct ways ways;

	if (!ways_get(n, &ways, err) || !hooks_all(n, b->view->arena, &b->hooks, err) ||
	    !directory_posts(b->view, (struct str){0}, &b->posts, err) ||
	    !directory_delegations(b->view, &answering, &b->given, err))
		return false;
	b->mail = ways.mail;
	b->by_org = mem_zero(b->posts.n + 1, sizeof(const struct post *));
	for (size_t i = 0; i < b->posts.n; i++)
		b->by_org[i] = &b->posts.v[i];
	if (b->posts.n > 1)
		qsort(b->by_org, b->posts.n, sizeof(*b->by_org), post_by_org);
	return !b->mail || load_people(n, b, err);
}

bool book_open(struct notify *n, const struct directory_view *view, struct book **ret,
	       struct err *err)
{
	AUTO(book_closep) struct book *b = mem_zero(1, sizeof(*b));

	b->view = view;
	if (!load(n, b, err))
		return false;
	*ret = b, b = NULL;
	return true;
}

/* --- one list of addressees --- */

struct gathering {
	struct book *b;
	struct addressees to;
	size_t cap;
};

static void add(struct gathering *g, const char *channel, struct str recipient)
{
	for (size_t i = 0; i < g->to.n; i++)
		if (strcmp(g->to.v[i].channel, channel) == 0 &&
		    str_eq(g->to.v[i].recipient, recipient))
			return;
	ARENA_PUSH(g->b->view->arena, &g->to, g->cap, (struct addressee){channel, recipient});
}

/* In small letters, so that one person is told once; a mailbox that heeds case is unheard of. */
static void add_email(struct gathering *g, struct str said)
{
	struct str email = str_trim(said);
	char *small;

	if (!g->b->mail || !courier_address_sane(email))
		return;
	small = arena_alloc(g->b->view->arena, email.n);
	for (size_t i = 0; i < email.n; i++)
		small[i] = char_lower(email.p[i]);
	add(g, EMAIL, str_from(small, email.n));
}

static size_t people_from(const struct book *b, struct str post)
{
	size_t lo = 0, hi = b->npeople;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (str_cmp(b->people[mid].post, post) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool add_post(struct gathering *g, struct str post, struct err *err)
{
	struct book *b = g->b;
	struct holders holders;

	for (size_t i = 0; i < b->hooks.n; i++)
		if (b->hooks.v[i].post.n && str_eq(b->hooks.v[i].post, post))
			add(g, WEBHOOK, b->hooks.v[i].name);
	if (!b->mail)
		return true;
	if (!directory_holders(b->view, post, &holders, err))
		return false;
	for (size_t i = 0; i < holders.n; i++)
		add_email(g, holders.v[i].email);
	for (size_t i = people_from(b, post); i < b->npeople && str_eq(b->people[i].post, post);
	     i++)
		add_email(g, b->people[i].email);
	return true;
}

static bool ended(const struct book *b, const struct post *p)
{
	return p->ended_ms != DIRECTORY_NO_DATE && p->ended_ms <= b->view->at_ms;
}

/* Posts of org whose kind may do that for an organisation that stands to it so. */
static bool add_posts(struct gathering *g, struct str org, const char *right, enum post_reach reach,
		      struct err *err)
{
	struct book *b = g->b;
	size_t lo = 0, hi = b->posts.n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (str_cmp(b->by_org[mid]->org, org) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < b->posts.n && str_eq(b->by_org[lo]->org, org); lo++)
		if (!ended(b, b->by_org[lo]) &&
		    directory_kind_may(b->by_org[lo]->kind, str_of(right), reach) &&
		    !add_post(g, b->by_org[lo]->id, err))
			return false;
	return true;
}

static bool add_delegates(struct gathering *g, struct str org, const char *right, struct err *err)
{
	const struct delegations *d = &g->b->given;
	size_t lo = 0, hi = d->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (str_cmp(d->v[mid].org, org) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < d->n && str_eq(d->v[lo].org, org); lo++) {
		if (d->v[lo].services.n)
			continue; /* for a part of it: not who answers */
		if (d->v[lo].to_post.n ? !add_post(g, d->v[lo].to_post, err)
				       : !add_posts(g, d->v[lo].to, right, REACH_DELEGATED, err))
			return false;
	}
	return true;
}

bool book_org(struct book *b, struct str org, const char *right, struct addressees *ret,
	      struct err *err)
{
	struct gathering g = {.b = b};
	struct contacts contacts = {0};

	if (b->mail && !directory_contacts(b->view, org, &contacts, err))
		return false;
	for (size_t i = 0; i < contacts.n; i++)
		add_email(&g, contacts.v[i].email);
	if (!add_posts(&g, org, right, REACH_OWN, err) || !add_delegates(&g, org, right, err))
		return false;
	*ret = g.to;
	return true;
}

bool book_post(struct book *b, struct str post, struct addressees *ret, struct err *err)
{
	struct gathering g = {.b = b};

	if (!add_post(&g, post, err))
		return false;
	*ret = g.to;
	return true;
}

void book_nation(struct book *b, struct addressees *ret)
{
	struct gathering g = {.b = b};

	for (size_t i = 0; i < b->hooks.n; i++)
		if (!b->hooks.v[i].post.n)
			add(&g, WEBHOOK, b->hooks.v[i].name);
	*ret = g.to;
}
