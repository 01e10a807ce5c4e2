#include "wire/json.h"

#include "base/mem.h"
#include "wire/json_out.h"

/* Apart from the closing functions, so that gcc's analyser can pair them in callers. */
struct json_doc *json_open(void)
{
	struct json_doc *d = mem_zero(1, sizeof(*d));

	d->dom = json_dom_open();
	assert(d->dom); /* memory is always there */
	return d;
}

struct json_out *json_out_open(struct text *to)
{
	struct json_out *o = mem_zero(1, sizeof(*o));

	o->to = to;
	o->start = to->n;
	return o;
}
