#include "alerts/inner.h"

#include "base/mem.h"

/* Alerts as their revisions and ends say. */

const char *alert_life_name(enum alert_life life)
{
	static const char *const names[] = {
		[ALERT_DRAFT] = "draft",	 [ALERT_APPROVED] = "approved",
		[ALERT_PUBLISHED] = "published", [ALERT_SUPERSEDED] = "superseded",
		[ALERT_WITHDRAWN] = "withdrawn",
	};

	return names[life];
}

#define REVISION_COLUMNS                                                                           \
	"revision, weight, content, author, drafted, approver, approved, publisher, published, "   \
	"alert"

static struct revision revision_of_row(struct store_query *q, struct arena *arena)
{
	return (struct revision){
		.number = (uint64_t)store_col_int(q, 0),
		.weight = arena_str(arena, store_col_str(q, 1)),
		.content = arena_str(arena, store_col_str(q, 2)),
		.author = arena_str(arena, store_col_str(q, 3)),
		.drafted_ms = store_col_int(q, 4),
		.approver = arena_str(arena, store_col_str(q, 5)),
		.approved_ms = store_col_int(q, 6),
		.publisher = arena_str(arena, store_col_str(q, 7)),
		.published_ms = store_col_int(q, 8),
	};
}

bool revision_get(const struct alerts_view *view, struct str id, uint64_t number,
		  struct revision *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(view->store,
			 SQL("SELECT " REVISION_COLUMNS
			     " FROM alerts_revision WHERE alert = ?1 AND revision = ?2"),
			 ARGS(store_text(id), store_int((int64_t)number)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return err_set(err, ERR_NOT_FOUND, "%.*s has no revision %ju", STR_FMT(id),
			       (uintmax_t)number);
	*ret = revision_of_row(q, view->arena);
	return true;
}

/* Revisions come oldest first; what is shown is the newest that was published. */
struct building {
	struct alert alert;
	struct revision shown;
};

static void add_revision(struct building *b, const struct revision *r)
{
	struct alert *a = &b->alert;

	a->revision = r->number;
	a->author = r->author;
	a->approver = r->approver;
	a->drafted_ms = r->drafted_ms;
	a->approved_ms = r->approved_ms;
	if (r->published_ms) {
		if (a->published_ms)
			a->updated_ms = r->published_ms;
		else
			a->published_ms = r->published_ms;
		if (!str_is(r->weight, "minor"))
			a->asked_ms = r->published_ms;
		a->published_revision = r->number;
	}
	if (r->published_ms || !a->published_revision)
		b->shown = *r;
}

static bool load_end(const struct alerts_view *view, struct alert *a, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(view->store,
			 SQL("SELECT kind, at, post, why FROM alerts_end WHERE alert = ?1"),
			 ARGS(store_text(a->id)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	if (!row)
		return true;
	a->life = str_is(store_col_str(q, 0), "withdrawn") ? ALERT_WITHDRAWN : ALERT_SUPERSEDED;
	a->ended_ms = store_col_int(q, 1);
	a->ended_by = arena_str(view->arena, store_col_str(q, 2));
	a->ended_why = arena_str(view->arena, store_col_str(q, 3));
	return true;
}

bool alert_count(const struct alerts_view *view, struct alert *a, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool row;

	if (!store_query(view->store,
			 SQL("SELECT COUNT(*) FROM alerts_member WHERE alert = ?1 AND gone = 0"),
			 ARGS(store_text(a->id)), &q, err) ||
	    !store_step(q, &row, err))
		return false;
	a->members = row ? (uint64_t)store_col_int(q, 0) : 0;
	return true;
}

static bool finish(const struct alerts_view *view, struct building *b, struct err *err)
{
	struct alert *a = &b->alert;

	a->life = a->published_revision ? ALERT_PUBLISHED
		  : a->approved_ms	? ALERT_APPROVED
					: ALERT_DRAFT;
	if (!content_parse(b->shown.content, view->arena, &a->content, err))
		return err_wrap(err, "%.*s revision %ju", STR_FMT(a->id),
				(uintmax_t)b->shown.number);
	if (!load_end(view, a, err))
		return false;
	a->pending = a->published_revision && a->revision > a->published_revision && !a->ended_ms;
	return true;
}

static struct str upper(struct arena *arena, struct str id)
{
	return directory_code(arena, str_sub(id, 0, DIRECTORY_CODE_MAX));
}

bool alert_get(const struct alerts_view *view, struct str id, struct alert *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	struct building b = {.alert = {.id = upper(view->arena, id)}};
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT " REVISION_COLUMNS
			     " FROM alerts_revision WHERE alert = ?1 ORDER BY revision"),
			 ARGS(store_text(b.alert.id)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct revision r = revision_of_row(q, view->arena);

		add_revision(&b, &r);
	}
	if (!ok)
		return false;
	if (!b.alert.revision)
		return err_set(err, ERR_NOT_FOUND, "there is no alert %.*s", STR_FMT(b.alert.id)) ||
		       err_hint(err, " (lynchpin alert list shows those there are)");
	if (!finish(view, &b, err))
		return false;
	*ret = b.alert;
	return true;
}

/* Year, then number, which may have grown a digit. */
static int newest_first(const void *pa, const void *pb)
{
	const struct building *a = pa, *b = pb;
	enum { YEAR_END = 7 };
	int by_year = str_cmp(str_sub(b->alert.id, 0, YEAR_END), str_sub(a->alert.id, 0, YEAR_END));

	if (by_year)
		return by_year;
	if (a->alert.id.n != b->alert.id.n)
		return a->alert.id.n > b->alert.id.n ? -1 : 1;
	return str_cmp(b->alert.id, a->alert.id);
}

struct buildings {
	struct building *v;
	size_t n, cap;
};

static void buildings_free(struct buildings *b)
{
	free(b->v);
}

static bool load_all(const struct alerts_view *view, struct buildings *all, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT " REVISION_COLUMNS
			     " FROM alerts_revision ORDER BY alert, revision"),
			 ARGS(), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		struct revision r = revision_of_row(q, view->arena);

		if (!all->n || !str_eq(all->v[all->n - 1].alert.id, store_col_str(q, 9)))
			VEC_PUSH(all, (struct building){.alert.id = arena_str(
								view->arena, store_col_str(q, 9))});
		add_revision(&all->v[all->n - 1], &r);
	}
	return ok;
}

bool alert_list(const struct alerts_view *view, struct alert_list *ret, struct err *err)
{
	AUTO(buildings_free) struct buildings all = {0};
	struct alert *v;

	if (!load_all(view, &all, err))
		return false;
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), newest_first);
	v = ARENA_ARRAY(view->arena, struct alert, all.n + 1);
	for (size_t i = 0; i < all.n; i++) {
		if (!finish(view, &all.v[i], err))
			return false;
		v[i] = all.v[i].alert;
	}
	*ret = (struct alert_list){v, all.n};
	return true;
}

bool alert_next_id(const struct alerts_view *view, struct str *ret, struct err *err)
{
	AUTO(store_donep) struct store_query *q = NULL;
	char buf[STAMP_BYTES];
	struct str year = str_sub(date_format(view->at_ms, buf), 0, 4);
	struct str prefix = arena_fmt(view->arena, "CC-%.*s-", STR_FMT(year));
	struct str end = arena_fmt(view->arena, "CC-%.*s.", STR_FMT(year)); /* '.' follows '-' */
	uint64_t most = 0, n;
	bool ok;

	if (!store_query(view->store,
			 SQL("SELECT DISTINCT alert FROM alerts_revision"
			     " WHERE alert > ?1 AND alert < ?2"),
			 ARGS(store_text(prefix), store_text(end)), &q, err))
		return false;
	while (store_next(q, &ok, err)) {
		if (str_to_u64(str_from_offset(store_col_str(q, 0), prefix.n), &n))
			most = MAX_OF(most, n);
	}
	if (!ok)
		return false;
	*ret = arena_fmt(view->arena, "%.*s%04ju", STR_FMT(prefix), (uintmax_t)(most + 1));
	return true;
}
