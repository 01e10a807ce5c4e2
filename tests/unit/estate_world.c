#include "estate_world.h"

#include "intel/intel.h"

static const struct store_table *const tables[] = {journal_tables, directory_tables, intel_tables,
						   estate_tables, NULL};
static const struct act_kind *const kinds[] = {journal_acts, directory_acts, intel_acts,
					       estate_acts, NULL};

static const struct world_plan plan = {
	.tables = tables, .kinds = kinds, .now_ms = 1494400000000 /* 2017-05-10 */};

int world_open(void **state)
{
	struct world *w = world_make(&plan, state);
	struct err err = {0};

	if (!estate_open(w->journal, &w->estate, &err) ||
	    !world_act(w, "service.init", STR("{\"nation\":\"R1H\",\"service\":\"Test\"}"), NULL,
		       &err))
		fail_msg("%s", err.text);
	return 0;
}

int world_close(void **state)
{
	struct world *w = *state;

	estate_close(w->estate);
	world_unmake(w);
	return 0;
}

bool world_act(struct world *w, const char *act, struct str body, const struct act_bulk *held,
	       struct err *err)
{
	return world_perform(w, &(struct world_deed){.act = act, .body = body, .held = held}, err);
}

bool world_take_in(struct world *w, const struct estate_file_in *in, struct err *err)
{
	struct estate_reading r = {0};
	bool ok;

	if (!estate_read_all(in, 1, &r, err))
		return false;
	ok = world_perform(
		w,
		&(struct world_deed){
			.act = "estate.import",
			.body = text_str(&r.body),
			.held = (struct act_bulk[]){{r.pack.digest, in->bytes},
						    {hash_of(in->stated.map), in->stated.map}},
			.held_n = in->stated.map.n ? 2 : 1},
		err);
	estate_reading_free(&r);
	return ok;
}

bool world_import(struct world *w, const char *org, const char *name, const char *bytes,
		  struct err *err)
{
	const struct estate_file_in in = {.name = str_of(name),
					  .bytes = str_of(bytes),
					  .org = str_of(org),
					  .received_ms = w->now_ms};

	return world_take_in(w, &in, err);
}

void world_has(struct world *w, const char *org, const char *name, const char *bytes)
{
	struct err err = {0};

	if (!world_import(w, org, name, bytes, &err))
		fail_msg("%s", err.text);
}

const struct segment *world_segment(struct world *w, const char *org)
{
	const struct segment *s = NULL;
	struct err err = {0};

	if (!estate_segment_open(w->estate, str_of(org), &s, &err))
		fail_msg("%s", err.text);
	return s;
}
