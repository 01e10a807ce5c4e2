#include <expat.h>

#include "wire/wire.h"

/*
 * expat with two refusals of our own: a document type that declares anything
 * or points anywhere, with which every expansion of entities begins, and depth
 * over 64.  A bare "<!DOCTYPE nmaprun>" declares nothing, so that any entity
 * but XML's own five stays undefined, which expat refuses.  expat's own limits
 * (its names, its amplification guard) stay on.
 */
enum { XML_MAX_DEPTH = 64, XML_MAX_ATTRS = 256 };
#define XML_MAX_BYTES ((size_t)1 << 31)

struct xml {
	XML_Parser parser;
	const struct xml_events *events;
	unsigned depth;
	bool failed;
	struct err err;
};

static void parser_freep(XML_Parser *p)
{
	if (*p)
		XML_ParserFree(*p);
}

/* After the first failure no callback of the caller's runs again. */
static void stop(struct xml *x)
{
	x->failed = true;
	err_wrap(&x->err, "line %lu", XML_GetCurrentLineNumber(x->parser));
	XML_StopParser(x->parser, XML_FALSE);
}

/* expat joins namespace and name by a line end, which no URI can hold. */
static struct str local_name(const char *c)
{
	const char *cut = strrchr(c, '\n');

	return str_of(cut ? cut + 1 : c);
}

static void XMLCALL on_start(void *ctx, const char *name, const char **attrs)
{
	struct xml_attr v[XML_MAX_ATTRS];
	struct xml *x = ctx;
	size_t n = 0;

	if (x->failed)
		return;
	for (; attrs[2 * n]; n++) {
		if (n == XML_MAX_ATTRS) {
			err_set(&x->err, ERR_LIMIT, "more than %d attributes", XML_MAX_ATTRS);
			stop(x);
			return;
		}
		v[n] = (struct xml_attr){local_name(attrs[2 * n]), str_of(attrs[2 * n + 1])};
	}
	if (++x->depth > XML_MAX_DEPTH) {
		err_set(&x->err, ERR_LIMIT, "nested more than %d deep", XML_MAX_DEPTH);
		stop(x);
	} else if (x->events->start &&
		   !x->events->start(x->events->ctx, local_name(name), v, n, &x->err)) {
		stop(x);
	}
}

static void XMLCALL on_end(void *ctx, const char *name)
{
	struct xml *x = ctx;

	x->depth--;
	if (!x->failed && x->events->end &&
	    !x->events->end(x->events->ctx, local_name(name), &x->err))
		stop(x);
}

static void XMLCALL on_text(void *ctx, const char *p, int n)
{
	struct xml *x = ctx;

	if (!x->failed && x->events->text &&
	    !x->events->text(x->events->ctx, str_from(p, (size_t)n), &x->err))
		stop(x);
}

static void XMLCALL on_doctype(void *ctx, const char *name, const char *system_id,
			       const char *public_id, int internal)
{
	struct xml *x = ctx;

	(void)name;
	if (x->failed || (!system_id && !public_id && !internal))
		return;
	err_set(&x->err, ERR_INVALID, "a document type (DTD) is not accepted");
	stop(x);
}

bool xml_read(struct str bytes, const struct xml_events *events, struct err *err)
{
	AUTO(parser_freep) XML_Parser parser = XML_ParserCreateNS(NULL, '\n');
	struct xml x = {.parser = parser, .events = events};
	enum XML_Status status = XML_STATUS_OK;

	assert(parser);
	if (bytes.n > XML_MAX_BYTES)
		return err_set(err, ERR_LIMIT, "XML larger than 2 GiB");
	XML_SetUserData(parser, &x);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	/* In pieces, so that one call's memory is small whatever the size. */
	for (size_t at = 0; status == XML_STATUS_OK; at += (size_t)1 << 20) {
		struct str piece = str_sub(bytes, at, (size_t)1 << 20);
		bool last = at + piece.n >= bytes.n;

		status = XML_Parse(parser, piece.n ? piece.p : "", (int)piece.n, last);
		if (last)
			break;
	}
	if (x.failed) {
		*err = x.err;
		return false;
	}
	if (status != XML_STATUS_OK)
		return err_set(err, ERR_INVALID, "line %lu: XML: %s",
			       XML_GetCurrentLineNumber(parser),
			       XML_ErrorString(XML_GetErrorCode(parser)));
	return true;
}
