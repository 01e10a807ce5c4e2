#include "cli/alert_show.h"

/* How an alert stands, for programs: one JSON document, or the organisations as CSV. */

static void counts_out(struct json_out *o, const uint64_t *count, bool peers)
{
	json_out_object(o);
	for (unsigned i = 0; i < OBLIGATION_STATES; i++) {
		json_out_key(o, obligation_state_name((enum obligation_state)i));
		if (peers && !count[i]) /* fewer than five, or none */
			json_out_null(o);
		else
			json_out_i64(o, (int64_t)count[i]);
	}
	json_out_end(o);
}

static void number_out(struct json_out *o, const char *key, uint64_t n)
{
	json_out_key(o, key);
	json_out_i64(o, (int64_t)n);
}

static void text_out(struct json_out *o, const char *key, struct str s)
{
	json_out_key(o, key);
	json_out_str(o, s);
}

static void stamp_out(struct json_out *o, const char *key, int64_t ms)
{
	char stamp[STAMP_BYTES];

	json_out_key(o, key);
	if (ms)
		json_out_str(o, stamp_format(ms, stamp));
	else
		json_out_null(o);
}

static void region_out(struct json_out *o, const struct region *r)
{
	json_out_object(o);
	text_out(o, "region", r->code);
	text_out(o, "name", r->name);
	number_out(o, "organisations", r->orgs);
	number_out(o, "unanswered", r->unanswered);
	number_out(o, "overdue", r->overdue);
	number_out(o, "exposed", r->exposed);
	number_out(o, "unknown", r->unknown);
	json_out_key(o, "states");
	counts_out(o, r->count, false);
	json_out_end(o);
}

void alert_supplier_out(struct json_out *o, const struct supplier_waits *w)
{
	json_out_object(o);
	text_out(o, "supplier", w->supplier);
	text_out(o, "name", w->name);
	number_out(o, "organisations", w->organisations);
	number_out(o, "devices", w->devices);
	text_out(o, "answer", w->answer);
	text_out(o, "reference", w->reference);
	text_out(o, "note", w->note);
	stamp_out(o, "asked", w->asked_ms);
	stamp_out(o, "answered", w->answered_ms);
	stamp_out(o, "promised", w->promised_ms);
	stamp_out(o, "due", w->due_ms);
	stamp_out(o, "fix", w->fix_ms);
	json_out_key(o, "reached");
	json_out_bool(o, w->reached);
	json_out_key(o, "overdue");
	json_out_bool(o, w->overdue);
	number_out(o, "step", w->step);
	json_out_end(o);
}

enum part { PART_STATES, PART_REGIONS, PART_SUPPLIERS };

static bool note_part(struct listing *l, const char *key, enum part part, const struct shown *s,
		      struct err *err)
{
	AUTO(text_freep) struct text text = {0};
	struct json_out *o = json_out_open(&text);
	bool peers = s->scope == SCOPE_ORGANISATION;

	if (part == PART_STATES)
		counts_out(o, peers ? s->list.count : s->total.count, peers);
	else
		json_out_array(o);
	for (size_t i = 0; part == PART_REGIONS && i < s->nregions; i++)
		region_out(o, &s->regions[i]);
	for (size_t i = 0; part == PART_SUPPLIERS && i < s->list.nsuppliers; i++)
		if (alert_sees_supplier(s, &s->list.suppliers[i]))
			alert_supplier_out(o, &s->list.suppliers[i]);
	if (part != PART_STATES)
		json_out_end(o);
	if (!json_out_close(o, err))
		return false;
	listing_note_json(l, key, text_str(&text));
	return true;
}

static bool note_all(struct listing *l, const struct shown *s, struct err *err)
{
	const struct region *t = &s->total;
	char stamp[STAMP_BYTES];

	listing_note(l, "as_of", stamp_format(s->in->view.at_ms, stamp));
	listing_note_int(l, "seen_organisations", (int64_t)t->orgs);
	listing_note_int(l, "unanswered", (int64_t)t->unanswered);
	listing_note_int(l, "overdue_organisations", (int64_t)t->overdue);
	listing_note_int(l, "not_reached", (int64_t)t->not_reached);
	listing_note_int(l, "exposed", (int64_t)t->exposed);
	listing_note_int(l, "unknown", (int64_t)t->unknown);
	listing_note_int(l, "knew", (int64_t)t->knew);
	listing_note_int(l, "evidence_to", (int64_t)s->list.evidence_to);
	listing_note_int(l, "evidence_behind", (int64_t)s->list.evidence_behind);
	return alert_note_head(l, &s->alert, err) && note_part(l, "states", PART_STATES, s, err) &&
	       note_part(l, "regions", PART_REGIONS, s, err) &&
	       note_part(l, "suppliers", PART_SUPPLIERS, s, err);
}

bool alert_show_listing(struct cli *c, const struct shown *s, const struct rows *rows,
			struct err *err)
{
	AUTO(listing_dropp)
	struct listing *l =
		listing_begin(c, "obligations", alert_obligation_columns(c, s->in->replay));
	struct listing *done;
	uint64_t n = 0;

	if (c->json && !note_all(l, s, err))
		return false;
	for (size_t i = 0; i < s->list.n && (!rows->limit || n < rows->limit); i++)
		if (alert_wanted(rows, &s->list.v[i])) {
			alert_obligation_row(c, l, &s->list.v[i]);
			n++;
		}
	done = l;
	l = NULL;
	return listing_end(done, "", err);
}
