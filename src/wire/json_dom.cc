#include "json_dom.h"

#include <new>

#include <simdjson.h>
#include <sys/mman.h>

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

static const std::size_t LARGE_BYTES = 4 << 20;
static_assert(simdjson::SIMDJSON_PADDING <= 64, "WIRE_PADDING is what simdjson may read past");

/* Large tables are touched once from end to end: without huge pages a third of the time
 * went into page faults. */
static void ask_huge_pages(const void *p, std::size_t n)
{
	const std::uintptr_t page = 4096,
			     from = (reinterpret_cast<std::uintptr_t>(p) + page - 1) / page * page;
	const std::uintptr_t to = (reinterpret_cast<std::uintptr_t>(p) + n) / page * page;

	if (to > from)
		(void)madvise(reinterpret_cast<void *>(from), to - from, MADV_HUGEPAGE);
}

static void prepare_large(simdjson::dom::parser &parser, std::size_t n)
{
	simdjson::dom::document &doc = parser.doc;

	if (n < LARGE_BYTES || doc.capacity() >= n || doc.allocate(n))
		return; /* a failure shows again in parse() */
	ask_huge_pages(doc.tape.get(), n * sizeof(std::uint64_t));
	ask_huge_pages(doc.string_buf.get(), n);
}

extern "C" const char *json_dom_parse(struct json_dom *d, const char *p, size_t n,
				      struct json_tape *ret)
{
	prepare_large(d->parser, n);
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
