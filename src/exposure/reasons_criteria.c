#include "exposure/why.h"

/* Criteria and configurations of one device, in words. */

enum { SHOWN_MOST = 40 }; /* criteria of one operator; the others are counted */

static const char *const value_names[] = {"false", "unknown", "true"};

static uint32_t ids_meet(const struct account *a, const struct spans *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		uint32_t lo = 0, hi = a->nids;

		while (lo < hi) {
			uint32_t mid = lo + (hi - lo) / 2;

			if (a->ids[mid] < s->v[i].lo)
				lo = mid + 1;
			else
				hi = mid;
		}
		if (lo < a->nids && a->ids[lo] < s->v[i].hi)
			return a->ids[lo];
	}
	return NONE;
}

/* A component of the criterion's product that satisfies it in no way. */
static uint32_t similar_id(const struct account *a, const struct tree *t)
{
	const struct part *w = a->q->w;
	AUTO(arena_closep) struct arena *scratch = arena_open();
	struct cpe c;
	struct err err;

	if (!cpe_parse(scratch, w->image->matches[t->match].cpe, &c, &err))
		return NONE;
	for (uint32_t i = 0; i < a->nids && a->ids[i] < w->name_id; i++)
		if (group_tri(&c, w->components[a->ids[i]].cpe) == TRI_TRUE)
			return a->ids[i];
	return NONE;
}

struct finding criterion_find(const struct account *a, const struct tree *t)
{
	const struct part *w = a->q->w;
	struct finding f = {.value = TRI_UNKNOWN, .id = NONE, .unseen = true};
	const struct leaf *l;

	if (t->op == CONFIG_UNREADABLE)
		return f;
	l = &w->leaves.v[w->criteria[t->match].leaf];
	f = (struct finding){.value = TRI_TRUE, .id = ids_meet(a, &l->s[LEAF_TRUE])};
	if (f.id != NONE)
		return f;
	f.value = TRI_UNKNOWN;
	f.id = ids_meet(a, &l->s[LEAF_MAYBE]);
	if (f.id != NONE)
		return f;
	f.unseen = bits_has(a->o->unseen[l->mask & 7], a->device);
	f.id = ids_meet(a, &l->s[LEAF_BEYOND]);
	f.beyond = f.id != NONE && !f.unseen && t->op == CONFIG_MATCH;
	if (!f.unseen)
		f.value = TRI_FALSE;
	return f;
}

struct str id_text(const struct account *a, uint32_t id)
{
	const struct part *w = a->q->w;
	AUTO(text_freep) struct text t = {0};

	if (id >= w->name_id && id < w->state_id)
		return w->names[id - w->name_id].text;
	if (id < w->name_id)
		cpe_format_23(w->components[id].cpe, &t);
	return arena_str(a->q->arena, text_str(&t));
}

static struct str range_text(const struct account *a, const struct match *m)
{
	return arena_fmt(a->q->arena, "%c%.*s, %.*s%c",
			 m->start_excluding || !m->start.n ? '(' : '[', STR_FMT(m->start),
			 STR_FMT(m->end), m->end_excluding || !m->end.n ? ')' : ']');
}

static struct str range_comparison(const struct account *a, const struct match *m,
				   const struct component *c)
{
	struct str range = range_text(a, m), v = c->version;
	const char *scheme = version_scheme_name(c->scheme);

	if (c->cpe->attr[CPE_VERSION].kind != CPE_VALUE || c->cpe->attr[CPE_VERSION].wild)
		return arena_fmt(a->q->arena, "no version is stated to compare with %.*s",
				 STR_FMT(range));
	switch (range_place(m, c->scheme, v)) {
	case PLACE_IN:
		return arena_fmt(a->q->arena, "%.*s lies within %.*s (%s order)", STR_FMT(v),
				 STR_FMT(range), scheme);
	case PLACE_BEYOND:
		return arena_fmt(a->q->arena, "%.*s lies beyond the end of %.*s (%s order)",
				 STR_FMT(v), STR_FMT(range), scheme);
	default:
		return arena_fmt(a->q->arena, "%.*s lies before the start of %.*s (%s order)",
				 STR_FMT(v), STR_FMT(range), scheme);
	}
}

/* The attribute that keeps a name from matching, or none. */
static const char *attribute_at_odds(const struct cpe *criterion, const struct cpe *c,
				     enum tri at_most)
{
	for (int i = 0; i < CPE_ATTRS; i++)
		if (attr_tri(&criterion->attr[i], &c->attr[i]) <= at_most)
			return cpe_attr_name((enum cpe_attr_no)i);
	return "version";
}

struct str comparison_text(const struct account *a, const struct tree *t, const struct finding *f)
{
	const struct part *w = a->q->w;
	const struct match *m = &w->image->matches[t->match];
	const struct component *c;
	struct cpe criterion;
	struct err err;

	if (f->id == NONE || f->id >= w->state_id)
		return STR("");
	if (f->id >= w->name_id)
		return STR("this name is not resolved, and could be the product");
	c = &w->components[f->id];
	if (!cpe_parse(a->q->arena, m->cpe, &criterion, &err))
		return STR("");
	if (f->value == TRI_UNKNOWN && !f->unseen)
		return arena_fmt(a->q->arena, "its %s is not stated, or wider than the criterion",
				 attribute_at_odds(&criterion, c->cpe, TRI_UNKNOWN));
	if (match_has_range(m))
		return range_comparison(a, m, c);
	if (f->value == TRI_TRUE)
		return criterion.attr[CPE_VERSION].kind == CPE_VALUE ? STR("the versions are equal")
								     : STR("the name decides");
	return arena_fmt(a->q->arena, "its %s differs",
			 attribute_at_odds(&criterion, c->cpe, TRI_FALSE));
}

/* ---- trees --------------------------------------------------------------------------- */

static void tree_value(const struct account *a, struct tree *t)
{
	bool and = t->op == CONFIG_AND, fixed = false;
	enum tri v = and? TRI_TRUE : TRI_FALSE;

	if (t->n == 0) {
		struct finding f = criterion_find(a, t);

		t->value = (uint8_t)f.value;
		t->fixed = f.beyond;
		return;
	}
	for (uint32_t i = 0; i < t->n; i++) {
		enum tri one;

		tree_value(a, t->child[i]);
		one = (enum tri)t->child[i]->value;
		v = and? MIN_OF(v, one) : MAX_OF(v, one);
		fixed |= t->child[i]->fixed;
	}
	if (t->op == CONFIG_NOT)
		v = (enum tri)(TRI_TRUE - v);
	t->value = (uint8_t)v;
	t->fixed = fixed && v == TRI_FALSE && t->op != CONFIG_NOT;
}

/* Why no component meets a criterion.  SMB is a setting, in no list of software: NVD names it as
 * if it were a product. */
static const char *absence_text(const struct account *a, const struct tree *t, bool unseen)
{
	bool about_smb = str_starts_ci(a->q->w->image->matches[t->match].cpe,
				       STR("cpe:2.3:a:microsoft:server_message_block:"));

	if (about_smb && a->d->smb1_off == SAID_NO)
		return "SMBv1 is stated to be on, but as a setting: no product to compare";
	if (about_smb && a->d->smb1_off == SAID_YES)
		return "SMBv1 is stated to be off, as a setting: no product to compare";
	return unseen ? "not seen, and its facet is not covered"
		      : "nothing of the kind on the device";
}

static void criterion_explain(struct account *a, const struct tree *t, const struct finding *f,
			      unsigned depth)
{
	const char *platform = t->op == CONFIG_PLATFORM ? "platform " : "";
	AUTO(text_freep) struct text name = {0};
	struct str held, how;

	if (t->op == CONFIG_UNREADABLE) {
		reason_add(a, REASON_CRITERION, depth,
			   "unknown: a criterion of the feed could not be read");
		return;
	}
	intel_match_text(&a->q->w->image->matches[t->match], &name);
	if (f->id == NONE) {
		reason_add(a, REASON_CRITERION, depth, "%s: %s%.*s: %s", value_names[f->value],
			   platform, STR_FMT(text_str(&name)), absence_text(a, t, f->unseen));
		return;
	}
	held = id_text(a, f->id);
	how = comparison_text(a, t, f);
	reason_add(a, REASON_CRITERION, depth, "%s: %s%.*s: the device holds %.*s: %.*s%s",
		   value_names[f->value], platform, STR_FMT(text_str(&name)), STR_FMT(held),
		   STR_FMT(how),
		   f->value == TRI_UNKNOWN && f->unseen ? "; but its facet is not covered" : "");
}

static void tree_explain(struct account *a, const struct tree *t, unsigned depth)
{
	size_t quiet[2] = {0, 0}, shown = 0;

	if (t->n == 0) {
		struct finding f = criterion_find(a, t);

		criterion_explain(a, t, &f, depth);
		return;
	}
	reason_add(a, REASON_CONFIG, depth, "%s: %s", value_names[t->value],
		   t->op == CONFIG_AND	 ? "all of"
		   : t->op == CONFIG_NOT ? "not"
					 : "any of");
	for (uint32_t i = 0; i < t->n; i++) {
		const struct tree *c = t->child[i];
		struct finding f;

		if (c->n) {
			tree_explain(a, c, depth + 1);
			continue;
		}
		f = criterion_find(a, c);
		if (f.id == NONE && f.value == TRI_FALSE)
			f.similar = (f.id = similar_id(a, c)) != NONE;
		if ((f.id != NONE || t->n <= 2 || c->op == CONFIG_UNREADABLE) &&
		    shown++ < SHOWN_MOST)
			criterion_explain(a, c, &f, depth + 1);
		else
			quiet[f.value != TRI_FALSE]++;
	}
	if (quiet[0])
		reason_add(a, REASON_CRITERION, depth + 1, "false: %zu other %s", quiet[0],
			   plural(quiet[0], "criterion", "criteria"));
	if (quiet[1])
		reason_add(a, REASON_CRITERION, depth + 1,
			   "unknown: %zu other %s: not seen, and the facet is not covered",
			   quiet[1], plural(quiet[1], "criterion", "criteria"));
}

struct strongest {
	const struct account *a;
	enum tri vulnerable, other;
	bool on_windows;
};

static void strongest_of(void *ctx, const struct tree *t)
{
	struct strongest *s = ctx;
	enum tri v = (enum tri)t->value;

	if (t->op == CONFIG_PLATFORM)
		return;
	s->vulnerable = MAX_OF(s->vulnerable, v);
	if (!criterion_about_windows(s->a->q->w, t, s->on_windows))
		s->other = MAX_OF(s->other, v);
}

void configs_explain(struct account *a)
{
	const struct part *w = a->q->w;

	for (size_t i = 0; i < a->q->nconfigs; i++) {
		struct tree *t = a->q->configs[i];
		struct strongest s = {a, TRI_FALSE, TRI_FALSE, tree_on_windows(w, t)};
		const char *note = "";
		enum tri value;

		tree_value(a, t);
		tree_each(t, strongest_of, &s);
		value = MIN_OF((enum tri)t->value, s.vulnerable);
		if (value != TRI_FALSE && a->ruled && s.other == TRI_FALSE)
			note = "; it is about Windows, where the vendor's word decides";
		else if (value != (enum tri)t->value)
			note = "; platforms alone expose nothing";
		reason_add(a, REASON_CONFIG, 0, "configuration %zu of %zu: %s%s", i + 1,
			   a->q->nconfigs, value_names[value], note);
		tree_explain(a, t, 1);
	}
}

const struct tree *criterion_decisive(const struct account *a, enum exposure_state state,
				      struct finding *ret)
{
	const struct tree *best = NULL;

	for (size_t i = 0; i < a->q->named.n; i++) {
		const struct tree *t = a->q->named.v[i];
		struct finding f;

		if (t->op != CONFIG_MATCH)
			continue;
		f = criterion_find(a, t);
		if ((state == EXPOSURE_EXPOSED && f.value == TRI_TRUE) ||
		    (state == EXPOSURE_UNKNOWN && f.value != TRI_FALSE && f.id != NONE) ||
		    (state == EXPOSURE_FIXED && f.beyond)) {
			*ret = f;
			return t;
		}
	}
	return best;
}
