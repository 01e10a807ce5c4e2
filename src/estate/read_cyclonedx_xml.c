#include "estate/read.h"

/*
 * CycloneDX in XML: the same bill as in JSON.  A component is stated when it
 * ends, but what it holds ends before it does, so the device's name, which comes
 * first in metadata, is known in time.
 */

enum { XML_NEST_MAX = 32, XML_TEXT_MAX = 16 << 10 };

struct xml_component {
	struct text type, name, version, cpe, purl, publisher, group, author, scope;
	unsigned depth; /* of its element */
};

struct xml_bill {
	struct rows *r;
	const struct read_member *m;
	struct xml_component v[XML_NEST_MAX];
	unsigned n;	/* components open */
	unsigned depth; /* elements open */
	bool in_metadata, has_device;
	struct text timestamp, text; /* text of the element that is open */
	uint32_t device;
};

static void component_release(struct xml_component *c)
{
	struct text *all[] = {&c->type,	     &c->name,	&c->version, &c->cpe,  &c->purl,
			      &c->publisher, &c->group, &c->author,  &c->scope};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		text_free(all[i]);
	*c = (struct xml_component){0};
}

static void bill_release(struct xml_bill *b)
{
	for (unsigned i = 0; i < XML_NEST_MAX; i++)
		component_release(&b->v[i]);
	text_free(&b->timestamp);
	text_free(&b->text);
}

static bool need_device(struct xml_bill *b, struct str id, struct err *err)
{
	if (b->has_device)
		return true;
	if (!id.n || b->m->stated)
		id = b->m->device;
	if (!id.n)
		return err_set(err, ERR_INVALID,
			       "names no device (\"metadata\", \"component\"): say whose it is "
			       "with --device ID");
	b->has_device = true;
	return rows_device(b->r, id, &b->device, err);
}

static bool state_os(struct xml_bill *b, const struct xml_component *c, struct err *err)
{
	const struct {
		enum row_text which;
		struct str s;
	} all[] = {{ROW_OS_NAME, text_str(&c->name)},
		   {ROW_OS_VERSION, text_str(&c->version)},
		   {ROW_OS_CPE, text_str(&c->cpe)}};

	rows_seen(b->r, b->device, FACET_OS);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (!b->r->devices.v[b->device].text[all[i].which].n &&
		    !rows_text(b->r, b->device, all[i].which, all[i].s, err))
			return false;
	return true;
}

static bool end_component(struct xml_bill *b, struct err *err)
{
	static const char *const other[] = {"file", "data", "cryptographic-asset",
					    "machine-learning-model"};
	const struct xml_component *c = &b->v[b->n - 1];
	bool subject = b->in_metadata && b->n == 1;
	struct str type = text_str(&c->type);
	struct row_raw raw = {.cpe = text_str(&c->cpe),
			      .purl = text_str(&c->purl),
			      .publisher = text_str(&c->publisher),
			      .name = text_str(&c->name),
			      .version = text_str(&c->version)};

	b->r->lines++;
	if (!need_device(b, subject ? raw.name : (struct str){0}, err))
		return false;
	if (str_is(type, "operating-system"))
		return state_os(b, c, err);
	if (subject && str_is(type, "device") && !raw.cpe.n)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		if (str_is(type, other[i])) {
			b->r->skipped++;
			return true;
		}
	if (str_is(text_str(&c->scope), "excluded")) {
		b->r->skipped++;
		return true;
	}
	if (!raw.publisher.n)
		raw.publisher = text_str(c->author.n ? &c->author : &c->group);
	return rows_software(b->r, b->device, &raw, false, err);
}

static bool on_start(void *ctx, struct str name, const struct xml_attr *v, size_t n,
		     struct err *err)
{
	struct xml_bill *b = ctx;

	b->depth++;
	text_clear(&b->text);
	if (str_is(name, "metadata") && b->depth == 2)
		b->in_metadata = true;
	if (!str_is(name, "component"))
		return true;
	if (b->n == XML_NEST_MAX)
		return err_set(err, ERR_LIMIT, "components lie more than %d deep in another",
			       XML_NEST_MAX);
	component_release(&b->v[b->n]);
	b->v[b->n].depth = b->depth;
	for (size_t i = 0; i < n; i++)
		if (str_is(v[i].name, "type"))
			text_add(&b->v[b->n].type, v[i].value);
	b->n++;
	return true;
}

/* The text of a direct child of the component that is open. */
static void take_text(struct xml_bill *b, struct str name)
{
	struct xml_component *c = &b->v[b->n - 1];
	const struct {
		const char *name;
		struct text *to;
	} all[] = {{"name", &c->name},	 {"version", &c->version},     {"cpe", &c->cpe},
		   {"purl", &c->purl},	 {"publisher", &c->publisher}, {"group", &c->group},
		   {"scope", &c->scope}, {"author", &c->author}};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (str_is(name, all[i].name) && !all[i].to->n)
			text_add(all[i].to, str_trim(text_str(&b->text)));
}

static bool on_end(void *ctx, struct str name, struct err *err)
{
	struct xml_bill *b = ctx;
	bool ok = true;

	if (b->n && b->depth == b->v[b->n - 1].depth + 1)
		take_text(b, name);
	if (b->in_metadata && b->depth == 3 && str_is(name, "timestamp"))
		text_add(&b->timestamp, str_trim(text_str(&b->text)));
	if (b->n && b->depth == b->v[b->n - 1].depth) {
		ok = end_component(b, err);
		b->n--;
	}
	if (str_is(name, "metadata") && b->depth == 2)
		b->in_metadata = false;
	b->depth--;
	text_clear(&b->text);
	return ok;
}

static bool on_text(void *ctx, struct str s, struct err *err)
{
	struct xml_bill *b = ctx;

	if (b->text.n + s.n > XML_TEXT_MAX) {
		/* Licence texts and the like are not ours. */
		if (!b->n || b->depth != b->v[b->n - 1].depth + 1)
			return true;
		return err_set(err, ERR_LIMIT, "a text of more than %d bytes", XML_TEXT_MAX);
	}
	text_add(&b->text, s);
	return true;
}

bool read_cyclonedx_xml(struct rows *r, const struct read_member *m, struct err *err)
{
	AUTO(bill_release) struct xml_bill b = {.r = r, .m = m};
	const struct xml_events events = {&b, on_start, on_end, on_text};

	r->line = 0;
	if (!xml_read(m->bytes, &events, err))
		return false;
	if (b.timestamp.n && !stamp_parse(text_str(&b.timestamp), &r->taken_ms))
		return err_set(err, ERR_INVALID, "timestamp \"%.*s\" is no time",
			       STR_FMT(str_sub(text_str(&b.timestamp), 0, 60)));
	return b.has_device || need_device(&b, (struct str){0}, err);
}
