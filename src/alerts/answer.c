#include "alerts/inner.h"

/* What an organisation says to an alert: each answer is a claim, kept as it was made. */

enum { NOTE_MAX = 4000, YEAR_DAYS_MAX = 366 };

struct answer {
	struct str alert, org, supplier, note, opinion, controls;
	enum claim_kind kind;
	struct str_list devices;
	int64_t until_ms, promised_ms;
};

static bool note(struct act_ctx *ctx, const char *key, bool needed, struct str *ret,
		 struct err *err)
{
	return body_text(ctx->body, (struct body_member){key, NOTE_MAX, needed, true}, ctx->arena,
			 ret, err);
}

static bool read_acknowledge(struct act_ctx *ctx, struct answer *a, struct err *err)
{
	(void)ctx;
	(void)err;
	a->kind = CLAIM_ACKNOWLEDGED;
	return true;
}

static bool read_applicability(struct act_ctx *ctx, struct answer *a, struct err *err)
{
	bool applicable;

	if (!json_need_bool(ctx->body, "applicable", &applicable, err))
		return false;
	a->kind = applicable ? CLAIM_APPLICABLE : CLAIM_NOT_APPLICABLE;
	return note(ctx, "reason", !applicable, &a->note, err);
}

static bool read_progress(struct act_ctx *ctx, struct answer *a, struct err *err)
{
	struct str kind, supplier = {0};

	if (!json_need_str(ctx->body, "kind", &kind, err) ||
	    !body_time(ctx->body, "date", &a->promised_ms, err) ||
	    !json_may_str(ctx->body, "supplier", &supplier, err) ||
	    !note(ctx, "note", false, &a->note, err))
		return false;
	if (!claim_kind_by_name(kind, &a->kind) ||
	    (a->kind != CLAIM_IN_PROGRESS && a->kind != CLAIM_BLOCKED && a->kind != CLAIM_HELP))
		return err_set(err, ERR_INVALID, "\"kind\" is in_progress, blocked or help");
	if (a->kind == CLAIM_BLOCKED && !str_trim(supplier).n)
		return err_set(err, ERR_INVALID,
			       "blocked: say by which supplier, who is then asked for an answer");
	if (a->kind != CLAIM_BLOCKED && supplier.n)
		return err_set(err, ERR_INVALID, "only what is blocked names a supplier");
	if (supplier.n > DIRECTORY_CODE_MAX)
		return err_set(err, ERR_INVALID, "\"supplier\" is no code of an organisation");
	a->supplier = supplier.n ? directory_code(ctx->arena, supplier) : supplier;
	return true;
}

static bool read_claim(struct act_ctx *ctx, struct answer *a, struct err *err)
{
	struct str kind;

	if (!json_need_str(ctx->body, "kind", &kind, err) ||
	    !body_time(ctx->body, "until", &a->until_ms, err))
		return false;
	if (!claim_kind_by_name(kind, &a->kind) ||
	    (a->kind != CLAIM_FIXED && a->kind != CLAIM_MITIGATED && a->kind != CLAIM_ATTESTED))
		return err_set(err, ERR_INVALID, "\"kind\" is fixed, mitigated or attested");
	if (a->kind == CLAIM_FIXED && a->until_ms)
		return err_set(err, ERR_INVALID, "what is fixed is not fixed until a date");
	if (a->kind != CLAIM_FIXED && !a->until_ms)
		return err_set(err, ERR_INVALID, "%.*s: until when? (\"until\" is missing)",
			       STR_FMT(kind));
	return note(ctx, "how", a->kind == CLAIM_MITIGATED, &a->note, err);
}

static bool read_except(struct act_ctx *ctx, struct answer *a, struct err *err)
{
	a->kind = CLAIM_EXCEPTED;
	if (!note(ctx, "reason", true, &a->note, err) ||
	    !note(ctx, "opinion", true, &a->opinion, err) ||
	    !note(ctx, "controls", true, &a->controls, err) ||
	    !body_time(ctx->body, "until", &a->until_ms, err))
		return false;
	return a->until_ms ||
	       err_set(err, ERR_INVALID, "an exception ends on a date: \"until\" is missing");
}

static const struct {
	const char *act;
	bool (*read)(struct act_ctx *ctx, struct answer *a, struct err *err);
} readers[] = {
	{"alert.acknowledge", read_acknowledge}, {"alert.applicability", read_applicability},
	{"alert.progress", read_progress},	 {"alert.claim", read_claim},
	{"alert.except", read_except},
};

static bool answer_read(struct act_ctx *ctx, struct answer *ret, struct err *err)
{
	struct answer a = {0};
	size_t i = 0;

	while (!str_is(ctx->record->act, readers[i].act))
		assert(++i < ARRAY_LEN(readers));
	if (!json_need_str(ctx->body, "alert", &a.alert, err) ||
	    !json_need_str(ctx->body, "org", &a.org, err) || !readers[i].read(ctx, &a, err))
		return false;
	if (a.kind != CLAIM_ACKNOWLEDGED &&
	    !body_devices(ctx->body, "devices", ctx->arena, &a.devices, err))
		return false;
	*ret = a;
	return true;
}

bool answer_apply(struct act_ctx *ctx, struct err *err)
{
	AUTO(text_freep) struct text devices = {0};
	struct answer a;

	if (!answer_read(ctx, &a, err))
		return false;
	for (size_t i = 0; i < a.devices.n; i++) {
		text_add(&devices, a.devices.v[i]);
		text_add_char(&devices, '\n');
	}
	return store_run(
		ctx->txn,
		SQL("INSERT INTO alerts_claim (alert, org, at, site, record, kind, post, devices,"
		    " until, promised, supplier, note, opinion, controls)"
		    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"),
		ARGS(store_text(a.alert), store_text(a.org), store_int(ctx->record->stamped_ms),
		     store_text(ctx->record->site), store_int((int64_t)ctx->record->number),
		     store_text(str_of(claim_kind_name(a.kind))), store_text(ctx->record->post),
		     store_text(text_str(&devices)), store_int(a.until_ms),
		     store_int(a.promised_ms), store_text(a.supplier), store_text(a.note),
		     store_text(a.opinion), store_text(a.controls)),
		err);
}

/* --- may this be said? --- */

struct answering {
	struct act_ctx *ctx;
	struct answer a;
	struct alert alert;
	struct member_list members; /* whom the organisation answers for */
	struct estate *estate;
};

static void answering_end(struct answering *w)
{
	if (w->estate)
		estate_close(w->estate);
}

static bool org_answers(struct answering *w, struct err *err)
{
	const struct directory_view directory = act_directory(w->ctx);
	struct org org;

	if (!directory_org_get(&directory, w->a.org, &org, err))
		return false;
	if (!str_eq(org.code, w->a.org))
		return err_set(err, ERR_INVALID, "the organisation's code is written %.*s",
			       STR_FMT(org.code));
	return org.open ||
	       err_set(err, ERR_INVALID, "%.*s is closed%s%.*s", STR_FMT(org.code),
		       org.successor.n ? ": its successor answers, " : "", STR_FMT(org.successor));
}

static bool begin(struct act_ctx *ctx, struct answering *w, struct err *err)
{
	const struct alerts_view view = act_view(ctx);

	w->ctx = ctx;
	return answer_read(ctx, &w->a, err) && act_live_alert(ctx, &w->alert, err) &&
	       org_answers(w, err) && members_of(&view, w->alert.id, w->a.org, &w->members, err);
}

static bool need_estate(struct answering *w, struct err *err)
{
	return w->estate || estate_open(w->ctx->journal, &w->estate, err);
}

/* Marks those of the devices that the estate of org holds. */
static bool mark_devices(struct answering *w, struct str org, bool *held, struct err *err)
{
	AUTO(segment_unrefp) const struct segment *s = NULL;

	if (!estate_segment_open(w->estate, org, &s, err))
		return false;
	for (size_t i = 0; i < w->a.devices.n; i++)
		held[i] |= segment_find(s, w->a.devices.v[i]) != SIZE_MAX;
	return true;
}

static bool devices_there(struct answering *w, struct err *err)
{
	AUTO(text_freep) struct text missing = {0};
	const struct str_list *ids = &w->a.devices;
	enum { NAMED = 5 };
	size_t n = 0;
	bool *held;

	if (!ids->n)
		return true;
	held = ARENA_ARRAY(w->ctx->arena, bool, ids->n);
	if (!need_estate(w, err) || !mark_devices(w, w->a.org, held, err))
		return false;
	for (size_t i = 0; i < w->members.n; i++)
		if (!mark_devices(w, w->members.v[i].org, held, err))
			return false;
	for (size_t i = 0; i < ids->n; i++)
		if (!held[i] && n++ < NAMED)
			text_addf(&missing, "%s%.*s", n > 1 ? ", " : "",
				  STR_FMT(str_sub(ids->v[i], 0, 60)));
	if (n > NAMED)
		text_addf(&missing, " and %zu more", n - NAMED);
	return !n || err_set(err, ERR_NOT_FOUND, "%.*s has no device %s", STR_FMT(w->a.org),
			     text_c(&missing));
}

static bool until_ahead(const struct answering *w, const char *what, struct err *err)
{
	char buf[WHEN_BYTES];

	return w->a.until_ms > w->ctx->record->stamped_ms ||
	       err_set(err, ERR_INVALID, "%s until %s expires before it starts", what,
		       when(w->a.until_ms, buf));
}

bool acknowledge_check(struct act_ctx *ctx, struct err *err)
{
	AUTO(answering_end) struct answering w = {0};

	return begin(ctx, &w, err);
}

bool applicability_check(struct act_ctx *ctx, struct err *err)
{
	AUTO(answering_end) struct answering w = {0};

	return begin(ctx, &w, err) && devices_there(&w, err);
}

static bool supplier_known(const struct answering *w, struct err *err)
{
	const struct directory_view directory = act_directory(w->ctx);
	struct org supplier;

	if (w->a.kind != CLAIM_BLOCKED)
		return true;
	if (str_eq(w->a.supplier, w->a.org))
		return err_set(err, ERR_INVALID, "%.*s cannot be blocked by itself",
			       STR_FMT(w->a.org));
	return directory_org_get(&directory, w->a.supplier, &supplier, err) ||
	       err_wrap(err, "the supplier");
}

bool progress_check(struct act_ctx *ctx, struct err *err)
{
	AUTO(answering_end) struct answering w = {0};
	char buf[WHEN_BYTES];

	if (!begin(ctx, &w, err))
		return false;
	if (w.a.promised_ms && w.a.promised_ms <= ctx->record->stamped_ms)
		return err_set(err, ERR_INVALID, "the date promised, %s, is past",
			       when(w.a.promised_ms, buf));
	return supplier_known(&w, err) && devices_there(&w, err);
}

static const char *outcome_words(unsigned bits, char *buf, size_t bytes)
{
	size_t n = 0;

	buf[0] = '\0';
	for (const struct outcome_name *o = outcome_names; o->name; o++)
		if (bits & o->bit && n < bytes)
			n += (size_t)snprintf(buf + n, bytes - n, "%s%s", n ? " or " : "", o->name);
	return buf;
}

/* The alert says which outcomes satisfy it. */
static bool outcome_taken(const struct answering *w, struct err *err)
{
	unsigned takes = w->alert.content.outcomes;
	char buf[80];

	if (w->a.kind == CLAIM_ATTESTED || (w->a.kind == CLAIM_FIXED && takes & OUTCOME_FIX) ||
	    (w->a.kind == CLAIM_MITIGATED && takes & (OUTCOME_MITIGATION | OUTCOME_ISOLATION)))
		return true;
	return err_set(err, ERR_INVALID, "%.*s is satisfied by %s: a claim of %s answers nothing",
		       STR_FMT(w->alert.id), outcome_words(takes, buf, sizeof(buf)),
		       claim_kind_name(w->a.kind));
}

static bool sent_inventory(struct answering *w, struct str org, bool *ret, struct err *err)
{
	struct estate_snapshot_list list;

	if (!need_estate(w, err) || !estate_snapshots(w->estate, org, w->ctx->arena, &list, err))
		return false;
	*ret |= list.n > 0;
	return true;
}

/* Who can send an inventory proves by that. */
static bool may_attest(struct answering *w, struct err *err)
{
	int64_t latest = w->ctx->record->stamped_ms + YEAR_DAYS_MAX * MS_PER_DAY;
	bool sent = false;

	if (w->a.kind != CLAIM_ATTESTED)
		return true;
	if (w->a.until_ms > latest)
		return err_set(err, ERR_INVALID, "attested for longer than a year");
	if (w->alert.content.confirmation)
		return true;
	if (!sent_inventory(w, w->a.org, &sent, err))
		return false;
	for (size_t i = 0; i < w->members.n; i++)
		if (!sent_inventory(w, w->members.v[i].org, &sent, err))
			return false;
	return !sent || err_set(err, ERR_DENIED,
				"%.*s has sent an inventory: its evidence answers, nobody attests "
				"beside it",
				STR_FMT(w->a.org));
}

bool claim_check(struct act_ctx *ctx, struct err *err)
{
	AUTO(answering_end) struct answering w = {0};

	if (!begin(ctx, &w, err) || !outcome_taken(&w, err))
		return false;
	if (w.a.until_ms && !until_ahead(&w, claim_kind_name(w.a.kind), err))
		return false;
	return may_attest(&w, err) && devices_there(&w, err);
}

bool except_check(struct act_ctx *ctx, struct err *err)
{
	AUTO(answering_end) struct answering w = {0};

	if (!begin(ctx, &w, err) || !until_ahead(&w, "an exception", err))
		return false;
	if (w.a.until_ms > ctx->record->stamped_ms + YEAR_DAYS_MAX * MS_PER_DAY)
		return err_set(err, ERR_INVALID, "an exception for longer than a year");
	return devices_there(&w, err);
}
