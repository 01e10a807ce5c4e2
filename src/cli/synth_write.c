#include "cli/command.h"
#include "cli/synth.h"

#include "base/file.h"
#include "base/parallel.h"

/* The nation in the templates that org import and estate import read, and as files. */

static void number_out(struct text *t, uint32_t n)
{
	text_add_char(t, ',');
	if (n)
		text_add_u64(t, n);
}

static void org_row(struct text *t, const struct synth_org *o)
{
	text_addf(t, "%.*s,%.*s,%.*s,%.*s,%.*s", STR_FMT(o->code), STR_FMT(o->name),
		  STR_FMT(o->role), STR_FMT(o->parent), STR_FMT(o->region));
	number_out(t, o->devices);
	number_out(t, o->patients);
	number_out(t, o->staff);
	for (unsigned c = 0; c < SYNTH_CLASSES; c++)
		number_out(t, o->count[c]);
	text_add_char(t, '\n');
}

/* Six practices in ten and every trust have a supplier; a few suppliers have most of them. */
static void relation_rows(const struct synth_nation *s, struct text *t)
{
	uint32_t suppliers = 0;
	uint32_t *at = ARENA_ARRAY(s->arena, uint32_t, s->norgs + 1);

	for (size_t i = 0; i < s->norgs; i++)
		if (s->orgs[i].kind == KIND_SUPPLIER)
			at[suppliers++] = (uint32_t)i;
	for (size_t i = 0; i < s->norgs; i++) {
		const struct synth_org *o = &s->orgs[i];
		struct rng rng = rng_of(s->seed, (uint64_t)1 << 56 | i);
		uint32_t pick;

		if (o->kind == KIND_PRACTICE && o->parent.n)
			text_addf(t, "%.*s,commissioned_by,%.*s\n", STR_FMT(o->code),
				  STR_FMT(o->parent));
		if (!suppliers || (o->kind != KIND_TRUST && o->kind != KIND_PRACTICE) ||
		    (o->kind == KIND_PRACTICE && rng_below(&rng, 10) >= 6))
			continue;
		pick = rng_below(&rng, 1 + rng_below(&rng, suppliers));
		text_addf(t, "%.*s,it_supplied_by,%.*s\n", STR_FMT(o->code),
			  STR_FMT(s->orgs[at[pick]].code));
	}
}

void synth_orgs_text(const struct synth_nation *s, struct text *orgs, struct text *ties)
{
	text_add_c(orgs, "code,name,role,parent,region,expected_devices,patients,staff,"
			 "expected_workstation,expected_server,expected_medical,"
			 "expected_network,expected_mobile\n");
	for (size_t i = 0; i < s->norgs; i++)
		org_row(orgs, &s->orgs[i]);
	text_add_c(ties, "from,kind,to\n");
	relation_rows(s, ties);
}

/* --- files ------------------------------------------------------------------------------- */

static bool save(const struct synth_nation *s, const char *name, const struct text *t,
		 struct err *err)
{
	AUTO(text_freep) struct text path = {0};

	text_addf(&path, "%s/%s", s->out, name);
	return file_replace_cache(text_c(&path), text_str(t), 0644, err);
}

struct job {
	struct synth_nation *s;
	uint32_t
		*order; /* the largest organisations first: no thread is left with one at the end */
	struct err *errs;
	uint8_t *failed;
	uint64_t done;
};

static void write_one(void *ctx, size_t item, unsigned worker)
{
	struct job *j = ctx;
	uint32_t no = j->order[item];
	struct synth_org *o = &j->s->orgs[no];
	uint64_t done;

	if (o->devices && !o->missing)
		j->failed[no] = !synth_inventories_make(j->s, no, NULL, &j->errs[no]);
	done = __atomic_add_fetch(&j->done, o->missing ? 0 : o->devices, __ATOMIC_RELAXED);
	if (worker == 0)
		cli_progress("%ju of %ju devices", (uintmax_t)done, (uintmax_t)j->s->devices);
}

static const struct synth_org *ordered; /* qsort has no context */

static int larger_first(const void *a, const void *b)
{
	const struct synth_org *x = &ordered[*(const uint32_t *)a],
			       *y = &ordered[*(const uint32_t *)b];

	if (x->devices != y->devices)
		return x->devices > y->devices ? -1 : 1;
	return (x > y) - (x < y);
}

static bool inventories_write(struct synth_nation *s, struct err *err)
{
	struct job j = {.s = s,
			.order = ARENA_ARRAY(s->arena, uint32_t, s->norgs),
			.errs = ARENA_ARRAY(s->arena, struct err, s->norgs),
			.failed = ARENA_ARRAY(s->arena, uint8_t, s->norgs)};

	for (size_t i = 0; i < s->norgs; i++)
		j.order[i] = (uint32_t)i;
	ordered = s->orgs;
	qsort(j.order, s->norgs, sizeof(*j.order), larger_first);
	parallel_each(s->norgs, write_one, &j);
	cli_progress("%s", "");
	for (size_t i = 0; i < s->norgs; i++) {
		if (!j.failed[i])
			continue;
		*err = j.errs[i];
		return false;
	}
	return true;
}

static bool orgs_write(const struct synth_nation *s, struct err *err)
{
	AUTO(text_freep) struct text orgs = {0}, ties = {0};

	synth_orgs_text(s, &orgs, &ties);
	return save(s, "organisations.csv", &orgs, err) && save(s, "relationships.csv", &ties, err);
}

bool synth_write(struct synth_nation *s, struct err *err)
{
	return file_make_folder(s->out, 0755, err) &&
	       file_make_folder(arena_fmt(s->arena, "%s/inventories", s->out).p, 0755, err) &&
	       orgs_write(s, err) && inventories_write(s, err);
}
