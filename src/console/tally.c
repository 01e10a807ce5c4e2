#include "console/alerts.h"

#include "pages.h"

/* Organisations summed. */

void tally_add(struct tally *t, const struct obligation *o)
{
	t->orgs++;
	t->count[o->is.state]++;
	t->open += !obligation_is_closed(o->is.state);
	t->unanswered += !o->is.answered;
	t->overdue += o->is.overdue;
	t->not_reached += !o->reached && !obligation_is_closed(o->is.state);
	t->exposed += o->is.exposed;
	t->unknown += o->is.unknown;
	t->pending += o->is.pending;
	t->help += needs_help(o);
}

static int tally_cmp(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	return str_cmp(x->code, y->code);
}

static struct str region_name(const struct look *l, struct str code)
{
	struct err none = {0};
	struct org org;

	if (!code.n)
		return STR("no region");
	return directory_org_get(&l->sight.view, code, &org, &none) ? org.name : code;
}

/* Regions are few: a list looked through. */
struct tallies tally_regions(const struct look *l, const struct obligation_list *list)
{
	struct tallies t = {.v = ARENA_ARRAY(l->arena, struct tally, list->n + 1)};

	for (size_t i = 0; i < list->n; i++) {
		const struct obligation *o = &list->v[i];
		size_t at = 0;

		while (at < t.n && !str_eq(t.v[at].code, o->region))
			at++;
		if (at == t.n)
			t.v[t.n++] = (struct tally){.code = o->region,
						    .name = region_name(l, o->region)};
		tally_add(&t.v[at], o);
	}
	if (t.n > 1)
		qsort(t.v, t.n, sizeof(*t.v), tally_cmp);
	return t;
}

struct str alert_filtered(const struct look *l, struct str id, const char *filter)
{
	return arena_fmt(l->arena, "%.*s?%s#organisations", STR_FMT(ADDRESS(l, STR("alerts"), id)),
			 filter);
}

struct str alert_of_region(const struct look *l, struct str id, struct str region)
{
	AUTO(text_freep) struct text filter = {0};

	text_add_c(&filter, "region=");
	page_url(&filter, region);
	return alert_filtered(l, id, text_c(&filter));
}

struct bar state_bar(const struct look *l, const struct tally *t, struct str alert)
{
	static const struct str fills[] = {
		STR("lp-fill--bad"),	STR("lp-fill--worse"),	 STR("lp-fill--open"),
		STR("lp-fill--open2"),	STR("lp-fill--unknown"), STR("lp-fill--unknown2"),
		STR("lp-fill--clear"),	STR("lp-fill--until"),	 STR("lp-fill--until"),
		STR("lp-fill--until"),	STR("lp-fill--closed"),	 STR("lp-fill--closed"),
		STR("lp-fill--closed"),
	};
	struct bar_part *v = ARENA_ARRAY(l->arena, struct bar_part, OBLIGATION_STATES);
	AUTO(text_freep) struct text title = {0};

	for (unsigned i = 0; i < OBLIGATION_STATES; i++) {
		const char *name = obligation_state_name((enum obligation_state)i);

		v[i] = (struct bar_part){
			.words = str_of(obligation_state_words((enum obligation_state)i)),
			.css = fills[i],
			.n = t->count[i]};
		if (alert.n)
			v[i].href =
				alert_filtered(l, alert, arena_fmt(l->arena, "state=%s", name).p);
		if (t->count[i])
			text_addf(&title, "%s%ju %s",
				  title.n ? ", " : "Organisations: ", (uintmax_t)t->count[i],
				  v[i].words.p);
	}
	bar_lay(v, OBLIGATION_STATES);
	return (struct bar){arena_str(l->arena, text_str(&title)), v, OBLIGATION_STATES};
}
