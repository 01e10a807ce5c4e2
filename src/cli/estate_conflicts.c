#include "cli/command.h"

#include "cli/import.h"
#include "cli/sight.h"
#include "estate/estate.h"

static const struct column columns[] = {
	{"org", "org", false},	   {"device", "device", false}, {"fact", "fact", false},
	{"value", "value", false}, {"source", "source", false}, {"kind", "kind", false},
	{"seen", "seen", false},   {"believed", NULL, false},	{"why", "why", false},
	{NULL, NULL, false},
};

static bool list_org(struct cli *c, struct estate *e, struct listing *l, struct str org,
		     struct err *err)
{
	struct estate_conflict_list all = {0};

	if (!estate_conflicts(e, org, c->arena, &all, err))
		return false;
	for (size_t i = 0; i < all.n; i++) {
		const struct estate_conflict *v = &all.v[i];

		listing_text(l, org);
		listing_text(l, v->device);
		listing_text(l, v->fact);
		listing_text(l, v->value);
		listing_text(l, v->source);
		listing_text(l, str_of(estate_kind_name(v->kind)));
		listing_day(l, v->seen_ms);
		listing_bool(l, v->believed);
		listing_text(l, v->why);
	}
	return true;
}

/* Of every organisation whose devices the post may see. */
static bool list_all(struct cli *c, struct estate *e, struct listing *l, struct sight *sight,
		     struct err *err)
{
	enum directory_sees sees;
	struct estate_org *v;
	uint64_t hidden = 0;
	size_t n;

	if (!estate_orgs(e, c->arena, &v, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!sight_sees(sight, v[i].code, &sees, err))
			return false;
		if (sees != SEES_DEVICES)
			hidden++;
		else if (!list_org(c, e, l, v[i].code, err))
			return false;
	}
	if (!sight_is_operator(sight))
		sight_hidden(l, sight, hidden);
	return true;
}

/* Of what was never received nobody can say that it agrees. */
static bool received(struct cli *c, struct estate *e, struct str org, struct err *err)
{
	struct estate_org *v;
	bool any = false;
	size_t n;

	if (!estate_orgs(e, c->arena, &v, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		any |= str_eq(v[i].code, org);
	return any ||
	       err_set(err, ERR_NOT_FOUND, "no inventory of %.*s was imported yet", STR_FMT(org));
}

static bool list_one(struct cli *c, struct estate *e, struct listing *l, struct sight *sight,
		     struct err *err)
{
	struct org org;

	return directory_org_get(&sight->view, cli_arg(c, 0), &org, err) &&
	       sight_need(sight, org.code, SEES_DEVICES, err) && received(c, e, org.code, err) &&
	       list_org(c, e, l, org.code, err);
}

bool estate_conflicts_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(estate_closep) struct estate *e = NULL;
	AUTO(listing_dropp) struct listing *l = listing_begin(c, "conflicts", columns);
	struct sight sight;
	struct listing *done;

	if (!cli_open(c, ACTS_READ, &a, err) || !sight_open(c, a, &sight, err) ||
	    !estate_open(acts_journal(a), &e, err) ||
	    !(c->nargs ? list_one(c, e, l, &sight, err) : list_all(c, e, l, &sight, err)))
		return false;
	done = l, l = NULL;
	return listing_end(done, "The sources agree.", err);
}
