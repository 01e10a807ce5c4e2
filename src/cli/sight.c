#include "cli/sight.h"

#include "cli/listing.h"

bool sight_open(struct cli *c, struct acts *a, struct sight *ret, struct err *err)
{
	const struct directory_view view = {
		.store = acts_store(a), .arena = c->arena, .at_ms = acts_now_ms(a)};

	return sight_of_post(&view, str_of(cli_opt(c, "--as")), ret, err);
}

void sight_hidden(struct listing *l, const struct sight *s, uint64_t orgs)
{
	struct cli *c = l->cli;
	AUTO(text_freep) struct text line = {0};

	if (sight_is_operator(s))
		return;
	listing_note_int(l, "hidden_organisations", (int64_t)orgs);
	if (!orgs || c->json)
		return;
	text_addf(&line, "left out: %ju %s not open to the post %.*s", (uintmax_t)orgs,
		  plural(orgs, "organisation that is", "organisations that are"),
		  STR_FMT(s->post.id));
	if (!c->csv)
		text_addf(&c->out, "%s\n", text_c(&line));
	else
		cli_note(c, "%s", text_c(&line));
}
