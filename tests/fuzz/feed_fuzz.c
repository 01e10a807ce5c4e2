#include "intel/feed.h"
#include "intel/msrc.h"

/* Any bytes as a feed of any kind, and as the packed rows that feeds become. */

static void read_packed(struct str bytes)
{
	struct config_in config = {0};
	struct msrc_edges_in edges;
	struct msrc_in rows;

	for (config_in_start(&config, bytes); config_in_next(&config);)
		assert(config.match.cpe.n <= (size_t)2 * INTEL_CPE_MAX_BYTES);
	text_free(&config.name);
	for (msrc_in_start(&rows, bytes); msrc_in_next(&rows);)
		assert(rows.row.nsupersedes <= MSRC_MAX_SUPERSEDES);
	for (msrc_edges_start(&edges, bytes); msrc_edges_next(&edges);)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	struct str bytes = str_from((const char *)data, size);
	struct intel_batch *b;
	struct err err;

	read_packed(bytes);
	if (!intel_read(arena, STR("feed"), bytes, &b, &err))
		return 0;
	for (size_t i = 0; i < b->entries->n; i++) {
		struct config_in config = {0};

		/* What was packed can be read again. */
		for (config_in_start(&config, b->entries->v[i].config); config_in_next(&config);)
			;
		assert(!config.in.bad);
		text_free(&config.name);
	}
	return 0;
}
