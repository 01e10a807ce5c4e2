#include "desk/desk.h"

/* What an alert says of itself, in words. */

static const char *const outcome_words[] = {"fix", "mitigation", "isolation", "confirmation"};

static void add_words(struct text *out, const char *before, struct str_list list)
{
	if (!list.n)
		return;
	text_addf(out, "%s%s", out->n ? "; " : "", before);
	for (size_t i = 0; i < list.n; i++)
		text_addf(out, "%s%.*s", i ? ", " : "", STR_FMT(list.v[i]));
}

struct str desk_audience_words(struct arena *arena, const struct audience *a)
{
	AUTO(text_freep) struct text out = {0};

	if (a->everyone)
		text_add_c(&out, "everyone");
	add_words(&out, "role ", a->roles);
	add_words(&out, "region ", a->regions);
	add_words(&out, "beneath ", a->parents);
	add_words(&out, "named ", a->orgs);
	add_words(&out, "except ", a->except);
	return arena_str(arena, text_str(&out));
}

struct str desk_about_words(struct arena *arena, const struct alert_content *content)
{
	AUTO(text_freep) struct text out = {0};

	add_words(&out, "", content->cves);
	if (content->query.n)
		text_addf(&out, "%sdevices that estate search \"%.*s\" finds", out.n ? "; " : "",
			  STR_FMT(content->query));
	if (content->confirmation)
		text_add_c(&out, "a confirmation; no inventory shows it");
	return arena_str(arena, text_str(&out));
}

static struct str bit_words(struct arena *arena, unsigned bits, bool classes)
{
	AUTO(text_freep) struct text out = {0};
	unsigned n = classes ? DEVICE_CLASSES : ARRAY_LEN(outcome_words);

	for (unsigned i = 0; i < n; i++)
		if (bits >> i & 1)
			text_addf(&out, "%s%s", out.n ? ", " : "",
				  classes ? device_class_name((enum device_class)i)
					  : outcome_words[i]);
	return out.n ? arena_str(arena, text_str(&out)) : (struct str){0};
}

struct str desk_outcome_words(struct arena *arena, unsigned outcomes)
{
	return bit_words(arena, outcomes, false);
}

struct str desk_class_words(struct arena *arena, unsigned classes)
{
	return bit_words(arena, classes, true);
}
