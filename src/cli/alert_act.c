#include "cli/member.h"
#include "cli/alert.h"
#include "cli/sight.h"

/* Words of the command line into the body of an act. */

struct str alert_post(const struct cli *c)
{
	const char *as = cli_opt(c, "--as");

	return as ? str_of(as) : STR("national-lead");
}

struct alerts_view alert_view(struct cli *c, struct acts *a)
{
	return (struct alerts_view){
		.store = acts_store(a), .arena = c->arena, .at_ms = acts_now_ms(a)};
}

struct str alert_number(struct cli *c, unsigned i)
{
	return directory_code(c->arena, cli_arg(c, i));
}

struct str alert_when(struct cli *c, int64_t ms)
{
	char buf[STAMP_BYTES];

	return ms ? arena_fmt(c->arena, "%.16sZ", stamp_format(ms, buf).p) : STR("-");
}

static bool listed(const struct str *v, size_t n, struct str s)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(v[i], s))
			return true;
	return false;
}

struct str_list alert_option_list(struct cli *c, const char *name)
{
	size_t n = 0, most = 0;
	struct str *v;

	for (unsigned i = 0; i < c->ngiven; i++)
		for (const char *p = c->given[i].value; p && *p; p++)
			most += *p == ',';
	v = ARENA_ARRAY(c->arena, struct str, most + c->ngiven + 1);
	for (unsigned i = 0; cli_opt_at(c, name, i); i++) {
		struct str rest = str_of(cli_opt_at(c, name, i)), piece;

		while (str_next(&rest, ',', &piece)) {
			piece = str_trim(piece);
			if (piece.n && !listed(v, n, piece))
				v[n++] = piece;
		}
	}
	return (struct str_list){v, n};
}

struct str_list alert_option_orgs(struct cli *c, const char *name)
{
	struct str_list raw = alert_option_list(c, name);
	struct str *v = ARENA_ARRAY(c->arena, struct str, raw.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < raw.n; i++) {
		struct str code = directory_code(c->arena, raw.v[i]);

		if (!listed(v, n, code))
			v[n++] = code;
	}
	return (struct str_list){v, n};
}

static struct alert_member *add(struct alert_act *act, const char *key, enum member_kind kind)
{
	struct alert_member *m = &act->v[act->n++];

	assert(act->n <= ALERT_MEMBERS);
	*m = (struct alert_member){.key = key, .kind = kind};
	return m;
}

void act_str(struct alert_act *act, const char *key, struct str s)
{
	if (s.n)
		add(act, key, MEMBER_STR)->s = s;
}

void act_int(struct alert_act *act, const char *key, int64_t i)
{
	add(act, key, MEMBER_INT)->i = i;
}

void act_stamp(struct alert_act *act, const char *key, int64_t ms)
{
	if (ms)
		add(act, key, MEMBER_STAMP)->i = ms;
}

bool alert_is_day(const char *said)
{
	enum { DATE = 10 };

	return said && str_of(said).n <= DATE;
}

void act_limit(struct alert_act *act, const char *key, int64_t ms, const char *said)
{
	if (ms)
		add(act, key, alert_is_day(said) ? MEMBER_DAY : MEMBER_STAMP)->i = ms;
}

bool alert_days(const struct alerts_view *view, struct alert_act *act, struct err *err)
{
	for (size_t i = 0; i < act->n; i++) {
		if (act->v[i].kind != MEMBER_DAY)
			continue;
		if (!alert_day_end(view, act->v[i].i, &act->v[i].i, err))
			return false;
		act->v[i].kind = MEMBER_STAMP;
	}
	return true;
}

void act_bool(struct alert_act *act, const char *key, bool b)
{
	add(act, key, MEMBER_BOOL)->i = b;
}

void act_list(struct alert_act *act, const char *key, struct str_list list)
{
	if (list.n)
		add(act, key, MEMBER_LIST)->list = list;
}

static void member_out(struct json_out *o, const struct alert_member *m)
{
	char stamp[STAMP_BYTES];

	json_out_key(o, m->key);
	switch (m->kind) {
	case MEMBER_STR:
		json_out_str(o, m->s);
		break;
	case MEMBER_INT:
		json_out_i64(o, m->i);
		break;
	case MEMBER_STAMP:
	case MEMBER_DAY:
		json_out_str(o, stamp_format(m->i, stamp));
		break;
	case MEMBER_BOOL:
		json_out_bool(o, m->i);
		break;
	case MEMBER_LIST:
		json_out_array(o);
		for (size_t i = 0; i < m->list.n; i++)
			json_out_str(o, m->list.v[i]);
		json_out_end(o);
		break;
	}
}

bool alert_body(const struct alert_act *act, struct str org, struct text *out, struct err *err)
{
	struct json_out *o = json_out_open(out);

	json_out_object(o);
	member_str(o, "alert", act->alert);
	if (org.n)
		member_str(o, "org", org);
	for (size_t i = 0; i < act->n; i++)
		member_out(o, &act->v[i]);
	json_out_end(o);
	return json_out_close(o, err);
}

bool alert_do(struct acts *a, const struct alert_act *act, struct str org, uint64_t *ret_number,
	      struct err *err)
{
	AUTO(text_freep) struct text body = {0};

	return alert_body(act, org, &body, err) &&
	       acts_do(a, &(struct act_request){.act = act->act, .body = text_str(&body)},
		       ret_number, err);
}

bool alert_said(struct cli *c, struct str alert, uint64_t record, struct str line, struct err *err)
{
	struct json_out *o;

	if (!c->json) {
		text_addf(&c->out, "%.*s\n", STR_FMT(line));
		return true;
	}
	o = json_out_open(&c->out);
	json_out_object(o);
	member_str(o, "alert", alert);
	member_i64(o, "record", (int64_t)record);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add_char(&c->out, '\n');
	return true;
}

/* --- who may see what --- */

static bool look(struct cli *c, const struct alerts_view *view, struct sight *ret, struct err *err)
{
	const struct directory_view dv = {view->store, view->arena, view->at_ms};

	return sight_of_post(&dv, alert_post(c), ret, err);
}

bool alert_scope(struct cli *c, const struct alerts_view *view, enum post_scope *ret,
		 struct err *err)
{
	struct sight sight;

	if (!look(c, view, &sight, err))
		return false;
	return *ret = sight.scope, true;
}

bool alert_may_see(struct cli *c, const struct alerts_view *view, struct str org,
		   enum directory_sees *ret, struct err *err)
{
	struct sight sight;

	return look(c, view, &sight, err) && sight_need(&sight, org, SEES_COUNTS, err) &&
	       sight_sees(&sight, org, ret, err);
}

bool alert_own_org(struct cli *c, const struct alerts_view *view, struct str *ret, struct err *err)
{
	struct sight sight;

	if (!look(c, view, &sight, err))
		return false;
	return *ret = sight.post.org, true;
}

bool alert_concerns(struct cli *c, const struct alerts_view *view, const struct alert *alert,
		    bool *ret, struct err *err)
{
	struct sight sight;

	return look(c, view, &sight, err) && sight_reads_alert(&sight, alert, ret, err);
}
