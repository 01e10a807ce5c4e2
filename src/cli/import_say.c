#include "cli/import.h"

#include "base/file.h"
#include "estate/estate.h"

/* What was taken in of each file: lines for people, rows for programs. */

static const struct column columns[] = {
	{"file", "file", false},       {"org", "org", false},
	{"format", "format", false},   {"taken", "taken", false},
	{"devices", "devices", true},  {"software", "software", true},
	{"updates", "updates", true},  {"skipped", NULL, true},
	{"incomplete", NULL, true},    {"taken_by_default", NULL, false},
	{"repeats", "repeats", false}, {"notes", NULL, false},
	{NULL, NULL, false},
};

struct listing *import_listing(struct cli *c)
{
	return listing_begin(c, "inventories", columns);
}

static void row(struct listing *l, const struct estate_file_in *in, const struct estate_reading *r,
		const char *repeats)
{
	const struct estate_counts *n = &r->counts;

	listing_text(l, file_base_name(in->name.p));
	listing_text(l, in->org);
	listing_text(l, str_of(estate_format_name(r->format)));
	listing_stamp(l, r->taken_ms);
	listing_int(l, (int64_t)n->devices);
	listing_int(l, (int64_t)n->software);
	listing_int(l, (int64_t)n->updates);
	listing_int(l, (int64_t)n->skipped);
	listing_int(l, (int64_t)n->incomplete);
	listing_bool(l, r->taken_by_default);
	listing_text(l, str_of(repeats));
	listing_text(l, str_trim(text_str(&r->notes)));
}

static void say_lines(struct cli *c, const struct estate_file_in *in,
		      const struct estate_reading *r)
{
	const struct estate_counts *n = &r->counts;
	char at[STAMP_BYTES];

	text_addf(&c->out, "%.*s: %s, %ju %s, %ju software, %ju %s", STR_FMT(in->name),
		  estate_format_name(r->format), (uintmax_t)n->devices,
		  plural(n->devices, "device", "devices"), (uintmax_t)n->software,
		  (uintmax_t)n->updates, plural(n->updates, "update", "updates"));
	if (r->counts.skipped)
		text_addf(&c->out, ", %ju skipped", (uintmax_t)r->counts.skipped);
	if (r->counts.incomplete)
		text_addf(&c->out, ", %ju with an incomplete list",
			  (uintmax_t)r->counts.incomplete);
	if (r->taken_by_default && r->taken_ms == in->received_ms)
		text_add_c(&c->out, ", taken now (--taken says when, if earlier)");
	else if (r->taken_by_default)
		text_addf(&c->out, ", taken %.16s (the file's last change; --taken says another)",
			  stamp_format(r->taken_ms, at).p);
	text_add_char(&c->out, '\n');
	text_add(&c->out, text_str(&r->notes));
}

void import_say_reading(struct cli *c, struct listing *told, const struct estate_file_in *in,
			const struct estate_reading *r)
{
	if (told)
		row(told, in, r, "");
	else
		say_lines(c, in, r);
}

void import_say_known(struct cli *c, struct listing *told, const struct estate_file_in *in,
		      const struct estate_reading *r, const char *why)
{
	if (told)
		row(told, in, r, why);
	else
		text_addf(&c->out, "%.*s: %s\n", STR_FMT(in->name), why);
}
