#include "json_dom.h"

#include <new>

#include <simdjson.h>

/* The only C++ of the program: nothing may throw through it. */
struct json_dom {
	simdjson::dom::parser parser;
};

extern "C" struct json_dom *json_dom_open(void)
{
	return new (std::nothrow) json_dom;
}

extern "C" void json_dom_close(struct json_dom *d)
{
	delete d;
}

static_assert(simdjson::SIMDJSON_PADDING <= 64, "WIRE_PADDING is what simdjson may read past");

extern "C" const char *json_dom_parse(struct json_dom *d, const char *p, size_t n,
				      struct json_tape *ret)
{
	simdjson::error_code code = d->parser.parse(p, n, false).error();

	if (code == simdjson::MEMALLOC)
		return "no memory for it";
	if (code == simdjson::NUMBER_ERROR)
		return "a number is malformed or too large";
	if (code == simdjson::UTF8_ERROR)
		return "invalid UTF-8";
	if (code)
		return "not well-formed";
	ret->words = d->parser.doc.tape.get();
	ret->strings = d->parser.doc.string_buf.get();
	return nullptr;
}
