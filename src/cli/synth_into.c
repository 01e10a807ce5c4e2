#include "cli/import.h"
#include "cli/synth.h"

#include "base/mem.h"
#include "base/parallel.h"
#include "directory/directory.h"
#include "estate/estate.h"

/*
 * The nation straight into a store, by the acts of org import and estate import.  All of it is one
 * transaction.  Inventories are made, read and handed to the store some organisations at a time,
 * so that memory stays bounded; what is not committed yet waits in the store's own log.
 */

enum { TOGETHER = 25000 /* devices, about; a larger organisation comes alone */ };

/* --- whether it may come in ---------------------------------------------------------------- */

struct stranger {
	char code[24];
};

static bool note_stranger(void *ctx, const struct org *o, struct err *err)
{
	struct stranger *s = ctx;

	(void)err;
	if (!s->code[0] && !str_is(o->role, "nation") && !str_starts(o->code, STR("SYN_")))
		snprintf(s->code, sizeof(s->code), "%.*s", STR_FMT(o->code));
	return true;
}

/* Nobody wants an invented nation among his own organisations. */
static bool nobody_else(const struct directory_view *view, struct err *err)
{
	struct stranger s = {0};

	return directory_each_org(view, note_stranger, &s, err) &&
	       (!s.code[0] ||
		err_set(err, ERR_EXISTS,
			"%s is in the store: an invented nation goes into a store of its own",
			s.code));
}

/* --- organisations --------------------------------------------------------------------------- */

static bool import_text(const struct directory_view *view, struct acts *a, const struct text *t,
			const char *name, struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	struct directory_report report = {0};
	struct directory_import in = {.bytes = text_str(t),
				      .file = str_of(name),
				      .taken_ms = DIRECTORY_NO_DATE,
				      .received_ms = acts_now_ms(a)};

	if (!directory_import_body(view, &in, &report, &body, err))
		return false;
	if (report.refused)
		return err_set(err, ERR_INVALID, "%s: line %zu: %.*s", name, report.reasons[0].line,
			       STR_FMT(report.reasons[0].text));
	return import_act(a, &(struct act_request){.act = "org.import", .body = text_str(&body)},
			  in.bytes, err);
}

static bool import_orgs(const struct synth_nation *s, const struct directory_view *view,
			struct acts *a, struct err *err)
{
	AUTO(text_freep) struct text orgs = {0}, ties = {0};

	synth_orgs_text(s, &orgs, &ties);
	return import_text(view, a, &orgs, "organisations.csv", err) &&
	       import_text(view, a, &ties, "relationships.csv", err);
}

/* --- inventories ------------------------------------------------------------------------------ */

struct batch {
	const struct synth_nation *s;
	size_t from, n; /* organisations */
	struct synth_lists *lists;
	struct estate_file_in *in;
	struct estate_reading *readings;
	size_t nin;
};

static void batch_release(struct batch *b)
{
	for (size_t i = 0; i < b->nin; i++)
		estate_reading_free(&b->readings[i]);
	for (size_t i = 0; i < b->n; i++) {
		for (size_t k = 0; k < b->lists[i].n; k++)
			free((char *)(uintptr_t)b->lists[i].v[k].bytes.p);
		free(b->lists[i].v);
	}
	free(b->lists);
	free(b->in);
	free(b->readings);
}

static void make_one(void *ctx, size_t item, unsigned worker)
{
	struct batch *b = ctx;
	const struct synth_org *o = &b->s->orgs[b->from + item];
	struct err err;

	(void)worker;
	/* Memory cannot refuse. */
	if (o->devices && !o->missing &&
	    !synth_inventories_make(b->s, (uint32_t)(b->from + item), &b->lists[item], &err))
		assert(false);
}

static size_t lists_of(const struct batch *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += b->lists[i].n;
	return n;
}

static void batch_make(struct batch *b, int64_t now_ms)
{
	size_t n;

	b->lists = mem_zero(b->n, sizeof(*b->lists));
	parallel_each(b->n, make_one, b);
	n = lists_of(b);
	b->in = mem_zero(n + 1, sizeof(*b->in));
	b->readings = mem_zero(n + 1, sizeof(*b->readings));
	for (size_t i = 0; i < b->n; i++) {
		for (size_t k = 0; k < b->lists[i].n; k++)
			b->in[b->nin++] = (struct estate_file_in){
				.name = str_of(b->lists[i].v[k].name),
				.bytes = b->lists[i].v[k].bytes,
				.org = b->s->orgs[b->from + i].code,
				.received_ms = now_ms,
			};
	}
}

static bool batch_take(struct batch *b, struct acts *a, struct err *err)
{
	if (b->nin && !estate_read_all(b->in, b->nin, b->readings, err))
		return false;
	/* The same nation once more: what is there stays. */
	for (size_t i = 0; i < b->nin; i++)
		if (!import_reading(a, &b->readings[i], err) && err->code != ERR_EXISTS)
			return err_wrap(err, "%.*s", STR_FMT(b->in[i].name));
	return true;
}

static uint64_t sent_by(const struct synth_org *o)
{
	return o->missing ? 0 : o->devices;
}

static bool import_inventories(const struct synth_nation *s, struct acts *a, struct err *err)
{
	uint64_t done = 0;

	for (size_t from = 0, to; from < s->norgs; from = to) {
		uint64_t devices = sent_by(&s->orgs[from]);
		AUTO(batch_release) struct batch b = {.s = s, .from = from};

		for (to = from + 1; to < s->norgs && devices + sent_by(&s->orgs[to]) <= TOGETHER;)
			devices += sent_by(&s->orgs[to++]);
		b.n = to - from;
		cli_progress("%ju of %ju devices", (uintmax_t)done, (uintmax_t)s->devices);
		batch_make(&b, acts_now_ms(a));
		if (!batch_take(&b, a, err))
			return false;
		done += devices;
	}
	cli_progress("%s", "");
	return true;
}

bool synth_into(struct synth_nation *s, struct acts *a, struct err *err)
{
	struct directory_view view = {
		.store = acts_store(a), .arena = s->arena, .at_ms = acts_now_ms(a)};

	if (!nobody_else(&view, err) || !acts_begin(a, err))
		return false;
	if (import_orgs(s, &view, a, err) && import_inventories(s, a, err))
		return acts_commit(a, err);
	acts_rollback(a);
	return false;
}
