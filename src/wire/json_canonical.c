#include "wire/json.h"

#include "base/mem.h"

bool json_canonical(struct json_value v, struct text *to, struct err *err)
{
	struct json_out *o = json_out_open(to);

	json_out_value(o, v);
	return json_out_close(o, err);
}

bool json_is_canonical(struct json_doc *d, struct str bytes)
{
	AUTO(text_freep) struct text again = {0};
	struct json_value v;
	struct err err;

	return json_parse(d, bytes, 0, &v, &err) && json_canonical(v, &again, &err) &&
	       str_eq(text_str(&again), bytes);
}
