#include "console/inner.h"

/* Files that are built in; their names say what they hold, so that browsers keep them. */

void asset_show(struct web_request *req, struct web_reply *reply)
{
	static const struct asset *const all[] = {&style_asset, &script_asset, &icon_asset};
	struct str name = web_param(req, "name");

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const struct asset *a = all[i];

		if (!a->name.n || !str_eq(name, a->name))
			continue;
		text_add(web_reply_body(reply, a->type), a->plain);
		web_reply_gzipped(reply, a->gzipped);
		web_reply_cache(reply, WEB_CACHE_FOREVER);
		return;
	}
	web_problem(reply, 404, "there is nothing at this address");
}
