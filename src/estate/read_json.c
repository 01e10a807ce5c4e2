#include "estate/read_json.h"

struct str json_either(struct json_value v, const char *lower, const char *upper)
{
	struct str s = json_str_or(v, lower, (struct str){0});

	return s.n ? s : json_str_or(v, upper, (struct str){0});
}

bool rows_text_once(struct rows *r, uint32_t device, enum row_text which, struct str s,
		    struct err *err)
{
	if (r->devices.v[device].text[which].n)
		return true;
	return rows_text(r, device, which, s, err);
}

bool read_each_json(struct rows *r, const struct read_member *m,
		    bool (*fn)(void *ctx, struct json_value v, struct err *err), void *ctx,
		    struct err *err)
{
	AUTO(json_closep) struct json_doc *doc = json_open();
	struct json_stream s = {.bytes = m->bytes, .flags = m->padded ? JSON_PADDED : 0};
	struct json_value v;
	bool more = false;

	for (;;) {
		if (!json_next_doc(doc, &s, &v, &more, err))
			return false;
		if (!more)
			return true;
		/* Lines mean something only where there is a value on each. */
		r->line = s.line > 1 ? s.line : 0;
		if (!fn(ctx, v, err))
			return false;
	}
}

struct str package_purl(struct arena *arena, const char *type, struct str space, struct str name,
			struct str version)
{
	AUTO(text_freep) struct text t = {0};
	struct purl purl = {
		.type = str_of(type),
		.space = space,
		.name = name,
		.version = version,
	};

	purl_format(&purl, &t);
	return arena_str(arena, text_str(&t));
}
