#include "cli/command.h"

#include "cli/import.h"
#include "cli/member.h"
#include "cli/sight.h"
#include "incident/incident.h"

/* Who leads, and how tense the times are. */

static struct directory_view view_of(struct cli *c, struct acts *a)
{
	return (struct directory_view){
		.store = acts_store(a), .arena = c->arena, .at_ms = acts_now_ms(a)};
}

/* --- offering, accepting, handing over ------------------------------------------------------- */

static const struct cli_option offer_options[] = {
	{"--authority", "TEXT", "by which authority: a law, a plan, a decision"},
	{"--until", "TIME", "how long it leads, 366 days at most"},
	{"--accept-by", "TIME", "by when it is to accept; else as long as it would lead"},
	{"--successor", "POST", "the post that leads where nobody accepts by then"},
	{NULL, NULL, NULL},
};

static const struct act_word offer_words[] = {
	{"--authority", "authority", WORD_TEXT},
	{"--until", "until", WORD_TEXT},
	{"--accept-by", "accept_by", WORD_TEXT},
	{"--successor", "successor", WORD_TEXT},
	{NULL, NULL, WORD_TEXT},
};

static bool offer_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "mandate.offer", (const char *const[]){"post", NULL},
				 offer_words, err);
}

static const struct cli_option reason_options[] = {
	{"--reason", "TEXT", "why"},
	{NULL, NULL, NULL},
};

static const struct act_word reason_words[] = {
	{"--reason", "reason", WORD_TEXT},
	{NULL, NULL, WORD_TEXT},
};

/* The offer that is answered is the one that is open now. */
static bool answer_body(struct cli *c, const struct incident_offer *offer, struct text *body,
			struct err *err)
{
	struct json_out *o = json_out_open(body);

	json_out_object(o);
	json_out_key(o, "offer");
	json_out_object(o);
	member_i64(o, "number", (int64_t)offer->record);
	member_str(o, "site", offer->site);
	json_out_end(o);
	if (cli_opt(c, "--reason"))
		member_str(o, "reason", str_of(cli_opt(c, "--reason")));
	json_out_end(o);
	return json_out_close(o, err);
}

static bool answer(struct cli *c, const char *act, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	AUTO(text_freep) struct text body = {0};
	struct directory_view view;
	struct incident_now now;
	uint64_t number;

	if (!cli_open(c, ACTS_WRITE, &a, err))
		return false;
	view = view_of(c, a);
	if (!incident_now(&view, &now, err))
		return false;
	if (!now.offered)
		return err_set(err, ERR_NOT_FOUND, "the lead is offered to nobody");
	if (!answer_body(c, &now.offer, &body, err) ||
	    !acts_do(a, &(struct act_request){.act = act, .body = text_str(&body)}, &number, err))
		return false;
	return import_recorded(c, number, err);
}

static bool accept_run(struct cli *c, struct err *err)
{
	return answer(c, "mandate.accept", err);
}

static bool decline_run(struct cli *c, struct err *err)
{
	return answer(c, "mandate.decline", err);
}

static bool hand_over_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "mandate.hand_over", (const char *const[]){"to", NULL},
				 reason_words, err);
}

static bool end_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "mandate.end", (const char *const[]){NULL}, reason_words, err);
}

/* --- showing ------------------------------------------------------------------------------------
 */

static void person_json(struct json_out *o, const struct incident_person *p)
{
	member_str(o, "post", p->post);
	member_str(o, "title", p->title);
	member_str(o, "org", p->org);
	member_str(o, "holder", p->holder);
	member_str(o, "number", p->number);
}

static void lead_json(struct json_out *o, const struct incident_now *now)
{
	json_out_key(o, "lead");
	if (!now->led) {
		json_out_null(o);
		return;
	}
	json_out_object(o);
	person_json(o, &now->lead.who);
	member_str(o, "authority", now->lead.authority);
	member_stamp(o, "since", now->lead.since_ms);
	member_stamp(o, "until", now->lead.until_ms);
	member_bool(o, "in_default", now->lead.in_default);
	json_out_end(o);
}

static void offer_json(struct json_out *o, const struct incident_now *now)
{
	const struct incident_offer *f = &now->offer;

	json_out_key(o, "offer");
	if (!now->offered) {
		json_out_null(o);
		return;
	}
	json_out_object(o);
	person_json(o, &f->to);
	member_str(o, "by", f->by);
	member_str(o, "authority", f->authority);
	member_str(o, "reason", f->reason);
	member_str(o, "successor", f->successor);
	member_stamp(o, "accept_by", f->accept_by_ms);
	member_stamp(o, "until", f->until_ms);
	member_bool(o, "hand_over", f->hand_over);
	member_str(o, "site", f->site);
	member_i64(o, "record", (int64_t)f->record);
	json_out_end(o);
}

static int64_t or_none(int64_t ms)
{
	return ms == DIRECTORY_NO_DATE ? 0 : ms;
}

static void posture_json(struct json_out *o, const struct incident_posture *p)
{
	member_str(o, "level", str_of(incident_level_name(p->level)));
	member_bool(o, "exercise", p->exercise.n > 0);
	member_str(o, "exercise_name", p->exercise);
	member_str(o, "reason", p->reason);
	member_str(o, "by", p->by);
	member_stamp(o, "since", or_none(p->said_ms));
	member_stamp(o, "until", or_none(p->until_ms));
}

static void events_json(struct json_out *o, const struct incident_events *events)
{
	json_out_key(o, "history");
	json_out_array(o);
	for (size_t i = 0; i < events->n; i++) {
		const struct incident_event *e = &events->v[i];

		json_out_object(o);
		member_stamp(o, "time", e->at_ms);
		member_str(o, "what", str_of(incident_happening_name(e->what)));
		member_str(o, "post", e->post);
		member_str(o, "by", e->by);
		member_str(o, "authority", e->authority);
		member_str(o, "reason", e->why);
		member_stamp(o, "until", or_none(e->until_ms));
		json_out_end(o);
	}
	json_out_end(o);
}

static void minute(struct text *out, const char *before, int64_t ms)
{
	char stamp[STAMP_BYTES];

	text_addf(out, "%s%.16sZ", before, stamp_format(ms, stamp).p);
}

static void person_text(struct text *out, const struct incident_person *p)
{
	text_addf(out, "%.*s (%.*s%s%.*s)", STR_FMT(p->title), STR_FMT(p->post),
		  p->org.n ? " of " : "", STR_FMT(p->org));
	if (p->holder.n)
		text_addf(out, ", %.*s", STR_FMT(p->holder));
	if (p->number.n)
		text_addf(out, ", out of band %.*s", STR_FMT(p->number));
	else
		text_add_c(out, ", no number to reach them is known");
}

static void now_text(struct text *out, const struct incident_now *now)
{
	if (now->led) {
		text_add_c(out, "leads       ");
		person_text(out, &now->lead.who);
		minute(out, "\nsince       ", now->lead.since_ms);
		text_add_c(out, now->lead.in_default ? ", as nobody else accepted in time" : "");
		minute(out, "\nuntil       ", now->lead.until_ms);
		text_addf(out, "\nauthority   %.*s\n", STR_FMT(now->lead.authority));
	} else {
		text_add_c(out, "nobody leads\n");
	}
	if (!now->offered)
		return;
	text_add_c(out, now->offer.hand_over ? "handed to   " : "offered to  ");
	person_text(out, &now->offer.to);
	text_addf(out, "\nby          %.*s", STR_FMT(now->offer.by));
	minute(out, "\naccept by   ", now->offer.accept_by_ms);
	if (now->offer.successor.n)
		text_addf(out, ", else %.*s leads", STR_FMT(now->offer.successor));
	minute(out, "\ntill        ", now->offer.until_ms);
	text_addf(out, "\nauthority   %.*s\n", STR_FMT(now->offer.authority));
}

static void events_text(struct text *out, const struct incident_events *events)
{
	for (size_t i = 0; i < events->n; i++) {
		const struct incident_event *e = &events->v[i];

		minute(out, i ? "" : "\n", e->at_ms);
		text_addf(out, "  %s %.*s", incident_happening_words(e->what), STR_FMT(e->post));
		if (e->by.n && !str_eq(e->by, e->post))
			text_addf(out, ", by %.*s", STR_FMT(e->by));
		if (e->until_ms != DIRECTORY_NO_DATE)
			minute(out, ", until ", e->until_ms);
		text_addf(out, "%s%.*s\n", e->why.n ? ": " : "", STR_FMT(e->why));
	}
}

static bool open_view(struct cli *c, struct acts **ret, struct directory_view *ret_view,
		      struct err *err)
{
	struct sight sight;

	if (!cli_open(c, ACTS_READ, ret, err) || !sight_open(c, *ret, &sight, err))
		return false;
	*ret_view = sight.view;
	return true;
}

static bool show_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct incident_events events;
	struct directory_view view;
	struct incident_now now;
	struct json_out *o;

	if (!open_view(c, &a, &view, err) || !incident_now(&view, &now, err) ||
	    !incident_history(&view, &events, err))
		return false;
	if (!c->json) {
		now_text(&c->out, &now);
		events_text(&c->out, &events);
		return true;
	}
	o = json_out_open(&c->out);
	json_out_object(o);
	lead_json(o, &now);
	offer_json(o, &now);
	events_json(o, &events);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add_char(&c->out, '\n');
	return true;
}

/* --- the level
 * ------------------------------------------------------------------------------------ */

static const struct cli_option posture_options[] = {
	{"--reason", "TEXT", "why; everybody reads it"},
	{"--until", "TIME", "until then; from then on what held before it. Else until another"},
	{"--exercise", "NAME", "it is an exercise of that name, and every page says so"},
	{NULL, NULL, NULL},
};

static const struct act_word posture_words[] = {
	{"--reason", "reason", WORD_TEXT},
	{"--until", "until", WORD_TEXT},
	{"--exercise", "exercise", WORD_TEXT},
	{NULL, NULL, WORD_TEXT},
};

static bool posture_run(struct cli *c, struct err *err)
{
	return import_simple_act(c, "posture.set", (const char *const[]){"level", NULL},
				 posture_words, err);
}

static void posture_text(struct text *out, const struct incident_posture *p)
{
	if (p->exercise.n)
		text_addf(out, "EXERCISE %.*s: ", STR_FMT(p->exercise));
	text_add_c(out, incident_level_words(p->level));
	if (p->said_ms == DIRECTORY_NO_DATE) {
		text_add_c(out, ": nobody has set another level\n");
		return;
	}
	minute(out, ", since ", p->said_ms);
	if (p->until_ms != DIRECTORY_NO_DATE)
		minute(out, " until ", p->until_ms);
	text_addf(out, ", by %.*s: %.*s\n", STR_FMT(p->by), STR_FMT(p->reason));
}

static bool posture_out(struct cli *c, const struct incident_posture *now,
			const struct incident_postures *all, struct err *err)
{
	struct json_out *o = json_out_open(&c->out);

	json_out_object(o);
	json_out_key(o, "now");
	json_out_object(o);
	posture_json(o, now);
	json_out_end(o);
	json_out_key(o, "history");
	json_out_array(o);
	for (size_t i = 0; i < all->n; i++) {
		json_out_object(o);
		posture_json(o, &all->v[i]);
		json_out_end(o);
	}
	json_out_end(o);
	json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	text_add_char(&c->out, '\n');
	return true;
}

static bool posture_show_run(struct cli *c, struct err *err)
{
	AUTO(acts_closep) struct acts *a = NULL;
	struct incident_postures all;
	struct directory_view view;
	struct incident_now now;

	if (!open_view(c, &a, &view, err) || !incident_now(&view, &now, err) ||
	    !incident_postures(&view, &all, err))
		return false;
	if (c->json)
		return posture_out(c, &now.posture, &all, err);
	posture_text(&c->out, &now.posture);
	for (size_t i = 0; i < all.n; i++) {
		text_add_c(&c->out, i ? "  " : "\nset so far, the latest first:\n  ");
		posture_text(&c->out, &all.v[i]);
	}
	return true;
}

const struct command mandate_commands[] = {
	{"mandate", "offer", "POST", "Offer the lead of the service to a post.", 1, 1,
	 offer_options, offer_run},
	{"mandate", "accept", NULL, "Take the lead that is offered to the acting post.", 0, 0, NULL,
	 accept_run},
	{"mandate", "decline", NULL, "Do not take it; a successor that was named leads then.", 0, 0,
	 reason_options, decline_run},
	{"mandate", "hand-over", "POST",
	 "Offer the rest of one's lead to another, and lead until they accept.", 1, 1,
	 reason_options, hand_over_run},
	{"mandate", "end", NULL, "End who leads; where nobody does, withdraw what is offered.", 0,
	 0, reason_options, end_run},
	{"mandate", "show", NULL, "Show who leads, until when, and how that came.", 0, 0, NULL,
	 show_run},
	{"posture", "set", "normal|heightened|major_incident",
	 "Set the level of the service, in earnest or in an exercise.", 1, 1, posture_options,
	 posture_run},
	{"posture", "show", NULL, "Show the level of the service, and those before.", 0, 0, NULL,
	 posture_show_run},
	{NULL, NULL, NULL, NULL, 0, 0, NULL, NULL},
};
