#include "directory/inner.h"

/*
 * What each kind of post may do, and how far its word reaches.  A right is the word before
 * the dot of what it is about and what may be done with it.
 */
/* Of those who answer for an organisation: a trust's SIRO, a practice's partner.  They alone let
 * others act for it. */
#define ACCOUNTABLE                                                                                \
	"org.write", "post.write", "contact.write", "estate.read", "alert.answer", "alert.supply", \
		"except.approve", "assurance.write", "delegation.write"

static const struct post_kind {
	const char *name;
	enum post_scope scope;
	const char *rights[32]; /* ended by NULL */
} kinds[] = {
	{"national-lead",
	 SCOPE_NATION,
	 {"org.write",	    "org.place",     "post.write",	"contact.write",
	  "intel.write",    "estate.write",  "estate.read",	"names.write",
	  "journal.read",   "journal.write", "alert.write",	"alert.approve",
	  "alert.answer",   "alert.supply",  "except.approve",	"incident.command",
	  "rehearsal.run",  "sharing.write", "assurance.write", "disclosure.write",
	  "settings.write", "mandate.hold",  "alert.deliver",	"alert.chase"}},
	{"national-analyst",
	 SCOPE_NATION,
	 {"org.write", "org.place", "contact.write", "intel.write", "estate.write", "names.write",
	  "journal.read", "alert.write", "alert.approve", "rehearsal.run", "sharing.write",
	  "disclosure.write", "mandate.hold", "alert.deliver", "alert.chase"}},
	{"regional-lead",
	 SCOPE_REGION,
	 {"org.write", "org.place", "post.write", "contact.write", "estate.write", "alert.answer",
	  "except.approve", "journal.read", "rehearsal.run", "assurance.write", "disclosure.write",
	  "mandate.hold", "alert.chase"}},
	{"security-lead",
	 SCOPE_ORGANISATION,
	 {"contact.write", "estate.write", "estate.read", "alert.answer", "alert.supply",
	  "assurance.write"}},
	{"siro", SCOPE_ORGANISATION, {ACCOUNTABLE, "mandate.hold"}},
	{"partner", SCOPE_ORGANISATION, {ACCOUNTABLE}},
	{"responder",
	 SCOPE_ORGANISATION,
	 {"contact.write", "estate.write", "estate.read", "alert.answer", "alert.supply"}},
	{"auditor", SCOPE_NATION, {"journal.read", "estate.read"}},
	/* Nobody holds it: what time brings, and nothing that people say. */
	{"system", SCOPE_NATION, {"alert.due", "alert.deliver"}},
};

/* What an organisation may delegate, and the right that is exercised by it. */
static const struct {
	unsigned gives;
	const char *right;
} delegable[] = {
	{GIVES_VIEW, "estate.read"},
	{GIVES_ANSWER, "alert.answer"},
	{GIVES_EVIDENCE, "estate.write"},
};

/* Rights that are about no organisation: any scope will do. */
static const char *const everywhere[] = {"journal.read", "rehearsal.run", "mandate.hold"};

const char *post_scope_name(enum post_scope scope)
{
	static const char *const names[] = {
		[SCOPE_ORGANISATION] = "organisation",
		[SCOPE_REGION] = "region",
		[SCOPE_NATION] = "nation",
	};

	return names[scope];
}

void directory_rights_each(directory_rights_fn *fn, void *ctx)
{
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
		for (size_t i = 0; kinds[k].rights[i]; i++)
			fn(ctx, kinds[k].name, kinds[k].scope, kinds[k].rights[i]);
}

static const struct post_kind *kind_find(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_is(name, kinds[i].name))
			return &kinds[i];
	return NULL;
}

bool post_kind_known(struct str kind)
{
	return kind_find(kind) != NULL;
}

bool post_kind_given(struct str kind)
{
	return post_kind_known(kind) && !str_is(kind, "system");
}

enum post_scope post_kind_scope(struct str kind)
{
	const struct post_kind *k = kind_find(kind);

	assert(k);
	return k->scope;
}

static bool holds(const struct post_kind *kind, struct str right)
{
	for (size_t i = 0; kind->rights[i]; i++)
		if (str_is(right, kind->rights[i]))
			return true;
	return false;
}

static bool is_everywhere(struct str right)
{
	for (size_t i = 0; i < ARRAY_LEN(everywhere); i++)
		if (str_is(right, everywhere[i]))
			return true;
	return false;
}

static unsigned gives_of(struct str right)
{
	for (size_t i = 0; i < ARRAY_LEN(delegable); i++)
		if (str_is(right, delegable[i].right))
			return delegable[i].gives;
	return 0;
}

bool directory_kind_may(struct str kind, struct str right, enum post_reach reach)
{
	const struct post_kind *k = kind_find(kind);

	if (!k || !holds(k, right))
		return false;
	if (k->scope == SCOPE_NATION || reach == REACH_OWN || is_everywhere(right))
		return true;
	return reach == REACH_REGION ? k->scope == SCOPE_REGION
				     : reach == REACH_DELEGATED && gives_of(right);
}

/* How org, a code as kept, stands to the post. */
static bool reach_of(const struct directory_view *view, const struct post *post, struct str org,
		     enum post_reach *ret, struct err *err)
{
	const struct post_kind *kind = kind_find(post->kind);
	struct str region;

	*ret = !org.n ? REACH_SERVICE : str_eq(org, post->org) ? REACH_OWN : REACH_ELSEWHERE;
	if (*ret != REACH_ELSEWHERE || !kind || kind->scope != SCOPE_REGION)
		return true;
	if (!directory_org_region(view, org, &region, err))
		return false;
	if (region.n && str_eq(region, post->org))
		*ret = REACH_REGION;
	return true;
}

/* Has the organisation given it to the post, or to the post's organisation? */
static bool delegated(const struct directory_view *view, const struct post *post,
		      const struct directory_claim *claim, bool *ret, struct err *err)
{
	struct receiver r = {directory_code(view->arena, claim->org), post->org, post->id};
	unsigned gives = gives_of(claim->right);
	struct delegations found;

	*ret = false;
	if (!r.org.n || !directory_kind_may(post->kind, claim->right, REACH_DELEGATED))
		return true;
	if (!delegations_find(view, r, &found, err))
		return false;
	for (size_t i = 0; i < found.n; i++)
		*ret |= found.v[i].gives & gives && delegation_holds(&found.v[i], view->at_ms) &&
			delegation_covers(&found.v[i], claim->service);
	return true;
}

static bool post_lives(const struct post *post, int64_t at_ms)
{
	return post->ended_ms == DIRECTORY_NO_DATE || at_ms < post->ended_ms;
}

static bool no_posts(struct store *store, bool *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(store, SQL("SELECT post FROM directory_post LIMIT 1"), ARGS(), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	*ret = !row;
	return true;
}

bool directory_post_may(struct store *store, const struct directory_claim *claim, bool *ret_may,
			struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	const struct directory_view view = {store, arena, claim->at_ms};
	enum post_reach reach;
	struct post post = {0};
	bool may = false;

	if (str_is(claim->right, "service.init"))
		return no_posts(store, ret_may, err);
	if (str_is(claim->post, "system"))
		return *ret_may = directory_kind_may(claim->post, claim->right, REACH_OWN), true;
	if (!directory_post_get(&view, claim->post, &post, err))
		return false;
	if (post_lives(&post, claim->at_ms)) {
		if (!reach_of(&view, &post, directory_code(arena, claim->org), &reach, err))
			return false;
		may = directory_kind_may(post.kind, claim->right, reach);
		if (!may && !delegated(&view, &post, claim, &may, err))
			return false;
	}
	*ret_may = may;
	return true;
}

/* One body leads and the others read its answer: those posts of them that answer alerts. */
static bool oversees(const struct directory_view *view, const struct post *post, struct str org,
		     bool *ret, struct err *err)
{
	struct oversights found;

	*ret = false;
	if (!directory_kind_may(post->kind, STR("alert.answer"), REACH_OWN))
		return true;
	if (!directory_oversight(view, org, STR("alerts"), &found, err))
		return false;
	for (size_t i = 0; i < found.n; i++)
		*ret |= str_eq(found.v[i].body, post->org);
	return true;
}

bool directory_post_sees(const struct directory_view *view, struct str post_id, struct str org,
			 enum directory_sees *ret, struct err *err)
{
	const struct directory_claim claim = {
		.post = post_id, .right = STR("estate.read"), .org = org, .at_ms = view->at_ms};
	struct str code = directory_code(view->arena, org);
	const struct post_kind *kind;
	enum post_reach reach;
	struct post post = {0};
	bool devices = false, counts;

	if (str_is(post_id, "system"))
		return *ret = SEES_COUNTS, true;
	if (!directory_post_get(view, post_id, &post, err))
		return false;
	kind = kind_find(post.kind);
	*ret = SEES_NOTHING;
	if (!kind || !post_lives(&post, view->at_ms))
		return true;
	if (!reach_of(view, &post, code, &reach, err) ||
	    (reach != REACH_OWN && !delegated(view, &post, &claim, &devices, err)))
		return false;
	if (reach == REACH_OWN || devices)
		return *ret = SEES_DEVICES, true;
	counts = kind->scope == SCOPE_NATION || reach == REACH_REGION;
	if (!counts && !oversees(view, &post, code, &counts, err))
		return false;
	if (!counts)
		return true;
	if (!disclosure_open(view, code, post.id, &devices, err))
		return false;
	return *ret = devices ? SEES_DEVICES : SEES_COUNTS, true;
}

/* Has somebody both posts at this moment?  Holdings are few for each. */
bool directory_share_holder(const struct directory_view *view, struct str post_a, struct str post_b,
			    bool *ret, struct err *err)
{
	struct holders a, b;
	bool both = str_eq_ci(post_a, post_b);

	if (!directory_holders(view, post_a, &a, err) || !directory_holders(view, post_b, &b, err))
		return false;
	for (size_t i = 0; i < a.n; i++)
		for (size_t j = 0; j < b.n; j++)
			both |= str_eq(a.v[i].person, b.v[j].person);
	*ret = both;
	return true;
}

bool directory_held(const struct directory_view *view, struct str post, bool *ret, struct err *err)
{
	struct holders holders;

	if (!directory_holders(view, post, &holders, err))
		return false;
	return *ret = holders.n > 0, true;
}
