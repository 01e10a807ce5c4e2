#include "base/mem.h"
#include "estate/inner.h"
#include "estate/segment.h"

/*
 * Any bytes as a segment file whose checksum is right, and any query over a good
 * one.  The first byte says which.
 */

static bool count(void *ctx, const struct estate_hit *hit, struct err *err)
{
	(void)err;
	*(uint32_t *)ctx += hit->device + 1;
	return true;
}

static const char csv[] = "device,class,os,os_version,publisher,name,version,updates,files\n"
			  "A,server,Windows Server 2016,10.0.14393.953,Acme,Thing,1.2,KB4013429,"
			  "srv.sys=1.2\nB,,,,Acme,Thing,2,,\nC,medical,,,,,,none,\n";

static void walk(const struct segment *s)
{
	AUTO(arena_closep) struct arena *arena = arena_open();
	const struct device_raws *all = segment_all_raws(s, arena);
	uint32_t sum = 0;
	struct err err;
	struct estate_query find = {STR("name:a -version:<2 text -kb:KB4012212"), count, &sum};

	if (!estate_search_in(s, NULL, &find, &err))
		abort();
	for (uint32_t d = 0; d < s->ndevices; d++) {
		struct device_raws raws = segment_raws(s, d, arena);

		(void)segment_find(s, seg_str(s, s->devices[d].id));
		(void)segment_has_kb(s, d, 4012212);
		if (raws.n != all[d].n || memcmp(raws.v, all[d].v, raws.n * sizeof(*raws.v)) != 0)
			abort();
		for (uint32_t i = 0; i < raws.n; i++)
			sum += s->raws[raws.v[i]].name.n;
	}
	(void)sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(segment_unrefp) const struct segment *good = NULL;
	struct segment s = {0};
	struct err err;
	uint32_t sum = 0;
	char *copy;

	if (!size)
		return 0;
	if (!segment_from_csv(STR("R1H"), str_of(csv), &good, &err))
		abort();
	if (data[0] == 'q') {
		struct estate_query q = {str_from((const char *)data + 1, size - 1), count, &sum};

		if (!estate_search_in(good, NULL, &q, &err))
			assert(err.text[0]);
		return 0;
	}
	copy = mem_copy((const char *)data, size);
	if (size >= SEGMENT_HEADER_BYTES)
		segment_seal(copy, size);
	if (segment_view(str_from(copy, size), &s, &err))
		walk(&s);
	free(copy);
	return 0;
}
