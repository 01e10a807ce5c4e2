#include "cli/command.h"
#include "cli/import.h"
#include "estate/estate.h"

/*
 * What an import took away.  A list of the whole organisation is believed: who is not in it is
 * gone, and no longer counts.  One that was cut short looks the same, so it is said at once.
 */

enum { NAMED = 3 };

/* The devices of before that after has not, by id; ret_named: the first of them. */
static uint64_t gone(const struct segment *before, const struct segment *after,
		     struct str ret_named[NAMED])
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < before->ndevices; i++) {
		struct str id = seg_str(before, before->devices[i].id);

		if (segment_find(after, id) != SIZE_MAX)
			continue;
		if (n < NAMED)
			ret_named[n] = id;
		n++;
	}
	return n;
}

void import_say_gone(struct cli *c, struct listing *told, const struct segment *before,
		     const struct segment *after)
{
	struct str named[NAMED];
	uint64_t n = gone(before, after, named);

	if (told) {
		listing_note_int(told, "devices_before", before->ndevices);
		listing_note_int(told, "devices_gone", (int64_t)n);
		return;
	}
	if (!n)
		return;
	text_addf(&c->out, "%ju of the %ju %s known before %s not listed any more, and %s counted:",
		  (uintmax_t)n, (uintmax_t)before->ndevices,
		  plural(before->ndevices, "device", "devices"), plural(n, "is", "are"),
		  plural(n, "is not", "are not"));
	for (uint64_t i = 0; i < MIN_OF(n, (uint64_t)NAMED); i++)
		text_addf(&c->out, "%s %.*s", i ? "," : "", STR_FMT(named[i]));
	if (n > NAMED)
		text_addf(&c->out, " and %ju more", (uintmax_t)(n - NAMED));
	text_add_c(&c->out, ".\n");
	text_add_c(&c->out,
		   "  Where they are still there the list was not whole: import one that is, "
		   "and lists of some devices with --scope devices.\n");
}
