#include "cli/pack.h"

#include "alerts/alerts.h"
#include "cli/import.h"
#include "pack_files.h"
#include "estate/estate.h"
#include "intel/intel.h"

struct str pack_file(const char *name)
{
	size_t i = 0;

	while (i < ARRAY_LEN(pack_files) && strcmp(pack_files[i].name, name) != 0)
		i++;
	assert(i < ARRAY_LEN(pack_files));
	return str_from((const char *)pack_files[i].bytes, pack_files[i].n);
}

/* One act that cites bytes in hand as bulk, by itself. */
static bool do_with_bulk(struct acts *a, const struct act_request *request, struct str bytes,
			 struct err *err)
{
	if (!acts_begin(a, err))
		return false;
	if (!import_act(a, request, bytes, err)) {
		acts_rollback(a);
		return false;
	}
	return acts_commit(a, err);
}

static bool adopt_names(struct acts *a, struct err *err)
{
	AUTO(text_freep) struct text body = {0};
	struct str bytes = pack_file("name-map.csv");
	uint64_t entries;

	return estate_names_body(STR("pack/name-map.csv"), bytes, &body, &entries, err) &&
	       do_with_bulk(a, &(struct act_request){.act = "names.adopt", .body = text_str(&body)},
			    bytes, err);
}

bool pack_import_feed(struct acts *a, const char *name, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text body = {0};
	struct str source = arena_fmt(arena, "pack/%s", name), bytes = pack_file(name);
	struct act_request request = {.act = "feed.import"};
	struct intel_batch *batch;

	if (!intel_read(arena, str_of(name), bytes, &batch, err))
		return false;
	intel_import_body(batch, source, acts_now_ms(a), &body);
	request.body = text_str(&body);
	request.memo = batch;
	return do_with_bulk(a, &request, bytes, err);
}

static bool adopt_rules(struct acts *a, const char *what, const char *name, struct err *err)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	AUTO(text_freep) struct text body = {0};
	struct str source = arena_fmt(arena, "pack/%s", name), bytes = pack_file(name);

	return alerts_adopt_body(str_of(what), source, bytes, &body, err) &&
	       do_with_bulk(a, &(struct act_request){.act = "alert.adopt", .body = text_str(&body)},
			    bytes, err);
}

bool pack_adopt(struct acts *a, struct err *err)
{
	return adopt_names(a, err) && pack_import_feed(a, "fix-rules.csv", err) &&
	       adopt_rules(a, "clocks", "alert-clocks.csv", err) &&
	       adopt_rules(a, "ladders", "alert-ladders.csv", err) &&
	       adopt_rules(a, "holidays", "bank-holidays.csv", err);
}
