#include "console/inner.h"

#include <time.h>

#include "console/look.h"
#include "estate/estate.h"
#include "intel/intel.h"
#include "pages.h"

/* What every page has. */

enum { FRESH_MS = 15000, STATE_MS = 1000 };

struct str time_words(struct arena *arena, int64_t ms)
{
	time_t s = (time_t)(ms / MS_PER_SECOND);
	struct tm tm;
	char buf[64];

	if (!ms)
		return STR("never");
	(void)gmtime_r(&s, &tm);
	/* The locale is C. */
	strftime(buf, sizeof(buf), "%e %B %Y, %H:%M UTC", &tm);
	return str_trim(arena_str(arena, str_of(buf)));
}

/* --- the age of the data ------------------------------------------------------------------ */

static bool say_fresh(struct console *k, struct arena *arena, struct text *to, struct err *err)
{
	struct intel_feed *feeds = NULL;
	struct journal_head head;
	size_t n = 0;
	int64_t newest = 0;

	if (!intel_feed_list(acts_store(k->acts), arena, &feeds, &n, err) ||
	    !journal_head(acts_journal(k->acts), &head, err))
		return false;
	for (size_t i = 0; i < n; i++)
		newest = MAX_OF(newest, feeds[i].taken_ms);
	text_add_c(to, "newest feed ");
	text_add(to, newest ? time_words(arena, newest) : STR("none yet"));
	text_add_c(to, "; last record ");
	text_add(to, time_words(arena, head.stamped_ms));
	return true;
}

/* Of each organisation, and how many are stale. */
static bool read_sent(struct console *k, struct err *err)
{
	enum { STALE_DAYS = 30 };
	int64_t now = acts_now_ms(k->acts);

	k->nsent = k->nstale = 0;
	k->sent_ms = 0;
	if (!estate_newest(acts_store(k->acts), k->arena, &k->sent, &k->nsent, err))
		return false;
	for (size_t i = 0; i < k->nsent; i++) {
		k->nstale += now - k->sent[i].as_of_ms > STALE_DAYS * MS_PER_DAY;
		k->sent_ms = MAX_OF(k->sent_ms, k->sent[i].as_of_ms);
	}
	return true;
}

void frame_refresh(struct console *k)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text said = {0};
	int64_t now = clock_monotonic_ns() / 1000000;
	struct err err = {0};

	if (k->fresh_ms && now - k->fresh_ms < FRESH_MS)
		return;
	k->fresh_ms = now;
	arena_clear(k->arena);
	if (!say_fresh(k, arena, &said, &err) || !read_sent(k, &err)) {
		text_clear(&said);
		text_add_c(&said, "of unknown age");
	}
	k->fresh = arena_str(k->arena, text_str(&said));
}

static const struct estate_org *sent_by(const struct console *k, struct str org)
{
	size_t lo = 0, hi = k->nsent;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (str_cmp(k->sent[mid].code, org) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < k->nsent && str_eq(k->sent[lo].code, org) ? &k->sent[lo] : NULL;
}

struct str frame_fresh_of(const struct look *l)
{
	const struct console *k = l->k;
	const struct estate_org *own = sent_by(k, l->sight.post.org);
	struct arena *arena = l->arena;

	if (own)
		return arena_fmt(arena, "your newest inventory %.*s, %.*s; %.*s",
				 STR_FMT(time_words(arena, own->as_of_ms)),
				 STR_FMT(span_words(l, own->as_of_ms)), STR_FMT(k->fresh));
	if (l->sight.scope == SCOPE_ORGANISATION || !k->nsent)
		return k->fresh;
	return arena_fmt(arena,
			 "newest inventory %.*s; older than 30 days those of %zu of %zu "
			 "organisations; %.*s",
			 STR_FMT(time_words(arena, k->sent_ms)), k->nstale, k->nsent,
			 STR_FMT(k->fresh));
}

/* --- who leads, and the level -------------------------------------------------------------- */

/* As of the last record, and a second old at most: time alone changes it, too. */
static bool read_state(struct console *k, struct err *err)
{
	struct directory_view view = {acts_store(k->acts), k->state_arena, acts_now_ms(k->acts)};
	struct journal_head head;

	if (!journal_head(acts_journal(k->acts), &head, err))
		return false;
	if (k->state_ms && head.number == k->state_head && view.at_ms >= k->state_ms &&
	    view.at_ms - k->state_ms < STATE_MS)
		return true;
	arena_clear(k->state_arena);
	k->state_ms = 0;
	if (!incident_now(&view, &k->state, err))
		return false;
	k->state_ms = view.at_ms;
	k->state_head = head.number;
	return true;
}

/* What can't be read is said to be unknown, never normal. */
static void put_state(struct console *k, struct arena *arena, struct frame *f)
{
	struct err ignored = {0};

	if (!read_state(k, &ignored))
		return;
	f->state = &k->state;
	if (k->state.led)
		f->lead_until = time_words(arena, k->state.lead.until_ms);
	if (k->state.offered)
		f->accept_until = time_words(arena, k->state.offer.accept_by_ms);
}

/* --- a page ------------------------------------------------------------------------------- */

/* Before sign-in a form is bound to a cookie, which any of our random texts will do for. */
static struct str bound_of(struct web_request *req, struct web_reply *reply)
{
	const struct visitor *v = visitor_of(req);
	struct str before = cookie_get(req, COOKIE_BEFORE);
	struct access_secret made;

	if (v->session)
		return hash_str(&v->s.key);
	if (before.n)
		return before;
	access_csrf(console_of(req)->access, STR("before"), &made);
	before = arena_str(req->arena, str_of(made.c));
	cookie_set(req, reply, COOKIE_BEFORE, before);
	return before;
}

/* Who may not is not led to a page that refuses them. */
static bool reads_journal(struct console *k, const struct visitor *v)
{
	const struct directory_claim claim = {
		.post = v->post, .right = STR("journal.read"), .at_ms = acts_now_ms(k->acts)};
	struct err ignored = {0};
	bool may = false;

	return v->post.n && directory_post_may(acts_store(k->acts), &claim, &may, &ignored) && may;
}

void frame_known(struct web_request *req, struct str bound, struct frame *ret)
{
	struct console *k = console_of(req);
	const struct visitor *v = visitor_of(req);
	struct access_secret csrf;

	access_csrf(k->access, bound, &csrf);
	*ret = (struct frame){
		.service = k->service,
		.style = style_asset.name,
		.script = script_asset.name,
		.icon = icon_asset.name,
		.known = v->session,
		.live = v->session && req->method == WEB_GET,
		.name = v->name,
		.post = v->post,
		.several = v->session && v->s.several,
		.here = req->path,
		.csrf = arena_str(req->arena, str_of(csrf.c)),
		.fresh = k->fresh,
		.now = time_words(req->arena, acts_now_ms(k->acts)),
	};
	ret->reads_journal = reads_journal(k, v);
	put_state(k, req->arena, ret);
}

struct text *page_begin(struct web_request *req, struct web_reply *reply, const char *title,
			struct frame *ret)
{
	frame_known(req, bound_of(req, reply), ret);
	ret->title = str_of(title);
	return web_reply_body(reply, "text/html; charset=utf-8");
}
