#include "alerts/inner.h"

/* alert.draft and alert.approve: a revision is written by one and approved by another. */

struct draft {
	struct str id, weight;
	int64_t base;
	struct alert_content content;
};

static bool draft_read(struct act_ctx *ctx, struct draft *ret, struct err *err)
{
	if (!json_need_str(ctx->body, "alert", &ret->id, err) ||
	    !json_need_i64(ctx->body, "base", &ret->base, err) ||
	    !json_need_str(ctx->body, "weight", &ret->weight, err) ||
	    !content_read(ctx->body, ctx->arena, &ret->content, err))
		return false;
	if (!alert_id_valid(ret->id))
		return err_set(err, ERR_INVALID, "\"%.*s\" is no number of an alert (CC-2017-0001)",
			       STR_FMT(str_sub(ret->id, 0, DIRECTORY_CODE_MAX)));
	if (ret->base < 0 || ret->base >= INT32_MAX)
		return err_set(err, ERR_INVALID, "\"base\" is no revision");
	return str_is(ret->weight, "first") || str_is(ret->weight, "minor") ||
	       str_is(ret->weight, "major") ||
	       err_set(err, ERR_INVALID, "\"weight\" is first, minor or major");
}

/* Who changes an alert has seen its newest revision. */
static bool base_is(const struct alert *alert, const struct revision *newest, int64_t base,
		    struct err *err)
{
	char buf[WHEN_BYTES];

	if (base == (int64_t)newest->number)
		return true;
	if (!base)
		return err_set(err, ERR_CONFLICT, "there is an alert %.*s: %.*s drafted it on %s",
			       STR_FMT(alert->id), STR_FMT(newest->author),
			       when(newest->drafted_ms, buf));
	return err_set(err, ERR_CONFLICT,
		       "%.*s is at revision %ju, which %.*s drafted on %s; you saw revision %jd",
		       STR_FMT(alert->id), (uintmax_t)newest->number, STR_FMT(newest->author),
		       when(newest->drafted_ms, buf), (intmax_t)base);
}

static bool weight_fits(const struct alert *alert, const struct draft *d, struct err *err)
{
	const char *differs;

	if (!alert->published_revision)
		return str_is(d->weight, "first") ||
		       err_set(err, ERR_INVALID,
			       "%.*s is not published yet: its revisions are first ones, neither "
			       "minor nor major updates",
			       STR_FMT(d->id));
	if (str_is(d->weight, "first"))
		return err_set(
			err, ERR_INVALID,
			"%.*s is published: an update of it is minor (nobody is asked again) "
			"or major (everybody is, and clocks restart)",
			STR_FMT(d->id));
	differs = str_is(d->weight, "minor") ? content_asks_otherwise(&alert->content, &d->content)
					     : NULL;
	return !differs || err_set(err, ERR_INVALID, "a minor update may not change %s of %.*s",
				   differs, STR_FMT(d->id));
}

/* *ret_alert stays {0} for a new one. */
static bool against_what_is(struct act_ctx *ctx, const struct draft *d, struct alert *ret_alert,
			    struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	struct alert alert = {.id = d->id};
	struct revision newest;
	struct err absent;

	if (!alert_get(&view, d->id, &alert, &absent)) {
		if (absent.code != ERR_NOT_FOUND || d->base)
			return *err = absent, false;
		return weight_fits(&(struct alert){.id = d->id}, d, err);
	}
	if (!revision_get(&view, alert.id, alert.revision, &newest, err) ||
	    !base_is(&alert, &newest, d->base, err) || !act_not_ended(&alert, err) ||
	    !weight_fits(&alert, d, err))
		return false;
	*ret_alert = alert;
	return true;
}

static bool deadline_ahead(struct act_ctx *ctx, const struct draft *d, const struct alert *was,
			   struct err *err)
{
	int64_t by = d->content.remediate_by;
	char buf[WHEN_BYTES];

	if (!by || by > ctx->record->stamped_ms ||
	    (str_is(d->weight, "minor") && by == was->content.remediate_by))
		return true;
	return err_set(err, ERR_INVALID, "the deadline, %s, is past", when(by, buf));
}

static bool any_hit(void *ctx, const struct estate_hit *hit, struct err *err)
{
	(void)ctx;
	(void)hit;
	(void)err;
	return true;
}

/* Of a rule that names organisations only, one must be left; the rest shows when it is published.
 */
static bool somebody_left(const struct audience *rule, struct err *err)
{
	if (rule->everyone || rule->roles.n || rule->regions.n || rule->parents.n)
		return true;
	for (size_t i = 0; i < rule->orgs.n; i++)
		if (!rule->except.n || !bsearch(&rule->orgs.v[i], rule->except.v, rule->except.n,
						sizeof(*rule->except.v), str_qsort_cmp))
			return true;
	return err_set(err, ERR_INVALID, "the audience is nobody: whom it names it excepts");
}

/* No organisation has the code "-": the query is read, and nobody is searched. */
static bool query_reads(struct act_ctx *ctx, struct str query, struct err *err)
{
	AUTO(estate_closep) struct estate *estate = NULL;
	struct str nobody;

	if (!query.n)
		return true;
	nobody = arena_fmt(ctx->arena, "org:- %.*s", STR_FMT(query));
	return estate_open(ctx->journal, &estate, err) &&
	       estate_search(estate, nobody, any_hit, NULL, err);
}

static bool predecessor_live(struct act_ctx *ctx, const struct draft *d, struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	struct alert older;

	if (!d->content.supersedes.n)
		return true;
	if (str_eq(d->content.supersedes, d->id))
		return err_set(err, ERR_INVALID, "%.*s cannot supersede itself", STR_FMT(d->id));
	if (!alert_get(&view, d->content.supersedes, &older, err))
		return false;
	return older.published_revision != 0 ||
	       err_set(err, ERR_INVALID, "%.*s was never published: there is nothing to supersede",
		       STR_FMT(older.id));
}

/* An update of the alert that ended the older one names it still. */
static bool supersession_open(struct act_ctx *ctx, const struct draft *d, struct err *err)
{
	const struct alerts_view view = act_view(ctx);
	struct alert older;

	if (!d->content.supersedes.n)
		return true;
	if (!alert_get(&view, d->content.supersedes, &older, err))
		return false;
	return str_eq(older.ended_why, d->id) || act_not_ended(&older, err);
}

bool draft_check(struct act_ctx *ctx, struct err *err)
{
	AUTO(audiences_closep) struct audiences *audiences = NULL;
	const struct alerts_view view = act_view(ctx);
	struct draft d = {0};
	struct alert was = {0};

	return draft_read(ctx, &d, err) && against_what_is(ctx, &d, &was, err) &&
	       deadline_ahead(ctx, &d, &was, err) && audiences_open(&view, &audiences, err) &&
	       audiences_known(audiences, &d.content.audience, err) &&
	       somebody_left(&d.content.audience, err) && query_reads(ctx, d.content.query, err) &&
	       predecessor_live(ctx, &d, err) && supersession_open(ctx, &d, err);
}

bool draft_apply(struct act_ctx *ctx, struct err *err)
{
	AUTO(text_freep) struct text content = {0};
	struct draft d = {0};

	/* Of two sites that draft one revision, the earlier did. */
	return draft_read(ctx, &d, err) && content_text(&d.content, &content, err) &&
	       store_run(
		       ctx->txn,
		       SQL("INSERT INTO alerts_revision (alert, revision, weight, content, author,"
			   " drafted, approver, approved, publisher, published, elapsed,"
			   " acknowledge, renew, remediate, site, record)"
			   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, '', 0, '', 0, 0, 0, 0, 0, ?7, ?8)"
			   " ON CONFLICT (alert, revision) DO UPDATE SET weight = excluded.weight,"
			   " content = excluded.content, author = excluded.author,"
			   " drafted = excluded.drafted, site = excluded.site,"
			   " record = excluded.record"
			   " WHERE (excluded.drafted, excluded.site, excluded.record)"
			   " < (alerts_revision.drafted, alerts_revision.site,"
			   " alerts_revision.record)"),
		       ARGS(store_text(d.id), store_int(d.base + 1), store_text(d.weight),
			    store_text(text_str(&content)), store_text(ctx->record->post),
			    store_int(ctx->record->stamped_ms), store_text(ctx->record->site),
			    store_int((int64_t)ctx->record->number)),
		       err);
}

/* --- alert.approve --- */

static bool need_revision(struct act_ctx *ctx, int64_t *ret, struct err *err)
{
	return json_need_i64(ctx->body, "revision", ret, err) &&
	       (*ret > 0 || err_set(err, ERR_INVALID, "\"revision\" counts from 1"));
}

bool act_revision(struct act_ctx *ctx, struct alert *alert, struct revision *newest,
		  struct err *err)
{
	char buf[WHEN_BYTES];
	int64_t number;

	if (!act_alert(ctx, alert, newest, err) || !need_revision(ctx, &number, err) ||
	    !act_not_ended(alert, err))
		return false;
	if (number > (int64_t)newest->number)
		return err_set(err, ERR_NOT_FOUND, "%.*s has no revision %jd, the newest is %ju",
			       STR_FMT(alert->id), (intmax_t)number, (uintmax_t)newest->number);
	if (number < (int64_t)newest->number)
		return err_set(err, ERR_CONFLICT,
			       "revision %jd of %.*s was replaced by revision %ju, which %.*s "
			       "drafted on %s",
			       (intmax_t)number, STR_FMT(alert->id), (uintmax_t)newest->number,
			       STR_FMT(newest->author), when(newest->drafted_ms, buf));
	return !newest->published_ms ||
	       err_set(err, ERR_CONFLICT, "revision %jd of %.*s was published by %.*s on %s",
		       (intmax_t)number, STR_FMT(alert->id), STR_FMT(newest->publisher),
		       when(newest->published_ms, buf));
}

/* Two posts are two persons where it is said who holds them: either of both, or, in a service that
 * keeps no persons, of neither. */
static bool held_alike(struct act_ctx *ctx, const struct revision *newest, struct err *err)
{
	const struct directory_view directory = act_directory(ctx);
	struct str post = ctx->record->post;
	bool author, approver;

	if (!directory_held(&directory, newest->author, &author, err) ||
	    !directory_held(&directory, post, &approver, err))
		return false;
	return author == approver ||
	       err_set(err, ERR_DENIED,
		       "nobody holds %.*s, and somebody %.*s: a second person approves what one "
		       "drafts",
		       STR_FMT(author ? post : newest->author),
		       STR_FMT(author ? newest->author : post)) ||
	       err_hint(err, " (lynchpin post hold)");
}

/* Who signed in drafted it in another post: posts may differ, the address they came by does not. */
static bool other_address(struct act_ctx *ctx, const struct alert *alert,
			  const struct revision *newest, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct str user = ctx->record->user;
	struct journal_head head;
	struct record drafted;
	bool row;

	if (str_find_char(user, '@', 0) == SIZE_MAX)
		return true;
	if (!journal_head(ctx->journal, &head, err) ||
	    !store_query(ctx->store,
			 SQL("SELECT record FROM alerts_revision"
			     " WHERE alert = ?1 AND revision = ?2 AND site = ?3"),
			 ARGS(store_text(alert->id), store_int((int64_t)newest->number),
			      store_text(head.site)),
			 &q, err) ||
	    !store_step(q, &row, err) ||
	    (row &&
	     !journal_find(ctx->journal, (uint64_t)store_col_int(q, 0), ctx->arena, &drafted, err)))
		return false;
	return !row || !str_eq_ci(drafted.user, user) ||
	       err_set(err, ERR_DENIED,
		       "you drafted revision %ju of %.*s yourself, as %.*s: a second person "
		       "approves it",
		       (uintmax_t)newest->number, STR_FMT(alert->id), STR_FMT(newest->author));
}

bool approve_check(struct act_ctx *ctx, struct err *err)
{
	const struct directory_view directory = act_directory(ctx);
	struct alert alert;
	struct revision newest;
	char buf[WHEN_BYTES];
	bool shared;

	if (!act_revision(ctx, &alert, &newest, err))
		return false;
	if (newest.approved_ms)
		return err_set(err, ERR_CONFLICT, "revision %ju of %.*s was approved by %.*s on %s",
			       (uintmax_t)newest.number, STR_FMT(alert.id),
			       STR_FMT(newest.approver), when(newest.approved_ms, buf));
	if (!directory_share_holder(&directory, ctx->record->post, newest.author, &shared, err))
		return false;
	if (!shared)
		return held_alike(ctx, &newest, err) && other_address(ctx, &alert, &newest, err);
	if (str_eq(ctx->record->post, newest.author))
		return err_set(err, ERR_DENIED,
			       "%.*s drafted revision %ju of %.*s: a second person approves it",
			       STR_FMT(newest.author), (uintmax_t)newest.number, STR_FMT(alert.id));
	return err_set(err, ERR_DENIED,
		       "%.*s drafted revision %ju of %.*s, and who holds that post holds %.*s: a "
		       "second person approves it",
		       STR_FMT(newest.author), (uintmax_t)newest.number, STR_FMT(alert.id),
		       STR_FMT(ctx->record->post));
}

bool approve_apply(struct act_ctx *ctx, struct err *err)
{
	struct str alert;
	int64_t revision;

	return json_need_str(ctx->body, "alert", &alert, err) &&
	       need_revision(ctx, &revision, err) &&
	       store_run(ctx->txn,
			 SQL("UPDATE alerts_revision SET approver = ?3, approved = ?4"
			     " WHERE alert = ?1 AND revision = ?2 AND approved = 0"),
			 ARGS(store_text(alert), store_int(revision), store_text(ctx->record->post),
			      store_int(ctx->record->stamped_ms)),
			 err);
}
