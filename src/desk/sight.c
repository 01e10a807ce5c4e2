#include "desk/desk.h"

struct scope_of {
	struct str kind;
	enum post_scope scope;
};

static void note_scope(void *ctx, const char *kind, enum post_scope scope, const char *right)
{
	struct scope_of *of = ctx;

	(void)right;
	if (str_is(of->kind, kind))
		of->scope = scope;
}

bool sight_of_post(const struct directory_view *view, struct str post, struct sight *ret,
		   struct err *err)
{
	struct scope_of of = {.scope = SCOPE_ORGANISATION};
	struct sight s = {.view = *view};
	char day[STAMP_BYTES];

	if (!post.n) {
		s.scope = SCOPE_NATION;
		return *ret = s, true;
	}
	if (!directory_post_get(view, post, &s.post, err))
		return false;
	if (s.post.ended_ms != DIRECTORY_NO_DATE && s.post.ended_ms <= view->at_ms)
		return err_set(err, ERR_DENIED, "the post %.*s ended on %.*s", STR_FMT(s.post.id),
			       STR_FMT(date_format(s.post.ended_ms, day)));
	of.kind = s.post.kind;
	directory_rights_each(note_scope, &of);
	s.scope = of.scope;
	return *ret = s, true;
}

bool sight_sees(struct sight *s, struct str org, enum directory_sees *ret, struct err *err)
{
	if (sight_is_operator(s))
		return *ret = SEES_DEVICES, true;
	if (!s->last.n || !str_eq(s->last, org)) {
		if (!directory_post_sees(&s->view, s->post.id, org, &s->last_sees, err))
			return s->last.n = 0, false;
		s->last = arena_str(s->view.arena, org);
	}
	return *ret = s->last_sees, true;
}

static bool may_disclose(const struct sight *s)
{
	return directory_kind_may(s->post.kind, STR("disclosure.write"), REACH_OWN) ||
	       directory_kind_may(s->post.kind, STR("disclosure.write"), REACH_ELSEWHERE) ||
	       directory_kind_may(s->post.kind, STR("disclosure.write"), REACH_REGION);
}

bool sight_need(struct sight *s, struct str org, enum directory_sees need, struct err *err)
{
	enum directory_sees sees;
	struct org known;

	if (sight_is_operator(s))
		return true;
	if (!directory_org_get(&s->view, org, &known, err) ||
	    !sight_sees(s, known.code, &sees, err))
		return false;
	if (sees >= need)
		return true;
	if (sees == SEES_COUNTS && !may_disclose(s))
		return err_set(err, ERR_DENIED,
			       "the post %.*s sees counts of %.*s, not its devices",
			       STR_FMT(s->post.id), STR_FMT(known.code));
	if (sees == SEES_COUNTS)
		return err_set(err, ERR_DENIED,
			       "the post %.*s sees counts of %.*s, not its devices; a disclosure "
			       "opens them for %d hours",
			       STR_FMT(s->post.id), STR_FMT(known.code), DISCLOSURE_HOURS) ||
		       err_hint(err, ": lynchpin --as %.*s disclosure open %.*s --purpose TEXT",
				STR_FMT(s->post.id), STR_FMT(known.code));
	return err_set(err, ERR_DENIED,
		       "the post %.*s may not see how %.*s stands; %.*s itself can let it",
		       STR_FMT(s->post.id), STR_FMT(known.code), STR_FMT(known.code)) ||
	       err_hint(err, ": lynchpin delegate grant %.*s --to %.*s --gives view",
			STR_FMT(known.code), STR_FMT(s->post.id));
}

bool sight_right(const struct sight *s, const char *right, struct err *err)
{
	const struct directory_claim claim = {
		.post = s->post.id, .right = str_of(right), .at_ms = s->view.at_ms};
	bool may = false;

	if (sight_is_operator(s))
		return true;
	if (!directory_post_may(s->view.store, &claim, &may, err))
		return false;
	return may || err_set(err, ERR_DENIED, "the post %.*s may not (it takes the right %s)",
			      STR_FMT(s->post.id), right);
}

bool sight_whole(const struct sight *s, struct err *err)
{
	return sight_is_operator(s) ||
	       err_set(err, ERR_DENIED,
		       "it shows everything there is, of everybody: no post sees that, only who "
		       "holds the store (the same without --as)");
}

static bool asks_one_of_its(const struct sight *s, const struct alerts_view *view, struct str alert,
			    bool *ret, struct err *err)
{
	struct str_list answers;

	if (!alert_asks(view, alert, s->post.org, ret, err))
		return false;
	if (*ret)
		return true;
	if (!alert_answerable(view, alert, s->post.id, &answers, err))
		return false;
	return *ret = answers.n > 0, true;
}

bool sight_reads_alert(const struct sight *s, const struct alert *alert, bool *ret, struct err *err)
{
	const struct alerts_view view = {s->view.store, s->view.arena, s->view.at_ms};

	*ret = sight_counts_all(s) || (s->scope == SCOPE_REGION && alert->published_ms);
	if (*ret || !alert->published_ms)
		return true;
	return asks_one_of_its(s, &view, alert->id, ret, err);
}

bool sight_reads_record(struct sight *s, const struct record *record, bool *ret, struct err *err)
{
	enum directory_sees sees = SEES_COUNTS;
	struct str org;

	if (!sight_counts_all(s)) {
		org = telling_of(s->view.arena, record->body).org;
		if (org.n && !sight_sees(s, org, &sees, err))
			return false;
	}
	return *ret = sees >= SEES_COUNTS, true;
}
