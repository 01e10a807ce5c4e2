#include "cli/alert.h"

/* One thing for many organisations, in one commit; each is told by itself what came of it. */

struct each_one *each_add(struct each *e, struct str org, struct str name)
{
	e->v = arena_grow(e->cli->arena, e->v, e->n, &e->cap, sizeof(*e->v));
	e->v[e->n] = (struct each_one){.of = e, .org = org, .name = name};
	return &e->v[e->n++];
}

void each_refuse(struct each_one *one, enum err_code code, struct str why)
{
	one->code = code;
	one->refused = why;
}

static void told(void *ctx, const struct act_told *told)
{
	struct each_one *one = ctx;
	struct each *e = one->of;

	if (told->refused) {
		each_refuse(one, told->refused->code,
			    arena_str(e->cli->arena, str_of(told->refused->text)));
		return;
	}
	one->record = told->number;
	e->last = MAX_OF(e->last, told->number);
	e->done++;
}

bool each_do(struct each_one *one, const struct alert_act *act, struct err *err)
{
	AUTO(text_freep) struct text body = {0};

	if (!alert_body(act, one->org, &body, err))
		return false;
	acts_submit(one->of->acts,
		    &(struct acts_submission){.request = {.act = act->act, .body = text_str(&body)},
					      .told = told,
					      .ctx = one});
	return true;
}

static bool list_them(struct each *e, struct err *err)
{
	static const struct column columns[] = {
		{"org", "org", false}, {"name", "name", false},	   {"done", "done", false},
		{"to", "to", false},   {"record", "record", true}, {"refused", "why not", false},
		{NULL, NULL, false},
	};
	struct listing *l = listing_begin(e->cli, "outcomes", columns);

	for (size_t i = 0; i < e->n; i++) {
		const struct each_one *one = &e->v[i];

		listing_text(l, one->org);
		listing_text(l, one->name);
		listing_bool(l, !one->refused.n);
		listing_text(l, one->to);
		if (one->record)
			listing_int(l, (int64_t)one->record);
		else
			listing_null(l);
		listing_text(l, one->refused);
	}
	listing_note(l, "alert", e->alert);
	listing_note_int(l, "record", (int64_t)e->last);
	return listing_end(l, "", err);
}

/* One alone needs no table. */
static bool say_one(struct each *e, struct err *err)
{
	const struct each_one *one = &e->v[0];

	if (one->refused.n)
		return err_set(err, one->code, "%.*s", STR_FMT(one->refused));
	if (e->cli->json || e->cli->csv)
		return list_them(e, err);
	text_addf(&e->cli->out, "%.*s: %s for %.*s%s%.*s (record %ju)\n", STR_FMT(e->alert),
		  e->words, STR_FMT(one->org), one->to.n ? ", to " : "", STR_FMT(one->to),
		  (uintmax_t)one->record);
	return true;
}

bool each_end(struct each *e, struct err *err)
{
	struct cli *c = e->cli;

	if (!acts_flush(e->acts, err))
		return false;
	if (e->n == 1)
		return say_one(e, err);
	if (!list_them(e, err))
		return false;
	if (!e->done && e->n)
		/* What came of each is said even so. */
		return cli_flush(c, err) &&
		       err_set(err, e->v[0].code, "nothing was recorded for any of %zu: %.*s", e->n,
			       STR_FMT(e->v[0].refused));
	if (c->json || c->csv)
		return true;
	text_addf(&c->out, "%.*s: %s for %zu %s", STR_FMT(e->alert), e->words, e->done,
		  plural(e->done, "organisation", "organisations"));
	if (e->done < e->n)
		text_addf(&c->out, ", refused for %zu", e->n - e->done);
	text_add_char(&c->out, '\n');
	return true;
}
