#include "console/inner.h"

#include "style.h"

/* The stylesheet, which is built in (tools/styles). */

const struct str style_name = {ASSET_NAME, sizeof(ASSET_NAME) - 1};

void style_show(struct web_request *req, struct web_reply *reply)
{
	if (!style_name.n || !str_eq(web_param(req, "name"), style_name)) {
		web_problem(reply, 404, "there is nothing at this address");
		return;
	}
	text_add(web_reply_body(reply, "text/css; charset=utf-8"),
		 str_from((const char *)asset_plain, sizeof(asset_plain)));
	web_reply_gzipped(reply, str_from((const char *)asset_gzip, sizeof(asset_gzip)));
	web_reply_cache(reply, WEB_CACHE_FOREVER);
}
