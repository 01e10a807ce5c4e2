#include "directory/inner.h"

/*
 * What each kind of post may do, and how far its word reaches.  A right is the word before
 * the dot of what it is about and what may be done with it.
 */
static const struct post_kind {
	const char *name;
	enum post_scope scope;
	const char *rights[24]; /* ended by NULL */
} kinds[] = {
	{"national-lead",
	 SCOPE_NATION,
	 {"org.write", "post.write", "contact.write", "intel.write", "estate.write", "estate.read",
	  "names.write", "journal.read", "journal.write", "alert.write", "alert.approve",
	  "alert.answer", "except.approve", "incident.command", "rehearsal.run", "sharing.write",
	  "assurance.write", "settings.write"}},
	{"national-analyst",
	 SCOPE_NATION,
	 {"org.write", "contact.write", "intel.write", "estate.write", "names.write",
	  "journal.read", "alert.write", "rehearsal.run", "sharing.write"}},
	{"regional-lead",
	 SCOPE_REGION,
	 {"org.write", "post.write", "contact.write", "estate.write", "alert.answer",
	  "except.approve", "journal.read", "rehearsal.run", "assurance.write"}},
	{"security-lead",
	 SCOPE_ORGANISATION,
	 {"contact.write", "estate.write", "estate.read", "alert.answer", "assurance.write"}},
	{"siro",
	 SCOPE_ORGANISATION,
	 {"org.write", "post.write", "contact.write", "estate.read", "alert.answer",
	  "except.approve", "assurance.write"}},
	{"responder", SCOPE_ORGANISATION, {"contact.write", "estate.write", "alert.answer"}},
	{"auditor", SCOPE_NATION, {"journal.read", "estate.read"}},
	{"system",
	 SCOPE_NATION,
	 {"alert.write", "alert.answer", "estate.write", "intel.write", "sharing.write"}},
};

/* Rights that are about no organisation: any scope will do. */
static const char *const everywhere[] = {"journal.read", "rehearsal.run"};

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

enum post_scope post_kind_scope(struct str kind)
{
	return kind_find(kind)->scope;
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

/* Does the post's scope contain the organisation? */
static bool reaches(const struct directory_view *view, const struct post *post, struct str org,
		    bool *ret, struct err *err)
{
	enum post_scope scope = post_kind_scope(post->kind);
	struct str region;

	*ret = scope == SCOPE_NATION || (org.n && str_eq(org, post->org));
	if (*ret || scope != SCOPE_REGION || !org.n)
		return true;
	if (!directory_org_region(view, org, &region, err))
		return false;
	*ret = region.n && str_eq(region, post->org);
	return true;
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
	const struct post_kind *kind;
	struct post post = {0};
	bool may = false;

	if (str_is(claim->right, "service.init"))
		return no_posts(store, ret_may, err);
	if (str_is(claim->post, "system"))
		return *ret_may = holds(kind_find(claim->post), claim->right), true;
	if (!directory_post_get(&view, claim->post, &post, err))
		return false;
	kind = kind_find(post.kind);
	if (kind && holds(kind, claim->right) &&
	    (post.ended_ms == DIRECTORY_NO_DATE || claim->at_ms < post.ended_ms)) {
		if (is_everywhere(claim->right))
			may = true;
		else if (!reaches(&view, &post, directory_code(arena, claim->org), &may, err))
			return false;
	}
	*ret_may = may;
	return true;
}

bool approver_check(struct store *store, struct str author, struct str approver, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	const struct directory_view view = {store, arena, 0};
	struct post post;
	struct str slug;

	if (!approver.n)
		return err_set(err, ERR_DENIED,
			       "an expected number of devices is lowered: that takes a second "
			       "post's approval (approved_by)");
	if (!slug_lower(arena, approver, &slug) || !directory_post_get(&view, slug, &post, err))
		return err_set(err, ERR_DENIED, "approved_by: there is no post %.*s",
			       STR_FMT(approver));
	if (str_eq_ci(author, slug))
		return err_set(err, ERR_DENIED, "approved_by: %.*s cannot approve its own act",
			       STR_FMT(slug));
	if (!kind_find(post.kind) || !holds(kind_find(post.kind), STR("org.write")))
		return err_set(err, ERR_DENIED, "approved_by: %.*s does not hold org.write",
			       STR_FMT(slug));
	return true;
}
