#include "cli/alert_show.h"
#include "cli/member.h"

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

static void region_out(struct json_out *o, const struct region *r)
{
	json_out_object(o);
	member_str(o, "region", r->code);
	member_str(o, "name", r->name);
	member_i64(o, "organisations", (int64_t)r->orgs);
	member_i64(o, "unanswered", (int64_t)r->unanswered);
	member_i64(o, "overdue", (int64_t)r->overdue);
	member_i64(o, "exposed", (int64_t)r->exposed);
	member_i64(o, "unknown", (int64_t)r->unknown);
	json_out_key(o, "states");
	counts_out(o, r->count, false);
	json_out_end(o);
}

void alert_supplier_out(struct json_out *o, const struct supplier_waits *w)
{
	json_out_object(o);
	member_str(o, "supplier", w->supplier);
	member_str(o, "name", w->name);
	member_i64(o, "organisations", (int64_t)w->organisations);
	member_i64(o, "devices", (int64_t)w->devices);
	member_str(o, "answer", w->answer);
	member_str(o, "reference", w->reference);
	member_str(o, "note", w->note);
	member_stamp(o, "asked", w->asked_ms);
	member_stamp(o, "answered", w->answered_ms);
	member_stamp(o, "promised", w->promised_ms);
	member_stamp(o, "due", w->due_ms);
	member_stamp(o, "fix", w->fix_ms);
	member_bool(o, "reached", w->reached);
	member_bool(o, "overdue", w->overdue);
	member_i64(o, "step", (int64_t)w->step);
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
