#include "cli/synth.h"

#include "base/clock.h"
#include "base/file.h"

/* organisations.csv and relationships.csv, in the templates that org import reads. */

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

static bool save(const struct synth_nation *s, const char *name, const struct text *t,
		 struct err *err)
{
	AUTO(text_freep) struct text path = {0};

	text_addf(&path, "%s/%s", s->out, name);
	return file_replace_cache(text_c(&path), text_str(t), 0644, err);
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

bool synth_orgs_write(struct synth_nation *s, struct err *err)
{
	AUTO(text_freep) struct text orgs = {0}, ties = {0};

	text_add_c(&orgs, "code,name,role,parent,region,expected_devices,patients,staff,"
			  "expected_workstation,expected_server,expected_medical,"
			  "expected_network,expected_mobile\n");
	for (size_t i = 0; i < s->norgs; i++)
		org_row(&orgs, &s->orgs[i]);
	text_add_c(&ties, "from,kind,to\n");
	relation_rows(s, &ties);
	return save(s, "organisations.csv", &orgs, err) && save(s, "relationships.csv", &ties, err);
}
